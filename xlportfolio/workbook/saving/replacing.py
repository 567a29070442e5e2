"""Replacing a workbook safely: it is whole before and after, whatever happens in between.

The new workbook is written beside the old one, checked, and put in its place in one step.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.locks import find_lock

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_EXTENSION_OF_CONTENT = {
    b"spreadsheetml.sheet.main+xml": ".xlsx",
    b"sheet.macroEnabled.main+xml": ".xlsm",
}


@dataclass(frozen=True)
class FileState:
    """What a file is at one moment: equal states mean that nobody has saved it in between.

    Attributes
    ----------
    size
        [bytes]
    modified
        When it was last written. [ns since 1970]
    hash
        SHA-256 of its bytes, in hexadecimal.
    """

    size: int
    modified: int
    hash: str

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Read the state of a file.

        Raises
        ------
        OSError
            If there is no such file, or it cannot be read.
        """
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            return cls(
                status.st_size,
                status.st_mtime_ns,
                hashlib.file_digest(stream, "sha256").hexdigest(),
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
    """

    path: Path
    backup: Path | None
    hash_before: str | None
    hash_after: str


def replace_safely(
    write: Callable[[BinaryIO], None],
    source: Path,
    target: Path,
    *,
    lint: Callable[[Path], list[str]],
    expected: FileState | None = None,
    backup: bool = True,
    now: datetime | None = None,
    otherwise: str = "write to another file with -o",
    recording: Callable[[SavedFile], None] | None = None,
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
        Whether to keep the previous file as `BOOK.YYYYMMDD-HHMMSS.bak.xlsx` beside the target.
    now
        The local time in the name of the backup; the clock's when not given.
    otherwise
        What a person can do instead, for the messages: "Close it in Excel, or ...".
    recording
        Told what is about to happen, at the last moment before it does: whatever stops the
        program after that, the run is known.

    Raises
    ------
    WorkbookError
        If the target cannot be replaced, someone has it open, someone saved it meanwhile, or
        what was written is not a sound workbook. The target is then as it was, and nothing of
        ours is left beside it.
    """
    place = _Place(target, otherwise)
    with place.storage_errors():
        place.require_replaceable()
        before = _state_or_none(place.file)
        opened = expected or _state_or_none(source)
        place.require_unchanged(source, opened, before)
        replaced = bool(before and opened and source.samefile(place.file))

    temporary = place.file.with_name(f".xlportfolio-{secrets.token_hex(8)}{place.file.suffix}")
    kept: Path | None = None
    try:
        with place.storage_errors():
            _write_through(write, temporary, place.file if before else None)
        if findings := lint(temporary):
            raise WorkbookError(
                f'"{target}" was not written: what was about to be saved is not a sound workbook '
                f"({'; '.join(findings[:3])}). This is a defect of xlportfolio; please report it."
            )
        if not replaced:
            place.require_extension_of(temporary)
        with place.storage_errors():
            after = FileState.of(temporary)
            if before and backup:
                kept = _keep_backup(place.file, now or datetime.now())
            place.require_unchanged(source, opened, before)
        saved = SavedFile(place.file, kept, before.hash if before else None, after.hash)
        if recording is not None:
            recording(saved)
        with place.storage_errors():
            temporary.replace(place.file)
    finally:
        # It is gone once it has taken the target's place; until then nothing has happened.
        if temporary.exists():
            temporary.unlink()
            if kept:
                kept.unlink(missing_ok=True)
    _sync_folder(place.file.parent)
    return saved


class _Place:
    """Where a workbook goes, and why it may not go there.

    Attributes
    ----------
    named
        The path as the user wrote it, for the messages.
    file
        The file itself, behind any symbolic links.
    otherwise
        What a person can do instead.
    """

    def __init__(self, named: Path, otherwise: str) -> None:
        self.named = named
        self.file = named
        self.otherwise = otherwise
        try:
            with self.storage_errors():
                self.file = named.resolve()
                goes_round = self.file.is_symlink()
        except RuntimeError:  # how Python up to 3.12 says so
            goes_round = True
        if goes_round:
            raise WorkbookError(
                f'"{named}" is a symbolic link that leads back to itself; expected a workbook. '
                "Name the workbook that it was meant to lead to."
            )

    def require_replaceable(self) -> None:
        """Refuse at once what could not be replaced at the end."""
        folder = self.file.parent
        if self.file.is_dir():
            raise WorkbookError(
                f'"{self.named}" is a folder; expected a workbook. Name a file in it, such as '
                f'"{self.named / "portfolio.xlsx"}".'
            )
        if not folder.is_dir():
            raise WorkbookError(
                f'There is no folder "{folder}" to write "{self.file.name}" to. Make the folder, '
                f"or {self.otherwise}."
            )
        if self.file.exists():
            if not self.file.is_file():
                raise WorkbookError(
                    f'"{self.named}" is not a file that can be replaced; expected a workbook. '
                    "Name another file."
                )
            # Mode bits too: an administrator may write everywhere, yet read-only is a wish.
            if not os.access(self.file, os.W_OK) or not self.file.stat().st_mode & 0o222:
                raise WorkbookError(
                    f'"{self.named}" is read-only. Allow writing in the file\'s properties, or '
                    f"{self.otherwise}."
                )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise WorkbookError(self._unwritable())

    def require_unchanged(
        self, source: Path, opened: FileState | None, before: FileState | None
    ) -> None:
        """Refuse when someone has opened, saved, moved or made the file meanwhile."""
        if opened is not None and _state_or_none(source) != opened:
            raise WorkbookError(
                f'"{source}" was saved or moved by someone else since it was opened, so '
                f'"{self.named}" was not written. Run the command again on the workbook as it '
                "is now."
            )
        if _state_or_none(self.file) != before:
            raise WorkbookError(
                f'"{self.named}" was changed by someone else while it was being written; it stays '
                f"as they left it. Run the command again, or {self.otherwise}."
            )
        if before is not None and (lock := find_lock(self.named)):
            raise WorkbookError(
                f'"{self.named}" is open: {lock.holder} [{lock.path.name}]. Close it in '
                f"{lock.program}, or {self.otherwise}; if nobody has it open any more, delete "
                "that lock file."
            )

    def require_extension_of(self, written: Path) -> None:
        """Excel does not open a workbook whose extension says something else than its content."""
        try:
            with zipfile.ZipFile(written) as package:
                content_types = package.read("[Content_Types].xml")
        except (zipfile.BadZipFile, KeyError):
            return  # soundness is the lint's business
        ascii_only = content_types.replace(b"\0", b"")  # the part may be in UTF-16
        for mark, extension in _EXTENSION_OF_CONTENT.items():
            if mark in ascii_only and self.named.suffix.lower() != extension:
                macros = "with" if extension == ".xlsm" else "without"
                raise WorkbookError(
                    f'"{self.named}" would not open in Excel: the workbook is one {macros} macros; '
                    f"expected the extension {extension}. Write to "
                    f'"{self.named.with_suffix(extension)}" instead.'
                )

    @contextlib.contextmanager
    def storage_errors(self) -> Iterator[None]:
        """Say what the disk refused."""
        try:
            yield
        except OSError as error:
            reason = _reason(error)
            if error.errno in _NO_SPACE:
                message = (
                    f'There is no space for "{self.named}" ({reason}); it stays as it was. '
                    f"Free some space on that disk, or {self.otherwise}."
                )
            elif error.errno in _NOT_ALLOWED and error.filename2:  # the replacement itself
                message = (
                    f'"{self.named}" could not be replaced ({reason}): another program may have '
                    f"it open. Close it there, or {self.otherwise}."
                )
            elif error.errno in _NOT_ALLOWED:
                message = self._unwritable()
            else:
                message = (
                    f'"{self.named}" could not be written ({reason}); it stays as it was. '
                    f"Try again, or {self.otherwise}."
                )
            raise WorkbookError(message) from error

    def _unwritable(self) -> str:
        return (
            f'Nothing can be written in the folder "{self.file.parent}", so '
            f'"{self.named.name}" stays as it was. Ask for write access to the folder, or '
            f"{self.otherwise}."
        )


def _write_through(
    write: Callable[[BinaryIO], None], temporary: Path, previous: Path | None
) -> None:
    """Write the temporary file to the disk itself, with mode and owner of the previous one.

    A new file gets what the umask leaves. A private file is private from its first byte.
    """
    mode = stat.S_IMODE(previous.stat().st_mode) if previous else 0o666
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, mode), "w+b") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    if previous:
        _copy_owner(previous, temporary)
        modified = temporary.stat().st_mtime_ns
        shutil.copystat(previous, temporary)  # mode, and access lists where there are any
        os.utime(temporary, ns=(modified, modified))


