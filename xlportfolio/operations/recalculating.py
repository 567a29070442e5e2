"""Recalculate: every formula of a workbook computed anew, and nothing else in it changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.cells import Registry
from xlportfolio.defaults import SECONDS_WITHOUT_PROGRESS
from xlportfolio.libreoffice.formula_calls import is_volatile
from xlportfolio.libreoffice.rounds import Kept, compute_in_rounds
from xlportfolio.operations.runs import Progress, being_edited, no_progress, save
from xlportfolio.wording import counted, listed, shortened
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.references import sheet_reference

_MOST_SHOWN = 20
_LONGEST_FORMULA_SHOWN = 60


@dataclass(frozen=True)
class RecalculateResult:
    """What was computed, and what was not.

    Attributes
    ----------
    output
        The workbook with the new values; None where nothing was written.
    n_formulas, n_computed, n_changed
        How many formulas there are, how many were computed, and how many cells show another value
        now.
    kept
        The formulas that were not computed and keep their old value, with the reason.
    sheets
        Those in which a value changed.
    notes
        What a person should know of the values.
    warning
        What a person should know of the saving, such as that it cannot be undone.
    """

    workbook: Path
    output: Path | None
    n_formulas: int
    n_computed: int = 0
    n_changed: int = 0
    kept: tuple[Kept, ...] = ()
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warning: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether a formula was not computed."""
        return bool(self.kept)

    def __str__(self) -> str:
        lines = [self._summary()]
        lines += [_kept_line(kept) for kept in self.kept[:_MOST_SHOWN]]
        if len(self.kept) > _MOST_SHOWN:
            lines.append(f"  and {len(self.kept) - _MOST_SHOWN:,} more; --json names them all.")
        lines += [f"Note: {note}" for note in self.notes]
        if self.warning:
            lines.append(self.warning)
        return "\n".join(lines)

    def _summary(self) -> str:
        if not self.n_formulas:
            copied = f'; it was copied to "{self.output}"' if self.output else ""
            return f'"{self.workbook}" has no formulas{copied or "; it was left as it is"}.'
        said = f"{counted(self.n_computed, 'formula')} computed"
        if not self.n_changed:
            changed = "every value was right already"
            if self.n_computed < self.n_formulas:
                changed = "no value changed"
            place = f'"{self.workbook}" was left as it is'
            if self.output is not None:
                place = f'"{self.workbook}" was copied to "{self.output}"'
            said = f"{said}, {changed}; {place}."
        else:
            where = listed([f'"{sheet}"' for sheet in self.sheets])
            cells = "cell shows" if self.n_changed == 1 else "cells show"
            sheets = "sheet" if len(self.sheets) == 1 else "sheets"
            said = (
                f"{said}; {self.n_changed:,} {cells} a new value on {sheets} {where} of "
                f'"{self.output}".'
            )
        if self.kept:
            n = len(self.kept)
            verb = (
                "was not computed and keeps its" if n == 1 else "were not computed and keep their"
            )
            said += f"\n{counted(n, 'formula')} {verb} old value:"
        return said

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.output) if self.output else None,
            "status": "done",
            "formulas": self.n_formulas,
            "computed": self.n_computed,
            "changed": self.n_changed,
            "kept": [
                {
                    "cell": _cell(kept),
                    "formula": f"={kept.formula.text}",
                    "reason": kept.reason,
                }
                for kept in self.kept
            ],
            "sheets": list(self.sheets),
            "notes": list(self.notes),
            "warning": self.warning or None,
        }


def recalculate_workbook(
    path: str | os.PathLike[str],
    registry: Registry,
    *,
    output: str | os.PathLike[str] | None = None,
    seconds: float = SECONDS_WITHOUT_PROGRESS,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> RecalculateResult:
    """Compute every formula of a workbook, ours and the native ones, without Excel.

    LibreOffice computes a private copy; only values that changed are put into the workbook. What
    it cannot compute keeps its value, and so does no formula that would reach outside the workbook
    ever run.

    Parameters
    ----------
    path
        The workbook. Sheets may be protected: that keeps people from changing cells, and no cell
        is changed here, only what its formula shows.
    registry
        Our functions.
    output
        Where to write the result instead of replacing the workbook.
    seconds
        How long LibreOffice may take without getting any further. [s]
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If the workbook cannot be read or written.
    OfficeError
        If there is no LibreOffice, or it does not compute the workbook.
    """
    notes = list(being_edited(os.fspath(path)))
    with open_workbook(path, ignore_lock) as book:
        progress("reading formulas")
        formulas = {sheet: _with_text(book.formulas(sheet)) for sheet in book.sheet_names}
        n_formulas = sum(map(len, formulas.values()))
        if not n_formulas:
            saved, warning = (None, "") if output is None else save(book, "recalculate", output)
            return RecalculateResult(Path(path), saved, 0, notes=tuple(notes), warning=warning)
        with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
            answers = compute_in_rounds(
                book, formulas, registry, Path(folder), progress=progress, seconds=seconds
            )
        progress("putting the values beside the formulas")
        changed = {
            sheet: n
            for sheet, values in answers.values.items()
            if (n := book.put_cached_values(sheet, values))
        }
        saved, warning = None, ""
        if changed or output is not None:
            progress("saving")
            saved, warning = save(book, "recalculate", output)
    notes += _notes(formulas)
    return RecalculateResult(
        Path(path),
        saved,
        n_formulas,
        n_formulas - len(answers.kept),
        sum(changed.values()),
        answers.kept,
        tuple(changed),
        tuple(notes),
        warning,
    )


def _with_text(formulas: Sequence[FormulaCell]) -> list[FormulaCell]:
    """Some programs leave an empty formula element: a constant for all of them."""
    return [one for one in formulas if one.text.strip() or one.kind == "table"]


def _notes(formulas: Mapping[str, Sequence[FormulaCell]]) -> list[str]:
    n = sum(is_volatile(one.text) for cells in formulas.values() for one in cells)
    if not n:
        return []
    verb = "gives" if n == 1 else "give"
    return [
        f"{counted(n, 'formula')} with NOW, TODAY or a random number {verb} another value each "
        "time."
    ]


def _cell(kept: Kept) -> str:
    return sheet_reference(kept.sheet, kept.formula.cells).partition(":")[0]


def _kept_line(kept: Kept) -> str:
    formula = shortened(f"={kept.formula.text}", _LONGEST_FORMULA_SHOWN)
    return f"  {_cell(kept)}  {formula}: {kept.reason}."
