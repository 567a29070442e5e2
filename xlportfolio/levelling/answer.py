"""The answer of a levelling: the starts, what moved each, and demand against capacity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xlportfolio.plan_calendar import PlanMonths
from xlportfolio.records import ProjectKey

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ProjectPlan:
    """When a project runs.

    Attributes
    ----------
    start, finish
        As planned now; None where not known.
    new_start, new_finish
        As proposed.
    months_moved
        0 where it stays; negative where it starts earlier.
    reason
        Which role in which months moved it, or what keeps it where it is, in a sentence.
    can_move
        Whether it may move at all: it has not started, and its window leaves room.
    """

    key: ProjectKey
    start: date | None
    finish: date | None
    new_start: date | None
    new_finish: date | None
    months_moved: int
    reason: str = ""
    can_move: bool = False


@dataclass(frozen=True)
class Plan:
    """The levelled plan.

    Attributes
    ----------
    status
        "optimal" where nothing is short any more, no starts leave less short, or nothing can move;
        "feasible" where the search ended with people short; "skipped" where a table is missing
        (`why` says which).
    projects
        One for each project in the plan, in the order of the projects table.
    roles, months
        R roles and T months that the arrays below are about.
    capacity : shape (R, T)
        People there are; NaN where no capacity is given: there nothing limits. [FTE]
    before, after : shape (R, T)
        People needed with the starts as planned, and as proposed. [FTE]
    shortfall_before, shortfall_after
        Sum of what demand exceeds capacity by. [FTE months]
    shortfall_bound
        No starts in their windows leave less short than this. [FTE months]
    breaches
        Budgets and dependencies that the proposed dates do not keep, in sentences.
    was_stopped
        Whether time ended the search before its effort was spent.
    cautions, notes
        What a person should know, and what was assumed, in sentences.
    """

    status: Literal["optimal", "feasible", "skipped"]
    why: str = ""
    projects: tuple[ProjectPlan, ...] = ()
    roles: tuple[str, ...] = ()
    months: PlanMonths | None = None
    capacity: FloatArray | None = None
    before: FloatArray | None = None
    after: FloatArray | None = None
    shortfall_before: float = 0.0
    shortfall_after: float = 0.0
    breaches: tuple[str, ...] = ()
    was_stopped: bool = False
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shortfall_bound: float = 0.0

    @property
    def n_moved(self) -> int:
        """How many projects start at another time."""
        return sum(project.months_moved != 0 for project in self.projects)
