"""The rows of one source table, each value read by the kind of its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.checking.calendar_columns import read_dates
from xlportfolio.checking.columns import (
    ReadColumn,
    is_blank_row,
    read_periods,
    read_text,
    read_words,
)
from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.checking.number_columns import Quantity, read_fractions, read_numbers
from xlportfolio.records import TABLES, FieldSpec, Settings
from xlportfolio.sources import SourceColumn

_MONEY = ("money", "profile")
_WORDS = ("rag", "force", "direction", "lifecycle", "link_type")
_TEXTS = ("id", "text", "word", "person")
_MANY = ("profile", "fte", "rating")
_UNIT_SCALES = {
    "units": 1.0,
    "thousand": 1e3,
    "thousands": 1e3,
    "k": 1e3,
    "million": 1e6,
    "millions": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "billions": 1e9,
    "bn": 1e9,
}
_DAYS_PER_MONTH = 365.25 / 12
_MONTHS_BY_UNIT = {
    "day": 1 / _DAYS_PER_MONTH,
    "d": 1 / _DAYS_PER_MONTH,
    "week": 7 / _DAYS_PER_MONTH,
    "wk": 7 / _DAYS_PER_MONTH,
    "w": 7 / _DAYS_PER_MONTH,
    "quarter": 3.0,
    "year": 12.0,
    "yr": 12.0,
    "y": 12.0,
}


@dataclass(frozen=True)
class Basis:
    """What values are read against: the settings, as far as they were said.

    Attributes
    ----------
    money_scale
        What money without a unit of its own is multiplied by.
    currency
        ISO code of the portfolio; None if nobody said.
    fiscal_first_month
        None if nobody said.
    """

    money_scale: float = 1.0
    currency: str | None = None
    fiscal_first_month: int | None = None


def basis_of(settings: Settings) -> Basis:
    """The basis that the settings give."""
    said = "fiscal_first_month" in settings.model_fields_set
    unit = re.sub(r"[£$€¥₹\s]|\b[A-Z]{3}\b", "", settings.unit or "").lower()
    return Basis(
        _UNIT_SCALES.get(unit, 1.0),
        settings.currency,
        settings.fiscal_first_month if said else None,
    )


def field_spec(table: str, name: str) -> FieldSpec | None:
    """The field's meaning; ratings may stand among the projects too."""
    spec = TABLES[table].fields.get(name)
    if spec is None and table == "projects" and name in ("ratings", "rating"):
        return TABLES["ratings"].fields["ratings"]
    return spec


def is_money(origin: Origin, k: int) -> bool:
    """Whether a column holds money."""
    spec = field_spec(origin.table.table, origin.column(k).field)
    return spec is not None and spec.kind in _MONEY


def read_rows(origin: Origin, basis: Basis, findings: Findings) -> list[Entry]:
    """One entry for each row in which something stands, in the order of the table.

    The labels of `origin` must be known: sentences name rows by them.
    """
    entries = [Entry(origin, i) for i, row in enumerate(origin.table.rows) if not is_blank_row(row)]
    for k, column in enumerate(origin.table.columns):
        spec = field_spec(origin.table.table, column.field)
        if spec is None:
            continue
        read = _read(origin, k, spec, basis, findings)
        if spec.kind in _MANY:
            _add_cells(entries, spec.name, k, read)
        else:
            _set_values(entries, spec.name, k, read)
    return entries


def _add_cells(entries: Sequence[Entry], name: str, k: int, read: ReadColumn) -> None:
    """A field of many columns gathers pairs of column and value."""
    values, unusable = read.values, read.unusable
    for entry in entries:
        value = values[entry.row]
        if value is not None:
            entry.values.setdefault(name, []).append((k, value))
        elif entry.row in unusable:
            entry.unusable.add(name)


def _set_values(entries: Sequence[Entry], name: str, k: int, read: ReadColumn) -> None:
    """A field of one column; where several are mapped, the first value counts."""
    values, unusable = read.values, read.unusable
    for entry in entries:
        value = values[entry.row]
        if value is not None:
            if name not in entry.values:
                entry.values[name] = value
                if entry.origin.first_columns[name] != k:
                    entry.places[name] = (entry.origin, entry.row, k)
        elif entry.row in unusable:
            entry.unusable.add(name)


def _read(origin: Origin, k: int, spec: FieldSpec, basis: Basis, findings: Findings) -> ReadColumn:
    column = origin.column(k)
    if spec.kind in _TEXTS:
        return read_text(origin, k, findings)
    if spec.kind in _MONEY:
        return read_numbers(origin, k, _money(column, basis, findings), findings)
    if spec.kind == "date":
        return read_dates(origin, k, basis.fiscal_first_month, findings)
    if spec.kind == "fraction":
        return read_fractions(origin, k, findings)
    if spec.kind in _WORDS:
        return read_words(origin, k, spec.kind, findings)
    if spec.kind == "period":
        return read_periods(origin, k, findings)
    if spec.kind in ("months", "lag"):
        return read_numbers(origin, k, _months(column), findings)
    percent = spec.kind in ("weight", "ratio", "number", "rating")
    money = spec.name == "value"
    if money:
        scale = column.scale or 1.0
        return read_numbers(
            origin, k, Quantity("a number", scale, column.currency, is_money=True), findings
        )
    # A criterion may be measured in money: "£654.11" is a rating as good as 654.11.
    quantity = Quantity("a number", is_fraction=percent, is_money=spec.kind == "rating")
    return read_numbers(origin, k, quantity, findings)


def _money(column: SourceColumn, basis: Basis, findings: Findings) -> Quantity:
    scale = basis.money_scale if column.scale is None else column.scale
    currency = column.currency or findings.currency
    unit = column.unit or {1e3: "thousands", 1e6: "millions", 1e9: "billions"}.get(scale, "")
    if unit in ("thousands", "millions", "billions") and currency:
        unit = f"{unit} of {currency}"
    expected = f"a number in {unit}" if unit else "a number"
    return Quantity(expected, scale, currency, is_money=True)


def _months(column: SourceColumn) -> Quantity:
    unit = (column.unit or "").strip("()[]. ").lower()
    per_unit = _MONTHS_BY_UNIT.get(unit, _MONTHS_BY_UNIT.get(unit.rstrip("s"), 1.0))
    expected = f"a number of {unit or 'months'}"
    return Quantity(expected, per_unit, months=True)
