"""Which months a plan covers, and in which of them a project runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from xlportfolio.periods import Period
from xlportfolio.plan_calendar import PlanMonths, month_label, month_number, months_of
from xlportfolio.records import Project
from xlportfolio.tables import Portfolio

LONGEST_PLAN = 600
"""Months of the longest plan: fifty years. What lies later is mostly a mistyped year."""

_NO_MONTH = 24_000
"""January 2000: where a plan without any date stands. It has no months."""


@dataclass(frozen=True)
class PlannedMonths:
    """The months of a plan, and what is to be known of where it begins.

    Attributes
    ----------
    note
        What was assumed, where the settings do not say it; else "".
    caution
        The same where it needs a person: costs and starts alone put the plan where nobody expects
        it, and every sum of money hangs on it. Else "".
    """

    months: PlanMonths
    note: str = ""
    caution: str = ""


@dataclass(frozen=True)
class Span:
    """The months in which a project runs; None at an end that is not known."""

    first: int | None
    last: int | None

    @property
    def is_known(self) -> bool:
        """Whether both ends are known."""
        return self.first is not None and self.last is not None


def project_span(project: Project) -> Span:
    """The months from a project's start to its finish, each of them whole.

    Notes
    -----
    An end that is missing follows from the duration: a project of 3 months that starts in April
    runs to June.

    Examples
    --------
    >>> from datetime import date
    >>> bridge = Project(project_id="P1", name="Bridge", start=date(2026, 4, 1), duration=3)
    >>> span = project_span(bridge)
    >>> month_label(span.first), month_label(span.last)
    ('Apr-26', 'Jun-26')
    """
    first = None if project.start is None else month_number(project.start)
    last = None if project.finish is None else month_number(project.finish)
    if project.duration is not None and project.duration > 0:
        months = min(max(ceil(project.duration - 1e-9), 1), 12 * LONGEST_PLAN)
        if first is not None and last is None:
            last = first + months - 1
        elif first is None and last is not None:
            first = last - months + 1
    return Span(first, last)


def offset_month(span: Span, period: Period) -> int | None:
    """The month of "M3", counted from a project's start; None without a start."""
    return None if span.first is None else span.first + period.number - 1


def plan_months(portfolio: Portfolio, projects: Sequence[Project]) -> PlannedMonths:
    """The months of the plan.

    Parameters
    ----------
    portfolio
        Its settings say where the plan begins; budgets and people how far it reaches.
    projects
        Those that have not ended.

    Returns
    -------
    From the first period of the settings, else the month of the status date, else the first
    budget, else the first month that anything says, to the last month that a cost, a budget,
    people or a date of a project touches, at most `LONGEST_PLAN`; with a sentence on where the plan
    begins if neither of the settings says so.
    """
    settings = portfolio.settings
    fiscal = settings.fiscal_first_month
    budgets = list(_spans((budget.period for budget in portfolio.budgets), fiscal))
    ranges = [*budgets, *_spans((one.period for one in portfolio.capacity), fiscal)]
    ranges += _spans((one.period for one in portfolio.demand), fiscal)
    costs = list(_costs_and_dates(projects, fiscal))
    note = caution = ""
    if settings.first_period is not None:
        first = month_number(settings.first_period)
    elif settings.status_date is not None:
        first = month_number(settings.status_date)
    elif budgets or costs or ranges:
        first = min(months.start for months in budgets or costs or ranges)
        of = "budget" if budgets else "cost or start" if costs else "month of people"
        told = (
            f"The plan begins in {month_label(first)}, with the first {of}, because the settings "
            "name neither a first period nor a status date. Enter one of them."
        )
        if costs and not budgets:
            caution = told
        else:
            note = told
    else:
        return PlannedMonths(PlanMonths(_NO_MONTH, 0, fiscal))
    stop = max((months.stop for months in (*costs, *ranges)), default=first + 1)
    months = PlanMonths(first, min(max(stop - first, 1), LONGEST_PLAN), fiscal)
    return PlannedMonths(months, note, caution)


def _spans(periods: Iterable[Period | None], fiscal_first_month: int) -> Iterator[range]:
    for period in dict.fromkeys(periods):
        if period is not None and period.kind != "offset":
            yield months_of(period, fiscal_first_month)


def _costs_and_dates(projects: Sequence[Project], fiscal_first_month: int) -> Iterator[range]:
    periods: dict[Period, None] = {}
    for project in projects:
        span = project_span(project)
        for month in (span.first, span.last):
            if month is not None:
                yield range(month, month + 1)
        for day in (project.earliest_start, project.latest_start):
            if day is not None:
                yield range(month_number(day), month_number(day) + 1)
        for amount in project.cost:
            if amount.period is None or amount.period in periods:
                continue
            if amount.period.kind != "offset":
                periods[amount.period] = None
            elif (month := offset_month(span, amount.period)) is not None:
                yield range(month, month + 1)
    yield from _spans(periods, fiscal_first_month)
