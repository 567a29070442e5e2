"""Reading a package for the lint, independently of whatever wrote it, and the rules of packages."""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, cast
from urllib.parse import unquote
from xml.parsers import expat

from lxml import etree

RELATIONSHIP_ATTRIBUTES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
# zipfile raises RuntimeError for an encrypted entry, NotImplementedError for a rare compression.
# lxml raises OSError for bytes that its encoding has not, zipfile for places before the file;
# expat LookupError for an encoding that there is not.
UNREADABLE = (
    etree.XMLSyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)
MOST_MARKS = 4_000_000
"""Of tags and attributes in all the trees that are held at once: 500 MB of memory."""
LARGEST_TREE = 128 << 20
LARGE_TREE = 64 << 10
"""A part of this size that nothing else asks for is let go once it was looked into. [bytes]"""
IN_PIECES = 16 << 20
"""A part of this size that nothing else asks for, such as the data of a pivot table, is no tree."""
MOST_MARKS_IN_A_ROW = 1_500_000
"""A row of Excel's with a formula, a style and a value in each cell has 200,000."""
MOST_ALIKE = 1_000
MOST_FINDINGS = 100_000
_CONTENT_TYPES = "[Content_Types].xml"


# What the content type of a part ends with, by the kind of relationship that leads to it.
_TYPE_OF_KIND = {
    "worksheet": "worksheet+xml",
    "chartsheet": "chartsheet+xml",
    "styles": "styles+xml",
    "sharedStrings": "sharedstrings+xml",
    "calcChain": "calcchain+xml",
    "table": "table+xml",
    "drawing": "drawing+xml",
    "chart": "chart+xml",
    "comments": "comments+xml",
    "vmlDrawing": "vmldrawing",
    "pivotTable": "pivottable+xml",
}


class EndlessRowError(ValueError):
    """A row with more in it than a sheet of Excel's can hold."""


@dataclass(frozen=True)
class LintFinding:
    """One thing in a saved workbook that Excel would repair, refuse or misread.

    `rule` names what is broken, `part` where in the package, `cell` where on the sheet.
    """

    rule: str
    part: str
    cell: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.part} {self.cell}" if self.cell else self.part
        return f"{self.rule}: {self.message} [{where}]"


@dataclass(frozen=True)
class Link:
    """A relationship: from the part that owns it to another part, or outside the package."""

    identifier: str
    kind: str
    target: str
    is_external: bool


