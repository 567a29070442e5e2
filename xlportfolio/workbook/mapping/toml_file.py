"""The stored mapping as a TOML file that people read and edit."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, get_args

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.parsing import parse_direction
from xlportfolio.records import TABLES
from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import Orientation
from xlportfolio.workbook.mapping.choices import (
    Chosen,
    ChosenCriterion,
    SettingValue,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredSetting,
    StoredTable,
    canonical_field,
    canonical_table,
    canonical_use,
    nearest,
    plain,
    raise_all,
    read_setting,
)
from xlportfolio.workbook.saving.temporary_files import put_whole

_INTRODUCTION = """\
# How xlportfolio reads the workbook: where its tables are and which header means which field.
#
# To choose another column, change its header under [tables.fields]; "-" means that no column
# holds the field. Where a header stands twice, add its cell: "Cost [D4]". To choose what a table
# is, change its table or use. What you change holds in every run; what you leave is found anew
# each time. [tables.found] says how each was found: leave it as it is, but delete a line there
# to say that what was found is right.
#
# table    projects, criteria, ratings, budgets, categories, links, capacity, demand, settings;
#          - for none of them
# use      main: the table itself; part: further rows of it; joined: adds columns by ID; ignore
# lies     rows; transposed: fields down the side
"""
_TABLE_KEYS = (
    "table", "sheet", "range", "lies", "use", "excel_table", "found_as", "confirmed", "fields",
    "found",
)  # fmt: skip
_FOUND_KEYS = ("header", "cell", "certain", "chosen")
_CRITERION_KEYS = ("column", "weight", "direction", "scale_min", "scale_max")
_CHOSEN: dict[str, Chosen] = {chosen: chosen for chosen in get_args(Chosen)}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NONE = "-"
_ON_ONE_LINE = 4


def read_toml(path: str | os.PathLike[str]) -> StoredMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        If it cannot be read, is not TOML, or names a table, field or setting that there is not.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f'"{file}" is not text in UTF-8; save it with that encoding ({error.reason}).'
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f'The mapping file "{file}" cannot be read: {reason}; name a file that can.'
        ) from error
    return parse_toml(text, file.name)


def write_toml(stored: StoredMapping, path: str | os.PathLike[str]) -> None:
    """Write a mapping file; one that is there already is replaced as a whole.

    Raises
    ------
    WorkbookError
        If it cannot be written there.
    """
    file = Path(path)
    try:
        put_whole(toml_text(stored).encode(), file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkbookError(
            f'The mapping file "{file}" cannot be written: {reason}; name a file in a folder that '
            "you can write to."
        ) from error


# -- writing ---------------------------------------------------------------------------------------


def toml_text(stored: StoredMapping) -> str:
    """The mapping as TOML, with comments that explain."""
    lines = [_INTRODUCTION]
    for table in stored.tables:
        lines += [*_table_lines(table), ""]
    lines += [*_setting_lines(stored.settings), "", *_criterion_lines(stored.criteria)]
    return "\n".join(lines) + "\n"


def _table_lines(table: StoredTable) -> Iterator[str]:
    yield "[[tables]]"
    if table.remark:
        yield f"# {_comment(table.remark)}"
    yield f"table = {_string(table.table or _NONE)}"
    yield f"sheet = {_string(table.sheet)}"
    rows = "" if table.rows is None else f"  # rows of data: {table.rows}"
    yield f"range = {_string(table.range)}{rows}"
    yield f"lies = {_string(table.orientation)}"
    yield f"use = {_string(table.use)}"
    if table.excel_table is not None:
        yield f"excel_table = {_string(table.excel_table)}"
    if table.chosen == "automatic":
        yield f"found_as = {_string(_found_as(table))}  # leave it as it is"
    elif table.chosen == "confirmed":
        yield "confirmed = true"
    fields = [f for f in table.fields if f.headers or f.chosen != "automatic"]
    known = {field.field for field in fields}
    if not table.table:
        return
    yield ""
    yield "[tables.fields]"
    for field in fields:
        if field.remark:
            yield f"# {_comment(field.remark)}"
        yield f"{_key(field.field)} = {_headers(field)}"
    remarks = dict(table.remarks)
    for name, spec in TABLES[table.table].fields.items():
        if name not in known and table.use == "main" and spec.kind != "setting":
            yield f'# {name} = ""  # {_comment(remarks.get(name) or spec.help)}'
    found = [field for field in fields if _needs_found(field)]
    if found:
        yield ""
        yield "[tables.found]"
        for field in found:
            yield f"{_key(field.field)} = {_found(field)}"


def _found_as(table: StoredTable) -> str:
    return f"{table.table or _NONE} {table.use}"


def _headers(field: StoredField) -> str:
    if not field.headers:
        return _string(_NONE)
    return _texts([header.text for header in field.headers])


def _texts(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return _string(texts[0])
    if len(texts) <= _ON_ONE_LINE:
        return f"[{', '.join(map(_string, texts))}]"
    return "[\n" + "".join(f"    {_string(text)},\n" for text in texts) + "]"


def _needs_found(field: StoredField) -> bool:
    """Whether the headers alone do not say all of it."""
    if not field.headers:
        return False
    return (
        field.chosen != "by hand"
        or not field.certain
        or any(header.cell for header in field.headers)
        or (len(field.headers) == 1 and plain(field.headers[0].text) in ("", _NONE))
    )


def _found(field: StoredField) -> str:
    def one_line(texts: Sequence[str]) -> str:
        if len(texts) == 1:
            return _string(texts[0])
        return f"[{', '.join(map(_string, texts))}]"

    pairs = [f"header = {one_line([header.text for header in field.headers])}"]
    if any(header.cell for header in field.headers):
        pairs.append(f"cell = {one_line([header.cell for header in field.headers])}")
    pairs.append(f"certain = {str(field.certain).lower()}")
    if field.chosen != "automatic":
        pairs.append(f"chosen = {_string(field.chosen)}")
    return f"{{{', '.join(pairs)}}}"


def _setting_lines(settings: Sequence[StoredSetting]) -> Iterator[str]:
    said = {setting.name: setting.value for setting in settings}
    yield "# What holds for the whole portfolio; it holds over a table of settings in the workbook."
    yield "[settings]"
    for name, spec in TABLES["settings"].fields.items():
        if name in said:
            yield f"{name} = {_scalar(said[name])}  # {spec.help}"
        else:
            yield f'# {name} = ""  # {spec.help}'


def _criterion_lines(criteria: Sequence[ChosenCriterion]) -> Iterator[str]:
    yield "# Criteria made of columns of numbers, such as"
    yield (
        '# "Strategic fit" = {column = "Strategic fit (1-5)", weight = 3, direction = "max", '
        "scale_min = 1, scale_max = 5}"
    )
    yield "[criteria]"
    for criterion in criteria:
        pairs = [f"column = {_string(criterion.column)}"]
        if criterion.weight is not None:
            pairs.append(f"weight = {_scalar(criterion.weight)}")
        pairs.append(f"direction = {_string(criterion.direction)}")
        if criterion.scale_min is not None:
            pairs.append(f"scale_min = {_scalar(criterion.scale_min)}")
        if criterion.scale_max is not None:
            pairs.append(f"scale_max = {_scalar(criterion.scale_max)}")
        yield f"{_key(criterion.criterion)} = {{{', '.join(pairs)}}}"


def _scalar(value: SettingValue) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def _string(text: str) -> str:
    r"""A basic string: '"a \"b\""'."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or _printable(c) for c in text) + '"'


