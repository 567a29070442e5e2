"""Cell functions as classic xlwings calls them, and their answers as VBA understands them.

xlwings cannot hand over an error value: so an error travels as text that begins with a mark, and
the VBA of the add-in makes a real error of it (`BOUND_PYTHON` in `shared_calls.py`).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from xlportfolio.cell_calls import VALUE_ERROR, CellAnswer, call
from xlportfolio.cell_values import Grid, error_number, grid_of
from xlportfolio.cells import CellFunction, Registry
from xlportfolio.errors import InputError
from xlportfolio.values import CellError

MARK = "\x1f"
"""Begins a text that is not the answer itself: mark, number of the error, mark, sentence."""

NO_ERROR = 0
"""The number before a text that is the answer, though it begins with the mark."""

WHOLE_COLUMNS = MARK + "whole columns"
"""Stands before the block of a range that runs down the whole sheet."""

TOO_LARGE = "The answer holds a figure that no cell can hold; check the ranges for huge figures."

Adapter = Callable[..., Any]


def adapters(registry: Registry, xlwings: Any) -> dict[str, Adapter]:
    """Make of every cell function one that `CallUDF` of classic xlwings can call.

    Parameters
    ----------
    registry
        The functions.
    xlwings
        The module, where it serves Excel: with its decorators `func` and `arg`.

    Returns
    -------
    By name, "PF_SCORE": each takes its arguments by position and never raises for wrong input.

    Raises
    ------
    InputError
        If xlwings does not serve Excel on this machine.
    """
    return {function.name: _adapter(function, xlwings) for function in registry}


def refusal(name: str, sentence: str, xlwings: Any) -> Adapter:
    """Stand in for a function that cannot be offered: whatever it is given, it says why.

    Parameters
    ----------
    name
        Of the function, as a cell calls it.
    sentence
        Why it cannot be computed.
    xlwings
        As for `adapters`.

    Returns
    -------
    An adapter whose answer is #VALUE! with the sentence.

    Raises
    ------
    InputError
        If xlwings does not serve Excel on this machine.
    """

    def refuse(*given: Any) -> Any:
        return _grid(handed_back(CellAnswer(None, VALUE_ERROR, sentence)))

    refuse.__name__ = name
    refuse.__annotations__ = {}
    return _marked(refuse, xlwings)


def handed_back(answer: CellAnswer) -> Any:
    """An answer in the form that COM brings to VBA unharmed.

    Parameters
    ----------
    answer
        Of a call.

    Returns
    -------
    A float, bool or str, or rows of them: no int, which could be too long for VBA. An error is a
    text that begins with the mark; so is an answer with a figure that no cell can hold.

    Examples
    --------
    >>> handed_back(CellAnswer([[1, "", True]])), handed_back(CellAnswer("Best: P1"))
    ([[1.0, '', True]], 'Best: P1')
    >>> handed_back(CellAnswer(None, VALUE_ERROR, "weights sum to 0"))
    '\\x1f2015\\x1fweights sum to 0'
    """
    if answer.error is not None:
        return f"{MARK}{error_number(answer.error)}{MARK}{answer.sentence}"
    value = answer.value
    try:
        if isinstance(value, list):
            return [_row(row) for row in value] if value and value[0] else ""
        value = _cell(value)
    except OverflowError:
        return handed_back(CellAnswer(None, CellError("#NUM!"), TOO_LARGE))
    if isinstance(value, str) and value.startswith(MARK):
        return f"{MARK}{NO_ERROR}{MARK}{value}"
    return value


def _row(row: list[Any]) -> list[Any]:
    # nearly every cell is a float: kept short for speed
    return [cell if type(cell) is float and cell - cell == 0.0 else _cell(cell) for cell in row]


def _cell(value: Any) -> Any:
    if hasattr(value, "item"):  # a number of numpy
        value = value.item()
    if isinstance(value, bool | str):
        return value
    if not math.isfinite(value):
        raise OverflowError
    return float(value)


def _adapter(function: CellFunction, xlwings: Any) -> Adapter:
    def adapter(*given: Any) -> Any:
        return _grid(handed_back(call(function, [_given(value) for value in given])))

    adapter.__name__ = function.name
    adapter.__doc__ = function.summary
    adapter.__annotations__ = {}  # xlwings would take hints for converters
    adapter.__signature__ = _signature(function)  # type: ignore[attr-defined]
    made = _marked(adapter, xlwings)
    for argument in function.arguments:
        made = xlwings.arg(argument.name, ndim=2, err_to_str=True)(made)
    return made


def _signature(function: CellFunction) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Signature(
        [
            inspect.Parameter(argument.name, kind, default=None)
            if argument.is_optional
            else inspect.Parameter(argument.name, kind)
            for argument in function.arguments
        ]
    )


def _given(value: Any) -> Any:
    """An argument as `call` takes it."""
    if not isinstance(value, list) or len(value) != 1:
        return value
    row = value[0]
    if len(row) == 2 and row[0] == WHOLE_COLUMNS:
        return _whole_columns(row[1])
    # a single cell is the scalar that it is in a formula, so that a blank one is left out
    return row[0] if len(row) == 1 else value


def _whole_columns(block: Any) -> Grid:
    """What VBA read down to the last row that is used on the sheet, as far as it is filled."""
    rows = list(grid_of("range", block))
    while len(rows) > 1 and rows[-1].count(None) == len(rows[-1]):
        rows.pop()
    grid = Grid(rows)
    grid.is_whole_columns = True
    return grid


def _grid(told: Any) -> list[list[Any]]:
    """Rows, as `CallUDF` takes whatever is raw; it makes one cell of 1 x 1 again."""
    return told if isinstance(told, list) else [[told]]


def _marked(adapter: Adapter, xlwings: Any) -> Adapter:
    # raw: what is handed back is ready, and xlwings would go through it cell by cell
    made: Adapter = xlwings.ret("raw")(xlwings.func(adapter))
    if not hasattr(made, "__xlfunc__"):
        raise InputError(
            "Excel is not served here: that takes Windows, and pywin32 beside xlwings. The same "
            "functions can be called in Python: import xlportfolio_udfs."
        )
    return made
