"""The stand-in for Excel does what Excel is documented to do; checked against that, not itself."""

from __future__ import annotations

from datetime import datetime
from inspect import signature
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBarRule, FormulaRule
from openpyxl.worksheet.datavalidation import DataValidation

from tests.hosts.stand_in import ComError, StandIn
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import Chart, PrintSetup, Series, SheetDescription
from xlportfolio.workbook.live.details import ExcelDetails

WORKBOOKS = Path(__file__).parents[2] / "workbooks"
SHIPPED = sorted(path.name for path in WORKBOOKS.glob("*.xlsx"))


def _new() -> tuple[StandIn, xw.Book, xw.Sheet]:
    excel = StandIn()
    book = excel.new()
    return excel, book, book.sheets[0]


def _refused(act: Any, words: str) -> None:
    with pytest.raises(ComError) as caught:
        act()
    assert words in caught.value.excepinfo[2]


# -- what is entered -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entered", "value", "number_format"),
    [
        ("00123", 123.0, "General"),
        ("TRUE", True, "General"),
        ("#N/A", -2146826246, "General"),
        ("12%", 0.12, "0%"),
        ("1,234", 1234.0, "#,##0"),
        ("1E5", 100000.0, "0.00E+00"),
        ("3/4/2026", 46085.0, "m/d/yyyy"),
        ("2026-03-04", 46085.0, "m/d/yyyy"),
        ("Mar 2026", 46082.0, "mmm-yy"),
        ("18:00", 0.75, "h:mm"),
        ("'00123", "00123", "General"),
        ("Defer", "Defer", "General"),
        ("13/13/2026", "13/13/2026", "General"),
        (" 7 projects", " 7 projects", "General"),
    ],
)
def test_a_text_is_read_as_a_person_s_typing_is(
    entered: str, value: object, number_format: str
) -> None:
    excel, _book, sheet = _new()
    sheet.range("B2").raw_value = entered
    assert excel.details.values(sheet.range("B2")) == [[value]]
    assert sheet.range("B2").number_format == number_format


def test_a_day_and_month_become_a_date_of_this_year() -> None:
    _excel, _book, sheet = _new()
    sheet.range("A1").value = "1/2"
    assert sheet.range("A1").value == datetime(datetime.now().year, 1, 2)
    assert sheet.range("A1").number_format == "d-mmm"


def test_a_cell_of_format_text_keeps_what_is_entered_as_it_is() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1:A4").number_format = "@"
    sheet.range("A1:A4").raw_value = [["00123"], ["=1+1"], ["TRUE"], ["1/2"]]
    assert excel.details.values(sheet.range("A1:A4")) == [["00123"], ["=1+1"], ["TRUE"], ["1/2"]]


def test_the_apostrophe_is_no_part_of_the_value_and_shows_only_as_a_prefix() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1").raw_value = "'=1+1"
    assert (sheet.range("A1").raw_value, sheet.range("A1").formula) == ("=1+1", "=1+1")
    assert excel.details.prefixes(sheet, ["A1", "A2", "A1:A2"]) == [True, False, None]
    sheet.range("A1").raw_value = 5.0
    assert excel.details.prefixes(sheet, ["A1"]) == [False]


def test_a_formula_entered_into_a_range_moves_its_references_along() -> None:
    _excel, _book, sheet = _new()
    sheet.range("C1:D2").formula = "=A1+$B1"
    assert sheet.range("C1:D2").formula == (("=A1+$B1", "=B1+$B1"), ("=A2+$B2", "=B2+$B2"))


def test_a_formula_brings_the_number_format_of_what_it_refers_to_into_a_general_cell() -> None:
    _excel, book, sheet = _new()
    book.sheets.add("Rates", after=sheet).range("B2").number_format = "0.0%"
    sheet.range("A1").number_format = "dd/mm/yyyy"
    sheet.range("B1:B4").formula = [["=A1+7"], ["=TODAY()"], ["=Rates!$B$2"], ["=LOG10(C1)"]]
    sheet.range("B5").number_format = "0"
    sheet.range("B5").formula = "=A1"
    formats = [sheet.range((row, 2)).number_format for row in range(1, 6)]
    assert formats == ["dd/mm/yyyy", "m/d/yyyy", "0.0%", "General", "0"]


