"""Who has a workbook open: the lock files that Excel and LibreOffice put beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlportfolio.workbook.saving.store import local_moment

_LONGEST_EXCEL_NAME = 52
_EXCEL_NAME_AT = 55


@dataclass(frozen=True)
class Lock:
    """A lock file beside a workbook.

    Attributes
    ----------
    program
        "Excel" or "LibreOffice".
    owner
        Who has the workbook open, as the lock says; "" where it cannot be read.
    since
        When the lock file was written; None where that cannot be read.
    host
        The machine on which it is open, as LibreOffice says; "" where nobody does.
    """

    path: Path
    program: str
    owner: str
    since: datetime | None = None
    host: str = ""

    @property
    def holder(self) -> str:
        """Who and in what, for a sentence: "Ann Lee in Excel", or "someone in Excel"."""
        return f"{self.owner or 'someone'} in {self.program}"

    @property
    def described(self) -> str:
        """All that is known: "Ann Lee in Excel since 22 November 2026, 09:30 [~$plan.xlsx]"."""
        host = f" on {self.host}" if self.host else ""
        since = f" since {local_moment(self.since)}" if self.since else ""
        return f"{self.holder}{host}{since} [{self.path.name}]"


def find_lock(workbook: Path) -> Lock | None:
    """Find the lock of a workbook, None if nobody has it open.

    A symbolic link is locked by a lock beside the link or beside the file that it leads to.

    Parameters
    ----------
    workbook
        The workbook; it need not exist.

    Notes
    -----
    LibreOffice reads and writes both kinds (its sources, svl/source/misc: `lockfilecommon.cxx`,
    `msodocumentlockfile.cxx`), which is where their formats are described.
    """
    places = [workbook.absolute()]
    if (resolved := workbook.resolve()) != places[0]:
        places.append(resolved)
    for place in places:
        # LibreOffice leaves both locks; its own is looked at first, so that it is named rightly.
        lock = place.with_name(f".~lock.{place.name}#")
        if os.path.lexists(lock):
            name, account, host = _libreoffice_fields(_beginning(lock))
            return Lock(lock, "LibreOffice", name or account, _written(lock), host)
        for excel_name in _excel_lock_names(place):
            lock = place.with_name(excel_name)
            if os.path.lexists(lock):
                return Lock(lock, "Excel", _excel_owner(_beginning(lock)), _written(lock))
    return None


def _excel_lock_names(workbook: Path) -> Iterator[str]:
    """`~$` before the name; Office also puts it in place of the first letters of a long name."""
    yield f"~${workbook.name}"
    if len(workbook.stem) >= 8:
        yield f"~${workbook.name[2:]}"
    elif len(workbook.stem) == 7:
        yield f"~${workbook.name[1:]}"


def _beginning(lock: Path) -> bytes:
    """What a lock says; one that is a link, a pipe or unreadable locks as well, and says nothing.

    Excel keeps its lock open for itself on Windows: it exists, that is enough.
    """
    try:
        if not stat.S_ISREG(lock.lstat().st_mode):
            return b""
        with lock.open("rb") as stream:
            return stream.read(1024)
    except OSError:
        return b""


def _written(lock: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(lock.lstat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def _libreoffice_fields(content: bytes) -> tuple[str, str, str]:
    """The first three of `name,account,host,time,profile;`; commas in them are escaped."""
    fields = [""]
    characters = iter(content.decode("utf-8", errors="replace"))
    for character in characters:
        if character == "\\":
            fields[-1] += next(characters, "")
        elif character == ",":
            fields.append("")
        elif character == ";":
            break
        else:
            fields[-1] += character
    name, account, host = (_printable(field) for field in (*fields, "", "")[:3])
    return name, account, host


def _excel_owner(content: bytes) -> str:
    """The name as a counted UTF-16 text after the padded 8-bit one, else the 8-bit one."""
    counted = content[_EXCEL_NAME_AT : _EXCEL_NAME_AT + 2]
    length = int.from_bytes(counted, "little")
    wide = content[_EXCEL_NAME_AT + 2 : _EXCEL_NAME_AT + 2 + 2 * length]
    if 0 < length <= _LONGEST_EXCEL_NAME and len(wide) == 2 * length:
        return _printable(wide.decode("utf-16-le", errors="replace"))
    if content and 0 < content[0] <= _LONGEST_EXCEL_NAME:
        return _printable(content[1 : 1 + content[0]].decode("cp1252", errors="replace"))
    return ""


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable()).strip()
