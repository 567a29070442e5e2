"""Find what was stored again: a table by its sheet and headers, a column by its header.

Rows may have been added above or below and columns moved meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from xlportfolio.errors import InputError
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import one_line
from xlportfolio.workbook.mapping.choices import StoredHeader, StoredTable, at, nearest, plain
from xlportfolio.workbook.references import CellRange, cell_address, parse_cell, sheet_reference

_CELL = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_WITH_CELL = re.compile(rf"(.*?)\s*\[({_CELL})\]", re.DOTALL)
_AT_CELLS = re.compile(rf"({_CELL})\s*[:–-]\s*({_CELL})")
_SOME_HEADERS = 0.3  # share of the headers that tells a table on its own sheet, wherever it is
_SAME_CORNER = 0.9
_SAME_HEADERS = 0.8  # share of the headers that tells a table on a renamed sheet


def match_tables(
    stored: Sequence[StoredTable], found: Sequence[tuple[FoundTable, str]]
) -> dict[int, int]:
    """Which found table each stored one is.

    Parameters
    ----------
    stored
        Tables as they were stored.
    found
        Tables of the workbook, each with the canonical table that it is mapped to, "" for none; one
        may stand there twice, such as projects with their ratings beside them.

    Returns
    -------
    dict
        Position in `stored` -> position in `found`, without those that were not found again.
    """
    matched: dict[int, int] = {}
    taken: set[int] = set()
    offers = [
        (score + (0.4 if canonical == table.table else 0.0), i, k)
        for i, table in enumerate(stored)
        for k, (one, canonical) in enumerate(found)
        if (score := _likeness(table, one)) > 0
    ]
    # The best pair first, so that of two tables on a sheet each finds its own.
    for _, i, k in sorted(offers, key=lambda offer: (-offer[0], offer[1], offer[2])):
        if i not in matched and k not in taken:
            matched[i] = k
            taken.add(k)
    return matched


def _likeness(stored: StoredTable, found: FoundTable) -> float:
    if stored.excel_table and plain(stored.excel_table) == plain(found.excel_table or ""):
        return 10.0
    same_sheet = plain(stored.sheet) == plain(found.sheet)
    wanted = {plain(one_line(h.text)) for field in stored.fields for h in field.headers}
    wanted.discard("")
    there = {plain(column.header) for column in found.columns}
    share = len(wanted & there) / len(wanted) if wanted else 0.0
    if not same_sheet:
        return share if len(wanted) >= 3 and share >= _SAME_HEADERS else 0.0
    near = _nearness(stored.range, found.range)
    if wanted and share < _SOME_HEADERS and near < _SAME_CORNER:
        return 0.0  # another table that merely stands on the sheet
    if not wanted and not near and stored.range:
        return 0.0
    return 2.0 + 4.0 * share + near


def _nearness(range_text: str, found: CellRange) -> float:
    """1 for the same rectangle, 0.9 for the same corner, less for one that overlaps, else 0."""
    try:
        stored = CellRange.parse(range_text)
    except InputError:
        return 0.0
    if stored == found:
        return 1.0
    corner = (stored.first_row, stored.first_column)
    if corner == (found.first_row, found.first_column):
        return _SAME_CORNER
    return 0.5 if stored.overlaps(found) else 0.0


def table_not_found(stored: StoredTable, found: Sequence[FoundTable]) -> str:
    """The sentence for a stored table that is not there any more."""
    sheets = list(dict.fromkeys(table.sheet for table in found))
    named = stored.excel_table or f"{stored.sheet}!{stored.range}"
    if not any(plain(sheet) == plain(stored.sheet) for sheet in sheets):
        where = nearest(stored.sheet, sheets, otherwise="no table was found on any sheet.")
        return f'There is no sheet "{stored.sheet}" with a table on it{at(stored.place)}{where}'
    return (
        f'The table "{named}" was not found again on sheet "{stored.sheet}"{at(stored.place)}; '
        "correct its sheet and range, or delete its choices."
    )


def find_columns(
    header: StoredHeader, stored: StoredTable, found: FoundTable, place: str
) -> list[int]:
    """The columns that a person named: by header, by cell, or by a range of header cells.

    Raises
    ------
    InputError
        If there is no such header, or more than one.
    """
    matches = matching_columns(header, stored, found)
    if not matches:
        known = [column.header for column in found.columns if column.header]
        raise InputError(
            f'"{header.text}" is not a header of {_named(found)}{at(place)}'
            f"{nearest(header.text, known, otherwise='expected one of its headers.')}"
        )
    if len(matches) > 1 and not _AT_CELLS.fullmatch(header.text.strip()):
        cells = " or ".join(f"[{cell_address(*found.cell(None, k))}]" for k in matches[:4])
        raise InputError(
            f'The header "{header.text}" stands {len(matches)} times in {_named(found)}'
            f"{at(place)}; add the cell that is meant, {cells}."
        )
    return matches


def matching_columns(header: StoredHeader, stored: StoredTable, found: FoundTable) -> list[int]:
    """The columns that a header, with its cell where it stands several times, may mean."""
    text = header.text.strip()
    if matches := _by_text(header.text, found):
        return _by_cell(matches, header.cell, stored, found)
    if split := _WITH_CELL.fullmatch(text):
        return _by_cell(_by_text(split[1], found), split[2], stored, found)
    if span := _AT_CELLS.fullmatch(text):
        cells = CellRange.parse(f"{span[1]}:{span[2]}")
        return [k for k in range(len(found.columns)) if cells.contains(*found.cell(None, k))]
    return [k for k in range(len(found.columns)) if _is_at(found, k, text)]


def _named(found: FoundTable) -> str:
    return sheet_reference(found.sheet, found.range)


def _by_text(text: str, found: FoundTable) -> list[int]:
    """Columns of that header, as exactly as any is: as written, as read, then its last level."""
    wanted = one_line(text)

    def whole(column: FoundColumn) -> bool:
        return plain(column.header) == plain(wanted)

    def innermost(column: FoundColumn) -> bool:
        return (
            bool(wanted) and len(column.levels) > 1 and plain(column.heading.text) == plain(wanted)
        )

    tests: tuple[Callable[[FoundColumn], bool], ...] = (
        lambda column: column.header == text,
        lambda column: column.header == wanted,
        whole,
        innermost,
    )
    for test in tests:
        matches = [k for k, column in enumerate(found.columns) if test(column)]
        if matches:
            return matches
    return []


def _by_cell(
    matches: Sequence[int], cell: str, stored: StoredTable, found: FoundTable
) -> list[int]:
    """Of columns with the same header those at the stored cell, where it is now or was then."""
    if len(matches) < 2 or not cell:
        return list(matches)
    there = [k for k in matches if _is_at(found, k, cell)]
    try:
        then = CellRange.parse(stored.range)
        row, column = parse_cell(cell)
    except InputError:
        return there or list(matches)
    moved = (
        row + found.range.first_row - then.first_row,
        column + found.range.first_column - then.first_column,
    )
    there += [k for k in matches if found.cell(None, k) == moved and k not in there]
    return there or list(matches)


def _is_at(found: FoundTable, k: int, cell: str) -> bool:
    try:
        return found.cell(None, k) == parse_cell(cell)
    except InputError:
        return False
