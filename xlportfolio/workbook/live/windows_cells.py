"""Where things are on a sheet of Excel for Windows, found by halving ranges.

Excel has no list of merged or spilled ranges; it answers for a range of any size with yes, no or
Null where its cells differ, which arrives as None. So a sheet with few of them costs few calls.
Nothing here was tried in Excel; the members are those of Microsoft's reference of the object model
(learn.microsoft.com/office/vba/api, pages excel.range.mergecells, .hasarray, .hasspill).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xlportfolio.workbook.live.halving import areas, lines
from xlportfolio.workbook.live.refusals import com_error, is_unknown_member
from xlportfolio.workbook.references import CellRange, column_letter

_PROPERTY_GET = 2  # DISPATCH_PROPERTYGET


def area_of(cells: Any) -> CellRange:
    """The rectangle of a COM range; of several areas, the first."""
    return CellRange.parse(str(cells.Address).partition(",")[0])


def extent(sheet: Any) -> CellRange | None:
    """The smallest rectangle that holds all values and formulas; None where there are none.

    `UsedRange` also counts cells that were only formatted. Range.Find would do it in four calls,
    and would leave its options in the person's own Find dialog; COUNTA changes nothing, and counts
    hidden cells and formulas that give "".
    """
    used = sheet.UsedRange
    count = sheet.Application.WorksheetFunction.CountA
    if not count(used):
        return None
    area = area_of(used)

    def holds(first_row: int, first_column: int, last_row: int, last_column: int) -> bool:
        part = CellRange(first_row, first_column, last_row, last_column)
        return bool(count(sheet.Range(part.address)))

    top, left, bottom, right = (
        area.first_row,
        area.first_column,
        area.last_row,
        area.last_column,
    )
    bottom = _first(bottom, top, lambda row: holds(row, left, bottom, right))
    top = _first(top, bottom, lambda row: holds(top, left, row, right))
    right = _first(right, left, lambda column: holds(top, column, bottom, right))
    left = _first(left, right, lambda column: holds(top, left, bottom, column))
    return CellRange(top, left, bottom, right)


def _first(edge: int, other: int, holds: Callable[[int], bool]) -> int:
    """The line nearest to an edge for which the strip from the edge to it holds something.

    The strip to `other` does. Most sheets hold something at the edge itself: that is asked first.
    """
    if edge == other or holds(edge):
        return edge
    near, far = edge, other  # nothing up to near, something up to far
    while abs(far - near) > 1:
        middle = (near + far) // 2
        if holds(middle):
            far = middle
        else:
            near = middle
    return far


def merged_areas(sheet: Any) -> list[CellRange]:
    """The merged cells of a sheet."""

    def is_merged(area: CellRange) -> bool:
        return sheet.Range(area.address).MergeCells is not False

    return list(
        areas(
            area_of(sheet.UsedRange),
            is_merged,
            lambda cell: area_of(sheet.Range(cell.address).MergeArea),
        )
    )


def filled_areas(sheet: Any) -> list[CellRange]:
    """The ranges of several cells that one formula fills."""
    used = sheet.UsedRange
    if used.HasFormula is False:
        return []

    def belongs(area: CellRange) -> bool:
        return fills_several(sheet.Range(area.address))

    def whole(cell: CellRange) -> CellRange:
        found = sheet.Range(cell.address)
        if _has_spill(found) is True:
            return area_of(found.SpillParent.SpillingToRange)
        return area_of(found.CurrentArray)

    return [
        area
        for area in areas(area_of(used), belongs, whole)
        if area.n_rows > 1 or area.n_columns > 1
    ]


def hidden_lines(sheet: Any, area: CellRange) -> tuple[frozenset[int], frozenset[int]]:
    """The hidden rows and columns of a rectangle; Range.Hidden wants whole rows or columns."""

    def hides(address: str) -> bool | None:
        hidden = sheet.Range(address).Hidden
        return None if hidden is None else bool(hidden)

    rows = lines(area.first_row, area.last_row, lambda first, last: hides(f"{first}:{last}"))
    columns = lines(
        area.first_column,
        area.last_column,
        lambda first, last: hides(f"{column_letter(first)}:{column_letter(last)}"),
    )
    return frozenset(rows), frozenset(columns)


def fills_several(cells: Any) -> bool:
    """Whether a cell of a range belongs to an array formula or to a spill."""
    return cells.HasArray is not False or _has_spill(cells) is not False


def _has_spill(cells: Any) -> bool | None:
    """Range.HasSpill; no where Excel is older than spills.

    Asked by its name, as xlwings asks for HasAxis: the classes that pywin32 generates once for a
    version of Excel may be older than the property, and xlwings takes a property that such a class
    lacks for an Excel that is busy, and asks again for ever.
    """
    dispatch = cells._oleobj_
    try:
        number = dispatch.GetIDsOfNames(0, "HasSpill")
        value = dispatch.Invoke(number, 0, _PROPERTY_GET, True)
    except com_error() as error:
        if is_unknown_member(error):
            return False
        raise
    return None if value is None else bool(value)
