"""The rows and cells of a sheet that matter, picked out of its bytes; the others pass at once.

Rows as all known programs write them are recognised by a regular expression. Whatever looks
unusual is parsed element by element, as if there were no sieve.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from xlportfolio.workbook.editing.elementstream import ElementStream
from xlportfolio.workbook.editing.usual_cells import UsualCell, UsualCells
from xlportfolio.workbook.references import LAST_COLUMN, column_number

_SHEET_DATA = re.compile(rb"<(?:[^\s<>/:]+:)?sheetData(?:\s[^<>]*)?>")
# A tag that is known to say nothing new once it was seen: it has no range, and no ">" inside.
# Atomic groups, which Python before 3.11.5 matches rightly; its possessive groups miss.
_PLAIN_TAG = re.compile(rb'(?>(?: (?!ref=)[A-Za-z:]+="[^"<>&]*")*) ?/?')
# Between these, "<row" need not be a row.
_HIDES_TAGS = (b"<!", b"<?")
_LONGEST_ROW = 4 << 20
_MOST_REMEMBERED = 10_000


class SievedRows(Protocol):
    """What the sieve asks and tells of a pass over rows."""

    @property
    def in_sheet_data(self) -> bool:
        """Whether rows can follow."""
        ...

    @property
    def last_row(self) -> int:
        """The number of the row that passed last."""
        ...

    @property
    def next_wanted_row(self) -> int | None:
        """The row before which nothing has to be seen."""
        ...

    @property
    def needs_columns(self) -> bool:
        """Whether every cell has to be seen for now."""
        ...

    def columns_wanted(self, row: int) -> Sequence[int]:
        """The columns wanted in a row, ascending."""
        ...

    @property
    def takes_usual_cells(self) -> bool:
        """Whether cells may be handed over that were not shown."""
        ...

    def take_cells(self, cells: Sequence[UsualCell], position: int, prefix: str) -> None:
        """Take the wanted cells of the next wanted row, which stands at a position."""
        ...

    def pass_over(self, row: int) -> None:
        """Take note that rows up to this one were not shown."""
        ...


class RowSieve:
    """Feeds a document to a stream of elements, without the rows and cells that do not matter.

    Seen are what stands before and after the rows, each wanted row or the one that follows its
    place, in it each wanted cell or the one that follows its place, and formulas that take up a
    range or are the first with their attributes.

    Parameters
    ----------
    stream : takes the elements
    rows : what is wanted
    """

    def __init__(self, stream: ElementStream, rows: SievedRows) -> None:
        self._stream = stream
        self._rows = rows
        self._held = b""
        self._start = 0
        self._grammar: _Grammar | None = None
        self._depth = 0
        self._is_open = False
        self._seen_tags: set[bytes] = set()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the document."""
        self._stream.prove(chunk)
        self._held += chunk
        if self._is_open:
            self._let_through(len(self._held))
        elif self._grammar is None:
            self._find_rows()
        if self._grammar is not None and not self._is_open:
            self._sift(self._grammar)

    def finish(self) -> None:
        """Take note that the document has come to its end."""
        self._let_through(len(self._held))
        self._stream.finish()

    def _let_through(self, end: int) -> None:
        """Show what is held, up to an offset in it."""
        if end:
            self._stream.parse(self._held[:end], self._start)
            self._drop(end)

    def _drop(self, end: int) -> None:
        self._held = self._held[end:]
        self._start += end

    def _let_all_through(self) -> None:
        self._is_open = True
        self._let_through(len(self._held))

    def _find_rows(self) -> None:
        """Show what stands before the rows."""
        found = _SHEET_DATA.search(self._held)
        if found is None:
            is_long = len(self._held) > _LONGEST_ROW
            # The tag may have arrived in part.
            self._let_through(len(self._held) if is_long else max(self._held.rfind(b"<"), 0))
            return
        position = self._start + found.start()
        prefix = found[0][1 : found[0].index(b"sheetData")]
        self._let_through(found.end())
        is_it = self._rows.in_sheet_data and self._stream.position == position
        if is_it and self._stream.is_settled and self._stream.n_namespaces == 1:
            self._grammar = _grammar(prefix)
            self._depth = self._stream.depth
        else:
            self._let_all_through()

    def _sift(self, grammar: _Grammar) -> None:
        """Pick from the whole rows that are held those that matter."""
        end = self._held.find(grammar.end)
        is_last = end >= 0
        if not is_last:
            end = self._held.rfind(grammar.row_start)
            if end <= 0:
                if len(self._held) > _LONGEST_ROW:
                    self._let_all_through()
                return
        block = self._held[:end]
        rows = None if b"xmlns" in block else grammar.rows_of(block)
        if rows is None and any(sign in block for sign in _HIDES_TAGS):
            self._let_all_through()
            return
        is_usual = rows is not None and self._stream.depth == self._depth
        if rows is None or not is_usual or rows.first <= self._rows.last_row:
            self._let_through(end)
        else:
            self._pick(grammar, block, rows)
            self._drop(end)
        if is_last:
            self._let_all_through()

    def _pick(self, grammar: _Grammar, block: bytes, rows: _RowsOfBlock) -> None:
        has_new_tags = self._has_new_tags(grammar, block)
        index = 0
        while index < len(rows.numbers):
            if not has_new_tags and self._may_leave_out:
                wanted = self._rows.next_wanted_row
                first = (
                    len(rows.numbers)
                    if wanted is None
                    else bisect_left(rows.numbers, wanted, index)
                )
                if first > index:
                    self._pass_over(rows, first - 1)
                    index = first
                    continue
            self._pick_row(grammar, block, rows, index, may_have_new_tags=has_new_tags)
            index += 1

    def _pick_row(
        self,
        grammar: _Grammar,
        block: bytes,
        rows: _RowsOfBlock,
        index: int,
        *,
        may_have_new_tags: bool,
    ) -> None:
        number, start, end = rows.numbers[index], rows.starts[index], rows.starts[index + 1]
        row = block[start:end]
        has_new_tags = may_have_new_tags and self._has_new_tags(grammar, row)
        if has_new_tags or not self._may_leave_out:
            self._stream.parse(row, self._start + start)
            self._learn_tags(grammar, row)
            return
        wanted = self._rows.next_wanted_row
        if wanted is None or number < wanted:
            self._pass_over(rows, index)
            return
        position = self._start + start
        cells = grammar.cells_of(row, rows.digits[index])
        if cells is None:
            self._stream.parse(row, position)
            return
        columns = self._rows.columns_wanted(number)
        if self._rows.takes_usual_cells and number == wanted:
            places = cells.starts_of(columns)
            usual = places and grammar.usual_cells.within(row, places)
            if usual:
                self._rows.take_cells(usual, position, grammar.prefix)
                self._pass_over(rows, index)
                return
        at = 0
        for first, last in cells.spans_without(columns):
            self._stream.parse(row[at:first], position + at)
            if not self._stream.is_settled:
                last = first
            at = last
        self._stream.parse(row[at:], position + at)

    @property
    def _may_leave_out(self) -> bool:
        return self._stream.is_settled and not self._rows.needs_columns

    def _pass_over(self, rows: _RowsOfBlock, index: int) -> None:
        self._rows.pass_over(rows.numbers[index])
        self._stream.position = self._start + rows.starts[index + 1]

    def _has_new_tags(self, grammar: _Grammar, piece: bytes) -> bool:
        """Whether formulas with attributes are among the rows that were not seen before."""
        return not self._seen_tags.issuperset(grammar.formula_tags(piece))

    def _learn_tags(self, grammar: _Grammar, row: bytes) -> None:
        if len(self._seen_tags) < _MOST_REMEMBERED:
            tags = grammar.formula_tags(row)
            self._seen_tags.update(tag for tag in tags if _PLAIN_TAG.fullmatch(tag))


