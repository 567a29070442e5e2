"""A workbook of its own for our sheets, where the workbook that they are about takes none.

The structure of a workbook may be protected, or it may be signed: then no sheet can be added. Its
companion reads from it and holds the sheets; from run to run it is the same file, so that the log
goes on and each run is compared with the one before.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import PortfolioError, WorkbookError
from xlportfolio.values import Value
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.protocol import DefinedName, ExcelTable, SheetContents, Writable
from xlportfolio.workbook.rendering.sheetxml import is_external
from xlportfolio.workbook.saving.replacing import Recording, SavedFile
from xlportfolio.workbook.saving.scratch_folders import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BLANK = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews>'
        "<workbookView/></bookViews><sheets/></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
        '<family val="2"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
        '</fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
        "<border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        '</cellStyleXfs><cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" '
        'xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
        'builtinId="0"/></cellStyles></styleSheet>'
    ),
}
"""A workbook without a sheet, for as long as it takes to put the first."""


class CompanionWorkbook:
    """The workbook that is read, and the one that our sheets go to, as one workbook.

    Parameters
    ----------
    source
        What is read; nothing is written to it.
    results
        What holds our sheets.
    """

    def __init__(self, source: ClosedWorkbook, results: ClosedWorkbook) -> None:
        self._source, self._results = source, results

    @property
    def path(self) -> str:
        """The workbook that is read."""
        return self._source.path

    @property
    def saved(self) -> SavedFile | None:
        """What the last `save` wrote."""
        return self._results.saved

    @property
    def sheet_names(self) -> list[str]:
        """All worksheets, those of ours last; one of ours hides one of that name."""
        ours = self._results.sheet_names
        return [name for name in self._source.sheet_names if not self._is_ours(name)] + ours

    @property
    def moved(self) -> tuple[str, ...]:
        """What became of cells that people added to sheets of ours: see `ClosedWorkbook`."""
        return self._results.moved

    @property
    def our_sheets(self) -> list[str]:
        """The worksheets of ours in either."""
        kept = [name for name in self._source.our_sheets if not self._is_ours(name)]
        return kept + self._results.our_sheets

    def our_sheet(self, name: str) -> str | None:
        """What the sheet is called that we put as `name`, in the companion or else before."""
        return self._results.our_sheet(name) or self._source.our_sheet(name)

    def tables(self) -> list[ExcelTable]:
        """The Excel tables of the workbook that is read."""
        return self._source.tables()

    def names(self) -> list[DefinedName]:
        """The names of the workbook that is read."""
        return self._source.names()

    def contents(self, sheet: str) -> SheetContents:
        """What is on a sheet of either."""
        return (self._results if self._is_ours(sheet) else self._source).contents(sheet)

    def read(self, reference: str) -> list[list[Value]]:
        """Read a range of the workbook that is read."""
        return self._source.read(reference)

    def write(self, reference: str, rows: Sequence[Sequence[Writable]]) -> None:
        """Refuse: only sheets of ours are written."""
        raise WorkbookError(
            f'"{Path(self.path).name}" is only read, so {reference} was not written; its results '
            "go to a workbook of their own."
        )

    def put_sheet(self, description: SheetDescription) -> str:
        """Add a sheet of ours, or replace the one we marked; the name it got.

        A link to a sheet that is not in the companion would lead nowhere, and becomes plain text.
        """
        ours = {name.casefold() for name in [*self._results.our_sheets, description.name]}

        def unlinked(cell: Cell) -> Cell:
            if cell.link is None or is_external(cell.link):
                return cell
            sheet = cell.link.rpartition("!")[0].strip("'").replace("''", "'")
            return cell if sheet.casefold() in ours else replace(cell, link=None)

        cells = {at: unlinked(cell) for at, cell in description.cells.items()}
        return self._results.put_sheet(replace(description, cells=cells))

    def handback(self) -> list[str]:
        """Take nothing out: the companion holds nothing but our sheets."""
        return []

    def save(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        recording: Recording | None = None,
    ) -> None:
        """Write the companion; see `ClosedWorkbook.save`."""
        self._results.save(path, recording=recording)

    def close(self) -> None:
        """Let go of both files."""
        self._results.close()
        self._source.close()

    def _is_ours(self, sheet: str) -> bool:
        wanted = sheet.casefold()
        return any(name.casefold() == wanted for name in self._results.sheet_names)


@contextmanager
def companion_of(source: ClosedWorkbook, target: Path) -> Iterator[CompanionWorkbook]:
    """The companion of a workbook: the one that is there already, else a new one.

    Parameters
    ----------
    source
        The workbook that takes no sheets.
    target
        Where the companion is, or will be saved.

    Raises
    ------
    WorkbookError
        If the temporary folder cannot be written.
    """
    before = _companion_at(target, source.ignore_lock)
    if before is not None:
        with before:
            yield CompanionWorkbook(source, before)
        return
    try:
        scratch = tempfile.TemporaryDirectory(prefix=PREFIX)
    except OSError as error:
        raise WorkbookError(
            f'The temporary folder "{tempfile.gettempdir()}" cannot be written '
            f"({error.strerror}). Free some space there, or set TMPDIR to another folder."
        ) from error
    with scratch as folder:
        blank = Path(folder) / "companion.xlsx"
        with zipfile.ZipFile(blank, "w", zipfile.ZIP_DEFLATED) as package:
            for part, content in _BLANK.items():
                package.writestr(zipfile.ZipInfo(part), _HEAD + content)
        with open_workbook(blank, source.ignore_lock) as results:
            yield CompanionWorkbook(source, results)


def _companion_at(target: Path, ignore_lock: bool) -> ClosedWorkbook | None:
    """The companion of an earlier run; a workbook with sheets of somebody's own is none."""
    if not target.is_file():
        return None
    try:
        book = open_workbook(target, ignore_lock)
    except PortfolioError:
        return None  # it is replaced like any other file, and kept as a backup
    if book.our_sheets and book.our_sheets == book.sheet_names:
        return book
    book.close()
    return None
