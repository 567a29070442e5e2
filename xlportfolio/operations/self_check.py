"""Self-check: whether the cell functions compute right here, and a workbook that tells it there."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlportfolio.cell_calls import call
from xlportfolio.cells import CellFunction, Example, Registry
from xlportfolio.libreoffice.programs import NoOfficeError, OfficeError, find_office
from xlportfolio.operations.function_examples import agrees
from xlportfolio.operations.runs import Progress, no_progress
from xlportfolio.operations.shipped import shipped_workbook, write_shipped
from xlportfolio.values import Value

if TYPE_CHECKING:
    from xlportfolio.workbook.closed import ClosedWorkbook
    from xlportfolio.workbook.protocol import DefinedName

BOOK = "self_check.xlsx"
_CHECK = "check_"


@dataclass(frozen=True)
class Counted:
    """How many calls are right on one host.

    Attributes
    ----------
    host
        "Python", or "LibreOffice 7.4".
    wrong
        One sentence for each call that is not right.
    """

    host: str
    n_calls: int
    wrong: tuple[str, ...]

    @property
    def n_right(self) -> int:
        """Calls whose answer is what is expected."""
        return self.n_calls - len(self.wrong)

    def __str__(self) -> str:
        lines = [f"{self.host}: {self.n_right} of {self.n_calls} calls are right."]
        return "\n".join([*lines, *(f"  {sentence}" for sentence in self.wrong)])

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "host": self.host,
            "calls": self.n_calls,
            "right": self.n_right,
            "wrong": list(self.wrong),
        }


@dataclass(frozen=True)
class SelfCheck:
    """What a self-check found.

    Attributes
    ----------
    workbook
        The file that was written, or was there already.
    counted
        By host.
    not_computed
        Why LibreOffice did not compute the workbook; "" where it did.
    has_failed
        Whether there is a LibreOffice that should have.
    """

    workbook: Path
    counted: tuple[Counted, ...]
    not_computed: str = ""
    has_failed: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether a call is wrong, or LibreOffice failed."""
        return self.has_failed or any(one.wrong for one in self.counted)

    def __str__(self) -> str:
        lines = [str(one) for one in self.counted]
        if self.not_computed:
            lines.append(f"LibreOffice: not computed. {self.not_computed}")
        opened = f'Open "{self.workbook}" in Excel or LibreOffice to see the same there: its first'
        return "\n".join([*lines, f"{opened} sheet counts the calls that are right."])

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.workbook),
            "status": "done",
            "hosts": [one.as_json() for one in self.counted],
            "not_computed": self.not_computed or None,
        }


def run_self_check(
    registry: Registry,
    path: str | os.PathLike[str],
    *,
    progress: Progress = no_progress,
) -> SelfCheck:
    """Write the self-check workbook, and compute its calls here.

    Parameters
    ----------
    registry
        The functions there are.
    path
        The file to make; it may be there already if it holds just this.
    progress
        Told each step.

    Raises
    ------
    WorkbookError
        If another file of the name exists, or it cannot be written.
    """
    target = Path(path)
    if not _is_there(target):
        target = write_shipped(BOOK, target)
    progress("computing in Python")
    in_python = count_in_python(registry)
    try:
        in_calc = count_in_libreoffice(registry, progress)
    except NoOfficeError as absent:
        return SelfCheck(target, (in_python,), not_computed=str(absent))
    except OfficeError as problem:
        return SelfCheck(target, (in_python,), not_computed=str(problem), has_failed=True)
    return SelfCheck(target, (in_python, in_calc))


def count_in_python(registry: Registry) -> Counted:
    """Call every function with each of its examples, as a host does, without a spreadsheet.

    Parameters
    ----------
    registry
        The functions there are.
    """
    calls = [
        (function, number, example)
        for function in registry
        for number, example in enumerate(function.examples, start=1)
    ]
    wrong = []
    for function, number, example in calls:
        answer = call(function, _by_position(function, example))
        if not agrees(answer, example):
            wrong.append(
                f"{function.name} {number}, {example.title}: expected "
                f"{example.error or example.expected!r}; there is "
                f"{answer.sentence or answer.value!r}."
            )
    return Counted("Python", len(calls), tuple(wrong))


def count_in_libreoffice(registry: Registry, progress: Progress = no_progress) -> Counted:
    """Compute the workbook in a private LibreOffice, and look at its checks.

    Parameters
    ----------
    registry
        The functions there are.
    progress
        Told each step.

    Raises
    ------
    OfficeError
        If there is no LibreOffice, or it does not compute the workbook.
    """
    from xlportfolio.operations.recalculating import recalculate_workbook
    from xlportfolio.workbook.closed import open_workbook

    office = find_office()
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        book, computed = Path(folder) / BOOK, Path(folder) / "computed.xlsx"
        book.write_bytes(shipped_workbook(BOOK))
        recalculate_workbook(book, registry, output=computed, progress=progress)
        with open_workbook(computed) as opened:
            checks = {
                name.name.removeprefix(_CHECK): _value(opened, name) is True
                for name in opened.names()
                if name.name.startswith(_CHECK)
            }
    wrong = tuple(
        f"{name}: see its row in the workbook." for name, is_so in checks.items() if not is_so
    )
    return Counted(f"{office.product} {office.version}", len(checks), wrong)


def _value(book: ClosedWorkbook, name: DefinedName) -> Value:
    """What the cell of a name holds, which was computed a moment ago."""
    return book.contents(name.sheet).rows.get(name.range.first_row, {}).get(name.range.first_column)


def _is_there(target: Path) -> bool:
    """Whether the workbook was written before, and not changed since."""
    try:
        return target.read_bytes() == shipped_workbook(BOOK)
    except OSError:
        return False


def _by_position(function: CellFunction, example: Example) -> list[Any]:
    return [example.arguments.get(argument.name) for argument in function.arguments]
