"""Money as whole cents, so that sums are exact, and as people read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Cents = NDArray[np.int64]
"""Money in hundredths of a currency unit; sums of it are exact."""


def to_cents(amount: float) -> int:
    """Money in currency units as whole cents.

    >>> to_cents(0.1 + 0.2), to_cents(-1.005)
    (30, -100)
    """
    return round(amount * 100)


def from_cents(cents: int) -> float:
    """Whole cents as currency units.

    >>> from_cents(1250)
    12.5
    """
    return int(cents) / 100


def spread_cents(cents: int, parts: int) -> list[int]:
    """Split an amount evenly into whole cents; the parts add up to it exactly.

    >>> spread_cents(100, 3), spread_cents(-100, 3)
    ([34, 33, 33], [-34, -33, -33])
    """
    sign = -1 if cents < 0 else 1
    each, rest = divmod(abs(cents), parts)
    return [sign * (each + (k < rest)) for k in range(parts)]


def money_text(cents: int, currency: str | None) -> str:
    """Money in a sentence, short: three digits, thousands as k, millions as m, billions as bn.

    >>> money_text(123_456_700, "GBP"), money_text(-4_990_000, None), money_text(98_700, "EUR")
    ('GBP 1.23m', '-49.9k', 'EUR 987')
    """
    units = abs(cents) / 100
    text = f"{units:.0f}" if units >= 1 or units == 0 else f"{units:.2f}"
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if units >= size * 0.9995:
            scaled = units / size
            digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            text = f"{scaled:.{digits}f}"
            text = (text.rstrip("0").rstrip(".") if "." in text else text) + letter
            break
    sign = "-" if cents < 0 else ""
    return f"{currency} {sign}{text}" if currency else f"{sign}{text}"
