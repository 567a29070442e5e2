"""IDs that are missing or repeated, and projects that stand there twice."""

from __future__ import annotations

from datetime import datetime

from tests.core.source_tables import (
    COST,
    column,
    only,
    place,
    table,
)
from xlportfolio.sources import SourceTable
from xlportfolio.tables import read_tables


def test_repeated_id_keeps_the_first_row() -> None:
    source = table(
        "projects",
        column("project_id", "ID"),
        column("name"),
        rows=[("P1", "Bridge"), ("p1 ", "Road"), ("P2", "Dam")],
    )
    portfolio = read_tables([source])
    problem = only(portfolio)
    assert problem.message == (
        'Project ID p1 is used again: first for "Bridge", here for "Road"; expected one row per '
        "project or option. Give one of them another ID, or name the option that each row is; "
        "until then the second is left out."
    )
    assert (place(problem), problem.value) == ((0, 1, 0), "p1 ")
    assert [project.name for project in portfolio.projects] == ["Bridge", "Dam"]


def test_options_of_one_project_share_its_id() -> None:
    source = table(
        "projects",
        column("project_id"),
        column("name"),
        column("option"),
        column("cost"),
        rows=[("P1", "Bridge", "A", 5.0), ("P1", "Bridge", "B", 5.0), ("P1", "Bridge", "a", 7.0)],
    )
    portfolio = read_tables([source])
    assert [project.option for project in portfolio.projects] == ["A", "B"]
    assert only(portfolio).row == 2


def test_option_written_another_way_is_the_same_option() -> None:
    source = table(
        "projects",
        column("project_id"),
        column("name"),
        column("option"),
        rows=[("P1", "Bridge", "Option  A"), ("P1", "Bridge", "option a")],
    )
    portfolio = read_tables([source])
    assert len(portfolio.projects) == 1
    assert (only(portfolio).row, only(portfolio).message.split(";")[0]) == (
        1,
        "Project ID P1 is used again",
    )


def test_missing_id_is_told_and_the_name_serves() -> None:
    source = table(
        "projects",
        column("project_id", "ID"),
        column("name"),
        column("stage"),
        rows=[("P1", "Dam", "x"), (None, "Road", "y"), ("tbc", None, "z"), (None, None, None)],
    )
    portfolio = read_tables([source])
    assert [problem.message for problem in portfolio.problems] == [
        'Project "Road" has no project ID; expected a unique ID in each row. Enter one; until '
        "then the name serves as its ID.",
        "A row of the projects has neither an ID nor a name; expected a unique ID in each row. "
        "Enter both, or delete the row; until then it is left out.",
    ]
    assert [place(problem) for problem in portfolio.problems] == [(0, 1, 0), (0, 2, 0)]
    assert [project.project_id for project in portfolio.projects] == ["P1", "Road"]


def test_same_project_under_two_ids_is_told() -> None:
    source = table(
        "projects",
        column("project_id"),
        column("name"),
        column("cost"),
        rows=[("P1", "The Bridge project", 50.0), ("P2", "Road", 50.0), ("P9", "BRIDGE", 50.0)],
    )
    problem = only(read_tables([source]))
    assert problem.message == (
        'Project P9 and project P1 have the same name, "BRIDGE", and the same cost of 50; '
        "expected each project once. Delete one of them, or name them apart."
    )
    assert (place(problem), problem.severity, problem.money) == ((0, 2, 1), "warning", 50.0)


def dated(*costs: float | None) -> SourceTable:
    start, finish = datetime(2026, 1, 1), datetime(2026, 9, 1)
    columns = (column("project_id"), column("name"), column("start"), column("finish"), COST)
    rows = [(f"P{i}", "Support", start, finish, cost) for i, cost in enumerate(costs)]
    return table("projects", *columns, rows=rows)  # type: ignore[arg-type]


def test_same_name_and_dates_are_told_unless_the_costs_differ() -> None:
    kinds = [problem.message[:24] for problem in read_tables([dated(10.0, None)]).problems]
    assert "Project P1 and project P" in kinds
    assert read_tables([dated(10.0, 12.0)]).problems == ()
