"""What the finder hands on: a table with its columns and its data rows, and where each cell is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from xlportfolio.values import Value
from xlportfolio.workbook.finding.grid import Grid, turn_range
from xlportfolio.workbook.headings import Heading
from xlportfolio.workbook.references import CellRange

Orientation = Literal["rows", "transposed"]


@dataclass(frozen=True)
class FoundColumn:
    """A column of a found table; on a table lying on its side, a row of the sheet.

    Attributes
    ----------
    line
        Its column on the grid.
    header_line
        The grid row of the header cell that names it.
    levels
        The headers over it, outermost first, each once.
    offset
        How many grid rows its values lie below the records': of the second pair of labels and
        values on a form.
    """

    line: int
    header_line: int
    levels: tuple[Heading, ...]
    hidden: bool = False
    offset: int = 0

    @property
    def header(self) -> str:
        """The header as people read it: levels joined by " / "."""
        return " / ".join(level.text for level in self.levels)

    @property
    def heading(self) -> Heading:
        """The innermost header."""
        return self.levels[-1] if self.levels else Heading("", "")


@dataclass(frozen=True)
class FoundTable:
    """A table on a sheet.

    Attributes
    ----------
    sheet, range
        Where it stands, headers included, totals and footnotes below it not.
    columns
        In order. [n_columns]
    records
        Grid rows that hold data. [n_records]
    sections
        For records under a section row ("Programme A" across): its text.
    totals
        Grid rows that sum others.
    left_out
        Grid rows that look like records and are none, such as examples: why.
    above
        Grid rows over the header that belong to it, such as a row of weights.
    title
        The nearest text above it.
    excel_table
        Name of the Excel table, if it is one.
    joined_rows
        Those records that stand below blank rows and were read as part of the table.
    """

    sheet: str
    grid: Grid
    block: CellRange
    columns: tuple[FoundColumn, ...]
    records: tuple[int, ...]
    header_lines: tuple[int, ...]
    sections: Mapping[int, str] = field(default_factory=dict)
    totals: tuple[int, ...] = ()
    left_out: Mapping[int, str] = field(default_factory=dict)
    above: tuple[int, ...] = ()
    title: str = ""
    excel_table: str | None = None
    joined_rows: tuple[int, ...] = ()
    visible: bool = True
    formulas: frozenset[tuple[int, int]] = frozenset()

    @property
    def orientation(self) -> Orientation:
        return "transposed" if self.grid.turned else "rows"

    @property
    def range(self) -> CellRange:
        return turn_range(self.block) if self.grid.turned else self.block

    def value(self, record: int, column: int) -> Value:
        """The value of record `record` under column `column`, both by position."""
        found = self.columns[column]
        return self.grid.value(self.records[record] + found.offset, found.line)

    def values(self, column: int) -> list[Value]:
        """All values under a column, in record order."""
        found = self.columns[column]
        return [self.grid.value(row + found.offset, found.line) for row in self.records]

    def number_format(self, record: int, column: int) -> str | None:
        """The number format of a cell, if it is not General."""
        found = self.columns[column]
        return self.grid.formats.get(self.records[record] + found.offset, {}).get(found.line)

    def cell(self, record: int | None, column: int) -> tuple[int, int]:
        """The sheet's (row, column) of a value, or of the column's header if record is None."""
        found = self.columns[column]
        row = found.header_line if record is None else self.records[record] + found.offset
        return self.grid.address(row, found.line)

    def is_formula(self, record: int, column: int) -> bool:
        return self.cell(record, column) in self.formulas
