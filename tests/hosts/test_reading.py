"""Reading a sheet: openpyxl and calamine on the same file are the oracles, or hand-made XML."""

from __future__ import annotations

import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel

from xlportfolio.errors import WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.container import shared_strings, sheet_pass
from xlportfolio.workbook.container.number_formats import NumberFormats, date_from_serial
from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.reading import may_hold_truths, read_sheet
from xlportfolio.workbook.container.shared_strings import read_shared_strings
from xlportfolio.workbook.container.sheet_pass import SheetReading
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange

TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


def hand_made(
    path: Path,
    sheet: str | bytes,
    *,
    strings: str = "",
    styles: str = "",
    properties: str = "",
    strict: bool = False,
) -> Path:
    """The least workbook around one sheet; `sheet` is what stands inside <worksheet>."""
    main, office = (MAIN_STRICT, STRICT) if strict else (MAIN, TRANSITIONAL)
    if isinstance(sheet, str):
        sheet = f'<worksheet xmlns="{main}">{sheet}</worksheet>'.encode()
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="/xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{office}">{properties}<sheets>'
            '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{RELATIONSHIPS}">'
            f'<Relationship Id="rId1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
            f'<Relationship Id="rId3" Type="{office}/styles" Target="styles.xml"/>'
            "</Relationships>"
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path) -> dict[str, SheetReading]:
    with Package(path) as package:
        index = WorkbookIndex(package)
        strings = read_shared_strings(package, index)
        formats = NumberFormats.load(package, index)
        return {
            sheet.name: read_sheet(package, index, sheet, lambda: strings, formats)
            for sheet in index.sheets
        }


def contents(path: Path, sheet: str = "Sheet1") -> SheetContents:
    return read_all(path)[sheet].contents


def hand_made_row(path: Path, cells: str, **kinds: Any) -> dict[int, Any]:
    """The values of row 1 that holds these cells."""
    book = hand_made(path, f'<sheetData><row r="1">{cells}</row></sheetData>', **kinds)
    return dict(contents(book).rows.get(1, {}))