class LintedPackage:
    """A saved package, opened for reading; what cannot be read becomes a finding."""

    def __init__(self, archive: zipfile.ZipFile, only: Collection[str] | None) -> None:
        self.findings: list[LintFinding] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._archive = archive
        self._only = None if only is None else {_key(part) for part in only}
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in archive.infolist():
            key = _key(entry.filename)
            if key in self._entries:
                self.report("duplicate-entry", entry.filename, "the zip file holds this part twice")
            self._entries[key] = entry
        self._roots: dict[str, etree._Element | None] = {}
        self._marks: dict[str, int] = {}
        self._links: dict[str, dict[str, Link]] = {}

    def report(self, rule: str, part: str, message: str, cell: str | None = None) -> None:
        """Add a finding, unless there are so many of a rule in a part that they tell no more."""
        self._counts[rule, part] += 1
        if self._counts[rule, part] > MOST_ALIKE or len(self.findings) > MOST_FINDINGS:
            return
        if self._counts[rule, part] == MOST_ALIKE:
            message, cell = f"and more of the same: {MOST_ALIKE:,} or more in this part", None
        self.findings.append(LintFinding(rule, part, cell, message))

    @property
    def parts(self) -> list[str]:
        names = [entry.filename for entry in self._entries.values()]
        return [name for name in names if name and not name.endswith("/")]

    def has(self, part: str) -> bool:
        return _key(part) in self._entries

    def is_looked_into(self, part: str) -> bool:
        return self._only is None or _key(part) in self._only

    def open(self, part: str) -> IO[bytes]:
        return self._archive.open(self._entries[_key(part)])

    def root(self, part: str) -> etree._Element | None:
        """Parse a part once; None, with a finding, when it is not sound XML."""
        key = _key(part)
        if key not in self._roots:
            self._roots[key] = self._parse(part) if key in self._entries else None
        return self._roots[key]

    def look_into(self, part: str) -> etree._Element | None:
        """Parse a part that nothing else asks for; a large one is not held, or not parsed."""
        size = self._entries[_key(part)].file_size
        if size > IN_PIECES:
            self._check_in_pieces(part)
            return None
        root = self.root(part)
        if size > LARGE_TREE:
            self.forget(part)
        return root

    def forget(self, part: str) -> None:
        self._roots.pop(_key(part), None)
        self._marks.pop(_key(part), None)

    def elements(self, part: str, *names: str) -> Iterator[etree._Element]:
        """Stream the elements of these local names, each emptied once it was looked at.

        The last one yielded is the root, which by then has lost what was streamed.
        """
        root: etree._Element | None = None
        try:
            with self.open(part) as stream:
                # lxml's iterparse takes these guards too; its stub does not list them all.
                events = etree.iterparse(
                    cast(IO[bytes], _Rows(stream)),
                    events=("end",),
                    tag=[f"{{{space}}}{name}" for space in SPREADSHEET for name in names],
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                )
                for _, element in events:
                    yield element
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
                root = events.root
        except UNREADABLE as error:
            self._report_unreadable(part, error)
            return
        if root is not None and not self._has_doctype(root, part):
            yield root

    def links(self, part: str) -> dict[str, Link]:
        """Read the relationships of a part, "" for those of the package, by their identifiers."""
        key = _key(part)
        if key in self._links:
            return self._links[key]
        links: dict[str, Link] = {}
        folder, name = posixpath.split(part.lstrip("/"))
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        root = self.root(path) if self.has(path) else None
        for element in root if root is not None else ():
            identifier, target = element.get("Id"), element.get("Target")
            if identifier is None or target is None:
                continue
            if identifier in links:
                self.report("relationship-id", path, f'two relationships are called "{identifier}"')
            is_external = element.get("TargetMode") == "External"
            kind = (element.get("Type") or "").rsplit("/", 1)[-1]
            if not is_external:
                target = _resolved(folder, target)
            links[identifier] = Link(identifier, kind, target, is_external)
        self._links[key] = links
        return links

    def _parse(self, part: str) -> etree._Element | None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            with self.open(part) as stream:
                data = stream.read(LARGEST_TREE + 1)
            n_marks = data.count(b"<") + data.count(b"=")
            if len(data) > LARGEST_TREE or n_marks + sum(self._marks.values()) > MOST_MARKS:
                self.report("part-size", part, "it is too large to be looked into")
                self._check_in_pieces(part)
                return None
            self._marks[_key(part)] = n_marks
            root = etree.fromstring(data, parser)
        except UNREADABLE as error:
            self._report_unreadable(part, error)
            return None
        return None if self._has_doctype(root, part) else root

    def _check_in_pieces(self, part: str) -> None:
        """Check a part that is too large to be held: whether it is sound XML, and nothing else."""
        parser = expat.ParserCreate()
        try:
            with self.open(part) as stream:
                while piece := stream.read(1 << 18):
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            self.report("well-formed", part, f"its XML is damaged ({error})")
        except UNREADABLE as error:
            self._report_unreadable(part, error)

    def _has_doctype(self, root: etree._Element, part: str) -> bool:
        if root.getroottree().docinfo.internalDTD is not None:
            self.report("doctype", part, "its XML carries a document type (DTD)")
            return True
        return False

    def _report_unreadable(self, part: str, error: Exception) -> None:
        if isinstance(error, EndlessRowError):
            self.report("part-size", part, "a row of it has no end")
        elif isinstance(error, etree.XMLSyntaxError):
            self.report("well-formed", part, f"its XML is damaged ({error.msg})")
        else:
            self.report("damaged-entry", part, f"its bytes are damaged ({error})")


