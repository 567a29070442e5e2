"""Planning periods as people write them: "FY26/27", "Q3 2026", "Jan-27", "2027-01", "M1".

A fiscal period is kept by the year in which it ends, because where it begins depends on the
first month of the fiscal year, which is a setting.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

PeriodKind = Literal["month", "quarter", "half", "year", "offset"]

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS["sept"] = 9

_YEAR = r"((?:19|20)\d\d)"
_FISCAL = r"(?:[fs]?fy|f\.y\.|(?:federal |state )?(?:financial|fiscal) year)"
_MONTH = r"([a-z]{3,9})\.?"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "split_year",
            rf"(?:{_FISCAL}|year)? ?{_YEAR}? ?[/–-] ?(\d\d|\d{{4}})",
        ),
        (
            "short_split_year",
            rf"(?:{_FISCAL}|year)? ?(\d\d) ?[/–-] ?(\d\d)",
        ),
        (
            "split_quarter",
            rf"(?:{_FISCAL} ?)?(?:{_YEAR}|(\d\d)) ?[/–-] ?(?:20)?(\d\d)[ /-]*([qh])y?([1-4])",
        ),
        (
            "quarter_of_split",
            rf"([qh])y?([1-4])[ /-]*(?:{_FISCAL} ?)?(?:{_YEAR}|(\d\d)) ?[/–-] ?(?:20)?(\d\d)",
        ),
        ("fiscal_year", rf"{_FISCAL} ?(?:{_YEAR}|'?(\d\d))"),
        ("fiscal_quarter", rf"{_FISCAL} ?(?:{_YEAR}|(\d\d)(?:[/-]\d\d)?)[ -]?([qh])([1-4])"),
        ("quarter_of_fiscal", rf"([qh])y?([1-4])[ -]?{_FISCAL} ?(?:{_YEAR}|(\d\d)(?:[/-](\d\d))?)"),
        ("year_quarter", rf"(?:cy ?)?{_YEAR}[ /-]?([qh])y?([1-4])"),
        ("quarter_year", rf"([qh])y?([1-4])[ /'-]*(?:cy ?)?(?:{_YEAR}|(\d\d))"),
        ("number_first", rf"([1-4])([qh])[ /'-]*(fy|cy)? ?(?:{_YEAR}|(\d\d))"),
        ("month_year", rf"{_MONTH}[ /'-]*(?:{_YEAR}|(\d\d))"),
        ("year_month_name", rf"{_YEAR}[ /-]{_MONTH}"),
        ("year_month", rf"{_YEAR}[-/.]?(0[1-9]|1[0-2])"),
        ("month_number_year", rf"(0?[1-9]|1[0-2])[/-]{_YEAR}"),
        ("iso_date", rf"{_YEAR}-(\d\d)-(\d\d)(?:t.*)?"),
        ("calendar_year", rf"(?:cy ?)?{_YEAR}"),
        ("offset", r"(?:m|month|mth|period) ?\+?0?(\d{1,2})"),
    )
)


@dataclass(frozen=True)
class Period:
    """One month, quarter, half or year of a plan, or a month counted from a project's start.

    Attributes
    ----------
    kind
        "month", "quarter", "half" (six months), "year"; "offset" for "M1" (the first month after
        start).
    year
        Calendar year, or for a fiscal period the year in which the fiscal year ends.
    number
        Month 1..12, quarter 1..4, half 1..2, or the offset; 1 for a year.
    fiscal
        Whether `year` and `number` count in fiscal years.
    """

    kind: PeriodKind
    year: int
    number: int = 1
    fiscal: bool = False

    @property
    def months(self) -> int:
        """How many months it lasts."""
        return {"month": 1, "quarter": 3, "half": 6, "year": 12, "offset": 1}[self.kind]

    def start(self, fiscal_first_month: int = 1) -> date:
        """The first day, for fiscal years that begin with `fiscal_first_month`.

        >>> Period("year", 2027, fiscal=True).start(4)
        datetime.date(2026, 4, 1)
        """
        if self.kind == "offset":
            raise ValueError("an offset has no date of its own")
        if not self.fiscal:
            month = (self.number - 1) * self.months + 1
            return date(self.year, month, 1)
        begins = self.year if fiscal_first_month == 1 else self.year - 1
        month = fiscal_first_month - 1 + (self.number - 1) * self.months
        return date(begins + month // 12, month % 12 + 1, 1)

    @property
    def label(self) -> str:
        """How we write it: "2026/27", "FY27 Q1", "2027 H1", "Jan-27", "2027", "M1"."""
        short = f"{self.year % 100:02d}"
        if self.kind == "offset":
            return f"M{self.number}"
        if self.kind == "year":
            return f"{self.year - 1}/{short}" if self.fiscal else str(self.year)
        if self.kind in ("quarter", "half"):
            part = f"{self.kind[0].upper()}{self.number}"
            return f"FY{short} {part}" if self.fiscal else f"{self.year} {part}"
        return f"{calendar.month_abbr[self.number]}-{short}"


def _century(two_digits: str) -> int:
    return 2000 + int(two_digits)


def parse_period(value: object) -> Period | None:
    """Read a header cell or a value as a period; None if it is not one.

    A date stands for its month; a whole number from 1990 to 2079 for a year.

    >>> parse_period("FY26/27")
    Period(kind='year', year=2027, number=1, fiscal=True)
    >>> parse_period("2026-Q1"), parse_period("M3")
    (Period(kind='quarter', year=2026, number=1, fiscal=False), \
Period(kind='offset', year=0, number=3, fiscal=False))
    >>> parse_period("Total") is None
    True
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, datetime | date):
        return Period("month", value.year, value.month)
    if isinstance(value, int | float):
        return Period("year", int(value)) if value == int(value) and 1990 <= value <= 2079 else None
    if not isinstance(value, str) or len(value) > 40:
        return None
    return _parse_text(value)


