"""What the buttons say to the person at Excel, and that it is so."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from tests.hosts.stand_in import StandIn
from xlportfolio.macros import MacroResult, press
from xlportfolio.operations.checking import check_workbook
from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.operations.telling import counted_problems
from xlportfolio.workbook.saving.store import UndoStore

WITH_RESULTS = [
    [*row, header]
    for row, header in zip(PROJECTS, ["Proposed decision", *[None] * 9], strict=False)
]


class Desk:
    """A person at Excel with one workbook open."""

    def __init__(self, path: Path, store: UndoStore) -> None:
        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.store = store

    def press(self, name: str, *answers: str) -> MacroResult:
        self.excel.alerts.answers[:] = answers
        return press(name, self.book, details=self.excel.details, store=self.store)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    path = portfolio_book(tmp_path / "portfolio.xlsx", Projects=WITH_RESULTS)
    return Desk(path, UndoStore(tmp_path / "store"))


def test_what_forbids_to_write_decisions_is_said_before_anything_is_asked_or_written(
    desk: Desk,
) -> None:
    desk.press("run")
    desk.excel.protect(desk.book.sheets["Projects"])
    before, n_asked = desk.excel.state(desk.book), len(desk.excel.alerts.asked)
    result = desk.press("write_back")
    assert result.status == "not done"
    assert 'the sheet "Projects" is protected' in result.sentence
    assert [one.buttons for one in desk.excel.alerts.asked[n_asked:]] == ["ok"]
    assert desk.excel.state(desk.book) == before
    desk.excel.protect(desk.book.sheets["Projects"], protected=False)  # the remedy
    assert desk.press("write_back", "yes").status == "done"


def test_undo_of_the_sheet_that_shows_changes_names_it(desk: Desk) -> None:
    desk.press("run")
    desk.press("write_back", "no")
    assert (
        'is as it was before "Write decisions back (PF Changes)" of ' in desk.press("undo").sentence
    )


@pytest.mark.parametrize("name", ["functions", "help"])
def test_a_sheet_that_cannot_be_undone_is_said(name: str, desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk.store = UndoStore(tmp_path / "file")
    result = desk.press(name)
    assert result.sentence.endswith("This run cannot be undone.")
    assert result.status == "needs a person"
    assert [one.prompt for one in desk.excel.alerts.asked] == [result.sentence]
    assert set(result.sheets) <= {sheet.name for sheet in desk.book.sheets}
    assert len(result.sheets) == 1


def test_problems_are_counted_as_the_command_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "worked_example.xlsx"
    path.write_bytes(shipped_workbook("worked_example.xlsx"))
    checked = check_workbook(path)
    said = counted_problems(checked.problems, checked.mapping.questions)
    assert said == "15 errors, 2 questions, 9 warnings."
    result = Desk(path, UndoStore(tmp_path / "store")).press("check")
    assert result.sentence == f"Found in the data: {said}"


def test_what_is_left_needs_a_person_also_where_nothing_changes(tmp_path: Path) -> None:
    rows = [[*row] for row in WITH_RESULTS]
    rows[1][-1] = "=1"
    path = portfolio_book(tmp_path / "portfolio.xlsx", Projects=rows)
    desk = Desk(path, UndoStore(tmp_path / "store"))
    desk.press("run")
    assert desk.press("write_back", "yes").status == "needs a person"
    result = desk.press("write_back")
    assert result.status == "needs a person"
    assert result.sentence == (
        'Nothing to write: 3 cells hold the results already. "Proposed decision" [Projects!L1] '
        "holds a formula in Projects!L2, left as it is; clear what should be written there."
    )


def test_pf_help_prints_on_one_page(desk: Desk) -> None:
    desk.press("help")
    sheet = openpyxl.load_workbook(desk.excel.save(desk.book, Path(desk.book.fullname)))["PF Help"]
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
