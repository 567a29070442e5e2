"""Columns that belong together because each is one period or one kind of the same quantity.

"FY26/27" over Capex | Opex, five years, then Prior, Later, Contingency and Total: the years and
kinds are parts, Prior and Later too, and what adds them up is recognised by adding them up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.parsing import parse_number
from xlportfolio.records import PRIOR
from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import FoundColumn, FoundTable
from xlportfolio.workbook.headings import MONEY_KINDS, Heading, fold
from xlportfolio.workbook.mapping.evidence import Evidence
from xlportfolio.workbook.mapping.model import MappedColumn
from xlportfolio.workbook.words import word_set

_SAMPLED_ROWS = 200
_SUM_SHARE = 0.85  # of the rows must add up; offices round, and mistype
_SUM_TOLERANCE = 0.006  # relative: totals are often rounded to the unit shown
_SUMS = word_set("sums")
_SPENT_BEFORE = frozenset(map(fold, word_set("spent before periods")))
_MEANINGS = word_set("meanings of money")
_SUMS_OF_MONEY = frozenset(
    ("cost", "limit", "budget", "cap", "ceiling", "envelope", "funding", "allocation")
)
_CONTINGENCY = MONEY_KINDS["contingency"]
_REACH = 3  # columns between a profile and its Prior, Later or Contingency


_ADJUSTS = re.compile(r"\b(?:slippage|carry|carried|brought|b fwd|c fwd|rephas\w*|reprofil\w*)\b")
"""Words of money moved between years, which the years themselves hold already."""


@dataclass(frozen=True)
class Profile:
    """A group of columns by period and kind.

    Attributes
    ----------
    words
        What the headers say besides period and kind, folded: "budget", "fte", "".
    total
        The column that was seen to sum all parts; None if there is none.
    subtotals
        Columns that sum some or all of the parts.
    shared
        Parts that are a field of their own as well: what was spent before the first period.
    """

    columns: tuple[MappedColumn, ...]
    words: str
    total: int | None = None
    subtotals: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(part.column for part in self.columns)

    @property
    def n_periods(self) -> int:
        return len({part.period for part in self.columns if part.period is not None})


def find_profiles(table: FoundTable, evidence: Sequence[Evidence]) -> list[Profile]:
    """Group the columns of a table that differ only by period and kind; [] if it has none."""
    groups: dict[str, list[MappedColumn]] = {}
    totals: list[int] = []
    in_words: list[tuple[str, MappedColumn]] = []
    for k, column in enumerate(table.columns):
        if evidence[k].date >= 0.5:
            continue
        part, words = _read_part(column, k)
        if part is None:
            continue
        if not evidence[k].says_nothing and evidence[k].number < 0.5:
            in_words.append((words, part))
        elif column.heading.is_total:
            totals.append(k)
        else:
            groups.setdefault(words, []).append(part)
    _add_told(groups, in_words, table)
    groups = _joined(groups)
    beside = _contingencies(groups)
    groups = {
        words: parts
        for words, parts in groups.items()
        if len({part.period for part in (*parts, *beside.get(words, ()))}) >= 2
        or len({part.kind for part in (*parts, *beside.get(words, ()))}) >= 2
    }
    used = {part.column for parts in (*groups.values(), *beside.values()) for part in parts}
    profiles = []
    for words, parts in groups.items():
        outer = [*_outer_parts(table, parts, used, evidence), *beside.get(words, ())]
        spent = _spent_before(table, parts, used, evidence)
        profiles.append(_with_totals(table, words, parts, outer, spent, totals, used, evidence))
    return profiles


def _read_part(column: FoundColumn, k: int) -> tuple[MappedColumn | None, str]:
    """The period and kind of a column and the words left over; None without a period."""
    period = next((h.period for h in reversed(column.levels) if h.period is not None), None)
    if period is None or any(_ADJUSTS.search(heading.words) for heading in column.levels):
        return None, ""
    kind: str | None = None
    words: list[str] = []
    for heading in column.levels:
        if heading.kind is not None:
            kind = heading.kind
        elif heading.words and not heading.is_total:
            kind_beside, rest = _kind_beside(heading.words)
            kind = kind_beside or kind
            words.append(rest)
        if heading.unit is not None and heading.scale is None:
            words.append(fold(heading.unit))  # days or FTE, no money
    return MappedColumn(k, period, kind), " ".join(words)


def _kind_beside(words: str) -> tuple[str | None, str]:
    """The kind of money that stands before or after the one word of its meaning: "cost capex"."""
    pieces = words.split()
    if len(pieces) == 2:
        for kind, meaning in (pieces, pieces[::-1]):
            if kind in MONEY_KINDS and meaning in _SUMS_OF_MONEY:
                return MONEY_KINDS[kind], meaning
    return None, words


def _add_told(
    groups: dict[str, list[MappedColumn]],
    in_words: Sequence[tuple[str, MappedColumn]],
    table: FoundTable,
) -> None:
    """Add the columns of words whose headers say quantity: by a unit, or as the others do.

    What stands in them is a mistake that is told cell by cell; without them a year is lost.
    """
    for words, part in in_words:
        others = groups.get(words, [])
        said = {(other.period, other.kind) for other in others}
        has_unit = any(level.unit is not None for level in table.columns[part.column].levels)
        if (has_unit or len(others) >= 2) and (part.period, part.kind) not in said:
            groups[words] = sorted((*others, part), key=lambda other: other.column)


def _joined(groups: dict[str, list[MappedColumn]]) -> dict[str, list[MappedColumn]]:
    """Join groups that carry on in time under another status: "2025 Revised", "2026 Proposed".

    What was spent, what is gained and what is counted in people are never joined with money that
    is needed.
    """
    joined: dict[str, list[MappedColumn]] = {}
    for words, parts in sorted(groups.items(), key=lambda item: item[1][0].column):
        for known, others in joined.items():
            if _carries_on(known, others, words, parts):
                others.extend(parts)
                break
        else:
            joined[words] = list(parts)
            continue
        if len(parts) > len(others) - len(parts):  # named for what most of it is
            joined[words] = joined.pop(known)
    return joined


def _contingencies(groups: dict[str, list[MappedColumn]]) -> dict[str, list[MappedColumn]]:
    """Take out what is set aside by period, and give it to the money that stands nearest.

    Returns
    -------
    dict
        Words of a group -> its contingencies.
    """
    apart = groups.get("", [])
    aside = [part for part in apart if part.kind == _CONTINGENCY]
    named = {words: parts for words, parts in groups.items() if _SUMS_OF_MONEY & set(words.split())}
    if not aside or len(aside) < len(apart) or not named:
        return {}
    del groups[""]
    beside: dict[str, list[MappedColumn]] = {}
    for part in aside:
        nearest = min(
            named, key=lambda words: min(abs(one.column - part.column) for one in named[words])
        )
        beside.setdefault(nearest, []).append(part)
    return beside


def _carries_on(
    known: str, others: Sequence[MappedColumn], words: str, parts: Sequence[MappedColumn]
) -> bool:
    apart = {*known.split()} ^ {*words.split()}
    if apart & _MEANINGS or parts[0].column != others[-1].column + 1:
        return False
    if [*range(parts[0].column, parts[-1].column + 1)] != [part.column for part in parts]:
        return False
    last, first = others[-1].period, parts[0].period
    return (
        last is not None
        and first is not None
        and (last.kind, last.fiscal) == (first.kind, first.fiscal)
        and (last.year, last.number) < (first.year, first.number)
    )


def _outer_parts(
    table: FoundTable,
    parts: Sequence[MappedColumn],
    used: set[int],
    evidence: Sequence[Evidence],
) -> list[MappedColumn]:
    """Prior, Later and Contingency beside the years: parts of the same money."""
    first = min(part.column for part in parts)
    last = max(part.column for part in parts)
    outer = []
    for k, column in enumerate(table.columns):
        if k in used or not column.levels or (evidence[k].filled and evidence[k].number < 0.5):
            continue
        if not (first - _REACH <= k < first or last < k <= last + _REACH + 1):
            continue
        kind = next((heading.outer for heading in column.levels if heading.outer), None)
        if column.heading.words == "contingency":
            kind = column.heading.kind
        if kind is not None:
            outer.append(MappedColumn(k, None, kind))
    return outer


def kind_outside_periods(column: FoundColumn) -> str | None:
    """The kind of the money of a part of a profile that is of none of its periods."""
    outer = next((heading.outer for heading in column.levels if heading.outer is not None), None)
    return PRIOR if outer is None and column.heading.words in _SPENT_BEFORE else outer


def _spent_before(
    table: FoundTable,
    parts: Sequence[MappedColumn],
    used: set[int],
    evidence: Sequence[Evidence],
) -> list[MappedColumn]:
    """What was spent to date, beside the years: a part of them if a total says so."""
    first = min(part.column for part in parts)
    return [
        MappedColumn(k, None, PRIOR)
        for k in range(max(0, first - _REACH), first)
        if k not in used
        and kind_outside_periods(table.columns[k]) == PRIOR
        and evidence[k].number >= 0.5
    ]


def _with_totals(
    table: FoundTable,
    words: str,
    parts: list[MappedColumn],
    outer: list[MappedColumn],
    spent: list[MappedColumn],
    marked: list[int],
    used: set[int],
    evidence: Sequence[Evidence],
) -> Profile:
    rows = sample_rows(table)
    outer_columns = {part.column for part in (*outer, *spent)}
    sums = [[*parts, *outer], parts]
    if spent:
        sums.insert(0, [*parts, *outer, *spent])
    total: int | None = None
    subtotals: list[int] = []
    chosen = [*parts, *outer]
    for k, column in enumerate(table.columns):
        if k in used or k in outer_columns or evidence[k].number < 0.5:
            continue
        has_period = any(heading.period is not None for heading in column.levels)
        if has_period and k not in marked:
            continue  # it is of that period, and no sum of several
        if k in marked or column.heading.is_total or _may_sum(column.heading):
            for candidate in sums:
                if adds_up(table, rows, k, [part.column for part in candidate]):
                    subtotals.append(k)
                    if not has_period and (total is None or column.heading.is_total):
                        total, chosen = k, candidate
                    break
            else:
                before = [part.column for part in (*parts, *outer) if part.column < k]
                if (
                    k in marked
                    or _sums_a_kind(table, rows, k, parts)
                    or adds_up(table, rows, k, before)
                ):
                    subtotals.append(k)
    ordered = tuple(sorted(chosen, key=lambda part: part.column))
    shared = tuple(part.column for part in spent if part in chosen)
    return Profile(ordered, words, total, tuple(subtotals), shared)


def _may_sum(heading: Heading) -> bool:
    return not _SUMS.isdisjoint(heading.words.split())


def _sums_a_kind(
    table: FoundTable, rows: Sequence[int], k: int, parts: Sequence[MappedColumn]
) -> bool:
    kinds = {part.kind for part in parts if part.kind}
    return any(
        adds_up(table, rows, k, [part.column for part in parts if part.kind == kind])
        for kind in kinds
    )


def sample_rows(table: FoundTable) -> list[int]:
    """Records to test sums on: all of a small table, evenly spread over a large one."""
    step = max(1, len(table.records) // _SAMPLED_ROWS)
    return list(range(0, len(table.records), step))


def adds_up(table: FoundTable, rows: Sequence[int], total: int, parts: Sequence[int]) -> bool:
    """Whether one column is the sum of others in nearly all rows."""
    return share_that_adds_up(table, rows, total, parts) >= _SUM_SHARE


def share_that_adds_up(
    table: FoundTable, rows: Sequence[int], total: int, parts: Sequence[int]
) -> float:
    """In which share of the rows one column is the sum of others. [0..1]"""
    if len(parts) < 2:
        return 0.0
    tested = matched = 0
    for row in rows:
        whole = amount(table.value(row, total))
        if whole is None or whole == 0:
            continue
        summed = sum(amount(table.value(row, part)) or 0.0 for part in parts)
        tested += 1
        tolerance = max(_SUM_TOLERANCE * abs(whole), 1e-6 + 0.06 * len(parts) ** 0.5)
        matched += abs(summed - whole) <= tolerance
    return matched / tested if tested else 0.0


def amount(value: Value) -> float | None:
    """A number, also one typed as text; None for anything else."""
    if isinstance(value, float):
        return value
    if isinstance(value, str) and len(value) < 40:
        parsed = parse_number(value)
        return parsed.value if parsed is not None else None
    return None


def kinds_of_money(heading: Heading) -> str | None:
    """The kind of money a header names, such as Capex for "Capital cost"."""
    first, _, last = heading.words.rpartition(" ")
    for words in (
        heading.words,
        heading.words.removeprefix("cost "),
        first if last in _SUMS_OF_MONEY else "",
    ):
        if words in MONEY_KINDS:
            return MONEY_KINDS[words]
    return None
