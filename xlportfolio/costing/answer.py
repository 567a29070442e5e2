"""What each project costs from now on: by month and kind, in whole cents.

One place decides what counts against a budget. Money before the plan is sunk; of work that goes on
its cost to go counts; a total without a profile is spread evenly over the project's months; what
cannot be placed in a month still counts in the total.
"""

from __future__ import annotations

from dataclasses import dataclass

from xlportfolio.money import Cents
from xlportfolio.plan_calendar import PlanMonths
from xlportfolio.records import ProjectKey

NO_KIND = ""
"""The kind of money that is not split by kind."""


@dataclass(frozen=True)
class CostTable:
    """What every project and option costs, in the order of the projects table.

    Attributes
    ----------
    keys
        n rows: every row of the projects table but those that ended (see `ended`).
    months
        The T months of the plan.
    kinds
        The K kinds of money as the tables write them; `NO_KIND` for money that is not split.
    to_go : shape (n, T, K)
        What counts, by month, as planned now. [cents]
    undated : shape (n, K)
        What counts and lies in no month of the plan: after its last one, or without dates. [cents]
    sunk : shape (n,)
        What was spent or lies before the plan and counts no more. [cents]
    exit_cost : shape (n,)
        What stopping costs; 0 for what has not begun. [cents]
    is_known : shape (n,)
        Whether the table says what the project costs; where not, the figures are 0.
    is_in_flight : shape (n,)
        Whether it has started or is committed.
    in_flight_because
        By row, "" for what has not begun: "active", "started on 1 Jun 2023", "38% complete", ...
    ended
        Rows that are closed or cancelled and have nothing to come, each with the reason.
    ended_cost
        What those rows cost altogether, in the order of `ended`. [cents]
    table_cost : shape (n,)
        The sum of the row's cost as the table has it, before anything of it is left out. [cents]
    adjusted : shape (n,)
        What the cost to go that the table states adds to its profile, or takes from it. [cents]
        For every row table_cost + adjusted = sunk + to_go + undated.
    notes
        What was assumed, in sentences, such as a total spread over months.
    cautions
        What was assumed and needs a person, such as a plan that begins with the first cost.
    """

    keys: tuple[ProjectKey, ...]
    months: PlanMonths
    kinds: tuple[str, ...]
    to_go: Cents
    undated: Cents
    sunk: Cents
    exit_cost: Cents
    is_known: tuple[bool, ...]
    is_in_flight: tuple[bool, ...]
    in_flight_because: tuple[str, ...]
    ended: tuple[tuple[ProjectKey, str], ...] = ()
    ended_cost: tuple[int, ...] = ()
    table_cost: Cents | None = None
    adjusted: Cents | None = None
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def counted(self) -> Cents:
        """What counts of each row in all, shape (n,). [cents]"""
        total: Cents = self.to_go.sum(axis=(1, 2)) + self.undated.sum(axis=1)
        return total
