"""Counts and totals of every input against the results; what was left out, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LeftOut = tuple[float, str]
"""How much of an input is not in the results, in the unit of its line, and why in a sentence."""


@dataclass(frozen=True)
class ReconciledLine:
    """One count or total on both sides.

    Attributes
    ----------
    table
        The input table, such as "projects".
    what
        What is counted or summed: "rows", "cost", ...
    unit
        "count", "money" (cents), "fte" (FTE months) or "value" (what `Selection.value_name` says).
    given, used
        In the input, and in the results. `given - used` is what `left_out` explains.
    left_out
        What was left out and why: amount and sentence for each; they sum to `given - used` exactly.
    """

    table: str
    what: str
    unit: Literal["count", "money", "fte", "value"]
    given: float
    used: float
    left_out: tuple[LeftOut, ...] = ()

    @property
    def difference(self) -> float:
        """What nobody explains; 0 in a sound run."""
        return self.given - self.used - sum(amount for amount, _ in self.left_out)


@dataclass(frozen=True)
class Reconciliation:
    """Every line; `is_exact` where nothing is unexplained."""

    lines: tuple[ReconciledLine, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether every count agrees and every sum to the cent."""
        return all(abs(line.difference) <= _rounding(line) for line in self.lines)


def _rounding(line: ReconciledLine) -> float:
    """What counts and cents never miss, and sums of floating-point numbers may."""
    if line.unit in ("count", "money"):
        return 0.0
    return 1e-9 * max(1.0, abs(line.given), abs(line.used))
