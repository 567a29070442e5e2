"""The calls of the self-check: where each stands on its sheet, and what its formulas say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xlportfolio.cell_examples import TOLERANCE, grid_of_example
from xlportfolio.cells import CellFunction, Example, Registry
from xlportfolio.operations.function_examples import Block, Placed, placed

FIRST_ROW = 4
_INPUT_COLUMN = 2


@dataclass(frozen=True)
class Call:
    """One example on the sheet of calls; `row` is the one of its title, from 1."""

    function: CellFunction
    number: int
    example: Example
    kind: str
    row: int

    @property
    def key(self) -> str:
        return f"{self.function.name.lower()}_{self.number}"

    @property
    def placed(self) -> Placed:
        return placed(self.function, self.example, self.row + 2, _INPUT_COLUMN)

    @property
    def formula(self) -> str:
        return f"={self.function.name}({','.join(self.placed.typed)})"

    @property
    def explains(self) -> str:
        """The formula that gives the sentence of an error; "" where the function has none."""
        words = {one.name: one.choices for one in self.function.arguments}.get("output", ())
        if not self.example.error or "why" not in words:
            return ""
        asked = replace(self.example, arguments={**self.example.arguments, "output": "why"})
        typed = placed(self.function, asked, self.row + 2, _INPUT_COLUMN).typed
        return f"={self.function.name}({','.join(typed)})"

    @property
    def is_text(self) -> bool:
        """Whether the answer is a sentence, which gets a row of its own."""
        return isinstance(self.example.expected, str)

    @property
    def answer(self) -> Block:
        there, grid = self.placed, grid_of_example(self.example.expected)
        if self.is_text:
            return Block("answer", self.row + 3 + n_rows_of(there), _INPUT_COLUMN, grid)
        return Block("answer", self.row + 3, there.next_column, grid)

    @property
    def expected(self) -> Block:
        answer, grid = self.answer, self.answer.grid
        if self.is_text:
            return Block("expected", answer.row + 1, _INPUT_COLUMN, grid)
        shown = [["#VALUE!"]] if self.example.error else grid
        return Block("expected", answer.row, answer.column + len(grid[0]) + 1, shown)

    @property
    def differ(self) -> Block:
        """Where it is counted how many cells of the answer are not what is expected."""
        last = self.expected
        return Block("cells that differ", last.row, last.column + len(last.grid[0]) + 1, [[None]])

    @property
    def next_row(self) -> int:
        """Where the next call begins, with room for what is written below the ranges."""
        below = 2 if self.is_text or self.explains else int(bool(self.example.error))
        return self.row + 3 + max(n_rows_of(self.placed), len(self.answer.grid)) + below + 1


def calls_of(registry: Registry) -> Iterator[Call]:
    """Each example in its place; formulas of all three kinds by turns, also among the errors."""
    row, n_ranges, n_errors = FIRST_ROW, 0, 0
    for function in registry:
        for number, example in enumerate(function.examples, start=1):
            if example.error:
                kind = ("plain", "array", "spill")[n_errors % 3]
                n_errors += 1
            elif grid_of_example(example.expected) == [[example.expected]]:
                kind = "plain"
            else:
                kind = ("array", "spill")[n_ranges % 2]
                n_ranges += 1
            call = Call(function, number, example, kind, row)
            yield call
            row = call.next_row


def n_rows_of(there: Placed) -> int:
    return max((len(block.grid) for block in there.blocks), default=1)


def check_formula(call: Call) -> str:
    """The formula that is TRUE where the answer is what is expected."""
    answer, expected = f"answer_{call.key}", f"expected_{call.key}"
    if call.explains:
        is_right = f"AND(ERROR.TYPE({answer})=3,EXACT(why_{call.key},sentence_{call.key}))"
    elif call.example.error:
        is_right = f"ERROR.TYPE({answer})=3"
    elif call.is_text:
        is_right = f"EXACT({answer},{expected})"
    else:
        is_right = f"differ_{call.key}=0"
    return f"=IFERROR({is_right},FALSE)"


def count_formula(call: Call) -> str:
    """The array formula that counts them.

    A count, because LibreOffice takes the truth that an array formula gives for a number.
    """
    answer, expected = f"answer_{call.key}", f"expected_{call.key}"
    size = f"IF(ABS({expected})>1,ABS({expected}),1)"
    is_near = f"IF(ISNUMBER({answer}),ABS({answer}-{expected})<={TOLERANCE:.0E}*{size},FALSE)"
    # a blank of an answer is text without a letter: a cell that nothing came to is no answer
    is_text = f"IF(ISNUMBER({answer})+ISBLANK({answer}),FALSE,EXACT({answer},{expected}))"
    return f"{{=SUM(1-IFERROR(IF(ISNUMBER({expected}),{is_near},{is_text}),FALSE))}}"
