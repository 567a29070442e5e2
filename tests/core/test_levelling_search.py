"""The search for starts, against every plan tried out and a checker of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.oracles.plans import Judged, best_plan, judge, random_model
from xlportfolio.errors import InputError
from xlportfolio.levelling.anneal import LevelledStarts, level_starts
from xlportfolio.levelling.bound import least_shortfall
from xlportfolio.levelling.model import BudgetLine, LevelModel, RoleDemand, StartLink
from xlportfolio.levelling.windows import narrowed_windows
from xlportfolio.records import ProjectKey

SEEDS = range(300)


def model_of(
    planned: list[int],
    people: list[list[float]],
    capacity: list[float],
    *,
    window: int = 3,
    links: tuple[StartLink, ...] = (),
    budgets: tuple[BudgetLine, ...] = (),
) -> LevelModel:
    """Projects A, B, ... that need one role; each may start up to `window` months later."""
    starts = np.array(planned, dtype=np.int64)
    return LevelModel(
        keys=tuple(ProjectKey(chr(ord("A") + i)) for i in range(len(planned))),
        planned=starts,
        earliest=starts,
        latest=starts + window,
        duration=np.array([len(needed) for needed in people], dtype=np.int64),
        demand=tuple(
            RoleDemand(np.zeros(1, dtype=np.int64), 0, np.array([needed])) for needed in people
        ),
        capacity=np.array([capacity]),
        links=links,
        budgets=budgets,
    )


@cache
def solved(seed: int) -> tuple[LevelModel, LevelledStarts, Judged]:
    model = random_model(seed)
    answer = level_starts(model, effort=1500)
    return model, answer, judge(model, answer.starts.tolist())


@cache
def best_of(seed: int) -> Judged:
    return best_plan(random_model(seed))


def test_every_plan_keeps_its_windows_links_and_budgets() -> None:
    for seed in SEEDS:
        _, answer, judged = solved(seed)
        assert judged.broken == [], f"model {seed}"
        assert judged.shortfall / 1000 == pytest.approx(answer.shortfall_after, abs=1e-9), seed


def test_search_finds_the_least_shortfall_that_trying_every_plan_finds() -> None:
    missed = []
    for seed in SEEDS:
        _, _, judged = solved(seed)
        best = best_of(seed)
        assert judged.rank >= best.rank, f"model {seed} is better than possible"
        if (judged.overspend, judged.shortfall) != (best.overspend, best.shortfall):
            missed.append(seed)
    assert len(missed) <= 0.02 * len(SEEDS), missed


def test_plan_is_never_worse_than_planned_where_the_plan_keeps_its_limits() -> None:
    compared = 0
    for seed in SEEDS:
        model, answer, judged = solved(seed)
        planned = judge(model, model.planned.tolist())
        assert planned.shortfall / 1000 == pytest.approx(answer.shortfall_before, abs=1e-9), seed
        if not planned.broken:
            compared += 1
            assert judged.rank <= planned.rank, f"model {seed}"
    assert compared > 100


def test_plan_called_optimal_is_as_good_as_any() -> None:
    n_optimal = 0
    for seed in SEEDS:
        _, answer, judged = solved(seed)
        if answer.status == "optimal" and not judged.overspend:
            n_optimal += 1
            assert judged.shortfall == best_of(seed).shortfall, f"model {seed}"
    assert n_optimal > 50


def test_bound_is_never_above_what_some_plan_reaches() -> None:
    tight = 0
    for seed in SEEDS[:150]:
        model = replace(random_model(seed), budgets=())
        windows = narrowed_windows(model.earliest, model.latest, model.links)
        bound = least_shortfall(model, windows)
        best = best_plan(model).shortfall / 1000
        assert bound <= best + 1e-9, f"model {seed}"
        tight += abs(bound - best) < 1e-9
    assert tight > 50


def test_no_project_alone_could_be_put_back_without_more_people_short() -> None:
    moved = 0
    for seed in SEEDS:
        model, answer, judged = solved(seed)
        for i in np.flatnonzero(answer.starts != model.planned).tolist():
            moved += 1
            starts = answer.starts.tolist()
            starts[i] = int(model.planned[i])
            back = judge(model, starts)
            assert back.broken or back.rank > judged.rank, f"model {seed}, project {i}"
    assert moved > 100


def test_same_seed_gives_the_same_starts_and_row_order_does_not_matter() -> None:
    for seed in range(60):
        model, answer, _ = solved(seed)
        assert level_starts(model, effort=1500).starts.tolist() == answer.starts.tolist()
        order = np.random.default_rng(seed).permutation(len(model.keys))
        position = {int(old): new for new, old in enumerate(order)}
        turned = LevelModel(
            keys=tuple(model.keys[i] for i in order),
            planned=model.planned[order],
            earliest=model.earliest[order],
            latest=model.latest[order],
            duration=model.duration[order],
            demand=tuple(model.demand[i] for i in order),
            capacity=model.capacity,
            links=tuple(
                StartLink(position[k.before], position[k.after], k.months)
                for k in reversed(model.links)
            ),
            budgets=tuple(replace(b, cost=b.cost[order]) for b in reversed(model.budgets)),
            weights=None if model.weights is None else model.weights[order],
        )
        again = level_starts(turned, effort=1500)
        assert again.starts.tolist() == answer.starts[order].tolist(), f"model {seed}"


def test_two_projects_that_need_the_same_person_follow_each_other() -> None:
    answer = level_starts(model_of([0, 0], [[1, 1], [1, 1]], [1, 1, 1, 1, 1]))
    assert (answer.shortfall_before, answer.shortfall_after) == (2.0, 0.0)
    assert sorted(answer.starts.tolist()) == [0, 2]
    assert answer.status == "optimal"
    assert not answer.was_stopped


def test_project_that_must_follow_is_pushed_with_the_one_before_it() -> None:
    model = model_of(
        [0, 0, 2],
        [[1, 1], [1, 1], [0.0]],
        [1, 1, 1, 1, 1],
        links=(StartLink(0, 2, 2), StartLink(1, 2, 2)),
    )
    answer = level_starts(model)
    assert answer.shortfall_after == 0
    assert answer.starts[2] == 4


def test_work_moves_no_money_into_a_budget_that_is_spent() -> None:
    cost = np.array([[0, 0, 0, 0], [500, 0, 0, 0]], dtype=np.int64)
    tight = BudgetLine("budget 2027/28", 499, range(2, 4), cost)
    plan = model_of([0, 0], [[1, 1], [1, 1]], [1, 1, 1, 1], budgets=(tight,))
    answer = level_starts(plan)
    assert answer.starts.tolist() == [2, 0]
    assert answer.shortfall_after == 0
    none_left = replace(tight, cost=np.array([[500, 0, 0, 0]] * 2, dtype=np.int64))
    kept = level_starts(replace(plan, budgets=(none_left,)))
    assert max(kept.starts.tolist()) < 2
    assert kept.shortfall_after == 1.0


def test_demand_where_no_capacity_is_known_is_never_short() -> None:
    answer = level_starts(model_of([0], [[9, 9, 9]], [np.nan, 1, np.nan], window=0))
    assert answer.shortfall_after == 8
    assert answer.status == "optimal"  # nothing can move


def test_zero_capacity_is_short_of_everybody() -> None:
    answer = level_starts(model_of([0, 0], [[1, 0.5], [2, 0]], [0, 0, 0, 0, 0]))
    assert answer.shortfall_after == 3.5
    assert answer.starts.tolist() == [0, 0]
    assert answer.status == "optimal"  # wherever they work, they are short
    assert answer.bound == 3.5


def test_search_that_is_stopped_at_once_is_settled_and_not_worse_than_planned() -> None:
    model, _, _ = next(solved(s) for s in SEEDS if solved(s)[1].status == "feasible")
    answer = level_starts(model, should_stop=lambda: True)
    assert answer.was_stopped
    assert answer.n_visits == 0
    assert answer.shortfall_after <= answer.shortfall_before


def test_more_effort_is_never_spent_than_asked_for() -> None:
    model, _, _ = next(solved(s) for s in SEEDS if solved(s)[1].status == "feasible")
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    answer = level_starts(model, effort=320, should_stop=count)
    assert 200 < answer.n_visits <= 320
    assert asked == -(-answer.n_visits // 32)


def test_circle_of_links_is_an_input_error() -> None:
    links = (StartLink(0, 1, 1), StartLink(1, 0, 1))
    with pytest.raises(InputError, match="circle among the projects A, B"):
        level_starts(model_of([0, 0], [[1], [1]], [1, 1], links=links))


def test_link_that_no_start_keeps_is_an_input_error() -> None:
    with pytest.raises(InputError, match="B cannot start 5 months after project A"):
        level_starts(model_of([0, 0], [[1], [1]], [1, 1], links=(StartLink(0, 1, 5),)))
