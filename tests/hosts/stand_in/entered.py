"""What Excel makes of what is entered into a cell, by a program as by a person.

Texts are read as a person's typing is ("00123" is a number, "1/2" a date), in the words of the
United States; a cell whose format is "@" keeps text. Dates and money bring a number format along.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from tests.hosts.stand_in.calls import ComError
from tests.hosts.stand_in.model import ERROR_CODES, ErrorValue, Stored
from tests.hosts.stand_in.styles import GENERAL

TEXT_FORMAT = "@"
SHORT_DATE, SHORT_DATE_AND_TIME = "mm-dd-yy", "m/d/yy h:mm"
MAX_TEXT, MAX_FORMULA = 32_767, 8_192

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_BRACKETED = re.compile(r"\((\d[\d,]*\.?\d*)\)")
_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?")
_ISO_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_NAMED_DATE = re.compile(r"(?:(\d{1,2})[- ])?([A-Za-z]{3})[a-z]*[- ](\d{4}|\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm]?)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCH = datetime(1899, 12, 30)
_DAYS_TO_1904 = 1462


@dataclass(frozen=True)
class Entry:
    """What a cell holds after something was entered; None leaves its number format."""

    value: Stored | None = None
    formula: str | None = None
    number_format: str | None = None
    has_prefix: bool = False


NOTHING = Entry()


def entered(given: object, number_format: str, *, uses_1904: bool = False) -> Entry:
    """What Excel makes of a value that a program sets.

    Parameters
    ----------
    given
        As it arrives over COM.
    number_format
        The cell's.
    uses_1904
        Whether the workbook counts dates from 1904.

    Raises
    ------
    ComError
        If Excel refuses it.
    TypeError
        If it does not get through COM.
    """
    if type(given) is str:
        return _text(given, number_format, uses_1904)
    if given is None:
        return NOTHING
    if type(given) is float or type(given) is int:
        if not math.isfinite(given):
            raise ComError("Unable to set the Value property of the Range class")
        return Entry(float(given))
    if isinstance(given, bool):
        return Entry(given)
    if isinstance(given, datetime | date):
        return _date(given, number_format, uses_1904)
    if isinstance(given, Decimal):
        money = '"$"#,##0.00' if number_format == GENERAL else None
        return Entry(float(given), number_format=money)
    if isinstance(given, str | float) and type(given).__module__ == "numpy":
        return entered(given.item(), number_format, uses_1904=uses_1904)
    if isinstance(given, str):
        return _text(str(given), number_format, uses_1904)
    raise TypeError(
        f"Objects of type '{type(given).__name__}' can not be converted to a COM VARIANT"
    )


def _date(given: datetime | date, number_format: str, uses_1904: bool) -> Entry:
    moment = given if isinstance(given, datetime) else datetime(given.year, given.month, given.day)
    serial = serial_of(moment.replace(tzinfo=None), uses_1904)
    if number_format != GENERAL:
        return Entry(serial)
    return Entry(serial, number_format=SHORT_DATE if serial % 1 == 0 else SHORT_DATE_AND_TIME)


def serial_of(moment: datetime, uses_1904: bool) -> float:
    """The serial number of a date."""
    serial = (moment - _EPOCH) / timedelta(days=1)
    return serial - _DAYS_TO_1904 if uses_1904 else serial


def date_of(serial: float, uses_1904: bool) -> datetime:
    """The date of a serial number."""
    return _EPOCH + timedelta(days=serial + (_DAYS_TO_1904 if uses_1904 else 0))


@lru_cache(maxsize=1 << 16)
def _text(text: str, number_format: str, uses_1904: bool) -> Entry:
    if not text:
        return NOTHING
    if len(text) > MAX_TEXT:
        raise ComError("Unable to set the Value property of the Range class")
    if text[0] == "'":
        return Entry(text[1:] or "", has_prefix=True)
    if number_format == TEXT_FORMAT:
        return Entry(text)
    if text[0] in "=+-@" and len(text) > 1:
        formula = _formula(text)
        if formula is not None:
            return Entry(formula=formula)
    return _typed(text, number_format, uses_1904)


def _formula(text: str) -> str | None:
    """The formula that a text is; "+A1" and "-A1" are formulas for a person as for a program."""
    if text[0] == "=":
        if len(text) > MAX_FORMULA or text.count("(") != text.count(")"):
            raise ComError("Application-defined or object-defined error")
        return text
    return None if _plain_number(text) is not None or text[1:2] in " -" else _signed(text)


def _signed(text: str) -> str | None:
    return "=" + text if text[0] in "+-" and re.match(r"[+-]\$?[A-Za-z(]", text) else None


def _plain_number(text: str) -> float | None:
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        return float(stripped)
    if _GROUPED.fullmatch(stripped):
        return float(stripped.replace(",", ""))
    return None


def _typed(text: str, number_format: str, uses_1904: bool) -> Entry:
    stripped = text.strip()
    first = stripped[:1]
    if not (first.isdigit() or first in "+-.$£€(#" or first.isalpha()):
        return Entry(text)
    if first.isalpha() and stripped[:3].lower() not in _MONTHS and first not in "tTfF":
        return Entry(text)
    upper = stripped.upper()
    if upper in ("TRUE", "FALSE"):
        return Entry(upper == "TRUE")
    if upper in ERROR_CODES:
        return Entry(ErrorValue(upper))
    found = _number_entry(stripped) or _date_entry(stripped, uses_1904) or _time_entry(stripped)
    if found is None:
        return Entry(text)
    return found if number_format == GENERAL else Entry(found.value)


def _number_entry(text: str) -> Entry | None:
    number = _plain_number(text)
    if number is not None:
        if "e" in text.lower():
            return Entry(number, number_format="0.00E+00")
        return Entry(number, number_format="#,##0" if "," in text else None)
    if text.endswith("%") and (share := _plain_number(text[:-1])) is not None:
        return Entry(share / 100, number_format="0.00%" if "." in text else "0%")
    if text[0] == "$" and (money := _plain_number(text[1:])) is not None:
        return Entry(money, number_format='"$"#,##0.00' if "." in text else '"$"#,##0')
    if bracketed := _BRACKETED.fullmatch(text):
        return Entry(-float(bracketed[1].replace(",", "")))
    return None


def _date_entry(text: str, uses_1904: bool) -> Entry | None:
    for pattern, read in ((_DATE, _short), (_ISO_DATE, _iso), (_NAMED_DATE, _named)):
        if found := pattern.fullmatch(text):
            try:
                moment, number_format = read(found)
            except ValueError:
                return None
            return Entry(serial_of(moment, uses_1904), number_format=number_format)
    return None


def _short(found: re.Match[str]) -> tuple[datetime, str]:
    if found[3] is None:
        return datetime(datetime.now().year, int(found[1]), int(found[2])), "d-mmm"
    return datetime(_year(found[3]), int(found[1]), int(found[2])), SHORT_DATE


def _iso(found: re.Match[str]) -> tuple[datetime, str]:
    day = datetime(int(found[1]), int(found[2]), int(found[3]))
    if found[4] is None:
        return day, SHORT_DATE
    time = timedelta(hours=int(found[4]), minutes=int(found[5]), seconds=int(found[6] or 0))
    return day + time, SHORT_DATE_AND_TIME


def _named(found: re.Match[str]) -> tuple[datetime, str]:
    month = _MONTHS.index(found[2].lower()) + 1
    if found[1] is not None:
        return datetime(_year(found[3]), month, int(found[1])), "d-mmm-yy"
    if len(found[3]) == 4:
        return datetime(int(found[3]), month, 1), "mmm-yy"
    return datetime(datetime.now().year, month, int(found[3])), "d-mmm"


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 30 else 1900)


def _time_entry(text: str) -> Entry | None:
    found = _TIME.fullmatch(text)
    if found is None or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    hours = int(found[1])
    if found[4]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if found[4].lower() == "p" else 0)
    share = (hours * 3600 + int(found[2]) * 60 + int(found[3] or 0)) / 86_400
    said = "h:mm AM/PM" if found[4] else "[h]:mm:ss" if share >= 1 else "h:mm"
    return Entry(share, number_format=said if not found[3] else said.replace("h:mm", "h:mm:ss", 1))
