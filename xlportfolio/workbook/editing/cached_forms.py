"""The forms that a cached value has inside `<c>`, and when two of them are the same value.

ECMA-376 part 1, 18.3.1.4 (c) and 18.18.11 (ST_CellType).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.container.relationships import integer_or, unescape_text
from xlportfolio.workbook.editing.cellxml import cell_content, date_serial
from xlportfolio.workbook.formula_cells import Cached

_KEPT_DIGITS = 15
"""Excel computes with 15 significant digits; what differs behind them is not another value."""


@dataclass(frozen=True)
class CachedContent:
    """A value as a formula's cell holds it: its type attribute, None for a number, and its text.

    `text` is escaped; None where the cell has no `<v>`.
    """

    kind: Literal["str", "b", "e"] | None
    text: str | None

    def to_xml(self, prefix: str) -> str:
        """Write `<v>`; `prefix` is "" or a namespace prefix with its colon."""
        if self.text is None:
            return ""
        space = "" if self.text == self.text.strip() else ' xml:space="preserve"'
        return f"<{prefix}v{space}>{self.text}</{prefix}v>"


def parse_cached(
    kind: str | None, text: str | None, strings: Sequence[str], *, date1904: bool
) -> Cached:
    """Read what a cell holds.

    Parameters
    ----------
    kind : its type attribute
    text : what stands in `<v>` or, where `kind` is "inlineStr", in `<is>`; None if it has none
    strings : the workbook's shared strings
    date1904 : the workbook counts its days from 1904

    Raises
    ------
    ValueError
        If the text is no such value; the message says what is wrong, as in "B3 ...".
    """
    if text is None:
        return None
    match kind:
        case "str" | "inlineStr":
            return unescape_text(text)
        case _ if not text.strip():
            return None
        case None | "n":
            return _number(text)
        case "s":
            position = integer_or(text, -1)
            if not 0 <= position < len(strings):
                raise ValueError(f"asks for the shared text {text:.20}, which is not there")
            return strings[position]
        case "b":
            return text.strip() in ("1", "true")
        case "e":
            return CellError(text.strip())
        case "d":
            try:
                moment = datetime.fromisoformat(text.strip()).replace(tzinfo=None)
                return date_serial(moment, "", date1904=date1904)
            except (ValueError, WorkbookError):
                return text  # a time without a day is kept as it stands
    raise ValueError(f'is of the unknown type "{kind:.20}"')


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'holds "{text:.40}" where a number is expected')
    return number


def cached_content(value: Cached, sheet: str, address: str) -> CachedContent:
    """Turn a value into what a formula's cell holds.

    Parameters
    ----------
    value : None for a cell that keeps no value
    sheet, address : where it goes, for the message

    Raises
    ------
    WorkbookError
        If no cell can hold the value.
    """
    if value is None:
        return CachedContent(None, None)
    content = cell_content(value, sheet, address, date1904=False)
    kind: Literal["str", "b", "e"] | None
    match content.kind:
        case "inlineStr":
            kind = "str"
        case "b" | "e":
            kind = content.kind
        case _:
            kind = None
    return CachedContent(kind, content.text)


def _error_of_a_cell(error: CellError) -> CellError:
    """The error itself, or #VALUE! for one that lives in a rich-value part beside the cell."""
    try:
        cell_content(error, "", "", date1904=False)
    except WorkbookError:
        return CellError("#VALUE!")
    return error


def agrees(old: Cached, new: Cached) -> bool:
    """Whether a new value is the one that the cell holds already.

    Numbers agree to 15 significant digits. Where the cell holds a truth value, 0 and 1 are truth
    values: LibreOffice keeps them as numbers.

    >>> agrees(0.3, 0.1 + 0.2), agrees(True, 1.0), agrees(1.0, True), agrees(None, "")
    (True, True, False, False)
    """
    new = as_kept(old, new)
    if isinstance(old, bool) or isinstance(new, bool) or not isinstance(new, int | float):
        return type(old) is type(new) and old == new
    return isinstance(old, int | float) and _same_number(old, new)


def as_kept(old: Cached, new: Cached) -> Cached:
    """A new value as its cell keeps it: 0 or 1 stays a truth value, newer errors are #VALUE!."""
    if isinstance(new, CellError):
        return _error_of_a_cell(new)
    if isinstance(old, bool) and not isinstance(new, bool) and new in (0, 1):
        return bool(new)
    return new


def _same_number(one: float, other: float) -> bool:
    if one == other:
        return True
    size = min(abs(one), abs(other))
    if not abs(one - other) < size * 10.0 ** (2 - _KEPT_DIGITS):
        return False
    first, second = (f"{number:.{_KEPT_DIGITS - 1}e}" for number in (one, other))
    if first == second:
        return True
    # Neighbours on both sides of a rounding border are as near as those within one.
    exponent = min(int(text.partition("e")[2]) for text in (first, second))
    return abs(one - other) <= 0.5 * 10.0 ** (exponent - _KEPT_DIGITS + 1)
