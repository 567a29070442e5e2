"""A sheet's XML as a stream of elements, each with the byte at which it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

from xlportfolio.errors import WorkbookError

_SPREADSHEET_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)

_MAY_CALL_ITSELF = {
    "utf-8": ("utf-8", "utf8", "us-ascii", "ascii"),
    "utf-16-le": ("utf-16",),
    "utf-16-be": ("utf-16",),
}

DEEPEST = 256
"""Excel nests the elements of a sheet about ten deep; a parser keeps every open one in memory."""

StartHandler = Callable[[dict[str, str], str], None]
"""Takes an element's attributes and its namespace prefix, "" or one with its colon."""


class ElementStream:
    """Calls a handler for each spreadsheet element that starts or ends, by its local name.

    Elements of other namespaces pass unseen. The document may be parsed with gaps, between
    elements; a second parser without handlers, which is many times faster, reads every byte and
    proves it sound. Document types and encodings other than UTF-8 are refused: positions are
    bytes, and what is inserted between them is UTF-8.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    starts, ends : local name to handler

    Attributes
    ----------
    stored_as : the encoding of the part, from which its bytes were brought to UTF-8
    position : the byte of the document where the latest start or end tag of any element stands
    n_starts : how many elements, of any namespace, have started
    n_namespaces : how many times a namespace of spreadsheets was declared
    depth : how many elements are open
    """

    def __init__(
        self,
        sheet: str,
        starts: Mapping[str, StartHandler],
        ends: Mapping[str, Callable[[], None]],
    ) -> None:
        self.stored_as = "utf-8"
        self.position = 0
        self.n_starts = 0
        self.n_namespaces = 0
        self._sheet = sheet
        self._starts, self._ends = starts, ends
        # Looked up by expat's long name, which is cheaper than taking each apart.
        self._known_starts: dict[str, tuple[StartHandler | None, str]] = {}
        self._known_ends: dict[str, Callable[[], None] | None] = {}
        self.depth = 0
        self._n_parsed = 0
        self._shift = 0
        self._proof = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._proof.XmlDeclHandler = self._declaration
        self._proof.StartDoctypeDeclHandler = self._doctype
        self._parser = parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartNamespaceDeclHandler = self._namespace

    def prove(self, chunk: bytes) -> None:
        """Check that the next bytes of the document are sound XML; all of them pass here."""
        self._parse(self._proof, chunk, is_last=False)

    def parse(self, piece: bytes, position: int) -> None:
        """Call the handlers for bytes that stand at a position of the document.

        What lies between them and those parsed before may be left out where `is_settled` and
        whole elements are: the same number of them must be open on both sides.
        """
        self._shift = position - self._n_parsed
        self._n_parsed += len(piece)
        self._parse(self._parser, piece, is_last=False)

    def finish(self) -> None:
        """Check that the document is whole."""
        self._parse(self._proof, b"", is_last=True)
        self._parse(self._parser, b"", is_last=True)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was parsed was told, so that no tag or text is half read."""
        return self._parser.CurrentByteIndex == self._n_parsed

    def collect_text(self, collect: Callable[[str], None] | None) -> None:
        """Hand the text that follows to `collect`; None ends that."""
        self._parser.CharacterDataHandler = collect

    def _parse(self, parser: expat.XMLParserType, chunk: bytes, *, is_last: bool) -> None:
        try:
            parser.Parse(chunk, is_last)
        except expat.ExpatError as error:
            raise damage(self._sheet, f"its XML is damaged ({error})") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.position = self._parser.CurrentByteIndex + self._shift
        self.n_starts += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise damage(self._sheet, f"its XML nests more than {DEEPEST} elements")
        known = self._known_starts.get(name)
        if known is None:
            local, prefix = _local_name(name)
            known = self._known_starts[name] = (self._starts.get(local), prefix)
        if known[0] is not None:
            known[0](attributes, known[1])

    def _end(self, name: str) -> None:
        self.position = self._parser.CurrentByteIndex + self._shift
        self.depth -= 1
        if name not in self._known_ends:
            self._known_ends[name] = self._ends.get(_local_name(name)[0])
        known = self._known_ends[name]
        if known is not None:
            known()

    def _namespace(self, prefix: str | None, uri: str) -> None:
        self.n_namespaces += uri in _SPREADSHEET_NAMESPACES

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if not encoding or encoding.lower().startswith(_MAY_CALL_ITSELF[self.stored_as]):
            return
        if self.stored_as != "utf-8":
            raise damage(self._sheet, f"its XML is stored as UTF-16 but says {encoding}")
        raise damage(self._sheet, f"its XML is stored as {encoding}; expected UTF-8 or UTF-16")

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
