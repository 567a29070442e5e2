"""What waits to be written into a closed workbook, and how it is spliced into the sheets at last.

Nothing of it is in the package before a save. Only what grows, a table's own part with the names
and charts that follow it, is put there at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.cached_values import CachedValueSplicer
from xlportfolio.workbook.editing.splice import SheetSplicer
from xlportfolio.workbook.editing.writables import compared, with_edits
from xlportfolio.workbook.formula_cells import Cached
from xlportfolio.workbook.growing.table_growth import Added, Splice, TableGrowth, in_turn
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import SheetContents, Writable
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.marks import our_sheets
from xlportfolio.workbook.rewording import Rewording
from xlportfolio.workbook.staleness.history import Waiting, WriteHistory


class PendingChanges:
    """The changes to the sheets of one file that wait for a save.

    Sheets are named as the workbook lists them.

    Parameters
    ----------
    file
        The file.

    Attributes
    ----------
    edits
        The cells that wait, sheet by sheet.
    """

    def __init__(self, file: OpenedFile) -> None:
        self._file = file
        self.edits: dict[str, dict[tuple[int, int], Writable]] = {}
        self._computed: dict[str, CachedValueSplicer] = {}
        self._merged: dict[str, SheetContents] = {}
        self._growth = TableGrowth(file)
        self._rewording: Rewording | None = None

    # -- what the sheets will hold ---------------------------------------------------------------

    @property
    def has_cells(self) -> bool:
        """Whether cells wait to be written."""
        return any(self.edits.values())

    @property
    def has_any(self) -> bool:
        """Whether anything waits."""
        return self.has_cells or bool(self._computed) or self._rewording is not None

    def contents(self, sheet: str) -> SheetContents:
        """What is on a sheet, with what waits."""
        if sheet not in self._merged:
            known = self._file.reading(sheet).contents
            contents = with_edits(known, self.edits.get(sheet, {}))
            if sheet in self._computed:
                values = {
                    cell: None if value == "" else value
                    for cell, value in self._computed[sheet].values.items()
                }
                contents = replace(with_edits(contents, values), formulas=contents.formulas)
            self._merged[sheet] = contents
        return self._merged[sheet]

    def is_as_stored(self, sheet: str) -> bool:
        """Whether nothing waits for a sheet, and it was not asked for as a whole yet."""
        return not (sheet in self._merged or sheet in self.edits or sheet in self._computed)

    def computed_ranges(self, sheet: str) -> list[CellRange]:
        """The ranges of a sheet that one formula fills, without those that what waits gives up."""
        gone = self._file.given_up(sheet, self.edits.get(sheet, {}))
        return [one for one in self._file.reading(sheet).computed if one not in gone]

    def values_put(self, sheet: str) -> Mapping[tuple[int, int], Cached]:
        """The values of formulas that wait for a sheet."""
        return self._computed[sheet].values if sheet in self._computed else {}

    def waiting(self) -> Waiting:
        """The file with what waits, to find what it makes stale."""
        return Waiting(self._file, self.edits, self.contents, self._growth.formula_texts)

    # -- what comes ------------------------------------------------------------------------------

    def write(self, sheet: str, block: CellRange, values: list[list[Any]]) -> None:
        """Have cells wait; see `ClosedWorkbook.write`.

        Parameters
        ----------
        sheet
            Its name.
        block
            Where.
        values
            As many rows and columns as the block has.
        """
        self._require_no_values_put(sheet)
        reading = self._file.reading_of(sheet, block)
        same, changed = compared(
            reading.contents, sheet, block, values, date1904=self._file.index.date1904
        )
        guard, waiting = self._file.guard(sheet, reading), self.edits.get(sheet, {})
        taken_back = [at for at in same if at in waiting]
        guard.require_writable([*changed, *taken_back], waiting)
        cleared: dict[tuple[int, int], Writable] = {}
        if arrays := guard.given_up(changed):
            cleared |= self._file.cleared_with(sheet, arrays)
            guard.require_writable(list(cleared), changed)
        edits = cleared | waiting | changed
        given = self._growth.styles(sheet)
        for at in same:
            edits.pop(at, None)
            if at in given:  # with another style, so that it has to be written all the same
                edits[at] = reading.contents.rows.get(at[0], {}).get(at[1])
        self.edits[sheet] = edits
        self._merged.pop(sheet, None)

    def append_rows(self, table: str, rows: Iterable[Any]) -> CellRange:
        """Let an Excel table grow downwards; see `ClosedWorkbook.append_rows`."""
        return self._take_in(self._growth.add_rows(table, rows, self._growing_contents))

    def append_columns(self, table: str, headers: Iterable[Any], rows: Iterable[Any]) -> CellRange:
        """Let an Excel table grow to the right; see `ClosedWorkbook.append_columns`."""
        return self._take_in(self._growth.add_columns(table, headers, rows, self._growing_contents))

    def put_values(self, sheet: str, values: Mapping[tuple[int, int], Cached]) -> int:
        """Have values of formulas wait; how many cells change.

        See `ClosedWorkbook.put_cached_values`.
        """
        splicer = CachedValueSplicer(
            sheet,
            {**self.values_put(sheet), **values},
            self._file.shared_strings(),
            date1904=self._file.index.date1904,
        )
        changed = splicer.check(self._file.package.chunks(self._file.places.worksheet(sheet).part))
        self._computed.pop(sheet, None)
        if changed:
            self._computed[sheet] = splicer
        self._merged.pop(sheet, None)
        return sum(cell in changed for cell in values)

    def reword(self, rewording: Rewording) -> None:
        """Have formulas and names wait that say the same in other words."""
        self._rewording = rewording

    def forget(self, sheets: set[str]) -> None:
        """Drop what waits for sheets that were put, replaced or taken out."""
        for name in sheets:
            self.edits.pop(name, None)
            self._computed.pop(name, None)
            self._merged.pop(name, None)
        self._growth.forget(sheets)

    def drop(self) -> None:
        """Drop what waits for cells."""
        self.edits.clear()
        self._computed.clear()

    def require_saved(self, sheet: str, before: str) -> None:
        """Refuse what needs cells that are saved: formulas may depend on them, and be among them.

        Parameters
        ----------
        sheet
            Its name.
        before
            What was asked for.

        Raises
        ------
        WorkbookError
            If cells of the sheet wait.
        """
        if self.edits.get(sheet):
            raise WorkbookError(
                f'Sheet "{sheet}" has cells that were written and not saved; save the workbook '
                f"before {before}."
            )

    # -- what is saved ---------------------------------------------------------------------------

    @contextmanager
    def spliced(self, history: WriteHistory) -> Iterator[None]:
        """Put what waits into the package, for as long as it is being written.

        Parameters
        ----------
        history
            What was written since the workbook was opened.
        """
        edited = {sheet: edits for sheet, edits in self.edits.items() if edits}
        ours = set(our_sheets(self._file.index)) if edited else set()
        with ExitStack() as files:
            following = self._growth.splices()
            splicers = {
                sheet: self._splice(sheet, edits, following.pop(sheet, (None, None)), files)
                for sheet, edits in edited.items()
            }
            for sheet, (before, after) in following.items():
                self._file.replace_sheet(sheet, in_turn(before, after), files)
            for sheet, values in self._computed.items():
                self._file.replace_sheet(sheet, values.run, files)
            if self._rewording is not None:
                self._rewording.put(self._file, files)
            if edited:
                self._file.store_styles()
            is_stale = edited.keys() - ours or any(one.wrote_formulas for one in splicers.values())
            if is_stale or history.stale(self.waiting()):
                self._file.index.set_full_calc_on_load()
            history.refresh_pivot_caches(self.waiting())
            if any(one.removed_formulas for one in splicers.values()):
                self._file.index.drop_calc_chain()
            yield

    def _splice(
        self,
        sheet: str,
        edits: dict[tuple[int, int], Writable],
        following: tuple[Splice | None, Splice | None],
        files: ExitStack,
    ) -> SheetSplicer:
        styles, given = self._file.stylesheet(), self._growth.styles(sheet)
        splicer = SheetSplicer(
            sheet,
            {**dict.fromkeys(given), **edits},
            date1904=self._file.index.date1904,
            is_date_style=styles.is_date_style,
            date_style=styles.date_style,
            time_style=styles.time_style,
            is_locked_style=styles.is_locked,
            table_headers=self._growth.old_headers(sheet),
            styles=given,
            given_up=self._file.given_up(sheet, edits),
        )
        before, after = following
        self._file.replace_sheet(sheet, in_turn(before, splicer.run, after), files)
        return splicer

    # -- inside ----------------------------------------------------------------------------------

    def _growing_contents(self, sheet: str) -> SheetContents:
        self._require_no_values_put(sheet)
        return self.contents(sheet)

    def _take_in(self, added: Added) -> CellRange:
        """Have the cells of a table that has grown wait with the others."""
        self.edits[added.sheet] = self.edits.get(added.sheet, {}) | added.edits
        self._merged.pop(added.sheet, None)
        return added.cells

    def _require_no_values_put(self, sheet: str) -> None:
        if sheet in self._computed:
            raise WorkbookError(
                f'Sheet "{sheet}" has values of formulas that were put and not saved; save the '
                "workbook before cells are written."
            )