@lru_cache(maxsize=20_000)
def _parse_text(value: str) -> Period | None:
    text = " ".join(value.lower().replace("_", " ").replace("’", "'").split()).strip(" .:")
    for name, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match and (period := _read(name, match)) is not None:
            return period
    return None


def _part_of_year(letter: str, year: int, number: str, *, fiscal: bool = False) -> Period | None:
    """A quarter ("q") or a half ("h") of a year; None for a third half."""
    if letter == "h":
        return Period("half", year, int(number), fiscal) if int(number) <= 2 else None
    return Period("quarter", year, int(number), fiscal)


def _end_of_split(first: str, last: str) -> int | None:
    """The year in which "2026/27" ends; None where the two do not follow each other."""
    year = (int(first) if len(first) == 4 else _century(first)) + 1
    return year if year % 100 == int(last) else None


def _read(name: str, match: re.Match[str]) -> Period | None:
    parts = match.groups()
    if name == "split_year":
        if not parts[0]:
            return None
        first, last = int(parts[0]), int(parts[1]) % 100
        return Period("year", first + 1, fiscal=True) if (first + 1) % 100 == last else None
    if name == "short_split_year":
        first, last = int(parts[0]), int(parts[1])
        if (first + 1) % 100 != last or first < 10:
            return None
        return Period("year", 2000 + first + 1, fiscal=True)
    if name == "split_quarter":
        year = _end_of_split(parts[0] or parts[1], parts[2])
        return _part_of_year(parts[3], year, parts[4], fiscal=True) if year else None
    if name == "quarter_of_split":
        year = _end_of_split(parts[2] or parts[3], parts[4])
        return _part_of_year(parts[0], year, parts[1], fiscal=True) if year else None
    if name == "fiscal_year":
        return Period("year", int(parts[0]) if parts[0] else _century(parts[1]), fiscal=True)
    if name == "fiscal_quarter":
        year = int(parts[0]) if parts[0] else _century(parts[1])
        split = "/" in match[0] or match[0].count("-") > 1
        return _part_of_year(parts[2], year + split, parts[3], fiscal=True)
    if name == "quarter_of_fiscal":
        year = int(parts[2]) if parts[2] else _century(parts[4] or parts[3])
        return _part_of_year(parts[0], year, parts[1], fiscal=True)
    if name == "year_quarter":
        return _part_of_year(parts[1], int(parts[0]), parts[2])
    if name == "quarter_year":
        year = int(parts[2]) if parts[2] else _century(parts[3])
        return _part_of_year(parts[0], year, parts[1])
    if name == "number_first":
        year = int(parts[3]) if parts[3] else _century(parts[4])
        return _part_of_year(parts[1], year, parts[0], fiscal=parts[2] == "fy")
    if name == "month_year":
        month = _MONTHS.get(parts[0])
        year = int(parts[1]) if parts[1] else _century(parts[2])
        return Period("month", year, month) if month else None
    if name == "year_month_name":
        month = _MONTHS.get(parts[1])
        return Period("month", int(parts[0]), month) if month else None
    if name in ("year_month", "iso_date"):
        month = int(parts[1])
        return Period("month", int(parts[0]), month) if 1 <= month <= 12 else None
    if name == "month_number_year":
        return Period("month", int(parts[1]), int(parts[0]))
    if name == "calendar_year":
        return Period("year", int(parts[0]))
    return Period("offset", 0, int(parts[0]))
