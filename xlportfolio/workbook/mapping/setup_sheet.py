"""PF Setup: the stored mapping as a sheet that people read, and fill in.

The yellow cells are theirs. The reader finds each block by its headers, wherever people moved it.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xlportfolio.checking.columns import as_text
from xlportfolio.errors import InputError
from xlportfolio.records import TABLES
from xlportfolio.values import Value
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    PrintSetup,
    SheetDescription,
    TableDescription,
    Validation,
)
from xlportfolio.workbook.finding.found import Orientation
from xlportfolio.workbook.headings import read_heading
from xlportfolio.workbook.mapping.choices import (
    USES,
    Chosen,
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredSetting,
    StoredTable,
    Use,
    canonical_field,
    canonical_table,
    canonical_use,
    nearest,
    plain,
    raise_all,
    read_setting,
)
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import (
    CellRange,
    cell_address,
    column_letter,
    parse_cell,
    sheet_reference,
)

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
_TABLES = ("Table", "Sheet", "Range", "Lies", "Use", "Rows", "Your choice", "Note", "Excel table")
_FIELDS = (
    "Table", "Field", "What it is", "Header", "Cell", "Sure?", "Your choice", "Note", "All columns",
)  # fmt: skip
_SETTINGS = ("Setting", "Value", "What it is")
_CRITERIA = ("Criterion", "Column", "Direction", "Worst rating", "Best rating", "Weight")
_WIDTHS = {1: 15, 2: 25, 3: 54, 4: 36, 5: 11, 6: 15, 7: 32, 8: 62, 9: 28}
_FIRST_LIST = 11  # column K: what may be chosen, hidden
_FOR_READING = 9  # column I: what the reader needs and people do not
_MOST_LISTED = 400
_WIDE_LETTERS = 0.95  # of a digit, in which widths are counted
_MOST_LINES = 8
_BLANK_CRITERIA = 8
_CERTAIN, _ASKED, _LIKELY, _SAID, _MISSING = (
    "certain",
    "please confirm",
    "likely",
    "chosen",
    "not found",
)
_SETTING_CHOICES = {
    "unit": ("units", "thousands", "millions", "billions"),
    "period": ("month", "quarter", "year"),
}
_YES = frozenset(("yes", "y", "true", "ok", "x", "✓"))
_NO = frozenset(("-", "–", "—", "no", "none", "n"))

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
        head = self._block("Tables", _TABLES)
        for table, label in zip(self.stored.tables, labels, strict=True):
            self.row += 1
            body = _QUIET if table.use == "ignore" else _BODY
            self._put(1, label, body)
            self._put(2, table.sheet, body)
            link = f"{_reference(table.sheet, table.range)}" if table.rows is not None else None
            self._put(3, table.range, _LINK if link else body, link)
            self._put(4, table.orientation, body)
            self._put(5, table.use, body)
            self._put(6, table.rows, dataclasses.replace(body, horizontal="left"))
            self._put(7, _table_choice(table), _CHOICE)
            asked = bool(table.table and table.remark) and table.chosen == "automatic"
            self._put(8, table.remark or None, _ASKED_NOTE if asked else body)
            self._put(9, table.excel_table, _LIST)
        self._end("Tables", head, _TABLES)
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
        head = self._block("Fields", _FIELDS)
        for table, label in zip(self.stored.tables, labels, strict=True):
            if not table.table:
                continue
            first = self.row + 1
            for field in _shown_fields(table):
                self.row += 1
                self._field(table, label, field)
            if self.row >= first and table.headers:
                self._offer(CellRange(first, 7, self.row, 7), table)
        self._end("Fields", head, _FIELDS)

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
        sure = _CERTAIN if field.certain else _ASKED if asked else _LIKELY
        sure = _MISSING if missing else _SAID if field.chosen != "automatic" else sure
        self._put(6, sure, _QUESTION if asked else body)
        self._put(7, _field_choice(field, spec.many), _CHOICE)
        self._put(8, field.remark or None, _ASKED_NOTE if asked and field.remark else body)
        everything = None if single or not field.headers else _listed(field.headers)
        self._put(9, everything, _LIST)

    def _offer(self, cells: CellRange, table: StoredTable) -> None:
        """A drop-down of what may be chosen: its list stands in a hidden column."""
        column = _FIRST_LIST + self.lists
        self.lists += 1
        choices = ["yes", "-", *table.headers[:_MOST_LISTED]]
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
        head = self._block("Settings", _SETTINGS)
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
        self._end("Settings", head, _SETTINGS)

    def _has_criteria(self) -> bool:
        known = any(t.table == "criteria" and t.use != "ignore" for t in self.stored.tables)
        return bool(self.stored.criteria) or not known

    def _criteria(self) -> None:
        head = self._block("Criteria", _CRITERIA)
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
            for column in range(1, len(_CRITERIA) + 1):
                self._put(column, None, _CHOICE)
        self._end("Criteria", head, _CRITERIA)
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


def words_of(name: str) -> str:
    """A field's name as people write it: "Project ID", "Cost to go"."""
    words = name.replace("_", " ")
    words = re.sub(r"\b(id|npv|bcr|irr|rag|fte)\b", lambda match: match[1].upper(), words)
    return words[0].upper() + words[1:]


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
    return "; ".join(_quoted(header.text, many) for header in field.headers)


