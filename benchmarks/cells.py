"""How long a cell waits: `python -m benchmarks.cells`.

The registry in a fresh process, one call through classic xlwings (everything but COM: pywin32 is
stubbed) on a range of ratings, every function on the cells of its first example, and LibreOffice:
calls by plain names and in `recalculate`. Each figure stands beside its target, where it has one,
and beside a peer measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.cells_in_calc import in_calc
from benchmarks.figure import NO_TARGET, Figure, show

_CHECKOUT = Path(__file__).resolve().parents[1]
_HEAVY = ("pandas", "scipy", "numpy", "lxml", "pydantic", "xlwings")

_REGISTRY = f"""
import sys, time
began = time.perf_counter()
from xlportfolio.cells import Registry
functions = len(Registry.load())
seconds = time.perf_counter() - began
print(seconds, functions, *(name for name in {_HEAVY!r} if name in sys.modules))
"""
_PEER = """
import time
began = time.perf_counter()
import pandas, scipy.optimize
print(time.perf_counter() - began, 0)
"""


def registry(options: argparse.Namespace) -> list[Figure]:
    """Find all functions in a fresh process; the peer is what it must not import."""
    ours, theirs, told = [], [], []
    for _ in range(options.runs):
        seconds, *told = _python(_REGISTRY)
        ours.append(float(seconds))
        theirs.append(float(_python(_PEER)[0]))
    heavy = told[1:]
    return [
        Figure(
            section="registry",
            name=f"import and load, {told[0]} functions",
            value=statistics.median(ours),
            unit="s",
            target=0.2,
            peer="import pandas, scipy.optimize",
            peer_value=statistics.median(theirs),
            remark=f"imports {', '.join(heavy)}" if heavy else "imports no heavy package",
        )
    ]


def classic(options: argparse.Namespace) -> list[Figure]:
    """Call through classic xlwings, in a process of its own: xlwings takes it for Windows there."""
    command = [sys.executable, "-m", "benchmarks.cells", "--classic", str(options.seed)]
    command += ["--calls", str(options.calls)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=_CHECKOUT)
    return [Figure(**figure) for figure in json.loads(done.stdout)]


SECTIONS: tuple[Callable[[argparse.Namespace], list[Figure]], ...] = (registry, classic, in_calc)
"""What is measured, in order; each takes the options of the command line."""


def classic_figures(seed: int, calls: int) -> list[Figure]:
    """The figures of the section on classic xlwings; only in a process of its own.

    Parameters
    ----------
    seed
        Of the ratings.
    calls
        How often each thing is done.
    """
    import numpy as np

    from tests.hosts.excel_pipeline import MODULE, as_excel_hands_over
    from tests.hosts.stubbed_pywin32 import server
    from xlportfolio.cells import Registry
    from xlportfolio.scoring.additive import normalise_ratings, sum_contributions, weigh_ratings

    python = server()
    rng = random.Random(seed)
    rows = [[round(rng.uniform(0, 10), 2) for _ in range(10)] for _ in range(1_000)]
    handed = as_excel_hands_over(rows)
    ratings, weights, nowhere = np.array(rows), np.ones(10), np.full(10, np.nan)

    def core(given: Any) -> Any:
        normalised = normalise_ratings(given, ["max"] * 10, nowhere, nowhere)
        return sum_contributions(weigh_ratings(normalised, weights))

    peer = _bare_udf(core)
    scores = python.CallUDF(MODULE, "PF_SCORE", (handed,))
    if not np.allclose(scores, python.CallUDF(peer, "scored", (handed,)), rtol=0, atol=1e-12):
        raise SystemExit("classic xlwings and the core give different scores: nothing was compared")
    core_ms, call_ms, bare_ms = _medians(
        calls,
        lambda: core(ratings),
        lambda: python.CallUDF(MODULE, "PF_SCORE", (handed,)),
        lambda: python.CallUDF(peer, "scored", (handed,)),
    )
    found = [
        Figure(
            section="classic",
            name="PF_SCORE on 1,000 x 10",
            value=call_ms,
            unit="ms",
            target=3 * core_ms + 5,
            peer="a bare UDF on a numpy array",
            peer_value=bare_ms,
            remark=f"3 x core ({core_ms:.2f} ms) + 5 ms",
        )
    ]
    for function in Registry.load():
        example = next(one for one in function.examples if not one.error)
        given = [as_excel_hands_over(example.arguments.get(one.name)) for one in function.arguments]
        plain, called = _medians(
            calls,
            lambda f=function, e=example: f.function(**e.arguments),
            lambda f=function, g=given: python.CallUDF(MODULE, f.name, tuple(g)),
        )
        name = f"{function.name}, its first example"
        found.append(Figure("classic", name, called, "ms", NO_TARGET, "as plain Python", plain))
    return found


def _bare_udf(core: Callable[[Any], Any]) -> str:
    """A UDF as it is written by hand around the same calculation; the name of its module."""
    import types

    import numpy as np
    import xlwings

    def scored(ratings: Any) -> Any:
        return core(ratings)[:, None]

    scored.__annotations__ = {}
    module = types.ModuleType("bare_udf")
    module.__file__ = "bare_udf.py"
    vars(module)["scored"] = xlwings.arg("ratings", np.array, ndim=2)(xlwings.func(scored))
    sys.modules[module.__name__] = module
    return module.__name__


def _medians(runs: int, *things: Callable[[], Any]) -> list[float]:
    """Median time of each thing, done in turns, after once to warm up. [ms]"""
    taken: list[list[float]] = [[] for _ in things]
    for thing in things:
        thing()
    for _ in range(runs):
        for k, thing in enumerate(things):
            began = time.perf_counter()
            thing()
            taken[k].append(time.perf_counter() - began)
    return [1e3 * statistics.median(one) for one in taken]


def _python(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.split()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cells", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each process (5)")
    parser.add_argument("--calls", type=int, default=41, help="of each function (41)")
    parser.add_argument("--office-runs", type=int, default=3, help="of each LibreOffice (3)")
    parser.add_argument(
        "--only", choices=[section.__name__ for section in SECTIONS], help="one section"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--classic", type=int, metavar="SEED", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.classic is not None:
        print(json.dumps([asdict(one) for one in classic_figures(options.classic, options.calls)]))
        return
    chosen = [one for one in SECTIONS if options.only in (None, one.__name__)]
    figures = [figure for section in chosen for figure in section(options)]
    show(figures)
    if hasattr(os, "getloadavg"):  # figures of a busy machine are no figures
        print(f"  load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if options.json:
        out = [{**asdict(one), "verdict": one.verdict} for one in figures]
        text = json.dumps(out, indent=1).replace("NaN", "null")
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
