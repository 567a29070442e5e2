"""What people type into PF Setup and into the mapping file, and how it survives."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from tests.hosts.registers import (
    CHOICE,
    REGISTER,
    WORKED_EXAMPLE,
    Cells,
    as_read,
    block,
    header_of,
    mapped,
    row_of,
    sheet,
    two_registers,
    typed,
)
from tests.machine import Validator
from xlportfolio import InputError, WorkbookError, open_workbook
from xlportfolio.values import Value
from xlportfolio.workbook.finding.tables import find_tables
from xlportfolio.workbook.mapping.choices import (
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
)
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import Mapping
from xlportfolio.workbook.mapping.setup_sheet import read_setup, setup_sheet
from xlportfolio.workbook.mapping.stored import apply_stored, stored_of
from xlportfolio.workbook.mapping.toml_file import parse_toml, read_toml, toml_text, write_toml


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
