"""One file of a workbook as it was opened: its parts, each read once, and put anew as a whole."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.number_formats import NumberFormats
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.packing import PackedPart
from xlportfolio.workbook.container.reading import read_sheet
from xlportfolio.workbook.container.relationships import ContentTypes
from xlportfolio.workbook.container.shared_strings import read_shared_strings
from xlportfolio.workbook.container.sheet_pass import SheetReading
from xlportfolio.workbook.container.tables_on_sheets import TableEntry
from xlportfolio.workbook.editing.array_clearing import filled_cells
from xlportfolio.workbook.editing.cell_styles import cell_styles
from xlportfolio.workbook.editing.formula_reading import read_formulas
from xlportfolio.workbook.editing.guards import Guard, signed_sentence, structure_sentence
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.places import Places
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.styles import Stylesheet
from xlportfolio.workbook.saving.file_state import FileState

_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_WRITES_BEFORE_ALL_IS_READ = 8
"""A large sheet takes a hundred bytes of memory for each cell when it is read as a whole."""
_KEPT_IN_MEMORY = 8 << 20


class OpenedFile:
    """The package of a closed workbook, with what was read of it so far.

    After a change that failed, `index` and `places` are made anew from the parts as they were.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    package, index
        Its parts, and where they stand.
    places
        What references lead to.
    state
        The file on disk when it was opened.
    """

    def __init__(self, path: Path) -> None:
        package = Package(path)
        try:
            self.state = _state(path)
            self.index = WorkbookIndex(package)
        except BaseException:
            package.close()
            raise
        self.package = package
        self.places = self._places()
        self._readings: dict[str, SheetReading] = {}
        self._guards: dict[str, Guard] = {}
        self._strings: list[str] | None = None
        self._formats: NumberFormats | None = None
        self._styles: Stylesheet | None = None
        self._n_written: Counter[str] = Counter()
        self._sheet_tables: dict[str, list[TableEntry]] = {}

    @property
    def name(self) -> str:
        """Of the file, for messages."""
        return self.places.file_name

    def _places(self) -> Places[SheetEntry]:
        return Places(self.index, self.tables, Path(self.package.path).name)

    # -- what there is ---------------------------------------------------------------------------

    def tables(self) -> list[ExcelTable]:
        """The Excel tables, in the order of the sheets."""
        return [
            ExcelTable(
                table.name,
                table.sheet,
                table.range,
                table.headers,
                table.header_rows,
                table.totals_rows,
            )
            for name in self.places.sheet_names
            for table in self.tables_of(name)
        ]

    def tables_of(self, sheet: str) -> list[TableEntry]:
        """The Excel tables of one sheet."""
        if sheet not in self._sheet_tables:
            self._sheet_tables[sheet] = self.index.tables(sheet)
        return self._sheet_tables[sheet]

    def reading(self, sheet: str) -> SheetReading:
        """What is on a sheet."""
        if sheet not in self._readings:
            self._readings[sheet] = self._read(sheet)
        return self._readings[sheet]

    def reading_of(self, sheet: str, cells: CellRange) -> SheetReading:
        """What has to be known to write cells: the first few writes read no other values.

        After them the whole sheet is read, so that writing cell by cell does not read it each time.
        """
        n_before = self._n_written[sheet]
        self._n_written[sheet] += 1
        if sheet in self._readings or n_before >= _WRITES_BEFORE_ALL_IS_READ:
            return self.reading(sheet)
        return self._read(sheet, cells)

    def _read(self, sheet: str, only: CellRange | None = None) -> SheetReading:
        if self._formats is None:
            self._formats = NumberFormats.load(self.package, self.index)
        entry = self.places.worksheet(sheet)
        return read_sheet(self.package, self.index, entry, self.shared_strings, self._formats, only)

    def shared_strings(self) -> list[str]:
        """The texts that cells name by number."""
        if self._strings is None:
            self._strings = read_shared_strings(self.package, self.index)
        return self._strings

    def stylesheet(self) -> Stylesheet:
        """The styles of all sheets, with those that were added since."""
        if self._styles is None:
            part = self.index.styles_part
            content = None if part is None else self.package.read(part)
            self._styles = Stylesheet(content, strict=self.index.strict)
        return self._styles

    def guard(self, sheet: str, reading: SheetReading) -> Guard:
        """What keeps cells of a sheet from being written."""
        if sheet not in self._guards:
            self._guards[sheet] = Guard(
                sheet,
                protected=reading.protected,
                merges=reading.contents.merges,
                computed=reading.computed,
                tables=self.tables_of(sheet),
                pivot_tables=self.index.pivot_tables(sheet),
                signed=signed_sentence(self.index) if self.index.signed else None,
                arrays=reading.arrays,
                locked=partial(self._locked, sheet) if reading.protected else None,
            )
        return self._guards[sheet]

    def _locked(self, sheet: str, cells: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
        """Those of the cells of a protected sheet that are locked."""
        is_locked = lru_cache(self.stylesheet().is_locked)
        return {at for at, style in self.cell_styles(sheet, cells).items() if is_locked(style)}

    def cell_styles(
        self, sheet: str, cells: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], int]:
        """The style numbers of cells of a sheet, whether it has them or not."""
        part = self.places.worksheet(sheet).part
        return cell_styles(sheet, self.package.chunks(part), cells)

    def given_up(self, sheet: str, cells: Collection[tuple[int, int]]) -> list[CellRange]:
        """The array formulas of a sheet that go because their first cell is written."""
        guard = self._guards.get(sheet)
        return [] if guard is None else guard.given_up(cells)

    def cleared_with(
        self, sheet: str, arrays: Collection[CellRange]
    ) -> dict[tuple[int, int], None]:
        """The cells of a sheet to be cleared, each to None, when array formulas go."""
        entry, strings = self.places.worksheet(sheet), self.shared_strings()
        own = read_formulas(self.package, self.index, entry, strings)
        formulas = ((one.row, one.column) for one in own)
        return filled_cells(arrays, self.reading(sheet).contents.formulas, formulas)

    def read_tables_anew(self, sheet: str) -> None:
        """Follow a change of a table's part."""
        self._sheet_tables.clear()
        self._guards.pop(sheet, None)
        self.guard(sheet, self.reading(sheet))

    def forget(self, sheets: set[str]) -> None:
        """Read the sheets anew that were put, replaced or taken out."""
        for name in sheets:
            self._readings.pop(name, None)
            self._guards.pop(name, None)
        self._sheet_tables.clear()
        self._formats = None

    # -- what it forbids -------------------------------------------------------------------------

    def require_unsigned(self, otherwise: str = "") -> None:
        """Refuse a signed workbook with a `WorkbookError`: a change would break its signature.

        Parameters
        ----------
        otherwise
            A sentence that says what can be done instead.
        """
        if self.index.signed:
            raise WorkbookError(f"{signed_sentence(self.index)} {otherwise}".rstrip())

    def require_open_structure(self, what: str, otherwise: str = "") -> None:
        """Refuse what adds or removes sheets, with a `WorkbookError`, where that is protected.

        Parameters
        ----------
        what
            What would be done, such as 'adding the sheet "PF Results"'.
        otherwise
            A sentence that says what can be done instead.
        """
        if self.index.structure_protected:
            sentence = structure_sentence(self.name, what)
            raise WorkbookError(f"{sentence} {otherwise}".rstrip())

    def require_extension(self, target: Path) -> None:
        """Refuse, with a `WorkbookError`, a template under the extension of a workbook.

        Excel would not open it.
        """
        content_type = ContentTypes.load(self.package).type_of(self.index.part)
        if "template" in content_type and target.suffix.lower() not in (".xltx", ".xltm"):
            raise WorkbookError(
                f'"{self.name}" is a template, so "{target.name}" would not open in Excel; '
                "make a workbook of it in Excel (File > New), or write to the template's own "
                "extension."
            )

    # -- what is put anew ------------------------------------------------------------------------

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo what was done to the package when it cannot be completed."""
        before = self.package.snapshot()
        try:
            yield
        except BaseException:
            self.package.restore(before)
            self.read_index_anew()
            self._styles = None
            raise

    def read_index_anew(self) -> None:
        """Follow a change of the workbook's own part."""
        self.index = WorkbookIndex(self.package)
        self.places = self._places()

    def replace_sheet(
        self, sheet: str, splice: Callable[[Iterable[bytes]], Iterator[bytes]], files: ExitStack
    ) -> None:
        """Write a spliced sheet, packed, into a temporary file, which becomes the sheet's part.

        Parameters
        ----------
        sheet
            Its name.
        splice
            From the sheet's bytes to the new ones, in pieces.
        files
            Closes the temporary file; the package reads it until then.

        Raises
        ------
        WorkbookError
            If the temporary folder cannot take it, or `splice` refuses.
        """
        part = self.places.worksheet(sheet).part
        spliced = PackedPart(files.enter_context(_temporary_file()))
        try:
            spliced.fill(splice(self.package.chunks(part)))
        except OSError as error:
            raise WorkbookError(
                f'"{self.name}" was not written: the temporary folder '
                f'"{tempfile.gettempdir()}" cannot take sheet "{sheet}" ({error.strerror}). Free '
                "some space there and save again."
            ) from error
        self.package.write(part, spliced)

    def store_styles(self) -> None:
        """Put the styles that were added into the package."""
        styles = self.stylesheet()
        if not styles.changed:
            return
        part = self.index.styles_part
        if part is None:
            part = "xl/styles.xml"
            if self.package.has(part):
                part = self.index.free_part("xl/styles{}.xml")
            self.index.add_related_part("styles", part, _STYLES_TYPE)
        self.package.write(part, styles.content())

    def write_to(self, stream: BinaryIO) -> None:
        """Write the whole package, and let go of the file."""
        self.package.save_to(stream)
        self.package.close()  # an open file cannot be replaced on Windows

    def new_flaws(self, written: Path) -> list[str]:
        """What is wrong with the file that was written and was not wrong before."""
        found = new_findings(self.package.path, written, parts=self.package.changed)
        return [str(finding) for finding in found]


def _state(path: Path) -> FileState:
    try:
        return FileState.of(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise WorkbookError(
            f'"{path}" cannot be read ({reason}). Copy it to a disk of this machine and try again.'
        ) from error


def _temporary_file() -> tempfile.SpooledTemporaryFile[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)
