"""Plans judged without the product: month by month in plain Python, and every plan tried out."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from xlportfolio.levelling.model import BudgetLine, LevelModel, RoleDemand, StartLink
from xlportfolio.records import ProjectKey


@dataclass
class Judged:
    """What a plan does.

    Attributes
    ----------
    broken
        Windows and links that it does not keep, in sentences.
    overspend
        What budgets are exceeded by beyond the plan as it was, summed. [cents]
    shortfall
        [thousandths of FTE months]
    moved
        Months moved, weighted.
    """

    broken: list[str] = field(default_factory=list)
    overspend: int = 0
    shortfall: int = 0
    moved: float = 0.0

    @property
    def rank(self) -> tuple[int, int, float]:
        """How good it is, in order of importance; less is better."""
        return self.overspend, self.shortfall, self.moved


def judge(model: LevelModel, starts: Sequence[int]) -> Judged:
    """Check every limit of a plan and add up what it is short of."""
    judged = Judged()
    for i, key in enumerate(model.keys):
        if not model.earliest[i] <= starts[i] <= model.latest[i]:
            judged.broken.append(f"{key.label} starts in month {starts[i]}, outside its window")
        weight = 1.0 if model.weights is None else float(model.weights[i])
        judged.moved += weight * abs(int(starts[i]) - int(model.planned[i]))
    for link in model.links:
        if starts[link.after] - starts[link.before] < link.months:
            labels = model.keys[link.after].label, model.keys[link.before].label
            judged.broken.append(f"{labels[0]} starts too early after {labels[1]}")
    judged.shortfall = sum(short_cells(model, starts).values())
    for budget in model.budgets:
        allowed = max(budget.amount, spent(model, budget, list(model.planned)))
        judged.overspend += max(spent(model, budget, starts) - allowed, 0)
    return judged


def short_cells(model: LevelModel, starts: Sequence[int]) -> dict[tuple[int, int], int]:
    """What each role is short of in each month. [thousandths of an FTE]"""
    needed: dict[tuple[int, int], int] = {}
    for start, demand in zip(starts, model.demand, strict=True):
        for k, r in enumerate(demand.roles):
            for m, people in enumerate(demand.people[k]):
                cell = int(r), int(start) + demand.begin + m
                needed[cell] = needed.get(cell, 0) + thousandths(people)
    short: dict[tuple[int, int], int] = {}
    for (r, t), people in needed.items():
        if 0 <= t < model.capacity.shape[1] and not math.isnan(model.capacity[r, t]):
            over = people - thousandths(model.capacity[r, t])
            if over > 0:
                short[r, t] = over
    return short


def thousandths(people: float) -> int:
    """People as they were meant: 0.1 is a tenth, exactly."""
    return round(float(people) * 1000)


def spent(model: LevelModel, budget: BudgetLine, starts: Sequence[int]) -> int:
    """What a budget has to pay, cell by cell. [cents]"""
    total = budget.constant
    for i, start in enumerate(starts):
        shift = int(start) - int(model.planned[i])
        for t, cents in enumerate(budget.cost[i]):
            if max(t + shift, 0) in budget.months:
                total += int(cents)
    return total


def all_plans(model: LevelModel) -> Iterator[tuple[int, ...]]:
    """Every choice of starts that keeps windows and links."""
    windows = [
        range(int(low), int(high) + 1)
        for low, high in zip(model.earliest, model.latest, strict=True)
    ]
    for starts in itertools.product(*windows):
        if all(starts[k.after] - starts[k.before] >= k.months for k in model.links):
            yield starts


def best_plan(model: LevelModel) -> Judged:
    """The best of all plans, tried one by one."""
    return min((judge(model, starts) for starts in all_plans(model)), key=lambda j: j.rank)


def random_model(seed: int, *, links: bool = True, budgets: bool = True) -> LevelModel:
    """A small plan: up to four projects that can move, to at most five starts each, and others."""
    rng = random.Random(seed)
    n_movable, n_fixed = rng.randint(1, 4), rng.randint(0, 3)
    n, n_roles, n_months = n_movable + n_fixed, rng.randint(1, 3), rng.randint(4, 10)
    ids = rng.sample(range(100), n)
    planned = [rng.randint(-1 if i >= n_movable else 0, n_months - 1) for i in range(n)]
    duration = [rng.randint(1, 5) for _ in range(n)]
    early = [rng.randint(0, 1) if i < n_movable else 0 for i in range(n)]
    late = [rng.randint(1, 4 - early[i]) if i < n_movable else 0 for i in range(n)]
    demand = []
    for i in range(n):
        roles = sorted(rng.sample(range(n_roles), rng.randint(0 if i else 1, n_roles)))
        people = [[rng.randint(0, 20) / 10 for _ in range(duration[i])] for _ in roles]
        begin = rng.choice((0, 0, 0, -1, 1))
        demand.append(
            RoleDemand(np.array(roles, np.int64), begin, np.array(people).reshape(len(roles), -1))
            if roles
            else RoleDemand.none()
        )
    capacity = np.array(
        [
            [math.nan if rng.random() < 0.08 else rng.randint(0, 25) / 10 for _ in range(n_months)]
            for _ in range(n_roles)
        ]
    )
    model = LevelModel(
        keys=tuple(ProjectKey(f"P{k:02d}") for k in ids),
        planned=np.array(planned, np.int64),
        earliest=np.array(planned, np.int64) - np.array(early, np.int64),
        latest=np.array(planned, np.int64) + np.array(late, np.int64),
        duration=np.array(duration, np.int64),
        demand=tuple(demand),
        capacity=capacity,
        links=tuple(_links(rng, planned, duration, n_movable)) if links else (),
        budgets=tuple(_budgets(rng, n, n_months)) if budgets else (),
        weights=np.array([rng.randint(1, 3) for _ in range(n)], np.float64)
        if rng.random() < 0.5
        else None,
    )
    if next(all_plans(model), None) is None:
        return random_model(seed + 1_000_003, links=links, budgets=budgets)
    return model


def _links(
    rng: random.Random, planned: list[int], duration: list[int], n_movable: int
) -> Iterator[StartLink]:
    for i, j in itertools.combinations(range(len(planned)), 2):
        if j < n_movable + 1 and rng.random() < 0.3:
            before, after = (i, j) if planned[i] <= planned[j] else (j, i)
            yield StartLink(before, after, duration[before] + rng.choice((0, 0, 1, -1)))


def _budgets(rng: random.Random, n: int, n_months: int) -> Iterator[BudgetLine]:
    for b in range(rng.randint(0, 2)):
        first = rng.choice((0, 0, n_months // 2))
        months = range(first, rng.randint(first + 1, n_months))
        cost = np.array(
            [[rng.choice((0, 0, 100, 250)) for _ in range(n_months)] for _ in range(n)], np.int64
        )
        within = int(cost[:, months.start : months.stop].sum())
        amount = within + rng.choice((-100, 0, 50, 200, 1000))
        yield BudgetLine(f"budget {b}", amount, months, cost, rng.choice((0, 0, 70)))
