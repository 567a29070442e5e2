"""What changed since the last run: projects in and out, cost, value, dates, scores, decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from xlportfolio.records import ProjectKey

What = Literal["project", "cost", "value", "score", "start", "finish", "decision"]


@dataclass(frozen=True)
class ResultRow:
    """A project in the results of a run: what the next run is compared with.

    Attributes
    ----------
    cost
        What counts against the budgets. [cents]
    decision
        "" where none was proposed.
    start, finish
        As the tables planned them, not as levelling proposed.
    """

    key: ProjectKey
    name: str
    value: float | None
    score: float | None
    cost: int | None
    start: date | None
    finish: date | None
    decision: str = ""
    reason: str = ""
    new_start: date | None = None


@dataclass(frozen=True)
class Change:
    """One change; `source` is the cell that now says so ("Projects!C5"), None for a result."""

    key: ProjectKey
    name: str
    what: What
    before: str
    after: str
    sentence: str
    source: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What changed since the last run; `is_first` where there was none to compare with."""

    is_first: bool = True
    changes: tuple[Change, ...] = ()
