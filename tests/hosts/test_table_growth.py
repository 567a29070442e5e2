"""Excel tables that grow: what is added, what follows it, what is refused, what stays as it was.

openpyxl, lxml and zipfile read what was saved; LibreOffice and the Open XML validator judge it.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.worksheet.worksheet import Worksheet

from tests.hosts.fuzz_table_growth import run_rounds
from tests.hosts.test_closed_workbook import changed_parts, parts, with_part
from tests.machine import Calc, Validator
from xlportfolio import CellError, Formula, InputError, WorkbookError, open_workbook
from xlportfolio.workbook.growing.covering import GrownRows, extended_list
from xlportfolio.workbook.growing.sheet_tail import SheetTail
from xlportfolio.workbook.lint import lint, new_findings
from xlportfolio.workbook.references import CellRange

SHEET, TABLE, CHART = "xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/charts/chart1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOUBLE = "Costs[[#This Row],[Cost]]*2"

pytestmark = pytest.mark.filterwarnings("ignore::xlportfolio.StaleValueWarning")


def costs(path: Path, change: Callable[[Any, Any], None] | None = None) -> Path:
    """A table in B2:E5 with styles, a calculated column and rules, and what refers to it."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Plan")
        date = book.add_format({"num_format": "dd/mm/yyyy", "bold": True})
        head = book.add_format({"bold": True, "bg_color": "#DDEEFF"})
        sheet.set_column("B:E", 12, book.add_format({"italic": True}))
        data = [["a", 1, 46_000, None], ["b", 2, 46_001, None], ["c", 3, 46_002, None]]
        columns = [
            {"header": "ID", "format": book.add_format({"num_format": "@"}), "header_format": head},
            {"header": "Cost", "header_format": head},
            {"header": "Start", "format": date, "header_format": head},
            {"header": "Double", "formula": f"={DOUBLE}", "header_format": head},
        ]
        sheet.add_table("B2:E5", {"name": "Costs", "columns": columns, "data": data})
        for row in range(2, 5):
            sheet.write_formula(row, 4, f"={DOUBLE}", None, (row - 1) * 2)
        sheet.conditional_format("C3:C5", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("B3:E5", {"type": "no_blanks", "format": head})
        sheet.conditional_format("C3:C4", {"type": "cell", "criteria": ">", "value": 1})
        sheet.data_validation("B3:B5", {"validate": "length", "criteria": "<", "value": 9})
        sheet.data_validation("C4:C5", {"validate": "integer", "criteria": ">", "value": 0})
        sheet.write_formula("L2", "=SUM(Costs[Cost])", None, 6)
        sheet.print_area("B2:E5")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"categories": "=Plan!$B$3:$B$5", "values": "=Plan!$C$3:$C$5"})
        chart.add_series({"values": "=Plan!$C$3:$C$4"})
        sheet.insert_chart("J2", chart)
        book.define_name("AllCosts", "=Plan!$C$3:$C$5")
        book.define_name("Body", "=Plan!$B$3:$E$5")
        book.define_name("Some", "=Plan!$C$3:$C$4")
        book.add_worksheet("Other").write("A1", "untouched")
        if change is not None:
            change(book, sheet)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return costs(tmp_path / "book.xlsx")


def plan(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path)["Plan"]


def values(path: Path, area: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in plan(path)[area]]


def refused(book: Path, rows: Any = (("x", 1, None, None),), columns: Any = None) -> str:
    """Why the table does not grow; neither the file nor what is read of it changes."""
    before = book.read_bytes()
    with open_workbook(book) as opened:
        tables, cells = opened.tables(), opened.read("Plan!A1:H12")
        with pytest.raises((WorkbookError, InputError)) as refusal:
            if columns is None:
                opened.append_rows("Costs", rows)
            else:
                opened.append_columns("Costs", *columns)
        assert (opened.tables(), opened.read("Plan!A1:H12")) == (tables, cells)
        opened.save()
    assert book.read_bytes() == before
    return str(refusal.value)


# -- rows ----------------------------------------------------------------------------------------


