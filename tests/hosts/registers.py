"""A register of projects in memory, PF Setup as it is read back, and what a person types."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path

from xlportfolio.values import Value
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.choices import (
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredTable,
)
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import Mapping
from xlportfolio.workbook.mapping.setup_sheet import setup_sheet
from xlportfolio.workbook.protocol import SheetContents

WORKED_EXAMPLE = Path(__file__).resolve().parents[2] / "workbooks" / "worked_example.xlsx"


Cells = dict[tuple[int, int], Value]


def sheet(name: str, cells: Cells) -> SheetContents:
    rows: dict[int, dict[int, Value]] = {}
    for (row, column), value in cells.items():
        if value is not None and value != "":
            rows.setdefault(row, {})[column] = value
    nothing: frozenset[int] = frozenset()
    return SheetContents(name, True, rows, {}, frozenset(), (), nothing, nothing)


def block(rows: list[list[Value]], top: int = 1, left: int = 1) -> Cells:
    return {
        (top + i, left + k): float(v) if isinstance(v, int) else v
        for i, row in enumerate(rows)
        for k, v in enumerate(row)
    }


def as_read(description: SheetDescription, typed: Cells | None = None) -> SheetContents:
    """PF Setup as it would be read back, with what a person typed into it."""
    cells: Cells = {}
    for at, cell in description.cells.items():
        value = cell.value
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        cells[at] = float(value) if isinstance(value, int) else value
    return sheet("PF Setup", {**cells, **(typed or {})})


REGISTER: list[list[Value]] = [
    ["Project ID", "Project name", "Whole life cost (£m)", "Price", "Start date", "Fit", "Note"],
    ["P1", "Bridge", 12.0, 3.0, datetime(2026, 4, 1), 4.0, "x"],
    ["P2", "Road", 7.5, 2.0, datetime(2026, 6, 1), 2.0, "y"],
    ["P3", "Station", 3.25, 9.0, datetime(2027, 1, 1), 5.0, "z"],
]


def mapped(*sheets: SheetContents) -> tuple[list[FoundTable], Mapping]:
    found = [table for contents in sheets for table in find_on_sheet(contents)]
    return found, map_tables(found)


def header_of(mapping: Mapping, field: str, table: str = "projects") -> str:
    return mapping.of(table, "main")[0].fields[field].header


def row_of(contents: SheetContents, *texts: str) -> int:
    """The first row of PF Setup that begins with these texts."""
    for row, values in sorted(contents.rows.items()):
        if [values.get(k) for k in range(1, len(texts) + 1)] == list(texts):
            return row
    raise LookupError(texts)


CHOICE = 7


def projects_choice(*fields: StoredField, **said: object) -> StoredMapping:
    table = StoredTable("projects", "Register", "A1:G4", fields=fields)
    return StoredMapping((dataclasses.replace(table, **said),))  # type: ignore[arg-type]


def by_hand(field: str, *texts: str, place: str = "") -> StoredField:
    return StoredField(field, tuple(map(StoredHeader, texts)), chosen="by hand", place=place)


def two_registers() -> tuple[list[FoundTable], Mapping]:
    other = [list(row) for row in REGISTER]
    other[0][2] = "Cost (£m)"
    return mapped(sheet("Register", block(REGISTER)), sheet("New list", block(other)))


def typed(
    stored: StoredMapping, choices: dict[tuple[str, ...], Value], column: int = CHOICE
) -> SheetContents:
    contents = as_read(setup_sheet(stored))
    return as_read(
        setup_sheet(stored),
        {(row_of(contents, *texts), column): value for texts, value in choices.items()},
    )
