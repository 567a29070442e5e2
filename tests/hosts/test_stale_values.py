"""Values of formulas that depend on what was written: known to be out of date, and said to be."""

from __future__ import annotations

import time
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

import xlportfolio_udfs
from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from tests.machine import Calc
from tests.oracles.formula_book_parts import BookText
from tests.oracles.stale_cells import tangled
from xlportfolio import Formula, StaleValueWarning, open_workbook, run_workbook
from xlportfolio.cells import Registry
from xlportfolio.operations.checking import check_workbook
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.operations.run_json import run_as_json
from xlportfolio.operations.telling_run import tell_run
from xlportfolio.operations.values_copy import values_copy
from xlportfolio.operations.waiting_formulas import waiting_cells
from xlportfolio.operations.writing_back import write_back_workbook
from xlportfolio.report.previous import read_log
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import ClosedWorkbook
from xlportfolio.workbook.description import Cell, SheetDescription, TableDescription
from xlportfolio.workbook.references import CellRange, cell_address

RESULTS = SheetDescription(
    "PF Results",
    {(1, 1): Cell("ID"), (1, 2): Cell("Score"), (2, 1): Cell("P1"), (2, 2): Cell(0.5)},
    tables=(TableDescription("pf_results", CellRange(1, 1, 2, 2), None),),
)


def book_of(folder: Path, *, asks: bool = False, **cells: float | str) -> Path:
    """A workbook of one sheet, Plan, with another, Board: `B1="=A1"` or `Board_B1=...`."""
    book = BookText()
    book.hold("Plan", 40, 1, "end")
    book.hold("Board", 40, 1, "end")
    if asks:
        book.calculation = '<calcPr calcId="191029" fullCalcOnLoad="1"/>'
    for place, held in cells.items():
        sheet, _, address = place.rpartition("_")
        at = CellRange.parse(address)
        cell = (sheet or "Plan", at.first_row, at.first_column)
        if isinstance(held, str) and held.startswith("="):
            book.calculate(*cell, held[1:], 1.0)
        else:
            book.hold(*cell, held)
    return book.save(folder / "book.xlsx")


def stale(book: ClosedWorkbook) -> dict[str, list[str]]:
    return {
        sheet: [cell_address(*cell) for cell in sorted(cells)]
        for sheet, cells in book.stale_cells().items()
    }


def asks_for_all(path: Path) -> bool:
    return b'fullCalcOnLoad="1"' in zipfile.ZipFile(path).read("xl/workbook.xml")


# -- what depends on what was written ------------------------------------------------------------


def test_formulas_are_stale_directly_and_through_others_and_no_others_are(tmp_path: Path) -> None:
    path = book_of(
        tmp_path, A1=1.0, A2=2.0, B1="=A1+1", B2="=A2+1", C1="=SUM(B1:B2)", Board_A1="=Plan!C1",
        Board_A2="=Plan!B2",
    )  # fmt: skip
    with open_workbook(path) as book:
        assert stale(book) == {}
        book.write("Plan!A1", [[5.0]])
        assert stale(book) == {"Plan": ["B1", "C1"], "Board": ["A1"]} or stale(book) == {
            "Board": ["A1"],
            "Plan": ["B1", "C1"],
        }
        book.write("Plan!A1", [[1.0]])  # as it was
        assert stale(book) == {}


def test_what_was_written_counts_until_values_are_put(tmp_path: Path) -> None:
    path = book_of(tmp_path, A1=1.0, B1="=A1+1", B2="=B1+1")
    with open_workbook(path) as book:
        book.write("Plan!A1", [[5.0]])
        book.save()
        assert stale(book) == {"Plan": ["B1", "B2"]}
        book.put_cached_values("Plan", {(1, 2): 6.0})
        assert stale(book) == {"Plan": ["B2"]}
        book.save()
        assert stale(book) == {"Plan": ["B2"]}
        book.put_cached_values("Plan", {(2, 2): 7.0})
        book.save()
        assert stale(book) == {}
        book.write("Plan!A1", [[6.0]])
        assert stale(book) == {"Plan": ["B1", "B2"]}
    with open_workbook(path) as book:
        assert stale(book) == {}


