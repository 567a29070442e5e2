"""A text that is another date or number on another computer is read on none."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook, load_workbook

from tests.machine import Calc
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.local_texts import REASON
from xlportfolio.operations.recalculating import recalculate_workbook

TEXTS = ("01/04/2026", "2026-04-01", "1,500", "7", "P1")
READ = ("A1+0", "MONTH(A1)", "A3*2", "VALUE(A3)", 'TEXT(A1,"yyyy")', '"30/06/2026"-A2', "C1+A1")
COMPUTED = {
    "A2+0": 46113,
    "A4*2": 14,
    'A1=""': False,
    'A1&"!"': "01/04/2026!",
    "COUNTA(A1:A5)": 5,
    "A5+1": "#VALUE!",
    "PF_RANK(A3:A4)": "#VALUE!",
    'TEXT(A4,"000")': "007",
}


def test_text_of_a_date_that_has_two_readings_is_not_read(soffice: Calc, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row, text in enumerate(TEXTS, 1):
        sheet.cell(row, 1, text)
    for row, formula in enumerate([*READ, *COMPUTED], 1):
        sheet.cell(row, 3, f"={formula}")
    path = tmp_path / "dates.xlsx"
    book.save(path)
    result = recalculate_workbook(path, Registry.load(), output=tmp_path / "computed.xlsx")
    assert {one.formula.text: one.reason for one in result.kept if one.formula.row < len(READ)} == (
        dict.fromkeys(READ[:-1], REASON)
    )
    computed = load_workbook(tmp_path / "computed.xlsx", data_only=True).active
    assert computed is not None
    found = [computed.cell(row, 3).value for row in range(len(READ) + 1, len(READ) + 9)]
    assert found == list(COMPUTED.values())
