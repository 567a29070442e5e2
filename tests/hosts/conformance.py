"""The calls of the self-check as its file has them, computed on every host and compared.

What a call is, is read from the workbook: the formula's text, the cells of its ranges, the cells
of what is expected. The registry is asked for the function alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from tests.hosts.excel_pipeline import as_excel_hands_over, excel_calls
from xlportfolio.cell_calls import VALUE_ERROR, CellAnswer
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError
from xlportfolio.libreoffice.installing import install, run_office
from xlportfolio.libreoffice.programs import find_office

SHEET = "Calls"
NEAR = 1e-12

Rows = tuple[tuple[Any, ...], ...]
Answer = Rows | str
"""Rows of cells, "" where one is blank; or the code of an error."""


@dataclass(frozen=True)
class Call:
    """One formula of the workbook that calls a function.

    Attributes
    ----------
    name
        "pf_score_3"; "pf_score_3 why" where it asks for the sentence of its error.
    given
        Its arguments by position: a scalar, rows of cells, or None where one is left out.
    cells
        Where its answer stands: "H5:J8".
    expected
        What the workbook says must come.
    """

    name: str
    function: str
    formula: str
    kind: str
    given: tuple[Any, ...]
    cells: str
    expected: Answer


def calls_of(path: Path) -> list[Call]:
    """Every call of a self-check, by its names, read from the file."""
    book = load_workbook(path)
    sheet = book[SHEET]
    places = {name: one.attr_text.split("!")[1] for name, one in book.defined_names.items()}
    calls = []
    for name in sorted(one.removeprefix("check_") for one in places if one.startswith("check_")):
        calls.append(_call(sheet, name, places[f"answer_{name}"], places[f"expected_{name}"]))
        if f"why_{name}" in places:
            place, sentence = places[f"why_{name}"], places[f"sentence_{name}"]
            calls.append(_call(sheet, f"{name} why", place, sentence))
    return calls


def _call(sheet: Worksheet, name: str, place: str, expected: str) -> Call:
    place = place.replace("$", "")
    written = sheet[place.split(":")[0]].value
    kind, formula = "plain", written
    if isinstance(written, ArrayFormula):
        assert written.ref == place, f"{name} is named {place} and fills {written.ref}"
        kind, formula = "array", written.text
    found = re.fullmatch(r"=(PF_[A-Z0-9_]+)\((.*)\)", formula, re.DOTALL)
    assert found, f"{name}: {formula} is not a call of one function"
    rows = _cells(sheet, expected.replace("$", ""))
    wanted: Answer = tuple(tuple("" if one is None else one for one in row) for row in rows)
    return Call(
        name=name,
        function=found[1],
        formula=formula,
        kind=kind,
        given=tuple(_given(sheet, text) for text in _arguments(found[2])),
        cells=place,
        expected="#VALUE!" if wanted == (("#VALUE!",),) else wanted,
    )


def _arguments(text: str) -> list[str]:
    """Between the commas that stand outside of texts."""
    return re.findall(r'(?:^|,)((?:[^,"]|"[^"]*")*)', text)


def _given(sheet: Worksheet, text: str) -> Any:
    if not text:
        return None
    if text.startswith('"'):
        return text[1:-1].replace('""', '"')
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    if re.fullmatch(r"[A-Z]{1,3}[0-9]+(:[A-Z]{1,3}[0-9]+)?", text):
        return _cells(sheet, text)
    return float(text)


def _cells(sheet: Worksheet, cells: str) -> list[list[Any]]:
    left, top, right, bottom = range_boundaries(cells)
    return [list(row) for row in sheet.iter_rows(top, bottom, left, right, values_only=True)]


# The hosts


def in_python(calls: Sequence[Call], registry: Registry) -> dict[str, Answer]:
    """The plain functions, called with lists of rows."""
    return {call.name: _shown(_answer_in_python(call, registry)) for call in calls}


def _answer_in_python(call: Call, registry: Registry) -> CellAnswer:
    function = registry[call.function]
    names = [argument.name for argument in function.arguments]
    given = {n: g for n, g in zip(names, call.given, strict=False) if g is not None}
    try:
        return CellAnswer(function.function(**given))
    except InputError as problem:
        return CellAnswer(None, VALUE_ERROR, str(problem))


def in_excel(calls: Sequence[Call]) -> dict[str, Answer]:
    """What xlwings' own pipeline gives to the VBA of the add-in."""
    return {
        call.name: _shown(answer)
        for call, answer in zip(calls, _answers_in_excel(calls), strict=True)
    }


