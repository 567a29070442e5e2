"""Cached values of formulas replaced inside a sheet's XML; `<f>` and every other byte stay.

What a formula gave last stands beside it, in `<v>` and the type of its cell; what an array formula
gave stands in the other cells of its range, too (ECMA-376 part 1, 18.3.1.40 and 18.3.1.96).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.part_pass import MAX_TEXT
from xlportfolio.workbook.editing.cached_forms import (
    CachedContent,
    agrees,
    as_kept,
    cached_content,
    parse_cached,
)
from xlportfolio.workbook.editing.rowpass import RowPass
from xlportfolio.workbook.formula_cells import Cached
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    quote_sheet,
)

_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")

_KEPT_IN_MEMORY = 8 << 20


class CachedValueSplicer:
    """Puts values beside the formulas of one sheet's XML, streamed in chunks.

    Call `check` first: it finds which cells keep another value than the new one, refuses what
    cannot be done, and from then on `run` changes just those cells.

    Parameters
    ----------
    sheet : the sheet's name, for messages
    values : (row, column), 1-based, to what the formula gives; None for no value
    strings : the workbook's shared strings
    date1904 : the workbook counts its days from 1904
    """

    def __init__(
        self,
        sheet: str,
        values: Mapping[tuple[int, int], Cached],
        strings: Sequence[str],
        *,
        date1904: bool,
    ) -> None:
        self.sheet = sheet
        self.values = dict(values)
        self.strings = strings
        self.date1904 = date1904
        self.is_checked = False
        self._spliced: IO[bytes] | None = None
        for row, column in values:
            if not (1 <= row <= LAST_ROW and 1 <= column <= LAST_COLUMN):
                raise WorkbookError(
                    f"Row {row:,}, column {column:,} of {quote_sheet(sheet)} is outside the sheet "
                    "and holds no formula."
                )

    def check(self, chunks: Iterable[bytes]) -> dict[tuple[int, int], Cached]:
        """Read the sheet through; which cells `run` will change, and to what.

        Raises
        ------
        WorkbookError
            If a cell holds no formula and no part of an array's answer, a value fits into no cell,
            or the sheet's XML cannot be understood.
        """
        found = _CachedPass(self)
        spliced: IO[bytes] | None = _temporary_file()
        for chunk in found.run(chunks):
            try:
                if spliced is not None:
                    spliced.write(chunk)
            except OSError:  # no room for it: `run` goes over the sheet once more
                spliced = None
        self.values, self.is_checked = found.changed, True
        # With the values that do not change left out, less may have to be widened.
        if found.changed and not found.is_widened:
            self._spliced = spliced
        elif spliced is not None:
            spliced.close()
        return self.values

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sheet's XML with the values in their places.

        Raises
        ------
        WorkbookError
            As `check`; some output may have been yielded by then.
        """
        spliced, self._spliced = self._spliced, None
        if spliced is None:
            yield from _CachedPass(self).run(chunks)
            return
        with spliced:
            spliced.seek(0)
            while chunk := spliced.read(1 << 18):
                yield chunk

    def refusal(self, row: int, column: int, reason: str) -> WorkbookError:
        where = f"{quote_sheet(self.sheet)}!{cell_address(row, column)}"
        return WorkbookError(f"{where} cannot take a computed value: {reason}")


@dataclass
class _Cell:
    """A wanted cell as it passes. `spans` are the bytes of its value elements."""

    column: int
    attributes: dict[str, str]
    prefix: str
    start: int
    end_of_tag: int
    formula: str | None = None
    end_of_formula: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)
    value: str | None = None
    inline: str | None = None


