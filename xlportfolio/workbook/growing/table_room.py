"""Whether the cells are free over which an Excel table is to grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet

Found = tuple[tuple[int, int], str]
"""A cell that is not free, and why."""


def require_room(
    table: str,
    area: CellRange,
    contents: SheetContents,
    taken: Iterable[tuple[CellRange, str]],
) -> None:
    """Refuse to let a table grow over cells that are not free.

    Parameters
    ----------
    table
        Its name.
    area
        The cells that it would take.
    contents
        What is on the sheet.
    taken
        Ranges that belong to something else, and what that is: "belongs to ...".

    Raises
    ------
    WorkbookError
        With the first such cell, and what is in it.
    """
    found = min((*_occupied(area, contents), *_overlapping(area, taken)), default=None)
    if found is not None:
        (row, column), why = found
        raise WorkbookError(
            f'The Excel table "{table}" cannot grow over {area.address}: '
            f"{quote_sheet(contents.name)}!{cell_address(row, column)} {why}. Move what is there, "
            "or make room in Excel (Insert > Table Rows or Columns)."
        )


def _occupied(area: CellRange, contents: SheetContents) -> Iterator[Found]:
    for at in contents.formulas:
        if area.contains(*at):
            yield at, "holds a formula"
    for row in range(area.first_row, area.last_row + 1):
        for column, value in contents.rows.get(row, {}).items():
            if area.contains(row, column) and (row, column) not in contents.formulas:
                yield (row, column), f"holds {_shown(value)}"
    for cells in contents.merges:
        if cells.overlaps(area):
            yield _first_of(cells, area), f"belongs to the merged cells {cells.address}"


def _overlapping(area: CellRange, taken: Iterable[tuple[CellRange, str]]) -> Iterator[Found]:
    for cells, what in taken:
        if cells.overlaps(area):
            yield _first_of(cells, area), what


def _first_of(cells: CellRange, area: CellRange) -> tuple[int, int]:
    return max(cells.first_row, area.first_row), max(cells.first_column, area.first_column)


def _shown(value: object) -> str:
    match value:
        case str():
            return f'"{value if len(value) <= 40 else value[:37] + "..."}"'
        case bool():
            return str(value).upper()
        case float():
            return f"{value:,.15g}"
        case CellError():
            return value.code
        case _:
            return str(value)
