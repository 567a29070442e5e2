"""What a workbook is while it is open: sheets of cells, and what lies over them.

Everything a sheet holds is an immutable value in a dict or a list, so that a copy is cheap. Rows
and columns are 1-based; a cell is (row, column).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from tests.hosts.stand_in.styles import PLAIN, Style
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, quote_sheet

CellAt = tuple[int, int]

ERROR_CODES = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
    "#GETTING_DATA": -2146826245,
    "#SPILL!": -2146826243,
    "#CALC!": -2146826238,
}
WHOLE_SHEET = CellRange(1, 1, LAST_ROW, LAST_COLUMN)
TOP_LEFT = CellRange(1, 1, 1, 1)
USUAL_WIDTH, USUAL_HEIGHT = 8.43, 15.0
VISIBLE, HIDDEN, VERY_HIDDEN = "visible", "hidden", "veryHidden"


@dataclass(frozen=True)
class ErrorValue:
    """An error in a cell, such as #N/A."""

    text: str

    @property
    def code(self) -> int:
        return ERROR_CODES.get(self.text, ERROR_CODES["#VALUE!"])


Stored = float | str | bool | ErrorValue


@dataclass(frozen=True)
class ArrayFormula:
    """A formula that fills several cells: entered with Ctrl+Shift+Enter, or spilled."""

    range: CellRange
    is_spill: bool


@dataclass(frozen=True)
class Line:
    """A row or a column: its height or width (None for the usual one), and its style."""

    size: float | None = None
    hidden: bool = False
    style: Style | None = None


PLAIN_LINE = Line()


@dataclass(frozen=True)
class Rule:
    """A conditional format or a validation: where, and what openpyxl makes of it."""

    ranges: tuple[CellRange, ...]
    content: Any
    text: str


@dataclass(frozen=True)
class NoteText:
    text: str
    author: str = ""
    width: float | None = None
    height: float | None = None


@dataclass(frozen=True)
class Link:
    address: str | None
    place: str | None
    tip: str | None = None
    display: str | None = None


@dataclass(frozen=True)
class TableModel:
    """A table (ListObject); `original` keeps what openpyxl read of it, for saving."""

    name: str
    range: CellRange
    columns: tuple[str, ...]
    header_rows: int = 1
    totals_rows: int = 0
    style: str | None = "TableStyleMedium2"
    bands: tuple[bool, bool, bool, bool] = (False, False, True, False)
    has_filter: bool = True
    original: Any = None

    @property
    def header(self) -> CellRange | None:
        one = self.range
        if not self.header_rows:
            return None
        return CellRange(one.first_row, one.first_column, one.first_row, one.last_column)

    @property
    def body(self) -> CellRange | None:
        one = self.range
        first, last = one.first_row + self.header_rows, one.last_row - self.totals_rows
        if last < first:
            return None
        return CellRange(first, one.first_column, last, one.last_column)


@dataclass(frozen=True)
class ChartModel:
    """A chart: as we describe it where we draw such; `original` is what a file held."""

    name: str
    described: Any
    text: str
    original: Any = None


@dataclass(frozen=True)
class View:
    """How a sheet is shown and printed."""

    freeze: str | None = None
    zoom: int = 100
    gridlines: bool = True
    tab_colour: str | None = None
    paper: str | None = None
    orientation: str | None = None
    fit: tuple[int | None, int | None] | None = None
    repeat_rows: str | None = None
    repeat_columns: str | None = None
    area: str | None = None
    header: str | None = None
    footer: str | None = None