def _printable(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _string(name)


def _comment(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


# -- reading ---------------------------------------------------------------------------------------


def parse_toml(text: str, name: str) -> StoredMapping:
    """Read the text of a mapping file called `name`.

    Raises
    ------
    InputError
        If it is not TOML, or names a table, field or setting that there is not; a line for each.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f'"{name}" is not a TOML file: {error}; correct it there, or delete the file and let '
            "xlportfolio write it again."
        ) from error
    return _Reading(content, name, _lines_of(text)).stored()


_Address = tuple[int, str, str]
"""Number of the table, or -1; section, such as "fields"; key."""


def _lines_of(text: str) -> dict[_Address, int]:
    """Where each key stands; one in an unusual notation may be missing."""
    lines: dict[_Address, int] = {}
    table, section = -1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if re.match(r"\[\[\s*tables\s*\]\]", stripped):
            table, section = table + 1, ""
            lines[table, "", ""] = number
        elif match := re.match(r"\[\s*(?:tables\s*\.\s*)?(\w+)\s*\]", stripped):
            section = match[1]
        elif match := re.match(r"(?:([A-Za-z0-9_-]+)|\"((?:[^\"\\]|\\.)*)\")\s*=", stripped):
            key = match[1] if match[1] is not None else _unescaped(match[2])
            in_table = section in ("", "fields", "found")
            lines.setdefault((table if in_table else -1, section, key), number)
    return lines


def _unescaped(key: str) -> str:
    try:
        return str(tomllib.loads(f'key = "{key}"')["key"])
    except tomllib.TOMLDecodeError:
        return key


class _Reading:
    """One reading of a file; what is wrong is told together at the end."""

    def __init__(self, content: dict[str, Any], name: str, lines: dict[_Address, int]) -> None:
        self.content = content
        self.name = name
        self.lines = lines
        self.wrong: list[str] = []

    def stored(self) -> StoredMapping:
        self._require_known(self.content, ("tables", "settings", "criteria"), (-1, "", ""))
        tables = self.content.get("tables", [])
        if not isinstance(tables, list):
            raise InputError(
                f'"tables" is not a list {self._place(-1, "", "tables")}; write [[tables]].'
            )
        read = [
            table for i, one in enumerate(tables) if (table := self._or_none(self._table, i, one))
        ]
        settings = [
            setting
            for key, value in self._section("settings").items()
            if (setting := self._or_none(self._setting, key, value))
        ]
        criteria = [
            criterion
            for key, value in self._section("criteria").items()
            if (criterion := self._or_none(self._criterion, key, value))
        ]
        raise_all(self.wrong)
        return StoredMapping(tuple(read), tuple(settings), tuple(criteria))

    def _or_none(self, read: Callable[[Any, Any], Any], key: Any, value: Any) -> Any:
        try:
            return read(key, value)
        except InputError as error:
            self.wrong.append(str(error))
            return None

    def _section(self, name: str) -> dict[str, Any]:
        section = self.content.get(name, {})
        if isinstance(section, dict):
            return section
        raise InputError(f'"{name}" holds no keys {self._place(-1, "", name)}; write [{name}].')

    def _place(self, table: int, section: str, key: str) -> str:
        line = self.lines.get((table, section, key))
        path = ".".join(part for part in (section, key) if part) or "tables"
        if table >= 0:
            path = f"tables {table + 1}" + ("" if path == "tables" else f", {path}")
        return f"[{self.name}, line {line}, {path}]" if line else f"[{self.name}, {path}]"

    def _require_known(
        self, said: dict[str, Any], known: Sequence[str], address: _Address, what: str = "key"
    ) -> None:
        table, section, _ = address
        for key in said:
            if key not in known:
                place = self._place(table, section, key)
                self.wrong.append(f'"{key}" is not a {what} {place}{nearest(key, known)}')

    # -- tables ------------------------------------------------------------------------------------

    def _table(self, i: int, said: Any) -> StoredTable:
        if not isinstance(said, dict):
            raise InputError(f"A table holds no keys {self._place(i, '', '')}; write [[tables]].")
        self._require_known(said, _TABLE_KEYS, (i, "", ""))
        text = self._text(i, said, "table", "")
        table = canonical_table("" if plain(text) == _NONE else text, self._place(i, "", "table"))
        use = canonical_use(
            self._text(i, said, "use", "main" if table else "ignore"), self._place(i, "", "use")
        )
        sheet = self._text(i, said, "sheet", "")
        excel_table = self._text(i, said, "excel_table", "") if "excel_table" in said else None
        if not sheet and excel_table is None:
            raise InputError(
                f"A table says no sheet {self._place(i, '', '')}; add sheet = and its name."
            )
        stored = StoredTable(
            table,
            sheet,
            self._text(i, said, "range", ""),
            self._orientation(i, said),
            use,
            self._fields(i, table, said),
            excel_table=excel_table,
            place=self._place(i, "", "table"),
        )
        chosen: Chosen = "by hand"
        if said.get("confirmed") is True:
            chosen = "confirmed"
        elif plain(str(said.get("found_as", ""))) == _found_as(stored):
            chosen = "automatic"
        return dataclasses.replace(stored, chosen=chosen)

    def _text(self, i: int, said: dict[str, Any], key: str, default: str) -> str:
        value = said.get(key, default)
        if isinstance(value, str):
            return value
        raise InputError(f'"{key}" is {value} {self._place(i, "", key)}; expected text in quotes.')

    def _orientation(self, i: int, said: dict[str, Any]) -> Orientation:
        text = self._text(i, said, "lies", "rows")
        if plain(text) == "rows":
            return "rows"
        if plain(text) == "transposed":
            return "transposed"
        raise InputError(
            f'"{text}" is not how a table lies {self._place(i, "", "lies")}; expected rows or '
            "transposed."
        )

    def _fields(self, i: int, table: str, said: dict[str, Any]) -> tuple[StoredField, ...]:
        sections = {}
        for section in ("fields", "found"):
            sections[section] = said.get(section, {})
            if not isinstance(sections[section], dict):
                raise InputError(
                    f'"{section}" holds no keys {self._place(i, "", section)}; write '
                    f"[tables.{section}]."
                )
        if sections["fields"] and not table:
            raise InputError(
                f"Fields are chosen of a table that is none of the portfolio's "
                f"{self._place(i, '', 'table')}; say which table it is."
            )
        found = {
            self._field_name(i, table, "found", key): v for key, v in sections["found"].items()
        }
        fields = [
            self._or_none(self._field, (i, table, key), (value, found))
            for key, value in sections["fields"].items()
        ]
        return tuple(field for field in fields if field is not None)

    def _field_name(self, i: int, table: str, section: str, key: str) -> str:
        return canonical_field(table, key, self._place(i, section, key)) if table else key

    def _field(self, key: tuple[int, str, str], value: tuple[Any, dict[str, Any]]) -> StoredField:
        i, table, written = key
        said, found = value
        name = self._field_name(i, table, "fields", written)
        place = self._place(i, "fields", written)
        texts = [said] if isinstance(said, str) else said
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError(
                f'"{written}" is {said} {place}; expected a header in quotes, or a list of headers.'
            )
        how = found.get(name)
        if isinstance(how, dict) and how.get("header") == said:
            return self._found_field(name, texts, how, (i, written), place)
        if not texts or (isinstance(said, str) and plain(said) in ("", _NONE)):
            return StoredField(name, (), chosen="by hand", place=place)
        return StoredField(name, tuple(map(StoredHeader, texts)), chosen="by hand", place=place)

    def _found_field(
        self, name: str, texts: list[str], how: dict[str, Any], key: tuple[int, str], place: str
    ) -> StoredField:
        self._require_known(how, _FOUND_KEYS, (key[0], "found", key[1]))
        cells = how.get("cell", "")
        cells = [cells] if isinstance(cells, str) else cells
        if not isinstance(cells, list) or len(cells) != len(texts):
            cells = [""] * len(texts)
        headers = tuple(StoredHeader(t, str(c)) for t, c in zip(texts, cells, strict=True))
        word = str(how.get("chosen", "automatic"))
        chosen = _CHOSEN.get(plain(word))
        if chosen is None:
            raise InputError(
                f'"{word}" is not who chose a field {self._place(key[0], "found", key[1])}; '
                "expected automatic, confirmed or by hand."
            )
        return StoredField(name, headers, how.get("certain", True) is True, chosen, place=place)

    # -- settings and criteria ---------------------------------------------------------------------

    def _setting(self, key: str, value: Any) -> StoredSetting | None:
        place = self._place(-1, "settings", key)
        if isinstance(value, str) and not value.strip():
            canonical_field("settings", key, place)
            return None
        return read_setting(key, _as_value(value, key, place), place)

    def _criterion(self, name: str, said: Any) -> ChosenCriterion:
        place = self._place(-1, "criteria", name)
        if isinstance(said, str):
            said = {"column": said}
        if not isinstance(said, dict) or not isinstance(said.get("column"), str):
            raise InputError(
                f'Criterion "{name}" says no column {place}; expected one such as '
                '{column = "Strategic fit (1-5)", weight = 3}.'
            )
        for key in said:
            if key not in _CRITERION_KEYS:
                raise InputError(
                    f'"{key}" is not said of a criterion {place}{nearest(key, _CRITERION_KEYS)}'
                )
        direction = parse_direction(said.get("direction"))
        if direction is None:
            raise InputError(
                f'Direction of criterion "{name}" is "{said["direction"]}" {place}; expected '
                "max or min."
            )
        weight = self._number(name, said, "weight", place)
        if weight is not None and weight < 0:
            raise InputError(
                f'Weight of criterion "{name}" is {weight:g} {place}; expected a number of at '
                "least 0. Enter 0 to ignore the criterion."
            )
        return ChosenCriterion(
            name,
            said["column"],
            weight,
            direction,
            self._number(name, said, "scale_min", place),
            self._number(name, said, "scale_max", place),
            place,
        )

    def _number(self, name: str, said: dict[str, Any], key: str, place: str) -> float | None:
        value = said.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
            return float(value)
        raise InputError(
            f'{key.replace("_", " ").capitalize()} of criterion "{name}" is {value} {place}; '
            "expected a number."
        )


def _as_value(value: Any, key: str, place: str) -> Value:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    raise InputError(f'Setting "{key}" is {value} {place}; expected one text, number or date.')
