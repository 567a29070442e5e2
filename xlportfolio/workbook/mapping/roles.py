"""How tables of one kind relate: the table, further rows, further columns, or another table."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlportfolio.periods import parse_period
from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import fold, read_heading
from xlportfolio.workbook.mapping.evidence import key_of
from xlportfolio.workbook.mapping.grain import (
    all_keys,
    as_long_money,
    folded,
    keys_of,
    parent_of,
    why_register,
)
from xlportfolio.workbook.mapping.kinds import WEAK
from xlportfolio.workbook.mapping.model import MappedTable, Role

_COPY = re.compile(
    r"\b(old|copy|archive\w*|previous|prev|superseded|backup|bak|draft|v ?\d+|version \d+|obsolete|"
    r"do not use|last year|baseline|scenario|what if|test|tmp|temp|history|snapshot|before|bau|"
    r"original)\b"
)
_SAME_TABLE = 0.6  # share of headers two copies of one table have in common
_KEYS_OF_PROJECT = 2  # its ID and its name
_SAME_ROWS = 0.5  # share of IDs that makes a table speak of the same projects


@dataclass(frozen=True)
class Settled:
    """The tables of projects with their roles, and what is none of them, with the reason."""

    tables: tuple[MappedTable, ...] = ()
    left_out: tuple[tuple[FoundTable, str], ...] = ()


def settle_projects(tables: Sequence[MappedTable]) -> Settled:
    """Of several tables of projects the current, visible, fullest one counts, with its parts.

    What lists the same projects is joined, or another version of the list; what lists others is
    an alternative. A register of entries about the projects is left out.
    """
    left_out: list[tuple[FoundTable, str]] = []
    candidates: list[MappedTable] = []
    for table in tables:
        parent = parent_of(table, tables)
        if parent:
            header = table.fields["project_id"].header
            left_out.append(
                (table.found, f'lists entries under its own "{header}" for projects of {parent}')
            )
        else:
            candidates.append(table)
    if not candidates:
        return Settled((), tuple(left_out))
    groups = {id(table): _group(table, candidates) for table in candidates}
    rows = {
        key: sum(len(member.found.records) for member in members) for key, members in groups.items()
    }
    main = _latest(
        max(candidates, key=lambda table: _rank(table, rows[id(table)])), candidates, groups
    )
    group = groups[id(main)]
    first = group[0] if _is_form(main) else main
    ids = set().union(*(all_keys(member) for member in group))
    settled: list[MappedTable] = []
    for table in candidates:
        role: Role
        if table is first:
            role = "main"
        elif any(table is member for member in group):
            role = "part"
        else:
            role = _relation(table, first, ids)
            why = _why_left_out(table, first, ids)
            if why:
                left_out.append((table.found, why))
                continue
        placed = _without_weak_name(as_long_money(table)) if role == "joined" else table
        settled.append(dataclasses.replace(placed, role=role))
    return Settled(tuple(settled), tuple(left_out))


def _why_left_out(table: MappedTable, main: MappedTable, ids: set[str]) -> str:
    """Why a table about the main table's projects is neither joined nor another list of them."""
    if _is_form(table) or _share_of(table, ids) < _SAME_ROWS:
        return ""
    mine, theirs = _headers(table), _headers(main)
    if _is_excerpt(table, ids) and len(mine - theirs) <= 1:
        return f"repeats {len(table.found.records)} of the projects of {main.found.sheet}"
    if len(mine & theirs) >= max(4, _SAME_TABLE * len(mine)):
        return ""  # an older version of the list, whatever it repeats
    return why_register(table)


def _is_excerpt(table: MappedTable, ids: set[str]) -> bool:
    """Whether it lists a few of the known projects once more: a top ten."""
    keys = set(keys_of(table))
    return _share_of(table, ids) >= 0.9 and len(keys) <= 0.5 * len(ids) / _KEYS_OF_PROJECT


def _latest(
    main: MappedTable, tables: Sequence[MappedTable], groups: Mapping[int, list[MappedTable]]
) -> MappedTable:
    """Of snapshots of one list, each headed by its date, the latest; else the table itself."""
    best, when = main, _date_of(main)
    if when is None:
        return main
    for table in tables:
        date = _date_of(table)
        if (
            date is None
            or date <= when
            or table.found.visible != main.found.visible
            or _is_copy(table) != _is_copy(main)
            or any(table is member for member in groups[id(main)])
        ):
            continue
        alike = len(_headers(table) & _headers(main)) / max(1, len(_headers(main)))
        if alike >= 0.8 and _share_of(table, all_keys(main)) >= _SAME_ROWS:
            best, when = table, date
    return best


def _date_of(table: MappedTable) -> tuple[int, int] | None:
    """The year and month that a sheet's name or a table's title says it is of."""
    for text in (table.found.sheet, table.found.title):
        heading = read_heading(text) if text else None
        period = heading.period if heading is not None else None
        period = period or (parse_period(text.strip()) if text else None)
        if period is not None and period.kind != "offset":
            first = period.start()
            return (first.year, first.month)
    return None


