"""Undo: a workbook as it was before the last run, or before an earlier one, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.wording import counted
from xlportfolio.workbook.saving.file_state import FileState
from xlportfolio.workbook.saving.replacing import SavedFile, replace_safely
from xlportfolio.workbook.saving.store import (
    LONGEST_KEPT,
    MOST_ENTRIES,
    Entry,
    UndoStore,
    local_moment,
)

if TYPE_CHECKING:
    from xlportfolio.report.contents import LogRow

_LONGEST_BETWEEN = 900.0
"""From the row of PF Log to what is kept for undo: the sheets are written and checked. [s]"""


@dataclass(frozen=True)
class RecordedRun:
    """Whether a run can be undone.

    Attributes
    ----------
    entry
        What is kept; None if nothing is.
    warning
        Why nothing is kept, for the person who ran it; "" where there is nothing to say.
    """

    entry: Entry | None
    warning: str = ""


@dataclass(frozen=True)
class UndoResult:
    """What an undo did.

    Attributes
    ----------
    command, recorded
        The run that was undone, of several the earliest, and when it ran (UTC).
    backup
        The workbook with the edits that were undone by force; None where there were none.
    n_left
        How many runs further back one can still go.
    n_undone
        How many runs were undone.
    cautions
        What a person should know of the saving, in sentences.
    """

    workbook: Path
    command: str
    recorded: datetime
    backup: Path | None
    n_left: int
    n_undone: int = 1
    cautions: tuple[str, ...] = ()

    def __str__(self) -> str:
        kept = f'; the edits are kept in "{self.backup.name}"' if self.backup else ""
        further = f"{self.n_left} more can be undone" if self.n_left else "no more can be undone"
        undone = f" ({self.n_undone} runs undone)" if self.n_undone > 1 else ""
        said = (
            f'"{self.workbook}" is as it was before "{self.command}" of '
            f"{local_moment(self.recorded)}{undone}{kept}; {further}."
        )
        return " ".join((said, *self.cautions))


def record_run(saved: SavedFile, command: str, *, store: UndoStore | None = None) -> RecordedRun:
    """Keep the workbook from before a run, so that `undo` can bring it back.

    Parameters
    ----------
    saved
        What the run wrote, with its backup beside the workbook.
    command
        What was run, such as "run".
    store
        The user's own when not given.

    Returns
    -------
    With a warning, not an error, where the store cannot be written: the workbook is saved and its
    backup lies beside it. No entry for a new file, nor where nothing changed.
    """
    if saved.hash_before is None or saved.hash_before == saved.hash_after:
        return RecordedRun(None)
    if saved.backup is None:
        return RecordedRun(None, f'"{saved.path}" was saved without a backup: it cannot be undone.')
    try:
        store = store or UndoStore()
        entry = store.record(saved.path, saved.backup, saved.hash_after, command)
    except WorkbookError as error:
        return RecordedRun(
            None, f'{error} Until then only the backup "{saved.backup}" takes you back.'
        )
    return RecordedRun(entry)


def undo(
    path: Path,
    *,
    steps: int = 1,
    force: bool = False,
    ignore_lock: bool = False,
    store: UndoStore | None = None,
) -> UndoResult:
    """Bring a workbook back to the bytes it had before the last runs on its file.

    Called again, it goes one run further back. Runs in Excel that are in the file are undone there;
    those that were never saved are forgotten, as the file knows nothing of them.

    Parameters
    ----------
    path
        The workbook.
    steps
        How many runs on the file to go back, at least 1; see `runs_on_file`.
    force
        Whether to go back although the workbook was edited, or run in Excel, after one of these
        runs; the workbook as it is now is then kept as a backup beside it.
    ignore_lock
        Whether to replace the workbook although a lock file says that somebody has it open.
    store
        The user's own when not given.

    Raises
    ------
    InputError
        If there are not so many runs.
    WorkbookError
        If no run is kept, the last one was made in Excel, the workbook was edited since, or it
        cannot be replaced.
    """
    store = store or UndoStore()
    entries = store.entries(path)
    if not entries and not path.exists():
        raise WorkbookError(missing_sentence(path))
    if not entries:
        raise WorkbookError(
            f'There is no run to undo on "{path}": of each workbook the last {MOST_ENTRIES} runs '
            f"of {LONGEST_KEPT.days} days are kept, by its place and name. Look for a backup, "
            f'"{path.stem}.*.bak{path.suffix}", beside it.'
        )
    now = _state(path)
    last = entries[-1]
    if last.kind == "live":
        last = _before_excel(path, entries, now, force=force)
    entry = _back(path, entries, steps)
    going = _since(entries, entry)
    if now and now.hash == entry.hash_before:
        _forget(store, going)
        raise WorkbookError(
            f'"{path}" is already as it was before {entry.described}. Undo again to go one run '
            "further back."
        )
    is_edited = _require_unedited(path, going[: going.index(last) + 1], now, force=force)
    _require_whole(entry, path)

    def write(stream: BinaryIO) -> None:
        with entry.previous.open("rb") as previous:
            while block := previous.read(1 << 20):
                stream.write(block)

    def lint(written: Path) -> list[str]:
        same = FileState.of(written).hash == entry.hash_before
        return [] if same else ["it differs from the copy in the undo store"]

    saved = replace_safely(
        write,
        path,
        path,
        lint=lint,
        expected=now,
        backup=is_edited,
        ignore_lock=ignore_lock,
        otherwise="undo it later",
    )
    _forget(store, going)
    left = len(entries) - len(going)
    return UndoResult(
        path, entry.command, entry.recorded, saved.backup, left, steps, saved.cautions
    )


def missing_sentence(path: Path) -> str:
    """Why nothing is undone where there is no file, and nothing is kept of one.

    Parameters
    ----------
    path
        The workbook.
    """
    return f'There is no file "{path}"; expected a workbook that a run changed.'


def runs_on_file(path: Path, *, store: UndoStore | None = None) -> tuple[Entry, ...]:
    """The runs on a workbook's file that `undo` can take back, the newest first.

    Parameters
    ----------
    path
        The workbook.
    store
        The user's own when not given.
    """
    return tuple(reversed(_on_file((store or UndoStore()).entries(path))))


def logged_runs(path: Path) -> tuple[LogRow, ...]:
    """The runs that PF Log of a workbook tells, the oldest first; none where it has no such sheet.

    Parameters
    ----------
    path
        The workbook.

    Raises
    ------
    WorkbookError
        If it cannot be read.
    """
    from xlportfolio.report.look import LOG
    from xlportfolio.report.previous import read_log
    from xlportfolio.workbook.closed import open_workbook

    with open_workbook(path) as book:
        log = book.our_sheet(LOG)
        return () if log is None else tuple(read_log(book.contents(log)))


def kept_of(runs: Sequence[Entry], log: Sequence[LogRow], row: LogRow) -> Entry | None:
    """What is kept of a run that PF Log tells: the first that was recorded after its moment.

    A row holds when its run was about to save, to the second, and the run before may have been
    recorded in that very second: so each row takes one, in their order.

    Parameters
    ----------
    runs
        Those that are kept.
    log
        The rows of PF Log, the oldest first.
    row
        One of them.
    """
    waiting = sorted(runs, key=lambda run: run.number)
    for one in log:
        for k, run in enumerate(waiting):
            seconds = (run.recorded - one.when).total_seconds()
            if run.command == one.command and 0 <= seconds <= _LONGEST_BETWEEN:
                if one is row:
                    return run
                del waiting[: k + 1]
                break
    return None


def _on_file(entries: list[Entry]) -> list[Entry]:
    """The runs on the file that happened; one that was stopped before it replaced the file did not.

    What such a run kept is what the next run found.
    """
    kept = [entry for entry in entries if entry.kind == "file"]
    stopped = {one.number for one, other in pairwise(kept) if one.hash_before == other.hash_before}
    return [entry for entry in kept if entry.number not in stopped]


def _back(path: Path, entries: list[Entry], steps: int) -> Entry:
    """The run on the file that many steps back."""
    on_file = _on_file(entries)
    if not 1 <= steps <= len(on_file):
        runs = counted(len(on_file), "run")
        raise InputError(
            f'"{path}" cannot go {steps:,} runs back: {runs} can be undone. Give a number from 1 '
            f"to {len(on_file)}; undo --list shows them."
        )
    return on_file[-steps]


def _since(entries: list[Entry], entry: Entry) -> list[Entry]:
    """What goes with a run: all since, and what runs kept that were stopped just before it."""
    first = entries.index(entry)
    while first and entries[first - 1].hash_before == entry.hash_before:
        first -= 1
    return entries[first:]


def _require_unedited(
    path: Path, going: list[Entry], now: FileState | None, *, force: bool
) -> bool:
    """Whether edits go with these runs, oldest first, that the workbook is brought back over."""
    last = going[-1]
    if now is None or now.hash != last.hash_after:
        happened = "was edited or replaced" if now else "was moved or deleted"
        said = f"{happened} after {last.described}"
    else:
        on_file = _on_file(going)
        between = [
            (one, other) for one, other in pairwise(on_file) if one.hash_after != other.hash_before
        ]
        if not between:
            return False
        one, other = between[-1]
        said = f"was edited between {one.described} and {other.described}"
    if not force:
        if now is None:
            raise WorkbookError(
                f'"{path}" {said}. Undo with --force to have it here again as it was before that, '
                "or put it back and undo again."
            )
        raise WorkbookError(
            f'"{path}" {said}, so it was left as it is. Undo with --force to go back all the same; '
            "the workbook as it is now is then kept as a backup beside it."
        )
    return True


def _before_excel(path: Path, entries: list[Entry], now: FileState | None, *, force: bool) -> Entry:
    """The last run on the file, where one may go back over the runs in Excel after it.

    One may without asking where the file is as that run left it, or found it: Excel never saved
    what it did.
    """
    last = entries[-1]
    said = (
        f'The last step on "{path}", {last.described}, was made in Excel: open the workbook there '
        "and press Undo last step"
    )
    on_file = [entry for entry in entries if entry.kind == "file"]
    if not on_file:
        raise WorkbookError(f"{said}.")
    entry = on_file[-1]
    if not (now and now.hash in (entry.hash_before, entry.hash_after)) and not force:
        raise WorkbookError(
            f"{said}, or undo with --force to go back to before {entry.described}; the workbook as "
            "it is now is then kept as a backup beside it."
        )
    return entry


def _forget(store: UndoStore, entries: list[Entry]) -> None:
    for entry in entries:
        store.forget(entry)


def _state(path: Path) -> FileState | None:
    try:
        return FileState.of(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkbookError(
            f'"{path}" cannot be read ({(error.strerror or type(error).__name__).lower()}); '
            "expected a workbook that you may read and write."
        ) from error


def _require_whole(entry: Entry, path: Path) -> None:
    if not entry.is_whole():
        raise WorkbookError(
            f'The copy of "{path}" from before {entry.described} is damaged [{entry.previous}], so '
            f'the workbook was left as it is. Look for a backup, "{path.stem}.*.bak{path.suffix}", '
            "beside it."
        )
