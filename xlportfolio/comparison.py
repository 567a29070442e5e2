"""What changed since the last run: projects in and out, cost, value, dates, scores, decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from xlportfolio.keys import row_key
from xlportfolio.money import money_text
from xlportfolio.plan_calendar import month_number
from xlportfolio.records import ProjectKey
from xlportfolio.wording import counted, day

What = Literal["project", "cost", "value", "score", "start", "finish", "decision"]


@dataclass(frozen=True)
class ResultRow:
    """A project in the results of a run: what the next run is compared with.

    Attributes
    ----------
    cost
        What counts against the budgets. [cents]
    decision
        "" where none was proposed.
    start, finish
        As the tables planned them, not as levelling proposed.
    """

    key: ProjectKey
    name: str
    value: float | None
    score: float | None
    cost: int | None
    start: date | None
    finish: date | None
    decision: str = ""
    reason: str = ""
    new_start: date | None = None


@dataclass(frozen=True)
class Change:
    """One change; `source` is the cell that now says so ("Projects!C5"), None for a result."""

    key: ProjectKey
    name: str
    what: What
    before: str
    after: str
    sentence: str
    source: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What changed since the last run; `is_first` where there was none to compare with."""

    is_first: bool = True
    changes: tuple[Change, ...] = ()


Sources = Callable[[ProjectKey, What], str | None]
"""The cell that says something of a project now; None where there is none."""

_ORDER: tuple[tuple[What, ...], ...] = (
    ("decision",),
    ("project",),
    ("cost",),
    ("value", "score"),
    ("start", "finish"),
)
_SAME_MONEY = 1
"""Sheets hold money in units of currency, so that a cent can be lost on the way back. [cents]"""
_SAME_SCORE = 5e-5
"""Half of the fourth decimal, the last that a sheet shows. [-]"""
_SAME_VALUE = 1e-9
"""Of the larger of two values. [-]"""


def compare(
    before: Sequence[ResultRow] | None,
    after: Sequence[ResultRow],
    *,
    sources: Sources,
    currency: str | None,
) -> Comparison:
    """Say what changed since the last run.

    Parameters
    ----------
    before
        The results of the last run; None if there was none.
    after
        The results now.
    sources
        The cell that now says so, for a project and what changed of it.
    currency
        Of all money, such as "GBP".

    Returns
    -------
    Decisions first, then projects in and out, costs, values and scores, dates; among equals those
    that move most money, then by project. A difference within the rounding of a sheet is none.
    A run that proposed no decision has nothing to compare decisions with.

    Examples
    --------
    >>> old = ResultRow(ProjectKey("NW-301"), "Sludge upgrade", 0.7, None, 120_000_000, None, None)
    >>> new = ResultRow(ProjectKey("NW-301"), "Sludge upgrade", 0.7, None, 150_000_000, None, None)
    >>> cell = lambda key, what: "Projects!H5"
    >>> compare([old], [new], sources=cell, currency="GBP").changes[0].sentence
    'Cost of Sludge upgrade (NW-301) rose from GBP 1.2m to GBP 1.5m.'
    """
    if before is None:
        return Comparison(is_first=True)
    old, new = _by_key(before), _by_key(after)
    found: list[tuple[int, Change]] = []
    keys = {joined: row.key for joined, row in (old | new).items()}
    for joined, key in sorted(keys.items(), key=lambda entry: entry[1].order):
        one, other = old.get(joined), new.get(joined)
        source = sources(key, "project") if one is None or other is None else None
        if other is None:
            assert one is not None
            found.append((abs(one.cost or 0), _gone(one, source, currency)))
        elif one is None:
            found.append((abs(other.cost or 0), _added(other, source, currency)))
        else:
            found += _differences(one, other, sources, currency)
    place = {what: k for k, whats in enumerate(_ORDER) for what in whats}
    found.sort(key=lambda entry: (place[entry[1].what], -entry[0]))
    return Comparison(is_first=False, changes=tuple(change for _, change in found))


def _by_key(rows: Sequence[ResultRow]) -> dict[tuple[str, str], ResultRow]:
    return {row_key(row.key.project_id, row.key.option): row for row in reversed(rows)}


def _called(row: ResultRow) -> str:
    """The project in a sentence: "Sludge upgrade (NW-301)"."""
    return row.key.titled(row.name)


