"""The cell functions through the real pipeline of classic xlwings; pywin32 alone is stubbed."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import xlportfolio.excel
from tests.hosts.echo_functions import NAME as ECHO
from tests.hosts.excel_pipeline import (
    as_excel_hands_over,
    error_in_a_cell,
    excel_call,
    excel_calls,
    raw_answers,
)
from tests.hosts.stubbed_pywin32 import MISSING
from xlportfolio.addin.classic import adapters
from xlportfolio.cell_calls import VALUE_ERROR, CellAnswer, call
from xlportfolio.cells import Registry
from xlportfolio.errors import InputError
from xlportfolio.values import CellError
from xlportfolio_udfs import pf_rank, pf_score

REGISTRY = Registry.load()
EXAMPLES = [
    (function, [example.arguments.get(one.name) for one in function.arguments], example)
    for function in REGISTRY
    for example in function.examples
]


def shown(value: Any) -> Any:
    """What is expected, as a cell shows it."""
    if isinstance(value, list):
        return [["" if cell is None else cell for cell in row] for row in value]
    return "" if value is None else value


def echoed(*given: Any) -> list[str]:
    """What reaches a function of three arguments."""
    answer = excel_calls([("PF_ECHO", given)], ECHO)[0]
    assert answer.error is None, answer.sentence
    return [row[0] for row in answer.value]


def answered(*kinds: str) -> list[CellAnswer]:
    return excel_calls([("PF_ANSWER", [kind]) for kind in kinds], ECHO)


def test_every_example_of_every_function_gives_in_excel_what_is_expected() -> None:
    calls = [
        (function.name, [as_excel_hands_over(value) for value in given])
        for function, given, _ in EXAMPLES
    ]
    for (function, given, example), answer in zip(EXAMPLES, excel_calls(calls), strict=True):
        where = f"{function.name}, {example.title}"
        assert answer.sentence == example.error, where
        assert (answer.error is not None) == bool(example.error), where
        assert answer == call(function, given), where
        if not example.error:
            rows = answer.value if isinstance(answer.value, list) else [[answer.value]]
            wanted = shown(example.expected)
            wanted = wanted if isinstance(wanted, list) else [[wanted]]
            assert len(rows) == len(wanted), where
            for row, one in zip(rows, wanted, strict=True):
                assert row == pytest.approx(one, abs=1e-9), where


def test_blank_row_stays_blank_in_the_spill_and_is_not_0() -> None:
    ratings = ((5.0, 200.0), (None, None), (3.0, 100.0))
    assert raw_answers([("PF_SCORE", [ratings])]) == [[[1.0], [""], [0.0]]]


def test_answers_of_every_kind_reach_vba_unharmed() -> None:
    kinds = {
        "blank": "",
        "blanks": [["", 1.0, ""], ["a", "", ""]],
        "truth": True,
        "truths": [[True, False], [True, 0.0]],
        "whole": 3e9,
        "numpy": [[0.5, 7.0]],
        "rows of nothing": "",
        "mark": "\x1fnot an error",
        "marks": [["\x1f2042\x1fno error"], ["b"]],
        "row": [[1.0, 2.0, 3.0]],
        "column": [[1.0], [2.0]],
    }
    for kind, answer in zip(kinds, answered(*kinds), strict=True):
        assert answer == CellAnswer(kinds[kind]), kind
        # True == 1.0 in Python, and not in a cell
        rows = answer.value if isinstance(answer.value, list) else [[answer.value]]
        wanted = kinds[kind] if isinstance(kinds[kind], list) else [[kinds[kind]]]
        assert [[type(cell) for cell in row] for row in rows] == [
            [type(cell) for cell in row] for row in wanted
        ], kind


def test_figure_that_no_cell_can_hold_is_an_error_and_never_a_blank() -> None:
    for answer in answered("infinite", "not a number", "huge"):
        assert answer == CellAnswer(
            None,
            CellError("#NUM!"),
            "The answer holds a figure that no cell can hold; check the ranges for huge figures.",
        )


def test_whole_number_is_handed_over_as_excel_holds_it() -> None:
    # COM would take a long integer for a type that VBA on 32 bits does not have.
    assert [type(told) for told in raw_answers([("PF_ANSWER", ["whole"])], ECHO)] == [float]


def test_error_of_ours_and_a_bug_are_errors_with_a_sentence() -> None:
    ours, bug, memory = answered("ours", "bug", "memory")
    assert ours == CellAnswer(None, VALUE_ERROR, "costs, row 2 is -1; expected at least 0.")
    assert bug.error == VALUE_ERROR
    assert bug.sentence == (
        "PF_ANSWER failed with ZeroDivisionError: division by zero. This is a mistake in "
        "xlportfolio; please report it with the formula and its ranges."
    )
    assert memory.sentence == "PF_ANSWER ran out of memory; give it smaller ranges."
    assert "Traceback" not in bug.sentence + memory.sentence


def test_cells_reach_the_function_as_excel_holds_them() -> None:
    block = ((1.5, True, "tbc"), (None, "", False))
    assert echoed(block) == [
        "[[1.5, True, 'tbc'], [None, None, False]]",
        "left out",
        "left out",
    ]


def test_single_cell_is_the_scalar_that_it_is_in_a_formula() -> None:
    assert echoed(7.0, ((7.0,),), ((None,),)) == ["[[7.0]]", "[[7.0]]", "left out"]


@pytest.mark.parametrize("left_out", [None, MISSING, ((None,),), ""])
def test_argument_left_out_in_the_middle_means_its_default(left_out: Any) -> None:
    given = [((5.0,), (7.0,), (7.0,)), left_out, "dense"]
    answer = raw_answers([("PF_RANK", given)])[0]
    assert answer == [[2.0], [1.0], [1.0]] == pf_rank([[5], [7], [7]], ties="dense")


def test_missing_required_argument_is_an_error_with_a_sentence() -> None:
    assert excel_call("PF_SCORE", []).sentence == (
        "ratings is missing; expected projects x criteria."
    )


def test_too_many_arguments_are_an_error_with_a_sentence() -> None:
    answer = excel_calls([("PF_ANSWER", ["blank", 1.0])], ECHO)[0]
    assert answer.sentence == "PF_ANSWER takes 1 arguments; 2 were given."


def test_function_without_arguments_is_called() -> None:
    assert excel_calls([("PF_NOTHING", [])], ECHO) == [CellAnswer(42.0)]


@pytest.mark.parametrize(
    "code",
    [
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"),
        *("#SPILL!", "#CALC!", "#GETTING_DATA", "#BLOCKED!"),
    ],
)
def test_error_cell_is_an_error_and_never_a_number(code: str) -> None:
    cell = error_in_a_cell(code)
    assert cell < -2_146_000_000
    assert echoed(((1.0, cell),), cell)[:2] == [f"[[1.0, '{code}']]", f"[['{code}']]"]
    answer = excel_call("PF_SCORE", [((1.0, 2.0), (3.0, cell))])
    assert answer.error == VALUE_ERROR
    assert answer.sentence.startswith(f"ratings, row 2, column 2 is {code}; expected a number.")


def test_date_is_its_serial_number() -> None:
    # Value2 gives 46113 for 1 April 2026, whatever the format of the cell.
    assert echoed(((46113.0, 46113.25),))[0] == "[[46113.0, 46113.25]]"


def test_row_and_column_keep_their_shape() -> None:
    assert echoed(((1.0, 2.0),), ((1.0,), (2.0,)))[:2] == ["[[1.0, 2.0]]", "[[1.0], [2.0]]"]
    # An array constant, {1,2}, arrives with one dimension.
    told = raw_answers([("PF_ECHO", [(1.0, 2.0)])], ECHO)[0]
    assert told[0] == ["[[1.0, 2.0]]"]


@pytest.mark.parametrize("head", ["Score", 9.0])
def test_whole_columns_are_read_as_in_python(head: Any) -> None:
    filled = [[head], [5.0], [None], [7.0]]
    column = filled + [[None]] * (1_048_576 - len(filled))
    handed = as_excel_hands_over(column)
    assert handed == ("\x1fwhole columns", ((head,), (5.0,), (None,), (7.0,)))
    # the sheet is used further down than these columns are filled
    lower = (handed[0], (*handed[1], (None,), (None,)))
    answers = excel_calls([("PF_RANK", [handed]), ("PF_RANK", [lower])])
    first = [1.0] if head == 9.0 else ["Rank"]
    ranks = [[3.0], [""], [2.0]] if head == 9.0 else [[2.0], [""], [1.0]]
    assert answers == [CellAnswer([first, *ranks])] * 2
    assert answers[0] == call(REGISTRY["PF_RANK"], [column])
    # rows that somebody counted are no whole columns: there a word is no heading
    if head == "Score":
        assert excel_call("PF_RANK", [handed[1]]).sentence.startswith("scores, row 1")


def test_single_cell_of_whole_columns_is_still_whole_columns() -> None:
    handed = as_excel_hands_over([[5.0]] + [[None]] * 1_048_575)
    assert handed == ("\x1fwhole columns", 5.0)
    assert excel_call("PF_RANK", [handed]) == CellAnswer(1.0)


def test_long_column_is_computed_as_in_python() -> None:
    rows = tuple((float(i % 97), float(i % 31)) for i in range(2_000))
    assert excel_call("PF_SCORE", [rows]).value == pf_score([list(row) for row in rows])


def test_function_of_another_version_says_how_to_mend_it() -> None:
    answer = excel_call("PF_OF_LAST_YEAR", [1.0])
    assert answer.error == VALUE_ERROR
    assert answer.sentence == (
        "This Python has no function PF_OF_LAST_YEAR; the add-in is from another version of "
        "xlportfolio. Install it again with: xlportfolio addin install"
    )


def served(arguments: dict[str, dict[str, Any]]) -> Any:
    """xlwings as its decorators mark a function, with what they are told of each argument."""

    def func(function: Any) -> Any:
        function.__xlfunc__ = {}
        return function

    def arg(name: str, **options: Any) -> Any:
        arguments[name] = options
        return lambda function: function

    return SimpleNamespace(func=func, arg=arg, ret=lambda convert: lambda function: function)


def test_adapter_is_what_xlwings_takes_everywhere() -> None:
    told: dict[str, dict[str, Any]] = {}
    made = adapters(Registry([REGISTRY["PF_SCORE"]]), served(told))
    assert list(made) == ["PF_SCORE"]
    parameters = inspect.signature(made["PF_SCORE"]).parameters
    assert [str(one) for one in parameters.values()] == [
        "ratings",
        "weights=None",
        "directions=None",
        "normalise=None",
        "output=None",
    ]
    assert made["PF_SCORE"].__name__ == "PF_SCORE"
    assert made["PF_SCORE"].__annotations__ == {}
    assert told == {name: {"ndim": 2, "err_to_str": True} for name in parameters}


def test_functions_that_cannot_be_loaded_say_why_in_the_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> Registry:
        raise InputError("There are two functions PF_SCORE: in a and in b. Rename one of them.")

    monkeypatch.setitem(sys.modules, "xlwings", served({}))
    monkeypatch.setattr(Registry, "load", fail)
    xlportfolio.excel._adapter.cache_clear()
    xlportfolio.excel._adapters.cache_clear()
    try:
        told = xlportfolio.excel.PF_SCORE([[1.0]])
    finally:
        xlportfolio.excel._adapter.cache_clear()
    assert told == [
        ["\x1f2015\x1fThere are two functions PF_SCORE: in a and in b. Rename one of them."]
    ]


def test_without_excel_a_function_says_so_and_nothing_else_is_touched() -> None:
    stdout = sys.stdout
    with pytest.raises(InputError) as told:
        _ = xlportfolio.excel.PF_SCORE
    assert str(told.value) == (
        "Excel is not served here: that takes Windows, and pywin32 beside xlwings. The same "
        "functions can be called in Python: import xlportfolio_udfs."
    )
    assert sys.stdout is stdout
    with pytest.raises(AttributeError, match="has no attribute 'score'"):
        _ = xlportfolio.excel.score


def test_run_as_a_program_it_says_what_to_type() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xlportfolio.excel"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "xlportfolio: this module is loaded by the add-in in Excel; there is nothing to run. "
        "Type: xlportfolio functions\n"
    )


SERVER = """
import os, sys
from tests.hosts.stubbed_pywin32 import server
python = server()
if sys.argv[1] != "shown":
    os.close(1)
    sys.stdout = sys.__stdout__ = None
