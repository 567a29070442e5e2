"""Periods are read as people write them, and told apart from what only looks like one."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from xlportfolio.periods import Period, parse_period

Y2027 = Period("year", 2027)
FY27 = Period("year", 2027, fiscal=True)
FY27_Q1 = Period("quarter", 2027, 1, fiscal=True)
Q3_2026 = Period("quarter", 2026, 3)
JAN_27 = Period("month", 2027, 1)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("2027", Y2027),
        (2027, Y2027),
        (2027.0, Y2027),
        ("CY 2027", Y2027),
        ("FY26/27", FY27),
        ("2026/27", FY27),
        ("2026-27", FY27),
        ("2026/2027", FY27),
        ("26/27", FY27),
        ("FY27", FY27),
        ("FY 2027", FY27),
        ("FY'27", FY27),
        ("Financial Year 2026/27", FY27),
        ("FY27 Q1", FY27_Q1),
        ("FY27-Q1", FY27_Q1),
        ("Q1 FY27", FY27_Q1),
        ("Q1 FY26/27", FY27_Q1),
        ("2026/27 Q1", FY27_Q1),
        ("2026-27 Q1", FY27_Q1),
        ("Q1 2026/27", FY27_Q1),
        ("26/27 Q1", FY27_Q1),
        ("2026/2027 Q1", FY27_Q1),
        ("Q1 FY2026-27", FY27_Q1),
        ("2026/27 H2", Period("half", 2027, 2, fiscal=True)),
        ("Q3 2026", Q3_2026),
        ("2026-Q3", Q3_2026),
        ("2026 Q3", Q3_2026),
        ("Q3-26", Q3_2026),
        ("Jan-27", JAN_27),
        ("Jan 2027", JAN_27),
        ("January 2027", JAN_27),
        ("2027-01", JAN_27),
        ("01/2027", JAN_27),
        ("2027-01-15", JAN_27),
        (datetime(2027, 1, 31), JAN_27),
        (date(2027, 1, 1), JAN_27),
        ("Sept 2026", Period("month", 2026, 9)),
        ("FFY 2027", FY27),
        ("FFY27", FY27),
        ("SFY27", FY27),
        ("Federal Fiscal Year 2027", FY27),
        ("3Q26", Q3_2026),
        ("3Q 2026", Q3_2026),
        ("Q3'26", Q3_2026),
        ("1QFY27", FY27_Q1),
        ("H1 2027", Period("half", 2027, 1)),
        ("2027 H2", Period("half", 2027, 2)),
        ("HY1 27", Period("half", 2027, 1)),
        ("H2 FY27", Period("half", 2027, 2, fiscal=True)),
        ("M1", Period("offset", 0, 1)),
        ("Month 12", Period("offset", 0, 12)),
    ],
)
def test_a_period_is_read_as_people_write_it(written: object, period: Period) -> None:
    assert parse_period(written) == period


@pytest.mark.parametrize(
    "written",
    [
        "Total",
        "",
        None,
        True,
        "2026/28",  # years that do not follow each other
        "FY26/28",
        "03/04",  # below ten it is a day and a month
        "Jam-27",
        "Q5 2026",
        "2026-13",
        1989.0,
        2101.0,
        "H3 2027",
        "5Q27",
        2027.5,
        "2027 was a good year for the programme and its people",
    ],
)
def test_what_only_looks_like_a_period_is_none(written: object) -> None:
    assert parse_period(written) is None


@pytest.mark.parametrize(
    ("period", "first_month", "start"),
    [
        (FY27, 4, date(2026, 4, 1)),
        (FY27, 1, date(2027, 1, 1)),
        (FY27, 10, date(2026, 10, 1)),
        (FY27_Q1, 4, date(2026, 4, 1)),
        (Period("quarter", 2027, 4, fiscal=True), 4, date(2027, 1, 1)),
        (Period("half", 2027, 2, fiscal=True), 4, date(2026, 10, 1)),
        (Period("half", 2027, 2), 4, date(2027, 7, 1)),
        (Q3_2026, 4, date(2026, 7, 1)),  # a calendar quarter stays where it is
        (JAN_27, 4, date(2027, 1, 1)),
        (Y2027, 4, date(2027, 1, 1)),
    ],
)
def test_a_fiscal_period_starts_where_the_fiscal_year_does(
    period: Period, first_month: int, start: date
) -> None:
    assert period.start(first_month) == start


def test_a_month_after_start_has_no_date_of_its_own() -> None:
    with pytest.raises(ValueError, match="an offset has no date of its own"):
        Period("offset", 0, 3).start()


@pytest.mark.parametrize(
    ("period", "label"),
    [
        (FY27, "2026/27"),
        (Y2027, "2027"),
        (FY27_Q1, "FY27 Q1"),
        (Q3_2026, "2026 Q3"),
        (JAN_27, "Jan-27"),
        (Period("half", 2027, 2), "2027 H2"),
        (Period("half", 2027, 1, fiscal=True), "FY27 H1"),
        (Period("offset", 0, 3), "M3"),
        (Period("year", 2000, fiscal=True), "1999/00"),
    ],
)
def test_a_label_reads_back_as_its_period(period: Period, label: str) -> None:
    assert period.label == label
    assert parse_period(label) == period


@pytest.mark.parametrize(
    ("kind", "months"), [("month", 1), ("quarter", 3), ("half", 6), ("year", 12), ("offset", 1)]
)
def test_a_period_lasts_as_many_months_as_its_kind(kind: str, months: int) -> None:
    assert Period(kind, 2027).months == months  # type: ignore[arg-type]
