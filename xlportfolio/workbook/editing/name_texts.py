"""Defined names said differently."""

from __future__ import annotations

from collections.abc import Callable

from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import parse_xml, serialise


def say_names(package: Package, part: str, name_text: Callable[[str], str]) -> None:
    """Put other texts into the defined names of a workbook.

    Parameters
    ----------
    package, part
        The workbook's own part, which the caller reads anew.
    name_text
        What the text of each name becomes.
    """
    root = parse_xml(package.read(part), package.label(part))
    changed = False
    for element in root.iterfind("{*}definedNames/{*}definedName"):
        text = (element.text or "").strip()  # as the index gives it
        new = name_text(text)
        if new != text:
            element.text, changed = new, True
    if changed:
        package.write(part, serialise(root))