def test_rows_are_added_below_with_the_styles_of_the_row_above(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "after.xlsx"
    with open_workbook(path) as book:
        added = book.append_rows("costs", [["d", 4, dt.date(2026, 5, 1), None], ["e"] + [None] * 3])
        book.save(target)
    assert added == CellRange.parse("B6:E7")
    assert values(target, "B5:F8") == [
        ["c", 3, dt.datetime(2025, 12, 11), f"={DOUBLE}", None],
        ["d", 4, dt.datetime(2026, 5, 1), f"={DOUBLE}", None],
        ["e", None, None, f"={DOUBLE}", None],
        [None, None, None, None, None],
    ]
    sheet = plan(target)
    for column in "BCDE":
        for row in (6, 7):
            new, above = sheet[f"{column}{row}"], sheet[f"{column}5"]
            assert (new.number_format, new.font.b, new.font.i) == (
                above.number_format,
                above.font.b,
                above.font.i,
            )
    assert sheet["D7"].number_format == "dd/mm/yyyy"
    assert not sheet["B6"].font.i, "the sheet's column is in italics, the table's cells are not"
    table = sheet.tables["Costs"]
    assert (table.ref, table.autoFilter.ref) == ("B2:E7", "B2:E7")
    assert changed_parts(path, target) == {SHEET, TABLE, CHART, "xl/workbook.xml"}
    assert new_findings(path, target) == []


def test_rows_can_be_read_before_they_are_saved(path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        (table,) = book.tables()
        assert table.range == CellRange.parse("B2:E6")
        assert book.read("Costs")[-2:] == [
            ["c", 3.0, dt.datetime(2025, 12, 11), 6.0],
            ["d", 4.0, None, None],
        ]
        assert (6, 5) in book.contents("Plan").formulas
        assert book.formulas_are_stale
        names = {name.name: name.range.address for name in book.names()}
        assert names == {"AllCosts": "C3:C6", "Body": "B3:E6", "Some": "C3:C4"}
    assert path.read_bytes() == before


def test_rows_may_be_mappings_from_header_to_value(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_rows("Costs", [{"cost": 4, "ID": "d"}, {"Double": 9}, ["f", 6, None, "own"]])
        book.save()
    assert values(path, "B6:E8") == [
        ["d", 4, None, f"={DOUBLE}"],
        [None, None, None, 9],
        ["f", 6, None, "own"],
    ]


def test_a_text_of_no_characters_leaves_a_calculated_column_blank(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, ""]])
        book.save()
    assert values(path, "B6:E6") == [["d", 4, None, None]]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("C3*$C$3", "=C6*$C$3"),  # as for the first row
        ("C4*$C$3", "=C6*$C$3"),  # as for another one: the cells tell
    ],
)
def test_plain_references_of_a_calculated_column_move_with_the_row(
    told: str, expected: str, path: Path
) -> None:
    with_part(path, TABLE, lambda xml: xml.replace(DOUBLE.encode(), told.encode()))

    def formulas(xml: bytes) -> bytes:
        for row in (3, 4, 5):
            xml = re.sub(rb'(<c r="E%d"[^>]*><f>)[^<]*' % row, rb"\1C%d*$C$3" % row, xml)
        return xml

    with_part(path, SHEET, formulas)
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.save()
    assert values(path, "E5:E6") == [["=C5*$C$3"], [expected]]


def test_an_array_in_a_calculated_column_is_not_guessed(path: Path) -> None:
    formula = b"<calculatedColumnFormula"
    with_part(path, TABLE, lambda xml: xml.replace(formula, formula + b' array="1"'))
    assert refused(path) == (
        'Plan!E6 cannot be filled: the column "Double" has an array formula. Give a value for it, '
        "or enter the row in Excel."
    )
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, 8]])
        assert book.read("Plan!E6") == [[8.0]]


def test_growing_again_and_writing_between_add_up(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.write("Plan!B6", [["D", 4.5]])
        book.write("Plan!C6", [[None]])
        assert book.append_rows("Costs", [["e", 5, None, 1]]) == CellRange.parse("B7:E7")
        assert book.append_columns("Costs", ["Owner"], [["x"]] * 5) == CellRange.parse("F2:F7")
        assert book.append_rows("Costs", [["f", 6, None, 2, "y"]]) == CellRange.parse("B8:F8")
        with pytest.raises(WorkbookError, match=r'column header of the Excel table "Costs"'):
            book.write("Plan!F2", [["Boss"]])
        book.save()
        assert [row[-1] for row in book.read("Costs")] == ["Owner", *"xxxxx", "y"]
    assert values(path, "B6:F8") == [
        ["D", None, None, f"={DOUBLE}", "x"],
        ["e", 5, None, 1, "x"],
        ["f", 6, None, 2, "y"],
    ]
    sheet = plan(path)
    assert sheet["D8"].number_format == "dd/mm/yyyy"
    assert sheet.tables["Costs"].ref == "B2:F8"
    assert rules(path) == {"C3:C8", "B3:E8", "C3:C4"}
    assert lint(path) == []


def test_what_stood_in_a_new_cell_before_may_be_written_there_again(tmp_path: Path) -> None:
    path = costs(tmp_path / "book.xlsx", lambda book, sheet: sheet.write("D6", 7))
    with open_workbook(path) as book:
        book.write("Plan!D6", [[None]])
        book.append_rows("Costs", [["d", 4, None, None]])
        book.write("Plan!D6", [[7.0]])
        assert book.read("Plan!B6:D6") == [["d", 4.0, 7.0]]
        book.save()
    sheet = plan(path)
    assert sheet["D6"].number_format == "dd/mm/yyyy"
    assert sheet["D6"].value == dt.datetime(1900, 1, 7)


def test_a_new_header_cannot_be_cleared_before_it_is_saved(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_columns("Costs", ["Owner"])
        with pytest.raises(WorkbookError, match=r"Plan!F2 cannot be written: it is a column head"):
            book.write("Plan!F2", [[None]])
        assert book.read("Plan!F2") == [["Owner"]]
        book.save()
    assert values(path, "F2:F2") == [["Owner"]]


def test_a_table_without_data_takes_the_first_row_in_its_blank_one(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        sheet.add_table("B2:C3", {"name": "Costs", "columns": [{"header": "ID"}, {"header": "N"}]})
        sheet.write_blank("C3", None, made.add_format({"num_format": "0.00"}))
        sheet.data_validation("C3", {"validate": "integer", "criteria": ">", "value": 0})
    with_part(path, TABLE, lambda xml: xml.replace(b'id="1"', b'id="1" insertRow="1"', 1))
    with open_workbook(path) as book:
        assert book.append_columns("Costs", ["More"]) == CellRange.parse("D2:D3")
        assert book.append_rows("Costs", [["a", 1, None]]) == CellRange.parse("B3:D3")
        assert book.append_rows("Costs", [["b", 2, None]]) == CellRange.parse("B4:D4")
        book.save()
    assert values(path, "B2:D4") == [["ID", "N", "More"], ["a", 1, None], ["b", 2, None]]
    sheet = plan(path)
    assert sheet["C4"].number_format == sheet["C3"].number_format == "0.00"
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == ["C3:C4"]
    assert sheet.tables["Costs"].ref == "B2:D4"
    assert b"insertRow" not in parts(path)[TABLE]
    assert lint(path) == []


def test_a_filtered_table_grows_and_hidden_rows_stay_hidden(tmp_path: Path) -> None:
    def filtered(book: Any, sheet: Any) -> None:
        sheet.set_row(3, None, None, {"hidden": True})

    path = costs(tmp_path / "book.xlsx", filtered)
    column = b'<filterColumn colId="0"><filters><filter val="a"/></filters></filterColumn>'
    with_part(
        path,
        TABLE,
        lambda xml: xml.replace(
            b'<autoFilter ref="B2:E5"/>', b'<autoFilter ref="B2:E5">' + column + b"</autoFilter>"
        ),
    )
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.save()
    sheet = plan(path)
    assert sheet.row_dimensions[4].hidden
    assert not sheet.row_dimensions[6].hidden
    assert sheet.tables["Costs"].autoFilter.ref == "B2:E6"
    assert column in parts(path)[TABLE]


# -- rules, names and charts ---------------------------------------------------------------------


def rules(path: Path) -> set[str]:
    """The lists of ranges of the conditional formats, those of Excel 2010 among them."""
    root = etree.fromstring(parts(path)[SHEET])
    old = {str(one.get("sqref")) for one in root.iterfind("{*}conditionalFormatting")}
    new = {one.text for one in root.iterfind(".//{*}ext//{*}conditionalFormatting/{*}sqref")}
    assert new <= old
    return old


def test_rules_for_all_rows_are_extended_and_rules_for_some_are_left(path: Path) -> None:
    assert rules(path) == {"C3:C5", "B3:E5", "C3:C4"}
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]] * 2)
        book.save()
    assert rules(path) == {"C3:C7", "B3:E7", "C3:C4"}
    root = etree.fromstring(parts(path)[SHEET])
    assert root.findtext(".//{*}ext//{*}conditionalFormatting/{*}sqref") == "C3:C7"
    validations = [str(one.sqref) for one in plan(path).data_validations.dataValidation]
    assert validations == ["B3:B7", "C4:C5"]


