"""Charts in Excel for Windows by recorded calls.

The lines are written by hand from Microsoft's reference of the object model: XlChartType,
XlAxisType, XlLegendPosition, XlTickLabelPosition, XlMarkerStyle, XlDataLabelPosition, MsoLineDash-
Style and MsoChartFieldType give the numbers. That Excel draws what is asked for was not tried.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.hosts.played_excel import ComError, Lines, Played, refusing
from xlportfolio.workbook.description import Chart, Series
from xlportfolio.workbook.live.windows import WindowsExcel
from xlportfolio.workbook.live.windows_chart_reading import read_charts

EXCEL = WindowsExcel(process=None)
FRAME = "ChartObject1"
NATIVE = f"{FRAME}.Chart"
DARK, WHITE, GRID, AXIS = 0x404040, 0xFFFFFF, 0xD9D9D9, 0x808080


@pytest.fixture(autouse=True)
def pywin32(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("pywintypes")
    module.com_error = ComError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pywintypes", module)


def drawn(
    *charts: Chart, answers: dict[str, object] | None = None, values: object = ()
) -> tuple[list[str], Lines]:
    """What is said and asked while charts are drawn over cells that all hold `values`."""
    given: dict[str, object] = {"sheet.Name": "PF Plan"}
    for chart in charts:
        given[f"sheet.Range({chart.anchor!r}).Left"] = 48.0
        given[f"sheet.Range({chart.anchor!r}).Top"] = 30.0

    def otherwise(path: str) -> object:
        if path.endswith("SeriesCollection().Count"):
            return 0
        if path.endswith(".Value2"):
            return values
        if path.endswith(".NumberFormat"):
            return "#,##0.0"
        assert path.endswith(")"), f"the test gives no answer for {path}"
        return None

    log = Lines(given | (answers or {}), otherwise)
    sheet = SimpleNamespace(name="PF Plan", api=Played("Worksheet", "sheet", log))
    said = EXCEL.draw_charts(sheet, charts)  # type: ignore[arg-type]
    return said, log


SPEND = Chart(
    "stacked_column",
    'Spend "by year"',
    (
        Series("B3:B6", "A3:A6", name='Capital, "hard"', colour="0072B2"),
        Series("'PF Data'!C3:C6", "A3:A6", name_reference="C2", colour="E69F00"),
        Series("D3:D6", "A3:A6", name="Budget", colour="404040", dashed=True, kind="line"),
    ),
    "B2",
    width_cm=12.7,
    height_cm=7.62,
    x_title="Fiscal year",
    y_title="GBP m",
    y_format="#,##0",
)


def test_stacked_columns_under_a_dashed_line_are_asked_for_line_by_line() -> None:
    said, log = drawn(SPEND, values=((1.0, 2.0, 3.0),) * 4)
    assert said == []
    fill, line = "Format.Fill", "Format.Line"
    text = "Format.TextFrame2.TextRange.Font"
    x, y = f"{NATIVE}.Axes(1)", f"{NATIVE}.Axes(2)"
    assert log.changes() == [
        "sheet.ChartObjects().Add(48.0, 30.0, 360.0, 216.0)",  # points: 5 and 3 inches
        f"{FRAME}.Placement = 2",  # xlMove
        f"{FRAME}.ShapeRange.AlternativeText = 'Spend \"by year\"'",
        f"{NATIVE}.ChartType = 52",  # xlColumnStacked
        f"{NATIVE}.SeriesCollection().NewSeries()",
        'Series1.Formula = \'=SERIES("Capital, ""hard""",\\\'PF Plan\\\'!$A$3:$A$6,'
        "\\'PF Plan\\'!$B$3:$B$6,1)'",
        f"{NATIVE}.SeriesCollection().NewSeries()",
        "Series2.Formula = \"=SERIES('PF Plan'!$C$2,'PF Plan'!$A$3:$A$6,'PF Data'!$C$3:$C$6,2)\"",
        f"{NATIVE}.SeriesCollection().NewSeries()",
        "Series3.Formula = '=SERIES(\"Budget\",\\'PF Plan\\'!$A$3:$A$6,\\'PF Plan\\'!$D$3:$D$6,3)'",
        f"{NATIVE}.ChartGroups(1).GapWidth = 60",
        f"{NATIVE}.ChartGroups(1).Overlap = 100",
        f"Series1.{fill}.Visible = -1",  # msoTrue
        f"Series1.{fill}.Solid()",
        f"Series1.{fill}.ForeColor.RGB = {0xB27200}",
        f"Series1.{line}.Visible = 0",
        "Series1.InvertIfNegative = False",
        f"Series2.{fill}.Visible = -1",
        f"Series2.{fill}.Solid()",
        f"Series2.{fill}.ForeColor.RGB = {0x009FE6}",
        f"Series2.{line}.Visible = 0",
        "Series2.InvertIfNegative = False",
        "Series3.ChartType = 4",  # xlLine
        f"Series3.{line}.Visible = -1",
        f"Series3.{line}.ForeColor.RGB = {DARK}",
        f"Series3.{line}.Weight = 2.25",
        f"Series3.{line}.DashStyle = 4",  # msoLineDash
        "Series3.MarkerStyle = 2",  # xlMarkerStyleDiamond
        "Series3.MarkerSize = 8",
        f"Series3.MarkerBackgroundColor = {DARK}",
        f"Series3.MarkerForegroundColor = {WHITE}",
        "Series3.Smooth = False",
        f"{NATIVE}.HasTitle = True",
        f"{NATIVE}.ChartTitle.Text = 'Spend \"by year\"'",
        f"{NATIVE}.ChartTitle.{text}.Size = 12",
        f"{NATIVE}.ChartTitle.{text}.Bold = -1",
        f"{NATIVE}.ChartTitle.{text}.Fill.ForeColor.RGB = {DARK}",
        f"{NATIVE}.HasLegend = True",
        f"{NATIVE}.Legend.Position = -4107",  # xlLegendPositionBottom
        f"{NATIVE}.Legend.Font.Size = 9",
        f"{NATIVE}.Legend.Font.Color = {DARK}",
        f"{NATIVE}.DisplayBlanksAs = 1",  # xlNotPlotted
        f"{NATIVE}.ChartArea.Format.Fill.ForeColor.RGB = {WHITE}",
        f"{NATIVE}.ChartArea.Format.Line.ForeColor.RGB = {GRID}",
        f"{x}.HasTitle = True",
        f"{x}.AxisTitle.Text = 'Fiscal year'",
        f"{x}.AxisTitle.{text}.Size = 9",
        f"{x}.AxisTitle.{text}.Bold = 0",
        f"{x}.AxisTitle.{text}.Fill.ForeColor.RGB = {DARK}",
        f"{x}.TickLabelPosition = -4134",  # xlTickLabelPositionLow
        f"{x}.MajorTickMark = -4142",  # xlTickMarkNone
        f"{x}.TickLabels.Font.Size = 9",
        f"{x}.TickLabels.Font.Color = {DARK}",
        f"{x}.Format.Line.ForeColor.RGB = {AXIS}",
        f"{x}.HasMajorGridlines = False",
        f"{x}.CategoryType = 2",  # xlCategoryScale
        f"{y}.HasTitle = True",
        f"{y}.AxisTitle.Text = 'GBP m'",
        f"{y}.AxisTitle.{text}.Size = 9",
        f"{y}.AxisTitle.{text}.Bold = 0",
        f"{y}.AxisTitle.{text}.Fill.ForeColor.RGB = {DARK}",
        f"{y}.TickLabelPosition = -4134",
        f"{y}.MajorTickMark = -4142",
        f"{y}.TickLabels.Font.Size = 9",
        f"{y}.TickLabels.Font.Color = {DARK}",
        f"{y}.Format.Line.ForeColor.RGB = {AXIS}",
        f"{y}.HasMajorGridlines = True",
        f"{y}.MajorGridlines.Format.Line.ForeColor.RGB = {GRID}",
        f"{y}.TickLabels.NumberFormat = '#,##0'",
    ]


