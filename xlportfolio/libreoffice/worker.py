"""The process that computes the functions for LibreOffice.

Started as `python -m xlportfolio.libreoffice.worker`, it reads calls on its standard input and
answers on its standard output, until the input ends.

What Calc hands over (7.4): numbers, truths and dates as floats; in a range a blank cell as "" (to
an add-in) or None (from Basic). A blank cell alone is 0 to an add-in, None from Basic; an argument
left out between others None to an add-in, 0 from Basic. Where a cell or a range holds an error Calc
calls nothing: the cell shows that error, or Err:504 where the range went to an add-in.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import IO, Any

from xlportfolio import __version__
from xlportfolio.cell_calls import CellAnswer, call
from xlportfolio.cells import CellFunction, Registry
from xlportfolio.errors import InputError
from xlportfolio.libreoffice.inside_calc.frames import Arrivals, nan_of, read_frame, write_frame
from xlportfolio.values import CellError

VERSION = ""
"""The name that asks for the worker's version instead of calling a function."""

SECONDS = 30.0
"""How long a call may take unless the command says another time."""

_GRACE = 5.0
"""LibreOffice ends a call that takes too long; where it is gone itself, this is how much later."""


def serve(registry: Registry, requests: IO[bytes], answers: IO[bytes], seconds: float) -> None:
    """Answer calls until the requests end.

    Parameters
    ----------
    registry
        Whose functions are called.
    requests
        Frames of a name and a tuple of arguments by position.
    answers
        Frames of a value and a sentence: a scalar, or a tuple of rows, with errors as NaN that
        carry Calc's code; the sentence is "" where there is no error.
    seconds
        How long one call may take.
    """
    arrivals = Arrivals(requests)
    while True:
        arrivals.look()
        try:
            name, given = read_frame(requests)
        except EOFError:
            return
        with _Limit(seconds + _GRACE):
            answer = _answer(registry, name, given)
        write_frame(answers, answer)


def _answer(registry: Registry, name: str, given: tuple[Any, ...]) -> tuple[Any, str]:
    if name == VERSION:
        return __version__, ""
    try:
        function = registry[name]
    except InputError as problem:
        return nan_of("#NAME?"), str(problem)
    return shown(call(function, handed(function, given)))


def handed(function: CellFunction, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments that were really given, a single cell as itself rather than as rows.

    Calc hands over 0 for one that is left out between others (in Basic) and for a blank cell (to an
    add-in). No optional argument means anything by 0, but one whose default is a number.
    """
    return tuple(_one(function, k, value) for k, value in enumerate(given))


def _one(function: CellFunction, k: int, value: Any) -> Any:
    if type(value) is tuple:
        return value[0][0] if len(value) == 1 and len(value[0]) == 1 else value
    if value == 0 and type(value) in (int, float) and k < len(function.arguments):
        argument = function.arguments[k]
        if argument.is_optional and not isinstance(argument.default, int | float):
            return None
    return value


def shown(answer: CellAnswer) -> tuple[Any, str]:
    """An answer as Calc takes it: a scalar or rows, and the sentence of an error.

    >>> shown(CellAnswer([[1, ""], [True, "a"]]))
    (((1.0, ''), (1.0, 'a')), '')
    """
    if answer.error is not None:
        return nan_of(answer.error.code), answer.sentence
    if isinstance(answer.value, list | tuple):
        return tuple(tuple(map(_cell, row)) for row in answer.value), ""
    return _cell(answer.value), ""


def _cell(value: Any) -> float | str:
    """A cell as Calc keeps it: numbers are all alike, truths among them."""
    if type(value) is float:
        return value if value - value == 0 else nan_of("#NUM!")
    if isinstance(value, str):
        return value
    if isinstance(value, CellError):
        return nan_of(value.code)
    return _cell(float(value))


class _Limit:
    """Ends this process when a call takes too long and nobody is there to end it.

    The system does so whatever the process is busy with. On Windows there is no such alarm.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *raised: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Serve the functions of all installed packages over this process's own pipes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # The solver prints where it likes: only frames may come out of the pipe, and only they go in.
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for whoever started LibreOffice
    try:
        registry = Registry.load()
        import numpy  # noqa: F401 - nearly every call needs it, and the first would wait for it

        serve(registry, requests, answers, seconds)
    except BrokenPipeError:
        pass  # LibreOffice has gone, and nobody waits for the answer
    finally:
        # Nothing is left to flush, and a broken pipe must not be told again.
        os._exit(0)


if __name__ == "__main__":
    main()
