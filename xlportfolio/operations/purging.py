"""Purge: what is kept outside the workbooks, taken out before its time."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.operations.trouble_log import purge_troubles, trouble_file
from xlportfolio.wording import counted
from xlportfolio.workbook.saving.scratch_folders import sweep_scratch_folders
from xlportfolio.workbook.saving.store import UndoStore, store_folder


@dataclass(frozen=True)
class Purged:
    """What was taken out.

    Attributes
    ----------
    folder
        Where everything of ours is kept.
    n_runs
        Runs that can no longer be undone.
    n_errors
        Unexpected errors that were in the log.
    n_bytes
        Space that is free again. [bytes]
    """

    folder: Path
    n_runs: int
    n_errors: int
    n_bytes: int

    def __str__(self) -> str:
        if not (self.n_runs or self.n_errors or self.n_bytes):
            return f'There was nothing to take out in "{self.folder}".'
        runs = counted(self.n_runs, "run")
        errors = counted(self.n_errors, "unexpected error")
        return (
            f'Took {runs} and {errors} out of "{self.folder}" ({_size(self.n_bytes)}). '
            "Backups beside workbooks (*.bak.xlsx) are yours and stay."
        )

    def as_json(self) -> dict[str, Any]:
        """Give what was taken out as JSON writes it."""
        return {
            "status": "done",
            "folder": str(self.folder),
            "runs": self.n_runs,
            "errors": self.n_errors,
            "bytes": self.n_bytes,
        }


def purge(older_than: float | None = None, *, now: datetime | None = None) -> Purged:
    """Take out the undo store, the log of unexpected errors and what Self-check opened.

    Parameters
    ----------
    older_than
        Only what is older; everything when not given. [days]
    now
        The time, with a time zone; the clock's when not given.

    Raises
    ------
    InputError
        If the days are no number of at least 0.
    WorkbookError
        If something cannot be taken out.
    """
    before = None
    if older_than is not None:
        try:
            before = (now or datetime.now(UTC)) - timedelta(days=older_than)
        except (OverflowError, ValueError):
            before = None
        if before is None or older_than < 0:
            raise InputError(
                f"{older_than:g} is no age of what is kept; expected a number of days of at "
                "least 0, such as 7."
            )
    store = UndoStore()
    size_before = _bytes_of_ours(store)
    _purge_self_checks(before)
    sweep_scratch_folders()
    n_runs = store.purge(before=before)
    try:
        n_errors = purge_troubles(before=before)
    except OSError as error:
        raise WorkbookError(
            f'The log "{trouble_file()}" could not be emptied '
            f"({(error.strerror or type(error).__name__).lower()}). Delete that file."
        ) from error
    n_bytes = max(size_before - _bytes_of_ours(store), 0)
    return Purged(store_folder(), n_runs, n_errors, n_bytes)


def self_check_folder() -> Path:
    """Where the button Self-check makes the workbooks that it opens; nothing else is there."""
    return store_folder() / "self-check"


def self_checks() -> list[Path]:
    """The workbooks that the button Self-check made and opened."""
    return sorted(self_check_folder().glob("*.xlsx"))


def _purge_self_checks(before: datetime | None) -> None:
    for made in self_checks():
        try:
            if before is None or made.lstat().st_mtime < before.timestamp():
                made.unlink()
        except FileNotFoundError:  # another purge was first
            continue
        except OSError as error:
            raise WorkbookError(
                f'"{made}" could not be deleted ({(error.strerror or type(error).__name__).lower()}'
                "). Close it in Excel, then purge again."
            ) from error
    with suppress(OSError):  # there is none, or it is not empty
        self_check_folder().rmdir()


def _bytes_of_ours(store: UndoStore) -> int:
    """The size of the undo store and the log; the folder may hold files of the user's own, too."""
    files = [Path(root) / name for root, _, names in os.walk(store.folder) for name in names]
    total = 0
    for file in (*files, trouble_file(), *self_checks()):
        with suppress(OSError):
            total += file.lstat().st_size
    return total


def _size(n_bytes: int) -> str:
    if n_bytes < 1_000_000:
        return f"{-(-n_bytes // 1000)} kB"
    return f"{n_bytes / 1e6:.1f} MB"
