"""Random calls of every cell function on every host, compared cell by cell.

    python -m tests.hosts.random_conformance --calls 2000 --seed 7

Each call is answered by the plain Python function, by xlwings' own pipeline, by a LibreOffice that
has the functions under their plain names, and by `recalculate`. What stands around a call is
modelled in Python. LibreOffice may differ from Excel by rule alone:

* where an error is handed over it calls nothing and shows an error, which IFERROR may not catch;
* by plain names TRUE is 1, and a single 0 is what is left out;
* `recalculate` keeps the value of a formula that is handed TRUE or FALSE, and names it;
* INDEX beyond the answer is another error.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.hosts.conformance import computed_by_plain_names
from tests.hosts.excel_pipeline import as_excel_hands_over, error_in_a_cell, excel_calls
from tests.hosts.random_calls import (
    ERRORS,
    Drawn,
    drawn_calls,
    drawn_on_whole_columns,
    fill,
    put_around,
)
from tests.hosts.random_natives import Answer, Rows
from tests.hosts.random_sheets import Cells, answers_in, by_nobody, sheets_of, write_book
from xlportfolio.addin.classic import WHOLE_COLUMNS
from xlportfolio.cell_calls import CellAnswer, call
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.rounds import Kept
from xlportfolio.libreoffice.truth_values import REASON as TRUTHS_DIFFER
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.values import CellError

NEAR = 1e-12
CALLS_A_BOOK = 1_000
N_WHOLE_COLUMNS = 2
ROWS_OF_A_SHEET = 1_048_576


@dataclass
class Found:
    """What came of a run.

    Attributes
    ----------
    n_calls
        How many were compared.
    n_errors
        How many of them are errors in Excel.
    differences
        Every difference that no rule foresees.
    kept
        How often `recalculate` kept a value, by its reason.
    """

    n_calls: int = 0
    n_errors: int = 0
    differences: list[str] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)


def run(seed: int, n: int, folder: Path, *, n_whole: int = N_WHOLE_COLUMNS) -> Found:
    """Draw calls, compute them on all hosts and compare.

    Parameters
    ----------
    seed
        Of the drawing.
    n
        How many calls, beside those of whole columns.
    folder
        For the workbooks.
    n_whole
        How many calls of whole columns, each on a sheet of its own.
    """
    draw = random.Random(seed)
    registry = Registry.load()
    functions = list(registry)
    calls = drawn_calls(draw, functions, n, 1)
    of_columns = [one for one in functions if one.arguments[0].shape == "a column"]
    calls += [drawn_on_whole_columns(draw, draw.choice(of_columns)) for _ in range(n_whole)]

    found = Found(len(calls))
    answers = excel_calls([(one.function.name, _handed_to_excel(one)) for one in calls])
    for one, answer in zip(calls, answers, strict=True):
        told = _difference_of_answers(_in_python(one), answer)
        if told:
            found.differences.append(f"{one.name}: Python and Excel differ, {told}")
        found.n_errors += answer.error is not None
        put_around(draw, one, _shape(_rows(answer)))
    expected = _modelled(calls, answers)
    for one, whole in zip(calls, expected, strict=True):
        is_error = isinstance(whole, str)
        fill(draw, one, (1, 1) if isinstance(whole, str) else _shape(whole), is_error=is_error)

    book = folder / f"calls_{seed}.xlsx"
    write_book(book, calls)
    as_calc = excel_calls([(one.function.name, _as_calc_hands_over(one)) for one in calls])
    by_names = answers_in(computed_by_plain_names(by_nobody(book), registry, folder))
    _compare(found, "LibreOffice", calls, as_calc, _modelled(calls, as_calc), by_names, {})

    computed = folder / f"recalculated_{seed}.xlsx"
    result = recalculate_workbook(book, registry, output=computed)
    found.kept.update(one.reason for one in result.kept)
    kept = {(one.sheet, one.formula.row, one.formula.column): one for one in result.kept}
    _compare(found, "recalculate", calls, answers, expected, answers_in(computed), kept)
    return found


# What is handed over


def _handed_to_excel(one: Drawn) -> list[Any]:
    handed = []
    for value in one.given:
        given = as_excel_hands_over(value)
        if one.whole_columns and isinstance(value, list):
            given = (WHOLE_COLUMNS, given if isinstance(given, tuple) else ((given,),))
        handed.append(given)
    return handed


def _as_calc_hands_over(one: Drawn) -> list[Any]:
    """The same by plain names, by the rules."""
    given: list[Any] = []
    for argument, value in zip(one.function.arguments, one.given, strict=True):
        rows = value if isinstance(value, list) else [[value]]
        rows = [[float(cell) if isinstance(cell, bool) else cell for cell in row] for row in rows]
        if rows == [[0]] and argument.is_optional:
            given.append(None)
        else:
            given.append(rows if isinstance(value, list) else rows[0][0])
    return _handed_to_excel(replace(one, given=given))


def _in_python(one: Drawn) -> CellAnswer:
    given = []
    for value in one.given:
        if one.whole_columns and isinstance(value, list):
            value = value + [[None] * len(value[0])] * (ROWS_OF_A_SHEET - len(value))
        given.append(value)
    return call(one.function, given)


# What is expected


def _rows(answer: CellAnswer) -> Rows:
    if answer.error is not None:
        return ((answer.error.code,),)
    rows = answer.value if isinstance(answer.value, list | tuple) else [[answer.value]]
    return tuple(tuple(row) for row in rows)


def _shape(rows: Rows) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _modelled(calls: Sequence[Drawn], answers: Sequence[CellAnswer]) -> list[Answer]:
    """What each whole formula gives in Excel, where the calls in it give these answers."""
    nested = [k for k, one in enumerate(calls) if one.outer]
    told = excel_calls([_outer_call(calls[k].outer, answers[k]) for k in nested])
    by_outer = dict(zip(nested, told, strict=True))
    made: list[Answer] = []
    for k, one in enumerate(calls):
        answer = by_outer.get(k, answers[k])
        whole: Answer = answer.error.code if answer.error else _rows(answer)
        made.append(one.around.answer(whole) if one.around else whole)
    return made


def _outer_call(text: str, answer: CellAnswer) -> tuple[str, list[Any]]:
    """A call of `OUTERS` with the answer as VBA hands it over."""
    name, _, rest = text.partition("({}")
    options = [one.strip('"') or None for one in rest.removesuffix(")").split(",")[1:]]
    if answer.error is not None:
        return name, [error_in_a_cell(answer.error.code), *options]
    return name, [as_excel_hands_over([list(row) for row in _rows(answer)]), *options]


def _in_calc(one: Drawn, answer: CellAnswer, whole: Answer) -> Answer:
    """What LibreOffice shows where Excel shows `whole`, by the rules."""
    if one.has(CellError) or (one.outer and answer.error):
        return one.around.answer("#VALUE!") if one.around else "#VALUE!"
    return whole


def _filled(whole: Answer, one: Drawn) -> Rows:
    """The cells of the formula: an answer is cut, repeated along its one row or column, or #N/A."""
    rows: Rows = ((whole,),) if isinstance(whole, str) else whole
    n_rows, n_columns = _shape(rows)

    def cell(i: int, j: int) -> Any:
        i, j = (i if n_rows > 1 else 0), (j if n_columns > 1 else 0)
        return rows[i][j] if i < n_rows and j < n_columns else "#N/A"

    return tuple(tuple(cell(i, j) for j in range(one.n_columns)) for i in range(one.n_rows))


