"""Which tables list the projects, or rate them."""

from __future__ import annotations

import re

from xlportfolio.workbook.mapping.look import LIKELY, TELLING, Look, key_column, rating_columns
from xlportfolio.workbook.words import any_word

WEAK = 0.3
"""Confidence of a table that is worth keeping only if another lists the same projects."""

_SAYS_PROJECT = re.compile(
    r"\b(?:project|scheme|initiative|investment|proposal|"
    r"projekt\w*|projet\w*|proyecto\w*|progett\w*)\b"
)
_RATING_CONTEXT = any_word("context of ratings")
_SUMMARY_CONTEXT = any_word("context of summaries")


def projects(look: Look) -> tuple[str | None, float, str]:
    """The table of projects or none, how sure that is, and why a table that names them is none."""
    others = [
        c
        for name, c in look.project.items()
        if name not in ("project_id", "name") and c.score >= 0.6
    ]
    money = [p for p in look.profiles if p.n_periods >= 2]
    both = look.has(look.project, "project_id", "name")
    if not (look.has(look.project, "project_id") or look.has(look.project, "name")):
        return "projects", 0.5, ""
    rated = look.is_alone and len(_loose_ratings(look)) >= 2
    # What projects cost is a list of them where no other table could be one.
    costed = look.is_alone and (
        bool(money) or any(c.field in ("cost", "budget") and c.exact for c in others)
    )
    costed = costed and _says_project(look)
    if len(others) + len(money) + both + 2 * rated + costed < 2:
        if look.has(look.project, "project_id") and look.project["project_id"].exact:
            return "projects", WEAK, ""  # it may say more of projects that stand elsewhere
        return None, 0.0, "has too little about projects"
    if not look.is_alone and _SUMMARY_CONTEXT.search(look.context) and not both and len(others) < 4:
        return None, 0.0, "looks like a summary or a list"
    strength = min(1.0, 0.4 + 0.08 * (len(others) + len(money)) + 0.15 * both)
    return "projects", strength, ""


def reads_like_projects(look: Look) -> bool:
    """Whether enough else speaks of projects for a column of unknown name to be their key."""
    likely = [c for c in look.project.values() if c.score >= LIKELY and c.field in TELLING]
    signs = len(likely) + len([p for p in look.profiles if p.n_periods >= 2])
    by_words = look.is_alone and _says_project(look)
    enough = signs >= (2 if by_words else 3)
    return enough and key_column(look.found, look.evidence, look.project) is not None


def _says_project(look: Look) -> bool:
    """Whether a header names projects, under whatever name."""
    return any(_SAYS_PROJECT.search(look.found.columns[k].heading.words) for k in look.named)


def ratings(look: Look) -> float:
    """How sure a table is one of ratings of projects; 0.0 if it is none."""
    if not look.refers:
        return 0.0
    rated = rating_columns(look.found, look.evidence, look.criteria)
    others = [
        c
        for name, c in look.project.items()
        if name
        not in (
            "project_id",
            "name",
            "programme",
            "category",
            "department",
            "score",
            "priority",
            "description",
            "risk",
            "value",
        )
        and c.column not in rated
        and c.score >= LIKELY
    ]
    if len(rated) >= 2:
        return 0.9 if len(others) <= 1 else 0.0
    if rated and look.projects and not others and _numbers(look) == rated:
        return 0.9
    assessor = look.has(look.fields("ratings"), "assessor")
    loose = _loose_ratings(look)
    if len(loose) >= 3 and len(others) <= 1 and (assessor or _RATING_CONTEXT.search(look.context)):
        return 0.75
    return 0.0


def _numbers(look: Look) -> list[int]:
    """Columns of numbers that are not the key."""
    keys = {c.column for name, c in look.project.items() if name in ("project_id", "name")}
    return [k for k in look.named if k not in keys and look.evidence[k].number >= 0.5]


def _loose_ratings(look: Look) -> list[int]:
    """Columns of numbers on a small scale whose headers say nothing else."""
    taken = {
        c.column
        for c in look.project.values()
        if c.exact and c.field not in ("risk", "value", "benefit", "cost", "score")
    }
    return [
        k
        for k in look.named
        if k not in taken
        and k not in look.in_profiles
        and look.evidence[k].is_rating
        and look.evidence[k].filled
    ]
