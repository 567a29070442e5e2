"""Temporary files beside a workbook: whole on the disk before they get a name that counts.

They are called `.xlportfolio-<16 hexadecimal digits>.xlsx`. A program that is killed leaves one;
the next save in that folder takes it out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

SECONDS_UNTIL_OLD = 3600.0
"""No save takes an hour: a temporary file that is older belongs to none."""

_NAME = re.compile(r"\.xlportfolio-[0-9a-f]{16}(\.\w{1,8})?")
_NOT_OFFERED = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}
"""How file systems say that they know no such thing, not that it failed."""

Identity = tuple[int, int]
"""Device and number of a file: it keeps them when it is renamed."""


def temporary_beside(file: Path) -> Path:
    """A name for a temporary file that will take the place of another, or lie beside it."""
    return file.with_name(f".xlportfolio-{secrets.token_hex(8)}{file.suffix}")


def create(temporary: Path, mode: int) -> BinaryIO:
    """Make a temporary file, for writing and reading; a private one is so from its first byte."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(temporary, flags, mode), "w+b")


def identity(file: Path) -> Identity:
    """What a file is called by the system, whatever people call it."""
    status = file.stat()
    return status.st_dev, status.st_ino


def write_to_disk(stream: BinaryIO) -> None:
    """Wait until what was written is on the disk itself, where the file system offers that."""
    stream.flush()
    try:
        os.fsync(stream.fileno())
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise


def sync_folder(folder: Path) -> None:
    """Make new names durable; Windows has no such call, and some shares refuse it."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_alike(previous: Path, temporary: Path) -> None:
    """Give a temporary file owner, group, mode, extended attributes and access lists of another.

    Its date stays that of its writing.
    """
    if hasattr(os, "chown"):
        _copy_owner(previous, temporary)
    modified = temporary.stat().st_mtime_ns
    shutil.copystat(previous, temporary)
    os.utime(temporary, ns=(modified, modified))


def _copy_owner(previous: Path, temporary: Path) -> None:
    """Keep owner and group; only an administrator may give a file away, so else the group."""
    status = previous.stat()
    for owner in (status.st_uid, -1):
        try:
            os.chown(temporary, owner, status.st_gid)
        except OSError as error:
            if error.errno not in {errno.EPERM, errno.EACCES, *_NOT_OFFERED}:
                raise
        else:
            return


def give_new_name(temporary: Path, name: Path) -> None:
    """Give a temporary file a name that nobody has.

    Raises
    ------
    FileExistsError
        If there is a file of that name, even one that was made at this very moment.
    OSError
        If the system refuses the name.
    """
    if os.name == "nt":  # there a file is renamed only to a name that is free
        temporary.rename(name)
        return
    try:
        os.link(temporary, name)
    except FileExistsError:
        raise
    except OSError:  # file systems without hard links
        if os.path.lexists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(name)) from None
        temporary.rename(name)
    else:
        discard(temporary)


def put_whole(content: bytes, file: Path) -> None:
    """Write a file of a few lines, whole or not at all, with the permissions of the previous one.

    Raises
    ------
    OSError
        If it cannot be written; what was there is then as it was.
    """
    try:
        place = file.resolve()
    except RuntimeError as error:  # a link that leads back to itself, in Python up to 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(file)) from error
    temporary = temporary_beside(place)
    try:
        with create(temporary, 0o666) as stream:
            made = os.fstat(stream.fileno())
            sweep(place.parent, made.st_mtime, made.st_uid)
            stream.write(content)
            write_to_disk(stream)
        if place.exists():
            make_alike(place, temporary)
        temporary.replace(place)
    except BaseException:
        discard(temporary)
        raise
    sync_folder(place.parent)


def discard(*files: Path | None) -> None:
    """Delete files that are not needed; one that cannot be deleted is left for the next save."""
    for file in files:
        if file is not None:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)


def sweep(folder: Path, now: float, owner: int) -> None:
    """Delete the temporary files that killed programs left in a folder.

    Parameters
    ----------
    folder
        The folder; what cannot be looked at or deleted in it stays.
    now
        The time by the clock of that folder's disk. [s since 1970]
    owner
        Besides our own, also take out what was given to this user already.
    """
    owners = {owner, os.geteuid()} if hasattr(os, "geteuid") else None
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _NAME.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                is_ours = owners is None or status.st_uid in owners
                is_old = now - status.st_mtime > SECONDS_UNTIL_OLD
                if stat.S_ISREG(status.st_mode) and is_ours and is_old:
                    Path(entry.path).unlink()
