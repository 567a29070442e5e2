"""Rows of a sheet as most programs write them, understood without a parser.

A row is ordinary where it is nothing but cells such as `<c r="A1" s="1"><f>..</f><v>..</v></c>`,
with or without style, type, formula and value. The cells of a column are written in few ways: once
some rows were taken apart, a pattern of all these is made, and a row that fits is read at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import compress
from typing import NamedTuple

from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.part_pass import MAX_TEXT
from xlportfolio.workbook.container.plain_xml import (
    attributes_of,
    has_plain_references,
    make_room,
)
from xlportfolio.workbook.container.row_forms import Conversions, Form, OddError
from xlportfolio.workbook.container.row_grammar import ROW_END, CellGrammar, Cells, form_of, head_of
from xlportfolio.workbook.container.stencil import (
    CellsOfRows,
    Stencil,
    is_worth_a_stencil,
    read_once,
)
from xlportfolio.workbook.references import LAST_ROW, CellRange

ROWS_TO_A_STENCIL = 8
_MOST_FORMS = 2_000
_SHARED_INDEX = re.compile(' si="[0-9]+"')


class ReadRows(NamedTuple):
    """What ordinary rows hold, one after the other.

    `hidden` are the numbers of those that are hidden. `last_column` gives the column of the last
    row's last cell, blank or not.
    """

    numbers: list[int]
    hidden: list[int]
    cells: CellsOfRows
    last_column: Callable[[], int]


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
        self._only = only
        self._grammar = CellGrammar()
        self._meaning = Conversions(shared_strings, formats, date1904=date1904)
        self._hidden: dict[str, bool] = {}
        self._hidden_with_prefix: dict[str, bool] = {}
        self._stencil: Stencil | None = None
        self._forms: dict[tuple[str, str, str, bool], Form] = {}
        self._n_rows = self._n_cells = self._n_new_forms = 0
        self._next_stencil = ROWS_TO_A_STENCIL

    def may_fit(self, text: str) -> bool:
        """Whether rows of a text may be taken many at once: nothing in it has to be looked at."""
        return len(text) <= MAX_TEXT and has_plain_references(text)

    def fitting(self, text: str, start: int) -> tuple[ReadRows | None, int]:
        """Rows that are like known ones, from a place on, and where they end.

        None if there is no such row, or if each up to there has to be understood by itself.

        Parameters
        ----------
        text
            Rows with their end tags, what XML may hold, of which `may_fit` says that it may.
        start
            Where a row ends, after another row of the sheet.
        """
        stencil = self._stencil
        if stencil is None:
            return None, start
        rows: list[tuple[str, ...]] = []
        matched_at, end = stencil.pattern.match, start
        while len(rows) < stencil.most_rows and (match := matched_at(text, end)):
            rows.append(match.groups())
            end = match.end()
        try:
            return (self._by_stencil(stencil, rows) if rows else None), end
        except (ValueError, LookupError, OddError):
            return None, end

    def understood(self, row: str) -> ReadRows | None:
        """What a row holds; None if it is not ordinary.

        Parameters
        ----------
        row
            Its text without the end tag: what XML may hold, after another row of the sheet.
        """
        if not self.may_fit(row):
            return None
        stencil = self._stencil
        match = stencil.pattern.fullmatch(row + ROW_END) if stencil else None
        try:
            if stencil and match:
                return self._by_stencil(stencil, [match.groups()])
            return self._cell_by_cell(row)
        except (ValueError, LookupError, OddError):
            return None

    def learn(self, row: str) -> None:
        """See a row that expat found well-formed: what its start tag says may come again."""
        head = head_of(row)
        if head is not None:
            with suppress(OddError):
                self._remember(head.attributes, attributes_of(head.attributes))

    def forget_prefixes(self) -> None:
        """What a prefix stands for has changed: what expat saw of start tags no longer counts."""
        self._hidden_with_prefix.clear()

    def _by_stencil(self, stencil: Stencil, rows: Sequence[tuple[str, ...]]) -> ReadRows:
        in_digits, attributes, *texts = zip(*rows, strict=True)
        if stencil.has_become_too_wide(texts):
            self._stencil = None  # the forms of narrower rows are learned anew
            self._forms.clear()
            self._n_new_forms = 0
        numbers = list(map(int, in_digits))
        is_hidden = {text: self._is_hidden(text) for text in set(attributes)}
        if not (self._has_row(min(numbers)) and self._has_row(max(numbers))):
            raise OddError
        return ReadRows(
            numbers,
            list(compress(numbers, map(is_hidden.__getitem__, attributes))),
            self._without_blank_texts(stencil.read(numbers, texts)),
            lambda: stencil.last_column(rows[-1][2:]),
        )

    def _cell_by_cell(self, row: str) -> ReadRows | None:
        head = head_of(row)
        if head is None:
            return None
        number = int(head.number)
        hidden = [number] if self._is_hidden(head.attributes) else []
        if not self._has_row(number):
            return None
        body = row[len(head.text) :]
        if not body:
            return ReadRows([number], hidden, CellsOfRows([{}], [{}], []), int)
        cells = self._grammar.cells(body)
        if cells is None or cells.numbers.count(head.number) != len(cells.numbers):
            return None
        forms = self._meaning.forms(cells)
        read = read_once(number, forms, cells.texts, self._is_wanted)
        self._remember_forms(cells, forms)
        return ReadRows([number], hidden, self._without_blank_texts(read), lambda: forms[-1].column)

    def _without_blank_texts(self, read: CellsOfRows) -> CellsOfRows:
        if self._meaning.has_blank_text:
            values, formats, _ = read
            for place, row in enumerate(values):
                if "" in row.values():
                    kept = {column: value for column, value in row.items() if value != ""}
                    codes = formats[place].items()
                    values[place] = kept
                    formats[place] = {column: code for column, code in codes if column in kept}
        return read

    def _is_wanted(self, column: int) -> bool:
        only = self._only
        return only is None or only.first_column <= column <= only.last_column

    def _remember_forms(self, cells: Cells, forms: Sequence[Form]) -> None:
        """Note how cells are written; after some rows, make a pattern of what was noted."""
        self._n_rows += 1
        self._n_cells += len(forms)
        if len(self._forms) < _MOST_FORMS:
            for form, cell in zip(forms, zip(*cells, strict=True), strict=True):
                whole, letters, number, attributes, formula, text = cell
                if ' ref="' in formula:
                    continue  # the first cell of a shared formula, which comes once
                if ' si="' in formula:
                    formula = _SHARED_INDEX.sub("", formula)
                key = letters, attributes, formula, form.has_text
                if key not in self._forms:
                    pattern = form_of(letters, number, whole, cell[4], text)
                    self._forms[key] = form._replace(pattern=pattern)
                    self._n_new_forms += 1
        if self._n_rows >= self._next_stencil:
            self._next_stencil = 2 * self._n_rows
            # where rows have few of many forms, it takes longer to look for all of them
            if self._n_new_forms and is_worth_a_stencil(
                len(self._forms), self._n_cells, self._n_rows
            ):
                known = sorted(self._forms.values(), key=lambda form: form.column)
                self._stencil = Stencil(known, self._is_wanted)
                self._n_new_forms = 0

    def _has_row(self, number: int) -> bool:
        return number <= LAST_ROW and (self._only is None or self._only.has_row(number))

    def _is_hidden(self, text: str) -> bool:
        known = self._remembered(text).get(text)
        if known is None:
            attributes = attributes_of(text)
            if attributes is not None and any(":" in name for name in attributes):
                raise OddError  # until expat has seen that the prefix is declared
            known = self._remember(text, attributes)
        return known

    def _remember(self, text: str, attributes: dict[str, str] | None) -> bool:
        if attributes is None or "r" in attributes or "xmlns" in text:
            raise OddError
        remembered = self._remembered(text)
        make_room(remembered)
        remembered[text] = is_hidden = hides_row(attributes)
        return is_hidden

    def _remembered(self, text: str) -> dict[str, bool]:
        """Where it is noted what a start tag says: apart if it may hold a prefix."""
        return self._hidden_with_prefix if ":" in text else self._hidden


def hides_row(attributes: Mapping[str, str]) -> bool:
    """Whether a row with these attributes is not shown.

    >>> hides_row({"hidden": "true"}), hides_row({"ht": "0"}), hides_row({"ht": "15"})
    (True, True, False)
    """
    return attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
