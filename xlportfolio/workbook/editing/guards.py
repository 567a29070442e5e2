"""What on a sheet must not be overwritten: what one formula fills, headers, hidden cells, ..."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet

if TYPE_CHECKING:
    from xlportfolio.workbook.container.opc import WorkbookIndex


@dataclass(frozen=True)
class _Forbidden:
    """A range that must not be written into, but for one cell; why, and what to do instead.

    `until` is a cell that opens the range once it is written itself.
    """

    cells: CellRange
    reason: str
    remedy: str
    but: tuple[int, int] | None = None
    until: tuple[int, int] | None = None


class TablePlace(Protocol):
    """An Excel table, as far as it keeps cells from being written."""

    @property
    def name(self) -> str: ...

    @property
    def range(self) -> CellRange: ...

    @property
    def header_rows(self) -> int: ...

    @property
    def totals_rows(self) -> int: ...


class Guard:
    """What on one sheet must not be overwritten, asked before anything is.

    Parameters
    ----------
    sheet
        Its name.
    protected
        Whether its cells are.
    merges
        Its merged cells.
    computed
        The ranges that one formula fills.
    tables
        Its Excel tables.
    pivot_tables
        Its pivot tables: the name of each, and the cells that it fills.
    signed
        Why nothing of the workbook may be written; None where it may.
    arrays
        Those of `computed` that go as a whole when their first cell is written.
    locked
        Picks the locked ones from cells, where the sheet is protected; all of them, if None.
    """

    def __init__(
        self,
        sheet: str,
        *,
        protected: bool,
        merges: Iterable[CellRange],
        computed: Iterable[CellRange],
        tables: Sequence[TablePlace],
        pivot_tables: Iterable[tuple[str, CellRange]],
        signed: str | None = None,
        arrays: Collection[CellRange] = (),
        locked: Callable[[Collection[tuple[int, int]]], Collection[tuple[int, int]]] | None = None,
    ) -> None:
        self._sheet = sheet
        self._protected = protected
        self._signed = signed
        self._locked = locked
        self._arrays = tuple(arrays)
        self._forbidden = [
            *_merged(merges),
            *_computed(cells for cells in computed if cells not in self._arrays),
            *_filled(self._arrays),
            *_tables(tables),
            *_pivot_tables(pivot_tables),
        ]

    def given_up(self, cells: Collection[tuple[int, int]]) -> list[CellRange]:
        """The arrays and spills whose first cell is among those that are written."""
        return [one for one in self._arrays if (one.first_row, one.first_column) in cells]

    def require_writable(
        self, cells: Sequence[tuple[int, int]], waiting: Collection[tuple[int, int]] = ()
    ) -> None:
        """Refuse cells, as (row, column), when one of them cannot be written safely.

        Parameters
        ----------
        cells
            What is to be written.
        waiting
            What was written before and is not saved.

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
        if any(one.until for one in near):
            written = set(cells)
            near = [one for one in near if one.until not in written and one.until not in waiting]
        if not (self._signed or self._protected or near):
            return
        locked: Collection[tuple[int, int]] = cells if self._protected else ()
        if self._protected and self._locked is not None:
            locked = self._locked(cells)
        for row, column in cells:
            where = f"{quote_sheet(self._sheet)}!{cell_address(row, column)}"
            if self._signed:
                raise WorkbookError(f"{where} cannot be written: {self._signed}")
            if (row, column) in locked:
                why = "is protected" + (" and the cell is locked" if self._locked else "")
                raise WorkbookError(
                    f'{where} cannot be written: the sheet "{self._sheet}" {why}. Lift the '
                    "protection in Excel (Review > Unprotect Sheet), or leave this sheet as it is: "
                    "a run puts its results on the PF sheets."
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
        "signature. Remove the signature in Excel (File > Info) first."
    )


def structure_sentence(file_name: str, what: str) -> str:
    """Why no sheet is added or removed: the structure is protected, which forbids `what`."""
    return (
        f'The structure of "{file_name}" is protected, which forbids {what}. Lift '
        "the protection in Excel (Review > Protect Workbook), and protect it again afterwards."
    )


def header_rows(tables: Iterable[TablePlace]) -> Iterator[tuple[CellRange, TablePlace]]:
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


def _filled(arrays: Iterable[CellRange]) -> Iterator[_Forbidden]:
    for cells in arrays:
        first = (cells.first_row, cells.first_column)
        yield _Forbidden(
            cells,
            f"the formula in {cell_address(*first)} fills {cells.address} (an array or a spill)",
            f"Write to {cell_address(*first)}, which takes that formula out, or to cells outside "
            "it.",
            but=first,
            until=first,
        )


def _tables(tables: Sequence[TablePlace]) -> Iterator[_Forbidden]:
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


def _pivot_tables(found: Iterable[tuple[str, CellRange]]) -> Iterator[_Forbidden]:
    for name, cells in found:
        yield _Forbidden(
            cells,
            f'it belongs to the pivot table "{name}", whose next refresh would overwrite it',
            "Write to cells outside it.",
        )
