"""The indexes of a workbook's package: relationships, content types, workbook.xml, app.xml.

Open Packaging Conventions (ECMA-376 part 2) and SpreadsheetML (part 1, chapter 18), transitional
and strict. Each change is stored in the package at once, so that the indexes never disagree; what
was not changed is written back as it was.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from lxml import etree

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.package import Package
from xlportfolio.workbook.references import CellRange

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE_RELATIONSHIPS_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
CONTENT_TYPES_PART = "[Content_Types].xml"
RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"

SheetKind = Literal["worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "other"]
SheetState = Literal["visible", "hidden", "veryHidden"]

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ORDER = (
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
)
"""Children of <workbook>, in the order of ECMA-376 part 1, 18.2.27."""


def parse_xml(data: bytes, part: str) -> etree._Element:
    """Parse a small part; `part` is how messages name it.

    Raises
    ------
    WorkbookError
        If the part is not well-formed, or declares a document type.
    """
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise _dtd(part)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise WorkbookError(
            f"{part.rstrip(',')} is damaged: its XML is not well-formed ({error.msg}). Open the "
            "file in Excel, let Excel repair it and save it."
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _dtd(part)
    return root


def _dtd(part: str) -> WorkbookError:
    return WorkbookError(
        f"{part.rstrip(',')} declares a document type (DTD), which no spreadsheet program writes "
        "and which can read other files; it was not read."
    )


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
        """Those whose type ends in /suffix, such as "worksheet"."""
        return [relationship for relationship in self if relationship.kind == suffix]

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

    @classmethod
    def load(cls, package: Package) -> ContentTypes:
        data = package.read(CONTENT_TYPES_PART)
        return cls(package, parse_xml(data, package.label(CONTENT_TYPES_PART)))

    def type_of(self, part: str) -> str:
        """The content type of a part; "" where none is declared."""
        override = self._override(part)
        if override is not None:
            return override.get("ContentType", "")
        extension = posixpath.splitext(part)[1].lstrip(".").lower()
        for element in self._root.iterfind(f"{{{CONTENT_TYPES}}}Default"):
            if element.get("Extension", "").lower() == extension:
                return element.get("ContentType", "")
        return ""

    def add_override(self, part: str, content_type: str) -> None:
        element = self._override(part)
        if element is None:
            element = etree.SubElement(self._root, f"{{{CONTENT_TYPES}}}Override")
            element.set("PartName", "/" + part.lstrip("/"))
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
        element = self._override(part)
        if element is not None:
            self._root.remove(element)

    def store(self) -> None:
        self._package.write(CONTENT_TYPES_PART, serialise(self._root))

    def _override(self, part: str) -> etree._Element | None:
        wanted = "/" + part.lstrip("/").lower()
        for element in self._root.iterfind(f"{{{CONTENT_TYPES}}}Override"):
            if element.get("PartName", "").lower() == wanted:
                return element
        return None


@dataclass(frozen=True)
class SheetEntry:
    """A sheet as the workbook lists it; `position` counts from 0 over sheets of every kind."""

    name: str
    part: str
    kind: SheetKind
    state: SheetState
    sheet_id: int
    relationship_id: str
    position: int


@dataclass(frozen=True)
class NameEntry:
    """A defined name; `sheet` is the sheet it is local to, None for the whole workbook."""

    name: str
    text: str
    sheet: str | None
    hidden: bool


@dataclass(frozen=True)
class TableEntry:
    """An Excel table as its part describes it."""

    part: str
    sheet: str
    name: str
    range: CellRange
    headers: tuple[str, ...]
    header_rows: int
    totals_rows: int
    query: bool


class WorkbookIndex:
    """workbook.xml and what hangs on it: sheets, names, tables, protection.

    Raises
    ------
    WorkbookError
        If the package holds no Excel workbook, or one that is damaged.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = _workbook_part(package)
        self._root = parse_xml(package.read(self.part), package.label(self.part))
        self.namespace = etree.QName(self._root).namespace or ""
        if self.namespace not in (MAIN, MAIN_STRICT):
            raise WorkbookError(f'"{_file(package)}" is not an Excel workbook; expected one.')
        self.strict = self.namespace == MAIN_STRICT
        self.relationship_namespace = (
            OFFICE_RELATIONSHIPS_STRICT if self.strict else OFFICE_RELATIONSHIPS
        )
        self._read_sheets()

    # -- what there is ---------------------------------------------------------------------------

    def sheet(self, name: str) -> SheetEntry | None:
        """The sheet of that name, without regard to case, as Excel compares them."""
        wanted = name.casefold()
        return next((entry for entry in self.sheets if entry.name.casefold() == wanted), None)

    def relationships(self, part: str | None = None) -> Relationships:
        """The relationships of a part; of the workbook itself if none is named."""
        return Relationships.load(
            self.package, self.part if part is None else part, strict=self.strict
        )

    @property
    def date1904(self) -> bool:
        properties = self._child("workbookPr")
        return properties is not None and _is_true(properties.get("date1904"))

    @property
    def structure_protected(self) -> bool:
        protection = self._child("workbookProtection")
        return protection is not None and _is_true(protection.get("lockStructure"))

    @property
    def signed(self) -> bool:
        """Whether the file carries a digital signature, which any change breaks."""
        return any(name.lower().startswith("_xmlsignatures/") for name in self.package.names)

    @property
    def styles_part(self) -> str | None:
        return self._related_part("styles")

    @property
    def shared_strings_part(self) -> str | None:
        return self._related_part("sharedStrings")

    @property
    def defined_names(self) -> list[NameEntry]:
        return [
            NameEntry(
                element.get("name", ""),
                (element.text or "").strip(),
                self._sheet_at(element.get("localSheetId")),
                _is_true(element.get("hidden")),
            )
            for element in self._name_elements()
        ]

    def tables(self, sheet: str) -> list[TableEntry]:
        """The Excel tables of a sheet."""
        entry = self.sheet(sheet)
        if entry is None or entry.kind != "worksheet":
            return []
        return [
            self._table(entry.name, relationship.target)
            for relationship in self.relationships(entry.part).by_type("table")
            if self.package.has(relationship.target)
        ]

    def pivot_tables(self, sheet: str) -> list[tuple[str, CellRange]]:
        """The pivot tables of a sheet: their names and the cells that they fill."""
        entry = self._existing(sheet)
        found = []
        for relationship in self.relationships(entry.part).by_type("pivotTable"):
            part = relationship.target
            if not self.package.has(part):
                continue
            root = parse_xml(self.package.read(part), self.package.label(part))
            location = root.find(self._tag("location"))
            if location is not None:
                cells = CellRange.parse(location.get("ref", ""))
                found.append((root.get("name", ""), cells))
        return found

    # -- changes ---------------------------------------------------------------------------------

    def free_part(self, pattern: str) -> str:
        """The first name that no part has, such as "xl/worksheets/sheet{}.xml" with a number."""
        number = 1
        while self.package.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def add_sheet(
        self,
        name: str,
        part: str,
        *,
        content_type: str = WORKSHEET_TYPE,
        state: SheetState = "visible",
    ) -> SheetEntry:
        """List a worksheet, last, whose part the caller writes into the package."""
        relationships = self.relationships()
        identifier = relationships.add("worksheet", part)
        relationships.store()
        types = ContentTypes.load(self.package)
        types.add_override(part, content_type)
        types.store()
        element = etree.SubElement(self._required("sheets"), self._tag("sheet"))
        element.set("name", name)
        element.set("sheetId", str(max((entry.sheet_id for entry in self.sheets), default=0) + 1))
        if state != "visible":
            element.set("state", state)
        element.set(f"{{{self.relationship_namespace}}}id", identifier)
        n_worksheets = sum(entry.kind == "worksheet" for entry in self.sheets)
        self._store()
        self._read_sheets()
        with _AppProperties(self.package) as properties:
            properties.add_worksheet(name, n_worksheets)
        return self.sheets[-1]

    def remove_sheet(self, name: str) -> list[str]:
        """Take a sheet out with every part that only it leads to; the parts that went."""
        entry = self._existing(name)
        before = self._reachable_parts()
        for element in self._name_elements():
            local = element.get("localSheetId")
            if local is None:
                continue
            if int(local) == entry.position:
                _remove(element)
            elif int(local) > entry.position:
                element.set("localSheetId", str(int(local) - 1))
        names = self._child("definedNames")
        if names is not None and not len(names):
            _remove(names)
        _remove(self._sheet_elements()[entry.position])
        self._shift_views(entry.position)
        relationships = self.relationships()
        relationships.remove(entry.relationship_id)
        relationships.store()
        self._store()
        self._read_sheets()
        gone = sorted(before - self._reachable_parts())
        self._remove_parts(gone)
        with _AppProperties(self.package) as properties:
            properties.remove_title(entry.name)
        self._forget_calculations_of(entry.sheet_id)
        return gone

    def empty_sheet(self, name: str) -> list[str]:
        """Take out every part that only this sheet leads to; the sheet's own part stays.

        For a sheet that is written anew: its place, its number and its names are kept.
        """
        entry = self._existing(name)
        before = self._reachable_parts()
        relationships = self.relationships(entry.part)
        for relationship in list(relationships):
            relationships.remove(relationship.id)
        relationships.store()
        gone = sorted(before - self._reachable_parts())
        self._remove_parts(gone)
        self._forget_calculations_of(entry.sheet_id)
        return gone

    def show_a_visible_sheet(self) -> None:
        """Make the first visible sheet the active one where the active one cannot be shown."""
        visible = [entry.position for entry in self.sheets if entry.state == "visible"]
        views = self._child("bookViews")
        changed = False
        for view in () if views is None or not visible else views:
            if _integer(view.get("activeTab")) not in visible:
                view.set("activeTab", str(visible[0]))
                changed = True
        if changed:
            self._store()

    def rename(self, old: str, new: str) -> None:
        """Rename a sheet that no formula refers to: formulas are not rewritten."""
        entry = self._existing(old)
        self._sheet_elements()[entry.position].set("name", new)
        self._store()
        self._read_sheets()
        with _AppProperties(self.package) as properties:
            properties.rename_title(entry.name, new)

    def add_name(
        self, name: str, text: str, *, sheet: str | None = None, hidden: bool = False
    ) -> None:
        """Define a name, or define it anew; `sheet` makes it local to that sheet."""
        self.remove_name(name, sheet=sheet)
        names = self._child("definedNames")
        if names is None:
            names = self._insert("definedNames")
        element = etree.SubElement(names, self._tag("definedName"))
        element.set("name", name)
        if sheet is not None:
            element.set("localSheetId", str(self._existing(sheet).position))
        if hidden:
            element.set("hidden", "1")
        element.text = text
        self._store()

    def remove_name(self, name: str, *, sheet: str | None = None) -> None:
        """Take a defined name out, if it is there."""
        found = [
            element
            for element in self._name_elements()
            if element.get("name", "").casefold() == name.casefold()
            and self._sheet_at(element.get("localSheetId")) == sheet
        ]
        for element in found:
            _remove(element)
        names = self._child("definedNames")
        if found and names is not None and not len(names):
            _remove(names)
        if found:
            self._store()

    def add_related_part(self, kind: str, part: str, content_type: str) -> str:
        """List a part of the workbook's own, such as its styles, that the caller writes."""
        relationships = self.relationships()
        relationships.add(kind, part)
        relationships.store()
        types = ContentTypes.load(self.package)
        types.add_override(part, content_type)
        types.store()
        return part

    def set_full_calc_on_load(self) -> None:
        """Have Excel compute everything when it opens the file."""
        properties = self._child("calcPr")
        if properties is None:
            properties = self._insert("calcPr")
        properties.set("fullCalcOnLoad", "1")
        self._store()

    def drop_calc_chain(self) -> None:
        """Take the calculation chain out; Excel makes a new one."""
        relationships = self.relationships()
        parts = []
        for relationship in relationships.by_type("calcChain"):
            relationships.remove(relationship.id)
            parts.append(relationship.target)
        if parts:
            relationships.store()
            self._remove_parts(parts)

    # -- inside ----------------------------------------------------------------------------------

    def _read_sheets(self) -> None:
        related = {relationship.id: relationship for relationship in self.relationships()}
        self.sheets: list[SheetEntry] = []
        for position, element in enumerate(self._sheet_elements()):
            name = element.get("name", "")
            identifier = element.get(f"{{{self.relationship_namespace}}}id", "")
            relationship = related.get(identifier)
            if relationship is None or not self.package.has(relationship.target):
                raise WorkbookError(
                    f'"{_file(self.package)}" lists the sheet "{name}", but holds no part for it; '
                    "the file is damaged. Open it in Excel, let Excel repair it and save it."
                )
            self.sheets.append(
                SheetEntry(
                    name,
                    relationship.target,
                    _sheet_kind(relationship.kind),
                    _sheet_state(element.get("state")),
                    _integer(element.get("sheetId")),
                    identifier,
                    position,
                )
            )

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def _child(self, name: str) -> etree._Element | None:
        return self._root.find(self._tag(name))

    def _required(self, name: str) -> etree._Element:
        element = self._child(name)
        if element is None:
            raise WorkbookError(
                f'"{_file(self.package)}" lists no sheets; the file is damaged. Open it in Excel, '
                "let Excel repair it and save it."
            )
        return element

    def _insert(self, name: str) -> etree._Element:
        """Add a child of <workbook> at the place that the schema gives it."""
        element = etree.Element(self._tag(name))
        later = {self._tag(other) for other in _ORDER[_ORDER.index(name) + 1 :]}
        for position, child in enumerate(self._root):
            if child.tag in later:
                self._root.insert(position, element)
                return element
        self._root.append(element)
        return element

    def _sheet_elements(self) -> list[etree._Element]:
        return self._required("sheets").findall(self._tag("sheet"))

    def _name_elements(self) -> list[etree._Element]:
        names = self._child("definedNames")
        return [] if names is None else names.findall(self._tag("definedName"))

    def _sheet_at(self, position: str | None) -> str | None:
        if position is None:
            return None
        number = _integer(position)
        return self.sheets[number].name if 0 <= number < len(self.sheets) else None

    def _existing(self, name: str) -> SheetEntry:
        entry = self.sheet(name)
        if entry is None:
            raise WorkbookError(f'"{_file(self.package)}" has no sheet "{name}".')
        return entry

    def _related_part(self, kind: str) -> str | None:
        for relationship in self.relationships().by_type(kind):
            if self.package.has(relationship.target):
                return relationship.target
        return None

    def _table(self, sheet: str, part: str) -> TableEntry:
        root = parse_xml(self.package.read(part), self.package.label(part))
        columns = root.iterfind(f"{self._tag('tableColumns')}/{self._tag('tableColumn')}")
        return TableEntry(
            part,
            sheet,
            root.get("displayName", "") or root.get("name", ""),
            CellRange.parse(root.get("ref", "")),
            tuple(unescape_text(column.get("name", "")) for column in columns),
            _integer(root.get("headerRowCount"), 1),
            _integer(root.get("totalsRowCount")),
            root.get("tableType") == "queryTable",
        )

    def _shift_views(self, removed: int) -> None:
        views = self._child("bookViews")
        for view in () if views is None else views:
            for attribute in ("activeTab", "firstSheet"):
                shown = _integer(view.get(attribute))
                if attribute in view.attrib and shown >= removed and shown > 0:
                    view.set(attribute, str(shown - 1 if shown > removed else 0))

    def _reachable_parts(self) -> set[str]:
        """Every part that relationships lead to from the package, by its name."""
        found: set[str] = set()
        waiting = [""]
        while waiting:
            part = waiting.pop()
            for relationship in Relationships.load(self.package, part):
                target = relationship.target
                if relationship.external or target in found or not self.package.has(target):
                    continue
                found.add(target)
                waiting.append(target)
        return found

    def _remove_parts(self, parts: list[str]) -> None:
        types = ContentTypes.load(self.package)
        for part in parts:
            types.remove_override(part)
            for name in (part, relationships_path(part)):
                if self.package.has(name):
                    self.package.remove(name)
        if parts:
            types.store()

    def _forget_calculations_of(self, sheet_id: int) -> None:
        part = self._related_part("calcChain")
        if part is None:
            return
        chain = parse_xml(self.package.read(part), self.package.label(part))
        if any(cell.get("i") == str(sheet_id) for cell in chain):
            self.drop_calc_chain()

    def _store(self) -> None:
        self.package.write(self.part, serialise(self._root))


