"""The worked examples of all functions as formulas in a workbook, and whether they came out right.

A LibreOffice that computes this workbook has the functions, whichever way they got there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.cell_examples import TOLERANCE, grid_of_example, typed_value
from xlportfolio.cells import CellFunction, Example, Registry
from xlportfolio.values import CellError
from xlportfolio.workbook.references import cell_address

SHEET = "Examples"


@dataclass(frozen=True)
class WorkedExample:
    """One call on the sheet.

    Attributes
    ----------
    call
        Function and title.
    row, column
        Of the answer's first cell, from 1.
    expected
        Rows of cells; None where one is blank.
    is_error
        Whether the cell shows an error instead.
    """

    call: str
    row: int
    column: int
    expected: tuple[tuple[Any, ...], ...]
    is_error: bool


def write_examples(registry: Registry, path: Path) -> tuple[WorkedExample, ...]:
    """Write a workbook with a formula for each example of each function, and no values of them.

    Parameters
    ----------
    registry
        Whose functions.
    path
        The workbook to make, .xlsx.
    """
    from openpyxl import Workbook
    from openpyxl.worksheet.formula import ArrayFormula

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    written = []
    row = 1
    for function in registry:
        for example in function.examples:
            formula, cells, column = _laid_out(function, example, row)
            for (i, k), value in cells.items():
                sheet.cell(i, k, value=_stored(value))
            rows = grid_of_example(example.expected)
            expected = ((None,),) if example.error else tuple(tuple(one) for one in rows)
            last = cell_address(row + len(expected) - 1, column + len(expected[0]) - 1)
            if len(expected) > 1 or len(expected[0]) > 1:
                spill = f"{cell_address(row, column)}:{last}"
                sheet.cell(row, column).value = ArrayFormula(spill, formula)
            else:
                sheet.cell(row, column, formula)
            call = f"{function.name}, {example.title}" if example.title else function.name
            written.append(WorkedExample(call, row, column, expected, bool(example.error)))
            row = max(row + len(expected) - 1, *(i for i, _ in cells), row) + 2
    book.save(path)
    return tuple(written)


def _laid_out(
    function: CellFunction, example: Example, row: int
) -> tuple[str, dict[tuple[int, int], Any], int]:
    """The formula, the cells that it reads, and the column where its answer may begin."""
    cells: dict[tuple[int, int], Any] = {}
    typed = []
    column = 1
    for argument in function.arguments:
        value = example.arguments.get(argument.name)
        if isinstance(value, list | tuple):
            rows = grid_of_example(value)
            for i, cells_of_row in enumerate(rows):
                for k, cell in enumerate(cells_of_row):
                    cells[row + i, column + k] = cell
            last = cell_address(row + len(rows) - 1, column + len(rows[0]) - 1)
            typed.append(f"{cell_address(row, column)}:{last}")
            column += len(rows[0]) + 1
        else:
            typed.append(typed_value(value))
    while typed and not typed[-1]:
        typed.pop()
    return f"={function.name}({','.join(typed)})", cells, column


def differences(
    examples: tuple[WorkedExample, ...], found: Mapping[tuple[int, int], Any]
) -> list[str]:
    """Where a computed workbook differs from what is expected, in sentences.

    Parameters
    ----------
    examples
        As `write_examples` wrote them.
    found
        Values by row and column, from 1; errors as text such as "#VALUE!".
    """
    told = []
    for example in examples:
        for i, row in enumerate(example.expected):
            for k, expected in enumerate(row):
                place = (example.row + i, example.column + k)
                value = found.get(place)
                is_right = _is_error(value) if example.is_error else _agree(value, expected)
                if not is_right:
                    wanted = "an error" if example.is_error else repr(expected)
                    told.append(
                        f"{example.call}: {cell_address(*place)} is {value!r}; expected {wanted}."
                    )
    return told


def _agree(value: Any, expected: Any) -> bool:
    if expected is None or expected == "":
        return value is None or value == ""
    if isinstance(expected, bool | int | float) and isinstance(value, bool | int | float):
        return math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(expected, CellError):
        return str(value) == expected.code
    return bool(value == expected)


def _is_error(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("#", "Err:"))


def _stored(value: Any) -> Any:
    return value.code if isinstance(value, CellError) else value
