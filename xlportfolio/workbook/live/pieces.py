"""What waits to be written into the user's cells, as rectangles that Excel takes in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from xlportfolio.errors import WorkbookError
from xlportfolio.values import Value
from xlportfolio.workbook.container.number_formats import date_from_serial
from xlportfolio.workbook.editing.guards import Guard
from xlportfolio.workbook.live.entering import (
    TEXT_FORMAT,
    Entries,
    Entry,
    cells_of,
    entry_of,
    moment_format,
    rectangles,
)
from xlportfolio.workbook.live.keeping import KeptPiece
from xlportfolio.workbook.live.reading import LiveReading, number_formats
from xlportfolio.workbook.live.standing import alike, cell_in
from xlportfolio.workbook.live.writing import (
    At,
    Target,
    around,
    codes_at,
    columns_of,
    entries_at,
    prefixed_texts,
    read_entries,
)
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange


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
    cells: dict[At, Writable] = field(default_factory=dict)
    blocks: list[CellRange] = field(default_factory=list)


def pieces_of(
    reading: LiveReading, sheet: str, waiting: Waiting
) -> Iterator[tuple[KeptPiece, dict[At, Target]]]:
    """What is kept of the cells of a sheet, and what they will hold; they are read again.

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
            yield _piece(reading, sheet, cells)


def _piece(
    reading: LiveReading, sheet: str, cells: dict[At, Writable]
) -> tuple[KeptPiece, dict[At, Target]]:
    details, handle, area = reading.details, reading.handles[sheet], around(cells)
    now = read_entries(details, handle, area)
    _require_unchanged(reading, sheet, area, now, cells)
    formats = list(number_formats(details, handle, columns_of(cells)))
    codes, before = codes_at(formats), dict(entries_at(now, area))
    targets = {}
    for at, value in cells.items():
        entry = entry_of(value, partial(cell_in, sheet, at), date1904=reading.date1904)
        code = moment_format(value, codes[at])
        if code is None and (codes[at] == TEXT_FORMAT or isinstance(entry, Formula)):
            code = codes[at]
        targets[at] = Target(entry, code)
    texts = [at for at in cells if isinstance(before[at], str)]
    columns = range(area.first_column, area.last_column + 1)
    kept = KeptPiece(
        sheet=sheet,
        cells=area,
        before=now,
        after=[
            [
                targets[row, column].entry if (row, column) in targets else before[row, column]
                for column in columns
            ]
            for row in range(area.first_row, area.last_row + 1)
        ],
        changed=tuple(rectangles(cells)),
        formats=formats,
        prefixed=prefixed_texts(details, handle, texts),
        new_formats=_new_formats(targets, codes),
    )
    return kept, targets


def _new_formats(
    targets: Mapping[At, Target], codes: Mapping[At, str]
) -> list[tuple[CellRange, str]]:
    changed: dict[str, list[At]] = {}
    for at, target in targets.items():
        if target.number_format is not None and target.number_format != codes[at]:
            changed.setdefault(target.number_format, []).append(at)
    return [(area, code) for code, these in changed.items() for area in rectangles(these)]


def _require_unchanged(
    reading: LiveReading,
    sheet: str,
    area: CellRange,
    now: Entries,
    cells: Iterable[At],
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
