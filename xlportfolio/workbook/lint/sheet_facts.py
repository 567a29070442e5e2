"""What the lint knows of a sheet once its cells have streamed past."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from xlportfolio.workbook.references import CellRange

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class FormulaPlaces:
    """The cells that hold formulas, a bit for each."""

    def __init__(self) -> None:
        self._columns: dict[int, bytearray] = {}

    def add(self, row: int, column: int) -> None:
        """Take note of a cell."""
        bits = self._columns.setdefault(column, bytearray())
        place, bit = divmod(row, 8)
        if place >= len(bits):
            bits.extend(bytes(place + 1 - len(bits)))
        bits[place] |= 1 << bit

    def __contains__(self, cell: tuple[int, int]) -> bool:
        bits = self._columns.get(cell[1], b"")
        place, bit = divmod(cell[0], 8)
        return place < len(bits) and bool(bits[place] >> bit & 1)


@dataclass
class SheetFacts:
    """What other rules need to know of a sheet.

    `first_cell_of` and `followers` are the numbers of shared formulas that a cell holds, and of
    those that cells follow, each with the first such cell.
    """

    formulas: FormulaPlaces = field(default_factory=FormulaPlaces)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    shared_texts: dict[tuple[int, int], int] = field(default_factory=dict)
    used: CellRange | None = None
    highest_string: tuple[int, str] = (-1, "")
    highest_style: tuple[int, str] = (-1, "")
    differential_styles: list[int] = field(default_factory=list)
    first_cell_of: set[str] = field(default_factory=set)
    followers: dict[str, str] = field(default_factory=dict)


def unescaped(text: str) -> str:
    """Decode `_xHHHH_` escapes."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
