"""The undo store keeps previous workbooks, privately, and no longer than promised."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving import store as store_module
from xlportfolio.workbook.saving.store import Entry, UndoStore, store_folder

NOW = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> UndoStore:
    return UndoStore(home)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "portfolio.xlsx"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_entry_holds_the_bytes_and_says_what_they_are(store: UndoStore, book: Path) -> None:
    content = bytes(range(256)) * 5000
    entry = store.record(book, content, "a" * 64, "run", now=NOW)
    assert entry.previous.read_bytes() == content
    assert (entry.workbook, entry.command, entry.recorded) == (book, "run", NOW)
    assert entry.hash_before == hashlib.sha256(content).hexdigest()
    assert (entry.hash_after, entry.size) == ("a" * 64, 1_280_000)
    assert store.latest(book) == entry
    assert store.entries(book) == [entry]


def test_file_is_kept_like_its_bytes(store: UndoStore, book: Path, tmp_path: Path) -> None:
    previous = tmp_path / "previous.xlsx"
    previous.write_bytes(b"x" * 3_000_000)
    entry = store.record(book, previous, "a" * 64, "run")
    assert entry.previous.read_bytes() == b"x" * 3_000_000
    assert entry.hash_before == hashlib.sha256(b"x" * 3_000_000).hexdigest()
    assert entry.size == 3_000_000


def test_entries_come_in_the_order_of_the_runs(store: UndoStore, book: Path) -> None:
    for n in range(12):
        # The clock of a laptop may go back: the order is that of recording.
        store.record(book, b"%d" % n, "a" * 64, f"run {n}", now=NOW - timedelta(minutes=n))
    assert [entry.command for entry in store.entries(book)] == [f"run {n}" for n in range(12)]
    latest = store.latest(book)
    assert latest and latest.previous.read_bytes() == b"11"


def test_workbooks_are_kept_apart(store: UndoStore, book: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.xlsx"
    store.record(book, b"one", "a" * 64, "run")
    store.record(other, b"two", "a" * 64, "run")
    assert [entry.previous.read_bytes() for entry in store.entries(book)] == [b"one"]
    assert [entry.previous.read_bytes() for entry in store.entries(other)] == [b"two"]
    assert store.entries(tmp_path / "third.xlsx") == []
    assert store.latest(tmp_path / "third.xlsx") is None


def test_workbook_is_the_same_by_link_and_relative_path(
    store: UndoStore, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.write_bytes(b"now")
    (tmp_path / "link.xlsx").symlink_to(book)
    entry = store.record(tmp_path / "link.xlsx", b"one", "a" * 64, "run")
    monkeypatch.chdir(tmp_path)
    assert store.entries(Path("portfolio.xlsx")) == [entry]


def test_store_is_private_to_the_user(store: UndoStore, home: Path, book: Path) -> None:
    previous = os.umask(0)
    try:
        store.record(book, b"one", "a" * 64, "run")
    finally:
        os.umask(previous)
    paths = [home, *home.rglob("*")]
    assert len(paths) == 5
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert modes == {path: 0o700 if path.is_dir() else 0o600 for path in paths}


def test_store_that_others_could_read_is_closed_to_them(store: UndoStore, book: Path) -> None:
    store.folder.mkdir(parents=True)
    store.folder.chmod(0o777)
    store.record(book, b"one", "a" * 64, "run")
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_store_of_someone_else_is_neither_read_nor_written(store: UndoStore, book: Path) -> None:
    store.record(book, b"planted", "a" * 64, "run")
    os.chown(store.folder / os.listdir(store.folder)[0], 1234, 1234)  # noqa: PTH208
    assert store.entries(book) == []
    with pytest.raises(WorkbookError, match="the folder belongs to someone else"):
        store.record(book, b"one", "a" * 64, "run")


def test_metadata_hold_no_more_than_needed(store: UndoStore, home: Path, book: Path) -> None:
    store.record(book, b"one", "a" * 64, "run", now=NOW)
    metadata = next(path for path in files(home) if path.suffix == ".json")
    assert json.loads(metadata.read_text()) == {
        "format": 1,
        "workbook": str(book),
        "recorded": "2026-11-22T09:30:05+00:00",
        "command": "run",
        "hash_before": hashlib.sha256(b"one").hexdigest(),
        "hash_after": "a" * 64,
        "size": 3,
        "kind": "file",
    }


def test_run_in_excel_stands_in_the_one_order_of_runs(store: UndoStore, book: Path) -> None:
    first = store.record(book, b"the file", "a" * 64, "run", now=NOW)
    second = store.record(book, b"what changed", "", "rebalance", kind="live", now=NOW)
    third = store.record(book, b"the file", "b" * 64, "level", now=NOW)
    assert [entry.kind for entry in (first, second, third)] == ["file", "live", "file"]
    assert store.entries(book) == [first, second, third]


def test_entry_of_the_first_version_is_one_of_a_file(store: UndoStore, book: Path) -> None:
    entry = store.record(book, b"one", "a" * 64, "run", now=NOW)
    metadata = entry.previous.with_suffix(".json")
    content = json.loads(metadata.read_text())
    del content["kind"]
    metadata.write_text(json.dumps(content))
    assert store.entries(book) == [entry]


@pytest.mark.parametrize("kind", ['"bytes"', "1", "null", '["file"]', "{}"])
def test_entry_of_a_kind_that_nobody_knows_is_passed_over(
    store: UndoStore, book: Path, kind: str
) -> None:
    good = store.record(book, b"one", "a" * 64, "run")
    metadata = store.record(book, b"two", "a" * 64, "run").previous.with_suffix(".json")
    metadata.write_text(metadata.read_text().replace('"file"', kind))
    assert store.entries(book) == [good]


@pytest.mark.parametrize(
    "key",
    [
        "https://contoso.sharepoint.com/sites/PMO/Shared Documents/Portfolio & plan.xlsx",
        "Book1 of Excel 4711",
        "../../portfolio.xlsx",
        "Mappe1 – Übersicht\u202e",
    ],
)
def test_workbook_that_is_no_file_has_a_text_of_its_own(
    store: UndoStore, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    entry = store.record(key, b"one", "", "run", kind="live", now=NOW)
    assert entry.workbook == key
    monkeypatch.chdir(tmp_path.parent)  # no working folder makes a path of it
    assert store.entries(key) == [entry]
    assert store.entries(key + "x") == store.entries(Path(key)) == []
    assert [path.parent.parent for path in files(home)] == [home / "undo"] * 2
    store.forget(entry)
    assert files(home) == []


def test_text_that_is_a_path_stands_for_that_file(store: UndoStore, book: Path) -> None:
    entry = store.record(str(book), b"one", "a" * 64, "run")
    assert entry.workbook == book
    assert store.entries(book) == store.entries(str(book)) == [entry]


def test_workbook_in_the_cloud_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    with pytest.raises(WorkbookError, match=r'^The previous "plan\.xlsx" could not be kept'):
        UndoStore(tmp_path / "home").record("https://contoso.com/a/plan.xlsx", b"one", "", "run")


def test_only_the_last_twenty_runs_of_a_workbook_are_kept(store: UndoStore, book: Path) -> None:
    for n in range(23):
        store.record(book, b"%d" % n, "a" * 64, f"run {n}", now=NOW)
    assert [entry.command for entry in store.entries(book)] == [f"run {n}" for n in range(3, 23)]
    assert len(files(store.folder)) == 40


def test_runs_older_than_thirty_days_go_at_the_next_run(
    store: UndoStore, book: Path, tmp_path: Path
) -> None:
    store.record(book, b"old", "a" * 64, "old", now=NOW - timedelta(days=30, seconds=1))
    store.record(book, b"new", "a" * 64, "new", now=NOW - timedelta(days=29))
    other = tmp_path / "other.xlsx"
    store.record(other, b"other", "a" * 64, "run", now=NOW)
    assert [entry.command for entry in store.entries(book)] == ["new"]
    assert [entry.command for entry in store.entries(other)] == ["run"]


def test_oldest_runs_of_any_workbook_make_room(
    store: UndoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store_module.MOST_BYTES == 2 * 1024**3
    monkeypatch.setattr(store_module, "MOST_BYTES", 250)
    minutes = (3, 1, 4, 2, 5)
    kept = []
    for minute in minutes:
        book = tmp_path / f"{minute}.xlsx"
        store.record(book, b"x" * 100, "a" * 64, "run", now=NOW + timedelta(minutes=minute))
        kept.append([n for n in minutes if store.entries(tmp_path / f"{n}.xlsx")])
    # Two have room; the one just recorded stays even where another is more recent.
    assert kept == [[3], [3, 1], [3, 4], [4, 2], [4, 5]]


def test_last_run_is_kept_even_if_it_alone_is_too_large(
    store: UndoStore, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "MOST_BYTES", 250)
    store.record(book, b"x" * 100, "a" * 64, "small", now=NOW)
    store.record(book, b"x" * 300, "a" * 64, "large", now=NOW + timedelta(minutes=1))
    assert [entry.command for entry in store.entries(book)] == ["large"]


def test_forgotten_entry_leaves_nothing(store: UndoStore, book: Path) -> None:
    first = store.record(book, b"one", "a" * 64, "run")
    second = store.record(book, b"two", "a" * 64, "run")
    store.forget(second)
    assert store.entries(book) == [first]
    store.forget(second)
    store.forget(first)
    assert list(store.folder.iterdir()) == []


def test_number_of_a_forgotten_entry_does_not_hide_a_new_one(store: UndoStore, book: Path) -> None:
    store.record(book, b"one", "a" * 64, "first")
    store.forget(store.record(book, b"two", "a" * 64, "second"))
    store.record(book, b"three", "a" * 64, "third")
    assert [entry.command for entry in store.entries(book)] == ["first", "third"]


def test_purge_empties_the_store_and_nothing_else(
    store: UndoStore, home: Path, book: Path, tmp_path: Path
) -> None:
    store.record(book, b"one", "a" * 64, "run")
    store.record(tmp_path / "other.xlsx", b"two", "a" * 64, "run")
    (home / "settings.toml").write_text("")
    assert store.purge() == 2
    assert files(home) == [home / "settings.toml"]
    assert store.entries(book) == []
    assert store.purge() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"format": 1}',
        b'{"format": 2, "workbook": "x"}',
        b'{"format": 1, "workbook": 1, "recorded": "2026-11-22T09:30:05+00:00", "command": "run", '
        b'"hash_before": "a", "hash_after": "b", "size": 3}',
        b'{"format": 1, "workbook": "x", "recorded": "yesterday", "command": "run", '
        b'"hash_before": "a", "hash_after": "b", "size": 3}',
        b'{"format": 1, "workbook": "x", "recorded": "2026-11-22T09:30:05", "command": "run", '
        b'"hash_before": "a", "hash_after": "b", "size": 3}',
    ],
)
def test_broken_metadata_are_passed_over(store: UndoStore, book: Path, content: bytes) -> None:
    good = store.record(book, b"one", "a" * 64, "run")
    broken = store.record(book, b"two", "a" * 64, "run")
    broken.previous.with_suffix(".json").write_bytes(content)
    assert store.entries(book) == [good]
    assert store.record(book, b"three", "a" * 64, "run").number == 3


def test_foreign_files_are_passed_over_and_left_alone(store: UndoStore, book: Path) -> None:
    entry = store.record(book, b"one", "a" * 64, "run")
    folder = entry.previous.parent
    foreign = [store.folder / "notes.txt", folder / "notes.json", folder / "Thumbs.db"]
    for path in foreign:
        path.write_text("mine")
    (folder / "000009.json").mkdir()
    (store.folder / "link").symlink_to(folder)
    assert store.entries(book) == [entry]
    store.record(book, b"two", "a" * 64, "run")
    assert [path.read_text() for path in foreign] == ["mine"] * 3


def test_entry_whose_bytes_are_missing_or_cut_is_no_entry(store: UndoStore, book: Path) -> None:
    first = store.record(book, b"one", "a" * 64, "run")
    second = store.record(book, b"two", "a" * 64, "run")
    second.previous.write_bytes(b"t")
    assert store.entries(book) == [first]
    first.previous.unlink()
    assert store.entries(book) == []


def test_entry_of_another_workbook_in_the_folder_is_not_offered(
    store: UndoStore, book: Path
) -> None:
    entry = store.record(book, b"one", "a" * 64, "run")
    metadata = entry.previous.with_suffix(".json")
    metadata.write_text(metadata.read_text().replace("portfolio.xlsx", "payroll.xlsx"))
    assert store.entries(book) == []


def test_rest_of_a_killed_run_goes_after_an_hour(store: UndoStore, book: Path) -> None:
    entry = store.record(book, b"one", "a" * 64, "run", now=datetime.now(UTC))
    rests = [entry.previous.with_name(f"00000{n}.previous") for n in (7, 8)]
    rests.append(entry.previous.with_name("000009.previous-part"))
    for rest in rests:
        rest.write_bytes(b"half")
        if rest != rests[0]:
            os.utime(rest, (0, 0))
    store.record(book, b"two", "a" * 64, "run", now=datetime.now(UTC))
    assert [rest.exists() for rest in rests] == [True, False, False]
    assert len(store.entries(book)) == 2


def test_runs_at_the_same_moment_keep_all_their_entries(store: UndoStore, book: Path) -> None:
    def record(n: int) -> Entry:
        return UndoStore(store.folder.parent).record(book, b"%d" % n, "a" * 64, "run")

    with ThreadPoolExecutor(8) as pool:
        recorded = list(pool.map(record, range(16)))
    kept = {entry.previous.read_bytes() for entry in store.entries(book)}
    assert kept == {b"%d" % n for n in range(16)}
    assert len({entry.number for entry in recorded}) == 16


def test_store_that_cannot_be_written_says_so(tmp_path: Path, book: Path) -> None:
    (tmp_path / "home").write_text("a file is in the way")
    with pytest.raises(WorkbookError) as caught:
        UndoStore(tmp_path / "home").record(book, b"one", "a" * 64, "run")
    message = str(caught.value)
    assert 'The previous "portfolio.xlsx" could not be kept for undo' in message
    assert "set XLPORTFOLIO_HOME to another folder" in message


def test_full_disk_leaves_no_half_entry(
    store: UndoStore, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.record(book, b"one", "a" * 64, "run")

    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(WorkbookError, match=r"no space left on device.*Free space"):
            store.record(book, b"two", "a" * 64, "run")
    assert store.entries(book) == [first]
    assert len(files(store.folder)) == 2


def test_store_that_cannot_be_read_is_no_empty_one(
    store: UndoStore, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passed over, an unreadable entry would make the run before it the last one."""
    store.record(book, b"one", "a" * 64, "first")
    last = store.record(book, b"two", "b" * 64, "second").previous.with_suffix(".json")
    read = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self == last:
            raise OSError(5, "Input/output error")
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    with pytest.raises(
        WorkbookError, match=r"cannot be read \(input/output error\)\. Allow reading"
    ):
        store.entries(book)
    third = store.record(book, b"three", "c" * 64, "third")  # its neighbours do not keep it out
    monkeypatch.undo()
    assert [entry.command for entry in store.entries(book)] == ["first", "second", "third"]
    assert third.is_whole()


