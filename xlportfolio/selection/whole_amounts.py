"""Amounts of no known unit as whole numbers, so that their sums are exact."""

from __future__ import annotations

import math

import numpy as np

from xlportfolio.money import Cents
from xlportfolio.scoring.additive import FloatArray

_FINEST = 1e12
"""Amounts count to this share of their sum, and exactly where they have fewer digits. [-]"""
_MOST_DIGITS = 15
_NEAR_OVERFLOW, _LESS = 1e250, 2.0**-200
"""Above this the sum of a column may have no room in a float."""


def whole_amounts(costs: FloatArray, budgets: FloatArray) -> tuple[Cents, Cents]:
    """Costs and budgets in the same whole units: exact where their digits allow.

    Parameters
    ----------
    costs, budgets
        At least 0, of any shape. [the same unit]

    Returns
    -------
    costs, budgets, of the same shapes. [a power of ten of their unit]

    Notes
    -----
    Cells have no unit: 1.255 may be millions, so cents would round it. Amounts are taken with as
    many decimals as they have; computed ones without an end are cut, costs and budgets alike, so
    that what fits is never refused for its last digit.

    Examples
    --------
    >>> costs, budgets = whole_amounts(np.array([0.1, 0.2]), np.array([0.3]))
    >>> costs.tolist(), budgets.tolist()
    ([1, 2], [3])
    """
    if max(costs.max(initial=0.0), budgets.max(initial=0.0)) > _NEAR_OVERFLOW:
        costs, budgets = costs * _LESS, budgets * _LESS  # a power of two loses no digit
    amounts = np.concatenate([costs.ravel(), budgets.ravel()])
    largest = max(float(amounts.sum()), 1.0 / _FINEST)
    finest = min(math.floor(math.log10(_FINEST / largest)), _MOST_DIGITS)
    for digits in range(finest + 1):
        scaled = amounts * 10.0**digits
        if bool((np.abs(scaled - np.rint(scaled)) <= 1e-14 * scaled).all()):
            return _scaled(costs, digits, 0.5), _scaled(budgets, digits, 0.5)
    return _scaled(costs, finest, 1e-3), _scaled(budgets, finest, 1e-3)


def _scaled(amounts: FloatArray, digits: int, up: float) -> Cents:
    return np.floor(amounts * 10.0**digits + up).astype(np.int64)
