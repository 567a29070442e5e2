"""Numbers as people type them: "£1,234.56", "(1,200)", "1.2m", "EUR 2.4m", "12 %", "1 234,5"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

DecimalMark = Literal[".", ","]

_LONGEST = 40
"""Characters; a longer text is a sentence, not a number."""

_SYMBOLS = {
    "us$": "USD",
    "a$": "AUD",
    "au$": "AUD",
    "c$": "CAD",
    "ca$": "CAD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "r$": "BRL",
    "£": "GBP",
    "$": "USD",
    "€": "EUR",
    "¥": "JPY",
    "₹": "INR",
}
_CODES = [
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD",
    "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "USD", "ZAR",
]  # fmt: skip
_CURRENCIES = _SYMBOLS | {code.lower(): code for code in _CODES}

_SCALES = {
    **dict.fromkeys(("k", "tsd", "thousand", "thousands", "'000", "000s", "'000s"), 1e3),
    **dict.fromkeys(("m", "mn", "mm", "mln", "mil", "mio", "million", "millions"), 1e6),
    **dict.fromkeys(("b", "bn", "bln", "mrd", "billion", "billions"), 1e9),
    **dict.fromkeys(("tn", "trn", "trillion", "trillions"), 1e12),
    "%": 0.01,
    "percent": 0.01,
    "per cent": 0.01,
}
_MEASURES = [
    "d", "day", "days", "h", "hr", "hrs", "hour", "hours", "w", "wk", "wks", "week", "weeks",
    "mo", "mos", "mth", "mths", "month", "months", "y", "yr", "yrs", "year", "years",
    "fte", "ftes", "pt", "pts", "points", "x",
]  # fmt: skip


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_CURRENCY = _alternatives(_CURRENCIES)
_SCALE = _alternatives(_SCALES)
_NUMBER = re.compile(
    rf"""
    (?P<sign>[-+]?)\s*(?P<open>\(?)\s*
    (?P<before>{_CURRENCY})?\s*(?P<before_scale>{_SCALE})?\s*
    (?P<sign2>[-+]?)\s*(?P<open2>\(?)\s*
    (?P<digits>(?:\d+(?:[\ '.,]\d+)*|[.,]\d+)(?:e[-+]?\d{{1,3}})?)\s*
    (?P<close2>\)?)\s*
    (?:(?P<scale>{_SCALE})\.?)?\s*(?P<measure>{_alternatives(_MEASURES)})?\s*
    (?P<after>{_CURRENCY})?\s*(?P<close>\)?)\s*(?P<sign3>-?)
    """,
    re.VERBOSE,
)
_DASH = re.compile(rf"(?:{_CURRENCY})?\s*-{{1,3}}\s*(?:{_CURRENCY})?")
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\t\r\n", " "))
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "’": "'", "´": "'"})


@dataclass(frozen=True)
class ParsedNumber:
    """A number as it was written.

    Attributes
    ----------
    value
        As written, before `scale`: 1.2 for "1.2m", 12 for "12 %".
    unit
        As written: "£", "£m", "EUR m", "%", "days"; None for a bare number.
    currency
        ISO code; None if none is written. A bare "$" is USD.
    scale
        What `value` is to be multiplied by: 1e6 for "m", 0.01 for "%"; 1 if nothing is written.
    exact
        False where another reading was possible: "12,5" is 12.5, or 125 with a slipped comma.
    dash
        Whether it is the dash with which accounting formats show a zero.
    """

    value: float
    unit: str | None = None
    currency: str | None = None
    scale: float = 1.0
    exact: bool = True
    dash: bool = False

    @property
    def amount(self) -> float:
        """The number in single units: 1,200,000 for "1.2m"."""
        return self.value * self.scale


def parse_number(value: object, decimal: DecimalMark | None = None) -> ParsedNumber | None:
    """Read a number as people type it; None for anything else.

    Parameters
    ----------
    value
        A cell's value. Truths, dates, sentences, codes ("P001", "007") and placeholders are not
        numbers.
    decimal
        The decimal mark of the values around it, if known: settles "1,234" and "1.234". Without
        it "1,234" is 1234, and "1.234" is 1.234.

    Examples
    --------
    >>> parse_number("£1,234.56").value, parse_number("(1,200)").value
    (1234.56, -1200.0)
    >>> parse_number("EUR 2.4m")
    ParsedNumber(value=2.4, unit='EUR m', currency='EUR', scale=1000000.0, exact=True, dash=False)
    >>> parse_number("1.234,56").value, parse_number("1 234,5").value
    (1234.56, 1234.5)
    >>> parse_number("12,5").value, parse_number("12,5").exact
    (12.5, False)
    >>> parse_number(" - ").dash, parse_number("tbc"), parse_number("2026-Q1")
    (True, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return ParsedNumber(float(value)) if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    written = value.translate(_SPACES).translate(_MINUS).strip()
    text = written.lower()
    if _DASH.fullmatch(text):
        code = text.replace("-", "").strip()
        return ParsedNumber(0.0, code or None, _CURRENCIES.get(code), dash=True)
    match = _NUMBER.fullmatch(text)
    if match is None or not _is_consistent(match):
        return None
    read = _read_digits(match["digits"], decimal)
    if read is None:
        return None
    number, exact = read
    if not math.isfinite(number):  # "1e400"
        return None
    if _is_negative(match):
        number = -number
    magnitude = match["scale"] or match["before_scale"]
    symbol = match["before"] or match["after"]
    return ParsedNumber(
        number,
        _unit(written, symbol, magnitude, match["measure"]),
        _CURRENCIES[symbol] if symbol else None,
        _SCALES[magnitude] if magnitude else 1.0,
        exact,
    )


def _is_consistent(match: re.Match[str]) -> bool:
    """At most one sign, one pair of brackets, one currency, one magnitude."""
    opened = len(match["open"]) + len(match["open2"])
    closed = len(match["close"]) + len(match["close2"])
    signs = sum(bool(match[group]) for group in ("sign", "sign2", "sign3"))
    return (
        opened == closed
        and opened + signs <= 1
        and not (match["before"] and match["after"])
        and not (match["before_scale"] and match["scale"])
        and not (match["before_scale"] and not match["before"])
        and not (match["measure"] and (match["before"] or match["after"]))
    )


def _is_negative(match: re.Match[str]) -> bool:
    return bool(match["open"] or match["open2"]) or "-" in (
        match["sign"],
        match["sign2"],
        match["sign3"],
    )


def _unit(
    written: str, symbol: str | None, magnitude: str | None, measure: str | None
) -> str | None:
    """The unit as it was written, capitals included."""

    def original(part: str | None) -> str:
        if not part:
            return ""
        at = written.lower().rfind(part)
        return written[at : at + len(part)]

    money = original(symbol)
    gap = " " if money and money[-1].isalpha() and magnitude else ""
    unit = f"{money}{gap}{original(magnitude)}"
    if measure:
        unit = f"{unit} {original(measure)}".strip()
    return unit or None


_GROUPED = {
    mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in (",", ".", " ", "'")
}
_LAKHS = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")


def _read_digits(text: str, decimal: DecimalMark | None) -> tuple[float, bool] | None:
    """The number that digits and separators stand for, and whether only one reading is possible.

    A mark that comes last and once, after groups made by another, is the decimal mark; a mark
    between groups of three digits separates thousands.
    """
    mantissa, _, exponent = text.partition("e")
    if re.fullmatch(r"0\d+", mantissa):
        return None  # "007" is a code: a number would have lost its zeros
    power = f"e{exponent}" if exponent else ""
    found = _split_decimals(mantissa, decimal)
    if found is None:
        return None
    whole, fraction, exact = found
    whole = re.sub(r"[ ',.]", "", whole)
    return float(f"{whole or '0'}.{fraction or '0'}{power}"), exact


def _split_decimals(text: str, decimal: DecimalMark | None) -> tuple[str, str, bool] | None:
    marks = [mark for mark in text if not mark.isdigit()]
    if not marks:
        return text, "", True
    last = marks[-1]
    whole, _, fraction = text.rpartition(last)
    if len(set(marks)) > 2 or (len(set(marks)) == 2 and marks.count(last) > 1):
        return None
    if len(set(marks)) == 2:
        grouping = marks[0]
        valid = _GROUPED[grouping].fullmatch(whole) or (grouping == "," and _LAKHS.fullmatch(whole))
        return (whole, fraction, True) if valid and last in ".," else None
    if len(marks) > 1 or last in " '":
        valid = _GROUPED[last].fullmatch(text) or (last == "," and _LAKHS.fullmatch(text))
        return (text, "", True) if valid else None
    groups = bool(_GROUPED[last].fullmatch(text)) and whole != "0"
    if last == ".":
        return (text, "", True) if groups and decimal == "," else (whole, fraction, True)
    if groups and decimal != ",":
        return text, "", True
    # Thousands stand in groups of three: more digits before the mark make it a decimal one.
    return whole, fraction, decimal == "," or whole in ("", "0") or len(whole) > 3


def decimal_mark(values: Iterable[object]) -> DecimalMark | None:
    """Which decimal mark the texts of a column show beyond doubt; None if none or both do.

    >>> decimal_mark(["1.234,56", "1.234", "tbc"]), decimal_mark(["1,234.5"]), decimal_mark([3.0])
    (',', '.', None)
    """
    seen: set[DecimalMark] = set()
    for value in values:
        if not isinstance(value, str) or len(value) > _LONGEST:
            continue
        text = value.translate(_SPACES).translate(_MINUS).strip().lower()
        match = _NUMBER.fullmatch(text)
        if match is None:
            continue
        digits = match["digits"].partition("e")[0]
        marks = [mark for mark in digits if not mark.isdigit()]
        if len(set(marks)) == 2 and marks.count(marks[-1]) == 1 and marks[-1] in ".,":
            seen.add("," if marks[-1] == "," else ".")
        elif len(marks) > 1 and set(marks) == {"."}:
            seen.add(",")
        elif len(marks) > 1 and set(marks) == {","}:
            seen.add(".")
    return seen.pop() if len(seen) == 1 else None


def parse_fraction(value: object) -> float | None:
    """Read a fraction from 0 to 1; None if it is not one, and for 40, which may mean 40 %.

    >>> parse_fraction(0.4), parse_fraction("40%"), parse_fraction(40), parse_fraction("0,4")
    (0.4, 0.4, None, 0.4)
    """
    parsed = parse_number(value)
    if parsed is None or parsed.dash or not parsed.exact or parsed.currency:
        return None
    if parsed.unit not in (None, "%") and parsed.scale != 0.01:
        return None
    fraction = percent(parsed.value) if parsed.scale == 0.01 else parsed.value
    return fraction if 0 <= fraction <= 1 else None


def percent(value: float) -> float:
    """A percentage as the fraction a person would write.

    >>> percent(12.3), 12.3 / 100
    (0.123, 0.12300000000000001)
    """
    return float(f"{value!r}e-2") if "e" not in repr(value) else value / 100


_PLACEHOLDERS = {
    "tbc", "tbd", "tba", "tbn", "to be confirmed", "to be determined", "to be decided",
    "to be agreed", "to be announced", "to follow", "to come", "n/a", "na", "n.a", "n.a.",
    "n / a", "not applicable", "not available", "not known", "not provided", "not reported",
    "not set", "not yet known", "not assessed", "not rated", "not scored", "not stated",
    "no data", "no value", "none", "null", "nan", "unknown", "unassigned", "unspecified",
    "undefined", "missing", "blank", "empty", "pending", "awaited", "awaiting", "awaiting data",
    "outstanding", "reset", "exempt", "see note", "see notes", "see below", "see above",
    "see comment", "see comments", "see narrative", "as above", "ditto", "various", "withheld",
    "redacted", "confidential", "commercially sensitive", "?", "??", "???", "xx", "xxx", "..",
    "...", "…", "*", "**", "#", ".", "/", "#n/a", "#ref!", "#value!", "#div/0!", "#num!",
    "#name?", "#null!", "#spill!", "#calc!",
}  # fmt: skip


def is_placeholder(value: object) -> bool:
    """Whether a text stands for "there is no value here".

    >>> is_placeholder("TBC"), is_placeholder("n/a "), is_placeholder("see note 3")
    (True, True, True)
    >>> is_placeholder(0.0), is_placeholder("Bridge"), is_placeholder("-")
    (False, False, False)
    """
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    text = " ".join(value.lower().split()).strip("[]<>()").strip()
    if text.startswith("see note"):
        text = re.sub(r"^(see note)s?\s*\(?[\da-z]{1,2}\)?$", r"\1", text)
    return text in _PLACEHOLDERS or text.rstrip(".!") in _PLACEHOLDERS
