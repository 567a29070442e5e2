"""What a formula reads: the cells that its text refers to, and whether it may read any other.

Never too little: what the text leaves open is taken for all that it may mean. So a range whose end
is worked out (`A1:INDEX(B:B,5)`) reaches around everything that the formula names on that sheet,
and a column that a table does not have means all of its columns. `[#This Row]` is the formula's own
row where the table has it. References to other workbooks count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, column_number

if TYPE_CHECKING:
    from xlportfolio.workbook.container.opc import NameEntry

_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([1-9][0-9]{0,6})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})")
_ROW = re.compile(r"(\$?)([0-9]{1,7})")
_INNER_BRACKETS = re.compile(r"\[((?:[^\[\]']|'.)*)\]", re.DOTALL)
_ESCAPED = re.compile(r"'(.)", re.DOTALL)

_READS_ANYTHING = frozenset(
    (
        *("NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"),
        *("INDIRECT", "OFFSET", "CELL", "INFO", "EVALUATE"),
    )
)
_MACRO_FUNCTIONS = "GET."  # of Excel 4, in names: GET.CELL, GET.WORKBOOK, ...
_STRETCHES = {"SUMIF": (0, 2, False), "AVERAGEIF": (0, 2, False), "LOOKUP": (1, 2, True)}
"""Functions that read past the end of one argument as far as another is long: which argument is
long, which is read on, and whether one may lie along a row and the other along a column."""
_DEEPEST_NAME = 16
_MOST_AREAS = 10_000
_MOST_NAMES = 10_000
_MOST_STRETCHES = 64
_LONGEST_STRETCHED = 400
"""Of one formula; names that name each other could double what it reads without end."""

_Token = tuple[str, str]
_Cell = tuple[int, bool, int, bool]
"""Row, whether that is absolute, column, whether that is."""


class Area(NamedTuple):
    """A rectangle of cells; the sheet's name is casefolded."""

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Reads:
    """What a formula reads.

    Attributes
    ----------
    areas
        The cells that its text refers to.
    reads_anything
        Whether it may give another answer, or read other cells, each time: INDIRECT, OFFSET, NOW.
    is_relative
        Whether the same text reads other cells when it stands elsewhere, as a name's may.
    """

    areas: tuple[Area, ...]
    reads_anything: bool = False
    is_relative: bool = False


NOTHING = Reads(())
_ANYTHING = Reads((), reads_anything=True)


@dataclass(frozen=True)
class _Asking:
    """The cell whose formula is read; 0 for relative references that are read as they stand."""

    sheet: str
    row: int
    column: int
    rows: int = 0
    columns: int = 0


