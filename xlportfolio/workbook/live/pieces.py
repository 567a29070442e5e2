"""What waits to be written into the user's cells, as rectangles that Excel takes in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from xlportfolio.errors import WorkbookError
from xlportfolio.values import Value
from xlportfolio.workbook.container.reading import date_from_serial
from xlportfolio.workbook.editing.guards import Guard
from xlportfolio.workbook.live.entering import (
    Entries,
    Entry,
    Formats,
    Piece,
    cells_of,
    entry_of,
    moment_format,
    rectangles,
)
from xlportfolio.workbook.live.putting_back import alike, cell_in, read_entries
from xlportfolio.workbook.live.reading import LiveReading, number_formats
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange

_MOST_PIECES = 8
"""Of one block: with more, the cells between them that stay as they are are written again."""


@dataclass
class Waiting:
    """The cells of one sheet that wait to be written.

    Attributes
    ----------
    guard
        What of the sheet must not be written.
    cells
        (row, column) to the value.
    blocks
        The ranges that were written, one after the other.
    """

    guard: Guard
    cells: dict[tuple[int, int], Writable] = field(default_factory=dict)
    blocks: list[CellRange] = field(default_factory=list)


def pieces_of(reading: LiveReading, sheet: str, waiting: Waiting) -> Iterator[Piece]:
    """The pieces in which the cells of a sheet are written; what stands there is read again.

    Parameters
    ----------
    reading
        What was read of the workbook.
    sheet
        The sheet's name.
    waiting
        What waits.

    Raises
    ------
    WorkbookError
        If a cell is not what was read any more.
    """
    left = dict(waiting.cells)
    for block in waiting.blocks:
        cells = {at: left.pop(at) for at in cells_of(block) if at in left}
        if cells:
            yield from _pieces_of_block(reading, sheet, cells, waiting.guard)


def _pieces_of_block(
    reading: LiveReading, sheet: str, cells: dict[tuple[int, int], Writable], guard: Guard
) -> Iterator[Piece]:
    handle = reading.handles[sheet]
    area = _around(cells)
    now = read_entries(reading.details, handle, area)
    _require_unchanged(reading, sheet, area, now, cells)
    entries = {
        at: entry_of(value, cell_in(sheet, at), date1904=reading.date1904)
        for at, value in cells.items()
    }
    rows = list(range(area.first_row, area.last_row + 1))
    wanted = dict.fromkeys(range(area.first_column, area.last_column + 1), rows)
    formats = list(number_formats(reading.details, handle, wanted))
    parts = rectangles(cells)
    if len(parts) > _MOST_PIECES and not any(guard.forbids(*at) for at in cells_of(area)):
        parts = [area]
    for part in parts:
        before = _cut(now, area, part)
        yield Piece(
            sheet,
            part,
            before,
            [
                [
                    entries.get((row, column), before[down][right])
                    for right, column in enumerate(range(part.first_column, part.last_column + 1))
                ]
                for down, row in enumerate(range(part.first_row, part.last_row + 1))
            ],
            _within(formats, part),
            _new_formats(formats, part, cells),
        )


def _around(cells: Iterable[tuple[int, int]]) -> CellRange:
    rows, columns = zip(*cells, strict=True)
    return CellRange(min(rows), min(columns), max(rows), max(columns))


def _cut(entries: Entries, area: CellRange, part: CellRange) -> list[list[Entry]]:
    down, right = part.first_row - area.first_row, part.first_column - area.first_column
    return [
        list(line[right : right + part.n_columns]) for line in entries[down : down + part.n_rows]
    ]


def _within(formats: Formats, part: CellRange) -> list[tuple[CellRange, str]]:
    return [
        (
            CellRange(
                max(area.first_row, part.first_row),
                max(area.first_column, part.first_column),
                min(area.last_row, part.last_row),
                min(area.last_column, part.last_column),
            ),
            code,
        )
        for area, code in formats
        if area.overlaps(part)
    ]


def _new_formats(
    formats: Formats, part: CellRange, cells: dict[tuple[int, int], Writable]
) -> list[tuple[CellRange, str]]:
    """The formats that dates need, and that cells of text have to keep."""
    found: list[tuple[CellRange, str]] = []
    for area, code in _within(formats, part):
        dated: dict[str, list[tuple[int, int]]] = {}
        for at in cells_of(area):
            new = moment_format(cells.get(at), code)
            if new is not None:
                dated.setdefault(new, []).append(at)
        changed = {at for these in dated.values() for at in these}
        for new, these in dated.items():
            found += [(one, new) for one in rectangles(these)]
        if code == "@":
            found += [(one, code) for one in rectangles(set(cells_of(area)) - changed)]
    return found


def _require_unchanged(
    reading: LiveReading,
    sheet: str,
    area: CellRange,
    now: Entries,
    cells: Iterable[tuple[int, int]],
) -> None:
    """Refuse where a cell is not what was read when it was decided what to write."""
    read = reading.sheet(sheet)
    for at in cells:
        present = now[at[0] - area.first_row][at[1] - area.first_column]
        formula = read.formulas.get(at)
        known = read.contents.rows.get(at[0], {}).get(at[1])
        if formula is not None or isinstance(present, Formula):
            was: Entry | Value = None if formula is None else Formula(formula)
            was = known if was is None else was
            same = formula is not None and alike(present, Formula(formula))
        else:
            was, same = known, _is_read_as(present, known, date1904=reading.date1904)
        if not same:
            raise WorkbookError(
                f"{cell_in(sheet, at)} changed while this was worked out: it was {_told(was)} and "
                f"is {_told(present)} now. Nothing was written; run again on the new value."
            )


def _is_read_as(present: Entry, known: Value, *, date1904: bool) -> bool:
    if isinstance(present, float) and known is not None and not isinstance(known, float | bool):
        return date_from_serial(present, date1904=date1904) == known
    return type(present) is type(known) and present == known


def _told(value: Entry | Value) -> str:
    if value is None:
        return "blank"
    if isinstance(value, Formula):
        return value.text[:60]
    if isinstance(value, str):
        return f'"{value[:60]}"'
    return f"{value:.15g}" if type(value) is float else str(value)
