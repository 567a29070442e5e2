"""The workbook of random calls: written for every host, and read back."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl import load_workbook

from tests.hosts.random_calls import ERRORS, FIRST_ANSWER_COLUMN, Drawn, EmptyText, Truth
from xlportfolio.cell_values import cell_of
from xlportfolio.values import CellError

SHEET = "Calls"
_NOT_COMPUTED = "not computed"
_DAYS = range(36526, 73051)

Cells = dict[tuple[int, int], Any]
"""By row and column."""


def sheets_of(calls: Sequence[Drawn]) -> list[str]:
    """The sheet of each call: one for all, but one of its own for each of whole columns."""
    names: list[str] = []
    for one in calls:
        n = len(set(names) - {SHEET})
        names.append(f"Columns {n + 1}" if one.whole_columns else SHEET)
    return names


def write_book(path: Path, calls: Sequence[Drawn]) -> None:
    """Write the cells and the formulas of all calls.

    Parameters
    ----------
    path
        Of the workbook.
    calls
        With the cells that they fill.
    """
    with xlsxwriter.Workbook(str(path)) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        sheets: dict[str, Any] = {}
        for name, one in zip(sheets_of(calls), calls, strict=True):
            if name not in sheets:
                sheets[name] = book.add_worksheet(name)
            sheet = sheets[name]
            for (row, column), value in one.cells.items():
                _write_cell(sheet, row - 1, column - 1, value, date)
            area = one.answer
            first = (area.first_row - 1, area.first_column - 1)
            last = (area.last_row - 1, area.last_column - 1)
            if one.kind == "plain":
                sheet.write_formula(*first, one.text, None, _NOT_COMPUTED)
            elif one.kind == "array":
                sheet.write_array_formula(*first, *last, one.text, None, _NOT_COMPUTED)
            else:
                sheet.write_dynamic_array_formula(*first, *last, one.text, None, _NOT_COMPUTED)


def _write_cell(sheet: Any, row: int, column: int, value: Any, date: Any) -> None:
    if value is None:
        return
    if isinstance(value, EmptyText):
        sheet.write_formula(row, column, '=""', None, "")
    elif isinstance(value, Truth):
        sheet.write_formula(row, column, "=1=1" if value.value else "=1=2", None, value.value)
    elif isinstance(value, CellError):
        sheet.write_formula(row, column, ERRORS[value.code], None, value.code)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value, date if value in _DAYS else None)


def by_nobody(book: Path) -> Path:
    """A copy that names no program as its author: LibreOffice takes the values of Excel's files."""
    copy = book.with_stem(f"{book.stem}_by_nobody")
    with zipfile.ZipFile(book) as given, zipfile.ZipFile(copy, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name == "docProps/app.xml":
                content = content.replace(b"Microsoft Excel", b"nobody")
            made.writestr(name, content)
    return copy


def answers_in(path: Path) -> dict[str, Cells]:
    """What a host left where the answers stand, by sheet."""
    return {
        sheet.title: {
            (cell.row, cell.column): cell_of(cell.value)
            if isinstance(cell.value, datetime)
            else cell.value
            for row in sheet.iter_rows(min_col=FIRST_ANSWER_COLUMN)
            for cell in row
            if cell.value is not None
        }
        for sheet in load_workbook(path, data_only=True)
    }
