"""Functions: the cell functions of a registry, as text for people and as JSON for scripts."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from xlportfolio.cells import Argument, CellFunction, Registry
from xlportfolio.operations.function_examples import typed_calls

_WIDTH = 100


def find_functions(registry: Registry, text: str | None) -> tuple[CellFunction, ...]:
    """The one function of that name, or all that have the words in them; all without words.

    Parameters
    ----------
    registry
        The functions there are.
    text
        A name such as "PF_SCORE" or "score", or words; None for all.

    Raises
    ------
    InputError
        If nothing is found, with the nearest names.
    """
    if text is None or not text.strip():
        return tuple(registry)
    for name in (text, f"PF_{text.strip()}"):
        if name in registry:
            return (registry[name],)
    return registry.search(text) or (registry[text],)


def tell_functions(functions: Sequence[CellFunction]) -> str:
    """A list by family; one function alone in full."""
    if len(functions) == 1:
        return _in_full(functions[0])
    lines: list[str] = []
    for family in sorted({function.family for function in functions}):
        lines += ["", family] if lines else [family]
        for function in functions:
            if function.family == family:
                lines += [f"  {function.syntax}", f"      {function.summary}"]
    return "\n".join([*lines, "", "One function in full: xlportfolio functions NAME"])


def functions_as_json(functions: Sequence[CellFunction]) -> list[dict[str, Any]]:
    """Each function with its arguments, for scripts."""
    return [
        {
            "name": function.name,
            "family": function.family,
            "syntax": function.syntax,
            "summary": function.summary,
            "arguments": [
                {
                    "name": argument.name,
                    "help": argument.help,
                    "unit": argument.unit,
                    "example": argument.example,
                    "optional": argument.is_optional,
                    "default": argument.default,
                    "choices": list(argument.choices),
                }
                for argument in function.arguments
            ],
            "result": function.result,
            "errors": function.errors,
            "notes": function.notes,
        }
        for function in functions
    ]


def help_of(argument: Argument) -> str:
    """What an argument is, its unit, its words and what a blank means."""
    said = argument.help
    if argument.unit:
        said += f" [{argument.unit}]"
    if argument.choices:
        said += f" One of {', '.join(argument.choices)}."
    if argument.is_optional:
        said += f" Blank means {argument.default}." if argument.default else " May be blank."
    return said


def _in_full(function: CellFunction) -> str:
    lines = [f"{function.syntax}", "", *_wrapped(function.summary), ""]
    for argument in function.arguments:
        said = f"{help_of(argument)} Such as {argument.example}."
        lines += [f"  {argument.name}", *_wrapped(said, "      ")]
    lines += ["", "Result:", *_wrapped(function.result, "  ")]
    lines += ["", "Error:", *_wrapped(function.errors, "  ")]
    if function.notes:
        lines += ["", "Method:", *_wrapped(function.notes, "  ")]
    lines += ["", f"Example: {typed_calls(function)[-1]}", f"Family: {function.family}"]
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(
            paragraph, _WIDTH, initial_indent=indent, subsequent_indent=indent
        )
        or [""]
    ]
