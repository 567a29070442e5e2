"""Short ways to write source tables, and to look at the one problem that they have."""

from __future__ import annotations

from xlportfolio.problems import Problem
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import Portfolio
from xlportfolio.values import Value

COST = SourceColumn("cost", "Cost (£k)", "£k", 1e3, "GBP")
BUDGET = SourceColumn("budget", "Budget (£k)", "£k", 1e3, "GBP")


def column(field: str, header: str | None = None, **more: object) -> SourceColumn:
    return SourceColumn(field, header or field.replace("_", " ").capitalize(), **more)  # type: ignore[arg-type]


def projects(
    *columns: SourceColumn, rows: list[tuple[Value, ...]], label: str = "Projects"
) -> SourceTable:
    """Projects P1, P2, ... with names "Name 1", ...; the columns follow ID and name."""
    head = (column("project_id", "ID"), column("name"))
    body = tuple((f"P{i}", f"Name {i}", *row) for i, row in enumerate(rows, 1))
    return SourceTable("projects", label, head + columns, body)


def table(name: str, *columns: SourceColumn, rows: list[tuple[Value, ...]]) -> SourceTable:
    return SourceTable(name, name.capitalize(), columns, tuple(rows))


def only(portfolio: Portfolio) -> Problem:
    assert len(portfolio.problems) == 1, [problem.message for problem in portfolio.problems]
    return portfolio.problems[0]


def place(problem: Problem) -> tuple[int | None, int | None, int | None]:
    return problem.source, problem.row, problem.column
