"""Some cells of a sheet written so that exactly these change, in as few calls as that takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlportfolio.workbook.live.alike import areas_alike, joined, joining_of
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import (
    Entries,
    Entry,
    Formats,
    cells_of,
    enter,
    may_be_read,
    rectangles,
)
from xlportfolio.workbook.live.reading import (
    grid,
    is_formula,
    number_formats,
    value_of,
)
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange

if TYPE_CHECKING:
    import xlwings as xw

At = tuple[int, int]

_MOST_PARTS = 8
"""Rectangles that are entered one by one; of more, the cells between them are entered again."""


@dataclass(frozen=True)
class Target:
    """What a cell is to hold.

    Attributes
    ----------
    number_format
        None keeps what the cell has.
    is_prefixed
        Whether a text carries an apostrophe; None where that depends on the text.
    """

    entry: Entry
    number_format: str | None = None
    is_prefixed: bool | None = None


def write_cells(details: ExcelDetails, sheet: xw.Sheet, targets: Mapping[At, Target]) -> None:
    """Write cells; between them nothing changes.

    Parameters
    ----------
    details, sheet
        The sheet.
    targets
        (row, column) to what the cell is to hold.
    """
    parts = rectangles(targets)
    if len(parts) > _MOST_PARTS:
        whole = _with_those_between(details, sheet, around(targets), targets)
        if whole is not None:
            targets, parts = whole, [around(whole)]
    for part in parts:
        here = {at: targets[at] for at in cells_of(part)}
        entries = [
            [here[row, column].entry for column in range(part.first_column, part.last_column + 1)]
            for row in range(part.first_row, part.last_row + 1)
        ]
        by_code: dict[str, list[At]] = {}
        for at, target in here.items():
            if target.number_format is not None:
                by_code.setdefault(target.number_format, []).append(at)
        formats = [(area, code) for code, these in by_code.items() for area in rectangles(these)]
        enter(sheet, part, entries, formats, prefixed=_prefixed(here))


def _prefixed(targets: Mapping[At, Target]) -> set[At] | None:
    """The texts that carry an apostrophe; None where that depends on each text."""
    if all(target.is_prefixed is None for target in targets.values()):
        return None
    return {
        at
        for at, target in targets.items()
        if target.is_prefixed
        or (
            target.is_prefixed is None
            and isinstance(target.entry, str)
            and target.number_format != "@"
            and may_be_read(target.entry)
        )
    }


def _with_those_between(
    details: ExcelDetails, sheet: xw.Sheet, area: CellRange, targets: Mapping[At, Target]
) -> dict[At, Target] | None:
    """All cells of an area, those between the targets as they are; None where one is a formula.

    A formula may be an array, or work with arrays: it is not entered again.
    """
    now = read_entries(details, sheet, area)
    # The cells between are of another kind, most often: each kind is alike for itself.
    others = [at for at in cells_of(area) if at not in targets]
    codes = {
        at: code
        for these in (targets, others)
        for one, code in number_formats(details, sheet, columns_of(these))
        for at in cells_of(one)
    }
    held = {
        (area.first_row + down, area.first_column + right): entry
        for down, line in enumerate(now)
        for right, entry in enumerate(line)
    }
    between = held.keys() - targets.keys()
    if any(isinstance(held[at], Formula) for at in between):
        return None
    prefixed = prefixed_texts(details, sheet, [at for at in between if isinstance(held[at], str)])
    whole = {at: Target(held[at], codes[at], at in prefixed) for at in between}
    for at, target in targets.items():
        code = codes[at] if target.number_format is None else target.number_format
        whole[at] = Target(target.entry, code, target.is_prefixed)
    return whole


def prefixed_texts(details: ExcelDetails, sheet: xw.Sheet, texts: Iterable[At]) -> frozenset[At]:
    """Those of some cells that carry an apostrophe before their text.

    Parameters
    ----------
    details, sheet
        The sheet.
    texts
        (row, column) of each.
    """
    wanted = columns_of(texts)
    found = areas_alike(
        lambda areas: details.prefixes(sheet, [joined(areas)])[0],
        wanted,
        joining_of(details, "prefixes"),
    )
    return frozenset(at for area, is_prefixed in found if is_prefixed for at in cells_of(area))


def read_entries(details: ExcelDetails, sheet: xw.Sheet, cells: CellRange) -> list[list[Entry]]:
    """What the cells of a range hold now: values as stored, and formulas.

    Parameters
    ----------
    details, sheet, cells
        The range.
    """
    target = sheet.range(cells.address)
    values, formulas = details.values(target), grid(target.formula2, cells)
    return [
        [
            Formula(text) if is_formula(text, raw) else value_of(raw)
            for raw, text in zip(line, texts, strict=True)
        ]
        for line, texts in zip(values, formulas, strict=True)
    ]


def columns_of(cells: Iterable[At]) -> dict[int, list[int]]:
    """Cells as column to its rows, ascending."""
    found: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        found.setdefault(column, []).append(row)
    return found


def around(cells: Iterable[At]) -> CellRange:
    """The smallest range that holds some cells."""
    rows, columns = zip(*cells, strict=True)
    return CellRange(min(rows), min(columns), max(rows), max(columns))


def cut(entries: Entries, area: CellRange, part: CellRange) -> list[list[Entry]]:
    """The rows of a part of an area."""
    down, right = part.first_row - area.first_row, part.first_column - area.first_column
    return [
        list(line[right : right + part.n_columns]) for line in entries[down : down + part.n_rows]
    ]


def entries_at(entries: Entries, area: CellRange) -> Iterator[tuple[At, Entry]]:
    """Each cell of an area with what it holds."""
    for row, line in enumerate(entries, area.first_row):
        for column, entry in enumerate(line, area.first_column):
            yield (row, column), entry


def codes_at(formats: Formats) -> dict[At, str]:
    """The number format of each cell."""
    return {at: code for area, code in formats for at in cells_of(area)}