# The comparison


def _compare(
    found: Found,
    host: str,
    calls: Sequence[Drawn],
    answers: Sequence[CellAnswer],
    expected: Sequence[Answer],
    given: dict[str, Cells],
    kept: dict[tuple[str, int, int], Kept],
) -> None:
    """Add what differs in a LibreOffice; no formula but those of the calls may keep its value."""
    sheets = sheets_of(calls)
    own = {(sheet, one.row, one.column) for sheet, one in zip(sheets, calls, strict=True)}
    found.differences += [f"{key}: kept, {kept[key].reason}" for key in kept.keys() - own]
    for sheet, one, answer, whole in zip(sheets, calls, answers, expected, strict=True):
        key = (sheet, one.row, one.column)
        if key in kept:
            if not _may_be_kept(one, kept[key].reason):
                found.differences.append(f"{sheet}!{one.name}: kept, {kept[key].reason}")
            continue
        told = _difference_in_calc(one, _in_calc(one, answer, whole), given[sheet])
        if told:
            told = f"Excel and {host} differ, {told}; given {str(one.given)[:400]}"
            found.differences.append(f"{sheet}!{one.name}: {told}")


def _may_be_kept(one: Drawn, reason: str) -> bool:
    if one.has(CellError) and ("now a single error" in reason or "Err:518" in reason):
        return True
    if one.has(bool):
        return reason == TRUTHS_DIFFER or "Excel spills it anew" in reason
    return "INDEX(" in one.text and "out of bounds" in reason


