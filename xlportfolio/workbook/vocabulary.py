"""Which canonical field a header may stand for, and how sure its words alone make us.

The phrases stand in `vocabulary.json`. A strong phrase says the field by itself inside a table of
that kind; a weak one may say it, and is asked where a wrong reading would change a decision.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from xlportfolio.workbook.headings import Heading, fold

EXACT_STRONG = 1.0
EXACT_WEAK = 0.75
WITHOUT_PREFIX = 0.95
CONTAINED_STRONG = 0.80
CONTAINED_WEAK = 0.60
SIMILAR = 0.72

_PREFIXES = frozenset(
    ["project", "scheme", "initiative", "portfolio", "the", "investment", "proposal", "pmo", "our"]
)
_NEUTRAL = frozenset(
    [
        "project",
        "scheme",
        "initiative",
        "the",
        "of",
        "in",
        "for",
        "to",
        "date",
        "total",
        "overall",
        "current",
        "latest",
        "value",
        "amount",
        "no",
        "field",
        "name",
        "text",
        "(p)",
        "portfolio",
        "as",
        "at",
        "per",
        "and",
        "on",
        "programme",
        "proposal",
        "est",
        "estimated",
        "planned",
        "expected",
        "proposed",
        "gbp",
        "usd",
        "eur",
        "1",
        "2",
        "3",
        "detail",
        "this",
        "full",
        "col",
        "short",
        "long",
        "level",
        "new",
        "b1",
        "b2",
    ]
)
_QUALIFIERS = frozenset(
    [
        "approved",
        "baseline",
        "forecast",
        "actual",
        "planned",
        "requested",
        "remaining",
        "revised",
        "original",
        "annual",
        "ytd",
        "estimated",
        "projected",
        "budgeted",
        "latest",
        "current",
        "total",
        "gross",
        "net",
        "whole",
        "life",
        "initial",
        "final",
        "expected",
        "target",
        "p50",
        "p80",
        "p90",
        "high",
        "low",
        "upper",
        "lower",
        "outturn",
        "confirmed",
        "proposed",
        "scheduled",
    ]
)
_TURNS_AWAY = frozenset(
    [
        "variance",
        "comment",
        "commentary",
        "narrative",
        "note",
        "owner",
        "id",
        "code",
        "ref",
        "reason",
        "change",
        "movement",
        "currency",
        "unit",
        "type",
        "status",
        "rag",
        "confidence",
        "flag",
        "trend",
        "delta",
        "explanation",
        "assumption",
        "link",
        "url",
        "justification",
        "source",
        "description",
        "approver",
        "approval",
        "contact",
        "email",
        "phone",
        "centre",
        "per",
        "profile",
        "breakdown",
        "range",
        "tolerance",
        "threshold",
        "percent",
        "slippage",
        "vs",
        "lag",
        "version",
        "basis",
        "by",
        "method",
        "category",
        "class",
        "increase",
        "decrease",
        "last",
        "previous",
        "prior",
        "saving",
        "quality",
        "pressure",
        "risk",
        "benefit",
        "impact",
        "driver",
        "rank",
        "ranking",
        "score",
        "index",
        "group",
        "manager",
        "lead",
        "holder",
        "sponsor",
    ]
)


@dataclass(frozen=True)
class Match:
    """A field that a header's words may mean; `exact` if they are a strong phrase, whole."""

    field: str
    score: float
    exact: bool


@dataclass(frozen=True)
class _Phrases:
    exact: dict[str, tuple[tuple[str, bool], ...]]  # phrase -> (field, strong)
    parts: tuple[tuple[tuple[str, ...], str, bool], ...]  # (words, field, strong), longest first


