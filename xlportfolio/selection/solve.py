"""The portfolio of most value within every limit, one and the same however the rows stand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from xlportfolio.selection.exact import (
    Program,
    Row,
    Whole,
    key_order,
    program_of,
    total,
    whole_values,
)
from xlportfolio.selection.model import Choice, SelectionModel
from xlportfolio.selection.search import Found, decided_by_bound, maximise
from xlportfolio.selection.tie_breaks import first_by_key
from xlportfolio.selection.value_search import most_value

DEFAULT_EFFORT = 300
"""Branch-and-bound nodes, as `solve_selection` counts them."""
_TIE_COLUMNS = 20_000
"""Nodes times undecided columns that each search among equals may take at least."""
_TIE_SHARE = 0.2
"""Of the time limit, what all four searches among equals may take."""


@dataclass(frozen=True)
class Solved:
    """What solving came to.

    Attributes
    ----------
    status
        "optimal" where no portfolio has more value; "feasible" where one may have; "infeasible"
        where no portfolio holds every limit, or, with `was_stopped`, none was found in the time.
    chosen : shape (n,)
        In the order of the model's rows; None without a portfolio.
    value
        The values of what is chosen, added up; NaN never: 0 without a portfolio.
    upper_bound
        No portfolio is worth more than this.
    gap
        How much more value could at most be had, as a share of `value`; None without a portfolio.
        [0..1]
    nodes
        Branch-and-bound nodes that it took.
    was_stopped
        Whether `should_stop` or the time limit cut it short, so that it may not be repeatable.
    is_unique
        Whether ties in value were settled to the last: by cost, change and keys.
    """

    status: Literal["optimal", "feasible", "infeasible"]
    chosen: Choice | None
    value: float
    upper_bound: float
    gap: float | None
    nodes: int
    was_stopped: bool
    is_unique: bool = True


def solve_selection(
    model: SelectionModel,
    *,
    effort: int = DEFAULT_EFFORT,
    should_stop: Callable[[], bool] | None = None,
    time_limit: float | None = None,
) -> Solved:
    """Choose the portfolio of most value; among equals by cost, then change, then keys.

    Parameters
    ----------
    model
        The choice.
    effort
        Branch-and-bound nodes to spend on the value where 500 undecided projects stand under five
        limits, at least 1; smaller models get more in proportion, larger ones less. The same effort
        gives the same answer.
    should_stop
        Asked between the stages; the best so far is the answer once it says so.
    time_limit
        A safety net for hosts: when to give up each of up to three searches for value. Breaking
        ties takes a fifth of it at most. [s]

    Returns
    -------
    Solved
        Every limit holds to the cent.

    Notes
    -----
    In this order: the largest sum of values; the least cost of what is chosen plus exit cost of
    what is not; the fewest rows that differ from `current`; and of what is left the portfolio
    that holds the first row, in the order of project ID and option, in which two of them differ.
    Values count to seven digits of the largest one, or exactly where all are multiples of one
    fraction: smaller differences are ties. Where the value is not proven within the effort, ties
    are left as they are. Whole-number programming by HiGHS
    through `scipy.optimize.milp`.
    """
    order = key_order(model)
    program = program_of(model, order)
    values, unit = whole_values(model.values[order])
    asked = should_stop or (lambda: False)
    best = most_value(values, program, effort=effort, seconds=time_limit, must_stop=asked)
    if best.chosen is None and not best.is_proven and not best.was_stopped:
        # any portfolio at all is better than none: without an objective one is found sooner
        found = maximise(np.zeros_like(values), program, seconds=time_limit)
        bound = float(values[values > 0].sum())
        best = Found(found.chosen, found.is_proven and found.chosen is None, bound, found.nodes)
    if best.chosen is None:
        return Solved("infeasible", None, 0.0, 0.0, None, best.nodes, best.was_stopped)
    stopped = best.was_stopped
    chosen = best.chosen
    nodes = best.nodes
    is_unique = False
    if best.is_proven:
        tied = _Ties(program, chosen, nodes, time_limit, asked)
        cost = model.cost[order] - model.exit_cost[order]
        change = np.where(model.current[order], 1, -1).astype(np.int64)
        is_unique = tied.settle(values, is_best=True) and tied.settle(-cost) and tied.settle(change)
        is_unique = is_unique and tied.settle_by_key()
        chosen, nodes, stopped = tied.chosen, tied.nodes, tied.was_stopped
    answer = np.zeros(len(model.keys), dtype=bool)
    answer[order] = chosen
    value = math.fsum(model.values[answer])
    if best.is_proven:
        return Solved("optimal", answer, value, value, 0.0, nodes, stopped, is_unique)
    # what rounding the values to whole units can have hidden belongs to the honest bound
    hidden = float(np.maximum(0.0, model.values[order] - values * unit).sum())
    bound = min(best.bound * unit + hidden, float(model.values[model.values > 0].sum()))
    bound = max(value, bound)
    gap = 0.0 if bound == value else (bound - value) / abs(value) if value else math.inf
    return Solved("feasible", answer, value, bound, gap, nodes, stopped, is_unique)


class _Ties:
    """The portfolios that are still equal, narrowed down aim by aim around the best one."""

    def __init__(
        self,
        program: Program,
        chosen: Choice,
        nodes: int,
        time_limit: float | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self.program = program
        self.chosen = chosen
        self.nodes = nodes
        self.was_stopped = False
        self._value_nodes = nodes
        self._seconds = None if time_limit is None else time_limit * _TIE_SHARE / 4
        self._should_stop = should_stop

    def settle(self, objective: Whole, *, is_best: bool = False) -> bool:
        """Keep the portfolios with the largest objective; False where that was not proven."""
        if self._must_stop():
            return False
        program = decided_by_bound(objective, self.program, total(objective, self.chosen))
        if not is_best:
            found = self._search(objective, program)
            if not self._take(found, objective):
                return False
            program = decided_by_bound(objective, program, total(objective, self.chosen))
        moves = np.flatnonzero(objective)
        reached = Row(moves, -objective[moves], -total(objective, self.chosen))
        self.program = program.with_rows(reached)
        return True

    def settle_by_key(self) -> bool:
        """Take the first portfolio by keys; False where that was not proven."""

        def search(objective: Whole, program: Program) -> Found | None:
            if self._must_stop():
                return None
            return self._search(objective, program)

        self.chosen, is_proven = first_by_key(self.program, self.chosen, search)
        return is_proven

    def _search(self, objective: Whole, program: Program) -> Found:
        # about as much work as the value took at most, however many columns are still open
        free = int((program.high & ~program.low).sum())
        nodes = max(self._value_nodes, _TIE_COLUMNS // max(1, free))
        found = maximise(objective, program, nodes=nodes, seconds=self._seconds)
        self.nodes += found.nodes
        self.was_stopped |= found.was_stopped
        return found

    def _take(self, found: Found, objective: Whole) -> bool:
        if found.chosen is not None and (
            total(objective, found.chosen) > total(objective, self.chosen)
        ):
            self.chosen = found.chosen
        return found.is_proven and found.chosen is not None

    def _must_stop(self) -> bool:
        self.was_stopped = self.was_stopped or self._should_stop()
        return self.was_stopped
