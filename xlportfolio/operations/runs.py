"""What every run on a workbook shares: progress, saving so that it can be undone, and locks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.undo import record_run
from xlportfolio.workbook.saving.locks import find_lock
from xlportfolio.workbook.saving.replacing import Recording, SavedFile
from xlportfolio.workbook.saving.store import UndoStore

if TYPE_CHECKING:
    from xlportfolio.workbook.closed import ClosedWorkbook
    from xlportfolio.workbook.companion import CompanionWorkbook

Progress = Callable[[str], None]
"""Told what is being done, in a few words; a host shows it."""


def no_progress(step: str) -> None:
    """Show nothing."""


def never() -> bool:
    """Nobody cancels a run that nobody watches."""
    return False


class Deadline:
    """Turns seconds, and a person who cancels, into what a search asks: whether to stop.

    Parameters
    ----------
    seconds
        From now on; None for never.
    is_cancelled
        Whether a person has asked to stop; once so, it stays so.
    """

    def __init__(self, seconds: float | None, is_cancelled: Callable[[], bool] = never) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds
        self._asks = is_cancelled
        self._is_cancelled = False

    def has_passed(self) -> bool:
        """Whether time is up, or somebody cancelled."""
        self._is_cancelled = self._is_cancelled or self._asks()
        return self._is_cancelled or (self._ends is not None and time.monotonic() >= self._ends)

    def seconds_left(self) -> float | None:
        """How long there is; at least a little, so that a solver can begin. None for ever. [s]"""
        return None if self._ends is None else max(self._ends - time.monotonic(), 0.1)

    def watched(self, progress: Progress, step: str) -> Callable[[], bool]:
        """The same question, which also shows every second that a long step is alive."""
        began = shown = time.monotonic()

        def has_passed() -> bool:
            nonlocal shown
            now = time.monotonic()
            if now - shown >= 1:
                shown = now
                progress(f"{step}, {now - began:.0f} s")
            return self.has_passed()

        return has_passed


def being_edited(path: str) -> tuple[str, ...]:
    """A note where somebody has the workbook open: what is read is what was saved last."""
    lock = find_lock(Path(path))
    if lock is None:
        return ()
    return (f'"{Path(path).name}" is open ({lock.holder}): this is what was saved last.',)


def recording(command: str, said: list[str], *, is_elsewhere: bool) -> Recording:
    """Keep a run for `undo` when a file is about to be replaced, and not where it was not.

    Parameters
    ----------
    command
        What was run.
    said
        What a person should know is added to it.
    is_elsewhere
        Whether the file is another than the workbook, so that they may not expect that it is there.
    """

    def record(saved: SavedFile) -> Callable[[], None] | None:
        recorded = record_run(saved, command)
        if is_elsewhere and saved.hash_before is not None and saved.backup is not None:
            said.append(f'"{saved.path}" was there before; it is kept as "{saved.backup.name}".')
        said.extend(saved.cautions)
        if recorded.warning:
            said.append(recorded.warning)
        entry = recorded.entry
        return None if entry is None else lambda: UndoStore().forget(entry)

    return record


def save(
    book: ClosedWorkbook | CompanionWorkbook,
    command: str,
    output: str | os.PathLike[str] | None,
) -> tuple[Path, str]:
    """Save a workbook and keep the run for `undo` where a file is replaced.

    Returns
    -------
    The file, and what a person should know of it: which file was replaced and where it is kept,
    that it has other names or was locked, or that the run cannot be undone.
    """
    said: list[str] = []
    if output is not None and Path(output).exists() and Path(output).samefile(book.path):
        raise WorkbookError(
            f'"{output}" is the workbook itself; leave -o out to replace it, or name another file.'
        )
    book.save(output, recording=recording(command, said, is_elsewhere=output is not None))
    return (Path(book.path) if book.saved is None else book.saved.path), " ".join(said)
