"""Cells replaced inside a sheet's XML, as it streams past; every other byte stays as it is.

Nothing is parsed into a tree and written out again: expat reports the byte at which each element
starts, and only the spans of edited cells are exchanged. Whatever else the sheet holds, known to
us or not, is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.editing.bytespans import PassingBytes
from xlportfolio.workbook.editing.cellxml import CellContent, cell_content
from xlportfolio.workbook.editing.edits import Edits
from xlportfolio.workbook.editing.elementstream import ElementStream, damage
from xlportfolio.workbook.editing.sharedformulas import SharedFormula, first_cell_xml
from xlportfolio.workbook.protocol import Writable
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    column_within_row,
    quote_sheet,
)

_TRUE = ("1", "true")


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
    ) -> None:
        self.sheet = sheet
        self.removed_formulas = False
        self.wrote_formulas = False
        self._is_date_style = is_date_style
        self._date_style = date_style
        self._time_style = time_style or date_style
        self._is_locked_style = is_locked_style
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
            }
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

    def damage(self, what: str) -> WorkbookError:
        return damage(self.sheet, what)


@dataclass
class _Row:
    """An edited row as it passes: what is still to be written in it."""

    prefix: str
    style: int | None
    pending: list[int]


@dataclass
class _Cell:
    """An edited cell as it passes."""

    column: int
    content: CellContent
    prefix: str
    style: int
    end_of_tag: int
    is_empty_tag: bool
    n_starts_before: int
    has_formula: bool = False


class _Pass:
    """One run over the XML. Positions are byte offsets from the start of the part."""

    def __init__(self, splicer: SheetSplicer, edits: Edits) -> None:
        self.removed_formulas = False
        self.wrote_formulas = False
        self._splicer = splicer
        self._edits = edits

        self._bytes = PassingBytes()

        self._next_row = 0
        self._row_number = 0
        self._column = 0
        self._row: _Row | None = None
        self._cell: _Cell | None = None
        self._in_cell = False
        self._in_sheet_data = False
        self._had_sheet_data = False
        self._sheet_data_prefix = ""
        self._is_worksheet = False
        self._column_styles: list[tuple[int, int, int]] = []
        self._first_locked: tuple[int, int] | None = None

        self._shared_seen: set[str] = set()
        self._to_pass_on: dict[str, SharedFormula] = {}
        self._collecting: SharedFormula | None = None
        self._replaced_formula: bytes | None = None

        self._stream = ElementStream(
            splicer.sheet,
            {
                "worksheet": self._start_worksheet,
                "dimension": self._start_dimension,
                "col": self._start_column,
                "sheetData": self._start_sheet_data,
                "row": self._start_row,
                "c": self._start_cell,
                "f": self._start_formula,
                "sheetProtection": self._start_protection,
                "mergeCell": self._start_merge,
            },
            {
                "sheetData": self._end_sheet_data,
                "row": self._end_row,
                "c": self._end_cell,
                "f": self._end_formula,
            },
        )

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in self._stream.feed(chunks):
            self._bytes.release(self._stream.position, is_replacing=self._is_replacing)
            if ready := self._bytes.take():
                yield ready
            self._bytes.arrive(chunk)
        if not self._had_sheet_data:
            raise self._splicer.damage("it has no cells part (sheetData)")
        self._bytes.release(self._bytes.end, is_replacing=False)
        if ready := self._bytes.take():
            yield ready

    @property
    def _is_replacing(self) -> bool:
        return self._cell is not None or self._replaced_formula is not None

    # -- before the cells

    def _start_worksheet(self, attributes: dict[str, str], prefix: str) -> None:
        self._is_worksheet = True

    def _start_dimension(self, attributes: dict[str, str], prefix: str) -> None:
        bounds = self._edits.bounds
        if bounds is None or "ref" not in attributes:
            return
        try:
            used = CellRange.parse(attributes["ref"])
        except InputError:
            return  # Excel works the dimension out for itself
        widened = _union(used, bounds)
        if widened != used:
            self._bytes.set_attribute(self._stream.position, "ref", widened.address)

    def _start_column(self, attributes: dict[str, str], prefix: str) -> None:
        if "style" in attributes:
            first, last, style = (
                self._integer(attributes.get(name, "")) for name in ("min", "max", "style")
            )
            self._column_styles.append((first, last, style))

    # -- the cells

    def _start_sheet_data(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._is_worksheet:
            raise self._splicer.damage("it is not a worksheet")
        if self._had_sheet_data:
            raise self._splicer.damage("it has its cells twice (two sheetData)")
        self._in_sheet_data = self._had_sheet_data = True
        self._sheet_data_prefix = prefix
        end = self._bytes.end_of_tag(self._stream.position)
        if self._bytes.is_empty_tag(end) and (rows := self._rows_before(None)):
            self._bytes.replace(end - 2, end, f">{rows}</{prefix}sheetData>".encode())

    def _start_row(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_sheet_data:
            return
        number = self._integer(attributes["r"]) if "r" in attributes else self._row_number + 1
        if number <= self._row_number:
            raise self._splicer.damage(
                f"row {number} stands after row {self._row_number}; expected rows in order, each "
                "once"
            )
        if rows := self._rows_before(number):
            self._bytes.insert(self._stream.position, rows.encode())
        self._row_number, self._column, self._row = number, 0, None
        if number not in self._edits.by_row:
            return
        self._next_row += 1
        has_style = attributes.get("customFormat") in _TRUE
        row = _Row(
            prefix,
            self._integer(attributes.get("s", "0")) if has_style else None,
            list(self._edits.by_row[number]),
        )
        self._widen_spans(attributes.get("spans"), number)
        end = self._bytes.end_of_tag(self._stream.position)
        if self._bytes.is_empty_tag(end):
            if cells := self._cells_before(row, None):
                self._bytes.replace(end - 2, end, f">{cells}</{prefix}row>".encode())
        else:
            self._row = row

    def _widen_spans(self, spans: str | None, row: int) -> None:
        written = [
            column for column, content in self._edits.by_row[row].items() if not content.is_blank
        ]
        if not spans or not written:
            return
        ends = [self._integer(end) for span in spans.split() for end in span.split(":")]
        first, last = min(ends), max(ends)
        if written[0] < first or written[-1] > last:
            widened = f"{min(first, written[0])}:{max(last, written[-1])}"
            self._bytes.set_attribute(self._stream.position, "spans", widened)

    def _start_cell(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_sheet_data:
            return
        self._in_cell = True
        row = self._row
        if row is None and not self._to_pass_on:
            return  # nobody will ask which column this is
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        previous, self._column = self._column, column
        if row is None:
            return
        if column <= previous:
            raise self._splicer.damage(
                f"cell {cell_address(self._row_number, column)} stands after "
                f"{cell_address(self._row_number, previous)}; expected cells in order, each once"
            )
        if row.pending and row.pending[0] < column and (cells := self._cells_before(row, column)):
            self._bytes.insert(self._stream.position, cells.encode())
        if row.pending and row.pending[0] == column:
            row.pending.pop(0)
            style = self._integer(attributes.get("s", "0"))
            self._note_lock(self._row_number, column, style)
            end = self._bytes.end_of_tag(self._stream.position)
            self._bytes.copy_to(self._stream.position)
            self._cell = _Cell(
                column=column,
                content=self._edits.by_row[self._row_number][column],
                prefix=prefix,
                style=style,
                end_of_tag=end,
                is_empty_tag=self._bytes.is_empty_tag(end),
                n_starts_before=self._stream.n_starts,
            )

    def _end_cell(self) -> None:
        if not self._in_cell:
            return
        self._in_cell = False
        cell, self._cell = self._cell, None
        if cell is None:
            return
        has_content = self._stream.n_starts > cell.n_starts_before
        if cell.content.is_blank and not has_content:
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

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is not None and (cells := self._cells_before(row, None)):
            self._bytes.insert(self._stream.position, cells.encode())

    def _end_sheet_data(self) -> None:
        self._in_sheet_data = False
        if rows := self._rows_before(None):
            self._bytes.insert(self._stream.position, rows.encode())

    def _rows_before(self, number: int | None) -> str:
        """Write the edited rows that the sheet does not have, up to a row that it has."""
        written = []
        rows, prefix = self._edits.rows, self._sheet_data_prefix
        while self._next_row < len(rows) and (number is None or rows[self._next_row] < number):
            self._row_number = rows[self._next_row]
            self._next_row += 1
            row = _Row(prefix, None, list(self._edits.by_row[self._row_number]))
            if cells := self._cells_before(row, None):
                written.append(f'<{prefix}row r="{self._row_number}">{cells}</{prefix}row>')
        return "".join(written)

    def _cells_before(self, row: _Row, column: int | None) -> str:
        """Write the edited cells that the row does not have, up to a column that it has."""
        written = []
        while row.pending and (column is None or row.pending[0] < column):
            new = row.pending.pop(0)
            content = self._edits.by_row[self._row_number][new]
            style = self._inherited_style(row, new)
            self._note_lock(self._row_number, new, style)
            if not content.is_blank:
                self.wrote_formulas |= content.is_formula
                address = cell_address(self._row_number, new)
                written.append(
                    content.to_xml(row.prefix, address, self._splicer.style_for(style, content))
                )
        return "".join(written)

    def _inherited_style(self, row: _Row, column: int) -> int:
        if row.style is not None:
            return row.style
        for first, last, style in self._column_styles:
            if first <= column <= last:
                return style
        return 0

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
        if kind == "array" and cells.n_rows == cells.n_columns == 1:
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

    # -- attributes

    def _column_of(self, reference: str) -> int:
        column = column_within_row(reference, str(self._row_number))
        if column is None:
            raise self._splicer.damage(
                f'row {self._row_number} holds a cell that calls itself "{reference}"'
            )
        return column

    def _range(self, text: str) -> CellRange:
        try:
            return CellRange.parse(text)
        except InputError:
            raise self._splicer.damage(f'"{text}" stands where a range is expected') from None

    def _integer(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise self._splicer.damage(f'"{text}" stands where a number is expected') from None


def _union(one: CellRange, other: CellRange) -> CellRange:
    return CellRange(
        min(one.first_row, other.first_row),
        min(one.first_column, other.first_column),
        max(one.last_row, other.last_row),
        max(one.last_column, other.last_column),
    )
