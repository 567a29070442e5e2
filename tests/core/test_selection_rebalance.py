"""From tables to decisions: every portfolio is checked anew, every sentence is complete."""

from __future__ import annotations

from datetime import date

import pytest

from tests.core.test_selection_deferral import SETTINGS, book, fiscal, project
from xlportfolio.costing import cost_table
from xlportfolio.errors import InputError
from xlportfolio.records import Amount, Budget, Category, Link, Project
from xlportfolio.selection.answer import ProjectDecision, Selection
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.selection.rebalance import rebalance
from xlportfolio.tables import Portfolio


def decided(portfolio: Portfolio, **more: object) -> Selection:
    return rebalance(portfolio, cost_table(portfolio), None, **more)  # type: ignore[arg-type]


def by_id(selection: Selection) -> dict[str, ProjectDecision]:
    return {one.key.label: one for one in selection.decisions}


def running(project_id: str, to_go: float, value: float | None, **more: object) -> Project:
    return Project(
        project_id=project_id,
        name=f"Name of {project_id}",
        lifecycle="active",
        start=date(2025, 4, 1),
        finish=date(2027, 3, 31),
        cost=(Amount(period=fiscal(2027), amount=to_go),),
        value=value,
        **more,  # type: ignore[arg-type]
    )


def test_every_decision_has_its_reason() -> None:
    portfolio = book(
        running("A", 40, None, percent_complete=0.38),
        project("B", 50, 9.0),
        project("C", 60, 2.0),
        project("D", 500, 30.0),
        running("E", 80, 1.0, force="Freed", exit_cost=5.0),
        project("F", 10, 3.0, force="Out", reason="Superseded by B"),
        budgets={2027: 100, 2028: 60},
    )
    selection = decided(portfolio)
    assert selection.status == "optimal"
    assert (selection.value_name, selection.gap) == ("value", 0.0)
    assert {k: d.decision for k, d in by_id(selection).items()} == {
        "A": "Continue",
        "B": "Start",
        "C": "Defer",
        "D": "Not funded",
        "E": "Stop",
        "F": "Not funded",
    }
    assert [d.is_chosen for d in selection.decisions] == [True, True, False, False, False, False]
    found = by_id(selection)
    assert found["A"].reason == "In flight (active); GBP 40 to go, kept by rule."
    assert found["B"].reason == "Worth 9, rank 2 of 5, for GBP 50."
    # 5 a month: one month of it falls into 2026/27, where 5 is left.
    assert found["C"].defer_to == date(2027, 3, 1)
    assert found["C"].reason == (
        "Does not fit beside mandates and work in flight: GBP 60 of the budget 2026/27 is needed "
        "and GBP 55 is left; started in Mar-27 instead of Apr-26, the money left over carries it."
    )
    assert found["D"].reason == ("Needs GBP 500 of the budget 2026/27, which is GBP 100 in all.")
    assert found["F"].reason == "Ruled out: Superseded by B."
    assert (found["A"].value, found["B"].value) == (None, 9.0)
    assert (selection.total_value, selection.total_cost, selection.exit_cost) == (9.0, 9000, 500)
    assert [(b.name, b.budget, b.used) for b in selection.budgets] == [
        ("budget 2026/27", 10_000, 9_500),
        ("budget 2027/28", 6_000, 0),
    ]
    assert [key.label for key in selection.freed] == ["E"]
    assert found["A"].standing is None
    assert found["F"].standing is None
    assert {found[k].standing for k in "BCDE"} <= {"firm", "marginal"}


def test_nothing_to_choose_by_is_skipped_with_the_table_to_add() -> None:
    selection = decided(Portfolio(projects=(project("A", 1, 1.0),), settings=SETTINGS))
    assert selection.status == "skipped"
    assert "add a table of budgets" in selection.why
    assert selection.decisions == ()


def test_limits_that_cannot_hold_together_are_named() -> None:
    portfolio = book(project("A", 200, 1.0, force="In"), budgets={2027: 100})
    selection = decided(portfolio)
    assert selection.status == "infeasible"
    assert selection.why == "No portfolio keeps every limit: some of them cannot hold together."
    assert selection.decisions == ()
    assert selection.gap is None
    assert any("budget 2026/27" in one for one in selection.conflicts)