def test_formulas_come_as_texts_with_constants_among_them() -> None:
    _excel, _book, sheet = _new()
    sheet.range("A1:C2").raw_value = [[1.0, 0.1, "x"], [True, None, "=A1"]]
    assert sheet.range("A1:C2").formula == (("1", "0.1", "x"), ("TRUE", "", "=A1"))
    assert sheet.range("A1").formula == "1"


def test_a_block_that_is_too_small_leaves_errors_and_a_row_repeats() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1:C3").raw_value = [[1.0, 2.0], [3.0, 4.0]]
    missing = -2146826246  # #N/A
    assert excel.details.values(sheet.range("A1:C3")) == [
        [1.0, 2.0, missing],
        [3.0, 4.0, missing],
        [missing, missing, missing],
    ]
    sheet.range("E1:F2").raw_value = [["a", "b"]]
    assert sheet.range("E1:F2").raw_value == (("a", "b"), ("a", "b"))


def test_dates_are_dates_by_value_and_serials_as_stored() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1").value = datetime(2026, 4, 3)
    assert sheet.range("A1").value == datetime(2026, 4, 3)
    assert excel.details.values(sheet.range("A1")) == [[46115.0]]
    assert sheet.range("A1").number_format == "m/d/yyyy"


def test_a_workbook_may_count_its_dates_from_1904(tmp_path: Path) -> None:
    source = openpyxl.Workbook()
    source.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    source.active["A1"] = datetime(2026, 4, 3)
    source.save(tmp_path / "mac.xlsx")
    excel = StandIn()
    book = excel.open(tmp_path / "mac.xlsx")
    assert excel.details.uses_1904(book)
    assert excel.details.values(book.sheets[0].range("A1")) == [[46115.0 - 1462]]
    assert book.sheets[0].range("A1").value == datetime(2026, 4, 3)


def test_what_com_does_not_carry_is_refused() -> None:
    import numpy

    _excel, _book, sheet = _new()
    with pytest.raises(TypeError, match="'int64' can not be converted to a COM VARIANT"):
        sheet.range("A1").raw_value = numpy.int64(3)
    _refused(lambda: setattr(sheet.range("A1"), "raw_value", float("nan")), "Unable to set")
    _refused(lambda: setattr(sheet.range("A1"), "raw_value", "=SUM(A2"), "defined error")


# -- what differs within a range, what is used, what is selected ---------------------------------


def test_what_differs_within_a_range_comes_as_none() -> None:
    _excel, _book, sheet = _new()
    sheet.range("B1:B3").number_format = "0.0"
    sheet.range("B:B").column_width = 20
    sheet.range("2:2").row_height = 30
    sheet.range("B1").font.bold = True
    sheet.range("A5:B5").merge()
    assert [sheet.range(one).number_format for one in ("B1:B3", "A1:B1")] == ["0.0", None]
    assert [sheet.range(one).column_width for one in ("B1", "A1:B1")] == [20.0, None]
    assert [sheet.range(one).row_height for one in ("A2", "A1:A2", "A1")] == [30.0, None, 15.0]
    assert [sheet.range(one).font.bold for one in ("B1", "B2", "B1:B2")] == [True, False, None]
    assert [sheet.range(one).merge_cells for one in ("A5:B5", "A4:B5", "A4")] == [True, None, False]
    assert sheet.range("B5").merge_area.address == "$A$5:$B$5"


def test_a_column_that_is_hidden_is_0_wide_and_gets_its_width_back() -> None:
    excel, _book, sheet = _new()
    sheet.range("C:C").column_width = 12
    sheet.range("C1").columns.hidden = True
    assert sheet.range("C1").column_width == 0
    sheet.range("B1:D1").value = 1
    assert excel.details.layout(sheet).hidden_columns == {3}
    sheet.range("C1").columns.hidden = False
    assert sheet.range("C1").column_width == 12


