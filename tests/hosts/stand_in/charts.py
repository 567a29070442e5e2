"""Charts: what was described is kept as it was, and drawn roughly where a file is written."""

from __future__ import annotations

from typing import Any

from openpyxl.chart import (
    AreaChart,
    BarChart,
    BubbleChart,
    LineChart,
    Reference,
    ScatterChart,
)
from openpyxl.chart import Series as DrawnSeries

from xlportfolio.workbook.description import Chart, Series
from xlportfolio.workbook.references import cell_address, quote_sheet

_KINDS = {
    "column": BarChart,
    "stacked_column": BarChart,
    "bar": BarChart,
    "stacked_bar": BarChart,
    "line": LineChart,
    "area": AreaChart,
    "scatter": ScatterChart,
    "bubble": BubbleChart,
}
_LEGENDS: dict[str, Any] = {"r": "right", "b": "bottom", "t": "top"}
_EMU_PER_CM = 360_000


def drawn(content: Chart, sheet: str) -> Any:
    """A chart for openpyxl to write, roughly as it was described."""
    chart = _KINDS[content.kind]()
    chart.title, chart.anchor = content.title, content.anchor
    chart.width, chart.height = content.width_cm, content.height_cm
    for one in content.series:
        values = _place(one.values, sheet)
        x_values = one.x_values and _place(one.x_values, sheet)
        sizes = one.sizes and _place(one.sizes, sheet)
        series = DrawnSeries(values, x_values, sizes, title=one.name)
        if one.categories and content.kind not in ("scatter", "bubble"):
            series.cat = _categories(_place(one.categories, sheet))
        chart.series.append(series)
    return chart


def _place(reference: str, sheet: str) -> Reference:
    return Reference(
        range_string=reference if "!" in reference else f"{quote_sheet(sheet)}!{reference}"
    )


def _categories(place: Reference) -> Any:
    from openpyxl.chart.data_source import AxDataSource, NumRef

    return AxDataSource(numRef=NumRef(f=str(place)))


# -- charts of a file, as we would describe them -------------------------------------------------


def described(chart: Any) -> Chart | None:
    """A chart as it would be described for us to draw; None where we draw no such."""
    kind = _kind(chart)
    series = [
        found
        for part in chart._charts
        for one in part.series
        if (found := _series(one, None if part is chart else _kind(part))) is not None
    ]
    if kind is None or len(series) < sum(len(part.series) for part in chart._charts):
        return None
    width, height = _size(chart.anchor)
    legend = chart.legend.position if chart.legend is not None else None
    return Chart(
        kind,
        _text(chart.title) or "",
        tuple(series),
        cell_address(chart.anchor._from.row + 1, chart.anchor._from.col + 1),
        width,
        height,
        _text(chart.x_axis.title),
        _text(chart.y_axis.title),
        _number_format(chart.y_axis),
        _LEGENDS.get(legend or ""),
    )


def _kind(chart: Any) -> Any:
    is_stacked = getattr(chart, "grouping", None) == "stacked"
    if isinstance(chart, BarChart):
        kind = "bar" if chart.type == "bar" else "column"
        return f"stacked_{kind}" if is_stacked else kind
    plain = {LineChart: "line", AreaChart: "area", ScatterChart: "scatter", BubbleChart: "bubble"}
    return plain.get(type(chart))


def _series(one: Any, kind: Any) -> Series | None:
    values = _reference(one.val) or _reference(getattr(one, "yVal", None))
    if values is None:
        return None
    name = one.tx
    shape = one.graphicalProperties
    line = shape.line if shape is not None else None
    return Series(
        values,
        _reference(one.cat),
        name.v if name is not None else None,
        name.strRef.f if name is not None and name.strRef is not None else None,
        _reference(getattr(one, "xVal", None)),
        _reference(getattr(one, "bubbleSize", None)),
        None,
        _series_colour(shape, line),
        line is not None and line.dashStyle not in (None, "solid"),
        kind if kind in ("column", "line") else None,
    )


def _reference(source: Any) -> str | None:
    for part in ("numRef", "strRef"):
        found = getattr(source, part, None)
        if found is not None:
            return str(found.f)
    return None


def _series_colour(shape: Any, line: Any) -> str | None:
    for part in (shape, line):
        fill = part.solidFill if part is not None else None
        if fill is not None and fill.srgbClr is not None:
            return str(getattr(fill.srgbClr, "val", fill.srgbClr))
    return None


def _text(title: Any) -> str | None:
    if title is None or title.tx is None or title.tx.rich is None:
        return None
    runs = (run for paragraph in title.tx.rich.p for run in paragraph.r or ())
    return "".join(run.t for run in runs) or None


def _number_format(axis: Any) -> str | None:
    shown = getattr(axis, "numFmt", None)
    return shown.formatCode if shown is not None and not shown.sourceLinked else None


def _size(anchor: Any) -> tuple[float, float]:
    """Centimetres where the file says them, else so many columns and rows of the usual size."""
    extent = getattr(anchor, "ext", None)
    if extent is not None:
        return round(extent.cx / _EMU_PER_CM, 2), round(extent.cy / _EMU_PER_CM, 2)
    start, end = anchor._from, anchor.to
    wide = (end.col - start.col) * 64 * 9525 + end.colOff - start.colOff
    high = (end.row - start.row) * 20 * 9525 + end.rowOff - start.rowOff
    return round(wide / _EMU_PER_CM, 2), round(high / _EMU_PER_CM, 2)
