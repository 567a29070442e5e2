"""Hand mapped tables to the core: raw values under canonical fields, and where each stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from xlportfolio.periods import Period, parse_period
from xlportfolio.records import TABLES
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.values import Value
from xlportfolio.workbook.mapping.choices import ChosenCriterion
from xlportfolio.workbook.mapping.evidence import key_of
from xlportfolio.workbook.mapping.grain import kind_column, kind_of_value, period_column
from xlportfolio.workbook.mapping.link_tables import turned_rows
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Mapping
from xlportfolio.workbook.mapping.units import Unit, money_unit_of, unit_of
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference

_T = TypeVar("_T")
_SHARED_BY_OPTIONS = (
    "project_id",
    "name",
    "programme",
    "category",
    "department",
    "sponsor",
    "manager",
)


@dataclass(frozen=True)
class LocatedTable:
    """A source table, its sheet, and the cell of each of its values.

    `cells[i][k]` is the address of `source.rows[i][k]`, such as "C5", or None where the value was
    not in a cell of its own; `headers[k]` the address of the header. `is_joined` says that its
    rows add columns to rows of another table, and are none of their own. `records[i]` is the
    position of `source.rows[i]` among the records of the found table; there are none where a row
    was made of several.
    """

    source: SourceTable
    sheet: str
    cells: tuple[tuple[str | None, ...], ...]
    headers: tuple[str | None, ...]
    is_joined: bool = False
    records: tuple[int, ...] = ()

    def cell(self, row: int | None, column: int | None) -> str | None:
        """The address of a value; of a header without a row, of the row's key without a column."""
        if row is None:
            return None if column is None else self.headers[column]
        if column is not None:
            return self.cells[row][column]
        return next((cell for cell in self.cells[row] if cell is not None), None)

    def reference(self, row: int | None, column: int | None) -> str | None:
        """The cell with its sheet: "Projects!C5"."""
        cell = self.cell(row, column)
        return None if cell is None else sheet_reference(self.sheet, CellRange.parse(cell))


def located_tables(mapping: Mapping) -> list[LocatedTable]:
    """Read the values of every mapped table that is used, main tables of a kind first."""
    return [
        located_table(table)
        for table in mapping.tables
        if table.role != "alternative" and (table.fields or table.constants)
    ]


def criteria_table(criteria: Sequence[ChosenCriterion]) -> LocatedTable:
    """The criteria that a person chose in PF Setup or a mapping file, as a table on no sheet."""
    fields = ("criterion", "weight", "direction", "scale_min", "scale_max")
    rows = tuple(
        (one.criterion, one.weight, one.direction, one.scale_min, one.scale_max) for one in criteria
    )
    columns = tuple(SourceColumn(field, field.replace("_", " ")) for field in fields)
    nowhere = (None,) * len(fields)
    return LocatedTable(
        SourceTable("criteria", "the mapping file", columns, rows),
        "",
        (nowhere,) * len(rows),
        nowhere,
    )


@dataclass(frozen=True)
class _Column:
    source: SourceColumn
    column: int | None
    constant: Value = None


def located_table(table: MappedTable) -> LocatedTable:
    """Read the values of a mapped table."""
    in_order = [table.fields[name] for name in TABLES[table.table].fields if name in table.fields]
    columns = [column for field in in_order for column in _columns(table, field)]
    columns += [
        _Column(SourceColumn(name, table.found.sheet), None, value)
        for name, value in table.constants
        if name not in table.fields
    ]
    if table.table == "projects" and table.found.sections and "programme" not in table.fields:
        columns.append(_Column(SourceColumn("programme", "section"), None))
    rows: list[tuple[Value, ...]] = []
    cells: list[tuple[str | None, ...]] = []
    records: list[int] = []  # of the rows that are kept: a blank one is not
    turned = turned_rows(table) if table.table == "links" else frozenset()
    for record in range(len(table.found.records)):
        row, places = _row(table, columns, record)
        if record in turned:
            row, places = _turn(columns, row), _turn(columns, places)
        if any(
            value is not None
            for value, column in zip(row, columns, strict=True)
            if column.column is not None
        ):
            rows.append(row)
            cells.append(places)
            records.append(record)
    headers = tuple(
        None if column.column is None else cell_address(*table.found.cell(None, column.column))
        for column in columns
    )
    source = SourceTable(
        table.table, table.label, tuple(column.source for column in columns), tuple(rows)
    )
    is_joined = table.role == "joined"
    located = LocatedTable(
        source, table.found.sheet, tuple(cells), headers, is_joined, tuple(records)
    )
    if table.table == "projects" and is_joined:
        return _side_by_side(located, table, records)
    return located


