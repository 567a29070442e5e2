"""Demand: the FTE months of the table against those of the plan as it stands now."""

from __future__ import annotations

from xlportfolio.costing.answer import CostTable
from xlportfolio.costing.timeline import Span, project_span
from xlportfolio.levelling.answer import Plan
from xlportfolio.levelling.people import needed_months
from xlportfolio.reconciliation.answer import ReconciledLine
from xlportfolio.tables import Portfolio

_REASONS = {
    "ended": "Projects that are closed, cancelled or complete.",
    "not in": "Projects that are not in the plan.",
    "no date": "People counted from a start that is not known.",
    "before": "People needed before the plan begins.",
    "after": "People needed after the last month of the plan.",
}


def demand_lines(portfolio: Portfolio, costs: CostTable, plan: Plan) -> list[ReconciledLine]:
    """The FTE months of the demand table against those of the plan before levelling.

    Parameters
    ----------
    portfolio
        As its tables say.
    costs
        Which projects have ended.
    plan
        Nothing is reconciled where it was skipped.

    Notes
    -----
    FTE of a period hold in each of its months, FTE without a period in each month of the project;
    what no date places counts as one month.
    """
    if plan.status == "skipped" or plan.before is None or plan.months is None:
        return []
    planned = {one.key.project_id: one.key for one in plan.projects}
    going = {key.project_id for key in costs.keys}
    spans: dict[str, Span] = {}
    for project in portfolio.projects:
        key = project.key
        if planned.get(project.project_id, key) == key:
            spans.setdefault(project.project_id, project_span(project))
    fiscal = portfolio.settings.fiscal_first_month
    given = 0.0
    left_out = dict.fromkeys(_REASONS, 0.0)
    for row in portfolio.demand:
        months = needed_months(row.period, spans[row.project_id], fiscal)
        n = 1 if months is None else len(months)
        given += row.demand * n
        if row.project_id not in going:
            left_out["ended"] += row.demand * n
        elif row.project_id not in planned:
            left_out["not in"] += row.demand * n
        elif months is None:
            left_out["no date"] += row.demand
        else:
            first, last = plan.months.first, plan.months.last
            before = len(range(months.start, min(months.stop, first)))
            after = len(range(max(months.start, last + 1), months.stop))
            left_out["before"] += row.demand * before
            left_out["after"] += row.demand * after
    return [
        ReconciledLine(
            "demand",
            "FTE months",
            "fte",
            given,
            float(plan.before.sum()),
            tuple((fte, _REASONS[why]) for why, fte in left_out.items() if fte),
        )
    ]
