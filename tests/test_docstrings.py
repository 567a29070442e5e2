"""Documented names are the names in the code."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def documented(docstring: str | None, section: str) -> list[str]:
    """The names in one section of a docstring: `ratings : shape ...` or `table, row, column`."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    names: list[str] = []
    inside = False
    for line, following in zip(lines, [*lines[1:], ""], strict=False):
        if line and re.fullmatch(r"-{3,}", following):
            inside = line.strip() == section
        elif inside and line and not line[0].isspace() and not re.fullmatch(r"-{3,}", line):
            names += [
                name.strip().lstrip("*`").rstrip("`") for name in line.split(":")[0].split(",")
            ]
    return names


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool) -> list[str]:
    """The names in a signature, in order, without self or cls."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    static = any(getattr(name, "id", "") == "staticmethod" for name in function.decorator_list)
    if method and not static:
        positional = positional[1:]
    starred = [argument for argument in (arguments.vararg,) if argument]
    doubly = [argument for argument in (arguments.kwarg,) if argument]
    return [a.arg for a in (*positional, *starred, *arguments.kwonlyargs, *doubly)]


def attributes(definition: ast.ClassDef) -> set[str]:
    """What an instance has: fields, properties, and what the methods set on self."""
    found = set()
    for node in ast.walk(definition):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        ):
            found.add(node.attr)
    return found


def mistakes(source: str) -> list[str]:
    """Where docstrings of a source name other things than its code, in sentences."""
    return list(_mistakes(ast.parse(source).body, method=False))


def _mistakes(body: list[ast.stmt], *, method: bool) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = documented(ast.get_docstring(node), "Parameters")
            taken = parameters(node, method=method)
            if said and said != taken:
                yield f"{node.name} documents {said}, and takes {taken}"
        elif isinstance(node, ast.ClassDef):
            docstring = ast.get_docstring(node)
            made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
            said = documented(docstring, "Parameters")
            taken = parameters(made[0], method=True) if made else _fields(node)
            if said and said != taken:
                yield f"{node.name} documents {said}, and takes {taken}"
            unknown = [n for n in documented(docstring, "Attributes") if n not in attributes(node)]
            if unknown:
                yield f"{node.name} documents the attributes {unknown}, which it has not"
            yield from _mistakes(node.body, method=True)


def _fields(definition: ast.ClassDef) -> list[str]:
    return [
        node.target.id
        for node in definition.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


SOURCES = [
    path
    for folder in ("xlportfolio", "udfs/xlportfolio_udfs")
    for path in sorted((CHECKOUT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("path", SOURCES, ids=[str(p.relative_to(CHECKOUT)) for p in SOURCES])
def test_documented_names_are_those_of_the_code(path: Path) -> None:
    assert mistakes(path.read_text(encoding="utf-8")) == []


FUNCTION = '''
def score(ratings, weights, *, ties="competition"):
    """Score.

    Parameters
    ----------
    {0}
        What it is: a remark with a colon.

        - and a list, with commas

    Returns
    -------
    shape (n,), in order
    """
'''


@pytest.mark.parametrize(
    ("line", "n_mistakes"),
    [
        ("ratings : shape (n, m)\n    weights, ties", 0),
        ("ratings, weights, ties", 0),
        ("ratings, weights", 1),
        ("ratings, weight, ties", 1),
        ("weights, ratings, ties", 1),
        ("ratings, weights, ties, seed", 1),
    ],
)
def test_parameters_that_differ_from_the_signature_are_found(line: str, n_mistakes: int) -> None:
    assert len(mistakes(FUNCTION.format(line))) == n_mistakes


def test_methods_classes_and_attributes_are_looked_at() -> None:
    source = '''
class Store:
    """Keeps.

    Attributes
    ----------
    folder, size
        Where, and how large.
    colour
        There is none.

    Parameters
    ----------
    place
        Another name than the one below.
    """

    size: int

    def __init__(self, folder):
        self.folder = folder

    def keep(self, *books, **options):
        """Keep.

        Parameters
        ----------
        *books, **option
            What.
        """

    @staticmethod
    def count(books):
        """Count.

        Parameters
        ----------
        books
            What.
        """
'''
    assert mistakes(source) == [
        "Store documents ['place'], and takes ['folder']",
        "Store documents the attributes ['colour'], which it has not",
        "keep documents ['books', 'option'], and takes ['books', 'options']",
    ]


def test_function_without_a_section_is_free() -> None:
    assert mistakes('def f(a, b):\n    """Add."""') == []