class Precedents:
    """What the formulas of one workbook read.

    Parameters
    ----------
    sheets
        The worksheets in their order, for references through several of them.
    names
        The defined names.
    tables
        The Excel tables.
    """

    def __init__(
        self,
        sheets: Sequence[str],
        names: Iterable[NameEntry] = (),
        tables: Iterable[ExcelTable] = (),
    ) -> None:
        self._sheets = [sheet.casefold() for sheet in sheets]
        self._positions = {sheet: k for k, sheet in enumerate(self._sheets)}
        self._by_name: dict[str, list[NameEntry]] = {}
        for one in names:
            self._by_name.setdefault(one.name.casefold(), []).append(one)
        self._by_table: dict[str, ExcelTable] = {}
        for table in tables:
            self._by_table.setdefault(table.name.casefold(), table)
        self._fixed: dict[tuple[str, str | None, str], Reads] = {}
        self._open_names: list[tuple[str, str | None]] = []
        self._n_looked_up = 0

    def of(self, text: str, sheet: str, row: int, column: int) -> Reads:
        """Find what a formula reads.

        Parameters
        ----------
        text
            As stored, without "=".
        sheet, row, column
            The cell that holds it, from 1.

        Examples
        --------
        >>> from xlportfolio.workbook.container.opc import NameEntry
        >>> rate = NameEntry("Rate", "Data!$B$1", sheet=None, hidden=False)
        >>> book = Precedents(["Plan", "Data"], [rate])
        >>> read = book.of("SUM(A1:B2)*Rate+[1]Other!C3", "Plan", 5, 1)
        >>> [tuple(area) for area in read.areas]
        [('plan', 1, 1, 2, 2), ('data', 1, 2, 1, 2)]
        >>> book.of('INDIRECT("A"&1)', "Plan", 5, 1).reads_anything
        True
        """
        self._n_looked_up = 0
        return self._read(text, _Asking(sheet.casefold(), row, column))

    def _read(self, text: str, asking: _Asking) -> Reads:
        tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
        return _Scan(self, tokens, asking).run()

    # -- what words stand for --------------------------------------------------------------------

    def has_sheet(self, name: str) -> bool:
        """Whether there is such a worksheet."""
        return name.casefold() in self._positions

    def between(self, first: str, last: str) -> list[str]:
        """The sheets from one to another, casefolded; none where either is missing."""
        ends = [self._positions.get(name.casefold()) for name in (first, last)]
        if None in ends:
            return []
        start, end = sorted(position for position in ends if position is not None)
        return self._sheets[start : end + 1]

    def table(self, name: str) -> ExcelTable | None:
        """The Excel table of that name."""
        return self._by_table.get(name.casefold())

    def table_at(self, asking: _Asking) -> ExcelTable | None:
        """The Excel table around the asking cell."""
        for table in self._by_table.values():
            if table.sheet.casefold() == asking.sheet and table.range.contains(
                asking.row, asking.column
            ):
                return table
        return None

    def named(self, word: str, sheets: Sequence[str], asking: _Asking) -> Iterator[Reads]:
        """What a defined name reads: the one of the sheet in question, else the workbook's.

        Within another name it is not known whose sheet is meant, so that all of them count.
        """
        found = self._by_name.get(word.casefold())
        if not found:
            return
        if not self._open_names:
            local = [one for one in found if one.sheet and one.sheet.casefold() in sheets]
            found = local or [one for one in found if one.sheet is None] or found
        for one in found:
            yield self._of_name(one, asking)

    def _of_name(self, one: NameEntry, asking: _Asking) -> Reads:
        key = (one.name.casefold(), one.sheet, asking.sheet)
        if key in self._fixed:
            return self._fixed[key]
        if key[:2] in self._open_names:
            return NOTHING  # a name that names itself: what it reads is being found
        self._n_looked_up += 1
        if len(self._open_names) >= _DEEPEST_NAME or self._n_looked_up > _MOST_NAMES:
            return _ANYTHING
        is_outermost = not self._open_names
        self._open_names.append(key[:2])
        try:
            # Relative references of a name are stored as if it stood in A1.
            read = self._read(
                one.text.removeprefix("="),
                _Asking(asking.sheet, asking.row, asking.column, asking.row - 1, asking.column - 1),
            )
        finally:
            self._open_names.pop()
        if is_outermost and not read.is_relative:
            self._fixed[key] = read
        return read


