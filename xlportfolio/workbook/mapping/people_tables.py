"""Which tables are of people: those that there are, and those that projects need."""

from __future__ import annotations

from xlportfolio.workbook.mapping.foreign_tables import foreign_strength
from xlportfolio.workbook.mapping.look import LIKELY, TELLING, Look
from xlportfolio.workbook.mapping.units import unit_of
from xlportfolio.workbook.words import any_word

_BUDGET_CONTEXT = any_word("context of budgets")
_DEMAND_CONTEXT = any_word("context of demand")
_CAPACITY_CONTEXT = any_word("context of capacity")
_PEOPLE_CONTEXT = any_word("context of people")
_MOST_PEOPLE = 1_000  # of one role, on one project, in one period: beyond it stands money


def demand(look: Look) -> float:
    fields = look.fields("demand")
    if not look.has(fields, "role"):
        return 0.0
    role = fields["role"].column
    keys = [
        c
        for c in (look.project.get("project_id"), look.project.get("name"))
        if c and c.score >= LIKELY
    ]
    if not look.refers or (all(key.column == role for key in keys) and look.naming in (None, role)):
        return 0.0
    if foreign_strength(look, "resources") >= 3 or _is_about_projects(look, role):
        return 0.0
    if not fields["role"].exact and not _DEMAND_CONTEXT.search(look.context):
        return 0.0
    if any(p.n_periods >= 2 for p in look.profiles):
        return 0.95 if fields["role"].exact else 0.8
    if look.has(fields, "demand") or (
        _DEMAND_CONTEXT.search(look.context) and look.has(fields, "period")
    ):
        others = [c for c in look.project.values() if c.score >= 0.8]
        return 0.9 if len(others) <= 5 else 0.0
    return 0.0


def _is_about_projects(look: Look, role: int) -> bool:
    """Whether the rows are projects with money and dates rather than people they need."""
    if any(part.kind for p in look.profiles for part in p.columns if part.period is not None):
        return True
    if any(unit_of(look.found, k).scale is not None for p in look.profiles for k in p.parts):
        return True
    highest = max(
        (look.evidence[k].high or 0.0 for p in look.profiles for k in p.parts), default=0.0
    )
    if highest > _MOST_PEOPLE and not _PEOPLE_CONTEXT.search(look.context):
        return True
    telling = [
        c
        for c in look.project.values()
        if c.score >= LIKELY and c.column != role and c.field in TELLING
    ]
    return len(telling) >= 3


def capacity(look: Look) -> float:
    fields = look.fields("capacity")
    if look.refers or not look.has(fields, "role"):
        return 0.0
    periods = any(p.n_periods >= 2 for p in look.profiles)
    sized = look.has(fields, "capacity")
    if _BUDGET_CONTEXT.search(look.context) and not _CAPACITY_CONTEXT.search(look.context):
        return 0.0
    if periods and not _DEMAND_CONTEXT.search(look.context.replace("forecast", "")):
        return 0.95 if _CAPACITY_CONTEXT.search(look.context) or fields["role"].exact else 0.75
    if periods and _CAPACITY_CONTEXT.search(look.context):
        return 0.85
    if sized and (look.has(fields, "period") or _CAPACITY_CONTEXT.search(look.context)):
        return 0.85
    return 0.0
