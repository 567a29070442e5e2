"""Native charts drawn by Excel for Windows, as the closed workbook has them.

Each series is one formula, `=SERIES(name,categories,values,order,sizes)`: Series.Formula takes
English and A1 in every language of Excel (learn.microsoft.com/office/vba/api/excel.series.formula),
while Series.BubbleSizes wants R1C1 text (excel.series.bubblesizes), whose letters are the
language's own. Labels from cells are Excel 2013's chart field of the kind range (office.textrange2.
insertchartfield, as the macro recorder writes it). None of it was tried in Excel. In doubt are
above all the formula of a bubble series that is still empty, and whether a marker keeps its colours
after its line got one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Any

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Chart, Series
from xlportfolio.workbook.live.refusals import com_error, excel_words
from xlportfolio.workbook.live.windows_views import colour_number
from xlportfolio.workbook.references import CellRange, split_reference
from xlportfolio.workbook.rendering.label_places import Place, Point, label_places
from xlportfolio.workbook.rendering.plots import (
    BUBBLE_SCALE,
    PALETTE,
    TEXT_COLOUR,
    axis_format,
    full_reference,
)

POINTS_PER_CM = 72 / 2.54
MAX_SERIES = 255
MAX_LABELLED_POINTS = 200
_MOST_CELLS = 50_000
"""Read at once to place labels and axes; charts of ours stand over far fewer."""
_LONGEST_NAME = 255
"""Of a text within a formula."""

CHART_TYPES = {
    "column": 51,  # xlColumnClustered
    "stacked_column": 52,  # xlColumnStacked
    "bar": 57,  # xlBarClustered
    "stacked_bar": 58,  # xlBarStacked
    "line": 4,  # xlLine
    "area": 1,  # xlArea
    "scatter": -4169,  # xlXYScatter
    "bubble": 15,  # xlBubble
}
LINES_WITHOUT_MARKERS = 75  # xlXYScatterLinesNoMarkers
LEGEND_POSITIONS = {"bottom": -4107, "right": -4152, "top": -4160}  # xlLegendPosition...
CATEGORY_AXIS, VALUE_AXIS = 1, 2  # xlCategory, xlValue
DASHED = 4  # msoLineDash
_SOLID = 1  # msoLineSolid
_YES, _NO = -1, 0  # msoTrue, msoFalse
_NONE = -4142  # xlNone: no marker, no tick mark
_CIRCLE, _DIAMOND = 8, 2  # xlMarkerStyle...
_MOVE = 2  # xlMove: with the cells, and not sized with them
_NOT_PLOTTED = 1  # xlNotPlotted: a gap
_CATEGORY_SCALE = 2  # xlCategoryScale: dates are categories like others
_MAXIMUM = 2  # xlMaximum
_LABELS_LOW, _LABELS_NEXT = -4134, 4  # xlTickLabelPosition...
_SIZE_IS_AREA = 1  # xlSizeIsArea
_RANGE_FIELD = 7  # msoChartFieldRange
_WHITE, _GRID, _AXIS = "FFFFFF", "D9D9D9", "808080"
_TRANSPARENCY = {"bubble": 0.3, "area": 0.4}
_SIDES: dict[Place, int] = {"r": -4152, "l": -4131, "t": 0, "b": 1}  # xlLabelPosition...
_LABEL_POSITIONS = {"line": 0, "scatter": -4152, "bubble": -4152, "column": 2, "bar": 2}
_LABELS_IN_THE_MIDDLE = -4108  # xlLabelPositionCenter


def draw_charts(sheet: Any, charts: Sequence[Chart]) -> list[str]:
    """Draw charts on a sheet, over its cells as they are now.

    Parameters
    ----------
    sheet
        The COM worksheet.
    charts
        References without a sheet are the sheet's own.

    Returns
    -------
    a sentence for each chart or set of labels that was left out
    """
    name = str(sheet.Name)
    cells = _cells_of(sheet, name, charts)
    said: list[str] = []
    for chart in charts:
        flaw = _flaw(chart)
        if flaw:
            said.append(f'Chart "{chart.title}" of sheet "{name}" was left out: {flaw}.')
            continue
        try:
            frame = _frame(sheet, chart)
        except com_error() as error:
            said.append(_left_out(chart, name, error))
            continue
        try:
            said += _draw(frame.Chart, chart, name, cells, sheet)
        except com_error() as error:
            said.append(_left_out(chart, name, error))
            with suppress(com_error()):
                frame.Delete()
    return said


def _flaw(chart: Chart) -> str:
    """Why a chart cannot be drawn by anyone, as the closed workbook says it; "" for a good one."""
    if not 1 <= len(chart.series) <= MAX_SERIES:
        return f"it has {len(chart.series)} series; expected 1 to {MAX_SERIES}"
    for series in chart.series:
        called = f'its series "{series.name or series.values}"'
        mixes = chart.kind in ("column", "stacked_column", "line")
        same = series.kind in (None, chart.kind.removeprefix("stacked_"))
        joined = chart.kind == "scatter" and series.kind == "line"
        if not (mixes or same or joined):
            return f'{called} asks for kind "{series.kind}", which only column and line charts mix'
        if chart.kind in ("scatter", "bubble") and series.x_values is None:
            return f"{called} lacks its x values; expected a range for them"
        if chart.kind == "bubble" and series.sizes is None:
            return f"{called} lacks its sizes; expected a range for them"
    return ""


def _left_out(chart: Chart, sheet: str, error: Exception) -> str:
    words = excel_words(error)
    said = f' and says "{words}"' if words else ""
    return (
        f'Chart "{chart.title}" of sheet "{sheet}" was left out, because Excel refused it{said}; '
        "its figures are on the sheet: select them and use Insert > Chart, or run again."
    )


# -- the cells under the charts ------------------------------------------------------------------


class _Cells:
    """What the cells hold that charts name, read at once."""

    def __init__(self, sheet: str, area: CellRange | None, rows: Sequence[Sequence[object]]):
        self._sheet, self._area, self._rows = sheet, area, rows

    def values(self, reference: str | None) -> list[object]:
        """The cells of a reference; none where they lie on another sheet."""
        if reference is None or self._area is None:
            return []
        sheet, cells = split_reference(full_reference(reference, self._sheet))
        if sheet.casefold() != self._sheet.casefold():
            return []
        top, left = self._area.first_row, self._area.first_column
        return [
            value
            for row in self._rows[cells.first_row - top : cells.last_row - top + 1]
            for value in row[cells.first_column - left : cells.last_column - left + 1]
        ]

    def numbers(self, reference: str | None) -> list[float]:
        """The numbers among them; an error of Excel is an int, and none of them."""
        return [value for value in self.values(reference) if isinstance(value, float)]


def _cells_of(sheet: Any, name: str, charts: Sequence[Chart]) -> _Cells:
    areas = []
    for chart in charts:
        for series in chart.series:
            for reference in (series.values, series.x_values, series.sizes, series.labels):
                if reference is None:
                    continue
                try:
                    home, area = split_reference(full_reference(reference, name))
                except InputError:
                    continue
                if home.casefold() == name.casefold():
                    areas.append(area)
    if not areas:
        return _Cells(name, None, ())
    box = CellRange(
        min(area.first_row for area in areas),
        min(area.first_column for area in areas),
        max(area.last_row for area in areas),
        max(area.last_column for area in areas),
    )
    if box.n_rows * box.n_columns > _MOST_CELLS:
        return _Cells(name, None, ())
    found = sheet.Range(box.address).Value2
    return _Cells(name, box, found if isinstance(found, tuple) else ((found,),))


# -- one chart -----------------------------------------------------------------------------------


def _frame(sheet: Any, chart: Chart) -> Any:
    corner = sheet.Range(chart.anchor)
    width, height = (round(cm * POINTS_PER_CM, 2) for cm in (chart.width_cm, chart.height_cm))
    frame = sheet.ChartObjects().Add(corner.Left, corner.Top, width, height)
    frame.Placement = _MOVE
    with suppress(com_error()):  # for screen readers; the chart does without
        frame.ShapeRange.AlternativeText = chart.title
    return frame


def _draw(native: Any, chart: Chart, name: str, cells: _Cells, sheet: Any) -> list[str]:
    collection = native.SeriesCollection()
    for _ in range(int(collection.Count)):  # Excel takes the cells around the active one
        collection.Item(1).Delete()
    native.ChartType = CHART_TYPES[chart.kind]
    drawn = []
    for order, series in enumerate(chart.series, 1):
        one = collection.NewSeries()
        one.Formula = series_formula(series, order, chart.kind, name)
        drawn.append(one)
    _shape_groups(native, chart)
    for index, (one, series) in enumerate(zip(drawn, chart.series, strict=True)):
        colour = colour_number(series.colour or PALETTE[index % len(PALETTE)])
        _paint(one, series, chart, colour, is_single=len(cells.numbers(series.values)) == 1)
    _shape_frame(native, chart)
    _shape_axes(native, chart)
    if chart.kind in ("scatter", "bubble"):
        _shape_number_axes(native, chart, cells, sheet)
    return _label(drawn, chart, name, cells)


def series_formula(series: Series, order: int, kind: str, sheet: str) -> str:
    """The formula of a series, English and A1.

    Parameters
    ----------
    series
        With `sizes` for a bubble chart, `x_values` for one of points.
    order
        Its place among the series, from 1.
    kind
        Of the chart.
    sheet
        To which references without a sheet belong.

    Examples
    --------
    >>> series_formula(Series("B2:B9", categories="A2:A9", name="Spend"), 1, "line", "PF Plan")
    '=SERIES("Spend",\\'PF Plan\\'!$A$2:$A$9,\\'PF Plan\\'!$B$2:$B$9,1)'
    """
    if series.name_reference:
        name = full_reference(series.name_reference, sheet)
    elif series.name:
        name = '"' + series.name[:_LONGEST_NAME].replace('"', '""') + '"'
    else:
        name = ""
    across = series.x_values if kind in ("scatter", "bubble") else series.categories
    parts = [
        name,
        full_reference(across, sheet) if across else "",
        full_reference(series.values, sheet),
        str(order),
    ]
    if kind == "bubble" and series.sizes:
        parts.append(full_reference(series.sizes, sheet))
    return f"=SERIES({','.join(parts)})"


def _shape_groups(native: Any, chart: Chart) -> None:
    """While all series are of one kind, and so in one group."""
    if chart.kind.endswith(("column", "bar")):
        group = native.ChartGroups(1)
        group.GapWidth = 60
        group.Overlap = 100 if chart.kind.startswith("stacked") else 0
    elif chart.kind == "bubble":
        group = native.ChartGroups(1)
        group.BubbleScale = BUBBLE_SCALE
        group.SizeRepresents = _SIZE_IS_AREA


def _paint(one: Any, series: Series, chart: Chart, colour: int, *, is_single: bool) -> None:
    kind = series.kind or chart.kind
    if kind == "line":
        if chart.kind == "scatter":
            one.ChartType = LINES_WITHOUT_MARKERS
        elif chart.kind != "line":
            one.ChartType = CHART_TYPES["line"]
        line = one.Format.Line
        line.Visible = _YES
        line.ForeColor.RGB = colour
        line.Weight = 2.25
        line.DashStyle = DASHED if series.dashed else _SOLID
        # A line through one point alone would not show, nor one point above each column.
        if chart.kind.endswith("column") or (is_single and chart.kind == "line"):
            _mark(one, _DIAMOND, 8, colour)
        else:
            one.MarkerStyle = _NONE
        one.Smooth = False
    elif kind == "scatter":
        _mark(one, _CIRCLE, 7, colour)
    else:
        if series.kind == "column" and chart.kind == "line":
            one.ChartType = CHART_TYPES["column"]
        fill = one.Format.Fill
        fill.Visible = _YES
        fill.Solid()
        fill.ForeColor.RGB = colour
        if chart.kind in _TRANSPARENCY:
            fill.Transparency = _TRANSPARENCY[chart.kind]
        line = one.Format.Line
        if series.dashed or chart.kind == "bubble":
            line.Visible = _YES
            line.ForeColor.RGB = colour if series.dashed else colour_number(_WHITE)
            line.Weight = 0.75
            line.DashStyle = DASHED if series.dashed else _SOLID
        else:
            line.Visible = _NO
        if chart.kind != "area":
            one.InvertIfNegative = False


def _mark(one: Any, style: int, size: int, colour: int) -> None:
    one.MarkerStyle = style
    one.MarkerSize = size
    one.MarkerBackgroundColor = colour
    one.MarkerForegroundColor = colour_number(_WHITE)


def _shape_frame(native: Any, chart: Chart) -> None:
    native.HasTitle = True
    native.ChartTitle.Text = chart.title
    _write(native.ChartTitle, 12, bold=True)
    native.HasLegend = chart.legend is not None
    if chart.legend is not None:
        native.Legend.Position = LEGEND_POSITIONS[chart.legend]
        _write_in(native.Legend.Font)
    native.DisplayBlanksAs = _NOT_PLOTTED
    area = native.ChartArea.Format
    area.Fill.ForeColor.RGB = colour_number(_WHITE)
    area.Line.ForeColor.RGB = colour_number(_GRID)


def _write(part: Any, size: int, *, bold: bool = False) -> None:
    """How titles and labels are written; their Font of old is documented no more."""
    font = part.Format.TextFrame2.TextRange.Font
    font.Size = size
    font.Bold = _YES if bold else _NO
    font.Fill.ForeColor.RGB = colour_number(TEXT_COLOUR)


def _write_in(font: Any) -> None:
    font.Size = 9
    font.Color = colour_number(TEXT_COLOUR)


def _shape_axes(native: Any, chart: Chart) -> None:
    has_numbers = chart.kind in ("scatter", "bubble")
    for number, title in ((CATEGORY_AXIS, chart.x_title), (VALUE_AXIS, chart.y_title)):
        axis = native.Axes(number)
        axis.HasTitle = bool(title)
        if title:
            axis.AxisTitle.Text = title
            _write(axis.AxisTitle, 9)
        lies = chart.kind.endswith("bar") and number == VALUE_AXIS
        axis.TickLabelPosition = _LABELS_NEXT if lies else _LABELS_LOW
        axis.MajorTickMark = _NONE
        _write_in(axis.TickLabels.Font)
        axis.Format.Line.ForeColor.RGB = colour_number(_AXIS)
        axis.HasMajorGridlines = has_numbers or number == VALUE_AXIS
        if has_numbers or number == VALUE_AXIS:
            axis.MajorGridlines.Format.Line.ForeColor.RGB = colour_number(_GRID)
        if number == CATEGORY_AXIS and not has_numbers:
            axis.CategoryType = _CATEGORY_SCALE
            if chart.kind.endswith("bar"):
                # Excel draws the first bar at the bottom; people read from the top.
                axis.ReversePlotOrder = True
                axis.Crosses = _MAXIMUM
        if number == VALUE_AXIS and chart.y_format:
            axis.TickLabels.NumberFormat = chart.y_format


def _shape_number_axes(native: Any, chart: Chart, cells: _Cells, sheet: Any) -> None:
    """Each axis begins at 0 where nothing lies below; the x axis is written as its cells."""
    across = [value for series in chart.series for value in cells.numbers(series.x_values)]
    along = [value for series in chart.series for value in cells.numbers(series.values)]
    for number, values in ((CATEGORY_AXIS, across), (VALUE_AXIS, along)):
        if values and min(values) >= 0:
            native.Axes(number).MinimumScale = 0
    if across:
        home = full_reference(chart.series[0].x_values or "", str(sheet.Name))
        _, area = split_reference(home)
        first = CellRange(area.first_row, area.first_column, area.first_row, area.first_column)
        cell_format = sheet.Range(first.address).NumberFormat
        if cell_format:
            written = axis_format(str(cell_format), max(map(abs, across)))
            native.Axes(CATEGORY_AXIS).TickLabels.NumberFormat = written


# -- labels --------------------------------------------------------------------------------------


def _label(drawn: Sequence[Any], chart: Chart, name: str, cells: _Cells) -> list[str]:
    """Label points with the texts of cells; a sentence where this Excel cannot."""
    if not any(series.labels for series in chart.series):
        return []
    places = _places(chart, cells)
    try:
        for index, (one, series) in enumerate(zip(drawn, chart.series, strict=True)):
            if series.labels:
                _label_series(one, series, chart.kind, name, places.get(index, ()))
    except com_error():
        for one in drawn:
            with suppress(com_error()):
                one.HasDataLabels = False
        return [
            f'Chart "{chart.title}" of sheet "{name}" has no labels at its points: this Excel '
            "takes none from cells (it can from 2013 on); its table says which is which."
        ]
    return []


def _label_series(one: Any, series: Series, kind: str, name: str, places: Sequence[Place]) -> None:
    one.HasDataLabels = True
    labels = one.DataLabels()
    field = f"={full_reference(series.labels or '', name)}"
    labels.Format.TextFrame2.TextRange.InsertChartField(_RANGE_FIELD, field, 0)
    labels.ShowRange = True
    labels.ShowValue = False
    own = series.kind or kind
    if own != "area":
        labels.Position = _LABEL_POSITIONS.get(own, _LABELS_IN_THE_MIDDLE)
    _write(labels, 8)
    for point, place in enumerate(places, 1):
        if place != "r":
            one.Points(point).DataLabel.Position = _SIDES[place]


def _places(chart: Chart, cells: _Cells) -> Mapping[int, list[Place]]:
    """By series of bubbles or dots, the side of each label that keeps clear of the others."""
    if chart.kind not in ("bubble", "scatter"):
        return {}
    points: list[Point] = []
    spans: dict[int, range] = {}
    for index, series in enumerate(chart.series):
        first = len(points)
        columns = (series.x_values, series.values, series.sizes, series.labels)
        points += [
            Point(_number(x), _number(y), _number(size), shown(label))
            for x, y, size, label in zip_longest(*map(cells.values, columns))
        ]
        spans[index] = range(first, len(points))
    if len(points) > MAX_LABELLED_POINTS:
        return {}
    places = label_places(points, chart.width_cm, chart.height_cm, BUBBLE_SCALE)
    return {index: places[span.start : span.stop] for index, span in spans.items()}


def _number(value: object) -> float:
    return value if isinstance(value, float) else 0.0


def shown(value: object) -> str:
    """A value as a label shows it.

    >>> shown(7.0), shown("Bridge"), shown(None)
    ('7', 'Bridge', '')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
