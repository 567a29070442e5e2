"""What Excel's own functions make of an answer that stands within them, modelled in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Rows = tuple[tuple[Any, ...], ...]
Answer = Rows | str
"""Rows of cells, or the code of an error."""


@dataclass(frozen=True)
class Around:
    """A formula around a call.

    Attributes
    ----------
    text
        With {} where the call stands.
    made
        What comes of the rows of an answer that is no error.
    of_error
        What comes of an error; None where it is that error.
    is_single
        Whether it gives one cell, whatever the answer.
    least
        How many cells the answer has at least: with one alone some functions differ.
    """

    text: str
    made: Callable[[Rows], Answer]
    of_error: Answer | None = None
    is_single: bool = False
    least: int = 1
    is_line: bool = False

    def fits(self, shape: tuple[int, int]) -> bool:
        """Whether it can stand around an answer of so many rows and columns."""
        n_rows, n_columns = shape
        is_line = n_rows == 1 or n_columns == 1
        return n_rows * n_columns >= self.least and (is_line or not self.is_line)

    def answer(self, inner: Answer) -> Answer:
        """What comes of an answer."""
        if isinstance(inner, str):
            return inner if self.of_error is None else self.of_error
        return self.made(inner)


def _each(change: Callable[[Any], Any]) -> Callable[[Rows], Answer]:
    return lambda rows: tuple(tuple(change(cell) for cell in row) for row in rows)


def _one(change: Callable[[list[Any]], Any]) -> Callable[[Rows], Answer]:
    def made(rows: Rows) -> Answer:
        found = change([cell for row in rows for cell in row])
        return found if isinstance(found, str) and found[:1] == "#" else ((found,),)

    return made


def _numbers(cells: list[Any]) -> list[float]:
    return [float(cell) for cell in cells if isinstance(cell, int | float)]


def _is_text(cell: Any, text: str) -> bool:
    return isinstance(cell, str) and cell.lower() == text.lower()


def _place(cells: list[Any], wanted: Callable[[Any], bool]) -> Any:
    return next((k for k, cell in enumerate(cells, 1) if wanted(cell)), "#N/A")


def _entry(i: int, j: int) -> Callable[[Rows], Answer]:
    def made(rows: Rows) -> Answer:
        inside = i <= len(rows) and j <= len(rows[0])
        return ((rows[i - 1][j - 1],),) if inside else "#REF!"

    return made


CAUGHT: Rows = (("wrong",),)

AROUND = (
    Around('IFERROR({},"wrong")', lambda rows: rows, CAUGHT),
    Around('IF(ISERROR({}),"wrong",{})', lambda rows: rows, CAUGHT),
    Around("INDEX({},1,1)", _entry(1, 1), is_single=True, least=2),
    Around("INDEX({},2,1)", _entry(2, 1), is_single=True, least=2),
    Around("INDEX({},9,9)", _entry(9, 9), is_single=True, least=2),
    Around("SUM({})", _one(lambda cells: sum(_numbers(cells))), is_single=True, least=2),
    Around("COUNT({})", _one(lambda c: len(_numbers(c))), ((0,),), is_single=True, least=2),
    Around("COUNTA({})", _one(len), ((1,),), is_single=True, least=2),
    Around("MAX({})", _one(lambda c: max(_numbers(c), default=0)), is_single=True, least=2),
    Around("ROWS({})", lambda rows: ((len(rows),),), is_single=True, least=2),
    Around("COLUMNS({})", lambda rows: ((len(rows[0]),),), is_single=True, least=2),
    Around("MATCH(1,{},0)", _one(lambda c: _place(c, lambda x: x == 1)), None, True, 2, True),
    Around(
        'MATCH("score",{},0)',
        _one(lambda c: _place(c, lambda x: _is_text(x, "score"))),
        *(None, True, 2, True),
    ),
    Around('IF({}="","blank",{})', _each(lambda x: "blank" if x == "" else x)),
    Around(
        'IF({}>0,"above","not")',
        _each(lambda x: "above" if isinstance(x, str) or x > 0 else "not"),
    ),
    Around('IF({}="SCORE","head","body")', _each(lambda x: ["body", "head"][_is_text(x, "score")])),
    Around('IF({}=1,"one","other")', _each(lambda x: "one" if x == 1 else "other")),
    Around(
        'IF(ISTEXT({}),"text","other")',
        _each(lambda x: "text" if isinstance(x, str) else "other"),
        (("other",),),
    ),
    Around(
        'IF(ISNUMBER({}),"number","other")',
        _each(lambda x: "other" if isinstance(x, str) else "number"),
        (("other",),),
    ),
    Around('IF(ISBLANK({}),"blank","other")', _each(lambda x: "other"), (("other",),)),
    Around(
        'SUMPRODUCT(--({}=""))', _one(lambda c: sum(x == "" for x in c)), is_single=True, least=1
    ),
    Around("SUMPRODUCT(({}=1)*1)", _one(lambda c: sum(x == 1 for x in c)), is_single=True, least=1),
    Around(
        "SUMPRODUCT(--ISTEXT({}))",
        _one(lambda c: sum(isinstance(x, str) for x in c)),
        ((0,),),
        is_single=True,
    ),
    Around("SUMPRODUCT(--({}<>0))", _one(lambda c: sum(x != 0 for x in c)), is_single=True),
)
