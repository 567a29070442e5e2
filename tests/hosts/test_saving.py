"""A workbook is replaced whole or not at all; the operating system is the oracle."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import socket
import stat
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pytest
import xlsxwriter

from tests.machine import Calc
from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.saving.file_state import FileState
from xlportfolio.workbook.saving.locks import find_lock
from xlportfolio.workbook.saving.replacing import SavedFile, replace_safely

NOW = datetime(2026, 11, 22, 9, 30, 5)
BACKUP = "portfolio.20261122-093005.bak.xlsx"
OLD, NEW = b"the previous workbook", b"the new workbook, longer than before"


def writing(content: bytes) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(content)

    return write


def sound(_: Path) -> list[str]:
    return []


def package(kind: str, encoding: str = "utf-8") -> bytes:
    """The least zip that says whether it is a workbook with macros."""
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="{kind}"/></Types>'
    with tempfile.TemporaryFile() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("[Content_Types].xml", types.encode(encoding))
        stream.seek(0)
        return stream.read()


WITHOUT_MACROS = package(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
)
WITH_MACROS = package("application/vnd.ms-excel.sheet.macroEnabled.main+xml")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "portfolio.xlsx"
    path.write_bytes(OLD)
    return path


def replace(book: Path, content: bytes = NEW, target: Path | None = None) -> SavedFile:
    return replace_safely(writing(content), book, target or book, lint=sound, now=NOW)


@contextmanager
def refused(book: Path, *parts: str) -> Iterator[None]:
    """The message is one line with these parts, and the folder is as it was."""
    before = {path.name: path.read_bytes() for path in book.parent.iterdir() if path.is_file()}
    with pytest.raises(WorkbookError) as caught:
        yield
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message, message
    after = {path.name: path.read_bytes() for path in book.parent.iterdir() if path.is_file()}
    assert after == before


def excel_lock(owner: str) -> bytes:
    """165 bytes as Excel 2016 writes them: counted 8-bit name, padding, counted UTF-16 name."""
    narrow = owner.encode("cp1252", errors="replace")
    wide = owner.ljust(54).encode("utf-16-le")
    content = bytes([len(narrow)]) + narrow.ljust(54) + struct.pack("<H", len(owner)) + wide
    assert len(content) == 165
    return content


def test_workbook_is_replaced_and_the_previous_one_kept_beside_it(book: Path) -> None:
    saved = replace(book)
    assert book.read_bytes() == NEW
    assert saved.path == book
    assert saved.backup == book.with_name(BACKUP)
    assert saved.backup.read_bytes() == OLD
    assert saved.hash_before == hashlib.sha256(OLD).hexdigest()
    assert saved.hash_after == hashlib.sha256(NEW).hexdigest()
    assert sorted(path.name for path in book.parent.iterdir()) == [BACKUP, "portfolio.xlsx"]


def test_no_backup_is_kept_when_none_is_asked_for(book: Path) -> None:
    saved = replace_safely(writing(NEW), book, book, lint=sound, backup=False)
    assert saved.backup is None
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]


def test_backups_of_the_same_second_are_numbered_and_never_overwritten(book: Path) -> None:
    backups = [replace(book, content).backup for content in (b"first", b"second", b"third")]
    assert [backup.name for backup in backups if backup] == [
        BACKUP,
        "portfolio.20261122-093005-2.bak.xlsx",
        "portfolio.20261122-093005-3.bak.xlsx",
    ]
    assert [backup.read_bytes() for backup in backups if backup] == [OLD, b"first", b"second"]


def test_new_file_gets_what_the_umask_leaves(tmp_path: Path) -> None:
    target = tmp_path / "new.xlsx"
    previous = os.umask(0o027)
    try:
        saved = replace_safely(writing(NEW), target, target, lint=sound)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert (saved.backup, saved.hash_before) == (None, None)


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_mode_stays_on_the_workbook_and_its_backup(book: Path, mode: int) -> None:
    book.chmod(mode)
    saved = replace(book)
    assert stat.S_IMODE(book.stat().st_mode) == mode
    assert saved.backup and stat.S_IMODE(saved.backup.stat().st_mode) == mode


def test_workbook_is_dated_by_its_writing_not_by_the_previous_one(book: Path) -> None:
    os.utime(book, (1_000_000_000, 1_000_000_000))
    saved = replace(book)
    assert book.stat().st_mtime > 1_700_000_000
    assert saved.backup and saved.backup.stat().st_mtime == 1_000_000_000


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_owner_stays(book: Path) -> None:
    os.chown(book, 1234, 2345)
    saved = replace(book)
    assert (book.stat().st_uid, book.stat().st_gid) == (1234, 2345)
    assert saved.backup and saved.backup.stat().st_uid == 1234


def test_symbolic_link_stays_a_link_to_the_replaced_file(book: Path, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    link = tmp_path / "desk" / "current.xlsx"
    link.symlink_to(book)
    saved = replace(link)
    assert link.is_symlink()
    assert link.readlink() == book
    assert book.read_bytes() == NEW
    assert saved.path == book
    assert saved.backup == book.with_name(BACKUP)


def test_link_that_leads_to_itself_is_named(tmp_path: Path) -> None:
    link = tmp_path / "round.xlsx"
    link.symlink_to(link)
    with pytest.raises(WorkbookError, match="symbolic link that leads back to itself"):
        replace(link)
    assert link.is_symlink()


def test_link_to_a_missing_file_makes_that_file(tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(tmp_path / "file.xlsx")
    replace(link)
    assert link.is_symlink()
    assert (tmp_path / "file.xlsx").read_bytes() == NEW


def test_writing_elsewhere_leaves_the_source_alone(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    saved = replace(book, target=target)
    assert (book.read_bytes(), target.read_bytes()) == (OLD, NEW)
    assert saved.backup is None


def test_file_elsewhere_is_backed_up_too(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"someone's other workbook")
    saved = replace(book, target=target)
    assert saved.backup == tmp_path / "out.20261122-093005.bak.xlsx"
    assert saved.backup.read_bytes() == b"someone's other workbook"


def test_unsound_workbook_never_arrives(book: Path) -> None:
    seen: list[bytes] = []

    def lint(path: Path) -> list[str]:
        seen.append(path.read_bytes())
        return ["xl/workbook.xml names a sheet that is not there"]

    with refused(book, "not a sound workbook", "names a sheet that is not there"):
        replace_safely(writing(NEW), book, book, lint=lint)
    assert seen == [NEW]


@pytest.mark.parametrize(
    "error", [ValueError("a defect"), KeyboardInterrupt(), WorkbookError("an answer")]
)
def test_nothing_is_left_when_writing_stops(book: Path, error: BaseException) -> None:
    def write(stream: BinaryIO) -> None:
        stream.write(NEW)
        raise error

    with pytest.raises(type(error)):
        replace_safely(write, book, book, lint=sound)
    assert book.read_bytes() == OLD
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]


def never(_: BinaryIO) -> None:
    raise AssertionError("what cannot be saved is not written first")


def test_workbook_saved_by_someone_while_open_is_not_replaced(book: Path) -> None:
    opened = FileState.of(book)
    book.write_bytes(b"a colleague's work")
    with refused(book, "saved or moved by someone else", "Run the command again"):
        replace_safely(never, book, book, lint=sound, expected=opened)


def test_workbook_written_again_with_the_same_bytes_is_not_replaced(book: Path) -> None:
    """Whoever writes it may be about to write more."""
    opened = FileState.of(book)
    os.utime(book, ns=(opened.modified, opened.modified + 5_000_000_000))
    with refused(book, "saved or moved by someone else"):
        replace_safely(never, book, book, lint=sound, expected=opened)


def test_edit_that_keeps_size_and_date_is_noticed(book: Path) -> None:
    opened = FileState.of(book)
    book.write_bytes(OLD[::-1])
    os.utime(book, ns=(opened.modified, opened.modified))
    with refused(book, "saved or moved by someone else"):
        replace_safely(writing(NEW), book, book, lint=sound, expected=opened)


def test_workbook_saved_by_someone_at_the_last_moment_is_not_replaced(book: Path) -> None:
    def lint(_: Path) -> list[str]:
        book.write_bytes(b"a colleague's work")
        return []

    with pytest.raises(WorkbookError, match="saved or moved by someone else"):
        replace_safely(writing(NEW), book, book, lint=lint)
    assert book.read_bytes() == b"a colleague's work"
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]


def test_file_that_appears_at_the_last_moment_is_not_replaced(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"

    def lint(_: Path) -> list[str]:
        target.write_bytes(b"a colleague's work")
        return []

    with pytest.raises(WorkbookError, match="changed by someone else while it was being written"):
        replace_safely(writing(NEW), book, target, lint=lint)
    assert target.read_bytes() == b"a colleague's work"


def test_source_saved_meanwhile_is_not_written_elsewhere_either(book: Path) -> None:
    opened = FileState.of(book)
    book.write_bytes(b"a colleague's work")
    with refused(book, "was not written"):
        replace_safely(writing(NEW), book, book.with_name("out.xlsx"), lint=sound, expected=opened)


@pytest.mark.parametrize("owner", ["Ann Lee", "Łukasz Żółć", "A" * 52])
def test_workbook_open_in_excel_is_refused_by_its_owner_s_name(book: Path, owner: str) -> None:
    book.with_name("~$portfolio.xlsx").write_bytes(excel_lock(owner))
    with refused(book, f"is open: {owner} in Excel", "Close it in Excel", "with -o"):
        replace(book)


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("budget.xlsx", "~$budget.xlsx"),
        ("roadmap.xlsx", "~$oadmap.xlsx"),
        ("projects.xlsx", "~$ojects.xlsx"),
        ("portfolio 2026.xlsx", "~$rtfolio 2026.xlsx"),
    ],
)
def test_truncated_lock_of_a_long_name_is_found(tmp_path: Path, name: str, lock: str) -> None:
    book = tmp_path / name
    book.write_bytes(OLD)
    book.with_name(lock).write_bytes(excel_lock("Ann Lee"))
    with refused(book, "is open: Ann Lee in Excel since ", f" [{lock}]"):
        replace(book)


def test_lock_of_another_workbook_does_not_lock(tmp_path: Path) -> None:
    """The end of one name is the other's: only long names are truncated."""
    book = tmp_path / "budget.xlsx"
    book.write_bytes(OLD)
    for lock in ("~$dget.xlsx", "~$udget.xlsx", "~$my budget.xlsx", ".~lock.budget.xlsx"):
        book.with_name(lock).write_bytes(excel_lock("Ann Lee"))
    replace(book)
    assert book.read_bytes() == NEW


