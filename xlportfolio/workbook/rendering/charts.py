"""Native charts: made with openpyxl in a scratch workbook, then finished for another package.

openpyxl writes the plot; what it leaves out is added here: the values that readers without
recalculation show (caches), labels taken from cells (Excel 2013's data label range), and the
strict namespaces.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any, cast

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Cell, Chart, Series, SheetDescription
from xlportfolio.workbook.editing.cellxml import date_serial
from xlportfolio.workbook.references import parse_cell, split_reference
from xlportfolio.workbook.rendering.label_places import Place, Point, label_places
from xlportfolio.workbook.rendering.plots import (
    BUBBLE_SCALE,
    TEXT_COLOUR,
    drawing_order,
    full_reference,
    native_chart,
    own_cells,
)

MAX_SERIES = 255
OUR_FRAME = "xlportfolio "
"""How the names of our charts and pictures begin, by which they are told from the user's own."""
EMU_PER_CM, EMU_PER_POINT, EMU_PER_PIXEL = 360_000, 12_700, 9_525
PIXELS_PER_DIGIT, COLUMN_PADDING = 7, 0.71
"""Of Excel's usual font, in which the widths of columns are counted."""
MAX_LABELLED_POINTS = 200
"""Labels beyond this cover one another; Excel slows down long before its own limit."""


_OPACITY = {"bubble": "70000", "area": "60000"}  # thousandths of a per cent
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_C15 = "http://schemas.microsoft.com/office/drawing/2012/chart"
_LABEL_RANGE = "{02D57815-91ED-43cb-92C2-25804820EDAC}"
_LABEL_OPTIONS = "{CE6537A1-D6FC-4f65-9D91-7224C49458BB}"
_FIELD_IDS = uuid.UUID("0d1c64b1-8ca5-4e8f-b0a4-5f2a6d5ff1a9")
_LABEL_LOOK = (
    '<c:txPr><a:bodyPr wrap="none"/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="800"><a:solidFill>'
    f'<a:srgbClr val="{TEXT_COLOUR}"/></a:solidFill></a:defRPr></a:pPr>'
    '<a:endParaRPr lang="en-GB"/></a:p></c:txPr>'
)
_STRICT = (
    (
        b"http://schemas.openxmlformats.org/drawingml/2006/",
        b"http://purl.oclc.org/ooxml/drawingml/",
    ),
    (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
)


@dataclass(frozen=True)
class DrawingParts:
    """A drawing and its charts; the drawing names chart i (from 0) as relationship rId{i + 1}."""

    drawing: bytes
    charts: tuple[bytes, ...]


def drawing_parts(description: SheetDescription, *, strict: bool, date1904: bool) -> DrawingParts:
    """Make the drawing of a sheet and the chart parts that it shows.

    Parameters
    ----------
    description : its `charts`, over the cells that it holds
    strict : whether the workbook uses the strict namespaces
    date1904 : whether the workbook counts its days from 1904

    Raises
    ------
    InputError
        If a chart has no series or too many, or a reference is none.
    """
    from openpyxl import Workbook

    scratch = Workbook()
    sheet = scratch.worksheets[0]
    for chart in description.charts:
        if not 1 <= len(chart.series) <= MAX_SERIES:
            raise InputError(
                f'Chart "{chart.title}" of sheet "{description.name}" has {len(chart.series)} '
                f"series; expected 1 to {MAX_SERIES}."
            )
        native = native_chart(chart, description)
        sheet.add_chart(native, chart.anchor)
        native.anchor = _over_columns(chart, description) or chart.anchor
    stream = io.BytesIO()
    scratch.save(stream)
    with zipfile.ZipFile(stream) as made:
        drawing = made.read("xl/drawings/drawing1.xml")
        charts = [
            _finished(made.read(f"xl/charts/chart{i}.xml"), chart, description, date1904)
            for i, chart in enumerate(description.charts, start=1)
        ]
    drawing = _with_titles(drawing, description.charts)
    if strict:
        drawing, charts = _as_strict(drawing), [_as_strict(chart) for chart in charts]
    return DrawingParts(drawing, tuple(charts))


def _over_columns(chart: Chart, description: SheetDescription) -> Any:
    """An anchor at both ends where the description says how wide each column under the chart is.

    How wide a column is in the end depends on the workbook's font: tied to cells, charts that
    stand side by side over set columns neither overlap nor leave gaps.
    """
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor

    row, column = parse_cell(chart.anchor)
    to_column, width = column, round(chart.width_cm * EMU_PER_CM)
    while to_column in description.widths:
        pixels = int((description.widths[to_column] + COLUMN_PADDING) * PIXELS_PER_DIGIT)
        if width <= pixels * EMU_PER_PIXEL:
            break
        width -= pixels * EMU_PER_PIXEL
        to_column += 1
    else:
        return None
    to_row, height = row, round(chart.height_cm * EMU_PER_CM)
    while height > (points := round(description.heights.get(to_row, 15.0) * EMU_PER_POINT)):
        height -= points
        to_row += 1
    return TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(col=column - 1, row=row - 1),
        to=AnchorMarker(col=to_column - 1, colOff=width, row=to_row - 1, rowOff=height),
    )


