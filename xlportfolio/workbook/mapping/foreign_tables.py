"""Which tables are somebody else's: registers, lists of people, contracts, tasks."""

from __future__ import annotations

import re

from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.look import Look
from xlportfolio.workbook.vocabulary import other_table_words, other_tables, telltales
from xlportfolio.workbook.words import alternatives, word_set

_REGISTER = re.compile(
    rf"^(?:.* )?(?:{alternatives(word_set('registers'))})(?: register| log| list| 20\d\d)?$"
)
_REGISTER_TYPES = word_set("types in registers")
_OTHER_KEYS = re.compile(
    r"^(?P<what>contract|asset|employee|staff|personnel|invoice|po|purchase order|order|task|"
    r"ticket|vendor|supplier|tender|receipt|payment|customer|account|user|milestone)"
    r" (?:id|no|number|ref|reference|code|key|identifier|#)$"
)
_PROJECTS = re.compile(
    r"\b(?:project|scheme|initiative|programme|portfolio|investment|proposal|epic|capital)\b"
)
_SCHEDULE = frozenset(
    ("predecessor", "successor", "resource name", "wbs", "task name", "outline level",
     "task mode", "constraint type", "free slack", "total slack", "total float", "free float")
)  # fmt: skip


def count_telltales(look: Look, kind: str) -> int:
    """How many headers give a table of somebody else's kind away, such as "resources"."""
    words = [look.found.columns[k].heading.words for k in look.named]
    return sum(word in telltales(kind) for word in words)


def foreign(look: Look) -> str:
    """The kind of somebody else's table that this is, or ""."""
    words = [look.found.columns[k].heading.words for k in look.named]
    key = look.project.get("project_id") or look.project.get("name")
    name = look.project.get("name")
    unique = max(
        (look.evidence[c.column].unique for c in (key, name) if c is not None), default=0.0
    )
    if name is not None:
        unique = min(unique, look.evidence[name.column].unique)
    if any(e.filled >= 3 and e.distinct and e.distinct <= _REGISTER_TYPES for e in look.evidence):
        return "risks and issues"
    if len(_SCHEDULE.intersection(words)) >= 3:
        return "tasks of a schedule"
    entries = _entries(look, words)
    if entries:
        return entries
    by_sheet = _REGISTER.match(fold(look.found.sheet)) and not look.found.grid.turned
    if by_sheet and not look.is_alone:
        said = [
            c
            for c in look.project.values()
            if c.score >= 0.9 and c.field in ("cost", "budget", "npv")
        ]
        if not said:
            return re.sub(r"^\d+ ", "", fold(look.found.sheet))
    best = ("", 0.0)
    for kind in other_tables():
        hits = count_telltales(look, kind)
        usual = sum(word in telltales(kind) | other_table_words(kind) for word in words)
        by_name = not look.is_alone and (
            bool(re.search(rf"\b{kind.rstrip('s')}", look.context))
            or (kind in ("risks", "issues") and "raid" in look.context)
        )
        strength = hits + 0.3 * usual + 2.0 * by_name
        need = 3.0 if unique < 0.9 or len(look.found.records) < 3 else 4.5
        if name is not None and name.exact and unique >= 0.95 and not by_name:
            need += 0.15 * len(words)
        money = sum(
            field in look.project and look.project[field].score >= 0.9
            for field in (
                "cost",
                "budget",
                "start",
                "finish",
                "programme",
                "forecast_cost",
                "rag",
            )
        )
        if unique >= 0.9:
            need += 0.8 * money
        if hits >= 1 and strength >= need and usual >= 0.4 * len(words) and strength > best[1]:
            best = (kind, strength)
    return best[0]


def _entries(look: Look, words: list[str]) -> str:
    """What the rows are if they have an ID of another kind and nothing speaks of projects."""
    key = look.project.get("project_id")
    if key is None:
        return ""
    said = _OTHER_KEYS.match(look.found.columns[key.column].heading.words)
    if said is None or _PROJECTS.search(look.context):
        return ""
    if any(_PROJECTS.search(word) for word in words):
        return ""
    what = said["what"]
    if what in ("po", "order"):
        return "purchase orders"
    return what if what in ("staff", "personnel") else f"{what}s"
