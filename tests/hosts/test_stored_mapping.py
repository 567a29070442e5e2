"""The stored mapping: PF Setup and TOML say the same, and what a person chose holds."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.machine import Validator
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


# -- sheets in memory ----------------------------------------------------------------------------


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


# -- the same in PF Setup, in TOML and in memory -------------------------------------------------

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


# -- what a person chose holds -------------------------------------------------------------------


def projects_choice(*fields: StoredField, **said: object) -> StoredMapping:
    table = StoredTable("projects", "Register", "A1:G4", fields=fields)
    return StoredMapping((dataclasses.replace(table, **said),))  # type: ignore[arg-type]


def by_hand(field: str, *texts: str, place: str = "") -> StoredField:
    return StoredField(field, tuple(map(StoredHeader, texts)), chosen="by hand", place=place)


def test_chosen_header_holds_and_is_not_asked_about() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    assert header_of(automatic, "cost") == "Whole life cost (£m)"
    mapping = apply_stored(projects_choice(by_hand("cost", "Price")), found, automatic)
    cost = mapping.of("projects", "main")[0].fields["cost"]
    assert (cost.header, cost.certain, [part.column for part in cost.columns]) == (
        "Price",
        True,
        [3],
    )
    assert not [q for q in mapping.questions if q.field == "cost"]


def test_unit_of_a_chosen_column_is_read_from_its_header() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = projects_choice(by_hand("npv", "Whole life cost (£m)"))
    npv = apply_stored(stored, found, automatic).of("projects", "main")[0].fields["npv"]
    assert (npv.unit, npv.scale, npv.currency) == ("£m", 1e6, "GBP")


def test_column_given_to_another_field_leaves_the_one_it_was_found_for() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = projects_choice(by_hand("npv", "Whole life cost (£m)"))
    fields = apply_stored(stored, found, automatic).of("projects", "main")[0].fields
    assert "npv" in fields
    assert "cost" not in fields
    assert "budget" not in fields  # which the cost served for


def test_dash_leaves_a_field_out_even_where_another_would_serve_for_it() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    assert automatic.of("projects", "main")[0].fields["budget"].serves == "cost"
    mapping = apply_stored(projects_choice(by_hand("budget"), by_hand("start")), found, automatic)
    fields = mapping.of("projects", "main")[0].fields
    assert "budget" not in fields
    assert "start" not in fields
    assert not [note for note in mapping.notes if "serves for both" in note]


def test_confirmed_field_is_certain_and_asked_no_more() -> None:
    rows = [[*row[:2], *row[3:]] for row in REGISTER]
    rows[0] = ["Project ID", "Project name", "Income raised (£)", "Start date", "Fit", "Note"]
    found, automatic = mapped(sheet("Register", block(rows)))
    assert [q.field for q in automatic.questions] == ["benefit"]
    yes = StoredField("benefit", (StoredHeader("Income raised (£)"),), chosen="confirmed")
    mapping = apply_stored(projects_choice(yes), found, automatic)
    assert mapping.questions == ()
    assert mapping.of("projects", "main")[0].fields["benefit"].certain


def test_confirmed_profile_takes_the_years_that_were_added_to_it() -> None:
    head: list[Value] = ["Project ID", "Project name", "Capex 2026/27", "Capex 2027/28"]
    rows: list[list[Value]] = [[*head, "Capex 2028/29"]]
    rows += [[f"P{i}", f"Name {i}", float(i), float(i + 1), float(i + 2)] for i in range(1, 6)]
    found, automatic = mapped(sheet("Register", block(rows)))
    two = tuple(map(StoredHeader, ("Capex 2026/27", "Capex 2027/28")))
    for who, n_columns in (("confirmed", 3), ("by hand", 2)):
        stored = projects_choice(StoredField("cost", two, chosen=who))  # type: ignore[arg-type]
        cost = apply_stored(stored, found, automatic).of("projects", "main")[0].fields["cost"]
        assert len(cost.columns) == n_columns
        assert [part.period.label for part in cost.columns if part.period] == [
            "2026/27",
            "2027/28",
            "2028/29",
        ][:n_columns]


def test_table_is_found_again_below_new_rows_and_with_columns_moved() -> None:
    moved = [[row[3], row[0], row[1], row[6], row[2], row[4], row[5]] for row in REGISTER]
    moved.append([4.0, "P4", "Tunnel", "n", 9.0, datetime(2027, 3, 1), 1.0])
    found, automatic = mapped(sheet("Register", block([["Capital programme"], [], *moved], 4, 2)))
    mapping = apply_stored(projects_choice(by_hand("cost", "Price")), found, automatic)
    main = mapping.of("projects", "main")[0]
    assert main.found.cell(None, main.fields["cost"].column) == (6, 2)


def test_header_is_found_in_other_case_spaces_and_with_a_colon() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    mapping = apply_stored(projects_choice(by_hand("cost", "  PRICE : ")), found, automatic)
    assert header_of(mapping, "cost") == "Price"


def test_header_that_stands_twice_is_told_by_its_cell_wherever_the_table_moved() -> None:
    rows = [list(row) for row in REGISTER]
    rows[0][2] = rows[0][3] = "Price"
    found, automatic = mapped(sheet("Register", block(rows)))
    with pytest.raises(InputError) as caught:
        apply_stored(
            projects_choice(by_hand("cost", "Price", place="[PF Setup!G9]")), found, automatic
        )
    assert str(caught.value) == (
        'The header "Price" stands 2 times in Register!A1:G4 [PF Setup!G9]; add the cell that is '
        "meant, [C1] or [D1]."
    )
    by_cell = apply_stored(projects_choice(by_hand("cost", "Price [D1]")), found, automatic)
    assert by_cell.of("projects", "main")[0].fields["cost"].column == 3
    stored = stored_of(by_cell, projects_choice(by_hand("cost", "Price [D1]")))
    assert stored.tables[0].field("cost") == StoredField(
        "cost", (StoredHeader("Price", "D1"),), chosen="by hand"
    )
    found, automatic = mapped(sheet("Register", block(rows, top=5)))
    again = apply_stored(stored, found, automatic).of("projects", "main")[0]
    assert again.found.cell(None, again.fields["cost"].column) == (5, 4)


def test_every_choice_that_cannot_hold_is_told_at_once_with_its_place() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = projects_choice(
        by_hand("cost", "Prize", place="[PF Setup!G20]"),
        by_hand("npv", "qqqqqqqq", place="[PF Setup!G31]"),
        by_hand("start", "Price", "Start date", place="[PF Setup!G12]"),
    )
    with pytest.raises(InputError) as caught:
        apply_stored(stored, found, automatic)
    assert str(caught.value).splitlines() == [
        '"Prize" is not a header of Register!A1:G4 [PF Setup!G20]; did you mean "Price"?',
        '"qqqqqqqq" is not a header of Register!A1:G4 [PF Setup!G31]; expected one of its headers.',
        "2 columns are chosen as start of the projects table [PF Setup!G12]; expected one.",
    ]


def test_sheet_that_is_gone_is_told_with_the_nearest() -> None:
    found, automatic = mapped(sheet("Registers", block(REGISTER)))
    with pytest.raises(InputError) as caught:
        apply_stored(
            projects_choice(by_hand("cost", "Price"), place="[PF Setup!G8]"), found, automatic
        )
    assert str(caught.value) == (
        'There is no sheet "Register" with a table on it [PF Setup!G8]; did you mean "Registers"?'
    )


def test_table_on_a_renamed_sheet_is_found_by_its_headers() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = stored_of(apply_stored(projects_choice(by_hand("cost", "Price")), found, automatic))
    assert stored.tables[0].field("cost") is not None
    choice = dataclasses.replace(
        stored.tables[0],
        fields=tuple(
            dataclasses.replace(f, chosen="by hand") if f.field == "cost" else f
            for f in stored.tables[0].fields
        ),
    )
    found, automatic = mapped(sheet("All projects", block(REGISTER)))
    mapping = apply_stored(StoredMapping((choice,)), found, automatic)
    assert header_of(mapping, "cost") == "Price"


# -- which table is which ------------------------------------------------------------------------


def two_registers() -> tuple[list[FoundTable], Mapping]:
    other = [list(row) for row in REGISTER]
    other[0][2] = "Cost (£m)"
    return mapped(sheet("Register", block(REGISTER)), sheet("New list", block(other)))


def test_chosen_main_table_displaces_the_one_that_was_found() -> None:
    found, automatic = two_registers()
    assert [(t.found.sheet, t.role) for t in automatic.of("projects")] == [
        ("Register", "main"),
        ("New list", "alternative"),
    ]
    assert [q.sheet for q in automatic.questions if not q.field] == ["New list"]
    chosen = StoredTable("projects", "New list", "A1:G4", chosen="by hand")
    mapping = apply_stored(StoredMapping((chosen,)), found, automatic)
    assert [(t.found.sheet, t.role) for t in mapping.of("projects")] == [("New list", "main")]
    assert [(t.sheet, why) for t, why in mapping.ignored] == [
        ("Register", "another table was chosen as the table of projects")
    ]
    assert not [q for q in mapping.questions if not q.field]


def test_confirmed_main_table_ends_the_question_which_it_is() -> None:
    found, automatic = two_registers()
    chosen = StoredTable("projects", "Register", "A1:G4", chosen="confirmed")
    mapping = apply_stored(StoredMapping((chosen,)), found, automatic)
    assert [t.found.sheet for t in mapping.of("projects")] == ["Register"]
    assert not [q for q in mapping.questions if not q.field]


def test_ignored_main_table_gives_its_place_to_the_next() -> None:
    found, automatic = two_registers()
    chosen = StoredTable("projects", "Register", "A1:G4", use="ignore", chosen="by hand")
    mapping = apply_stored(StoredMapping((chosen,)), found, automatic)
    assert [(t.found.sheet, t.role) for t in mapping.of("projects")] == [("New list", "main")]


def test_two_chosen_main_tables_are_refused() -> None:
    found, automatic = two_registers()
    both = tuple(
        StoredTable("projects", name, "A1:G4", chosen="by hand", place=place)
        for name, place in (("Register", "[PF Setup!G8]"), ("New list", "[PF Setup!G9]"))
    )
    with pytest.raises(InputError, match=r"Both Register!A1:G4 and 'New list'!A1:G4 are chosen"):
        apply_stored(StoredMapping(both), found, automatic)


def test_table_that_was_not_recognised_is_read_as_a_person_says() -> None:
    odd_names: list[list[Value]] = [["Pot", "Sum", "Comment"]]
    odd_names += [[f"Pot {n}", 100.0, "a"] for n in "ABCDEF"]
    found, automatic = mapped(sheet("Register", block(REGISTER)), sheet("Z", block(odd_names)))
    assert not automatic.of("budgets")
    fields = (by_hand("kind", "Pot"), by_hand("budget", "Sum"))
    chosen = StoredTable("budgets", "Z", "A1:C7", fields=fields, chosen="by hand")
    mapping = apply_stored(StoredMapping((chosen,)), found, automatic)
    budgets = mapping.of("budgets", "main")[0]
    assert {name: field.header for name, field in budgets.fields.items()} == {
        "kind": "Pot",
        "budget": "Sum",
    }


# -- criteria and settings -----------------------------------------------------------------------


def test_columns_of_numbers_become_ratings_of_chosen_criteria() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = parse_toml(
        '[criteria]\n"Strategic fit" = {column = "Fit", weight = 3, scale_min = 1, scale_max = 5}\n'
        'Cheapness = {column = "Price", direction = "min"}\n',
        "mapping.toml",
    )
    assert stored.criteria == (
        ChosenCriterion("Strategic fit", "Fit", 3.0, "max", 1.0, 5.0),
        ChosenCriterion("Cheapness", "Price", None, "min"),
    )
    rated = apply_stored(stored, found, automatic).of("ratings", "main")[0]
    assert rated.found is found[0]
    assert rated.fields["project_id"].header == "Project ID"
    ratings = rated.fields["ratings"]
    assert [(part.column, part.criterion) for part in ratings.columns] == [
        (5, "Strategic fit"),
        (3, "Cheapness"),
    ]
    assert ratings.certain


def test_criterion_without_its_column_is_told() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = parse_toml('[criteria]\n"Fit" = {column = "Fitt"}\n', "mapping.toml")
    with pytest.raises(InputError) as caught:
        apply_stored(stored, found, automatic)
    assert str(caught.value) == (
        '"Fitt", the column of criterion "Fit", is not a header of the projects table '
        '[mapping.toml, line 2, criteria.Fit]; did you mean "Fit"?'
    )


def test_settings_that_people_said_are_settings_of_the_portfolio() -> None:
    stored = parse_toml(
        '[settings]\nunit = "£m"\nfiscal_first_month = "April"\nstatus_date = 2026-03-31\n',
        "m.toml",
    )
    said = stored.said_settings()
    assert said is not None
    assert said.model_dump(exclude_unset=True) == {
        "unit": "millions",
        "fiscal_first_month": 4,
        "status_date": date(2026, 3, 31),
    }
    assert StoredMapping().said_settings() is None


# -- what is wrong in a mapping file -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[settings]\nunit = = 3", '"m.toml" is not a TOML file: '),
        (
            '[settings]\ncurrencie = "GBP"',
            '"currencie" is not a field of the settings table '
            '[m.toml, line 2, settings.currencie]; did you mean "currency"?',
        ),
        (
            '[settings]\nunit = "dozens"',
            'Setting "unit" cannot be "dozens" [m.toml, line 2, settings.unit]; expected units, '
            "thousands, millions or billions.",
        ),
        (
            '[[tables]]\ntable = "project"\nsheet = "R"',
            '"project" is not a table of a portfolio [m.toml, line 2, tables 1, table]; did you '
            'mean "projects"?',
        ),
        (
            '[[tables]]\ntable = "projects"\nsheet = "R"\n[tables.fields]\ncosts = "Price"',
            '"costs" is not a field of the projects table '
            '[m.toml, line 5, tables 1, fields.costs]; did you mean "cost"?',
        ),
        (
            '[[tables]]\ntable = "projects"\nsheet = "R"\nuse = "primary"',
            '"primary" is not a use of a table [m.toml, line 4, tables 1, use]; expected main, '
            "part, joined or ignore.",
        ),
        (
            '[[tables]]\ntable = "projects"\nsheet = "R"\n[tables.fields]\ncost = 3',
            '"cost" is 3 [m.toml, line 5, tables 1, fields.cost]; expected a header in quotes, '
            "or a list of headers.",
        ),
        (
            '[[tables]]\ntable = "projects"',
            "A table says no sheet [m.toml, line 1, tables 1]; add sheet = and its name.",
        ),
        ("[setings]\n", '"setings" is not a key [m.toml, setings]; did you mean "settings"?'),
        (
            '[criteria]\nFit = {column = "Fit", weight = -1}',
            'Weight of criterion "Fit" is -1 [m.toml, line 2, criteria.Fit]; expected a number '
            "of at least 0. Enter 0 to ignore the criterion.",
        ),
    ],
)
def test_mistake_in_a_mapping_file_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_toml(text, "m.toml")
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_field_edited_in_the_mapping_file_is_chosen_by_hand() -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = stored_of(automatic)
    edited = toml_text(stored).replace('\ncost = "Whole life cost (£m)"', '\ncost = "Price"', 1)
    field = parse_toml(edited, "m.toml").tables[0].field("cost")
    assert field == StoredField("cost", (StoredHeader("Price"),), True, "by hand")
    left_out = toml_text(stored).replace('\ncost = "Whole life cost (£m)"', '\ncost = "-"', 1)
    field = parse_toml(left_out, "m.toml").tables[0].field("cost")
    assert field == StoredField("cost", (), True, "by hand")
    ignored = toml_text(stored).replace('use = "main"', 'use = "ignore"', 1)
    table = parse_toml(ignored, "m.toml").tables[0]
    assert (table.use, table.chosen) == ("ignore", "by hand")


def test_questions_stand_as_comments_in_the_mapping_file(tmp_path: Path) -> None:
    rows = [list(row) for row in REGISTER]
    rows[0][3] = "Income raised (£)"
    _, automatic = mapped(sheet("Register", block(rows)))
    file = tmp_path / "mapping.toml"
    write_toml(stored_of(automatic), file)
    assert read_toml(file) == stored_of(automatic)
    lines = file.read_text(encoding="utf-8").splitlines()
    at = lines.index('benefit = "Income raised (£)"')
    assert lines[at - 1].startswith('# Is "Income raised (£)" [Register!D1] the benefit of')


def test_mapping_file_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r'mapping file ".*none.toml" cannot be read: No such file'
    ):
        read_toml(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(InputError, match=r'latin.toml" is not text in UTF-8; save it with'):
        read_toml(tmp_path / "latin.toml")
    with pytest.raises(WorkbookError, match=r"cannot be written: No such file or directory; name"):
        write_toml(StoredMapping(), tmp_path / "no folder" / "m.toml")


# -- what people type into PF Setup --------------------------------------------------------------


def typed(
    stored: StoredMapping, choices: dict[tuple[str, ...], Value], column: int = CHOICE
) -> SheetContents:
    contents = as_read(setup_sheet(stored))
    return as_read(
        setup_sheet(stored),
        {(row_of(contents, *texts), column): value for texts, value in choices.items()},
    )


def test_typed_choices_are_read_whatever_their_case_and_spaces() -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    contents = typed(
        stored_of(automatic),
        {
            ("projects", "Cost"): "  price : ",
            ("projects", "Start"): " - ",
            ("projects", "Name"): "YES ",
            ("projects", "Register"): "Yes.".rstrip("."),
        },
    )
    table = read_setup(contents).tables[0]
    assert table.chosen == "confirmed"
    assert table.field("cost") == StoredField("cost", (StoredHeader("price :"),), chosen="by hand")
    assert table.field("start") == StoredField("start", (), chosen="by hand")
    assert table.field("name") == StoredField(
        "name", (StoredHeader("Project name", "B1"),), chosen="confirmed"
    )


def test_blocks_are_found_by_their_headers_when_rows_and_columns_were_moved() -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    stored = stored_of(automatic)
    contents = as_read(setup_sheet(stored))
    moved = {
        (row + 3, column + 2): value
        for row, values in contents.rows.items()
        for column, value in values.items()
    }
    assert read_setup(sheet("PF Setup", moved)) == stored


@pytest.mark.parametrize(
    ("choices", "column", "sentence"),
    [
        (
            {("projects", "Register"): "demnd"},
            CHOICE,
            '"demnd" is not a choice for a table [\'PF Setup\'!G8]; did you mean "demand"?',
        ),
        (
            {("projects", "NPV"): "yes"},
            CHOICE,
            "\"yes\" confirms nothing, because no column was found for NPV ['PF Setup'!G",
        ),
        ({("projects", "Cost"): "Pryce"}, 2, '"Pryce" is not a field of the projects table ['),
        (
            {("Unit",): "dozens"},
            2,
            'Setting "unit" cannot be "dozens" [\'PF Setup\'!B',
        ),
    ],
)
def test_mistake_in_pf_setup_is_told_with_its_cell(
    choices: dict[tuple[str, ...], Value], column: int, sentence: str
) -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    with pytest.raises(InputError) as caught:
        read_setup(typed(stored_of(automatic), choices, column))
    assert str(caught.value).startswith(sentence)


def test_table_is_chosen_in_words() -> None:
    _, automatic = two_registers()
    stored = stored_of(automatic)
    for words, table, use in (
        ("main", "projects", "main"),
        ("Demand part", "demand", "part"),
        ("projects: joined", "projects", "joined"),
        ("ignore", "projects", "ignore"),
        ("ratings", "ratings", "main"),
    ):
        read = read_setup(typed(stored, {("projects 2", "New list"): words})).tables[1]
        assert (read.table, read.use, read.chosen) == (table, use, "by hand")


# -- in a workbook -------------------------------------------------------------------------------


def map_and_write(source: Path, target: Path) -> tuple[Mapping, StoredMapping | None]:
    """One run of `map --write`, as the operation does it."""
    with open_workbook(source) as book:
        found = find_tables(book)
        mapping = map_tables(found)
        stored = read_setup(book.contents("PF Setup")) if book.our_sheets else None
        if stored is not None:
            mapping = apply_stored(stored, found, mapping)
        book.put_sheet(setup_sheet(stored_of(mapping, stored)))
        book.save(target)
    return mapping, stored


def type_into(file: Path, choices: dict[tuple[str, ...], str], target: Path) -> None:
    with open_workbook(file) as book:
        contents = book.contents("PF Setup")
        for texts, value in choices.items():
            book.write(f"'PF Setup'!G{row_of(contents, *texts)}", [[value]])
        book.save(target)


def test_choices_typed_into_the_worked_example_survive_every_further_run(tmp_path: Path) -> None:
    first, second, third, fourth = (tmp_path / f"{n}.xlsx" for n in range(4))
    before, _ = map_and_write(WORKED_EXAMPLE, first)
    type_into(
        first,
        {
            ("projects", "Value"): "Benefit (GBP k)",
            ("projects", "Risk"): "-",
            ("capacity", "Capacity"): "Apr-26; May-26",
            ("demand", "Demand"): "yes",
            ("categories", "Balance"): "ignore",
        },
        second,
    )
    after, stored = map_and_write(second, third)
    again, kept = map_and_write(third, fourth)
    assert before.of("categories") and not after.of("categories")
    for mapping in (after, again):
        fields = mapping.of("projects", "main")[0].fields
        assert fields["value"].header == "Benefit (GBP k)"
        assert fields["value"].unit == "GBP k"
        assert not {"benefit", "risk"} & set(fields)
        capacity = mapping.of("capacity", "main")[0].fields["capacity"]
        assert [part.period.label for part in capacity.columns if part.period] == [
            "Apr-26",
            "May-26",
        ]
        assert len(mapping.of("demand", "main")[0].fields["demand"].columns) == 24
    assert stored is not None and kept is not None

    def choices(of: StoredMapping) -> set[tuple[str, str, str, tuple[str, ...]]]:
        said = {
            (t.sheet, f.field, f.chosen, tuple(h.text for h in f.headers))
            for t in of.tables
            for f in t.fields
            if f.chosen != "automatic"
        }
        return said | {(t.sheet, t.use, t.chosen, ()) for t in of.tables if t.chosen != "automatic"}

    assert choices(stored) == choices(kept)
    assert len(choices(kept)) == 5
    with open_workbook(fourth) as book:
        assert read_setup(book.contents("PF Setup")) == dataclasses.replace(
            kept, tables=read_setup(book.contents("PF Setup")).tables
        )
        assert book.sheet_names.count("PF Setup") == 1


def test_only_your_choice_and_values_may_be_filled_in() -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    description = setup_sheet(stored_of(automatic))
    heads = {cell.value for cell in description.cells.values() if cell.format and cell.format.fill}
    assert {"Your choice", "Value"} <= heads
    criteria_from = next(r for (r, c), x in description.cells.items() if x.value == "Criterion")
    settings_from = next(r for (r, c), x in description.cells.items() if x.value == "Setting")
    for (row, column), cell in description.cells.items():
        if cell.format is not None and cell.format.unlocked:
            assert column == (CHOICE if row < settings_from else 2) or row > criteria_from


CRITERIA: list[list[Value]] = [["Criterion", "Weight"], ["Fit", 2.0], ["Ease", 1.0]]


def test_choice_about_projects_holds_where_ratings_stand_among_them() -> None:
    rows: list[list[Value]] = [[*row[:5], row[5], 3.0] for row in REGISTER]
    rows[0][6] = "Ease"
    found, automatic = mapped(sheet("Register", block(rows)), sheet("Criteria", block(CRITERIA)))
    assert automatic.of("ratings", "main")[0].found is automatic.of("projects", "main")[0].found
    stored = stored_of(automatic)
    assert read_setup(as_read(setup_sheet(stored))) == stored
    chosen = read_setup(typed(stored, {("projects", "Cost"): "Price"}))
    mapping = apply_stored(chosen, found, automatic)
    assert header_of(mapping, "cost") == "Price"
    assert [part.criterion for part in mapping.of("ratings")[0].fields["ratings"].columns] == [
        "Fit",
        "Ease",
    ]
    kept = stored_of(mapping, chosen)
    assert [(t.table, f.field) for t in kept.tables for f in t.fields if f.chosen == "by hand"] == [
        ("projects", "cost")
    ]


def test_table_that_a_person_named_lists_its_fields_at_the_next_run() -> None:
    pots: list[list[Value]] = [["Pot", "Sum", "Comment"]]
    pots += [[f"Pot {n}", 100.0, "a"] for n in "ABCDEF"]
    found, automatic = mapped(sheet("Register", block(REGISTER)), sheet("Z", block(pots)))
    chosen = read_setup(typed(stored_of(automatic), {("-", "Z"): "budgets"}))
    first = stored_of(apply_stored(chosen, found, automatic), chosen)
    second = read_setup(typed(first, {("budgets", "Kind"): "Pot", ("budgets", "Budget"): "Sum"}))
    mapping = apply_stored(second, found, automatic)
    assert header_of(mapping, "kind", "budgets") == "Pot"
    assert header_of(mapping, "budget", "budgets") == "Sum"
    assert stored_of(mapping, second).tables[1].chosen == "by hand"


def test_what_is_found_elsewhere_than_before_is_noted() -> None:
    _, before = mapped(sheet("Register", block(REGISTER)))
    rows = [list(row) for row in REGISTER]
    rows[0][2] = "Total cost (£m)"
    found, automatic = mapped(sheet("Register", block(rows)))
    notes = apply_stored(stored_of(before), found, automatic).notes
    assert (
        'The cost of the projects table was "Whole life cost (£m)" when the mapping was '
        'stored; now it is "Total cost (£m)".'
    ) in notes
    unchanged, again = mapped(sheet("Register", block(REGISTER)))
    assert not [n for n in apply_stored(stored_of(before), unchanged, again).notes if "stored" in n]


def test_choice_about_settings_in_the_workbook_holds(tmp_path: Path) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    map_and_write(WORKED_EXAMPLE, first)
    type_into(first, {("settings", "Seed"): "-"}, second)
    mapping, _ = map_and_write(second, tmp_path / "3.xlsx")
    assert "seed" not in mapping.of("settings", "main")[0].fields


def test_pf_setup_is_sound_for_excel(tmp_path: Path, validator: Validator) -> None:
    out = tmp_path / "out.xlsx"
    map_and_write(WORKED_EXAMPLE, out)
    assert validator(out) - validator(WORKED_EXAMPLE) == set()


def test_choice_about_a_table_that_is_gone_does_not_fall_on_its_neighbour() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    gone = StoredTable(
        "budgets",
        "Register",
        "J20:K24",
        use="ignore",
        fields=(by_hand("budget", "Money"), by_hand("period", "Year")),
        chosen="by hand",
        place="[PF Setup!G9]",
    )
    with pytest.raises(InputError) as caught:
        apply_stored(StoredMapping((gone,)), found, automatic)
    assert str(caught.value) == (
        'The table "Register!J20:K24" was not found again on sheet "Register" [PF Setup!G9]; '
        "correct its sheet and range, or delete its choices."
    )


def test_few_lines_of_toml_by_hand_are_enough() -> None:
    found, automatic = two_registers()
    stored = parse_toml(
        '[[tables]]\ntable = "Projects"\nsheet = "new list"\n[tables.fields]\nCost = "Price"\n',
        "m.toml",
    )
    mapping = apply_stored(stored, found, automatic)
    assert [t.found.sheet for t in mapping.of("projects")] == ["New list"]
    assert header_of(mapping, "cost") == "Price"


def test_criteria_chosen_in_pf_setup_survive_the_next_run() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    empty = setup_sheet(stored_of(automatic))
    row = next(r for (r, _), cell in sorted(empty.cells.items()) if cell.value == "Criterion") + 1
    said: Cells = {(row, 1): "Strategic fit", (row, 2): "fit:", (row, 3): "MAX", (row, 6): 3.0}
    stored = read_setup(as_read(empty, said))
    assert stored.criteria == (ChosenCriterion("Strategic fit", "fit:", 3.0, "max"),)
    mapping = apply_stored(stored, found, automatic)
    assert mapping.of("ratings", "main")[0].fields["ratings"].header == "Fit"
    again = read_setup(as_read(setup_sheet(stored_of(mapping, stored))))
    assert again.criteria == stored.criteria
    assert [table.table for table in again.tables] == ["projects"]
    assert apply_stored(again, found, automatic) == mapping


def test_column_headed_no_can_be_chosen_by_its_header() -> None:
    rows = [["No", *row[1:]] if i == 0 else list(row) for i, row in enumerate(REGISTER)]
    _, automatic = mapped(sheet("Register", block(rows)))
    table = read_setup(typed(stored_of(automatic), {("projects", "Project ID"): "No"})).tables[0]
    assert table.field("project_id") == StoredField(
        "project_id", (StoredHeader("No", "A1"),), chosen="by hand"
    )


def test_drop_down_offers_every_header_of_its_table() -> None:
    _, automatic = mapped(sheet("Register", block(REGISTER)))
    description = setup_sheet(stored_of(automatic))
    lists = [rule for rule in description.validations if rule.title == "Which column is it?"]
    assert [rule.values for rule in lists] == [("$K$1:$K$9",)]
    offered = [description.cells[row, 11].value for row in range(1, 10)]
    assert offered == ["yes", "-", *REGISTER[0]]
    assert 11 in description.hidden_columns
