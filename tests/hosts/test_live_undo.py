"""Undo in Excel: which workbook a kept run belongs to, what is refused, and who is sent where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from tests.hosts.portfolio_books import portfolio_book
from tests.hosts.stand_in import StandIn
from xlportfolio.errors import EditedError, InputError, WorkbookError
from xlportfolio.macros.session import Session
from xlportfolio.operations.live_undo import key_of, restore_live, runs_of, undo_live
from xlportfolio.operations.running import run_workbook
from xlportfolio.operations.undo import undo
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.live.address import address_of
from xlportfolio.workbook.saving.store import UndoStore

CLOUD = "https://contoso-my.sharepoint.com/personal/ann/Documents/Portfolio.xlsx"


class InTheCloud:
    """A workbook in the cloud, as pywin32 and appscript tell of it."""

    name = "Portfolio.xlsx"

    def __init__(self, api: object) -> None:
        self.api = api

    @property
    def fullname(self) -> str:
        raise AssertionError("xlwings asks a sheet of the workbook where its file is")


class Told:
    """An answer of appscript, to be got."""

    def get(self) -> str:
        return CLOUD


class Desk:
    """A person at Excel with one workbook open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.store = UndoStore(path.parent / "store")

    def write(self, value: float, command: str = "run") -> None:
        """One step of ours: a cell of the user's, and a sheet of ours."""
        session = Session(self.book, self.excel.details, self.store)
        with session.working() as (live, _):
            live.write("Projects!M2", [[value]])
            live.put_sheet(SheetDescription("PF Results", {(1, 1): Cell(value)}))
            assert session.apply(live, command) == ""

    def value(self) -> Any:
        return self.book.sheets["Projects"].range("M2").value

    def undo(self, **options: Any) -> str:
        return str(undo_live(self.book, self.excel.details, store=self.store, **options))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "desk").mkdir()
    return Desk(portfolio_book(tmp_path / "desk" / "portfolio.xlsx"))


def test_saved_workbook_goes_by_its_file(desk: Desk) -> None:
    assert key_of(desk.book) == desk.path


def test_unsaved_workbook_goes_by_its_name_and_its_excel(tmp_path: Path) -> None:
    first, second = StandIn(), StandIn()
    books = [first.new(), first.new(), second.new()]
    assert [book.name for book in books] == ["Book1", "Book2", "Book1"]
    keys = [key_of(book) for book in books]
    assert keys[0] == f"Book1 of Excel {first.app.pid}"
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    "api",
    [type("Com", (), {"FullName": CLOUD})(), type("Appscript", (), {"full_name": Told()})()],
    ids=["Windows", "macOS"],
)
def test_workbook_in_the_cloud_goes_by_its_address_and_tells_no_setting(api: object) -> None:
    book: Any = InTheCloud(api)
    assert address_of(book) == CLOUD
    assert key_of(book) == CLOUD


def test_undo_takes_back_the_last_step_and_then_the_one_before(desk: Desk) -> None:
    states = [desk.excel.state(desk.book)]
    for value, command in ((1.0, "score"), (2.0, "rebalance")):
        desk.write(value, command)
        states.append(desk.excel.state(desk.book))
    assert [run.command for run in runs_of(desk.book, desk.store)] == ["rebalance", "score"]
    said = desk.undo()
    assert said.startswith('"portfolio.xlsx" is as it was before "Rebalance portfolio" of ')
    assert said.endswith("; 1 more can be undone.")
    assert desk.excel.state(desk.book) == states[1]
    assert desk.undo().endswith("; no more can be undone.")
    assert desk.excel.state(desk.book) == states[0]
    with pytest.raises(WorkbookError, match=r'^There is no run to undo on "portfolio\.xlsx": '):
        desk.undo()


def test_any_run_is_restored_step_by_step(desk: Desk) -> None:
    states = []
    for value in (1.0, 2.0, 3.0, 4.0):
        states.append(desk.excel.state(desk.book))
        desk.write(value)
    number = runs_of(desk.book, desk.store)[2].number
    done = restore_live(desk.book, desk.excel.details, number, store=desk.store)
    assert desk.excel.state(desk.book) == states[1]
    assert (done.n_undone, done.n_left) == (3, 1)
    assert "(3 runs undone); 1 more can be undone." in str(done)


def test_run_that_is_not_kept_is_not_restored(desk: Desk) -> None:
    desk.write(1.0)
    before = desk.excel.state(desk.book)
    with pytest.raises(InputError, match=r'^There is no run 9 of "portfolio\.xlsx"; .* one of 1\.'):
        restore_live(desk.book, desk.excel.details, 9, store=desk.store)
    assert desk.excel.state(desk.book) == before


