"""How long `xlportfolio run` takes, and its memory: `python -m benchmarks.run`.

The worked example, and a generated portfolio of 2,000 projects x 12 criteria x 60 months x 20
roles. The peer of the same minute is openpyxl reading the same workbook.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import xlsxwriter

from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.plan_calendar import first_day, month_label, moved

FIRST = 24315  # Apr-26
YEARS = ("2026/27", "2027/28", "2028/29", "2029/30", "2030/31")
CATEGORIES = ("Maintain", "Enhance", "Growth", "Digital")


@dataclass(frozen=True)
class Size:
    """How large a portfolio is."""

    projects: int
    criteria: int
    months: int
    roles: int


@dataclass(frozen=True)
class Measured:
    """Wall time [s], peak resident memory [MB] and exit code of a command."""

    seconds: float
    megabytes: float
    exit: int


def build(path: Path, size: Size, seed: int) -> None:
    """Write the workbook of a portfolio: money for 60 % of it, people for 90 % of the rest."""
    rng = random.Random(seed)
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd mmm yyyy"})
        projects, demand, spend = _projects(size, rng)
        sheet = book.add_worksheet("Projects")
        money = [f"Cost {year} {kind} (GBP k)" for year in YEARS for kind in ("Capex", "Opex")]
        sheet.write_row(0, 0, [
            "Project ID", "Project name", "Programme", "Category", "Status", "Start date",
            "Finish date", "Earliest start", "Latest start", "Spent to date (GBP k)",
            "Force in/out", *money,
        ])  # fmt: skip
        for i, row in enumerate(projects):
            for k, value in enumerate(row):
                if 5 <= k <= 8 and value is not None:
                    sheet.write_datetime(i + 1, k, value, day)
                elif value is not None:
                    sheet.write(i + 1, k, value)
        names = [f"Criterion {j + 1}" for j in range(size.criteria)]
        sheet = book.add_worksheet("Criteria")
        sheet.write_row(0, 0, ["Criterion", "Weight", "Direction", "Scale min", "Scale max"])
        for j, name in enumerate(names):
            sheet.write_row(j + 1, 0, [name, rng.randint(1, 20), "max", 1, 9])
        sheet = book.add_worksheet("Ratings")
        sheet.write_row(0, 0, ["Project ID", *names])
        for i in range(size.projects):
            sheet.write_row(i + 1, 0, [f"P{i + 1:05d}", *(rng.randint(1, 9) for _ in names)])
        sheet = book.add_worksheet("Budgets")
        sheet.write_row(0, 0, ["Fiscal year", "Kind", "Budget (GBP k)"])
        limits = [(year, kind) for year in YEARS for kind in ("Capex", "Opex")]
        for row, (year, kind) in enumerate(limits, start=1):
            sheet.write_row(row, 0, [year, kind, round(0.6 * spend[year, kind])])
        months = [month_label(FIRST + t) for t in range(size.months)]
        load = [[0.0] * size.months for _ in range(size.roles)]
        sheet = book.add_worksheet("Demand")
        sheet.write_row(0, 0, ["Project ID", "Role", *(f"{month} (FTE)" for month in months)])
        for row, (project, role, start, profile) in enumerate(demand, start=1):
            sheet.write_row(row, 0, [project, f"Role {role + 1}"])
            for t, fte in enumerate(profile, start=start):
                sheet.write(row, t + 2, fte)
                load[role][t] += fte
        sheet = book.add_worksheet("Capacity")
        sheet.write_row(0, 0, ["Role", *(f"{month} (FTE)" for month in months)])
        for role, needed in enumerate(load):
            level = round(0.65 * sum(needed) / size.months, 1)
            sheet.write_row(role + 1, 0, [f"Role {role + 1}", *([level] * size.months)])
        sheet = book.add_worksheet("Settings")
        sheet.write_row(0, 0, ["Setting", "Value"])
        for row, (name, value) in enumerate(
            (("Currency", "GBP"), ("Unit", "thousands"), ("Fiscal first month", 4)), start=1
        ):
            sheet.write_row(row, 0, [name, value])
        sheet.write(4, 0, "Status date")
        sheet.write_datetime(4, 1, first_day(FIRST), day)


def _projects(
    size: Size, rng: random.Random
) -> tuple[list[list], list[tuple[str, int, int, list[float]]], dict[tuple[str, str], float]]:
    projects, demand = [], []
    spend = {(year, kind): 0.0 for year in YEARS for kind in ("Capex", "Opex")}
    for i in range(size.projects):
        duration = rng.randint(3, 18)
        first = rng.randint(0, size.months - duration)
        active = rng.random() < 0.15
        start = first_day(FIRST + (0 if active else max(first, 1)))
        if active:
            first, start = 0, moved(start, -rng.randint(1, 12))
        cost = rng.lognormvariate(6.5, 1.2)
        years = [0.0] * len(YEARS)
        for t in range(first, first + duration):
            years[min(t // 12, len(YEARS) - 1)] += cost / duration
        money = []
        for year, amount in zip(YEARS, years, strict=True):
            for kind, share in (("Capex", 0.8), ("Opex", 0.2)):
                part = round(amount * share, 1)
                spend[year, kind] += part
                money.append(part or None)
        finish = moved(first_day(FIRST + first + duration), -1)
        projects.append([
            f"P{i + 1:05d}", f"Project {i + 1}", f"Programme {rng.randint(1, 12)}",
            rng.choice(CATEGORIES), "Active" if active else "Proposed", start, finish,
            None if active else start, None if active else moved(start, rng.randint(0, 9)),
            round(cost * 0.3, 1) if active else None, "In" if rng.random() < 0.02 else None,
            *money,
        ])  # fmt: skip
        for role in sorted(rng.sample(range(size.roles), min(size.roles, rng.randint(2, 5)))):
            peak = rng.lognormvariate(-0.3, 0.7)
            demand.append((f"P{i + 1:05d}", role, first, [round(peak, 1)] * duration))
    return projects, demand, spend


def measured(command: Sequence[str]) -> Measured:
    """Run a command and measure it and all that it starts."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(time.perf_counter() - began, usage.ru_maxrss / 1024, process.returncode)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--projects", type=int, default=2_000)
    parser.add_argument("--criteria", type=int, default=12)
    parser.add_argument("--months", type=int, default=60)
    parser.add_argument("--roles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="BOOK", help="keep the generated workbook")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_args(arguments)
    size = Size(options.projects, options.criteria, options.months, options.roles)
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        example = Path(folder) / "worked_example.xlsx"
        example.write_bytes(shipped_workbook("worked_example.xlsx"))
        large = options.keep or Path(folder) / "large.xlsx"
        build(large, size, options.seed)
        names = {
            "worked example": example,
            f"{size.projects:,} projects x {size.criteria} x {size.months} x {size.roles}": large,
        }
        print(f"  {'workbook':<34} {'what':<14} {'[s]':>7} {'[MB]':>7} {'exit':>5}")
        for name, book in names.items():
            out = str(Path(folder) / "out.xlsx")
            read = f"import openpyxl; openpyxl.load_workbook({str(book)!r})"
            run = measured([sys.executable, "-m", "xlportfolio", "run", str(book), "-o", out])
            peer = measured([sys.executable, "-c", read])
            figures[name] = {"run": asdict(run), "openpyxl reads it": asdict(peer)}
            for what, one in (("run", run), ("openpyxl reads", peer)):
                print(
                    f"  {name:<34} {what:<14} {one.seconds:>7.1f} {one.megabytes:>7.0f} "
                    f"{one.exit:>5}"
                )
            print(f"  {'':<34} {'ratio':<14} {run.seconds / peer.seconds:>7.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
