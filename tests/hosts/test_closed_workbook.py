"""The closed workbook end to end: what is written is there, and nothing else has changed.

openpyxl and zipfile read what was saved; LibreOffice and the Open XML validator judge it.
"""

from __future__ import annotations

import datetime as dt
import errno
import io
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from tests.hosts.test_reading import hand_made
from tests.machine import Calc, Validator
from xlportfolio import CellError, Formula, InputError, WorkbookError, open_workbook
from xlportfolio.workbook import opened as opened_module
from xlportfolio.workbook.container.opc import MAIN
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.saving.replacing import SavedFile

INDEXES = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "docProps/app.xml",
    "xl/styles.xml",
    "xl/calcChain.xml",
}
"""What DESIGN allows to change besides the sheets written to."""


def portfolio(path: Path, **options: Any) -> Path:
    """Projects with formulas and dates, an Excel table, merged cells, an array and names."""
    with xlsxwriter.Workbook(path, options) as book:
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        money = book.add_format({"num_format": "#,##0.00", "bold": True})
        projects = book.add_worksheet("Projects")
        projects.write_row("A1", ["ID", "Name", "Cost", "Start", "Double"])
        for row in range(1, 11):
            projects.write_row(row, 0, [f"P{row}", f"Project {row}"])
            projects.write_number(row, 2, row * 100.5, money)
            projects.write_datetime(row, 3, dt.datetime(2026, row, 1), date)
            projects.write_formula(row, 4, f"=C{row + 1}*2", None, row * 201)
        links = book.add_worksheet("Bob's links")
        links.add_table(
            "B2:D6",
            {
                "name": "Links",
                "total_row": True,
                "columns": [{"header": "from"}, {"header": "to"}, {"header": "type"}],
            },
        )
        links.merge_range("F2:G3", "merged")
        links.write_dynamic_array_formula("I2:J4", "=SEQUENCE(3,2)", None, 1)
        book.add_chartsheet("Chart").set_chart(_chart(book))
        book.define_name("Costs", "=Projects!$C$2:$C$11")
        book.define_name("Bob's links!Start", "='Bob''s links'!$F$2")
        book.define_name("Growth", "=1.05")
    return path


