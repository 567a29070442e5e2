"""Headers are mapped to fields by their words and their values, and what is unsure is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.mapping import Total, expected_of_corpus, expected_of_real, score
from tests.corpus import write_corpus
from tests.hosts.test_finding import HEADERS, PROJECTS, STACKED, WIDE_PERIODS, Rows, sheet
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Mapping
from xlportfolio.workbook.protocol import SheetContents


def mapping_of(*contents: SheetContents) -> Mapping:
    found: list[FoundTable] = [table for one in contents for table in find_on_sheet(one)]
    return map_tables(found)


def table_of(mapping: Mapping, name: str) -> MappedTable:
    tables = mapping.of(name, "main")
    assert len(tables) == 1, [(table.table, table.role) for table in mapping.tables]
    return tables[0]


def projects(headers: Sequence[object], *rows: Sequence[object]) -> MappedTable:
    return table_of(mapping_of(sheet([headers, *rows], name="Projects")), "projects")


def read(field: MappedField, table: MappedTable) -> list[str]:
    """The headers of what is read for a field."""
    return [table.found.columns[part.column].header for part in field.columns]


def with_column(header: str, values: Sequence[object]) -> tuple[list[object], ...]:
    """The projects of every test with one more column."""
    rows = zip(PROJECTS, values, strict=True)
    return ([*HEADERS, header], *([*row, value] for row, value in rows))


def test_usual_headers_are_certain() -> None:
    table = projects(HEADERS, *PROJECTS)
    read_as = {name: field.header for name, field in table.fields.items() if field.certain}
    assert read_as == {
        "project_id": "Project ID",
        "name": "Project name",
        "start": "Start date",
        "cost": "Cost",
    }


@pytest.mark.parametrize(
    ("header", "values", "field"),
    [
        ("SRO", ["A. Khan", "B. Osei", "C. Lund"], "sponsor"),
        ("Delivery confidence", ["Red", "Amber", "Green"], "rag"),
        ("Must fund?", ["Yes", None, "Yes"], "force"),
        ("Approved budget (GBP k)", [90, 250, 80], "budget"),
        ("Completion date", ["31/03/2027", "30/06/2028", "28/02/2028"], "finish"),
        ("BCR", [1.2, 3.4, 0.9], "bcr"),
        ("% complete", [0.1, 0.5, 0], "percent_complete"),
        ("Programme", ["Networks", "Networks", "Customer"], "programme"),
    ],
)
def test_a_field_is_found_by_its_words_and_its_values(
    header: str, values: list[object], field: str
) -> None:
    table = projects(*with_column(header, values))
    assert table.fields[field].header == header
    assert table.fields[field].certain, table.fields[field].why


def test_red_and_green_under_an_odd_header_are_the_rag() -> None:
    table = projects(*with_column("Ampel", ["Red", "Green", "Amber"]))
    assert table.fields["rag"].header == "Ampel"


def test_a_status_of_project_states_is_the_lifecycle_and_one_of_colours_the_rag() -> None:
    states = projects(*with_column("Status", ["Active", "Closed", "Proposed"]))
    colours = projects(*with_column("Status", ["Red", "Green", "Amber"]))
    assert states.fields["lifecycle"].header == "Status"
    assert "rag" not in states.fields
    assert colours.fields["rag"].header == "Status"
    assert "lifecycle" not in colours.fields


def test_dates_under_a_header_of_money_are_not_taken_for_money() -> None:
    dates = [datetime(2026, month, 1) for month in (1, 2, 3)]
    table = projects(*with_column("Budget", dates))
    assert "budget" not in table.fields or not table.fields["budget"].certain


def test_a_ratio_and_a_past_decision_are_never_money_or_constraints() -> None:
    headers, *rows = with_column("Benefit cost ratio", [1.2, 3.4, 0.9])
    table = projects(
        [*headers, "Last decision"],
        *([*row, said] for row, said in zip(rows, ["Approved", "Defer", "Stop"], strict=True)),
    )
    assert "benefit" not in table.fields
    assert "force" not in table.fields
    assert table.fields["bcr"].header == "Benefit cost ratio"


def test_money_under_a_weak_header_is_a_question_with_its_cell_and_reason() -> None:
    headers, *rows = with_column("Income raised", [5, 6, 7])
    mapping = mapping_of(sheet([headers, *rows], name="Projects"))
    field = table_of(mapping, "projects").fields["benefit"]
    assert not field.certain
    [question] = [one for one in mapping.questions if one.field == "benefit"]
    assert (question.sheet, question.cell) == ("Projects", "E1")
    assert question.text == (
        'Is "Income raised" [Projects!E1] the benefit of the projects table? It is asked because '
        '"Income raised" says it only in part.'
    )


def test_two_columns_that_could_both_be_the_start_are_a_question_naming_both() -> None:
    rows = [[*row, row[2]] for row in PROJECTS]
    mapping = mapping_of(sheet([[*HEADERS, "Planned start"], *rows], name="Projects"))
    field = table_of(mapping, "projects").fields["start"]
    assert not field.certain
    [question] = [one for one in mapping.questions if one.field == "start"]
    assert set(question.options) == {"Start date", "Planned start"}


def test_a_blank_column_under_its_own_header_raises_no_question() -> None:
    blank = [None, None, None]
    for header in ("Budget", "Finish date", "Mandatory", "Value", "Benefit (GBP k)"):
        mapping = mapping_of(sheet(list(with_column(header, blank)), name="Projects"))
        assert [one.text for one in mapping.questions] == [], header


def test_without_ids_the_unique_name_serves_as_the_key_and_that_is_said() -> None:
    rows = [row[1:] for row in (HEADERS, *PROJECTS)]
    mapping = mapping_of(sheet(rows, name="Plan"))
    assert "project_id" not in table_of(mapping, "projects").fields
    assert mapping.key_notes == (
        'Plan!A1:C4 has no column of project IDs: "Project name" serves as the key.',
    )


def test_a_repeated_name_as_the_key_is_said() -> None:
    rows = [row[1:] for row in (HEADERS, *PROJECTS, ["", "Old pumps", datetime(2026, 5, 1), 9])]
    mapping = mapping_of(sheet(rows, name="Plan"))
    assert mapping.key_notes[0].endswith("though 1 of its 4 names are repeated.")


def test_where_only_cost_exists_it_serves_for_the_budget_and_that_is_said() -> None:
    mapping = mapping_of(sheet([HEADERS, *PROJECTS], name="Plan"))
    budget = table_of(mapping, "projects").fields["budget"]
    assert (budget.header, budget.serves, budget.certain) == ("Cost", "cost", False)
    assert mapping.notes == (
        'Plan!A1:D4 has no budget column: "Cost" (cost) serves for both cost and budget.',
    )
    assert mapping.questions == ()


def test_short_descriptions_are_the_names_where_there_are_no_better_ones() -> None:
    headers = ["OP No", "Scheme description", "Start date", "Cost"]
    table = projects(headers, *PROJECTS)
    assert table.fields["name"].header == "Scheme description"
    assert "description" not in table.fields


# -- profiles --------------------------------------------------------------------------------------


def test_capex_and_opex_under_years_are_the_cost_and_their_total_is_not_added() -> None:
    mapping = mapping_of(sheet(STACKED, name="Plan", merges=["C1:D1", "E1:F1"]))
    table = table_of(mapping, "projects")
    cost = table.fields["cost"]
    assert read(cost, table) == [
        "FY26/27 / Capex",
        "FY26/27 / Opex",
        "FY27/28 / Capex",
        "FY27/28 / Opex",
    ]
    assert [(part.period.label, part.kind) for part in cost.columns if part.period] == [
        ("2026/27", "Capex"),
        ("2026/27", "Opex"),
        ("2027/28", "Capex"),
        ("2027/28", "Opex"),
    ]
    assert [table.found.columns[k].header for k in cost.subtotals] == ["Total"]
    assert cost.header == "Total"


def test_prior_later_and_contingency_are_parts_and_totals_are_not() -> None:
    headers = ["Project ID", "Project name", "Prior", "2026/27", "2027/28", "Sub-total", "Later"]
    headers += ["Contingency", "Total cost"]
    rows = [
        ["P1", "New depot", 5, 10, 20, 35, 7, 2, 44],
        ["P2", "Old pumps", 0, 30, 40, 70, 1, 3, 74],
        ["P3", "Main sewer", 2, 8, 8, 18, 0, 1, 19],
    ]
    table = projects(headers, *rows)
    cost = table.fields["cost"]
    assert read(cost, table) == ["Prior", "2026/27", "2027/28", "Later", "Contingency"]
    assert {table.found.columns[k].header for k in cost.subtotals} == {"Sub-total", "Total cost"}
    for record, total in enumerate((44, 74, 19)):
        parts = [table.found.value(record, part.column) for part in cost.columns]
        assert sum(part for part in parts if isinstance(part, float)) == total


def test_a_total_that_does_not_add_up_is_asked_not_trusted() -> None:
    headers = ["Project ID", "Project name", "2026/27", "2027/28", "Total cost"]
    rows = [["P1", "New depot", 10, 20, 99], ["P2", "Old pumps", 30, 40, 99]]
    mapping = mapping_of(sheet([headers, *rows], name="Plan"))
    assert not table_of(mapping, "projects").fields["cost"].certain
    assert any(
        '"Total cost" is not the sum of the periods' in one.text for one in mapping.questions
    )


# -- the other tables ------------------------------------------------------------------------------


CRITERIA: Rows = [
    ["Criterion", "Weight", "Direction"],
    ["Strategic fit", 50, "max"],
    ["Delivery risk", 30, "min"],
    ["Reach", 20, "max"],
]


def test_criteria_name_the_columns_of_ratings() -> None:
    ratings = [
        ["Project ID", "Reach", "Strategic fit", "Delivery risk"],
        ["P1", 1, 2, 3],
        ["P2", 4, 5, 1],
    ]
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects"),
        sheet(CRITERIA, name="Criteria"),
        sheet(ratings, name="Ratings"),
    )
    field = table_of(mapping, "ratings").fields["ratings"]
    assert field.certain
    assert [part.criterion for part in field.columns] == ["Reach", "Strategic fit", "Delivery risk"]


def test_ratings_in_the_projects_table_are_ratings_there() -> None:
    headers = [*HEADERS, "Strategic fit", "Delivery risk", "Reach"]
    rows = [[*row, 1 + i, 2, 3] for i, row in enumerate(PROJECTS)]
    mapping = mapping_of(sheet([headers, *rows], name="Projects"), sheet(CRITERIA, name="Criteria"))
    matrix = [table for table in mapping.tables if "ratings" in table.fields]
    assert [table.found.sheet for table in matrix] == ["Projects"]
    assert [part.criterion for part in matrix[0].fields["ratings"].columns] == [
        "Strategic fit",
        "Delivery risk",
        "Reach",
    ]


def test_criteria_down_and_projects_across_are_criteria_and_ratings() -> None:
    across = [
        ["Criterion", "Weight", "Direction", "P1", "P2", "P3"],
        ["Strategic fit", 50, "max", 1, 2, 3],
        ["Delivery risk", 30, "min", 4, 5, 1],
        ["Reach", 20, "max", 2, 2, 5],
    ]
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects"), sheet(across, name="Scoring")
    )
    criteria = table_of(mapping, "criteria")
    assert criteria.found.values(criteria.fields["weight"].column) == [50.0, 30.0, 20.0]
    ratings = table_of(mapping, "ratings")
    assert ratings.found.orientation == "transposed"
    key = ratings.fields["project_id"].column
    assert ratings.found.values(key) == ["P1", "P2", "P3"]
    by_criterion = {
        part.criterion: ratings.found.values(part.column)
        for part in ratings.fields["ratings"].columns
    }
    assert by_criterion == {
        "Strategic fit": [1.0, 2.0, 3.0],
        "Delivery risk": [4.0, 5.0, 1.0],
        "Reach": [2.0, 2.0, 5.0],
    }
    assert ratings.found.cell(2, ratings.fields["ratings"].columns[1].column) == (3, 6)  # F3


def test_max_and_min_under_a_header_that_does_not_say_so_are_a_question() -> None:
    rows = [[*row[:2], row[2]] for row in CRITERIA]
    rows[0][2] = "Scheme"
    mapping = mapping_of(sheet([HEADERS, *PROJECTS], name="Projects"), sheet(rows, name="Scoring"))
    direction = table_of(mapping, "criteria").fields["direction"]
    assert (direction.header, direction.certain) == ("Scheme", False)
    assert [question.text for question in mapping.questions] == [
        'Is "Scheme" [Scoring!C1] the direction of the criteria table? It is asked because its '
        "values are max or min, though its header does not say so."
    ]


def test_ratings_among_the_projects_name_no_assessor_and_no_other_column() -> None:
    headers = [*HEADERS, "Strategic fit", "Delivery risk", "Reach", "Priority"]
    rows = [[*row, 1 + i, 2, 3, i + 1] for i, row in enumerate(PROJECTS)]
    mapping = mapping_of(sheet([headers, *rows], name="Projects"), sheet(CRITERIA, name="Criteria"))
    ratings = table_of(mapping, "ratings")
    assert list(ratings.fields) == ["project_id", "ratings"]
    assert read(ratings.fields["ratings"], ratings) == headers[4:7]


@pytest.mark.parametrize("periods", WIDE_PERIODS.values(), ids=WIDE_PERIODS.keys())
def test_capacity_with_a_column_per_period_is_read(periods: list[object]) -> None:
    rows = [["Role", *periods], ["Engineer", 4, 5, 6], ["Planner", 1, 1, 2], ["Buyer", 2, 2, 2]]
    table = table_of(mapping_of(sheet(rows, name="Capacity")), "capacity")
    assert len(table.fields["capacity"].columns) == 3
    assert all(part.period is not None for part in table.fields["capacity"].columns)
    assert "period" not in table.fields


def test_capacity_and_demand_down_the_side_are_read() -> None:
    capacity = [
        ["Role", "Month", "FTE"],
        ["Engineer", "Jan-27", 4],
        ["Engineer", "Feb-27", 5],
        ["Planner", "Jan-27", 1],
    ]
    demand = [
        ["Project ID", "Role", "Month", "FTE"],
        ["P1", "Engineer", "Jan-27", 2],
        ["P2", "Engineer", "Jan-27", 1],
        ["P2", "Planner", "Feb-27", 1],
    ]
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects"),
        sheet(capacity, name="Capacity"),
        sheet(demand, name="Demand"),
    )
    supply, need = table_of(mapping, "capacity"), table_of(mapping, "demand")
    assert [supply.fields[n].header for n in ("role", "period", "capacity")] == capacity[0]
    assert [need.fields[n].header for n in ("project_id", "role", "period", "demand")] == demand[0]


def test_budgets_links_categories_and_settings_are_known_by_their_headers() -> None:
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects"),
        sheet(
            [
                ["Year", "Kind", "Budget (£k)"],
                ["2026/27", "Capex", 500],
                ["2027/28", "Opex", 300],
            ],
            name="Budgets",
        ),
        sheet(
            [["From project", "To project", "Type"], ["P1", "P2", "Requires"]] * 1
            + [["P3", "P1", "Excludes"]],
            name="Links",
        ),
        sheet(
            [["Category", "Min share", "Max share"], ["Growth", 0.2, 0.5], ["Run", 0.1, 0.9]],
            name="Balance",
        ),
        sheet(
            [["Currency", "GBP"], ["Discount rate", 0.035], ["Status date", "2026-03-31"]],
            name="Settings",
        ),
    )
    found = {table.table: table.found.sheet for table in mapping.tables}
    assert found == {
        "projects": "Projects",
        "budgets": "Budgets",
        "links": "Links",
        "categories": "Balance",
        "settings": "Settings",
    }


# -- several candidates, and none ------------------------------------------------------------------


def test_two_lists_of_projects_are_a_question_that_tells_them_apart() -> None:
    other = [["Q7", "Weir", datetime(2026, 4, 1), 10], ["Q8", "Dam", datetime(2026, 4, 1), 10]]
    longer = [["Programme", *HEADERS], *(["Networks", *row] for row in PROJECTS)]
    mapping = mapping_of(
        sheet(longer, name="Register"),
        sheet([["Project ref", "Title", "End date", "Budget"], *other], name="Ideas"),
    )
    [question] = [one for one in mapping.questions if not one.field]
    assert question.text == (
        "Register!A1:E4 (3 rows, 6 fields) and Ideas!A1:D3 (2 rows, 5 fields) both look like the "
        "table of projects. The first is used; to use the other, name it in the mapping."
    )
    assert question.options == ("Register!A1:E4", "Ideas!A1:D3")


def test_an_old_copy_is_not_taken_beside_the_current_list() -> None:
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects OLD"),
        sheet([HEADERS, *PROJECTS], name="Projects"),
    )
    roles = {table.found.sheet: table.role for table in mapping.of("projects")}
    assert roles == {"Projects OLD": "alternative", "Projects": "main"}


def test_a_further_table_of_the_same_projects_is_joined() -> None:
    money = [["Project ID", "NPV", "Benefit"], ["P1", 5, 9], ["P2", 6, 8], ["P3", 7, 7]]
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS], name="Projects"), sheet(money, name="Financials")
    )
    [joined] = mapping.of("projects", "joined")
    assert joined.found.sheet == "Financials"
    assert joined.fields["npv"].header == "NPV"


def test_a_sheet_for_each_programme_is_one_list() -> None:
    mapping = mapping_of(
        sheet([HEADERS, *PROJECTS[:2]], name="Networks"),
        sheet([HEADERS, ["P8", "Weir", datetime(2026, 4, 1), 10], PROJECTS[2]], name="Customer"),
    )
    assert [table.role for table in mapping.of("projects")] == ["main", "part"]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "Risk register",
            [
                ["Risk ID", "Risk description", "Likelihood", "Impact", "Mitigation", "Owner"],
                ["R1", "Late permits", 3, 4, "Apply early", "A. Khan"],
                ["R2", "Steel price", 2, 5, "Hedge", "B. Osei"],
                ["R3", "Staff leave", 2, 2, "Retain", "C. Lund"],
            ],
        ),
        (
            "Actions",
            [
                ["Action ID", "Action", "Owner", "Due date", "Status"],
                ["A1", "Write charter", "A. Khan", datetime(2026, 5, 1), "Open"],
                ["A2", "Book room", "B. Osei", datetime(2026, 5, 2), "Closed"],
                ["A3", "Call supplier", "C. Lund", datetime(2026, 5, 3), "Open"],
            ],
        ),
        (
            "Pivot",
            [
                ["Row Labels", "Count of Project ID", "Sum of Cost"],
                ["Networks", 2, 350],
                ["Customer", 1, 75],
            ],
        ),
    ],
)
def test_tables_of_somebody_else_are_left_alone(name: str, rows: Rows) -> None:
    mapping = mapping_of(sheet([HEADERS, *PROJECTS], name="Projects"), sheet(rows, name=name))
    assert [table.found.sheet for table in mapping.tables] == ["Projects"]
    assert [found.sheet for found, _ in mapping.ignored] == [name]


def test_a_form_without_a_name_is_called_by_its_sheet() -> None:
    form = [
        ["Sponsor", "A. Khan"],
        ["Start date", datetime(2026, 4, 1)],
        ["Total cost", 900],
        ["NPV", 120],
    ]
    table = table_of(mapping_of(sheet(form, name="New depot")), "projects")
    assert table.constants == (("name", "New depot"),)
    assert table.fields["npv"].header == "NPV"


def test_a_workbook_without_projects_maps_none() -> None:
    mapping = mapping_of(sheet([["Name", "Phone"], ["Ann", "555 1234"], ["Bob", "555 9876"]]))
    assert mapping.tables == ()


# -- workbooks as offices have them ----------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder)
    return folder


@pytest.mark.parametrize("split", ["dev", "held_out"])
def test_the_generated_workbooks_are_understood(corpus: Path, split: str) -> None:
    total = Total(split, score(corpus, expected_of_corpus(corpus, split)))
    assert total.share >= 0.85
    assert total.consequential_wrong == []
    taken = [(one.workbook, one.sheet, one.faults) for one in total.tables if one.table is None]
    assert [one for one in taken if one[2]] == []


def test_the_real_workbooks_are_understood(shared: Path) -> None:
    folder = shared / "data" / "real"
    total = Total("real", score(folder, expected_of_real(folder)))
    assert total.share >= 0.85
    assert total.consequential_wrong == []
