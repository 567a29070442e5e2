"""PF_TOPSIS against Tzeng & Huang, plain arithmetic, and what must hold of any closeness."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from xlportfolio.defaults import TOPSIS
from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_topsis

ORACLES = Path(__file__).resolve().parent.parent / "oracles"
PUBLISHED = {
    case["id"]: case
    for case in json.loads((ORACLES / "published_scores_and_choices.json").read_text("utf-8"))
}


def flat(rows: Any) -> list[Any]:
    return [row[0] for row in rows]


def plain_closeness(
    ratings: list[list[float]], weights: list[float], directions: list[str], normalise: str
) -> list[float]:
    """The textbook's steps, one criterion at a time."""
    near, far = [0.0] * len(ratings), [0.0] * len(ratings)
    for j, (weight, direction) in enumerate(zip(weights, directions, strict=True)):
        column = [row[j] for row in ratings]
        if normalise == "vector":
            norm = math.sqrt(math.fsum(x * x for x in column))
            column = [x / norm for x in column]
        else:
            column = [(x - min(column)) / (max(column) - min(column)) for x in column]
        column = [x * weight / sum(weights) for x in column]
        best, worst = max(column), min(column)
        if direction == "min":
            best, worst = worst, best
        for i, x in enumerate(column):
            near[i] += (x - best) ** 2
            far[i] += (x - worst) ** 2
    return [math.sqrt(f) / (math.sqrt(n) + math.sqrt(f)) for n, f in zip(near, far, strict=True)]


def test_closeness_matches_tzeng_and_huang_2011() -> None:
    case = PUBLISHED["topsis_tzeng_huang"]
    inputs, expected = case["inputs"], case["expected"]
    arguments = (inputs["matrix"], [inputs["weights"]], [inputs["directions"]])
    assert flat(pf_topsis(*arguments)) == pytest.approx(
        expected["closeness"], abs=case["tolerance"]["closeness"]
    )
    assert flat(pf_topsis(*arguments, output="rank")) == expected["rank"]
    # the other normalisation is another method: its first closeness is .4853
    assert flat(pf_topsis(*arguments, normalise="range"))[0] == pytest.approx(0.4853, abs=1e-4)


@pytest.mark.parametrize("normalise", TOPSIS)
def test_closeness_is_what_the_textbook_steps_give(normalise: str) -> None:
    draw = random.Random(11)
    for _ in range(20):
        n, m = draw.randint(2, 15), draw.randint(1, 6)
        ratings = [[draw.uniform(-5, 20) for _ in range(m)] for _ in range(n)]
        weights = [draw.random() + 0.1 for _ in range(m)]
        directions = [draw.choice(["max", "min"]) for _ in range(m)]
        answer = pf_topsis(ratings, [weights], [directions], normalise)
        plain = plain_closeness(ratings, weights, directions, normalise)
        assert flat(answer) == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("normalise", TOPSIS)
def test_order_of_rows_units_and_scale_of_weights_change_no_closeness(normalise: str) -> None:
    draw = random.Random(12)
    ratings = [[draw.uniform(0, 9) for _ in range(4)] for _ in range(30)]
    weights = [draw.random() for _ in range(4)]
    scores = flat(pf_topsis(ratings, [weights], None, normalise))
    order = draw.sample(range(30), 30)
    moved = flat(pf_topsis([ratings[i] for i in order], [weights], None, normalise))
    assert moved == [scores[i] for i in order]
    units = [1e-200, 1e200, 1e3, 7.0]
    rescaled = [[x * u for x, u in zip(row, units, strict=True)] for row in ratings]
    same = flat(pf_topsis(rescaled, [[9 * w for w in weights]], None, normalise))
    assert same == pytest.approx(scores, abs=1e-12)


@pytest.mark.parametrize("normalise", TOPSIS)
def test_criteria_that_tell_nobody_apart_change_nothing(normalise: str) -> None:
    alone = flat(pf_topsis([[5], [2], [1]], None, None, normalise))
    beside = [[0, 5, 0.3], [0, 2, 0.1 + 0.2], [0, 1, 0.3]]
    assert flat(pf_topsis(beside, None, None, normalise)) == pytest.approx(alone, abs=1e-12)
    assert flat(pf_topsis([[4, 0], [4, 0]], None, None, normalise)) == [1, 1]
    assert pf_topsis(7, None, None, normalise) == 1


def test_project_with_a_blank_is_left_out_and_moves_neither_best_nor_worst() -> None:
    ratings = [[5, 1], [None, 99], [2, 7], [None, None], [3, 3]]
    rest = [ratings[i] for i in (0, 2, 4)]
    scores, alone = flat(pf_topsis(ratings)), flat(pf_topsis(rest))
    assert [scores[i] for i in (0, 2, 4)] == alone
    assert scores[1] is None and scores[3] is None
    # a criterion of weight 0 need not be rated
    assert flat(pf_topsis(ratings[:3], [[0, 1]]))[1] == 1
    assert pf_topsis([[None, 1]], output="why") == (
        "No project has a score: none is rated on every criterion."
    )
    assert pf_topsis([[5, 1], [None, 9]], output="why").endswith(
        "Not rated on every criterion: row 2."
    )


def test_better_rating_raises_the_closeness_of_a_project_between_best_and_worst() -> None:
    ratings = [[1, 9, 5], [9, 1, 5], [4, 4, 1], [5, 6, 9]]
    before = flat(pf_topsis(ratings, None, None, "range"))[3]
    ratings[3][0] = 6
    assert flat(pf_topsis(ratings, None, None, "range"))[3] > before


def test_all_gives_score_rank_and_both_distances_under_their_headings() -> None:
    answer = pf_topsis([["P", "Fit"], ["A", 4], ["B", 0], [None, None]], output="all")
    assert answer == [
        ["Score", "Rank", "From best", "From worst"],
        [1, 1, 0, 1],
        [0, 2, 1, 0],
        [None] * 4,
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"weights": [[1]]}, "weights has 1 cell; expected 2, one for each criterion."),
        ({"normalise": "max"}, 'normalise is "max"; expected vector or range.'),
        (
            {"directions": [["sideways", "max"]]},
            'directions, row 1, column 1 is "sideways"; expected max where more is better, or min '
            "where less is.",
        ),
    ],
)
def test_topsis_says_what_is_wrong_in_the_error_and_in_why(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as problem:
        pf_topsis([[1, 2], [3, 4]], **options)
    assert str(problem.value) == said
    assert pf_topsis([[1, 2], [3, 4]], **options, output="why") == said