def test_number_of_calls_does_not_grow_with_the_rows() -> None:
    series = tuple(replace(one, values="B3:B2000", categories="A3:A2000") for one in SPEND.series)
    _, few = drawn(SPEND, values=((1.0, 2.0, 3.0),) * 4)
    _, many = drawn(replace(SPEND, series=series), values=((1.0,),) * 1998)
    assert len(many.lines) <= len(few.lines)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "column",
            ["ChartType = 51", "ChartGroups(1).GapWidth = 60", "ChartGroups(1).Overlap = 0"],
        ),
        ("bar", ["ChartType = 57", "ChartGroups(1).GapWidth = 60", "ChartGroups(1).Overlap = 0"]),
        (
            "stacked_bar",
            ["ChartType = 58", "ChartGroups(1).GapWidth = 60", "ChartGroups(1).Overlap = 100"],
        ),
        ("line", ["ChartType = 4"]),
        ("area", ["ChartType = 1"]),
    ],
)
def test_each_kind_has_its_type_and_its_group(kind: Any, expected: list[str]) -> None:
    chart = Chart(kind, "Cost", (Series("B3:B6", "A3:A6", name="Cost"),), "B2", legend=None)
    _, log = drawn(chart, values=((1.0,), (2.0,), (3.0,), (4.0,)))
    lines = log.changes()
    found = [one for one in lines if one.startswith((f"{NATIVE}.ChartType", f"{NATIVE}.ChartGr"))]
    assert found == [f"{NATIVE}.{one}" for one in expected]
    assert f"{NATIVE}.HasLegend = False" in lines
    assert not any(".Legend." in one for one in lines)


