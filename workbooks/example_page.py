"""A sheet of the worked example: title lines above, and cells that know their row and header."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from appearance import ACCENT, GREY, Appearance, sign
from planted_defects import DEFECTS, HEADER, Key
from utility_portfolio import ORGANISATION, STATUS_DATE
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell

SEED = 1
MONEY = "#,##0;-#,##0"
DAY = "dd-mmm-yy"
AS_AT = f"Data as at {STATUS_DATE.day} {STATUS_DATE:%B %Y}"
PRICES = "GBP k, 2026/27 prices"
A4 = 9

_PLANTED = {(d.sheet, d.key, d.column): d for d in DEFECTS}


class ExampleBook:
    """The workbook while it is written; `planted` collects the cell of each defect by its id."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}
        self.pages: dict[str, Page] = {}
        self.chance = random.Random(SEED)
        self._target = io.BytesIO()
        self.file = xlsxwriter.Workbook(self._target, {"in_memory": True})
        self.look = Appearance(self.file)
        sign(self.file, f"{ORGANISATION}: investment portfolio", ORGANISATION)

    def close(self) -> bytes:
        self.file.close()
        missing = {defect.id for defect in DEFECTS} - self.planted.keys()
        if missing:
            raise ValueError(f"no cell was found for the defects {sorted(missing)}")
        return self._target.getvalue()


class Page:
    """One sheet; rows and columns count from 0."""

    def __init__(self, book: ExampleBook, name: str, title: str, under: str) -> None:
        self.book = book
        self.name = name
        self.sheet = book.file.add_worksheet(name)
        self.filled: dict[int, list[int]] = {}
        """The rows under the headers with something in a column, by column."""
        book.pages[name] = self
        self.sheet.hide_gridlines(2)
        self.sheet.write_string(0, 0, title, book.look.format(bold=True, size=16, colour=ACCENT))
        self.sheet.write_string(1, 0, under, book.look.format(colour=GREY))
        self.sheet.set_row(0, 26)
        self.sheet.set_landscape()
        self.sheet.set_paper(8)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(0.4, 0.4, 0.6, 0.7)
        self.sheet.set_footer(f"&L{ORGANISATION} - {AS_AT}&C&A&RPage &P of &N")

    def put(self, row: int, column: int, value: Any, key: Key, header: str, **look: Any) -> Any:
        """Write a value, or the defect planted in its place; what was written."""
        if "align" not in look and (value is None or isinstance(value, str)):
            look["indent"] = 1
        return self.write(row, column, value, key, header, self.book.look.format(**look))

    def write(self, row: int, column: int, value: Any, key: Key, header: str, style: Format) -> Any:
        """Like `put`, in a ready format."""
        defect = _PLANTED.get((self.name, key, header))
        if defect:
            value = defect.value
            self.book.planted[defect.id] = xl_rowcol_to_cell(row, column)
        if value is not None and key != HEADER:
            self.filled.setdefault(column, []).append(row)
        if value is None:
            self.sheet.write_blank(row, column, None, style)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, style)
        elif isinstance(value, date):
            day = datetime(value.year, value.month, value.day)
            self.sheet.write_datetime(row, column, day, style)
        else:
            self.sheet.write_number(row, column, value, style)
        return value

    def headers(self, row: int, names: Sequence[str], *, centred: Sequence[str] = ()) -> None:
        for column, name in enumerate(names):
            align = "center" if name in centred else "left"
            self.sheet.write_string(row, column, name, self.book.look.header(align=align))
        self.sheet.set_row(row, 30)

    def table(
        self,
        name: str,
        first: int,
        last: int,
        headers: Sequence[str],
        *,
        centred: Sequence[str] = (),
    ) -> None:
        """Make the rows from `first`, the header, to `last` an Excel table."""
        left, middle = self.book.look.header(), self.book.look.header(align="center")
        columns = [
            {"header": text, "header_format": middle if text in centred else left}
            for text in headers
        ]
        self.sheet.add_table(
            first,
            0,
            last,
            len(headers) - 1,
            {
                "name": name,
                "style": "Table Style Light 1",
                "banded_rows": False,
                "autofilter": False,
                "columns": columns,
            },
        )

    def widths(self, widths: Iterable[float]) -> None:
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
