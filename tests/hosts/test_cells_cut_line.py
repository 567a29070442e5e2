"""PF_CUT_LINE against a plain walk down the list in exact fractions, and by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_cut_line


def column(values: Any) -> list[list[Any]]:
    return [[value] for value in values]


def flat(rows: Any) -> list[Any]:
    return [row[0] for row in rows]


def walked(scores: list[float], costs: list[str], budget: str) -> list[int]:
    """Down the ranked list with the amounts as they are written, until one does not fit."""
    left = Fraction(budget)
    funded = [0] * len(scores)
    for i in sorted(range(len(scores)), key=lambda i: (-scores[i], Fraction(costs[i]), i)):
        if Fraction(costs[i]) > left:
            break
        left -= Fraction(costs[i])
        funded[i] = 1
    return funded


def test_line_is_where_a_walk_down_the_list_stops() -> None:
    draw = random.Random(5)
    stopped = 0
    for _ in range(200):
        n = draw.randint(2, 12)
        scores = [draw.randint(1, 6) / 10 for _ in range(n)]
        costs = [f"{draw.randint(0, 30) / 10}" for _ in range(n)]
        budget = f"{draw.randint(0, 15 * n) / 10}"
        expected = walked(scores, costs, budget)
        stopped += 0 < sum(expected) < n
        answer = pf_cut_line(column(scores), column(map(float, costs)), float(budget))
        assert flat(answer) == expected
    assert stopped > 100


def test_more_budget_never_takes_a_project_out() -> None:
    draw = random.Random(6)
    scores = column(draw.random() for _ in range(30))
    costs = column(float(draw.randint(0, 9)) for _ in range(30))
    before = [0] * 30
    for budget in range(0, 300, 5):
        after = flat(pf_cut_line(scores, costs, budget))
        assert all(b <= a for b, a in zip(before, after, strict=True))
        before = after
    assert before == [1] * 30


def test_reordering_projects_permutes_what_is_funded() -> None:
    scores, costs = [3, 1, 3, 2, 3], [5, 1, 4, 2, 6]
    funded = flat(pf_cut_line(column(scores), column(costs), 10))
    assert funded == [1, 0, 1, 0, 0]
    order = [4, 2, 0, 3, 1]
    moved = pf_cut_line(column(scores[i] for i in order), column(costs[i] for i in order), 10)
    assert flat(moved) == [funded[i] for i in order]


def test_amounts_count_to_their_last_digit() -> None:
    assert flat(pf_cut_line([[2], [1]], [[0.1], [0.2]], 0.3)) == [1, 1]
    assert flat(pf_cut_line([[2], [1]], [[0.505], [0.505]], 1.0)) == [1, 0]
    assert flat(pf_cut_line([[2], [1]], [[1e308], [1e308]], 1.5e308)) == [1, 0]
    assert flat(pf_cut_line([[2], [1]], [[5e307], [5e307]], 1e308)) == [1, 1]


def test_unknown_score_or_cost_is_not_funded_and_free_projects_stay_below_the_line() -> None:
    assert flat(pf_cut_line([[3], [None], [2]], [[None], [1], [2]], 2)) == [0, 0, 1]
    assert flat(pf_cut_line([[3], [2], [1]], [[2], [4], [0]], 5)) == [1, 0, 0]
    assert pf_cut_line(3, 2, 2) == 1
    assert pf_cut_line(3, 2, 0) == 0
    assert pf_cut_line([[None], [None]], [[None], [None]], 1) == [[None], [None]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([[3], [2]], [[1]], 5), "costs has 1 row; expected 2, one beside each row of scores."),
        (([[3], [2]], [[1], [1]], None), "budget is blank; expected a budget of at least 0."),
        (([[3], [2]], [[1], [1]], -1), "budget is -1; expected a budget of at least 0."),
        (([[3], [2]], [[1], [1]], "#N/A"), "budget is #N/A; expected a budget of at least 0."),
        (([[3], [2]], [[1], [1]], [[4, 5]]), "budget is 1 x 2 cells; expected a single cell."),
        (
            ([["A", 3], ["B", 2]], [["B", 1], ["A", 1]], 5),
            'costs has "B" beside "A" in row 1 of scores; expected the same projects in the same '
            "order.",
        ),
        (
            ([[3], ["high"]], [[1], [1]], 5),
            'scores, row 2, column 1 is "high"; expected a number. Enter the number, or leave the '
            "cell blank until it is known.",
        ),
    ],
)
def test_cut_line_says_what_is_wrong_and_where(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InputError) as problem:
        pf_cut_line(*arguments)
    assert str(problem.value) == said
