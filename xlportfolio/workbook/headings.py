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
from xlportfolio.records import LATER, PRIOR
from xlportfolio.values import Value
from xlportfolio.workbook.units_in_text import find_money_unit, parse_money_unit, unread_money
from xlportfolio.workbook.words import word_map, word_set

MONEY_KINDS = word_map("kinds of money")
"""Words that name a kind of money when they stand alone under or over a period."""

_SPELLING = word_map("spelling")
_PLURALS = word_map("short plurals")
_KEEP_PLURAL = word_set("never plural")

_OTHER_UNIT = re.compile(
    r"%|%age|percent|per cent|pct|days?|weeks?|wks?|months?|mths?|years?|yrs?|hours?|hrs?|"
    r"ftes?|wte|person[- ]days?|person[- ]months?|man[- ]days?|\d+ ?[-–to]+ ?\d+|"
    r"dd/mm/yyyy|mm/dd/yyyy|yyyy-mm-dd|y/n|yes/no|in/out|max/min|h/m/l|l/m/h",
    re.I,
)
_BRACKET = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FOOTNOTE = re.compile(r"[*†‡§¹²³⁴⁵⁶]+$")
_STATUS_OF_YEAR = {"a": "actual", "b": "budget", "e": "estimate", "f": "forecast", "p": "plan"}
_YEAR_WITH_STATUS = re.compile(
    r"((?:[fs]?fy|cy) ?'?\d\d(?:\d\d)?|(?:19|20)\d\d(?:[/-]\d\d(?:\d\d)?)?) ?([abefp])", re.I
)
_HOLLOW = frozenset(("custom field", "field", "column", "attribute", "user field"))
_UP_TO = re.compile(
    r"[\s_]+(?:as at|at|up to|to|until|by|thru|through)[\s_]+(?:end[\s_]+(?:of[\s_]+)?)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s_-]+)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[\s_'-]*(?:(?:19|20)?\d\d)?$|"
    r"[\s_]+(?:as at|at|up to|to)[\s_]+\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$",
    re.I,
)
_PRICES = re.compile(
    r"[\s_,]+(?:(?:in|at)[\s_]+)?(?:(?:fy)?(?:19|20)?\d\d(?:[/-]\d\d(?:\d\d)?)?|constant|current|base"
    r"(?: year)?|outturn|q[1-4][\s_]+\d{4})[\s_]+(?:prices?|price[\s_]+base)\b",
    re.I,
)
_ASIDE = re.compile(r"[\s_,]+(?:incl\.?|including|excl\.?|excluding)[\s_]+", re.I)
_WORD = re.compile(r"[a-z0-9]+|[%#]")

_Unit = tuple[str, str | None, float | None]
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
        "£m", "GBP", 1e6; None where the header does not say. A "$" names no country: its currency
        is None.
    unread
        What looks like a unit of money and could not be read as one: "XYZ k".
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
    unread: str = ""

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
    def outer(self) -> str | None:
        """The kind of money before or after the years of a profile: "Prior" or "Later"."""
        return _outer_periods().get(self.words)

    @property
    def is_outer_period(self) -> bool:
        """Whether it names the money before or after the years of a profile."""
        return self.outer is not None


@cache
def _outer_periods() -> dict[str, str]:
    """What stands before the first and after the last period of a profile: parts, not totals.

    Money before the first period is spent, or as good as; it is no need of any period to come.
    """
    kinds = {PRIOR: word_set("periods before"), LATER: word_set("periods after")}
    return {fold(words): kind for kind, phrases in kinds.items() for words in phrases}


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


def parse_unit(text: str) -> _Unit | None:
    """Read "£m", "GBP k", "$000s", "days" or "%" as (unit, currency, scale); None if it is no unit.

    >>> parse_unit("GBP k"), parse_unit("days"), parse_unit("of London") is None
    (('GBP k', 'GBP', 1000.0), ('days', None, None), True)
    """
    line = one_line(text)
    if (money := parse_money_unit(line)) is not None:
        return money.text, money.currency, money.scale
    stripped = line.strip(" .,:;")
    return (stripped, None, None) if _OTHER_UNIT.fullmatch(stripped) else None


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
    if (match := _YEAR_WITH_STATUS.fullmatch(text)) and (period := parse_period(match[1])):
        return Heading(text, _STATUS_OF_YEAR[match[2].lower()], period=period)
    said = text
    if (bracket := _BRACKET.search(text)) and fold(_BRACKET.sub(" ", text)) in _HOLLOW:
        said = bracket[1]  # "Custom field (Target start)"
    unit: _Unit | None = None
    brackets: list[str] = []
    unread = ""
    for inside in _BRACKET.findall(said):
        found = _unit_within(inside)
        if found and (unit is None or unit[2] is None):
            unit = found
        if not found:
            brackets.append(inside)
            unread = unread or unread_money(inside, bracket=True)
    rest = _FOOTNOTE.sub("", _BRACKET.sub(" ", said).strip(" .,:;*?")).strip()
    if (running := find_money_unit(rest)) is not None:
        money, rest = running
        rest = rest.strip(" ,_-–—:")
        if unit is None or unit[2] is None:
            unit = (money.text, money.currency, money.scale)
        elif money.scale != 1.0 and money.scale != unit[2]:
            unread = unread or money.text
    unread = unread or unread_money(rest)
    if (prices := _PRICES.search(rest)) is not None:
        rest = f"{rest[: prices.start()]} {rest[prices.end() :]}".strip()
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
        unread=unread,
    )


def _unit_within(inside: str) -> _Unit | None:
    """The unit in a bracket such as "£m", "£m, 2026/27 prices" or "approved, GBP k"."""
    if found := parse_unit(inside):
        return found
    for part in re.split(r"[,;]| at | in ", inside):
        found = parse_unit(part)
        if found and found[2] is not None:
            return found
    running = find_money_unit(inside)
    return (running[0].text, running[0].currency, running[0].scale) if running else None


def _split_period(text: str) -> tuple[Period | None, str]:
    """Take a period off a header: "FY27 Capex", "Budget 2026/27", "Cost 2026/27 Capex"."""
    if (whole := parse_period(text)) is not None:
        return whole, ""
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
    if len(pieces) == 3 and fold(pieces[2]) in MONEY_KINDS:  # "Cost 2026/27 Capex"
        period = parse_period(pieces[1])
        if period is not None and period.kind != "offset":
            return period, f"{pieces[0]} {pieces[2]}"
    return None, text
