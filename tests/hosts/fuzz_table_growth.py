"""Random workbooks whose Excel tables grow at random, checked against a plain model of them.

Run it by hand for long:  python -m tests.hosts.fuzz_table_growth --runs 1000 --seed 7

Each round makes a workbook with tables, rules, names and cells around them, grows the tables,
writes and saves in random order, and checks five things:

* growth is refused exactly when the model says that a cell in the way is not free;
* values and formulas, read with openpyxl, are those of the model, and so are the tables' ranges;
* conditional formats and validations cover the cells of before and the new rows of the columns
  that they covered, found out cell by cell;
* names and formulas of whole columns follow, all other parts stay to the byte;
* the lint finds nothing new.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils import get_column_letter, range_boundaries

from tests.hosts.test_closed_workbook import changed_parts
from xlportfolio import Formula, StaleValueWarning, WorkbookError, open_workbook
from xlportfolio.workbook.lint import new_findings
from xlportfolio.workbook.references import CellRange

Cell = tuple[int, int]
SHEET = "Plan & more"
VALUES = (None, 1, 2.5, "x", "a & <b>", True, "line\nbreak", " spaces ")
N_ROWS, N_COLUMNS = 40, 24


@dataclass
class Table:
    """A table of the model."""

    name: str
    area: CellRange
    headers: list[str]
    part: str
    formulas: dict[int, str] = field(default_factory=dict)

    @property
    def data(self) -> CellRange:
        one = self.area
        return CellRange(one.first_row + 1, one.first_column, one.last_row, one.last_column)


@dataclass
class Model:
    """What is on the sheet."""

    cells: dict[Cell, Any] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    rules: list[set[Cell]] = field(default_factory=list)
    names: dict[str, CellRange] = field(default_factory=dict)
    merges: list[CellRange] = field(default_factory=list)


def run_rounds(runs: int, seed: int) -> tuple[int, list[str]]:
    """Run rounds; how often a table grew, and a line for each round that failed."""
    n_grown, failures = 0, []
    for number in range(runs):
        rng = random.Random(f"{seed}/{number}")
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore", StaleValueWarning)
            try:
                grown, complaint = one_round(Path(folder), rng)
            except Exception as error:
                error.add_note(f"in round {number} of seed {seed}")
                raise
        n_grown += grown
        if complaint:
            failures.append(f"seed {seed}, round {number}: {complaint}")
    return n_grown, failures


def one_round(folder: Path, rng: random.Random) -> tuple[int, str | None]:
    before, path = folder / "before.xlsx", folder / "book.xlsx"
    model = make_book(before, rng)
    path.write_bytes(before.read_bytes())
    n_grown = 0
    touched: set[str] = set()
    with open_workbook(path) as book:
        for _ in range(rng.randint(1, 6)):
            action = rng.choice(("rows", "rows", "columns", "write", "save"))
            table = rng.choice(model.tables)
            if action == "rows":
                outcome = grow_rows(book, model, table, rng)
            elif action == "columns":
                outcome = grow_columns(book, model, table, rng)
            elif action == "save":
                book.save()
                continue
            else:
                outcome = write(book, model, rng)
            if isinstance(outcome, str):
                return n_grown, outcome
            if outcome and action != "write":
                n_grown += 1
                touched.add(table.part)
            if complaint := compare_pending(book, model):
                return n_grown, f"before the save, {complaint}"
        book.save()
    allowed = {"xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"} | touched
    if strange := changed_parts(before, path) - allowed:
        return n_grown, f"changed parts {sorted(strange)}"
    if findings := new_findings(before, path):
        return n_grown, f"lint: {findings[0]}"
    return n_grown, compare(path, model)


# -- making


def make_book(path: Path, rng: random.Random) -> Model:
    model = Model()
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        styles = [None, book.add_format({"num_format": "0.00", "bold": True})]
        for number in range(rng.randint(1, 3)):
            add_table(sheet, model, number, styles, rng)
        taken = {at for table in model.tables for at in cells_of(table.area)}
        for _ in range(rng.randint(0, 6)):
            at = (rng.randint(1, N_ROWS), rng.randint(1, N_COLUMNS))
            if at not in taken:
                total = f"=SUM({some_columns(rng.choice(model.tables), rng).address})"
                model.cells[at] = rng.choice((7, "there", "=1+1", total))
                sheet.write(at[0] - 1, at[1] - 1, model.cells[at])
                taken.add(at)
        row, column = rng.randint(1, N_ROWS), rng.randint(1, N_COLUMNS)
        merge = CellRange(row, column, row + 1, column + 1)
        if rng.random() < 0.3 and not taken & set(cells_of(merge)):
            model.merges.append(merge)
            model.cells[row, column] = "merged"
            sheet.merge_range(merge.address, "merged")
        for _ in range(rng.randint(0, 4)):
            add_rule(sheet, model, rng)
        for number in range(rng.randint(0, 2)):
            area = some_columns(rng.choice(model.tables), rng)
            model.names[f"Name{number}"] = area
            book.define_name(f"Name{number}", f"='{SHEET}'!{absolute(area)}")
        book.add_worksheet("Other").write("A1", "untouched")
    return model


def add_table(sheet: Any, model: Model, number: int, styles: list[Any], rng: random.Random) -> None:
    height, width = rng.randint(1, 4), rng.randint(1, 4)
    top, left = rng.randint(1, 14), rng.randint(1, 10)
    area = CellRange(top, left, top + height, left + width - 1)
    if any(area.overlaps(other.area) for other in model.tables):
        return
    headers = [f"{name} {number}" for name in ("ID", "Cost", "Start", "Sum")[:width]]
    formula = (
        f"Table{number}[[#This Row],[{headers[0]}]]&1" if width > 1 and rng.random() < 0.5 else ""
    )
    is_blank = height == 1 and not formula and rng.random() < 0.7
    columns = [{"header": header, "format": rng.choice(styles)} for header in headers]
    table = Table(f"Table{number}", area, headers, f"xl/tables/table{len(model.tables) + 1}.xml")
    if formula:
        table.formulas[width - 1] = formula
        columns[-1]["formula"] = f"={formula}"
    assert sheet.add_table(area.address, {"name": table.name, "columns": columns}) == 0
    for place, header in enumerate(headers):
        model.cells[top, left + place] = header
        for row in range(top + 1, area.last_row + 1):
            is_formula = formula and place == width - 1
            value = f"={formula}" if is_formula else None if is_blank else rng.choice((3, "v"))
            if value is not None:
                model.cells[row, left + place] = value
                sheet.write(row - 1, left + place - 1, value)
    model.tables.append(table)


def some_columns(table: Table, rng: random.Random) -> CellRange:
    """All rows of some columns of a table, or some of its rows."""
    data = table.data
    first = rng.randint(data.first_column, data.last_column)
    last = rng.randint(first, data.last_column)
    area = CellRange(data.first_row, first, data.last_row, last)
    if rng.random() < 0.3 and data.n_rows > 1:
        return CellRange(data.first_row, first, data.last_row - 1, last)
    return area


def add_rule(sheet: Any, model: Model, rng: random.Random) -> None:
    area = some_columns(rng.choice(model.tables), rng)
    if rng.random() < 0.3:
        area = CellRange(area.first_row, area.first_column, area.last_row, area.last_column + 1)
    model.rules.append(set(cells_of(area)))
    if rng.random() < 0.5:
        options = {"type": "cell", "criteria": ">", "value": len(model.rules)}
        sheet.conditional_format(area.address, options)
    else:
        message = f"rule {len(model.rules)}"
        options = {"validate": "any", "input_message": message}
        sheet.data_validation(area.address, options)


# -- growing


def grow_rows(book: Any, model: Model, table: Table, rng: random.Random) -> bool | str:
    n_columns = table.area.n_columns
    rows: list[list[Any]] = [
        [rng.choice(VALUES) for _ in range(n_columns)] for _ in range(rng.randint(1, 3))
    ]
    data = table.data
    is_blank = data.n_rows == 1 and not any(at in model.cells for at in cells_of(data))
    first = data.first_row if is_blank else data.last_row + 1
    last = first + len(rows) - 1
    area = CellRange(data.last_row + 1, data.first_column, last, data.last_column)
    expected = last > data.last_row and is_taken(model, table, area)
    given: list[Any] = list(rows)
    if rng.random() < 0.3:
        given[0] = dict(zip(table.headers, rows[0], strict=True))
    try:
        added = book.append_rows(table.name, given)
    except WorkbookError as error:
        return False if expected else f"refused without need: {error}"
    if expected:
        return f"{table.name} grew over {area.address}, which is not free"
    if added != CellRange(first, data.first_column, last, data.last_column):
        return f"{table.name} says that it grew by {added.address}"
    for row, line in enumerate(rows, first):
        for place, value in enumerate(line):
            if value is None and place in table.formulas:
                value = f"={table.formulas[place]}"
            put(model, (row, data.first_column + place), value)
    if last > data.last_row:
        for rule in model.rules:
            for column in range(data.first_column, data.last_column + 1):
                if all((row, column) in rule for row in range(data.first_row, data.last_row + 1)):
                    rule |= {(row, column) for row in range(data.last_row + 1, last + 1)}
        for name, known in model.names.items():
            model.names[name] = followed(known, data, last)
        for at, value in model.cells.items():
            if isinstance(value, str) and value.startswith("=SUM("):
                known = CellRange.parse(value[5:-1])
                model.cells[at] = f"=SUM({followed(known, data, last).address})"
    table.area = CellRange(
        table.area.first_row, data.first_column, max(last, data.last_row), data.last_column
    )
    return True


def followed(known: CellRange, data: CellRange, last_row: int) -> CellRange:
    """What a reference becomes when a table has grown."""
    is_whole = (known.first_row, known.last_row) == (data.first_row, data.last_row)
    is_area = known.n_rows * known.n_columns > 1
    if is_whole and is_area and known.overlaps(data):
        return CellRange(known.first_row, known.first_column, last_row, known.last_column)
    return known


def grow_columns(book: Any, model: Model, table: Table, rng: random.Random) -> bool | str:
    area = table.area
    names = [f"new {rng.randint(0, 99_999)}" for _ in range(rng.randint(1, 2))]
    rows = [
        [rng.choice((*VALUES, Formula("=1+2"))) for _ in names] for _ in range(table.data.n_rows)
    ]
    new = CellRange(
        area.first_row, area.last_column + 1, area.last_row, area.last_column + len(names)
    )
    expected = is_taken(model, table, new)
    try:
        added = book.append_columns(table.name, names, rows)
    except WorkbookError as error:
        return False if expected else f"refused without need: {error}"
    if expected:
        return f"{table.name} grew over {new.address}, which is not free"
    if added != new:
        return f"{table.name} says that it grew by {added.address}"
    for place, name in enumerate(names):
        model.cells[area.first_row, new.first_column + place] = name
        for row, line in enumerate(rows, area.first_row + 1):
            value = line[place]
            text = value.text if isinstance(value, Formula) else value
            put(model, (row, new.first_column + place), text)
    for place in range(len(names)):
        if all(isinstance(line[place], Formula) for line in rows):
            table.formulas[len(table.headers) + place] = "1+2"
    table.area = CellRange(area.first_row, area.first_column, area.last_row, new.last_column)
    table.headers += names
    return True


def write(book: Any, model: Model, rng: random.Random) -> bool | str:
    at = (rng.randint(1, N_ROWS), rng.randint(1, N_COLUMNS))
    value = rng.choice(VALUES)
    is_header = any(at[0] == one.area.first_row and one.area.contains(*at) for one in model.tables)
    is_hidden = any(
        one.contains(*at) and at != (one.first_row, one.first_column) for one in model.merges
    )
    # A blank over a blank is no change, and nothing to refuse.
    expected = is_header or (is_hidden and value is not None)
    address = f"'{SHEET}'!{get_column_letter(at[1])}{at[0]}"
    try:
        book.write(address, [[value]])
    except WorkbookError as error:
        return False if expected else f"refused without need: {error}"
    if expected:
        return f"{address} was written"
    put(model, at, value)
    return True


def put(model: Model, at: Cell, value: Any) -> None:
    if value is None:
        model.cells.pop(at, None)
    else:
        model.cells[at] = value


def is_taken(model: Model, table: Table, area: CellRange) -> bool:
    others = [other.area for other in model.tables if other is not table] + model.merges
    return any(at in model.cells for at in cells_of(area)) or any(
        area.overlaps(other) for other in others
    )


# -- comparing


def compare_pending(book: Any, model: Model) -> str | None:
    area = f"A1:{get_column_letter(N_COLUMNS + 8)}{N_ROWS + 12}"
    formulas = book.contents(SHEET).formulas
    for row, line in enumerate(book.read(f"'{SHEET}'!{area}"), 1):
        for column, value in enumerate(line, 1):
            wanted = model.cells.get((row, column))
            if isinstance(wanted, str) and wanted.startswith("="):
                if (row, column) not in formulas:
                    return f"row {row}, column {column} holds no formula"
            elif (row, column) in formulas or value != wanted:
                return f"row {row}, column {column} holds {value!r}, not {wanted!r}"
    return None


def compare(path: Path, model: Model) -> str | None:
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    for row in range(1, N_ROWS + 12):
        for column in range(1, N_COLUMNS + 8):
            if any(
                one.contains(row, column) and (row, column) != (one.first_row, one.first_column)
                for one in model.merges
            ):
                continue
            found, wanted = sheet.cell(row, column).value, model.cells.get((row, column))
            if found != wanted or type(found) is bool is not type(wanted):
                return f"openpyxl reads {found!r} in {row}, {column}, not {wanted!r}"
    for table in model.tables:
        ref = sheet.tables[table.name].ref
        if ref != table.area.address:
            return f"{table.name} covers {ref}, not {table.area.address}"
        names = [column.name for column in sheet.tables[table.name].tableColumns]
        if names != table.headers:
            return f"{table.name} has the columns {names}, not {table.headers}"
    rules = [cells_of_list(str(one.sqref)) for one in sheet.conditional_formatting]
    rules += [cells_of_list(str(one.sqref)) for one in sheet.data_validations.dataValidation]
    # two formats of one area share a list of ranges
    if {frozenset(one) for one in rules} != {frozenset(one) for one in model.rules}:
        return "the rules cover other cells than the model says"
    for name, cells in model.names.items():
        text = book.defined_names[name].attr_text
        if text != f"'{SHEET}'!{absolute(cells)}":
            return f"{name} is {text}, not {absolute(cells)}"
    return None


def cells_of(area: CellRange) -> Iterable[Cell]:
    return (
        (row, column)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    )


def cells_of_list(text: str) -> set[Cell]:
    found: set[Cell] = set()
    for one in text.split():
        left, top, right, bottom = range_boundaries(one)
        found.update(cells_of(CellRange(top, left, bottom, right)))
    return found


def absolute(area: CellRange) -> str:
    first = f"${get_column_letter(area.first_column)}${area.first_row}"
    last = f"${get_column_letter(area.last_column)}${area.last_row}"
    return first if first == last else f"{first}:{last}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Let random tables grow and check them against a model.",
    )
    parser.add_argument("--runs", type=int, default=100, help="how many rounds (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="where to start (default 1)")
    options = parser.parse_args()
    n_grown, failures = run_rounds(options.runs, options.seed)
    for failure in failures:
        sys.stdout.write(failure + "\n")
    sys.stdout.write(f"{options.runs} rounds, {n_grown} growths, {len(failures)} failed\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
