"""What on a sheet must not be overwritten: what one formula fills, headers, hidden cells, ..."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import SheetEntry, TableEntry, WorkbookIndex
from xlportfolio.workbook.container.reading import SheetReading
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet


@dataclass(frozen=True)
class _Forbidden:
    """A range that must not be written into, but for one cell; why, and what to do instead."""

    cells: CellRange
    reason: str
    remedy: str
    but: tuple[int, int] | None = None


class Guard:
    """What on one sheet must not be overwritten, asked before anything is.

    Parameters
    ----------
    index, sheet
        The sheet, and the workbook that it is in.
    reading
        What was read of the sheet.
    tables
        Its Excel tables.
    """

    def __init__(
        self,
        index: WorkbookIndex,
        sheet: SheetEntry,
        reading: SheetReading,
        tables: Sequence[TableEntry],
    ) -> None:
        self._index, self._sheet = index, sheet.name
        self._protected = reading.protected
        self._forbidden = [
            *_merged(reading.contents.merges),
            *_computed(reading.computed),
            *_tables(tables),
            *_pivot_tables(index, sheet),
        ]

    def require_writable(self, cells: Sequence[tuple[int, int]]) -> None:
        """Refuse cells, as (row, column), when one of them cannot be written safely.

        Raises
        ------
        WorkbookError
            With the first such cell, the reason and the remedy.
        """
        if not cells:
            return
        rows, columns = [row for row, _ in cells], [column for _, column in cells]
        block = CellRange(min(rows), min(columns), max(rows), max(columns))
        near = [one for one in self._forbidden if one.cells.overlaps(block)]
        signed = self._index.signed
        if not (signed or self._protected or near):
            return
        for row, column in cells:
            where = f"{quote_sheet(self._sheet)}!{cell_address(row, column)}"
            if signed:
                raise WorkbookError(f"{where} cannot be written: {signed_sentence(self._index)}")
            if self._protected:
                raise WorkbookError(
                    f'{where} cannot be written: the sheet "{self._sheet}" is protected. Lift the '
                    "protection in Excel (Review > Unprotect Sheet), or write to another sheet."
                )
            for forbidden in near:
                if forbidden.cells.contains(row, column) and forbidden.but != (row, column):
                    raise WorkbookError(
                        f"{where} cannot be written: {forbidden.reason}. {forbidden.remedy}"
                    )


def signed_sentence(index: WorkbookIndex) -> str:
    """Why a signed workbook is not written."""
    return (
        f'"{Path(index.package.path).name}" is digitally signed, and any change would break the '
        "signature. Remove the signature in Excel (File > Info) first, or keep the mapping in a "
        "file (--mapping FILE.toml)."
    )


def header_rows(tables: Iterable[TableEntry]) -> Iterator[tuple[CellRange, TableEntry]]:
    """The header rows of the Excel tables that show them."""
    for table in tables:
        if table.header_rows:
            last = table.range.first_row + table.header_rows - 1
            yield replace(table.range, last_row=last), table


def _merged(merges: Iterable[CellRange]) -> Iterator[_Forbidden]:
    for cells in merges:
        shown = (cells.first_row, cells.first_column)
        yield _Forbidden(
            cells,
            f"it is hidden by the merged cells {cells.address}",
            f"Write to {cell_address(*shown)}, or unmerge them in Excel.",
            but=shown,
        )


def _computed(ranges: Iterable[CellRange]) -> Iterator[_Forbidden]:
    for cells in ranges:
        yield _Forbidden(
            cells,
            f"one formula fills {cells.address} (an array, a spill or a data table)",
            "Write to cells outside it, or change its formula in Excel.",
        )


def _tables(tables: Sequence[TableEntry]) -> Iterator[_Forbidden]:
    for header, table in header_rows(tables):
        yield _Forbidden(
            header,
            f'it is a column header of the Excel table "{table.name}", and formulas go by it',
            "Rename the column in Excel, or write below it.",
        )
    for table in tables:
        if table.totals_rows:
            first = table.range.last_row - table.totals_rows + 1
            yield _Forbidden(
                replace(table.range, first_row=first),
                f'it is in the totals row of the Excel table "{table.name}"',
                "Write above it, or turn the totals row off in Excel.",
            )


def _pivot_tables(index: WorkbookIndex, sheet: SheetEntry) -> Iterator[_Forbidden]:
    for name, cells in index.pivot_tables(sheet.name):
        yield _Forbidden(
            cells,
            f'it belongs to the pivot table "{name}", whose next refresh would overwrite it',
            "Write to cells outside it.",
        )
