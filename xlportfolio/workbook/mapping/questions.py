"""What was taken for granted in a mapping, and what is asked, each with its place."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.mapping.evidence import Evidence, key_of
from xlportfolio.workbook.mapping.grain import (
    is_long_money,
    kind_column,
    period_column,
    repeats_projects,
)
from xlportfolio.workbook.mapping.link_tables import dependent_first, turned_rows
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Question
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference

_MOST_OFFERED = 6


def place_of(found: FoundTable) -> str:
    """Where a found table stands, as a reference."""
    return sheet_reference(found.sheet, found.range)


def header_cell(found: FoundTable, column: int) -> str:
    """The address of a header, such as "C4"."""
    return cell_address(*found.cell(None, column))


def key_notes_of(table: MappedTable) -> list[str]:
    """A sentence on what serves as the key of projects that have no IDs; none for other tables."""
    name = table.fields.get("name")
    if table.table != "projects" or table.role != "main":
        return []
    if "project_id" in table.fields or name is None:
        return []
    values = [v for v in table.found.values(name.column) if v is not None]
    repeated = len(values) - len({key_of(v) for v in values})
    return [
        f'{place_of(table.found)} has no column of project IDs: "{name.header}" serves as the key'
        + (f", though {repeated} of its {len(values)} names are repeated." if repeated else ".")
    ]


def notes_of(table: MappedTable) -> list[str]:
    """Sentences on what was taken for granted in a table, such as cost that serves as budget."""
    if table.table == "links" and table.constants:
        said = " | ".join(table.fields[name].header for name in ("from", "to"))
        return [
            f'{place_of(table.found)} has no column of types: by "{said}" every link is '
            f"{table.constants[0][1]}."
        ]
    if table.table == "links" and turned_rows(table):
        depends, on = dependent_first(table)
        return [
            f'In {place_of(table.found)} "{depends}" is taken for the project that depends: it '
            f'requires "{on}", and in rows of Finish-to-start it follows it.'
        ]
    if table.table == "projects" and table.role == "joined":
        return _notes_of_long_money(table)
    if table.table != "projects" or table.role != "main":
        return []
    return [
        f'{place_of(table.found)} has no {field.field} column: "{field.header}" ({field.serves}) '
        "serves for both cost and budget."
        for field in table.fields.values()
        if field.serves is not None
    ]


def _notes_of_long_money(table: MappedTable) -> list[str]:
    if not repeats_projects(table) or not is_long_money(table):
        return []
    by = [k for k in (period_column(table), kind_column(table)) if k is not None]
    said = " and ".join(f'"{table.found.columns[k].header}"' for k in by)
    return [
        f"{place_of(table.found)} has several rows for each project: its money is read by {said}."
    ]


def questions_of(tables: Sequence[MappedTable]) -> list[Question]:
    """What a person has to say: which of two tables, and what a header means that matters."""
    questions = _without_money(tables)
    for table in tables:
        if table.role == "alternative":
            if table.found.visible:
                questions.append(_which_table(table, tables))
            continue
        for field in table.fields.values():
            spec = TABLES[table.table].fields[field.field]
            if field.certain or field.serves or not (spec.consequential or spec.required):
                continue
            if _is_blank(table, field):
                continue  # whatever it means, it says nothing yet
            questions.append(_which_column(table, field))
    return questions


def _without_money(tables: Sequence[MappedTable]) -> list[Question]:
    """A question where no table says what the projects cost, though columns hold amounts."""
    projects = [t for t in tables if t.table == "projects" and t.role != "alternative"]
    if not projects or any({"cost", "budget"} & set(table.fields) for table in projects):
        return []
    main = projects[0]
    used = {part.column for field in main.fields.values() for part in field.columns}
    amounts = [
        k
        for k, column in enumerate(main.found.columns)
        if k not in used and column.levels and _holds_amounts(main.found, k)
    ]
    if not amounts:
        return []
    headers = tuple(main.found.columns[k].header for k in amounts[:_MOST_OFFERED])
    offered = ", ".join(f'"{header}"' for header in headers)
    return [
        Question(
            f"What do the projects of {place_of(main.found)} cost? No header says cost or budget; "
            f"amounts stand under {offered}.",
            "projects",
            "cost",
            main.found.sheet,
            header_cell(main.found, amounts[0]),
            headers,
        )
    ]


def _holds_amounts(found: FoundTable, column: int) -> bool:
    """Whether a column may hold money: its header names a currency, or its numbers are no ranks."""
    if any(heading.currency or heading.scale for heading in found.columns[column].levels):
        return True
    evidence = Evidence.of(found.values(column))
    if evidence.number < 0.5 or evidence.period >= 0.5 or evidence.is_rating:
        return False
    return evidence.unique < 0.98 or evidence.whole < 0.9  # unlike IDs


def _is_blank(table: MappedTable, field: MappedField) -> bool:
    """Whether nothing stands under the field's columns."""
    values = (value for part in field.columns for value in table.found.values(part.column))
    return all(value is None for value in values)


def _which_table(table: MappedTable, tables: Sequence[MappedTable]) -> Question:
    main = next(t for t in tables if t.table == table.table and t.role == "main")
    return Question(
        f"{place_of(main.found)} ({_size(main)}) and {place_of(table.found)} ({_size(table)}) both "
        f"look like the table of {table.table}. The first is used; to use the other, name it in "
        f"the mapping.",
        table.table,
        sheet=table.found.sheet,
        cell=cell_address(table.found.range.first_row, table.found.range.first_column),
        options=(place_of(main.found), place_of(table.found)),
    )


def _size(table: MappedTable) -> str:
    rows = len(table.found.records)
    return f"{rows} row{'s' if rows != 1 else ''}, {len(table.fields)} fields"


def _which_column(table: MappedTable, field: MappedField) -> Question:
    cell = header_cell(table.found, field.column)
    others = (
        " Or is it " + " or ".join(f'"{header}"' for header in field.alternatives[:3]) + "?"
        if field.alternatives
        else ""
    )
    named = f'"{field.header}"' if field.header else "the column without a header"
    place = sheet_reference(table.found.sheet, CellRange.parse(cell))
    return Question(
        f"Is {named} [{place}] the {field.field} of the {table.table} table? It is asked because "
        f"{field.why or 'the header is weak'}.{others}",
        table.table,
        field.field,
        table.found.sheet,
        cell,
        (field.header, *field.alternatives),
    )