def test_names_and_charts_of_whole_columns_follow_and_others_stay(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.save()
    names = openpyxl.load_workbook(path).defined_names
    assert {name: one.attr_text for name, one in names.items()} == {
        "AllCosts": "Plan!$C$3:$C$6",
        "Body": "Plan!$B$3:$E$6",
        "Some": "Plan!$C$3:$C$4",
    }
    assert plan(path).print_area == "'Plan'!$B$2:$E$5"
    formulas = re.findall(rb"<c:f>([^<]*)</c:f>", parts(path)[CHART])
    assert formulas == [b"Plan!$B$3:$B$6", b"Plan!$C$3:$C$6", b"Plan!$C$3:$C$4"]


def test_formulas_outside_the_table_follow_it_on_every_sheet(tmp_path: Path) -> None:
    texts = {
        "Plan": {
            "G2": ("=SUM(C3:C5)", "=SUM(C3:C7)"),
            "G3": ("=SUM($C$3:$D$5)-SUM(C3:C4)", "=SUM($C$3:$D$7)-SUM(C3:C4)"),
            "G4": ("=SUM(C2:C5,A3:C5)", "=SUM(C2:C5,A3:C5)"),
            "G5": ('=COUNTIF(B3:B5,"B3:B5")', '=COUNTIF(B3:B7,"B3:B5")'),
            "E4": ("=SUM(C$3:C$5)", "=SUM(C$3:C$5)"),
        },
        "Other": {
            "A2": ("=SUM(Plan!C3:C5)+SUM(C3:C5)", "=SUM(Plan!C3:C7)+SUM(C3:C5)"),
            "A3": ("=MAX('Plan'!$D$3:$D$5)", "=MAX('Plan'!$D$3:$D$7)"),
            "A4": ("=plan!B3:B5", "=plan!B3:B7"),
        },
    }

    def formulas(book: Any, sheet: Any) -> None:
        for name, cells in texts.items():
            for cell, (text, _) in cells.items():
                book.get_worksheet_by_name(name).write_formula(cell, text)
        book.add_worksheet("Third").write_formula("A1", "=SUM(Other!C3:C5)")
        book.define_name("Offset", "=OFFSET(Plan!$C$3:$C$5,0,1)")

    path = costs(tmp_path / "book.xlsx", formulas)
    before = tmp_path / "before.xlsx"
    before.write_bytes(path.read_bytes())
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.write("Plan!G4", [["text"]])
        book.append_rows("Costs", [["e", 5, None, None]])
        book.save()
    texts["Plan"]["G4"] = ("", "text")
    saved = openpyxl.load_workbook(path)
    for name, cells in texts.items():
        assert {cell: saved[name][cell].value for cell in cells} == {
            cell: text for cell, (_, text) in cells.items()
        }
    assert saved.defined_names["Offset"].attr_text == "OFFSET(Plan!$C$3:$C$7,0,1)"
    other = "xl/worksheets/sheet2.xml"
    assert changed_parts(before, path) == {SHEET, TABLE, CHART, "xl/workbook.xml", other}
    assert lint(path) == []


def test_calculated_columns_of_other_tables_follow(tmp_path: Path) -> None:
    def shares(book: Any, sheet: Any) -> None:
        columns = [{"header": "n"}, {"header": "share", "formula": "=C2/SUM(Plan!$C$3:$C$5)"}]
        other = book.get_worksheet_by_name("Other")
        other.add_table("C1:D3", {"name": "Shares", "columns": columns})
        other.write_formula("D3", "=C3/SUM(Plan!$C$3:$C$5)")
        sheet.add_table("M1:N3", {"name": "Apart", "columns": [{"header": "x"}, {"header": "y"}]})

    path = costs(tmp_path / "book.xlsx", shares)
    before = parts(path)
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.append_rows("Shares", [[3, None]])
        book.save()
    saved = openpyxl.load_workbook(path)["Other"]
    column = saved.tables["Shares"].tableColumns[1]
    assert column.calculatedColumnFormula.attr_text == "C2/SUM(Plan!$C$3:$C$6)"
    for row in (2, 3, 4):
        assert saved[f"D{row}"].value == f"=C{row}/SUM(Plan!$C$3:$C$6)"
    (apart,) = [name for name, xml in before.items() if b'name="Apart"' in xml]
    assert parts(path)[apart] == before[apart]
    assert lint(path) == []


def test_lists_to_choose_from_and_formats_follow_on_every_sheet(tmp_path: Path) -> None:
    def with_rules(book: Any, sheet: Any) -> None:
        other = book.get_worksheet_by_name("Other")
        red = book.add_format({"bold": True})
        for on, prefix in ((sheet, ""), (other, "Plan!")):
            for cell, source in (("M2", "$B$3:$B$5"), ("M3", "$B$3:$B$4"), ("M4", "B3:B5")):
                options = {"validate": "list", "source": f"={prefix}{source}"}
                on.data_validation(cell, options)
            criteria = f"=N2>MAX({prefix}$C$3:$C$5)"
            on.conditional_format("N2:N3", {"type": "formula", "criteria": criteria, "format": red})
        book.add_worksheet("Third").data_validation(
            "A1", {"validate": "list", "source": "=$B$3:$B$5"}
        )

    path = costs(tmp_path / "book.xlsx", with_rules)
    before = tmp_path / "before.xlsx"
    before.write_bytes(path.read_bytes())
    newer = (
        '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        'uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"><x14:dataValidations '
        'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="1">'
        '<x14:dataValidation type="list"><x14:formula1><xm:f>Plan!$B$3:$B$5</xm:f></x14:formula1>'
        "<xm:sqref>P2:P3</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    other = "xl/worksheets/sheet2.xml"
    with_part(
        path, other, lambda xml: xml.replace(b"</worksheet>", newer.encode() + b"</worksheet>")
    )
    before.write_bytes(path.read_bytes())
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]] * 2)
        book.save()
    saved = openpyxl.load_workbook(path)
    for name, prefix in (("Plan", ""), ("Other", "Plan!")):
        sources = {
            str(one.sqref): one.formula1 for one in saved[name].data_validations.dataValidation
        }
        assert {cell: sources[cell] for cell in ("M2", "M3", "M4")} == {
            "M2": f"{prefix}$B$3:$B$7",
            "M3": f"{prefix}$B$3:$B$4",
            "M4": f"{prefix}B3:B5",
        }
        (rule,) = saved[name].conditional_formatting["N2:N3"]
        assert rule.formula == [f"N2>MAX({prefix}$C$3:$C$7)"]
    assert b"<xm:f>Plan!$B$3:$B$7</xm:f>" in parts(path)[other]
    assert b"<xm:sqref>P2:P3</xm:sqref>" in parts(path)[other]
    assert changed_parts(before, path) == {SHEET, TABLE, CHART, "xl/workbook.xml", other}
    assert new_findings(before, path) == []


