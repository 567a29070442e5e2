"""What Excel refuses, and what else changes when cells do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tests.hosts.stand_in.calls import ComError
from tests.hosts.stand_in.loading import column_names
from tests.hosts.stand_in.model import (
    CellAt,
    ErrorValue,
    SheetModel,
    Stored,
    TableModel,
    cells_of,
    covers,
    holds,
    meets,
)
from tests.hosts.stand_in.styles import PLAIN, Style
from xlportfolio.workbook.references import CellRange

PROTECTED = (
    "The cell or chart you're trying to change is on a protected sheet. To make a change, "
    "unprotect the sheet. You might be requested to enter a password."
)
PART_OF_AN_ARRAY = "You can't change part of an array."
PART_OF_A_MERGE = "We can't do that to a merged cell."


def require_unlocked(sheet: SheetModel, area: CellRange) -> None:
    """Refuse a change of cells that are protected."""
    if sheet.is_protected and any(sheet.style(at).protection.locked for at in _styled(sheet, area)):
        raise ComError(PROTECTED)


def _styled(sheet: SheetModel, area: CellRange) -> Iterable[CellAt]:
    """Cells of each style in an area; of a huge one, those that say something and a corner."""
    if area.n_rows * area.n_columns <= 100_000:
        return cells_of(area)
    return [*sheet.within(area, sheet.styles), (area.last_row, area.last_column)]


def require_unprotected(sheet: SheetModel) -> None:
    """Refuse a change of what lies over the cells of a protected sheet."""
    if sheet.is_protected:
        raise ComError(PROTECTED)


def require_whole_arrays(sheet: SheetModel, area: CellRange) -> None:
    """Refuse a change of some cells of an array formula; a spill gives way instead."""
    for one in sheet.arrays:
        if not one.is_spill and meets(one.range, area) and not covers(area, one.range):
            raise ComError(PART_OF_AN_ARRAY)


def require_whole_merges(sheet: SheetModel, area: CellRange) -> None:
    """Refuse a change of some cells of a merge."""
    for merge in sheet.merges:
        if meets(merge, area) and not covers(area, merge):
            raise ComError(PART_OF_A_MERGE)


def hidden_by_merges(sheet: SheetModel, area: CellRange) -> set[CellAt]:
    """The cells that hold nothing because a merge hides them."""
    return {
        at
        for merge in sheet.merges
        if meets(merge, area)
        for at in cells_of(merge)
        if at != (merge.first_row, merge.first_column)
    }


def give_way(sheet: SheetModel, area: CellRange) -> None:
    """Arrays that an area holds whole go; a spill that something lies in the way of is #SPILL!"""
    for one in [array for array in sheet.arrays if meets(array.range, area)]:
        anchor = (one.range.first_row, one.range.first_column)
        if not one.is_spill or holds(area, anchor):
            sheet.arrays.remove(one)
            _empty_array(sheet, one.range, keep=None)
        else:
            sheet.arrays[sheet.arrays.index(one)] = replace(one, range=CellRange(*anchor, *anchor))
            _empty_array(sheet, one.range, keep=anchor)
            sheet.values[anchor] = ErrorValue("#SPILL!")


def _empty_array(sheet: SheetModel, area: CellRange, keep: CellAt | None) -> None:
    for at in cells_of(area):
        if at != keep:
            sheet.values.pop(at, None)
            sheet.formulas.pop(at, None)


def set_style(sheet: SheetModel, at: CellAt, style: Style) -> None:
    """Give a cell a style; the plain one is kept only where its row or column has another."""
    if style is PLAIN and sheet.style(at) is sheet.styles.get(at, PLAIN):
        sheet.styles.pop(at, None)
        if sheet.style(at) is PLAIN:
            return
    sheet.styles[at] = style


def header_of(sheet: SheetModel, at: CellAt) -> TableModel | None:
    """The table whose header row a cell is in."""
    return next((t for t in sheet.tables if t.header is not None and holds(t.header, at)), None)


