"""Utilisation: the share of people's capacity that is asked for."""

from __future__ import annotations

import numpy as np

from xlportfolio.errors import InputError
from xlportfolio.scoring.additive import FloatArray


def utilisation_of(demand: FloatArray, capacity: FloatArray) -> FloatArray:
    """Divide demand by capacity, role by role and period by period.

    Parameters
    ----------
    demand, capacity : shape (n_roles, n_periods)
        At least 0, NaN where not known. [FTE or days, both the same]

    Returns
    -------
    shape (n_roles, n_periods), above 1 where more is asked for than there is; 0 where nothing is
    asked for, even of nobody; NaN where either is not known, infinite where a share has no room
    in a float. [fraction]

    Raises
    ------
    InputError
        If the shapes differ, or something is asked for where there is no capacity.

    Notes
    -----
    u_rt = d_rt / c_rt. The capacity is neither levelled nor smoothed: this is the plan as it is.

    Examples
    --------
    >>> utilisation_of(np.array([[3.0, 6.0, 0.0]]), np.array([[4.0, 4.0, 0.0]])).tolist()
    [[0.75, 1.5, 0.0]]
    """
    if demand.shape != capacity.shape:
        raise InputError(
            f"Demand is {' x '.join(map(str, demand.shape))} and capacity "
            f"{' x '.join(map(str, capacity.shape))}; expected a capacity for each demand."
        )
    if (demand[capacity == 0] > 0).any():
        raise InputError(
            "Something is asked for where the capacity is 0; expected a capacity above 0."
        )
    divisor = np.where(capacity == 0, 1.0, capacity)
    with np.errstate(over="ignore"):
        # 0 of 0 is 0; not known of 0 stays not known
        shares: FloatArray = demand / divisor
    return shares
