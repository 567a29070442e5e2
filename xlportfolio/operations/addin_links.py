r"""Formulas that name a path of the add-in, `'C:\...\xlportfolio.xlam'!PF_SCORE(...)`, mended.

Excel writes such a link where the add-in lay elsewhere when the formula was made; on another
machine the path is wrong, and the cells show #NAME?. A formula that names the function alone is
computed by whatever copy Excel has loaded. What Excel does with either was not tried in Excel.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from xlportfolio.cell_names import PREFIX
from xlportfolio.diagnosis import Finding, fine, note, wrong
from xlportfolio.errors import WorkbookError
from xlportfolio.operations.runs import Progress, being_edited, no_progress, save
from xlportfolio.wording import counted, listed, shortened
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.editing.external_links import without_file
from xlportfolio.workbook.protocol import Formula, Workbook
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet

_IN_THE_STARTUP_FOLDER = "xlStartup"
_MOST_SHOWN = 5
_LONGEST_PATH = 120


@dataclass(frozen=True)
class AddinLinks:
    """The links to the add-in in a workbook.

    Attributes
    ----------
    cells
        Each cell whose formula names a path of the add-in, "Plan!C2".
    names
        The defined names that do.
    targets
        The paths.
    n_at_home
        Links to the folder that Excel starts with, wherever that is: they need no mending.
    output
        The workbook with the formulas mended; None where nothing was written.
    links_left
        Paths whose link stays in the file, as taking it out could change what others mean.
    notes
        What a person should know of the reading and saving.
    """

    workbook: Path
    cells: tuple[str, ...]
    names: tuple[str, ...]
    targets: tuple[str, ...]
    n_at_home: int = 0
    output: Path | None = None
    links_left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """For the doctor."""
        return (*self._of_links(), *(note("book", one) for one in self.notes))

    @property
    def repaired(self) -> tuple[str, ...]:
        """A sentence where something was mended."""
        if self.output is None:
            return ()
        return (f'The path of the add-in went from {self._said()} of "{self.output}".',)

    def _of_links(self) -> tuple[Finding, ...]:
        shown = f'"{self.workbook}"'
        found = []
        if not self.cells and not self.names:
            found.append(fine("book", f"No formula of {shown} names a path of the add-in."))
        elif self.output is None:
            verb = "names" if len(self.cells) + len(self.names) == 1 else "name"
            places = listed([*self.cells, *self.names], _MOST_SHOWN)
            told = (
                f"{self._said()} of {shown} {verb} the path {self._shown(self.targets)} of the "
                f"add-in: {places}. Run: xlportfolio addin doctor --book BOOK --repair"
            )
            found.append(wrong("book", told))
        else:
            found.append(fine("book", f'No formula of "{self.output}" names a path of the add-in.'))
        if self.links_left and self.output is not None:
            told = (
                f"The link to {self._shown(self.links_left)} stays in the file, as other links are "
                "numbered after it or something still names it: under Data > Edit Links, break it."
            )
            found.append(note("book", told))
        if self.n_at_home:
            told = (
                f"{shown} also refers to the add-in in Excel's start-up folder, as Excel writes it."
            )
            found.append(note("book", told))
        return tuple(found)

    @staticmethod
    def _shown(targets: Sequence[str]) -> str:
        paths = (unquote(target).removeprefix("file:///") for target in targets)
        return listed([shortened(path, _LONGEST_PATH) for path in paths])

    def _said(self) -> str:
        cells = counted(len(self.cells), "formula") if self.cells else ""
        names = counted(len(self.names), "name") if self.names else ""
        return " and ".join(filter(None, (cells, names)))

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.output) if self.output else None,
            "cells": list(self.cells),
            "names": list(self.names),
            "targets": list(self.targets),
            "links_left": list(self.links_left),
            "notes": list(self.notes),
        }


@dataclass
class _Found:
    """What was found while reading."""

    texts: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    targets: dict[str, None] = field(default_factory=dict)


def addin_links(
    path: str | os.PathLike[str],
    file_name: str,
    *,
    repair: bool = False,
    output: str | os.PathLike[str] | None = None,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> AddinLinks:
    """Find the formulas and names that name a path of the add-in, and mend them.

    Parameters
    ----------
    path
        The workbook.
    file_name
        Of the add-in, "xlportfolio.xlam".
    repair
        Whether to write the formulas without the path; a backup is kept, and `undo` goes back.
    output
        Where to write the result instead of replacing the workbook.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If the workbook cannot be read or written.
    """
    notes = list(being_edited(os.fspath(path)))
    with open_workbook(path, ignore_lock) as book:
        progress("reading formulas")
        linked = {
            f"[{link.number}]": link
            for link in book.external_links()
            if link.file_name.casefold() == file_name.casefold()
        }
        elsewhere = {
            mark: link.target
            for mark, link in linked.items()
            if link.kind != _IN_THE_STARTUP_FOLDER
        }
        found = _find(book, _Qualifiers(elsewhere, file_name))
        result = AddinLinks(
            Path(path),
            tuple(found.cells),
            tuple(found.names),
            tuple(found.targets),
            len(linked) - len(elsewhere),
            notes=tuple(notes),
        )
        if not repair or not (found.cells or found.names):
            return result
        progress("saving")
        qualifiers = _Qualifiers(elsewhere, file_name)
        book.say_formulas(
            found.texts,
            lambda text: without_file(text, qualifiers.is_taken_out, _is_ours),
            [int(mark[1:-1]) for mark in elsewhere],
        )
        saved, warning = save(book, "doctor", output)
        left = [link.target for link in book.external_links() if link.target in elsewhere.values()]
    return AddinLinks(
        result.workbook,
        result.cells,
        result.names,
        result.targets,
        result.n_at_home,
        saved,
        tuple(left),
        (*notes, *((warning,) if warning else ())),
    )


def mend_links(book: LinkedWorkbook, file_name: str) -> MendedLinks:
    """Write formulas of a workbook that is open without the path of the add-in; nothing is saved.

    Parameters
    ----------
    book
        The workbook.
    file_name
        Of the add-in, "xlportfolio.xlam".

    Returns
    -------
    The cells whose formulas are written anew, and those that cannot be, with why.
    """
    from xlportfolio.workbook.live.entering import rectangles

    qualifiers = _Qualifiers({}, file_name)
    mended: list[str] = []
    left: list[str] = []
    for sheet in book.sheet_names:
        texts = {}
        for at, formula in book.formula_texts(sheet).items():
            text = without_file(formula[1:], qualifiers.is_taken_out, _is_ours)
            if text != formula[1:]:
                texts[at] = Formula(text)
        for area in rectangles(texts):
            done, refused = _written(book, sheet, area, texts)
            mended += done
            left += refused
    return MendedLinks(tuple(mended), tuple(left), tuple(qualifiers.seen))


def _written(
    book: Workbook, sheet: str, area: CellRange, texts: Mapping[tuple[int, int], Formula]
) -> tuple[list[str], list[str]]:
    """Write a rectangle at once; cell by cell where one of them cannot be written."""
    columns = range(area.first_column, area.last_column + 1)
    rows = [
        [texts[row, column] for column in columns]
        for row in range(area.first_row, area.last_row + 1)
    ]
    cells = [
        (f"{quote_sheet(sheet)}!{cell_address(row, column)}", texts[row, column])
        for row in range(area.first_row, area.last_row + 1)
        for column in columns
    ]
    try:
        book.write(cells[0][0], rows)
    except WorkbookError as problem:
        if len(cells) == 1:
            return [], [str(problem)]
    else:
        return [cell for cell, _ in cells], []
    done: list[str] = []
    refused: list[str] = []
    for cell, text in cells:
        try:
            book.write(cell, [[text]])
        except WorkbookError as problem:
            refused.append(str(problem))
        else:
            done.append(cell)
    return done, refused


class LinkedWorkbook(Workbook, Protocol):
    """A workbook that also says its formulas, as the one open in Excel does."""

    def formula_texts(self, sheet: str) -> Mapping[tuple[int, int], str]: ...


@dataclass(frozen=True)
class MendedLinks:
    """The formulas of an open workbook that named a path of the add-in.

    Attributes
    ----------
    cells
        Those that are written without it, "Plan!C2".
    left
        A sentence for each that cannot be written.
    targets
        The paths.
    """

    cells: tuple[str, ...]
    left: tuple[str, ...]
    targets: tuple[str, ...]


class _Qualifiers:
    """What stands before the "!" of a call, and whether that is a copy of the add-in by its path.

    Parameters
    ----------
    elsewhere
        Target of each link, by its mark such as "[1]".
    file_name
        Of the add-in.
    """

    def __init__(self, elsewhere: Mapping[str, str], file_name: str) -> None:
        self._elsewhere = elsewhere
        self._file_name = file_name.casefold()
        self.seen: dict[str, None] = {}

    def is_taken_out(self, qualifier: str) -> bool:
        """Whether a call goes without it; `seen` has where it led."""
        target = self._elsewhere.get(qualifier, "")
        if not target:
            name = qualifier.replace("\\", "/").rpartition("/")[2]
            if name.strip("[]").casefold() != self._file_name:
                return False
            target = qualifier
        self.seen[target] = None
        return True


def _find(book: ClosedWorkbook, qualifiers: _Qualifiers) -> _Found:
    found = _Found(targets=qualifiers.seen)
    for sheet in book.sheet_names:
        for one in book.formulas(sheet):
            text = without_file(one.text, qualifiers.is_taken_out, _is_ours)
            if text != one.text:
                found.texts.setdefault(sheet, {})[one.row, one.column] = text
                found.cells.append(f"{quote_sheet(sheet)}!{cell_address(one.row, one.column)}")
    found.names += [
        name
        for name, text in book.name_texts()
        if without_file(text, qualifiers.is_taken_out, _is_ours) != text
    ]
    return found


def _is_ours(function: str) -> bool:
    return function.upper().startswith(PREFIX)
