"""Small random choices with every kind of limit, and a slow, exact check of a portfolio."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random

import numpy as np

from xlportfolio.periods import Period
from xlportfolio.records import ProjectKey
from xlportfolio.selection.model import (
    BudgetLimit,
    Fixed,
    LinkRule,
    SelectionModel,
    ShareLimit,
)


def random_model(seed: int, n_rows: int = 10) -> SelectionModel:
    """A choice of up to `n_rows` rows; every kind of limit turns up in some of them."""
    random = Random(seed)
    n = random.randint(4, n_rows)
    keys: list[ProjectKey] = []
    alternatives: list[tuple[int, ...]] = []
    while len(keys) < n:
        name = f"P{len(keys):02d}"
        options = random.choice((1, 1, 1, 1, 2, 3))
        if options == 1 or len(keys) + options > n:
            keys.append(ProjectKey(name))
        else:
            alternatives.append(tuple(range(len(keys), len(keys) + options)))
            keys += [ProjectKey(name, "ABC"[k]) for k in range(options)]
    cost = np.array([random.choice((0, 3, 7, 10, 20, 40)) * 100_000_00 for _ in keys])
    values = np.array([random.choice((0.0, -0.1, 0.2, 0.3, 0.37, 0.5, 0.74, 0.9)) for _ in keys])
    in_flight = np.array([random.random() < 0.25 for _ in keys])
    exit_cost = np.where(
        in_flight, np.array([random.choice((0, 1, 5)) * 100_000_00 for _ in keys]), 0
    )
    fixed = []
    for row in range(n):
        if in_flight[row] and random.random() < 0.5:
            fixed.append(Fixed(row, True, "in flight", "38% complete"))
        elif random.random() < 0.1:
            is_in = random.random() < 0.4
            fixed.append(Fixed(row, is_in, "mandate", random.choice(("", "Safety case."))))
        elif random.random() < 0.05:
            fixed.append(Fixed(row, False, random.choice(("no cost", "no value"))))
    for fixed_row in fixed:
        if fixed_row.is_in:
            exit_cost[fixed_row.row] = 0
    budgets = []
    for k in range(random.choice((0, 1, 1, 2, 3))):
        part = np.array([random.choice((0, 1, 2, 4)) for _ in keys])
        budgets.append(
            BudgetLimit(
                name=f"budget {2026 + k}/{27 + k}",
                period=Period("year", 2027 + k, fiscal=True),
                kind=None,
                amount=int(cost.sum() * random.choice((0.05, 0.2, 0.3, 0.5))),
                cost=cost * part // 4,
                exit=exit_cost if k == 0 else exit_cost * 0,
            )
        )
    shares = []
    if random.random() < 0.4:
        limits: list[tuple[float | None, float | None]] = [
            (None, 0.4),
            (0.3, None),
            (0.1, 0.5),
            (None, 0.0),
        ]
        least, most = random.choice(limits)
        member = np.array([random.random() < 0.5 for _ in keys])
        shares.append(ShareLimit("Digital", least, most, member))
    rows_of: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(key.project_id, []).append(row)
    links = []
    for _ in range(random.choice((0, 0, 1, 2, 3))):
        one, other = random.sample(sorted(rows_of), 2) if len(rows_of) > 1 else ("", "")
        if one:
            type_ = random.choice(("Requires", "Requires", "Excludes", "Together"))
            name = f"{one} {type_.lower()} {other}"
            links.append(LinkRule(type_, tuple(rows_of[one]), tuple(rows_of[other]), name))
    return SelectionModel(
        keys=tuple(keys),
        values=values,
        has_value=np.ones(n, dtype=np.bool_),
        cost=cost,
        exit_cost=exit_cost,
        current=in_flight,
        budgets=tuple(budgets),
        shares=tuple(shares),
        fixed=tuple(fixed),
        alternatives=tuple(alternatives),
        links=tuple(links),
        names=tuple(f"Name of {key.label} ({key.label})" for key in keys),
    )


def use_of(budget: BudgetLimit, chosen: Iterable[int]) -> int:
    """What a portfolio takes of a budget. [cents]"""
    rows = set(chosen)
    return sum(
        int(budget.cost[r]) if r in rows else int(budget.exit[r]) for r in range(len(budget.cost))
    )


def breaches(model: SelectionModel, chosen: Iterable[int]) -> list[str]:
    """Every limit and rule that a portfolio breaks, in whole numbers, row by row."""
    rows = set(chosen)
    found = [b.name for b in model.budgets if use_of(b, rows) > b.amount]
    total = sum(int(model.cost[r]) for r in rows)
    for share in model.shares:
        part = sum(int(model.cost[r]) for r in rows if share.is_member[r])
        if share.most is not None and part > total * Fraction(str(share.most)):
            found.append(f"{share.category} most")
        if share.least is not None and part < total * Fraction(str(share.least)):
            found.append(f"{share.category} least")
    found += [f"fixed {f.row}" for f in model.fixed if (f.row in rows) != f.is_in]
    found += [f"options {a}" for a in model.alternatives if len(rows & set(a)) > 1]
    for link in model.links:
        start, end = bool(rows & set(link.from_rows)), bool(rows & set(link.to_rows))
        is_broken = {
            "Requires": start and not end,
            "Excludes": start and end,
            "Together": start != end,
        }[link.type]
        if is_broken:
            found.append(link.name)
    return found
