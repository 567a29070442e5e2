"""How long a button takes: `python -m benchmarks.macros`.

The macros on a stand-in for Excel that counts what it is asked. Host calls of every macro stand
beside the most that it may make, and beside those on fewer projects: they must not grow with rows.
Seconds are our own: what the stand-in itself takes is left out. Beside them stand the command on
the closed file, the build of the add-in, and the import of the macros in a fresh process. Nothing
here was measured in Excel.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.figure import Figure, show

N_COLUMNS = 30
N_CRITERIA = 20
PRESSED = (
    *("check", "map", "score", "undo", "rebalance", "level", "run", "refresh", "settings"),
    *("functions", "help", "write_back", "restore", "run", "values_copy", "handback", "undo"),
    *("new", "example", "self_check"),
)
"""All buttons, one after the other on one workbook; some come again, on more sheets."""
CATEGORIES = ("Maintain", "Enhance", "Growth", "Digital")

_IMPORT = "import time; a = time.perf_counter(); import {}; print(time.perf_counter() - a)"


def build_register(path: Path, n_projects: int, seed: int) -> None:
    """Write a register of 30 columns, 20 of them ratings, with its criteria and a budget.

    Parameters
    ----------
    path
        Where it goes.
    n_projects
        How many rows.
    seed
        The same workbook for the same seed.
    """
    rng = random.Random(seed)
    names = [f"Criterion {j + 1}" for j in range(N_CRITERIA)]
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd mmm yyyy"})
        money = book.add_format({"num_format": "#,##0.0"})
        sheet = book.add_worksheet("Projects")
        headers = [
            "Project ID", "Project name", "Programme", "Category", "Proposed decision", "Status",
            "Start date", "Finish date", "Cost 2026/27 (GBP k)", "Cost 2027/28 (GBP k)", *names,
        ]  # fmt: skip
        assert len(headers) == N_COLUMNS
        sheet.write_row(0, 0, headers)
        total = 0.0
        for row in range(1, n_projects + 1):
            first, second = rng.lognormvariate(5, 1), rng.lognormvariate(4, 1)
            total += first
            start = 46113 + rng.randrange(300)
            sheet.write_row(row, 0, [
                f"P{row:05d}", f"Project {row}", f"Programme {rng.randint(1, 12)}",
                rng.choice(CATEGORIES), None, "Proposed",
            ])  # fmt: skip
            sheet.write_row(row, 6, [start, start + rng.randrange(60, 400)], day)
            sheet.write_row(row, 8, [round(first, 1), round(second, 1)], money)
            sheet.write_row(row, 10, [rng.randint(1, 9) for _ in names])
        sheet = book.add_worksheet("Criteria")
        sheet.write_row(0, 0, ["Criterion", "Weight", "Direction", "Scale min", "Scale max"])
        for j, name in enumerate(names, start=1):
            sheet.write_row(j, 0, [name, rng.randint(1, 20), "max", 1, 9])
        sheet = book.add_worksheet("Budgets")
        sheet.write_row(0, 0, ["Fiscal year", "Budget (GBP k)"])
        sheet.write_row(1, 0, ["2026/27", round(0.6 * total)])
        sheet.write_row(2, 0, ["2027/28", round(0.6 * total)])
        sheet = book.add_worksheet("Settings")
        sheet.write_row(0, 0, ["Setting", "Value"])
        settings = (("Currency", "GBP"), ("Unit", "thousands"), ("Fiscal first month", 4))
        for row, setting in enumerate(settings, start=1):
            sheet.write_row(row, 0, setting)


class Watched:
    """What is asked of Excel beyond xlwings, noting of which sheets.

    Parameters
    ----------
    details
        Those of the stand-in.
    """

    def __init__(self, details: Any) -> None:
        self._details = details
        self.sheets: set[str] = set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        from tests.hosts.stand_in.sheets import Sheet

        method: Callable[..., Any] = getattr(self._details, name)

        def noted(*asked: Any, **options: Any) -> Any:
            for one in asked:
                engine_object = getattr(one, "impl", None)  # of a sheet, or of cells on one
                sheet = getattr(engine_object, "_sheet", engine_object)
                if isinstance(sheet, Sheet):
                    self.sheets.add(sheet._model.name)
            return method(*asked, **options)

        return noted


class Desk:
    """A person at Excel who presses buttons on one workbook.

    Parameters
    ----------
    path
        The workbook; it is not written.
    home
        Where what is kept for undo goes, and the workbooks that buttons make.
    """

    def __init__(self, path: Path, home: Path) -> None:
        from tests.hosts.stand_in import StandIn
        from xlportfolio.workbook.saving.store import UndoStore

        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.details = Watched(self.excel.details)
        self.store = UndoStore(home)
        (home / "Documents").mkdir(parents=True, exist_ok=True)
        os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
        os.environ["XLPORTFOLIO_HOME"] = str(home)

    def press(self, name: str) -> tuple[int, int, float]:
        """Press a button: host calls, sheets of ours that it reads or writes, own seconds."""
        from xlportfolio.macros import press

        excel, book = self.excel, self.book
        if name in ("write_back", "handback"):
            excel.alerts.answers.append("yes")
        if name == "restore":
            excel.select(book.sheets["PF Log"].range("A6"))
        before, ours = excel.state(book), set(excel.details.marks(book))
        excel.calls.clear()
        self.details.sheets.clear()
        began = time.perf_counter()
        done = press(name, book, app=excel.app, details=self.details, store=self.store)
        own = time.perf_counter() - began - excel.engine_seconds
        n_calls = excel.calls.count
        if done.status == "not done":
            raise SystemExit(f"{name}: {done.sentence}")
        excel.alerts.answers.clear()
        after, ours = excel.state(book), ours | set(excel.details.marks(book))
        changed = {one for one in ours if before.get(f"sheet {one}") != after.get(f"sheet {one}")}
        return n_calls, len(changed | (ours & (self.details.sheets | set(done.sheets)))), own


def calls(options: argparse.Namespace) -> list[Figure]:
    """Count the host calls of every button, on the worked example and on a large register."""
    from xlportfolio.operations.shipped import shipped_workbook

    few = max(options.projects // 10, 1)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large, example = (folder / f"{one}.xlsx" for one in ("small", "large", "example"))
        build_register(small, few, options.seed)
        build_register(large, options.projects, options.seed)
        example.write_bytes(shipped_workbook("worked_example.xlsx"))
        desks = [Desk(path, folder / path.stem) for path in (small, example, large)]
        for button in PRESSED:
            (fewer, _, _), *counted = (desk.press(button) for desk in desks)
            for (n_calls, n_sheets, _), what in zip(
                counted, ("the worked example", f"{options.projects:,} projects"), strict=True
            ):
                figures.append(
                    Figure(
                        section="calls",
                        name=f"{button}, {what}",
                        value=float(n_calls),
                        unit="",
                        target=40.0 + 30.0 * n_sheets,
                        peer=f"{few:,} projects",
                        peer_value=float(fewer),
                        remark=f"target 40 + 30 x {n_sheets} sheets of ours read or written",
                    )
                )
    return figures


def seconds(options: argparse.Namespace) -> list[Figure]:
    """Read, score and write a large register; the same on the closed file in turns with it."""
    from xlportfolio.operations.options import RunOptions
    from xlportfolio.operations.running import run_workbook

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "register.xlsx"
        build_register(path, options.projects, options.seed)
        for _ in range(options.runs):
            ours.append(Desk(path, Path(name) / "home").press("score")[2])
            began = time.perf_counter()
            output = Path(name) / "scored.xlsx"
            run_workbook(path, command="score", options=RunOptions(steps=("score",)), output=output)
            theirs.append(time.perf_counter() - began)
    return [
        Figure(
            section="seconds",
            name=f"score {options.projects:,} x {N_COLUMNS}",
            value=statistics.median(ours),
            unit="s",
            target=3.0,
            peer="xlportfolio score on the closed file",
            peer_value=statistics.median(theirs),
            remark="without the time of the stand-in",
        )
    ]


def addin(options: argparse.Namespace) -> list[Figure]:
    """Build the whole add-in, as `xlportfolio addin build` does."""
    from xlportfolio.addin.build import build_addin
    from xlportfolio.cells import Registry

    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.runs):
            began = time.perf_counter()
            built = build_addin(Registry.load(), Path(folder))
            taken.append(time.perf_counter() - began)
        peer = _median(
            options.runs, lambda: xlsxwriter.Workbook(Path(folder) / "empty.xlsx").close()
        )
    return [
        Figure(
            section="addin",
            name=f"build the add-in, {built.size / 1000:.0f} kB",
            value=statistics.median(taken),
            unit="s",
            target=3.0,
            peer="xlsxwriter, an empty workbook",
            peer_value=peer,
        )
    ]


def imports(options: argparse.Namespace) -> list[Figure]:
    """Import the macros in a fresh process, in turns with what they must not import."""
    ours, theirs = [], []
    for _ in range(options.runs):
        ours.append(_python(_IMPORT.format("xlportfolio.macros")))
        theirs.append(_python(_IMPORT.format("pandas")))
    return [
        Figure(
            section="imports",
            name="import xlportfolio.macros",
            value=statistics.median(ours),
            unit="s",
            target=0.3,
            peer="import pandas",
            peer_value=statistics.median(theirs),
        )
    ]


SECTIONS: tuple[Callable[[argparse.Namespace], list[Figure]], ...] = (
    imports,
    addin,
    calls,
    seconds,
)
"""What is measured, in order; each takes the options of the command line."""


def _median(runs: int, thing: Callable[[], object]) -> float:
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        thing()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _python(program: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.macros", description=__doc__)
    parser.add_argument("--projects", type=int, default=2_000, help="in the large workbook (2000)")
    parser.add_argument("--runs", type=int, default=3, help="of each thing that is timed (3)")
    parser.add_argument(
        "--only", choices=[section.__name__ for section in SECTIONS], help="one section"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    options = parser.parse_args(arguments)
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
