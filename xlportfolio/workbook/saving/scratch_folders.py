"""Folders for files needed for a moment: private, and found again where a run was killed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress

PREFIX = "xlportfolio-"
_OLD = 24 * 3600.0  # no run takes a day [s]


def sweep_scratch_folders(now: float | None = None) -> int:
    """Take out what runs left behind that were killed more than a day ago.

    Parameters
    ----------
    now
        Seconds since 1970; the clock's when not given. [s]

    Returns
    -------
    How many folders went. One that somebody else owns, a link, and one that is in use stay.
    """
    now = time.time() if now is None else now
    n_gone = 0
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.name.startswith(PREFIX) and _is_ours_and_old(entry, now):
                    shutil.rmtree(entry.path)
                    n_gone += 1
    return n_gone


def _is_ours_and_old(entry: os.DirEntry[str], now: float) -> bool:
    status = entry.stat(follow_symlinks=False)
    is_ours = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    return stat.S_ISDIR(status.st_mode) and is_ours and now - status.st_mtime > _OLD
