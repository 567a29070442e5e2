"""What projects cost and are worth, worked out from the tables in plain whole cents and fractions.

Nothing here uses the product's costing or scoring: it says once more, row by row, what the tables
mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import ceil

from xlportfolio.periods import Period
from xlportfolio.records import LATER, PRIOR, Project
from xlportfolio.tables import Portfolio

Cell = tuple[int | None, str]
"""A month, None for no month of the plan; and a kind in small letters, "" for none."""

_LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass
class PlainRow:
    """A row of the projects table that goes on or may begin. [cents]"""

    project: Project
    is_in_flight: bool
    cents: dict[Cell, int] = field(default_factory=dict)
    sunk: int = 0
    is_known: bool = True
    exit: int = 0
    worth: float | None = None

    @property
    def counted(self) -> int:
        return sum(self.cents.values())


def cents_of(amount: float) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value(ROUND_HALF_EVEN))


def month_of(day: date) -> int:
    return 12 * day.year + day.month - 1


def months_of_period(period: Period, fiscal: int) -> range:
    n = _LENGTHS[period.kind]
    first = 12 * period.year + (period.number - 1) * n
    if period.fiscal:
        first += fiscal - 1 - (0 if fiscal == 1 else 12)
    return range(first, first + n)


def has_ended(project: Project) -> bool:
    if project.lifecycle in ("closed", "cancelled"):
        return True
    return (project.percent_complete or 0) >= 1 and not project.cost_to_go


def is_in_flight(project: Project, status: date | None) -> bool:
    return (
        project.lifecycle == "active"
        or (status is not None and project.start is not None and project.start <= status)
        or (project.percent_complete or 0) > 0
        or (project.spent_to_date or 0) > 0
        or (project.committed_cost or 0) > 0
    )


def span_of(project: Project) -> tuple[int | None, int | None]:
    first = None if project.start is None else month_of(project.start)
    last = None if project.finish is None else month_of(project.finish)
    if project.duration:
        if first is not None and last is None:
            last = first + ceil(project.duration) - 1
        elif last is not None and first is None:
            first = last - ceil(project.duration) + 1
    return first, last


def first_month(portfolio: Portfolio, projects: Iterable[Project]) -> int:
    """Where the plan begins."""
    settings, fiscal = portfolio.settings, portfolio.settings.fiscal_first_month
    if settings.first_period:
        return month_of(settings.first_period)
    if settings.status_date:
        return month_of(settings.status_date)
    dated = [b.period for b in portfolio.budgets if b.period and b.period.kind != "offset"]
    if dated:
        return min(months_of_period(period, fiscal).start for period in dated)
    said = []
    for project in projects:
        said += [month for month in span_of(project) if month is not None]
        days = (project.earliest_start, project.latest_start)
        said += [month_of(day) for day in days if day is not None]
        for one in project.cost:
            if one.period is None:
                continue
            if one.period.kind != "offset":
                said.append(months_of_period(one.period, fiscal).start)
            elif project.start is not None:
                said.append(month_of(project.start) + one.period.number - 1)
    people = [d.period for d in (*portfolio.capacity, *portfolio.demand) if d.period]
    said = said or [
        months_of_period(period, fiscal).start for period in people if period.kind != "offset"
    ]
    return min(said, default=24_000)


def plain_costs(portfolio: Portfolio) -> tuple[list[PlainRow], int]:
    """Every row that has not ended, in the order of the table, and the plan's first month."""
    going = [project for project in portfolio.projects if not has_ended(project)]
    first = first_month(portfolio, going)
    order = _kinds(portfolio, going)
    rows = []
    for project in going:
        row = PlainRow(project, is_in_flight(project, portfolio.settings.status_date))
        _count(row, first, portfolio.settings.fiscal_first_month, order)
        if row.is_in_flight and project.exit_cost:
            row.exit = cents_of(project.exit_cost)
        rows.append(row)
    return rows, first


def _kinds(portfolio: Portfolio, projects: Iterable[Project]) -> dict[str, int]:
    """The places of the kinds, of which cents that are left in a split go to the first."""
    own = [b.kind.casefold() for b in portfolio.budgets if b.kind]
    others = {one.kind.casefold() for p in projects for one in p.cost if one.kind}
    others -= {*own, PRIOR.casefold(), LATER.casefold()}
    return {kind: k for k, kind in enumerate((*dict.fromkeys(own), *sorted(others), ""))}


