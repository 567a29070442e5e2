"""Put what people added to a sheet of ours into the sheet as it is written anew.

Cells go over as the elements that they are, so that values, styles and rich text stay; only their
places change, and what their formulas name.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    OFFICE_RELATIONSHIPS,
    OFFICE_RELATIONSHIPS_STRICT,
    Relationship,
    integer_or,
    parse_xml,
    serialise,
)
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, cell_address
from xlportfolio.workbook.rendering.additions import Additions, external_target, laid_out
from xlportfolio.workbook.rendering.kept_extensions import keep_extensions
from xlportfolio.workbook.rendering.kept_notes import moved_threads
from xlportfolio.workbook.rendering.kept_places import At, Placement, placed, rows_of_keys
from xlportfolio.workbook.rendering.sheetxml import RelationshipIds

_WIDTH_PADDING = 0.71
_MOST_ROWS = 2_000
"""Of a rule over some of the rows, each of which it follows."""
_SAME_WIDTH = 0.2
"""Programs round widths to their own units: less is nobody's doing."""

_ORDER = tuple(
    re.findall(
        r"\w+",
        "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
        "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews "
        "mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions "
        "pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
        "ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture "
        "oleObjects controls webPublishItems tableParts extLst",
    )
)
"""Children of `worksheet`: ECMA-376 part 1, 18.3.1.99."""


@dataclass(frozen=True)
class Kept:
    """What people added to a sheet, and where it goes.

    Attributes
    ----------
    additions
        As it was found.
    placement
        Where each cell goes.
    sheet
        What the sheet is called.
    """

    additions: Additions
    placement: Placement
    sheet: str

    @property
    def links(self) -> list[tuple[etree._Element, CellRange, str | None]]:
        """The links on the user's cells: where each goes, and to what outside the workbook."""
        found = []
        for element in self.additions.inside("hyperlinks"):
            area = _range(element.get("ref"))
            if area is None or not self.additions.is_outside(area):
                continue
            there = self.placement.area_of(area)
            if there is not None:
                found.append((element, there, external_target(self.additions, element)))
        return found


def kept_on(additions: Additions, description: SheetDescription, *, date1904: bool) -> Kept:
    """Decide where goes what people added to a sheet.

    Parameters
    ----------
    additions
        What it is.
    description
        What is written on the sheet, under the name that the sheet has.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    WorkbookError
        If cells would leave the sheet.
    """
    new = laid_out(description, date1904=date1904)
    area, rows = additions.laid.area, rows_of_keys(additions.laid.keys, new.keys)
    noted = {
        at
        for at in additions.notes
        if not area.contains(*at) or (at[0] in rows and rows[at[0]] is None)
    }
    placement = placed(
        additions.cells.keys() | noted,
        additions.laid,
        new,
        together=additions.together,
        standing=additions.standing,
        over=additions.over,
        sheet=description.name,
    )
    return Kept(additions, placement, description.name)


def kept_parts(package: Package, kept: Kept) -> tuple[dict[str, bytes], tuple[Relationship, ...]]:
    """The parts of the user's that lie over cells, with what leads to them from the sheet.

    Parameters
    ----------
    package
        The workbook.
    kept
        What people added.
    """
    parts: dict[str, bytes] = {}
    additions, placement = kept.additions, kept.placement
    for thread in additions.threads:
        if package.has(thread.target):
            content = package.read(thread.target)
            parts[thread.target] = moved_threads(content, package.label(thread.target), placement)
    tables = [one.relationship for one in additions.tables]
    pivots = [one.relationship for one in additions.pivots]
    for one in (*additions.tables, *additions.pivots):
        part = one.relationship.target
        at = one.range.first_row, one.range.first_column
        there = placement.place_of(at) or at
        by = there[0] - at[0], there[1] - at[1]
        if by != (0, 0):
            root = parse_xml(package.read(part), package.label(part))
            for element in root.iter():
                area = _range(element.get("ref")) if isinstance(element.tag, str) else None
                if area is not None:
                    element.set("ref", _shifted(area, *by).address)
            parts[part] = serialise(root)
    # The tables come first: the sheet lists them, after ours, in this order.
    return parts, (*tables, *additions.threads, *pivots)


def worksheet_with(
    rendered: bytes, kept: Kept, description: SheetDescription, ids: RelationshipIds
) -> bytes:
    """The worksheet part as rendered, with what people added to the sheet.

    Parameters
    ----------
    rendered
        The part without it.
    kept
        What is added.
    description
        What was rendered.
    ids
        The relationships that the part names.
    """
    root = parse_xml(rendered, "The sheet")
    before = etree.tostring(root)
    sheet = _Sheet(root, kept, description, ids)
    sheet.merge()
    return rendered if etree.tostring(root) == before else serialise(root)


