"""Formulas on their way into the private LibreOffice: names, `@`, `#`, and what never runs."""

from __future__ import annotations

import pytest

from xlportfolio.libreoffice.calc_names import ShortWay
from xlportfolio.libreoffice.formula_calls import is_volatile
from xlportfolio.libreoffice.formula_text import Refused, Surroundings, rewritten
from xlportfolio.workbook.references import CellRange

AROUND = Surroundings(
    sheet="Plan",
    functions={
        "PF_SCORE": ShortWay("ORG.XLPORTFOLIO.ADDIN.SCORE", 1),
        "PF_CUT_LINE": ShortWay("ORG.XLPORTFOLIO.ADDIN.CUT_LINE", 3),
        "PF_CALENDAR": None,
    },
    spills={("plan", 2, 2): CellRange(2, 2, 10, 3), ("bob's plan", 1, 1): CellRange(1, 1, 5, 1)},
    refused_names={"feed": "WEBSERVICE reaches outside the workbook"},
)
ROW, COLUMN = 3, 4


def written(text: str) -> str:
    answer = rewritten(text, ROW, COLUMN, AROUND)
    assert isinstance(answer, str), answer
    return answer


def refused(text: str) -> str:
    answer = rewritten(text, ROW, COLUMN, AROUND)
    assert isinstance(answer, Refused), answer
    return answer.reason


@pytest.mark.parametrize(
    "name",
    [
        "PF_SCORE",
        "pf_Score",
        "[1]!PF_SCORE",
        "[12]!pf_score",
        r"'C:\Users\Ann O''Neil\AppData\xlportfolio.xlam'!PF_SCORE",
        "'/Users/ann/xlportfolio.xlam'!PF_SCORE",
        "xlportfolio.xlam!PF_SCORE",
        "'xlportfolio.xlam'!PF_SCORE",
        "[xlportfolio.xlam]!PF_SCORE",
        "_xludf.PF_SCORE",
        "_xlfn.PF_SCORE",
        "_xlfn._xludf.PF_SCORE",
        "_xldudf_PF_SCORE",
        "_xldudf_XLWINGS_PF_SCORE",
        "_xll.PF_SCORE",
        "org.xlportfolio.AddIn.score",
        "PF_SCORE ",
    ],
)
def test_every_way_that_files_write_our_name_becomes_the_plain_one(name: str) -> None:
    after = " (A1:B9," if name.endswith(" ") else "(A1:B9,"
    said = written(f'SUM({name.strip()}{after}"PF_SCORE(1)"),1)')
    assert said == f'SUM(PF_SCORE{after}"PF_SCORE(1)"),1)'


def test_functions_within_each_other_and_of_a_longer_name_are_told_apart() -> None:
    assert written("PF_CUT_LINE(PF_SCORE(A1:A2),[1]!PF_SCORE(B1))") == (
        "PF_CUT_LINE(PF_SCORE(A1:A2),ORG.XLPORTFOLIO.ADDIN.SCORE(B1:B1))"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a blank cell must not become 0, which a range of one cell prevents
        ("PF_CUT_LINE(A1, $B$2 ,3)", "CUT_LINE(A1:A1,$B$2:$B$2,3)"),
        (
            "PF_CUT_LINE('Bob''s plan'!A1,Data!B2,0.5)",
            "CUT_LINE('Bob''s plan'!A1:A1,Data!B2:B2,0.5)",
        ),
    ],
)
def test_single_values_alone_go_the_short_way(text: str, expected: str) -> None:
    assert written(f"1+{text}*2") == f"1+ORG.XLPORTFOLIO.ADDIN.{expected}*2"


@pytest.mark.parametrize(
    "arguments",
    [
        "A1:A2,B1,C1",
        "A1,B1",  # one too few
        "A1,B1,",
        "A1,,C1",
        'A1,B1,C1,"all"',  # an optional one may ask for an array or a text
        'A1,B1,"x"',
        "A1,B1,-C1",
        "A1,B1,C1+1",
        "A1,B1,{1}",
        "A1,B1,(C1)",
        "A1,B1,Total",
        "A1,B1,SUM(C1)",
        "A1,B1,C:C",
        "A1,B1,Costs[Cost]",
        "A1,B1,TRUE",
    ],
)
def test_whatever_else_goes_the_long_way(arguments: str) -> None:
    assert written(f"PF_CUT_LINE({arguments})") == f"PF_CUT_LINE({arguments})"


