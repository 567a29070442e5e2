"""Who rated what: the mean over the assessors, and how far apart they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.keys import name_key, row_key
from xlportfolio.records import Project, ProjectKey, Rating
from xlportfolio.scoring.additive import FloatArray

_RowKey = tuple[str, str]
_Opinions = dict[int, dict[object, tuple[float, int]]]
"""By criterion and assessor, the sum and the number of the ratings given."""


@dataclass(frozen=True)
class Assessments:
    """The ratings of the projects and options that are scored.

    Attributes
    ----------
    keys
        n rows, in the order of the projects table.
    means : shape (n, m)
        The mean over those who rated it; NaN where nobody did.
    least, most : shape (n, m)
        The lowest and the highest rating anyone gave; NaN where fewer than two people rated.
    lowest, highest : shape (m,)
        Over all single ratings; NaN where there are none.
    n_assessors
        By row, how many people rated it.
    n_given
        How many ratings there are in all.
    cautions
        Ratings that belong to no row, in sentences.
    """

    keys: tuple[ProjectKey, ...]
    means: FloatArray
    least: FloatArray
    most: FloatArray
    lowest: FloatArray
    highest: FloatArray
    n_assessors: tuple[int, ...]
    n_given: int
    cautions: tuple[str, ...]

    def disagreement(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """How far apart the assessors are, as a share of the scale.

        Parameters
        ----------
        low, high : shape (m,)
            The scales as stated; NaN where the range of the single ratings stands for it.

        Returns
        -------
        shape (n, m); NaN where fewer than two people rated. [0..1]
        """
        span = np.where(np.isnan(high), self.highest, high) - np.where(
            np.isnan(low), self.lowest, low
        )
        apart: FloatArray = (self.most - self.least) / np.where(span > 0, span, 1.0)
        return apart


def assess(
    projects: Sequence[Project], ratings: Sequence[Rating], criteria: Sequence[str]
) -> Assessments:
    """Bring the ratings together.

    Parameters
    ----------
    projects
        The rows that are scored. Ratings of an option belong to that option; those of a project as
        a whole stand for each option that has no rating of its own on the criterion.
    ratings
        Rows of the ratings table. One person's ratings of a criterion in several rows count as one,
        their mean; rows without an assessor are each somebody else's.
    criteria
        m names as `name_key` makes them; other columns are not looked at.

    Returns
    -------
    Assessments
        With all arrays in the order of `projects` and `criteria`.
    """
    position = {criterion: j for j, criterion in enumerate(criteria)}
    opinions = _opinions(ratings, position)
    keys = tuple(project.key for project in projects)
    shape = (len(keys), len(criteria))
    means, least, most = (np.full(shape, np.nan) for _ in range(3))
    lowest, highest = np.full(len(criteria), np.nan), np.full(len(criteria), np.nan)
    n_assessors: list[int] = []
    n_given = 0
    for i, key in enumerate(keys):
        own = opinions.get(row_key(key.project_id, key.option), {})
        of_project = opinions.get(row_key(key.project_id, None), {})
        given = own if key.option is None else of_project | own
        for j, by_assessor in given.items():
            single = [total / n for total, n in by_assessor.values()]
            means[i, j] = math.fsum(single) / len(single)
            lowest[j] = np.fmin(lowest[j], min(single))
            highest[j] = np.fmax(highest[j], max(single))
            n_given += len(single)
            if len(single) > 1:
                least[i, j], most[i, j] = min(single), max(single)
        n_assessors.append(_n_people(given))
    return Assessments(
        keys=keys,
        means=means,
        least=least,
        most=most,
        lowest=lowest,
        highest=highest,
        n_assessors=tuple(n_assessors),
        n_given=n_given,
        cautions=_strays(projects, ratings),
    )


def _opinions(ratings: Sequence[Rating], position: Mapping[str, int]) -> dict[_RowKey, _Opinions]:
    found: dict[_RowKey, _Opinions] = {}
    columns: dict[str, int | None] = {}
    for row, rating in enumerate(ratings):
        by_criterion = found.setdefault(row_key(rating.project_id, rating.option), {})
        assessor: object = row if rating.assessor is None else name_key(rating.assessor)
        for criterion, value in rating.ratings.items():
            if criterion not in columns:
                columns[criterion] = position.get(name_key(criterion))
            j = columns[criterion]
            if j is None or value is None or value != value:
                continue
            by_assessor = by_criterion.setdefault(j, {})
            total, n = by_assessor.get(assessor, (0.0, 0))
            by_assessor[assessor] = (total + value, n + 1)
    return found


def _n_people(given: _Opinions) -> int:
    """How many people rated: those with a name, and of the nameless as many as met on one."""
    named = {who for by in given.values() for who in by if isinstance(who, str)}
    nameless = max((sum(isinstance(w, int) for w in by) for by in given.values()), default=0)
    return len(named) + nameless


def _strays(projects: Sequence[Project], ratings: Sequence[Rating]) -> tuple[str, ...]:
    """Ratings of an option that the projects table does not have."""
    options: dict[str, set[str]] = {}
    for project in projects:
        project_id, option = row_key(project.project_id, project.option)
        options.setdefault(project_id, set()).add(option)
    stray: dict[str, None] = {}
    for rating in ratings:
        project_id, option = row_key(rating.project_id, rating.option)
        if option and option not in options.get(project_id, {option}):
            stray[ProjectKey(rating.project_id, rating.option).label] = None
    return tuple(
        f"The ratings of {label} are not used: the projects have no such option. Correct its name."
        for label in stray
    )
