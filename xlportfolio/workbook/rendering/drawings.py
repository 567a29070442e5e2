"""The drawing of a sheet of ours: our charts and pictures, and what people drew on it."""

from __future__ import annotations

import copy
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    OFFICE_RELATIONSHIPS,
    OFFICE_RELATIONSHIPS_STRICT,
    Relationship,
    integer_or,
    parse_xml,
    parts_reached,
    serialise,
)
from xlportfolio.workbook.description import Picture, SheetDescription
from xlportfolio.workbook.references import CellRange, sheet_reference
from xlportfolio.workbook.rendering.charts import EMU_PER_CM, OUR_FRAME, drawing_parts
from xlportfolio.workbook.rendering.kept_places import Placement

MOST_PICTURE_BYTES = 20 << 20
MOST_PIXELS = 20_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LONGEST_CM = 500.0
_UNWRITABLE = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")

_XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_XDR_STRICT = "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_A_STRICT = "http://purl.oclc.org/ooxml/drawingml/main"


@dataclass(frozen=True)
class UsersDrawing:
    """What people drew on a sheet of ours.

    Attributes
    ----------
    anchors
        The frames of their charts, pictures and shapes.
    related
        What these name, by the IDs in them.
    parts
        All parts that they lead to.
    """

    anchors: tuple[etree._Element, ...] = ()
    related: Mapping[str, Relationship] = field(default_factory=dict)
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Drawing:
    """The parts of a drawing, its relationships numbered from rId1 in the order of `related`.

    Attributes
    ----------
    content
        The drawing.
    related
        For each relationship its kind, and a new part's content or what it led to before.
    """

    content: bytes
    related: tuple[tuple[str, bytes | Relationship], ...]


def users_drawing(
    package: Package, index: WorkbookIndex, entry: SheetEntry, *, is_remembered: bool
) -> UsersDrawing:
    """What people drew on a sheet of ours.

    Parameters
    ----------
    package, index
        The workbook.
    entry
        The sheet.
    is_remembered
        Whether our frames there carry their name; before that, all charts were ours.
    """
    anchors: list[etree._Element] = []
    related: dict[str, Relationship] = {}
    for relationship in index.relationships(entry.part).by_type("drawing"):
        part = relationship.target
        if not package.has(part):
            continue
        root = parse_xml(package.read(part), package.label(part))
        named = {one.id: one for one in index.relationships(part)}
        for anchor in root:
            if isinstance(anchor.tag, str) and not _is_ours(anchor, is_remembered=is_remembered):
                anchors.append(anchor)
                used = (str(value) for one in anchor.iter() for value in one.attrib.values())
                related |= {value: named[value] for value in used if value in named}
    found = parts_reached(package, (one.target for one in related.values() if not one.external))
    return UsersDrawing(tuple(anchors), related, frozenset(found))


def _is_ours(anchor: etree._Element, *, is_remembered: bool) -> bool:
    frame = next(anchor.iter("{*}cNvPr"), None)
    if frame is not None and frame.get("name", "").startswith(OUR_FRAME):
        return True
    return not is_remembered and any(True for _ in anchor.iter("{*}graphicFrame"))


def drawing_of(
    description: SheetDescription,
    theirs: UsersDrawing,
    placement: Placement | None,
    *,
    strict: bool,
    date1904: bool,
) -> Drawing | None:
    """Make the drawing of a sheet; None where there is nothing on it.

    Parameters
    ----------
    description
        Its charts and pictures.
    theirs
        What people drew.
    placement
        Where cells go, for a sheet that is written anew.
    strict
        Whether the workbook uses the strict namespaces.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    InputError
        If a chart or a picture cannot be drawn.
    """
    if not (description.charts or description.pictures or theirs.anchors):
        return None
    related: list[tuple[str, bytes | Relationship]] = []
    if description.charts:
        made = drawing_parts(description, strict=strict, date1904=date1904)
        if not (description.pictures or theirs.anchors):
            return Drawing(made.drawing, tuple(("chart", chart) for chart in made.charts))
        root = parse_xml(made.drawing, "The drawing")
        related += [("chart", chart) for chart in made.charts]
    else:
        root = etree.Element(
            f"{{{_XDR_STRICT if strict else _XDR}}}wsDr",
            nsmap={"xdr": _XDR_STRICT if strict else _XDR, "a": _A_STRICT if strict else _A},
        )
    for number, picture in enumerate(description.pictures, start=1):
        check_picture(picture, description.name)
        related.append(("image", picture.png))
        root.append(_picture_anchor(picture, number, len(related), strict=strict))
    namespace = OFFICE_RELATIONSHIPS_STRICT if strict else OFFICE_RELATIONSHIPS
    numbers: dict[str, str] = {}
    for old, relationship in theirs.related.items():
        related.append((relationship.type, relationship))
        numbers[old] = f"rId{len(related)}"
    for anchor in theirs.anchors:
        moved = copy.deepcopy(anchor)
        for element in moved.iter():
            for name, value in element.attrib.items():
                if str(name).startswith(f"{{{namespace}}}") and str(value) in numbers:
                    element.set(name, numbers[str(value)])
        if placement is not None:
            _move(moved, placement)
        root.append(moved)
    _number_frames(root)
    return Drawing(serialise(root), tuple(related))


