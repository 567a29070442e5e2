"""The copy that a private LibreOffice computes: openpyxl and LibreOffice itself read it."""

from __future__ import annotations

import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula

from tests.hosts.fuzz_splice import TRANSITIONAL, package
from tests.hosts.test_cached_values import computed
from tests.hosts.test_reading import hand_made
from tests.machine import Calc
from xlportfolio import InputError, WorkbookError, open_workbook

Texts = dict[tuple[int, int], str | None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return computed(tmp_path / "book.xlsx")


def copied(path: Path, texts: Texts, sheet: str = "Plan") -> Path:
    """The working copy; the workbook itself must not change."""
    before, target = path.read_bytes(), path.with_name("copy.xlsx")
    with open_workbook(path) as book:
        book.write_working_copy(target, {sheet: texts}, lambda text: text)
        book.save()
    assert path.read_bytes() == before
    return target


def sheet_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def copied_row(tmp_path: Path, cells: str, texts: Texts) -> str:
    """What stands in row 1 of the copy."""
    data = f'<sheetData><row r="1">{cells}</row></sheetData>'
    xml = sheet_xml(copied(hand_made(tmp_path / "book.xlsx", data), texts, "Sheet1"))
    return xml.partition('<row r="1">')[2].partition("</row>")[0]


@pytest.mark.parametrize(
    ("cells", "texts", "expected"),
    [
        (
            '<c r="A1" s="2"><f ca="1">PF(B1)</f><v>5</v></c><c r="B1"><f>PF(2)</f></c>',
            {(1, 1): 'ORG.PF(B1,"<&>")'},
            '<c r="A1" s="2"><f ca="1">ORG.PF(B1,"&lt;&amp;&gt;")</f><v>5</v></c>'
            '<c r="B1"><f>PF(2)</f></c>',
        ),
        (
            '<c r="A1" t="str"><f>X()</f><v>kept</v></c>',
            {(1, 1): None},
            '<c r="A1" t="str"><v>kept</v></c>',
        ),
        (
            '<c r="A1"><f t="array" ref="A1:B1">X()</f><v>1</v></c><c r="B1"><v>2</v></c>',
            {(1, 1): None},
            '<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c>',
        ),
        (
            '<c r="A1"><f t="array" ref="A1:B1">X()</f><v>1</v></c><c r="B1"><v>2</v></c>',
            {(1, 1): "Y()"},
            '<c r="A1"><f t="array" ref="A1:B1">Y()</f><v>1</v></c><c r="B1"><v>2</v></c>',
        ),
        (
            '<c r="A1"><f t="dataTable" ref="A1:B1" r1="C1"/><v>1</v></c><c r="B1"><v>2</v></c>',
            {(1, 1): None},
            '<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c>',
        ),
        (
            '<c r="A1"><f t="shared" ref="A1:C1" si="0">A2*$A$2</f><v>1</v></c>'
            '<c r="B1"><f t="shared" si="0"/><v>2</v></c><c><f t="shared" si="0"></f></c>',
            {(1, 1): None},
            '<c r="A1"><v>1</v></c><c r="B1"><f>B2*$A$2</f><v>2</v></c><c><f>C2*$A$2</f></c>',
        ),
        (
            '<c r="A1"><f t="shared" ref="A1:C1" si="0">A2*$A$2</f><v>1</v></c>'
            '<c r="B1"><f t="shared" si="0"/><v>2</v></c><c r="C1"><f t="shared" si="0"/></c>',
            {(1, 2): "NEW(1)"},
            '<c r="A1"><f t="shared" ref="A1:C1" si="0">A2*$A$2</f><v>1</v></c>'
            '<c r="B1"><f>NEW(1)</f><v>2</v></c><c r="C1"><f t="shared" si="0"/></c>',
        ),
        (
            '<c r="A1"><f t="shared" ref="A1:C1" si="0">A2</f></c>'
            '<c r="B1"><f t="shared" si="0"/></c><c r="C1"><f t="shared" si="0"/><v>9</v></c>',
            {(1, 1): "N()", (1, 3): None},
            '<c r="A1"><f>N()</f></c><c r="B1"><f>B2</f></c><c r="C1"><v>9</v></c>',
        ),
    ],
)
def test_formula_says_what_was_asked_and_the_rest_stays(
    tmp_path: Path, cells: str, texts: Texts, expected: str
) -> None:
    assert copied_row(tmp_path, cells, texts) == expected


def test_openpyxl_reads_the_new_texts_beside_the_old_values(path: Path) -> None:
    texts: Texts = {(1, 2): "ORG.X(A1)", (2, 2): None, (1, 6): "A2:B4", (1, 9): None}
    target = copied(path, texts)
    old, new = (openpyxl.load_workbook(one)["Plan"] for one in (path, target))
    assert (new["B1"].value, new["B2"].value, new["B3"].value) == ("=ORG.X(A1)", 2, "=A3*2")
    assert isinstance(new["F1"].value, ArrayFormula)
    assert (new["F1"].value.ref, new["F1"].value.text) == ("F1:G3", "=A2:B4")
    assert [new.cell(row, 9).value for row in range(1, 6)] == [1, 0, 0, 0, 0]
    assert new["D1"].value == old["D1"].value
    values = [openpyxl.load_workbook(one, data_only=True)["Plan"].values for one in (path, target)]
    assert list(values[0]) == list(values[1])


def test_defined_names_are_said_differently_and_acting_parts_left_out(path: Path) -> None:
    with xlsxwriter.Workbook(path.with_suffix(".xlsm")) as made:
        made.add_worksheet("Plan").write_formula("A1", "=Weight", None, 3)
        made.define_name("Weight", '=PF_X(1)&"é & <"')
        made.define_name("Plan!Local", "=Plan!$A$1")
        project = path.with_name("vbaProject.bin")
        project.write_bytes(b"stands for macros")
        made.add_vba_project(str(project))
    target = path.with_name("copy.xlsm")
    with open_workbook(path.with_suffix(".xlsm")) as book:
        with zipfile.ZipFile(book.path) as archive:
            assert "xl/vbaProject.bin" in archive.namelist()
        book.write_working_copy(target, {}, lambda text: text.replace("PF_X", "ORG.X"))
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert "xl/vbaProject.bin" not in archive.namelist()
        assert b"vbaProject" not in archive.read("xl/_rels/workbook.xml.rels")
    names = openpyxl.load_workbook(target, keep_vba=True).defined_names
    assert names["Weight"].value == 'ORG.X(1)&"é & <"'
    assert openpyxl.load_workbook(target)["Plan"].defined_names["Local"].value == "Plan!$A$1"


def test_text_of_a_name_is_the_one_that_the_workbook_tells(tmp_path: Path) -> None:
    names = (
        '<definedNames><definedName name="One"> PF_X(1)\n</definedName>'
        '<definedName name="Two">Sheet1!$A$1 </definedName></definedNames>'
    )
    path = hand_made(tmp_path / "book.xlsx", "<sheetData/>")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    index = parts["xl/workbook.xml"]
    parts["xl/workbook.xml"] = index.replace(b"</sheets>", f"</sheets>{names}".encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    target = tmp_path / "copy.xlsx"
    with open_workbook(path) as book:
        assert book.name_texts() == [("One", "PF_X(1)"), ("Two", "Sheet1!$A$1")]
        new = {"PF_X(1)": "ORG.X(1)", "Sheet1!$A$1": "Sheet1!$A$1"}
        book.write_working_copy(target, {}, new.__getitem__)
    with open_workbook(target) as copy:
        assert copy.name_texts() == [("One", "ORG.X(1)"), ("Two", "Sheet1!$A$1")]


def test_calculation_chain_connections_and_queries_are_left_out(tmp_path: Path) -> None:
    path = hand_made(tmp_path / "book.xlsx", "<sheetData/>")
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    more = "".join(
        f'<Relationship Id="rId{number}" Type="{office}/{kind}" Target="{kind}.xml"/>'
        for number, kind in enumerate(("calcChain", "connections"), 7)
    )
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace(b"</Rel", f"{more}</Rel".encode())
    parts["xl/calcChain.xml"] = parts["xl/connections.xml"] = b"<x/>"
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{office}/queryTable" Target="../queryTables/q1.xml"/>'
        "</Relationships>"
    ).encode()
    parts["xl/queryTables/q1.xml"] = b"<x/>"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with zipfile.ZipFile(copied(path, {}, "Sheet1")) as archive:
        left_out = parts.keys() - set(archive.namelist())
    assert left_out == {
        "xl/calcChain.xml",
        "xl/connections.xml",
        "xl/queryTables/q1.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
    }


def test_what_cannot_be_copied_is_refused_and_nothing_is_written(path: Path) -> None:
    target = path.with_name("copy.xlsx")
    with open_workbook(path) as book:
        for texts, message in (
            ({(1, 1): "X()"}, "Plan!A1 holds no formula that could be said differently"),
            ({(99, 3): None}, "Plan!C99 holds no formula that could be said differently"),
            ({(2, 6): "X()"}, "Plan!F2 holds no formula that could be said differently"),
        ):
            with pytest.raises(WorkbookError, match=message):
                book.write_working_copy(target, {"Plan": texts}, str)
        with pytest.raises(InputError, match='There is no sheet "Nowhere"'):
            book.write_working_copy(target, {"Nowhere": {}}, str)
        with pytest.raises(WorkbookError, match=r"The working copy .* was not written"):
            book.write_working_copy(path.parent / "no" / "copy.xlsx", {}, str)
        book.write("Other!B1", [[1.0]])
        with pytest.raises(WorkbookError, match='Sheet "Other" has cells that were written and'):
            book.write_working_copy(target, {}, str)
    assert not target.exists()


def test_values_that_wait_to_be_saved_are_still_put_after_a_copy(path: Path) -> None:
    with open_workbook(path) as book:
        book.put_cached_values("Plan", {(1, 2): 5.0})
        book.write_working_copy(path.with_name("copy.xlsx"), {"Plan": {(1, 2): None}}, str)
        book.save()
        assert book.read("Plan!B1") == [[5.0]]
        assert book.formulas("Plan")[0].text == "A1*2"


def test_libreoffice_computes_the_copy_and_keeps_what_has_no_formula(
    path: Path, soffice: Calc
) -> None:
    texts: Texts = {
        **{(row, 2): f"A{row}*3" for row in range(1, 11)},
        (11, 2): None,
        (1, 4): None,
        (1, 6): "A1:B3+100",
        (1, 9): None,
    }
    values = soffice.values(copied(path, texts))
    assert [values["Plan"][f"B{row}"] for row in range(1, 13)] == [
        *(3 * row for row in range(10)),
        20,
        22,
    ]
    assert values["Plan"]["D1"] == "0x"
    assert [values["Plan"][cell] for cell in ("F1", "F3", "G3")] == [100, 102, 106]
    assert [values["Plan"].get(f"I{row}") for row in range(1, 6)] == [1, 0, 0, 0, 0]
    assert values["Other"]["A1"] == 3


def test_libreoffice_takes_kept_values_for_what_they_are(tmp_path: Path, soffice: Calc) -> None:
    """What has no formula any more must count as the number, text, truth or error that it was."""
    kept = (
        ('t="e"', "<v>#N/A</v>", "ISNA(A1)"),
        ('t="b"', "<v>1</v>", "ISLOGICAL(A2)*10+A2"),
        ('t="str"', "<v>12</v>", "ISTEXT(A3)"),
        ('t="inlineStr"', "<is><t>in</t></is>", 'A4="in"'),
        ("", "<v>2.5</v>", "A5*2"),
        ('t="str"', "<v></v>", 'A6=""'),
    )
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" {kind}><f>ORG.UNKNOWN(1)</f>{value}</c>'
        f'<c r="B{row}"><f>{formula}</f></c></row>'
        for row, (kind, value, formula) in enumerate(kept, 1)
    )
    path = tmp_path / "book.xlsx"
    xml = f'<worksheet xmlns="{TRANSITIONAL}"><sheetData>{rows}</sheetData></worksheet>'
    path.write_bytes(package(xml.encode()))
    texts: Texts = {(row, 1): None for row in range(1, len(kept) + 1)}
    values = soffice.values(copied(path, texts))["Plan"]
    assert [values[f"B{row}"] for row in range(1, 7)] == [True, 11, True, True, 5, True]


def test_shipped_workbooks_are_copied_and_computed(tmp_path: Path, soffice: Calc) -> None:
    original = Path(__file__).resolve().parents[2] / "workbooks" / "worked_example.xlsx"
    path = Path(shutil.copyfile(original, tmp_path / "example.xlsx"))
    with open_workbook(path) as book:
        formulas = {name: book.formulas(name) for name in book.sheet_names}
        texts = {
            name: {
                (one.row, one.column): f'""&({one.text})'
                if isinstance(one.cached, str)
                else f"0+({one.text})"
                for one in found
            }
            for name, found in formulas.items()
        }
        book.write_working_copy(tmp_path / "copy.xlsx", texts, str)
    values = soffice.values(tmp_path / "copy.xlsx")
    compared = 0
    for name, found in formulas.items():
        for one in found:
            shown = values[name][one.cells.address]
            if isinstance(shown, datetime):
                shown = (shown - datetime(1899, 12, 30)).days
            if isinstance(one.cached, str):
                assert shown == one.cached
            else:
                assert shown == pytest.approx(one.cached, rel=1e-12)
            compared += 1
    assert compared > 50
