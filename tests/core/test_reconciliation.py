"""Every input against the results: what is left out is explained, and what is lost shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.hand_money import APRIL, WORKED_EXAMPLE, money
from tests.core.source_tables import COST, column, projects, table
from tests.core.test_costing import random_projects
from xlportfolio.costing import cost_table
from xlportfolio.levelling.answer import Plan, ProjectPlan
from xlportfolio.levelling.level import level
from xlportfolio.operations.reading import read_portfolio
from xlportfolio.periods import Period, parse_period
from xlportfolio.plan_calendar import PlanMonths, month_number
from xlportfolio.reconciliation import ReconciledLine, Reconciliation, reconcile
from xlportfolio.records import (
    PRIOR,
    Amount,
    Budget,
    Category,
    Criterion,
    Demand,
    Project,
    ProjectKey,
    Rating,
)
from xlportfolio.scoring.answer import Scores
from xlportfolio.scoring.portfolio import score_portfolio
from xlportfolio.selection.answer import (
    BudgetUse,
    CategoryUse,
    Decision,
    ProjectDecision,
    Selection,
)
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.selection.rebalance import rebalance
from xlportfolio.tables import Portfolio, read_tables
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import open_workbook

NO_SCORES = Scores("skipped")
NO_SELECTION = Selection("skipped")
NO_PLAN = Plan("skipped")


def project(project_id: str, *cost: Amount, **fields: object) -> Project:
    return Project(project_id=project_id, name=f"Scheme {project_id}", cost=cost, **fields)  # type: ignore[arg-type]


def reconciled(
    portfolio: Portfolio,
    scores: Scores = NO_SCORES,
    selection: Selection = NO_SELECTION,
    plan: Plan = NO_PLAN,
    rows_given: Mapping[str, int] | None = None,
    budget: BudgetChange | None = None,
) -> Reconciliation:
    return reconcile(
        portfolio,
        cost_table(portfolio),
        scores,
        selection,
        plan,
        rows_given=rows_given or {},
        budget=budget,
    )


def line(found: Reconciliation, table: str, what: str) -> ReconciledLine:
    (only,) = [one for one in found.lines if (one.table, one.what) == (table, what)]
    return only


def decided(*decisions: tuple[str, Decision, int], **fields: object) -> Selection:
    """A portfolio: ID, decision and cost in cents of each row."""
    made = tuple(
        ProjectDecision(
            key=ProjectKey(project_id),
            decision=decision,
            reason="",
            is_chosen=decision in ("Continue", "Start"),
            standing=None,
            value=None,
            cost=cents,
        )
        for project_id, decision, cents in decisions
    )
    total = sum(one.cost for one in made if one.is_chosen)
    given: dict[str, object] = {"decisions": made, "total_cost": total, **fields}
    return Selection("optimal", **given)  # type: ignore[arg-type]


SEVERAL = Portfolio(
    (
        # 100 sunk, 100 to come, of which the cost to go leaves 80.
        project(
            "P1", money(100, None, PRIOR), money(100, "2026-05", "Capex"),
            lifecycle="active", cost_to_go=80, exit_cost=5, value=4.0,
        ),
        project("P2", money(70, "2027-05", "Capex"), value=3.0),
        project("P3", money(30.07, "2026-05", "Opex"), value=0.5),
        project("P4", money(11), lifecycle="closed", value=9.0),
        project("P5", forecast_cost=6, start=date(2026, 6, 1), finish=date(2026, 6, 30)),
    ),
    settings=APRIL,
)  # fmt: skip


def test_cost_of_the_table_is_explained_to_the_cent() -> None:
    cost = line(reconciled(SEVERAL), "projects", "cost")
    # 200 + 70 + 30.07 + 11 = 311.07; 80 + 70 + 30.07 + 6 = 186.07 count.
    assert (cost.given, cost.used) == (31_107, 18_607)
    assert cost.left_out == (
        (10_000, "Money that is spent, or lies before the plan begins."),
        (1_100, "Projects that are closed, cancelled or complete."),
        (2_000, "What profiles have above the cost to go that is stated for work in flight."),
        (-600, "Added by a cost to go or a forecast above the cost of the table."),
    )
    assert cost.difference == 0


def test_cost_that_counts_is_in_the_proposed_portfolio_or_out_of_it() -> None:
    selection = decided(
        ("P1", "Continue", 8_000),
        ("P2", "Not funded", 7_000),
        ("P3", "Start", 3_007),
        ("P5", "Defer", 600),
        total_value=4.5,
        value_name="value",
    )
    found = reconciled(SEVERAL, selection=selection)
    assert found.is_exact
    whole = line(found, "projects", "cost to come")
    assert (whole.given, whole.used) == (18_607, 11_007)
    assert whole.left_out == (
        (600, "Projects that are deferred."),
        (7_000, "Projects that are not funded."),
    )
    by_year = {
        one.what.removeprefix("cost to come, "): (one.given, one.used)
        for one in found.lines
        if one.what.startswith("cost to come, ")
    }
    assert by_year == {
        "Capex 2026/27": (8_000, 8_000),
        "Opex 2026/27": (3_007, 3_007),
        "not split 2026/27": (600, 0),
        "Capex 2027/28": (7_000, 0),
    }
    assert line(found, "projects", "exit cost").left_out == ((500, "Work that goes on."),)
    value = line(found, "projects", "value")
    # The closed project's 9 are no candidate; 4 + 3 + 0.5 are.
    assert (value.given, value.used) == (7.5, 4.5)
    assert value.left_out == ((3.0, "Projects that are not funded."),)


def test_project_without_a_decision_and_money_that_is_lost_show() -> None:
    selection = decided(("P1", "Continue", 8_000), ("P2", "Start", 7_000), ("P3", "Start", 3_007))
    found = reconciled(SEVERAL, selection=selection)
    whole = line(found, "projects", "cost to come")
    assert whole.left_out == ((600, "Projects on which nothing was decided."),)
    lost = replace(selection, total_cost=selection.total_cost - 1)
    found = reconciled(SEVERAL, selection=lost)
    assert line(found, "projects", "cost to come").difference == 1
    assert not found.is_exact


# Budgets


def test_budgets_are_those_of_the_table_but_for_what_no_plan_can_use() -> None:
    portfolio = replace(
        SEVERAL,
        budgets=(
            Budget(period=parse_period("FY2026/27"), kind="Capex", budget=50),
            Budget(period=parse_period("FY2026/27"), kind="Opex", budget=20),
            Budget(period=parse_period("2025"), budget=7),
            Budget(period=parse_period("M2"), budget=3),
        ),
    )
    year = Period("year", 2027, fiscal=True)
    uses = (
        BudgetUse("Capex budget 2026/27", year, "Capex", 5_000, 0),
        BudgetUse("Opex budget 2026/27", year, "Opex", 2_000, 0),
        BudgetUse("budget 2026/27", year, None, 7_000, 0),
    )
    found = reconciled(portfolio, selection=Selection("optimal", budgets=uses))
    assert line(found, "budgets", "budget") == ReconciledLine(
        "budgets",
        "budget",
        "money",
        8_000,
        7_000,
        (
            (700, "Budgets for before the plan begins."),
            (300, "Budgets for what is no period of the plan."),
        ),
    )
    total = (BudgetUse("total budget", None, None, 9_900, 0),)
    change = BudgetChange(total_cents=9_900)
    given = Selection("optimal", budgets=total)
    other = line(reconciled(portfolio, selection=given, budget=change), "budgets", "budget")
    assert other.left_out[-1] == (-2_900, "The difference to the money that this run was given.")
    assert other.difference == 0
    # Nobody said that the money is other: it shows.
    assert line(reconciled(portfolio, selection=given), "budgets", "budget").difference == -2_900


# Ratings, criteria and categories


def test_ratings_of_an_option_written_another_way_are_used() -> None:
    portfolio = Portfolio(
        (project("P1", money(1), option="Option  A"), project("P2", money(1))),
        criteria=(Criterion(criterion="Fit", weight=1),),
        ratings=(
            Rating(project_id="P1", option="option a", ratings={"Fit": 1.0}),
            Rating(project_id="P2", ratings={"Fit": 2.0}),
        ),
    )
    ratings = line(reconciled(portfolio, score_portfolio(portfolio)), "ratings", "ratings")
    assert (ratings.given, ratings.used, ratings.left_out) == (2, 2, ())


def test_ratings_that_no_score_rests_on_are_named() -> None:
    portfolio = Portfolio(
        (
            project("P1", money(1)),
            project("P2", money(1), lifecycle="cancelled"),
            project("P3", money(1), option="A"),
            project("P4", money(1)),
        ),
        criteria=(
            Criterion(criterion="Fit", weight=1),
            Criterion(criterion="Risk", weight=0),
            Criterion(criterion="fit", weight=2),
        ),
        ratings=(
            Rating(project_id="P1", ratings={"Fit": 1.0, "Risk": 2.0}),
            Rating(project_id="P1", ratings={"fit": 3.0, "Luck": 1.0}),
            Rating(project_id="P2", ratings={"Fit": 1.0}),
            Rating(project_id="P3", ratings={"Fit": 5.0}),
            Rating(project_id="P3", option="B", ratings={"Fit": 4.0}),
            Rating(project_id="P4", ratings={"Fit": None, "Risk": 3.0}),
        ),
    )
    found = reconciled(portfolio, score_portfolio(portfolio), rows_given={"criteria": 3})
    ratings = line(found, "ratings", "ratings")
    # Used are P1's two and P3's one; the blank is no rating.
    assert (ratings.given, ratings.used) == (8, 3)
    assert ratings.left_out == (
        (1, "Ratings of projects that are closed, cancelled or complete."),
        (3, "Ratings of no criterion with a weight: Risk and Luck."),
        (1, "Ratings of options that the projects do not have."),
    )
    scores = line(found, "projects", "scores")
    assert (scores.given, scores.used) == (3, 2)
    assert scores.left_out == ((1, "Too little is rated to score P4."),)
    criteria = line(found, "criteria", "rows")
    assert (criteria.given, criteria.used) == (3, 1)
    assert criteria.left_out == (
        (1, "Criteria without a weight above 0: Risk."),
        (1, "Criteria in a second row: fit."),
    )


def test_categories_count_once() -> None:
    portfolio = replace(
        SEVERAL, categories=(Category(category="Growth"), Category(category="growth"))
    )
    uses = (CategoryUse("Growth", 0, 0.0, None, None, None),)
    selection = Selection("optimal", categories=uses)
    rows = line(reconciled(portfolio, selection=selection, rows_given={"categories": 2}),
                "categories", "rows")  # fmt: skip
    assert (rows.given, rows.used) == (2, 1)
    assert rows.left_out == ((1, "Categories in a second row: growth."),)


# Rows


def test_rows_that_problems_leave_out_are_counted_by_problem() -> None:
    portfolio = read_tables(
        [
            projects(
                COST,
                column("lifecycle"),
                rows=[(1.0, "closed"), (2.0, None), (3.0, "done"), (4.0, None)],
            ),
            table(
                "demand",
                column("project_id", "ID"),
                column("role"),
                column("demand", "FTE"),
                rows=[("P2", "PM", 1.0), ("X1", "PM", 1.0), ("X2", "PM", 1.0), ("P4", None, 1.0)],
            ),
            table(
                "links",
                column("from"),
                column("to"),
                column("type"),
                rows=[
                    ("P1", "P2", "Requires"),
                    ("P1", "X3", "Requires"),
                    ("P2", "P1", "Requires"),
                    ("P2", "P4", "related"),
                    ("P3", "P4", "related"),
                ],
            ),
        ]
    )
    found = reconciled(portfolio, rows_given={"projects": 4, "demand": 4, "links": 5})
    rows = line(found, "projects", "rows")
    assert (rows.given, rows.used) == (4, 2)
    assert rows.left_out == ((2, "Projects that are closed: P1 and P3."),)
    demand = line(found, "demand", "rows")
    assert (demand.given, demand.used) == (4, 1)
    assert [n for n, _ in demand.left_out] == [2, 1]
    assert demand.left_out[0][1] == (
        '2 rows ("X1, PM" and "X2, PM"): expected an ID of the projects table.'
    )
    assert demand.left_out[1][1] == "A row of the demand has no role."
    links = line(found, "links", "rows")
    assert (links.given, links.used, [n for n, _ in links.left_out]) == (5, 2, [1, 2])
    assert found.is_exact


def test_rows_without_what_they_need_are_left_out() -> None:
    portfolio = read_tables(
        [
            projects(COST, rows=[(1.0,)]),
            table(
                "criteria",
                column("criterion"),
                column("direction"),
                rows=[("Fit", "max"), ("Risk", "sideways"), ("Cost", "sideways"), (None, "min")],
            ),
            table(
                "budgets",
                column("period"),
                column("budget"),
                rows=[("2026", 10.0), ("soon", 20.0)],
            ),
        ]
    )
    found = reconciled(portfolio, rows_given={"criteria": 4, "budgets": 2})
    criteria, budgets = line(found, "criteria", "rows"), line(found, "budgets", "rows")
    assert (criteria.given, criteria.used, criteria.difference) == (4, 1, 0)
    assert (budgets.given, budgets.used, budgets.difference) == (2, len(portfolio.budgets), 0)


def test_row_is_left_out_once_and_only_for_what_it_cannot_do_without() -> None:
    links = table(
        "links",
        column("from"),
        column("to"),
        column("type"),
        column("lag"),
        rows=[
            ("P1", "P2", "Finish-to-start", "soon"),  # used, without the lag
            ("P1", "X3", "related", None),  # wrong twice
            ("P2", "P1", "related", None),
            (CellError("#N/A"), "P1", "Requires", None),
        ],
    )
    portfolio = read_tables([projects(COST, rows=[(1.0,), (2.0,)]), links])
    found = line(reconciled(portfolio, rows_given={"links": 4}), "links", "rows")
    assert (found.given, found.used, found.difference) == (4, len(portfolio.links), 0)
    assert (found.used, sum(n for n, _ in found.left_out)) == (1, 3)


def test_many_rows_of_one_problem_are_all_counted() -> None:
    ids = [("P1", "Bridge", 1.0)] * 41
    source = table("projects", column("project_id", "ID"), column("name"), COST, rows=list(ids))
    found = reconciled(read_tables([source]), rows_given={"projects": 41})
    rows = line(found, "projects", "rows")
    assert (rows.given, rows.used, rows.difference) == (41, 1, 0)


def test_row_that_nobody_explains_is_a_difference() -> None:
    found = reconciled(SEVERAL, rows_given={"projects": 6})
    rows = line(found, "projects", "rows")
    assert (rows.used, rows.difference, found.is_exact) == (4, 1, False)


# People


def test_demand_is_in_the_plan_or_explained() -> None:
    demand = (
        # April 2026 to June 2027 is 15 months, of which the plan has the first 12.
        *(
            Demand(
                project_id="P1", role="PM", period=Period("year", 2027, fiscal=True), demand=0.5
            ),
        ),
        *(Demand(project_id="P1", role="PM", period=Period("quarter", 2027, 2), demand=2.0),),
        Demand(project_id="P1", role="PM", period=Period("month", 2026, 3), demand=0.25),
        Demand(project_id="P2", role="PM", period=Period("offset", 0, 2), demand=3.0),
        Demand(project_id="P3", role="PM", period=Period("month", 2026, 5), demand=4.0),
        Demand(project_id="P4", role="PM", period=Period("month", 2026, 5), demand=8.0),
        Demand(project_id="P5", role="PM", demand=16.0),
    )
    plan = Plan(
        "optimal",
        projects=tuple(
            ProjectPlan(ProjectKey(p), None, None, None, None, 0) for p in ("P1", "P2", "P5")
        ),
        roles=("PM",),
        months=PlanMonths(month_number(date(2026, 4, 1)), 12, 4),
        before=np.array([[0.5, 0.5, 16.5, *[0.5] * 9]]),
    )
    found = line(reconciled(replace(SEVERAL, demand=demand), plan=plan), "demand", "FTE months")
    # 6 + 6 + 0.25 + 3 + 4 + 8 + 16 (P5 runs in June alone); the plan has 6 + 16.
    assert (found.given, found.used) == (43.25, 22.0)
    assert found.left_out == (
        (8.0, "Projects that are closed, cancelled or complete."),
        (4.0, "Projects that are not in the plan."),
        (3.0, "People counted from a start that is not known."),
        (0.25, "People needed before the plan begins."),
        (6.0, "People needed after the last month of the plan."),
    )
    assert found.difference == 0


@settings(max_examples=60, deadline=None)
@given(random_projects(), st.data())
def test_every_portfolio_of_random_profiles_reconciles(
    made: list[Project], data: st.DataObject
) -> None:
    ends = data.draw(st.lists(st.sampled_from([None, "closed"]), min_size=4, max_size=4))
    ended = [
        one if end is None else one.model_copy(update={"lifecycle": end, "value": 1 / 3})
        for one, end in zip(made, ends, strict=False)
    ]
    portfolio = Portfolio(tuple(ended), settings=APRIL)
    costs = cost_table(portfolio)
    words = st.sampled_from(["Continue", "Start", "Stop", "Defer", "Not funded"])
    selection = decided(
        *(
            (key.project_id, data.draw(words), cents)
            for key, cents in zip(costs.keys, costs.counted.tolist(), strict=True)
        ),
        value_name="value",
    )
    found = reconciled(portfolio, selection=selection, rows_given={"projects": len(made)})
    assert [one for one in found.lines if one.difference] == []


# The worked example


@pytest.fixture(scope="module")
def worked() -> Reconciliation:
    with open_workbook(WORKED_EXAMPLE) as book:
        read = read_portfolio(book)
    portfolio = read.portfolio
    costs, scores = cost_table(portfolio), score_portfolio(portfolio)
    selection = rebalance(portfolio, costs, scores)
    chosen = [one.key for one in selection.decisions if one.is_chosen]
    plan = level(portfolio, costs, chosen=chosen, effort=0.05)
    return reconcile(portfolio, costs, scores, selection, plan, rows_given=read.rows_given)


def test_worked_example_reconciles_exactly(worked: Reconciliation) -> None:
    assert worked.is_exact
    rows = {one.table: (one.given, one.used) for one in worked.lines if one.what == "rows"}
    # 51 rows of projects, NW-203 twice; 117 of demand, one of a project that is not there.
    assert rows == {
        "projects": (51, 50),
        "criteria": (8, 8),
        "ratings": (120, 120),
        "budgets": (10, 10),
        "categories": (4, 4),
        "links": (8, 8),
        "capacity": (8, 8),
        "demand": (117, 116),
    }
    # The budgets sum to 12,500 + 1,890 + 10,500 + 2,180 + 3,650 + 550 + 2,100 + 900 + 50.
    assert line(worked, "budgets", "budget").given == 34_320 * 100_000
    assert line(worked, "budgets", "budget").used == 34_320 * 100_000
    cost = line(worked, "projects", "cost")
    assert cost.given == cost.used + sum(amount for amount, _ in cost.left_out)
    assert line(worked, "demand", "FTE months").left_out != ()
