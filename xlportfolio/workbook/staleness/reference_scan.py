"""The text of one formula, token by token: what it refers to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlportfolio.workbook.editing.formulas import CELL
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW
from xlportfolio.workbook.staleness.areas import (
    Area,
    Cell,
    around,
    cell_parts,
    height,
    moved,
    numbered,
    width,
    wrapped,
)

if TYPE_CHECKING:
    from xlportfolio.workbook.staleness.precedents import Precedents

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
_MOST_AREAS = 10_000
_MOST_STRETCHES = 64
_LONGEST_STRETCHED = 400
"""Of one formula."""

Token = tuple[str, str]


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
ANYTHING = Reads((), reads_anything=True)


@dataclass(frozen=True)
class Asking:
    """The cell whose formula is read; 0 for relative references that are read as they stand."""

    sheet: str
    row: int
    column: int
    rows: int = 0
    columns: int = 0


class Scan:
    """One formula, token by token.

    Parameters
    ----------
    book
        What words stand for in the workbook.
    tokens
        The formula's, without spaces.
    asking
        The cell that holds it.
    stretches
        Whether functions that read past the end of an argument are followed there.
    """

    def __init__(
        self,
        book: Precedents,
        tokens: Sequence[Token],
        asking: Asking,
        *,
        stretches: bool = True,
    ) -> None:
        self._book, self._tokens, self._asking = book, tokens, asking
        self._stretches = stretches
        self._areas: list[Area] = []
        self._n_stretches = 0
        self._reads_anything = self._is_relative = self._is_worked_out = False

    def run(self) -> Reads:
        """Find what the formula reads."""
        i, n = 0, len(self._tokens)
        while i < n:
            i = self._operand(i)
        if self._is_worked_out:
            self._areas += around(self._areas)
        if len(self._areas) > _MOST_AREAS:
            return ANYTHING
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
            anchor = cell_parts(cell)
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
        cell = cell_parts(token)
        if cell is not None:
            other = None
            if after + 1 < len(self._tokens) and self._tokens[after][1] == ":":
                other = cell_parts(self._tokens[after + 1][1])
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
            Scan(self._book, arguments[k], self._asking, stretches=False).run().areas
            for k in (like, which)
        )
        for area in areas:
            for one in lengths:
                rows, columns = max(height(one), height(area)), max(width(one), width(area))
                if may_turn:
                    length = max(height(one), width(one))
                    rows = max(length, height(area)) if width(area) == 1 else height(area)
                    columns = max(length, width(area)) if height(area) == 1 else width(area)
                if (rows, columns) != (height(area), width(area)):
                    self._areas.append(
                        area._replace(
                            last_row=min(LAST_ROW, area.first_row + rows - 1),
                            last_column=min(LAST_COLUMN, area.first_column + columns - 1),
                        )
                    )

    # -- cells -----------------------------------------------------------------------------------

    def _cells(self, first: Cell, last: Cell, sheets: Sequence[str]) -> None:
        asking = self._asking
        if asking.rows or asking.columns:
            first, last = (moved(end, asking.rows, asking.columns) for end in (first, last))
        row, has_row, column, has_column = first
        other_row, other_has_row, other_column, other_has_column = last
        self._is_relative |= not (has_row and has_column and other_has_row and other_has_column)
        rows = (row, other_row) if row <= other_row else (other_row, row)
        columns = (column, other_column) if column <= other_column else (other_column, column)
        for sheet in sheets:
            self._areas.append(Area(sheet, rows[0], columns[0], rows[1], columns[1]))

    def _columns(self, text: str, sheets: Sequence[str]) -> None:
        found = [match for end in text.split(":") if (match := _COLUMN.fullmatch(end))]
        numbers = [numbered(match[2]) for match in found]
        if max(numbers, default=LAST_COLUMN + 1) > LAST_COLUMN:
            self._ends_of_names(text, sheets)
            return
        self._is_relative |= any(not match[1] for match in found)
        columns = [
            number if match[1] else wrapped(number + self._asking.columns, LAST_COLUMN)
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
            int(match[2]) if match[1] else wrapped(int(match[2]) + self._asking.rows, LAST_ROW)
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
        if i + 2 < n and tokens[i + 1][1] == ":" and CELL.fullmatch(tokens[i + 2][1]):
            return i + 3
        is_table = i + 1 < n and tokens[i + 1][0] == "bracket" and tokens[i][0] == "word"
        return i + 2 if is_table else i + 1


def _is_qualifier(kind: str, token: str) -> bool:
    return kind in ("sheet", "word") and token.endswith("!") and len(token) > 1


def _plain_sheet(qualifier: str) -> str:
    """The name of a sheet, or of two with ":" between them, as it is."""
    name = qualifier.removesuffix("!")
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _arguments(tokens: Sequence[Token], opening: int) -> list[Sequence[Token]] | None:
    """The tokens of each argument of the call whose bracket opens there; None for a long call."""
    found: list[Sequence[Token]] = []
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
