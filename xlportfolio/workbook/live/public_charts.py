"""Charts drawn by the public API of xlwings, which makes them of one block of cells."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from xlportfolio.workbook.description import Chart
from xlportfolio.workbook.live.refusals import excel_words, refusals
from xlportfolio.workbook.references import CellRange, split_reference
from xlportfolio.workbook.rendering.plots import PALETTE, full_reference

if TYPE_CHECKING:
    import xlwings as xw

_POINTS_PER_CM = 72 / 2.54
_TYPES = {
    "column": "column_clustered",
    "stacked_column": "column_stacked",
    "bar": "bar_clustered",
    "stacked_bar": "bar_stacked",
    "line": "line",
    "area": "area",
}
"""Not points and bubbles: the public API cannot say where their x values and sizes stand."""


def draw_charts(sheet: xw.Sheet, charts: Sequence[Chart]) -> list[str]:
    """Draw the charts that can be drawn.

    Returns
    -------
    a sentence for each that was left out
    """
    name = sheet.name
    said = []
    for chart in charts:
        why = "the values do not stand side by side in the order of the series"
        block = _block(chart, name)
        if chart.kind not in _TYPES:
            why = f"it draws no {chart.kind} charts from here"
        elif block is not None:
            why = _draw(sheet, chart, name, block)
        if why:
            said.append(
                f'Chart "{chart.title}" of sheet "{name}" was left out, because this Excel cannot '
                f"be asked for it ({why}); its figures are on the sheet, and Excel for Windows and "
                "xlportfolio run draw it."
            )
    return said


def _block(chart: Chart, sheet: str) -> CellRange | None:
    """The block of the values, where they are adjoining columns of this sheet in their order."""
    block: CellRange | None = None
    for series in chart.series:
        home, area = split_reference(full_reference(series.values, sheet))
        if home.casefold() != sheet.casefold() or area.n_columns > 1:
            return None
        if block is None:
            block = area
        elif (area.first_row, area.last_row, area.first_column) == (
            block.first_row,
            block.last_row,
            block.last_column + 1,
        ):
            block = CellRange(block.first_row, block.first_column, block.last_row, area.last_column)
        else:
            return None
    return block


def _draw(sheet: Any, chart: Chart, name: str, block: CellRange) -> str:
    """Draw one; what was in the way, "" for nothing."""
    drawn = None
    try:
        corner = sheet.range(chart.anchor)
        width, height = chart.width_cm * _POINTS_PER_CM, chart.height_cm * _POINTS_PER_CM
        drawn = sheet.charts.add(corner.left, corner.top, width, height)
        drawn.chart_type = _TYPES[chart.kind]
        drawn.set_source_data(sheet.range(block.address), plot_by="columns")
        if len(drawn.series) == len(chart.series):
            _shape(drawn, chart, name, sheet)
            return ""
        why = "Excel took the cells for other series"
    except refusals() as error:
        why = excel_words(error) or "Excel gave no reason"
    if drawn is not None:
        with suppress(*refusals()):
            drawn.delete()
    return why


def _shape(drawn: Any, chart: Chart, name: str, sheet: Any) -> None:
    categories = chart.series[0].categories
    if categories:
        _, area = split_reference(full_reference(categories, name))
        drawn.set_x_axis_values(sheet.range(area.address))
    for index, series in enumerate(chart.series):
        one = drawn.series[index]
        called = series.name
        if series.name_reference:
            _, area = split_reference(full_reference(series.name_reference, name))
            called = str(sheet.range(area.address).value or "")
        if called:
            one.name = called
        colour = f"#{series.colour or PALETTE[index % len(PALETTE)]}"
        is_line = "line" in (series.kind, chart.kind) and series.kind != "column"
        if series.kind == "line" and chart.kind != "line":
            one.chart_type = "line"
        if is_line:
            one.line_color = colour
        else:
            one.fill_color = colour
    drawn.title = chart.title
    drawn.legend.visible = chart.legend is not None
    if chart.legend is not None:
        drawn.legend.position = chart.legend
    for axis, title in ((drawn.category_axis, chart.x_title), (drawn.value_axis, chart.y_title)):
        axis.title = title
    if chart.y_format:
        drawn.value_axis.number_format = chart.y_format
    if chart.kind.endswith("bar"):
        drawn.category_axis.reverse_order = True
        drawn.category_axis.crosses = "maximum"
