"""Lists of ranges (`sqref`), extended where they covered all rows of a table that has grown.

Conditional formats and validations name the cells that they are for by such a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlportfolio.errors import InputError
from xlportfolio.workbook.references import CellRange, neighbours


@dataclass(frozen=True)
class GrownRows:
    """The cells that held a table's data before, and the last row of the data now."""

    data: CellRange
    last_row: int


def extended_list(text: str, grown: Sequence[GrownRows]) -> str:
    """Extend a list of ranges to the new rows of the table columns whose data it covered.

    Parameters
    ----------
    text
        The ranges, between spaces.
    grown
        What grew on the sheet.

    Returns
    -------
    the list as it was where nothing is to be extended

    Notes
    -----
    A column of which part was covered is left: who marked some rows meant those.

    Examples
    --------
    >>> costs = GrownRows(CellRange.parse("A2:C9"), 12)
    >>> extended_list("B2:B9 F1", [costs]), extended_list("B2:B8", [costs])
    ('B2:B12 F1', 'B2:B8')
    """
    try:
        ranges = [CellRange.parse(one) for one in text.split()]
    except InputError:
        return text  # nothing that Excel writes
    new = list(ranges)
    for one in grown:
        new = _extended(new, one)
    return text if new == ranges else " ".join(cells.address for cells in new)


def _extended(ranges: list[CellRange], grown: GrownRows) -> list[CellRange]:
    data = grown.data
    if not any(cells.overlaps(data) for cells in ranges):
        return ranges
    now = replace(data, last_row=grown.last_row)
    columns = {
        column
        for column in _columns(data)
        if _is_covered(column, ranges, data) and not _is_covered(column, ranges, now)
    }
    extended, added = [], []
    for cells in ranges:
        reaches = cells.first_row <= data.last_row <= cells.last_row < grown.last_row
        mine = [column for column in _columns(cells) if column in columns] if reaches else []
        if len(mine) == cells.n_columns:
            extended.append(replace(cells, last_row=grown.last_row))
            continue
        extended.append(cells)
        added += [
            CellRange(cells.last_row + 1, first, grown.last_row, last)
            for first, last in neighbours(mine)
        ]
    return extended + added


def _columns(cells: CellRange) -> range:
    return range(cells.first_column, cells.last_column + 1)


def _is_covered(column: int, ranges: Sequence[CellRange], data: CellRange) -> bool:
    """Whether every data row of a column lies in one of the ranges."""
    row = data.first_row
    for cells in sorted(ranges):
        if cells.first_column <= column <= cells.last_column and cells.first_row <= row:
            row = max(row, cells.last_row + 1)
    return row > data.last_row
