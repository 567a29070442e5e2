"""How long a cell of LibreOffice waits, and `recalculate`: sections of `benchmarks.cells`.

Times of calls are those of Calc's own calculation of a whole workbook, inside a private
LibreOffice that has the functions in Basic as an installation has them; times of `recalculate` run
from its start to its end. Every value that comes back is compared before a time counts.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter

from benchmarks.figure import Figure
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.calc_names import short_ways
from xlportfolio.libreoffice.computing import compute
from xlportfolio.libreoffice.programs import OfficeError, find_office, require_python
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.references import CellRange

N_CALLS = 40
N_CELLS = 10_000
N_TALL = 50_000
SELF_CHECK = Path(__file__).resolve().parents[1] / "workbooks" / "self_check.xlsx"
_TOLERANCE = 1e-12


def in_calc(options: argparse.Namespace) -> list[Figure]:
    """Everything in LibreOffice; without one nothing, and that is said aloud."""
    try:
        require_python(find_office())
    except OfficeError as problem:
        print(f"NOT MEASURED, nothing in LibreOffice: {problem}", file=sys.stderr)
        return []
    with _own_folder() as folder:
        measured = _Measured(folder, options.office_runs, options.seed)
        return [
            measured.range_by_plain_names(),
            measured.cells("by plain names", "PF_WSJF", 3.0),
            measured.cells(
                "in recalculate", short_ways(measured.registry)["PF_WSJF"].name, target=1.0
            ),
            measured.tall_array(),
            measured.self_check(),
        ]


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, with what `recalculate` keeps to undo in it, too."""
    before = os.environ.get("XLPORTFOLIO_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XLPORTFOLIO_HOME"] = str(Path(folder) / "store")
        try:
            yield Path(folder)
        finally:
            del os.environ["XLPORTFOLIO_HOME"]
            if before is not None:
                os.environ["XLPORTFOLIO_HOME"] = before