def as_read(value: object) -> object:
    """What openpyxl or calamine answers, in the types that we promise."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None if value == "" else value
    return float(value)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


# -- against other readers -----------------------------------------------------------------------


def test_real_workbooks_read_as_openpyxl_and_calamine_read_them(shared: Path) -> None:
    books = sorted((shared / "data" / "real").glob("*.xlsx"))
    assert books
    for path in books:
        readings = read_all(path)
        by_openpyxl = openpyxl.load_workbook(path, data_only=True)
        by_calamine = python_calamine.load_workbook(str(path))
        assert list(readings) == by_openpyxl.sheetnames
        for name, reading in readings.items():
            rows = reading.contents.rows
            for cells in by_openpyxl[name].iter_rows():
                for cell in cells:
                    ours = rows.get(cell.row, {}).get(cell.column)
                    theirs = as_read(cell.value)
                    if isinstance(theirs, str) and "_x001F_" in theirs:
                        theirs = theirs.replace("_x001F_", "\x1f")  # openpyxl leaves the escape
                    assert ours == theirs, f"{path.name} {name}!{cell.coordinate}"
            sheet = by_calamine.get_sheet_by_name(name)
            top, left = sheet.start or (0, 0)
            n_values = 0
            for row, line in enumerate(sheet.to_python(), top + 1):
                for column, value in enumerate(line, left + 1):
                    if isinstance(value, str):
                        value = value.replace("_x001F_", "\x1f")
                    if value != "":
                        n_values += 1
                        assert rows[row][column] == value, f"{path.name} {name}!{row},{column}"
            assert n_values == sum(map(len, rows.values()))


WRITTEN = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number) < 1e300),
    st.text(
        st.characters(codec="utf-8", exclude_characters="\0\ufffe\uffff"), min_size=1, max_size=20
    ),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 30)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
)


@given(rows=st.lists(st.lists(WRITTEN, max_size=5), max_size=8), date1904=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_value_that_xlsxwriter_writes_is_read_back(
    rows: list[list[Any]], date1904: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.xlsx"
    expected: dict[int, dict[int, Any]] = {}
    with xlsxwriter.Workbook(path, {"date_1904": date1904}) as workbook:
        sheet = workbook.add_worksheet("Sheet1")
        date_format = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        for row, line in enumerate(rows, 1):
            for column, value in enumerate(line, 1):
                if isinstance(value, bool):
                    sheet.write_boolean(row - 1, column - 1, value)
                elif isinstance(value, datetime):
                    if date1904 and value < datetime(1904, 1, 2):
                        continue
                    sheet.write_datetime(row - 1, column - 1, value, date_format)
                elif isinstance(value, float):
                    sheet.write_number(row - 1, column - 1, value)
                    # XlsxWriter writes 16 digits: the oracle for the 17th is its own text.
                    value = float(f"{value:.16G}")
                elif isinstance(value, str):
                    sheet.write_string(row - 1, column - 1, value)
                if value is not None:
                    expected.setdefault(row, {})[column] = value
    assert contents(path).rows == expected


def test_types_formats_merges_and_hiding_are_read(book: Path) -> None:
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet("Plan")
        money = workbook.add_format({"num_format": "£#,##0.00"})
        date = workbook.add_format({"num_format": "d-mmm-yy"})
        sheet.write_number("A1", 12.5, money)
        sheet.write_datetime("B1", datetime(2026, 4, 1), date)
        sheet.write_blank("C1", None, money)
        sheet.write_formula("D1", "=A1*2", money, 25)
        sheet.write_formula("E1", "=NA()", None, "#N/A")
        sheet.write_formula("F1", '=""', None, "")
        sheet.write_formula("G1", "=TRUE", None, True)
        sheet.write_rich_string("A2", "plain ", workbook.add_format({"bold": True}), "bold")
        sheet.merge_range("A4:B5", "merged")
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.set_column("F:H", None, None, {"hidden": True})
        workbook.add_worksheet("Notes").hide()
    read = read_all(book)
    plan = read["Plan"].contents
    assert plan.rows == {
        1: {
            1: 12.5,
            2: datetime(2026, 4, 1),
            4: 25.0,
            5: CellError("#N/A"),
            7: True,
        },
        2: {1: "plain bold"},
        4: {1: "merged"},
    }
    assert plan.formats == {1: {1: "£#,##0.00", 2: "d-mmm-yy", 4: "£#,##0.00"}}
    assert plan.formulas == {(1, 4), (1, 5), (1, 6), (1, 7)}
    assert plan.merges == (CellRange.parse("A4:B5"),)
    assert plan.hidden_rows == {7}
    assert plan.hidden_columns == {6, 7, 8}
    assert plan.visible
    assert not read["Notes"].contents.visible


# -- cell by cell --------------------------------------------------------------------------------


def test_shared_strings_join_runs_and_leave_phonetic_guides_out(book: Path) -> None:
    strings = (
        '<si><r><t xml:space="preserve"> a </t></r><r><rPr><b/></rPr><t>b</t></r>'
        "<rPh sb='0' eb='1'><t>NO</t></rPh></si><si><t>_x0041__x000D_\n_x005F_x0042_</t></si>"
        "<si><t/></si><si><t>_xD83D__xDE00_</t></si>"
    )
    cells = "".join(f'<c t="s"><v>{number}</v></c>' for number in range(4))
    assert hand_made_row(book, cells, strings=strings) == {1: " a b", 2: "A\r\n_x0042_", 4: "😀"}


def test_inline_and_formula_strings_keep_their_spaces(book: Path) -> None:
    cells = (
        '<c r="A1" t="inlineStr"><is><r><t> in</t></r><r><t>line </t></r>'
        "<rPh><t>NO</t></rPh></is></c>"
        '<c r="B1" t="str"><f>A1</f><v> x_x0009_y </v></c>'
        '<c r="C1" t="inlineStr"><is><t></t></is></c><c r="D1" t="str"><f>A9</f><v></v></c>'
    )
    assert hand_made_row(book, cells) == {1: " inline ", 2: " x\ty "}


def test_booleans_errors_and_iso_dates_are_read(book: Path) -> None:
    cells = (
        '<c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#DIV/0!</v></c>'
        '<c t="d"><v>2026-04-01T12:30:00</v></c><c t="n"><v>1e3</v></c><c><v>-0.5</v></c>'
    )
    assert hand_made_row(book, cells) == {
        1: True,
        2: False,
        3: CellError("#DIV/0!"),
        4: datetime(2026, 4, 1, 12, 30),
        5: 1000.0,
        6: -0.5,
    }
    assert all(type(value) is not int for value in hand_made_row(book, cells).values())


def test_cells_and_rows_without_addresses_follow_each_other(book: Path) -> None:
    data = (
        '<sheetData><row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row>'
        '<row r="5"/><row><c><v>4</v></c></row></sheetData>'
    )
    assert contents(hand_made(book, data)).rows == {1: {1: 1.0, 4: 2.0, 5: 3.0}, 6: {1: 4.0}}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_prefixed_and_utf_16_sheets_are_read(encoding: str, book: Path) -> None:
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"?><x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row r="2"><x:c r="B2" t="str"><x:v>Ü</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert contents(hand_made(book, xml.encode(encoding))).rows == {2: {2: "Ü"}}


def test_strict_workbook_is_read(book: Path) -> None:
    styles = "<cellXfs><xf/><xf numFmtId='14'/></cellXfs>"
    cells = '<c t="s"><v>0</v></c><c s="1"><v>45000</v></c>'
    strings = "<si><t>strict</t></si>"
    row = hand_made_row(book, cells, strings=strings, styles=styles, strict=True)
    assert row == {1: "strict", 2: datetime(2023, 3, 15)}


def test_extensions_and_unknown_elements_are_passed_over(book: Path) -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1"><v>1</v><extLst><ext><v xmlns="urn:other">9</v></ext>'
        '</extLst></c></row></sheetData><extLst><ext><c xmlns="urn:other" r="B1"><v>2</v></c>'
        "</ext></extLst>"
    )
    assert contents(hand_made(book, sheet)).rows == {1: {1: 1.0}}


def test_arrays_spills_and_data_tables_count_as_formulas_and_are_guarded(book: Path) -> None:
    sheet = (
        "<sheetProtection sheet='1'/>"
        '<sheetData><row r="1">'
        '<c r="A1" cm="1"><f t="array" ref="A1:B2">SORT(D1:E2)</f><v>1</v></c>'
        '<c r="B1"><v>2</v></c><c r="C1"><f t="array" ref="C1">SUM(A1:B1)</f><v>3</v></c></row>'
        '<row r="2"><c r="A2"><v>4</v></c><c r="B2"><v>5</v></c><c r="C2"><v>6</v></c></row>'
        '<row r="3"><c r="A3"><v>7</v></c>'
        '<c r="B3"><f t="dataTable" ref="B3:B4"/><v>8</v></c></row>'
        '<row r="4"><c r="A4"><v>9</v></c><c r="B4"><v>10</v></c></row></sheetData>'
    )
    reading = read_all(hand_made(book, sheet))["Sheet1"]
    assert reading.contents.formulas == {(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 2), (4, 2)}
    assert reading.computed == (CellRange.parse("A1:B2"), CellRange.parse("B3:B4"))
    assert reading.protected


def test_protection_that_is_switched_off_does_not_protect(book: Path) -> None:
    sheet = "<sheetData/><sheetProtection objects='1'/>"
    assert not read_all(hand_made(book, sheet))["Sheet1"].protected


def test_hidden_columns_cover_their_ranges(book: Path) -> None:
    sheet = (
        '<cols><col min="2" max="3" hidden="1" outlineLevel="1"/><col min="4" max="4" '
        'collapsed="1"/><col min="6" max="6" width="0"/><col min="16000" max="20000" hidden="1"/>'
        '</cols><sheetData><row r="3" hidden="true"/><row r="4" ht="0"/></sheetData>'
    )
    read = contents(hand_made(book, sheet))
    assert read.hidden_columns == {2, 3, 6, *range(16000, 16385)}
    assert read.hidden_rows == {3, 4}


@pytest.mark.parametrize("encoding", ["U0F-8", "shift_jis"])
def test_sheet_in_an_encoding_that_is_none_is_refused(encoding: str, book: Path) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?><worksheet xmlns="{MAIN}"/>'
    with pytest.raises(WorkbookError, match=r"sheet1\.xml, is .*(decoded|encoding 'U0F-8')"):
        contents(hand_made(book, xml.encode()))


# -- dates ---------------------------------------------------------------------------------------


@given(serial=st.floats(1, 2958465.9, exclude_max=True), date1904=st.booleans())
@settings(max_examples=500)
def test_dates_are_those_of_openpyxl_to_the_millisecond(serial: float, date1904: bool) -> None:
    ours = date_from_serial(serial, date1904=date1904)
    if not date1904 and 60 <= serial < 61:
        assert ours is None, "29 February 1900 never was"
        return
    if date1904 and serial >= 2958466 - 1462:
        assert ours is None, "beyond the year 9999"
        return
    epoch = {"epoch": CALENDAR_MAC_1904} if date1904 else {}
    theirs = from_excel(serial, **epoch)
    assert ours is not None
    if date1904 or serial >= 61:
        assert abs(ours - theirs) <= timedelta(milliseconds=2)
    else:
        # openpyxl shifts whole days only; Excel's day 1 is 1 January 1900.
        day = datetime(1899, 12, 31) + timedelta(days=serial)
        assert abs(ours - day) <= timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("serial", "date1904", "expected"),
    [
        (1.0, False, datetime(1900, 1, 1)),
        (59.0, False, datetime(1900, 2, 28)),
        (60.0, False, None),
        (61.0, False, datetime(1900, 3, 1)),
        (0.5, False, None),
        (-1.0, False, None),
        (2958465.0, False, datetime(9999, 12, 31)),
        (2958466.0, False, None),
        (0.0, True, None),
        (1.0, True, datetime(1904, 1, 2)),
        (42735.521, True, datetime(2021, 1, 1, 12, 30, 14, 400000)),
        (44197.52083333333, False, datetime(2021, 1, 1, 12, 30)),
    ],
)
def test_serials_at_the_edges_of_the_calendar(
    serial: float, date1904: bool, expected: datetime | None
) -> None:
    assert date_from_serial(serial, date1904=date1904) == expected


FORMATS = {
    "dd/mm/yyyy": True,
    "[$-809]d mmmm yyyy": True,
    'yyyy"年"m"月"': True,
    "mmm\\-yy": True,
    "[$-F400]h:mm:ss\\ AM/PM": True,
    "mm:ss.0": True,
    "yyyy-mm-dd;@": True,
    "[h]:mm:ss": False,
    "[mm]:ss": False,
    '0.0" days"': False,
    '#,##0.0,,"m"': False,
    '"Budget for "0': False,
    "\\d0": False,
    "[Red]0.00": False,
    "General": False,
    "@": False,
    '0;-0;"dd"': False,
    "0.00E+00": False,
    "[$£-809]#,##0": False,
    '_-* #,##0.00\\ "kr"_-': False,
}


def test_dates_are_told_by_the_code_of_their_format(book: Path) -> None:
    custom = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
        for number, code in enumerate(FORMATS, 164)
    )
    builtin = [*range(1, 50), *range(50, 59)]
    styles = [0, *range(164, 164 + len(FORMATS)), *builtin]
    xfs = "".join(f'<xf numFmtId="{number}"/>' for number in styles)
    cells = "".join(f'<c s="{style}"><v>45000</v></c>' for style in range(len(styles)))
    sheet = f"<numFmts>{custom}</numFmts><cellXfs>{xfs}</cellXfs>"
    row = hand_made_row(book, cells, styles=sheet)
    dates = {styles[column - 1] for column, value in row.items() if isinstance(value, datetime)}
    expected = {number for number, is_date in enumerate(FORMATS.values(), 164) if is_date}
    assert dates == expected | {*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)}


def test_number_of_1904_and_of_no_day_at_all(book: Path) -> None:
    styles = "<cellXfs><xf/><xf numFmtId='14'/></cellXfs>"
    cells = '<c s="1"><v>0</v></c><c s="1"><v>43831</v></c><c s="1"><v>-5</v></c>'
    assert hand_made_row(book, cells, styles=styles) == {1: 0.0, 2: datetime(2020, 1, 1), 3: -5.0}
    properties = '<workbookPr date1904="1"/>'
    assert hand_made_row(book, cells, styles=styles, properties=properties) == {
        1: 0.0,
        2: datetime(2024, 1, 2),
        3: -5.0,
    }


# -- damage and harm -----------------------------------------------------------------------------

DAMAGED = {
    '<row r="1"><c r="B2"><v>1</v></c></row>': 'the cell "B2" stands in row 1',
    '<row r="0"><c><v>1</v></c></row>': 'row "0" lies outside the sheet',
    '<row r="1048577"/>': 'row "1048577" lies outside the sheet',
    f'<row r="{"1" * 5000}"/>': f'row "{"1" * 20}" lies outside the sheet',
    '<row r="x"/>': 'row "x" lies outside the sheet',
    '<row r="1"><c r="XFE1"><v>1</v></c></row>': "XFE1 lies outside the sheet",
    '<row r="1"><c r="$A1"><v>1</v></c></row>': '"$A1" is not a cell',
    '<row r="1"><c r="C1" t="s"><v>7</v></c></row>': "cell C1 asks for the shared text 7",
    '<row r="1"><c r="C1" t="s"><v>-1</v></c></row>': "cell C1 asks for the shared text -1",
    '<row r="1"><c r="A1"><v>12,5</v></c></row>': 'cell A1 holds "12,5" where a number',
    '<row r="1"><c r="A1"><v>1e999</v></c></row>': 'cell A1 holds "1e999" where a number',
    '<row r="1"><c r="A1" t="q"><v>1</v></c></row>': 'cell A1 is of the unknown type "q"',
    '<row r="1"><c r="A1"><v>1</c></row>': "its XML is not well-formed (line 1)",
    '<row r="1"><c r="A1"><f t="array" ref="A1:Q">1</f></c></row>': '"A1:Q" is not a range',
}


@pytest.mark.parametrize("data", DAMAGED)
def test_damaged_sheet_is_refused_with_its_place(data: str, book: Path) -> None:
    with pytest.raises(WorkbookError) as refusal:
        read_all(hand_made(book, f"<sheetData>{data}</sheetData>"))
    assert DAMAGED[data] in str(refusal.value)
    assert str(refusal.value).startswith('"book.xlsx", part xl/worksheets/sheet1.xml, is damaged:')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_type_is_refused_wherever_it_stands(encoding: str, book: Path) -> None:
    attack = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]>'
    sheet = f'{attack}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode(encoding)
    with pytest.raises(WorkbookError, match=r"sheet1\.xml, declares a document type \(DTD\)"):
        read_all(hand_made(book, sheet))
    hand_made(book, "<sheetData/>")
    names = ("_rels/.rels", "[Content_Types].xml", "xl/workbook.xml", "xl/sharedStrings.xml")
    for attacked in (*names, "xl/styles.xml", "xl/_rels/workbook.xml.rels"):
        with zipfile.ZipFile(book) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        parts[attacked] = (attack + parts[attacked].decode()).encode(encoding)
        other = book.with_name("attacked.xlsx")
        with zipfile.ZipFile(other, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        with pytest.raises(WorkbookError, match=r"declares a document type \(DTD\)"):
            read_all(other)


def test_two_cells_at_the_ends_of_the_sheet_cost_two_cells(book: Path) -> None:
    sheet = (
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
    )
    assert contents(hand_made(book, sheet)).rows == {1: {1: 1.0}, 1048576: {16384: 2.0}}


def test_text_beyond_all_measure_is_refused(book: Path) -> None:
    text = "ab" * 600_000
    cells = f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    with pytest.raises(WorkbookError, match="holds a text of more than 1,048,576 characters"):
        hand_made_row(book, cells)
    with pytest.raises(WorkbookError, match=r"sharedStrings\.xml, holds a text of more than"):
        hand_made_row(book, "", strings=f"<si><t>{text}</t></si>")


def test_too_many_values_are_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_pass, "MAX_CELLS", 2)
    assert hand_made_row(book, "<c><v>1</v></c><c/><c/><c><v>1</v></c>") == {1: 1.0, 4: 1.0}
    with pytest.raises(WorkbookError, match='more than 2 values on sheet "Sheet1"'):
        hand_made_row(book, "<c><v>1</v></c>" * 3)
    monkeypatch.setattr(shared_strings, "MAX_SHARED_STRINGS_BYTES", 10)
    with pytest.raises(WorkbookError, match=r"sharedStrings\.xml, holds 0 MB of text"):
        hand_made_row(book, "")


# -- truths ----------------------------------------------------------------------------------------


def holds_truths(path: Path, sheet: str | bytes) -> bool:
    with Package(hand_made(path, sheet)) as package:
        return may_hold_truths(package, WorkbookIndex(package).sheets[0])


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1" t="b"><v>1</v></c>',
        "<c r='A1' t = 'b'><v>0</v></c>",
        '<c r="A1" t="&#98;"><v>1</v></c>',
        '<c r="A1" t="&#x62;"><v>1</v></c>',
        '<c r="A1" t="b"><f>1=1</f><v>1</v></c>',
    ],
)
def test_truth_is_noticed_however_it_is_written_and_wherever_a_piece_ends(
    tmp_path: Path, cell: str
) -> None:
    opening = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">'
    closing = "</row></sheetData></worksheet>"
    for n_in_first_piece in range(len(cell) + 1):
        n_blanks = (1 << 18) - len(opening) - n_in_first_piece
        text = opening + n_blanks * " " + cell + closing
        assert holds_truths(tmp_path / "truth.xlsx", text.encode()), n_in_first_piece


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_sheet_in_another_encoding_may_hold_truths(tmp_path: Path, encoding: str) -> None:
    text = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    assert holds_truths(tmp_path / "other.xlsx", text.encode(encoding))


def test_sheet_of_numbers_and_texts_holds_no_truths(tmp_path: Path) -> None:
    cells = '<c r="A1"><v>1</v></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="str"><v>b</v></c>'
    sheet = f'<sheetData><row r="1">{cells}</row></sheetData>'
    assert not holds_truths(tmp_path / "none.xlsx", sheet)
    utf8 = f'\ufeff<worksheet xmlns="{MAIN}">{sheet}</worksheet>'.encode()
    assert not holds_truths(tmp_path / "none.xlsx", utf8)
