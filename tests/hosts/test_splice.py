"""Cells spliced into a sheet's XML: each test writes the bytes that it expects by hand."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from tests.hosts.fuzz_splice import DATE_STYLES, NEW_DATE_STYLE, package, run_rounds
from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.editing.splice import SheetSplicer
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
DATE_STYLE = 9


def sheet(rows: str, *, before: str = "", after: str = "", namespace: str = TRANSITIONAL) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{namespace}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    )


def splicer(
    edits: Mapping[tuple[int, int], Writable], *, date1904: bool = False, **options: object
) -> SheetSplicer:
    """A splicer for sheet "Plan" whose style 9 is a date, 100 + style its date, 200 its time."""
    return SheetSplicer(
        "Plan",
        edits,
        date1904=date1904,
        is_date_style=lambda style: style == DATE_STYLE,
        date_style=lambda style: 100 + style,
        time_style=lambda style: 200 + style,
        **options,
    )


def splice(xml: str, edits: Mapping[tuple[int, int], Writable], **options: object) -> str:
    """Splice, fed whole and byte by byte; both must agree."""
    data = xml.encode()
    whole = b"".join(splicer(edits, **options).run([data]))
    single = b"".join(splicer(edits, **options).run(data[i : i + 1] for i in range(len(data))))
    assert single == whole
    return whole.decode()


def rows_after(rows: str, edits: Mapping[tuple[int, int], Writable], **options: object) -> str:
    """What stands in sheetData after the edits; everything around it must be as it was."""
    result = splice(sheet(rows), edits, **options)
    start, end = sheet("\0").split("\0")
    assert result.startswith(start)
    assert result.endswith(end)
    return result[len(start) : -len(end)]


def refusal(xml: str, edits: Mapping[tuple[int, int], Writable], **options: object) -> str:
    with pytest.raises(WorkbookError) as caught:
        splicer(edits, **options).check([xml.encode()])
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- values


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, '<c r="A1"><v>1</v></c>'),
        (1.5, '<c r="A1"><v>1.5</v></c>'),
        (2.0, '<c r="A1"><v>2</v></c>'),
        (-1e300, '<c r="A1"><v>-1e+300</v></c>'),
        (True, '<c r="A1" t="b"><v>1</v></c>'),
        (CellError("#N/A"), '<c r="A1" t="e"><v>#N/A</v></c>'),
        (
            "=cmd|' /c calc'!A0",
            '<c r="A1" t="inlineStr"><is><t xml:space="preserve">=cmd|\' /c calc\'!A0</t></is></c>',
        ),
        (
            " a<b>&\r\n_x0041_\x07",
            '<c r="A1" t="inlineStr"><is><t xml:space="preserve">'
            " a&lt;b&gt;&amp;_x000D_\n_x005F_x0041__x0007_</t></is></c>",
        ),
        (Formula("=SUM(B1:B9)"), '<c r="A1"><f>SUM(B1:B9)</f></c>'),
        (Formula('IF(B1<2,"a&b",1)'), '<c r="A1"><f>IF(B1&lt;2,"a&amp;b",1)</f></c>'),
        (date(1900, 1, 1), '<c r="A1" s="100"><v>1</v></c>'),
        (date(1900, 2, 28), '<c r="A1" s="100"><v>59</v></c>'),
        (date(1900, 3, 1), '<c r="A1" s="100"><v>61</v></c>'),
        (datetime(2026, 4, 1, 18), '<c r="A1" s="100"><v>46113.75</v></c>'),
        (time(6), '<c r="A1" s="200"><v>0.25</v></c>'),
    ],
)
def test_each_kind_of_value_becomes_the_xml_that_excel_reads(value: Writable, written: str) -> None:
    assert rows_after("", {(1, 1): value}) == f'<row r="1">{written}</row>'


def test_dates_count_from_1904_where_the_workbook_does() -> None:
    result = rows_after("", {(1, 1): date(1904, 1, 1), (1, 2): date(2026, 4, 1)}, date1904=True)
    assert re.findall("<v>(.*?)</v>", result) == ["0", "44651"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "Plan!C2 cannot hold nan; expected a finite number."),
        (float("-inf"), "Plan!C2 cannot hold -inf; expected a finite number."),
        (10**400, "Plan!C2 cannot hold a number above 1.8e308"),
        (date(1899, 12, 31), "Plan!C2 cannot hold 1899-12-31: this workbook's dates begin on 1900"),
        (datetime(2026, 1, 1, tzinfo=UTC), "a workbook knows no time zones"),
        ("x" * 32_768, "Plan!C2 cannot hold a text of 32,768 characters; at most 32,767"),
        ("\U0001f600" * 16_384, "Plan!C2 cannot hold a text of 32,768 characters"),
        ("a\ud800", "Plan!C2 cannot hold 'a\\ud800': character 2 is half of a character pair."),
        (CellError("#SPILL!"), 'Plan!C2 cannot hold the error "#SPILL!"; expected one of #NULL!'),
        (Formula("="), 'Plan!C2 cannot take the formula "="; expected one such as =SUM(A1:A9).'),
        (Formula("=SUM("), 'a "(" is not closed. Mend the formula.'),
        (Formula("=SUM(A1))"), 'a ")" closes nothing. Mend the formula.'),
        (Formula("=SUM({1,2)"), 'a ")" closes nothing. Mend the formula.'),
        (Formula('=A1&"x'), "a text or a name in quotation marks is not closed."),
        (Formula("='My plan!A1"), "a text or a name in quotation marks is not closed."),
        (Formula("=SUM(Costs[Cost)"), 'a "[" is not closed. Mend the formula.'),
        (Formula("{=A1:A3*2}"), "array formulas cannot be written"),
        (Formula("=LET(x,1,x)"), "the names inside LET have a stored form of their own"),
        (Formula("=[@Cost]*2"), "[@Cost] names no table. Write the table's name before it"),
        (Formula("=A1&" + '"x"&' * 3000 + "1"), "at most 8,192 fit"),
    ],
)
def test_a_value_that_no_cell_can_hold_is_refused_by_its_cell(
    value: Writable, message: str
) -> None:
    with pytest.raises(WorkbookError) as caught:
        splicer({(2, 3): value})
    assert message in str(caught.value)
    assert str(caught.value).startswith("Plan!C2 ")


@pytest.mark.parametrize("cell", [(0, 1), (1_048_577, 1), (1, 16_385)])
def test_a_cell_outside_the_sheet_is_refused(cell: tuple[int, int]) -> None:
    with pytest.raises(WorkbookError, match=r"of Plan is outside the sheet; expected rows 1 to"):
        splicer({cell: 1})


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("=XLOOKUP(A1,B:B,C:C)", "_xlfn.XLOOKUP(A1,B:B,C:C)"),
        ("=_xlfn.XLOOKUP(A1,B:B,C:C)", "_xlfn.XLOOKUP(A1,B:B,C:C)"),
        ('=ifna(A1,"IFNA(1)")', '_xlfn.IFNA(A1,"IFNA(1)")'),
        ("='IFS('!A1+IFS(A1,1)", "'IFS('!A1+_xlfn.IFS(A1,1)"),
        ("=SORT(FILTER(A1:A9,B1:B9))", "_xlfn._xlws.SORT(_xlfn._xlws.FILTER(A1:A9,B1:B9))"),
        ("=STDEV.S(A1:A9)+STDEV(A1:A9)", "_xlfn.STDEV.S(A1:A9)+STDEV(A1:A9)"),
        ("=SUM(Plan!A1#)", "SUM(_xlfn.ANCHORARRAY(Plan!A1))"),
        ("=T[[#Totals],[IFS(a)]]+#REF!", "T[[#Totals],[IFS(a)]]+#REF!"),
        ("=Projects[@Cost]", "Projects[[#This Row],[Cost]]"),
        ("=MYSORT(1)+SORTED", "MYSORT(1)+SORTED"),
    ],
)
def test_newer_functions_get_their_stored_prefix(typed: str, stored: str) -> None:
    result = rows_after("", {(1, 1): Formula(typed)})
    assert result == f'<row r="1"><c r="A1"><f>{stored}</f></c></row>'


# -- where cells go, and which style they take


def test_an_existing_cell_keeps_its_style_and_loses_its_metadata() -> None:
    row = '<row r="1"><c r="A1" s="7" t="s" cm="1" vm="2"><v>3</v></c><c r="B1"><v>1</v></c></row>'
    expected = '<row r="1"><c r="A1" s="7"><v>5</v></c><c r="B1"><v>1</v></c></row>'
    assert rows_after(row, {(1, 1): 5}) == expected


def test_a_date_takes_a_date_style_only_where_the_cell_has_none() -> None:
    row = '<row r="1"><c r="A1" s="9"/><c r="B1" s="3"/></row>'
    result = rows_after(row, {(1, 1): date(2026, 4, 1), (1, 2): date(2026, 4, 1)})
    expected = '<c r="A1" s="9"><v>46113</v></c><c r="B1" s="103"><v>46113</v></c>'
    assert result == f'<row r="1">{expected}</row>'


def test_a_new_cell_takes_the_style_of_its_row_or_else_its_column() -> None:
    columns = '<cols><col min="2" max="3" width="9" style="4"/></cols>'
    xml = sheet('<row r="1" s="5" customFormat="1"/><row r="2" s="5"></row>', before=columns)
    result = splice(xml, {(1, 2): 1, (2, 2): 1, (2, 4): 1, (3, 3): 1})
    assert re.findall(r'<c r="(\w+)"(?: s="(\d+)")?', result) == [
        ("B1", "5"),
        ("B2", "4"),
        ("D2", ""),
        ("C3", "4"),
    ]


def test_rows_and_cells_are_put_in_order() -> None:
    rows = '<row r="2"><c r="B2"><v>1</v></c><c r="D2"/></row><row r="5"/><row r="6"></row>'
    edits = {(r, c): r * 10 + c for r in (1, 2, 4, 5, 6, 9) for c in (1, 3, 5)}
    result = rows_after(rows, edits)
    assert re.findall(r'<row r="(\d+)"', result) == list("124569")
    assert " ".join(re.findall(r'<c r="(\w+)"', result)) == (
        "A1 C1 E1 A2 B2 C2 D2 E2 A4 C4 E4 A5 C5 E5 A6 C6 E6 A9 C9 E9"
    )


def test_rows_and_cells_without_numbers_count_on_from_their_neighbours() -> None:
    rows = (
        '<row><c><v>1</v></c><c><v>2</v></c></row><row r="4"><c r="C4"/><c/></row><row><c/></row>'
    )
    result = rows_after(rows, {(1, 2): 8, (4, 4): 8, (5, 1): 8, (5, 2): 9, (1, 3): 7})
    assert result == (
        '<row><c><v>1</v></c><c r="B1"><v>8</v></c><c r="C1"><v>7</v></c></row>'
        '<row r="4"><c r="C4"/><c r="D4"><v>8</v></c></row>'
        '<row><c r="A5"><v>8</v></c><c r="B5"><v>9</v></c></row>'
    )


def test_an_empty_sheet_is_filled() -> None:
    xml = f'<worksheet xmlns="{TRANSITIONAL}"><dimension ref="A1"/><sheetData/></worksheet>'
    assert splice(xml, {(2, 2): 1}) == (
        f'<worksheet xmlns="{TRANSITIONAL}"><dimension ref="A1:B2"/>'
        '<sheetData><row r="2"><c r="B2"><v>1</v></c></row></sheetData></worksheet>'
    )


def test_dimension_and_spans_grow_with_what_is_written() -> None:
    xml = sheet('<row spans="2:3" r="2"/>', before="<dimension ref='B2:C2'/>")
    result = splice(xml, {(2, 1): 1, (2, 5): 1, (9, 9): None})
    assert '<dimension ref="A2:E2"/>' in result
    assert '<row spans="1:5" r="2">' in result


def test_none_clears_value_and_formula_and_keeps_the_style() -> None:
    rows = '<row r="1"><c r="A1" s="4"><f>B1</f><v>1</v></c><c r="B1" t="s"><v>0</v></c></row>'
    job = splicer({(1, 1): None, (1, 2): None})
    result = b"".join(job.run([sheet(rows).encode()])).decode()
    assert '<row r="1"><c r="A1" s="4"/><c r="B1"/></row>' in result
    assert job.removed_formulas
    assert not job.wrote_formulas


def test_clearing_what_is_blank_changes_no_byte() -> None:
    xml = sheet('<row r="1"><c r="A1" s="4" ></c ><c r="B1"/><!-- x --></row>')
    edits = {(1, 1): None, (1, 2): None, (1, 3): None, (7, 1): None}
    assert splice(xml, edits) == xml


def test_everything_around_the_cells_passes_byte_for_byte() -> None:
    before = (
        "<?mso-application progid='Excel.Sheet'?><!-- <row r=\"1\"> > -->"
        '<sheetPr codeName="a&gt;b"/><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
    )
    after = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        '<mc:Choice Requires="x14"><controls><row r="1"/></controls></mc:Choice>'
        "</mc:AlternateContent>"
        '<extLst><ext uri="{X}"><y:c xmlns:y="urn:y" r="A1"><![CDATA[<c r="A1">]]></y:c></ext>'
        "</extLst>"
    )
    row = (
        "<row\n r = '1'  ><!-- a > b -->"
        '<c  r="A1"><v><![CDATA[1]]></v></c><?p >?><c r="C1"/></row>'
    )
    result = splice(sheet(row, before=before, after=after), {(1, 1): 2, (1, 2): 3})
    expected = row.replace('<c  r="A1"><v><![CDATA[1]]></v></c>', '<c r="A1"><v>2</v></c>')
    expected = expected.replace('<c r="C1"/>', '<c r="B1"><v>3</v></c><c r="C1"/>')
    assert result == sheet(expected, before=before, after=after)


def test_a_namespace_prefix_is_used_in_what_is_written() -> None:
    xml = (
        f'<x:worksheet xmlns:x="{STRICT}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )
    result = splice(xml, {(1, 1): "a", (2, 1): Formula("A1")})
    text = '<x:is><x:t xml:space="preserve">a</x:t></x:is>'
    assert f'<x:row r="1"><x:c r="A1" t="inlineStr">{text}</x:c></x:row>' in result
    assert '<x:row r="2"><x:c r="A2"><x:f>A1</x:f></x:c></x:row></x:sheetData>' in result


def test_a_byte_order_mark_does_not_shift_the_cells() -> None:
    xml = "\ufeff" + sheet('<row r="1"><c r="A1" t="str"><v>é€\U0001f600</v></c><c r="B1"/></row>')
    assert splice(xml, {(1, 2): 1}) == xml.replace('<c r="B1"/>', '<c r="B1"><v>1</v></c>')


# -- shared formulas


SHARED = (
    '<row r="1"><c r="A1"><f t="shared" ref="A1:B3" si="0">C1*$D$1&amp;"_x005F_x0041_"</f></c>'
    '<c r="B1"><f t="shared" si="0"/></c></row>'
    '<row r="2"><c r="A2"><f ca="1" t="shared" si="0"></f><v>2</v></c></row>'
)


def test_overwriting_the_first_cell_of_a_shared_formula_passes_it_on() -> None:
    result = rows_after(SHARED, {(1, 1): 1})
    moved = '<f t="shared" si="0" ref="A1:B3">D1*$D$1&amp;"_x005F_x0041_"</f>'
    assert (
        result
        == '<row r="1"><c r="A1"><v>1</v></c>'
        + f'<c r="B1">{moved}</c></row>'
        + (SHARED.partition("</row>")[2])
    )


def test_the_next_cell_that_still_shares_the_formula_takes_it() -> None:
    result = rows_after(SHARED, {(1, 1): 1, (1, 2): None})
    moved = '<f ca="1" t="shared" si="0" ref="A2:B3">C2*$D$1&amp;"_x005F_x0041_"</f>'
    assert f'<c r="A2">{moved}<v>2</v></c>' in result


def test_a_formula_of_the_same_number_that_begins_later_stays_as_it_is() -> None:
    later = '<row r="2"><c r="A2"><f t="shared" ref="A2:B2" si="0">D2</f></c>'
    later += '<c r="B2"><f t="shared" si="0"/></c></row>'
    first = '<row r="1"><c r="A1"><f t="shared" ref="A1" si="0">C1</f></c></row>'
    written = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert rows_after(first + later, {(1, 1): 1}) == written + later


def test_a_first_cell_that_stands_after_its_followers_is_refused() -> None:
    rows = '<row r="1"><c r="A1"><f t="shared" si="0"/></c>'
    rows += '<c r="B1"><f t="shared" ref="A1:B1" si="0">C1</f></c></row>'
    assert refusal(sheet(rows), {(1, 2): 1}) == (
        "Plan!B1 cannot be written: cells before it share its formula, which cannot be passed on "
        "to them. Enter the formula of those cells anew in Excel first."
    )


def test_a_shared_formula_that_would_leave_the_sheet_is_refused() -> None:
    rows = '<row r="1"><c r="B1"><f t="shared" ref="A1:B2" si="0">A1</f></c></row>'
    rows += '<row r="2"><c r="A2"><f t="shared" si="0"/></c></row>'
    assert refusal(sheet(rows), {(1, 2): 1}).startswith(
        "Plan!B1 cannot be written: A2 and other cells share its formula, which cannot be passed"
    )


def test_a_follower_is_overwritten_alone() -> None:
    expected = SHARED.replace('<f ca="1" t="shared" si="0"></f><v>2</v>', "<v>9</v>")
    assert rows_after(SHARED, {(2, 1): 9}) == expected


def test_a_new_formula_keeps_the_calculation_chain_true_unless_an_array_goes() -> None:
    plain = splicer({(1, 1): Formula("1")})
    plain.check([sheet('<row r="1"><c r="A1"><f>B1</f></c></row>').encode()])
    assert (plain.removed_formulas, plain.wrote_formulas) == (False, True)
    array = splicer({(1, 1): Formula("1")})
    array.check([sheet('<row r="1"><c r="A1"><f t="array" ref="A1">B1</f></c></row>').encode()])
    assert (array.removed_formulas, array.wrote_formulas) == (True, True)


# -- refusals


ARRAY = '<row r="2"><c r="B2" cm="1"><f t="array" ref="B2:C4">X1:Y3</f><v>1</v></c></row>'


@pytest.mark.parametrize("cell", [(2, 2), (2, 3), (3, 2), (4, 3)])
def test_a_cell_inside_a_spill_is_refused_though_it_has_no_xml(cell: tuple[int, int]) -> None:
    address = "ABC"[cell[1] - 1] + str(cell[0])
    assert refusal(sheet(ARRAY), {cell: 1}) == (
        f"Plan!{address} cannot be written: it lies inside the array formula or spill B2:C4, "
        "which changes only as a whole. Write outside that range, or remove its formula in Excel "
        "first."
    )


def test_cells_around_a_spill_and_an_array_of_one_cell_are_written() -> None:
    splice(sheet(ARRAY), {(1, 2): 1, (2, 1): 1, (2, 4): 1, (5, 3): 1})
    one = '<row r="1"><c r="A1"><f t="array" ref="A1">SUM(B1:B9*2)</f><v>1</v></c></row>'
    assert rows_after(one, {(1, 1): 3}) == '<row r="1"><c r="A1"><v>3</v></c></row>'


def test_an_array_whose_formula_stands_below_an_edited_row_is_seen_too() -> None:
    rows = '<row r="3"><c r="A3"><f t="array" ref="A1:A3">1</f></c></row>'
    assert "Plan!A1 cannot be written: it lies inside the array" in refusal(
        sheet(rows), {(1, 1): 1}
    )


def test_a_cell_inside_a_data_table_is_refused() -> None:
    rows = '<row r="2"><c r="B2"><f t="dataTable" ref="B2:C3" dt2D="1" r1="E1" r2="E2"/></c></row>'
    message = refusal(sheet(rows), {(3, 3): 1})
    assert message.startswith("Plan!C3 cannot be written: it lies inside the what-if data table B2")


def test_a_hidden_cell_of_a_merge_is_refused_and_its_visible_cell_written() -> None:
    xml = sheet("", after='<mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells>')
    assert '<c r="B2"><v>1</v></c>' in splice(xml, {(2, 2): 1})
    assert refusal(xml, {(2, 2): 1, (3, 3): 2}) == (
        "Plan!C3 cannot be written: it is hidden by the merged cells B2:C3, which show only B2. "
        "Write to that cell, or unmerge them in Excel first."
    )


def test_a_header_of_an_excel_table_is_refused_at_once() -> None:
    with pytest.raises(WorkbookError, match=r"^Plan!B1 cannot be written: it is a header of the"):
        splicer({(1, 2): "Cost", (2, 2): 1}, table_headers=[CellRange.parse("A1:D1")])


def test_a_locked_cell_of_a_protected_sheet_is_refused_and_an_unlocked_one_written() -> None:
    xml = sheet(
        '<row r="1"><c r="A1" s="6"/><c r="B1"/></row>', after='<sheetProtection sheet="1"/>'
    )
    splice(xml, {(1, 1): 1}, is_locked_style=lambda style: style != 6)
    message = refusal(xml, {(1, 1): 1, (1, 2): 1}, is_locked_style=lambda style: style != 6)
    assert message.startswith("Plan!B1 cannot be written: the sheet is protected and this cell is")
    assert refusal(xml, {(2, 2): 1}).startswith("Plan!B2 cannot be written: the sheet is protected")


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        ('<row r="2"/><row r="1"/>', "row 1 stands after row 2; expected rows in order"),
        ('<row r="1"><c r="C1"/><c r="B1"/></row>', "cell B1 stands after C1"),
        ('<row r="1"><c r="A7"/></row>', 'row 1 holds a cell that calls itself "A7"'),
        ('<row r="one"/>', '"one" stands where a number is expected'),
        ('<row r="1"><c r="A1"></row>', "its XML is damaged (mismatched tag"),
    ],
)
def test_a_sheet_that_cannot_be_understood_is_refused(xml: str, message: str) -> None:
    said = refusal(sheet(xml), {(1, 1): 1})
    assert message in said
    assert said.startswith('Sheet "Plan" cannot be written: ')
    assert said.endswith("Open the workbook in Excel, save it there and try again.")


def test_a_document_type_is_refused() -> None:
    xml = (
        f'<!DOCTYPE w [<!ENTITY a "1">]><worksheet xmlns="{TRANSITIONAL}"><sheetData/></worksheet>'
    )
    assert "carries a document type (DTD)" in refusal(xml, {(1, 1): 1})


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [1, 3, 4096])
def test_a_utf_16_sheet_keeps_its_encoding_and_every_other_character(
    encoding: str, size: int
) -> None:
    text = '<c r="{}" t="inlineStr"><is><t>\U0001f600 é €</t></is></c>'
    row = f'<row r="1">{text.format("A1")}{{}}{text.format("C1")}</row>'
    xml = sheet(row).replace("UTF-8", "UTF-16")
    before, after = xml.format("").encode(encoding), '<c r="B1"><v>1</v></c>'
    result = splicer({(1, 2): 1}).run(before[i : i + size] for i in range(0, len(before), size))
    assert b"".join(result) == xml.format(after).encode(encoding)


def test_another_encoding_is_refused() -> None:
    xml = sheet("").replace("UTF-8", "windows-1252")
    message = "its XML is stored as windows-1252; expected UTF-8 or UTF-16"
    assert message in refusal(xml, {(1, 1): 1})


def test_utf_16_under_another_name_or_cut_short_is_refused() -> None:
    xml = sheet("").encode("utf-16")
    half = sheet("").replace("UTF-8", "UTF-16").encode("utf-16")[:-1]
    for data, message in ((xml, "stored as UTF-16 but says UTF-8"), (half, "its XML is damaged")):
        with pytest.raises(WorkbookError, match=message):
            splicer({(1, 1): 1}).check([data])


def test_a_row_inside_a_cell_is_refused() -> None:
    xml = sheet('<row r="1"><c r="A1"><row r="2"/></c></row>')
    assert "a row stands inside a cell of row 1" in refusal(xml, {(1, 1): 1})


def test_elements_nested_too_deep_are_refused() -> None:
    deep = sheet("", after="<extLst>" + "<e>" * 254 + "</e>" * 254 + "</extLst>")
    assert splice(deep, {(1, 1): 1}) == deep.replace(
        "<sheetData></sheetData>",
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>',
    )
    deeper = deep.replace("<e></e>", "<e><e></e></e>")
    assert "its XML nests more than 256 elements" in refusal(deeper, {(1, 1): 1})


def test_a_sheet_whose_cells_come_twice_is_refused() -> None:
    xml = sheet("", after='<sheetData><row r="1"/></sheetData>')
    assert "it has its cells twice (two sheetData)" in refusal(xml, {(1, 1): 1})


@pytest.mark.parametrize("part", ["chartsheet", "worksheet"])
def test_a_part_without_cells_is_refused(part: str) -> None:
    assert "it has no cells part (sheetData)" in refusal(
        f'<{part} xmlns="{TRANSITIONAL}"><sheetPr/></{part}>', {(1, 1): 1}
    )


# -- the whole


def test_memory_holds_a_window_of_the_sheet_not_the_sheet() -> None:
    def chunks():
        yield f'<worksheet xmlns="{TRANSITIONAL}"><sheetData>'.encode()
        for row in range(1, 20_001):
            yield f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>'.encode()
        yield b"</sheetData></worksheet>"

    longest = max(map(len, splicer({(20_000, 2): 1}).run(chunks())))
    assert longest < 200


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_and_calculates_what_was_written(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}">{formula}</c><c r="B{row}"><v>{row}0</v></c></row>'
        for row, formula in enumerate(
            ['<f t="shared" ref="A1:A3" si="0">B1*2</f>'] + ['<f t="shared" si="0"/>'] * 2, 1
        )
    )
    edits: dict[tuple[int, int], Writable] = {
        (1, 1): "first",
        (4, 1): Formula('=IFNA(NA(),"none")&COUNTIF(B1:B3,">10")'),
        (4, 2): 'a <b> & "c"',
        (5, 1): True,
        (5, 2): CellError("#N/A"),
        (5, 3): -1.5,
        (6, 1): datetime(2026, 4, 1, 12),
        (6, 2): Formula("=YEAR(A6)*10000+MONTH(A6)*100+DAY(A6)"),
    }
    job = SheetSplicer(
        "Plan",
        edits,
        date1904=False,
        is_date_style=DATE_STYLES.__contains__,
        date_style=lambda style: NEW_DATE_STYLE,
    )
    (tmp_path / "plan.xlsx").write_bytes(package(b"".join(job.run([sheet(rows).encode()]))))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "plan.xlsx"),
        ],
        check=True,
        timeout=120,
        capture_output=True,
    )
    with (tmp_path / "plan.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert "2026" in found[5][0], "the date shows as a date, in whatever order the machine likes"
    found[5][0] = "the date"
    assert found == [
        ["first", "10", ""],
        ["40", "20", ""],
        ["60", "30", ""],
        ["none2", 'a <b> & "c"', ""],
        ["TRUE", "#N/A", "-1.5"],
        ["the date", "20260401", ""],
    ]


def test_random_workbooks_and_edits_agree_with_their_oracle() -> None:
    assert run_rounds(runs=60, seed=20260401) == []
