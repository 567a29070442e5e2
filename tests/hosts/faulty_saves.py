"""An error at every call of the file system, for every way in which a workbook is saved.

Run it by hand for all of them:  python -m tests.hosts.faulty_saves

Each save is made with the k-th call failing, for every k until one passes unharmed: no space, an
error of the disk, no permission, a call interrupted, a write that takes half; once, and from then
on. Then the workbook must be byte for byte the old one where an error was told, in one sentence,
and the new one where none was; nothing of ours may lie beside it but what the next save takes out;
every backup and every entry of the undo store must be whole; and a further save must succeed.

The same with errors that the system itself makes: files that may not grow any more, a disk that is
really full (where one may be mounted) and calls that the kernel refuses (where strace is there).
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from tests.hosts.failing_disk import CHANGING, NEEDING_SPACE, Failing, failing_disk
from tests.hosts.kept_promises import (
    files_of,
    folder_problems,
    make_old,
    rests,
    sha256,
    store_problems,
)
from tests.hosts.portfolio_books import portfolio_book
from xlportfolio.errors import PortfolioError
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.runs import save
from xlportfolio.operations.undo import undo
from xlportfolio.operations.values_copy import values_copy
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.saving.store import UndoStore

BOOK, OTHER = "portfolio.xlsx", "other.xlsx"
EVERYTHING = CHANGING | {"open", "read", "scandir", "listdir", "flock"}
OLD_TEMPORARY = ".xlportfolio-0123456789abcdef.xlsx"
OLD_BACKUPS = tuple(f"portfolio.2026010{day}-090000.bak.xlsx" for day in (1, 2, 3))


@dataclass(frozen=True)
class Fault:
    """What goes wrong: once, or from then on."""

    name: str
    number: int | None
    lasting: frozenset[str] = frozenset()
    reads: bool = False


FAULTS = (
    Fault("no space", errno.ENOSPC),
    Fault("disk error", errno.EIO),
    Fault("no permission", errno.EACCES),
    Fault("interrupted", errno.EINTR),
    Fault("half a write", None),
    Fault("full from then on", errno.ENOSPC, NEEDING_SPACE),
    Fault("half a write, full from then on", None, NEEDING_SPACE),
    Fault("read-only from then on", errno.EROFS, CHANGING),
    Fault("disk error at reading, too", errno.EIO, reads=True),
    Fault("gone from then on", errno.EIO, EVERYTHING, reads=True),
)


@dataclass
class Attempt:
    """One try of a save: the workbook that it opened, and what it said."""

    desk: Path
    opened: list[ClosedWorkbook] = field(default_factory=list)
    said: str = ""

    def open(self) -> ClosedWorkbook:
        self.opened.append(open_workbook(self.desk / BOOK))
        return self.opened[-1]

    def save(self, output: Path | None = None) -> None:
        _, self.said = save(self.opened[-1], "edit", output)

    def close(self) -> None:
        for book in self.opened:
            book.close()


@dataclass(frozen=True)
class Save:
    """A way in which files change.

    Attributes
    ----------
    run
        Does it.
    changed
        The files that it changes, the workbook first.
    again
        Tries it again on the workbook that it opened; None where that is not at hand.
    is_recorded
        Whether it can be undone.
    """

    name: str
    run: Callable[[Attempt], None]
    changed: tuple[str, ...]
    again: Callable[[Attempt], None] | None = None
    is_recorded: bool = True


def _edit(attempt: Attempt, output: Path | None = None) -> None:
    attempt.open()
    _edit_again(attempt, output)


def _edit_again(attempt: Attempt, output: Path | None = None) -> None:
    attempt.opened[-1].write("Projects!B2", [["Bridge repair, phase 2"]])
    attempt.save(output)


def _sheet(attempt: Attempt) -> None:
    attempt.open()
    _sheet_again(attempt)


def _sheet_again(attempt: Attempt) -> None:
    cells = {(row, column): Cell(row * column) for row in range(1, 60) for column in range(1, 9)}
    attempt.opened[-1].put_sheet(SheetDescription("PF Summary", cells))
    attempt.save()


def _handback(attempt: Attempt) -> None:
    attempt.said = handback_workbook(attempt.desk / BOOK).warning


def _values(attempt: Attempt) -> None:
    attempt.said = values_copy(attempt.desk / BOOK).warning


def _map(attempt: Attempt) -> None:
    book, toml = attempt.desk / BOOK, attempt.desk / "mapping.toml"
    attempt.said = map_workbook(book, mapping_file=toml, write=True).warning


def _undo(attempt: Attempt) -> None:
    undo(attempt.desk / BOOK)


def _undo_over_edits(attempt: Attempt) -> None:
    undo(attempt.desk / OTHER, force=True)


def _record(attempt: Attempt) -> None:
    UndoStore().record(attempt.desk / BOOK, attempt.desk / BOOK, "0" * 64, "run")


def _purge(attempt: Attempt) -> None:
    UndoStore().purge()


SAVES = (
    Save("edit", _edit, (BOOK,), _edit_again),
    Save("sheet of ours", _sheet, (BOOK,), _sheet_again),
    Save("handback", _handback, (BOOK,)),
    Save("values copy", _values, ("portfolio (values).xlsx",), is_recorded=False),
    Save("new file", lambda one: _edit(one, one.desk / "out.xlsx"), ("out.xlsx",), None, False),
    Save("other file", lambda one: _edit(one, one.desk / OTHER), (OTHER,)),
    Save("undo", _undo, (BOOK,), is_recorded=False),
    Save("undo over edits", _undo_over_edits, (OTHER,), is_recorded=False),
    Save("mapping", _map, (BOOK, "mapping.toml")),
    Save("record", _record, (BOOK,), is_recorded=False),
    Save("purge", _purge, (BOOK,), is_recorded=False),
)


class Trials:
    """Tries saves, each time on the same files as if for the first time.

    Parameters
    ----------
    root
        An empty folder.
    tell
        Told what did not hold, at once.

    Attributes
    ----------
    counts
        How many tries there were, were refused, were done all the same, ...
    problems
        What did not hold.
    """

    def __init__(self, root: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        self.root = root.resolve()
        self._tell = tell
        self.desk, self.home = self.root / "desk", self.root / "home"
        self._kept = self.root / "kept"
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self._make()
        self._expected = {one.name: self._clean(one) for one in SAVES}

    def every_call(self, one: Save, fault: Fault, *, first: int = 1, step: int = 1) -> None:
        """Try a save with the k-th call failing, for every k, or some."""
        for k in range(first, 100_000, step):
            failing = Failing(k, fault.number, fault.lasting)
            said = f"{one.name}, {fault.name} at call {k}"
            with (
                self._trial(one, said, is_once=not fault.lasting) as attempt,
                failing_disk(self.root, failing, reads=fault.reads),
            ):
                attempt()
            if not failing.failed:
                return
            self.counts["calls that failed"] += 1

    def every_size(self, one: Save, n_sizes: int) -> None:
        """Try a save where no file may grow over a size (EFBIG), for sizes up to what it needs."""
        largest = 2 * max(map(len, files_of(self.desk).values()))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        for k in range(n_sizes):
            limit = largest * k // n_sizes
            with self._trial(one, f"{one.name}, files of at most {limit} bytes") as attempt:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
                try:
                    attempt()
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def every_space(self, one: Save, n_sizes: int) -> None:
        """Try a save on a disk with so much space left, from none on (ENOSPC)."""
        for k in range(n_sizes):
            with self._trial(one, f"{one.name}, {4 * k} kB free", is_once=False) as attempt:
                filler = self.root / "filler"
                with suppress(OSError), filler.open("wb", buffering=0) as stream:
                    while stream.write(bytes(4096)):
                        pass
                os.truncate(filler, max(filler.stat().st_size - 4096 * k, 0))
                try:
                    attempt()
                finally:
                    filler.unlink()

    def every_system_call(self, one: Save, server: Server, call: str, error: str) -> None:
        """Try a save in another process of which the kernel refuses the k-th call of a kind."""
        for k in range(1, 1000):
            reached = False
            said = f"{one.name}, {error} at {call} {k} of the system"
            with self._trial(one, said, is_once=True) as attempt:
                attempt.elsewhere = lambda: server.save(one.name)
                with server.injecting(call, error, k) as injected:
                    attempt()
                reached = injected()
            if not reached:
                return
            self.counts["system calls that failed"] += 1

    # -- one try ---------------------------------------------------------------------------------

    @contextmanager
    def _trial(self, one: Save, said: str, *, is_once: bool = True) -> Iterator[_Try]:
        self._lay_out()
        before = files_of(self.desk)
        kept_before = self._n_kept()
        trying = _Try(one, Attempt(self.desk))
        yield trying
        self.counts["tries"] += 1
        self.counts["refused" if trying.message else "done"] += 1
        problems = [*trying.problems]
        after = files_of(self.desk)
        expected = self._expected[one.name]
        for at, name in enumerate(one.changed):
            if not trying.message and after.get(name) != expected.get(name):
                problems.append(f"no error was told, and {name} is not the new one")
            is_old = after.get(name) == before.get(name)
            is_new = after.get(name) == expected.get(name)
            if trying.message and not is_old and (is_once or at == 0 or not is_new):
                problems.append(f"{name} is not the old one although an error was told")
        main = one.changed[0]
        whole = {sha256(before[main])} if main in before else set()
        problems += folder_problems(self.desk, self._without(before, one), one.changed, whole)
        problems += store_problems(self.home / "undo")
        if trying.message and is_once:
            problems += [f"{name} was left" for name in after if name not in before]
            if self._n_kept() != kept_before and one.name not in ("purge",):
                problems.append("a run was kept that never was")
        elif (
            one.is_recorded
            and not trying.message
            and self._n_kept() != kept_before + 1
            and "could not be kept for undo" not in trying.attempt.said
        ):
            problems.append("the run was not kept, and nobody was told")
        if trying.message and is_once and one.again is not None and trying.attempt.opened:
            try:
                one.again(trying.attempt)
                if files_of(self.desk).get(main) != expected[main]:
                    problems.append("saving again gave something else")
            except PortfolioError as error:
                problems.append(f"saving again was refused: {error}")
            self.counts["saved again"] += 1
        trying.attempt.close()
        problems += self._next_save()
        self.problems += [f"{said}: {problem}" for problem in problems]
        for problem in problems:
            self._tell(f"{said}: {problem}")

    def _without(self, before: dict[str, bytes], one: Save) -> dict[str, bytes]:
        gone = {*one.changed, OLD_TEMPORARY}
        return {name: content for name, content in before.items() if name not in gone}

    def _next_save(self) -> Iterator[str]:
        """A save without faults succeeds and takes everything out that was left."""
        make_old(self.desk, self.home / "undo")
        try:
            with open_workbook(self.desk / BOOK) as book:
                book.write("Projects!C2", [["Renewal of bridges"]])
                save(book, "next", None)
        except PortfolioError as error:
            yield f"the next save was refused: {error}"
        left = rests(self.desk, self.home / "undo")
        if left:
            yield f"the next save left {', '.join(left)}"
        if findings := lint(self.desk / BOOK):
            yield f"the next save is not sound: {findings[0]}"

    # -- the files -------------------------------------------------------------------------------

    def _make(self) -> None:
        """A portfolio with a sheet of ours and two runs, another workbook that was edited since."""
        for folder in (self.desk, self.home):
            folder.mkdir()
        for name in (BOOK, OTHER):
            portfolio_book(self.desk / name)
            for number in (1, 2):
                with open_workbook(self.desk / name) as book:
                    book.put_sheet(SheetDescription("PF Results", {(1, 1): Cell(number)}))
                    book.write("Projects!C3", [[f"{name} {number}"]])
                    save(book, "run", None)
        with open_workbook(self.desk / OTHER) as book:
            book.write("Projects!C4", [["by hand"]])
            book.save()
        for path in self.desk.glob("*.bak.xlsx"):
            path.unlink()
        for name in OLD_BACKUPS:
            shutil.copy(self.desk / BOOK, self.desk / name)
        (self.desk / "notes.txt").write_text("mine")
        (self.desk / OLD_TEMPORARY).write_bytes(b"half a workbook")
        make_old(self.desk)
        for folder in (self.desk, self.home):
            shutil.copytree(folder, self._kept / folder.name)

    def _lay_out(self) -> None:
        for folder in (self.desk, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self._kept / folder.name, folder)

    def _clean(self, one: Save) -> dict[str, bytes]:
        """What a save gives that nothing disturbs; it gives the same every time."""
        given = []
        for _ in range(2):
            self._lay_out()
            attempt = Attempt(self.desk)
            one.run(attempt)
            attempt.close()
            files = files_of(self.desk)
            given.append({name: files[name] for name in one.changed})
        if given[0] != given[1]:
            raise AssertionError(f"{one.name} does not give the same twice")
        return given[0]

    def _n_kept(self) -> int:
        return len(list((self.home / "undo").glob("*/*.json")))


class _Try:
    """One try: called where the fault is."""

    def __init__(self, one: Save, attempt: Attempt) -> None:
        self.attempt = attempt
        self.message = ""
        self.problems: list[str] = []
        self.elsewhere: Callable[[], tuple[str, str, str]] | None = None
        self._one = one

    def __call__(self) -> None:
        how, message, self.attempt.said = (
            tried(self._one, self.attempt) if self.elsewhere is None else self.elsewhere()
        )
        if how == "broke":
            self.problems.append(message)
        elif how == "refused":
            self.message = message
            if "\n" in message or not message.rstrip('"').endswith((".", "?")):
                self.problems.append(f"no sentence: {message!r}")


def tried(one: Save, attempt: Attempt) -> tuple[str, str, str]:
    """Whether a save was done, was refused or broke; with its message and what it said."""
    try:
        one.run(attempt)
    except PortfolioError as error:
        return "refused", str(error), ""
    except Exception as error:
        ours = [
            one
            for one in traceback.extract_tb(error.__traceback__)
            if f"{os.sep}xlportfolio{os.sep}" in one.filename
        ]
        place = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "?"
        return "broke", f"{type(error).__name__}: {error} at {place}", ""
    return "done", "", attempt.said


# -- errors of the system itself -----------------------------------------------------------------


class Server:
    """Another process that saves when it is told to, and that strace can reach."""

    def __init__(self, trials: Trials) -> None:
        self._root = trials.root
        command = [sys.executable, "-m", "tests.hosts.faulty_saves", "--serve", str(trials.desk)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def save(self, name: str) -> tuple[str, str, str]:
        """Make a save; whether it was done, was refused or broke."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        how, message, said = json.loads(self._process.stdout.readline())
        return how, message, said

    @contextmanager
    def injecting(self, call: str, error: str, k: int) -> Iterator[Callable[[], bool]]:
        """Have the k-th call of a kind fail that concerns a file below the folder."""
        log = self._root / "strace.log"
        command = ["strace", "-f", "-o", str(log), "-e", f"trace={call}"]
        command += ["-e", f"inject={call}:error={error}:when={k}", "-p", str(self._process.pid)]
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert tracer.stderr
        said = tracer.stderr.readline()
        if "attached" not in said:
            raise AssertionError(f"strace does not reach the process: {said}")
        try:
            yield lambda: "INJECTED" in log.read_text()
        finally:
            tracer.terminate()
            tracer.communicate()

    def close(self) -> None:
        self._process.communicate()