def test_edited_cell_is_named_and_left(desk: Desk) -> None:
    desk.write(1.0)
    desk.book.sheets["Projects"].range("M2").value = "mine"
    before = desk.excel.state(desk.book)
    with pytest.raises(WorkbookError) as caught:
        desk.undo()
    assert "Projects!M2" in str(caught.value)
    assert isinstance(caught.value, EditedError)
    assert desk.excel.state(desk.book) == before
    assert len(runs_of(desk.book, desk.store)) == 1
    assert desk.undo(force=True).endswith(
        ", but for 1 cell (Projects!M2): it holds something else by now than was written there, "
        "and stays as it is; no more can be undone."
    )
    assert (desk.value(), runs_of(desk.book, desk.store)) == ("mine", ())
    assert "PF Results" not in [sheet.name for sheet in desk.book.sheets]


def test_restore_says_how_far_it_got(desk: Desk) -> None:
    desk.write(1.0)
    desk.book.sheets["Projects"].range("M2").value = "mine"
    edited = desk.excel.state(desk.book)
    desk.write(2.0)
    desk.write(3.0)
    number = runs_of(desk.book, desk.store)[-1].number
    with pytest.raises(WorkbookError, match=r"^2 of 3 steps undone; then: .*Projects!M2") as caught:
        restore_live(desk.book, desk.excel.details, number, store=desk.store)
    assert isinstance(caught.value, EditedError)
    assert desk.excel.state(desk.book) == edited
    assert caught.value.n_undone == 2
    restore_live(desk.book, desk.excel.details, number, force=True, store=desk.store)
    assert desk.value() == "mine"


def test_run_on_the_file_is_undone_on_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(desk.path.parent / "store"))
    desk.write(1.0)
    desk.excel.save(desk.book, desk.path)
    run_workbook(desk.path)
    before = desk.excel.state(desk.book)
    for force in (False, True):
        with pytest.raises(WorkbookError) as caught:
            desk.undo(force=force)
        said = str(caught.value)
        assert said.startswith('The last run on "portfolio.xlsx", "run" of ')
        assert said.endswith("close the workbook and undo it with: xlportfolio undo BOOK.")
    assert desk.excel.state(desk.book) == before
    undo(desk.path)
    desk.undo()
    assert desk.value() is None
    with pytest.raises(WorkbookError, match="There is no run to undo"):
        undo(desk.path)


def test_run_on_the_file_is_no_way_past(desk: Desk) -> None:
    desk.write(1.0)
    desk.store.record(desk.path, b"the file", "a" * 64, "run")
    desk.write(2.0)
    before = desk.excel.state(desk.book)
    number = runs_of(desk.book, desk.store)[-1].number
    with pytest.raises(WorkbookError, match=r'^An earlier run on "portfolio\.xlsx", "run" of '):
        restore_live(desk.book, desk.excel.details, number, store=desk.store)
    assert desk.excel.state(desk.book) == before
    assert len(runs_of(desk.book, desk.store)) == 3


def test_damaged_copy_changes_nothing(desk: Desk) -> None:
    desk.write(1.0)
    desk.write(2.0)
    entry = runs_of(desk.book, desk.store)[1]
    kept = entry.previous.read_bytes()
    entry.previous.write_bytes(bytes(reversed(kept)))
    before = desk.excel.state(desk.book)
    with pytest.raises(WorkbookError, match=r'^What "Run all" of .* changed in .* is damaged \['):
        restore_live(desk.book, desk.excel.details, entry.number, store=desk.store)
    assert desk.excel.state(desk.book) == before


def test_store_that_cannot_be_written_is_a_warning(desk: Desk) -> None:
    (desk.path.parent / "store").write_text("a file is in the way")
    session = Session(desk.book, desk.excel.details, desk.store)
    with session.working() as (live, _):
        live.write("Projects!M2", [[1.0]])
        warning = session.apply(live, "run")
    assert desk.value() == 1.0
    assert 'The previous "portfolio.xlsx" could not be kept for undo' in warning
    assert warning.endswith(" This run cannot be undone.")


def test_undo_neither_saves_the_workbook_nor_opens_another(desk: Desk) -> None:
    content = desk.path.read_bytes()
    desk.write(1.0)
    desk.undo()
    assert (desk.path.read_bytes(), desk.excel.saves) == (content, [])
    assert [book.name for book in xw.App(impl=desk.excel.app.impl).books] == ["portfolio.xlsx"]


def test_general_cell_stays_general_where_its_formula_would_bring_a_format_along(
    desk: Desk,
) -> None:
    cells = desk.book.sheets["Projects"].range("M2:N2")
    cells[1].number_format = "dd/mm/yyyy"
    cells[0].formula = "=N2"
    assert cells[0].number_format == "dd/mm/yyyy"
    cells[0].number_format = "General"
    before = desk.excel.state(desk.book)
    desk.write(1.0)
    desk.undo()
    assert desk.excel.differences(before, desk.excel.state(desk.book)) == []
