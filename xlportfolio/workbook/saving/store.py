"""The undo store: workbooks as they were before each run, outside the workbooks themselves.

It lies in the user's own folder and nobody else may read it, because backups and hidden sheets
travel by mail with the workbook. Each workbook has a folder, named by a hash of its path; each run
a pair of files in it, `000007.previous` (the bytes, as they were: an .xlsx is compressed already)
and `000007.json` (what they are). The second is written last: an entry without it does not exist.

A run on the closed file keeps the whole file; one on the workbook open in Excel keeps what it
changed. Both are runs of one workbook, in the one order in which they can be undone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.temporary_files import discard, sync_folder

MOST_ENTRIES = 20
"""Of one workbook: more steps back than anyone retraces one by one."""

LONGEST_KEPT = timedelta(days=30)
"""A reporting cycle: what was sent to the board a month ago is archived elsewhere, and copies of
a portfolio should not lie about for longer than they are of use."""

MOST_BYTES = 2 * 1024**3
"""In all: two hundred runs on a large workbook of 10 MB, and little on any disk of today."""

Kind = Literal["file", "live"]
"""What is kept: the file as it was, or what was changed in the workbook open in Excel."""

Key = Path | str
"""A workbook: its file, or a text for one that has none here, such as an address in the cloud.

A text that is an absolute path stands for that file."""

_FORMAT = 1
_PREVIOUS, _METADATA = ".previous", ".json"
_UNFINISHED_PREVIOUS, _UNFINISHED_METADATA = ".previous-part", ".json-part"
_TEXTS = ("workbook", "recorded", "command", "hash_before", "hash_after")
_LARGEST_METADATA = 64 * 1024


@dataclass(frozen=True)
class Entry:
    """A workbook as it was before one run.

    Attributes
    ----------
    workbook
        Its file, or the text that stands for it.
    number
        Counts the runs of one workbook; later is greater.
    recorded
        When, in UTC.
    command
        What was run, such as "run".
    hash_before, hash_after
        SHA-256 of what is kept, and of what the run left: the workbook, or the cells that it
        wrote in Excel. In hexadecimal.
    size
        Of what is kept. [bytes]
    previous
        The file in the store that holds it.
    kind
        Whether that is the file before the run, or what the run changed in Excel.
    """

    workbook: Key
    number: int
    recorded: datetime
    command: str
    hash_before: str
    hash_after: str
    size: int
    previous: Path
    kind: Kind = "file"

    @property
    def described(self) -> str:
        """The run as people tell it: "rebalance" of 22 November 2026, 09:30."""
        return f'"{self.command}" of {local_moment(self.recorded)}'

    def is_whole(self) -> bool:
        """Whether the store still holds what was kept, bit for bit."""
        try:
            with self.previous.open("rb") as kept:
                return hashlib.file_digest(kept, "sha256").hexdigest() == self.hash_before
        except OSError:
            return False


def local_moment(moment: datetime) -> str:
    """Local time as people write it, "22 November 2026, 09:30"."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def store_folder() -> Path:
    """Where the store of this user is: `XLPORTFOLIO_HOME`, else where the system keeps such data.

    Raises
    ------
    WorkbookError
        If the user has no home folder.
    """
    if chosen := os.environ.get("XLPORTFOLIO_HOME"):
        return Path(chosen).expanduser().absolute()
    try:
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            root = Path(local) if local else Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            root = Path.home() / "Library" / "Application Support"
        else:
            # A relative one is to be ignored (XDG Base Directory Specification 0.8).
            state = Path(os.environ.get("XDG_STATE_HOME", ""))
            root = state if state.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError as error:
        raise WorkbookError(
            "There is no home folder to keep previous workbooks in. Set XLPORTFOLIO_HOME to a "
            "folder of yours."
        ) from error
    return root / "xlportfolio"


