"""2,000 cells written into one sheet of a large workbook: `python -m benchmarks.workbook`.

xlportfolio against openpyxl's load and save: same workbook, same edits, each in a process of its
own, in turns, so that what else the machine does falls on both. Packages are imported where they
are used: no process pays for what the other way needs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_SHEET = "Sheet 5"
_EDITED_COLUMNS = (3, 4)
_WAYS = ("xlportfolio", "openpyxl")


@dataclass(frozen=True)
class Run:
    """One way of writing, once.

    Attributes
    ----------
    seconds
        From opening the workbook to the saved file, imports done before. [s]
    process_seconds
        The whole process, imports included. [s]
    peak
        Most memory that the process held. [MB]
    """

    seconds: float
    process_seconds: float
    peak: float


def build(path: Path, n_cells: int, n_sheets: int, seed: int) -> None:
    """Write a workbook of numbers, texts, dates and formulas; the same for the same seed."""
    import xlsxwriter

    rng = random.Random(seed)
    n_columns = 30
    n_rows = n_cells // n_sheets // n_columns
    words = [f"Word {i}" for i in range(2_000)]
    with xlsxwriter.Workbook(path) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        for number in range(1, n_sheets + 1):
            sheet = book.add_worksheet(f"Sheet {number}")
            for row in range(n_rows):
                for column in range(n_columns):
                    if column % 3 == 0:
                        sheet.write_string(row, column, rng.choice(words))
                    elif column % 10 == 7:
                        sheet.write_formula(row, column, f"=B{row + 1}*2", None, 0)
                    else:
                        sheet.write_number(row, column, rng.uniform(0, 1e6), money)


def edits(n_edits: int, seed: int) -> list[list[float]]:
    """The rows that are written from `_EDITED_COLUMNS` of row 1 on."""
    rng = random.Random(seed + 1)
    n_columns = len(_EDITED_COLUMNS)
    return [[float(rng.randrange(10**6)) for _ in range(n_columns)] for _ in range(n_edits // 2)]


def write_with_xlportfolio(source: Path, target: Path, rows: Sequence[Sequence[float]]) -> float:
    """Open, write, save; the seconds it took."""
    from xlportfolio import open_workbook
    from xlportfolio.workbook.references import cell_address

    start = time.perf_counter()
    with open_workbook(source) as book:
        book.write(f"'{_SHEET}'!{cell_address(1, _EDITED_COLUMNS[0])}", rows)
        book.save(target)
    return time.perf_counter() - start


def write_with_openpyxl(source: Path, target: Path, rows: Sequence[Sequence[float]]) -> float:
    """Open, write, save; the seconds it took."""
    from openpyxl import load_workbook

    start = time.perf_counter()
    book = load_workbook(source)
    sheet = book[_SHEET]
    for row, values in enumerate(rows, start=1):
        for column, value in zip(_EDITED_COLUMNS, values, strict=True):
            sheet.cell(row, column).value = value
    book.save(target)
    return time.perf_counter() - start


def peak_memory() -> float:
    """Most memory that this process held. [MB]"""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return held / 1e6 if sys.platform == "darwin" else held / 1e3
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return float(line.split()[1]) / 1e3


def holds(path: Path, rows: Sequence[Sequence[float]]) -> bool:
    """Whether the saved workbook holds the edits."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    first, last = _EDITED_COLUMNS[0], _EDITED_COLUMNS[-1]
    read = book[_SHEET].iter_rows(max_row=len(rows), min_col=first, max_col=last, values_only=True)
    same = [list(map(float, row)) for row in read] == [list(row) for row in rows]
    book.close()
    return same


def _in_a_process(way: str, source: Path, target: Path, options: argparse.Namespace) -> Run:
    start = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.workbook", "--one", way, str(source), str(target)]
    command += ["--edits", str(options.edits), "--seed", str(options.seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    seconds, peak = json.loads(done.stdout)
    return Run(seconds, wall, peak)


def _one(way: str, source: str, target: str, options: argparse.Namespace) -> None:
    rows = edits(options.edits, options.seed)
    write = write_with_xlportfolio if way == "xlportfolio" else write_with_openpyxl
    seconds = write(Path(source), Path(target), rows)
    print(json.dumps([seconds, peak_memory()]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workbook", description=__doc__)
    parser.add_argument("--cells", type=int, default=300_000, help="in the workbook (300000)")
    parser.add_argument("--sheets", type=int, default=10, help="at least 5 (10)")
    parser.add_argument("--edits", type=int, default=2_000, help="cells written (2000)")
    parser.add_argument("--runs", type=int, default=5, help="of each way (5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        _one(*options.one, options)
        return
    rows = edits(options.edits, options.seed)
    runs: dict[str, list[Run]] = {way: [] for way in _WAYS}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "large.xlsx"
        build(source, options.cells, options.sheets, options.seed)
        size = source.stat().st_size / 1e6
        print(
            f"{options.edits:,} cells into one sheet of {options.cells:,} cells in "
            f"{options.sheets} sheets ({size:.1f} MB), seed {options.seed}, "
            f"median of {options.runs} runs in turns"
        )
        for _ in range(options.runs):
            for way in _WAYS:
                target = Path(folder) / f"{way}.xlsx"
                target.unlink(missing_ok=True)
                runs[way].append(_in_a_process(way, source, target, options))
                if not holds(target, rows):
                    raise SystemExit(f"{way} did not write the edits: nothing was compared")
    _show(runs)
    if options.json:
        figures = {way: [asdict(run) for run in done] for way, done in runs.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _show(runs: dict[str, list[Run]]) -> None:
    figures = ("seconds", "process_seconds", "peak")
    medians = {
        way: [statistics.median(getattr(run, name) for run in done) for name in figures]
        for way, done in runs.items()
    }
    print(f"  {'':<12} {'work [s]':>10} {'process [s]':>12} {'peak [MB]':>10}")
    for way, (seconds, process, peak) in medians.items():
        print(f"  {way:<12} {seconds:>10.3f} {process:>12.3f} {peak:>10.1f}")
    ours, theirs = (medians[way] for way in _WAYS)
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    print(f"  {'ratio':<12} {ratios[0]:>9.1f}x {ratios[1]:>11.1f}x {ratios[2]:>9.1f}x")


if __name__ == "__main__":
    main()
