"""The settings table: one row with a column for each setting, or rows of name and value."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from xlportfolio.checking.columns import as_text
from xlportfolio.checking.findings import Findings, Origin
from xlportfolio.parsing import parse_date, parse_fraction, parse_number
from xlportfolio.periods import parse_period
from xlportfolio.records import Settings
from xlportfolio.values import Value
from xlportfolio.wording import quoted, shown

_MONTHS = [name.lower() for name in calendar.month_name]
_CURRENCY_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "JPY", "₹": "INR"}
_UNITS = {
    "units": ("1", "unit", "units", "single units", "ones", "pounds", "euros", "dollars"),
    "thousands": ("k", "thousand", "thousands", "'000", "000", "000s", "£k", "€k", "$k", "1000"),
    "millions": ("m", "mn", "million", "millions", "£m", "€m", "$m", "1000000"),
    "billions": ("bn", "billion", "billions", "£bn", "€bn", "$bn"),
}


def read_settings(origins: Sequence[Origin], said: Settings | None, findings: Findings) -> Settings:
    """The settings of the tables, overruled by those that were said elsewhere."""
    values: dict[str, Any] = {}
    for origin in origins:
        for name, row, column in _cells(origin):
            raw = origin.table.rows[row][column]
            if raw is None or (isinstance(raw, str) and not raw.strip()):
                continue
            read, expected = _READERS[name]
            value = read(raw)
            if value is None:
                findings.report(
                    "setting",
                    f"setting {quoted(name.replace('_', ' '))} is {shown(raw)}",
                    expected,
                    "Correct it; until then its default holds.",
                    origin=origin,
                    row=row,
                    column=column,
                    value=raw,
                )
            else:
                values[name] = value
    if said is not None:
        values |= {name: getattr(said, name) for name in said.model_fields_set}
    return Settings(**values)


def _cells(origin: Origin) -> list[tuple[str, int, int]]:
    """Name, row and column of each setting."""
    columns = origin.table.columns
    fields = [column.field for column in columns]
    named = next((k for k, field in enumerate(fields) if field in ("setting", "name")), None)
    if "value" in fields and named is not None:
        at = fields.index("value")
        return [
            (name, i, at)
            for i, row in enumerate(origin.table.rows)
            if (name := _name(row[named])) in _READERS
        ]
    return [
        (column.field, i, k)
        for i in range(len(origin.table.rows))
        for k, column in enumerate(columns)
        if column.field in _READERS
    ]


def _name(value: Value) -> str:
    text = re.sub(r"[^a-z]+", "_", (as_text(value) or "").lower()).strip("_")
    return {"first_month": "fiscal_first_month", "data_date": "status_date"}.get(text, text)


def _currency(value: Value) -> str | None:
    text = (as_text(value) or "").strip()
    if text in _CURRENCY_SIGNS:
        return _CURRENCY_SIGNS[text]
    return text.upper() if re.fullmatch(r"[A-Za-z]{3}", text) else None


def _unit(value: Value) -> str | None:
    text = (as_text(value) or "").lower()
    return next((unit for unit, words in _UNITS.items() if text in words), None)


def _month(value: Value) -> int | None:
    if isinstance(value, datetime):
        return value.month
    text = (as_text(value) or "").lower()
    for number, name in enumerate(_MONTHS):
        if len(text) >= 3 and name.startswith(text):
            return number
    return _whole(value, 1, 12)


def _whole(value: Value, low: int, high: int) -> int | None:
    parsed = parse_number(value)
    if parsed is None or parsed.dash or parsed.amount != int(parsed.amount):
        return None
    return int(parsed.amount) if low <= parsed.amount <= high else None


def _day(value: Value) -> date | None:
    parsed = parse_date(value)
    return None if parsed is None or parsed.ambiguous else parsed.date


def _first_period(value: Value) -> date | None:
    found = _day(value)
    if found is None and (period := parse_period(value)) and period.kind != "offset":
        return period.start()
    return found


def _period(value: Value) -> str | None:
    text = (as_text(value) or "").lower()
    words = {"monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year"}
    text = words.get(text, text.rstrip("s"))
    return text if text in ("month", "quarter", "year") else None


def _positive(value: Value) -> float | None:
    parsed = parse_number(value)
    return parsed.amount if parsed is not None and parsed.amount > 0 else None


_READERS: dict[str, tuple[Callable[[Value], Any], str]] = {
    "currency": (_currency, "a code such as GBP"),
    "unit": (_unit, "units, thousands, millions or billions"),
    "price_base": (as_text, "a year such as 2026/27"),
    "fiscal_first_month": (_month, "a month from 1 to 12"),
    "period": (_period, "month, quarter or year"),
    "first_period": (_first_period, "a date such as 2026-04-01"),
    "horizon": (lambda value: _whole(value, 1, 1200), "a whole number of periods"),
    "status_date": (_day, "a date such as 2026-03-31"),
    "days_per_fte": (_positive, "a number of days above 0"),
    "hours_per_fte": (_positive, "a number of hours above 0"),
    "discount_rate": (parse_fraction, "a fraction such as 0.035, or 3.5%"),
    "seed": (lambda value: _whole(value, 0, 2**31), "a whole number"),
}
