"""What a header says: its words, its unit, and the period or kind of money in it.

`read_heading` splits "FY26/27 Capex (GBP k)*" into words, unit, period and kind; the words are
folded (case, spacing, camelCase, plurals, American spelling) so that a vocabulary of plain
phrases can be matched exactly.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache

from xlportfolio.periods import Period, parse_period
from xlportfolio.values import Value
from xlportfolio.workbook.words import alternatives, number_map, word_map, word_set

MONEY_KINDS = word_map("kinds of money")
"""Words that name a kind of money when they stand alone under or over a period."""

_CURRENCIES = word_map("currencies")
_SCALES = number_map("scales")
_SPELLING = word_map("spelling")
_PLURALS = word_map("short plurals")
_KEEP_PLURAL = word_set("never plural")

_CURRENCY = alternatives(frozenset(_CURRENCIES))
_SCALE = alternatives(frozenset(_SCALES))
_MONEY_UNIT = re.compile(rf"(?:in )?(?P<currency>{_CURRENCY})[ .]?(?P<scale>{_SCALE})?", re.I)
_SCALE_UNIT = re.compile(
    rf"(?:in )?(?P<scale>{_SCALE})(?:[ .]?(?:of )?(?P<currency>{_CURRENCY}))?", re.I
)
_OTHER_UNIT = re.compile(
    r"%|%age|percent|per cent|pct|days?|weeks?|wks?|months?|mths?|years?|yrs?|hours?|hrs?|"
    r"ftes?|wte|person[- ]days?|person[- ]months?|man[- ]days?|\d+ ?[-–to]+ ?\d+|"
    r"dd/mm/yyyy|mm/dd/yyyy|yyyy-mm-dd|y/n|yes/no|in/out|max/min",
    re.I,
)
_TRAILING_MONEY = re.compile(
    rf"(?:[ ,_-]|(?<=\w))(?P<unit>(?:£|€|\$|us\$|a\$|au\$)[ ]?(?:{_SCALE})?|"
    rf"(?:gbp|usd|eur|aud|cad|nzd|chf|sek|nok|dkk)[ _]?(?:{_SCALE})?)$",
    re.I,
)
_LEADING_MONEY = re.compile(rf"^(?P<unit>(?:£|€|\$|us\$|a\$)(?:{_SCALE})?)[ ](?=\w)", re.I)
_BRACKET = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOOTNOTE = re.compile(r"[*†‡§¹²³⁴⁵⁶]+$")
_HOLLOW = frozenset(("custom field", "field", "column", "attribute", "user field"))
_UP_TO = re.compile(
    r"[\s_]+(?:as at|at|up to|to|until|by|thru|through)[\s_]+(?:end[\s_]+(?:of[\s_]+)?)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s_-]+)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[\s_'-]*(?:(?:19|20)?\d\d)?$|"
    r"[\s_]+(?:as at|at|up to|to)[\s_]+\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$",
    re.I,
)
_ASIDE = re.compile(r"[\s_,]+(?:incl\.?|including|excl\.?|excluding)[\s_]+", re.I)
_WORD = re.compile(r"[a-z0-9]+|[%#]")

_TOTALS = re.compile(
    r"^(?:(?:grand|sub|sum|overall|project|scheme|plan|row|programme|whole life|[0-9]+|three|four|"
    r"five|ten|year) ?)*total"
    r"(?: cost| budget| spend| funding| fte| capex| opex| capital| revenue| plan| forecast| demand|"
    r" value| scheme| project| programme| all years?| [0-9]+ years?| [0-9]+| fy[0-9/ ]+| year)*$|"
    r"^(?:sum|subtotal|all years?|overall|gesamt|summe)$"
)


@dataclass(frozen=True)
class Heading:
    """A header, read.

    Attributes
    ----------
    text
        As it stands, on one line.
    words
        Folded words without unit, period and brackets, joined by one space.
    bracket
        Folded words of what stood in brackets, if that was no unit.
    unit, currency, scale
        "£m", "GBP", 1e6; None where the header does not say.
    period
        A period within the header, such as 2013/14 in "2013/2014 Budget".
    """

    text: str
    words: str
    bracket: str = ""
    unit: str | None = None
    currency: str | None = None
    scale: float | None = None
    period: Period | None = None

    @property
    def kind(self) -> str | None:
        """The kind of money, where the words are nothing else."""
        return MONEY_KINDS.get(self.words)

    @property
    def is_total(self) -> bool:
        """Whether it names the sum of other columns."""
        return bool(_TOTALS.match(self.words))

    @property
    def is_period(self) -> bool:
        """Whether it is a period and nothing else."""
        return self.period is not None and not self.words

    @property
    def is_outer_period(self) -> bool:
        """Whether it names the money before or after the years of a profile."""
        return self.words in _outer_periods()


@cache
def _outer_periods() -> frozenset[str]:
    """What stands before the first and after the last period of a profile: parts, not totals."""
    return frozenset(map(fold, word_set("outer periods")))


def one_line(text: str) -> str:
    """Fold line breaks and repeated, hard or odd spaces into single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fold(text: str) -> str:
    """Fold text into the words a vocabulary is written in.

    >>> fold("Whole-Life Costs"), fold("plannedStartDate"), fold("% Complete:")
    ('whole life cost', 'planned start date', 'percent complete')
    """
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text).replace("’", "'"))
    plain = spaced.replace("'s", "s").replace("&", " and ").lower()
    if not plain.isascii():
        parted = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return " ".join(_fold_word(word) for word in _WORD.findall(plain))


