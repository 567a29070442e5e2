"""How little can be short at best: a bound that no choice of starts can beat."""

from __future__ import annotations

import numpy as np

from xlportfolio.levelling.model import FloatArray, LevelModel
from xlportfolio.levelling.windows import Windows


def least_shortfall(model: LevelModel, windows: Windows) -> float:
    """A lower bound of the shortfall, one role and run of months at a time. [FTE months]

    Parameters
    ----------
    model
        Links have narrowed the windows; beyond that they are not looked at, nor are budgets.
    windows
        Where each project may start.

    Notes
    -----
    In months a to b a project works at least the least of what it would work there with any start
    of its window (energetic reasoning: Baptiste, Le Pape & Nuijten 2001, Constraint-Based
    Scheduling). What those sums exceed the capacity of the run by is short somewhere in the run.
    Runs that do not overlap add up; the best set of them is found month by month:
    best(b) = max over a of best(a) + bound(a, b).
    """
    n_roles, n_months = model.capacity.shape
    needed = np.zeros((n_roles, n_months + 1, n_months + 1))
    for i, need in enumerate(model.demand):
        if not need.people.size:
            continue
        window = np.arange(windows.earliest[i], windows.latest[i] + 1)
        first = window[0] + need.begin
        n_touched = len(window) - 1 + need.people.shape[1]
        # worked[k, w, t]: by the k-th role before month first + t with the w-th start
        total = np.concatenate(
            [np.zeros((len(need.roles), 1)), np.cumsum(need.people, axis=1)], axis=1
        )
        past = np.arange(n_touched + 1)[None, :] - np.arange(len(window))[:, None]
        worked = total[:, np.clip(past, 0, need.people.shape[1])]
        least = (worked[:, :, None, :] - worked[:, :, :, None]).min(axis=1)
        # Before and after the months that it can touch nothing is added.
        month = np.clip(np.arange(n_months + 1) - first, 0, n_touched)
        needed[need.roles] += least[:, month[:, None], month[None, :]]
    return sum(_best_runs(needed[r], model.capacity[r]) for r in range(n_roles))


def _best_runs(needed: FloatArray, capacity: FloatArray) -> float:
    """The most that runs of months which do not overlap must be short by in all."""
    n_months = len(capacity)
    there = np.concatenate([[0.0], np.cumsum(np.where(np.isnan(capacity), np.inf, capacity))])
    best = np.zeros(n_months + 1)
    for b in range(1, n_months + 1):
        short = [
            best[a] + max(float(needed[a, b] - (there[b] - there[a])), 0.0)
            for a in range(b)
            if np.isfinite(there[b])
        ]
        best[b] = max([best[b - 1], *short])
    return float(best[n_months])
