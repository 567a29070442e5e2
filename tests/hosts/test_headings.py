"""Headers are read: their words, their unit, the period and the kind of money in them."""

from __future__ import annotations

from datetime import datetime

import pytest

from xlportfolio.periods import Period
from xlportfolio.workbook.headings import fold, parse_unit, read_heading
from xlportfolio.workbook.vocabulary import is_known_header, match_heading


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Project ID", "project id"),
        ("PROJECT_ID", "project id"),
        ("projectId", "project id"),
        ("Project\nID", "project id"),
        ("Project\u00a0ID", "project id"),
        ("Proj Name", "project name"),
        ("Whole-Life Costs", "whole life cost"),
        ("% Complete:", "percent complete"),
        ("Programs", "programme"),
        ("Categories", "category"),
        ("Status", "status"),
        ("Sponsor's dept", "sponsor department"),
        ("Réalisé", "realise"),
        ("Start & finish", "start and finish"),
    ],
)
def test_spelling_spacing_and_case_do_not_tell_headers_apart(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("written", "words", "currency", "scale"),
    [
        ("Budget (GBP k)", "budget", "GBP", 1e3),
        ("Budget (£m)", "budget", "GBP", 1e6),
        ("Budget £m", "budget", "GBP", 1e6),
        ("Budget [$000s]", "budget", None, 1e3),
        ("Planned Cost ($ M)", "planned cost", None, 1e6),
        ("Cost (€ bn)", "cost", "EUR", 1e9),
        ("Cost (in thousands of GBP)", "cost", "GBP", 1e3),
        ("Cost (approved, GBP k)", "cost", "GBP", 1e3),
        ("Cost (£m, 2026/27 prices)", "cost", "GBP", 1e6),
        ("Cost GBP", "cost", "GBP", 1.0),
        ("Cost (TEUR)", "cost", "EUR", 1e3),
        ("Cost T€", "cost", "EUR", 1e3),
        ("Cost Mio. €", "cost", "EUR", 1e6),
        ("Cost, MUSD", "cost", "USD", 1e6),
        ("Cost_kGBP", "cost", "GBP", 1e3),
        ("cost_usd_m", "cost", "USD", 1e6),
        ("Cost (R'000)", "cost", "ZAR", 1e3),
        ("Cost (Rs. Cr)", "cost", "INR", 1e7),
        ("Cost (INR lakhs)", "cost", "INR", 1e5),
        ("Cost (₹ Crore)", "cost", "INR", 1e7),
        ("Cost (N'm)", "cost", "NGN", 1e6),
        ("Cost (R$ mil)", "cost", "BRL", 1e3),
        ("Cost ($ in thousands)", "cost", None, 1e3),
        ("Cost in thousands", "cost", None, 1e3),
        ("Cost $m 2024 prices", "cost", None, 1e6),
        ("Cost (USD $m)", "cost", "USD", 1e6),
        ("Cost £", "cost", "GBP", 1.0),
        ("Custom field (Investment £k)", "investment", "GBP", 1e3),
        ("Entrepreneur", "entrepreneur", None, None),
        ("12,000 homes", "12 000 home", None, None),
        ("Worth a try", "worth a try", None, None),
        ("PHP upgrade", "php upgrade", None, None),
        ("USD budget", "budget", "USD", 1.0),
        ("Cost Rs", "cost", "INR", 1.0),
        ("Homes 10 000", "home 10 000", None, None),
        ("Cost (H/M/L)", "cost", None, None),
        ("Team N", "team n", None, None),
        ("Cost", "cost", None, None),
    ],
)
def test_the_unit_of_money_is_taken_off_the_words(
    written: str, words: str, currency: str | None, scale: float | None
) -> None:
    heading = read_heading(written)
    assert (heading.words, heading.currency, heading.scale) == (words, currency, scale)


@pytest.mark.parametrize(
    ("written", "unread"),
    [
        ("Cost (XYZ k)", "XYZ k"),
        ("Cost €q", "€q"),
        ("Cost £/kW", "£/kW"),
        ("Budget (Cr)", "Cr"),
        ("Cost (€ mil)", "€ mil"),
        ("Cost (excl. £2m grant)", ""),
        ("Cost (FBC)", ""),
        ("Cost (£k)", ""),
    ],
)
def test_a_sign_of_money_that_is_not_understood_is_told(written: str, unread: str) -> None:
    heading = read_heading(written)
    assert heading.unread == unread
    assert heading.scale is None or not unread


@pytest.mark.parametrize(
    ("written", "words", "unit", "period"),
    [
        ("2025 £", "", "£", Period("year", 2025)),
        ("2025/26 (£k)", "", "£k", Period("year", 2026, fiscal=True)),
        ("£k 2025/26", "", "£k", Period("year", 2026, fiscal=True)),
        ("2025/26 £000", "", "£000", Period("year", 2026, fiscal=True)),
        ("Capex $m 2026", "capex", "$m", Period("year", 2026)),
        ("Apr-25 (days)", "", "days", Period("month", 2025, 4)),
    ],
)
def test_a_unit_beside_a_period_leaves_the_period(
    written: str, words: str, unit: str, period: Period
) -> None:
    heading = read_heading(written)
    assert (heading.words, heading.unit, heading.period) == (words, unit, period)