def _difference_in_calc(one: Drawn, whole: Answer, cells: Cells) -> str:
    area = one.answer
    columns = range(area.first_column, area.last_column + 1)
    given = tuple(
        tuple(cells.get((i, j), "") for j in columns)
        for i in range(area.first_row, area.last_row + 1)
    )
    wanted = _filled(whole, one)
    if one.has(CellError) or "INDEX(" in one.text:
        given, wanted = _with_any_error(given), _with_any_error(wanted)
    if one.has(CellError) and {cell for row in given for cell in row} == {"#VALUE!"}:
        return ""
    return _difference(wanted, given)


def _with_any_error(rows: Rows) -> Rows:
    errors = (*ERRORS, "#REF!")
    return tuple(tuple("#VALUE!" if cell in errors else cell for cell in row) for row in rows)


def _difference_of_answers(one: CellAnswer, other: CellAnswer) -> str:
    if one.error or other.error:
        same = (one.error, one.sentence) == (other.error, other.sentence)
        return "" if same else f"{one} and {other}"
    return _difference(_rows(one), _rows(other))


def _difference(one: Rows, other: Rows) -> str:
    """ "" where two answers are the same."""
    if _shape(one) != _shape(other):
        return f"{_shape(one)} and {_shape(other)} cells"
    for i, (row, its) in enumerate(zip(one, other, strict=True), 1):
        for j, (first, second) in enumerate(zip(row, its, strict=True), 1):
            if not _is_same(first, second):
                return f"row {i}, column {j} is {str(first)[:200]!r} and {str(second)[:200]!r}"
    return ""


def _is_same(one: Any, other: Any) -> bool:
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other)):
        return bool(abs(one - other) <= NEAR * max(abs(one), abs(other)))
    return type(one) is type(other) and bool(one == other)


def main() -> int:
    """Compare as many calls as asked for, book by book; 1 where any differ."""
    parser = argparse.ArgumentParser(description="Compare random calls on all hosts.")
    parser.add_argument("--calls", type=int, default=CALLS_A_BOOK)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="the folder to keep the workbooks in")
    given = parser.parse_args()
    total = Found()
    for k, first in enumerate(range(0, given.calls, CALLS_A_BOOK)):
        with tempfile.TemporaryDirectory() as folder:
            n = min(CALLS_A_BOOK, given.calls - first)
            found = run(given.seed + k, n, given.keep or Path(folder))
        total.n_calls += found.n_calls
        total.n_errors += found.n_errors
        total.kept += found.kept
        total.differences += found.differences
        sys.stdout.write("".join(f"{one}\n" for one in found.differences))
    for reason, n in total.kept.most_common():
        sys.stdout.write(f"kept {n} times: {reason}\n")
    sys.stdout.write(
        f"{total.n_calls} calls, {total.n_errors} of them errors: "
        f"{len(total.differences)} differences\n"
    )
    return 1 if total.differences else 0


if __name__ == "__main__":
    sys.exit(main())
