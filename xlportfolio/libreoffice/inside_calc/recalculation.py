"""Computes one workbook inside LibreOffice and writes down the values that are wanted.

LibreOffice's own Python runs this file, which may be as old as 3.8: it uses nothing but the
standard library and `uno`. The environment variable XLPORTFOLIO_JOB names the folder with
job.json; answer.json and progress.txt are written there, and then LibreOffice ends.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "org.xlportfolio.Recalculation"
IMPLEMENTATION = "org.xlportfolio.python.Recalculation"
FOLDER = "XLPORTFOLIO_JOB"
WORKER_LINK = "xlportfolio_inside_calc.worker_link"
"""The module through which the component of our functions calls their worker.

It is there once a workbook that calls them was opened: LibreOffice loads the component itself.
"""

# com.sun.star.document.MacroExecMode, UpdateDocMode; com.sun.star.sheet.FormulaResult;
# com.sun.star.util.NumberFormat
_NEVER_EXECUTE = 0
_NO_UPDATE = 0
_RESULT_IS_ERROR = 4
_FORMAT_LOGICAL = 1024

_SECONDS_BETWEEN_SIGNS = 0.5
_CELLS_AT_ONCE = 50_000


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Why the workbook was not computed: what LibreOffice does, as in "cannot open it"."""


def getComponentFactory(implementation: str, services: Any, registry_key: Any) -> Any:
    """Give LibreOffice what makes the service, as its loader of Python asks for it."""
    unohelper: Any = import_module("unohelper")
    uno: Any = import_module("uno")
    interfaces = (unohelper.Base, uno.getClass("com.sun.star.task.XJobExecutor"))
    job = type("Recalculation", interfaces, {"__init__": _keep_context, "trigger": _trigger})
    helper = unohelper.ImplementationHelper()
    helper.addImplementation(job, IMPLEMENTATION, (SERVICE,))
    return helper.getComponentFactory(implementation, services, registry_key)


def _keep_context(self: Any, context: Any, *given: Any) -> None:
    self.context = context


