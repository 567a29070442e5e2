"""What an array formula or a spill leaves behind when its first cell is overwritten: nothing.

The cells that it filled hold what it gave last, as if typed: without the formula these values
would stay as constants that nobody entered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from xlportfolio.workbook.references import CellRange

Cells = Iterable[tuple[int, int]]


def filled_cells(
    arrays: Collection[CellRange], computed: Cells, formulas: Cells
) -> dict[tuple[int, int], None]:
    """The cells to be cleared when arrays go, each to None.

    Parameters
    ----------
    arrays
        What the formulas that go fill.
    computed
        Every cell of the sheet that shows what a formula gives, its own or another's.
    formulas
        The cells with a formula of their own, which they keep.

    Examples
    --------
    >>> filled_cells([CellRange.parse("A1:A3")], [(1, 1), (2, 1), (3, 1), (4, 1)], [(1, 1)])
    {(2, 1): None, (3, 1): None}
    """
    own = set(formulas)
    return {
        (row, column): None
        for row, column in sorted(computed)
        if (row, column) not in own and any(cells.contains(row, column) for cells in arrays)
    }
