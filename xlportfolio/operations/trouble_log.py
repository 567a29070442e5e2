"""The log of unexpected errors: what went wrong inside, for whoever mends it.

A person at a button gets a sentence, never a traceback; the traceback goes here, into a file that
only the user can read. It holds no values of variables. The message of an error may quote what it
was about, so it is cut short, and the whole is kept for a month at most.
"""

from __future__ import annotations

import os
import stat
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from xlportfolio import __version__
from xlportfolio.workbook.saving.store import LONGEST_KEPT, store_folder

FILE_NAME = "unexpected-errors.log"
MOST_BYTES = 256 * 1024
"""Some hundred errors: more than anyone reads, and small enough to be sent when asked for."""

_LONGEST_MESSAGE = 300
_MOST_LINES = 120
_MOST_FRAMES = 40
_INDENT = "    "
_BEFORE_AN_ERROR = ("Traceback (", "\n")  # its head, or that it was the cause of the next
_CALL = '  File "'


def trouble_file() -> Path:
    """Where the log is, there or not.

    Raises
    ------
    WorkbookError
        If the user has no home folder.
    """
    return store_folder() / FILE_NAME


def record_trouble(where: str, error: BaseException, *, now: datetime | None = None) -> Path | None:
    """Keep an unexpected error with its traceback.

    Parameters
    ----------
    where
        What was being done, such as "the button Rebalance".
    error
        As it was caught.
    now
        The time, with a time zone; the clock's when not given.

    Returns
    -------
    The log; None if it could not be written, which is no second error.
    """
    # Whatever fails here must not hide the error that is being recorded.
    try:
        now = now or datetime.now(UTC)
        file = trouble_file()
        kept = [text for when, text in _entries(file) if now - when <= LONGEST_KEPT]
        _write(file, _newest([*kept, _entry(where, error, now)]))
    except Exception:
        return None
    return file


def purge_troubles(*, before: datetime | None = None) -> int:
    """Take errors out of the log.

    Parameters
    ----------
    before
        Only those recorded before this time, with a time zone; all of them when not given.

    Returns
    -------
    How many there were.

    Raises
    ------
    OSError
        If the log cannot be written.
    WorkbookError
        If the user has no home folder.
    """
    file = trouble_file()
    entries = _entries(file)
    kept = [text for when, text in entries if before is not None and when >= before]
    if kept:
        _write(file, _newest(kept))
    elif _is_ours(file):
        file.unlink()
    return len(entries) - len(kept)


def _entry(where: str, error: BaseException, now: datetime) -> str:
    """One error as text: a line that begins at the edge, and the indented rest below it."""
    told = traceback.TracebackException.from_exception(
        error, limit=-_MOST_FRAMES, capture_locals=False
    )
    lines = list(_lines(told))
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES // 2], "...", *lines[-_MOST_LINES // 2 :]]
    shown = [_INDENT + _cut(line) for line in lines]
    head = f"{now.astimezone(UTC).isoformat(timespec='seconds')} xlportfolio {__version__}"
    return "\n".join([f"{head}, {_cut(' '.join(where.split()))}", *shown, ""])


def _lines(told: traceback.TracebackException) -> Iterator[str]:
    """The lines of a traceback; the message of each error with its notes is cut as one text."""
    room = _LONGEST_MESSAGE
    for part in told.format():
        if part.startswith(_BEFORE_AN_ERROR):
            room = _LONGEST_MESSAGE
            yield from part.splitlines()
        elif part.startswith(_CALL):
            yield from part.splitlines()
        elif room:
            yield from _cut(part, room).splitlines()
            room = max(room - len(part), 0)


def _cut(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    return text if len(text) <= longest else text[: max(longest - 3, 0)] + "..."


def _entries(file: Path) -> list[tuple[datetime, str]]:
    """Each error with its time, oldest first; what is no entry of ours is passed over."""
    if not _is_ours(file):
        return []
    with file.open("rb") as stream:
        text = stream.read(2 * MOST_BYTES).decode("utf-8", "replace")
    found: list[tuple[datetime, str]] = []
    lines = text.split("\n")
    starts = [n for n, line in enumerate(lines) if line and not line.startswith(_INDENT)]
    for start, end in zip(starts, islice([*starts, len(lines)], 1, None), strict=True):
        when = _time(lines[start])
        if when is not None:
            body = [line for line in lines[start:end] if line]
            found.append((when, "\n".join([*body, ""])))
    return found


def _time(head: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(head.partition(" ")[0])
    except ValueError:
        return None
    return when if when.utcoffset() == timedelta(0) else None


def _newest(entries: list[str]) -> bytes:
    """The last entries that fit into the log."""
    kept: list[bytes] = []
    room = MOST_BYTES
    for entry in reversed(entries):
        content = entry.encode("utf-8", "backslashreplace")
        room -= len(content)
        if room < 0:
            break
        kept.append(content)
    return b"".join(reversed(kept))


def _is_ours(file: Path) -> bool:
    """A file of this user: never a link to another, nor what someone else put there."""
    try:
        status = file.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and (
        not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    )


def _write(file: Path, content: bytes) -> None:
    """Put the log in place as a whole, so that two programs at once cannot mix their lines."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}-part")
    part.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as stream:
            stream.write(content)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