def _trigger(self: Any, argument: str) -> None:
    """Do the job, and end LibreOffice at once: closing it in order takes longer and can hang."""
    code = 0
    try:
        job = _Job(self.context, Path(os.environ[FOLDER]))
        _end_with_starter(job.job["left_behind"])
        try:
            job.run()
        except Refusal as refusal:
            job.refuse(str(refusal))
    except BaseException:
        traceback.print_exc()
        code = 3
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_with_starter(left_behind: list[str]) -> None:
    """Clear up and end when the process that started us was killed: it holds our input open."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        try:
            for path in map(Path, left_behind):
                if path.is_dir():
                    shutil.rmtree(str(path), ignore_errors=True)
                else:
                    path.unlink()
        finally:
            os._exit(4)

    # On Windows, LibreOffice is a program with windows, which has no input.
    if os.name == "posix":
        threading.Thread(target=wait, daemon=True).start()


class _Job:
    def __init__(self, context: Any, folder: Path) -> None:
        self.folder = folder
        self.manager = context.ServiceManager
        self.context = context
        self.last_sign = 0.0
        self.job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        self.began: dict[str, float] = {}

    def run(self) -> None:
        self.begin("opening")
        self.offer_plain_names()
        document = self.opened()
        self.begin("computing")
        self.follow_our_functions()
        # A circle that is gone round differs between programs; without, it is an error by itself.
        document.IsIterationEnabled = False
        document.calculateAll()
        self.begin("reading")
        sheets = document.Sheets
        answer = {}
        for name, ranges in self.job["wanted"].items():
            if not sheets.hasByName(name):
                raise Refusal(f'finds no sheet "{name}" in it')
            answer[name] = self.values(document, sheets.getByName(name), ranges)
        shapes = {
            name: self.shapes(sheets.getByName(name), ranges)
            for name, ranges in self.job.get("arrays", {}).items()
        }
        link: Any = sys.modules.get(WORKER_LINK)
        self.answer(
            {
                "sheets": answer,
                "shapes": shapes,
                "unanswered": link.record.unanswered if link else {},
                "gave_arrays": sorted(link.record.gave_arrays) if link else [],
                "phases": self.phases(),
            }
        )

    def offer_plain_names(self) -> None:
        """Put our functions in Basic into LibreOffice's own library, which no workbook reaches."""
        if "basic" in self.job:
            module, source = self.job["basic"]
            libraries = self.manager.createInstanceWithContext(
                "com.sun.star.script.ApplicationScriptLibraryContainer", self.context
            )
            libraries.getByName("Standard").insertByName(module, source)

    def opened(self) -> Any:
        desktop = self.manager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        settings = {
            "Hidden": True,
            "MacroExecutionMode": _NEVER_EXECUTE,
            "UpdateDocMode": _NO_UPDATE,
            "FilterName": "Calc MS Excel 2007 XML",
        }
        try:
            document = desktop.loadComponentFromURL(
                self.job["book"], "_blank", 0, _properties(settings)
            )
        except Exception as problem:
            raise Refusal(f"cannot open it ({_one_line(problem)})") from problem
        if document is None:
            raise Refusal("cannot open it")
        return document

    def follow_our_functions(self) -> None:
        """Take each call of a function of ours for a sign that it goes on."""
        link: Any = sys.modules.get(WORKER_LINK)
        if link is not None:
            link.record.on_call = lambda name: self.tell_sometimes("computing " + name)

    def values(
        self,
        document: Any,
        sheet: Any,
        ranges: list[list[int]],
    ) -> list[dict[str, Any]]:
        """The wanted ranges of a sheet, cut off where nothing in it is used any more."""
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        last = cursor.getRangeAddress()
        reader = _Reader(document, sheet)
        found = []
        for first_row, first_column, end_row, end_column in ranges:
            last_row = min(end_row, last.EndRow + 1)
            last_column = min(end_column, last.EndColumn + 1)
            if last_column < first_column:
                continue
            step = max(1, _CELLS_AT_ONCE // (last_column - first_column + 1))
            for row in range(first_row, last_row + 1, step):
                until = min(last_row, row + step - 1)
                rows, errors = reader.read(row, first_column, until, last_column)
                found.append({"first": [row, first_column], "rows": rows, "errors": errors})
                self.tell_sometimes("reading " + sheet.Name)
        return found

    def shapes(self, sheet: Any, ranges: list[list[int]]) -> list[list[int]]:
        """First cell, rows and columns of what each array formula gives, whatever it fills.

        They are counted in the last cell of the sheet; 0 where the answer is a single error.
        """
        column, row = sheet.Columns.Count - 1, sheet.Rows.Count - 1
        scratch = sheet.getCellRangeByPosition(column, row, column, row)
        found = []
        for first_row, first_column, last_row, last_column in ranges:
            array = sheet.getCellRangeByPosition(
                first_column - 1, first_row - 1, last_column - 1, last_row - 1
            )
            # Between "{=" and "}"; what the array says of itself has commas, as people type it.
            text = array.getCellByPosition(0, 0).getFormula()[2:-1]
            n_rows, n_columns = last_row - first_row + 1, last_column - first_column + 1
            if not _has_shape(scratch, text, n_rows, n_columns):
                n_rows, n_columns = (
                    _counted(scratch, "ROWS", text),
                    _counted(scratch, "COLUMNS", text),
                )
            found.append([first_row, first_column, n_rows, n_columns])
            self.tell_sometimes("reading " + sheet.Name)
        scratch.setArrayFormula("")
        return found

    def begin(self, phase: str) -> None:
        self.tell(phase)
        self.began[phase] = time.monotonic()

    def phases(self) -> dict[str, float]:
        """Seconds that each phase took, the last one until now."""
        ends = [*self.began.values(), time.monotonic()][1:]
        return {
            name: end - began
            for (name, began), end in zip(self.began.items(), ends)  # noqa: B905
        }

    def tell_sometimes(self, sign: str) -> None:
        if time.monotonic() - self.last_sign > _SECONDS_BETWEEN_SIGNS:
            self.tell(sign)

    def tell(self, sign: str) -> None:
        """Say that it goes on: who waits for us counts the time since the last line."""
        self.last_sign = time.monotonic()
        with (self.folder / "progress.txt").open("a", encoding="utf-8") as stream:
            stream.write(sign.replace("\n", " ") + "\n")

    def refuse(self, why: str) -> None:
        self.answer({"refused": why})

    def answer(self, content: dict[str, Any]) -> None:
        """Write the answer whole or not at all."""
        part = self.folder / "answer.part"
        part.write_text(json.dumps(content), encoding="ascii")
        part.replace(self.folder / "answer.json")


def _has_shape(scratch: Any, text: str, n_rows: int, n_columns: int) -> bool:
    """Whether an array has so many rows and columns, found out by evaluating it only once.

    A row of as many ones as it should have rows, times ones in its place, is an error where it has
    others. Calc knows no row of a single one.
    """
    if n_rows == 1:
        return False
    ones = "ROW($A$1:$A$" + str(n_rows) + ")^0"
    scratch.setArrayFormula("=SUM(MMULT(TRANSPOSE(" + ones + ");IF(ISERROR(" + text + ");1;1)))")
    cell = scratch.getCellByPosition(0, 0)
    return not cell.getError() and bool(cell.getValue() == n_rows * n_columns)


def _counted(scratch: Any, count: str, text: str) -> int:
    """The ROWS or COLUMNS of an array; 0 for a single error."""
    # IF makes an array of a single value, which ROWS does not take.
    scratch.setArrayFormula("=" + count + "(IF({1};" + text + "))")
    cell = scratch.getCellByPosition(0, 0)
    return 0 if cell.getError() else int(cell.getValue())


class _Reader:
    """Reads cells of one sheet in few calls: a call for each cell would take seconds."""

    def __init__(self, document: Any, sheet: Any) -> None:
        self.sheet = sheet
        self.formats = document.NumberFormats
        self.is_logical: dict[int, bool] = {}

    def read(
        self, first_row: int, first_column: int, last_row: int, last_column: int
    ) -> tuple[list[list[Any]], list[list[int]]]:
        """Rows of values, and row, column and Calc's number of each error; all from 1."""
        cells = self.sheet.getCellRangeByPosition(
            first_column - 1, first_row - 1, last_column - 1, last_row - 1
        )
        rows = [list(row) for row in cells.getDataArray()]
        errors = []
        for row, column in _places(cells.queryFormulaCells(_RESULT_IS_ERROR)):
            number = self.sheet.getCellByPosition(column, row).getError()
            errors.append([row + 1, column + 1, number])
            rows[row + 1 - first_row][column + 1 - first_column] = None
        # A blank and the text "" look the same in the array.
        if any("" in row for row in rows):
            for row, column in _places(cells.queryEmptyCells()):
                rows[row + 1 - first_row][column + 1 - first_column] = None
        is_array = bool(cells.getArrayFormula()) and len(rows) * len(rows[0]) > 1
        # In an array Calc keeps no format of an answer, so that TRUE is 1 there.
        if not is_array:
            for row, values in enumerate(rows):
                for column, value in enumerate(values):
                    if value in (0.0, 1.0) and self.shows_logical(
                        first_row - 1 + row, first_column - 1 + column
                    ):
                        values[column] = bool(value)
        return rows, errors

    def shows_logical(self, row: int, column: int) -> bool:
        """Whether a cell shows TRUE or FALSE: to Calc they are numbers in a format of their own."""
        key = self.sheet.getCellByPosition(column, row).NumberFormat
        if key not in self.is_logical:
            kind = self.formats.getByKey(key).Type
            self.is_logical[key] = bool(kind & _FORMAT_LOGICAL)
        return self.is_logical[key]


def _places(found: Any) -> Iterator[tuple[int, int]]:
    """Row and column, from 0, of every cell in what a query found."""
    for area in found.getRangeAddresses():
        for row in range(area.StartRow, area.EndRow + 1):
            for column in range(area.StartColumn, area.EndColumn + 1):
                yield row, column


def _properties(values: dict[str, Any]) -> tuple[Any, ...]:
    uno: Any = import_module("uno")
    made = []
    for name, value in values.items():
        one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:200]
