"""Columns of figures that stand beside each other, as the cell functions take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlportfolio.cell_ranges import DataRange, data_range, range_beside
from xlportfolio.cell_values import grid_of
from xlportfolio.errors import InputError
from xlportfolio.wording import number, shown

if TYPE_CHECKING:
    from xlportfolio.scoring.additive import FloatArray


def figure_column(name: str, value: Any, *, may_run_across: bool = False) -> DataRange:
    """A range with one column of figures, with or without labels and a header.

    Parameters
    ----------
    name, value
        The argument.
    may_run_across
        Whether a single row of several cells is a column that was laid out across.

    Returns
    -------
    DataRange
        Of one column.

    Raises
    ------
    InputError
        If there are several columns of figures.
    """
    return _of_one_column(data_range(name, value, may_run_across=may_run_across))


def figure_column_beside(name: str, value: Any, other: DataRange) -> DataRange:
    """A column of figures with a row for each row of another range.

    Parameters
    ----------
    name, value
        The argument.
    other
        The range that it stands beside.

    Returns
    -------
    DataRange
        Of one column, with as many rows as `other`.

    Raises
    ------
    InputError
        If there are several columns of figures, or its rows or their labels are not those of
        `other`.
    """
    return _of_one_column(range_beside(name, value, other))


def _of_one_column(data: DataRange) -> DataRange:
    if data.n_columns > 1:
        raise InputError(
            f"{data.name} has {data.n_columns} columns of figures; expected one, with or without a "
            "column of labels before it."
        )
    return data


def amounts_of(data: DataRange, noun: str) -> FloatArray:
    """The figures of a range, none of them below 0; a blank is NaN.

    Parameters
    ----------
    data
        Where they stand.
    noun
        What one of them is, for the sentence: "a cost".

    Returns
    -------
    As many rows and columns as the range has.

    Raises
    ------
    InputError
        If a cell holds anything but a number, or one below 0.
    """
    import numpy as np

    amounts = data.figures()
    is_below = amounts < 0
    if np.count_nonzero(is_below):  # for a single cell four times faster than any()
        i, j = divmod(int(is_below.argmax()), data.n_columns)
        raise InputError(
            f"{data.place(i, j)} is {number(amounts[i, j])}; expected {noun} of at least 0."
        )
    return amounts


def amount_of(name: str, value: Any, noun: str) -> float:
    """A single figure of at least 0.

    Parameters
    ----------
    name, value
        The argument.
    noun
        What it is, for the sentence: "a budget".

    Returns
    -------
    The figure.

    Raises
    ------
    InputError
        If it is several cells, blank, no number or below 0.

    Examples
    --------
    >>> amount_of("budget", [[14]], "a budget")
    14.0
    """
    grid = grid_of(name, value)
    if len(grid) > 1 or len(grid[0]) > 1:
        raise InputError(f"{name} is {len(grid)} x {len(grid[0])} cells; expected a single cell.")
    amount = grid[0][0]
    if not isinstance(amount, float) or amount < 0:
        raise InputError(f"{name} is {shown(amount)}; expected {noun} of at least 0.")
    return amount