def _quoted(text: str, many: bool) -> str:
    """A header as a choice: in quotes where it would be read as something else."""
    special = text != text.strip() or text.startswith('"') or plain(text) in _YES | _NO | {""}
    if special or (many and ";" in text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _listed(headers: Sequence[StoredHeader]) -> str:
    return "; ".join(
        '"' + header.text.replace('"', '""') + '"' + (f" [{header.cell}]" if header.cell else "")
        for header in headers
    )


# -- reading ---------------------------------------------------------------------------------------


def read_setup(contents: SheetContents) -> StoredMapping:
    """Read PF Setup as people left it.

    Raises
    ------
    InputError
        If a cell names a table, field or setting that there is not; a line for each, with the cell.
    """
    return _Reading(contents).stored()


@dataclass(frozen=True)
class _Line:
    """A row of a block: its values by header, and where they stand."""

    sheet: str
    row: int
    columns: Mapping[str, int]
    values: Mapping[int, Value]

    def value(self, header: str) -> Value:
        column = self.columns.get(plain(header))
        return self.values.get(column) if column is not None else None

    def raw(self, header: str) -> str:
        """A text exactly as it stands; "" for a blank."""
        value = self.value(header)
        return value if isinstance(value, str) else self.text(header)

    def text(self, header: str) -> str:
        """A text as people see it; a date as a header is read."""
        value = self.value(header)
        if isinstance(value, datetime):
            return read_heading(value).text
        return as_text(value) or ""

    def place(self, header: str) -> str:
        column = self.columns.get(plain(header), 1)
        cell = CellRange.parse(cell_address(self.row, column))
        return f"[{sheet_reference(self.sheet, cell)}]"


class _Reading:
    def __init__(self, contents: SheetContents) -> None:
        self.contents = contents
        self.wrong: list[str] = []

    def stored(self) -> StoredMapping:
        lines = {name: list(self._lines(headers)) for name, headers in _BLOCKS.items()}
        fields: dict[str, list[_Line]] = {}
        for line in lines["fields"]:
            fields.setdefault(plain(line.text("Table")), []).append(line)
        tables = []
        for line in lines["tables"]:
            label = plain(line.text("Table"))
            of_table = fields.pop(label, []) if label.strip("-–— ") else []
            try:
                tables.append(self._table(line, of_table))
            except InputError as error:
                self.wrong.append(str(error))
        known = [line.text("Table") for line in lines["tables"]]
        for left in fields.values():
            for line in left:
                if line.text("Your choice"):
                    name = line.text("Table")
                    self.wrong.append(
                        f'"{name}" is not a table of the block Tables {line.place("Table")}'
                        f"{nearest(name, known)}"
                    )
        settings = [s for line in lines["settings"] if (s := self._setting(line)) is not None]
        criteria = [c for line in lines["criteria"] if (c := self._criterion(line)) is not None]
        raise_all(self.wrong)
        return StoredMapping(tuple(tables), tuple(settings), tuple(criteria))

    def _lines(self, headers: Sequence[str]) -> Iterator[_Line]:
        """The rows under each row that has these headers, up to the next block."""
        columns: dict[str, int] | None = None
        for row in sorted(self.contents.rows):
            values = self.contents.rows[row]
            said = {plain(value): k for k, value in values.items() if isinstance(value, str)}
            left = plain(as_text(values[min(values)]) or "")
            if any(left == plain(head[0]) and _all_in(head, said) for head in _BLOCKS.values()):
                columns = said if left == plain(headers[0]) and _all_in(headers, said) else None
            elif columns is not None:
                line = _Line(self.contents.name, row, columns, values)
                if line.raw(headers[1]) or line.text("Your choice"):
                    yield line

    # -- tables ------------------------------------------------------------------------------------

    def _table(self, line: _Line, fields: Sequence[_Line]) -> StoredTable:
        label = re.sub(r"\s+\d+$", "", line.text("Table").strip(" -–—:"))
        shown = canonical_table(label, line.place("Table"))
        use_text = line.text("Use")
        use = canonical_use(use_text, line.place("Use")) if use_text else "main"
        table, use, chosen = self._table_choice(line, shown, use)
        read = [] if table != shown else [self._field_or_none(table, field) for field in fields]
        orientation: Orientation = (
            "transposed" if plain(line.text("Lies")).startswith("trans") else "rows"
        )
        return StoredTable(
            table,
            line.raw("Sheet"),
            line.text("Range"),
            orientation,
            use,
            tuple(field for field in read if field is not None),
            chosen,
            line.raw("Excel table") or None,
            place=line.place("Your choice"),
        )

    def _table_choice(self, line: _Line, table: str, use: Use) -> tuple[str, Use, Chosen]:
        """What a person says a table is and how it is used: "yes", "ignore", "demand part"."""
        text = line.text("Your choice")
        if not text.strip():
            return table, use, "automatic"
        place = line.place("Your choice")
        if plain(text) in _YES:
            return table, use, "confirmed"
        if plain(text) in _NO:
            return table, "ignore", "by hand"
        said_table, said_use = "", ""
        for word in re.findall(r"\w+", plain(text)):
            if word in USES:
                said_use = word
            elif word in TABLES:
                said_table = word
            elif word not in ("as", "the", "of", "table", "to", "is", "it"):
                choices = ["yes", *USES, *TABLES]
                raise InputError(
                    f'"{text}" is not a choice for a table {place}{nearest(word, choices)}'
                )
        chosen_table = said_table or table
        if not said_use:
            said_use = "main" if said_table and (said_table != table or use == "ignore") else use
        if not chosen_table and said_use != "ignore":
            raise InputError(
                f'"{text}" does not say what the table is {place}; add one of {", ".join(TABLES)}.'
            )
        return chosen_table, canonical_use(said_use, place), "by hand"

    # -- fields ------------------------------------------------------------------------------------

    def _field_or_none(self, table: str, line: _Line) -> StoredField | None:
        try:
            return self._field(table, line)
        except InputError as error:
            self.wrong.append(str(error))
            return None

    def _field(self, table: str, line: _Line) -> StoredField | None:
        choice = line.raw("Your choice")
        place = line.place("Your choice")
        if not line.text("Field"):
            if not choice.strip():
                return None
            raise InputError(
                f'"{choice}" is chosen for no field {place}; name the field beside it.'
            )
        name = canonical_field(table, line.text("Field"), line.place("Field"))
        headers = self._headers(line)
        sure = plain(line.text("Sure?")) not in (_ASKED, _LIKELY, _MISSING)
        if not choice.strip():
            return StoredField(name, headers, sure) if headers else None
        if plain(choice) in _YES:
            if headers:
                return StoredField(name, headers, True, "confirmed", place=place)
            raise InputError(
                f'"{choice.strip()}" confirms nothing, because no column was found for '
                f"{words_of(name)} {place}; name its header."
            )
        if plain(choice) in _NO:
            return StoredField(name, (), True, "by hand", place=place)
        texts = _choices_in(choice, TABLES[table].fields[name].many)
        if texts == [header.text for header in headers]:
            return StoredField(name, headers, True, "by hand", place=place)
        return StoredField(name, tuple(map(StoredHeader, texts)), True, "by hand", place=place)

    def _headers(self, line: _Line) -> tuple[StoredHeader, ...]:
        if everything := line.raw("All columns"):
            return tuple(
                StoredHeader(match[1].replace('""', '"'), match[2] or "")
                for match in _LISTED.finditer(everything)
            )
        text, cell = line.raw("Header"), line.text("Cell")
        return (StoredHeader(text, cell),) if text or cell else ()

    # -- settings and criteria ---------------------------------------------------------------------

    def _setting(self, line: _Line) -> StoredSetting | None:
        value = line.value("Value")
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            return read_setting(line.text("Setting"), value, line.place("Value"))
        except InputError as error:
            self.wrong.append(str(error))
            return None

    def _criterion(self, line: _Line) -> ChosenCriterion | None:
        name, column = line.text("Criterion"), line.raw("Column")
        if not name and not column:
            return None
        if not name or not column:
            missing = "Column" if name else "Criterion"
            self.wrong.append(
                f'Criterion "{name or column}" has no {missing.lower()} {line.place(missing)}; '
                "enter its name and the header of the column that rates it."
            )
            return None
        direction = plain(line.text("Direction")) or "max"
        if direction not in ("max", "min"):
            self.wrong.append(
                f'Direction of criterion "{name}" is "{line.text("Direction")}" '
                f"{line.place('Direction')}; expected max or min."
            )
        weight = self._number(line, name, "Weight")
        if weight is not None and weight < 0:
            self.wrong.append(
                f'Weight of criterion "{name}" is {weight:g} {line.place("Weight")}; expected a '
                "number of at least 0. Enter 0 to ignore the criterion."
            )
        return ChosenCriterion(
            name,
            column,
            weight,
            "min" if direction == "min" else "max",
            self._number(line, name, "Worst rating"),
            self._number(line, name, "Best rating"),
            line.place("Column"),
        )

    def _number(self, line: _Line, criterion: str, header: str) -> float | None:
        value = line.value(header)
        if value is None or isinstance(value, float):
            return value
        self.wrong.append(
            f'{header} of criterion "{criterion}" is "{line.text(header)}" {line.place(header)}; '
            "expected a number."
        )
        return None


_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "tables": ("Table", "Sheet", "Use", "Your choice"),
    "fields": ("Table", "Field", "Your choice"),
    "settings": ("Setting", "Value"),
    "criteria": ("Criterion", "Column", "Direction", "Weight"),
}
"""The headers that tell each block."""


def _all_in(headers: Sequence[str], said: Mapping[str, int]) -> bool:
    return all(plain(header) in said for header in headers)


_LISTED = re.compile(r'"((?:[^"]|"")*)"(?: \[([A-Za-z0-9]+)\])?')
_CHOICE_IN_LIST = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|([^;]*))(?:;|$)')


def _choices_in(text: str, many: bool) -> list[str]:
    """The headers that a person chose: one, or several with ; between, in quotes where needed."""
    stripped = text.strip()
    if not many:
        whole = re.fullmatch(r'"((?:[^"]|"")*)"', stripped)
        return [whole[1].replace('""', '"')] if whole else [stripped]
    texts = []
    for match in _CHOICE_IN_LIST.finditer(stripped):
        if match[1] is not None:
            texts.append(match[1].replace('""', '"'))
        elif match[2].strip():
            texts.append(match[2].strip())
    return texts
