"""2,000 cells written into one sheet of a large workbook: `python -m benchmarks.workbook`.

xlportfolio against openpyxl's load and save and against excelize, a library in Go: same workbook,
same edits, each in a process of its own, in turns, so that what else the machine does falls on all.
Packages are imported where they are used: no process pays for what the other ways need. Each way
runs once before it counts, and leaves its modules compiled, as an installation does.

    python -m benchmarks.workbook --large      one sheet of 4,000,000 cells, without openpyxl
    python -m benchmarks.workbook --untouched  the same edit among 1, 10 and 30 sheets

excelize comes with the extra `bench`; where it cannot be loaded, it is left out and this is said.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
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

_EDITED_COLUMNS = (3, 4)
_WAYS = ("xlportfolio", "excelize", "openpyxl")
_LARGE = 4_000_000
_PATIENCE = 600.0
"""After so long one way is given up. [s]"""


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


def edited_sheet(n_sheets: int) -> str:
    """The sheet that is written to."""
    return f"Sheet {min(5, n_sheets)}"


def build(path: Path, n_cells: int, n_sheets: int, seed: int) -> None:
    """Write a workbook of numbers, texts and formulas; the same for the same seed."""
    import xlsxwriter

    rng = random.Random(seed)
    n_columns = 30
    n_rows = n_cells // n_sheets // n_columns
    words = [f"Word {i}" for i in range(2_000)]
    # A large sheet is written row by row, its texts in the cells.
    options = {"constant_memory": n_cells // n_sheets > 500_000}
    with xlsxwriter.Workbook(path, options) as book:
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


def write_with_xlportfolio(
    source: Path, target: Path, sheet: str, rows: Sequence[Sequence[float]]
) -> float:
    """Open, write, save; the seconds it took."""
    from xlportfolio import open_workbook
    from xlportfolio.workbook.references import cell_address

    start = time.perf_counter()
    with open_workbook(source) as book:
        book.write(f"'{sheet}'!{cell_address(1, _EDITED_COLUMNS[0])}", rows)
        book.save(target)
    return time.perf_counter() - start


def write_with_excelize(
    source: Path, target: Path, sheet: str, rows: Sequence[Sequence[float]]
) -> float:
    """Open, write, save; the seconds it took."""
    import excelize

    from xlportfolio.workbook.references import cell_address

    start = time.perf_counter()
    book = excelize.open_file(str(source))
    for row, values in enumerate(rows, start=1):
        book.set_sheet_row(sheet, cell_address(row, _EDITED_COLUMNS[0]), list(values))
    book.save_as(str(target))
    book.close()
    return time.perf_counter() - start


def write_with_openpyxl(
    source: Path, target: Path, sheet: str, rows: Sequence[Sequence[float]]
) -> float:
    """Open, write, save; the seconds it took."""
    from openpyxl import load_workbook

    start = time.perf_counter()
    book = load_workbook(source)
    cells = book[sheet]
    for row, values in enumerate(rows, start=1):
        for column, value in zip(_EDITED_COLUMNS, values, strict=True):
            cells.cell(row, column).value = value
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


def holds(path: Path, sheet: str, rows: Sequence[Sequence[float]]) -> bool:
    """Whether the saved workbook holds the edits."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    first, last = _EDITED_COLUMNS[0], _EDITED_COLUMNS[-1]
    read = book[sheet].iter_rows(max_row=len(rows), min_col=first, max_col=last, values_only=True)
    same = [list(map(float, row)) for row in read] == [list(row) for row in rows]
    book.close()
    return same


def compare(
    source: Path, ways: Sequence[str], n_sheets: int, options: argparse.Namespace
) -> dict[str, list[Run]]:
    """Run each way in turns and check what it wrote; a way that fails is left out and named."""
    sheet, rows = edited_sheet(n_sheets), edits(options.edits, options.seed)
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for turn in range(options.runs + options.warm_up):
        for way in list(runs):
            target = source.with_name(f"{way}.xlsx")
            target.unlink(missing_ok=True)
            try:
                run = _in_a_process(way, source, target, sheet, options)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                if way == "xlportfolio":
                    raise SystemExit(f"xlportfolio failed: {_last_line(error)}") from error
                print(f"  {way} is left out: {_last_line(error)}")
                del runs[way]
                continue
            if not holds(target, sheet, rows):
                raise SystemExit(f"{way} did not write the edits: nothing was compared")
            if turn >= options.warm_up:
                runs[way].append(run)
    return runs


