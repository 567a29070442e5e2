"""The registry of cell functions: what it takes in, what it refuses, how functions are found."""

from __future__ import annotations

import inspect
import subprocess
import sys
from itertools import chain
from types import ModuleType
from typing import Any

import pytest

import xlportfolio_udfs
from xlportfolio.cell_docs import documentation_of
from xlportfolio.cell_names import check_name
from xlportfolio.cells import CellFunction, Example, Registry, cell_function
from xlportfolio.errors import InputError

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)

ALL_EXAMPLES = [(function, example) for function in REGISTRY for example in function.examples]


def made(name: str = "pf_made") -> CellFunction:
    """A function by another name, as a module of functions would mark it."""

    def function(costs: Any, output: Any = "score") -> Any:
        """Add.

        Parameters
        ----------
        costs : a column, such as C2:C9
            What it takes. [currency units]
        output : a word, such as "score"
            What comes of it.

        Returns
        -------
        One cell.
        """

    function.__name__ = name
    marked = cell_function("Made", choices={"output": ("score", "why")})(function)
    return marked.cell_function  # type: ignore[attr-defined, no-any-return]


def test_registry_finds_the_functions_of_the_installed_package() -> None:
    names = [function.name for function in Registry.load()]
    assert names == sorted(names)
    assert {"PF_RANK", "PF_SCORE", "PF_SELECT"} <= set(names)


def test_loading_the_registry_imports_no_heavy_package() -> None:
    program = (
        "import sys; from xlportfolio.cells import Registry; Registry.load(); "
        "print([name for name in ('numpy', 'scipy', 'pandas', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("function", REGISTRY, ids=lambda function: function.name)
def test_entry_of_a_function_is_complete_and_true_to_its_signature(function: CellFunction) -> None:
    parameters = inspect.signature(function.function).parameters
    assert [argument.name for argument in function.arguments] == list(parameters)
    for argument, parameter in zip(function.arguments, parameters.values(), strict=True):
        assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        assert parameter.annotation is parameter.empty, "a host takes hints for converters"
        assert argument.is_optional == (parameter.default is not parameter.empty)
        if argument.is_optional:
            assert argument.default == parameter.default
        assert argument.help.endswith(".") and argument.shape and argument.example
        assert len(argument.help) <= 300
        if argument.choices:
            assert argument.choices[0] == argument.default
            assert all(word in argument.help for word in argument.choices)
    assert function.name == function.function.__name__.upper()
    assert function.summary.endswith(".") and function.result and function.errors
    assert function.family
    assert len(function.examples) >= 4
    assert any(example.error for example in function.examples)


@pytest.mark.parametrize(
    ("function", "example"),
    ALL_EXAMPLES,
    ids=[f"{function.name}: {example.title}" for function, example in ALL_EXAMPLES],
)
def test_example_of_a_function_comes_true(function: CellFunction, example: Example) -> None:
    if example.error:
        with pytest.raises(InputError) as problem:
            function.function(**example.arguments)
        assert str(problem.value) == example.error
    else:
        got, expected = function.function(**example.arguments), example.expected
        if not isinstance(got, list):
            got, expected = [[got]], [[expected]]
        assert [len(row) for row in got] == [len(row) for row in expected]
        for found, wanted in zip(chain(*got), chain(*expected), strict=True):
            is_figure = isinstance(wanted, float)
            assert found == (pytest.approx(wanted, rel=1e-12) if is_figure else wanted)


@pytest.mark.parametrize(
    "function",
    [one for one in REGISTRY if any("why" in argument.choices for argument in one.arguments)],
    ids=lambda function: function.name,
)
def test_why_answers_with_the_sentence_of_the_error(function: CellFunction) -> None:
    wrong = [example for example in function.examples if example.error]
    assert wrong
    for example in wrong:
        assert function.function(**{**example.arguments, "output": "Why"}) == example.error
        # by position, as a host calls it
        given = [example.arguments.get(one.name) for one in function.arguments[:-1]]
        assert function.function(*given, [["WHY"]]) == example.error


def test_function_gets_its_options_as_words_of_its_own_and_why_covers_them_all() -> None:
    def pf_made(costs: Any, order: Any = "up", output: Any = "sum") -> Any:
        """Add.

        Parameters
        ----------
        costs : a column
            What.
        order : a word
            up or down.
        output : a word
            sum or why.
        """
        if costs == "wrong":
            raise InputError("costs is wrong; expected right ones.")
        return [costs, order, output]

    choices = {"order": ("up", "down"), "output": ("sum", "why")}
    function = cell_function("Made", choices=choices)(pf_made)
    assert function(1) == function(1, "", None) == function(1, 0, [[0]]) == [1, "up", "sum"]
    assert function(1, "DOWN ", output=" why") == [1, "down", "why"]
    assert function("wrong", output="why") == "costs is wrong; expected right ones."
    assert function(1, "left", "why") == 'order is "left"; expected up or down.'
    for given, said in (
        (("wrong",), "costs is wrong; expected right ones."),
        ((1, "left"), 'order is "left"; expected up or down.'),
        ((1, "left", "because"), 'output is "because"; expected sum or why.'),
    ):
        with pytest.raises(InputError) as problem:
            function(*given)
        assert str(problem.value) == said
    assert function.__name__ == "pf_made"
    assert list(inspect.signature(function).parameters) == ["costs", "order", "output"]


def test_syntax_shows_what_may_be_left_out() -> None:
    assert made().syntax == "PF_MADE(costs, [output])"


def test_help_unit_and_example_are_read_from_the_docstring() -> None:
    costs, output = made().arguments
    assert (costs.help, costs.unit) == ("What it takes.", "currency units")
    assert (costs.shape, costs.example, costs.is_optional) == ("a column", "C2:C9", False)
    assert (output.default, output.choices) == ("score", ("score", "why"))
    assert documentation_of("Add.").parameters == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ROC4", "it reads as the cell ROC4"),
        ("npv2", "it reads as the cell NPV2"),
        ("P80", "it reads as the cell P80"),
        ("XFD1048576", "it reads as the cell XFD1048576"),
        ("R1C1", "it reads as the cell R1C1 in row and column numbers"),
        ("RC", "it reads as the cell RC in row and column numbers"),
        ("Select", "the word is reserved in VBA"),
        ("SCORE", "it must begin with PF_ and hold only letters, digits and underscores"),
        ("PF_", "it must begin with PF_ and hold only letters, digits and underscores"),
        ("PF_1ST", "it must begin with PF_ and hold only letters, digits and underscores"),
        ("PF_SCORE.ALL", "it must begin with PF_ and hold only letters, digits and underscores"),
        ("PF_" + "X" * 30, "it is longer than 31 characters"),
    ],
)
def test_name_that_a_cell_cannot_call_is_refused(name: str, why: str) -> None:
    with pytest.raises(InputError) as problem:
        check_name(name)
    assert str(problem.value) == f'A function cannot be called "{name}": {why}.'


