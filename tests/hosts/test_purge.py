"""The command purge takes out the undo store and the log of unexpected errors, and says so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.hosts.stand_in import StandIn
from xlportfolio.cli import app
from xlportfolio.errors import InputError
from xlportfolio.macros import press
from xlportfolio.operations.purging import purge
from xlportfolio.operations.trouble_log import record_trouble
from xlportfolio.workbook.saving.store import UndoStore

NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with two runs, of 5 and 10 days ago, and an error of 10 days ago."""
    folder = tmp_path / "home of ours"
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(folder))
    store = UndoStore()
    for days, previous in ((10, b"x" * 3_000_000), (5, b"y" * 1_000)):
        when = NOW - timedelta(days=days)
        store.record(tmp_path / "plan.xlsx", previous, "a" * 64, "run", now=when)
    assert record_trouble("the button Run", ValueError("no"), now=NOW - timedelta(days=10))
    (folder / "notes.txt").write_text("the user's own")
    return folder


def typed(*words: str) -> tuple[int, str, str]:
    answer = CliRunner().invoke(app, ["purge", *words])
    return answer.exit_code, answer.stdout, answer.stderr


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_everything_of_ours_goes_and_is_counted(home: Path) -> None:
    assert typed() == (
        0,
        f'Took 2 runs and 1 unexpected error out of "{home}" (3.0 MB). Backups beside workbooks '
        "(*.bak.xlsx) are yours and stay.\n",
        "",
    )
    assert files(home) == ["notes.txt"]
    assert typed() == (0, f'There was nothing to take out in "{home}".\n', "")


def test_only_what_is_older_goes_when_asked(home: Path, tmp_path: Path) -> None:
    code, said, _ = typed("--older-than", "7", "--json")
    answer = json.loads(said)
    assert code == 0
    assert (answer["status"], answer["runs"], answer["errors"]) == ("done", 1, 1)
    assert 3_000_000 < answer["bytes"] < 3_002_000
    (left,) = UndoStore().entries(tmp_path / "plan.xlsx")
    assert left.previous.read_bytes() == b"y" * 1_000


@pytest.mark.parametrize("days", ["-1", "nan", "1e12"])
def test_age_that_is_none_is_refused_and_nothing_goes(home: Path, days: str) -> None:
    before = files(home)
    code, said, problem = typed("--older-than", days)
    assert (code, said) == (2, "")
    assert problem.startswith(f"xlportfolio: {float(days):g} is no age of what is kept; expected")
    assert files(home) == before


def test_exact_age_is_kept(home: Path) -> None:
    assert purge(5, now=NOW).n_runs == 1
    with pytest.raises(InputError, match="is no age of what is kept"):
        purge(float("inf"))


def test_machine_without_a_store_has_nothing_to_purge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "never made"))
    purged = purge()
    assert (purged.n_runs, purged.n_errors, purged.n_bytes) == (0, 0, 0)
    assert list(tmp_path.iterdir()) == []


def test_workbooks_that_self_check_opened_go_too_and_files_of_the_user_stay(home: Path) -> None:
    typed()
    for _ in range(2):
        assert press("self_check", None, app=StandIn().app).answer
    (home / "self_check.xlsx").write_text("the user's own")
    assert files(home) == ["notes.txt", "self_check.xlsx", "self_check.xlsx"]  # one of ours
    assert typed()[1].startswith("Took 0 runs and 0 unexpected errors out of ")
    assert files(home) == ["notes.txt", "self_check.xlsx"]
    assert (home / "self_check.xlsx").read_text() == "the user's own"


def test_self_check_where_nothing_can_be_kept_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file")
    monkeypatch.setenv("XLPORTFOLIO_HOME", str(tmp_path / "home"))
    result = press("self_check", None, app=StandIn().app)
    assert result.status == "not done"
    assert result.sentence == (
        f'The self-check workbook could not be written to "{tmp_path / "home" / "self-check"}" '
        "(not a directory). Allow writing there, or set XLPORTFOLIO_HOME to another folder."
    )
