"""How most programs write a row: the text of its cells, and of rows that are like it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from xlportfolio.workbook.container.plain_xml import BLANK

INLINE_TYPE = ' t="inlineStr"'
"""Last among the attributes of a cell, it tells that the cell's text stands in `<is>`."""

ROW_END = "</row>"

_HEAD = re.compile(rf'{BLANK}<row r="([1-9][0-9]{{0,6}})"([^>]*)>')
_FORMULA = r"(?:(<f[^>]*)(?:/>|>[^<]*</f>))?"
_VALUE = r"(?:<v>([^<]*)</v>|<v ?/>)?"
_INLINE = r'<is><t(?: xml:space="preserve")?>([^<]*)</t></is>'
_OPENING = r'<c r="([A-Z]{1,3})([0-9]+)"([^>]*)'
_CELLS = re.compile(rf"({_OPENING}(?:/>|(?<!{INLINE_TYPE})>{_FORMULA}{_VALUE}</c>))")
_CELLS_WITH_TEXTS = re.compile(
    rf"({_OPENING}(?:/>|(?<={INLINE_TYPE})>{_INLINE}</c>"
    rf"|(?<!{INLINE_TYPE})>{_FORMULA}{_VALUE}</c>))"
)
"""The second takes longer, and is tried where the first one fails. In both the first group is the
match as a whole."""

_SHARED_INDEX = re.compile(r'\\ si="[0-9]+"')
"""In a pattern: which shared formula it is changes down a column."""


class RowHead(NamedTuple):
    """The start tag of a row: all of it, the row's number as text, the other attributes."""

    text: str
    number: str
    attributes: str


class Cells(NamedTuple):
    """The cells of a row, of each: all of it, its column's letters, its row, the other attributes,
    the start of its formula up to the attributes' end, its text; "" for what it has not.
    """

    whole: tuple[str, ...]
    letters: tuple[str, ...]
    numbers: tuple[str, ...]
    attributes: tuple[str, ...]
    formulas: tuple[str, ...]
    texts: tuple[str, ...]


def head_of(row: str) -> RowHead | None:
    """The start tag that a row begins with; None for a row that begins in another way."""
    match = _HEAD.match(row)
    return None if match is None else RowHead(match[0], match[1], match[2])


class CellGrammar:
    """Takes rows apart into their cells, first in the way that the last row was written in."""

    def __init__(self) -> None:
        self._patterns = _CELLS, _CELLS_WITH_TEXTS

    def cells(self, body: str) -> Cells | None:
        """The cells between the tags of a row; None if anything else stands there.

        Parameters
        ----------
        body
            What is not empty.
        """
        for pattern in self._patterns:
            found = pattern.findall(body)
            if not found:
                continue
            whole, letters, numbers, attributes, *rest = zip(*found, strict=True)
            if "".join(whole) != body:  # a row is its cells, one after the other
                continue
            if pattern is not self._patterns[0]:
                self._patterns = self._patterns[1], self._patterns[0]
            formulas, texts = rest[-2:]
            if len(rest) == 3:
                texts = tuple(map(str.__add__, rest[0], texts))
            return Cells(whole, letters, numbers, attributes, formulas, texts)
        return None


def form_of(letters: str, number: str, whole: str, formula: str, text: str) -> str:
    """A pattern of cells that differ from one in their row, their formula and their text alone.

    It says \\1 for the row, and has one group: the text, or nothing in a cell that has none.

    Parameters
    ----------
    letters, number, whole, formula, text
        Of the cell, as in `Cells`.
    """
    rest = whole[len(f'<c r="{letters}{number}') :]
    end = len(rest)
    if text:
        end -= len("</v></c>" if rest.endswith("</v></c>") else "</t></is></c>")
    start = rest[: end - len(text)]
    group = "([^<]+)" if text else "()"
    return rf'<c r="{letters}\1{_any_formula(start, formula)}{group}{re.escape(rest[end:])}'


def rows_of(forms: Iterable[Iterable[str]]) -> re.Pattern[str]:
    """A pattern of rows in which each column has a cell of one of its forms, or none.

    Its groups are the row's number, its other attributes, and those of the forms. It ends with the
    end tag, so that a row can be matched where the one before it ends.

    Parameters
    ----------
    forms
        Of each column, in their order. What matched is never tried in another way: a row that
        does not fit is known for one in a single pass.
    """
    cells = "".join(f"(?>{'|'.join(column)}|)" for column in forms)
    return re.compile(f"{_HEAD.pattern}{cells}{ROW_END}")


def _any_formula(text: str, formula: str) -> str:
    """Pattern of a cell up to its value, in which the text of a formula may be any."""
    first, last = text.find(f"{formula}>"), text.rfind("</f>")
    if not formula or last < 0:
        return _SHARED_INDEX.sub(' si="[0-9]+"', re.escape(text))
    first += len(formula) + 1
    return re.escape(text[:first]) + "[^<]*" + re.escape(text[last:])
