"""Whatever a sheet hands over, every cell function answers with figures or with a sentence."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import pytest

import xlportfolio_udfs
from tests.hosts.random_ranges import drawn_call
from xlportfolio.cell_calls import CellAnswer, call
from xlportfolio.cells import CellFunction, Registry

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)
OF_ROWS = [one for one in REGISTRY if not one.arguments[0].shape.startswith("criteria")]
OF_WEIGHTS = [one for one in REGISTRY if any(a.name == "weights" for a in one.arguments)]
CALLS = 300


def named(functions: Any) -> Any:
    return pytest.mark.parametrize("function", functions, ids=lambda one: one.name)


def rows_of(value: Any) -> list[list[Any]]:
    return [list(row) for row in value] if isinstance(value, list | tuple) else [[value]]


def called(function: CellFunction, given: list[Any]) -> CellAnswer:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning that is raised shows as a mistake of ours
        return call(function, given)


@named(REGISTRY)
def test_anything_is_answered_with_figures_in_shape_or_refused_in_a_sentence(
    function: CellFunction,
) -> None:
    draw = random.Random(function.name)
    n_answers = n_refusals = 0
    output = next((k for k, one in enumerate(function.arguments) if one.name == "output"), None)
    for _ in range(CALLS):
        given = drawn_call(draw, function)
        answer = called(function, given)
        if answer.error is not None:
            n_refusals += 1
            said = answer.sentence
            assert "mistake in xlportfolio" not in said, (given, said)
            assert said.endswith(".") and said.isprintable() and len(said) < 600, (given, said)
            assert "; expected " in said or said.startswith("No choice of projects"), (given, said)
            continue
        n_answers += 1
        spilled = rows_of(answer.value)
        if output is not None and "why" in str(given[output]).lower():
            assert isinstance(answer.value, str) and answer.value.isprintable(), given
            continue
        assert len(spilled) == len(rows_of(given[0])), given
        assert {len(row) for row in spilled} == {len(spilled[0])}, given
        for row in spilled:
            for cell in row:
                assert isinstance(cell, str) or math.isfinite(cell), (given, answer.value)
    # both sides are met, so that neither is proven by calls that never came
    assert n_answers > CALLS / 20 and n_refusals > CALLS / 20


def drawn_figures(draw: random.Random, function: CellFunction, n: int) -> list[Any]:
    """Labelled figures that differ from each other, of every size, as the entry asks for them."""
    given: list[Any] = []
    scale = draw.choice((1.0, 1.0, 1e-300, 1e-200, 1e200, 1e306))
    for argument in function.arguments:
        if argument.is_optional:
            given.append(draw.choice(argument.choices) if argument.choices else None)
        elif argument.shape.startswith(("projects", "roles", "a column")):
            columns = 3 if " x " in argument.shape else 1
            rows = [[scale * draw.uniform(1, 9) for _ in range(columns)] for _ in range(n)]
            given.append([[f"P{i}", *row] for i, row in enumerate(rows)])
        else:
            each = 3 if argument.shape.startswith("one for each") else 1
            given.append([[scale * draw.uniform(3, 12)] * each])
    return given


@named(OF_ROWS)
def test_reordering_rows_permutes_the_answer(function: CellFunction) -> None:
    draw = random.Random(function.name)
    for _ in range(20):
        n = draw.randint(2, 7)
        given = drawn_figures(draw, function, n)
        if "why" in given:
            given[given.index("why")] = None
        order = draw.sample(range(n), n)
        moved = [
            [one[i] for i in order] if isinstance(one, list) and len(one) == n else one
            for one in given
        ]
        before, after = called(function, given), called(function, moved)
        assert before.sentence == after.sentence == "", given
        assert after.value == [before.value[i] for i in order], given


@named(OF_WEIGHTS)
def test_scaling_weights_changes_nothing(function: CellFunction) -> None:
    draw = random.Random(function.name)
    place = next(k for k, one in enumerate(function.arguments) if one.name == "weights")
    for _ in range(20):
        n = draw.randint(2, 7)
        given = drawn_figures(draw, function, n)
        if "why" in given:
            given[given.index("why")] = None
        weights = [draw.uniform(0.1, 1) for _ in range(3)]
        answers = []
        for factor in (1.0, 7.3, 1e-307, 1e307):
            given[place] = [[factor * weight for weight in weights]]
            answers.append(called(function, given).value)
        assert isinstance(answers[0], list)
        for answer in answers[1:]:
            for row, same in zip(answers[0], answer, strict=True):
                assert same == pytest.approx(row, rel=1e-12)
