"""Read PF Setup as people left it: each block is found by its headers, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from xlportfolio.checking.columns import as_text
from xlportfolio.errors import InputError
from xlportfolio.parsing import parse_direction
from xlportfolio.records import TABLES
from xlportfolio.values import Value
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
from xlportfolio.workbook.mapping.setup_words import (
    ASKED,
    LIKELY,
    MISSING,
    NO,
    YES,
    choices_in,
    unlisted,
    words_of,
)
from xlportfolio.workbook.protocol import SheetContents
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference

_BLOCKS: Mapping[str, tuple[str, ...]] = {
    "tables": ("Table", "Sheet", "Use", "Your choice"),
    "fields": ("Table", "Field", "Your choice"),
    "settings": ("Setting", "Value"),
    "criteria": ("Criterion", "Column", "Direction", "Weight"),
}
"""The headers that tell each block."""


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
        if plain(text) in YES:
            return table, use, "confirmed"
        if plain(text) in NO:
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
        sure = plain(line.text("Sure?")) not in (ASKED, LIKELY, MISSING)
        if not choice.strip():
            return StoredField(name, headers, sure) if headers else None
        if plain(choice) in YES:
            if headers:
                return StoredField(name, headers, True, "confirmed", place=place)
            raise InputError(
                f'"{choice.strip()}" confirms nothing, because no column was found for '
                f"{words_of(name)} {place}; name its header."
            )
        if plain(choice) in NO:
            return StoredField(name, (), True, "by hand", place=place)
        texts = choices_in(choice, TABLES[table].fields[name].many)
        if texts == [header.text for header in headers]:
            return StoredField(name, headers, True, "by hand", place=place)
        return StoredField(name, tuple(map(StoredHeader, texts)), True, "by hand", place=place)

    def _headers(self, line: _Line) -> tuple[StoredHeader, ...]:
        if everything := line.raw("All columns"):
            return unlisted(everything)
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
        direction = parse_direction(line.value("Direction"))
        if direction is None:
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
            direction or "max",
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


def _all_in(headers: Sequence[str], said: Mapping[str, int]) -> bool:
    return all(plain(header) in said for header in headers)
