"""Sheets drawn as rows of cells, and what to ask of the tables found on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange

Rows = Sequence[Sequence[object]]


def sheet(
    rows: Rows,
    *,
    name: str = "Sheet1",
    at: str = "A1",
    merges: Iterable[str] = (),
    hidden_columns: Iterable[int] = (),
) -> SheetContents:
    """What is on a sheet whose rows begin at a cell; None is a blank cell."""
    corner = CellRange.parse(at)
    cells: dict[int, dict[int, Value]] = {}
    for i, row in enumerate(rows):
        for k, value in enumerate(row):
            if value is not None:
                read = float(value) if type(value) is int else value
                cells.setdefault(corner.first_row + i, {})[corner.first_column + k] = read  # type: ignore[assignment]
    return SheetContents(
        name=name,
        visible=True,
        rows=cells,
        formats={},
        formulas=frozenset(),
        merges=tuple(CellRange.parse(merge) for merge in merges),
        hidden_rows=frozenset(),
        hidden_columns=frozenset(hidden_columns),
    )


def only(tables: list[FoundTable]) -> FoundTable:
    assert len(tables) == 1, [table.range.address for table in tables]
    return tables[0]


def headers(table: FoundTable) -> list[str]:
    return [column.header for column in table.columns]


def column(table: FoundTable, header: str) -> list[Value]:
    return table.values(headers(table).index(header))