def test_shared_and_array_formulas_follow_too(path: Path) -> None:
    cells = (
        b'<row r="12"><c r="G12"><f t="shared" ref="G12:H12" si="9">SUM(C$3:C$5)</f><v>6</v></c>'
        b'<c r="H12"><f t="shared" si="9"/><v>0</v></c>'
        b'<c r="I12"><f t="array" ref="I12">SUM(C3:C5*2)</f><v>12</v></c></row></sheetData>'
    )
    with_part(path, SHEET, lambda xml: xml.replace(b"</sheetData>", cells))
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.save()
    sheet = plan(path)
    assert [sheet[cell].value for cell in ("G12", "H12")] == ["=SUM(C$3:C$6)", "=SUM(D$3:D$6)"]
    assert (sheet["I12"].value.ref, sheet["I12"].value.text) == ("I12", "=SUM(C3:C6*2)")


def test_sheets_whose_name_is_quoted_are_known_in_charts(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Bob's & Co")
        sheet.add_table("A1:A3", {"name": "Costs", "data": [[1], [2]]})
        chart = made.add_chart({"type": "line"})
        chart.add_series({"values": "='Bob''s & Co'!$A$2:$A$3"})
        sheet.insert_chart("C1", chart)
    before = parts(path)[CHART]
    with open_workbook(path) as book:
        book.append_rows("Costs", [[3]])
        book.save()
    after = parts(path)[CHART]
    assert after == before.replace(b"$A$2:$A$3", b"$A$2:$A$4")
    assert after != before


def test_lists_of_ranges_gain_exactly_the_new_rows_of_covered_columns() -> None:
    """The oracle colours cells one by one."""
    for seed in range(300):
        rng = random.Random(seed)
        data = an_area(rng, (1, 4), (1, 4), (2, 4), (1, 3))
        last = data.last_row + rng.randint(1, 3)
        ranges = []
        for _ in range(rng.randint(1, 4)):
            one = an_area(rng, (1, 6), (1, 4), (1, 6), (1, 5))
            if rng.random() < 0.5:
                one = CellRange(data.first_row, one.first_column, data.last_row, one.last_column)
            ranges.append(one)
        text = " ".join(one.address for one in ranges)
        before = {at for one in ranges for at in cells_of(one)}
        covered = [
            column
            for column in range(data.first_column, data.last_column + 1)
            if all((row, column) in before for row in range(data.first_row, data.last_row + 1))
        ]
        expected = before | {
            (row, column) for column in covered for row in range(data.last_row + 1, last + 1)
        }
        new = extended_list(text, [GrownRows(data, last)])
        found = {at for one in new.split() for at in cells_of(CellRange.parse(one))}
        assert found == expected, f"seed {seed}: {text}"
        assert (new == text) == (expected == before), f"seed {seed}: {text}"


def an_area(rng: random.Random, *limits: tuple[int, int]) -> CellRange:
    height, width, top, left = (rng.randint(*limit) for limit in limits)
    return CellRange(top, left, top + height - 1, left + width - 1)


def cells_of(cells: CellRange) -> Iterator[tuple[int, int]]:
    for row in range(cells.first_row, cells.last_row + 1):
        for column in range(cells.first_column, cells.last_column + 1):
            yield row, column


# -- columns -------------------------------------------------------------------------------------


def test_columns_are_added_at_the_right(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "after.xlsx"
    half = Formula("=Costs[[#This Row],[Cost]]/2")
    with open_workbook(path) as book:
        added = book.append_columns(
            "Costs",
            ["Owner", "Half", "Due"],
            [[f"p{n}", half, dt.date(2026, n, 1)] for n in (1, 2, 3)],
        )
        assert book.tables()[0].headers == ("ID", "Cost", "Start", "Double", "Owner", "Half", "Due")
        book.save(target)
    assert added == CellRange.parse("F2:H5")
    assert values(target, "F2:H3") == [
        ["Owner", "Half", "Due"],
        ["p1", half.text, dt.datetime(2026, 1, 1)],
    ]
    sheet = plan(target)
    table = sheet.tables["Costs"]
    assert (table.ref, table.autoFilter.ref) == ("B2:H5", "B2:H5")
    assert [(one.id, one.name) for one in table.tableColumns][4:] == [
        (5, "Owner"),
        (6, "Half"),
        (7, "Due"),
    ]
    assert table.tableColumns[5].calculatedColumnFormula.attr_text == half.text[1:]
    assert table.tableColumns[4].calculatedColumnFormula is None
    assert sheet["F2"].fill.fgColor.rgb == sheet["E2"].fill.fgColor.rgb == "FFDDEEFF"
    assert sheet["F3"].font.i == sheet["E3"].font.i is True
    assert sheet["H3"].is_date
    assert rules(target) == rules(path)
    assert changed_parts(path, target) <= {SHEET, TABLE, "xl/workbook.xml", "xl/styles.xml"}
    assert new_findings(path, target) == []


def test_new_columns_look_like_the_last_one_but_for_its_number_format(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        style = made.add_format({"num_format": "dd/mm/yyyy", "bold": True, "bg_color": "#FFEE00"})
        sheet = made.add_worksheet("Plan")
        columns = [{"header": "ID"}, {"header": "Start", "format": style}]
        sheet.add_table("A1:B2", {"name": "Costs", "columns": columns, "data": [["a", 46_000]]})
    with open_workbook(path) as book:
        book.append_columns("Costs", ["N"], [[5]])
        book.append_rows("Costs", [["b", None, 7]])
        book.save()
    sheet = plan(path)
    for cell in ("C2", "C3"):
        assert sheet[cell].number_format == "General"
        assert sheet[cell].font.b
        assert sheet[cell].fill.fgColor.rgb == "FFFFEE00"
    assert [sheet["C2"].value, sheet["C3"].value] == [5, 7]
    assert sheet["B3"].number_format == "dd/mm/yyyy"


def test_new_columns_may_stay_blank(path: Path) -> None:
    with open_workbook(path) as book:
        book.append_columns("Costs", ["Owner"])
        book.save()
    assert values(path, "F2:F5") == [["Owner"], [None], [None], [None]]
    assert lint(path) == []


@pytest.mark.parametrize(
    ("header", "stored"),
    [
        ("Cost\nper year", "Cost_x000a_per year"),
        ("_x0041_", "_x005F_x0041_"),
        ('R&D <"1">', 'R&D <"1">'),
        ("Größe €", "Größe €"),
        ("a'b[c]#", "a'b[c]#"),
        ("x" * 255, "x" * 255),
    ],
)
def test_headers_of_any_text_are_stored_as_excel_does(header: str, stored: str, path: Path) -> None:
    with open_workbook(path) as book:
        book.append_columns("Costs", [header])
        assert book.tables()[0].headers[-1] == header
        book.save()
        assert book.tables()[0].headers[-1] == header
        assert book.read("Plan!F2") == [[header]]
    (column,) = etree.fromstring(parts(path)[TABLE]).iterfind("{*}tableColumns/{*}tableColumn[5]")
    assert column.get("name") == stored
    assert lint(path) == []


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (
            ["cost"],
            'Header 1 for the Excel table "Costs", "cost", is a column of the table already',
        ),
        (["x", "X"], 'Header 2 for the Excel table "Costs", "X", is a column of the table already'),
        (["x", " "], "Header 2 for the Excel table \"Costs\" is ' '; expected a text that is not"),
        ([None], 'Header 1 for the Excel table "Costs" is None; expected a text that is not blank'),
        ([7], 'Header 1 for the Excel table "Costs" is 7; expected a text that is not blank'),
        (["x" * 256], 'Header 1 for the Excel table "Costs" has 256 characters; at most 255 fit'),
        ("abc", "The headers for the Excel table \"Costs\" must be a list of texts; got 'abc'"),
        ([], 'There is no column to add to the Excel table "Costs"'),
    ],
)
def test_headers_that_no_table_can_have_are_refused(headers: Any, why: str, path: Path) -> None:
    assert refused(path, columns=(headers,)).startswith(why)


def test_columns_need_a_row_for_each_row_of_the_table(path: Path) -> None:
    assert refused(path, columns=(["x"], [[1], [2]])) == (
        'Got 2 rows for the new columns of the Excel table "Costs", which has 3; expected '
        "one for each, or none."
    )
    assert refused(path, columns=(["x"], [[1], [2, 3], [4]])).startswith(
        'Row 2 for the Excel table "Costs" has 2 values; expected 1'
    )


# -- refusals ------------------------------------------------------------------------------------


def test_what_stands_below_or_beside_is_named(tmp_path: Path) -> None:
    def crowded(book: Any, sheet: Any) -> None:
        sheet.write("D7", "Total of all that was planned in the years before")
        sheet.write_formula("C8", "=1")
        sheet.merge_range("B10:C10", "merged")
        sheet.write("F5", 12_345.5)
        sheet.write_array_formula("F4:G4", "{=B3:C3}")
        sheet.add_table("F7:G9", {"name": "Beside"})

    path = costs(tmp_path / "book.xlsx", crowded)

    def rows(n: int) -> list[list[Any]]:
        return [["x", 1, None, None]] * n

    with open_workbook(path) as book:
        book.append_rows("Costs", rows(1))
    way = "Move what is there, or make room in Excel (Insert > Table Rows or Columns)."
    assert refused(path, rows(2)) == (
        'The Excel table "Costs" cannot grow over B6:E7: Plan!D7 holds "Total of all that was '
        f'planned in the ...". {way}'
    )
    with open_workbook(path) as book:
        book.write("Plan!D7", [[None]])
        with pytest.raises(WorkbookError, match=r"over B6:E8: Plan!C8 holds a formula\. Move"):
            book.append_rows("Costs", rows(3))
        book.write("Plan!C8", [[None]])
        with pytest.raises(WorkbookError, match=r"Plan!B10 belongs to the merged cells B10:C10\."):
            book.append_rows("Costs", rows(5))
        book.append_rows("Costs", rows(2))
        with pytest.raises(WorkbookError, match=r"Plan!F4 holds a formula\. Move"):
            book.append_columns("Costs", ["x"])
        book.write("Plan!F4", [[None]])
        with pytest.raises(WorkbookError, match=r"Plan!F5 holds 12,345\.5\. Move"):
            book.append_columns("Costs", ["x"])
        book.write("Plan!F5", [[None]])
        with pytest.raises(WorkbookError, match=r'Plan!F7 belongs to the Excel table "Beside"'):
            book.append_columns("Costs", ["x"])


def test_blank_cells_of_other_things_are_not_free_either(tmp_path: Path) -> None:
    def crowded(book: Any, sheet: Any) -> None:
        sheet.add_table("C7:C8", {"name": "Below", "header_row": False})

    path = costs(tmp_path / "book.xlsx", crowded)
    pivot = (
        f'<pivotTableDefinition xmlns="{MAIN}" name="Sums"><location ref="G3:H9"/>'
        "</pivotTableDefinition>"
    )
    with_part(path, "xl/pivotTables/pivotTable1.xml", lambda _: pivot.encode())
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    link = (
        f'<Relationship Id="rIdP" Type="{office}/pivotTable" '
        'Target="../pivotTables/pivotTable1.xml"/></Relationships>'
    )
    with_part(
        path,
        "xl/worksheets/_rels/sheet1.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", link.encode()),
    )
    assert 'Plan!C7 belongs to the Excel table "Below".' in refused(path, [["x"] * 4] * 2)
    assert 'Plan!G3 belongs to the pivot table "Sums".' in refused(path, columns=(["x", "y"],))