def test_the_used_range_counts_formatted_cells_and_the_extent_only_values() -> None:
    excel, _book, sheet = _new()
    assert sheet.used_range.address == "$A$1"
    assert excel.details.extent(sheet) is None
    sheet.range("C3").value = 1
    sheet.range("F9").color = "#ff0000"
    assert sheet.used_range.address == "$C$3:$F$9"
    assert excel.details.extent(sheet) == "C3"


def test_a_block_is_found_from_a_cell_of_it() -> None:
    _excel, _book, sheet = _new()
    sheet.range("B2:D4").value = [["ID", "Cost", "RAG"], [1, 2, "R"], [3, 4, "G"]]
    assert sheet.range("B2").expand().address == "$B$2:$D$4"
    assert sheet.range("C3").current_region.address == "$B$2:$D$4"
    ends = {way: sheet.range("C3").end(way).address for way in ("up", "down", "left", "right")}
    assert ends == {"up": "$C$2", "down": "$C$4", "left": "$B$3", "right": "$D$3"}
    assert sheet.range("C4").end("down").row == 1_048_576


def test_only_cells_of_the_sheet_in_front_can_be_selected() -> None:
    excel, book, sheet = _new()
    other = book.sheets.add("Other", after=sheet)
    _refused(sheet.range("B2").select, "Select method of Range class failed")
    other.range("B2").select()
    assert excel.shown() == ("Book1", "Other", "B2")
    assert book.app.selection.address == "$B$2"
    sheet.visible = False
    _refused(sheet.activate, "Activate method")


def test_visibility_is_a_number_and_the_last_visible_sheet_stays() -> None:
    _excel, _book, sheet = _new()
    assert sheet.visible == -1
    _refused(lambda: setattr(sheet, "visible", False), "at least one visible worksheet")
    _refused(sheet.delete, "at least one visible worksheet")


# -- what Excel refuses --------------------------------------------------------------------------


def test_a_protected_sheet_takes_only_what_goes_into_unlocked_cells(tmp_path: Path) -> None:
    source = openpyxl.Workbook()
    source.active["B2"].protection = openpyxl.styles.Protection(locked=False)
    source.active.protection.sheet = True
    source.save(tmp_path / "locked.xlsx")
    excel = StandIn()
    sheet = excel.open(tmp_path / "locked.xlsx").sheets[0]
    assert excel.details.is_protected(sheet)
    sheet.range("B2").value = 7
    assert sheet.range("B2").value == 7
    for act in (
        lambda: setattr(sheet.range("A1:B2"), "raw_value", [[1.0, 2.0], [3.0, 4.0]]),
        lambda: setattr(sheet.range("B2"), "number_format", "0"),
        lambda: setattr(sheet.range("B2"), "column_width", 3),
        sheet.range("A1").clear,
        lambda: excel.details.empty(sheet),
    ):
        _refused(act, "protected sheet")


def test_a_part_of_an_array_formula_cannot_be_changed() -> None:
    _excel, _book, sheet = _new()
    sheet.range("A1:A3").formula_array = "=B1:B3*2"
    assert [sheet.range(one).has_array for one in ("A2", "A1:A4", "C1")] == [True, None, False]
    assert sheet.range("A3").formula == "=B1:B3*2"
    _refused(lambda: setattr(sheet.range("A2"), "value", 1), "part of an array")
    _refused(sheet.range("A3:A5").clear_contents, "part of an array")
    sheet.range("A1:A3").clear_contents()
    sheet.range("A2").value = 1
    assert sheet.range("A2").value == 1


def test_a_spill_gives_way_and_its_formula_says_so() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1").formula2 = "=SEQUENCE(3)"
    excel.set_result(sheet.range("A1"), [[1], [2], [3]])
    assert sheet.range("A1:A3").value == [1, 2, 3]
    assert excel.details.layout(sheet).spills == ("A1:A3",)
    sheet.range("A2").value = 9
    assert sheet.range("A1:A3").options(err_to_str=True).value == ["#SPILL!", 9, None]


def test_merged_cells_hold_one_value_and_cannot_be_cleared_in_part() -> None:
    _excel, _book, sheet = _new()
    sheet.range("A1:B2").value = [[1, 2], [3, 4]]
    sheet.range("A1:B2").merge()
    sheet.range("B2").value = 5
    assert sheet.range("A1:B2").value == [[1, None], [None, None]]
    _refused(sheet.range("B2:C3").clear_contents, "merged cell")
    _refused(sheet.range("B1").clear, "merged cell")


