"""Rows of a sheet as most programs write them, understood without a parser.

A row is ordinary where it is nothing but cells such as `<c r="A1" s="1"><f>..</f><v>..</v></c>`,
with or without style, type, formula and value. Rows of a table are alike: what depends on which
columns have which types and styles is worked out once for all rows of one shape.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple

from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.part_pass import MAX_TEXT
from xlportfolio.workbook.container.plain_xml import (
    BLANK,
    attributes_of,
    characters,
    has_plain_references,
)
from xlportfolio.workbook.container.relationships import unescape_text
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, column_number

_HEAD = re.compile(rf'{BLANK}<row r="([1-9][0-9]{{0,6}})"([^>]*)>')
_FORMULA = r"(?:(<f[^>]*)(?:/>|>[^<]*</f>))?"
_VALUE = r"(?:<v>([^<]*)</v>|<v ?/>)?"
_INLINE = r'<is><t(?: xml:space="preserve")?>([^<]*)</t></is>'
_INLINE_TYPE = ' t="inlineStr"'
_OPENING = r'<c r="([A-Z]{1,3})([0-9]+)"([^>]*)'
_CELLS = re.compile(rf"({_OPENING}(?:/>|(?<!{_INLINE_TYPE})>{_FORMULA}{_VALUE}</c>))")
_CELLS_WITH_TEXTS = re.compile(
    rf"({_OPENING}(?:/>|(?<={_INLINE_TYPE})>{_INLINE}</c>"
    rf"|(?<!{_INLINE_TYPE})>{_FORMULA}{_VALUE}</c>))"
)
"""The second takes longer, and is tried where the first one fails. In both a match as a whole is
the first group: a row is what its matches are, one after the other, or is not ordinary."""

_CELL_ATTRIBUTES = {"s", "t", "cm", "vm", "ph"}
_FORMULA_ATTRIBUTES = {"t", "ref", "si", "ca", "aca", "bx", "xml:space"}
_ERROR = re.compile("#[A-Z0-9/!?_]{1,30}")
_TRUTHS = {"0": False, "1": True}

_MOST_SHAPES = 256
_MOST_REMEMBERED = 20_000


class _OddError(Exception):
    """Something that a parser has to tell."""


class OrdinaryRow(NamedTuple):
    """What an ordinary row holds.

    `last_column` is that of its last cell, blank or not. `formats` and `formulas` may be shared by
    the rows of one shape: never change them.
    """

    number: int
    last_column: int
    is_hidden: bool
    values: dict[int, Value]
    formats: dict[int, str]
    formulas: Iterable[int]


class _Group(NamedTuple):
    """Cells of a row that are of one type: their columns, and how their texts become values."""

    columns: list[int]
    pick: Callable[[Sequence[str]], Sequence[str]]
    convert: Callable[[Sequence[str]], Iterable[Value]]


class _Shape(NamedTuple):
    """What rows have in common: columns that hold something, types, formats and formulas."""

    blank_row: dict[int, Value]
    groups: list[_Group]
    formats: dict[int, str]
    formulas: list[int]
    last_column: int


class OrdinaryRows:
    """Understands rows that are ordinary, and knows those that are not.

    Parameters
    ----------
    shared_strings
        Gives the workbook's shared texts when a cell asks for one.
    formats
        The number formats of the cell styles.
    date1904
        Whether dates count from 1904.
    only
        The rows and columns of this range are read, and no others; None for all of them.
    """

    def __init__(
        self,
        shared_strings: Callable[[], Sequence[str]],
        formats: NumberFormats,
        *,
        date1904: bool,
        only: CellRange | None = None,
    ) -> None:
        self._shared_strings = shared_strings
        self._formats = formats
        self._date1904 = date1904
        self._only = only
        self._patterns = _CELLS, _CELLS_WITH_TEXTS
        self._shapes: dict[object, _Shape] = {}
        self._rows: dict[str, bool] = {}
        self._columns: dict[str, int] = {}
        self._styles: dict[str, tuple[Callable[[Sequence[str]], Iterable[Value]], str]] = {}
        self._known_formulas: set[str] = {"", "<f"}
        self._dates: dict[str, Value] = {}

    def understood(self, row: str) -> OrdinaryRow | None:
        """What a row holds; None if it is not ordinary.

        Parameters
        ----------
        row
            Its text without the end tag: what XML may hold, after another row of the sheet.
        """
        head = _HEAD.match(row)
        if head is None or len(row) > MAX_TEXT or not has_plain_references(row):
            return None
        text, attributes = head.groups()
        try:
            is_hidden = self._is_hidden(attributes)
            number = int(text)
            if number > LAST_ROW or (self._only and not self._only.has_row(number)):
                return None
            body = row[head.end() :]
            if not body:
                return OrdinaryRow(number, 0, is_hidden, {}, {}, ())
            letters, numbers, styles, formulas, texts = self._cells(body)
            if numbers.count(text) != len(numbers):
                return None
            shape = self._shape(letters, styles, formulas, texts)
            values = shape.blank_row.copy()
            for columns, pick, convert in shape.groups:
                values.update(zip(columns, convert(pick(texts)), strict=True))
        except (ValueError, LookupError, _OddError):
            return None
        codes = shape.formats
        if "" in values.values():  # a shared text can be empty, and then the cell is blank
            values = {column: value for column, value in values.items() if value != ""}
            codes = {column: code for column, code in codes.items() if column in values}
        return OrdinaryRow(number, shape.last_column, is_hidden, values, codes, shape.formulas)

    def learn(self, row: str) -> None:
        """See a row that expat found well-formed: what its start tag says may come again."""
        head = _HEAD.match(row)
        if head is None:
            return
        with suppress(_OddError):
            self._remember_row(head[2], attributes_of(head[2]))

    # -- what rows have in common ----------------------------------------------------------------

    def _is_hidden(self, text: str) -> bool:
        known = self._rows.get(text)
        if known is None:
            attributes = attributes_of(text)
            if attributes is not None and any(":" in name for name in attributes):
                raise _OddError  # until expat has seen that the prefix is declared
            known = self._remember_row(text, attributes)
        return known

    def _remember_row(self, text: str, attributes: dict[str, str] | None) -> bool:
        if attributes is None or "r" in attributes or "xmlns" in text:
            raise _OddError
        _make_room(self._rows)
        hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
        self._rows[text] = hidden
        return hidden

    def _cells(self, body: str) -> list[tuple[str, ...]]:
        """Of each cell its column's letters, row, attributes, formula and value."""
        for pattern in self._patterns:
            found = pattern.findall(body)
            if found:
                whole, *parts = zip(*found, strict=True)
                if "".join(whole) == body:
                    break
        else:
            raise _OddError
        if pattern is not self._patterns[0]:
            self._patterns = self._patterns[1], self._patterns[0]
        if pattern is _CELLS_WITH_TEXTS:
            *_, inline, formulas, values = parts
            parts[3:] = formulas, tuple(map(str.__add__, inline, values))
        return parts

    def _shape(
        self,
        letters: tuple[str, ...],
        styles: tuple[str, ...],
        formulas: tuple[str, ...],
        texts: tuple[str, ...],
    ) -> _Shape:
        filled = bytes(map(bool, texts)) if "" in texts else None
        key = letters, styles, formulas, filled
        shape = self._shapes.get(key)
        if shape is None:
            _make_room(self._shapes, _MOST_SHAPES)
            shape = self._shapes[key] = self._new_shape(letters, styles, formulas, texts)
        return shape

    def _new_shape(
        self,
        letters: tuple[str, ...],
        styles: tuple[str, ...],
        formulas: tuple[str, ...],
        texts: tuple[str, ...],
    ) -> _Shape:
        columns = [self._columns.get(name) or self._new_column(name) for name in letters]
        if len(set(columns)) != len(columns):
            raise _OddError
        ways = [self._styles.get(style) or self._new_style(style) for style in styles]
        for formula in formulas:
            if formula not in self._known_formulas:
                self._new_formula(formula)
        wanted: Iterable[int] = range(len(columns))
        if self._only is not None:
            first, last = self._only.first_column, self._only.last_column
            wanted = [at for at in wanted if first <= columns[at] <= last]
        filled = [at for at in wanted if texts[at]]
        groups: dict[Callable[[Sequence[str]], Iterable[Value]], list[int]] = {}
        for at in filled:
            groups.setdefault(ways[at][0], []).append(at)
        return _Shape(
            dict.fromkeys(columns[at] for at in filled),
            [
                _Group([columns[at] for at in places], _picking(places), convert)
                for convert, places in groups.items()
            ],
            {columns[at]: ways[at][1] for at in filled if ways[at][1]},
            [columns[at] for at in compress(wanted, [formulas[at] for at in wanted])],
            columns[-1],
        )

    def _new_column(self, letters: str) -> int:
        column = column_number(letters)
        if column > LAST_COLUMN:
            raise _OddError
        self._columns[letters] = column
        return column

    def _new_style(self, text: str) -> tuple[Callable[[Sequence[str]], Iterable[Value]], str]:
        attributes = attributes_of(text)
        if attributes is None or not attributes.keys() <= _CELL_ATTRIBUTES:
            raise _OddError
        code, is_date = self._formats.of_style(attributes.get("s"))
        convert: Callable[[Sequence[str]], Iterable[Value]]
        match attributes.get("t", "n"):
            case "n":
                convert = self._to_dates if is_date else _to_numbers
            case "s":
                convert = self._to_shared
            case "str":
                convert = _to_texts
            case "inlineStr" if text.endswith(_INLINE_TYPE):  # so that its text stands in <is>
                convert = _to_texts
            case "b":
                convert = _to_truths
            case "e":
                convert = _to_errors
            case _:
                raise _OddError
        _make_room(self._styles)
        self._styles[text] = convert, code
        return convert, code

    def _new_formula(self, text: str) -> None:
        attributes = attributes_of(text[2:])
        if attributes is None or not attributes.keys() <= _FORMULA_ATTRIBUTES:
            raise _OddError
        if attributes.get("t", "normal") not in ("normal", "shared"):
            raise _OddError  # it fills other cells, too
        _make_room(self._known_formulas)
        self._known_formulas.add(text)

    # -- texts as values -------------------------------------------------------------------------

    def _to_shared(self, texts: Sequence[str]) -> Iterable[Value]:
        digits = "".join(texts)
        if not (digits.isascii() and digits.isdigit()):
            raise _OddError
        return map(self._shared_strings().__getitem__, map(int, texts))

    def _to_dates(self, texts: Sequence[str]) -> Iterable[Value]:
        known = self._dates
        return [known[text] if text in known else self._new_date(text) for text in texts]

    def _new_date(self, text: str) -> Value:
        (serial,) = _to_numbers([text])
        date = date_from_serial(serial, date1904=self._date1904)
        _make_room(self._dates)
        self._dates[text] = found = serial if date is None else date
        return found


def _to_numbers(texts: Sequence[str]) -> list[float]:
    numbers = list(map(float, texts))
    if not math.isfinite(sum(numbers)):
        raise _OddError
    return numbers


def _to_texts(texts: Sequence[str]) -> Iterable[Value]:
    return [unescape_text(characters(text)) for text in texts]


def _to_truths(texts: Sequence[str]) -> Iterable[Value]:
    return map(_TRUTHS.__getitem__, texts)


def _to_errors(texts: Sequence[str]) -> Iterable[Value]:
    if not all(map(_ERROR.fullmatch, texts)):
        raise _OddError
    return map(CellError, texts)


def _picking(places: list[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    first, last = places[0], places[-1]
    if last - first == len(places) - 1:
        return itemgetter(slice(first, last + 1))
    return itemgetter(*places)


def _make_room(remembered: dict[Any, Any] | set[Any], most: int = _MOST_REMEMBERED) -> None:
    """Forget everything where a sheet was made to be remembered without end."""
    if len(remembered) >= most:
        remembered.clear()
