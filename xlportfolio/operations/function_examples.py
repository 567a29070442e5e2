"""Examples of cell functions as they stand on a sheet: figures, the formula, what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xlportfolio.cells import CellFunction, Example
from xlportfolio.errors import InputError
from xlportfolio.workbook.references import cell_address, column_letter

ANSWER = "answer"

_Grid = list[list[Any]]


@dataclass(frozen=True)
class Worked:
    """An example, worked.

    Attributes
    ----------
    formula
        As it is typed: '=PF_SCORE(A2:B4, D2:E2, , , "all")'.
    cells
        By row and column of the sheet, from 1: a head over each range, its figures, the answer.
    error
        The sentence, where the call is an error; "" otherwise.
    """

    formula: str
    cells: dict[tuple[int, int], Any]
    error: str

    @property
    def rows(self) -> list[list[Any]]:
        """The cells as rows of equal length, the column letters first, then the row numbers."""
        n_rows = max((row for row, _ in self.cells), default=0)
        n_columns = max((column for _, column in self.cells), default=0)
        heads = ["", *(column_letter(k) for k in range(1, n_columns + 1))]
        body = [
            [row, *(self.cells.get((row, k)) for k in range(1, n_columns + 1))]
            for row in range(1, n_rows + 1)
        ]
        return [heads, *body] if body else []


def worked(function: CellFunction, example: Example) -> Worked:
    """Put the ranges of an example side by side on a sheet, and call the function.

    Parameters
    ----------
    function
        Which is called.
    example
        Scalars stand in the formula, ranges on the sheet, in the order of the arguments.

    Returns
    -------
    Its cells, with what the function really gives.
    """
    cells: dict[tuple[int, int], Any] = {}
    typed: list[str] = []
    column = 1
    for argument in function.arguments:
        value = example.arguments.get(argument.name)
        if isinstance(value, list | tuple):
            grid = _grid(value)
            typed.append(_range(grid, column))
            column = _put(cells, grid, argument.name, column)
        else:
            typed.append(_literal(value))
    while typed and not typed[-1]:
        typed.pop()
    formula = f"={function.name}({', '.join(typed)})"
    try:
        answer = function.function(**example.arguments)
    except InputError as problem:
        return Worked(formula, cells, str(problem))
    _put(cells, _grid(answer), ANSWER, column)
    return Worked(formula, cells, "")


def typed_calls(function: CellFunction) -> tuple[str, ...]:
    """The shortest call and, where arguments may be left out, the longest."""
    calls = [
        ", ".join(one.example for one in arguments)
        for arguments in (
            [one for one in function.arguments if not one.is_optional],
            function.arguments,
        )
    ]
    return tuple(f"={function.name}({call})" for call in dict.fromkeys(calls))


def _grid(value: Any) -> _Grid:
    """Rows of cells, of whatever a call hands over or gives back."""
    if not isinstance(value, list | tuple):
        return [[value]]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in value]


def _range(grid: _Grid, column: int) -> str:
    width = max(len(row) for row in grid)
    first, last = cell_address(2, column), cell_address(1 + len(grid), column + width - 1)
    return first if first == last else f"{first}:{last}"


def _put(cells: dict[tuple[int, int], Any], grid: _Grid, head: str, column: int) -> int:
    """Put a block below its head; the column where the next may begin, one left free."""
    cells[1, column] = head
    for i, row in enumerate(grid):
        for k, value in enumerate(row):
            cells[2 + i, column + k] = value
    return column + max(len(row) for row in grid) + 1


def _literal(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    return f"{value:.15g}"
