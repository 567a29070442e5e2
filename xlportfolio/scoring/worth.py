"""What each project is worth to the portfolio: the value that a table states, else its score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from xlportfolio.lifecycle import ended_because
from xlportfolio.records import ProjectKey
from xlportfolio.scoring.answer import Scores
from xlportfolio.tables import Portfolio


@dataclass(frozen=True)
class Worth:
    """What the rows of the projects table that have not ended are worth.

    Attributes
    ----------
    name
        Whether that is the value of the table or the score.
    by_key
        None where it is not known. [the table's own unit, or 0..1 for a score]
    """

    name: Literal["value", "score"]
    by_key: Mapping[ProjectKey, float | None]

    @property
    def is_known(self) -> bool:
        """Whether any row has one."""
        return any(worth is not None for worth in self.by_key.values())


def worth_of(portfolio: Portfolio, scores: Scores | None) -> Worth:
    """Say what each project is worth, all of them in one measure.

    Parameters
    ----------
    portfolio
        Its projects may state a value; where one does, the others count by theirs alone.
    scores
        None, or skipped, where the projects were not scored.

    Examples
    --------
    >>> from xlportfolio.records import Project
    >>> bridge = Project(project_id="P1", name="Bridge", value=3.0)
    >>> worth = worth_of(Portfolio((bridge, Project(project_id="P2", name="Road"))), None)
    >>> worth.name, list(worth.by_key.values())
    ('value', [3.0, None])
    """
    projects = [project for project in portfolio.projects if ended_because(project) is None]
    if any(project.value is not None for project in projects):
        return Worth("value", {project.key: project.value for project in projects})
    by_key: dict[ProjectKey, float | None] = {}
    for project in projects:
        score = None if scores is None else scores.of(project.key)
        by_key[project.key] = None if score is None else score.score
    return Worth("score", by_key)
