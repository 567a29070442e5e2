"""Cell functions near the largest and smallest floats, in exact arithmetic, and at full size."""

from __future__ import annotations

import random
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import (
    pf_cut_line,
    pf_rank,
    pf_score,
    pf_select,
    pf_topsis,
    pf_utilisation,
    pf_wsjf,
)

LARGEST = Fraction(1.7976931348623157e308)
pytestmark = pytest.mark.filterwarnings("error")


def column(values: Any) -> list[list[Any]]:
    return [[value] for value in values]


def flat(rows: Any) -> list[Any]:
    return [row[0] for row in rows] if isinstance(rows, list) else [rows]


def drawn(draw: random.Random, n: int, *, signed: bool = False) -> list[float]:
    sign = draw.choice([-1.0, 1.0]) if signed else 1.0
    return [
        sign * draw.uniform(1, 1.79) * 10.0 ** draw.choice([-320, -5, 0, 300, 308])
        for _ in range(n)
    ]


def test_wsjf_is_the_exact_quotient_or_says_that_a_cell_cannot_hold_it() -> None:
    draw = random.Random(21)
    refused = 0
    for _ in range(300):
        value, urgency, risk, duration = drawn(draw, 4)
        exact = sum(map(Fraction, (value, urgency, risk)), Fraction(0)) / Fraction(duration)
        if exact > LARGEST:
            refused += 1
            with pytest.raises(InputError) as problem:
                pf_wsjf(value, urgency, risk, duration)
            assert str(problem.value) == (
                "What comes of row 1 of value is larger than a cell holds (1.8E+308); expected "
                "smaller figures. Enter all of them in a larger unit."
            )
        else:
            assert pf_wsjf(value, urgency, risk, duration) == pytest.approx(
                float(exact), rel=1e-14, abs=5e-323
            )
    assert 50 < refused < 250


def test_utilisation_is_the_exact_share_or_says_that_a_cell_cannot_hold_it() -> None:
    draw = random.Random(22)
    for _ in range(300):
        demand, capacity = drawn(draw, 2)
        exact = Fraction(demand) / Fraction(capacity)
        if exact > LARGEST:
            with pytest.raises(
                InputError, match=r"What comes of P1 of demand is larger than a cell"
            ):
                pf_utilisation([["Role", "Q1"], ["P1", demand]], [["Role", "Q1"], ["P1", capacity]])
        else:
            share = pf_utilisation(demand, capacity)
            assert share == pytest.approx(float(exact), rel=1e-15, abs=5e-324)


def test_score_is_the_exact_weighted_mean_whatever_the_size_of_ratings_and_weights() -> None:
    draw = random.Random(23)
    for _ in range(60):
        table = [drawn(draw, 3, signed=True) for _ in range(4)]
        weights = drawn(draw, 3)
        scores = flat(pf_score(table, [weights]))
        exact = [Fraction(0)] * 4
        for j, weight in enumerate(weights):
            cells = [Fraction(row[j]) for row in table]
            low, span = min(cells), max(cells) - min(cells)
            for i, cell in enumerate(cells):
                exact[i] += Fraction(weight) * ((cell - low) / span if span else 1)
        total = sum(map(Fraction, weights), Fraction(0))
        assert scores == pytest.approx([float(one / total) for one in exact], abs=1e-12)


