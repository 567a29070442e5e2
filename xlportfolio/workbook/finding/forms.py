"""Forms and tables lying on their side: fields down a column, a record in each of the next."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.finding.grid import Grid, turn_range
from xlportfolio.workbook.finding.headers import Header, is_label, read_header, says_something
from xlportfolio.workbook.headings import read_heading
from xlportfolio.workbook.references import CellRange

_FEWEST_KNOWN = 0.12  # of a table's fields have usual names


def turned_table(grid: Grid, body: CellRange, upright: Header) -> tuple[Grid, Header] | None:
    """A narrow Excel table whose rows are fields, such as Setting | Value; None if upright."""
    if body.n_columns > 4:
        return None
    turned = grid.turn()
    on_side = read_header(turned, turn_range(body))
    if on_side is None or on_side.last > body.first_column:
        return None
    return (turned, on_side) if lies_on_its_side(grid, body, upright, on_side) else None


def lies_on_its_side(grid: Grid, block: CellRange, upright: Header | None, on_side: Header) -> bool:
    """Whether the fields of a block go down its first column rather than across its first row."""
    if on_side.known < 2:
        return False
    if upright is not None:
        rows = range(upright.first, block.last_row + 1)
        heads = [on_side.levels[row][-1] for row in rows if on_side.levels.get(row)]
        n_periods = sum(head.is_period for head in heads)
        if n_periods >= max(2, len(heads) - 1):
            return False  # a column of periods under its header, not fields
    labels = len([levels for levels in on_side.levels.values() if levels])
    share = on_side.known / max(1, labels)
    if share < _FEWEST_KNOWN:
        return False  # some of many IDs read like headers, such as P1 for the first period
    if upright is None:
        return share >= 0.3 or on_side.known >= 4
    named = [levels[-1] for levels in upright.levels.values() if levels]
    only_periods = sum(not head.is_period for head in named) <= 1
    if only_periods and upright.last - block.first_row >= 2 and on_side.known >= 3 and share >= 0.6:
        return True  # what looks like a header of periods is the row of one date field
    upright_labels = len(named)
    upright_share = upright.known / max(1, upright_labels)
    over = grid.columns_in(block.first_row, block)
    fields_above = upright.first > block.first_row and len(over) == block.n_columns == 2
    if fields_above and on_side.known >= 3 and share >= 0.6:
        return True
    is_stacked = upright.last > upright.first
    if block.n_columns == 2 and is_stacked and on_side.known >= 3 and share >= 0.6:
        return True  # "Currency | GBP" over "Unit | units" reads like two more rows of headers
    if on_side.known >= 3 and on_side.known > 1.3 * upright.known:
        return share > upright_share
    if on_side.known >= 3 and share >= 0.6 and upright_share < _FEWEST_KNOWN:
        return True
    if block.n_columns <= 3 and on_side.known >= 2 and upright.known < 2:
        return share >= 0.4
    return False


def longer_form(grid: Grid, block: CellRange, below: CellRange) -> CellRange | None:
    """The form with the next block of its fields, which a blank row sets apart; None if it ends."""
    if below.first_column != block.first_column or below.n_columns > block.n_columns:
        return None
    if not 0 < below.first_row - block.last_row <= 4:
        return None
    labels = [grid.own(row, below.first_column) for row in grid.rows_in(below)]
    texts = [label for label in labels if isinstance(label, str)]
    if len(texts) < 0.8 * len(labels) or (below.n_columns == 1 and len(labels) > 1):
        return None
    above = {grid.own(row, block.first_column) for row in grid.rows_in(block)}
    if len(texts) >= 2 and sum(text in above for text in texts) >= 0.6 * len(texts):
        return None  # the same fields again: the form of another project
    first = next(iter(grid.rows_in(below)))
    heads = [read_heading(grid.own(first, column)) for column in grid.columns_in(first, below)]
    if len(heads) >= 3 and sum(map(says_something, heads)) >= 0.8 * len(heads):
        return None  # a table of its own, with a header row
    return CellRange(block.first_row, block.first_column, below.last_row, block.last_column)


def cut_pairs(grid: Grid, block: CellRange) -> list[CellRange] | None:
    """Label and value pairs beside each other: cut a form at each column of labels."""
    if not 4 <= block.n_columns <= 8 or block.n_rows > 60:
        return None
    labels = []
    for column in range(block.first_column, block.last_column + 1):
        cells = [
            value for row in grid.rows_in(block) if (value := grid.own(row, column)) is not None
        ]
        texts = [value for value in cells if isinstance(value, str)]
        known = sum(says_something(read_heading(text)) for text in texts)
        repeated = len(texts) - len(set(texts))
        if known >= 2 and known >= 0.6 * len(cells) and repeated <= 0.1 * len(texts):
            labels.append(column)
    if len(labels) < 2 or labels[0] != block.first_column:
        return None
    if any(after - before < 2 for before, after in itertools.pairwise(labels)):
        return None
    if labels[-1] == block.last_column:
        return None
    first = next(iter(grid.rows_in(block)))
    if sum(
        is_label(grid.own(first, c)) for c in range(block.first_column, block.last_column + 1)
    ) == (block.n_columns) and all(
        says_something(read_heading(grid.own(first, c)))
        for c in range(block.first_column, block.last_column + 1)
    ):
        return None  # an ordinary header row
    ends = [*(label - 1 for label in labels[1:]), block.last_column]
    return [
        CellRange(block.first_row, start, block.last_row, end)
        for start, end in zip(labels, ends, strict=True)
    ]


def join_forms(tables: Sequence[FoundTable]) -> list[FoundTable]:
    """Make one record of the pairs of labels and values that stand beside each other."""
    joined: list[FoundTable] = []
    for table in tables:
        left = joined[-1] if joined else None
        if left is not None and _stand_beside(left, table):
            joined[-1] = _beside(left, table)
        else:
            joined.append(table)
    return joined


def _stand_beside(left: FoundTable, right: FoundTable) -> bool:
    if not (left.grid.turned and right.grid.turned) or len(left.records) != 1:
        return False
    if len(right.records) != 1 or left.sheet != right.sheet:
        return False
    one, two = left.range, right.range
    overlap = min(one.last_row, two.last_row) - max(one.first_row, two.first_row) + 1
    return overlap >= 1 and 0 < two.first_column - one.last_column <= 3


def _beside(left: FoundTable, right: FoundTable) -> FoundTable:
    offset = right.records[0] - left.records[0]
    columns = left.columns + tuple(
        dataclasses.replace(column, offset=offset) for column in right.columns
    )
    block = CellRange(
        min(left.block.first_row, right.block.first_row),
        min(left.block.first_column, right.block.first_column),
        max(left.block.last_row, right.block.last_row),
        max(left.block.last_column, right.block.last_column),
    )
    return dataclasses.replace(left, columns=columns, block=block)
