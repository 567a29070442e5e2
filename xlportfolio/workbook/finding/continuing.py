"""Whether what stands under a table goes on with it, though blank rows or a title part them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from xlportfolio.periods import Period
from xlportfolio.values import Value
from xlportfolio.workbook.finding.grid import Grid, turn_range
from xlportfolio.workbook.finding.headers import (
    Header,
    count_known,
    is_label,
    read_header,
)
from xlportfolio.workbook.finding.kinds import Kind, id_shape, kind_of, kinds_of
from xlportfolio.workbook.headings import read_heading
from xlportfolio.workbook.references import CellRange

_NEAR = 5  # rows on: four blank rows between
_FAR = 200  # rows on: only for rows that carry the same kind of ID
_SAMPLED_ROWS = 60
_MOST_BETWEEN = 3  # titles, totals and remarks between two parts of a table


def next_part(
    grid: Grid, header: Header, parts: Sequence[CellRange], waiting: Sequence[CellRange]
) -> tuple[list[CellRange], list[CellRange]]:
    """Find what continues a table: its rows after a gap, with the titles and totals between.

    Returns
    -------
    tuple of (parts, blocks)
        The ranges to read as part of the table, in order and no wider than it, and the blocks of
        `waiting` they come from; both empty where the table ends.
    """
    first, last = min(header.levels), max(header.levels)
    below = [
        block
        for block in waiting
        if block.first_row > parts[-1].last_row
        and block.first_column <= last
        and first <= block.last_column
    ]
    usual = _usual_width(grid, header, parts)
    between: list[CellRange] = []
    taken: list[CellRange] = []
    end = parts[-1].last_row
    while below and len(between) <= _MOST_BETWEEN:
        band = [block for block in below if block.first_row <= below[0].last_row]
        below = below[len(band) :]
        part = CellRange(
            min(block.first_row for block in band),
            max(first, min(block.first_column for block in band)),
            max(block.last_row for block in band),
            min(last, max(block.last_column for block in band)),
        )
        gap = part.first_row - end
        taken += band
        if _mostly_outside(grid, band, part):
            return [], []
        if gap <= _FAR and _continues(grid, header, parts, part, usual, far=gap > _NEAR):
            return [*between, part], taken
        if gap > _NEAR or not _stands_between(grid, header, part, usual):
            return [], []
        between.append(part)
        end = part.last_row
    return [], []


def _usual_width(grid: Grid, header: Header, parts: Sequence[CellRange]) -> float:
    """How many cells the rows of the table so far hold."""
    rows = [row for row in grid.rows_in(parts[0]) if row >= header.body][:_SAMPLED_ROWS]
    widths = [len(grid.columns_in(row, parts[0])) for row in rows]
    return sum(widths) / len(widths) if widths else 0.0


def _mostly_outside(grid: Grid, band: Sequence[CellRange], part: CellRange) -> bool:
    """Whether the blocks reach over the table's sides with more than a stray remark."""
    inside = outside = 0
    for block in band:
        for row in grid.rows_in(block):
            for column in grid.columns_in(row, block):
                if part.first_column <= column <= part.last_column:
                    inside += 1
                else:
                    outside += 1
    return 3 * outside > inside


def _continues(
    grid: Grid,
    header: Header,
    parts: Sequence[CellRange],
    part: CellRange,
    usual: float,
    *,
    far: bool,
) -> bool:
    """Whether a block has the table's kinds of values in its columns and no header of its own."""
    lines = [row for row in grid.rows_in(part) if len(grid.columns_in(row, part)) >= 2]
    if not lines:
        return False
    lines = lines[:_SAMPLED_ROWS]
    body = [row for row in grid.rows_in(parts[0]) if row >= header.body][:_SAMPLED_ROWS]
    kinds = _kinds(grid, header.levels, body)
    if _repeats(grid, header, part, lines[0]):
        return True
    if any(_is_header(grid, part, row, kinds, lines) for row in lines[:3]):
        return False
    on_side = read_header(grid.turn(), turn_range(part)) if part.n_columns <= 3 else None
    if on_side is not None and on_side.known >= 2 and part.n_columns < 0.7 * len(header.levels):
        return False  # a form
    filled = sum(len(grid.columns_in(row, part)) for row in lines) / len(lines)
    same_ids = _same_ids(grid, header, body, lines)
    if filled < (0.6 if far else 0.4) * usual and (far or not same_ids):
        return False
    own = _kinds(grid, header.levels, lines)
    compared = [column for column in own if column in kinds]
    same = sum(own[column] == kinds[column] for column in compared)
    if kinds and same < 0.7 * len(compared):
        return False
    return not far or same_ids


