"""Backups beside a workbook: the newest are kept, and nothing else is ever deleted."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.backups import MOST_BACKUPS
from xlportfolio.workbook.saving.replacing import replace_safely

NOW = datetime(2026, 11, 22, 9, 30, 5)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "portfolio.xlsx"
    path.write_bytes(b"version 0")
    return path


def save(book: Path, number: int, now: datetime | None = None) -> Path:
    """Save one more version, a minute after the last; the backup."""
    saved = replace_safely(
        lambda stream: stream.write(f"version {number}".encode()) and None,
        book,
        book,
        lint=lambda _: [],
        now=now or NOW + timedelta(minutes=number),
    )
    assert saved.backup
    return saved.backup


def kept(book: Path) -> list[str]:
    """What the backups hold, by their names."""
    return [path.read_text() for path in sorted(book.parent.glob("portfolio.*.bak.xlsx"))]


def test_ten_newest_backups_of_a_workbook_are_kept(book: Path) -> None:
    assert MOST_BACKUPS == 10
    for number in range(1, 15):
        save(book, number)
    assert kept(book) == [f"version {number}" for number in range(4, 14)]


@pytest.mark.parametrize(("said", "expected"), [("2", [4, 5]), ("1", [5]), (" 3 ", [3, 4, 5])])
def test_environment_says_how_many_are_kept(
    book: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: list[int]
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", said)
    for number in range(1, 7):
        save(book, number)
    assert kept(book) == [f"version {number}" for number in expected]


@pytest.mark.parametrize("said", ["0", "-1", "ten", "1.5", "9" * 30, "²"])
def test_number_of_backups_that_is_none_is_refused_before_anything_is_written(
    book: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", said)
    with pytest.raises(WorkbookError) as caught:
        save(book, 1)
    assert str(caught.value) == (
        f'The environment variable XLPORTFOLIO_BACKUPS is "{said}"; expected how many backups of '
        "a workbook to keep, a whole number of at least 1, such as 10."
    )
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]


def test_backups_of_one_second_go_in_the_order_in_which_they_were_made(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 13):
        save(book, number, NOW)
    # "-10" comes after "-9", whatever a list of names says.
    assert sorted(kept(book)) == sorted(f"version {number}" for number in range(2, 12))


def test_backup_of_this_save_stays_where_the_clock_went_back(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", "2")
    for number in (1, 2, 3):
        save(book, number)
    made = save(book, 4, NOW - timedelta(days=400))
    assert made.read_text() == "version 3"
    assert kept(book) == ["version 3", "version 2"]


def test_only_files_named_like_our_backups_of_this_workbook_are_deleted(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", "1")
    others = [
        "portfolio.20260101-000000.bak.xlsm",
        "portfolio.20260101-000000.xlsx",
        "portfolio.20260101-0000000.bak.xlsx",
        "portfolio.20261301-000000.bak.xlsx",
        "portfolio.20260101-000000-0.bak.xlsx",
        "portfolio.20260101-000000-x.bak.xlsx",
        "portfolio.20260101-000000.bak.xlsx.txt",
        "portfolio.final.20260101-000000.bak.xlsx",
        "Portfolio 2.20260101-000000.bak.xlsx",
        "portfolioX20260101-000000.bak.xlsx",
        "portfolio.before board.bak.xlsx",
    ]
    for name in others:
        book.with_name(name).write_text("mine")
    (book.parent / "portfolio.20260101-000000-2.bak.xlsx").mkdir()
    link = book.parent / "portfolio.20260101-000000-3.bak.xlsx"
    link.symlink_to(book)
    old = book.parent / "portfolio.20260101-000000-4.bak.xlsx"
    old.write_text("an old backup")
    save(book, 1)
    assert [name for name in others if not book.with_name(name).exists()] == []
    assert (book.parent / "portfolio.20260101-000000-2.bak.xlsx").is_dir()
    assert link.is_symlink()
    assert not old.exists()


def test_name_of_a_workbook_is_no_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", "1")
    book = tmp_path / "plan (a+b) [1].xlsx"
    book.write_text("version 0")
    other = tmp_path / "plan (aab) 1.20260101-000000.bak.xlsx"
    other.write_text("mine")
    first = save(book, 1)
    second = save(book, 2)
    assert (first.exists(), second.exists(), other.exists()) == (False, True, True)


def test_old_backups_stay_until_the_new_workbook_stands(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", "1")
    save(book, 1)

    def replace_refused(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", replace_refused)
    with pytest.raises(WorkbookError, match="could not be written"):
        save(book, 2)
    assert kept(book) == ["version 0"]
    assert len(list(book.parent.iterdir())) == 2


def test_backup_that_cannot_be_deleted_is_no_error(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_BACKUPS", "1")
    save(book, 1)
    unlink = Path.unlink

    def unlink_refused(self: Path, missing_ok: bool = False) -> None:
        if ".bak." in self.name:
            raise PermissionError(13, "Permission denied")
        unlink(self, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_refused)
    save(book, 2)
    assert book.read_text() == "version 2"
    assert kept(book) == ["version 0", "version 1"]


def test_backup_is_a_copy_not_another_name_of_the_workbook(book: Path) -> None:
    """Whoever writes into the workbook later would write into a name of the same file."""
    backup = save(book, 1)
    assert (backup.stat().st_nlink, book.stat().st_nlink) == (1, 1)
    assert backup.stat().st_ino != book.stat().st_ino


def test_file_system_without_hard_links_has_backups_too(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link_refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link_refused)
    backups = [save(book, number, NOW).name for number in (1, 2)]
    assert backups == [
        "portfolio.20261122-093005.bak.xlsx",
        "portfolio.20261122-093005-2.bak.xlsx",
    ]
    assert sorted(kept(book)) == ["version 0", "version 1"]
    assert len(list(book.parent.iterdir())) == 3


def test_workbook_written_to_while_it_is_copied_is_not_replaced(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one version and half of another would be no backup."""
    from xlportfolio.workbook.saving import replacing

    copy = replacing.copy_aside

    def copy_too_late(target: Path, temporary: Path) -> str:
        dates = target.stat()
        target.write_bytes(b"VERSION 0")
        digest = copy(target, temporary)
        target.write_bytes(b"version 0")
        os.utime(target, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        return digest

    monkeypatch.setattr(replacing, "copy_aside", copy_too_late)
    with pytest.raises(WorkbookError, match="was changed by someone else while it was being"):
        save(book, 1)
    assert book.read_text() == "version 0"
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]