def _chart(book: xlsxwriter.Workbook) -> Any:
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Projects!$C$2:$C$11"})
    return chart


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return portfolio(tmp_path / "book.xlsx")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def changed_parts(before: Path, after: Path) -> set[str]:
    old, new = parts(before), parts(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one part changed, or added where `change` makes one of nothing."""
    content = parts(path)
    content[name] = change(content.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in content.items():
            archive.writestr(part, data)
    return path


def cells(path: Path, sheet: str, area: str, **options: bool) -> list[list[Any]]:
    found = openpyxl.load_workbook(path, **options)[sheet][area]
    return [[cell.value for cell in row] for row in found]


# -- reading -------------------------------------------------------------------------------------


def test_sheets_tables_and_names_are_listed(path: Path) -> None:
    with open_workbook(path) as book:
        assert book.path == str(path)
        assert book.sheet_names == ["Projects", "Bob's links"]
        assert book.our_sheets == []
        (table,) = book.tables()
        assert (table.name, table.sheet, table.range.address) == ("Links", "Bob's links", "B2:D6")
        assert table.headers == ("from", "to", "type")
        assert (table.header_rows, table.totals_rows) == (1, 1)
        assert {(name.name, name.sheet, name.range.address) for name in book.names()} == {
            ("Costs", "Projects", "C2:C11"),
            ("Start", "Bob's links", "F2"),
        }


def test_a_range_is_read_densely(path: Path) -> None:
    with open_workbook(path) as book:
        assert book.read("Projects!A1:D2") == [
            ["ID", "Name", "Cost", "Start"],
            ["P1", "Project 1", 100.5, dt.datetime(2026, 1, 1)],
        ]
        assert book.read("projects!$A$11:$B$13") == [["P10", "Project 10"], [None] * 2, [None] * 2]
        assert book.read("'Bob''s links'!F2:G3") == [["merged", None], [None, None]]


def test_whole_columns_and_rows_end_where_the_values_end(path: Path) -> None:
    with open_workbook(path) as book:
        assert book.read("Projects!C:C") == [["Cost"], *([row * 100.5] for row in range(1, 11))]
        assert book.read("Projects!2:2") == [
            ["P1", "Project 1", 100.5, dt.datetime(2026, 1, 1), 201.0]
        ]


def test_tables_and_names_stand_for_their_ranges(path: Path) -> None:
    with open_workbook(path) as book:
        assert book.read("LINKS")[0] == ["from", "to", "type"]
        assert book.read("costs") == book.read("Projects!C2:C11")
        assert book.read("'Bob''s links'!Start") == [["merged"]]
        assert book.read("bob's links!start") == [["merged"]]
        assert book.read("Start") == [["merged"]]


def test_a_sheet_may_be_left_out_only_where_there_is_one(path: Path, tmp_path: Path) -> None:
    with open_workbook(path) as book, pytest.raises(InputError) as refusal:
        book.read("A1:B2")
    assert str(refusal.value) == (
        '"A1:B2" does not say on which sheet; expected one such as Projects!A1:B2, with one of '
        'the sheets "Projects", "Bob\'s links".'
    )
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as single:
        single.add_worksheet().write("A1", 1)
    with open_workbook(tmp_path / "one.xlsx") as book:
        assert book.read("A1") == [[1.0]]


UNKNOWN: dict[Any, str] = {
    "Project!A1": 'There is no sheet "Project" in "book.xlsx"; did you mean "Projects"?',
    "Chart!A1": '"Chart" in "book.xlsx" is not a worksheet, so it has no cells',
    "Linke": 'neither a range such as Projects!A1:F40 nor the name of a table or range in "book',
    "Projects!A0": '"A0" is not a range',
    "Growth": '"Growth" is neither a range',
    5: "5 is no reference; expected a text such as Projects!A1:F40",
    None: "None is no reference; expected a text",
    "Projects!B1:XFD1048575": "has more than 10,000,000 cells; expected a smaller range",
}


@pytest.mark.parametrize("reference", UNKNOWN)
def test_unknown_reference_is_explained(reference: Any, path: Path) -> None:
    with open_workbook(path) as book, pytest.raises(InputError) as refusal:
        book.read(reference)
    assert UNKNOWN[reference] in str(refusal.value)


# -- writing -------------------------------------------------------------------------------------

VALUES: list[list[Any]] = [
    [1, 2.5, "text", "=not a formula"],
    [True, None, CellError("#N/A"), Formula("=C2+1")],
    [dt.datetime(2026, 5, 1, 12, 30), dt.date(2026, 5, 2), dt.time(6), Decimal("1.25")],
    [np.float64(0.5), np.int32(7), np.bool_(False), np.datetime64("2026-05-03", "ns")],
    [pd.Timestamp(2026, 5, 4), np.str_("numpy"), "", " a_x0041_ \n"],
]
READ_BACK: list[list[Any]] = [
    [1.0, 2.5, "text", "=not a formula"],
    [True, None, CellError("#N/A"), None],
    [dt.datetime(2026, 5, 1, 12, 30), dt.datetime(2026, 5, 2), 0.25, 1.25],
    [0.5, 7.0, False, dt.datetime(2026, 5, 3)],
    [dt.datetime(2026, 5, 4), "numpy", None, " a_x0041_ \n"],
]


@pytest.mark.parametrize("date1904", [False, True])
def test_every_kind_of_value_is_read_back_before_and_after_saving(
    date1904: bool, tmp_path: Path
) -> None:
    path = portfolio(tmp_path / "book.xlsx", date_1904=date1904)
    with open_workbook(path) as book:
        book.write("Projects!G20", VALUES)
        assert book.read("Projects!G20:J24") == READ_BACK
        assert (21, 10) in book.contents("Projects").formulas
        book.save()
        assert book.read("Projects!G20:J24") == READ_BACK
        assert (21, 10) in book.contents("Projects").formulas
    written = cells(path, "Projects", "G20:J24")
    assert written[0] == [1, 2.5, "text", "=not a formula"]
    assert written[1] == [True, None, "#N/A", "=C2+1"]
    assert written[2][:2] == [dt.datetime(2026, 5, 1, 12, 30), dt.datetime(2026, 5, 2)]
    assert openpyxl.load_workbook(path)["Projects"]["J20"].data_type == "s"


def test_only_the_written_sheet_and_the_indexes_change(path: Path, tmp_path: Path) -> None:
    original = shutil.copy(path, tmp_path / "original.xlsx")
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0], [2.0]])
        book.save()
    changed = changed_parts(original, path)
    assert changed <= INDEXES | {"xl/worksheets/sheet1.xml"}
    assert "xl/worksheets/sheet1.xml" in changed
    assert "xl/styles.xml" not in changed, "no style was needed"
    assert b'fullCalcOnLoad="1"' in parts(path)["xl/workbook.xml"]
    cost = openpyxl.load_workbook(path)["Projects"]["C2"]
    assert (cost.value, cost.number_format, cost.font.b) == (1, "#,##0.00", True)
    assert cells(path, "Projects", "E2:E3") == [["=C2*2"], ["=C3*2"]]


def test_formulas_are_stale_once_a_cell_was_written(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.active.append([1, "=A1"])
    made.calculation.fullCalcOnLoad = False
    made.save(path)
    with open_workbook(path) as book:
        assert not book.formulas_are_stale
        book.write("A1", [[2.0]])
        assert book.formulas_are_stale
        book.save()
        assert book.formulas_are_stale


def test_a_formula_that_goes_takes_the_calculation_chain_with_it(tmp_path: Path) -> None:
    path = with_part(portfolio(tmp_path / "book.xlsx"), "xl/calcChain.xml", lambda _: CHAIN)
    with_part(path, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", CHAIN_TYPE))
    with_part(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace(b"</Relationships>", CHAIN_RELATIONSHIP),
    )
    with open_workbook(path) as book:
        book.write("Projects!C2", [[5.0]])
        book.save()
        assert "xl/calcChain.xml" in parts(path)
        book.write("Projects!E2", [[5.0]])
        book.save()
    after = parts(path)
    assert "xl/calcChain.xml" not in after
    assert b"calcChain" not in after["[Content_Types].xml"]
    assert b"calcChain" not in after["xl/_rels/workbook.xml.rels"]


CHAIN = (
    b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<c r="E2" i="1"/></calcChain>'
)
CHAIN_TYPE = (
    b'<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.spreadsheetml.calcChain+xml"/></Types>'
)
CHAIN_RELATIONSHIP = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/calcChain" Target="calcChain.xml"/></Relationships>'
)


def test_what_is_there_already_is_not_written_again(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        book.write("Projects!A1", [["ID", "Name"], ["P1", "Project 1"]])
        book.write("Projects!D2", [[dt.datetime(2026, 1, 1)]])
        book.write("Projects!C2", [[7.0]])
        book.write("Projects!C2", [[100.5]])
        book.write("'Bob''s links'!B2", [["from", "to", "type"]])
        book.save()
        assert book.saved is None
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_true_is_not_taken_for_the_one_that_is_there(path: Path) -> None:
    with open_workbook(path) as book:
        book.write("Projects!G1", [[1.0]])
        book.save()
        book.write("Projects!G1", [[True]])
        assert book.read("Projects!G1") == [[True]]
        book.save()
        assert book.read("Projects!G1") == [[True]]


EDITS = st.dictionaries(
    # Not the dates in column D: a number put there is a date once it is saved.
    st.tuples(st.integers(1, 14), st.sampled_from((1, 2, 3, 5, 6, 7, 8))),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-1000, 1000).map(float),
        st.text("aé<&\"'_1 \n", min_size=1, max_size=8),
        st.just(CellError("#N/A")),
    ),
    max_size=12,
)


@given(edits=EDITS)
@settings(max_examples=60, deadline=None)
def test_edited_cells_hold_the_edits_and_all_others_what_they_held(
    edits: dict[tuple[int, int], Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    path = portfolio(folder / "book.xlsx")
    before = openpyxl.load_workbook(path)["Projects"]
    with open_workbook(path) as book:
        for (row, column), value in edits.items():
            book.write(f"Projects!{before.cell(row, column).coordinate}", [[value]])
        expected = book.read("Projects!A1:H14")
        book.save()
        assert book.read("Projects!A1:H14") == expected
    after = openpyxl.load_workbook(path)["Projects"]
    for row in range(1, 15):
        for column in range(1, 9):
            old, new = before.cell(row, column), after.cell(row, column)
            wanted = edits.get((row, column), old.value)
            if isinstance(wanted, CellError):
                wanted = wanted.code
            assert (new.value, type(new.value) is bool) == (wanted, type(wanted) is bool)
            assert new.number_format == old.number_format or (row, column) in edits


REFUSED_VALUES: list[tuple[list[Any], str]] = [
    ([[1, float("nan")]], "Projects!B1 cannot hold nan"),
    ([[float("inf")]], "Projects!A1 cannot hold inf"),
    ([[np.nan]], "Projects!A1 cannot hold nan"),
    ([[Decimal("NaN")]], "Projects!A1 cannot hold nan"),
    ([[pd.NaT]], "Projects!A1 cannot hold"),
    ([[np.datetime64("NaT")]], "Projects!A1 cannot hold nan"),
    ([[pd.NA]], "Projects!A1 cannot hold <NA> of type NAType"),
    ([["x" * 32768]], "Projects!A1 cannot hold a text of 32,768 characters"),
    ([[1], [dt.date(1899, 12, 31)]], "Projects!A2 cannot hold 1899-12-31"),
    ([[dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]], "a workbook knows no time zones"),
    ([[{"a": 1}]], "Projects!A1 cannot hold {'a': 1} of type dict; expected None, a number"),
    ([[[1]]], "Projects!A1 cannot hold [1] of type list"),
    ([[np.array([1.0])]], "of type ndarray"),
    ([[np.timedelta64(1, "D")]], "of type timedelta"),
    ([[1 + 2j]], "of type complex"),
    ([[Formula(5)]], "Projects!A1 cannot hold a formula of type int; expected a text, as in"),  # type: ignore[arg-type]
    ([[CellError("#OOPS!")]], 'Projects!A1 cannot hold the error "#OOPS!"'),
    ([[1, 2], [3]], "Row 2 for Projects!A1 has 1 value and row 1 has 2"),
    ("text", "must be a list of rows, such as [[1.0, 'x'], [2.0, 'y']]; got str"),  # type: ignore[list-item]
    (["text"], "row 1 is 'text'"),
    (5, "got int"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("rows", "expected"), REFUSED_VALUES)
def test_value_that_no_cell_holds_is_refused_at_once(rows: Any, expected: str, path: Path) -> None:
    with open_workbook(path) as book:
        with pytest.raises((InputError, WorkbookError)) as refusal:
            book.write("Projects!A1", rows)
        assert expected in str(refusal.value)
        assert "\n" not in str(refusal.value)
        assert book.read("Projects!A1:A2") == [["ID"], ["P1"]], "not even the good values"


def test_rows_must_fit_the_range_and_the_sheet(path: Path) -> None:
    with open_workbook(path) as book:
        with pytest.raises(InputError, match="B2:C3 has 2 rows and 2 columns, the values have 1"):
            book.write("Projects!B2:C3", [[1.0]])
        with pytest.raises(InputError, match="1 row and 2 columns do not fit on the sheet"):
            book.write("Projects!XFD1", [[1.0, 2.0]])
        book.write("Projects!B2:C3", [[1.0, 2.0], [3.0, 4.0]])
        book.write("Costs", [[float(row)] for row in range(10)])
        book.write("Projects!A1", [])
        book.write("Projects!A1", [[], []])
        assert book.read("Projects!B2:C3") == [[1.0, 0.0], [3.0, 1.0]]


UNSAFE = {
    "'Bob''s links'!C2": 'it is a column header of the Excel table "Links"',
    "'Bob''s links'!B6": 'it is in the totals row of the Excel table "Links"',
    "'Bob''s links'!G3": "it is hidden by the merged cells F2:G3. Write to F2",
    "'Bob''s links'!J3": "the formula in I2 fills I2:J4 (an array or a spill). Write to I2, which",
}


@pytest.mark.parametrize("reference", UNSAFE)
def test_unsafe_cell_is_refused_with_its_name(reference: str, path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError) as refusal:
            book.write(reference, [["new"]])
        assert str(refusal.value).startswith(f"{reference} cannot be written: {UNSAFE[reference]}")
        book.save()
    assert path.read_bytes() == before


def test_top_left_cell_of_a_merge_and_a_formula_of_one_cell_may_be_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.active["A1"] = "merged"
    made.active.merge_cells("A1:B2")
    made.active["D1"] = ArrayFormula("D1", "=SUM(A1:A3*2)")
    made.save(path)
    with open_workbook(path) as book:
        book.write("A1", [["new"]])
        book.write("D1", [[5.0]])
        book.save()
    assert cells(path, "Sheet", "A1:D1") == [["new", None, None, 5]]


def test_pivot_tables_are_guarded(tmp_path: Path, path: Path) -> None:
    with_part(path, "xl/pivotTables/pivotTable1.xml", lambda _: PIVOT)
    with_part(path, "xl/worksheets/_rels/sheet1.xml.rels", lambda _: PIVOT_RELATIONSHIPS)
    with open_workbook(path) as book, pytest.raises(WorkbookError) as refusal:
        book.write("Projects!I4", [[1.0]])
    assert 'Projects!I4 cannot be written: it belongs to the pivot table "Sums"' in str(
        refusal.value
    )


PIVOT = (
    b'<pivotTableDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'name="Sums"><location ref="H3:J9"/></pivotTableDefinition>'
)
PIVOT_RELATIONSHIPS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/pivotTable" Target="../pivotTables/pivotTable1.xml"/></Relationships>'
)


def test_protected_sheet_is_refused_for_every_locked_cell(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        sheet.write("A1", 1, made.add_format({"locked": False}))
        sheet.protect("secret")
        made.add_worksheet("Free").write("A1", 1)
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError, match=r'Plan!B1 cannot be written: the sheet "Plan" is'):
            book.write("Plan!A1", [[2.0, 3.0]])
        assert book.read("Plan!A1:B1") == [[1.0, None]]
        book.write("Plan!A1", [[2.0]])
        book.write("Free!A1", [[2.0]])
        book.save()
        assert book.read("Plan!A1:B1") == [[2.0, None]]


def signed(path: Path) -> Path:
    return with_part(path, "_xmlsignatures/sig1.xml", lambda _: b"<Signature/>")


def test_signed_workbook_is_read_and_never_changed(path: Path) -> None:
    before = signed(path).read_bytes()
    with open_workbook(path) as book:
        assert book.read("Projects!A1") == [["ID"]]
        with pytest.raises(WorkbookError, match=r"Projects!G1 cannot be written: .* is digitally"):
            book.write("Projects!G1", [[1.0]])
        with pytest.raises(
            WorkbookError, match=r'"book\.xlsx" is digitally signed, .* own, with -o OUT\.$'
        ):
            book.put_sheet(SheetDescription("PF Results", {}))
    assert path.read_bytes() == before


# -- sheets of ours ------------------------------------------------------------------------------

RESULTS = SheetDescription(
    "PF Results", {(1, 1): Cell("ID"), (2, 1): Cell("P1"), (1, 2): Cell("Score"), (2, 2): Cell(0.5)}
)


def test_sheet_of_ours_is_put_replaced_and_handed_back(path: Path, tmp_path: Path) -> None:
    original = Path(shutil.copy(path, tmp_path / "original.xlsx"))
    with open_workbook(path) as book:
        assert book.put_sheet(RESULTS) == "PF Results"
        assert book.sheet_names == ["Projects", "Bob's links", "PF Results"]
        assert book.our_sheets == ["PF Results"]
        assert book.read("'PF Results'!A1:B2") == [["ID", "Score"], ["P1", 0.5]]
        book.save()
        again = SheetDescription("PF Results", {(1, 1): Cell("new")})
        assert book.put_sheet(again) == "PF Results"
        assert book.read("'PF Results'!A1:B2") == [["new", None], [None, None]]
        book.save()
    assert changed_parts(original, path) <= INDEXES | {"xl/worksheets/sheet3.xml"}
    assert b"fullCalcOnLoad" not in parts(path)["xl/workbook.xml"].replace(
        b'fullCalcOnLoad="1"', b"", parts(original)["xl/workbook.xml"].count(b"fullCalcOnLoad")
    ), "no cell of the user's was written"
    with open_workbook(path) as book:
        assert book.handback() == ["PF Results"]
        assert book.our_sheets == []
        assert book.handback() == []
        book.save()
    assert changed_parts(original, path) <= INDEXES
    assert openpyxl.load_workbook(path).sheetnames == ["Projects", "Bob's links", "Chart"]


def test_cells_written_into_our_own_sheet_are_saved(path: Path) -> None:
    with open_workbook(path) as book:
        book.put_sheet(RESULTS)
        book.write("'PF Results'!B2", [[0.75]])
        book.write("Projects!C2", [[3.0]])
        assert book.read("'PF Results'!B2") == [[0.75]]
        book.save()
        assert book.read("'PF Results'!A1:B2") == [["ID", "Score"], ["P1", 0.75]]
        assert book.read("Projects!C2") == [[3.0]]


def test_cells_that_wait_beside_our_sheet_are_not_dropped_when_it_is_put_again(path: Path) -> None:
    with open_workbook(path) as book:
        book.put_sheet(RESULTS)
        book.write("'PF Results'!D2", [["Ask Ada"]])
        with pytest.raises(WorkbookError) as refused:
            book.put_sheet(RESULTS)
        assert str(refused.value) == (
            'Sheet "PF Results" has cells that were written and not saved; save the workbook '
            "before it is put anew."
        )
        book.save()
        book.put_sheet(RESULTS)
        book.save()
        assert book.read("'PF Results'!D2") == [["Ask Ada"]]


def test_user_sheet_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet("PF Results").write("A1", "mine")
    with open_workbook(path) as book:
        assert book.our_sheets == []
        name = book.put_sheet(RESULTS)
        assert name != "PF Results"
        book.save()
        assert book.read("'PF Results'!A1") == [["mine"]]
        assert book.handback() == [name]


LOCKED = b'<workbookProtection lockStructure="1"/>'


def test_protected_structure_takes_no_new_sheet(path: Path) -> None:
    with_part(
        path,
        "xl/workbook.xml",
        lambda xml: xml.replace(
            b"<bookViews", b'<workbookProtection lockStructure="1"/><bookViews'
        ),
    )
    with open_workbook(path) as book:
        with pytest.raises(WorkbookError) as refusal:
            book.put_sheet(RESULTS)
        assert str(refusal.value).startswith(
            'The structure of "book.xlsx" is protected, which forbids adding the sheet "PF Results"'
        )
        book.write("Projects!C2", [[1.0]])
        book.save()


def test_a_description_that_excel_cannot_hold_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        with pytest.raises(InputError):
            book.put_sheet(SheetDescription("no/such:name", {(1, 1): Cell("x")}))
        book.save()
        assert book.sheet_names == ["Projects", "Bob's links"]
    assert path.read_bytes() == before


# -- saving --------------------------------------------------------------------------------------


def test_save_without_a_change_does_nothing(path: Path, tmp_path: Path) -> None:
    before = path.stat()
    with open_workbook(path) as book:
        book.save()
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert list(tmp_path.iterdir()) == [path]


def test_save_keeps_the_previous_file_as_a_backup(path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0]])
        book.save()
        assert book.saved is not None
        assert book.saved.backup is not None
        assert book.saved.backup.read_bytes() == before
        assert book.saved.path == path


def test_save_elsewhere_leaves_the_workbook_as_it_was(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with open_workbook(path) as book:
        book.save(tmp_path / "copy.xlsx")
        assert changed_parts(path, tmp_path / "copy.xlsx") == set()
        book.write("Projects!C2", [[1.0]])
        book.save(tmp_path / "other.xlsx")
        assert book.path == str(tmp_path / "other.xlsx")
        book.write("Projects!C3", [[2.0]])
        book.save()
    assert path.read_bytes() == before
    assert cells(tmp_path / "other.xlsx", "Projects", "C2:C3") == [[1], [2]]
    assert cells(tmp_path / "copy.xlsx", "Projects", "C2:C3") == [[100.5], [201]]


def test_failed_save_keeps_file_and_changes_for_another_try(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    lock = tmp_path / "~$book.xlsx"
    with open_workbook(path) as book:
        book.put_sheet(RESULTS)
        book.write("Projects!C2", [[1.0]])
        book.write("Projects!E2", [[1.0]])
        lock.write_bytes(b"\x03Ann" + bytes(161))
        for _ in range(2):
            with pytest.raises(WorkbookError, match="is open"):
                book.save()
            assert path.read_bytes() == before
            assert book.read("Projects!C2") == [[1.0]]
        lock.unlink()
        book.save()
    assert cells(path, "Projects", "C2:E2")[0][0] == 1
    assert openpyxl.load_workbook(path).sheetnames[-1] == "PF Results"


def test_workbook_saved_by_someone_else_meanwhile_is_not_replaced(path: Path) -> None:
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0]])
        with xlsxwriter.Workbook(path) as other:
            other.add_worksheet("Theirs")
        theirs = path.read_bytes()
        with pytest.raises(WorkbookError, match=r"saved (or moved )?by someone else"):
            book.save()
    assert path.read_bytes() == theirs


def test_unsound_result_is_not_saved(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(opened_module.OpenedFile, "new_flaws", lambda *_: ["row 2 comes twice"])
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0]])
        with pytest.raises(WorkbookError, match="row 2 comes twice"):
            book.save()
    assert path.read_bytes() == before


def test_large_sheets_are_spliced_through_a_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_module, "_KEPT_IN_MEMORY", 100)
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0]])
        book.save()
    assert cells(path, "Projects", "C2:C2") == [[1]]


def test_full_temporary_folder_is_said_and_nothing_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    before = path.read_bytes()
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1.0]])
        with monkeypatch.context() as patched:
            patched.setattr(tempfile, "SpooledTemporaryFile", lambda **_: Full())
            with pytest.raises(WorkbookError) as refusal:
                book.save()
        assert 'cannot take sheet "Projects" (No space left on device)' in str(refusal.value)
        assert path.read_bytes() == before
        book.save()
    assert cells(path, "Projects", "C2:C2") == [[1]]


def test_template_is_read_and_kept_a_template(path: Path, tmp_path: Path) -> None:
    template = path.rename(tmp_path / "template.xltx")
    with_part(
        template,
        "[Content_Types].xml",
        lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"spreadsheetml.template.main"),
    )
    with open_workbook(template) as book:
        assert book.read("Projects!A1") == [["ID"]]
        with pytest.raises(WorkbookError, match=r'"out\.xlsx" would not open in Excel'):
            book.save(tmp_path / "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()


def test_workbook_without_styles_gets_them_for_a_date(tmp_path: Path) -> None:
    path = tmp_path / "plain.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet().write("A1", 1)
    content = parts(path)
    del content["xl/styles.xml"]
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        elements = content[name].replace(b"<", b"\n<").split(b"\n")
        content[name] = b"".join(element for element in elements if b"styles" not in element)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with open_workbook(path) as book:
        book.write("A2", [[dt.date(2026, 4, 1)]])
        book.save()
        assert book.read("A1:A2") == [[1.0], [dt.datetime(2026, 4, 1)]]
    assert cells(path, "Sheet1", "A2:A2") == [[dt.datetime(2026, 4, 1)]]


def test_macro_workbook_keeps_its_macros(tmp_path: Path) -> None:
    path = portfolio(tmp_path / "book.xlsx")
    macros = tmp_path / "book.xlsm"
    with_part(path, "xl/vbaProject.bin", lambda _: bytes(range(256)) * 4)
    with_part(
        path,
        "[Content_Types].xml",
        lambda xml: xml.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ).replace(
            b"</Types>",
            b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
            b"</Types>",
        ),
    )
    path.rename(macros)
    with open_workbook(macros) as book:
        book.write("Projects!C2", [[1.0]])
        book.save()
    assert parts(macros)["xl/vbaProject.bin"] == bytes(range(256)) * 4


def test_strict_workbook_is_written_in_its_own_namespaces(tmp_path: Path) -> None:
    sheet = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'
    path = hand_made(tmp_path / "strict.xlsx", sheet, strict=True)
    with open_workbook(path) as book:
        book.write("A1", [[2.0, dt.date(2026, 4, 1)]])
        book.put_sheet(RESULTS)
        book.save()
        assert book.read("Sheet1!A1:B1") == [[2.0, dt.datetime(2026, 4, 1)]]
        assert book.read("'PF Results'!B2") == [[0.5]]
        assert book.handback() == ["PF Results"]
        book.save()
    for name, content in parts(path).items():
        assert b"schemas.openxmlformats.org/spreadsheetml" not in content, name
        assert b"schemas.openxmlformats.org/officeDocument" not in content, name


def test_sheet_in_utf_16_is_read_and_written_and_stays_so(tmp_path: Path) -> None:
    sheet = '<?xml version="1.0" encoding="utf-16"?><worksheet xmlns="{}"><sheetData/></worksheet>'
    path = hand_made(tmp_path / "wide.xlsx", sheet.format(MAIN).encode("utf-16"))
    with open_workbook(path) as book:
        assert book.read("A1") == [[None]]
        book.write("A1", [[2.0], ["é"]])
        book.save()
        assert book.read("A1:A2") == [[2.0], ["é"]]
    written = parts(path)["xl/worksheets/sheet1.xml"].decode("utf-16")
    assert written.startswith('<?xml version="1.0" encoding="utf-16"?><worksheet ')
    assert '<c r="A1"><v>2</v></c>' in written


# -- other files ---------------------------------------------------------------------------------


def test_documents_of_other_programs_are_named(tmp_path: Path) -> None:
    path = portfolio(tmp_path / "book.xlsx")
    sheet = b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    kinds = {
        b"openxmlformats-officedocument.wordprocessingml.document.main+xml": "is a Word document",
        b"openxmlformats-officedocument.presentationml.main+xml": "is a presentation",
        b"ms-excel.sheet.binary.macroEnabled.main": "is a binary workbook (.xlsb)",
    }
    for kind, expected in kinds.items():
        other = Path(shutil.copy(path, tmp_path / "other.xlsx"))
        with_part(other, "[Content_Types].xml", lambda xml, kind=kind: xml.replace(sheet, kind))
        with pytest.raises(WorkbookError) as refusal:
            open_workbook(other)
        assert expected in str(refusal.value)


def test_lost_parts_are_named(path: Path) -> None:
    for lost in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        content = parts(path)
        del content[lost]
        other = path.with_name("lost.xlsx")
        with zipfile.ZipFile(other, "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        with pytest.raises(WorkbookError, match=r"lost\.xlsx"), open_workbook(other) as book:
            book.read("Projects!A1")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook whose parts are stored as they are, so that a changed byte reaches the XML."""
    folder = tmp_path_factory.mktemp("fuzz")
    content = parts(portfolio(folder / "book.xlsx"))
    path = folder / "stored.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


XML_PARTS = [
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
    "xl/worksheets/sheet2.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/tables/table1.xml",
]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_a_part_holds_it_is_read_or_refused_with_a_sentence(
    data: st.DataObject, stored: Path
) -> None:
    """Wrong XML in a sound zip: no defect of ours may come to light, and the file stays."""
    content = parts(stored)
    name = data.draw(st.sampled_from(XML_PARTS))
    damaged = bytearray(content[name])
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        damaged[position] = data.draw(st.sampled_from(b"0179aA<>/\"' :.-&"))
    content[name] = bytes(damaged)
    path = stored.with_name("damaged.xlsx")
    with zipfile.ZipFile(path, "w") as archive:
        for part, bytes_ in content.items():
            archive.writestr(part, bytes_)
    before = path.read_bytes()
    try:
        with open_workbook(path) as book:
            book.tables()
            book.names()
            for sheet in book.sheet_names:
                book.contents(sheet)
            if book.sheet_names:
                first = book.sheet_names[0].replace("'", "''")
                book.write(f"'{first}'!Z99", [[1.0, dt.date(2026, 1, 1)]])
                assert book.read(f"'{first}'!Z99") == [[1.0]]
                book.save(stored.with_name("saved.xlsx"))
                assert book.read(f"'{first}'!Z99") == [[1.0]]
    except (WorkbookError, InputError) as refusal:
        assert "\n" not in str(refusal)
    assert path.read_bytes() == before


# -- judged by others ----------------------------------------------------------------------------


def test_the_validator_finds_nothing_new(path: Path, tmp_path: Path, validator: Validator) -> None:
    original = Path(shutil.copy(path, tmp_path / "original.xlsx"))
    with open_workbook(path) as book:
        book.write("Projects!G20", VALUES)
        book.write("Projects!E2", [[1.0]])
        book.put_sheet(RESULTS)
        book.save()
    assert validator.new_findings(original, path) == frozenset()


def test_libreoffice_computes_with_what_was_written(path: Path, soffice: Calc) -> None:
    with open_workbook(path) as book:
        book.write("Projects!C2", [[1000.0], [Formula("=C2+0.5")]])
        book.write("Projects!G1", [[Formula("SUM(C2:C3)")]])
        book.save()
    values = soffice.values(path)["Projects"]
    assert (values["C3"], values["E2"], values["E3"], values["G1"]) == (1000.5, 2000, 2001, 2000.5)


def test_real_workbooks_change_in_the_written_sheet_only(
    shared: Path, tmp_path: Path, validator: Validator
) -> None:
    books = sorted((shared / "data" / "real").glob("*.xlsx"), key=lambda one: one.stat().st_size)
    assert books
    for number, original in enumerate(books):
        path = Path(shutil.copyfile(original, tmp_path / original.name))
        with open_workbook(path) as book:
            sheet = book.sheet_names[0]
            free = max(max(row) for row in book.contents(sheet).rows.values()) + 2
            area = CellRange(2, free, 3, free + 1)
            where = f"'{sheet}'!{area.address}"
            book.write(where, [[1.0, "text"], [dt.date(2026, 4, 1), True]])
            book.save()
            assert book.read(where) == [[1.0, "text"], [dt.datetime(2026, 4, 1), True]]
            written = parts(path)
            assert changed_parts(original, path) <= INDEXES | {"xl/worksheets/sheet1.xml"}
            book.put_sheet(RESULTS)
            book.save()
            assert book.handback() == ["PF Results"]
            book.save()
            kept = parts(path)
            assert {
                name for name in kept.keys() | written if kept.get(name) != written.get(name)
            } <= INDEXES
        if number < 2:  # the validator takes seconds for a large one
            assert validator.new_findings(original, path) == frozenset()
        with open_workbook(original) as before, open_workbook(path) as after:
            for name in before.sheet_names:
                old, new = before.contents(name), after.contents(name)
                for row, values in old.rows.items():
                    kept = {column: new.rows[row][column] for column in values}
                    assert kept == values


def test_writes_one_after_another_know_what_the_sheet_holds(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B2"] = "kept", 5
    book.save(path)
    before = path.read_bytes()
    with open_workbook(path) as ours:
        ours.write("Sheet!A1", [["kept"]])
        ours.write("Sheet!B2", [[5.0]])
        ours.save()
        assert path.read_bytes() == before
        ours.write("Sheet!C3", [[7.0]])
        ours.write("Sheet!B2", [[6.0]])
        assert ours.read("Sheet!A1:C3") == [
            ["kept", None, None],
            [None, 6.0, None],
            [None, None, 7.0],
        ]


def test_a_closed_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    openpyxl.Workbook().save(path)
    before = path.read_bytes()
    with open_workbook(path) as book:
        pass
    for use in (
        lambda: book.read("Sheet!A1"),
        lambda: book.write("Sheet!A1", [[1.0]]),
        book.save,
        book.tables,
    ):
        with pytest.raises(WorkbookError, match="was closed; open it again with open_workbook"):
            use()
    assert path.read_bytes() == before


def test_a_run_is_recorded_before_the_workbook_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    openpyxl.Workbook().save(path)
    before = path.read_bytes()
    seen: list[tuple[bytes, bytes]] = []

    def recording(saved: SavedFile) -> None:
        assert saved.backup is not None
        seen.append((path.read_bytes(), saved.backup.read_bytes()))

    with open_workbook(path) as book:
        book.write("Sheet!A1", [[1.0]])
        book.save(recording=recording)
    assert seen == [(before, before)]
    assert path.read_bytes() != before
