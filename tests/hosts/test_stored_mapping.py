"""The stored mapping: PF Setup and TOML say the same, and what a person chose holds."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xlportfolio import InputError, WorkbookError, open_workbook
from xlportfolio.records import TABLES
from xlportfolio.values import Value
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.finding.tables import find_on_sheet, find_tables
from xlportfolio.workbook.mapping.choices import (
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredSetting,
    StoredTable,
)
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import Mapping
from xlportfolio.workbook.mapping.setup_sheet import read_setup, setup_sheet
from xlportfolio.workbook.mapping.stored import apply_stored, stored_of
from xlportfolio.workbook.mapping.toml_file import parse_toml, read_toml, toml_text, write_toml
from xlportfolio.workbook.protocol import SheetContents

WORKED_EXAMPLE = Path(__file__).resolve().parents[2] / "workbooks" / "worked_example.xlsx"

Cells = dict[tuple[int, int], Value]


# -- sheets in memory ------------------------------------------------------------------------------


def sheet(name: str, cells: Cells) -> SheetContents:
    rows: dict[int, dict[int, Value]] = {}
    for (row, column), value in cells.items():
        if value is not None and value != "":
            rows.setdefault(row, {})[column] = value
    nothing: frozenset[int] = frozenset()
    return SheetContents(name, True, rows, {}, frozenset(), (), nothing, nothing)


def block(rows: list[list[Value]], top: int = 1, left: int = 1) -> Cells:
    return {
        (top + i, left + k): float(v) if isinstance(v, int) else v
        for i, row in enumerate(rows)
        for k, v in enumerate(row)
    }


def as_read(description: SheetDescription, typed: Cells | None = None) -> SheetContents:
    """PF Setup as it would be read back, with what a person typed into it."""
    cells: Cells = {}
    for at, cell in description.cells.items():
        value = cell.value
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        cells[at] = float(value) if isinstance(value, int) else value
    return sheet("PF Setup", {**cells, **(typed or {})})


REGISTER: list[list[Value]] = [
    ["Project ID", "Project name", "Whole life cost (£m)", "Price", "Start date", "Fit", "Note"],
    ["P1", "Bridge", 12.0, 3.0, datetime(2026, 4, 1), 4.0, "x"],
    ["P2", "Road", 7.5, 2.0, datetime(2026, 6, 1), 2.0, "y"],
    ["P3", "Station", 3.25, 9.0, datetime(2027, 1, 1), 5.0, "z"],
]


def mapped(*sheets: SheetContents) -> tuple[list[FoundTable], Mapping]:
    found = [table for contents in sheets for table in find_on_sheet(contents)]
    return found, map_tables(found)


def header_of(mapping: Mapping, field: str, table: str = "projects") -> str:
    return mapping.of(table, "main")[0].fields[field].header


def row_of(contents: SheetContents, *texts: str) -> int:
    """The first row of PF Setup that begins with these texts."""
    for row, values in sorted(contents.rows.items()):
        if [values.get(k) for k in range(1, len(texts) + 1)] == list(texts):
            return row
    raise LookupError(texts)


CHOICE = 7


# -- the same in PF Setup, in TOML and in memory -----------------------------------------------------

odd = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\"'=;[]\n\t#\\,:-"),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(
        ["=1+1", "'quoted", '"', '""', "yes", "No", "-", " ", " x ", "a;b", "Cost [D4]", "D4", "1"]
        + ["Cost:", "2026", "Table", "Field", "Criterion", "Column", '"Cost"', "a\nb", "#", "TRUE"]
    ),
)
cells = st.sampled_from(["", "A5", "D4", "XFD1048576", "AB7"])
headers = st.builds(StoredHeader, odd, cells)


@st.composite
def fields_of(draw: st.DrawFn, table: str) -> tuple[StoredField, ...]:
    names = list(TABLES[table].fields)
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=5))
    fields = []
    for name in sorted(chosen, key=names.index):
        most = 4 if TABLES[table].fields[name].many else 1
        who = draw(st.sampled_from(["automatic", "confirmed", "by hand"]))
        least = 0 if who == "by hand" else 1
        said = tuple(draw(st.lists(headers, min_size=least, max_size=most)))
        certain = draw(st.booleans()) if who == "automatic" else True
        fields.append(StoredField(name, said, certain, who))
    return tuple(fields)


@st.composite
def tables(draw: st.DrawFn) -> StoredTable:
    table = draw(st.sampled_from([*TABLES, ""]))
    if table:
        use = draw(st.sampled_from(["main", "part", "joined", "ignore"]))
        who = draw(st.sampled_from(["automatic", "confirmed", "by hand"]))
    else:
        use, who = "ignore", "automatic"
    fields = draw(fields_of(table)) if table else ()
    return StoredTable(
        table,
        draw(odd.filter(str.strip)),
        "A5:AP63",
        draw(st.sampled_from(["rows", "transposed"])),
        use,
        fields,
        who,
        draw(st.none() | st.just("tblProjects")),
    )


said_settings = st.fixed_dictionaries(
    {},
    optional={
        "currency": st.sampled_from(["GBP", "EUR"]),
        "unit": st.sampled_from(["thousands", "millions"]),
        "price_base": st.sampled_from(["2026/27", "=1+1", 'the "real" prices']),
        "fiscal_first_month": st.integers(1, 12),
        "status_date": st.dates(date(2000, 1, 1), date(2090, 1, 1)),
        "discount_rate": st.sampled_from([0.035, 0.1]),
        "seed": st.integers(0, 1000),
    },
).map(
    lambda said: tuple(
        StoredSetting(name, said[name]) for name in TABLES["settings"].fields if name in said
    )
)

numbers = st.none() | st.floats(0, 1e6)
criteria = st.lists(
    st.builds(
        ChosenCriterion,
        odd.map(str.strip).filter(bool),
        odd,
        numbers,
        st.sampled_from(["max", "min"]),
        numbers,
        numbers,
    ),
    max_size=3,
    unique_by=lambda criterion: criterion.criterion,
).map(tuple)

stored_mappings = st.builds(
    StoredMapping, st.lists(tables(), max_size=3).map(tuple), said_settings, criteria
)
generously = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@generously
@given(stored_mappings)
def test_toml_says_exactly_what_was_stored(stored: StoredMapping) -> None:
    assert parse_toml(toml_text(stored), "mapping.toml") == stored


@generously
@given(stored_mappings)
def test_setup_sheet_says_exactly_what_was_stored(stored: StoredMapping) -> None:
    assert read_setup(as_read(setup_sheet(stored))) == stored


@settings(max_examples=5, deadline=None)
@given(stored=stored_mappings)
def test_setup_sheet_in_a_file_says_exactly_what_was_stored(
    stored: StoredMapping, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("setup") / "out.xlsx"
    with open_workbook(WORKED_EXAMPLE) as book:
        name = book.put_sheet(setup_sheet(stored))
        book.save(file)
    with open_workbook(file) as book:
        assert read_setup(book.contents(name)) == stored