class _AppProperties:
    """The titles of parts in docProps/app.xml, kept true; left alone where they were not."""

    _PART = "docProps/app.xml"

    def __init__(self, package: Package) -> None:
        self._package = package
        self._root: etree._Element | None = None
        if package.has(self._PART):
            self._root = parse_xml(package.read(self._PART), package.label(self._PART))

    def __enter__(self) -> _AppProperties:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None and self._root is not None:
            self._package.write(self._PART, serialise(self._root))

    def add_worksheet(self, name: str, n_before: int) -> None:
        titles, counts = self._titles(), self._counts()
        if titles is None or not counts or _integer(counts[0].text) != n_before:
            return
        if len(titles) < n_before or not n_before:
            return
        title = etree.Element(titles[0].tag)
        title.text = name
        titles.insert(n_before, title)
        titles.set("size", str(len(titles)))
        counts[0].text = str(n_before + 1)

    def remove_title(self, name: str) -> None:
        titles, counts = self._titles(), self._counts()
        if titles is None:
            return
        position = next((i for i, title in enumerate(titles) if title.text == name), None)
        if position is None:
            return
        end = 0
        for count in counts:
            end += _integer(count.text)
            if position < end:
                titles.remove(titles[position])
                titles.set("size", str(len(titles)))
                count.text = str(_integer(count.text) - 1)
                return

    def rename_title(self, old: str, new: str) -> None:
        for title in self._titles() or ():
            if title.text == old:
                title.text = new
                return

    def _titles(self) -> etree._Element | None:
        """The vector of titles: worksheets first, then other sheets, then names."""
        if self._root is None:
            return None
        return self._root.find("{*}TitlesOfParts/{*}vector")

    def _counts(self) -> list[etree._Element]:
        return [] if self._root is None else self._root.findall("{*}HeadingPairs//{*}i4")


