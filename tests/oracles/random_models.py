"""Small portfolios at random, with every kind of limit and many exact ties, the same per seed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xlportfolio.records import ProjectKey
from xlportfolio.selection.model import (
    BudgetLimit,
    Fixed,
    LinkRule,
    SelectionModel,
    ShareLimit,
)

_SHARES = (0.0, 0.1, 0.125, 0.25, 0.3, 0.4, 0.5, 0.65, 0.9, 1.0)
_LINKS: tuple[Literal["Requires", "Excludes", "Together"], ...] = (
    "Requires",
    "Excludes",
    "Together",
)


def random_model(seed: int, *, most_rows: int = 12) -> SelectionModel:
    """A portfolio of up to 12 rows; values have at most two decimals."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0 if rng.random() < 0.02 else 1, most_rows + 1))
    keys, groups = _keys(rng, n)
    values = _values(rng, n)
    cost = _money(rng, n)
    current = rng.random(n) < 0.4
    exits = np.zeros(n, dtype=np.int64)
    if rng.random() < 0.3:
        exits = np.where(current & (rng.random(n) < 0.6), _money(rng, n) // 4, 0)
    return SelectionModel(
        keys=keys,
        values=values,
        has_value=values != 0,
        cost=cost,
        exit_cost=exits,
        current=current,
        budgets=_budgets(rng, cost, exits),
        shares=_shares(rng, n),
        fixed=_fixed(rng, n),
        alternatives=tuple(group for group in groups if len(group) > 1),
        links=_links(rng, groups),
        names=tuple(f"Project {key.label}" for key in keys),
    )


def reordered(model: SelectionModel, seed: int) -> tuple[SelectionModel, NDArray[np.intp]]:
    """The same portfolio with its rows in another order, and which row stands where now."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(model.keys))
    place = np.argsort(order)

    def moved(rows: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(int(place[i]) for i in rows)

    return SelectionModel(
        keys=tuple(model.keys[i] for i in order),
        values=model.values[order],
        has_value=model.has_value[order],
        cost=model.cost[order],
        exit_cost=model.exit_cost[order],
        current=model.current[order],
        budgets=tuple(
            BudgetLimit(b.name, b.period, b.kind, b.amount, b.cost[order], b.exit[order])
            for b in model.budgets
        ),
        shares=tuple(
            ShareLimit(s.category, s.least, s.most, s.is_member[order]) for s in model.shares
        ),
        fixed=tuple(Fixed(int(place[f.row]), f.is_in, f.why) for f in model.fixed),
        alternatives=tuple(moved(group) for group in model.alternatives),
        links=tuple(
            LinkRule(link.type, moved(link.from_rows), moved(link.to_rows), link.name)
            for link in model.links
        ),
        names=tuple(model.names[i] for i in order),
    ), order


def _keys(
    rng: np.random.Generator, n: int
) -> tuple[tuple[ProjectKey, ...], tuple[tuple[int, ...], ...]]:
    numbers = rng.permutation(90)[:n] + 10
    keys: list[ProjectKey] = []
    groups: list[tuple[int, ...]] = []
    has_options = rng.random() < 0.4
    while len(keys) < n:
        size = min(n - len(keys), int(rng.integers(1, 4)) if has_options else 1)
        project = f"P{numbers[len(keys)]}"
        groups.append(tuple(range(len(keys), len(keys) + size)))
        keys.extend(ProjectKey(project, "ABC"[k] if size > 1 else None) for k in range(size))
    return tuple(keys), tuple(groups)


def _values(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    kind = rng.integers(0, 5)
    if kind == 0:
        return np.ones(n)
    if kind == 1:
        return rng.integers(0, 5, n) / 1.0
    if kind == 2:
        return rng.integers(-20, 100, n) / 10
    if kind == 3:
        return rng.integers(0, 20, n) * 2.5
    values: NDArray[np.float64] = np.round(rng.lognormal(3.0, 1.5, n), 2)
    return values


def _money(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    kind = rng.integers(0, 5)
    if kind == 0:
        amounts = rng.integers(0, 4, n) * 10_000_000
    elif kind == 1:
        amounts = rng.integers(0, 1000, n) * 100_000
    elif kind == 2:
        amounts = rng.integers(1, 100_000_000, n)
    elif kind == 3:
        amounts = rng.integers(1, 20, n)
    else:
        amounts = rng.integers(10_000_000_000, 100_000_000_000, n)
    return np.where(rng.random(n) < 0.1, 0, amounts).astype(np.int64)


def _budgets(
    rng: np.random.Generator, cost: NDArray[np.int64], exits: NDArray[np.int64]
) -> tuple[BudgetLimit, ...]:
    budgets = []
    left, left_exit = cost.copy(), exits.copy()
    for k in range(int(rng.integers(0, 4))):
        taken = left if rng.random() < 0.3 else (left * rng.random(cost.size)).astype(np.int64)
        out = left_exit if rng.random() < 0.5 else left_exit // 2
        left, left_exit = left - taken, left_exit - out
        wanted = rng.random(cost.size) < rng.uniform(0.3, 0.8)
        amount = int(np.where(wanted, taken, out).sum())
        kind = rng.random()
        if kind < 0.15:
            amount -= 1
        elif kind < 0.2:
            amount = 0
        elif kind < 0.23:
            amount = -100
        elif kind < 0.4:
            amount = int(amount * rng.uniform(0.5, 1.2))
        budgets.append(BudgetLimit(f"budget {k + 1}", None, None, amount, taken, out))
    return tuple(budgets)


def _shares(rng: np.random.Generator, n: int) -> tuple[ShareLimit, ...]:
    shares = []
    for k in range(int(rng.integers(1, 3)) if rng.random() < 0.3 else 0):
        least, most = sorted(float(s) for s in rng.choice(_SHARES, 2))
        kind = rng.integers(0, 3)
        shares.append(
            ShareLimit(
                f"Category {k + 1}",
                None if kind == 0 else least,
                None if kind == 1 else most,
                rng.random(n) < 0.5,
            )
        )
    return tuple(shares)


def _fixed(rng: np.random.Generator, n: int) -> tuple[Fixed, ...]:
    if n == 0 or rng.random() < 0.4:
        return ()
    rows = rng.permutation(n)[: n if rng.random() < 0.05 else int(rng.integers(0, max(2, n // 2)))]
    fixed = []
    for row in rows:
        is_in = bool(rng.random() < 0.6)
        choices: Any = ("mandate", "in flight") if is_in else ("mandate", "no cost")
        fixed.append(Fixed(int(row), is_in, choices[int(rng.integers(0, 2))]))
    return tuple(fixed)


def _links(rng: np.random.Generator, groups: tuple[tuple[int, ...], ...]) -> tuple[LinkRule, ...]:
    if not groups or rng.random() < 0.4:
        return ()
    links = []
    for k in range(int(rng.integers(1, 5))):
        start = groups[int(rng.integers(0, len(groups)))]
        end = groups[int(rng.integers(0, len(groups)))] if rng.random() < 0.95 else ()
        links.append(LinkRule(_LINKS[int(rng.integers(0, 3))], start, end, f"link {k + 1}"))
    return tuple(links)
