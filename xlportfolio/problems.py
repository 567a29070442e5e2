"""A problem in the data: what, where, what was expected, how to mend it, what it blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xlportfolio.values import Value

Step = Literal["score", "rank", "rebalance", "level"]
Severity = Literal["error", "warning", "question"]
"""error: the value cannot be used; warning: it is used, but looks wrong; question: it can be read
in more than one way, and a person has to say which."""

SEVERITIES: tuple[Severity, ...] = ("error", "question", "warning")
"""Worst first, as people are told of them."""


@dataclass(frozen=True)
class Problem:
    """One problem, by labels; the edge that knows the addresses adds the cell.

    Attributes
    ----------
    source, row, column
        Positions: of the table among the source tables, of the row and of the column in it; None
        where the problem is not of one table, row or column.
    table
        Canonical table, such as "projects".
    label
        The row as people know it, such as its project ID; "" where there is none.
    header
        The column as people know it; "" where there is none.
    message
        The whole sentence, without the address.
    money
        Money affected, in the units of the portfolio; None where it is not known.
    unused_rows
        Positions of the rows of the source table that are not used because of it. Rows of a table
        that only adds columns to the projects are none: their projects are there without it.
    """

    table: str
    message: str
    severity: Severity = "error"
    source: int | None = None
    row: int | None = None
    column: int | None = None
    label: str = ""
    header: str = ""
    value: Value = None
    expected: str = ""
    remedy: str = ""
    blocks: tuple[Step, ...] = ()
    money: float | None = None
    unused_rows: tuple[int, ...] = ()
