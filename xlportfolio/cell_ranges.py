"""A range of data as people lay it out: header row and label column told from the figures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any

from xlportfolio.cell_values import Grid, Rows, grid_of
from xlportfolio.errors import InputError
from xlportfolio.wording import counted, quoted, shortened, shown

if TYPE_CHECKING:
    from xlportfolio.scoring.additive import FloatArray

_FIGURES = {float, NoneType}
_YEARS = range(1990, 2101)
_DAYS = range(36526, 73051)
"""From 2000 to 2099, as serial numbers."""
_PERIODS = (range(28, 32), range(90, 93), range(365, 367))
"""Days in a month, a quarter, a year."""


@dataclass(frozen=True)
class DataRange:
    """A range of data, with the header row and the label column that it may have.

    Attributes
    ----------
    name
        The argument.
    rows
        n rows of data cells, without header row and label column.
    headings
        By column of data; None without a header row.
    labels
        By row of data, None for a blank one; None without a label column.
    has_header
        Whether the first row of the range is its header row.
    is_row
        Whether the range runs across: a single row, turned into a column here.
    is_whole_columns
        Whether the range runs down the whole sheet; its rows end with the last that is filled.
    """

    name: str
    rows: tuple[tuple[Any, ...], ...]
    headings: tuple[str, ...] | None
    labels: tuple[str | None, ...] | None
    has_header: bool
    is_row: bool = False
    is_whole_columns: bool = False

    @property
    def n_columns(self) -> int:
        """Columns of data."""
        return len(self.rows[0])

    def row_number(self, i: int) -> int:
        """The number within the range of a row of data."""
        return i + 1 + self.has_header

    def full_name(self, i: int) -> str:
        """A row as other ranges know it: its whole label, else its number within the range."""
        label = self.labels[i] if self.labels is not None else None
        return label if label is not None else f"row {self.row_number(i)}"

    def row_name(self, i: int) -> str:
        """A row as a sentence names it."""
        return shortened(self.full_name(i))

    def column_name(self, j: int) -> str:
        """A column as a sentence names it: its heading, else its number within the range."""
        if self.headings is not None and self.headings[j]:
            return quoted(self.headings[j])
        return f"column {j + 1 + (self.labels is not None)}"

    def place(self, i: int, j: int) -> str:
        """A cell as a sentence names it: "ratings, row 3, column 2"."""
        row, column = self.row_number(i), j + 1 + (self.labels is not None)
        if self.is_row:
            row, column = column, row
        return f"{self.name}, row {row}, column {column}"

    def is_blank_row(self, i: int) -> bool:
        """Whether no data stand in a row."""
        return all(cell is None for cell in self.rows[i])

    def numbers(self) -> list[list[float | None]]:
        """The data; a blank is None.

        Raises
        ------
        InputError
            If a cell holds anything but a number, with its place and what stands there.
        """
        self._check_figures()
        return [list(row) for row in self.rows]

    def figures(self) -> FloatArray:
        """The data as an array; a blank is NaN.

        Raises
        ------
        InputError
            As `numbers`.
        """
        import numpy as np

        self._check_figures()
        return np.array(self.rows, dtype=np.float64)

    def _check_figures(self) -> None:
        if _FIGURES.issuperset(map(type, itertools.chain.from_iterable(self.rows))):
            return
        for i, row in enumerate(self.rows):
            if _FIGURES.issuperset(map(type, row)):
                continue
            j = next(j for j, cell in enumerate(row) if type(cell) not in _FIGURES)
            raise InputError(
                f"{self.place(i, j)} is {shown(row[j])}; expected a number. Enter the number, or "
                "leave the cell blank until it is known."
            )

    def spill(self, answer: FloatArray | Rows, headings: Sequence[str]) -> Any:
        """An answer beside the range: a row for each row of it, a heading beside its header.

        Parameters
        ----------
        answer
            A row for each row of data; None, or NaN in an array, leaves a cell blank.
        headings
            By column of the answer.

        Returns
        -------
        The rows; a scalar where they are one cell; one row beside a range that runs across.

        Raises
        ------
        InputError
            If a figure of the answer is larger than a cell holds.
        """
        rows = answer if isinstance(answer, list) else self._rows_of(answer)
        spilled = [list(headings), *rows] if self.has_header else rows
        if self.is_row:
            spilled = [list(column) for column in zip(*spilled, strict=True)]
        if len(spilled) == 1 and len(spilled[0]) == 1:
            return spilled[0][0]
        return spilled

    def _rows_of(self, answer: FloatArray) -> Rows:
        rows: Rows = (answer + 0.0).tolist()  # -0 is 0 in a cell
        total = sum(map(sum, rows))
        if total - total == 0.0:  # neither NaN nor an infinity among them
            return rows
        for i, row in enumerate(rows):
            if math.inf in row or -math.inf in row:
                raise InputError(
                    f"What comes of {self.row_name(i)} of {self.name} is larger than a cell holds "
                    "(1.8E+308); expected smaller figures. Enter all of them in a larger unit."
                )
            if not all(map(math.isfinite, row)):
                rows[i] = [None if cell != cell else cell for cell in row]
        return rows


def data_range(
    name: str, value: Any, *, may_run_across: bool = False, has_header: bool = False
) -> DataRange:
    """Recognise the header row and the label column of a range of data.

    Parameters
    ----------
    name
        The argument, for sentences.
    value
        As a host hands it over.
    may_run_across
        Whether a single row of several cells is a column that was laid out across.
    has_header
        Whether the first row is known to be the header, even if its headings are numbers.

    Returns
    -------
    DataRange
        A row is the header, and a column holds the labels, only if it has at least two cells and
        every one is text; the corner between them and the label of a blank row may be blank. In a
        range down the whole sheet a first row of text is always the header.

    Raises
    ------
    InputError
        If the range has no rows of equal length, or nothing beside its labels.

    Examples
    --------
    >>> found = data_range("ratings", [["", "Fit"], ["P1", 3], ["P2", "tbc"]])
    >>> found.headings, found.labels, found.rows
    (('Fit',), ('P1', 'P2'), ((3.0,), ('tbc',)))
    """
    grid = grid_of(name, value)
    if len(grid) == 1:
        is_row = may_run_across and len(grid[0]) > 1
        rows = tuple((cell,) for cell in grid[0]) if is_row else grid
        return DataRange(name, rows, None, None, False, is_row, grid.is_whole_columns)
    filled = [k for k, row in enumerate(grid) if row.count(None) < len(row)]
    below = [grid[k][0] for k in filled if k > 0]
    corner = grid[0][0]
    has_labels = len(grid[0]) > 1 and bool(below) and _all_text(below)
    if not has_header:
        if grid.is_whole_columns:
            has_header = _is_text(grid[0])
        elif len(grid[0]) > 1 and _all_text(grid[0][1:]):
            # over figures a blank is no heading, over labels it is the corner
            has_header = isinstance(corner, str) or (corner is None and has_labels)
    if has_labels:
        has_labels = isinstance(corner, str) or (corner is None and (has_header or 0 not in filled))
        has_labels = has_labels and (isinstance(corner, str) + len(below) > 1 or has_header)
    body = grid[1:] if has_header else grid
    first = int(has_labels)
    return DataRange(
        name=name,
        rows=tuple(row[first:] for row in body) if first else tuple(body),
        headings=tuple(_heading(cell) for cell in grid[0][first:]) if has_header else None,
        labels=tuple(row[0] for row in body) if has_labels else None,
        has_header=has_header,
        is_whole_columns=grid.is_whole_columns,
    )


def range_beside(name: str, value: Any, other: DataRange) -> DataRange:
    """A range with a row for each row of another one.

    Parameters
    ----------
    name, value
        The argument.
    other
        The range that it stands beside. Where that has a header row and this as many rows, its
        first row is a header too, even if it is one cell of text, or years or months.

    Returns
    -------
    DataRange
        With as many rows of data as `other`.

    Raises
    ------
    InputError
        If the number of rows differs, or the labels of a row do.
    """
    grid = _as_far_as(name, grid_of(name, value), other)
    may_have_header = other.has_header and len(grid) == len(other.rows) + 1
    found = data_range(name, grid, has_header=may_have_header and _are_headings(grid[0]))
    _check_beside(name, len(found.rows), other)
    if found.labels is not None and other.labels is not None:
        _check_labels(name, found.labels, other)
    return found


def cells_beside(name: str, value: Any, other: DataRange) -> list[tuple[str, Any]]:
    """A column of words with a cell for each row of another range, with or without labels.

    Parameters
    ----------
    name, value
        The argument.
    other
        The range that it stands beside.

    Returns
    -------
    The place and the cell beside each row of data.

    Raises
    ------
    InputError
        If it has more columns, the number of rows differs, or the labels of a row do.
    """
    grid = _as_far_as(name, grid_of(name, value), other)
    if len(grid[0]) > 2:
        raise InputError(
            f"{name} has {len(grid[0])} columns; expected one, with or without a column of labels "
            "before it."
        )
    first = int(other.has_header and len(grid) == len(other.rows) + 1)
    body = grid[first:]
    _check_beside(name, len(body), other)
    if len(grid[0]) == 2 and other.labels is not None:
        _check_labels(name, [None if row[0] is None else str(row[0]) for row in body], other)
    column = len(grid[0])
    return [
        (f"{name}, row {i + 1 + first}, column {column}", row[-1]) for i, row in enumerate(body)
    ]


def _as_far_as(name: str, grid: Grid, other: DataRange) -> Grid:
    """Whole columns down to the last row that another range fills."""
    if grid.is_whole_columns != other.is_whole_columns:
        whole, part = (name, other.name) if grid.is_whole_columns else (other.name, name)
        raise InputError(
            f"{whole} is whole columns and {part} is not; expected ranges of the same rows, such "
            "as 2 to 20."
        )
    if not grid.is_whole_columns:
        return grid
    last = len(other.rows) + other.has_header
    if len(grid) > last:
        raise InputError(
            f"{name} is filled down to row {len(grid)} and {other.name} to row {last}; expected "
            f"nothing below row {last}. Give the rows that count, such as "
            f"{1 + other.has_header} to {last}."
        )
    level = Grid(grid + ((None,) * len(grid[0]),) * (last - len(grid)))
    level.is_whole_columns = True
    return level


def _check_beside(name: str, n: int, other: DataRange) -> None:
    if n != len(other.rows):
        raise InputError(
            f"{name} has {counted(n, 'row')}; expected {len(other.rows):,}, one beside each row of "
            f"{other.name}."
        )


def _check_labels(name: str, labels: Sequence[str | None], other: DataRange) -> None:
    for i, (label, known) in enumerate(zip(labels, other.labels or (), strict=True)):
        if label is not None and known is not None and label.strip() != known.strip():
            raise InputError(
                f"{name} has {quoted(label)} beside {quoted(known)} in row {other.row_number(i)} "
                f"of {other.name}; expected the same projects in the same order."
            )


def _are_headings(cells: Sequence[Any]) -> bool:
    """Whether a first row is text, or years, or the first days of months, quarters or years."""
    numbers = [cell for cell in cells if isinstance(cell, float)]
    if not all(cell is None or isinstance(cell, str | float) for cell in cells):
        return False
    if all(cell in _YEARS for cell in numbers):
        return True
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    are_days = bool(steps) and all(cell in _DAYS for cell in numbers)
    return are_days and any(steps <= set(lengths) for lengths in _PERIODS)


def _heading(cell: Any) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else shown(cell).replace(",", "")


def _is_text(cells: Sequence[Any]) -> bool:
    """Whether some are text, and the others blank."""
    filled = [cell for cell in cells if cell is not None]
    return bool(filled) and _all_text(filled)


def _all_text(cells: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) for cell in cells)