def settle_others(tables: list[MappedTable]) -> list[MappedTable]:
    """Of several tables of one kind the most certain visible one counts; further rows add up."""
    settled: list[MappedTable] = []
    for name in dict.fromkeys(table.table for table in tables):
        same = [table for table in tables if table.table == name]
        main = max(
            same,
            key=lambda t: (
                t.found.visible,
                not _is_copy(t),
                round(t.confidence, 2),
                len(t.fields),
                len(t.found.records),
            ),
        )
        for table in same:
            if table is main:
                role: Role = "main"
            elif table.table == "settings" or _adds(table, main):
                role = "part"
            else:
                role = "alternative"
            settled.append(dataclasses.replace(table, role=role))
    return settled


def is_whole(table: MappedTable) -> bool:
    """Whether what the canonical table cannot do without was found."""
    fields = table.fields
    if table.table == "projects":
        return "project_id" in fields or "name" in fields or bool(table.constants)
    needed = [spec.name for spec in TABLES[table.table].fields.values() if spec.required]
    if table.table == "ratings":
        needed.append("ratings")
    if table.table == "links":
        needed = ["from", "to"]
    return all(name in fields for name in needed)


def _headers(table: MappedTable) -> set[str]:
    return {column.heading.words for column in table.found.columns if column.levels}


def _is_copy(table: MappedTable) -> bool:
    return bool(_COPY.search(fold(table.found.sheet))) or bool(
        table.found.title and _COPY.search(fold(table.found.title.split(" | ")[0]))
    )


def _is_form(table: MappedTable) -> bool:
    return table.found.grid.turned and len(table.found.records) <= 6


def _rank(table: MappedTable, group_rows: int) -> tuple[bool, bool, bool, bool, float, int]:
    unique = len(set(keys_of(table))) / max(1, len(keys_of(table)))
    grain = unique >= 0.9 or "option" in table.fields
    has_both = "name" in table.fields and "project_id" in table.fields
    return (
        table.confidence > WEAK,
        table.found.visible,
        not _is_copy(table),
        grain,
        len(table.fields) + 2.0 * has_both + (1.5 if group_rows >= 5 else 0.0),
        group_rows,
    )


def _group(table: MappedTable, tables: list[MappedTable]) -> list[MappedTable]:
    """The tables that together are one: a form for each project, or a sheet for each programme."""
    members = [table]
    mine = _headers(table)
    seen = set(keys_of(table))
    for other in tables:
        if (
            other is table
            or _is_form(other) != _is_form(table)
            or _is_copy(other) != _is_copy(table)
        ):
            continue
        if other.found.visible != table.found.visible:
            continue
        common = len(mine & _headers(other)) / max(1, len(mine | _headers(other)))
        keys = set(keys_of(other))
        if common >= (0.6 if _is_form(table) else 0.8) and not seen & keys:
            members.append(other)
            seen |= keys
    return [member for member in tables if any(member is one for one in members)]


def _share_of(table: MappedTable, ids: set[str]) -> float:
    """The share of a table's rows that are about known projects, by ID or by name."""
    keys = [key for key in keys_of(table) if key]
    shared = sum(key in ids for key in keys) / max(1, len(keys))
    if shared < _SAME_ROWS:
        names = set(folded(table, table.fields.get("name")))
        shared = max(shared, len(names & ids) / max(1, len(names))) if names else shared
    return shared


def _without_weak_name(table: MappedTable) -> MappedTable:
    """A table that is joined by ID need not name its projects: a weak name is none."""
    name = table.fields.get("name")
    if name is None or name.certain or "project_id" not in table.fields:
        return table
    fields = {key: field for key, field in table.fields.items() if key != "name"}
    return dataclasses.replace(table, fields=fields)


def _relation(table: MappedTable, main: MappedTable, ids: set[str]) -> Role:
    if _share_of(table, ids) < _SAME_ROWS:
        return "alternative"
    mine, theirs = _headers(table), _headers(main)
    alike = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return "alternative" if alike >= _SAME_TABLE and len(mine & theirs) >= 4 else "joined"


def _adds(table: MappedTable, main: MappedTable) -> bool:
    """Whether another table of the kind holds further rows: one sheet for each programme."""
    if _is_copy(table) or not table.found.visible:
        return False
    mine, theirs = _headers(table), _headers(main)
    if table.table != "links" and len(mine & theirs) < 0.8 * len(mine | theirs):
        return False  # exclusions and prerequisites stand in tables of their own
    return not set(_rows_of(table)) & set(_rows_of(main))


def _rows_of(table: MappedTable) -> list[tuple[str, ...]]:
    keyed = [
        field.column
        for name, field in table.fields.items()
        if TABLES[table.table].fields[name].kind in ("id", "period", "word")
    ]
    columns = [table.found.values(column) for column in keyed]
    return [tuple(key_of(value) for value in row) for row in zip(*columns, strict=True)]
