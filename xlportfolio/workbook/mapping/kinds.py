"""Which canonical table a found table is: by its headers, its values and what stands over it."""

from __future__ import annotations

import dataclasses

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.mapping.foreign_tables import foreign
from xlportfolio.workbook.mapping.link_tables import links
from xlportfolio.workbook.mapping.look import (
    LIKELY,
    TELLING,
    Judged,
    Look,
    context_of,
    evidence_of,
    naming_column,
    rating_columns,
)
from xlportfolio.workbook.mapping.people_tables import capacity, demand, is_ratio
from xlportfolio.workbook.mapping.profiles import find_profiles
from xlportfolio.workbook.mapping.project_tables import WEAK, projects, ratings, reads_like_projects
from xlportfolio.workbook.mapping.small_tables import budgets, categories, criteria, settings

__all__ = ["WEAK", "Judged", "judge", "judge_again", "naming_column", "rating_columns"]

_FORM_FIELDS = TELLING | {"risk", "description", "option", "department"}


def judge(
    found: FoundTable,
    criteria: frozenset[str] = frozenset(),
    projects: frozenset[str] = frozenset(),
) -> Judged:
    """Take a found table for one of the portfolio's, or for none.

    Parameters
    ----------
    found
        The table.
    criteria
        Folded names of the criteria that the workbook is known to have.
    projects
        Folded IDs and names of the projects that it is known to have.
    """
    evidence = evidence_of(found)
    profiles = tuple(find_profiles(found, evidence))
    looked = Judged(found, evidence, profiles, context_of(found), None, 0.0)
    return judge_again(looked, criteria, projects)


def judge_again(
    judged: Judged,
    criteria: frozenset[str] = frozenset(),
    projects: frozenset[str] = frozenset(),
    *,
    is_alone: bool = False,
) -> Judged:
    """Judge a table anew, knowing more of the workbook; its values are not read again.

    Where no table was taken for the projects each is judged once more as if it were alone: the
    name of its sheet is then no reason against it, and a table of ratings is the one of projects.
    """
    table, confidence, why = _decide(Look(judged, criteria, projects, is_alone=is_alone))
    return dataclasses.replace(
        judged, table=table, confidence=confidence, why=why, projects=projects
    )


def _decide(look: Look) -> tuple[str | None, float, str]:
    if not look.named:
        return None, 0.0, "has no headers"
    for table, judging in (
        ("settings", settings),
        ("links", links),
        ("criteria", criteria),
        ("categories", categories),
        ("ratings", ratings),
        ("demand", demand),
        ("capacity", capacity),
        ("budgets", budgets),
    ):
        confidence = judging(look)
        if confidence > 0 and not (look.is_alone and table == "ratings"):
            return table, confidence, ""
    theirs = foreign(look)
    if theirs:
        return None, 0.0, f"looks like a table of {theirs}"
    if look.is_named or reads_like_projects(look):
        return projects(look)
    if look.found.grid.turned and len(look.found.records) <= 6:
        said = [c for c in look.project.values() if c.score >= LIKELY and c.field in _FORM_FIELDS]
        if len(said) + 2 * bool(look.profiles) >= 3:
            return "projects", 0.5, ""  # a form about one project, which its sheet names
    if look.naming is not None and look.profiles:
        return "projects", WEAK, ""
    if look.has(look.fields("capacity"), "role") and is_ratio(look):
        return None, 0.0, "holds shares of capacity, not people"
    return None, 0.0, "names no projects"
