"""Dates as people type them, and which way round a column writes day and month."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from xlportfolio.periods import parse_period

Precision = Literal["day", "month", "quarter", "half", "year"]

_LONGEST = 45
_EARLIEST, _LATEST = 1900, 2199
_MONTH_NAMES = [
    "", "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_MONTHS = {name.lower(): number for number, name in enumerate(_MONTH_NAMES)}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()}
_MONTHS["sept"] = 9

_TIME = (
    r"(?:[t, ]+\d{1,2}[:.]\d\d(?:[:.]\d\d(?:[.,]\d+)?)?"
    r" ?(?:[ap]\.?m\.?)? ?(?:z|utc|gmt|[-+]\d\d:?\d\d)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?[,.]? )?"
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_NUMERIC = re.compile(rf"{_WEEKDAY}(\d{{1,2}}) ?([-/.]) ?(\d{{1,2}}) ?\2 ?(\d{{4}}|\d\d){_TIME}")
_DAY_NAME = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*(?:of )?([a-z]{{3,9}})"
    rf"[-/., ]*'?(\d{{4}}|\d\d){_TIME}"
)
_NAME_DAY = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,9}})[-. ]*(\d{{1,2}})(?:st|nd|rd|th)?(?:,? |,|-)(\d{{4}}){_TIME}"
)


@dataclass(frozen=True)
class ParsedDate:
    """A date as it was written.

    Attributes
    ----------
    date
        The day; the first day where only a month, quarter or year is written.
    ambiguous
        True where day and month may be the other way round (03/04/2026) and nothing said which;
        `date` is then the day-first reading.
    precision
        What was written.
    """

    date: date
    ambiguous: bool = False
    precision: Precision = "day"


@dataclass(frozen=True)
class DateOrder:
    """Which way round the texts of a column write day and month.

    Attributes
    ----------
    day_first
        True or False where the column shows it; None where it does not, or shows both.
    n_day_first, n_month_first
        How many texts can only be read one way (31/03/2026, 03/31/2026).
    n_either
        How many can be read both ways (03/04/2026).
    example
        The first text that can be read both ways; "" if there is none.
    """

    day_first: bool | None
    n_day_first: int = 0
    n_month_first: int = 0
    n_either: int = 0
    example: str = ""


def from_serial(serial: float) -> date | None:
    """The day of an Excel serial number in the 1900 system; None outside 1900 to 2199.

    >>> from_serial(46112), from_serial(-1.0) is None
    (datetime.date(2026, 3, 31), True)
    """
    # Excel counts 29 February 1900, which never was: serials from 61 count from 30 December 1899.
    if not 61 <= serial < 109_575:
        return None
    return date(1899, 12, 30) + timedelta(days=int(serial))


def parse_date(
    value: object, day_first: bool | None = None, *, serials: bool = False
) -> ParsedDate | None:
    """Read a date as people type it; None for anything else.

    Parameters
    ----------
    value
        A cell's value. A bare number is a date only if `serials`.
    day_first
        Which way round 03/04/2026 is read; None where that is not known. It never overrules a
        text that can be read one way only, nor dots (03.04.2026 is 3 April everywhere).
    serials
        Whether numbers are Excel serials.

    Examples
    --------
    >>> parse_date("2026-03-31T00:00:00Z").date, parse_date("31-Mar-26").date
    (datetime.date(2026, 3, 31), datetime.date(2026, 3, 31))
    >>> parse_date("03/04/2026", True).date, parse_date("03/04/2026", False).date
    (datetime.date(2026, 4, 3), datetime.date(2026, 3, 4))
    >>> parse_date("03/04/2026").ambiguous, parse_date("31/03/2026").ambiguous
    (True, False)
    >>> parse_date("Q3 2026")
    ParsedDate(date=datetime.date(2026, 7, 1), ambiguous=False, precision='quarter')
    >>> parse_date("tbc") is None, parse_date(46112.0) is None
    (True, True)
    """
    if isinstance(value, datetime):
        return ParsedDate(value.date())
    if isinstance(value, date):
        return ParsedDate(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        day = from_serial(value) if serials else None
        return ParsedDate(day) if day else None
    if not isinstance(value, str) or not 4 <= len(value) <= _LONGEST:
        return None
    text = " ".join(value.replace("\u00a0", " ").replace("–", "-").lower().split())
    if not any(letter.isdigit() for letter in text):
        return None
    return _parse_day(text, day_first) or _parse_month_or_longer(text)


def _parse_day(text: str, day_first: bool | None) -> ParsedDate | None:
    if match := _ISO.fullmatch(text):
        return _dated(int(match[1]), int(match[3]), int(match[4]))
    if match := _COMPACT.fullmatch(text):
        return _dated(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), _four_digits(match[4])
        if first > 12 or match[2] == ".":
            return _dated(year, second, first)
        if second > 12:
            return _dated(year, first, second)
        if day_first is False:
            return _dated(year, first, second)
        return _dated(year, second, first, day_first is None and first != second)
    if match := _DAY_NAME.fullmatch(text):
        return _dated(_four_digits(match[3]), _MONTHS.get(match[2], 0), int(match[1]))
    if match := _NAME_DAY.fullmatch(text):
        return _dated(int(match[3]), _MONTHS.get(match[1], 0), int(match[2]))
    return None


def _parse_month_or_longer(text: str) -> ParsedDate | None:
    period = parse_period(text)
    # A fiscal period has no date until the fiscal year's first month is known.
    if period is None or period.fiscal or period.kind == "offset":
        return None
    return ParsedDate(period.start(), precision=period.kind)


def _four_digits(year: str) -> int:
    """Two digits are this century up to 69, the last one from 70, as spreadsheets read them."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < 70 else 1900)


def _dated(year: int, month: int, day: int, ambiguous: bool = False) -> ParsedDate | None:
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        return ParsedDate(date(year, month, day), ambiguous)
    except ValueError:  # 31 February
        return None


def date_order(values: Iterable[object]) -> DateOrder:
    """Which way round the texts of one column write day and month, with the evidence.

    >>> date_order(["03/04/2026", "31/03/2026"]).day_first
    True
    >>> date_order(["03/04/2026", "05/06/2026"])
    DateOrder(day_first=None, n_day_first=0, n_month_first=0, n_either=2, example='03/04/2026')
    """
    n_day_first = n_month_first = n_either = 0
    example = ""
    for value in values:
        if not isinstance(value, str) or len(value) > _LONGEST:
            continue
        match = _NUMERIC.fullmatch(" ".join(value.lower().split()))
        if match is None or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            n_day_first += 1
        elif second > 12 >= first:
            n_month_first += 1
        elif first <= 12 and first != second:
            n_either += 1
            example = example or value.strip()
    one_way = bool(n_day_first) != bool(n_month_first)
    return DateOrder(
        n_day_first > 0 if one_way else None, n_day_first, n_month_first, n_either, example
    )
