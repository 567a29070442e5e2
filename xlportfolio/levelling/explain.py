"""Why a project moved, verified by putting it back alone; and why it did not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlportfolio.levelling.build import PlanInput
from xlportfolio.levelling.model import FloatArray, IntArray, excess
from xlportfolio.money import money_text
from xlportfolio.plan_calendar import month_label

_NUMBERS = (
    *("No", "One", "Two", "Three", "Four", "Five", "Six"),
    *("Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
)
_VISIBLE = 0.005
"""Less than this is no reason that a board would read. [FTE]"""

_MOST_ROLES = 2


@dataclass(frozen=True)
class ShortRun:
    """Consecutive months in which more of a role is short. [FTE]"""

    role: int
    first: int
    last: int
    most: float
    least: float
    total: float
    was_short: bool


class Reasons:
    """Sentences on every project of a plan with proposed starts.

    Parameters
    ----------
    given
        The plan as numbers.
    starts : shape (n,)
        As proposed. [months of the plan]
    currency
        For money in the sentences.
    """

    def __init__(self, given: PlanInput, starts: IntArray, currency: str | None) -> None:
        self.given, self.starts, self.currency = given, starts, currency
        model = given.model
        self.load = model.load(starts)
        self.short = excess(self.load, model.capacity)
        self._used = [budget.used(starts - model.planned) for budget in model.budgets]

    def of(self, row: int) -> str:
        """Which role in which months moved a project, or what keeps it where it is."""
        model = self.given.model
        shift = int(self.starts[row] - model.planned[row])
        if shift:
            return self._moved(row, shift)
        if self.given.stays[row]:
            return self.given.stays[row]
        if not self._is_short_of(row):
            return "Fits where it is planned."
        better, money = self._barred_start(row)
        if money:
            when = f"{_months(abs(better)).lower()} {'later' if better > 0 else 'earlier'}"
            return f"Stays: fewer people would be short {when}, but {money}."
        return "Stays: no other start in its window leaves fewer people short."

    def _barred_start(self, row: int) -> tuple[int, str]:
        """The shift that would leave least short if money did not matter, and what it breaks."""
        model = self.given.model
        now = int(self.starts[row])
        low, high = int(model.earliest[row]), int(model.latest[row])
        for link in model.links:
            if link.after == row:
                low = max(low, int(self.starts[link.before]) + link.months)
            elif link.before == row:
                high = min(high, int(self.starts[link.after]) - link.months)
        others = self.load - self._alone(row, now)
        short = {
            start: float(excess(others + self._alone(row, start), model.capacity).sum())
            for start in range(low, high + 1)
        }
        best = min(short, key=lambda start: (round(short[start], 6), abs(start - now)))
        if short[best] > short[now] - _VISIBLE:
            return 0, ""
        return best - now, self._money(row, best)

    def _moved(self, row: int, shift: int) -> str:
        back, limits = self._nearest_allowed(row)
        roles = self._roles(row, back)
        money = "" if roles else self._money(row, back)
        parts = [part for part in (limits, roles, money and f"{money} otherwise") if part]
        why = ", and ".join(parts) if parts else "fewer people are short than with other starts"
        return f"{_months(shift)} {'later' if shift > 0 else 'earlier'}: {why}."

    def _nearest_allowed(self, row: int) -> tuple[int, str]:
        """The start nearest to the planned one that window and links allow, and what limits it."""
        model, names = self.given.model, self.given.names
        planned = back = int(model.planned[row])
        why = ""
        if back < model.earliest[row]:
            back, why = int(model.earliest[row]), f"it may start {self.given.opens[row]}"
        elif back > model.latest[row]:
            back, why = int(model.latest[row]), f"it may start {self.given.closes[row]}"
        for link in model.links:
            if link.after == row:
                least = int(self.starts[link.before]) + link.months
                if least > max(back, planned):
                    back = least
                    why = f"it follows {names[link.before]}, {self._finishes(link.before)}"
            elif link.before == row:
                most = int(self.starts[link.after]) - link.months
                if most < min(back, planned):
                    back = most
                    label = month_label(self.given.months.first + int(self.starts[link.after]))
                    why = f"{names[link.after]}, which follows it, starts in {label}"
        return back, why

    def _finishes(self, row: int) -> str:
        last = int(self.starts[row] + self.given.model.duration[row]) - 1
        return f"which finishes in {month_label(self.given.months.first + last)}"

    def _roles(self, row: int, back: int) -> str:
        """Whom the plan would be short of with the project at another start."""
        if back == self.starts[row]:
            return ""
        model = self.given.model
        # Only the project's own months differ; what the others need is not summed anew.
        others = self.load - self._alone(row, int(self.starts[row]))
        with_it = excess(others + self._alone(row, back), model.capacity)
        more = np.where(with_it - self.short > _VISIBLE, with_it, 0.0)
        shorter = np.flatnonzero(more.any(axis=1)).tolist()
        runs = [run for r in shorter for run in self._runs(r, more[r], with_it[r])]
        best: dict[int, ShortRun] = {}
        for run in sorted(runs, key=lambda run: (-run.total, run.role, run.first)):
            best.setdefault(run.role, run)
        told = [self._told(run) for run in list(best.values())[:_MOST_ROLES]]
        left = len(best) - len(told)
        if left:
            told.append(f"{left} more {'role' if left == 1 else 'roles'}")
        if not told:
            return ""
        who = f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]
        return f"{who} otherwise"

    def _alone(self, row: int, start: int) -> FloatArray:
        """What one project needs, with some start."""
        model = self.given.model
        need, load = model.demand[row], np.zeros(model.capacity.shape)
        first = start + need.begin
        low, high = max(first, 0), min(first + need.people.shape[1], model.n_months)
        if low < high:
            load[need.roles, low:high] = need.people[:, low - first : high - first]
        return load

    def _runs(self, role: int, more: FloatArray, with_it: FloatArray) -> list[ShortRun]:
        """Runs of months in which more of a role is short than as proposed."""
        months = np.flatnonzero(more)
        runs = []
        for run in np.split(months, np.flatnonzero(np.diff(months) > 1) + 1):
            was_short = bool((self.short[role, run] > 0).any())
            people = with_it[run] - self.short[role, run]
            runs.append(
                ShortRun(
                    role,
                    int(run[0]),
                    int(run[-1]),
                    float(people.max()),
                    float(people.min()),
                    float(people.sum()),
                    was_short,
                )
            )
        return runs

    def _told(self, run: ShortRun) -> str:
        first = self.given.months.first
        months = month_label(first + run.first)
        if run.last > run.first:
            months += f" to {month_label(first + run.last)}"
        least, most = fte_text(run.least), fte_text(run.most)
        by = f"by {most}" if least == most else f"by up to {most}"
        more = " more" if run.was_short else ""
        return f"{self.given.roles[run.role]} is short {by} FTE{more} in {months}"

    def _money(self, row: int, back: int) -> str:
        """Which budget would be exceeded, or exceeded by more, with another start."""
        model = self.given.model
        shifts = self.starts - model.planned
        shifts[row] = back - model.planned[row]
        for budget, used in zip(model.budgets, self._used, strict=True):
            then = budget.used(shifts)
            if then > max(budget.amount, used):
                over = money_text(then - max(budget.amount, used), self.currency)
                more = " more" if used > budget.amount else ""
                return f"the {budget.name} would be exceeded by {over}{more}"
        return ""

    def _is_short_of(self, row: int) -> bool:
        """Whether a project needs people in months in which they are short."""
        needed = self._alone(row, int(self.starts[row]))
        return bool(((needed > 0) & (self.short > 0)).any())


def fte_text(people: float) -> str:
    """People in a sentence: one decimal, two for less than one of ten.

    >>> fte_text(1.5), fte_text(2.0), fte_text(0.04)
    ('1.5', '2', '0.04')
    """
    text = f"{people:,.1f}" if people >= 0.1 else f"{people:.2f}"
    return text.rstrip("0").rstrip(".")


def _months(shift: int) -> str:
    n = abs(shift)
    words = _NUMBERS[n] if n < len(_NUMBERS) else str(n)
    return f"{words} {'month' if n == 1 else 'months'}"
