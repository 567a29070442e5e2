"""Money that looks wrong: currencies, units, signs, zeros, and a status the figures contradict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.checking.number_columns import DOLLARS
from xlportfolio.checking.profiles import parts_of_totals, total
from xlportfolio.checking.rows import is_money
from xlportfolio.lifecycle import ENDED
from xlportfolio.wording import day, listed, named, number, quoted, shown

OVERSPEND = 0.10
"""Share over budget from which a green project is doubted: a tenth is the tolerance at which
portfolio offices commonly ask for an exception report."""

_RARE_ZEROS = 0.25
"""Share of zeros in a column of money up to which a zero looks like a missing figure; where zeros
are common they mean something."""

_MONEY_FIELDS = (
    "spent_to_date",
    "committed_cost",
    "cost_to_go",
    "exit_cost",
    "forecast_cost",
    "actual_cost",
)
_ENOUGH_AMOUNTS = 3
"""Fewer amounts below zero are told one by one."""

_NEARLY_ALL = 0.9
"""Share of amounts below zero that is a convention, not slips: a few refunds may be positive."""

_GREENS = ("Green", "Amber/Green")


def check_currencies(
    origins: Sequence[Origin], currency: str | None, findings: Findings
) -> set[tuple[int, int]]:
    """Columns of money in another currency than the rest.

    Returns
    -------
    Positions (source, column) of columns whose money cannot be used: nothing is converted.
    """
    columns = [(origin, k) for origin in origins for k in _money_columns(origin)]
    counts = Counter(c for origin, k in columns if (c := origin.column(k).currency))
    if not counts:
        return set()
    main = currency or counts.most_common(1)[0][0]
    findings.currency = main
    said = "the settings say" if currency else "the other money is in"
    odd: set[tuple[int, int]] = set()
    for origin, k in columns:
        own = origin.column(k).currency
        if own is None and "$" in (origin.column(k).unit or "") and main not in DOLLARS:
            own = "dollars"
        if own is None or own == main:
            continue
        odd.add((origin.index, k))
        findings.report(
            "currency",
            f"{quoted(origin.column(k).header)} of {quoted(origin.table.label)} is in {own}, "
            f"while {said} {main}",
            "one currency",
            f"Convert the column to {main}; until then it is left out.",
            origin=origin,
            column=k,
        )
    return odd


def check_units(origins: Sequence[Origin], unit_is_set: bool, findings: Findings) -> None:
    """Columns of money without a unit beside columns that have one."""
    columns = [(origin, k) for origin in origins for k in _money_columns(origin)]
    scaled = [(origin, k) for origin, k in columns if origin.column(k).scale not in (None, 1.0)]
    if not scaled or unit_is_set:
        return
    example, example_k = scaled[0]
    name = example.column(example_k)
    unit = name.unit or f"{number(name.scale or 1.0)}s"
    for origin, k in columns:
        if origin.column(k).scale is not None:
            continue
        findings.report(
            "no_unit",
            f"{quoted(origin.column(k).header)} of {quoted(origin.table.label)} has no unit, "
            f"while {quoted(name.header)} is in {unit}; it was read in single units",
            "a unit for each column of money",
            f'Add the unit to the header, such as "({unit})", or say it in the mapping.',
            origin=origin,
            column=k,
            severity="warning",
        )


def _money_columns(origin: Origin) -> list[int]:
    return [k for k in range(len(origin.table.columns)) if is_money(origin, k)]


def ask_sign_convention(entries: Sequence[Entry], findings: Findings) -> None:
    """A column in which nearly all costs are below zero: outflows with a sign, or credits?

    The amounts are left out until somebody says, because money with the wrong sign turns every
    decision round.
    """
    for field in ("cost", "budget"):
        cells: dict[tuple[int, int], list[tuple[Entry, float]]] = {}
        for entry in entries:
            for k, amount in entry.values.get(f"{field}_cells") or ():
                if amount:
                    cells.setdefault((entry.place(field)[0].index, k), []).append((entry, amount))
        turned = {
            key: group
            for key, group in cells.items()
            if len(group) >= _ENOUGH_AMOUNTS
            and sum(amount < 0 for _, amount in group) >= _NEARLY_ALL * len(group)
        }
        if not turned:
            continue
        (_, k), group = next(iter(turned.items()))
        entry, amount = group[0]
        origin, row, _ = entry.place(field)
        findings.report(
            "sign",
            f"{sum(amount < 0 for _, amount in group)} of the {len(group)} amounts of "
            f"{quoted(origin.column(k).header)} are below 0, such as "
            f"{shown(origin.table.rows[row][k])} of {entry.named()}",
            "costs as positive amounts",
            "Turn the sign if they are costs, and map the column as a benefit if they are income; "
            "until then they are left out.",
            origin=origin,
            row=row,
            column=k,
            value=origin.table.rows[row][k],
            severity="question",
            of_column=True,
        )
        for entry in {id(entry): entry for group in turned.values() for entry, _ in group}.values():
            entry.values[field] = ()
            entry.values[f"{field}_cells"] = ()


def check_blanks(entries: Sequence[Entry], findings: Findings) -> None:
    """Projects that may still be chosen and have no cost, said once for the column."""
    open_projects = [entry for entry in entries if entry.get("lifecycle") not in ENDED]
    field = "budget" if any("cost" in entry.borrowed for entry in entries) else "cost"
    blank = [
        entry
        for entry in open_projects
        if not entry.get("cost") and field not in entry.unusable and not entry.get(f"{field}_cells")
    ]
    placed = [entry for entry in blank if entry.place(field)[2] is not None]
    if not placed or len(blank) == len(open_projects):
        return
    origin, row, column = placed[0].place(field)
    n = len(blank)
    labels = listed([named(entry.label) for entry in blank])
    findings.report(
        "no_cost",
        f"{n} of {len(open_projects)} projects {'has' if n == 1 else 'have'} no cost under "
        f"{quoted(origin.column(column or 0).header)}: {labels}",
        "a cost for each project that may be chosen",
        "Enter it; until then it is not part of the rebalancing.",
        origin=origin,
        row=row,
        column=column,
        severity="warning",
        of_column=True,
    )


def check_signs(entries: Sequence[Entry], findings: Findings) -> None:
    """Costs below zero, once a row; totals are told only where they stand alone."""
    skipped: dict[tuple[int, str], set[int]] = {}
    for entry in entries:
        for field in ("cost", "budget"):
            cells = entry.values.get(f"{field}_cells") or ()
            origin = entry.place(field)[0]
            key = (origin.index, field)
            if key not in skipped:
                skipped[key] = set(parts_of_totals(origin.table.columns, field))
            below = [(k, amount) for k, amount in cells if amount < 0]
            parts = [(k, amount) for k, amount in below if k not in skipped[key]]
            if parts or (below and len(cells) == len(below)):
                k, amount = (parts or below)[0]
                _report_negative(entry, origin, k, amount, max(0, len(parts) - 1), findings)
        for field in _MONEY_FIELDS:
            amount = entry.get(field)
            origin, _, column = entry.place(field)
            if amount is not None and amount < 0 and column is not None:
                _report_negative(entry, origin, column, amount, 0, findings)


def _report_negative(
    entry: Entry, origin: Origin, k: int, amount: float, n_more: int, findings: Findings
) -> None:
    more = f", and {n_more} more of its amounts are below 0" if n_more else ""
    row = entry.row if origin is entry.origin else entry.place(origin.column(k).field)[1]
    findings.report(
        "negative",
        f"{origin.cell_named(row, k)} is {shown(origin.table.rows[row][k])}{more}",
        "at least 0",
        "Enter costs as positive amounts, and income as a benefit.",
        origin=origin,
        row=row,
        column=k,
        value=origin.table.rows[row][k],
        severity="warning",
    )


def check_zeros(entries: Sequence[Entry], findings: Findings) -> None:
    """A zero that stands for "not known", and spending on a budget of zero."""
    for field in ("cost", "budget"):
        totals = [(entry, total(entry.get(field) or ())) for entry in entries]
        filled = [amount for _, amount in totals if amount is not None]
        zeros = [entry for entry, amount in totals if amount == 0]
        if not zeros or len(zeros) > _RARE_ZEROS * len(filled):
            continue
        for entry in zeros:
            origin, row, column = _first_zero(entry, field)
            if column is None or field in entry.borrowed:
                continue
            spent = entry.get("spent_to_date")
            if field == "budget" and spent is not None and spent > 0:
                continue  # told below, with the amount
            findings.report(
                "zero",
                f"{origin.cell_named(row, column)} is 0, while {len(filled) - len(zeros)} of "
                f"{len(filled)} projects have an amount",
                f"the {field} of the project",
                "Enter the amount, or clear the cell if it is not known.",
                origin=origin,
                row=row,
                column=column,
                value=origin.table.rows[row][column],
                severity="warning",
            )
    for entry in entries:
        spent = entry.get("spent_to_date")
        if spent is not None and spent > 0 and total(entry.get("budget") or ()) == 0:
            origin, row, column = entry.place("budget")
            findings.report(
                "spent_without_budget",
                f"{entry.named()} has spent {findings.money(spent)} on a budget of 0",
                "a budget that covers the spending",
                "Enter the budget, or clear the cell if it is not known.",
                origin=origin,
                row=row,
                column=column,
                value=0.0,
                severity="warning",
                money=spent,
            )


def _first_zero(entry: Entry, field: str) -> tuple[Origin, int, int | None]:
    """Where a zero was typed: of a profile the first part that holds one, not the total."""
    origin, row, column = entry.place(field)
    parts = [
        k
        for k in origin.table.positions(field)
        if origin.table.rows[row][k] == 0
        and (origin.table.columns[k].period or origin.table.columns[k].kind)
    ]
    return origin, row, parts[0] if parts else column


def check_rag(entries: Sequence[Entry], status_date: date | None, findings: Findings) -> None:
    """Green projects whose figures are not: over budget, or not finished when they should be."""
    for entry in entries:
        if entry.get("rag") not in _GREENS:
            continue
        _check_overspend(entry, findings)
        if status_date is not None:
            _check_late(entry, status_date, findings)


def _check_overspend(entry: Entry, findings: Findings) -> None:
    budget = total(entry.get("budget") or ())
    if not budget or budget < 0:
        return
    figures = [
        ("forecast to cost", entry.get("forecast_cost")),
        ("has spent", entry.get("spent_to_date")),
    ]
    verb, most = max(figures, key=lambda pair: pair[1] if pair[1] is not None else float("-inf"))
    if most is None or most <= budget * (1 + OVERSPEND):
        return
    verb = verb if verb.startswith("has") else f"is {verb}"
    origin, row, column = entry.place("rag")
    findings.report(
        "rag_over_budget",
        f"{entry.named()} is {entry.get('rag')}, but {verb} {findings.money(most)}, which is "
        f"{most / budget - 1:.0%} over its budget of {findings.money(budget)}",
        f"Green only up to {OVERSPEND:.0%} over budget",
        "Review the status, or correct the figures.",
        origin=origin,
        row=row,
        column=column,
        value=entry.get("rag"),
        severity="warning",
        money=most - budget,
    )


def _check_late(entry: Entry, status_date: date, findings: Findings) -> None:
    finish, complete = entry.get("finish"), entry.get("percent_complete")
    if finish is None or complete is None or finish >= status_date or complete >= 1:
        return
    origin, row, column = entry.place("rag")
    findings.report(
        "rag_late",
        f"{entry.named()} is {entry.get('rag')}, but was to finish on {day(finish)} and is "
        f"{complete:.0%} complete on {day(status_date)}",
        "Green only while the project can still finish on time",
        "Review the status, or correct the finish.",
        origin=origin,
        row=row,
        column=column,
        value=entry.get("rag"),
        severity="warning",
    )
