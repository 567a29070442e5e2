"""Dates: texts, the order of day and month, dates that contradict each other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.core.source_tables import (
    column,
    only,
    place,
    projects,
)
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def test_day_month_question_is_one_per_column() -> None:
    start = column("start", "Start date")
    rows: list[tuple[Value, ...]] = [("03/04/2026",), ("05/06/2026",), (None,)]
    portfolio = read_tables([projects(start, rows=rows)])
    problem = only(portfolio)
    assert problem.message == (
        '"Start date" holds 2 dates such as 03/04/2026, which is 3 Apr 2026 or 4 Mar 2026: none '
        "of its dates shows whether day or month comes first; expected dates that can be read in "
        "one way. Say dd/mm/yyyy or mm/dd/yyyy as the unit of the column in the mapping, or enter "
        "dates."
    )
    assert (problem.severity, place(problem)) == ("question", (0, 0, 2))
    assert portfolio.projects[0].start is None


@pytest.mark.parametrize(
    ("other", "month"), [("31/03/2026", 4), ("03/31/2026", 3)], ids=["day first", "month first"]
)
def test_day_and_month_follow_the_columns_other_dates(other: str, month: int) -> None:
    portfolio = read_tables([projects(column("start"), rows=[("03/04/2026",), (other,)])])
    start = portfolio.projects[0].start
    assert start is not None and start.month == month
    assert {problem.severity for problem in portfolio.problems} == {"warning"}


def test_the_mapping_can_answer_the_day_month_question() -> None:
    start = column("start", unit="mm/dd/yyyy")
    portfolio = read_tables([projects(start, rows=[("03/04/2026",)])])
    assert str(portfolio.projects[0].start) == "2026-03-04"
    assert only(portfolio).severity == "warning"


def test_text_date_is_used_and_told() -> None:
    portfolio = read_tables([projects(column("start"), rows=[("31 March 2026",)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is the text "31 March 2026", read as 31 Mar 2026; expected a date. '
        "Enter 2026-03-31 as a date."
    )


def test_number_in_a_date_column_is_read_as_a_serial_and_told() -> None:
    portfolio = read_tables([projects(column("start"), rows=[(46112.0,)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is the number 46112, read as 31 Mar 2026; expected a date. Format '
        "the cells as dates."
    )


def test_zero_formatted_as_a_date_is_no_date() -> None:
    portfolio = read_tables([projects(column("start"), rows=[(datetime(1899, 12, 30),)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is 30 Dec 1899; expected a date from 1950 on. Clear the cell if '
        "the date is not known: a zero shows as a date of 1900."
    )


def test_finish_before_start_leaves_both_out() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2026, 6, 1), datetime(2026, 5, 1))]
    portfolio = read_tables([projects(column("start"), column("finish"), rows=rows)])
    problem = only(portfolio)
    assert problem.message == (
        'Project P1 finishes on 1 May 2026, but starts on 1 Jun 2026; expected "Finish" on or '
        'after "Start". Correct one of the two; until then both are left out.'
    )
    assert (place(problem), problem.blocks) == ((0, 0, 3), ("level",))
    assert (portfolio.projects[0].start, portfolio.projects[0].finish) == (None, None)


def test_window_that_closes_before_it_opens_is_told() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2026, 6, 1), datetime(2026, 5, 1))]
    portfolio = read_tables([projects(column("earliest_start"), column("latest_start"), rows=rows)])
    assert only(portfolio).message == (
        "Project P1 may start at the latest on 1 May 2026, but may not start before 1 Jun 2026; "
        'expected "Latest start" on or after "Earliest start". Correct one of the two; until then '
        "both are left out."
    )


def test_swapped_days_are_suspected_once_for_the_column() -> None:
    """First days of months, with months first, opened with days first: days of January."""
    days: list[tuple[Value, ...]] = [(datetime(2026, 1, month),) for month in range(1, 13)] * 2
    problem = only(read_tables([projects(column("start"), rows=days)]))
    assert problem.message == (
        'Day and month look swapped in "Start": 22 of its 24 dates are from 2 to 12 January, such '
        "as 2 Jan 2026, which may be 1 Feb 2026; expected days throughout the year. Compare a few "
        "with their source; if they are swapped, import the column again with the order of the "
        "source."
    )
    assert problem.severity == "warning"


def test_first_days_of_months_are_not_suspected() -> None:
    days: list[tuple[Value, ...]] = [(datetime(2026, month, 1),) for month in range(1, 13)] * 2
    assert read_tables([projects(column("start"), rows=days)]).problems == ()


def test_swapped_days_are_suspected_where_projects_run_backwards() -> None:
    """Starts from 2 to 11 of each month, turned round; each project then lasts 20 days."""
    rows: list[tuple[Value, ...]] = []
    for month in range(1, 13):
        for day in (2, 11):
            start = datetime(2026, month, day)
            turned = datetime(2026, day, month)
            rows.append((turned, start + timedelta(days=20)))
    portfolio = read_tables([projects(column("start"), column("finish"), rows=rows)])
    first = next(p for p in portfolio.problems if "swapped" in p.message)
    assert first.message == (
        'Day and month look swapped in "Start": 24 of its 24 dates have a day of 12 or less, such '
        "as 1 Feb 2026, which may be 2 Jan 2026; expected days throughout the year. Compare a few "
        "with their source; if they are swapped, import the column again with the order of the "
        "source."
    )
