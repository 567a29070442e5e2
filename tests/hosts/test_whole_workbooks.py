"""Whole workbooks run: what the result sheets and the JSON say is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from tests.oracles.whole_portfolios import whole_portfolio
from tests.oracles.whole_workbooks import faults_of_book, is_writable, with_yearly_costs
from xlportfolio.operations.reading import read_portfolio
from xlportfolio.workbook.closed import open_workbook


@pytest.mark.parametrize("first", range(1, 37, 6))
def test_result_sheets_are_what_the_tables_say(first: int, tmp_path: Path) -> None:
    wrong = {}
    for seed in range(first, first + 6):
        folder = tmp_path / str(seed)
        folder.mkdir()
        wrong[seed] = faults_of_book(whole_portfolio(seed), folder)
    assert {seed: told for seed, told in wrong.items() if told} == {}


def test_most_drawn_portfolios_can_be_written_to_a_workbook() -> None:
    assert sum(is_writable(with_yearly_costs(whole_portfolio(k))) for k in range(1, 37)) >= 18


def test_ratings_of_options_are_read_for_each_option(tmp_path: Path) -> None:
    rows = [[*PROJECTS[0], "Option"], *([*row, None] for row in PROJECTS[1:])]
    rows = [*rows[:2], [*rows[2][:-1], "A"], [*rows[2][:-1], "B"], *rows[3:]]
    book = portfolio_book(
        tmp_path / "book.xlsx",
        Projects=rows,
        Ratings=[
            ["Project ID", "Option", "Strategic fit", "Safety", "Disruption"],
            ["P1", None, 3, 4, 2],
            ["P2", "A", 5, 4, 2],
            ["P2", "B", 1, 2, 4],
            ["P3", None, 3, 2, 1],
            ["P4", None, 4, 5, 4],
        ],
    )
    with open_workbook(book) as opened:
        ratings = read_portfolio(opened).portfolio.ratings
    assert [(one.project_id, one.option, one.ratings["Strategic fit"]) for one in ratings] == [
        ("P1", None, 3.0),
        ("P2", "A", 5.0),
        ("P2", "B", 1.0),
        ("P3", None, 3.0),
        ("P4", None, 4.0),
    ]
