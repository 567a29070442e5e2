"""Formulas read from sheets: hand-made XML, and openpyxl on what others wrote."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula

from tests.hosts.fuzz_cached_values import workbook
from tests.hosts.fuzz_splice import TRANSITIONAL
from tests.hosts.test_cached_values import computed
from tests.hosts.test_reading import hand_made
from xlportfolio import CellError, Formula, InputError, WorkbookError, open_workbook
from xlportfolio.workbook.container.opc import MAIN
from xlportfolio.workbook.editing import formula_reading
from xlportfolio.workbook.formula_cells import FormulaCell

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def formulas(path: Path, sheet: str = "Sheet1") -> list[FormulaCell]:
    with open_workbook(path) as book:
        return book.formulas(sheet)


def read_row(path: Path, cells: str, strings: str = "") -> list[FormulaCell]:
    data = f'<sheetData><row r="1">{cells}</row></sheetData>'
    return formulas(hand_made(path, data, strings=strings))


def refusal(path: Path, cells: str) -> str:
    with pytest.raises(WorkbookError) as caught:
        read_row(path, cells)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cell", "cached"),
    [
        ("<c r='A1'><f>B1</f><v>1.5</v></c>", 1.5),
        ("<c r='A1' t='n'><f>B1</f><v><![CDATA[7]]></v></c>", 7.0),
        ("<c r='A1' t='str'><f>B1</f><v> a &amp; b_x000D_ </v></c>", " a & b\r "),
        ("<c r='A1' t='str'><f>B1</f><v></v></c>", ""),
        ("<c r='A1' t='str'><f>B1</f><v/></c>", ""),
        ("<c r='A1' t='s'><f>B1</f><v>1</v></c>", "shared"),
        (
            "<c r='A1' t='inlineStr'><f>B1</f><is><r><t>in</t></r><r><t>line</t></r>"
            "<rPh sb='0' eb='1'><t>guide</t></rPh></is></c>",
            "inline",
        ),
        ("<c r='A1' t='b'><f>B1</f><v>1</v></c>", True),
        ("<c r='A1' t='b'><f>B1</f><v>0</v></c>", False),
        ("<c r='A1' t='e'><f>B1</f><v>#N/A</v></c>", CellError("#N/A")),
        ("<c r='A1' t='d'><f>B1</f><v>2026-04-01T12:00:00</v></c>", 46113.5),
        ("<c r='A1'><f>B1</f></c>", None),
        ("<c r='A1'><f>B1</f><v></v></c>", None),
        ("<c><f>B1</f><extLst><ext uri='x'><v>7</v></ext></extLst></c>", None),
    ],
)
def test_each_kind_of_cached_value_is_read(book: Path, cell: str, cached: object) -> None:
    (found,) = read_row(book, cell, strings="<si><t>other</t></si><si><t>shared</t></si>")
    assert (found.text, found.kind, found.cells.address) == ("B1", "plain", "A1")
    assert found.cached == cached
    assert type(found.cached) is type(cached)


def test_followers_of_a_shared_formula_say_their_own_text(book: Path) -> None:
    xml = (
        '<sheetData><row r="2"><c r="B2"><f t="shared" ref="B2:C3" si="0">A1+$A$1+SUM(D:D)</f></c>'
        '<c r="C2"><f t="shared" si="0"/></c></row>'
        '<row r="3"><c r="B3"><f t="shared" si="0"></f><v>4</v></c></row>'
        '<row r="4"><c r="B4"><f t="shared" ref="B4:B5" si="0">A4*2</f></c></row>'
        '<row r="5"><c r="B5"><f t="shared" si="0"/></c></row></sheetData>'
    )
    found = formulas(hand_made(book, xml))
    assert [(one.row, one.column, one.text) for one in found] == [
        (2, 2, "A1+$A$1+SUM(D:D)"),
        (2, 3, "B1+$A$1+SUM(E:E)"),
        (3, 2, "A2+$A$1+SUM(D:D)"),
        (4, 2, "A4*2"),
        (5, 2, "A5*2"),
    ]
    assert found[2].cached == 4.0


def test_follower_that_stands_before_the_text_gets_it(book: Path) -> None:
    cells = (
        '<c r="A1"><f t="shared" si="3"/></c><c r="B1"><f t="shared" ref="A1:B1" si="3">B2</f></c>'
    )
    assert [one.text for one in read_row(book, cells)] == ["A2", "B2"]


def test_follower_whose_reference_would_leave_the_sheet_says_so(book: Path) -> None:
    xml = (
        '<sheetData><row r="2"><c r="B2"><f t="shared" ref="A1:B2" si="0">A1</f></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/></c></row></sheetData>'
    )
    assert [one.text for one in formulas(hand_made(book, xml))] == ["A1", "#REF!"]


@pytest.mark.parametrize(
    ("mark", "kind"),
    [("", "array"), ("1", "spill"), ("2", "array"), ("3", "spill"), ("9", "array")],
)
def test_array_is_a_spill_where_its_metadata_says_dynamic(book: Path, mark: str, kind: str) -> None:
    """Entry 2 of the metadata is of the same type with fDynamic="0", entry 9 is not there."""
    cm = f' cm="{mark}"' if mark else ""
    xml = (
        f'<worksheet xmlns="{TRANSITIONAL}"><sheetData><row r="3"><c r="B3"{cm}>'
        '<f t="array" ref="B3:C5">A1:B3*2</f><v>8</v></c></row></sheetData></worksheet>'
    )
    book.write_bytes(workbook(xml.encode(), TRANSITIONAL))
    (found,) = formulas(book, "Plan")
    assert (found.kind, found.cells.address, found.text) == (kind, "B3:C5", "A1:B3*2")


def test_data_table_is_one_formula_with_its_range(book: Path) -> None:
    cells = (
        '<c r="B1"><f t="dataTable" ref="B1:C3" dt2D="1" dtr="1" r1="A1" r2="A2"/><v>9</v></c>'
        '<c r="C1"><v>8</v></c>'
    )
    (found,) = read_row(book, cells)
    assert (found.kind, found.cells.address, found.text, found.cached) == ("table", "B1:C3", "", 9)


def test_cells_without_addresses_and_prefixes_are_counted(book: Path) -> None:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row/><x:row><x:c/><x:c><x:f>A1</x:f>'
        '<x:v>1</x:v></x:c></x:row><x:row r="9"><x:c r="D9"/><x:c><x:f>A2</x:f></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    found = formulas(hand_made(book, xml.encode()))
    assert [(one.row, one.column, one.text) for one in found] == [(2, 2, "A1"), (9, 5, "A2")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_sheets_of_other_encodings_and_strict_ones_are_read(book: Path, encoding: str) -> None:
    xml = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c><f>"Ü"</f></c></row></sheetData></worksheet>'
    )
    assert [one.text for one in formulas(hand_made(book, xml.encode(encoding)))] == ['"Ü"']
    data = "<sheetData><row><c><f>A2</f><v>3</v></c></row></sheetData>"
    assert [one.cached for one in formulas(hand_made(book, data, strict=True))] == [3.0]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("<c r='A1'><f>1</f><v>ten</v></c>", 'cell A1 holds "ten" where a number is expected'),
        ("<c r='A1'><f>1</f><v>1e999</v></c>", 'cell A1 holds "1e999" where a number'),
        ("<c r='A1' t='s'><f>1</f><v>5</v></c>", "cell A1 asks for the shared text 5, which is"),
        ("<c r='A1' t='q'><f>1</f><v>5</v></c>", 'cell A1 is of the unknown type "q"'),
        ("<c r='A1'><f t='array' ref='B'>1</f></c>", 'formula fills "B", which is no range'),
        (
            "<c r='A1'><f t='array' ref='A1:XFD1048576'>1</f></c>",
            "cell A1 says that its formula fills A1:XFD1048576; expected at most 5,000,000 cells",
        ),
        ("<c r='A1'><f t='shared' si='2'/></c>", "cell A1 shares the formula 2, which no cell"),
        ("<c r='A2'><f>1</f></c>", 'the cell "A2" stands in row 1'),
        (f"<c r='A1'><f>{'1+' * 33_000}1</f></c>", "cell A1 holds a formula of 66,001 characters"),
        ("<c r='A1'><f>1</c>", "its XML is not well-formed"),
    ],
)
def test_damaged_sheet_is_refused_with_the_cell(book: Path, cells: str, message: str) -> None:
    assert message in refusal(book, cells)


def test_formulas_that_would_fill_the_memory_are_refused(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formula_reading, "MAX_FORMULA_CHARACTERS", 1000)
    long = "+".join(["A1"] * 100)
    cells = f'<c r="A1"><f t="shared" ref="A1:F1" si="0">{long}</f></c>' + "".join(
        f'<c r="{letter}1"><f t="shared" si="0"/></c>' for letter in "BCDEF"
    )
    message = refusal(book, cells)
    assert 'holds more formulas on sheet "Sheet1" than fit into memory' in message


def test_formulas_of_a_sheet_with_unsaved_cells_are_not_read(book: Path) -> None:
    with open_workbook(hand_made(book, "<sheetData/>")) as ours:
        ours.write("Sheet1!A1", [[Formula("=B1")]])
        with pytest.raises(WorkbookError, match='Sheet "Sheet1" has cells that were written and'):
            ours.formulas("Sheet1")
        ours.save()
        assert [one.text for one in ours.formulas("Sheet1")] == ["B1"]
        with pytest.raises(InputError, match='There is no sheet "Sheet2"'):
            ours.formulas("Sheet2")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return computed(tmp_path_factory.mktemp("sound") / "book.xlsx")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_a_sheet_holds_it_is_understood_or_refused_with_a_sentence(
    data: st.DataObject, sound: Path
) -> None:
    """Wrong XML in a sound zip: no defect of ours may come to light, and the file stays."""
    with zipfile.ZipFile(sound) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    path = sound.with_name("damaged.xlsx")
    name = data.draw(st.sampled_from(["xl/worksheets/sheet1.xml", "xl/metadata.xml"]))
    damaged = bytearray(content[name])
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position] = data.draw(st.sampled_from(b"0179aA<>/\"' :.-&tsr"))
    with zipfile.ZipFile(path, "w") as archive:
        for part, bytes_ in content.items():
            archive.writestr(part, bytes(damaged) if part == name else bytes_)
    before = path.read_bytes()
    try:
        with open_workbook(path) as book:
            found = book.formulas("Plan")
            cells = {(one.row, one.column): None for one in found if one.kind != "table"}
            book.write_working_copy(path.with_name("copy.xlsx"), {"Plan": cells}, str)
            book.put_cached_values("Plan", dict.fromkeys(cells, "new"))
            book.save(path.with_name("saved.xlsx"))
    except (WorkbookError, InputError) as refused:
        assert "\n" not in str(refused)
    assert path.read_bytes() == before


def said_by_openpyxl(path: Path) -> dict[str, dict[str, object]]:
    """The formulas of each sheet by address, array formulas with their ranges."""
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: {
            cell.coordinate: (cell.value.ref, cell.value.text.removeprefix("="))
            if isinstance(cell.value, ArrayFormula)
            else cell.value[1:]
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }
        for sheet in book.worksheets
    }


def test_formulas_are_those_that_openpyxl_reads(book: Path) -> None:
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet("Plan")
        for row in range(50):
            sheet.write_formula(row, 1, f"=IF(A{row + 1}>2,\"a & b\",'My list'!A1)", None, row)
        sheet.write_array_formula("D1:E3", "{=A1:B3*2}", None, 3)
        sheet.write_dynamic_array_formula("G1:G5", "=SORT(A1:A5)", None, "x")
        made.add_worksheet("My list").write_formula("C7", "=SUM(Plan!A:A)", None, 5)
    for path in (book, CHECKOUT / "workbooks" / "worked_example.xlsx"):
        values = openpyxl.load_workbook(path, data_only=True)
        n_formulas = 0
        with open_workbook(path) as ours:
            for name, expected in said_by_openpyxl(path).items():
                found = ours.formulas(name)
                n_formulas += len(found)
                seen = {
                    f.cells.address.partition(":")[0]: f.text
                    if f.kind == "plain"
                    else (f.cells.address, f.text)
                    for f in found
                }
                assert seen == expected
                for one in found:
                    shown = values[name].cell(one.row, one.column).value
                    # openpyxl makes dates of serials; a formula's value is as it is stored.
                    serial = to_excel(shown) if isinstance(shown, datetime) else shown
                    assert one.cached == serial
        assert n_formulas > 50


def test_shared_texts_are_those_that_openpyxl_translates(book: Path) -> None:
    text = 'VLOOKUP(A1,Data!$A$1:B$9,2,0)*SUM(C1:$D1)&"A1"-Table1[Cost]'
    rows = "".join(
        f'<row r="{row}">'
        + "".join(
            f'<c r="{letter}{row}"><f t="shared" '
            + (
                f'ref="F1:H40" si="0">{escape(text)}</f></c>'
                if (row, letter) == (1, "F")
                else 'si="0"/></c>'
            )
            for letter in "FGH"
        )
        + "</row>"
        for row in range(1, 41)
    )
    found = formulas(hand_made(book, f"<sheetData>{rows}</sheetData>"))
    translator = Translator(f"={text}", "F1")
    assert len(found) == 120
    for one in found:
        assert f"={one.text}" == translator.translate_formula(one.cells.address)
