"""What people added to a sheet of ours, read from its part before the sheet is written anew."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from lxml import etree

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    Relationship,
    integer_or,
    parse_xml,
    relationship_id,
    unescape_text,
)
from xlportfolio.workbook.container.shared_strings import read_shared_strings
from xlportfolio.workbook.description import CellValue, SheetDescription
from xlportfolio.workbook.editing.cellxml import date_serial
from xlportfolio.workbook.editing.sharedformulas import SharedText
from xlportfolio.workbook.references import LAST_COLUMN, CellRange, parse_cell
from xlportfolio.workbook.rendering.kept_extensions import extended_areas
from xlportfolio.workbook.rendering.kept_notes import Note, read_notes
from xlportfolio.workbook.rendering.kept_places import At, Key, Laid, key_of
from xlportfolio.workbook.rendering.remembered import Remembered, covered_area, remembered

MOST_CELLS = 200_000
"""Of the user's on one of our sheets: they are held in memory."""


@dataclass(frozen=True)
class Related:
    """A part of the user's that lies over cells of the sheet: a table or a pivot table."""

    relationship: Relationship
    range: CellRange


@dataclass
class Additions:
    """What is on a sheet of ours besides what we wrote, and what is known of that.

    Attributes
    ----------
    laid
        What our last writing covered.
    known
        What was remembered of it.
    cells
        The user's cells.
    formulas
        The formulas of those that have one: none is shared any more.
    rows
        The attributes of the rows below ours.
    arrays
        The ranges of array formulas and data tables, by their first cells.
    merges
        Merged cells outside our area.
    children
        The children of the worksheet, by their local names.
    tables, pivots
        Those outside our area.
    relationships
        Those of the sheet, by ID.
    notes
        The user's notes, on whatever cell.
    threads
        The parts with the talk under notes.
    """

    laid: Laid
    known: Remembered
    cells: dict[At, etree._Element] = field(default_factory=dict)
    formulas: dict[At, str] = field(default_factory=dict)
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    arrays: dict[At, CellRange] = field(default_factory=dict)
    merges: list[CellRange] = field(default_factory=list)
    children: dict[str, list[etree._Element]] = field(default_factory=dict)
    tables: list[Related] = field(default_factory=list)
    pivots: list[Related] = field(default_factory=list)
    relationships: dict[str, Relationship] = field(default_factory=dict)
    notes: dict[At, Note] = field(default_factory=dict)
    threads: list[Relationship] = field(default_factory=list)

    def child(self, name: str) -> etree._Element | None:
        return next(iter(self.children.get(name, ())), None)

    def inside(self, name: str) -> list[etree._Element]:
        """The children of such a child."""
        return [one for child in self.children.get(name, ()) for one in child]

    def is_outside(self, area: CellRange) -> bool:
        """Whether a range holds none of our cells."""
        return not self.laid.area.overlaps(area)

    @property
    def together(self) -> list[CellRange]:
        """The ranges that have to stay whole."""
        return [*self.merges, *self.arrays.values()]

    @property
    def over(self) -> list[CellRange]:
        """The ranges of the user's that rules, links and merges lie over."""
        elements = [
            *self.children.get("conditionalFormatting", ()),
            *self.inside("dataValidations"),
            *self.inside("hyperlinks"),
        ]
        found = list(self.merges)
        texts = [element.get("sqref") or element.get("ref") or "" for element in elements]
        texts += extended_areas(self.children.get("extLst", ()))
        for areas in texts:
            for text in areas.split():
                with suppress(InputError):
                    found.append(CellRange.parse(text))
        return [area for area in found if self.is_outside(area)]

    @property
    def standing(self) -> list[CellRange]:
        """The ranges that follow no row of ours."""
        return [one.range for one in (*self.tables, *self.pivots)]


def new_keys(description: SheetDescription, *, date1904: bool) -> dict[int, Key]:
    """By row, what tells the rows of a description apart."""
    area = description.keys
    if area is None:
        return {}
    found = {}
    for row in range(area.first_row, area.last_row + 1):
        cells = (
            description.cells.get((row, column))
            for column in range(area.first_column, area.last_column + 1)
        )
        key = key_of(_said(cell.value, date1904=date1904) for cell in cells if cell is not None)
        if key:
            found[row] = key
    return found


def laid_out(description: SheetDescription, *, date1904: bool) -> Laid:
    """What the writing of a description covers."""
    return Laid(covered_area(description), new_keys(description, date1904=date1904))


