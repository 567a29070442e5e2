"""Undo in Excel: the workbook that is open, as it was before the last run made in it.

Excel forgets its own list of what can be undone when a program writes. So each run keeps what it
is about to change, in the store that the runs on files use, too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import EditedError, InputError, WorkbookError
from xlportfolio.operations.undo import RecordedRun
from xlportfolio.wording import counted, listed
from xlportfolio.workbook.live.address import address_of
from xlportfolio.workbook.live.putting_back import put_back
from xlportfolio.workbook.saving.store import (
    LONGEST_KEPT,
    MOST_ENTRIES,
    Entry,
    Key,
    UndoStore,
    local_moment,
)

if TYPE_CHECKING:
    import xlwings as xw

    from xlportfolio.workbook.live.book import LiveWorkbook
    from xlportfolio.workbook.live.details import ExcelDetails
    from xlportfolio.workbook.live.keeping import Kept


BUTTONS = {
    "map": "Map tables",
    "check": "Check",
    "score": "Score and rank",
    "rebalance": "Rebalance portfolio",
    "level": "Level plan",
    "run": "Run all",
    "PF Changes": "Write decisions back (PF Changes)",
    "write-back": "Write decisions back",
    "handback": "Hand back",
    "functions": "Functions",
    "mend-links": "Mend links",
    "help": "Help",
}
"""What people in Excel call the steps: by the buttons that do them."""

_MOST_NAMED = 3


def said_of(run: Entry) -> str:
    """A run as people tell it, by the button where one did it.

    Parameters
    ----------
    run
        As it is kept.
    """
    return f'"{_called(run)}" of {local_moment(run.recorded)}'


def _called(run: Entry) -> str:
    return BUTTONS.get(run.command, run.command) if run.kind == "live" else run.command


@dataclass(frozen=True)
class LiveUndoResult:
    """What an undo in Excel did.

    Attributes
    ----------
    workbook
        Its name.
    command, recorded
        The earliest run that was undone, and when it ran (UTC); a button goes by its label.
    n_undone
        How many runs were undone.
    n_left
        How many runs further back one can still go.
    stayed
        The user's cells that hold something else than the runs left, and stayed so.
    """

    workbook: str
    command: str
    recorded: datetime
    n_undone: int
    n_left: int
    stayed: tuple[str, ...] = ()

    def __str__(self) -> str:
        undone = f" ({self.n_undone} runs undone)" if self.n_undone > 1 else ""
        further = f"{self.n_left} more can be undone" if self.n_left else "no more can be undone"
        run = f'"{self.command}" of {local_moment(self.recorded)}'
        if not self.stayed:
            return f'"{self.workbook}" is as it was before {run}{undone}; {further}.'
        n_cells = len(self.stayed)
        they = "it holds" if n_cells == 1 else "they hold"
        stay = "stays as it is" if n_cells == 1 else "stay as they are"
        return (
            f'"{self.workbook}" was put back to before {run}{undone}, but for '
            f"{counted(n_cells, 'cell')} ({listed(self.stayed, _MOST_NAMED)}): {they} something "
            f"else by now than was written there, and {stay}; {further}."
        )


def key_of(book: xw.Book) -> Key:
    """What stands for an open workbook in the undo store.

    Its file; the address of one in the cloud; for one that was never saved its name and the
    process of its Excel, which nothing else has while it is open.
    """
    name = address_of(book)
    if "://" in name:
        return name
    if os.path.isabs(name):  # noqa: PTH117
        return Path(name)
    return f"{name} of Excel {book.app.pid}"


def record_live(
    book: xw.Book, kept: Kept, command: str, store: UndoStore | None = None
) -> RecordedRun:
    """Keep what a run is about to change, so that `undo_live` can put it back.

    Parameters
    ----------
    book
        The workbook that is open.
    kept
        What `LiveWorkbook.save` hands to `recording`.
    command
        What is run, such as "rebalance".
    store
        The user's own when not given.

    Returns
    -------
    With a warning, not an error, where the store cannot be written.
    """
    try:
        entry = (store or UndoStore()).record(
            key_of(book), kept.path, kept.hash_after, command, kind="live"
        )
    except WorkbookError as error:
        return RecordedRun(None, f"{error} This run cannot be undone.")
    return RecordedRun(entry)


def save_recorded(
    live: LiveWorkbook, book: xw.Book, command: str, store: UndoStore | None = None
) -> str:
    """Carry out what waits on an open workbook, so that `undo_live` can take it back.

    Parameters
    ----------
    live, book
        The workbook that is open.
    command
        What is run, such as "rebalance".
    store
        The user's own when not given.

    Returns
    -------
    What a person should know of it, such as that it cannot be undone or that a chart was not drawn;
    "" for nothing.

    Raises
    ------
    WorkbookError
        If it cannot be carried out; the workbook is then as it was, and nothing of it is kept.
    """
    store = store or UndoStore()
    done = RecordedRun(None)

    def recording(kept: Kept) -> None:
        nonlocal done
        done = record_live(book, kept, command, store)

    try:
        live.save(recording=recording)
    except BaseException:
        if done.entry is not None:
            store.forget(done.entry)
        raise
    return " ".join(said for said in (done.warning, *live.undrawn, *live.moved) if said)


def runs_of(book: xw.Book, store: UndoStore | None = None) -> tuple[Entry, ...]:
    """The runs on an open workbook that are kept, in Excel and on its file, newest first.

    Parameters
    ----------
    book
        The workbook that is open.
    store
        The user's own when not given.
    """
    return tuple(reversed((store or UndoStore()).entries(key_of(book))))


def undo_live(
    book: xw.Book, details: ExcelDetails, *, force: bool = False, store: UndoStore | None = None
) -> LiveUndoResult:
    """Put an open workbook back as it was before the last run; called again, one run further.

    Parameters
    ----------
    book
        The workbook that is open; it is not saved.
    details
        Its Excel.
    force
        Whether to go back although what the run wrote was edited since; the user's own cells stay
        as they were edited.
    store
        The user's own when not given.

    Raises
    ------
    WorkbookError
        If no run is kept, the last one was made on the file, or what it wrote was edited since. If
        the workbook is as before it already, or holds nothing of it: it is forgotten then.
    """
    store = store or UndoStore()
    runs = runs_of(book, store)
    _require_runs(book, runs)
    return _go_back(book, details, runs[:1], runs[1:], force=force, store=store)


def restore_live(
    book: xw.Book,
    details: ExcelDetails,
    number: int,
    *,
    force: bool = False,
    store: UndoStore | None = None,
) -> LiveUndoResult:
    """Put an open workbook back as it was before any run that is kept, run by run.

    Parameters
    ----------
    book
        The workbook that is open; it is not saved.
    details
        Its Excel.
    number
        Of the run, as in `Entry.number`.
    force
        Whether to take back the newest of them although what it wrote was edited since; where an
        earlier one was, too, that is refused.
    store
        The user's own when not given.

    Raises
    ------
    InputError
        If there is no run of that number.
    WorkbookError
        If one of the runs was made on the file, or what it wrote was edited since; the sentence
        says how many of the later runs were undone.
    """
    store = store or UndoStore()
    runs = runs_of(book, store)
    _require_runs(book, runs)
    numbers = [run.number for run in runs]
    if number not in numbers:
        listed = ", ".join(str(n) for n in numbers)
        raise InputError(f'There is no run {number} of "{book.name}"; expected one of {listed}.')
    n_runs = numbers.index(number) + 1
    return _go_back(book, details, runs[:n_runs], runs[n_runs:], force=force, store=store)


def _go_back(
    book: xw.Book,
    details: ExcelDetails,
    runs: Sequence[Entry],
    older: Sequence[Entry],
    *,
    force: bool,
    store: UndoStore,
) -> LiveUndoResult:
    """Undo these runs, newest first; nothing is done where one of them cannot be undone here."""
    name = book.name
    for n_before, run in enumerate(runs):
        _require_live(book, run, n_before)
        if not run.is_whole():
            raise WorkbookError(
                f'What {said_of(run)} changed in "{name}" is damaged [{run.previous}], so '
                "the workbook was left as it is; look for an earlier version of its file."
            )
    everything = [*runs, *older]
    stayed: dict[str, None] = {}
    n_undone, passed = 0, ""
    for n_before, run in enumerate(runs):
        earlier = [one.previous for one in everything[n_before + 1 :] if one.kind == "live"]
        try:
            done = put_back(
                book, details, run.previous, earlier=earlier, force=force and not n_undone
            )
        except WorkbookError as error:
            if not n_undone:
                raise
            raise _then(n_undone, len(runs), error) from error
        store.forget(run)
        if done.outcome == "put back":
            n_undone += 1
            stayed |= dict.fromkeys(done.stayed)
        elif done.outcome == "already":
            passed = f'"{name}" is already as it was before {said_of(run)}'
        else:
            passed = (
                f'{said_of(run)} is not in "{name}" any more (was it closed without saving?), and '
                "nothing was changed"
            )
    if not n_undone:
        further = "undo again to go one step further back" if older else "no more can be undone"
        raise WorkbookError(f"{passed}; {further}.")
    last = runs[-1]
    return LiveUndoResult(name, _called(last), last.recorded, n_undone, len(older), tuple(stayed))


def _then(n_undone: int, n_runs: int, error: WorkbookError) -> WorkbookError:
    """The same problem, met on the way; one may go on where one could."""
    told = type(error)(f"{n_undone} of {counted(n_runs, 'step')} undone; then: {error}")
    if isinstance(told, EditedError):
        told.n_undone = n_undone
    return told


def _require_runs(book: xw.Book, runs: Sequence[Entry]) -> None:
    if not runs:
        raise WorkbookError(
            f'There is no run to undo on "{book.name}": of each workbook the last {MOST_ENTRIES} '
            f"runs of {LONGEST_KEPT.days} days are kept, by its place and name."
        )


def _require_live(book: xw.Book, run: Entry, n_before: int) -> None:
    if run.kind == "live":
        return
    which = "The last run" if not n_before else "An earlier run"
    raise WorkbookError(
        f'{which} on "{book.name}", {said_of(run)}, was made on its file: '
        "close the workbook and undo it with: xlportfolio undo BOOK."
    )