def _answers_in_excel(calls: Sequence[Call]) -> list[CellAnswer]:
    return excel_calls(
        [(one.function, [as_excel_hands_over(given) for given in one.given]) for one in calls]
    )


def sentences_in_python(calls: Sequence[Call], registry: Registry) -> dict[str, str]:
    """Why each call that is an error is one, as the plain function says it."""
    return {
        call.name: _answer_in_python(call, registry).sentence
        for call in calls
        if call.expected == "#VALUE!"
    }


def sentences_in_excel(calls: Sequence[Call]) -> dict[str, str]:
    """The same as it reaches the VBA, which keeps it for PF_WHY_ERROR."""
    wrong = [call for call in calls if call.expected == "#VALUE!"]
    return {
        call.name: answer.sentence
        for call, answer in zip(wrong, _answers_in_excel(wrong), strict=True)
    }


def in_computed_book(calls: Sequence[Call], path: Path) -> dict[str, Answer]:
    """The values that a host left in the workbook."""
    sheet = load_workbook(path, data_only=True)[SHEET]
    answers: dict[str, Answer] = {}
    for call in calls:
        rows = _rows(_cells(sheet, call.cells))
        codes = {str(one) for row in rows for one in row if str(one).startswith("#")}
        answers[call.name] = codes.pop() if len(codes) == 1 else rows
    return answers


def sentences_of(path: Path) -> dict[str, str]:
    """The sentence that the workbook has for each call that is an error."""
    book = load_workbook(path)
    return {
        name.removeprefix("sentence_"): book[SHEET][one.attr_text.split("!")[1]].value
        for name, one in book.defined_names.items()
        if name.startswith("sentence_")
    }


def computed_by_plain_names(
    book: Path, registry: Registry, folder: Path, command: list[str] | None = None
) -> Path:
    """The workbook opened, computed and saved by a LibreOffice that has the functions."""
    profile = folder / "profile"
    install(registry, profile=profile, command=command)
    code, told = run_office(
        find_office().soffice,
        profile,
        *("--headless", "--norestore", "--nolockcheck"),
        *("--convert-to", "xlsx", "--outdir", folder / "computed", book),
    )
    computed = folder / "computed" / book.name
    assert code == 0 and computed.is_file(), told
    return computed


def checks_of(path: Path) -> dict[str, Any]:
    """The value of each named check, as it stands in the file."""
    book = load_workbook(path, data_only=True)
    return {
        name.removeprefix("check_"): book[SHEET][one.attr_text.split("!")[1]].value
        for name, one in book.defined_names.items()
        if name.startswith("check_")
    }


def _shown(answer: CellAnswer) -> Answer:
    return _rows(answer.value) if answer.error is None else answer.error.code


def _rows(value: Any) -> Rows:
    rows = value if isinstance(value, list | tuple) else [[value]]
    return tuple(tuple("" if one is None else one for one in row) for row in rows)


# The comparison


def disagreements(calls: Sequence[Call], answers: Mapping[str, Mapping[str, Answer]]) -> list[str]:
    """Every pair of hosts that differs on a call, and every host that is not as expected.

    Parameters
    ----------
    calls
        Of the workbook.
    answers
        By host and by call.
    """
    found = []
    for call in calls:
        told = {"expected": call.expected} | {host: a[call.name] for host, a in answers.items()}
        for (one, first), (other, second) in itertools.combinations(told.items(), 2):
            difference = _difference(first, second)
            if difference:
                found.append(f"{call.name} {call.formula}: {one} and {other} differ, {difference}")
    return found


def _difference(one: Answer, other: Answer) -> str:
    """ "" where two answers are the same."""
    if isinstance(one, str) or isinstance(other, str):
        return "" if one == other else f"{one!r} and {other!r}"
    shapes = [[len(row) for row in rows] for rows in (one, other)]
    if shapes[0] != shapes[1]:
        return f"rows of {shapes[0]} and {shapes[1]} cells"
    for i, (row, its) in enumerate(zip(one, other, strict=True), 1):
        for j, (first, second) in enumerate(zip(row, its, strict=True), 1):
            if not _is_same(first, second):
                return f"row {i}, column {j} is {first!r} and {second!r}"
    return ""


def _is_same(one: Any, other: Any) -> bool:
    numbers = [isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other)]
    if all(numbers):
        return bool(abs(one - other) <= NEAR * max(1.0, abs(one), abs(other)))
    return type(one) is type(other) and bool(one == other)
