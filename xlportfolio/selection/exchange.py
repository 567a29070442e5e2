"""What it would take to bring one more project in: what it needs, what has to go, what makes room.

An exchange is built greedily and then checked exactly, so that what is said of it is true, though a
cheaper one may exist.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xlportfolio.selection.exact import key_order
from xlportfolio.selection.model import Choice, Fixed, LinkRule, SelectionModel

FloatArray = NDArray[np.float64]
Rows = tuple[int, ...]

_ROUNDING = 1e-12
"""What sums of a share's line may be out by, of the sum of its sizes. [-]"""


@dataclass(frozen=True)
class Obstacle:
    """A rule that no exchange can get round.

    Attributes
    ----------
    type
        "needs": what it needs cannot be had; "beside": what it cannot stand beside has to stay.
    row
        The row that is needed or has to stay; None where the tables have none.
    rule
        The dependency; None where two options of a project are meant.
    for_row
        The row that needs it, or cannot stand beside it.
    """

    type: Literal["needs", "beside"]
    row: int | None
    rule: LinkRule | None
    for_row: int


@dataclass(frozen=True)
class Exchange:
    """What bringing a row in would take.

    Attributes
    ----------
    added
        The row, then what it needs that is not there.
    displaced
        What cannot stay beside them by a rule, and what depends on that.
    obstacle
        Why rules forbid it; None where they do not.
    short
        Positions of the limits that it breaks once the displaced are gone.
    removed
        Chosen rows that make room when they go too; empty where nothing is short; None where no
        such rows were found.
    """

    added: Rows
    displaced: Rows = ()
    obstacle: Obstacle | None = None
    short: Rows = ()
    removed: Rows | None = ()


class Limits:
    """Every budget and share of a model as a line: the sum of `take` over the chosen <= `room`.

    Budgets come first, in their order; then for each share its most and its least, where given.
    Cents are whole numbers far below 2^53, so that sums of budgets are exact.
    """

    def __init__(self, model: SelectionModel) -> None:
        self.n_budgets = len(model.budgets)
        cost = model.cost.astype(np.float64)
        lines = [(b.cost - b.exit).astype(np.float64) for b in model.budgets]
        room = [float(b.amount - int(b.exit.sum())) for b in model.budgets]
        self.shares: list[tuple[int, Literal["most", "least"]]] = []
        for k, share in enumerate(model.shares):
            member = share.is_member.astype(np.float64)
            if share.most is not None:
                lines.append((member - share.most) * cost)
                self.shares.append((k, "most"))
            if share.least is not None:
                lines.append((share.least - member) * cost)
                self.shares.append((k, "least"))
        n = len(model.keys)
        room += [0.0] * len(self.shares)
        self.take: FloatArray = np.array(lines, dtype=np.float64).reshape(len(lines), n)
        self.room: FloatArray = np.array(room, dtype=np.float64)
        self.rounding: FloatArray = _ROUNDING * np.abs(self.take).sum(axis=1)
        self.rounding[: self.n_budgets] = 0.0

    def left(self, choice: Choice) -> FloatArray:
        """What is left of each line, shape (n_lines,). [cents]"""
        left: FloatArray = self.room - self.take @ choice
        return left

    def is_kept(self, left: FloatArray) -> bool:
        """Whether no line is broken."""
        return bool((left >= -self.rounding).all())


def is_rule_kept(rule: LinkRule, choice: Choice) -> bool:
    """Whether a choice keeps a dependency."""
    there = bool(choice[list(rule.from_rows)].any())
    other = bool(choice[list(rule.to_rows)].any())
    if rule.type == "Requires":
        return other or not there
    if rule.type == "Excludes":
        return not (there and other)
    return there == other


