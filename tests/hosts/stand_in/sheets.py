"""The worksheets of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.formulas import follow_sheet, lose_table, renamed
from tests.hosts.stand_in.model import (
    HIDDEN,
    VERY_HIDDEN,
    VISIBLE,
    WHOLE_SHEET,
    BookModel,
    NameModel,
    SheetModel,
)
from xlportfolio.workbook.references import CellRange, quote_sheet

if TYPE_CHECKING:
    from tests.hosts.stand_in.engine import Book

_VISIBILITY = {VISIBLE: -1, HIDDEN: 0, VERY_HIDDEN: 2}
_NOT_IN_SHEET_NAMES = set("\\/?*[]:")


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
        for more in range(1, model.n_selected):  # page excel.sheets.add: Count
            model.sheets.insert(at, SheetModel(f"Sheet{number + more}"))
        is_last = at + model.n_selected == len(model.sheets) and before is None
        if is_last and at and model.sheets[at - 1].visible == VERY_HIDDEN:
            # xlwings adds before the last sheet, and moves that one.
            model.sheets.insert(at, model.sheets.pop(at - 1))
            raise ComError("Move method of Worksheet class failed")
        model.active, model.n_selected = model.sheets.index(new), 1
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
        self._book._model.n_selected = 1

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
        if model.visible == VERY_HIDDEN:
            raise ComError("Delete method of Worksheet class failed")
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
