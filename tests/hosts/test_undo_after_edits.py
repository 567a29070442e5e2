"""Undo on the worked example after what people do between: move, rename, protect, not save."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.stand_in import StandIn
from xlportfolio.macros import BUTTONS, MacroResult, press
from xlportfolio.operations.live_undo import BUTTONS as CALLED
from xlportfolio.operations.live_undo import runs_of
from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.workbook.saving.store import UndoStore

REGISTER = "Project register"


class Desk:
    """A person at Excel with the worked example open."""

    def __init__(self, folder: Path) -> None:
        self.path, self.store = folder / "worked_example.xlsx", UndoStore(folder / "store")
        self.path.write_bytes(shipped_workbook("worked_example.xlsx"))
        self.open()

    def open(self) -> None:
        self.excel = StandIn()
        self.book = self.excel.open(self.path)

    def press(self, name: str, *answers: str) -> MacroResult:
        self.excel.alerts.answers[:] = answers
        return press(name, self.book, details=self.excel.details, store=self.store)

    def changed_since(self, before: object) -> list[str]:
        return self.excel.differences(before, self.excel.state(self.book))  # type: ignore[arg-type]

    def n_kept(self) -> int:
        return len(runs_of(self.book, self.store))

    def asked(self) -> list[str]:
        return [one.prompt for one in self.excel.alerts.asked if one.buttons == "yes_no"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def written(desk: Desk) -> Desk:
    assert desk.press("run").status != "not done"
    assert "written." in desk.press("write_back", "yes").sentence
    return desk


def test_columns_that_moved_keep_the_users_comments_and_the_step(written: Desk) -> None:
    register = written.book.sheets[REGISTER]
    block = register.range("H5:AR63").formula
    register.range("I5:AS63").formula = block
    register.range("H5:H63").value = [[None]] * 59
    moved, n_kept = written.excel.state(written.book), written.n_kept()
    result = written.press("undo", "yes")
    assert result.status == "not done"
    assert result.sentence.startswith("Nothing was undone: of the ")
    assert written.changed_since(moved) == []
    assert written.n_kept() == n_kept


def test_renamed_register_is_found_and_put_back(written: Desk) -> None:
    register = written.book.sheets[REGISTER]
    assert register.range("AQ10").value == "Start"
    register.name = "Reg"
    result = written.press("undo")
    assert result.status == "done", result.sentence
    assert ' is as it was before "Write decisions back" of ' in result.sentence
    assert written.book.sheets["Reg"].range("AQ10").value is None


def test_structure_that_was_protected_since_is_no_trouble_where_no_sheet_is_added_or_removed(
    desk: Desk,
) -> None:
    desk.press("run")
    before = desk.excel.state(desk.book)
    desk.press("check")
    desk.excel.protect_structure(desk.book)
    result = desk.press("undo")
    assert result.status == "done", result.sentence
    desk.excel.protect_structure(desk.book, protected=False)
    assert desk.changed_since(before) == []


def test_workbook_that_was_closed_without_saving_is_left_and_its_steps_forgotten(
    written: Desk,
) -> None:
    written.open()
    before = written.excel.state(written.book)
    said = [written.press("undo").sentence for _ in range(4)]
    assert written.asked() == []
    assert written.changed_since(before) == []
    assert said[0].startswith('"Write decisions back" of ')
    assert said[0].endswith(
        ' is not in "worked_example.xlsx" any more (was it closed without saving?), and nothing '
        "was changed; undo again to go one step further back."
    )
    already = '"worked_example.xlsx" is already as it was before "'
    assert said[1].startswith(f'{already}Write decisions back (PF Changes)" of ')
    assert said[1].endswith("; undo again to go one step further back.")
    assert said[2].startswith(f'{already}Run all" of ')
    assert said[2].endswith("; no more can be undone.")
    assert said[3].startswith("There is no run to undo")


def test_question_speaks_of_no_command_line_and_of_all_that_would_be_lost(written: Desk) -> None:
    register = written.book.sheets[REGISTER]
    register.range("AQ10").value = "mine"
    written.book.sheets["PF Log"].range("H2").value = "a remark"
    edited = written.excel.state(written.book)
    assert written.press("undo", "no").sentence == "Your edits stay; nothing was undone."
    assert written.changed_since(edited) == []
    assert written.asked()[-1] == (
        'Sheet "PF Log" was edited after the step that is to be undone, and undoing would lose '
        "that. 'Project register'!AQ10 was edited after the step that is to be undone; it would "
        "stay as it is, and the rest would be put back. Go back all the same?"
    )
    result = written.press("undo", "yes")
    assert result.status == "needs a person"
    assert "but for 1 cell ('Project register'!AQ10): it holds something else" in result.sentence
    assert register.range("AQ10").value == "mine"
    assert register.range("AQ11").value is None


def test_hand_back_names_the_remedy_that_there_is_in_excel(desk: Desk) -> None:
    desk.press("check")
    desk.book.sheets.add("Mine").range("A1").formula = "='PF Problems'!A1"
    result = desk.press("handback", "yes")
    assert result.status == "not done"
    assert result.sentence == (
        'Mine!A1 refers to "PF Problems", which xlportfolio made, and would show #REF! without it; '
        "replace it by its value (Copy, Paste Special > Values) or remove it, then press Hand back "
        "again."
    )


def test_steps_are_called_by_the_labels_of_their_buttons() -> None:
    labels = {button.name.replace("_", "-"): button.label for button in BUTTONS}
    labels["PF Changes"] = f"{labels['write-back']} (PF Changes)"
    assert {name: labels[name] for name in CALLED} == CALLED
