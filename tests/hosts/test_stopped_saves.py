"""A slice of the programs that kill saves and make them fail; they run by hand for long."""

from __future__ import annotations

import random
from pathlib import Path

from tests.hosts.failing_disk import Failing, failing_disk
from tests.hosts.faulty_saves import FAULTS, SAVES, Save, slice_of_faults, trials_in
from tests.hosts.kept_promises import folder_problems, rests, sha256, store_problems
from tests.hosts.kill_saves import Kills

KILLS, CALLS_BETWEEN = 7, 17
FAULTY_CALLS_BETWEEN = 13


def test_program_killed_at_random_moments_leaves_every_version_whole(tmp_path: Path) -> None:
    kills = Kills(tmp_path)
    duration = kills.measured()
    rng = random.Random(1)
    for _ in range(KILLS):
        kills.at_random(rng, duration)
    assert kills.counts["SIGKILL"] + kills.counts["SIGTERM"] == KILLS
    assert kills.problems == []


def test_program_killed_at_some_of_its_calls_leaves_every_version_whole(tmp_path: Path) -> None:
    kills = Kills(tmp_path)
    kills.at_every_call(first=9, step=CALLS_BETWEEN)
    assert kills.counts["killed at a call"] >= 4
    assert kills.problems == []


def test_save_whose_calls_fail_leaves_the_old_workbook_or_the_new_one(tmp_path: Path) -> None:
    with trials_in(tmp_path) as trials:
        slice_of_faults(trials, FAULTY_CALLS_BETWEEN)
        assert trials.counts["refused"] >= 15
        assert trials.counts["done"] >= 15
        assert trials.problems == []


def test_files_that_may_not_grow_leave_the_old_workbook_or_the_new_one(tmp_path: Path) -> None:
    with trials_in(tmp_path) as trials:
        trials.every_size(SAVES[0], 8)
        assert trials.counts["refused"] >= 2
        assert trials.counts["done"] >= 2
        assert trials.problems == []


# -- the programs themselves find what is wrong --------------------------------------------------


def test_save_that_writes_into_the_workbook_itself_is_found(tmp_path: Path) -> None:
    """What many programs do: half of it is what a full disk leaves."""

    def in_place(attempt: object) -> None:
        book = attempt.desk / "portfolio.xlsx"  # type: ignore[attr-defined]
        content = book.read_bytes() * 2
        book.write_bytes(content)

    with trials_in(tmp_path) as trials:
        careless = Save("edit", in_place, ("portfolio.xlsx",), is_recorded=False)
        trials.every_call(careless, FAULTS[0])
        told = " ".join(trials.problems)
    assert "OSError: [Errno 28]" in told
    assert "portfolio.xlsx is not the new one" in told


def test_rest_and_half_a_backup_and_half_an_entry_are_found(tmp_path: Path) -> None:
    desk, store = tmp_path / "desk", tmp_path / "undo" / "0f"
    desk.mkdir()
    store.mkdir(parents=True)
    (desk / "portfolio.xlsx").write_bytes(b"whole")
    (desk / "portfolio.20261122-093005.bak.xlsx").write_bytes(b"whol")
    (desk / "portfolio.20261122-093006.bak.xlsx").write_bytes(b"whole")
    (desk / ".xlportfolio-0123456789abcdef.xlsx").write_bytes(b"wh")
    (desk / "tmpab12").write_bytes(b"")
    found = list(folder_problems(desk, {"notes.txt": b""}, ("portfolio.xlsx",), {sha256(b"whole")}))
    assert sorted(found) == [
        "notes.txt went",
        "portfolio.20261122-093005.bak.xlsx is called like a backup and holds 4 other bytes",
        "tmpab12 was left",
    ]
    (store / "000001.json").write_text(f'{{"hash_before": "{sha256(b"whole")}"}}')
    (store / "000001.previous").write_bytes(b"whol")
    (store / "000002.json").write_text("{")
    (store / "000003.previous-part").write_bytes(b"")
    assert list(store_problems(tmp_path / "undo")) == [
        "000001.previous is not what 000001.json says",
        "000002.json is half written",
    ]
    assert rests(desk, tmp_path / "undo") == [
        ".xlportfolio-0123456789abcdef.xlsx",
        "000003.previous-part",
    ]


def test_disk_counts_what_python_asks_of_files_below_its_folder(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "disk"
    root.mkdir()
    nothing = Failing(0)
    with failing_disk(root, nothing, reads=True):
        (tmp_path / "elsewhere").write_text("not counted")
        (root / "a").write_text("counted")
        (root / "a").replace(root / "b")
        (root / "b").read_bytes()
        (root / "b").unlink()
    assert nothing.calls == ["open to write", "write", "close", "replace", "open", "read", "unlink"]
