"""A number looked for among texts such as "101" is told, and so is such a text among numbers.

What Excel does: MATCH and VLOOKUP take neither for the other, COUNTIF and SUMIF take both alike
(support.microsoft.com, "COUNTIF function" and "VLOOKUP function": numbers stored as text).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.machine import Calc
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.digit_texts import REASON, Cell, DigitTexts
from xlportfolio.libreoffice.formula_origins import Named
from xlportfolio.operations.recalculating import recalculate_workbook

# A: numbers, B: the same as texts, C: names, under headings in row 1
SHEETS: dict[str, list[Cell]] = {
    "plan": [
        (1, 1, "ID"),
        *((k, 1, 99.0 + k) for k in range(2, 6)),
        *((k, 2, str(99 + k)) for k in range(2, 6)),
        *((k, 3, f"P{k}") for k in range(2, 6)),
        (7, 1, True),
    ],
    "costs": [(1, 1, "101"), (1, 2, 5.0)],
}


@pytest.mark.parametrize(
    ("text", "matters"),
    [
        ("MATCH(B2,A:A,0)", True),
        ("MATCH(A2,A:A,0)", False),
        ("MATCH(A2,B:B,0)", False),
        ("MATCH(B2,B:B,0)", False),
        ("MATCH(B2,A3:A9,0)", False),
        ('MATCH("101",A2:A5,0)', True),
        ('MATCH("P2",A2:C5,0)', False),
        ("1+VLOOKUP(Costs!A1,Plan!A2:C5,3,FALSE)", True),
        ("IFERROR(VLOOKUP(C2,A2:C5,3,FALSE),0)", False),
        ("COUNTIF(B:B,A2)", True),
        ("COUNTIF(B:B,B2)", False),
        ("COUNTIF(A:A,B2)", False),
        ("COUNTIF(B:B,101)", True),
        ("COUNTIF(B:B,7)", False),
        ("COUNTIF(A:A,1)", False),
        ("SUMIF(Costs!A:A,A2,Costs!B:B)", True),
        ("SUMIF(A:A,A3,B:B)", False),
        ('SUMIFS(A:A,C:C,"P2",B:B,A2)', True),
        ('SUMIFS(B:B,C:C,"P2",A:A,A2)', False),
        ("SUM(A1:B5)", False),
        ("IF(A2=B2,1,2)", False),
    ],
)
def test_number_and_text_that_meet_in_a_lookup_are_told(text: str, matters: bool) -> None:
    asked: list[str] = []

    def cells_of(sheet: str) -> Iterator[Cell]:
        asked.append(sheet)
        yield from SHEETS[sheet]

    assert DigitTexts(cells_of).matter_to(text, "Plan", Named()) is matters
    assert len(asked) == len(set(asked))


def test_sum_over_numbers_stored_as_texts_keeps_the_value_of_excel(
    soffice: Calc, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row, (number, cost) in enumerate([("101", 5), ("102", 7), ("101", 9)], 1):
        sheet.cell(row, 1, number)
        sheet.cell(row, 2, cost)
    sheet["D1"] = 101
    sheet["E1"] = "=SUMIF(A1:A3,D1,B1:B3)"
    sheet["E2"] = '=SUMIF(A1:A3,"102",B1:B3)'
    sheet["E3"] = "=MATCH(A2,A1:A3,0)"
    path = tmp_path / "costs.xlsx"
    book.save(path)
    result = recalculate_workbook(path, Registry.load(), output=tmp_path / "computed.xlsx")
    assert [(one.formula.text, one.reason) for one in result.kept] == [
        ("SUMIF(A1:A3,D1,B1:B3)", REASON)
    ]
    computed = load_workbook(tmp_path / "computed.xlsx", data_only=True).active
    assert computed is not None
    assert (computed["E2"].value, computed["E3"].value) == (7, 2)
