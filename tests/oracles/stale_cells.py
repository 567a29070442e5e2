"""Which formulas depend on what is written: asked of xlportfolio, and seen in LibreOffice.

Random workbooks of formulas are computed by LibreOffice before and after random cells are written.
Every cell that shows another value then must be among the stale ones; how many others are is the
price of being careful. Run as a program: python -m tests.oracles.stale_cells --books 20 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import xlsxwriter

from tests.machine import Calc
from tests.oracles.formula_books import DATA, formula_book
from xlportfolio.cells import Registry
from xlportfolio.libreoffice.formula_origins import places
from xlportfolio.operations.recalculating import recalculate_workbook
from xlportfolio.workbook.closed import ClosedWorkbook, open_workbook
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange, cell_address

SHEETS = ("Data", "Plan", "Q1", "Q2", "Q3", "Bob's plan")
N_ROWS = 14
FIRST_FORMULA_COLUMN, LAST_FORMULA_COLUMN = 5, 11

Cell = tuple[str, int, int]


@dataclass
class Comparison:
    """What one writing came to.

    Attributes
    ----------
    missed
        Cells that changed and were not said to be stale.
    is_plain
        Whether no formula of the workbook looks anywhere.
    """

    missed: list[str]
    n_changed: int
    n_stale: int
    n_formulas: int
    is_plain: bool = False


# -- workbooks -----------------------------------------------------------------------------------


class _Maker:
    """A workbook in which a formula looks only at columns to its left: nothing goes in circles.

    Every other one is without formulas that may look at anything, for they count as stale always.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.is_plain = seed % 2 == 1

    def save(self, path: Path) -> Path:
        book = xlsxwriter.Workbook(path)
        sheets = {name: book.add_worksheet(name) for name in SHEETS}
        for name, sheet in sheets.items():
            for row in range(N_ROWS):
                for column in range(FIRST_FORMULA_COLUMN - 1):
                    if name == "Data" and row == 0:
                        continue
                    if self.random.random() < 0.85:
                        sheet.write_number(row, column, self.random.randint(1, 99))
        self.table(sheets["Data"])
        self.names(book)
        for column in range(FIRST_FORMULA_COLUMN, LAST_FORMULA_COLUMN + 1):
            for name, sheet in sheets.items():
                self.column(name, sheet, column)
        book.close()
        return path

    def table(self, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        headers = ["ID", "Cost [k]", "Fit", "Ease"]
        sheet.add_table(
            0, 0, N_ROWS - 1, 3, {"name": "Costs", "columns": [{"header": one} for one in headers]}
        )

    def names(self, book: xlsxwriter.Workbook) -> None:
        book.define_name("Rate", "=Data!$B$3")
        book.define_name("Block", "='Bob''s plan'!$A$2:$C$6")
        book.define_name("Plan!Local", "=Plan!$A$1:$A$9")
        book.define_name("Local", "=Q1!$B$1:$B$9")
        book.define_name("Nested", "=SUM(Block)+Rate")
        book.define_name("Moving", "=OFFSET(Data!$A$2,1,1,3,1)")
        book.define_name("Across", "=SUM(Q1:Q3!$C$2)")

    def column(self, name: str, sheet: xlsxwriter.worksheet.Worksheet, column: int) -> None:
        row = 1
        while row <= N_ROWS:
            if name == "Data" and row == 1:
                row += 1
                continue
            text, height = self.formula(name, row, column), 1
            if self.random.random() < 0.08 and row + 2 <= N_ROWS:
                height = 3
                area = self.area(column, height=3, width=1)
                sheet.write_array_formula(
                    row - 1, column - 1, row + 1, column - 1, f"{{={area}*2+1}}", None, 0
                )
            elif self.random.random() < 0.9:
                sheet.write_formula(row - 1, column - 1, "=" + text, None, 0)
            row += height

    # -- formulas --------------------------------------------------------------------------------

    def formula(self, name: str, row: int, column: int) -> str:
        pick, area = self.random, lambda **size: self.area(column, **size)
        cell = lambda: area(height=1, width=1)  # noqa: E731
        rows = f"$A${pick.randint(2, 6)}:$A${pick.randint(7, N_ROWS)}"
        kinds: list[Callable[[], str]] = [
            lambda: f"{cell()}+{cell()}*2",
            lambda: f"SUM({area()})",
            lambda: f"SUM({area()},{cell()})-MAX({area()})",
            lambda: f"IF({cell()}>{pick.randint(1, 90)},{cell()},{cell()})",
            lambda: f"SUM({self.columns(column)})",
            lambda: (
                f"SUM(Data!${pick.randint(2, 5)}:${pick.randint(6, 9)})*0+{cell()}"
                if column > LAST_FORMULA_COLUMN
                else cell()
            ),
            lambda: f"SUM(Q1:Q3!{self.local(column)})",
            lambda: "SUM(Costs[Cost '[k']])",
            lambda: "SUM(Costs[[#All],[Fit]:[Ease]])",
            lambda: "COUNTA(Costs[#Headers])+SUM(Costs)",
            lambda: "SUM(Costs[[#This Row],[Fit]:[Ease]])" if name == "Data" else "SUM(Costs[Fit])",
            lambda: f"{cell()}*Rate",
            lambda: "SUM(Block)",
            lambda: "SUM(Local)",
            lambda: "Nested+1",
            lambda: "Across",
            lambda: f'SUMIF(Q2!{rows},">30",Q3!B1)',
            lambda: f"SUM(Q1!A{row}:INDEX(Q1!A1:C{N_ROWS},{pick.randint(1, N_ROWS)},3))",
            lambda: f"VLOOKUP({cell()},Q3!$A$1:$C${N_ROWS},2,TRUE)",
            lambda: f'SUMPRODUCT({area(height=4, width=1)},{area(height=4, width=1)})&"A1"',
            lambda: f"CHOOSE({pick.randint(1, 2)},{cell()},{cell()})",
            lambda: f"IFERROR(1/({cell()}-{cell()}),-1)",
            lambda: f"SUM({self.local(column)} {self.local(column)})",
        ]
        looking_anywhere: list[Callable[[], str]] = [
            lambda: "SUM(Moving)",
            lambda: f'INDIRECT("Q2!B"&{pick.randint(1, N_ROWS)})+{cell()}',
            lambda: f"SUM(OFFSET(Plan!$A$1,{pick.randint(0, 5)},1,3,2))",
        ]
        return pick.choice(kinds if self.is_plain else kinds + looking_anywhere)()

    def area(self, before: int, *, height: int = 0, width: int = 0) -> str:
        sheet = self.random.choice(SHEETS)
        quoted = "'Bob''s plan'" if sheet == "Bob's plan" else sheet
        return f"{quoted}!{self.local(before, height, width)}"

    def local(self, before: int, height: int = 0, width: int = 0) -> str:
        pick = self.random
        height = height or pick.randint(1, 6)
        width = min(width or pick.randint(1, 4), before - 1)
        row, column = pick.randint(1, N_ROWS - height + 1), pick.randint(1, before - width)
        dollar = lambda: pick.choice(("", "$"))  # noqa: E731
        ends = []
        for r, c in ((row, column), (row + height - 1, column + width - 1)):
            letters = cell_address(1, c)[:-1]
            ends.append(f"{dollar()}{letters}{dollar()}{r}")
        return ends[0] if height == width == 1 else ":".join(ends)

    def columns(self, before: int) -> str:
        first = self.random.randint(1, before - 1)
        last = self.random.randint(first, before - 1)
        letters = [cell_address(1, column)[:-1] for column in (first, last)]
        return f"{self.random.choice(SHEETS[:-1])}!{letters[0]}:{letters[1]}"


def random_book(seed: int, path: Path) -> Path:
    """A workbook of some hundred formulas of every kind of reference."""
    return _Maker(seed).save(path)


# -- what is written -----------------------------------------------------------------------------


def write_something(book: ClosedWorkbook, pick: random.Random, sheets: Sequence[str]) -> set[Cell]:
    """Write a few cells that hold constants, blanks or formulas; which of all cells change by it.

    With the first cell of an array the others go, too.
    """
    written: set[Cell] = set()
    arrays = {
        (sheet, one.row, one.column): one.cells
        for sheet in book.sheet_names
        for one in book.formulas(sheet)
        if one.kind != "plain"
    }
    for _ in range(pick.choice((1, 3, 6, 12))):
        sheet = pick.choice(sheets or book.sheet_names)
        contents = book.contents(sheet)
        row, column = pick.randint(2, 16), pick.randint(1, 5 if pick.random() < 0.8 else 12)
        values: list[Writable] = [float(pick.randint(100, 9999)), None, "text", Formula("1+1")]
        held = contents.rows.get(row, {}).get(column)
        is_number = isinstance(held, float) and not isinstance(held, bool)
        value = pick.choice(values) if pick.random() < 0.3 else values[0]
        if not is_number and held is not None and pick.random() < 0.7:
            continue
        try:
            quoted = sheet.replace("'", "''")
            book.write(f"'{quoted}'!{cell_address(row, column)}", [[value]])
        except Exception as refused:  # inside an array or a table's header
            assert "cannot be written" in str(refused), refused
            continue
        filled = arrays.get((sheet, row, column), CellRange(row, column, row, column))
        written |= {(sheet, *place) for place in places(filled)}
    return written


def compared(
    path: Path,
    after: Path,
    pick: random.Random,
    values: Callable[[Path], dict[Cell, object]],
    sheets: Sequence[str] = (),
) -> Comparison:
    """Write into a workbook, and compare what is said to be stale with what changes."""
    with open_workbook(path) as book:
        written = write_something(book, pick, sheets)
        waiting = book.stale_cells()
        book.save(after)
        assert book.stale_cells() == waiting, "saving made another set stale"
        n_formulas = sum(len(book.formulas(sheet)) for sheet in book.sheet_names)
    stale = {(sheet, *cell) for sheet, cells in waiting.items() for cell in cells}
    before, now = values(path), values(after)
    changed = {cell for cell in before.keys() | now.keys() if before.get(cell) != now.get(cell)}
    missed = sorted(changed - written - stale)
    return Comparison(
        [f"{sheet}!{cell_address(row, column)}" for sheet, row, column in missed],
        len(changed - written),
        len(stale),
        n_formulas,
    )


def calc_values(calc: Calc) -> Callable[[Path], dict[Cell, object]]:
    """Every value as LibreOffice computes it."""

    def values(path: Path) -> dict[Cell, object]:
        from openpyxl.utils.cell import coordinate_to_tuple

        return {
            (sheet, *coordinate_to_tuple(address)): value
            for sheet, cells in calc.values(path).items()
            for address, value in cells.items()
        }

    return values


def tangled(seed: int, folder: Path, calc: Calc, *, writings: int = 2) -> list[Comparison]:
    """Random references of every kind, computed by LibreOffice alone."""
    path = random_book(seed, folder / f"tangled{seed}.xlsx")
    pick = random.Random(seed)
    found = []
    for k in range(writings):
        one = compared(path, folder / f"tangled{seed}_{k}.xlsx", pick, calc_values(calc))
        found.append(replace(one, is_plain=seed % 2 == 1))
    return found


def with_our_functions(seed: int, folder: Path) -> Comparison:
    """A book of formulas with functions of ours and spills, computed by `recalculate`."""
    registry = Registry.load()
    raw = formula_book(seed).text.save(folder / f"ours{seed}.xlsx")
    path = folder / f"ours{seed}_right.xlsx"
    recalculate_workbook(raw, registry, output=path)

    def values(book: Path) -> dict[Cell, object]:
        computed = folder / f"{book.stem}_computed.xlsx"
        recalculate_workbook(book, registry, output=computed)
        with open_workbook(computed) as opened:
            return {
                (sheet, row, column): value
                for sheet in opened.sheet_names
                for row, line in opened.contents(sheet).rows.items()
                for column, value in line.items()
            }

    return compared(path, folder / f"ours{seed}_after.xlsx", random.Random(seed), values, [DATA])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the first book")
    chosen = parser.parse_args(arguments)
    found: list[Comparison] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calc = Calc(folder)
        for seed in range(chosen.seed, chosen.seed + chosen.books):
            comparisons = tangled(seed, folder, calc)
            if seed % 4 == 0:
                comparisons.append(with_our_functions(seed, folder))
            for one in comparisons:
                for cell in one.missed:
                    print(f"seed {seed}: {cell} changed and was not stale")  # noqa: T201
            found += comparisons
    n_missed = sum(len(one.missed) for one in found)
    n_changed, n_stale = sum(one.n_changed for one in found), sum(one.n_stale for one in found)
    plain = [one for one in found if one.is_plain]
    print(  # noqa: T201
        f"{chosen.books} books, {len(found)} writings, "
        f"{sum(one.n_formulas for one in found):,} formulas: {n_changed:,} cells changed, "
        f"{n_missed} of them missed; {n_stale:,} were stale, {n_stale - n_changed + n_missed:,} "
        "of them for nothing. Without formulas that look anywhere "
        f"{sum(one.n_changed for one in plain):,} changed and "
        f"{sum(one.n_stale for one in plain):,} were stale"
    )
    return 1 if n_missed or not n_changed else 0


if __name__ == "__main__":
    sys.exit(main())
