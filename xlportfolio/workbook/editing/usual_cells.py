"""Wanted cells of a row as all known programs write them, found without a look at its elements."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_ROW = (
    rb'<@row r="\d+"(?: (?!spans=|customFormat=)[A-Za-z\d]+(?::[A-Za-z\d]+)?="[^"<>&]*"'
    rb'| spans="(\d{1,5}):(\d{1,5})")*>'
)
_CELL = (
    rb'<@c r="[A-Z]+\d+"(?: s="(\d{1,9})")?(?: t="[a-zA-Z]+")?'
    rb"(?:/>|>(<@v>[^<]*+</@v>|<@is><@t(?: xml:space=\"preserve\")?>[^<]*+</@t></@is>)?</@c>)"
)


class UsualCell(NamedTuple):
    """A cell without formula and metadata.

    Attributes
    ----------
    column : its column
    start, end : where it stands in its row, and the byte after it
    style : its style number
    has_content : whether it holds an element
    """

    column: int
    start: int
    end: int
    style: int
    has_content: bool


class UsualCells:
    """Recognises cells under one prefix; their rows are known to be well-formed."""

    def __init__(self, prefix: bytes) -> None:
        self._row = re.compile(_ROW.replace(b"@", re.escape(prefix)))
        self._cell = re.compile(_CELL.replace(b"@", re.escape(prefix)))

    def within(self, row: bytes, places: Iterable[tuple[int, int]]) -> list[UsualCell] | None:
        """Find cells; None where one of them, or the tag of their row, may ask for more.

        Parameters
        ----------
        row : the whole row
        places : the column of each cell and where it starts, ascending
        """
        tag = self._row.match(row)
        if tag is None:
            return None
        cells = []
        for column, start in places:
            cell = self._cell.match(row, start)
            if cell is None:
                return None
            style = cell[1]
            cells.append(
                UsualCell(column, start, cell.end(), int(style) if style else 0, bool(cell[2]))
            )
        first, last = tag[1], tag[2]
        if first and not int(first) <= cells[0].column <= cells[-1].column <= int(last):
            return None
        return cells