class _Rows:
    """A stream of rows, or of texts, none of which is so long that it would fill the memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._n_marks = 0

    def read(self, size: int) -> bytes:
        """The next bytes.

        Raises
        ------
        EndlessRowError
            If none has ended for too long.
        """
        piece = self._stream.read(size)
        if any(mark in piece for mark in (b"<row", b":row", b"<si", b":si")):
            self._n_marks = 0
        self._n_marks += piece.count(b"<") + piece.count(b"=")
        if self._n_marks > MOST_MARKS_IN_A_ROW:
            raise EndlessRowError
        return piece


def lint_parts(package: LintedPackage, streamed: Collection[str]) -> None:
    """Check content types, relationships, and that each part is sound XML.

    Parameters
    ----------
    package : findings are added to it
    streamed : parts that other rules read; they are not parsed here
    """
    types = _lint_content_types(package)
    others = {_key(part) for part in streamed}
    for part in package.parts:
        if part.endswith(".rels"):
            _lint_relationships(package, part, types)
        elif _key(part) not in others and package.is_looked_into(part) and _is_xml(part):
            root = package.look_into(part)
            if root is not None:
                lint_relationship_uses(package, part, root)


def lint_relationship_uses(package: LintedPackage, part: str, root: etree._Element) -> None:
    """Check that each r:id and its like, anywhere below an element, names a relationship."""
    links = package.links(part)
    for namespace in RELATIONSHIP_ATTRIBUTES:
        owners = root.xpath("descendant-or-self::*[@r:*]", namespaces={"r": namespace})
        for owner in cast(list[etree._Element], owners):
            for name, value in owner.attrib.items():
                used = str(value)
                if used and used not in links and str(name).startswith(f"{{{namespace}}}"):
                    package.report(
                        "relationship-missing",
                        part,
                        f'<{etree.QName(owner).localname}> points to relationship "{used}", '
                        "which this part does not have",
                    )


@dataclass(frozen=True)
class _ContentTypes:
    """The content types of a package, by part and by extension, in lower case."""

    parts: dict[str, str]
    extensions: dict[str, str]

    def of(self, part: str) -> str | None:
        key = _key(part)
        return self.parts.get(key) or self.extensions.get(key.rpartition(".")[2])


def _lint_content_types(package: LintedPackage) -> _ContentTypes:
    types = _ContentTypes({}, {})
    root = package.root(_CONTENT_TYPES)
    if root is None:
        if not package.has(_CONTENT_TYPES):
            package.report("content-type", _CONTENT_TYPES, "the package has no list of its types")
        return types
    for element in root:
        name, extension = element.get("PartName"), element.get("Extension")
        its_type = (element.get("ContentType") or "").lower()
        if name is not None:
            if _key(name) in types.parts:
                package.report("content-type", name, "two content types are given for this part")
            if not package.has(name):
                package.report(
                    "content-type-orphan",
                    name.lstrip("/"),
                    "a content type is given for a part that is not there",
                )
            types.parts[_key(name)] = its_type
        elif extension is not None:
            if extension.lower() in types.extensions:
                package.report(
                    "content-type", _CONTENT_TYPES, f'two types are given for ".{extension}" files'
                )
            types.extensions[extension.lower()] = its_type
    for part in package.parts:
        if types.of(part) is None and _key(part) != _key(_CONTENT_TYPES):
            package.report("content-type", part, "no content type is given for this part")
    return types


def _is_xml(part: str) -> bool:
    # Legacy drawings (.vml) are read leniently by Excel and need not be well-formed.
    return part.lower().endswith((".xml", ".rels"))


def _lint_relationships(package: LintedPackage, path: str, types: _ContentTypes) -> None:
    folder, name = posixpath.split(path)
    owner = posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
    if owner and not package.has(owner):
        package.report("relationship-owner", path, f"it belongs to {owner}, which is not there")
    for link in package.links(owner).values():
        # "NULL" is what Excel itself writes for a picture that it could not find.
        if link.is_external or link.target.lower().endswith("null") or not link.target:
            continue
        if not package.has(link.target):
            package.report(
                "relationship-target",
                path,
                f'"{link.identifier}" leads to {link.target}, which is not there',
            )
        elif (expected := _TYPE_OF_KIND.get(link.kind)) is not None:
            found = types.of(link.target)
            if found is not None and not found.endswith(expected):
                package.report(
                    "content-type-kind",
                    link.target,
                    f'"{link.identifier}" of {owner} calls it a {link.kind}, its content type '
                    f'is "{found}"',
                )


def _resolved(folder: str, target: str) -> str:
    path = unquote(target.partition("#")[0])
    if not path:
        return ""
    if path.startswith("/"):
        return path.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, path))


def _key(part: str) -> str:
    return part.lstrip("/").lower()