def serve(desk: Path) -> None:
    """Make the saves whose names come in; answers go out by `send`, which nobody makes fail."""
    by_name = {one.name: one for one in SAVES}
    for line in sys.stdin:
        attempt = Attempt(desk)
        answer = tried(by_name[line.strip()], attempt)
        attempt.close()
        os.writev(sys.stdout.fileno(), [f"{json.dumps(answer)}\n".encode()])


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A disk in memory of that size; None where none may be mounted."""
    folder = Path(tempfile.mkdtemp())
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def trials_in(root: Path, tell: Callable[[str], None] = lambda _: None) -> Iterator[Trials]:
    """Trials in a folder, with an undo store and few backups of their own."""
    said = {"XLPORTFOLIO_HOME": str(root.resolve() / "home"), "XLPORTFOLIO_BACKUPS": "2"}
    with patch.dict(os.environ, said):
        yield Trials(root, tell)


def slice_of_faults(trials: Trials, step: int) -> None:
    """A part of all: of each save one call in `step` fails, each time in another way."""
    for at, one in enumerate(SAVES):
        trials.every_call(one, FAULTS[3 * at % len(FAULTS)], first=1 + 2 * at % step, step=step)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _all(trials: Trials, saves: Sequence[Save]) -> None:
    for one in saves:
        began = time.perf_counter()
        n_before = trials.counts["tries"]
        for fault in FAULTS:
            trials.every_call(one, fault)
        trials.every_size(one, 60)
        n_tries = trials.counts["tries"] - n_before
        _tell(f"{one.name}: {n_tries} tries in {time.perf_counter() - began:.0f} s")


def _system_calls(trials: Trials, saves: Sequence[Save]) -> None:
    if shutil.which("strace") is None:
        _tell("calls refused by the kernel: NOT CHECKED, there is no strace")
        return
    server = Server(trials)
    for one in saves:
        server.save(one.name)  # whatever has to be imported is imported
    for one in saves:
        for call, errors in (
            ("write", ("ENOSPC", "EIO")),
            ("fsync", ("EIO", "EINTR")),
            ("/^rename", ("EIO",)),
            ("/^link", ("EIO", "EPERM")),
            ("/^unlink", ("EACCES",)),
            ("/^mkdir", ("ENOSPC",)),
            ("/^(f?chmod|fchmodat)", ("EPERM",)),
            ("/^(l?f?chown|fchownat)", ("EPERM",)),
            ("utimensat", ("EACCES",)),
        ):
            for error in errors:
                trials.every_system_call(one, server, call, error)
    server.close()


def main() -> int:
    """Try everything; 1 where something did not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    names = ", ".join(one.name for one in SAVES)
    parser.add_argument("--saves", default=names, help=f"some of: {names}")
    asked = parser.parse_args()
    if asked.serve is not None:
        serve(asked.serve)
        return 0
    wanted = {name.strip() for name in asked.saves.split(",")}
    saves = [one for one in SAVES if one.name in wanted]
    began = time.perf_counter()
    counts: Counter[str] = Counter()
    n_problems = 0
    with tempfile.TemporaryDirectory() as folder, trials_in(Path(folder), _tell) as trials:
        _all(trials, saves)
        _system_calls(trials, saves)
        counts += trials.counts
        n_problems += len(trials.problems)
    with small_disk(2) as disk:
        if disk is None:
            _tell("a disk that is really full: NOT CHECKED, none may be mounted")
        else:
            with trials_in(disk, _tell) as trials:
                for one in saves:
                    trials.every_space(one, 30)
                    trials.counts["tries on a full disk"] += 30
                counts += trials.counts
                n_problems += len(trials.problems)
    figures = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    _tell(f"{figures}; {n_problems:,} problems; {time.perf_counter() - began:.0f} s")
    return 1 if n_problems else 0


if __name__ == "__main__":
    sys.exit(main())
