"""An error at every call of Excel, for every button: what it leaves behind.

Each button is pressed with the k-th call that it makes of Excel failing, for every k: before Excel
does anything, and after it did what it was asked. The workbook must then be as it was, no other
left open, the switches of Excel as they were, the step not kept, and one sentence said; or the
button did all it does, as if nothing had happened.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from tests.hosts.stand_in import Alerts, StandIn, differences
from xlportfolio.macros import BUTTONS, MacroResult, press
from xlportfolio.workbook.saving.store import UndoStore

SWITCHES = ("screen_updating", "display_alerts", "enable_events", "calculation", "status_bar")
ON_RESULTS = frozenset(
    {"refresh", "write_back", "handback", "undo", "restore", "values_copy", "settings"}
)
"""Buttons that are pressed on a workbook with results; the others on one without."""


class StoppedClock(datetime):
    """Every run happens at the same moment, so that two of them write the same."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 11, 22, 9, 30, tzinfo=tz)


class Person(Alerts):
    """Somebody who says yes to every question, or no."""

    def __init__(self, agrees: bool) -> None:
        super().__init__()
        self._says = "yes" if agrees else "no"

    def answer(self, prompt: object, title: str | None, buttons: str, mode: str | None) -> str:
        self.answers[:] = [self._says if buttons == "yes_no" else "ok"]
        return super().answer(prompt, title, buttons, mode)


@dataclass(frozen=True)
class Pressed:
    """What pressing a button left behind.

    Attributes
    ----------
    raised
        What left the macro instead of being told; "" for nothing.
    state, books, switches
        The workbook, the names of all that are open, and the switches of Excel.
    said
        The message boxes, in order.
    n_kept
        How many steps are kept for undo.
    calls
        The host calls, by name.
    has_failed
        Whether one of them was made to fail.
    """

    result: MacroResult | None
    raised: str
    state: Any
    books: tuple[str, ...]
    switches: tuple[Any, ...]
    said: tuple[str, ...]
    n_kept: int
    calls: tuple[str, ...]
    has_failed: bool


class Faults:
    """Presses buttons on one workbook, each time as if for the first time.

    Parameters
    ----------
    folder
        For the workbook, the store and the home of whoever is at Excel.
    """

    def __init__(self, folder: Path) -> None:
        self._desk, self._plain, self._solved = (
            folder / name for name in ("desk", "plain", "solved")
        )
        self._plain.mkdir()
        decided = [[*row, "Proposed decision" if row is PROJECTS[0] else None] for row in PROJECTS]
        portfolio_book(self._plain / "portfolio.xlsx", Projects=decided)
        self._begin(self._plain)
        with self._at_the_desk():
            for name in ("score", "run"):
                done = press(name, self._book, details=self._excel.details, store=self._store)
                if done.status == "not done":
                    raise AssertionError(done.sentence)
        self._solved.mkdir()
        self._excel.save(self._book, self._solved / "portfolio.xlsx")
        shutil.copytree(self._desk / "store", self._solved / "store")

    def press(
        self, name: str, k: int | None = None, *, carried_out: bool = False, agrees: bool = True
    ) -> Pressed:
        """Press a button on the workbook as it was at first, with one call failing.

        Parameters
        ----------
        name
            Of the button.
        k
            Which call fails; None for none.
        carried_out
            Whether Excel does what it was asked before the error arrives.
        agrees
            Whether the person says yes to every question, or no.
        """
        self._begin(self._solved if name in ON_RESULTS else self._plain)
        self._excel.alerts = Person(agrees)
        excel, book, app = self._excel, self._book, self._excel.app
        if name == "restore":
            excel.select(book.sheets["PF Log"].range("A6"))
        excel.calls.clear()
        excel.fail_at(k, carried_out=carried_out)
        result, raised = None, ""
        with self._at_the_desk():
            try:
                result = press(name, book, app=app, details=excel.details, store=self._store)
            except Exception as error:
                raised = f"{type(error).__name__}: {error}"
        has_failed, calls = excel.calls.has_failed, tuple(excel.calls.names)
        excel.fail_at(None)
        return Pressed(
            result,
            raised,
            excel.state(book),
            tuple(one.name for one in excel.app.books),
            tuple(getattr(excel.app, switch) for switch in SWITCHES),
            tuple(one.prompt for one in excel.alerts.asked),
            len(self._store.entries(self._desk / "portfolio.xlsx")),
            calls,
            has_failed,
        )

    def before(self, name: str) -> Pressed:
        """What there is before a button is pressed."""
        self._begin(self._solved if name in ON_RESULTS else self._plain)
        return Pressed(
            None,
            "",
            self._excel.state(self._book),
            tuple(one.name for one in self._excel.app.books),
            tuple(getattr(self._excel.app, switch) for switch in SWITCHES),
            (),
            len(self._store.entries(self._desk / "portfolio.xlsx")),
            (),
            False,
        )

    def _begin(self, start: Path) -> None:
        """Put the desk as it was, at the same place: what is kept for undo goes by it."""
        shutil.rmtree(self._desk, ignore_errors=True)
        shutil.copytree(start, self._desk)
        (self._desk / "home" / "Documents").mkdir(parents=True)
        self._excel = StandIn()
        self._book = self._excel.open(self._desk / "portfolio.xlsx")
        self._store = UndoStore(self._desk / "store")

    @contextmanager
    def _at_the_desk(self) -> Iterator[None]:
        """A home that is nobody's, and a clock that stands still."""
        home = str(self._desk / "home")
        with (
            patch.dict(os.environ, HOME=home, USERPROFILE=home, XLPORTFOLIO_HOME=home),
            patch("xlportfolio.operations.book_run.datetime", StoppedClock),
            patch("xlportfolio.operations.log_step.datetime", StoppedClock),
            patch("xlportfolio.workbook.saving.store.datetime", StoppedClock),
        ):
            yield


