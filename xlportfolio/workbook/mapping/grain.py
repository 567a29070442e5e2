"""What one row of a table stands for: a project, its money in one period, or a register's entry.

Only a table of at most one row for each project adds fields to the projects, or a table of money
whose rows a period or a kind of money tells apart. Anything else with a column of project IDs is
a register: of its many rows for a project none is the project's.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.values import Value
from xlportfolio.workbook.headings import read_heading
from xlportfolio.workbook.mapping.evidence import Evidence, key_of
from xlportfolio.workbook.mapping.model import MappedField, MappedTable
from xlportfolio.workbook.mapping.profiles import kinds_of_money

_ALIKE = 0.9  # share of rows that must be told apart; a list may hold a mistyped ID
_CHILD = 0.8  # share of a column's values that are keys of another table
_SAMPLE = 200
_NAMES_PROJECT = re.compile(r"\b(?:project|scheme|initiative|epic|proposal)\b")
_OF_PROJECTS = re.compile(r"\b(?:project|scheme|initiative|investment|programme|epic|proposal)\b")


def keys_of(table: MappedTable) -> list[str]:
    """The folded key of each record: its project ID, else its name."""
    field = table.fields.get("project_id") or table.fields.get("name")
    if field is None:
        return [key_of(value) for name, value in table.constants if name == "name"]
    return folded(table, field)


def all_keys(table: MappedTable) -> set[str]:
    """The folded IDs and names of its projects."""
    return set(folded(table, table.fields.get("project_id"))) | set(
        folded(table, table.fields.get("name"))
    )


def folded(table: MappedTable, field: MappedField | None) -> list[str]:
    """The folded values of a field that are not blank; [] without the field."""
    if field is None:
        return []
    return [key_of(v) for v in table.found.values(field.column) if v is not None]


def period_column(table: MappedTable) -> int | None:
    """The column that says which period a row is about, among those that hold no field."""
    used = {part.column for field in table.fields.values() for part in field.columns}
    for k in range(len(table.found.columns)):
        if k not in used and Evidence.of(table.found.values(k)).period >= 0.8:
            return k
    return None


def kind_column(table: MappedTable) -> int | None:
    """The column whose values are kinds of money, such as Capex and Opex."""
    measures = {
        part.column
        for field in table.fields.values()
        for part in field.columns
        if TABLES[table.table].fields[field.field].kind in ("money", "profile", "id")
    }
    for k in range(len(table.found.columns)):
        values = [v for v in table.found.values(k)[:_SAMPLE] if v is not None]
        if k in measures or not values or not all(isinstance(v, str) for v in values):
            continue
        if sum(kind_of_value(v) is not None for v in values) >= 0.8 * len(values):
            return k
    return None


def kind_of_value(value: Value) -> str | None:
    """The kind of money a cell names: "Capex" for "Capital"; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    heading = read_heading(value)
    return heading.kind or kinds_of_money(heading)


def repeats_projects(table: MappedTable) -> bool:
    """Whether several rows speak of one project, and no option tells them apart."""
    keys = _row_keys(table, _columns(table, ("project_id", "option")))
    if "project_id" not in table.fields:
        keys = _row_keys(table, _columns(table, ("name", "option")))
    return len(keys) > 1 and len(set(keys)) < _ALIKE * len(keys)


def is_long_money(table: MappedTable) -> bool:
    """Whether the rows are a project's money in one period or of one kind, and nothing else.

    Besides the money every field says the same in all rows of a project.
    """
    fields = TABLES[table.table].fields
    money = [name for name in table.fields if fields[name].kind == "profile"]
    kind = kind_column(table)
    by = [k for k in (period_column(table), kind) if k is not None]
    if not money or not by:
        return False
    key = _columns(table, ("project_id",)) or _columns(table, ("name",))
    grains = _row_keys(table, [*key, *by])
    if len(set(grains)) < _ALIKE * len(grains):
        return False
    other = [
        field.column
        for name, field in table.fields.items()
        if fields[name].kind not in ("profile",)
        and field.column not in (*key, *by)
        and field.serves is None
    ]
    n_projects = len(set(_row_keys(table, key)))
    return all(
        len(set(_row_keys(table, [*key, k]))) <= n_projects + 0.1 * len(grains) for k in other
    )


def as_long_money(table: MappedTable) -> MappedTable:
    """A joined table of long money without the field that its column of kinds was taken for.

    "Cost Type" says which money a row is, and is no category of the project.
    """
    if not repeats_projects(table) or not is_long_money(table):
        return table
    kind = kind_column(table)
    fields = {name: field for name, field in table.fields.items() if field.column != kind}
    return dataclasses.replace(table, fields=fields)


def why_register(table: MappedTable) -> str:
    """Why its rows are not joined to the projects; "" if they may be.

    A sentence without its subject, such as "has several rows for a project".
    """
    if not repeats_projects(table) or is_long_money(table):
        return ""
    keys = keys_of(table)
    period = period_column(table)
    if period is not None and _tells_apart(table, period):
        return (
            f"has {len(keys)} rows for {len(set(keys))} projects, one for each "
            f'"{table.found.columns[period].header}", and only cost and budget are read by period'
        )
    return (
        f"has {len(keys)} rows for {len(set(keys))} projects and no column of periods that tells "
        "them apart, so none of them is joined to the projects"
    )


def _tells_apart(table: MappedTable, column: int) -> bool:
    """Whether a project has at most one row for each value of a column."""
    key = _columns(table, ("project_id",)) or _columns(table, ("name",))
    grains = _row_keys(table, [*key, column])
    return len(set(grains)) >= _ALIKE * len(grains)


def parent_of(table: MappedTable, others: Sequence[MappedTable]) -> str:
    """The sheet whose projects a table with an ID of its own refers to; "" if it is no child.

    A change log or a list of orders has its own ID, and beside it a column of the projects' IDs.
    """
    own = table.fields.get("project_id")
    if own is None:
        return ""
    if _OF_PROJECTS.search(table.found.columns[own.column].heading.words):
        return ""
    for k, column in enumerate(table.found.columns):
        if k == own.column or not _NAMES_PROJECT.search(column.heading.words):
            continue
        values = {key_of(v) for v in table.found.values(k) if v is not None}
        if len(values) < 2:
            continue
        for other in others:
            key = other.fields.get("project_id")
            if other is table or key is None:
                continue
            theirs = folded(other, key)
            if len(set(theirs)) < _ALIKE * len(theirs) or set(theirs) & set(folded(table, own)):
                continue
            if len(values & set(theirs)) >= _CHILD * len(values):
                return other.found.sheet
    return ""


def _columns(table: MappedTable, names: Sequence[str]) -> list[int]:
    return [table.fields[name].column for name in names if name in table.fields]


def _row_keys(table: MappedTable, columns: Sequence[int]) -> list[tuple[str, ...]]:
    read = [table.found.values(k) for k in columns]
    rows = zip(*read, strict=True) if read else iter(())
    return [tuple(key_of(v) for v in row) for row in rows if row and row[0] is not None]
