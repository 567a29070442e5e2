"""Excel behind the public API of xlwings: the application, its workbooks and their sheets."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.formulas import follow_sheet, lose_table
from tests.hosts.stand_in.loading import load
from tests.hosts.stand_in.model import (
    ERROR_CODES,
    HIDDEN,
    VERY_HIDDEN,
    VISIBLE,
    WHOLE_SHEET,
    BookModel,
    NameModel,
    SheetModel,
)
from tests.hosts.stand_in.saving import save
from xlportfolio.workbook.references import CellRange, quote_sheet

if TYPE_CHECKING:
    from tests.hosts.stand_in.excel import StandIn

_PROCESS = itertools.count(70_001)
_TEXT_OF_ERROR = {code: text for text, code in ERROR_CODES.items()}
_VISIBILITY = {VISIBLE: -1, HIDDEN: 0, VERY_HIDDEN: 2}
_NOT_IN_SHEET_NAMES = set("\\/?*[]:")


class Engine:
    """What xlwings calls an engine; its values go and come as those of pywin32 do."""

    name, type = "stand-in", "desktop"

    def __init__(self, excel: StandIn) -> None:
        self.apps = Apps(excel)

    @staticmethod
    def prepare_xl_data_element(value: Any, _options: Any) -> Any:
        """A value as xlwings hands it over to Excel on Windows."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        if type(value).__module__ == "numpy" and hasattr(value, "item"):
            return value.item()
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value

    @staticmethod
    def clean_value_data(
        data: Any, dates: Any, empty_as: Any, numbers: Any, err_to_str: bool
    ) -> list[list[Any]]:
        """Values as xlwings cleans them on Windows."""

        def cleaned(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, datetime):
                parts = (value.year, value.month, value.day)
                if dates is date:
                    return date(*parts)
                time = {one: getattr(value, one) for one in ("hour", "minute", "second")}
                year, month, day = parts
                return dates(
                    year=year,
                    month=month,
                    day=day,
                    **time,
                    microsecond=value.microsecond,
                    tzinfo=None,
                )
            if numbers is not None and isinstance(value, float):
                return numbers(value)
            if type(value) is int and value in _TEXT_OF_ERROR:
                return _TEXT_OF_ERROR[value] if err_to_str else None
            return float(value) if isinstance(value, Decimal) else value

        if not isinstance(data, list | tuple):
            data = ((data,),)
        return [[cleaned(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    """The one Excel that runs."""

    def __init__(self, excel: StandIn) -> None:
        self._excel, self._calls = excel, excel.calls
        self._apps: list[App] = []

    def keys(self) -> list[int]:
        return [app.pid for app in self._apps]

    def add(
        self, spec: object = None, add_book: bool = True, xl: object = None, visible: object = None
    ) -> App:
        app = App(self._excel)
        self._apps.insert(0, app)
        if add_book:
            app.books.add()
        return app

    def __iter__(self) -> Iterator[App]:
        return iter(list(self._apps))

    def __len__(self) -> int:
        return len(self._apps)

    def __getitem__(self, pid: int) -> App:
        return next(app for app in self._apps if app.pid == pid)


def _switch(name: str) -> property:
    """A switch of the application, such as ScreenUpdating; what was set is remembered."""

    def read(self: App) -> Any:
        return self._switches[name]

    def write(self: App, value: Any) -> None:
        self._excel.changed_switches.append((name, value))
        self._switches[name] = value

    return property(read, write)


@asked_of_excel
class App(base_classes.App):
    """The application: its switches, its workbooks, and the person in front of it."""

    api: Any = True
    version, hwnd, path, startup_path = "16.0", 1, "", ""
    visible = _switch("visible")
    screen_updating = _switch("screen_updating")
    display_alerts = _switch("display_alerts")
    enable_events = _switch("enable_events")
    interactive = _switch("interactive")
    status_bar = _switch("status_bar")
    cut_copy_mode = _switch("cut_copy_mode")

    def __init__(self, excel: StandIn) -> None:
        self._excel, self._calls = excel, excel.calls
        self._pid = next(_PROCESS)
        self._books: list[Book] = []
        self._made = 0
        self._switches: dict[str, Any] = {
            "visible": True,
            "screen_updating": True,
            "display_alerts": True,
            "enable_events": True,
            "interactive": True,
            "calculation": "automatic",
            "status_bar": False,
            "cut_copy_mode": None,
        }

    @property
    def calculation(self) -> str:
        self._require_book()
        return str(self._switches["calculation"])

    @calculation.setter
    def calculation(self, value: str) -> None:
        self._require_book()
        if value not in ("automatic", "manual", "semiautomatic"):
            raise KeyError(value)
        self._excel.changed_switches.append(("calculation", value))
        self._switches["calculation"] = value

    def _require_book(self) -> None:
        if not self._books:
            raise ComError("Unable to get the Calculation property of the Application class")

    @property
    def engine(self) -> Engine:
        return self._excel.engine

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Any:
        if not self._books:
            return None
        sheet = self._excel.active_book.sheets.active
        return sheet._range(sheet._model.selected)

    def activate(self, steal_focus: bool = False) -> None:
        """Excel is in front already."""

    def calculate(self) -> None:
        self._excel.calculations += 1

    def quit(self) -> None:
        self._books.clear()

    def kill(self) -> None:
        self._books.clear()

    def run(self, macro: str, args: Any) -> Any:
        return self._excel.macros[macro](*args)

    def alert(self, prompt: Any, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        return self._excel.alerts.answer(prompt, title, buttons or "ok", mode)


@asked_of_excel
class Books(base_classes.Books):
    """The open workbooks; the active one is in front."""

    api: Any = True

    def __init__(self, app: App) -> None:
        self._calls = app._calls
        self.app = app

    @property
    def active(self) -> Book:
        if not self.app._books:
            raise ComError("There is no active workbook.")
        return self.app._excel.active_book

    def __call__(self, key: int | str) -> Book:
        if isinstance(key, str):
            for book in self.app._books:
                if book._model.name.casefold() == key.casefold():
                    return book
            raise KeyError(key)
        return self.app._books[key - 1]

    def __len__(self) -> int:
        return len(self.app._books)

    def __contains__(self, key: str) -> bool:
        return any(book._model.name.casefold() == key.casefold() for book in self.app._books)

    def __iter__(self) -> Iterator[Book]:
        return self._calls.each("Books.item", list(self.app._books))

    def add(self) -> Book:
        self.app._made += 1
        model = BookModel(f"Book{self.app._made}", sheets=[SheetModel("Sheet1")])
        return self._opened(model)

    def open(
        self, fullname: str, update_links: object = None, read_only: object = None, *_: object
    ) -> Book:
        path = Path(fullname)
        try:
            model = load(path)
        except Exception as error:
            raise ComError(
                "Excel cannot open the file because the file format or file extension is not "
                f"valid: {path.name}"
            ) from error
        model.is_read_only = bool(read_only)
        if update_links is None and _has_links(model):
            self.app._excel.alerts.answer("This workbook contains links.", None, "yes_no", None)
        return self._opened(model)

    def _opened(self, model: BookModel) -> Book:
        book = Book(self.app, model)
        self.app._books.append(book)
        self.app._excel.active_book = book
        return book


def _has_links(model: BookModel) -> bool:
    """Whether formulas lead to other workbooks."""
    return any(
        re.search(r"\[[^\[\]]+\][^\[\]]*!", text)
        for sheet in model.sheets
        for text in sheet.formulas.values()
    )


@asked_of_excel
class Book(base_classes.Book):
    """A workbook."""

    api: Any = True

    def __init__(self, app: App, model: BookModel) -> None:
        self._calls, self._app, self._model = app._calls, app, model
        self._sheets: dict[int, Sheet] = {}

    def _sheet(self, model: SheetModel) -> Sheet:
        if id(model) not in self._sheets:
            self._sheets[id(model)] = Sheet(self, model)
        return self._sheets[id(model)]

    def _require_open_structure(self) -> None:
        if self._model.structure_is_protected:
            raise ComError("Workbook is protected and cannot be changed.")

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def fullname(self) -> str:
        return self._model.path or self._model.name

    @property
    def app(self) -> App:
        return self._app

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Any:
        from tests.hosts.stand_in.names import Names

        return Names(self, None)

    def activate(self) -> None:
        self._app._excel.active_book = self

    def close(self) -> None:
        self._app._books.remove(self)
        if self._app._excel.active_book is self and self._app._books:
            self._app._excel.active_book = self._app._books[-1]

    def save(self, path: str | None = None, password: str | None = None) -> None:
        if path is None and self._model.is_read_only:
            raise ComError(f"Cannot access read-only document '{self._model.name}'.")
        target = Path(path or self._model.path or f"{self._model.name}.xlsx").resolve()
        save(self._model, target)
        self._model.path, self._model.name = str(target), target.name
        self._app._excel.saves.append(target)


@asked_of_excel
class Sheets(base_classes.Sheets):
    """The worksheets of a workbook."""

    api: Any = True

    def __init__(self, book: Book) -> None:
        self._calls, self._book = book._calls, book

    @property
    def active(self) -> Sheet:
        model = self._book._model
        return self._book._sheet(model.sheets[model.active])

    def __call__(self, key: int | str) -> Sheet:
        model = self._book._model
        if isinstance(key, str):
            found = model.sheet(key)
            if found is None:
                raise ComError("Invalid index.")
            return self._book._sheet(found)
        if not 1 <= key <= len(model.sheets):
            raise ComError("Invalid index.")
        return self._book._sheet(model.sheets[int(key) - 1])

    def __len__(self) -> int:
        return len(self._book._model.sheets)

    def __contains__(self, key: str) -> bool:
        return self._book._model.sheet(key) is not None

    def __iter__(self) -> Iterator[Sheet]:
        book = self._book
        return self._calls.each("Sheets.item", [book._sheet(one) for one in book._model.sheets])

    def add(
        self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None
    ) -> Sheet:
        book, model = self._book, self._book._model
        book._require_open_structure()
        number = 1
        while model.sheet(f"Sheet{number}") is not None:
            number += 1
        if before is not None:
            at = model.sheets.index(before._model)
        elif after is not None:
            at = model.sheets.index(after._model) + 1
        else:
            at = model.active
        new = SheetModel(f"Sheet{number}")
        model.sheets.insert(at, new)
        model.active = at
        sheet = book._sheet(new)
        if name is not None:
            sheet.name = name
        return sheet


@asked_of_excel
class Sheet(base_classes.Sheet):
    """A worksheet."""

    api: Any = True

    def __init__(self, book: Book, model: SheetModel) -> None:
        self._calls, self._book, self._known = book._calls, book, model

    @property
    def _model(self) -> SheetModel:
        if self._known.is_deleted:
            raise ComError("The object invoked has disconnected from its clients.")
        return self._known

    def _range(self, area: CellRange) -> Any:
        from tests.hosts.stand_in.cells import Range

        return Range(self, area)

    @property
    def name(self) -> str:
        return self._model.name

    @name.setter
    def name(self, value: str) -> None:
        book = self._book._model
        self._book._require_open_structure()
        other = book.sheet(value)
        if (other is not None and other is not self._model) or not 0 < len(value) <= 31:
            raise ComError("That name is already taken. Try a different one.")
        if set(value) & _NOT_IN_SHEET_NAMES or value[0] == "'" or value[-1] == "'":
            raise ComError("The name that you entered is not valid.")
        follow_sheet(book, self._model.name, value)
        self._model.name = value

    @property
    def book(self) -> Book:
        return self._book

    @property
    def index(self) -> int:
        return self._book._model.sheets.index(self._model) + 1

    @property
    def names(self) -> Any:
        from tests.hosts.stand_in.names import Names

        return Names(self._book, self._model)

    @property
    def visible(self) -> int:
        return _VISIBILITY[self._model.visible]

    @visible.setter
    def visible(self, value: int | bool) -> None:
        self._book._require_open_structure()
        visible = {0: HIDDEN, 2: VERY_HIDDEN}.get(int(value), VISIBLE)
        if visible != VISIBLE:
            self._require_another_visible()
        self._model.visible = visible

    def _require_another_visible(self) -> None:
        others = [one for one in self._book._model.sheets if one is not self._model]
        if self._model.visible == VISIBLE and all(one.visible != VISIBLE for one in others):
            raise ComError("A workbook must contain at least one visible worksheet.")

    @property
    def cells(self) -> Any:
        return self._range(WHOLE_SHEET)

    @property
    def used_range(self) -> Any:
        return self._range(self._model.used_range())

    def range(self, first: Any, second: Any = None) -> Any:
        area = self._area(first)
        if second is not None:
            other = self._area(second)
            area = CellRange(
                min(area.first_row, other.first_row),
                min(area.first_column, other.first_column),
                max(area.last_row, other.last_row),
                max(area.last_column, other.last_column),
            )
        return self._range(area)

    def _area(self, given: Any) -> CellRange:
        from tests.hosts.stand_in.names import area_of

        if hasattr(given, "_area"):
            return given._area  # type: ignore[no-any-return]
        if isinstance(given, tuple):
            row, column, *shape = given
            if row < 1 or column < 1:
                raise IndexError(
                    "Attempted to access 0-based Range. xlwings/Excel Ranges are 1-based."
                )
            rows, columns = shape or (1, 1)
            return CellRange(row, column, row + rows - 1, column + columns - 1)
        return area_of(self._book._model, self._model, given)

    def activate(self) -> None:
        if self._model.visible != VISIBLE:
            raise ComError("Activate method of Worksheet class failed")
        self._book._model.active = self._book._model.sheets.index(self._model)

    def select(self) -> None:
        self.activate()

    def clear(self) -> None:
        self.cells.clear()

    def clear_contents(self) -> None:
        self.cells.clear_contents()

    def clear_formats(self) -> None:
        self.cells.clear_formats()

    def autofit(self, axis: str | None = None) -> None:
        self.used_range.autofit(axis)

    def delete(self) -> None:
        book, model = self._book._model, self._model
        self._book._require_open_structure()
        self._require_another_visible()
        at = book.sheets.index(model)
        for table in model.tables:
            lose_table(book, table.name)
        del book.sheets[at]
        book.names = [name for name in book.names if name.sheet is not model]
        follow_sheet(book, model.name, None)
        book.active = min(book.active - (at < book.active), len(book.sheets) - 1)
        while book.sheets[book.active].visible != VISIBLE:
            book.active = (book.active + 1) % len(book.sheets)
        model.is_deleted = True

    def copy(self, before: Sheet | None, after: Sheet | None) -> None:
        beside = before or after
        assert beside is not None
        target = beside._book
        target._require_open_structure()
        model = self._model.copy()
        number, base = 2, self._model.name
        while target._model.sheet(model.name) is not None:
            model.name = f"{base[: 31 - len(f' ({number})')]} ({number})"
            number += 1
        at = target._model.sheets.index(beside._model) + (before is None)
        self._copy_tables(model, target._model)
        target._model.sheets.insert(at, model)
        target._model.active = at
        self._copy_references(model, target._model)

    def _copy_tables(self, model: SheetModel, target: BookModel) -> None:
        for number, table in enumerate(model.tables):
            name, count = table.name, 1
            while target.table(name) is not None:
                name = f"{table.name}{count}"
                count += 1
            model.tables[number] = replace(table, name=name)

    def _copy_references(self, model: SheetModel, target: BookModel) -> None:
        """Names of the sheet come along; in another workbook, references lead back to this one."""
        from tests.hosts.stand_in.formulas import renamed

        source = self._book._model
        own = [name for name in source.names if name.sheet is self._known]
        for name in own:
            text = renamed(name.text, self._known.name, model.name)
            target.names.append(NameModel(name.name, text, model, name.hidden))
        if target is source:
            return
        for at, formula in model.formulas.items():
            text = renamed(formula, self._known.name, model.name)
            for other in source.sheets:
                if other is not self._known:
                    text = text.replace(
                        f"{quote_sheet(other.name)}!", f"'[{source.name}]{other.name}'!"
                    )
            model.formulas[at] = text

    def move(self, before: Sheet | None, after: Sheet | None) -> None:
        self._book._require_open_structure()
        book = self._book._model
        active = book.sheets[book.active]
        book.sheets.remove(self._model)
        beside = before or after
        assert beside is not None
        book.sheets.insert(book.sheets.index(beside._model) + (before is None), self._model)
        book.active = book.sheets.index(active)

    @property
    def tables(self) -> Any:
        from tests.hosts.stand_in.tables import Tables

        return Tables(self)

    @property
    def charts(self) -> Any:
        from tests.hosts.stand_in.drawings import Charts

        return Charts(self)

    @property
    def notes(self) -> Any:
        from tests.hosts.stand_in.cells import Note

        return [Note(self, at) for at in self._model.notes]

    @property
    def show_gridlines(self) -> bool:
        return self._model.view.gridlines

    @show_gridlines.setter
    def show_gridlines(self, value: bool) -> None:
        self._model.view = replace(self._model.view, gridlines=bool(value))

    @property
    def page_setup(self) -> Any:
        from tests.hosts.stand_in.drawings import PageSetup

        return PageSetup(self)

    @property
    def freeze_panes(self) -> Any:
        from tests.hosts.stand_in.drawings import FreezePanes

        return FreezePanes(self)