class Exchanges:
    """Every exchange around a portfolio; what they share is worked out once."""

    def __init__(self, model: SelectionModel, chosen: Choice) -> None:
        self.model = model
        self.chosen = chosen
        self.limits = Limits(model)
        self.left = self.limits.left(chosen)
        # What is said must not depend on the order of a table's rows.
        self._place = {int(row): place for place, row in enumerate(key_order(model))}
        self.fixed: dict[int, Fixed] = {fixed.row: fixed for fixed in model.fixed}
        self._rules: dict[int, list[LinkRule]] = {}
        for rule in model.links:
            for row in (*rule.from_rows, *rule.to_rows):
                self._rules.setdefault(row, []).append(rule)
        self._options = {row: rows for rows in model.alternatives for row in rows}
        self._units = self._removable()
        columns = [self.limits.take[:, list(rows)].sum(axis=1) for _, rows in self._units]
        shape = (len(columns), len(self.limits.room))
        self._relief: FloatArray = np.array(columns, dtype=np.float64).reshape(shape).T
        self._lost: FloatArray = np.array(
            [float(model.values[list(rows)].sum()) for _, rows in self._units], dtype=np.float64
        )
        self._units_with: dict[int, list[int]] = {}
        for u, (_, rows) in enumerate(self._units):
            for row in rows:
                self._units_with.setdefault(row, []).append(u)

    def worth(self, rows: Iterable[int]) -> float:
        """What rows are worth together."""
        return math.fsum(float(self.model.values[row]) for row in rows)

    def dependents(self, row: int) -> Rows:
        """Chosen rows that could not stay without a chosen row, by rules alone."""
        gone, _ = self._without(row)
        return self._in_order(gone - {row})

    def rules_of(self, row: int) -> Sequence[LinkRule]:
        """The dependencies that a row has part in."""
        return self._rules.get(row, ())

    def of(self, row: int) -> Exchange:
        """What it would take to bring in a row that is not chosen."""
        closed = self._closure(row)
        if isinstance(closed, Exchange):
            return closed
        added, displaced = closed
        take = self.limits.take
        left = self.left - take[:, added].sum(axis=1) + take[:, displaced].sum(axis=1)
        short = np.flatnonzero(left < -self.limits.rounding)
        exchange = Exchange(tuple(added), tuple(displaced))
        if len(short) == 0:
            return exchange
        removed = self._make_room(added, displaced, left)
        return Exchange(exchange.added, exchange.displaced, None, tuple(short.tolist()), removed)

    def is_allowed(self, choice: Choice) -> bool:
        """Whether a portfolio keeps every limit and rule."""
        return (
            self.limits.is_kept(self.limits.left(choice))
            and all(bool(choice[fixed.row]) == fixed.is_in for fixed in self.model.fixed)
            and all(int(choice[list(rows)].sum()) <= 1 for rows in self.model.alternatives)
            and all(is_rule_kept(rule, choice) for rule in self.model.links)
        )

    def _in_order(self, rows: Iterable[int]) -> Rows:
        """Rows in the order of their keys."""
        return tuple(sorted(rows, key=self._place.__getitem__))

    def _is_in(self, row: int) -> bool:
        return row in self.fixed and self.fixed[row].is_in

    def _is_out(self, row: int) -> bool:
        return row in self.fixed and not self.fixed[row].is_in

    def _closure(self, row: int) -> tuple[list[int], list[int]] | Exchange:
        """What has to come with a row, and what has to go; or the rule that forbids it."""
        added, displaced = [row], set[int]()
        now = self.chosen.copy()
        now[row] = True
        changed = [row]

        def forbidden(obstacle: Obstacle) -> Exchange:
            return Exchange(tuple(added), (), obstacle, (), None)

        while changed:
            one = changed.pop(0)
            if now[one]:
                for other in self._in_order(self._options.get(one, ())):
                    if other == one or not now[other]:
                        continue
                    if other in added or self._is_in(other):
                        return forbidden(Obstacle("beside", other, None, one))
                    now[other] = False
                    displaced.add(other)
                    changed.append(other)
            for rule in self._rules.get(one, ()):
                if is_rule_kept(rule, now):
                    continue
                ends = (rule.from_rows, rule.to_rows)
                there = [self._in_order(r for r in end if now[r]) for end in ends]
                if rule.type == "Excludes":
                    mine = 0 if any(r in added for r in there[0]) else 1
                    goes = there[1 - mine]
                else:
                    mine = 0 if there[0] else 1
                    if any(r in added for r in there[mine]):
                        wanted = self._to_add(ends[1 - mine], added, displaced)
                        if wanted is None:
                            needed = next(iter(self._in_order(ends[1 - mine])), None)
                            return forbidden(Obstacle("needs", needed, rule, there[mine][0]))
                        now[wanted] = True
                        added.append(wanted)
                        changed.append(wanted)
                        continue
                    goes = there[mine]
                for other in goes:
                    if other in added or self._is_in(other):
                        return forbidden(Obstacle("beside", other, rule, one))
                    now[other] = False
                    displaced.add(other)
                    changed.append(other)
        return added, list(self._in_order(displaced))

    def _to_add(self, rows: Rows, added: list[int], displaced: set[int]) -> int | None:
        """The option of a project that is brought in because it is needed: the cheapest."""
        taken = {r for one in added for r in self._options.get(one, ())}
        free = [r for r in rows if not self._is_out(r) and r not in displaced and r not in taken]
        order = sorted(self._in_order(free), key=lambda r: int(self.model.cost[r]))
        return order[0] if order else None

    def _without(self, row: int) -> tuple[set[int], bool]:
        """What has to go with a chosen row, itself with it; and whether all of it may go."""
        now = self.chosen.copy()
        now[row] = False
        gone, changed = {row}, [row]
        while changed:
            for rule in self._rules.get(changed.pop(0), ()):
                if rule.type == "Excludes" or is_rule_kept(rule, now):
                    continue
                for other in (*rule.from_rows, *rule.to_rows):
                    if now[other]:
                        now[other] = False
                        gone.add(other)
                        changed.append(other)
        return gone, not any(self._is_in(other) for other in gone)

    def _removable(self) -> list[tuple[int, Rows]]:
        """Each chosen row that may go, with what goes with it; in the order of the keys."""
        rows = [int(r) for r in np.flatnonzero(self.chosen) if int(r) not in self.fixed]
        units = []
        for row in self._in_order(rows):
            gone, may_go = self._without(row) if row in self._rules else ({row}, True)
            if may_go:
                units.append((row, self._in_order(gone)))
        return units

    def _make_room(self, added: list[int], displaced: list[int], left: FloatArray) -> Rows | None:
        """Chosen rows of little worth whose going makes room, checked exactly; None if none do."""
        is_open = np.ones(len(self._units), dtype=np.bool_)
        for row in (*displaced, *self._needed_by(added)):
            is_open[self._units_with.get(row, [])] = False
        found = [
            rows
            for rows in (self._one(left, is_open), self._several(left, is_open))
            if rows is not None
        ]
        found.sort(key=lambda rows: (self.worth(rows), len(rows)))
        for rows in found:
            choice = self.chosen.copy()
            choice[[*displaced, *rows]] = False
            choice[added] = True
            if self.is_allowed(choice):
                return rows
        return None

    def _needed_by(self, added: list[int]) -> list[int]:
        """Chosen rows that what is added needs."""
        return [
            other
            for one in added
            for rule in self._rules.get(one, ())
            if rule.type != "Excludes"
            for other in (*rule.from_rows, *rule.to_rows)
            if self.chosen[other]
        ]

    def _one(self, left: FloatArray, is_open: Choice) -> Rows | None:
        """The row of least worth that makes room alone."""
        after = left[:, None] + self._relief
        enough = is_open & (after >= -self.limits.rounding[:, None]).all(axis=0)
        candidates = np.flatnonzero(enough)
        if len(candidates) == 0:
            return None
        return self._units[int(candidates[np.argmin(self._lost[candidates])])][1]

    def _several(self, left: FloatArray, is_open: Choice) -> Rows | None:
        """Rows that make room together: always the one that loses least for what it relieves."""
        is_open = is_open.copy()
        units: list[int] = []
        while True:
            now = left + self._take_of(units)
            short = np.flatnonzero(now < -self.limits.rounding)
            if len(short) == 0:
                break
            lack = -now[short]
            relief = self._relief[short]
            useful = np.clip(relief, None, lack[:, None]) / lack[:, None]
            gain = np.where(is_open, useful.sum(axis=0), 0.0)
            candidates = np.flatnonzero(gain > 1e-12)
            if len(candidates) == 0:
                return None
            price = np.maximum(self._lost[candidates], 0.0) / gain[candidates]
            best = int(candidates[np.argmin(price)])
            units.append(best)
            is_open[best] = False
        for unit in sorted(units, key=lambda u: -self._lost[u]):
            rest = [u for u in units if u != unit]
            if self.limits.is_kept(left + self._take_of(rest)):
                units = rest
        return self._rows_of(units)

    def _rows_of(self, units: list[int]) -> Rows:
        return self._in_order({row for u in units for row in self._units[u][1]})

    def _take_of(self, units: list[int]) -> FloatArray:
        taken: FloatArray = self.limits.take[:, list(self._rows_of(units))].sum(axis=1)
        return taken
