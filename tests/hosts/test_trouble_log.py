"""The log of unexpected errors: what it keeps, for how long, and that it never makes trouble."""

from __future__ import annotations

import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from xlportfolio import __version__
from xlportfolio.operations.trouble_log import (
    FILE_NAME,
    MOST_BYTES,
    purge_troubles,
    record_trouble,
    trouble_file,
)

NOW = datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC)
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes and owners are those of POSIX")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home of ours"
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(folder))
    return folder


def raised(message: str = "no such column") -> ValueError:
    """An error with a traceback, from a function with a secret in a variable."""
    salary_of_the_director = 187_000
    try:
        raise ValueError(message)
    except ValueError as error:
        assert salary_of_the_director
        return error


def heads(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if not line.startswith(" ")]


def test_entry_says_when_which_version_where_and_what(home: Path) -> None:
    file = record_trouble("the button Rebalance", raised(), now=NOW)
    assert file == home / FILE_NAME == trouble_file()
    lines = file.read_text("utf-8").splitlines()
    assert lines[0] == (
        f"2026-11-22T09:30:05+00:00 xlportfolio {__version__}, the button Rebalance"
    )
    assert lines[1] == "    Traceback (most recent call last):"
    assert re.fullmatch(r'      File ".*test_trouble_log\.py", line \d+, in raised', lines[2])
    assert lines[-1] == "    ValueError: no such column"


def test_values_of_variables_are_not_kept(home: Path) -> None:
    file = record_trouble("the button Run", raised())
    assert file is not None and "187" not in file.read_text("utf-8")


def test_long_message_is_cut_and_a_message_cannot_pass_for_an_entry(home: Path) -> None:
    forged = "x" * 5_000 + "\n2026-01-01T00:00:00+00:00 xlportfolio 9, forged"
    file = record_trouble("the button\nRun", raised(forged), now=NOW)
    assert file is not None
    assert heads(file) == [f"2026-11-22T09:30:05+00:00 xlportfolio {__version__}, the button Run"]
    assert max(len(line) for line in file.read_text("utf-8").splitlines()) <= 304
    record_trouble("later", raised(), now=NOW)
    assert [head.partition(", ")[2] for head in heads(file)] == ["the button Run", "later"]


def test_of_a_message_of_many_lines_no_more_is_kept_than_of_a_long_one(home: Path) -> None:
    table = "\n".join(f"row {number}: A. Smith, 187 000" for number in range(100))
    error = raised(table)
    error.add_note(table)
    error.__cause__ = raised(table)
    file = record_trouble("the button Run", error, now=NOW)
    assert file is not None
    text = file.read_text("utf-8")
    assert text.count("test_trouble_log.py") == 2  # each error with its call
    assert text.count("A. Smith") == 2 * (
        (300 - len("ValueError: ")) // len("row 1: A. Smith, 187 000 ")
    )


def test_endless_recursion_is_kept_in_short(home: Path) -> None:
    def deeper(n: int) -> int:
        return deeper(n + 1) + 1

    with pytest.raises(RecursionError) as caught:
        deeper(0)
    file = record_trouble("the button Score", caught.value)
    assert file is not None
    assert len(file.read_text("utf-8").splitlines()) < 130
    assert "RecursionError" in file.read_text("utf-8").splitlines()[-1]


def test_errors_older_than_thirty_days_go_at_the_next_error(home: Path) -> None:
    record_trouble("old", raised(), now=NOW - timedelta(days=31))
    record_trouble("young", raised(), now=NOW - timedelta(days=29))
    file = record_trouble("today", raised(), now=NOW)
    assert file is not None
    assert [head.partition(", ")[2] for head in heads(file)] == ["young", "today"]


def test_oldest_errors_make_room(home: Path) -> None:
    long = raised()
    for _ in range(40):  # errors that were the cause of others
        cause, long = long, raised("y" * 290)
        long.__cause__ = cause
    for number in range(40):
        file = record_trouble(f"error {number}", long, now=NOW + timedelta(minutes=number))
    assert file is not None
    assert file.stat().st_size <= MOST_BYTES
    kept = [head.partition(", ")[2] for head in heads(file)]
    assert 5 < len(kept) < 40
    assert kept == [f"error {number}" for number in range(40 - len(kept), 40)]


@POSIX
def test_log_is_private_whatever_the_umask_and_the_file_before(home: Path) -> None:
    before = os.umask(0)
    try:
        file = record_trouble("one", raised(), now=NOW)
        assert file is not None
        file.chmod(0o666)
        record_trouble("two", raised(), now=NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert list(home.iterdir()) == [file]


@POSIX
def test_log_of_someone_else_is_neither_read_nor_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_trouble("theirs", raised(), now=NOW)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    file = record_trouble("mine", raised(), now=NOW)
    assert file is not None
    assert [head.partition(", ")[2] for head in heads(file)] == ["mine"]


@POSIX
def test_link_in_its_place_is_not_followed(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "someone's file"
    target.write_text("untouched")
    home.mkdir()
    (home / FILE_NAME).symlink_to(target)
    file = record_trouble("one", raised(), now=NOW)
    assert file is not None and not file.is_symlink()
    assert target.read_text() == "untouched"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"nonsense\n    more\n", b"\n" * 700_000])
def test_damaged_log_is_begun_anew(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / FILE_NAME).write_bytes(content)
    file = record_trouble("after", raised(), now=NOW)
    assert file is not None
    assert [head.partition(", ")[2] for head in heads(file)] == ["after"]


def test_log_that_cannot_be_written_is_no_second_error(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(blocked / "below"))
    assert record_trouble("anywhere", raised()) is None

    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even this")

    monkeypatch.setenv("XLPORTFOLIO_HOME", str(home))
    assert record_trouble("anywhere", SilentError()) == home / FILE_NAME


def test_purge_takes_what_is_older_or_everything(home: Path) -> None:
    for days in (20, 10, 0):
        record_trouble(f"{days} days", raised(), now=NOW - timedelta(days=days))
    assert purge_troubles(before=NOW - timedelta(days=15)) == 1
    assert [head.partition(", ")[2] for head in heads(home / FILE_NAME)] == ["10 days", "0 days"]
    assert purge_troubles() == 2
    assert list(home.iterdir()) == []
    assert purge_troubles() == 0
