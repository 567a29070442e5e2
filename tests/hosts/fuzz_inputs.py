"""Broken and hostile workbooks, thousands of them, through everything that reads a workbook.

Run it by hand for long:  python -m tests.hosts.fuzz_inputs --runs 20000 --seed 1

Each input is a small sound workbook whose bytes, parts or XML were changed. It is opened; its
sheets, tables, names, formulas and links are read; a cell is written and a sheet of ours put, and
both saved elsewhere; the lint looks at it, and sometimes the tables of a portfolio are looked for.
Each step either succeeds, or is refused with a `PortfolioError` of one line that names the file,
the sheet or the cell. Nothing else may be raised, and no input may take more than 10 s of computing
or 1 GB of memory. The input and its folder stay as they were, apart from the file that was asked
for: that one holds what was written, and the lint finds in it nothing that the input had not.

The inputs run in child processes, which the operating system ends at their limits.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.hosts.broken_files import broken_bytes, sound_books
from tests.hosts.broken_parts import broken_parts
from xlportfolio.errors import PortfolioError
from xlportfolio.operations.linting import lint_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.description import Cell, CellFormat, SheetDescription
from xlportfolio.workbook.lint import lint, new_findings

LONGEST = 10.0
"""Of computing, for one input. [s]"""
WATCHDOG = 120
"""What an input may take that waits for something. [s]"""
MOST_MEMORY = 1 << 30
"""Beyond what the process held before its first input. [bytes]"""
BATCH = 250
NAME = "input.xlsx"
OURS = SheetDescription(
    "PF Fuzz", {(1, 1): Cell("written", CellFormat(bold=True)), (2, 1): Cell(1.5)}
)


@dataclass
class Figures:
    """What came of the inputs."""

    n_inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)
    largest: tuple[int, int] = (0, -1)

    def add(self, line: str) -> None:
        """Take in what a child says of one input."""
        number, seconds, kilobytes, outcome, refusal, said = line.split("\t", 5)
        self.n_inputs += 1
        self.outcomes[outcome] += 1
        if refusal:
            self.refusals[refusal] += 1
        self.slowest = max(self.slowest, (float(seconds), int(number)))
        self.largest = max(self.largest, (int(kilobytes), int(number)))
        if outcome == "failed":
            self.failures.append(f"input {number}: {said}")


def an_input(seed: int, number: int) -> tuple[str, bytes]:
    """An input of a seed, and how it was made."""
    rng = random.Random(f"{seed}/{number}")
    return broken_bytes(rng) if rng.random() < 0.35 else broken_parts(rng)


class WrongError(Exception):
    """What must not happen, other than an exception of the program itself."""


class Use:
    """Everything that is done with one input; `refusals` says what was refused, by step."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        self.path, self.output = path, path.with_name("output.xlsx")
        self.rng = rng
        self.refusals: dict[str, str] = {}
        self.did_save = False

    def run(self) -> None:
        before = self.path.read_bytes()
        with self._may_refuse("open"), open_workbook(self.path) as book:
            self._read(book)
        with self._may_refuse("write"), open_workbook(self.path) as book:
            self._write(book)
        self._lint()
        if self.rng.random() < 0.04:
            with self._may_refuse("map"):
                map_workbook(self.path)
        if self.path.read_bytes() != before:
            raise WrongError("the input was changed")
        there = {path.name for path in self.path.parent.iterdir()}
        expected = {NAME, "output.xlsx"} if self.did_save else {NAME}
        if there != expected:
            raise WrongError(f"the folder holds {sorted(there)}; expected {sorted(expected)}")
        if self.did_save:
            self._check_output()

    def _read(self, book: ClosedWorkbook) -> None:
        for read in (book.tables, book.names, book.name_texts, book.external_links):
            with self._may_refuse(read.__name__):
                read()
        for name in book.sheet_names:
            with self._may_refuse("contents"):
                book.contents(name)
            with self._may_refuse("formulas"):
                book.formulas(name)

    def _write(self, book: ClosedWorkbook) -> None:
        names = book.sheet_names
        wrote = False
        if not names:
            self.refusals.setdefault("write a cell", "there is no sheet")
        else:
            with self._may_refuse("write a cell"):
                book.write(f"'{names[0].replace(chr(39), chr(39) * 2)}'!N30", [["fuzz", 2.5]])
                wrote = True
        with self._may_refuse("put a sheet"):
            book.put_sheet(OURS)
            wrote = True
        if wrote:
            with self._may_refuse("save"):
                book.save(self.output)
                self.did_save = True

    def _lint(self) -> None:
        """The command's lint, and the lint alone, which has to bear what the command refuses."""
        with self._may_refuse("lint"):
            lint_workbook(self.path)
        if "lint" in self.refusals:
            lint(self.path)

    def _check_output(self) -> None:
        worse = new_findings(self.path, self.output)
        if worse:
            raise WrongError(f"the output is worse than the input: {worse[0]}")
        # What could not be read before cannot be read after.
        refused = (PortfolioError,) if self.refusals else ()
        with contextlib.suppress(*refused), open_workbook(self.output) as book:
            if "put a sheet" not in self.refusals:
                ours = book.our_sheet("PF Fuzz")
                values = [] if ours is None else book.read(f"'{ours}'!A1:A2")
                if values != [["written"], [1.5]]:
                    raise WrongError(f"the sheet that was put holds {values}")
            if "write a cell" not in self.refusals:
                name = book.sheet_names[0].replace("'", "''")
                values = book.read(f"'{name}'!N30:O30")
                if values != [["fuzz", 2.5]]:
                    raise WrongError(f"the cells that were written hold {values}")

    @contextlib.contextmanager
    def _may_refuse(self, step: str) -> Iterator[None]:
        try:
            yield
        except PortfolioError as error:
            said = str(error)
            self.refusals.setdefault(step, said)
            if len(said.splitlines()) != 1 or "Traceback" in said or len(said) > 2000:
                raise WrongError(f"{step} was refused with {said[:300]!r} ({len(said)})") from error
            if step == "open" and NAME not in said:
                raise WrongError(f"the refusal does not name the file: {said}") from error