class UndoStore:
    """Records workbooks as they were, and finds them again.

    Parameters
    ----------
    folder
        Where; `store_folder()` when not given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or store_folder()) / "undo"

    def record(
        self,
        workbook: Key,
        previous: bytes | Path,
        hash_after: str,
        command: str,
        *,
        kind: Kind = "file",
        now: datetime | None = None,
    ) -> Entry:
        """Keep a workbook as it was before a run.

        Parameters
        ----------
        workbook
            The workbook that was written.
        previous
            What is kept of it, or a file that holds that.
        hash_after
            SHA-256 of what the run left, in hexadecimal; see `Entry`.
        command
            What was run, such as "run".
        kind
            Whether `previous` is the file before the run, or what the run changed in Excel.
        now
            The time, with a time zone; the clock's when not given.

        Raises
        ------
        WorkbookError
            If the store cannot be written; the workbook itself is as the run left it.
        """
        now = now or datetime.now(UTC)
        folder = self._folder_of(workbook)
        try:
            self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for private in (self.folder, folder):
                _make_private(private)
            number, part = _claim(folder)
            described = part.with_suffix(_UNFINISHED_METADATA)
            try:
                size, hash_before = _copy(previous, part)
                entry = Entry(
                    workbook=_identity(workbook),
                    number=number,
                    recorded=now.astimezone(UTC),
                    command=command,
                    hash_before=hash_before,
                    hash_after=hash_after,
                    size=size,
                    previous=part.with_suffix(_PREVIOUS),
                    kind=kind,
                )
                part.replace(entry.previous)
                _write_private(described, _metadata(entry))
                described.replace(part.with_suffix(_METADATA))
            except BaseException:
                # The metadata goes first: without it the rest is no entry.
                discard(part.with_suffix(_METADATA), described, part, part.with_suffix(_PREVIOUS))
                raise
            sync_folder(folder)
        except OSError as error:
            raise WorkbookError(
                f'The previous "{_name(workbook)}" could not be kept for undo in "{self.folder}" '
                f"({_reason(error)}). Free space or allow writing there, or set XLPORTFOLIO_HOME "
                "to another folder."
            ) from error
        self._retain(now, keep=entry)
        return entry

    def entries(self, workbook: Key) -> list[Entry]:
        """What is kept of a workbook, oldest first; whatever is no entry of ours is passed over.

        Raises
        ------
        WorkbookError
            If the store cannot be read: what lies there unread may be the last run.
        """
        identity = _identity(workbook)
        try:
            found = _read_entries(self._folder_of(workbook))
        except FileNotFoundError:  # it was purged at this moment
            return []
        except OSError as error:
            raise WorkbookError(
                f'The undo store "{self.folder}" cannot be read ({_reason(error)}). Allow reading '
                "there, and try again."
            ) from error
        return [entry for entry in found if entry.workbook == identity]

    def latest(self, workbook: Key) -> Entry | None:
        """The workbook before its last recorded run; None if nothing is kept of it."""
        found = self.entries(workbook)
        return found[-1] if found else None

    def forget(self, entry: Entry) -> None:
        """Take one entry out; one that is out already stays out."""
        with contextlib.suppress(OSError):
            # The metadata goes first: without it the rest is no entry any more.
            entry.previous.with_suffix(_METADATA).unlink(missing_ok=True)
            entry.previous.unlink(missing_ok=True)
            entry.previous.parent.rmdir()

    def purge(self, *, before: datetime | None = None) -> int:
        """Take entries out, whatever else would keep them.

        Parameters
        ----------
        before
            Only what was recorded before this time, with a time zone; everything when not given.

        Returns
        -------
        How many entries there were.

        Raises
        ------
        WorkbookError
            If the store cannot be emptied.
        """
        if before is not None:
            old = [e for f in self._folders() for e in _entries_in(f) if e.recorded < before]
            for entry in old:
                self.forget(entry)
            stays = next((one for one in old if one.previous.exists()), None)
            if stays is not None:
                raise WorkbookError(
                    f'The undo store "{self.folder}" could not be emptied: "{stays.previous}" '
                    "stays. Allow writing in that folder, or delete the file."
                )
            return len(old)
        n_entries = sum(len(_entries_in(folder)) for folder in self._folders())
        if _is_ours(self.folder):
            try:
                shutil.rmtree(self.folder)
            except OSError as error:
                raise WorkbookError(
                    f'The undo store "{self.folder}" could not be emptied ({_reason(error)}). '
                    "Delete that folder."
                ) from error
        return n_entries

    def _folder_of(self, workbook: Key) -> Path:
        identity = os.fsencode(_identity(workbook))
        return self.folder / hashlib.sha256(identity).hexdigest()[:32]

    def _folders(self) -> list[Path]:
        if not _is_ours(self.folder):
            return []
        try:
            return sorted(folder for folder in self.folder.iterdir() if _is_ours(folder))
        except OSError:
            return []

    def _retain(self, now: datetime, keep: Entry) -> None:
        """Drop what is too old, too many or too large, oldest first, but never the last run."""
        everything: list[Entry] = []
        for folder in self._folders():
            _sweep(folder, now)
            found = _entries_in(folder)
            everything += found[-MOST_ENTRIES:]
            for entry in found[:-MOST_ENTRIES]:
                self.forget(entry)
        everything.sort(key=lambda entry: entry.recorded)
        n_bytes = sum(entry.size for entry in everything)
        for entry in everything:
            too_old = now - entry.recorded > LONGEST_KEPT
            if entry.previous != keep.previous and (too_old or n_bytes > MOST_BYTES):
                self.forget(entry)
                n_bytes -= entry.size


def _identity(workbook: Key) -> Key:
    """One path for a workbook, however it was named: links resolved, case as the system sees it."""
    if isinstance(workbook, str) and not os.path.isabs(workbook):  # noqa: PTH117
        return workbook
    return Path(os.path.normcase(os.path.realpath(workbook)))


def _name(workbook: Key) -> str:
    return workbook.rsplit("/", 1)[-1] if isinstance(workbook, str) else workbook.name


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(0, "the folder belongs to someone else", str(folder))
    folder.chmod(0o700)


def _is_ours(folder: Path) -> bool:
    """A folder of this user: what someone else put there would be restored as a workbook."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (
        not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    )


