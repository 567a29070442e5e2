"""Bytes on their way from a part to its copy, with some spans exchanged."""

from __future__ import annotations

import re

_ATTRIBUTE = re.compile(rb"""\s([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG = re.compile(rb"""<(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")


class PassingBytes:
    """A window on a document that streams past; what is not replaced is copied.

    Positions are byte offsets from the start of the document. Changes are made from front to back,
    and only behind the last `release`.
    """

    def __init__(self) -> None:
        self._window = bytearray()
        self._start = 0
        self._copied = 0
        self._output: list[bytes] = []

    def arrive(self, chunk: bytes) -> None:
        self._window += chunk

    @property
    def end(self) -> int:
        """The position after the last byte that arrived."""
        return self._start + len(self._window)

    def between(self, start: int, end: int) -> bytes:
        return bytes(self._window[start - self._start : end - self._start])

    def copy_to(self, position: int) -> None:
        if position > self._copied:
            self._output.append(self.between(self._copied, position))
            self._copied = position

    def insert(self, position: int, new: bytes) -> None:
        self.copy_to(position)
        self._output.append(new)

    def replace(self, start: int, end: int, new: bytes) -> None:
        self.insert(start, new)
        self._copied = end

    def end_replacing(self, end: int, new: bytes) -> None:
        """Put new bytes where copying stopped, for a span whose end is known only now."""
        self._output.append(new)
        self._copied = end

    def release(self, position: int, *, is_replacing: bool) -> None:
        """Let go of what lies before a position: copied, or dropped inside a replaced span."""
        if not is_replacing:
            self.copy_to(position)
        if position > self._start:
            del self._window[: position - self._start]
            self._start = position

    def take(self) -> bytes:
        """Take what is ready to be written."""
        ready = b"".join(self._output)
        self._output.clear()
        return ready

    def end_of_tag(self, start: int) -> int:
        """Find the byte after the tag that starts here; `>` may stand inside its attributes."""
        match = _TAG.match(self._window, start - self._start)
        if match is None:
            raise AssertionError("the tag at this position has not arrived whole")
        return match.end() + self._start

    def is_empty_tag(self, end: int) -> bool:
        """Whether the tag that ends here closes itself."""
        return self.between(end - 2, end) == b"/>"

    def set_attribute(self, start: int, name: str, value: str) -> None:
        """Exchange the value of an attribute that the tag at `start` has."""
        for match in _ATTRIBUTE.finditer(self.between(start, self.end_of_tag(start))):
            if match[1] == name.encode():
                self.replace(start + match.start(2), start + match.end(2), f'"{value}"'.encode())
                return

    def remove_attribute(self, start: int, name: str) -> None:
        """Take an attribute out of the tag at `start`, if it has it."""
        for match in _ATTRIBUTE.finditer(self.between(start, self.end_of_tag(start))):
            if match[1] == name.encode():
                self.replace(start + match.start(), start + match.end(), b"")
                return
