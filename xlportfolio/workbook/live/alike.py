"""Areas of a sheet whose cells are alike, found with few questions.

Excel says of any range what its cells have in common, or that they differ. Tables are alike by
columns, their header rows and bodies each, so a mixed area is cut where such pieces are likely.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Generic, TypeVar

from xlportfolio.workbook.references import CellRange

_Answer = TypeVar("_Answer")


def areas_alike(
    ask: Callable[[CellRange], _Answer | None], wanted: Mapping[int, list[int]]
) -> Iterator[tuple[CellRange, _Answer]]:
    """Areas whose cells are all alike in some way, which hold the wanted cells.

    Parameters
    ----------
    ask
        From a range to what its cells have in common, None where they differ.
    wanted
        Column to the rows of the cells in it, ascending.

    Examples
    --------
    A header row of dates above a body of amounts:

    >>> asked = []
    >>> def ask(area):
    ...     asked.append(area.address)
    ...     return None if area.first_row == 4 < area.last_row else area.first_row > 4
    >>> [(a.address, x) for a, x in areas_alike(ask, {2: [4, 5, 6], 3: [4, 5, 6]})]
    [('B5:C6', True), ('B4:C4', False)]
    >>> asked
    ['B4:C6', 'B5:C6', 'B4:C4']
    """
    if wanted:
        rows = [row for column in wanted.values() for row in column]
        search = _Search(ask, wanted)
        yield from search.within(sorted(wanted), min(rows), max(rows), may_have_header=True)


class _Search(Generic[_Answer]):
    def __init__(
        self, ask: Callable[[CellRange], _Answer | None], wanted: Mapping[int, list[int]]
    ) -> None:
        self._ask, self._wanted = ask, wanted

    def within(
        self, columns: list[int], first: int, last: int, *, may_have_header: bool
    ) -> Iterator[tuple[CellRange, _Answer]]:
        """The areas alike among some columns, between two rows."""
        columns = [column for column in columns if self._rows(column, first, last)]
        if not columns:
            return
        rows = sorted({row for column in columns for row in self._rows(column, first, last)})
        area = CellRange(rows[0], columns[0], rows[-1], columns[-1])
        answer = self._ask(area)
        if answer is not None:
            yield area, answer
            return
        left = _before_gap(columns)
        top = _before_gap(rows)
        if len(left) < len(columns):
            right = columns[len(left) :]
            yield from self.within(left, first, last, may_have_header=True)
            yield from self.within(right, first, last, may_have_header=True)
        elif len(top) < len(rows):
            yield from self.within(columns, first, top[-1], may_have_header=True)
            yield from self.within(columns, top[-1] + 1, last, may_have_header=True)
        elif len(columns) > 1:
            if may_have_header and len(rows) > 1:
                body = CellRange(rows[1], columns[0], rows[-1], columns[-1])
                answer = self._ask(body)
                if answer is not None:
                    yield body, answer
                    yield from self.within(columns, rows[0], rows[0], may_have_header=False)
                    return
            middle = len(columns) // 2
            for half in (columns[:middle], columns[middle:]):
                yield from self.within(half, first, last, may_have_header=False)
        elif len(rows) > 1:
            middle = rows[len(rows) // 2 - 1]
            yield from self.within(columns, first, middle, may_have_header=False)
            yield from self.within(columns, middle + 1, last, may_have_header=False)

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
