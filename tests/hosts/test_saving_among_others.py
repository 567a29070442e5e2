"""A workbook is not alone: other names and owners, programs that have it open, runs at one time."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pytest
import xlsxwriter

from tests.hosts.kept_promises import files_of
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.runs import save
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.lint import lint
from xlportfolio.workbook.mapping.choices import StoredMapping
from xlportfolio.workbook.mapping.toml_file import write_toml
from xlportfolio.workbook.saving import target as target_module
from xlportfolio.workbook.saving.locks import find_lock
from xlportfolio.workbook.saving.replacing import SavedFile, replace_safely
from xlportfolio.workbook.saving.store import UndoStore

OLD, NEW = b"the previous workbook", b"the new workbook, longer than before"
HOUR = 3600.0


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "portfolio.xlsx"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def real(tmp_path: Path) -> Path:
    path = tmp_path / "real.xlsx"
    with xlsxwriter.Workbook(path) as written:
        written.add_worksheet("Projects").write_column("A1", ["Project", "Bridge", "Depot"])
    return path


def write(stream: BinaryIO) -> None:
    stream.write(NEW)


def replace(book: Path, *, ignore_lock: bool = False) -> SavedFile:
    return replace_safely(write, book, book, lint=lambda _: [], ignore_lock=ignore_lock)


# -- other names and owners ----------------------------------------------------------------------


def test_hard_link_is_warned_of_and_keeps_the_workbook_as_it_was(book: Path) -> None:
    other = book.with_name("same file.xlsx")
    os.link(book, other)
    saved = replace(book)
    assert saved.cautions == (
        f'"{book}" has another name (hard link) that still holds the workbook as it was; copy the '
        "new one there, too.",
    )
    assert (book.read_bytes(), other.read_bytes()) == (NEW, OLD)


def test_several_hard_links_are_counted_and_a_backup_is_none_of_them(book: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        os.link(book, book.with_name(name))
    (caution,) = replace(book).cautions
    assert "has 2 other names (hard links) that still hold the workbook as it was" in caution
    assert replace(book).cautions == ()


def test_command_says_that_a_workbook_has_another_name(real: Path, tmp_path: Path) -> None:
    os.link(real, tmp_path / "shared.xlsx")
    with open_workbook(real) as opened:
        opened.write("A2", [["Bridge repair"]])
        saved, said = save(opened, "run", None)
    assert saved == real
    assert said.startswith(f'"{real}" has another name (hard link) that still holds')
    with open_workbook(real) as opened:
        opened.write("A2", [["Bridge"]])
        assert save(opened, "run", None) == (real, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of someone else's")
def test_owner_that_cannot_be_kept_is_said() -> None:
    folder = Path(tempfile.mkdtemp(prefix="xlportfolio-"))
    try:
        book = folder / "portfolio.xlsx"
        book.write_bytes(OLD)
        os.chown(book, 1234, 65534)
        book.chmod(0o666)
        folder.chmod(0o777)
        os.setresuid(65534, 65534, 0)
        try:
            saved = replace(book)
        finally:
            os.setresuid(0, 0, 0)
        (caution,) = saved.cautions
        assert caution.startswith(f'"{book}" belonged to user 1234 and belongs to ')
        assert caution.endswith(" now: only an administrator can keep another owner.")
        assert (book.stat().st_uid, stat.S_IMODE(book.stat().st_mode)) == (65534, 0o666)
    finally:
        shutil.rmtree(folder)


def test_extended_attributes_stay_on_the_workbook_and_its_backup(book: Path) -> None:
    try:
        os.setxattr(book, "user.classification", b"confidential")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    saved = replace(book)
    assert saved.backup
    for path in (book, saved.backup):
        assert os.getxattr(path, "user.classification") == b"confidential"


def test_access_list_stays_on_the_workbook(book: Path) -> None:
    """An access list in the form of Linux: the owner, user 1234, group, mask, others."""
    entries = [(1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 0, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF)]
    entries.append((32, 0, 0xFFFFFFFF))
    given = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + allowed.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, allowed, who in entries
    )
    try:
        os.setxattr(book, "system.posix_acl_access", given)
    except OSError:
        pytest.skip("the file system has no access lists")
    replace(book)
    assert os.getxattr(book, "system.posix_acl_access") == given


def test_workbook_behind_a_linked_folder_is_replaced_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "share" / "2026").mkdir(parents=True)
    (tmp_path / "desk").symlink_to(tmp_path / "share" / "2026", target_is_directory=True)
    book = tmp_path / "desk" / "portfolio.xlsx"
    book.write_bytes(OLD)
    saved = replace(book)
    assert saved.path == tmp_path / "share" / "2026" / "portfolio.xlsx"
    assert saved.backup and saved.backup.parent == tmp_path / "share" / "2026"
    assert (tmp_path / "desk").is_symlink()
    assert saved.path.read_bytes() == NEW


def test_workbook_on_another_disk_than_the_temporary_folder_is_replaced_in_its_folder(
    tmp_path: Path,
) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    folder = shm / f"xlportfolio-test-{os.getpid()}"
    folder.mkdir()
    try:
        book = folder / "portfolio.xlsx"
        book.write_bytes(OLD)
        saved = replace(book)
        assert book.read_bytes() == NEW
        assert saved.backup and saved.backup.read_bytes() == OLD
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


# -- lock files ----------------------------------------------------------------------------------


def libreoffice_lock(book: Path) -> Path:
    lock = book.with_name(f".~lock.{book.name}#")
    lock.write_text("Ann Lee,ann,laptop-7,22.11.2026 09:00,file:///home/ann;", encoding="utf-8")
    moment = datetime(2026, 11, 22, 9, 0).timestamp()  # local, as the sentence says it
    os.utime(lock, (moment, moment))
    return lock


def test_refusal_says_since_when_and_where_and_offers_to_ignore_the_lock(book: Path) -> None:
    libreoffice_lock(book)
    with pytest.raises(WorkbookError) as caught:
        replace(book)
    assert str(caught.value) == (
        f'"{book}" is open: Ann Lee in LibreOffice on laptop-7 since 22 November 2026, 09:00 '
        "[.~lock.portfolio.xlsx#]. Close it in LibreOffice, or write to another file with -o; if "
        "nobody has it open any more, as after a crash, add --ignore-lock or delete that lock file."
    )
    assert book.read_bytes() == OLD


def test_ignored_lock_is_said_and_stays(book: Path) -> None:
    lock = libreoffice_lock(book)
    held = lock.read_bytes()
    saved = replace(book, ignore_lock=True)
    assert saved.cautions == (
        f'"{book}" was replaced although a lock file says that it is open: Ann Lee in LibreOffice '
        "on laptop-7 since 22 November 2026, 09:00 [.~lock.portfolio.xlsx#].",
    )
    assert book.read_bytes() == NEW
    assert lock.read_bytes() == held


def test_ignoring_locks_where_there_is_none_says_nothing(book: Path) -> None:
    assert replace(book, ignore_lock=True).cautions == ()


def test_lock_that_is_ignored_ignores_nothing_else(book: Path) -> None:
    libreoffice_lock(book)

    def overtaken(_: Path) -> list[str]:
        book.write_bytes(b"a colleague's work")
        return []

    with pytest.raises(WorkbookError, match="saved or moved by someone else"):
        replace_safely(write, book, book, lint=overtaken, ignore_lock=True)
    assert book.read_bytes() == b"a colleague's work"


def test_opened_workbook_knows_whether_locks_are_ignored(real: Path) -> None:
    libreoffice_lock(real)
    with open_workbook(real) as opened:
        opened.write("A2", [["Bridge repair"]])
        with pytest.raises(WorkbookError, match="add --ignore-lock"):
            opened.save()
    with open_workbook(real, ignore_lock=True) as opened:
        opened.write("A2", [["Bridge repair"]])
        opened.save()
        opened.write("A3", [["New depot"]])
        opened.save()  # it stands for the file that was written, still ignoring the lock
    assert openpyxl.load_workbook(real)["Projects"]["A3"].value == "New depot"


def test_command_replaces_a_locked_workbook_where_it_is_told_to(real: Path) -> None:
    with open_workbook(real) as opened:
        opened.put_sheet(SheetDescription("PF Results", {(1, 1): Cell("ours")}))
        opened.save()
    lock = libreoffice_lock(real)
    before = real.read_bytes()
    command = [sys.executable, "-m", "xlportfolio", "handback", "--json", str(real)]

    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "add --ignore-lock or delete that lock file" in refused.stderr
    assert real.read_bytes() == before

    done = subprocess.run([*command, "--ignore-lock"], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["sheets"] == ["PF Results"]
    assert answer["warning"].startswith(
        f'"{real}" was replaced although a lock file says that it is open: Ann Lee in LibreOffice '
    )
    assert openpyxl.load_workbook(real).sheetnames == ["Projects"]
    assert lock.exists()


@pytest.fixture(params=["link to nothing", "link", "pipe", "folder", "unreadable"])
def strange_lock(request: pytest.FixtureRequest, book: Path) -> Iterator[Path]:
    lock = book.with_name("~$portfolio.xlsx")
    if request.param == "link to nothing":
        lock.symlink_to(book.with_name("nowhere"))
    elif request.param == "link":
        (book.parent / "secret").write_bytes(b"\x06secret".ljust(165))
        lock.symlink_to(book.parent / "secret")
    elif request.param == "pipe":
        os.mkfifo(lock)
    elif request.param == "folder":
        lock.mkdir()
    else:
        lock.write_bytes(b"\x07Ann Lee")
        lock.chmod(0)
    yield lock


def test_strange_lock_locks_and_is_not_followed(book: Path, strange_lock: Path) -> None:
    lock = find_lock(book)
    assert lock and (lock.path, lock.program) == (strange_lock, "Excel")
    assert lock.owner in ("", "Ann Lee")  # root reads what is unreadable
    with pytest.raises(WorkbookError, match=r"is open: .* in Excel since .*~\$portfolio\.xlsx"):
        replace(book)
    assert os.path.lexists(strange_lock)


# -- what killed runs left -----------------------------------------------------------------------


def rest(book: Path, name: str, hours: float) -> Path:
    path = book.with_name(name)
    path.write_bytes(b"half")
    then = time.time() - hours * HOUR
    os.utime(path, (then, then))
    return path


def test_temporary_file_of_a_killed_run_goes_at_the_next_save_after_an_hour(book: Path) -> None:
    old = rest(book, ".xlportfolio-0123456789abcdef.xlsx", 1.1)
    other = rest(book, ".xlportfolio-00000000000000ff.xlsm", 30)
    young = rest(book, ".xlportfolio-fedcba9876543210.xlsx", 0.9)
    replace(book)
    assert (old.exists(), other.exists(), young.exists()) == (False, False, True)


def test_nothing_but_our_temporary_files_is_swept(book: Path) -> None:
    names = [
        ".xlportfolio-0123456789abcde.xlsx",
        ".xlportfolio-0123456789abcdefa.xlsx",
        ".xlportfolio-0123456789ABCDEF.xlsx",
        ".xlportfolio-0123456789abcdef.xlsx.bak",
        "xlportfolio-0123456789abcdef.xlsx",
        "a.xlportfolio-0123456789abcdef.xlsx",
        ".xlportfolio-notes.xlsx",
    ]
    mine = [rest(book, name, 48) for name in names]
    folder = book.with_name(".xlportfolio-0000000000000001.xlsx")
    folder.mkdir()
    link = book.with_name(".xlportfolio-0000000000000002.xlsx")
    link.symlink_to(mine[0])
    os.utime(link, (0, 0), follow_symlinks=False)
    os.utime(folder, (0, 0))
    replace(book)
    assert [path.name for path in mine if not path.exists()] == []
    assert folder.is_dir()
    assert link.is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_temporary_file_of_someone_else_stays(book: Path) -> None:
    theirs = rest(book, ".xlportfolio-0123456789abcdef.xlsx", 2)
    os.chown(theirs, 1234, 1234)
    replace(book)
    assert theirs.exists()
    os.chown(book, 1234, 1234)  # theirs is that of a run of ours that had given it away already
    replace(book)
    assert not theirs.exists()


# -- two runs at one time ------------------------------------------------------------------------

SAVING = """
import sys, time
from pathlib import Path
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.runs import save
from xlportfolio.workbook.closed import open_workbook

