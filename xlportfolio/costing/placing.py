"""Where money lies: the amounts of a row in the months of the plan, before them, or in none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from xlportfolio.costing.timeline import Span, offset_month
from xlportfolio.keys import name_key
from xlportfolio.money import spread_cents
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import PlanMonths, months_of
from xlportfolio.records import LATER, PRIOR

_TIMES = frozenset({PRIOR, LATER})
"""What stands among the kinds and is none."""

_Ends = tuple[int, int]
Sum = tuple[Period | None, str | None, int]
"""Money of a row: period, kind, cents."""


@dataclass
class Placed:
    """The money of a row where it lies. [cents]

    Attributes
    ----------
    cells
        By position of the month and of the kind.
    undated
        By position of the kind: what lies in no month of the plan.
    sunk
        What lies before the plan.
    spread, later, without_dates, beyond
        Of it: money without a period that was spread over months; money of later periods without
        a name; money that no date places; money after the longest plan.
    is_overdue
        Whether money was put into the first month because the project should be over by now.
    """

    cells: dict[tuple[int, int], int] = field(default_factory=dict)
    undated: dict[int, int] = field(default_factory=dict)
    sunk: int = 0
    spread: int = 0
    later: int = 0
    without_dates: int = 0
    beyond: int = 0
    is_overdue: bool = False

    @property
    def future(self) -> int:
        """What counts: all but what is sunk."""
        return sum(self.cells.values()) + sum(self.undated.values())

    def scaled_to(self, target: int) -> None:
        """Scale what counts to a sum, its shape kept and every cent accounted for.

        Parameters
        ----------
        target
            What it shall add up to. [cents]

        Raises
        ------
        ValueError
            If what counts does not add up to more than 0: it has no shape then.

        Notes
        -----
        Largest remainders (Hamilton's method: Balinski & Young 1982, Fair Representation): each
        amount is rounded down, and the cents that are left go to the amounts that lost most, the
        earlier of equals first.
        """
        total = self.future
        if total <= 0:
            raise ValueError("nothing to scale")
        cells, kinds = sorted(self.cells), sorted(self.undated)
        amounts = [self.cells[at] for at in cells] + [self.undated[k] for k in kinds]
        scaled = [amount * target // total for amount in amounts]
        losses = [amount * target % total for amount in amounts]
        short = target - sum(scaled)
        for i in sorted(range(len(amounts)), key=lambda i: (-losses[i], i))[:short]:
            scaled[i] += 1
        self.cells = dict(zip(cells, scaled, strict=False))
        self.undated = dict(zip(kinds, scaled[len(cells) :], strict=True))


@dataclass(frozen=True)
class Placing:
    """The plan that money is placed in.

    Attributes
    ----------
    months
        Of the plan.
    kinds
        Position of each kind by its `name_key`.
    no_kind
        Position of money without a kind.
    """

    months: PlanMonths
    kinds: dict[str, int]
    no_kind: int

    def place(self, amounts: Iterable[Sum], span: Span) -> Placed:
        """Put each amount of a row where it lies.

        Parameters
        ----------
        amounts
            Of one row.
        span
            The months in which the project runs.

        Notes
        -----
        Money of a period lies in the months of the project inside the period, or in all months of
        the period where the project runs in none of them; never before the plan unless the whole
        period does. Money of the project lies in its months from the plan's first on.
        """
        placed = Placed()
        for period, kind, cents in amounts:
            if cents == 0:
                continue
            if period is None and kind == PRIOR:
                placed.sunk += cents
            elif period is None and kind == LATER:
                placed.later += cents
                self._undate(placed, self.no_kind, cents)
            else:
                self._place(placed, period, self._position(kind), cents, span)
        return placed

    def _position(self, kind: str | None) -> int:
        """The position of a kind by its spelling in the table."""
        k = self._spelled.get(kind)
        if k is None:
            is_none = kind is None or kind in _TIMES
            k = self._spelled[kind] = self.no_kind if is_none else self.kinds[name_key(kind or "")]
        return k

    @cached_property
    def _spelled(self) -> dict[str | None, int]:
        return {}

    def _place(self, placed: Placed, period: Period | None, k: int, cents: int, span: Span) -> None:
        first = self.months.first
        if period is None:
            if span.first is None or span.last is None:
                placed.without_dates += cents
                self._undate(placed, k, cents)
                return
            placed.spread += cents
            placed.is_overdue |= span.last < first
            self._spread(placed, max(span.first, first), max(span.last, first), k, cents)
            return
        months = self._months(period)
        if months is None:
            month = offset_month(span, period)
            if month is None:
                placed.without_dates += cents
                self._undate(placed, k, cents)
                return
            months = (month, month)
        if months[1] < first:
            placed.sunk += cents
            return
        start, end = max(months[0], first), months[1]
        begins = start if span.first is None else max(start, span.first)
        ends = end if span.last is None else min(end, span.last)
        if begins <= ends:
            start, end = begins, ends
        self._spread(placed, start, end, k, cents)

    def _spread(self, placed: Placed, start: int, end: int, k: int, cents: int) -> None:
        cells, last = placed.cells, self.months.last
        if start == end <= last:
            at = (start - self.months.first, k)
            cells[at] = cells.get(at, 0) + cents
            return
        for month, part in enumerate(spread_cents(cents, end - start + 1), start):
            if month > last:
                placed.beyond += part
                self._undate(placed, k, part)
            elif part:
                at = (month - self.months.first, k)
                cells[at] = cells.get(at, 0) + part

    def _undate(self, placed: Placed, k: int, cents: int) -> None:
        placed.undated[k] = placed.undated.get(k, 0) + cents

    @cached_property
    def _known(self) -> dict[Period, _Ends | None]:
        return {}

    def _months(self, period: Period) -> _Ends | None:
        """The first and last month of a period; None for an offset."""
        known: _Ends | Literal[False] | None = self._known.get(period, False)
        if known is False:
            known = None
            if period.kind != "offset":
                months = months_of(period, self.months.fiscal_first_month)
                known = months.start, months.stop - 1
            self._known[period] = known
        return known


def kinds_of(budgets: Sequence[str | None], costs: Iterable[str | None]) -> tuple[str, ...]:
    """The kinds of money: those of the budgets in their order, then the others by name.

    The first spelling wins. PRIOR and LATER are times, not kinds.

    >>> kinds_of(["Capex", "opex", "CAPEX"], ["Opex", "contingency", None, "Prior"])
    ('Capex', 'opex', 'contingency')
    """
    found: dict[str, str] = {}
    for kind in budgets:
        if kind and kind not in _TIMES:
            found.setdefault(name_key(kind), kind)
    others: dict[str, str] = {}
    for kind in dict.fromkeys(costs):
        if kind and kind not in _TIMES and name_key(kind) not in found:
            others.setdefault(name_key(kind), kind)
    return (*found.values(), *(others[key] for key in sorted(others)))