def test_formula_that_is_overwritten_is_stale_no_more_and_one_that_is_written_is(
    tmp_path: Path,
) -> None:
    path = book_of(tmp_path, A1=1.0, B1="=A1+1", C1="=B1")
    with open_workbook(path) as book:
        book.write("Plan!A1:B1", [[5.0, 7.0]])
        book.write("Plan!D1", [[Formula("=2+2")]])
        assert stale(book) == {"Plan": ["C1", "D1"]}
        book.save()
        assert stale(book) == {"Plan": ["C1", "D1"]}


def test_circular_formulas_end(tmp_path: Path) -> None:
    path = book_of(tmp_path, A1="=B1+D1", B1="=C1", C1="=A1", E1="=F1", F1="=E1")
    with open_workbook(path) as book:
        book.write("Plan!D1", [[1.0]])
        assert stale(book) == {"Plan": ["A1", "B1", "C1"]}


def test_formulas_that_may_look_anywhere_are_stale_whatever_is_written(tmp_path: Path) -> None:
    path = book_of(tmp_path, B1="=TODAY()", B2='=INDIRECT("A"&1)', B3="=B1", B4="=A9")
    with open_workbook(path) as book:
        assert stale(book) == {}
        book.write("Board!K9", [[1.0]])
        assert stale(book) == {"Plan": ["B1", "B2", "B3"]}


def test_array_is_stale_in_every_cell_that_it_fills(tmp_path: Path) -> None:
    text = BookText()
    text.hold("Plan", 1, 1, 1.0)
    text.calculate("Plan", 1, 3, "A1:A3*2", 2.0, 't="array" ref="C1:C3"')
    for row in (2, 3):
        text.calculate_nothing("Plan", row, 3, 0.0)
    text.calculate("Plan", 1, 5, "C3", 0.0)
    text.calculate("Plan", 1, 6, "", 0.0, 't="dataTable" ref="F1:F2" dt2D="0" dtr="0" r1="H1"')
    with open_workbook(text.save(tmp_path / "book.xlsx")) as book:
        book.write("Plan!A2", [[1.0]])
        assert stale(book) == {"Plan": ["C1", "E1", "F1", "C2", "F2", "C3"]}


def test_cells_that_a_spill_may_grow_into_count_as_far_as_they_are_free(tmp_path: Path) -> None:
    text = BookText()
    text.hold("Plan", 1, 1, 1.0)
    text.calculate("Plan", 1, 3, "_xlfn.UNIQUE(A1:A9)", 1.0, 't="array" ref="C1:C2" cm="1"')
    text.calculate_nothing("Plan", 2, 3, 0.0)
    text.hold("Plan", 6, 3, "in the way")
    text.calculate("Plan", 1, 9, "C5", 0.0)
    text.calculate("Plan", 2, 9, "C7", 0.0)
    text.calculate("Plan", 3, 9, "SUM(_xlfn.ANCHORARRAY(C1))", 0.0)
    text.calculate("Plan", 20, 3, "_xlfn.SEQUENCE(3)", CellError("#SPILL!"), 't="array" ref="C20"'
                   ' cm="1"')  # fmt: skip
    with open_workbook(text.save(tmp_path / "book.xlsx")) as book:
        book.write("Plan!A2", [[1.0]])
        assert stale(book) == {"Plan": ["C1", "I1", "C2", "I3", "C20"]}


