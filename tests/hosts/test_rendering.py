"""Sheets of ours go into packages that are not ours, are replaced, and go out again.

Oracles: the bytes before, openpyxl as a reader, the lint, the Open XML validator, LibreOffice.
"""

from __future__ import annotations

import itertools
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import xlsxwriter
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.workbook.protection import WorkbookProtection

from tests.machine import Calc, Validator
from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    Chart,
    ConditionalFormat,
    PrintSetup,
    Series,
    SheetDescription,
    TableDescription,
    Validation,
)
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.marks import our_sheets
from xlportfolio.workbook.rendering.sheets import handback
from xlportfolio.workbook.rendering.sheets import put as put_one
from xlportfolio.workbook.rendering.styles import Stylesheet

INDEXES = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "docProps/app.xml",
    "xl/styles.xml",
}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REAL = (
    "gmpp_2014_transposed",
    "gmpp_2021",
    "mawimn_set",
    "toronto_capital_plan_2022_2031",
    "us_it_dashboard_projects_2012",
)
area = CellRange.parse

# The readers say what they leave out, and XlsxWriter that a sheet is not there yet.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
    pytest.mark.filterwarnings("ignore::UserWarning:xlsxwriter"),
]


# -- workbooks and changes to them ---------------------------------------------------------------


def changed(
    source: Path,
    target: Path,
    change: Callable[[Package, WorkbookIndex, Stylesheet], object],
) -> object:
    """Apply a change to a package and write it where `target` says; what the change returned."""
    with Package(source) as package:
        index = WorkbookIndex(package)
        part = index.styles_part
        stylesheet = Stylesheet(package.read(part) if part else None, strict=index.strict)
        answer = change(package, index, stylesheet)
        if stylesheet.changed and part:
            package.write(part, stylesheet.content())
        elif stylesheet.changed:
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
            index.add_related_part("styles", "xl/styles.xml", kind)
            package.write("xl/styles.xml", stylesheet.content())
        with target.open("wb") as stream:
            package.save_to(stream)
    return answer


def put(source: Path, target: Path, *descriptions: SheetDescription) -> list[str]:
    def change(package: Package, index: WorkbookIndex, styles: Stylesheet) -> list[str]:
        return [put_one(package, index, styles, description).name for description in descriptions]

    answer = changed(source, target, change)
    assert isinstance(answer, list)
    return answer


