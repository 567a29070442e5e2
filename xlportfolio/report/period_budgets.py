"""The budgets of periods, each once, with the months and kinds of cost that it pays."""

from __future__ import annotations

from dataclasses import dataclass

from xlportfolio.report.contents import RunContents


@dataclass(frozen=True)
class PeriodBudget:
    """A budget, the plan's months and the positions of the kinds that it has to pay. [cents]"""

    positions: range
    kinds: list[int]
    budget: int


def period_budgets(contents: RunContents) -> list[PeriodBudget]:
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
            found.append(PeriodBudget(positions, kinds, use.budget))
    return found
