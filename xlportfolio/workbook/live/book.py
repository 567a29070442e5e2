"""The workbook that is open in Excel, behind the workbook protocol.

Reading asks Excel once for each sheet. What is written waits in memory until `save`, which carries
it out as one step in the workbook itself: cells and sheets are written in place, the file is
neither saved nor replaced.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import WorkbookError
from xlportfolio.values import Value
from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.editing.guards import structure_sentence
from xlportfolio.workbook.editing.writables import (
    block_of,
    checked_rows,
    compared,
    with_edits,
)
from xlportfolio.workbook.live.applying import Plan, Put, carry_out
from xlportfolio.workbook.live.checks import guard_of, require_no_growth, require_unfiltered
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import entry_of
from xlportfolio.workbook.live.keeping import Kept
from xlportfolio.workbook.live.mending import Referrers
from xlportfolio.workbook.live.pieces import Waiting
from xlportfolio.workbook.live.reading import ListedSheet, LiveReading, answered
from xlportfolio.workbook.live.scratch import Scratch
from xlportfolio.workbook.live.standing import cell_in
from xlportfolio.workbook.places import Places
from xlportfolio.workbook.protocol import (
    DefinedName,
    ExcelTable,
    SheetContents,
    Writable,
)
from xlportfolio.workbook.rectangles import rows_of
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering import names, sheets
from xlportfolio.workbook.rendering.sheetxml import with_native_tables

if TYPE_CHECKING:
    import xlwings as xw

_OLD_ENDINGS = (".xls", ".xlt")
"""Of 65,536 rows and 256 columns: Excel does not copy all cells of a larger sheet onto one."""


class LiveWorkbook:
    """A workbook open in Excel, behind the workbook protocol.

    Parameters
    ----------
    book
        The workbook.
    details
        What its Excel can do beyond the public API of xlwings.
    reading
        What an earlier step of the same macro read of it, so that it is not asked for again.

    Attributes
    ----------
    kept
        What the last `save` kept of the workbook before it; None before the first.
    undrawn
        A sentence for each chart, or part of one, that Excel did not draw at the last `save`.
    moved
        A sentence for each sheet on which cells moved then that people had added.
    """

    def __init__(
        self, book: xw.Book, details: ExcelDetails, reading: LiveReading | None = None
    ) -> None:
        self.kept: Kept | None = None
        self.undrawn: tuple[str, ...] = ()
        self.moved: tuple[str, ...] = ()
        self._reading = reading or LiveReading(book, details)
        self._plan = Plan()
        self._scratch: Scratch | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._merged: dict[str, SheetContents] = {}
        self._is_closed = False

    def close(self) -> None:
        """Let go of the workbook, which stays open in Excel; what was not saved is lost."""
        self._drop_pending()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self._is_closed = True

    def _require_open(self) -> None:
        if self._is_closed:
            raise WorkbookError(
                f'"{self._reading.file_name}" was let go of; start again from the open workbook.'
            )

    @property
    def reading(self) -> LiveReading:
        """What was read of the workbook so far, for the next step of the same macro."""
        return self._reading

    # -- what there is ---------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where the workbook is saved; its name alone where it never was."""
        return self._reading.path

    @property
    def pending(self) -> bool:
        """Whether something waits to be carried out."""
        return not self._plan.is_empty

    @property
    def sheet_names(self) -> list[str]:
        """All worksheets, in order, ours included; chart sheets hold no cells and are left out."""
        new = [put.name for put in self._plan.puts.values() if put.is_new]
        return [name for name in self._reading.handles if name not in self._plan.gone] + new

    @property
    def our_sheets(self) -> list[str]:
        """The worksheets that carry our mark."""
        return list(self._marks())

    def our_sheet(self, name: str) -> str | None:
        """What the sheet is called now that we put as `name`; None if there is none."""
        return next((sheet for sheet, mark in self._marks().items() if mark == name), None)

    def tables(self) -> list[ExcelTable]:
        """The Excel tables, in the order of the sheets."""
        self._require_open()
        puts, gone = self._plan.puts, self._plan.gone
        found = [
            table
            for table in self._reading.tables
            if table.sheet not in gone and table.sheet not in puts
        ]
        found += [table for put in puts.values() for table in _tables_of(put.described)]
        order = {name: number for number, name in enumerate(self.sheet_names)}
        return sorted(found, key=lambda table: order[table.sheet])

    def names(self) -> list[DefinedName]:
        """The names that stand for one rectangle of cells; hidden ones and Excel's own left out."""
        self._require_open()
        return self._places().names()

    def name_texts(self) -> list[tuple[str, str]]:
        """Every defined name with what it stands for: a range, a value or a formula."""
        self._require_open()
        return [(entry.name, entry.text) for entry in self._reading.defined_names]

    def contents(self, sheet: str) -> SheetContents:
        """What is on a sheet, with what was written since."""
        self._require_open()
        name = self._places().worksheet(sheet).name
        if name not in self._merged:
            waiting = self._plan.waiting.get(name)
            edits = {} if waiting is None else waiting.cells
            self._merged[name] = with_edits(self._known(name), edits)
        return self._merged[name]

    def formula_texts(self, sheet: str) -> Mapping[tuple[int, int], str]:
        """Every formula of a sheet, with its "=", by the cell that holds it, as Excel says it.

        Raises
        ------
        InputError
            If there is no such sheet.
        """
        self._require_open()
        return self._reading.formulas(self._places().worksheet(sheet).name).texts

    def read(self, reference: str) -> list[list[Value]]:
        """Read a range as rows of values, with what was written since.

        Parameters
        ----------
        reference
            "Projects!A1:F40", "Projects!C:D" (cut where the sheet's values end), the name of an
            Excel table (header row included) or a defined name; without a sheet only where the
            workbook has one worksheet.

        Raises
        ------
        InputError
            If there is no such sheet, table, name or range.
        """
        self._require_open()
        sheet, cells = self._places().resolve(reference)
        return rows_of(self.contents(sheet), cells, reference)

    # -- changes ---------------------------------------------------------------------------------

    def write(self, reference: str, rows: Sequence[Sequence[Writable]]) -> None:
        """Write rows from the top-left cell of a reference; `save` carries it out.

        Parameters
        ----------
        reference
            "Projects!H2", or a range or name that has the shape of `rows`.
        rows
            str is text, Formula a formula, None clears a value and keeps the style; numpy scalars
            and Decimal are numbers. A value that is there already is not written again.

        Raises
        ------
        InputError
            If the reference cannot be resolved, the rows are ragged, or a value is of a type that
            no cell holds.
        WorkbookError
            If a cell cannot be written safely, or cannot hold its value; the cell is named, and
            none of the rows is written.
        """
        self._require_open()
        sheet, cells = self._places().resolve(reference)
        values = checked_rows(rows, reference)
        if not values or not values[0]:
            return
        block = block_of(cells, values, reference)
        same, changed = compared(
            self._known(sheet), sheet, block, values, date1904=self._reading.date1904
        )
        if sheet in self._plan.puts:
            self._write_into_put(sheet, changed)
        else:
            self._write_into(sheet, block, same, changed)
        self._merged.pop(sheet, None)

    def _write_into(
        self,
        sheet: str,
        block: CellRange,
        same: Sequence[tuple[int, int]],
        changed: Mapping[tuple[int, int], Writable],
    ) -> None:
        waiting = self._plan.waiting.get(sheet)
        if waiting is None:
            waiting = Waiting(guard_of(self._reading, sheet))
        cells = list(changed)
        waiting.guard.require_writable(cells)
        require_unfiltered(self._reading, sheet, cells)
        filled = [at for at, value in changed.items() if value is not None]
        require_no_growth(self._reading, sheet, filled)
        for at in same:
            waiting.cells.pop(at, None)
        waiting.cells.update(changed)
        if changed:
            waiting.blocks.append(block)
        self._plan.waiting[sheet] = waiting

    def _write_into_put(self, sheet: str, changed: Mapping[tuple[int, int], Writable]) -> None:
        """Change a sheet of ours that waits to be put: its description holds values alone."""
        put = self._plan.puts[sheet]
        cells = dict(put.described.cells)
        for at, value in changed.items():
            if not (value is None or isinstance(value, int | float | str | bool | date)):
                raise WorkbookError(
                    f"{cell_in(sheet, at)} cannot be written: the sheet waits to be put, and "
                    "holds values alone. Save the workbook before such a cell is written."
                )
            cells[at] = replace(cells.get(at, Cell(None)), value=value)
        self._put(replace(put.described, cells=cells), put.mark, is_new=put.is_new)

    def put_sheet(self, description: SheetDescription) -> str:
        """Add a sheet of ours, or write the one that carries its mark anew; the name it got.

        Raises
        ------
        WorkbookError
            If the structure is protected and the sheet is new, or our sheet is protected.
        InputError
            If Excel could not hold what is described; the cell is named.
        """
        self._require_open()
        names.check_sheet_name(description.name)
        self._require_room()
        marks = {**self._reading.marks, **self._marks()}
        name = names.sheet_of(marks, description.name)
        is_new = name is None or name not in self._reading.handles
        if name is None:
            if self._reading.structure_is_protected:
                what = f'adding the sheet "{description.name}"'
                raise WorkbookError(structure_sentence(self._reading.file_name, what))
            taken = {one.casefold() for one in (*self._reading.handles, *self._plan.puts)}
            name = names.free_sheet_name(description.name, lambda one: one.casefold() in taken)
        elif not is_new:
            self._require_unprotected(name)
        described = with_native_tables(names.redirected(description, name, marks))
        names.check_table_names(described)
        taken_tables = self._taken_names(name)
        described = replace(
            described,
            tables=tuple(
                replace(table, name=names.free_table_name(table.name, taken_tables))
                for table in described.tables
            ),
        )
        self._put(described, description.name, is_new=is_new)
        if name in self._plan.gone:
            self._plan.gone.remove(name)
        self._plan.waiting.pop(name, None)
        self._merged.pop(name, None)
        return name

    def handback(self, *, force: bool = False) -> list[str]:
        """Take every sheet and name of ours out; the names of the sheets that went.

        Parameters
        ----------
        force
            Take them out even where formulas, names or charts of others show what they hold; what
            they show is lost to an undo, too, but for formulas in cells and for names.

        Raises
        ------
        WorkbookError
            If the structure is protected, or others refer to our sheets.
        """
        self._require_open()
        ours = self.our_sheets
        there = [name for name in ours if name in self._reading.handles]
        if there:
            if self._reading.structure_is_protected:
                what = f'removing the sheet "{there[0]}"'
                raise WorkbookError(structure_sentence(self._reading.file_name, what))
            with answered("its sheets were looked at"):
                others = [
                    name
                    for name, handle in self._reading.handles.items()
                    if name not in there and handle.visible in (True, -1)
                ]
                if not others:
                    raise WorkbookError(sheets.no_visible_sheet_sentence(self._reading.file_name))
                if not force:
                    sheets.refuse_referrers(Referrers(self._reading).of_others(there))
        for name in ours:
            self._plan.puts.pop(name, None)
            self._plan.waiting.pop(name, None)
            self._merged.pop(name, None)
        self._plan.gone += there
        self._plan.is_forced |= force
        return ours

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        recording: Callable[[Kept], None] | None = None,
    ) -> None:
        """Carry out what waits, as one step, in the workbook itself; the file is not saved.

        If anything fails half way, what was written is put back, and all of it waits still.

        Parameters
        ----------
        path
            None: an open workbook is not written to another file.
        recording
            Told what is kept for undo, at the last moment before anything is written.

        Raises
        ------
        WorkbookError
            If a cell changed since it was read, or Excel refuses; the workbook is as it was.
        """
        self._require_open()
        if path is not None:
            raise WorkbookError(
                f'"{self._reading.file_name}" is open in Excel and is written there, not to '
                f'"{os.fspath(path)}"; save it under another name in Excel (File > Save As).'
            )
        if self._plan.is_empty:
            return
        folder = tempfile.TemporaryDirectory(prefix="xlportfolio-")
        try:
            kept, self.undrawn, self.moved = carry_out(
                self._plan,
                self._reading,
                Referrers(self._reading),
                self._scratch,
                Path(folder.name),
                recording,
            )
        except BaseException:
            folder.cleanup()
            self._reading.forget()
            self._merged.clear()
            raise
        if self._folder is not None:
            self._folder.cleanup()
        self._folder, self.kept = folder, kept
        is_added = any(put.is_new for put in self._plan.puts.values())
        self._reading.forget(but_sheets=not (is_added or self._plan.gone))
        self._drop_pending()

    # -- inside ----------------------------------------------------------------------------------

    def _marks(self) -> dict[str, str]:
        """The sheets of ours as they will be, each with what its mark says."""
        marks = {
            name: mark for name, mark in self._reading.marks.items() if name not in self._plan.gone
        }
        return {**marks, **{put.name: put.mark for put in self._plan.puts.values()}}

    def _places(self) -> Places[ListedSheet]:
        return Places(_Index(self.sheet_names, self._reading), self.tables, self._reading.file_name)

    def _known(self, sheet: str) -> SheetContents:
        """What is on a sheet, without the cells that wait to be written."""
        if sheet in self._plan.puts and self._scratch is not None:
            return self._scratch.contents(sheet)
        return self._reading.sheet(sheet).contents

    def _put(self, described: SheetDescription, mark: str, *, is_new: bool) -> None:
        """Render a sheet into the scratch workbook, from which `save` copies it."""
        date1904 = self._reading.date1904
        if self._scratch is None:
            self._scratch = Scratch(date1904=date1904)
        self._scratch.put(described)
        values = tuple(
            (
                *at,
                entry_of(
                    None if cell.value == "" else cell.value,
                    partial(cell_in, described.name, at),
                    date1904=date1904,
                ),
            )
            for at, cell in described.cells.items()
        )
        self._plan.puts[described.name] = Put(described, mark, is_new, values)

    def _taken_names(self, sheet: str) -> set[str]:
        """The names of tables elsewhere, and of ranges, which no table of a sheet may have."""
        taken = {entry.name.casefold() for entry in self._reading.defined_names}
        return taken | {table.name.casefold() for table in self.tables() if table.sheet != sheet}

    def _require_unprotected(self, sheet: str) -> None:
        with answered(f'sheet "{sheet}" was looked at'):
            protected = self._reading.details.is_protected(self._reading.handles[sheet])
        if protected:
            raise WorkbookError(
                f'The sheet "{sheet}" of xlportfolio is protected, so it cannot be written anew. '
                "Lift the protection in Excel (Review > Unprotect Sheet) and try again."
            )

    def _require_room(self) -> None:
        if Path(self._reading.file_name).suffix.casefold() in _OLD_ENDINGS:
            raise WorkbookError(
                f'"{self._reading.file_name}" is a workbook in the old .xls format, whose sheets '
                "are too small for those of xlportfolio. Convert it in Excel (File > Info > "
                "Convert) and try again."
            )

    def _drop_pending(self) -> None:
        self._plan = Plan()
        self._merged.clear()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None


class _Index:
    """The worksheets as they will be, and the names, for `Places`."""

    def __init__(self, names: Sequence[str], reading: LiveReading) -> None:
        self.sheets = [ListedSheet(name) for name in names]
        self._reading = reading

    @property
    def defined_names(self) -> Sequence[NameEntry]:
        return self._reading.defined_names

    def sheet(self, name: str) -> ListedSheet | None:
        wanted = name.casefold()
        return next((one for one in self.sheets if one.name.casefold() == wanted), None)


def _tables_of(described: SheetDescription) -> list[ExcelTable]:
    found = []
    for table in described.tables:
        area = table.range
        headers = tuple(
            str(described.cells[area.first_row, column].value)
            for column in range(area.first_column, area.last_column + 1)
        )
        found.append(ExcelTable(table.name, described.name, area, headers))
    return found
