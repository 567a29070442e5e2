"""The index of a workbook: workbook.xml and what hangs on it; its package's conventions with it.

SpreadsheetML (ECMA-376 part 1, chapter 18), transitional and strict. Each change is stored in the
package at once, so that the indexes never disagree; what was not changed is written back as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from lxml import etree

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.app_properties import AppProperties
from xlportfolio.workbook.container.directory import part_key
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    OFFICE_RELATIONSHIPS,
    OFFICE_RELATIONSHIPS_STRICT,
    ContentTypes,
    Relationships,
    integer_or,
    parse_xml,
    parts_reached,
    relationship_id,
    relationships_path,
    serialise,
)
from xlportfolio.workbook.container.tables_on_sheets import (
    TableEntry,
    pivot_tables_of,
    require_own_parts,
    tables_of,
)
from xlportfolio.workbook.container.workbook_part import file_name, workbook_part
from xlportfolio.workbook.references import CellRange

T = TypeVar("T")

MAX_NAMES = 200_000
"""Excel's limit is its memory; a workbook with so many names takes seconds to open there."""
MAX_SHEETS = 5_000
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"

SheetKind = Literal["worksheet", "chartsheet", "dialogsheet", "xlMacrosheet", "other"]
SheetState = Literal["visible", "hidden", "veryHidden"]

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