def test_one_project_is_enough() -> None:
    selection = decided(book(project("A", 100, 1.0), budgets={2027: 100}))
    (a,) = selection.decisions
    assert (a.decision, a.standing) == ("Start", "marginal")
    assert a.reason == "Worth 1, rank 1 of 1, for GBP 100."


def test_everything_ruled_out_is_an_answer() -> None:
    portfolio = book(project("A", 100, 1.0, force="Out"), budgets={2027: 100})
    selection = decided(portfolio)
    assert selection.status == "optimal"
    assert (selection.total_value, selection.total_cost) == (0.0, 0)
    assert selection.decisions[0].reason == "Ruled out: no reason is given."


def test_other_money_is_used_for_choice_and_deferral_alike() -> None:
    portfolio = book(project("A", 100, 2.0), project("B", 60, 1.0), budgets={2027: 50, 2028: 50})
    double = by_id(decided(portfolio, budget=BudgetChange(factor=2.0)))
    assert (double["A"].decision, double["B"].decision) == ("Start", "Defer")
    total = by_id(decided(portfolio, budget=BudgetChange(total_cents=10_000)))
    assert (total["A"].decision, total["B"].decision) == ("Start", "Not funded")
    assert "total budget" in total["B"].reason


def test_project_in_flight_that_is_freed_for_this_run_may_be_stopped() -> None:
    portfolio = book(running("A", 80, 1.0), project("B", 90, 5.0), budgets={2027: 100})
    assert by_id(decided(portfolio))["A"].decision == "Continue"
    freed = decided(portfolio, free=("A",))
    assert [key.label for key in freed.freed] == ["A"]
    assert by_id(freed)["A"].decision == "Stop"
    assert by_id(freed)["A"].reason == (
        "Worth 1; stopping it frees GBP 80; does not fit: GBP 80 of the budget 2026/27 is needed "
        "and GBP 10 is left; the money goes to Name of B (B), worth 5 against 1."
    )
    with pytest.raises(InputError, match='"X" cannot be freed'):
        decided(portfolio, free=("X",))


def test_categories_and_links_reach_the_reasons() -> None:
    portfolio = Portfolio(
        projects=(
            project("A", 50, 5.0, category="Digital"),
            project("B", 50, 1.0, category="Digital"),
            project("C", 50, 1.5, category="Water"),
            project("D", 1, 0.5, category="Water"),
        ),
        budgets=(Budget(budget=1000),),
        categories=(Category(category="Digital", max_share=0.5),),
        links=(Link(from_="C", to="D", type="Excludes"),),
        settings=SETTINGS,
    )
    selection = decided(portfolio)
    assert [(u.category, u.most) for u in selection.categories] == [("Digital", 0.5)]
    found = by_id(selection)
    assert found["B"].reason == (
        "Category Digital may have at most 50 % of the money and would have 66.7 %; in its place "
        "is Name of A (A), worth 5 against 1."
    )
    # Without C, D is all the water there is: A would have 98 % of the money.
    assert found["D"].reason == (
        "Category Digital may have at most 50 % of the money and would have 98 %, even in place "
        "of Name of C (C); in its place is Name of A (A), worth 6.5 with Name of C (C) against 0.5."
    )


def test_same_input_gives_the_same_answer() -> None:
    portfolio = book(
        *(project(f"P{i}", 10 + i % 3, 1.0 + i % 4) for i in range(12)),
        budgets={2027: 55, 2028: 40},
    )
    assert decided(portfolio) == decided(portfolio)
    turned = portfolio.projects[::-1]
    other = decided(Portfolio(turned, budgets=portfolio.budgets, settings=SETTINGS))
    assert by_id(other) == by_id(decided(portfolio))


def test_search_that_time_ended_says_so() -> None:
    portfolio = book(project("A", 100, 2.0), project("B", 100, 2.0), budgets={2027: 100})
    selection = decided(portfolio, should_stop=lambda: True)
    assert selection.status == "optimal"
    assert [one.standing for one in selection.decisions] == [None, None]
    assert selection.cautions[-1] == (
        "Time ended the search: another run may propose another portfolio of equal value, and it "
        "is not said which decisions are firm and which marginal."
    )