def settle_headers(sheet: SheetModel, area: CellRange) -> None:
    """Headers of tables are texts, each once and never blank: Excel sees to it after a change."""
    for number, table in enumerate(sheet.tables):
        header = table.header
        if header is None or not meets(header, area):
            continue
        names: list[str] = []
        for name in column_names(sheet, table.range):
            names.append(_unused(name, names))
        for column, name in enumerate(names, header.first_column):
            sheet.values[header.first_row, column] = name
            sheet.formulas.pop((header.first_row, column), None)
        sheet.tables[number] = replace(table, columns=tuple(names))


def _unused(name: str, used: list[str]) -> str:
    taken = {one.casefold() for one in used}
    candidate, count = name, 1
    while candidate.casefold() in taken:
        count += 1
        candidate = f"{name}{count}"
    return candidate


def minus(areas: Iterable[CellRange], taken: CellRange) -> list[CellRange]:
    """Areas without the cells of another."""
    left: list[CellRange] = []
    for one in areas:
        if not meets(one, taken):
            left.append(one)
            continue
        top, bottom = max(one.first_row, taken.first_row), min(one.last_row, taken.last_row)
        first, last = one.first_column, one.last_column
        if one.first_row < top:
            left.append(CellRange(one.first_row, first, top - 1, last))
        if first < taken.first_column:
            left.append(CellRange(top, first, bottom, taken.first_column - 1))
        if taken.last_column < last:
            left.append(CellRange(top, taken.last_column + 1, bottom, last))
        if bottom < one.last_row:
            left.append(CellRange(bottom + 1, first, one.last_row, last))
    return left


def clear_contents(sheet: SheetModel, area: CellRange) -> None:
    """Take values and formulas out of an area."""
    require_unlocked(sheet, area)
    require_whole_merges(sheet, area)
    require_whole_arrays(sheet, area)
    give_way(sheet, area)
    for cells in (sheet.values, sheet.formulas):
        for at in sheet.within(area, cells):
            del cells[at]
    settle_headers(sheet, area)


def clear_formats(sheet: SheetModel, area: CellRange) -> None:
    """Make an area plain: formats, merges and conditional formats."""
    require_unprotected(sheet)
    for at in sheet.within(area, sheet.styles):
        del sheet.styles[at]
    for lines, whole in ((sheet.rows, 1), (sheet.columns, 0)):
        for number, line in list(lines.items()):
            if line.style is not None and _covers_line(area, number, is_row=bool(whole)):
                lines[number] = replace(line, style=None)
    sheet.merges = [merge for merge in sheet.merges if not meets(merge, area)]
    sheet.rules = _without(sheet.rules, area)


def _covers_line(area: CellRange, number: int, *, is_row: bool) -> bool:
    from tests.hosts.stand_in.model import WHOLE_SHEET

    if is_row:
        return area.n_columns == WHOLE_SHEET.n_columns and area.first_row <= number <= area.last_row
    return area.n_rows == WHOLE_SHEET.n_rows and area.first_column <= number <= area.last_column


def _without(rules: list, area: CellRange) -> list:  # type: ignore[type-arg]
    left = [replace(rule, ranges=tuple(minus(rule.ranges, area))) for rule in rules]
    return [rule for rule in left if rule.ranges]


def clear(sheet: SheetModel, area: CellRange) -> list[TableModel]:
    """Take everything off an area; the tables that went with it."""
    require_unprotected(sheet)
    for merge in sheet.merges:
        if meets(merge, area) and not covers(area, merge):
            raise ComError(PART_OF_A_MERGE)
    gone = [table for table in sheet.tables if covers(area, table.range)]
    sheet.tables = [table for table in sheet.tables if table not in gone]
    clear_contents(sheet, area)
    clear_formats(sheet, area)
    sheet.validations = _without(sheet.validations, area)
    for cells in (sheet.notes, sheet.links):
        for at in sheet.within(area, cells):
            del cells[at]
    return gone


def put(sheet: SheetModel, at: CellAt, value: Stored | None, formula: str | None) -> None:
    """Put a value or a formula into a cell, whatever was in it."""
    if formula is None:
        sheet.formulas.pop(at, None)
    else:
        sheet.formulas[at] = formula
    if value is None:
        sheet.values.pop(at, None)
    else:
        sheet.values[at] = value


def minus_all(area: CellRange, taken: Iterable[CellRange]) -> list[CellRange]:
    """What is left of an area without the cells of others."""
    left = [area]
    for one in taken:
        left = minus(left, one)
    return left
