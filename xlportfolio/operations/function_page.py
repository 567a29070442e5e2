"""The reference of the cell functions as one page of Markdown, made from the registry alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from xlportfolio.cells import Argument, CellFunction, Example, Registry
from xlportfolio.operations.function_examples import worked
from xlportfolio.wording import shown

_HEAD = """\
# Cell functions

{contents}

An argument in square brackets may be left out; a blank one means its default. Words are taken in
any case. The answer spills from the cell of the formula. Arguments are parted by commas here; where
your Excel parts them by semicolons, type those. Answers are shown with six digits.

<!-- Made from the functions themselves: xlportfolio functions --markdown -->
"""

_MARKS = re.compile(r"([\\`*_{}<>|~#]|\[|\])")
_DIGITS, _DECIMALS = 6, 12


def functions_page(registry: Registry) -> str:
    """The page: contents by family, then each function with its arguments and worked examples.

    Parameters
    ----------
    registry
        The functions there are.

    Returns
    -------
    Markdown. The same functions give the same bytes on every machine: answers are computed, and
    shown with six significant digits.
    """
    contents = []
    sections = []
    for family in registry.families:
        functions = [one for one in registry if one.family == family]
        contents += ["", f"**{_plain(family)}**", "", *_table(_CONTENTS, _in_short(functions))]
        sections += ["", f"## {_plain(family)}"]
        for function in functions:
            sections += ["", *_section(function)]
    head = _HEAD.format(contents="\n".join(contents[1:]))
    return "\n".join([head, *sections[1:]]) + "\n"


_CONTENTS = ("Function", "What it does")
_ARGUMENTS = ("Argument", "What it is", "Range", "Unit", "Such as", "Default")


def _in_short(functions: Sequence[CellFunction]) -> list[list[str]]:
    # the anchor that every renderer makes of the heading
    return [[f"[{one.name}](#{one.name.lower()})", _plain(one.summary)] for one in functions]


def _section(function: CellFunction) -> list[str]:
    lines = [f"### {function.name}", "", f"`{function.syntax}`", "", _plain(function.summary), ""]
    lines += _table(_ARGUMENTS, [_argument(one) for one in function.arguments])
    lines += ["", f"**Result.** {_plain(function.result)}"]
    lines += ["", f"**Error.** {_plain(function.errors)}"]
    if function.notes:
        lines += ["", f"**Method.** {_plain(function.notes)}"]
    for example in function.examples:
        lines += ["", *_example(function, example)]
    return lines


def _argument(argument: Argument) -> list[str]:
    said = _plain(argument.help)
    if argument.choices:
        said += f" One of {', '.join(f'`{word}`' for word in argument.choices)}."
    return [
        f"`{argument.name}`",
        said,
        _plain(argument.shape),
        _plain(argument.unit),
        f"`{argument.example}`",
        _default(argument),
    ]


def _default(argument: Argument) -> str:
    if not argument.is_optional:
        return "must be given"
    return "may be blank" if argument.default is None else f"`{argument.default}`"


def _example(function: CellFunction, example: Example) -> list[str]:
    done = worked(function, example)
    title = example.title[:1].upper() + example.title[1:]
    lines = [f"*Example: {_plain(title.rstrip('.'))}.*", "", f"`{done.formula}`"]
    if done.rows:
        heads, *body = done.rows
        lines += ["", *_table(heads, [[_cell(value) for value in row] for row in body])]
    if done.error:
        lines += ["", f"An error: {_plain(done.error)}"]
    return lines


def _cell(value: Any) -> str:
    """A cell as it is shown: as many digits as every machine agrees on."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, bool | date):
        return shown(value)
    # what is left of a sum that is 0 differs from one processor to the next
    figure = round(float(value), _DECIMALS) + 0.0
    text = f"{figure:.{_DIGITS}g}"
    return f"{figure:.0f}" if "e+" in text else text


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKS.sub(r"\\\1", text)