def test_rows_added_to_a_table_make_stale_what_goes_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Plan")
        made.add_worksheet("Board")
        columns = [{"header": "ID"}, {"header": "Cost"}, {"header": "Fit"}]
        sheet.add_table("A1:C3", {"name": "Costs", "columns": columns})
        sheet.write_column("B2", [1, 2])
        sheet.write_formula("F1", "=SUM(Costs[Cost])")
        sheet.write_formula("F2", "=SUM(Costs[[#Headers],[Cost]])")
        sheet.write_formula("F3", "=SUM(B2:B3)")
        sheet.write_formula("F4", "=SUM(B1:B3)")
    with open_workbook(path) as book:
        book.append_rows("Costs", [["P3", 7.0, 1.0]])
        assert stale(book) == {"Plan": ["F1", "F3"]}  # F3 takes the new row in
        book.save()
        assert book.formulas("Plan")[2].text == "SUM(B2:B4)"
        book.write("Board!A1", [[1.0]])
        assert stale(book) == {"Plan": ["F1", "F3"]}


@pytest.mark.parametrize("kind", ["running totals", "chain"])
def test_formulas_that_lean_on_each_other_take_no_time_by_the_square(
    tmp_path: Path, kind: str
) -> None:
    n = 20_000
    path = tmp_path / "long.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as made:
        sheet = made.add_worksheet("Plan")
        for row in range(n):
            sheet.write_number(row, 0, row)
            text = f"=SUM($A$1:A{row + 1})" if kind == "running totals" else f"=B{row}+A{row + 1}"
            sheet.write_formula(row, 1, text if row else "=A1")
    with open_workbook(path) as book:
        book.write("Plan!A1", [[5.0]])
        began = time.perf_counter()
        assert len(book.stale_cells()["Plan"]) == n
        assert time.perf_counter() - began < 10  # 0.4 s; by the square it would be a minute


def test_writing_and_saving_do_not_look_at_formulas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book_of(tmp_path, A1=1.0, B1="=A1+1")

    def refuse(*_: object) -> None:
        raise AssertionError("formulas were read")

    monkeypatch.setattr("xlportfolio.workbook.staleness.history.read_formulas", refuse)
    with open_workbook(path) as book:
        book.write("Plan!A1", [[5.0]])
        assert book.read("Plan!A1") == [[5.0]]
        book.save()
    assert asks_for_all(path)


def test_formulas_too_damaged_to_be_read_all_count(tmp_path: Path) -> None:
    text = BookText()
    text.hold("Plan", 1, 1, 1.0)
    text.calculate("Plan", 1, 2, "", 1.0, 't="shared" si="7"')  # the formula itself is missing
    text.calculate("Board", 1, 1, "Plan!C9", 1.0)
    with open_workbook(text.save(tmp_path / "book.xlsx")) as book:
        book.write("Plan!D1", [[5.0]])
        assert stale(book) == {"Board": ["A1"], "Plan": ["B1"]}


# -- reading says so -----------------------------------------------------------------------------


def test_reading_a_stale_value_says_which_and_what_to_do(tmp_path: Path) -> None:
    cells = {f"B{row}": f"=A{row}+1" for row in range(1, 6)}
    path = book_of(tmp_path, A1=1.0, **cells)
    with open_workbook(path) as book:
        book.write("Plan!A1:A5", [[5.0]] * 5)
        with pytest.warns(StaleValueWarning) as said:
            assert book.read("Plan!A1:B1") == [[5.0, 1.0]]
        assert [str(one.message) for one in said] == [
            'B1 of "Plan" shows what its formula gave before the cells were written that it '
            "depends on; save the workbook, then open it in Excel and save it there, or run: "
            'xlportfolio recalculate "book.xlsx".'
        ]
        assert Path(said[0].filename) == Path(__file__)
        with pytest.warns(StaleValueWarning, match="^B1, B2, B3 and 2 more cells of"):
            book.read("Plan!A:B")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            book.read("Plan!A1:A5")
            book.contents("Plan")


