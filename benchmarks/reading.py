"""All values of a workbook, read: `python -m benchmarks.reading`.

xlportfolio's `contents` of every sheet against python-calamine's `to_python` and openpyxl's
`read_only` rows: same workbook, each in a process of its own, in turns, so that what else the
machine does falls on all of them. Workbooks of wide and of narrow sheets, all of whose rows are
alike, or in which cells are blank at random, so that few rows are. All three have to read the same
values, or nothing is compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.figure import NO_TARGET, Figure, show
from benchmarks.workbook import peak_memory

_WORKBOOKS = (
    ("30 columns, all rows alike", 30, 0.0),
    ("30 columns, a tenth of the cells blank", 30, 0.1),
    ("10 columns, a third of the cells blank", 10, 1 / 3),
    ("5 columns, all rows alike", 5, 0.0),
)
"""What they are called, how wide a sheet is, and the share of blank cells. [0..1]"""
_WAYS = ("xlportfolio", "python-calamine", "openpyxl")
_TIMES_CALAMINE = 1.5
"""How many times the seconds of python-calamine reading may take."""

Cell = tuple[str, int, int, Any]
Spent = tuple[float, float]
"""Seconds by the clock, and of the processor. [s]"""


class Clock:
    """Started when it is made."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    def spent(self) -> Spent:
        """Since it was made."""
        return time.perf_counter() - self._start[0], time.process_time() - self._start[1]


@dataclass(frozen=True)
class Run:
    """One way of reading, once.

    Attributes
    ----------
    seconds
        From opening the workbook to the values of all its sheets, imports done before. [s]
    cpu_seconds
        The processor's time in these: it says more where the machine does other things, too. [s]
    process_seconds
        The whole process, imports and the check of the values included. [s]
    peak
        Most memory that the process held until the values were there. [MB]
    values
        How many there were, and a digest of them.
    """

    seconds: float
    cpu_seconds: float
    process_seconds: float
    peak: float
    values: str