if sys.argv[1] == "taken":
    other = open(sys.argv[2], "w")
python.CallUDF("xlportfolio.excel", "PF_RANK", (((1.0,), (2.0,)),))
if sys.argv[1] == "taken":
    other.write("kept")
    other.close()
else:
    with open(sys.argv[2], "w") as file:
        os.write(1, b"a remark of C code")
        file.write("kept")
print("said")
"""


@pytest.mark.parametrize(("stdout", "said"), [("shown", "said\n"), ("none", ""), ("taken", "")])
def test_remarks_of_c_code_reach_no_file_of_a_server(
    tmp_path: Path, stdout: str, said: str
) -> None:
    file = tmp_path / "opened.txt"
    done = subprocess.run(
        [sys.executable, "-c", SERVER, stdout, str(file)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == said
    assert file.read_text(encoding="utf-8") == "kept"


ENDING = """
import atexit, sys
from tests.hosts.stubbed_pywin32 import server
python = server()
import xlwings._xlwindows
xlwings._xlwindows.Apps.cleanup = lambda: sys.stderr.write("ended Excel")
atexit.register(xlwings._xlwindows.cleanup)  # as xlwings does; the stub took it out
if "cell" in sys.argv:
    python.CallUDF("xlportfolio.excel", "PF_RANK", (((1.0,), (2.0,)),))
elif "press" in sys.argv:
    from unittest.mock import MagicMock
    import xlportfolio.excel
    import xlportfolio.macros
    sys.modules["win32process"].GetWindowThreadProcessId = lambda hwnd: (1, 2)
    xlportfolio.macros.press = MagicMock()
    xlportfolio.excel.press("new", MagicMock(Hwnd=7), None)
"""


@pytest.mark.parametrize(("used", "done"), [("", "ended Excel"), ("cell", ""), ("press", "")])
def test_no_excel_is_ended_when_python_ends(used: str, done: str) -> None:
    """xlwings ends by force whatever Excel shows no workbook, and starts programs to find it."""
    ended = subprocess.run(
        [sys.executable, "-c", ENDING, used],
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, done)
