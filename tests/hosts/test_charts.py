"""Native charts; openpyxl reads them back, and the schema's order is written out here."""

from __future__ import annotations

from datetime import date
from typing import Literal, cast

import pytest
from lxml import etree
from openpyxl.chart.chartspace import ChartSpace
from openpyxl.chart.reader import read_chart
from openpyxl.xml.functions import fromstring

from xlportfolio.errors import InputError
from xlportfolio.workbook.description import Cell, CellFormat, Chart, Series, SheetDescription
from xlportfolio.workbook.rendering.charts import drawing_parts
from xlportfolio.workbook.rendering.plots import full_reference

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
C15 = "{http://schemas.microsoft.com/office/drawing/2012/chart}"
KINDS = (
    "column", "stacked_column", "bar", "stacked_bar", "line", "area", "scatter", "bubble"
)  # fmt: skip
Kind = Literal["column", "bar", "line", "area", "scatter", "bubble"]
# CT_BarSer, CT_LineSer, CT_AreaSer, CT_ScatterSer and CT_BubbleSer: ECMA-376 part 1, 21.2.2.
SERIES_ORDER = [
    "idx",
    "order",
    "tx",
    "spPr",
    "invertIfNegative",
    "marker",
    "dPt",
    "dLbls",
    "trendline",
    "errBars",
    "cat",
    "xVal",
    "val",
    "yVal",
    "smooth",
    "bubbleSize",
    "bubble3D",
    "extLst",
]


def described(*charts: Chart, name: str = "PF Results") -> SheetDescription:
    money = CellFormat(number_format="#,##0.0")
    cells = {(1, 1): Cell("Project"), (1, 2): Cell("Cost"), (1, 3): Cell("Value")}
    for i in range(4):
        cells[2 + i, 1] = Cell(f"P{i + 1} <&>")
        cells[2 + i, 2] = Cell(10.5 * (i + 1), money)
        cells[2 + i, 3] = Cell(None if i == 1 else 3 * i)
        cells[2 + i, 4] = Cell(date(2026 + i, 4, 1))
    return SheetDescription(name, cells, charts=charts)


def made(chart: Chart, **options: bool) -> etree._Element:
    told = {"strict": False, "date1904": False, **options}
    parts = drawing_parts(described(chart), strict=told["strict"], date1904=told["date1904"])
    return etree.fromstring(parts.charts[0])


def chart_of(kind: str, *series: Series, **options: str) -> Chart:
    return Chart(cast(Kind, kind), "Cost of the projects", series, "F2", **options)  # type: ignore[arg-type]


