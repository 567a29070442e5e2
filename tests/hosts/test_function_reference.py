"""The reference of the cell functions: the page, the search, the sheet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import xlportfolio_udfs
from tests.hosts.described_sheets import users_workbook
from xlportfolio.cells import CellFunction, Example, Registry, cell_function
from xlportfolio.errors import InputError
from xlportfolio.operations.function_examples import typed_calls, worked
from xlportfolio.operations.function_page import functions_page
from xlportfolio.operations.function_sheet import put_functions
from xlportfolio.operations.functions import find_functions
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.undo import undo
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.lint import new_findings

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "functions.md"
REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)


def pf_add(costs: Any, rates: Any = None, output: Any = "sum") -> Any:
    """Add up what things cost | twice.

    Parameters
    ----------
    costs : a column, such as C2:C9
        What each thing costs. [money]
    rates : one for each cost, such as D2:D9
        What it is multiplied by.
    output : a word, such as "why"
        sum: one figure; why: a sentence.

    Returns
    -------
    One cell.

    Raises
    ------
    InputError
        If a cost is below 0.

    Notes
    -----
    s = sum_i c_i, as everybody knows.
    """
    total = sum(row[0] for row in costs)
    if total < 0:
        raise InputError("The sum is below 0; expected costs.")
    return "It is *that*." if output == "why" else total / 3


def _added(*examples: Example) -> CellFunction:
    added = cell_function("Sums", choices={"output": ("sum", "why")}, examples=examples)(pf_add)
    return added.cell_function  # type: ignore[attr-defined, no-any-return]


def test_the_page_is_what_the_functions_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == functions_page(REGISTRY), (
        "docs/functions.md is not what the functions say now; run: "
        "xlportfolio functions --markdown > docs/functions.md"
    )


def test_command_prints_the_page_to_the_byte() -> None:
    command = [sys.executable, "-m", "xlportfolio", "functions", "--markdown"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert done.stdout.decode("utf-8").replace("\r\n", "\n") == functions_page(Registry.load())
    both = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert (both.returncode, both.stdout) == (2, "")
    assert "--markdown prints the page and nothing else" in both.stderr


def test_figures_stand_side_by_side_and_the_formula_names_their_cells() -> None:
    example = Example({"costs": [[1], [2]], "rates": [[4, 5]], "output": "sum"})
    done = worked(_added(example), example)
    assert done.formula == '=PF_ADD(A2:A3, C2:D2, "sum")'
    assert done.rows == [
        ["", "A", "B", "C", "D", "E", "F"],
        [1, "costs", None, "rates", None, None, "answer"],
        [2, 1, None, 4, 5, None, 1.0],
        [3, 2, None, None, None, None, None],
    ]


def test_answer_of_an_example_is_computed_and_not_what_it_expects() -> None:
    example = Example({"costs": [[1], [2]]}, expected=77, title="a sum")
    page = functions_page(Registry([_added(example)]))
    assert "| 2 | 1 |  | 1 |\n" in page
    assert "77" not in page


def test_argument_left_out_between_others_leaves_its_comma() -> None:
    example = Example({"costs": [[-1]], "output": 'w"y'})
    done = worked(_added(example), example)
    assert done.formula == '=PF_ADD(A2, , "w""y")'
    assert done.error == 'output is "w"y"; expected sum or why.'
    assert [1, "costs"] in done.rows


def test_page_has_everything_that_a_function_says_of_itself() -> None:
    examples = (
        Example({"costs": [[1], [1]]}, title="a third of two"),
        Example({"costs": [[-1]]}, error="any", title="below 0"),
        Example({"costs": [[1]], "output": "why"}, title="in words"),
        Example({"costs": [[3e9], [None]][:1]}, title="large"),
    )
    page = functions_page(Registry([_added(*examples)]))
    for line in (
        "| [PF_ADD](#pf_add) | Add up what things cost \\| twice. |",
        "### PF_ADD",
        "`PF_ADD(costs, [rates], [output])`",
        "| `costs` | What each thing costs. | a column | money | `C2:C9` | must be given |",
        "| `rates` | What it is multiplied by. | one for each cost |  | `D2:D9` | may be blank |",
        "| `output` | sum: one figure; why: a sentence. One of `sum`, `why`. | a word |  "
        '| `"why"` | `sum` |',
        "**Result.** One cell.",
        "**Error.** If a cost is below 0.",
        "**Method.** s = sum\\_i c\\_i, as everybody knows.",
        "*Example: A third of two.*",
        "| 2 | 1 |  | 0.666667 |",
        "An error: The sum is below 0; expected costs.",
        "| 2 | 1 |  | It is \\*that\\*. |",
        "| 2 | 3000000000 |  | 1000000000 |",
    ):
        assert f"\n{line}\n" in page, line


@pytest.mark.parametrize("function", REGISTRY, ids=lambda function: function.name)
def test_every_function_has_an_example_with_its_figures(function: CellFunction) -> None:
    done = [worked(function, example) for example in function.examples]
    assert any(not one.error and one.rows for one in done)
    for one, example in zip(done, function.examples, strict=True):
        assert one.error == example.error


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("score", "PF_SCORE"),
        ("pf_rank", "PF_RANK"),
        ("Rank ties", "PF_RANK"),
        ("choose within budget", "PF_SELECT"),
        ("weigths", "PF_SCORE"),
        ("ranking", "PF_RANK"),
        ("budgett limit", "PF_SELECT"),
        ("how do I choose projects", "PF_SELECT"),
    ],
)
def test_words_find_a_function_also_misspelt_or_in_another_form(words: str, first: str) -> None:
    assert first in [one.name for one in find_functions(REGISTRY, words)]


def test_every_word_counts_before_words_that_are_like_it() -> None:
    found = Registry([REGISTRY["PF_RANK"], REGISTRY["PF_SCORE"], REGISTRY["PF_SELECT"]])
    assert [one.name for one in found.search("Lorie Weingartner")] == ["PF_SELECT"]
    assert [one.name for one in found.search("Keeney Weingartener ratings")] == ["PF_SCORE"]
    assert found.search("overload") == (), "over is no other form of it"


def test_words_that_nothing_is_like_are_answered_with_the_functions_there_are() -> None:
    with pytest.raises(InputError) as problem:
        find_functions(Registry([REGISTRY["PF_RANK"]]), "xyzzy")
    assert str(problem.value) == 'There is no function "xyzzy"; there are PF_RANK.'


def test_calls_as_they_are_typed_are_the_shortest_and_the_longest() -> None:
    assert typed_calls(_added()) == ("=PF_ADD(C2:C9)", '=PF_ADD(C2:C9, D2:D9, "why")')


# -- PF Functions --------------------------------------------------------------------------------


def test_sheet_lists_each_function_by_family_with_its_calls(tmp_path: Path) -> None:
    book = users_workbook(tmp_path / "users.xlsx")
    before = book.read_bytes()
    out = tmp_path / "out.xlsx"
    asked = [REGISTRY["PF_SELECT"], REGISTRY["PF_SCORE"], _added()]
    result = put_functions(book, asked, output=out)
    assert book.read_bytes() == before
    assert str(result) == f'The sheet PF Functions of "{out}" lists 3 functions.'
    assert (result.sheet, result.functions) == (
        "PF Functions",
        ("PF_SCORE", "PF_SELECT", "PF_ADD"),
    )
    sheet = load_workbook(out)["PF Functions"]
    assert [cell.value for cell in sheet[4]] == [
        "Function",
        "Family",
        "What it does",
        "Arguments",
        "Result",
        "Example",
    ]
    assert [sheet.cell(row, 1).value for row in (5, 6, 7)] == ["PF_SCORE", "PF_SELECT", "PF_ADD"]
    assert [cell.value for cell in sheet[7]] == [
        "PF_ADD",
        "Sums",
        "Add up what things cost | twice.",
        "costs: What each thing costs. [money]\n"
        "[rates]: What it is multiplied by. May be blank.\n"
        "[output]: sum: one figure; why: a sentence. One of sum, why. Blank means sum.",
        "One cell.\nAn error: If a cost is below 0.",
        '=PF_ADD(C2:C9)\n=PF_ADD(C2:C9, D2:D9, "why")',
    ]
    assert sheet["F7"].data_type == "s", "a call that is shown is no formula"
    assert sheet.tables["pf_functions"].ref == "A4:F7"
    assert new_findings(book, out) == []


def test_sheet_is_put_again_undone_and_taken_out_as_after_any_run(tmp_path: Path) -> None:
    book = users_workbook(tmp_path / "users.xlsx")
    before = book.read_bytes()
    put_functions(book, list(REGISTRY))
    once = book.read_bytes()
    put_functions(book, list(REGISTRY))
    assert book.read_bytes() == once
    undone = undo(book)
    assert (undone.command, undone.n_left) == ("functions", 0), "what changes nothing is no run"
    assert book.read_bytes() == before
    put_functions(book, list(REGISTRY))
    assert handback_workbook(book).sheets == ("PF Functions",)
    with open_workbook(book) as again:
        assert again.our_sheets == []


def test_command_puts_the_sheet_and_refuses_an_output_without_a_book(tmp_path: Path) -> None:
    book = users_workbook(tmp_path / "users.xlsx")
    command = [sys.executable, "-m", "xlportfolio", "functions"]
    done = subprocess.run(
        [*command, "rank", "ties", "--book", str(book), "-o", str(tmp_path / "out.xlsx"), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert (answer["sheet"], answer["functions"]) == ("PF Functions", ["PF_RANK"])
    assert load_workbook(tmp_path / "out.xlsx").sheetnames[-1] == "PF Functions"
    alone = subprocess.run(
        [*command, "-o", "out.xlsx"], capture_output=True, text=True, check=False
    )
    assert (alone.returncode, alone.stdout) == (2, "")
    assert "-o names where a workbook goes; name the workbook with --book." in alone.stderr
