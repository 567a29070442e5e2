"""How LibreOffice's Python and ours talk: frames of a mark, a length and a marshalled tuple.

Marshal's version 2 is the same in every Python from 2.5 on, and fast. Only the two processes that
started each other use it: nobody else's bytes are read.

Runs in LibreOffice's Python as well as in ours: standard library only, 3.8 or later.
"""

from __future__ import annotations

import marshal
import os
import select
import struct
import time
from typing import IO, Any

MARK = b"XLP1"
LONGEST = 2**31

CODES = {
    "#NULL!": 521,
    "#DIV/0!": 532,
    "#VALUE!": 519,
    "#REF!": 524,
    "#NAME?": 525,
    "#NUM!": 503,
    "#N/A": 32767,
}
"""Calc's number of each error."""

LOOKING = 100e-6
"""Seconds for which the other process is looked for before this one sleeps."""

_BUSY = 1e-3
"""A look that took so long gave way to others."""

_SLEEPING = 0.05
"""Seconds for which nothing is looked for then."""

_HEAD = struct.Struct("<4sI")
_VERSION = 2


class Arrivals:
    """Looks for what arrives for a moment: to be woken takes longer than a call on single cells.

    Parameters
    ----------
    stream
        A pipe. Where the system cannot look into one, as on Windows, nothing is looked for.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._poll: Any = None
        self._sleeps_until = 0.0
        can_look = hasattr(select, "poll") and hasattr(os, "sched_yield")
        if can_look and (os.cpu_count() or 1) > 1:
            self._poll = select.poll()
            self._poll.register(stream, select.POLLIN)

    def look(self) -> None:
        """Return when something has arrived, or the moment is over.

        Where others want the processor, who sleeps gets it back sooner than who gives way to them.
        """
        if self._poll is None:
            return
        poll, clock, give_way = self._poll.poll, time.perf_counter, os.sched_yield
        began = now = clock()
        if now < self._sleeps_until:
            return
        while not poll(0) and now - began < LOOKING:
            give_way()
            now = clock()
        if now - began > _BUSY:
            self._sleeps_until = now + _SLEEPING


class FrameError(Exception):
    """What arrived is no frame: something else wrote to the pipe."""


class ContentError(Exception):
    """What was to be sent is nothing that a frame can hold."""


def nan_of(error: str) -> float:
    """The number that Calc shows as an error; #VALUE! for one that it does not know.

    >>> struct.pack(">d", nan_of("#VALUE!")).hex()
    '7ff8000000000207'
    """
    code = CODES.get(error, CODES["#VALUE!"])
    number: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000000 | code))[0]
    return number


def write_frame(stream: IO[bytes], content: tuple[Any, ...]) -> None:
    """Write one frame at once.

    Raises
    ------
    ContentError
        If it holds something other than tuples, numbers, text, truths and None, or is too long.
    """
    try:
        body = marshal.dumps(content, _VERSION)
    except ValueError as error:
        raise ContentError("a value of a kind that no cell holds") from error
    if len(body) > LONGEST:
        raise ContentError("more than 2 GB of values")
    stream.write(_HEAD.pack(MARK, len(body)) + body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[Any, ...]:
    """Read one frame.

    Raises
    ------
    EOFError
        If the other process ended.
    FrameError
        If something else arrived.
    """
    mark, length = _HEAD.unpack(_read(stream, _HEAD.size))
    if mark != MARK or length > LONGEST:
        raise FrameError("bytes that are no frame")
    try:
        content = marshal.loads(_read(stream, length))
    except (ValueError, TypeError) as error:
        raise FrameError("a frame that cannot be read") from error
    if not isinstance(content, tuple):
        raise FrameError("a frame without a tuple")
    return content


def _read(stream: IO[bytes], n: int) -> bytes:
    found = stream.read(n)
    if len(found) < n:
        raise EOFError("the other process ended")
    return found
