"""The figures behind the charts of PF Dashboard, each chart's as one immutable answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.costing import NO_KIND
from xlportfolio.levelling.answer import FloatArray
from xlportfolio.levelling.moved_costs import moved_costs
from xlportfolio.money import Cents
from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.report.people import (
    LEAST_SHORT,
    PeopleByRole,
    people_by_role,
    people_columns,
)
from xlportfolio.report.timeline import TimeColumn, mean_by_column
from xlportfolio.scoring.worth import worth_of

MAX_CUT_POINTS = 40
MAX_KINDS = 5
MAX_ROLES = 4
MAX_LARGEST = 20
OTHER_KINDS, NOT_SPLIT, EXIT_COST = "Other kinds", "Not split by kind", "Exit cost"


@dataclass(frozen=True)
class Candidate:
    """A project as the charts see it: one row of it, the chosen option where there is one.

    Attributes
    ----------
    row
        Its position in the cost table.
    cost
        What counts of it. [cents]
    value
        What it is worth; None where that is not known.
    decision
        "" where none was proposed.
    """

    row: int
    key: ProjectKey
    name: str
    cost: int
    value: float | None
    is_chosen: bool
    decision: str

    @property
    def value_per_cost(self) -> float:
        """For ordering; what costs nothing comes first."""
        value = self.value or 0.0
        return value / self.cost if self.cost > 0 else float("inf") if value > 0 else 0.0


def candidates(contents: RunContents) -> tuple[Candidate, ...]:
    """One row for each project whose cost is known, in the order of the projects table.

    Of a project with options the chosen one, else the one of most value per cost.
    """
    names = {project.key: project.name for project in reversed(contents.portfolio.projects)}
    worth = worth_of(contents.portfolio, contents.scores).by_key
    decisions = {decision.key: decision for decision in contents.selection.decisions}
    counted = contents.costs.counted
    found: dict[str, Candidate] = {}
    for i, key in enumerate(contents.costs.keys):
        if not contents.costs.is_known[i]:
            continue
        decision = decisions.get(key)
        value = worth.get(key) if decision is None else decision.value
        candidate = Candidate(
            i,
            key,
            names.get(key, key.label),
            int(counted[i]),
            value,
            decision is not None and decision.is_chosen,
            decision.decision if decision is not None else "",
        )
        held = found.get(key.project_id)
        if held is None or (not held.is_chosen and _is_before(candidate, held)):
            found[key.project_id] = candidate
    return tuple(sorted(found.values(), key=lambda candidate: candidate.row))


def _is_before(one: Candidate, other: Candidate) -> bool:
    return one.is_chosen or one.value_per_cost > other.value_per_cost


@dataclass(frozen=True)
class CutPoint:
    """A project in funding order, with what all up to it and stopping cost, and are worth.

    `cost` is in cents.
    """

    n_projects: int
    name: str
    cost: int
    value: float
    decision: str
    is_chosen: bool


@dataclass(frozen=True)
class CutLine:
    """Cumulative cost against cumulative value: the chosen projects, then the others.

    Attributes
    ----------
    points
        At most `MAX_CUT_POINTS`, the last chosen one and the last of all among them.
    exit_cost
        What stopping costs, before anything is funded. [cents]
    chosen_cost, chosen_value, all_value
        Of the last chosen one, and of the last of all.
    budget
        What there is for that cost; None where no budget says so. [cents]
    is_within
        Whether the cost is that of the budgets' own periods alone.
    """

    points: tuple[CutPoint, ...]
    n_chosen: int
    n_projects: int
    exit_cost: int
    chosen_cost: int
    chosen_value: float
    all_value: float
    budget: int | None
    is_within: bool


def cut_line(contents: RunContents) -> CutLine | None:
    """Cost against value in funding order; None without a portfolio."""
    if not contents.selection.decisions:
        return None
    found = candidates(contents)
    ordered = sorted(found, key=lambda c: (not c.is_chosen, -c.value_per_cost, c.key.label, c.row))
    if not ordered:
        return None
    money, budget, is_within = _money_in_budgets(contents)
    cost, value = contents.selection.exit_cost, 0.0
    points = []
    for n, candidate in enumerate(ordered, start=1):
        cost += int(money[candidate.row])
        value += candidate.value or 0.0
        points.append(
            CutPoint(n, candidate.name, cost, value, candidate.decision, candidate.is_chosen)
        )
    n_chosen = sum(point.is_chosen for point in points)
    last = points[n_chosen - 1] if n_chosen else None
    return CutLine(
        _thinned(points, n_chosen),
        n_chosen,
        len(points),
        contents.selection.exit_cost,
        last.cost if last else 0,
        last.value if last else 0.0,
        value,
        budget,
        is_within,
    )


def _thinned(points: Sequence[CutPoint], n_chosen: int) -> tuple[CutPoint, ...]:
    """Some of the points, evenly, with the last of each part: a curve needs no more."""
    step = max(1, -(-len(points) // (MAX_CUT_POINTS - 2)))
    kept = {len(points) - 1, *range(step - 1, len(points), step)}
    if n_chosen:
        kept.add(n_chosen - 1)
    return tuple(points[i] for i in sorted(kept))


def _money_in_budgets(contents: RunContents) -> tuple[Cents, int | None, bool]:
    """What each row takes of the budgets together, what there is, and whether by period."""
    costs, uses = contents.costs, contents.selection.budgets
    if not uses:
        return costs.counted, None, False
    totals = [use for use in uses if use.period is None]
    if totals:
        whole = [use.budget for use in totals if use.kind is None]
        return costs.counted, sum(whole or [use.budget for use in totals]), False
    limits = _limits(contents)
    money: Cents = np.zeros(len(costs.keys), dtype=np.int64)
    for limit in limits:
        money += costs.to_go[:, limit.positions][:, :, limit.kinds].sum(axis=(1, 2))
    return money, sum(limit.budget for limit in limits), True


@dataclass(frozen=True)
class _Limit:
    """A budget, the plan's months and the positions of the kinds that it has to pay. [cents]"""

    positions: range
    kinds: list[int]
    budget: int


