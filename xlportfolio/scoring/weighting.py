"""Which criteria count, how much, and on which scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlportfolio.keys import name_key
from xlportfolio.records import Criterion
from xlportfolio.scoring.additive import FloatArray
from xlportfolio.wording import listed, number, quoted


@dataclass(frozen=True)
class Weighting:
    """The criteria that count.

    Attributes
    ----------
    criteria
        m criteria with a weight above 0, in the order of their table.
    keys
        What each is matched to the ratings by.
    weights : shape (m,)
        Summing to 1. [0..1]
    low, high : shape (m,)
        The scale as stated; NaN where it is not.
    is_observed : shape (m,)
        Whether an end of the scale is taken from the ratings.
    cautions
        What of the table could not be used as it stands, in sentences.
    """

    criteria: tuple[Criterion, ...]
    keys: tuple[str, ...]
    weights: FloatArray
    low: FloatArray
    high: FloatArray
    is_observed: NDArray[np.bool_]
    cautions: tuple[str, ...]


def weigh_criteria(criteria: Sequence[Criterion]) -> Weighting | str:
    """Take the criteria that count from their table.

    Parameters
    ----------
    criteria
        Rows of the table. A weight of 0 leaves a criterion out, as does a blank one beside weights
        that are filled in; where all are blank, all count the same.

    Returns
    -------
    The criteria, or in a sentence why none counts.
    """
    if not criteria:
        return (
            "No criteria: add a table of criteria with weights, and ratings of the projects, or "
            "say in the mapping which columns are criteria."
        )
    cautions: list[str] = []
    rows = _each_once(criteria, cautions)
    if all(row.weight is None for row in rows):
        if len(rows) > 1:
            cautions.append(f"The {len(rows)} criteria have no weights, so all count the same.")
        used, weights = rows, [1.0] * len(rows)
    else:
        blank = [quoted(row.criterion) for row in rows if row.weight is None]
        if blank:
            cautions.append(
                f"{listed(blank)} {_has(blank)} no weight and {_is(blank)} not scored: enter the "
                "weight, or 0 to ignore the criterion."
            )
        below = [quoted(row.criterion) for row in rows if row.weight is not None and row.weight < 0]
        if below:
            cautions.append(
                f"{listed(below)} {_has(below)} a weight below 0 and {_is(below)} not scored: "
                "enter a weight of at least 0."
            )
        used = [row for row in rows if row.weight is not None and row.weight > 0]
        weights = [row.weight for row in used if row.weight is not None]
    if not used:
        return (
            f"The weights of the {len(rows)} criteria sum to 0: enter the importance of at least "
            "one criterion."
        )
    shares = np.array(weights, dtype=np.float64)
    low, high = _scales(used, cautions)
    return Weighting(
        criteria=tuple(used),
        keys=tuple(name_key(row.criterion) for row in used),
        weights=shares / shares.sum(),
        low=low,
        high=high,
        is_observed=np.isnan(low) | np.isnan(high),
        cautions=tuple(cautions),
    )


def _each_once(criteria: Sequence[Criterion], cautions: list[str]) -> list[Criterion]:
    """The first row of each criterion."""
    rows: dict[str, Criterion] = {}
    again: dict[str, None] = {}
    for criterion in criteria:
        if rows.setdefault(name_key(criterion.criterion), criterion) is not criterion:
            again[quoted(criterion.criterion)] = None
    if again:
        stands = "stands" if len(again) == 1 else "stand"
        cautions.append(
            f"{listed(list(again))} {stands} in more than one row of the criteria; the first one "
            "is used."
        )
    return list(rows.values())


def _scales(used: Sequence[Criterion], cautions: list[str]) -> tuple[FloatArray, FloatArray]:
    low, high = [], []
    for row in used:
        least, most = row.scale_min, row.scale_max
        if least is not None and most is not None and most <= least:
            cautions.append(
                f"The scale of {quoted(row.criterion)} runs from {number(least)} to "
                f"{number(most)}, so the range of its ratings is used: enter a best rating above "
                "the worst."
            )
            least = most = None
        low.append(np.nan if least is None else least)
        high.append(np.nan if most is None else most)
    return np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
