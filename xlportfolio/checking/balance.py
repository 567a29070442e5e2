"""Money there is and its balance: budgets that are missing, shares that cannot add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.checking.calendar_columns import span
from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.keys import name_key
from xlportfolio.periods import Period
from xlportfolio.records import PRIOR, Amount, Budget
from xlportfolio.wording import named, quoted, shown, so_too


@dataclass(frozen=True)
class Blank:
    """A cell of the budgets that is blank, and the period and kind it is for."""

    budget: Budget
    origin: Origin
    row: int
    column: int


def check_budgets(
    needs: Mapping[str, Sequence[Amount]],
    budgets: Sequence[Budget],
    origin: Origin | None,
    fiscal_first_month: int,
    findings: Findings,
    blanks: Sequence[Blank] = (),
) -> None:
    """Periods and kinds in which projects need money and no budget is given.

    Parameters
    ----------
    needs
        The cost of each project by its label. [currency units]
    budgets
        The money there is.
    origin
        The table of budgets; None if there is none, and then nothing is missing from it.
    fiscal_first_month
        First month of the fiscal year. [1..12]
    findings
        Where problems go.
    blanks
        Rows of the table that name a period or kind but no amount.
    """
    if origin is None or not budgets:
        return
    missing: dict[tuple[Period | None, str | None], dict[str, float]] = {}
    covered: dict[tuple[Period | None, str | None], bool] = {}
    split_by_period = all(budget.period is not None for budget in budgets)
    split_by_kind = all(budget.kind is not None for budget in budgets)
    for label, amounts in needs.items():
        for amount in amounts:
            period = amount.period if split_by_period else None
            kind = amount.kind if split_by_kind else None
            # "Prior" and "Contingency" are of no period, and not what a period's budget pays.
            if amount.amount <= 0 or kind == PRIOR or (split_by_period and period is None):
                continue
            if period is None and kind is None:
                continue
            key = (period, kind)
            if key not in covered:
                covered[key] = any(
                    _covers(budget, period, kind, fiscal_first_month) for budget in budgets
                )
            if not covered[key]:
                by_project = missing.setdefault(key, {})
                by_project[label] = by_project.get(label, 0.0) + amount.amount
    for (period, kind), by_project in missing.items():
        name = " ".join(part for part in (kind, period.label if period else None) if part)
        money = sum(by_project.values())
        largest = max(by_project, key=lambda label: by_project[label])
        projects = "1 project needs" if len(by_project) == 1 else f"{len(by_project)} projects need"
        blank = next(
            (one for one in blanks if _covers(one.budget, period, kind, fiscal_first_month)), None
        )
        findings.report(
            "no_budget",
            f"{quoted(origin.table.label)} has no budget for {name}, in which {projects} "
            f"{findings.money(money)}, most of it {named(largest)}",
            "a budget for each period and kind in which projects need money",
            f"{'Add a row for it' if blank is None else 'Enter it'}; enter 0 if there is none.",
            origin=origin if blank is None else blank.origin,
            row=None if blank is None else blank.row,
            column=None if blank is None else blank.column,
            money=money,
        )


def _covers(
    budget: Budget, period: Period | None, kind: str | None, fiscal_first_month: int
) -> bool:
    if kind is not None and budget.kind is not None and name_key(budget.kind) != name_key(kind):
        return False
    if period is None or budget.period is None or budget.period == period:
        return True
    if "offset" in (period.kind, budget.period.kind):
        return False
    first, last = span(period, fiscal_first_month)
    budget_first, budget_last = span(budget.period, fiscal_first_month)
    return first <= budget_last and budget_first <= last


def check_categories(
    categories: Sequence[Entry], projects: Sequence[Entry], findings: Findings
) -> None:
    """Shares that cannot add to 1, limits the wrong way round, categories nobody defined."""
    least = 0.0
    for entry in categories:
        low, high = entry.get("min_share"), entry.get("max_share")
        least += low or 0.0
        if low is not None and high is not None and high < low:
            origin, row, column = entry.place("max_share")
            findings.report(
                "share_limits",
                f"{entry.named()} may take at most {high:.0%}, but must take at least {low:.0%}",
                "a maximum share of at least the minimum",
                "Correct one of the two.",
                origin=origin,
                row=row,
                column=column,
                value=high,
            )
    _check_sums(categories, least, findings)
    if categories:
        _check_known(categories, projects, findings)


def _check_sums(categories: Sequence[Entry], least: float, findings: Findings) -> None:
    # Shares typed to two digits may sum to 1.0000000000000002.
    if least > 1 + 1e-9:
        origin, _, column = categories[0].place("min_share")
        findings.report(
            "shares_above_1",
            f"the minimum shares of the {len(categories)} categories sum to {least:.0%}",
            "at most 100%",
            "Lower some of them: no portfolio can meet them all.",
            origin=origin,
            column=column,
        )
    most = [entry.get("max_share") for entry in categories]
    if most and None not in most and sum(most) < 1 - 1e-9:
        origin, _, column = categories[0].place("max_share")
        findings.report(
            "shares_below_1",
            f"the maximum shares of the {len(categories)} categories sum to {sum(most):.0%}",
            "at least 100%",
            "Raise some of them: part of the money could never be spent.",
            origin=origin,
            column=column,
            severity="warning",
        )


def _check_known(
    categories: Sequence[Entry], projects: Sequence[Entry], findings: Findings
) -> None:
    known = {name_key(entry.get("category")) for entry in categories if entry.get("category")}
    unknown: dict[str, list[Entry]] = {}
    for entry in projects:
        category = entry.get("category")
        if category and name_key(category) not in known:
            unknown.setdefault(name_key(category), []).append(entry)
    for group in unknown.values():
        entry = group[0]
        origin, row, column = entry.place("category")
        findings.report(
            "unknown_category",
            f"{quoted(origin.column(column or 0).header)} of {entry.named()} is "
            f"{shown(entry.get('category'))}, which is not among the categories"
            f"{so_too(len(group) - 1)}",
            "a category of the categories table",
            "Correct it, or add the category.",
            origin=origin,
            row=row,
            column=column,
            value=entry.get("category"),
            severity="warning",
            blocks=("rebalance",),
        )
