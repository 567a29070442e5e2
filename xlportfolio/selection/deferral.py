"""Which projects that do not fit now would fit if they started later, with the money left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from xlportfolio.costing.answer import CostTable
from xlportfolio.costing.timeline import project_span
from xlportfolio.plan_calendar import first_day, month_label, month_number
from xlportfolio.records import Project
from xlportfolio.selection.budget_limits import BudgetSpan
from xlportfolio.selection.exchange import Limits, is_rule_kept
from xlportfolio.selection.explained import Explained
from xlportfolio.selection.model import Choice, SelectionModel
from xlportfolio.selection.wording import sentence

FloatArray = NDArray[np.float64]

LONGEST_DEFERRAL = 12
"""How much later a project without a latest start may start here. [months]"""


@dataclass(frozen=True)
class Deferral:
    """A row that is deferred: the first day of the month in which it starts, and why."""

    row: int
    defer_to: date
    reason: str


def defer(
    model: SelectionModel,
    chosen: Choice,
    explained: Sequence[Explained],
    costs: CostTable,
    spans: Sequence[BudgetSpan],
    projects: Sequence[Project],
) -> tuple[Deferral, ...]:
    """Find new starts for what budgets shut out, so that all of it fits what is left over.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        The portfolio.
    explained : shape (n,)
        Why each row is in or out.
    costs
        What each row costs by month; its rows are those of the model.
    spans
        The months and kinds of each budget of the model, in its order.
    projects : shape (n,)
        For their dates.

    Returns
    -------
    In the order of the rows.

    Notes
    -----
    Greedy by value for money, as in Dantzig (1957), Operations Research 5(2): what it finds fits,
    and another choice of deferrals may be worth more. The starts are tried month by month inside
    the window of each, best value for money first, and each takes from what is left for the next.
    What a project needs and is not there is deferred with it, by as many months. A later start must
    not move money to months that no budget covers: nobody has said that there is any.
    """
    return _Deferring(model, chosen, explained, costs, spans, projects).all()


class _Deferring:
    def __init__(
        self,
        model: SelectionModel,
        chosen: Choice,
        explained: Sequence[Explained],
        costs: CostTable,
        spans: Sequence[BudgetSpan],
        projects: Sequence[Project],
    ) -> None:
        self.model, self.explained, self.costs = model, explained, costs
        self.projects = projects
        self.now = chosen.copy()
        self.chosen = chosen
        self.limits = Limits(model)
        n = self.limits.n_budgets
        self.left = self.limits.left(chosen)[:n]
        shape = (len(spans), costs.months.n_months, len(costs.kinds))
        self.covers = np.zeros(shape, dtype=np.float64)
        self.undated = np.zeros((len(spans), len(costs.kinds)), dtype=np.float64)
        for k, span in enumerate(spans):
            for kind in span.kinds:
                self.covers[k, span.positions.start : span.positions.stop, kind] = 1.0
                self.undated[k, kind] = float(span.counts_undated)
        # By month alone: a kind without a budget in a period is not limited there, now or later.
        of_periods = [k for k, span in enumerate(spans) if span.period is not None]
        self.is_covered = self.covers[of_periods].any(axis=(0, 2))
        self.fixed = {fixed.row for fixed in model.fixed}
        self.rules = {row: [] for row in range(len(model.keys))}  # type: dict[int, list[int]]
        for k, rule in enumerate(model.links):
            for row in {*rule.from_rows, *rule.to_rows}:
                self.rules[row].append(k)
        self.options = {row: rows for rows in model.alternatives for row in rows}

    def all(self) -> tuple[Deferral, ...]:
        """Every deferral that fits beside those before it."""
        if not self.is_covered.any():
            return ()
        found: dict[int, Deferral] = {}
        waiting = sorted(self._candidates(), key=self._order)
        n_before = -1
        while len(found) > n_before:
            n_before = len(found)
            for row in waiting:
                if self.now[row]:
                    continue
                rows = self._bundle(row)
                months = self._months(rows)
                if months is None:
                    continue
                for one in rows:
                    start = self._start(one)
                    assert start is not None
                    found[one] = Deferral(
                        one, first_day(start + months), self._reason(one, start, months)
                    )
            # What is deferred now may be what another one needed; less money helps nobody.
            waiting = [row for row in waiting if self.rules[row]]
        return tuple(found[row] for row in sorted(found))

    def _candidates(self) -> list[int]:
        """New rows that a budget alone keeps out."""
        return [
            row
            for row, told in enumerate(self.explained)
            if told.decision == "Not funded"
            and told.exchange is not None
            and told.exchange.obstacle is None
            and told.limits
            and any(k < self.limits.n_budgets for k in told.exchange.short)
            and not told.exchange.displaced
        ]

    def _order(self, row: int) -> tuple[float, float, str, str]:
        """Best value for money first, then the larger value, then by key."""
        rows = self._bundle(row)
        value = float(self.model.values[rows].sum())
        cost = int(self.model.cost[rows].sum())
        per_money = value / cost if cost > 0 else float("inf")
        return -per_money, -value, *self.model.keys[row].order

    def _bundle(self, row: int) -> list[int]:
        """A row, and what it needs that is neither chosen nor deferred."""
        exchange = self.explained[row].exchange
        assert exchange is not None
        return [one for one in exchange.added if not self.now[one]]

    def _months(self, rows: list[int]) -> int | None:
        """By how many months rows must start later to fit, and take their money; None if never."""
        longest = [self._longest(row) for row in rows]
        if min(longest) < 1 or not self._are_rules_kept(rows):
            return None
        to_go = self.costs.to_go[rows].sum(axis=0).astype(np.float64)
        undated = self.costs.undated[rows].sum(axis=0).astype(np.float64)
        outside = float(to_go[~self.is_covered].sum() + undated.sum())
        for months in range(1, min(longest) + 1):
            later, late = np.zeros_like(to_go), undated.copy()
            cut = max(len(to_go) - months, 0)
            later[len(to_go) - cut :] = to_go[:cut]
            late += to_go[cut:].sum(axis=0)
            if float(later[~self.is_covered].sum() + late.sum()) > outside:
                continue
            taken = np.tensordot(self.covers, later, axes=2) + self.undated @ late
            if (taken <= np.maximum(self.left, 0.0)).all():
                self.left = self.left - taken
                self.now[rows] = True
                return months
        return None

    def _start(self, row: int) -> int | None:
        return project_span(self.projects[row]).first

    def _longest(self, row: int) -> int:
        """By how many months a row may start later; 0 where it may not be moved."""
        start = self._start(row)
        # What begins before the plan has money there that a later start would bring into it.
        if start is None or row in self.fixed or start < self.costs.months.first:
            return 0
        if self.costs.is_in_flight[row] or not self.model.has_value[row]:
            return 0
        latest = self.projects[row].latest_start
        return LONGEST_DEFERRAL if latest is None else month_number(latest) - start

    def _are_rules_kept(self, rows: list[int]) -> bool:
        now = self.now.copy()
        now[rows] = True
        if any(int(now[list(self.options.get(row, (row,)))].sum()) > 1 for row in rows):
            return False
        if not all(is_rule_kept(self.model.links[k], now) for r in rows for k in self.rules[r]):
            return False
        n = self.limits.n_budgets
        left = self.limits.left(now)
        return bool((left[n:] >= -self.limits.rounding[n:]).all())

    def _reason(self, row: int, start: int, months: int) -> str:
        shut_out = self.explained[row].shut_out or "Does not fit as planned"
        later, planned = month_label(start + months), month_label(start)
        return sentence(
            f"{shut_out}; started in {later}",
            f" instead of {planned}, the money left over carries it",
            " the money left over carries it",
        )