def handed_back(source: Path, target: Path, *, force: bool = False) -> list[str]:
    answer = changed(source, target, lambda p, i, _: handback(p, i, force=force))
    assert isinstance(answer, list)
    return answer


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def edited(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Change one part of a workbook, the way a test needs it."""
    contents = parts(path)
    after = change(contents[part])
    assert after != contents[part], "the edit found nothing to change"
    contents[part] = after
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in contents.items():
            package.writestr(name, content)


def assert_users_parts_are_untouched(before: Path, after: Path) -> None:
    old, new = parts(before), parts(after)
    assert set(old) <= set(new), "a part of the user's is gone"
    assert {name for name in old if old[name] != new[name]} <= INDEXES


def assert_nothing_is_wrong(before: Path, after: Path, validator: Validator) -> None:
    assert new_findings(before, after) == []
    assert validator.new_findings(before, after) == frozenset()


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A workbook made by XlsxWriter: chart, table, comment, local names, a hidden sheet."""
    path = tmp_path / "theirs.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Projects")
    sheet.add_table(
        "A1:C4",
        {
            "name": "Projects",
            "data": [["P1", 10, 1], ["P2", 20, 2], ["P3", 30, 3]],
            "columns": [{"header": "ID"}, {"header": "Cost"}, {"header": "Value"}],
        },
    )
    sheet.write_comment("B2", "Approved by the board")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Projects!$B$2:$B$4"})
    sheet.insert_chart("E2", chart)
    sheet.repeat_rows(0)
    book.add_worksheet("Notes").write("A1", "Nothing here")
    hidden = book.add_worksheet("Lists")
    hidden.hide()
    hidden.print_area("A1:B2")
    book.close()
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A workbook made by openpyxl with one sheet and one value."""
    path = tmp_path / "plain.xlsx"
    book = Workbook()
    book.worksheets[0].title = "Projects"
    book.worksheets[0]["A1"] = "ID"
    book.worksheets[0]["A1"].comment = Comment("Kept", "PMO")
    book.save(path)
    return path


def results(name: str = "PF Results", n_projects: int = 12) -> SheetDescription:
    """A rich sheet: title, links, note, table, rules, validations, three charts, print set-up."""
    head = CellFormat(bold=True, colour="FFFFFF", fill="1F4E79", wrap=True, vertical="center")
    money = CellFormat(number_format="#,##0.0")
    cells = {
        (1, 1): Cell("Portfolio results", CellFormat(bold=True, size=18, colour="1F4E79")),
        (2, 1): Cell("GBP m, 2026/27 prices", CellFormat(italic=True, colour="595959")),
        (3, 1): Cell("Source", link="https://example.org/portfolio?year=2026#plan"),
        (3, 2): Cell("Mail the office", link="mailto:pmo@example.org"),
    }
    headers = ("Project", "Name", "Score", "Cost", "Budget", "Start", "Decision", "On track")
    for column, header in enumerate(headers, start=1):
        cells[5, column] = Cell(header, head)
    last = 5 + n_projects
    for i in range(n_projects):
        row = 6 + i
        cells[row, 1] = Cell(f"P{i + 1:02d}", link=f"Projects!A{i + 2}")
        cells[row, 2] = Cell(f"Pumping station <{i}> & screens")
        cells[row, 3] = Cell(0.95 - 0.07 * i, CellFormat(number_format="0.00"))
        cells[row, 4] = Cell(12.5 * (1 + i % 4), money)
        cells[row, 5] = Cell(40 - i, money)
        cells[row, 6] = Cell(date(2026, 4 + i % 9, 1), CellFormat(number_format="dd mmm yyyy"))
        cells[row, 7] = Cell(
            "Defer" if i % 3 else "Continue", note="Over budget" if not i else None
        )
        cells[row, 8] = Cell(i % 2 == 0)
    costs = Series(f"D6:D{last}", categories=f"A6:A{last}", name="Cost")
    budget = Series(
        f"E6:E{last}", categories=f"A6:A{last}", name="Budget", kind="line", dashed=True
    )
    bubbles = Series(
        f"C6:C{last}", x_values=f"D6:D{last}", sizes=f"E6:E{last}", labels=f"A6:A{last}"
    )
    scores = Series(f"C6:C{last}", categories=f"B6:B{last}", name_reference="C5")
    return SheetDescription(
        name,
        cells,
        widths={1: 11, 2: 30, 6: 13},
        heights={5: 30},
        merges=(area("A2:D2"),),
        freeze="B6",
        tables=(TableDescription("PF_Results", area(f"A5:H{last}"), banded=True),),
        conditional_formats=(
            ConditionalFormat(area(f"C6:C{last}"), "scale", colours=("F7FBFF", "08519C")),
            ConditionalFormat(area(f"D6:D{last}"), "bar", colours=("56B4E9",)),
            ConditionalFormat(
                area(f"G6:G{last}"),
                "cell",
                operator="equal",
                values=('"Defer"',),
                format=CellFormat(bold=True, colour="9C0006", fill="FFC7CE", border="thin"),
            ),
            ConditionalFormat(
                area(f"A6:H{last}"), "formula", values=("=$E6<$D6",), format=CellFormat(italic=True)
            ),
        ),
        validations=(
            Validation(
                area(f"G6:G{last}"), "list", choices=("Continue", "Defer"), title="Decision",
                message="Choose one\nof the decisions.",
            ),
            Validation(area(f"C6:C{last}"), "decimal", values=("0", "1"), strict=False),
        ),
        charts=(
            Chart("stacked_column", "Cost against budget", (costs, budget), "J2", y_title="GBP m"),
            Chart("bubble", "Score against cost", (bubbles,), "J22", legend=None),
            Chart("bar", "Score", (scores,), "A20"),
        ),
        print_setup=PrintSetup(repeat_rows=(1, 5), header="&LResults", footer="&CPage &P of &N"),
        tab_colour="1F4E79",
        zoom=90,
        hidden_columns=(9,),
    )  # fmt: skip


def small(name: str = "PF Results", **options: object) -> SheetDescription:
    return SheetDescription(name, {(1, 1): Cell("x")}, **options)  # type: ignore[arg-type]


# -- what is written -----------------------------------------------------------------------------


def test_what_is_described_is_what_openpyxl_reads(theirs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    assert put(theirs, out, results()) == ["PF Results"]
    book = load_workbook(out)
    assert book.sheetnames == ["Projects", "Notes", "Lists", "PF Results"]
    sheet = book["PF Results"]
    assert sheet["A1"].value == "Portfolio results"
    assert (sheet["A1"].font.b, sheet["A1"].font.sz) == (True, 18)
    assert sheet["B6"].value == "Pumping station <0> & screens"
    assert [sheet.cell(6, column).value for column in range(3, 9)] == [
        0.95, 12.5, 40, datetime(2026, 4, 1), "Continue", True,
    ]  # fmt: skip
    assert sheet["F6"].number_format == "dd mmm yyyy"
    assert sheet.freeze_panes == "B6"
    assert (sheet.sheet_view.pane.xSplit, sheet.sheet_view.pane.ySplit) == (1, 5)
    assert [str(merge) for merge in sheet.merged_cells.ranges] == ["A2:D2"]
    assert not sheet.sheet_view.showGridLines
    assert sheet.sheet_view.zoomScale == 90
    assert sheet.sheet_properties.tabColor.rgb == "FF1F4E79"
    assert sheet.column_dimensions["I"].hidden
    assert sheet.column_dimensions["B"].width == pytest.approx(30.71)
    assert sheet.row_dimensions[5].height == 30
    table = sheet.tables["PF_Results"]
    assert (table.ref, table.autoFilter.ref) == ("A5:H17", "A5:H17")
    assert [column.name for column in table.tableColumns][:3] == ["Project", "Name", "Score"]
    assert len(sheet._charts) == 3
    assert sheet["G6"].comment.text == "Over budget"
    assert sheet["A7"].hyperlink.location == "Projects!A3"
    assert sheet["A7"].hyperlink.tooltip == "Go to Projects!A3"
    assert sheet["A3"].hyperlink.target == "https://example.org/portfolio?year=2026"
    assert sheet["A3"].hyperlink.location == "plan"
    assert sheet["B3"].hyperlink.target == "mailto:pmo@example.org"
    rules = [rule for found in sheet.conditional_formatting for rule in found.rules]
    assert [rule.type for rule in rules] == ["colorScale", "dataBar", "cellIs", "expression"]
    assert rules[2].dxf.fill.bgColor.rgb == "FFFFC7CE"
    assert rules[3].formula == ["$E6<$D6"]
    first, second = sheet.data_validations.dataValidation
    assert (first.formula1, first.errorStyle) == ('"Continue,Defer"', None)
    assert (second.formula1, second.formula2, second.errorStyle) == ("0", "1", "warning")
    assert sheet.print_title_rows == "$1:$5"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (8, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.oddFooter.center.text == "Page &P of &N"
    mark = sheet.defined_names["_xlportfolio"]
    assert (mark.attr_text, mark.hidden) == ('"PF Results"', True)


@pytest.mark.parametrize("source", ["theirs", "plain"])
def test_users_parts_stay_byte_for_byte_and_nothing_new_is_wrong(
    source: str, tmp_path: Path, validator: Validator, request: pytest.FixtureRequest
) -> None:
    before: Path = request.getfixturevalue(source)
    out = tmp_path / "out.xlsx"
    put(before, out, results(), results("PF Problems", 3))
    assert_users_parts_are_untouched(before, out)
    assert_nothing_is_wrong(before, out, validator)


@pytest.mark.parametrize("name", REAL)
def test_real_workbooks_take_a_sheet_and_give_it_back(
    name: str, shared: Path, tmp_path: Path, validator: Validator
) -> None:
    before = shared / "data" / "real" / f"{name}.xlsx"
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    assert put(before, out, results()) == ["PF Results"]
    assert_users_parts_are_untouched(before, out)
    assert_nothing_is_wrong(before, out, validator)
    assert handed_back(out, back) == ["PF Results"]
    assert set(parts(back)) == set(parts(before))
    assert_users_parts_are_untouched(before, back)
    assert load_workbook(back).sheetnames == load_workbook(before).sheetnames


def test_every_kind_of_chart_format_and_rule_is_valid(
    plain: Path, tmp_path: Path, validator: Validator
) -> None:
    cells = {(1, column): Cell(f"Column {column}") for column in range(1, 5)}
    for row in range(2, 8):
        cells[row, 1] = Cell(f"P{row} & co")
        cells |= {(row, column): Cell(row * column - 9.5) for column in range(2, 5)}
    looks = itertools.product(
        (None, "thin", "bottom", "top"), (None, "left", "center", "right"), (0, 2), (True, False)
    )
    for row, (border, horizontal, indent, flag) in enumerate(looks, start=10):
        look = CellFormat(
            border=border, horizontal=horizontal, indent=indent, bold=flag, wrap=flag,
            unlocked=flag, number_format='0.0" <&>"' if flag else None, italic=not flag,
            fill="EEEEEE" if indent else None, border_colour="123456" if flag else None,
        )  # fmt: skip
        cells[row, 1] = Cell(row, look)
    series = (
        Series("B2:B7", "A2:A7", name_reference="B1", x_values="C2:C7", sizes="D2:D7",
               labels="A2:A7"),
        Series("C2:C7", "A2:A7", name="Second", x_values="D2:D7", sizes="B2:B7", dashed=True),
    )  # fmt: skip
    charts = [
        Chart(kind, f"A {kind}", series, f"F{1 + 20 * i}", x_title="x", y_title="y",
              y_format="#,##0", legend=legend)
        for i, (kind, legend) in enumerate(
            zip(get_args(get_type_hints(Chart)["kind"]),
                itertools.cycle(("right", "bottom", "top", None)))
        )
    ]  # fmt: skip
    comparisons = ("lessThan", "greaterThanOrEqual", "equal", "notEqual", "between", "notBetween")
    rules = [
        ConditionalFormat(
            area("B2:D7"), "cell", operator, ("1", "2") if "etween" in operator else ("1",),
            format=CellFormat(number_format="0.00", border="bottom", italic=True, size=None),
        )
        for operator in comparisons
    ]  # fmt: skip
    rules += [ConditionalFormat(area("B2:B7"), "scale", colours=("FF0000", "FFFFFF", "0000FF"))]
    validations = [
        Validation(area("B2:B7"), "whole", operator="greaterThan", values=("0",), message="x"),
        Validation(area("C2:C7"), "date", values=("46113", "47000"), title="Start"),
        Validation(area("D2:D7"), "textLength", operator="lessThanOrEqual", values=("9",)),
        Validation(area("A2:A7"), "custom", values=("=LEN(A2)<9",)),
        Validation(area("E2:E7"), "list", values=("Projects!$A$1:$A$3",)),
    ]
    described = SheetDescription(
        "PF All", cells, charts=charts, conditional_formats=rules, validations=validations,
        freeze="A2", print_setup=PrintSetup(paper="A4", landscape=False, fit_width=False),
    )  # fmt: skip
    out = tmp_path / "out.xlsx"
    put(plain, out, described)
    assert len(charts) == 8
    assert_nothing_is_wrong(plain, out, validator)


def test_libreoffice_reads_the_values_and_prints_the_sheet(
    theirs: Path, tmp_path: Path, soffice: Calc
) -> None:
    out = tmp_path / "out.xlsx"
    put(theirs, out, results())
    values = soffice.values(out)
    assert values["PF Results"]["B6"] == "Pumping station <0> & screens"
    assert values["PF Results"]["F6"] == datetime(2026, 4, 1)
    assert values["Projects"]["B4"] == 30
    assert soffice.convert(out, "pdf").read_bytes().startswith(b"%PDF")


def test_text_that_looks_like_a_formula_or_an_escape_stays_text(
    plain: Path, tmp_path: Path
) -> None:
    texts = [
        "=1+1",
        "+A1",
        "@SUM(A1)",
        "_x0041_",
        " spaced ",
        "two\nlines",
        "\x07bell",
        "a]]>b",
        "",
    ]
    cells = {(i, 1): Cell(text) for i, text in enumerate(texts, start=1)}
    out = tmp_path / "out.xlsx"
    put(plain, out, SheetDescription("PF Text", cells))
    content = parts(out)["xl/worksheets/sheet2.xml"]
    assert b"<f>" not in content
    root = etree.fromstring(content)
    read = ["".join(cell.itertext()) for cell in root.iter(f"{{{MAIN}}}c")]
    assert read == [
        "=1+1", "+A1", "@SUM(A1)", "_x005F_x0041_", " spaced ", "two\nlines", "_x0007_bell",
        "a]]>b", "",
    ]  # fmt: skip
    assert {cell.get("t") for cell in root.iter(f"{{{MAIN}}}c")} == {"inlineStr"}


def test_dates_follow_the_date_system_of_the_workbook(plain: Path, tmp_path: Path) -> None:
    described = SheetDescription(
        "PF Dates", {(1, 1): Cell(date(2026, 4, 1)), (2, 1): Cell(datetime(2026, 4, 1, 18))}
    )
    for date1904 in ("", ' date1904="1"'):
        out = tmp_path / f"out{bool(date1904)}.xlsx"
        if date1904:
            edited(plain, "xl/workbook.xml", lambda xml: re.sub(
                b"<workbookPr[^>]*/>", b'<workbookPr date1904="1"/>', xml))  # fmt: skip
        put(plain, out, described)
        sheet = load_workbook(out)["PF Dates"]
        assert sheet["A1"].value == datetime(2026, 4, 1)
        assert sheet["A2"].value == datetime(2026, 4, 1, 18)
        assert "h" in sheet["A2"].number_format


def test_the_same_description_writes_the_same_bytes(theirs: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.xlsx" for name in ("first", "second", "third"))
    put(theirs, first, results())
    put(theirs, second, results())
    assert first.read_bytes() == second.read_bytes()
    put(first, third, results())
    types = "[Content_Types].xml"  # in another order: what was taken out came back at its end
    once, twice = ({**parts(path), types: b""} for path in (first, third))
    assert once == twice, "replaced by the same, nothing differs"
    listed = [sorted(re.findall(rb"<[^?][^>]*>", parts(path)[types])) for path in (first, third)]
    assert listed[0] == listed[1]


# -- tables --------------------------------------------------------------------------------------


def test_two_sheets_with_the_same_table_name_get_different_ones(
    theirs: Path, tmp_path: Path, validator: Validator
) -> None:
    def tabled(name: str, table: str) -> SheetDescription:
        cells = {(1, 1): Cell("ID"), (2, 1): Cell("P1")}
        return SheetDescription(name, cells, tables=(TableDescription(table, area("A1:A2")),))

    out = tmp_path / "out.xlsx"
    put(theirs, out, tabled("PF A", "projects"), tabled("PF B", "projects"), tabled("PF C", "PF_C"))
    book = load_workbook(out)
    names = [list(sheet.tables) for sheet in book.worksheets]
    assert names == [["Projects"], [], [], ["projects_2"], ["projects_3"], ["PF_C"]]
    ids = [table.id for sheet in book.worksheets for table in sheet.tables.values()]
    assert len(set(ids)) == 4
    assert_nothing_is_wrong(theirs, out, validator)


def test_headers_of_a_table_become_unique_text_and_it_gets_a_data_row(
    plain: Path, tmp_path: Path, validator: Validator
) -> None:
    headers = ("Cost", "cost", 2026, None, "Two\nlines", date(2026, 4, 1), "Cost2")
    cells = {(1, column): Cell(value) for column, value in enumerate(headers, start=1)}
    described = SheetDescription("PF", cells, tables=(TableDescription("PF_T", area("A1:G1")),))
    out = tmp_path / "out.xlsx"
    put(plain, out, described)
    sheet = load_workbook(out)["PF"]
    expected = ["Cost", "cost2", "2026", "Column4", "Two\nlines", "2026-04-01", "Cost22"]
    assert [sheet.cell(1, column).value for column in range(1, 8)] == expected
    assert sheet.tables["PF_T"].ref == "A1:G2"
    told = re.findall(rb'<tableColumn id="\d" name="([^"]*)"', parts(out)["xl/tables/table1.xml"])
    assert told[4] == b"Two_x000a_lines"
    assert_nothing_is_wrong(plain, out, validator)


# -- replacing -----------------------------------------------------------------------------------


def test_a_replaced_sheet_keeps_its_place_its_number_and_what_people_called_it(
    theirs: Path, tmp_path: Path, validator: Validator
) -> None:
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    put(theirs, once, results(), small("PF Log"))
    edited(once, "xl/workbook.xml", lambda xml: xml.replace(
        b'name="PF Results" sheetId="4"', b'name="Board paper" sheetId="4" state="hidden"'
    ).replace(b"'PF Results'!", b"'Board paper'!"))  # fmt: skip
    edited(once, "docProps/app.xml", lambda xml: xml.replace(b"PF Results", b"Board paper"))
    assert put(once, twice, results(n_projects=3)) == ["Board paper"]
    book = load_workbook(twice)
    assert book.sheetnames == ["Projects", "Notes", "Lists", "Board paper", "PF Log"]
    sheet = book["Board paper"]
    assert sheet.sheet_state == "hidden"
    assert (sheet["A8"].value, sheet["A9"].value) == ("P03", None)
    assert sheet.print_title_rows == "$1:$5"
    chart = parts(twice)["xl/charts/chart2.xml"]
    assert b"'Board paper'!$D$6:$D$8" in chart
    assert b"PF Results" not in chart
    assert set(parts(twice)) == set(parts(once)), "old charts, tables and notes did not pile up"
    assert_users_parts_are_untouched(theirs, twice)
    assert_nothing_is_wrong(theirs, twice, validator)


def test_a_barer_sheet_takes_the_old_parts_with_it(theirs: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    put(theirs, once, results())
    put(once, twice, small())
    assert set(parts(twice)) - set(parts(theirs)) == {"xl/worksheets/sheet4.xml"}
    types = parts(twice)["[Content_Types].xml"].decode()
    assert types.count("drawingml.chart+xml") == 1, "only the user's own chart is left"
    assert load_workbook(twice)["PF Results"].print_title_rows is None


def test_a_barer_sheet_takes_the_declaration_of_its_relationships_with_it(
    plain: Path, tmp_path: Path
) -> None:
    first, bare = tmp_path / "first.xlsx", tmp_path / "bare.xlsx"
    put(plain, first, results())
    (declared,) = (
        name
        for name in parts(first)
        if name.startswith("xl/worksheets/_rels/") and name not in parts(plain)
    )
    kind = b"application/vnd.openxmlformats-package.relationships+xml"
    override = b'<Override PartName="/%s" ContentType="%s"/></Types>' % (declared.encode(), kind)
    edited(  # as LibreOffice declares them
        first, "[Content_Types].xml", lambda content: content.replace(b"</Types>", override)
    )
    put(first, bare, small())
    assert declared not in parts(bare)
    assert new_findings(first, bare) == []


def test_a_users_own_sheet_of_that_name_is_left_alone(
    plain: Path, tmp_path: Path, validator: Validator
) -> None:
    book = load_workbook(plain)
    book.create_sheet("pf results")["A1"] = "The user's own"
    book.save(plain)
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    summary = SheetDescription(
        "PF Summary",
        {(1, 1): Cell("Results", link="PF Results!A6"), (2, 1): Cell("x", link="'PF Results'!A7")},
        charts=(
            Chart("line", "Score", (Series("'PF Results'!C6:C9", "'PF Results'!A6:A9"),), "C3"),
        ),
        validations=(Validation(area("D1"), "list", values=("'PF Results'!$A$6:$A$9",)),),
    )
    assert put(plain, once, results(), summary) == ["PF Results (2)", "PF Summary"]
    assert put(once, twice, results(n_projects=2), summary) == ["PF Results (2)", "PF Summary"]
    read = load_workbook(twice)
    assert read.sheetnames == ["Projects", "pf results", "PF Results (2)", "PF Summary"]
    assert read["pf results"]["A1"].value == "The user's own"
    links = [read["PF Summary"][cell].hyperlink.location for cell in ("A1", "A2")]
    assert links == ["'PF Results (2)'!A6", "'PF Results (2)'!A7"]
    charts = [content for name, content in parts(twice).items() if name.startswith("xl/charts/")]
    assert any(b"'PF Results (2)'!$C$6:$C$9" in content for content in charts)
    assert not any(b"'PF Results'!" in content for content in charts)
    validation = read["PF Summary"].data_validations.dataValidation[0]
    assert validation.formula1 == "'PF Results (2)'!$A$6:$A$9"
    with Package(twice) as package:
        assert our_sheets(WorkbookIndex(package)) == ["PF Results (2)", "PF Summary"]
    assert_nothing_is_wrong(plain, twice, validator)


def test_of_a_copied_sheet_only_the_one_of_the_right_name_is_replaced(
    plain: Path, tmp_path: Path
) -> None:
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    put(plain, once, small("PF March"), small())
    # Excel copies the names that are local to a sheet when people copy the sheet.
    edited(once, "xl/workbook.xml", lambda xml: xml.replace(b'"PF March"<', b'"PF Results"<'))
    new = SheetDescription("PF Results", {(1, 1): Cell("new")})
    assert put(once, twice, new) == ["PF Results"]
    read = load_workbook(twice)
    assert (read["PF March"]["A1"].value, read["PF Results"]["A1"].value) == ("x", "new")


# -- handback ------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["theirs", "plain"])
def test_after_handback_only_indexes_differ_from_the_original(
    source: str, tmp_path: Path, validator: Validator, request: pytest.FixtureRequest
) -> None:
    before: Path = request.getfixturevalue(source)
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    put(before, out, results(), results("PF Problems", 3))
    assert handed_back(out, back) == ["PF Results", "PF Problems"]
    assert set(parts(back)) == set(parts(before))
    assert_users_parts_are_untouched(before, back)
    for name in INDEXES & set(parts(back)) - {"xl/styles.xml"}:
        text = parts(back)[name].decode()
        assert "PF " not in text, name
        assert "_xlportfolio" not in text, name
    assert_nothing_is_wrong(before, back, validator)
    old, new = load_workbook(before), load_workbook(back)
    assert new.sheetnames == old.sheetnames
    assert new["Projects"].print_title_rows == old["Projects"].print_title_rows


def test_names_and_the_active_sheet_stay_right_when_ours_stands_in_the_middle(
    theirs: Path, tmp_path: Path
) -> None:
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    put(theirs, out, small())

    def moved_first(xml: bytes) -> bytes:
        """As if people had dragged our sheet to the front and saved while it was active."""
        root = etree.fromstring(xml)
        sheets = root.find(f"{{{MAIN}}}sheets")
        sheets.insert(0, sheets[3])
        for name in root.iter(f"{{{MAIN}}}definedName"):
            local = int(name.get("localSheetId"))
            name.set("localSheetId", str(0 if local == 3 else local + 1))
        root.find(f"{{{MAIN}}}bookViews")[0].set("activeTab", "0")
        return etree.tostring(root)

    edited(out, "xl/workbook.xml", moved_first)
    assert load_workbook(out).sheetnames[0] == "PF Results"
    assert handed_back(out, back) == ["PF Results"]
    book = load_workbook(back)
    assert book.active.title == "Projects"
    assert book["Projects"].print_title_rows == "$1:$1"
    assert book["Lists"].print_area == "'Lists'!$A$1:$B$2"


def test_the_first_visible_sheet_becomes_active_where_ours_was(
    theirs: Path, tmp_path: Path
) -> None:
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    put(theirs, out, small())
    edited(out, "xl/workbook.xml", lambda xml: xml.replace(
        b"<workbookView ", b'<workbookView activeTab="3" ').replace(
        b'name="Projects" sheetId="1"', b'name="Projects" sheetId="1" state="hidden"'))  # fmt: skip
    handed_back(out, back)
    assert load_workbook(back).active.title == "Notes"


def test_nothing_of_ours_means_nothing_to_hand_back(theirs: Path, tmp_path: Path) -> None:
    back = tmp_path / "back.xlsx"
    assert handed_back(theirs, back) == []
    assert parts(back) == parts(theirs)


def test_a_workbook_keeps_a_visible_sheet(plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    put(plain, out, small())
    edited(out, "xl/workbook.xml", lambda xml: xml.replace(
        b'state="visible"', b'state="hidden"', 1))  # fmt: skip
    with pytest.raises(WorkbookError) as refusal:
        handed_back(out, tmp_path / "back.xlsx")
    assert str(refusal.value) == (
        '"out.xlsx" has no visible sheet but those of xlportfolio, and Excel needs one; unhide a '
        "sheet or add one, then hand the workbook back."
    )


REMEDY = (
    " which xlportfolio made, and would show #REF! without it; replace it by its value (Copy, "
    "Paste Special > Values) or remove it, then hand the workbook back, or force it and lose what "
    "it shows."
)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda b: b["Projects"].__setitem__("C3", "=SUM('PF Results'!D6:D9)"),
         'Projects!C3 refers to "PF Results",'),
        (lambda b: b["Projects"].__setitem__("C3", "=SUM(pf_results[Cost])"),
         'Projects!C3 refers to table PF_Results of "PF Results",'),
        (lambda b: b["Projects"].__setitem__("C3", "=SUM('Projects:PF Results'!D6)"),
         'Projects!C3 refers to "PF Results",'),
    ],
)  # fmt: skip
def test_a_formula_that_needs_our_sheet_stops_handback_with_its_cell(
    change: Callable[[Workbook], None], where: str, tmp_path: Path
) -> None:
    book = Workbook()
    book.worksheets[0].title = "Projects"
    change(book)
    book.save(tmp_path / "book.xlsx")
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    put(tmp_path / "book.xlsx", out, results())
    with pytest.raises(WorkbookError) as refusal:
        handed_back(out, back)
    assert str(refusal.value) == where + REMEDY
    assert handed_back(out, back, force=True) == ["PF Results"]
    assert parts(back)["xl/worksheets/sheet1.xml"] == parts(out)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    "formula",
    ["='[1]PF Results'!A1", "=[1]PF!A1", '="see PF_Results"', "=Projects!A1", "=PF_Results2"],
)
def test_a_formula_that_does_not_need_our_sheet_stops_nothing(formula: str, tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "Projects"
    book["Projects"]["C3"] = formula
    book.save(tmp_path / "book.xlsx")
    out = tmp_path / "out.xlsx"
    put(tmp_path / "book.xlsx", out, results(), small("PF"))
    assert handed_back(out, tmp_path / "back.xlsx") == ["PF Results", "PF"]


def test_names_charts_and_rules_that_need_our_sheet_are_counted(tmp_path: Path) -> None:
    path, out = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Plan")
    book.add_worksheet("PF Results")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='PF Results (2)'!$D$6:$D$9"})
    sheet.insert_chart("C3", chart)
    sheet.data_validation("A1", {"validate": "list", "source": "='PF Results (2)'!$A$6:$A$9"})
    sheet.write_formula("B1", "='PF Results'!A1")
    book.define_name("Costs", "='PF Results (2)'!$D$6:$D$9")
    book.close()
    put(path, out, results())
    with pytest.raises(WorkbookError) as refusal:
        handed_back(out, tmp_path / "back.xlsx")
    told = 'A rule over Plan!A1 and 2 more refers to "PF Results (2)",'
    assert str(refusal.value) == told + REMEDY


def test_libreoffice_keeps_the_mark_and_the_next_run_hides_it_again(
    plain: Path, tmp_path: Path, soffice: Calc
) -> None:
    once, twice = tmp_path / "once.xlsx", tmp_path / "twice.xlsx"
    put(plain, once, results())
    resaved = soffice.convert(once, "xlsx")
    assert put(resaved, twice, results(n_projects=4)) == ["PF Results"]
    book = load_workbook(twice)
    assert book.sheetnames == ["Projects", "PF Results"]
    assert book["PF Results"].defined_names["_xlportfolio"].hidden
    assert new_findings(resaved, twice) == []
    assert handed_back(twice, tmp_path / "back.xlsx") == ["PF Results"]


def test_a_protected_structure_is_refused_through_the_closed_workbook(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = Workbook()
    book.security = WorkbookProtection(lockStructure=True)
    book.save(path)
    before = path.read_bytes()
    with open_workbook(path) as closed, pytest.raises(WorkbookError) as refusal:
        closed.put_sheet(results())
    assert str(refusal.value) == (
        'The structure of "book.xlsx" is protected, which forbids adding the sheet "PF Results". '
        "Lift the protection in Excel (Review > Protect Workbook), and protect it again "
        "afterwards. Or have the results in a workbook of their own, with -o OUT."
    )
    assert path.read_bytes() == before


def test_the_closed_workbook_puts_saves_and_hands_back(theirs: Path, tmp_path: Path) -> None:
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    with open_workbook(theirs) as closed:
        assert closed.put_sheet(results()) == "PF Results"
        assert closed.our_sheets == ["PF Results"]
        assert closed.read("'PF Results'!A6:A7") == [["P01"], ["P02"]]
        closed.save(out)
    with open_workbook(out) as closed:
        assert closed.handback() == ["PF Results"]
        closed.save(back)
    assert set(parts(back)) == set(parts(theirs))
    assert_users_parts_are_untouched(theirs, back)


# -- strict, bare and refused --------------------------------------------------------------------


def as_strict(path: Path) -> None:
    """Turn a workbook into a strict one, as far as its namespaces go."""
    contents = parts(path)
    with zipfile.ZipFile(path, "w") as package:
        for name, content in contents.items():
            for kind in ("spreadsheetml", "officeDocument/2006/relationships", "drawingml"):
                word = kind.partition("/")[0]
                old = f"http://schemas.openxmlformats.org/{word}/2006/"
                new = f"http://purl.oclc.org/ooxml/{word}/"
                content = content.replace(old.encode(), new.encode())
            package.writestr(name, content)


def test_a_strict_workbook_gets_strict_parts(plain: Path, tmp_path: Path) -> None:
    as_strict(plain)
    out, back = tmp_path / "out.xlsx", tmp_path / "back.xlsx"
    put(plain, out, results())
    new = {name: parts(out)[name] for name in set(parts(out)) - set(parts(plain))}
    assert len(new) == 10
    for name, content in new.items():
        if name.endswith(".vml"):
            continue
        transitional = re.findall(rb"http://schemas.openxmlformats.org/[\w/]*", content)
        package_level = b"http://schemas.openxmlformats.org/package/2006/relationships"
        assert set(transitional) <= {package_level}, name
    assert new_findings(plain, out) == []
    handed_back(out, back)
    assert_users_parts_are_untouched(plain, back)


def test_a_workbook_without_styles_gets_them(plain: Path, tmp_path: Path) -> None:
    contents = parts(plain)
    del contents["xl/styles.xml"]
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        pattern = rb"<(?:Override|Relationship) [^>]*styles[^>]*/>"
        contents[name] = re.sub(pattern, b"", contents[name])
    with zipfile.ZipFile(plain, "w") as package:
        for name, content in contents.items():
            package.writestr(name, content)
    out = tmp_path / "out.xlsx"
    put(plain, out, results())
    assert load_workbook(out)["PF Results"]["A1"].font.sz == 18
    assert new_findings(plain, out) == []


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (small("PF [x]"), '"PF [x]" cannot be the name of a sheet; expected 1 to 31 characters '
         "(but not History) without [ ] : * ? / \\."),
        (small("x" * 32), f'"{"x" * 32}" cannot be the name of a sheet; expected 1 to 31 '
         "characters (but not History) without [ ] : * ? / \\."),
        (small("'PF"), "\"'PF\" cannot be the name of a sheet; expected no apostrophe at its "
         "ends."),
        (SheetDescription("PF", {(2, 3): Cell(float("nan"))}),
         "PF!C2 cannot hold nan; expected a finite number. Write None for a blank or "
         "CellError('#N/A') for a missing value."),
        (SheetDescription("PF", {(1, 1): Cell("x" * 32_768)}),
         "PF!A1 cannot hold a text of 32,768 characters; at most 32,767 fit into a cell. Shorten "
         "it or spread it over several cells."),
        (SheetDescription("PF", {(4, 1): Cell("x", link="nowhere at all")}),
         'The link leads nowhere: "nowhere at all" names no sheet; expected a reference such as '
         "Projects!A1:F40. [PF!A4]"),
        (small("PF", validations=(Validation(area("B2:B9"), "list", choices=("x" * 256,)),)),
         "The 1 choices have 256 characters together; expected at most 255. Put them into cells "
         "and name their range instead [PF!B2:B9]."),
        (small("PF", validations=(Validation(area("B2"), "list", choices=("a", "b, c")),)),
         'The choice "b, c" holds a comma, which separates the choices of a list; put the choices '
         "into cells and name their range instead [PF!B2]."),
        (small("PF", validations=(Validation(area("B2"), "whole", values=("1",)),)),
         'The validation "whole" has 1 value; expected 2 [PF!B2].'),
        (small("PF", merges=(area("A1:B2"), area("B2:C3"))),
         'The merged cells A1:B2 of sheet "PF" and the merged cells B2:C3 lie over each other; '
         "expected separate ranges."),
        (small("PF", tables=(TableDescription("A1", area("A1:A2")),)),
         '"A1" cannot be the name of a table on sheet "PF"; expected a letter, then letters, '
         "digits and _, and nothing like a cell address."),
        (SheetDescription("PF", {(1, 1): Cell("x"), (2, 1): Cell("y")},
                          tables=(TableDescription("T_x", area("A1")),)),
         'Table "T_x" of sheet "PF" has no row of data and A2 below it is in use; expected a blank '
         "row under the headers."),
        (small("PF", conditional_formats=(ConditionalFormat(area("A1"), "scale"),)),
         'The scale over A1 of sheet "PF" has 0 colours; expected 2 or 3.'),
        (small("PF", print_setup=PrintSetup(header="x" * 256)),
         'The header of sheet "PF" has 256 characters; expected at most 255.'),
    ],
)  # fmt: skip
def test_what_excel_could_not_hold_is_refused_and_nothing_is_written(
    description: SheetDescription, message: str, plain: Path
) -> None:
    with Package(plain) as package:
        index = WorkbookIndex(package)
        stylesheet = Stylesheet(package.read("xl/styles.xml"))
        with pytest.raises((InputError, WorkbookError)) as refusal:
            put_one(package, index, stylesheet, description)
        assert str(refusal.value) == message
        assert package.changed == set()


def test_an_address_that_excel_would_not_take_stays_text(
    plain: Path, tmp_path: Path, validator: Validator
) -> None:
    links = ("http://[bad", "https://", "mailto:", "https://example.org/a b?c=<d>", "HTTP://x.y/#p")
    cells = {(i, 1): Cell("x", link=link) for i, link in enumerate(links, start=1)}
    out = tmp_path / "out.xlsx"
    put(plain, out, SheetDescription("PF Links", cells))
    sheet = load_workbook(out)["PF Links"]
    found = [sheet.cell(row, 1).hyperlink for row in range(1, 6)]
    assert found[:3] == [None, None, None]
    assert [link.target for link in found[3:]] == [
        "https://example.org/a%20b?c=%3Cd%3E", "HTTP://x.y/",
    ]  # fmt: skip
    assert_nothing_is_wrong(plain, out, validator)


def test_more_links_than_excel_allows_are_refused(plain: Path) -> None:
    cells = {(row, 1): Cell("x", link="Projects!A1") for row in range(1, 65_532)}
    with Package(plain) as package:
        stylesheet = Stylesheet(package.read("xl/styles.xml"))
        with pytest.raises(InputError) as refusal:
            put_one(package, WorkbookIndex(package), stylesheet, SheetDescription("PF", cells))
    assert str(refusal.value) == (
        'Sheet "PF" would have 65,531 links and Excel allows 65,530 on a sheet; leave the links '
        "out of the later rows."
    )


def test_choices_may_hold_quotation_marks(plain: Path, tmp_path: Path) -> None:
    rule = Validation(area("B2"), "list", choices=('6" main', "a & b"))
    out = tmp_path / "out.xlsx"
    put(plain, out, small(validations=(rule,)))
    read = load_workbook(out)["PF Results"].data_validations.dataValidation[0]
    assert read.formula1 == '"6"" main,a & b"', "doubled, as in every text within a formula"


def test_note_boxes_of_different_sheets_have_different_ids(theirs: Path, tmp_path: Path) -> None:
    noted = {(1, 1): Cell("x", note="First"), (9, 2): Cell("y", note="Second\nline <&>")}
    out = tmp_path / "out.xlsx"
    put(theirs, out, SheetDescription("PF A", noted), SheetDescription("PF B", noted))
    drawings = [content for name, content in parts(out).items() if name.endswith(".vml")]
    ids = [name for content in drawings for name in re.findall(rb'v:shape id="(\w+)"', content)]
    assert len(ids) == len(set(ids)) == 5
    assert load_workbook(out)["PF B"]["B9"].comment.text == "Second\nline <&>"


def test_a_sheet_may_be_empty(plain: Path, tmp_path: Path, validator: Validator) -> None:
    out = tmp_path / "out.xlsx"
    put(plain, out, SheetDescription("PF Empty", {}), replace(small("PF Bare"), gridlines=True))
    assert load_workbook(out)["PF Bare"].sheet_view.showGridLines is not False
    assert_nothing_is_wrong(plain, out, validator)
    assert b"<sheetData></sheetData>" in parts(out)["xl/worksheets/sheet2.xml"]
