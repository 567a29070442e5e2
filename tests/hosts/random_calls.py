"""Calls as sheets have them, drawn at random: cells, a formula, and what each host is to hand over.

A call stands on a band of rows of one sheet, its ranges side by side, its answer to their right.
"""

from __future__ import annotations

import datetime
import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.hosts.random_natives import AROUND, Around
from tests.hosts.random_ranges import drawn_call
from xlportfolio.cell_calls import call as called
from xlportfolio.cell_values import cell_of
from xlportfolio.cells import Argument, CellFunction
from xlportfolio.values import CellError
from xlportfolio.workbook.references import CellRange, cell_address, column_letter

FIRST_ANSWER_COLUMN = 60
LONGEST_LITERAL = 255

ERRORS = {"#N/A": "=NA()", "#DIV/0!": "=1/0", "#VALUE!": '=1+"a"', "#NUM!": "=SQRT(-1)"}
SPOILING = (
    *(
        "3",
        "2026",
        "1e3",
        "0",
        "TRUE",
        " 7 ",
        "'4",
        "=1",
        "\u00a0",
        "ü/ß",
        "Straße",
        "日本",
        "🔴 red",
    ),
    *("two\nlines", "tab\tbed", "x" * 300, "y" * 32_000, '"', "&<>", "-", "n/a", "#N/A"),
    *(True, False, -0.0, 1e-300, 1e300, 5e-324, 1.5e308, 46113.0, 0.1 + 0.2, 1e15 + 0.5, 2**53),
)
OUTERS = ("PF_RANK({})", 'PF_RANK({},"ascending")', "PF_SCORE({})", 'PF_TOPSIS({},,,,"why")')
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


@dataclass(frozen=True)
class EmptyText:
    """The answer "" of a formula, which is no blank cell."""


EMPTY_TEXT = EmptyText()


@dataclass(frozen=True)
class Truth:
    """TRUE or FALSE as the answer of a formula."""

    value: bool


@dataclass
class Drawn:
    """One call on the sheet.

    Attributes
    ----------
    given
        By position, as the cells have it: a scalar, rows, or None where it is left out.
    text
        The formula, with its "=".
    kind
        "plain", "array" or "spill".
    around
        What stands around the call; None where nothing does.
    outer
        The call of a function of ours that is given the answer, with {} in its place, or "".
    cells
        What the sheet holds, by row and column from 1.
    whole_columns
        Whether its ranges run down the whole sheet, which is then its own.
    """

    function: CellFunction
    given: list[Any]
    text: str = ""
    kind: str = "plain"
    around: Around | None = None
    outer: str = ""
    row: int = 0
    column: int = FIRST_ANSWER_COLUMN
    n_rows: int = 1
    n_columns: int = 1
    height: int = 1
    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    literals: list[Any] = field(default_factory=list)
    whole_columns: bool = False

    @property
    def answer(self) -> CellRange:
        """The cells that the formula fills."""
        last = (self.row + self.n_rows - 1, self.column + self.n_columns - 1)
        return CellRange(self.row, self.column, *last)

    @property
    def name(self) -> str:
        """Where it stands and what it says."""
        return f"{cell_address(self.row, self.column)} {self.text[:300]} ({self.kind})"

    def has(self, *kinds: type) -> bool:
        """Whether a value of these kinds is handed over, in a cell or in the formula."""
        return any(isinstance(cell, kinds) for value in self.given for cell in flat(value))


def flat(value: Any) -> list[Any]:
    """Every cell of an argument."""
    if isinstance(value, list):
        return [cell for row in value for cell in row]
    return [value]


def drawn_calls(
    draw: random.Random, functions: Sequence[CellFunction], n: int, first_row: int
) -> list[Drawn]:
    """Calls of each function in turn, one below the other.

    Parameters
    ----------
    draw
        Seeded.
    functions
        All that are to be called.
    n
        How many calls.
    first_row
        Where the first one stands.
    """
    calls = []
    row = first_row
    for k in range(n):
        call = _drawn(draw, functions[k % len(functions)], row)
        calls.append(call)
        row += call.height + 4  # the answer may fill some rows more than its ranges
    return calls


def drawn_on_whole_columns(draw: random.Random, function: CellFunction) -> Drawn:
    """A call whose ranges run down the whole of a sheet of its own."""
    call = _drawn(draw, function, 1, whole_columns=True)
    call.whole_columns = True
    return call


def _drawn(
    draw: random.Random, function: CellFunction, row: int, *, whole_columns: bool = False
) -> Drawn:
    for _ in range(draw.choice((1, 6))):
        given = [_of_a_sheet(value) for value in drawn_call(draw, function)]
        if called(function, given).error is None:
            break
    if draw.random() < 0.25:
        _spoil(draw, given)
    call = Drawn(function, [], row=row)
    texts = []
    column = 1
    for argument, value in zip(function.arguments, given, strict=True):
        text, handed, width = _written(draw, argument, value, call, column, whole_columns)
        texts.append(text)
        call.given.append(handed)
        column += width + (1 if width else 0)
        if isinstance(handed, list):
            call.height = max(call.height, len(handed))
    while texts and not texts[-1]:
        texts.pop()
    call.text = f"={function.name}({','.join(texts)})"
    assert column < FIRST_ANSWER_COLUMN, column
    return call


