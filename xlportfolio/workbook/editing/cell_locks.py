"""Which cells of a protected sheet may be written all the same: those whose style unlocks them."""

from __future__ import annotations

from collections.abc import Callable

from xlportfolio.workbook.container.opc import SheetEntry
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.reading import PartPass
from xlportfolio.workbook.container.relationships import integer_or
from xlportfolio.workbook.references import LAST_COLUMN, column_within_row


class CellLocks(PartPass):
    """The locks of a sheet's cells, read in one pass: a cell's own, its row's or its column's.

    Parameters
    ----------
    package, sheet
        The sheet.
    namespace
        Of the workbook's parts.
    is_locked_style
        Whether a style locks its cells.

    Raises
    ------
    WorkbookError
        If the sheet is damaged.
    """

    def __init__(
        self,
        package: Package,
        sheet: SheetEntry,
        namespace: str,
        is_locked_style: Callable[[int], bool],
    ) -> None:
        super().__init__(package, sheet.part, namespace)
        self._is_locked_style = is_locked_style
        self._known: dict[str, bool] = {}
        self._tags = {
            self._prefix + "c": self._start_cell,
            self._prefix + "row": self._start_row,
            self._prefix + "col": self._start_columns,
        }
        self._columns: list[tuple[int, int, bool]] = []
        self._rows: dict[int, bool] = {}
        # runs of neighbours with the same lock: a form of a million cells has few of them
        self._cells: dict[int, list[tuple[int, int, bool]]] = {}
        self._row = self._column = 0
        self._parse()

    def is_locked(self, row: int, column: int) -> bool:
        """Whether the protection of its sheet keeps a cell from being written."""
        for first, last, locked in self._cells.get(row, ()):
            if first <= column <= last:
                return locked
        if row in self._rows:
            return self._rows[row]
        for first, last, locked in self._columns:
            if first <= column <= last:
                return locked
        return self._is_locked("0")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._tags:
            self._tags[name](attributes)

    def _end(self, name: str) -> None:
        pass

    def _start_columns(self, attributes: dict[str, str]) -> None:
        if "style" in attributes:
            first, last = integer_or(attributes.get("min"), LAST_COLUMN), attributes.get("max")
            self._columns.append((first, integer_or(last), self._is_locked(attributes["style"])))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = integer_or(attributes["r"]) if "r" in attributes else self._row + 1
        self._column = 0
        if attributes.get("customFormat") in ("1", "true"):
            self._rows[self._row] = self._is_locked(attributes.get("s", "0"))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = column_within_row(attributes.get("r", ""), str(self._row))
        column = self._column = self._column + 1 if found is None else found
        locked = self._is_locked(attributes.get("s", "0"))
        runs = self._cells.setdefault(self._row, [])
        if runs and runs[-1][1] == column - 1 and runs[-1][2] == locked:
            runs[-1] = (runs[-1][0], column, locked)
        else:
            runs.append((column, column, locked))

    def _is_locked(self, style: str) -> bool:
        if style not in self._known:
            self._known[style] = self._is_locked_style(integer_or(style))
        return self._known[style]
