"""Find every table of a workbook: Excel tables, named ranges, blocks, forms, whichever way up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from xlportfolio.workbook.finding.blocks import find_blocks
from xlportfolio.workbook.finding.bodies import read_body
from xlportfolio.workbook.finding.continuing import next_part
from xlportfolio.workbook.finding.forms import (
    cut_pairs,
    join_forms,
    lies_on_its_side,
    longer_form,
    turned_table,
)
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.finding.grid import Grid, turn_range
from xlportfolio.workbook.finding.headers import (
    Header,
    count_known,
    header_at,
    is_label,
    read_header,
)
from xlportfolio.workbook.finding.lone_amounts import budgets_by_period, lone_budget
from xlportfolio.workbook.finding.titles import title_of
from xlportfolio.workbook.headings import read_heading
from xlportfolio.workbook.protocol import ExcelTable, SheetContents, Workbook
from xlportfolio.workbook.references import CellRange

_MOST_CELLS = (
    2_000_000  # on one sheet; beyond it a portfolio table is implausible and the scan slow
)
_YEARS = (1990, 2079)  # numbers that may be headers


def find_tables(book: Workbook) -> list[FoundTable]:
    """Find the tables on all sheets but ours, in sheet order and top to bottom."""
    ours = set(book.our_sheets)
    excel_tables = book.tables()
    names = [name for name in book.names() if name.range.n_rows >= 2 and name.range.n_columns >= 2]
    found: list[FoundTable] = []
    for sheet in book.sheet_names:
        if sheet in ours:
            continue
        contents = book.contents(sheet)
        if not contents.rows or sum(map(len, contents.rows.values())) > _MOST_CELLS:
            continue
        on_sheet = [table for table in excel_tables if table.sheet == sheet]
        named = [name.range for name in names if name.sheet == sheet]
        found += find_on_sheet(contents, on_sheet, named)
    return found


def find_on_sheet(
    contents: SheetContents,
    excel_tables: Sequence[ExcelTable] = (),
    named: Sequence[CellRange] = (),
) -> list[FoundTable]:
    """Find the tables of one sheet."""
    grid = Grid.of(contents)
    found: list[FoundTable] = []
    taken: list[CellRange] = []
    for table in excel_tables:
        body = CellRange(
            table.range.first_row,
            table.range.first_column,
            table.range.last_row - table.totals_rows,
            table.range.last_column,
        )
        if table.header_rows and body.n_rows > 1:
            header = header_at(grid, _with_groups(grid, body), body.first_row, body.first_row)
            if not header.levels:  # blank cells, under a table that a program misplaced
                continue
            turned = turned_table(grid, body, header)
            if turned is not None:
                result = _build(*turned, contents, [turn_range(body)], table.name)
            else:
                result = _build(grid, header, contents, [body], table.name)
            if result is not None:
                found.append(result)
                taken.append(
                    CellRange(
                        header.first, body.first_column, table.range.last_row, body.last_column
                    )
                )
    taken += [t.range for t in excel_tables if not any(t.range.overlaps(b) for b in taken)]
    blocks = find_blocks(grid, taken)
    for cells in named:
        inside = [block for block in blocks if cells.overlaps(block)]
        if len(inside) == 1 and _proper_part(cells, inside[0]) and read_header(grid, cells):
            # A name says where a table ends when blocks touch each other.
            blocks = [block for block in blocks if block != inside[0]]
            blocks.append(_trim(grid, cells))
    found += _read_blocks(grid, contents, sorted(blocks))
    if not any(table.records for table in found) and (lone := lone_budget(grid, contents)):
        return [lone]
    return sorted(found, key=lambda table: (table.range.first_row, table.range.first_column))


def _with_groups(grid: Grid, body: CellRange) -> CellRange:
    """An Excel table has one header row; group labels may stand in the two rows above it."""
    first = body.first_row
    while (
        first > 1
        and body.first_row - first < 2
        and grid.columns_in(
            first - 1, CellRange(1, body.first_column, body.last_row, body.last_column)
        )
    ):
        first -= 1
    return CellRange(first, body.first_column, body.last_row, body.last_column)


def _proper_part(cells: CellRange, block: CellRange) -> bool:
    return (
        block.first_row <= cells.first_row
        and cells.last_row <= block.last_row
        and block.first_column <= cells.first_column
        and cells.last_column <= block.last_column
    )


def _trim(grid: Grid, cells: CellRange) -> CellRange:
    rows = list(grid.rows_in(cells))
    return CellRange(rows[0], cells.first_column, rows[-1], cells.last_column) if rows else cells


def _read_blocks(grid: Grid, contents: SheetContents, blocks: list[CellRange]) -> list[FoundTable]:
    found: list[FoundTable] = []
    waiting = _join_headers(grid, blocks)
    turned = grid.turn()
    while waiting:
        block = waiting.pop(0)
        if (split := _second_header(grid, block)) is not None:
            waiting.insert(0, _rows(grid, block, split, block.last_row))
            block = _rows(grid, block, block.first_row, split - 1)
        if (forms := cut_pairs(grid, block)) is not None:
            waiting = forms + waiting
            continue
        upright = read_header(grid, block)
        on_side = read_header(turned, turn_range(block))
        if on_side is not None and lies_on_its_side(grid, block, upright, on_side):
            while waiting and (longer := longer_form(grid, block, waiting[0])) is not None:
                waiting.pop(0)
                block = longer
            on_side = header_at(turned, turn_range(block), on_side.first, on_side.last)
            if (table := _build(turned, on_side, contents, [turn_range(block)])) is not None:
                found.append(table)
            continue
        if upright is None:
            continue
        parts = [block]
        while waiting:
            more, taken = next_part(grid, upright, parts, waiting)
            if not more:
                break
            parts += more
            waiting = [other for other in waiting if other not in taken]
        if (table := _build(grid, upright, contents, parts)) is not None:
            found.append(table)
    return join_forms(found)


def _join_headers(grid: Grid, blocks: list[CellRange]) -> list[CellRange]:
    """Join a header that a blank row sets apart with the data below it."""
    joined: list[CellRange] = []
    for block in blocks:
        over = next(
            (
                other
                for other in reversed(joined)
                if other.last_row < block.first_row <= other.last_row + 3
                and other.first_column <= block.last_column
                and block.first_column <= other.last_column
            ),
            None,
        )
        if over is not None and _is_header_alone(grid, over, block):
            joined.remove(over)
            block = CellRange(
                over.first_row,
                min(over.first_column, block.first_column),
                block.last_row,
                max(over.last_column, block.last_column),
            )
        joined.append(block)
    return joined


def _is_header_alone(grid: Grid, block: CellRange, below: CellRange) -> bool:
    rows = list(grid.rows_in(block))
    if not 1 <= len(rows) <= 3 or below.n_columns < 0.6 * block.n_columns:
        return False
    cells = [grid.own(row, column) for row in rows for column in grid.columns_in(row, block)]
    if len(cells) < 3 or not all(map(is_label, cells)):
        return False
    headings = [read_heading(cell) for cell in cells]
    if count_known(headings) < max(2, 0.4 * len(headings)):
        return False
    own = read_header(grid, below)
    return own is None or own.known < 2 or own.score < 3.0


def _rows(grid: Grid, block: CellRange, first: int, last: int) -> CellRange:
    """Some rows of a block, no wider than what stands in them."""
    cells = CellRange(first, block.first_column, last, block.last_column)
    used = [column for row in grid.rows_in(cells) for column in grid.columns_in(row, cells)]
    return CellRange(first, min(used), last, max(used)) if used else cells


def _second_header(grid: Grid, block: CellRange) -> int | None:
    """Where a further table begins within a block, under a title or at once; None if none does."""
    first: list[str] | None = None
    at = 0
    for row in grid.rows_in(block):
        if any(
            isinstance(cell, float)
            and not _YEARS[0] <= cell <= _YEARS[1]
            and block.first_column <= column <= block.last_column
            for column, cell in grid.rows[row].items()
        ):
            continue  # figures; most rows end here, cheaply
        own = grid.columns_in(row, block)
        cells = [grid.own(row, column) for column in own]
        if len(own) < 3 or not all(map(is_label, cells)):
            continue
        if sum(not isinstance(cell, str) for cell in cells) == 1:
            continue  # years and dates over columns come in rows; one alone is a figure
        if sum(isinstance(grid.own(row, column), float) for column in own) in (1, 2):
            continue  # a number that could be a year, not a row of years
        headings = [read_heading(grid.own(row, column)) for column in own]
        known = count_known(headings)
        if known < 3 or known < 0.6 * len(own):
            continue
        words = [heading.words for heading in headings]
        if first is None:
            first, at = words, row
            continue
        if row - at < 3 or len(set(words) & set(first)) >= 0.5 * len(words):
            continue
        above = grid.columns_in(row - 1, block)
        return row - 1 if len(above) == 1 else row
    return None


def _build(
    grid: Grid,
    header: Header,
    contents: SheetContents,
    parts: list[CellRange],
    excel_table: str | None = None,
) -> FoundTable | None:
    body = read_body(grid, header, parts, contents.formulas)
    if not body.records and len(body.totals) == 1 and budgets_by_period(header, contents.name):
        body = dataclasses.replace(body, records=body.totals, totals=())
    if not body.records and excel_table is None:
        return None  # an Excel table is one before anybody fills it in
    hidden = contents.hidden_rows if grid.turned else contents.hidden_columns
    columns = tuple(
        FoundColumn(column, _header_line(grid, header, column), levels, column in hidden)
        for column, levels in sorted(header.levels.items())
        if levels or any(grid.value(row, column) is not None for row in body.records)
    )
    if len(columns) < 2:
        return None
    last = max(body.records, default=parts[-1].last_row)
    block = CellRange(header.first, columns[0].line, last, columns[-1].line)
    above = tuple(row for row in range(max(1, header.first - 3), header.first) if row in grid.rows)
    return FoundTable(
        sheet=contents.name,
        grid=grid,
        block=block,
        columns=columns,
        records=body.records,
        header_lines=tuple(range(header.first, header.last + 1)),
        sections=body.sections,
        totals=body.totals,
        left_out=body.left_out,
        above=above,
        title=title_of(grid, block),
        excel_table=excel_table,
        joined_rows=tuple(row for row in body.records if row > parts[0].last_row),
        visible=contents.visible,
        formulas=contents.formulas,
    )


def _header_line(grid: Grid, header: Header, column: int) -> int:
    for row in range(header.last, header.first - 1, -1):
        if grid.own(row, column) is not None:
            return row
    return header.last
