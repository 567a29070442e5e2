"""The workbook protocol: what every workbook can do, closed on disk or open in Excel.

Operations are written against `Workbook` alone. It is implemented by the closed file
(`closed.py`, spliced) and by the workbook open in Excel (`live/book.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from xlportfolio.values import CellError, Value
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.references import CellRange


@dataclass(frozen=True)
class Formula:
    """A formula to be written, with or without its leading "="; plain text never becomes one."""

    text: str


Writable = None | int | float | str | bool | datetime | date | time | CellError | Formula
"""What may be written: None clears the value and keeps the style."""


@dataclass(frozen=True)
class ExcelTable:
    """A table made with Insert > Table."""

    name: str
    sheet: str
    range: CellRange
    headers: tuple[str, ...]
    header_rows: int = 1
    totals_rows: int = 0


@dataclass(frozen=True)
class DefinedName:
    """A name that stands for one rectangle of cells."""

    name: str
    sheet: str
    range: CellRange


@dataclass(frozen=True)
class SheetContents:
    """What is on one sheet, sparse: an inflated used range costs nothing.

    `rows[row][column]` holds the cells that are not blank; `formats[row][column]` the number
    formats of those of them whose format is not General.
    """

    name: str
    visible: bool
    rows: Mapping[int, Mapping[int, Value]]
    formats: Mapping[int, Mapping[int, str]]
    formulas: frozenset[tuple[int, int]]
    merges: tuple[CellRange, ...]
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]


class Workbook(Protocol):
    """A workbook: read it, write into it, add sheets of ours, save it."""

    @property
    def path(self) -> str: ...

    @property
    def sheet_names(self) -> list[str]:
        """All worksheets, in order, ours included."""
        ...

    @property
    def moved(self) -> tuple[str, ...]:
        """What became so far of cells that people added to sheets of ours that were put anew."""
        ...

    @property
    def our_sheets(self) -> list[str]:
        """The worksheets that carry our mark; a user's own "PF Results" is not among them."""
        ...

    def our_sheet(self, name: str) -> str | None:
        """What the sheet is called now that we put as `name`; None if there is none."""
        ...

    def tables(self) -> list[ExcelTable]: ...

    def names(self) -> list[DefinedName]: ...

    def contents(self, sheet: str) -> SheetContents: ...

    def read(self, reference: str) -> list[list[Value]]: ...

    def write(self, reference: str, rows: Sequence[Sequence[Writable]]) -> None: ...

    def put_sheet(self, description: SheetDescription) -> str:
        """Add a sheet of ours, or replace the one we marked; the name it got."""
        ...

    def handback(self) -> list[str]:
        """Take every sheet and name of ours out; the names of the sheets that went."""
        ...

    def save(self, path: str | os.PathLike[str] | None = None) -> None: ...

    def close(self) -> None: ...
