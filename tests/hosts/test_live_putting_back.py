"""A step in Excel is carried out as a whole or not at all, and is taken back exactly."""

from __future__ import annotations

import itertools
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table

from tests.hosts.stand_in import StandIn
from xlportfolio.errors import EditedError, WorkbookError
from xlportfolio.values import CellError
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    Chart,
    ConditionalFormat,
    PrintSetup,
    Series,
    SheetDescription,
    TableDescription,
    Validation,
)
from xlportfolio.workbook.live.book import LiveWorkbook
from xlportfolio.workbook.live.keeping import Kept
from xlportfolio.workbook.live.putting_back import PutBack, put_back
from xlportfolio.workbook.live.standing import alike
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange

SWITCHES = ("screen_updating", "enable_events", "display_alerts", "calculation", "status_bar")


def results(*scores: float) -> SheetDescription:
    """PF Results with everything that a sheet of ours may carry."""
    last = 1 + len(scores)
    return SheetDescription(
        "PF Results",
        {
            (1, 1): Cell("Project", CellFormat(bold=True, fill="DDEBF7")),
            (1, 2): Cell("Score"),
            **{(row, 1): Cell(f"P{row}", link="Plan!A1") for row in range(2, last + 1)},
            **{
                (row, 2): Cell(score, CellFormat(number_format="0.00"), note=f"of {row}")
                for row, score in enumerate(scores, 2)
            },
            (last + 3, 1): Cell("Merged over two"),
            (last + 4, 1): Cell(date(2026, 4, 1)),
        },
        widths={1: 25.0},
        heights={1: 30.0},
        merges=(CellRange(last + 3, 1, last + 3, 2),),
        freeze="A2",
        tables=(TableDescription("PF_Results", CellRange(1, 1, last, 2)),),
        conditional_formats=(
            ConditionalFormat(
                CellRange(2, 2, last, 2),
                "cell",
                operator="lessThan",
                values=("0.5",),
                format=CellFormat(fill="FFC7CE"),
            ),
        ),
        validations=(Validation(CellRange(last + 4, 1, last + 4, 1), "list", ("In", "Out")),),
        charts=(
            Chart(
                "column",
                "Score",
                (Series(f"'PF Results'!$B$2:$B${last}", name="Score", colour="1F77B4"),),
                "D2",
                y_title="0..1",
            ),
        ),
        print_setup=PrintSetup(repeat_rows=(1, 1), areas=(CellRange(1, 1, last, 2),)),
        tab_colour="1F77B4",
        hidden_columns=(7,),
    )


def log(text: str) -> SheetDescription:
    return SheetDescription("PF Log", {(1, 1): Cell(text), (2, 1): Cell(datetime(2026, 4, 1, 9))})


