"""A portfolio levelled from its tables: sentences, figures and odd input."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.oracles.plan_tables import faults, random_portfolio
from xlportfolio.costing import cost_table
from xlportfolio.levelling.answer import Plan, ProjectPlan
from xlportfolio.levelling.level import level
from xlportfolio.levelling.moved_costs import moved_costs
from xlportfolio.periods import Period
from xlportfolio.records import (
    Amount,
    Budget,
    Capacity,
    Demand,
    Link,
    Project,
    ProjectKey,
    Settings,
)
from xlportfolio.tables import Portfolio


def project(name: str, begins: int | None, n_months: int = 2, **more: Any) -> Project:
    """A project that starts in a month of 2026 and lasts so many; `name` is its ID too."""
    dates: dict[str, Any] = {}
    if begins is not None:
        end = begins + n_months - 1
        dates = {"start": date(2026, begins, 1), "finish": date(2026, end, 28)}
    return Project(project_id=name, name=f"Name {name}", **(dates | more))


def needs(name: str, people: float, role: str = "Engineer", **more: Any) -> Demand:
    return Demand(project_id=name, role=role, demand=people, **more)


def month(number: int, year: int = 2026) -> Period:
    return Period("month", year, number)


def engineers(people: float, months: range = range(1, 13)) -> tuple[Capacity, ...]:
    return tuple(Capacity(role="Engineer", period=month(k), capacity=people) for k in months)


def portfolio(
    *projects: Project,
    demand: tuple[Demand, ...],
    capacity: tuple[Capacity, ...] = (),
    links: tuple[Link, ...] = (),
    budgets: tuple[Budget, ...] = (),
    status: date | None = None,
) -> Portfolio:
    return Portfolio(
        projects=projects,
        demand=demand,
        capacity=capacity or engineers(1.0),
        links=links,
        budgets=budgets,
        settings=Settings(first_period=date(2026, 1, 1), status_date=status, currency="GBP"),
    )


def levelled(given: Portfolio, **options: Any) -> Plan:
    return level(given, cost_table(given), **{"chosen": None, **options})


def of(plan: Plan, name: str) -> ProjectPlan:
    return next(one for one in plan.projects if one.key.project_id == name)


def finish_to_start(before: str, after: str, lag: float | None = None) -> Link:
    return Link(from_=before, to=after, type="Finish-to-start", lag=lag)


def test_plans_of_random_portfolios_have_no_fault() -> None:
    n_moved = 0
    for seed in range(250):
        given = random_portfolio(seed)
        costs = cost_table(given)
        plan = level(given, costs, chosen=None, effort=0.1)
        assert faults(given, costs, plan, 6) == [], f"portfolio {seed}"
        n_moved += plan.n_moved
    assert n_moved > 100


def test_reordered_rows_give_the_same_plan_in_their_order() -> None:
    for seed in range(25):
        given = random_portfolio(seed)
        turned = replace(
            given,
            projects=given.projects[::-1],
            demand=given.demand[::-1],
            links=given.links[::-1],
            budgets=given.budgets[::-1],
        )
        plan, other = levelled(given, effort=0.1), levelled(turned, effort=0.1)
        moves = {one.key: one.months_moved for one in plan.projects}
        assert {one.key: one.months_moved for one in other.projects} == moves, seed
        assert other.shortfall_after == plan.shortfall_after


def test_moved_project_says_which_role_in_which_months_moved_it() -> None:
    plan = levelled(
        portfolio(
            project("A", 3, latest_start=date(2026, 3, 1)),
            project("B", 3),
            demand=(needs("A", 1.0), needs("B", 1.5)),
            capacity=engineers(1.5),
        )
    )
    moved = of(plan, "B")
    assert (moved.new_start, moved.new_finish) == (date(2026, 5, 1), date(2026, 6, 28))
    assert moved.reason == (
        "Two months later: Engineer is short by 1 FTE in Mar-26 to Apr-26 otherwise."
    )
    assert (plan.shortfall_before, plan.shortfall_after, plan.status) == (2.0, 0.0, "optimal")
    assert of(plan, "A").reason == "Its window leaves no other start."
    assert of(plan, "A").can_move is False
    assert plan.before is not None
    assert plan.after is not None
    assert plan.before[0, :6].tolist() == [0, 0, 2.5, 2.5, 0, 0]
    assert plan.after[0, :6].tolist() == [0, 0, 1, 1, 1.5, 1.5]


def test_successor_says_whom_it_follows() -> None:
    plan = levelled(
        portfolio(
            project("A", 3, latest_start=date(2026, 3, 1)),
            project("B", 3),
            project("C", 5),
            demand=(needs("A", 1.0), needs("B", 1.0)),
            links=(finish_to_start("B", "C", 1),),
        )
    )
    assert of(plan, "B").months_moved == 2
    assert of(plan, "C").months_moved == 3
    assert of(plan, "C").reason == (
        "Three months later: it follows Name B (B), which finishes in Jun-26."
    )


def test_link_that_holds_to_the_day_within_a_month_moves_nothing() -> None:
    given = portfolio(
        project("A", 3, finish=date(2026, 4, 10)),
        project("B", 3, start=date(2026, 4, 13), finish=date(2026, 6, 30)),
        demand=(needs("A", 1.0, period=month(3)),),
        links=(finish_to_start("A", "B"),),
    )
    assert levelled(given).n_moved == 0
    overlapping = replace(
        given, projects=(given.projects[0], project("B", 4, start=date(2026, 4, 10)))
    )
    assert of(levelled(overlapping), "B").months_moved == 1


def test_work_in_flight_and_without_dates_stays_and_counts() -> None:
    plan = levelled(
        portfolio(
            project("A", 3, lifecycle="active"),
            project("B", None),
            project("C", 3),
            demand=(
                needs("A", 1.0),
                needs("B", 1.0, period=month(5)),
                needs("C", 1.0),
                needs("B", 1.0),
            ),
        )
    )
    assert of(plan, "A").reason == "In flight (active): it is not moved."
    assert of(plan, "B").reason == (
        "It has no start date: what it needs stays where the tables put it."
    )
    assert of(plan, "C").new_start == date(2026, 6, 1)
    assert plan.shortfall_after == 0
    assert plan.cautions == (
        "Demand without calendar periods is left out for Name B (B), which has no dates to place "
        "it by. Enter them.",
    )


def test_nothing_starts_in_the_month_of_the_status_date_that_was_not_planned_there() -> None:
    plan = levelled(
        portfolio(
            project("A", 4, lifecycle="active"),
            project("B", 5, earliest_start=date(2026, 1, 1), latest_start=date(2026, 5, 1)),
            project("C", 1, lifecycle="on hold", latest_start=date(2026, 8, 1), percent_complete=0),
            demand=(needs("A", 1.0), needs("B", 1.0)),
            status=date(2026, 3, 10),
        )
    )
    assert of(plan, "B").months_moved == 0
    assert plan.shortfall_after == 1.0
    assert of(plan, "C").reason == "In flight (started on 1 Jan 2026): it is not moved."


def test_window_that_lies_later_than_planned_moves_the_start_into_it() -> None:
    plan = levelled(
        portfolio(
            project("A", 3, earliest_start=date(2026, 5, 20)),
            demand=(needs("A", 1.0),),
        )
    )
    assert of(plan, "A").new_start == date(2026, 6, 1)
    assert of(plan, "A").reason == "Three months later: it may start not before 20 May 2026."


def test_window_that_is_closed_keeps_the_start_and_says_so() -> None:
    plan = levelled(
        portfolio(
            project("A", 4, latest_start=date(2026, 3, 1), earliest_start=date(2026, 1, 1)),
            project("B", 4, earliest_start=date(2026, 8, 1), latest_start=date(2026, 8, 10)),
            project(
                "C",
                4,
                start=date(2026, 4, 15),
                finish=date(2026, 5, 1),
                latest_start=date(2026, 3, 20),
            ),
            project(
                "D",
                4,
                start=date(2026, 4, 15),
                finish=date(2026, 5, 1),
                earliest_start=date(2026, 5, 20),
                latest_start=date(2026, 6, 10),
            ),
            project("E", 4, earliest_start=date(2026, 5, 1), latest_start=date(2026, 4, 1)),
            demand=(needs("A", 1.0),),
            status=date(2026, 3, 31),
        )
    )
    assert [one.months_moved for one in plan.projects] == [0, 4, 0, 0, 0]
    assert plan.cautions == (
        "Name A (A) stays as planned: its latest start, 1 Mar 2026, lies before Apr-26, after the "
        "status date. Correct one of the two.",
        "Name C (C) stays as planned: its latest start, 20 Mar 2026, lies before its planned "
        "start. Correct one of the two.",
        "Name D (D) stays as planned: moved by whole months, it cannot start between its earliest "
        "start, 20 May 2026, and its latest start, 10 Jun 2026. Correct one of the two.",
        "Name E (E) stays as planned: its latest start, 1 Apr 2026, lies before its earliest "
        "start, 1 May 2026. Correct one of the two.",
    )


def test_links_that_windows_cannot_keep_name_both_projects_which_stay() -> None:
    plan = levelled(
        portfolio(
            project("A", 3, 4),
            project("B", 4, latest_start=date(2026, 5, 1)),
            demand=(needs("A", 1.0), needs("B", 1.0)),
            links=(finish_to_start("A", "B"),),
        )
    )
    assert plan.n_moved == 0
    assert plan.breaches == (
        "Name B (B) starts in Apr-26; after Name A (A) it could start in Jul-26 at the earliest, "
        "which their windows do not allow: both stay as planned.",
    )
    assert of(plan, "A").reason == (
        "Name B (B) cannot start after Name A (A) has finished, inside the windows and after "
        "what comes before: both stay as planned."
    )


def test_circle_of_links_is_named_and_none_of_it_used() -> None:
    plan = levelled(
        portfolio(
            project("A", 3),
            project("B", 3),
            project("C", 3),
            demand=(needs("A", 1.0),),
            links=(
                finish_to_start("A", "B"),
                finish_to_start("B", "A"),
                finish_to_start("B", "C"),
            ),
        )
    )
    assert [one.months_moved for one in plan.projects] == [0, 0, 2]
    assert plan.cautions == (
        "Finish-to-start links form a circle, Name A (A) before Name B (B) before Name A (A): none "
        "of them is used. Delete or turn one of them.",
    )


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("capacity", "There is no capacity: add a table of it"),
        ("demand", "There is no demand: add a table of it"),
    ],
)
def test_levelling_without_a_table_is_skipped_and_says_which(missing: str, why: str) -> None:
    given = portfolio(project("A", 3), demand=(needs("A", 1.0),))
    plan = levelled(replace(given, **{missing: ()}))
    assert plan.status == "skipped"
    assert plan.why.startswith(why)


def test_portfolio_with_no_project_chosen_has_nothing_to_level() -> None:
    plan = levelled(portfolio(project("A", 3), demand=(needs("A", 1.0),)), chosen=[])
    assert (plan.status, plan.projects, plan.shortfall_before) == ("optimal", (), 0.0)


def test_capacity_of_zero_is_a_number_and_no_capacity_is_none() -> None:
    plan = levelled(
        portfolio(
            project("A", 3),
            demand=(needs("A", 1.0), needs("A", 2.0, role="Diver")),
            capacity=engineers(0.0),
        )
    )
    assert plan.shortfall_after == 2.0
    assert plan.roles == ("Engineer", "Diver")
    assert plan.after is not None
    assert plan.capacity is not None
    assert plan.after[1, 2:4].tolist() == [2.0, 2.0]
    assert np.isnan(plan.capacity[1]).all()
    assert plan.cautions == (
        "No capacity is given for Diver in the months of the plan: what is needed of it is shown "
        "and never short.",
    )


def test_capacity_that_ended_before_the_plan_limits_nothing_and_is_said() -> None:
    past = (Capacity(role="Engineer", period=month(3, 2020), capacity=1.0),)
    plan = levelled(portfolio(project("A", 3), demand=(needs("A", 1.0),), capacity=past))
    assert plan.shortfall_before == 0
    assert plan.cautions == (
        "No capacity is given for Engineer in the months of the plan: what is needed of it is "
        "shown and never short.",
    )


def test_demand_in_a_month_without_capacity_between_others_is_noted() -> None:
    gap = (*engineers(1.0, range(1, 4)), *engineers(1.0, range(5, 8)))
    plan = levelled(
        portfolio(project("A", 3, 3), demand=(needs("A", 2.0),), capacity=gap), max_delay=0
    )
    assert plan.shortfall_before == 2.0
    assert plan.notes == (
        "Nothing limits the demand in months for which the capacity of the role is not given: 2 "
        "FTE months.",
    )


def test_periods_offsets_and_constants_fall_in_their_months() -> None:
    plan = levelled(
        portfolio(
            project("A", 2, 3),
            demand=(
                needs("A", 1.0, period=Period("quarter", 2026, 1)),
                needs("A", 0.5, role=" ENGINEER", period=Period("offset", 0, 2)),
                needs("A", 0.25),
            ),
            capacity=(
                Capacity(role="Engineer", capacity=3.0),
                Capacity(role="engineer", period=month(2), capacity=1.5),
                Capacity(role="Engineer", period=month(2), capacity=0.5),
            ),
        ),
        max_delay=0,
    )
    assert plan.before is not None
    assert plan.capacity is not None
    assert plan.months is not None
    assert plan.months.labels == ("Jan-26", "Feb-26", "Mar-26", "Apr-26")
    assert plan.before.tolist() == [[1.0, 1.25, 1.75, 0.25]]
    assert plan.capacity.tolist() == [[3.0, 2.0, 3.0, 3.0]]


def test_demand_before_and_after_the_plan_is_noted() -> None:
    given = portfolio(
        project("A", 1, 12, start=date(2025, 11, 1), finish=date(2026, 12, 1), lifecycle="active"),
        demand=(needs("A", 1.0), needs("A", 1.0, period=Period("offset", 0, 16))),
    )
    plan = levelled(given)
    assert "Nothing limits the demand before the plan begins: 2 FTE months." in plan.notes
    assert "Nothing limits the demand after the plan ends: 1 FTE month." in plan.notes


def test_work_is_not_moved_to_months_without_capacity() -> None:
    plan = levelled(
        portfolio(
            project("A", 5, lifecycle="active"),
            project("B", 5),
            demand=(needs("A", 1.0), needs("B", 1.0), needs("B", 1.0, period=month(6))),
            capacity=engineers(1.0, range(1, 7)),
        )
    )
    assert of(plan, "B").months_moved == 0
    assert of(plan, "B").reason == (
        "With any other start its work reaches months whose capacity is not known."
    )


def test_one_option_of_each_project_is_planned_the_one_forced_in_first() -> None:
    options = [
        project("A", 3, option="x"),
        project("A", 5, option="y", force="In"),
        project("B", 3, option="x", force="Out"),
        project("B", 4, option="y"),
        project("C", 3, force="Out"),
        project("D", 3, lifecycle="closed"),
    ]
    plan = levelled(portfolio(*options, demand=(needs("A", 1.0),)))
    assert [one.key for one in plan.projects] == [ProjectKey("A", "y"), ProjectKey("B", "y")]


def test_budget_that_would_break_keeps_a_project_where_people_are_short() -> None:
    given = portfolio(
        project("A", 5, lifecycle="active", cost=(Amount(amount=100.0),)),
        project("B", 5, cost=(Amount(period=Period("quarter", 2026, 2), amount=500.0),)),
        demand=(needs("A", 1.0), needs("B", 1.0)),
        budgets=(
            Budget(period=Period("quarter", 2026, 2), budget=600.0),
            Budget(period=Period("quarter", 2026, 3), budget=100.0),
            Budget(period=Period("quarter", 2026, 4), budget=100.0),
        ),
    )
    plan = levelled(given)
    assert of(plan, "B").months_moved == 0
    assert of(plan, "B").reason == (
        "Stays: fewer people would be short two months later, but the budget 2026 Q3 would be "
        "exceeded by GBP 400."
    )
    assert plan.breaches == ()
    free = levelled(replace(given, budgets=()))
    assert of(free, "B").months_moved == 2


def test_budget_that_is_exceeded_already_is_reported_and_not_exceeded_further() -> None:
    given = portfolio(
        project("A", 5, cost=(Amount(amount=100.0),)),
        demand=(needs("A", 1.0),),
        budgets=(Budget(period=Period("quarter", 2026, 2), budget=60.0),),
    )
    assert levelled(given).breaches == (
        "A budget is exceeded as planned, and by as much as proposed: budget 2026 Q2 by GBP 40.",
    )


def test_link_comes_before_a_budget_whose_breach_is_reported() -> None:
    given = portfolio(
        project("A", 4, 3, lifecycle="active"),
        project("B", 5, cost=(Amount(amount=100.0),), latest_start=date(2026, 7, 1)),
        demand=(needs("A", 1.0),),
        links=(finish_to_start("A", "B"),),
        budgets=(
            Budget(period=Period("quarter", 2026, 2), budget=100.0),
            Budget(period=Period("quarter", 2026, 3), budget=60.0),
            Budget(period=Period("quarter", 2026, 4), budget=30.0),
        ),
    )
    plan = levelled(given)
    assert of(plan, "B").months_moved == 2
    assert plan.breaches == ("The budget 2026 Q3 is exceeded by GBP 40; as planned it holds.",)


def test_stopped_search_says_so_and_returns_a_plan() -> None:
    crowd = [project(f"P{i}", 2 + i % 3, 2 + i % 2) for i in range(6)]
    given = portfolio(*crowd, demand=tuple(needs(p.project_id, 0.6) for p in crowd))
    plan = levelled(given, should_stop=lambda: True)
    assert plan.was_stopped
    assert plan.status == "feasible"
    assert plan.shortfall_after < plan.shortfall_before


def test_money_moves_with_its_project_and_every_row_adds_up() -> None:
    given = portfolio(
        project("A", 5, cost=(Amount(amount=100.0),)),
        project("B", 3, cost=(Amount(amount=90.0),)),
        project("C", 3, cost=(Amount(amount=10.0),)),
        demand=(needs("A", 1.0),),
    )
    costs = cost_table(given)
    keys = costs.keys
    to_go, undated = moved_costs(costs, {keys[0]: 7, keys[1]: -3})
    n_months = costs.months.n_months
    assert n_months == 12
    assert to_go[0, :, 0].tolist() == [0] * 11 + [5000]
    assert undated[0].tolist() == [5000]
    assert to_go[1, :2, 0].tolist() == [9000, 0]
    assert to_go[2].tolist() == costs.to_go[2].tolist()
    assert (to_go.sum(axis=(1, 2)) + undated.sum(axis=1)).tolist() == costs.counted.tolist()
