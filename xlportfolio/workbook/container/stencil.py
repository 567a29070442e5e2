"""Rows whose cells are written in known forms: found by one pattern, and read many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress, groupby, repeat
from operator import attrgetter
from typing import NamedTuple

from xlportfolio.values import Value
from xlportfolio.workbook.container.row_forms import Conversion, Form
from xlportfolio.workbook.container.row_grammar import rows_of

_TEXTS_AT_ONCE = 200_000
"""So that rows that are read at once need no more than some megabytes."""
_FEW_FORMS = 16
_ROWS_TO_JUDGE_BY = 64

_column_of = attrgetter("column")


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
        self._filled = [(place, form.column, form.convert) for place, form in filled]
        self._codes = [(place, form.column, form.code) for place, form in filled if form.code]
        self._all_codes = {column: code for _, column, code in self._codes}
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
        present = [list(filter(None, texts[place])) for place, *_ in self._filled]
        if present and min(map(len, present)) == n_rows:
            columns = [
                convert(own) for (_, _, convert), own in zip(self._filled, present, strict=True)
            ]
            names = [name for _, name, _ in self._filled]
            return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        rows: list[dict[int, Value]] = [{} for _ in range(n_rows)]
        for (place, column, convert), own in zip(self._filled, present, strict=True):
            if own:
                those = compress(rows, texts[place])
                for row, value in zip(those, convert(own), strict=True):
                    row[column] = value
        return rows

    def _formats(self, texts: Sequence[Sequence[str | None]], n_rows: int) -> list[dict[int, str]]:
        if all(all(texts[place]) for place, *_ in self._codes):
            return [self._all_codes] * n_rows  # one for all: it saves most of the memory
        rows: list[dict[int, str]] = [{} for _ in range(n_rows)]
        for place, column, code in self._codes:
            for row in compress(rows, texts[place]):
                row[column] = code
        return rows

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


def _by_conversion(places: list[int], forms: Sequence[Form]) -> dict[Conversion, list[int]]:
    groups: dict[Conversion, list[int]] = {}
    for place in places:
        groups.setdefault(forms[place].convert, []).append(place)
    return groups
