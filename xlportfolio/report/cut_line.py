"""What the money buys: cost against value in funding order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.money import Cents
from xlportfolio.report.candidates import candidates
from xlportfolio.report.contents import RunContents
from xlportfolio.report.period_budgets import period_budgets

MAX_CUT_POINTS = 40


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
    limits = period_budgets(contents)
    money: Cents = np.zeros(len(costs.keys), dtype=np.int64)
    for limit in limits:
        money += costs.to_go[:, limit.positions][:, :, limit.kinds].sum(axis=(1, 2))
    return money, sum(limit.budget for limit in limits), True
