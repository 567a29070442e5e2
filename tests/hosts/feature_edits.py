"""Every edit that a workbook of a portfolio office meets, chosen by what stands in the workbook.

`EDITS[name](sheet, rng)` is an attempt on a surveyed sheet, or None where the sheet has nothing of
the kind. An attempt knows which cells it writes, and whether it must be refused and at which cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from random import Random
from typing import Literal

from tests.hosts.feature_survey import (
    Box,
    Cell,
    SheetSurvey,
    Table,
    address,
    holds,
    is_inside,
    within,
)
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import ClosedWorkbook
from xlportfolio.workbook.description import Cell as OurCell
from xlportfolio.workbook.description import (
    CellFormat,
    Chart,
    ConditionalFormat,
    Series,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.protocol import Formula, Writable
from xlportfolio.workbook.references import CellRange, quote_sheet

Kind = Literal["cells", "grow", "cached", "ours", "handback"]


@dataclass(frozen=True)
class Growth:
    """How a table grows: its part, its data before, all of it afterwards, its new headers."""

    part: str
    data: Box
    box: Box
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One edit of one sheet.

    Attributes
    ----------
    kind
        Cells of the user's, more of a table, values beside formulas, a sheet of ours, or all of
        ours taken out.
    sheet
        The user's sheet that is written; "" where none is.
    cells
        What the cells hold afterwards.
    perform
        Makes the edit on an open workbook, without saving.
    refused
        What the refusal has to name: the cell, or what else forbids it; None where it must be made.
    growth
        How a table grows, where one does.
    """

    kind: Kind
    sheet: str
    cells: dict[Cell, Writable]
    perform: Callable[[ClosedWorkbook], object]
    refused: str | None = None
    growth: Growth | None = None


Edit = Callable[[SheetSurvey, Random], Attempt | None]
Place = Callable[[SheetSurvey, Random], Cell | None]

NUMBERS = (0, 1, -17, 0.1, 1 / 3, 1e15, -2.5e-7, 123456.75, 46113)
TEXTS = (
    "x",
    "On hold",
    " a & <b> ",
    "=1+1",
    "two\nlines",
    "caf\u00e9 \u8ab2 \U0001f600",
    "007",
    "TRUE",
    "'quoted'",
    "tab\there",
    "_x0041_",
    "]]>",
    "y" * 3000,
)
DATES = (
    date(2026, 4, 1),
    date(2031, 12, 31),
    datetime(2026, 4, 1, 6, 30),
    time(18),
    date(1999, 1, 1),
)
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
FORMULAS = {"=1+2": 3, '="a"&"b"': "ab", "=2>1": True, "=SUM(1,2,3)/4": 1.5, '=LEN("four")': 4}


def _value(kind: str, rng: Random) -> Writable:
    match kind:
        case "number":
            return rng.choice(NUMBERS)
        case "text":
            return rng.choice(TEXTS)
        case "date":
            return rng.choice(DATES)
        case "truth":
            return rng.random() < 0.5
        case "error":
            return CellError(rng.choice(ERRORS))
        case "formula":
            return Formula(rng.choice(list(FORMULAS)))
    raise ValueError(kind)


# -- places


def _pick(sheet: SheetSurvey, rng: Random, cells: Iterable[Cell]) -> Cell | None:
    """One of the cells, of those that may be written where there are any."""
    known = sorted(cells)
    free = [cell for cell in known if sheet.forbidden(cell) is None]
    return rng.choice(free or known) if known else None


