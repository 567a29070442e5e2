"""Money and a plan by hand, for tests of what becomes of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from xlportfolio.periods import Period, parse_period
from xlportfolio.records import Amount, Budget, Settings

WORKED_EXAMPLE = Path(__file__).resolve().parents[2] / "workbooks" / "worked_example.xlsx"

APRIL = Settings(
    currency="GBP",
    fiscal_first_month=4,
    first_period=date(2026, 4, 1),
    status_date=date(2026, 4, 30),
)
"""A plan that begins in April 2026, told at the end of that month."""


def money(amount: float, period: str | None = None, kind: str | None = None) -> Amount:
    """An amount of a profile; the period as people write it."""
    return Amount(period=_period(period), kind=kind, amount=amount)


def budget(amount: float, period: str | None = None, kind: str | None = None) -> Budget:
    """A row of the budgets."""
    return Budget(period=_period(period), kind=kind, budget=amount)


def _period(text: str | None) -> Period | None:
    read = None if text is None else parse_period(text)
    assert (read is None) == (text is None), text
    return read
