"""What stands on a described sheet: the rows of its tables, its texts and links, its contents."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook as OpenpyxlWorkbook

from xlportfolio.values import Value
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.protocol import SheetContents

Row = dict[str, Cell]


def headers(description: SheetDescription, table: str) -> list[str]:
    area = next(one.range for one in description.tables if one.name == table)
    columns = range(area.first_column, area.last_column + 1)
    return [str(description.cells[area.first_row, column].value) for column in columns]


def rows(description: SheetDescription, table: str) -> list[Row]:
    """The cells of each row of a native table, by header."""
    area = next(one.range for one in description.tables if one.name == table)
    names = headers(description, table)
    return [
        {
            name: description.cells[row, area.first_column + k]
            for k, name in enumerate(names)
            if (row, area.first_column + k) in description.cells
        }
        for row in range(area.first_row + 1, area.last_row + 1)
    ]


def column(description: SheetDescription, table: str, header: str) -> list[object]:
    return [row[header].value for row in rows(description, table)]


def texts(description: SheetDescription) -> list[str]:
    """Every text on the sheet, row by row."""
    cells = sorted(description.cells.items())
    return [cell.value for _, cell in cells if isinstance(cell.value, str)]


def links(description: SheetDescription) -> dict[str, str]:
    """Where each linked text leads."""
    return {str(cell.value): cell.link for cell in description.cells.values() if cell.link}


def below(description: SheetDescription, title: str) -> list[str]:
    """The texts of the block under a title, in its columns, up to the next empty row."""
    row, first = max(at for at, cell in description.cells.items() if cell.value == title)
    merge = next(m for m in description.merges if (m.first_row, m.first_column) == (row, first))
    found = []
    while True:
        row += 1
        said = [
            str(description.cells[row, column].value)
            for column in range(first, merge.last_column + 1)
            if (row, column) in description.cells
            and description.cells[row, column].value is not None
        ]
        if not said:
            return found
        found.append(" | ".join(said))


def contents_of(description: SheetDescription) -> SheetContents:
    """The sheet as it is read again, without the way through a file."""
    cells: dict[int, dict[int, Value]] = {}
    for (row, column_), cell in description.cells.items():
        value = cell.value
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if value is not None:
            number = isinstance(value, int) and not isinstance(value, bool)
            cells.setdefault(row, {})[column_] = float(value) if number else value  # type: ignore[arg-type, assignment]
    return SheetContents(
        description.name, True, cells, {}, frozenset(), (), frozenset(), frozenset()
    )


def users_workbook(path: Path) -> Path:
    """A workbook of the user's with the sheets that our links lead to."""
    book = OpenpyxlWorkbook()
    book.worksheets[0].title = "Projects"
    book.create_sheet("Ratings")
    book.save(path)
    return path


def through_a_file(folder: Path, *descriptions: SheetDescription) -> Path:
    """A workbook of the user's with these sheets of ours."""
    out = folder / "with sheets.xlsx"
    with open_workbook(users_workbook(folder / "users.xlsx")) as book:
        for description in descriptions:
            book.put_sheet(description)
        book.save(out)
    return out
