"""Money in several columns: by period, by kind, and the totals that must not be added again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.records import Amount
from xlportfolio.sources import SourceColumn
from xlportfolio.wording import quoted

_ROUNDING = 0.005
"""Share by which a total may differ from its sum: totals shown to three digits differ by less."""

_SET_ASIDE = "Contingency"
_NOT_A_TOTAL = re.compile(
    r"\b(prior|previous|earlier|past|later|beyond|future|after|contingency|optimism|risk|"
    r"reserve|remaining)\b",
    re.IGNORECASE,
)


def parts_of_totals(columns: Sequence[SourceColumn], field: str) -> dict[int, tuple[int, ...]]:
    """Which columns of a profile are totals, and of which columns.

    A column without a period stands for the sum of the columns of its kind with one; a column
    without a kind for the sum of its period's columns with one. "Prior" and "Later" are periods
    without a name, not totals. A contingency alone makes no total of the cost beside it.

    Returns
    -------
    Positions of the columns that add up to it, by the position of each total.
    """
    own = [k for k, column in enumerate(columns) if column.field == field]
    totals = [
        k
        for k in own
        if not _NOT_A_TOTAL.search(columns[k].header)
        and any(_is_finer(columns[d], columns[k]) for d in own)
    ]
    leaves = [k for k in own if k not in totals]
    return {k: tuple(d for d in leaves if _fits(columns[d], columns[k])) for k in totals}


def rivals(columns: Sequence[SourceColumn], field: str) -> tuple[int, ...]:
    """Columns that each claim to be the whole of a profile that has no parts."""
    own = [k for k, column in enumerate(columns) if column.field == field]
    whole = [k for k in own if _is_grand(columns[k]) and not _NOT_A_TOTAL.search(columns[k].header)]
    return tuple(whole) if len(whole) > 1 and len(whole) == len(own) else ()


def _is_grand(column: SourceColumn) -> bool:
    return column.period is None and column.kind is None


def _is_finer(part: SourceColumn, whole: SourceColumn) -> bool:
    is_more = (whole.period is None and part.period is not None) or (
        whole.kind is None and part.kind not in (None, _SET_ASIDE)
    )
    return _fits(part, whole) and is_more


def _fits(part: SourceColumn, whole: SourceColumn) -> bool:
    period_fits = whole.period is None or part.period == whole.period
    return period_fits and (whole.kind is None or part.kind == whole.kind)


def read_profile(entries: Sequence[Entry], origin: Origin, field: str, findings: Findings) -> None:
    """Turn the columns of a profile into amounts; totals are compared with their parts.

    Where a part cannot be used, the total stands in for all; without a total the whole profile
    is absent, because a sum over a gap would understate it.
    """
    columns = origin.table.columns
    totals = parts_of_totals(columns, field)
    grand = next((k for k in totals if _is_grand(columns[k])), None)
    several = rivals(columns, field)
    if several:
        findings.report(
            "rivals",
            f"{quoted(columns[several[0]].header)} and {quoted(columns[several[1]].header)} both "
            f"stand for the whole {field}; the first was used",
            f"one column of the {field}, or one for each period or kind",
            "Say in the mapping which column it is.",
            origin=origin,
            column=several[1],
            severity="question",
        )
    for entry in entries:
        cells: dict[int, float] = dict(entry.values.get(field) or ())
        details = {
            k: amount for k, amount in cells.items() if k not in totals and k not in several[1:]
        }
        if field in entry.unusable and grand in cells:
            details = {grand: cells[grand]} if grand is not None else {}
        elif field in entry.unusable:
            details = {}
        else:
            for k, parts in totals.items():
                _compare(entry, k, parts, cells, findings)
            if not details and grand in cells and grand is not None:
                details = {grand: cells[grand]}
            elif not details:
                details = {k: cells[k] for k in totals if k in cells}
        entry.values[field] = tuple(
            Amount(period=columns[k].period, kind=columns[k].kind, amount=amount)
            for k, amount in details.items()
        )
        # Other rules point at the total, where there is one.
        if grand is not None:
            entry.places[field] = (origin, entry.row, grand)


def _compare(
    entry: Entry, k: int, parts: tuple[int, ...], cells: dict[int, float], findings: Findings
) -> None:
    found = [cells[d] for d in parts if d in cells]
    if k not in cells or not found:
        return
    total, added = cells[k], sum(found)
    if abs(total - added) <= max(_ROUNDING * max(abs(total), abs(added)), 0.01):
        return
    origin = entry.origin
    findings.report(
        "total",
        f"{origin.cell_named(entry.row, k)} is {findings.money(total)}, but its parts add up to "
        f"{findings.money(added)}, which was used",
        f"the sum of {quoted(origin.column(parts[0]).header)} to "
        f"{quoted(origin.column(parts[-1]).header)}",
        "Correct the total, or the amounts.",
        origin=origin,
        row=entry.row,
        column=k,
        value=origin.table.rows[entry.row][k],
        severity="warning",
    )


def total(profile: Sequence[Amount]) -> float | None:
    """The sum of a profile; None where it is empty."""
    return sum(amount.amount for amount in profile) if profile else None