def test_headers_of_a_table_are_texts_each_once_and_never_blank() -> None:
    _excel, _book, sheet = _new()
    sheet.range("A1:C2").value = [["ID", "ID", None], [1, 2, 3]]
    table = sheet.tables.add(sheet.range("A1:C2"), name="Plan")
    assert table.header_row_range.value == ["ID", "ID2", "Column3"]
    sheet.range("A1").value = 2026
    assert sheet.range("A1").raw_value == "2026"
    _refused(lambda: setattr(sheet.range("A1"), "formula", "=1+1"), "header row of a table")
    _refused(lambda: sheet.tables.add(sheet.range("C2:D3")), "overlap")


def test_a_workbook_whose_structure_is_protected_keeps_its_sheets() -> None:
    excel, book, sheet = _new()
    book.sheets.add("Two")
    excel.protect_structure(book)
    assert excel.details.structure_is_protected(book)
    for act in (
        lambda: book.sheets.add("Three"),
        lambda: setattr(sheet, "name", "One"),
        sheet.delete,
        lambda: setattr(sheet, "visible", False),
        lambda: sheet.copy(),
    ):
        _refused(act, "protected")


def test_a_workbook_opened_read_only_is_not_saved_in_its_place(tmp_path: Path) -> None:
    excel = StandIn()
    book = excel.open(WORKBOOKS / "template.xlsx", read_only=True)
    _refused(book.save, "read-only")
    book.save(tmp_path / "copy.xlsx")
    assert (book.name, (tmp_path / "copy.xlsx").exists()) == ("copy.xlsx", True)


def test_what_is_no_workbook_is_not_opened(tmp_path: Path) -> None:
    _excel, book, _sheet = _new()
    (tmp_path / "broken.xlsx").write_bytes(b"no zip")
    _refused(lambda: book.app.books.open(tmp_path / "broken.xlsx"), "file format")
    assert [one.name for one in book.app.books] == ["Book1"]


# -- what follows when sheets change -------------------------------------------------------------


def test_references_follow_a_sheet_that_is_renamed() -> None:
    _excel, book, sheet = _new()
    plan = book.sheets.add("Plan")
    book.names.add("Total", "=Plan!$B$2")
    sheet.range("A1:A2").formula = [['=Plan!B2&"Plan!"'], ["=SUM('plan'!A:A)"]]
    plan.name = "The 'new' plan"
    assert sheet.range("A1").formula == "='The ''new'' plan'!B2&\"Plan!\""
    assert sheet.range("A2").formula == "=SUM('The ''new'' plan'!A:A)"
    assert book.names["Total"].refers_to == "='The ''new'' plan'!$B$2"
    assert book.names["Total"].refers_to_range.sheet.name == "The 'new' plan"


def test_references_to_a_sheet_that_is_deleted_are_lost() -> None:
    excel, book, sheet = _new()
    plan = book.sheets.add("Plan")
    plan.range("A1:A2").value = [["Cost"], [1]]
    plan.tables.add(plan.range("A1:A2"), name="tblPlan")
    plan.names.add("Own", "=Plan!$A$1")
    book.names.add("Total", "=Plan!$B$2")
    sheet.range("A1:A3").formula = [["=Plan!B2"], ["=SUM(tblPlan[Cost])"], ["=B1"]]
    excel.set_result(sheet.range("A1"), 4)
    plan.delete()
    assert sheet.range("A1:A3").formula == (("=#REF!B2",), ("=SUM(#REF!)",), ("=B1",))
    assert sheet.range("A1").options(err_to_str=True).value == "#REF!"
    assert [(name.name, name.refers_to) for name in book.names] == [("Total", "=#REF!$B$2")]
    with pytest.raises(ComError):
        _ = plan.name


