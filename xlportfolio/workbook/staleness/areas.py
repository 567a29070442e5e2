"""Cells and rectangles of cells, as references name them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from xlportfolio.workbook.editing.formulas import CELL
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, column_number, neighbours

Cell = tuple[int, bool, int, bool]
"""Row, whether that is absolute, column, whether that is."""


class Area(NamedTuple):
    """A rectangle of cells; the sheet's name is casefolded."""

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


def areas_of(sheet: str, cells: Collection[tuple[int, int]]) -> list[Area]:
    """Cells as few rectangles: runs down a column, joined where columns beside it run alike."""
    by_column: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        by_column.setdefault(column, []).append(row)
    runs: dict[tuple[int, int], list[int]] = {}
    for column in sorted(by_column):
        for run in neighbours(by_column[column]):
            runs.setdefault(run, []).append(column)
    key = sheet.casefold()
    return [
        Area(key, first_row, first_column, last_row, last_column)
        for (first_row, last_row), columns in runs.items()
        for first_column, last_column in neighbours(columns)
    ]


def cell_parts(text: str) -> Cell | None:
    """A cell's place; None for any other word, and where it lies outside every sheet."""
    match = CELL.fullmatch(text)
    if match is None:
        return None
    row, column = int(match[4]), numbered(match[2])
    if row > LAST_ROW or column > LAST_COLUMN:
        return None
    return row, bool(match[3]), column, bool(match[1])


def moved(cell: Cell, rows: int, columns: int) -> Cell:
    """Where a relative reference leads; past the last row or column it goes on with the first."""
    row, has_row, column, has_column = cell
    if rows and not has_row:
        row = wrapped(row + rows, LAST_ROW)
    if columns and not has_column:
        column = wrapped(column + columns, LAST_COLUMN)
    return row, has_row, column, has_column


def wrapped(number: int, last: int) -> int:
    """A number that goes on with the first where it passes the last."""
    return (number - 1) % last + 1


@lru_cache(maxsize=LAST_COLUMN)
def numbered(letters: str) -> int:
    """The number of a column."""
    return column_number(letters)


def height(area: Area) -> int:
    """How many rows it has."""
    return area.last_row - area.first_row + 1


def width(area: Area) -> int:
    """How many columns it has."""
    return area.last_column - area.first_column + 1


def around(areas: Iterable[Area]) -> Iterator[Area]:
    """The rectangle around all areas of each sheet."""
    by_sheet: dict[str, list[Area]] = {}
    for area in areas:
        by_sheet.setdefault(area.sheet, []).append(area)
    for sheet, found in by_sheet.items():
        yield Area(
            sheet,
            min(area.first_row for area in found),
            min(area.first_column for area in found),
            max(area.last_row for area in found),
            max(area.last_column for area in found),
        )
