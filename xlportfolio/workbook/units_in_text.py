"""Units of money in headers and titles: "£m", "Rs. Cr", "TEUR", "$ in thousands", "R'000".

The scale may stand on either side of the currency. What holds a sign of money that cannot be read
is told as unread, so that nobody takes thousands for single units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xlportfolio.workbook.words import number_map, word_map

_CURRENCIES = word_map("currencies")
_SCALES = number_map("scales")
_SIGNS = "".join(sorted(sign for sign in _CURRENCIES if len(sign) == 1 and not sign.isalnum()))
_BY_LENGTH = sorted({*_CURRENCIES, *_SCALES}, key=lambda word: (-len(word), word))
_TOKENS = {
    first: [word for word in _BY_LENGTH if word[0] == first] for first in {w[0] for w in _BY_LENGTH}
}
_WEAK_SCALES = frozenset(("b", "th", "cr", "crs"))  # alone they are no scale: "Cr" is a credit too
_WELL_KNOWN = {"gbp", "usd", "eur", "aud", "nzd", "chf", "sek", "nok", "dkk", "inr", "zar", "jpy"}
_LETTERS = {"r": "ZAR", "n": "NGN"}  # currencies only beside a scale: "R'000", "N'm"
_FILLER = re.compile(r"(?:[ .'_]|(?<![a-z])(?:in|of)(?![a-z]))+")
_LEAD = re.compile(
    r"^(?:(?:all|figures?|values?|amounts?|money|costs?|budgets?|currency|is|are|shown|expressed|"
    r"stated|reported|in)\b[ :=]*)+",
    re.I,
)
_YEARLY = re.compile(
    r"(?: ?(?:p\.? ?a\.?|(?:per|a) (?:annum|year)|annually)|/ ?(?:yr|year|a))$", re.I
)
_LAST = re.compile(r" (?:real|nominal|cash|constant|current)$", re.I)
_STRONG = re.compile(r"'000'?s?|(?<!\d)000(?:'?s)?|in (?:'?000'?s?|[a-z]{4,})", re.I)
_PIECE = re.compile(r"(?:[^\s,;|:_–—]|(?<=\d),(?=\d))+")
_SIGN = re.compile(rf"[{re.escape(_SIGNS)}](?! ?[\d.,]*[1-9])")
_SCALE_LIKE = re.compile(
    r"(?<![\w'])'?(?:k|m|mn|mm|mil|bn|000'?s?|mio|mill|cr|lakhs?|crores?)(?!\w)", re.I
)
_SIGN_AFTER_WORD = re.compile(rf"(?<=[a-z]{{3}})(?=[{re.escape(_SIGNS)}])")
_CODE_AFTER_WORD = re.compile(r"(?<=[a-z]{2})(?=(?:GBP|USD|EUR|AUD|CAD|NZD)\b)")
_SIGN_AFTER_DASH = re.compile(rf"(?<=\w)-(?=[{re.escape(_SIGNS)}])")
_LONGEST_SPAN = 4  # words of one unit, such as "GBP in thousands of"
_LONGEST_TEXT = 160
"""Characters of a header or a title; what is longer is prose, whose sums are no unit."""


@dataclass(frozen=True)
class MoneyUnit:
    """A unit of money as written.

    Attributes
    ----------
    currency
        "GBP"; None where no country is named, as in "$".
    scale
        What one of the unit is: 1e6 for "£m", 1.0 where only the currency is said.
    """

    text: str
    currency: str | None
    scale: float


def parse_money_unit(text: str) -> MoneyUnit | None:
    """Read text that is a unit of money and nothing else; None if it is not.

    >>> parse_money_unit("Rs. Cr")
    MoneyUnit(text='Rs. Cr', currency='INR', scale=10000000.0)
    >>> parse_money_unit("$ in thousands").scale, parse_money_unit("of London") is None
    (1000.0, True)
    """
    stripped = text.replace("’", "'").strip(" .,:;")
    return _read_unit(stripped, _LEAD.sub("", stripped))


def _read_unit(stripped: str, led: str) -> MoneyUnit | None:
    unit = _YEARLY.sub("", _LAST.sub("", led)).strip()
    if not unit or len(unit) > 30:
        return None
    read = _read_tokens(re.sub(r"\bRM(?=\b|\d)", "MYR", unit).lower(), 0)
    if read is None:
        return None
    currencies, scales = read
    named = {currency for currency in currencies if currency}
    values = {_SCALES[scale] for scale in scales}
    if len(named) > 1 or len(values) > 1 or not (currencies or values):
        return None
    if not currencies and _WEAK_SCALES.issuperset(scales):
        return None
    currency = next(iter(named), None)
    scale = next(iter(values), 1.0)
    if "mil" in scales and currency not in (None, "USD", "GBP"):
        if currency != "BRL":
            return None  # a thousand in some languages, a million in others
        scale = 1e3
    return MoneyUnit(stripped, currency, scale)


def _read_tokens(text: str, at: int) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The currencies and scales that follow each other to the end of folded text."""
    filler = _FILLER.match(text, at)
    starts = [at, filler.end()] if filler else [at]
    if starts[-1] == len(text):
        return (), ()
    for start in starts:
        for word in _TOKENS.get(text[start], ()):
            if text.startswith(word, start) and (read := _read_tokens(text, start + len(word))):
                currencies, scales = read
                if word in _CURRENCIES:
                    return (_CURRENCIES[word], *currencies), scales
                return currencies, (word, *scales)
        if start + 1 >= len(text):
            continue
        rest = None
        letter = text[start]
        if at == 0 and (letter in _LETTERS or letter == "t"):
            rest = _read_tokens(text, start + 1)
        if rest is not None:
            currencies, scales = rest
            if letter == "t" and currencies and not scales:
                return currencies, ("k",)
            if letter in _LETTERS and scales and not currencies and text[start + 1] in " .'mb":
                return (_LETTERS[letter],), scales
    return None


