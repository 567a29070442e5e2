"""A program killed while it saves a workbook, at random moments and at every call it makes.

Run it by hand for long:  python -m tests.hosts.kill_saves --kills 200 --seed 1

A child opens a workbook, writes cells, puts a sheet of ours and saves, again and again, with a
backup and the undo store; it announces the SHA-256 of each version before the version takes the
workbook's place. It is killed (SIGKILL, some of the time SIGTERM) at moments spread over a whole
round, or at the k-th call that it makes of the file system. Then

* the workbook is byte for byte the last version that was announced, or the one before where the
  last was not said to be in place; it is sound, and no mixture of two;
* every file called like a backup is a version, whole, and so is every entry of the undo store;
* nothing else is in the folder but temporary files, and none where it was asked to stop;
* one more save succeeds, takes these out and keeps no more backups than it should.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest.mock import patch

import openpyxl

from tests.hosts.kept_promises import (
    backup_of,
    files_of,
    folder_problems,
    make_old,
    rests,
    sha256,
    store_problems,
)
from tests.hosts.portfolio_books import portfolio_book
from tests.hosts.saving_child import BEGINS, ENDS, MOST_BACKUPS, save_for_ever
from xlportfolio.errors import PortfolioError
from xlportfolio.operations.runs import save
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.lint import lint

BOOK = "portfolio.xlsx"
SHARE_OF_SIGTERM = 0.2
PATIENCE = 60.0
"""The longest wait for a child, however slow the machine. [s]"""

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.hosts.saving_child", "openpyxl", "pytest"])


class Kills:
    """Kills children that save one workbook, and looks at what they leave.

    Parameters
    ----------
    root
        An empty folder.

    Attributes
    ----------
    counts
        How many were killed, had said a version that was not in place yet, ...
    problems
        What did not hold.
    """

    def __init__(self, root: Path) -> None:
        self._desk, self._home = root.resolve() / "desk", root.resolve() / "home"
        self._desk.mkdir()
        self._book = self._desk / BOOK
        portfolio_book(self._book)
        (self._desk / "notes.txt").write_text("mine")
        self._versions = {sha256(self._book.read_bytes())}
        self._said: list[str] = []
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []

    def measured(self) -> float:
        """How long a round takes. [s]"""
        rounds = []
        with self._child("the measured one") as (process, heard):
            for _ in range(4):
                self._wait_for(BEGINS, heard)
                began = time.perf_counter()
                self._wait_for(ENDS, heard)
                rounds.append(time.perf_counter() - began)
            process.kill()
        return sorted(rounds)[1]

    def at_random(self, rng: random.Random, duration: float) -> None:
        """Kill a child at some moment of two rounds."""
        number = signal.SIGTERM if rng.random() < SHARE_OF_SIGTERM else signal.SIGKILL
        moment = rng.uniform(0, 2 * duration)
        how = f"{number.name} {1000 * moment:.1f} ms after a round began"
        with self._child(how, in_order=number == signal.SIGTERM) as (process, heard):
            self._wait_for(BEGINS, heard)
            ends = time.perf_counter() + moment
            while time.perf_counter() < ends:
                time.sleep(0)
            os.kill(process.pid or 0, number)
            process.join(PATIENCE)
            self.counts[number.name] += 1

    def at_every_call(self, *, first: int = 1, step: int = 1) -> None:
        """Kill a child at its k-th call, for every k until one ends unharmed, or some."""
        for k in range(first, 10_000, step):
            with self._child(f"killed at call {k}", k) as (process, _):
                process.join(PATIENCE)
                ended = process.exitcode
            if ended != -signal.SIGKILL:
                if ended != 0:
                    self.problems.append(f"at call {k}: the child ended with {ended}")
                return
            self.counts["killed at a call"] += 1

    @contextmanager
    def _child(
        self, how: str, k: int = 0, *, in_order: bool = False
    ) -> Iterator[tuple[BaseProcess, Connection]]:
        """A child that saves; what it leaves is looked at when it has ended."""
        self._said = [sha256(self._book.read_bytes()), ENDS]
        heard, said = _PROCESSES.Pipe(duplex=False)
        told = (str(self._desk), BOOK, said, k)
        process = _PROCESSES.Process(target=save_for_ever, args=told, daemon=True)
        process.start()
        said.close()
        try:
            yield process, heard
        finally:
            process.kill()
            process.join()
        if in_order and process.exitcode == -signal.SIGKILL:
            self.problems.append(f"{how}: it did not stop when it was asked to")
        while True:
            try:
                self._said.append(heard.recv())
            except EOFError:
                break
        heard.close()
        self.problems += [f"{how}: {problem}" for problem in self._problems(in_order=in_order)]

    def _wait_for(self, awaited: str, heard: Connection) -> None:
        while True:
            if not heard.poll(PATIENCE):
                raise AssertionError(f"the child did not say {awaited!r}")
            self._said.append(heard.recv())
            if self._said[-1] == awaited:
                return

    def _problems(self, *, in_order: bool) -> Iterator[str]:
        """Compare what is there with what was said; then save once more."""
        versions = [word for word in self._said if word not in (BEGINS, ENDS)]
        self._versions.update(versions)
        is_open = self._said[-1] == versions[-1]
        self.counts["with a version said and not yet said to be in place"] += is_open
        now = sha256(self._book.read_bytes())
        if now not in versions[-2:] or (not is_open and now != versions[-1]):
            yield "the workbook is neither the last version nor the one before"
        self.counts["left temporary files"] += bool(rests(self._desk, self._home / "undo"))
        yield from self._about_the_workbook()
        before = {"notes.txt": b"mine"}
        yield from folder_problems(self._desk, before, (BOOK,), self._versions)
        yield from store_problems(self._home / "undo")
        if in_order and (left := rests(self._desk, self._home / "undo")):
            yield f"it was asked to stop and left {', '.join(left)}"
        make_old(self._desk, self._home / "undo")
        yield from self._about_the_next_save()
        self._versions.add(sha256(self._book.read_bytes()))

    def _about_the_workbook(self) -> Iterator[str]:
        """Whether it is sound and holds the cell and the sheet of one and the same version."""
        if findings := lint(self._book):
            yield f"the workbook is not sound: {findings[0]}"
        read = openpyxl.load_workbook(self._book)
        if "PF Results" in read.sheetnames:
            cell, ours = read["Projects"]["B2"].value, read["PF Results"]["A1"].value
            if cell != ours:
                yield f"the workbook is a mixture of {cell!r} and {ours!r}"

    def _about_the_next_save(self) -> Iterator[str]:
        said = {"XLPORTFOLIO_HOME": str(self._home), "XLPORTFOLIO_BACKUPS": str(MOST_BACKUPS)}
        with patch.dict(os.environ, said):
            try:
                with open_workbook(self._book) as book:
                    version = f"after {len(self._versions)} versions"
                    book.write("Projects!B2", [[version]])
                    if book.our_sheets:
                        book.write("'PF Results'!A1", [[version]])
                    save(book, "run", None)
            except PortfolioError as error:
                yield f"the next save was refused: {error}"
        if left := rests(self._desk, self._home / "undo"):
            yield f"the next save left {', '.join(left)}"
        n_backups = sum(backup_of(name, BOOK) for name in files_of(self._desk))
        if n_backups > MOST_BACKUPS:
            yield f"{n_backups} backups were kept"


def main() -> int:
    """Kill as often as asked; 1 where something did not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="at random moments")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.perf_counter()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        kills = Kills(Path(folder))
        duration = kills.measured()
        for _ in range(asked.kills):
            kills.at_random(rng, duration)
        kills.at_every_call()
    for problem in kills.problems:
        sys.stdout.write(f"{problem}\n")
    figures = ", ".join(f"{name}: {number:,}" for name, number in sorted(kills.counts.items()))
    sys.stdout.write(
        f"a round takes {1000 * duration:.0f} ms; {figures}; {len(kills.problems)} problems; "
        f"{time.perf_counter() - began:.0f} s\n"
    )
    return 1 if kills.problems else 0


if __name__ == "__main__":
    sys.exit(main())