def _filled(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(
        sheet, rng, (at for at, seen in sheet.cells.items() if seen.value and not seen.formula)
    )


def _blank_with_style(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(
        sheet,
        rng,
        (at for at, s in sheet.cells.items() if s.style and s.value is None and s.formula is None),
    )


def _in_new_row(sheet: SheetSurvey, rng: Random) -> Cell:
    row, column = sheet.last
    return row + rng.randint(1, 12), rng.randint(1, max(column, 1))


def _in_new_column(sheet: SheetSurvey, rng: Random) -> Cell:
    row, column = sheet.last
    return rng.randint(1, row), column + rng.randint(1, 14)


def _formula(sheet: SheetSurvey, rng: Random) -> Cell | None:
    plain = (at for at, seen in sheet.cells.items() if seen.formula and seen.formula_kind is None)
    return _pick(sheet, rng, plain)


def _shared_first(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (cells[0] for cells in sheet.shared.values()))


def _shared_follower(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (at for cells in sheet.shared.values() for at in cells[1:]))


def _array_first(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(
        sheet, rng, (at for at, seen in sheet.cells.items() if seen.formula_kind == "array")
    )


def _array_inside(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (at for box in sheet.arrays for at in within(box) if at != box[:2]))


def _what_if(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (at for box in sheet.what_if for at in within(box)))


def _merge_first(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (box[:2] for box in sheet.merges))


def _merge_hidden(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (at for box in sheet.merges for at in within(box) if at != box[:2]))


def _pivot(sheet: SheetSurvey, rng: Random) -> Cell | None:
    return _pick(sheet, rng, (at for box in sheet.pivots for at in within(box)))


def _table_row(sheet: SheetSurvey, rng: Random, *, of: str) -> Cell | None:
    """A cell of a table: of its header row, its totals row, or its data."""
    found = []
    for table in sheet.tables:
        first, last = table.box[0] + table.headers, table.box[2] - table.totals
        rows = {
            "header": range(table.box[0], first),
            "data": range(first, last + 1),
            "totals": range(last + 1, table.box[2] + 1),
        }[of]
        found += [(row, col) for row in rows for col in range(table.box[1], table.box[3] + 1)]
    return _pick(sheet, rng, found)


def _hidden_row(sheet: SheetSurvey, rng: Random) -> Cell | None:
    columns = range(1, sheet.last[1] + 1)
    return _pick(sheet, rng, ((row, col) for row in sheet.hidden_rows for col in columns))


def _locked(sheet: SheetSurvey, rng: Random) -> Cell | None:
    if not sheet.is_protected:
        return None
    locked = [at for at in sheet.cells if sheet.forbidden(at)]
    return rng.choice(locked) if locked else None


PLACES: dict[str, Place] = {
    "filled": _filled,
    "blank_with_style": _blank_with_style,
    "in_new_row": _in_new_row,
    "in_new_column": _in_new_column,
    "formula": _formula,
    "shared_first": _shared_first,
    "shared_follower": _shared_follower,
    "array_first": _array_first,
    "array_inside": _array_inside,
    "what_if": _what_if,
    "merge_first": _merge_first,
    "merge_hidden": _merge_hidden,
    "pivot": _pivot,
    "table_header": partial(_table_row, of="header"),
    "table_data": partial(_table_row, of="data"),
    "table_totals": partial(_table_row, of="totals"),
    "hidden_row": _hidden_row,
    "locked": _locked,
}
KINDS = ("number", "text", "date", "truth", "error", "formula")


# -- attempts


def write_cells(sheet: SheetSurvey, rows: dict[Cell, Writable]) -> Attempt:
    """Write a block of cells that has no gaps, from its top-left cell."""
    first = min(rows)
    width = len({column for _, column in rows})
    ordered = [rows[at] for at in sorted(rows)]
    block = [ordered[start : start + width] for start in range(0, len(ordered), width)]
    opened = [box for box in sheet.arrays if box[:2] in rows]
    cells: dict[Cell, Writable] = dict(rows)
    for box in opened:
        for at in within(box):
            if at in sheet.cells:
                cells.setdefault(at, None)
    refused = None
    for at in sorted(rows):
        seen = sheet.cells.get(at)
        if rows[at] is None and (seen is None or (seen.value is None and seen.formula is None)):
            continue  # a blank stays a blank, wherever it is
        value, date1904 = rows[at], sheet.book.date1904
        is_constant = value is not None and not isinstance(value, Formula)
        if seen is not None and is_constant and holds(seen, value, date1904=date1904):
            continue  # what is there already is not written
        why = sheet.forbidden(at)
        if why is None or (why == "array" and any(at in within(box) for box in opened)):
            continue
        refused = f"{quote_sheet(sheet.name)}!{address(at)}"
        break
    reference = f"{quote_sheet(sheet.name)}!{address(first)}"
    return Attempt("cells", sheet.name, cells, lambda book: book.write(reference, block), refused)


def _one_cell(kind: str, place: Place, sheet: SheetSurvey, rng: Random) -> Attempt | None:
    at = place(sheet, rng)
    return None if at is None else write_cells(sheet, {at: _value(kind, rng)})


def _any_kind(place: Place, sheet: SheetSurvey, rng: Random) -> Attempt | None:
    return _one_cell(rng.choice(KINDS), place, sheet, rng)


def _clear(place: Place, sheet: SheetSurvey, rng: Random) -> Attempt | None:
    at = place(sheet, rng)
    return None if at is None else write_cells(sheet, {at: None})


def _block(sheet: SheetSurvey, rng: Random) -> Attempt:
    """A block of every kind of value, over cells that are there and some that are not."""
    last = sheet.last
    top, left = rng.randint(1, last[0] + 3), rng.randint(1, last[1] + 3)
    height, width = rng.randint(1, 5), rng.randint(1, 5)
    return write_cells(
        sheet,
        {
            (row, column): _value(rng.choice(KINDS), rng)
            for row in range(top, top + height)
            for column in range(left, left + width)
        },
    )


def _by_name(sheet: SheetSurvey, rng: Random) -> Attempt | None:
    named = [(name, box) for name, of, box in sheet.book.names if of == sheet.name]
    if not named:
        return None
    name, box = rng.choice(named)
    attempt = write_cells(sheet, {at: _value("number", rng) for at in within(box)})
    width = box[3] - box[1] + 1
    values = [attempt.cells[at] for at in within(box)]
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    return Attempt(
        "cells", sheet.name, attempt.cells, lambda book: book.write(name, rows), attempt.refused
    )


def _by_table_name(sheet: SheetSurvey, rng: Random) -> Attempt | None:
    """Write all rows of a table under its own header row, which is named with it."""
    tables = [table for table in sheet.tables if table.headers and not table.totals]
    if not tables:
        return None
    table = rng.choice(tables)
    top, left, bottom, right = table.box
    rows = [
        [_value(rng.choice(KINDS), rng) for _ in range(left, right + 1)]
        for _ in range(top + 1, bottom + 1)
    ]
    cells = {
        (row, column): rows[row - top - 1][column - left]
        for row in range(top + 1, bottom + 1)
        for column in range(left, right + 1)
    }
    body = write_cells(sheet, cells)

    def perform(book: ClosedWorkbook) -> None:
        book.write(table.name, [book.read(table.name)[0], *rows])  # type: ignore[list-item]

    return Attempt("cells", sheet.name, body.cells, perform, body.refused)


def _growing_is_refused(sheet: SheetSurvey, table: Table, area: Box) -> str | None:
    """What the refusal to let a table grow names: the table, or the first cell in the way."""
    if sheet.book.is_signed:
        return "signed"
    if sheet.is_protected or table.is_query or table.totals:
        return f'"{table.name}"'
    others = [one.box for one in sheet.tables if one.part != table.part]
    taken = [*sheet.arrays, *sheet.what_if, *sheet.merges, *sheet.pivots, *others]
    for at in within(area):
        seen = sheet.cells.get(at)
        is_filled = seen is not None and (seen.value is not None or seen.formula is not None)
        if is_filled or any(is_inside(box, at) for box in taken):
            return f"{quote_sheet(sheet.name)}!{address(at)}"
    return None


def _append_rows(sheet: SheetSurvey, rng: Random) -> Attempt | None:
    """One to three rows below a table; a calculated column computes them."""
    if not sheet.tables:
        return None
    table = rng.choice(sheet.tables)
    top, left, bottom, right = table.box
    n_rows = rng.choice((1, 1, 2, 3))
    lines: list[list[Writable]] = []
    cells: dict[Cell, Writable] = {}
    for row in range(bottom + 1, bottom + 1 + n_rows):
        lines.append([])
        for column, (_, formula) in enumerate(table.columns, left):
            value = None if formula else _value(rng.choice(("number", "text", "truth")), rng)
            lines[-1].append(value)
            cells[row, column] = Formula(f"={formula}") if formula else value
    area = (bottom + 1, left, bottom + n_rows, right)
    data = (top + table.headers, left, bottom - table.totals, right)
    return Attempt(
        "grow",
        sheet.name,
        cells,
        lambda book: book.append_rows(table.name, lines),
        _growing_is_refused(sheet, table, area),
        Growth(table.part, data, (top, left, bottom + n_rows, right)),
    )


def _append_columns(sheet: SheetSurvey, rng: Random) -> Attempt | None:
    """One or two columns at the right of a table, with values or without."""
    if not sheet.tables:
        return None
    table = rng.choice(sheet.tables)
    top, left, bottom, right = table.box
    taken = {name for name, _ in table.columns}
    headers = [name for name in ("Gate", "RAG & trend", "_x0041_") if name not in taken]
    headers = headers[: rng.randint(1, 2)]
    if not headers:
        return None
    area = (top, right + 1, bottom, right + len(headers))
    data = (top + table.headers, left, bottom - table.totals, right)
    cells: dict[Cell, Writable] = {}
    for column, name in enumerate(headers if table.headers else (), right + 1):
        cells[top, column] = name
    lines: list[list[Writable]] = []
    if rng.random() < 0.7:
        for row in range(data[0], data[2] + 1):
            lines.append([_value(rng.choice(("number", "text")), rng) for _ in headers])
            for column, value in enumerate(lines[-1], right + 1):
                cells[row, column] = value
    for at in within(area):
        cells.setdefault(at, None)
    return Attempt(
        "grow",
        sheet.name,
        cells,
        lambda book: book.append_columns(table.name, headers, lines),
        _growing_is_refused(sheet, table, area),
        Growth(table.part, data, (top, left, bottom, right + len(headers)), tuple(headers)),
    )


def _put_cached_values(sheet: SheetSurvey, rng: Random) -> Attempt | None:
    formulas = [at for at, seen in sorted(sheet.cells.items()) if seen.formula]
    formulas = [at for at in formulas if not any(at in within(box) for box in sheet.what_if)]
    if not formulas:
        return None
    chosen = rng.sample(formulas, rng.randint(1, min(5, len(formulas))))
    values: dict[Cell, Writable] = {
        at: rng.choice((42.5, "a text", True, CellError("#N/A"), -1e-9)) for at in chosen
    }
    return Attempt(
        "cached",
        sheet.name,
        values,
        lambda book: book.put_cached_values(sheet.name, values),  # type: ignore[arg-type]
        "signed" if sheet.book.is_signed else None,
    )


def our_sheet(rng: Random, leads_to: str) -> SheetDescription:
    """A sheet of ours with a table, a chart, a rule, a note and links."""
    n_rows = rng.randint(2, 6)
    cells: dict[Cell, OurCell] = {
        (1, 1): OurCell("Results", CellFormat(bold=True, size=14)),
        (3, 1): OurCell("ID"),
        (3, 2): OurCell("Score", note="0 to 1"),
        (3, 3): OurCell("From"),
    }
    for row in range(4, 4 + n_rows):
        cells[row, 1] = OurCell(f"P-{row}", link=f"{quote_sheet(leads_to)}!A{row}")
        cells[row, 2] = OurCell(rng.random(), CellFormat(number_format="0.000", border="thin"))
        cells[row, 3] = OurCell(date(2026, 4, row))
    cells[4 + n_rows + 1, 1] = OurCell("more", link="https://example.org/")
    last = 3 + n_rows
    return SheetDescription(
        "PF Results",
        cells,
        widths={1: 14.0},
        freeze="A4",
        tables=[TableDescription("PF_Results", CellRange(3, 1, last, 3))],
        conditional_formats=[
            ConditionalFormat(CellRange(4, 2, last, 2), "bar", colours=("5B9BD5",))
        ],
        charts=[
            Chart(
                "column",
                "Score",
                (Series(f"B4:B{last}", categories=f"A4:A{last}", name="Score"),),
                "E3",
            )
        ],
    )


def _ours_refused(sheet: SheetSurvey, *, is_new: bool) -> str | None:
    if sheet.book.is_signed:
        return "signed"
    if sheet.book.is_structure_protected and is_new:
        return "structure"
    return None


def _has_ours(sheet: SheetSurvey) -> bool:
    return "PF Results" in sheet.book.sheets


def _put_our_sheet(sheet: SheetSurvey, rng: Random) -> Attempt:
    """Put a sheet of ours, or replace the one that is there."""
    description = our_sheet(rng, sheet.name)
    return Attempt(
        "ours",
        "",
        {},
        lambda book: book.put_sheet(description),
        _ours_refused(sheet, is_new=not _has_ours(sheet)),
    )


def _hand_back(sheet: SheetSurvey, rng: Random) -> Attempt:
    return Attempt("handback", "", {}, lambda book: book.handback())


EDITS: dict[str, Edit] = {
    **{
        f"{kind} into {place}": partial(_one_cell, kind, PLACES[place])
        for kind in KINDS
        for place in ("filled", "blank_with_style", "in_new_row", "in_new_column")
    },
    **{
        f"write {place}": partial(_any_kind, PLACES[place])
        for place in PLACES
        if place not in ("filled", "blank_with_style", "in_new_row", "in_new_column")
    },
    **{
        f"clear {place}": partial(_clear, PLACES[place])
        for place in ("filled", "blank_with_style", "formula", "shared_first", "array_first")
    },
    "block": _block,
    "by name": _by_name,
    "by table name": _by_table_name,
    "append rows": _append_rows,
    "append columns": _append_columns,
    "put cached values": _put_cached_values,
    "put our sheet": _put_our_sheet,
    "hand back": _hand_back,
}