def test_lock_without_a_wide_name_gives_the_narrow_one(book: Path) -> None:
    lock = book.with_name("~$portfolio.xlsx")
    lock.write_bytes(b"\x03" + "Zoë".encode("cp1252").ljust(54) + b" " * 110)
    found = find_lock(book)
    assert found and found.owner == "Zoë"


def test_workbook_open_in_libreoffice_is_refused_by_its_owner_s_name(book: Path) -> None:
    book.with_name(".~lock.portfolio.xlsx#").write_text(
        r"Lee\, Ann,ann,laptop,22.11.2026 09:00,file:///home/ann/.config/libreoffice/4;",
        encoding="utf-8",
    )
    with refused(book, "is open: Lee, Ann in LibreOffice", "Close it in LibreOffice"):
        replace(book)


def test_workbook_that_libreoffice_really_has_open_is_refused(
    soffice: Calc, tmp_path: Path
) -> None:
    book = tmp_path / "really open.xlsx"
    with xlsxwriter.Workbook(book) as written:
        written.add_worksheet("Projects")
    with (
        soffice.opened(book),
        refused(
            book,
            *("really open.xlsx", "is open: ", f" in LibreOffice on {socket.gethostname()} since "),
            " [.~lock.really open.xlsx#]",
        ),
    ):
        replace(book)


