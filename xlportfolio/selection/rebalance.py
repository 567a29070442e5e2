"""Rebalancing: from the tables of a portfolio to a decision for each project, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection

from xlportfolio.costing.answer import CostTable
from xlportfolio.defaults import EFFORT
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import ProjectDecision, Selection
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.selection.build import (
    BuiltModel,
    budget_uses,
    build_model,
    category_uses,
    why_no_selection,
)
from xlportfolio.selection.conflicts import find_conflicts
from xlportfolio.selection.deferral import defer
from xlportfolio.selection.explain import explain
from xlportfolio.selection.model import Choice
from xlportfolio.selection.solve import DEFAULT_EFFORT, Solved, solve_selection
from xlportfolio.selection.standing import Standings, standings
from xlportfolio.tables import Portfolio

_STANDING_SHARE = 0.25
"""Of the time and effort of the choice, what each of the two others may take that it is compared
with."""


def rebalance(
    portfolio: Portfolio,
    costs: CostTable,
    scores: Scores | None,
    *,
    free: Collection[str] = (),
    budget: BudgetChange | None = None,
    effort: float = EFFORT,
    should_stop: Callable[[], bool] | None = None,
    time_limit: float | None = None,
) -> Selection:
    """Propose the portfolio of most value within every limit, with a reason for each decision.

    Parameters
    ----------
    portfolio
        As its tables say.
    costs
        What each row costs.
    scores
        What a row is worth where no project has a value of its own.
    free
        IDs of projects in flight that may be stopped; "all" for every one.
    budget
        Other money than the budgets say.
    effort
        How long to search, 2 twice as long as 1; the same effort gives the same answer.
    should_stop
        Asked between the stages; the best so far is the answer once it says so.
    time_limit
        When to give up a stage. [s]

    Returns
    -------
    Selection
        With status "skipped" where there is nothing to choose by, and "infeasible" where the
        limits cannot hold together, each with the reason.

    Raises
    ------
    InputError
        If `free` names no project of the portfolio.
    """
    why = why_no_selection(portfolio, scores, budget=budget)
    if why:
        return Selection("skipped", why)
    built = build_model(portfolio, costs, scores, free=free, budget=budget)
    nodes = max(1, round(effort * DEFAULT_EFFORT))
    solved = solve_selection(
        built.model, effort=nodes, should_stop=should_stop, time_limit=time_limit
    )
    currency = portfolio.settings.currency
    if solved.chosen is None:
        return _infeasible(built, solved, currency)
    standing = Standings((None,) * len(built.model.keys), (_stopped(solved),))
    if not solved.was_stopped:
        standing = standings(
            built.model,
            solved.chosen,
            effort=max(1, round(nodes * _STANDING_SHARE)),
            should_stop=should_stop,
            time_limit=None if time_limit is None else time_limit * _STANDING_SHARE,
        )
    decisions = _decisions(costs, built, solved.chosen, standing, currency)
    model, chosen = built.model, solved.chosen
    return Selection(
        status="optimal" if solved.status == "optimal" else "feasible",
        value_name=model.value_name,
        decisions=decisions,
        total_value=solved.value,
        total_cost=int(model.cost[chosen].sum()),
        exit_cost=int(model.exit_cost[~chosen].sum()),
        gap=solved.gap,
        budgets=budget_uses(model, chosen),
        categories=category_uses(model, chosen),
        freed=built.freed,
        cautions=(*built.cautions, *standing.cautions),
        notes=(*built.notes, *standing.notes),
    )


def _stopped(solved: Solved) -> str:
    equal = " of equal value" if solved.status == "optimal" else ""
    return (
        f"Time ended the search: another run may propose another portfolio{equal}, and it is not "
        "said which decisions are firm and which marginal."
    )


def _infeasible(built: BuiltModel, solved: Solved, currency: str | None) -> Selection:
    conflicts: tuple[str, ...] = ()
    if solved.was_stopped:
        why = "No portfolio within every limit was found in the time given: allow more time."
    else:
        conflicts = find_conflicts(built.model, currency=currency)
        why = "No portfolio keeps every limit: some of them cannot hold together."
    return Selection(
        "infeasible",
        why,
        value_name=built.model.value_name,
        conflicts=conflicts,
        freed=built.freed,
        cautions=built.cautions,
        notes=built.notes,
    )


def _decisions(
    costs: CostTable,
    built: BuiltModel,
    chosen: Choice,
    standing: Standings,
    currency: str | None,
) -> tuple[ProjectDecision, ...]:
    """A decision for each row, those that the money left over carries later among them."""
    model = built.model
    explained = explain(
        model,
        chosen,
        in_flight=costs.is_in_flight,
        in_flight_because=costs.in_flight_because,
        is_cost_known=costs.is_known,
        currency=currency,
    )
    deferrals = defer(model, chosen, explained, costs, built.spans, built.projects)
    deferred = {one.row: one for one in deferrals}
    decisions = []
    for row, (key, told) in enumerate(zip(model.keys, explained, strict=True)):
        later = deferred.get(row)
        decisions.append(
            ProjectDecision(
                key=key,
                decision="Defer" if later else told.decision,
                reason=later.reason if later else told.reason,
                is_chosen=bool(chosen[row]),
                standing=standing.rows[row],
                value=float(model.values[row]) if model.has_value[row] else None,
                cost=int(model.cost[row]),
                defer_to=later.defer_to if later else None,
            )
        )
    return tuple(decisions)
