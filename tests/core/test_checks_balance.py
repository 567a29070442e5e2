"""Budgets that are missing and shares that cannot add up."""

from __future__ import annotations

from tests.core.source_tables import (
    column,
    only,
    projects,
    table,
)
from xlportfolio.periods import Period, parse_period
from xlportfolio.records import Settings
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def test_budget_missing_for_a_period_and_kind_is_told() -> None:
    year = parse_period("FY26/27")
    costs = projects(
        column("cost", "Capex", period=year, kind="capex"),
        column("cost", "Opex", period=year, kind="opex"),
        rows=[(10.0, 2.0), (20.0, 3.0)],
    )
    budgets = table(
        "budgets",
        column("period"),
        column("kind"),
        column("budget"),
        rows=[("2026/27", "Capex", 50.0)],
    )
    problem = only(read_tables([costs, budgets]))
    assert problem.message == (
        '"Budgets" has no budget for opex 2026/27, in which 2 projects need 5, most of it P2; '
        "expected a budget for each period and kind in which projects need money. Add a row for "
        "it; enter 0 if there is none."
    )
    assert (problem.money, problem.blocks) == (5.0, ("rebalance",))


def test_money_of_no_period_needs_no_budget_of_a_period() -> None:
    costs = projects(
        column("cost", "FY27", period=parse_period("FY27")),
        column("cost", "Prior", kind="Prior"),
        rows=[(10.0, 5.0)],
    )
    budgets = table("budgets", column("period"), column("budget"), rows=[("FY27", 50.0)])
    assert read_tables([costs, budgets]).problems == ()


def test_money_spent_before_the_first_period_needs_no_budget_of_its_kind() -> None:
    costs = projects(
        column("cost", "Capex", kind="Capex"),
        column("cost", "Prior years", kind="Prior"),
        column("cost", "Opex", kind="Opex"),
        rows=[(10.0, 5.0, 3.0)],
    )
    budgets = table(
        "budgets", column("kind"), column("budget"), rows=[("Capex", 50.0), ("Opex", 5.0)]
    )
    portfolio = read_tables([costs, budgets])
    assert portfolio.problems == ()
    assert sum(amount.amount for amount in portfolio.projects[0].cost) == 18.0


def test_months_are_covered_by_the_budget_of_their_fiscal_year() -> None:
    costs = projects(column("cost", "Apr-26", period=parse_period("Apr-26")), rows=[(10.0,)])
    budgets = table("budgets", column("period"), column("budget"), rows=[("FY26/27", 50.0)])
    assert read_tables([costs, budgets], Settings(fiscal_first_month=4)).problems == ()
    missing = only(read_tables([costs, budgets], Settings(fiscal_first_month=6)))
    assert missing.message.startswith(
        '"Budgets" has no budget for Apr-26, in which 1 project needs'
    )


def test_shares_that_cannot_add_up_are_told() -> None:
    source = table(
        "categories",
        column("category"),
        column("min_share"),
        column("max_share"),
        rows=[("Run", 0.7, 0.8), ("Grow", 0.5, 0.4)],
    )
    portfolio = read_tables([projects(rows=[()]), source])
    assert [problem.message for problem in portfolio.problems] == [
        "The minimum shares of the 2 categories sum to 120%; expected at most 100%. Lower some "
        "of them: no portfolio can meet them all.",
        'Category "Grow" may take at most 40%, but must take at least 50%; expected a maximum '
        "share of at least the minimum. Correct one of the two.",
    ]


def test_unknown_category_is_told_once() -> None:
    source = table("categories", column("category"), column("min_share"), rows=[("Run", 0.2)])
    rows: list[tuple[Value, ...]] = [("run ",), ("Grow",), ("Grow",)]
    problem = only(read_tables([projects(column("category"), rows=rows), source]))
    assert problem.message == (
        '"Category" of project P2 is "Grow", which is not among the categories, and so is 1 '
        "more; expected a category of the categories table. Correct it, or add the category."
    )


def test_a_budget_row_without_an_amount_is_where_the_budget_is_missing() -> None:
    projects = SourceTable(
        "projects",
        "Projects",
        (
            SourceColumn("project_id", "ID"),
            SourceColumn("name", "Name"),
            SourceColumn("cost", "2027", period=Period("year", 2027)),
            SourceColumn("cost", "2028", period=Period("year", 2028)),
        ),
        (("P1", "Bridge", 5.0, 7.0),),
    )
    budgets = SourceTable(
        "budgets",
        "Budgets",
        (SourceColumn("period", "Year"), SourceColumn("budget", "Budget")),
        ((2027.0, 10.0), (2028.0, None)),
    )
    (problem,) = [p for p in read_tables([projects, budgets]).problems if p.table == "budgets"]
    assert (problem.source, problem.row, problem.column) == (1, 1, 1)
    assert problem.message == (
        '"Budgets" has no budget for 2028, in which 1 project needs 7, most of it P1; expected a '
        "budget for each period and kind in which projects need money. Enter it; enter 0 if there "
        "is none."
    )
