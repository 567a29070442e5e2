"""PF Setup and the mapping file say exactly what was stored, whatever the headers are."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hosts.registers import (
    WORKED_EXAMPLE,
    as_read,
)
from xlportfolio import open_workbook
from xlportfolio.records import TABLES
from xlportfolio.workbook.mapping.choices import (
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredSetting,
    StoredTable,
)
from xlportfolio.workbook.mapping.setup_sheet import read_setup, setup_sheet
from xlportfolio.workbook.mapping.toml_file import parse_toml, toml_text

odd = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\"'=;[]\n\t#\\,:-"),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(
        [
            "=1+1",
            "'quoted",
            '"',
            '""',
            "yes",
            "No",
            "-",
            " ",
            " x ",
            "a;b",
            "Cost [D4]",
            "D4",
            "1",
            "Cost:",
            "2026",
            "Table",
            "Field",
            "Criterion",
            "Column",
            '"Cost"',
            "a\nb",
            "#",
            "TRUE",
        ]
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


generously = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


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
