"""Every example of every cell function, alike in Python, Excel's pipeline and LibreOffice."""

from __future__ import annotations

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
    computed_by_plain_names,
    disagreements,
    in_computed_book,
    in_excel,
    in_python,
    sentences_in_excel,
    sentences_in_python,
    sentences_of,
)
from tests.machine import Calc
from xlportfolio.cells import CellFunction, Registry
from xlportfolio.operations.recalculating import recalculate_workbook

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
    """The workbook as `recalculate` computes it, in a private LibreOffice."""
    computed = tmp_path_factory.mktemp("recalculated") / "computed.xlsx"
    recalculate_workbook(BOOK, REGISTRY, output=computed)
    return computed


@pytest.fixture(scope="module")
def by_plain_names(tmp_path_factory: pytest.TempPathFactory, soffice: Calc) -> Path:
    """The workbook as a user's LibreOffice computes it: plain names, functions in Basic."""
    return computed_by_plain_names(BOOK, REGISTRY, tmp_path_factory.mktemp("plain"))


def test_all_hosts_give_every_expected_answer(
    calls: list[Call], by_plain_names: Path, recalculated: Path
) -> None:
    answers = {
        "Python": in_python(calls, REGISTRY),
        "Excel": in_excel(calls),
        "LibreOffice": in_computed_book(calls, by_plain_names),
        "recalculate": in_computed_book(calls, recalculated),
    }
    assert disagreements(calls, answers) == []


def test_every_check_is_true_in_libreoffice(by_plain_names: Path, recalculated: Path) -> None:
    for computed in (by_plain_names, recalculated):
        assert checks_of(computed) == dict.fromkeys(EXAMPLES, True)
        front = load_workbook(computed, data_only=True)["Self-check"]
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
