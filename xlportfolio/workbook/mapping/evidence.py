"""What a column's values say: how many are numbers, dates, RAG words, codes, and how unique."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from xlportfolio.parsing import (
    is_placeholder,
    parse_date,
    parse_direction,
    parse_force,
    parse_lifecycle,
    parse_link_type,
    parse_number,
    parse_rag,
)
from xlportfolio.periods import parse_period
from xlportfolio.records import Kind
from xlportfolio.values import CellError, Value

_SAMPLE = 250  # values parsed per column; uniqueness looks at all of them
UNTOLD = 0.7
"""How well a column fits whose header alone can tell what it is for."""
_CODE = re.compile(
    r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9_./#-]{0,24}$|"
    r"[A-Z]{2,6} \d{1,6}$|"
    r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$"
)
_OPTION = re.compile(
    r"(?:option|opt\.?|variant|alternative|scenario) ?[a-z0-9]+\b.*|"
    r"do[ -](?:min\w*|nothing|some\w*|max\w*)\b.*|"
    r"business as usual|bau|base ?case|preferred.*|[a-h]|minimum|maximum|medium|full",
    re.I,
)


@dataclass(frozen=True)
class Evidence:
    """Shares of the values that are not blank. [0..1]

    Attributes
    ----------
    n, filled
        How many values, and how many of them not blank.
    unique
        Share of distinct values among those not blank.
    number, date, period, rag, lifecycle, force, direction, link_type, code, option, text
        Shares of values that can be read so; placeholders such as "tbc" do not count against any.
    typed_number
        Share of the values that are numbers in their cells, rather than text that reads as one.
    low, high
        Least and greatest number. None if there is none.
    whole
        Share of the numbers that are whole.
    length
        Mean length of the texts.
    distinct
        The distinct values, folded. Of at most the first 5,000.
    """

    n: int
    filled: int
    unique: float
    number: float
    typed_number: float
    date: float
    period: float
    rag: float
    lifecycle: float
    force: float
    direction: float
    link_type: float
    code: float
    option: float
    text: float
    low: float | None
    high: float | None
    whole: float
    length: float
    distinct: frozenset[str]

    @classmethod
    def of(cls, values: Sequence[Value]) -> Evidence:
        filled = [value for value in values if value is not None]
        folded = [key_of(value) for value in filled]
        step = max(1, len(filled) // _SAMPLE)
        sample = [v for v in filled[::step] if not isinstance(v, CellError)]
        sample = [v for v in sample if not is_placeholder(v)]
        counts: Counter[str] = Counter()
        numbers: list[float] = []
        lengths: list[int] = []
        for value in sample:
            _count(value, counts, numbers, lengths)
        size = max(1, len(sample))
        share = {name: count / size for name, count in counts.items()}
        return cls(
            n=len(values),
            filled=len(filled),
            unique=len(set(folded)) / len(folded) if folded else 0.0,
            number=share.get("number", 0.0),
            typed_number=share.get("typed_number", 0.0),
            date=share.get("date", 0.0),
            period=share.get("period", 0.0),
            rag=share.get("rag", 0.0),
            lifecycle=share.get("lifecycle", 0.0),
            force=share.get("force", 0.0),
            direction=share.get("direction", 0.0),
            link_type=share.get("link_type", 0.0),
            code=share.get("code", 0.0),
            option=share.get("option", 0.0),
            text=share.get("text", 0.0),
            low=min(numbers) if numbers else None,
            high=max(numbers) if numbers else None,
            whole=sum(x.is_integer() for x in numbers) / len(numbers) if numbers else 0.0,
            length=sum(lengths) / len(lengths) if lengths else 0.0,
            distinct=frozenset(folded[:5000]),
        )

    @property
    def blank(self) -> float:
        """Share of the values that are blank."""
        return 1.0 - self.filled / self.n if self.n else 1.0

    @property
    def says_nothing(self) -> bool:
        """Whether nothing in it can be read: it is blank, or holds errors and "tbc" alone."""
        return not (self.number or self.date or self.text or self.force)

    @property
    def is_rating(self) -> bool:
        """Whether the numbers could be ratings on a small scale."""
        return (
            self.number >= 0.8
            and self.low is not None
            and self.high is not None
            and self.low >= 0
            and self.high <= 10
        )


def key_of(value: Value) -> str:
    """The form in which IDs and names are compared: case, spaces and ".0" do not count."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split()).casefold()


