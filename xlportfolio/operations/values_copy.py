"""Values copy: a workbook for colleagues without xlportfolio, who would see #NAME? otherwise.

Formulas that call a function of ours are replaced by what they gave last; all others stay.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.errors import WorkbookError
from xlportfolio.libreoffice.our_calls import names_calling_ours, needs_ours
from xlportfolio.operations.runs import Progress, being_edited, no_progress, recording
from xlportfolio.values import CellError
from xlportfolio.wording import counted, listed, quoted, shortened
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.rectangles import rows_of
from xlportfolio.workbook.references import CellRange, sheet_reference

COMMAND = "values-copy"
_UNKNOWN = CellError("#NAME?")
_MOST_SHOWN = 20
_LONGEST_FORMULA_SHOWN = 60


@dataclass(frozen=True)
class WithoutValue:
    """A formula that was replaced though it had no value to show: where, which, and why."""

    cell: str
    formula: str
    reason: str

    def __str__(self) -> str:
        return f"{self.cell}  {shortened(self.formula, _LONGEST_FORMULA_SHOWN)}: {self.reason}."


@dataclass(frozen=True)
class ValuesCopy:
    """A copy with values.

    Attributes
    ----------
    output
        The copy.
    n_replaced
        How many formulas are values in it.
    without_value
        Those that had none to show.
    notes
        What a person should know of the values.
    warning
        What a person should know of the saving, such as that a file was replaced.
    """

    workbook: Path
    output: Path
    n_replaced: int
    without_value: tuple[WithoutValue, ...] = ()
    notes: tuple[str, ...] = ()
    warning: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether a cell of the copy shows no value."""
        return bool(self.without_value)

    def __str__(self) -> str:
        formulas = counted(self.n_replaced, "formula")
        said = f"{formulas} of xlportfolio {'is a value' if self.n_replaced == 1 else 'are values'}"
        if not self.n_replaced:
            said = "no formula calls a function of xlportfolio, so nothing else is different"
        lines = [f'Made "{self.output}": {said}.']
        if self.without_value:
            n = len(self.without_value)
            cells = "1 cell shows" if n == 1 else f"{n:,} cells show"
            lines.append(
                f"{cells} no value there; have the workbook computed (open it in Excel with the "
                "add-in and save it, or: xlportfolio recalculate) and copy it again:"
            )
        lines += [f"  {one}" for one in self.without_value[:_MOST_SHOWN]]
        if len(self.without_value) > _MOST_SHOWN:
            more = len(self.without_value) - _MOST_SHOWN
            lines.append(f"  and {more:,} more; --json names them all.")
        lines += [f"Note: {note}" for note in self.notes]
        if self.warning:
            lines.append(self.warning)
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.output.absolute()),
            "status": "done",
            "replaced": self.n_replaced,
            "without_value": [
                {"cell": one.cell, "formula": one.formula, "reason": one.reason}
                for one in self.without_value
            ],
            "notes": list(self.notes),
            "warning": self.warning or None,
        }


def values_copy(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> ValuesCopy:
    """Write a copy in which formulas that call functions of ours are replaced by their values.

    Parameters
    ----------
    path
        The workbook; it is not changed.
    output
        The copy; "NAME (values).xlsx" beside the workbook if none is named.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If the workbook cannot be read, or the copy not be written.
    """
    source = Path(path)
    target = source.with_name(f"{source.stem} (values){source.suffix}")
    target = target if output is None else Path(output)
    said: list[str] = []

    with open_workbook(path, ignore_lock) as book:
        if target.exists() and target.samefile(source):
            raise WorkbookError(
                f'"{target}" is the workbook itself, which keeps its formulas; name another file.'
            )
        progress("reading formulas")
        names = book.name_texts()
        record = recording(COMMAND, said, is_elsewhere=True)
        replaced = book.write_values_copy(target, needs_ours(names), recording=record)
        notes = (*being_edited(book.path), *_notes(book, names, replaced))
        without_value = tuple(_without_value(book, replaced))
    n_replaced = sum(map(len, replaced.values()))
    return ValuesCopy(source, target, n_replaced, without_value, notes, " ".join(said))


def _without_value(
    book: ClosedWorkbook, replaced: Mapping[str, Sequence[FormulaCell]]
) -> Iterator[WithoutValue]:
    for sheet, formulas in replaced.items():
        for one in formulas:
            reason = ""
            if one.cached is None:
                reason = "it was never computed"
            elif _shows_unknown(book, sheet, one):
                reason = "it shows #NAME?: it was computed where xlportfolio is not"
            if reason:
                first = CellRange(one.row, one.column, one.row, one.column)
                yield WithoutValue(sheet_reference(sheet, first), f"={one.text}", reason)


def _shows_unknown(book: ClosedWorkbook, sheet: str, formula: FormulaCell) -> bool:
    if formula.kind == "plain":
        return formula.cached == _UNKNOWN
    rows = rows_of(book.contents(sheet), formula.cells, sheet)
    return any(value == _UNKNOWN for row in rows for value in row)


def _notes(
    book: ClosedWorkbook,
    names: Sequence[tuple[str, str]],
    replaced: Mapping[str, Sequence[FormulaCell]],
) -> Iterator[str]:
    if replaced and book.formulas_are_stale:
        yield (
            "The workbook was changed since it was last computed, so the values may be out of date."
        )
    ours = names_calling_ours(names)
    still = list(dict.fromkeys(name for name, _ in names if name.casefold() in ours))
    if still:
        calls = "calls a function" if len(still) == 1 else "call functions"
        yield (
            f"Of the defined names {listed([quoted(name) for name in still])} still {calls} of "
            "xlportfolio; no cell shows it."
        )