def test_function_without_a_short_way_goes_the_long_way() -> None:
    assert written("PF_CALENDAR(A1)") == "PF_CALENDAR(A1)"


def test_cell_of_another_workbook_is_refused_within_our_functions_too() -> None:
    assert "another workbook" in refused("PF_CUT_LINE([1]Data!A1,B1,C1)")
    assert "another workbook" in refused("PF_SCORE('[b.xlsx]Data'!A1)")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("A1:B9,C1,0", "A1:B9,C1:C1,{0}"),
        ("A1:B9,'My plan'!$C$1,,D1", "A1:B9,'My plan'!$C$1:$C$1,,D1:D1"),
        ("A1:B9,,-1,C1+0,10", "A1:B9,,-1,C1+0,10"),
        ("[1]!PF_SCORE(A1),C1", "ORG.XLPORTFOLIO.ADDIN.SCORE(A1:A1),C1:C1"),
        ("0,C1", "0,C1:C1"),
    ],
)
def test_cell_and_zero_for_what_may_be_left_out_are_told_from_nothing(
    arguments: str, said: str
) -> None:
    assert written(f"PF_SCORE({arguments})") == f"PF_SCORE({said})"


@pytest.mark.parametrize(
    "text",
    [
        '"PF_SCORE(A1)"&"it""s PF_SCORE(1)"',
        "'PF_SCORE(1)'!A1+'WEBSERVICE(x)'!B2",
        "MY_PF_SCORE(A1)+PF_SCORED(1)+X.PF_SCORE(1)",
        "PF_SCORE+PF_SCORE!A1",
        "Costs[[#This Row],[PF_SCORE(]]*Costs[[#Totals],[Cost | all]]",
        "_xlfn._xlws.FILTER(A1:A9,B1:B9>1)",
        "_xlfn.XLOOKUP(A1,B:B,C:C)",
        "SUM(Jan:Dec!A1)+SUM('Jan 1'!A1:B2)",
        "-A1%+1.5E-3*{1,2;3,4}&#N/A",
        'HYPERLINK("http://a.b","a | b")',
        'CELL("row",A1)+CELL( "COL" ,B1)',
        "A1:B9 B2:C3",
    ],
)
def test_what_is_not_ours_stays_as_it_is(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the cell is D3: a column crosses row 3, a row crosses column D
        ("_xlfn.SINGLE(A1:A9)", "A3"),
        ("_xlfn.SINGLE($A$1:$A$9)+1", "A3+1"),
        ("SUM(_xlfn.SINGLE(A:A),_xlfn.SINGLE(1:1))", "SUM(A3,D1)"),
        ("_xlfn.SINGLE('Bob''s plan'!B1:F1)", "'Bob''s plan'!D1"),
        ("_xlfn.SINGLE(Data!C7)", "Data!C7"),
        ("_xlfn.SINGLE(A4:A9)", "#VALUE!"),
        ("_xlfn.SINGLE(A1:B9)", "#VALUE!"),
        ("_xlfn.SINGLE( A1:A9 )", "A3"),
        ("_xlfn.SINGLE(PF_SCORE(A1:B9))", "PF_SCORE(A1:B9)"),
        ("1+_xlfn.SINGLE([1]!PF_SCORE(A1:B9))", "1+INDEX(IF({1},PF_SCORE(A1:B9)),1,1)"),
        ("_xlfn.SINGLE(_xlfn.SINGLE(A1:A9))", "A3"),
    ],
)
def test_at_sign_leaves_the_cell_of_this_row_or_column(text: str, expected: str) -> None:
    assert written(text) == expected


def test_at_sign_before_a_name_or_a_column_of_a_table_leaves_the_crossing_to_calc() -> None:
    for inside in ("Costs", "Costs[Cost]", "OFFSET(A1,0,0,9,1)"):
        said = written(f"_xlfn.SINGLE({inside})")
        assert said.startswith(f"IF(AND(ROWS({inside})>1,COLUMNS({inside})>1),#VALUE!,INDEX(")
        assert "SINGLE" not in said


def test_at_sign_in_a_name_takes_the_row_of_the_cell_that_uses_it() -> None:
    said = rewritten("_xlfn.SINGLE(Plan!$A$1:$A$9)", 0, 0, AROUND)
    assert isinstance(said, str)
    assert "ROW()-MIN(ROW(Plan!$A$1:$A$9))+1" in said


