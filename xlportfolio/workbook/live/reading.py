"""What there is in a workbook that is open in Excel, read in whole ranges and asked for once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from xlportfolio.errors import PortfolioError, WorkbookError
from xlportfolio.values import CellError, Value, error_of_code
from xlportfolio.workbook.container.number_formats import date_from_serial
from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.container.sheet_pass import MAX_CELLS
from xlportfolio.workbook.live.address import address_of
from xlportfolio.workbook.live.alike import areas_alike, joined, joining_of
from xlportfolio.workbook.live.details import ExcelDetails, Layout
from xlportfolio.workbook.live.refusals import excel_words
from xlportfolio.workbook.protocol import ExcelTable, SheetContents
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.styles import is_date_format

if TYPE_CHECKING:
    import xlwings as xw

_CELLS_AT_ONCE = 1_000_000
"""Of a range whose values cross the border to Excel: more would take its memory several times."""

_Answer = TypeVar("_Answer")

Stored = None | float | str | bool | CellError
"""A value as Excel stores it: dates are serials."""

_BUILTIN_NAMES = {"print_area", "print_titles", "_filterdatabase"}
"""Excel's own, as it says them; files write "_xlnm." before them."""

BUGS = (TypeError, AttributeError, NameError, AssertionError, LookupError, ArithmeticError)
"""What no engine raises where Excel refuses something: mistakes of ours keep their traces."""


@dataclass(frozen=True)
class ListedSheet:
    """A worksheet; chart sheets are not listed by xlwings."""

    name: str
    kind: str = "worksheet"


@dataclass(frozen=True)
class LiveFormulas:
    """What the formulas of a sheet say, and the ranges of several cells that one fills."""

    texts: dict[tuple[int, int], str]
    filled: tuple[CellRange, ...]


@dataclass(frozen=True)
class LiveSheet:
    """What was read of a sheet: its contents, and what formulas say and fill."""

    contents: SheetContents
    formulas: dict[tuple[int, int], str]
    filled: tuple[CellRange, ...]


