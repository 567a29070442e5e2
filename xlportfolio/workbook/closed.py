"""A workbook closed on disk: read it, write cells and sheets of ours, replace it safely.

Reading and writing are lazy: what was written waits in memory until `save`, which splices it into
the sheets, copies everything else byte for byte and puts the new file in the old one's place.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from xlportfolio.errors import StaleValueWarning, WorkbookError
from xlportfolio.values import Value
from xlportfolio.workbook.container.reading import may_hold_truths
from xlportfolio.workbook.copies import write_values_copy, write_working_copy
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.editing.external_links import ExternalLink, external_links
from xlportfolio.workbook.editing.formula_reading import read_formulas
from xlportfolio.workbook.editing.writables import block_of, checked_rows
from xlportfolio.workbook.formula_cells import Cached, FormulaCell
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.pending import PendingChanges
from xlportfolio.workbook.protocol import DefinedName, ExcelTable, SheetContents, Writable
from xlportfolio.workbook.rectangles import rows_of
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.marks import marked_sheets, our_sheets
from xlportfolio.workbook.rewording import Rewording
from xlportfolio.workbook.saving.replacing import Recording, SavedFile, replace_safely
from xlportfolio.workbook.staleness.history import WriteHistory


def open_workbook(path: str | os.PathLike[str], ignore_lock: bool = False) -> ClosedWorkbook:
    """Open an .xlsx or .xlsm file; nothing in it changes until `save`.

    Parameters
    ----------
    path
        The file.
    ignore_lock
        Whether `save` replaces a file although a lock file says that somebody has it open, as
        after a crash.

    Raises
    ------
    WorkbookError
        If there is no such file, it is another kind of file, or it cannot be read safely.

    Examples
    --------
    >>> with open_workbook("portfolio.xlsx") as book:  # doctest: +SKIP
    ...     book.write("Projects!H2", [[1.0], ["Start"]])
    ...     book.save()
    """
    return ClosedWorkbook(path, ignore_lock)


_COMPANION = "Or have the results in a workbook of their own, with -o OUT."


class ClosedWorkbook:
    """A workbook on disk, behind the workbook protocol; see `open_workbook`.

    Attributes
    ----------
    saved
        What the last `save` wrote and where the previous file is kept; None before the first.
    moved
        A sentence for each sheet that was put on which cells moved that people had added.
    ignore_lock
        Whether it replaces a file although a lock file says that somebody has it open.
    """

    def __init__(self, path: str | os.PathLike[str], ignore_lock: bool = False) -> None:
        self.ignore_lock = ignore_lock
        self.saved: SavedFile | None = None
        self.moved: tuple[str, ...] = ()
        self._open(Path(path))
        self._history = WriteHistory(self._file.index.full_calc_on_load)

    def __enter__(self) -> ClosedWorkbook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what was not saved is lost, and nothing more can be read."""
        self._file.package.close()
        self._pending.drop()
        self._is_closed = True

    def _require_open(self) -> None:
        if self._is_closed:
            raise WorkbookError(
                f'"{self._file.name}" was closed; open it again with open_workbook, or read and '
                "write inside the with block."
            )

    # -- what there is ---------------------------------------------------------------------------

    @property
    def path(self) -> str:
        return self._file.package.path

    @property
    def sheet_names(self) -> list[str]:
        """All worksheets, in order, ours included; chart sheets hold no cells and are left out."""
        return self._file.places.sheet_names

    @property
    def our_sheets(self) -> list[str]:
        """The worksheets that carry our mark."""
        return our_sheets(self._file.index)

    def our_sheet(self, name: str) -> str | None:
        """What the sheet is called now that we put as `name`; None if there is none."""
        marked = marked_sheets(self._file.index)
        return next((sheet for sheet, mark in marked.items() if mark == name), None)

    @property
    def takes_sheets(self) -> bool:
        """Whether sheets of ours may be added: it is not signed, its structure not protected."""
        return not (self._file.index.signed or self._file.index.structure_protected)

    @property
    def formulas_are_stale(self) -> bool:
        """Whether the values of formulas may be out of date until Excel has computed them."""
        return self._file.index.full_calc_on_load or self._pending.has_cells

    def stale_cells(self) -> Mapping[str, frozenset[tuple[int, int]]]:
        """The cells whose formulas depend on what was written since the workbook was opened.

        Through other formulas, too. What OFFSET, INDIRECT, NOW and their like, and what-if data
        tables depend on is not known, so that they always count; an array counts with every cell
        that it fills. After `save` they stay, until `put_cached_values` has put a value.

        Returns
        -------
        Sheet to (row, column); sheets without such cells are left out.
        """
        self._require_open()
        return self._history.stale(self._pending.waiting())

    def tables(self) -> list[ExcelTable]:
        """The Excel tables, in the order of the sheets."""
        self._require_open()
        return self._file.tables()

    def names(self) -> list[DefinedName]:
        """The names that stand for one rectangle of cells; hidden ones and Excel's own left out."""
        self._require_open()
        return self._file.places.names()

    def name_texts(self) -> list[tuple[str, str]]:
        """Every defined name with what it stands for, as stored: a range, a value or a formula."""
        self._require_open()
        return [(entry.name, entry.text) for entry in self._file.index.defined_names]

    def contents(self, sheet: str) -> SheetContents:
        """What is on a sheet, with what was written since."""
        self._require_open()
        return self._pending.contents(self._file.places.worksheet(sheet).name)

    def may_hold_truths(self, sheet: str) -> bool:
        """Whether a cell of a sheet may be TRUE or FALSE; faster than to read its contents.

        Parameters
        ----------
        sheet
            Its name.
        """
        self._require_open()
        name = self._file.places.worksheet(sheet).name
        if not self._pending.is_as_stored(name):
            return True
        return may_hold_truths(self._file.package, self._file.places.worksheet(name))

    def read(self, reference: str) -> list[list[Value]]:
        """Read a range as rows of values, with what was written since.

        Parameters
        ----------
        reference
            "Projects!A1:F40", "Projects!C:D" (cut where the sheet's values end), the name of an
            Excel table (header row included) or a defined name; without a sheet only where the
            workbook has one worksheet.

        Returns
        -------
        rows, each as long as the range is wide: None, float, str, bool, datetime or CellError; a
        formula's value is the one computed last, and None where it was written but not computed;
        a number put into a cell that shows dates is a date once it is saved

        Warns
        -----
        StaleValueWarning
            If a formula in the range depends on what was written, so that its value is of before,
            or the file asks to have its formulas computed.

        Raises
        ------
        InputError
            If there is no such sheet, table, name or range.
        """
        self._require_open()
        sheet, cells = self._file.places.resolve(reference)
        contents = self.contents(sheet)
        rows = rows_of(contents, cells, reference)
        computed = self._pending.computed_ranges(sheet)
        name = self._file.name
        said = self._history.sentence(cells, contents, computed, self.stale_cells, name)
        if said:
            warnings.warn(said, StaleValueWarning, stacklevel=2)
        return rows

    def formulas(self, sheet: str) -> list[FormulaCell]:
        """Every formula of a sheet, in the order of its rows, with the value that it gave last.

        Raises
        ------
        InputError
            If there is no such sheet.
        WorkbookError
            If the sheet is damaged, or cells of it were written and not saved.
        """
        self._require_open()
        name = self._file.places.worksheet(sheet).name
        self._pending.require_saved(name, "its formulas are read")
        found = read_formulas(
            self._file.package,
            self._file.index,
            self._file.places.worksheet(name),
            self._file.shared_strings(),
        )
        values = self._pending.values_put(name)
        if not values:
            return found
        return [replace(one, cached=values.get((one.row, one.column), one.cached)) for one in found]

    def external_links(self) -> list[ExternalLink]:
        """The links to other files, in the order of the numbers that formulas name them by."""
        self._require_open()
        return external_links(self._file.index)

    # -- changes ---------------------------------------------------------------------------------

    def say_formulas(
        self,
        formulas: Mapping[str, Mapping[tuple[int, int], str]],
        name_text: Callable[[str], str],
        unlinked: Collection[int],
    ) -> None:
        """Say formulas and names differently that mean the same; `save` writes it.

        What formulas gave last stays beside them, and Excel is asked to compute everything.

        Parameters
        ----------
        formulas
            Sheet to (row, column) to the new text of the formula there, without "=".
        name_text
            What the text of each defined name becomes.
        unlinked
            Numbers of links to other files that go if nothing names them any more.

        Raises
        ------
        InputError
            If there is no such sheet.
        WorkbookError
            If the workbook is signed, a sheet is protected, or something was written and not
            saved; nothing is changed.
        """
        self._require_open()
        self._file.require_unsigned()
        for name in self.sheet_names:
            self._pending.require_saved(name, "its formulas are said differently")
        self._pending.reword(Rewording(self._file, formulas, name_text, unlinked))

    def put_cached_values(self, sheet: str, values: Mapping[tuple[int, int], Cached]) -> int:
        """Put what formulas give now beside them; the formulas, and all else, stay to the byte.

        `save` writes it. A value that agrees with the one that is there is no change: numbers to
        15 significant digits.

        Parameters
        ----------
        sheet
            Its name.
        values
            (row, column) of a cell that holds a formula, or lies in what an array formula fills,
            to what it gives; None for no value.

        Returns
        -------
        how many cells change

        Raises
        ------
        InputError
            If there is no such sheet.
        WorkbookError
            If a cell holds no formula, the workbook is signed, or cells of the sheet were written
            and not saved; nothing is put.
        """
        self._require_open()
        self._file.require_unsigned()
        name = self._file.places.worksheet(sheet).name
        self._pending.require_saved(name, "the values of its formulas are put")
        if not values:
            return 0
        n_changed = self._pending.put_values(name, values)
        self._history.put_values(name, values)
        return n_changed

    def write_working_copy(
        self,
        target: Path,
        formulas: Mapping[str, Mapping[tuple[int, int], str | None]],
        name_text: Callable[[str], str],
    ) -> None:
        """Write a copy of the file for another program to compute, with formulas said differently.

        The copy is for that program alone: calculation chain, macros and connections are left out.
        The workbook itself stays as it is, and so does what is pending.

        Parameters
        ----------
        target
            The file to write.
        formulas
            Sheet to (row, column) to the new text of the formula there, without "="; None takes
            the formula out and leaves its value, or those of an array, as constants.
        name_text
            What the text of each defined name becomes.

        Raises
        ------
        InputError
            If there is no such sheet.
        WorkbookError
            If a cell holds no formula, cells were written and not saved, or the file cannot be
            written.
        """
        self._require_open()
        for name in self.sheet_names:
            self._pending.require_saved(name, "a working copy is made")
        write_working_copy(self._file, target, formulas, name_text)

    def write_values_copy(
        self,
        target: Path,
        is_wanted: Callable[[str], bool],
        *,
        recording: Recording | None = None,
    ) -> dict[str, list[FormulaCell]]:
        """Write a copy in which some formulas are replaced by what they gave last.

        All else in it is as in the file: every other formula, and every other part to the byte.
        The workbook itself stays as it is, and so does what is pending.

        Parameters
        ----------
        target
            The file to write; one that is there is replaced safely, with a backup.
        is_wanted
            Whether a formula, as stored and without "=", is replaced.
        recording
            Told what is about to be replaced, at the last moment before it is.

        Returns
        -------
        the formulas that were replaced, by sheet

        Raises
        ------
        WorkbookError
            If the workbook is signed, cells were written and not saved, or the copy cannot be
            written safely.
        """
        self._require_open()
        self._file.require_unsigned()
        self._file.require_extension(target)
        wanted: dict[str, list[FormulaCell]] = {}
        for name in self.sheet_names:
            found = [one for one in self.formulas(name) if is_wanted(one.text)]
            if found:
                wanted[name] = found
        write_values_copy(
            self._file, target, wanted, is_wanted, recording, ignore_lock=self.ignore_lock
        )
        return wanted

    def write(self, reference: str, rows: Sequence[Sequence[Writable]]) -> None:
        """Write rows from the top-left cell of a reference; `save` puts them on disk.

        Parameters
        ----------
        reference
            "Projects!H2", or a range or name that has the shape of `rows`.
        rows
            str is text, Formula a formula, None clears a value and keeps the style; numpy scalars
            and Decimal are numbers. A value that is there already is not written again. Writing
            the first cell of an array formula or a spill takes the formula out with all that it
            filled.

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
        sheet, cells = self._file.places.resolve(reference)
        values = checked_rows(rows, reference)
        if not values or not values[0]:
            return
        self._pending.write(sheet, block_of(cells, values, reference), values)
        self._history.write()

    def append_rows(
        self, table: str, rows: Sequence[Sequence[Writable] | Mapping[str, Writable]]
    ) -> CellRange:
        """Add rows below the last one of an Excel table; `save` puts them on disk.

        They take the styles of the row above, and its conditional formats and validations where
        these are for all rows of a column. What refers to all rows of a column by address refers
        to the new ones as well, as in Excel: defined names, charts, formulas outside the table
        (those that are in the file), conditional formats and lists to choose from. A table without
        data takes the first row in its blank one.

        Parameters
        ----------
        table
            The table's name.
        rows
            Each as long as the table is wide, or a mapping from header to value. None is blank,
            and in a calculated column it is the column's formula.

        Returns
        -------
        the cells of the new rows

        Raises
        ------
        InputError
            If there is no such table, or a row does not fit it.
        WorkbookError
            If a cell below the table is not free, it has a totals row, a query or an XML map fills
            it, the sheet is protected or the workbook signed; nothing is added.
        """
        self._require_open()
        cells = self._pending.append_rows(table, rows)
        self._history.write()
        return cells

    def append_columns(
        self, table: str, headers: Sequence[str], rows: Sequence[Sequence[Writable]] = ()
    ) -> CellRange:
        """Add columns at the right of an Excel table; `save` puts them on disk.

        They take the styles of the last column, but for its number format. A formula that is the
        same in all rows becomes that of a calculated column.

        Parameters
        ----------
        table
            The table's name.
        headers
            Those of the new columns.
        rows
            A row of values for each row of the table; without them the columns stay blank.

        Returns
        -------
        the cells of the new columns, with their headers

        Raises
        ------
        InputError
            If there is no such table, a header is blank, too long or there already, or the rows
            do not fit it.
        WorkbookError
            As `append_rows`, for the cells beside the table.
        """
        self._require_open()
        cells = self._pending.append_columns(table, headers, rows)
        self._history.write()
        return cells

    def put_sheet(self, description: SheetDescription) -> str:
        """Add a sheet of ours, or replace the one we marked; the name it got.

        Raises
        ------
        WorkbookError
            If the workbook is signed, its structure is protected and the sheet is new, or cells of
            the sheet were written and not saved.
        InputError
            If Excel could not hold what is described; the cell is named.
        """
        self._require_open()
        from xlportfolio.workbook.rendering import sheets

        self._file.require_unsigned(_COMPANION)
        ours = {mark.casefold() for mark in marked_sheets(self._file.index).values()}
        if description.name.casefold() not in ours:
            self._file.require_open_structure(f'adding the sheet "{description.name}"', _COMPANION)
        if (there := self.our_sheet(description.name)) is not None:
            self._pending.require_saved(there, "it is put anew")
        with self._file.all_or_nothing():
            put = sheets.put(
                self._file.package, self._file.index, self._file.stylesheet(), description
            )
            self._file.store_styles()
        self._forget({put.name})
        self._history.put_sheet(put.name)
        if put.moved_sentence:
            self.moved = (*self.moved, put.moved_sentence)
        return put.name

    def handback(self, *, force: bool = False) -> list[str]:
        """Take every sheet and name of ours out; the names of the sheets that went.

        Parameters
        ----------
        force
            Take them out even where formulas, names or charts of others show what they hold.

        Raises
        ------
        WorkbookError
            If the workbook is signed or its structure protected, or others refer to our sheets.
        """
        self._require_open()
        from xlportfolio.workbook.rendering import sheets

        ours = self.our_sheets
        if not ours:
            return []
        self._file.require_unsigned()
        self._file.require_open_structure(f'removing the sheet "{ours[0]}"')
        with self._file.all_or_nothing():
            gone = sheets.handback(self._file.package, self._file.index, force=force)
        self._forget(set(gone))
        self._history.remove_sheets(gone)
        return gone

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        recording: Recording | None = None,
    ) -> None:
        """Write the workbook, with a backup of the file that it replaces.

        From then on the object stands for the file that was written.

        Parameters
        ----------
        path
            Another file; the workbook itself if none is named, and then nothing happens if nothing
            was changed.
        recording
            Told what is about to be replaced, at the last moment before it is.

        Raises
        ------
        WorkbookError
            If the file cannot be replaced safely; file and pending changes are as they were.
        """
        self._require_open()
        if path is None and not (self._file.package.changed or self._pending.has_any):
            return
        source = Path(self.path)
        target = source if path is None else Path(path)
        self._file.require_extension(target)
        with self._file.all_or_nothing(), self._pending.spliced(self._history):
            self.saved = replace_safely(
                self._file.write_to,
                source,
                target,
                lint=self._file.new_flaws,
                expected=self._file.state,
                ignore_lock=self.ignore_lock,
                recording=recording,
            )
        self._file.package.close()
        self._history.save(self._pending.edits)
        try:
            self._open(target)
        except WorkbookError:
            self.close()  # it is saved; that it cannot be read again is told to who reads it

    # -- inside ----------------------------------------------------------------------------------

    def _open(self, path: Path) -> None:
        self._file = OpenedFile(path)
        self._is_closed = False
        self._pending: PendingChanges = PendingChanges(self._file)

    def _forget(self, sheets: set[str]) -> None:
        """Drop what is known of sheets that were put, replaced or taken out, and what waits."""
        self._pending.forget(sheets)
        self._file.forget(sheets)
