"""Criteria and ratings that share a table: weights over ratings, projects across.

Each is seen as a table of its own, whose cells are those of the sheet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import Heading, fold, read_heading
from xlportfolio.workbook.mapping.evidence import key_of
from xlportfolio.workbook.mapping.fields import fields_of
from xlportfolio.workbook.mapping.kinds import Judged, judge
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.vocabulary import match_heading

_KEYS = ("project_id", "name")


def criteria_names(judged: Sequence[Judged]) -> dict[str, str]:
    """Folded name -> name of each criterion, from the tables of criteria."""
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


def weights_above(one: Judged) -> Judged | None:
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


def ratings_across(judged: Sequence[Judged], projects: frozenset[str]) -> list[Judged]:
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