@pytest.mark.parametrize("unit", ["days", "FTE", "%", "months", "1-5", "dd/mm/yyyy"])
def test_a_unit_that_is_not_money_has_neither_currency_nor_scale(unit: str) -> None:
    assert parse_unit(unit) == (unit, None, None)


@pytest.mark.parametrize("words", ["of London", "approved", "b", "th", ""])
def test_words_in_brackets_are_no_unit(words: str) -> None:
    assert parse_unit(words) is None


@pytest.mark.parametrize(
    ("written", "words", "period"),
    [
        ("2013/2014 Budget", "budget", Period("year", 2014, fiscal=True)),
        ("FY27 Capex", "capex", Period("year", 2027, fiscal=True)),
        ("Budget 2026/27", "budget", Period("year", 2027, fiscal=True)),
        ("Cost 2027", "cost", Period("year", 2027)),
        ("FY26/27", "", Period("year", 2027, fiscal=True)),
        ("Q3 2026", "", Period("quarter", 2026, 3)),
        ("Project 7", "project 7", None),
    ],
)
def test_a_period_is_taken_off_either_end_of_a_header(
    written: str, words: str, period: Period | None
) -> None:
    heading = read_heading(written)
    assert (heading.words, heading.period) == (words, period)


def test_a_date_and_a_year_as_headers_are_periods() -> None:
    assert read_heading(datetime(2027, 1, 1)).period == Period("month", 2027, 1)
    assert read_heading(2027.0).period == Period("year", 2027)
    assert read_heading(2027.0).is_period
    assert not read_heading("Budget 2027").is_period


@pytest.mark.parametrize("words", ["Total", "Grand Total", "Sub-total", "10 Year Total", "Sum"])
def test_a_header_that_names_a_sum_is_known_for_one(words: str) -> None:
    assert read_heading(words).is_total


@pytest.mark.parametrize("words", ["Total Benefits", "Cost", "Totalling", "Whole life cost"])
def test_a_header_that_only_starts_like_a_sum_is_none(words: str) -> None:
    assert not read_heading(words).is_total


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Prior", "Prior"),
        ("Prior Years", "Prior"),
        ("Previous years", "Prior"),
        ("To date", "Prior"),
        ("Later", "Later"),
        ("Future", "Later"),
        ("Thereafter", "Later"),
        ("Beyond", "Later"),
        ("Total", None),
    ],
)
def test_money_before_and_after_the_years_is_known(words: str, kind: str | None) -> None:
    heading = read_heading(words)
    assert (heading.outer, heading.is_outer_period) == (kind, kind is not None)


@pytest.mark.parametrize(
    ("written", "words", "year"),
    [("2025A", "actual", 2025), ("2025E", "estimate", 2025), ("FY25B", "budget", 2025)],
)
def test_a_letter_after_a_year_says_what_its_money_is(written: str, words: str, year: int) -> None:
    heading = read_heading(written)
    assert heading.period is not None
    assert (heading.words, heading.period.year) == (words, year)


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Capex", "Capex"), ("Capital", "Capex"), ("RDEL", "RDEL"), ("Cost", None)],
)
def test_a_kind_of_money_standing_alone_is_known(written: str, kind: str | None) -> None:
    assert read_heading(written).kind == kind


def test_the_first_field_of_a_usual_header_is_the_one_people_mean() -> None:
    expected = {
        "Project Ref": "project_id",
        "Project Title": "name",
        "SRO": "sponsor",
        "Start Date": "start",
        "End Date": "finish",
        "Whole life cost": "cost",
        "Approved budget": "budget",
        "Spent to date": "spent_to_date",
        "Mandatory": "force",
        "NPV": "npv",
        "% complete": "percent_complete",
    }
    read = {
        header: next(iter(match_heading(read_heading(header), "projects"))).field
        for header in expected
    }
    assert read == expected


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Budget variance", "budget"),
        ("Cost comment", "cost"),
        ("Benefit owner", "benefit"),
        ("Cost centre", "cost"),
        ("Project manager email", "manager"),
        ("Budget code", "budget"),
    ],
)
def test_a_word_that_turns_the_meaning_away_is_heeded(header: str, field: str) -> None:
    strong = [m for m in match_heading(read_heading(header), "projects") if m.score >= 0.6]
    assert field not in {match.field for match in strong}


def test_a_ratio_is_never_a_benefit() -> None:
    for header in ("BCR", "Benefit cost ratio", "Benefit/cost ratio"):
        fields = [m.field for m in match_heading(read_heading(header), "projects")]
        assert fields[0] == "bcr", header


def test_usual_headers_are_known_and_company_names_are_not() -> None:
    assert is_known_header(read_heading("Project Name"))
    assert not is_known_header(read_heading("Acme Widgets"))
