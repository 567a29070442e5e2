"""A sheet that says one amount: "Budget (GBP k)" over 400, or "Total budget" beside it."""

from __future__ import annotations

from xlportfolio.parsing import parse_number
from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.finding.grid import Grid
from xlportfolio.workbook.finding.headers import Header
from xlportfolio.workbook.finding.titles import title_of
from xlportfolio.workbook.headings import fold, read_heading
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.vocabulary import match_heading
from xlportfolio.workbook.words import any_word

_BUDGET_CONTEXT = any_word("context of budgets")
_LONGEST_NUMBER = 40
_MOST_CELLS = 60  # a sheet of more says more than one amount


def lone_budget(grid: Grid, contents: SheetContents) -> FoundTable | None:
    """The budget on a sheet that holds no other number; None if it says none.

    The sheet's name or a title must say budget, and so must the header over the number or the
    label left of it.
    """
    cells = [(row, column) for row, own in sorted(grid.rows.items()) for column in sorted(own)]
    if len(cells) > _MOST_CELLS:
        return None
    amounts = [(row, column) for row, column in cells if _is_number(grid.own(row, column))]
    if len(amounts) != 1:
        return None
    row, column = amounts[0]
    labels = [grid.own(row, k) for k in sorted(grid.rows[row]) if k < column]
    over, left = _nearest(grid, row, column), _nearest(grid.turn(), column, row)
    if over is not None and _says_budget(grid.own(over, column)) and all(map(_is_whole, labels)):
        table = _table(grid, contents, column, row, over)
    elif left is not None and _says_budget(grid.own(row, left)):
        table = _table(grid.turn(), contents, row, column, left)
    else:
        return None
    return table if _BUDGET_CONTEXT.search(f"{fold(table.sheet)} {fold(table.title)}") else None


def budgets_by_period(header: Header, sheet: str) -> bool:
    """Whether a header says budget and periods alone: a row "Total" below it sums nothing."""
    named = [levels for levels in header.levels.values() if levels]
    others = [levels for levels in named if all(level.period is None for level in levels)]
    said = " ".join([fold(sheet), *(level.words for levels in named for level in levels)])
    return len(others) <= 1 and len(named) >= 3 and bool(_BUDGET_CONTEXT.search(said))


def _table(grid: Grid, contents: SheetContents, line: int, record: int, header: int) -> FoundTable:
    """A table of one column and one row; what labels the row says no more than the header."""
    column = FoundColumn(line, header, (read_heading(grid.own(header, line)),))
    block = CellRange(header, line, record, line)
    return FoundTable(
        sheet=contents.name,
        grid=grid,
        block=block,
        columns=(column,),
        records=(record,),
        header_lines=(header,),
        title=title_of(grid, block),
        visible=contents.visible,
        formulas=contents.formulas,
    )


def _nearest(grid: Grid, row: int, column: int) -> int | None:
    """The nearest row above that says something in the column."""
    return next((k for k in range(row - 1, 0, -1) if grid.own(k, column) is not None), None)


def _is_number(value: Value) -> bool:
    if isinstance(value, str):
        return len(value) < _LONGEST_NUMBER and parse_number(value) is not None
    return isinstance(value, float) and not isinstance(value, bool)


def _says_budget(value: Value) -> bool:
    """Whether a text is a header of budgets, of all periods and kinds."""
    heading = read_heading(value)
    if not isinstance(value, str) or heading.period is not None or heading.kind is not None:
        return False
    return any(
        match.field == "budget" and (match.exact or heading.words == "amount")
        for match in match_heading(heading, "budgets")
    )


def _is_whole(value: Value) -> bool:
    """Whether a label left of the amount says that it is all there is: "Total"."""
    return read_heading(value).is_total or _says_budget(value)
