"""The charts of a sheet of ours, read back from Excel for Windows as they would be described.

Only charts of the kinds that we draw are read, so that an undo can draw them again; others are
passed over. Excel does not say from which cells labels were taken: the column or row beside the
values that holds their texts is looked for. Nothing here was tried in Excel.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal, cast

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Chart, Series
from xlportfolio.workbook.live.refusals import com_error
from xlportfolio.workbook.live.windows_charts import (
    CATEGORY_AXIS,
    CHART_TYPES,
    DASHED,
    LEGEND_POSITIONS,
    LINES_WITHOUT_MARKERS,
    MAX_LABELLED_POINTS,
    POINTS_PER_CM,
    VALUE_AXIS,
    shown,
)
from xlportfolio.workbook.live.windows_views import colour_text
from xlportfolio.workbook.references import CellRange, parse_cell, sheet_reference, split_reference

ChartKind = Literal[
    "column", "stacked_column", "bar", "stacked_bar", "line", "area", "scatter", "bubble"
]
LegendPlace = Literal["right", "bottom", "top"]

_KINDS = {number: cast(ChartKind, kind) for kind, number in CHART_TYPES.items()}
_LINE_TYPES = {CHART_TYPES["line"], 65}  # 65: xlLineMarkers, as Excel calls a line once marked
_JOINED_TYPES = {LINES_WITHOUT_MARKERS, 74}  # 74: xlXYScatterLines
_PLACES = {number: cast(LegendPlace, place) for place, number in LEGEND_POSITIONS.items()}


def read_charts(sheet: Any) -> list[Chart]:
    """The charts of a sheet, in the order in which they lie over one another."""
    frames = sheet.ChartObjects()
    found = []
    for number in range(1, int(frames.Count) + 1):
        try:
            chart = _read(frames.Item(number), sheet)
        except (com_error(), InputError):
            continue
        if chart is not None:
            found.append(chart)
    return found


def _read(frame: Any, sheet: Any) -> Chart | None:
    native = frame.Chart
    collection = native.SeriesCollection()
    drawn = [collection.Item(i) for i in range(1, int(collection.Count) + 1)]
    types = [int(one.ChartType) for one in drawn]
    kind = _kind(types)
    if kind is None:
        return None
    series = []
    for one, number in zip(drawn, types, strict=True):
        read = _read_series(one, number, kind, sheet)
        if read is None:
            return None
        series.append(read)
    axes = native.Axes(CATEGORY_AXIS), native.Axes(VALUE_AXIS)
    x_title, y_title = (str(axis.AxisTitle.Text) if axis.HasTitle else None for axis in axes)
    marks = axes[1].TickLabels
    row, column = parse_cell(str(frame.TopLeftCell.Address))
    return Chart(
        kind=kind,
        title=str(native.ChartTitle.Text) if native.HasTitle else "",
        series=tuple(series),
        anchor=CellRange(row, column, row, column).address,
        width_cm=round(frame.Width / POINTS_PER_CM, 2),
        height_cm=round(frame.Height / POINTS_PER_CM, 2),
        x_title=x_title,
        y_title=y_title,
        y_format=None if marks.NumberFormatLinked else str(marks.NumberFormat),
        legend=_PLACES.get(int(native.Legend.Position), "bottom") if native.HasLegend else None,
    )


def _kind(types: list[int]) -> ChartKind | None:
    """The kind of a chart by the types of its series; None for one that we do not draw."""
    base = {number for number in types if number not in _LINE_TYPES | _JOINED_TYPES}
    if not types or len(base) > 1:
        return None
    if base:
        return _KINDS.get(base.pop())
    return "line" if set(types) <= _LINE_TYPES else "scatter"


def _read_series(one: Any, number: int, kind: ChartKind, sheet: Any) -> Series | None:
    parts = formula_parts(str(one.Formula))
    if len(parts) < 4 or "!" not in parts[2]:
        return None  # over values that stand in no cells
    name, across, values = parts[:3]
    is_text = name.startswith('"')
    is_line = number in _LINE_TYPES | _JOINED_TYPES
    points = kind in ("scatter", "bubble")
    line = one.Format.Line
    if is_line:
        colour = line.ForeColor.RGB
    elif kind == "scatter":
        colour = one.MarkerBackgroundColor
    else:
        colour = one.Format.Fill.ForeColor.RGB
    can_be_dashed = is_line or (kind != "bubble" and bool(line.Visible))
    return Series(
        values=values,
        categories=None if points else across or None,
        name=name[1:-1].replace('""', '"') if is_text else None,
        name_reference=name if name and not is_text else None,
        x_values=across if points and across else None,
        sizes=parts[4] if kind == "bubble" and len(parts) > 4 else None,
        labels=_labels(one, values, sheet),
        colour=colour_text(colour),
        dashed=can_be_dashed and int(line.DashStyle) == DASHED,
        kind="line" if is_line and kind != "line" else None,
    )


def formula_parts(formula: str) -> list[str]:
    """The arguments of a series' formula as they stand.

    >>> formula_parts('''=SERIES("a, b",'It''s, so'!$A$2:$A$9,Plan!$B$2:$B$9,1)''')
    ['"a, b"', "'It''s, so'!$A$2:$A$9", 'Plan!$B$2:$B$9', '1']
    """
    _, _, text = formula.partition("(")
    parts, quote, depth = [""], "", 0
    for character in text[:-1]:
        if quote:
            # A doubled quotation mark ends the text and begins it again.
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "({":
            depth += 1
        elif character in ")}":
            depth -= 1
        if character == "," and not quote and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _labels(one: Any, values: str, sheet: Any) -> str | None:
    """The cells from which a series takes its labels: a column beside it holds their texts."""
    home, area = split_reference(values)
    with suppress(com_error()):
        if home.casefold() != str(sheet.Name).casefold() or not one.HasDataLabels:
            return None
        count = area.n_rows * area.n_columns
        if not one.DataLabels().ShowRange or count > MAX_LABELLED_POINTS:
            return None
        texts = [str(one.Points(i).DataLabel.Text) for i in range(1, count + 1)]
        if area.n_columns > 1:
            return None
        block = CellRange(area.first_row, 1, area.last_row, area.last_column)
        found = sheet.Range(block.address).Value2
        rows = found if isinstance(found, tuple) else ((found,),)
        for column in range(1, area.last_column + 1):
            if [shown(row[column - 1]) for row in rows] == texts:
                cells = CellRange(area.first_row, column, area.last_row, column)
                return sheet_reference(home, cells)
    return None
