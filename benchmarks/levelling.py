"""How well and how fast starts are levelled: `python -m benchmarks.levelling`.

The instances of ../shared/data/portfolio_levelling (or $XLPORTFOLIO_SHARED/data/...), written by
the generator beside them: n projects x 60 months x 20 roles, objective 20 x overload in tenths of
an FTE month + weighted months moved. Its own figures, for 500 projects (prototype, same objective):
2,429 after 10 s; no start can do better than 1,213.

Peers in the same run: the plan as it is; a greedy pass that gives each project, largest first, the
start that overloads least; and a random plan inside the windows. Seconds are of one processor.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xlportfolio.levelling.anneal import level_starts
from xlportfolio.levelling.model import IntArray, LevelModel, RoleDemand, StartLink
from xlportfolio.records import ProjectKey

_CHECKOUT = Path(__file__).resolve().parent.parent
_TENTHS = 10.0
"""The instances count in tenths of an FTE."""

_OVERLOAD = 20
"""What a tenth of an FTE month too much counts, against a weighted month moved."""


def instances() -> list[Path]:
    """The instance files, smallest first."""
    shared = os.environ.get("XLPORTFOLIO_SHARED")
    folder = Path(shared) if shared else _CHECKOUT.parent / "shared"
    return sorted((folder / "data" / "portfolio_levelling").glob("lev_*.json"), key=_size)


def _size(path: Path) -> int:
    return path.stat().st_size


def model_of(instance: dict[str, Any]) -> LevelModel:
    """An instance as a model, in FTE."""
    projects = instance["projects"]
    return LevelModel(
        keys=tuple(ProjectKey(f"P{i:05d}") for i in range(len(projects))),
        planned=_column(projects, "start"),
        earliest=_column(projects, "lo"),
        latest=_column(projects, "hi"),
        duration=_column(projects, "d"),
        demand=tuple(
            RoleDemand(
                np.array(project["roles"], dtype=np.int64),
                0,
                np.array(project["profile"], dtype=np.float64) / _TENTHS,
            )
            for project in projects
        ),
        capacity=np.array(instance["cap"], dtype=np.float64) / _TENTHS,
        links=tuple(StartLink(i, j, projects[i]["d"]) for i, j in instance["links"]),
        weights=_column(projects, "wt").astype(np.float64),
    )


def _column(projects: list[dict[str, Any]], name: str) -> IntArray:
    return np.array([project[name] for project in projects], dtype=np.int64)


def price(instance: dict[str, Any], starts: Sequence[int]) -> dict[str, int]:
    """What starts cost by the instance's own objective; every window and link is checked."""
    projects, capacity = instance["projects"], np.array(instance["cap"])
    load = np.zeros_like(capacity)
    for project, start in zip(projects, starts, strict=True):
        if not project["lo"] <= start <= project["hi"]:
            raise ValueError(f"start {start} outside its window")
        load[project["roles"], start : start + project["d"]] += np.array(project["profile"])
    for i, j in instance["links"]:
        if starts[j] < starts[i] + projects[i]["d"]:
            raise ValueError(f"{j} starts before {i} finishes")
    overload = int(np.maximum(load - capacity, 0).sum())
    moves = sum(
        int(project["wt"]) * abs(int(start) - int(project["start"]))
        for project, start in zip(projects, starts, strict=True)
    )
    moved = sum(start != project["start"] for project, start in zip(projects, starts, strict=True))
    total = _OVERLOAD * overload + moves
    return {"total": total, "overload": overload, "moves": moves, "projects_moved": moved}


def _window(instance: dict[str, Any], starts: list[int], i: int) -> range:
    projects = instance["projects"]
    low, high = projects[i]["lo"], projects[i]["hi"]
    for a, b in instance["links"]:
        if b == i:
            low = max(low, starts[a] + projects[a]["d"])
        if a == i:
            high = min(high, starts[b] - projects[i]["d"])
    return range(low, high + 1)


def greedy(instance: dict[str, Any]) -> list[int]:
    """Each project once, largest first, to the start with the least overload, nearest first."""
    projects, capacity = instance["projects"], np.array(instance["cap"])
    starts = [int(project["start"]) for project in projects]
    load = np.zeros_like(capacity)
    profiles = [np.array(project["profile"]) for project in projects]
    for project, profile, start in zip(projects, profiles, starts, strict=True):
        load[project["roles"], start : start + project["d"]] += profile
    for i in sorted(range(len(projects)), key=lambda i: (-int(profiles[i].sum()), i)):
        project, profile = projects[i], profiles[i]
        roles, d = project["roles"], project["d"]
        load[roles, starts[i] : starts[i] + d] -= profile
        starts[i] = min(
            _window(instance, starts, i),
            key=lambda s: (
                int(
                    np.maximum(
                        load[roles, s : s + d] + profile - capacity[roles, s : s + d], 0
                    ).sum()
                )
                - int(np.maximum(load[roles, s : s + d] - capacity[roles, s : s + d], 0).sum()),
                abs(s - project["start"]),
            ),
        )
        load[roles, starts[i] : starts[i] + d] += profile
    return starts


def random_plan(instance: dict[str, Any], seed: int) -> list[int]:
    """Each project once, in random order, to any start its window and links allow."""
    random = np.random.default_rng(seed)
    starts = [int(project["start"]) for project in instance["projects"]]
    for i in random.permutation(len(starts)).tolist():
        window = _window(instance, starts, i)
        starts[i] = int(random.integers(window.start, window.stop))
    return starts


def measure(path: Path, seed: int, effort: int | None) -> dict[str, Any]:
    """Every method on one instance."""
    instance = json.loads(path.read_text(encoding="utf-8"))
    model = model_of(instance)
    figures: dict[str, Any] = {}

    def run(name: str, method: Callable[[], Sequence[int]], **more: Any) -> None:
        begun = time.process_time()
        starts = method()
        seconds = round(time.process_time() - begun, 2)
        figures[name] = {**price(instance, starts), "cpu_seconds": seconds, **more}

    def levelled() -> Sequence[int]:
        answer = level_starts(model, seed=seed, effort=effort)
        found.update(
            status=answer.status,
            n_visits=answer.n_visits,
            bound=round(answer.bound * _TENTHS * _OVERLOAD),
        )
        return [int(start) for start in answer.starts]

    found: dict[str, Any] = {}
    run("as planned", lambda: [project["start"] for project in instance["projects"]])
    run("random", lambda: random_plan(instance, seed))
    run("greedy", lambda: greedy(instance))
    run("xlportfolio", levelled)
    figures["xlportfolio"].update(found)
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levelling", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the search; default 1")
    parser.add_argument("--effort", type=int, help="project visits; default as in the product")
    parser.add_argument("--only", metavar="TEXT", default="", help="instances whose name has it")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_args(arguments)
    paths = [path for path in instances() if options.only in path.name]
    if not paths:
        print(
            "Nothing was measured: there is no such instance in "
            "../shared/data/portfolio_levelling. Put the shared folder beside the checkout, or set "
            "XLPORTFOLIO_SHARED to it."
        )
    results = {}
    for path in paths:
        results[path.stem] = measure(path, options.seed, options.effort)
        print(path.stem)
        for name, figures in results[path.stem].items():
            print(
                f"  {name:<12} total {figures['total']:>8,}  overload {figures['overload']:>7,}  "
                f"moves {figures['moves']:>6,} ({figures['projects_moved']:,} projects)  "
                f"{figures['cpu_seconds']:.2f} s"
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
