"""What a header's other words, its unit and its values rule out or weaken for a field.

A phrase of the vocabulary says what a column may be; a word beside it may say that it is not:
"EAC (hours)" is no money, "Cost (1-5)" is a rating, "Budget remaining" is no budget.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlportfolio.records import Kind
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import fold
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.units import unit_of
from xlportfolio.workbook.vocabulary import match_heading

_MONEY = ("money", "profile")
_NOT_MONEY = frozenset(
    [
        "hour",
        "hr",
        "day",
        "week",
        "fte",
        "wte",
        "effort",
        "headcount",
        "tonne",
        "t",
        "co2",
        "co2e",
        "carbon",
        "mw",
        "mwh",
        "gwh",
        "kwh",
        "km",
        "ha",
        "percent",
        "%",
        "percentage",
    ]
)
_SCORED = frozenset(("score", "scored", "scoring", "rating", "weighted", "point", "points"))
_LEVELS = frozenset(("h", "m", "l", "high", "medium", "med", "low", "vh", "vl"))
_SCALE = re.compile(r"\d+ ?(?:-|–|to) ?\d+")
_EARNED = frozenset(("margin", "income", "profit", "surplus", "ebitda", "yield"))
_UNSPENT = frozenset(("remaining", "balance", "unspent", "unfunded", "gap", "available", "left",
                      "headroom", "underspend", "shortfall"))  # fmt: skip
_FUNDS = frozenset(("budget", "funding", "fund", "allocation", "grant", "unspent", "unfunded",
                    "gap", "shortfall", "headroom", "underspend"))  # fmt: skip
_OTHER_SUMS = frozenset(("actual", "variance", "spent", "remaining"))
_PAID = frozenset(("actual", "remaining", "spent", "incurred", "paid", "invoiced"))
_ASIDE_OF_OTHERS = frozenset(("spent", "used", "committed", "variance", "cost", "increase", "rate"))
_SPENDING = ("spent_to_date", "actual_cost", "committed_cost", "cost_to_go")
_RUNNING = frozenset(("ongoing", "running", "maintenance", "decommissioning", "replacement",
                      "recurring"))  # fmt: skip
_SAVED = frozenset(("reduction", "avoidance", "avoided", "saved"))
_OWNED = frozenset(("asset", "book", "award", "contract", "market", "insured", "replacement"))
_USED = frozenset(("spent", "spend", "used", "expended", "paid", "budget", "drawn", "committed"))
_UNDECIDED = frozenset(("needed", "required", "date", "maker", "body", "by", "log", "due", "owner"))
_NOT_NOW = frozenset(("planned", "target", "previous", "last", "baseline", "old", "prior", "next",
                      "former", "original"))  # fmt: skip
_NOT_RUNNING = frozenset(("client", "clinical", "exec", "executive", "benefit", "budget"))
_NO_LENGTH = frozenset(("start", "finish", "end", "variance", "slippage", "late"))
_PAST = frozenset(("previous", "last", "prior", "past"))
_NO_SIBLING = frozenset(("duration", "percent_complete", "project_id", "payback", "bcr", "irr",
                         "npv", "cost", "budget", "_resources", "_dependencies", "_year",
                         "_variance"))  # fmt: skip


@dataclass(frozen=True)
class Ruling:
    """What remains of a match: a factor of its score, and whether it may still be certain."""

    factor: float = 1.0
    may_be_certain: bool = True


_FREE = Ruling()
_VETO = Ruling(0.0, False)


def words_of(column: FoundColumn) -> frozenset[str]:
    """All words of a column's own header and its bracket."""
    heading = column.heading
    # A unit takes its bracket out of the words: "(NPV £m)".
    npv = ("npv",) if "npv" in fold(heading.text).split() else ()
    return frozenset((*heading.words.split(), *heading.bracket.split(), *npv))


def words_above(column: FoundColumn) -> frozenset[str]:
    """All words of the groups over a column's own header."""
    return frozenset(word for level in column.levels[:-1] for word in level.words.split())


def ratings_like(found: FoundTable, evidence: Sequence[Evidence], table: str) -> frozenset[int]:
    """Columns of small whole numbers that are nothing else: they rate the projects."""
    like = set()
    for k, (column, e) in enumerate(zip(found.columns, evidence, strict=True)):
        if not column.levels or column.heading.period is not None:
            continue
        if not (e.is_rating and e.filled >= 3 and e.typed_number >= 0.8 and e.whole >= 0.95):
            continue
        if e.high is None or e.high < 2 or column.heading.scale is not None:
            continue
        fields = {m.field for m in match_heading(column.heading, table) if m.exact}
        if not fields & _NO_SIBLING:
            like.add(k)
    return frozenset(like)


