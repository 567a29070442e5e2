"""What the rows of a table have in common, worked out once: columns, types, styles, formulas."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.plain_xml import attributes_of, characters, make_room
from xlportfolio.workbook.container.relationships import unescape_text
from xlportfolio.workbook.container.row_grammar import INLINE_TYPE, Cells
from xlportfolio.workbook.references import LAST_COLUMN, CellRange, column_number

_CELL_ATTRIBUTES = {"s", "t", "cm", "vm", "ph"}
_FORMULA_ATTRIBUTES = {"t", "ref", "si", "ca", "aca", "bx", "xml:space"}
_ERROR = re.compile("#[A-Z0-9/!?_]{1,30}")
_TRUTHS = {"0": False, "1": True}

_MOST_SHAPES = 256

Conversion = Callable[[Sequence[str]], Iterable[Value]]


class OddError(Exception):
    """Something that a parser has to tell."""


class Group(NamedTuple):
    """Cells of a row that are of one type: columns, which texts are theirs, what these become."""

    columns: list[int]
    pick: Callable[[Sequence[str]], Sequence[str]]
    convert: Conversion


@dataclass(slots=True, eq=False)
class Shape:
    """What rows have in common; `n_rows` is how many of them were taken apart.

    `blank_row` has the columns of the cells with a text, in their order.
    """

    blank_row: dict[int, Value]
    groups: list[Group]
    formats: dict[int, str]
    formulas: list[int]
    last_column: int
    n_rows: int = 0

    def values(self, texts: Sequence[str]) -> dict[int, Value]:
        """The values of one row.

        Parameters
        ----------
        texts
            Of its cells that have one.

        Raises
        ------
        ValueError, LookupError, OddError
            If one is not what cells of its type hold as a rule.
        """
        values = self.blank_row.copy()
        for columns, pick, convert in self.groups:
            values.update(zip(columns, convert(pick(texts)), strict=True))
        return values


class Shapes:
    """The shapes of a sheet's rows.

    Parameters
    ----------
    shared_strings
        Gives the workbook's shared texts when a cell asks for one.
    formats
        The number formats of the cell styles.
    date1904
        Whether dates count from 1904.
    only
        The columns of this range are read, and no others; None for all of them.

    Attributes
    ----------
    has_blank_text
        Whether a shared text may be empty, and a cell that asks for one blank.
    """

    def __init__(
        self,
        shared_strings: Callable[[], Sequence[str]],
        formats: NumberFormats,
        *,
        date1904: bool,
        only: CellRange | None,
    ) -> None:
        self._load = shared_strings
        self._strings: Sequence[str] | None = None
        self._formats = formats
        self._date1904 = date1904
        self._only = only
        self._shapes: dict[object, Shape] = {}
        self._columns: dict[str, int] = {}
        self._styles: dict[str, tuple[Conversion, str]] = {}
        self._known_formulas: set[str] = set()
        self._dates: dict[str, Value] = {}
        self.has_blank_text = False

    def of(self, cells: Cells) -> Shape:
        """The shape of a row.

        Parameters
        ----------
        cells
            The row's, all with the number of the row.

        Raises
        ------
        OddError
            If a parser has to tell what they say.
        """
        _, letters, _, attributes, formulas, texts = cells
        filled = bytes(map(bool, texts)) if "" in texts else None
        key = letters, attributes, formulas, filled
        shape = self._shapes.get(key)
        if shape is None:
            make_room(self._shapes, _MOST_SHAPES)
            shape = self._shapes[key] = self._new_shape(cells)
        return shape

    def _new_shape(self, cells: Cells) -> Shape:
        columns = [self._columns.get(name) or self._new_column(name) for name in cells.letters]
        if len(set(columns)) != len(columns):
            raise OddError
        styles = [self._styles.get(text) or self._new_style(text) for text in cells.attributes]
        for formula in cells.formulas:
            if formula and formula not in self._known_formulas:
                self._new_formula(formula)
        blank_row: dict[int, Value] = {}
        formats: dict[int, str] = {}
        groups: dict[Conversion, tuple[list[int], list[int]]] = {}
        filled = [one for one in zip(columns, styles, cells.texts, strict=True) if one[2]]
        for place, (column, (convert, code), _) in enumerate(filled):
            if not self._is_wanted(column):
                continue
            blank_row[column] = None
            if code:
                formats[column] = code
            group = groups.setdefault(convert, ([], []))
            group[0].append(column)
            group[1].append(place)
        formulas = [
            column
            for column, formula in zip(columns, cells.formulas, strict=True)
            if formula and self._is_wanted(column)
        ]
        return Shape(
            blank_row,
            [Group(one, _picking(places), way) for way, (one, places) in groups.items()],
            formats,
            formulas,
            columns[-1],
        )

    def _is_wanted(self, column: int) -> bool:
        only = self._only
        return only is None or only.first_column <= column <= only.last_column

    def _new_column(self, letters: str) -> int:
        column = column_number(letters)
        if column > LAST_COLUMN:
            raise OddError
        self._columns[letters] = column
        return column

    def _new_style(self, text: str) -> tuple[Conversion, str]:
        attributes = attributes_of(text)
        if attributes is None or not attributes.keys() <= _CELL_ATTRIBUTES:
            raise OddError
        code, is_date = self._formats.of_style(attributes.get("s"))
        convert: Conversion
        match attributes.get("t", "n"):
            case "n":
                convert = self._to_dates if is_date else _to_numbers
            case "s":
                convert = self._to_shared
            case "str":
                convert = _to_texts
            case "inlineStr" if text.endswith(INLINE_TYPE):  # so that its text stands in <is>
                convert = _to_texts
            case "b":
                convert = _to_truths
            case "e":
                convert = _to_errors
            case _:
                raise OddError
        make_room(self._styles)
        self._styles[text] = convert, code
        return convert, code

    def _new_formula(self, text: str) -> None:
        attributes = attributes_of(text[2:])
        if attributes is None or not attributes.keys() <= _FORMULA_ATTRIBUTES:
            raise OddError
        if attributes.get("t", "normal") not in ("normal", "shared"):
            raise OddError  # it fills other cells, too
        make_room(self._known_formulas)
        self._known_formulas.add(text)

    # -- texts as values -------------------------------------------------------------------------

    def _to_shared(self, texts: Sequence[str]) -> Iterable[Value]:
        digits = "".join(texts)
        if not (digits.isascii() and digits.isdigit()):
            raise OddError
        strings = self._strings
        if strings is None:
            strings = self._strings = self._load()
            self.has_blank_text = "" in strings
        return map(strings.__getitem__, map(int, texts))

    def _to_dates(self, texts: Sequence[str]) -> Iterable[Value]:
        known = self._dates
        return [known[text] if text in known else self._new_date(text) for text in texts]

    def _new_date(self, text: str) -> Value:
        (serial,) = _to_numbers([text])
        date = date_from_serial(serial, date1904=self._date1904)
        make_room(self._dates)
        self._dates[text] = found = serial if date is None else date
        return found


def _to_numbers(texts: Sequence[str]) -> list[float]:
    numbers = list(map(float, texts))
    if not math.isfinite(sum(numbers)):
        raise OddError
    return numbers


def _to_texts(texts: Sequence[str]) -> Iterable[Value]:
    return [unescape_text(characters(text)) for text in texts]


def _to_truths(texts: Sequence[str]) -> Iterable[Value]:
    return map(_TRUTHS.__getitem__, texts)


def _to_errors(texts: Sequence[str]) -> Iterable[Value]:
    if not all(map(_ERROR.fullmatch, texts)):
        raise OddError
    return map(CellError, texts)


def _picking(places: list[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    first, last = places[0], places[-1]
    if last - first == len(places) - 1:
        return itemgetter(slice(first, last + 1))
    return itemgetter(*places)
