"""What is asked of Excel that the public API of xlwings does not offer.

One small module for each platform implements it (`windows.py`); tests have one of their own. All
else goes through the public API, so that any engine of xlwings will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xlportfolio.workbook.description import Chart, SheetDescription

if TYPE_CHECKING:
    from pathlib import Path

    import xlwings as xw

    from xlportfolio.workbook.container.opc import NameEntry
    from xlportfolio.workbook.protocol import ExcelTable


@dataclass(frozen=True)
class Layout:
    """What lies over the cells of a sheet.

    Attributes
    ----------
    extent
        The smallest range that holds all values and formulas, "B2:F40"; None if none does.
    visible
        Whether its tab shows.
    merges
        The merged cells, "A1:C1" each.
    spills
        The ranges of several cells that one formula fills: arrays, spills and data tables.
    hidden_rows, hidden_columns
        Those within the extent that are hidden, by a filter, too.
    has_formulas
        False where no cell holds one; True where some do, or where that is not known.
    """

    extent: str | None
    visible: bool
    merges: tuple[str, ...]
    spills: tuple[str, ...]
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    has_formulas: bool = True


class ExcelDetails(Protocol):
    """What a platform's Excel is asked beyond the public API of xlwings."""

    def values(self, cells: xw.Range) -> list[list[object]]:
        """The values as they are stored, rows of cells, whatever their number formats.

        None, float (dates are serials), str, bool; an error is an int, its code.
        """
        ...

    def layout(self, sheet: xw.Sheet) -> Layout:
        """What lies over the cells of a sheet, in one call."""
        ...

    def extent(self, sheet: xw.Sheet) -> str | None:
        """The smallest range that holds all values and formulas, "B2:F40"; None if none does.

        Those in hidden rows and columns, too; formatted cells without a value do not count.
        """
        ...

    def tables(self, book: xw.Book) -> list[ExcelTable]:
        """The Excel tables of all sheets, in the order of the sheets."""
        ...

    def pivot_tables(self, sheet: xw.Sheet) -> list[tuple[str, str]]:
        """The pivot tables of a sheet: the name of each, and the range that it fills."""
        ...

    def names(self, book: xw.Book) -> list[NameEntry]:
        """All defined names, those local to a sheet and hidden ones, too.

        Each under its bare name; its text without the "=" before it.
        """
        ...

    def number_formats(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[str | None]:
        """The number format of each of some ranges of a sheet; None where its cells differ.

        A range may have several areas, "A1:B2,D4".
        """
        ...

    def prefixes(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[bool | None]:
        """Whether the cells of some ranges carry an apostrophe before their text.

        One answer for each range, of one area or several; None where its cells differ.
        """
        ...

    def is_protected(self, sheet: xw.Sheet) -> bool:
        """Whether the cells of a sheet are protected."""
        ...

    def is_filtered(self, sheet: xw.Sheet) -> bool:
        """Whether a filter hides rows of a sheet."""
        ...

    def structure_is_protected(self, book: xw.Book) -> bool:
        """Whether no sheet may be added, renamed or taken out."""
        ...

    def uses_1904(self, book: xw.Book) -> bool:
        """Whether dates count from 1904."""
        ...

    def marks(self, book: xw.Book) -> dict[str, str]:
        """The sheets of ours by name, each with what its hidden, sheet-scoped mark says."""
        ...

    def set_mark(self, sheet: xw.Sheet, text: str) -> None:
        """Mark a sheet as ours with a hidden name of its own."""
        ...

    def set_memory(self, sheet: xw.Sheet, names: Mapping[str, str]) -> None:
        """Have hidden names of a sheet of ours, beside its mark, remember what was written.

        Those that begin alike and are not given are taken off; texts come without "=".
        """
        ...

    def empty(self, sheet: xw.Sheet) -> None:
        """Take everything off a sheet of ours and keep the sheet, so that references to it hold.

        Cells, merges, rules, validations, notes, links, tables, charts; widths and heights become
        the usual ones.
        """
        ...

    def copy_cells(self, source: xw.Sheet, target: xw.Sheet) -> None:
        """Copy all cells of a sheet onto another, empty one, of another workbook, too.

        Values, formulas, formats, merges, rules, validations, notes, links, tables, widths,
        heights, hidden rows and columns; no charts.
        """
        ...

    def set_view(self, sheet: xw.Sheet, description: SheetDescription) -> None:
        """Freeze panes, zoom, gridlines, tab colour and how the sheet prints."""
        ...

    def described(self, sheet: xw.Sheet) -> SheetDescription:
        """What `set_view` and `draw_charts` would be given to make a sheet look as it does.

        Its view, how it prints, and its charts as far as we draw such; no cells.
        """
        ...

    def draw_charts(self, sheet: xw.Sheet, charts: Sequence[Chart]) -> list[str]:
        """Draw native charts on a sheet that has none, over the cells that it holds by then.

        What could not be drawn is left out and said: a sentence each, for the cautions of the run.
        """
        ...

    def show(self, sheet: xw.Sheet) -> None:
        """Bring a visible sheet to the front, and its workbook; no other stays selected with it."""
        ...

    def save_copy(self, book: xw.Book, path: Path) -> None:
        """Save a copy as the book is now; the book itself is neither saved nor renamed."""
        ...

    def escape_is_pressed(self) -> bool:
        """Whether the person at Excel presses Esc at this moment."""
        ...
