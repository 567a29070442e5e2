"""Map a workbook: take each found table for one of the portfolio's and settle how they relate."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import Heading, fold, read_heading
from xlportfolio.workbook.mapping.evidence import key_of
from xlportfolio.workbook.mapping.fields import fields_of
from xlportfolio.workbook.mapping.kinds import WEAK, Judged, judge, judge_again, rating_columns
from xlportfolio.workbook.mapping.model import (
    MappedField,
    MappedTable,
    Mapping,
    Question,
    Role,
)
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference
from xlportfolio.workbook.vocabulary import match_heading

_COPY = re.compile(
    r"\b(old|copy|archive\w*|previous|prev|superseded|backup|bak|draft|v ?\d+|version \d+|obsolete|"
    r"do not use|last year|baseline|scenario|what if|test|tmp|temp|history|snapshot|before|bau|"
    r"original)\b"
)
_KEYS = ("project_id", "name")
_SAME_TABLE = 0.6  # share of headers two copies of one table have in common
_SAME_ROWS = 0.5  # share of IDs that makes a table speak of the same projects


def map_tables(found: Sequence[FoundTable]) -> Mapping:
    """Map found tables to the tables and fields of a portfolio.

    Nothing is decided silently: what is not certain and would change a decision is a question,
    what was taken for granted a note, and what was left out is listed with its reason.
    """
    judged = [judge(table) for table in found]
    weights = [row for one in judged if (row := _weights_above(one)) is not None]
    criteria = _criteria_names([*judged, *weights])
    names = frozenset(criteria)
    if names:
        judged = [judge_again(one, names) for one in judged]
    keys = _project_keys(judged, criteria)
    if keys:
        # Knowing the projects, a column that lists them is known under any header.
        judged = [one if _is_settled(one) else judge_again(one, names, keys) for one in judged]
        judged += _ratings_across(judged, keys)
    kept = [one for one in judged if one.table is not None]
    if not any(one.table == "criteria" for one in kept):
        kept += weights
    mapped = [_mapped(one, criteria) for one in kept]
    ignored = tuple((one.found, one.why) for one in judged if one.table is None)
    mapped = [table for table in mapped if _is_whole(table)]
    projects = [table for table in mapped if table.table == "projects"]
    settled = _settle_projects(projects)
    others = [table for table in mapped if table.table != "projects"]
    if not any(table.table == "ratings" for table in others):
        others += _ratings_among(kept, settled, criteria)
    settled += _settle_others(others)
    settled = [
        table
        for table in settled
        if not (table.table == "projects" and table.confidence <= WEAK and table.role != "joined")
    ]
    return complete(settled, found, ignored)


def complete(
    tables: Sequence[MappedTable],
    found: Sequence[FoundTable],
    ignored: Sequence[tuple[FoundTable, str]] = (),
) -> Mapping:
    """The mapping of tables whose roles are settled: in order, with what is noted and asked."""
    ordered = sorted(tables, key=lambda table: _order(table, found))
    served = [_serve(table) for table in ordered]
    notes = [note for table in served for note in _notes(table)]
    return Mapping(tuple(served), tuple(_questions(served)), tuple(notes), tuple(ignored))


def map_as(found: FoundTable, table: str, mapping: Mapping) -> MappedTable:
    """Map a found table as the canonical table that a person says it is.

    Parameters
    ----------
    found
        The table, whatever it looks like.
    table
        Canonical table.
    mapping
        Of the rest of the workbook: its criteria and projects tell what the columns are.
    """
    judged = [
        dataclasses.replace(judge(mapped.found), table=mapped.table)
        for mapped in mapping.of("criteria", "main", "part")
    ]
    criteria = _criteria_names(judged)
    projects = mapping.of("projects", "main", "part")
    keys = frozenset(key for mapped in projects for key in _all_keys(mapped))
    one = judge(found, frozenset(criteria), keys)
    return _mapped(dataclasses.replace(one, table=table, confidence=1.0, why=""), criteria)


def _mapped(one: Judged, criteria: dict[str, str]) -> MappedTable:
    fields = fields_of(one, criteria)
    constants: tuple[tuple[str, str], ...] = ()
    if (
        one.table == "projects"
        and one.found.grid.turned
        and not {"project_id", "name"} & set(fields)
    ):
        constants = (("name", one.found.sheet),)
    found = one.found
    if one.table == "settings":
        found = dataclasses.replace(found, records=found.records[:1])  # the rest are remarks
    return MappedTable(
        one.table or "",
        found,
        fields,
        one.confidence,
        label=label_of(one.found),
        constants=constants,
    )


def _is_settled(one: Judged) -> bool:
    return one.table == "projects" and one.confidence > WEAK


def _project_keys(judged: Sequence[Judged], criteria: dict[str, str]) -> frozenset[str]:
    """Folded IDs and names of the projects that the workbook's main table of them lists."""
    tables = [_mapped(one, criteria) for one in judged if one.table == "projects"]
    settled = _settle_projects([table for table in tables if _is_whole(table)])
    return frozenset(
        key for table in settled if table.role in ("main", "part") for key in _all_keys(table)
    )