def _limits(contents: RunContents) -> list[_Limit]:
    """The budgets of each period once: those without a kind where there are any, else the kinds."""
    costs, uses = contents.costs, contents.selection.budgets
    found = []
    for period in dict.fromkeys(use.period for use in uses):
        if period is None:
            continue
        positions = costs.months.positions(period)
        own = [use for use in uses if use.period == period]
        for use in [use for use in own if use.kind is None] or own:
            paid = use.kinds or (costs.kinds if use.kind is None else (use.kind,))
            kinds = [k for k, kind in enumerate(costs.kinds) if kind in paid]
            found.append(_Limit(positions, kinds, use.budget))
    return found


@dataclass(frozen=True)
class YearSpend:
    """What the portfolio spends in a fiscal year. [cents]

    Attributes
    ----------
    by_kind
        In the order of `Spend.kinds`.
    budget
        None where no budget covers the year's months.
    counted
        What of the spend that budget has to pay.
    """

    label: str
    by_kind: tuple[int, ...]
    budget: int | None
    counted: int

    @property
    def total(self) -> int:
        """Of all kinds. [cents]"""
        return sum(self.by_kind)


@dataclass(frozen=True)
class Spend:
    """Spend by fiscal year and kind after projects moved, with what stopping costs.

    Attributes
    ----------
    limited_kinds
        The kinds that budgets name, where no budget covers the others; empty where all are.
    outside
        Money of the portfolio that lies in no month of the plan. [cents]
    """

    kinds: tuple[str, ...]
    years: tuple[YearSpend, ...]
    limited_kinds: tuple[str, ...]
    outside: int