def build(path: Path, n_cells: int, n_sheets: int, n_columns: int, blank: float, seed: int) -> None:
    """Write texts, numbers, dates, formulas and truths; the same for the same seed.

    Parameters
    ----------
    path
        The workbook.
    n_cells, n_sheets
        In all of it.
    n_columns
        Of each sheet.
    blank
        Share of the cells that are left out at random. [0..1]
    seed
        Of the random numbers.
    """
    import xlsxwriter

    rng = random.Random(seed)
    words = [f"Word {i}" for i in range(2_000)]
    first_day = datetime(2020, 1, 1)
    with xlsxwriter.Workbook(path) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for number in range(1, n_sheets + 1):
            sheet = book.add_worksheet(f"Sheet {number}")
            for row in range(n_cells // n_sheets // n_columns):
                for column in range(n_columns):
                    if blank and rng.random() < blank:
                        continue
                    if column % 3 == 0:
                        sheet.write_string(row, column, rng.choice(words))
                    elif column % 10 == 7:
                        sheet.write_formula(row, column, f"=B{row + 1}*2", None, 2.5)
                    elif column % 10 == 1:
                        later = timedelta(days=rng.randrange(3_000))
                        sheet.write_datetime(row, column, first_day + later, day)
                    elif column == n_columns - 1:
                        sheet.write_boolean(row, column, rng.random() < 0.5)
                    else:
                        sheet.write_number(row, column, rng.uniform(0, 1e6), money)


def read_with_xlportfolio(path: Path) -> tuple[Spent, Iterator[Cell]]:
    """What it took, and the values."""
    from xlportfolio import open_workbook
    from xlportfolio.workbook.container import reading  # noqa: F401  imports done before

    start = Clock()
    with open_workbook(path) as book:
        read = [book.contents(sheet) for sheet in book.sheet_names]
    spent = start.spent()
    return spent, (
        (sheet.name, row, column, value)
        for sheet in read
        for row, cells in sheet.rows.items()
        for column, value in cells.items()
    )


def read_with_calamine(path: Path) -> tuple[Spent, Iterator[Cell]]:
    """What it took, and the values."""
    import python_calamine

    start = Clock()
    book = python_calamine.load_workbook(str(path))
    read = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        read.append((name, rows))
    spent = start.spent()
    return spent, (
        (name, row, column, value)
        for name, rows in read
        for row, cells in enumerate(rows, 1)
        for column, value in enumerate(cells, 1)
        if value != ""
    )


def read_with_openpyxl(path: Path) -> tuple[Spent, Iterator[Cell]]:
    """What it took, and the values."""
    from openpyxl import load_workbook

    start = Clock()
    book = load_workbook(path, read_only=True, data_only=True)
    read = [(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book]
    book.close()
    spent = start.spent()
    return spent, (
        (name, row, column, value)
        for name, rows in read
        for row, cells in enumerate(rows, 1)
        for column, value in enumerate(cells, 1)
        if value is not None
    )


_READERS = dict(
    zip(_WAYS, (read_with_xlportfolio, read_with_calamine, read_with_openpyxl), strict=True)
)


def summary(cells: Iterator[Cell]) -> str:
    """How many values there are and a digest of them, whatever types a reader gives.

    Parameters
    ----------
    cells
        Sheet, row, column, value; in the order of the rows.
    """
    digest, n_values = hashlib.sha256(), 0
    for sheet, row, column, value in cells:
        if isinstance(value, date):
            value = datetime(value.year, value.month, value.day).isoformat()
        elif isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        digest.update(f"{sheet}|{row}|{column}|{value!r}\n".encode())
        n_values += 1
    return f"{n_values} {digest.hexdigest()}"


def _in_a_process(way: str, source: Path) -> Run:
    start = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.reading", "--one", way, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - start
    (seconds, cpu_seconds), peak, values = json.loads(done.stdout)
    return Run(seconds, cpu_seconds, wall, peak, values)


def _one(way: str, source: str) -> None:
    spent, cells = _READERS[way](Path(source))
    peak = peak_memory()
    print(json.dumps([spent, peak, summary(cells)]))


def _figures(section: str, runs: dict[str, list[Run]]) -> list[Figure]:
    def median(way: str, name: str) -> float:
        return statistics.median(getattr(run, name) for run in runs[way])

    ours = _WAYS[0]
    figures = []
    for name, what, unit in (
        ("seconds", "read", "s"),
        ("cpu_seconds", "read, processor", "s"),
        ("process_seconds", "whole process", "s"),
        ("peak", "most memory", "MB"),
    ):
        for peer in _WAYS[1:]:
            value, peer_value = median(ours, name), median(peer, name)
            is_aimed_at = peer == "python-calamine" and name in ("seconds", "cpu_seconds")
            target = _TIMES_CALAMINE * peer_value if is_aimed_at else NO_TARGET
            figures.append(Figure(section, what, value, unit, target, peer, peer_value))
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--cells", type=int, default=300_000, help="in the workbook (300000)")
    parser.add_argument("--sheets", type=int, default=10, help="at least 1 (10)")
    parser.add_argument("--runs", type=int, default=5, help="of each way (5)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        _one(*options.one)
        return
    kept: dict[str, Any] = {}
    for section, n_columns, blank in _WORKBOOKS:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "large.xlsx"
            build(source, options.cells, options.sheets, n_columns, blank, options.seed)
            size = source.stat().st_size / 1e6
            print(
                f"{section}: {options.cells:,} cells in {options.sheets} sheets ({size:.1f} MB), "
                f"seed {options.seed}, median of {options.runs} runs in turns"
            )
            runs: dict[str, list[Run]] = {way: [] for way in _WAYS}
            for _ in range(options.runs):
                for way in _WAYS:
                    runs[way].append(_in_a_process(way, source))
        read = {run.values for done in runs.values() for run in done}
        if len(read) != 1:
            raise SystemExit(f"not the same values were read: nothing was compared ({read})")
        figures = _figures(section, runs)
        show(figures)
        print(f"  all three read the same {int(read.pop().split()[0]):,} values")
        kept[section] = {
            "runs": {way: [asdict(run) for run in done] for way, done in runs.items()},
            "figures": [asdict(figure) for figure in figures],
        }
    if options.json:
        text = json.dumps(kept, indent=1).replace("NaN", "null")
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
