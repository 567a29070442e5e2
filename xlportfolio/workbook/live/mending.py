"""Formulas and names that would be lost while sheets of ours are written anew or taken out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import Entry, rectangles
from xlportfolio.workbook.live.keeping import plain_formula
from xlportfolio.workbook.live.reading import LiveReading, number_formats
from xlportfolio.workbook.live.writing import (
    At,
    Target,
    codes_at,
    columns_of,
    entries_at,
    read_entries,
    write_cells,
)
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import cell_address, parse_cell
from xlportfolio.workbook.rendering.referring import Referrer, Sought, referrers_to

if TYPE_CHECKING:
    import xlwings as xw


def enter_again(
    details: ExcelDetails,
    sheet_of: Callable[[str], xw.Sheet],
    formulas: Iterable[tuple[str, str, str]],
) -> None:
    """Enter formulas again that lost what they name; number formats stay as they are.

    Parameters
    ----------
    details
        What Excel can do beyond xlwings.
    sheet_of
        Gives the sheet of a name.
    formulas
        Sheet, cell and formula of each.
    """
    by_sheet: dict[str, dict[At, Entry]] = {}
    for name, cell, formula in formulas:
        by_sheet.setdefault(name, {})[parse_cell(cell)] = Formula(formula)
    for name, entries in by_sheet.items():
        sheet = sheet_of(name)
        codes = codes_at(list(number_formats(details, sheet, columns_of(entries))))
        targets = {at: Target(entry, codes[at]) for at, entry in entries.items()}
        write_cells(details, sheet, targets)


def enter_where_lost(
    details: ExcelDetails, sheet: xw.Sheet, formulas: Iterable[tuple[str, str]]
) -> None:
    """Enter formulas of a sheet again that do not say any more what they said.

    Excel copied them to another workbook and back, where what they name may be elsewhere.

    Parameters
    ----------
    details, sheet
        The sheet.
    formulas
        Cell and formula of each.
    """
    meant = {parse_cell(cell): text for cell, text in formulas}
    lost = []
    for area in rectangles(meant):
        for at, entry in entries_at(read_entries(details, sheet, area), area):
            text = entry.text if isinstance(entry, Formula) else ""
            if plain_formula(text) != plain_formula(meant[at]):
                lost.append((sheet.name, cell_address(*at), meant[at]))
    enter_again(details, lambda _: sheet, lost)


class Referrers:
    """What of an open workbook names our sheets, or the tables on them.

    A sheet of ours that is written anew stays, but its tables are taken off and put on again, and
    Excel makes #REF! of what named them.

    Parameters
    ----------
    reading
        What was read of the workbook.
    """

    def __init__(self, reading: LiveReading) -> None:
        self._reading = reading

    def formulas(
        self, written: Sequence[str], gone: Sequence[str]
    ) -> tuple[tuple[str, str, str], ...]:
        """The formulas that will have to be entered again: sheet, cell and formula of each.

        Parameters
        ----------
        written
            Our sheets that are written anew or taken out.
        gone
            Those of them that are taken out.

        Raises
        ------
        WorkbookError
            If one of them stands on a protected sheet.
        """
        sought = self._sought(written, gone)
        found = []
        for sheet in self._reading.handles if sought.sheets or sought.words else ():
            if sheet in written:
                continue
            read = self._reading.formulas(sheet)
            here = [
                (sheet, cell_address(*at), formula)
                for at, formula in read.texts.items()
                if sought.named_in(formula) and not any(one.contains(*at) for one in read.filled)
            ]
            if here and self._reading.details.is_protected(self._reading.handles[sheet]):
                raise WorkbookError(
                    f"{sheet}!{here[0][1]} names a table on a sheet of xlportfolio, which is "
                    f'written anew, and the sheet "{sheet}" is protected, so the formula could '
                    "not be kept. Lift the protection in Excel (Review > Unprotect Sheet)."
                )
            found += here
        return tuple(found)

    def names(
        self, written: Sequence[str], gone: Sequence[str]
    ) -> tuple[tuple[str, str | None, str], ...]:
        """The names that will have to be defined again: name, the sheet it is local to, text.

        Parameters
        ----------
        written, gone
            As for `formulas`.
        """
        sought = self._sought(written, gone)
        if not (sought.sheets or sought.words):
            return ()
        return tuple(
            (entry.name, entry.sheet, entry.text)
            for entry in self._reading.defined_names
            if entry.sheet not in written and sought.named_in(entry.text)
        )

    def _sought(self, written: Sequence[str], gone: Sequence[str]) -> Sought:
        tables = [
            (table.name, table.sheet) for table in self._reading.tables if table.sheet in written
        ]
        return Sought(gone, tables)

    def of_others(self, ours: Sequence[str]) -> list[Referrer]:
        """What refers to sheets of ours from elsewhere, charts and rules and pivots included.

        Parameters
        ----------
        ours
            The names of the sheets.
        """
        reading = self._reading
        ending = Path(reading.file_name).suffix or ".xlsx"
        with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
            copy = Path(folder, f"copy{ending}")
            reading.details.save_copy(reading.book, copy)
            with ExitStack() as opened:
                try:
                    package = Package(copy)
                    opened.callback(package.close)
                    index = WorkbookIndex(package)
                except WorkbookError:  # an older kind of file, a binary or an encrypted one
                    return list(self._in_cells_and_names(ours))
                return referrers_to(package, index, ours)

    def _in_cells_and_names(self, ours: Sequence[str]) -> Iterator[Referrer]:
        sought = self._sought(ours, ours)
        for sheet, cell, formula in self.formulas(ours, ours):
            yield Referrer(f"{sheet}!{cell}", sought.named_in(formula) or "")
        for name, _, text in self.names(ours, ours):
            yield Referrer(f'The name "{name}"', sought.named_in(text) or "")