def test_bars_are_read_from_the_top_with_the_axis_below() -> None:
    chart = Chart("bar", "Cost", (Series("B3:B6", "A3:A6"),), "B2")
    _, log = drawn(chart, values=((1.0,),) * 4)
    x, y = f"{NATIVE}.Axes(1)", f"{NATIVE}.Axes(2)"
    assert f"{x}.ReversePlotOrder = True" in log.lines
    assert f"{x}.Crosses = 2" in log.lines  # xlMaximum
    assert f"{y}.TickLabelPosition = 4" in log.lines  # xlTickLabelPositionNextToAxis
    assert f"{x}.TickLabelPosition = -4134" in log.lines


def test_line_has_no_markers_unless_it_is_one_point() -> None:
    chart = Chart("line", "FTE", (Series("B3:B6", "A3:A6", dashed=True),), "B2")
    _, log = drawn(chart, values=((1.0,), (2.0,), (3.0,), (4.0,)))
    assert "Series1.MarkerStyle = -4142" in log.lines  # xlMarkerStyleNone
    assert "Series1.Format.Line.DashStyle = 4" in log.lines
    _, log = drawn(chart, values=((1.0,), (None,), (None,), (None,)))
    assert "Series1.MarkerStyle = 2" in log.lines


def test_area_lets_what_lies_behind_show_through() -> None:
    _, log = drawn(Chart("area", "FTE", (Series("B3:B6"),), "B2"), values=((1.0,),) * 4)
    assert "Series1.Format.Fill.Transparency = 0.4" in log.lines
    assert not any("InvertIfNegative" in line for line in log.lines)  # an area has none
    assert "Series1.Formula = \"=SERIES(,,'PF Plan'!$B$3:$B$6,1)\"" in log.lines


def test_columns_stand_in_a_line_chart_and_a_dashed_column_has_an_outline() -> None:
    series = (Series("B3:B6", name="Need"), Series("C3:C6", kind="column", dashed=True))
    _, log = drawn(Chart("line", "FTE", series, "B2"), values=((1.0, 2.0),) * 4)
    assert [line for line in log.lines if line.startswith("Series2.")][1:] == [
        "Series2.ChartType = 51",
        "Series2.Format.Fill.Visible = -1",
        "Series2.Format.Fill.Solid()",
        f"Series2.Format.Fill.ForeColor.RGB = {0x009FE6}",  # E69F00, the second of the palette
        "Series2.Format.Line.Visible = -1",
        f"Series2.Format.Line.ForeColor.RGB = {0x009FE6}",
        "Series2.Format.Line.Weight = 0.75",
        "Series2.Format.Line.DashStyle = 4",
        "Series2.InvertIfNegative = False",
    ]


