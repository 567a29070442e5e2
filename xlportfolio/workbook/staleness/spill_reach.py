"""How far a dynamic array may come to spill: as far as nothing stands in its way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange


class SpillReach:
    """The room around the dynamic arrays of a workbook.

    Parameters
    ----------
    contents
        What is on a sheet.
    computed
        The ranges of a sheet that one formula fills.
    """

    def __init__(
        self,
        contents: Callable[[str], SheetContents],
        computed: Callable[[str], Sequence[CellRange]],
    ) -> None:
        self._contents, self._computed = contents, computed
        self._in_column: dict[tuple[str, int], list[int]] = {}
        self._in_row: dict[tuple[str, int], list[int]] = {}

    def of(self, sheet: str, cells: CellRange) -> CellRange:
        """The cells that an array may fill, whatever size it gets.

        Answers of other formulas are no obstacle, for they may shrink; the formulas are.

        Parameters
        ----------
        sheet
            Its name.
        cells
            What the array fills now.
        """
        below = self._obstacles_in_column(sheet, cells.first_column)
        beside = self._obstacles_in_row(sheet, cells.first_row)
        return CellRange(
            cells.first_row,
            cells.first_column,
            _before_next(below, cells.last_row, LAST_ROW),
            _before_next(beside, cells.last_column, LAST_COLUMN),
        )

    def _obstacles_in_column(self, sheet: str, column: int) -> list[int]:
        if (sheet, column) not in self._in_column:
            contents = self._contents(sheet)
            rows = {row for row, values in contents.rows.items() if column in values}
            rows |= {row for row, other in contents.formulas if other == column}
            for cells in self._computed(sheet):
                if cells.first_column <= column <= cells.last_column:
                    rows.difference_update(range(cells.first_row, cells.last_row + 1))
                    if column == cells.first_column:
                        rows.add(cells.first_row)
            self._in_column[sheet, column] = sorted(rows)
        return self._in_column[sheet, column]

    def _obstacles_in_row(self, sheet: str, row: int) -> list[int]:
        if (sheet, row) not in self._in_row:
            contents = self._contents(sheet)
            columns = set(contents.rows.get(row, ()))
            columns |= {column for other, column in contents.formulas if other == row}
            for cells in self._computed(sheet):
                if cells.first_row <= row <= cells.last_row:
                    columns.difference_update(range(cells.first_column, cells.last_column + 1))
                    if row == cells.first_row:
                        columns.add(cells.first_column)
            self._in_row[sheet, row] = sorted(columns)
        return self._in_row[sheet, row]


def _before_next(obstacles: Sequence[int], last: int, end: int) -> int:
    """The last free place after one; nothing of what an array fills now is in its own way."""
    position = bisect_right(obstacles, last)
    return obstacles[position] - 1 if position < len(obstacles) else end
