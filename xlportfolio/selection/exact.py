"""The model in whole numbers, so that a limit that is met to the cent is met, and not by rounding.

Money is in cents and values count in whole units, so every row of the program is a sum of whole
numbers that is at most another. Columns stand in the order of the projects' keys: what is chosen
must not depend on the order of a table's rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from xlportfolio.selection.model import Choice, LinkRule, SelectionModel

Whole = NDArray[np.int64]

_DIGITS = 6
"""Digits of a value behind its first one."""
_SAME = 1e-12
"""By how much of the largest a value may miss a fraction that it stands for."""
_LARGEST_DENOMINATOR = 100_000
"""Of the fraction that a value may stand for."""
_FINEST_SHARE = 1_000_000
"""The largest denominator of a share: nobody states one finer than a millionth."""
_SAFE = 2**62
"""Sums below this fit into 64 bits."""


@dataclass(frozen=True)
class Row:
    """The sum of `coefficients` over those of `columns` that are chosen is at most `most`."""

    columns: Whole
    coefficients: Whole
    most: int


@dataclass(frozen=True)
class Program:
    """What may be chosen.

    Attributes
    ----------
    low, high : shape (n,)
        Least and most of each column: equal where it is decided beforehand, low above high where
        it is decided both ways.
    """

    rows: tuple[Row, ...]
    low: Choice
    high: Choice

    def with_rows(self, *rows: Row) -> Program:
        """The same with more rows."""
        return Program(self.rows + rows, self.low, self.high)

    def with_bounds(self, low: Choice, high: Choice) -> Program:
        """The same with other columns decided."""
        return Program(self.rows, low, high)


def key_order(model: SelectionModel) -> NDArray[np.intp]:
    """The rows of the model in the order of their keys, shape (n,)."""
    keys = model.keys
    ordered = sorted(range(len(keys)), key=lambda i: (*keys[i].order, i))
    return np.array(ordered, dtype=np.intp)


def whole_values(values: NDArray[np.float64]) -> tuple[Whole, float]:
    """Values as whole numbers, to seven digits of the largest, and what one of them is worth.

    Where seven digits do not hold them exactly and a common fraction does, they count in that:
    scores are sums of thirds and the like, and equal sums of them must stay equal.

    >>> whole_values(np.array([12.5, -0.25]))[0].tolist()
    [1250000, -25000]
    >>> whole_values(np.array([5 / 9, 2 / 9, 1 / 3]))[0].tolist()
    [5, 2, 3]
    """
    largest = float(np.abs(values).max()) if values.size else 0.0
    if largest == 0.0:
        return np.zeros(values.size, dtype=np.int64), 1.0
    exponent = math.floor(math.log10(largest)) - _DIGITS
    # a power of ten, so that figures with few digits stay exact and ties among them stay ties
    scaled = values * 10.0**-exponent if exponent < 0 else values / 10.0**exponent
    whole = np.rint(scaled)
    if exponent < 0 and (np.abs(scaled - whole) > _SAME * 10.0**_DIGITS).any():
        parts = _common_fraction(values, largest)
        if parts is not None:
            return np.rint(values * parts).astype(np.int64), 1.0 / parts
    return whole.astype(np.int64), 10.0**exponent


def _common_fraction(values: NDArray[np.float64], largest: float) -> int | None:
    """Into how many parts one is split where all values are whole parts; None for too many."""
    parts = 1
    for value in np.unique(values).tolist():
        near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
        if abs(float(near) - value) > _SAME * largest:
            return None
        parts = math.lcm(parts, near.denominator)
        if parts * largest >= 10.0 ** (_DIGITS + 1):
            return None
    return parts


def total(coefficients: Whole, chosen: Choice) -> int:
    """The exact sum of the coefficients of what is chosen."""
    taken = coefficients[chosen]
    if float(np.abs(taken).sum(dtype=np.float64)) < _SAFE:
        return int(taken.sum())
    return sum(int(c) for c in taken)


def excess(row: Row, chosen: Choice) -> int:
    """By how much a choice breaks a row; 0 or less where it holds."""
    return total(row.coefficients, chosen[row.columns]) - row.most


def program_of(model: SelectionModel, order: NDArray[np.intp]) -> Program:
    """Every limit of the model as rows of whole numbers.

    Parameters
    ----------
    model
        The choice.
    order : shape (n,)
        The model's row for each column.

    Returns
    -------
    Program
        Its columns stand in `order`.
    """
    n = len(model.keys)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    low = np.zeros(n, dtype=bool)
    high = np.ones(n, dtype=bool)
    for fixed in model.fixed:
        if fixed.is_in:
            low[place[fixed.row]] = True
        else:
            high[place[fixed.row]] = False
    rows: list[Row] = []
    for budget in model.budgets:
        used = (budget.cost - budget.exit)[order]
        most = budget.amount - total(budget.exit, np.ones(n, dtype=bool))
        rows.append(_row(np.arange(n), used, most))
    for share in model.shares:
        cost = model.cost[order]
        member = share.is_member[order]
        if share.most is not None:
            rows.append(_share_row(cost, member, share.most, 1))
        if share.least is not None:
            rows.append(_share_row(cost, member, share.least, -1))
    groups = [tuple(int(place[i]) for i in group) for group in model.alternatives]
    rows.extend(_sum_row(group, (), 1) for group in groups if len(group) > 1)
    exclusive = [frozenset(group) for group in groups]
    for link in model.links:
        rows.extend(_link_rows(link, place, exclusive))
    return Program(tuple(rows), low, high)


def _row(columns: Whole, coefficients: Whole, most: int) -> Row:
    kept = coefficients != 0
    return Row(columns[kept], coefficients[kept], most)


def _share_row(cost: Whole, member: Choice, share: float, sign: int) -> Row:
    # sum of member cost <= share x sum of cost, times the share's denominator (sign 1); the
    # denominator is held down so that the products stay within 64 bits
    largest = max(1, int(np.abs(cost).max())) if cost.size else 1
    part = Fraction(share).limit_denominator(max(1, min(_FINEST_SHARE, _SAFE // largest)))
    weight = np.where(member, part.denominator - part.numerator, -part.numerator)
    return _row(np.arange(cost.size), sign * cost * weight.astype(np.int64), 0)


def _sum_row(plus: tuple[int, ...], minus: tuple[int, ...], most: int) -> Row:
    weights: dict[int, int] = {}
    for column in plus:
        weights[column] = weights.get(column, 0) + 1
    for column in minus:
        weights[column] = weights.get(column, 0) - 1
    columns = np.array(sorted(weights), dtype=np.int64)
    return _row(columns, np.array([weights[int(c)] for c in columns], dtype=np.int64), most)


def _link_rows(link: LinkRule, place: Whole, exclusive: list[frozenset[int]]) -> list[Row]:
    starts = tuple(int(place[i]) for i in link.from_rows)
    ends = tuple(int(place[i]) for i in link.to_rows)

    def units(columns: tuple[int, ...]) -> list[tuple[int, ...]]:
        # options of which one at most is chosen go into one row, which is tighter than one each
        if any(set(columns) <= group for group in exclusive):
            return [columns]
        return [(column,) for column in columns]

    if link.type == "Excludes":
        return [_sum_row(a + b, (), 1) for a in units(starts) for b in units(ends)]
    rows = [_sum_row(a, ends, 0) for a in units(starts)]
    if link.type == "Together":
        rows += [_sum_row(b, starts, 0) for b in units(ends)]
    return rows
