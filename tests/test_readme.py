"""What the README and the page on cells show is what happens, and their commands are there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from xlportfolio.cli import app

README = Path(__file__).resolve().parent.parent / "README.md"
CELLS = README.parent / "docs" / "cells.md"


def test_calls_of_the_readme_give_the_answers_beside_them() -> None:
    compared = 0
    for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        names: dict[str, object] = {}
        lines = block.splitlines()
        for node in ast.parse(block).body:
            code = compile(ast.Module([node], []), "README.md", "exec")
            said = lines[(node.end_lineno or 1) - 1].partition("  # ")[2]
            if isinstance(node, ast.Expr) and said:
                answer = eval(compile(ast.Expression(node.value), "README.md", "eval"), names)
                assert answer == ast.literal_eval(said)
                compared += 1
            else:
                exec(code, names)
    assert compared == 1


@pytest.mark.parametrize(
    ("page", "one"), [(README, "docs/pictures/pf_summary.png"), (CELLS, "functions.md")]
)
def test_pictures_and_pages_are_there(page: Path, one: str) -> None:
    text = page.read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert one in linked
    missing = [name for name in linked if not (page.parent / name).exists()]
    assert missing == []


@pytest.mark.parametrize("page", [README, CELLS])
def test_headings_that_are_pointed_to_are_there(page: Path) -> None:
    for name, anchor in re.findall(
        r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")
    ):
        target = page.parent / name if name else page
        headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]


def unknown_words(typed: str) -> list[str]:
    """The commands and options in a line that the command line has not."""
    command = typer.main.get_command(app)
    words = typed.split()[1:]
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return [words[0]]
        command = command.commands[words.pop(0)]
    known = {option for one in command.params for option in one.opts}
    return [word for word in words if re.match("--?[a-z]", word) and word not in known]


def commands_shown(text: str) -> Iterator[str]:
    """Each command in code, without the remark behind it."""
    for line in re.findall(r"^(?:> )?(xlportfolio .*)$|`(xlportfolio [^`]*)`", text, re.MULTILINE):
        yield re.split(r"\s{3,}", "".join(line))[0]


@pytest.mark.parametrize("page", [README, CELLS])
def test_commands_that_are_shown_are_known_with_their_options(page: Path) -> None:
    shown = list(commands_shown(page.read_text(encoding="utf-8")))
    assert "xlportfolio libreoffice install" in shown
    assert {one: unknown for one in shown if (unknown := unknown_words(one))} == {}


def test_command_that_is_not_there_would_be_found() -> None:
    assert unknown_words("xlportfolio ribbon build") == ["ribbon"]
    assert unknown_words("xlportfolio recalculate BOOK --fast -o OUT") == ["--fast"]
    assert unknown_words("xlportfolio libreoffice mend") == ["mend"]
