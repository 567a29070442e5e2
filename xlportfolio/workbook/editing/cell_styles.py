"""The style numbers of a sheet's cells: their own, or what they would inherit."""

from __future__ import annotations

from xlportfolio.workbook.container.opc import SheetEntry
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.reading import PartPass
from xlportfolio.workbook.container.relationships import integer_or
from xlportfolio.workbook.references import LAST_COLUMN, CellRange, column_within_row


class CellStyles(PartPass):
    """The style of each cell of a sheet, read in one pass.

    Parameters
    ----------
    package, sheet
        The sheet.
    namespace
        Of the workbook's parts.
    only
        The range whose cells are asked for; all of them if none is named.

    Raises
    ------
    WorkbookError
        If the sheet is damaged.
    """

    def __init__(
        self, package: Package, sheet: SheetEntry, namespace: str, only: CellRange | None = None
    ) -> None:
        super().__init__(package, sheet.part, namespace)
        self._only = only
        self._tags = {
            self._prefix + "c": self._start_cell,
            self._prefix + "row": self._start_row,
            self._prefix + "col": self._start_columns,
        }
        self._columns: list[tuple[int, int, int]] = []
        self._rows: dict[int, int] = {}
        # runs of neighbours of one style: a form of a million cells has few of them
        self._cells: dict[int, list[tuple[int, int, int]]] = {}
        self._row = self._column = 0
        self._parse()

    def style_at(self, row: int, column: int) -> int:
        """The style number of a cell; of one that the sheet does not have, the inherited one."""
        for first, last, style in self._cells.get(row, ()):
            if first <= column <= last:
                return style
        if row in self._rows:
            return self._rows[row]
        for first, last, style in self._columns:
            if first <= column <= last:
                return style
        return 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._tags:
            self._tags[name](attributes)

    def _end(self, name: str) -> None:
        pass

    def _start_columns(self, attributes: dict[str, str]) -> None:
        first, last = integer_or(attributes.get("min"), LAST_COLUMN), attributes.get("max")
        self._columns.append((first, integer_or(last), integer_or(attributes.get("style"))))

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = integer_or(attributes["r"]) if "r" in attributes else self._row + 1
        self._column = 0
        if attributes.get("customFormat") in ("1", "true"):
            self._rows[self._row] = integer_or(attributes.get("s"))

    def _start_cell(self, attributes: dict[str, str]) -> None:
        found = column_within_row(attributes.get("r", ""), str(self._row))
        column = self._column = self._column + 1 if found is None else found
        if self._only is not None and not self._only.contains(self._row, column):
            return
        style = integer_or(attributes.get("s"))
        runs = self._cells.setdefault(self._row, [])
        if runs and runs[-1][1:] == (column - 1, style):
            runs[-1] = (runs[-1][0], column, style)
        else:
            runs.append((column, column, style))
