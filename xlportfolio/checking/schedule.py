"""Dates that contradict each other, and columns in which day and month look swapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from xlportfolio.checking.findings import Entry, Findings
from xlportfolio.values import Value
from xlportfolio.wording import day, quoted, shown

_ENOUGH_DATES = 20
"""Fewer dates say nothing about a column: all days may be 12 or less by chance."""

_JANUARY = 0.25
"""Share of dates from 2 to 12 January from which a column looks swapped: by chance it is 3 %, and
where projects start in the first days of a calendar year they start on two or three of them."""

_ALL = 0.9
"""Share of days up to 12 from which the durations decide: by chance it is 39 %."""


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
    """A column whose dates make sense when day and month are turned round.

    That is how a file with months first looks after it was opened with days first: 10/01/2011,
    the first of October, became 10 January. The first days of months, on which most projects
    start, turn into days of January; or no day is above 12, and projects run backwards.
    """
    dates = [(entry, value) for entry in entries if isinstance(value := entry.get(field), date)]
    if len(dates) < _ENOUGH_DATES:
        return
    january = [
        (entry, value) for entry, value in dates if value.month == 1 and 2 <= value.day <= 12
    ]
    on_first = sum(value.day == 1 for _, value in dates)
    if (
        len(january) > _JANUARY * len(dates)
        and len(january) > 2 * on_first
        and len({value.day for _, value in january}) >= 4
    ):
        swapped = january
        why = f"{len(january)} of its {len(dates)} dates are from 2 to 12 January"
    else:
        swapped = [(entry, value) for entry, value in dates if value.day <= 12]
        if len(swapped) < _ALL * len(dates) or not _durations_contradict(swapped, field):
            return
        why = f"{len(swapped)} of its {len(dates)} dates have a day of 12 or less"
    entry, value = next(pair for pair in swapped if pair[1].day != pair[1].month)
    origin, row, column = entry.place(field)
    turned = date(value.year, value.day, value.month)
    findings.report(
        "swapped_days",
        f"day and month look swapped in {quoted(_header(entry, field))}: {why}, such as "
        f"{day(value)}, which may be {day(turned)}",
        "days throughout the year",
        "Compare a few with their source; if they are swapped, import the column again with "
        "the order of the source.",
        origin=origin,
        row=row,
        column=column,
        value=shown(value),
        severity="warning",
        blocks=("level",),
        of_column=True,
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