def with_totals(book: Any, sheet: Any) -> None:
    sheet.add_table("J12:K15", {"name": "Sums", "total_row": True})


def test_a_totals_row_is_in_the_way(tmp_path: Path) -> None:
    path = costs(tmp_path / "book.xlsx", with_totals)
    for grow in (
        lambda book: book.append_rows("Sums", [[1, 2]]),
        lambda book: book.append_columns("Sums", ["x"]),
    ):
        with open_workbook(path) as book, pytest.raises(WorkbookError) as refusal:
            grow(book)
        assert str(refusal.value) == (
            'The Excel table "Sums" cannot grow: its totals row Plan!J15:K15 is in the way. Turn '
            "it off in Excel (Table Design > Total Row), and on again afterwards."
        )


@pytest.mark.parametrize(
    ("old", "new", "feeder"),
    [
        (b' name="Costs"', b' name="Costs" tableType="queryTable"', "a query"),
        (b'name="ID"', b'name="ID" queryTableFieldId="1"', "a query"),
        (b' name="Costs"', b' name="Costs" tableType="xml"', "an XML map"),
        (
            b'name="Cost"/>',
            b'name="Cost"><xmlColumnPr mapId="1" xpath="/a" xmlDataType="string"/></tableColumn>',
            "an XML map",
        ),
    ],
)
def test_tables_that_are_filled_from_elsewhere_do_not_grow(
    old: bytes, new: bytes, feeder: str, path: Path
) -> None:
    with_part(path, TABLE, lambda xml: re.sub(re.escape(old), new, xml, count=1))
    for columns in (None, (["x"],)):
        assert refused(path, columns=columns) == (
            f'The Excel table "Costs" cannot grow: it is filled by {feeder}, which would overwrite '
            "what is added. Add it where the data comes from, or unlink the table in Excel (Table "
            "Design > Unlink)."
        )