def _number_frames(root: etree._Element) -> None:
    """Give frames whose number is taken another one: Excel repairs a drawing with two alike."""
    taken: set[int] = set()
    for frame in root.iter("{*}cNvPr"):
        number = integer_or(frame.get("id"))
        if number in taken or number <= 0:
            number = max(taken, default=1) + 1
            frame.set("id", str(number))
        taken.add(number)


def _move(anchor: etree._Element, placement: Placement) -> None:
    """Move a frame with the cells to the right of ours, or below, that move as a whole."""
    area = placement.old.area
    column, row = anchor.find("{*}from/{*}col"), anchor.find("{*}from/{*}row")
    if column is None or row is None:
        return
    right = placement.right if integer_or(column.text) >= area.last_column else 0
    down = placement.down if integer_or(row.text) >= area.last_row else 0
    for end in ("from", "to"):
        for name, by in (("col", right), ("row", down)):
            element = anchor.find(f"{{*}}{end}/{{*}}{name}")
            if element is not None and by:
                element.text = str(integer_or(element.text) + by)


def check_picture(picture: Picture, sheet: str) -> tuple[int, int]:
    """Refuse, with an `InputError`, what is no PNG picture that Excel shows; its size in pixels.

    Parameters
    ----------
    picture
        What is to be shown.
    sheet
        Where, for the message.
    """
    place = sheet_reference(
        sheet, CellRange(picture.row, picture.column, picture.row, picture.column)
    )
    data = picture.png
    if len(data) > MOST_PICTURE_BYTES:
        raise InputError(
            f"The picture at {place} has {len(data) / (1 << 20):,.0f} MB; expected at most "
            f"{MOST_PICTURE_BYTES >> 20}. Save it with fewer pixels."
        )
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR" or len(data) < 33:
        raise InputError(
            f"The picture at {place} is no PNG file; expected one. Save the picture as PNG."
        )
    width, height = struct.unpack(">II", data[16:24])
    if not (1 <= width <= MOST_PIXELS and 1 <= height <= MOST_PIXELS):
        raise InputError(
            f"The picture at {place} has {width:,} x {height:,} pixels; expected 1 to "
            f"{MOST_PIXELS:,} each way."
        )
    if not (0 < picture.width <= _LONGEST_CM and 0 < picture.height <= _LONGEST_CM):
        raise InputError(
            f"The picture at {place} would be {picture.width:g} x {picture.height:g} cm; expected "
            f"more than 0 and at most {_LONGEST_CM:g} cm each way."
        )
    return width, height


def _picture_anchor(
    picture: Picture, number: int, relationship: int, *, strict: bool
) -> etree._Element:
    xdr, a = (_XDR_STRICT, _A_STRICT) if strict else (_XDR, _A)
    r = OFFICE_RELATIONSHIPS_STRICT if strict else OFFICE_RELATIONSHIPS
    width, height = round(picture.width * EMU_PER_CM), round(picture.height * EMU_PER_CM)
    anchor = etree.fromstring(
        f'<xdr:oneCellAnchor xmlns:xdr="{xdr}" xmlns:a="{a}" xmlns:r="{r}">'
        f"<xdr:from><xdr:col>{picture.column - 1}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{picture.row - 1}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from>"
        f'<xdr:ext cx="{width}" cy="{height}"/><xdr:pic><xdr:nvPicPr>'
        f'<xdr:cNvPr id="{1000 + number}" name="{OUR_FRAME}picture {number}"/>'
        '<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip r:embed="rId{relationship}"/><a:stretch><a:fillRect/></a:stretch>'
        '</xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/>'
        "</xdr:oneCellAnchor>"
    )
    if picture.alt:
        frame = next(anchor.iter("{*}cNvPr"))
        frame.set("descr", _UNWRITABLE.sub(" ", picture.alt))
    return anchor
