"""Demo: the worked example, solved, in a folder of its own."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.running import RunResult, run_workbook
from xlportfolio.operations.runs import Progress, no_progress
from xlportfolio.operations.shipped import shipped_workbook

FOLDER = Path("xlportfolio-demo")
EXAMPLE = "worked_example.xlsx"


def run_demo(
    folder: Path = FOLDER, *, ignore_lock: bool = False, progress: Progress = no_progress
) -> RunResult:
    """Solve the worked example: the portfolio of a water utility, with problems in its data.

    Parameters
    ----------
    folder
        Made if it is not there; a solved example in it is replaced, and kept as a backup.
    ignore_lock
        Whether to replace the example although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbookError(
            f'The folder "{folder}" cannot be made ({(error.strerror or "no reason given").lower()}'
            "); go to a folder that you may write to."
        ) from None
    with tempfile.TemporaryDirectory() as scratch:
        example = Path(scratch) / EXAMPLE
        example.write_bytes(shipped_workbook(EXAMPLE))
        solved = run_workbook(
            example,
            command="demo",
            output=folder / EXAMPLE,
            ignore_lock=ignore_lock,
            progress=progress,
        )
    return replace(solved, workbook=solved.output)  # the scratch copy is gone
