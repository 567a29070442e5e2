"""The planning board: where every project stands, and what any other start of one would cost.

People are counted in millionths of an FTE, as whole numbers in floats, so that sums are exact and
equal whatever the order they are made in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xlportfolio.levelling.model import FloatArray, IntArray, LevelModel
from xlportfolio.levelling.windows import Windows

BoolArray = NDArray[np.bool_]

UNITS = 1e6
"""Of one FTE."""


class Board:
    """Starts of all projects, the load they make, and the price of moving one.

    Parameters
    ----------
    model
        Its projects in the order of their keys.
    windows
        Narrowed by every link of the model, so that starts can be found that keep them all.

    Attributes
    ----------
    starts
        [months of the plan]
    shortfall
        [millionths of FTE months]
    overspend
        What budgets are exceeded by beyond the plan as it was. [cents]
    moved
        Months moved, weighted.
    """

    def __init__(self, model: LevelModel, windows: Windows) -> None:
        n = len(model.keys)
        self.model = model
        self.low: list[int] = windows.earliest.tolist()
        self.high: list[int] = windows.latest.tolist()
        self.before: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        self.after: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        for link in model.links:
            self.before[link.after].append((link.before, link.months))
            self.after[link.before].append((link.after, link.months))
        self.starts = self._first_starts(windows.order)
        weights = np.ones(n) if model.weights is None else model.weights
        self._distance: list[FloatArray] = [
            float(weights[i]) * np.abs(np.arange(self.low[i], self.high[i] + 1) - model.planned[i])
            for i in range(n)
        ]
        self._lay_out()
        self._count_money()
        self.moved = sum(float(self._distance[i][self.starts[i] - self.low[i]]) for i in range(n))

    def _first_starts(self, order: tuple[int, ...]) -> list[int]:
        """The planned starts, put into their windows and after what they follow."""
        starts: list[int] = np.clip(self.model.planned, self.low, self.high).tolist()
        for i in order:
            for j, months in self.before[i]:
                starts[i] = max(starts[i], starts[j] + months)
        return starts

    def _lay_out(self) -> None:
        """Lay out capacity and load cell by cell, with room beyond the plan where nothing limits.

        `_cells[i][w]` are the cells that project i takes with the w-th start of its window, and
        `_people[i]` what it takes of each. Only demand that can ever be short is kept.
        """
        model = self.model
        n_roles, n_months = model.capacity.shape
        limited: BoolArray = ~np.all(np.isnan(model.capacity), axis=1)
        reach = [
            (self.low[i] + need.begin, self.high[i] + need.begin + need.people.shape[1])
            for i, need in enumerate(model.demand)
            if need.people.size
        ]
        pad = max([0, *(-first for first, _ in reach)])
        width = pad + max([n_months, *(end for _, end in reach)])
        room = np.full((n_roles, width), np.inf)
        known = np.where(np.isnan(model.capacity), np.inf, np.rint(model.capacity * UNITS))
        room[:, pad : pad + n_months] = known
        self._over = -room.ravel()
        self._cells: list[IntArray] = []
        self._people: list[FloatArray] = []
        for i, need in enumerate(model.demand):
            people = np.rint(need.people * UNITS)
            used = (people > 0) & limited[need.roles, np.newaxis]
            role, month = np.nonzero(used)
            first = need.roles[role] * width + month + pad + need.begin
            window = np.arange(self.low[i], self.high[i] + 1)
            self._cells.append(window[:, None] + first[None, :])
            self._people.append(people[used])
            self._over[self._cells[i][self.starts[i] - self.low[i]]] += self._people[i]
        self._less = [-people for people in self._people]
        self._ones = [np.ones(len(people)) for people in self._people]
        self.shortfall = float(np.maximum(self._over, 0.0).sum())

    def _count_money(self) -> None:
        """What each project takes of each budget with each start of its window."""
        model = self.model
        n = len(model.keys)
        sizes = [self.high[i] - self.low[i] + 1 for i in range(n)]
        rows = np.repeat(np.arange(n), sizes)
        starts = np.concatenate(
            [np.zeros(0, np.int64), *(np.arange(self.low[i], self.high[i] + 1) for i in range(n))]
        )
        shares = np.zeros((len(rows), len(model.budgets)), dtype=np.int64)
        for b, budget in enumerate(model.budgets):
            shares[:, b] = budget.shares(rows, starts - model.planned[rows])
        self._limit = np.array(
            [max(b.amount, b.used(np.zeros(n, dtype=np.int64))) for b in model.budgets],
            dtype=np.int64,
        )
        self._used = np.array([budget.constant for budget in model.budgets], dtype=np.int64)
        self._shares: list[IntArray | None] = []
        self._most: list[IntArray] = []
        first = 0
        for i in range(n):
            own = shares[first : first + sizes[i]]
            first += sizes[i]
            self._used += own[self.starts[i] - self.low[i]]
            self._most.append(own.max(axis=0))
            self._shares.append(own if (own != own[0]).any() else None)
        self.overspend = int(np.maximum(self._used - self._limit, 0).sum())

    @property
    def standing(self) -> tuple[int, float, float]:
        """How good the starts are, in order of importance; less is better."""
        return (self.overspend, self.shortfall, self.moved)

    def typical_need(self) -> float:
        """What a project that can move needs of a role in a month, on average. [millionths]"""
        movable = [i for i, low in enumerate(self.low) if low < self.high[i]]
        cells = sum(len(self._people[i]) for i in movable)
        return sum(float(self._people[i].sum()) for i in movable) / cells if cells else 1.0

    def typical_money(self) -> float:
        """What a project that can move takes of a budget in a month, on average. [cents]"""
        movable = [i for i, low in enumerate(self.low) if low < self.high[i]]
        cells = sum(int(np.count_nonzero(b.cost[movable])) for b in self.model.budgets)
        money = sum(float(np.abs(b.cost[movable]).sum()) for b in self.model.budgets)
        return money / cells if cells else 1.0

    def window(self, i: int) -> tuple[int, int]:
        """The first and last start of a project with the others where they stand."""
        low, high, starts = self.low[i], self.high[i], self.starts
        for j, months in self.before[i]:
            low = max(low, starts[j] + months)
        for j, months in self.after[i]:
            high = min(high, starts[j] - months)
        return low, high

    def lift(self, i: int) -> None:
        """Take a project off the board."""
        row = self.starts[i] - self.low[i]
        self._over[self._cells[i][row]] -= self._people[i]
        shares = self._shares[i]
        if shares is not None:
            self._used -= shares[row]

    def prices(self, i: int, low: int, high: int) -> FloatArray:
        """What each start of a lifted project from `low` to `high` leaves short.

        Returns
        -------
        shape (high - low + 1,)
            More than another start of it. [millionths of FTE months]

        Notes
        -----
        A cell whose load without the project exceeds capacity by e, and of which it takes p, gets
        short by max(e + p, 0) - max(e, 0) = p + min(max(e, -p), 0) more. The first p is the same
        for every start.
        """
        over = self._over.take(self._cells[i][low - self.low[i] : high - self.low[i] + 1])
        np.maximum(over, self._less[i], out=over)
        np.minimum(over, 0.0, out=over)
        more: FloatArray = over @ self._ones[i]
        return more

    def distances(self, i: int, low: int, high: int) -> FloatArray:
        """Months from the planned start, weighted, for each start from `low` to `high`."""
        return self._distance[i][low - self.low[i] : high - self.low[i] + 1]

    def overspends(self, i: int, low: int, high: int) -> IntArray | None:
        """What budgets are exceeded by with each start of a lifted project; None where no start
        exceeds any. [cents]"""
        shares = self._shares[i]
        if shares is None or (self._used + self._most[i] <= self._limit).all():
            return None
        rows = shares[low - self.low[i] : high - self.low[i] + 1]
        over: IntArray = np.maximum(self._used + rows - self._limit, 0).sum(axis=1)
        return over if over.any() else None

    def put(self, i: int, start: int, more: float, distance: float) -> None:
        """Put a lifted project down; `more` and `distance` are what that changes."""
        row = start - self.low[i]
        self.starts[i] = start
        self._over[self._cells[i][row]] += self._people[i]
        shares = self._shares[i]
        if shares is not None:
            self._used += shares[row]
            self.overspend = int(np.maximum(self._used - self._limit, 0).sum())
        self.shortfall += more
        self.moved += distance

    def place_all(self, starts: list[int]) -> None:
        """Put every project at the given start."""
        for i, start in enumerate(starts):
            now = self.starts[i]
            if start != now:
                self.lift(i)
                more = self.prices(i, self.low[i], self.high[i])
                far = self.distances(i, self.low[i], self.high[i])
                to, row = start - self.low[i], now - self.low[i]
                self.put(i, start, float(more[to] - more[row]), float(far[to] - far[row]))

    def settle(self) -> None:
        """Move single projects while that makes things better, and back where it costs nothing.

        Ends where no project alone can be moved so that less is short, or moved back without more
        being short.
        """
        unsettled = True
        while unsettled:
            unsettled = False
            for i in range(len(self.starts)):
                low, high = self.window(i)
                if low < high and self._settle_one(i, low, high):
                    unsettled = True

    def _settle_one(self, i: int, low: int, high: int) -> bool:
        """Put a project where least is short, and of those starts on the nearest."""
        self.lift(i)
        more, far = self.prices(i, low, high), self.distances(i, low, high)
        spent, now = self.overspends(i, low, high), self.starts[i] - low
        priced = more if spent is None else np.where(spent > spent.min(), np.inf, more)
        nearest = np.where(priced == priced.min(), far, np.inf)
        to = int(nearest.argmin())
        if nearest[now] == nearest[to]:
            to = now
        self.put(i, low + to, float(more[to] - more[now]), float(far[to] - far[now]))
        return to != now
