"""What the cells of ordinary rows mean: by the forms that each column of a sheet is written in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, groupby, repeat
from operator import attrgetter
from typing import NamedTuple

from xlportfolio.values import CellError, Value
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.plain_xml import attributes_of, characters, make_room
from xlportfolio.workbook.container.relationships import unescape_text
from xlportfolio.workbook.container.row_grammar import INLINE_TYPE, Cells, rows_of
from xlportfolio.workbook.references import LAST_COLUMN, column_number

_CELL_ATTRIBUTES = {"s", "t", "cm", "vm", "ph"}
_FORMULA_ATTRIBUTES = {"t", "ref", "si", "ca", "aca", "bx", "xml:space"}
_ERROR = re.compile("#[A-Z0-9/!?_]{1,30}")
_TRUTHS = {"0": False, "1": True}

_column_of = attrgetter("column")
Conversion = Callable[[Sequence[str]], Iterable[Value]]

_TEXTS_AT_ONCE = 200_000
"""So that rows that are read at once need no more than some megabytes."""
_FEW_FORMS = 16
_ROWS_TO_JUDGE_BY = 64


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


class CellsOfRows(NamedTuple):
    """What the cells of rows hold, by row in the order of these.

    `formats` may be shared, with other rows, too: never change them. `formulas` are cells, as row
    and column.
    """

    values: list[dict[int, Value]]
    formats: list[dict[int, str]]
    formulas: list[tuple[int, int]]


class Stencil:
    """Rows whose cells are written in known forms, each of which is in a row or is not.

    They are read column by column, many rows at once: it is the rows that cost time.

    Parameters
    ----------
    forms
        In the order of their columns; those of one column exclude each other.
    is_wanted
        Whether a column is read.

    Attributes
    ----------
    pattern
        Of a row, its end tag included; what its groups hold is what is read.
    most_rows
        How many may be read at once, so that their texts need little memory.
    """

    def __init__(self, forms: Sequence[Form], is_wanted: Callable[[int], bool]) -> None:
        self.pattern = rows_of(
            [form.pattern for form in column] for _, column in groupby(forms, _column_of)
        )
        self.most_rows = max(1, _TEXTS_AT_ONCE // self.pattern.groups)
        self._columns = [form.column for form in forms]
        self._n_rows = self._n_cells = 0
        wanted = [(place, form) for place, form in enumerate(forms) if is_wanted(form.column)]
        filled = [(place, form) for place, form in wanted if form.has_text]
        self._filled = [(place, form.convert) for place, form in filled]
        self._filled_columns = [form.column for _, form in filled]
        self._coded = [place for place, form in filled if form.code]
        self._codes = [(form.column, form.code) for _, form in filled if form.code]
        self._all_codes = dict(self._codes)
        self._computed = [(place, form.column) for place, form in wanted if form.has_formula]

    def read(self, numbers: Sequence[int], texts: Sequence[Sequence[str | None]]) -> CellsOfRows:
        """Read rows that fit.

        Parameters
        ----------
        numbers
            Of the rows.
        texts
            By form, those of each row: what the groups of the matches hold that are the forms'.

        Raises
        ------
        ValueError, LookupError, OddError
            If a text is not what cells of its type hold as a rule.
        """
        return CellsOfRows(
            self._values(texts, len(numbers)),
            self._formats(texts, len(numbers)),
            [
                cell
                for place, column in self._computed
                for cell in _cells(texts[place], numbers, column)
            ],
        )

    def _values(self, texts: Sequence[Sequence[str | None]], n_rows: int) -> list[dict[int, Value]]:
        names = self._filled_columns
        if not names:
            return [{} for _ in range(n_rows)]
        filled = [_converted(convert, texts[place]) for place, convert in self._filled]
        rows = zip(*filled, strict=True)
        if all(all(texts[place]) for place, _ in self._filled):
            return [dict(zip(names, row, strict=True)) for row in rows]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in rows
        ]

    def _formats(self, texts: Sequence[Sequence[str | None]], n_rows: int) -> list[dict[int, str]]:
        if all(all(texts[place]) for place in self._coded):
            return [self._all_codes] * n_rows  # one for all: it saves most of the memory
        rows = zip(*(texts[place] for place in self._coded), strict=True)
        return [dict(compress(self._codes, row)) for row in rows]

    def has_become_too_wide(self, texts: Sequence[Sequence[str | None]]) -> bool:
        """Whether rows have come to have so few of the forms that to look for all takes longer.

        Parameters
        ----------
        texts
            Of the rows that came last, as in `read`.
        """
        n_forms = len(texts)
        if n_forms <= _FEW_FORMS:
            return False
        n_rows = len(texts[0])
        self._n_rows += n_rows
        self._n_cells += sum(n_rows - own.count(None) for own in texts)
        if self._n_rows < _ROWS_TO_JUDGE_BY:
            return False
        is_too_wide = not is_worth_a_stencil(n_forms, self._n_cells, self._n_rows)
        self._n_rows = self._n_cells = 0
        return is_too_wide

    def last_column(self, texts: Sequence[str | None]) -> int:
        """The column of a row's last cell, blank or not; 0 if it has none."""
        present = zip(reversed(self._columns), reversed(texts), strict=True)
        return next((column for column, text in present if text is not None), 0)


def is_worth_a_stencil(n_forms: int, n_cells: int, n_rows: int) -> bool:
    """Whether rows with so many cells have enough of the forms to be looked for all of them."""
    return n_forms <= 4 * n_cells / n_rows + _FEW_FORMS


def _converted(convert: Conversion, texts: Sequence[str | None]) -> Sequence[Value]:
    """The values of a column, None where a row has none in this form."""
    present = list(filter(None, texts))
    found = list(convert(present)) if present else []
    if len(found) == len(texts):
        return found
    rest = iter(found)
    return [next(rest) if text else None for text in texts]


def _cells(
    texts: Sequence[str | None], numbers: Sequence[int], column: int
) -> Iterable[tuple[int, int]]:
    """The cells of a column in rows that have one in this form."""
    if None not in texts:
        return zip(numbers, repeat(column))
    return [(row, column) for row, text in zip(numbers, texts, strict=True) if text is not None]


def read_once(
    number: int, forms: Sequence[Form], texts: Sequence[str], is_wanted: Callable[[int], bool]
) -> CellsOfRows:
    """Read a row of which no pattern is known.

    Parameters
    ----------
    number
        Of the row.
    forms, texts
        Of its cells.
    is_wanted
        Whether a column is read.

    Raises
    ------
    ValueError, LookupError, OddError
        If a text is not what cells of its type hold as a rule.
    """
    columns = [form.column for form in forms]
    wanted = [place for place, column in enumerate(columns) if is_wanted(column)]
    filled = [place for place in wanted if forms[place].has_text]
    values: dict[int, Value] = dict.fromkeys(columns[place] for place in filled)
    for convert, own in _by_conversion(filled, forms).items():
        present = convert([texts[place] for place in own])
        values.update(zip([columns[place] for place in own], present, strict=True))
    codes = {columns[place]: forms[place].code for place in filled if forms[place].code}
    formulas = [(number, columns[place]) for place in wanted if forms[place].has_formula]
    return CellsOfRows([values], [codes], formulas)


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


def _by_conversion(places: list[int], forms: Sequence[Form]) -> dict[Conversion, list[int]]:
    groups: dict[Conversion, list[int]] = {}
    for place in places:
        groups.setdefault(forms[place].convert, []).append(place)
    return groups
