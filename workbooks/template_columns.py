"""The columns of the blank workbook, derived from the records: headers and where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.records import TABLES, FieldSpec, TableSpec

HEADER = 3
"""Row of the headers, counted from 0; title and hint stand above."""
LAST = 1003
"""Last row with drop-downs and limits, counted from 0."""

ABBREVIATIONS = {"id": "ID", "rag": "RAG", "npv": "NPV", "bcr": "BCR", "irr": "IRR", "fte": "FTE"}
EXAMPLE_CRITERIA = (
    "Strategic Fit",
    "Customer Benefit",
    "Risk Reduction",
    "Environmental Benefit",
    "Deliverability",
)

WRITTEN_BACK = ("proposed_decision", "proposed_start")
"""The columns for results that the blank workbook has; an office adds the others if it wants."""


def title_case(name: str) -> str:
    """Turn a field's name into the words of a header: "project_id" into "Project ID"."""
    return " ".join(ABBREVIATIONS.get(word, word.capitalize()) for word in name.split("_"))


def header(spec: FieldSpec) -> str:
    """The header of a field, with its unit where that is not a format, and * if it is required."""
    unit = re.search(r"\[([^\]]+)\]", spec.help)
    said = unit[1].split(" or ")[0] if unit and unit[1] != "0..1" else ""
    return title_case(spec.name) + (f" ({said})" if said else "") + (" *" if spec.required else "")


@dataclass(frozen=True)
class Column:
    """A column of the template: a field, or one of the criteria that share a field."""

    header: str
    spec: FieldSpec


def columns(table: TableSpec) -> list[Column]:
    found: list[Column] = []
    for spec in table.fields.values():
        if spec.is_output and spec.name not in WRITTEN_BACK:
            continue
        if spec.kind == "rating":
            found += [Column(name, spec) for name in EXAMPLE_CRITERIA]
        else:
            found.append(Column(header(spec), spec))
    return found


def position(table: str, field: str) -> int:
    """The column of a field on its sheet, counted from 0."""
    return [c.spec.name for c in columns(TABLES[table])].index(field)


def spoken(choices: Sequence[str], before_last: str = "or") -> str:
    if len(choices) == 1:
        return choices[0]
    return f"{', '.join(choices[:-1])} {before_last} {choices[-1]}"
