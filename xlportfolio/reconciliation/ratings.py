"""Ratings: how many there are, and how many are in the means that the scores rest on."""

from __future__ import annotations

from xlportfolio.keys import join_key, name_key, row_key
from xlportfolio.lifecycle import ended_because
from xlportfolio.reconciliation.answer import ReconciledLine
from xlportfolio.scoring.answer import Scores
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed


def rating_lines(portfolio: Portfolio, scores: Scores) -> list[ReconciledLine]:
    """The ratings of the table against those in the scores, and the projects against the scored.

    Parameters
    ----------
    portfolio
        As its tables say.
    scores
        What was made of them; nothing is reconciled where they were skipped.
    """
    if scores.status != "done":
        return []
    position = {name_key(criterion.name): j for j, criterion in enumerate(scores.criteria)}
    rated: dict[tuple[str, str], tuple[float | None, ...]] = {
        row_key(one.key.project_id, one.key.option): one.ratings for one in scores.projects
    }
    of_project: dict[str, list[tuple[float | None, ...]]] = {}
    for (project_id, _), means in rated.items():
        of_project.setdefault(project_id, []).append(means)
    over = {
        join_key(project.project_id)
        for project in portfolio.projects
        if ended_because(project) is not None
    }
    given = used = ended = no_option = 0
    unknown: dict[str, int] = {}
    for rating in portfolio.ratings:
        row = row_key(rating.project_id, rating.option)
        project_id = row[0]
        for criterion, value in rating.ratings.items():
            if value is None:
                continue
            given += 1
            j = position.get(name_key(criterion))
            if project_id not in of_project and project_id in over:
                ended += 1
            elif j is None:
                unknown[criterion] = unknown.get(criterion, 0) + 1
            elif rating.option is None:
                used += any(means[j] is not None for means in of_project.get(project_id, ()))
            elif row not in rated:
                no_option += 1
            else:
                used += rated[row][j] is not None
    left_out = [
        (ended, "Ratings of projects that are closed, cancelled or complete."),
        (
            sum(unknown.values()),
            f"Ratings of no criterion with a weight: {listed(list(unknown)) if unknown else ''}.",
        ),
        (no_option, "Ratings of options that the projects do not have."),
    ]
    scored = sum(one.score is not None for one in scores.projects)
    unscored = [one.key.label for one in scores.projects if one.score is None]
    return [
        ReconciledLine(
            "ratings",
            "ratings",
            "count",
            given,
            used,
            tuple((n, why) for n, why in left_out if n),
        ),
        ReconciledLine(
            "projects",
            "scores",
            "count",
            len(portfolio.projects) - sum(ended_because(p) is not None for p in portfolio.projects),
            scored,
            ((len(unscored), f"Too little is rated to score {listed(unscored)}."),)
            if unscored
            else (),
        ),
    ]
