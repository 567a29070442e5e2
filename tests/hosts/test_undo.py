"""Undo brings back the previous bytes, and nobody's edits are lost by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
import xlsxwriter

from xlportfolio import open_workbook
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.undo import RecordedRun, record_run, undo
from xlportfolio.workbook.saving.file_state import FileState
from xlportfolio.workbook.saving.replacing import SavedFile, replace_safely
from xlportfolio.workbook.saving.store import Entry, Key, UndoStore


@pytest.fixture
def store(tmp_path: Path) -> UndoStore:
    return UndoStore(tmp_path / "home")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    path = folder / "portfolio.xlsx"
    path.write_bytes(b"as it was at first")
    return path


def save(book: Path, content: bytes, *, backup: bool = True) -> SavedFile:
    def write(stream: BinaryIO) -> None:
        stream.write(content)

    return replace_safely(write, book, book, lint=lambda _: [], backup=backup)


@pytest.fixture
def run(book: Path, store: UndoStore) -> Callable[[bytes], RecordedRun]:
    def run_and_record(content: bytes) -> RecordedRun:
        return record_run(save(book, content), "run", store=store)

    return run_and_record


Run = Callable[[bytes], RecordedRun]


def test_undo_restores_the_bytes_before_the_last_run(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"after the first run")
    book.chmod(0o640)
    result = undo(book, store=store)
    assert book.read_bytes() == b"as it was at first"
    assert book.stat().st_mode & 0o777 == 0o640
    assert (result.workbook, result.command) == (book, "run")
    assert (result.backup, result.n_left) == (None, 0)
    assert f'"{book}" is as it was before "run" of ' in str(result)
    assert str(result).endswith("; no more can be undone.")


def test_second_undo_goes_one_run_further_back(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    run(b"after the second run")
    first = undo(book, store=store)
    assert (book.read_bytes(), first.n_left) == (b"after the first run", 1)
    assert "1 more can be undone" in str(first)
    second = undo(book, store=store)
    assert (book.read_bytes(), second.n_left) == (b"as it was at first", 0)


def test_undo_without_any_run_says_so(book: Path, store: UndoStore) -> None:
    with pytest.raises(WorkbookError) as caught:
        undo(book, store=store)
    message = str(caught.value)
    assert f'There is no run to undo on "{book}"' in message
    assert "the last 20 runs of 30 days" in message
    assert '"portfolio.*.bak.xlsx"' in message
    assert book.read_bytes() == b"as it was at first"


def test_undo_stops_at_the_first_run(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    undo(book, store=store)
    with pytest.raises(WorkbookError, match="There is no run to undo"):
        undo(book, store=store)
    assert book.read_bytes() == b"as it was at first"


def test_edited_workbook_is_left_as_it_is(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    book.write_bytes(b"edited by hand")
    with pytest.raises(WorkbookError) as caught:
        undo(book, store=store)
    message = str(caught.value)
    assert f'"{book}" was edited or replaced after "run" of ' in message
    assert "Undo with --force" in message
    assert book.read_bytes() == b"edited by hand"
    assert store.latest(book) is not None


def test_forced_undo_keeps_the_edits_as_a_backup(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    book.write_bytes(b"edited by hand")
    result = undo(book, force=True, store=store)
    assert book.read_bytes() == b"as it was at first"
    assert result.backup and result.backup.read_bytes() == b"edited by hand"
    assert f'the edits are kept in "{result.backup.name}"' in str(result)


def test_edits_between_two_runs_are_not_undone_unasked(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"after the first run")
    book.write_bytes(b"edited by hand")
    run(b"after the second run")
    undo(book, store=store)
    assert book.read_bytes() == b"edited by hand"
    with pytest.raises(WorkbookError, match="was edited or replaced after"):
        undo(book, store=store)


def test_deleted_workbook_comes_back_by_force_only(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    book.unlink()
    with pytest.raises(WorkbookError, match="was moved or deleted after"):
        undo(book, store=store)
    with pytest.raises(WorkbookError, match=r"to have it here again as it was before that, or put"):
        undo(book, store=store)
    assert not book.exists()
    undo(book, force=True, store=store)
    assert book.read_bytes() == b"as it was at first"


def test_workbook_that_was_restored_by_hand_is_not_taken_for_edited(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"after the first run")
    run(b"after the second run")
    book.write_bytes(b"after the first run")
    with pytest.raises(WorkbookError, match=r"is already as it was before .* Undo again"):
        undo(book, store=store)
    undo(book, store=store)
    assert book.read_bytes() == b"as it was at first"


def test_edit_at_the_last_moment_is_not_undone(
    book: Path, store: UndoStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(b"after the first run")

    class Edited(UndoStore):
        def entries(self, workbook: Key) -> list[Entry]:
            found = super().entries(workbook)
            read = FileState.of

            def read_then_edit(path: Path) -> FileState:
                state = read(path)
                monkeypatch.setattr(FileState, "of", read)
                book.write_bytes(b"edited by hand")
                return state

            monkeypatch.setattr(FileState, "of", read_then_edit)
            return found

    with pytest.raises(WorkbookError, match="was saved or moved by someone else"):
        undo(book, store=Edited(store.folder.parent))
    assert book.read_bytes() == b"edited by hand"


def test_open_workbook_is_not_undone(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    book.with_name("~$portfolio.xlsx").write_bytes(b"\x03Ann" + b" " * 161)
    with pytest.raises(WorkbookError) as caught:
        undo(book, store=store)
    assert "is open: " in str(caught.value)
    assert "Close it in Excel, or undo it later" in str(caught.value)
    assert book.read_bytes() == b"after the first run"
    assert store.latest(book) is not None


def test_damaged_copy_is_not_restored(book: Path, store: UndoStore, run: Run) -> None:
    entry = run(b"after the first run").entry
    assert entry
    entry.previous.write_bytes(b"as it was at thirst"[: entry.size])
    with pytest.raises(WorkbookError, match=r'is damaged .* Look for a backup, "portfolio'):
        undo(book, store=store)
    assert book.read_bytes() == b"after the first run"


def test_undo_by_a_link_restores_the_file_behind_it(book: Path, store: UndoStore, run: Run) -> None:
    run(b"after the first run")
    link = book.with_name("link.xlsx")
    link.symlink_to(book)
    undo(link, store=store)
    assert link.is_symlink()
    assert book.read_bytes() == b"as it was at first"


def test_store_that_cannot_be_written_is_a_warning_with_the_backup(
    book: Path, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    saved = save(book, b"after the first run")
    recorded = record_run(saved, "run", store=UndoStore(tmp_path / "home"))
    assert book.read_bytes() == b"after the first run"
    assert saved.backup and saved.backup.read_bytes() == b"as it was at first"
    assert recorded.entry is None
    assert "could not be kept for undo" in recorded.warning
    assert f'only the backup "{saved.backup}" takes you back' in recorded.warning


def test_save_without_a_backup_warns_that_it_cannot_be_undone(book: Path, store: UndoStore) -> None:
    recorded = record_run(save(book, b"new", backup=False), "run", store=store)
    assert recorded.entry is None
    assert "cannot be undone" in recorded.warning


def test_new_or_unchanged_workbook_leaves_no_entry(
    book: Path, store: UndoStore, tmp_path: Path
) -> None:
    assert record_run(save(tmp_path / "new.xlsx", b"new"), "new", store=store) == RecordedRun(None)
    assert record_run(save(book, book.read_bytes()), "run", store=store) == RecordedRun(None)
    assert store.entries(book) == []


def test_store_of_the_environment_is_used_by_default(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "elsewhere"))
    record_run(save(book, b"after the first run"), "run")
    assert UndoStore(tmp_path / "elsewhere").latest(book) is not None
    undo(book)
    assert book.read_bytes() == b"as it was at first"


def test_run_on_a_real_workbook_is_undone_byte_for_byte(tmp_path: Path, store: UndoStore) -> None:
    path = tmp_path / "portfolio.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Projects").write_column("A1", ["project_id", "P1", "P2"])
    before = path.read_bytes()
    with open_workbook(path) as opened:
        opened.write("Projects!B2", [[1.0], [2.0]])
        opened.save()
        saved = opened.saved
    assert path.read_bytes() != before
    assert saved and saved.path == path
    assert record_run(saved, "run", store=store).entry is not None
    undo(path, store=store)
    assert path.read_bytes() == before


def test_run_in_excel_is_undone_in_excel(book: Path, store: UndoStore) -> None:
    store.record(book, b"what changed", "", "rebalance", kind="live")
    for force in (False, True):
        with pytest.raises(WorkbookError) as caught:
            undo(book, force=force, store=store)
        message = str(caught.value)
        assert message.startswith(f'The last step on "{book}", "rebalance" of ')
        assert message.endswith(
            "was made in Excel: open the workbook there and press Undo last step."
        )
    assert book.read_bytes() == b"as it was at first"
    assert len(store.entries(book)) == 1


def test_run_in_excel_that_was_saved_is_not_gone_back_over_unasked(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"after the first run")
    store.record(book, b"what changed", "", "rebalance", kind="live")
    book.write_bytes(b"saved in Excel")
    with pytest.raises(WorkbookError) as caught:
        undo(book, store=store)
    message = str(caught.value)
    assert "press Undo last step, or undo with --force to go back to before " in message
    assert message.endswith("is then kept as a backup beside it.")
    assert (book.read_bytes(), len(store.entries(book))) == (b"saved in Excel", 2)
    result = undo(book, force=True, store=store)
    assert (result.command, result.n_left) == ("run", 0)
    assert book.read_bytes() == b"as it was at first"
    assert result.backup and result.backup.read_bytes() == b"saved in Excel"


def test_run_in_excel_that_was_never_saved_is_no_obstacle(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"after the first run")
    run(b"after the second run")
    store.record(book, b"what changed", "", "rebalance", kind="live")
    store.record(book, b"what changed", "", "level", kind="live")
    result = undo(book, store=store)
    assert (book.read_bytes(), result.backup) == (b"after the first run", None)
    assert (result.command, result.n_left) == ("run", 1)
    undo(book, store=store)
    assert book.read_bytes() == b"as it was at first"


def test_run_in_excel_below_one_on_the_file_waits_for_excel(
    book: Path, store: UndoStore, run: Run
) -> None:
    store.record(book, b"what changed", "", "rebalance", kind="live")
    run(b"after the run on the file")
    result = undo(book, store=store)
    assert (book.read_bytes(), result.n_left) == (b"as it was at first", 1)
    with pytest.raises(WorkbookError, match="was made in Excel: open the workbook there"):
        undo(book, store=store)


def test_damaged_copy_leaves_the_runs_in_excel_known(
    book: Path, store: UndoStore, run: Run
) -> None:
    entry = run(b"after the first run").entry
    assert entry
    store.record(book, b"what changed", "", "rebalance", kind="live")
    entry.previous.write_bytes(b"as it was at thirst"[: entry.size])
    with pytest.raises(WorkbookError, match="is damaged"):
        undo(book, store=store)
    assert [one.kind for one in store.entries(book)] == ["file", "live"]
