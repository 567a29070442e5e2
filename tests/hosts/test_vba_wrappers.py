"""The VBA of the cell functions: its text, and what is refused before it is made."""

from __future__ import annotations

import re
from typing import Any

import pytest

import xlportfolio_udfs
from tests.hosts.random_modules import read_back
from xlportfolio.addin.classic import WHOLE_COLUMNS
from xlportfolio.addin.vba_project import stored_source, vba_project
from xlportfolio.addin.wrappers import functions_source, wrapper_modules
from xlportfolio.cells import Argument, CellFunction, Registry
from xlportfolio.errors import InputError

REGISTRY = Registry()
REGISTRY.add_module(xlportfolio_udfs)


def made(*names: str, name: str = "PF_MADE", **changed: Any) -> Registry:
    """A registry of one function with these arguments, optional from the second on."""
    arguments = tuple(
        Argument(one, f"What {one} is.", "", "C2", is_optional=number > 0)
        for number, one in enumerate(names)
    )
    texts = {"summary": "Add.", "result": "One cell.", "errors": "Never.", **changed}
    function = CellFunction(name, "Made", print, arguments=arguments, **texts)
    return Registry([function])


def test_wrapper_hands_over_each_argument_and_leaves_a_missing_one_empty() -> None:
    source = functions_source(made("costs", "output"))
    assert source.split("\n\n")[1] == (
        "Public Function PF_MADE(costs As Variant, Optional output As Variant) As Variant\n"
        "    Dim given(0 To 1) As Variant\n"
        "    CellValue costs, given(0)\n"
        "    If Not IsMissing(output) Then CellValue output, given(1)\n"
        '    PF_MADE = CellAnswer("PF_MADE", given)\n'
        "End Function"
    )


def test_every_function_of_the_registry_has_its_wrapper_and_its_help() -> None:
    source = functions_source(REGISTRY)
    assert re.findall(r"^Public Function (\w+)\(", source, re.MULTILINE) == [
        function.name for function in REGISTRY
    ]
    for function in REGISTRY:
        described = source.split(f"Private Sub Describe_{function.name}()")[1].split("End Sub")[0]
        assert f"    Describe_{function.name}\n" in source
        assert f'Category:="Portfolio - {function.family}"' in described
        assert f'Description:="{function.summary}"' in described
        helps = re.findall(r'argumentHelp\(\d+\) = "(.*)"\n', described)
        assert len(helps) == len(function.arguments)
        for text, argument in zip(helps, function.arguments, strict=True):
            assert len(text.replace('""', '"')) <= 255
            assert text.startswith(argument.help[:40].replace('"', '""'))


@pytest.mark.parametrize("server", ["", "XLPy"])
def test_text_is_the_same_twice_and_is_read_back_from_a_project(server: str) -> None:
    modules = wrapper_modules(REGISTRY, server)
    assert wrapper_modules(REGISTRY, server) == modules
    found = read_back(vba_project("xlportfolio", modules))
    assert found == {f"{module.name}.bas": stored_source(module) for module in modules}


def test_quotes_line_ends_and_long_help_become_one_short_literal() -> None:
    source = functions_source(made("costs", summary='Say "yes"\nor ' + "no, " * 100))
    said = re.search(r'Description:="(Say.*)", Category', source)
    assert said is not None
    text = said.group(1).replace('""', '"')
    assert text.startswith('Say "yes" or no, no') and text.endswith("no...") and len(text) <= 255


