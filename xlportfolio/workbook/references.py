"""Cell references as people write them: `Projects!A1:F40`, `$B$3`, `'My sheet'!C:C`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from xlportfolio.errors import InputError

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?([0-9]{1,7}):\$?([0-9]{1,7})")
_PLAIN_SHEET = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def column_letter(column: int) -> str:
    """Name column 1 "A", 27 "AA", 16384 "XFD".

    >>> column_letter(28)
    'AB'
    """
    letters = ""
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return letters


def column_number(letters: str) -> int:
    """Number column "A" 1, "AA" 27.

    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def cell_address(row: int, column: int) -> str:
    """Write row 3, column 2 as "B3"."""
    return f"{column_letter(column)}{row}"


def parse_cell(text: str) -> tuple[int, int]:
    """Read "B3" or "$B$3" as (row, column).

    Raises
    ------
    InputError
        If the text is not the address of a cell on a sheet.
    """
    match = _CELL.fullmatch(text.strip())
    if match:
        row, column = int(match[2]), column_number(match[1])
        if 1 <= row <= LAST_ROW and column <= LAST_COLUMN:
            return row, column
    raise InputError(f'"{text}" is not a cell address; expected one such as B3.')


def column_within_row(text: str, row: str) -> int | None:
    """The column of a cell reference that ends in its row's number; None for any other text.

    A sheet's XML names every cell: this is `parse_cell` for a reader that knows the row.

    >>> column_within_row("AB12", "12"), column_within_row("B12", "2")
    (28, None)
    """
    return _column_of_letters(text[: -len(row)]) if text.endswith(row) else None


@lru_cache(maxsize=LAST_COLUMN)
def _column_of_letters(letters: str) -> int | None:
    if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        return None
    column = column_number(letters)
    return column if column <= LAST_COLUMN else None


@dataclass(frozen=True, order=True)
class CellRange:
    """A rectangle of cells, 1-based, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @classmethod
    def parse(cls, text: str) -> CellRange:
        """Read "A1:F40", "B3", "C:D" (whole columns) or "3:5" (whole rows).

        >>> CellRange.parse("$B$2:A1")
        CellRange(first_row=1, first_column=1, last_row=2, last_column=2)
        """
        stripped = text.strip()
        if columns := _COLUMNS.fullmatch(stripped):
            ends = sorted(column_number(letters) for letters in columns.groups())
            if ends[1] <= LAST_COLUMN:
                return cls(1, ends[0], LAST_ROW, ends[1])
        elif rows := _ROWS.fullmatch(stripped):
            first, last = sorted(int(number) for number in rows.groups())
            if first >= 1 and last <= LAST_ROW:
                return cls(first, 1, last, LAST_COLUMN)
        else:
            start, _, end = stripped.partition(":")
            try:
                row_1, column_1 = parse_cell(start)
                row_2, column_2 = parse_cell(end or start)
            except InputError:
                pass
            else:
                return cls(
                    min(row_1, row_2),
                    min(column_1, column_2),
                    max(row_1, row_2),
                    max(column_1, column_2),
                )
        raise InputError(f'"{text}" is not a range; expected one such as A1:F40.')

    @property
    def address(self) -> str:
        """The range as "A1:F40", a single cell as "A1"."""
        first = cell_address(self.first_row, self.first_column)
        last = cell_address(self.last_row, self.last_column)
        return first if first == last else f"{first}:{last}"

    @property
    def n_rows(self) -> int:
        return self.last_row - self.first_row + 1

    @property
    def n_columns(self) -> int:
        return self.last_column - self.first_column + 1

    def has_row(self, row: int) -> bool:
        return self.first_row <= row <= self.last_row

    def contains(self, row: int, column: int) -> bool:
        return (
            self.first_row <= row <= self.last_row
            and self.first_column <= column <= self.last_column
        )

    def overlaps(self, other: CellRange) -> bool:
        return (
            self.first_row <= other.last_row
            and other.first_row <= self.last_row
            and self.first_column <= other.last_column
            and other.first_column <= self.last_column
        )


def quote_sheet(name: str) -> str:
    """Quote a sheet name for a formula or a link where it needs it.

    >>> quote_sheet("Bob's plan")
    "'Bob''s plan'"
    """
    looks_like_a_cell = _CELL.fullmatch(name) or re.fullmatch(r"[Rr]\d*([Cc]\d*)?|[Cc]\d*", name)
    if _PLAIN_SHEET.fullmatch(name) and not looks_like_a_cell:
        return name
    return "'" + name.replace("'", "''") + "'"


def sheet_reference(sheet: str, cells: CellRange) -> str:
    """Write a sheet and a range as one reference, `'My sheet'!A1:B2`."""
    return f"{quote_sheet(sheet)}!{cells.address}"


def split_reference(text: str) -> tuple[str, CellRange]:
    """Read "Projects!A1:F40" as its sheet and its range.

    Raises
    ------
    InputError
        If there is no sheet or no range in it.
    """
    sheet, mark, cells = text.rpartition("!")
    if not mark or not sheet.strip():
        raise InputError(f'"{text}" names no sheet; expected a reference such as Projects!A1:F40.')
    sheet = sheet.strip()
    if len(sheet) >= 2 and sheet[0] == sheet[-1] == "'":
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, CellRange.parse(cells)


def neighbours(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of rows or columns that stand side by side, each as its first and its last.

    Parameters
    ----------
    numbers
        Of the rows or columns, in their order.

    Examples
    --------
    >>> neighbours([2, 3, 4, 7])
    [(2, 4), (7, 7)]
    """
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
