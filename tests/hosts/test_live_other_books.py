"""Workbooks that are not as most: of other formats, with sheets that nobody sees, beside others."""

from __future__ import annotations

import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest
import xlwings as xw
from openpyxl import Workbook, load_workbook

from tests.hosts.portfolio_books import portfolio_book
from tests.hosts.stand_in import StandIn
from tests.hosts.stand_in.details import StandInDetails
from xlportfolio.macros import MacroResult, press
from xlportfolio.workbook.saving.store import UndoStore

BINARY = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Default Extension="bin" '
    'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.bin"/></Relationships>',
    "xl/workbook.bin": "\x01",
}
"""As much of an .xlsb as tells that it is one."""


class Desk:
    """A person at Excel with a portfolio open."""

    def __init__(self, folder: Path) -> None:
        self.excel = StandIn()
        self.book = self.excel.open(portfolio_book(folder / "portfolio.xlsx"))
        self.store = UndoStore(folder / "store")

    def press(self, name: str) -> MacroResult:
        return press(name, self.book, details=self.excel.details, store=self.store)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def saved_as_binary(self: StandInDetails, book: xw.Book, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        for part, content in BINARY.items():
            package.writestr(part, content)


def test_a_run_on_a_binary_workbook_can_be_undone_and_handed_back(desk: Desk) -> None:
    before = desk.excel.state(desk.book)
    desk.press("score")
    with patch.object(StandInDetails, "save_copy", saved_as_binary):
        assert desk.press("undo").status == "done"
        assert desk.excel.state(desk.book) == before
        desk.press("score")
        desk.excel.alerts.answers = ["yes"]
        assert desk.press("handback").status == "done"
    assert desk.excel.state(desk.book) == before


def test_formulas_on_our_sheets_are_found_in_a_binary_workbook(desk: Desk) -> None:
    desk.press("score")
    desk.book.sheets["Budgets"].range("D1").formula2 = "='PF Results'!A1"
    desk.excel.alerts.answers = ["yes"]
    with patch.object(StandInDetails, "save_copy", saved_as_binary):
        refused = desk.press("handback")
    assert refused.status == "not done"
    assert "Budgets!D1" in refused.sentence


def test_a_workbook_of_the_old_format_has_no_room_for_our_sheets(desk: Desk) -> None:
    desk.book.impl._model.path = "C:\\Plans\\portfolio.XLS"
    before = desk.excel.state(desk.book)
    refused = desk.press("run")
    assert refused.sentence == (
        '"portfolio.XLS" is a workbook in the old .xls format, whose sheets are too small for '
        "those of xlportfolio. Convert it in Excel (File > Info > Convert) and try again."
    )
    assert desk.excel.state(desk.book) == before


def test_a_workbook_called_sheets_may_be_open_beside(desk: Desk, tmp_path: Path) -> None:
    Workbook().save(tmp_path / "sheets.xlsx")
    desk.excel.open(tmp_path / "sheets.xlsx")
    desk.book.activate()
    for _ in range(2):  # the second keeps the sheets of the first in a workbook of its own
        assert desk.press("score").status == "done"


def test_a_values_copy_calculates_as_the_workbook_does(desk: Desk, tmp_path: Path) -> None:
    desk.press("score")
    assert desk.press("values_copy").status == "done"
    copy = load_workbook(tmp_path / "portfolio (values).xlsx")
    assert copy.calculation.calcMode == "auto"


def with_links(desk: Desk, n_rows: int) -> xw.Sheet:
    """A sheet with a formula in each row that names the add-in of another computer."""
    sheet = desk.book.sheets.add("Mine")
    sheet["A1"].options("raw").formula2 = "=1"
    sheet.range((2, 2), (n_rows + 1, 2)).formula2 = [
        [rf"='C:\Ann\xlportfolio.xlam'!PF_RANK(A{row})"] for row in range(2, n_rows + 2)
    ]
    return sheet


def test_links_of_many_rows_are_mended_and_undone_in_as_many_calls_as_those_of_few(
    tmp_path: Path,
) -> None:
    calls = []
    for n_rows in (10, 500):
        folder = tmp_path / str(n_rows)
        folder.mkdir()
        desk = Desk(folder)
        sheet = with_links(desk, n_rows)
        before = desk.excel.state(desk.book)
        desk.excel.calls.clear()
        said = desk.press("mend_links").sentence
        assert said == f"The path of the add-in went from {n_rows} formulas."
        assert sheet.range((n_rows + 1, 2)).formula2 == f"=PF_RANK(A{n_rows + 1})"
        assert desk.press("undo").status == "done"
        assert desk.excel.state(desk.book) == before
        calls.append(desk.excel.calls.count)
    assert calls[1] <= calls[0] + 5


def test_links_beside_one_that_cannot_be_mended_are_mended(desk: Desk) -> None:
    sheet = with_links(desk, 4)
    link = r"'C:\Ann\xlportfolio.xlam'!PF_RANK(A1:A2)"
    sheet["B6:B7"].formula_array = f"={link}"
    result = desk.press("mend_links")
    assert result.status == "needs a person"
    assert result.sentence.startswith("The path of the add-in went from 4 formulas. Mine!B6 ")
    assert [sheet[f"B{row}"].formula2 for row in (5, 6)] == ["=PF_RANK(A5)", f"={link}"]


def test_a_run_adds_its_sheets_where_the_last_sheets_are_very_hidden(desk: Desk) -> None:
    for name in ("Demand", "Settings"):
        desk.book.impl._model.sheet(name).visible = "veryHidden"
    before = desk.excel.state(desk.book)
    assert desk.press("score").status == "done"
    names = desk.book.sheet_names
    assert names[-2:] == ["Demand", "Settings"]
    assert names[:6] == ["Projects", "Criteria", "Ratings", "Budgets", "Links", "Capacity"]
    assert {"PF Results", "PF Log"} <= set(names[6:-2])
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == before


def test_a_run_adds_its_own_sheets_alone_where_several_sheets_are_selected(desk: Desk) -> None:
    before = desk.excel.state(desk.book)
    desk.book.impl._model.n_selected = 3
    assert desk.press("score").status == "done"
    added = set(desk.book.sheet_names) - set(before["sheets"])
    assert {name for name in added if not name.startswith("PF ")} == set()
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == before
