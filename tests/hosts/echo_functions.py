"""Cell functions that show what reaches them, and answers of every kind, for classic xlwings.

Loaded by `CallUDF` in the pipeline, as `xlportfolio.excel` is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xlwings

from xlportfolio.addin.classic import adapters
from xlportfolio.cell_names import PREFIX
from xlportfolio.cell_values import grid_of
from xlportfolio.cells import Argument, CellFunction, Registry
from xlportfolio.errors import InputError

NAME = __name__


def _echo(first: Any, second: Any = "left out", third: Any = "left out") -> Any:
    """What each argument is, as text."""
    return [
        [
            "left out"
            if isinstance(value, str) and value == "left out"
            else repr([[_seen(cell) for cell in row] for row in grid_of("value", value)])
        ]
        for value in (first, second, third)
    ]


def _seen(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, float | bool) else str(cell)


ANSWERS: dict[str, Any] = {
    "blank": None,
    "blanks": [[None, 1, ""], ["a", None, None]],
    "truth": True,
    "truths": [[True, False], [np.bool_(True), 0]],
    "whole": 3_000_000_000,
    "numpy": [[np.float64(0.5), np.int64(7)]],
    "rows of nothing": [],
    "mark": "\x1fnot an error",
    "marks": [["\x1f2042\x1fno error"], ["b"]],
    "row": [[1, 2, 3]],
    "infinite": [[1.0, "a"], [float("inf"), None]],
    "not a number": float("nan"),
    "huge": 10**400,
    "column": [[1], [2]],
}


def _answer(kind: Any) -> Any:
    if kind == "ours":
        raise InputError("costs, row 2 is -1; expected at least 0.")
    if kind == "bug":
        return 1 / 0
    if kind == "memory":
        raise MemoryError
    return ANSWERS[kind]


def _described(name: str, function: Any, *names: str) -> CellFunction:
    arguments = tuple(
        Argument(one, "Any value.", "", "A1", is_optional=number > 0)
        for number, one in enumerate(names)
    )
    return CellFunction(name, "Echo", function, "Show.", arguments, "Text.", "Never.")


REGISTRY = Registry(
    [
        _described("PF_ECHO", _echo, "first", "second", "third"),
        _described("PF_ANSWER", _answer, "kind"),
        _described("PF_NOTHING", lambda: 42),
    ]
)


def __getattr__(name: str) -> Any:
    """Only where a function is asked for, in the pipeline: tests import this module, too."""
    if not name.startswith(PREFIX):
        raise AttributeError(name)
    return adapters(REGISTRY, xlwings)[name]
