"""The months of a plan: every date and period as a month number, fiscal years as runs of months.

A month number counts months from January of year 0: 12 x year + month - 1. Work is planned in whole
months, whatever the length of the periods that people report in.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from xlportfolio.periods import Period


def month_number(day: date) -> int:
    """The month that a day lies in.

    >>> month_number(date(2026, 4, 30))
    24315
    """
    return 12 * day.year + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month.

    >>> first_day(24315)
    datetime.date(2026, 4, 1)
    """
    return date(month // 12, month % 12 + 1, 1)


def moved(day: date, months: int) -> date:
    """A day so many months later, or earlier; the last of a month stays the last.

    >>> moved(date(2026, 1, 31), 1), moved(date(2026, 2, 28), 1), moved(date(2026, 4, 15), -2)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 31), datetime.date(2026, 2, 15))
    """
    month = month_number(day) + months
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    last = calendar.monthrange(month // 12, month % 12 + 1)[1]
    return first_day(month).replace(day=last if is_last else min(day.day, last))


def month_label(month: int) -> str:
    """A month as headings have it: "Apr-26"."""
    return Period("month", month // 12, month % 12 + 1).label


def months_of(period: Period, fiscal_first_month: int) -> range:
    """The months of a period.

    Parameters
    ----------
    period
        Not an offset: that has no months of its own.
    fiscal_first_month
        First month of the fiscal year. [1..12]

    Examples
    --------
    >>> months_of(Period("year", 2027, fiscal=True), 4)
    range(24315, 24327)
    """
    first = month_number(period.start(fiscal_first_month))
    return range(first, first + period.months)


def fiscal_year(month: int, fiscal_first_month: int) -> Period:
    """The fiscal year that a month lies in; the calendar year where that begins in January.

    >>> fiscal_year(24315, 4).label, fiscal_year(24315, 1).label
    ('2026/27', '2026')
    """
    if fiscal_first_month == 1:
        return Period("year", month // 12)
    ends = (month - (fiscal_first_month - 1)) // 12 + 1
    return Period("year", ends, fiscal=True)


@dataclass(frozen=True)
class PlanMonths:
    """The months that a plan covers: `first`, and so many from it on."""

    first: int
    n_months: int
    fiscal_first_month: int = 1

    @property
    def last(self) -> int:
        """The last month."""
        return self.first + self.n_months - 1

    @property
    def labels(self) -> tuple[str, ...]:
        """Each month as headings have it."""
        return tuple(month_label(self.first + t) for t in range(self.n_months))

    @property
    def years(self) -> tuple[tuple[Period, range], ...]:
        """Each fiscal year that the plan touches, and its positions among the plan's months."""
        found: dict[Period, list[int]] = {}
        for t in range(self.n_months):
            year = fiscal_year(self.first + t, self.fiscal_first_month)
            found.setdefault(year, []).append(t)
        return tuple((year, range(ts[0], ts[-1] + 1)) for year, ts in found.items())

    def positions(self, period: Period) -> range:
        """The positions of a period's months, those outside the plan left out."""
        months = months_of(period, self.fiscal_first_month)
        first = max(months.start - self.first, 0)
        return range(first, max(min(months.stop - self.first, self.n_months), first))