@lru_cache(maxsize=20_000)
def _fold_word(word: str) -> str:
    if word in _SPELLING:
        return _SPELLING[word]
    if word in _PLURALS:
        return _PLURALS[word]
    if (
        len(word) > 3
        and word.endswith("s")
        and not word.endswith("ss")
        and word not in _KEEP_PLURAL
    ):
        if word.endswith("ies") and len(word) > 5:
            return _SPELLING.get(word[:-3] + "y", word[:-3] + "y")
        return _SPELLING.get(word[:-1], word[:-1])
    return word


def parse_unit(text: str) -> tuple[str, str | None, float | None] | None:
    """Read "£m", "GBP k", "$000s", "days" or "%" as (unit, currency, scale); None if it is no unit.

    >>> parse_unit("GBP k"), parse_unit("days"), parse_unit("of London") is None
    (('GBP k', 'GBP', 1000.0), ('days', None, None), True)
    """
    stripped = one_line(text).strip(" .,:;")
    folded = stripped.lower().removeprefix("all figures ").removeprefix("figures ").strip()
    match = _MONEY_UNIT.fullmatch(folded) or _SCALE_UNIT.fullmatch(folded)
    if match and folded not in ("b", "th"):
        currency, scale = match["currency"], match["scale"]
        return (
            stripped,
            _CURRENCIES[currency.lower()] if currency else None,
            _SCALES[scale.lower()] if scale else (1.0 if currency else None),
        )
    if _OTHER_UNIT.fullmatch(folded):
        return stripped, None, None
    return None


def read_heading(value: Value | date) -> Heading:
    """Read a header cell.

    >>> heading = read_heading("Budget (GBP k)*")
    >>> heading.words, heading.unit, heading.scale
    ('budget', 'GBP k', 1000.0)
    >>> read_heading("2013/2014 Budget").period.label
    '2013/14'
    """
    if value is None:
        return Heading("", "")
    if isinstance(value, datetime | date):
        period = parse_period(value)
        return Heading(period.label if period else str(value), "", period=period)
    if not isinstance(value, str):
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        period = parse_period(value)
        return Heading(str(number), "" if period else fold(str(number)), period=period)
    return _read_text(value)


@lru_cache(maxsize=20_000)
def _read_text(raw: str) -> Heading:
    text = one_line(raw)
    if (period := parse_period(text)) is not None:
        return Heading(text, "", period=period)
    unit: tuple[str, str | None, float | None] | None = None
    brackets: list[str] = []
    for inside in _BRACKET.findall(text):
        found = _unit_within(inside)
        if found and (unit is None or unit[2] is None):
            unit = found
        if not found:
            brackets.append(inside)
    rest = _FOOTNOTE.sub("", _BRACKET.sub(" ", text).strip(" .,:;*?")).strip()
    for pattern in (_TRAILING_MONEY, _LEADING_MONEY):
        match = pattern.search(rest)
        if match and unit is None and (found := parse_unit(match["unit"].replace("_", " "))):
            unit = found
            rest = (rest[: match.start()] + rest[match.end() :]).strip(" ,_-–:")
    if len(brackets) == 1 and fold(rest) in _HOLLOW:
        rest, brackets = brackets[0], []  # "Custom field (Target start)"
    rest = _UP_TO.sub(" to date", rest)
    rest, _, aside = re.sub(_ASIDE, "\n", rest, count=1).partition("\n")
    if aside:
        brackets.append(aside)
    period, rest = _split_period(rest)
    if period is None and len(brackets) == 1 and (period := parse_period(brackets[0])) is not None:
        brackets = []
    return Heading(
        text,
        fold(rest),
        bracket=" ".join(fold(inside) for inside in brackets),
        unit=unit[0] if unit else None,
        currency=unit[1] if unit else None,
        scale=unit[2] if unit else None,
        period=period,
    )


def _unit_within(inside: str) -> tuple[str, str | None, float | None] | None:
    """The unit in a bracket such as "£m", "£m, 2026/27 prices" or "approved, GBP k"."""
    if found := parse_unit(inside):
        return found
    for part in re.split(r"[,;/]| at | in ", inside):
        found = parse_unit(part)
        if found and found[2] is not None:
            return found
    return None


def _split_period(text: str) -> tuple[Period | None, str]:
    """Take a period off the front or the back of a header: "FY27 Capex", "Budget 2026/27"."""
    pieces = re.split(r"[\s:_–]+|(?<=\w)-(?=[A-Za-z])| - ", text)
    pieces = [piece for piece in pieces if piece and piece != "-"]
    for length in (2, 1):
        if len(pieces) > length:
            for period_at, rest in (
                (pieces[:length], pieces[length:]),
                (pieces[-length:], pieces[:-length]),
            ):
                period = parse_period(" ".join(period_at))
                if period is None or period.kind == "offset":
                    continue
                if any(letter.isalpha() for letter in "".join(rest)):
                    return period, " ".join(rest)
    return None, text
