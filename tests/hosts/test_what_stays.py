"""What stands around an edit stays as it was: rich text, filters, links, forms of archives, locks.

openpyxl and zipfile read what was saved; LibreOffice judges what openpyxl does not know.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText

from tests.hosts.linked_books import OTHERS, linked_book
from tests.hosts.test_closed_workbook import changed_parts, parts, with_part
from tests.machine import Calc
from xlportfolio import CellError, Formula, WorkbookError, open_workbook
from xlportfolio.workbook.lint import lint

SHEET = "xl/worksheets/sheet1.xml"

pytestmark = pytest.mark.filterwarnings("ignore::xlportfolio.StaleValueWarning")


# -- text ----------------------------------------------------------------------------------------


def test_rich_text_is_kept_unless_it_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet, bold = made.add_worksheet("Plan"), made.add_format({"bold": True})
        for row in range(4):
            sheet.write_rich_string(row, 0, "plain ", bold, f"bold {row}")
    inline = (
        b'<c r="A4" t="inlineStr"><is><r><t xml:space="preserve">in </t></r><r><rPr><b/></rPr>'
        b"<t>line</t></r></is></c>"
    )
    with_part(path, SHEET, lambda xml: re.sub(rb'<c r="A4".*?</c>', inline, xml))
    with open_workbook(path) as book:
        assert book.read("A1:A4") == [
            ["plain bold 0"],
            ["plain bold 1"],
            ["plain bold 2"],
            ["in line"],
        ]
        book.write("A1", [["plain bold 0"], ["new"], ["plain bold 2"], ["in line"]])
        book.save()
    assert inline in parts(path)[SHEET]
    found = openpyxl.load_workbook(path, rich_text=True)["Plan"]
    assert [type(found[f"A{row}"].value) for row in (1, 2, 3)] == [CellRichText, str, CellRichText]
    assert found["A2"].value == "new"
    assert found["A1"].value[1].font.b


def test_texts_come_back_as_they_were_written(tmp_path: Path, soffice: Calc) -> None:
    texts = [
        "  two before, two after  ",
        "line\nbreak",
        "tab\there",
        "_x0041_ is no A",
        "x" * 32_767,
        "R&D <b>",
        "\U0001f600 é €",
        "=1+1",
        "'quoted",
        "TRUE",
        "12",
    ]
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet("Plan").write("A1", "here")
    with open_workbook(path) as book:
        book.write("A1", [[text] for text in texts])
        book.write("B1", [[True], [False], [CellError("#N/A")], [CellError("#DIV/0!")]])
        book.save()
        assert [row[0] for row in book.read(f"A1:A{len(texts)}")] == texts
    computed = soffice.values(path)["Plan"]
    for row, text in enumerate(texts, 1):
        assert computed[f"A{row}"] == text
    assert [computed[f"B{row}"] for row in range(1, 5)] == [True, False, "#N/A", "#DIV/0!"]


# -- rows, names, links --------------------------------------------------------------------------


def test_hidden_rows_and_filters_stay_and_their_cells_are_written(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        for row in range(5):
            sheet.write_row(row, 0, ["x" if row % 2 else "y", row])
        sheet.autofilter("A1:B5")
        sheet.filter_column("A", "x == x")
        for row in (2, 4):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column("B:B", None, None, {"hidden": True})
        made.define_name("Limit", "=0.5")
        made.define_name("Plan!Local", "=Plan!$A$1")
    before = parts(path)
    with open_workbook(path) as book:
        book.write("Plan!B2", [[10.0], [20.0], [30.0]])
        book.save()
    sheet = openpyxl.load_workbook(path)["Plan"]
    assert [sheet[f"B{row}"].value for row in range(1, 6)] == [0, 10, 20, 30, 4]
    assert [row for row in range(1, 6) if sheet.row_dimensions[row].hidden] == [3, 5]
    assert sheet.column_dimensions["B"].hidden
    after = parts(path)
    for part, pattern in (
        (SHEET, rb"<autoFilter.*?</autoFilter>"),
        ("xl/workbook.xml", rb"<definedNames>.*?</definedNames>"),
    ):
        assert re.findall(pattern, after[part]) == re.findall(pattern, before[part]) != []


def test_external_links_and_formulas_with_newer_functions_stay(tmp_path: Path) -> None:
    path = linked_book(
        tmp_path / "book.xlsx",
        {"C1": "[1]Rates!$A$1*A1", "C2": "_xlfn.IFNA(_xlfn.XLOOKUP(A1,A1:A3,B1:B3),0)"},
        targets=(OTHERS,),
    )
    before = parts(path)
    with open_workbook(path) as book:
        book.write("Plan!A1", [[4.0]])
        book.write("Plan!D1", [[Formula('=IFNA(TEXTJOIN(",",TRUE,A1:A3),"")')]])
        book.save()
    assert changed_parts_of(before, parts(path)) == {SHEET, "xl/workbook.xml"}
    sheet = openpyxl.load_workbook(path)["Plan"]
    assert sheet["C1"].value == "=[1]Rates!$A$1*A1"
    assert sheet["C2"].value == "=_xlfn.IFNA(_xlfn.XLOOKUP(A1,A1:A3,B1:B3),0)"
    assert sheet["D1"].value == '=_xlfn.IFNA(_xlfn.TEXTJOIN(",",TRUE,A1:A3),"")'


def changed_parts_of(old: dict[str, bytes], new: dict[str, bytes]) -> set[str]:
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


# -- forms of files ------------------------------------------------------------------------------


def test_a_workbook_with_64_bit_sizes_is_written(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path, {"use_zip64": True}) as made:
        made.add_worksheet("Plan").write("A1", 1)
    content = parts(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(data)
    copy = tmp_path / "before.xlsx"
    copy.write_bytes(path.read_bytes())
    with open_workbook(path) as book:
        book.write("A1", [[2.0]])
        book.save()
    assert changed_parts(copy, path) <= {SHEET, "xl/workbook.xml"}
    assert openpyxl.load_workbook(path)["Plan"]["A1"].value == 2


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        (".xltx", "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml"),
        (".xltm", "application/vnd.ms-excel.template.macroEnabled.main+xml"),
    ],
)
def test_templates_are_read_and_written_as_templates(
    extension: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"book{extension}"
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as made:
        made.add_worksheet("Plan").write("A1", "here")
    (tmp_path / "book.xlsx").rename(path)
    sheet = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with_part(path, "[Content_Types].xml", lambda xml: xml.replace(sheet, kind.encode()))
    with open_workbook(path) as book:
        assert book.read("A1") == [["here"]]
        book.write("A1", [["there"]])
        book.save()
        assert book.read("A1") == [["there"]]
    assert kind.encode() in parts(path)["[Content_Types].xml"]
    assert lint(path) == []


# -- protected sheets ----------------------------------------------------------------------------


def protected(path: Path) -> Path:
    """Unlocked: B2 itself, row 4, column D, but for the cells there that are locked themselves."""
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        free, locked = made.add_format({"locked": False}), made.add_format({"locked": True})
        sheet.set_column("D:D", 9, free)
        sheet.set_row(3, None, free)
        sheet.write("A1", "a")
        sheet.write("B2", 1, free)
        sheet.write("B4", 2, locked)
        sheet.write("D2", 3, locked)
        sheet.write("D3", 4, free)
        sheet.protect("secret", {"sort": True})
    return path


FREE, LOCKED = ("B2", "C4", "Z4", "D3", "D9"), ("A1", "B4", "D2", "C2", "E9")


def test_unlocked_cells_of_a_protected_sheet_are_written(tmp_path: Path) -> None:
    path = protected(tmp_path / "book.xlsx")
    before = openpyxl.load_workbook(path)["Plan"]
    with open_workbook(path) as book:
        for number, cell in enumerate(FREE):
            book.write(f"Plan!{cell}", [[float(number)]])
        book.save()
    sheet = openpyxl.load_workbook(path)["Plan"]
    assert [sheet[cell].value for cell in FREE] == [0, 1, 2, 3, 4]
    assert [sheet[cell].protection.locked for cell in FREE] == [False] * 5
    assert sheet.protection.sheet
    assert sheet.protection.password == before.protection.password


@pytest.mark.parametrize("cell", LOCKED)
def test_locked_cells_of_a_protected_sheet_are_refused(cell: str, tmp_path: Path) -> None:
    path = protected(tmp_path / "book.xlsx")
    before = path.read_bytes()
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError) as refusal:
            book.write(f"Plan!{cell}", [["new"]])
        book.save()
    assert str(refusal.value) == (
        f'Plan!{cell} cannot be written: the sheet "Plan" is protected and the cell is locked. '
        "Lift the protection in Excel (Review > Unprotect Sheet), or leave this sheet as it is: a "
        "run puts its results on the PF sheets."
    )
    assert path.read_bytes() == before


def test_a_block_with_one_locked_cell_is_refused_whole(tmp_path: Path) -> None:
    path = protected(tmp_path / "book.xlsx")
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError, match="Plan!B4 cannot be written"):
            book.write("Plan!A4", [[1, 9, 3]])
        assert book.read("Plan!A4:C4") == [[None, 2.0, None]]


def test_a_style_that_does_not_apply_its_protection_counts_as_locked(tmp_path: Path) -> None:
    path = protected(tmp_path / "book.xlsx")

    def unapplied(xml: bytes) -> bytes:
        assert b'applyProtection="1"' in xml
        return xml.replace(b'applyProtection="1"', b'applyProtection="0"')

    with_part(path, "xl/styles.xml", unapplied)
    with open_workbook(path) as book, pytest.raises(WorkbookError, match="the cell is locked"):
        book.write("Plan!B2", [[9.0]])


def test_an_array_is_not_taken_out_where_a_cell_that_it_fills_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        free: Any = made.add_format({"locked": False})
        sheet.write_array_formula("A1:A2", "{=ROW(1:2)}", free, 1)
        sheet.write_number("A2", 2)
        sheet.protect()
    with open_workbook(path) as book, pytest.raises(WorkbookError, match="Plan!A2 cannot be"):
        book.write("Plan!A1", [[5.0]])
