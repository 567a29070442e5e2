"""The answer of a rebalancing: a decision for each project, its reason, and what limits did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from xlportfolio.periods import Period
from xlportfolio.records import ProjectKey

Decision = Literal["Continue", "Start", "Defer", "Stop", "Not funded"]
DECISION_ORDER: tuple[Decision, ...] = ("Continue", "Start", "Defer", "Stop", "Not funded")
"""The order in which decisions are shown: first what is funded, then the others."""
FUNDED: tuple[Decision, ...] = ("Continue", "Start")
"""The decisions of what is in the proposed portfolio."""
Status = Literal["optimal", "feasible", "infeasible", "skipped"]


@dataclass(frozen=True)
class ProjectDecision:
    """What is proposed for a project or option.

    Attributes
    ----------
    reason
        One sentence for a board: the rule or budget behind it, and for what is left out what is
        worth more for the same money.
    is_chosen
        Whether it is in the proposed portfolio (Continue and Start are).
    standing
        "marginal" where 5 % more or less of every budget would change it, else "firm"; None where
        a rule decides it.
    value
        What it is worth; None where that is not known.
    cost
        What counts of it against the budgets. [cents]
    defer_to
        For Defer, the first day of the month in which the money left over would carry it.
    """

    key: ProjectKey
    decision: Decision
    reason: str
    is_chosen: bool
    standing: Literal["firm", "marginal"] | None
    value: float | None
    cost: int
    defer_to: date | None = None


@dataclass(frozen=True)
class BudgetUse:
    """A budget and what the proposed portfolio takes of it, with what stopping costs. [cents]

    Attributes
    ----------
    period, kind
        What it is for; None for all.
    kinds
        Of a budget without a kind that does not pay everything: what it pays.
    """

    name: str
    period: Period | None
    kind: str | None
    budget: int
    used: int
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CategoryUse:
    """A category's share of the money of the proposed portfolio, against its limits. [0..1]"""

    category: str
    cost: int
    share: float
    least: float | None
    most: float | None
    target: float | None


@dataclass(frozen=True)
class Selection:
    """The proposed portfolio.

    Attributes
    ----------
    why
        For "skipped" the table to add; for "infeasible" one sentence; else "".
    conflicts
        For "infeasible": limits that cannot hold together, by name, a sentence each.
    decisions
        One for each row of the projects table that has not ended, in its order; empty where
        skipped or infeasible.
    total_value, total_cost
        Of what is chosen; the cost in cents.
    gap
        How much more value could at most be had, as a share of the total; 0 where proven best;
        None without a portfolio. [0..1]
    exit_cost
        What stopping costs altogether. [cents]
    freed
        Rows in flight that a person allowed to stop.
    cautions, notes
        What a person should know, and what was assumed, in sentences.
    """

    status: Status
    why: str = ""
    value_name: Literal["value", "score"] = "score"
    conflicts: tuple[str, ...] = ()
    decisions: tuple[ProjectDecision, ...] = ()
    total_value: float = 0.0
    total_cost: int = 0
    exit_cost: int = 0
    gap: float | None = None
    budgets: tuple[BudgetUse, ...] = ()
    categories: tuple[CategoryUse, ...] = ()
    freed: tuple[ProjectKey, ...] = ()
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
