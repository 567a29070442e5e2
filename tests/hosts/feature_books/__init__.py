"""Workbooks built by code, one for each feature that a workbook of a portfolio office may have.

`FEATURES[name](path)` writes the workbook of one feature; `compose` writes one with several.
``python -m tests.hosts.feature_books FOLDER`` writes them all, and has them judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.hosts.feature_books.drafts import Draft
from tests.hosts.feature_books.drawings import DRAWINGS
from tests.hosts.feature_books.on_cells import ON_CELLS
from tests.hosts.feature_books.on_sheets import ON_SHEETS
from tests.hosts.feature_books.package_parts import PACKAGE_PARTS
from tests.hosts.feature_books.rare import RARE
from tests.hosts.feature_books.tables import TABLES
from tests.hosts.feature_books.whole_package import WHOLE_PACKAGE

ADDITIONS: dict[str, Callable[[Draft], None]] = {
    **ON_CELLS,
    **ON_SHEETS,
    **DRAWINGS,
    **TABLES,
    **PACKAGE_PARTS,
    **RARE,
}
"""What adds a feature to a workbook that is being made; several fit into one workbook."""

EXTENSIONS = {"macros": ".xlsm", "template": ".xltx", "macro_template": ".xltm"}


def compose(
    path: Path, additions: Sequence[str], form: str | None = None, *, date1904: bool = False
) -> Path:
    """Write a workbook with several features, in one form of package.

    Parameters
    ----------
    path
        Where, with the extension that the features ask for.
    additions
        Keys of `ADDITIONS`, each once.
    form
        A key of `WHOLE_PACKAGE`.
    """
    draft = Draft(path, date1904=date1904)
    # The chain lists the formulas of all others, so it comes last.
    for name in sorted(additions, key=lambda one: one == "calc_chain"):
        ADDITIONS[name](draft)
    draft.save([] if form is None else [WHOLE_PACKAGE[form]])
    return path


def extension_of(*names: str | None) -> str:
    """The extension that a workbook with these features has."""
    return next((EXTENSIONS[name] for name in names if name in EXTENSIONS), ".xlsx")


def _date1904(path: Path) -> None:
    compose(path, [], date1904=True)


def _formed(form: str, path: Path) -> None:
    compose(path, ["macros"] if form == "macro_template" else ["merged_cells"], form)


def _added(name: str, path: Path) -> None:
    compose(path, [name])


FEATURES: dict[str, Callable[[Path], None]] = {
    **{name: partial(_added, name) for name in ADDITIONS},
    **{name: partial(_formed, name) for name in WHOLE_PACKAGE},
    "date1904": _date1904,
}
