"""What a planner would compute from the portfolio: spend by year, people, ratings, budgets.

Only the arithmetic that is the same on every machine is used.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from utility_portfolio import (
    ASSESSORS,
    CLEAN,
    CRITERIA,
    DIGITAL,
    ENERGY,
    FISCAL_YEARS,
    MONTHS,
    NETWORK,
    OVERLOADED_MONTHS,
    OVERLOADED_ROLE,
    PROJECTS,
    TEAMS,
    WASTE,
    Project,
)


@dataclass(frozen=True)
class Spend:
    """What one row needs. [GBP k]"""

    years: Mapping[tuple[int, str], int]
    prior: int
    later: int
    contingency: int

    @property
    def total(self) -> int:
        return sum(self.years.values()) + self.prior + self.later + self.contingency


def months_between(start: date, finish: date) -> list[date]:
    """The first days of the months from `start` to `finish`."""
    first, last = start.year * 12 + start.month - 1, finish.year * 12 + finish.month - 1
    return [date(m // 12, m % 12 + 1, 1) for m in range(first, last + 1)]


def fiscal_year(day: date) -> int:
    return day.year + (day.month >= 4)


def _shared(amount: int, weights: list[float]) -> list[int]:
    """Whole parts of `amount` in proportion to `weights`, the rounding left in the largest."""
    whole = sum(weights)
    parts = [int(amount * w / whole + 0.5) for w in weights]
    parts[weights.index(max(weights))] += amount - sum(parts)
    return parts


def spend(of: Project, factor: float = 1.0) -> Spend:
    """Spread a row's need over the fiscal years: capex as a hill, opex level for three years."""
    total = int(of.total * factor + 0.5)
    prior = of.flight.prior if of.flight else 0
    opex = int(total * of.opex_share + 0.5)
    contingency = int((total - prior - opex) * (0.06 if of.flight else 0.10) + 0.5)
    capex = total - prior - opex - contingency
    begin = max(of.start, MONTHS[0])
    months = months_between(begin, of.finish)
    hill = [(k + 0.5) * (len(months) - k - 0.5) + len(months) for k in range(len(months))]
    running = months_between(begin, max(of.finish, date(begin.year + 2, begin.month, 1)))
    years: dict[tuple[int, str], int] = {}
    later = 0
    for kind, amount, weights, days in (
        ("Capex", capex, hill, months),
        ("Opex", opex, [1.0] * len(running), running),
    ):
        in_years = sorted({fiscal_year(day) for day in days})
        sums = [
            sum(w for w, day in zip(weights, days, strict=True) if fiscal_year(day) == year)
            for year in in_years
        ]
        for year, part in zip(in_years, _shared(amount, sums), strict=True):
            if year > FISCAL_YEARS[-1]:
                later += part
            elif part:
                years[year, kind] = part
    return Spend(years, prior, later, contingency)


def spent_to_date(of: Project) -> int:
    """Spent before this year and in its first month. [GBP k]"""
    if of.flight is None:
        return 0
    this_year = sum(v for (year, _), v in spend(of).years.items() if year == FISCAL_YEARS[0])
    return of.flight.prior + this_year // 12


def demand(of: Project) -> dict[str, dict[date, float]]:
    """People by role and month: a gentle start and end, designers at the beginning. [FTE]"""
    size = math.sqrt(of.total / 600) if of.total < 9600 else 4.0
    months = months_between(of.start, of.finish)
    needs: dict[str, dict[date, float]] = {}
    for role, peak in TEAMS[of.team].items():
        row: dict[date, float] = {}
        for k, month in enumerate(months):
            if month not in MONTHS:
                continue
            shape = 0.6 if k < 2 or k >= len(months) - 2 else 1.0
            if role == "Process engineer":  # the design comes first
                shape = 1.9 if k < 3 else 0.7 if k < len(months) // 2 else 0.4
            fte = int(peak * size * shape * 10 + 0.5) / 10
            if fte:
                row[month] = fte
        if row:
            needs[role] = row
    return needs


