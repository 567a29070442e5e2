"""What a formula reads, reference by reference; the expected cells are worked out by hand."""

from __future__ import annotations

import pytest

from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.staleness.precedents import Precedents
from xlportfolio.workbook.staleness.reference_scan import Reads

NAMES = [
    NameEntry("Rate", "Data!$B$1", None, hidden=False),
    NameEntry("Local", "Data!$C$1:$C$9", None, hidden=False),
    NameEntry("Local", "Plan!$D$1", "Plan", hidden=False),
    NameEntry("Both", "SUM(Rate)+SUM(Block)", None, hidden=False),
    NameEntry("Block", "'Bob''s plan'!$A$2:$C$6", None, hidden=False),
    NameEntry("Left", "Plan!XFD1", None, hidden=False),
    NameEntry("Moving", "OFFSET(Data!$A$1,1,0,5,1)", None, hidden=False),
    NameEntry("Double", "_xlfn.LAMBDA(_xlpm.x,_xlpm.x*Data!$Z$9)", None, hidden=False),
    NameEntry("Egg", "Hen+1", None, hidden=False),
    NameEntry("Hen", "Egg+Data!$E$5", None, hidden=False),
]
TABLE = ExcelTable(
    "Costs",
    "Data",
    CellRange.parse("B2:E12"),
    ("ID", "Cost [k]", "Fit", "Bob's #1"),
    header_rows=1,
    totals_rows=1,
)
BOOK = Precedents(["Plan", "Q1", "Q2", "Q3", "Data", "Bob's plan"], NAMES, [TABLE])
WHOLE_COLUMN, WHOLE_ROW = "1048576", "XFD"


def read(text: str, *, sheet: str = "Plan", row: int = 5, column: int = 7) -> Reads:
    return BOOK.of(text, sheet, row, column)


def areas(text: str, **cell: int | str) -> list[str]:
    return [
        f"{area.sheet}!{CellRange(*area[1:]).address}"
        for area in read(text, **cell).areas  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1+$B$2*C$3", ["plan!A1", "plan!B2", "plan!C3"]),
        ("SUM(B9:A1)", ["plan!A1:B9"]),
        ("SUM($A:$C)", [f"plan!A1:C{WHOLE_COLUMN}"]),
        ("SUM(3:4)", [f"plan!A3:{WHOLE_ROW}4"]),
        ("data!a1&\"Q1!A1\"&'Bob''s plan'!B2:C3", ["data!A1", "bob's plan!B2:C3"]),
        ("SUM(Q1:Q3!B2)", ["q1!B2", "q2!B2", "q3!B2"]),
        ("SUM('Q3:Q2'!B2:C4)", ["q2!B2:C4", "q3!B2:C4"]),
        ("Gone!A1+#REF!", []),
        ("(A1:B2 B1:C2)", ["plan!A1:B2", "plan!B1:C2"]),
        ("LOG10(A1)+TRUE+1E5", ["plan!A1"]),
    ],
)
def test_references_to_cells_are_the_cells(text: str, expected: list[str]) -> None:
    assert areas(text) == expected
    assert not read(text).reads_anything


@pytest.mark.parametrize(
    "text",
    [
        "[1]Data!A1:B5",
        "[1]Q1:Q3!A1",
        "'[1]Bob''s plan'!A1",
        "'C:\\books\\[other.xlsx]Data'!A1:B2",
        "[2]!Rate",
        "[1]Data!$A:$C",
        "SUM([1]Data!A1#)",
    ],
)
def test_references_to_other_workbooks_count_for_nothing(text: str) -> None:
    assert areas(f"{text}+B3") == ["plan!B3"]


def test_this_workbook_may_be_named_by_the_number_0() -> None:
    assert areas("[0]!Rate+[0]Data!A1") == ["data!B1", "data!A1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rate*2", ["data!B1"]),
        ("Local", ["plan!D1"]),
        ("Data!Local", ["data!C1:C9"]),
        ("Both", ["data!B1", "bob's plan!A2:C6"]),
        ("Double(A1)", ["data!Z9", "plan!A1"]),
        ("Egg", ["data!E5"]),
        ("Unknown+_xlpm.x", []),
    ],
)
def test_names_are_what_they_stand_for(text: str, expected: list[str]) -> None:
    assert areas(text) == expected


def test_local_name_is_that_of_the_formulas_sheet() -> None:
    assert areas("Local", sheet="Q1") == ["data!C1:C9"]


