"""The scores of a portfolio, from its tables of criteria and ratings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from xlportfolio.errors import InputError
from xlportfolio.lifecycle import ended_because
from xlportfolio.ranking import rank_scores
from xlportfolio.records import Project
from xlportfolio.scoring.additive import (
    FloatArray,
    complete_scales,
    normalise_ratings,
    sum_contributions,
    weigh_ratings,
)
from xlportfolio.scoring.answer import ProjectScore, ScoredCriterion, Scores
from xlportfolio.scoring.assessments import Assessments, assess
from xlportfolio.scoring.cautions import cautions_of
from xlportfolio.scoring.weighting import Weighting, weigh_criteria
from xlportfolio.tables import Portfolio

PortfolioTies = Literal["competition", "dense", "ordinal", "modified"]
PORTFOLIO_TIES: tuple[PortfolioTies, ...] = ("competition", "dense", "ordinal", "modified")


def score_portfolio(portfolio: Portfolio, *, ties: PortfolioTies = "competition") -> Scores:
    """Score and rank every project that has not ended.

    Parameters
    ----------
    portfolio
        Its projects, criteria and ratings.
    ties
        The rank of equal scores, as in `rank_scores`; not "average", as a rank is a whole number.

    Returns
    -------
    Scores
        One for each row of the projects table that has not ended, in its order. Skipped, with the
        table to add, where there are no criteria, no weights above 0, or no ratings of them.

    Raises
    ------
    InputError
        If `ties` is another word.

    Notes
    -----
    The ratings of several assessors are averaged, and the means are normalised by range: on the
    scale of the criterion where its table states one, else on the range of the means over the
    projects that have not ended. Disagreement is set against the same scale, an unstated one being
    the range of the single ratings. See `xlportfolio.scoring.additive` for the model.
    """
    if ties not in PORTFOLIO_TIES:
        raise InputError(f'ties is "{ties}"; expected competition, dense, ordinal or modified.')
    projects = [project for project in portfolio.projects if ended_because(project) is None]
    if not projects:
        return _skipped("No project to score: every one has ended, or the table has none.", ties)
    weighting = weigh_criteria(portfolio.criteria)
    if isinstance(weighting, str):
        return _skipped(weighting, ties)
    assessments = assess(projects, portfolio.ratings, weighting.keys)
    if not assessments.n_given:
        return _skipped(_why_nothing_is_rated(portfolio, weighting), ties)
    return _score(projects, weighting, assessments, ties)


def _skipped(why: str, ties: str) -> Scores:
    return Scores(status="skipped", why=why, ties=ties)


def _why_nothing_is_rated(portfolio: Portfolio, weighting: Weighting) -> str:
    if any(rating is not None for row in portfolio.ratings for rating in row.ratings.values()):
        names = [f'"{criterion.criterion}"' for criterion in weighting.criteria[:3]]
        return (
            "No rating stands under any of the criteria: give the columns of the ratings the names "
            f"in the table of criteria ({', '.join(names)}{', ...' * (len(weighting.keys) > 3)})."
        )
    return (
        "No ratings: add a table of ratings with a row for each project and a column for each "
        "criterion, or such columns to the table of projects."
    )


def _score(
    projects: Sequence[Project], weighting: Weighting, assessments: Assessments, ties: PortfolioTies
) -> Scores:
    means = assessments.means
    low, high = complete_scales(means, weighting.low, weighting.high)
    directions = [criterion.direction for criterion in weighting.criteria]
    contributions = weigh_ratings(
        normalise_ratings(means, directions, low, high), weighting.weights
    )
    scores = sum_contributions(contributions)
    ranks = rank_scores(scores, ties=ties)
    disagreement = assessments.disagreement(weighting.low, weighting.high)
    names = [criterion.criterion for criterion in weighting.criteria]
    scored = []
    for i, key in enumerate(assessments.keys):
        apart = disagreement[i]
        j = None if np.isnan(apart).all() else int(np.nanargmax(apart))
        scored.append(
            ProjectScore(
                key=key,
                score=_number(scores[i]),
                rank=None if np.isnan(ranks[i]) else int(ranks[i]),
                ratings=_numbers(means[i]),
                contributions=_numbers(contributions[i]),
                n_assessors=assessments.n_assessors[i],
                disagreement=None if j is None else float(apart[j]),
                disagreed_on=None if j is None or apart[j] == 0 else names[j],
                missing=tuple(
                    name for name, mean in zip(names, means[i], strict=True) if np.isnan(mean)
                ),
            )
        )
    criteria = tuple(
        ScoredCriterion(
            name=criterion.criterion,
            weight=float(weight),
            direction=criterion.direction,
            low=_number(low[j]) or 0.0,
            high=_number(high[j]) or 0.0,
            is_observed=bool(weighting.is_observed[j]),
            objective=criterion.objective,
        )
        for j, (criterion, weight) in enumerate(
            zip(weighting.criteria, weighting.weights, strict=True)
        )
    )
    return Scores(
        status="done",
        criteria=criteria,
        projects=tuple(scored),
        ties=ties,
        cautions=(
            *weighting.cautions,
            *assessments.cautions,
            *cautions_of(projects, criteria, scored),
        ),
    )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _numbers(values: FloatArray) -> tuple[float | None, ...]:
    return tuple(None if value != value else value for value in values.tolist())
