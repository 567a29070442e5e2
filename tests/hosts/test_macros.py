"""The buttons' macros on a stand-in for Excel, against the same operation on the closed file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from tests.hosts.portfolio_books import PROJECTS, portfolio_book
from tests.hosts.stand_in import StandIn
from xlportfolio.cells import Registry
from xlportfolio.macros import BUTTONS, MACROS, MacroResult, press
from xlportfolio.operations.options import RunOptions, read_budget
from xlportfolio.operations.running import run_workbook
from xlportfolio.operations.shipped import shipped_workbook
from xlportfolio.operations.writing_back import write_back_workbook
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.saving.store import UndoStore

STEPS = {
    "score": ("score",),
    "rebalance": ("score", "rebalance"),
    "level": ("score", "level"),
    "run": ("score", "rebalance", "level"),
}


class Desk:
    """A person at Excel with one workbook open."""

    def __init__(self, path: Path, store: UndoStore) -> None:
        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.store = store

    def press(self, name: str, *answers: str) -> MacroResult:
        self.excel.alerts.answers += answers
        return press(name, self.book, details=self.excel.details, store=self.store)

    def cells(self, folder: Path) -> dict[str, Any]:
        """What every sheet holds, read back by the closed reader."""
        folder.mkdir(exist_ok=True)
        saved = folder / self.book.name
        self.excel.save(self.book, saved)
        return cells_of(saved)


def cells_of(path: Path) -> dict[str, Any]:
    """Values, number formats and formulas of every sheet; moments of runs left out."""
    with open_workbook(path) as book:
        found = {}
        for name in book.sheet_names:
            contents = book.contents(name)
            rows = {
                (row, column): value
                for row, line in contents.rows.items()
                for column, value in line.items()
                if not (name == "PF Log" and isinstance(value, datetime))
            }
            formats = {
                (row, column): text
                for row, line in contents.formats.items()
                for column, text in line.items()
            }
            found[name] = (
                contents.visible,
                rows,
                formats,
                contents.formulas,
                sorted(merge.address for merge in contents.merges),
            )
        return found


@pytest.fixture
def store(tmp_path: Path) -> UndoStore:
    return UndoStore(tmp_path / "store")


@pytest.fixture
def desk(tmp_path: Path, store: UndoStore) -> Iterator[Desk]:
    (tmp_path / "open").mkdir()
    yield Desk(portfolio_book(tmp_path / "open" / "portfolio.xlsx"), store)


def worked_example(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "worked_example.xlsx"
    path.write_bytes(shipped_workbook("worked_example.xlsx"))
    return path


@pytest.mark.parametrize("name", STEPS)
def test_a_button_writes_what_the_command_writes_into_the_closed_file(
    name: str, tmp_path: Path, desk: Desk
) -> None:
    (tmp_path / "closed").mkdir()
    closed = portfolio_book(tmp_path / "closed" / "portfolio.xlsx")
    for _ in range(2):  # the second run tells what changed since the first
        run_workbook(closed, command=name, options=RunOptions(steps=STEPS[name]))
        result = desk.press(name)
        assert result.status != "not done", result.sentence
        assert desk.cells(tmp_path / "saved") == cells_of(closed)


def test_run_on_the_worked_example_writes_what_the_command_writes(
    tmp_path: Path, store: UndoStore
) -> None:
    closed = worked_example(tmp_path / "closed")
    desk = Desk(worked_example(tmp_path / "open"), store)
    solved = run_workbook(closed)
    result = desk.press("run")
    assert result.sheets == solved.sheets
    assert desk.cells(tmp_path / "saved") == cells_of(closed)
    assert desk.book.sheets.active.name == "PF Summary"


def test_check_lists_the_problems_and_leaves_the_users_cells(tmp_path: Path, desk: Desk) -> None:
    before = desk.cells(tmp_path / "before")
    result = desk.press("check")
    after = desk.cells(tmp_path / "after")
    assert set(after) - set(before) == {"PF Problems", "PF Setup", "PF Log"}
    assert {name: after[name] for name in before} == before
    assert desk.book.sheets.active.name == "PF Problems"
    assert "in the data" in result.sentence


def test_every_button_has_a_macro_and_every_macro_a_button() -> None:
    assert [button.name for button in BUTTONS] == list(
        dict.fromkeys(button.name for button in BUTTONS)
    )
    assert {button.name for button in BUTTONS} == set(MACROS)
    keys = [button.key for button in BUTTONS]
    assert len(set(keys)) == len(keys)


def test_a_workbook_without_projects_is_left_as_it_is_and_the_person_is_told(
    tmp_path: Path, store: UndoStore
) -> None:
    book = Workbook()
    book.active.append(["Shopping", "Price"])
    book.active.append(["Tea", 3])
    book.save(tmp_path / "list.xlsx")
    desk = Desk(tmp_path / "list.xlsx", store)
    before = desk.excel.state(desk.book)
    result = desk.press("run")
    assert result.status == "not done"
    assert "has no table of projects" in result.sentence
    assert [one.prompt for one in desk.excel.alerts.asked] == [result.sentence]
    assert desk.excel.state(desk.book) == before
    assert store.entries(Path(desk.book.fullname)) == []


def test_no_workbook_open_is_said(store: UndoStore) -> None:
    excel = StandIn()
    result = press("score", None, app=excel.app, details=excel.details, store=store)
    assert result.status == "not done"
    assert result.sentence == (
        "No workbook is open; open yours, or press New workbook or Load example."
    )
    assert [one.prompt for one in excel.alerts.asked] == [result.sentence]


def test_undo_takes_back_the_last_step_and_then_the_one_before(desk: Desk) -> None:
    first = desk.excel.state(desk.book)
    desk.press("score")
    second = desk.excel.state(desk.book)
    desk.press("run")
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == second
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == first
    result = desk.press("undo")
    assert result.status == "not done"
    assert result.sentence.startswith('There is no run to undo on "')


def test_undo_asks_before_an_edit_is_lost(desk: Desk) -> None:
    before = desk.excel.state(desk.book)
    desk.press("score")
    desk.book.sheets["PF Results"].range("B2").value = "mine"
    edited = desk.excel.state(desk.book)
    kept = desk.press("undo", "no")
    assert (kept.status, kept.sentence) == ("not done", "Your edits stay; nothing was undone.")
    assert desk.excel.state(desk.book) == edited
    assert [one.prompt.partition(" was edited")[0] for one in desk.excel.alerts.asked] == [
        'Sheet "PF Results"',
        "Your edits stay; nothing was undone.",
    ]
    assert desk.press("undo", "yes").status == "done"
    assert desk.excel.state(desk.book) == before


def test_a_mistake_of_ours_is_told_in_a_sentence_and_logged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    before = desk.excel.state(desk.book)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("xlportfolio.operations.book_run.do_job", broken)
    result = desk.press("run")
    assert result.status == "not done"
    assert "a mistake of xlportfolio itself (ZeroDivisionError)" in result.sentence
    logged = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any("planted" in path.read_text(errors="replace") for path in logged)
    assert desk.excel.state(desk.book) == before


def test_esc_stops_the_search_and_keeps_the_best_so_far(desk: Desk) -> None:
    desk.excel.press_escape([True])
    result = desk.press("level")
    assert "Esc cut the search short" in result.sentence
    assert result.status == "needs a person"
    assert "PF Results" in result.sheets


def test_handback_takes_out_what_was_put_once_the_person_says_yes(desk: Desk) -> None:
    before = desk.excel.state(desk.book)
    desk.press("run")
    after = desk.excel.state(desk.book)
    desk.excel.alerts.answers.append("no")
    assert desk.press("handback").sentence == "Nothing was taken out."
    assert desk.excel.state(desk.book) == after
    desk.excel.alerts.answers.append("yes")
    result = desk.press("handback")
    assert result.status == "done", result.sentence
    assert desk.excel.state(desk.book) == before


def test_help_lists_every_button_with_what_it_does(desk: Desk) -> None:
    desk.press("help")
    shown = desk.book.sheets["PF Help"].used_range.value
    texts = {cell for row in shown for cell in row}
    assert {button.label for button in BUTTONS} <= texts
    assert {button.tip for button in BUTTONS} <= texts


WITH_RESULTS = [
    [*row, *more]
    for row, more in zip(
        PROJECTS,
        [["Proposed decision", "Proposed start"], *([[None, None]] * (len(PROJECTS) - 1))],
        strict=True,
    )
]


def test_decisions_are_written_back_once_the_person_saw_old_and_new(
    tmp_path: Path, store: UndoStore
) -> None:
    folders = [tmp_path / "open", tmp_path / "closed"]
    for folder in folders:
        folder.mkdir()
        portfolio_book(folder / "portfolio.xlsx", Projects=WITH_RESULTS)
    desk = Desk(tmp_path / "open" / "portfolio.xlsx", store)
    desk.press("run")
    solved = desk.excel.state(desk.book)
    desk.excel.alerts.answers.append("no")
    result = desk.press("write_back")
    assert result.sentence == "Nothing was written; PF Changes shows what would be."
    assert desk.book.sheets.active.name == "PF Changes"
    assert desk.book.sheets["Projects"]["L2:M5"].value == [[None, None]] * 4
    asked = desk.excel.alerts.asked[-1].prompt
    assert asked.startswith("8 cells of Projects would change; PF Changes shows old and new")
    desk.excel.alerts.answers.append("yes")
    assert desk.press("write_back").status == "done"
    closed = tmp_path / "closed" / "portfolio.xlsx"
    run_workbook(closed)
    write_back_workbook(closed, confirmed=True)
    written = cells_of(closed)
    assert desk.cells(tmp_path / "saved")["Projects"] == written["Projects"]
    decisions = [row[0] for row in desk.book.sheets["Projects"]["L2:M5"].value]
    assert set(decisions) <= {"Continue", "Start", "Defer", "Stop", "Not funded"}
    for _ in range(3):  # written, PF Changes put, PF Changes put
        assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == solved


def test_write_back_without_a_column_for_results_says_which_header_to_add(desk: Desk) -> None:
    desk.press("run")
    before = desk.excel.state(desk.book)
    result = desk.press("write_back")
    assert result.status == "not done"
    assert "Proposed decision" in result.sentence
    assert desk.excel.state(desk.book) == before


def test_undo_asks_before_it_loses_what_was_edited_since(desk: Desk) -> None:
    before = desk.excel.state(desk.book)
    desk.press("score")
    desk.book.sheets["PF Setup"]["A1"].value = "mine"
    edited = desk.excel.state(desk.book)
    desk.excel.alerts.answers.append("no")
    assert desk.press("undo").status == "not done"
    assert "PF Setup" in desk.excel.alerts.asked[-2].prompt
    assert desk.excel.state(desk.book) == edited
    desk.excel.alerts.answers.append("yes")
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == before


def test_restore_goes_back_to_before_the_run_whose_row_is_selected(desk: Desk) -> None:
    states = []
    for name in ("score", "rebalance", "run"):
        states.append(desk.excel.state(desk.book))
        desk.press(name)
    desk.excel.select(desk.book.sheets["Projects"]["A1"])
    result = desk.press("restore")
    assert "Select the row of a run on PF Log" in result.sentence
    assert desk.book.sheets.active.name == "PF Log"
    commands = desk.book.sheets["PF Log"]["B6:B8"].value
    assert commands == ["run", "rebalance", "score"]
    desk.excel.select(desk.book.sheets["PF Log"]["C7"])
    left = desk.excel.state(desk.book)
    assert desk.press("restore", "no").sentence == "Nothing was undone."
    assert desk.excel.state(desk.book) == left
    question = desk.excel.alerts.asked[-2].prompt
    assert question.startswith('These 2 steps would be taken back, the newest first: "Run all" of ')
    assert ' and "Rebalance portfolio" of ' in question
    assert question.endswith(" Take them back?")
    result = desk.press("restore", "yes")
    assert result.status == "done", result.sentence
    assert desk.excel.state(desk.book) == states[1]


def test_refresh_does_the_last_run_again_on_what_the_workbook_says_now(desk: Desk) -> None:
    desk.press("score")
    desk.book.sheets["Ratings"]["B3"].value = 1
    result = desk.press("refresh")
    assert result.macro == "score"
    assert desk.book.sheets["PF Log"]["B6:B7"].value == ["score", "score"]
    hashes = desk.book.sheets["PF Log"]["C6:C7"].value
    assert hashes[0] != hashes[1]


def test_refresh_says_which_options_of_the_last_run_it_did_not_follow(
    tmp_path: Path, store: UndoStore
) -> None:
    path = portfolio_book(tmp_path / "portfolio.xlsx")
    run_workbook(path, options=RunOptions(budget=read_budget("90%"), effort=2, seed=7))
    result = Desk(path, store).press("refresh")
    assert result.macro == "run"
    assert result.status == "needs a person"
    assert "The last run was told seed 7, effort 2, budget 0.9 of each; this one" in result.sentence


def test_settings_makes_pf_setup_once_and_then_shows_it(desk: Desk) -> None:
    assert desk.press("settings").macro == "map"
    assert desk.book.sheets.active.name == "PF Setup"
    desk.book.sheets["Projects"].activate()
    before = desk.excel.state(desk.book)
    assert desk.press("settings").sentence == "The settings are on PF Setup."
    assert desk.book.sheets.active.name == "PF Setup"
    assert desk.excel.differences(before, desk.excel.state(desk.book)) == []


def test_values_copy_leaves_the_workbook_and_holds_values_for_our_functions(
    tmp_path: Path, store: UndoStore
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    path = folder / "self_check.xlsx"
    path.write_bytes(shipped_workbook("self_check.xlsx"))
    desk = Desk(path, store)
    before = desk.excel.state(desk.book)
    result = desk.press("values_copy")
    assert desk.excel.state(desk.book) == before
    assert {one.name for one in folder.iterdir()} == {
        "self_check.xlsx",
        "self_check (values).xlsx",
    }
    with open_workbook(folder / "self_check (values).xlsx") as copy:
        texts = [one.text for name in copy.sheet_names for one in copy.formulas(name)]
    assert texts
    assert not any("PF_" in text for text in texts)
    assert "formulas of xlportfolio are values" in result.sentence


@pytest.mark.parametrize(("name", "stem"), [("new", "Portfolio"), ("example", "Portfolio example")])
def test_new_and_example_open_a_file_of_their_own_with_nothing_open(
    name: str, stem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "Documents").mkdir()
    excel = StandIn()
    for file in (f"{stem}.xlsx", f"{stem} 2.xlsx"):
        result = press(name, None, app=excel.app, details=excel.details)
        assert result.status == "done", result.sentence
        assert (tmp_path / "Documents" / file).is_file()
        assert excel.app.books.active.name == file
        assert excel.app.books.active.sheets.active.name == "Start"


def test_the_example_gives_its_first_result_with_one_more_press(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: UndoStore
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    excel = StandIn()
    press("example", None, app=excel.app, details=excel.details, store=store)
    result = press("run", excel.app.books.active, details=excel.details, store=store)
    assert "41 projects" in result.sentence or "40 projects" in result.sentence
    assert excel.app.books.active.sheets.active.name == "PF Summary"


def test_self_check_counts_what_excel_computes_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Workbook()
    for row, is_right in enumerate((True, False, True), start=1):
        book.active.cell(row, 1).value = is_right
        name = f"check_pf_score_{row}"
        book.defined_names[name] = DefinedName(name, attr_text=f"Sheet!$A${row}")
    book.save(tmp_path / "computed.xlsx")
    computed = (tmp_path / "computed.xlsx").read_bytes()
    monkeypatch.setattr("xlportfolio.operations.shipped.shipped_workbook", lambda _: computed)
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path))
    excel = StandIn()
    result = press("self_check", None, app=excel.app, details=excel.details)
    assert result.sentence == (
        "Excel: 2 of 3 calls are right. Wrong: pf_score_2; see their rows in the workbook."
    )
    assert result.status == "needs a person"
    assert excel.calculations == 1


def test_self_check_opens_the_workbook_that_travels_with_the_product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path))
    excel = StandIn()
    result = press("self_check", None, app=excel.app, details=excel.details)
    assert len(result.answer) == sum(len(function.examples) for function in Registry.load())
    assert excel.app.books.active.name == "self_check.xlsx"


def test_a_users_spilling_formula_on_our_table_spills_still_after_another_run(desk: Desk) -> None:
    desk.press("score")
    mine = desk.book.sheets.add("Mine")
    table = desk.book.sheets["PF Results"].tables[0].name
    mine["A1"].formula2 = f"=SORT({table}[Score])"
    before = desk.excel.state(desk.book)
    desk.press("score")
    assert mine["A1"].formula2 == f"=SORT({table}[Score])"
    assert desk.press("undo").status == "done"
    assert desk.excel.differences(before, desk.excel.state(desk.book)) == []


def test_a_chart_that_excel_does_not_draw_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "The chart was left out."
    monkeypatch.setattr(desk.excel.details, "draw_charts", lambda sheet, charts: [sentence])
    result = desk.press("run")
    assert result.sentence.endswith(sentence)
    assert desk.excel.alerts.asked[-1].prompt == result.sentence


def test_links_to_the_add_in_of_another_computer_are_mended_and_nothing_else(desk: Desk) -> None:
    path = r"'C:\Users\ann\AppData\Roaming\Microsoft\Excel\XLSTART\xlportfolio.xlam'"
    mine = desk.book.sheets.add("Mine")
    mine["A1"].formula2 = f"=SUM({path}!PF_RANK(B1:B3))"
    mine["A2"].formula2 = f'="{path}!PF_RANK()"'
    mine["A3"].formula2 = "=SUM(B1:B3)"
    before = desk.excel.state(desk.book)
    result = desk.press("mend_links")
    assert result.sentence == "The path of the add-in went from 1 formula."
    formulas = [mine[f"A{row}"].formula2 for row in (1, 2, 3)]
    assert formulas == ["=SUM(PF_RANK(B1:B3))", f'="{path}!PF_RANK()"', "=SUM(B1:B3)"]
    assert desk.press("mend_links").sentence == "No formula names a path of the add-in."
    assert desk.press("undo").status == "done"
    assert desk.excel.state(desk.book) == before


def test_handback_takes_out_a_sheet_that_the_person_made_very_hidden(desk: Desk) -> None:
    before = set(desk.book.sheet_names)
    desk.press("score")
    desk.book.sheets["PF Reconcile"].impl.visible = 2
    hidden = desk.excel.state(desk.book)
    desk.excel.alerts.answers.append("yes")
    result = desk.press("handback")
    assert result.status == "done", result.sentence
    assert set(desk.book.sheet_names) == before
    undone = desk.press("undo")
    assert undone.status == "done", undone.sentence
    assert desk.excel.differences(hidden, desk.excel.state(desk.book)) == []