_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescape_text(text: str) -> str:
    """Undo `_xHHHH_`, with which SpreadsheetML writes characters that XML cannot hold.

    >>> unescape_text("a_x000D_b_x005F_x0041_")
    'a\\rb_x0041_'
    """
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _workbook_part(package: Package) -> str:
    """The part that the package says is its document, if that is a workbook."""
    document = next(iter(Relationships.load(package, "").by_type("officeDocument")), None)
    if document is None or not package.has(document.target):
        raise WorkbookError(
            f'"{_file(package)}" is not an Excel workbook; expected an .xlsx or .xlsm file.'
        )
    content_type = ContentTypes.load(package).type_of(document.target)
    if document.target.lower().endswith(".bin") or "binary" in content_type:
        raise WorkbookError(
            f'"{_file(package)}" is a binary workbook (.xlsb); open it in Excel and save it as '
            "Excel Workbook (.xlsx)."
        )
    for word, kind in (("wordprocessingml", "Word document"), ("presentationml", "presentation")):
        if word in content_type:
            raise WorkbookError(
                f'"{_file(package)}" is a {kind}; expected an Excel workbook (.xlsx or .xlsm).'
            )
    return document.target


def _file(package: Package) -> str:
    return Path(package.path).name


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")


def _integer(text: str | None, default: int = 0) -> int:
    return int(text) if text and text.strip().lstrip("-").isdigit() else default


def _sheet_kind(kind: str) -> SheetKind:
    match kind:
        case "worksheet" | "chartsheet" | "dialogsheet" | "xlMacrosheet":
            return kind
        case _:
            return "other"


def _sheet_state(state: str | None) -> SheetState:
    match state:
        case "hidden" | "veryHidden":
            return state
        case _:
            return "visible"
