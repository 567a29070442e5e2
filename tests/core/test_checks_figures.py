"""Money that looks wrong, and a status that the figures contradict."""

from __future__ import annotations

from datetime import datetime

from tests.core.source_tables import (
    BUDGET,
    COST,
    column,
    only,
    place,
    projects,
)
from xlportfolio.periods import Period
from xlportfolio.records import Settings
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def test_zero_cost_among_costs_looks_missing() -> None:
    rows: list[tuple[Value, ...]] = [(10.0,), (20.0,), (0.0,), (30.0,), (40.0,)]
    portfolio = read_tables([projects(COST, rows=rows)])
    assert only(portfolio).message == (
        '"Cost (£k)" of project P3 is 0, while 4 of 5 projects have an amount; expected the cost '
        "of the project. Enter the amount, or clear the cell if it is not known."
    )
    assert portfolio.projects[2].cost[0].amount == 0


def test_zeros_that_are_common_mean_something() -> None:
    rows: list[tuple[Value, ...]] = [(10.0,), (0.0,), (0.0,), (30.0,)]
    assert read_tables([projects(COST, rows=rows)]).problems == ()


def test_spending_on_a_budget_of_zero_is_told() -> None:
    spent = column("spent_to_date", "Spent", scale=1e3)
    rows: list[tuple[Value, ...]] = [(0.0, 5.0), (9.0, 5.0), (9.0, 5.0), (9.0, 5.0), (9.0, 1.0)]
    problem = only(read_tables([projects(BUDGET, spent, rows=rows)]))
    assert problem.message == (
        "Project P1 has spent GBP 5,000 on a budget of 0; expected a budget that covers the "
        "spending. Enter the budget, or clear the cell if it is not known."
    )
    assert (place(problem), problem.money) == ((0, 0, 2), 5000.0)


def test_negative_cost_is_told() -> None:
    problem = only(read_tables([projects(COST, rows=[(10.0,), (-3.0,)])]))
    assert problem.message == (
        '"Cost (£k)" of project P2 is -3; expected at least 0. Enter costs as positive '
        "amounts, and income as a benefit."
    )


def test_costs_below_zero_throughout_are_a_question_and_left_out() -> None:
    portfolio = read_tables([projects(COST, rows=[(-10.0,), (-3.0,), (-7.0,), (None,)])])
    assert [problem.message for problem in portfolio.problems] == [
        '3 of the 3 amounts of "Cost (£k)" are below 0, such as -10 of project P1; expected costs '
        "as positive amounts. Turn the sign if they are costs, and map the column as a benefit if "
        "they are income; until then they are left out."
    ]
    assert portfolio.problems[0].severity == "question"
    assert {project.cost for project in portfolio.projects} == {()}


def test_projects_without_a_cost_are_told_once() -> None:
    life = column("lifecycle")
    rows: list[tuple[Value, ...]] = [
        ("Active", 10.0), ("Active", None), ("Closed", None), ("Proposed", None), ("Active", "tbc")
    ]  # fmt: skip
    portfolio = read_tables([projects(life, COST, rows=rows)])
    first = portfolio.problems[0]
    assert first.message == (
        '2 of 4 projects have no cost under "Cost (£k)": P2 and P4; expected a cost for each '
        "project that may be chosen. Enter it; until then it is not part of the rebalancing."
    )
    assert (place(first), first.severity) == ((0, 1, 3), "warning")
    assert len(portfolio.problems) == 2, "the closed project needs none, the tbc is told itself"


def test_other_currency_is_left_out_and_told() -> None:
    benefit = column("benefit", "Benefit (€k)", unit="€k", scale=1e3, currency="EUR")
    spent = column("spent_to_date", "Spent (£k)", unit="£k", scale=1e3, currency="GBP")
    portfolio = read_tables([projects(COST, spent, benefit, rows=[(10.0, 1.0, 50.0)])])
    problem = only(portfolio)
    assert problem.message == (
        '"Benefit (€k)" of "Projects" is in EUR, while the other money is in GBP; expected one '
        "currency. Convert the column to GBP; until then it is left out."
    )
    assert place(problem) == (0, None, 4)
    assert portfolio.projects[0].benefit is None


