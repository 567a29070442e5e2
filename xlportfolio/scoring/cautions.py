"""What a person should know about scores before using them."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.records import Project
from xlportfolio.scoring.answer import ProjectScore, ScoredCriterion
from xlportfolio.wording import listed, number, quoted


def cautions_of(
    projects: Sequence[Project],
    criteria: Sequence[ScoredCriterion],
    scored: Sequence[ProjectScore],
) -> tuple[str, ...]:
    """Name what the scores leave out, and criteria that tell no projects apart.

    Parameters
    ----------
    projects
        The rows that were scored.
    criteria
        The criteria as they were used.
    scored
        The scores, in the order of `projects`.

    Returns
    -------
    Sentences, those about criteria first.
    """
    unrated = {
        criterion.name
        for j, criterion in enumerate(criteria)
        if all(project.ratings[j] is None for project in scored)
    }
    return (
        *_unrated(criteria, unrated),
        *_not_telling_apart(criteria, scored, unrated),
        *_partly_rated(projects, scored, unrated),
    )


def _unrated(criteria: Sequence[ScoredCriterion], unrated: set[str]) -> list[str]:
    found = [criterion for criterion in criteria if criterion.name in unrated]
    if not found:
        return []
    share = sum(criterion.weight for criterion in found)
    names = listed([quoted(criterion.name) for criterion in found])
    has = "has" if len(found) == 1 else "have"
    return [
        f"{names} {has} {100 * share:.3g}% of the weight and no ratings: add a column of ratings, "
        "or set the weight to 0."
    ]


def _not_telling_apart(
    criteria: Sequence[ScoredCriterion], scored: Sequence[ProjectScore], unrated: set[str]
) -> list[str]:
    rated = [project for project in scored if any(r is not None for r in project.ratings)]
    if len(rated) == 1:
        observed = [quoted(c.name) for c in criteria if c.is_observed and c.name not in unrated]
        if not observed:
            return []
        return [
            f"Only one project is rated, so it gets the best score on {listed(observed)}: enter "
            "the worst and the best rating of the scale among the criteria."
        ]
    same: dict[str, list[float]] = {}
    for j, criterion in enumerate(criteria):
        ratings = [r for project in scored if (r := project.ratings[j]) is not None]
        if len(ratings) > 1 and max(ratings) == min(ratings):
            same[criterion.name] = ratings
    if same and len(same) == len(criteria) - len(unrated):
        return [
            "Every project has the same ratings, so the scores do not tell the projects apart: "
            "check the ratings."
        ]
    return [
        f"{quoted(name)} is rated {number(ratings[0])} for {_all(len(ratings), len(scored))}, so "
        "it does not tell the projects apart."
        for name, ratings in same.items()
    ]


def _all(n_rated: int, n: int) -> str:
    return "every project" if n_rated == n else f"all {n_rated} projects rated"


def _partly_rated(
    projects: Sequence[Project], scored: Sequence[ProjectScore], unrated: set[str]
) -> list[str]:
    partly: list[str] = []
    too_little: list[str] = []
    not_at_all: list[str] = []
    for project, score in zip(projects, scored, strict=True):
        own = [name for name in score.missing if name not in unrated]
        name = project.title
        if all(rating is None for rating in score.ratings):
            not_at_all.append(name)
        elif score.score is None:
            too_little.append(name)
        elif own:
            partly.append(f"{name} without {listed([quoted(criterion) for criterion in own], 3)}")
    sentences = []
    if partly:
        sentences.append(
            f"{_projects(partly)} scored without some criteria, on the weights of the others: "
            f"{listed(partly)}."
        )
    if too_little:
        sentences.append(
            f"{_projects(too_little)} not scored, as less than half of the weight is rated: "
            f"{listed(too_little)}."
        )
    if not_at_all:
        sentences.append(
            f"{_projects(not_at_all)} not scored, for want of any rating: {listed(not_at_all)}."
        )
    return sentences


def _projects(names: Sequence[str]) -> str:
    return "1 project is" if len(names) == 1 else f"{len(names)} projects are"