def find_money_unit(text: str) -> tuple[MoneyUnit, str] | None:
    """Find a unit of money within running text.

    Returns
    -------
    tuple
        The unit, and the text without it; None if there is none.

    >>> find_money_unit("Capex $m 2026")[1]
    'Capex 2026'
    """
    if len(text) > _LONGEST_TEXT:
        return None
    spaced = _SIGN_AFTER_WORD.sub(" ", text)
    spaced = _CODE_AFTER_WORD.sub(" ", spaced)
    spaced = _SIGN_AFTER_DASH.sub(" ", spaced)
    for first, last in _spans(spaced):
        span = re.sub(r"[_\s]+", " ", spaced[first:last])
        if not _may_stand_alone(span, spaced, first, last):
            continue
        said = span.replace("’", "'").strip(" .,:;")
        unit = _read_unit(said, said)
        if unit is not None and not (unit.scale == 1.0 and _beside_scale(spaced, first, last)):
            rest = f"{spaced[:first].rstrip(' ,_-–—:')} {spaced[last:].lstrip(' ,_-–—:')}".strip()
            return unit, rest
    return None


def _beside_scale(text: str, first: int, last: int) -> bool:
    """Whether a scale that could not be read with the currency stands next to it."""
    words = (*text[:first].split()[-1:], *text[last:].split()[:1])
    return any(word.lower().strip(".'") in _SCALES for word in words)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Runs of pieces that hold no comma or colon between them, longest first."""
    pieces = [match.span() for match in _PIECE.finditer(text)]
    for length in range(min(_LONGEST_SPAN, len(pieces)), 0, -1):
        for k in range(len(pieces) - length + 1):
            first, last = pieces[k][0], pieces[k + length - 1][1]
            if length == 1 or not re.search(r"[,;|:–—]", text[first:last]):
                yield first, last


def _may_stand_alone(span: str, text: str, first: int, last: int) -> bool:
    """Whether a run of words among others says that it is a unit, not a word like any other."""
    after = text[last:].lstrip(" _")
    if after[:1].isdigit() and not re.match(r"(?:19|20)?\d\d(?:[/-]\d\d|\b)(?![.,]\d)", after):
        return False  # an amount: "EUR 50m"
    if span[:1].isdigit() and text[:first].rstrip(" ,._")[-1:].isdigit():
        return False  # the end of a number: "10 000"
    if after.lower().startswith("of "):
        return False  # "in millions of trees"
    if any(sign in span for sign in _SIGNS):
        return True
    folded = span.lower().replace("’", "'").strip(".")
    if _STRONG.fullmatch(folded):
        return True
    words = re.findall(r"[A-Za-z]+", span)
    if len(words) == 1 and folded in _CURRENCIES:
        is_last = not after and len(text) > last - first
        if folded in _WELL_KNOWN:
            return is_last or span.isupper()
        return is_last and (span.isupper() or len(folded) != 3)  # not "worth a try"
    lettered = re.match(r"[RN](?:'| ?m\b| ?bn\b)", span)
    return lettered is not None or any(_has_currency(word) for word in words)


def _has_currency(word: str) -> bool:
    """Whether a word is a currency, or a code in capitals with a scale at either side of it."""
    if word.lower() in _CURRENCIES or word == "RM":
        return True
    code = re.fullmatch(r"(?:k|K|m|M|T|bn)([A-Z]{3})|([A-Z]{3})(?:k|m|mn|bn|K|M)", word)
    return code is not None and (code[1] or code[2]).lower() in _CURRENCIES


def unread_money(text: str, *, bracket: bool = False) -> str:
    """What is left in a text that looks like a unit of money but was not read as one; "" if none.

    >>> unread_money("Cost €q"), unread_money("excl. £2m grant"), unread_money("Cost")
    ('€q', '', '')
    """
    for piece in _PIECE.finditer(text):
        if _SIGN.search(piece[0]) or (bracket and _SCALE_LIKE.search(piece[0])):
            return text.strip() if bracket else piece[0]
    return ""
