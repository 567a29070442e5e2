"""People of each role: needed as planned and as proposed, there, and short; in words too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlportfolio.levelling.answer import FloatArray, Plan
from xlportfolio.levelling.model import excess
from xlportfolio.plan_calendar import PlanMonths, month_label
from xlportfolio.report.contents import RunContents
from xlportfolio.report.timeline import Grain, TimeColumn, grain_for, mean_by_column, time_columns

_LONGER_GRAINS: tuple[Grain, ...] = ("quarter", "half", "year")
MAX_ROLES = 4
LEAST_SHORT = 0.005
"""Less than this is rounding, not a person. [FTE]"""


@dataclass(frozen=True)
class PeopleByRole:
    """Demand, capacity and what is short, each role by month.

    Attributes
    ----------
    roles
        R roles, the worst first: most short as proposed, then as planned now, then by name.
    capacity, before, after, short_before, short_after : shape (R, T)
        NaN where no capacity is given; nothing is short there. [FTE]
    """

    roles: tuple[str, ...]
    months: PlanMonths
    capacity: FloatArray
    before: FloatArray
    after: FloatArray
    short_before: FloatArray
    short_after: FloatArray


def people_by_role(plan: Plan) -> PeopleByRole | None:
    """The people of a plan, worst role first; None where it says nothing about people."""
    if plan.months is None or plan.capacity is None or plan.before is None or plan.after is None:
        return None
    if not plan.roles:
        return None
    before, after = (excess(need, plan.capacity) for need in (plan.before, plan.after))
    shorts = list(zip(-after.sum(axis=1), -before.sum(axis=1), plan.roles, strict=True))
    order = sorted(
        range(len(plan.roles)),
        key=lambda r: (round(shorts[r][0], 6), round(shorts[r][1], 6), shorts[r][2], r),
    )
    return PeopleByRole(
        tuple(plan.roles[r] for r in order),
        plan.months,
        plan.capacity[order],
        plan.before[order],
        plan.after[order],
        before[order],
        after[order],
    )


def given_grain(contents: RunContents) -> Grain:
    """The length of the capacity table's periods; months where it has several."""
    given = {row.period.kind for row in contents.portfolio.capacity if row.period is not None}
    for grain in _LONGER_GRAINS:
        if given == {grain}:
            return grain
    return "month"


def people_columns(contents: RunContents, months: PlanMonths) -> tuple[TimeColumn, ...]:
    """The periods to show: as long as those of the capacity table, and few enough to be read."""
    span = range(months.first, months.first + months.n_months)
    grain = grain_for(len(span), given_grain(contents))
    return time_columns(span, grain, months.fiscal_first_month)


@dataclass(frozen=True)
class CriticalRoles:
    """The roles that are shortest of people, needed as proposed and there, by period.

    Attributes
    ----------
    needed, there : shape (n_roles, n_columns)
        Means of the months; NaN in `there` where no capacity is given. [FTE]
    """

    people: PeopleByRole
    columns: tuple[TimeColumn, ...]
    roles: tuple[str, ...]
    needed: FloatArray
    there: FloatArray


def critical_roles(contents: RunContents) -> CriticalRoles | None:
    """The worst roles, at most `MAX_ROLES`; None where levelling was skipped."""
    people = people_by_role(contents.plan)
    if people is None:
        return None
    short = people.short_after.sum(axis=1) + people.short_before.sum(axis=1)
    picked = [r for r in range(len(people.roles)) if short[r] >= LEAST_SHORT]
    if not picked:
        picked = sorted(range(len(people.roles)), key=lambda r: (-_tightness(people, r), r))[:2]
    picked = picked[:MAX_ROLES]
    columns = people_columns(contents, people.months)
    first = people.months.first
    return CriticalRoles(
        people,
        columns,
        tuple(people.roles[r] for r in picked),
        mean_by_column(people.after[picked], first, columns),
        mean_by_column(people.capacity[picked], first, columns),
    )


def _tightness(people: PeopleByRole, role: int) -> float:
    """How near a role comes to its capacity in its worst month. [-]"""
    capacity, needed = people.capacity[role], people.after[role]
    there = ~np.isnan(capacity) & (capacity > 0)
    return float((needed[there] / capacity[there]).max(initial=0.0))


def fte_text(fte: float) -> str:
    """FTE in a sentence.

    >>> fte_text(1234.56), fte_text(0.02), fte_text(0.0)
    ('1,235', 'less than 0.1', '0')
    """
    if fte < LEAST_SHORT:
        return "0"
    if fte < 0.05:
        return "less than 0.1"
    return f"{fte:,.0f}" if fte >= 100 else f"{fte:,.1f}"


def shortage_sentence(people: PeopleByRole) -> str:
    """How many people are short in all, and where it is worst."""
    before, after = float(people.short_before.sum()), float(people.short_after.sum())
    if before < LEAST_SHORT and after < LEAST_SHORT:
        return "There are people enough for every role in every month."
    if after < LEAST_SHORT:
        return (
            "With the starts as proposed there are people enough for every role in every month; "
            f"as planned now {fte_text(before)} FTE months are short."
        )
    r, t = np.unravel_index(int(np.argmax(people.short_after)), people.short_after.shape)
    worst = float(people.short_after[r, t])
    planned = (
        "as many as planned now"
        if abs(before - after) < 0.05
        else f"as planned now {fte_text(before)}"
    )
    return (
        f"With the starts as proposed {fte_text(after)} FTE months are short ({planned}). At "
        f"worst {fte_text(worst)} FTE are missing: {people.roles[r]} in "
        f"{month_label(people.months.first + int(t))}."
    )
