"""Excel by the public API of xlwings alone, as on macOS.

Reading is compared with what the stand-in's own details say of the same workbook; writing goes to
objects that have the members of xlwings' classes and no others. Excel for macOS was not tried.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import call, create_autospec

import pytest
import xlwings as xw
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table

from tests.hosts.stand_in import StandIn
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.description import Chart, PrintSetup, Series, SheetDescription
from xlportfolio.workbook.live.details import Layout
from xlportfolio.workbook.live.public_only import PublicOnly
from xlportfolio.workbook.references import CellRange

PUBLIC = PublicOnly()


@pytest.fixture
def opened(tmp_path: Path) -> tuple[StandIn, xw.Book]:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Projects"
    for column, header in enumerate(("ID", "Start", "Cost"), 2):
        sheet.cell(2, column, header)
    for row in range(3, 9):
        sheet.cell(row, 2, f"P{row}")
        sheet.cell(row, 3, datetime(2026, 4, row, 12)).number_format = "dd/mm/yyyy"
        sheet.cell(row, 4, row * 1.5)
    sheet["D5"] = "#N/A"
    sheet["D6"] = True
    sheet["D9"] = "=SUM(D3:D8)"
    sheet["F2"] = "Notes"
    sheet.merge_cells("F2:H2")
    sheet["A40"].number_format = "0.0"
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.add_table(Table(displayName="Projects_table", ref="B2:D8"))
    book.create_sheet("PF Plan")["A1"] = "ours"
    book.create_sheet("PF Results")["A1"] = "the user's own"
    book.defined_names["Budget"] = DefinedName("Budget", attr_text="Projects!$D$9")
    book.save(tmp_path / "book.xlsx")
    excel = StandIn()
    return excel, excel.open(tmp_path / "book.xlsx")


def test_what_is_read_is_what_excel_holds(opened: tuple[StandIn, xw.Book]) -> None:
    excel, book = opened
    sheet, details = book.sheets["Projects"], excel.details
    cells = sheet.range("B2:D9")
    assert PUBLIC.values(cells) == details.values(cells)
    assert PUBLIC.values(cells)[1] == ["P3", 46115.5, 4.5]  # 3 April 2026, noon
    assert PUBLIC.values(cells)[3][2] == -2146826246  # #N/A
    assert PUBLIC.extent(sheet) == details.extent(sheet) == "B2:F9"
    expected = Layout("B2:F9", True, ("F2:H2",), (), frozenset({4}), frozenset({3}))
    assert PUBLIC.layout(sheet) == details.layout(sheet) == expected
    assert PUBLIC.tables(book) == details.tables(book)
    assert PUBLIC.tables(book)[0].headers == ("ID", "Start", "Cost")
    assert PUBLIC.names(book) == details.names(book)
    formats = ["C3:C8", "C3:D8"]
    assert PUBLIC.number_formats(sheet, formats) == ["dd/mm/yyyy", None]
    assert PUBLIC.uses_1904(book) is False


def test_file_says_that_dates_count_from_1904(tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0]["A1"] = datetime(2026, 4, 3)
    book.save(tmp_path / "mac.xlsx")
    excel = StandIn()
    opened = excel.open(tmp_path / "mac.xlsx")
    assert PUBLIC.uses_1904(opened) is True
    first = opened.sheets[0].range("A1")
    assert PUBLIC.values(first) == [[46115.0 - 1462]] == excel.details.values(first)


def test_mark_is_a_name_of_the_sheet_that_every_implementation_finds(
    opened: tuple[StandIn, xw.Book],
) -> None:
    excel, book = opened
    assert PUBLIC.marks(book) == {}
    PUBLIC.set_mark(book.sheets["PF Plan"], "PF Plan")
    assert PUBLIC.marks(book) == {"PF Plan": "PF Plan"}
    assert excel.details.marks(book) == {"PF Plan": "PF Plan"}


def test_copy_is_refused_in_a_sentence(opened: tuple[StandIn, xw.Book], tmp_path: Path) -> None:
    _, book = opened
    with pytest.raises(WorkbookError) as refusal:
        PUBLIC.save_copy(book, tmp_path / "copy.xlsx")
    assert str(refusal.value) == (
        'A copy of "book.xlsx" cannot be saved as "copy.xlsx" from here: there is no way that '
        "leaves the workbook its own name; use File > Save a Copy."
    )


# -- writing -------------------------------------------------------------------------------------


def _like(kind: type, **members: object) -> Any:
    """An object with the members of a class of xlwings, and with no others."""
    made = create_autospec(kind, instance=True, spec_set=True)
    for name, value in members.items():
        setattr(made, name, value)
    return made


def test_sheet_is_emptied_by_what_the_public_api_can_do() -> None:
    cells, chart = _like(xw.Range), _like(xw.Chart)
    sheet = _like(xw.Sheet, name="PF Plan", cells=cells, charts=[chart], tables=[])
    PUBLIC.empty(sheet)
    chart.delete.assert_called_once_with()
    assert cells.unmerge.mock_calls == [call()]
    assert cells.clear.mock_calls == [call()]
    assert (cells.row_height, cells.column_width) == (15.0, 8.43)
    assert not sheet.delete.called


def test_table_that_stays_is_said() -> None:
    table = SimpleNamespace(name="PF_Plan")
    sheet = _like(xw.Sheet, name="PF Plan", cells=_like(xw.Range), charts=[], tables=[table])
    with pytest.raises(WorkbookError) as refusal:
        PUBLIC.empty(sheet)
    assert str(refusal.value) == (
        'Table "PF_Plan" could not be taken off sheet "PF Plan" by the means of this Excel; '
        "right-click it, choose Table > Convert to Range, and try again."
    )


def test_way_that_xlwings_does_not_know_is_said() -> None:
    cells = _like(xw.Range)
    cells.unmerge.side_effect = NotImplementedError
    with pytest.raises(WorkbookError) as refusal:
        PUBLIC.empty(_like(xw.Sheet, name="PF Plan", cells=cells, charts=[], tables=[]))
    assert str(refusal.value) == (
        'xlwings has no way to ask this program to empty a sheet on "PF Plan"; use Excel for '
        "Windows, or close the workbook and use the command xlportfolio on the file."
    )


def test_cells_are_copied_in_one_call_and_tables_keep_their_names() -> None:
    def table(name: str) -> Any:
        return SimpleNamespace(name=name, range=SimpleNamespace(address="$A$1:$B$9"))

    copied, chart = table("PF_Plan2"), _like(xw.Chart)
    source = _like(xw.Sheet, cells=_like(xw.Range), tables=[table("PF_Plan")])
    target = _like(xw.Sheet, name="PF Plan", charts=[chart], tables=[copied])
    PUBLIC.copy_cells(source, target)
    assert source.cells.copy.mock_calls == [call(target.range.return_value)]
    assert target.range.mock_calls[0] == call("A1")
    assert copied.name == "PF_Plan"
    chart.delete.assert_called_once_with()


@pytest.mark.parametrize(
    ("freeze", "expected"),
    [
        ("A5", call.freeze_at("1:4")),
        ("C1", call.freeze_at("A:B")),
        ("C5", call.freeze_at("A1:B4")),
        (None, call.unfreeze()),
    ],
)
def test_view_is_set_as_far_as_the_public_api_goes(freeze: str | None, expected: Any) -> None:
    sheet = _like(xw.Sheet)
    areas = (CellRange.parse("A1:H40"), CellRange.parse("A42:H80"))
    setup = PrintSetup(areas=areas)
    PUBLIC.set_view(sheet, SheetDescription("PF Plan", {}, freeze=freeze, print_setup=setup))
    assert sheet.freeze_panes.mock_calls == [expected]
    assert sheet.show_gridlines is False
    assert sheet.page_setup.print_area == "A1:H40,A42:H80"


COLUMNS = Chart(
    "stacked_column",
    "Spend",
    (
        Series("B3:B6", "A3:A6", name="Capital", colour="0072B2"),
        Series("C3:C6", "A3:A6", name="Budget", colour="404040", kind="line"),
    ),
    "E2",
    y_format="#,##0",
    legend=None,
)


def _chart_sheet(n_series: int) -> tuple[Any, Any]:
    chart = _like(xw.Chart, series=[_like(xw.main.ChartSeries) for _ in range(n_series)])
    chart.legend = _like(xw.main.ChartLegend)
    chart.value_axis = _like(xw.main.ChartAxis)
    sheet = _like(xw.Sheet, name="PF Plan")
    sheet.charts = SimpleNamespace(add=lambda *place: chart)
    sheet.range.side_effect = lambda address: _like(xw.Range, left=10.0, top=20.0, address=address)
    return sheet, chart


def test_chart_over_adjoining_columns_is_drawn() -> None:
    sheet, chart = _chart_sheet(2)
    assert PUBLIC.draw_charts(sheet, [COLUMNS]) == []
    assert chart.chart_type == "column_stacked"
    (source,), options = chart.set_source_data.call_args
    assert (source.address, options) == ("B3:C6", {"plot_by": "columns"})
    assert chart.set_x_axis_values.call_args.args[0].address == "A3:A6"
    capital, budget = chart.series
    assert (capital.name, capital.fill_color) == ("Capital", "#0072B2")
    assert (budget.name, budget.line_color, budget.chart_type) == ("Budget", "#404040", "line")
    assert (chart.title, chart.legend.visible) == ("Spend", False)
    assert chart.value_axis.number_format == "#,##0"


def test_chart_that_excel_made_otherwise_is_taken_off_again_and_said() -> None:
    sheet, chart = _chart_sheet(3)
    assert PUBLIC.draw_charts(sheet, [COLUMNS]) == [
        'Chart "Spend" of sheet "PF Plan" was left out, because this Excel cannot be asked for it '
        "(Excel took the cells for other series); its figures are on the sheet, and Excel for "
        "Windows and xlportfolio run draw it."
    ]
    chart.delete.assert_called_once_with()


def test_bubbles_and_scattered_columns_are_said_and_not_tried() -> None:
    bubble = Chart("bubble", "Largest", (Series("B3:B6", x_values="A3:A6", sizes="C3:C6"),), "E2")
    apart = Chart("line", "FTE", (Series("B3:B6"), Series("D3:D6")), "E2")
    sheet, chart = _chart_sheet(1)
    said = PUBLIC.draw_charts(sheet, [bubble, apart])
    assert [one.partition("(")[2].partition(")")[0] for one in said] == [
        "it draws no bubble charts from here",
        "the values do not stand side by side in the order of the series",
    ]
    assert not chart.set_source_data.called
