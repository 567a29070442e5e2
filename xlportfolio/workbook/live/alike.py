"""Areas of a sheet whose cells are alike, found with few questions.

Excel says of any range what its cells have in common, or that they differ. Tables are alike by
columns, their header rows and bodies each, so a mixed area is cut where such pieces are likely. A
range may have several areas: then what lies between the wanted cells does not matter.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from xlportfolio.workbook.references import CellRange, neighbours

_Answer = TypeVar("_Answer")

_LONGEST_ADDRESS = 250
"""Characters that Excel takes as the address of a range are 255 at most."""
_SHORTEST_ADDRESS = len("A1,")
_FEW = 8
"""Cells of a column that are asked one by one where they differ."""


class Joining:
    """Whether Excel answers for all areas of a range of several, and not for the first alone.

    Attributes
    ----------
    is_safe
        None until it was looked at: two areas that differ must not be alike when asked together.
    """

    def __init__(self) -> None:
        self.is_safe: bool | None = None


_joining: WeakKeyDictionary[object, dict[str, Joining]] = WeakKeyDictionary()


def joining_of(details: object, what: str) -> Joining:
    """What is known of an Excel, whether it answers for all areas of a range.

    Parameters
    ----------
    details
        Through which it is asked.
    what
        Of which property.
    """
    return _joining.setdefault(details, {}).setdefault(what, Joining())


def joined(areas: Sequence[CellRange]) -> str:
    """The address of a range of several areas.

    >>> joined([CellRange.parse("A1:B2"), CellRange.parse("D4")])
    'A1:B2,D4'
    """
    return ",".join(area.address for area in areas)


def areas_alike(
    ask: Callable[[Sequence[CellRange]], _Answer | None],
    wanted: Mapping[int, list[int]],
    joining: Joining | None = None,
) -> Iterator[tuple[CellRange, _Answer]]:
    """Areas whose cells are all alike in some way, which hold the wanted cells.

    Parameters
    ----------
    ask
        From the areas of a range to what its cells have in common, None where they differ.
    wanted
        Column to the rows of the cells in it, ascending.
    joining
        Whether several areas may be asked at once; one by one where it is not given.

    Examples
    --------
    A header row of dates above a body of amounts:

    >>> asked = []
    >>> def ask(areas):
    ...     asked.append(areas[0].address)
    ...     return None if areas[0].first_row == 4 < areas[0].last_row else areas[0].first_row > 4
    >>> [(a.address, x) for a, x in areas_alike(ask, {2: [4, 5, 6], 3: [4, 5, 6]})]
    [('B5:C6', True), ('B4:C4', False)]
    >>> asked
    ['B4:C6', 'B5:C6', 'B4:C4']
    """
    if wanted:
        rows = [row for column in wanted.values() for row in column]
        search = _Search(ask, wanted, joining)
        yield from search.within(sorted(wanted), min(rows), max(rows), may_have_header=True)


class _Search(Generic[_Answer]):
    def __init__(
        self,
        ask: Callable[[Sequence[CellRange]], _Answer | None],
        wanted: Mapping[int, list[int]],
        joining: Joining | None,
    ) -> None:
        self._ask, self._wanted, self._joining = ask, wanted, joining
        self._bands = neighbours(sorted({row for rows in wanted.values() for row in rows}))
        self._seen: tuple[CellRange, _Answer] | None = None

    def within(
        self, columns: list[int], first: int, last: int, *, may_have_header: bool
    ) -> Iterator[tuple[CellRange, _Answer]]:
        """The areas alike among some columns, between two rows."""
        columns = [column for column in columns if self._rows(column, first, last)]
        if not columns:
            return
        rows = sorted({row for column in columns for row in self._rows(column, first, last)})
        found = yield from self._asked(columns, rows)
        if found:
            return
        left = _before_gap(columns)
        top = _before_gap(rows)
        if len(left) < len(columns):
            right = columns[len(left) :]
            yield from self.within(left, first, last, may_have_header=True)
            yield from self.within(right, first, last, may_have_header=True)
        elif len(top) < len(rows) and not self._is_joining:
            yield from self.within(columns, first, top[-1], may_have_header=True)
            yield from self.within(columns, top[-1] + 1, last, may_have_header=True)
        elif len(columns) > 1:
            if may_have_header and len(rows) > 1:
                found = yield from self._asked(columns, rows[1:])
                if found:
                    yield from self.within(columns, rows[0], rows[0], may_have_header=False)
                    return
            middle = len(columns) // 2
            for half in (columns[:middle], columns[middle:]):
                yield from self.within(half, first, last, may_have_header=False)
        elif len(rows) > _FEW:
            middle = rows[len(rows) // 2 - 1]
            yield from self.within(columns, first, middle, may_have_header=False)
            yield from self.within(columns, middle + 1, last, may_have_header=False)
        elif len(rows) > 1:
            for row in rows:
                yield from self.within(columns, row, row, may_have_header=False)

    def _asked(
        self, columns: list[int], rows: list[int]
    ) -> Generator[tuple[CellRange, _Answer], None, bool]:
        """The areas over some cells, if all of them are alike; whether they are."""
        whole = [CellRange(rows[0], columns[0], rows[-1], columns[-1])]
        for areas in (self._parts(columns, rows), whole):
            if not areas:
                continue
            answer = self._answer(areas)
            if answer is not None:
                yield from ((area, answer) for area in areas)
                return True
            if self._is_joining:
                return False
        return False

    @property
    def _is_joining(self) -> bool:
        return self._joining is not None and bool(self._joining.is_safe)

    def _answer(self, areas: list[CellRange]) -> _Answer | None:
        answer = self._ask(areas)
        if answer is not None and self._joining is not None and self._joining.is_safe is None:
            if self._seen is None:
                self._seen = areas[0], answer
            elif self._seen[1] != answer:
                self._joining.is_safe = self._differ(self._seen[0], areas[0])
        return answer

    def _differ(self, one: CellRange, other: CellRange) -> bool:
        """Whether two areas that differ are said to differ when they are asked together."""
        try:
            return self._ask([one, other]) is None
        except Exception:  # an engine that takes no range of several areas: one by one, then
            return False

    def _parts(self, columns: list[int], rows: list[int]) -> list[CellRange]:
        """Some cells as areas of one range, without the rows between that hold none at all."""
        if not self._is_joining:
            return []
        bands = [
            (max(top, rows[0]), min(bottom, rows[-1]))
            for top, bottom in (neighbours(rows) if len(columns) == 1 else self._bands)
            if bottom >= rows[0] and top <= rows[-1]
        ]
        sides = neighbours(columns)
        if len(bands) * len(sides) * _SHORTEST_ADDRESS > _LONGEST_ADDRESS:
            return []
        parts = [
            CellRange(top, left, bottom, right) for left, right in sides for top, bottom in bands
        ]
        return parts if len(joined(parts)) <= _LONGEST_ADDRESS else []

    def _rows(self, column: int, first: int, last: int) -> list[int]:
        rows = self._wanted[column]
        return rows[bisect_left(rows, first) : bisect_right(rows, last)]


def _before_gap(lines: list[int]) -> list[int]:
    """The rows or columns before the widest gap among them; all where there is none.

    >>> _before_gap([1, 2, 4, 9]), _before_gap([1, 2])
    ([1, 2, 4], [1, 2])
    """
    widest = max(((after - before, -k) for k, (before, after) in enumerate(pairwise(lines), 1)),
                 default=(1, 0))  # fmt: skip
    return lines if widest[0] == 1 else lines[: -widest[1]]
