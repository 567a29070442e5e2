"""What a run found, as text."""

from __future__ import annotations

from pathlib import Path

from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.running import run_workbook
from xlportfolio.operations.telling_run import tell_run


def test_row_without_an_option_beside_its_option_is_told_first_of_equal_ranks(
    tmp_path: Path,
) -> None:
    header, *rows = PROJECTS
    projects = [[*header, "Option"], *([*row, None] for row in rows)]
    projects.append([*rows[1], "Wide gate"])  # P2 once more: the same ratings, so the same rank
    book = portfolio_book(tmp_path / "book.xlsx", Projects=projects)
    told = tell_run(run_workbook(book, options=RunOptions(steps=("score",))))
    lines = told.splitlines()
    best = next(k for k, line in enumerate(lines) if line.startswith("Scores: ")) + 1
    assert [line.split(maxsplit=2)[2] for line in lines[best : best + 2]] == [
        "New depot (P2)",
        "New depot (P2, option Wide gate)",
    ]
    assert [line.split()[0] for line in lines[best : best + 3]] == ["1", "1", "3"]
