"""People there are and people needed, month by month: what the capacity and demand tables say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from xlportfolio.costing.timeline import Span, offset_month
from xlportfolio.keys import name_key
from xlportfolio.levelling.model import FloatArray, RoleDemand
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import months_of
from xlportfolio.records import Capacity, Demand

ByMonth = dict[int, float]
"""People by month number. [FTE]"""


@dataclass
class RoleCapacity:
    """People of one role.

    Attributes
    ----------
    by_month
        Where the table names periods.
    always
        Without a period: what there is in every other month; None where nothing is said.
    """

    by_month: ByMonth = field(default_factory=dict)
    always: float | None = None


class Roles:
    """The roles of both tables, by their first spelling; capitals and spaces do not matter.

    Attributes
    ----------
    names
        Those with capacity first, in the order of the table.
    """

    def __init__(self, capacity: Iterable[Capacity], demand: Iterable[Demand]) -> None:
        spelling: dict[str, str] = {}
        for role in (*(row.role for row in capacity), *(row.role for row in demand)):
            spelling.setdefault(name_key(role), role)
        self.names = tuple(spelling.values())
        self._position = {key: r for r, key in enumerate(spelling)}

    def position(self, role: str) -> int:
        """The row of a role."""
        return self._position[name_key(role)]


def capacity_by_role(
    capacity: Sequence[Capacity], roles: Roles, fiscal_first_month: int
) -> tuple[list[RoleCapacity], int]:
    """People there are, one for each role; rows of the same role and period add up.

    Returns
    -------
    The capacity, and how many rows are for a month after a start, which is no month of a plan.

    Notes
    -----
    Where periods of several lengths say something of a month, the shortest of them holds.
    """
    found = [RoleCapacity() for _ in roles.names]
    same: dict[tuple[int, range], float] = {}
    unusable = 0
    for row in capacity:
        r = roles.position(row.role)
        if row.period is None:
            found[r].always = (found[r].always or 0.0) + row.capacity
        elif row.period.kind == "offset":
            unusable += 1
        else:
            at = r, months_of(row.period, fiscal_first_month)
            same[at] = same.get(at, 0.0) + row.capacity
    for (r, months), people in sorted(same.items(), key=lambda one: -len(one[0][1])):
        found[r].by_month.update(dict.fromkeys(months, people))
    return found, unusable


@dataclass
class ProjectDemand:
    """Whom one project needs: by row of the roles, and by month number."""

    by_role: dict[int, ByMonth] = field(default_factory=dict)

    def add(self, role: int, months: Iterable[int], people: float) -> None:
        """Add people in each of some months."""
        of_role = self.by_role.setdefault(role, {})
        for month in months:
            of_role[month] = of_role.get(month, 0.0) + people

    @property
    def months(self) -> range:
        """From the first month to the last in which anybody is needed."""
        needed = [m for of_role in self.by_role.values() for m, people in of_role.items() if people]
        return range(min(needed), max(needed) + 1) if needed else range(0)

    def counted_from(self, month: int) -> RoleDemand:
        """The same as an array, its months counted from one."""
        months = self.months
        roles = sorted(r for r, of_role in self.by_role.items() if any(of_role.values()))
        if not roles:
            return RoleDemand.none()
        people: FloatArray = np.zeros((len(roles), len(months)))
        for k, r in enumerate(roles):
            for m, fte in self.by_role[r].items():
                if fte:
                    people[k, m - months.start] = fte
        return RoleDemand(np.array(roles, dtype=np.int64), months.start - month, people)


def demand_of(
    rows: Iterable[Demand], span: Span, roles: Roles, fiscal_first_month: int
) -> tuple[ProjectDemand, list[Demand]]:
    """Whom a project needs as planned now; rows add up.

    Parameters
    ----------
    rows
        Its own.
    span
        The months in which it runs.
    roles
        Of both tables.
    fiscal_first_month
        [1..12]

    Returns
    -------
    The demand, and the rows that no date places.

    Notes
    -----
    FTE of a period hold in each of its months; FTE without a period in each month of the project.
    """
    demand = ProjectDemand()
    unplaced: list[Demand] = []
    for row in rows:
        months = needed_months(row.period, span, fiscal_first_month)
        if months is None:
            if row.demand:
                unplaced.append(row)
        else:
            demand.add(roles.position(row.role), months, row.demand)
    return demand, unplaced


def needed_months(period: Period | None, span: Span, fiscal_first_month: int) -> range | None:
    """The months in which a row of the demand needs its people; None where no date says.

    Parameters
    ----------
    period
        Of the row; None for the whole project.
    span
        The months in which the project runs.
    fiscal_first_month
        [1..12]
    """
    if period is None:
        if span.first is None or span.last is None:
            return None
        return range(span.first, span.last + 1)
    if period.kind != "offset":
        return months_of(period, fiscal_first_month)
    month = offset_month(span, period)
    return None if month is None else range(month, month + 1)