def users_book(path: Path) -> Path:
    """Outputs in F of the sheet Plan that are everything a cell can be."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan"
    sheet.append(["ID", "Name", "Cost", "Start", None, "Decision"])
    held = [
        "Start",
        12.5,
        datetime(2026, 4, 1, 12, 30),
        "=SUM(C2:C4)",
        "00123",
        True,
        "#N/A",
        None,
        "7",
        "'quoted",
    ]
    for number, value in enumerate(held, 2):
        sheet.append([f"P{number}", f"Project {number}", number * 10, datetime(2026, 4, number)])
        cell = sheet.cell(number, 6, value)
        cell.font = Font(italic=True)
    sheet["F4"].number_format = "d mmm yyyy hh:mm"
    sheet["F3"].number_format = "0.000"
    for row in (10, 11):
        sheet.cell(row, 6).number_format = "@"
    for cell in ("F6", "F11"):  # the latter has two of them: one shows
        sheet[cell].quotePrefix = True
    sheet.add_table(Table(displayName="Costs", ref="A1:D11"))
    book.create_sheet("Notes")["A1"] = "of the user"
    book.save(path)
    return path


class Desk:
    """One workbook open in Excel."""

    def __init__(self, path: Path) -> None:
        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.folder = path.parent
        self.n_kept = 0

    def step(self, change: Callable[[LiveWorkbook], object]) -> Path:
        """Do one step; what was kept of it."""
        self.n_kept += 1
        copy = self.folder / f"kept-{self.n_kept}.zip"
        live = LiveWorkbook(self.book, self.excel.details)
        change(live)
        live.save(recording=lambda kept: shutil.copy(kept.path, copy))
        live.close()
        return copy

    def back(self, kept: Path, *, force: bool = False) -> PutBack:
        return put_back(self.book, self.excel.details, kept, force=force)

    def state(self) -> object:
        return self.excel.state(self.book)

    def changed_since(self, before: object) -> list[str]:
        return self.excel.differences(before, self.state())  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(users_book(tmp_path / "plan.xlsx"))


def write_all(live: LiveWorkbook) -> None:
    live.write(
        "Plan!F2",
        [
            [1],
            [date(2026, 5, 1)],
            ["text"],
            ["=x"],
            [None],
            [Formula("C2")],
            [False],
            [CellError("#DIV/0!")],
            [3],
            [date(2027, 1, 1)],
        ],
    )


def whole_step(live: LiveWorkbook) -> None:
    write_all(live)
    live.put_sheet(results(0.1, 0.9, 0.4))
    live.put_sheet(log("second"))


# -- undo ----------------------------------------------------------------------------------------


def test_cells_of_every_kind_are_put_back_exactly(desk: Desk) -> None:
    before = desk.state()
    kept = desk.step(write_all)
    assert len(desk.changed_since(before)) >= 10
    assert desk.back(kept).places == ("Plan!F2:F11",)
    assert desk.changed_since(before) == []


def test_scattered_cells_are_put_back_and_those_between_stay(desk: Desk, tmp_path: Path) -> None:
    book = load_workbook(tmp_path / "plan.xlsx")
    for row in range(2, 202):
        book["Notes"].cell(row, 2, "Keep" if row % 2 else f"0{row}")
    book.save(tmp_path / "many.xlsx")
    desk = Desk(tmp_path / "many.xlsx")
    before = desk.state()
    rows = [[f"0{row}"] if row % 2 == 0 else ["Drop"] for row in range(2, 202)]
    kept = desk.step(lambda live: live.write("Notes!B2", rows))
    desk.book.sheets["Notes"].range("B4").value = "edited between"
    desk.excel.calls.clear()
    desk.back(kept)
    assert desk.excel.calls.count < 100
    assert [one for one in desk.changed_since(before) if "B4" not in one] == []
    assert desk.book.sheets["Notes"].range("B4").value == "edited between"


def test_new_sheets_go_and_sheets_that_were_there_are_as_they_were(desk: Desk) -> None:
    empty = desk.state()
    first = desk.step(lambda live: live.put_sheet(results(0.25, 0.75)))
    before = desk.state()
    second = desk.step(whole_step)
    assert desk.back(second).places == ("PF Results", "PF Log", "Plan!F2:F11")
    assert desk.changed_since(before) == []
    assert desk.back(first).places == ("PF Results",)
    assert desk.changed_since(empty) == []


def test_handback_is_taken_back_with_places_charts_and_hidden_sheets(desk: Desk) -> None:
    desk.step(whole_step)
    sheets = desk.book.sheets
    sheets.add("Between", after=sheets["PF Results"]).range("A1").value = 1
    sheets["PF Log"].visible = False
    before = desk.state()
    kept = desk.step(lambda live: live.handback())
    assert [sheet.name for sheet in desk.book.sheets] == ["Plan", "Notes", "Between"]
    assert desk.back(kept).places == ("PF Results", "PF Log")
    assert desk.changed_since(before) == []


def test_formulas_and_names_that_a_forced_handback_lost_come_back(desk: Desk) -> None:
    desk.step(whole_step)
    notes = desk.book.sheets["Notes"]
    notes.range("B1").formula = "='PF Results'!B2"
    notes.range("B2").formula = "=SUM(PF_Results[Score])"
    desk.book.names.add("Best", "='PF Results'!$B$3")
    kept = desk.step(lambda live: live.handback(force=True))
    assert "#REF!" in notes.range("B1").formula
    desk.back(kept)
    assert notes.range("B1").formula == "='PF Results'!B2"
    assert notes.range("B2").formula == "=SUM(PF_Results[Score])"
    assert desk.book.names["Best"].refers_to == "='PF Results'!$B$3"


def test_sheet_of_ours_that_was_renamed_since_is_put_back_under_its_new_name(desk: Desk) -> None:
    desk.step(lambda live: live.put_sheet(log("first")))
    kept = desk.step(lambda live: live.put_sheet(log("second")))
    desk.book.sheets["PF Log"].name = "Runs"
    desk.back(kept)
    assert desk.book.sheets["Runs"].range("A1").value == "first"
    assert [sheet.name for sheet in desk.book.sheets] == ["Plan", "Notes", "Runs"]


def test_chart_on_a_sheet_of_ours_that_was_renamed_since_shows_that_sheet(desk: Desk) -> None:
    desk.step(lambda live: live.put_sheet(results(0.4, 0.6)))
    desk.book.sheets["PF Results"].name = "Of May"  # what charts refer to follows, as in Excel
    first = desk.state()
    desk.book.sheets["Of May"].name = "PF Results"
    kept = desk.step(lambda live: live.put_sheet(results(0.1, 0.2, 0.3)))
    desk.book.sheets["PF Results"].name = "Of May"
    desk.back(kept)
    assert desk.excel.differences(first, desk.state()) == []


# -- edits since ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "cell", "typed", "named"),
    [
        ("Plan", "F3", 99, "Plan!F3"),
        ("Plan", "F7", "=C3", "Plan!F7"),
        ("Plan", "F6", "filled", "Plan!F6"),
        ("PF Results", "B2", 0.5, 'Sheet "PF Results"'),
        ("PF Log", "D9", "a remark", 'Sheet "PF Log"'),
    ],
)
def test_edit_since_the_step_is_not_lost_without_a_word(
    desk: Desk, sheet: str, cell: str, typed: object, named: str
) -> None:
    before = desk.state()
    kept = desk.step(whole_step)
    desk.book.sheets[sheet].range(cell).value = typed
    edited = desk.state()
    with pytest.raises(EditedError) as refused:
        desk.back(kept)
    told = (
        "; it would stay as it is, and the rest would be put back."
        if sheet == "Plan"
        else ", and undoing would lose that."
    )
    assert str(refused.value) == (f"{named} was edited after the step that is to be undone{told}")
    assert desk.changed_since(edited) == []
    back = desk.back(kept, force=True)
    different = [one.partition(":")[0] for one in desk.changed_since(before)]
    if sheet == "Plan":
        assert back.stayed == (named,)
        assert {one.split(" > ")[-2] for one in different} == {cell}
    else:
        assert (back.stayed, different) == ((), [])


def test_columns_that_were_moved_since_lose_nothing_even_by_force(desk: Desk) -> None:
    """As if the user had inserted a column: what was beside stands where the step wrote."""
    plan = desk.book.sheets["Plan"]
    plan.range("E2").value = [[f"Comment {row}"] for row in range(10)]
    kept = desk.step(lambda live: live.write("Plan!F2", [["Go"], [None], ["Stop"], ["Stop"]]))
    plan.range("F2:G11").value = [
        [f"Comment {row}", line[0]] for row, line in enumerate(plan.range("F2:G11").value)
    ]
    plan.range("F3").value = None  # blank, as the step left it
    moved = desk.state()
    for force in (False, True):
        with pytest.raises(WorkbookError) as refused:
            desk.back(kept, force=force)
        assert str(refused.value) == (
            "Nothing was undone: of the 4 cells that the step wrote, none holds any more what it "
            "left there (Plan!F2, Plan!F3, Plan!F4 and 1 more). Where they were moved or edited "
            "since, undo that first, then undo the step again."
        )
        assert not isinstance(refused.value, EditedError)
        assert desk.changed_since(moved) == []


def test_column_of_two_that_was_moved_stays_and_is_named(desk: Desk) -> None:
    notes = desk.book.sheets["Notes"]
    notes.range("C4").value = "c"
    kept = desk.step(lambda live: live.write("Notes!C2", [["a", "x"], ["b", "y"], [None, "z"]]))
    notes.range("C2:C4").value = [["mine"], ["mine, too"], [None]]
    with pytest.raises(EditedError, match=r"^Notes!C2 and Notes!C3 were edited after the step"):
        desk.back(kept)
    back = desk.back(kept, force=True)
    assert back.stayed == ("Notes!C2", "Notes!C3", "Notes!C4")
    assert notes.range("C2:D4").value == [["mine", None], ["mine, too", None], [None, None]]


def test_users_sheet_that_was_renamed_since_is_found_by_what_the_step_left(desk: Desk) -> None:
    desk.book.sheets["Notes"].range("B1").value = 1
    before = desk.state()
    kept = desk.step(whole_step)
    desk.book.sheets["Plan"].name = "Reg"
    assert desk.back(kept).places[-1] == "Reg!F2:F11"
    desk.book.sheets["Reg"].name = "Plan"
    assert desk.changed_since(before) == []


def test_users_sheet_that_is_not_found_again_refuses_and_changes_nothing(desk: Desk) -> None:
    kept = desk.step(whole_step)
    desk.book.sheets["Plan"].name = "Reg"
    desk.book.sheets["Reg"].range("F2").value = "edited, too"
    edited = desk.state()
    for force in (False, True):
        with pytest.raises(WorkbookError, match=r"^Nothing was undone: of the 10 cells that the "):
            desk.back(kept, force=force)
        assert desk.changed_since(edited) == []


# -- what is protected since ---------------------------------------------------------------------


def test_sheet_that_is_there_is_put_back_although_the_structure_is_protected(desk: Desk) -> None:
    desk.step(lambda live: live.put_sheet(log("first")))
    before = desk.state()
    kept = desk.step(lambda live: live.put_sheet(log("second")))
    desk.excel.protect_structure(desk.book)
    desk.back(kept)
    desk.excel.protect_structure(desk.book, protected=False)
    assert desk.changed_since(before) == []


def test_what_the_protected_structure_forbids_is_said_before_anything_changes(desk: Desk) -> None:
    desk.step(lambda live: live.put_sheet(log("first")))
    second = desk.step(whole_step)
    desk.excel.protect_structure(desk.book)
    left = desk.state()
    with pytest.raises(WorkbookError) as refused:
        desk.back(second)
    assert str(refused.value) == (
        'The structure of "plan.xlsx" is protected, which forbids removing the sheet "PF Results". '
        "Lift the protection in Excel (Review > Protect Workbook), and protect it again afterwards."
    )
    assert desk.changed_since(left) == []


@pytest.mark.parametrize("sheet", ["Plan", "PF Log"])
def test_protected_sheet_is_said_before_anything_changes(desk: Desk, sheet: str) -> None:
    desk.step(lambda live: live.put_sheet(log("first")))
    kept = desk.step(whole_step)
    desk.excel.protect(desk.book.sheets[sheet])
    left = desk.state()
    with pytest.raises(WorkbookError) as refused:
        desk.back(kept)
    assert str(refused.value) == (
        f'The sheet "{sheet}" is protected, so nothing was undone. Lift the protection in Excel '
        "(Review > Unprotect Sheet), then undo again."
    )
    assert desk.changed_since(left) == []


# -- references that came since ------------------------------------------------------------------


def test_formula_on_our_table_that_the_user_changed_since_stays_so(desk: Desk) -> None:
    desk.step(lambda live: live.put_sheet(results(0.25, 0.75)))
    notes = desk.book.sheets["Notes"]
    notes.range("B1").formula = "=SUM(PF_Results[Score])"
    notes.range("B2").formula = "=MAX(PF_Results[Score])"
    kept = desk.step(lambda live: live.put_sheet(results(0.5, 0.6)))
    notes.range("B1").value = "mine"
    notes.range("B3").formula = "=MIN(PF_Results[Score])"
    desk.back(kept)
    assert [notes.range(cell).formula for cell in ("B1", "B2", "B3")] == [
        "mine",
        "=MAX(PF_Results[Score])",
        "=MIN(PF_Results[Score])",
    ]


# -- a step that is not there --------------------------------------------------------------------


def test_step_that_was_not_saved_is_told_from_one_that_was_edited(tmp_path: Path) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    desk = Desk(path)
    kept = [desk.step(write_all), desk.step(lambda live: live.put_sheet(log("first")))]
    kept.append(desk.step(whole_step))
    desk = Desk(path)  # closed without saving
    before = desk.state()
    outcomes = [desk.back(one).outcome for one in reversed(kept)]
    assert outcomes == ["not there", "already", "already"]
    assert desk.changed_since(before) == []


def test_sheet_as_an_earlier_step_left_it_was_not_edited(tmp_path: Path) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    desk = Desk(path)
    kept = [desk.step(lambda live: live.put_sheet(log("first")))]
    desk.excel.save(desk.book, path)
    kept += [desk.step(lambda live, text=t: live.put_sheet(log(text))) for t in ("second", "third")]
    desk = Desk(path)
    saved = desk.state()
    with pytest.raises(EditedError):
        desk.back(kept[2])
    back = put_back(desk.book, desk.excel.details, kept[2], earlier=[kept[1], kept[0]])
    assert back.outcome == "not there"
    assert desk.back(kept[1]).outcome == "already"
    assert desk.changed_since(saved) == []
    assert desk.back(kept[0]).outcome == "put back"


def test_edits_beside_what_was_written_and_results_of_formulas_are_no_edits_of_it(
    desk: Desk,
) -> None:
    kept = desk.step(whole_step)
    desk.book.sheets["Plan"].range("H2").value = "beside"
    desk.excel.set_result(desk.book.sheets["Plan"].range("F7"), 42.0)
    desk.back(kept)
    assert desk.book.sheets["Plan"].range("H2").value == "beside"
    assert [sheet.name for sheet in desk.book.sheets] == ["Plan", "Notes"]


def test_formula_is_the_same_however_excel_spaces_and_spells_it() -> None:
    assert alike(Formula("=sum(A1, 'My plan'!B1)"), Formula("=SUM(A1,'My plan'!B1)"))
    assert not alike(Formula('=A1&" x"'), Formula('=A1&"x"'))
    assert not alike(Formula("=A1"), 1.0)
    assert not alike(1.0, True)


# -- what is kept --------------------------------------------------------------------------------


def test_what_is_kept_is_one_zip_that_tells_what_the_step_leaves(desk: Desk) -> None:
    found: list[Kept] = []
    for value in ("a", "a", "b"):
        live = LiveWorkbook(desk.book, desk.excel.details)
        live.write("Plan!F2", [[value]] if value == "b" else [["a"], ["x"]])
        if live.pending:
            live.save(recording=found.append)
            assert live.kept == found[-1]
            with zipfile.ZipFile(found[-1].path) as archive:
                assert archive.namelist() == ["changes.json"]
                assert json.loads(archive.read("changes.json"))["pieces"][0]["sheet"] == "Plan"
        live.close()
        assert not found[-1].path.exists()
    assert len({kept.hash_after for kept in found}) == len(found) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"not a zip",
        None,
        b"{}",
        b'{"format": 2}',
        b'{"format": 1, "order": 3}',
        b"[" * 100_000,
        b'{"format": 1, "order": [], "pieces": [{"sheet": "Plan", "cells": "??"}]}',
    ],
)
def test_damaged_zip_is_told_in_a_sentence(
    desk: Desk, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "damaged.zip"
    if content == b"not a zip":
        path.write_bytes(content)
    elif content is not None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("changes.json", content)
    before = desk.state()
    with pytest.raises(WorkbookError, match="before this step is damaged, so the step cannot be"):
        desk.back(path)
    assert desk.changed_since(before) == []


# -- faults --------------------------------------------------------------------------------------


def test_error_of_whoever_records_leaves_the_workbook_as_it_was(desk: Desk) -> None:
    before = desk.state()

    def recording(kept: Kept) -> None:
        raise OSError("the disk is full")

    live = LiveWorkbook(desk.book, desk.excel.details)
    whole_step(live)
    with pytest.raises(WorkbookError, match="is as it was: Excel refused to be written"):
        live.save(recording=recording)
    assert desk.changed_since(before) == []


def test_mistake_of_ours_is_put_back_and_never_told_as_a_refusal_of_excel(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.state()

    def set_view(sheet: object, description: object) -> None:
        raise KeyError("zoom")

    live = LiveWorkbook(desk.book, desk.excel.details)
    whole_step(live)
    with monkeypatch.context() as patched, pytest.raises(KeyError, match="zoom"):
        patched.setattr(desk.excel.details, "set_view", set_view)
        live.save()
    assert desk.changed_since(before) == []


@pytest.mark.parametrize("carried_out", [False, True])
def test_error_at_any_call_leaves_the_workbook_as_it_was(tmp_path: Path, carried_out: bool) -> None:
    """A write, a new sheet, one that is there, and then handback: each call fails once."""
    path = users_book(tmp_path / "plan.xlsx")
    steps: list[Callable[[LiveWorkbook], object]] = [whole_step, lambda live: live.handback()]
    prepared = Desk(path)
    prepared.step(lambda live: live.put_sheet(results(0.25, 0.75)))
    starts = [tmp_path / "start-0.xlsx", tmp_path / "start-1.xlsx"]
    prepared.excel.save(prepared.book, starts[0])
    prepared.step(whole_step)
    prepared.excel.save(prepared.book, starts[1])
    n_faults = n_refused = 0
    for start, step in zip(starts, steps, strict=True):
        for k in itertools.count(1):
            desk = Desk(start)
            before = desk.state()
            switches = [getattr(desk.excel.app, name) for name in SWITCHES]
            live = LiveWorkbook(desk.book, desk.excel.details)
            desk.excel.fail_at(k, carried_out=carried_out)
            try:
                step(live)
                live.save()
            except WorkbookError as refused:
                n_refused += 1
                assert "\n" not in str(refused)
                assert "Made to fail" in str(refused)
                assert desk.excel.differences(before, desk.state()) == [], (k, str(refused))
            else:
                assert not live.pending
            has_failed = desk.excel.calls.has_failed
            desk.excel.fail_at(None)
            assert [getattr(desk.excel.app, name) for name in SWITCHES] == switches, k
            assert [one.name for one in desk.excel.app.books] == [start.name], k
            live.close()
            if not has_failed:
                break
            n_faults += 1
    assert n_faults > 100
    assert n_refused > 0.7 * n_faults


def test_step_that_failed_waits_still_and_can_be_carried_out_again(desk: Desk) -> None:
    live = LiveWorkbook(desk.book, desk.excel.details)
    whole_step(live)
    desk.excel.fail_at(30)
    with pytest.raises(WorkbookError):
        live.save()
    assert live.pending
    live.save()
    assert live.our_sheets == ["PF Results", "PF Log"]
    assert desk.book.sheets["Plan"].range("F2").value == 1.0


def test_error_while_a_step_is_taken_back_is_overcome(tmp_path: Path) -> None:
    path = users_book(tmp_path / "plan.xlsx")
    for k in range(5, 60, 3):
        desk = Desk(path)
        desk.step(lambda live: live.put_sheet(results(0.25, 0.75)))
        before = desk.state()
        kept = desk.step(whole_step)
        left = desk.state()
        desk.excel.fail_at(k)
        try:
            desk.back(kept)
        except WorkbookError:
            assert desk.changed_since(left) == [], k
        else:
            assert desk.changed_since(before) == [], k
        desk.excel.fail_at(None)
