"""Copies with values instead of our functions: read by openpyxl, all else compared by byte."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula
from typer.testing import CliRunner

from tests.machine import Validator
from tests.oracles.formula_book_parts import BookText
from xlportfolio import WorkbookError
from xlportfolio.cli import app
from xlportfolio.operations.undo import undo
from xlportfolio.operations.values_copy import values_copy
from xlportfolio.values import CellError
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.references import CellRange

SHEET = "xl/worksheets/sheet1.xml"
OURS = {"B2", "B3", "B4", "B5", "B6", "B7", "D2", "F2", "H2", "H3", "J2", "L3"}
"""The cells of `portfolio` whose formulas call a function of ours, or need a name that does."""


def portfolio(path: Path) -> Path:
    """A sheet with our functions as every program writes them, and native formulas between."""
    book = BookText(add_in="file:///C:/Users/x/xlportfolio.xlam")
    for row in range(2, 8):
        book.hold("Plan", row, 1, float(row))
    for row, (text, value) in enumerate(
        [
            ("PF_SCORE(A2:A4)", 0.1 + 0.2),
            ("1+[1]!pf_score(A2)", -1.5),
            ("_xldudf_PF_RANK(A2)", 1e-300),
            ('IF(A2>1,_xll.PF_WHY(A2),"")', "a <b> & c"),
            ("ORG.XLPORTFOLIO.ADDIN.SCORE(A2)", True),
            ("Scores+1", CellError("#N/A")),
        ],
        start=2,
    ):
        book.calculate("Plan", row, 2, text, value)
    book.calculate("Plan", 2, 3, "SUM(B2:B3)", -1.2)
    book.calculate("Plan", 3, 3, '"PF_SCORE("&A2&")"', "PF_SCORE(2)")
    book.calculate("Plan", 2, 4, "PF_SELECT(A2:A4)", 1.0, 't="array" ref="D2:D4" cm="1"')
    book.calculate("Plan", 2, 6, "PF_LEVEL(A2:A3)", "x", 't="array" ref="F2:F3"')
    book.calculate("Plan", 2, 7, "A2:A3*2", 4.0, 't="array" ref="G2:G3" cm="1"')
    book.calculate_nothing("Plan", 3, 4, 0.0)
    book.calculate_nothing("Plan", 4, 4, "")
    book.calculate_nothing("Plan", 3, 6, 7.0)
    book.calculate_nothing("Plan", 3, 7, 6.0)
    book.calculate("Plan", 2, 8, "PF_BCR(A2)", 3.0, 't="shared" ref="H2:H3" si="0"')
    book.calculate("Plan", 3, 8, "", 4.0, 't="shared" si="0"')
    book.hold("Plan", 1, 10, "Rank")
    book.hold("Plan", 1, 11, "Twice")
    book.calculate("Plan", 2, 10, "PF_RANK(A2)", 2.0)
    book.calculate("Plan", 2, 11, "2*A2", 4.0)
    formulas = {"Rank": "PF_RANK(A2)", "Twice": "2*A2"}
    book.table = ("tblPlan", "Plan", CellRange.parse("J1:K2"), ("Rank", "Twice"), formulas)
    book.calculate("Plan", 2, 12, "pf_results", 1.0)
    book.calculate("Plan", 3, 12, "Twofold", 2.0)
    book.hold("Other", 1, 1, "=PF_SCORE(A1)")
    book.calculate("Other", 2, 1, "Plan!B2*2", 0.6)
    book.names = {
        "Scores": "PF_SCORE(Plan!$A$2:$A$4)",
        "Twofold": "2*Scores",
        "pf_results": "Plan!$A$2",
    }
    return with_calculation_chain(book.save(path))


def with_calculation_chain(path: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/calcChain.xml"] = (
        f'<calcChain xmlns="{main}"><c r="B2" i="1"/><c r="C2" i="1"/></calcChain>'.encode()
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    override = f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'
    types = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    link = f'<Relationship Id="rId99" Type="{office}" Target="calcChain.xml"/></Relationships>'
    related = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", link.encode())
    parts |= {"[Content_Types].xml": types, "xl/_rels/workbook.xml.rels": related}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def formulas_of(path: Path) -> dict[str, str]:
    found = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                value = cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
                if cell.data_type == "f":
                    found[f"{sheet.title}!{cell.coordinate}"] = str(value)
    return found


def values_of(path: Path) -> dict[str, object]:
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in openpyxl.load_workbook(path, data_only=True).worksheets
        for row in sheet.iter_rows()
        for cell in row
    }


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return portfolio(tmp_path / "plan.xlsx")


def test_formulas_of_ours_are_values_and_all_others_stay(book: Path) -> None:
    before = book.read_bytes()
    result = values_copy(book)
    assert result.output == book.with_name("plan (values).xlsx")
    assert book.read_bytes() == before
    given, left = formulas_of(book), formulas_of(result.output)
    assert given.keys() - left.keys() == {f"Plan!{cell}" for cell in OURS}
    assert left == {cell: text for cell, text in given.items() if cell in left}
    assert values_of(result.output) == values_of(book)
    assert values_of(result.output)["Other!A1"] == "=PF_SCORE(A1)"
    assert result.n_replaced == len(OURS)
    assert not result.needs_a_person
    assert str(result).startswith(f'Made "{result.output}": 12 formulas of xlportfolio are values.')


def test_nothing_else_in_the_package_changes(book: Path) -> None:
    before, after = parts_of(book), parts_of(values_copy(book).output)
    assert before.keys() - after.keys() == {"xl/calcChain.xml"}
    assert after.keys() <= before.keys()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        SHEET,
        "xl/tables/table1.xml",
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
    }
    assert b"calcChain" not in after["[Content_Types].xml"] + after["xl/_rels/workbook.xml.rels"]


def test_no_cell_of_the_copy_is_a_dynamic_array_without_a_formula(book: Path) -> None:
    xml = parts_of(values_copy(book).output)[SHEET].decode()
    assert '<c r="D2"><v>1.0</v></c>' in xml
    assert '<c r="G2" cm="1"><f t="array" ref="G2:G3">A2:A3*2</f><v>4.0</v></c>' in xml
    assert '<c r="F2" t="str"><v>x</v></c>' in xml


def test_new_rows_of_a_table_get_native_formulas_alone(book: Path) -> None:
    table = parts_of(values_copy(book).output)["xl/tables/table1.xml"].decode()
    assert "PF_RANK" not in table
    assert "<calculatedColumnFormula>2*A2</calculatedColumnFormula>" in table


def test_the_copy_is_sound(book: Path, validator: Validator) -> None:
    copy = values_copy(book).output
    assert lint(copy) == lint(book) == []
    assert validator(copy) <= validator(book)


def test_names_that_call_ours_are_told(book: Path) -> None:
    (note,) = values_copy(book).notes
    assert note == (
        'Of the defined names "Scores" and "Twofold" still call functions of xlportfolio; no cell '
        "shows it."
    )


def test_formulas_without_a_value_are_named(tmp_path: Path) -> None:
    book = BookText()
    book.calculate("Bob's plan", 1, 1, "PF_SCORE(B1)", None)
    book.calculate("Bob's plan", 2, 1, "PF_SCORE(B2)", CellError("#NAME?"))
    book.calculate("Bob's plan", 3, 1, "PF_SCORE(B3)", CellError("#DIV/0!"))
    book.calculate("Bob's plan", 1, 3, "PF_RANK(B1:B2)", 1.0, 't="array" ref="C1:C2"')
    book.calculate_nothing("Bob's plan", 2, 3, CellError("#NAME?"))
    book.calculate("Bob's plan", 1, 4, "SUM(1)", None)
    path = book.save(tmp_path / "plan.xlsx")
    answer = CliRunner().invoke(app, ["values-copy", str(path), "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert found["replaced"] == 4
    assert [(one["cell"], one["reason"]) for one in found["without_value"]] == [
        ("'Bob''s plan'!A1", "it was never computed"),
        ("'Bob''s plan'!C1", "it shows #NAME?: it was computed where xlportfolio is not"),
        ("'Bob''s plan'!A2", "it shows #NAME?: it was computed where xlportfolio is not"),
    ]
    said = CliRunner().invoke(app, ["values-copy", str(path)])
    assert "3 cells show no value there; have the workbook computed" in said.stdout
    assert "  'Bob''s plan'!A2  =PF_SCORE(B2): it shows #NAME?" in said.stdout


def test_values_that_wait_to_be_computed_are_told(tmp_path: Path) -> None:
    book = BookText(calculation='<calcPr calcId="1" fullCalcOnLoad="1"/>')
    book.calculate("Plan", 1, 1, "PF_SCORE(B1)", 1.0)
    (note,) = values_copy(book.save(tmp_path / "plan.xlsx")).notes
    assert note.startswith("The workbook was changed since it was last computed")


def test_a_workbook_without_our_functions_is_copied_as_it_is(tmp_path: Path) -> None:
    book = BookText()
    book.calculate("Plan", 1, 1, "SUM(B1)", 1.0)
    path = with_calculation_chain(book.save(tmp_path / "plan.xlsx"))
    result = values_copy(path, tmp_path / "out.xlsx")
    assert parts_of(result.output) == parts_of(path)
    assert "no formula calls a function of xlportfolio" in str(result)


def test_an_earlier_copy_is_kept_and_comes_back(book: Path) -> None:
    copy = values_copy(book).output
    copy.write_bytes(book.read_bytes())
    result = values_copy(book)
    (kept,) = copy.parent.glob("plan (values).*.bak.xlsx")
    assert kept.name in result.warning
    assert kept.read_bytes() == book.read_bytes()
    undo(copy)
    assert copy.read_bytes() == book.read_bytes()


def test_the_workbook_itself_is_refused(book: Path) -> None:
    with pytest.raises(WorkbookError, match="is the workbook itself, which keeps its formulas"):
        values_copy(book, book)


def test_a_workbook_with_macros_keeps_its_kind(tmp_path: Path) -> None:
    parts = parts_of(portfolio(tmp_path / "plan.xlsx"))
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    path = tmp_path / "plan.xlsm"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert values_copy(path).output == tmp_path / "plan (values).xlsm"
    with pytest.raises(WorkbookError, match=r"expected the extension \.xlsm"):
        values_copy(path, tmp_path / "out.xlsx")


def test_command_writes_where_it_is_told(book: Path, tmp_path: Path) -> None:
    answer = CliRunner().invoke(
        app, ["values-copy", str(book), "-o", str(tmp_path / "for-all.xlsx")]
    )
    assert answer.exit_code == 0
    assert not book.with_name("plan (values).xlsx").exists()
    assert not {f"Plan!{cell}" for cell in OURS} & formulas_of(tmp_path / "for-all.xlsx").keys()
