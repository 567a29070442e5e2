"""The sheet PF Functions: the help of the cell functions in a workbook, where somebody asks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio import __version__
from xlportfolio.cells import CellFunction
from xlportfolio.operations.function_examples import typed_calls
from xlportfolio.operations.functions import help_of
from xlportfolio.operations.runs import Progress, no_progress, save
from xlportfolio.report.functions import FunctionRow, functions_sheet
from xlportfolio.wording import counted
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.protocol import Workbook


@dataclass(frozen=True)
class FunctionSheetResult:
    """What was written.

    Attributes
    ----------
    sheet
        The name it got; another than PF Functions where you have a sheet of that name.
    warning
        What a person should know of the saving, such as that it cannot be undone.
    """

    workbook: Path
    output: Path
    sheet: str
    functions: tuple[str, ...]
    warning: str = ""

    def __str__(self) -> str:
        listed = counted(len(self.functions), "function")
        said = f'The sheet {self.sheet} of "{self.output}" lists {listed}.'
        return f"{said}\n{self.warning}" if self.warning else said

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.output),
            "status": "done",
            "sheet": self.sheet,
            "functions": list(self.functions),
            "warning": self.warning or None,
        }


def put_functions(
    path: str | os.PathLike[str],
    functions: Sequence[CellFunction],
    *,
    output: str | os.PathLike[str] | None = None,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> FunctionSheetResult:
    """Put the help of cell functions on the sheet PF Functions of a workbook.

    Parameters
    ----------
    path
        The workbook.
    functions
        Which; they stand by family, then by name.
    output
        Where to write the workbook instead of replacing it.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If the workbook cannot be read or written.
    """
    with open_workbook(path, ignore_lock) as book:
        progress("writing PF Functions")
        sheet = describe_functions(book, functions)
        progress("saving")
        saved, warning = save(book, "functions", output)
    names = tuple(function.name for function in _ordered(functions))
    return FunctionSheetResult(Path(path), saved, sheet, names, warning)


def describe_functions(book: Workbook, functions: Iterable[CellFunction]) -> str:
    """Put the sheet PF Functions on a workbook, by family, then by name; the sheet's name."""
    rows = [_row(one) for one in _ordered(functions)]
    return book.put_sheet(functions_sheet(rows, __version__))


def _ordered(functions: Iterable[CellFunction]) -> list[CellFunction]:
    return sorted(functions, key=lambda one: (one.family, one.name))


def _row(function: CellFunction) -> FunctionRow:
    arguments = [
        f"[{one.name}]: {help_of(one)}" if one.is_optional else f"{one.name}: {help_of(one)}"
        for one in function.arguments
    ]
    return FunctionRow(
        name=function.name,
        family=function.family,
        summary=function.summary,
        arguments=tuple(arguments),
        result=f"{function.result}\nAn error: {function.errors}",
        calls=typed_calls(function),
    )
