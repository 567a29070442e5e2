"""What callers hand over to be written: checked, made plain, laid over what a sheet holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from xlportfolio.errors import InputError
from xlportfolio.values import CellError, Value
from xlportfolio.wording import counted
from xlportfolio.workbook.editing.cellxml import cell_content
from xlportfolio.workbook.protocol import Formula, SheetContents, Writable
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    quote_sheet,
)


def checked_rows(rows: Sequence[Sequence[Writable]], reference: str) -> list[list[Any]]:
    """The rows as lists, all of one length."""
    expected = f"Rows for {reference} must be a list of rows, such as [[1.0, 'x'], [2.0, 'y']]"
    if isinstance(rows, (str, bytes, dict)) or not isinstance(rows, Iterable):
        raise InputError(f"{expected}; got {type(rows).__name__}.")
    lines: list[list[Any]] = []
    for number, row in enumerate(rows, 1):
        if isinstance(row, (str, bytes, dict)) or not isinstance(row, Iterable):
            raise InputError(f"{expected}; row {number} is {row!r:.60}.")
        line = list(row)
        if lines and len(line) != len(lines[0]):
            raise InputError(
                f"Row {number} for {reference} has {counted(len(line), 'value')} and row 1 "
                f"has {len(lines[0])}; expected rows of one length. Fill the gaps with None."
            )
        lines.append(line)
    return lines


def block_of(cells: CellRange, rows: Sequence[Sequence[object]], reference: str) -> CellRange:
    """The range that rows fill from the top-left cell of another.

    Raises
    ------
    InputError
        If they do not have the shape of the range, or do not fit on the sheet.
    """
    n_rows, n_columns = len(rows), len(rows[0])
    is_one_cell = cells.n_rows == cells.n_columns == 1
    if not is_one_cell and (cells.n_rows, cells.n_columns) != (n_rows, n_columns):
        raise InputError(
            f"{reference} has {counted(cells.n_rows, 'row')} and "
            f"{counted(cells.n_columns, 'column')}, the values have {n_rows:,} and {n_columns:,}; "
            f"name the top-left cell {cell_address(cells.first_row, cells.first_column)} alone, or "
            "give values of that shape."
        )
    last_row, last_column = cells.first_row + n_rows - 1, cells.first_column + n_columns - 1
    if last_row > LAST_ROW or last_column > LAST_COLUMN:
        raise InputError(
            f"{counted(n_rows, 'row')} and {counted(n_columns, 'column')} do not fit on the sheet "
            f"from {reference}; write fewer, or start further up or left."
        )
    return CellRange(cells.first_row, cells.first_column, last_row, last_column)


def plain_value(value: Any, where: str) -> Writable:
    """A value as one of the types that a cell holds; numpy scalars and Decimal become numbers."""
    if type(value).__module__ == "numpy":
        value = _from_numpy(value)
    if isinstance(value, str):
        return value or None  # only a formula gives a text of no characters
    if isinstance(value, datetime):
        return _plain_datetime(value)
    if isinstance(value, Formula) and not isinstance(value.text, str):
        raise InputError(
            f"{where} cannot hold a formula of type {type(value.text).__name__}; expected a text, "
            "as in Formula('=SUM(A1:A9)')."
        )
    if value is None or isinstance(value, (bool, Formula, CellError, date, time)):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, (Real, Decimal)):
        return float(value)
    raise InputError(
        f"{where} cannot hold {value!r:.60} of type {type(value).__name__}; expected None, a "
        "number, text, True or False, a date, a CellError or a Formula."
    )


def _from_numpy(value: Any) -> Any:
    """A numpy scalar as Python's; nanoseconds would come out as a count otherwise."""
    if value.ndim:
        return value
    if value.dtype.kind in "mM":
        moment = value.astype(f"{value.dtype.kind}8[us]").item()
        return math.nan if moment is None else moment
    return value.item()


def _plain_datetime(value: datetime) -> datetime:
    """A pandas Timestamp as a datetime; NaT, which equals nothing, is left to be refused."""
    if type(value) is datetime or value != value:
        return value
    return datetime.combine(value.date(), value.time(), value.tzinfo)


def value_as_read(value: Writable) -> Value:
    """A written value as `read` gives it back."""
    match value:
        case None | bool() | str() | CellError():
            return value
        case int() | float():
            return float(value)
        case datetime():
            return value
        case date():
            return datetime(value.year, value.month, value.day)
        case time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return (seconds + value.microsecond / 1e6) / 86_400
    return None


def is_there_already(contents: SheetContents, row: int, column: int, value: Writable) -> bool:
    """Whether a cell holds exactly this value, and not as the result of a formula."""
    if isinstance(value, Formula) or (row, column) in contents.formulas:
        return False
    present, new = contents.rows.get(row, {}).get(column), value_as_read(value)
    return type(present) is type(new) and present == new


def compared(
    known: SheetContents, sheet: str, block: CellRange, rows: list[list[Any]], *, date1904: bool
) -> tuple[list[tuple[int, int]], dict[tuple[int, int], Writable]]:
    """The cells of a block that hold their values already, and the plain values of the others.

    Raises
    ------
    InputError
        If a value is of a type that no cell holds.
    WorkbookError
        If a cell cannot hold its value.
    """
    same: list[tuple[int, int]] = []
    changed: dict[tuple[int, int], Writable] = {}
    for row, line in enumerate(rows, block.first_row):
        for column, value in enumerate(line, block.first_column):
            plain: Writable = value
            if type(value) is not float or not math.isfinite(value):
                # What most cells take, a number, needs none of this.
                address = cell_address(row, column)
                plain = plain_value(value, f"{quote_sheet(sheet)}!{address}")
                cell_content(plain, sheet, address, date1904=date1904)
            if is_there_already(known, row, column, plain):
                same.append((row, column))
            else:
                changed[row, column] = plain
    return same, changed


def with_edits(contents: SheetContents, edits: Mapping[tuple[int, int], Writable]) -> SheetContents:
    """The contents of a sheet as they will be: a formula that was not computed has no value."""
    if not edits:
        return contents
    rows = dict(contents.rows)
    formats = dict(contents.formats)
    by_row: dict[int, dict[int, Value]] = {}
    for (row, column), value in edits.items():
        by_row.setdefault(row, {})[column] = value_as_read(value)
    for row, values in by_row.items():
        rows[row] = {
            column: value
            for column, value in {**rows.get(row, {}), **values}.items()
            if value is not None
        }
        formats[row] = {
            column: code for column, code in formats.get(row, {}).items() if column in rows[row]
        }
    formulas = contents.formulas - edits.keys()
    formulas |= {cell for cell, value in edits.items() if isinstance(value, Formula)}
    return replace(
        contents,
        rows={row: rows[row] for row in sorted(rows) if rows[row]},
        formats={row: codes for row, codes in formats.items() if codes},
        formulas=frozenset(formulas),
    )
