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


ERROR_NUMBERS = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}
"""The errors of Excel by the numbers that it gives them (xlErrNA is 2042)."""

_CODES = {number: code for code, number in ERROR_NUMBERS.items()}
_ERROR_0 = -2146828288
"""What Excel adds to the number of an error (0x800A0000)."""
_ERROR_RANGE = range(2000, 2200)
"""The numbers of errors, those to come included: none of them may be read as a figure."""


def error_of_code(code: int) -> CellError | None:
    """The error that a cell holds as this whole number; None for any other number.

    >>> error_of_code(-2146826246), error_of_code(2042)
    (CellError(code='#N/A'), None)
    """
    number = code - _ERROR_0
    if number not in _ERROR_RANGE:
        return None
    return CellError(_CODES.get(number, f"error {number}"))