@pytest.mark.parametrize("normalise", ["vector", "range"])
def test_topsis_is_the_exact_closeness_whatever_the_size_of_ratings_and_weights(
    normalise: str,
) -> None:
    draw = random.Random(24)
    exact = Context(prec=60, Emax=999999, Emin=-999999)
    for _ in range(60):
        # within a criterion of one size: spans below 1e-12 of it count as none
        sizes = [10.0 ** draw.choice([-300, -100, 0, 100, 307]) for _ in range(3)]
        table = [[size * draw.uniform(-1, 1.7) for size in sizes] for _ in range(4)]
        weights = drawn(draw, 3)
        near, far = [Decimal(0)] * 4, [Decimal(0)] * 4
        for j, weight in enumerate(weights):
            cells = [Decimal(row[j]) for row in table]
            low, high = min(cells), max(cells)
            norm = exact.subtract(high, low)
            if normalise == "vector":
                norm = Decimal(0)
                for cell in cells:
                    norm = exact.add(norm, exact.multiply(cell, cell))
                norm = exact.sqrt(norm)
            for i, cell in enumerate(cells):
                for end, sums in ((high, near), (low, far)):
                    step = exact.divide(exact.subtract(cell, end), norm)
                    step = exact.multiply(step, Decimal(weight))
                    sums[i] = exact.add(sums[i], exact.multiply(step, step))
        expected = []
        for n, f in zip(near, far, strict=True):
            n, f = exact.sqrt(n), exact.sqrt(f)
            expected.append(float(exact.divide(f, exact.add(n, f))))
        assert flat(pf_topsis(table, [weights], None, normalise)) == pytest.approx(
            expected, abs=1e-12
        )


def test_ranks_are_those_of_the_exact_figures() -> None:
    draw = random.Random(25)
    for _ in range(50):
        scores = drawn(draw, 6) + [-one for one in drawn(draw, 6)]
        best_first = sorted(scores, reverse=True)
        assert flat(pf_rank(column(scores))) == [best_first.index(one) + 1 for one in scores]


def test_cost_beyond_all_measure_leaves_the_line_where_it_is_for_the_others() -> None:
    # the first cost is a slip: as coarse as it, the others would cost nothing
    assert flat(pf_cut_line([[1], [3], [2]], [[2e13], [5], [7]], 9)) == [0, 1, 0]
    assert flat(pf_cut_line([[1], [3], [2]], [[1e308], [5], [7]], 12)) == [0, 1, 1]
    assert flat(pf_cut_line([[2], [1]], [[5e-324], [1e-310]], 5e-324)) == [1, 0]
    assert flat(pf_cut_line([[2], [1]], [[0], [1e-6]], 0)) == [1, 0]
    assert pf_cut_line(1, 1.7e308, 1.7e308) == 1


def test_cost_or_budget_beyond_all_measure_leaves_the_choice_of_the_others() -> None:
    value, costs = [[16], [22], [12], [8], [99]], [[5], [7], [4], [3], [2e13]]
    assert flat(pf_select(value, costs, 14)) == [0, 1, 1, 1, 0]
    beside = [[cost, 1e300] for (cost,) in costs]
    assert flat(pf_select(value, beside, [[14, 1e305]])) == [0, 1, 1, 1, 0]
    assert flat(pf_select([[1e308], [1.5e308], [1e308]], [[1], [1], [1]], 2)) in (
        [1, 1, 0],
        [0, 1, 1],
    )
    assert flat(pf_select([[5e-324], [1.5e-323]], [[1], [1]], 1)) == [0, 1]


def test_choice_among_more_projects_than_a_cell_can_answer_is_refused() -> None:
    many = column([1.0] * 10_001)
    with pytest.raises(InputError) as problem:
        pf_select(many, many, 5)
    assert str(problem.value) == (
        "value has 10,001 projects; expected at most 10,000. Leave out those that cannot be "
        "chosen, or choose within each programme."
    )


def test_million_cells_are_answered() -> None:
    n = 100_000  # ten columns of them: a million cells
    draw = random.Random(26)
    table = tuple(tuple(draw.random() for _ in range(10)) for _ in range(n))
    scores = flat(pf_score(table, output="rank"))
    assert len(scores) == n and min(scores) == 1
    best = scores.index(1)
    spans = [(min(cells), max(cells)) for cells in zip(*table, strict=True)]
    means = [
        sum((cell - low) / (high - low) for cell, (low, high) in zip(row, spans, strict=True))
        for row in table
    ]
    assert means[best] == max(means)