@cache
def _data() -> dict[str, Any]:
    text = resources.files("xlportfolio.workbook").joinpath("vocabulary.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def _phrases(table: str) -> _Phrases:
    exact: dict[str, dict[str, bool]] = {}
    for field, strengths in _data()[table].items():
        for strong in (True, False):
            for phrase in strengths["strong" if strong else "weak"]:
                fields = exact.setdefault(fold(phrase), {})
                fields[field] = fields.get(field, False) or strong
    exact.pop("", None)
    parts = [
        (tuple(phrase.split()), field, strong)
        for phrase, fields in exact.items()
        for field, strong in fields.items()
        if len(phrase) > 2
    ]
    parts.sort(key=lambda part: (-len(part[0]), part[0], part[1]))
    return _Phrases(
        {phrase: tuple(fields.items()) for phrase, fields in exact.items()}, tuple(parts)
    )


@cache
def telltales(table: str) -> frozenset[str]:
    """Folded headers that give a table of somebody else's kind away, such as a risk register."""
    return frozenset(fold(phrase) for phrase in _data()["telltales"].get(table, ()))


@cache
def other_table_words(table: str) -> frozenset[str]:
    """Folded headers that are usual in such a table."""
    return frozenset(fold(phrase) for phrase in _data()["other_tables"].get(table, ()))


def other_tables() -> tuple[str, ...]:
    """Kinds of tables that are not the portfolio's, such as "risks"."""
    return tuple(_data()["telltales"])


@cache
def known_words() -> frozenset[str]:
    """Every folded phrase that is a usual header of any table."""
    words: set[str] = set()
    for table, fields in _data().items():
        if table in ("_about", "other_tables", "telltales", "ambiguous"):
            continue
        words.update(_phrases(table).exact)
        del fields
    for table in other_tables():
        words |= telltales(table) | other_table_words(table)
    return frozenset(words)


@cache
def ambiguous_words() -> frozenset[str]:
    """Words such as "cost" or "status" that mean something only inside a known kind of table."""
    return frozenset(fold(word) for word in _data()["ambiguous"])


def is_known_header(heading: Heading) -> bool:
    """Whether the header is a usual one in any table.

    >>> from xlportfolio.workbook.headings import read_heading
    >>> is_known_header(read_heading("Project Name")), is_known_header(read_heading("Acme"))
    (True, False)
    """
    words = heading.words
    if words in known_words():
        return True
    first, _, rest = words.partition(" ")
    return first in _PREFIXES and rest in known_words()


def match_heading(heading: Heading, table: str) -> tuple[Match, ...]:
    """Find the fields of a table that a header may stand for, best first.

    Returns
    -------
    tuple of Match
        At most one for each field. Empty where no phrase fits.
    """
    return _match(heading.words, heading.bracket, table)


@lru_cache(maxsize=50_000)
def _match(words: str, bracket: str, table: str) -> tuple[Match, ...]:
    if not words:
        return ()
    phrases = _phrases(table)
    found: dict[str, Match] = {}

    def offer(field: str, score: float, exact: bool) -> None:
        if field not in found or found[field].score < score:
            found[field] = Match(field, score, exact)

    tokens = tuple(words.split())
    qualifier = bracket if bracket and set(bracket.split()) <= _QUALIFIERS else ""
    whole = [(words, EXACT_STRONG)]
    if qualifier:
        # "Cost (approved)" says what "approved cost" says, not what "cost" says.
        whole = [(f"{qualifier} {words}", EXACT_STRONG), (f"{words} {qualifier}", EXACT_STRONG)]
    if len(tokens) > 1 and tokens[0] in _PREFIXES:
        whole.append((" ".join(tokens[1:]), WITHOUT_PREFIX))
    for phrase, ceiling in whole:
        for field, strong in phrases.exact.get(phrase, ()):
            offer(field, ceiling * (EXACT_STRONG if strong else EXACT_WEAK), strong)
    if not any(match.exact for match in found.values()):
        _offer_contained(tokens, phrases, offer)
        _offer_similar(tokens, phrases, offer)
    return tuple(sorted(found.values(), key=lambda match: (-match.score, match.field)))


def _offer_contained(tokens: tuple[str, ...], phrases: _Phrases, offer: Any) -> None:
    """A phrase within a longer header: the more is left over, the less it says."""
    if len(tokens) > 14:
        return
    for part, field, strong in phrases.parts:
        size = len(part)
        if size >= len(tokens):
            continue
        for at in range(len(tokens) - size + 1):
            if tokens[at : at + size] != part:
                continue
            before, after = tokens[:at], tokens[at + size :]
            score = CONTAINED_STRONG if strong else CONTAINED_WEAK
            for word in before:
                score -= 0.02 if word in _NEUTRAL or word in _QUALIFIERS else 0.10
            for word in after:
                if word in _TURNS_AWAY and not field.startswith("_"):
                    score -= 0.50
                else:
                    score -= 0.03 if word in _NEUTRAL or word in _QUALIFIERS else 0.20
            if any(word in ("variance", "comment", "narrative") for word in before):
                score -= 0.50
            score += 0.04 * (size - 1)
            if score >= 0.30:
                offer(field, min(score, 0.88), False)
            break


def _offer_similar(tokens: tuple[str, ...], phrases: _Phrases, offer: Any) -> None:
    """The same words in another order, or all but one letter: never enough to be certain."""
    if not 2 <= len(tokens) <= 6:
        return
    words = frozenset(tokens)
    for part, field, strong in phrases.parts:
        if len(part) >= 2 and frozenset(part) == words:
            offer(field, SIMILAR if strong else SIMILAR * EXACT_WEAK, False)
