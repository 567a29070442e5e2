"""The choice as numbers: what each project brings and takes, and every limit by its name.

Rows are projects or options, in the order of the model. A portfolio is a truth per row. The same
model is solved, checked, explained and, in tests, tried out subset by subset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xlportfolio.money import Cents
from xlportfolio.periods import Period
from xlportfolio.records import ProjectKey

Choice = NDArray[np.bool_]
"""Whether each row is chosen, shape (n,)."""


@dataclass(frozen=True)
class BudgetLimit:
    """Money that must suffice: sum of `cost` of what is chosen and `exit` of what is not.

    Attributes
    ----------
    name
        As people say it: "Capex budget 2026/27", "budget 2026/27", "total budget".
    period, kind
        What it is for; None for all.
    amount
        [cents]
    cost, exit : shape (n,)
        What each row takes of it when chosen, and when not. [cents]
    kinds
        Of a limit without a kind that is not for everything: what it is for.
    """

    name: str
    period: Period | None
    kind: str | None
    amount: int
    cost: Cents
    exit: Cents
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ShareLimit:
    """A category's least or most share of the money of what is chosen; None for no limit."""

    category: str
    least: float | None
    most: float | None
    is_member: Choice
    target: float | None = None


@dataclass(frozen=True)
class Fixed:
    """A row that is decided beforehand.

    Attributes
    ----------
    why
        "mandate" (force In or Out), "in flight" (kept), "no cost" or "no value" (cannot be funded
        anew until it is known).
    reason
        The table's words or ours, for the sentence; "" where there is none.
    """

    row: int
    is_in: bool
    why: Literal["mandate", "in flight", "no cost", "no value"]
    reason: str = ""


@dataclass(frozen=True)
class LinkRule:
    """A dependency between projects; an option of a project stands for the project.

    `from_rows` and `to_rows` are the rows of the two projects. Requires: `from` only with `to`;
    Excludes: not both; Together: both or neither. A project without rows is not there, so that what
    requires it cannot be chosen; a link to one that has ended well is met and is no rule here.
    """

    type: Literal["Requires", "Excludes", "Together"]
    from_rows: tuple[int, ...]
    to_rows: tuple[int, ...]
    name: str


@dataclass(frozen=True)
class SelectionModel:
    """Maximise the sum of `values` over what is chosen, within every limit.

    Among portfolios of equal value the one that costs less, then the one that changes less against
    `current`, then the one whose rows stand first in the order of their keys.

    Attributes
    ----------
    keys
        n rows.
    values : shape (n,)
        What each is worth; 0 for rows that have no value and can only be in by mandate.
    has_value : shape (n,)
        Whether the row has a value of its own.
    cost : shape (n,)
        What counts of it in all when chosen. [cents]
    exit_cost : shape (n,)
        What it costs when not chosen: more than 0 for work that is stopped. [cents]
    current : shape (n,)
        Whether it is in the portfolio today.
    alternatives
        Rows of each project with several options; at most one of them is chosen.
    value_name
        What `values` are: "value" (a mapped column) or "score".

    Notes
    -----
    Capital rationing over several periods (Lorie & Savage 1955, Journal of Business 28, 229-239) as
    a 0-1 program (Weingartner 1963, Mathematical Programming and the Analysis of Capital Budgeting
    Problems), with dependencies, options and shares beside the budgets.
    """

    keys: tuple[ProjectKey, ...]
    values: NDArray[np.float64]
    has_value: Choice
    cost: Cents
    exit_cost: Cents
    current: Choice
    budgets: tuple[BudgetLimit, ...] = ()
    shares: tuple[ShareLimit, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    alternatives: tuple[tuple[int, ...], ...] = ()
    links: tuple[LinkRule, ...] = ()
    value_name: Literal["value", "score"] = "score"
    names: tuple[str, ...] = field(default=())
    """What people call each row, for sentences: "Sludge upgrade (NW-301)"; the keys where empty."""
