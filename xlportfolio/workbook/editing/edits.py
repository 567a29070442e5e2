"""The cells that are to be written on a sheet, found by row and by rectangle."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping

from xlportfolio.workbook.editing.cellxml import CellContent
from xlportfolio.workbook.references import CellRange


class Edits:
    """What is to be written, by (row, column).

    Parameters
    ----------
    contents : (row, column) to what is written there
    styled : cells that are not bare even where they are blank: they are given a style

    Attributes
    ----------
    by_row : row to column to content, both in ascending order
    rows : the rows with edits, ascending
    bounds : the rectangle around the cells that will not be bare; None when all will be
    """

    def __init__(
        self,
        contents: Mapping[tuple[int, int], CellContent],
        styled: Collection[tuple[int, int]] = (),
    ) -> None:
        self.by_row: dict[int, dict[int, CellContent]] = {}
        for row, column in sorted(contents):
            self.by_row.setdefault(row, {})[column] = contents[row, column]
        self.rows = list(self.by_row)
        self._columns = {row: list(cells) for row, cells in self.by_row.items()}
        filled = [
            cell for cell, content in contents.items() if not content.is_blank or cell in styled
        ]
        self.bounds = _around(filled) if filled else None

    def first_within(
        self, cells: CellRange, *, but: tuple[int, int] | None = None
    ) -> tuple[int, int] | None:
        """Find the first edited cell inside a rectangle, in sheet order.

        Parameters
        ----------
        cells : the rectangle
        but : a cell that does not count
        """
        for position in range(bisect_left(self.rows, cells.first_row), len(self.rows)):
            row = self.rows[position]
            if row > cells.last_row:
                break
            columns = self._columns[row]
            for column in columns[bisect_left(columns, cells.first_column) :]:
                if column > cells.last_column:
                    break
                if (row, column) != but:
                    return row, column
        return None


def _around(cells: Collection[tuple[int, int]]) -> CellRange:
    rows, columns = zip(*cells, strict=True)
    return CellRange(min(rows), min(columns), max(rows), max(columns))