def test_many_arguments_stay_within_the_lines_that_the_editor_takes() -> None:
    source = functions_source(made(*(f"{'long_' * 20}{number}" for number in range(60))))
    lines = source.split("\n")
    assert max(map(len, lines)) <= 1023
    start = next(number for number, line in enumerate(lines) if line.startswith("Public Function"))
    end = next(n for n in range(start, len(lines)) if not lines[n].endswith(" _"))
    assert 1 <= end - start <= 24
    assert lines[end].endswith(") As Variant")
    signature = " ".join(line.removesuffix(" _").strip() for line in lines[start : end + 1])
    assert signature.count("Optional ") == 59


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        (made("given"), 'PF_MADE: an argument cannot be called "given": its VBA uses that word'),
        (made("costs", "pf_made"), 'cannot be called "pf_made"'),
        (made("caller"), '"caller": xlwings hands over the calling cell under that name'),
        (made("_costs"), 'cannot be called "_costs": VBA takes a letter'),
        (made("kosten_\u00e4"), "VBA takes a letter"),
        (made("cost", "Cost"), "two arguments that VBA cannot tell apart"),
        (made(*(f"a_{n}" for n in range(61))), "takes 61 arguments; VBA allows 60"),
        (made(*("x" * 600 + f"_{n}" for n in range(60))), "does not fit in 25 lines"),
        (made("cost", summary="At most \u2264 1."), 'help of PF_MADE holds "\u2264"'),
        (made("cost", name="PF_WHY_ERROR"), "PF_WHY_ERROR is a function of the add-in itself"),
    ],
)
def test_what_vba_cannot_take_is_refused_at_build_time(registry: Registry, message: str) -> None:
    with pytest.raises(InputError) as refused:
        functions_source(registry)
    assert message in str(refused.value)


@pytest.mark.parametrize("name", ["PF_A B", "NPV2", "ROC4", "DATE"])
def test_cell_like_and_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="A function cannot be called"):
        made("cost", name=name)


@pytest.mark.parametrize("word", ["date", "Type", "roc4", "R1C1", "next"])
def test_reserved_and_cell_like_arguments_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=f'cannot be called "{word}"'):
        functions_source(made(word))


@pytest.mark.parametrize("server", ["", "XLPy"])
def test_nothing_runs_when_a_workbook_opens_and_nothing_is_read_from_it(server: str) -> None:
    modules = wrapper_modules(REGISTRY, server)
    text = "\n".join(module.source for module in modules).lower()
    for word in (
        *("auto_open", "workbook_open", "activeworkbook", "thisworkbook", "activesheet"),
        *(".conf", "sheets(", ".path", "open ", "shell", "createobject", "environ"),
    ):
        assert word not in re.sub(r"(?m)^\s*'.*$", "", text), word
    # Python is called for a cell that is computed, from one place.
    assert len(re.findall(r"= callpython\(", text)) == 1
    registration = text.split("public sub registerportfoliofunctions()")[1].split("end sub")[0]
    assert "callpython" not in registration and "cellanswer" not in registration


def test_seam_alone_calls_the_server_and_hands_it_no_workbook() -> None:
    functions, calls, python = wrapper_modules(REGISTRY, "XLPy")
    assert (functions, calls) == wrapper_modules(REGISTRY)[:2]
    assert "xlpy" not in (functions.source + calls.source).lower()
    code = re.sub(r"(?m)^\s*'.*$", "", python.source)
    assert re.findall(r"XLPy\S*\(.*", code) == [
        'XLPy.CallUDF("xlportfolio.excel", functionName, given)',
        'XLPy.CallUDF("xlportfolio.excel", functionName, Array())',
    ]
    assert code.count("XLPy") == 2
    assert re.findall(r"^(Public|Private) (\w+ \w+)", code, re.MULTILINE) == [
        ("Public", "Function CallPython"),
        ("Private", "Function Decoded"),
        ("Private", "Function LastLine"),
    ]


@pytest.mark.parametrize("server", ["XLPy()", 'Shell "calc"', "1Py", "Ä"])
def test_server_that_is_no_name_of_vba_is_refused(server: str) -> None:
    with pytest.raises(InputError, match="is no function of VBA; expected a name such as XLPy"):
        wrapper_modules(REGISTRY, server)


def test_whole_columns_are_told_from_rows_that_somebody_counted() -> None:
    calls = wrapper_modules(REGISTRY)[1].source
    assert chr(31) + "whole columns" == WHOLE_COLUMNS
    assert 'value = Array(Chr(31) & "whole columns", UsedPart(argument).Value2)' in calls
    assert "RunsDownTheSheet = block.Rows.Count > 1000000" in calls
