"""A function that joins is checked by itself, and the checks tell right from wrong."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.hosts import excel_pipeline
from tests.hosts.conformance import (
    calls_of,
    checks_of,
    computed_by_plain_names,
    disagreements,
    in_computed_book,
    in_excel,
    in_python,
)
from tests.machine import Calc
from xlportfolio.cells import Registry
from xlportfolio.operations.self_check import count_in_python

CHECKOUT = Path(__file__).resolve().parents[2]
REGISTRY = Registry.load()
N_CALLS = sum(len(function.examples) for function in REGISTRY)

_HALF = '''
from xlportfolio.cells import Example, cell_function
from xlportfolio.cell_values import grid_of
from xlportfolio.errors import InputError


@cell_function(
    "Halves",
    choices={"output": ("half", "why")},
    examples=(
        Example({"amounts": [[3], [None], [5]]}, [[1.5], [None], [2.5]], title="three"),
        Example({"amounts": 7}, [[3.5]], title="one"),
        Example({"amounts": [[-1], [2]]}, error='There is "less" than 0.', title="below 0"),
        Example({"amounts": 7, "output": "why"}, "They are halved.", title="why"),
    ),
)
def pf_half(amounts, output="half"):
    """Halve amounts.

    Parameters
    ----------
    amounts : a column, such as B2:B9
        What is halved. [money]
    output : a word, such as "why"
        half: a figure for each; why: a sentence.

    Returns
    -------
    A half beside each amount.

    Raises
    ------
    InputError
        If one is below 0.
    """
    rows = grid_of("amounts", amounts)
    if any(row[0] is not None and row[0] < 0 for row in rows):
        if output == "why":
            return 'There is "less" than 0.'
        raise InputError('There is "less" than 0.')
    if output == "why":
        return "They are halved."
    return [[None if row[0] is None else row[0] / 2] for row in rows]
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of functions as somebody else would install it."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "half_functions.py").write_text(_HALF)
    about = folder / "half_functions-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: half-functions\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[xlportfolio.functions]\nhalf = half_functions\n")
    return folder


@pytest.fixture(scope="module")
def one_more(package: Path) -> Iterator[Registry]:
    sys.path.append(str(package))
    yield Registry.load()
    sys.path.remove(str(package))


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Callable[[Registry], bytes]:
    monkeypatch.syspath_prepend(CHECKOUT / "workbooks")
    from self_check import self_check  # type: ignore[import-not-found]

    made: Callable[[Registry], bytes] = self_check
    return made


def test_a_new_function_gets_its_calls_by_itself(
    one_more: Registry, build: Callable[[Registry], bytes], tmp_path: Path
) -> None:
    book = tmp_path / "more.xlsx"
    book.write_bytes(build(one_more))
    more = calls_of(book)
    new = [call.name for call in more if call.function == "PF_HALF"]
    assert new == ["pf_half_1", "pf_half_2", "pf_half_3", "pf_half_3 why", "pf_half_4"]
    assert count_in_python(one_more).n_right == N_CALLS + 4
    front = load_workbook(book)["Self-check"]
    assert [cell.value for cell in front["B"]].count("PF_HALF") == 4
    assert f"of {N_CALLS + 4} calls are right" in front["A4"].value


def test_a_new_function_is_computed_by_all_hosts(
    one_more: Registry,
    package: Path,
    build: Callable[[Registry], bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    soffice: Calc,
) -> None:
    book = tmp_path / "more.xlsx"
    book.write_bytes(build(one_more))
    more = calls_of(book)
    start = f"import sys; sys.path.append({str(package)!r}); import runpy; "
    start += "runpy.run_module('xlportfolio.libreoffice.worker', run_name='__main__')"
    computed = computed_by_plain_names(
        book, one_more, tmp_path, command=[sys.executable, "-P", "-c", start]
    )
    monkeypatch.setenv("PYTHONPATH", str(package), prepend=os.pathsep)
    with excel_pipeline.another_server():
        answers = {
            "Python": in_python(more, one_more),
            "Excel": in_excel(more),
            "LibreOffice": in_computed_book(more, computed),
        }
    assert disagreements(more, answers) == []
    assert all(checks_of(computed).values())


_PLANTED: dict[str, Any] = {
    "pf_ahp_1": lambda rows: [[one + 2e-12 for one in row] for row in rows],
    "pf_ahp_3": "=1/0",
    "pf_cut_line_1": lambda rows: rows[:-1],
    "pf_cut_line_4": "=0",
    "pf_rank_1": lambda rows: [[0 if one is None else one for one in row] for row in rows],
    "pf_select_2": lambda rows: [[str(one) for one in row] for row in rows],
    "pf_topsis_2": lambda rows: [["SCORE"], *rows[1:]],
    "pf_topsis_5": '="P1 comes closest"',
    "pf_utilisation_3": "=PF_NOBODY()",
    "pf_score_3 why": '="another sentence"',
}
"""Answers that are wrong, by call; a formula, or what becomes of the right rows."""


def test_checks_tell_right_from_wrong_in_libreoffice(
    one_more: Registry, build: Callable[[Registry], bytes], tmp_path: Path, soffice: Calc
) -> None:
    """The formulas of the workbook, with answers typed in the place of the calls."""
    book = tmp_path / "typed.xlsx"
    book.write_bytes(build(one_more))
    expected = {
        f"{function.name.lower()}_{number}": example
        for function in one_more
        for number, example in enumerate(function.examples, start=1)
    }
    typed = {}
    for call in calls_of(book):
        name, _, why = call.name.partition(" ")
        right = expected[name].error if why else expected[name].expected
        planted = _PLANTED.get(call.name, "")
        if isinstance(planted, str) and planted:
            typed[call.formula] = planted
        elif call.expected == "#VALUE!":
            typed[call.formula] = '="a"+1'
        else:
            rows = right if isinstance(right, list) else [[right]]
            typed[call.formula] = _typed(planted(rows) if planted else _nearly(rows))
    _retype(book, typed)
    checks = checks_of(soffice.convert(book, "xlsx"))
    wrong = {name.removesuffix(" why") for name in _PLANTED}
    assert checks == {name: name not in wrong for name in expected}
    front = load_workbook(soffice.convert(book, "xlsx"), data_only=True)["Self-check"]
    assert front["A4"].value == f"{len(expected) - len(wrong)} of {len(expected)} calls are right"
    states = [cell.value for cell in front["E"]][-len(expected) :]
    assert dict(zip(expected, states, strict=True)) == {
        name: "✓ right" if name not in wrong else "✗ wrong" for name in expected
    } | {"pf_utilisation_3": "? no such function"}


def _nearly(rows: list[list[Any]]) -> list[list[Any]]:
    return [[one + 5e-13 if type(one) is float else one for one in row] for row in rows]


def _typed(rows: list[list[Any]]) -> str:
    """Rows as a constant of a formula."""

    def cell(value: Any) -> str:
        if value is None or isinstance(value, str):
            return '"' + (value or "").replace('"', '""') + '"'
        return repr(value)

    text = ";".join(",".join(cell(value) for value in row) for row in rows)
    return f"={cell(rows[0][0])}" if len(rows) == len(rows[0]) == 1 else f"={{{text}}}"


def _retype(book: Path, typed: dict[str, str]) -> None:
    from xml.sax.saxutils import escape

    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"]
    for old, new in typed.items():
        before = f">{escape(old[1:])}</f>"
        assert before in sheet, old
        sheet = sheet.replace(before, f">{escape(new[1:])}</f>")
    parts["xl/worksheets/sheet2.xml"] = sheet
    with zipfile.ZipFile(book, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
