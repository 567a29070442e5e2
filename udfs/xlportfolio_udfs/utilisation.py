"""Utilisation in cells."""

from __future__ import annotations

import itertools
from typing import Any

from xlportfolio.cell_ranges import DataRange, data_range, range_beside
from xlportfolio.cell_values import Grid, grid_of
from xlportfolio.cells import Example, cell_function
from xlportfolio.errors import InputError
from xlportfolio.wording import counted, number, quoted
from xlportfolio_udfs.figure_columns import amounts_of


@cell_function(
    "Levelling",
    examples=(
        Example(
            {"demand": [[3, 6], [1, 0]], "capacity": [[4, 4], [2, 2]]},
            [[0.75, 1.5], [0.5, 0]],
            title="two roles in two periods; the first lacks half a time its people in the second",
        ),
        Example(
            {
                "demand": [["Role", "Q1", "Q2"], ["Engineer", 3, None], ["Planner", 0, 1]],
                "capacity": [["Role", "Q1", "Q2"], ["Engineer", 4, 4], ["Planner", 0, 2]],
            },
            [["Q1", "Q2"], [0.75, None], [0, 0.5]],
            title="headings and labels; a demand that is not known; nothing asked of nobody",
        ),
        Example({"demand": 3, "capacity": 2}, 1.5, title="one role in one period"),
        Example(
            {"demand": [[3, 6]], "capacity": [[4, 0]]},
            error="capacity, row 1, column 2 is 0 and the demand there is 6; expected a capacity "
            "above 0. Enter what there is, or leave the cell blank.",
            title="people asked for where there are none",
        ),
    ),
)
def pf_utilisation(demand: Any, capacity: Any) -> Any:
    """Divide demand by capacity, role by role and period by period.

    Parameters
    ----------
    demand : roles x periods, such as B2:M9
        What is asked of each role; a header row and a label column are recognised where every cell
        of them is text, and a first row of years or dates where capacity has the same.
        [FTE or days, at least 0]
    capacity : roles x periods, such as B12:M19
        What there is of each role, in the same order of rows and columns. [as demand]

    Returns
    -------
    A share beside each demand, above 1 where more is asked for than there is; 0 where nothing is
    asked for; blank where demand or capacity is blank; headings beside a header row. [fraction]

    Raises
    ------
    InputError
        If a figure is no number or below 0, the ranges differ in rows, columns or their names, or
        something is asked for where the capacity is 0.

    Notes
    -----
    Demand / capacity, of the plan as it is: nothing is levelled or smoothed.
    """
    import numpy as np

    from xlportfolio.levelling.utilisation import utilisation_of

    demand, capacity = grid_of("demand", demand), grid_of("capacity", capacity)
    asked = data_range("demand", demand, has_header=_have_same_periods(demand, capacity))
    there = range_beside("capacity", capacity, asked)
    _check_columns(asked, there)
    demands, capacities = amounts_of(asked, "a demand"), amounts_of(there, "a capacity")
    is_of_nobody = (demands > 0) & (capacities == 0)
    if is_of_nobody.any():
        i, t = (int(k) for k in np.argwhere(is_of_nobody)[0])
        raise InputError(
            f"{there.place(i, t)} is 0 and the demand there is {number(demands[i, t])}; expected a "
            "capacity above 0. Enter what there is, or leave the cell blank."
        )
    # the headings as they stand: a date that became text could not be shown as one
    return asked.spill(utilisation_of(demands, capacities), demand[0][-asked.n_columns :])


_FIRST_DAY = 36526
"""1 January 2000 as a serial number: dates count from here on, years stay below."""
_YEARS = range(1990, 2101)


def _have_same_periods(first: Grid, other: Grid) -> bool:
    """Whether both begin with the same row of successive years, or of rising dates.

    Only what stands over both is a heading: a figure of demand alone is never taken for one.
    """
    periods = first[0][1:]
    if len(first) == 1 or len(periods) < 2 or periods != other[0][1:]:
        return False
    if isinstance(first[0][0], float) or not all(isinstance(one, float) for one in periods):
        return False
    steps = [after - before for before, after in itertools.pairwise(periods)]
    if all(one in _YEARS for one in periods):
        return all(step == 1 for step in steps)
    return all(one >= _FIRST_DAY for one in periods) and all(step > 0 for step in steps)


def _check_columns(asked: DataRange, there: DataRange) -> None:
    if there.n_columns != asked.n_columns:
        raise InputError(
            f"capacity has {counted(there.n_columns, 'column')} of figures; expected "
            f"{asked.n_columns}, one "
            "for each period of demand."
        )
    for j, (name, known) in enumerate(
        zip(there.headings or (), asked.headings or (), strict=False)
    ):
        if name and known and name.strip().casefold() != known.strip().casefold():
            raise InputError(
                f"capacity has {quoted(name)} where demand has {quoted(known)}, in column "
                f"{j + 1 + (asked.labels is not None)}; expected the same periods in the same "
                "order."
            )
