"""Cells replaced inside a sheet's XML, as it streams past; every other byte stays as it is.

Nothing is parsed into a tree and written out again: expat reports the byte at which each element
starts, and only the spans of edited cells are exchanged. Whatever else the sheet holds, known to
us or not, is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.cellxml import CellContent, cell_content
from xlportfolio.workbook.editing.edits import Edits
from xlportfolio.workbook.editing.rowpass import RowPass
from xlportfolio.workbook.editing.sharedformulas import SharedFormula, first_cell_xml
from xlportfolio.workbook.editing.usual_cells import UsualCell
from xlportfolio.workbook.protocol import Writable
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    quote_sheet,
)

_TRUE = ("1", "true")
_METADATA = {"cm", "vm"}
"""What marks a cell as the first of a spill, or gives it a rich value: true of what goes only."""


def _every_style(style: int) -> bool:
    """Excel locks a cell unless its style says otherwise."""
    return True


class SheetSplicer:
    """Writes cells into one sheet's XML, streamed in chunks.

    A cell keeps its style; a new one takes its row's or its column's, as in Excel. A date put into
    a cell whose style shows no date gets a style that does. What cannot be written safely is
    refused: call `check` first, on the same XML, and nothing leaves `run` that must be thrown away.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    edits : (row, column), 1-based, to the value; None clears the cell and keeps its style
    date1904 : the workbook counts its days from 1904
    is_date_style : whether a style number shows dates or times
    date_style : the style number that is like the one given but shows a date
    time_style : the same for a time of day; without it, `date_style`
    is_locked_style : whether a style locks its cell when the sheet is protected
    table_headers : the header rows of the Excel tables on this sheet
    styles : the style numbers of edited cells that do not keep, or inherit, theirs
    given_up : the ranges of array formulas and spills whose first cell is edited, and with it
        every other cell that they filled: what is not edited would stay there as a constant

    Attributes
    ----------
    removed_formulas : a formula gave way to something else, so that calcChain is no longer true
    wrote_formulas : a formula was written
        Both are known when `check` or `run` has come to its end.

    Raises
    ------
    WorkbookError
        If a cell is outside the sheet, no cell can hold its value, or it is a table's header.
    """

    removed_formulas: bool
    wrote_formulas: bool

    def __init__(
        self,
        sheet: str,
        edits: Mapping[tuple[int, int], Writable],
        *,
        date1904: bool,
        is_date_style: Callable[[int], bool],
        date_style: Callable[[int], int],
        time_style: Callable[[int], int] | None = None,
        is_locked_style: Callable[[int], bool] = _every_style,
        table_headers: Sequence[CellRange] = (),
        styles: Mapping[tuple[int, int], int] | None = None,
        given_up: Collection[CellRange] = (),
    ) -> None:
        self.sheet = sheet
        self.removed_formulas = False
        self.wrote_formulas = False
        self._is_date_style = is_date_style
        self._date_style = date_style
        self._time_style = time_style or date_style
        self._is_locked_style = is_locked_style
        self.styles = dict(styles or {})
        self.given_up = frozenset(given_up)
        for row, column in edits:
            if not (1 <= row <= LAST_ROW and 1 <= column <= LAST_COLUMN):
                raise WorkbookError(
                    f"Row {row:,}, column {column:,} of {quote_sheet(sheet)} is outside the sheet; "
                    f"expected rows 1 to {LAST_ROW:,} and columns 1 to {LAST_COLUMN:,} (XFD). "
                    "Write fewer rows or start further up or left."
                )
        self._edits = Edits(
            {
                (row, column): cell_content(
                    value, sheet, cell_address(row, column), date1904=date1904
                )
                for (row, column), value in edits.items()
            },
            self.styles,
        )
        for header in table_headers:
            if cell := self._edits.first_within(header):
                raise self.refusal(
                    cell,
                    f"it is a header of the Excel table whose header row is {header.address}, and "
                    "the table's columns go by these names",
                    "Rename the column in Excel, or write below it.",
                )

    def check(self, chunks: Iterable[bytes]) -> None:
        """Read the sheet through and refuse what `run` would refuse, with no output.

        Raises
        ------
        WorkbookError
            If an edit cannot be made safely, or the sheet's XML cannot be understood.
        """
        for _ in self.run(chunks):
            pass

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML with the edits made.

        Raises
        ------
        WorkbookError
            As `check`; some output may have been yielded by then.
        """
        self.removed_formulas = self.wrote_formulas = False
        stream = _Pass(self, self._edits)
        yield from stream.run(chunks)
        self.removed_formulas = stream.removed_formulas
        self.wrote_formulas = stream.wrote_formulas

    def style_for(self, style: int, content: CellContent) -> int:
        """Give a date a style that shows it as one."""
        if content.moment is None or self._is_date_style(style):
            return style
        return self._time_style(style) if content.moment == "time" else self._date_style(style)

    def is_locked(self, style: int) -> bool:
        return self._is_locked_style(style)

    def refusal(self, cell: tuple[int, int], reason: str, remedy: str) -> WorkbookError:
        where = f"{quote_sheet(self.sheet)}!{cell_address(*cell)}"
        return WorkbookError(f"{where} cannot be written: {reason}. {remedy}")


