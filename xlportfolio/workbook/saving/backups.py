"""Backups: the workbook as it was, beside the workbook, `BOOK.YYYYMMDD-HHMMSS.bak.xlsx`.

They need no program to be used, go where the folder goes, and anyone who may read the folder has
them. The undo store is another thing: private to its user, it keeps more runs, by the place of the
workbook, and goes when it is purged. Undo takes what it brings back from the store alone, so a
backup that is dropped takes no step of undo away, and a purged store no backup.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from datetime import datetime
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.temporary_files import (
    create,
    give_new_name,
    make_alike,
    write_to_disk,
)

MOST_BACKUPS = 10
"""Of one workbook, unless `XLPORTFOLIO_BACKUPS` says otherwise: two working weeks of a run a day,
as many as one still finds one's way among in the folder of the workbook."""

VARIABLE = "XLPORTFOLIO_BACKUPS"


def most_backups() -> int:
    """How many backups of a workbook are kept, the one of this save included; at least 1.

    Raises
    ------
    WorkbookError
        If the environment says something that is no such number.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return MOST_BACKUPS
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
    if number < 1:
        raise WorkbookError(
            f'The environment variable {VARIABLE} is "{said}"; expected how many backups of a '
            f"workbook to keep, a whole number of at least 1, such as {MOST_BACKUPS}."
        )
    return number


def copy_aside(target: Path, temporary: Path) -> str:
    """Copy a workbook to a temporary file beside it: no backup yet, whatever happens.

    Owner and permissions are copied, too.

    Returns
    -------
    The SHA-256 of what was copied, in hexadecimal.
    """
    digest = hashlib.sha256()
    with (
        target.open("rb") as original,
        create(temporary, stat.S_IMODE(target.stat().st_mode)) as copy,
    ):
        while block := original.read(1 << 20):
            copy.write(block)
            digest.update(block)
        write_to_disk(copy)
    make_alike(target, temporary)
    return digest.hexdigest()


def make_backup(aside: Path, target: Path, now: datetime) -> Path:
    """Let a copy be the backup of a workbook, under a name that nobody has."""
    dates = target.stat()
    number = 1
    while True:
        suffix = f"-{number}" if number > 1 else ""
        kept = target.with_name(f"{target.stem}.{now:%Y%m%d-%H%M%S}{suffix}.bak{target.suffix}")
        try:
            give_new_name(aside, kept)
        except FileExistsError:
            number += 1
            continue
        with contextlib.suppress(OSError):
            os.utime(kept, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        return kept


def drop_old_backups(target: Path, made: Path, most: int) -> None:
    """Keep the newest backups of a workbook; one that cannot be deleted stays, and is no error.

    Parameters
    ----------
    target
        The workbook.
    made
        The backup that was made just now: it stays, even where the clock went back.
    most
        How many to keep, that one included.
    """
    pattern = re.compile(
        rf"{re.escape(target.stem)}\.(\d{{8}}-\d{{6}})(?:-([1-9]\d*))?\.bak{re.escape(target.suffix)}",
        re.ASCII,
    )
    found: list[tuple[str, int, Path]] = []
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            name = pattern.fullmatch(entry.name)
            if name and entry.name != made.name and _is_moment(name[1]):
                with contextlib.suppress(OSError):
                    if entry.is_file(follow_symlinks=False):
                        found.append((name[1], int(name[2] or 1), Path(entry.path)))
    found.sort()
    for _, _, backup in found[: max(len(found) - (most - 1), 0)]:
        with contextlib.suppress(OSError):
            backup.unlink()


def _is_moment(stamp: str) -> bool:
    try:
        datetime.strptime(stamp, "%Y%m%d-%H%M%S")
    except ValueError:
        return False
    return True
