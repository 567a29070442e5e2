"""Every example of every cell function, alike in Python, Excel's pipeline and LibreOffice."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.hosts.conformance import (
    Answer,
    Call,
    calls_of,
    checks_of,
    disagreements,
    in_computed_book,
    in_excel,
    in_python,
    sentences_in_excel,
    sentences_in_python,
    sentences_of,
)
from tests.machine import Calc
from xlportfolio.cell_calls import CellAnswer
from xlportfolio.cells import CellFunction, Example, Registry, cell_function
from xlportfolio.errors import InputError
from xlportfolio.libreoffice.programs import OfficeError
from xlportfolio.operations.function_examples import agrees
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.operations.self_check import Counted, count_in_python, run_self_check
from xlportfolio.operations.shipped import shipped_workbook

CHECKOUT = Path(__file__).resolve().parents[2]
BOOK = CHECKOUT / "workbooks" / "self_check.xlsx"
REGISTRY = Registry.load()
EXAMPLES = {
    f"{function.name.lower()}_{number}": example
    for function in REGISTRY
    for number, example in enumerate(function.examples, start=1)
}


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return calls_of(BOOK)


# The workbook


@pytest.mark.parametrize("function", REGISTRY, ids=lambda function: function.name)
def test_every_function_has_four_examples_and_an_error_among_them(function: CellFunction) -> None:
    assert len(function.examples) >= 4
    assert any(example.error for example in function.examples)
    assert any(not example.error for example in function.examples)
    assert all(example.title for example in function.examples)


def test_workbook_has_every_example_under_its_name(calls: list[Call]) -> None:
    found = {call.name: call for call in calls if not call.name.endswith(" why")}
    assert found.keys() == EXAMPLES.keys()
    assert len(found) >= 30
    for name, example in EXAMPLES.items():
        assert (found[name].expected == "#VALUE!") == bool(example.error), name
    explained = {call.name.removesuffix(" why") for call in calls} - found.keys()
    assert explained == set()
    assert sentences_of(BOOK) == {
        name: example.error for name, example in EXAMPLES.items() if example.error
    }


def test_formulas_are_of_all_three_kinds(calls: list[Call]) -> None:
    with zipfile.ZipFile(BOOK) as package:
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    for kind in ("plain", "array", "spill"):
        of_kind = [call for call in calls if _kind(sheet, call) == kind]
        assert len([call for call in of_kind if call.expected != "#VALUE!"]) >= 5, kind
        assert [call for call in of_kind if call.expected == "#VALUE!"], kind


def _kind(sheet: str, call: Call) -> str:
    cell = sheet.split(f'<c r="{call.cells.split(":")[0]}"')[1].split("</c>")[0]
    if 't="array"' not in cell:
        return "plain"
    return "spill" if 'cm="1"' in cell else "array"


def test_nothing_in_the_committed_file_says_that_it_is_right() -> None:
    assert set(checks_of(BOOK).values()) == {"not computed yet"}
    front = load_workbook(BOOK, data_only=True)["Self-check"]
    assert front["A4"].value == "Nothing is computed yet"
    column = [cell.value for cell in front["E"] if cell.value]
    assert column == ["Answer", *["not computed yet"] * len(EXAMPLES)]


def test_first_sheet_leads_to_every_call(calls: list[Call]) -> None:
    book = load_workbook(BOOK)
    front, below = book["Self-check"], book["Calls"]
    links = [cell for cell in front["B"] if cell.hyperlink]
    assert len(links) == len(EXAMPLES)
    by_name = {call.name: call for call in calls}
    for cell, name in zip(links, EXAMPLES, strict=True):
        place = cell.hyperlink.location.split("!")[1]
        assert below[place].value == f"{cell.value} {name.rsplit('_', 1)[1]}"
        assert front.cell(cell.row, 4).value == by_name[name].formula


def test_formulas_need_nothing_newer_than_excel_2021_and_libreoffice_7() -> None:
    with zipfile.ZipFile(BOOK) as package:
        text = "".join(
            package.read(name).decode() for name in package.namelist() if "/sheet" in name
        )
    assert "_xl" not in text


# The three hosts


def test_python_and_excel_give_every_expected_answer(calls: list[Call]) -> None:
    answers = {"Python": in_python(calls, REGISTRY), "Excel": in_excel(calls)}
    assert disagreements(calls, answers) == []
    sentences = sentences_of(BOOK)
    assert sentences_in_python(calls, REGISTRY) == sentences
    assert sentences_in_excel(calls) == sentences


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory, soffice: Calc) -> Path:
    """The workbook as `recalculate` computes it: names rewritten, no Basic."""
    computed = tmp_path_factory.mktemp("recalculated") / "computed.xlsx"
    recalculate_workbook(BOOK, REGISTRY, output=computed)
    return computed


def test_recalculate_gives_every_expected_answer(calls: list[Call], recalculated: Path) -> None:
    answers = {
        "Python": in_python(calls, REGISTRY),
        "Excel": in_excel(calls),
        "LibreOffice": in_computed_book(calls, recalculated),
    }
    assert disagreements(calls, answers) == []
    assert checks_of(recalculated) == dict.fromkeys(EXAMPLES, True)
    front = load_workbook(recalculated, data_only=True)["Self-check"]
    assert front["A4"].value == f"{len(EXAMPLES)} of {len(EXAMPLES)} calls are right"


def _one_row_less(rows: Any) -> Answer:
    return tuple(rows[:-1])


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("pf_score_1", lambda rows: ((rows[0][0] + 1e-11,), *rows[1:]), "row 1, column 1 is 0.875"),
        ("pf_rank_2", lambda rows: ((2.0,), *rows[1:]), "row 1, column 1 is 2.5 and 2.0"),
        ("pf_rank_1", lambda rows: (*rows[:2], (0,), *rows[3:]), "row 3, column 1 is '' and 0"),
        ("pf_select_1", _one_row_less, "rows of [1, 1, 1, 1] and [1, 1, 1] cells"),
        ("pf_select_1", lambda rows: tuple(zip(*rows, strict=True)), "and [4] cells"),
        ("pf_score_2", lambda rows: (("score", *rows[0][1:]), *rows[1:]), "'Score' and 'score'"),
        ("pf_score_3", lambda code: ((0,),), "'#VALUE!' and ((0,),)"),
        ("pf_score_3", lambda code: "#NAME?", "'#VALUE!' and '#NAME?'"),
        ("pf_wsjf_2", lambda rows: "#N/A", "and '#N/A'"),
        ("pf_wsjf_2", lambda rows: (("8",),), " and '8'"),
    ],
)
def test_a_planted_wrong_answer_is_found_against_everybody_else(
    calls: list[Call], name: str, change: Callable[[Any], Answer], said: str
) -> None:
    right = in_python(calls, REGISTRY)
    wrong = right | {name: change(right[name])}
    found = disagreements(calls, {"Python": right, "LibreOffice": wrong})
    assert len(found) == 2, found
    assert all(one.startswith(f"{name} =PF_") and said in one for one in found), found
    assert "expected and LibreOffice differ" in found[0]
    assert "Python and LibreOffice differ" in found[1]


def test_numbers_may_be_apart_by_what_rounding_leaves(calls: list[Call]) -> None:
    right = in_python(calls, REGISTRY)
    near = {
        name: answer
        if isinstance(answer, str)
        else tuple(
            tuple(one * (1 + 5e-13) if isinstance(one, float) else one for one in row)
            for row in answer
        )
        for name, answer in right.items()
    }
    assert near != right
    assert disagreements(calls, {"Python": right, "LibreOffice": near}) == []


# A function that joins


def pf_half(amounts: Any, output: Any = "half") -> Any:
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
    rows = amounts if isinstance(amounts, list) else [[amounts]]
    if any(row[0] is not None and row[0] < 0 for row in rows):
        if output == "why":
            return 'There is "less" than 0.'
        raise InputError('There is "less" than 0.')
    if output == "why":
        return "They are halved."
    return [[None if row[0] is None else row[0] / 2] for row in rows]


@pytest.fixture(scope="module")
def one_more() -> Registry:
    half = cell_function(
        "Halves",
        choices={"output": ("half", "why")},
        examples=(
            Example({"amounts": [[3], [None], [5]]}, [[1.5], [None], [2.5]], title="three"),
            Example({"amounts": 7}, [[3.5]], title="one"),
            Example({"amounts": [[-1]]}, error='There is "less" than 0.', title="below 0"),
            Example({"amounts": 7, "output": "why"}, "They are halved.", title="why"),
        ),
    )(pf_half)
    return Registry([*REGISTRY, half.cell_function])  # type: ignore[attr-defined]


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
    assert disagreements(more, {"Python": in_python(more, one_more)}) == []
    assert count_in_python(one_more).n_right == len(EXAMPLES) + 4
    front = load_workbook(book)["Self-check"]
    assert [cell.value for cell in front["B"]].count("PF_HALF") == 4
    assert f"of {len(EXAMPLES) + 4} calls are right" in front["A4"].value


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


# The command


def _command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xlportfolio", "self-check", *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "XLPORTFOLIO_SOFFICE": str(folder / "nowhere")},
        check=False,
        timeout=300,
    )


def test_command_writes_the_workbook_and_counts_without_libreoffice(tmp_path: Path) -> None:
    done = _command(tmp_path)
    assert done.returncode == 0, done.stderr
    python, calc, hint = done.stdout.splitlines()
    assert python == f"Python: {len(EXAMPLES)} of {len(EXAMPLES)} calls are right."
    assert calc.startswith("LibreOffice: not computed. XLPORTFOLIO_SOFFICE names ")
    assert hint.startswith('Open "xlportfolio-self-check.xlsx" in Excel or LibreOffice')
    made = tmp_path / "xlportfolio-self-check.xlsx"
    assert made.read_bytes() == shipped_workbook("self_check.xlsx") == BOOK.read_bytes()
    told = json.loads(_command(tmp_path, "--json").stdout)
    assert told["status"] == "done"
    assert told["hosts"] == [
        {"host": "Python", "calls": len(EXAMPLES), "right": len(EXAMPLES), "wrong": []}
    ]
    assert "nowhere" in told["not_computed"]
    assert made.read_bytes() == BOOK.read_bytes()


def test_command_counts_what_libreoffice_computes(
    recalculated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(book: Path, registry: Registry, *, output: Path, **options: Any) -> None:
        assert book.read_bytes() == BOOK.read_bytes()
        output.write_bytes(recalculated.read_bytes())

    monkeypatch.setattr("xlportfolio.operations.recalculating.recalculate_workbook", copied)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    python, calc = result.counted
    assert (python.n_right, calc.n_right, calc.n_calls) == (len(EXAMPLES),) * 3
    assert re.fullmatch(r"LibreOffice [0-9.]+", calc.host)
    assert not result.needs_a_person

    def untouched(book: Path, registry: Registry, *, output: Path, **options: Any) -> None:
        output.write_bytes(book.read_bytes())

    monkeypatch.setattr("xlportfolio.operations.recalculating.recalculate_workbook", untouched)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    assert result.needs_a_person
    assert result.counted[1].n_right == 0
    assert "pf_ahp_1: see its row in the workbook." in result.counted[1].wrong


def test_a_libreoffice_that_fails_needs_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(registry: Registry, progress: object) -> Counted:
        raise OfficeError("LibreOffice 7.4 crashed.")

    monkeypatch.setattr("xlportfolio.operations.self_check.count_in_libreoffice", fail)
    result = run_self_check(REGISTRY, tmp_path / "mine.xlsx")
    assert result.needs_a_person
    assert "LibreOffice: not computed. LibreOffice 7.4 crashed." in str(result).splitlines()
    assert (tmp_path / "mine.xlsx").read_bytes() == BOOK.read_bytes()


def test_command_never_replaces_another_file(tmp_path: Path) -> None:
    other = tmp_path / "mine.xlsx"
    other.write_text("mine")
    done = _command(tmp_path, "-o", "mine.xlsx")
    assert done.returncode == 2
    assert done.stderr == (
        'xlportfolio: "mine.xlsx" exists already; name a new file, or delete that one first.\n'
    )
    assert done.stdout == ""
    assert other.read_text() == "mine"


def test_wrong_calls_are_told_one_by_one(one_more: Registry) -> None:
    (function,) = [one for one in one_more if one.name == "PF_HALF"]
    broken = CellFunction(
        **{
            **{name: getattr(function, name) for name in function.__dataclass_fields__},
            "examples": (
                Example({"amounts": [[3]]}, [[1.5]], title="right"),
                Example({"amounts": [[3]]}, [[1.6]], title="a slip"),
                Example({"amounts": [[3]]}, error="It is below 0.", title="no error"),
                Example({"amounts": [[-3]]}, [[1.5]], title="an error"),
            ),
        }
    )
    counted = count_in_python(Registry([broken]))
    assert str(counted) == (
        "Python: 1 of 4 calls are right.\n"
        "  PF_HALF 2, a slip: expected [[1.6]]; there is [[1.5]].\n"
        "  PF_HALF 3, no error: expected 'It is below 0.'; there is [[1.5]].\n"
        "  PF_HALF 4, an error: expected [[1.5]]; there is 'There is \"less\" than 0.'."
    )


@pytest.mark.parametrize(
    ("answer", "expected", "is_right"),
    [
        (CellAnswer([[1.0]]), 1, True),
        (CellAnswer([[1e9 + 1e-4]]), 1e9, True),
        (CellAnswer([[1e9 + 1e-2]]), 1e9, False),
        (CellAnswer([[1.0], [2.0]]), [[1, 2]], False),
        (CellAnswer(True), 1, False),
        (CellAnswer(""), "", True),
        (CellAnswer(""), 0, False),
        (CellAnswer("1"), 1, False),
        (CellAnswer([[float("nan")]]), [[0]], False),
    ],
)
def test_agreement_is_of_kind_shape_and_size(
    answer: CellAnswer, expected: Any, is_right: bool
) -> None:
    assert agrees(answer, Example({}, expected)) is is_right
