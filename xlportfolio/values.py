"""What a cell can hold: blank, number, text, truth, date and error are six things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CellError:
    """An error value in a cell, such as #N/A."""

    code: str

    def __str__(self) -> str:
        return self.code


Value = None | float | str | bool | datetime | CellError
"""A value as read: numbers are float, dates datetime, a blank cell None."""
