"""Ranks with a named rule for ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xlportfolio.defaults import ORDERS, TIES, Order, Ties
from xlportfolio.errors import InputError

FloatArray = NDArray[np.float64]

SAME = 1e-12
"""Scores that differ by less than this share of the larger one are equal. [-]"""


def rank_scores(
    scores: Sequence[float | None] | FloatArray,
    *,
    order: Order = "descending",
    ties: Ties = "competition",
) -> FloatArray:
    """Rank scores; 1 is the best.

    Parameters
    ----------
    scores : shape (n,)
        None or NaN where there is none. [any unit]
    order
        "descending": the largest score is the best; "ascending": the smallest is.
    ties
        What equal scores get. "competition": the best rank of the group, and the ranks it takes up
        are left out after it (1, 2, 2, 4). "modified": the worst rank of the group (1, 3, 3, 4).
        "dense": the same rank, none left out (1, 2, 2, 3). "average": the mean of the ranks the
        group takes up (1, 2.5, 2.5, 4). "ordinal": different ranks in the order of the rows
        (1, 2, 3, 4).

    Returns
    -------
    shape (n,), in the order of `scores`; NaN where there is no score. [1..n]

    Raises
    ------
    InputError
        If a rule or an order has another name.

    Notes
    -----
    Scores are equal when they differ by no more than 1e-12 of the larger one: sums of the same
    parts in another order must not decide a rank. The best-first neighbours are compared, so a run
    of scores each equal to the next is one group. "competition" and "average" are RANK.EQ and
    RANK.AVG of Excel; mean ranks: Kendall (1945), Biometrika 33, 239-251.

    Examples
    --------
    >>> rank_scores([0.4, 0.9, None, 0.1 + 0.2, 0.3]).tolist()
    [2.0, 1.0, nan, 3.0, 3.0]
    >>> rank_scores([0.4, 0.9, 0.4, 0.1], ties="average").tolist()
    [2.5, 1.0, 2.5, 4.0]
    """
    if order not in ORDERS:
        raise InputError(f'order is "{order}"; expected {_either(ORDERS)}.')
    if ties not in TIES:
        raise InputError(f'ties is "{ties}"; expected {_either(TIES)}.')
    values = np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
    ranks = np.full(len(values), np.nan)
    present = np.flatnonzero(~np.isnan(values))
    if present.size == 0:
        return ranks
    best_first = present[np.argsort(_best_low(values[present], order), kind="stable")]
    group = _groups(values[best_first])
    size = np.bincount(group)
    last = np.cumsum(size)
    first = last - size + 1
    if ties == "ordinal":
        # within a group the order of the rows decides, not a difference that counts as none
        ranks[best_first[np.lexsort((best_first, group))]] = np.arange(1, present.size + 1)
        return ranks
    of_group = {
        "competition": first,
        "modified": last,
        "dense": np.arange(1, len(size) + 1),
        "average": (first + last) / 2,
    }[ties]
    ranks[best_first] = of_group[group]
    return ranks


def _best_low(values: FloatArray, order: Order) -> FloatArray:
    return -values if order == "descending" else values


def _groups(values: FloatArray) -> NDArray[np.intp]:
    """The number of the group of equals, from 0, of each of some sorted scores."""
    before, after = values[:-1], values[1:]
    larger = np.maximum(np.abs(before), np.abs(after))
    with np.errstate(over="ignore"):  # a difference without room in a float is one
        is_new = (before != after) & ~(np.abs(after - before) <= SAME * larger)
    return np.concatenate(([0], np.cumsum(is_new))).astype(np.intp)


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