@dataclass
class SheetModel:
    """One worksheet."""

    name: str
    visible: str = VISIBLE
    values: dict[CellAt, Stored] = field(default_factory=dict)
    formulas: dict[CellAt, str] = field(default_factory=dict)
    styles: dict[CellAt, Style] = field(default_factory=dict)
    arrays: list[ArrayFormula] = field(default_factory=list)
    rows: dict[int, Line] = field(default_factory=dict)
    columns: dict[int, Line] = field(default_factory=dict)
    merges: list[CellRange] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    validations: list[Rule] = field(default_factory=list)
    notes: dict[CellAt, NoteText] = field(default_factory=dict)
    links: dict[CellAt, Link] = field(default_factory=dict)
    tables: list[TableModel] = field(default_factory=list)
    charts: list[ChartModel] = field(default_factory=list)
    pivot_tables: list[tuple[str, CellRange]] = field(default_factory=list)
    view: View = View()
    filter: CellRange | None = None
    is_filtering: bool = False
    is_protected: bool = False
    is_deleted: bool = False
    selected: CellRange = TOP_LEFT

    def copy(self) -> SheetModel:
        """A sheet that changes on its own."""
        return SheetModel(
            **{
                one.name: value.copy() if isinstance(value, dict | list) else value
                for one in fields(self)
                for value in (getattr(self, one.name),)
            }
        )

    def style(self, cell: CellAt) -> Style:
        """How a cell looks: its own style, or that of its row or column."""
        found = self.styles.get(cell)
        if found is not None:
            return found
        if self.rows or self.columns:
            for line in (self.rows.get(cell[0]), self.columns.get(cell[1])):
                if line is not None and line.style is not None:
                    return line.style
        return PLAIN

    def used_range(self) -> CellRange:
        """What Excel calls used: cells with a value or a format; A1 where there are none."""
        return around(self.values, self.formulas, self.styles) or TOP_LEFT

    def array_of(self, cell: CellAt) -> ArrayFormula | None:
        """The array formula or spill that a cell belongs to."""
        return next((one for one in self.arrays if holds(one.range, cell)), None)

    def merge_of(self, cell: CellAt) -> CellRange | None:
        """The merged cells that a cell belongs to."""
        return next((one for one in self.merges if holds(one, cell)), None)

    def within(self, area: CellRange, cells: dict[CellAt, Any]) -> list[CellAt]:
        """The cells of a dict that lie in an area, whichever of the two is smaller leads."""
        if area.n_rows * area.n_columns < len(cells):
            return [cell for cell in cells_of(area) if cell in cells]
        return [cell for cell in cells if holds(area, cell)]


@dataclass
class NameModel:
    """A defined name; `sheet` is its scope, None the workbook's."""

    name: str
    text: str
    sheet: SheetModel | None = None
    hidden: bool = False

    @property
    def said(self) -> str:
        """The name as Name.Name says it."""
        return self.name if self.sheet is None else f"{quote_sheet(self.sheet.name)}!{self.name}"


@dataclass
class BookModel:
    """A workbook."""

    name: str
    path: str | None = None
    sheets: list[SheetModel] = field(default_factory=list)
    names: list[NameModel] = field(default_factory=list)
    uses_1904: bool = False
    structure_is_protected: bool = False
    active: int = 0
    is_read_only: bool = False
    n_selected: int = 1

    def copy(self) -> BookModel:
        """A workbook that changes on its own."""
        sheets = [sheet.copy() for sheet in self.sheets]
        twins = {id(old): new for old, new in zip(self.sheets, sheets, strict=True)}
        names = [
            NameModel(one.name, one.text, one.sheet and twins[id(one.sheet)], one.hidden)
            for one in self.names
        ]
        rest = (self.uses_1904, self.structure_is_protected, self.active, self.is_read_only)
        return BookModel(self.name, self.path, sheets, names, *rest)

    def sheet(self, name: str) -> SheetModel | None:
        """The sheet of a name, whatever its capitals."""
        wanted = name.casefold()
        return next((one for one in self.sheets if one.name.casefold() == wanted), None)

    def table(self, name: str) -> tuple[SheetModel, TableModel] | None:
        """The table of a name, with its sheet."""
        for sheet in self.sheets:
            for table in sheet.tables:
                if table.name.casefold() == name.casefold():
                    return sheet, table
        return None


def holds(area: CellRange, cell: CellAt) -> bool:
    """Whether a cell lies in an area."""
    return (
        area.first_row <= cell[0] <= area.last_row
        and area.first_column <= cell[1] <= area.last_column
    )


def covers(area: CellRange, other: CellRange) -> bool:
    """Whether all of another area lies in an area."""
    return holds(area, (other.first_row, other.first_column)) and holds(
        area, (other.last_row, other.last_column)
    )


def meets(one: CellRange, other: CellRange) -> bool:
    """Whether two areas have a cell in common."""
    return not (
        one.last_row < other.first_row
        or other.last_row < one.first_row
        or one.last_column < other.first_column
        or other.last_column < one.first_column
    )


def around(*cells: Iterable[CellAt]) -> CellRange | None:
    """The smallest area that holds some cells; None where there are none."""
    rows = {row for some in cells for row, _column in some}
    columns = {column for some in cells for _row, column in some}
    if not rows:
        return None
    return CellRange(min(rows), min(columns), max(rows), max(columns))


def cells_of(area: CellRange) -> Iterator[CellAt]:
    """The cells of an area, row by row."""
    for row in range(area.first_row, area.last_row + 1):
        for column in range(area.first_column, area.last_column + 1):
            yield row, column


def limited(area: CellRange, used: CellRange) -> CellRange:
    """An area, cut where a sheet holds nothing any more."""
    return CellRange(
        area.first_row,
        area.first_column,
        max(area.first_row, min(area.last_row, used.last_row + 1)),
        max(area.first_column, min(area.last_column, used.last_column + 1)),
    )