class _RowsOfBlock:
    """Whole rows, one after the other: the number of each, and where it starts and the last ends.

    `digits` are the numbers as they are written.
    """

    def __init__(self, digits: list[bytes], starts: list[int]) -> None:
        self.digits = digits
        self.numbers = list(map(int, digits))
        self.starts = starts
        self.first = self.numbers[0]


class _CellsOfRow:
    """The cells of one row: their columns, and where they start and the last one ends."""

    def __init__(
        self, row: bytes, opening: bytes, references: list[bytes], columns: Sequence[int], end: int
    ) -> None:
        self._row = row
        self._opening = opening
        self._references = references
        self._columns = columns
        self._end = end
        self._at = 0

    def _start_of(self, index: int) -> int:
        if index == len(self._references):
            return self._end
        self._at = self._row.index(self._opening + self._references[index] + b'"', self._at)
        return self._at

    def starts_of(self, wanted: Sequence[int]) -> list[tuple[int, int]] | None:
        """The wanted columns and where their cells start; None unless there are all of them."""
        columns, places = self._columns, []
        for column in wanted:
            index = bisect_left(columns, column)
            if index == len(columns) or columns[index] != column:
                return None
            places.append((column, self._start_of(index)))
        return places

    def spans_without(self, wanted: Sequence[int]) -> list[tuple[int, int]]:
        """The stretches without a wanted cell, or one that follows the place of such a cell."""
        spans = []
        last = self._at = 0
        seen = sorted({bisect_left(self._columns, column) for column in wanted})
        for index in [*seen, len(self._columns)]:
            if index > last:
                spans.append((self._start_of(last), self._start_of(index)))
            last = index + 1
        return spans


