"""What the blank workbook lets people enter: drop-downs, limits and joins between its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args, get_origin

from template_columns import HEADER, LAST, position, spoken, title_case
from xlsxwriter.utility import xl_col_to_name

from xlportfolio.records import Criterion, FieldSpec, Link, Project, Settings, TableSpec


def words(annotation: Any) -> tuple[str, ...]:
    """The words that a record allows in a field."""
    for part in (annotation, *get_args(annotation)):
        if get_origin(part) is Literal:
            return tuple(get_args(part))
    raise ValueError(f"{annotation} allows any word")


LISTS: Mapping[str, tuple[str, ...]] = {
    "RAG": ("Red", "Amber/Red", "Amber", "Amber/Green", "Green"),
    "Force": words(Project.model_fields["force"].annotation),
    "Lifecycle": ("Proposed", "Approved", "Active", "On hold", "Closed"),
    "Direction": words(Criterion.model_fields["direction"].annotation),
    "Link Type": words(Link.model_fields["type"].annotation),
    "Budget Kind": ("Capex", "Opex"),
    "Unit": ("units", "thousands", "millions"),
    "Period": words(Settings.model_fields["period"].annotation),
}
LIST_OF_KIND = {
    "rag": "RAG",
    "force": "Force",
    "lifecycle": "Lifecycle",
    "direction": "Direction",
    "link_type": "Link Type",
}
LEAST_ZERO = ("weight", "months", "fte")
ANY_NUMBER = ("money", "profile", "number", "ratio", "lag", "rating")


def entry_rule(table: TableSpec, spec: FieldSpec, row: int, column: int) -> dict[str, Any] | None:
    """What may be entered under a header, whose first cell is given; None if anything may."""
    if spec.kind in LIST_OF_KIND:
        name = LIST_OF_KIND[spec.kind]
        return _choice(_list_cells(name), f"Choose {spoken(LISTS[name])}.")
    if (table.name, spec.name) == ("budgets", "kind"):
        return _choice(_list_cells("Budget Kind"), "Usually Capex or Opex.", firm=False)
    names_a_project = spec.name == "project_id" and table.name != "projects"
    if names_a_project or (table.name == "links" and spec.kind == "id"):
        source = _filled_cells("Projects", "projects", "project_id")
        return _choice(source, "No such ID on the Projects sheet yet.", firm=False)
    if (table.name, spec.name) == ("projects", "category"):
        source = _filled_cells("Categories", "categories", "category")
        return _choice(source, "No such category on the Categories sheet yet.", firm=False)
    if (table.name, spec.name) == ("demand", "role"):
        letter = xl_col_to_name(position("capacity", "role"))
        cells = f"Capacity!${letter}${HEADER + 2}:${letter}${LAST + 1}"
        return {
            "validate": "custom",
            "value": f"=COUNTIF({cells},{xl_col_to_name(column)}{row + 1})>0",
            **_refusal("No such role on the Capacity sheet yet.", firm=False),
        }
    return _limits(spec)


def setting_rule(spec: FieldSpec, kinds: set[Any]) -> dict[str, Any] | None:
    """What may be entered as a setting whose record takes `kinds`; None if anything may."""
    within = re.search(r"\[(\d+)\.\.(\d+)\]", spec.help)
    if spec.name in ("unit", "period"):
        name = title_case(spec.name)
        return _choice(_list_cells(name), f"Choose {spoken(LISTS[name])}.")
    if date in kinds:
        return _dates()
    if within:
        least, most = int(within[1]), int(within[2])
        validate = "integer" if int in kinds else "decimal"
        return _between(validate, least, most)
    if kinds & {int, float}:
        validate = "integer" if int in kinds else "decimal"
        return {
            "validate": validate,
            "criteria": ">=",
            "value": 0,
            **_refusal("Enter a number of at least 0."),
        }
    return None


def _list_cells(name: str) -> str:
    letter = xl_col_to_name(list(LISTS).index(name))
    return f"=Lists!${letter}${HEADER + 2}:${letter}${HEADER + 1 + len(LISTS[name])}"


def _filled_cells(sheet: str, table: str, field: str) -> str:
    """The cells under a header down to the last filled one, so that the list has no blank tail."""
    letter = xl_col_to_name(position(table, field))
    cells = f"{sheet}!${letter}${HEADER + 2}:${letter}${LAST + 1}"
    return f"=OFFSET({sheet}!${letter}${HEADER + 2},0,0,MAX(1,COUNTA({cells})),1)"


def _refusal(message: str, *, firm: bool = True) -> dict[str, Any]:
    return {
        "error_title": "Please check",
        "error_message": message,
        "error_type": "stop" if firm else "warning",
    }


def _choice(source: str, message: str, *, firm: bool = True) -> dict[str, Any]:
    return {"validate": "list", "source": source, **_refusal(message, firm=firm)}


def _between(validate: str, least: float, most: float) -> dict[str, Any]:
    shown = "0% to 100%" if (least, most) == (0, 1) else f"{least} to {most}"
    return {
        "validate": validate,
        "criteria": "between",
        "minimum": least,
        "maximum": most,
        **_refusal(f"Enter a number from {shown}."),
    }


def _dates() -> dict[str, Any]:
    return {
        "validate": "date",
        "criteria": "between",
        "minimum": date(1990, 1, 1),
        "maximum": date(2099, 12, 31),
        **_refusal("Enter a date, such as 01-Apr-2027."),
    }


def _limits(spec: FieldSpec) -> dict[str, Any] | None:
    if spec.kind == "date":
        return _dates()
    if spec.kind == "fraction":
        return _between("decimal", 0, 1)
    if spec.kind in LEAST_ZERO:
        return {
            "validate": "decimal",
            "criteria": ">=",
            "value": 0,
            **_refusal("Enter a number of at least 0."),
        }
    if spec.kind in ANY_NUMBER:
        return {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -(10**12),
            "maximum": 10**12,
            **_refusal("Enter a number, without currency or unit."),
        }
    return None