def test_joined_points_are_a_line_and_others_are_dots() -> None:
    chart = Chart(
        "scatter",
        "Cost against value",
        (
            Series("B3:B6", x_values="A3:A6", name="Chosen", kind="line", dashed=True),
            Series("B3:B6", x_values="A3:A6", name="Others", colour="7F7F7F"),
        ),
        "B2",
    )
    _, log = drawn(chart, values=((0.0, 1.0), (50.0, 2.0), (150.0, 3.0), (250.0, 4.0)))
    lines = log.changes()
    assert f"{NATIVE}.ChartType = -4169" in lines  # xlXYScatter
    assert "Series1.ChartType = 75" in lines  # xlXYScatterLinesNoMarkers
    assert "Series1.MarkerStyle = -4142" in lines
    assert "Series2.MarkerStyle = 8" in lines  # xlMarkerStyleCircle
    assert f"Series2.MarkerBackgroundColor = {0x7F7F7F}" in lines
    assert not any(line.startswith("Series2.ChartType") for line in lines)
    # Nothing lies below 0: both axes begin there. 250 needs no decimals.
    assert f"{NATIVE}.Axes(1).MinimumScale = 0" in lines
    assert f"{NATIVE}.Axes(2).MinimumScale = 0" in lines
    assert f"{NATIVE}.Axes(1).TickLabels.NumberFormat = '#,##0'" in lines


def test_axis_with_values_below_0_keeps_its_own_start() -> None:
    chart = Chart("scatter", "Cost", (Series("B3:B4", x_values="A3:A4"),), "B2")
    _, log = drawn(chart, values=((-1.0, 1.0), (2.0, 2.0)))
    assert f"{NATIVE}.Axes(1).MinimumScale = 0" not in log.lines
    assert f"{NATIVE}.Axes(2).MinimumScale = 0" in log.lines


BUBBLES = Chart(
    "bubble",
    "The largest projects",
    (Series("C3:C5", x_values="B3:B5", sizes="D3:D5", labels="A3:A5", name="Funded"),),
    "B2",
    width_cm=16.0,
    height_cm=9.0,
)
CLOSE = ((1.0, 3.0, 1.0, 2.0), (2.0, 3.3, 1.0, 1.0), (3.0, 9.0, 9.0, 1.0))


def test_bubbles_have_sizes_and_labels_that_keep_clear_of_one_another() -> None:
    said, log = drawn(BUBBLES, values=CLOSE)
    assert said == []
    lines = log.changes()
    assert f"{NATIVE}.ChartType = 15" in lines  # xlBubble
    assert (
        "Series1.Formula = '=SERIES(\"Funded\",\\'PF Plan\\'!$B$3:$B$5,\\'PF Plan\\'!$C$3:$C$5,1,"
        "\\'PF Plan\\'!$D$3:$D$5)'"
    ) in lines
    assert f"{NATIVE}.ChartGroups(1).BubbleScale = 40" in lines
    assert f"{NATIVE}.ChartGroups(1).SizeRepresents = 1" in lines  # xlSizeIsArea
    assert "Series1.Format.Fill.Transparency = 0.3" in lines
    outline = [line for line in lines if line.startswith("Series1.Format.Line.")]
    assert outline == [
        "Series1.Format.Line.Visible = -1",
        f"Series1.Format.Line.ForeColor.RGB = {WHITE}",
        "Series1.Format.Line.Weight = 0.75",
        "Series1.Format.Line.DashStyle = 1",  # msoLineSolid
    ]
    assert lines[-9:] == [
        "Series1.HasDataLabels = True",
        # msoChartFieldRange
        "Series1.DataLabels().Format.TextFrame2.TextRange.InsertChartField(7, "
        "\"='PF Plan'!$A$3:$A$5\", 0)",
        "Series1.DataLabels().ShowRange = True",
        "Series1.DataLabels().ShowValue = False",
        "Series1.DataLabels().Position = -4152",  # xlLabelPositionRight
        "Series1.DataLabels().Format.TextFrame2.TextRange.Font.Size = 8",
        "Series1.DataLabels().Format.TextFrame2.TextRange.Font.Bold = 0",
        f"Series1.DataLabels().Format.TextFrame2.TextRange.Font.Fill.ForeColor.RGB = {DARK}",
        # Its neighbour has the right side; the closed workbook chooses the same.
        "Series1.Points(1).DataLabel.Position = -4131",  # xlLabelPositionLeft
    ]