def _of_a_sheet(value: Any) -> Any:
    """A drawn argument as cells can hold it; None for what they cannot."""
    if not isinstance(value, list | tuple):
        return _cell_of_a_sheet(value)
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in value]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return None
    return [[_cell_of_a_sheet(cell) for cell in row + [None] * (width - len(row))] for row in rows]


def _cell_of_a_sheet(value: Any) -> Any:
    if isinstance(value, list | dict | datetime.time):
        return None
    if isinstance(value, datetime.date):
        return cell_of(value)
    if isinstance(value, str):
        if value in ERRORS:
            return CellError(value)
        return _UNPRINTABLE.sub("", value)[:32_000] or None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and value < -(10**9):
        return CellError("#DIV/0!")
    try:
        number = float(f"{float(value):.15g}")
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _spoil(draw: random.Random, given: list[Any]) -> None:
    """Put something odd into a cell of a range."""
    ranges = [value for value in given if isinstance(value, list)]
    for _ in range(draw.choice((1, 1, 2))):
        if ranges:
            rows = draw.choice(ranges)
            i, j = draw.randrange(len(rows)), draw.randrange(len(rows[0]))
            odd = draw.choice(SPOILING)
            if isinstance(odd, float):
                odd = float(f"{odd:.15g}")
            if draw.random() < 0.2:
                odd = EMPTY_TEXT
            elif isinstance(odd, bool) and draw.random() < 0.5:
                odd = Truth(odd)
            rows[i][j] = odd


def _written(
    draw: random.Random,
    argument: Argument,
    value: Any,
    call: Drawn,
    column: int,
    whole_columns: bool,
) -> tuple[str, Any, int]:
    """An argument in the formula, what is handed over, and how many columns it takes."""
    if value is None:
        if argument.is_optional and draw.random() < 0.6:
            return "", None, 0
        return cell_address(call.row, column), None, 1
    if not isinstance(value, list):
        literal = _literal(value) if draw.random() < 0.5 else ""
        if literal:
            call.literals.append(value)
            return literal, value, 0
        value = [[value]]
    if not whole_columns and draw.random() < 0.05:
        constant = _array_constant(value)
        if constant:
            return constant, value, 0
    width = len(value[0])
    top = 1 if whole_columns else call.row
    for i, cells in enumerate(value):
        for j, cell in enumerate(cells):
            call.cells[top + i, column + j] = cell
    if whole_columns and not argument.choices and argument.shape != "one cell":
        text = f"{column_letter(column)}:{column_letter(column + width - 1)}"
    else:
        text = CellRange(top, column, top + len(value) - 1, column + width - 1).address
    return text, [list(map(_seen, cells)) for cells in value], width


def _seen(cell: Any) -> Any:
    if cell is EMPTY_TEXT:
        return ""
    return cell.value if isinstance(cell, Truth) else cell


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15G}" if 1e-9 < abs(value) < 1e15 or value == 0 else ""
    is_plain = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_LITERAL
    return '"' + value.replace('"', '""') + '"' if is_plain else ""


def _array_constant(rows: list[list[Any]]) -> str:
    cells = [[_literal(cell) for cell in row] for row in rows]
    if len(rows) * len(rows[0]) == 1 or not all(map(all, cells)):
        return ""
    return "{" + ";".join(",".join(row) for row in cells) + "}"


def put_around(draw: random.Random, call: Drawn, shape: tuple[int, int]) -> None:
    """Decide what stands around a call, now that its answer is known.

    Parameters
    ----------
    draw
        Seeded.
    call
        It may become part of a longer formula.
    shape
        Rows and columns of its answer.
    """
    p = draw.random()
    if p < 0.15:
        call.outer = draw.choice(OUTERS)
        call.text = "=" + call.outer.replace("{}", call.text[1:])
    elif p < 0.5:
        call.around = draw.choice([one for one in AROUND if one.fits(shape)])
        call.text = "=" + call.around.text.replace("{}", call.text[1:])


def fill(draw: random.Random, call: Drawn, shape: tuple[int, int], *, is_error: bool) -> None:
    """Decide how a formula stands on the sheet: alone, or filling cells.

    Parameters
    ----------
    draw
        Seeded.
    call
        With whatever stands around it.
    shape
        Rows and columns of the whole answer.
    is_error
        Whether it is a single error, which does not spill.
    """
    call.kind = draw.choice(("plain", "array", "spill"))
    if call.kind == "spill" and is_error:
        call.kind = "array"
    if call.kind == "plain":
        return
    call.n_rows, call.n_columns = shape
    if call.kind == "array" and draw.random() < 0.3:
        call.n_rows = max(1, call.n_rows + draw.choice((-1, 0, 1, 2)))
        call.n_columns = max(1, call.n_columns + draw.choice((-1, 0, 1, 2)))
