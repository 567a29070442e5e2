"""The parts of a sheet of ours: made before the package changes, then written into it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    Relationship,
    Relationships,
    integer_or,
    parse_xml,
    parts_reached,
    relationships_path,
)
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.rendering.drawings import Drawing, UsersDrawing, drawing_of
from xlportfolio.workbook.rendering.kept_notes import Note, comments_with, moved_notes
from xlportfolio.workbook.rendering.kept_sheet import Kept, cleaned, kept_parts, worksheet_with
from xlportfolio.workbook.rendering.names import free_table_name
from xlportfolio.workbook.rendering.notes import comments_xml, notes_drawing, with_notes
from xlportfolio.workbook.rendering.sheetxml import (
    RelationshipIds,
    external_targets,
    table_xml,
    worksheet_xml,
)
from xlportfolio.workbook.rendering.styles import Stylesheet

_SPREADSHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TABLE_TYPE = f"{_SPREADSHEETML}.table+xml"
_COMMENTS_TYPE = f"{_SPREADSHEETML}.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"


@dataclass(frozen=True)
class RenderedSheet:
    """All that can be refused, as bytes, before the package changes."""

    worksheet: bytes
    links: list[str]
    drawing: Drawing | None
    comments: bytes | None
    boxes: Mapping[tuple[int, int], str]
    kept: Mapping[str, bytes]
    """Parts of the user's that are related again, as they are to be."""
    related: tuple[Relationship, ...]
    """What leads to these: talk under notes, tables, pivot tables."""
    kept_parts: frozenset[str]
    is_plain: bool
    """Whether nothing of the user's is on the sheet."""


def rendered_sheet(
    description: SheetDescription,
    stylesheet: Stylesheet,
    index: WorkbookIndex,
    kept: Kept | None,
    theirs: UsersDrawing,
    *,
    with_drawings: bool,
) -> RenderedSheet:
    links = external_targets(description)
    notes = with_notes(description.cells)
    strict, date1904 = index.strict, index.date1904
    placement = None if kept is None else kept.placement
    described = description if with_drawings else replace(description, charts=(), pictures=())
    drawing = drawing_of(described, theirs, placement, strict=strict, date1904=date1904)
    their_notes: dict[tuple[int, int], Note] = {}
    parts: dict[str, bytes] = {}
    related: tuple[Relationship, ...] = ()
    if kept is not None:
        their_notes = moved_notes(kept.additions.notes, kept.placement)
        links = list(dict.fromkeys([*links, *(link for *_, link in kept.links if link)]))
        parts, related = kept_parts(index.package, kept)
    n_tables = len(description.tables) + sum(one.kind == "table" for one in related)
    ids = _planned_ids(links, drawing is not None, bool(notes or their_notes), n_tables)
    worksheet = worksheet_xml(description, stylesheet, ids, date1904=date1904, strict=strict)
    comments = None
    if notes or their_notes:
        comments = comments_xml(notes, description.name, strict=strict)
    if their_notes and comments is not None:
        comments = comments_with(comments, their_notes, cleaned=cleaned)
    plain = worksheet
    if kept is not None:
        worksheet = worksheet_with(worksheet, kept, description, ids)
    boxes = {**notes, **{at: note.text for at, note in their_notes.items()}}
    return RenderedSheet(
        worksheet,
        links,
        drawing,
        comments,
        {at: boxes[at] for at in sorted(boxes)},
        parts,
        related,
        theirs.parts | parts_reached(index.package, (one.target for one in related)),
        is_plain=worksheet is plain and not (their_notes or related or theirs.anchors),
    )


def _planned_ids(
    links: Sequence[str], has_drawing: bool, has_notes: bool, n_tables: int
) -> RelationshipIds:
    """The IDs that a sheet without relationships gives, in the order of `write_sheet`."""
    numbers = (f"rId{number}" for number in count(1))
    planned_links = {target: next(numbers) for target in links}
    drawing = next(numbers) if has_drawing else None
    notes = None
    if has_notes:
        _comments, notes = next(numbers), next(numbers)
    tables = [next(numbers) for _ in range(n_tables)]
    return RelationshipIds(planned_links, drawing, notes, tables)


def write_sheet(
    package: Package,
    index: WorkbookIndex,
    description: SheetDescription,
    rendered: RenderedSheet,
    part: str,
) -> None:
    """Write the sheet's part and those that it leads to; the sheet has no relationships yet."""
    package.write(part, rendered.worksheet)
    types = ContentTypes.load(package)
    relationships = Relationships.load(package, part, strict=index.strict)
    for target in rendered.links:
        relationships.add("hyperlink", target, external=True)
    if rendered.drawing is not None:
        drawing = _write_drawing(package, index, rendered.drawing, types)
        relationships.add("drawing", drawing)
    if rendered.comments is not None:
        comments = index.free_part("xl/comments{}.xml")
        package.write(comments, rendered.comments)
        types.add_override(comments, _COMMENTS_TYPE)
        relationships.add("comments", comments)
        boxes = index.free_part("xl/drawings/vmlDrawing{}.vml")
        number = int(re.sub(r"\D", "", posixpath.basename(boxes)))
        package.write(boxes, notes_drawing(rendered.boxes, number))
        types.add_default("vml", _VML_TYPE)
        relationships.add("vmlDrawing", boxes)
    kept_tables = [one.target for one in rendered.related if one.kind == "table"]
    for table in _write_tables(package, index, description, types, kept_tables):
        relationships.add("table", table)
    for kept_part, content in rendered.kept.items():
        package.write(kept_part, content)
    for one in rendered.related:
        relationships.add(one.type, one.target)
    relationships.store()
    if not package.has(relationships_path(part)):
        types.remove_override(relationships_path(part))  # LibreOffice declares them
    types.store()


def _write_drawing(
    package: Package, index: WorkbookIndex, made: Drawing, types: ContentTypes
) -> str:
    drawing = index.free_part("xl/drawings/drawing{}.xml")
    package.write(drawing, made.content)
    types.add_override(drawing, _DRAWING_TYPE)
    relationships = Relationships.load(package, drawing, strict=index.strict)
    for kind, content in made.related:
        if isinstance(content, Relationship):
            relationships.add(kind, content.target, external=content.external)
        elif kind == "chart":
            chart = index.free_part("xl/charts/chart{}.xml")
            package.write(chart, content)
            types.add_override(chart, _CHART_TYPE)
            relationships.add("chart", chart)
        else:
            image = index.free_part("xl/media/image{}.png")
            package.write(image, content)
            types.add_default("png", "image/png")
            relationships.add("image", image)
    relationships.store()
    return drawing


def _write_tables(
    package: Package,
    index: WorkbookIndex,
    description: SheetDescription,
    types: ContentTypes,
    kept: Sequence[str],
) -> list[str]:
    """Write the tables under names and numbers that the workbook has not used; their parts.

    The user's tables on the sheet, which are kept, are not related to it again yet.
    """
    if not description.tables:
        return []
    taken = {entry.name.casefold() for entry in index.defined_names}
    number = 0
    there = [table.part for entry in index.sheets for table in index.tables(entry.name)]
    for part in (*there, *kept):
        root = parse_xml(package.read(part), package.label(part))
        taken.add((root.get("displayName") or root.get("name") or "").casefold())
        number = max(number, integer_or(root.get("id")))
    parts = []
    for table in description.tables:
        number += 1
        name = free_table_name(table.name, taken)
        part = index.free_part("xl/tables/table{}.xml")
        package.write(part, table_xml(description, table, name, number, strict=index.strict))
        types.add_override(part, _TABLE_TYPE)
        parts.append(part)
    return parts
