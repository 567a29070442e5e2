"""What a run found on a portfolio of any size, by rule, for the sheets that must stay readable."""

from __future__ import annotations

from datetime import date

import numpy as np

from xlportfolio.comparison import Comparison
from xlportfolio.costing import CostTable
from xlportfolio.levelling.answer import Plan, ProjectPlan
from xlportfolio.plan_calendar import PlanMonths, first_day, month_number, moved
from xlportfolio.reconciliation import Reconciliation
from xlportfolio.records import Project, ProjectKey, Settings
from xlportfolio.report.contents import RunContents
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import BudgetUse, Decision, ProjectDecision, Selection
from xlportfolio.tables import Portfolio

WORDS = ("Pumping station", "Sewer relining", "Reservoir", "Telemetry", "Treatment works", "Main")
TOWNS = ("Ashby", "Barrowden", "Coldwell", "Dunmere", "Elmham", "Fenwick", "Grantley")


def large_contents(
    n_projects: int, n_months: int, n_roles: int, *, seed: int = 1, over: int = 0
) -> RunContents:
    """A portfolio by rule: every third project is left out, every tenth deferred.

    Parameters
    ----------
    n_projects, n_months, n_roles
        Its size; a project takes 9 to 29 months.
    seed
        Of costs, values, dates and people.
    over
        What the second year spends above its budget. [cents]
    """
    rng = np.random.default_rng(seed)
    months = PlanMonths(month_number(date(2026, 4, 1)), n_months, 4)
    keys = tuple(ProjectKey(f"P-{i + 1:04d}") for i in range(n_projects))
    to_go = np.zeros((n_projects, n_months, 2), dtype=np.int64)
    undated = np.zeros((n_projects, 2), dtype=np.int64)
    projects, decisions, plans = [], [], []
    chosen = np.zeros(n_projects, dtype=bool)
    for i, key in enumerate(keys):
        first = int(rng.integers(0, max(n_months - 9, 1)))
        length = int(rng.integers(9, 30))
        monthly = int(rng.lognormal(0, 0.8) * 40_000) * 100
        last = min(first + length, n_months)
        to_go[i, first:last, 0] = monthly
        to_go[i, first:last, 1] = monthly // 9
        undated[i, 0] = monthly * (first + length - last)
        start = first_day(months.first + first)
        finish = moved(start, length)
        name = f"{WORDS[i % len(WORDS)]} {TOWNS[i * 3 % len(TOWNS)]}"
        value = round(float(rng.lognormal(0, 0.5)) * (monthly * length) ** 0.5 / 1000, 2)
        word: Decision = "Start" if i % 4 else "Continue"
        if i % 10 == 9:
            word = "Defer"
        elif i % 3 == 2:
            word = "Not funded"
        chosen[i] = word in ("Start", "Continue")
        projects.append(
            Project(
                project_id=key.project_id,
                name=name,
                programme=f"Programme {i % 9 + 1}",
                start=start,
                finish=finish,
                value=value,
            )
        )
        cost = int(to_go[i].sum() + undated[i].sum())
        later = moved(start, 6) if word == "Defer" else None
        decisions.append(
            ProjectDecision(key, word, "By rule.", bool(chosen[i]), "firm", value, cost, later)
        )
        if chosen[i]:
            months_moved = i % 5 if word == "Start" else 0
            plans.append(
                ProjectPlan(
                    key,
                    start,
                    finish,
                    moved(start, months_moved),
                    moved(finish, months_moved),
                    months_moved,
                )
            )
    zeros = np.zeros(n_projects, dtype=np.int64)
    costs = CostTable(
        keys,
        months,
        ("Capex", "Opex"),
        to_go,
        undated,
        zeros,
        zeros,
        (True,) * n_projects,
        tuple(decision.decision == "Continue" for decision in decisions),
        tuple("active" if decision.decision == "Continue" else "" for decision in decisions),
    )
    budgets = []
    for n, (year, span) in enumerate(months.years):
        used = int(to_go[chosen][:, span.start : span.stop].sum())
        budget = 2 * used - over if n != 1 else used
        budgets.append(BudgetUse(f"budget {year.label}", year, None, budget, used))
    capacity = rng.uniform(10, 40, (n_roles, 1)) * np.ones((1, n_months))
    before = capacity * rng.uniform(0.4, 1.25, (n_roles, n_months))
    after = np.minimum(before, capacity * rng.uniform(0.95, 1.05, (n_roles, n_months)))
    short = [float(np.maximum(need - capacity, 0).sum()) for need in (before, after)]
    return RunContents(
        workbook="Large portfolio.xlsx",
        version="0.4.0",
        portfolio=Portfolio(
            projects=tuple(projects),
            settings=Settings(
                currency="GBP",
                unit="thousands",
                price_base="2026/27",
                fiscal_first_month=4,
                status_date=date(2026, 5, 31),
            ),
        ),
        costs=costs,
        scores=Scores("skipped", "There is no table of criteria."),
        selection=Selection(
            "feasible",
            value_name="value",
            decisions=tuple(decisions),
            total_value=sum(d.value or 0.0 for d in decisions if d.is_chosen),
            total_cost=sum(d.cost for d in decisions if d.is_chosen),
            gap=0.004,
            budgets=tuple(budgets),
        ),
        plan=Plan(
            "feasible",
            projects=tuple(plans),
            roles=tuple(f"Role {r + 1}" for r in range(n_roles)),
            months=months,
            capacity=capacity,
            before=before,
            after=after,
            shortfall_before=short[0],
            shortfall_after=short[1],
        ),
        comparison=Comparison(),
        reconciliation=Reconciliation(),
    )
