"""The mapping as a value that is stored: what was found, and what people chose.

What a person chose holds in every run; what was found automatically is kept to be shown, and is
found anew.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from xlportfolio.errors import InputError
from xlportfolio.records import TABLES, Settings
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value
from xlportfolio.workbook.finding.found import Orientation

Use = Literal["main", "part", "joined", "ignore"]
"""main: the table itself; part: further rows of it; joined: adds columns by ID;
ignore: not read."""

Chosen = Literal["automatic", "confirmed", "by hand"]
"""automatic: found, and found anew at each run; confirmed: found, and a person said yes; by hand:
said by a person, whatever is found."""

USES: tuple[Use, ...] = get_args(Use)

SettingValue = str | int | float | date


@dataclass(frozen=True)
class StoredHeader:
    """A header, stacked levels joined by " / ", and its cell; "" where that is not known."""

    text: str
    cell: str = ""


@dataclass(frozen=True)
class StoredField:
    """The headers of a field.

    Attributes
    ----------
    headers
        One, or several of a profile, of FTE or of ratings; none where a person said that no
        column holds the field.
    certain
        Whether it is used without asking.
    chosen
        Who said so.
    remark
        A question or a note beside it; shown, not read back.
    place
        Where a person said it, such as "[PF Setup!G12]"; for messages.
    """

    field: str
    headers: tuple[StoredHeader, ...] = ()
    certain: bool = True
    chosen: Chosen = "automatic"
    remark: str = dataclasses.field(default="", compare=False)
    place: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True)
class StoredTable:
    """A table of the workbook and what it is used as.

    Attributes
    ----------
    table
        Canonical table; "" for one that is none of the portfolio's.
    range
        Where it stood, headers included.
    chosen
        Who said what it is and how it is used; its fields say so for themselves.
    excel_table
        Its name, if it was made with Insert > Table.
    rows, headers, remark, remarks
        Shown, not read back: how many rows, all headers, a note on it, notes on fields not found.
    place
        Where a person said it; for messages.
    """

    table: str
    sheet: str
    range: str
    orientation: Orientation = "rows"
    use: Use = "main"
    fields: tuple[StoredField, ...] = ()
    chosen: Chosen = "automatic"
    excel_table: str | None = None
    rows: int | None = dataclasses.field(default=None, compare=False)
    headers: tuple[str, ...] = dataclasses.field(default=(), compare=False)
    remark: str = dataclasses.field(default="", compare=False)
    remarks: tuple[tuple[str, str], ...] = dataclasses.field(default=(), compare=False)
    place: str = dataclasses.field(default="", compare=False)

    @property
    def is_chosen(self) -> bool:
        """Whether a person said anything about it."""
        return self.chosen != "automatic" or any(f.chosen != "automatic" for f in self.fields)

    def field(self, name: str) -> StoredField | None:
        """What is stored of a field; None if nothing is."""
        return next((field for field in self.fields if field.field == name), None)


@dataclass(frozen=True)
class StoredSetting:
    """A setting that a person said."""

    name: str
    value: SettingValue
    place: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True)
class ChosenCriterion:
    """A criterion that a person made of a column of numbers.

    Attributes
    ----------
    column
        The header of its ratings in the table of projects.
    weight
        Its importance, at least 0; None where all weigh the same.
    scale_min, scale_max
        The worst and the best rating of its scale, if it has one.
    """

    criterion: str
    column: str
    weight: float | None = None
    direction: Literal["max", "min"] = "max"
    scale_min: float | None = None
    scale_max: float | None = None
    place: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True)
class StoredMapping:
    """What PF Setup or a mapping file holds."""

    tables: tuple[StoredTable, ...] = ()
    settings: tuple[StoredSetting, ...] = ()
    criteria: tuple[ChosenCriterion, ...] = ()

    def said_settings(self) -> Settings | None:
        """The settings that people said, which hold over a table of settings; None for none."""
        if not self.settings:
            return None
        return Settings(**{setting.name: setting.value for setting in self.settings})  # type: ignore[arg-type]


# -- names and values that people type -------------------------------------------------------------


def plain(text: str) -> str:
    """Typed text without what people add or leave out: case, spaces, a colon at the end.

    >>> plain("  Whole life  COST : ")
    'whole life cost'
    """
    return " ".join(text.casefold().split()).rstrip(" :")


def nearest(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A clause that names what comes nearest, such as '; did you mean "cost"?'."""
    by_plain = {plain(one): one for one in known}
    close = difflib.get_close_matches(plain(name), by_plain, n=1, cutoff=0.5)
    if close:
        return f'; did you mean "{by_plain[close[0]]}"?'
    if otherwise:
        return f"; {otherwise}"
    return f"; expected one of {', '.join(by_plain.values())}." if by_plain else "."


def at(place: str) -> str:
    """A place as it stands within a sentence."""
    return f" {place}" if place else ""


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", plain(text)).strip("_")


def canonical_table(text: str, place: str) -> str:
    """The canonical table that people named; "" where they named none.

    Raises
    ------
    InputError
        If there is no such table.
    """
    name = _name(text)
    if not name or name in TABLES:
        return name
    raise InputError(f'"{text}" is not a table of a portfolio{at(place)}{nearest(text, TABLES)}')


def canonical_field(table: str, text: str, place: str) -> str:
    """The canonical field of a table that people named.

    Raises
    ------
    InputError
        If the table has no such field.
    """
    name = _name(text)
    fields = TABLES[table].fields
    if name in fields:
        return name
    raise InputError(
        f'"{text}" is not a field of the {table} table{at(place)}{nearest(text, fields)}'
    )


def canonical_use(text: str, place: str) -> Use:
    """How a table is used, as people wrote it.

    Raises
    ------
    InputError
        If it is none of main, part, joined and ignore.
    """
    for use in USES:
        if plain(text) == use:
            return use
    raise InputError(
        f'"{text}" is not a use of a table{at(place)}; expected main, part, joined or ignore.'
    )


def read_setting(name: str, value: Value, place: str) -> StoredSetting:
    """A setting that a person said.

    Raises
    ------
    InputError
        If there is no such setting, or the value cannot be one of it.
    """
    canonical = canonical_field("settings", name, place)
    table = SourceTable("settings", "Settings", (SourceColumn(canonical, canonical),), ((value,),))
    read = read_tables([table])
    problem = next((p for p in read.problems if p.table == "settings"), None)
    said = getattr(read.settings, canonical)
    if problem is not None or said is None or canonical not in read.settings.model_fields_set:
        expected = f"; expected {problem.expected}." if problem and problem.expected else "."
        words = canonical.replace("_", " ")
        raise InputError(f'Setting "{words}" cannot be {_shown(value)}{at(place)}{expected}')
    return StoredSetting(canonical, said, place)


def _shown(value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return f'"{value}"' if isinstance(value, str) else str(value)


def raise_all(sentences: Iterable[str]) -> None:
    """Tell everything that is wrong at once, a line for each.

    Raises
    ------
    InputError
        If there is any sentence.
    """
    told = list(dict.fromkeys(sentences))
    if told:
        raise InputError("\n".join(told))
