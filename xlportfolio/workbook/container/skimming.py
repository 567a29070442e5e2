"""A pass of expat that is spared the elements which are understood without it."""

from __future__ import annotations

from typing import Generic, TypeVar

from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.part_pass import MAX_DEPTH, MAX_TEXT, PartPass
from xlportfolio.workbook.container.plain_xml import decoded, n_line_breaks

Understood = TypeVar("Understood")

_BREAKS_FED_AT_ONCE = 1 << 16
_MOST_LEVELS = 4
"""Of elements within each other in one that is understood: row, c, is, t."""


class SkimmingPass(PartPass, Generic[Understood]):
    """One pass over a part that holds one kind of element many times: rows, shared texts.

    Those that are written as most programs write them are understood at the speed of C; expat is
    fed all others and what stands around them. An element is left out only where both are proven:

    * that it stands where such an element counts: directly after another one that expat was fed,
      which began and ended at the bytes where we saw it do so and declared no namespace, or after
      one that was left out;
    * that it is well-formed: `_understood` answers for that.

    So what is read, what is refused and the line that is named are those of a pass that is fed
    everything. Until the first element is proven, and in any encoding but UTF-8, none is left out.

    Parameters
    ----------
    package, part, namespace
        As of a `PartPass`.
    name
        Of the element, without a prefix.
    """

    def __init__(self, package: Package, part: str, namespace: str, name: str) -> None:
        super().__init__(package, part, namespace)
        self._opening, self._closing = f"<{name}".encode(), f"</{name}>".encode()
        self._is_between = False
        self._is_utf8 = True
        self._opened_at = self._closed_at = -1
        self._n_breaks = 0
        self._parser.XmlDeclHandler = self._declare

    # -- what one kind of part says --------------------------------------------------------------

    def _understood(self, element: str) -> Understood | None:
        """What an element says, without its end tag; None if expat is needed to tell."""
        raise NotImplementedError

    def _may_take_many(self, text: str) -> bool:
        """Whether elements of a text may be understood many at once."""
        return False

    def _understood_many(self, text: str, start: int) -> tuple[Understood | None, int]:
        """What elements from there on say, and where they end; None if up to there each has to be
        looked at by itself.
        """
        return None, start

    def _accept(self, found: Understood) -> bool:
        """Take what was understood; False if an element before it has to be minded."""
        raise NotImplementedError

    def _is_at_rest(self) -> bool:
        """Whether nothing that was fed waits for its end."""
        return not (self._collecting or self._phonetic)

    def _learn(self, element: bytes) -> None:
        """See an element that expat found well-formed, end tag included."""

    # -- the pass --------------------------------------------------------------------------------

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._is_utf8 = encoding is None or encoding.lower() == "utf-8"

    def _feed_part(self) -> None:
        rest = b""
        for chunk in self._package.chunks(self._part):
            window = rest + chunk if rest else chunk
            last = window.rfind(self._closing)
            if last >= 0:
                end = last + len(self._closing)
                rest = window[end:]
                self._take(window[:end])
            elif len(window) <= MAX_TEXT:
                rest = window
            else:
                rest = b""
                self._feed_unproven(window)
        self._feed_unproven(rest)

    def _take(self, window: bytes) -> None:
        """Take elements that follow each other, the last one to its end."""
        text = decoded(window) if self._is_utf8 else None
        if text is None:
            self._feed_elements(window)
        else:
            self._take_text(text)

    def _take_text(self, text: str) -> None:
        closing = self._closing.decode()
        has_breaks = "\n" in text or "\r" in text
        may_take_many = self._may_take_many(text)
        start = end_of_single = 0  # up to there each is looked at by itself
        while start < len(text):
            found, end = None, start
            if may_take_many and self._is_between and start >= end_of_single:
                found, end = self._understood_many(text, start)
            if found is None:
                end_of_single = max(end, end_of_single)
                end = text.index(closing, start) + len(closing)
                if self._is_between:
                    found = self._understood(text[start : end - len(closing)])
            if found is None or not self._accept(found):
                self._feed_elements(text[start:end].encode())
            elif has_breaks:
                self._pass_over(text[start:end])
            start = end

    def _feed_elements(self, data: bytes) -> None:
        """Feed what ends in an end tag of ours, and see whether expat saw that element there."""
        start = data.rfind(self._opening)
        self._feed_unproven(data)
        fed_before = self._n_fed - len(data)
        self._is_between = (
            start >= 0
            and self._is_utf8
            and self._opened_at == fed_before + start
            and self._closed_at == self._n_fed - len(self._closing)
            and b"xmlns" not in data[start:]
            and self._depth <= MAX_DEPTH - _MOST_LEVELS
            and self._is_at_rest()
        )
        if self._is_between:
            self._learn(data[start:])

    def _feed_unproven(self, data: bytes) -> None:
        self._feed_breaks()
        self._feed(data)
        self._is_between = False

    def _pass_over(self, text: str) -> None:
        """Count the lines of what is left out: a later mistake is named by its line."""
        self._n_breaks += n_line_breaks(text)
        if self._n_breaks > _BREAKS_FED_AT_ONCE:
            self._feed_breaks()

    def _feed_breaks(self) -> None:
        while self._n_breaks:
            n_breaks = min(self._n_breaks, _BREAKS_FED_AT_ONCE)
            self._feed(b"\n" * n_breaks)
            self._n_breaks -= n_breaks
