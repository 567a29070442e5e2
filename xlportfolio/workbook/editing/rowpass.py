"""Rows and cells of a sheet's XML as they pass, and the places for those that it does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.editing.bytespans import PassingBytes
from xlportfolio.workbook.editing.elementstream import ElementStream, StartHandler, damage
from xlportfolio.workbook.editing.rowsieve import RowSieve
from xlportfolio.workbook.editing.transcoding import encoded, in_utf8
from xlportfolio.workbook.editing.usual_cells import UsualCell
from xlportfolio.workbook.references import CellRange, cell_address, column_within_row


@dataclass
class PassingRow:
    """A row in which something is wanted, as it passes: the columns that are still to come."""

    prefix: str
    style: int | None
    pending: list[int]


class RowPass:
    """One run over a sheet's XML that stops at wanted cells.

    A cell that the sheet has is handed to `wanted_cell` as it starts; for one that it does not
    have `new_cell` writes the XML, in its place. The dimension and the spans of rows are widened
    to cover what is filled. Positions are byte offsets from the start of the part.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    wanted : row to the columns wanted in it, both in ascending order
    bounds : the rectangle around the cells that will not be blank; None when all will be
    starts, ends : handlers of further elements, by local name

    Attributes
    ----------
    is_widened : whether the dimension or the spans of a row were, so far
    """

    def __init__(
        self,
        sheet: str,
        wanted: Mapping[int, Sequence[int]],
        bounds: CellRange | None,
        starts: Mapping[str, StartHandler],
        ends: Mapping[str, Callable[[], None]],
    ) -> None:
        self._sheet = sheet
        self._wanted, self._wanted_rows = wanted, list(wanted)
        self._bounds = bounds
        self._bytes = PassingBytes()
        self._next_row = 0
        self._row_number = 0
        self._column = 0
        self._row: PassingRow | None = None
        self._in_cell = False
        self._in_sheet_data = False
        self._had_sheet_data = False
        self._sheet_data_prefix = ""
        self._is_worksheet = False
        self._column_styles: list[tuple[int, int, int]] = []
        self.is_widened = False
        self._stream = ElementStream(
            sheet,
            {
                "worksheet": self._start_worksheet,
                "dimension": self._start_dimension,
                "col": self._start_column,
                "sheetData": self._start_sheet_data,
                "row": self._start_row,
                "c": self._start_cell,
                **starts,
            },
            {
                "sheetData": self._end_sheet_data,
                "row": self._end_row,
                "c": self._end_cell,
                **ends,
            },
        )

    # -- what a pass is for

    def wanted_cell(self, attributes: dict[str, str], prefix: str) -> None:
        """Take note of a wanted cell that starts at the stream's position."""
        raise NotImplementedError

    def cell_ended(self) -> None:
        """Take note that a cell, wanted or not, ends with the tag at the stream's position."""

    def new_cell(self, column: int, style: int, prefix: str) -> str:
        """Write a wanted cell of the current row that the sheet does not have; "" for none."""
        raise NotImplementedError

    def is_filled(self, row: int, column: int) -> bool:
        """Whether a wanted cell will hold something."""
        raise NotImplementedError

    @property
    def needs_columns(self) -> bool:
        """Whether the column of cells in other rows is asked for, too."""
        return False

    @property
    def takes_usual_cells(self) -> bool:
        """Whether `usual_cell` is to be told of cells that need not start and end."""
        return False

    def usual_cell(self, cell: UsualCell, row: int, position: int, prefix: str) -> None:
        """Take note of a wanted cell of a row that stands at a position."""
        raise NotImplementedError

    def release(self) -> None:
        """Let go of the bytes that nothing will be done to any more."""
        self._bytes.release(self._stream.position, is_replacing=False)

    # -- the run

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML, in the encoding that it has."""
        encoding, mark, text = in_utf8(chunks, self.damage)
        self._stream.stored_as = encoding
        return encoded(self._run(text), encoding, mark)

    def _run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        sieve = RowSieve(self._stream, self)
        for chunk in chunks:
            self.release()
            if ready := self._bytes.take():
                yield ready
            self._bytes.arrive(chunk)
            sieve.feed(chunk)
        sieve.finish()
        if not self._had_sheet_data:
            raise self.damage("it has no cells part (sheetData)")
        self._bytes.release(self._bytes.end, is_replacing=False)
        if ready := self._bytes.take():
            yield ready

    # -- what the sieve asks and tells

    @property
    def in_sheet_data(self) -> bool:
        return self._in_sheet_data

    @property
    def last_row(self) -> int:
        return self._row_number

    @property
    def next_wanted_row(self) -> int | None:
        rows = self._wanted_rows
        return rows[self._next_row] if self._next_row < len(rows) else None

    def columns_wanted(self, row: int) -> Sequence[int]:
        return self._wanted.get(row, ())

    def take_cells(self, cells: Sequence[UsualCell], position: int, prefix: str) -> None:
        row = self._wanted_rows[self._next_row]
        self._next_row += 1
        for cell in cells:
            self.usual_cell(cell, row, position, prefix)

    def pass_over(self, row: int) -> None:
        self._row_number, self._column, self._row = row, 0, None

    # -- before the cells

    def _start_worksheet(self, attributes: dict[str, str], prefix: str) -> None:
        self._is_worksheet = True

    def _start_dimension(self, attributes: dict[str, str], prefix: str) -> None:
        if self._bounds is None or "ref" not in attributes:
            return
        try:
            used = CellRange.parse(attributes["ref"])
        except InputError:
            return  # Excel works the dimension out for itself
        widened = _union(used, self._bounds)
        if widened != used:
            self._bytes.set_attribute(self._stream.position, "ref", widened.address)
            self.is_widened = True

    def _start_column(self, attributes: dict[str, str], prefix: str) -> None:
        if "style" in attributes:
            first, last, style = (
                self._integer(attributes.get(name, "")) for name in ("min", "max", "style")
            )
            self._column_styles.append((first, last, style))

    # -- the cells

    def _start_sheet_data(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._is_worksheet:
            raise self.damage("it is not a worksheet")
        if self._had_sheet_data:
            raise self.damage("it has its cells twice (two sheetData)")
        self._in_sheet_data = self._had_sheet_data = True
        self._sheet_data_prefix = prefix
        end = self._bytes.end_of_tag(self._stream.position)
        if self._bytes.is_empty_tag(end) and (rows := self._rows_before(None)):
            self._bytes.replace(end - 2, end, f">{rows}</{prefix}sheetData>".encode())

    def _start_row(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_sheet_data:
            return
        if self._in_cell:
            raise self.damage(f"a row stands inside a cell of row {self._row_number}")
        number = self._integer(attributes["r"]) if "r" in attributes else self._row_number + 1
        if number <= self._row_number:
            raise self.damage(
                f"row {number} stands after row {self._row_number}; expected rows in order, each "
                "once"
            )
        if rows := self._rows_before(number):
            self._bytes.insert(self._stream.position, rows.encode())
        self._row_number, self._column, self._row = number, 0, None
        if number not in self._wanted:
            return
        self._next_row += 1
        has_style = attributes.get("customFormat") in ("1", "true")
        row = PassingRow(
            prefix,
            self._integer(attributes.get("s", "0")) if has_style else None,
            list(self._wanted[number]),
        )
        self._widen_spans(attributes.get("spans"), number)
        end = self._bytes.end_of_tag(self._stream.position)
        if self._bytes.is_empty_tag(end):
            if cells := self._cells_before(row, None):
                self._bytes.replace(end - 2, end, f">{cells}</{prefix}row>".encode())
        else:
            self._row = row

    def _widen_spans(self, spans: str | None, row: int) -> None:
        if not spans:
            return
        filled = [column for column in self._wanted[row] if self.is_filled(row, column)]
        if not filled:
            return
        ends = [self._integer(end) for span in spans.split() for end in span.split(":")]
        first, last = min(ends), max(ends)
        if filled[0] < first or filled[-1] > last:
            widened = f"{min(first, filled[0])}:{max(last, filled[-1])}"
            self._bytes.set_attribute(self._stream.position, "spans", widened)
            self.is_widened = True

    def _start_cell(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_sheet_data:
            return
        self._in_cell = True
        row = self._row
        if row is None and not self.needs_columns:
            return  # nobody will ask which column this is
        reference = attributes.get("r")
        column = self._column + 1 if reference is None else self._column_of(reference)
        previous, self._column = self._column, column
        if row is None:
            return
        if column <= previous:
            raise self.damage(
                f"cell {cell_address(self._row_number, column)} stands after "
                f"{cell_address(self._row_number, previous)}; expected cells in order, each once"
            )
        if row.pending and row.pending[0] < column and (cells := self._cells_before(row, column)):
            self._bytes.insert(self._stream.position, cells.encode())
        if row.pending and row.pending[0] == column:
            row.pending.pop(0)
            self.wanted_cell(attributes, prefix)

    def _end_cell(self) -> None:
        if self._in_cell:
            self._in_cell = False
            self.cell_ended()

    def _end_row(self) -> None:
        row, self._row = self._row, None
        if row is not None and (cells := self._cells_before(row, None)):
            self._bytes.insert(self._stream.position, cells.encode())

    def _end_sheet_data(self) -> None:
        self._in_sheet_data = False
        if rows := self._rows_before(None):
            self._bytes.insert(self._stream.position, rows.encode())

    def _rows_before(self, number: int | None) -> str:
        """Write the wanted rows that the sheet does not have, up to a row that it has."""
        written = []
        rows, prefix = self._wanted_rows, self._sheet_data_prefix
        while self._next_row < len(rows) and (number is None or rows[self._next_row] < number):
            self._row_number = rows[self._next_row]
            self._next_row += 1
            row = PassingRow(prefix, None, list(self._wanted[self._row_number]))
            if cells := self._cells_before(row, None):
                written.append(f'<{prefix}row r="{self._row_number}">{cells}</{prefix}row>')
        return "".join(written)

    def _cells_before(self, row: PassingRow, column: int | None) -> str:
        """Write the wanted cells that the row does not have, up to a column that it has."""
        written = []
        while row.pending and (column is None or row.pending[0] < column):
            new = row.pending.pop(0)
            written.append(self.new_cell(new, self._inherited_style(row, new), row.prefix))
        return "".join(written)

    def _inherited_style(self, row: PassingRow, column: int) -> int:
        """The style of a new cell: its row's or its column's, as in Excel."""
        if row.style is not None:
            return row.style
        for first, last, style in self._column_styles:
            if first <= column <= last:
                return style
        return 0

    # -- messages and attributes

    def damage(self, what: str) -> WorkbookError:
        return damage(self._sheet, what)

    def _column_of(self, reference: str) -> int:
        column = column_within_row(reference, str(self._row_number))
        if column is None:
            raise self.damage(
                f'row {self._row_number} holds a cell that calls itself "{reference}"'
            )
        return column

    def _range(self, text: str) -> CellRange:
        try:
            return CellRange.parse(text)
        except InputError:
            raise self.damage(f'"{text}" stands where a range is expected') from None

    def _integer(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise self.damage(f'"{text}" stands where a number is expected') from None


def _union(one: CellRange, other: CellRange) -> CellRange:
    return CellRange(
        min(one.first_row, other.first_row),
        min(one.first_column, other.first_column),
        max(one.last_row, other.last_row),
        max(one.last_column, other.last_column),
    )