book, who, n_rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
done = []
for number in range(n_rounds):
    try:
        with open_workbook(book) as opened:
            opened.write("Projects!A1", [[f"{who} {number}"], [f"{who} {number}"]])
            save(opened, "run", None)
    except WorkbookError as error:
        if "someone else" not in str(error):
            print("BROKEN", error)
    else:
        done.append(number)
print(*done)
"""


def test_two_processes_that_save_one_workbook_win_whole_or_are_refused(
    real: Path, tmp_path: Path
) -> None:
    """Every save that was done is the content of the workbook or of one backup: none is lost."""
    environment = os.environ | {"XLPORTFOLIO_BACKUPS": "1000"}
    command = [sys.executable, "-c", SAVING, str(real)]
    n_rounds = 12
    running = [
        subprocess.Popen(
            [*command, who, str(n_rounds)], stdout=subprocess.PIPE, text=True, env=environment
        )
        for who in ("ann", "bob")
    ]
    done = set()
    for who, process in zip(("ann", "bob"), running, strict=True):
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "BROKEN" not in said, said
        done |= {f"{who} {number}" for number in said.split()}
    assert done
    assert not [name for name in files_of(tmp_path) if name.startswith(".xlportfolio-")]
    held = []
    for path in sorted(tmp_path.glob("real*.xlsx")):
        sheet = openpyxl.load_workbook(path)["Projects"]
        assert sheet["A1"].value == sheet["A2"].value or sheet["A1"].value == "Project"
        held.append(sheet["A1"].value)
    assert lint(real) == []
    assert sorted(held) == sorted([*done, "Project"])


def test_run_waits_for_another_that_is_about_to_replace_and_then_refuses(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is locked from the last comparison on; what was saved before it is seen."""
    about_to, has_read, may = threading.Event(), threading.Event(), threading.Event()
    outcome: dict[str, str] = {}

    def waiting(_: SavedFile) -> None:
        about_to.set()
        assert may.wait(60)

    def first() -> None:
        replace_safely(write, book, book, lint=lambda _: [], recording=waiting)
        outcome["first"] = "done"

    def reading(_: Path) -> list[str]:
        has_read.set()
        return []

    def second() -> None:
        try:
            replace_safely(lambda s: None, book, book, lint=reading)
        except WorkbookError as error:
            outcome["second"] = str(error)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert about_to.wait(60)
    threads[1].start()
    assert has_read.wait(60)
    time.sleep(0.2)  # it comes as far as it can
    assert outcome == {}
    may.set()
    for thread in threads:
        thread.join(60)
    assert outcome["first"] == "done"
    assert "was saved or moved by someone else since it was opened" in outcome["second"]
    assert book.read_bytes() == NEW


