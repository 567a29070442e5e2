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

_CURRENCIES = {
    "£": "GBP", "gbp": "GBP", "$": "USD", "usd": "USD", "us$": "USD", "€": "EUR", "eur": "EUR",
    "aud": "AUD", "a$": "AUD", "au$": "AUD", "cad": "CAD", "c$": "CAD", "ca$": "CAD", "nzd": "NZD",
    "nz$": "NZD", "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "jpy": "JPY", "¥": "JPY",
    "inr": "INR", "zar": "ZAR", "sgd": "SGD", "hkd": "HKD", "pln": "PLN", "euro": "EUR",
    "euros": "EUR", "sterling": "GBP", "dollars": "USD",
}  # fmt: skip
_SCALES = {
    "k": 1e3, "'000": 1e3, "’000": 1e3, "000": 1e3, "000s": 1e3, "'000s": 1e3, "’000s": 1e3,
    "thousand": 1e3, "thousands": 1e3, "th": 1e3, "tsd": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6,
    "mm": 1e6, "mil": 1e6, "mill": 1e6, "million": 1e6, "millions": 1e6, "bn": 1e9, "b": 1e9,
    "billion": 1e9, "billions": 1e9,
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(word) for word in _CURRENCIES), key=len, reverse=True))
_SCALE = "|".join(sorted((re.escape(word) for word in _SCALES), key=len, reverse=True))
_MONEY_UNIT = re.compile(rf"(?:in )?(?P<currency>{_CURRENCY})[ .]?(?P<scale>{_SCALE})?", re.I)
_SCALE_UNIT = re.compile(
    rf"(?:in )?(?P<scale>{_SCALE})(?:[ .]?(?:of )?(?P<currency>{_CURRENCY}))?", re.I
)
_OTHER_UNIT = re.compile(
    r"%|%age|percent|per cent|pct|days?|weeks?|months?|years?|yrs?|hours?|hrs?|fte|ftes|wte|person[- ]days?|"
    r"person[- ]months?|man[- ]days?|mths?|wks?|\d+ ?[-–to]+ ?\d+|0-1|dd/mm/yyyy|mm/dd/yyyy|yyyy-mm-dd|"
    r"y/n|yes/no|in/out|max/min",
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
    r"(?:\d{1,2}(?:st|nd|rd|th)?[\s_-]+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"[\s_'-]*(?:(?:19|20)?\d\d)?$|[\s_]+(?:as at|at|up to|to)[\s_]+\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$",
    re.I,
)
_ASIDE = re.compile(r"[\s_,]+(?:incl\.?|including|excl\.?|excluding)[\s_]+", re.I)
_WORD = re.compile(r"[a-z0-9]+|[%#]")

_SPELLING = {
    "program": "programme", "programs": "programme", "organization": "organisation",
    "organizational": "organisational", "prioritization": "prioritisation", "center": "centre",
    "realized": "realised", "realization": "realisation", "utilization": "utilisation",
    "authorized": "authorised", "color": "colour", "percentage": "percent", "pct": "percent",
    "%": "percent", "age": "age", "budgeted": "budgeted", "wholelife": "whole life", "lifecycle": "life cycle",
    "commited": "committed", "rated": "rated", "nr": "no", "num": "no", "proj": "project",
    "prog": "programme", "dept": "department", "mgr": "manager", "est": "estimated", "fcst": "forecast",
    "fc": "forecast", "desc": "description", "cat": "category", "curr": "current", "approx": "estimated",
    "amt": "amount", "qty": "quantity", "monetized": "monetised", "annualized": "annualised",
    "amortization": "amortisation", "categorisation": "category", "resp": "responsible",
    "capitalcost": "capital cost", "startdate": "start date", "enddate": "end date",
    "finishdate": "finish date", "projectid": "project id", "projectname": "project name",
    "percentcomplete": "percent complete", "exp": "expected", "sched": "scheduled", "tot": "total",
    "yr": "year", "yrs": "year", "mth": "month", "mths": "month", "wte": "fte", "signoff": "sign off",
    "disc": "discount", "avail": "available", "cd": "code", "nm": "name", "dt": "date",
    "sch": "scheme", "util": "utilisation", "sys": "system", "orig": "original", "rev": "rev",
    "fin": "financial", "bud": "budget", "req": "required", "sr": "sr", "cap": "cap", "hrs": "hour", "mnth": "month", "ref": "ref", "perc": "percent",
}  # fmt: skip
_KEEP_PLURAL = frozenset(
    [
        "status",
        "basis",
        "business",
        "class",
        "progress",
        "process",
        "analysis",
        "gross",
        "loss",
        "address",
        "access",
        "plus",
        "bias",
        "gis",
        "sms",
        "ops",
        "less",
        "as",
        "is",
        "was",
        "days",
        "months",
        "years",
        "hours",
        "costs",
    ]
)
_PLURALS = {"costs": "cost", "days": "day", "months": "month", "years": "year", "hours": "hour"}

MONEY_KINDS = {
    "capex": "Capex", "capital": "Capex", "opex": "Opex", "revenue": "Opex", "cdel": "CDEL",
    "rdel": "RDEL", "resource": "Resource", "grant": "Grant", "contingency": "Contingency",
    "internal": "Internal", "external": "External", "labour": "Labour", "labor": "Labour",
    "staff": "Staff", "people": "People", "it": "IT", "equipment": "Equipment",
    "one off": "One-off", "recurring": "Recurring", "capital expenditure": "Capex",
    "operating expenditure": "Opex", "cash": "Cash", "run": "Run", "change": "Change",
    "materials": "Materials", "contractors": "Contractors", "licences": "Licences", "fees": "Fees",
    "hardware": "Hardware", "software": "Software", "services": "Services", "borrowing": "Borrowing",
    "s106": "S106", "reserves": "Reserves", "receipts": "Receipts", "cap": "Capex", "rev": "Opex",
    "op": "Opex", "construction": "Construction", "design": "Design", "land": "Land",
    "investition": "Capex", "investitionen": "Capex", "betriebskosten": "Opex",
}  # fmt: skip
"""Words that name a kind of money when they stand alone under or over a period."""

OUTER_PERIODS = frozenset(
    [
        "prior",
        "prior years",
        "previous years",
        "prior year",
        "later",
        "later years",
        "future",
        "future years",
        "beyond",
        "to date",
        "thereafter",
        "years beyond",
        "subsequent years",
        "earlier",
        "earlier years",
        "prior spend",
        "prior yrs",
        "later yrs",
        "future yrs",
        "post plan",
        "beyond plan",
        "before",
        "after",
        "actuals to date",
        "sunk",
    ]
)
"""What stands before the first and after the last period of a profile: parts, not totals."""

_TOTALS = re.compile(
    r"^(?:(?:grand|sub|sum|overall|project|scheme|plan|row|programme|whole life|[0-9]+|five|ten|three|four) ?)*"
    r"total(?: cost| budget| spend| funding| fte| capex| opex| capital| revenue| plan| forecast| demand| value"
    r"| scheme| project| all years| [0-9]+ year| [0-9]+ years| programme| [0-9]+| fy[0-9/ ]+| year)*$"
    r"|^sum$|^subtotal$|^sub total$|^all years$|^overall$|^[0-9]+ year total$|^total [0-9]+ year$|^gesamt$|^summe$"
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
    return frozenset(map(fold, OUTER_PERIODS))


def one_line(text: str) -> str:
    """Fold line breaks and repeated, hard or odd spaces into single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def fold(text: str) -> str:
    """Fold text into the words a vocabulary is written in.

    >>> fold("Whole-Life Costs"), fold("plannedStartDate"), fold("% Complete:")
    ('whole life cost', 'planned start date', 'percent complete')
    """
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text).replace("’", "'"))
    plain = unicodedata.normalize("NFKD", spaced.replace("'s", "s").replace("&", " and ").lower())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
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
