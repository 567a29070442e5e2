"""Put tables on sheets the way offices lay them out, and remember where they went.

The place of a table (its range, header cells, data rows) follows from the writing, so that an
expectation cannot drift from its workbook; what each header means is written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_col_to_name, xl_rowcol_to_cell

DATE = "dd/mm/yyyy"


@dataclass(frozen=True)
class Calculated:
    """A formula and the value Excel saved for it."""

    formula: str
    value: float | str


Header = str | float | date | tuple[Any, ...]
Values = Sequence[Any]


@dataclass(frozen=True)
class Col:
    """A column: its header (a tuple for stacked headers, top first), values, number format."""

    header: Header
    values: Values
    fmt: str | None = None
    hidden: bool = False

    @property
    def levels(self) -> tuple[Any, ...]:
        return self.header if isinstance(self.header, tuple) else (self.header,)


def header_text(levels: Sequence[Any]) -> str:
    """The words of a header from top to bottom, joined by " > "; dates as yyyy-mm-dd."""
    words = []
    for level in levels:
        if level is None or level == "":
            continue
        if isinstance(level, datetime | date):
            words.append(f"{level:%Y-%m-%d}")
        elif isinstance(level, float) and level == int(level):
            words.append(str(int(level)))
        else:
            words.append(str(level))
    return " > ".join(words)


@dataclass
class Place:
    """Where a table stands."""

    sheet: str
    orientation: str
    top: int
    left: int
    bottom: int
    right: int
    header_rows: int
    rows: int
    headers: dict[str, list[str]] = field(default_factory=dict)
    description_rows: int = 0

    @property
    def range(self) -> str:
        return f"{xl_rowcol_to_cell(self.top, self.left)}:" + xl_rowcol_to_cell(
            self.bottom, self.right
        )


class Sheet:
    """One worksheet, written cell by cell."""

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.name = name
        self.page = book.file.add_worksheet(name)

    def cell(self, row: int, col: int, value: Any, fmt: str | None = None, **style: Any) -> None:
        if isinstance(value, datetime | date):
            form = self.book.form(num_format=fmt or DATE, **style)
            stamp = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3])
            self.page.write_datetime(row, col, stamp, form)
            return
        if fmt:
            style["num_format"] = fmt
        form = self.book.form(**style) if style else None
        if value is None or value == "":
            if style.get("border"):
                self.page.write_blank(row, col, None, form)
        elif isinstance(value, Calculated):
            self.page.write_formula(row, col, value.formula, form, value.value)
        elif isinstance(value, bool):
            self.page.write_boolean(row, col, value, form)
        elif isinstance(value, int | float):
            self.page.write_number(row, col, value, form)
        else:
            self.page.write_string(row, col, str(value), form)

    def put(self, at: str, value: Any, fmt: str | None = None, **style: Any) -> None:
        row, col = xl_cell_to_rowcol(at)
        self.cell(row, col, value, fmt, **style)

    def lines(self, at: str, values: Sequence[Any], **style: Any) -> None:
        """Title lines, one under the other."""
        row, col = xl_cell_to_rowcol(at)
        for offset, value in enumerate(values):
            self.cell(row + offset, col, value, **(style if offset == 0 else {}))

    def grid(self, at: str, rows: Sequence[Values], **style: Any) -> None:
        """Cells of no table of ours: a summary, a dashboard."""
        top, left = xl_cell_to_rowcol(at)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                self.cell(top + i, left + j, value, **(style if i == 0 else {}))

    def _headers(
        self, top: int, left: int, columns: Sequence[Col], down: str, across: str
    ) -> dict[str, list[str]]:
        depth = max(len(c.levels) for c in columns)
        style = {"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "border": 1}
        where: dict[str, list[str]] = {}
        grid: list[list[Any]] = []
        for c in columns:
            levels = list(c.levels)
            pad = [None] * (depth - len(levels))
            grid.append(levels + pad if down in ("merge", "top") else pad + levels)
        for j, levels in enumerate(grid):
            last = max((k for k, v in enumerate(levels) if v not in (None, "")), default=0)
            text = header_text(levels)
            where.setdefault(text, []).append(xl_rowcol_to_cell(top + last, left + j))
        for k in range(depth):
            j = 0
            while j < len(grid):
                value = grid[j][k]
                end = j
                same = k < depth - 1 and value not in (None, "") and across != "repeat"
                while same and end + 1 < len(grid) and grid[end + 1][: k + 1] == grid[j][: k + 1]:
                    end += 1
                tall = down == "merge" and value is not None and not any(grid[j][k + 1 :])
                height = depth - 1 if tall and k < depth - 1 and end == j else k
                if across == "merge" and (end > j or height > k):
                    shown = value
                    if isinstance(value, datetime | date):
                        shown = datetime(*value.timetuple()[:3])
                    self.page.merge_range(
                        top + k, left + j, top + height, left + end, shown, self.book.form(**style)
                    )
                else:
                    fmt = columns[j].fmt if isinstance(value, date) else None
                    self.cell(
                        top + k,
                        left + j,
                        value,
                        "mmm-yy" if isinstance(value, date) and not fmt else None,
                        **style,
                    )
                j = end + 1
        return where

    def table(
        self,
        at: str,
        columns: Sequence[Col],
        *,
        sections: Sequence[tuple[str, int]] = (),
        summed: Sequence[str] = (),
        subtotal: str | None = None,
        total: str | None = None,
        page: int | None = None,
        describe: Sequence[Values] = (),
        gap: int = 0,
        footnotes: Sequence[str] = (),
        down: str = "merge",
        across: str = "merge",
        excel_table: str | None = None,
        name: str | None = None,
        section_column: int = 0,
        text_fmt: Mapping[str, str] | None = None,
    ) -> Place:
        """Headers, then rows; sections with a title row before and a subtotal row after each.

        `page` repeats the header every so many rows; `describe` are rows under the header;
        `gap` blank rows follow it. The range stops at the last data row.
        """
        top, left = xl_cell_to_rowcol(at)
        right = left + len(columns) - 1
        headers = self._headers(top, left, columns, down, across)
        depth = max(len(c.levels) for c in columns)
        n = len(columns[0].values)
        for c in columns:
            if len(c.values) != n:
                raise ValueError(
                    f"{self.name}: column {c.header} has {len(c.values)} of {n} values"
                )
        row = top + depth
        for line in describe:
            for j, value in enumerate(line):
                self.cell(row, left + j, value, italic=True, font_color="#7F7F7F")
            row += 1
        row += gap
        groups = list(sections) or [("", n)]
        if sum(size for _, size in groups) != n:
            raise ValueError(f"{self.name}: sections do not add up to {n} rows")
        labels = [header_text(c.levels) for c in columns]
        sums = [0.0] * len(columns)
        i = last = since = 0
        for title, size in groups:
            if title:
                self.cell(row, left + section_column, title, bold=True, bg_color="#F2F2F2")
                row += 1
            first, part = row, [0.0] * len(columns)
            for _ in range(size):
                if page and since == page:
                    row += 1
                    self._headers(row, left, columns, down, across)
                    row += depth
                    since = 0
                for j, c in enumerate(columns):
                    value = c.values[i]
                    self.cell(row, left + j, value, c.fmt)
                    number = value.value if isinstance(value, Calculated) else value
                    if isinstance(number, int | float):
                        part[j] += number
                last = row
                row += 1
                i += 1
                since += 1
            for j in range(len(columns)):
                sums[j] += part[j]
            if subtotal:
                self._sum_row(row, left, subtotal, columns, labels, summed, part, (first, row - 1))
                row += 1
        if total:
            self._sum_row(row, left, total, columns, labels, summed, sums, None)
            row += 1
        for offset, note in enumerate(footnotes):
            self.cell(row + 1 + offset, left, note, italic=True)
        for j, c in enumerate(columns):
            width = min(38, max(9, *(len(str(v)) for v in c.values[:40]), 0)) if n else 10
            self.page.set_column(left + j, left + j, width, None, {"hidden": int(c.hidden)})
        if excel_table:
            self.page.add_table(
                top,
                left,
                last,
                right,
                {"name": excel_table, "columns": [{"header": label} for label in labels]},
            )
        if name:
            self.book.name(name, self.name, top, left, last, right)
        return Place(
            self.name,
            "rows",
            top,
            left,
            last,
            right,
            depth,
            n,
            headers,
            len(describe) + gap,
        )

    def _sum_row(
        self,
        row: int,
        left: int,
        label: str,
        columns: Sequence[Col],
        labels: Sequence[str],
        summed: Sequence[str],
        sums: Sequence[float],
        span: tuple[int, int] | None,
    ) -> None:
        self.cell(row, left, label, bold=True, top=1)
        for j, c in enumerate(columns):
            if labels[j] not in summed:
                continue
            value = round(sums[j], 6)
            if span is None:
                self.cell(row, left + j, value, c.fmt, bold=True, top=1)
            else:
                col = xl_col_to_name(left + j)
                formula = f"=SUBTOTAL(9,{col}{span[0] + 1}:{col}{span[1] + 1})"
                self.cell(row, left + j, Calculated(formula, value), c.fmt, bold=True, top=1)

    def transposed(self, at: str, columns: Sequence[Col], *, label_columns: int = 1) -> Place:
        """Fields down the first column(s), a project in each column to the right."""
        top, left = xl_cell_to_rowcol(at)
        headers: dict[str, list[str]] = {}
        for i, c in enumerate(columns):
            pad = [None] * (label_columns - len(c.levels))
            levels = pad + list(c.levels)
            for j, value in enumerate(levels):
                self.cell(top + i, left + j, value, bold=True)
            cell = xl_rowcol_to_cell(top + i, left + label_columns - 1)
            headers.setdefault(header_text(levels), []).append(cell)
            for j, value in enumerate(c.values):
                self.cell(top + i, left + label_columns + j, value, c.fmt)
        n = len(columns[0].values)
        self.page.set_column(left, left + label_columns - 1, 34)
        self.page.set_column(left + label_columns, left + label_columns + n - 1, 18)
        bottom, right = top + len(columns) - 1, left + label_columns + n - 1
        return Place(self.name, "transposed", top, left, bottom, right, label_columns, n, headers)

    def form(
        self,
        at: str,
        pairs: Sequence[Sequence[tuple[Any, ...]]],
        *,
        gap: int = 1,
        wide: int = 1,
    ) -> Place:
        """A project form: blocks of (label, value[, format]) rows, side by side.

        A row of a label alone is a heading, None a blank row. `wide` is the step from label to
        value, `gap` the blank columns between the blocks.
        """
        top, left = xl_cell_to_rowcol(at)
        headers: dict[str, list[str]] = {}
        col = left
        bottom = top
        for block in pairs:
            for i, line in enumerate(block):
                if not line:
                    continue
                label, *rest = line
                self.cell(top + i, col, label, bold=True)
                bottom = max(bottom, top + i)
                if rest:
                    headers.setdefault(str(label), []).append(xl_rowcol_to_cell(top + i, col))
                    fmt = rest[1] if len(rest) > 1 else None
                    self.cell(top + i, col + wide, rest[0], fmt, border=1)
            self.page.set_column(col, col, 26)
            self.page.set_column(col + wide, col + wide, 22)
            col += wide + 1 + gap
        right = col - gap - 1
        return Place(self.name, "transposed", top, left, bottom, right, 1, 1, headers)

    def hide(self, very: bool = False) -> None:
        if very:
            self.page.very_hidden()
        else:
            self.page.hide()


class Book:
    """One workbook and what a careful analyst reads in it."""

    def __init__(self, path: Path, split: str, sector: str) -> None:
        options = {"default_date_format": DATE, "strings_to_urls": False}
        self.file = xlsxwriter.Workbook(str(path), options)
        self.file.set_properties({"created": datetime(2026, 9, 30, 9, 0), "author": "PMO"})
        self.path = path
        self.split = split
        self.sector = sector
        self.expected: list[dict[str, Any]] = []
        self._forms: dict[tuple[tuple[str, Any], ...], Any] = {}

    def form(self, **style: Any) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._forms:
            self._forms[key] = self.file.add_format(style)
        return self._forms[key]

    def sheet(self, name: str) -> Sheet:
        return Sheet(self, name)

    def name(self, name: str, sheet: str, top: int, left: int, bottom: int, right: int) -> None:
        first = xl_rowcol_to_cell(top, left, row_abs=True, col_abs=True)
        last = xl_rowcol_to_cell(bottom, right, row_abs=True, col_abs=True)
        self.file.define_name(name, f"='{sheet}'!{first}:{last}")

    def expect(
        self,
        place: Place,
        table: str | None,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        never: Mapping[str, str | Sequence[str]] | None = None,
        asks: Sequence[str] = (),
        periods: Mapping[str, Any] | None = None,
        subtotals: Sequence[str] = (),
        units: Mapping[str, str] | None = None,
        notes: str = "",
        **more: Any,
    ) -> None:
        """Write down what the table is; every header named must stand in it."""
        read = {k: [v] if isinstance(v, str) else list(v) for k, v in (fields or {}).items()}
        wrong = {k: [v] if isinstance(v, str) else list(v) for k, v in (never or {}).items()}
        for words in (*read.values(), *wrong.values(), list(subtotals)):
            for word in words:
                if word not in place.headers:
                    raise ValueError(
                        f"{self.path.name}, {place.sheet}: no header {word!r};"
                        f" there are {sorted(place.headers)}"
                    )
        for key in asks:
            if key not in read and key not in wrong:
                raise ValueError(f"{self.path.name}, {place.sheet}: {key} is asked, not listed")
        self.expected.append(
            {
                "workbook": self.path.name,
                "sector": self.sector,
                "split": self.split,
                "sheet": place.sheet,
                "table": table,
                "orientation": place.orientation,
                "range": place.range,
                "header_rows": place.header_rows,
                "description_rows": place.description_rows,
                "rows": place.rows,
                "fields": read,
                "cells": {k: [c for w in v for c in place.headers[w]] for k, v in read.items()},
                "must_not_be_certain": wrong,
                "asks": list(asks),
                "periods": dict(periods) if periods else None,
                "subtotals": list(subtotals),
                "units": dict(units or {}),
                "notes": notes,
                **more,
            }
        )

    def close(self) -> None:
        self.file.close()
