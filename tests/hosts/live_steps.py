"""Random steps on the workbook open in Excel: what runs of ours do to it, and what its user does.

A step is drawn once and can be done again on another copy of the workbook, with the same effect.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table

from xlportfolio.values import CellError
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    Chart,
    ConditionalFormat,
    Series,
    SheetDescription,
    TableDescription,
    Validation,
)
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet

if TYPE_CHECKING:
    import xlwings as xw

    from tests.hosts.stand_in.model import SheetModel

At = tuple[int, int]
Where = tuple[str, At]

OURS = ("PF Summary", "PF Results", "PF Problems", "PF Setup", "PF Log", "PF Dashboard")
USERS = ("Projects", "Plan & notes", "Budget's")
ROWS, OUTPUTS = range(4, 16), range(8, 14)
"""Where runs write on the user's sheets; users write beside it, and now and then into it."""
_OWN_REFERENCE = re.compile(r"(?<![\w!:$'])(\$?[A-Z]{1,2}\$?)(\d+)(?![\w(!])")
OWN_COLUMNS = range(1, 8)
NUMBER_FORMATS = ("General", "0.00", "#,##0", "dd mmm yyyy", "@", "0%", "#,##0.0;[Red]-#,##0.0")
TEXTS = (
    "Start", "007", "1e5", "3-4", "1/2", "TRUE", "=1+1", "'quoted", "+44 20 7946 0018", "@home",
    " 5 ", "#N/A", "-", "12:30", "Apr-26", "two\nlines", "naïve – ☃", "x" * 300, "5%", "$3",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What one macro of ours does: sheets that it puts, cells that it writes, or handback."""

    sheets: tuple[SheetDescription, ...] = ()
    writes: tuple[tuple[str, At, tuple[tuple[Writable, ...], ...]], ...] = ()
    is_handback: bool = False

    def cells(self) -> Iterator[Where]:
        for sheet, (row, column), rows in self.writes:
            for i, line in enumerate(rows):
                for j in range(len(line)):
                    yield sheet, (row + i, column + j)

    def values(self) -> Iterator[Writable]:
        for _, _, rows in self.writes:
            for line in rows:
                yield from line


@dataclass(frozen=True)
class Edit:
    """What the user does.

    Attributes
    ----------
    do
        Does it; for an edit of a sheet of ours, that sheet is found by its mark.
    sheet
        The user's sheet that it is on, "" for none.
    changed
        The cells of it whose content changes.
    reformatted
        Those whose format changes.
    ours
        The mark of the sheet of ours that it changes, "" for none.
    leads_to
        The mark of the sheet of ours that something of the user's refers to from now on.
    inserted
        Row before which rows were inserted, and how many.
    renamed
        The new name of the sheet.
    taken
        A name of a sheet that is the user's own from now on.
    """

    what: str
    do: Callable[[xw.Book, dict[str, str]], None]
    sheet: str = ""
    changed: frozenset[At] = frozenset()
    reformatted: frozenset[At] = frozenset()
    ours: str = ""
    leads_to: str = ""
    inserted: tuple[int, int] | None = None
    renamed: str = ""
    taken: str = ""


def users_book(path: Path, rng: random.Random) -> Path:
    """Write a workbook with three sheets of a user's: values, dates, formulas, formats, a table."""
    book = Workbook()
    book.remove(book.active)
    for name in USERS:
        sheet = book.create_sheet(name)
        sheet["A1"] = f"{name} of the portfolio"
        sheet.merge_cells("A1:F1")
        sheet.append([])
        sheet.append([f"Head {column}" for column in range(1, 14)])
        for row in ROWS:
            for column in (*OWN_COLUMNS, *OUTPUTS):
                cell = sheet.cell(row, column)
                drawn = rng.random()
                if drawn < 0.3:
                    cell.value = rng.choice((rng.randint(0, 999), rng.random(), "tbc", True))
                elif drawn < 0.4:
                    cell.value = datetime(2026, rng.randint(1, 12), rng.randint(1, 28))
                elif drawn < 0.5:
                    cell.value = f"=A{row}*2"
                if rng.random() < 0.3:
                    cell.number_format = rng.choice(NUMBER_FORMATS)
                if rng.random() < 0.2:
                    cell.fill = PatternFill("solid", fgColor="FFF2CC")
                if rng.random() < 0.1:
                    cell.font = Font(bold=True, color="C00000")
        sheet.column_dimensions["B"].width = 22
        sheet.row_dimensions[3].height = 30
    sheet = book[USERS[1]]
    for column in OWN_COLUMNS:
        sheet.cell(3, column).value = f"Field {column}"
    sheet.add_table(Table(displayName="Plan", ref="A3:G15"))
    book.save(path)
    return path


class Drawing:
    """Draws steps that a workbook allows; each value is one that was never drawn before."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._n = 0

    def run(self, sheets: Sequence[str], ours: Sequence[str]) -> Run:
        """What a macro might do.

        Parameters
        ----------
        sheets
            The user's sheets that are there.
        ours
            The marks of the sheets of ours that are there.
        """
        rng = self._rng
        if ours and rng.random() < 0.12:
            return Run(is_handback=True)
        writes = []
        if rng.random() < 0.6:
            writes = [self._block(sheet) for sheet in rng.sample(sheets, rng.randint(1, 2))]
        names: Sequence[str] = ()
        if not writes or rng.random() < 0.7:
            names = rng.sample(OURS, rng.randint(1, 3))
        return Run(tuple(self._described(name) for name in names), tuple(writes))

    def edit(self, sheets: Sequence[str], ours: dict[str, str], run_cells: set[Where]) -> Edit:
        """What a user might do.

        Parameters
        ----------
        sheets
            The user's sheets that are there.
        ours
            The marks of the sheets of ours that are there, with their names.
        run_cells
            What runs have written.
        """
        rng = self._rng
        sheet = rng.choice(list(sheets))
        free = [
            (row, column)
            for row in ROWS
            for column in (*OWN_COLUMNS, *OUTPUTS)
            if (sheet, (row, column)) not in run_cells
        ]
        written = sorted(at for name, at in run_cells if name == sheet)
        kinds = ["value", "value", "value", "formula", "format", "colour", "name", "add"]
        kinds += ["insert below", "insert above"] if rng.random() < 0.3 else []
        kinds += ["into a block", "format of a block"] if written and rng.random() < 0.25 else []
        if ours:
            kinds += ["our format", "our name"]
            kinds += ["our value", "refers to ours", "names ours"] if rng.random() < 0.4 else []
        kinds += ["rename"] if rng.random() < 0.2 else []
        kinds += ["move"] * 3 if written and rng.random() < 0.25 else []
        kind = rng.choice(kinds)
        mark = rng.choice(sorted(ours)) if ours else ""
        at = rng.choice(free)
        if kind in ("value", "formula"):
            return self._value(sheet, at, is_formula=kind == "formula")
        if kind == "into a block":
            return self._value(sheet, rng.choice(written), is_formula=False)
        if kind in ("format", "format of a block"):
            place = at if kind == "format" else rng.choice(written)
            return _number_format(sheet, place, rng.choice(NUMBER_FORMATS))
        if kind == "colour":
            return _colour(sheet, at, (rng.randrange(256), 200, 90))
        if kind.startswith("insert"):
            before = 2 if kind == "insert above" else 12
            return _insert(sheet, before, rng.randint(1, 3))
        if kind == "move":
            return _move(sheet)
        self._n += 1
        if kind == "name":
            return _name(f"own_name_{self._n}", sheet, at)
        if kind == "add":
            missing = [name for name in OURS if name not in ours.values()]
            name = rng.choice(missing) if missing and rng.random() < 0.1 else f"Mine {self._n}"
            return _add(name, float(self._n))
        if kind == "rename":
            return _rename(sheet, f"Renamed {self._n}")
        if kind == "our format":
            return _our_format(mark, (rng.randint(1, 9), rng.randint(1, 5)))
        if kind == "our name":
            return _our_name(mark, f"Our {self._n}")
        if kind == "our value":
            return _our_value(mark, (rng.randint(1, 9), rng.randint(1, 5)), float(self._n) + 0.5)
        if kind == "refers to ours":
            return _refers(sheet, at, mark, ours[mark])
        return _names_ours(f"to_ours_{self._n}", mark, ours[mark])

    def _block(self, sheet: str) -> tuple[str, At, tuple[tuple[Writable, ...], ...]]:
        rng = self._rng
        first, left = rng.choice(ROWS), rng.choice(OUTPUTS)
        n_rows = rng.randint(1, ROWS.stop - first)
        n_columns = rng.randint(1, OUTPUTS.stop - left)
        rows = tuple(tuple(self._writable() for _ in range(n_columns)) for _ in range(n_rows))
        return sheet, (first, left), rows

    def _writable(self) -> Writable:
        rng = self._rng
        self._n += 1
        day = date(2026 + self._n % 40, 1 + self._n % 12, 1 + self._n % 28)
        drawn = rng.randrange(10)
        if drawn == 0:
            return None
        if drawn < 4:
            return rng.choice((self._n, self._n + 0.25, -self._n / 7))
        if drawn < 6:
            return rng.choice(TEXTS) if rng.random() < 0.6 else f"Text {self._n}"
        if drawn == 6:
            return day if rng.random() < 0.5 else datetime(day.year, day.month, day.day, 9, 30)
        if drawn == 7:
            return Formula(f"=SUM(A4:A9)+{self._n}")
        if drawn == 8:
            return time(self._n % 24, self._n % 60)
        return rng.choice((True, False, CellError("#N/A")))

    def _described(self, name: str) -> SheetDescription:
        rng = self._rng
        cells: dict[At, Cell] = {}
        n_rows, n_columns = rng.randint(2, 9), rng.randint(2, 5)
        for row in range(1, n_rows + 1):
            for column in range(1, n_columns + 1):
                if rng.random() < 0.7:
                    cells[row, column] = self._cell()
        tables, charts = [], []
        top = n_rows + 2
        if rng.random() < 0.6:
            for column in range(1, 4):
                cells[top, column] = Cell(f"Header {column}", CellFormat(bold=True))
                for row in range(top + 1, top + 4):
                    self._n += 1
                    cells[row, column] = Cell(self._n + 0.5, CellFormat(number_format="0.0"))
            table = TableDescription(name.replace(" ", "_"), CellRange(top, 1, top + 3, 3))
            tables.append(table)
            if rng.random() < 0.5:
                values = f"{quote_sheet(name)}!$B${top + 1}:$B${top + 3}"
                charts.append(Chart("column", f"Chart {self._n}", (Series(values),), "H2"))
        whole = CellRange(1, 1, n_rows, n_columns)
        low = ConditionalFormat(
            whole, "cell", "lessThan", (str(self._n),), CellFormat(fill="FFC7CE")
        )
        listed = Validation(CellRange(1, n_columns, n_rows, n_columns), "list", ("yes", "no"))
        merge = CellRange(top + 6, 1, top + 6, 3)
        if is_merged := rng.random() < 0.4:
            cells[top + 6, 1] = Cell("merged", CellFormat(horizontal="center"))
        return SheetDescription(
            name,
            cells,
            widths={1: float(rng.randint(8, 40)), 3: 12.0},
            heights={1: 30.0} if rng.random() < 0.5 else {},
            merges=(merge,) if is_merged else (),
            freeze=rng.choice((None, "A2", "B3")),
            tables=tables,
            conditional_formats=(low,) if rng.random() < 0.4 else (),
            validations=(listed,) if rng.random() < 0.3 else (),
            charts=charts,
            tab_colour=rng.choice((None, "1F4E79", "C55A11")),
            zoom=rng.choice((100, 85)),
            hidden_columns=(7,) if rng.random() < 0.2 else (),
        )

    def _cell(self) -> Cell:
        rng = self._rng
        self._n += 1
        value = rng.choice((float(self._n), f"Text {self._n}", rng.choice(TEXTS), True, None,
                            datetime(2026, 1 + self._n % 12, 1)))  # fmt: skip
        is_day = isinstance(value, datetime)
        shown = CellFormat(
            number_format="dd mmm yyyy" if is_day else rng.choice((None, "0.00", "#,##0")),
            bold=rng.random() < 0.2,
            fill=rng.choice((None, None, "DDEBF7")),
            border=rng.choice((None, None, "thin")),
            wrap=rng.random() < 0.1,
        )
        note = f"Note {self._n}" if rng.random() < 0.05 else None
        link = "Projects!A4" if isinstance(value, str) and rng.random() < 0.1 else None
        return Cell(value, shown, link, note)

    def _value(self, sheet: str, at: At, *, is_formula: bool) -> Edit:
        self._n += 1
        value: object = f"=SUM($A$4:$B$6)+{self._n}" if is_formula else float(self._n) + 0.125

        def do(book: xw.Book, _: dict[str, str]) -> None:
            book.sheets[sheet].range(at).value = value

        return Edit(f"{sheet}!{cell_address(*at)} is {value}", do, sheet, frozenset({at}))


def _number_format(sheet: str, at: At, number_format: str) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        book.sheets[sheet].range(at).number_format = number_format

    what = f"{sheet}!{cell_address(*at)} shows {number_format}"
    return Edit(what, do, sheet, reformatted=frozenset({at}))


def _colour(sheet: str, at: At, colour: tuple[int, int, int]) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        book.sheets[sheet].range(at).color = colour

    return Edit(f"{sheet}!{cell_address(*at)} is coloured", do, sheet, reformatted=frozenset({at}))


def _insert(sheet: str, before: int, n_rows: int) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        insert_rows(book.sheets[sheet].impl._model, before, n_rows)

    return Edit(f"{n_rows} rows above row {before} of {sheet}", do, sheet,
                inserted=(before, n_rows))  # fmt: skip


def insert_rows(sheet: SheetModel, before: int, n_rows: int) -> None:
    """Insert rows as a person does; references within the sheet follow."""

    def moved(row: int) -> int:
        return row + n_rows * (row >= before)

    def area(one: CellRange) -> CellRange:
        return CellRange(
            moved(one.first_row), one.first_column, moved(one.last_row), one.last_column
        )

    def text(formula: str) -> str:
        return _OWN_REFERENCE.sub(lambda at: f"{at[1]}{moved(int(at[2]))}", formula)

    for name in ("values", "formulas", "styles", "notes", "links"):
        cells = getattr(sheet, name)
        setattr(sheet, name, {(moved(row), column): one for (row, column), one in cells.items()})
    sheet.formulas = {at: text(formula) for at, formula in sheet.formulas.items()}
    sheet.rows = {moved(row): line for row, line in sheet.rows.items()}
    sheet.merges = [area(one) for one in sheet.merges]
    sheet.tables = [replace(one, range=area(one.range)) for one in sheet.tables]


def _move(sheet: str) -> Edit:
    """Move what stands in the columns of the outputs one to the right."""
    first, last = OUTPUTS[0], OUTPUTS[-1]
    rows = (ROWS[0], ROWS[-1])

    def do(book: xw.Book, _: dict[str, str]) -> None:
        there = book.sheets[sheet]
        block = there.range((rows[0], first), (rows[1], last))
        held = block.formula
        there.range((rows[0], first + 1), (rows[1], last + 1)).formula = held
        there.range((rows[0], first), (rows[1], first)).value = [[None]] * len(ROWS)

    cells = frozenset((row, column) for row in ROWS for column in range(first, last + 2))
    return Edit(f"the outputs of {sheet} move to the right", do, sheet, cells)


def _name(name: str, sheet: str, at: At) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        row, column = at
        cell = cell_address(row, column)
        book.names.add(name, f"={quote_sheet(sheet)}!${cell[0]}${cell[1:]}")

    return Edit(f"the name {name}", do, sheet)


def _add(name: str, value: float) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        added = book.sheets.add(name, after=book.sheets[len(book.sheets) - 1])
        added.range("B2").value = value

    return Edit(f"a sheet {name}", do, taken=name)


def _rename(sheet: str, new: str) -> Edit:
    def do(book: xw.Book, _: dict[str, str]) -> None:
        book.sheets[sheet].name = new

    return Edit(f"{sheet} is called {new}", do, sheet, renamed=new)


def _our_format(mark: str, at: At) -> Edit:
    def do(book: xw.Book, ours: dict[str, str]) -> None:
        book.sheets[ours[mark]].range(at).color = (250, 200, 10)

    return Edit(f"{mark}, row {at[0]}, is coloured", do, reformatted=frozenset({at}), ours=mark)


def _our_value(mark: str, at: At, value: float) -> Edit:
    def do(book: xw.Book, ours: dict[str, str]) -> None:
        book.sheets[ours[mark]].range(at).value = value

    return Edit(f"{mark}, {cell_address(*at)} is {value}", do, changed=frozenset({at}), ours=mark)


def _our_name(mark: str, new: str) -> Edit:
    def do(book: xw.Book, ours: dict[str, str]) -> None:
        book.sheets[ours[mark]].name = new

    return Edit(f"{mark} is called {new}", do, ours=mark, renamed=new)


def _refers(sheet: str, at: At, mark: str, name: str) -> Edit:
    def do(book: xw.Book, ours: dict[str, str]) -> None:
        formula = f"=COUNTA({quote_sheet(ours[mark])}!$A$1:$C$9)"
        # With "@" it would be a text, and with "General" take the format of what it refers to.
        book.sheets[sheet].range(at).number_format = "0"
        book.sheets[sheet].range(at).formula = formula

    what = f"{sheet}!{cell_address(*at)} counts on {name}"
    return Edit(what, do, sheet, frozenset({at}), leads_to=mark)


def _names_ours(name: str, mark: str, sheet: str) -> Edit:
    def do(book: xw.Book, ours: dict[str, str]) -> None:
        book.names.add(name, f"={quote_sheet(ours[mark])}!$A$1")

    return Edit(f"the name {name} leads to {sheet}", do, leads_to=mark)
