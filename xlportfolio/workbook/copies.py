"""Copies of a closed file that are not the file itself: one to be computed, one with values.

The package of the file holds what the copy holds only while that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from xlportfolio.workbook.editing.column_formulas import take_column_formulas_out
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.working_copy import write_copy
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.saving.replacing import Recording, replace_safely


def write_working_copy(
    file: OpenedFile,
    target: Path,
    formulas: Mapping[str, Mapping[tuple[int, int], str | None]],
    name_text: Callable[[str], str],
) -> None:
    """Write a copy for another program to compute; see `ClosedWorkbook.write_working_copy`.

    Parameters
    ----------
    file
        The file.
    target
        The copy.
    formulas
        Sheet to (row, column) to the new text of the formula there; None takes it out.
    name_text
        What the text of each defined name becomes.
    """
    with _changed_for_a_copy(file) as files:
        for name, texts in formulas.items():
            sheet = file.places.worksheet(name).name
            if texts:
                file.replace_sheet(sheet, FormulaTextSplicer(sheet, texts).run, files)
        write_copy(file.package, file.index, target, name_text)


def write_values_copy(
    file: OpenedFile,
    target: Path,
    formulas: Mapping[str, Sequence[FormulaCell]],
    is_wanted: Callable[[str], bool],
    recording: Recording | None,
    *,
    ignore_lock: bool = False,
) -> None:
    """Write a copy with values for formulas; see `ClosedWorkbook.write_values_copy`.

    Parameters
    ----------
    file
        The file.
    target
        The copy.
    formulas
        Those that are replaced, by sheet.
    is_wanted
        Whether a formula that a table keeps for a column goes, too.
    recording
        Told what is about to be replaced, at the last moment before it is.
    ignore_lock
        Whether a copy is replaced although a lock file says that somebody has it open.
    """
    with _changed_for_a_copy(file) as files:
        for name, found in formulas.items():
            taken_out = dict.fromkeys(((one.row, one.column) for one in found), None)
            file.replace_sheet(name, FormulaTextSplicer(name, taken_out).run, files)
        take_column_formulas_out(file.package, file.index, is_wanted)
        if formulas:
            file.index.drop_calc_chain()
        replace_safely(
            file.package.save_to,
            Path(file.package.path),
            target,
            lint=file.new_flaws,
            expected=file.state,
            ignore_lock=ignore_lock,
            recording=recording,
        )


@contextmanager
def _changed_for_a_copy(file: OpenedFile) -> Iterator[ExitStack]:
    """Whatever is done to the package is undone; its temporary files are closed."""
    before = file.package.snapshot()
    try:
        with ExitStack() as files:
            yield files
    finally:
        file.package.restore(before)