def test_dollars_of_no_country_are_left_out_beside_pounds_and_kept_beside_dollars() -> None:
    benefit = column("benefit", "Benefit ($k)", unit="$k", scale=1e3)
    pounds = column("spent_to_date", "Spent (£k)", unit="£k", scale=1e3, currency="GBP")
    portfolio = read_tables([projects(COST, pounds, benefit, rows=[(10.0, 1.0, 50.0)])])
    assert only(portfolio).message == (
        '"Benefit ($k)" of "Projects" is in dollars, while the other money is in GBP; expected one '
        "currency. Convert the column to GBP; until then it is left out."
    )
    cost = column("cost", "Cost (A$k)", unit="A$k", scale=1e3, currency="AUD")
    portfolio = read_tables([projects(cost, benefit, rows=[(10.0, 50.0)])])
    assert portfolio.projects[0].benefit == 50_000.0


def test_text_in_another_currency_than_its_column_is_left_out() -> None:
    rows: list[tuple[Value, ...]] = [("£5",), ("£6",), ("€7",)]
    portfolio = read_tables([projects(column("cost"), rows=rows)])
    assert portfolio.problems[-1].message == (
        '"Cost" of project P3 is "€7"; expected a number. Convert it to GBP and enter the number '
        "alone."
    )
    assert portfolio.projects[2].cost == ()


def test_a_bare_dollar_is_the_dollar_of_its_column() -> None:
    cost = column("cost", currency="CAD")
    portfolio = read_tables([projects(cost, rows=[("$5",)])])
    assert portfolio.projects[0].cost[0].amount == 5.0


def test_money_without_a_unit_beside_money_with_one_is_told() -> None:
    portfolio = read_tables([projects(COST, column("npv", "NPV"), rows=[(10.0, 50.0)])])
    assert only(portfolio).message == (
        '"NPV" of "Projects" has no unit, while "Cost (£k)" is in £k; it was read in single '
        "units; expected a unit for each column of money. Add the unit to the header, such as "
        '"(£k)", or say it in the mapping.'
    )
    assert portfolio.projects[0].npv == 50.0


def test_green_over_budget_is_doubted() -> None:
    forecast = column("forecast_cost", "Forecast", scale=1e3)
    rows: list[tuple[Value, ...]] = [("Green", 100.0, 125.0), ("Green", 100.0, 110.0),
                                     ("Red", 100.0, 300.0)]  # fmt: skip
    problem = only(read_tables([projects(column("rag", "RAG"), BUDGET, forecast, rows=rows)]))
    assert problem.message == (
        "Project P1 is Green, but is forecast to cost GBP 125,000, which is 25% over its budget of "
        "GBP 100,000; expected Green only up to 10% over budget. Review the status, or correct the "
        "figures."
    )
    assert (place(problem), problem.money) == ((0, 0, 2), 25000.0)


def test_green_past_its_finish_is_doubted() -> None:
    rows: list[tuple[Value, ...]] = [
        ("G", datetime(2026, 3, 1), 0.8),
        ("G", datetime(2026, 3, 1), 1.0),
    ]
    source = projects(column("rag"), column("finish"), column("percent_complete"), rows=rows)
    settings = Settings(status_date=datetime(2026, 3, 31).date())
    problem = only(read_tables([source], settings))
    assert problem.message == (
        "Project P1 is Green, but was to finish on 1 Mar 2026 and is 80% complete on 31 Mar 2026; "
        "expected Green only while the project can still finish on time. Review the status, or "
        "correct the finish."
    )


def test_a_zero_in_a_profile_is_shown_at_the_part_and_not_at_the_total() -> None:
    rows = [(f"P{i}", f"Project {i}", 10.0, 10.0) for i in range(1, 30)]
    table = SourceTable(
        "projects",
        "Projects",
        (
            SourceColumn("project_id", "ID"),
            SourceColumn("name", "Name"),
            SourceColumn("cost", "2027", period=Period("year", 2027)),
            SourceColumn("cost", "Total"),
        ),
        (*rows, ("P99", "Empty", 0.0, 0.0)),
    )
    problems = read_tables([table]).problems
    (zero,) = [p for p in problems if " is 0, while " in p.message]
    assert (zero.row, zero.column, zero.header) == (29, 2, "2027")
