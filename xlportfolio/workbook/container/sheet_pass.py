"""Reading a sheet in one pass: its values as Excel means them, sparse, and what guards its cells.

SpreadsheetML as ECMA-376 part 1, 18.3 describes it. Memory follows the cells that hold something,
never the range that the sheet claims to use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.ordinary_rows import OrdinaryRows, ReadRows, hides_row
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import integer_or, unescape_text
from xlportfolio.workbook.container.skimming import SkimmingPass
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    column_number,
)

MAX_CELLS = 5_000_000


@dataclass(frozen=True)
class SheetReading:
    """A sheet's contents, and what a writer must not touch.

    `computed` are the ranges that one formula fills: arrays, spills and data tables. `arrays` are
    the arrays and spills among them, whose formula stands in the first cell. `protected` tells
    whether the sheet is protected.
    """

    contents: SheetContents
    computed: tuple[CellRange, ...]
    protected: bool
    arrays: tuple[CellRange, ...] = ()


class SheetPass(SkimmingPass[ReadRows]):
    """The pass over one worksheet.

    Parameters
    ----------
    package, index, sheet
        The sheet, and the workbook that it is in.
    shared_strings
        Gives the workbook's shared texts; asked when a cell needs one.
    formats
        The number formats of the cell styles.
    only
        Values and formulas of this range are read, and no others; None for all of them.
    """

    def __init__(
        self,
        package: Package,
        index: WorkbookIndex,
        sheet: SheetEntry,
        shared_strings: Callable[[], Sequence[str]],
        formats: NumberFormats,
        only: CellRange | None = None,
    ) -> None:
        super().__init__(package, sheet.part, index.namespace, "row")
        self._sheet = sheet
        self._only = only
        self._strings = shared_strings
        self._number_formats = formats
        self._ordinary = OrdinaryRows(shared_strings, formats, date1904=index.date1904, only=only)
        self._date1904 = index.date1904
        self._parser.StartNamespaceDeclHandler = lambda *_: self._ordinary.forget_prefixes()
        self._parser.EndNamespaceDeclHandler = lambda *_: self._ordinary.forget_prefixes()
        prefix = self._prefix
        self._c, self._v, self._t, self._f = (prefix + name for name in ("c", "v", "t", "f"))
        self._row_tag, self._guide = prefix + "row", prefix + "rPh"
        self._others = {
            prefix + "col": self._start_columns,
            prefix + "mergeCell": self._start_merge,
            prefix + "sheetProtection": self._start_protection,
        }
        self._rows: dict[int, dict[int, Value]] = {}
        self._formats: dict[int, dict[int, str]] = {}
        self._with_own_formats: set[int] = set()
        self._formulas: set[tuple[int, int]] = set()
        self._merges: list[CellRange] = []
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._n_hidden = 0
        self._computed: list[CellRange] = []
        self._arrays: list[CellRange] = []
        # What formulas fill from here on, by column: of ranges in a list, each cell would ask all.
        self._filling: dict[int, CellRange] = {}
        self._filled_to = self._n_filled = 0
        self._protected = False
        self._columns: dict[str, int] = {}
        self._styles: dict[str, tuple[str, bool]] = {}
        self._n_cells = 0
        self._row = self._column = 0
        self._row_text = ""
        self._last_column: Callable[[], int] | None = None
        self._cells: dict[int, Value] = {}
        self._cell: dict[str, str] | None = None
        self._value: str | None = None

    def run(self) -> SheetReading:
        self._parse()
        contents = SheetContents(
            name=self._sheet.name,
            visible=self._sheet.state == "visible",
            rows={row: cells for row, cells in self._rows.items() if cells},
            formats=self._formats,
            formulas=frozenset(self._formulas),
            merges=tuple(self._merges),
            hidden_rows=frozenset(self._hidden_rows),
            hidden_columns=frozenset(self._hidden_columns),
        )
        return SheetReading(contents, tuple(self._computed), self._protected, tuple(self._arrays))

    # -- without expat ---------------------------------------------------------------------------

    def _understood(self, element: str) -> ReadRows | None:
        return self._ordinary.understood(element)

    def _may_take_many(self, text: str) -> bool:
        return self._ordinary.may_fit(text)

    def _understood_many(self, text: str, start: int) -> tuple[ReadRows | None, int]:
        return (None, start) if self._filling else self._ordinary.fitting(text, start)

    def _learn(self, element: bytes) -> None:
        self._ordinary.learn(element.decode())

    def _is_at_rest(self) -> bool:
        return super()._is_at_rest() and self._cell is None

    def _accept(self, found: ReadRows) -> bool:
        if self._filling:
            return False
        numbers, cells = found.numbers, found.cells
        self._count(sum(map(len, cells.values)))
        if len(set(numbers)) == len(numbers) and self._rows.keys().isdisjoint(numbers):
            self._rows.update(zip(numbers, cells.values, strict=True))
            self._formats.update(
                (row, codes) for row, codes in zip(numbers, cells.formats, strict=True) if codes
            )
        else:
            for row, values, codes in zip(numbers, cells.values, cells.formats, strict=True):
                self._add_to_row(row, values, codes)
        self._formulas.update(cells.formulas)
        self._hidden_rows.update(found.hidden)
        row = self._row = numbers[-1]
        self._row_text, self._last_column = str(row), found.last_column
        self._cells = self._rows[row]
        return True

    def _add_to_row(self, row: int, values: dict[int, Value], codes: dict[int, str]) -> None:
        """Take a row that may have come before."""
        present = self._rows.get(row)
        if present:
            present.update(values)
        else:
            self._rows[row] = values
        if codes:
            self._own_formats(row)
            self._formats.setdefault(row, {}).update(codes)

    # -- by expat --------------------------------------------------------------------------------

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._start_cell(attributes)
        elif name == self._v:
            self._collecting = self._cell is not None
        elif name == self._t:
            self._collecting = self._cell is not None and not self._phonetic
        elif name == self._f:
            self._start_formula(attributes)
        elif name == self._row_tag:
            self._start_row(attributes)
        elif name == self._guide:
            self._phonetic = True
        elif name in self._others:
            self._others[name](attributes)

    def _end(self, name: str) -> None:
        if name == self._v:
            if self._collecting:
                self._collecting = False
                self._value = self._taken_text()
        elif name == self._c:
            self._end_cell()
        elif name == self._t:
            self._collecting = False
        elif name == self._guide:
            self._phonetic = False
        elif name == self._row_tag:
            self._closed_at = self._parser.CurrentByteIndex

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._opened_at = self._parser.CurrentByteIndex
        text = attributes.get("r")
        if text is None:
            self._row += 1
            text = str(self._row)
        else:
            self._row = integer_or(text)
        if not 1 <= self._row <= LAST_ROW:
            self._fail(f'row "{text:.20}" lies outside the sheet')
        self._row_text, self._column = text, 0
        self._last_column = self._cell = None
        self._cells = self._rows.setdefault(self._row, {})
        self._own_formats(self._row)
        if hides_row(attributes) and (self._only is None or self._only.has_row(self._row)):
            self._hidden_rows.add(self._row)
        if self._row > self._filled_to:
            self._filling.clear()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._value = attributes, None
        self._come_to_last_column()
        if self._text:
            self._taken_text()
        address = attributes.get("r")
        if address is None:
            self._column += 1
        else:
            letters = address.rstrip("0123456789")
            if address[len(letters) :] != self._row_text:
                self._fail(f'the cell "{address}" stands in row {self._row}')
            column = self._columns.get(letters)
            if column is None:
                column = self._new_column(letters, address)
            self._column = column
        if not self._is_wanted():
            self._cell = None
        elif self._filling:
            row, column = self._row, self._column
            filled = self._filling.get(column)
            if filled is not None and filled.contains(row, column):
                self._formulas.add((row, column))

    def _is_wanted(self) -> bool:
        return self._only is None or self._only.contains(self._row, self._column)

    def _new_column(self, letters: str, address: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            self._fail(f'"{address}" is not a cell')
        column = column_number(letters)
        if column > LAST_COLUMN:
            self._fail(f"{address} lies outside the sheet")
        self._columns[letters] = column
        return column

    def _come_to_last_column(self) -> None:
        """Stand at the end of a row that expat was not fed, for what stands outside of any row."""
        if self._last_column is not None:
            self._column, self._last_column = self._last_column(), None
            self._own_formats(self._row)

    def _own_formats(self, row: int) -> None:
        """Let a row have its formats to itself: rows read at once share them."""
        if row in self._formats and row not in self._with_own_formats:
            self._formats[row] = dict(self._formats[row])
            self._with_own_formats.add(row)

    def _start_formula(self, attributes: dict[str, str]) -> None:
        self._come_to_last_column()
        if self._is_wanted():
            self._formulas.add((self._row, self._column))
        if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
            cells = self._range(attributes["ref"])
            if cells.n_rows > 1 or cells.n_columns > 1 or attributes["t"] == "dataTable":
                self._computed.append(cells)
                self._fill(cells)
                is_first = (self._row, self._column) == (cells.first_row, cells.first_column)
                if attributes["t"] == "array" and is_first:
                    self._arrays.append(cells)

    def _fill(self, cells: CellRange) -> None:
        self._n_filled += cells.n_columns
        if self._n_filled > MAX_CELLS:
            self._fail("its array formulas fill more cells than a sheet has, over and over")
        self._filled_to = max(self._filled_to, cells.last_row)
        for column in range(cells.first_column, cells.last_column + 1):
            self._filling[column] = cells

    def _end_cell(self) -> None:
        cell = self._cell
        if cell is None:
            return
        self._cell = None
        text, kind = self._value, cell.get("t")
        value: Value
        if kind == "s":
            value = self._shared(text)
        elif kind is None or kind == "n":
            if not text:
                return
            value = self._number(text, cell.get("s"))
        elif kind == "inlineStr":
            value = unescape_text(self._taken_text()) or None
        elif not text:
            return
        elif kind == "str":
            value = unescape_text(text)
        elif kind == "b":
            value = text.strip() in ("1", "true")
        elif kind == "e":
            value = CellError(text.strip())
        elif kind == "d":
            value = self._iso_date(text)
        else:
            self._fail(f'cell {self._address()} is of the unknown type "{kind}"')
        if value is None or value == "":
            return
        self._count(1)
        self._cells[self._column] = value
        style = cell.get("s")
        if style is not None:
            code = self._style(style)[0]
            if code:
                self._formats.setdefault(self._row, {})[self._column] = code

    def _count(self, n_values: int) -> None:
        self._n_cells += n_values
        if self._n_cells > MAX_CELLS:
            raise WorkbookError(
                f'"{Path(self._package.path).name}" holds more than {MAX_CELLS:,} values on sheet '
                f'"{self._sheet.name}", too many to read; keep the tables of the portfolio on a '
                "sheet of their own."
            )

    def _shared(self, text: str | None) -> str | None:
        if not text:
            return None
        position = integer_or(text, -1)
        strings = self._strings()
        if not 0 <= position < len(strings):
            self._fail(
                f"cell {self._address()} asks for the shared text {text}, which is not there"
            )
        return strings[position]

    def _number(self, text: str, style: str | None) -> float | datetime:
        try:
            number = float(text)
        except ValueError:
            self._fail(f'cell {self._address()} holds "{text}" where a number is expected')
        if not math.isfinite(number):
            self._fail(f'cell {self._address()} holds "{text}" where a number is expected')
        if style is not None and self._style(style)[1]:
            moment = date_from_serial(number, date1904=self._date1904)
            if moment is not None:
                return moment
        return number

    def _style(self, text: str) -> tuple[str, bool]:
        """The format code of a style, and whether it shows a date."""
        known = self._styles.get(text)
        if known is None:
            known = self._styles[text] = self._number_formats.of_style(text)
        return known

    def _iso_date(self, text: str) -> Value:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            return text  # a time without a day is kept as it stands
        return moment.replace(tzinfo=None)

    def _start_columns(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") not in ("1", "true") and attributes.get("width") != "0":
            return
        first = max(1, integer_or(attributes.get("min"), LAST_COLUMN + 1))
        last = min(LAST_COLUMN, integer_or(attributes.get("max")))
        self._n_hidden += max(0, last - first + 1)
        if self._n_hidden > 4 * LAST_COLUMN:  # a hundred thousand overlaps would take minutes
            self._fail("its columns are hidden more often than there are columns")
        self._hidden_columns.update(range(first, last + 1))

    def _start_merge(self, attributes: dict[str, str]) -> None:
        self._merges.append(self._range(attributes.get("ref", "")))

    def _start_protection(self, attributes: dict[str, str]) -> None:
        self._protected = attributes.get("sheet") in ("1", "true")

    def _range(self, text: str) -> CellRange:
        try:
            return CellRange.parse(text)
        except InputError:
            self._fail(f'"{text}" is not a range of cells')

    def _address(self) -> str:
        return cell_address(self._row, self._column)