def test_rules_validations_charts_and_print_areas_follow_a_renamed_sheet(tmp_path: Path) -> None:
    source = openpyxl.Workbook()
    cells, lists = source.active, source.create_sheet("Lists")
    rule = DataValidation(type="list", formula1="Lists!$A$1:$A$9")
    rule.add("C2:C3")
    cells.add_data_validation(rule)
    cells.conditional_formatting.add("A1:A9", FormulaRule(["$A1=Lists!$A$1"]))
    lists.print_area = "A1:B9"
    source.save(tmp_path / "lists.xlsx")
    excel = StandIn()
    book = excel.open(tmp_path / "lists.xlsx")
    first = book.sheets[0]
    excel.details.draw_charts(first, [Chart("bar", "Cost", (Series("Lists!$B$1:$B$9"),), "D2")])
    book.sheets["Lists"].name = "All lists"
    state = excel.state(book)["sheet Sheet"]
    assert "<formula1>'All lists'!$A$1:$A$9</formula1>" in state["validations"][0][1]
    assert "<formula>$A1='All lists'!$A$1</formula>" in state["rules"][0][1]
    (drawn,) = excel.details.described(first).charts
    assert drawn.series[0].values == "'All lists'!$B$1:$B$9"
    (entry,) = excel.details.names(book)
    assert (entry.name, entry.text) == ("Print_Area", "'All lists'!$A$1:$B$9")


def test_a_copied_sheet_takes_its_own_names_along() -> None:
    excel, book, sheet = _new()
    sheet.range("A1:A2").value = [["Cost"], [2]]
    sheet.tables.add(sheet.range("A1:A2"), name="tblPlan")
    excel.details.set_mark(sheet, 'PF "Plan"')
    copied = sheet.copy()
    assert [one.name for one in book.sheets] == ["Sheet1", "Sheet1 (2)"]
    assert excel.details.marks(book) == {"Sheet1": 'PF "Plan"', "Sheet1 (2)": 'PF "Plan"'}
    assert [table.name for table in copied.tables] == ["tblPlan1"]


def test_a_sheet_copied_to_another_workbook_refers_back_to_the_first() -> None:
    excel, book, sheet = _new()
    book.sheets.add("Rates", after=sheet)
    sheet.range("A1:A2").formula = [["=Rates!B2"], ["=Sheet1!B1"]]
    other = excel.new()
    copied = sheet.copy(after=other.sheets[0], name="Copy")
    assert copied.range("A1:A2").formula == (("='[Book1]Rates'!B2",), ("=Copy!B1",))


# -- what is asked beyond xlwings ----------------------------------------------------------------


def test_copied_cells_bring_all_that_belongs_to_them_but_charts(tmp_path: Path) -> None:
    source = openpyxl.Workbook()
    cells = source.active
    for row in (["ID", "Cost"], ["P1", 2.5], ["P2", "=B2*2"]):
        cells.append(row)
    cells["A1"].font = openpyxl.styles.Font(bold=True, color="FF0000")
    cells["B2"].number_format = "0.00"
    cells["A2"].comment = Comment("Ask Ann", "Ann")
    cells["A3"].hyperlink = "https://example.org/p2"
    cells.merge_cells("D1:E1")
    cells.conditional_formatting.add("B2:B3", DataBarRule("min", None, "max", None, color="638EC6"))
    rule = DataValidation(type="list", formula1='"In,Out"')
    rule.add("C2:C3")
    cells.add_data_validation(rule)
    cells.add_table(openpyxl.worksheet.table.Table(displayName="tblCosts", ref="A1:B3"))
    cells.column_dimensions["B"].width = 30
    cells.row_dimensions[3].hidden = True
    source.save(tmp_path / "source.xlsx")
    excel = StandIn()
    origin = excel.open(tmp_path / "source.xlsx")
    target = excel.new()
    here, there = origin.sheets[0], target.sheets[0]
    excel.calls.clear()
    excel.details.copy_cells(here, there)
    assert excel.calls.names == ["StandInDetails.copy_cells"]
    shown, copied = excel.state(origin)["sheet Sheet"], excel.state(target)["sheet Sheet1"]
    assert excel.differences(shown, copied) == []
    assert copied["notes"] == {"A2": "Ask Ann"}
    assert copied["columns"]["2"]["size"] == pytest.approx(30 - 0.71)
    assert list(copied["tables"]) == ["tblCosts"]
    assert len(copied["rules"]) == len(copied["validations"]) == len(copied["links"]) == 1


