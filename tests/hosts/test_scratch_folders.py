"""Folders of runs that were killed are taken out a day later; nobody else's are."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from xlportfolio.workbook.saving.scratch_folders import sweep_scratch_folders

HOUR = 3600.0


def test_only_folders_of_ours_that_are_a_day_old_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    now = time.time()
    for name, age in (
        ("xlportfolio-old", 25 * HOUR),
        ("xlportfolio-new", 23 * HOUR),
        ("other-old", 99 * HOUR),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scratch.xlsx").write_text("figures")
        os.utime(tmp_path / name, (now - age, now - age))
    (tmp_path / "xlportfolio-file").write_text("a file of somebody")
    os.utime(tmp_path / "xlportfolio-file", (0, 0))
    kept = tmp_path / "other-old"
    (tmp_path / "xlportfolio-link").symlink_to(kept, target_is_directory=True)
    os.utime(tmp_path / "xlportfolio-link", (0, 0), follow_symlinks=False)
    assert sweep_scratch_folders(now) == 1
    assert {one.name for one in tmp_path.iterdir()} == {
        "xlportfolio-new",
        "other-old",
        "xlportfolio-file",
        "xlportfolio-link",
    }
    assert (kept / "scratch.xlsx").read_text() == "figures"