@dataclass
class _Cell:
    """An edited cell as it passes."""

    column: int
    content: CellContent
    prefix: str
    style: int
    is_as_it_was: bool
    end_of_tag: int
    is_empty_tag: bool
    n_starts_before: int
    has_formula: bool = False


class _Pass(RowPass):
    """One run over the XML."""

    def __init__(self, splicer: SheetSplicer, edits: Edits) -> None:
        self.removed_formulas = False
        self.wrote_formulas = False
        self._splicer = splicer
        self._edits = edits
        self._cell: _Cell | None = None
        self._first_locked: tuple[int, int] | None = None
        self._shared_seen: set[str] = set()
        self._to_pass_on: dict[str, SharedFormula] = {}
        self._collecting: SharedFormula | None = None
        self._replaced_formula: bytes | None = None
        super().__init__(
            splicer.sheet,
            {row: list(cells) for row, cells in edits.by_row.items()},
            edits.bounds,
            {
                "f": self._start_formula,
                "sheetProtection": self._start_protection,
                "mergeCell": self._start_merge,
            },
            {"f": self._end_formula},
        )

    @property
    def needs_columns(self) -> bool:
        return bool(self._to_pass_on)

    @property
    def takes_usual_cells(self) -> bool:
        return True

    def release(self) -> None:
        is_replacing = self._cell is not None or self._replaced_formula is not None
        self._bytes.release(self._stream.position, is_replacing=is_replacing)

    # -- the cells

    def is_filled(self, row: int, column: int) -> bool:
        return not self._edits.by_row[row][column].is_blank or (row, column) in self._splicer.styles

    def wanted_cell(self, attributes: dict[str, str], prefix: str) -> None:
        style = self._integer(attributes.get("s", "0"))
        self._note_lock(self._row_number, self._column, style)
        new_style = self._splicer.styles.get((self._row_number, self._column), style)
        end = self._bytes.end_of_tag(self._stream.position)
        self._bytes.copy_to(self._stream.position)
        self._cell = _Cell(
            column=self._column,
            content=self._edits.by_row[self._row_number][self._column],
            prefix=prefix,
            style=new_style,
            is_as_it_was=new_style == style and not attributes.keys() & _METADATA,
            end_of_tag=end,
            is_empty_tag=self._bytes.is_empty_tag(end),
            n_starts_before=self._stream.n_starts,
        )

    def cell_ended(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        has_content = self._stream.n_starts > cell.n_starts_before
        if cell.content.is_blank and cell.is_as_it_was and not has_content:
            return  # a blank stays a blank, to the byte
        end = (
            cell.end_of_tag if cell.is_empty_tag else self._bytes.end_of_tag(self._stream.position)
        )
        new = cell.content.to_xml(
            cell.prefix,
            cell_address(self._row_number, cell.column),
            self._splicer.style_for(cell.style, cell.content),
        )
        self._bytes.end_replacing(end, new.encode())
        self.wrote_formulas |= cell.content.is_formula
        self.removed_formulas |= cell.has_formula and not cell.content.is_formula

    def usual_cell(self, cell: UsualCell, row: int, position: int, prefix: str) -> None:
        content = self._edits.by_row[row][cell.column]
        self._note_lock(row, cell.column, cell.style)
        style = self._splicer.styles.get((row, cell.column), cell.style)
        if content.is_blank and style == cell.style and not cell.has_content:
            return  # a blank stays a blank, to the byte
        new = content.to_xml(
            prefix, cell_address(row, cell.column), self._splicer.style_for(style, content)
        )
        self._bytes.replace(position + cell.start, position + cell.end, new.encode())
        self.wrote_formulas |= content.is_formula

    def new_cell(self, column: int, style: int, prefix: str) -> str:
        content = self._edits.by_row[self._row_number][column]
        self._note_lock(self._row_number, column, style)
        given = self._splicer.styles.get((self._row_number, column))
        if content.is_blank and given is None:
            return ""
        style = style if given is None else given
        self.wrote_formulas |= content.is_formula
        return content.to_xml(
            prefix, cell_address(self._row_number, column), self._splicer.style_for(style, content)
        )

    # -- formulas

    def _start_formula(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_cell:
            return
        cell, kind = self._cell, attributes.get("t")
        if cell is not None:
            cell.has_formula = True
            # The calculation chain marks array formulas, so even a new formula makes it untrue.
            self.removed_formulas |= kind == "array"
        if kind in ("array", "dataTable") and "ref" in attributes:
            self._refuse_inside(kind, self._range(attributes["ref"]))
        elif kind == "shared" and "si" in attributes:
            self._start_shared(attributes, prefix)

    def _refuse_inside(self, kind: str, cells: CellRange) -> None:
        if kind == "array" and (cells.n_rows == cells.n_columns == 1 or self._is_given_up(cells)):
            return
        edited = self._edits.first_within(cells)
        if edited is None:
            return
        if kind == "array":
            reason = f"it lies inside the array formula or spill {cells.address}"
            remedy = "Write outside that range, or remove its formula in Excel first."
        else:
            reason = f"it lies inside the what-if data table {cells.address}"
            remedy = "Write outside that range, or remove the data table in Excel first."
        raise self._splicer.refusal(edited, f"{reason}, which changes only as a whole", remedy)

    def _is_given_up(self, cells: CellRange) -> bool:
        """Whether the array that starts here goes as a whole: its first cell is overwritten."""
        here = (self._row_number, self._column)
        is_first = self._cell is not None and here == (cells.first_row, cells.first_column)
        return is_first and cells in self._splicer.given_up

    def _start_shared(self, attributes: dict[str, str], prefix: str) -> None:
        index = attributes["si"]
        is_first = "ref" in attributes or index not in self._shared_seen
        if is_first:
            self._to_pass_on.pop(index, None)
            if self._cell is not None:
                if index in self._shared_seen:
                    raise self._cannot_pass_on(self._row_number, self._column, "cells before it")
                here = cell_address(self._row_number, self._column)
                formula = SharedFormula(
                    "", self._row_number, self._column, self._range(attributes.get("ref", here))
                )
                self._to_pass_on[index] = self._collecting = formula
                self._stream.collect_text(self._collect)
        elif self._cell is None and index in self._to_pass_on:
            self._pass_on(self._to_pass_on.pop(index), attributes, prefix)
        self._shared_seen.add(index)

    def _collect(self, text: str) -> None:
        if self._collecting is not None:
            self._collecting.text += text

    def _pass_on(self, formula: SharedFormula, attributes: dict[str, str], prefix: str) -> None:
        """Make this follower the first cell of the shared formula."""
        text = formula.for_cell(self._row_number, self._column)
        if text is None:
            sharing = f"{cell_address(self._row_number, self._column)} and other cells"
            raise self._cannot_pass_on(formula.row, formula.column, sharing)
        start, end = self._stream.position, self._bytes.end_of_tag(self._stream.position)
        new = first_cell_xml(
            self._bytes.between(start, end),
            prefix,
            text,
            formula.remaining(self._row_number, self._column),
        )
        if self._bytes.is_empty_tag(end):
            self._bytes.replace(start, end, new)
        else:
            self._bytes.copy_to(start)
            self._replaced_formula = new

    def _cannot_pass_on(self, row: int, column: int, sharing: str) -> WorkbookError:
        return self._splicer.refusal(
            (row, column),
            f"{sharing} share its formula, which cannot be passed on to them",
            "Enter the formula of those cells anew in Excel first.",
        )

    def _end_formula(self) -> None:
        if self._collecting is not None:
            self._collecting = None
            self._stream.collect_text(None)
        if self._replaced_formula is not None:
            self._bytes.end_replacing(
                self._bytes.end_of_tag(self._stream.position), self._replaced_formula
            )
            self._replaced_formula = None

    # -- after the cells

    def _start_merge(self, attributes: dict[str, str], prefix: str) -> None:
        cells = self._range(attributes.get("ref", ""))
        visible = (cells.first_row, cells.first_column)
        if hidden := self._edits.first_within(cells, but=visible):
            raise self._splicer.refusal(
                hidden,
                f"it is hidden by the merged cells {cells.address}, which show only "
                f"{cell_address(*visible)}",
                "Write to that cell, or unmerge them in Excel first.",
            )

    def _note_lock(self, row: int, column: int, style: int) -> None:
        if self._first_locked is None and self._splicer.is_locked(style):
            self._first_locked = (row, column)

    def _start_protection(self, attributes: dict[str, str], prefix: str) -> None:
        if attributes.get("sheet") in _TRUE and self._first_locked is not None:
            raise self._splicer.refusal(
                self._first_locked,
                "the sheet is protected and this cell is locked",
                "Unprotect the sheet in Excel (Review > Unprotect Sheet), or write the results to "
                "another workbook.",
            )
