"""What a sheet says of its formulas: where they stand, what they say, what they gave last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xlportfolio.values import CellError
from xlportfolio.workbook.references import CellRange

Cached = None | float | str | bool | CellError
"""The value that a workbook keeps of a formula; None where it keeps none."""


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """One formula.

    Attributes
    ----------
    row, column
        Of its (first) cell, from 1.
    text
        As stored, without "=": what a shared formula says in this cell.
    kind
        "plain" (shared ones too), "array" (entered with Ctrl+Shift+Enter), "spill" (a dynamic
        array) or "table" (a what-if data table, which only Excel computes).
    cells
        What its answer fills: its own cell, or the range of the array.
    cached
        What its own cell showed last.
    """

    row: int
    column: int
    text: str
    kind: Literal["plain", "array", "spill", "table"]
    cells: CellRange
    cached: Cached
