"""Which formulas of a workbook depend on cells, directly or through other formulas.

Every formula is followed once, so that circles end and a running total costs no more than its
formulas. Where there are more formulas than can be followed, or references are so entangled that it
would take too long, every formula counts.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator

from xlportfolio.values import CellError
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.staleness.area_index import AreaIndex
from xlportfolio.workbook.staleness.areas import Area
from xlportfolio.workbook.staleness.precedents import Precedents

_BLOCKED = CellError("#SPILL!")
_STEPS_EACH = 500
_STEPS_AT_LEAST = 1_000_000
_MOST_REFERENCES = 5_000_000
_MOST_CHARACTERS = 32 << 20


class Dependants:
    """The formulas of a workbook, by what they read.

    A formula may depend on anything where it calls INDIRECT, OFFSET or a function that gives
    another answer each time, where it is a what-if data table, and where its answer had no room.

    Parameters
    ----------
    precedents
        What the text of a formula reads.
    reach
        The cells that a dynamic array may come to fill, from the sheet and the range that it fills.
    """

    def __init__(
        self, precedents: Precedents, reach: Callable[[str, CellRange], CellRange]
    ) -> None:
        self._precedents, self._reach = precedents, reach
        self._sheets: list[str] = []
        self._sheet_of = array("L")
        self._rows, self._columns = array("L"), array("L")
        self._arrays: dict[int, CellRange] = {}
        self._spills: set[int] = set()
        self._unsure: list[int] = []
        self._indexes: dict[str, AreaIndex] = {}
        self._n_references = self._n_characters = 0

    def add(self, sheet: str, formulas: Iterable[FormulaCell]) -> None:
        """Add the formulas of a sheet.

        Parameters
        ----------
        sheet
            Its name.
        formulas
            As they are read from the file.
        """
        self._sheets.append(sheet)
        for one in formulas:
            if one.text.strip() or one.kind == "table":  # an empty formula is a constant
                self._add(one)

    def _add(self, one: FormulaCell) -> None:
        number = len(self._rows)
        sheet = self._sheets[-1]
        self._sheet_of.append(len(self._sheets) - 1)
        self._rows.append(one.row)
        self._columns.append(one.column)
        if one.kind != "plain":
            self._arrays[number] = one.cells
        if one.kind == "table":
            self._unsure.append(number)
            return
        if one.kind == "spill":
            self._spills.add(number)
        self._n_characters += len(one.text)
        if self._is_too_much:
            return
        read = self._precedents.of(one.text, sheet, one.row, one.column)
        if read.reads_anything or (one.kind == "spill" and one.cached == _BLOCKED):
            self._unsure.append(number)
        for area in read.areas:
            index = self._indexes.get(area.sheet)
            if index is None:
                index = self._indexes[area.sheet] = AreaIndex()
            index.add(area[1:], number)
        self._n_references += len(read.areas)

    @property
    def _is_too_much(self) -> bool:
        return self._n_references > _MOST_REFERENCES or self._n_characters > _MOST_CHARACTERS

    def of(self, changed: Collection[Area]) -> dict[str, set[tuple[int, int]]]:
        """The cells whose formulas depend on areas that changed; asked once.

        Parameters
        ----------
        changed
            The areas.

        Returns
        -------
        Sheet to (row, column); of an array formula every cell that it fills.
        """
        found: dict[str, set[tuple[int, int]]] = {}
        if not changed:
            return found
        if self._is_too_much:
            return self._all()
        waiting = list(changed)
        is_stale = bytearray(len(self._rows))
        for number in self._unsure:
            self._mark(number, is_stale, found, waiting)
        most = _STEPS_AT_LEAST + _STEPS_EACH * (self._n_references + len(waiting))
        while waiting:
            area = waiting.pop()
            index = self._indexes.get(area.sheet)
            if index is None:
                continue
            for number in index.take(area[1:]):
                self._mark(number, is_stale, found, waiting)
            if sum(one.n_steps for one in self._indexes.values()) > most:
                return self._all()
        return found

    def _mark(
        self,
        number: int,
        is_stale: bytearray,
        found: dict[str, set[tuple[int, int]]],
        waiting: list[Area],
    ) -> None:
        if is_stale[number]:
            return
        is_stale[number] = True
        sheet = self._sheets[self._sheet_of[number]]
        found.setdefault(sheet, set()).update(self._filled_by(number))
        cells = self._arrays.get(number)
        if cells is None:
            row, column = self._rows[number], self._columns[number]
            waiting.append(Area(sheet.casefold(), row, column, row, column))
            return
        if number in self._spills:
            cells = self._reach(sheet, cells)
        waiting.append(
            Area(
                sheet.casefold(),
                cells.first_row,
                cells.first_column,
                cells.last_row,
                cells.last_column,
            )
        )

    def _filled_by(self, number: int) -> Iterator[tuple[int, int]]:
        cells = self._arrays.get(number)
        if cells is None:
            yield self._rows[number], self._columns[number]
            return
        for row in range(cells.first_row, cells.last_row + 1):
            for column in range(cells.first_column, cells.last_column + 1):
                yield row, column

    def _all(self) -> dict[str, set[tuple[int, int]]]:
        found: dict[str, set[tuple[int, int]]] = {}
        for number in range(len(self._rows)):
            sheet = self._sheets[self._sheet_of[number]]
            found.setdefault(sheet, set()).update(self._filled_by(number))
        return found
