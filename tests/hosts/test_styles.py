"""Formats are appended to a style sheet; openpyxl and the bytes before are the oracles."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.styles.numbers import is_date_format as openpyxl_is_date_format
from openpyxl.styles.stylesheet import Stylesheet as OpenpyxlStylesheet
from openpyxl.xml.functions import fromstring

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.description import CellFormat
from xlportfolio.workbook.rendering import styles
from xlportfolio.workbook.rendering.styles import Stylesheet, is_date_format

EXTENDED = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
    b'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac">'
    b'<numFmts count="1"><numFmt numFmtId="170" formatCode="&quot;FY&quot;yy"/></numFmts>'
    b'<fonts count="2" x14ac:knownFonts="1"><font><sz val="10"/><color theme="1"/>'
    b'<name val="Arial"/></font><font><b/><sz val="10"/><color theme="1"/>'
    b'<name val="Arial"/></font>'
    b'</fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    b'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    b'<xf numFmtId="170" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b'<dxfs count="0"/><!-- kept > as it is --><tableStyles count="0"/>'
    b'<extLst><ext uri="{EB79DEF2-80B8-43e5-95BD-54CBDDF9020C}" '
    b'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    b'<x14:slicerStyles defaultSlicerStyle="SlicerStyleLight1"/></ext></extLst></styleSheet>'
)


def oracle(content: bytes) -> OpenpyxlStylesheet:
    return OpenpyxlStylesheet.from_tree(fromstring(content))


def openpyxl_styles(workbook: Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    with zipfile.ZipFile(stream) as package:
        return package.read("xl/styles.xml")


def without_additions(content: bytes, *added: bytes) -> bytes:
    for piece in added:
        assert piece in content, piece
        content = content.replace(piece, b"", 1)
    return content


def test_everything_but_counts_and_additions_stays_byte_for_byte() -> None:
    stylesheet = Stylesheet(EXTENDED)
    style = stylesheet.style_for(CellFormat(number_format="0.0%", fill="FFEE00", italic=True))
    assert style == 3
    rule = stylesheet.dxf_for(CellFormat(bold=True, colour="9C0006"))
    assert rule == 0
    added = (
        b'<numFmt formatCode="0.0%" numFmtId="171"/>',
        b'<font><i/><sz val="10"/><color theme="1"/><name val="Arial"/></font>',
        b'<fill><patternFill patternType="solid"><fgColor rgb="FFFFEE00"/><bgColor indexed="64"/>'
        b"</patternFill></fill>",
        b'<xf applyFill="1" applyFont="1" applyNumberFormat="1" borderId="0" fillId="2" '
        b'fontId="2" numFmtId="171" xfId="0"/>',
        b'<dxf><font><b/><color rgb="FF9C0006"/></font></dxf>',
    )
    bare = without_additions(stylesheet.content(), *added)
    uncounted = re.compile(rb' count="\d+"')
    expected = EXTENDED.replace(b'<dxfs count="0"/>', b"<dxfs></dxfs>")
    assert uncounted.sub(b"", bare) == uncounted.sub(b"", expected)


def test_counts_are_those_of_the_elements() -> None:
    stylesheet = Stylesheet(EXTENDED)
    stylesheet.style_for(CellFormat(number_format="0.0%", fill="FFEE00", border="thin", size=14))
    stylesheet.dxf_for(CellFormat(fill="FFEE00"))
    root = fromstring(stylesheet.content())
    for section in ("numFmts", "fonts", "fills", "borders", "cellXfs", "dxfs"):
        node = root.find(f"{{*}}{section}")
        assert node.get("count") == str(len(node)), section
    assert len(root.find("{*}borders")) == 2


def test_equal_formats_share_one_style_and_existing_ones_are_used_again() -> None:
    stylesheet = Stylesheet(EXTENDED)
    assert stylesheet.style_for(CellFormat()) == 0
    assert stylesheet.style_for(CellFormat(bold=True)) == 1, "bold Arial is there already"
    assert not stylesheet.changed
    assert stylesheet.content() == EXTENDED
    first = stylesheet.style_for(CellFormat(fill="00FF00"))
    assert stylesheet.style_for(CellFormat(fill="00ff00")) == first
    assert stylesheet.changed
    again = Stylesheet(stylesheet.content())
    assert again.style_for(CellFormat(fill="00FF00")) == first
    assert not again.changed


def test_a_format_laid_over_a_style_keeps_what_it_leaves_open() -> None:
    workbook = Workbook()
    cell = workbook.worksheets[0]["A1"]
    cell.font = Font(name="Georgia", size=9, strike=True)
    cell.number_format = "0.000"
    stylesheet = Stylesheet(openpyxl_styles(workbook))
    style = stylesheet.style_for(CellFormat(bold=True, horizontal="right", unlocked=True), base=1)
    read = oracle(stylesheet.content())
    xf = read.cellXfs.xf[style]
    font = read.fonts[xf.fontId]
    assert (font.name, font.sz, font.b, font.strike) == ("Georgia", 9, True, True)
    assert read.number_formats[xf.numFmtId - 164] == "0.000"
    assert xf.alignment.horizontal == "right"
    assert xf.protection.locked is False


def test_a_workbook_without_styles_gets_defaults_first() -> None:
    stylesheet = Stylesheet(None)
    assert not stylesheet.changed
    style = stylesheet.style_for(CellFormat(bold=True))
    assert style == 1, "style 0 is what every cell without a style has"
    read = oracle(stylesheet.content())
    assert read.fonts[read.cellXfs.xf[0].fontId].b is False
    assert read.fonts[read.cellXfs.xf[1].fontId].b
    assert [fill.patternType for fill in read.fills] == [None, "gray125"]


def test_a_prefix_and_strict_namespaces_are_kept() -> None:
    prefixed = re.sub(rb"<(/?)(?=[a-wyzA-Z])(?!ext\b)", rb"<\1s:", EXTENDED).replace(
        b"xmlns=", b"xmlns:s="
    )
    prefixed = prefixed.replace(b"<ext ", b"<s:ext ").replace(b"</ext>", b"</s:ext>")
    prefixed = prefixed.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    stylesheet = Stylesheet(prefixed)
    assert stylesheet.style_for(CellFormat(size=20)) == 3
    content = stylesheet.content()
    root = fromstring(content)
    assert {node.tag.partition("}")[0] for node in root.find("{*}fonts")} == {
        "{http://purl.oclc.org/ooxml/spreadsheetml/main"
    }
    assert b'<s:font><s:sz val="20"/>' in content


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_are_read_and_written_well_formed(encoding: str) -> None:
    text = EXTENDED.decode()
    if encoding == "utf-16":
        text = text.replace("UTF-8", "UTF-16")
    stylesheet = Stylesheet(text.encode(encoding))
    assert stylesheet.style_for(CellFormat(size=20)) == 3
    root = fromstring(stylesheet.content())
    assert len(root.find("{*}cellXfs")) == 4


def test_a_date_style_keeps_dates_and_turns_others_into_short_dates() -> None:
    stylesheet = Stylesheet(EXTENDED)
    assert stylesheet.date_style(2) == 2, "FYyy shows a date already"
    bold_date = stylesheet.date_style(1)
    xf = oracle(stylesheet.content()).cellXfs.xf[bold_date]
    assert (xf.numFmtId, xf.fontId) == (14, 1)
    assert stylesheet.date_style(1) == bold_date
    assert stylesheet.is_date_style(bold_date)
    assert not stylesheet.is_date_style(1)
    clock = stylesheet.time_style(1)
    assert stylesheet.number_format(clock) == "h:mm:ss"
    assert stylesheet.date_style(clock) != clock, "a time format would hide the date"
    assert stylesheet.time_style(clock) == clock


def test_a_style_with_an_extension_is_not_taken_for_one_without() -> None:
    plain = b'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    extension = b'<extLst><ext uri="{C7286773-470A-42A8-94C5-96B5CB345126}"/></extLst></xf>'
    content = EXTENDED.replace(plain, plain.replace(b"/>", b">") + extension)
    stylesheet = Stylesheet(content)
    assert stylesheet.style_for(CellFormat(bold=True)) == 3, "style 1 shows a check box"
    assert extension in stylesheet.content()


def test_a_written_code_shows_the_same_in_every_country() -> None:
    stylesheet = Stylesheet(EXTENDED)
    fixed = stylesheet.style_for(CellFormat(number_format="mm-dd-yy"))
    xf = oracle(stylesheet.content()).cellXfs.xf[fixed]
    assert xf.numFmtId == 171, "builtin 14 is the short date of the reader's country"
    percent = stylesheet.style_for(CellFormat(number_format="0%"))
    assert oracle(stylesheet.content()).cellXfs.xf[percent].numFmtId == 9


def test_elapsed_time_is_no_home_for_a_date() -> None:
    stylesheet = Stylesheet(EXTENDED)
    elapsed = stylesheet.style_for(CellFormat(number_format="[h]:mm"))
    assert stylesheet.number_format(stylesheet.date_style(elapsed)) == "mm-dd-yy"
    assert stylesheet.time_style(elapsed) == elapsed


def test_a_custom_number_may_stand_for_a_builtin_one() -> None:
    content = EXTENDED.replace(b'numFmtId="170"', b'numFmtId="41"')
    assert Stylesheet(content).number_format(2) == '"FY"yy'
    assert Stylesheet(EXTENDED).number_format(0) == "General"
    assert Stylesheet(EXTENDED).number_format(99) == "General"


@pytest.mark.parametrize(
    "code",
    [
        "dd/mm/yyyy", "mmm-yy", "[$-409]d mmm yyyy;@", "yyyy", "h:mm AM/PM", "mm:ss.0", '"FY"yy',
        "General", "0.00", "#,##0;[Red]-#,##0", "0%", "@", '0.0"d"', "[Red]0", "0.00E+00",
        "_-£* #,##0_-", '0 "months"', "[>=1000]#,##0;0",
    ],
)  # fmt: skip
def test_date_formats_are_told_as_openpyxl_tells_them(code: str) -> None:
    assert is_date_format(code) == openpyxl_is_date_format(code)


@pytest.mark.parametrize("code", ["[h]:mm", "[mm]:ss", "#,##0.0,, \\m", '0" d";"months"'])
def test_elapsed_time_and_units_are_no_dates(code: str) -> None:
    assert not is_date_format(code)


def test_a_full_style_sheet_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styles, "MAX_STYLES", 3)
    stylesheet = Stylesheet(EXTENDED)
    assert stylesheet.style_for(CellFormat(bold=True)) == 1
    with pytest.raises(WorkbookError) as refusal:
        stylesheet.style_for(CellFormat(size=30))
    assert str(refusal.value) == (
        "The workbook has 3 cell formats and Excel allows 3; remove unused styles in Excel, or "
        "write the results to another workbook with -o."
    )


def test_openpyxl_reads_the_formats_back() -> None:
    stylesheet = Stylesheet(openpyxl_styles(Workbook()))
    style = stylesheet.style_for(
        CellFormat(size=14, colour="112233", fill="445566", border="bottom", border_colour="778899",
                   wrap=True, vertical="top", indent=2, number_format="#,##0.0")
    )  # fmt: skip
    link = stylesheet.style_for(CellFormat(), link=True)
    stream = io.BytesIO()
    workbook = Workbook()
    workbook.worksheets[0]["A1"] = 1
    workbook.save(stream)
    out = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/styles.xml":
                data = stylesheet.content()
            if name == "xl/worksheets/sheet1.xml":
                row = f'<row r="1"><c r="A1" s="{style}"/><c r="B1" s="{link}"/></row>'
                data = re.sub(rb"<row.*</row>", row.encode(), data)
            target.writestr(name, data)
    sheet = load_workbook(out).worksheets[0]
    cell = sheet["A1"]
    assert (cell.font.sz, cell.font.color.rgb) == (14, "FF112233")
    assert cell.fill.fgColor.rgb == "FF445566"
    assert (cell.border.bottom.style, cell.border.bottom.color.rgb) == ("thin", "FF778899")
    assert cell.border.top.style is None
    assert (cell.alignment.wrap_text, cell.alignment.vertical) == (True, "top")
    assert cell.alignment.indent == 2
    assert cell.number_format == "#,##0.0"
    assert sheet["B1"].font.u == "single"


def test_a_damaged_number_of_a_format_is_no_number(tmp_path: Path) -> None:
    path, damaged = tmp_path / "book.xlsx", tmp_path / "damaged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write("A1", 1.5, book.add_format({"num_format": "0.000"}))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'numFmtId="164"', b'numFmtId="a64"'))
    styles = Stylesheet(zipfile.ZipFile(damaged).read("xl/styles.xml"))
    assert styles.number_format(1) == "General"
    assert styles.number_format(styles.date_style(1)) == "mm-dd-yy"