class _Measured:
    def __init__(self, folder: Path, n_runs: int, seed: int) -> None:
        self.registry = Registry.load()
        self._folder, self._n_runs = folder, n_runs
        rng = random.Random(seed)
        self._ratings = [[round(rng.uniform(0, 10), 2) for _ in range(10)] for _ in range(N_TALL)]

    def range_by_plain_names(self) -> Figure:
        """One more call on a range: many calls less a single one, for what comes once."""
        score = self.registry["PF_SCORE"].function
        ranges = [self._ratings[k : k + 1_000] for k in range(N_CALLS + 1)]
        formulas = [f"=SUM(PF_SCORE(A{k + 1}:J{k + 1_000}))" for k in range(N_CALLS + 1)]
        cells = [[*row, None] for row in self._ratings[: N_CALLS + 1_000]]
        books = []
        for n in (1, N_CALLS + 1):
            for k, formula in enumerate(formulas[:n]):
                cells[k][10] = formula
            books.append(self._book(f"{n} calls", cells))
        expected = [sum(row[0] for row in score(one)) for one in ranges]
        spent = [
            self._computing(books[1], 11, expected) - self._computing(books[0], 11, expected[:1])
            for _ in range(self._n_runs)
        ]
        return Figure(
            section="LibreOffice",
            name="by plain names: PF_SCORE on 1,000 x 10",
            value=1e3 * statistics.median(spent) / N_CALLS,
            unit="ms",
            target=20,
            peer="as plain Python",
            peer_value=1e3 * self._seconds(lambda: [score(one) for one in ranges]) / len(ranges),
            remark=f"each of {N_CALLS} more in a book",
        )

    def cells(self, route: str, name: str, target: float) -> Figure:
        """Calls on single cells, every one of other figures."""
        wsjf = self.registry["PF_WSJF"].function
        given = [[*row[:3], 1 + k % 90] for k, row in enumerate(self._ratings[:N_CELLS])]
        ours = self._book(route, [[*row, f"={name}({_four(k)})"] for k, row in enumerate(given, 1)])
        native = self._book(
            "native", [[*row, f"=(A{k}+B{k}+C{k})/D{k}"] for k, row in enumerate(given, 1)]
        )
        expected = [sum(row[:3]) / row[3] for row in given]
        natively = self._computing(native, 5, expected)
        plain = self._seconds(lambda: [wsjf(*row) for row in given])
        spent = [self._computing(ours, 5, expected) for _ in range(self._n_runs)]
        return Figure(
            section="LibreOffice",
            name=f"{route}: {N_CELLS:,} cells of PF_WSJF",
            value=statistics.median(spent),
            unit="s",
            target=target,
            peer="as plain Python",
            peer_value=plain,
            remark=f"native formulas {natively:.3f} s",
        )

    def tall_array(self) -> Figure:
        """One formula that fills a tall column, computed and spliced; the peer is a native one."""
        score = self.registry["PF_SCORE"].function
        ours = self._spill("ours", f"=PF_SCORE(A1:J{N_TALL})")
        native = self._spill("native spill", f"=A1:A{N_TALL}*2+B1:B{N_TALL}")
        scores = [row[0] for row in score(self._ratings)]
        sums = [2 * row[0] + row[1] for row in self._ratings]
        pairs = [
            (self._recalculating(ours, scores), self._recalculating(native, sums))
            for _ in range(self._n_runs)
        ]
        return Figure(
            section="LibreOffice",
            name=f"recalculate: a spill of {N_TALL:,} rows",
            value=statistics.median(pair[0] for pair in pairs),
            unit="s",
            target=15,
            peer="a native formula that spills as far",
            peer_value=statistics.median(pair[1] for pair in pairs),
        )

    def self_check(self) -> Figure:
        """The workbook that tells whether an installation is right; the peer has one formula."""
        small = self._book("small", [[1, 2, "=A1+B1"]])
        pairs = [
            (self._recalculating(SELF_CHECK), self._recalculating(small))
            for _ in range(self._n_runs)
        ]
        return Figure(
            section="LibreOffice",
            name=f"recalculate: {SELF_CHECK.name}",
            value=statistics.median(pair[0] for pair in pairs),
            unit="s",
            target=8,
            peer="a workbook of one native formula",
            peer_value=statistics.median(pair[1] for pair in pairs),
        )

    # -- how it is measured ----------------------------------------------------------------------

    def _book(self, name: str, rows: list[list[Any]]) -> Path:
        path = self._folder / f"{name}.xlsx"
        with xlsxwriter.Workbook(path) as made:
            sheet = made.add_worksheet("S")
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
        return path

    def _spill(self, name: str, formula: str) -> Path:
        path = self._folder / f"{name}.xlsx"
        with xlsxwriter.Workbook(path) as made:
            sheet = made.add_worksheet("S")
            for i, row in enumerate(self._ratings):
                sheet.write_row(i, 0, row)
            sheet.write_dynamic_array_formula(0, 11, N_TALL - 1, 11, formula, None, -1)
        return path

    def _computing(self, path: Path, column: int, expected: list[float]) -> float:
        """Seconds of Calc's calculation alone."""
        cells = CellRange(1, column, len(expected), column)
        found = compute(path, {"S": [cells]}, self.registry)
        _require_equal(
            path, [found.values["S"][row, column] for row in range(1, len(expected) + 1)], expected
        )
        return found.phases["computing"]

    def _recalculating(self, path: Path, expected: list[float] | None = None) -> float:
        """Seconds from start to end."""
        output = self._folder / f"computed {path.name}"
        began = time.perf_counter()
        result = recalculate_workbook(path, self.registry, output=output)
        seconds = time.perf_counter() - began
        if result.kept:
            raise SystemExit(f"{path.name} was not computed whole: {result}")
        if expected:
            with open_workbook(output) as book:
                found = [row[0] for row in book.read(f"S!L1:L{len(expected)}")]
            _require_equal(path, found, expected)
        return seconds

    def _seconds(self, thing: Callable[[], object]) -> float:
        """Median time of a thing in this process."""
        taken = []
        for _ in range(self._n_runs):
            began = time.perf_counter()
            thing()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)


def _four(row: int) -> str:
    return ",".join(f"{column}{row}" for column in "ABCD")


def _require_equal(path: Path, found: list[Any], expected: list[float]) -> None:
    for row, (one, other) in enumerate(zip(found, expected, strict=True), 1):
        near = _TOLERANCE * max(1.0, abs(other))
        if not isinstance(one, float) or abs(one - other) > near:
            raise SystemExit(f"{path.name}, row {row} is {one!r}; expected {other!r}.")