def test_an_emptied_sheet_keeps_what_refers_to_its_cells() -> None:
    excel, book, sheet = _new()
    ours = book.sheets.add("PF Plan", after=sheet)
    ours.range("A1:B3").value = [["ID", "Cost"], ["P1", 1], ["P2", 2]]
    ours.tables.add(ours.range("A1:B3"), name="tblPlan")
    ours.range("A5:B5").merge()
    ours.range("A1").add_note("Ours")
    ours.range("C:C").column_width = 40
    excel.details.draw_charts(ours, [Chart("column", "Cost", (Series("B2:B3"),), "D2")])
    sheet.range("A1:A2").formula = [["=SUM(tblPlan[Cost])"], ["='PF Plan'!B2"]]
    excel.details.empty(ours)
    assert sheet.range("A1").formula == "=SUM('PF Plan'!$B$2:$B$3)"
    assert sheet.range("A2").formula == "='PF Plan'!B2"
    blank = excel.state(excel.new())["sheet Sheet1"]
    assert excel.differences(blank, excel.state(book)["sheet PF Plan"]) == []


def test_view_and_charts_are_described_as_they_were_set() -> None:
    excel, _book, sheet = _new()
    chart = Chart("line", "Spend", (Series("B2:B9", "A2:A9"),), "D2")
    setup = PrintSetup(repeat_rows=(1, 3), header="&LPlan", footer="Page &P", fit_height=True)
    described = SheetDescription(
        "Sheet1", {}, freeze="C4", zoom=85, tab_colour="1F4E79", print_setup=setup, charts=(chart,)
    )
    excel.details.set_view(sheet, described)
    assert excel.details.draw_charts(sheet, described.charts) == []
    assert excel.details.described(sheet) == described


def test_charts_of_a_file_are_described_so_that_they_can_be_drawn_again(tmp_path: Path) -> None:
    source = openpyxl.Workbook()
    chart = BarChart()
    chart.title, chart.y_axis.title, chart.grouping, chart.overlap = (
        "Spend",
        "GBP k",
        "stacked",
        100,
    )
    chart.add_data(Reference(source.active, range_string="Sheet!$B$1:$B$4"), titles_from_data=True)
    chart.set_categories(Reference(source.active, range_string="Sheet!$A$2:$A$4"))
    source.active.add_chart(chart, "D3")
    source.save(tmp_path / "chart.xlsx")
    excel = StandIn()
    book = excel.open(tmp_path / "chart.xlsx")
    before, sheet = excel.state(book), book.sheets[0]
    (found,) = excel.details.described(sheet).charts
    assert (found.kind, found.title, found.anchor) == ("stacked_column", "Spend", "D3")
    assert (found.y_title, found.width_cm, found.height_cm) == ("GBP k", 15.0, 7.5)
    assert found.series == (
        Series("'Sheet'!$B$2:$B$4", "'Sheet'!$A$2:$A$4", name_reference="'Sheet'!B1"),
    )
    excel.details.empty(sheet)
    excel.details.draw_charts(sheet, [found])
    assert excel.differences(before, excel.state(book)) == []


def test_marks_are_hidden_names_of_their_sheets() -> None:
    excel, book, sheet = _new()
    excel.details.set_mark(sheet, "PF Results")
    excel.details.set_mark(sheet, "PF Log")
    assert excel.details.marks(book) == {"Sheet1": "PF Log"}
    (entry,) = excel.details.names(book)
    assert (entry.name, entry.text, entry.sheet, entry.hidden) == (
        "_xlportfolio",
        '"PF Log"',
        "Sheet1",
        True,
    )
    assert [name.name for name in sheet.names] == ["Sheet1!_xlportfolio"]


def test_all_that_is_asked_beyond_xlwings_is_answered_under_the_same_names() -> None:
    asked = {
        name: list(signature(member).parameters)
        for name, member in vars(ExcelDetails).items()
        if not name.startswith("_") and callable(member)
    }
    details = StandIn().details
    answered = {name: ["self", *signature(getattr(details, name)).parameters] for name in asked}
    assert answered == asked
    assert "copy_cells" in asked


