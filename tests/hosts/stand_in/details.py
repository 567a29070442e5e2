"""What is asked of Excel beyond the public API of xlwings, answered by the stand-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.copying import copy_sheet_cells, empty_sheet
from tests.hosts.stand_in.formulas import renamed, unlist_table
from tests.hosts.stand_in.model import (
    PLAIN_LINE,
    VISIBLE,
    BookModel,
    ChartModel,
    ErrorValue,
    NameModel,
    SheetModel,
    TableModel,
    View,
    around,
)
from tests.hosts.stand_in.printing import print_area, set_print_names
from tests.hosts.stand_in.saving import saved
from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.description import Chart, PrintSetup, SheetDescription
from xlportfolio.workbook.live.details import Layout
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

if TYPE_CHECKING:
    import xlwings as xw

    from tests.hosts.stand_in.excel import StandIn

_MARK = "_xlportfolio"
_PAPERS = {"A3": "8", "A4": "9"}


@asked_of_excel
class StandInDetails:
    """`ExcelDetails` of the stand-in: each method is one host call."""

    def __init__(self, excel: StandIn) -> None:
        self._excel, self._calls = excel, excel.calls

    def values(self, cells: xw.Range) -> list[list[object]]:
        """The values as stored: dates are serials, an error is its code."""
        model, area = cells.impl._sheet._model, cells.impl._area
        values = model.values
        columns = range(area.first_column, area.last_column + 1)

        def kept(value: object) -> object:
            return value.code if type(value) is ErrorValue else value

        return [
            [kept(values.get((row, column))) for column in columns]
            for row in range(area.first_row, area.last_row + 1)
        ]

    def layout(self, sheet: xw.Sheet) -> Layout:
        """What lies over the cells of a sheet."""
        model: SheetModel = sheet.impl._model
        area = around(model.values, model.formulas)
        rows = range(area.first_row, area.last_row + 1) if area else ()
        columns = range(area.first_column, area.last_column + 1) if area else ()
        return Layout(
            area and area.address,
            model.visible == VISIBLE,
            tuple(merge.address for merge in model.merges),
            tuple(
                one.range.address
                for one in model.arrays
                if one.range.n_rows * one.range.n_columns > 1
            ),
            frozenset(one for one in rows if model.rows.get(one, PLAIN_LINE).hidden),
            frozenset(one for one in columns if model.columns.get(one, PLAIN_LINE).hidden),
            bool(model.formulas or model.arrays),
        )

    def extent(self, sheet: xw.Sheet) -> str | None:
        """The smallest range that holds all values and formulas."""
        model: SheetModel = sheet.impl._model
        area = around(model.values, model.formulas)
        return area and area.address

    def tables(self, book: xw.Book) -> list[ExcelTable]:
        """The tables of all sheets, in the order of the sheets."""
        return [
            ExcelTable(
                table.name,
                sheet.name,
                table.range,
                table.columns,
                table.header_rows,
                table.totals_rows,
            )
            for sheet in book.impl._model.sheets
            for table in sheet.tables
        ]

    def pivot_tables(self, sheet: xw.Sheet) -> list[tuple[str, str]]:
        """The pivot tables of a sheet, which a test has put there."""
        return [(name, area.address) for name, area in sheet.impl._model.pivot_tables]

    def names(self, book: xw.Book) -> list[NameEntry]:
        """All defined names under their bare names."""
        return [
            NameEntry(name.name, name.text, name.sheet and name.sheet.name, name.hidden)
            for name in sorted(book.impl._model.names, key=lambda name: name.said.casefold())
        ]

    def number_formats(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[str | None]:
        """The number format of each range; None where its cells differ."""
        self._calls.in_one("ExcelDetails.number_formats", len(ranges))
        return [_common([part.number_format for part in _areas(sheet, one)]) for one in ranges]

    def prefixes(self, sheet: xw.Sheet, ranges: Sequence[str]) -> list[bool | None]:
        """Whether the cells of each range carry an apostrophe; None where they differ."""
        self._calls.in_one("ExcelDetails.prefixes", len(ranges))
        return [
            _common([part._same(lambda style: style.quote_prefix) for part in _areas(sheet, one)])
            for one in ranges
        ]

    def is_protected(self, sheet: xw.Sheet) -> bool:
        """Whether the cells of a sheet are protected."""
        return bool(sheet.impl._model.is_protected)

    def is_filtered(self, sheet: xw.Sheet) -> bool:
        """Whether a filter hides rows of a sheet."""
        return bool(sheet.impl._model.is_filtering)

    def structure_is_protected(self, book: xw.Book) -> bool:
        """Whether no sheet may be added, renamed or taken out."""
        return bool(book.impl._model.structure_is_protected)

    def uses_1904(self, book: xw.Book) -> bool:
        """Whether dates count from 1904."""
        return bool(book.impl._model.uses_1904)

    def marks(self, book: xw.Book) -> dict[str, str]:
        """The sheets of ours by name, in the order of the workbook, with what their marks say."""
        model: BookModel = book.impl._model
        said = {
            id(name.sheet): _literal(name.text)
            for name in model.names
            if name.sheet is not None and name.name.casefold() == _MARK
        }
        return {sheet.name: said[id(sheet)] for sheet in model.sheets if id(sheet) in said}

    def set_mark(self, sheet: xw.Sheet, text: str) -> None:
        """Mark a sheet with a hidden name of its own."""
        book, model = sheet.impl._book._model, sheet.impl._model
        book.names = [
            name for name in book.names if name.sheet is not model or name.name.casefold() != _MARK
        ]
        book.names.append(NameModel(_MARK, '"' + text.replace('"', '""') + '"', model, hidden=True))

    def set_memory(self, sheet: xw.Sheet, names: Mapping[str, str]) -> None:
        """Have hidden names of a sheet remember what was written, and none but these."""
        book, model = sheet.impl._book._model, sheet.impl._model
        book.names = [
            name
            for name in book.names
            if name.sheet is not model or not name.name.casefold().startswith(f"{_MARK}_")
        ]
        book.names += [NameModel(name, text, model, hidden=True) for name, text in names.items()]

    def empty(self, sheet: xw.Sheet) -> None:
        """Take everything off a sheet and keep the sheet."""
        model, book = sheet.impl._model, sheet.impl._book._model
        changing.require_unprotected(model)
        for table in model.tables:
            unlist_table(book, model, table)
        model.tables = []
        empty_sheet(model)

    def copy_cells(self, source: xw.Sheet, target: xw.Sheet) -> None:
        """Copy all cells of a sheet onto another, empty one, of another workbook, too."""
        origin, goal = source.impl._model, target.impl._model
        changing.require_unprotected(goal)
        if goal.tables or goal.merges:
            raise ComError("To do this, all the merged cells need to be the same size.")
        copy_sheet_cells(origin, goal)
        book = target.impl._book._model
        goal.tables = []
        for table in origin.tables:
            goal.tables.append(replace(table, name=_free_table_name(book, table)))
        self._lead_home(origin, source.impl._book._model, goal, book)

    def _lead_home(
        self, origin: SheetModel, from_book: BookModel, goal: SheetModel, book: BookModel
    ) -> None:
        """References to other sheets lead back to the workbook that they were copied from."""
        if from_book is book:
            return
        for at, formula in goal.formulas.items():
            for other in from_book.sheets:
                if other is not origin:
                    away = f"[{from_book.name}]{other.name}"
                    formula = renamed(formula, other.name, away)
            goal.formulas[at] = formula

    def set_view(self, sheet: xw.Sheet, description: SheetDescription) -> None:
        """Freeze panes, zoom, gridlines, tab colour and how the sheet prints."""
        model, setup = sheet.impl._model, description.print_setup
        view = replace(
            model.view,
            freeze=description.freeze,
            zoom=description.zoom,
            gridlines=description.gridlines,
            tab_colour=description.tab_colour,
        )
        if setup is not None:
            rows = setup.repeat_rows
            view = replace(
                view,
                paper=_PAPERS[setup.paper],
                orientation="landscape" if setup.landscape else "portrait",
                fit=(1, 1 if setup.fit_height else 0) if setup.fit_width else None,
                repeat_rows=f"${rows[0]}:${rows[1]}" if rows else None,
                area=print_area(model.name, setup.areas),
                header=setup.header,
                footer=setup.footer,
            )
        model.view = view
        set_print_names(sheet.impl._book._model, model)

    def described(self, sheet: xw.Sheet) -> SheetDescription:
        """The view of a sheet, how it prints, and the charts that were drawn on it."""
        model: SheetModel = sheet.impl._model
        view = model.view
        return SheetDescription(
            model.name,
            {},
            freeze=view.freeze,
            zoom=view.zoom,
            gridlines=view.gridlines,
            tab_colour=view.tab_colour,
            print_setup=_print_setup(view),
            charts=tuple(one.described for one in model.charts if one.described is not None),
        )

    def draw_charts(self, sheet: xw.Sheet, charts: Sequence[Chart]) -> list[str]:
        """Draw charts on a sheet that has none: they are kept as they are described."""
        model = sheet.impl._model
        changing.require_unprotected(model)
        if model.charts:
            raise AssertionError(f'"{model.name}" has charts already.')
        for number, chart in enumerate(charts, 1):
            model.charts.append(ChartModel(f"Chart {number}", chart, repr(chart)))
        return []

    def show(self, sheet: xw.Sheet) -> None:
        """Bring a visible sheet to the front, and its workbook; it alone is selected then."""
        sheet.impl._book.activate()
        sheet.impl.select()

    def save_copy(self, book: xw.Book, path: Path) -> None:
        """Save a copy as the book is now."""
        saved(book.impl._model, Path(path), self._excel.app.impl._switches["calculation"])

    def escape_is_pressed(self) -> bool:
        """Whether the person presses Esc: what the script says."""
        return self._excel.presses_escape()


def _areas(sheet: xw.Sheet, address: str) -> list[Any]:
    """The areas of a range."""
    return [sheet.impl._range(CellRange.parse(part)) for part in address.split(",")]


def _common(answers: list[Any]) -> Any:
    """What all areas of a range answer; None where they differ."""
    return answers[0] if all(answer == answers[0] for answer in answers) else None


def _print_setup(view: View) -> PrintSetup | None:
    if view.paper is None:
        return None
    rows = view.repeat_rows
    return PrintSetup(
        paper="A4" if view.paper == _PAPERS["A4"] else "A3",
        landscape=view.orientation == "landscape",
        fit_width=view.fit is not None,
        repeat_rows=_rows(rows) if rows else None,
        header=view.header,
        footer=view.footer,
        fit_height=view.fit is not None and view.fit[1] == 1,
        areas=tuple(
            CellRange.parse(one.rpartition("!")[2]) for one in (view.area or "").split(",") if one
        ),
    )


def _rows(text: str) -> tuple[int, int]:
    rows = CellRange.parse(text)
    return rows.first_row, rows.last_row


def _literal(text: str) -> str:
    text = text.strip().removeprefix("=")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _free_table_name(book: BookModel, table: TableModel) -> str:
    name, number = table.name, 1
    while book.table(name) is not None:
        name = f"{table.name}{number}"
        number += 1
    return name
