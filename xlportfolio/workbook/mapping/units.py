"""The unit of a money column: in its header, in a header over it, in the title, in its format."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.headings import parse_unit, read_heading

_CURRENCY_IN_FORMAT = re.compile(r"\[\$([^\]\-]+)|([£€¥])|\"([£€$]|[A-Z]{3})[ \"]")
_LITERAL = re.compile(r"\"([^\"]*)\"|\\(.)|\[[^\]]*\]")
_TITLE_UNIT = re.compile(
    r"(?:all |money |costs? |budgets? |values? |amounts? |figures? )*(?:are |is )?(?:in|:)\s+"
    r"((?:GBP|USD|EUR|AUD|CAD|£|\$|€)?\s?(?:k|m|bn|'?000s?|thousands?|millions?|billions?)?)(?:[\s,.;)|]|$)",
    re.I,
)


@dataclass(frozen=True)
class Unit:
    """A unit as written, and for money its currency and scale; all None where nothing says."""

    text: str | None = None
    currency: str | None = None
    scale: float | None = None


def unit_of(found: FoundTable, column: int) -> Unit:
    """The unit of a column, from the nearest place that says one."""
    for heading in reversed(found.columns[column].levels):
        if heading.unit is not None:
            return Unit(heading.unit, heading.currency, heading.scale)
    title = _title_unit(found.title)
    shown = _format_unit(found, column)
    if shown is not None and shown.scale not in (None, 1.0):
        return shown
    if title is not None:
        return title
    return shown or Unit()


def _title_unit(title: str) -> Unit | None:
    for text in title.split(" | "):
        heading = read_heading(text)
        if heading.unit is not None and heading.scale is not None:
            return Unit(heading.unit, heading.currency, heading.scale)
        if (match := _TITLE_UNIT.search(text)) and (found := parse_unit(match[1])):
            return Unit(*found)
        for piece in re.split(r"[,;()\[\]]| - | – ", text):
            found = parse_unit(piece)
            if found is not None and found[2] is not None:
                return Unit(*found)
    return None


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