class _Sheet:
    def __init__(
        self,
        root: etree._Element,
        kept: Kept,
        description: SheetDescription,
        ids: RelationshipIds,
    ) -> None:
        self.root, self.kept, self.description, self.ids = root, kept, description, ids
        self.additions, self.placement = kept.additions, kept.placement
        self.namespace = etree.QName(root).namespace or ""

    def merge(self) -> None:
        self._tab_colour()
        self._zoom()
        self._columns()
        self._rows()
        self._protection()
        self._merges()
        self._rules("conditionalFormatting")
        self._validations()
        self._links()
        self._extensions()

    # -- how the sheet looks ---------------------------------------------------------------------

    def _tab_colour(self) -> None:
        known = self.additions.known
        wanted = known.tab_colour if known.has_look else self.description.tab_colour
        properties = self.additions.child("sheetPr")
        colour = None if properties is None else properties.find("{*}tabColor")
        now = None
        if colour is not None:
            now = (colour.get("rgb") or "another")[-6:].upper()
        if now == wanted:
            return
        target = self._child("sheetPr")
        for ours in target.findall(self._tag("tabColor")):
            target.remove(ours)
        if colour is not None:
            target.insert(0, self._cleaned(colour))

    def _zoom(self) -> None:
        known = self.additions.known
        view = next(iter(self.additions.inside("sheetViews")), None)
        if view is None or not known.has_look:
            return
        now = integer_or(view.get("zoomScale"), 100)
        target = self._child("sheetViews")[0]
        if now != known.zoom and 10 <= now <= 400:
            target.set("zoomScale", str(now))
            target.set("zoomScaleNormal", str(now))

    def _columns(self) -> None:
        """The user's widths: those that differ from what we set, and all beyond our columns."""
        area, new = self.additions.laid.area, self.placement.new.area
        known = self.additions.known.widths
        ours = {integer_or(one.get("min")): one for one in self._child("cols")}
        last_ours = max([area.last_column, *known])
        last_new = max([new.last_column, *ours])
        theirs: list[tuple[int, int, dict[str, str]]] = []
        for element in self.additions.inside("cols"):
            first, last = integer_or(element.get("min")), integer_or(element.get("max"))
            first, last = max(first, 1), min(last, LAST_COLUMN)
            attributes = _plain(element)
            for column in range(first, min(last, last_ours) + 1):
                there = self.placement.column(column) if column <= area.last_column else column
                if column in known and there in ours and _differs(element, known[column]):
                    self._widen(ours[there], attributes)
            first = max(first, last_ours + 1)
            if first <= last:
                moved = max(first + self.placement.right, last_new + 1)
                theirs.append((moved, min(last + self.placement.right, LAST_COLUMN), attributes))
        columns = self._child("cols")
        for first, last, attributes in theirs:
            if first <= last:
                element = etree.SubElement(columns, self._tag("col"))
                for name, value in {**attributes, "min": str(first), "max": str(last)}.items():
                    element.set(name, value)
        if not len(columns):
            self.root.remove(columns)

    def _widen(self, element: etree._Element, attributes: Mapping[str, str]) -> None:
        for name in ("width", "customWidth", "bestFit", "hidden"):
            _drop(element, name)
            if name in attributes:
                element.set(name, attributes[name])

    # -- cells -----------------------------------------------------------------------------------

    def _rows(self) -> None:
        data = self._child("sheetData")
        rows = {integer_or(row.get("r")): row for row in data}

        def row_at(number: int) -> etree._Element:
            if number not in rows:
                rows[number] = etree.Element(self._tag("row"), r=str(number))
            return rows[number]

        for number, attributes in self.additions.rows.items():
            there = number + self.placement.down
            if there not in rows and there <= LAST_ROW:
                for name, value in attributes.items():
                    row_at(there).set(name, value)
        touched = set()
        for at, (row, column) in self.placement.places.items():
            if at not in self.additions.cells:
                continue  # a note on a blank cell
            cell = self._cell(at, (row, column))
            row_at(row).append(cell)
            touched.add(row)
        for (row, column), text in self.placement.lines.items():
            row_at(row).append(self._line((row, column), text))
            touched.add(row)
        for number in touched:
            cells = sorted(rows[number], key=_column_of)
            rows[number][:] = cells
        data[:] = [rows[number] for number in sorted(rows)]
        self._dimension()

    def _cell(self, at: At, there: At) -> etree._Element:
        cell = self._cleaned(self.additions.cells[at])
        cell.set("r", cell_address(*there))
        formula = cell.find("{*}f")
        if formula is None:
            return cell
        text = self.additions.formulas.get(at, "")
        said = self.placement.formula(text, self.kept.sheet)
        array = self.additions.arrays.get(at)
        is_cut = formula.get("t") in ("array", "dataTable") and array is None
        if "#REF!" in said and "#REF!" not in text and at in self.placement.homeless:
            is_cut = True  # its project is gone: what it gave last stays
        if is_cut or not (said or formula.get("t") == "dataTable"):
            cell.remove(formula)
            _drop(cell, "cm")
            return cell
        formula.text = said or formula.text
        if array is not None:
            down, right = there[0] - at[0], there[1] - at[1]
            formula.set("ref", _shifted(array, down, right).address)
            for name in ("r1", "r2"):  # the cells that a data table varies
                varied = _range(formula.get(name))
                goal = varied and self.placement.place_of((varied.first_row, varied.first_column))
                if goal:
                    formula.set(name, cell_address(*goal))
        else:
            for name in ("t", "si", "ref"):
                _drop(formula, name)
        return cell

    def _line(self, at: At, text: str) -> etree._Element:
        cell = etree.Element(self._tag("c"), r=cell_address(*at), t="inlineStr")
        inline = etree.SubElement(cell, self._tag("is"))
        etree.SubElement(inline, self._tag("t")).text = text
        return cell

    def _dimension(self) -> None:
        element = self._child("dimension")
        area = _range(element.get("ref")) or CellRange(1, 1, 1, 1)
        places = [*self.placement.places.values(), *self.placement.lines]
        element.set(
            "ref",
            CellRange(
                min([area.first_row, *(row for row, _ in places)]),
                min([area.first_column, *(column for _, column in places)]),
                max([area.last_row, *(row for row, _ in places)]),
                max([area.last_column, *(column for _, column in places)]),
            ).address,
        )

    # -- what lies over cells --------------------------------------------------------------------

    def _protection(self) -> None:
        element = self.additions.child("sheetProtection")
        if element is not None:
            self._insert(self._cleaned(element))

    def _merges(self) -> None:
        moved: list[CellRange] = []
        for merge in self.additions.merges:
            at = merge.first_row, merge.first_column
            there = self.placement.places.get(at) or self.placement.place_of(at)
            if there is None:
                continue
            goal = _shifted(merge, there[0] - at[0], there[1] - at[1])
            if any(goal.overlaps(one) for one in (self.placement.new.area, *moved)):
                continue  # cells that Excel could not show as one
            moved.append(goal)
        if not moved:
            return
        element = self._child("mergeCells")
        for merge in moved:
            etree.SubElement(element, self._tag("mergeCell"), ref=merge.address)
        element.set("count", str(len(element)))

    def _rules(self, name: str) -> None:
        """The user's conditional formats, behind ours."""
        number = max(
            (integer_or(rule.get("priority")) for rule in self.root.iter(self._tag("cfRule"))),
            default=0,
        )
        rules = []
        for element in self.additions.children.get(name, ()):
            moved = self._moved_areas(element.get("sqref", ""))
            if moved is None:
                continue
            rule_set = self._cleaned(element)
            rule_set.set("sqref", moved)
            self._move_formulas(rule_set, "formula")
            self._insert(rule_set)
            rules += list(rule_set.iterfind("{*}cfRule"))
        for rule in sorted(rules, key=lambda one: integer_or(one.get("priority"))):
            number += 1
            rule.set("priority", str(number))

    def _validations(self) -> None:
        found = []
        for element in self.additions.inside("dataValidations"):
            moved = self._moved_areas(element.get("sqref", ""))
            if moved is not None:
                rule = self._cleaned(element)
                rule.set("sqref", moved)
                self._move_formulas(rule, "formula1", "formula2")
                found.append(rule)
        if found:
            target = self._child("dataValidations")
            target.extend(found)
            target.set("count", str(len(target)))

    def _moved_areas(self, sqref: str) -> str | None:
        """Where the ranges of a rule go, if none of them holds cells of ours."""
        areas = [_range(text) for text in sqref.split()]
        if not areas or not all(area and self.additions.is_outside(area) for area in areas):
            return None
        moved: list[str] = []
        for area in areas:
            moved += [one.address for one in self._where(area)] if area else []
        return " ".join(dict.fromkeys(moved)) or None

    def _where(self, area: CellRange) -> Iterator[CellRange]:
        """Where a range of the user's goes: cell by cell where its rows follow their keys."""
        keyed = [row for row in self.placement.rows if area.first_row <= row <= area.last_row]
        is_whole = self.placement.covers_keys(area.first_row, area.last_row)
        if not keyed or is_whole or area.n_rows > _MOST_ROWS:
            there = self.placement.area_of(area)
            if there is not None:
                yield there
            return
        for row in range(area.first_row, area.last_row + 1):
            at = row, area.first_column
            goal = self.placement.place_of(at)
            if goal is not None:
                yield _shifted(
                    replace(area, first_row=row, last_row=row), goal[0] - row, goal[1] - at[1]
                )

    def _move_formulas(self, element: etree._Element, *names: str) -> None:
        for formula in element.iter():
            if isinstance(formula.tag, str) and etree.QName(formula).localname in names:
                formula.text = self.placement.formula(formula.text or "", self.kept.sheet)

    def _links(self) -> None:
        links = self.kept.links
        if not links:
            return
        target = self._child("hyperlinks")
        namespace = (
            OFFICE_RELATIONSHIPS_STRICT if "purl.oclc" in self.namespace else OFFICE_RELATIONSHIPS
        )
        for element, area, external in links:
            link = self._cleaned(element)
            link.set("ref", area.address)
            for name in list(link.attrib):
                if str(name).endswith("}id"):
                    del link.attrib[name]
            if external is not None:
                link.set(f"{{{namespace}}}id", self.ids.links[external])
            target.append(link)

    def _extensions(self) -> None:
        """The user's rules and sparklines that stand in extensions, behind ours."""
        theirs = self.additions.inside("extLst")
        if not theirs:
            return
        target = self._child("extLst")
        priorities = (
            integer_or(rule.get("priority")) for rule in self.root.iter(self._tag("cfRule"))
        )
        keep_extensions(
            target,
            theirs,
            self._moved_areas,
            lambda text: self.placement.formula(text, self.kept.sheet),
            max(priorities, default=0) + 1,
        )
        if not len(target):
            self.root.remove(target)

    # -- inside ----------------------------------------------------------------------------------

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def _child(self, name: str) -> etree._Element:
        """A child of the worksheet, added at its place where there is none."""
        found = self.root.find(self._tag(name))
        return self._insert(etree.Element(self._tag(name))) if found is None else found

    def _insert(self, element: etree._Element) -> etree._Element:
        rank = _ORDER.index(etree.QName(element).localname)
        for position, child in enumerate(self.root):
            if _ORDER.index(etree.QName(child).localname) > rank:
                self.root.insert(position, element)
                return element
        self.root.append(element)
        return element

    def _cleaned(self, element: etree._Element) -> etree._Element:
        """A copy of an element in our namespace, without what Excel would not know there."""
        return cleaned(element, self.namespace)


