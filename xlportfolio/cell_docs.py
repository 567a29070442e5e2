"""The help of a cell function, read from its docstring: one text for Python, Excel and the docs."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class ParameterDoc:
    """What a docstring says of one parameter.

    Attributes
    ----------
    shape
        What range it is: "projects x criteria".
    example
        A range or value as it is typed: "C2:F9".
    help
        Its text, on one line, without the unit.
    unit
        What stands in square brackets at the end; "" where there is none.
    """

    name: str
    shape: str
    example: str
    help: str
    unit: str


@dataclass(frozen=True)
class Documentation:
    """A docstring, taken apart.

    Attributes
    ----------
    summary
        Its first line.
    parameters
        In their order.
    returns, raises, notes
        The texts of these sections, on one line; "" where there is none.
    """

    summary: str
    parameters: tuple[ParameterDoc, ...]
    returns: str
    raises: str
    notes: str


def documentation_of(docstring: str) -> Documentation:
    """Take a docstring apart.

    Parameters
    ----------
    docstring
        numpy style; a parameter's line reads "name : shape, such as C2:F9".

    Returns
    -------
    Documentation

    Examples
    --------
    >>> text = '''Add.
    ...
    ... Parameters
    ... ----------
    ... costs : a column, such as C2:C9
    ...     What it takes. [currency units]
    ... '''
    >>> documentation_of(text).parameters[0].unit
    'currency units'
    """
    lines = inspect.cleandoc(docstring).splitlines()
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line and re.fullmatch(r"-{3,}", following):
            current = line.strip()
            sections[current] = []
        elif not re.fullmatch(r"-{3,}", line):
            sections[current].append(line)
    raised = [line for line in sections.get("Raises", []) if line[:1].isspace()]
    return Documentation(
        summary=lines[0] if lines else "",
        parameters=tuple(_parameters(sections.get("Parameters", []))),
        returns=_one_line(sections.get("Returns", [])),
        raises=_one_line(raised),
        notes=_one_line(sections.get("Notes", [])),
    )


def _parameters(lines: list[str]) -> list[ParameterDoc]:
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line and not line[0].isspace():
            found.append((line, []))
        elif found:
            found[-1][1].append(line)
    return [_parameter(head, _one_line(text)) for head, text in found]


def _parameter(head: str, text: str) -> ParameterDoc:
    name, _, form = (part.strip() for part in head.partition(" : "))
    shape, _, example = (part.strip() for part in form.partition(", such as "))
    unit = re.search(r"\s*\[([^][]+)\]$", text)
    help_text = text[: unit.start()] if unit else text
    return ParameterDoc(name, shape, example, help_text, unit.group(1) if unit else "")


def _one_line(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
