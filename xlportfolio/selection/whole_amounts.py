"""Amounts of no known unit as whole numbers, so that their sums are exact."""

from __future__ import annotations

import math

import numpy as np

from xlportfolio.money import Cents
from xlportfolio.scoring.additive import FloatArray

_FINEST = 1e12
"""Amounts count to this share of their sum, and exactly where they have fewer digits. [-]"""
_MOST_DIGITS = 15
_HUGE, _TINY, _LESS = 1e250, 1e-9, 2.0**-200


def whole_amounts(costs: FloatArray, budgets: FloatArray) -> tuple[Cents, Cents, Cents]:
    """Costs and budgets in whole units: exact where their digits allow.

    Parameters
    ----------
    costs : shape (n, n_periods)
        At least 0. [the unit of the budgets]
    budgets : shape (n_periods,)
        At least 0. [the same unit]

    Returns
    -------
    costs, budgets
        Of the same shapes, each period in a unit of its own; a cost of more than twice its budget
        is twice its budget. [a power of ten, or of two, of their unit]
    totals : shape (n,)
        The costs of all periods together. [a unit of its own]

    Notes
    -----
    Cells have no unit: 1.255 may be millions, so cents would round it. Amounts are taken with as
    many decimals as they have; computed ones without an end are cut, costs and budgets alike, so
    that what fits is never refused for its last digit. A cost that cannot fit must not make the
    unit so coarse that others cost nothing.

    Examples
    --------
    >>> costs, budgets, totals = whole_amounts(np.array([[0.1], [0.2], [9e20]]), np.array([0.3]))
    >>> costs.tolist(), budgets.tolist(), totals.tolist()
    ([[1], [2], [6]], [3], [1, 2, 6])
    """
    if max(costs.max(initial=0.0), budgets.max(initial=0.0)) > _HUGE:
        costs, budgets = costs * _LESS, budgets * _LESS  # a power of two loses no digit
    whole = np.zeros(costs.shape, dtype=np.int64)
    limits = np.zeros(budgets.shape, dtype=np.int64)
    for t, budget in enumerate(budgets.tolist()):
        whole[:, t], limits[t] = _in_one_period(costs[:, t], budget)
    if len(budgets) == 1:
        return whole, limits, whole[:, 0]
    possible = np.minimum(costs, 2 * budgets).sum(axis=1)
    return whole, limits, _in_one_period(possible, float(budgets.sum()))[0]


def _in_one_period(costs: FloatArray, budget: float) -> tuple[Cents, int]:
    if budget == 0:  # nothing fits but what costs nothing
        return (costs > costs.max(initial=0.0) / _FINEST).astype(np.int64), 0
    amounts = np.append(np.minimum(costs, 2 * budget), budget)
    if budget < _TINY:
        amounts = np.ldexp(amounts, -math.frexp(budget)[1])
    finest = min(math.floor(math.log10(_FINEST / float(amounts.sum()))), _MOST_DIGITS)
    for digits in range(finest + 1):
        scaled = amounts * 10.0**digits
        if bool((np.abs(scaled - np.rint(scaled)) <= 1e-14 * scaled).all()):
            whole = _scaled(amounts, digits, 0.5)
            break
    else:
        whole = _scaled(amounts, finest, 1e-3)
    return whole[:-1], int(whole[-1])


def _scaled(amounts: FloatArray, digits: int, up: float) -> Cents:
    return np.floor(amounts * 10.0**digits + up).astype(np.int64)
