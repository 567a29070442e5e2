"""Undo several runs at once, from the command line, by the times that PF Log shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from xlportfolio.cli import app
from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.operations.shipped import write_shipped
from xlportfolio.operations.undo import kept_of, record_run, runs_on_file, undo
from xlportfolio.report.contents import LogRow
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.saving.replacing import SavedFile, replace_safely
from xlportfolio.workbook.saving.store import UndoStore

Run = Callable[[bytes], SavedFile]


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


@pytest.fixture
def run(book: Path, store: UndoStore) -> Run:
    def save(content: bytes) -> SavedFile:
        saved = replace_safely(lambda stream: stream.write(content), book, book, lint=lambda _: [])
        record_run(saved, f"run {content.decode()}", store=store)
        return saved

    return save


def test_three_runs_go_at_once_and_an_earlier_one_stays_undoable(
    book: Path, store: UndoStore, run: Run
) -> None:
    for content in (b"one", b"two", b"three", b"four"):
        run(content)
    result = undo(book, steps=3, store=store)
    assert book.read_bytes() == b"one"
    assert (result.command, result.n_undone, result.n_left) == ("run two", 3, 1)
    assert '"run two" of ' in str(result)
    assert str(result).endswith(" (3 runs undone); 1 more can be undone.")
    assert [entry.command for entry in runs_on_file(book, store=store)] == ["run one"]


@pytest.mark.parametrize("steps", [0, -1, 3])
def test_more_runs_than_there_are_is_refused(
    steps: int, book: Path, store: UndoStore, run: Run
) -> None:
    run(b"one")
    run(b"two")
    with pytest.raises(InputError) as caught:
        undo(book, steps=steps, store=store)
    assert str(caught.value) == (
        f'"{book}" cannot go {steps} runs back: 2 runs can be undone. Give a number from 1 to 2; '
        "undo --list shows them."
    )
    assert book.read_bytes() == b"two"


def test_edit_between_two_of_the_runs_is_not_lost_unasked(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"one")
    book.write_bytes(b"one, edited")
    run(b"two")
    run(b"three")
    assert undo(book, steps=1, store=store).n_undone == 1  # it is no edit of the last run's
    run(b"three")
    with pytest.raises(WorkbookError) as caught:
        undo(book, steps=3, store=store)
    assert 'was edited between "run one" of ' in str(caught.value)
    assert "so it was left as it is" in str(caught.value)
    assert book.read_bytes() == b"three"
    result = undo(book, steps=3, force=True, store=store)
    assert book.read_bytes() == b"as it was at first"
    assert result.backup is not None
    assert result.backup.read_bytes() == b"three"
    assert runs_on_file(book, store=store) == ()


def test_edit_after_the_last_run_is_not_lost_unasked(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"one")
    run(b"two")
    book.write_bytes(b"edited")
    with pytest.raises(WorkbookError, match='was edited or replaced after "run two" of '):
        undo(book, steps=2, store=store)
    assert book.read_bytes() == b"edited"
    assert len(runs_on_file(book, store=store)) == 2


def test_run_that_was_stopped_before_it_replaced_the_workbook_is_no_step(
    book: Path, store: UndoStore, run: Run
) -> None:
    run(b"one")
    store.record(book, book.read_bytes(), "what never came", "stopped")
    run(b"two")
    run(b"three")
    assert [entry.command for entry in runs_on_file(book, store=store)] == [
        "run three", "run two", "run one",
    ]  # fmt: skip
    assert undo(book, steps=2, store=store).n_left == 1
    assert book.read_bytes() == b"one"
    assert undo(book, store=store).n_undone == 1
    assert book.read_bytes() == b"as it was at first"


def test_each_row_of_the_log_stands_for_one_run_though_two_fell_into_one_second(
    book: Path, store: UndoStore
) -> None:
    began = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    for recorded in (0.9, 1.4, 1.9, 600.0):
        now = began + timedelta(seconds=recorded)
        command = "handback" if recorded == 1.4 else "run"
        store.record(book, str(recorded).encode(), "hash", command, now=now)
    runs = runs_on_file(book, store=store)
    log = [
        LogRow(began + timedelta(seconds=seconds), "run", "", "", "", None, "", "1.0")
        for seconds in (-2000, 0, 0, 590, 800)
    ]
    found = [kept_of(runs, log, row) for row in log]
    assert [runs.index(one) if one else None for one in found] == [None, 3, 1, 0, None]


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    path = tmp_path / "portfolio.xlsx"
    write_shipped("worked_example.xlsx", path)
    return path


def test_command_line_goes_back_to_before_a_row_of_the_log(example: Path) -> None:
    runner = CliRunner()
    states = []
    for _ in range(3):
        states.append(example.read_bytes())
        time.sleep(1)  # so that each row of the log has a second of its own
        assert runner.invoke(app, ["score", str(example)]).exit_code < 2
    log = openpyxl.load_workbook(example)["PF Log"]
    logged = [log.cell(row, 1).value for row in (6, 7, 8)]  # the newest first
    assert all(isinstance(when, datetime) for when in logged)

    listed = json.loads(runner.invoke(app, ["undo", str(example), "--list", "--json"]).stdout)
    assert [(one["steps"], one["command"]) for one in listed["runs"]] == [
        (1, "score"), (2, "score"), (3, "score"),
    ]  # fmt: skip
    assert example.read_bytes() not in states

    before = f"{logged[1]:%d %b %Y %H:%M:%S}"
    done = runner.invoke(app, ["undo", str(example), "--before", before, "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["steps"], answer["left"]) == (2, 1)
    assert example.read_bytes() == states[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--steps", "2"], "1 run can be undone"),
        (["--before", "yesterday"], '"yesterday" is no time as PF Log shows it'),
        (["--before", "1 Jan 2020 10:00:00"], "has no run at 1 Jan 2020 10:00:00 (UTC)"),
        (["--before", "1 Jan 2020 10:00:00", "--steps", "2"], "give one of them"),
    ],
)
def test_wrong_way_to_say_how_far_is_one_sentence(
    example: Path, arguments: list[str], said: str
) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["map", "--write", str(example)]).exit_code < 2
    written = example.read_bytes()
    done = runner.invoke(app, ["undo", str(example), *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert example.read_bytes() == written


def test_a_script_is_told_where_the_edits_are_that_were_undone_by_force(example: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["map", "--write", str(example)]).exit_code < 2
    plain = json.loads(runner.invoke(app, ["undo", str(example), "--json"]).stdout)
    assert (plain["output"], plain["backup"]) == (str(example), None)

    assert runner.invoke(app, ["map", "--write", str(example)]).exit_code < 2
    with open_workbook(example) as book:
        book.write("Criteria!Z99", [["mine"]])
        book.save()
    edited = example.read_bytes()
    done = runner.invoke(app, ["undo", str(example), "--force", "--json"])
    assert Path(json.loads(done.stdout)["backup"]).read_bytes() == edited


@pytest.mark.parametrize(
    "also", [["--steps", "1"], ["--before", "22 Nov 2026 20:15:03"], ["--force"]]
)
def test_a_list_is_no_undo(also: list[str], book: Path, run: Run) -> None:
    run(b"one")
    done = CliRunner().invoke(app, ["undo", str(book), "--list", *also])
    assert done.exit_code == 2
    assert "--list undoes nothing; leave out --steps" in done.stderr
    assert book.read_bytes() == b"one"


def test_the_runs_of_a_file_that_never_was_are_not_listed(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["undo", str(tmp_path / "none.xlsx"), "--list"])
    assert done.exit_code == 2
    assert "There is no file" in done.stderr
