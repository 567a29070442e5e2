"""Problems of the core with the sheet and cell that each stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xlportfolio.problems import Problem
from xlportfolio.values import CellError
from xlportfolio.workbook.mapping.sources import LocatedTable


@dataclass(frozen=True)
class LocatedProblem:
    """A problem and where it stands: `reference` is "Projects!C5", None where it has no cell."""

    problem: Problem
    sheet: str | None
    cell: str | None
    reference: str | None

    @property
    def sentence(self) -> str:
        """The message with its address."""
        if self.reference is None:
            return self.problem.message
        return f"{self.problem.message} [{self.reference}]"

    def as_json(self) -> dict[str, Any]:
        problem = self.problem
        return {
            "table": problem.table,
            "row": problem.label or None,
            "column": problem.header or None,
            "sheet": self.sheet,
            "cell": self.reference,
            "value": _plain(problem.value),
            "message": problem.message,
            "expected": problem.expected,
            "remedy": problem.remedy,
            "severity": problem.severity,
            "blocks": list(problem.blocks),
            "money": problem.money,
        }


def locate(problem: Problem, tables: Sequence[LocatedTable]) -> LocatedProblem:
    """Add the sheet and cell to a problem."""
    if problem.source is None:
        return LocatedProblem(problem, None, None, None)
    table = tables[problem.source]
    return LocatedProblem(
        problem,
        table.sheet,
        table.cell(problem.row, problem.column),
        table.reference(problem.row, problem.column),
    )


def _plain(value: object) -> Any:
    """A cell's value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, CellError):
        return value.code
    return value
