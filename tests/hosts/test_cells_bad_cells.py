"""A bad cell in any range of any function: the sentence has its place and what stands there."""

from __future__ import annotations

from typing import Any

import pytest

import xlportfolio_udfs
from xlportfolio.cell_calls import VALUE_ERROR, call
from xlportfolio.cells import CellFunction, Registry

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)

BAD = {
    "tbc": '"tbc"',
    "3": '"3"',
    "#N/A": "#N/A",
    "#SPILL!": "#SPILL!",
    -2146826281: "#DIV/0!",
    -2146826237: "error 2051",
    1e400: "#NUM!",
    10**400: "#NUM!",
}
CASES = [
    (function, arguments, name)
    for function in REGISTRY
    for arguments in (one.arguments for one in function.examples if not one.error)
    for name in arguments
    if not next(one for one in function.arguments if one.name == name).choices
]


def rows_of(value: Any) -> list[list[Any]]:
    return [list(row) for row in value] if isinstance(value, list) else [[value]]


def given_to(function: CellFunction, arguments: dict[str, Any]) -> list[Any]:
    return [arguments.get(one.name) for one in function.arguments]


@pytest.mark.parametrize(
    ("function", "arguments", "name"), CASES, ids=[f"{case[0].name} {case[2]}" for case in CASES]
)
@pytest.mark.parametrize("bad", BAD, ids=[str(BAD[bad]) for bad in BAD])
def test_bad_cell_is_named_by_its_place_and_what_stands_there(
    function: CellFunction, arguments: dict[str, Any], name: str, bad: Any
) -> None:
    rows = rows_of(arguments[name])
    rows[-1][-1] = bad
    answer = call(function, given_to(function, {**arguments, name: rows, "output": None}))
    place = f"{name}, row {len(rows)}, column {len(rows[0])} is {BAD[bad]}; expected "
    assert answer.error == VALUE_ERROR
    assert answer.sentence.startswith((place, f"{name} is {BAD[bad]}; expected ")), answer.sentence


@pytest.mark.parametrize("function", REGISTRY, ids=lambda one: one.name)
@pytest.mark.parametrize("nothing", [[], [[]], [[], []], ()], ids=str)
def test_range_of_no_cells_is_refused(function: CellFunction, nothing: Any) -> None:
    arguments = function.examples[0].arguments
    for argument in function.arguments:
        if not argument.is_optional:
            answer = call(function, given_to(function, {**arguments, argument.name: nothing}))
            assert answer.error == VALUE_ERROR
            assert answer.sentence == (
                f"{argument.name} is empty; expected a range of at least one cell."
            )
        elif not argument.choices:
            left_out = call(function, given_to(function, {**arguments, argument.name: None}))
            assert call(function, given_to(function, {**arguments, argument.name: nothing})) == (
                left_out
            )


@pytest.mark.parametrize("function", REGISTRY, ids=lambda one: one.name)
def test_ragged_range_is_refused(function: CellFunction) -> None:
    arguments = function.examples[0].arguments
    for argument in function.arguments:
        if not argument.is_optional:
            given = {**arguments, argument.name: [[1.0, 2.0], [3.0]]}
            assert call(function, given_to(function, given)).sentence == (
                f"{argument.name}, row 2 has 1 cell and row 1 has 2; expected rows of the same "
                "length."
            )


@pytest.mark.parametrize("function", REGISTRY, ids=lambda one: one.name)
def test_option_of_0_is_one_that_was_left_out_and_any_other_number_is_refused(
    function: CellFunction,
) -> None:
    example = next(one for one in function.examples if not one.error)
    for argument in function.arguments:
        if argument.choices:
            default = {**example.arguments, argument.name: argument.default}
            zero = {**example.arguments, argument.name: 0}
            assert call(function, given_to(function, zero)) == call(
                function, given_to(function, default)
            )
            answer = call(function, given_to(function, {**example.arguments, argument.name: 2}))
            # where the answer is a sentence, so is the problem
            assert f"{argument.name} is 2; expected " in (answer.sentence or answer.value)


def test_ranges_that_changed_places_are_refused() -> None:
    def said(name: str, *given: Any) -> str:
        return call(REGISTRY[name], given).sentence

    ratings, weights = [[5, 200], [3, 100], [1, 300]], [[3, 1]]
    for name in ("PF_SCORE", "PF_TOPSIS"):
        assert said(name, weights, ratings) == (
            "weights is 3 x 2 cells; expected one row or one column, a cell for each criterion."
        )
    assert said("PF_CUT_LINE", 14, [[5], [7]], [[1], [2]]) == (
        "costs has 2 rows; expected 1, one beside each row of scores."
    )
    assert said("PF_SELECT", [[16], [22]], 14, [[5], [7]]) == (
        "costs has 1 row; expected 2, one beside each row of value."
    )


def test_missing_or_superfluous_arguments_are_refused() -> None:
    rank = REGISTRY["PF_RANK"]
    assert call(rank, []).sentence == "scores is missing; expected a column or row."
    assert call(rank, [1, "", "", 4]).sentence == "PF_RANK takes 3 arguments; 4 were given."
