"""What the portfolio spends in each fiscal year, by kind, and its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.costing import NO_KIND
from xlportfolio.levelling.moved_costs import moved_costs
from xlportfolio.money import Cents
from xlportfolio.report.contents import RunContents
from xlportfolio.report.period_budgets import PeriodBudget, period_budgets

MAX_KINDS = 5
OTHER_KINDS, NOT_SPLIT, EXIT_COST = "Other kinds", "Not split by kind", "Exit cost"


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
    limits = period_budgets(contents)
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


def _limited_kinds(contents: RunContents, limits: Sequence[PeriodBudget]) -> tuple[str, ...]:
    """The kinds that budgets pay, where there is money of kinds that none pays."""
    costs = contents.costs
    paid = {k for limit in limits for k in limit.kinds}
    spent = {k for k in range(len(costs.kinds)) if costs.to_go[:, :, k].any()}
    if not paid or spent <= paid:
        return ()
    return tuple(costs.kinds[k] for k in sorted(paid))


def _year_budget(
    limits: Sequence[PeriodBudget], span: range, by_month: Cents
) -> tuple[int | None, int]:
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
