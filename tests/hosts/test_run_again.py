"""`run` on a workbook that was run before, and that people have worked in since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.hosts.portfolio_books import portfolio_book
from tests.hosts.test_command_line import run
from tests.hosts.test_run_command import answer_of


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = portfolio_book(tmp_path / "portfolio.xlsx")
    answer_of(path, code=0)
    return path


def edit(book: Path, change: Callable[[Workbook], None]) -> None:
    workbook = load_workbook(book)
    change(workbook)
    workbook.save(book)


def n_runs(book: Path, sheet: str = "PF Log") -> int:
    commands = [row[1] for row in load_workbook(book)[sheet].iter_rows(values_only=True)]
    return commands.count("run")


def test_text_says_what_changed_with_the_cell(book: Path) -> None:
    def dearer(workbook: Workbook) -> None:
        workbook["Projects"]["I3"] = 120

    edit(book, dearer)
    done = run("run", book)
    said = "Changed: Cost of New depot (P2) rose from GBP 150k to GBP 180k. [Projects!H3:I3]"
    assert said in done.stdout


def test_sheets_of_ours_are_known_under_the_names_that_people_give_them(book: Path) -> None:
    def rename(workbook: Workbook) -> None:
        workbook["PF Results"].title = "Board paper"
        workbook["PF Log"].title = "Our runs"
        workbook["Projects"]["I3"] = 95

    edit(book, rename)
    answer = answer_of(book, code=0)
    assert answer["changes"] == ["Cost of New depot (P2) rose from GBP 150k to GBP 155k."]
    names = load_workbook(book).sheetnames
    assert "Board paper" in names
    assert "PF Results" not in names
    assert n_runs(book, "Our runs") == 2


def test_answers_in_a_renamed_setup_sheet_hold(book: Path) -> None:
    def answer(workbook: Workbook) -> None:
        sheet = workbook["PF Setup"]
        sheet.title = "Mapping"
        cells = [cell for row in sheet.iter_rows() for cell in row]
        choice = next(cell for cell in cells if cell.value == "Your choice")
        demand = next(cell for cell in cells if cell.value == "demand")
        sheet.cell(demand.row, choice.column, "ignore")

    edit(book, answer)
    answered = answer_of(book, code=1)
    assert answered["level"]["status"] == "skipped"
    assert "demand" in answered["level"]["why"]
    assert "Mapping" in answered["sheets"]
    assert "PF Setup" not in load_workbook(book).sheetnames


def test_results_whose_ids_cannot_be_found_are_no_earlier_run(book: Path) -> None:
    def rename(workbook: Workbook) -> None:
        workbook["PF Results"]["A5"] = "Key"

    edit(book, rename)
    assert answer_of(book, code=0)["changes"] == []
    values = {cell.value for row in load_workbook(book)["PF Summary"].iter_rows() for cell in row}
    assert (
        "There is no earlier run to compare with; the next one tells here what has changed."
    ) in values


def test_links_lead_to_our_sheet_where_the_user_has_one_of_its_name(tmp_path: Path) -> None:
    book = portfolio_book(tmp_path / "own.xlsx", **{"PF Results": [["Mine", "x"], ["a", 1]]})
    assert "PF Results (2)" in answer_of(book, code=0)["sheets"]
    workbook = load_workbook(book)
    assert workbook["PF Results"]["A1"].value == "Mine"
    links = {
        str(cell.hyperlink.location)
        for row in workbook["PF Summary"].iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert "'PF Results (2)'!A1" in links
    assert "'PF Results'!A1" not in links


def test_levelling_alone_keeps_the_scores_and_says_nothing_untrue_of_money(book: Path) -> None:
    answer = answer_of(book, "--steps", "level", code=0)
    assert answer["changes"] == []
    assert answer["rebalance"]["status"] == "skipped"
    assert answer["rebalance"]["selected"] == ["P1", "P2", "P4"]
    values = [cell.value for row in load_workbook(book)["PF Summary"].iter_rows() for cell in row]
    assert "no budget given" not in values
    assert values.count("as last rebalanced") == 2  # the money and the score
    log = [row[4] for row in load_workbook(book)["PF Log"].iter_rows(min_row=6, values_only=True)]
    assert log == [None, "optimal"]  # nothing was rebalanced in the second run
