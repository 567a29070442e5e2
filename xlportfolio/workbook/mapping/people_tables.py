"""Which tables are of people: those that there are, and those that projects need."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.foreign_tables import count_telltales
from xlportfolio.workbook.mapping.look import LIKELY, TELLING, Look
from xlportfolio.workbook.mapping.scoring import Candidate
from xlportfolio.workbook.mapping.units import unit_of
from xlportfolio.workbook.words import any_word

_BUDGET_CONTEXT = any_word("context of budgets")
_DEMAND_CONTEXT = any_word("context of demand")
_CAPACITY_CONTEXT = any_word("context of capacity")
_PEOPLE_CONTEXT = any_word("context of people")
_RATIO = re.compile(r"\b(?:utili[sz]ation|utili[sz]ed|occupancy|loading|allocation percent)\b")
_MOST_RATIO = 1.5
_FEW = 50  # people of one team on one project; above it stands hours or money
_MOST_LABELS = 5

UNSURE = 0.6
"""Confidence of a table of people that only the size of its numbers makes one."""

_MOST_PEOPLE = 1_000  # of one role, on one project, in one period: beyond it stands money


def demand(look: Look) -> float:
    """How sure a table is one of the people that projects need; 0.0 if it is none."""
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
    if count_telltales(look, "resources") >= 3 or _is_about_projects(look, role):
        return 0.0
    if not fields["role"].exact and not _DEMAND_CONTEXT.search(look.context):
        return UNSURE if _counts_people(look, role) else 0.0
    if any(p.n_periods >= 2 for p in look.profiles):
        return 0.95 if fields["role"].exact else 0.8
    if look.has(fields, "demand") or (
        _DEMAND_CONTEXT.search(look.context) and look.has(fields, "period")
    ):
        others = [c for c in look.project.values() if c.score >= 0.8]
        return 0.9 if len(others) <= 5 else 0.0
    return 0.0


def _counts_people(look: Look, role: int) -> bool:
    """Whether small numbers by project and by something like a team may be people.

    Nothing but their size says so: it is asked.
    """
    if look.naming in (None, role) or len(look.named) - len(look.in_profiles) > _MOST_LABELS:
        return False
    measures = [k for p in look.profiles if p.n_periods >= 2 for k in p.parts]
    if not measures:
        sized = look.fields("demand").get("demand")
        measures = [sized.column] if sized is not None and sized.score >= LIKELY else []
    used = {role, look.naming, *measures}
    if any(
        c.field in TELLING and c.score >= LIKELY and c.column not in used
        for c in look.project.values()
    ):
        return False
    numbers = [look.evidence[k] for k in measures]
    said = [unit_of(look.found, k) for k in measures]
    return (
        bool(numbers)
        and all(e.number >= 0.8 and 0 <= (e.low or 0) <= (e.high or 0) <= _FEW for e in numbers)
        and not any(unit.currency or unit.scale for unit in said)
    )


def is_ratio(look: Look) -> bool:
    """Whether the numbers are shares of a capacity, such as utilisation, and no people.

    The headers or what stands over them say so, or the number formats; or no number is above
    1.5 and nothing speaks of people.
    """
    columns = [k for p in look.profiles for k in p.parts]
    sized = look.fields("capacity").get("capacity")
    columns = columns or ([sized.column] if sized is not None else [])
    levels = [level for k in columns for level in look.found.columns[k].levels]
    said = " ".join([look.context, *(level.words for level in levels)])
    if _RATIO.search(said) or any("%" in level.text for level in levels):
        return True
    formats = [look.found.number_format(i, k) or "" for k in columns for i in range(_rows(look))]
    if formats and sum("%" in one for one in formats) >= 0.5 * len(formats):
        return True
    if _CAPACITY_CONTEXT.search(said) or _PEOPLE_CONTEXT.search(said):
        return False
    highs = [look.evidence[k].high for k in columns if look.evidence[k].high is not None]
    return bool(highs) and max(high for high in highs if high is not None) <= _MOST_RATIO


def _rows(look: Look) -> int:
    return min(20, len(look.found.records))


def effort_unit(found: FoundTable, columns: Sequence[int]) -> str | None:
    """The unit in which headers or title count people: "hours" or "days"; None for FTE or none."""
    for texts in (
        [level.text for k in columns for level in found.columns[k].levels],
        [found.title, found.sheet],
    ):
        said = fold(" ".join(texts))
        if re.search(r"\bfte\b", said):
            return None
        for unit, words in (("hours", r"\b(?:hours?|hrs?)\b"), ("days", r"\bdays?\b")):
            if re.search(words, said):
                return unit
    return None


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


def _says_people(look: Look, sized: Candidate) -> bool:
    """Whether its numbers, its header or what stands over it say that a column counts people.

    "Available" over "full time" does not: it tells how somebody works.
    """
    said = f"{look.context} {fold(look.found.columns[sized.column].header)}"
    return not look.is_unreadable(sized) or bool(re.search(r"\b(?:capacity|fte)\b", said))


def capacity(look: Look) -> float:
    """How sure a table is one of the people that there are; 0.0 if it is none."""
    fields = look.fields("capacity")
    if look.refers or not look.has(fields, "role"):
        return 0.0
    periods = any(p.n_periods >= 2 for p in look.profiles)
    sized = look.has(fields, "capacity") and _says_people(look, fields["capacity"])
    if is_ratio(look):
        return 0.0
    if _BUDGET_CONTEXT.search(look.context) and not _CAPACITY_CONTEXT.search(look.context):
        return 0.0
    if periods and not _DEMAND_CONTEXT.search(look.context.replace("forecast", "")):
        return 0.95 if _CAPACITY_CONTEXT.search(look.context) or fields["role"].exact else 0.75
    if periods and _CAPACITY_CONTEXT.search(look.context):
        return 0.85
    if sized and (look.has(fields, "period") or _CAPACITY_CONTEXT.search(look.context)):
        return 0.85
    if sized and fields["capacity"].exact and len(look.named) <= _MOST_LABELS:
        # Without a period it is what there is in every period.
        return 0.8 if look.evidence[fields["role"].column].unique >= 0.9 else 0.0
    return 0.0
