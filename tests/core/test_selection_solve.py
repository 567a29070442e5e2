"""The portfolio of most value: as all subsets have it, as published, and the same in any order."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.portfolios import best_subset, broken_limits, difference
from tests.oracles.random_models import random_model, reordered
from xlportfolio.records import ProjectKey
from xlportfolio.selection.exact import whole_values
from xlportfolio.selection.model import BudgetLimit, Fixed, SelectionModel
from xlportfolio.selection.solve import solve_selection

_SHARED = Path(os.environ.get("XLPORTFOLIO_SHARED", Path(__file__).parents[3] / "shared"))
_PUBLISHED = _SHARED / "data" / "published_examples.json"


def plain(values: Any, uses: Any, limits: Any, *, unit: int = 100) -> SelectionModel:
    """Projects that take whole units of money of each budget."""
    worth = np.array(values, dtype=np.float64)
    n = worth.size
    taken = np.array(uses, dtype=np.int64).reshape(len(limits), n) * unit
    zero = np.zeros(n, dtype=np.int64)
    return SelectionModel(
        keys=tuple(ProjectKey(f"P{k:04d}") for k in range(n)),
        values=worth,
        has_value=np.ones(n, dtype=bool),
        cost=taken.sum(axis=0),
        exit_cost=zero,
        current=np.zeros(n, dtype=bool),
        budgets=tuple(
            BudgetLimit(f"budget {k}", None, None, int(limit * unit), used, zero)
            for k, (used, limit) in enumerate(zip(taken, limits, strict=True))
        ),
    )


@pytest.mark.parametrize("first", range(1, 3001, 250))
def test_the_best_of_all_subsets_is_chosen_to_the_last_tie(first: int) -> None:
    wrong = {seed: difference(random_model(seed)) for seed in range(first, first + 250)}
    assert {seed: text for seed, text in wrong.items() if text} == {}


@pytest.mark.parametrize("seed", [4637, 17582])
def test_a_cent_over_a_large_budget_is_neither_chosen_nor_in_the_way(seed: int) -> None:
    # two projects together, and one by itself; a millionth of a project would hide that cent
    assert difference(random_model(seed)) == ""


def test_reordering_rows_permutes_the_answer() -> None:
    for seed in range(5001, 5101):
        model = random_model(seed)
        other, order = reordered(model, seed)
        first, second = solve_selection(model), solve_selection(other)
        assert first.status == second.status
        if first.chosen is not None and second.chosen is not None:
            assert second.chosen.tolist() == first.chosen[order].tolist(), seed


def test_more_budget_never_lowers_the_value() -> None:
    n_grown = 0
    for seed in range(6001, 6151):
        model = random_model(seed)
        before = solve_selection(model)
        richer = replace(
            model,
            budgets=tuple(replace(b, amount=b.amount + abs(b.amount) // 3) for b in model.budgets),
        )
        after = solve_selection(richer)
        if before.chosen is not None:
            assert after.value >= before.value - 1e-9, seed
            n_grown += after.value > before.value
    assert n_grown > 10


@pytest.mark.skipif(not _PUBLISHED.exists(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("name", "optimum"), [("portfolio_weing1", 141278.0), ("portfolio_stockco", 42.0)]
)
def test_published_capital_budgets_reach_their_optimum(name: str, optimum: float) -> None:
    published = {entry["id"]: entry for entry in json.loads(_PUBLISHED.read_text("utf-8"))}
    inputs = published[name]["inputs"]
    model = (
        plain(inputs["values"], inputs["resource_use"], inputs["limits"])
        if "resource_use" in inputs
        else plain(inputs["values"], [inputs["costs"]], [inputs["budget"]])
    )
    solved = solve_selection(model)
    assert (solved.status, solved.value) == ("optimal", optimum)


def test_stockco_takes_the_last_three() -> None:
    """Winston (2004), Operations Research, ch. 9.2: NPV 16, 22, 12, 8; cash 5, 7, 4, 3; 14."""
    solved = solve_selection(plain([16, 22, 12, 8], [[5, 7, 4, 3]], [14]))
    assert solved.chosen is not None
    assert solved.chosen.tolist() == [False, True, True, True]
    assert (solved.value, solved.upper_bound, solved.gap) == (42.0, 42.0, 0.0)


def test_no_rows_are_an_empty_portfolio() -> None:
    solved = solve_selection(plain([], [], []))
    assert (solved.status, solved.value, solved.gap) == ("optimal", 0.0, 0.0)
    assert solved.chosen is not None
    assert solved.chosen.size == 0


def test_without_budgets_everything_of_value_is_chosen() -> None:
    solved = solve_selection(replace(plain([3, -1, 0], [[1, 1, 1]], [3]), budgets=()))
    assert solved.chosen is not None
    assert solved.chosen.tolist() == [True, False, False]


def test_rows_all_decided_beforehand_are_only_added_up() -> None:
    model = plain([3, 5], [[1, 1]], [1])
    fixed = (Fixed(0, True, "mandate"), Fixed(1, False, "mandate"))
    solved = solve_selection(replace(model, fixed=fixed))
    assert solved.chosen is not None
    assert (solved.status, solved.value, solved.chosen.tolist()) == ("optimal", 3.0, [True, False])
    too_much = (Fixed(0, True, "mandate"), Fixed(1, True, "mandate"))
    assert solve_selection(replace(model, fixed=too_much)).status == "infeasible"


def test_values_of_few_digits_stay_exact() -> None:
    whole, unit = whole_values(np.array([97.0, 33.0, 64.0, 0.1]))
    assert whole[1] + whole[2] == whole[0]
    assert whole[3] * unit == pytest.approx(0.1)


def test_of_equal_sums_of_ninths_the_cheaper_is_chosen() -> None:
    # 2/9 + 8/9 = 5/9 + 5/9, which seven digits would tell apart.
    model = plain([5 / 9, 5 / 9, 2 / 9, 8 / 9], [[60, 60, 20, 70]], [120])
    chosen = solve_selection(model).chosen
    assert chosen is not None
    assert chosen.tolist() == [False, False, True, True]


def test_scores_that_no_common_fraction_holds_count_to_seven_digits() -> None:
    whole, unit = whole_values(np.array([1 / 9901, 1 / 9907, 1 / 9923, 0.987654321]))
    assert unit == pytest.approx(1e-7)
    assert whole[3] == 9_876_543


def test_equal_projects_are_taken_in_the_order_of_their_ids() -> None:
    n = 60
    model = plain(np.ones(n), np.ones((1, n)), [25])
    chosen = solve_selection(model).chosen
    assert chosen is not None
    assert np.flatnonzero(chosen).tolist() == list(range(25))
    today = np.arange(n) >= 40
    kept = solve_selection(replace(model, current=today)).chosen
    assert kept is not None
    assert np.flatnonzero(kept).tolist() == [*range(5), *range(40, 60)]


def test_stopping_is_said_and_leaves_a_portfolio_that_holds() -> None:
    rng = np.random.default_rng(7)
    uses = rng.integers(10, 1000, (5, 400))
    model = plain(rng.integers(10, 1000, 400), uses, uses.sum(axis=1) // 2)
    asked = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    solved = solve_selection(model, effort=20, should_stop=stop)
    assert solved.was_stopped
    assert solved.chosen is not None
    assert broken_limits(model, solved.chosen) == []


def test_small_effort_gives_a_portfolio_that_holds_and_an_honest_bound() -> None:
    rng = np.random.default_rng(3)
    uses = rng.integers(1, 1000, (5, 100))
    model = plain(uses.mean(axis=0).round() + rng.integers(0, 500, 100), uses, uses.sum(axis=1) / 2)
    quick = solve_selection(model, effort=1)
    best = solve_selection(model, effort=300)
    assert quick.chosen is not None
    assert broken_limits(model, quick.chosen) == []
    assert quick.value <= best.value <= quick.upper_bound
    assert quick.gap is not None
    assert quick.gap >= (best.value - quick.value) / quick.value
    again = solve_selection(model, effort=1)
    assert again.chosen is not None
    assert again.chosen.tolist() == quick.chosen.tolist()


def test_a_large_portfolio_holds_every_limit_and_is_the_same_in_any_order() -> None:
    rng = np.random.default_rng(11)
    uses = rng.integers(0, 1_000_000, (3, 350))
    model = plain(rng.integers(10, 1000, 350) / 10, uses, uses.sum(axis=1) // 3, unit=1)
    order = rng.permutation(350)
    shuffled = replace(
        model,
        keys=tuple(model.keys[k] for k in order),
        values=model.values[order],
        cost=model.cost[order],
        budgets=tuple(replace(b, cost=b.cost[order]) for b in model.budgets),
    )
    first, second = solve_selection(model), solve_selection(shuffled)
    assert first.chosen is not None
    assert second.chosen is not None
    assert broken_limits(model, first.chosen) == []
    assert second.chosen.tolist() == first.chosen[order].tolist()
    relaxed_gap = first.gap
    assert relaxed_gap is not None
    assert relaxed_gap < 1e-3


def test_the_oracle_itself_finds_a_hand_made_optimum() -> None:
    # under 8: A and C (24 for 8) beat B and C (20 for 7) and C and D (20 for 8)
    best = best_subset(plain([16, 12, 8, 12], [[5, 4, 3, 5]], [8]))
    assert best is not None
    assert best.chosen == (True, False, True, False)
    assert (best.hundredths, best.cost) == (2400, 800)
