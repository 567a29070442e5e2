"""The unit of a money column: in its header, in a header over it, in the title, in its format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import Heading, parse_unit
from xlportfolio.workbook.units_in_text import find_money_unit, parse_money_unit

_CURRENCY_IN_FORMAT = re.compile(r"\[\$([^\]\-]+)|([£€¥])|\"([£€$]|[A-Z]{3})[ \"]")
_LITERAL = re.compile(r"\"([^\"]*)\"|\\(.)|\[[^\]]*\]")
_SAME_ORDER = 1_000.0  # money in one unit differs less than money in thousands from single money
_YEARLY = re.compile(r"\bp\.? ?a\b|annum|annual|/ ?(?:yr|year|a)\b|per year|a year")


@dataclass(frozen=True)
class Unit:
    """A unit as written, and for money its currency and scale; all None where nothing says.

    `doubt` says why the scale of the money is not certain; "" if it is, or nothing speaks of it.
    """

    text: str | None = None
    currency: str | None = None
    scale: float | None = None
    doubt: str = ""


def unit_of(found: FoundTable, column: int) -> Unit:
    """The unit of a column, from the nearest place that says one."""
    levels = list(reversed(found.columns[column].levels))
    unread = next((heading.unread for heading in levels if heading.unread), "")
    doubt = f'its unit, "{unread}", is not understood' if unread else ""
    over = _unit_over(found, levels)
    heading = next((heading for heading in levels if heading.unit is not None), None)
    if heading is not None and heading.unit is not None:
        if over is not None and heading.scale == 1.0:
            doubt = doubt or f'its header says "{heading.unit}", but over it stands "{over.text}"'
        if _YEARLY.search(heading.unit.lower()):
            doubt = doubt or f'its unit, "{heading.unit}", is a yearly sum'
        return Unit(heading.unit, heading.currency, heading.scale, doubt)
    shown = _format_unit(found, column)
    if shown is not None and shown.scale not in (None, 1.0):
        return replace(shown, doubt=doubt)
    if over is None:
        return replace(_title_unit(found.title) or shown or Unit(), doubt=doubt)
    return replace(over, doubt=doubt)


def money_unit_of(found: FoundTable, column: int) -> Unit:
    """The unit of a column known to hold money: its own, else that of the money beside it.

    A unit from beside is in doubt: it is to be asked.
    """
    unit = unit_of(found, column)
    if unit != Unit() or any(level.period for level in found.columns[column].levels):
        return unit
    return _unit_beside(found, column) or unit


def _unit_beside(found: FoundTable, column: int) -> Unit | None:
    """The one scale that other columns of money say, for a column of the same order of size."""
    said = {
        (heading.unit, heading.currency, heading.scale)
        for k, other in enumerate(found.columns)
        if k != column
        for heading in other.levels
        if heading.scale not in (None, 1.0)
    }
    if len({scale for _, _, scale in said}) != 1:
        return None
    text, currency, scale = next(iter(sorted(said, key=str)))
    beside = [
        _median(found, k)
        for k, other in enumerate(found.columns)
        if any(heading.scale == scale for heading in other.levels)
    ]
    mine, theirs = _median(found, column), max(beside, default=0.0)
    if not mine or not theirs or not 1 / _SAME_ORDER <= mine / theirs <= _SAME_ORDER:
        return None
    return Unit(
        text, currency, scale, f'it says no unit, and the columns beside it are in "{text}"'
    )


def _median(found: FoundTable, column: int) -> float:
    """The median size of a column's numbers, of at most its first 200 values; 0.0 if none."""
    sizes = [
        abs(value)
        for record in range(min(200, len(found.records)))
        if isinstance(value := found.value(record, column), float) and value
    ]
    return median(sizes) if sizes else 0.0


def _unit_over(found: FoundTable, levels: Sequence[Heading]) -> Unit | None:
    """A scale that stands over the header: in a band over several columns, or in the title."""
    own = next((k for k, heading in enumerate(levels) if heading.unit is not None), len(levels))
    for heading in levels[own + 1 :]:
        if heading.scale not in (None, 1.0):
            return Unit(heading.unit, heading.currency, heading.scale)
    title = _title_unit(found.title)
    return title if title is not None and title.scale not in (None, 1.0) else None


@lru_cache(maxsize=1000)
def _title_unit(title: str) -> Unit | None:
    """The unit that a title says; of several the one with a scale."""
    best: Unit | None = None
    for text in title.split(" | "):
        pieces = [text, *re.split(r",(?!\d)|[;()\[\]]| - | – ", text)]
        for piece in pieces:
            found = parse_money_unit(piece)
            if found is None and (running := find_money_unit(piece)) is not None:
                found = running[0]
            if found is None:
                continue
            if len(found.text) == 1 and found.text.isalpha() and f"({piece})" not in text:
                continue  # a letter of its own: "Phase | M"
            if best is None or (best.scale == 1.0 and found.scale not in (None, 1.0)):
                best = Unit(found.text, found.currency, found.scale)
    return best


def _format_unit(found: FoundTable, column: int) -> Unit | None:
    """What a number format adds: a currency sign; "m" or "k" after the digits."""
    for record in range(min(5, len(found.records))):
        code = found.number_format(record, column)
        if not code:
            continue
        code = code.split(";")[0]
        sign = _CURRENCY_IN_FORMAT.search(code)
        currency = next((group for group in sign.groups() if group), "") if sign else ""
        literals = "".join(a or b or "" for a, b in _LITERAL.findall(code))
        digits = _LITERAL.sub("", code)
        # A comma after the last digit divides by 1,000 for display: the value itself is whole.
        divided = re.search(r"[0#](,+)(?![0#,])", digits)
        suffix = re.search(r"(k|m|bn|mn|000s?)\b", literals, re.I)
        if suffix and not divided:
            unit = parse_unit(f"{currency.strip()}{suffix[1]}")
            if unit is not None:
                return Unit(*unit)
        if currency and (unit := parse_unit(currency.strip())) is not None:
            return Unit(*unit)
        if code.rstrip().endswith("%"):
            return Unit("%")
    return None