def rule(
    field: str, kind: Kind, k: int, found: FoundTable, evidence: Evidence, rated: frozenset[int]
) -> Ruling:
    """Judge a match of a projects table by all that its column says.

    Parameters
    ----------
    field, kind
        The field that the header's words may mean.
    k
        Column of the found table.
    found
        The table.
    evidence
        What the column's values say.
    rated
        Columns that rate the projects, from `ratings_like`.
    """
    column = found.columns[k]
    words = words_of(column)
    if kind in _MONEY or field == "value":
        ruling = _of_money(field, k, found, words, rated)
        if ruling is not _FREE:
            return ruling
    if field in ("programme", "category", "department", "risk") and k in rated and len(rated) >= 3:
        return _FREE if "risk" in words else _VETO
    if field in ("bcr", "irr", "payback") and words & _SCORED:
        return _VETO
    if field == "score" and words & {"story", "asset"}:
        return _VETO
    if field == "confidence" and "failure" in words:
        return _VETO
    sums_up = words & {"score", "total", "overall", "final", "rank", "priority"}
    if field in ("score", "priority") and k in rated and len(rated) >= 3 and not sums_up:
        return _VETO  # one criterion among others
    if kind == "word" and evidence.typed_number >= 0.9 and column.heading.scale is not None:
        return _VETO  # "Total programme £000" is a sum
    if field == "department" and evidence.typed_number >= 0.9 and words & {"unit"}:
        return _VETO
    if field == "percent_complete":
        if words & _USED:
            return _VETO  # spent is not done
        if words & {"planned", "baseline", "target", "scheduled", "variance"}:
            return Ruling(0.6, False)
    if field == "manager" and words & _NOT_RUNNING:
        return Ruling(0.6, False)
    if field == "force" and "majeure" in words:
        return _VETO
    if field == "duration" and (words | words_above(column)) & _NO_LENGTH:
        return _VETO
    if field == "current_decision":
        if words & _UNDECIDED or evidence.typed_number >= 0.8:
            return _VETO
        if words & _PAST:
            return Ruling(0.7, False)
    if field == "lifecycle" and column.heading.words == "state" and evidence.filled >= 3:
        return _FREE if evidence.lifecycle >= 0.2 else _VETO  # a state of the country
    if field in ("lifecycle", "rag") and words & _NOT_NOW:
        return Ruling(0.7, False)
    if field == "description" and evidence.filled >= 5 and evidence.unique < 0.5:
        # A description is one project's; these are kinds.
        return Ruling(0.6, False) if evidence.unique >= 0.3 else _VETO
    return _FREE


def _of_money(
    field: str,
    k: int,
    found: FoundTable,
    words: frozenset[str],
    rated: frozenset[int],
) -> Ruling:
    heading = found.columns[k].heading
    unit = unit_of(found, k)
    if unit.text is not None and unit.scale is None and unit.currency is None and field != "value":
        return _VETO
    if field == "value" and unit.text is not None and _SCALE.fullmatch(unit.text):
        return Ruling(0.75, False)
    counted = (words & _NOT_MONEY) - _numbered(heading.words)
    if counted and heading.scale is None and field != "npv":
        return _VETO
    if heading.words.split()[:1] == ["time"]:
        return _VETO
    if heading.words.split()[-1:] == ["work"] and words & (_PAID | {"planned", "baseline"}):
        return _VETO
    if "npv" in words and field != "npv":
        return _VETO
    if words & _EARNED and field in ("cost", "budget", "forecast_cost", "actual_cost"):
        return _VETO
    if field == "npv" and words & {"i", "ratio", "per", "capex"}:
        return _VETO
    aside = set(heading.bracket.split())
    if aside & _ASIDE_OF_OTHERS and field not in _SPENDING:
        return Ruling(0.8, False)
    rated_here = words & _SCORED or (heading.bracket and set(heading.bracket.split()) <= _LEVELS)
    if rated_here:
        return Ruling(0.75, False) if field == "value" else _VETO
    if k in rated and unit.scale is None:
        siblings = len(rated - {k})
        if siblings >= 2:
            return Ruling(0.85, False) if field == "value" else _VETO
        if siblings:
            return Ruling(0.9, False)
    if words & _UNSPENT and words & _FUNDS:
        return Ruling(0.7, False) if field == "cost_to_go" and "remaining" in words else _VETO
    if heading.words == "balance" or ("balance" in words and "complete" not in words):
        return Ruling(0.8, False) if field == "cost_to_go" else _VETO
    if field == "cost" and (words & _SAVED or (words & {"low"} and words & {"bid"})):
        return _VETO
    if field == "cost" and words & _RUNNING:
        return Ruling(0.7, False)
    if field == "value" and words & _OWNED:
        return _VETO
    if field == "benefit" and "consequence" in words:
        return _VETO
    if field in ("cost", "budget", "benefit") and words_above(found.columns[k]) & _OTHER_SUMS:
        return Ruling(0.5, False)
    return _FREE


def pays(words: str) -> bool:
    """Whether a header of a cost speaks of what is paid or left: not of the whole cost.

    >>> pays("actual total cost"), pays("total cost")
    (True, False)
    """
    return bool(set(words.split()) & _PAID)


def _numbered(words: str) -> frozenset[str]:
    """Units that a number counts within a name, as in "NPV 8 percent" or "30 day cost"."""
    tokens = words.split()
    return frozenset(b for a, b in pairwise(tokens) if a.isdigit())
