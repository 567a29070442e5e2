"""Imports point down only, and the core knows no file, sheet, clock or Excel."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import xlportfolio

CHECKOUT = Path(__file__).resolve().parent.parent

HOSTS = {
    *("cli", "cli_addin", "cli_libreoffice", "cli_options", "cli_recalculate"),
    *("cli_self_check", "cli_purge", "cli_undo", "terminal", "macros", "excel", "__main__"),
    *("cli_values_copy", "cli_write_back", "cli_lint"),
}

# Whatever lies directly in the package and is not named here is core, and so are its folders of
# methods. A folder that is named nowhere fails: say here where it belongs.
MAY_IMPORT: dict[str, set[str]] = {
    "core": {"core"},
    "workbook": {"workbook", "core"},
    "report": {"report", "workbook", "core"},
    "cells": {"cells", "core"},
    "operations": {"operations", "libreoffice", "cells", "report", "workbook", "core"},
    # Builders receive a registry; they never import the package of the functions.
    "addin": {"addin", "cells", "workbook", "core"},
    "libreoffice": {"libreoffice", "cells", "workbook", "core"},
    "functions": {"functions", "cells", "core"},
    "hosts": {
        "hosts",
        "operations",
        "addin",
        "libreoffice",
        "cells",
        "report",
        "workbook",
        "core",
    },
}
PARTS_OF_A_LAYER = dict.fromkeys(
    (
        *("cell_values", "cell_ranges", "cell_docs", "cell_calls", "cell_names", "cell_arguments"),
        "cell_examples",
    ),
    "cells",
)
CORE_FOLDERS = {
    "parsing",
    "checking",
    "costing",
    "reconciliation",
    "scoring",
    "selection",
    "levelling",
}

NOT_IN_THE_CORE = {
    # Excel, and how it is read and shown
    *("xlwings", "openpyxl", "lxml", "python_calamine", "calamine", "xlsxwriter"),
    *("typer", "click", "rich"),
    # files, processes, networks, clocks
    *("os", "pathlib", "io", "shutil", "tempfile", "glob", "zipfile", "importlib"),
    *("threading", "multiprocessing", "concurrent", "asyncio", "subprocess"),
    *("socket", "urllib", "http", "requests"),
    *("time", "logging"),
}
CALLS_NOT_IN_THE_CORE = {"open", "print", "input", "__import__"}
CLOCKS = {"now", "utcnow", "today"}


def layer_of(module: str) -> str | None:
    """The layer of a module of ours, None for anyone else's.

    Raises
    ------
    KeyError
        For a folder that has no layer yet.
    """
    parts = module.split(".")
    if parts[0] == "xlportfolio_udfs":
        return "functions"
    if parts[0] != "xlportfolio":
        return None
    name = parts[1] if len(parts) > 1 else ""
    if name in HOSTS:
        return "hosts"
    if name in MAY_IMPORT:
        return name
    if name in PARTS_OF_A_LAYER:
        return PARTS_OF_A_LAYER[name]
    if name in CORE_FOLDERS or not (CHECKOUT / "xlportfolio" / name).is_dir():
        return "core"
    if not name:
        return "core"
    raise KeyError(f"xlportfolio/{name}/ has no layer: name it in MAY_IMPORT or CORE_FOLDERS")


def imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and name of every module that a source imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                here = module.split(".")
                package = here if is_package else here[:-1]
                package = package[: len(package) - node.level + 1]
                origin = ".".join([*package, origin] if origin else package)
            for alias in node.names:
                if origin == "xlportfolio":
                    # The front door passes each public name on from its home.
                    yield node.lineno, xlportfolio._HOME.get(alias.name, f"{origin}.{alias.name}")
                else:
                    yield node.lineno, origin
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name | ast.Attribute)
            and getattr(node.func, "attr", getattr(node.func, "id", "")) == "import_module"
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.lineno, node.args[0].value


def violations(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """What a module does that its layer does not allow, in sentences."""
    tree = ast.parse(source)
    layer = layer_of(module)
    assert layer is not None
    found = []
    for line, name in imported(tree, module, is_package):
        target = layer_of(name)
        if target is not None and target not in MAY_IMPORT[layer]:
            found.append(f"{module}:{line} ({layer}) imports {name} ({target})")
        if layer == "core" and name.split(".")[0] in NOT_IN_THE_CORE:
            found.append(f"{module}:{line} (core) imports {name}")
    if layer == "core":
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in CALLS_NOT_IN_THE_CORE:
                found.append(f"{module}:{node.lineno} (core) calls {node.func.id}()")
            if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                found.append(f"{module}:{node.lineno} (core) reads the clock: {node.func.attr}()")
    return sorted(found)


def modules() -> list[tuple[str, Path]]:
    found = []
    for root, package in (("", "xlportfolio"), ("udfs", "xlportfolio_udfs")):
        for path in sorted((CHECKOUT / root / package).rglob("*.py")):
            parts = path.relative_to(CHECKOUT / root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            # The front door names the homes of all public names, and imports none of them.
            if name != "xlportfolio":
                found.append((name, path))
    return found


@pytest.mark.parametrize(("module", "path"), modules(), ids=[name for name, _ in modules()])
def test_module_imports_only_what_lies_below_it(module: str, path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert violations(source, module, is_package=path.name == "__init__.py") == []


def test_front_door_imports_nothing_until_a_name_is_used() -> None:
    """`--help` answers at once only while this holds."""
    tree = ast.parse((CHECKOUT / "xlportfolio" / "__init__.py").read_text(encoding="utf-8"))
    at_import = [
        node
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and getattr(node, "module", "") not in ("__future__", "typing")
    ]
    assert at_import == []


def test_modules_of_every_layer_are_looked_at() -> None:
    names = [name for name, _ in modules()]
    assert {"xlportfolio.errors", "xlportfolio.workbook.protocol", "xlportfolio_udfs"} <= set(names)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("xlportfolio.ranking", "import xlwings", "(core) imports xlwings"),
        ("xlportfolio.ranking", "from lxml import etree", "(core) imports lxml"),
        ("xlportfolio.scoring.additive", "def f():\n    import time", ":2 (core) imports time"),
        (
            "xlportfolio.ranking",
            "from xlportfolio.workbook.closed import open_workbook",
            "(core) imports xlportfolio.workbook.closed (workbook)",
        ),
        (
            "xlportfolio.ranking",
            "from xlportfolio import open_workbook",
            "(core) imports xlportfolio.workbook.closed (workbook)",
        ),
        (
            "xlportfolio.ranking",
            "from . import cells",
            "(core) imports xlportfolio.cells (cells)",
        ),
        (
            "xlportfolio.levelling.search",
            "from ..workbook import closed",
            "(core) imports xlportfolio.workbook (workbook)",
        ),
        (
            "xlportfolio.ranking",
            'import_module("xlportfolio.operations.undo")',
            "(core) imports xlportfolio.operations.undo (operations)",
        ),
        ("xlportfolio.ranking", 'text = open("book")', "(core) calls open()"),
        ("xlportfolio.ranking", 'print("score")', "(core) calls print()"),
        ("xlportfolio.ranking", "when = datetime.now()", "(core) reads the clock: now()"),
        ("xlportfolio.ranking", "when = date.today()", "(core) reads the clock: today()"),
        (
            "xlportfolio.workbook.closed",
            "from xlportfolio.operations import undo",
            "(workbook) imports xlportfolio.operations (operations)",
        ),
        (
            "xlportfolio.operations.undo",
            "import xlportfolio.cli",
            "(operations) imports xlportfolio.cli (hosts)",
        ),
        (
            "xlportfolio.addin.build",
            "import xlportfolio_udfs",
            "(addin) imports xlportfolio_udfs (functions)",
        ),
        (
            "xlportfolio_udfs.scoring",
            "from xlportfolio.workbook import closed",
            "(functions) imports xlportfolio.workbook (workbook)",
        ),
    ],
)
def test_arrow_that_turns_round_is_found(module: str, source: str, expected: str) -> None:
    found = violations(source, module)
    assert len(found) == 1, found
    assert expected in found[0]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("xlportfolio.ranking", "import numpy\nfrom xlportfolio.errors import InputError"),
        ("xlportfolio.ranking", "from xlportfolio import InputError"),
        ("xlportfolio.workbook.closed", "import lxml\nfrom xlportfolio.values import Value"),
        ("xlportfolio.operations.undo", "from ..workbook.saving import replace_safely"),
        ("xlportfolio.cli", "from xlportfolio.operations.undo import undo\nprint(1)"),
    ],
)
def test_arrow_that_points_down_is_fine(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_folder_without_a_layer_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xlportfolio" / "misc").mkdir(parents=True)
    monkeypatch.setattr("tests.test_layers.CHECKOUT", tmp_path)
    with pytest.raises(KeyError, match="xlportfolio/misc/ has no layer"):
        layer_of("xlportfolio.misc.things")
