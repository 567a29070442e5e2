"""What has to be known of a sheet to write into a range: rows outside of it are passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.sheet_pass import SheetPass
from xlportfolio.workbook.references import LAST_ROW, CellRange

_ROW = rb'[ \t\r\n]*<row r="([1-9][0-9]{0,6})"'
_FIRST_ROW, _NEXT_ROW = re.compile(_ROW), re.compile(rb"</row>" + _ROW)

_TELLING = (b"array", b"dataTable", b"mergeCell", b"sheetProtection")
"""What counts wherever it stands: types of formulas, which may be said with characters as numbers,
and elements that stand after the rows where a program wrote them."""


class BlockPass(SheetPass):
    """The pass over a worksheet for the sake of one range.

    Of rows outside of it only formulas count that fill other cells. Where there is none, expat
    reads the row without telling of it: what is not well-formed is refused all the same.

    Parameters
    ----------
    package, index, sheet, shared_strings, formats
        As of a `SheetPass`.
    block
        The range.
    """

    def __init__(
        self,
        package: Package,
        index: WorkbookIndex,
        sheet: SheetEntry,
        shared_strings: Callable[[], Sequence[str]],
        formats: NumberFormats,
        block: CellRange,
    ) -> None:
        super().__init__(package, index, sheet, shared_strings, formats, block)
        self._block = block

    def _take(self, window: bytes) -> None:
        if self._reaches_block(window) and self._reaches_block(window, window.rfind(self._opening)):
            super()._take(window)
            return
        if self._is_between and self._may_pass_over(window):
            self._feed_unheard(window)
            return
        rows = [row + self._closing for row in window.split(self._closing)[:-1]]
        for is_unheard, alike in groupby(rows, self._may_pass_over):
            if is_unheard and self._is_between:
                self._feed_unheard(b"".join(alike))
            else:
                super()._take(b"".join(alike))

    def _reaches_block(self, rows: bytes, start: int = 0) -> bool:
        """Whether a row that starts there lies inside of the block."""
        row = _FIRST_ROW.match(rows, max(start, 0))
        return row is not None and self._block.has_row(int(row[1]))

    def _may_pass_over(self, rows: bytes) -> bool:
        """Whether rows lie outside of the block, follow each other and fill no cells."""
        first = _FIRST_ROW.match(rows)
        if first is None:
            return False
        numbers = [int(number) for number in (first[1], *_NEXT_ROW.findall(rows))]
        return (
            len(numbers) == rows.count(b"<row")
            and max(numbers) <= LAST_ROW
            and not any(map(self._block.has_row, numbers))
            and not any(name in rows for name in _TELLING)
            and not (b"&" in rows and b"&#" in rows)
        )

    def _feed_unheard(self, rows: bytes) -> None:
        """Feed rows, of which expat tells the last one alone: to see that it is one."""
        last = rows.rfind(self._opening)
        self._feed_breaks()
        self._parser.StartElementHandler = None
        self._parser.EndElementHandler = None
        self._parser.CharacterDataHandler = None
        self._feed(rows[:last])
        self._listen()
        self._feed_elements(rows[last:])