def cost(**options: str) -> Series:
    told = {"categories": "A2:A5", "x_values": "C2:C5", "sizes": "B2:B5", **options}
    return Series("B2:B5", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_back_with_title_and_visible_axes(kind: str) -> None:
    chart = chart_of(
        kind, cost(name="Cost", labels="A2:A5"), x_title="Projects", y_title="GBP m",
        y_format="#,##0",
    )  # fmt: skip
    root = made(chart)
    read = read_chart(ChartSpace.from_tree(fromstring(etree.tostring(root))))
    plain = {"column": "bar", "stacked_column": "bar", "stacked_bar": "bar"}.get(kind, kind)
    assert read.tagname == f"{plain}Chart"
    text = "".join(run.t for run in read.title.tx.rich.p[0].r)
    assert text == "Cost of the projects"
    axes = root.findall(f".//{C}plotArea/*/{C}delete")
    assert len(axes) == 2
    assert {axis.get("val") for axis in axes} == {"0"}
    titles = ["".join(t.itertext()) for t in root.findall(f".//{C}plotArea/*/{C}title")]
    assert sorted(titles) == ["GBP m", "Projects"]
    values = root.findall(f".//{C}valAx/{C}numFmt")
    assert "#,##0" in {node.get("formatCode") for node in values}
    if kind.startswith("stacked"):
        assert root.find(f".//{C}grouping").get("val") == "stacked"
        assert root.find(f".//{C}overlap").get("val") == "100"
    if "bar" in kind or "column" in kind:
        assert root.find(f".//{C}barDir").get("val") == ("bar" if "bar" in kind else "col")


@pytest.mark.parametrize("kind", KINDS)
def test_series_children_stand_in_the_order_of_the_schema(kind: str) -> None:
    for series in made(chart_of(kind, cost(labels="A2:A5"), cost(name="Again"))).iter(f"{C}ser"):
        order = [SERIES_ORDER.index(etree.QName(child).localname) for child in series]
        assert order == sorted(order)


def test_caches_hold_what_the_cells_hold() -> None:
    root = made(chart_of("column", cost(name_reference="B1"), Series("C2:C5", categories="D2:D5")))
    first, second = root.iter(f"{C}ser")
    assert first.findtext(f"{C}tx/{C}strRef/{C}f") == "'PF Results'!$B$1"
    assert first.findtext(f"{C}tx/{C}strRef/{C}strCache/{C}pt/{C}v") == "Cost"
    categories = [v.text for v in first.findall(f"{C}cat/{C}strRef/{C}strCache/{C}pt/{C}v")]
    assert categories == ["P1 <&>", "P2 <&>", "P3 <&>", "P4 <&>"]
    values = first.find(f"{C}val/{C}numRef/{C}numCache")
    assert [float(v.text) for v in values.iter(f"{C}v")] == [10.5, 21.0, 31.5, 42.0]
    assert values.findtext(f"{C}formatCode") == "#,##0.0"
    blanks = second.find(f"{C}val/{C}numRef/{C}numCache")
    assert blanks.find(f"{C}ptCount").get("val") == "4"
    assert [pt.get("idx") for pt in blanks.iter(f"{C}pt")] == ["0", "2", "3"], (
        "a blank has no point"
    )
    dates = second.find(f"{C}cat/{C}numRef/{C}numCache")
    # 46113 is 1 April 2026 in the 1900 system, as Excel's DATEVALUE gives it.
    assert [float(v.text) for v in dates.iter(f"{C}v")] == [46113, 46478, 46844, 47209]


def test_dates_in_caches_follow_the_1904_system() -> None:
    root = made(chart_of("line", Series("C2:C5", categories="D2:D5")), date1904=True)
    assert float(root.findtext(f".//{C}cat//{C}v")) == 46113 - 1462


def test_references_to_other_sheets_have_no_cache() -> None:
    root = made(chart_of("column", Series("'Bob''s plan'!B2:B5", categories="Projects!A2:A5")))
    assert root.findtext(f".//{C}val//{C}f") == "'Bob''s plan'!$B$2:$B$5"
    assert root.findtext(f".//{C}cat//{C}f") == "Projects!$A$2:$A$5"
    assert not list(root.iter(f"{C}numCache", f"{C}strCache"))


def test_columns_and_a_dashed_line_share_axes_and_the_line_is_on_top() -> None:
    spend, budget = cost(name="Cost"), Series("C2:C5", name="Budget", dashed=True, colour="D55E00")
    line = Series(**{**budget.__dict__, "kind": "line"})
    root = made(chart_of("stacked_column", line, spend))
    plots = [child for child in root.find(f".//{C}plotArea") if child.tag.endswith("Chart")]
    assert [etree.QName(plot).localname for plot in plots] == ["barChart", "lineChart"]
    axes = [[axis.get("val") for axis in plot.findall(f"{C}axId")] for plot in plots]
    assert axes[0] == axes[1]
    drawn = plots[1].find(f"{C}ser")
    assert drawn.find(f"{C}order").get("val") == "0", "the legend keeps the order of the series"
    assert drawn.find(".//{*}prstDash").get("val") == "dash"
    assert drawn.find(f"{C}spPr//{{*}}srgbClr").get("val") == "D55E00"


def test_labels_come_from_cells_and_are_cached() -> None:
    root = made(chart_of("bubble", cost(labels="A2:A5")))
    series = root.find(f".//{C}ser")
    ranges = list(series.iter(f"{C15}datalabelsRange"))
    assert len(ranges) == 1
    assert ranges[0].findtext(f"{C15}f") == "'PF Results'!$A$2:$A$5"
    cached = [v.text for v in ranges[0].iter(f"{C}v")]
    assert cached == ["P1 <&>", "P2 <&>", "P3 <&>", "P4 <&>"]
    shown = ["".join(label.find(f"{C}tx").itertext()) for label in series.iter(f"{C}dLbl")]
    assert shown == cached


def test_frames_have_sizes_places_and_a_description_for_screen_readers() -> None:
    charts = [chart_of("line", cost()), Chart("area", "Second", (cost(),), "C30", 10, 5)]
    drawing = etree.fromstring(
        drawing_parts(described(*charts), strict=False, date1904=False).drawing
    )
    frames = list(drawing)
    assert [frame.findtext("{*}from/{*}col") for frame in frames] == ["5", "2"]
    assert [frame.findtext("{*}from/{*}row") for frame in frames] == ["1", "29"]
    assert frames[1].find("{*}ext").attrib == {"cx": "3600000", "cy": "1800000"}
    named = [frame.find(".//{*}cNvPr") for frame in frames]
    assert [node.get("descr") for node in named] == ["Cost of the projects", "Second"]
    assert len({node.get("id") for node in named}) == 2
    chart_ids = [dict(node.attrib) for node in drawing.iter(f"{C}chart")]
    assert [list(ids.values()) for ids in chart_ids] == [["rId1"], ["rId2"]]


def test_strict_parts_have_strict_namespaces_alone() -> None:
    parts = drawing_parts(described(chart_of("line", cost())), strict=True, date1904=False)
    for content in (parts.drawing, *parts.charts):
        namespaces = {etree.QName(node).namespace for node in etree.fromstring(content).iter()}
        assert all(uri.startswith("http://purl.oclc.org/ooxml/drawingml/") for uri in namespaces)
        assert b"schemas.openxmlformats.org" not in content


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        (chart_of("line"), 'Chart "Cost of the projects" of sheet "PF Results" has 0 series; '
         "expected 1 to 255."),
        (chart_of("bubble", Series("B2:B5", name="Cost")), 'Series "Cost" of chart "Cost of the '
         'projects" lacks its x values or sizes; expected a range for each.'),
        (chart_of("line", Series("cost")), '"cost" is not a range; expected one such as A1:F40.'),
        (chart_of("bar", Series("B2:B5", name="Cost", kind="line")), 'Series "Cost" of chart "Cost '
         'of the projects" on sheet "PF Results" asks for kind "line"; expected that in column and '
         'line charts alone, and the chart is of kind "bar".'),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(chart: Chart, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        made(chart)
    assert str(refusal.value) == message


def test_references_are_absolute_and_name_their_sheet() -> None:
    assert full_reference("B2:B9", "Plan") == "Plan!$B$2:$B$9"
    assert full_reference("'A b'!$C$3", "Plan") == "'A b'!$C$3"
    assert full_reference("2:3", "Plan") == "Plan!$A$2:$XFD$3"