def _finished(content: bytes, chart: Chart, description: SheetDescription, date1904: bool) -> bytes:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for run in [*root.iterfind(f".//{{{_C}}}txPr/{{{_A}}}p/{{{_A}}}r")]:
        cast(etree._Element, run.getparent()).remove(run)  # empty: the look of text has no text
    for reference in root.iter(f"{{{_C}}}numRef", f"{{{_C}}}strRef"):
        _fill_cache(reference, description, date1904)
    order = drawing_order(chart, description)
    places = _places(chart, description)
    for index, node in zip(order, root.iter(f"{{{_C}}}ser"), strict=True):
        series = chart.series[index]
        # openpyxl counts the series of each plot anew; the legend follows these numbers.
        for number in ("idx", "order"):
            cast(etree._Element, node.find(f"{{{_C}}}{number}")).set("val", str(index))
        if chart.kind in _OPACITY:
            for colour in node.iterfind(f"{{{_C}}}spPr/{{{_A}}}solidFill/{{{_A}}}srgbClr"):
                etree.SubElement(colour, f"{{{_A}}}alpha").set("val", _OPACITY[chart.kind])
        if series.labels:
            _label_points(node, series, chart, description, places.get(index, ()))
    etree.cleanup_namespaces(root, top_nsmap={"c": _C, "a": _A}, keep_ns_prefixes=["c", "a"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _fill_cache(reference: etree._Element, description: SheetDescription, date1904: bool) -> None:
    name = etree.QName(reference).localname
    text = reference.findtext(f"{{{_C}}}f") or ""
    for old in reference.findall(f"{{{_C}}}{name[:3]}Cache"):
        reference.remove(old)
    cells = own_cells(text, description)
    if cells is None:
        return
    cache = etree.SubElement(reference, f"{{{_C}}}{name[:3]}Cache")
    if name == "numRef":
        etree.SubElement(cache, f"{{{_C}}}formatCode").text = _format_code(cells)
    etree.SubElement(cache, f"{{{_C}}}ptCount").set("val", str(len(cells)))
    for i, cell in enumerate(cells):
        value = _cached(cell, name == "numRef", date1904)
        if value:
            point = etree.SubElement(cache, f"{{{_C}}}pt")
            point.set("idx", str(i))
            etree.SubElement(point, f"{{{_C}}}v").text = value


def _format_code(cells: Sequence[Cell]) -> str:
    for cell in cells:
        if cell.format is not None and cell.format.number_format:
            return cell.format.number_format
    return "yyyy-mm-dd" if any(isinstance(cell.value, date) for cell in cells) else "General"


def _cached(cell: Cell, numeric: bool, date1904: bool) -> str:
    """A value as a cache holds it; "" for none."""
    value = cell.value
    if numeric:
        if isinstance(value, date):
            return repr(date_serial(value, "the chart", date1904=date1904))
        return "" if value is None or isinstance(value, str) else repr(float(value))
    return _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value)
    return "".join(character for character in text if character >= " " or character == "\n")


def _places(chart: Chart, description: SheetDescription) -> dict[int, list[Place]]:
    """By series of bubbles or dots, the side of each label that keeps clear of the others."""
    if chart.kind not in ("bubble", "scatter"):
        return {}
    points: list[Point] = []
    ends: dict[int, range] = {}
    for index, series in enumerate(chart.series):
        columns = [
            own_cells(full_reference(reference, description.name), description) if reference else ()
            for reference in (series.x_values, series.values, series.sizes, series.labels)
        ]
        xs, ys, sizes, labels = ([cell.value for cell in cells or ()] for cells in columns)
        first = len(points)
        points += [
            Point(_number(x), _number(y), _number(size), _shown(label))
            for x, y, size, label in zip_longest(xs, ys, sizes, labels)
        ]
        ends[index] = range(first, len(points))
    if len(points) > MAX_LABELLED_POINTS:
        return {}
    places = label_places(points, chart.width_cm, chart.height_cm, BUBBLE_SCALE)
    return {index: places[span.start : span.stop] for index, span in ends.items()}


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _label_points(
    node: etree._Element,
    series: Series,
    chart: Chart,
    description: SheetDescription,
    places: Sequence[Place],
) -> None:
    """Label each point with the text of a cell (MS-ODRAWXML 2.24.3.4, datalabelsRange).

    Excel before 2013 and other readers show the field's text, which is that of the cell as well.
    """
    reference = full_reference(series.labels or "", description.name)
    cells = own_cells(reference, description)
    _, area = split_reference(reference)
    texts = [_shown(cell.value) for cell in cells] if cells is not None else []
    for old in node.findall(f"{{{_C}}}dLbls"):
        node.remove(old)
    place = _label_place(chart.kind if series.kind is None else series.kind)
    flags = "".join(
        f'<c:{flag} val="0"/>'
        for flag in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent")
    )
    flags += '<c:showBubbleSize val="0"/>'
    labels = etree.fromstring(
        f'<c:dLbls xmlns:c="{_C}" xmlns:a="{_A}" xmlns:c15="{_C15}"><c:spPr><a:noFill/><a:ln>'
        f"<a:noFill/></a:ln></c:spPr>{_LABEL_LOOK}{place}{flags}<c:extLst><c:ext "
        f'uri="{_LABEL_OPTIONS}"><c15:showDataLabelsRange val="1"/>'
        "</c:ext></c:extLst></c:dLbls>"
    )
    for i in reversed(range(min(len(texts), MAX_LABELLED_POINTS))):
        own = f'<c:dLblPos val="{places[i]}"/>' if i < len(places) else place
        labels.insert(0, _point_label(i, texts[i], own, flags, f"{chart.title} {reference} {i}"))
    after = ("trendline", "errBars", "cat", "val", "xVal", "yVal", "shape", "smooth", "bubbleSize")
    at = next(i for i, child in enumerate(node) if etree.QName(child).localname in after)
    node.insert(at, labels)
    points = "".join(
        f'<c:pt idx="{i}"><c:v>{_xml(text)}</c:v></c:pt>' for i, text in enumerate(texts) if text
    )
    count = area.n_rows * area.n_columns
    cache = f'<c15:dlblRangeCache><c:ptCount val="{count}"/>{points}</c15:dlblRangeCache>'
    node.append(
        etree.fromstring(
            f'<c:extLst xmlns:c="{_C}"><c:ext uri="{_LABEL_RANGE}" xmlns:c15="{_C15}">'
            f"<c15:datalabelsRange><c15:f>{_xml(reference)}</c15:f>{cache}</c15:datalabelsRange>"
            "</c:ext></c:extLst>"
        )
    )


def _label_place(kind: str) -> str:
    """Where labels stand, as far as Excel allows it for a kind of plot."""
    places = {"line": "t", "scatter": "r", "bubble": "r", "column": "outEnd", "bar": "outEnd"}
    if kind == "area":
        return ""
    return f'<c:dLblPos val="{places.get(kind, "ctr")}"/>'


def _point_label(index: int, text: str, place: str, flags: str, seed: str) -> etree._Element:
    if not text:
        return etree.fromstring(
            f'<c:dLbl xmlns:c="{_C}"><c:idx val="{index}"/><c:delete val="1"/></c:dLbl>'
        )
    field_id = "{" + str(uuid.uuid5(_FIELD_IDS, seed)).upper() + "}"
    return etree.fromstring(
        f'<c:dLbl xmlns:c="{_C}" xmlns:a="{_A}" xmlns:c15="{_C15}"><c:idx val="{index}"/><c:tx>'
        f'<c:rich><a:bodyPr wrap="none"/><a:lstStyle/><a:p><a:fld id="{field_id}" type="CELLRANGE">'
        f'<a:rPr lang="en-GB"/><a:t>{_xml(text)}</a:t></a:fld><a:endParaRPr lang="en-GB"/></a:p>'
        f'</c:rich></c:tx>{_LABEL_LOOK}{place}{flags}<c:extLst><c:ext uri="{_LABEL_OPTIONS}">'
        '<c15:showDataLabelsRange val="1"/></c:ext></c:extLst></c:dLbl>'
    )


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_titles(drawing: bytes, charts: Sequence[Chart]) -> bytes:
    """Name the frames after their charts, for the selection pane and for screen readers."""
    root = etree.fromstring(drawing)
    frames = list(root.iter("{*}cNvPr"))
    titles: Mapping[int, str] = {i: chart.title for i, chart in enumerate(charts)}
    for i, frame in enumerate(frames):
        frame.set("id", str(i + 2))
        frame.set("name", f"{OUR_FRAME}chart {i + 1}")
        if titles.get(i):
            frame.set("descr", titles[i])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _as_strict(content: bytes) -> bytes:
    for transitional, strict in _STRICT:
        content = content.replace(transitional, strict)
    return content
