"""Defined names, and what a text such as "B2:C9", "Rates" or "tbl[Cost]" stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.model import BookModel, NameModel, SheetModel, TableModel
from xlportfolio.errors import InputError
from xlportfolio.workbook.references import CellRange

if TYPE_CHECKING:
    from tests.hosts.stand_in.engine import Book

_NAME = re.compile(r"[^\W\d][\w.\\]*|\\[\w.\\]*")
_CELL_LIKE = re.compile(r"(?i)\$?[a-z]{1,3}\$?\d+|r\d*c\d*|r|c")
_STRUCTURED = re.compile(r"([^\W\d][\w.]*)(?:\[(?:\[([^\]]*)\]|([^\[\]]*))\])?")


def area_of(book: BookModel, sheet: SheetModel, text: str) -> CellRange:
    """The cells of a sheet that a text stands for, as in Range("...")."""
    place = text.rpartition("!")[2] if "!" in text else text
    try:
        return CellRange.parse(place)
    except InputError:
        pass
    for scope in (sheet, None):
        for name in book.names:
            if name.sheet is scope and name.name.casefold() == text.casefold():
                found = place_of(book, name.text)
                if found is not None:
                    return found[1]
    structured = _STRUCTURED.fullmatch(text)
    table = structured and book.table(structured[1])
    if structured and table:
        area = _part(table[1], structured[2] or structured[3])
        if area is not None:
            return area
    raise ComError("Method 'Range' of object '_Worksheet' failed")


def _part(table: TableModel, column: str | None) -> CellRange | None:
    if column == "#All":
        return table.range
    if column == "#Headers":
        return table.header
    body = table.body
    if not column or body is None:
        return body
    names = [one.casefold() for one in table.columns]
    if column.casefold() not in names:
        return None
    at = table.range.first_column + names.index(column.casefold())
    return CellRange(body.first_row, at, body.last_row, at)


def place_of(book: BookModel, text: str) -> tuple[SheetModel, CellRange] | None:
    """The cells that the text of a name stands for; None where it is no rectangle."""
    sheet_name, mark, cells = text.removeprefix("=").rpartition("!")
    if not mark:
        return None
    if sheet_name[:1] == sheet_name[-1:] == "'":
        sheet_name = sheet_name[1:-1].replace("''", "'")
    sheet = book.sheet(sheet_name)
    try:
        return (sheet, CellRange.parse(cells)) if sheet is not None else None
    except InputError:
        return None


@asked_of_excel
class Names(base_classes.Names):
    """The names of a workbook, those of its sheets among them, or those of one sheet."""

    api: Any = True

    def __init__(self, book: Book, sheet: SheetModel | None) -> None:
        self._calls, self._book, self._sheet = book._calls, book, sheet

    def _all(self) -> list[NameModel]:
        names = self._book._model.names
        if self._sheet is not None:
            names = [name for name in names if name.sheet is self._sheet]
        return sorted(names, key=lambda name: name.said.casefold())

    def _find(self, key: int | str) -> NameModel | None:
        names = self._all()
        if not isinstance(key, str):
            return names[int(key) - 1] if 1 <= key <= len(names) else None
        wanted = key.casefold()
        said = [name for name in names if name.said.casefold() == wanted]
        own = [
            name for name in names if name.name.casefold() == wanted and name.sheet is self._sheet
        ]
        return next(iter(said or own), None)

    def __call__(self, key: int | str) -> Name:
        found = self._find(key)
        if found is None:
            raise ComError("Application-defined or object-defined error")
        return Name(self._book, found)

    def snapshot(self) -> list[tuple[str, Name]]:
        """All names with their texts; xlwings asks Excel for each, and so it counts here."""
        found = [(name.said, Name(self._book, name)) for name in self._all()]
        return [self._calls.each_one("Names.snapshot.item", one) for one in found]

    def contains(self, key: int | str) -> bool:
        return self._find(key) is not None

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Name]:
        return iter([Name(self._book, name) for name in self._all()])

    def add(self, name: str, refers_to: str) -> Name:
        scope, mark, bare = name.rpartition("!")
        sheet = self._sheet
        if mark:
            sheet = self._book._model.sheet(scope.strip("'").replace("''", "'"))
        if not _NAME.fullmatch(bare) or _CELL_LIKE.fullmatch(bare):
            raise ComError("The syntax of this name isn't correct.")
        same = [
            one
            for one in self._book._model.names
            if one.sheet is sheet and one.name.casefold() == bare.casefold()
        ]
        if same:
            same[0].text = refers_to.removeprefix("=")
            return Name(self._book, same[0])
        new = NameModel(bare, refers_to.removeprefix("="), sheet)
        self._book._model.names.append(new)
        return Name(self._book, new)


@asked_of_excel
class Name(base_classes.Name):
    """A defined name."""

    api: Any = True

    def __init__(self, book: Book, model: NameModel) -> None:
        self._calls, self._book, self._known = book._calls, book, model

    @property
    def _model(self) -> NameModel:
        if self._known not in self._book._model.names:
            raise ComError("The object invoked has disconnected from its clients.")
        return self._known

    @property
    def name(self) -> str:
        return self._model.said

    @name.setter
    def name(self, value: str) -> None:
        self._model.name = value.rpartition("!")[2]

    @property
    def refers_to(self) -> str:
        return "=" + self._model.text

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self._model.text = value.removeprefix("=")

    @property
    def refers_to_range(self) -> Any:
        found = place_of(self._book._model, self._model.text)
        if found is None:
            raise ComError("Application-defined or object-defined error")
        return self._book._sheet(found[0])._range(found[1])

    def delete(self) -> None:
        model = self._model
        self._book._model.names = [one for one in self._book._model.names if one is not model]
