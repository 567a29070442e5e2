"""PF_WSJF against Reinertsen's jobs, and what waiting costs in every order."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_wsjf

ORACLES = Path(__file__).resolve().parent.parent / "oracles"
PUBLISHED = {
    case["id"]: case
    for case in json.loads((ORACLES / "published_scores_and_choices.json").read_text("utf-8"))
}


def column(values: Any) -> list[list[Any]]:
    return [[value] for value in values]


def scores_of(costs_of_delay: list[float], durations: list[float]) -> list[float]:
    nothing = column(0 for _ in durations)
    answer = pf_wsjf(column(costs_of_delay), nothing, nothing, column(durations))
    return [row[0] for row in answer]


def delay_cost(order: Any, costs_of_delay: list[float], durations: list[float]) -> float:
    """What the projects lose by waiting for those before them."""
    started, lost = 0.0, 0.0
    for i in order:
        lost += started * costs_of_delay[i]
        started += durations[i]
    return lost


def test_wsjf_matches_reinertsen_2009_and_the_delay_that_it_saves() -> None:
    case = PUBLISHED["wsjf_reinertsen"]
    costs = [job["cost_of_delay"] for job in case["inputs"]["jobs"]]
    durations = [job["duration"] for job in case["inputs"]["jobs"]]
    scores = scores_of(costs, durations)
    assert scores == pytest.approx(case["expected"]["wsjf"], abs=1e-12)
    order = sorted(range(3), key=lambda i: -scores[i])
    assert delay_cost(order, costs, durations) == case["expected"]["delay_cost_wsjf_order"]
    assert delay_cost(order[::-1], costs, durations) == case["expected"]["delay_cost_reverse"]


def test_no_other_order_loses_less_by_waiting() -> None:
    draw = random.Random(7)
    for _ in range(20):
        costs = [float(draw.randint(0, 20)) for _ in range(6)]
        durations = [float(draw.randint(1, 12)) for _ in range(6)]
        scores = scores_of(costs, durations)
        order = sorted(range(6), key=lambda i: -scores[i])
        least = min(delay_cost(o, costs, durations) for o in itertools.permutations(range(6)))
        assert delay_cost(order, costs, durations) == least


def test_parts_of_the_cost_of_delay_add_up_and_a_blank_one_is_not_0() -> None:
    assert pf_wsjf(8, 5, 3, 2) == 8.0
    assert pf_wsjf([[8], [8]], [[5], [5]], [[None], [0]], [[2], [2]]) == [[None], [6.5]]
    assert pf_wsjf(8, 5, 3, None) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ([[8], [5]], [[5], [-2]], [[3], [1]], [[2], [4]]),
            "time_criticality, row 2, column 1 is -2; expected a criticality of at least 0.",
        ),
        (
            ([[8], [5]], [[5]], [[3], [1]], [[2], [4]]),
            "time_criticality has 1 row; expected 2, one beside each row of value.",
        ),
        (
            ([[8], [5]], [[5], [1]], [[3], [1]], [[2], ["tbc"]]),
            'duration, row 2, column 1 is "tbc"; expected a number. Enter the number, or leave the '
            "cell blank until it is known.",
        ),
        (
            ([[8, 5], [1, 2]], [[5], [1]], [[3], [1]], [[2], [3]]),
            "value has 2 columns of figures; expected one, with or without a column of labels "
            "before it.",
        ),
    ],
)
def test_wsjf_says_what_is_wrong_and_where(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InputError) as problem:
        pf_wsjf(*arguments)
    assert str(problem.value) == said
