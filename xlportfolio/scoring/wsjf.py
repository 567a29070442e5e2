"""Weighted shortest job first: what a delay costs, for the time a project takes."""

from __future__ import annotations

import numpy as np

from xlportfolio.errors import InputError
from xlportfolio.scoring.additive import FloatArray


def weighted_shortest_job_first(
    value: FloatArray,
    time_criticality: FloatArray,
    risk_reduction: FloatArray,
    duration: FloatArray,
) -> FloatArray:
    """Score each project by its cost of delay per unit of duration.

    Parameters
    ----------
    value, time_criticality, risk_reduction : shape (n_projects,)
        The parts of the cost of delay, NaN where not known. [one scale for all three]
    duration : shape (n_projects,)
        Above 0, or NaN where not known. [any unit of time or relative size]

    Returns
    -------
    shape (n_projects,), the larger the sooner; NaN where any of the four is not known, infinite
    where a score has no room in a float.

    Raises
    ------
    InputError
        If the four differ in length, or a duration is not above 0.

    Notes
    -----
    (value + time criticality + risk reduction) / duration: cost of delay divided by duration,
    Reinertsen (2009), The Principles of Product Development Flow, chapter 7; the three parts of the
    cost of delay as in the Scaled Agile Framework (risk reduction and opportunity enablement).

    Examples
    --------
    >>> parts = np.array([[8.0, 3.0], [5.0, 1.0], [3.0, np.nan]])
    >>> weighted_shortest_job_first(*parts, duration=np.array([2.0, 5.0])).tolist()
    [8.0, nan]
    """
    if not value.shape == time_criticality.shape == risk_reduction.shape == duration.shape:
        raise InputError(
            f"There are {value.size} values, {time_criticality.size} time criticalities, "
            f"{risk_reduction.size} risk reductions and {duration.size} durations; expected one of "
            "each for every project."
        )
    if (duration <= 0).any():
        i = int(np.flatnonzero(duration <= 0)[0])
        raise InputError(
            f"The duration of project {i + 1} is {duration[i]:g}; expected a number above 0."
        )
    with np.errstate(over="ignore"):
        scores: FloatArray = (value + time_criticality + risk_reduction) / duration
        if np.isinf(scores).any():  # the sum may have no room in a float where its share has
            quarters = (value / 4 + time_criticality / 4 + risk_reduction / 4) / duration
            scores = np.where(np.isinf(scores), 4 * quarters, scores)
    return scores