class _Scan:
    """One formula, token by token."""

    def __init__(
        self,
        book: Precedents,
        tokens: Sequence[_Token],
        asking: _Asking,
        *,
        stretches: bool = True,
    ) -> None:
        self._book, self._tokens, self._asking = book, tokens, asking
        self._stretches = stretches
        self._areas: list[Area] = []
        self._n_stretches = 0
        self._reads_anything = self._is_relative = self._is_worked_out = False

    def run(self) -> Reads:
        i, n = 0, len(self._tokens)
        while i < n:
            i = self._operand(i)
        if self._is_worked_out:
            self._areas += _around(self._areas)
        if len(self._areas) > _MOST_AREAS:
            return _ANYTHING
        return Reads(tuple(self._areas), self._reads_anything, self._is_relative)

    def _operand(self, i: int) -> int:
        """Read what begins at a token; where the next one begins."""
        kind, token = self._tokens[i]
        if kind == "other":
            self._is_worked_out |= token == ":"
            return i + 1
        if kind in ("text", "error"):
            return i + 1
        if kind == "bracket":
            if self._is_book(i):
                if token == "[0]":  # this workbook itself
                    return i + 1
                return self._after_reference(i + 1)
            self._part_of(self._book.table_at(self._asking), token)
            return i + 1
        if _is_qualifier(kind, token):
            if "[" in token:
                return self._after_reference(i)
            ends = _plain_sheet(token).split(":")
            return self._qualified(i + 1, self._book.between(ends[0], ends[-1]))
        if kind == "word" and self._goes_through_sheets(i):
            last = _plain_sheet(self._tokens[i + 2][1])
            return self._qualified(i + 3, self._book.between(token, last))
        return self._qualified(i, [self._asking.sheet])

    def _qualified(self, i: int, sheets: Sequence[str]) -> int:
        """Read a reference or a name of the given sheets."""
        if i >= len(self._tokens):
            return i
        kind, token = self._tokens[i]
        if kind == "columns":
            self._columns(token, sheets)
        elif kind == "rows":
            self._rows(token, sheets)
        elif kind == "spill":
            sheet, mark, cell = token.removesuffix("#").rpartition("!")
            own = self._book.between(*[_plain_sheet(sheet)] * 2) if mark else sheets
            anchor = _cell_parts(cell)
            if anchor is not None:  # all that it fills goes with the cell that holds the formula
                self._cells(anchor, anchor, own)
        elif kind == "word":
            return self._word(i, sheets)
        elif kind == "function":
            self._function(i, sheets)
        elif kind == "sheet" or token == "!":
            return i + 1
        elif kind != "other":
            return self._operand(i)
        return i + 1

    def _word(self, i: int, sheets: Sequence[str]) -> int:
        token, after = self._tokens[i][1], i + 1
        cell = _cell_parts(token)
        if cell is not None:
            other = None
            if after + 1 < len(self._tokens) and self._tokens[after][1] == ":":
                other = _cell_parts(self._tokens[after + 1][1])
            self._cells(cell, other or cell, sheets)
            return after if other is None else after + 2
        table = self._book.table(token)
        if after < len(self._tokens) and self._tokens[after][0] == "bracket":
            self._part_of(table, self._tokens[after][1])
            return after + 1
        if table is not None:
            self._part_of(table, "[]")
        elif after < len(self._tokens) and self._tokens[after][1] == "(":
            self._function(i, sheets)
        else:
            self._name(token, sheets)
        return after

    def _name(self, token: str, sheets: Sequence[str]) -> None:
        for read in self._book.named(token, sheets or [self._asking.sheet], self._asking):
            if len(self._areas) > _MOST_AREAS:
                self._reads_anything = True
                return
            self._areas += read.areas
            self._reads_anything |= read.reads_anything
            self._is_relative |= read.is_relative

    def _function(self, i: int, sheets: Sequence[str]) -> None:
        name = self._tokens[i][1].upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
        if name in _READS_ANYTHING or name.startswith(_MACRO_FUNCTIONS):
            self._reads_anything = True
        elif name in _STRETCHES and self._stretches:
            self._stretch(i + 1, *_STRETCHES[name])
        self._name(self._tokens[i][1], sheets)  # a name can be a LAMBDA

    def _stretch(self, opening: int, like: int, which: int, may_turn: bool) -> None:
        """Read past the end of one argument of a call as far as another is long."""
        self._n_stretches += 1
        if self._n_stretches > _MOST_STRETCHES:
            self._reads_anything = True
            return
        arguments = _arguments(self._tokens, opening)
        if arguments is None:
            self._reads_anything = True
            return
        if which >= len(arguments):
            return
        # Within these nothing is stretched again: a call that gives a number has no cells.
        lengths, areas = (
            _Scan(self._book, arguments[k], self._asking, stretches=False).run().areas
            for k in (like, which)
        )
        for area in areas:
            for one in lengths:
                rows, columns = max(_height(one), _height(area)), max(_width(one), _width(area))
                if may_turn:
                    length = max(_height(one), _width(one))
                    rows = max(length, _height(area)) if _width(area) == 1 else _height(area)
                    columns = max(length, _width(area)) if _height(area) == 1 else _width(area)
                if (rows, columns) != (_height(area), _width(area)):
                    self._areas.append(
                        area._replace(
                            last_row=min(LAST_ROW, area.first_row + rows - 1),
                            last_column=min(LAST_COLUMN, area.first_column + columns - 1),
                        )
                    )

    # -- cells -----------------------------------------------------------------------------------

    def _cells(self, first: _Cell, last: _Cell, sheets: Sequence[str]) -> None:
        asking = self._asking
        if asking.rows or asking.columns:
            first, last = (_moved(end, asking.rows, asking.columns) for end in (first, last))
        row, has_row, column, has_column = first
        other_row, other_has_row, other_column, other_has_column = last
        self._is_relative |= not (has_row and has_column and other_has_row and other_has_column)
        rows = (row, other_row) if row <= other_row else (other_row, row)
        columns = (column, other_column) if column <= other_column else (other_column, column)
        for sheet in sheets:
            self._areas.append(Area(sheet, rows[0], columns[0], rows[1], columns[1]))

    def _columns(self, text: str, sheets: Sequence[str]) -> None:
        found = [match for end in text.split(":") if (match := _COLUMN.fullmatch(end))]
        numbers = [_numbered(match[2]) for match in found]
        if max(numbers, default=LAST_COLUMN + 1) > LAST_COLUMN:
            self._ends_of_names(text, sheets)
            return
        self._is_relative |= any(not match[1] for match in found)
        columns = [
            number if match[1] else _wrapped(number + self._asking.columns, LAST_COLUMN)
            for match, number in zip(found, numbers, strict=True)
        ]
        self._add(sheets, 1, min(columns), LAST_ROW, max(columns))

    def _ends_of_names(self, text: str, sheets: Sequence[str]) -> None:
        """Two short names that are no columns, as in XFE:ZZZ."""
        self._is_worked_out = True
        for word in text.split(":"):
            self._name(word, sheets)

    def _rows(self, text: str, sheets: Sequence[str]) -> None:
        found = [match for end in text.split(":") if (match := _ROW.fullmatch(end))]
        self._is_relative |= any(not match[1] for match in found)
        rows = [
            int(match[2]) if match[1] else _wrapped(int(match[2]) + self._asking.rows, LAST_ROW)
            for match in found
        ]
        if rows and min(rows) >= 1 and max(rows) <= LAST_ROW:
            self._add(sheets, min(rows), 1, max(rows), LAST_COLUMN)

    def _part_of(self, table: ExcelTable | None, bracket: str) -> None:
        """The part of a table that a structured reference names (ECMA-376 part 1, 18.17.6.2)."""
        if table is None:
            return
        specifiers = _INNER_BRACKETS.findall(bracket[1:-1]) or [bracket[1:-1]]
        items = {one.casefold() for one in specifiers if one.startswith("#")}
        if bracket.startswith("[@"):
            items.add("#this row")
            if len(specifiers) == 1:
                specifiers = [specifiers[0].removeprefix("@")]
        wanted = [_ESCAPED.sub(r"\1", one) for one in specifiers if one and one[0] != "#"]
        cells = table.range
        first, last = self._rows_of(table, items)
        headers = [header.casefold() for header in table.headers]
        known = [headers.index(name.casefold()) for name in wanted if name.casefold() in headers]
        columns = cells.first_column, cells.last_column
        if known and len(known) == len(wanted):
            columns = cells.first_column + min(known), cells.first_column + max(known)
        self._add([table.sheet.casefold()], first, columns[0], last, columns[1])

    def _rows_of(self, table: ExcelTable, items: set[str]) -> tuple[int, int]:
        cells = table.range
        data = cells.first_row + table.header_rows, cells.last_row - table.totals_rows
        if data[0] > data[1]:
            return cells.first_row, cells.last_row
        parts = {
            "#data": data,
            "#headers": (cells.first_row, max(data[0] - 1, cells.first_row)),
            "#totals": (min(data[1] + 1, cells.last_row), cells.last_row),
        }
        if "#this row" in items:
            self._is_relative = True
            is_inside = table.sheet.casefold() == self._asking.sheet
            if is_inside and cells.first_row <= self._asking.row <= cells.last_row:
                return self._asking.row, self._asking.row
            return data
        if not items:
            return data
        if not items <= parts.keys():
            return cells.first_row, cells.last_row
        return min(parts[one][0] for one in items), max(parts[one][1] for one in items)

    def _add(
        self, sheets: Sequence[str], first_row: int, first_column: int, last_row: int, last: int
    ) -> None:
        for sheet in sheets:
            self._areas.append(Area(sheet, first_row, first_column, last_row, last))

    # -- other workbooks, several sheets -----------------------------------------------------------

    def _is_book(self, i: int) -> bool:
        """Whether a bracket holds a workbook's number, and not a part of a table."""
        if i + 1 >= len(self._tokens):
            return False
        kind, token = self._tokens[i + 1]
        if kind == "word" and self._goes_through_sheets(i + 1, is_elsewhere=True):
            return True
        return token == "!" or _is_qualifier(kind, token) or (kind == "spill" and "!" in token)

    def _goes_through_sheets(self, i: int, *, is_elsewhere: bool = False) -> bool:
        """Whether `First:Last!` stands there; `A1:Data!B2` is another thing."""
        if i + 2 >= len(self._tokens) or self._tokens[i + 1][1] != ":":
            return False
        kind, last = self._tokens[i + 2]
        if kind != "word" or not last.endswith("!"):
            return False
        return is_elsewhere or self._book.has_sheet(self._tokens[i][1])

    def _after_reference(self, i: int) -> int:
        """Pass over a reference into another workbook, from its sheet on."""
        tokens, n = self._tokens, len(self._tokens)
        if i < n and tokens[i][0] == "word" and self._goes_through_sheets(i, is_elsewhere=True):
            i += 2
        if i < n and (_is_qualifier(*tokens[i]) or tokens[i][1] == "!"):
            i += 1
        if i < n and tokens[i][0] == "other":
            return i
        if i + 2 < n and tokens[i + 1][1] == ":" and _CELL.fullmatch(tokens[i + 2][1]):
            return i + 3
        is_table = i + 1 < n and tokens[i + 1][0] == "bracket" and tokens[i][0] == "word"
        return i + 2 if is_table else i + 1


