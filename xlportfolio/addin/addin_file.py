"""The workbook that carries the VBA: the least that Excel opens as an add-in.

The bytes depend on the project and the ribbon alone: no clock, no machine, and nothing
compressed, as what compresses differs from one Python to another.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import BinaryIO

WORKBOOK_NAME = "ThisWorkbook"
SHEET_NAME = "Sheet1"
"""Code names: what the modules behind the workbook and its sheet are called."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONSHIPS = "application/vnd.openxmlformats-package.relationships+xml"
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of a zip file

_RIBBON = "customUI/customUI.xml"
_RIBBON_RELATIONSHIP = (  # [MS-CUSTOMUI] 2.1.2
    f'<Relationship Id="rId2" Type="{_MICROSOFT}/ui/extensibility" Target="{_RIBBON}"/>'
)

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{_RELATIONSHIPS}"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.ms-excel.addin.macroEnabled.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    f'<workbookPr codeName="{WORKBOOK_NAME}"/>'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_MICROSOFT}/vbaProject" Target="vbaProject.bin"/>'
    "</Relationships>",
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">'
    f'<sheetPr codeName="{SHEET_NAME}"/><sheetData/></worksheet>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}


def addin_package(project: bytes, ribbon: str = "") -> bytes:
    """Put a VBA project into a workbook that is an add-in.

    Parameters
    ----------
    project
        The content of vbaProject.bin.
    ribbon
        The content of customUI.xml; "" for an add-in without a tab.

    Returns
    -------
    The content of the .xlam; the same for the same project and ribbon.
    """
    contents = {name: (_HEAD + text).encode("utf-8") for name, text in _PARTS.items()}
    if ribbon:
        end = b"</Relationships>"
        contents["_rels/.rels"] = contents["_rels/.rels"].replace(
            end, _RIBBON_RELATIONSHIP.encode("ascii") + end
        )
        contents[_RIBBON] = ribbon.encode("utf-8")
    contents["xl/vbaProject.bin"] = project
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _FIRST_MOMENT)
            entry.create_system = 0  # else it says on what it was made
            package.writestr(entry, content)
    return stream.getvalue()


def put_addin(content: bytes, file: Path, *, otherwise: str) -> None:
    """Write the add-in to a file, whole or not at all; what is there already is replaced.

    Parameters
    ----------
    content
        As `addin_package` gives it.
    file
        Where to.
    otherwise
        What to do where the file cannot be replaced, for the message.

    Raises
    ------
    WorkbookError
        If it cannot be written, or is read otherwise than it was written.
    """
    from xlportfolio.workbook.saving.replacing import replace_safely

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    def differences(written: Path) -> list[str]:
        return [] if written.read_bytes() == content else ["it is read otherwise than written"]

    replace_safely(write, file, file, lint=differences, backup=False, otherwise=otherwise)
