"""Formulas that several cells share: the first cell holds the text, the others follow it.

ECMA-376 part 1, 18.3.1.40 (f): `t="shared"`, `si` the formula's number, and on the first cell the
text and `ref`, the rectangle of those that may share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from xlportfolio.workbook.editing.formulas import shift_formula
from xlportfolio.workbook.references import CellRange


@dataclass
class SharedFormula:
    """A shared formula whose first cell is overwritten, on its way to the next one.

    `text` is as stored, with only XML's own escapes taken off.
    """

    text: str
    row: int
    column: int
    cells: CellRange

    def for_cell(self, row: int, column: int) -> str | None:
        """Work out the text for a cell that follows; None if it cannot be had."""
        return shift_formula(self.text, row - self.row, column - self.column) or None

    def remaining(self, row: int, column: int) -> CellRange:
        """The rectangle that still shares it once this cell is the first."""
        is_one_row = self.cells.n_rows == 1
        return CellRange(
            row,
            column if is_one_row else min(self.cells.first_column, column),
            max(self.cells.last_row, row),
            max(self.cells.last_column, column),
        )


@dataclass
class SharedText:
    """What a shared formula says in its first cell, and so in the others."""

    text: str
    row: int
    column: int

    def for_cell(self, row: int, column: int) -> str:
        """Work out the text for a cell that follows, #REF! if a reference would leave the sheet."""
        moved = shift_formula(self.text, row - self.row, column - self.column)
        return "#REF!" if moved is None else moved


def first_cell_xml(tag: bytes, prefix: str, text: str, cells: CellRange) -> bytes:
    """Write a formula's first cell from the start tag that it had as a follower."""
    opening = tag.removesuffix(b">").removesuffix(b"/").rstrip()
    return opening + f' ref="{cells.address}">{escape(text)}</{prefix}f>'.encode()
