"""Values as people type them: examples from real workbooks, and round trips."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlportfolio.parsing import (
    date_order,
    decimal_mark,
    from_serial,
    is_placeholder,
    parse_date,
    parse_direction,
    parse_force,
    parse_fraction,
    parse_lifecycle,
    parse_link_type,
    parse_number,
    parse_rag,
)


@pytest.mark.parametrize(
    ("text", "value", "unit", "currency", "scale"),
    [
        ("£1,234.56", 1234.56, "£", "GBP", 1),
        ("(1,200)", -1200, None, None, 1),
        ("1.2m", 1.2, "m", None, 1e6),
        ("£1.2m", 1.2, "£m", "GBP", 1e6),
        ("(£1.2m)", -1.2, "£m", "GBP", 1e6),
        ("EUR 2.4m", 2.4, "EUR m", "EUR", 1e6),
        ("1.2 M€", 1.2, "€M", "EUR", 1e6),
        ("2 Mio. €", 2, "€Mio", "EUR", 1e6),
        ("12 %", 12, "%", None, 0.01),
        ("$ (300)k", -300, "$k", "USD", 1e3),
        ("1.5bn", 1.5, "bn", None, 1e9),
        ("US$ 3.4 million", 3.4, "US$million", "USD", 1e6),
        ("350 days", 350, "days", None, 1),
        ("1e6", 1e6, None, None, 1),
        ("\u22125", -5, None, None, 1),
        ("5-", -5, None, None, 1),
        ("1'234.50", 1234.5, None, None, 1),
        ("1\u202f234,5", 1234.5, None, None, 1),
        ("1.234,56", 1234.56, None, None, 1),
        ("1.234.567", 1234567, None, None, 1),
        ("12,34,567", 1234567, None, None, 1),
        ("0,5", 0.5, None, None, 1),
    ],
)
def test_number_is_read_with_its_unit(
    text: str, value: float, unit: str | None, currency: str | None, scale: float
) -> None:
    parsed = parse_number(text)
    assert parsed is not None
    assert (parsed.value, parsed.unit, parsed.currency, parsed.scale) == (
        value,
        unit,
        currency,
        scale,
    )
    assert parsed.exact
    assert not parsed.dash


@pytest.mark.parametrize("text", [" - ", "–", "—", "-", "£ -", " -   "])
def test_dash_of_an_accounting_format_is_zero(text: str) -> None:
    parsed = parse_number(text)
    assert parsed is not None
    assert parsed.dash
    assert parsed.value == 0


@pytest.mark.parametrize(
    "text",
    [
        "tbc", "n/a", "", " ", "P001", "007", "2026-Q1", "31/03/2026", "03.04.2026", "1/2", "10-20",
        "1,2,3", "5 6", "£", "k", "FY26", "(5", "5)", "--5", "-(5)", "£5€", "see note 3", "1.2.3.4",
        "Exempt under Section 43 of the Freedom of Information Act 2000", "12 March", "A1",
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("value", [True, None, float("nan"), float("inf"), datetime(2026, 3, 31)])
def test_other_values_are_no_numbers(value: object) -> None:
    assert parse_number(value) is None


def test_a_lone_comma_is_a_choice_unless_the_column_settles_it() -> None:
    assert parse_number("12,5") == parse_number("12,5", ".")
    loose, settled = parse_number("12,5"), parse_number("12,5", ",")
    assert loose is not None and (loose.value, loose.exact) == (12.5, False)
    assert settled is not None and (settled.value, settled.exact) == (12.5, True)


@pytest.mark.parametrize(("mark", "value"), [(None, 1234.0), (".", 1234.0), (",", 1.234)])
def test_comma_before_three_digits_follows_the_column(mark, value: float) -> None:  # type: ignore[no-untyped-def]
    parsed = parse_number("1,234", mark)
    assert parsed is not None and parsed.value == value


@pytest.mark.parametrize(("mark", "value"), [(None, 1.234), (".", 1.234), (",", 1234.0)])
def test_point_before_three_digits_follows_the_column(mark, value: float) -> None:  # type: ignore[no-untyped-def]
    parsed = parse_number("1.234", mark)
    assert parsed is not None and parsed.value == value


def test_decimal_mark_is_known_only_from_texts_that_show_it() -> None:
    assert decimal_mark(["1.234", "1.234,5"]) == ","
    assert decimal_mark(["1,234,567"]) == "."
    assert decimal_mark(["1.234,5", "1,234.5"]) is None
    assert decimal_mark(["1,234", "tbc", 4.0]) is None


_CENTS = st.integers(min_value=-(10**12), max_value=10**12)


def _grouped(cents: int, group: str, decimal: str) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{whole:,}".replace(",", group) + f"{decimal}{rest:02d}"


@given(_CENTS, st.sampled_from([(",", "."), (".", ","), (" ", ","), ("\u00a0", "."), ("'", ".")]))
def test_a_number_formatted_in_any_style_reads_back(cents: int, style: tuple[str, str]) -> None:
    text = ("-" if cents < 0 else "") + _grouped(cents, *style)
    parsed = parse_number(text, "," if style[1] == "," else ".")
    assert parsed is not None
    assert round(parsed.value * 100) == cents


@given(
    _CENTS,
    st.sampled_from(["£{}", "({})", "£({})", "({}) GBP", "$ ({})", "{}-", "EUR -{}", "-€{}"]),
)
def test_sign_and_currency_survive_every_position(cents: int, form: str) -> None:
    text = form.format(_grouped(cents, ",", "."))
    parsed = parse_number(text)
    assert parsed is not None
    negative = form != "£{}"
    assert round(parsed.value * 100) == (-abs(cents) if negative else abs(cents))


@given(st.text(max_size=45))
def test_what_is_read_as_a_number_holds_a_digit_or_a_dash(text: str) -> None:
    parsed = parse_number(text)
    if parsed is not None:
        assert parsed.dash or any(letter.isdigit() for letter in text)
        assert parse_number(f"{text} approx") is None


@pytest.mark.parametrize(
    "text",
    ["tbc", "TBD", " n/a ", "none", "Not known", "see note", "See Note 3", "#N/A", "?", "Reset",
     "(TBC)", "[tbc]", "Exempt", "to be confirmed", "N/A."],
)  # fmt: skip
def test_placeholders_are_recognised(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "value", ["Bridge", "-", "0", 0.0, None, "", "Reset the network", "TBC Ltd"]
)
def test_values_are_not_placeholders(value: object) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("value", "fraction"),
    [(0.4, 0.4), ("40%", 0.4), ("40 %", 0.4), ("12.3%", 0.123), (1, 1), (0, 0), (40, None),
     ("140%", None), (-0.1, None), ("tbc", None), ("£0.4", None), ("-", None)],
)  # fmt: skip
def test_fraction_is_from_0_to_1_and_40_is_a_problem(value: object, fraction: float | None) -> None:
    assert parse_fraction(value) == fraction


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31T00:00:00Z", date(2026, 3, 31)),
        ("2026-03-31 14:30:05.5", date(2026, 3, 31)),
        ("2026/3/31", date(2026, 3, 31)),
        ("20260331", date(2026, 3, 31)),
        ("31/03/2026", date(2026, 3, 31)),
        ("03/31/2026", date(2026, 3, 31)),
        ("3/31/26 12:00 AM", date(2026, 3, 31)),
        ("31.03.2026", date(2026, 3, 31)),
        ("03.04.2026", date(2026, 4, 3)),
        ("31-Mar-26", date(2026, 3, 31)),
        ("31 March 2026", date(2026, 3, 31)),
        ("31st of March, 2026", date(2026, 3, 31)),
        ("Tuesday, 31 March 2026", date(2026, 3, 31)),
        ("March 31, 2026", date(2026, 3, 31)),
        ("01-Jun-98", date(1998, 6, 1)),
    ],
)
def test_day_is_read_where_only_one_reading_is_possible(text: str, day: date) -> None:
    parsed = parse_date(text)
    assert parsed is not None
    assert (parsed.date, parsed.ambiguous, parsed.precision) == (day, False, "day")


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("March 2026", date(2026, 3, 1), "month"),
        ("Mar-26", date(2026, 3, 1), "month"),
        ("2026-03", date(2026, 3, 1), "month"),
        ("2026-Q1", date(2026, 1, 1), "quarter"),
        ("Q3 2026", date(2026, 7, 1), "quarter"),
        ("2026", date(2026, 1, 1), "year"),
    ],
)
def test_longer_spans_are_their_first_day(text: str, day: date, precision: str) -> None:
    parsed = parse_date(text)
    assert parsed is not None
    assert (parsed.date, parsed.precision) == (day, precision)


@pytest.mark.parametrize(
    "value",
    ["tbc", "31/02/2026", "31 Foo 2026", "Gate 3", "FY26/27", "M3", "1/2", "45000", 46112.0],
)
def test_what_is_no_date_is_not_read_as_one(value: object) -> None:
    assert parse_date(value) is None


def test_excel_serials_are_dates_only_if_told() -> None:
    parsed = parse_date(46112.0, serials=True)
    assert parsed is not None and parsed.date == date(2026, 3, 31)
    assert from_serial(61) == date(1900, 3, 1)
    assert from_serial(60) is None


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)), st.booleans(), st.sampled_from("/-"))
def test_a_date_written_either_way_reads_back(day: date, day_first: bool, mark: str) -> None:
    form = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    text = day.strftime(form)
    parsed = parse_date(text, day_first)
    assert parsed is not None
    assert (parsed.date, parsed.ambiguous) == (day, False)
    loose = parse_date(text)
    assert loose is not None
    assert loose.ambiguous == (day.day <= 12 and day.day != day.month)


@given(st.dates(date(1970, 1, 1), date(2069, 12, 31)))
def test_a_date_with_its_month_in_letters_reads_back(day: date) -> None:
    month = calendar.month_name[day.month]
    for text in (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}",
                 f"{day.day:02d}-{month[:3]}-{day:%y}", day.isoformat()):  # fmt: skip
        parsed = parse_date(text)
        assert parsed is not None and parsed.date == day, text


@given(st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), max_size=8), st.booleans())
def test_date_order_is_never_the_wrong_one(days: list[date], day_first: bool) -> None:
    form = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    order = date_order([day.strftime(form) for day in days])
    shows = any(day.day > 12 for day in days)
    assert order.day_first == (day_first if shows else None)
    assert order.n_either == sum(day.day <= 12 and day.day != day.month for day in days)


def test_a_column_that_shows_both_orders_says_neither() -> None:
    order = date_order(["31/03/2026", "03/31/2026", "03/04/2026", datetime(2026, 1, 1), None])
    assert order.day_first is None
    assert (order.n_day_first, order.n_month_first, order.n_either) == (1, 1, 1)
    assert order.example == "03/04/2026"


@given(st.integers(min_value=61, max_value=100_000))
def test_serials_count_days(serial: int) -> None:
    assert from_serial(serial) == date(1900, 3, 1) + timedelta(days=serial - 61)


@pytest.mark.parametrize(
    ("text", "rag"),
    [("Green", "Green"), ("G", "Green"), ("AMBER", "Amber"), ("Amber/red", "Amber/Red"),
     ("amber - green", "Amber/Green"), ("A/R", "Amber/Red"), ("Yellow", "Amber"), ("🔴", "Red"),
     ("🟢 Green", "Green"), ("Blue", "Complete"), ("Reset", "Reset"), ("Exempt", "Exempt"),
     ("RAG: Red", "Red"), ("tbc", None), ("Infrared", None), (3.0, None), (None, None)],
)  # fmt: skip
def test_rag_is_read_in_every_spelling(text: object, rag: str | None) -> None:
    assert parse_rag(text) == rag


@pytest.mark.parametrize(
    ("value", "force"),
    [("In", "In"), ("mandatory", "In"), ("Must-do", "In"), ("Statutory", "In"), ("Y", "In"),
     (True, "In"), (1.0, "In"), ("Out", "Out"), ("excluded", "Out"), ("No", "Free"), ("N", "Free"),
     (None, "Free"), ("", "Free"), (False, "Free"), ("discretionary", "Free"), ("maybe", None),
     ("In progress", None), (2.0, None)],
)  # fmt: skip
def test_force_takes_clear_words_only(value: object, force: str | None) -> None:
    assert parse_force(value) == force


@pytest.mark.parametrize(
    ("value", "direction"),
    [("max", "max"), ("Minimise", "min"), (1, "max"), (-1.0, "min"), ("-1", "min"), ("cost", "min"),
     ("Higher is better", "max"), ("lower", "min"), (None, "max"), ("  ", "max"), ("both", None),
     (0, None)],
)  # fmt: skip
def test_direction_is_max_when_blank(value: object, direction: str | None) -> None:
    assert parse_direction(value) == direction


@pytest.mark.parametrize(
    ("value", "link_type"),
    [("requires", "Requires"), ("Depends on", "Requires"), ("excludes", "Excludes"),
     ("Mutually-exclusive", "Excludes"), ("together", "Together"), ("FS", "Finish-to-start"),
     ("Finish to start", "Finish-to-start"), ("Finish-to-start", "Finish-to-start"),
     ("SS", None), ("", None), (None, None)],
)  # fmt: skip
def test_link_type_is_read(value: object, link_type: str | None) -> None:
    assert parse_link_type(value) == link_type


@pytest.mark.parametrize(
    ("value", "lifecycle"),
    [("Proposed", "proposed"), ("In flight", "active"), ("in_progress", "active"),
     ("On-hold", "on hold"), ("Completed", "closed"), ("Cancelled", "cancelled"),
     ("Canceled", "cancelled"), ("Not started", "approved"), ("not approved", "proposed"),
     ("Green", None), ("Gate 3", None)],
)  # fmt: skip
def test_lifecycle_is_read_by_family(value: object, lifecycle: str | None) -> None:
    assert parse_lifecycle(value) == lifecycle


def test_more_than_three_digits_before_a_comma_make_it_a_decimal_one() -> None:
    assert parse_number("2247195,93") == parse_number("2247195.93")
    loose = parse_number("247,19")
    assert loose is not None
    assert not loose.exact
