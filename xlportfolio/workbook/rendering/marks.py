"""The mark that tells which sheets of a workbook are ours, apart from what writes them.

Every save asks for it, and few have a sheet to write.
"""

from __future__ import annotations

from xlportfolio.workbook.container.opc import WorkbookIndex

MARK = "_xlportfolio"
"""The hidden name, local to a sheet of ours, whose value is the description's name as text."""


def marked_sheets(index: WorkbookIndex) -> dict[str, str]:
    """The sheets of ours by their names, each with the description's name that its mark says."""
    marks = {
        entry.sheet: _literal(entry.text)
        for entry in index.defined_names
        if entry.name.casefold() == MARK and entry.sheet is not None
    }
    return {entry.name: marks[entry.name] for entry in index.sheets if entry.name in marks}


def our_sheets(index: WorkbookIndex) -> list[str]:
    """The names of the sheets that carry our mark, in the order of the workbook."""
    return list(marked_sheets(index))


def _literal(text: str) -> str:
    """The text that a formula such as "PF Results", in quotation marks, stands for."""
    text = text.strip().removeprefix("=").strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text
