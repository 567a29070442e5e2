"""The additive value model against hand calculations and a published case."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from xlportfolio.errors import InputError
from xlportfolio.scoring.additive import (
    complete_scales,
    normalise_ratings,
    score_additively,
    sum_contributions,
    weigh_ratings,
)

NAN = float("nan")
ORACLES = Path(__file__).resolve().parent.parent / "oracles"


def observed(n: int) -> np.ndarray:
    return np.full(n, NAN)


def by_hand(
    ratings: list[list[float | None]], weights: list[float], directions: list[str]
) -> list[float | None]:
    """The model in plain loops, from its definition."""
    scores: list[float | None] = []
    columns = [[row[j] for row in ratings if row[j] is not None] for j in range(len(weights))]
    for row in ratings:
        worth, rated = 0.0, 0.0
        for j, rating in enumerate(row):
            if rating is None:
                continue
            low, high = min(columns[j]), max(columns[j])
            share = 1.0 if low == high else (rating - low) / (high - low)
            if low != high and directions[j] == "min":
                share = 1.0 - share
            worth += weights[j] * share
            rated += weights[j]
        scores.append(worth / rated if rated and rated >= sum(weights) / 2 else None)
    return scores


def test_scores_match_goodwin_and_wright_office_location() -> None:
    """Values already run from 0 to 100 on every attribute, so the range changes nothing."""
    case = next(
        case
        for case in json.loads((ORACLES / "published_scores_and_choices.json").read_text("utf-8"))
        if case["id"] == "smart_goodwin_wright_office"
    )
    values = np.array(case["inputs"]["values"])
    weights = np.array(case["inputs"]["normalised_weights_rounded"], dtype=float)
    normalised = normalise_ratings(values, ["max"] * 6, observed(6), observed(6))
    scores = 100 * score_additively(normalised, weights)
    assert scores.tolist() == pytest.approx(case["expected"]["benefit"], abs=0.051)


def test_scores_are_those_of_the_definition_on_random_tables() -> None:
    draw = random.Random(3)
    for _ in range(200):
        n, m = draw.randint(1, 7), draw.randint(1, 5)
        ratings = [[draw.choice([None, 1, 2, 3, 4, 5, 40]) for _ in range(m)] for _ in range(n)]
        weights = [float(draw.choice([0, 1, 2, 5])) for _ in range(m)]
        weights[draw.randrange(m)] = 3.0
        directions = [draw.choice(["max", "min"]) for _ in range(m)]
        array = np.array([[NAN if r is None else r for r in row] for row in ratings], dtype=float)
        normalised = normalise_ratings(array, directions, observed(m), observed(m))
        scores = score_additively(normalised, np.array(weights))
        expected = by_hand(ratings, weights, directions)
        for score, right in zip(scores.tolist(), expected, strict=True):
            assert (score != score) == (right is None)
            assert right is None or score == pytest.approx(right, abs=1e-12)


def test_stated_scale_stands_over_the_observed_range() -> None:
    ratings = np.array([[2.0], [4.0]])
    low, high = np.array([1.0]), np.array([5.0])
    assert normalise_ratings(ratings, ["max"], low, high).tolist() == [[0.25], [0.75]]
    assert normalise_ratings(ratings, ["min"], low, high).tolist() == [[0.75], [0.25]]
    assert normalise_ratings(ratings, ["max"], low, observed(1))[1, 0] == 1.0


def test_constant_criterion_is_1_for_all_who_are_rated() -> None:
    ratings = np.array([[3.0], [NAN], [3.0]])
    for direction in ("max", "min"):
        normalised = normalise_ratings(ratings, [direction], observed(1), observed(1))
        assert normalised[0, 0] == normalised[2, 0] == 1.0
        assert np.isnan(normalised[1, 0])


def test_criterion_that_nobody_rated_has_no_scale_and_no_ratings() -> None:
    low, high = complete_scales(np.array([[NAN], [NAN]]), observed(1), observed(1))
    assert np.isnan(low[0]) and np.isnan(high[0])
    normalised = normalise_ratings(np.array([[NAN], [NAN]]), ["max"], observed(1), observed(1))
    assert np.isnan(normalised).all()


@pytest.mark.parametrize(
    ("weights", "score"), [([2.0, 1.0, 1.0], 1.0), ([1.0, 1.0, 1.0], None), ([4.0, 1, 0], 1.0)]
)
def test_project_needs_half_of_the_weight_rated(weights: list[float], score: float | None) -> None:
    scores = score_additively(np.array([[1.0, NAN, NAN]]), np.array(weights))
    assert (None if np.isnan(scores[0]) else scores[0]) == score


def test_blank_is_neither_the_worst_nor_the_best_rating() -> None:
    ratings = np.array([[1.0, 0.5, NAN], [1.0, 0.5, 0.0], [1.0, 0.5, 1.0]])
    scores = score_additively(ratings, np.array([1.0, 1.0, 1.0]))
    assert scores.tolist() == pytest.approx([0.75, 0.5, 2.5 / 3])


def test_scaling_the_weights_changes_no_score() -> None:
    draw = np.random.default_rng(5)
    ratings, weights = draw.random((30, 6)), draw.random(6)
    assert score_additively(ratings, 37 * weights) == pytest.approx(
        score_additively(ratings, weights), abs=1e-14
    )


def test_reordering_projects_permutes_scores_to_the_last_bit() -> None:
    draw = np.random.default_rng(6)
    ratings, weights = draw.random((301, 7)), draw.random(7)
    order = draw.permutation(301)
    scores = score_additively(ratings, weights)
    assert score_additively(ratings[order], weights).tolist() == scores[order].tolist()


def test_contributions_add_up_to_the_score_and_no_further_than_1() -> None:
    draw = np.random.default_rng(7)
    ratings = np.where(draw.random((200, 8)) < 0.2, NAN, draw.random((200, 8)))
    contributions = weigh_ratings(ratings, draw.random(8))
    scores = sum_contributions(contributions)
    scored = ~np.isnan(scores)
    assert scored.sum() > 150
    assert np.nansum(contributions[scored], axis=1) == pytest.approx(scores[scored], abs=1e-12)
    assert scores[scored].max() <= 1.0 + 1e-12
    assert np.isnan(contributions[~scored]).all()


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1.0], "There are 1 weights for 2 criteria; expected one for each."),
        (
            [1.0, -0.2],
            "The weight of criterion 2 is -0.2; expected a number of at least 0. Enter 0 to ignore "
            "the criterion.",
        ),
        (
            [0.0, 0.0],
            "The weights sum to 0; expected a sum above 0. Enter the importance of at least one "
            "criterion.",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights: list[float], sentence: str) -> None:
    with pytest.raises(InputError) as problem:
        weigh_ratings(np.ones((1, 2)), np.array(weights))
    assert str(problem.value) == sentence


def test_scale_that_ends_below_its_beginning_is_refused() -> None:
    with pytest.raises(InputError) as problem:
        normalise_ratings(np.ones((2, 1)), ["max"], np.array([5.0]), np.array([1.0]))
    assert str(problem.value) == (
        "The scale of criterion 1 runs from 5 to 1; expected a best rating above the worst. Enter "
        "the smaller number first, and min as the direction if less is better."
    )
    with pytest.raises(InputError, match="There are 1 directions and 2 scales for 2 criteria"):
        normalise_ratings(np.ones((2, 2)), ["max"], observed(2), observed(2))
