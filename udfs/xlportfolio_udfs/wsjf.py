"""Weighted shortest job first in cells."""

from __future__ import annotations

from typing import Any

from xlportfolio.cells import Example, cell_function
from xlportfolio.errors import InputError
from xlportfolio.wording import number
from xlportfolio_udfs.figure_columns import amounts_of, figure_column, figure_column_beside


@cell_function(
    "Scoring",
    examples=(
        Example(
            {
                "value": [[10], [3], [1]],
                "time_criticality": [[0], [0], [0]],
                "risk_reduction": [[0], [0], [0]],
                "duration": [[1], [3], [10]],
            },
            [[10], [1], [0.1]],
            title="Reinertsen (2009), chapter 7: the cost of delay as one figure",
        ),
        Example(
            {"value": 8, "time_criticality": 5, "risk_reduction": 3, "duration": 2},
            8,
            title="one project",
        ),
        Example(
            {
                "value": [["Project", "Value"], ["P1", 8], [None, None], ["P2", 13]],
                "time_criticality": [["Urgency"], [5], [None], [None]],
                "risk_reduction": [["Risk"], [3], [None], [1]],
                "duration": [["Months"], [4], [None], [2]],
            },
            [["WSJF"], [4], [None], [None]],
            title="headings, labels, a blank row, and a project whose urgency is not known",
        ),
        Example(
            {
                "value": [[8], [5]],
                "time_criticality": [[5], [2]],
                "risk_reduction": [[3], [1]],
                "duration": [[2], [0]],
            },
            error="duration, row 2, column 1 is 0; expected a duration above 0. Leave the cell "
            "blank until it is known.",
            title="a project that takes no time",
        ),
    ),
)
def pf_wsjf(value: Any, time_criticality: Any, risk_reduction: Any, duration: Any) -> Any:
    """Score each project by its cost of delay per unit of duration (WSJF): the largest goes first.

    Parameters
    ----------
    value : a column, such as B2:B20
        What the project is worth to its users or the business; a column of labels before it and a
        header row are recognised where every cell of them is text. [relative, at least 0]
    time_criticality : a column, such as C2:C20
        How fast that worth is lost by waiting. [the scale of value, at least 0]
    risk_reduction : a column, such as D2:D20
        What risk it takes away or opportunity it opens. [the scale of value, at least 0]
    duration : a column, such as E2:E20
        How long it takes, or its relative size. [any unit, above 0]

    Returns
    -------
    A score beside each project, the larger the sooner; blank where any of the four is blank, for a
    blank is not 0. [scale of value per unit of duration]

    Raises
    ------
    InputError
        If a figure is no number or below 0, a duration is 0, or the ranges have different rows.

    Notes
    -----
    (value + time criticality + risk reduction) / duration: cost of delay over duration, Reinertsen
    (2009), The Principles of Product Development Flow, chapter 7; its three parts as in the Scaled
    Agile Framework. Enter 0 for a part that does not count.
    """
    import numpy as np

    from xlportfolio.scoring.wsjf import weighted_shortest_job_first

    values = figure_column("value", value)
    lengths = figure_column_beside("duration", duration, values)
    parts = [
        amounts_of(values, "a value"),
        amounts_of(
            figure_column_beside("time_criticality", time_criticality, values), "a criticality"
        ),
        amounts_of(figure_column_beside("risk_reduction", risk_reduction, values), "a figure"),
        lengths.figures(),
    ]
    is_wrong = parts[-1] <= 0
    if np.count_nonzero(is_wrong):
        i = int(is_wrong.argmax())
        raise InputError(
            f"{lengths.place(i, 0)} is {number(parts[-1][i, 0])}; expected a duration above 0. "
            "Leave the cell blank until it is known."
        )
    scores = weighted_shortest_job_first(*(part[:, 0] for part in parts))
    return values.spill(scores[:, None], ["WSJF"])
