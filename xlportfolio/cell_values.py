"""What a host hands to a cell function, brought to one form; and answers as rows that spill.

Hosts differ: a blank arrives as None or "", one cell as a scalar or a list, a row as a list, a date
as a date or a serial number, an error as its text or as a large negative number. Everything that
tells them apart stands here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from itertools import chain
from types import NoneType
from typing import Any

from xlportfolio.errors import InputError
from xlportfolio.values import ERROR_NUMBERS, CellError, error_of_code


class Grid(tuple[tuple[Any, ...], ...]):
    """Rows of cells of the same length: None, a finite float, str, bool or CellError.

    Attributes
    ----------
    is_whole_columns
        Whether the range ran down the whole sheet (A:A). Then the blank rows at its end are left
        out, and its first row is that of the sheet.
    """

    is_whole_columns = False


Rows = list[list[Any]]
"""An answer that spills; None leaves a cell blank."""

_ERRORS_WITHOUT_A_NUMBER = {"#BUSY!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!"}
_WHOLE_COLUMN = 1_000_000
"""A range of more rows runs down the whole sheet, which has 1,048,576."""

_CELLS = {float, int, str, bool, NoneType}
"""What is a single cell as it stands: nothing to look for a list in."""

_BLANKS = {NoneType, str}
_MISSING_IN_PANDAS = "<NA>"
_DAY_0 = datetime(1899, 12, 30)


def cell_of(value: Any) -> Any:
    """One cell in the one form: None, float, str, bool or CellError.

    >>> cell_of(""), cell_of("  "), cell_of(3), cell_of(date(2026, 4, 1)), cell_of("#N/A")
    (None, None, 3.0, 46113.0, CellError(code='#N/A'))
    >>> cell_of(-2146826246), cell_of(float("nan")), cell_of(float("inf"))
    (CellError(code='#N/A'), None, CellError(code='#NUM!'))
    """
    if type(value) is float:  # nearly every cell is one: kept short for speed
        return value if value - value == 0.0 else _not_finite(value)
    if value is None or isinstance(value, bool | CellError):
        return value
    if isinstance(value, str):
        text = value.strip()
        if text[:1] == "#" and (text in ERROR_NUMBERS or text in _ERRORS_WITHOUT_A_NUMBER):
            return CellError(text)
        return value if text else None
    if isinstance(value, datetime):
        return cell_of((value.replace(tzinfo=None) - _DAY_0).total_seconds() / 86400)
    if isinstance(value, date):
        return float((datetime.combine(value, time()) - _DAY_0).days)
    if isinstance(value, int) and (error := error_of_code(value)) is not None:
        return error
    if hasattr(value, "dtype"):  # a value of numpy
        return cell_of(_plain_python(value))
    try:
        return cell_of(float(value))
    except OverflowError:
        return CellError("#NUM!")
    except (TypeError, ValueError):
        text = str(value)
        return None if text == _MISSING_IN_PANDAS else text


def _not_finite(value: float) -> CellError | None:
    """What a sheet has in its place: nothing, or the error of a figure that is too large."""
    return None if math.isnan(value) else CellError("#NUM!")


def _plain_python(value: Any) -> Any:
    """Values of numpy as those of Python; dates as dates, which else come as whole numbers."""
    if value.dtype.kind == "M":
        value = value.astype("datetime64[us]")
    return value.tolist()


def error_number(error: CellError) -> int:
    """The number that Excel knows an error by; that of #VALUE! where it knows none.

    >>> error_number(CellError("#N/A")), error_number(CellError("Err:502"))
    (2042, 2015)
    """
    return ERROR_NUMBERS.get(error.code, ERROR_NUMBERS["#VALUE!"])


def grid_of(name: str, value: Any) -> Grid:
    """A range as rows of cells, whatever the host made of it.

    Parameters
    ----------
    name
        The argument, for the sentence.
    value
        A scalar, a list of cells (a column), a list of rows, a tuple, an array or a data frame.

    Returns
    -------
    Rows of equal length, at least one cell.

    Raises
    ------
    InputError
        If the rows differ in length, or there are none.

    Examples
    --------
    >>> grid_of("scores", [0.5, "", None])
    ((0.5,), (None,), (None,))
    >>> grid_of("scores", 3), grid_of("scores", ((1, "a"),))
    (((3.0,),), ((1.0, 'a'),))
    """
    if type(value) in _CELLS:
        return Grid(((cell_of(value),),))
    if isinstance(value, Grid):
        return value
    value = _listed(value)
    if not isinstance(value, list | tuple):
        return Grid(((cell_of(value),),))
    n_rows = len(value)
    filled = value[: _n_filled(value)]
    if _are_figures(filled):
        rows = list(map(tuple, filled))
    else:
        rows = [_row(name, i, row) for i, row in enumerate(filled)]
    width = len(rows[0]) if rows else 0
    if width == 0:
        raise InputError(f"{name} is empty; expected a range of at least one cell.")
    for i, row in enumerate(rows):
        if len(row) != width:
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            raise InputError(
                f"{name}, row {i + 1} has {cells} and row 1 has {width}; expected rows of the same "
                "length."
            )
    if n_rows > _WHOLE_COLUMN:
        grid = Grid(rows)
        grid.is_whole_columns = True
        return grid
    rows += [(None,) * width] * (n_rows - len(rows))
    return Grid(rows)


def _listed(value: Any) -> Any:
    """A data frame or array as a list; anything else as it is."""
    if isinstance(value, list | tuple | float | str):
        return value
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return _plain_python(value) if hasattr(value, "dtype") else value


def _n_filled(rows: Sequence[Any]) -> int:
    """How many rows there are up to the last that holds something, at least one."""
    n = len(rows)
    if not n:
        return 0
    last = rows[-1]
    if isinstance(last, list | tuple):
        nothing = [type(last)([blank] * len(last)) for blank in (None, "")]
        # types first: what is no cell may not even be compared
        while (
            n > 1
            and type(rows[n - 1]) is type(last)
            and _BLANKS.issuperset(map(type, rows[n - 1]))
            and rows[n - 1] in nothing
        ):
            n -= 1
    else:
        while n > 1 and (rows[n - 1] is None or (type(rows[n - 1]) is str and not rows[n - 1])):
            n -= 1
    return n


def _are_figures(rows: Sequence[Any]) -> bool:
    """Whether there is nothing but finite floats in rows, as in nearly every long range."""
    if not {list, tuple}.issuperset(map(type, rows)):
        return False
    if not {float}.issuperset(map(type, chain.from_iterable(rows))):
        return False
    total = sum(map(sum, rows))
    return total - total == 0.0  # neither NaN nor an infinity among them


def _row(name: str, i: int, row: Any) -> tuple[Any, ...]:
    row = _listed(row)
    if not isinstance(row, list | tuple):
        return (cell_of(row),)
    if any(isinstance(cell, list | tuple) for cell in row):
        raise InputError(f"{name}, row {i + 1} holds lists; expected a cell in each place.")
    return tuple(map(cell_of, row))


def is_left_out(value: Any) -> bool:
    """Whether an optional argument was left out, or every cell of it is blank.

    >>> is_left_out(None), is_left_out(""), is_left_out([[None, ""]]), is_left_out([[0]])
    (True, True, True, False)
    """
    if isinstance(value, list | tuple):
        return all(map(is_left_out, value[: _n_filled(value)]))
    value = _listed(value)
    return is_left_out(value) if isinstance(value, list) else cell_of(value) is None
