"""Excel behind the public API of xlwings: the application, its workbooks and their sheets."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from lxml.etree import XMLSyntaxError
from openpyxl.utils.exceptions import InvalidFileException
from xlwings import base_classes

from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.loading import load
from tests.hosts.stand_in.model import (
    ERROR_CODES,
    BookModel,
    SheetModel,
)
from tests.hosts.stand_in.saving import saved
from tests.hosts.stand_in.sheets import Sheet, Sheets

if TYPE_CHECKING:
    from tests.hosts.stand_in.excel import StandIn

_PROCESS = itertools.count(70_001)
_TEXT_OF_ERROR = {code: text for text, code in ERROR_CODES.items()}


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
        if self._excel.active_book is None or not self._books:
            return None
        sheet = self._excel.active_book.sheets.active
        return sheet._range(sheet._model.selected)

    def activate(self, steal_focus: bool = False) -> None:
        """Bring this Excel in front of others; xlwings then takes it for the active one."""
        self._excel.register()

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
        book = self.app._excel.active_book
        assert book is not None
        return book

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
        except (OSError, BadZipFile, InvalidFileException, XMLSyntaxError, KeyError) as error:
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
        if self not in self._app._books:
            raise ComError("The object invoked has disconnected from its clients.")
        self._app._books.remove(self)
        if self._app._excel.active_book is self and self._app._books:
            self._app._excel.active_book = self._app._books[-1]

    def save(self, path: str | None = None, password: str | None = None) -> None:
        if path is None and self._model.is_read_only:
            raise ComError(f"Cannot access read-only document '{self._model.name}'.")
        target = Path(path or self._model.path or f"{self._model.name}.xlsx").resolve()
        if any(
            one is not self and one._model.name.casefold() == target.name.casefold()
            for one in self._app._books
        ):
            raise ComError(
                "You cannot save this workbook with the same name as another open workbook."
            )
        saved(self._model, target, self._app._switches["calculation"])
        self._model.path, self._model.name = str(target), target.name
        self._app._excel.saves.append(target)
