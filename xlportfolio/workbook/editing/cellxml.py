"""The XML of one cell: what a value becomes inside `<c>`.

Text is stored in the cell itself (an inline string), so that the workbook's shared strings stay as
they are. Source of the forms: ECMA-376 part 1, 18.3.1.4 (c), 18.18.11 (ST_CellType) and 22.9.2.19
(ST_Xstring, the `_xHHHH_` escape).
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape

from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.editing.formulas import stored_formula
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import quote_sheet

LONGEST_TEXT = 32_767
"""Characters that a cell holds, counted in UTF-16 code units as Excel counts them."""

# Newer errors (#SPILL!, #CALC! and their kind) live in a rich-value part beside the cell; as a
# bare value Excel does not know them.
_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA")

_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")

_START_1900 = datetime(1899, 12, 30)
_START_1904 = datetime(1904, 1, 1)
_FIRST_DAY_AFTER_PHANTOM = 61  # 1900-03-01: Excel counts a 29 February 1900 that never was
_DAY = timedelta(days=1)

_quoted = lru_cache(maxsize=64)(quote_sheet)  # asked once for each cell of a block


class CellContent(NamedTuple):
    """What stands inside a cell: its type attribute, the element that holds it, escaped text."""

    kind: Literal["n", "b", "e", "inlineStr"] | None
    element: Literal["v", "f", "is"] | None
    text: str
    moment: Literal["date", "time"] | None = None

    @property
    def is_blank(self) -> bool:
        return self.element is None

    @property
    def is_formula(self) -> bool:
        return self.element == "f"

    def to_xml(self, prefix: str, address: str, style: int) -> str:
        """Write the whole cell; `prefix` is "" or a namespace prefix with its colon."""
        kind = f' t="{self.kind}"' if self.kind not in (None, "n") else ""
        opening = f'<{prefix}c r="{address}"' + (f' s="{style}"' if style else "") + kind
        if self.element is None:
            return f"{opening}/>"
        inner = f"<{prefix}{self.element}>{self.text}</{prefix}{self.element}>"
        if self.element == "is":
            text = f'<{prefix}t xml:space="preserve">{self.text}</{prefix}t>'
            inner = f"<{prefix}is>{text}</{prefix}is>"
        return f"{opening}>{inner}</{prefix}c>"


def cell_content(value: Writable, sheet: str, address: str, *, date1904: bool) -> CellContent:
    """Turn a value into what its cell holds.

    Parameters
    ----------
    value : a value to be written; None clears the cell
    sheet, address : where it goes, for the message
    date1904 : the workbook counts its days from 1904

    Raises
    ------
    WorkbookError
        If no cell can hold the value.
    """
    if type(value) is float and math.isfinite(value):  # what most cells take
        return CellContent("n", "v", _finite_text(value))
    where = f"{_quoted(sheet)}!{address}"
    if value is None:
        return CellContent(None, None, "")
    if isinstance(value, Formula):
        return CellContent(None, "f", escape_text(stored_formula(value.text, where), where))
    if isinstance(value, CellError):
        return CellContent("e", "v", _error_text(value, where))
    if isinstance(value, bool):
        return CellContent("b", "v", str(int(value)))
    if isinstance(value, (date, time)):
        serial = date_serial(value, where, date1904=date1904)
        moment: Literal["date", "time"] = "time" if isinstance(value, time) else "date"
        return CellContent("n", "v", _number_text(serial, where), moment)
    if isinstance(value, (int, float)):
        return CellContent("n", "v", _number_text(value, where))
    if isinstance(value, str):
        return CellContent("inlineStr", "is", _cell_text(value, where))
    raise TypeError(f"{where}: a cell cannot hold a {type(value).__name__}.")


def escape_text(text: str, where: str) -> str:
    """Escape text for an ST_Xstring, so that Excel reads back exactly these characters.

    Examples
    --------
    >>> escape_text("a & b_x0041_", "Plan!A1")
    'a &amp; b_x005F_x0041_'
    """
    escaped = _NOT_IN_XML.sub(
        lambda match: f"_x{ord(match[0]):04X}_", _LOOKS_ESCAPED.sub("_x005F_", text)
    )
    try:
        escaped.encode()
    except UnicodeEncodeError as error:
        raise WorkbookError(
            f"{where} cannot hold {text[:40]!a}: character {error.start + 1} is half of a "
            "character pair. Mend the text where it comes from."
        ) from None
    return escape(escaped)


def date_serial(value: date | time, where: str, *, date1904: bool) -> float:
    """Count the days from the workbook's first day to a date, or the fraction of a day of a time.

    Parameters
    ----------
    value : a date, a date with a time, or a time of day, without time zone
    where : the cell, for the message
    date1904 : the first day is 1904-01-01, not 1900-01-01

    Returns
    -------
    the serial number, at least 0 [days]

    Raises
    ------
    WorkbookError
        If the date has a time zone or lies before the first day.

    Notes
    -----
    ECMA-376 part 1, 18.17.4.1: the 1900 system counts 1900-02-29, which never was.

    Examples
    --------
    >>> date_serial(date(2026, 4, 1), "Plan!A1", date1904=False)
    46113.0
    """
    if value != value:  # pandas' NaT is a datetime that equals nothing
        raise WorkbookError(f"{where} cannot hold a missing date (NaT). Write None to clear it.")
    if isinstance(value, (datetime, time)) and value.tzinfo is not None:
        raise WorkbookError(
            f"{where} cannot hold {value.isoformat()}: a workbook knows no time zones. "
            "Convert it to local time and drop the zone."
        )
    if isinstance(value, time):
        since_midnight = timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
        return since_midnight / _DAY
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    serial: float = (moment - (_START_1904 if date1904 else _START_1900)) / _DAY
    if not date1904 and serial < _FIRST_DAY_AFTER_PHANTOM:
        serial -= 1
    first = "1904-01-01" if date1904 else "1900-01-01"
    if serial < (0 if date1904 else 1):
        raise WorkbookError(
            f"{where} cannot hold {value.isoformat()}: this workbook's dates begin on {first}. "
            "Write it as text."
        )
    return serial


def _number_text(number: float, where: str) -> str:
    try:
        as_float = float(number)
    except OverflowError:
        as_float = math.inf
    if not math.isfinite(as_float):
        shown = "a number above 1.8e308" if isinstance(number, int) else str(as_float)
        raise WorkbookError(
            f"{where} cannot hold {shown}; expected a finite number. "
            "Write None for a blank or CellError('#N/A') for a missing value."
        )
    if isinstance(number, int):
        return int.__repr__(number)
    return _finite_text(as_float)


def _finite_text(number: float) -> str:
    return float.__repr__(number).removesuffix(".0")


def _error_text(error: CellError, where: str) -> str:
    if error.code not in _ERRORS:
        raise WorkbookError(
            f'{where} cannot hold the error "{error.code}"; expected one of {", ".join(_ERRORS)}. '
            "Write #VALUE! or #N/A for it."
        )
    return error.code


def text_length(text: str) -> int:
    """How many characters a text has for Excel, which counts an emoji twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _cell_text(text: str, where: str) -> str:
    length = text_length(text)
    if length > LONGEST_TEXT:
        raise WorkbookError(
            f"{where} cannot hold a text of {length:,} characters; at most {LONGEST_TEXT:,} fit "
            "into a cell. Shorten it or spread it over several cells."
        )
    return escape_text(text, where)
