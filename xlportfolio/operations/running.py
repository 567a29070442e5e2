"""Run: check, score, rebalance and level a workbook file, and save it with the result sheets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.operations.book_run import BookRun, run_book
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.runs import Progress, being_edited, no_progress, save
from xlportfolio.operations.waiting_formulas import waiting_cells
from xlportfolio.workbook.closed import open_workbook

if TYPE_CHECKING:
    from xlportfolio.workbook.closed import ClosedWorkbook
    from xlportfolio.workbook.companion import CompanionWorkbook


@dataclass(frozen=True)
class RunResult(BookRun):
    """What a run found and wrote.

    Attributes
    ----------
    output
        The workbook that the sheets were written to.
    warning
        What a person should know of the saving, such as that it cannot be undone.
    waiting
        Sheet to how many of its cells depend on what was written and wait to be recalculated.
    """

    workbook: Path
    output: Path
    warning: str = ""
    waiting: Mapping[str, int] = field(default_factory=dict)


def run_workbook(
    path: str | os.PathLike[str],
    *,
    command: str = "run",
    options: RunOptions | None = None,
    mapping_file: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] | None = None,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> RunResult:
    """Do the portfolio job on a workbook and write the result sheets.

    Parameters
    ----------
    path
        The workbook.
    command
        What it is called in PF Log and by `undo`.
    options
        Steps, seed, effort, money; the defaults where not given.
    mapping_file
        A TOML file with the mapping; else PF Setup holds, else what is found.
    output
        Where to write the workbook instead of replacing it; of one that takes no new sheet, a
        workbook of the results alone.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    InputError
        If an option cannot be used, or PF Setup or the mapping file names what does not exist.
    WorkbookError
        If the workbook cannot be read or written, or has no table of projects.
    """
    toml = Path(mapping_file) if mapping_file is not None else None
    with ExitStack() as opened:
        source = opened.enter_context(open_workbook(path, ignore_lock))
        notes = being_edited(source.path)
        book: ClosedWorkbook | CompanionWorkbook = source
        if output is not None and not source.takes_sheets:
            from xlportfolio.workbook.companion import companion_of

            book = opened.enter_context(companion_of(source, Path(output)))
            notes = (*notes, _said_of_companion(source, Path(output)))
        run = run_book(
            book,
            command=command,
            options=options,
            mapping_file=toml,
            notes=notes,
            progress=progress,
        )
        progress("saving")
        saved, warning = save(book, command, output)
        waiting = waiting_cells(book)
    return RunResult(
        run.found,
        run.answer,
        run.sheets,
        moved=run.moved,
        workbook=Path(path),
        output=saved,
        warning=" ".join(said for said in (*notes, warning) if said),
        waiting=waiting,
    )


def _said_of_companion(source: ClosedWorkbook, output: Path) -> str:
    return (
        f'"{Path(source.path).name}" takes no sheet (its structure is protected, or it is signed): '
        f'the results are in a workbook of their own, "{output.name}".'
    )
