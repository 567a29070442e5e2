"""Cells of a sheet by column: whether a range holds one is told without going through the range."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from xlportfolio.workbook.references import CellRange


def is_one_within(rows_of: Mapping[int, Sequence[int]], cells: CellRange) -> bool:
    """Whether one of some cells lies within a range.

    Parameters
    ----------
    rows_of
        The rows of the cells by column, ascending.
    cells
        The range.

    Examples
    --------
    >>> [is_one_within({2: [1, 9]}, CellRange.parse(one)) for one in ("A1:C1", "B2:B8", "C1:D9")]
    [True, False, False]
    """
    for column, rows in rows_of.items():
        if cells.first_column <= column <= cells.last_column:
            k = bisect_left(rows, cells.first_row)
            if k < len(rows) and rows[k] <= cells.last_row:
                return True
    return False
