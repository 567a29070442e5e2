"""Reading a sheet in one pass: its values as Excel means them, sparse, and what guards its cells.

SpreadsheetML as ECMA-376 part 1, 18.3 describes it. Memory follows the cells that hold something,
never the range that the sheet claims to use.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import integer_or, parse_xml, unescape_text
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    column_number,
)
from xlportfolio.workbook.rendering.styles import BUILTIN_FORMATS, is_date_format

MAX_CELLS = 5_000_000
MAX_TEXT = 1 << 20
"""Excel holds 32,767 characters in a cell; a text thirty times as long was made to do harm."""
MAX_SHARED_STRINGS_BYTES = 512 << 20

_MONEY_FORMATS = {
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* (#,##0);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* (#,##0.00);_("$"* "-"??_);_(@_)',
}
"""Built-in formats that show the currency of the reader's country; here as in the United States."""
_EAST_ASIAN_DATES = frozenset((*range(27, 37), *range(50, 59)))
_EAST_ASIAN_DATE_CODE = "yyyy-mm-dd"
"""Their true codes depend on the language of Excel; all of them show a date or a time."""

_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_466
_LEAP_DAY_THAT_NEVER_WAS = 60

_TRUTH = re.compile(rb"""["'](?:b["']|&\#)""")
"""What `t="b"` holds, however it is written."""


def date_from_serial(serial: float, *, date1904: bool) -> datetime | None:
    """The date that a serial number stands for, to the millisecond; None if it stands for none.

    Excel's 1900 system counts a 29 February 1900 (serial 60). Serials below 1 are times without a
    day: in the 1904 system 0 could mean 1 January 1904, but mostly means that nothing was entered.

    >>> date_from_serial(59.0, date1904=False), date_from_serial(61.0, date1904=False)
    (datetime.datetime(1900, 2, 28, 0, 0), datetime.datetime(1900, 3, 1, 0, 0))
    """
    if not 1 <= serial < _LAST_SERIAL - (1462 if date1904 else 0):
        return None
    if date1904:
        epoch = _EPOCH_1904
    elif math.floor(serial) == _LEAP_DAY_THAT_NEVER_WAS:
        return None
    else:
        early = serial < _LEAP_DAY_THAT_NEVER_WAS
        epoch = _EPOCH_1900 + timedelta(days=1) if early else _EPOCH_1900
    try:
        return epoch + timedelta(milliseconds=round(serial * 86_400_000))
    except OverflowError:  # the last half millisecond of the year 9999
        return None


class NumberFormats:
    """The number format of each cell style: `codes[style]`, "" where it is General."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        dates = {code: is_date_format(code) for code in set(codes)}
        self.dates = [dates[code] for code in codes]

    @classmethod
    def load(cls, package: Package, index: WorkbookIndex) -> NumberFormats:
        part = index.styles_part
        if part is None:
            return cls([])
        root = parse_xml(package.read(part), package.label(part))
        tag = f"{{{index.namespace}}}"
        custom = {
            element.get("numFmtId", ""): unescape_text(element.get("formatCode", ""))
            for element in root.iterfind(f"{tag}numFmts/{tag}numFmt")
        }
        styles = root.iterfind(f"{tag}cellXfs/{tag}xf")
        return cls([_format_code(style.get("numFmtId", "0"), custom) for style in styles])


def _format_code(identifier: str, custom: dict[str, str]) -> str:
    code = custom.get(identifier)
    if code is None:
        number = integer_or(identifier)
        if number in _EAST_ASIAN_DATES:
            return _EAST_ASIAN_DATE_CODE
        code = BUILTIN_FORMATS.get(number) or _MONEY_FORMATS.get(number, "General")
    return "" if code.lower() == "general" else code


def read_shared_strings(package: Package, index: WorkbookIndex) -> list[str]:
    """The workbook's shared strings: rich text joined, phonetic guides left out."""
    part = index.shared_strings_part
    if part is None:
        return []
    if package.size(part) > MAX_SHARED_STRINGS_BYTES:
        raise WorkbookError(
            f"{package.label(part)} holds {package.size(part) >> 20:,} MB of text; expected at "
            f"most {MAX_SHARED_STRINGS_BYTES >> 20} MB. It was not read."
        )
    return _SharedStringsPass(package, part, index.namespace).run()