def _even(cents: int, parts: int) -> list[int]:
    return [cents // parts + (k < cents % parts) for k in range(parts)]


def _add(row: PlainRow, months: Iterable[int | None], kind: str, cents: int) -> None:
    months = list(months)
    for month, part in zip(months, _even(cents, len(months)), strict=True):
        if part:
            row.cents[month, kind] = row.cents.get((month, kind), 0) + part


def _whole(row: PlainRow, cents: int, kind: str, first: int) -> None:
    """Money without a period: evenly over the months of the project that are still to come."""
    begin, end = span_of(row.project)
    if begin is None or end is None:
        _add(row, [None], kind, cents)
    else:
        _add(row, range(max(begin, first), max(end, first) + 1), kind, cents)


def _count(row: PlainRow, first: int, fiscal: int, order: dict[str, int]) -> None:
    project = row.project
    begin, end = span_of(project)
    for one in project.cost:
        cents, kind = cents_of(one.amount), (one.kind or "").casefold()
        if one.period is None and one.kind == PRIOR:
            row.sunk += cents
        elif one.period is None and one.kind == LATER:
            _add(row, [None], "", cents)
        elif one.period is None:
            _whole(row, cents, kind, first)
        else:
            if one.period.kind == "offset":
                if begin is None:
                    _add(row, [None], kind, cents)
                    continue
                months = range(begin + one.period.number - 1, begin + one.period.number)
            else:
                months = months_of_period(one.period, fiscal)
            to_come = [month for month in months if month >= first]
            if not to_come:
                row.sunk += cents
                continue
            low = -1 if begin is None else begin
            high = 1 << 30 if end is None else end
            _add(row, [m for m in to_come if low <= m <= high] or to_come, kind, cents)
    to_go = None if project.cost_to_go is None else cents_of(project.cost_to_go)
    if not project.cost:
        if to_go is not None:
            _whole(row, to_go, "", first)
            return
        if project.forecast_cost is None:
            row.is_known = False
            return
        _whole(row, cents_of(project.forecast_cost), "", first)
    elif row.is_in_flight and to_go is not None:
        if row.counted > 0:
            spent = None if project.spent_to_date is None else cents_of(project.spent_to_date)
            if _is_a_total(project) and spent == row.counted + row.sunk - to_go:
                row.sunk = spent
            _scale(row, to_go, order)
        elif row.counted != to_go:
            row.cents.clear()
            _whole(row, to_go, "", first)
        return
    if row.is_in_flight and _is_a_total(project) and project.spent_to_date and row.counted > 0:
        left = row.counted + row.sunk - cents_of(project.spent_to_date)
        left = max(min(left, row.counted), 0)
        row.sunk += row.counted - left
        _scale(row, left, order)


def _is_a_total(project: Project) -> bool:
    return all(one.period is None and one.kind != LATER for one in project.cost)


def _scale(row: PlainRow, target: int, order: dict[str, int]) -> None:
    """Keep the shape; the cents that rounding leaves go where most was lost, the earlier first."""
    whole = row.counted
    cells = sorted(row.cents, key=lambda at: (at[0] is None, at[0] or 0, order[at[1]]))
    exact = {at: Fraction(row.cents[at] * target, whole) for at in cells}
    row.cents = {at: int(exact[at]) for at in cells}
    left = target - row.counted
    lost = sorted(cells, key=lambda at: -(exact[at] - int(exact[at])))
    for at in lost[:left]:
        row.cents[at] += 1


def plain_scores(portfolio: Portfolio) -> list[float | None]:
    """The score of every row that has not ended, from criteria and ratings."""
    going = [project for project in portfolio.projects if not has_ended(project)]
    criteria = list(portfolio.criteria)
    if any(one.weight is not None for one in criteria):
        weights = {one.criterion: Fraction(one.weight or 0) for one in criteria}
    else:
        weights = {one.criterion: Fraction(1) for one in criteria}
    used = [one for one in criteria if weights[one.criterion] > 0]
    means: list[dict[str, Fraction]] = []
    for project in going:
        means.append({})
        for one in used:
            mean = _mean(portfolio, project, one.criterion)
            if mean is not None:
                means[-1][one.criterion] = mean
    scales: dict[str, tuple[Fraction, Fraction]] = {}
    for one in used:
        seen = [of_row[one.criterion] for of_row in means if one.criterion in of_row]
        if seen:
            low = min(seen) if one.scale_min is None else Fraction(one.scale_min)
            high = max(seen) if one.scale_max is None else Fraction(one.scale_max)
            scales[one.criterion] = low, high
    whole = sum(weights[one.criterion] for one in used)
    scores: list[float | None] = []
    for of_row in means:
        rated = sum(weights[name] for name in of_row)
        if not of_row or 2 * rated < whole:
            scores.append(None)
            continue
        total = Fraction(0)
        for one in used:
            if one.criterion not in of_row:
                continue
            low, high = scales[one.criterion]
            part = Fraction(1)
            if high > low:
                part = (of_row[one.criterion] - low) / (high - low)
                part = 1 - part if one.direction == "min" else part
            total += weights[one.criterion] * part
        scores.append(float(total / rated))
    return scores


def _mean(portfolio: Portfolio, project: Project, criterion: str) -> Fraction | None:
    """The mean over the people who rated; ratings of the option go before those of the project."""
    for option in dict.fromkeys((project.option, None)):
        by_person: dict[object, list[Fraction]] = {}
        for place, rating in enumerate(portfolio.ratings):
            given = rating.ratings.get(criterion)
            is_own = rating.project_id == project.project_id and rating.option == option
            if is_own and given is not None:
                by_person.setdefault(rating.assessor or place, []).append(Fraction(given))
        if by_person:
            each = [sum(own) / len(own) for own in by_person.values()]
            return sum(each, Fraction(0)) / len(each)
    return None
