"""Check: every problem in the data at once, each with its cell; writes nothing."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.operations.mapping import (
    question_as_json,
    read_mapping,
)
from xlportfolio.operations.runs import Progress, being_edited, no_progress
from xlportfolio.tables import Portfolio, read_tables
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.mapping.located import LocatedProblem, locate
from xlportfolio.workbook.mapping.model import Mapping
from xlportfolio.workbook.mapping.sources import criteria_table, located_tables


@dataclass(frozen=True)
class CheckResult:
    """What `check` found."""

    workbook: Path
    mapping: Mapping
    portfolio: Portfolio
    problems: tuple[LocatedProblem, ...]

    @property
    def needs_a_person(self) -> bool:
        return bool(self.problems or self.mapping.questions)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, each said once."""
        return tuple(dict.fromkeys((*self.mapping.notes, *self.portfolio.notes)))

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
        read = read_mapping(book, toml, progress)
        progress("checking the data")
        tables = located_tables(read.mapping)
        notes = being_edited(book.path)
    stored = read.stored
    if stored is not None and stored.criteria:
        tables.append(criteria_table(stored.criteria))
    said = stored.said_settings() if stored is not None else None
    portfolio = read_tables([table.source for table in tables], said)
    problems = tuple(locate(problem, tables) for problem in portfolio.problems)
    mapping = dataclasses.replace(read.mapping, notes=(*notes, *read.mapping.notes))
    return CheckResult(Path(path), mapping, portfolio, problems)
