"""Rows of a sheet as most programs write them, understood without a parser.

A row is ordinary where it is nothing but cells such as `<c r="A1" s="1"><f>..</f><v>..</v></c>`,
with or without style, type, formula and value. Rows of a table are alike: once many of one shape
were taken apart, a pattern is made for that shape, and a row that fits is read off at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from xlportfolio.values import Value
from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.part_pass import MAX_TEXT
from xlportfolio.workbook.container.plain_xml import (
    attributes_of,
    has_plain_references,
    make_room,
)
from xlportfolio.workbook.container.row_grammar import CellGrammar, head_of, stencil_of
from xlportfolio.workbook.container.row_shapes import OddError, Shape, Shapes
from xlportfolio.workbook.references import LAST_ROW, CellRange

ROWS_TO_A_STENCIL = 50
_WIDEST_STENCIL = 2_000
"""A pattern takes about as long to make as a hundred rows of its shape take to take apart."""


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


class _Stencil(NamedTuple):
    """A pattern of rows of one shape that also agree in their start tag."""

    pattern: re.Pattern[str]
    shape: Shape
    is_hidden: bool


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
        self._shapes = Shapes(shared_strings, formats, date1904=date1904, only=only)
        self._hidden: dict[str, bool] = {}
        self._stencil: _Stencil | None = None

    def understood(self, row: str) -> OrdinaryRow | None:
        """What a row holds; None if it is not ordinary.

        Parameters
        ----------
        row
            Its text without the end tag: what XML may hold, after another row of the sheet.
        """
        if len(row) > MAX_TEXT or not has_plain_references(row):
            return None
        try:
            return self._by_stencil(row) or self._cell_by_cell(row)
        except (ValueError, LookupError, OddError):
            return None

    def learn(self, row: str) -> None:
        """See a row that expat found well-formed: what its start tag says may come again."""
        head = head_of(row)
        if head is not None:
            with suppress(OddError):
                self._remember(head.attributes, attributes_of(head.attributes))

    def _by_stencil(self, row: str) -> OrdinaryRow | None:
        stencil = self._stencil
        match = stencil and stencil.pattern.fullmatch(row)
        if not stencil or not match:
            return None
        number, *texts = match.groups()
        return self._row(int(number), stencil.is_hidden, stencil.shape, texts)

    def _cell_by_cell(self, row: str) -> OrdinaryRow | None:
        head = head_of(row)
        if head is None:
            return None
        number, is_hidden = int(head.number), self._is_hidden(head.attributes)
        body = row[len(head.text) :]
        if not body:
            return OrdinaryRow(number, 0, is_hidden, {}, {}, ()) if self._has_row(number) else None
        cells = self._grammar.cells(body)
        if cells is None or cells.numbers.count(head.number) != len(cells.numbers):
            return None
        shape = self._shapes.of(cells)
        shape.n_rows += 1
        if shape.n_rows % ROWS_TO_A_STENCIL == 0 and len(cells.texts) <= _WIDEST_STENCIL:
            self._stencil = _Stencil(re.compile(stencil_of(head, cells)), shape, is_hidden)
        return self._row(number, is_hidden, shape, list(filter(None, cells.texts)))

    def _row(
        self, number: int, is_hidden: bool, shape: Shape, texts: Sequence[str]
    ) -> OrdinaryRow | None:
        if not self._has_row(number):
            return None
        values = shape.values(texts)
        codes = shape.formats
        if self._shapes.has_blank_text and "" in values.values():
            values = {column: value for column, value in values.items() if value != ""}
            codes = {column: code for column, code in codes.items() if column in values}
        return OrdinaryRow(number, shape.last_column, is_hidden, values, codes, shape.formulas)

    def _has_row(self, number: int) -> bool:
        return number <= LAST_ROW and (self._only is None or self._only.has_row(number))

    def _is_hidden(self, text: str) -> bool:
        known = self._hidden.get(text)
        if known is None:
            attributes = attributes_of(text)
            if attributes is not None and any(":" in name for name in attributes):
                raise OddError  # until expat has seen that the prefix is declared
            known = self._remember(text, attributes)
        return known

    def _remember(self, text: str, attributes: dict[str, str] | None) -> bool:
        if attributes is None or "r" in attributes or "xmlns" in text:
            raise OddError
        make_room(self._hidden)
        hidden = attributes.get("hidden") in ("1", "true") or attributes.get("ht") == "0"
        self._hidden[text] = hidden
        return hidden
