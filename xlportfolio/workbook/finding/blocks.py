"""Cutting a sheet into blocks: islands of cells between blank rows and blank columns."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.workbook.finding.grid import Grid
from xlportfolio.workbook.references import CellRange

_MOST_BLOCKS = 400  # a sheet of scattered notes is not worth more


def find_blocks(grid: Grid, taken: Sequence[CellRange] = ()) -> list[CellRange]:
    """Cut the sheet at its blank rows, each band at its blank columns, and so on.

    Cells in `taken` (Excel tables, already known) are left out. A spacer column inside a table
    does not cut it: what lies right of it and has no key of its own belongs to the left.
    """
    occupied: dict[int, set[int]] = {}
    for row, cells in grid.rows.items():
        near = [block for block in taken if block.first_row <= row <= block.last_row]
        columns = set(cells)
        if near:
            columns = {c for c in cells if not any(block.contains(row, c) for block in near)}
        if columns:
            occupied[row] = columns
    for merge in grid.merges:  # a key merged down over its rows leaves none of them blank
        if (
            merge.n_rows > 1
            and merge.n_rows <= 2_000
            and (merge.first_row, merge.first_column) in grid.filled
        ):
            for row in range(merge.first_row, merge.last_row + 1):
                if not any(block.contains(row, merge.first_column) for block in taken):
                    occupied.setdefault(row, set()).add(merge.first_column)
    blocks: list[CellRange] = []
    _cut(grid, occupied, sorted(occupied), None, blocks)
    return blocks[:_MOST_BLOCKS]


def _cut(
    grid: Grid,
    occupied: dict[int, set[int]],
    rows: list[int],
    columns: tuple[int, int] | None,
    blocks: list[CellRange],
) -> None:
    for band in _runs(rows):
        cells: set[int] = set()
        for row in band:
            cells |= _within(occupied[row], columns)
        pieces = _join_spacers(grid, band, _runs(sorted(cells)), occupied)
        if len(pieces) == 1:
            first, last = pieces[0]
            blocks.append(CellRange(band[0], first, band[-1], last))
            continue
        for piece in pieces:
            piece_rows = [row for row in band if _within(occupied[row], piece)]
            _cut(grid, occupied, piece_rows, piece, blocks)


def _within(cells: set[int], columns: tuple[int, int] | None) -> set[int]:
    if columns is None:
        return cells
    return {column for column in cells if columns[0] <= column <= columns[1]}


def _runs(numbers: list[int]) -> list[list[int]]:
    """Group numbers that follow each other without a gap."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _join_spacers(
    grid: Grid, band: list[int], runs: list[list[int]], occupied: dict[int, set[int]]
) -> list[tuple[int, int]]:
    """Join what a single blank column separates, if the right part has no key of its own."""
    pieces: list[tuple[int, int]] = []
    for run in runs:
        first, last = run[0], run[-1]
        if (
            pieces
            and first - pieces[-1][1] == 2
            and _continues(grid, band, pieces[-1], (first, last), occupied)
        ):
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    return pieces


def _continues(
    grid: Grid,
    band: list[int],
    left: tuple[int, int],
    right: tuple[int, int],
    occupied: dict[int, set[int]],
) -> bool:
    rows_left = {row for row in band if _within(occupied[row], left)}
    rows_right = {row for row in band if _within(occupied[row], right)}
    common = rows_left & rows_right
    if len(common) < 3 or len(common) < 0.8 * len(rows_left | rows_right):
        return False
    body = sorted(common)[1:]
    keys = [grid.own(row, right[0]) for row in body]
    texts = [key for key in keys if isinstance(key, str)]
    return len(texts) < 0.5 * len(body) or len(set(texts)) < 0.5 * len(texts)
