"""Cell functions called as Excel calls them, through xlwings' own pipeline, on any machine.

    excel_call("PF_SCORE", [((5.0, 200.0), (3.0, 100.0)), ((3.0, 1.0),)])
    excel_calls([("PF_SCORE", [...]), ("PF_RANK", [...])])    many at once

Arguments are what VBA hands over of `.Value2`: a float, str, bool, None for a blank or a missing
one, a large negative int for an error (`error_in_a_cell`), or a tuple of rows, which are tuples.
`as_excel_hands_over` makes them of the values of an example. The answer is a `CellAnswer`, decoded
as the VBA of the add-in decodes it: a scalar, also where the function gives rows of one cell, or
rows; or an error with its sentence.

The pipeline runs in one child process, started by the first call: xlwings must take the machine
for Windows there, and nobody else's tests may.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from xlportfolio.cell_calls import CellAnswer
from xlportfolio.cell_values import cell_of, error_number
from xlportfolio.values import CellError

Call = tuple[str, Sequence[Any]]

MODULE = "xlportfolio.excel"

_ERROR_0 = -2146828288  # 0x800A0000: what COM adds to the number of an error
_MARK = "\x1f"

WHOLE_COLUMN = 1_000_000
"""A range of more rows runs down the whole sheet."""


def excel_call(function_name: str, arguments: Sequence[Any]) -> CellAnswer:
    """Call one cell function through the classic pipeline.

    Parameters
    ----------
    function_name
        As in a cell: "PF_SCORE".
    arguments
        By position, as VBA hands them over; None where one is left out.

    Returns
    -------
    What a cell shows, and the sentence of an error.

    Raises
    ------
    AssertionError
        If an argument is none that VBA could hand over, or the answer none that it could take.
    """
    return excel_calls([(function_name, arguments)])[0]


def excel_calls(calls: Sequence[Call], module: str = MODULE) -> list[CellAnswer]:
    """Call cell functions one after the other; the answers in the same order.

    Parameters
    ----------
    calls
        The name and the arguments of each, as for `excel_call`.
    module
        What Excel's Python loads.

    Raises
    ------
    AssertionError
        As `excel_call`; or if an exception of Python reached VBA.
    """
    handed = [(name, tuple(_handed_over(value) for value in given)) for name, given in calls]
    return [_decoded(told) for told in _server().answers(module, handed)]


def raw_answers(calls: Sequence[Call], module: str = MODULE) -> list[Any]:
    """What `CallUDF` gives back, not yet decoded; an exception as ("raised", its text)."""
    return _server().answers(module, [(name, tuple(given)) for name, given in calls])


def as_excel_hands_over(value: Any) -> Any:
    """The value of an example as VBA would read it from cells.

    Parameters
    ----------
    value
        A scalar, or rows of cells.

    Returns
    -------
    A scalar, or a tuple of rows; one cell is a scalar, a number a float, a date its serial number.
    More than a million rows are whole columns, which VBA reads as far as the sheet is used.
    """
    if isinstance(value, list | tuple) and len(value) > WHOLE_COLUMN:
        used = next((i for i in range(len(value), 1, -1) if any(_cells(value[i - 1]))), 1)
        return (_MARK + "whole columns", as_excel_hands_over(value[:used]))
    if isinstance(value, list | tuple):
        rows = tuple(
            tuple(as_excel_hands_over(cell) for cell in row)
            if isinstance(row, list | tuple)
            else (as_excel_hands_over(row),)
            for row in value
        )
        return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows
    if isinstance(value, CellError):
        return error_in_a_cell(value.code)
    if isinstance(value, bool | str) or value is None:
        return value
    return cell_of(value) if isinstance(value, date | datetime) else float(value)


def _cells(row: Any) -> list[bool]:
    return [one is not None for one in (row if isinstance(row, list | tuple) else [row])]


def error_in_a_cell(code: str) -> int:
    """What `.Value2` gives for an error value: a large negative number, through COM."""
    return _ERROR_0 + error_number(CellError(code))


def _handed_over(value: Any) -> Any:
    if isinstance(value, tuple) and value[0] == _MARK + "whole columns":
        _handed_over(value[1])
    elif isinstance(value, tuple):
        assert all(isinstance(row, tuple) and len(row) == len(value[0]) for row in value), value
        for row in value:
            for cell in row:
                _check_scalar(cell)
    else:
        _check_scalar(value)
    return value


def _check_scalar(value: Any) -> None:
    is_error = type(value) is int and value < 0
    assert value is None or is_error or type(value) in (float, str, bool), (
        f"VBA never hands over {value!r}; see as_excel_hands_over"
    )


def _decoded(told: Any) -> CellAnswer:
    """What `CallPython` and `CellAnswer` of the add-in's VBA make of an answer."""
    if isinstance(told, tuple):
        raise AssertionError(f"an exception reached VBA: {told[1]}")
    if isinstance(told, list):
        rows = told if isinstance(told[0], list) else [told]  # CallUDF makes one row a list
        assert all(len(row) == len(rows[0]) for row in rows), "rows differ in length"
        for row in rows:
            for cell in row:
                _check_told(cell)
        return CellAnswer(rows)
    _check_told(told)
    if isinstance(told, str) and told.startswith(_MARK):
        number, _, text = told[1:].partition(_MARK)
        if int(number) == 0:
            return CellAnswer(text)
        return CellAnswer(None, cell_of(_ERROR_0 + int(number)), text)
    return CellAnswer(told)


def _check_told(cell: Any) -> None:
    assert type(cell) in (float, str, bool), f"COM cannot take {cell!r} for a cell"
    assert cell == cell, "a number that is none"


class _Server:
    """The child process, and the pipes to it."""

    def __init__(self) -> None:
        checkout = Path(__file__).resolve().parents[2]
        folders = [str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hosts.excel_pipeline"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
        )

    def answers(self, module: str, calls: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            pickle.dump((module, calls), self._process.stdin)
            self._process.stdin.flush()
            answers: list[Any] = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError):
            code = self._process.wait(timeout=30)
            raise AssertionError(f"the pipeline ended with {code}; what it said is above") from None
        return answers

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@contextmanager
def another_server() -> Iterator[None]:
    """Ask a child process of its own, with the environment as it is now."""
    _server.cache_clear()
    try:
        yield
    finally:
        _server.cache_clear()


@cache
def _server() -> _Server:
    server = _Server()
    atexit.register(server.close)
    return server


def _serve(asked: BinaryIO, told: BinaryIO) -> None:
    from tests.hosts.stubbed_pywin32 import server

    python = server()
    while True:
        try:
            module, calls = pickle.load(asked)
        except EOFError:
            return
        answers = []
        for name, given in calls:
            try:
                answers.append(python.CallUDF(module, name, given))
            except Exception as problem:  # as COM does: VBA sees its text
                answers.append(("raised", f"{type(problem).__name__}: {problem}"))
        pickle.dump(answers, told)
        told.flush()


if __name__ == "__main__":
    # Descriptor 1 is Excel's to lose: the answers have one of their own.
    with os.fdopen(os.dup(1), "wb") as pipe:
        _serve(sys.stdin.buffer, pipe)