class WorkbookIndex:
    """workbook.xml and what hangs on it: sheets, names, tables, protection.

    Raises
    ------
    WorkbookError
        If the package holds no Excel workbook, or one that is damaged.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._file = file_name(package)
        self.part = workbook_part(package)
        self._root = parse_xml(package.read(self.part), package.label(self.part))
        self.namespace = etree.QName(self._root).namespace or ""
        if self.namespace not in (MAIN, MAIN_STRICT):
            raise WorkbookError(f'"{self._file}" is not an Excel workbook; expected one.')
        self.strict = self.namespace == MAIN_STRICT
        self.relationship_namespace = (
            OFFICE_RELATIONSHIPS_STRICT if self.strict else OFFICE_RELATIONSHIPS
        )
        self._have_own_parts = False
        self._read_once: dict[str, Any] = {}
        self._read_sheets()

    # -- what there is ---------------------------------------------------------------------------

    def sheet(self, name: str) -> SheetEntry | None:
        """The sheet of that name, without regard to case, as Excel compares them."""
        return self._by_name.get(name.casefold())

    def once(self, what: str, read: Callable[[], T]) -> T:
        """What is the same for every sheet: read the first time that it is asked for.

        Parameters
        ----------
        what
            Its name.
        read
            Reads it.
        """
        if what not in self._read_once:
            self._read_once[what] = read()
        known: T = self._read_once[what]
        return known

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
    def full_calc_on_load(self) -> bool:
        """Whether the file asks Excel to compute every formula when it is opened."""
        properties = self._child("calcPr")
        return properties is not None and _is_true(properties.get("fullCalcOnLoad"))

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
        self._require_own_parts()
        return tables_of(self.package, entry.name, self.relationships(entry.part), self.namespace)

    def pivot_tables(self, sheet: str) -> list[tuple[str, CellRange]]:
        """The pivot tables of a sheet: their names and the cells that they fill."""
        entry = self._existing(sheet)
        self._require_own_parts()
        return pivot_tables_of(self.package, self.relationships(entry.part), self.namespace)

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
        with AppProperties(self.package) as properties:
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
            if integer_or(local, -1) == entry.position:
                _remove(element)
            elif integer_or(local, -1) > entry.position:
                element.set("localSheetId", str(integer_or(local) - 1))
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
        with AppProperties(self.package) as properties:
            properties.remove_title(entry.name)
        self._forget_calculations_of(entry.sheet_id)
        return gone

    def empty_sheet(self, name: str, *, keep: Collection[str] = ()) -> list[str]:
        """Take out every part that only this sheet leads to; the sheet's own part stays.

        For a sheet that is written anew: its place, its number and its names are kept, and so are
        the parts to `keep`, which the caller relates again.
        """
        entry = self._existing(name)
        before = self._reachable_parts()
        relationships = self.relationships(entry.part)
        for relationship in list(relationships):
            relationships.remove(relationship.id)
        relationships.store()
        gone = sorted(before - self._reachable_parts() - set(keep))
        self._remove_parts(gone)
        self._forget_calculations_of(entry.sheet_id)
        return gone

    def show_a_visible_sheet(self) -> None:
        """Make the first visible sheet the active one where the active one cannot be shown."""
        visible = [entry.position for entry in self.sheets if entry.state == "visible"]
        views = self._child("bookViews")
        changed = False
        for view in () if views is None or not visible else views:
            if integer_or(view.get("activeTab")) not in visible:
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
        with AppProperties(self.package) as properties:
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

    def add_related_part(self, kind: str, part: str, content_type: str) -> None:
        """List a part of the workbook's own, such as its styles, that the caller writes."""
        relationships = self.relationships()
        relationships.add(kind, part)
        relationships.store()
        types = ContentTypes.load(self.package)
        types.add_override(part, content_type)
        types.store()

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
        types = ContentTypes.load(self.package)
        self.sheets: list[SheetEntry] = []
        self._by_name: dict[str, SheetEntry] = {}
        parts: set[str] = set()
        elements = self._sheet_elements()
        self._require_few(len(elements), MAX_SHEETS, "sheets")
        self._require_few(len(self._name_elements()), MAX_NAMES, "names")
        for position, element in enumerate(elements):
            name = element.get("name", "")
            identifier = relationship_id(element)
            relationship = related.get(identifier)
            if (
                relationship is None
                or relationship.external
                or not self.package.has(relationship.target)
            ):
                raise WorkbookError(
                    f'"{self._file}" lists the sheet "{name}", but holds no part for it; '
                    "the file is damaged. Open it in Excel, let Excel repair it and save it."
                )
            types.require(relationship.target, relationship.kind)
            if part_key(relationship.target) in parts or name.casefold() in self._by_name:
                raise WorkbookError(
                    f'"{self._file}" lists the sheet "{name}" twice, or another one with '
                    "its contents; the file is damaged. Open it in Excel, let Excel repair it and "
                    "save it."
                )
            parts.add(part_key(relationship.target))
            entry = SheetEntry(
                name,
                relationship.target,
                _sheet_kind(relationship.kind),
                _sheet_state(element.get("state")),
                integer_or(element.get("sheetId")),
                identifier,
                position,
            )
            self.sheets.append(entry)
            self._by_name[name.casefold()] = entry

    def _require_few(self, number: int, most: int, what: str) -> None:
        if number > most:
            raise WorkbookError(
                f'"{self._file}" lists {number:,} {what}; expected at most {most:,}. Take '
                "out those that are not needed in Excel, and save it."
            )

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def _child(self, name: str) -> etree._Element | None:
        return self._root.find(self._tag(name))

    def _required(self, name: str) -> etree._Element:
        element = self._child(name)
        if element is None:
            raise WorkbookError(
                f'"{self._file}" lists no sheets; the file is damaged. Open it in Excel, '
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
        number = integer_or(position)
        return self.sheets[number].name if 0 <= number < len(self.sheets) else None

    def _existing(self, name: str) -> SheetEntry:
        entry = self.sheet(name)
        if entry is None:
            raise WorkbookError(f'"{self._file}" has no sheet "{name}".')
        return entry

    def _related_part(self, kind: str) -> str | None:
        """A part of the workbook's own, None if it lists none; a file that lost it is refused."""
        for relationship in self.relationships().by_type(kind):
            self.package.require(relationship.target)
            ContentTypes.load(self.package).require(relationship.target, kind)
            return relationship.target
        return None

    def _require_own_parts(self) -> None:
        if not self._have_own_parts:
            related = (self.relationships(entry.part) for entry in self.sheets)
            require_own_parts(self.package, related)
            self._have_own_parts = True

    def _shift_views(self, removed: int) -> None:
        views = self._child("bookViews")
        for view in () if views is None else views:
            for attribute in ("activeTab", "firstSheet"):
                shown = integer_or(view.get(attribute))
                if attribute in view.attrib and shown >= removed and shown > 0:
                    view.set(attribute, str(shown - 1 if shown > removed else 0))

    def _reachable_parts(self) -> set[str]:
        """Every part that relationships lead to from the package, by its name."""
        return parts_reached(self.package, [""])

    def _remove_parts(self, parts: list[str]) -> None:
        types = ContentTypes.load(self.package)
        for part in parts:
            for name in (part, relationships_path(part)):
                types.remove_override(name)  # some programs declare relationships too
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


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _is_true(text: str | None) -> bool:
    return text in ("1", "true", "on")


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
