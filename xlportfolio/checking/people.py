"""People: roles without capacity, negative FTE, demand outside a project's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlportfolio.checking.calendar_columns import span
from xlportfolio.checking.findings import Entry, Findings
from xlportfolio.keys import name_key
from xlportfolio.periods import Period
from xlportfolio.records import Settings
from xlportfolio.wording import day, number, quoted, shown

_EFFORT = (("day", "days"), ("hour", "hours"), ("hrs", "hours"))
"""What a unit of effort is called in a header, and what the settings call it."""


def check_people(capacity: Sequence[Entry], demand: Sequence[Entry], findings: Findings) -> None:
    """Rows without a role, roles that are asked for and not there, FTE below zero."""
    for entry in [*capacity, *demand]:
        if entry.get("role") is None and "role" not in entry.unusable:
            origin, row, column = entry.place("role")
            findings.report(
                "no_role",
                f"a row of the {origin.table.table} has no role",
                "a role in each row",
                "Enter it, or delete the row; until then it is left out.",
                origin=origin,
                row=row,
                column=column,
                unused_rows=(row,),
            )
        field = entry.origin.table.table
        for k, fte in entry.get(field) or ():
            if fte < 0:
                findings.report(
                    "negative_fte",
                    f"{entry.origin.cell_named(entry.row, k)} is {number(fte)}",
                    "at least 0",
                    "Correct the number.",
                    origin=entry.origin,
                    row=entry.row,
                    column=k,
                    value=entry.origin.table.rows[entry.row][k],
                )
    if capacity:
        _check_roles(capacity, demand, findings)


def _check_roles(capacity: Sequence[Entry], demand: Sequence[Entry], findings: Findings) -> None:
    known = {name_key(entry.get("role")) for entry in capacity if entry.get("role")}
    unknown: dict[str, list[Entry]] = {}
    for entry in demand:
        role = entry.get("role")
        if role and name_key(role) not in known:
            unknown.setdefault(name_key(role), []).append(entry)
    for group in unknown.values():
        origin, row, column = group[0].place("role")
        more = f" and {len(group) - 1} more rows" if len(group) > 1 else ""
        findings.report(
            "unknown_role",
            f"{group[0].named()}{more} asks for the role {shown(group[0].get('role'))}, "
            "which has no capacity",
            "a role of the capacity table",
            "Correct the role, or add its capacity.",
            origin=origin,
            row=row,
            column=column,
            value=group[0].get("role"),
        )


def to_fte(entries: Sequence[Entry], settings: Settings, findings: Findings) -> None:
    """Days and hours of each period as FTE; asked once a table where one FTE is not defined.

    Notes
    -----
    FTE = days / (days of one FTE in a month x months of the period), and so for hours.
    """
    asked: set[int] = set()
    for entry in entries:
        field = entry.origin.table.table
        converted: list[tuple[int, float]] = []
        for k, amount in entry.get(field) or ():
            column = entry.origin.column(k)
            unit = (column.unit or "").strip("()[] ").lower()
            name = next((name for word, name in _EFFORT if word in unit), None)
            if name is None:
                converted.append((k, amount))
                continue
            each = settings.days_per_fte if name == "days" else settings.hours_per_fte
            period = column.period or entry.get("period")
            if each:
                months = period.months if period is not None else 1
                converted.append((k, amount / (each * months)))
            elif entry.origin.index not in asked:
                asked.add(entry.origin.index)
                findings.report(
                    "effort_unit",
                    f"{quoted(column.header)} of {quoted(entry.origin.table.label)} is in {name}, "
                    f"and the settings do not say how many {name} one FTE works in a month",
                    "people as FTE",
                    f"Enter {name}_per_fte in the settings; until then the {field} in {name} is "
                    "left out.",
                    origin=entry.origin,
                    column=k,
                    severity="question",
                )
        entry.values[field] = converted


def check_demand_periods(
    demand: Sequence[Entry],
    projects: Mapping[str, Entry],
    fiscal_first_month: int,
    findings: Findings,
) -> None:
    """Demand before a project starts or after it finishes; one problem for each row."""
    for entry in demand:
        project = projects.get(entry.get("project_id") or "")
        start = None if project is None else project.get("start")
        finish = None if project is None else project.get("finish")
        if project is None or start is None or finish is None:
            continue
        outside: list[tuple[int, Period, float]] = []
        for k, fte in entry.get("demand") or ():
            period = entry.origin.column(k).period or entry.get("period")
            if not fte or period is None or period.kind == "offset":
                continue
            first, last = span(period, fiscal_first_month)
            if last < start or first > finish:
                outside.append((k, period, fte))
        if not outside:
            continue
        k, period, fte = outside[0]
        more = f" and in {len(outside) - 1} more periods" if len(outside) > 1 else ""
        findings.report(
            "demand_outside",
            f"{entry.named()} is {number(fte)} in {quoted(period.label)}{more}, outside the "
            f"project's {day(start)} to {day(finish)}",
            "demand while the project runs",
            "Move the demand, or correct the project's dates.",
            origin=entry.origin,
            row=entry.row,
            column=k,
            value=entry.origin.table.rows[entry.row][k],
            severity="warning",
        )