HEADROOM: Mapping[str, float] = {
    "Project manager": 1.04,
    "Civil engineer": 1.06,
    "ICA engineer": 1.10,
    "Network modeller": 1.15,
    "Software developer": 1.12,
    "Data analyst": 1.20,
    "Commercial manager": 1.25,
}


def total_demand(role: str) -> dict[date, float]:
    totals = dict.fromkeys(MONTHS, 0.0)
    for of in PROJECTS:
        if of.id == "NW-508":  # the survey stands twice in the register, its people once
            continue
        for month, fte in demand(of).get(role, {}).items():
            totals[month] = round(totals[month] + fte, 1)
    return totals


def capacity(role: str) -> dict[date, float]:
    """People of the role there are, in whole and half FTE, a little more in the second year."""
    totals = total_demand(role)
    if role == OVERLOADED_ROLE:
        calm = max(fte for month, fte in totals.items() if month not in OVERLOADED_MONTHS)
        level = math.ceil(calm * 2) / 2
        return dict.fromkeys(MONTHS, level)
    level = math.ceil(max(totals.values()) * HEADROOM[role] * 2) / 2
    return {month: level + (0.5 if k >= 12 else 0.0) for k, month in enumerate(MONTHS)}


def ratings(seed: int) -> dict[tuple[str, str], tuple[int, ...]]:
    """Each assessor's ratings of each project, in the order of `CRITERIA`."""
    chance = random.Random(seed)
    leaning = {
        CLEAN: (4, 3, 4, 4, 3, 2, 3, 3),
        NETWORK: (4, 3, 4, 3, 3, 3, 4, 4),
        WASTE: (3, 5, 3, 4, 2, 3, 3, 3),
        ENERGY: (2, 3, 2, 2, 4, 8, 4, 2),
        DIGITAL: (4, 1, 3, 2, 4, 2, 3, 2),
    }
    given: dict[tuple[str, str], tuple[int, ...]] = {}
    for of in PROJECTS:
        if of.id == "NW-508":
            for assessor in ASSESSORS:
                given[of.id, assessor] = given["NW-207", assessor]
            continue
        merit = [
            centre + (int(chance.random() * 5) - 2) * (1 if criterion.scale_max == 5 else 1.5)
            for centre, criterion in zip(leaning[of.programme], CRITERIA, strict=True)
        ]
        if of.mandate:
            merit[3] = 5
        for assessor in ASSESSORS:
            row = []
            for centre, criterion in zip(merit, CRITERIA, strict=True):
                view = int(chance.random() * 4)  # most agree, one in two leans a little
                rating = int(centre + (-1, 0, 0, 1)[view] + 0.5)
                row.append(min(max(rating, 1), criterion.scale_max))
            given[of.id, assessor] = tuple(row)
    return given


def _committed(of: Project) -> bool:
    return of.flight is not None or bool(of.mandate)


def budgets() -> dict[tuple[int, str], int]:
    """What there is, per fiscal year and kind: about 60 % of what is asked over the five years.

    What is in flight or mandatory is covered everywhere, with the same share of the rest.
    """
    asked: dict[tuple[int, str], int] = {}
    bound: dict[tuple[int, str], int] = {}
    for of in PROJECTS:
        for key, amount in spend(of).years.items():
            asked[key] = asked.get(key, 0) + amount
            if _committed(of):
                bound[key] = bound.get(key, 0) + amount
    whole, fixed = sum(asked.values()), sum(bound.values())
    share = (0.6 * whole - fixed) / (whole - fixed)
    there: dict[tuple[int, str], int] = {}
    for key in sorted(asked):
        floor = bound.get(key, 0)
        step = 50 if key[1] == "Capex" else 10
        there[key] = math.ceil((floor + share * (asked[key] - floor)) / step) * step
    return there
