"""The cut line: projects funded in rank order until the money ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xlportfolio.errors import InputError
from xlportfolio.ranking import rank_scores
from xlportfolio.scoring.additive import FloatArray
from xlportfolio.selection.whole_amounts import whole_amounts


def fund_in_rank_order(scores: FloatArray, costs: FloatArray, budget: float) -> NDArray[np.bool_]:
    """Fund projects from the best score down, and stop at the first that does not fit.

    Parameters
    ----------
    scores : shape (n_projects,)
        The largest is funded first; NaN where there is none. [any unit]
    costs : shape (n_projects,)
        At least 0, NaN where not known. [money]
    budget
        What there is to spend, at least 0. [money, as the costs]

    Returns
    -------
    shape (n_projects,), whether each project is funded.

    Raises
    ------
    InputError
        If there is not one cost for each score, or an amount is below 0.

    Notes
    -----
    Strict rank order: nothing below the first project that does not fit is funded, even where it
    would fit, for the line divides the ranked list in two. Of equal scores (as `rank_scores` has
    them) the project that costs less comes first, then the earlier row. A project without a score
    or a cost has no place in the list: it is not funded, and the line passes over it.

    Examples
    --------
    >>> scores, costs = np.array([0.9, 0.5, 0.7]), np.array([6.0, 1.0, 5.0])
    >>> fund_in_rank_order(scores, costs, 8.0).tolist()
    [True, False, False]
    """
    if scores.shape != costs.shape:
        raise InputError(
            f"There are {scores.size} scores and {costs.size} costs; expected one of each for "
            "every project."
        )
    if (costs < 0).any() or not budget >= 0:
        raise InputError("A cost or the budget is below 0; expected amounts of at least 0.")
    listed = np.flatnonzero(~np.isnan(scores) & ~np.isnan(costs))
    whole, limit, _ = whole_amounts(costs[listed, None], np.array([budget]))
    order = np.lexsort((whole[:, 0], rank_scores(scores[listed])))
    is_above = np.cumsum(whole[order, 0]) <= limit[0]
    funded = np.zeros(len(scores), dtype=np.bool_)
    # costs are at least 0: once the sum is over the budget it stays over
    funded[listed[order[is_above]]] = True
    return funded
