"""Ranges as sheets have them at their worst, drawn for any cell function from its entry alone."""

from __future__ import annotations

import datetime
import random
import re
from typing import Any

from xlportfolio.cells import Argument, CellFunction

PLAIN = (0, 1, 2, 3.5, 7, 0.1, 12.25, 100)
EXTREME = (
    *(1e308, 1.7e308, -1e308, 1e300, 5e-324, 1e-310, 1e-200, -0.0, 1e15, 1e-15),
    *(10**30, 2**63, 10**400, float("inf"), float("nan")),
)
ODD = (
    *(None, "", "  ", True, False, "tbc", "3", "0", "max", "In", "Requires", "A", "Cost"),
    *("#N/A", "#DIV/0!", "#SPILL!", "#BUSY!", -2146826246, -2146826238, -2146826200),
    *(datetime.date(2026, 4, 1), datetime.datetime(2026, 4, 1, 12, 30), datetime.time(3)),
    *("x" * 5000, "a\x00b\x07\x1b[31m\u202egnp", "\ud800", "line\nbreak", "=1+1", "🔴", [], {}),
)
LABELS = ("A", "B", "C", "Pump", "Pump ", "Road\x07", "L" * 900, "2026", "max", None)


def drawn_call(draw: random.Random, function: CellFunction) -> list[Any]:
    """Arguments by position: mostly of the shapes that the entry asks for, some spoilt."""
    sizes: dict[str, int] = {}
    n = draw.choice((1, 1, 2, 3, 4, 6, 9))
    wild = draw.random()  # how far this call is from what was asked for
    has_labels, has_header = draw.random() < 0.25, draw.random() < 0.25
    given = []
    for argument in function.arguments:
        if argument.is_optional and draw.random() < 0.5:
            given.append(draw.choice((None, None, "", 0 if argument.choices else None)))
            continue
        rows, columns = _shape(draw, argument, sizes, n)
        if argument.choices:
            given.append(_word(draw, argument, wild))
            continue
        if wild > 0.85 and draw.random() < 0.3:
            rows, columns = draw.randint(0, 5), draw.randint(0, 5)
        grid = [[_cell(draw, argument, wild) for _ in range(columns)] for _ in range(rows)]
        if rows == n and has_labels and draw.random() < 0.9:
            grid = [
                [draw.choice(LABELS) if wild > 0.6 else f"P{i}", *row] for i, row in enumerate(grid)
            ]
        if rows == n and has_header and grid and draw.random() < 0.9:
            grid = [[f"H{j}" for j in range(len(grid[0]))], *grid]
        if rows == n and n > 2 and draw.random() < 0.1:
            grid[n // 2] = [None] * len(grid[0])
        given.append(_as_a_host_hands_it_over(draw, grid, wild))
    return given


def _shape(
    draw: random.Random, argument: Argument, sizes: dict[str, int], n: int
) -> tuple[int, int]:
    first = n

    def size(noun: str) -> int:
        return sizes.setdefault(noun, first if not sizes else draw.choice((1, 2, 3, 4)))

    across = re.match(r"(\w+) x (\w+)", argument.shape)
    if across:
        return size(across.group(1)), size(across.group(2))
    each = re.match(r"one for each (\w+)", argument.shape)
    if each:
        noun = {"criterion": "criteria"}.get(each.group(1), each.group(1) + "s")
        return draw.choice(((1, size(noun)), (size(noun), 1)))
    if argument.shape.startswith("rows of"):
        return draw.randint(1, 3), 3
    return (1, 1) if argument.shape == "one cell" else (size("projects"), 1)


def _word(draw: random.Random, argument: Argument, wild: float) -> Any:
    if wild > 0.9 and draw.random() < 0.3:
        return draw.choice((*ODD, [[None]], [[1, 2]], 3))
    word = draw.choice(argument.choices)
    return draw.choice((word, word.upper(), f" {word} ", [[word]]))


def _cell(draw: random.Random, argument: Argument, wild: float) -> Any:
    if argument.shape.startswith("rows of"):
        return draw.choice(("P0", "P1", "P2", 1, 2, 3, "Requires", "Excludes", "Together"))
    if "In:" in argument.help and draw.random() < 0.9:
        return draw.choice(("In", "Out", None, None))
    if "max where" in argument.help and draw.random() < 0.9:
        return draw.choice(("max", "min", 1, -1, None))
    p = draw.random()
    if wild > 0.5 and p < (wild - 0.5) ** 2:
        return draw.choice(ODD)
    if 0.25 < wild < 0.6 and p < 0.5:
        return draw.choice(EXTREME[: 13 if wild < 0.5 else None])
    if p > 0.95:
        return None
    return draw.choice(PLAIN) if p > 0.5 else draw.random() * 10


def _as_a_host_hands_it_over(draw: random.Random, grid: list[list[Any]], wild: float) -> Any:
    if wild > 0.95 and len(grid) > 1:
        grid[-1] = grid[-1][:-1]  # ragged
    if grid and len(grid) == len(grid[0]) == 1 and draw.random() < 0.7:
        return grid[0][0]
    if draw.random() < 0.5:
        return tuple(tuple(row) for row in grid)
    return grid