@pytest.mark.parametrize("name", ["PF_SCORE", "PF_P80", "PF_EV1", "PF_NPV2"])
def test_prefix_keeps_a_name_from_reading_as_a_cell(name: str) -> None:
    check_name(name)


def test_two_functions_of_one_name_are_refused() -> None:
    registry = Registry([made()])
    with pytest.raises(InputError) as problem:
        registry.add(made())
    assert str(problem.value) == (
        "There are two functions PF_MADE: in tests.hosts.test_cells and in "
        "tests.hosts.test_cells. Rename one of them."
    )
    assert len(registry) == 1


def test_function_that_two_modules_share_is_one_function() -> None:
    module = ModuleType("functions")
    one = made()
    module.first = module.again = one.function  # type: ignore[attr-defined]
    registry = Registry()
    registry.add_module(module)
    assert [function.name for function in registry] == ["PF_MADE"]


def test_signature_that_a_host_cannot_call_is_refused() -> None:
    def pf_keyword(*, costs: Any) -> None:
        """Add.

        Parameters
        ----------
        costs : a column
            What.
        """

    def pf_many(*costs: Any) -> None:
        """Add.

        Parameters
        ----------
        costs : a column
            What.
        """

    def pf_word(to: Any) -> None:
        """Add.

        Parameters
        ----------
        to : a cell
            What.
        """

    def pf_cell(p80: Any) -> None:
        """Add.

        Parameters
        ----------
        p80 : a cell
            What.
        """

    def pf_silent(costs: Any) -> None:
        """Add."""

    for function, why in (
        (pf_keyword, "PF_KEYWORD: costs is not a plain argument"),
        (pf_many, "PF_MANY: *costs is not a plain argument"),
        (pf_word, 'an argument cannot be called "to": the word is reserved in VBA.'),
        (pf_cell, 'an argument cannot be called "p80": it reads as the cell P80.'),
        (pf_silent, "PF_SILENT documents the arguments none and takes costs; expected the same"),
    ):
        with pytest.raises(InputError) as problem:
            cell_function("Made")(function)
        assert why in str(problem.value)


def test_default_that_is_not_the_first_word_is_refused() -> None:
    def pf_made(output: Any = "why") -> None:
        """Add.

        Parameters
        ----------
        output : a word
            What.
        """

    with pytest.raises(InputError) as problem:
        cell_function("Made", choices={"output": ("score", "why")})(pf_made)
    assert str(problem.value) == (
        "PF_MADE: the default of output is 'why'; expected the first of its words, \"score\"."
    )
    with pytest.raises(InputError, match="PF_MADE has words for order, which is not an argument"):
        cell_function("Made", choices={"output": ("why",), "order": ("up",)})(pf_made)


def test_function_is_found_whatever_the_case_and_a_slip_is_answered_with_the_nearest() -> None:
    assert REGISTRY["pf_score"] is REGISTRY[" PF_SCORE "]
    assert "pf_rank" in REGISTRY and "PF_NOTHING" not in REGISTRY and 3 not in REGISTRY
    with pytest.raises(InputError) as problem:
        REGISTRY["PF_SCOR"]
    assert str(problem.value).startswith('There is no function "PF_SCOR"; did you mean PF_SCORE')
    with pytest.raises(InputError) as problem:
        Registry([made()])["xyz"]
    assert str(problem.value) == 'There is no function "xyz"; there are PF_MADE.'


def test_search_finds_words_of_help_and_puts_names_first() -> None:
    assert [one.name for one in REGISTRY.search("")] == [one.name for one in REGISTRY]
    by_rank = [one.name for one in REGISTRY.search("rank")]
    assert by_rank[0] == "PF_RANK" and "PF_SCORE" in by_rank[1:]
    assert by_rank[1:] == sorted(by_rank[1:])
    assert [one.name for one in REGISTRY.search("Weingartner")] == ["PF_SELECT"]
    assert REGISTRY.search("no such word") == ()
    assert {"Scoring", "Selection"} <= set(REGISTRY.families)