class LiveReading:
    """The sheets, tables, names and contents of an open workbook, each asked for once.

    Parameters
    ----------
    book
        The workbook.
    details
        What its Excel can do beyond xlwings.
    """

    def __init__(self, book: xw.Book, details: ExcelDetails) -> None:
        self.book, self.details = book, details
        self._path: str | None = None
        self._uses_1904: bool | None = None
        self._structure_is_protected: bool | None = None
        self.forget()

    def forget(self, *, but_sheets: bool = False) -> None:
        """Ask Excel anew, from now on.

        Parameters
        ----------
        but_sheets
            Whether there are the same sheets still, under the same names.
        """
        self._layouts: dict[str, Layout] = {}
        self._cells: dict[str, _Cells] = {}
        self._contents: dict[str, LiveSheet] = {}
        if not but_sheets:
            self._sheets: dict[str, xw.Sheet] | None = None
            self._marks: dict[str, str] | None = None
        self._tables: list[ExcelTable] | None = None
        self._names: list[NameEntry] | None = None

    # -- the workbook ----------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where the workbook is saved; its name alone where it never was."""
        if self._path is None:
            with answered("its path was asked for"):
                self._path = address_of(self.book)
        return self._path

    @property
    def file_name(self) -> str:
        """Of the workbook, for messages; its path may be an address on the web."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def date1904(self) -> bool:
        if self._uses_1904 is None:
            with answered("its dates were asked for"):
                self._uses_1904 = self.details.uses_1904(self.book)
        return self._uses_1904

    @property
    def structure_is_protected(self) -> bool:
        if self._structure_is_protected is None:
            with answered("its protection was asked for"):
                self._structure_is_protected = self.details.structure_is_protected(self.book)
        return self._structure_is_protected

    @property
    def handles(self) -> dict[str, xw.Sheet]:
        """The worksheets by name, in order."""
        if self._sheets is None:
            with answered("its sheets were asked for"):
                self._sheets = {sheet.name: sheet for sheet in self.book.sheets}
        return self._sheets

    @property
    def marks(self) -> dict[str, str]:
        """The sheets of ours by name, in order, each with what its mark says."""
        if self._marks is None:
            with answered("its sheets were asked for"):
                self._marks = self.details.marks(self.book)
        return self._marks

    @property
    def tables(self) -> list[ExcelTable]:
        if self._tables is None:
            with answered("its tables were asked for"):
                self._tables = self.details.tables(self.book)
        return self._tables

    @property
    def sheets(self) -> list[ListedSheet]:
        return [ListedSheet(name) for name in self.handles]

    @property
    def defined_names(self) -> list[NameEntry]:
        if self._names is None:
            with answered("its names were asked for"):
                found = self.details.names(self.book)
            self._names = [
                replace(entry, name=f"_xlnm.{entry.name}")
                if entry.sheet is not None and entry.name.casefold() in _BUILTIN_NAMES
                else entry
                for entry in found
            ]
        return self._names

    # -- sheets ----------------------------------------------------------------------------------

    def sheet(self, name: str) -> LiveSheet:
        """What is on a worksheet, by its name as it is listed."""
        if name not in self._contents:
            with answered(f'sheet "{name}" was read'):
                self._contents[name] = self._read(name)
        return self._contents[name]

    def formulas(self, name: str) -> LiveFormulas:
        """The formulas of a worksheet, which take fewer questions than all that is on it."""
        with answered(f'sheet "{name}" was read'):
            layout = self._layout(name)
            texts = self._cells_of(name).formulas if layout.has_formulas else {}
        return LiveFormulas(texts, tuple(map(CellRange.parse, layout.spills)))

    def _layout(self, name: str) -> Layout:
        if name not in self._layouts:
            self._layouts[name] = self.details.layout(self.handles[name])
        return self._layouts[name]

    def _cells_of(self, name: str) -> _Cells:
        """The cells of a worksheet, without their number formats."""
        if name in self._cells:
            return self._cells[name]
        layout = self._layout(name)
        cells = _Cells(self.details, self.handles[name], self.date1904)
        if layout.extent is not None:
            area = CellRange.parse(layout.extent)
            if cells.read(area, with_formulas=layout.has_formulas) > MAX_CELLS:
                raise WorkbookError(
                    f'"{self.file_name}" holds more than {MAX_CELLS:,} values on sheet "{name}", '
                    "too many to read; keep the tables of the portfolio on a sheet of their own."
                )
        self._cells[name] = cells
        return cells

    def _read(self, name: str) -> LiveSheet:
        layout, cells = self._layout(name), self._cells_of(name)
        cells.read_formats()
        filled = tuple(map(CellRange.parse, layout.spills))
        contents = SheetContents(
            name=name,
            visible=layout.visible,
            rows=cells.rows,
            formats=cells.formats,
            formulas=frozenset(cells.formulas) | _filled_cells(filled, cells.rows),
            merges=tuple(map(CellRange.parse, layout.merges)),
            hidden_rows=layout.hidden_rows,
            hidden_columns=layout.hidden_columns,
        )
        return LiveSheet(contents, cells.formulas, filled)


def _filled_cells(
    filled: Sequence[CellRange], rows: dict[int, dict[int, Value]]
) -> set[tuple[int, int]]:
    """The cells with a value that one formula fills from another cell."""
    return {
        (row, column)
        for cells in filled
        for row in range(cells.first_row, cells.last_row + 1)
        for column in rows.get(row, ())
        if cells.contains(row, column)
    }


@contextmanager
def answered(while_: str) -> Iterator[None]:
    """Say in one sentence that Excel did not answer, whatever its engine raises.

    Parameters
    ----------
    while_
        What was being done, as in "sheet "Plan" was read".

    Raises
    ------
    WorkbookError
        If Excel refused.
    """
    try:
        yield
    except (PortfolioError, *BUGS):
        raise
    except Exception as error:  # pywin32, appscript and others each have errors of their own
        raise WorkbookError(
            f"Excel did not answer while {while_} ({reason_of(error)}). Finish what is open in "
            "Excel (a cell that is being edited, a dialogue) and try again."
        ) from error


def reason_of(error: BaseException) -> str:
    """What an error of an engine says, in one short line."""
    return excel_words(error) or type(error).__name__


# -- cells ---------------------------------------------------------------------------------------


class _Cells:
    """The cells of one sheet as they are read, sparse."""

    def __init__(self, details: ExcelDetails, sheet: xw.Sheet, date1904: bool) -> None:
        self._details, self._sheet, self._date1904 = details, sheet, date1904
        self.rows: dict[int, dict[int, Value]] = {}
        self.formats: dict[int, dict[int, str]] = {}
        self.formulas: dict[tuple[int, int], str] = {}

    def read(self, extent: CellRange, *, with_formulas: bool) -> int:
        """Read the values and formulas of a range; how many."""
        n_cells = 0
        for band in bands(extent):
            cells = self._sheet.range(band.address)
            values = self._details.values(cells)
            if with_formulas:
                self._keep_formulas(values, grid(cells.formula2, band), band)
            for row, line in enumerate(values, band.first_row):
                kept: dict[int, Value] = {}
                for column, raw in enumerate(line, band.first_column):
                    value = value_of(raw)
                    if value is not None:
                        kept[column] = value
                if kept:
                    self.rows[row] = kept
                    n_cells += len(kept)
            if n_cells > MAX_CELLS:
                return n_cells
        return n_cells

    def _keep_formulas(
        self, values: list[list[object]], formulas: list[list[Any]], band: CellRange
    ) -> None:
        for row, (line, texts) in enumerate(zip(values, formulas, strict=True), band.first_row):
            for column, (raw, text) in enumerate(zip(line, texts, strict=True), band.first_column):
                if is_formula(text, raw):
                    self.formulas[row, column] = text

    def read_formats(self) -> None:
        """Read the number formats of the numbers, and which of them are dates."""
        numbers: dict[int, list[int]] = {}
        for row, cells in self.rows.items():
            for column, value in cells.items():
                if type(value) is float:
                    numbers.setdefault(column, []).append(row)
        for area, code in number_formats(self._details, self._sheet, numbers):
            if code.lower() == "general":
                continue
            is_date = is_date_format(code)
            for row in range(area.first_row, area.last_row + 1):
                cells = self.rows.get(row, {})
                for column in range(area.first_column, area.last_column + 1):
                    number = cells.get(column)
                    if type(number) is not float:
                        continue
                    self.formats.setdefault(row, {})[column] = code
                    if is_date:
                        moment = date_from_serial(number, date1904=self._date1904)
                        cells[column] = number if moment is None else moment
        self.formats = {
            row: dict(sorted(self.formats[row].items())) for row in sorted(self.formats)
        }


def value_of(raw: object) -> Stored:
    """A value as Excel stores it, in the one form; a text of no characters is a blank cell.

    >>> value_of(3), value_of(True), value_of(-2146826246), value_of("")
    (3.0, True, CellError(code='#N/A'), None)
    """
    if type(raw) is float or raw is None or isinstance(raw, bool | CellError):
        return raw
    if isinstance(raw, str):
        return raw or None
    if isinstance(raw, int):
        return error_of_code(raw) or float(raw)
    if isinstance(raw, float):
        return float(raw)
    return str(raw)


def is_formula(text: object, raw: object) -> bool:
    """Whether a cell holds a formula: a text that begins with "=" is told by its value."""
    return isinstance(text, str) and text.startswith("=") and text != raw


def grid(answer: Any, cells: CellRange) -> list[list[Any]]:
    """What a range answered, as rows: one cell comes without a list, one row or column in one."""
    if not isinstance(answer, list | tuple):
        return [[answer]]
    if answer and isinstance(answer[0], list | tuple):
        return [list(row) for row in answer]
    return [list(answer)] if cells.n_rows == 1 else [[one] for one in answer]


def bands(cells: CellRange) -> Iterator[CellRange]:
    """A range in pieces that cross the border to Excel at once."""
    n_rows = max(1, _CELLS_AT_ONCE // cells.n_columns)
    for first in range(cells.first_row, cells.last_row + 1, n_rows):
        last = min(first + n_rows - 1, cells.last_row)
        yield CellRange(first, cells.first_column, last, cells.last_column)


def number_formats(
    details: ExcelDetails, sheet: xw.Sheet, wanted: Mapping[int, list[int]]
) -> Iterator[tuple[CellRange, str]]:
    """The number formats of some cells: areas of one format each, which hold them all.

    Parameters
    ----------
    details, sheet
        The sheet.
    wanted
        Column to the rows of the cells in it, ascending.
    """
    return areas_alike(
        lambda areas: details.number_formats(sheet, [joined(areas)])[0],
        wanted,
        joining_of(details, "number_formats"),
    )
