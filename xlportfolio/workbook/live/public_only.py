"""What is asked of Excel where only the public API of xlwings is there, as on macOS.

Less can be asked: whether sheets are protected or filtered is not known, so that Excel itself
refuses the write and what was written by then is put back; marks are names that people see; a sheet
is copied by cells, zoom and page setup stay as they are; charts are drawn where their values stand
in adjoining columns. Nothing here was tried in Excel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.description import Chart, PrintSetup, SheetDescription
from xlportfolio.workbook.live.marks import mark_formula, marked_text, split_name
from xlportfolio.workbook.live.refusals import refusals, refused
from xlportfolio.workbook.references import CellRange, cell_address, column_letter, parse_cell

if TYPE_CHECKING:
    from pathlib import Path

    import xlwings as xw

    from xlportfolio.workbook.container.opc import NameEntry
    from xlportfolio.workbook.live.details import Layout
    from xlportfolio.workbook.protocol import ExcelTable

_DAY_0 = datetime(1899, 12, 30)
_DAYS_TO_1904 = 1462
_ERROR_CODES = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
}
"""As Excel for Windows hands errors over; here they arrive as text."""
_USUAL_WIDTH, _USUAL_HEIGHT = 8.43, 15.0


class PublicOnly:
    """Excel by the public API of xlwings alone; `ExcelDetails` says what each method promises."""

    # -- cells -----------------------------------------------------------------------------------

    def values(self, cells: xw.Range) -> list[list[object]]:
        """The values; dates arrive as such and are counted back to the serials that are stored."""
        with refused("to read cells", lambda: cells.sheet.name):
            rows = cells.options(ndim=2, empty=None, err_to_str=True).value
            shift = _DAYS_TO_1904 if _holds_dates(rows) and self.uses_1904(cells.sheet.book) else 0
        return [[_stored(value, shift) for value in row] for row in rows]

    def layout(self, sheet: xw.Sheet) -> Layout:
        """What lies over the cells of a sheet."""
        from xlportfolio.workbook.live.details import Layout

        extent = self.extent(sheet)
        with refused("to say what lies over the cells", lambda: sheet.name):
            rows, columns = _hidden_lines(sheet, extent)
            return Layout(
                extent=extent,
                # True, or a number of Excel's that may also mean hidden more deeply (2).
                visible=sheet.visible in (True, -1),
                merges=_merged_areas(sheet),
                spills=_filled_cells(sheet),
                hidden_rows=rows,
                hidden_columns=columns,
            )

    def extent(self, sheet: xw.Sheet) -> str | None:
        """The smallest range that holds values or formulas, of the range that Excel calls used."""
        with refused("to say which cells are in use", lambda: sheet.name):
            used = sheet.used_range
            area = _area(used)
            formulas = used.formula2
        if isinstance(formulas, str):
            rows: Sequence[Sequence[object]] = [[formulas]]
        else:
            rows = [row if isinstance(row, list | tuple) else [row] for row in formulas]
            if area.n_rows == 1 and len(rows) > 1:  # one row comes as a flat list
                rows = [[cell for row in rows for cell in row]]
        held = [
            (area.first_row + i, area.first_column + k)
            for i, row in enumerate(rows)
            for k, cell in enumerate(row)
            if cell not in ("", None)
        ]
        if not held:
            return None
        lines, columns = zip(*held, strict=True)
        return CellRange(min(lines), min(columns), max(lines), max(columns)).address

    def number_formats(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[str | None]:
        """The number format of each range; None where its cells differ."""
        with refused("to say how numbers are shown", lambda: sheet.name):
            return [sheet.range(address).number_format for address in ranges]

    def prefixes(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[bool | None]:
        """Not told: an apostrophe before a text is not kept when the cell is put back."""
        return [False for _ in ranges]

    # -- sheets and workbooks --------------------------------------------------------------------

    def tables(self, book: xw.Book) -> list[ExcelTable]:
        """The Excel tables of all sheets."""
        with refused("to list tables", lambda: book.name):
            return [_table(table, sheet.name) for sheet in book.sheets for table in sheet.tables]

    def pivot_tables(self, sheet: xw.Sheet) -> list[tuple[str, str]]:
        """The pivot tables, without their page fields; none where the engine knows of none."""
        with suppress(AttributeError, *refusals()):
            return [(table.name, _area(table.range).address) for table in sheet.pivot_tables]
        return []

    def names(self, book: xw.Book) -> list[NameEntry]:
        """All defined names; which are hidden is not told."""
        from xlportfolio.workbook.container.opc import NameEntry

        with refused("to list defined names", lambda: book.name):
            return [
                NameEntry(bare, str(name.refers_to or "#REF!").removeprefix("="), sheet, False)
                for name in book.names
                for sheet, bare in [split_name(name.name)]
            ]

    def is_protected(self, sheet: xw.Sheet) -> bool:
        """Not told: Excel refuses the write itself."""
        return False

    def is_filtered(self, sheet: xw.Sheet) -> bool:
        """Whether a table of the sheet is filtered; of a filter on plain cells nothing is told."""
        with suppress(*refusals()):
            return any(bool(table.autofilter.criteria) for table in sheet.tables)
        return False

    def structure_is_protected(self, book: xw.Book) -> bool:
        """Not told: Excel refuses a new sheet itself."""
        return False

    def uses_1904(self, book: xw.Book) -> bool:
        """Whether dates count from 1904, as the file says; no for a workbook that is not saved."""
        from xlportfolio.workbook.container.opc import WorkbookIndex
        from xlportfolio.workbook.container.package import Package
        from xlportfolio.workbook.live.address import address_of

        with suppress(WorkbookError, OSError, *refusals()):
            package = Package(address_of(book))
            try:
                return WorkbookIndex(package).date1904
            finally:
                package.close()
        return False

    # -- marks -----------------------------------------------------------------------------------

    def marks(self, book: xw.Book) -> dict[str, str]:
        """The sheets of ours by the names that are local to them."""
        from xlportfolio.workbook.rendering.marks import MARK

        with refused("to list defined names", lambda: book.name):
            sheets = {sheet.name.casefold(): sheet.name for sheet in book.sheets}
            found = {}
            for name in book.names:
                local_to, bare = split_name(name.name)
                if local_to is None or bare.casefold() != MARK:
                    continue
                text = marked_text(name.refers_to)
                if local_to.casefold() in sheets and text is not None:
                    found[sheets[local_to.casefold()]] = text
        return {name: found[name] for name in sheets.values() if name in found}

    def set_mark(self, sheet: xw.Sheet, text: str) -> None:
        """Mark a sheet as ours with a name of its own, which people see in the name manager."""
        from xlportfolio.workbook.rendering.marks import MARK

        with refused("to add a name", lambda: sheet.name):
            sheet.names.add(MARK, mark_formula(text))

    def set_memory(self, sheet: xw.Sheet, names: Mapping[str, str]) -> None:
        """Have names of a sheet remember what was written; people see them in the name manager."""
        from xlportfolio.workbook.rendering.remembered import PREFIX

        with refused("to add names", lambda: sheet.name):
            wanted = {name.casefold() for name in names}
            for one in list(sheet.names):
                bare = split_name(one.name)[1].casefold()
                if bare.startswith(PREFIX) and bare not in wanted:
                    one.delete()
            for name, text in names.items():
                sheet.names.add(name, "=" + text)

    # -- sheets of ours --------------------------------------------------------------------------

    def empty(self, sheet: xw.Sheet) -> None:
        """Take everything off a sheet of ours that the public API can take off."""
        with refused("to empty a sheet", lambda: sheet.name):
            for chart in list(sheet.charts):
                chart.delete()
            cells = sheet.cells
            cells.unmerge()
            for take_off in (cells.data_validation.delete, cells.conditional_formats.clear):
                with suppress(*refusals()):  # clearing takes them along, by Excel's own page
                    take_off()
            cells.clear()
            cells.row_height, cells.column_width = _USUAL_HEIGHT, _USUAL_WIDTH
            left = [table.name for table in sheet.tables]
        if left:
            raise WorkbookError(
                f'Table "{left[0]}" could not be taken off sheet "{sheet.name}" by the means of '
                "this Excel; right-click it, choose Table > Convert to Range, and try again."
            )

    def copy_cells(self, source: xw.Sheet, target: xw.Sheet) -> None:
        """Copy all cells, and give the tables their names again."""
        with refused("to copy a sheet", lambda: target.name):
            source.cells.copy(target.range("A1"))
            for chart in list(target.charts):
                chart.delete()
            names = {_area(table.range): table.name for table in source.tables}
            for table in target.tables:
                name = names.get(_area(table.range), table.name)
                if name != table.name:
                    with suppress(*refusals()):  # taken in this workbook
                        table.name = name

    def set_view(self, sheet: xw.Sheet, description: SheetDescription) -> None:
        """Freeze panes, gridlines and the print area, where the engine can; the rest stays."""
        with suppress(*refusals()):
            _freeze(sheet, description.freeze)
        with suppress(ValueError, *refusals()):  # a hidden sheet shows no gridlines
            sheet.show_gridlines = description.gridlines
        areas = description.print_setup.areas if description.print_setup else ()
        with suppress(*refusals()):
            sheet.page_setup.print_area = ",".join(area.address for area in areas) or None

    def described(self, sheet: xw.Sheet) -> SheetDescription:
        """Gridlines and print area; panes and charts are not told."""
        gridlines, areas = True, ""
        with suppress(ValueError, *refusals()):
            gridlines = bool(sheet.show_gridlines)
        with suppress(*refusals()):
            areas = sheet.page_setup.print_area or ""
        prints = tuple(CellRange.parse(area) for area in areas.split(",") if area)
        setup = PrintSetup(areas=prints) if prints else None
        return SheetDescription(sheet.name, {}, print_setup=setup, gridlines=gridlines)

    def draw_charts(self, sheet: xw.Sheet, charts: Sequence[Chart]) -> list[str]:
        """Draw the charts whose values stand in adjoining columns; a sentence for each other."""
        if not charts:
            return []
        from xlportfolio.workbook.live.public_charts import draw_charts

        with refused("to draw charts", lambda: sheet.name):
            return draw_charts(sheet, charts)

    def show(self, sheet: xw.Sheet) -> None:
        """Bring a sheet to the front."""
        with refused("to show a sheet", lambda: sheet.name):
            sheet.select()

    # -- the program -----------------------------------------------------------------------------

    def save_copy(self, book: xw.Book, path: Path) -> None:
        """Refused: the public API saves a workbook under another name only by renaming it.

        Raises
        ------
        WorkbookError
            Always.
        """
        raise WorkbookError(
            f'A copy of "{book.name}" cannot be saved as "{path.name}" from here: there is no '
            "way that leaves the workbook its own name; use File > Save a Copy."
        )

    def escape_is_pressed(self) -> bool:
        """Not told."""
        return False


def _area(cells: Any) -> CellRange:
    return CellRange.parse(str(cells.address).partition(",")[0])


def _hidden_lines(sheet: xw.Sheet, extent: str | None) -> tuple[frozenset[int], frozenset[int]]:
    """The hidden rows and columns: these have no height or width, None where theirs differ."""
    from xlportfolio.workbook.live.halving import lines

    if extent is None:
        return frozenset(), frozenset()
    area = CellRange.parse(extent)
    rows = lines(
        area.first_row,
        area.last_row,
        lambda first, last: _is_nothing(sheet.range(f"{first}:{last}").row_height),
    )
    columns = lines(
        area.first_column,
        area.last_column,
        lambda first, last: _is_nothing(
            sheet.range(f"{column_letter(first)}:{column_letter(last)}").column_width
        ),
    )
    return frozenset(rows), frozenset(columns)


def _merged_areas(sheet: xw.Sheet) -> tuple[str, ...]:
    from xlportfolio.workbook.live.halving import areas

    return tuple(
        area.address
        for area in areas(
            _area(sheet.used_range),
            lambda part: sheet.range(part.address).merge_cells is not False,
            lambda cell: _area(sheet.range(cell.address).merge_area),
        )
    )


def _filled_cells(sheet: xw.Sheet) -> tuple[str, ...]:
    """The cells of array formulas, one by one: how far each reaches is not told, nor spills."""
    from xlportfolio.workbook.live.halving import areas

    return tuple(
        area.address
        for area in areas(
            _area(sheet.used_range),
            lambda part: sheet.range(part.address).has_array is not False,
            lambda cell: cell,
        )
    )


def _is_nothing(size: float | None) -> bool | None:
    return None if size is None else size == 0


def _holds_dates(rows: Sequence[Sequence[object]]) -> bool:
    return any(isinstance(value, date) for row in rows for value in row)


def _stored(value: object, shift: int) -> object:
    """A value as it is stored: a date as its serial, an error as its code."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _DAY_0).total_seconds() / 86_400 - shift
    if isinstance(value, date):
        return float((value - _DAY_0.date()).days - shift)
    if isinstance(value, str):
        return _ERROR_CODES.get(value, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _table(table: Any, sheet: str) -> ExcelTable:
    from xlportfolio.workbook.protocol import ExcelTable

    has_header = bool(table.show_headers)
    if has_header:
        found = table.header_row_range.options(ndim=1).value
    else:
        found = [column.name for column in table.columns]
    headers = tuple("" if header is None else str(header) for header in found)
    totals = int(bool(table.show_totals))
    return ExcelTable(table.name, sheet, _area(table.range), headers, int(has_header), totals)


def _freeze(sheet: Any, freeze: str | None) -> None:
    row, column = parse_cell(freeze) if freeze else (1, 1)
    if (row, column) == (1, 1):
        sheet.freeze_panes.unfreeze()
    elif column == 1:
        sheet.freeze_panes.freeze_at(f"1:{row - 1}")
    else:
        last = cell_address(max(row - 1, 1), column - 1)
        whole = f"A:{last.rstrip('0123456789')}"
        sheet.freeze_panes.freeze_at(whole if row == 1 else f"A1:{last}")