def _is_qualifier(kind: str, token: str) -> bool:
    return kind in ("sheet", "word") and token.endswith("!") and len(token) > 1


def _plain_sheet(qualifier: str) -> str:
    """The name of a sheet, or of two with ":" between them, as it is."""
    name = qualifier.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _cell_parts(text: str) -> _Cell | None:
    """A cell's place; None for any other word, and where it lies outside every sheet."""
    match = _CELL.fullmatch(text)
    if match is None:
        return None
    row, column = int(match[4]), _numbered(match[2])
    if row > LAST_ROW or column > LAST_COLUMN:
        return None
    return row, bool(match[3]), column, bool(match[1])


def _moved(cell: _Cell, rows: int, columns: int) -> _Cell:
    """Where a relative reference leads; past the last row or column it goes on with the first."""
    row, has_row, column, has_column = cell
    if rows and not has_row:
        row = _wrapped(row + rows, LAST_ROW)
    if columns and not has_column:
        column = _wrapped(column + columns, LAST_COLUMN)
    return row, has_row, column, has_column


def _wrapped(number: int, last: int) -> int:
    return (number - 1) % last + 1


@lru_cache(maxsize=LAST_COLUMN)
def _numbered(letters: str) -> int:
    return column_number(letters)


def _height(area: Area) -> int:
    return area.last_row - area.first_row + 1


def _width(area: Area) -> int:
    return area.last_column - area.first_column + 1


def _around(areas: Iterable[Area]) -> Iterator[Area]:
    """The rectangle around all areas of each sheet."""
    by_sheet: dict[str, list[Area]] = {}
    for area in areas:
        by_sheet.setdefault(area.sheet, []).append(area)
    for sheet, found in by_sheet.items():
        yield Area(
            sheet,
            min(area.first_row for area in found),
            min(area.first_column for area in found),
            max(area.last_row for area in found),
            max(area.last_column for area in found),
        )


def _arguments(tokens: Sequence[_Token], opening: int) -> list[Sequence[_Token]] | None:
    """The tokens of each argument of the call whose bracket opens there; None for a long call."""
    found: list[Sequence[_Token]] = []
    depth, start = 0, opening + 1
    for i in range(opening, min(len(tokens), opening + _LONGEST_STRETCHED)):
        token = tokens[i][1]
        if token in ("(", "{"):
            depth += 1
        elif token in (")", "}"):
            depth -= 1
            if depth == 0:
                return [*found, tokens[start:i]]
        elif token == "," and depth == 1:
            found.append(tokens[start:i])
            start = i + 1
    return None
