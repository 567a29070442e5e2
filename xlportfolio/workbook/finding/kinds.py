"""What kind of value a cell holds, a column mostly holds, and which form IDs have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Literal

from xlportfolio.parsing import is_placeholder, parse_date, parse_number
from xlportfolio.values import Value

Kind = Literal["number", "date", "text"]

_LONGEST_NUMBER = 40
_ID = re.compile(r"(?=.*\d)\S{1,20}$")


def kind_of(value: Value) -> Kind | None:
    """Which kind of value a cell holds; None for a blank, an error or "TBC"."""
    if isinstance(value, datetime):
        return "date"
    if isinstance(value, float | bool):
        return "number"
    return _kind_of_text(value) if isinstance(value, str) else None


@lru_cache(maxsize=20_000)
def _kind_of_text(text: str) -> Kind | None:
    if is_placeholder(text):
        return None
    if len(text) < _LONGEST_NUMBER:
        if parse_number(text) is not None:
            return "number"
        if parse_date(text) is not None:
            return "date"
    return "text"


def kinds_of(rows: Sequence[Mapping[int, Value]]) -> dict[int, Kind]:
    """What each column mostly holds, where it holds one kind of value; rows are column -> value."""
    found: dict[int, Counter[Kind]] = {}
    for cells in rows:
        for column, value in cells.items():
            kind = kind_of(value)
            if kind is not None:
                found.setdefault(column, Counter())[kind] += 1
    kinds: dict[int, Kind] = {}
    for column, counts in found.items():
        kind, count = counts.most_common(1)[0]
        if count >= 0.6 * counts.total():
            kinds[column] = kind
    return kinds


def id_shape(text: str) -> str:
    """The form of an ID; "" for what is none.

    >>> id_shape("PRJ-012"), id_shape("PRJ-7"), id_shape("Depot 7")
    ('PRJ-0', 'PRJ-0', '')
    """
    return re.sub(r"\d+", "0", text) if _ID.match(text) else ""
