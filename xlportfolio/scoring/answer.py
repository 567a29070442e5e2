"""The answer of a scoring: every score with the parts that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from xlportfolio.records import ProjectKey


@dataclass(frozen=True)
class ScoredCriterion:
    """A criterion as it was used.

    Attributes
    ----------
    weight
        Its share of all weights. [0..1]
    low, high
        The scale that ratings were set against.
    is_observed
        Whether the scale is the range of the ratings, because the criterion states none.
    """

    name: str
    weight: float
    direction: Literal["max", "min"]
    low: float
    high: float
    is_observed: bool
    objective: str | None = None


@dataclass(frozen=True)
class ProjectScore:
    """The score of a project or option.

    Attributes
    ----------
    score
        None where too little of it is rated. [0..1]
    rank
        1 is the best; None without a score.
    ratings
        By criterion, the mean over those who rated it; None where nobody did.
    contributions
        By criterion; those that are there add up to the score.
    n_assessors
        How many people rated it.
    disagreement
        How far apart the assessors are on the criterion on which they differ most, as a share of
        its scale; None with one assessor. [0..1]
    disagreed_on
        That criterion.
    missing
        Criteria with a weight that nobody rated.
    """

    key: ProjectKey
    score: float | None
    rank: int | None
    ratings: tuple[float | None, ...]
    contributions: tuple[float | None, ...]
    n_assessors: int = 1
    disagreement: float | None = None
    disagreed_on: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scores:
    """The scores of a portfolio.

    Attributes
    ----------
    status
        "skipped" where a table is missing; `why` then says which.
    projects
        One for each row of the projects table that has not ended, in its order.
    cautions
        What a person should know, in sentences.
    """

    status: Literal["done", "skipped"]
    why: str = ""
    criteria: tuple[ScoredCriterion, ...] = ()
    projects: tuple[ProjectScore, ...] = ()
    ties: str = "competition"
    cautions: tuple[str, ...] = ()

    def of(self, key: ProjectKey) -> ProjectScore | None:
        """The score of one row; None if there is none."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[ProjectKey, ProjectScore]:
        return {project.key: project for project in self.projects}