def _said(value: CellValue, *, date1904: bool) -> str:
    """A key's value as text, alike from a description and from a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return f"{date_serial(value, '', date1904=date1904):.10g}"


def read_additions(
    package: Package, index: WorkbookIndex, entry: SheetEntry, description: SheetDescription
) -> Additions:
    """Read what people added to a sheet of ours.

    Parameters
    ----------
    package, index
        The workbook.
    entry
        The sheet.
    description
        What is to be written on it.

    Raises
    ------
    WorkbookError
        If there is more than can be kept.
    """
    return _Reading(package, index, entry, description).additions()


class _Reading:
    def __init__(
        self,
        package: Package,
        index: WorkbookIndex,
        entry: SheetEntry,
        description: SheetDescription,
    ) -> None:
        self.package, self.index, self.entry = package, index, entry
        self.description = description
        self.known = remembered(index.defined_names, entry.name)
        self.tables = [
            Related(relationship, area) for relationship, area in self._over_cells("table", "ref")
        ]
        self.last_ours = 0
        self._held: dict[int, list[tuple[int, str, str]]] = {}
        self._strings: list[str] | None = None

    def additions(self) -> Additions:
        root = None
        shared: dict[str, SharedText] = {}
        followers: dict[At, str] = {}
        raw: dict[At, etree._Element] = {}
        found = Additions(Laid(CellRange(1, 1, 1, 1)), self.known)
        rows: dict[int, dict[str, str]] = {}
        columns: list[etree._Element] = []
        self.width = self._width([])
        for kind, element, at in self._elements():
            if kind == "cols":
                columns = list(element)
                self.width = self._width(columns)
            elif kind == "c":
                formula = element.find("{*}f")
                number = formula.get("si") if formula is not None else None
                is_theirs = self._is_theirs(*at)
                if formula is not None and number is not None and formula.get("t") == "shared":
                    if formula.text:
                        shared[number] = SharedText(formula.text, *at)
                    if is_theirs:
                        followers[at] = number
                elif formula is not None and is_theirs and formula.text:
                    found.formulas[at] = formula.text
                if is_theirs:
                    self._keep(found, at, element, formula)
                else:
                    if len(element) or self.known.area is None:
                        self.last_ours = max(self.last_ours, at[0])
                    raw[at] = element
            elif kind == "row":
                rows[at[0]] = {
                    str(name): str(value)
                    for name, value in element.attrib.items()
                    if name not in ("r", "spans") and not str(name).startswith("{")
                }
                raw = self._key_cells(raw)
            else:
                root = element
        for at, number in followers.items():
            if number in shared:
                found.formulas[at] = shared[number].for_cell(*at)
        for child in () if root is None else root:
            if isinstance(child.tag, str):
                found.children.setdefault(etree.QName(child).localname, []).append(child)
        area = self._area()
        found.laid = Laid(area, self._old_keys(area))
        found.rows = {row: held for row, held in rows.items() if row > area.last_row and held}
        found.merges = [one for one in _merges(found.child("mergeCells")) if found.is_outside(one)]
        found.arrays = {at: one for at, one in found.arrays.items() if found.is_outside(one)}
        found.tables = [one for one in self.tables if found.is_outside(one.range)]
        found.pivots = [
            Related(relationship, one)
            for relationship, one in self._over_cells("pivotTable", "location")
            if found.is_outside(one)
        ]
        found.relationships = {one.id: one for one in self.index.relationships(self.entry.part)}
        found.notes = read_notes(self.package, self.index, self.entry)
        found.threads = self.index.relationships(self.entry.part).by_type("threadedComment")
        return found

    # -- what is ours ----------------------------------------------------------------------------

    def _width(self, columns: Sequence[etree._Element]) -> int:
        """The last column of ours on a sheet of which nothing is remembered."""
        widths = [covered_area(self.description).last_column]
        widths += [one.range.last_column for one in self.tables]
        if not self.tables:
            end = 0
            for column in columns:
                first, last = integer_or(column.get("min")), integer_or(column.get("max"))
                if first != end + 1 or column.get("customWidth") not in ("1", "true"):
                    break
                end = last
            widths.append(min(end, LAST_COLUMN))
        return max(widths)

    def _is_theirs(self, row: int, column: int) -> bool:
        area = self.known.area
        if area is None:
            return column > self.width
        if area.contains(row, column):
            return False
        is_filled_in = self.description.is_form and row > area.last_row
        return not (is_filled_in and area.first_column <= column <= area.last_column)

    def _area(self) -> CellRange:
        area = self.known.area
        if area is None:
            return CellRange(1, 1, max(1, self.last_ours), self.width)
        last = max(area.last_row, self.last_ours) if self.description.is_form else area.last_row
        return CellRange(area.first_row, area.first_column, last, area.last_column)

    def _key_range(self) -> CellRange | None:
        if self.known.area is not None:
            return self.known.keys
        keys = self.description.keys
        if keys is None:
            return None
        return CellRange(keys.first_row, keys.first_column, 1 << 20, keys.last_column)

    def _key_cells(self, cells: dict[At, etree._Element]) -> dict[At, etree._Element]:
        """Hold the key cells of a row that ended, and let go of the others."""
        area = self._key_range()
        for at, cell in cells.items():
            if area is not None and area.contains(*at):
                value = cell.findtext("{*}v")
                if cell.get("t") == "inlineStr":
                    value = "".join(one.text or "" for one in cell.iterfind("{*}is//{*}t"))
                self._held.setdefault(at[0], []).append((at[1], cell.get("t", "n"), value or ""))
        return {}

    def _old_keys(self, area: CellRange) -> dict[int, Key]:
        found = {}
        for row, cells in self._held.items():
            if not area.first_row <= row <= area.last_row:
                continue
            key = key_of(self._text(kind, value) for _, kind, value in sorted(cells))
            if key:
                found[row] = key
        return found

    def _text(self, kind: str, value: str) -> str:
        if kind == "s":
            if self._strings is None:
                self._strings = read_shared_strings(self.package, self.index)
            number = integer_or(value, -1)
            value = self._strings[number] if 0 <= number < len(self._strings) else ""
        elif kind in ("str", "inlineStr"):
            value = unescape_text(value)
        elif kind == "n":
            try:
                return _said(float(value), date1904=False) if value else ""
            except ValueError:
                return value
        return value.replace("\r\n", "\n").strip()

    # -- the part --------------------------------------------------------------------------------

    def _elements(self) -> Iterator[tuple[str, etree._Element, At]]:
        """Cells, rows, the columns, and at last the whole, without its rows."""
        data = self.package.read(self.entry.part)
        label = self.package.label(self.entry.part)
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            parse_xml(data, label)  # says so
        walk = etree.iterparse(
            io.BytesIO(data),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        row = column = 0
        try:
            for event, element in walk:
                name = etree.QName(element).localname
                if event == "start":
                    if name == "row":
                        row, column = integer_or(element.get("r"), row + 1), 0
                    elif name == "c":
                        column = _column(element.get("r"), column + 1)
                elif name == "cols":
                    yield name, element, (0, 0)
                elif name == "c":
                    yield name, element, (row, column)
                elif name == "row":
                    yield name, element, (row, 0)
                    parent = element.getparent()
                    if parent is not None:
                        parent.remove(element)
        except etree.XMLSyntaxError:
            parse_xml(data, label)  # says so
            raise
        yield "worksheet", walk.root, (0, 0)

    def _keep(
        self, found: Additions, at: At, cell: etree._Element, formula: etree._Element | None
    ) -> None:
        found.cells[at] = cell
        if len(found.cells) > MOST_CELLS:
            raise WorkbookError(
                f'Sheet "{self.entry.name}" holds more than {MOST_CELLS:,} cells of yours beside '
                "what xlportfolio writes, and was not written anew. Move them to a sheet of your "
                "own."
            )
        if formula is not None and formula.get("t") in ("array", "dataTable"):
            try:
                found.arrays[at] = CellRange.parse(formula.get("ref", ""))
            except InputError:
                found.arrays[at] = CellRange(*at, *at)

    def _over_cells(self, kind: str, where: str) -> Iterator[tuple[Relationship, CellRange]]:
        """The tables or pivot tables of the sheet, with the cells that they fill."""
        for relationship in self.index.relationships(self.entry.part).by_type(kind):
            if not self.package.has(relationship.target):
                continue
            part = relationship.target
            root = parse_xml(self.package.read(part), self.package.label(part))
            element = root if where == "ref" else root.find(f"{{*}}{where}")
            try:
                area = CellRange.parse("" if element is None else element.get("ref", ""))
            except InputError:
                continue
            yield relationship, area


def _column(reference: str | None, default: int) -> int:
    try:
        return parse_cell(reference)[1] if reference else default
    except InputError:
        return default


def _merges(element: etree._Element | None) -> list[CellRange]:
    found = []
    for merge in () if element is None else element:
        try:
            found.append(CellRange.parse(merge.get("ref", "")))
        except InputError:
            continue
    return found


def external_target(additions: Additions, element: etree._Element) -> str | None:
    """Where the link of an element leads out of the workbook; None where it stays in it."""
    related = additions.relationships.get(relationship_id(element))
    return related.target if related is not None and related.external else None
