"""The additive value model on bare arrays: ratings onto one scale, and their weighted sum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xlportfolio.errors import InputError

FloatArray = NDArray[np.float64]

LEAST_RATED_SHARE = 0.5
"""The least share of the weight that must be rated for a project to have a score. [0..1]"""

_ROUNDING = 1e-12
_TINY, _HUGE = 1e-150, 1e150
"""Between them figures can be multiplied and summed as they are."""


def within_reach(figures: FloatArray) -> FloatArray:
    """Figures that only count relative to each other, with room for their sums and products.

    Parameters
    ----------
    figures
        Weights or values, of any shape. [any]

    Returns
    -------
    The same, or in steps of a power of two as unit where the largest is huge or tiny: their ratios
    are unchanged to the last digit.

    Examples
    --------
    >>> within_reach(np.array([3.0, 1.0])).tolist()
    [3.0, 1.0]
    >>> within_reach(np.array([3.0, 1.0]) * 2.0**1000).tolist()
    [0.75, 0.25]
    """
    largest = float(np.abs(figures).max(initial=0.0))
    if largest == 0 or _TINY < largest < _HUGE:
        return figures
    scaled: FloatArray = np.ldexp(figures, -int(np.frexp(largest)[1]))
    return scaled


def complete_scales(
    ratings: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Fill the ends of scales that are not stated with the range of the ratings.

    Parameters
    ----------
    ratings : shape (n_projects, n_criteria)
        NaN where not rated. [each criterion's own unit]
    low, high : shape (n_criteria,)
        The least and the largest rating of each scale; NaN where it is not stated.

    Returns
    -------
    low, high, each of shape (n_criteria,); NaN only for a criterion that nobody rated.

    Examples
    --------
    >>> nowhere = np.array([np.nan])
    >>> low, high = complete_scales(np.array([[2.0], [5.0], [np.nan]]), nowhere, np.array([10.0]))
    >>> low.tolist(), high.tolist()
    ([2.0], [10.0])
    """
    observed_low = np.fmin.reduce(ratings, axis=0, initial=np.inf)
    observed_high = np.fmax.reduce(ratings, axis=0, initial=-np.inf)
    is_rated = ~np.isnan(ratings).all(axis=0)
    observed_low = np.where(is_rated, observed_low, np.nan)
    observed_high = np.where(is_rated, observed_high, np.nan)
    return (
        np.where(np.isnan(low), observed_low, low),
        np.where(np.isnan(high), observed_high, high),
    )