def test_a_filter_hides_rows() -> None:
    excel, _book, sheet = _new()
    sheet.range("A1:A4").value = [["ID"], [1], [2], [3]]
    excel.filter(sheet.range("A1:A4"), [2, 3])
    assert excel.details.is_filtered(sheet)
    assert excel.details.layout(sheet).hidden_rows == {2, 3}


# -- the person at Excel, calls, faults, states --------------------------------------------------


def test_message_boxes_are_answered_from_a_script() -> None:
    excel, book, _sheet = _new()
    excel.alerts.answers = ["yes"]
    assert book.app.alert("Write 12 cells?", "Portfolio", "yes_no_cancel") == "yes"
    assert book.app.alert("Done.") == "ok"
    with pytest.raises(AssertionError, match="Nobody answers: Sure"):
        book.app.alert("Sure?", buttons="yes_no")
    assert [(one.prompt, one.answer) for one in excel.alerts.asked] == [
        ("Write 12 cells?", "yes"),
        ("Done.", "ok"),
    ]


def test_esc_is_pressed_when_the_script_says_so() -> None:
    excel = StandIn()
    excel.press_escape([False, True])
    assert [excel.details.escape_is_pressed() for _ in range(3)] == [False, True, False]


def test_every_get_set_and_method_is_one_call() -> None:
    excel, _book, sheet = _new()
    cells = sheet.range("A1:B2")
    excel.calls.clear()
    cells.raw_value = [[1.0, 2.0], [3.0, 4.0]]
    _ = cells.raw_value, cells.formula, cells.number_format
    excel.details.values(cells)
    cells.clear()
    assert excel.calls.names == [
        "Range.raw_value=",
        "Range.raw_value",
        "Range.formula",
        "Range.number_format",
        "StandInDetails.values",
        "Range.clear",
    ]
    assert excel.calls.count == 6
    assert excel.engine_seconds > 0


def test_the_kth_call_fails_once_before_or_after_it_was_carried_out() -> None:
    excel, _book, sheet = _new()
    cells = sheet.range("A1")
    for carried_out, value in ((False, None), (True, 5.0)):
        cells.raw_value = None
        excel.fail_at(2, carried_out=carried_out)
        _ = cells.raw_value
        with pytest.raises(ComError, match=r"Made to fail at Range\.raw_value="):
            cells.raw_value = 5.0
        assert excel.calls.has_failed
        assert cells.raw_value == value


def test_changes_while_events_are_on_or_the_screen_follows_are_remembered() -> None:
    excel, book, sheet = _new()
    app, cells = book.app, sheet.range("A1")
    app.screen_updating = app.enable_events = False
    cells.raw_value = 1.0
    app.enable_events = True
    _ = cells.raw_value
    cells.raw_value = 2.0
    assert excel.disturbing == ["Range.raw_value="]
    assert excel.changed_switches == [
        ("screen_updating", False),
        ("enable_events", False),
        ("enable_events", True),
    ]
    assert excel.switches()["enable_events"]


def test_of_two_excels_the_one_that_was_activated_is_the_active_one() -> None:
    first, second = StandIn(), StandIn()
    assert xw.apps.active == second.app
    first.new().sheets[0].activate()
    assert xw.apps.active == first.app
    assert len([one for one in xw.engines if one.name == "stand-in"]) == 1


def test_a_folder_that_is_not_there_takes_no_file(tmp_path: Path) -> None:
    excel, book, _sheet = _new()
    _refused(lambda: book.save(tmp_path / "none" / "book.xlsx"), "cannot access the file")
    _refused(lambda: excel.details.save_copy(book, tmp_path / "none" / "b.xlsx"), "cannot access")
    excel.details.save_copy(book, tmp_path / "copy.xlsx")
    assert (book.name, [one.name for one in tmp_path.iterdir()]) == ("Book1", ["copy.xlsx"])


