"""What LibreOffice computes of a workbook: the values of chosen cells, and its error numbers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from xlportfolio.cells import Registry
from xlportfolio.defaults import SECONDS_WITHOUT_PROGRESS
from xlportfolio.libreoffice.private_office import private_folder, run_job
from xlportfolio.libreoffice.private_profile import Parts
from xlportfolio.libreoffice.programs import OfficeError, find_office, require_python
from xlportfolio.values import CellError
from xlportfolio.workbook.formula_cells import Cached
from xlportfolio.workbook.references import CellRange

Place = tuple[int, int]
"""Row and column of a cell, from 1."""

_EXCEL_CODES: dict[int, tuple[str, ...]] = {
    502: ("#VALUE!", "#NUM!", "#REF!", "#N/A"),
    503: ("#NUM!", "#DIV/0!"),
    504: ("#VALUE!", "#REF!"),
    519: ("#VALUE!", "#N/A", "#NUM!"),
    521: ("#NULL!",),
    523: ("#NUM!",),
    524: ("#REF!",),
    525: ("#NAME?",),
    532: ("#DIV/0!",),
    538: ("#SPILL!",),
    32767: ("#N/A",),
}


@dataclass(frozen=True)
class Computed:
    """The answers of one calculation.

    Attributes
    ----------
    values
        By sheet and (row, column): every cell that was asked for and lies in the used area of its
        sheet. A blank is None, an error a `CellError` with Excel's code. TRUE is 1.0 in an array
        of several cells and in a cell with a number format of its own: Calc knows no better.
    errors
        By sheet and (row, column): Calc's number of each error, which says more than Excel's
        code: 508 to 512 a formula it cannot read, 522 and 523 circular, 525 an unknown name.
    seconds
        From the start of LibreOffice to its end.
    shapes
        By sheet and first cell, for each array that was asked for: the rows and columns of its
        answer, which it may fill in part or with #N/A around it. (0, 0) for a single error.
    unanswered
        By name, each of our functions that hung, crashed or could not be started, and the
        sentence of it: a #VALUE! of a formula that calls it is no answer.
    gave_arrays
        The functions that were called the short way and gave an array, which does not fit through.
    phases
        How long "opening", "computing" and "reading" took inside LibreOffice. [s]
    """

    values: Mapping[str, Mapping[Place, Cached]]
    errors: Mapping[str, Mapping[Place, int]]
    seconds: float
    shapes: Mapping[str, Mapping[Place, tuple[int, int]]] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    gave_arrays: frozenset[str] = frozenset()
    phases: Mapping[str, float] = field(default_factory=dict)


def excel_codes(number: int) -> tuple[str, ...]:
    """Excel's codes for one of Calc's errors: the one we give, then others that it may be.

    Parameters
    ----------
    number
        Calc's, such as 502, "illegal argument", which is #NUM! in Excel after SQRT(-1).
    """
    return _EXCEL_CODES.get(number, ("#VALUE!",))


def compute(
    book: Path,
    wanted: Mapping[str, Sequence[CellRange]],
    registry: Registry | None = None,
    *,
    arrays: Mapping[str, Sequence[CellRange]] | None = None,
    private: Path | None = None,
    progress: Callable[[str], None] | None = None,
    seconds: float = SECONDS_WITHOUT_PROGRESS,
) -> Computed:
    """Compute every formula of a workbook in a private LibreOffice, and read cells of it.

    Parameters
    ----------
    book
        The workbook; it is read, never written.
    wanted
        The cells to read, by sheet.
    registry
        Our functions, where the workbook calls some.
    arrays
        The ranges of array formulas whose own shape is asked for, by sheet.
    private
        A folder of the caller's own: LibreOffice deletes it when this process is killed.
    progress
        Told in a word or two what is being done: "starting", "opening", "computing", "reading".
    seconds
        How long LibreOffice may take without getting any further. [s]

    Raises
    ------
    OfficeError
        If there is no LibreOffice, it does not open the workbook, crashes or hangs.
    """
    office = find_office()
    require_python(office)
    began = time.monotonic()
    with private_folder() as folder:
        copy = folder / "workbook.xlsx"
        shutil.copyfile(book, copy)
        job: dict[str, Any] = {
            "book": copy.as_uri(),
            "left_behind": [str(private)] if private else [],
            "wanted": {sheet: _blocks(ranges) for sheet, ranges in wanted.items()},
            "arrays": {
                sheet: [astuple(one) for one in ranges] for sheet, ranges in (arrays or {}).items()
            },
        }
        parts = Parts()
        if registry:
            from xlportfolio.libreoffice.basic_functions import MODULE, basic_source
            from xlportfolio.libreoffice.component_files import COMPONENT

            parts = _functions(registry, folder / "functions")
            component = folder / "functions" / COMPONENT
            job["basic"] = (MODULE, basic_source(registry, component.as_uri()))
        try:
            answer = run_job(
                office, folder, job, parts, progress=progress or _say_nothing, seconds=seconds
            )
        except OfficeError as problem:
            raise OfficeError(f'"{book.name}" was not computed: {problem}') from None
    if "refused" in answer:
        raise OfficeError(f'"{book.name}" was not computed: {office} {answer["refused"]}.')
    values, errors = _by_place(answer["sheets"])
    shapes = {
        sheet: {(row, column): (rows, columns) for row, column, rows, columns in found}
        for sheet, found in answer["shapes"].items()
    }
    return Computed(
        values,
        errors,
        time.monotonic() - began,
        shapes,
        answer["unanswered"],
        frozenset(answer["gave_arrays"]),
        answer["phases"],
    )


def _say_nothing(sign: str) -> None:
    pass


def _functions(registry: Registry, folder: Path) -> Parts:
    """Write what brings our functions into a LibreOffice."""
    from xlportfolio.libreoffice.component_files import (
        SERVICES,
        TYPES,
        component_files,
        configuration_item,
        private_files,
        worker_command,
    )

    files = component_files(registry, worker_command(), log=folder / "log.txt", starts_at_once=True)
    for name, content in {**files, **private_files(registry, folder)}.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return Parts((folder / SERVICES,), (folder / TYPES,), (configuration_item(registry),))


def _blocks(ranges: Iterable[CellRange]) -> list[tuple[int, int, int, int]]:
    """The ranges as few as possible: a column of a thousand formulas is read in one piece.

    >>> _blocks([CellRange.parse(one) for one in ("A1", "B2", "A2", "B1", "D4:E5")])
    [(1, 1, 2, 2), (4, 4, 5, 5)]
    """
    singles = set()
    blocks = set()
    for one in ranges:
        if one.n_rows == one.n_columns == 1:
            singles.add((one.first_column, one.first_row))
        else:
            blocks.add((one.first_row, one.first_column, one.last_row, one.last_column))
    runs: dict[tuple[int, int], list[int]] = {}
    for column, first, last in _runs(singles):
        runs.setdefault((first, last), []).append(column)
    for (first, last), columns in runs.items():
        begin = columns[0]
        for column, following in zip(columns, [*columns[1:], 0], strict=True):
            if following != column + 1:
                blocks.add((first, begin, last, column))
                begin = following
    return sorted(blocks)


def _runs(cells: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Column, first and last row of cells that stand one below the other."""
    runs: list[tuple[int, int, int]] = []
    for column, row in sorted(cells):
        if runs and runs[-1][0] == column and runs[-1][2] == row - 1:
            runs[-1] = (column, runs[-1][1], row)
        else:
            runs.append((column, row, row))
    return runs


def _by_place(
    sheets: Mapping[str, list[dict[str, Any]]],
) -> tuple[dict[str, dict[Place, Cached]], dict[str, dict[Place, int]]]:
    """The answer of the job by sheet and cell."""
    values: dict[str, dict[Place, Cached]] = {}
    errors: dict[str, dict[Place, int]] = {}
    for sheet, blocks in sheets.items():
        of_sheet = values.setdefault(sheet, {})
        numbers = errors.setdefault(sheet, {})
        for block in blocks:
            first_row, first_column = block["first"]
            for row, cells in enumerate(block["rows"], first_row):
                for column, value in enumerate(cells, first_column):
                    of_sheet[row, column] = value
            for row, column, number in block["errors"]:
                numbers[row, column] = number
                of_sheet[row, column] = CellError(excel_codes(number)[0])
    return values, errors
