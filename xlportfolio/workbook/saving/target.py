"""Where a workbook goes, and why it may not go there."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.file_state import FileState
from xlportfolio.workbook.saving.locks import find_lock
from xlportfolio.workbook.saving.temporary_files import give_new_name

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_LONGEST_WAIT = 60.0
"""For another run to take its file's place, which it does in a moment. [s]"""
_EXTENSION_OF_CONTENT = {
    b"spreadsheetml.sheet.main+xml": ".xlsx",
    b"sheet.macroEnabled.main+xml": ".xlsm",
}


class Target:
    """Where a workbook goes, and why it may not go there.

    Attributes
    ----------
    named
        The path as the user wrote it, for the messages.
    file
        The file itself, behind any symbolic links.
    otherwise
        What a person can do instead.
    ignore_lock
        Whether a lock file keeps nobody from replacing it.
    """

    def __init__(self, named: Path, otherwise: str, *, ignore_lock: bool = False) -> None:
        self.named = named
        self.file = named
        self.otherwise = otherwise
        self.ignore_lock = ignore_lock
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
        now = state_or_none(self.file)
        if opened is not None:
            is_itself = source.resolve() == self.file
            if (now if is_itself else state_or_none(source)) != opened:
                raise WorkbookError(
                    f'"{source}" was saved or moved by someone else since it was opened, so '
                    f'"{self.named}" was not written. Run the command again on the workbook as it '
                    "is now."
                )
        if now != before:
            raise self._changed_meanwhile()
        if before is not None:
            self._require_unlocked()

    def require_copied(
        self, source: Path, opened: FileState | None, before: FileState, hash_copied: str
    ) -> None:
        """Refuse where the file was written to while it was copied: no backup holds half of it."""
        if hash_copied != before.hash:
            self.require_unchanged(source, opened, before)
            raise self._changed_meanwhile()

    def require_untouched(self, before: FileState | None) -> None:
        """Take a last look, that takes no time, before the file is replaced."""
        if before is not None:
            if not before.looks_the_same(self.file):
                raise self._changed_meanwhile()
            self._require_unlocked()

    def take_the_place(self, temporary: Path, before: FileState | None) -> None:
        """Replace the file in one step; where there was none, only while there is none."""
        if before is not None:
            temporary.replace(self.file)
            return
        try:
            give_new_name(temporary, self.file)
        except FileExistsError as error:
            raise self._changed_meanwhile() from error

    def _changed_meanwhile(self) -> WorkbookError:
        return WorkbookError(
            f'"{self.named}" was changed by someone else while it was being written; it stays '
            f"as they left it. Run the command again, or {self.otherwise}."
        )

    def _require_unlocked(self) -> None:
        if not self.ignore_lock and (lock := find_lock(self.named)):
            raise WorkbookError(
                f'"{self.named}" is open: {lock.described}. Close it in '
                f"{lock.program}, or {self.otherwise}; if nobody has it open any more, as after a "
                "crash, add --ignore-lock or delete that lock file."
            )

    def cautions(self, written: Path) -> tuple[str, ...]:
        """What a person should know of replacing the file with the one that was written."""
        return tuple(self._cautions(written))

    def _cautions(self, written: Path) -> Iterator[str]:
        previous, new = self.file.stat(), written.stat()
        if self.ignore_lock and (lock := find_lock(self.named)):
            yield (
                f'"{self.named}" was replaced although a lock file says that it is open: '
                f"{lock.described}."
            )
        others = previous.st_nlink - 1
        if others > 0:
            which = (
                "another name (hard link) that still holds"
                if others == 1
                else f"{others} other names (hard links) that still hold"
            )
            yield (
                f'"{self.named}" has {which} the workbook as it was; copy the new one there, too.'
            )
        if previous.st_uid != new.st_uid:
            yield (
                f'"{self.named}" belonged to {_user(previous.st_uid)} and belongs to '
                f"{_user(new.st_uid)} now: only an administrator can keep another owner."
            )

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other run of xlportfolio on this machine replace a file of the folder meanwhile.

        The folder is what is locked, as the file itself is about to be another one. Windows and
        many shares have no such lock: there two runs at the very same moment are kept apart only
        by the comparison of the file with what was read.
        """
        descriptor = _lock_folder(self.file.parent)
        if descriptor is None:
            yield
            return
        try:
            yield
        finally:
            os.close(descriptor)

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
                    f'There is no space for "{self.named}" ({reason}), so it {self._outcome()}. '
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
                    f'"{self.named}" could not be written ({reason}), so it {self._outcome()}. '
                    f"Try again, or {self.otherwise}."
                )
            raise WorkbookError(message) from error

    def _outcome(self) -> str:
        return "stays as it was" if os.access(self.file, os.F_OK) else "was not made"

    def _unwritable(self) -> str:
        return (
            f'Nothing can be written in the folder "{self.file.parent}", so '
            f'"{self.named.name}" {self._outcome()}. Ask for write access to the folder, or '
            f"{self.otherwise}."
        )


def state_or_none(path: Path) -> FileState | None:
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


def _user(number: int) -> str:
    if sys.platform != "win32":
        from pwd import getpwuid

        with contextlib.suppress(KeyError):
            return getpwuid(number).pw_name
    return f"user {number}"


def _lock_folder(folder: Path) -> int | None:
    """Lock a folder for this process; None where the system has no such lock.

    Raises
    ------
    WorkbookError
        If another run does not let go of it.
    """
    if sys.platform == "win32":
        return None
    from fcntl import LOCK_EX, LOCK_NB, flock

    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    ends = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < ends:
                time.sleep(0.02)
                continue
            os.close(descriptor)
            raise WorkbookError(
                f'Another run of xlportfolio has been saving in the folder "{folder}" for '
                f"{_LONGEST_WAIT:.0f} seconds. Run the command again when it has ended."
            ) from None
        except OSError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
