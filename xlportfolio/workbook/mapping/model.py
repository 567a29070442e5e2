"""The mapping as a value: tables, fields, how sure each is, and what has to be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from xlportfolio.periods import Period
from xlportfolio.workbook.finding.found import FoundTable

Role = Literal["main", "part", "joined", "alternative"]
"""main: the table itself; part: further rows of it on another sheet; joined: adds columns by ID;
alternative: another candidate for the same table, left out unless chosen."""


@dataclass(frozen=True)
class MappedColumn:
    """One column of a field: a column of the found table by position, and what it is of."""

    column: int
    period: Period | None = None
    kind: str | None = None
    criterion: str | None = None


@dataclass(frozen=True)
class MappedField:
    """A canonical field and the column or columns that hold it.

    Attributes
    ----------
    header
        The header as it stands; of a profile the header of its total, else of its first column.
    column
        The column of that header.
    columns
        What is read: one column, or each part of a profile, of FTE or of ratings.
    subtotals
        Columns that sum others of them and are not added again.
    confidence
        0..1.
    certain
        Whether it may be used without asking.
    alternatives
        Other headers that could be meant, best first.
    why
        Why it is not certain, or what was taken for granted; "" if nothing is to be said.
    serves
        The field whose column serves for this one too, because it has none of its own.
    unit, scale, currency
        "£m", 1e6, "GBP"; None where nothing says. Scale and currency of money only.
    """

    field: str
    header: str
    column: int
    columns: tuple[MappedColumn, ...]
    confidence: float
    certain: bool
    subtotals: tuple[int, ...] = ()
    alternatives: tuple[str, ...] = ()
    why: str = ""
    serves: str | None = None
    unit: str | None = None
    scale: float | None = None
    currency: str | None = None


@dataclass(frozen=True)
class MappedTable:
    """A found table under its canonical name.

    `constants` hold for all of its records: the project that a form is about, told by its sheet.
    `refused` are the fields that a person said it has no column for.
    """

    table: str
    found: FoundTable
    fields: dict[str, MappedField]
    confidence: float
    role: Role = "main"
    label: str = ""
    constants: tuple[tuple[str, str], ...] = ()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """What a person has to say before a reading is used: a sentence, and where it is about."""

    text: str
    table: str
    field: str = ""
    sheet: str = ""
    cell: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """All tables of a workbook that were recognised, what was left out, and what is asked.

    Attributes
    ----------
    key_notes
        What serves as the key of projects without IDs. Who reads the rows leaves it out: reading
        them decides the key, and says so itself.
    """

    tables: tuple[MappedTable, ...]
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    ignored: tuple[tuple[FoundTable, str], ...] = field(default=())
    key_notes: tuple[str, ...] = ()

    def of(self, table: str, *roles: Role) -> tuple[MappedTable, ...]:
        """The mapped tables of a canonical name, of the given roles or of any."""
        return tuple(
            mapped
            for mapped in self.tables
            if mapped.table == table and (not roles or mapped.role in roles)
        )
