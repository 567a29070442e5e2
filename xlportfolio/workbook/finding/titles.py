"""What stands over a table: what it is called, its unit, its date."""

from __future__ import annotations

from xlportfolio.workbook.finding.grid import Grid, turn_range
from xlportfolio.workbook.headings import one_line, parse_unit
from xlportfolio.workbook.references import CellRange

_ROWS_ABOVE = 8
_ROWS_ABOVE_WITH_UNIT = 30
_MOST_TEXTS = 6
_WIDEST = 3  # cells beside each other; more are a row of another table
_BESIDE = 4  # columns right of the table in which its unit may stand


def title_of(grid: Grid, block: CellRange) -> str:
    """The texts over a table, nearest first, joined by " | ".

    A unit that stands alone ("£000") is found farther up, and a little right of the table, too.
    """
    if grid.turned:
        grid, block = grid.turn(), turn_range(block)
    texts: list[str] = []
    for row in range(block.first_row - 1, max(0, block.first_row - 1 - _ROWS_ABOVE_WITH_UNIT), -1):
        cells = grid.rows.get(row)
        if not cells:
            continue
        inside = [
            (column, value)
            for column, value in sorted(cells.items())
            if block.first_column - 1 <= column <= block.last_column
        ]
        units = [
            one_line(value)
            for column, value in sorted(cells.items())
            if isinstance(value, str)
            and block.first_column - 1 <= column <= block.last_column + _BESIDE
            and (column <= block.last_column or grid.value(block.first_row, column) is None)
            and parse_unit(value) is not None
        ]
        if _widest_run(grid, row, block) > _WIDEST or len(inside) > _WIDEST + len(units):
            break
        near = block.first_row - row <= _ROWS_ABOVE and len(texts) < _MOST_TEXTS
        own = [one_line(value) for _, value in inside if isinstance(value, str)]
        texts += [*own, *(unit for unit in units if unit not in own)] if near else units
    return " | ".join(texts)


def _widest_run(grid: Grid, row: int, block: CellRange) -> int:
    """How many cells stand beside each other in a row, of which one stands over the table."""
    widest = run = 0
    over = False
    cells = grid.rows[row]
    for column in sorted(cells):
        if column - 1 not in cells:
            run, over = 0, False
        run += 1
        over = over or block.first_column <= column <= block.last_column
        if over:
            widest = max(widest, run)
    return widest
