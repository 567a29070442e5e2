"""Open Packaging Conventions (ECMA-376 part 2): relationships, content types, safe XML."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.directory import part_key
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.prologs import document_type_error

OFFICE_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE_RELATIONSHIPS_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CONTENT_TYPES_PART = "[Content_Types].xml"

MAX_INDEX_BYTES = 128 << 20
MAX_INDEX_MARKS = 2_000_000
"""Of elements and attributes together: a part with so many takes 250 MB when it is parsed.

A style sheet with all of Excel's 65,490 cell formats has about 800,000.
"""
MAX_DEPTH = 256
"""What lxml allows; a workbook needs about 20."""

GENERIC_TYPES = ("application/xml", "text/xml")
"""What some programs call every part: it says nothing else than what leads to one."""
_TYPE_ENDINGS = {
    "worksheet": "worksheet+xml",
    "styles": "styles+xml",
    "sharedStrings": "sharedstrings+xml",
    "calcChain": "calcchain+xml",
    "table": "table+xml",
    "pivotTable": "pivottable+xml",
}
"""What the content type of a part ends with, by the kind of relationship that leads to it."""

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WHOLE = re.compile(r"\s*-?[0-9]{1,18}\s*")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def parse_xml(data: bytes, part: str) -> etree._Element:
    """Parse a small part; `part` is how messages name it.

    Raises
    ------
    WorkbookError
        If the part is not well-formed, is too large to be taken apart, or declares a document type.
    """
    _check_size(data, part)
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise document_type_error(part)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if "Excessive depth" in (error.msg or ""):
            raise WorkbookError(
                f"{part.rstrip(',')} nests its elements more than {MAX_DEPTH} deep, as no "
                "spreadsheet program writes them; it was not read."
            ) from error
        raise WorkbookError(
            f"{part.rstrip(',')} is damaged: its XML is not well-formed ({error.msg}). Open the "
            "file in Excel, let Excel repair it and save it."
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise document_type_error(part)
    return root


def _check_size(data: bytes, part: str) -> None:
    n_marks = data.count(b"<") + data.count(b"=")
    if len(data) > MAX_INDEX_BYTES or n_marks > MAX_INDEX_MARKS:
        raise WorkbookError(
            f"{part.rstrip(',')} is too large to be taken apart ({len(data) >> 20:,} MB, "
            f"{n_marks:,} tags and attributes); expected at most {MAX_INDEX_BYTES >> 20} MB and "
            f"{MAX_INDEX_MARKS:,}. Take out what the workbook does not need, such as unused styles "
            "or names, and save it in Excel."
        )


def relationship_id(element: etree._Element) -> str:
    """The relationship that an element names; "" where it names none.

    Some writers mix strict and transitional namespaces: any "id" with a prefix counts.
    """
    found = (str(value) for key, value in element.attrib.items() if str(key).endswith("}id"))
    return next(found, "")


def serialise(element: etree._Element) -> bytes:
    """Write a part as Excel does: UTF-8, standalone, one declaration."""
    return _DECLARATION + etree.tostring(element, encoding="UTF-8", xml_declaration=False)


def relationships_path(part: str) -> str:
    """Where the relationships of a part stand; of the package itself for "".

    >>> relationships_path("xl/workbook.xml")
    'xl/_rels/workbook.xml.rels'
    """
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + ".rels")


def resolve_target(part: str, target: str) -> str:
    """The part that a relationship of `part` leads to.

    >>> resolve_target("xl/worksheets/sheet1.xml", "../drawings/drawing1.xml")
    'xl/drawings/drawing1.xml'
    """
    target = target.partition("#")[0]
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


@dataclass(frozen=True)
class Relationship:
    """One relationship; `target` is a part's name, or an address where it is external."""

    id: str
    type: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The last word of the type, which strict and transitional files share."""
        return self.type.rpartition("/")[2]


class Relationships:
    """The relationships of one part; `part` "" are those of the package."""

    def __init__(self, package: Package, part: str, root: etree._Element, *, strict: bool) -> None:
        self._package, self.part, self._root, self._strict = package, part, root, strict

    @classmethod
    def load(cls, package: Package, part: str, *, strict: bool = False) -> Relationships:
        """Read them; none if there is no such part yet. `strict` is for those to be added."""
        path = relationships_path(part)
        if package.has(path):
            root = parse_xml(package.read(path), package.label(path))
        else:
            empty = f'<Relationships xmlns="{PACKAGE_RELATIONSHIPS}"/>'
            root = etree.fromstring(empty)
        return cls(package, part, root, strict=strict)

    def __iter__(self) -> Iterator[Relationship]:
        for element in self._root.iterfind(f"{{{PACKAGE_RELATIONSHIPS}}}Relationship"):
            external = element.get("TargetMode") == "External"
            target = element.get("Target", "")
            yield Relationship(
                element.get("Id", ""),
                element.get("Type", ""),
                target if external else self._part_at(target),
                external,
            )

    def _part_at(self, target: str) -> str:
        part = resolve_target(self.part, target)
        # A target is a URI and a zip name need not be: some writers quote one and not the other.
        return part if self._package.has(part) else unquote(part)

    def by_type(self, suffix: str) -> list[Relationship]:
        """Those that lead to a part and whose type ends in /suffix, such as "worksheet"."""
        return [one for one in self if one.kind == suffix and not one.external]

    def by_id(self, identifier: str) -> Relationship | None:
        return next((one for one in self if one.id == identifier), None)

    def add(self, type_suffix: str, target_part: str, *, external: bool = False) -> str:
        """Add one and return its ID; `type_suffix` may be a whole URI. `store` writes it."""
        taken = {relationship.id.lower() for relationship in self}
        number = len(taken) + 1
        while f"rid{number}" in taken:
            number += 1
        namespace = OFFICE_RELATIONSHIPS_STRICT if self._strict else OFFICE_RELATIONSHIPS
        element = etree.SubElement(self._root, f"{{{PACKAGE_RELATIONSHIPS}}}Relationship")
        element.set("Id", f"rId{number}")
        element.set("Type", type_suffix if ":" in type_suffix else f"{namespace}/{type_suffix}")
        if external:
            element.set("Target", target_part)
            element.set("TargetMode", "External")
        else:
            start = posixpath.dirname(self.part) or "."
            element.set("Target", posixpath.relpath(target_part.lstrip("/"), start))
        return f"rId{number}"

    def remove(self, identifier: str) -> None:
        for element in list(self._root):
            if element.get("Id") == identifier:
                self._root.remove(element)

    def store(self) -> None:
        """Write them into the package; a part without any has no relationships part."""
        path = relationships_path(self.part)
        if len(self._root):
            self._package.write(path, serialise(self._root))
        elif self._package.has(path):
            self._package.remove(path)


class ContentTypes:
    """[Content_Types].xml: what each part is."""

    def __init__(self, package: Package, root: etree._Element) -> None:
        self._package, self._root = package, root
        self._overrides: dict[str, etree._Element] = {}
        for element in root.iterfind(f"{{{CONTENT_TYPES}}}Override"):
            name = element.get("PartName", "")
            first = self._overrides.setdefault(part_key(name), element)
            if first.get("ContentType", "").lower() != element.get("ContentType", "").lower():
                raise WorkbookError(
                    f'"{Path(package.path).name}" gives two content types for the part {name}, so '
                    "that programs would read it differently; it was not read. Open it in Excel, "
                    "let Excel repair it and save it."
                )

    @classmethod
    def load(cls, package: Package) -> ContentTypes:
        data = package.read(CONTENT_TYPES_PART)
        return cls(package, parse_xml(data, package.label(CONTENT_TYPES_PART)))

    def type_of(self, part: str) -> str:
        """The content type of a part; "" where none is declared."""
        override = self._overrides.get(part_key(part))
        if override is not None:
            return override.get("ContentType", "")
        extension = posixpath.splitext(part)[1].lstrip(".").lower()
        for element in self._root.iterfind(f"{{{CONTENT_TYPES}}}Default"):
            if element.get("Extension", "").lower() == extension:
                return element.get("ContentType", "")
        return ""

    def require(self, part: str, kind: str) -> None:
        """Refuse a part that its content type calls something else than what leads to it does.

        Parameters
        ----------
        part
            The part.
        kind
            The last word of the relationship's type; those that we do not read are not checked.

        Raises
        ------
        WorkbookError
            If the content type is another one, or none is given.
        """
        wanted = _TYPE_ENDINGS.get(kind)
        found = self.type_of(part)
        if wanted is not None and not found.lower().endswith((wanted, *GENERIC_TYPES)):
            said = f'calls it "{found:.100}"' if found else "names no content type for it"
            raise WorkbookError(
                f"{self._package.label(part)} is used as {kind}, but {CONTENT_TYPES_PART} {said}; "
                "it was not read. Open the file in Excel, let Excel repair it and save it."
            )

    def add_override(self, part: str, content_type: str) -> None:
        element = self._overrides.get(part_key(part))
        if element is None:
            element = etree.SubElement(self._root, f"{{{CONTENT_TYPES}}}Override")
            element.set("PartName", "/" + part.lstrip("/"))
            self._overrides[part_key(part)] = element
        element.set("ContentType", content_type)

    def add_default(self, extension: str, content_type: str) -> None:
        """Declare what parts with an extension are, unless that is declared already."""
        for element in self._root.iterfind(f"{{{CONTENT_TYPES}}}Default"):
            if element.get("Extension", "").lower() == extension.lower():
                return
        element = etree.Element(f"{{{CONTENT_TYPES}}}Default")
        element.set("Extension", extension)
        element.set("ContentType", content_type)
        self._root.insert(0, element)

    def remove_override(self, part: str) -> None:
        self._overrides.pop(part_key(part), None)
        wanted = part_key(part)
        for element in self._root.findall(f"{{{CONTENT_TYPES}}}Override"):
            if part_key(element.get("PartName", "")) == wanted:
                self._root.remove(element)

    def move_override_last(self, part: str) -> None:
        element = self._overrides.get(part_key(part))
        if element is not None:
            self._root.append(element)

    def store(self) -> None:
        self._package.write(CONTENT_TYPES_PART, serialise(self._root))


def unescape_text(text: str) -> str:
    """Undo `_xHHHH_`, with which SpreadsheetML writes characters that XML cannot hold.

    >>> unescape_text("a_x000D_b_x005F_x0041_")
    'a\\rb_x0041_'
    """
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    if any("\ud800" <= character <= "\udfff" for character in text):
        # Written as two halves; a half without the other is no character.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def integer_or(text: str | None, default: int = 0) -> int:
    """An attribute as a whole number; the default where there is none, or none that counts.

    >>> integer_or(" 12 "), integer_or(None, 7), integer_or("12.5")
    (12, 7, 0)
    """
    return int(text) if text and _WHOLE.fullmatch(text) else default


def parts_reached(package: Package, start: Iterable[str]) -> set[str]:
    """Parts, with all that relationships lead to from them; the package itself is "".

    Parameters
    ----------
    package
        The package.
    start
        Where to begin; what is no part is left out.
    """
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        part = waiting.pop()
        if part in found or (part and not package.has(part)):
            continue
        found.add(part)
        waiting += [one.target for one in Relationships.load(package, part) if not one.external]
    return found - {""}