def _added(row: ResultRow, source: str | None, currency: str | None) -> Change:
    cost = "" if row.cost is None else f", at {money_text(row.cost, currency)}"
    decision = f": {row.decision}" if row.decision else ""
    sentence = f"{_called(row)} is new{cost}{decision}."
    return Change(row.key, row.name, "project", "", "new", sentence, source)


def _gone(row: ResultRow, source: str | None, currency: str | None) -> Change:
    cost = "" if row.cost is None else f" It was to cost {money_text(row.cost, currency)}."
    decision = f" (it was {row.decision})" if row.decision else ""
    sentence = f"{_called(row)} is no longer among the projects{decision}.{cost}"
    return Change(row.key, row.name, "project", "there", "", sentence, source)


def _differences(
    old: ResultRow, new: ResultRow, sources: Sources, currency: str | None
) -> Iterator[tuple[int, Change]]:
    """What changed of a project that is in both runs, each with the money that it moves."""

    def change(what: What, before: str, after: str, sentence: str) -> Change:
        source = None if what == "decision" else sources(new.key, what)
        return Change(new.key, new.name, what, before, after, sentence, source)

    name = _called(new)
    costs = [row.cost for row in (new, old) if row.cost is not None]
    money = abs(costs[0]) if costs else 0
    if old.decision and new.decision and old.decision != new.decision:
        because = f": {new.reason}" if new.reason else "."
        sentence = f"{name} changed from {old.decision} to {new.decision}{because}"
        yield money, change("decision", old.decision, new.decision, sentence)
    if _differ(old.cost, new.cost, _SAME_MONEY):
        texts = [None if row.cost is None else money_text(row.cost, currency) for row in (old, new)]
        by = abs((new.cost or 0) - (old.cost or 0))
        sentence = _figure(f"Cost of {name}", old.cost, new.cost, texts, money_text(by, currency))
        yield by, change("cost", texts[0] or "", texts[1] or "", sentence)
    whats: tuple[What, ...] = ("value", "score")
    for what in whats:
        one, other = getattr(old, what), getattr(new, what)
        largest = max(abs(one or 0.0), abs(other or 0.0))
        if not _differ(one, other, _SAME_SCORE if what == "score" else _SAME_VALUE * largest):
            continue
        texts = [None if x is None else _number(x) for x in (one, other)]
        by_text = _number(abs((other or 0.0) - (one or 0.0)))
        sentence = _figure(f"{what.capitalize()} of {name}", one, other, texts, by_text)
        yield money, change(what, texts[0] or "", texts[1] or "", sentence)
    whats = ("start", "finish")
    for what in whats:
        one, other = getattr(old, what), getattr(new, what)
        if one != other:
            sentence = _date_sentence(f"{what.capitalize()} of {name}", one, other)
            yield money, change(what, _day(one), _day(other), sentence)


def _differ(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > tolerance


def _figure(
    what: str,
    one: float | None,
    other: float | None,
    texts: Sequence[str | None],
    by: str,
) -> str:
    """A figure that changed, in a sentence; by how much where rounding hides it."""
    if one is None or other is None:
        known = f"is now {texts[1]}; it was not known"
        return f"{what} {known if one is None else f'is no longer known; it was {texts[0]}'}."
    verb = "rose" if other > one else "fell"
    if texts[0] == texts[1]:
        return f"{what} {verb} by {by} to {texts[1]}."
    return f"{what} {verb} from {texts[0]} to {texts[1]}."


def _date_sentence(what: str, one: date | None, other: date | None) -> str:
    if one is None or other is None:
        known = f"is now {_day(other)}; it was not known"
        return f"{what} {known if one is None else f'is no longer known; it was {_day(one)}'}."
    months = month_number(other) - month_number(one)
    n, unit = (abs(months), "month") if months else (abs((other - one).days), "day")
    later = "later" if other > one else "earlier"
    return f"{what} moved from {_day(one)} to {_day(other)}, {counted(n, unit)} {later}."


def _day(value: date | None) -> str:
    return "" if value is None else day(value)


def _number(x: float) -> str:
    """A value in a sentence: whole from 1,000 on, else four digits."""
    return f"{x:,.0f}" if abs(x) >= 999.5 else f"{x:.4g}"