def test_run_that_another_keeps_waiting_says_so(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_module, "_LONGEST_WAIT", 0.1)
    descriptor = os.open(book.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(WorkbookError, match=r"Another run of xlportfolio has been saving in"):
            replace(book)
    finally:
        os.close(descriptor)
    assert [path.name for path in book.parent.iterdir()] == ["portfolio.xlsx"]
    assert book.read_bytes() == OLD


def test_folder_that_cannot_be_locked_is_saved_into_all_the_same(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    replace(book)
    assert book.read_bytes() == NEW


def test_new_file_that_somebody_makes_at_the_very_last_moment_is_not_replaced(
    book: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.xlsx"

    def too_late(_: SavedFile) -> None:
        out.write_bytes(b"a colleague's work")

    with pytest.raises(WorkbookError, match="was changed by someone else while it was being"):
        replace_safely(write, book, out, lint=lambda _: [], recording=too_late)
    assert out.read_bytes() == b"a colleague's work"
    assert sorted(files_of(tmp_path)) == ["out.xlsx", "portfolio.xlsx"]


# -- a run that did not happen -------------------------------------------------------------------


def test_run_whose_replacement_failed_is_not_kept_for_undo(
    real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = UndoStore()
    with open_workbook(real) as opened:
        opened.write("A2", [["Bridge repair"]])
        save(opened, "first", None)

    def refused(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self), None, str(target))

    with open_workbook(real) as opened:
        opened.write("A2", [["Bridge"]])
        with monkeypatch.context() as patched:
            move = Path.replace
            patched.setattr(
                Path, "replace", lambda a, b: refused(a, b) if b == real else move(a, b)
            )
            with pytest.raises(WorkbookError, match="another program may have it open"):
                save(opened, "second", None)
        assert [entry.command for entry in store.entries(real)] == ["first"]
        save(opened, "second", None)
    assert [entry.command for entry in store.entries(real)] == ["first", "second"]


def test_workbook_that_was_saved_but_cannot_be_read_again_is_saved(
    real: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlportfolio.workbook import closed

    opened = open_workbook(real)
    opened.write("A2", [["Bridge repair"]])

    def unreadable(_: Path) -> None:
        raise WorkbookError("it cannot be read")

    with monkeypatch.context() as patched:
        patched.setattr(closed, "OpenedFile", unreadable)
        saved, said = save(opened, "run", None)
    assert (saved, said) == (real, "")
    assert openpyxl.load_workbook(real)["Projects"]["A2"].value == "Bridge repair"
    with pytest.raises(WorkbookError, match="was closed; open it again"):
        opened.read("A1:A2")


# -- a mapping file ------------------------------------------------------------------------------


def test_mapping_file_is_replaced_whole_and_a_link_to_it_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "shared.toml", tmp_path / "mapping.toml"
    file.write_text("# as it was")
    file.chmod(0o640)
    link.symlink_to(file)
    write_toml(StoredMapping((), (), ()), link)
    assert link.is_symlink()
    assert file.read_text().startswith("# How xlportfolio reads the workbook")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(files_of(tmp_path)) == ["mapping.toml", "shared.toml"]


def test_mapping_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text("# as it was")

    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(WorkbookError, match=r"cannot be written: No space left on device"):
        write_toml(StoredMapping((), (), ()), file)
    assert files_of(tmp_path) == {"mapping.toml": b"# as it was"}


def test_mapping_file_that_is_a_link_to_itself_is_an_answer(tmp_path: Path) -> None:
    link = tmp_path / "mapping.toml"
    link.symlink_to(link)
    with pytest.raises(WorkbookError, match="cannot be written"):
        write_toml(StoredMapping((), (), ()), link)