def test_excel_that_takes_no_labels_from_cells_draws_the_chart_without() -> None:
    inserting = (
        "Series1.DataLabels().Format.TextFrame2.TextRange.InsertChartField(7, "
        "\"='PF Plan'!$A$3:$A$5\", 0)"
    )
    said, log = drawn(BUBBLES, values=CLOSE, answers={inserting: refusing("Not supported")})
    assert said == [
        'Chart "The largest projects" of sheet "PF Plan" has no labels at its points: this Excel '
        "takes none from cells (it can from 2013 on); its table says which is which."
    ]
    assert log.lines[-1] == "Series1.HasDataLabels = False"
    assert f"{FRAME}.Delete()" not in log.lines


def test_chart_that_excel_refuses_is_left_out_with_a_sentence_and_the_others_are_drawn() -> None:
    line = Chart("line", "FTE", (Series("B3:B6"),), "B20")
    said, log = drawn(
        SPEND,
        line,
        values=((1.0, 2.0, 3.0),) * 4,
        answers={"Series2.Formula =": refusing("Unable to set the Formula property")},
    )
    assert said == [
        'Chart "Spend "by year"" of sheet "PF Plan" was left out, because Excel refused it and '
        'says "Unable to set the Formula property"; its figures are on the sheet: select them and '
        "use Insert > Chart, or run again."
    ]
    assert "ChartObject1.Delete()" in log.lines
    assert "ChartObject2.Chart.ChartTitle.Text = 'FTE'" in log.lines
    assert "ChartObject2.Delete()" not in log.lines


def test_sheet_that_takes_no_charts_is_said() -> None:
    adding = "sheet.ChartObjects().Add(48.0, 30.0, 360.0, 216.0)"
    said, _ = drawn(SPEND, values=((1.0,) * 3,) * 4, answers={adding: refusing("Protected.")})
    assert [one.partition(";")[0] for one in said] == [
        'Chart "Spend "by year"" of sheet "PF Plan" was left out, because Excel refused it and '
        'says "Protected"'
    ]


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        (
            Chart("line", "None", (), "B2"),
            'Chart "None" of sheet "PF Plan" was left out: it has 0 series; expected 1 to 255.',
        ),
        (
            Chart("bar", "Mixed", (Series("B3:B6", name="Budget", kind="line"),), "B2"),
            'Chart "Mixed" of sheet "PF Plan" was left out: its series "Budget" asks for kind '
            '"line", which only column and line charts mix.',
        ),
        (
            Chart("bubble", "Sizes", (Series("B3:B6", x_values="A3:A6"),), "B2"),
            'Chart "Sizes" of sheet "PF Plan" was left out: its series "B3:B6" lacks its sizes; '
            "expected a range for them.",
        ),
    ],
)
def test_chart_that_nobody_could_draw_is_said_and_not_tried(chart: Chart, expected: str) -> None:
    said, log = drawn(chart, values=((1.0,),) * 4)
    assert said == [expected]
    assert not any("Add" in line for line in log.lines)


def test_series_that_excel_took_from_around_the_active_cell_go() -> None:
    count = {f"{NATIVE}.SeriesCollection().Count": 2}
    _, log = drawn(Chart("line", "FTE", (Series("B3:B6"),), "B2"), answers=count, values=((1.0,),))
    took = f"{NATIVE}.SeriesCollection().Item(1).Delete()"
    assert log.lines.count(took) == 2
    assert log.lines.index(took) < log.lines.index(f"{NATIVE}.SeriesCollection().NewSeries()")


# -- reading back --------------------------------------------------------------------------------


