"""Everything the result sheets show, gathered by an operation; the sheets compute nothing anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from xlportfolio.comparison import Comparison
from xlportfolio.costing import CostTable
from xlportfolio.levelling.answer import Plan
from xlportfolio.reconciliation import Reconciliation
from xlportfolio.records import ProjectKey
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import Selection
from xlportfolio.tables import Portfolio
from xlportfolio.workbook.mapping.located import LocatedProblem


@dataclass(frozen=True)
class LogRow:
    """One run as PF Log keeps it.

    Attributes
    ----------
    when
        UTC, to the second; the one thing on our sheets that differs between equal runs.
    command
        "run", "score", ...
    inputs
        The first 16 digits of the SHA-256 of all input values.
    options
        What was asked for, such as "seed 1, effort 2, budget 0.9 of each".
    status, gap
        Of the rebalancing; "" and None where it was skipped.
    figures
        In a sentence: projects, chosen, cost, value, shortfall.
    version
        Of xlportfolio.
    """

    when: datetime
    command: str
    inputs: str
    options: str
    status: str
    gap: float | None
    figures: str
    version: str


@dataclass(frozen=True)
class RunContents:
    """What a run found, for the sheets.

    Attributes
    ----------
    workbook
        The name of the file.
    problems
        Every problem in the data, worst first, then in sheet order.
    questions
        What the mapping asks, in sentences.
    references
        The cell of each project's ID in the user's table: "Projects!A5".
    log
        Rows of the runs before, and last this one.
    notes
        What was assumed in reading the workbook, in sentences; each step has notes of its own.
    cautions
        What a person should know of the run as a whole; each step has cautions of its own.
    """

    workbook: str
    version: str
    portfolio: Portfolio
    costs: CostTable
    scores: Scores
    selection: Selection
    plan: Plan
    comparison: Comparison
    reconciliation: Reconciliation
    problems: tuple[LocatedProblem, ...] = ()
    questions: tuple[str, ...] = ()
    references: Mapping[ProjectKey, str] = field(default_factory=dict)
    log: tuple[LogRow, ...] = ()
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
