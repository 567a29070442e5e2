"""A copy of a workbook for another program to compute: what the user gets is never made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    Relationships,
    relationships_path,
)
from xlportfolio.workbook.editing.name_texts import say_names

_LEFT_OUT = ("calcChain", "vbaProject", "connections")
"""Of the workbook's own parts: nothing that computes needs them, and two of them can act."""


def write_copy(
    package: Package, index: WorkbookIndex, target: Path, name_text: Callable[[str], str]
) -> None:
    """Write the copy of a package whose sheets are ready.

    Parameters
    ----------
    package, index
        The workbook; what is left out stays out of the package until the caller restores it.
    target
        The file to write.
    name_text
        What the text of each defined name becomes.

    Raises
    ------
    WorkbookError
        If the file cannot be written.
    """
    say_names(package, index.part, name_text)
    _leave_out(package, index)
    try:
        with target.open("wb") as stream:
            package.save_to(stream)
    except OSError as error:
        raise WorkbookError(
            f'The working copy "{target}" was not written ({error.strerror}). Free some space '
            "there and try again."
        ) from error


def _leave_out(package: Package, index: WorkbookIndex) -> None:
    parts = _taken_from(index.relationships(), _LEFT_OUT)
    for sheet in index.sheets:
        parts += _taken_from(index.relationships(sheet.part), ("queryTable",))
        for table in index.relationships(sheet.part).by_type("table"):
            parts += _taken_from(index.relationships(table.target), ("queryTable",))
    if not parts:
        return
    types = ContentTypes.load(package)
    for part in parts:
        for name in (part, relationships_path(part)):
            types.remove_override(name)
            if package.has(name):
                package.remove(name)
    types.store()


def _taken_from(relationships: Relationships, kinds: tuple[str, ...]) -> list[str]:
    """Take the relationships of some kinds out; the parts that they led to."""
    found = [one for kind in kinds for one in relationships.by_type(kind) if not one.external]
    for one in found:
        relationships.remove(one.id)
    if found:
        relationships.store()
    return [one.target for one in found]
