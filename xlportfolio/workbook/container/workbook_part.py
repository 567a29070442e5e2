"""Which part of a package is the workbook, and what it is if it is none."""

from __future__ import annotations

import re
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.directory import part_key
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    GENERIC_TYPES,
    ContentTypes,
    Relationships,
    parse_xml,
    relationship_id,
)

_WORKBOOK_TYPE = re.compile(r"\.(sheet|template|addin)(\.macroenabled)?\.main\+xml$", re.IGNORECASE)


def sheet_names_by_part(package: Package) -> dict[str, str]:
    """The sheets of a workbook that may be damaged, by the keys of their parts.

    Raises
    ------
    WorkbookError
        If its part cannot be read at all.
    """
    part = workbook_part(package)
    root = parse_xml(package.read(part), package.label(part))
    targets = {one.id: one.target for one in Relationships.load(package, part)}
    return {
        part_key(targets[identifier]): element.get("name", "")
        for element in root.iterfind("{*}sheets/{*}sheet")
        if (identifier := relationship_id(element)) in targets
    }


def workbook_part(package: Package) -> str:
    """The part that the package says is its document, if that is a workbook.

    Raises
    ------
    WorkbookError
        If there is none, or it is another kind of document.
    """
    document = next(iter(Relationships.load(package, "").by_type("officeDocument")), None)
    if document is None or not package.has(document.target):
        raise WorkbookError(
            f'"{file_name(package)}" is not an Excel workbook; expected an .xlsx or .xlsm file.'
        )
    content_type = ContentTypes.load(package).type_of(document.target)
    if document.target.lower().endswith(".bin") or "binary" in content_type:
        raise WorkbookError(
            f'"{file_name(package)}" is a binary workbook (.xlsb); open it in Excel and save it as '
            "Excel Workbook (.xlsx)."
        )
    for word, kind in (("wordprocessingml", "Word document"), ("presentationml", "presentation")):
        if word in content_type:
            raise WorkbookError(
                f'"{file_name(package)}" is a {kind}; expected an Excel workbook (.xlsx or .xlsm).'
            )
    if not (_WORKBOOK_TYPE.search(content_type) or content_type.lower() in GENERIC_TYPES):
        said = f'"{content_type:.100}"' if content_type else "nothing"
        raise WorkbookError(
            f'"{file_name(package)}" is not an Excel workbook: its content types call its document '
            f"{said}; expected an .xlsx or .xlsm file."
        )
    return document.target


def file_name(package: Package) -> str:
    """What the file of a package is called."""
    return Path(package.path).name