def label_of(found: FoundTable) -> str:
    """What people call a found table: its Excel table, else its sheet."""
    return found.excel_table or found.sheet


def place_of(found: FoundTable) -> str:
    """Where a found table stands, as a reference."""
    return sheet_reference(found.sheet, found.range)


def header_cell(found: FoundTable, column: int) -> str:
    """The address of a header, such as "C4"."""
    return cell_address(*found.cell(None, column))


def _criteria_names(judged: Sequence[Judged]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in judged:
        if one.table != "criteria":
            continue
        fields = fields_of(one, {})
        if "criterion" not in fields:
            continue
        for value in one.found.values(fields["criterion"].column):
            if isinstance(value, str) and value.strip():
                heading = read_heading(value)
                names.setdefault(heading.words, heading.text)
                names.setdefault(fold(value), heading.text)
    names.pop("", None)
    return names


def _weights_above(one: Judged) -> Judged | None:
    """Weights in the row over the headers of ratings: a table of criteria lying on its side."""
    found = one.found
    if one.table not in ("projects", "ratings", None) or found.grid.turned:
        return None
    for row in reversed(found.above):
        columns = [
            k
            for k, column in enumerate(found.columns)
            if isinstance(found.grid.own(row, column.line), float)
            and column.levels
            and one.evidence[k].is_rating
        ]
        if len(columns) < 3:
            continue
        said = [
            read_heading(value)
            for value in found.grid.rows.get(row, {}).values()
            if isinstance(value, str)
        ]
        label = next((heading for heading in said if "weight" in heading.words), None)
        if label is None:
            continue
        header = max(found.columns[k].header_line for k in columns)
        lines = tuple(found.columns[k].line for k in columns)
        sideways = FoundTable(
            sheet=found.sheet,
            grid=found.grid.turn(),
            block=CellRange(min(lines), min(row, header), max(lines), max(row, header)),
            columns=(
                FoundColumn(header, lines[0], (Heading("Criterion", "criterion"),)),
                FoundColumn(row, lines[0], (label,)),
            ),
            records=lines,
            header_lines=(),
            title=found.title,
            visible=found.visible,
        )
        return dataclasses.replace(judge(sideways), table="criteria", confidence=0.8)
    return None


def _ratings_among(
    kept: Sequence[Judged], projects: Sequence[MappedTable], criteria: dict[str, str]
) -> list[MappedTable]:
    """The ratings that stand in the table of projects, under the names of the criteria."""
    places = [table.found for table in projects if table.role in ("main", "part")]
    names = set(criteria.values())
    tables = []
    for one in kept:
        if not any(one.found is place for place in places):
            continue
        if not rating_columns(one.found, one.evidence, frozenset(criteria)):
            continue
        among = _mapped(dataclasses.replace(one, table="ratings", confidence=0.8), criteria)
        read = among.fields["ratings"]
        columns = tuple(part for part in read.columns if part.criterion in names)
        rated = dataclasses.replace(read, column=columns[0].column, columns=columns)
        key = among.fields.get("project_id")
        if key is not None:
            fields = {"project_id": key, "ratings": rated}
            tables.append(dataclasses.replace(among, fields=fields))
    return tables


def _ratings_across(judged: Sequence[Judged], projects: frozenset[str]) -> list[Judged]:
    """Ratings with the criteria down the side and the projects across: a table lying on its side.

    The columns left of the projects remain the table of criteria.
    """
    return [
        dataclasses.replace(judge(sideways), table="ratings", confidence=0.85, projects=projects)
        for one in judged
        if one.table == "criteria" and (sideways := _laid_on_its_side(one, projects)) is not None
    ]


def _laid_on_its_side(one: Judged, projects: frozenset[str]) -> FoundTable | None:
    found = one.found
    criterion = fields_of(one, {}).get("criterion")
    across = [
        k
        for k, column in enumerate(found.columns)
        if column.levels
        and key_of(column.heading.text) in projects
        and (one.evidence[k].filled == 0 or one.evidence[k].is_rating)
    ]
    if criterion is None or len(across) < 2:
        return None
    header = found.columns[across[0]].header_line
    names = found.columns[criterion.column].line
    lines = tuple(found.columns[k].line for k in across)
    criteria = tuple(
        FoundColumn(row, names, (read_heading(value),))
        for row in found.records
        if isinstance(value := found.grid.value(row, names), str)
    )
    # The cell before the IDs may name them, or the column under it.
    beside = read_heading(found.grid.value(header, lines[0] - 1))
    names_them = any(m.field in _KEYS and m.exact for m in match_heading(beside, "projects"))
    label = beside if names_them else Heading("Project", "project")
    corner = FoundColumn(header, lines[0] - 1, (label,))
    return FoundTable(
        sheet=found.sheet,
        grid=found.grid.turn(),
        block=CellRange(names, header, max(lines), max(found.records)),
        columns=(corner, *criteria),
        records=lines,
        header_lines=(names,),
        title=found.title,
        visible=found.visible,
        formulas=found.formulas,
    )


def _is_whole(table: MappedTable) -> bool:
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


def keys_of(table: MappedTable) -> list[str]:
    """The folded key of each record: its project ID, else its name."""
    field = table.fields.get("project_id") or table.fields.get("name")
    if field is None:
        return [key_of(value) for name, value in table.constants if name == "name"]
    return _folded(table, field)


def _folded(table: MappedTable, field: MappedField | None) -> list[str]:
    if field is None:
        return []
    return [key_of(v) for v in table.found.values(field.column) if v is not None]


def _all_keys(table: MappedTable) -> set[str]:
    return set(_folded(table, table.fields.get("project_id"))) | set(
        _folded(table, table.fields.get("name"))
    )


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


def _settle_projects(tables: list[MappedTable]) -> list[MappedTable]:
    if not tables:
        return []
    groups = {id(table): _group(table, tables) for table in tables}
    rows = {
        key: sum(len(member.found.records) for member in members) for key, members in groups.items()
    }
    main = max(tables, key=lambda table: _rank(table, rows[id(table)]))
    group = groups[id(main)]
    first = group[0] if _is_form(main) else main
    ids = set().union(*(_all_keys(member) for member in group))
    settled: list[MappedTable] = []
    for table in tables:
        role: Role
        if table is first:
            role = "main"
        elif any(table is member for member in group):
            role = "part"
        else:
            role = _relation(table, first, ids)
        settled.append(dataclasses.replace(table, role=role))
    return settled


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


def _relation(table: MappedTable, main: MappedTable, ids: set[str]) -> Role:
    keys = [key for key in keys_of(table) if key]
    shared = sum(key in ids for key in keys) / max(1, len(keys))
    if shared < _SAME_ROWS:
        names = set(_folded(table, table.fields.get("name")))
        shared = max(shared, len(names & ids) / max(1, len(names))) if names else shared
    if shared < _SAME_ROWS:
        return "alternative"
    if len(set(keys)) < 0.9 * len(keys) and not any(
        TABLES["projects"].fields[name].kind in ("money", "profile") for name in table.fields
    ):
        return "alternative" if table.confidence > WEAK else "joined"
    mine, theirs = _headers(table), _headers(main)
    alike = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    return "alternative" if alike >= _SAME_TABLE and len(mine & theirs) >= 4 else "joined"


def _settle_others(tables: list[MappedTable]) -> list[MappedTable]:
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


def _adds(table: MappedTable, main: MappedTable) -> bool:
    """Whether another table of the kind holds further rows: one sheet for each programme."""
    if _is_copy(table) or not table.found.visible:
        return False
    mine, theirs = _headers(table), _headers(main)
    if len(mine & theirs) < 0.8 * len(mine | theirs):
        return False
    return not set(_rows_of(table)) & set(_rows_of(main))


def _rows_of(table: MappedTable) -> list[tuple[str, ...]]:
    keyed = [
        field.column
        for name, field in table.fields.items()
        if TABLES[table.table].fields[name].kind in ("id", "period", "word")
    ]
    columns = [table.found.values(column) for column in keyed]
    return [tuple(key_of(value) for value in row) for row in zip(*columns, strict=True)]


def _order(table: MappedTable, found: Sequence[FoundTable]) -> tuple[int, int, int]:
    names = list(TABLES)
    role = {"main": 0, "part": 1, "joined": 2, "alternative": 3}[table.role]
    place = next((i for i, one in enumerate(found) if one is table.found), len(found))
    return names.index(table.table), role, place


def _serve(table: MappedTable) -> MappedTable:
    """Where only one of cost and budget exists it serves for both."""
    if table.table != "projects" or table.role == "joined":
        return table
    fields = dict(table.fields)
    for have, lack in (("cost", "budget"), ("budget", "cost")):
        if have in fields and lack not in fields and lack not in table.refused:
            fields[lack] = dataclasses.replace(
                fields[have],
                field=lack,
                certain=False,
                serves=have,
                alternatives=(),
                why=f"there is no {lack} column, so {have} serves for both",
            )
    order = list(TABLES["projects"].fields)
    return dataclasses.replace(table, fields={n: fields[n] for n in order if n in fields})


def _notes(table: MappedTable) -> list[str]:
    if table.table != "projects" or table.role not in ("main", "alternative"):
        return []
    notes = []
    where = place_of(table.found)
    name = table.fields.get("name")
    if table.role == "main" and "project_id" not in table.fields and name is not None:
        values = [v for v in table.found.values(name.column) if v is not None]
        repeated = len(values) - len({key_of(v) for v in values})
        notes.append(
            f'{where} has no column of project IDs: "{name.header}" serves as the key'
            + (f", though {repeated} of its {len(values)} names are repeated." if repeated else ".")
        )
    if table.role == "main":
        notes += [
            f'{where} has no {field.field} column: "{field.header}" ({field.serves}) serves for '
            "both cost and budget."
            for field in table.fields.values()
            if field.serves is not None
        ]
    return notes


def _questions(tables: Sequence[MappedTable]) -> list[Question]:
    questions = []
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


def _is_blank(table: MappedTable, field: MappedField) -> bool:
    """Whether nothing stands under the field's columns."""
    records = range(len(table.found.records))
    columns = [part.column for part in field.columns]
    return all(is_blank_record(table.found, record, columns) for record in records)


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


def is_blank_record(found: FoundTable, record: int, columns: Sequence[int]) -> bool:
    """Whether a record is blank under all of the given columns."""
    values: list[Value] = [found.value(record, column) for column in columns]
    return all(value is None for value in values)
