"""What a portfolio must be, told without the solver: all subsets tried, and every limit checked.

`python -m tests.oracles.portfolios --models 20000 --seed 1` compares the solver with all subsets.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tests.oracles.random_models import random_model
from xlportfolio.selection.model import SelectionModel
from xlportfolio.selection.solve import solve_selection

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Best:
    """The best of all subsets: its value in hundredths, what it costs and how much it changes."""

    chosen: tuple[bool, ...]
    hundredths: int
    cost: int
    change: int


@lru_cache(maxsize=16)
def _subsets(n: int) -> Flags:
    """Every subset of n rows, shape (2^n, n); the one with the first rows comes first."""
    numbers = np.arange(2**n - 1, -1, -1)
    bits: Flags = (numbers[:, None] >> np.arange(n - 1, -1, -1)[None, :]) & 1 == 1
    return bits


def feasible_subsets(model: SelectionModel) -> tuple[Flags, Flags]:
    """Every subset and whether it holds every limit, shapes (2^n, n) and (2^n,)."""
    subsets = _subsets(len(model.keys))
    holds = np.ones(len(subsets), dtype=bool)
    for fixed in model.fixed:
        holds &= subsets[:, fixed.row] == fixed.is_in
    for group in model.alternatives:
        holds &= subsets[:, list(group)].sum(axis=1) <= 1
    for link in model.links:
        start = subsets[:, list(link.from_rows)].any(axis=1)
        end = subsets[:, list(link.to_rows)].any(axis=1)
        if link.type == "Requires":
            holds &= ~start | end
        elif link.type == "Excludes":
            holds &= ~(start & end)
        else:
            holds &= start == end
    chosen = subsets.astype(np.int64)
    for budget in model.budgets:
        holds &= chosen @ budget.cost + (1 - chosen) @ budget.exit <= budget.amount
    for share in model.shares:
        whole = chosen @ model.cost
        part = chosen @ np.where(share.is_member, model.cost, 0)
        if share.least is not None:
            least = Fraction(str(share.least))
            holds &= part * least.denominator >= whole * least.numerator
        if share.most is not None:
            most = Fraction(str(share.most))
            holds &= part * most.denominator <= whole * most.numerator
    return subsets, holds


def best_subset(model: SelectionModel) -> Best | None:
    """The best portfolio among all subsets; None where none holds every limit.

    Values have at most two decimals. In the order of project ID and option: the most value, the
    least cost, the least change, the first rows.
    """
    by_key = sorted(range(len(model.keys)), key=lambda i: tuple(map(str, model.keys[i])))
    subsets, holds = feasible_subsets(model)
    if not holds.any():
        return None
    kept = subsets[holds]
    chosen = kept.astype(np.int64)
    hundredths = chosen @ np.rint(model.values * 100).astype(np.int64)
    cost = chosen @ model.cost + (1 - chosen) @ model.exit_cost
    change = (kept != model.current).sum(axis=1)
    ranks = [~kept[:, i] for i in reversed(by_key)]
    first = np.lexsort((*ranks, change, cost, -hundredths))[0]
    return Best(
        tuple(bool(x) for x in kept[first]),
        int(hundredths[first]),
        int(cost[first]),
        int(change[first]),
    )


def broken_limits(model: SelectionModel, chosen: Flags) -> list[str]:
    """Every limit that a portfolio breaks, counted row by row; empty for none.

    Unlike `feasible_subsets` it goes through one portfolio in plain whole numbers, for any number
    of rows.
    """
    broken = []
    rows = range(len(model.keys))
    is_in = [bool(chosen[i]) for i in rows]
    for budget in model.budgets:
        used = sum(int(budget.cost[i]) if is_in[i] else int(budget.exit[i]) for i in rows)
        if used > budget.amount:
            broken.append(f"{budget.name}: {used} of {budget.amount} cents")
    whole = sum(int(model.cost[i]) for i in rows if is_in[i])
    for share in model.shares:
        part = sum(int(model.cost[i]) for i in rows if is_in[i] and share.is_member[i])
        if share.least is not None and part < Fraction(str(share.least)) * whole:
            broken.append(f"{share.category}: {part} of {whole} is less than {share.least}")
        if share.most is not None and part > Fraction(str(share.most)) * whole:
            broken.append(f"{share.category}: {part} of {whole} is more than {share.most}")
    broken.extend(
        f"{model.keys[fixed.row].label} is decided otherwise"
        for fixed in model.fixed
        if is_in[fixed.row] != fixed.is_in
    )
    broken.extend(
        f"more than one option of {model.keys[group[0]].project_id}"
        for group in model.alternatives
        if sum(is_in[i] for i in group) > 1
    )
    for link in model.links:
        start = any(is_in[i] for i in link.from_rows)
        end = any(is_in[i] for i in link.to_rows)
        if (
            (link.type == "Requires" and start and not end)
            or (link.type == "Excludes" and start and end)
            or (link.type == "Together" and start != end)
        ):
            broken.append(link.name)
    return broken


def difference(model: SelectionModel) -> str:
    """How the solver's answer differs from all subsets; "" where it does not."""
    best = best_subset(model)
    solved = solve_selection(model)
    if best is None or solved.chosen is None:
        if best is None and solved.status == "infeasible":
            return ""
        return f"solver {solved.status}, all subsets {best}"
    if solved.status != "optimal" or not solved.is_unique or solved.gap != 0.0:
        return f"solver says {solved.status}, unique {solved.is_unique}, gap {solved.gap}"
    broken = broken_limits(model, solved.chosen)
    if broken:
        return f"broken: {broken}"
    if round(solved.value * 100) != best.hundredths:
        return f"value {solved.value}, all subsets {best.hundredths / 100}"
    if tuple(bool(x) for x in solved.chosen) != best.chosen:
        return f"chosen {solved.chosen.tolist()}, all subsets {best}"
    return ""


def main() -> int:
    """Compare on random models and say where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    n_wrong = 0
    for seed in range(arguments.seed, arguments.seed + arguments.models):
        wrong = difference(random_model(seed))
        if wrong:
            n_wrong += 1
            print(f"seed {seed}: {wrong}")  # noqa: T201
    seconds = time.perf_counter() - started
    print(f"{arguments.models} models, {n_wrong} differ, {seconds:.0f} s")  # noqa: T201
    return 1 if n_wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
