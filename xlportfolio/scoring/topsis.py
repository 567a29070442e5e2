"""TOPSIS: how close a project comes to the best of every criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.defaults import TOPSIS, Topsis
from xlportfolio.errors import InputError
from xlportfolio.scoring.additive import FloatArray, within_reach

_ROUNDING = 1e-12
"""A span below this share of the largest rating is none. [-]"""


@dataclass(frozen=True)
class Closeness:
    """What TOPSIS finds, by project; NaN for one that is not rated on every criterion.

    Attributes
    ----------
    closeness : shape (n_projects,)
        0 at the worst of every criterion, 1 at the best. [0..1]
    from_best, from_worst : shape (n_projects,)
        Distance from the best and from the worst of every criterion. [normalised, weighted]
    """

    closeness: FloatArray
    from_best: FloatArray
    from_worst: FloatArray


def closeness_to_best(
    ratings: FloatArray,
    weights: FloatArray,
    directions: Sequence[str],
    *,
    normalise: Topsis = "vector",
) -> Closeness:
    """Compare each project with the best and the worst rating of every criterion.

    Parameters
    ----------
    ratings : shape (n_projects, n_criteria)
        NaN where not rated. [each criterion's own unit]
    weights : shape (n_criteria,)
        At least 0, with a sum above 0; they need not sum to 1. [-]
    directions : length n_criteria
        "max" where more is better, "min" where less is.
    normalise
        "vector": divided by the root of the sum of squares of a criterion; "range": from 0, the
        smallest rating of a criterion, to 1, the largest.

    Returns
    -------
    Closeness

    Raises
    ------
    InputError
        If there is not one weight and direction for each criterion, a weight is below 0 or all
        are 0, or a normalisation has another name.

    Notes
    -----
    C_i = d-_i / (d+_i + d-_i), d the Euclidean distances of the weighted normalised ratings from
    the worst and the best: Hwang & Yoon (1981), Multiple Attribute Decision Making. A project
    without a rating on a criterion that has a weight is left out, and is neither best nor worst of
    any. A criterion with equal ratings, zeros included, does not tell the projects apart and adds
    to no distance; where none tells them apart, all are at the best: 1.

    Examples
    --------
    >>> ratings = np.array([[9.0, 100.0], [9.0, 300.0], [np.nan, 200.0]])
    >>> closeness_to_best(ratings, np.ones(2), ("max", "min")).closeness.tolist()
    [1.0, 0.0, nan]
    """
    _check(ratings, weights, directions, normalise)
    counts = weights > 0
    is_rated = ~np.isnan(ratings[:, counts]).any(axis=1)
    found = [np.full(len(ratings), np.nan) for _ in range(3)]
    if is_rated.any():
        sign = np.array([-1.0 if one == "min" else 1.0 for one in directions])[counts]
        shares = within_reach(weights[counts])
        shares = shares / shares.sum()
        weighted = _normalised(ratings[is_rated][:, counts], normalise) * sign * shares
        best, worst = weighted.max(axis=0), weighted.min(axis=0)
        # in steps of a power of two: the square of a very small distance has no room in a float
        step = int(np.frexp((best - worst).max())[1])
        from_best = np.sqrt((np.ldexp(best - weighted, -step) ** 2).sum(axis=1))
        from_worst = np.sqrt((np.ldexp(weighted - worst, -step) ** 2).sum(axis=1))
        apart = from_best + from_worst
        closeness = np.where(apart > 0, from_worst / np.where(apart > 0, apart, 1.0), 1.0)
        from_best, from_worst = np.ldexp(from_best, step), np.ldexp(from_worst, step)
        for values, whole in zip((closeness, from_best, from_worst), found, strict=True):
            whole[is_rated] = values
    return Closeness(*found)


def _normalised(ratings: FloatArray, normalise: Topsis) -> FloatArray:
    """Ratings without gaps on one scale; a criterion with equal ratings is 0 throughout."""
    largest = np.abs(ratings).max(axis=0)
    # by the largest first: squares of very large or small ratings have no room in a float
    scaled = ratings / np.where(largest > 0, largest, 1.0)
    low = scaled.min(axis=0)
    span = scaled.max(axis=0) - low
    is_constant = span <= _ROUNDING
    if normalise == "range":
        divisor = span
        scaled = scaled - low
    else:
        # in the order of size: a score must not depend on the order of the rows
        divisor = np.sqrt(np.sort(scaled**2, axis=0).sum(axis=0))
    normalised: FloatArray = np.where(
        is_constant, 0.0, scaled / np.where(is_constant, 1.0, divisor)
    )
    return normalised


def _check(
    ratings: FloatArray, weights: FloatArray, directions: Sequence[str], normalise: str
) -> None:
    n_criteria = ratings.shape[1]
    if not (weights.shape == (n_criteria,) and len(directions) == n_criteria):
        raise InputError(
            f"There are {weights.size} weights and {len(directions)} directions for {n_criteria} "
            "criteria; expected one of each for every criterion."
        )
    if not (weights >= 0).all() or not weights.any():
        raise InputError("The weights are below 0 or sum to 0; expected a sum above 0.")
    if normalise not in TOPSIS:
        raise InputError(f'normalise is "{normalise}"; expected {" or ".join(TOPSIS)}.')