class _Grammar:
    """Rows and cells as programs write them, under one prefix."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self.prefix = prefix.decode()
        self.usual_cells = UsualCells(prefix)
        self.end = b"</" + prefix + b"sheetData"
        self.row_start = b"<" + prefix + b"row "
        self._cell_start = b"<" + prefix + b'c r="'
        self._row_end = b"</" + prefix + b"row>"
        content = rb"[^<]*+(?>(?:</?%b(?:v|f|is|t)[ />][^<]*+)*)" % p
        # The tag closes itself, or its element holds what is expected.
        cell = rb'<%bc r="[A-Z]{1,3}[1-9]\d{0,6}"[^<>]*+(?:(?<=/)>|(?<!/)>%b</%bc>)\s*+'
        cells = rb"\s*+(?>(?:%b)*)" % (cell % (p, content, p))
        row = rb'<%brow r="([1-9]\d{0,6})"[^<>]*+(?:(?<=/)>|(?<!/)>%b</%brow>)\s*+'
        self._row = re.compile(row % (p, cells, p))
        self._reference = re.compile(rb'<%bc r="([A-Z]+\d+)"' % p)
        self._formula = re.compile(rb"<%bf([ /][^>]*)>" % p)
        self._layouts: dict[bytes, Sequence[int] | None] = {}

    def rows_of(self, block: bytes) -> _RowsOfBlock | None:
        """Find the rows; None where something else stands, or they are not in order."""
        digits, starts = [], []
        end = len(block) - len(block.lstrip())
        for match in self._row.finditer(block, end):
            if match.start() != end:
                return None
            digits.append(match[1])
            starts.append(end)
            end = match.end()
        if end != len(block) or not digits:
            return None
        rows = _RowsOfBlock(digits, [*starts, end])
        in_order = all(map(int.__lt__, rows.numbers, rows.numbers[1:]))
        return rows if in_order else None

    def cells_of(self, row: bytes, number: bytes) -> _CellsOfRow | None:
        """Find the cells of one row; None where they are not in order, each with its address."""
        references = self._reference.findall(row)
        end = row.rfind(self._row_end)
        if not references or end < 0:
            return None
        # What all rows of a table have in common is worked out once.
        layout = b",".join([*references, b""]).replace(number + b",", b",")
        if layout not in self._layouts:
            if len(self._layouts) >= _MOST_REMEMBERED:
                self._layouts.clear()
            self._layouts[layout] = _columns_in_order(layout)
        columns = self._layouts[layout]
        if columns is None:
            return None
        return _CellsOfRow(row, self._cell_start, references, columns, end)

    def formula_tags(self, piece: bytes) -> set[bytes]:
        """What the start tags of formulas hold, of those that hold something."""
        return set(self._formula.findall(piece))


@lru_cache(maxsize=8)
def _grammar(prefix: bytes) -> _Grammar:
    return _Grammar(prefix)


def _columns_in_order(layout: bytes) -> Sequence[int] | None:
    """The numbers of columns from "A,B,D,"; None unless each comes after the one before it."""
    names = layout[:-1].split(b",")
    if not all(name.isalpha() for name in names):
        return None  # a cell of another row
    columns = [column_number(name.decode()) for name in names]
    in_order = all(map(int.__lt__, columns, columns[1:]))
    return columns if in_order and columns[-1] <= LAST_COLUMN else None
