"""The lint: silent on sound workbooks, and each rule fires on a file broken by hand."""

from __future__ import annotations

import io
import itertools
import shutil
import warnings
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import openpyxl.chart
import openpyxl.comments
import openpyxl.formatting.rule
import openpyxl.worksheet.datavalidation
import openpyxl.worksheet.table
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tests.hosts.fuzz_splice import element_by_element
from xlportfolio.workbook.lint import LintFinding, lint, new_findings, package_rules
from xlportfolio.workbook.lint.proof import UnusualError
from xlportfolio.workbook.lint.sheet_facts import SheetFacts
from xlportfolio.workbook.lint.sheet_rules import overlapping
from xlportfolio.workbook.lint.usual_rows import UsualRows
from xlportfolio.workbook.references import CellRange

SHEET = "xl/worksheets/sheet1.xml"
SECOND = "xl/worksheets/sheet2.xml"
TABLE = "xl/tables/table1.xml"
WORKBOOK = "xl/workbook.xml"
STYLES = "xl/styles.xml"


def make_with_xlsxwriter(path: Path) -> None:
    """A workbook with one of nearly everything that XlsxWriter can make."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Plan")
        data = book.add_worksheet("Other data")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0"})
        sheet.set_column("B:C", 12, money)
        sheet.add_table(
            "A1:C5",
            {
                "name": "Projects",
                "columns": [{"header": "ID"}, {"header": "Cost\n(GBP k)"}, {"header": "Value"}],
                "data": [["P1", 1.5, 2], ["P2", 2.5, 3], ["P3", 3, 4], ["P4", None, 5]],
            },
        )
        sheet.add_table("E1:F4", {"total_row": True, "columns": [{"header": "a"}, {"header": "b"}]})
        sheet.add_table("E10:F12", {"header_row": False})
        sheet.write_formula("H1", "=SUM(B2:B5)", bold, 7)
        sheet.write_array_formula("H2:H4", "{=B2:B4*2}", None, 3)
        sheet.write_dynamic_array_formula("I2", "=UNIQUE(A2:A5)")
        sheet.write_url("H6", "internal:'Other data'!A1", string="there")
        sheet.write_url("H7", "https://example.org/?a=1&b=2")
        sheet.write_comment("H8", "a note")
        sheet.write_rich_string("H9", bold, "rich", " text")
        sheet.write_boolean("H10", True)
        sheet.merge_range("A8:C9", "merged", bold)
        sheet.merge_range("A10:A11", "too")
        sheet.conditional_format(
            "B2:B5", {"type": "cell", "criteria": ">", "value": 2, "format": bold}
        )
        sheet.conditional_format("C2:C5", {"type": "data_bar", "data_bar_2010": True})
        sheet.data_validation("A2:A5", {"validate": "list", "source": ["P1", "P2"]})
        sheet.freeze_panes(1, 1)
        sheet.protect()
        data.write_column("A1", range(20))
        data.autofilter("A1:A20")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "='Other data'!$A$1:$A$20"})
        data.insert_chart("C3", chart)
        data.set_header("&CPlan")
        data.print_area("A1:F20")
        data.repeat_rows(0)
        book.define_name("Budget", "=Plan!$B$2")
        book.define_name("'Other data'!Budget", "='Other data'!$A$2")


def make_with_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Plan"
    for row in (["ID", "Cost"], ["P1", 1.5], ["P2", "=B2*2"], ["P3", datetime(2026, 4, 1)]):
        sheet.append(row)
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="Projects", ref="A1:B4"))
    sheet["D1"].comment = openpyxl.comments.Comment("a note", "me")
    sheet["D2"].hyperlink = "https://example.org"
    sheet.merge_cells("D4:E5")
    validation = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"a,b"')
    validation.add("D7")
    sheet.add_data_validation(validation)
    sheet.conditional_formatting.add(
        "B2:B4",
        openpyxl.formatting.rule.ColorScaleRule(
            start_type="min", end_type="max", start_color="FF0000", end_color="00FF00"
        ),
    )
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=2, min_row=1, max_row=4))
    sheet.add_chart(chart, "G2")
    book.create_sheet("Other").append([1, 2, 3])
    book.save(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lint") / "sound.xlsx"
    make_with_xlsxwriter(path)
    return path


@pytest.fixture
def broken(sound: Path, tmp_path: Path) -> Callable[..., list[LintFinding]]:
    """Lint a copy of the sound workbook in which one text of one part was exchanged."""

    def lint_broken(
        part: str, old: str, new: str, *, drop: str | None = None, add: dict[str, str] | None = None
    ) -> list[LintFinding]:
        path = tmp_path / "broken.xlsx"
        with zipfile.ZipFile(sound) as source, zipfile.ZipFile(path, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name == part:
                    text = data.decode()
                    assert old in text, f"{old} is not in {part}: {text[:2000]}"
                    data = text.replace(old, new, 1).encode()
                if name != drop:
                    target.writestr(name, data)
            for name, text in (add or {}).items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", UserWarning)  # of duplicate names
                    target.writestr(name, text)
        found = lint(path)
        with element_by_element():
            assert lint(path) == found
        return found

    return lint_broken


@pytest.mark.parametrize("make", [make_with_xlsxwriter, make_with_openpyxl])
def test_a_sound_workbook_has_no_finding(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "book.xlsx")
    assert lint(tmp_path / "book.xlsx") == []


def test_what_was_wrong_before_is_not_new(sound: Path, tmp_path: Path) -> None:
    flawed = tmp_path / "flawed.xlsx"
    shutil.copy(sound, flawed)
    with zipfile.ZipFile(flawed, "a") as archive:
        archive.writestr("xl/odd.thing", "x")
    assert [finding.rule for finding in lint(flawed)] == ["content-type"]
    assert new_findings(flawed, flawed) == []
    assert new_findings(sound, flawed) == lint(flawed)


def test_an_old_flaw_is_not_new_though_its_message_counts_more_styles(
    broken: Callable[..., list[LintFinding]], tmp_path: Path
) -> None:
    before, after = tmp_path / "before.xlsx", tmp_path / "broken.xlsx"
    broken(SHEET, '<c r="H1" s="2"', '<c r="H1" s="99"')
    shutil.copy(after, before)
    with zipfile.ZipFile(before) as source, zipfile.ZipFile(after, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == STYLES:
                data = data.replace(b"</cellXfs>", b"<xf/></cellXfs>")
            target.writestr(name, data)
    assert lint(before) != lint(after)
    assert new_findings(before, after) == []


def test_only_the_named_parts_are_looked_into(
    broken: Callable[..., list[LintFinding]], tmp_path: Path
) -> None:
    assert broken(SHEET, '<c r="H1"', '<c r="H99"')
    assert lint(tmp_path / "broken.xlsx", parts=[SECOND]) == []
    assert lint(tmp_path / "broken.xlsx", parts=[SHEET]) == lint(tmp_path / "broken.xlsx")


def test_a_finding_says_its_rule_message_and_place(
    broken: Callable[..., list[LintFinding]],
) -> None:
    (finding,) = broken(SHEET, "<f>SUM(B2:B5)</f>", "<f>=SUM(B2:B5)</f>")
    assert str(finding) == (
        'formula-equals: the stored formula starts with "=" [xl/worksheets/sheet1.xml H1]'
    )
    assert (finding.rule, finding.part, finding.cell) == ("formula-equals", SHEET, "H1")


@pytest.mark.parametrize(
    ("rule", "part", "old", "new", "message"),
    [
        ("well-formed", SHEET, "</sheetData>", "", "its XML is damaged"),
        ("well-formed", "docProps/app.xml", "</Properties>", "", "its XML is damaged"),
        ("doctype", WORKBOOK, "<workbook", "<!DOCTYPE w []><workbook", "document type"),
        ("doctype", SHEET, "<worksheet", "<!DOCTYPE w []><worksheet", "document type"),
        ("content-type", "[Content_Types].xml", 'PartName="/xl/styles.xml"',
         'PartName="/xl/workbook.xml"', "two content types"),
        ("content-type-orphan", "[Content_Types].xml", "/xl/styles.xml",
         "/xl/none.xml", "not there"),
        ("content-type-kind", "[Content_Types].xml", ".styles+xml", ".table+xml",
         'calls it a styles, its content type is "'),
        ("formula-length", SHEET, "<f>SUM(B2:B5)</f>", f"<f>1{'+1' * 4096}</f>",
         "8,193 characters"),
        ("validation-length", SHEET, '"P1,P2"', f'"{"x" * 256}"', "a list of 256 characters"),
        ("cell-range", SHEET, 'sqref="A2:A5"', 'sqref="A2;A5"', '"A2;A5" is not a range'),
        ("cell-range", SHEET, 'sqref="B2:B5"', 'sqref=""', "is not a range"),
        ("link-count", SHEET, "</hyperlinks>", '<hyperlink ref="H7"/>' * 65_530 + "</hyperlinks>",
         "65,532 links stand on it"),
        ("relationship-target", "xl/_rels/workbook.xml.rels", "styles.xml",
         "none.xml", "xl/none.xml"),
        ("relationship-id", "xl/_rels/workbook.xml.rels", 'Id="rId2"', 'Id="rId1"', '"rId1"'),
        ("relationship-missing", SHEET, '<tablePart r:id="',
         '<tablePart r:id="no', "<tablePart> points"),
        ("relationship-missing", SHEET, '<hyperlink ref="H7" r:id="',
         '<hyperlink ref="H7" r:id="no', "<hyperlink>"),
        ("relationship-missing", SECOND, '<drawing r:id="',
         '<drawing r:id="no', "<drawing> points"),
        ("relationship-missing", "xl/drawings/drawing1.xml", 'r:id="rId1"',
         'r:id="rId9"', "<chart>"),
        ("row-order", SHEET, '<row r="3"', '<row r="2"', "row 2 stands after row 2"),
        ("row-number", SHEET, '<row r="10"', '<row r="1048577"', "1048577"),
        ("cell-order", SHEET, '<c r="B2"', '<c r="A2"', "the cell stands after A2"),
        ("cell-row", SHEET, '<c r="H1"', '<c r="H99"', "the cell stands in row 1"),
        ("cell-address", SHEET, '<c r="H1"', '<c r="1H"', 'calls itself "1H"'),
        ("cell-type", SHEET, '<c r="H10" t="b"', '<c r="H10" t="q"', 'no type "q"'),
        ("truth-value", SHEET, 't="b"><v>1</v>', 't="b"><v>yes</v>', '"yes" is neither'),
        ("error-value", SHEET, 't="b"><v>1</v>', 't="e"><v>NA</v>', '"NA" is not an error'),
        ("number", SHEET, "<v>1.5</v>", "<v>tbc</v>", '"tbc" is not a number'),
        ("number", SHEET, "<v>1.5</v>", "<v>1,5</v>", '"1,5" is not a number'),
        ("shared-string", SHEET, '<c r="A2" t="s"><v>3</v>',
         '<c r="A2" t="s"><v>99</v>', "string 99 of"),
        ("shared-string", SHEET, '<c r="A2" t="s"><v>3</v>', '<c r="A2" t="s"><v/>', 'string ""'),
        ("style-index", SHEET, '<c r="H1" s="2"', '<c r="H1" s="99"', "style 99 of"),
        ("style-index", SHEET, 'style="1"', 'style="99"', "style 99 of"),
        ("shared-formula", SHEET, "<f>SUM(B2:B5)</f>", '<f t="shared" si="4"/>', "formula 4"),
        ("formula-range", SHEET, "<f>SUM(B2:B5)</f>",
         '<f t="shared" ref="A1:A2" si="4">1</f>', "A1:A2"),
        ("text-length", SHEET, 't="b"><v>1</v>', f't="str"><v>{"x" * 32768}</v>', "32,768 char"),
        ("merge-overlap", SHEET, 'ref="A10:A11"', 'ref="A9:A11"', "overlaps the merged A8:C9"),
        ("sheet-part", "xl/_rels/workbook.xml.rels", "worksheets/sheet2.xml",
         "worksheets/sheet1.xml", 'sheet "Other data" has the part of another one'),
        ("merge-range", SHEET, 'ref="A10:A11"', 'ref="A10-A11"', "is not a range"),
        ("dimension", SHEET, '<dimension ref="A1:I11"', '<dimension ref="A1:C3"', "says A1:C3"),
        ("column-order", SHEET, '<col min="2" max="3"', '<col min="2" max="1"', "columns 2 to 1"),
        ("differential-style", SHEET, 'dxfId="0"', 'dxfId="7"', "style 7 of 1"),
        ("style-record", STYLES, 'fontId="1"', 'fontId="9"', "fontId 9 of"),
        ("sheet-name", WORKBOOK, 'name="Plan"', 'name="A/B"', '"A/B" is no sheet name'),
        ("sheet-name", WORKBOOK, 'name="Plan"', f'name="{"x" * 32}"', "1 to 31 characters"),
        ("sheet-name", WORKBOOK, 'name="Plan"', 'name="OTHER DATA"', "two sheets are called"),
        ("sheet-id", WORKBOOK, 'sheetId="2"', 'sheetId="1"', 'the id "1"'),
        ("sheet-relationship", WORKBOOK, 'r:id="rId1"', 'r:id="rId99"', 'sheet "Plan" leads to no'),
        ("local-sheet-id", WORKBOOK, 'localSheetId="1"', 'localSheetId="2"', "sheet 2 of 2"),
        ("defined-name", WORKBOOK, 'name="Budget" localSheetId="1"',
         'name="budget"', "defined twice"),
        ("active-tab", WORKBOOK, "<workbookView ", '<workbookView activeTab="5" ', "sheet 5 of 2"),
        ("element-order", WORKBOOK, "<definedNames>",
         "<calcPr/><definedNames>", "<definedNames> stands after <calcPr>"),
        ("element-order", SHEET, "<sheetData>",
         "<pageMargins/><sheetData>", "<sheetData> stands after <pageMargins>"),
        ("element-order", SHEET, "<mergeCells",
         "<mergeCells/><mergeCells", "<mergeCells> stands there twice"),
        ("element-order", STYLES, "<fonts", "<dxfs/><fonts", "<fonts> stands after <dxfs>"),
        ("table-header", TABLE, 'name="Value"',
         'name="Worth"', 'column "Worth" of table "Projects"'),
        ("table-column-name", TABLE, 'name="Value"', 'name="id"', 'two columns are called "id"'),
        ("table-column-id", TABLE, '<tableColumn id="2"', '<tableColumn id="1"', "the same id"),
        ("table-width", TABLE, 'ref="A1:C5" totals', 'ref="A1:D5" totals', "3 columns for the 4"),
        ("table-height", TABLE, 'ref="A1:C5" totals', 'ref="A1:C1" totals', "has no row for data"),
        ("table-range", TABLE, 'ref="A1:C5" totals', 'ref="A1C5" totals', '"A1C5" is not a range'),
        ("table-filter", TABLE, '<autoFilter ref="A1:C5"',
         '<autoFilter ref="A1:B5"', "covers A1:B5"),
        ("table-name", TABLE, 'displayName="Projects"', 'displayName="table2"', "is also in"),
        ("table-name", TABLE, 'displayName="Projects"',
         'displayName="budget"', "also a defined name"),
        ("table-id", TABLE, 'id="1" name', 'id="2" name', "its id 2 is also that of"),
        ("table-overlap", TABLE, 'ref="A1:C5" totals', 'ref="C1:E5" totals', "overlap table"),
    ],
)  # fmt: skip
def test_each_rule_fires_on_its_corruption(
    broken: Callable[..., list[LintFinding]],
    rule: str,
    part: str,
    old: str,
    new: str,
    message: str,
) -> None:
    findings = broken(part, old, new)
    assert rule in {finding.rule for finding in findings}, findings
    assert any(message in finding.message for finding in findings if finding.rule == rule), findings


def test_a_part_that_is_there_twice_is_found(broken: Callable[..., list[LintFinding]]) -> None:
    findings = broken("", "", "", add={"XL/styles.xml": "<styleSheet/>"})
    assert ("duplicate-entry", "XL/styles.xml") in {(f.rule, f.part) for f in findings}


def test_a_part_without_content_type_is_found(broken: Callable[..., list[LintFinding]]) -> None:
    (finding,) = broken("", "", "", add={"xl/odd.thing": "x"})
    assert (finding.rule, finding.part) == ("content-type", "xl/odd.thing")


def test_relationships_of_a_part_that_is_not_there_are_found(
    broken: Callable[..., list[LintFinding]],
) -> None:
    empty = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'
    (finding,) = broken("", "", "", add={"xl/worksheets/_rels/sheet9.xml.rels": empty})
    assert finding.rule == "relationship-owner"
    assert finding.message == "it belongs to xl/worksheets/sheet9.xml, which is not there"


def test_a_missing_sheet_part_is_found(broken: Callable[..., list[LintFinding]]) -> None:
    rules = {finding.rule for finding in broken("", "", "", drop=SECOND)}
    assert {"relationship-target", "content-type-orphan"} <= rules


CHAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ('<c r="H1" i="1"/><c r="H2"/>', None),
        ('<c r="H1" i="1"/><c r="B2"/>', "the cell of xl/worksheets/sheet1.xml has no formula"),
        ('<c r="A1" i="9"/>', 'it names a sheet with the id "9"'),
    ],
)
def test_the_calculation_chain_names_only_formulas(
    broken: Callable[..., list[LintFinding]], entries: str, message: str | None
) -> None:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    findings = broken(
        "xl/_rels/workbook.xml.rels",
        "</Relationships>",
        f'<Relationship Id="rId77" Type="{CHAIN}" Target="calcChain.xml"/></Relationships>',
        add={"xl/calcChain.xml": f'<calcChain xmlns="{namespace}">{entries}</calcChain>'},
    )
    chain = [finding.message for finding in findings if finding.rule == "calculation-chain"]
    assert chain == ([message] if message else [])


def test_what_is_no_zip_file_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "no.xlsx"
    path.write_bytes(b"no")
    (finding,) = lint(path)
    assert finding.rule == "zip"
    assert finding.message.startswith("it is not a sound zip file (")


def test_flipped_bytes_in_a_sheet_are_found(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "flipped.xlsx"
    data = bytearray(sound.read_bytes())
    with zipfile.ZipFile(sound) as archive:
        offset = archive.getinfo(SHEET).header_offset
    for index in range(offset + 80, offset + 90):
        data[index] ^= 0xFF
    path.write_bytes(data)
    assert {finding.rule for finding in lint(path)} & {"damaged-entry", "well-formed"}


def test_so_many_findings_of_one_rule_that_they_tell_no_more_are_counted_only(
    broken: Callable[..., list[LintFinding]],
) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>x</v></c></row>' for row in range(20, 2020))
    findings = broken(SHEET, "</sheetData>", f"{rows}</sheetData>")
    of_numbers = [finding for finding in findings if finding.rule == "number"]
    assert len(of_numbers) == 1000
    assert of_numbers[998].cell == "A1018"
    assert (of_numbers[999].cell, of_numbers[999].message) == (
        None,
        "and more of the same: 1,000 or more in this part",
    )


@given(
    boxes=st.lists(
        st.tuples(*[st.integers(1, 9)] * 4).map(
            lambda ends: CellRange(min(ends[:2]), min(ends[2:]), max(ends[:2]), max(ends[2:]))
        ),
        max_size=12,
    )
)
def test_ranges_overlap_if_and_only_if_two_of_them_share_a_cell(boxes: list[CellRange]) -> None:
    found = overlapping(sorted(boxes))
    assert all(one.overlaps(other) for one, other in found)
    pairs = itertools.combinations(boxes, 2)
    assert bool(found) == any(one.overlaps(other) for one, other in pairs)


def test_ranges_that_reach_over_all_rows_are_compared_in_no_time() -> None:
    """Each with each, these would be 134 million comparisons."""
    columns = [CellRange(1, column, 1_048_576, column) for column in range(1, 16_385)]
    assert overlapping(columns) == []
    assert overlapping([*columns, CellRange(9, 5, 9, 5)]) == [(CellRange(9, 5, 9, 5), columns[4])]


@pytest.mark.parametrize(
    ("part", "old", "new", "message"),
    [
        (WORKBOOK, "<definedNames>", f"<definedNames>{'<n/>' * 4_000_000}", "too large to be"),
        (SHEET, "</sheetData>", f'<row r="30">{"<c/>" * 2_000_000}</row></sheetData>', "a row of"),
    ],
)
def test_parts_that_would_fill_the_memory_are_not_looked_into(
    broken: Callable[..., list[LintFinding]], part: str, old: str, new: str, message: str
) -> None:
    findings = broken(part, old, new)
    (finding,) = [finding for finding in findings if finding.rule == "part-size"]
    assert (finding.part, message in finding.message) == (part, True)


def test_many_empty_rows_are_no_row_without_end(
    broken: Callable[..., list[LintFinding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_rules, "MOST_MARKS_IN_A_ROW", 50_000)
    rows = "".join(f'<row r="{row}" ht="15" customHeight="1"/>' for row in range(20, 20_000))
    assert broken(SHEET, "</sheetData>", f"{rows}<!-- --></sheetData>") == []


@pytest.mark.parametrize("end", ["</all>", ""])
def test_large_data_that_nothing_asks_for_is_checked_in_pieces(
    broken: Callable[..., list[LintFinding]], end: str
) -> None:
    records = "<all>" + "<r><s v='1'/></r>" * 1_000_000 + end
    findings = broken("", "", "", add={"xl/worksheets/data.xml": records})
    assert [one.rule for one in findings] == ([] if end else ["well-formed"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<si><t>ID</t></si>", "<si><r><t>I</t></r><r><t>D</t></r></si>"),
        ("<si><t>ID</t></si>", '<si><t xml:space="preserve"> ID</t></si>'),
        ("<si><t>ID</t></si>", "<si><t>ID</t></si><!-- </si> -->"),
        ("<si><t>ID</t></si>", "<si/>"),
        ("<si><t>ID</t></si>", ""),
        ("<sst ", '<sst xmlns:x="urn:x" '),
        ("</sst>", "</sst"),
    ],
)
def test_shared_strings_are_counted_as_they_are_read(
    broken: Callable[..., list[LintFinding]], old: str, new: str
) -> None:
    is_the_same = new.startswith("<sst") or "<r>" in new or "<!--" in new
    findings = broken("xl/sharedStrings.xml", old, new)
    assert bool(findings) != is_the_same, findings


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ('<c r="A1"><v>7</v></c><c r="B1" t="s"><v>7</v></c>', (7, "B1")),
        ('<c r="A1" t="str"><v>7</v></c><c r="B1" s="0" t="s"><v>007</v></c>', (7, "B1")),
        ('<c r="A1" t="s"><v>70</v></c><c r="B1" t="s"><v>7</v></c>', (70, "A1")),
        ('<c r="A1"><v>7</v></c>', (-1, "")),
        ('<c r="A1" x:t="s"><v>7</v></c><c r="B1" t="s"><v>3</v></c>', None),
    ],
)
def test_the_cell_that_names_the_highest_shared_string_is_the_one_told(
    cells: str, named: tuple[int, str] | None
) -> None:
    namespaces = f'xmlns="{package_rules.SPREADSHEET[0]}" xmlns:x="urn:x"'
    rows = f'<sheetData><row r="1">{cells}</row></sheetData>'
    stream = io.BytesIO(f"<worksheet {namespaces}>{rows}</worksheet>".encode())
    facts = SheetFacts()
    reading = UsualRows(facts, frozenset(), keeps_formulas=False)
    if named is None:
        with pytest.raises(UnusualError):
            reading.read(stream)
    else:
        reading.read(stream)
        assert facts.highest_string == named