def wrong_of(faulty: Pressed, before: Pressed, whole: Pressed, between: Pressed) -> list[str]:
    """What is wrong with what a button left after an error, in sentences.

    Parameters
    ----------
    faulty
        What it left.
    before
        What there was.
    whole
        What it leaves without the error.
    between
        What it leaves where the person says no: write-back has shown what would change by then.
    """
    found = []
    if faulty.state == between.state != before.state:
        before = between
    if faulty.raised:
        found.append(f"raised {faulty.raised}")
    if faulty.switches != before.switches:
        found.append(f"switches are {faulty.switches}, were {before.switches}")
    result = faulty.result
    if result is not None and result.status == "not done":
        found += [f"left {one}" for one in differences(before.state, faulty.state, most=3)]
        if faulty.books != before.books:
            found.append(f"open are {faulty.books}, were {before.books}")
        if faulty.n_kept != before.n_kept:
            found.append(f"{faulty.n_kept} steps are kept, were {before.n_kept}")
        if faulty.said[-1:] != (result.sentence,) or "\n" in result.sentence:
            found.append(f"said {faulty.said}, of {result.sentence!r}")
        if "mistake of xlportfolio" in result.sentence:
            found.append(f"took an error of Excel for one of its own: {result.sentence}")
    elif result is not None:
        found += [f"is done, but {one}" for one in differences(whole.state, faulty.state, most=3)]
        if faulty.books != whole.books:
            found.append(f"is done, but open are {faulty.books}, not {whole.books}")
        if faulty.n_kept != whole.n_kept:
            found.append(f"is done, but {faulty.n_kept} steps are kept, not {whole.n_kept}")
    return found


def all_wrong(faults: Faults, name: str, every: int = 1) -> tuple[int, list[str]]:
    """Press a button with each call failing; how many there were, and what was wrong.

    Parameters
    ----------
    faults
        Where.
    name
        Of the button.
    every
        Only every so many-th call.
    """
    before, whole = faults.before(name), faults.press(name)
    between = faults.press(name, agrees=False)
    if whole.result is None or whole.result.status == "not done":
        return 0, [f"{name}: {whole.raised or whole.result}"]
    n_faults, wrong = 0, []
    for carried_out in (False, True):
        for k in range(1 + (every // 2 if carried_out else 0), len(whole.calls) + 1, every):
            faulty = faults.press(name, k, carried_out=carried_out)
            if not faulty.has_failed:  # the status bar is told more or less, as time goes by
                continue
            n_faults += 1
            when = "after" if carried_out else "at"
            told = f"{name}, {when} call {k} ({whole.calls[k - 1]})"
            wrong += [f"{told}: {one}" for one in wrong_of(faulty, before, whole, between)]
    return n_faults, wrong


def main(names: Sequence[str] = (), every: int = 1) -> int:
    """Press every button, or these, with each call failing.

    Parameters
    ----------
    names
        Of the buttons; all where none is named.
    every
        Only every so many-th call.
    """
    began, total, all_found = time.perf_counter(), 0, []
    with tempfile.TemporaryDirectory(prefix="xlportfolio-faults-") as folder:
        faults = Faults(Path(folder))
        for name in names or [button.name for button in BUTTONS]:
            n_faults, wrong = all_wrong(faults, name, every)
            total += n_faults
            all_found += wrong
            sys.stdout.write(f"  {name:<12} {n_faults:>5} faults, {len(wrong)} wrong\n")
            sys.stdout.flush()
    for line in all_found[:200]:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(
        f"{total} faults; {len(all_found)} wrong; {time.perf_counter() - began:.0f} s\n"
    )
    return 1 if all_found else 0
