"""The money there is: which months and kinds each budget is for, and what none of them covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xlportfolio.costing.answer import NO_KIND, CostTable
from xlportfolio.keys import name_key
from xlportfolio.money import money_text, to_cents
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import PlanMonths, month_label, months_of
from xlportfolio.records import LATER, PRIOR, Budget
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed


@dataclass(frozen=True)
class BudgetChange:
    """Other money than the tables say: one total in place of all budgets, or a share of each.

    Attributes
    ----------
    total_cents
        The total, for everything that counts. [cents]
    factor
        What each budget is multiplied by. [-]
    currency
        ISO code of the total, where whoever gave it said one; None where not.
    """

    total_cents: int | None = None
    factor: float | None = None
    currency: str | None = None


@dataclass(frozen=True)
class BudgetSpan:
    """A budget and the money that counts against it.

    Attributes
    ----------
    name
        As people say it: "Capex budget 2026/27", "budget 2026/27", "total budget".
    period, kind
        What it is for; None for all.
    amount
        [cents]
    positions
        The plan's months that it covers; all of them where it has no period.
    kinds
        Positions of the kinds of the cost table that it covers.
    counts_undated
        Whether money that lies in no month counts against it: where it has no period.
    takes_exit
        Whether what stopping costs counts against it.
    is_sum
        Whether it is the sum of the budgets of kinds, and not a budget of the table.
    """

    name: str
    period: Period | None
    kind: str | None
    amount: int
    positions: range
    kinds: tuple[int, ...]
    counts_undated: bool
    takes_exit: bool = False
    is_sum: bool = False


Spans = tuple[BudgetSpan, ...]
Sentences = tuple[str, ...]


def budget_spans(
    portfolio: Portfolio, costs: CostTable, *, budget: BudgetChange | None = None
) -> tuple[Spans, Sentences, Sentences]:
    """The limits that the budgets set.

    Parameters
    ----------
    portfolio
        Its budgets; rows of equal period and kind add up.
    costs
        What they have to pay.
    budget
        Other money than the budgets say.

    Returns
    -------
    Limits by the beginning of their period, kinds before their sum, totals last; what a person
    should know; and what was assumed.

    Notes
    -----
    A budget of a kind limits the money of its kind. Where all budgets of a period have kinds, their
    sum limits these kinds together with the money that has no budget of its own anywhere:
    contingency, or what is not split. A kind that has budgets in other periods only is not limited.
    What stopping costs falls in the first period: in its limit for all kinds, else in the first.
    """
    currency = portfolio.settings.currency
    everything = tuple(range(len(costs.kinds)))
    whole = range(costs.months.n_months)
    if budget is not None and budget.total_cents is not None:
        total = BudgetSpan(
            "total budget", None, None, budget.total_cents, whole, everything, True, True
        )
        replaced = len(portfolio.budgets)
        said = f"One total of {money_text(budget.total_cents, currency)} replaces the budgets"
        return (total,), (), (f"{said} of the table.",) if replaced else ()
    cautions: list[str] = []
    notes: list[str] = []
    used = _usable(portfolio.budgets, costs, currency, cautions, notes)
    factor = 1.0
    if budget is not None and budget.factor is not None:
        factor = budget.factor
        notes.append(f"Each budget is taken at {100 * factor:.4g}% of what the table says.")
    amounts = _amounts(used, costs, factor)
    named = {k for kinds in amounts.values() for k in kinds if k is not None}
    spans: list[BudgetSpan] = []
    for period, of_kinds in sorted(amounts.items(), key=lambda one: _order(one[0], costs)):
        spans += _limits(period, of_kinds, named, costs)
    spans = _with_exit(spans, costs)
    if portfolio.budgets and not spans:
        cautions.append("No budget is for a month of the plan: no money limits the choice.")
    notes += _begun_before_the_plan(spans, costs)
    cautions += _kinds_without_budget(amounts, named, costs, currency)
    shared = _kinds_that_share(spans, named, costs, currency)
    if len(named) == 1:
        cautions += shared  # Perhaps the other kinds are not limited at all.
    else:
        notes += shared
    notes += _money_of_no_budget(spans, costs, currency)
    return tuple(spans), tuple(cautions), tuple(notes)


def outside_the_plan(budget: Budget, months: PlanMonths) -> Literal["past", "beyond"] | None:
    """Where a row of the budgets lies that is for no month of the plan; None for one that is used.

    Parameters
    ----------
    budget
        A row of the table.
    months
        Of the plan.

    Returns
    -------
    "past" for what lies before the plan; "beyond" for what lies after it, or is counted from a
    start that no budget has.
    """
    if budget.period is None:
        return "past" if budget.kind == PRIOR else "beyond" if budget.kind == LATER else None
    if budget.period.kind == "offset":
        return "beyond"
    own = months_of(budget.period, months.fiscal_first_month)
    if own.stop <= months.first:
        return "past"
    return "beyond" if own.start > months.last else None


def _usable(
    budgets: Sequence[Budget],
    costs: CostTable,
    currency: str | None,
    cautions: list[str],
    notes: list[str],
) -> list[Budget]:
    """The budgets that are for months of the plan, or for all of it."""
    used: list[Budget] = []
    beyond: list[Budget] = []
    past: list[Budget] = []
    for one in budgets:
        where = outside_the_plan(one, costs.months)
        (past if where == "past" else beyond if where == "beyond" else used).append(one)
    if beyond:
        labels = dict.fromkeys(one.period.label if one.period else LATER for one in beyond)
        cautions.append(
            f"{_money(beyond, currency)} of the budgets is for {listed(list(labels))}, which is "
            "no period of the plan: it is not used. Name months, quarters or years."
        )
    if past:
        labels = dict.fromkeys(one.period.label if one.period else PRIOR for one in past)
        notes.append(
            f"{_money(past, currency)} of the budgets is for {listed(list(labels))}, before the "
            "plan begins: it is not used."
        )
    return used


def _money(budgets: Sequence[Budget], currency: str | None) -> str:
    return money_text(sum(to_cents(one.budget) for one in budgets), currency)


def _range(period: Period, costs: CostTable) -> range:
    return months_of(period, costs.months.fiscal_first_month)


def _order(period: Period | None, costs: CostTable) -> tuple[int, int]:
    """By beginning, the shorter first; without a period last."""
    if period is None:
        return (1 << 40, 0)
    months = _range(period, costs)
    return (months.start, len(months))


_ByKind = dict[int | None, int]


def _amounts(
    budgets: Sequence[Budget], costs: CostTable, factor: float
) -> dict[Period | None, _ByKind]:
    """What there is by period and position of the kind, None for all kinds. [cents]"""
    kinds = {name_key(kind): k for k, kind in enumerate(costs.kinds) if kind != NO_KIND}
    same: dict[range, Period] = {}
    amounts: dict[Period | None, _ByKind] = {}
    for one in budgets:
        # FY2027 and 2027 are the same months where fiscal years are calendar years.
        period = one.period and same.setdefault(_range(one.period, costs), one.period)
        k = kinds.get(name_key(one.kind)) if one.kind else None
        of_kinds = amounts.setdefault(period, {})
        of_kinds[k] = of_kinds.get(k, 0) + to_cents(one.budget)
    if factor == 1.0:
        return amounts
    return {
        period: {k: round(cents * factor) for k, cents in of_kinds.items()}
        for period, of_kinds in amounts.items()
    }


def _limits(
    period: Period | None, of_kinds: _ByKind, named: set[int], costs: CostTable
) -> list[BudgetSpan]:
    positions = range(costs.months.n_months) if period is None else costs.months.positions(period)
    when = "" if period is None else f" {period.label}"
    total = "total " if period is None else ""
    of_each = sorted((k, cents) for k, cents in of_kinds.items() if k is not None)
    spans = [
        BudgetSpan(
            f"{total}{costs.kinds[k]} budget{when}",
            period,
            costs.kinds[k],
            cents,
            positions,
            (k,),
            period is None,
        )
        for k, cents in of_each
    ]
    name = f"{total}budget{when}"
    if None in of_kinds:
        everything = tuple(range(len(costs.kinds)))
        return [
            *spans,
            BudgetSpan(name, period, None, of_kinds[None], positions, everything, period is None),
        ]
    kinds = tuple(k for k in range(len(costs.kinds)) if k in of_kinds or k not in named)
    if len(kinds) == 1:
        return spans  # The sum of one kind that is alone says nothing more.
    whole = sum(cents for _, cents in of_each)
    together = BudgetSpan(name, period, None, whole, positions, kinds, period is None, is_sum=True)
    return [*spans, together]


def _with_exit(spans: Sequence[BudgetSpan], costs: CostTable) -> list[BudgetSpan]:
    """Mark the limits that what stopping costs counts against."""
    starts = [_order(one.period, costs)[0] for one in spans if one.period is not None]
    periods = {
        one.period for one in spans if _order(one.period, costs)[0] == min(starts, default=0)
    }
    marked = list(spans)
    for period in [None, *(p for p in periods if p is not None)]:
        own = [i for i, one in enumerate(spans) if one.period == period]
        if own:
            i = next((i for i in own if spans[i].kind is None), own[0])
            marked[i] = replace(marked[i], takes_exit=True)
    return marked


def _kinds_without_budget(
    amounts: dict[Period | None, _ByKind], named: set[int], costs: CostTable, currency: str | None
) -> list[str]:
    """Kinds that have budgets in other periods only: nobody limits them here."""
    said = []
    by_kind: dict[int, list[tuple[str, int]]] = {}
    for period, of_kinds in amounts.items():
        if period is None or None in of_kinds or None in amounts:
            continue
        positions = costs.months.positions(period)
        for k in sorted(named - set(of_kinds)):
            if any(
                k in others and other is not None and _overlap(period, other, costs)
                for other, others in amounts.items()
            ):
                continue
            cents = int(costs.to_go[:, positions.start : positions.stop, k].sum())
            if cents > 0:
                by_kind.setdefault(k, []).append((period.label, cents))
    for k, found in sorted(by_kind.items()):
        money = money_text(sum(cents for _, cents in found), currency)
        kind = costs.kinds[k]
        said.append(
            f"There is no {kind} budget for {listed([label for label, _ in found])}, in which "
            f"projects need {money} of {kind}: it is not limited. Enter the budget, or 0 if there "
            "is none."
        )
    return said


def _begun_before_the_plan(spans: Sequence[BudgetSpan], costs: CostTable) -> list[str]:
    """Periods in which the plan begins: what there is for their first months counts too."""
    first = costs.months.first
    begun = dict.fromkeys(
        one.period.label
        for one in spans
        if one.period is not None and _range(one.period, costs).start < first
    )
    if not begun:
        return []
    return [
        f"The plan begins in {month_label(first)}, within {listed(list(begun))}: budgets and costs "
        "of the whole period count whole, costs of single months from that month on."
    ]


def _overlap(one: Period, other: Period, costs: CostTable) -> bool:
    first, second = _range(one, costs), _range(other, costs)
    return first.start < second.stop and second.start < first.stop


def _kinds_that_share(
    spans: Sequence[BudgetSpan], named: set[int], costs: CostTable, currency: str | None
) -> list[str]:
    """Money of kinds that no budget names, which counts against the sum of those that have one."""
    said = []
    for k, kind in enumerate(costs.kinds):
        cents = int(costs.to_go[:, :, k].sum())
        if not named or k in named or not cents or not any(k in one.kinds for one in spans):
            continue
        money = money_text(cents, currency)
        what = (
            f"No budget names {kind} ({money})"
            if kind
            else f"{money} is not split by the kinds of the budgets"
        )
        said.append(f"{what}: it counts against the sum of the budgets of its period.")
    return said


def _money_of_no_budget(
    spans: Sequence[BudgetSpan], costs: CostTable, currency: str | None
) -> list[str]:
    """Money that counts against nothing, for lack of a budget in its months or of a month."""
    notes: list[str] = []
    if not spans or any(one.counts_undated and one.kind is None for one in spans):
        return notes
    covered = np.zeros(costs.months.n_months, dtype=bool)
    for one in spans:
        covered[one.positions.start : one.positions.stop] = True
    free = costs.to_go[:, ~covered, :].sum()
    if free:
        notes.append(
            f"{money_text(int(free), currency)} falls in months that no budget covers "
            f"({_runs(np.flatnonzero(~covered & costs.to_go.any(axis=(0, 2))), costs)}): it is not "
            "limited."
        )
    undated = int(costs.undated.sum())
    if undated:
        notes.append(
            f"{money_text(undated, currency)} lies in no month of the plan, so that the budgets of "
            "periods do not limit it."
        )
    return notes


def _runs(positions: Iterable[int], costs: CostTable) -> str:
    """Months as runs: "Apr-31 to Sep-31"."""
    labels = costs.months.labels
    runs: list[list[int]] = []
    for t in positions:
        if runs and t == runs[-1][-1] + 1:
            runs[-1].append(t)
        else:
            runs.append([t])
    return listed(
        [
            labels[run[0]] if len(run) == 1 else f"{labels[run[0]]} to {labels[run[-1]]}"
            for run in runs
        ]
    )
