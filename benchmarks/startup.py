"""How long a person waits: `--help`, imports, `map` and `check`: `python -m benchmarks.startup`."""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

_HEADERS = (
    "Project ID", "Project name", "Programme", "Category", "Department", "Sponsor",
    "Project manager", "Stage", "Status", "RAG", "Priority", "Start date", "Finish date",
    "Total cost (GBP k)", "Approved budget (GBP k)", "Spent to date (GBP k)",
    "Forecast cost (GBP k)", "Benefit (GBP k)", "NPV (GBP k)", "BCR", "Risk", "Score",
    "% complete", "Mandatory", "Comments",
)  # fmt: skip
_IMPORT = re.compile(r"import time:\s*\d+ \|\s*(\d+) \| ( *)(\S+)")


def build(path: Path, n_projects: int, seed: int) -> None:
    """Write a register of projects: text dates among true ones, blanks, a few defects."""
    rng = random.Random(seed)
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet = book.add_worksheet("Register")
        sheet.write_row(0, 0, ["Project register, all figures GBP k"])
        sheet.write_row(2, 0, _HEADERS)
        for i in range(n_projects):
            for k, value in enumerate(_project(i, rng)):
                if k >= 2 and rng.random() < 0.08:
                    continue
                if isinstance(value, date):
                    if rng.random() < 0.2:
                        sheet.write_string(i + 3, k, f"{value:%d/%m/%Y}")
                    else:
                        sheet.write_datetime(i + 3, k, value, day)
                else:
                    sheet.write(i + 3, k, value)


def _project(i: int, rng: random.Random) -> list[object]:
    start = date(2025, 1, 1) + timedelta(days=rng.randrange(900))
    finish = start + timedelta(days=rng.randrange(60, 900))
    cost = round(rng.lognormvariate(6, 1))
    people = ("A. Khan", "B. Osei", "C. Lund", "D. Ferrari", "E. Novak", "F. Walsh")
    return [
        f"P{i + 1:05d}",
        f"{rng.choice(('Upgrade', 'Renew', 'Replace', 'Extend'))} asset {i + 1}",
        f"Programme {rng.randrange(12) + 1}",
        rng.choice(("Growth", "Compliance", "Efficiency", "Maintenance")),
        rng.choice(("Operations", "Finance", "IT", "Estates")),
        rng.choice(people),
        rng.choice(people),
        rng.choice(("Gate 0", "Gate 1", "Gate 2", "Gate 3")),
        rng.choice(("Proposed", "Approved", "Active", "On hold", "Closed")),
        rng.choice(("Red", "Amber", "Green")),
        rng.randrange(1, 6),
        start,
        finish,
        cost,
        round(cost * rng.uniform(0.8, 1.1)),
        "tbc" if rng.random() < 0.01 else round(cost * rng.random()),
        round(cost * rng.uniform(0.9, 1.3)),
        round(cost * rng.uniform(0.5, 3)),
        round(cost * rng.uniform(-0.5, 2)),
        round(rng.uniform(0.5, 4), 2),
        rng.choice(("Low", "Medium", "High")),
        rng.randrange(100),
        round(rng.random(), 2),
        "In" if rng.random() < 0.05 else None,
        f"Remark {i}: reviewed by the board, see the minutes.",
    ]


def median_seconds(command: Sequence[str], runs: int) -> tuple[float, str]:
    """Wall time of a command, and its exit code or "failed" if it ended in a traceback. [s]"""
    taken = []
    outcome = ""
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        taken.append(time.perf_counter() - start)
        failed = "Traceback" in done.stderr or done.returncode not in (0, 1)
        outcome = "failed" if failed else str(done.returncode)
    return statistics.median(taken), outcome


def slowest_imports(module: str, count: int = 12) -> list[tuple[str, float]]:
    """The modules that cost most to import, with all that they import in turn. [ms]"""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return []
    found = [
        (match[3], int(match[1]) / 1e3)
        for line in done.stderr.splitlines()
        if (match := _IMPORT.search(line))
    ]
    return sorted(found, key=lambda one: -one[1])[:count]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="of --help (7)")
    parser.add_argument("--book-runs", type=int, default=3, help="of map and check (3)")
    parser.add_argument("--projects", type=int, default=2_500, help="in the workbook (2500)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_args(arguments)
    python = [sys.executable, "-m", "xlportfolio"]
    beside = Path(sys.executable).with_name("xlportfolio")
    script = str(beside) if beside.exists() else shutil.which("xlportfolio")
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "register.xlsx"
        build(book, options.projects, options.seed)
        measured = [
            ("python -c pass (for comparison)", [sys.executable, "-c", "pass"], options.runs),
            ("python -m xlportfolio --help", [*python, "--help"], options.runs),
            *([("xlportfolio --help", [script, "--help"], options.runs)] if script else []),
            (f"map, {options.projects:,} projects", [*python, "map", str(book)], options.book_runs),
            (
                f"check, {options.projects:,} projects",
                [*python, "check", str(book)],
                options.book_runs,
            ),
        ]
        figures = {}
        print(f"  {'command':<36} {'median [s]':>10} {'exit':>6}")
        for name, command, runs in measured:
            seconds, outcome = median_seconds(command, runs)
            figures[name] = {"seconds": seconds, "exit": outcome, "runs": runs}
            print(f"  {name:<36} {seconds:>10.3f} {outcome:>6}")
    if not script:
        print("  The console script xlportfolio is not installed: it was NOT measured.")
    imports = slowest_imports("xlportfolio.cli")
    print(f"  {'import xlportfolio.cli':<36} {'[ms]':>10}")
    for module, milliseconds in imports:
        print(f"    {module:<34} {milliseconds:>10.1f}")
    if options.json:
        out = {"commands": figures, "imports_ms": dict(imports)}
        options.json.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
