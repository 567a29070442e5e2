"""Examples of cell functions as they stand on a sheet: figures, the formula, what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from xlportfolio.cell_calls import VALUE_ERROR, CellAnswer
from xlportfolio.cell_examples import TOLERANCE, grid_of_example, typed_value
from xlportfolio.cells import CellFunction, Example
from xlportfolio.errors import InputError
from xlportfolio.workbook.references import cell_address, column_letter

ANSWER = "answer"


@dataclass(frozen=True)
class Block:
    """A range of an example on a sheet, below its head; rows and columns count from 1."""

    head: str
    row: int
    column: int
    grid: list[list[Any]]

    @property
    def address(self) -> str:
        """Of its cells, without the head."""
        width = max(len(row) for row in self.grid)
        first = cell_address(self.row, self.column)
        last = cell_address(self.row + len(self.grid) - 1, self.column + width - 1)
        return first if first == last else f"{first}:{last}"


@dataclass(frozen=True)
class Placed:
    """A call over ranges that stand side by side on a sheet.

    Attributes
    ----------
    blocks
        The ranges, in the order of the arguments.
    typed
        What stands for each argument in the formula: a range, a value, "" where one is left out.
    next_column
        Where the answer may begin.
    """

    blocks: tuple[Block, ...]
    typed: tuple[str, ...]
    next_column: int


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
    there = placed(function, example)
    cells: dict[tuple[int, int], Any] = {}
    for block in there.blocks:
        _put(cells, block)
    formula = f"={function.name}({', '.join(there.typed)})"
    try:
        answer = function.function(**example.arguments)
    except InputError as problem:
        return Worked(formula, cells, str(problem))
    _put(cells, Block(ANSWER, 2, there.next_column, grid_of_example(answer)))
    return Worked(formula, cells, "")


def placed(function: CellFunction, example: Example, row: int = 1, column: int = 1) -> Placed:
    """Where the ranges of an example stand, and what the formula says.

    Parameters
    ----------
    function
        Which is called.
    example
        Scalars stand in the formula, ranges on the sheet, in the order of the arguments.
    row, column
        Of the head over the first range, from 1.

    Returns
    -------
    Placed
        Its ranges, one column left free after each.
    """
    blocks: list[Block] = []
    typed: list[str] = []
    for argument in function.arguments:
        value = example.arguments.get(argument.name)
        if isinstance(value, list | tuple):
            block = Block(argument.name, row + 1, column, grid_of_example(value))
            blocks.append(block)
            typed.append(block.address)
            column += max(len(cells) for cells in block.grid) + 1
        else:
            typed.append(typed_value(value))
    while typed and not typed[-1]:
        typed.pop()
    return Placed(tuple(blocks), tuple(typed), column)


def agrees(answer: CellAnswer, example: Example) -> bool:
    """Whether an answer is what an example says.

    Parameters
    ----------
    answer
        As a host was given it.
    example
        With what is expected.

    Returns
    -------
    Numbers to 1E-12, absolute or relative; text, blanks, shape and the sentence of an error
    exactly.

    Examples
    --------
    >>> agrees(CellAnswer([[0.1 + 0.2], [""]]), Example({}, [[0.3], [None]]))
    True
    >>> agrees(CellAnswer(0), Example({})), agrees(CellAnswer("Fit"), Example({}, "fit"))
    (False, False)
    """
    if example.error or answer.error is not None:
        return answer.error == VALUE_ERROR and answer.sentence == example.error
    given, expected = grid_of_example(answer.value), grid_of_example(example.expected)
    return [len(row) for row in given] == [len(row) for row in expected] and all(
        _is_same(one, other)
        for row, wanted in zip(given, expected, strict=True)
        for one, other in zip(row, wanted, strict=True)
    )


def _is_same(given: Any, expected: Any) -> bool:
    if expected is None or isinstance(expected, bool | str):
        shown = "" if expected is None else expected
        return type(given) is type(shown) and bool(given == shown)
    return (
        isinstance(given, int | float)
        and not isinstance(given, bool)
        and abs(given - expected) <= TOLERANCE * max(1.0, abs(expected))
    )


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


def _put(cells: dict[tuple[int, int], Any], block: Block) -> None:
    """Put a block on the sheet, below its head."""
    cells[block.row - 1, block.column] = block.head
    for i, row in enumerate(block.grid):
        for k, value in enumerate(row):
            cells[block.row + i, block.column + k] = value