def test_a_protected_sheet_and_a_signed_workbook_keep_their_tables(tmp_path: Path) -> None:
    def protected(book: Any, sheet: Any) -> None:
        sheet.protect()

    path = costs(tmp_path / "book.xlsx", protected)
    assert refused(path) == (
        'The Excel table "Costs" cannot grow: the sheet "Plan" is protected. Lift the protection '
        "in Excel (Review > Unprotect Sheet), and protect it again afterwards."
    )
    signed = costs(tmp_path / "signed.xlsx")
    with_part(signed, "_xmlsignatures/sig1.xml", lambda _: b"<Signature/>")
    assert '"signed.xlsx" is digitally signed' in refused(signed)


def test_the_edge_of_the_sheet_is_the_edge_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        sheet.add_table("XFC1048573:XFD1048575", {"name": "Costs"})
    assert refused(path, [[1, 2], [3, 4]]) == (
        'The Excel table "Costs" cannot grow by 2 rows: row 1,048,575 is its last one, and the '
        "sheet ends with row 1,048,576. Add fewer rows."
    )
    assert refused(path, columns=(["x"],)) == (
        'The Excel table "Costs" cannot grow by 1 columns: XFD is its last one, and the sheet ends '
        "with column XFD. Add fewer columns."
    )
    with open_workbook(path) as book:
        assert book.append_rows("Costs", [[1, 2]]).last_row == 1_048_576


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], 'There is no row to add to the Excel table "Costs".'),
        ("abc", 'The rows for the Excel table "Costs" must be a list of rows; got str.'),
        ([["d", 4, None, None], "abcd"], 'The rows for the Excel table "Costs" must be a list of'),
        (
            [["d", 4, None]],
            'Row 1 for the Excel table "Costs" has 3 values; expected 4, one for each of its '
            'columns "ID", "Cost", "Start", "Double". Write None for a blank.',
        ),
        (
            [{"Costs": 1}],
            "Row 1 for the Excel table \"Costs\" names a column 'Costs' that it does not have; did "
            'you mean "Cost"? There are "ID", "Cost", "Start", "Double".',
        ),
        (
            [{"Cost": 1, "ID": "d", "COST": 2}],
            'Row 1 for the Excel table "Costs" names its column "Cost" twice, the second time as '
            '"COST"; expected one value for each column. Leave one of them out.',
        ),
        ([["d", 4, None, None], ["e", 4, None, {}]], "Plan!E7 cannot hold {} of type dict"),
        ([["d", 4, None, None], ["e", float("inf"), None, None]], "Plan!C7 cannot hold inf"),
        ([["d", CellError("#SPILL!"), None, None]], 'Plan!C6 cannot hold the error "#SPILL!"'),
        ([["d", Formula("{=1}"), None, None]], 'Plan!C6 cannot take "{=1}"'),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_added(
    rows: Any, why: str, path: Path
) -> None:
    assert refused(path, rows).startswith(why)


