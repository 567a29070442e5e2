"""PF Setup: the stored mapping as a sheet that people read, and fill in.

The yellow cells are theirs; `setup_reader.py` reads them back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from xlportfolio.errors import InputError
from xlportfolio.records import TABLES
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    PrintSetup,
    SheetDescription,
    TableDescription,
    Validation,
)
from xlportfolio.workbook.mapping.choices import (
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredTable,
)
from xlportfolio.workbook.mapping.setup_reader import read_setup
from xlportfolio.workbook.mapping.setup_words import (
    ASKED,
    CERTAIN,
    CRITERION_HEADERS,
    FIELD_HEADERS,
    LIKELY,
    MISSING,
    SAID,
    SETTING_HEADERS,
    TABLE_HEADERS,
    listed,
    quoted,
    words_of,
)
from xlportfolio.workbook.references import (
    CellRange,
    column_letter,
    parse_cell,
    sheet_reference,
)

__all__ = ["SETUP", "read_setup", "setup_sheet"]

SETUP = "PF Setup"

_HOW_TO = (
    "How xlportfolio reads this workbook. Fill in the yellow cells only: what you choose holds in "
    "every run; all else is found anew and written again.",
    "Your choice: yes = right as it is; another header, picked or typed; - = no column holds "
    "this. Where a header stands twice, add its cell: Cost [D4]. Several columns: Apr-26; May-26, "
    "or D4:F4.",
    "Of a table: yes; ignore; or what it is and how it is used, such as demand, projects joined, "
    "budgets part. A field that is missing may be added in a row of its own.",
)
_ABOUT_CRITERIA = (
    "Columns of numbers in the projects table that rate a criterion; for a workbook that has no "
    "table of criteria."
)
_WIDTHS = {1: 15, 2: 25, 3: 54, 4: 36, 5: 11, 6: 15, 7: 32, 8: 62, 9: 28}
_FIRST_LIST = 11  # column K: what may be chosen, hidden
_FOR_READING = 9  # column I: what the reader needs and people do not
_MOST_LISTED = 400
_WIDE_LETTERS = 0.95  # of a digit, in which widths are counted
_MOST_LINES = 8
_BLANK_CRITERIA = 8
_SETTING_CHOICES = {
    "unit": ("units", "thousands", "millions", "billions"),
    "period": ("month", "quarter", "year"),
}
_ACCENT, _LINE, _GREY, _YELLOW = "1F5C70", "D9E0E3", "5F6B73", "FFF4CC"
_TITLE = CellFormat(bold=True, size=16, colour=_ACCENT)
_BLOCK = CellFormat(bold=True, size=12, colour=_ACCENT)
_HELP = CellFormat(colour=_GREY)
_HEAD = CellFormat(bold=True, colour="FFFFFF", fill=_ACCENT, vertical="center", wrap=True)
_BODY = CellFormat(vertical="top", wrap=True, border="bottom", border_colour=_LINE)
_QUIET = CellFormat(vertical="top", wrap=True, colour=_GREY, border="bottom", border_colour=_LINE)
_LINK = CellFormat(vertical="top", colour="0B5394", border="bottom", border_colour=_LINE)
_LIST = CellFormat(vertical="top", colour=_GREY, border="bottom", border_colour=_LINE)
_CHOICE = CellFormat(
    vertical="top", wrap=True, fill=_YELLOW, border="thin", border_colour="D6B656", unlocked=True
)
_DATE = CellFormat(
    number_format="yyyy-mm-dd", horizontal="left", vertical="top", fill=_YELLOW, border="thin",
    border_colour="D6B656", unlocked=True,
)  # fmt: skip
_ASKED_NOTE = CellFormat(
    vertical="top", wrap=True, fill="FCE8B2", border="bottom", border_colour=_LINE
)
_QUESTION = CellFormat(
    vertical="top", wrap=True, bold=True, fill="FCE8B2", colour="7A4F00", border="bottom",
    border_colour=_LINE,
)  # fmt: skip


# -- writing ---------------------------------------------------------------------------------------


def setup_sheet(stored: StoredMapping) -> SheetDescription:
    """Describe PF Setup, with every choice of the stored mapping in its place."""
    return _Writing(stored).description()


class _Writing:
    def __init__(self, stored: StoredMapping) -> None:
        self.stored = stored
        self.cells: dict[tuple[int, int], Cell] = {}
        self.tables: list[TableDescription] = []
        self.validations: list[Validation] = []
        self.lists = 0
        self.row = 1

    def description(self) -> SheetDescription:
        self._put(1, SETUP, _TITLE)
        for line in _HOW_TO:
            self.row += 1
            self._put(1, line, _HELP)
        frozen = self.row + 1
        labels = labels_of(self.stored.tables)
        self._tables(labels)
        self._fields(labels)
        self._settings()
        if self._has_criteria():
            self._criteria()
        return SheetDescription(
            SETUP,
            self.cells,
            widths=_WIDTHS,
            heights=self._heights(),
            freeze=f"A{frozen}",
            tables=self.tables,
            validations=self.validations,
            print_setup=PrintSetup(footer="&L&A&RPage &P of &N"),
            tab_colour=_ACCENT,
            hidden_columns=(_FOR_READING, *range(_FIRST_LIST, _FIRST_LIST + self.lists)),
            is_form=True,
        )

    def _heights(self) -> dict[int, float]:
        """Heights of the rows whose text needs several lines; not every program works them out."""
        lines: dict[int, int] = {}
        for (row, column), cell in self.cells.items():
            if cell.format is not None and cell.format.wrap and isinstance(cell.value, str):
                needed = sum(
                    -(-max(1, len(line)) * _WIDE_LETTERS // _WIDTHS[column])
                    for line in cell.value.split("\n")
                )
                lines[row] = max(lines.get(row, 1), int(needed))
        return {row: 15.0 * min(n, _MOST_LINES) for row, n in lines.items() if n > 1}

    def _put(
        self,
        column: int,
        value: str | float | datetime | None,
        format_: CellFormat,
        link: str | None = None,
    ) -> None:
        self.cells[self.row, column] = Cell(value, format_, link)

    def _block(self, name: str, headers: Sequence[str]) -> int:
        """The title and the headers of a block; the row of the headers."""
        self.row += 2
        self._put(1, name, _BLOCK)
        self.row += 1
        for column, header in enumerate(headers, start=1):
            self._put(column, header, _HEAD)
        return self.row

    def _end(self, name: str, head: int, headers: Sequence[str]) -> None:
        if self.row == head:  # a table of Excel's has a row at least
            self.row += 1
            for column in range(1, len(headers) + 1):
                self._put(column, None, _BODY)
        cells = CellRange(head, 1, self.row, len(headers))
        self.tables.append(TableDescription(f"PF_Setup_{name}", cells, None))

    def _tables(self, labels: Sequence[str]) -> None:
        head = self._block("Tables", TABLE_HEADERS)
        for table, label in zip(self.stored.tables, labels, strict=True):
            self.row += 1
            body = _QUIET if table.use == "ignore" else _BODY
            self._put(1, label, body)
            self._put(2, table.sheet, body)
            link = _reference(table.sheet, table.range) if table.rows is not None else None
            self._put(3, table.range, _LINK if link else body, link)
            self._put(4, table.orientation, body)
            self._put(5, table.use, body)
            self._put(6, table.rows, dataclasses.replace(body, horizontal="left"))
            self._put(7, _table_choice(table), _CHOICE)
            asked = bool(table.table and table.remark) and table.chosen == "automatic"
            self._put(8, table.remark or None, _ASKED_NOTE if asked else body)
            self._put(9, table.excel_table, _LIST)
        self._end("Tables", head, TABLE_HEADERS)
        self.validations.append(
            Validation(
                CellRange(head + 1, 7, self.row, 7),
                "list",
                ("yes", "ignore", "main", "part", "joined", *TABLES),
                title="What is this table?",
                message="yes: right as it is. ignore: not read. Or what it is and how it is used, "
                "such as demand, or projects joined.",
                strict=False,
            )
        )

    def _fields(self, labels: Sequence[str]) -> None:
        head = self._block("Fields", FIELD_HEADERS)
        for table, label in zip(self.stored.tables, labels, strict=True):
            if not table.table:
                continue
            first = self.row + 1
            for field in _shown_fields(table):
                self.row += 1
                self._field(table, label, field)
            if self.row >= first and table.headers:
                self._offer(CellRange(first, 7, self.row, 7), table)
        self._end("Fields", head, FIELD_HEADERS)

    def _field(self, table: StoredTable, label: str, field: StoredField) -> None:
        spec = TABLES[table.table].fields[field.field]
        ignored = table.use == "ignore"
        missing = not field.headers and field.chosen == "automatic"
        unsure = not field.certain and not missing and not ignored
        asked = unsure and (spec.consequential or spec.required)
        body = _QUIET if missing or ignored else _BODY
        self._put(1, label, body)
        self._put(2, words_of(field.field), body)
        self._put(3, spec.help, body)
        single = len(field.headers) == 1 and _is_plain_cell(field.headers[0])
        header, cell = _summary(field.headers) if not single else (
            field.headers[0].text, field.headers[0].cell)  # fmt: skip
        self._put(4, header or None, body)
        link = _reference(table.sheet, cell) if cell and table.rows is not None else None
        self._put(5, cell or None, _LINK if link else body, link)
        sure = CERTAIN if field.certain else ASKED if asked else LIKELY
        sure = MISSING if missing else SAID if field.chosen != "automatic" else sure
        self._put(6, sure, _QUESTION if asked else body)
        self._put(7, _field_choice(field, spec.many), _CHOICE)
        self._put(8, field.remark or None, _ASKED_NOTE if asked and field.remark else body)
        everything = None if single or not field.headers else listed(field.headers)
        self._put(9, everything, _LIST)

    def _offer(self, cells: CellRange, table: StoredTable) -> None:
        """A drop-down of what may be chosen: its list stands in a hidden column."""
        column = _FIRST_LIST + self.lists
        self.lists += 1
        headers = table.headers[:_MOST_LISTED]
        choices = ["yes", "-", *(quoted(header, False) for header in headers)]
        for row, choice in enumerate(choices, start=1):
            self.cells[row, column] = Cell(choice)
        letter = column_letter(column)
        self.validations.append(
            Validation(
                cells,
                "list",
                values=(f"${letter}$1:${letter}${len(choices)}",),
                title="Which column is it?",
                message="yes: right as it is. -: no column holds this. Or its header.",
                strict=False,
            )
        )

    def _settings(self) -> None:
        head = self._block("Settings", SETTING_HEADERS)
        said = {setting.name: setting.value for setting in self.stored.settings}
        for name, spec in TABLES["settings"].fields.items():
            self.row += 1
            self._put(1, words_of(name), _BODY)
            value = said.get(name)
            if isinstance(value, date):
                moment = datetime(value.year, value.month, value.day)
                self._put(2, moment, _DATE)
            else:
                self._put(2, value, _CHOICE)
            self._put(3, spec.help, _BODY)
            if choices := _SETTING_CHOICES.get(name):
                cell = CellRange(self.row, 2, self.row, 2)
                self.validations.append(Validation(cell, "list", choices))
        self._end("Settings", head, SETTING_HEADERS)

    def _has_criteria(self) -> bool:
        known = any(t.table == "criteria" and t.use != "ignore" for t in self.stored.tables)
        return bool(self.stored.criteria) or not known

    def _criteria(self) -> None:
        head = self._block("Criteria", CRITERION_HEADERS)
        self.cells[head - 1, 3] = Cell(_ABOUT_CRITERIA, _HELP)
        for criterion in self.stored.criteria:
            self.row += 1
            for column, value in enumerate(
                (
                    criterion.criterion,
                    criterion.column,
                    criterion.direction,
                    criterion.scale_min,
                    criterion.scale_max,
                    criterion.weight,
                ),
                start=1,
            ):
                self._put(column, value, _CHOICE)
        for _ in range(2 if self.stored.criteria else _BLANK_CRITERIA):
            self.row += 1
            for column in range(1, len(CRITERION_HEADERS) + 1):
                self._put(column, None, _CHOICE)
        self._end("Criteria", head, CRITERION_HEADERS)
        directions = CellRange(head + 1, 3, self.row, 3)
        self.validations.append(Validation(directions, "list", ("max", "min")))


def labels_of(tables: Sequence[StoredTable]) -> list[str]:
    """A name for each table that no other has: "projects", "projects 2"; "-" for none of ours."""
    counts: dict[str, int] = {}
    labels = []
    for table in tables:
        counts[table.table] = counts.get(table.table, 0) + 1
        number = f" {counts[table.table]}" if counts[table.table] > 1 else ""
        labels.append(f"{table.table}{number}" if table.table else "-")
    return labels


def _shown_fields(table: StoredTable) -> Iterator[StoredField]:
    """The stored fields, and of a main table those that were not found as well."""
    stored = {field.field: field for field in table.fields}
    remarks = dict(table.remarks)
    for name in TABLES[table.table].fields:
        if name in stored:
            yield stored[name]
        elif table.use == "main" and table.table != "settings":
            yield StoredField(name, certain=False, remark=remarks.get(name, ""))


def _reference(sheet: str, cells: str) -> str | None:
    try:
        return sheet_reference(sheet, CellRange.parse(cells))
    except InputError:
        return None


def _is_plain_cell(header: StoredHeader) -> bool:
    return bool(header.text.strip()) and header.text == header.text.strip()


def _summary(headers: Sequence[StoredHeader]) -> tuple[str, str]:
    """Several headers and their cells in a few words: "Apr-26 ... Mar-28 (24 columns)"."""
    if not headers:
        return "", ""
    if len(headers) == 1:
        return headers[0].text, headers[0].cell
    text = f"{headers[0].text} ... {headers[-1].text} ({len(headers)} columns)"
    try:
        places = [parse_cell(header.cell) for header in headers]
    except InputError:
        return text, headers[0].cell
    rows, columns = {row for row, _ in places}, {column for _, column in places}
    cells = CellRange(min(rows), min(columns), max(rows), max(columns))
    whole = cells.n_rows * cells.n_columns == len(set(places))
    return text, cells.address if whole else headers[0].cell


def _table_choice(table: StoredTable) -> str | None:
    if table.chosen == "automatic":
        return None
    if table.chosen == "confirmed":
        return "yes"
    return "ignore" if table.use == "ignore" else f"{table.table} {table.use}"


def _field_choice(field: StoredField, many: bool) -> str | None:
    if field.chosen == "automatic":
        return None
    if field.chosen == "confirmed":
        return "yes"
    if not field.headers:
        return "-"
    return "; ".join(quoted(header.text, many) for header in field.headers)