def _copy_owner(previous: Path, temporary: Path) -> None:
    """Keep owner and group; only an administrator may give a file away, so else the group."""
    if not hasattr(os, "chown"):
        return
    status = previous.stat()
    try:
        os.chown(temporary, status.st_uid, status.st_gid)
    except PermissionError:
        with contextlib.suppress(PermissionError):
            os.chown(temporary, -1, status.st_gid)


def _keep_backup(target: Path, now: datetime) -> Path:
    """Copy the target beside itself, under a name that nobody has."""
    stamp = f"{now:%Y%m%d-%H%M%S}"
    number = 1
    while True:
        suffix = f"-{number}" if number > 1 else ""
        kept = target.with_name(f"{target.stem}.{stamp}{suffix}.bak{target.suffix}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(kept, flags, stat.S_IMODE(target.stat().st_mode))
        except FileExistsError:
            number += 1
            continue
        try:
            with os.fdopen(descriptor, "wb") as copy, target.open("rb") as original:
                shutil.copyfileobj(original, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            _copy_owner(target, kept)
            shutil.copystat(target, kept)
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
        return kept


def _state_or_none(path: Path) -> FileState | None:
    try:
        return FileState.of(path)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise WorkbookError(
            f'"{path}" cannot be read ({_reason(error)}). Ask for read access to the file.'
        ) from error


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; Windows has no such call, and some shares refuse it."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