def _kinds(grid: Grid, columns: Iterable[int], rows: Sequence[int]) -> dict[int, Kind]:
    wanted = set(columns)
    return kinds_of([{c: v for c, v in grid.rows[row].items() if c in wanted} for row in rows])


def _repeats(grid: Grid, header: Header, part: CellRange, row: int) -> bool:
    """Whether a row says again what the header says over the same columns."""
    again = {column: read_heading(grid.own(row, column)) for column in grid.columns_in(row, part)}
    same = sum(
        bool(heading.words) and any(heading.words == level.words for level in header.levels[column])
        for column, heading in again.items()
        if column in header.levels
    )
    return same >= 2 and same >= 0.6 * len(again)


def _is_header(
    grid: Grid, part: CellRange, row: int, kinds: dict[int, Kind], lines: Sequence[int]
) -> bool:
    """Whether a row is a header of another table: known words, or texts over numbers and dates."""
    cells = {column: grid.own(row, column) for column in grid.columns_in(row, part)}
    if not all(map(is_label, cells.values())):
        return False
    texts = {column: cell for column, cell in cells.items() if kind_of(cell) == "text"}
    typed = [column for column in cells if kinds.get(column) in ("number", "date")]
    if _run_on([read_heading(cells[column]).period for column in typed]):
        return True
    fitting = [column for column in typed if kind_of(cells[column]) == kinds[column]]
    if fitting and len(fitting) >= 0.5 * len(typed):
        return False  # numbers and dates where the table has some
    labels = [column for column in cells if column not in fitting]
    known = count_known([read_heading(cells[column]) for column in labels])
    if known >= 2 and known >= 0.5 * len(labels):
        return True
    below = _kinds(grid, cells, [line for line in lines if line > row])
    return len(texts) == len(cells) >= 3 and any(
        below.get(column) in ("number", "date") for column in texts
    )


def _run_on(periods: Sequence[Period | None]) -> bool:
    """Whether there are three periods or more, each the next after the one before."""
    counted = [
        period.year * 12 // period.months + period.number
        for period in periods
        if period is not None
    ]
    return len(counted) == len(periods) >= 3 and all(
        after - before == 1 for before, after in itertools.pairwise(counted)
    )


def _same_ids(grid: Grid, header: Header, body: Sequence[int], lines: Sequence[int]) -> bool:
    """Whether rows far below carry the IDs that the table has in its first columns."""
    for column in sorted(header.levels)[:3]:
        ids = {_shape(grid.own(row, column)) for row in body} - {""}
        own = [_shape(grid.own(row, column)) for row in lines]
        if len(ids) == 1 and sum(shape in ids for shape in own) >= 0.5 * len(own):
            return True
    return False


def _shape(value: Value) -> str:
    return id_shape(value) if isinstance(value, str) else ""


def _stands_between(grid: Grid, header: Header, part: CellRange, usual: float) -> bool:
    """Whether a block may stand between two parts of a table: a title, a total or a remark."""
    rows = list(grid.rows_in(part))
    if len(rows) > 3:
        return False
    if len(rows) == 1 and _repeats(grid, header, part, rows[0]):
        return True
    widest = max(len(grid.columns_in(row, part)) for row in rows)
    return widest == 1 or widest < 0.4 * usual
