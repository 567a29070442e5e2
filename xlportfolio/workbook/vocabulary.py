"""Which canonical field a header may stand for, and how sure its words alone make us.

The phrases stand in `vocabulary.json`. A strong phrase says the field by itself inside a table of
that kind; one that stands alone says it where no other column competes; a weak one may say it, and
is asked where a wrong reading would change a decision; a faint one is always asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from xlportfolio.workbook.headings import Heading, fold
from xlportfolio.workbook.words import vocabulary, word_set

EXACT_STRONG = 1.0
EXACT_ALONE = 0.80
EXACT_WEAK = 0.75
EXACT_FAINT = 0.62
WITHOUT_HARMLESS = 0.95
WITHOUT_PREFIX = 0.95
CONTAINED_STRONG = 0.80
CONTAINED_WEAK = 0.60
SIMILAR = 0.72

_NOT_TABLES = ("_about", "words", "other_tables", "telltales", "outputs")
_STRENGTHS = {
    "strong": EXACT_STRONG,
    "alone": EXACT_ALONE,
    "weak": EXACT_WEAK,
    "faint": EXACT_FAINT,
}
_PREFIXES = word_set("prefixes")
_NEUTRAL = word_set("neutral")
_LOOSE = word_set("harmless")
_LOOSE_OF_DATES = _LOOSE | word_set("harmless for dates")
_GUESSES = frozenset(("estimated", "est", "expected", "anticipated", "proposed", "target"))
_NEVER_LOOSE = frozenset(
    ("spent_to_date", "actual_cost", "committed_cost", "current_decision", "lifecycle")
)
_ASKS = frozenset(("what", "who", "when", "which", "how"))
_ASKING = word_set("of a question")
_ASKED = word_set("after a question")
_QUALIFIERS = word_set("qualifiers")
_TURNS_AWAY = word_set("turning away")


@dataclass(frozen=True)
class Match:
    """A field that a header's words may mean; `exact` if they are a strong phrase, whole.

    `plain` if they need no question where no other column competes for the field.
    """

    field: str
    score: float
    exact: bool
    plain: bool = False


@dataclass(frozen=True)
class _Phrases:
    exact: dict[str, tuple[tuple[str, str], ...]]  # phrase -> (field, strength)
    parts: tuple[tuple[tuple[str, ...], str, bool], ...]  # (words, field, strong), longest first


@cache
def _phrases(table: str) -> _Phrases:
    exact: dict[str, dict[str, str]] = {}
    for field, strengths in vocabulary()[table].items():
        for strength in _STRENGTHS:
            for phrase in strengths.get(strength, ()):
                exact.setdefault(fold(phrase), {}).setdefault(field, strength)
    exact.pop("", None)
    parts = [
        (tuple(phrase.split()), field, strength == "strong")
        for phrase, fields in exact.items()
        for field, strength in fields.items()
        if (len(phrase) > 2 or phrase == "pm") and strength != "faint"
    ]
    parts.sort(key=lambda part: (-len(part[0]), part[0], part[1]))
    return _Phrases(
        {phrase: tuple(fields.items()) for phrase, fields in exact.items()}, tuple(parts)
    )


@cache
def telltales(table: str) -> frozenset[str]:
    """Folded headers that give a table of somebody else's kind away, such as a risk register."""
    return frozenset(fold(phrase) for phrase in vocabulary()["telltales"].get(table, ()))


@cache
def other_table_words(table: str) -> frozenset[str]:
    """Folded headers that are usual in such a table."""
    return frozenset(fold(phrase) for phrase in vocabulary()["other_tables"].get(table, ()))


def other_tables() -> tuple[str, ...]:
    """Kinds of tables that are not the portfolio's, such as "risks"."""
    return tuple(vocabulary()["telltales"])


@cache
def known_words() -> frozenset[str]:
    """Every folded phrase that is a usual header of any table."""
    words: set[str] = set()
    for table in vocabulary():
        if table not in _NOT_TABLES:
            words.update(_phrases(table).exact)
    for table in other_tables():
        words |= telltales(table) | other_table_words(table)
    return frozenset(words)


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

    def offer(field: str, score: float, exact: bool, plain: bool = False) -> None:
        if field not in found or found[field].score < score:
            found[field] = Match(field, score, exact, plain)

    tokens = tuple(words.split())
    qualifier = bracket if bracket and set(bracket.split()) <= _QUALIFIERS else ""
    whole = [(words, EXACT_STRONG)]
    if qualifier:
        # "Cost (approved)" says what "approved cost" says, not what "cost" says.
        whole = [(f"{qualifier} {words}", EXACT_STRONG), (f"{words} {qualifier}", EXACT_STRONG)]
    if len(tokens) > 1 and tokens[0] in _PREFIXES:
        whole.append((" ".join(tokens[1:]), WITHOUT_PREFIX))
    for phrase, ceiling in whole:
        for field, strength in phrases.exact.get(phrase, ()):
            strong = strength == "strong"
            offer(field, ceiling * _STRENGTHS[strength], strong, strength == "alone")
    if not any(match.exact for match in found.values()):
        if table == "projects" and set(bracket.split()) <= _LOOSE:
            _offer_plain(tokens, phrases, found, offer)
        _offer_contained(tokens, phrases, offer)
        _offer_similar(tokens, phrases, offer)
    return tuple(sorted(found.values(), key=lambda match: (-match.score, match.field)))


def _offer_plain(
    tokens: tuple[str, ...], phrases: _Phrases, found: dict[str, Match], offer: Any
) -> None:
    """A known phrase with words that change nothing: "Proposed end date", "Revised budget"."""
    known = frozenset(found)
    asked = _without_question(tokens)
    for loose, fields in (
        (_LOOSE, None),
        (_LOOSE_OF_DATES, ("start", "finish")),
        (_LOOSE | {"actual"}, ("percent_complete",)),
    ):
        rest = tuple(token for token in asked if token not in loose)
        if rest == tokens or not rest or len(asked) - len(rest) > 3:
            continue
        for field, strength in phrases.exact.get(" ".join(rest), ()):
            if strength not in ("strong", "alone") or field in _NEVER_LOOSE:
                continue
            if (fields is not None and field not in fields) or (known and field not in known):
                continue
            if field == "budget" and _GUESSES & set(tokens):
                continue
            if field in ("cost", "benefit") and "current" in tokens:
                continue  # what it has cost or saved by now, or in all?
            offer(field, WITHOUT_HARMLESS * _STRENGTHS[strength], False, True)


def _without_question(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """A question of a form without its question: "What is the estimated cost?"."""
    if not tokens or tokens[0] not in _ASKS:
        return tokens
    rest = list(tokens[1:])
    while rest and rest[0] in _ASKING:
        rest.pop(0)
    while rest and rest[-1] in _ASKED:
        rest.pop()
    return tuple(rest)


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
