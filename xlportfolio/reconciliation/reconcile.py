"""Set every input table against what the results made of it."""

from __future__ import annotations

from collections.abc import Mapping

from xlportfolio.costing.answer import CostTable
from xlportfolio.levelling.answer import Plan
from xlportfolio.reconciliation.answer import Reconciliation
from xlportfolio.reconciliation.money import budget_lines, cost_lines, value_lines
from xlportfolio.reconciliation.people import demand_lines
from xlportfolio.reconciliation.ratings import rating_lines
from xlportfolio.reconciliation.rows import row_lines
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import Selection
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.tables import Portfolio

_TABLES = (
    "projects",
    "criteria",
    "ratings",
    "budgets",
    "categories",
    "links",
    "capacity",
    "demand",
)


def reconcile(
    portfolio: Portfolio,
    costs: CostTable,
    scores: Scores,
    selection: Selection,
    plan: Plan,
    *,
    rows_given: Mapping[str, int],
    budget: BudgetChange | None = None,
) -> Reconciliation:
    """Count and sum every input table, and the same in the results.

    Parameters
    ----------
    portfolio
        As its tables say, with the problems that left rows out.
    costs, scores, selection, plan
        What the steps made of it; those that were skipped are not reconciled.
    rows_given
        Rows of each canonical table in the workbook; of the projects without those of further
        tables that only add columns.
    budget
        Other money that the selection was given.

    Notes
    -----
    Both sides are summed from their own source, the tables on one and the answers on the other, so
    that a project that gets lost on the way shows as a difference that nothing explains.
    """
    lines = [
        *row_lines(portfolio, costs, scores, selection, rows_given),
        *cost_lines(portfolio, costs, selection),
        *value_lines(portfolio, scores, selection),
        *rating_lines(portfolio, scores),
        *budget_lines(portfolio, costs, selection, budget),
        *demand_lines(portfolio, costs, plan),
    ]
    lines.sort(key=lambda line: _TABLES.index(line.table))
    return Reconciliation(tuple(lines))
