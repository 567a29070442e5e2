"""Random calls come out alike in Python, Excel's pipeline and LibreOffice, by both its ways.

Thousands more: python -m tests.hosts.random_conformance --calls 5000 --seed 1
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.random_calls import FIRST_ANSWER_COLUMN, Drawn, drawn_calls
from tests.hosts.random_conformance import Found, _compare, run
from tests.hosts.random_natives import AROUND
from tests.machine import Calc
from xlportfolio.cell_calls import CellAnswer
from xlportfolio.cells import Registry
from xlportfolio.values import CellError

REGISTRY = Registry.load()
CALLS = 120
SEED = 1


def test_random_calls_are_answered_alike_on_every_host(soffice: Calc, tmp_path: Path) -> None:
    found = run(SEED, CALLS, tmp_path, n_whole=0)
    assert found.differences == []
    assert found.n_calls == CALLS
    # both sides are met, so that neither is proven by calls that never came
    assert CALLS / 5 < found.n_errors < CALLS * 4 / 5
    assert sum(found.kept.values()) < CALLS / 8


def test_every_function_is_called_with_ranges_errors_truths_and_texts() -> None:
    calls = drawn_calls(random.Random(SEED), list(REGISTRY), 800, 1)
    assert {one.function.name for one in calls} == {one.name for one in REGISTRY}
    for kind in (CellError, bool, str, float):
        assert sum(one.has(kind) for one in calls) > 20, kind
    assert sum(",," in one.text for one in calls) > 20
    assert sum("{" in one.text for one in calls) > 5


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (2.0, ""),
        (2, ""),
        (2 + 1e-11, "is '2.0' and '2.00000000001'"),
        ("2", "is '2.0' and '2'"),
        (True, "is '2.0' and 'True'"),
        ("#VALUE!", "is '2.0' and '#VALUE!'"),
        (None, "is '2.0' and ''"),
    ],
)
def test_planted_difference_is_told(given: Any, told: str) -> None:
    function = REGISTRY["PF_WSJF"]
    one = Drawn(function, [1.0, 1.0, 1.0, 1.5], text="=PF_WSJF(1,1,1,1.5)", row=3)
    cells = {} if given is None else {(3, FIRST_ANSWER_COLUMN): given}
    found = Found()
    _compare(found, "Calc", [one], [CellAnswer(2.0)], [((2.0,),)], {"Calls": cells}, {})
    assert len(found.differences) == bool(told)
    assert all(told in one for one in found.differences), found.differences


@pytest.mark.parametrize(
    ("text", "rows", "answer"),
    [
        ("SUM({})", (("Score",), (1.5,), ("",)), ((1.5,),)),
        ("COUNTA({})", (("Score",), (1.5,), ("",)), ((3,),)),
        ("MATCH(1,{},0)", (("Rank",), (2.0,), (1.0,)), ((3,),)),
        ("MATCH(1,{},0)", (("Rank",), (2.0,)), "#N/A"),
        ("INDEX({},9,9)", ((1.0,), (2.0,)), "#REF!"),
        ('IF({}="","blank",{})', ((1.0,), ("",)), ((1.0,), ("blank",))),
        ('IF({}="SCORE","head","body")', (("Score",), (1.0,)), (("head",), ("body",))),
        ('IFERROR({},"wrong")', "#VALUE!", (("wrong",),)),
        ("SUM({})", "#VALUE!", "#VALUE!"),
    ],
)
def test_what_excel_makes_of_an_answer(text: str, rows: Any, answer: Any) -> None:
    around = next(one for one in AROUND if one.text == text)
    assert around.answer(rows) == answer