def normalise_ratings(
    ratings: FloatArray, directions: Sequence[str], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Bring ratings onto a scale from 0, the worst, to 1, the best, by range.

    Parameters
    ----------
    ratings : shape (n_projects, n_criteria)
        NaN where not rated. [each criterion's own unit]
    directions : length n_criteria
        "max" where more is better, "min" where less is.
    low, high : shape (n_criteria,)
        The scale of each criterion, NaN where it is not stated: there the range of its ratings
        stands for it. Ratings outside a scale are refused before they come here.

    Returns
    -------
    shape (n_projects, n_criteria), higher is better, NaN where not rated. [0..1]

    Raises
    ------
    InputError
        If there is not one direction and scale for each criterion, or a scale ends below its
        beginning.

    Notes
    -----
    v_ij = (x_ij - low_j) / (high_j - low_j), and 1 - v_ij where less is better: a linear value
    function over a fixed (stated) or local (observed) scale, Belton & Stewart (2002), Multiple
    Criteria Decision Analysis, sections 5.2.1 and 5.2.2. A criterion whose scale is a single
    rating does not tell the projects apart and is 1 for all that are rated.

    Examples
    --------
    >>> ratings = np.array([[1.0, 10.0, 3.0], [5.0, 30.0, 3.0], [2.0, np.nan, 3.0]])
    >>> unknown = np.full(3, np.nan)
    >>> normalise_ratings(ratings, ("max", "min", "max"), unknown, unknown).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.25, nan, 1.0]]
    """
    n_criteria = ratings.shape[1]
    if not (len(directions) == len(low) == len(high) == n_criteria):
        raise InputError(
            f"There are {len(directions)} directions and {len(low)} scales for {n_criteria} "
            "criteria; expected one of each for every criterion."
        )
    low, high = complete_scales(ratings, low, high)
    is_huge = np.fmax(np.abs(low), np.abs(high)) > _HUGE
    if is_huge.any():  # a span of which the ends have room in a float may have none itself
        unit = np.where(is_huge, 0.25, 1.0)
        ratings, low, high = ratings * unit, low * unit, high * unit
    span = high - low
    if (span < 0).any():
        j = int(np.flatnonzero(span < 0)[0])
        raise InputError(
            f"The scale of criterion {j + 1} runs from {low[j]:g} to {high[j]:g}; expected a best "
            "rating above the worst. Enter the smaller number first, and min as the direction if "
            "less is better."
        )
    is_constant = span == 0
    with np.errstate(invalid="ignore"):
        share = (ratings - low) / np.where(is_constant, 1.0, span)
    is_min = np.array([direction == "min" for direction in directions], dtype=bool)
    share = np.where(is_min, 1.0 - share, share)
    normalised: FloatArray = np.where(is_constant & ~np.isnan(ratings), 1.0, share)
    return normalised


def weigh_ratings(
    ratings: FloatArray, weights: FloatArray, least_rated: float = LEAST_RATED_SHARE
) -> FloatArray:
    """What each criterion contributes to the score of each project.

    Parameters
    ----------
    ratings : shape (n_projects, n_criteria)
        Normalised, higher is better, NaN where not rated. [0..1]
    weights : shape (n_criteria,)
        At least 0, with a sum above 0; they need not sum to 1. [-]
    least_rated
        A project that is rated on less than this share of the weight has no score. [0..1]

    Returns
    -------
    shape (n_projects, n_criteria), NaN where not rated and throughout a row without a score; the
    rest of a row adds up to its score. [0..1]

    Raises
    ------
    InputError
        If there is not one weight of at least 0 for each criterion, or all of them are 0.

    Notes
    -----
    c_ij = w_j v_ij / sum of w_k over the criteria k that project i is rated on: the weights of what
    is rated are scaled to sum to 1, so that a blank is neither the worst rating nor the best.

    Examples
    --------
    >>> ratings = np.array([[1.0, 0.5], [0.0, np.nan], [np.nan, 1.0]])
    >>> weigh_ratings(ratings, np.array([6.0, 4.0])).tolist()
    [[0.6, 0.2], [0.0, nan], [nan, nan]]
    """
    _check_weights(weights, ratings.shape[1])
    weights = within_reach(weights)
    is_rated = ~np.isnan(ratings)
    rated = np.where(is_rated, weights, 0.0).sum(axis=1)
    is_enough = (rated >= (least_rated - _ROUNDING) * weights.sum()) & (rated > 0)
    divisor = np.where(is_enough, rated, np.nan)
    shares: FloatArray = weights * ratings / divisor[:, None]
    return shares


def score_additively(
    ratings: FloatArray, weights: FloatArray, least_rated: float = LEAST_RATED_SHARE
) -> FloatArray:
    """Score each project as the weighted mean of its ratings.

    Parameters
    ----------
    ratings : shape (n_projects, n_criteria)
        Normalised, higher is better, NaN where not rated. [0..1]
    weights : shape (n_criteria,)
        At least 0, with a sum above 0; they need not sum to 1. [-]
    least_rated
        A project that is rated on less than this share of the weight has no score. [0..1]

    Returns
    -------
    shape (n_projects,), in the order of `ratings`; NaN for a project without a score. [0..1]

    Raises
    ------
    InputError
        If there is not one weight of at least 0 for each criterion, or all of them are 0.

    Notes
    -----
    s_i = sum_j w_j v_ij with weights that sum to 1, the additive value model: Keeney & Raiffa
    (1976), Decisions with Multiple Objectives, chapter 3.

    Examples
    --------
    >>> score_additively(np.array([[1.0, 0.5], [0.0, 1.0]]), np.array([0.6, 0.4])).tolist()
    [0.8, 0.4]
    """
    return sum_contributions(weigh_ratings(ratings, weights, least_rated))


def sum_contributions(contributions: FloatArray) -> FloatArray:
    """The score of each project, from what its criteria contribute.

    Parameters
    ----------
    contributions : shape (n_projects, n_criteria)
        NaN where not rated. [0..1]

    Returns
    -------
    shape (n_projects,); NaN for a project without any. [0..1]
    """
    has_score = ~np.isnan(contributions).all(axis=1)
    # row by row, not by a matrix product: a score must not depend on where its row stands
    total = np.where(np.isnan(contributions), 0.0, contributions).sum(axis=1)
    scores: FloatArray = np.where(has_score, total, np.nan)
    return scores


def _check_weights(weights: FloatArray, n_criteria: int) -> None:
    if weights.shape != (n_criteria,):
        raise InputError(
            f"There are {weights.size} weights for {n_criteria} criteria; expected one for each."
        )
    wrong = np.flatnonzero(~(weights >= 0))
    if wrong.size:
        j = int(wrong[0])
        raise InputError(
            f"The weight of criterion {j + 1} is {weights[j]:g}; expected a number of at least 0. "
            "Enter 0 to ignore the criterion."
        )
    if not weights.any():
        raise InputError(
            "The weights sum to 0; expected a sum above 0. Enter the importance of at least one "
            "criterion."
        )