def test_reading_formulas_of_a_file_that_asks_for_all_says_so_until_they_are_put(
    tmp_path: Path,
) -> None:
    path = book_of(tmp_path, asks=True, A1=1.0, B1="=A1+1")
    with open_workbook(path) as book:
        with pytest.warns(StaleValueWarning) as said:
            book.read("Plan!A1:B1")
        assert [str(one.message) for one in said] == [
            'B1 of "Plan" holds a formula, and "book.xlsx" asks to be recomputed when it is '
            "opened; what it shows may be out of date. To have it computed, open it in Excel and "
            'save it there, or run: xlportfolio recalculate "book.xlsx".'
        ]
        assert stale(book) == {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            book.read("Plan!A1")
            book.put_cached_values("Plan", {(1, 2): 2.0})
            assert book.read("Plan!B1") == [[2.0]]


# -- sheets of ours ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_stale"),
    [
        ("='PF Results'!B2", True),
        ("=SUM(pf_results[Score])", True),
        ("=SUM('Board:PF Results'!B2)", True),
        ("='PF Result'!B2", False),
        ("=A1*2", False),
        ("=TODAY()", False),
    ],
)
def test_formulas_that_look_at_our_sheets_are_stale_and_have_excel_compute(
    tmp_path: Path, text: str, is_stale: bool
) -> None:
    path = book_of(tmp_path, A1=1.0, B1=text, B2="=B1")
    with open_workbook(path) as book:
        book.put_sheet(RESULTS)
        assert stale(book) == ({"Plan": ["B1", "B2"]} if is_stale else {})
        book.save()
    assert asks_for_all(path) == is_stale


def test_name_that_looks_at_our_sheet_makes_its_formulas_stale(tmp_path: Path) -> None:
    text = BookText(names={"Best": "MAX('PF Results'!$B$2:$B$9)"})
    text.calculate("Plan", 1, 1, "Best*2", 1.0)
    with open_workbook(text.save(tmp_path / "book.xlsx")) as book:
        book.put_sheet(RESULTS)
        assert stale(book) == {"Plan": ["A1"]}


def test_recalculating_leaves_nothing_waiting_and_clears_nothing_else(
    soffice: Calc, tmp_path: Path
) -> None:
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    path = book_of(tmp_path, A1=1.0, B1="=A1+1", B2="=B1+1")
    with open_workbook(path) as book:
        book.write("Plan!A1", [[5.0]])
        book.save()
        assert waiting_cells(book) == {"Plan": 2}
    recalculate_workbook(path, registry)
    assert asks_for_all(path)
    with open_workbook(path) as book:
        assert waiting_cells(book) == {}
        assert book.contents("Plan").rows[2][2] == 7.0


# -- who is told ---------------------------------------------------------------------------------


@pytest.fixture
def solved(tmp_path: Path) -> Path:
    """The results of a run, a column for the decisions, and formulas that look at both."""
    n = len(PROJECTS)
    last = CellRange(1, len(PROJECTS[0]) + 1, n, len(PROJECTS[0]) + 1).address
    rows = [
        [*row, header]
        for row, header in zip(PROJECTS, ["Proposed decision", *[None] * (n - 1)], strict=True)
    ]
    board = [[f'=COUNTIF(Projects!{last},"?*")'], ["=A1+1"], ["=SUM(Projects!A2:A9)"]]
    path = portfolio_book(tmp_path / "plan.xlsx", Projects=rows, Board=board)
    result = run_workbook(path)
    assert run_as_json(result)["stale_cells"] == 0
    assert "depend" not in tell_run(result)
    assert "wait" not in figures_in_log(path)[0]
    return path


def figures_in_log(path: Path) -> list[str]:
    """The column Figures of PF Log, the newest row first."""
    rows = list(openpyxl.load_workbook(path)["PF Log"].iter_rows(values_only=True))
    header = next(row for row in rows if "Figures" in row)
    return [str(row[header.index("Figures")]) for row in rows[rows.index(header) + 1 :]]


