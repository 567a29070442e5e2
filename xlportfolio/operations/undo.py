"""Undo: a workbook as it was before the last run, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.replacing import FileState, SavedFile, replace_safely
from xlportfolio.workbook.saving.store import (
    LONGEST_KEPT,
    MOST_ENTRIES,
    Entry,
    UndoStore,
    local_moment,
)


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
        The run that was undone, and when it ran (UTC).
    backup
        The workbook with the edits that were undone by force; None where there were none.
    n_left
        How many runs further back one can still go.
    """

    workbook: Path
    command: str
    recorded: datetime
    backup: Path | None
    n_left: int

    def __str__(self) -> str:
        kept = f'; the edits are kept in "{self.backup.name}"' if self.backup else ""
        further = f"{self.n_left} more can be undone" if self.n_left else "no more can be undone"
        return (
            f'"{self.workbook}" is as it was before "{self.command}" of '
            f"{local_moment(self.recorded)}{kept}; {further}."
        )


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


def undo(path: Path, *, force: bool = False, store: UndoStore | None = None) -> UndoResult:
    """Bring a workbook back to the bytes it had before the last run on its file.

    Called again, it goes one run further back. Runs in Excel that are in the file are undone there;
    those that were never saved are forgotten, as the file knows nothing of them.

    Parameters
    ----------
    path
        The workbook.
    force
        Whether to go back although the workbook was edited, or run in Excel, after that run; the
        workbook as it is now is then kept as a backup beside it.
    store
        The user's own when not given.

    Raises
    ------
    WorkbookError
        If no run is kept, the last one was made in Excel, the workbook was edited since, or it
        cannot be replaced.
    """
    store = store or UndoStore()
    entries = store.entries(path)
    entry = entries[-1] if entries else None
    if entry is None and not path.exists():
        raise WorkbookError(f'There is no file "{path}"; expected a workbook that a run changed.')
    if entry is None:
        raise WorkbookError(
            f'There is no run to undo on "{path}": of each workbook the last {MOST_ENTRIES} runs '
            f"of {LONGEST_KEPT.days} days are kept, by its place and name. Look for a backup, "
            f'"{path.stem}.*.bak{path.suffix}", beside it.'
        )
    now = _state(path)
    in_excel: list[Entry] = []
    if entry.kind == "live":
        entry, in_excel = _before_excel(path, entries, now, force=force)
    if now and now.hash == entry.hash_before:
        _forget(store, [*in_excel, entry])
        raise WorkbookError(
            f'"{path}" is already as it was before {entry.described}. Undo again to go one run '
            "further back."
        )
    edited = now is None or now.hash != entry.hash_after
    if edited and not force:
        happened = "was edited or replaced" if now else "was moved or deleted"
        raise WorkbookError(
            f'"{path}" {happened} after {entry.described}, so it was left as it is. Undo with '
            "--force to go back all the same; the workbook as it is now is then kept as a backup "
            "beside it."
        )
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
        backup=edited,
        otherwise="undo it later",
    )
    _forget(store, [*in_excel, entry])
    return UndoResult(path, entry.command, entry.recorded, saved.backup, len(store.entries(path)))


def _before_excel(
    path: Path, entries: list[Entry], now: FileState | None, *, force: bool
) -> tuple[Entry, list[Entry]]:
    """The last run on the file, and the runs in Excel after it, where one may go back over these.

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
    return entry, entries[entries.index(entry) + 1 :]


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
