"""Write decisions back: what the last run proposes, into the columns that the office keeps for it.

Nothing of the user's is overwritten unless its column was named for results, by its header, on
PF Setup or in a mapping file. A formula there is left, and so is a row that is not plainly one
project.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.log_step import log_step
from xlportfolio.operations.runs import Progress, being_edited, no_progress, save
from xlportfolio.operations.waiting_formulas import waiting_cells, waiting_line
from xlportfolio.operations.write_back_plan import WriteBack, plan_write_back, value_at
from xlportfolio.report.changes import CellChange, changes_sheet
from xlportfolio.values import CellError
from xlportfolio.wording import counted, listed, quoted, shown
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.protocol import SheetContents, Workbook
from xlportfolio.workbook.references import CellRange, sheet_reference

__all__ = [
    "WriteBack",
    "WriteBackResult",
    "already_there",
    "plan_write_back",
    "put_changes",
    "write_back_workbook",
    "write_changes",
]

COMMAND = "write-back"
_MOST_SHOWN = 30


@dataclass(frozen=True)
class WriteBackResult:
    """What `write-back` would write, or wrote.

    Attributes
    ----------
    output
        The workbook that was written; None where nothing was.
    is_confirmed
        Whether it was asked to write.
    warning
        What a person should know of the saving, such as that it cannot be undone.
    forbidden
        Why it could not be written as the workbook is now, where nothing was asked to be.
    waiting
        Sheet to how many of its cells depend on what was written and wait to be recalculated.
    """

    workbook: Path
    plan: WriteBack
    output: Path | None = None
    is_confirmed: bool = False
    warning: str = ""
    forbidden: str = ""
    waiting: Mapping[str, int] = field(default_factory=dict)

    @property
    def needs_a_person(self) -> bool:
        """Whether something waits for a yes, or was left."""
        return bool(self.plan.left or (self.plan.changes and not self.is_confirmed))

    def __str__(self) -> str:
        changes = self.plan.changes
        lines = [self._summary()]
        for change in changes[:_MOST_SHOWN]:
            old, new = shown(change.old), shown(change.new)
            lines.append(
                f"  {change.place}  {change.project.label}  {change.header}: {old} -> {new}"
            )
        if len(changes) > _MOST_SHOWN:
            lines.append(f"  and {len(changes) - _MOST_SHOWN:,} more; --json names them all.")
        lines += self.plan.left
        lines += [f"Note: {note}" for note in self.plan.notes]
        if self.forbidden:
            lines.append(f"Nothing was written, and --yes would be refused: {self.forbidden}")
        elif changes and not self.is_confirmed:
            lines.append("Nothing was written; to write it, run it again with --yes.")
        if self.waiting and self.output is not None:
            lines.append(waiting_line(self.waiting, self.output))
        if self.warning:
            lines.append(self.warning)
        return "\n".join(lines)

    def _summary(self) -> str:
        plan = self.plan
        same = f" {already_there(plan)}" if plan.n_same else ""
        if not plan.changes:
            copied = f' "{self.workbook}" was copied to "{self.output}".' if self.output else ""
            return f'Nothing to write into "{self.workbook}".{same}{copied}'
        sheets = listed([quoted(sheet) for sheet in plan.sheets])
        cells = counted(len(plan.changes), "cell")
        if self.output is None:
            return f'{cells} of {sheets} in "{self.workbook}" would change.{same}'
        return f'{cells} of {sheets} written in "{self.output}".{same}'

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        plan = self.plan
        return {
            "workbook": str(self.workbook),
            "output": str(self.output) if self.output else None,
            "status": "done",
            "written": self.output is not None and bool(plan.changes),
            "changes": [_change_as_json(change) for change in plan.changes],
            "same": plan.n_same,
            "left": list(plan.left),
            "notes": list(plan.notes),
            "stale_cells": sum(self.waiting.values()),
            "warning": self.warning or None,
            "forbidden": self.forbidden or None,
        }


def write_back_workbook(
    path: str | os.PathLike[str],
    *,
    mapping_file: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] | None = None,
    confirmed: bool = False,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> WriteBackResult:
    """Write what the last run proposes into the columns that a workbook has for it.

    Parameters
    ----------
    path
        The workbook.
    mapping_file
        A TOML file with the mapping; else PF Setup holds, else what is found.
    output
        Where to write the workbook instead of replacing it.
    confirmed
        Whether to write; without it nothing is written and the answer says what would be.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    InputError
        If PF Setup or the mapping file names what does not exist.
    WorkbookError
        If the workbook cannot be read or written, no run's results stand in it, or no column is
        for results.
    """
    toml = Path(mapping_file) if mapping_file is not None else None
    with open_workbook(path, ignore_lock) as book:
        plan = plan_write_back(book, toml, progress)
        if not confirmed or (not plan.changes and output is None):
            forbidden = _what_forbids(book, plan) if plan.changes else ""
            result = WriteBackResult(Path(path), plan, is_confirmed=confirmed, forbidden=forbidden)
        else:
            if plan.changes:
                progress("writing into the workbook")
                write_changes(book, plan)
                put_changes(book, plan)
                log_step(book, COMMAND, f"{counted(len(plan.changes), 'cell')} written.")
            progress("saving")
            saved, warning = save(book, COMMAND, output)
            result = WriteBackResult(
                Path(path), plan, saved, confirmed, warning, waiting=waiting_cells(book)
            )
    warning = " ".join(said for said in (*being_edited(os.fspath(path)), result.warning) if said)
    return replace(result, warning=warning)


def _what_forbids(book: Workbook, plan: WriteBack) -> str:
    """Why the changes could not be written; they wait in a workbook that is not saved."""
    try:
        write_changes(book, plan)
        put_changes(book, plan)
    except WorkbookError as problem:
        return str(problem)
    return ""


def already_there(plan: WriteBack) -> str:
    """How many cells need no change."""
    hold = "holds" if plan.n_same == 1 else "hold"
    return f"{counted(plan.n_same, 'cell')} {hold} the results already."


def put_changes(book: Workbook, plan: WriteBack) -> str:
    """Put PF Changes, with old and new side by side; the name that the sheet got."""
    name = PurePath(book.path).name
    return book.put_sheet(changes_sheet(name, plan.changes, plan.n_same, plan.left))


def write_changes(book: Workbook, plan: WriteBack) -> None:
    """Write the new values, a block for each run of cells.

    Cells between two that change are written as they are, so that few blocks are enough; a formula
    among them ends the block.

    Raises
    ------
    WorkbookError
        If a cell cannot be written safely; it is named, and nothing is to be saved.
    """
    lines: dict[tuple[str, bool, int], dict[int, CellChange]] = {}
    for change in plan.changes:
        line, at = _line_of(change)
        lines.setdefault((change.sheet, change.is_across, line), {})[at] = change
    for (sheet, is_across, line), changes in lines.items():
        contents = book.contents(sheet)

        def cell(at: int, line: int = line, is_across: bool = is_across) -> tuple[int, int]:
            return (line, at) if is_across else (at, line)

        for first, last in _blocks(sorted(changes), contents, cell):
            values = [
                changes[at].new if at in changes else value_at(contents, *cell(at))
                for at in range(first, last + 1)
            ]
            rows = [values] if is_across else [[value] for value in values]
            book.write(sheet_reference(sheet, CellRange(*cell(first), *cell(last))), rows)


def _line_of(change: CellChange) -> tuple[int, int]:
    """The column that a change stands in and its row; the other way round on a table's side."""
    return (change.row, change.column) if change.is_across else (change.column, change.row)


def _blocks(
    changed: Sequence[int], contents: SheetContents, cell: Callable[[int], tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """First and last of each run of cells on a line that no formula interrupts."""
    first = last = changed[0]
    for at in changed[1:]:
        if any(cell(between) in contents.formulas for between in range(last + 1, at)):
            yield first, last
            first = at
        last = at
    yield first, last


def _change_as_json(change: CellChange) -> dict[str, Any]:
    old = str(change.old) if isinstance(change.old, CellError) else change.old
    return {
        "sheet": change.sheet,
        "cell": change.cell,
        "project": change.project.project_id,
        "option": change.project.option,
        "name": change.name,
        "column": change.header,
        "field": change.field,
        "old": old,
        "new": change.new,
    }