def test_spill_reference_is_the_range_that_the_array_fills() -> None:
    assert written("SUM(_xlfn.ANCHORARRAY(B2))") == "SUM($B$2:$C$10)"
    assert written("SUM(B2#)*2") == "SUM($B$2:$C$10)*2"
    assert written("COUNT(_xlfn.ANCHORARRAY('Bob''s plan'!$A$1))") == (
        "COUNT('Bob''s plan'!$A$1:$A$5)"
    )
    assert written("COUNT('Bob''s plan'!A1#)") == "COUNT('Bob''s plan'!$A$1:$A$5)"


def test_spill_reference_to_a_cell_without_an_array_is_an_error() -> None:
    assert written("SUM(_xlfn.ANCHORARRAY(C9))") == "SUM(#REF!)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('WEBSERVICE("http://a.b")', "WEBSERVICE"),
        ('_xlfn.WEBSERVICE("http://a.b")', "WEBSERVICE"),
        ('WebService ("http://a.b")', "WEBSERVICE"),
        ('IF(A1,COM.MICROSOFT.WEBSERVICE("http://a.b"),2)', "WEBSERVICE"),
        ('_xlfn.SINGLE(WEBSERVICE("x"))', "WEBSERVICE"),
        ('RTD("prog.id",,"x")', "RTD"),
        ('DDE("soffice","/etc/passwd","x")', "DDE"),
        ('_xlfn.ORG.OPENOFFICE.DDE("soffice","x","y")', "DDE"),
        ("cmd|'/c calc'!A0", "a DDE link"),
        ('CALL("Kernel32","WinExec","JCJ","calc",0)', "CALL"),
        ('REGISTER.ID("Kernel32","WinExec","JCJ")', "REGISTER.ID"),
        ('CUBEVALUE("x","y")', "CUBEVALUE"),
        ('_xlfn.STOCKHISTORY("MSFT",1)', "STOCKHISTORY"),
        ('_xlfn.IMAGE("http://a.b")', "IMAGE"),
    ],
)
def test_what_reaches_outside_never_runs(text: str, what: str) -> None:
    assert refused(text) == (
        f"{what} reaches outside the workbook, which is never done while recalculating"
    )


@pytest.mark.parametrize(
    "text",
    [
        "[1]Sheet1!A1*2",
        "'[1]My sheet'!A1",
        r"'C:\plans\[Book.xlsx]Sheet1'!A1",
        "'http://a.b/[Book.xlsx]Sheet1'!A1",
        "'file:///etc/passwd'#$Sheet1.A1",
        "[1]!Total",
        "SUM([2]Data!A1:B9)",
        "_xlfn.SINGLE([1]Data!A1:A9)",
    ],
)
def test_another_workbook_is_never_opened(text: str) -> None:
    assert refused(text) == "it refers to another workbook, and links are never followed"


def test_indirect_takes_no_address_in_another_workbook() -> None:
    for address in ("'file:///etc/passwd'#$Sheet1.A1", "[Book.xlsx]Sheet1!A1", "A1#"):
        assert refused(f'SUM(INDIRECT("{address}"))') == (
            f'INDIRECT("{address}") refers to another workbook or to a spill'
        )
    assert written('INDIRECT( "B"&A1 ,FALSE)*2') == (
        'INDIRECT(IF(ISERROR(FIND("#", "B"&A1 ))*ISERROR(FIND("[", "B"&A1 )), "B"&A1 ,""),FALSE)*2'
    )
    assert written('SUM(INDIRECT("B1:B3"),INDIRECT("R1C1",FALSE))') == (
        'SUM(INDIRECT("B1:B3"),INDIRECT("R1C1",FALSE))'
    )
    assert "[1]!" not in written("INDIRECT([1]!PF_SCORE(A1,B1))")


def test_functions_of_others_are_named() -> None:
    assert refused("[2]!OTHER(1)") == "OTHER is a function of another workbook or add-in"
    assert refused("tools.xlam!Other(1)") == "OTHER is a function of another workbook or add-in"
    assert refused("_xll.OTHER(1)") == "OTHER is a function of another add-in"
    assert refused("_xludf.OTHER(1)") == "OTHER is a function of another add-in"


