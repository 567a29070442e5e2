"""The columns of time on the result sheets: months, or quarters and years where months are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xlportfolio.periods import Period
from xlportfolio.plan_calendar import fiscal_year, month_label

Grain = Literal["month", "quarter", "half", "year"]

MAX_MONTH_COLUMNS = 36
"""Beyond this, months are too narrow to read on a printed page."""
_MAX_COLUMNS = 48
_LENGTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class TimeColumn:
    """A column of time.

    Attributes
    ----------
    label
        On its own: "Apr-26", "FY27 Q1", "2026/27".
    short
        Under the heading of its year: "Apr", "Q1", "H1"; a year as it is.
    year
        The fiscal year that it lies in.
    months
        Month numbers, those outside the span left out.
    """

    label: str
    short: str
    year: str
    months: range


def grain_for(n_months: int, least: Grain = "month") -> Grain:
    """The shortest columns that can be read, none shorter than `least`.

    >>> grain_for(36), grain_for(60), grain_for(24, "quarter"), grain_for(300)
    ('month', 'quarter', 'quarter', 'year')
    """
    grains = list(_LENGTHS)
    for grain in grains[grains.index(least) :]:
        most = MAX_MONTH_COLUMNS if grain == "month" else _MAX_COLUMNS
        if n_months <= most * _LENGTHS[grain]:
            return grain
    return "year"


def time_columns(months: range, grain: Grain, fiscal_first_month: int) -> tuple[TimeColumn, ...]:
    """Cut a span of months into columns along the fiscal year.

    Parameters
    ----------
    months
        Month numbers, one after the other.
    grain
        The length of a column; the first and the last may hold fewer months.
    fiscal_first_month
        First month of the fiscal year. [1..12]

    Examples
    --------
    >>> [(c.label, c.year, len(c.months)) for c in time_columns(range(24314, 24320), "quarter", 4)]
    [('FY26 Q4', '2025/26', 1), ('FY27 Q1', '2026/27', 3), ('FY27 Q2', '2026/27', 2)]
    """
    length = _LENGTHS[grain]
    found: dict[int, list[int]] = {}
    for month in months:
        found.setdefault((month - fiscal_first_month + 1) // length, []).append(month)
    return tuple(
        _column(range(held[0], held[-1] + 1), grain, fiscal_first_month) for held in found.values()
    )


def _column(months: range, grain: Grain, fiscal_first_month: int) -> TimeColumn:
    year = fiscal_year(months.start, fiscal_first_month)
    if grain == "year":
        return TimeColumn(year.label, year.label, year.label, months)
    if grain == "month":
        label = month_label(months.start)
        return TimeColumn(label, label.partition("-")[0], year.label, months)
    number = (months.start - fiscal_first_month + 1) % 12 // _LENGTHS[grain] + 1
    period = Period(grain, year.year, number, year.fiscal)
    return TimeColumn(period.label, f"{grain[0].upper()}{number}", year.label, months)


def mean_by_column(
    values: NDArray[np.float64], first_month: int, columns: tuple[TimeColumn, ...]
) -> NDArray[np.float64]:
    """The mean of monthly figures in each column of time.

    Parameters
    ----------
    values : shape (n, T)
        By month from `first_month` on; NaN where there is none. [FTE]
    first_month
        Month number of the first of them.
    columns
        Within those months.

    Returns
    -------
    shape (n, n_columns)
        NaN where a month of the column has none. [FTE]

    Examples
    --------
    >>> columns = time_columns(range(24315, 24321), "quarter", 4)
    >>> mean_by_column(np.array([[1.0, 2.0, 3.0, 0.0, 0.0, 1.5]]), 24315, columns).tolist()
    [[2.0, 0.5]]
    """
    parts = [
        values[:, column.months.start - first_month : column.months.stop - first_month].mean(axis=1)
        for column in columns
    ]
    return np.stack(parts, axis=1) if parts else np.zeros((len(values), 0))


def year_headings(columns: tuple[TimeColumn, ...]) -> tuple[str | None, ...]:
    """The year over each column, named where it begins; a year of one column has no room for it.

    >>> year_headings(time_columns(range(24314, 24318), "month", 4))
    (None, '2026/27', None, None)
    """
    years = [column.year for column in columns]
    return tuple(
        year if years.index(year) == c and years.count(year) > 1 else None
        for c, year in enumerate(years)
    )
