"""The workbook open in Excel does what the closed file does, and leaves nothing open or behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table

from tests.corpus import write_corpus
from tests.hosts.stand_in import StandIn, differences
from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    Chart,
    PrintSetup,
    Series,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.live.book import LiveWorkbook
from xlportfolio.workbook.live.quiet import quiet
from xlportfolio.workbook.protocol import Formula, SheetContents, Writable
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.styles import is_date_format

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SWITCHES = ("screen_updating", "enable_events", "display_alerts", "calculation", "status_bar")

READ_AS_SOMETHING_ELSE = [
    "00123", "1e5", "1/2", "3-4", "=1+1", "+44 20 7946", "-", "-x", "@home", "'quoted", "TRUE",
    "false", "#N/A", "5%", "$3", "12:30", "Apr-26", "2026-04-01", " 7 ", "(5)", "1,000",
]  # fmt: skip
RESULTS = SheetDescription(
    "PF Results",
    {
        (1, 1): Cell("Project ID", CellFormat(bold=True)),
        (1, 2): Cell("Score"),
        (2, 1): Cell("P1", link="PF Log!A1"),
        (2, 2): Cell(0.75, CellFormat(number_format="0.00")),
        (3, 1): Cell("P2", note="The cut line runs here."),
        (3, 2): Cell(date(2026, 4, 1)),
    },
    widths={1: 20.0},
    tables=(TableDescription("PF_Results", CellRange(1, 1, 3, 2)),),
    charts=(Chart("column", "Score", (Series("'PF Results'!$B$2:$B$3"),), "D2"),),
    freeze="A2",
    print_setup=PrintSetup(repeat_rows=(1, 1)),
)
LOG = SheetDescription("PF Log", {(1, 1): Cell("When"), (2, 1): Cell(datetime(2026, 4, 1, 9, 30))})


@pytest.fixture
def excel() -> StandIn:
    return StandIn()


Opened = tuple[StandIn, LiveWorkbook]


def opened(path: Path) -> Opened:
    excel = StandIn()
    return excel, LiveWorkbook(excel.open(path), excel.details)


def plan(path: Path, change: Callable[[Workbook], None] | None = None) -> Path:
    """A sheet "Plan": headers in row 1, numbers and texts in A2:C6, a formula in D2."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan"
    sheet.append(["Name", "Cost", "Start", "Total"])
    for number in range(1, 6):
        sheet.append([f"P{number}", number * 10, datetime(2026, number, 1)])
    sheet["D2"] = "=SUM(B2:B6)"
    if change is not None:
        change(book)
    book.save(path)
    return path


def seen(contents: SheetContents) -> dict[str, object]:
    """What a sheet holds, as both implementations must say it.

    Formats where they decide something, on numbers, and whether they show dates: Excel calls its
    short date another name than files do. Hidden rows and columns within the
    cells that hold something: an open workbook is not asked about the others.
    """
    columns = [column for cells in contents.rows.values() for column in cells]
    rows = range(min(contents.rows, default=0), max(contents.rows, default=-1) + 1)
    return {
        "name": contents.name,
        "visible": contents.visible,
        "rows": contents.rows,
        "formats": {
            (row, column): "date" if is_date_format(code) else code
            for row, codes in contents.formats.items()
            for column, code in codes.items()
            if isinstance(contents.rows[row][column], float | datetime)
        },
        "formulas": contents.formulas,
        "merges": sorted(contents.merges),
        "hidden_rows": contents.hidden_rows & set(rows),
        "hidden_columns": contents.hidden_columns
        & set(range(min(columns, default=0), max(columns, default=-1) + 1)),
    }


