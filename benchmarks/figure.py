"""One measured thing, beside its target and its peer, and a table of such for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NO_TARGET = float("nan")


@dataclass(frozen=True)
class Figure:
    """One measured thing, median of some runs.

    Attributes
    ----------
    value, target, peer_value
        All in `unit`; NaN where there is no target.
    peer
        What is measured beside it.
    remark
        What else is to be known, "" for nothing.
    """

    section: str
    name: str
    value: float
    unit: str
    target: float
    peer: str
    peer_value: float
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Whether the target is met; "" without one."""
        if self.target != self.target:
            return ""
        return "met" if self.value <= self.target else "MISSED"


def show(figures: Sequence[Figure]) -> None:
    """Print the table.

    Parameters
    ----------
    figures
        In the order of its rows.
    """
    width = max((len(one.name) for one in figures), default=0)
    print(f"  {'':<{width}} {'median':>11} {'target':>11}        {'peer':>11}  ratio")
    for one in figures:
        target = f"{one.target:>8.3f} {one.unit:<2}" if one.verdict else " " * 11
        print(
            f"  {one.name:<{width}} {one.value:>8.3f} {one.unit:<2} {target} {one.verdict:<6} "
            f"{one.peer_value:>8.3f} {one.unit:<2} {one.peer_value / one.value:>5.2f}x  {one.peer}"
            + (f"; {one.remark}" if one.remark else "")
        )
