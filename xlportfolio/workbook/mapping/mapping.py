"""Map a workbook: take each found table for one of the portfolio's and settle how they relate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from xlportfolio.records import TABLES
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.mapping.criteria import criteria_names, ratings_across, weights_above
from xlportfolio.workbook.mapping.fields import fields_of
from xlportfolio.workbook.mapping.grain import all_keys
from xlportfolio.workbook.mapping.kinds import (
    WEAK,
    Judged,
    judge,
    judge_again,
    naming_column,
    rating_columns,
)
from xlportfolio.workbook.mapping.link_tables import settle_ends
from xlportfolio.workbook.mapping.look import Look
from xlportfolio.workbook.mapping.model import MappedColumn, MappedField, MappedTable, Mapping
from xlportfolio.workbook.mapping.people_tables import UNSURE, effort_unit
from xlportfolio.workbook.mapping.questions import (
    header_cell,
    key_notes_of,
    notes_of,
    place_of,
    questions_of,
)
from xlportfolio.workbook.mapping.roles import is_whole, settle_others, settle_projects
from xlportfolio.workbook.mapping.row_notes import row_notes
from xlportfolio.workbook.mapping.small_tables import criteria_by_weight, says_budget

__all__ = ["complete", "header_cell", "map_as", "map_tables", "place_of"]


def map_tables(found: Sequence[FoundTable]) -> Mapping:
    """Map found tables to the tables and fields of a portfolio.

    Nothing is decided silently: what is not certain and would change a decision is a question,
    what was taken for granted a note, and what was left out is listed with its reason.
    """
    judged = [judge(table) for table in found]
    weights = [row for one in judged if (row := weights_above(one)) is not None]
    criteria = criteria_names([*judged, *weights])
    names = frozenset(criteria)
    if names:
        judged = [judge_again(one, names) for one in judged]
    among: list[Judged] = []
    if not any(_is_settled(one) for one in judged):
        judged, among = _judged_alone(judged, names)
    keys = _project_keys(judged, criteria)
    if keys:
        # Knowing the projects, a column that lists them is known under any header.
        judged = [
            one if _is_settled(one) and not _repeats(one, keys) else judge_again(one, names, keys)
            for one in judged
        ]
        judged += ratings_across(judged, keys)
    kept = [one for one in judged if one.table is not None]
    if not any(one.table == "criteria" for one in kept):
        kept += weights
    kept += among
    mapped = [_mapped(one, criteria) for one in kept]
    ignored = tuple((one.found, one.why) for one in judged if one.table is None)
    mapped = [table for table in mapped if is_whole(table)]
    projects = [table for table in mapped if table.table == "projects"]
    roles = settle_projects(projects)
    ignored += roles.left_out
    settled = list(roles.tables)
    others = [table for table in mapped if table.table != "projects"]
    if not any(table.table == "ratings" for table in others):
        others += _ratings_among(kept, settled, criteria)
    settled += settle_others(others)
    settled = [
        table
        for table in settled
        if not (table.table == "projects" and table.confidence <= WEAK and table.role != "joined")
    ]
    return complete(settled, found, ignored)


def _judged_alone(
    judged: Sequence[Judged], criteria: frozenset[str]
) -> tuple[list[Judged], list[Judged]]:
    """Judge each table as the only one that could list the projects.

    Returns
    -------
    tuple
        The tables; and those of ratings that are the tables of projects too, as ratings.
    """
    again = [
        judge_again(one, criteria, is_alone=True) if one.table in (None, "ratings") else one
        for one in judged
    ]
    again = [
        new if new.table == "projects" else old for old, new in zip(judged, again, strict=True)
    ]
    both = [
        old
        for old, new in zip(judged, again, strict=True)
        if old.table == "ratings" and new.table == "projects"
    ]
    return again, both


def complete(
    tables: Sequence[MappedTable],
    found: Sequence[FoundTable],
    ignored: Sequence[tuple[FoundTable, str]] = (),
) -> Mapping:
    """The mapping of tables whose roles are settled: in order, with what is noted and asked."""
    ordered = sorted(tables, key=lambda table: _order(table, found))
    served = [_serve(table) for table in ordered]
    notes = [note for table in served for note in notes_of(table)]
    notes += dict.fromkeys(note for table in served for note in row_notes(table.found))
    return Mapping(
        tuple(served),
        tuple(questions_of(served)),
        tuple(notes),
        tuple(ignored),
        key_notes=tuple(note for table in served for note in key_notes_of(table)),
    )


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
    criteria = criteria_names(judged)
    projects = mapping.of("projects", "main", "part")
    keys = frozenset(key for mapped in projects for key in all_keys(mapped))
    one = judge(found, frozenset(criteria), keys)
    return _mapped(dataclasses.replace(one, table=table, confidence=1.0, why=""), criteria)


def _mapped(one: Judged, criteria: dict[str, str]) -> MappedTable:
    fields = fields_of(one, criteria)
    if "ratings" in fields:
        fields["ratings"] = _unweighted(one.found, fields["ratings"])
    constants: tuple[tuple[str, str], ...] = ()
    if (
        one.table == "projects"
        and one.found.grid.turned
        and not {"project_id", "name"} & set(fields)
    ):
        constants = (("name", one.found.sheet),)
    if one.table in ("capacity", "demand") and one.table in fields:
        fields[one.table] = _as_people(one, fields[one.table])
    if one.table == "budgets" and "budget" in fields and not says_budget(one):
        why = "nothing says that it is what may be spent"
        fields["budget"] = dataclasses.replace(fields["budget"], certain=False, why=why)
    if one.table == "criteria" and "criterion" not in fields:
        fields = _with_criterion(one, fields)
    if one.table == "links":
        fields, constants = settle_ends(one, fields)
    found = one.found
    if one.table == "settings":
        found = dataclasses.replace(found, records=found.records[:1])  # the rest are remarks
    return MappedTable(
        one.table or "",
        found,
        fields,
        one.confidence,
        label=_label_of(one.found),
        constants=constants,
    )


def _with_criterion(one: Judged, fields: dict[str, MappedField]) -> dict[str, MappedField]:
    """The column of names beside the weights, under a header such as "Objective"."""
    column = criteria_by_weight(Look(one, frozenset(), one.projects))
    if column is None:
        return fields
    kept = {name: field for name, field in fields.items() if field.column != column}
    kept["criterion"] = MappedField(
        "criterion",
        one.found.columns[column].header,
        column,
        (MappedColumn(column),),
        0.7,
        False,
        why="only the weights beside it say that it names criteria",
    )
    return kept


def _as_people(one: Judged, field: MappedField) -> MappedField:
    """A field of people with its unit of effort; asked where only its size says it is people."""
    if field.unit is None:
        columns = [part.column for part in field.columns]
        field = dataclasses.replace(field, unit=effort_unit(one.found, columns))
    if one.table == "demand" and one.confidence <= UNSURE:
        why = "its headers do not say that it counts people"
        field = dataclasses.replace(field, certain=False, why=why, confidence=UNSURE)
    return field


def _unweighted(found: FoundTable, ratings: MappedField) -> MappedField:
    """The ratings without the columns of weighted ones, which are what is to be worked out."""
    raw = tuple(
        part
        for part in ratings.columns
        if not found.columns[part.column].heading.words.startswith("weighted")
    )
    if not raw or len(raw) == len(ratings.columns):
        return ratings
    at = raw[0].column
    return dataclasses.replace(ratings, column=at, columns=raw, header=found.columns[at].header)


def _is_settled(one: Judged) -> bool:
    return one.table == "projects" and one.confidence > WEAK


def _repeats(one: Judged, projects: frozenset[str]) -> bool:
    """Whether it has several rows for each of the known projects, in a column of their keys."""
    naming = naming_column(one.evidence, projects)
    return naming is not None and one.evidence[naming].unique <= 0.6


def _project_keys(judged: Sequence[Judged], criteria: dict[str, str]) -> frozenset[str]:
    """Folded IDs and names of the projects that the workbook's main table of them lists."""
    tables = [_mapped(one, criteria) for one in judged if one.table == "projects"]
    settled = settle_projects([table for table in tables if is_whole(table)])
    return frozenset(
        key for table in settled.tables if table.role in ("main", "part") for key in all_keys(table)
    )


def _label_of(found: FoundTable) -> str:
    """What people call a found table: its Excel table, else its sheet."""
    return found.excel_table or found.sheet


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