# -- child processes -----------------------------------------------------------------------------


def run_inputs(runs: int, seed: int, *, first: int = 0, tell: Callable[[str], None]) -> Figures:
    """Run inputs in child processes.

    Parameters
    ----------
    runs, seed, first
        How many, of which seed, from which number on.
    tell
        Told each failure, and each batch.
    """
    sound_books()
    figures = Figures()
    number, end = first, first + runs
    while number < end:
        stop = min(end, number + BATCH)
        n_before, n_failed = figures.n_inputs, len(figures.failures)
        died = _run_child(seed, number, stop, figures)
        number += figures.n_inputs - n_before
        if died is not None and number < stop:
            figures.n_inputs += 1
            figures.outcomes["failed"] += 1
            figures.failures.append(f"input {number}: {died} ({an_input(seed, number)[0]})")
            number += 1
        for failure in figures.failures[n_failed:]:
            tell(failure)
        tell(f"{number} of {end}: {dict(figures.outcomes)}")
    return figures


def _run_child(seed: int, first: int, stop: int, figures: Figures) -> str | None:
    """Run a batch; why the child ended before its end, None if it did not."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        status = 1
        try:
            with os.fdopen(writer, "w", encoding="utf-8") as pipe:
                _work(seed, first, stop, pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", newline="\n") as pipe:
        for line in pipe:
            figures.add(line.rstrip("\n"))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        limits = {"SIGPROF": f"took more than {LONGEST:g} s", "SIGALRM": "waited without end"}
        return limits.get(name, f"the process died of {name}")
    return None if status == 0 else "the process ended by itself"


def _work(seed: int, first: int, stop: int, pipe: IO[str]) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="fuzz-inputs-") as folder:
        os.environ["XLPORTFOLIO_HOME"] = str(Path(folder) / "home")
        held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = held * resource.getpagesize() + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for number in range(first, stop):
            made, data = an_input(seed, number)
            place = Path(folder) / str(number)
            place.mkdir()
            path = place / NAME
            path.write_bytes(data)
            signal.setitimer(signal.ITIMER_PROF, LONGEST)
            signal.alarm(WATCHDOG)
            began = time.perf_counter()
            outcome, refusal, said = _outcome(Use(path, random.Random(number)))
            seconds = time.perf_counter() - began
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.alarm(0)
            largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            said = f"{made}: {said}" if said else ""
            pipe.write(f"{number}\t{seconds:.2f}\t{largest}\t{outcome}\t{refusal}\t{said}\n")
            pipe.flush()
            for left in place.iterdir():
                left.unlink()
            place.rmdir()


def _outcome(use: Use) -> tuple[str, str, str]:
    """Whether an input was used, which step refused first, and what went wrong if anything did."""
    try:
        use.run()
    except WrongError as wrong:
        return "failed", "", str(wrong).replace("\n", " ").replace("\t", " ")
    except Exception as error:  # what this program is for
        place = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} [{place.filename}:{place.lineno} {place.name}]"
        return "failed", "", repr(said[:500])
    step = next(iter(use.refusals), "")
    if "open" in use.refusals:
        return "refused when opened", "", ""
    return ("refused in part" if step else "used"), step, ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Put broken and hostile workbooks to use.")
    parser.add_argument("--runs", type=int, default=2000, help="how many inputs (default 2000)")
    parser.add_argument("--seed", type=int, default=1, help="where they come from (default 1)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (default 0)")
    parser.add_argument("--keep", type=Path, help="write input FIRST here and run nothing")
    options = parser.parse_args()
    if options.keep is not None:
        made, data = an_input(options.seed, options.first)
        options.keep.write_bytes(data)
        sys.stdout.write(f"input {options.first} of seed {options.seed}: {made}\n")
        return 0

    def tell(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    began = time.perf_counter()
    figures = run_inputs(options.runs, options.seed, first=options.first, tell=tell)
    tell("refused first when asked to: " + ", ".join(
        f"{step} {count}" for step, count in figures.refusals.most_common()
    ))  # fmt: skip
    again = f"python -m tests.hosts.fuzz_inputs --seed {options.seed} --runs 1 --first"
    tell(
        f"slowest: input {figures.slowest[1]}, {figures.slowest[0]:.1f} s; most memory: "
        f"{figures.largest[0] >> 10} MB by input {figures.largest[1]}; one again: {again} NUMBER"
    )
    mix = ", ".join(f"{count} {outcome}" for outcome, count in figures.outcomes.most_common())
    tell(
        f"{figures.n_inputs} inputs of seed {options.seed} in {time.perf_counter() - began:.0f} s: "
        f"{mix}; {len(figures.failures)} failed"
    )
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())