def _last_line(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took more than {_PATIENCE:.0f} s"
    lines: list[str] = error.stderr.strip().splitlines()
    return lines[-1] if lines else f"it ended with code {error.returncode}"


def _in_a_process(
    way: str, source: Path, target: Path, sheet: str, options: argparse.Namespace
) -> Run:
    start = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.workbook", "--one", way, str(source), str(target)]
    command += [sheet, "--edits", str(options.edits), "--seed", str(options.seed)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=_PATIENCE,
        env=_with_compiled_modules(source.parent),
    )
    wall = time.perf_counter() - start
    seconds, peak = json.loads(done.stdout)
    return Run(seconds, wall, peak)


def _with_compiled_modules(folder: Path) -> dict[str, str]:
    """The environment, where modules are compiled once."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _one(way: str, source: str, target: str, sheet: str, options: argparse.Namespace) -> None:
    rows = edits(options.edits, options.seed)
    write = {
        "xlportfolio": write_with_xlportfolio,
        "excelize": write_with_excelize,
        "openpyxl": write_with_openpyxl,
    }[way]
    seconds = write(Path(source), Path(target), sheet, rows)
    print(json.dumps([seconds, peak_memory()]))


def _ways(names: Sequence[str]) -> list[str]:
    """Those of the ways that can be tried; of excelize it is said where it is not there."""
    if importlib.util.find_spec("excelize") is not None:
        return list(names)
    print('  excelize is left out: it is not installed (pip install -e ".[bench]")')
    return [name for name in names if name != "excelize"]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.workbook",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--cells", type=int, help=f"in the workbook (300000; {_LARGE} if --large)")
    parser.add_argument("--sheets", type=int, help="in the workbook (10; 1 if --large)")
    parser.add_argument("--edits", type=int, default=2_000, help="cells written (2000)")
    parser.add_argument("--runs", type=int, help="of each way (5; 1 if --large)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--large", action="store_true", help="one sheet, without openpyxl")
    parser.add_argument(
        "--untouched", action="store_true", help="among 1, 10 and 30 sheets of 30,000 cells"
    )
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        way, source, target, sheet = options.one
        _one(way, source, target, sheet, options)
        return
    options.warm_up = 0 if options.large else 1
    options.runs = options.runs or (1 if options.large else 5)
    if options.untouched:
        _untouched(options)
        return
    n_cells = options.cells or (_LARGE if options.large else 300_000)
    n_sheets = options.sheets or (1 if options.large else 10)
    ways = _ways(_WAYS[:2] if options.large else _WAYS)
    with tempfile.TemporaryDirectory() as folder:
        runs = compare(_built(folder, n_cells, n_sheets, options), ways, n_sheets, options)
    _show(runs)
    if options.json:
        figures = {way: [asdict(run) for run in done] for way, done in runs.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _built(folder: str, n_cells: int, n_sheets: int, options: argparse.Namespace) -> Path:
    source = Path(folder) / "large.xlsx"
    build(source, n_cells, n_sheets, options.seed)
    print(
        f"{options.edits:,} cells into one sheet of {n_cells:,} cells in {n_sheets} sheets "
        f"({source.stat().st_size / 1e6:.1f} MB), seed {options.seed}, median of {options.runs} "
        "runs in turns"
    )
    return source


def _untouched(options: argparse.Namespace) -> None:
    """Show what sheets cost that are not written to."""
    for n_sheets in (1, 10, 30):
        with tempfile.TemporaryDirectory() as folder:
            source = _built(folder, 30_000 * n_sheets, n_sheets, options)
            _show(compare(source, _ways(_WAYS[:2]), n_sheets, options))


def _show(runs: dict[str, list[Run]]) -> None:
    figures = ("seconds", "process_seconds", "peak")
    medians = {
        way: [statistics.median(getattr(run, name) for run in done) for name in figures]
        for way, done in runs.items()
    }
    print(f"  {'':<12} {'work [s]':>10} {'process [s]':>12} {'peak [MB]':>10}")
    for way, (seconds, process, peak) in medians.items():
        print(f"  {way:<12} {seconds:>10.3f} {process:>12.3f} {peak:>10.1f}")
    ours = medians["xlportfolio"]
    for way, theirs in medians.items():
        if way != "xlportfolio":
            ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
            print(f"  {way + ' / us':<12}", end="")
            print(f" {ratios[0]:>9.1f}x {ratios[1]:>11.1f}x {ratios[2]:>9.1f}x")


if __name__ == "__main__":
    main()