def test_write_back_says_how_many_cells_wait(solved: Path) -> None:
    result = write_back_workbook(solved, confirmed=True)
    assert result.as_json()["written"]
    assert result.as_json()["stale_cells"] == 2
    assert figures_in_log(solved)[0].endswith(" written. 2 cells wait to be recalculated.")
    assert str(result).splitlines()[-1] == (
        '2 cells of "Board" depend on what was written; Excel computes them when it opens the '
        f'workbook, or run: xlportfolio recalculate "{solved}"'
    )
    with open_workbook(solved) as book:
        figures = [row.figures for row in read_log(book.contents("PF Log"))]
    assert figures == figures_in_log(solved)[::-1]


def test_what_would_be_written_makes_nothing_wait(solved: Path) -> None:
    result = write_back_workbook(solved)
    assert result.plan.changes
    assert result.as_json()["stale_cells"] == 0
    assert "wait" not in str(result)


def test_run_says_how_many_cells_look_at_what_it_put(solved: Path) -> None:
    with open_workbook(solved) as book:
        book.write("Board!C1", [[Formula("=COUNTA('PF Results'!A:A)")]])
        book.write("Board!C2", [[Formula("=C1*2")]])
        book.save()
    result = run_workbook(solved)
    assert run_as_json(result)["stale_cells"] == 2
    assert figures_in_log(solved)[0].endswith("; 2 cells wait to be recalculated")
    assert (
        '2 cells of "Board" depend on what was written; Excel computes them when it opens the '
        f'workbook, or run: xlportfolio recalculate "{solved}"'
    ) in tell_run(result).splitlines()


def test_check_notes_once_that_formulas_it_reads_may_be_out_of_date(tmp_path: Path) -> None:
    path = tmp_path / "formulas.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet("Projects")
        sheet.write_row("A1", ("Project ID", "Project name", "Cost", "Benefit"))
        for row in range(2, 8):
            sheet.write_row(f"A{row}", (f"P{row}", f"Project {row}", row * 10.0, row * 25.0))
        sheet.write_formula("H30", "=1+1", None, 2)
    before = check_workbook(path)
    assert not any("recomputed" in note for note in before.notes)
    with open_workbook(path) as book:
        book.write("Projects!C3", [[Formula("=H30*10")]])
        book.write("Projects!C4", [[Formula("=H30*20")]])
        book.save()
        book.put_cached_values("Projects", {(3, 3): 20.0, (4, 3): 40.0})
        book.save()
    after = check_workbook(path)
    assert (after.needs_a_person, len(after.problems)) == (
        before.needs_a_person,
        len(before.problems),
    )
    assert [note for note in after.notes if "recomputed" in note] == [
        '2 cells of "Projects" that count are formulas, and "formulas.xlsx" asks to be recomputed '
        "when it is opened: what they show may be out of date. To be sure, open it in Excel and "
        'save it, or run: xlportfolio recalculate "formulas.xlsx"'
    ]


def test_operations_warn_nobody_at_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    rows = [[*PROJECTS[0], "Proposed decision"], *([*row, None] for row in PROJECTS[1:])]
    rows[1][7] = "=PF_WSJF(3,2,1,4)*20"
    portfolio_book(path, Projects=rows, Board=[["=SUM(Projects!H2:H9)"], ["='PF Results'!A6"]])
    with warnings.catch_warnings():
        warnings.simplefilter("error", StaleValueWarning)
        map_workbook(path, write=True)
        check_workbook(path)
        assert run_workbook(path).waiting
        assert write_back_workbook(path, confirmed=True).plan.changes
        run_workbook(path)
        assert values_copy(path).n_replaced == 1
        handback_workbook(path, force=True)


# -- against LibreOffice -------------------------------------------------------------------------


def test_every_cell_that_changes_in_libreoffice_was_stale(soffice: Calc, tmp_path: Path) -> None:
    found = tangled(7, tmp_path, soffice)
    assert [one.missed for one in found] == [[], []]
    assert sum(one.n_changed for one in found) > 10