def test_account_stands_for_a_blank_name_in_a_lock_of_libreoffice(book: Path) -> None:
    lock = book.with_name(".~lock.portfolio.xlsx#")
    lock.write_text(",ann,laptop,22.11.2026 09:00,file:///home/ann;", encoding="utf-8")
    found = find_lock(book)
    assert found and (found.owner, found.path) == ("ann", lock)


@pytest.mark.parametrize("content", [b"", b"\xff" * 200, b"\0" * 165, b"\x30abc"])
def test_lock_that_cannot_be_read_still_locks(book: Path, content: bytes) -> None:
    book.with_name("~$portfolio.xlsx").write_bytes(content)
    with refused(book, 'portfolio.xlsx" is open: ', "in Excel"):
        replace(book)


def test_lock_beside_a_link_locks_the_file_behind_it(book: Path, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    link = tmp_path / "desk" / "current.xlsx"
    link.symlink_to(book)
    lock = link.with_name("~$current.xlsx")
    lock.write_bytes(excel_lock("Ann Lee"))
    with refused(book, "Ann Lee in Excel"):
        replace(link)
    lock.unlink()
    book.with_name("~$portfolio.xlsx").write_bytes(excel_lock("Bob Ray"))
    with refused(book, "Bob Ray in Excel"):
        replace(link)


def test_locked_source_may_be_written_elsewhere(book: Path, tmp_path: Path) -> None:
    book.with_name("~$portfolio.xlsx").write_bytes(excel_lock("Ann Lee"))
    replace(book, target=tmp_path / "out.xlsx")
    assert (tmp_path / "out.xlsx").read_bytes() == NEW
    assert book.read_bytes() == OLD


def test_stale_lock_does_not_stop_a_new_file(book: Path, tmp_path: Path) -> None:
    (tmp_path / "~$out.xlsx").write_bytes(excel_lock("Ann Lee"))
    replace(book, target=tmp_path / "out.xlsx")
    assert (tmp_path / "out.xlsx").read_bytes() == NEW


def test_workbook_opened_by_someone_at_the_last_moment_is_not_replaced(book: Path) -> None:
    def lint(_: Path) -> list[str]:
        book.with_name("~$portfolio.xlsx").write_bytes(excel_lock("Ann Lee"))
        return []

    with pytest.raises(WorkbookError, match="Ann Lee in Excel"):
        replace_safely(writing(NEW), book, book, lint=lint)
    assert book.read_bytes() == OLD


def test_read_only_workbook_is_refused(book: Path) -> None:
    book.chmod(0o444)
    with refused(book, "is read-only", "Allow writing", "with -o"):
        replace(book)


def test_everything_is_on_the_disk_before_and_after_it_counts(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the old workbook or the new one."""
    events: list[str] = []
    sync, move = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        is_folder = stat.S_ISDIR(status.st_mode)
        events.append("sync folder" if is_folder else f"sync {status.st_size} bytes")
        sync(descriptor)

    def replace_file(self: Path, target: Path) -> Path:
        events.append("replace")
        return move(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace_file)
    replace(book)
    new, old = f"sync {len(NEW)} bytes", f"sync {len(OLD)} bytes"
    assert events == [new, old, "replace", "sync folder"]


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A folder that is read-only for whom the test runs as: root has no such folder."""
    folder = Path(tempfile.mkdtemp(prefix="xlportfolio-"))
    (folder / "portfolio.xlsx").write_bytes(OLD)
    (folder / "portfolio.xlsx").chmod(0o666)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.chown(folder / "portfolio.xlsx", 65534, 65534)
        os.chown(folder, 65534, 65534)
        os.setresuid(65534, 65534, 0)
    try:
        yield folder
    finally:
        if root:
            os.setresuid(0, 0, 0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_folder_that_cannot_be_written_is_named(ordinary_user: Path) -> None:
    book = ordinary_user / "portfolio.xlsx"
    with refused(book, "Nothing can be written in the folder", str(ordinary_user), "with -o"):
        replace_safely(never, book, book, lint=sound)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of someone else's")
def test_workbook_that_only_someone_else_may_write_is_refused(ordinary_user: Path) -> None:
    ordinary_user.chmod(0o755)
    book = ordinary_user / "portfolio.xlsx"
    os.setresuid(0, 0, 0)
    os.chown(book, 0, 0)
    book.chmod(0o644)
    os.setresuid(65534, 65534, 0)
    with refused(book, "is read-only", "Allow writing"):
        replace(book)


def test_workbook_that_cannot_be_read_is_named(ordinary_user: Path) -> None:
    book = ordinary_user / "portfolio.xlsx"
    ordinary_user.chmod(0o755)
    book.chmod(0o222)
    with pytest.raises(WorkbookError, match=r"cannot be read .*Ask for read access to the file"):
        replace(book)


def test_refusal_of_the_folder_at_the_very_write_is_told(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only mount lets `os.access` pass for root on some systems."""

    def open_refused(path: object, *_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(os, "open", open_refused)
    with pytest.raises(WorkbookError, match="Nothing can be written in the folder"):
        replace(book)
    assert book.read_bytes() == OLD


def test_replacement_refused_by_the_system_leaves_workbook_and_folder(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace a file that a program holds open."""

    def replace_refused(self: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", replace_refused)
    with refused(book, "another program may have it open", "Close it there"):
        replace(book)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_leaves_the_workbook_and_no_rest(book: Path, number: int) -> None:
    def write(stream: BinaryIO) -> None:
        stream.write(NEW)
        raise OSError(number, os.strerror(number))

    with refused(book, "There is no space for", "stays as it was", "Free some space", "with -o"):
        replace_safely(write, book, book, lint=sound)
    new = book.with_name("new.xlsx")
    with refused(book, f'no space for "{new}"', "so it was not made"):
        replace_safely(write, book, new, lint=sound)
    assert not new.exists()


def test_write_cut_short_by_the_system_leaves_the_workbook_and_no_rest(book: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with refused(book, "There is no space for"):
            replace(book, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_folder_is_not_a_workbook(book: Path, tmp_path: Path) -> None:
    with refused(book, "is a folder; expected a workbook", "Name a file in it"):
        replace(book, target=tmp_path)


def test_missing_folder_is_named(book: Path, tmp_path: Path) -> None:
    with refused(book, f'There is no folder "{tmp_path / "nowhere"}"', "Make the folder"):
        replace(book, target=tmp_path / "nowhere" / "out.xlsx")
    assert not (tmp_path / "nowhere").exists()


def test_pipe_is_not_replaced(book: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xlsx")
    with refused(book, "is not a file that can be replaced"):
        replace(book, target=tmp_path / "pipe.xlsx")


def test_name_too_long_for_the_folder_is_an_answer(book: Path, tmp_path: Path) -> None:
    with refused(book, "could not be written", "name too long", "so it was not made"):
        replace(book, target=tmp_path / ("x" * 300 + ".xlsx"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("out.xlsm", WITHOUT_MACROS, "without macros; expected the extension .xlsx"),
        ("out.xlsx", WITH_MACROS, "with macros; expected the extension .xlsm"),
        ("out", WITHOUT_MACROS, "expected the extension .xlsx"),
    ],
)
def test_extension_that_says_something_else_than_the_content_is_refused(
    book: Path, tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    with refused(book, expected):
        replace(book, content, tmp_path / name)
    assert not (tmp_path / name).exists()


def test_content_types_in_utf_16_are_read(book: Path, tmp_path: Path) -> None:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    with pytest.raises(WorkbookError, match=r"with macros; expected the extension \.xlsm"):
        replace(book, package(kind, encoding="utf-16"), tmp_path / "out.xlsx")


def test_workbook_that_had_the_wrong_extension_before_may_keep_it(book: Path) -> None:
    book.write_bytes(WITH_MACROS)
    replace(book, WITH_MACROS + b" ")
    assert book.read_bytes() == WITH_MACROS + b" "


@pytest.mark.parametrize(("name", "content"), [("a.XLSX", WITHOUT_MACROS), ("a.xlsm", WITH_MACROS)])
def test_extension_that_fits_the_content_is_written(
    book: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    replace(book, content, tmp_path / name)
    assert (tmp_path / name).read_bytes() == content
