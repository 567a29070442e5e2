"""What a person chose holds over what is found, and what cannot hold is told."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import pytest

from tests.hosts.registers import (
    REGISTER,
    as_read,
    block,
    by_hand,
    header_of,
    mapped,
    projects_choice,
    sheet,
    two_registers,
    typed,
)
from xlportfolio import InputError
from xlportfolio.values import Value
from xlportfolio.workbook.mapping.choices import (
    ChosenCriterion,
    StoredField,
    StoredHeader,
    StoredMapping,
    StoredTable,
)
from xlportfolio.workbook.mapping.setup_sheet import read_setup, setup_sheet
from xlportfolio.workbook.mapping.stored import apply_stored, stored_of
from xlportfolio.workbook.mapping.toml_file import parse_toml


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


def test_chosen_fields_hold_when_the_table_is_no_longer_recognised() -> None:
    pots: list[list[Value]] = [["Pot", "Sum", "Comment"]]
    pots += [[f"Pot {n}", 100.0, "a"] for n in "ABCDEF"]
    found, automatic = mapped(sheet("Register", block(REGISTER)), sheet("Z", block(pots)))
    assert not automatic.of("budgets")
    once = StoredTable(
        "budgets", "Z", "A1:C7", fields=(by_hand("kind", "Pot"), by_hand("budget", "Sum"))
    )
    mapping = apply_stored(StoredMapping((once,)), found, automatic)
    assert header_of(mapping, "budget", "budgets") == "Sum"


def test_nothing_takes_the_place_of_the_only_table_that_is_ignored() -> None:
    found, automatic = mapped(sheet("Register", block(REGISTER)))
    chosen = StoredTable("projects", "Register", "A1:G4", use="ignore", chosen="by hand")
    mapping = apply_stored(StoredMapping((chosen,)), found, automatic)
    assert mapping.tables == ()
    assert [why for _, why in mapping.ignored] == ["a person chose to leave it out"]
    again = read_setup(as_read(setup_sheet(stored_of(mapping, StoredMapping((chosen,))))))
    assert [(t.table, t.use, t.chosen) for t in again.tables] == [("projects", "ignore", "by hand")]