def _count(value: Value, counts: Counter[str], numbers: list[float], lengths: list[int]) -> None:
    if isinstance(value, bool):
        counts["force"] += 1
        return
    if isinstance(value, datetime):
        counts["date"] += 1
        counts["period"] += 1
        return
    if isinstance(value, float):
        numbers.append(value)
        counts["number"] += 1
        counts["typed_number"] += 1
        counts["code"] += value.is_integer() and value >= 0
        counts["period"] += parse_period(value) is not None
        counts["force"] += value in (0.0, 1.0)
        return
    if not isinstance(value, str):
        return
    lengths.append(len(value))
    parsed = parse_number(value) if len(value) < 40 else None
    if parsed is not None:
        counts["number"] += 1
        if not parsed.dash:
            numbers.append(parsed.value)
    elif len(value) < 40 and parse_date(value) is not None:
        counts["date"] += 1
    else:
        counts["text"] += 1
    if len(value) > 60:
        return
    counts["period"] += parse_period(value) is not None
    counts["rag"] += parse_rag(value) is not None
    counts["lifecycle"] += parse_lifecycle(value) is not None
    counts["force"] += parse_force(value) is not None
    counts["direction"] += parse_direction(value) is not None
    counts["link_type"] += parse_link_type(value) is not None
    counts["code"] += bool(_CODE.match(value.strip()))
    counts["option"] += bool(_OPTION.fullmatch(value.strip()))


def fit(evidence: Evidence, kind: Kind) -> float:
    """How well a column's values suit a kind of field. [0..1]; `UNTOLD` if they say nothing."""
    if evidence.says_nothing:
        return UNTOLD
    return max(0.0, min(1.0, _FITS[kind](evidence)))


def _fit_id(e: Evidence) -> float:
    if e.date >= 0.5 or e.length > 60:
        return 0.1
    if e.code >= 0.6:
        return 1.0
    return 0.75 if e.length <= 40 and e.number < 0.9 else 0.4


def _fit_text(e: Evidence) -> float:
    if e.number >= 0.5 or e.date >= 0.5:
        return 0.15
    return 0.6 if e.rag >= 0.8 and e.unique < 0.5 else 1.0


def _fit_word(e: Evidence) -> float:
    if e.date >= 0.5:
        return 0.1
    if e.length > 120:
        return 0.4
    return 1.0 if e.number < 0.5 else 0.85


def _fit_person(e: Evidence) -> float:
    if e.number >= 0.5 or e.date >= 0.5 or e.rag >= 0.8:
        return 0.1
    return 0.3 if e.length > 60 else 1.0


def _fit_money(e: Evidence) -> float:
    if e.date >= 0.5:
        return 0.05
    if e.text >= 0.7:
        return 0.1
    return 1.0 if e.number >= 0.5 else 0.5


def _fit_date(e: Evidence) -> float:
    if e.date + e.period >= 0.5:
        return 1.0
    return 0.4 if e.date + e.period >= 0.2 else 0.08


def _fit_rag(e: Evidence) -> float:
    if e.rag >= 0.6:
        return 1.0
    if e.number >= 0.8 and e.is_rating:
        return 0.5
    return 0.5 if e.rag >= 0.3 else 0.12


def _fit_lifecycle(e: Evidence) -> float:
    if e.lifecycle >= 0.5 and e.lifecycle >= e.rag:
        return 1.0
    if e.rag >= 0.6:
        return 0.1
    return 0.1 if e.number >= 0.5 or e.date >= 0.5 or e.length > 40 else 0.7


def _fit_force(e: Evidence) -> float:
    if e.force >= 0.8:
        return 1.0
    return 0.1 if e.number >= 0.5 or e.date >= 0.5 or e.length > 25 else 0.5


def _fit_fraction(e: Evidence) -> float:
    if e.number < 0.5:
        return 0.1
    return 1.0 if e.low is None or (e.low >= 0 and (e.high or 0) <= 120) else 0.3


def _fit_direction(e: Evidence) -> float:
    return 1.0 if e.direction >= 0.6 else 0.1


def _fit_link_type(e: Evidence) -> float:
    return 1.0 if e.link_type >= 0.6 else 0.4 if e.text >= 0.8 and e.length < 25 else 0.1


def _fit_period(e: Evidence) -> float:
    return 1.0 if e.period >= 0.6 or e.date >= 0.6 else 0.15


def _fit_number(e: Evidence) -> float:
    return 1.0 if e.number >= 0.5 else 0.1


def _fit_anything(e: Evidence) -> float:
    return 1.0


_FITS: dict[Kind, Callable[[Evidence], float]] = {
    "id": _fit_id,
    "text": _fit_text,
    "word": _fit_word,
    "person": _fit_person,
    "money": _fit_money,
    "profile": _fit_money,
    "number": _fit_number,
    "fraction": _fit_fraction,
    "ratio": _fit_number,
    "date": _fit_date,
    "months": _fit_number,
    "rag": _fit_rag,
    "force": _fit_force,
    "lifecycle": _fit_lifecycle,
    "direction": _fit_direction,
    "weight": _fit_number,
    "rating": _fit_number,
    "period": _fit_period,
    "link_type": _fit_link_type,
    "fte": _fit_number,
    "lag": _fit_number,
    "setting": _fit_anything,
}
