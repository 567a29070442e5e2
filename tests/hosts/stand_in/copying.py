"""Copy cells with all that belongs to them, within a workbook and to another."""

from __future__ import annotations

from dataclasses import replace

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.formulas import shifted
from tests.hosts.stand_in.model import (
    WHOLE_SHEET,
    CellAt,
    Rule,
    SheetModel,
    cells_of,
    covers,
    holds,
    meets,
)
from xlportfolio.workbook.references import CellRange


def copy_area(source: SheetModel, area: CellRange, target: SheetModel, first: CellAt) -> None:
    """Copy an area as Range.Copy does: all but widths, heights and tables."""
    down, right = first[0] - area.first_row, first[1] - area.first_column
    goal = _moved(area, down, right)
    changing.require_unlocked(target, goal)
    changing.require_whole_arrays(target, goal)
    changing.require_whole_merges(target, goal)
    cells = {}
    for at in cells_of(area):
        cells[at] = (source.values.get(at), source.formulas.get(at), source.style(at))
    merges = [one for one in source.merges if covers(area, one)]
    notes = {at: note for at, note in source.notes.items() if holds(area, at)}
    links = {at: link for at, link in source.links.items() if holds(area, at)}
    rules = [_within(rule, area) for rule in source.rules]
    validations = [_within(rule, area) for rule in source.validations]
    tables = target.tables
    target.tables = []
    changing.clear(target, goal)
    target.tables = tables
    for at, (value, formula, style) in cells.items():
        new = (at[0] + down, at[1] + right)
        moved = formula and shifted(formula, at, new)
        changing.put(target, new, value, moved)
        changing.set_style(target, new, style)
    target.merges += [_moved(one, down, right) for one in merges]
    target.notes |= {(at[0] + down, at[1] + right): note for at, note in notes.items()}
    target.links |= {(at[0] + down, at[1] + right): link for at, link in links.items()}
    for found, kept in ((rules, target.rules), (validations, target.validations)):
        kept += [
            replace(rule, ranges=tuple(_moved(one, down, right) for one in rule.ranges))
            for rule in found
            if rule.ranges
        ]
    changing.settle_headers(target, goal)


def _moved(area: CellRange, down: int, right: int) -> CellRange:
    return CellRange(
        area.first_row + down,
        area.first_column + right,
        area.last_row + down,
        area.last_column + right,
    )


def _within(rule: Rule, area: CellRange) -> Rule:
    cut = tuple(
        CellRange(
            max(one.first_row, area.first_row),
            max(one.first_column, area.first_column),
            min(one.last_row, area.last_row),
            min(one.last_column, area.last_column),
        )
        for one in rule.ranges
        if meets(one, area)
    )
    return replace(rule, ranges=cut)


def copy_sheet_cells(source: SheetModel, target: SheetModel) -> None:
    """Copy all cells of a sheet onto another: Cells.Copy brings widths and tables along."""
    target.values = source.values.copy()
    target.formulas = source.formulas.copy()
    target.styles = source.styles.copy()
    target.arrays = source.arrays.copy()
    target.rows, target.columns = source.rows.copy(), source.columns.copy()
    target.merges = source.merges.copy()
    target.rules, target.validations = source.rules.copy(), source.validations.copy()
    target.notes, target.links = source.notes.copy(), source.links.copy()
    target.tables = source.tables.copy()


def empty_sheet(sheet: SheetModel) -> list[str]:
    """Take everything off a sheet; the names of the tables that went."""
    gone = [table.name for table in changing.clear(sheet, WHOLE_SHEET)]
    sheet.rows.clear()
    sheet.columns.clear()
    sheet.charts.clear()
    sheet.filter, sheet.is_filtering = None, False
    return gone
