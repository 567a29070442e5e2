"""Roles, FTE and demand."""

from __future__ import annotations

from datetime import datetime

from tests.core.source_tables import (
    column,
    only,
    place,
    projects,
    table,
)
from xlportfolio.periods import parse_period
from xlportfolio.records import Settings
from xlportfolio.sources import SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def people(*demand: tuple[Value, ...]) -> list[SourceTable]:
    january, march = parse_period("Jan-27"), parse_period("Mar-27")
    return [
        table("capacity", column("role"), column("capacity", "Jan-27", period=january),
              rows=[("Engineer", 4.0)]),
        table("demand", column("project_id"), column("role"),
              column("demand", "Jan-27", period=january), column("demand", "Mar-27", period=march),
              rows=list(demand)),
    ]  # fmt: skip


def test_unknown_role_is_told_once() -> None:
    sources = people(
        ("P1", "engineer", 1.0, None), ("P1", "Diver", 1.0, None), ("P1", "diver", 2.0, 1.0)
    )
    problem = only(read_tables([projects(rows=[()]), *sources]))
    assert problem.message == (
        'Demand of P1, Diver and 1 more rows asks for the role "Diver", which has no capacity; '
        "expected a role of the capacity table. Correct the role, or add its capacity."
    )
    assert (place(problem), problem.blocks) == ((2, 1, 1), ("level",))


def test_demand_outside_the_projects_dates_is_told() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2027, 1, 10), datetime(2027, 2, 20))]
    source = projects(column("start"), column("finish"), rows=rows)
    problem = only(read_tables([source, *people(("P1", "Engineer", 1.0, 0.5))]))
    assert problem.message == (
        'Demand of P1, Engineer is 0.5 in "Mar-27", outside the project\'s 10 Jan 2027 to 20 Feb '
        "2027; expected demand while the project runs. Move the demand, or correct the project's "
        "dates."
    )
    assert place(problem) == (2, 0, 3)


def effort(unit: str) -> SourceTable:
    quarter = parse_period("2027 Q1")
    return table(
        "demand",
        column("project_id"),
        column("role"),
        column("demand", "2027 Q1", unit=unit, period=quarter),
        rows=[("P1", "Engineer", 108.0)],
    )


def test_days_become_fte_by_the_settings() -> None:
    """108 days in a quarter, 18 days to a month of one FTE: 108 / (18 x 3) = 2 FTE."""
    portfolio = read_tables([projects(rows=[()]), effort("days")], Settings(days_per_fte=18.0))
    assert portfolio.problems == ()
    assert portfolio.demand[0].demand == 2.0


def test_days_without_a_setting_are_a_question() -> None:
    portfolio = read_tables([projects(rows=[()]), effort("person-days")])
    assert only(portfolio).message == (
        '"2027 Q1" of "Demand" is in days, and the settings do not say how many days one FTE '
        "works in a month; expected people as FTE. Enter days_per_fte in the settings; until then "
        "the demand in days is left out."
    )
    assert portfolio.demand == ()


def test_negative_capacity_is_left_out() -> None:
    source = table("capacity", column("role"), column("capacity", "FTE"), rows=[("Engineer", -2.0)])
    portfolio = read_tables([projects(rows=[()]), source])
    assert only(portfolio).message == (
        '"FTE" of role "Engineer" is -2; expected at least 0. Correct the number.'
    )
    assert portfolio.capacity == ()
