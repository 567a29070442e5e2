"""Tables (ListObjects) of a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.loading import column_names
from tests.hosts.stand_in.model import TableModel, meets
from xlportfolio.workbook.references import CellRange

if TYPE_CHECKING:
    from tests.hosts.stand_in.sheets import Sheet

OVERLAP = "A table can't overlap another table."


@asked_of_excel
class Tables(base_classes.Collection, base_classes.Tables):
    """The tables of a sheet."""

    api: Any = True

    def __init__(self, sheet: Sheet) -> None:
        self._calls, self._sheet = sheet._calls, sheet

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __call__(self, key: int | str) -> Table:
        tables = self._sheet._model.tables
        for number, table in enumerate(tables, 1):
            if key == number or (isinstance(key, str) and table.name.casefold() == key.casefold()):
                return Table(self._sheet, table.name)
        raise ComError("Subscript out of range")

    def __len__(self) -> int:
        return len(self._sheet._model.tables)

    def __contains__(self, key: str) -> bool:
        return any(one.name.casefold() == key.casefold() for one in self._sheet._model.tables)

    def __iter__(self) -> Iterator[Table]:
        tables = [Table(self._sheet, one.name) for one in self._sheet._model.tables]
        return self._calls.each("Tables.item", tables)

    def add(
        self,
        source_type: object = None,
        source: Any = None,
        link_source: object = None,
        has_headers: bool | None = None,
        destination: object = None,
        table_style_name: str | None = None,
        name: str | None = None,
    ) -> Table:
        sheet = self._sheet._model
        changing.require_unprotected(sheet)
        area: CellRange = source.impl._area
        if any(meets(one.range, area) for one in sheet.tables):
            raise ComError(OVERLAP)
        book, number = self._sheet._book._model, 1
        while book.table(f"Table{number}") is not None:
            number += 1
        if area.n_rows == 1:
            area = replace(area, last_row=area.first_row + 1)
        table = TableModel(
            f"Table{number}", area, column_names(sheet, area), style=table_style_name
        )
        sheet.merges = [one for one in sheet.merges if not meets(one, area)]
        sheet.tables.append(table)
        changing.settle_headers(sheet, area)
        made = Table(self._sheet, table.name)
        if name is not None:
            made.name = name
        return made


@asked_of_excel
class Table(base_classes.Table):
    """A table."""

    api: Any = True

    def __init__(self, sheet: Sheet, name: str) -> None:
        self._calls, self._sheet, self._name = sheet._calls, sheet, name

    @property
    def _model(self) -> TableModel:
        for table in self._sheet._model.tables:
            if table.name == self._name:
                return table
        raise ComError("The object invoked has disconnected from its clients.")

    def _change(self, **changes: Any) -> None:
        sheet = self._sheet._model
        changing.require_unprotected(sheet)
        sheet.tables[sheet.tables.index(self._model)] = replace(self._model, **changes)

    @property
    def parent(self) -> Sheet:
        return self._sheet

    @property
    def name(self) -> str:
        return self._model.name

    @name.setter
    def name(self, value: str) -> None:
        book = self._sheet._book._model
        taken = book.table(value)
        if (taken is not None and taken[1] is not self._model) or not re.fullmatch(
            r"[^\W\d][\w.]*", value
        ):
            raise ComError("The name is not valid, or a table has it already.")
        self._change(name=value)
        self._name = value

    @property
    def display_name(self) -> str:
        return self._model.name

    @display_name.setter
    def display_name(self, value: str) -> None:
        self.name = value

    def _range(self, area: CellRange | None) -> Any:
        return None if area is None else self._sheet._range(area)

    @property
    def range(self) -> Any:
        return self._range(self._model.range)

    @property
    def header_row_range(self) -> Any:
        return self._range(self._model.header)

    @property
    def data_body_range(self) -> Any:
        return self._range(self._model.body)

    @property
    def totals_row_range(self) -> Any:
        model = self._model
        area = model.range
        if not model.totals_rows:
            return None
        return self._range(replace(area, first_row=area.last_row))

    @property
    def insert_row_range(self) -> Any:
        return None

    @property
    def show_headers(self) -> bool:
        return bool(self._model.header_rows)

    @property
    def show_totals(self) -> bool:
        return bool(self._model.totals_rows)

    @property
    def show_autofilter(self) -> bool:
        return self._model.has_filter

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        self._change(has_filter=bool(value))

    @property
    def table_style(self) -> str | None:
        return self._model.style

    @table_style.setter
    def table_style(self, value: str | None) -> None:
        self._change(style=value or None)

    @property
    def show_table_style_row_stripes(self) -> bool:
        return self._model.bands[2]

    @show_table_style_row_stripes.setter
    def show_table_style_row_stripes(self, value: bool) -> None:
        first, last, _rows, columns = self._model.bands
        self._change(bands=(first, last, bool(value), columns))

    def resize(self, range: Any) -> None:  # noqa: A002 - xlwings names it
        area: CellRange = range.impl._area
        sheet, model = self._sheet._model, self._model
        if area.first_row != model.range.first_row or not meets(area, model.range):
            raise ComError("The headers must remain in the same row.")
        if any(one is not model and meets(one.range, area) for one in sheet.tables):
            raise ComError(OVERLAP)
        self._change(range=area, columns=column_names(sheet, area))
        changing.settle_headers(sheet, area)