def _columns(table: MappedTable, field: MappedField) -> list[_Column]:
    if field.serves is not None:
        return []  # the core knows that one of cost and budget serves for both
    spec = TABLES[table.table].fields[field.field]
    if spec.is_output:
        return []  # what a run proposed is no ground for the next
    parts = list(field.columns)
    result = []
    for part in parts:
        column = table.found.columns[part.column]
        if spec.kind in ("money", "profile"):
            unit = money_unit_of(table.found, part.column)
            if unit.text is None and len(parts) > 1:
                unit = Unit(field.unit, field.currency, field.scale)  # as their total says
        else:
            heading = column.heading
            unit = Unit(heading.unit, heading.currency, heading.scale)
            if spec.kind == "fte" and unit.text is None:
                unit = Unit(field.unit)
        result.append(
            _Column(
                SourceColumn(
                    field=field.field,
                    header=column.header,
                    unit=unit.text,
                    scale=unit.scale if spec.kind in ("money", "profile") else None,
                    currency=unit.currency if spec.kind in ("money", "profile") else None,
                    period=part.period,
                    kind=part.kind,
                    criterion=part.criterion,
                ),
                part.column,
            )
        )
    total = field.column
    if (
        spec.kind == "profile"
        and table.table == "projects"
        and total in field.subtotals
        and all(part.column != total for part in parts)
        and len(parts) > 1
    ):
        # The total goes along to be compared with its parts; the core does not add it again.
        unit = unit_of(table.found, total)
        header = table.found.columns[total].header
        result.append(
            _Column(SourceColumn(field.field, header, unit.text, unit.scale, unit.currency), total)
        )
    return result


def _row(
    table: MappedTable, columns: Sequence[_Column], record: int
) -> tuple[tuple[Value, ...], tuple[str | None, ...]]:
    row: list[Value] = []
    places: list[str | None] = []
    for column in columns:
        if column.column is None:
            value = column.constant
            if column.source.field == "programme" and column.source.header == "section":
                value = table.found.sections.get(table.found.records[record])
            row.append(value)
            places.append(None)
            continue
        at = record
        value = table.found.value(record, column.column)
        if value is None and record and _is_shared(table, column.source.field):
            at, value = 0, table.found.value(0, column.column)
        row.append(value)
        places.append(cell_address(*table.found.cell(at, column.column)))
    return tuple(row), tuple(places)


def _turn(columns: Sequence[_Column], row: tuple[_T, ...]) -> tuple[_T, ...]:
    """A row of a link with its two ends exchanged."""
    at = {column.source.field: k for k, column in enumerate(columns)}
    start, end = at["from"], at["to"]
    turned = list(row)
    turned[start], turned[end] = row[end], row[start]
    return tuple(turned)


def _is_shared(table: MappedTable, field: str) -> bool:
    """Whether a form says the field once for all the options beside each other."""
    return table.found.grid.turned and "option" in table.fields and field in _SHARED_BY_OPTIONS


def _side_by_side(
    located: LocatedTable, table: MappedTable, records: Sequence[int]
) -> LocatedTable:
    """Turn a joined table of a row for each project, period and kind into one row per project."""
    key = next(iter(located.source.positions("project_id")), None)
    period, kind = period_column(table), kind_column(table)
    if key is None or (period is None and kind is None):
        return located
    keys = [key_of(row[key]) for row in located.source.rows]
    if len(set(keys)) == len(keys):
        return located
    money = [
        k
        for k, column in enumerate(located.source.columns)
        if TABLES["projects"].fields[column.field].kind == "profile" and column.period is None
    ]
    if not money:
        return located
    parts = [_part_of(table, record, (period, kind)) for record in records]
    return _spread(located, key, parts, money)


_Part = tuple[Period | None, str | None]  # the period and the kind of one sum
_WHOLE: _Part = (None, None)


def _spread(
    located: LocatedTable, key: int, parts_of_rows: Sequence[_Part], money: Sequence[int]
) -> LocatedTable:
    """One row for each project, with a column for each of its money's periods and kinds."""
    parts = list(dict.fromkeys(part for part in parts_of_rows if part != _WHOLE))
    by_key: dict[str, dict[tuple[int, _Part], tuple[Value, str | None]]] = {}
    for i, row in enumerate(located.source.rows):
        part = parts_of_rows[i]
        cells = by_key.setdefault(key_of(row[key]), {})
        for k, value in enumerate(row):
            place = (k, part if k in money else _WHOLE)
            if value is not None and cells.get(place, (None, None))[0] is None:
                cells[place] = (value, located.cells[i][k])
    columns: list[tuple[int, _Part]] = [
        place
        for k in range(len(located.source.columns))
        for place in ([(k, part) for part in parts] if k in money else [(k, _WHOLE)])
    ]
    rows: list[tuple[Value, ...]] = []
    places: list[tuple[str | None, ...]] = []
    for cells in by_key.values():
        found = [cells.get(place, (None, None)) for place in columns]
        rows.append(tuple(value for value, _ in found))
        places.append(tuple(cell for _, cell in found))
    sources = [
        located.source.columns[k]
        if (when, kind) == _WHOLE
        else dataclasses.replace(
            located.source.columns[k],
            period=when,
            kind=kind if kind is not None else located.source.columns[k].kind,
        )
        for k, (when, kind) in columns
    ]
    return LocatedTable(
        SourceTable(located.source.table, located.source.label, tuple(sources), tuple(rows)),
        located.sheet,
        tuple(places),
        tuple(located.headers[k] for k, _ in columns),
    )


def _part_of(table: MappedTable, record: int, by: tuple[int | None, int | None]) -> _Part:
    """The period and the kind of money that a row is about."""
    period, kind = by
    return (
        None if period is None else parse_period(table.found.value(record, period)),
        None if kind is None else kind_of_value(table.found.value(record, kind)),
    )
