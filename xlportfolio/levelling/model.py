"""The plan as numbers: when each project may start, whom it needs, and every limit by its name.

Months are positions among the T months of the plan: 0 is its first, and negative ones lie before
it. The same model is searched, explained and, in tests, tried out start by start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlportfolio.money import Cents
from xlportfolio.records import ProjectKey

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class RoleDemand:
    """Whom a project needs, counted from its start, so that it moves with the project.

    Attributes
    ----------
    roles : shape (k,)
        Rows of the capacity, each at most once.
    begin
        Months from the project's start to the first column of `people`; may be negative.
    people : shape (k, d)
        At least 0. [FTE]
    """

    roles: IntArray
    begin: int
    people: FloatArray

    @classmethod
    def none(cls) -> RoleDemand:
        """The demand of a project that needs nobody."""
        return cls(np.zeros(0, dtype=np.int64), 0, np.zeros((0, 0)))


@dataclass(frozen=True)
class StartLink:
    """Finish-to-start: project `after` starts at least so many months after `before` starts.

    Attributes
    ----------
    before, after
        Rows of the model.
    months
        The duration of `before` and the lag. [months]
    """

    before: int
    after: int
    months: int


@dataclass(frozen=True)
class BudgetLine:
    """A budget and what the projects take of it, month by month as planned now.

    Attributes
    ----------
    name
        As people say it: "Capex budget 2026/27".
    amount
        [cents]
    months
        The months whose money it has to pay.
    cost : shape (n, T)
        What each project costs in each month, of the kinds that the budget is for. [cents]
    constant
        What else it has to pay, wherever the starts lie, such as the cost of stopping. [cents]
    """

    name: str
    amount: int
    months: range
    cost: Cents
    constant: int = 0

    def used(self, shifts: IntArray) -> int:
        """What is taken of it when each project starts so many months later. [cents]

        Parameters
        ----------
        shifts : shape (n,)
            [months]
        """
        return self.constant + int(self.shares(np.arange(len(shifts)), shifts).sum())

    def shares(self, rows: IntArray, shifts: IntArray) -> Cents:
        """What single projects take of it when they start so many months later.

        Parameters
        ----------
        rows : shape (m,)
            Of the model.
        shifts : shape (m,)
            [months]

        Returns
        -------
        shape (m,)
            Money that would lie before the plan is paid in its first month. [cents]
        """
        n, n_months = self.cost.shape
        until = np.concatenate([np.zeros((n, 1), np.int64), self.cost.cumsum(axis=1)], axis=1)
        stop = np.clip(self.months.stop - shifts, 0, n_months)
        first = np.clip(self.months.start - shifts, 0, stop) if self.months.start else 0
        taken: Cents = until[rows, stop] - until[rows, first]
        return taken


@dataclass(frozen=True)
class LevelModel:
    """Start every project so that demand exceeds capacity as little as possible.

    What holds, in order of importance: windows and Finish-to-start links are kept; a budget that
    held is not broken, one that did not is not exceeded further; then the least shortfall; then
    the fewest months moved.

    Attributes
    ----------
    keys
        n projects, in any order: the answer does not depend on it.
    planned, earliest, latest : shape (n,)
        Start months; the last two are equal where a project cannot move. [months of the plan]
    duration : shape (n,)
        [months]
    demand
        One for each project.
    capacity : shape (R, T)
        People there are; NaN where no capacity is given: there nothing limits. [FTE]
    weights : shape (n,)
        What a month's move of each project counts, 1 where None. [-]
    """

    keys: tuple[ProjectKey, ...]
    planned: IntArray
    earliest: IntArray
    latest: IntArray
    duration: IntArray
    demand: tuple[RoleDemand, ...]
    capacity: FloatArray
    links: tuple[StartLink, ...] = ()
    budgets: tuple[BudgetLine, ...] = ()
    weights: FloatArray | None = None

    @property
    def n_months(self) -> int:
        """T, the months of the plan."""
        return int(self.capacity.shape[1])

    def load(self, starts: Sequence[int] | IntArray) -> FloatArray:
        """People needed, shape (R, T), with these starts. [FTE]"""
        load = np.zeros(self.capacity.shape)
        for start, demand in zip(starts, self.demand, strict=True):
            first = int(start) + demand.begin
            low = max(first, 0)
            high = min(first + demand.people.shape[1], self.n_months)
            if low < high:
                load[demand.roles, low:high] += demand.people[:, low - first : high - first]
        return load


def shortfall(load: FloatArray, capacity: FloatArray) -> float:
    """The sum of what demand exceeds capacity by. [FTE months]

    Parameters
    ----------
    load : shape (R, T)
        People needed. [FTE]
    capacity : shape (R, T)
        People there are; NaN limits nothing. [FTE]

    Examples
    --------
    >>> shortfall(np.array([[2.0, 1.0, 9.0]]), np.array([[1.5, 3.0, np.nan]]))
    0.5
    """
    return float(excess(load, capacity).sum())


def excess(load: FloatArray, capacity: FloatArray) -> FloatArray:
    """What demand exceeds capacity by, role by month; rounding of sums is no shortfall. [FTE]

    Parameters
    ----------
    load, capacity : shape (R, T)
        [FTE]
    """
    over = np.where(np.isnan(capacity), 0.0, load - capacity)
    over[over < _ROUNDING] = 0.0
    return over


_ROUNDING = 1e-6
"""Sums of tenths of people are off by less; nobody plans in millionths of a person. [FTE]"""
