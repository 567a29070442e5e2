"""Recalculate: every formula computed in a private LibreOffice, and nothing else changed."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

import xlportfolio_udfs
from tests.hosts.test_command_line import run
from tests.machine import Calc
from tests.oracles.formula_book_parts import BookText, Held
from tests.oracles.formula_books import recalculated
from xlportfolio.cells import Registry
from xlportfolio.errors import WorkbookError
from xlportfolio.libreoffice.computing import Computed
from xlportfolio.operations.recalculating import RecalculateResult, recalculate_workbook
from xlportfolio.operations.undo import undo
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.references import CellRange

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)

SPILL = 't="array" ref="{}" cm="1"'


def plan(**formulas: tuple[str, Held]) -> BookText:
    """A sheet Plan with 1, 2, 3 in B1:B3 and formulas, each with what it gave last."""
    book = BookText()
    for row in (1, 2, 3):
        book.hold("Plan", row, 2, float(row))
    for address, (text, cached) in formulas.items():
        cells = CellRange.parse(address)
        book.calculate("Plan", cells.first_row, cells.first_column, text, cached)
    return book


def recalculate(path: Path, **options: object) -> RecalculateResult:
    return recalculate_workbook(path, REGISTRY, **options)  # type: ignore[arg-type]


def values(path: Path, *addresses: str) -> list[object]:
    with open_workbook(path) as book:
        return [book.read(f"Plan!{address}")[0][0] for address in addresses]


def reasons(result: RecalculateResult) -> dict[str, str]:
    return {kept["cell"]: kept["reason"] for kept in result.as_json()["kept"]}


# -- what is computed ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [4, 11])
def test_every_formula_is_what_plain_python_says_and_nothing_else_changes(
    soffice: Calc, tmp_path: Path, seed: int
) -> None:
    result, wrong = recalculated(seed, tmp_path)
    assert wrong == []
    assert result.kept == ()
    assert result.n_computed == result.n_formulas > 100
    assert result.n_changed > 50


def test_text_that_our_functions_give_is_equal_to_the_same_text(
    soffice: Calc, tmp_path: Path
) -> None:
    path = tmp_path / "texts.xlsx"
    expected: dict[str, object] = {
        'F1="Rank"': True,
        'MATCH("Rank",E1:H1,0)': 2.0,
        'COUNTIF(E1:H1,"Rank")': 1.0,
        'HLOOKUP("Rank",E1:H3,2,FALSE)': 2.0,
        "SUMIF(E1:H1,A5,E3:H3)": 1.0,
        "EXACT(F1,A5)": True,
        # a blank answer is a text of no characters, and so is its equal
        'E6=""': True,
        'COUNTIF(E6:E6,"")': 1.0,
        'PF_WSJF(B2,C2,B3,G9)=""': True,
        "INDEX(PF_SCORE(A1:C3,,,,A6),1,2)=A5": True,
        'LEFT(PF_SCORE(A1:C3,,,,"why"),5)="B has"': True,
    }
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        for row, cells in enumerate([["P", "Fit", "Cost"], ["A", 1, 2], ["B", 3, 4]]):
            sheet.write_row(row, 0, cells)
        sheet.write_column("A5", ["Rank", "all"])
        all_of_it = '=PF_SCORE(A1:C3,,,,"all")'
        sheet.write_dynamic_array_formula("E1:H3", all_of_it, None, "?")
        sheet.write_formula("E6", "=PF_WSJF(B2,C2,B3,G9)", None, "?")
        for row, text in enumerate(expected):
            sheet.write_formula(row, 9, f"={text}", None, "?")
    result = recalculate(path)
    assert result.kept == ()
    assert dict(zip(expected, values(path, *(f"J{k}" for k in range(1, 12))), strict=True)) == (
        expected
    )


def test_second_recalculation_changes_no_byte(soffice: Calc, tmp_path: Path) -> None:
    path = plan(C1=("SUM(B1:B3)", 5.0), C2=("PF_UTILISATION(B1,B3)", None)).save(
        tmp_path / "plan.xlsx"
    )
    first = recalculate(path)
    assert (first.n_changed, first.sheets, first.output) == (2, ("Plan",), path)
    assert values(path, "C1", "C2") == [6.0, 1 / 3]
    before, files = path.read_bytes(), sorted(tmp_path.iterdir())
    again = recalculate(path)
    assert again.n_changed == 0
    assert again.output is None
    assert str(again) == (
        f'2 formulas computed, every value was right already; "{path}" was left as it is.'
    )
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == files


def test_truths_stay_truths_in_arrays_and_under_number_formats(
    soffice: Calc, tmp_path: Path
) -> None:
    book = plan(D1=("B1:B3>1", None))
    book.calculate("Plan", 1, 4, "B1:B3>1", None, SPILL.format("D1:D3"))
    book.calculate("Plan", 1, 5, "B1:B3-1", None, SPILL.format("E1:E3"))
    path = book.save(tmp_path / "plan.xlsx")
    recalculate(path)
    assert values(path, "D1", "D2", "E1", "E2") == [False, True, 0.0, 1.0]
    assert [type(value) for value in values(path, "E1", "E2")] == [float, float]


def test_old_error_that_is_the_new_one_is_no_change(soffice: Calc, tmp_path: Path) -> None:
    path = plan(
        C1=("1/0", CellError("#DIV/0!")),
        C2=("NOBODYS(1)", CellError("#NAME?")),
        C3=("C2+1", CellError("#NAME?")),
        C4=("IFERROR(C2,B3)", 3.0),
        C5=("INDEX(B1:B3,9)", CellError("#REF!")),
    ).save(tmp_path / "plan.xlsx")
    before = path.read_bytes()
    result = recalculate(path)
    assert (result.n_changed, result.kept) == (0, ())
    assert path.read_bytes() == before


def test_argument_out_of_bounds_is_the_error_that_excel_shows(
    soffice: Calc, tmp_path: Path
) -> None:
    path = plan(
        C1=("SQRT(-B1)", 1.0),
        C2=("C1*2", 2.0),
        C3=('LEFT("abc",-B1)', "a"),
        C4=("INDEX(B1:B3,9)", 2.0),
        C5=("C4+1", None),
    ).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert values(path, "C1", "C2", "C3") == [
        CellError("#NUM!"), CellError("#NUM!"), CellError("#VALUE!"),
    ]  # fmt: skip
    assert reasons(result) == {
        "Plan!C4": "an argument of a function in it is out of bounds (Err:502); which error Excel "
        "shows for that is not known here"
    }
    assert values(path, "C4", "C5") == [2.0, 3.0]


def test_text_longer_than_a_cell_holds_is_the_error_that_excel_shows(
    soffice: Calc, tmp_path: Path
) -> None:
    path = plan(
        C1=('REPT("x",32767)', None),
        C2=('REPT("x",32768)', "x"),
        C3=("LEN(C2)", 1.0),
        C4=("SUM(B1:B3)", None),
    ).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert result.kept == ()
    value = CellError("#VALUE!")
    assert values(path, "C1", "C2", "C3", "C4") == ["x" * 32767, value, value, 6.0]


def test_characters_by_their_number_are_those_of_windows_or_left_alone(
    soffice: Calc, tmp_path: Path
) -> None:
    path = plan(
        C1=("CHAR(160)", None),
        C2=('SUBSTITUTE("a\u00a0b",CHAR( 160 )," ")', None),
        C3=("CHAR(149)&CHAR(65)", None),
        C4=("CHAR(185)", "\u0105"),
        C5=("CHAR(B1+232)", "\u00e9"),
        C6=("CHAR(B1+64)", None),
        C7=('CODE("\u00e9")', None),
    ).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert values(path, "C1", "C2", "C3", "C4") == ["\u00a0", "a b", "\u2022A", "\u0105"]
    assert values(path, "C5", "C6", "C7") == ["\u00e9", "A", 233.0]
    assert reasons(result) == {
        "Plan!C4": "CHAR(185) is another character on computers of another language",
        "Plan!C5": "CHAR of more than 127 depends on the language of a computer",
    }


def test_file_on_this_machine_is_read_by_no_formula(soffice: Calc, tmp_path: Path) -> None:
    secret = BookText()
    secret.hold("Sheet1", 1, 1, 777.0)
    uri = secret.save(tmp_path / "secret.xlsx").as_uri()
    book = plan(
        C1=("INDIRECT(D1)", 8.0),
        C2=("INDIRECT(CONCATENATE(LEFT(D1,9),MID(D1,10,999)))", 8.0),
        C3=(f"'{uri}'#$Sheet1.A1", 8.0),
        C4=("Hidden", 8.0),
        C5=('IFERROR(INDIRECT("D"&1),"")', None),
    )
    book.hold("Plan", 1, 4, f"'{uri}'#$Sheet1.A1")
    book.names = {"Hidden": "INDIRECT(Plan!$D$1)"}
    path = book.save(tmp_path / "plan.xlsx")
    recalculate(path)
    assert 777.0 not in values(path, "C1", "C2", "C3", "C4")
    assert values(path, "C1", "C5") == [CellError("#REF!"), f"'{uri}'#$Sheet1.A1"]


# -- what keeps its value ------------------------------------------------------------------------


def test_what_cannot_be_computed_keeps_its_value_and_the_rest_follows_from_it(
    soffice: Calc, tmp_path: Path
) -> None:
    outside = "reaches outside the workbook, which is never done while recalculating"
    book = plan(
        C1=("NOBODYS(1)", 5.0),
        C2=("C1+1", 1.0),
        C3=("OTHERS(C2)", 7.0),
        C4=("C3+C2", None),
        C5=('WEBSERVICE("http://127.0.0.1:9/")', "old"),
        C6=('C5&"!"', None),
        C7=("[1]Sheet1!A1", 3.0),
        C8=("C7*2", None),
        C9=("Feed", "f"),
        C10=("C11+1", 4.0),
        C11=("C10", 5.0),
        C12=("C11+100", None),
        C13=("PF_WSJF(3)", 9.0),
        C14=('INDIRECT("[other.xlsx]Sheet1!A1")', 8.0),
        C16=('INDIRECT("B"&3)', None),
        C15=("B1+NOBODYS(2)", None),
    )
    book.calculation = '<calcPr calcId="191029" iterate="1" iterateCount="50"/>'
    book.names = {
        "Feed": "Source&1",
        "Source": 'WEBSERVICE("http://127.0.0.1:9/")',
        "PF_WSJF": "_xlfn.LAMBDA(_xlpm.x,_xlpm.x)",
    }
    book.calculate("Plan", 1, 5, "", 8.0, 't="dataTable" ref="E1:E2" dt2D="0" dtr="0" r1="B1"')
    book.calculate_nothing("Plan", 2, 5, 9.0)
    path = book.save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert reasons(result) == {
        "Plan!C1": "LibreOffice does not know NOBODYS",
        "Plan!E1": "a data table (What-If Analysis) is computed by Excel alone",
        "Plan!C3": "LibreOffice does not know OTHERS",
        "Plan!C5": f"WEBSERVICE {outside}",
        "Plan!C7": "it refers to another workbook, and links are never followed",
        "Plan!C9": f"the name Feed is left out: the name Source is left out: WEBSERVICE {outside}",
        "Plan!C10": "it refers to itself, directly or through other cells",
        "Plan!C11": "it refers to itself, directly or through other cells",
        "Plan!C13": "LibreOffice cannot compute it (Err:509)",
        "Plan!C14": 'INDIRECT("[other.xlsx]Sheet1!A1") refers to another workbook or to a spill',
        "Plan!C15": "LibreOffice does not know NOBODYS",
    }
    assert values(path, "C1", "C3", "C5", "C7", "C9", "C10", "C11", "C13", "C14", "C15") == [
        5.0, 7.0, "old", 3.0, "f", 4.0, 5.0, 9.0, 8.0, None,
    ]  # fmt: skip
    assert values(path, "E1", "E2") == [8.0, 9.0]
    assert values(path, "C2", "C4", "C6", "C8", "C12", "C16") == [
        6.0, 13.0, "old!", 6.0, 105.0, 3.0,
    ]  # fmt: skip
    said = str(result).splitlines()
    assert said[0].startswith("6 formulas computed; 6 cells show a new value")
    assert said[1] == "11 formulas were not computed and keep their old value:"
    assert "  Plan!C1  =NOBODYS(1): LibreOffice does not know NOBODYS." in said


def test_nothing_is_computed_from_a_formula_that_has_no_value(
    soffice: Calc, tmp_path: Path
) -> None:
    path = plan(
        C1=("NOBODYS(1)", None),
        C2=("C1+1", None),
        C3=("SUM(C1:C2)", 12.0),
        C4=("IFERROR(C2,0)", None),
        C5=("C3+1", None),
        C6=("SUM(B:B)", None),
        C7=("SUM(C1:C200)", None),
    ).save(tmp_path / "plan.xlsx")
    assert reasons(recalculate(path)) == {
        "Plan!C1": "LibreOffice does not know NOBODYS",
        "Plan!C2": "it depends on Plan!C1, which has no value",
        "Plan!C3": "it depends on Plan!C1, which has no value",
        "Plan!C4": "it depends on Plan!C2, which has no value",
        "Plan!C7": "it depends on Plan!C1, which has no value",
    }
    assert values(path, "C1", "C2", "C3", "C4", "C5", "C6", "C7") == [
        None, None, 12.0, None, 13.0, 6.0, None,
    ]  # fmt: skip


def test_truth_that_excel_and_libreoffice_take_in_other_ways_is_left_alone(
    soffice: Calc, tmp_path: Path
) -> None:
    book = plan(
        C1=("SUM(D1:E3)", 6.0),
        C2=('"live: "&D1', "live: TRUE"),
        C3=('"more: "&(B1>0)', None),
        C4=("COUNT(F:F,B1:B3)", 3.0),
        F5=("B1>2", None),
        C6=('COUNTIF(D1:D3,TRUE)&" live"', None),
        C7=('IF(D1,"live","dead")&"!"', None),
        C8=("SUMPRODUCT(B1:B3*(B1:B3>1))", None),
        C9=("SUM(B1:B3)", None),
    )
    book.hold("Plan", 1, 4, True)
    path = book.save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert list(reasons(result)) == ["Plan!C1", "Plan!C2", "Plan!C3", "Plan!C4"]
    assert set(reasons(result).values()) == {
        "it takes a cell with TRUE or FALSE for a number or a text, which LibreOffice does in "
        "another way than Excel"
    }
    assert values(path, "C1", "C2", "C4", "F5", "C6", "C7", "C8", "C9") == [
        6.0, "live: TRUE", 3.0, False, "1 live", "live!", 5.0, 6.0,
    ]  # fmt: skip


def test_function_that_hung_or_crashed_has_given_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hung = "PF_SCORE took more than 30 s and was stopped."
    value = CellError("#VALUE!")
    path = plan(
        C1=("PF_SCORE(B1:B3)", 0.5),
        C2=("IFERROR(PF_SCORE(B1:B3),0)", 0.25),
        C3=("PF_RANK(B1)", 1.0),
        C4=("1+PF_SCORE(B1)", 7.0),
    ).save(tmp_path / "plan.xlsx")

    def compute(book: Path, wanted: object, *given: object, **options: object) -> Computed:
        answers: dict[tuple[int, int], Held] = {
            (1, 3): value, (2, 3): 0.0, (3, 3): value, (4, 3): 8.0,
        }  # fmt: skip
        errors = {(1, 3): 519, (3, 3): 519}
        return Computed({"Plan": answers}, {"Plan": errors}, 1.0, {}, {"PF_SCORE": hung})

    monkeypatch.setattr("xlportfolio.libreoffice.rounds.compute", compute)
    assert reasons(recalculate(path)) == {"Plan!C1": hung[:-1], "Plan!C2": hung[:-1]}
    assert values(path, "C1", "C2", "C3", "C4") == [0.5, 0.25, value, 8.0]


def test_spill_of_another_shape_is_neither_cut_nor_padded(soffice: Calc, tmp_path: Path) -> None:
    book = plan()
    for column, (text, cells) in enumerate(
        [
            ("B1:B3*2", "D1:D2"),
            ("B1:B3*2", "E1:E4"),
            ("PF_RANK(B1:B3)", "F1:G3"),
            ("NA()", "H1:H2"),
            ("PF_RANK(B1:B3)", "I1:I3"),
        ],
        4,
    ):
        area = CellRange.parse(cells)
        column = area.first_column
        book.calculate("Plan", 1, column, text, 0.5, SPILL.format(cells))
        for row in range(2, area.last_row + 1):
            book.calculate_nothing("Plan", row, column, 0.25)
    book.calculate("Plan", 1, 11, "SUM(_xlfn.ANCHORARRAY(D1))", None)
    path = book.save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert reasons(result) == {
        "Plan!D1": "its answer has 3 rows x 1 column now, and it fills D1:D2; Excel spills it anew",
        "Plan!E1": "its answer has 3 rows x 1 column now, and it fills E1:E4; Excel spills it anew",
        "Plan!F1": "its answer has 3 rows x 1 column now, and it fills F1:G3; Excel spills it anew",
        "Plan!H1": "its answer is now a single error, and it fills H1:H2",
    }
    assert values(path, "D1", "D2", "E1", "E4", "F1", "H1", "H2") == [
        0.5, 0.25, 0.5, 0.25, 0.5, 0.5, 0.25,
    ]  # fmt: skip
    assert values(path, "I1", "I2", "I3", "K1") == [3.0, 2.0, 1.0, 0.75]


def test_chain_of_unknown_functions_takes_a_few_rounds(soffice: Calc, tmp_path: Path) -> None:
    names = "ABCDEFG"
    unknown = {f"C{k}": (f"NOBODYS_{names[k - 1]}(C{k + 1})", float(k)) for k in range(1, 8)}
    path = plan(**unknown, C8=("B1", None), D1=("C1+1", None)).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert [kept["cell"] for kept in result.as_json()["kept"]] == [
        f"Plan!C{k}" for k in range(1, 8)
    ]
    assert values(path, "C1", "C7", "C8", "D1") == [1.0, 7.0, 1.0, 2.0]


# -- the workbook --------------------------------------------------------------------------------


def test_formulas_that_change_by_themselves_are_computed_and_said(
    soffice: Calc, tmp_path: Path
) -> None:
    path = plan(C1=("YEAR(TODAY())", 1900.0), C2=("RAND()", None)).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    year, random = values(path, "C1", "C2")
    assert isinstance(year, float) and year >= 2026
    assert isinstance(random, float) and 0 <= random < 1
    assert result.notes == (
        "2 formulas with NOW, TODAY or a random number give another value each time.",
    )


def test_workbook_without_formulas_is_left_or_copied(tmp_path: Path) -> None:
    path = plan().save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert str(result) == f'"{path}" has no formulas; it was left as it is.'
    assert not result.needs_a_person
    assert list(tmp_path.iterdir()) == [path]
    copied = recalculate(path, output=tmp_path / "out.xlsx")
    assert copied.output == tmp_path / "out.xlsx"
    assert (tmp_path / "out.xlsx").read_bytes() == path.read_bytes()


def test_undo_takes_a_recalculation_back(soffice: Calc, tmp_path: Path) -> None:
    path = plan(C1=("SUM(B1:B3)", 5.0)).save(tmp_path / "plan.xlsx")
    before = path.read_bytes()
    recalculate(path)
    assert path.read_bytes() != before
    assert len(list(tmp_path.glob("plan.*.bak.xlsx"))) == 1
    assert 'as it was before "recalculate"' in str(undo(path))
    assert path.read_bytes() == before


def test_protected_sheet_shows_new_values_for_no_cell_of_it_changes(
    soffice: Calc, tmp_path: Path
) -> None:
    path = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        sheet.write("A1", 2)
        sheet.write_formula("A2", "=A1*3", None, 5)
        sheet.protect("secret")
    assert recalculate(path).n_changed == 1
    assert values(path, "A2") == [6.0]
    with zipfile.ZipFile(path) as package:
        assert b"<sheetProtection" in package.read("xl/worksheets/sheet1.xml")


def test_signed_workbook_is_refused(soffice: Calc, tmp_path: Path) -> None:
    path = plan(C1=("SUM(B1:B3)", 5.0)).save(tmp_path / "plan.xlsx")
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("_xmlsignatures/sig1.xml", "<Signature/>")
    before = path.read_bytes()
    with pytest.raises(WorkbookError, match="is digitally signed"):
        recalculate(path)
    assert path.read_bytes() == before


def test_workbook_in_which_nothing_can_be_computed_needs_no_libreoffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(tmp_path / "nowhere"))
    path = plan(C1=('WEBSERVICE("http://127.0.0.1:9/")', 5.0)).save(tmp_path / "plan.xlsx")
    result = recalculate(path)
    assert [kept["cell"] for kept in result.as_json()["kept"]] == ["Plan!C1"]
    assert result.output is None


# -- the command ---------------------------------------------------------------------------------


def test_command_says_all_of_it_as_json(soffice: Calc, tmp_path: Path) -> None:
    path = plan(C1=("SUM(B1:B3)", 5.0), C2=("NOBODYS(1)", 1.0)).save(tmp_path / "plan.xlsx")
    before = path.read_bytes()
    out = tmp_path / "out.xlsx"
    answer = run("recalculate", path, "-o", out, "--json")
    assert answer.returncode == 1, answer.stderr
    said = json.loads(answer.stdout)
    assert said.pop("seconds") > 0
    assert said == {
        "workbook": str(path),
        "output": str(out),
        "status": "done",
        "formulas": 2,
        "computed": 1,
        "changed": 1,
        "kept": [
            {
                "cell": "Plan!C2",
                "formula": "=NOBODYS(1)",
                "reason": "LibreOffice does not know NOBODYS",
            }
        ],
        "sheets": ["Plan"],
        "notes": [],
        "warning": None,
    }
    assert path.read_bytes() == before
    assert values(out, "C1") == [6.0]


def test_several_books_are_done_and_one_bad_one_stops_none(soffice: Calc, tmp_path: Path) -> None:
    good = plan(C1=("SUM(B1:B3)", 5.0)).save(tmp_path / "good.xlsx")
    bad = tmp_path / "bad.xlsx"
    bad.write_text("no workbook")
    open_elsewhere = Path(shutil.copy(good, tmp_path / "open.xlsx"))
    (tmp_path / "~$open.xlsx").write_bytes(b"\x03Ann" + b" " * 50 + b"\0" * 111)
    answer = run("recalculate", bad, open_elsewhere, good)
    assert answer.returncode == 2
    assert f'"{bad}" is plain text' in answer.stderr
    assert f'"{open_elsewhere}" is open: Ann in Excel' in answer.stderr
    assert "1 formula computed; 1 cell shows a new value on sheet" in answer.stdout
    assert values(good, "C1") == [6.0]
    assert values(open_elsewhere, "C1") == [5.0]


def test_missing_libreoffice_is_said_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plan(C1=("SUM(B1:B3)", 5.0)).save(tmp_path / "plan.xlsx")
    before = path.read_bytes()
    monkeypatch.setenv("XLPORTFOLIO_SOFFICE", str(tmp_path / "nowhere"))
    answer = run("recalculate", path)
    assert answer.returncode == 2
    assert re.search(r'XLPORTFOLIO_SOFFICE names ".*nowhere", which does not exist', answer.stderr)
    assert "Traceback" not in answer.stderr
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before
