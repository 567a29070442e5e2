"""Workbooks as offices lay them out, each with what a careful analyst would read in it."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.corpus.layout import Book


@dataclass(frozen=True)
class Recipe:
    """How one workbook is written."""

    name: str
    split: str
    sector: str
    write: Callable[[Book], None]


RECIPES: list[Recipe] = []


def workbook(name: str, split: str, sector: str) -> Callable[[Callable[[Book], None]], None]:
    """Register a function that writes one workbook; split is "dev" or "held_out"."""

    def register(write: Callable[[Book], None]) -> None:
        RECIPES.append(Recipe(f"{name}.xlsx", split, sector, write))

    return register


def recipes() -> list[Recipe]:
    """Every workbook of the corpus, in the order of their names."""
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith(("dev_", "held_out_")):
            importlib.import_module(f"{__name__}.{module.name}")
    return sorted(RECIPES, key=lambda r: r.name)


def write_corpus(folder: Path, only: str | None = None) -> list[dict[str, Any]]:
    """Write the workbooks and index.json into `folder`; answers the expectations."""
    folder.mkdir(parents=True, exist_ok=True)
    expected: list[dict[str, Any]] = []
    for recipe in recipes():
        if only and only not in recipe.name:
            continue
        book = Book(folder / recipe.name, recipe.split, recipe.sector)
        recipe.write(book)
        book.close()
        expected += book.expected
    text = json.dumps(expected, ensure_ascii=False, indent=1, default=str)
    (folder / "index.json").write_text(text + "\n", encoding="utf-8")
    return expected
