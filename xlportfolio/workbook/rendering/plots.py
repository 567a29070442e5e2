"""The plot of a native chart, as openpyxl makes it, and how a chart names cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Cell, Chart, Series, SheetDescription
from xlportfolio.workbook.references import (
    CellRange,
    column_letter,
    quote_sheet,
    split_reference,
)

PALETTE = ("0072B2", "E69F00", "009E73", "CC79A7", "56B4E9", "D55E00", "7F7F7F", "F0E442")
"""Colour-blind readers tell them apart: Okabe & Ito (2008), Color Universal Design, no black."""

BUBBLE_SCALE = 40
TEXT_COLOUR = "404040"
_GRID = "D9D9D9"
_NO_DECIMALS_FROM = 100
_FEWEST_STEPS = 5  # of the last decimal on an axis
_AXIS = "808080"


def full_reference(reference: str, sheet: str) -> str:
    """A range as a chart names it: with its sheet, and absolute.

    >>> full_reference("B2:B9", "PF Results")
    "'PF Results'!$B$2:$B$9"
    """
    name, area = split_reference(
        reference if "!" in reference else f"{quote_sheet(sheet)}!{reference}"
    )
    first = f"${column_letter(area.first_column)}${area.first_row}"
    last = f"${column_letter(area.last_column)}${area.last_row}"
    return f"{quote_sheet(name)}!{first}" + ("" if first == last else f":{last}")


def own_cells(reference: str, description: SheetDescription) -> list[Cell] | None:
    """The cells of a one-row or one-column reference to this sheet; None for another sheet."""
    sheet, area = split_reference(reference)
    if sheet.casefold() != description.name.casefold():
        return None
    return [description.cells.get(at, Cell(None)) for at in _positions(area)]


def _positions(area: CellRange) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]


def is_numeric(cells: Sequence[Cell] | None) -> bool:
    values = [cell.value for cell in cells or () if cell.value is not None]
    return bool(values) and all(
        isinstance(value, (int, float, date)) and not isinstance(value, bool) for value in values
    )


def native_chart(chart: Chart, description: SheetDescription) -> Any:
    """The openpyxl chart; columns and lines together are two plots over the same axes.

    Raises
    ------
    InputError
        If a series asks for another kind of plot than the chart can hold.
    """
    plots: dict[str, Any] = {}
    for index in drawing_order(chart, description):
        series = chart.series[index]
        kind = _plot_kind(series, chart, description)
        if kind not in plots:
            plots[kind] = _empty_plot(kind)
        plots[kind].series.append(_native_series(series, index, chart, description, kind))
    plot, *over = plots.values()
    for other in over:
        other.y_axis.axId = plot.y_axis.axId
        plot += other
    _shape_frame(plot, chart)
    if chart.kind in ("scatter", "bubble"):
        _shape_number_axes(plot, chart, description)
    return plot


def drawing_order(chart: Chart, description: SheetDescription) -> list[int]:
    """The series, counted from 0, as they are drawn one over another: lines over columns."""
    kinds = [_plot_kind(series, chart, description) for series in chart.series]
    return sorted(range(len(kinds)), key=lambda index: kinds[index] == "line")


def _plot_kind(series: Series, chart: Chart, description: SheetDescription) -> str:
    if series.kind is None or series.kind == chart.kind.removeprefix("stacked_"):
        return chart.kind
    if chart.kind == "scatter" and series.kind == "line":
        return chart.kind  # its points are joined: see `_paint`
    if chart.kind not in ("column", "stacked_column", "line"):
        raise InputError(
            f'Series "{series.name or series.values}" of chart "{chart.title}" on sheet '
            f'"{description.name}" asks for kind "{series.kind}"; expected that in column and line '
            f'charts alone, and the chart is of kind "{chart.kind}".'
        )
    return series.kind


def _empty_plot(kind: str) -> Any:
    from openpyxl.chart import AreaChart, BarChart, BubbleChart, LineChart, ScatterChart

    makers: dict[str, Any] = {"column": BarChart, "bar": BarChart, "line": LineChart}
    makers |= {"area": AreaChart, "scatter": ScatterChart, "bubble": BubbleChart}
    plot = makers[kind.removeprefix("stacked_")]()
    _shape_plot(plot, kind)
    return plot


def _native_series(
    series: Series, index: int, chart: Chart, description: SheetDescription, kind: str
) -> Any:
    from openpyxl.chart.data_source import (
        AxDataSource,
        NumDataSource,
        NumRef,
        StrRef,
    )
    from openpyxl.chart.series import Series as NativeSeries
    from openpyxl.chart.series import SeriesLabel

    def numbers(reference: str) -> NumDataSource:
        return NumDataSource(numRef=NumRef(f=full_reference(reference, description.name)))

    native = NativeSeries(idx=index, order=index)
    if series.name_reference:
        reference = full_reference(series.name_reference, description.name)
        native.tx = SeriesLabel(strRef=StrRef(f=reference))
    elif series.name:
        native.tx = SeriesLabel(v=series.name)
    if kind in ("scatter", "bubble"):
        if series.x_values is None or (kind == "bubble" and series.sizes is None):
            raise InputError(
                f'Series "{series.name or series.values}" of chart "{chart.title}" lacks its x '
                "values or sizes; expected a range for each."
            )
        native.xVal = AxDataSource(
            numRef=NumRef(f=full_reference(series.x_values, description.name))
        )
        native.yVal = numbers(series.values)
        if series.sizes is not None and kind == "bubble":
            native.bubbleSize = numbers(series.sizes)
            native.bubble3D = False
    else:
        native.val = numbers(series.values)
        if series.categories:
            reference = full_reference(series.categories, description.name)
            if is_numeric(own_cells(reference, description)):
                native.cat = AxDataSource(numRef=NumRef(f=reference))
            else:
                native.cat = AxDataSource(strRef=StrRef(f=reference))
    _paint(native, series, kind, series.colour or PALETTE[index % len(PALETTE)])
    reference = full_reference(series.values, description.name)
    if kind == "line" and (chart.kind != "line" or _is_single(reference, description)):
        _mark_points(native, series.colour or PALETTE[index % len(PALETTE)])
    return native


def _is_single(reference: str, description: SheetDescription) -> bool:
    """Whether a series has one value: a line through it alone would not show."""
    cells = own_cells(reference, description)
    return cells is not None and sum(cell.value is not None for cell in cells) == 1


def _mark_points(native: Any, colour: str) -> None:
    from openpyxl.chart.marker import Marker
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    native.marker = Marker(symbol="diamond", size=8)
    native.marker.spPr = GraphicalProperties(solidFill=colour)
    native.marker.spPr.ln = LineProperties(w=6_350, solidFill="FFFFFF", prstDash="solid")


def _paint(native: Any, series: Series, kind: str, colour: str) -> None:
    from openpyxl.chart.marker import Marker
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    dash: Any = "dash" if series.dashed else None
    if "line" in (kind, series.kind):
        native.spPr = GraphicalProperties(
            ln=LineProperties(w=28_575, solidFill=colour, prstDash=dash, cap="rnd")
        )
        native.marker = Marker(symbol="none")
        native.smooth = False
    elif kind == "scatter":
        native.spPr = GraphicalProperties(ln=LineProperties(noFill=True))
        native.marker = Marker(symbol="circle", size=7)
        native.marker.spPr = GraphicalProperties(solidFill=colour)
        native.marker.spPr.ln = LineProperties(w=6_350, solidFill="FFFFFF")
        native.smooth = False
    elif kind == "bubble":
        native.spPr = GraphicalProperties(solidFill=colour)
        native.spPr.ln = LineProperties(w=9_525, solidFill="FFFFFF")
        native.invertIfNegative = False
    else:
        native.spPr = GraphicalProperties(solidFill=colour)
        native.spPr.ln = (
            LineProperties(solidFill=colour, prstDash=dash)
            if dash
            else (LineProperties(noFill=True))
        )
        if kind != "area":
            native.invertIfNegative = False


def _shape_plot(plot: Any, kind: str) -> None:
    if kind in ("column", "stacked_column", "bar", "stacked_bar"):
        plot.type = "bar" if kind.endswith("bar") else "col"
        plot.gapWidth = 60
        plot.varyColors = False
        if kind.startswith("stacked"):
            plot.grouping, plot.overlap = "stacked", 100
        else:
            plot.grouping, plot.overlap = "clustered", 0
        if plot.type == "bar":
            # Excel draws the first bar at the bottom; people read from the top.
            plot.x_axis.scaling.orientation = "maxMin"
            plot.y_axis.crosses = "max"
    elif kind == "scatter":
        plot.style = None
        plot.scatterStyle = "lineMarker"
        plot.varyColors = False
    elif kind == "bubble":
        plot.bubbleScale = BUBBLE_SCALE
        plot.sizeRepresents = "area"
        plot.varyColors = False
    elif kind in ("line", "area"):
        plot.grouping = "standard"
        plot.varyColors = False


def _shape_frame(plot: Any, chart: Chart) -> None:
    from openpyxl.chart.layout import Layout
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    plot.width, plot.height = chart.width_cm, chart.height_cm
    plot.roundedCorners = False
    plot.title = _title(chart.title, size=1200, bold=True)
    plot.title.overlay = False
    plot.title.layout = Layout()
    plot.graphical_properties = GraphicalProperties(solidFill="FFFFFF")
    plot.graphical_properties.ln = LineProperties(w=9_525, solidFill=_GRID)
    if chart.legend is None:
        plot.legend = None
    else:
        plot.legend.position = {"right": "r", "bottom": "b", "top": "t"}[chart.legend]
        plot.legend.overlay = False
        plot.legend.txPr = _text(900)
    for axis, title in ((plot.x_axis, chart.x_title), (plot.y_axis, chart.y_title)):
        axis.delete = False  # openpyxl hides axes otherwise
        axis.majorTickMark = axis.minorTickMark = "none"
        axis.tickLblPos = "nextTo" if chart.kind.endswith("bar") and axis is plot.y_axis else "low"
        axis.txPr = _text(900)
        axis.spPr = GraphicalProperties(ln=LineProperties(w=9_525, solidFill=_AXIS))
        if title:
            axis.title = _title(title, size=900, bold=False)
            axis.title.overlay = False
    if chart.kind not in ("scatter", "bubble"):
        plot.x_axis.majorGridlines = None
        plot.x_axis.noMultiLvlLbl = True
    for axis in (plot.x_axis, plot.y_axis):
        if axis.majorGridlines is not None:
            axis.majorGridlines.spPr = GraphicalProperties(
                ln=LineProperties(w=6_350, solidFill=_GRID)
            )
    if chart.y_format:
        plot.y_axis.number_format = chart.y_format
        plot.y_axis.numFmt.sourceLinked = False
    lying = chart.kind.endswith("bar")
    plot.x_axis.axPos, plot.y_axis.axPos = ("l", "b") if lying else ("b", "l")
    plot.display_blanks = "gap"


def _shape_number_axes(plot: Any, chart: Chart, description: SheetDescription) -> None:
    """Two axes of numbers: each begins at 0 where nothing lies below, the x axis as its cells."""
    across = [series.x_values for series in chart.series if series.x_values]
    along = [series.values for series in chart.series]
    for axis, references in ((plot.x_axis, across), (plot.y_axis, along)):
        cells = [
            cell
            for reference in references
            for cell in own_cells(full_reference(reference, description.name), description) or ()
        ]
        values = [cell.value for cell in cells if isinstance(cell.value, (int, float))]
        if values and min(values) >= 0:
            axis.scaling.min = 0
        formats = [cell.format.number_format for cell in cells if cell.format is not None]
        if axis is plot.x_axis and formats and formats[0]:
            largest = max(map(abs, values), default=0.0)
            axis.number_format = axis_format(formats[0], largest)
            axis.numFmt.sourceLinked = False


def axis_format(cell_format: str, largest: float) -> str:
    """How the marks of an axis are written: as its cells, without decimals on large numbers.

    Numbers too small for the decimals of the cells would all be 0.

    >>> axis_format('#,##0.0;-#,##0.0;"-"', 1400.0), axis_format("0.00", 1.5)
    ('#,##0', '0.00')
    >>> axis_format("#,##0.0", 0.013)
    'General'
    """
    positive = cell_format.partition(";")[0]
    whole, _, decimals = positive.partition(".")
    is_plain = decimals and not decimals.strip("0") and not whole.strip("#,0")
    if is_plain and 0 < largest * 10 ** len(decimals) < _FEWEST_STEPS:
        return "General"
    return whole if is_plain and largest >= _NO_DECIMALS_FROM else positive


def _title(text: str, *, size: int, bold: bool) -> Any:
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.text import (
        CharacterProperties,
        Paragraph,
        ParagraphProperties,
        RegularTextRun,
    )

    look = CharacterProperties(sz=size, b=bold, solidFill=TEXT_COLOUR)
    paragraph = Paragraph(
        pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=text)]
    )
    return Title(tx=Text(rich=RichText(p=[paragraph])))


def _text(size: int) -> Any:
    from openpyxl.chart.text import RichText
    from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties

    look = ParagraphProperties(defRPr=CharacterProperties(sz=size, solidFill=TEXT_COLOUR))
    return RichText(p=[Paragraph(pPr=look, endParaRPr=CharacterProperties())])
