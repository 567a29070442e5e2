"""Ranges as rows of values, cut out of what is on a sheet."""

from __future__ import annotations

from xlportfolio.errors import InputError
from xlportfolio.values import Value
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange

MAX_CELLS_READ = 10_000_000
"""Of a dense answer: a range of blank cells costs as much as a full one."""


def rows_of(contents: SheetContents, cells: CellRange, reference: str) -> list[list[Value]]:
    """Cut a range out of a sheet; whole columns and rows end where the sheet's values end.

    Parameters
    ----------
    contents
        What is on the sheet.
    cells
        The range.
    reference
        As it was asked for, for the message.

    Returns
    -------
    rows, each as long as the range is wide; None where a cell is blank

    Raises
    ------
    InputError
        If there are too many cells in it.
    """
    last_row, last_column = cells.last_row, cells.last_column
    if last_row == LAST_ROW and cells.first_row == 1:
        last_row = max(contents.rows, default=0)
    if last_column == LAST_COLUMN and cells.first_column == 1:
        last_column = max((max(row) for row in contents.rows.values()), default=0)
    n_columns = last_column - cells.first_column + 1
    if (last_row - cells.first_row + 1) * n_columns > MAX_CELLS_READ:
        raise InputError(
            f"{reference} has more than {MAX_CELLS_READ:,} cells; expected a smaller range, or "
            "whole columns such as A:F, which end where the values end."
        )
    blank: dict[int, Value] = {}
    columns = range(cells.first_column, last_column + 1)
    return [
        [found.get(column) for column in columns]
        for found in (contents.rows.get(row, blank) for row in range(cells.first_row, last_row + 1))
    ]
