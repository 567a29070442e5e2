"""Handback: take everything of ours out of a workbook again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.operations.runs import Progress, no_progress, save
from xlportfolio.workbook.closed import open_workbook


@dataclass(frozen=True)
class HandbackResult:
    """What `handback` took out."""

    workbook: Path
    output: Path | None
    sheets: tuple[str, ...]
    warning: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "workbook": str(self.workbook),
            "output": str(self.output) if self.output else None,
            "status": "done",
            "sheets": list(self.sheets),
            "warning": self.warning or None,
        }


def handback_workbook(
    path: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> HandbackResult:
    """Take every PF sheet and name out of a workbook.

    Parameters
    ----------
    path
        The workbook.
    output
        Where to write the result instead of replacing the workbook.
    force
        Whether to go on although formulas of the user's refer to our sheets, and would break.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.
    """
    with open_workbook(path, ignore_lock) as book:
        progress("taking out our sheets")
        gone = tuple(book.handback(force=force))
        if not gone and output is None:
            return HandbackResult(Path(path), None, ())
        saved, warning = save(book, "handback", output)
    return HandbackResult(Path(path), saved, gone, warning)
