"""Ranks against scipy, and against ranks by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from xlportfolio.defaults import TIES
from xlportfolio.errors import InputError
from xlportfolio.ranking import rank_scores

SCORES = [0.5, 0.9, 0.5, None, 0.1, 0.9, 0.5]
BY_HAND = {
    "competition": [3, 1, 3, None, 6, 1, 3],
    "modified": [5, 2, 5, None, 6, 2, 5],
    "dense": [2, 1, 2, None, 3, 1, 2],
    "average": [4, 1.5, 4, None, 6, 1.5, 4],
    "ordinal": [3, 1, 4, None, 6, 2, 5],
}
SCIPY = {
    "competition": "min",
    "modified": "max",
    "dense": "dense",
    "average": "average",
    "ordinal": "ordinal",
}


def as_list(ranks: np.ndarray) -> list[float | None]:
    return [None if np.isnan(rank) else float(rank) for rank in ranks]


@pytest.mark.parametrize("ties", TIES)
def test_ranks_are_those_counted_by_hand(ties: str) -> None:
    assert as_list(rank_scores(SCORES, ties=ties)) == BY_HAND[ties]


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_ranks_are_those_of_scipy(ties: str, order: str) -> None:
    draw = random.Random(7)
    for n in (1, 2, 5, 40):
        for _ in range(25):
            scores = np.array([draw.choice([-3.0, 0.0, 0.25, 0.5, 7.0, 1e9]) for _ in range(n)])
            signed = -scores if order == "descending" else scores
            expected = rankdata(signed, method=SCIPY[ties])
            assert rank_scores(scores, order=order, ties=ties).tolist() == expected.tolist()


def test_scores_that_differ_by_rounding_alone_are_equal() -> None:
    assert 0.1 + 0.2 != 0.3
    assert rank_scores([0.1 + 0.2, 0.3, 0.2]).tolist() == [1, 1, 3]
    assert rank_scores([0.3, 0.1 + 0.2, 0.2], ties="ordinal").tolist() == [1, 2, 3]


def test_small_difference_that_is_not_rounding_decides() -> None:
    assert rank_scores([1.0, 1.0 + 1e-11]).tolist() == [2, 1]
    assert rank_scores([1e-20, 2e-20, 0.0]).tolist() == [2, 1, 3]
    assert rank_scores([1e15, 0.001, 0.002]).tolist() == [1, 3, 2]


def test_nothing_to_rank_gets_no_rank() -> None:
    assert rank_scores([]).tolist() == []
    assert as_list(rank_scores([None, float("nan")])) == [None, None]


@given(st.lists(st.sampled_from([None, 0.1, 0.2, 0.3, 0.9]), max_size=12), st.randoms())
def test_reordering_rows_permutes_ranks(scores: list[float | None], draw: random.Random) -> None:
    order = list(range(len(scores)))
    draw.shuffle(order)
    for ties in ("competition", "modified", "dense", "average"):
        ranks = as_list(rank_scores(scores, ties=ties))
        moved = as_list(rank_scores([scores[i] for i in order], ties=ties))
        assert moved == [ranks[i] for i in order]


def test_unknown_words_are_named_with_those_that_are_expected() -> None:
    with pytest.raises(InputError) as problem:
        rank_scores([1.0], ties="standard")  # type: ignore[arg-type]
    assert str(problem.value) == (
        'ties is "standard"; expected competition, dense, ordinal, average or modified.'
    )
    with pytest.raises(InputError) as problem:
        rank_scores([1.0], order="up")  # type: ignore[arg-type]
    assert str(problem.value) == 'order is "up"; expected descending or ascending.'
