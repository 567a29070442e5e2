"""An option has one name and one default, whichever way a person asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from xlportfolio import cli
from xlportfolio.levelling.level import level
from xlportfolio.operations.options import RunOptions, read_steps
from xlportfolio.selection.rebalance import rebalance

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
