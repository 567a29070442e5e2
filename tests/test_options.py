"""An option has one name and one default, whichever way a person asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from xlportfolio import cli, cli_addin, cli_recalculate, cli_undo, cli_values_copy, cli_write_back
from xlportfolio.cli_options import IgnoreLock
from xlportfolio.levelling.level import level
from xlportfolio.operations.addin_links import addin_links
from xlportfolio.operations.demo import run_demo
from xlportfolio.operations.function_sheet import put_functions
from xlportfolio.operations.handback import handback_workbook
from xlportfolio.operations.mapping import map_workbook
from xlportfolio.operations.options import RunOptions, read_steps
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.operations.running import run_workbook
from xlportfolio.operations.undo import undo
from xlportfolio.operations.values_copy import values_copy
from xlportfolio.operations.writing_back import write_back_workbook
from xlportfolio.selection.rebalance import rebalance
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.saving.replacing import replace_safely

OPTIONS = {field.name: field.default for field in fields(RunOptions)}


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of those arguments that are options of a run."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if name in OPTIONS and parameter.default is not inspect.Parameter.empty
    }


def test_the_command_run_has_every_option_of_the_operation() -> None:
    assert set(defaults_of(cli.run)) == set(OPTIONS)


@pytest.mark.parametrize("command", [cli.run, cli.rebalance, cli.level])
def test_a_command_has_the_defaults_of_the_operation(command: Callable[..., Any]) -> None:
    given = defaults_of(command)
    if "steps" in given:
        given["steps"] = read_steps(given["steps"])
    if given.get("free", "") is None:
        given["free"] = ()
    assert given
    for name, default in given.items():
        assert default == OPTIONS[name], name


@pytest.mark.parametrize("function", [rebalance, level])
def test_a_method_has_the_defaults_of_the_operation(function: Callable[..., Any]) -> None:
    given = {name: value for name, value in defaults_of(function).items() if name != "seed"}
    assert given
    for name, default in given.items():
        assert default == OPTIONS[name], name


def test_the_seed_is_the_workbooks_setting_where_nobody_says_another() -> None:
    from xlportfolio.records import Settings

    assert OPTIONS["seed"] is None
    assert defaults_of(level)["seed"] == Settings().seed


REPLACING = (
    *((cli.run, run_workbook), (cli.score, run_workbook), (cli.rebalance, run_workbook)),
    *((cli.level, run_workbook), (cli.demo, run_demo), (cli.map_command, map_workbook)),
    *((cli.functions, put_functions), (cli.handback, handback_workbook)),
    *((cli_undo.undo, undo), (cli_recalculate.recalculate, recalculate_workbook)),
    *((cli_values_copy.values_copy, values_copy), (cli_addin.doctor, addin_links)),
    (cli_write_back.write_back, write_back_workbook),
)
"""Each command that replaces a workbook, with its operation."""


@pytest.mark.parametrize(("command", "operation"), REPLACING)
def test_every_command_that_replaces_a_workbook_can_ignore_a_lock(
    command: Callable[..., Any], operation: Callable[..., Any]
) -> None:
    asked = inspect.signature(command, eval_str=True).parameters["ignore_lock"]
    assert (asked.annotation, asked.default) == (IgnoreLock, False)
    taken = inspect.signature(operation).parameters["ignore_lock"]
    assert taken.default is False


@pytest.mark.parametrize("function", [open_workbook, ClosedWorkbook, replace_safely])
def test_a_workbook_is_opened_so_that_locks_count(function: Callable[..., Any]) -> None:
    assert inspect.signature(function).parameters["ignore_lock"].default is False
