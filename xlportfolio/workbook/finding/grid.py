"""A sheet as the table finder sees it: sparse cells, merges filled, upright or on its side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xlportfolio.values import Value
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange

_LARGEST_MERGE = 20_000  # cells; a merge over whole columns is decoration, not a value


@dataclass(frozen=True)
class Grid:
    """Cells by row and column; `turned` if rows are the sheet's columns.

    `rows` holds the cells that are not blank; `filled` the cells that a merge covers, with the
    value of the merge's first cell.
    """

    sheet: str
    rows: Mapping[int, Mapping[int, Value]]
    filled: Mapping[tuple[int, int], Value]
    merges: tuple[CellRange, ...]
    formats: Mapping[int, Mapping[int, str]]
    turned: bool = False

    @classmethod
    def of(cls, contents: SheetContents) -> Grid:
        """See the sheet upright."""
        rows: dict[int, dict[int, Value]] = {}
        for row, cells in contents.rows.items():
            kept = {
                column: value
                for column, value in cells.items()
                if not (isinstance(value, str) and not value.strip(" \t\r\n\u00a0"))
            }
            if kept:
                rows[row] = kept
        filled: dict[tuple[int, int], Value] = {}
        for merge in contents.merges:
            value = rows.get(merge.first_row, {}).get(merge.first_column)
            if value is None or merge.n_rows * merge.n_columns > _LARGEST_MERGE:
                continue
            for row in range(merge.first_row, merge.last_row + 1):
                for column in range(merge.first_column, merge.last_column + 1):
                    filled[row, column] = value
        return cls(contents.name, rows, filled, contents.merges, contents.formats)

    def turn(self) -> Grid:
        """See the sheet on its side: its columns become rows."""
        rows: dict[int, dict[int, Value]] = {}
        for row, cells in self.rows.items():
            for column, value in cells.items():
                rows.setdefault(column, {})[row] = value
        formats: dict[int, dict[int, str]] = {}
        for row, codes in self.formats.items():
            for column, code in codes.items():
                formats.setdefault(column, {})[row] = code
        return Grid(
            self.sheet,
            rows,
            {(column, row): value for (row, column), value in self.filled.items()},
            tuple(turn_range(merge) for merge in self.merges),
            formats,
            not self.turned,
        )

    def value(self, row: int, column: int) -> Value:
        """The cell, or what the merge that covers it says."""
        value = self.rows.get(row, {}).get(column)
        return value if value is not None else self.filled.get((row, column))

    def own(self, row: int, column: int) -> Value:
        """The cell itself, without merges."""
        return self.rows.get(row, {}).get(column)

    def columns_in(self, row: int, block: CellRange) -> list[int]:
        """Which columns of the row hold something of their own within the block."""
        cells = self.rows.get(row)
        if not cells:
            return []
        return sorted(
            column for column in cells if block.first_column <= column <= block.last_column
        )

    def rows_in(self, block: CellRange) -> Iterator[int]:
        """The rows of the block that are not blank within it."""
        for row in range(block.first_row, block.last_row + 1):
            if row in self.rows and self.columns_in(row, block):
                yield row

    def address(self, row: int, column: int) -> tuple[int, int]:
        """The sheet's own (row, column) of a cell of this view."""
        return (column, row) if self.turned else (row, column)


def turn_range(cells: CellRange) -> CellRange:
    """Exchange the rows and columns of a range."""
    return CellRange(cells.first_column, cells.first_row, cells.last_column, cells.last_row)
