"""PF_UTILISATION by hand and in exact fractions."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio_udfs import pf_utilisation


def test_utilisation_is_the_fraction_of_demand_and_capacity() -> None:
    draw = random.Random(9)
    demand = [[draw.randint(0, 40) / 4 for _ in range(6)] for _ in range(8)]
    capacity = [[draw.randint(1, 40) / 4 for _ in range(6)] for _ in range(8)]
    answer = pf_utilisation(demand, capacity)
    for row, needs, limits in zip(answer, demand, capacity, strict=True):
        for share, need, limit in zip(row, needs, limits, strict=True):
            assert share == pytest.approx(float(Fraction(need) / Fraction(limit)), abs=1e-12)
            assert (share > 1) == (need > limit)


def test_twice_the_people_halve_the_utilisation() -> None:
    demand, capacity = [[3, 5], [7, 0]], [[4, 4], [8, 1]]
    once = pf_utilisation(demand, capacity)
    twice = pf_utilisation(demand, [[2 * cell for cell in row] for row in capacity])
    assert twice == [[share / 2 for share in row] for row in once]


def test_years_and_months_that_head_both_ranges_are_not_divided() -> None:
    demand = [["Role", 2026, 2027], ["Engineer", 3, 6]]
    capacity = [["Role", 2026, 2027], ["Engineer", 4, 4]]
    assert pf_utilisation(demand, capacity) == [[2026, 2027], [0.75, 1.5]]
    months = [None, 46113, 46143]
    assert pf_utilisation([months, ["A", 1, 2]], [months, ["A", 4, 4]]) == [
        [46113, 46143],
        [0.25, 0.5],
    ]
    hours = [["A", 2000, 2100], ["B", 10, 10]]
    assert pf_utilisation(hours, hours) == [[1, 1], [1, 1]]
    # a role that is fully used is no heading
    assert pf_utilisation([["A", 2, 3], ["B", 1, 1]], [["A", 2, 3], ["B", 2, 2]]) == [
        [1, 1],
        [0.5, 0.5],
    ]


def test_blank_demand_or_capacity_stays_blank_and_nothing_of_nobody_is_0() -> None:
    assert pf_utilisation([[None, 2, 0], [None, None, None]], [[4, None, 0], [1, 0, 0]]) == [
        [None, None, 0],
        [None, None, None],
    ]
    assert pf_utilisation(3, None) is None


@pytest.mark.parametrize(
    ("demand", "capacity", "said"),
    [
        ([[3, 6]], [[4]], "capacity has 1 column of figures; expected 2, one for each period of "
         "demand."),
        ([[3], [6]], [[4]], "capacity has 1 row; expected 2, one beside each row of demand."),
        ([[3, -6]], [[4, 4]], "demand, row 1, column 2 is -6; expected a demand of at least 0."),
        ([[3, 6]], [[4, -4]], "capacity, row 1, column 2 is -4; expected a capacity of at least "
         "0."),
        ([[3, 6]], [[4, "#N/A"]], "capacity, row 1, column 2 is #N/A; expected a number. Enter the "
         "number, or leave the cell blank until it is known."),
        (
            [["Role", "Q1", "Q2"], ["A", 1, 2]],
            [["Role", "Q2", "Q1"], ["A", 1, 2]],
            'capacity has "Q2" where demand has "Q1", in column 2; expected the same periods in '
            "the same order.",
        ),
        (
            [["A", 1, 2], ["B", 1, 2]],
            [["B", 1, 2], ["A", 1, 2]],
            'capacity has "B" beside "A" in row 1 of demand; expected the same projects in the '
            "same order.",
        ),
    ],
)  # fmt: skip
def test_utilisation_says_what_is_wrong_and_where(demand: Any, capacity: Any, said: str) -> None:
    with pytest.raises(InputError) as problem:
        pf_utilisation(demand, capacity)
    assert str(problem.value) == said