def test_an_unknown_table_is_told_from_those_that_there_are(path: Path, tmp_path: Path) -> None:
    with open_workbook(path) as book, pytest.raises(InputError) as refusal:
        book.append_rows("Cost", [[1]])
    assert str(refusal.value) == (
        'There is no Excel table "Cost" in "book.xlsx"; expected one of "Costs".'
    )


# -- all or nothing ------------------------------------------------------------------------------


def test_a_failed_save_keeps_what_was_added_for_another_try(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    lock = path.with_name(f".~lock.{path.name}#")
    with open_workbook(path) as book:
        book.append_columns("Costs", ["Due"], [[dt.date(2026, 1, 1)]] * 3)
        book.append_rows("Costs", [["d", 4, None, None, dt.date(2026, 2, 1)]])
        lock.write_text(",someone,,,;")
        with pytest.raises(WorkbookError):
            book.save()
        assert path.read_bytes() == before
        lock.unlink()
        assert book.tables()[0].range == CellRange.parse("B2:F6")
        book.save()
    assert values(path, "F2:F6")[0] + values(path, "F2:F6")[4] == ["Due", dt.datetime(2026, 2, 1)]
    assert plan(path)["F3"].is_date
    assert rules(path) == {"C3:C6", "B3:E6", "C3:C4"}
    assert lint(path) == []


def test_a_second_save_starts_from_what_the_first_one_wrote(path: Path) -> None:
    with open_workbook(path) as book:
        for name in "def":
            book.append_rows("Costs", [[name, 1, None, None]])
            book.save()
    assert [row[0] for row in values(path, "B3:B8")] == list("abcdef")
    assert rules(path) == {"C3:C8", "B3:E8", "C3:C4"}


# -- forms of files ------------------------------------------------------------------------------


def strict(path: Path) -> Path:
    """The workbook in the strict namespaces, its relationships included."""
    content = parts(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if not name.startswith("docProps"):
                data = data.replace(
                    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                ).replace(
                    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                    b"http://purl.oclc.org/ooxml/officeDocument/relationships",
                )
            archive.writestr(name, data)
    return path


def prefixed(path: Path) -> Path:
    """The workbook with a prefix before every name of its sheet and table."""

    def change(xml: bytes) -> bytes:
        xml = re.sub(rb"<(/?)(?=[A-Za-z]+[\s/>])", rb"<\1x:", xml)
        return xml.replace(b' xmlns="', b' xmlns:x="')

    for part in (SHEET, TABLE):
        with_part(path, part, change)
    return path


def in_utf_16(path: Path) -> Path:
    def change(xml: bytes) -> bytes:
        return xml.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")

    return with_part(path, SHEET, change)


@pytest.mark.parametrize("form", [strict, prefixed, in_utf_16])
def test_tables_grow_in_files_of_every_form(form: Callable[[Path], Path], path: Path) -> None:
    form(path)
    known = {finding.rule for finding in lint(path)}
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None]])
        book.append_columns("Costs", ["x"], [[1], [2], [3], [4]])
        book.save()
        assert book.read("Plan!B6:F6") == [["d", 4.0, None, None, 4.0]]
        assert book.tables()[0].range == CellRange.parse("B2:F6")
    assert rules(path) == {"C3:C6", "B3:E6", "C3:C4"}
    assert {finding.rule for finding in lint(path)} <= known