class PartPass:
    """One pass of expat over a part: no document type, no text without end."""

    def __init__(self, package: Package, part: str, namespace: str) -> None:
        self._package, self._part = package, part
        self._prefix = namespace + " "
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._text: list[str] = []
        self._length = 0
        self._collecting = False
        self._phonetic = False

    def _parse(self) -> None:
        try:
            for chunk in self._package.chunks(self._part):
                self._parser.Parse(chunk, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            self._fail(f"its XML is not well-formed (line {error.lineno})")
        except (LookupError, ValueError) as error:  # how expat says so of encodings
            self._fail(f"its XML cannot be decoded ({error})")

    def _fail(self, what: str) -> NoReturn:
        raise WorkbookError(
            f"{self._package.label(self._part)} is damaged: {what}. Open the file in Excel, let "
            "Excel repair it and save it."
        )

    def _refuse_doctype(self, *_: object) -> None:
        raise WorkbookError(
            f"{self._package.label(self._part)} declares a document type (DTD), which no "
            "spreadsheet program writes and which can read other files; it was not read."
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def _end(self, name: str) -> None:
        raise NotImplementedError

    def _characters(self, data: str) -> None:
        if self._collecting:
            self._text.append(data)
            self._length += len(data)
            if self._length > MAX_TEXT:
                raise WorkbookError(
                    f"{self._package.label(self._part)} holds a text of more than "
                    f"{MAX_TEXT:,} characters; Excel holds at most 32,767 in a cell. It looks made "
                    "to exhaust memory and was not read."
                )

    def _taken_text(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text


class _SharedStringsPass(PartPass):
    def __init__(self, package: Package, part: str, namespace: str) -> None:
        super().__init__(package, part, namespace)
        self._strings: list[str] = []
        self._item, self._run = self._prefix + "si", self._prefix + "t"
        self._guide = self._prefix + "rPh"

    def run(self) -> list[str]:
        self._parse()
        return self._strings

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._run:
            self._collecting = not self._phonetic
        elif name == self._guide:
            self._phonetic = True

    def _end(self, name: str) -> None:
        if name == self._run:
            self._collecting = False
        elif name == self._item:
            self._strings.append(unescape_text(self._taken_text()))
        elif name == self._guide:
            self._phonetic = False


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


def read_sheet(
    package: Package,
    index: WorkbookIndex,
    sheet: SheetEntry,
    shared_strings: list[str],
    formats: NumberFormats,
    only: CellRange | None = None,
) -> SheetReading:
    """Read one worksheet, or of its values only those in a range.

    A text of no characters, such as the result of ="", is a blank cell. The value of a formula is
    what was computed last.

    Raises
    ------
    WorkbookError
        If the sheet is damaged, or holds more than 5,000,000 values.
    """
    return _SheetPass(package, index, sheet, shared_strings, formats, only).run()


def may_hold_truths(package: Package, sheet: SheetEntry) -> bool:
    """Whether a cell of a worksheet may be TRUE or FALSE: found out without parsing it.

    Parameters
    ----------
    package, sheet
        The sheet.
    """
    end = b""
    for number, chunk in enumerate(package.chunks(sheet.part)):
        # in UTF-16 and the like the type of a cell would look different
        if number == 0 and (b"\0" in chunk or not chunk.lstrip(b"\xef\xbb\xbf").startswith(b"<")):
            return True
        if _TRUTH.search(end + chunk):
            return True
        end = chunk[-3:]
    return False


class _SheetPass(PartPass):
    def __init__(
        self,
        package: Package,
        index: WorkbookIndex,
        sheet: SheetEntry,
        shared_strings: list[str],
        formats: NumberFormats,
        only: CellRange | None,
    ) -> None:
        super().__init__(package, sheet.part, index.namespace)
        self._sheet = sheet
        self._only = only
        self._strings = shared_strings
        self._codes, self._dates = formats.codes, formats.dates
        self._date1904 = index.date1904
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
        self._formulas: set[tuple[int, int]] = set()
        self._merges: list[CellRange] = []
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._computed: list[CellRange] = []
        self._arrays: list[CellRange] = []
        self._filling: list[CellRange] = []
        self._protected = False
        self._columns: dict[str, int] = {}
        self._styles: dict[str, tuple[str, bool]] = {}
        self._n_cells = 0
        self._row = self._column = 0
        self._row_text = ""
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

    def _start_row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r")
        if text is None:
            self._row += 1
            text = str(self._row)
        else:
            self._row = integer_or(text)
        if not 1 <= self._row <= LAST_ROW:
            self._fail(f'row "{text:.20}" lies outside the sheet')
        self._row_text, self._column = text, 0
        self._cells = self._rows.setdefault(self._row, {})
        if attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0":
            self._hidden_rows.add(self._row)
        if self._filling:
            self._filling = [cells for cells in self._filling if cells.last_row >= self._row]

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._value = attributes, None
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
        if self._only is not None and not self._only.contains(self._row, self._column):
            self._cell = None
        if self._filling:
            row, column = self._row, self._column
            if any(cells.contains(row, column) for cells in self._filling):
                self._formulas.add((row, column))

    def _new_column(self, letters: str, address: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            self._fail(f'"{address}" is not a cell')
        column = column_number(letters)
        if column > LAST_COLUMN:
            self._fail(f"{address} lies outside the sheet")
        self._columns[letters] = column
        return column

    def _start_formula(self, attributes: dict[str, str]) -> None:
        self._formulas.add((self._row, self._column))
        if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
            cells = self._range(attributes["ref"])
            if cells.n_rows > 1 or cells.n_columns > 1 or attributes["t"] == "dataTable":
                self._computed.append(cells)
                self._filling.append(cells)
                is_first = (self._row, self._column) == (cells.first_row, cells.first_column)
                if attributes["t"] == "array" and is_first:
                    self._arrays.append(cells)

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
        self._n_cells += 1
        if self._n_cells > MAX_CELLS:
            raise WorkbookError(
                f'"{Path(self._package.path).name}" holds more than {MAX_CELLS:,} values on sheet '
                f'"{self._sheet.name}", too many to read; keep the tables of the portfolio on a '
                "sheet of their own."
            )
        self._cells[self._column] = value
        style = cell.get("s")
        if style is not None:
            code = self._style(style)[0]
            if code:
                self._formats.setdefault(self._row, {})[self._column] = code

    def _shared(self, text: str | None) -> str | None:
        if not text:
            return None
        position = integer_or(text, -1)
        if not 0 <= position < len(self._strings):
            self._fail(
                f"cell {self._address()} asks for the shared text {text}, which is not there"
            )
        return self._strings[position]

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
            number = integer_or(text)
            exists = 0 <= number < len(self._codes)
            known = (self._codes[number], self._dates[number]) if exists else ("", False)
            self._styles[text] = known
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
