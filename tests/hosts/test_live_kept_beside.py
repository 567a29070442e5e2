"""What people add beside a sheet of ours in an open workbook is kept, and taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.hosts.kept_beside import run_once, users_book
from tests.hosts.test_kept_beside import SHEET, png, results
from tests.hosts.test_live_putting_back import Desk
from xlportfolio.errors import EditedError
from xlportfolio.workbook.description import Picture
from xlportfolio.workbook.live.book import LiveWorkbook


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(users_book(tmp_path / "plan.xlsx"))
    desk.step(lambda live: live.put_sheet(results(["A", "B", "C"])))
    return desk


@pytest.mark.parametrize("seed", range(700, 704))
def test_random_additions_in_an_open_workbook_are_kept_and_each_step_is_taken_back(
    seed: int, tmp_path: Path
) -> None:
    wrong, n_added, _ = run_once(seed, tmp_path, is_live=True)
    assert wrong == []
    assert n_added > 0


def test_cells_follow_their_projects_with_formats_and_formulas(desk: Desk) -> None:
    sheet = desk.book.sheets[SHEET]
    sheet.range("E5").value = 12.5
    sheet.range("E5").number_format = "0.000"
    sheet.range("F5").formula2 = "=Projects!B2*B5"
    sheet.range("G7").formula2 = "=G1&C7"
    sheet.range("E6").value = "of B"
    sheet.range("A9").value = "below"
    live = LiveWorkbook(desk.book, desk.excel.details)
    live.put_sheet(results(["C", "X", "Y", "A"]))
    live.save()
    live.close()
    assert sheet.range("E8").value == 12.5
    assert sheet.range("E8").number_format == "0.000"
    assert sheet.range("F8").formula2 == "=Projects!B2*B8"
    assert sheet.range("G5").formula2 == "=G1&C5"
    assert sheet.range("A9").value == "below", "there is room"
    assert sheet.range("E11").value == 'Your notes on "B", which is no longer listed'
    assert sheet.range("E12").value == "of B"
    assert [sheet.range(cell).value for cell in ("A5", "A6", "A7", "A8")] == ["C", "X", "Y", "A"]
    assert live.moved == (
        'On "PF Results" 4 cells that you added beside the table moved with their rows; 1 of them '
        "is below everything, under a line that says where from.",
    )


def test_a_step_that_moved_cells_is_taken_back_exactly(desk: Desk) -> None:
    sheet = desk.book.sheets[SHEET]
    sheet.range("E5").value = 12.5
    sheet.range("E6").value = "of B"
    sheet.range("G5").value = True
    before = desk.state()
    kept = desk.step(lambda live: live.put_sheet(results(["C", "A"], n_columns=5)))
    assert sheet.range("G6").value == 12.5
    again = desk.step(lambda live: live.put_sheet(results(["A", "C"], n_columns=5)))
    assert sheet.range("G5").value == 12.5
    desk.back(again)
    assert sheet.range("G6").value == 12.5
    desk.back(kept)
    assert desk.changed_since(before) == []


def test_a_cell_that_was_added_since_the_step_stops_its_undo(desk: Desk) -> None:
    kept = desk.step(lambda live: live.put_sheet(results(["C", "A"])))
    desk.book.sheets[SHEET].range("E5").value = "new"
    with pytest.raises(EditedError, match='Sheet "PF Results" was edited after the step'):
        desk.back(kept)
    assert desk.book.sheets[SHEET].range("E5").value == "new"


def test_colour_and_widths_are_as_people_set_them(desk: Desk) -> None:
    sheet = desk.book.sheets[SHEET]
    sheet.range("A:A").column_width = 44
    sheet.range("H:H").column_width = 33
    model = sheet.impl._model
    model.view = replace(model.view, tab_colour="CC0000", zoom=140)
    desk.step(lambda live: live.put_sheet(results(["C", "A"])))
    assert sheet.range("A:A").column_width == 44
    assert sheet.range("B:B").column_width == 12
    assert sheet.range("H:H").column_width == 33
    assert (model.view.tab_colour, model.view.zoom) == ("CC0000", 140)


def test_a_picture_is_left_out_and_that_is_said(desk: Desk) -> None:
    live = LiveWorkbook(desk.book, desk.excel.details)
    live.put_sheet(replace(results(["A"]), pictures=(Picture(png(2, 2), 9, 1, 1.0, 1.0),)))
    live.save()
    live.close()
    assert live.undrawn == (
        '1 picture is not on "PF Results": pictures are put into closed workbooks alone. Close the '
        "workbook and run it there to have it.",
    )
    assert desk.book.sheets[SHEET].range("A5").value == "A"


def test_what_is_remembered_is_hidden_and_goes_with_the_sheet(desk: Desk) -> None:
    names = {name.name: name.hidden for name in desk.book.impl._model.names}
    assert {name for name in names if name.startswith("_xlportfolio")} == {
        "_xlportfolio",
        "_xlportfolio_area",
        "_xlportfolio_keys",
        "_xlportfolio_look",
        "_xlportfolio_widths",
    }
    assert all(hidden for name, hidden in names.items() if name.startswith("_xlportfolio"))
    desk.step(lambda live: live.handback())
    assert [name.name for name in desk.book.impl._model.names] == []