@pytest.mark.parametrize("before", [None, NOW + timedelta(days=1)])
def test_purge_that_could_not_delete_says_so(
    store: UndoStore, book: Path, monkeypatch: pytest.MonkeyPatch, before: datetime | None
) -> None:
    store.record(book, b"one", "a" * 64, "run", now=NOW)
    unlink = os.unlink

    def refused(path: str | Path, **options: Any) -> None:
        if str(path).endswith(".previous"):
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", refused)
    with pytest.raises(WorkbookError, match="could not be emptied"):
        store.purge(before=before)
    monkeypatch.undo()
    store.purge()
    assert files(store.folder) == []


def test_purge_follows_no_link(store: UndoStore, book: Path, tmp_path: Path) -> None:
    entry = store.record(book, b"one", "a" * 64, "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "000001.json").write_text("mine")
    (entry.previous.parent / "link").symlink_to(tmp_path / "mine")
    (store.folder / "other").symlink_to(tmp_path / "mine")
    assert store.purge() == 1
    assert (tmp_path / "mine" / "000001.json").read_text() == "mine"


def test_purge_during_a_run_keeps_the_run_whole_or_out(store: UndoStore, book: Path) -> None:
    """Whoever loses says so; no entry is left that is not what it says."""

    def record(n: int) -> str:
        try:
            UndoStore(store.folder.parent).record(book, b"%d" % n * 5000, "a" * 64, "run")
        except WorkbookError as error:
            return str(error)
        return ""

    def purge(_: int) -> str:
        try:
            UndoStore(store.folder.parent).purge()
        except WorkbookError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(purge if n % 3 == 0 else record, n) for n in range(60)]
        said = {job.result() for job in jobs}
    assert all("could not be" in one or "cannot be read" in one for one in said - {""})
    assert all(entry.is_whole() for entry in store.entries(book))


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XLPORTFOLIO_HOME": "/srv/kept", "XDG_STATE_HOME": "/state"}, "/srv/kept"),
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/xlportfolio"),
        ("linux", {"XDG_STATE_HOME": "relative"}, "/home/ann/.local/state/xlportfolio"),
        ("linux", {}, "/home/ann/.local/state/xlportfolio"),
        ("darwin", {}, "/home/ann/Library/Application Support/xlportfolio"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/xlportfolio"),
        ("win32", {}, "/home/ann/AppData/Local/xlportfolio"),
    ],
)
def test_store_lies_where_the_system_keeps_such_data(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    for name in ("XLPORTFOLIO_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ann", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert store_folder() == Path(expected)


def test_missing_home_folder_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("XLPORTFOLIO_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", home)
    with pytest.raises(WorkbookError, match="Set XLPORTFOLIO_HOME to a folder of yours"):
        UndoStore()
