"""Cost, budgets and value: what the tables say against what the results count."""

from __future__ import annotations

from math import fsum

import numpy as np
from numpy.typing import NDArray

from xlportfolio.costing.answer import CostTable
from xlportfolio.lifecycle import ended_because
from xlportfolio.money import to_cents
from xlportfolio.reconciliation.answer import LeftOut, ReconciledLine
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import Selection
from xlportfolio.selection.budget_limits import BudgetChange, budget_spans, outside_the_plan
from xlportfolio.tables import Portfolio

_NOT_IN = {
    "Defer": "Projects that are deferred.",
    "Stop": "Projects that are stopped.",
    "Not funded": "Projects that are not funded.",
    "": "Projects on which nothing was decided.",
}


def cost_lines(
    portfolio: Portfolio, costs: CostTable, selection: Selection
) -> list[ReconciledLine]:
    """The cost of the table against what counts, and that against the proposed portfolio.

    Parameters
    ----------
    portfolio
        As its tables say.
    costs
        What counts of them.
    selection
        The proposed portfolio.
    """
    given = sum(to_cents(one.amount) for project in portfolio.projects for one in project.cost)
    counted = int(costs.to_go.sum() + costs.undated.sum())
    adjusted = [] if costs.adjusted is None else costs.adjusted.tolist()
    left_out = [
        (int(costs.sunk.sum()), "Money that is spent, or lies before the plan begins."),
        (sum(costs.ended_cost), "Projects that are closed, cancelled or complete."),
        (
            -sum(cents for cents in adjusted if cents < 0),
            "What profiles have above the cost to go that is stated for work in flight.",
        ),
        (
            -sum(cents for cents in adjusted if cents > 0),
            "Added by a cost to go or a forecast above the cost of the table.",
        ),
    ]
    lines = [
        ReconciledLine(
            "projects",
            "cost",
            "money",
            given,
            counted,
            tuple((cents, why) for cents, why in left_out if cents),
        )
    ]
    if selection.decisions:
        lines += _chosen_lines(costs, selection)
    return lines


def _chosen_lines(costs: CostTable, selection: Selection) -> list[ReconciledLine]:
    decided = {one.key: one for one in selection.decisions}
    chosen = np.array([key in decided and decided[key].is_chosen for key in costs.keys], dtype=bool)
    reasons = [decided[key].decision if key in decided else "" for key in costs.keys]

    def line(what: str, cents: NDArray[np.int64], used: int) -> ReconciledLine:
        left_out = [
            (
                int(
                    cents[
                        [not c and r == reason for c, r in zip(chosen, reasons, strict=True)]
                    ].sum()
                ),
                sentence,
            )
            for reason, sentence in _NOT_IN.items()
        ]
        given = int(cents.sum())
        kept = tuple((amount, why) for amount, why in left_out if amount)
        return ReconciledLine("projects", what, "money", given, used, kept)

    lines = [line("cost to come", costs.counted, selection.total_cost)]
    for year, positions in costs.months.years:
        for k, kind in enumerate(costs.kinds):
            cents = costs.to_go[:, positions.start : positions.stop, k].sum(axis=1)
            if cents.any():
                what = f"cost to come, {kind or 'not split'} {year.label}"
                lines.append(line(what, cents, int(cents[chosen].sum())))
    for k, kind in enumerate(costs.kinds):
        cents = costs.undated[:, k]
        if cents.any():
            what = f"cost to come, {kind or 'not split'}, in no month of the plan"
            lines.append(line(what, cents, int(cents[chosen].sum())))
    if costs.exit_cost.any() and selection.status != "skipped":
        goes_on = int(costs.exit_cost[chosen].sum())
        given = int(costs.exit_cost.sum())
        spared = ((goes_on, "Work that goes on."),) if goes_on else ()
        lines.append(
            ReconciledLine("projects", "exit cost", "money", given, selection.exit_cost, spared)
        )
    return lines


def value_lines(portfolio: Portfolio, scores: Scores, selection: Selection) -> list[ReconciledLine]:
    """The value or score of all projects against that of the proposed portfolio.

    Parameters
    ----------
    portfolio
        As its tables say.
    scores
        The scores, where the projects have no value.
    selection
        The proposed portfolio.
    """
    if not selection.decisions or selection.status == "skipped":
        return []
    if selection.value_name == "value":
        worth = {
            project.key: project.value
            for project in portfolio.projects
            if ended_because(project) is None
        }
    else:
        worth = {one.key: one.score for one in scores.projects}
    decided = {one.key: one for one in selection.decisions}
    left_out = []
    for decision, why in _NOT_IN.items():
        amount = fsum(
            value
            for key, value in worth.items()
            if value is not None
            and (decided[key].decision if key in decided else "") == decision
            and not (key in decided and decided[key].is_chosen)
        )
        if amount:
            left_out.append((amount, why))
    given = fsum(value for value in worth.values() if value is not None)
    return [
        ReconciledLine(
            "projects",
            selection.value_name,
            "value",
            given,
            selection.total_value,
            tuple(left_out),
        )
    ]


def budget_lines(
    portfolio: Portfolio, costs: CostTable, selection: Selection, budget: BudgetChange | None
) -> list[ReconciledLine]:
    """The budgets of the table against the limits of the selection.

    Parameters
    ----------
    portfolio
        As its tables say.
    costs
        The months of the plan.
    selection
        Its budgets.
    budget
        Other money that it was given.
    """
    if not portfolio.budgets or not selection.budgets:
        return []
    spans, _, _ = budget_spans(portfolio, costs, budget=budget)
    sums = {(one.name, one.period, one.kind) for one in spans if one.is_sum}
    used = sum(
        one.budget for one in selection.budgets if (one.name, one.period, one.kind) not in sums
    )
    outside = {"past": 0, "beyond": 0}
    given = 0
    for one in portfolio.budgets:
        given += to_cents(one.budget)
        where = outside_the_plan(one, costs.months)
        if where is not None:
            outside[where] += to_cents(one.budget)
    left_out: list[LeftOut] = [
        (outside["past"], "Budgets for before the plan begins."),
        (outside["beyond"], "Budgets for what is no period of the plan."),
    ]
    if budget is not None:
        table, _, _ = budget_spans(portfolio, costs)
        whole = sum(one.amount for one in table if not one.is_sum)
        changed = sum(one.amount for one in spans if not one.is_sum)
        left_out.append((whole - changed, "The difference to the money that this run was given."))
    return [
        ReconciledLine(
            "budgets",
            "budget",
            "money",
            given,
            used,
            tuple((cents, why) for cents, why in left_out if cents),
        )
    ]
