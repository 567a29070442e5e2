"""What the cells of ordinary rows mean: by the forms that each column of a sheet is written in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.plain_xml import attributes_of, characters, make_room
from xlportfolio.workbook.container.relationships import unescape_text
from xlportfolio.workbook.container.row_grammar import INLINE_TYPE, Cells
from xlportfolio.workbook.references import LAST_COLUMN, column_number

_CELL_ATTRIBUTES = {"s", "t", "cm", "vm", "ph"}
_FORMULA_ATTRIBUTES = {"t", "ref", "si", "ca", "aca", "bx", "xml:space"}
_ERROR = re.compile("#[A-Z0-9/!?_]{1,30}")
_TRUTHS = {"0": False, "1": True}

Conversion = Callable[[Sequence[str]], Iterable[Value]]


class OddError(Exception):
    """Something that a parser has to tell."""


class Form(NamedTuple):
    """How a cell of one column is written, and what it means; `pattern` as `form_of` gives it."""

    pattern: str
    column: int
    convert: Conversion
    code: str
    has_formula: bool
    has_text: bool


class Conversions:
    """What the cells of a sheet mean.

    Parameters
    ----------
    shared_strings
        Gives the workbook's shared texts when a cell asks for one.
    formats
        The number formats of the cell styles.
    date1904
        Whether dates count from 1904.

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
    ) -> None:
        self._load = shared_strings
        self._strings: Sequence[str] | None = None
        self._formats = formats
        self._date1904 = date1904
        self._columns: dict[str, int] = {}
        self._styles: dict[str, tuple[Conversion, str]] = {}
        self._known_formulas: set[str] = set()
        self._dates = formats.known_dates
        self.has_blank_text = False

    def forms(self, cells: Cells) -> list[Form]:
        """The forms of a row's cells, patterns left out.

        Parameters
        ----------
        cells
            The row's, all with the number of the row.

        Raises
        ------
        OddError
            If a parser has to tell what they say.
        """
        columns = [self._columns.get(name) or self._new_column(name) for name in cells.letters]
        if len(set(columns)) != len(columns):
            raise OddError
        styles = [self._styles.get(text) or self._new_style(text) for text in cells.attributes]
        for formula in cells.formulas:
            if formula and formula not in self._known_formulas:
                self._new_formula(formula)
        return [
            Form("", column, convert, code, bool(formula), bool(text))
            for column, (convert, code), formula, text in zip(
                columns, styles, cells.formulas, cells.texts, strict=True
            )
        ]

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
        serial = float(text)
        if not math.isfinite(serial):
            raise OddError
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
