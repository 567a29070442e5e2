"""The scratch workbook: sheets of ours rendered by the closed renderer, for Excel to copy from.

It is a file of its own in a private folder. It holds no charts: these are drawn where the sheets
are copied to.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from xlportfolio.workbook.container.relationships import parse_xml, serialise
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.live.marks import mark_formula
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.rendering import sheets
from xlportfolio.workbook.rendering.marks import MARK
from xlportfolio.workbook.rendering.names import free_sheet_name
from xlportfolio.workbook.rendering.remembered import LOOK

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
        self._date1904 = date1904
        self._described: dict[str, SheetDescription] = {}

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
        self._described[description.name] = description
        self._put(self._file, description)

    def _put(self, file: OpenedFile, description: SheetDescription) -> sheets.PutSheet:
        bare = replace(description, charts=(), pictures=(), tab_colour=None, zoom=100)
        with file.all_or_nothing():
            put = sheets.put(file.package, file.index, file.stylesheet(), bare, with_drawings=False)
            file.store_styles()
        file.forget({put.name})
        return put

    def lay_over(
        self, held: Path, replaced: Mapping[str, tuple[str, Mapping[str, str]]]
    ) -> list[sheets.PutSheet]:
        """Render the sheets over copies of what they replace, which keeps what people added.

        Parameters
        ----------
        held
            The workbook with the copies.
        replaced
            By the name of each sheet, what its copy is called, and the names that remember what
            we wrote there.

        Returns
        -------
        what was put, where people had added anything; else nothing, and nothing has changed
        """
        copy = Path(self._folder.name, f"xlportfolio-{secrets.token_hex(6)}-copies.xlsx")
        shutil.copyfile(held, copy)
        file = OpenedFile(copy)
        _count_days(file, date1904=self._date1904)
        for name, (held_as, memory) in replaced.items():
            taken = file.index.sheet(name)
            if taken is not None and taken.name != held_as:
                free = free_sheet_name(name, lambda one: file.index.sheet(one) is not None)
                file.index.rename(taken.name, free)
            file.index.rename(held_as, name)
            file.index.add_name(MARK, mark_formula(name)[1:], sheet=name, hidden=True)
            for one, text in memory.items():
                if one.casefold() != LOOK:  # set in Excel: a copy of cells has none
                    file.index.add_name(one, text, sheet=name, hidden=True)
        file.read_index_anew()
        done = [self._put(file, described) for described in self._described.values()]
        if all(one.is_plain for one in done):
            file.package.close()
            return []
        self._file.package.close()
        self._file = file
        return done

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


def _count_days(file: OpenedFile, *, date1904: bool) -> None:
    """Have the dates of a workbook count from the day that another's count from."""
    if file.index.date1904 == date1904:
        return
    part = file.index.part
    root = parse_xml(file.package.read(part), file.package.label(part))
    for properties in root.iterfind("{*}workbookPr"):
        properties.set("date1904", str(int(date1904)))
    file.package.write(part, serialise(root))
    file.read_index_anew()
