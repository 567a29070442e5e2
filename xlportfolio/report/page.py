"""A page while it is laid out: cells, merged cells, and rows as high as their text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlportfolio.report.look import HEAD, HEAD_NUMBER, height_of, lines_of
from xlportfolio.workbook.description import Cell, CellFormat, CellValue
from xlportfolio.workbook.references import CellRange

_PADDING = 3.0
_USUAL_SIZE = 11.0
_HEAD_HEIGHT = 24.0


class Page:
    """What a sheet description is made of.

    Attributes
    ----------
    widths
        Of the columns, by number. [digits]
    """

    def __init__(self, widths: Mapping[int, float]) -> None:
        self.widths = dict(widths)
        self.cells: dict[tuple[int, int], Cell] = {}
        self.merges: list[CellRange] = []
        self._heights: dict[int, float] = {}

    @property
    def heights(self) -> dict[int, float]:
        """Heights of the rows that hold more than a line of usual text. [points]"""
        return dict(self._heights)

    def put(
        self,
        row: int,
        column: int,
        value: CellValue,
        format_: CellFormat,
        *,
        link: str | None = None,
        last_column: int | None = None,
    ) -> None:
        """Put a value into a cell, or into the cells up to `last_column`, merged.

        The row gets as high as the text needs; a borderless format is given to the first cell, one
        with a border or a fill to all of them.
        """
        self.cells[row, column] = Cell(value, format_, link)
        last = last_column or column
        if last > column:
            self.merges.append(CellRange(row, column, row, last))
            for other in range(column + 1, last + 1):
                self.cells[row, other] = Cell(None, format_)
        if isinstance(value, str):
            width = sum(self.widths.get(k, 8.43) for k in range(column, last + 1))
            width -= 2 * format_.indent
            size = format_.size or _USUAL_SIZE
            lines = lines_of(value, width, size=size, bold=format_.bold) if format_.wrap else 1
            if lines > 1 or size > _USUAL_SIZE:
                self.at_least(row, height_of(lines, size) + _PADDING)

    def at_least(self, row: int, height: float) -> None:
        """Make a row at least so high. [points]"""
        self._heights[row] = max(self._heights.get(row, 0.0), height)

    def head(self, row: int, column: int, header: str, below: CellFormat) -> None:
        """A header, on the side and with the indent of what stands below it."""
        right = below.number_format is not None
        format_ = replace(HEAD_NUMBER if right else HEAD, indent=below.indent)
        if below.indent:
            format_ = replace(format_, horizontal=below.horizontal)
        self.put(row, column, header, format_)
        self.at_least(row, _HEAD_HEIGHT)
