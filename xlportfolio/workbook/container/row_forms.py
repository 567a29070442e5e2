"""What the cells of ordinary rows mean: by the forms that each column of a sheet is written in."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, chain, compress, groupby, pairwise
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

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


class Read(NamedTuple):
    """What was read of a row; `formats` and `formulas` may be those of other rows, too."""

    values: dict[int, Value]
    formats: dict[int, str]
    formulas: Sequence[int]


class _Group(NamedTuple):
    """Cells of a row that are of one type: which of the texts by type, and what these become."""

    places: slice
    convert: Conversion


class Stencil:
    """Rows whose cells are written in known forms, each of which is in a row or is not.

    Parameters
    ----------
    forms
        In the order of their columns; those of one column exclude each other.
    is_wanted
        Whether a column is read.
    """

    def __init__(self, forms: Sequence[Form], is_wanted: Callable[[int], bool]) -> None:
        self.pattern = rows_of(
            [form.pattern for form in column] for _, column in groupby(forms, _column_of)
        )
        self._columns = [form.column for form in forms]
        wanted = [place for place, form in enumerate(forms) if is_wanted(form.column)]
        filled = [place for place in wanted if forms[place].has_text]
        coded = [place for place in filled if forms[place].code]
        computed = [place for place in wanted if forms[place].has_formula]
        by_type = _by_conversion(filled, forms)
        ends = list(accumulate(map(len, by_type.values()), initial=0))
        self._groups = [
            _Group(slice(start, end), convert)
            for convert, (start, end) in zip(by_type, pairwise(ends), strict=True)
        ]
        typed = list(chain.from_iterable(by_type.values()))
        self._typed, self._pick_typed = self._at(typed), _picking(typed)
        self._filled, self._pick_filled = self._at(filled), _picking(filled)
        self._codes = [(forms[place].column, forms[place].code) for place in coded]
        self._pick_coded = _picking(coded)
        self._computed, self._pick_computed = self._at(computed), _picking(computed)
        self._full = Read(dict.fromkeys(self._filled), dict(self._codes), self._computed)

    def _at(self, places: list[int]) -> list[int]:
        return [self._columns[place] for place in places]

    def read(self, texts: Sequence[str | None]) -> Read:
        """Read a row that fits.

        Parameters
        ----------
        texts
            The groups of its match that are those of the forms.

        Raises
        ------
        ValueError, LookupError, OddError
            If one is not what cells of its type hold as a rule.
        """
        typed, found = self._pick_typed(texts), list[Value]()
        if None not in texts:
            for places, convert in self._groups:
                found += convert(typed[places])
            full = self._full
            values = full.values.copy()
            values.update(zip(self._typed, found, strict=True))
            return Read(values, full.formats, full.formulas)
        for places, convert in self._groups:
            present = list(filter(None, typed[places]))
            if present:
                found += convert(present)
        values = dict.fromkeys(compress(self._filled, self._pick_filled(texts)))
        values.update(zip(compress(self._typed, typed), found, strict=True))
        computed = zip(self._computed, self._pick_computed(texts), strict=True)
        return Read(
            values,
            dict(compress(self._codes, self._pick_coded(texts))),
            [column for column, text in computed if text is not None],
        )

    def last_column(self, texts: Sequence[str | None]) -> int:
        """The column of a row's last cell, blank or not; 0 if it has none."""
        present = zip(reversed(self._columns), reversed(texts), strict=True)
        return next((column for column, text in present if text is not None), 0)


def read_once(
    forms: Sequence[Form], texts: Sequence[str], is_wanted: Callable[[int], bool]
) -> Read:
    """Read a row of which no pattern is known.

    Parameters
    ----------
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
    return Read(values, codes, [columns[place] for place in wanted if forms[place].has_formula])


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


def _picking(places: list[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if not places:
        return itemgetter(slice(0, 0))
    run = range(places[0], places[-1] + 1)
    if places == list(run):
        return itemgetter(slice(run.start, run.stop))
    return itemgetter(*places)