def test_what_only_excel_knows_and_what_depends_on_the_place_is_named() -> None:
    assert refused("_xlfn.LAMBDA(_xlpm.x,_xlpm.x+1)(2)") == "LAMBDA is known to Excel alone"
    assert refused('GETPIVOTDATA("Cost",A1)') == (
        "GETPIVOTDATA shows a pivot table, which only Excel refreshes"
    )
    machine = "tells of the machine or the file that it is computed in"
    assert refused('INFO("directory")') == f"INFO {machine}"
    assert refused('MID(CELL("filename",A1),1,9)') == (
        f'CELL("filename") {machine}, or of formats that differ'
    )
    assert refused("CELL(A1)").startswith("CELL(A1) tells")
    assert refused('NUMBERVALUE(MID("1.5",1,9))') == (
        "NUMBERVALUE without separators depends on the settings of a computer"
    )
    for date in ('"01/04/2026"', "A1", '"2026-04-01"&A1'):
        assert refused(f"1+DATEVALUE({date})") == (
            'DATEVALUE of anything but a date such as "2026-04-01" depends on the settings of a '
            "computer"
        )
    assert written('DATEVALUE( "2026-04-01")') == 'DATEVALUE( "2026-04-01")'
    assert written('_xlfn.NUMBERVALUE("1.5",".",",")') == '_xlfn.NUMBERVALUE("1.5",".",",")'


def test_sheets_from_one_to_another_are_refused_where_their_names_are_in_apostrophes() -> None:
    assert refused("SUM('Jan 24:Bob''s'!B3)") == (
        "LibreOffice does not read 'Jan 24:Bob''s', sheets from one to another in apostrophes"
    )
    for text in ("SUM(Jan:Dec!B3)", "SUM('Jan 24'!B3:'Jan 24'!B4)"):
        assert written(text) == text


def test_name_that_is_left_out_takes_its_formulas_with_it() -> None:
    assert refused("IF(A1,Feed,1)") == (
        "the name Feed is left out: WEBSERVICE reaches outside the workbook"
    )
    assert written('"Feed"&Feeds') == '"Feed"&Feeds'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("_xlfn.SINGLE(" * 300 + "A1" + ")" * 300, "it is nested deeper than the 64 levels"),
        ("_xlfn.SINGLE(OFFSET(" * 60 + "A1" + "))" * 60, "@ stands before too long an expression"),
        ("_xlfn.SINGLE(A1", "a bracket in it is not closed"),
        ("_xlfn.SINGLE()", "@ stands before nothing"),
        ("INDIRECT(A1&" * 60 + "A1" + ")" * 60, "INDIRECT takes its address from too long"),
        ("INDIRECT(A1", "a bracket in it is not closed"),
        ("1+" * 20_000 + "1", "it has 40,001 characters"),
        ("_xlfn.ANCHORARRAY(OFFSET(A1,1,1))", "only Excel knows what # means"),
        ("_xlfn.ANCHORARRAY(A1:B2)", "only Excel knows what # means"),
    ],
)
def test_formulas_made_to_break_us_are_refused(text: str, reason: str) -> None:
    assert refused(text).startswith(reason)


def test_short_way_for_plain_formulas_refuses_what_the_long_one_does() -> None:
    for text in (
        "WEBSERVICE(A1)",
        "webservice (A1)",
        "1+RTD(A1)",
        "CUBESETCOUNT(A1)",
        "Feed",
        "FEED+1",
    ):
        assert refused(text), text
    assert refused("INFO(A1)").startswith("INFO tells")
    assert refused("CELL(A1)").startswith("CELL(A1) tells")
    assert written("INDIRECT(A1)").startswith("INDIRECT(IF(")
    assert written("SINGLE(A1:A9)") == "A3"
    assert written("Data!A1*1.5+SUM(B:B)^2") == "Data!A1*1.5+SUM(B:B)^2"
    assert refused("(" * 200 + "1" + ")" * 200).startswith("it is nested deeper")


def test_formulas_that_change_by_themselves_are_found() -> None:
    assert is_volatile("IF(A1>today(),1,0)")
    assert is_volatile("_xlfn.RANDARRAY(3)")
    assert not is_volatile('"NOW()"&MYNOW(1)&NOW')
    assert not is_volatile("OFFSET(A1,1,1)")
