"""Workbooks whose formulas name a path of the add-in, as Excel stores such links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.packaging.relationship import Relationship
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.external_link.external import ExternalBook, ExternalLink
from openpyxl.worksheet.formula import ArrayFormula

ANNS = r"file:///C:\Users\ann\AppData\Roaming\Microsoft\AddIns\xlportfolio.xlam"
OTHERS = r"file:///C:\Plans\rates.xlsx"
_MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships/xlExternalLinkPath"


def linked_book(
    path: Path,
    formulas: Mapping[str, str],
    *,
    targets: Sequence[str] = (ANNS,),
    names: Mapping[str, str] | None = None,
    array: tuple[str, str, str] | None = None,
) -> Path:
    """A sheet Plan with figures in A1:B3, the formulas, and a link for each target.

    A target that is only "xlportfolio.xlam" is one in the folder that Excel starts with.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Plan"
    for row in ((3, 9), (5, 4), (2, 7)):
        sheet.append(row)
    for address, text in formulas.items():
        sheet[address] = f"={text}"
    if array is not None:
        first, cells, text = array
        sheet[first] = ArrayFormula(cells, f"={text}")
    for name, text in (names or {}).items():
        book.defined_names[name] = DefinedName(name, attr_text=text)
    for target in targets:
        at_home = target == "xlportfolio.xlam"
        link = ExternalLink(externalBook=ExternalBook(id="rId1"))
        link.file_link = Relationship(
            type="externalLinkPath", Target=target, TargetMode="External", Id="rId1"
        )
        if at_home:
            link.file_link.Type = f"{_MICROSOFT}/xlStartup"
        book._external_links.append(link)
    book.save(path)
    return path