ODD_TAIL = (
    '<conditionalFormatting  sqref = \'A2:A3 C1\'><cfRule type="expression" priority="1"><formula>'
    'A2&gt;"&lt;/sheetData>"</formula></cfRule></conditionalFormatting>'
    '<!-- <dataValidation sqref="A2:A3"/> --><dataValidations count="1">'
    '<dataValidation sqref="A2:A3" type="whole" a=">"><formula1>1</formula1></dataValidation>'
    '</dataValidations><extLst><ext xmlns:n="http://schemas.microsoft.com/office/spreadsheetml/'
    '2009/9/main" xmlns:m="http://schemas.microsoft.com/office/excel/2006/main"><n:dataValidations>'
    "<n:dataValidation><m:sqref>A2:<![CDATA[A3]]></m:sqref></n:dataValidation></n:dataValidations>"
    "<n:sparkline><m:sqref>A2:A3</m:sqref></n:sparkline></ext></extLst>"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 600, 1 << 16])
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_only_the_lists_of_rules_change_wherever_the_stream_is_cut(size: int, prefix: str) -> None:
    tail = re.sub(
        r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(/?)(?=[a-zA-Z]\w*[\s>/])",
        lambda found: found[0] if found[1] is None else f"<{found[1]}{prefix}",
        ODD_TAIL,
    )
    declared = f'xmlns:{prefix[:-1]}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    text = (
        f'<?xml version="1.0"?><!-- <worksheet> </sheetData> --><{prefix}worksheet {declared} '
        f'a="<sheetData/>"><{prefix}sheetData><{prefix}row><{prefix}c t="str"><{prefix}v>'
        f"<![CDATA[</sheetData><sheetData/>]]></{prefix}v></{prefix}c></{prefix}row>"
        f"<?x </sheetData> ?></{prefix}sheetData>{tail}</{prefix}worksheet>"
    ).replace('a="<sheetData/>"', 'a="&lt;sheetData/>"')
    etree.fromstring(text)
    xml = text.encode()
    chunks = (xml[start : start + size] for start in range(0, len(xml), size))
    job = SheetTail("Plan", lambda listed: listed.replace("A3", "A9"), lambda text: text)
    after = b"".join(job.run(chunks))
    expected = (
        text.replace("sqref = 'A2:A3 C1'", 'sqref = "A2:A9 C1"')
        .replace('dataValidation sqref="A2:A3" type', 'dataValidation sqref="A2:A9" type')
        .replace("A2:<![CDATA[A3]]>", "A2:A9")
    )
    assert after.decode() == expected


# -- what others say of it -----------------------------------------------------------------------


def test_the_validator_finds_nothing_new(path: Path, tmp_path: Path, validator: Validator) -> None:
    target = tmp_path / "after.xlsx"
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, dt.date(2026, 5, 1), None]] * 3)
        book.append_columns(
            "Costs",
            ["Cost\nper year", "Half"],
            [["x", Formula("=Costs[[#This Row],[Cost]]/2")]] * 6,
        )
        book.save(target)
    assert validator.new_findings(path, target) == frozenset()


def test_libreoffice_computes_with_the_new_rows_and_columns(
    path: Path, tmp_path: Path, soffice: Calc
) -> None:
    target = tmp_path / "after.xlsx"
    with open_workbook(path) as book:
        book.append_rows("Costs", [["d", 4, None, None], ["e", 5, None, 1]])
        book.append_columns("Costs", ["Half"], [[Formula("=Costs[[#This Row],[Cost]]/2")]] * 5)
        book.write("Plan!L3", [[Formula("=SUM(Costs[Half])")]])
        book.save(target)
    computed = soffice.values(target)["Plan"]
    assert [computed[f"E{row}"] for row in range(3, 8)] == [2, 4, 6, 8, 1]
    assert computed["F6"] == 2
    assert (computed["L2"], computed["L3"]) == (15, 7.5)


def test_random_tables_grow_as_a_plain_model_of_them() -> None:
    n_grown, failures = run_rounds(30, seed=2)
    assert failures == []
    assert n_grown > 20
