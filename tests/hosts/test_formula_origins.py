"""Formulas in which an error began are told from those that pass it on."""

from __future__ import annotations

from xlportfolio.libreoffice.formula_origins import Failed, Named, origins
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

COSTS = ExcelTable("Costs", "Plan", CellRange(1, 1, 9, 2), ("Cost", "It's [live]"))


def failed(address: str, text: str, *, settled: bool = False) -> Failed:
    cells = CellRange.parse(address)
    place = cells.first_row, cells.first_column
    return Failed("Plan", FormulaCell(*place, text, "plain", cells, None), settled)


def test_error_began_where_nothing_else_that_failed_is_referred_to() -> None:
    began, waiting = origins(
        [
            failed("A1", "NOBODYS(1)"),
            failed("B1", "A1+1"),
            failed("B2", "SUM(A:A)"),
            failed("B3", "First*2"),
            failed("B4", "SUM(Costs[Cost])"),
            failed("B5", "'Plan'!A1+\"C1\""),
            failed("C1", "NOBODYS(B9)"),
        ],
        Named({"first": "Plan!$A$1"}, {"costs": COSTS}),
    )
    assert began == {("Plan", 1, 1), ("Plan", 1, 3)}
    assert waiting == {("Plan", row, 2) for row in range(1, 6)}


def test_circle_is_where_an_error_began_and_what_hangs_on_it_is_not() -> None:
    began, waiting = origins(
        [
            failed("A1", "A2"),
            failed("A2", "A3+1"),
            failed("A3", "A1"),
            failed("A4", "A3"),
            failed("A5", "A5+A4"),
        ],
        Named(),
    )
    assert began == {("Plan", 1, 1), ("Plan", 2, 1), ("Plan", 3, 1)}
    assert waiting == {("Plan", 4, 1), ("Plan", 5, 1)}


def test_error_that_was_there_before_is_rightly_passed_on() -> None:
    began, waiting = origins(
        [
            failed("A1", "NOBODYS(1)", settled=True),
            failed("A2", "A1+1"),
            failed("A3", "A2+A4"),
            failed("A4", "NOBODYS(2)"),
        ],
        Named(),
    )
    assert (began, waiting) == ({("Plan", 4, 1)}, {("Plan", 3, 1)})


def test_long_chain_of_errors_has_one_beginning() -> None:
    chain = [failed("A1", "NOBODYS(1)")]
    chain += [failed(f"A{row}", f"A{row - 1}+1") for row in range(2, 5_000)]
    began, waiting = origins(chain, Named())
    assert began == {("Plan", 1, 1)}
    assert len(waiting) == 4_998
