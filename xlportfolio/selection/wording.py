"""The pieces of the sentences that give reasons: names, values, shares and lists, kept short."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlportfolio.money import money_text
from xlportfolio.wording import listed

LONGEST = 220
"""What a board still reads as one sentence. [characters]"""
_LONGEST_NAME = 48


def short_name(name: str) -> str:
    """A project's name with its ID, the name cut where both are long.

    >>> short_name("Replacement of the ageing mains in the northern district (NW-107)")
    'Replacement of the ageing mains in the… (NW-107)'
    """
    if len(name) <= _LONGEST_NAME:
        return name
    head, bracket, label = name.rpartition(" (")
    if not bracket or len(label) > _LONGEST_NAME - 12:
        return name[: _LONGEST_NAME - 1].rstrip() + "…"
    room = _LONGEST_NAME - len(label) - 3
    return f"{head[:room].rstrip()}… ({label}"


def briefly_listed(names: Sequence[str], most: int = 2) -> str:
    """Names in a row, the rest of a long list counted.

    >>> briefly_listed(["A", "B"]), briefly_listed(["A", "B", "C", "D"])
    ('A and B', 'A, B and 2 others')
    """
    return listed(names, most, noun="other")


def capital(text: str) -> str:
    """The text as a sentence begins.

    >>> capital("needed by A")
    'Needed by A'
    """
    return text[:1].upper() + text[1:]


def worth_text(value: float) -> str:
    """A value or score in a sentence.

    >>> worth_text(0.7412), worth_text(0.0312), worth_text(12.5), worth_text(1_250_000)
    ('0.74', '0.031', '12.5', '1.25m')
    """
    return _worth(value, 2)


def worth_texts(one: float, other: float) -> tuple[str, str]:
    """Two values with as many digits as tell them apart.

    >>> worth_texts(0.7412, 0.7384), worth_texts(0.5, 0.5)
    (('0.741', '0.738'), ('0.5', '0.5'))
    """
    return _apart(one, other, _worth, 2, 9)


def share_text(share: float) -> str:
    """A share as per cent.

    >>> share_text(0.4), share_text(0.125)
    ('40 %', '12.5 %')
    """
    return _share(share, 1)


def share_texts(one: float, other: float) -> tuple[str, str]:
    """Two shares with as many digits as tell them apart.

    >>> share_texts(0.4, 0.40004)
    ('40 %', '40.004 %')
    """
    return _apart(one, other, _share, 1, 9)


def need_and_left(
    need: int, left: int, currency: str | None, of: str, *, is_more: bool = False
) -> str:
    """What is needed of a budget and what is left of it; the lack where rounding hides it.

    >>> need_and_left(120_000_000, 30_000_000, "GBP", "Capex budget 2027/28")
    'GBP 1.2m of the Capex budget 2027/28 is needed and GBP 300k is left'
    >>> need_and_left(120_000_100, 120_000_000, None, "total budget", is_more=True)
    '1.2m more of the total budget is needed, 1 more than is left'
    """
    needed, rest = money_text(need, currency), money_text(left, currency)
    asked = f"{needed}{' more' if is_more else ''} of the {of} is needed"
    if left <= 0:
        return f"{asked} and nothing is left"
    if needed == rest:
        return f"{asked}, {money_text(need - left, currency)} more than is left"
    return f"{asked} and {rest} is left"


def sentence(needed: str, *choices: str) -> str:
    """A sentence from what it has to say and the first way to go on that is short enough.

    >>> sentence("Does not fit", "; the money goes to A (NW-1)")
    'Does not fit; the money goes to A (NW-1).'
    """
    more = next((text for text in choices if len(needed) + len(text) < LONGEST), "")
    text = needed + more
    if len(text) >= LONGEST:
        text = text[: LONGEST - 2].rstrip() + "…"
    return text if text.endswith((".", "…", "!", "?")) else text + "."


def _worth(value: float, digits: int) -> str:
    size = abs(value)
    if size >= 9_999.5:
        if digits <= 2:
            return money_text(round(value * 100), None)
        return f"{value:,.{max(digits - 5, 0)}f}"
    if size >= 999.5:
        return f"{value:,.{digits - 2}f}"
    if size >= 99.5:
        return _trimmed(f"{value:.{digits - 2}f}")
    if size >= 9.95:
        return _trimmed(f"{value:.{digits - 1}f}")
    if size >= 0.0995 or value == 0:
        return _trimmed(f"{value:.{digits}f}")
    return f"{value:.{digits}g}"


def _share(share: float, digits: int) -> str:
    return _trimmed(f"{100 * share:.{digits}f}") + " %"


def _trimmed(text: str) -> str:
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _apart(
    one: float, other: float, write: Callable[[float, int], str], first: int, last: int
) -> tuple[str, str]:
    for digits in range(first, last):
        texts = write(one, digits), write(other, digits)
        if texts[0] != texts[1] or one == other:
            break
    return texts