def assert_same(path: Path) -> None:
    _, live = opened(path)
    with open_workbook(path) as closed:
        assert live.sheet_names == closed.sheet_names
        for sheet in closed.sheet_names:
            assert seen(live.contents(sheet)) == seen(closed.contents(sheet)), (path.name, sheet)
        assert live.tables() == closed.tables()
        assert live.names() == closed.names()
        assert live.our_sheets == closed.our_sheets


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["template", "worked_example", "self_check"])
def test_open_workbook_reads_as_the_closed_file_of_our_own_workbooks(name: str) -> None:
    assert_same(CHECKOUT / "workbooks" / f"{name}.xlsx")


def test_open_workbook_reads_as_the_closed_file_of_every_workbook_of_the_corpus(
    tmp_path: Path,
) -> None:
    write_corpus(tmp_path)
    books = sorted(tmp_path.rglob("*.xlsx"))
    assert len(books) > 30
    for path in books:
        assert_same(path)


def test_open_workbook_reads_as_the_closed_file_of_real_workbooks(shared: Path) -> None:
    books = sorted((shared / "data" / "real").glob("*.xlsx"))
    assert books
    for path in books:
        assert_same(path)


def test_dates_count_from_1904_where_the_workbook_does(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    path = plan(tmp_path / "mac.xlsx", change)
    excel, live = opened(path)
    assert live.read("C2:C3") == [[datetime(2026, 1, 1)], [datetime(2026, 2, 1)]]
    live.write("C2", [[date(2027, 5, 6)]])
    live.put_sheet(LOG)
    live.save()
    again = LiveWorkbook(excel.app.books[0], excel.details)
    assert again.read("Plan!C2") == [[datetime(2027, 5, 6)]]
    assert again.read("'PF Log'!A2") == [[datetime(2026, 4, 1, 9, 30)]]


def test_reference_without_its_place_is_told_as_by_the_closed_file(tmp_path: Path) -> None:
    path = plan(tmp_path / "plan.xlsx")
    _, live = opened(path)
    with open_workbook(path) as closed:
        for reference in ("Plam!A1", "Costs", "", "Plan!A"):
            with pytest.raises(InputError) as of_closed:
                closed.read(reference)
            with pytest.raises(InputError) as of_live:
                live.read(reference)
            assert str(of_live.value) == str(of_closed.value)


def test_formats_cost_few_calls_however_many_rows_there_are(tmp_path: Path) -> None:
    counts = []
    for n_rows in (20, 2000):

        def change(book: Workbook, n_rows: int = n_rows) -> None:
            sheet = book["Plan"]
            for row in range(8, 8 + n_rows):
                for column in range(1, 31):
                    cell = sheet.cell(row, column, row * column)
                    cell.number_format = ("General", "0.00", "#,##0", "0%", "dd/mm/yyyy")[
                        column % 5
                    ]

        excel, live = opened(plan(tmp_path / f"{n_rows}.xlsx", change))
        contents = live.contents("Plan")
        assert contents.formats[8][2] == "#,##0"
        assert isinstance(contents.rows[9][4], datetime)
        counts.append(excel.calls.count)
    assert counts[0] <= counts[1] <= counts[0] + 2
    assert counts[1] < 80  # thirty columns, none shown like the one beside it


# -- writing cells -------------------------------------------------------------------------------

WRITTEN: list[list[Writable]] = [
    [1.5, 7, "text", True],
    [date(2026, 4, 1), datetime(2026, 4, 1, 12), time(9, 30), None],
    [CellError("#N/A"), Formula("SUM(B2:B3)"), "=not a formula", "00123"],
]


def test_written_cells_are_those_that_the_closed_file_writes(tmp_path: Path) -> None:
    path = plan(tmp_path / "plan.xlsx")
    excel, live = opened(path)
    live.write("Plan!B3", WRITTEN)
    live.save()
    excel.save(excel.app.books[0], tmp_path / "live.xlsx")
    with open_workbook(path) as closed:
        closed.write("Plan!B3", WRITTEN)
        closed.save(tmp_path / "closed.xlsx")
    with (
        open_workbook(tmp_path / "live.xlsx") as one,
        open_workbook(tmp_path / "closed.xlsx") as other,
    ):
        assert one.contents("Plan").rows == other.contents("Plan").rows
        assert one.contents("Plan").formulas == other.contents("Plan").formulas
        assert [(cell.row, cell.column, cell.text) for cell in one.formulas("Plan")] == [
            (cell.row, cell.column, cell.text) for cell in other.formulas("Plan")
        ]


@pytest.mark.parametrize("number_format", ["General", "@", "0.00", "dd/mm/yyyy"])
def test_text_stays_the_text_that_it_is(tmp_path: Path, number_format: str) -> None:
    def change(book: Workbook) -> None:
        for row in range(2, 40):
            book["Plan"].cell(row, 6).number_format = number_format

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    live.write("Plan!F2", [[text] for text in READ_AS_SOMETHING_ELSE])
    live.save()
    cells = excel.app.books[0].sheets["Plan"].range((2, 6), (1 + len(READ_AS_SOMETHING_ELSE), 6))
    assert [row[0] for row in excel.details.values(cells)] == READ_AS_SOMETHING_ELSE
    assert cells.number_format == number_format
    assert live.read(f"Plan!F2:F{1 + len(READ_AS_SOMETHING_ELSE)}") == [
        [text] for text in READ_AS_SOMETHING_ELSE
    ]


def test_numbers_and_formulas_in_cells_of_text_are_no_texts(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        for row in range(2, 8):
            book["Plan"].cell(row, 6).number_format = "@"

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    live.write("Plan!F2", [[5], [True], [Formula("B2*2")], [CellError("#N/A")], ["007"]])
    live.save()
    cells = excel.app.books[0].sheets["Plan"].range("F2:F6")
    values = [row[0] for row in excel.details.values(cells)]
    assert values[:2] == [5.0, True]
    assert values[4] == "007"
    assert cells.formula[2][0] == "=B2*2"
    assert cells.number_format == "@"
    assert live.read("Plan!F5") == [[CellError("#N/A")]]


def test_date_gets_a_date_format_only_where_the_cell_has_none(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book["Plan"]["F3"].number_format = "mmm yyyy"

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    live.write("Plan!F2", [[date(2026, 4, 1)], [date(2026, 5, 1)], [4], [time(9, 30)]])
    live.save()
    sheet = excel.app.books[0].sheets["Plan"]
    formats = [sheet.range(cell).number_format for cell in ("F3", "F4", "F5")]
    assert formats == ["mmm yyyy", "General", "h:mm:ss"]
    assert live.read("Plan!F2:F4") == [[datetime(2026, 4, 1)], [datetime(2026, 5, 1)], [4.0]]


def test_scattered_changes_of_a_column_take_no_more_calls_than_a_block(tmp_path: Path) -> None:
    counts = []
    for n_rows in (50, 1000):

        def change(book: Workbook, n_rows: int = n_rows) -> None:
            for row in range(2, 2 + n_rows):
                book["Plan"].cell(row, 6, f"00{row}" if row % 3 else "Start")

        excel, live = opened(plan(tmp_path / f"{n_rows}.xlsx", change))
        before = excel.state(excel.app.books[0])
        rows = live.read(f"Plan!F2:F{1 + n_rows}")
        live.write("Plan!F2", [["Defer"] if row[0] == "Start" else row for row in rows])
        excel.calls.clear()
        live.save()
        counts.append(excel.calls.count)
        told = differences(before, excel.state(excel.app.books[0]), most=n_rows)
        assert len(told) == sum(row[0] == "Start" for row in rows)
        assert all("was 'Start', is 'Defer'" in one for one in told)
    assert counts[0] == counts[1] < 70


def test_what_was_written_is_read_before_and_after_it_is_carried_out(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    assert not live.pending
    live.write("Plan!A2", [["Renamed", 99.0]])
    assert live.pending
    assert live.read("Plan!A2:B2") == [["Renamed", 99.0]]
    assert excel.app.books[0].sheets["Plan"].range("A2").value == "P1"
    live.save()
    assert not live.pending
    assert live.read("Plan!A2:B2") == [["Renamed", 99.0]]
    assert excel.app.books[0].sheets["Plan"].range("A2").value == "Renamed"


def test_value_that_is_there_already_is_not_written(tmp_path: Path) -> None:
    _, live = opened(plan(tmp_path / "plan.xlsx"))
    live.write("Plan!A2", [["P1", 10, datetime(2026, 1, 1)]])
    assert not live.pending


def test_the_file_is_neither_saved_nor_written_elsewhere(tmp_path: Path) -> None:
    path = plan(tmp_path / "plan.xlsx")
    content = path.read_bytes()
    excel, live = opened(path)
    live.write("Plan!A2", [["x"]])
    with pytest.raises(WorkbookError) as refused:
        live.save(tmp_path / "other.xlsx")
    assert str(refused.value).startswith('"plan.xlsx" is open in Excel and is written there')
    live.save()
    assert path.read_bytes() == content
    assert excel.saves == []
    assert [one.name for one in tmp_path.iterdir()] == ["plan.xlsx"]


# -- what keeps cells from being written ---------------------------------------------------------


def refusal(live: LiveWorkbook, reference: str, value: Writable = 1.0) -> str:
    with pytest.raises(WorkbookError) as refused:
        live.write(reference, [[value]])
    assert not live.pending
    return str(refused.value)


def guarded(path: Path) -> Path:
    def change(book: Workbook) -> None:
        sheet = book["Plan"]
        sheet.merge_cells("F2:G3")
        sheet["I4"] = "Head"
        sheet["J4"] = "Other"
        sheet["I5"] = 1
        sheet["J5"] = 2
        sheet.add_table(Table(displayName="Costs", ref="I4:J5"))

    return plan(path, change)


@pytest.mark.parametrize("cell", ["G3", "I4"])
def test_write_is_refused_in_the_words_of_the_closed_file(tmp_path: Path, cell: str) -> None:
    path = guarded(tmp_path / "plan.xlsx")
    _, live = opened(path)
    with open_workbook(path) as closed, pytest.raises(WorkbookError) as refused:
        closed.write(f"Plan!{cell}", [[1.0]])
    assert refusal(live, f"Plan!{cell}") == str(refused.value)


@pytest.mark.parametrize(
    ("cell", "way", "what"), [("I6", "down", "row"), ("K5", "right", "column")]
)
def test_write_at_the_edge_of_a_table_is_refused_because_it_would_grow(
    tmp_path: Path, cell: str, way: str, what: str
) -> None:
    _, live = opened(guarded(tmp_path / "plan.xlsx"))
    assert refusal(live, f"Plan!{cell}") == (
        f'Plan!{cell} cannot be written: it lies at the edge of the Excel table "Costs", which '
        f"would grow over it. Write further {way}, or add the {what} to the table in Excel first."
    )


def test_protected_sheet_is_refused(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    excel.protect(excel.app.books[0].sheets["Plan"])
    assert refusal(live, "Plan!A2").startswith(
        'Plan!A2 cannot be written: the sheet "Plan" is protected. Lift the protection in Excel'
    )


def test_rows_that_a_filter_hides_are_refused_and_hidden_ones_are_not(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    excel.filter(excel.app.books[0].sheets["Plan"].range("A1:D6"), [3, 4])
    assert refusal(live, "Plan!A3") == (
        "Plan!A3 cannot be written: a filter hides its row, and Excel may pass such rows over. "
        "Clear the filter in Excel (Data > Clear)."
    )
    live.write("Plan!A2", [["seen"]])

    def change(book: Workbook) -> None:
        book["Plan"].row_dimensions[3].hidden = True

    _, hidden = opened(plan(tmp_path / "hidden.xlsx", change))
    hidden.write("Plan!A3", [["x"]])
    hidden.save()
    assert hidden.read("Plan!A3") == [["x"]]


def test_cells_that_one_formula_fills_are_refused(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    excel.set_result(excel.app.books[0].sheets["Plan"].range("D2"), [[1.0], [2.0], [3.0]])
    assert refusal(live, "Plan!D3") == (
        "Plan!D3 cannot be written: one formula fills D2:D4 (an array, a spill or a data table). "
        "Write to cells outside it, or change its formula in Excel."
    )


@pytest.mark.parametrize(
    ("cell", "typed", "was", "now"),
    [
        ("B3", 21.0, "20", "21"),
        ("A2", None, '"P1"', "blank"),
        ("D2", "=MAX(B2:B6)", "=SUM(B2:B6)", "=MAX(B2:B6)"),
        ("E5", "new", "blank", '"new"'),
    ],
)
def test_cell_that_changed_since_it_was_read_is_refused(
    tmp_path: Path, cell: str, typed: object, was: str, now: str
) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    live.write(f"Plan!{cell}", [["ours"]])
    excel.app.books[0].sheets["Plan"].range(cell).formula = typed
    before = excel.state(excel.app.books[0])
    with pytest.raises(WorkbookError) as refused:
        live.save()
    assert str(refused.value) == (
        f"Plan!{cell} changed while this was worked out: it was {was} and is {now} now. Nothing "
        "was written; run again on the new value."
    )
    assert excel.differences(before, excel.state(excel.app.books[0])) == []


# -- sheets of ours ------------------------------------------------------------------------------


def test_sheets_of_ours_are_those_that_the_closed_file_puts(tmp_path: Path) -> None:
    path = plan(tmp_path / "plan.xlsx")
    excel, live = opened(path)
    for sheet in (RESULTS, LOG, RESULTS):
        assert live.put_sheet(sheet) == sheet.name
    assert live.our_sheets == live.sheet_names[1:] == ["PF Results", "PF Log"]
    live.save()
    with open_workbook(path) as closed:
        for sheet in (RESULTS, LOG):
            closed.put_sheet(sheet)
        closed.save(tmp_path / "closed.xlsx")
    live = LiveWorkbook(excel.app.books[0], excel.details)
    with open_workbook(tmp_path / "closed.xlsx") as closed:
        assert live.sheet_names == closed.sheet_names
        for sheet in closed.sheet_names:
            assert seen(live.contents(sheet)) == seen(closed.contents(sheet))
        assert live.tables() == closed.tables()
        assert live.our_sheets == closed.our_sheets
    theirs = excel.open(tmp_path / "closed.xlsx")
    ours, its = excel.state(excel.app.books["plan.xlsx"]), excel.state(theirs)
    for name in ("PF Results", "PF Log"):
        for part in ("links", "notes", "tables", "merges", "rules", "columns"):
            assert ours[f"sheet {name}"][part] == its[f"sheet {name}"][part], part


def test_pending_sheet_is_read_and_looked_up_like_one_that_is_there(tmp_path: Path) -> None:
    _, live = opened(plan(tmp_path / "plan.xlsx"))
    live.put_sheet(RESULTS)
    live.write("'PF Results'!A3", [["P9"]])
    assert live.read("PF_Results") == [
        ["Project ID", "Score"],
        ["P1", 0.75],
        ["P9", datetime(2026, 4, 1)],
    ]
    assert live.our_sheet("PF Results") == "PF Results"
    live.save()
    assert live.read("'PF Results'!A3") == [["P9"]]


def test_our_sheet_is_written_in_place_so_that_what_refers_to_it_holds(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    book = excel.app.books[0]
    live.put_sheet(RESULTS)
    live.save()
    book.sheets["Plan"].range("F2").formula = "='PF Results'!B2"
    book.sheets["Plan"].range("F3").formula = "=SUM(PF_Results[Score])"
    book.names.add("Scores", "=PF_Results[Score]")
    live = LiveWorkbook(book, excel.details)
    live.put_sheet(RESULTS)
    live.save()
    assert book.sheets["Plan"].range("F2").formula == "='PF Results'!B2"
    assert book.sheets["Plan"].range("F3").formula == "=SUM(PF_Results[Score])"
    assert book.names["Scores"].refers_to == "=PF_Results[Score]"


def test_sheet_of_ours_that_people_renamed_is_found_by_its_mark(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    live.put_sheet(RESULTS)
    live.put_sheet(LOG)
    live.save()
    excel.app.books[0].sheets["PF Log"].name = "History of runs"
    live = LiveWorkbook(excel.app.books[0], excel.details)
    assert live.our_sheet("PF Log") == "History of runs"
    live.put_sheet(RESULTS)
    live.save()
    links = excel.state(excel.app.books[0])["sheet PF Results"]["links"]
    assert "'History of runs'!A1" in str(links)


def test_sheet_of_the_users_own_with_our_name_stays(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("PF Log")["A1"] = "mine"

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    assert live.our_sheets == []
    assert live.put_sheet(LOG) == "PF Log (2)"
    assert live.put_sheet(RESULTS) == "PF Results"
    live.save()
    assert live.sheet_names == ["Plan", "PF Log", "PF Log (2)", "PF Results"]
    assert live.read("'PF Log'!A1") == [["mine"]]
    assert live.our_sheet("PF Log") == "PF Log (2)"
    links = excel.state(excel.app.books[0])["sheet PF Results"]["links"]
    assert "'PF Log (2)'!A1" in str(links)


def test_table_of_ours_gets_a_name_that_nothing_else_has(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book["Plan"].add_table(Table(displayName="PF_Results", ref="A1:C6"))

    _, live = opened(plan(tmp_path / "plan.xlsx", change))
    live.put_sheet(RESULTS)
    live.save()
    assert [(one.name, one.sheet) for one in live.tables()] == [
        ("PF_Results", "Plan"),
        ("PF_Results_2", "PF Results"),
    ]


def test_protected_structure_forbids_new_sheets_in_the_words_of_the_closed_file(
    tmp_path: Path,
) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    excel.protect_structure(excel.app.books[0])
    with pytest.raises(WorkbookError) as refused:
        live.put_sheet(RESULTS)
    assert str(refused.value).startswith(
        'The structure of "plan.xlsx" is protected, which forbids adding the sheet "PF Results".'
    )


def test_what_excel_could_not_hold_is_refused_when_it_is_put(tmp_path: Path) -> None:
    _, live = opened(plan(tmp_path / "plan.xlsx"))
    with pytest.raises(WorkbookError, match=r"'PF Log'!A1 cannot hold a text of 40,000 characters"):
        live.put_sheet(SheetDescription("PF Log", {(1, 1): Cell("x" * 40_000)}))
    assert not live.pending
    assert live.sheet_names == ["Plan"]


def test_handback_takes_everything_of_ours_out(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    before = excel.state(excel.app.books[0])
    live.put_sheet(RESULTS)
    live.put_sheet(LOG)
    live.save()
    assert live.handback() == ["PF Results", "PF Log"]
    assert live.sheet_names == ["Plan"]
    live.save()
    assert excel.differences(before, excel.state(excel.app.books[0])) == []
    assert live.handback() == []


def test_handback_refuses_what_others_refer_to_until_it_is_forced(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        sheet = book["Plan"]
        sheet.conditional_formatting.add("A2:A6", CellIsRule("equal", ["'PF Log'!$A$1"]))

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    live.put_sheet(LOG)
    live.save()
    with pytest.raises(WorkbookError) as refused:
        live.handback()
    assert str(refused.value).startswith('A rule over Plan!A2:A6 refers to "PF Log"')
    assert not live.pending
    assert live.handback(force=True) == ["PF Log"]
    live.save()
    assert [sheet.name for sheet in excel.app.books[0].sheets] == ["Plan"]


def test_handback_of_a_sheet_that_waits_forgets_it(tmp_path: Path) -> None:
    _, live = opened(plan(tmp_path / "plan.xlsx"))
    live.put_sheet(RESULTS)
    assert live.handback() == ["PF Results"]
    assert not live.pending
    assert live.sheet_names == ["Plan"]


# -- nothing is left behind ----------------------------------------------------------------------


def test_nothing_is_left_open_or_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = plan(tmp_path / "plan.xlsx")
    excel, live = opened(path)
    book = excel.app.books[0]
    other = excel.new()
    book.activate()
    book.sheets["Plan"].activate()
    excel.select(book.sheets["Plan"].range("C4"))
    for _ in range(2):
        live.put_sheet(RESULTS)
        live.put_sheet(LOG)
        live.save()
    assert {one.name for one in excel.app.books} == {"plan.xlsx", other.name}
    assert excel.app.books.active.name == "plan.xlsx"
    assert book.sheets.active.name == "Plan"
    assert excel.app.selection.address == "$C$4"
    live.close()
    assert list(scratch.iterdir()) == []
    with pytest.raises(WorkbookError, match="was let go of"):
        live.read("Plan!A1")


def test_switches_of_excel_are_as_they_were_each_on_its_own(tmp_path: Path) -> None:
    excel, live = opened(plan(tmp_path / "plan.xlsx"))
    app = excel.app
    app.calculation, app.enable_events, app.status_bar = "semiautomatic", False, "mine"
    before = [getattr(app, name) for name in SWITCHES]
    excel.changed_switches.clear()
    live.write("Plan!A2", [["x"]])
    live.put_sheet(LOG)
    live.save()
    assert [getattr(app, name) for name in SWITCHES] == before
    assert ("calculation", "manual") in excel.changed_switches
    assert ("screen_updating", False) in excel.changed_switches
    assert ("status_bar", "Portfolio: PF Log (1 of 1)") in excel.changed_switches
    # Seven calls set the switches, then seven set them back: each of these fails once.
    for k in range(1, 16):
        excel.fail_at(k)
        try:
            with quiet(app, "Portfolio: busy"):
                pass
        except Exception as error:
            assert "Made to fail" in str(error)
        excel.fail_at(None)
        assert [getattr(app, name) for name in SWITCHES] == before


def test_quiet_within_quiet_changes_the_text_alone(tmp_path: Path) -> None:
    excel = StandIn()
    excel.open(plan(tmp_path / "plan.xlsx"))
    with quiet(excel.app, "outer") as outer:
        excel.changed_switches.clear()
        with quiet(excel.app, "inner") as inner:
            assert inner is outer
        assert excel.changed_switches == [("status_bar", "inner")]
        assert excel.app.screen_updating is False
    assert excel.app.screen_updating is True
    assert excel.app.status_bar is False


def test_seven_sheets_on_a_workbook_of_nine_take_few_calls(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        for number in range(8):
            sheet = book.create_sheet(f"Data {number}")
            for row in range(1, 60):
                for column in range(1, 20):
                    cell = sheet.cell(row, column, row * column if row > 1 else f"H{column}")
                    cell.number_format = ("General", "dd/mm/yyyy", "0.00", "0.00")[column // 5]

    excel, live = opened(plan(tmp_path / "plan.xlsx", change))
    counts = []
    for _ in range(2):
        excel.calls.clear()
        for sheet in live.sheet_names:
            live.contents(sheet)
        live.tables()
        live.names()
        for number in range(1, 8):
            live.put_sheet(
                SheetDescription(f"PF {number}", {(1, 1): Cell("x")}, charts=RESULTS.charts)
            )
        live.save()
        counts.append(excel.calls.count)
        live.close()
        live = LiveWorkbook(excel.app.books[0], excel.details)
    assert counts[0] <= 40 + 30 * 7
    assert counts[1] <= counts[0] + 13 * 7 + 7 * 9
