"""The scratch workbook: sheets of ours rendered by the closed renderer, for Excel to copy from.

It is a file of its own in a private folder. It holds no charts: these are drawn where the sheets
are copied to.
"""

from __future__ import annotations

import secrets
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.rendering import sheets

_BLANK_SHEET = "xlportfolio scratch"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BLANK = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONSHIPS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONSHIPS}"><workbookPr date1904="{{date1904}}"'
        f'/><sheets><sheet name="{_BLANK_SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONSHIPS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData/></worksheet>',
}


class Scratch:
    """Sheets of ours as they are to be, in a workbook of their own.

    Parameters
    ----------
    date1904
        Whether its dates count from 1904, as in the workbook that they are for.
    """

    def __init__(self, *, date1904: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="xlportfolio-")
        blank = Path(self._folder.name, "blank.xlsx")
        with zipfile.ZipFile(blank, "w") as package:
            for part, content in _BLANK.items():
                declared = content.replace("{date1904}", str(int(date1904)))
                package.writestr(part, f'<?xml version="1.0" encoding="UTF-8"?>\n{declared}')
        self._file = OpenedFile(blank)

    def put(self, description: SheetDescription) -> None:
        """Render a sheet, or render it anew.

        Parameters
        ----------
        description
            Under the name of its sheet.

        Raises
        ------
        InputError
            If Excel could not hold what is described; the cell is named.
        """
        with self._file.all_or_nothing():
            name = sheets.put_sheet(
                self._file.package,
                self._file.index,
                self._file.stylesheet(),
                replace(description, charts=()),
            )
            self._file.store_styles()
        self._file.forget({name})

    def contents(self, sheet: str) -> SheetContents:
        """What is on a sheet that was put."""
        return self._file.reading(sheet).contents

    def write(self) -> Path:
        """Write the workbook for Excel to open, under a name that no open workbook has."""
        path = Path(self._folder.name, f"xlportfolio-{secrets.token_hex(6)}.xlsx")
        with path.open("wb") as stream:
            self._file.package.save_to(stream)
        return path

    def close(self) -> None:
        """Delete it; Excel has let go of it by then."""
        self._file.package.close()
        self._folder.cleanup()
