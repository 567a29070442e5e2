"""Replacing a workbook safely: it is whole before and after, whatever happens in between.

The new workbook is written beside the old one, checked, and put in its place in one step.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.backups import (
    copy_aside,
    drop_old_backups,
    make_backup,
    most_backups,
)
from xlportfolio.workbook.saving.file_state import FileState
from xlportfolio.workbook.saving.target import Target, state_or_none
from xlportfolio.workbook.saving.temporary_files import (
    Identity,
    create,
    discard,
    identity,
    make_alike,
    sweep,
    sync_folder,
    temporary_beside,
    write_to_disk,
)


@dataclass(frozen=True)
class SavedFile:
    """What was written, and what was there before.

    Attributes
    ----------
    path
        The file itself; where a symbolic link was named, the file that it leads to.
    backup
        The copy of the file as it was; None where there was none, or none was asked for.
    hash_before, hash_after
        SHA-256 in hexadecimal; None where there was no file before.
    cautions
        What a person should know of it, in sentences: another name that still holds the workbook
        as it was, an owner who could not be kept, a lock that was ignored.
    """

    path: Path
    backup: Path | None
    hash_before: str | None
    hash_after: str
    cautions: tuple[str, ...] = ()


Recording = Callable[[SavedFile], Callable[[], None] | None]
"""Told what is about to be replaced, at the last moment before it is: whatever stops the program
after that, the run is known. What it returns is called where the file was not replaced after all.
"""


def replace_safely(
    write: Callable[[BinaryIO], None],
    source: Path,
    target: Path,
    *,
    lint: Callable[[Path], list[str]],
    expected: FileState | None = None,
    backup: bool = True,
    ignore_lock: bool = False,
    now: datetime | None = None,
    otherwise: str = "write to another file with -o",
    recording: Recording | None = None,
) -> SavedFile:
    """Write a workbook to `target`, or leave everything there as it was.

    Parameters
    ----------
    write
        Writes the whole workbook into the stream that it is given.
    source
        The workbook that was opened; the same as `target` when it is replaced.
    target
        Where the workbook goes. A symbolic link stays one: the file it leads to is replaced.
    lint
        Reads the file that was written and returns what is wrong with it, in sentences.
    expected
        The source as it was when it was opened; as it is now when not given.
    backup
        Whether to keep the previous file as `BOOK.YYYYMMDD-HHMMSS.bak.xlsx` beside the target; of
        these the newest stay, as many as `XLPORTFOLIO_BACKUPS` says, else 10.
    ignore_lock
        Whether to replace it although a lock file says that somebody has it open.
    now
        The local time in the name of the backup; the clock's when not given.
    otherwise
        What a person can do instead, for the messages: "Close it in Excel, or ...".
    recording
        Told what is about to happen, at the last moment before it does.

    Raises
    ------
    WorkbookError
        If the target cannot be replaced, someone has it open, someone saved it meanwhile, or
        what was written is not a sound workbook. The target is then as it was, and nothing of
        ours is left beside it that the next save would not take out.
    """
    place = Target(target, otherwise, ignore_lock=ignore_lock)
    most = most_backups() if backup else 0
    with place.storage_errors():
        place.require_replaceable()
        before = state_or_none(place.file)
        opened = expected or state_or_none(source)
        place.require_unchanged(source, opened, before)
        replaced = bool(before and opened and source.samefile(place.file))

    rests = _Rests(temporary_beside(place.file))
    try:
        with place.storage_errors():
            _write_through(write, rests, place.file if before else None)
            findings = lint(rests.temporary)
        if findings:
            raise WorkbookError(
                f'"{target}" was not written: what was about to be saved is not a sound workbook '
                f"({'; '.join(findings[:3])}). This is a defect of xlportfolio; please report it."
            )
        with place.storage_errors():
            if not replaced:
                place.require_extension_of(rests.temporary)
            after = FileState.of(rests.temporary)
            if before and backup:
                rests.aside = temporary_beside(place.file)
                hash_copied = copy_aside(place.file, rests.aside)
                place.require_copied(source, opened, before, hash_copied)
            with place.alone():
                place.require_unchanged(source, opened, before)
                cautions = place.cautions(rests.temporary) if before else ()
                if rests.aside:
                    rests.backup = make_backup(rests.aside, place.file, now or datetime.now())
                saved = SavedFile(
                    place.file,
                    rests.backup,
                    before.hash if before else None,
                    after.hash,
                    cautions,
                )
                if recording is not None:
                    rests.take_back = recording(saved)
                place.require_untouched(before)
                place.take_the_place(rests.temporary, before)
    except BaseException:
        # Whoever stops us may do so at the very moment after it took the target's place.
        if not rests.stand_as(place.file):
            rests.clear()
        raise
    if rests.backup:
        drop_old_backups(place.file, rests.backup, most)
    sync_folder(place.file.parent)
    return saved


@dataclass
class _Rests:
    """What a save has made so far, and has to take away again where it comes to nothing.

    Attributes
    ----------
    temporary
        The new workbook, until it takes the target's place.
    written
        What the system calls that file; None until it is made.
    aside
        The copy of the target that will be the backup.
    backup
        The backup.
    take_back
        Makes unrecorded what was recorded.
    """

    temporary: Path
    written: Identity | None = None
    aside: Path | None = None
    backup: Path | None = None
    take_back: Callable[[], None] | None = None

    def stand_as(self, target: Path) -> bool:
        """Whether the new workbook is in its place; said to be where that cannot be known."""
        try:
            return identity(target) == self.written
        except FileNotFoundError:
            return False
        except OSError:
            return self.written is not None

    def clear(self) -> None:
        """Take everything away; what cannot be deleted is left for the next save."""
        discard(self.temporary, self.aside, self.backup)
        if self.take_back is not None:
            self.take_back()


def _write_through(write: Callable[[BinaryIO], None], rests: _Rests, previous: Path | None) -> None:
    """Write the temporary file to the disk itself, with mode and owner of the previous one.

    A new file gets what the umask leaves. The folder is swept first: what was left there may be
    the space that is missing.
    """
    status = previous.stat() if previous else None
    with create(rests.temporary, stat.S_IMODE(status.st_mode) if status else 0o666) as stream:
        made = os.fstat(stream.fileno())
        rests.written = made.st_dev, made.st_ino
        sweep(rests.temporary.parent, made.st_mtime, status.st_uid if status else made.st_uid)
        write(stream)
        write_to_disk(stream)
    if previous:
        make_alike(previous, rests.temporary)
