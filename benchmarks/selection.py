"""How good and how fast a portfolio is chosen: `python -m benchmarks.selection`.

Knapsacks with several budgets (Chu & Beasley 1998, J. Heuristics 4, 63-86) stand in
../shared/data/mkp (or $XLPORTFOLIO_SHARED/data/mkp) with the best values known; portfolios of up
to 2,000 projects over years and months are made up from a seed. The peer is what an analyst does
by hand: down the list by value per share of the budgets taken, while the money lasts.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.oracles.portfolios import broken_limits
from xlportfolio.records import ProjectKey
from xlportfolio.selection.model import BudgetLimit, SelectionModel
from xlportfolio.selection.solve import DEFAULT_EFFORT, solve_selection

_SHARED = Path(os.environ.get("XLPORTFOLIO_SHARED", Path(__file__).parents[2] / "shared"))


@dataclass(frozen=True)
class Result:
    """One portfolio; shares of the best value known are NaN where none is. Seconds are of CPU."""

    name: str
    rows: int
    limits: int
    status: str
    gap: float
    is_unique: bool
    of_best: float
    greedy_of_ours: float
    nodes: int
    cpu_seconds: float
    seconds: float
    broken: int


def _model(
    values: NDArray[np.float64], taken: NDArray[np.int64], amounts: NDArray[np.int64]
) -> SelectionModel:
    n = values.size
    zero = np.zeros(n, dtype=np.int64)
    return SelectionModel(
        keys=tuple(ProjectKey(f"P{k:04d}") for k in range(n)),
        values=values,
        has_value=np.ones(n, dtype=bool),
        cost=taken.sum(axis=0),
        exit_cost=zero,
        current=np.zeros(n, dtype=bool),
        budgets=tuple(
            BudgetLimit(f"budget {k + 1}", None, None, int(amount), used, zero)
            for k, (used, amount) in enumerate(zip(taken, amounts, strict=True))
        ),
    )


def knapsacks(per_file: int) -> Iterator[tuple[str, SelectionModel, float]]:
    """The published knapsacks with the best value known."""
    for path in sorted((_SHARED / "data" / "mkp").glob("*.json")):
        for entry in json.loads(path.read_text("utf-8"))[:per_file]:
            taken = np.array(entry["weight"], dtype=np.int64).reshape(entry["m"], entry["n"])
            model = _model(
                np.array(entry["value"], dtype=np.float64),
                taken * 100,
                np.array(entry["capacity"], dtype=np.int64) * 100,
            )
            yield f"mkp {entry['name']}", model, float(entry["best_known"])


def made_up(n: int, n_periods: int, seed: int) -> SelectionModel:
    """A portfolio over periods: log-normal costs in whole thousands, 45 % of the money there."""
    rng = np.random.default_rng(seed)
    cost = np.exp(rng.normal(13, 1.2, n)).astype(np.int64) // 1000 * 100_000
    kind = seed % 3
    if kind == 0:
        values = np.round(cost / 1e7 * rng.lognormal(0, 0.4, n), 2)
    elif kind == 1:
        values = np.round(rng.uniform(20, 95, n), 1)
    else:
        values = rng.uniform(0.2, 0.95, n)
    start = rng.integers(0, n_periods, n)
    length = rng.integers(max(1, n_periods // 20), max(2, n_periods // 3), n)
    taken = np.zeros((n_periods, n), dtype=np.int64)
    for k in range(n):
        periods = range(start[k], min(n_periods, start[k] + length[k]))
        each, rest = divmod(int(cost[k]), len(periods))
        for place, period in enumerate(periods):
            taken[period, k] = each + (place < rest)
    amounts = (taken.sum(axis=1) * 0.45).astype(np.int64) // 100_000 * 100_000
    return _model(values, taken, amounts)


def greedy_value(model: SelectionModel) -> float:
    """The value of going down the list by value per share of the budgets, while it fits."""
    taken = np.array([b.cost for b in model.budgets])
    left = np.array([b.amount for b in model.budgets])
    density = model.values / np.maximum((taken / np.maximum(left, 1)[:, None]).sum(axis=0), 1e-12)
    value = 0.0
    for k in np.argsort(-density, kind="stable"):
        if np.all(taken[:, k] <= left):
            left = left - taken[:, k]
            value += float(model.values[k])
    return value


def measure(name: str, model: SelectionModel, effort: int, best: float = np.nan) -> Result:
    """Solve one portfolio and check it."""
    cpu, wall = time.process_time(), time.perf_counter()
    solved = solve_selection(model, effort=effort)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    is_there = solved.chosen is not None
    return Result(
        name,
        len(model.keys),
        len(model.budgets),
        solved.status,
        np.nan if solved.gap is None else solved.gap,
        solved.is_unique,
        solved.value / best,
        greedy_value(model) / solved.value if is_there else np.nan,
        solved.nodes,
        round(cpu, 2),
        round(wall, 2),
        len(broken_limits(model, solved.chosen)) if solved.chosen is not None else 0,
    )


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=DEFAULT_EFFORT)
    parser.add_argument("--seeds", type=int, default=3, help="made-up portfolios of each size")
    parser.add_argument("--knapsacks", type=int, default=1, help="of each of the nine files")
    parser.add_argument("--json", type=Path, metavar="OUT")
    arguments = parser.parse_args()
    cases: list[tuple[str, SelectionModel, float]] = [
        (f"{n} x {periods}, seed {seed}", made_up(n, periods, seed), np.nan)
        for n, periods in ((30, 3), (200, 5), (2000, 5), (2000, 10), (2000, 60))
        for seed in range(1, arguments.seeds + 1)
    ]
    cases.extend(knapsacks(arguments.knapsacks))
    results = []
    print(
        f"{'portfolio':<22}{'status':<10}{'gap %':>8}{'unique':>8}{'of best %':>11}"
        f"{'greedy %':>10}{'nodes':>8}{'CPU s':>8}{'s':>8}{'broken':>8}"
    )
    for name, model, best in cases:
        result = measure(name, model, arguments.effort, best)
        results.append(result)
        print(
            f"{name:<22}{result.status:<10}{100 * result.gap:>8.4f}{result.is_unique!s:>8}"
            f"{100 * result.of_best:>11.4f}{100 * result.greedy_of_ours:>10.2f}{result.nodes:>8}"
            f"{result.cpu_seconds:>8.2f}{result.seconds:>8.2f}{result.broken:>8}",
            flush=True,
        )
    if arguments.json:
        text = json.dumps([asdict(result) for result in results], indent=1)
        arguments.json.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
