"""Areas of a sheet found by asking for ever smaller ranges.

Excel has no list of merged or filled ranges; it answers for a range of any size whether none, some
or all of its cells are such. A sheet with few of them costs few questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xlportfolio.workbook.references import CellRange


def areas(
    within: CellRange, some: Callable[[CellRange], bool], whole: Callable[[CellRange], CellRange]
) -> Iterator[CellRange]:
    """The areas of the cells for which something is so.

    Parameters
    ----------
    within
        Where to look.
    some
        Whether it is so for at least one cell of a range.
    whole
        The area to which one such cell belongs.

    Examples
    --------
    >>> title = CellRange.parse("B1:D1")
    >>> [a.address for a in areas(CellRange.parse("A1:H9"), title.overlaps, lambda cell: title)]
    ['B1:D1']
    """
    found: list[CellRange] = []
    waiting = [within]
    while waiting:
        part = waiting.pop()
        known = next((area for area in found if area.overlaps(part)), None)
        if known is not None:
            waiting.extend(reversed(_around(known, part)))
        elif not some(part):
            continue
        elif part.n_rows == part.n_columns == 1:
            found.append(whole(part))
            yield found[-1]
        else:
            waiting.extend(reversed(_halves(part)))


def lines(first: int, last: int, ask: Callable[[int, int], bool | None]) -> Iterator[int]:
    """The rows or columns for which something is so, ascending.

    Parameters
    ----------
    first, last
        Where to look, both included.
    ask
        Whether it is so for all lines from one to another; None where they differ.

    Examples
    --------
    >>> hidden = {4, 5}
    >>> def ask(a, b):
    ...     found = {line in hidden for line in range(a, b + 1)}
    ...     return None if len(found) > 1 else found.pop()
    >>> list(lines(1, 9, ask))
    [4, 5]
    """
    answer = ask(first, last)
    if answer:
        yield from range(first, last + 1)
    elif answer is None and first < last:
        middle = (first + last) // 2
        yield from lines(first, middle, ask)
        yield from lines(middle + 1, last, ask)


def _around(area: CellRange, part: CellRange) -> list[CellRange]:
    """The rectangles of a part that lie above, left of, right of and below an area over it."""
    top, bottom = max(area.first_row, part.first_row), min(area.last_row, part.last_row)
    pieces = [
        CellRange(part.first_row, part.first_column, top - 1, part.last_column),
        CellRange(top, part.first_column, bottom, area.first_column - 1),
        CellRange(top, area.last_column + 1, bottom, part.last_column),
        CellRange(bottom + 1, part.first_column, part.last_row, part.last_column),
    ]
    return [piece for piece in pieces if piece.n_rows > 0 and piece.n_columns > 0]


def _halves(area: CellRange) -> tuple[CellRange, CellRange]:
    top, left, bottom, right = (
        area.first_row,
        area.first_column,
        area.last_row,
        area.last_column,
    )
    if area.n_rows > 1:
        middle = (top + bottom) // 2
        return CellRange(top, left, middle, right), CellRange(middle + 1, left, bottom, right)
    middle = (left + right) // 2
    return CellRange(top, left, bottom, middle), CellRange(top, middle + 1, bottom, right)