def _reading(frame: str, series: list[dict[str, object]], **native: object) -> dict[str, object]:
    chart = f"{frame}.Chart"
    collection = f"{chart}.SeriesCollection()"
    answers: dict[str, object] = {
        f"{frame}.TopLeftCell.Address": "$B$2",
        f"{frame}.Width": 360.0,
        f"{frame}.Height": 216.0,
        f"{chart}.HasTitle": True,
        f"{chart}.ChartTitle.Text": "Title",
        f"{chart}.HasLegend": True,
        f"{chart}.Legend.Position": -4107,
        f"{chart}.Axes(1).HasTitle": True,
        f"{chart}.Axes(1).AxisTitle.Text": "Fiscal year",
        f"{chart}.Axes(2).HasTitle": False,
        f"{chart}.Axes(2).TickLabels.NumberFormatLinked": False,
        f"{chart}.Axes(2).TickLabels.NumberFormat": "#,##0",
        f"{collection}.Count": len(series),
    }
    for number, one in enumerate(series, 1):
        usual: dict[str, object] = {
            "HasDataLabels": False,
            "Format.Line.Visible": 0,
            "Format.Line.DashStyle": 1,
            "Format.Line.ForeColor.RGB": 0x404040,
            "Format.Fill.ForeColor.RGB": 0xB27200,
        }
        answers |= {
            f"{collection}.Item({number}).{member}": value
            for member, value in (usual | one).items()
        }
    return answers | {f"{chart}.{member}": value for member, value in native.items()}


def _read(answers: dict[str, object]) -> list[Chart]:
    log = Lines({"sheet.Name": "PF Plan", "sheet.ChartObjects().Count": 1} | answers)
    return read_charts(Played("Worksheet", "sheet", log))


def test_columns_with_a_line_are_read_as_they_are_described() -> None:
    answers = _reading(
        "sheet.ChartObjects().Item(1)",
        [
            {
                "ChartType": 52,
                "Formula": '=SERIES("Capital, ""hard""",\'PF Plan\'!$A$3:$A$6,'
                "'PF Plan'!$B$3:$B$6,1)",
            },
            {
                "ChartType": 65,  # a line with markers
                "Formula": "=SERIES('PF Plan'!$D$2,'PF Plan'!$A$3:$A$6,'PF Plan'!$D$3:$D$6,2)",
                "Format.Line.Visible": -1,
                "Format.Line.DashStyle": 4,
            },
        ],
    )
    assert _read(answers) == [
        Chart(
            "stacked_column",
            "Title",
            (
                Series(
                    "'PF Plan'!$B$3:$B$6",
                    "'PF Plan'!$A$3:$A$6",
                    name='Capital, "hard"',
                    colour="0072B2",
                ),
                Series(
                    "'PF Plan'!$D$3:$D$6",
                    "'PF Plan'!$A$3:$A$6",
                    name_reference="'PF Plan'!$D$2",
                    colour="404040",
                    dashed=True,
                    kind="line",
                ),
            ),
            "B2",
            width_cm=12.7,
            height_cm=7.62,
            x_title="Fiscal year",
            y_format="#,##0",
        )
    ]


def test_labels_of_bubbles_are_found_among_the_cells_beside_their_values() -> None:
    answers = _reading(
        "sheet.ChartObjects().Item(1)",
        [
            {
                "ChartType": 15,
                "Formula": "=SERIES(\"Funded\",'PF Plan'!$B$3:$B$5,'PF Plan'!$C$3:$C$5,1,"
                "'PF Plan'!$D$3:$D$5)",
                "HasDataLabels": True,
                "DataLabels().ShowRange": True,
                "Points(1).DataLabel.Text": "1",
                "Points(2).DataLabel.Text": "2",
                "Points(3).DataLabel.Text": "3",
            }
        ],
    ) | {"sheet.Range('A3:C5').Value2": tuple(row[:3] for row in CLOSE)}
    [chart] = _read(answers)
    assert chart.kind == "bubble"
    assert chart.series == (
        Series(
            "'PF Plan'!$C$3:$C$5",
            x_values="'PF Plan'!$B$3:$B$5",
            sizes="'PF Plan'!$D$3:$D$5",
            labels="'PF Plan'!A3:A5",
            name="Funded",
            colour="0072B2",
        ),
    )


@pytest.mark.parametrize(
    "series",
    [
        {"ChartType": 5, "Formula": "=SERIES(,,Plan!$B$3:$B$5,1)"},  # xlPie
        {"ChartType": 51, "Formula": "=SERIES(,,{1,2,3},1)"},
    ],
)
def test_chart_that_we_would_not_draw_is_passed_over(series: dict[str, object]) -> None:
    assert _read(_reading("sheet.ChartObjects().Item(1)", [series])) == []
