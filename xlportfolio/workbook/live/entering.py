"""How a value is entered into a cell of Excel, so that it is what was meant and nothing else.

Everything goes through `Range.formula2`, which speaks English in every Excel: a number stays one, a
text that Excel would read as something else carries an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, time
from typing import TYPE_CHECKING

from xlportfolio.values import CellError
from xlportfolio.workbook.editing.cellxml import date_serial
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange, neighbours
from xlportfolio.workbook.rendering.styles import is_date_format

if TYPE_CHECKING:
    import xlwings as xw

Entry = float | str | bool | CellError | Formula | None
"""What a cell holds, as Excel stores it: dates are serials."""
Entries = Sequence[Sequence[Entry]]
Formats = Sequence[tuple[CellRange, str]]
"""Areas of one number format each."""

TEXT_FORMAT = "@"
GENERAL = "General"
SHORT_DATE = "m/d/yyyy"
"""The name of built-in format 14 in every Excel; it shows as the short date of the country."""
CLOCK_TIME = "h:mm:ss"

_MOST_RECTANGLES = 8
"""Whose number format is set for a moment, one by one."""

_MAY_BE_READ = re.compile(r"[\d=+\-@'#＝＋－＠]|(?i:true|false)\s*$")


def entry_of(value: Writable, where: Callable[[], str], *, date1904: bool) -> Entry:
    """What a cell holds once a value was written.

    Parameters
    ----------
    value
        One of the types that a cell holds.
    where
        Gives the cell, for the message.
    date1904
        Whether dates count from 1904.
    """
    if isinstance(value, date | time):
        return date_serial(value, where(), date1904=date1904)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, Formula):
        return Formula("=" + value.text.strip().removeprefix("="))
    return value


def may_be_read(text: str) -> bool:
    """Whether Excel may read something else in a text, such as a number or a date."""
    return _MAY_BE_READ.search(text) is not None


def moment_format(value: Writable, code: str) -> str | None:
    """The number format that a date or time needs to show as one; None where the cell has one."""
    if not isinstance(value, date | time) or is_date_format(code):
        return None
    return CLOCK_TIME if isinstance(value, time) else SHORT_DATE


def enter(
    sheet: xw.Sheet,
    cells: CellRange,
    entries: Entries,
    formats: Formats,
    *,
    prefixed: Collection[tuple[int, int]] | None = None,
) -> None:
    """Enter a block of values in one go; its number formats are those given afterwards.

    Parameters
    ----------
    sheet, cells
        Where.
    entries
        What.
    formats
        The number formats that the cells are to have; where none is given, they keep their own.
    prefixed
        The texts that carry an apostrophe, and none but these; where this is not given, those that
        Excel would read as something else.
    """
    held = {
        (row, column): value
        for row, line in enumerate(entries, cells.first_row)
        for column, value in enumerate(line, cells.first_column)
    }
    texts = {at for area, code in formats if code == TEXT_FORMAT for at in cells_of(area)}
    # In a cell whose format is "@" Excel makes a text of whatever is entered, and of nothing else.
    not_texts = {at for at in texts if not isinstance(held.get(at), str | None)}
    bare = {
        at
        for at, value in held.items()
        if prefixed is not None
        and at not in prefixed
        and isinstance(value, str)
        and may_be_read(value)
    }
    if len(rectangles(bare)) > _MOST_RECTANGLES and _are_texts(held.values()):
        bare = set(held)  # as texts all of them keep what they are
    for area, code in formats:
        if code != TEXT_FORMAT:
            sheet.range(area.address).number_format = code
    for at_first, these in ((GENERAL, not_texts), (TEXT_FORMAT, (texts - not_texts) | bare)):
        for area in rectangles(these):
            sheet.range(area.address).number_format = at_first
    said = {
        at: _said(
            value,
            is_text=at in texts or at in bare,
            is_prefixed=None if prefixed is None else at in prefixed,
        )
        for at, value in held.items()
    }
    columns = range(cells.first_column, cells.last_column + 1)
    set_formulas(
        sheet.range(cells.address),
        [
            [said[row, column] for column in columns]
            for row in range(cells.first_row, cells.last_row + 1)
        ],
    )
    # A formula brings the number format of what it refers to along into a cell that is General.
    bringing = {at for at, value in held.items() if isinstance(value, Formula)}
    for area, code in formats:
        late = bare | bringing if code != TEXT_FORMAT else not_texts
        if any(at in late for at in cells_of(area)):
            sheet.range(area.address).number_format = code


def _are_texts(entries: Iterable[Entry]) -> bool:
    return all(isinstance(value, str | None) for value in entries)


def set_formulas(target: xw.Range, rows: list[list[float | str | bool]]) -> None:
    """Enter rows into a range as they are: one call, and no conversion on the way.

    Parameters
    ----------
    target
        The range.
    rows
        As many and as long as it has.
    """
    # Rows even for one cell: xlwings does not write a bare "", 0 or False on this way.
    target.options("raw").formula2 = rows


def _said(value: Entry, *, is_text: bool, is_prefixed: bool | None = None) -> float | str | bool:
    """A value as it is handed to Excel.

    >>> _said("00123", is_text=False), _said("Defer", is_text=False), _said(None, is_text=False)
    ("'00123", 'Defer', '')
    """
    if value is None:
        return ""
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, str):
        is_read = value.startswith("'") or (not is_text and may_be_read(value))
        return "'" + value if is_read or is_prefixed else value
    return value


def cells_of(area: CellRange) -> Iterator[tuple[int, int]]:
    """The cells of an area, row by row."""
    for row in range(area.first_row, area.last_row + 1):
        for column in range(area.first_column, area.last_column + 1):
            yield row, column


def rectangles(cells: Iterable[tuple[int, int]]) -> list[CellRange]:
    """Cells as rectangles that hold these alone: runs of a row, joined where they repeat below.

    >>> [area.address for area in rectangles([(1, 1), (1, 2), (2, 1), (2, 2), (4, 1)])]
    ['A1:B2', 'A4']
    """
    by_row: dict[int, list[int]] = {}
    for row, column in cells:
        by_row.setdefault(row, []).append(column)
    open_: dict[tuple[int, int], tuple[int, int]] = {}
    done: list[CellRange] = []
    for row in sorted(by_row):
        runs = neighbours(sorted(by_row[row]))
        for run, (first, last) in list(open_.items()):
            if run not in runs or last != row - 1:
                done.append(CellRange(first, run[0], last, run[1]))
                del open_[run]
        for run in runs:
            open_[run] = (open_[run][0] if run in open_ else row, row)
    done += [CellRange(first, run[0], last, run[1]) for run, (first, last) in open_.items()]
    return sorted(done)
