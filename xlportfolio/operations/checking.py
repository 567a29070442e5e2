"""Check: every problem in the data at once, each with its cell; writes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.operations.mapping import question_as_json
from xlportfolio.operations.reading import read_portfolio
from xlportfolio.operations.runs import Progress, being_edited, no_progress
from xlportfolio.tables import Portfolio
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.mapping.located import LocatedProblem
from xlportfolio.workbook.mapping.model import Mapping


@dataclass(frozen=True)
class CheckResult:
    """What `check` found; `notes` say what was taken for granted."""

    workbook: Path
    mapping: Mapping
    portfolio: Portfolio
    problems: tuple[LocatedProblem, ...]
    notes: tuple[str, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        return bool(self.problems or self.mapping.questions)

    def as_json(self) -> dict[str, Any]:
        return {
            "workbook": str(self.workbook),
            "status": "done",
            "projects": len(self.portfolio.projects),
            "problems": [problem.as_json() for problem in self.problems],
            "questions": [question_as_json(question) for question in self.mapping.questions],
            "notes": list(self.notes),
        }


def check_workbook(
    path: str | os.PathLike[str],
    *,
    mapping_file: str | os.PathLike[str] | None = None,
    progress: Progress = no_progress,
) -> CheckResult:
    """Read every table of a workbook and find every problem in them.

    Parameters
    ----------
    path
        The workbook.
    mapping_file
        A TOML file with the mapping; else PF Setup holds, else what is found.
    progress
        Told each step.
    """
    toml = Path(mapping_file) if mapping_file is not None else None
    with open_workbook(path) as book:
        found = read_portfolio(book, toml, progress, being_edited(book.path))
    return CheckResult(Path(path), found.mapping, found.portfolio, found.problems, found.notes)