def test_an_excel_in_which_a_cell_is_being_edited_refuses_every_call() -> None:
    excel, _book, sheet = _new()
    excel.calls.is_busy = True
    _refused(lambda: sheet.name, "rejected by callee")
    excel.calls.is_busy = False
    assert sheet.name == "Sheet1"


def test_what_a_person_does_is_neither_counted_nor_made_to_fail() -> None:
    excel = StandIn()
    excel.fail_at(1)
    book = excel.open(WORKBOOKS / "template.xlsx")
    assert excel.calls.count == 0
    assert not excel.calls.has_failed
    with pytest.raises(ComError):
        _ = book.name


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda sheet: setattr(sheet.range("B2"), "value", 2), "cells > B2 > value"),
        (lambda sheet: setattr(sheet.range("B2"), "formula", "=A1"), "cells > B2 > formula"),
        (
            lambda sheet: setattr(sheet.range("B2"), "number_format", "0"),
            "B2 > number_format",
        ),
        (lambda sheet: setattr(sheet.range("B2"), "color", "#ffffff"), "cells > B2 > fill"),
        (lambda sheet: setattr(sheet.range("B2").font, "bold", True), "cells > B2 > font"),
        (lambda sheet: setattr(sheet.range("B2"), "wrap_text", True), "cells > B2 > alignment"),
        (lambda sheet: setattr(sheet.range("B2"), "value", "'x"), "cells > B2 > value"),
        (lambda sheet: setattr(sheet.range("B2"), "column_width", 3), "columns > 2"),
        (lambda sheet: setattr(sheet.range("B2"), "row_height", 3), "rows > 2"),
        (lambda sheet: sheet.range("B2:B3").merge(), "merges"),
        (lambda sheet: sheet.range("B2").add_note("n"), "notes > B2"),
        (lambda sheet: sheet.range("B2").add_hyperlink("https://a.b"), "links > B2"),
        (lambda sheet: sheet.tables.add(sheet.range("D1:D2")), "tables > Table1"),
        (lambda sheet: sheet.names.add("Own", "=1"), "names"),
        (lambda sheet: setattr(sheet, "show_gridlines", False), "view > gridlines"),
        (lambda sheet: sheet.freeze_panes.freeze_at("A1"), "view > freeze"),
        (lambda sheet: sheet.book.sheets.add(), "sheets"),
        (lambda sheet: setattr(sheet, "name", "New"), "sheets"),
    ],
)
def test_a_state_tells_every_change(change: Any, where: str) -> None:
    excel, book, sheet = _new()
    sheet.range("B2").value = 1
    before = excel.state(book)
    change(sheet)
    told = excel.differences(before, excel.state(book))
    assert any(where in one for one in told), told


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_workbook_is_the_same_after_it_was_opened_and_saved(
    name: str, tmp_path: Path
) -> None:
    excel = StandIn()
    book = excel.open(WORKBOOKS / name)
    saved = excel.save(book, tmp_path / name)
    with open_workbook(WORKBOOKS / name) as before, open_workbook(saved) as after:
        assert after.sheet_names == before.sheet_names
        for sheet in before.sheet_names:
            assert after.contents(sheet) == before.contents(sheet)
        assert after.tables() == before.tables()
        assert after.names() == before.names()
    state = excel.state(book)
    book.close()
    assert excel.differences(state, excel.state(excel.open(saved))) == []


def test_a_block_of_60000_cells_is_written_and_read_in_few_calls() -> None:
    excel, _book, sheet = _new()
    block = [[float(i * j) if j % 3 else f"P{i}" for j in range(30)] for i in range(2000)]
    cells = sheet.range((1, 1), (2000, 30))
    excel.calls.clear()
    cells.raw_value = block
    assert excel.details.values(cells) == block
    assert excel.calls.count == 2


def test_a_formula_of_an_array_set_by_formula_shows_one_value_and_by_formula2_spills(
    tmp_path: Path,
) -> None:
    excel = StandIn()
    sheet = excel.new().sheets[0]
    sheet["A1"].formula = "=SORT(C1:C9)"
    sheet["B1"].formula2 = "=SORT(C1:C9)"
    assert [sheet["A1"].formula2, sheet["B1"].formula2] == ["=@SORT(C1:C9)", "=SORT(C1:C9)"]
