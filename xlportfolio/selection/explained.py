"""What the reasons of a choice are taken from, and the form they are told in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.money import money_text
from xlportfolio.selection.answer import Decision
from xlportfolio.selection.exchange import Exchange, Exchanges, Rows
from xlportfolio.selection.wording import short_name

_VALUE_ROUNDING = 1e-6
"""Values count to seven digits of the largest when they are solved. [of the largest]"""


@dataclass(frozen=True)
class Explained:
    """The decision on a row and why.

    Attributes
    ----------
    limits
        Names of the budgets, and of the categories whose shares, shut it out.
    others
        Rows that the reason rests on: chosen ones that take its place, or that it goes with.
    exchange
        What bringing it in would take; None for what is chosen or decided beforehand.
    shut_out
        The part of the reason that says what shuts it out, without what is there instead; ""
        where no limit does.
    """

    decision: Decision
    reason: str
    limits: tuple[str, ...] = ()
    others: Rows = ()
    exchange: Exchange | None = None
    shut_out: str = ""


class Case:
    """A choice whose reasons are asked for, with what the tables say of its rows.

    Parameters
    ----------
    exchanges
        The choice, and what each change of it would take.
    in_flight : shape (n,)
        What has started or is committed.
    because
        By row, "38% complete" and the like.
    is_known : shape (n,)
        Whether the cost is known.
    currency
        Of all money, such as "GBP".
    """

    def __init__(
        self,
        exchanges: Exchanges,
        in_flight: Sequence[bool],
        because: Sequence[str],
        is_known: Sequence[bool],
        currency: str | None,
    ) -> None:
        self.exchanges = exchanges
        self.model = exchanges.model
        self.chosen = exchanges.chosen
        self.limits = exchanges.limits
        self.fixed = exchanges.fixed
        self.in_flight = in_flight
        self.because = because
        self.is_known = is_known
        self.currency = currency
        model = self.model
        self.names = [short_name(name) for name in model.names or [k.label for k in model.keys]]
        sizes = np.abs(model.values)
        self.rounding = _VALUE_ROUNDING * float(sizes.max()) if sizes.size else 0.0

    def money(self, cents: int) -> str:
        """Money as a sentence has it."""
        return money_text(cents, self.currency)