class _CachedPass(RowPass):
    """One run over the XML."""

    def __init__(self, splicer: CachedValueSplicer) -> None:
        self.changed: dict[tuple[int, int], Cached] = {}
        self._splicer = splicer
        self._values = splicer.values
        wanted: dict[int, list[int]] = {}
        for row, column in sorted(self._values):
            wanted.setdefault(row, []).append(column)
        self._cell: _Cell | None = None
        self._filling: list[CellRange] = []
        self._tables: list[CellRange] = []
        self._value_start: int | None = None
        self._empty_end: int | None = None
        self._text: list[str] = []
        self._length = 0
        self._is_guide = self._is_outside = False
        super().__init__(
            splicer.sheet,
            wanted,
            self._bounds_of_filled(),
            {
                "f": self._start_formula,
                "v": self._start_value,
                "is": self._start_inline,
                "t": self._start_text,
                "rPh": self._start_guide,
                "extLst": self._start_extensions,
            },
            {
                "f": self._end_formula,
                "v": self._end_value,
                "is": self._end_inline,
                "t": self._end_text,
                "rPh": self._end_guide,
                "extLst": self._end_extensions,
            },
        )

    def _bounds_of_filled(self) -> CellRange | None:
        filled = [cell for cell, value in self._values.items() if value is not None]
        if not filled:
            return None
        rows, columns = [row for row, _ in filled], [column for _, column in filled]
        return CellRange(min(rows), min(columns), max(rows), max(columns))

    def is_filled(self, row: int, column: int) -> bool:
        return self._values[row, column] is not None

    def release(self) -> None:
        # A wanted cell is kept whole: whether it changes is known when it ends.
        position = self._stream.position if self._cell is None else self._cell.start
        self._bytes.release(position, is_replacing=False)

    # -- cells

    def _start_row(self, attributes: dict[str, str], prefix: str) -> None:
        super()._start_row(attributes, prefix)
        row = self._row_number
        if self._filling:
            self._filling = [cells for cells in self._filling if cells.last_row >= row]
        if self._tables:
            self._tables = [cells for cells in self._tables if cells.last_row >= row]

    def wanted_cell(self, attributes: dict[str, str], prefix: str) -> None:
        start = self._stream.position
        self._cell = _Cell(self._column, attributes, prefix, start, self._bytes.end_of_tag(start))

    def new_cell(self, column: int, style: int, prefix: str) -> str:
        row = self._row_number
        value = as_kept(None, self._values[row, column])
        self._require_formula(row, column, None)
        if value is None:
            return ""
        address = cell_address(row, column)
        content = cached_content(value, self._splicer.sheet, address)
        self.changed[row, column] = value
        opening = f'<{prefix}c r="{address}"' + (f' s="{style}"' if style else "")
        kind = f' t="{content.kind}"' if content.kind else ""
        return f"{opening}{kind}>{content.to_xml(prefix)}</{prefix}c>"

    def cell_ended(self) -> None:
        cell, self._cell = self._cell, None
        self._is_outside = False
        if cell is None:
            return
        row, column = self._row_number, cell.column
        self._require_formula(row, column, cell.formula)
        new = self._values[row, column]
        if not self._splicer.is_checked:
            old = self._old_value(cell)
            if agrees(old, new):
                return
            new = self.changed[row, column] = as_kept(old, new)
        self._put(cell, cached_content(new, self._splicer.sheet, cell_address(row, column)))

    def _old_value(self, cell: _Cell) -> Cached:
        kind = cell.attributes.get("t")
        text = cell.inline if kind == "inlineStr" else cell.value
        try:
            return parse_cached(kind, text, self._splicer.strings, date1904=self._splicer.date1904)
        except ValueError as error:
            address = cell_address(self._row_number, cell.column)
            raise self.damage(f"cell {address} {error}") from None

    def _put(self, cell: _Cell, content: CachedContent) -> None:
        value = content.to_xml(cell.prefix)
        is_empty = self._bytes.is_empty_tag(cell.end_of_tag)
        has_type = cell.attributes.get("t", "n") == (content.kind or "n")
        if is_empty or not has_type or "vm" in cell.attributes:
            tag = self._bytes.between(cell.start, cell.end_of_tag)
            opening = _with_type(tag, content.kind)
            if is_empty:
                opening = opening[:-2] + f">{value}</{cell.prefix}c>".encode()
                value = ""
            self._bytes.replace(cell.start, cell.end_of_tag, opening)
        if not cell.spans:
            self._bytes.insert(cell.end_of_formula or cell.end_of_tag, value.encode())
        for start, end in cell.spans:
            self._bytes.replace(start, end, value.encode())
            value = ""

    def _require_formula(self, row: int, column: int, formula: str | None) -> None:
        if formula == "dataTable" or any(one.contains(row, column) for one in self._tables):
            raise self._splicer.refusal(
                row, column, "a what-if data table fills it, which only Excel computes."
            )
        if formula is None and not any(one.contains(row, column) for one in self._filling):
            raise self._splicer.refusal(
                row,
                column,
                "it holds no formula, and no array formula fills it. Read the formulas of the "
                "sheet anew.",
            )

    # -- what stands in them

    def _start_formula(self, attributes: dict[str, str], prefix: str) -> None:
        if not self._in_cell or self._is_outside:
            return
        kind = attributes.get("t", "normal")
        if kind in ("array", "dataTable") and "ref" in attributes:
            cells = self._range(attributes["ref"])
            if cells.n_rows > 1 or cells.n_columns > 1:
                (self._filling if kind == "array" else self._tables).append(cells)
        if self._cell is not None:
            self._cell.formula = kind
            self._note_empty_tag()

    def _end_formula(self) -> None:
        if self._cell is not None and not self._is_outside:
            self._cell.end_of_formula = self._end_of_element()

    def _start_value(self, attributes: dict[str, str], prefix: str) -> None:
        if self._cell is not None and not self._is_outside:
            self._value_start = self._stream.position
            self._note_empty_tag()
            self._stream.collect_text(self._collect)

    def _start_inline(self, attributes: dict[str, str], prefix: str) -> None:
        if self._cell is not None and not self._is_outside:
            self._value_start = self._stream.position
            self._note_empty_tag()

    def _end_value(self) -> None:
        if self._cell is not None and self._value_start is not None:
            self._cell.value = self._end_span(self._cell)

    def _end_inline(self) -> None:
        if self._cell is not None and self._value_start is not None:
            self._cell.inline = self._end_span(self._cell)

    def _end_span(self, cell: _Cell) -> str:
        if self._value_start is not None:
            cell.spans.append((self._value_start, self._end_of_element()))
        self._value_start = None
        self._stream.collect_text(None)
        text = "".join(self._text)
        self._text.clear()
        self._length = 0
        return text

    def _note_empty_tag(self) -> None:
        end = self._bytes.end_of_tag(self._stream.position)
        self._empty_end = end if self._bytes.is_empty_tag(end) else None

    def _end_of_element(self) -> int:
        """The byte after the element that ends: one of a single tag ends where that does."""
        if self._empty_end is not None:
            return self._empty_end
        return self._bytes.end_of_tag(self._stream.position)

    def _start_text(self, attributes: dict[str, str], prefix: str) -> None:
        if self._value_start is not None and not self._is_guide:
            self._stream.collect_text(self._collect)

    def _end_text(self) -> None:
        self._stream.collect_text(None)

    def _collect(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        if self._length > MAX_TEXT:
            raise self.damage(
                f"a cell of row {self._row_number} holds a text of more than {MAX_TEXT:,} "
                "characters"
            )

    def _start_guide(self, attributes: dict[str, str], prefix: str) -> None:
        self._is_guide = True

    def _end_guide(self) -> None:
        self._is_guide = False

    def _start_extensions(self, attributes: dict[str, str], prefix: str) -> None:
        self._is_outside = self._in_cell

    def _end_extensions(self) -> None:
        self._is_outside = False


def _temporary_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)


def _with_type(tag: bytes, kind: str | None) -> bytes:
    """A cell's start tag with another type, and without the rich value that it no longer shows."""
    name = re.match(rb"<[^\s/>]+", tag)
    assert name is not None, tag
    kept, is_there, last = [name[0]], kind is None, name.end()
    for match in _ATTRIBUTE.finditer(tag, name.end()):
        last = match.end()
        plain = match[2][1:-1].decode()
        if match[1] == b"t" and plain != (kind or "n"):
            if kind is None or is_there:
                continue
            kept.append(match[0][: -len(match[2])] + f'"{kind}"'.encode())
            is_there = True
        elif match[1] != b"vm":
            kept.append(match[0])
            is_there |= match[1] == b"t"
    if not is_there:
        kept.append(f' t="{kind}"'.encode())
    return b"".join(kept) + tag[last:]
