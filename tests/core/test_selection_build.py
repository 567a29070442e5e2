"""The choice as numbers; limits and amounts are worked out by hand in the comments."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.core.hand_money import APRIL, WORKED_EXAMPLE, budget, money
from xlportfolio.costing import CostTable, cost_table
from xlportfolio.errors import InputError
from xlportfolio.operations.checking import check_workbook
from xlportfolio.records import (
    LATER,
    PRIOR,
    Amount,
    Budget,
    Category,
    Link,
    Project,
    ProjectKey,
    Settings,
)
from xlportfolio.scoring.answer import ProjectScore, Scores
from xlportfolio.scoring.portfolio import score_portfolio
from xlportfolio.selection.answer import BudgetUse
from xlportfolio.selection.budget_limits import BudgetChange, BudgetSpan, budget_spans
from xlportfolio.selection.build import (
    BuiltModel,
    budget_uses,
    build_model,
    category_uses,
    why_no_selection,
)
from xlportfolio.selection.model import Fixed, LinkRule
from xlportfolio.tables import Portfolio

TOTAL = (Budget(budget=1000),)


def project(project_id: str, *cost: Amount, **fields: object) -> Project:
    known: dict[str, object] = {"name": f"Scheme {project_id}", "value": 1.0, **fields}
    return Project(project_id=project_id, cost=cost or (money(10, "2026-05"),), **known)  # type: ignore[arg-type]


def portfolio_of(*projects: Project, **tables: object) -> Portfolio:
    given: dict[str, object] = {"budgets": TOTAL, "settings": APRIL, **tables}
    return Portfolio(projects, **given)  # type: ignore[arg-type]


def built(portfolio: Portfolio, scores: Scores | None = None, **options: object) -> BuiltModel:
    return build_model(portfolio, cost_table(portfolio), scores, **options)  # type: ignore[arg-type]


def spans_of(
    portfolio: Portfolio, change: BudgetChange | None = None
) -> tuple[tuple[BudgetSpan, ...], tuple[str, ...], tuple[str, ...], CostTable]:
    costs = cost_table(portfolio)
    return (*budget_spans(portfolio, costs, budget=change), costs)


# The plan


def cautions_with(*projects: Project, **settings: object) -> tuple[str, ...]:
    known = Settings(currency="GBP", fiscal_first_month=4, **settings)  # type: ignore[arg-type]
    return built(portfolio_of(*projects, settings=known)).cautions


def test_plan_that_begins_after_all_the_money_is_told() -> None:
    dated = project("P1", money(10, "2026-05")), project("P2", money(5, "FY2026/27"))
    after = "after all the money of the projects (GBP 15), so that no cost counts. "
    assert cautions_with(*dated, first_period=date(2062, 4, 1)) == (
        f"The plan begins in Apr-62, {after}Correct the first period in the settings.",
    )
    assert cautions_with(*dated, status_date=date(2062, 4, 30))[0] == (
        f"The plan begins in Apr-62, {after}Correct the status date, or enter the first period, "
        "in the settings."
    )
    assert cautions_with(*dated, first_period=date(2027, 3, 1)) == ()


def test_work_that_is_all_spent_is_no_plan_that_begins_too_late() -> None:
    spent = project("P1", money(10, None), lifecycle="active", spent_to_date=12.0)
    assert cautions_with(spent, first_period=date(2026, 4, 1)) == ()


# Budgets


def test_budgets_of_all_kinds_of_a_period_limit_their_sum_too() -> None:
    portfolio = portfolio_of(
        project(
            "P1",
            money(100, "2026-05", "Capex"),
            money(20, "2026-06", "opex"),
            money(7, "2026-07", "Contingency"),
            money(3, "2026-08"),
        ),
        budgets=(
            budget(60, "FY2026/27", "Capex"),
            budget(40, "FY2026/27", "CAPEX"),
            budget(50, "FY2026/27", "Opex"),
        ),
    )
    spans, cautions, notes, costs = spans_of(portfolio)
    assert costs.kinds == ("Capex", "Opex", "Contingency", "")
    assert [(one.name, one.amount, one.kinds) for one in spans] == [
        ("Capex budget 2026/27", 10_000, (0,)),
        ("Opex budget 2026/27", 5_000, (1,)),
        ("budget 2026/27", 15_000, (0, 1, 2, 3)),
    ]
    assert [(one.is_sum, one.takes_exit) for one in spans] == [
        (False, False),
        (False, False),
        (True, True),
    ]
    assert {one.positions for one in spans} == {range(12)}  # April 2026 to March 2027
    assert cautions == ()
    assert notes == (
        "No budget names Contingency (GBP 7): it counts against the sum of the budgets of its "
        "period.",
        "GBP 3 is not split by the kinds of the budgets: it counts against the sum of the budgets "
        "of its period.",
    )
    uses = budget_uses(built(portfolio).model, np.array([True]))
    assert [use.used for use in uses] == [10_000, 2_000, 13_000]


def test_sum_of_budgets_says_which_kinds_it_pays() -> None:
    portfolio = portfolio_of(
        project("P1", money(5, "2026-05", "Contingency"), money(20, "2027-05", "Opex")),
        budgets=(
            budget(60, "FY2026/27", "Capex"),
            budget(50, "FY2027/28", "Capex"),
            budget(40, "FY2027/28", "Opex"),
        ),
    )
    uses = budget_uses(built(portfolio).model, np.array([True]))
    assert [(use.name, use.kind, use.kinds, use.used) for use in uses] == [
        ("Capex budget 2026/27", "Capex", None, 0),
        # Opex has budgets elsewhere: it is not limited here.
        ("budget 2026/27", None, ("Capex", "Contingency"), 500),
        ("Capex budget 2027/28", "Capex", None, 0),
        ("Opex budget 2027/28", "Opex", None, 2_000),
        ("budget 2027/28", None, None, 2_000),
    ]


def test_kind_without_a_budget_in_a_period_is_not_limited_there() -> None:
    portfolio = portfolio_of(
        project(
            "P1",
            money(10, "FY2026/27", "Opex"),
            money(20, "FY2027/28", "Opex"),
            money(30, "FY2027/28", "Capex"),
        ),
        budgets=(
            budget(1, "FY2026/27", "Opex"),
            budget(2, "FY2026/27", "Capex"),
            budget(3, "FY2027/28", "Capex"),
        ),
    )
    spans, cautions, _, _ = spans_of(portfolio)
    assert [(one.name, one.amount) for one in spans] == [
        ("Opex budget 2026/27", 100),
        ("Capex budget 2026/27", 200),
        ("budget 2026/27", 300),
        ("Capex budget 2027/28", 300),
    ]
    assert cautions == (
        "There is no Opex budget for 2027/28, in which projects need GBP 20 of Opex: it is not "
        "limited. Enter the budget, or 0 if there is none.",
    )


def test_budget_without_a_period_limits_everything_that_counts() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2026-05"), money(5, None, LATER), money(100, None, PRIOR)),
        budgets=(budget(7), budget(8)),
    )
    spans, cautions, notes, _ = spans_of(portfolio)
    assert [(s.name, s.amount, s.counts_undated, s.takes_exit) for s in spans] == [
        ("total budget", 1_500, True, True)
    ]
    assert (cautions, notes) == ((), ())
    assert budget_uses(built(portfolio).model, np.array([True])) == (
        BudgetUse("total budget", None, None, 1_500, 1_500),
    )


def test_money_that_no_budget_covers_is_said() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2026-05"), money(20, "2027-06"), money(5, None, LATER)),
        budgets=(budget(7, "FY2026/27"), budget(9, "2025"), budget(4, "M2")),
    )
    spans, cautions, notes, _ = spans_of(portfolio)
    assert [one.name for one in spans] == ["budget 2026/27"]
    assert cautions == (
        "GBP 4 of the budgets is for M2, which is no period of the plan: it is not used. Name "
        "months, quarters or years.",
    )
    assert notes == (
        "GBP 9 of the budgets is for 2025, before the plan begins: it is not used.",
        "GBP 20 falls in months that no budget covers (Jun-27): it is not limited.",
        "GBP 5 lies in no month of the plan, so that the budgets of periods do not limit it.",
    )


def test_budgets_that_are_for_no_month_of_the_plan_limit_nothing_and_that_is_said() -> None:
    _, cautions, _, _ = spans_of(portfolio_of(project("P1"), budgets=(budget(7, "2025"),)))
    assert cautions == ("No budget is for a month of the plan: no money limits the choice.",)


def test_period_in_which_the_plan_begins_counts_whole() -> None:
    october = Settings(fiscal_first_month=4, status_date=date(2026, 10, 15))
    portfolio = portfolio_of(
        project("P1", money(120, "FY2026/27"), start=None),
        project("P2", money(6, "2026-09"), money(5, "2026-10")),
        budgets=(budget(99, "FY2026/27"),),
        settings=october,
    )
    spans, _, notes, _ = spans_of(portfolio)
    assert [(one.amount, one.positions) for one in spans] == [(9_900, range(6))]
    assert notes == (
        "The plan begins in Oct-26, within 2026/27: budgets and costs of the whole period count "
        "whole, costs of single months from that month on.",
    )
    assert built(portfolio).model.budgets[0].cost.tolist() == [12_000, 500]


def test_quarter_and_year_limit_the_months_that_they_share() -> None:
    portfolio = portfolio_of(
        project("P1", money(120, "FY2026/27")),
        budgets=(budget(100, "FY2026/27"), budget(30, "FY27 Q1"), budget(20, "2026-05")),
    )
    model = built(portfolio).model
    # 10 a month: the quarter has 3 of 12, May one.
    assert [(u.name, u.used) for u in budget_uses(model, np.array([True]))] == [
        ("budget FY27 Q1", 3_000),
        ("budget 2026/27", 12_000),
        ("budget May-26", 1_000),
    ]


def test_one_kind_alone_has_no_second_limit_for_the_same_money() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2026-05", "Capex"), lifecycle="active", exit_cost=4, force="Out"),
        budgets=(budget(7, "2026", "Capex"),),
    )
    spans, _, _, _ = spans_of(portfolio)
    assert [(one.name, one.takes_exit) for one in spans] == [("Capex budget 2026", True)]
    model = built(portfolio).model
    assert model.fixed == (Fixed(0, False, "mandate", ""),)
    assert [use.used for use in budget_uses(model, np.array([False]))] == [400]


def test_only_kind_with_a_budget_is_cautioned_to_carry_the_others() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2026-05", "Capex"), money(6, "2026-05", "Opex")),
        budgets=(budget(7, "2026", "Capex"),),
    )
    spans, cautions, _, _ = spans_of(portfolio)
    assert [one.name for one in spans] == ["Capex budget 2026", "budget 2026"]
    assert cautions == (
        "No budget names Opex (GBP 6): it counts against the sum of the budgets of its period.",
    )


def test_stopping_is_paid_in_the_first_period_and_from_the_total() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2027-05"), lifecycle="active", exit_cost=4, force="Freed"),
        budgets=(budget(7, "FY2027/28"), budget(8, "FY2026/27"), budget(90)),
    )
    model = built(portfolio).model
    assert [(u.name, u.used) for u in budget_uses(model, np.array([False]))] == [
        ("budget 2026/27", 400),
        ("budget 2027/28", 0),
        ("total budget", 400),
    ]
    assert [u.used for u in budget_uses(model, np.array([True]))] == [0, 1_000, 1_000]


def test_run_may_have_other_money_than_the_table() -> None:
    portfolio = portfolio_of(
        project("P1", money(10, "2026-05")),
        budgets=(budget(7.01, "FY2026/27", "Capex"), budget(8, "FY2026/27", "Opex")),
    )
    spans, _, notes, _ = spans_of(portfolio, BudgetChange(factor=0.9))
    # 6.309 is 6.31; the sum is that of the rounded budgets.
    assert [(one.name, one.amount) for one in spans] == [
        ("Capex budget 2026/27", 631),
        ("Opex budget 2026/27", 720),
        ("budget 2026/27", 1_351),
    ]
    assert notes[0] == "Each budget is taken at 90% of what the table says."
    spans, _, notes, _ = spans_of(portfolio, BudgetChange(total_cents=55_500))
    assert [(one.name, one.amount, one.kinds) for one in spans] == [
        ("total budget", 55_500, (0, 1, 2))
    ]
    assert notes == ("One total of GBP 555 replaces the budgets of the table.",)


# What is decided beforehand


def test_mandates_flight_and_what_is_not_known_decide_rows() -> None:
    portfolio = portfolio_of(
        project("P1", force="In", reason="Reservoirs Act"),
        project("P2", lifecycle="active", force="Out"),
        project("P3", lifecycle="active"),
        project("P4", value=None),
        project("P5"),
        Project(project_id="P6", name="P6", value=3.0),
        Project(project_id="P7", name="Quay", value=3.0, lifecycle="active"),
    )
    made = built(portfolio)
    assert made.model.fixed == (
        Fixed(0, True, "mandate", "Reservoirs Act"),
        Fixed(1, False, "mandate", ""),
        Fixed(2, True, "in flight", "active"),
        Fixed(3, False, "no value"),
        Fixed(5, False, "no cost"),
        Fixed(6, True, "in flight", "active"),
    )
    assert made.model.current.tolist() == [False, True, True, False, False, False, True]
    assert made.model.names[5:] == ("P6", "Quay (P7)")
    assert made.cautions == (
        "The cost of Quay (P7) is not known: nothing is counted for it, so that the budgets may "
        "not suffice.",
    )


@pytest.mark.parametrize("free", [("p2",), ("ALL",), "all", ("P2", "P3")])
def test_work_in_flight_may_be_freed_for_a_run(free: object) -> None:
    portfolio = portfolio_of(
        project("P1"), project("P2", lifecycle="active", exit_cost=1), project("P3", force="In")
    )
    made = built(portfolio, free=free)
    assert made.freed == (ProjectKey("P2"),)
    assert made.model.fixed == (Fixed(2, True, "mandate", ""),)
    assert made.model.exit_cost.tolist() == [0, 100, 0]
    assert made.cautions == ()


def test_freed_work_without_a_value_is_kept_and_without_exit_cost_cautioned() -> None:
    portfolio = portfolio_of(
        project("P1", force="Freed", lifecycle="active"),
        project("P2", force="Freed", lifecycle="active", value=None),
        project("P3", force="Freed"),
    )
    made = built(portfolio)
    assert made.freed == (ProjectKey("P1"),)
    assert made.model.fixed == (Fixed(1, True, "in flight", "active"),)
    assert made.cautions == (
        "Scheme P2 (P2) may be stopped, but is kept, because no value says what it is worth.",
        "Scheme P1 (P1) may be stopped and states no exit cost: stopping is taken to cost nothing.",
    )


def test_freed_projects_without_values_are_named_together() -> None:
    portfolio = portfolio_of(
        project("P1"),
        project("P2", force="Freed", lifecycle="active", value=None),
        project("P3", force="Freed", lifecycle="active", value=None),
    )
    assert built(portfolio).cautions == (
        "Scheme P2 (P2) and Scheme P3 (P3) may be stopped, but are kept, because no value says "
        "what they are worth.",
    )


def test_freeing_what_does_not_exist_is_refused_and_what_has_not_begun_noted() -> None:
    portfolio = portfolio_of(project("P1"), project("P2", lifecycle="active"))
    with pytest.raises(InputError) as raised:
        built(portfolio, free=("NW-9",))
    assert str(raised.value) == (
        '"NW-9" cannot be freed, because no project has this ID; expected the ID of a project in '
        'flight such as P2, or "all" for every one.'
    )
    assert built(portfolio, free=("P1",)).notes[0] == (
        "P1 is not in flight: to free it changes nothing."
    )


def test_one_option_of_work_in_flight_goes_on() -> None:
    options = [
        project("P1", option="A", lifecycle="active"),
        project("P1", option="B", lifecycle="active", current_decision="Approved"),
        project("P1", option="C", lifecycle="active"),
    ]
    made = built(portfolio_of(*options))
    assert made.model.alternatives == ((0, 1, 2),)
    assert made.model.fixed == (Fixed(1, True, "in flight", "active"),)
    assert made.cautions == ()
    made = built(portfolio_of(options[0], options[2]))
    assert made.model.fixed == (Fixed(0, True, "in flight", "active"),)
    assert made.cautions == (
        "2 options of Scheme P1 (P1) are in flight, of which one at most can go on: Scheme P1 (P1, "
        "option A) is kept. Mark the one that goes on as In.",
    )
    options[2] = project("P1", option="C", lifecycle="active", force="In")
    made = built(portfolio_of(*options))
    assert made.model.fixed == (Fixed(2, True, "mandate", ""),)


def test_of_several_mandatory_options_the_one_worth_most_is_taken() -> None:
    options = [
        project("P1", money(9, "2026-05"), option="A", force="In", value=2.0),
        project("P1", money(8, "2026-05"), option="B", force="In", value=3.0),
        project("P1", money(7, "2026-05"), option="C", force="In", value=3.0, reason="Permit"),
        project("P1", money(1, "2026-05"), option="D", value=9.0),
    ]
    made = built(portfolio_of(*options))
    assert made.model.fixed == (Fixed(2, True, "mandate", "Permit"),)
    assert made.cautions == (
        "3 options of Scheme P1 (P1) are marked In, of which one at most can be chosen: Scheme P1 "
        "(P1, option C) is taken, by value and then by cost. Mark the one that is mandatory.",
    )
    turned = built(portfolio_of(*reversed(options)))
    assert turned.model.fixed == (Fixed(1, True, "mandate", "Permit"),)


# Values


def scores_of(*scores: float | None) -> Scores:
    return Scores(
        "done",
        projects=tuple(
            ProjectScore(ProjectKey(f"P{i + 1}"), score, None, (), ())
            for i, score in enumerate(scores)
        ),
    )


def test_value_counts_where_any_project_has_one_else_the_score() -> None:
    by_value = built(portfolio_of(project("P1"), project("P2", value=None)), scores_of(0.5, 0.9))
    assert (by_value.model.value_name, by_value.model.values.tolist()) == ("value", [1.0, 0.0])
    assert by_value.model.has_value.tolist() == [True, False]
    by_score = built(
        portfolio_of(project("P1", value=None), project("P2", value=None)), scores_of(0.5, None)
    )
    assert (by_score.model.value_name, by_score.model.values.tolist()) == ("score", [0.5, 0.0])
    assert by_score.model.fixed == (Fixed(1, False, "no value"),)


# Links and categories


def links_of(*links: tuple[str, str, str], **lifecycles: str) -> BuiltModel:
    projects = [
        project(f"P{i}", lifecycle=lifecycles.get(f"P{i}"), name=f"N{i}") for i in range(1, 5)
    ]
    records = [Link(from_=a, type=kind, to=b) for a, kind, b in links]  # type: ignore[arg-type]
    return built(portfolio_of(*projects, links=tuple(records)))


def test_links_are_between_all_rows_of_their_projects() -> None:
    options = (project("P2", option="A"), project("P2", option="B"))
    links = (
        Link(from_="P1", to="P2", type="Requires"),
        Link(from_="P3", to="P1", type="Excludes"),
        Link(from_="P1", to="P3", type="Excludes"),
        Link(from_="P1", to="P3", type="Finish-to-start"),
        Link(from_="P1", to="P1", type="Requires"),
    )
    made = built(portfolio_of(project("P1"), *options, project("P3"), links=links))
    assert made.model.links == (
        LinkRule("Requires", (0,), (1, 2), "Scheme P1 (P1) requires Scheme P2 (P2)"),
        LinkRule("Excludes", (3,), (0,), "Scheme P3 (P3) excludes Scheme P1 (P1)"),
    )


def test_project_that_is_done_is_there() -> None:
    made = links_of(
        ("P1", "Requires", "P4"),
        ("P4", "Requires", "P1"),
        ("P2", "Together", "P4"),
        ("P4", "Excludes", "P3"),
        P4="closed",
    )
    assert made.model.links == ()
    assert made.model.fixed == (Fixed(2, False, "mandate", "N4 (P4), which excludes it, is done"),)


def test_project_that_was_cancelled_is_not_there() -> None:
    made = links_of(
        ("P1", "Requires", "P4"),
        ("P4", "Together", "P2"),
        ("P3", "Excludes", "P4"),
        P4="cancelled",
    )
    assert made.model.links == (
        LinkRule("Requires", (0,), (), "N1 (P1) requires N4 (P4), which was cancelled"),
        LinkRule("Together", (1,), (), "N2 (P2) goes together with N4 (P4), which was cancelled"),
    )
    assert made.model.fixed == ()


def test_work_in_flight_stays_though_what_it_requires_was_cancelled() -> None:
    made = links_of(("P1", "Requires", "P4"), P4="cancelled", P1="active")
    assert made.model.links == ()
    assert made.cautions == (
        "N1 (P1) requires N4 (P4), and N4 (P4) was cancelled: N1 (P1) is kept all the same. Review "
        "the link.",
    )


def test_what_kept_work_needs_may_come_in_though_nobody_rated_it() -> None:
    portfolio = portfolio_of(
        project("P1", lifecycle="active"),
        project("P2"),
        project("P3", value=None),
        project("P4", value=None),
        links=(
            Link(from_="P1", to="P2", type="Requires"),
            Link(from_="P3", to="P2", type="Together"),
            Link(from_="P4", to="P1", type="Requires"),
        ),
    )
    made = built(portfolio)
    assert made.model.fixed == (
        Fixed(0, True, "in flight", "active"),
        Fixed(3, False, "no value"),
    )
    assert made.cautions == (
        "Scheme P3 (P3) may come in, although its cost or its worth is not known, because Scheme "
        "P2 (P2) needs it.",
    )


def test_categories_have_the_projects_that_name_them_in_any_spelling() -> None:
    portfolio = portfolio_of(
        project("P1", money(30, "2026-05"), category="growth "),
        project("P2", money(70, "2026-05"), category="Maintain"),
        project("P3", money(900, "2026-05")),
        categories=(
            Category(category="Growth", min_share=0.1, max_share=0.4, target_share=0.2),
            Category(category="Maintain"),
        ),
    )
    model = built(portfolio).model
    growth, maintain = model.shares
    assert growth.is_member.tolist() == [True, False, False]
    assert (growth.least, growth.most, growth.target) == (0.1, 0.4, 0.2)
    assert (maintain.least, maintain.most) == (None, None)
    uses = category_uses(model, np.array([True, True, False]))
    assert [(use.category, use.cost, use.share) for use in uses] == [
        ("Growth", 3_000, 0.3),
        ("Maintain", 7_000, 0.7),
    ]
    assert [use.share for use in category_uses(model, np.array([False] * 3))] == [0.0, 0.0]


# What is missing


def test_missing_table_is_named() -> None:
    some = portfolio_of(project("P1", value=None))
    assert why_no_selection(portfolio_of(project("P1")), None) == ""
    assert why_no_selection(some, scores_of(0.5)) == ""
    assert why_no_selection(some, Scores("skipped", "No criteria: add a table of criteria.")) == (
        "There is nothing to choose by, because no project has a value or a score: add a column of "
        "values to the projects, or tables of criteria and ratings. No criteria: add a table of "
        "criteria."
    )
    poor = portfolio_of(project("P1"), budgets=())
    assert why_no_selection(poor, None) == (
        "There are no budgets to choose within: add a table of budgets, with a row for each period "
        "and kind of money or one total, or give a total when rebalancing."
    )
    assert why_no_selection(poor, None, budget=BudgetChange(total_cents=5)) == ""
    assert why_no_selection(poor, None, budget=BudgetChange(factor=0.9)) != ""
    assert why_no_selection(portfolio_of(project("P1", lifecycle="closed")), None) == (
        "There is nothing to choose: no project of the projects table is still to be done."
    )


# The worked example


def test_worked_example_has_the_limits_of_its_tables() -> None:
    portfolio = check_workbook(WORKED_EXAMPLE).portfolio
    made = built(portfolio, score_portfolio(portfolio))
    model = made.model
    assert [(one.name, one.amount // 100_000) for one in model.budgets] == [
        ("Capex budget 2026/27", 12_500),
        ("Opex budget 2026/27", 1_890),
        ("budget 2026/27", 14_390),
        ("Capex budget 2027/28", 10_500),
        ("Opex budget 2027/28", 2_180),
        ("budget 2027/28", 12_680),
        ("Capex budget 2028/29", 3_650),
        ("Opex budget 2028/29", 550),
        ("budget 2028/29", 4_200),
        ("Capex budget 2029/30", 2_100),
        ("budget 2029/30", 2_100),
        ("Capex budget 2030/31", 900),
        ("Opex budget 2030/31", 50),
        ("budget 2030/31", 950),
    ]
    by_why = [one.why for one in model.fixed]
    assert (by_why.count("in flight"), by_why.count("mandate"), by_why.count("no value")) == (
        12,
        3,
        1,
    )
    assert len(model.links) == 6  # Of eight links two are Finish-to-start.
    assert [len(rows) for rows in model.alternatives] == [3, 2, 2, 3, 2, 3]
    assert made.cautions == (
        "There is no Opex budget for 2029/30, in which projects need GBP 206k of Opex: it is not "
        "limited. Enter the budget, or 0 if there is none.",
    )
