"""Dates that contradict each other, and columns in which day and month look swapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from xlportfolio.checking.findings import Entry, Findings
from xlportfolio.checking.wording import day, quoted, shown
from xlportfolio.values import Value

_ENOUGH_DATES = 20
"""Fewer dates say nothing about a column: all days may be 12 or less by chance."""

_MOST = 0.9
"""Share of a column's dates that must look swapped: real columns keep a few that do not."""


def check_dates(entries: Sequence[Entry], findings: Findings) -> None:
    """Finish before start, a window that closes before it opens, a start outside its window.

    Dates that cannot both be right are both left out, because nobody can say which is wrong.
    """
    for entry in entries:
        _check_order(entry, "start", "finish", "finishes", "starts", findings)
        _check_order(
            entry,
            "earliest_start",
            "latest_start",
            "may start at the latest on",
            "may not start before",
            findings,
        )


def _check_order(
    entry: Entry, first: str, last: str, last_verb: str, first_verb: str, findings: Findings
) -> None:
    begins, ends = entry.get(first), entry.get(last)
    if begins is None or ends is None or ends >= begins:
        return
    origin, row, column = entry.place(last)
    other, _, other_column = entry.place(first)
    header = other.column(other_column).header if other_column is not None else first
    on = "" if last_verb.endswith("on") else " on"
    from_on = "" if first_verb.endswith("before") else " on"
    findings.report(
        f"{last}_before_{first}",
        f"{entry.named()} {last_verb}{on} {day(ends)}, but {first_verb}{from_on} {day(begins)}",
        f"{quoted(_header(entry, last))} on or after {quoted(header)}",
        "Correct one of the two; until then both are left out.",
        origin=origin,
        row=row,
        column=column,
        value=_raw(entry, last),
        blocks=("level",),
    )
    for name in (first, last):
        entry.values[name] = None
        entry.unusable.add(name)


def _header(entry: Entry, field: str) -> str:
    origin, _, column = entry.place(field)
    return field if column is None else origin.column(column).header


def _raw(entry: Entry, field: str) -> Value:
    origin, row, column = entry.place(field)
    return None if column is None else origin.table.rows[row][column]


def check_swapped_days(entries: Sequence[Entry], field: str, findings: Findings) -> None:
    """A column in which no day is above 12, and the dates make sense the other way round.

    That is how a file with months first looks after it was opened with days first: 10/01/2011,
    the first of October, became 10 January. Read as it stands, the days spread over the twelve
    months' numbers; turned round, they fall on the first of the month.
    """
    dates = [(entry, value) for entry in entries if isinstance(value := entry.get(field), date)]
    if len(dates) < _ENOUGH_DATES:
        return
    swapped = [(entry, value) for entry, value in dates if value.day <= 12]
    if len(swapped) < _MOST * len(dates):
        return
    january = sum(value.month == 1 for _, value in swapped)
    on_first = sum(value.day == 1 for _, value in swapped)
    n_days = len({value.day for _, value in swapped})
    looks_turned = january > 0.5 * len(swapped) and on_first < 0.5 * len(swapped) and n_days >= 4
    if not looks_turned and not (n_days >= 8 and _durations_contradict(swapped, field)):
        return
    entry, value = next(pair for pair in swapped if pair[1].day != pair[1].month)
    origin, row, column = entry.place(field)
    turned = date(value.year, value.day, value.month)
    findings.report(
        "swapped_days",
        f"day and month look swapped in {quoted(_header(entry, field))}: {len(swapped)} of "
        f"{len(dates)} dates have a day of 12 or less, such as {day(value)}, which may be "
        f"{day(turned)}",
        "days throughout the month",
        "Compare a few with their source; if they are swapped, import the column again with "
        "the order of the source.",
        origin=origin,
        row=row,
        column=column,
        value=shown(value),
        severity="warning",
        blocks=("level",),
    )


def _durations_contradict(dates: Sequence[tuple[Entry, date]], field: str) -> bool:
    """Whether many projects run backwards as they stand and few when day and month are turned."""
    backwards = turned_backwards = 0
    for entry, value in dates:
        start, finish = entry.get("start"), entry.get("finish")
        if field == "start" and finish:
            backwards += value > finish
            turned_backwards += date(value.year, value.day, value.month) > finish
        elif field == "finish" and start:
            backwards += value < start
            turned_backwards += date(value.year, value.day, value.month) < start
    return backwards > 0.1 * len(dates) and turned_backwards * 2 < backwards
