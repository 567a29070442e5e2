"""A disk that fails at the k-th call: whatever Python asks of the files below one folder.

Calls of the modules `os` and `io` are counted in their order: open, write, close, fsync, replace,
link, unlink, mkdir, chown, chmod, utime, listing a folder and, where asked, reading. What happens
at the k-th is the caller's: an error, a write cut short, or the end of the process.
"""

from __future__ import annotations

import _io
import builtins
import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

OF_PATHS = (
    *("replace", "rename", "link", "unlink", "remove", "mkdir", "rmdir", "chown", "chmod"),
    *("utime", "setxattr", "scandir", "listdir"),
)
NEEDING_SPACE = frozenset({"open to write", "write", "close", "fsync", "link", "mkdir", "setxattr"})
"""What a full disk refuses; it still deletes, and it renames."""

CHANGING = NEEDING_SPACE | {
    *("replace", "rename", "unlink", "remove", "rmdir", "chown", "chmod", "utime"),
}
"""What a disk refuses that has become read-only."""

Happens = Callable[[str], None]
"""Told the name of a call before it is made; raises what the call is to raise."""


class ShortWriteError(Exception):
    """A write takes half of what it was given, and the next one takes nothing."""


class Failing:
    """Errors from the k-th call on.

    Parameters
    ----------
    k
        Which call, counted from 1; 0 for none.
    number
        The error; None for a write cut short, which ends in "no space".
    lasting
        The calls that fail after it, too; none where it is empty.

    Attributes
    ----------
    calls
        The names of the calls so far.
    failed
        The name of the k-th; "" where it was not reached.
    """

    def __init__(
        self, k: int, number: int | None = errno.EIO, lasting: frozenset[str] = frozenset()
    ) -> None:
        self.calls: list[str] = []
        self.failed = ""
        self._k = k
        self._number = number
        self._lasting = lasting
        self._is_full = False

    def __call__(self, name: str) -> None:
        self.calls.append(name)
        if self._is_full and name == "write":
            self._is_full = False
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if len(self.calls) == self._k:
            self.failed = name
            if self._number is None and name == "write":
                self._is_full = True
                raise ShortWriteError
        elif not (self.failed and name in self._lasting):
            return
        number = errno.ENOSPC if self._number is None else self._number
        raise OSError(number, os.strerror(number))


@contextmanager
def failing_disk(root: Path, happens: Happens, *, reads: bool = False) -> Iterator[None]:
    """Ask `happens` before each call on a file below `root`.

    Parameters
    ----------
    root
        A folder, without links in its path.
    happens
        What happens at a call.
    reads
        Whether reading counts, too.
    """
    below = f"{root}{os.sep}"

    def is_below(file: Any) -> bool:
        if isinstance(file, int):
            try:
                return f"{Path(f'/proc/self/fd/{file}').readlink()}{os.sep}".startswith(below)
            except OSError:
                return False
        # The folder itself is asked for, too: it is listed, locked and synced.
        return isinstance(file, str | bytes | os.PathLike) and (
            f"{os.fspath(os.path.abspath(os.fsdecode(file)))}{os.sep}".startswith(below)  # noqa: PTH100
        )

    class Raw(io.FileIO):
        """A file without a buffer, whose every write is asked for."""

        def write(self, data: Any, /) -> int:
            try:
                happens("write")
            except ShortWriteError:
                view = memoryview(data).cast("B")
                return super().write(view[: max(len(view) // 2, 1)])
            return super().write(data)

        def readinto(self, buffer: Any, /) -> int:
            if reads:
                happens("read")
            return super().readinto(buffer)  # type: ignore[no-any-return, misc]

        def readall(self) -> bytes:
            if reads:
                happens("read")
            return super().readall()

        def close(self) -> None:
            was_open = not self.closed
            super().close()
            if was_open and self.writable_once:
                happens("close")

        writable_once = False

    def opened(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if not is_below(file):
            return real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        writes = not mode.startswith("r") or "+" in mode
        if not isinstance(file, int):
            happens("open to write" if writes else "open")
        raw = Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.writable_once = writes
        if buffering == 0:
            return raw
        kind: Any = io.BufferedWriter if writes else io.BufferedReader
        buffered = (io.BufferedRandom if "+" in mode else kind)(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def asked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if args and is_below(args[0]):
                happens(_name(name, args))
            return function(*args, **kwargs)

        return call

    real_open = io.open
    with ExitStack() as patches:
        for module in (io, builtins, _io):
            patches.enter_context(patch.object(module, "open", opened))
        for name in (*OF_PATHS, "open", "fsync"):
            function = getattr(os, name)
            patches.enter_context(patch.object(os, name, asked(name, function)))
        patches.enter_context(patch.object(fcntl, "flock", asked("flock", fcntl.flock)))
        yield


def _name(name: str, args: tuple[Any, ...]) -> str:
    if name == "open" and args[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        return "open to write"
    return name
