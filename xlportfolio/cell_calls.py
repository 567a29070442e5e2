"""A cell function called as a host calls it: by position, with an answer that any host can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlportfolio.cells import CellFunction
from xlportfolio.errors import PortfolioError
from xlportfolio.values import CellError
from xlportfolio.wording import shortened

_LONGEST_MISTAKE = 200
VALUE_ERROR = CellError("#VALUE!")
"""What a cell shows whose function could not be computed."""


@dataclass(frozen=True)
class CellAnswer:
    """What came of a call.

    Attributes
    ----------
    value
        A scalar, or rows of equal length; "" where a cell stays blank, as hosts show a blank in an
        answer as 0. None where there is an error.
    error
        What the cell shows instead; None where there is an answer.
    sentence
        Why it is an error; "" where there is an answer.
    """

    value: Any
    error: CellError | None = None
    sentence: str = ""


def call(function: CellFunction, given: Sequence[Any]) -> CellAnswer:
    """Call a cell function with what a host hands over.

    Parameters
    ----------
    function
        Of the registry.
    given
        Its arguments by position; None, or fewer of them, where one is left out. Scalars, or rows
        of cells.

    Returns
    -------
    CellAnswer
        Wrong input is an error with its sentence. Anything else that is raised is a mistake of
        ours: an error, too, for a cell has no other way to say so, with the kind of the mistake.
    """
    n = len(function.arguments)
    if len(given) > n:
        return _error(f"{function.name} takes {n} arguments; {len(given)} were given.")
    handed = {}
    for k, argument in enumerate(function.arguments):
        value = given[k] if k < len(given) else None
        if value is None and argument.is_optional:
            continue
        if k >= len(given):
            return _error(f"{argument.name} is missing; expected {argument.shape or 'a value'}.")
        handed[argument.name] = value
    try:
        return CellAnswer(_shown(function.function(**handed)))
    except PortfolioError as problem:
        return _error(str(problem))
    except MemoryError:
        return _error(f"{function.name} ran out of memory; give it smaller ranges.")
    except Exception as mistake:
        return _error(
            f"{function.name} failed with {type(mistake).__name__}: "
            f"{shortened(str(mistake), _LONGEST_MISTAKE)}. This is a mistake in xlportfolio; "
            "please report it with the formula and its ranges."
        )


def _error(sentence: str) -> CellAnswer:
    return CellAnswer(None, VALUE_ERROR, sentence)


def _row(row: list[Any]) -> list[Any]:
    return ["" if cell is None else cell for cell in row] if None in row else row


def _shown(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_row(row) for row in answer]
    return "" if answer is None else answer