def cleaned(element: etree._Element, namespace: str) -> etree._Element:
    """A copy without attributes and children of namespaces that a part would have to declare.

    Parameters
    ----------
    element
        Of another part.
    namespace
        The namespace of the part that it goes into.
    """
    return _copied(element, lambda tag: f"{{{namespace}}}{etree.QName(tag).localname}")


def _copied(element: etree._Element, named: Callable[[str], str]) -> etree._Element:
    home = etree.QName(element).namespace
    new = etree.Element(named(str(element.tag)))
    new.text, new.tail = element.text, None
    for name, value in element.attrib.items():
        if not str(name).startswith("{") or str(name).startswith("{http://www.w3.org/XML/"):
            new.set(str(name), str(value))
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if etree.QName(child).localname == "extLst":
            new.append(copy.deepcopy(child))
        elif etree.QName(child).namespace == home:
            new.append(_copied(child, named))
    return new


def _drop(element: etree._Element, name: str) -> None:
    if name in element.attrib:
        del element.attrib[name]


def _plain(element: etree._Element) -> dict[str, str]:
    return {
        str(name): str(value)
        for name, value in element.attrib.items()
        if not str(name).startswith("{")
    }


def _differs(element: etree._Element, known: float) -> bool:
    """Whether a column is as wide, or as hidden, as we did not make it."""
    is_hidden = element.get("hidden") in ("1", "true")
    if is_hidden != (known < 0):
        return True
    if is_hidden:
        return False
    try:
        width = float(element.get("width", ""))
    except ValueError:
        return False
    return abs(width - (known + _WIDTH_PADDING)) > _SAME_WIDTH


def _range(text: str | None) -> CellRange | None:
    try:
        return CellRange.parse(text) if text else None
    except InputError:
        return None


def _shifted(area: CellRange, down: int, right: int) -> CellRange:
    return CellRange(
        max(1, area.first_row + down),
        max(1, area.first_column + right),
        min(LAST_ROW, area.last_row + down),
        min(LAST_COLUMN, area.last_column + right),
    )


def _column_of(cell: etree._Element) -> int:
    area = _range(cell.get("r"))
    return area.first_column if area else 0