def test_relative_name_moves_with_the_cell_that_uses_it_and_round_the_edge() -> None:
    assert areas("Left", row=5, column=7) == ["plan!F5"]
    assert areas("Left", row=9, column=1) == [f"plan!{WHOLE_ROW}9"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SUM(Costs)", "B3:E11"),
        ("SUM(costs[cost '[k']])", "C3:C11"),
        ("Costs[Bob''s '#1]", "E3:E11"),
        ("Costs[[Fit]:[Bob''s '#1]]", "D3:E11"),
        ("Costs[#All]", "B2:E12"),
        ("Costs[[#Headers],[Fit]]", "D2"),
        ("Costs[[#Totals],[Fit]]", "D12"),
        ("Costs[[#Data],[#Totals],[Fit]]", "D3:D12"),
        ("Costs[[#This Row],[Fit]]", "D5"),
        ("Costs[@Fit]", "D5"),
        ("Costs[@[Cost '[k']]:[Fit]]", "C5:D5"),
        ("Costs[@]", "B5:E5"),
        ("Costs[[Gone]]", "B3:E11"),
    ],
)
def test_structured_references_are_parts_of_their_table(text: str, expected: str) -> None:
    assert areas(text, sheet="Data") == [f"data!{expected}"]


def test_this_row_asked_from_elsewhere_is_every_row() -> None:
    assert areas("Costs[[#This Row],[Fit]]", sheet="Data", row=40) == ["data!D3:D11"]
    assert areas("Costs[[#This Row],[Fit]]", sheet="Plan", row=5) == ["data!D3:D11"]


def test_part_of_a_table_without_its_name_is_of_the_table_around_the_cell() -> None:
    assert areas("[@Fit]*2", sheet="Data", row=5, column=3) == ["data!D5"]
    assert areas("[@Fit]*2", sheet="Data", row=50, column=3) == []


@pytest.mark.parametrize(
    "text",
    [
        "INDIRECT(A1)",
        "SUM(OFFSET(A1,1,1))",
        "NOW()",
        "today ()",
        "RAND()*A1",
        "_xlfn.RANDARRAY(3)",
        'CELL("row",A1)',
        'INFO("numfile")',
        "SUM(Moving)",
    ],
)
def test_functions_that_look_anywhere_are_known(text: str) -> None:
    assert read(text).reads_anything


def test_names_of_such_functions_in_texts_and_words_are_not_taken_for_them() -> None:
    assert not read('"NOW()"&Nowhere&KNOW(A1)').reads_anything


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SUM(A1#)", "plan!A1"),
        ("SUM(Data!B2#)", "data!B2"),
        ("SUM(_xlfn.ANCHORARRAY('Bob''s plan'!$B$2))", "bob's plan!B2"),
    ],
)
def test_spill_is_read_through_the_cell_that_holds_its_formula(text: str, expected: str) -> None:
    assert areas(text) == [expected]


def test_range_whose_end_is_worked_out_reaches_around_all_that_is_named() -> None:
    assert "plan!A1:C20" in areas("SUM(A1:INDEX(B2:C20,3,2))")
    assert "data!A1:C9" in areas("SUM(Data!A1:INDEX(Local,4))", sheet="Q1")


def test_sum_range_is_read_as_far_as_the_range_of_the_criterion_is_long() -> None:
    assert "data!B1:B9" in areas('SUMIF(A1:A9,">5",Data!B1)')
    assert "data!B1:C9" in areas('AVERAGEIF(A1:B9,">5",Data!B1:B3)')
    assert areas('SUMIF(A1:A9,">5",B1:B9)') == ["plan!A1:A9", "plan!B1:B9"]
    assert "plan!D1:D5" in areas("LOOKUP(9,A1:E1,D1:D2)")
    assert "plan!D1:H1" in areas("LOOKUP(9,A1:A5,D1:E1)")


def test_names_that_name_each_other_a_thousand_times_end() -> None:
    names = [
        NameEntry(f"N{k}_", "+".join([f"N{k + 1}_"] * 50) or "1", None, hidden=False)
        for k in range(20)
    ]
    assert Precedents(["Plan"], names).of("N0_", "Plan", 1, 1).reads_anything


def test_call_within_call_five_thousand_times_ends() -> None:
    text = "SUMIF(" * 5000 + "A1" + ",1,B1)" * 5000
    assert read(text).reads_anything