def _claim(folder: Path) -> tuple[int, Path]:
    """Take the next number; the unfinished file is what two runs at once cannot both make."""
    taken = [int(path.stem) for path in folder.iterdir() if path.stem.isdecimal()]
    number = max(taken, default=0) + 1
    while True:
        part = folder / f"{number:06d}{_UNFINISHED_PREVIOUS}"
        try:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            number += 1
            continue
        if not part.with_suffix(_PREVIOUS).exists():
            return number, part
        part.unlink()
        number += 1


def _copy(previous: bytes | Path, part: Path) -> tuple[int, str]:
    """Write the bytes to the claimed file; their number and SHA-256."""
    if isinstance(previous, bytes):
        _write_private(part, previous)
        return len(previous), hashlib.sha256(previous).hexdigest()
    digest = hashlib.sha256()
    size = 0
    with previous.open("rb") as original, part.open("wb") as copy:
        while block := original.read(1 << 20):
            copy.write(block)
            digest.update(block)
            size += len(block)
        copy.flush()
        os.fsync(copy.fileno())
    return size, digest.hexdigest()


def _write_private(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _metadata(entry: Entry) -> bytes:
    return json.dumps(
        {
            "format": _FORMAT,
            "workbook": str(entry.workbook),
            "recorded": entry.recorded.isoformat(),
            "command": entry.command,
            "hash_before": entry.hash_before,
            "hash_after": entry.hash_after,
            "size": entry.size,
            "kind": entry.kind,
        }
    ).encode()


def _entries_in(folder: Path) -> list[Entry]:
    """The entries of a folder; none where it cannot be read."""
    try:
        return _read_entries(folder)
    except OSError:
        return []


def _read_entries(folder: Path) -> list[Entry]:
    if not _is_ours(folder):
        return []
    files = [path for path in folder.iterdir() if path.suffix == _METADATA]
    found = (_entry(path) for path in files if path.stem.isdecimal())
    return sorted((entry for entry in found if entry), key=lambda entry: entry.number)


def _entry(metadata: Path) -> Entry | None:
    """Read one entry; None for a broken or foreign file, and for one that has gone meanwhile."""
    previous = metadata.with_suffix(_PREVIOUS)
    try:
        if metadata.stat().st_size > _LARGEST_METADATA:
            return None
        content = json.loads(metadata.read_bytes())
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            return None
        if any(not isinstance(content[key], str) for key in _TEXTS):
            return None
        recorded = datetime.fromisoformat(content["recorded"])
        size = content["size"]
        kind = content.get("kind", "file")  # entries of the first version had none
        if kind not in get_args(Kind):
            return None
        if recorded.tzinfo is None or previous.stat().st_size != size:
            return None
    except (FileNotFoundError, IsADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return Entry(
        workbook=_identity_written(content["workbook"]),
        number=int(metadata.stem),
        recorded=recorded,
        command=content["command"],
        hash_before=content["hash_before"],
        hash_after=content["hash_after"],
        size=size,
        previous=previous,
        kind=kind,
    )


def _identity_written(text: str) -> Key:
    """The identity that metadata hold; no text that stands for a workbook is an absolute path."""
    return Path(text) if os.path.isabs(text) else text  # noqa: PTH117


def _sweep(folder: Path, now: datetime) -> None:
    """Take out what a run that was killed left behind: files of ours that make no entry.

    Not younger than an hour: another run may be writing them at this moment.
    """
    try:
        ours = [path for path in folder.iterdir() if path.stem.isdecimal()]
    except OSError:
        return
    for path in ours:
        unfinished = path.suffix in (_UNFINISHED_PREVIOUS, _UNFINISHED_METADATA) or (
            path.suffix == _PREVIOUS and not path.with_suffix(_METADATA).exists()
        )
        with contextlib.suppress(OSError):
            if unfinished and now.timestamp() - path.stat().st_mtime > 3600:
                path.unlink()
