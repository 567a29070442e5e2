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
    Series,
)

from xlportfolio.workbook.description import Chart
from xlportfolio.workbook.references import quote_sheet

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


def drawn(content: Any, sheet: str) -> Any:
    """A chart for openpyxl to write: as it was read, or after what was described."""
    if not isinstance(content, Chart):
        return content
    chart = _KINDS[content.kind]()
    chart.title, chart.anchor = content.title, content.anchor
    chart.width, chart.height = content.width_cm, content.height_cm
    for one in content.series:
        values = _place(one.values, sheet)
        x_values = one.x_values and _place(one.x_values, sheet)
        sizes = one.sizes and _place(one.sizes, sheet)
        series = Series(values, x_values, sizes, title=one.name)
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