def spend_by_year(contents: RunContents) -> Spend | None:
    """What the portfolio spends in each fiscal year; None without a portfolio."""
    selection, costs = contents.selection, contents.costs
    if not selection.decisions:
        return None
    chosen_keys = {decision.key for decision in selection.decisions if decision.is_chosen}
    chosen = np.array([key in chosen_keys for key in costs.keys], dtype=bool)
    to_go, undated = _after_moves(contents)
    by_month: Cents = to_go[chosen].sum(axis=0)
    kinds = [kind if kind != NO_KIND else NOT_SPLIT for kind in costs.kinds]
    limits = _limits(contents)
    years: list[tuple[str, list[int], int | None, int]] = []
    for n, (year, span) in enumerate(costs.months.years):
        by_kind = [int(cents) for cents in by_month[span.start : span.stop].sum(axis=0)]
        exit_cost = selection.exit_cost if n == 0 else 0
        budget, counted = _year_budget(limits, span, by_month)
        years.append((year.label, [*by_kind, exit_cost], budget, counted + exit_cost))
    kinds.append(EXIT_COST)
    order = _kinds_shown([row for _, row, _, _ in years], len(kinds) - 1)
    other = [k for k in range(len(kinds) - 1) if k not in order]
    shown = [kinds[k] for k in order] + [OTHER_KINDS] * bool(other)
    shown += [EXIT_COST] * bool(selection.exit_cost)
    rows = []
    for label, row, budget, counted in years:
        amounts = [row[k] for k in order] + [sum(row[k] for k in other)] * bool(other)
        amounts += [row[-1]] * bool(selection.exit_cost)
        rows.append(YearSpend(label, tuple(amounts), budget, counted))
    while rows and not rows[-1].total and not rows[-1].budget:
        rows.pop()
    return Spend(
        tuple(shown), tuple(rows), _limited_kinds(contents, limits), int(undated[chosen].sum())
    )


def _kinds_shown(rows: Sequence[Sequence[int]], n_kinds: int) -> list[int]:
    """The kinds with money, the largest of them where there are too many; in their own order."""
    totals = [sum(abs(row[k]) for row in rows) for k in range(n_kinds)]
    there = [k for k in range(n_kinds) if totals[k]] or list(range(min(n_kinds, 1)))
    if len(there) > MAX_KINDS:
        there = sorted(sorted(there, key=lambda k: (-totals[k], k))[: MAX_KINDS - 1])
    return there


def _limited_kinds(contents: RunContents, limits: Sequence[_Limit]) -> tuple[str, ...]:
    """The kinds that budgets pay, where there is money of kinds that none pays."""
    costs = contents.costs
    paid = {k for limit in limits for k in limit.kinds}
    spent = {k for k in range(len(costs.kinds)) if costs.to_go[:, :, k].any()}
    if not paid or spent <= paid:
        return ()
    return tuple(costs.kinds[k] for k in sorted(paid))


def _year_budget(limits: Sequence[_Limit], span: range, by_month: Cents) -> tuple[int | None, int]:
    """The budget of a fiscal year and the spend that it pays.

    The budget is None unless the periods of budgets cover the year's months, and none of them
    crosses into another year: such a budget cannot be split between the two.
    """
    inside = [
        limit
        for limit in limits
        if limit.positions.start < span.stop and limit.positions.stop > span.start
    ]
    covered = {t for limit in inside for t in limit.positions}
    counted = sum(
        int(by_month[limit.positions][:, limit.kinds].sum())
        for limit in inside
        if set(limit.positions) <= set(span)
    )
    return (sum(limit.budget for limit in inside), counted) if covered == set(span) else (None, 0)


def _after_moves(contents: RunContents) -> tuple[Cents, Cents]:
    """The cost table's money in the months in which it falls after projects moved."""
    shifts = {plan.key: plan.months_moved for plan in contents.plan.projects}
    return moved_costs(contents.costs, shifts)


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


@dataclass(frozen=True)
class Largest:
    """The projects of most cost: the chosen first, then by cost.

    Attributes
    ----------
    sizes
        What the bubbles are as large as: the benefit where each has one, else the cost to go.
        [cents]
    sized_by
        "benefit" or "cost to go".
    """

    projects: tuple[Candidate, ...]
    sizes: tuple[int, ...]
    sized_by: str


def largest_projects(contents: RunContents) -> Largest | None:
    """The largest projects that have a cost and a value; None where there are none."""
    found = [c for c in candidates(contents) if c.cost > 0 and c.value is not None]
    found = sorted(found, key=lambda c: (-c.cost, c.key.label, c.row))[:MAX_LARGEST]
    if not found:
        return None
    found.sort(key=lambda c: not c.is_chosen)
    benefits: dict[ProjectKey, float | None] = {
        project.key: project.benefit for project in reversed(contents.portfolio.projects)
    }
    earned = [benefits.get(c.key) or 0.0 for c in found]
    if all(benefit > 0 for benefit in earned):
        return Largest(tuple(found), tuple(round(100 * b) for b in earned), "benefit")
    return Largest(tuple(found), tuple(c.cost for c in found), "cost to go")
