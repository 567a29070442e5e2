"""Which rows of a table look like records and are none: sums, examples, rows not yet filled in."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from xlportfolio.parsing import is_placeholder
from xlportfolio.values import Value
from xlportfolio.workbook.finding.kinds import Kind, id_shape, kind_of, kinds_of
from xlportfolio.workbook.headings import fold

Row = dict[int, Value]

_SAMPLED_ROWS = 200
_MOST_KEYS = 2
_FEWEST_SUMMED = 3  # two numbers often add up to a third by accident
_SMALLEST_SUM = 20.0
_DASHES = re.compile(r"[\W_]+$")
_EXAMPLE = re.compile(
    r"\s*(?:e\.?g\.?(?:[:,\s]|$)|(?:for )?example\W*\d*$|"
    r"(?:for )?(?:example|sample|dummy|beispiel|exemple)(?:[:(]|\W*(?:project|scheme|row|entry|"
    r"only|data|line|record|projekt|projet)?\W*\d*$))",
    re.I,
)
_SUMMARY = re.compile(
    r"(?:average|mean|median|minimum|maximum|min|max|count|check|check ?sum|control total|"
    r"variance|difference|diff|balance|headroom|shortfall|surplus|deficit|unallocated|remaining|"
    r"mittelwert|durchschnitt|moyenne|anzahl|nombre)|"
    r"(?:over|under)(?: or)? (?:under|over|spend|budget|programming|commitment|allocation)\b.*|"
    r"(?:over|under) ?(?:spend|programming|commitment|allocation|budget)\b.*|"
    r"(?:number|no|count) of (?:\w+ )?(?:project|scheme|initiative|investment|programme|row|item)|"
    r"(?:project|scheme) count|"
    r"(?:budget|funding|fund|resource|capital|money|total)(?: budget)? "
    r"(?:available|envelope|limit|remaining|left|cap|ceiling|allocated|unallocated)|"
    r"(?:available|remaining|approved|annual|unallocated|overall) (?:budget|funding|fund|capital)|"
    r"(?:contingency|vat|inflation|overhead|optimism bia\w*)\b.* \d+ percent|"
    r"(?:all|whole|entire) (?:project|scheme|programme|portfolio|initiative)|"
    r"(?:\w+ )?(?:average|total|subtotal|sum)"
)


@dataclass(frozen=True)
class Sifted:
    """The rows that are records, those that sum them, and why others were left out."""

    records: tuple[int, ...]
    totals: tuple[int, ...]
    left_out: dict[int, str]


def sift(
    rows: dict[int, Row],
    totals: Sequence[int],
    columns: Sequence[int],
    zero_formulas: frozenset[tuple[int, int]] = frozenset(),
) -> Sifted:
    """Part the records from rows that only look like them.

    Parameters
    ----------
    rows
        The rows taken for records so far, in order: row -> column -> value, blanks left out.
    totals
        Rows known for totals.
    columns
        The table's columns, in order.
    zero_formulas
        (row, column) of formulas, which fill empty rows with zeros.
    """
    left_out = {row: why for row, own in rows.items() if (why := _not_filled_in(own)) is not None}
    kept = {row: own for row, own in rows.items() if row not in left_out}
    for row in _numbered_ahead(kept, columns, zero_formulas):
        left_out[row] = "only a number prepared for a later entry"
        del kept[row]
    summing = _summing(kept, totals, columns)
    left_out |= dict.fromkeys(sorted(summing), "a sum or another figure about the rows above")
    return Sifted(
        tuple(row for row in kept if row not in summing),
        tuple(sorted({*totals, *summing})),
        left_out,
    )


def _not_filled_in(own: Row) -> str | None:
    texts = [value for value in own.values() if isinstance(value, str)]
    if len(texts) == len(own) and all(
        is_placeholder(text) or _DASHES.match(text) for text in texts
    ):
        return "nothing but dashes"
    first = list(own.values())[:3]
    if any(isinstance(value, str) and _EXAMPLE.match(value) for value in first):
        return "an example"
    return None


def _numbered_ahead(
    rows: dict[int, Row], columns: Sequence[int], zero_formulas: frozenset[tuple[int, int]]
) -> list[int]:
    """Rows that hold only the next ID or row number: those of a template, not yet used."""
    if max(map(len, rows.values()), default=0) < 3:
        return []
    order = list(rows)
    said = {row: _said(row, rows[row], zero_formulas) for row in order}
    bare = [bool(said[row]) and _is_numbering(said[row], columns) for row in order]
    ahead: list[int] = []
    n_inside = 0
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and bare[end]:
            end += 1
        if end == at:
            at += 1
            continue
        run = order[at:end]
        follows = at > 0 and _follows(rows[order[at - 1]], said[run[0]])
        steps = all(
            _follows(said[before], said[after]) for before, after in itertools.pairwise(run)
        )
        if at > 0 and steps and (follows or len(run) >= 2):
            ahead += run
            n_inside += end < len(order)
        at = end
    return ahead if n_inside <= 2 else []  # else a matrix, in which many rows are blank


def _said(row: int, own: Row, zero_formulas: frozenset[tuple[int, int]]) -> Row:
    """What a row says, without dashes, unticked boxes and formulas that have nothing to add up."""
    return {
        column: value
        for column, value in own.items()
        if not (isinstance(value, str) and (is_placeholder(value) or _DASHES.match(value)))
        and value is not False
        and not (value == 0.0 and (row, column) in zero_formulas)
    }


def _is_numbering(said: Row, columns: Sequence[int]) -> bool:
    return len(said) <= 2 and all(
        column in columns[:3] and _number_in(value) is not None for column, value in said.items()
    )


def _number_in(value: Value) -> tuple[str, int] | None:
    """The form of an ID and the number in it: "PRJ-012" is ("PRJ-0", 12)."""
    if isinstance(value, float) and value.is_integer() and 0 < value < 1e6:
        return "", int(value)
    if isinstance(value, str) and id_shape(value):
        digits = re.findall(r"\d+", value)[-1]
        return id_shape(value), int(digits)
    return None


def _follows(before: Row, said: Row) -> bool:
    for column, value in said.items():
        own, previous = _number_in(value), _number_in(before.get(column))
        if own is None or previous is None or own[0] != previous[0] or own[1] != previous[1] + 1:
            return False
    return True


def _summing(rows: dict[int, Row], totals: Sequence[int], columns: Sequence[int]) -> set[int]:
    """Find the rows that sum, average or set off the rows above."""
    sample = [own for own in rows.values() if len(own) >= 2][:_SAMPLED_ROWS]
    kinds = kinds_of(sample)
    keys = _keys(sample, kinds, columns)
    if len(sample) < 2 or not keys:
        return set()
    widths = sorted(map(len, sample))
    usual = widths[len(widths) // 2]
    with_ids = sum(_is_id(own.get(keys[0])) for own in sample) >= 0.8 * len(sample)
    labels = {
        row: label
        for row, own in rows.items()
        if (label := _label(own, kinds, usual)) is not None
        and not (with_ids and _is_id(own.get(keys[0])))
    }
    if not labels:
        return set()
    last = max((row for row in rows if row not in labels), default=0)
    summed = [column for column, kind in kinds.items() if kind == "number"]
    whole, so_far, since = _Sums(), _Sums(), _Sums()
    for row, own in rows.items():
        if row not in labels:
            whole.add(own, summed)
    found: set[int] = set()
    after_total = False
    for row in sorted({*rows, *totals}):
        if row not in rows:
            after_total, since = True, _Sums()
            continue
        own = rows[row]
        label = labels.get(row)
        if label is not None:
            numbers = {column: own[column] for column in summed if column in own}
            at_end = row > last
            if (
                any(sums.match(numbers) for sums in (since, so_far, whole))
                or ((at_end or after_total) and _SUMMARY.fullmatch(label))
                or (after_total and not label)
                or (after_total and at_end and with_ids and keys[0] in own)
            ):
                found.add(row)
                after_total, since = True, _Sums()
                continue
        after_total = False
        so_far.add(own, summed)
        since.add(own, summed)
    return found


def _is_id(value: Value) -> bool:
    return isinstance(value, str) and bool(id_shape(value))


def _keys(sample: Sequence[Row], kinds: dict[int, Kind], columns: Sequence[int]) -> list[int]:
    """The columns that say which record it is: the first that hold a text in most rows."""
    return [
        column
        for column in columns
        if kinds.get(column) == "text" and sum(column in own for own in sample) >= 0.6 * len(sample)
    ][:_MOST_KEYS]


def _label(own: Row, kinds: dict[int, Kind], usual: int) -> str | None:
    """The one text of a row of few numbers, folded, "" if it has none; None for other rows."""
    texts: list[Value] = []
    has_number = False
    for value in own.values():
        kind = kind_of(value)
        if kind == "date":
            return None
        if kind == "text":
            if texts:
                return None
            texts.append(value)
        has_number = has_number or kind == "number"
    if not has_number:
        return None
    if not texts:
        first = min(kinds)
        has_number_as_id = first in own and kinds[first] == "number"
        return "" if len(own) < usual and not has_number_as_id else None
    label = fold(str(texts[0]))
    if (len(own) < usual and len(own) <= max(2, 0.6 * usual)) or _SUMMARY.fullmatch(label):
        return label
    return None


class _Sums:
    """Running sums of the columns."""

    def __init__(self) -> None:
        self.sums: dict[int, float] = {}
        self.counts: Counter[int] = Counter()
        self.rows = 0

    def add(self, own: Row, columns: Sequence[int]) -> None:
        self.rows += 1
        for column in columns:
            value = own.get(column)
            if isinstance(value, float) and value:
                self.sums[column] = self.sums.get(column, 0.0) + value
                self.counts[column] += 1

    def match(self, numbers: Row) -> bool:
        """Whether at least half of the numbers are the sums or the means of their columns."""
        stated = {
            column: value for column, value in numbers.items() if isinstance(value, float) and value
        }
        matching = [column for column, value in stated.items() if self._is_sum(column, value)]
        return (
            bool(matching)
            and len(matching) >= 0.5 * len(stated)
            and (len(matching) > 1 or abs(_number(stated[matching[0]])) >= _SMALLEST_SUM)
        )

    def _is_sum(self, column: int, value: Value) -> bool:
        number, total, count = _number(value), self.sums.get(column), self.counts[column]
        if total is None or count < _FEWEST_SUMMED:
            return False
        return any(
            math.isclose(number, expected, rel_tol=1e-4, abs_tol=0.011)
            for expected in (total, total / count, total / self.rows)
        )


def _number(value: Value) -> float:
    return value if isinstance(value, float) else 0.0
