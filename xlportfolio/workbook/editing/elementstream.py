"""A sheet's XML as a stream of elements, each with the byte at which it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.parsers import expat

from xlportfolio.errors import WorkbookError

_SPREADSHEET_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)

StartHandler = Callable[[dict[str, str], str], None]
"""Takes an element's attributes and its namespace prefix, "" or one with its colon."""


class ElementStream:
    """Calls a handler for each spreadsheet element that starts or ends, by its local name.

    Elements of other namespaces pass unseen. Document types and encodings other than UTF-8 are
    refused: positions are bytes, and what is inserted between them is UTF-8.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    starts, ends : local name to handler

    Attributes
    ----------
    position : the byte where the latest start or end tag of any element stands
    n_starts : how many elements, of any namespace, have started
    """

    def __init__(
        self,
        sheet: str,
        starts: Mapping[str, StartHandler],
        ends: Mapping[str, Callable[[], None]],
    ) -> None:
        self.position = 0
        self.n_starts = 0
        self._sheet = sheet
        self._starts, self._ends = starts, ends
        # Looked up by expat's long name, which is cheaper than taking each apart.
        self._known_starts: dict[str, tuple[StartHandler | None, str]] = {}
        self._known_ends: dict[str, Callable[[], None] | None] = {}
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Parse chunks; each is yielded before it is parsed, so that its bytes can be kept."""
        is_first = True
        for chunk in _at_least(4, chunks):
            if is_first and (chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in chunk[:4]):
                raise damage(self._sheet, "its XML is stored as UTF-16; expected UTF-8")
            is_first = False
            yield chunk
            self._parse(chunk, is_last=False)
        self._parse(b"", is_last=True)

    def collect_text(self, collect: Callable[[str], None] | None) -> None:
        """Hand the text that follows to `collect`; None ends that."""
        self._parser.CharacterDataHandler = collect

    def _parse(self, chunk: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise damage(self._sheet, f"its XML is damaged ({error})") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.position = self._parser.CurrentByteIndex
        self.n_starts += 1
        known = self._known_starts.get(name)
        if known is None:
            local, prefix = _local_name(name)
            known = self._known_starts[name] = (self._starts.get(local), prefix)
        if known[0] is not None:
            known[0](attributes, known[1])

    def _end(self, name: str) -> None:
        self.position = self._parser.CurrentByteIndex
        if name not in self._known_ends:
            self._known_ends[name] = self._ends.get(_local_name(name)[0])
        known = self._known_ends[name]
        if known is not None:
            known()

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
            raise damage(self._sheet, f"its XML is stored as {encoding}; expected UTF-8")

    def _doctype(
        self, name: str, system: str | None, public: str | None, has_internal_subset: bool
    ) -> None:
        raise WorkbookError(
            f'Sheet "{self._sheet}" cannot be written: its XML carries a document type '
            "(DTD), which no spreadsheet program writes and which can hide an attack. "
            "Ask its sender for a copy saved from Excel."
        )


def damage(sheet: str, what: str) -> WorkbookError:
    """Say why a sheet's XML cannot be understood."""
    return WorkbookError(
        f'Sheet "{sheet}" cannot be written: {what}. '
        "Open the workbook in Excel, save it there and try again."
    )


def _local_name(name: str) -> tuple[str, str]:
    """Split expat's "namespace local prefix"; names of other namespaces become ""."""
    parts = name.split(" ")
    if len(parts) < 2 or parts[0] not in _SPREADSHEET_NAMESPACES:
        return "", ""
    return parts[1], f"{parts[2]}:" if len(parts) > 2 else ""


def _at_least(length: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass chunks on, the first of them with enough bytes to tell the encoding by."""
    start = b""
    is_open = True
    for chunk in chunks:
        if is_open:
            start += chunk
            if len(start) < length:
                continue
            is_open = False
            yield start
        else:
            yield chunk
    if is_open and start:
        yield start
