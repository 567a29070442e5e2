"""Which table is which and how tables relate, each rule on a small workbook made by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.hosts.drawn_sheets import Rows, sheet
from xlportfolio.periods import Period
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import MappedTable, Mapping
from xlportfolio.workbook.mapping.sources import located_tables

HEADERS = ["Project ID", "Project name", "Manager", "Start date", "Finish date", "Cost"]
IDS = ["PR-1", "PR-2", "PR-3", "PR-4"]
PROJECTS: list[list[object]] = [
    ["PR-1", "Depot", "A. Khan", datetime(2026, 1, 5), datetime(2026, 9, 1), 120],
    ["PR-2", "Bridge", "B. Osei", datetime(2026, 2, 2), datetime(2027, 3, 1), 340],
    ["PR-3", "Portal", "C. Lund", datetime(2026, 3, 9), datetime(2026, 12, 1), 75],
    ["PR-4", "Billing", "D. Roy", datetime(2026, 4, 6), datetime(2027, 6, 1), 210],
]


def mapped(*sheets: tuple[str, Rows]) -> Mapping:
    found = [table for name, rows in sheets for table in find_on_sheet(sheet(rows, name=name))]
    return map_tables(found)


def beside(name: str, rows: Rows) -> Mapping:
    """A table beside a plain list of four projects."""
    return mapped(("Projects", [HEADERS, *PROJECTS]), (name, rows))


def roles(mapping: Mapping) -> list[tuple[str, str, str]]:
    return [(table.table, table.role, table.found.sheet) for table in mapping.tables]


def only(mapping: Mapping, name: str) -> MappedTable:
    (table,) = mapping.of(name)
    return table


def reasons(mapping: Mapping) -> dict[str, str]:
    return {found.sheet: why for found, why in mapping.ignored}


PLAIN = [("projects", "main", "Projects")]


def test_tasks_of_projects_are_left_out_and_the_reason_is_said() -> None:
    day = datetime(2026, 5, 1)
    tasks = [
        [key, f"{what} {key}", "E. Fox", day, day, 5]
        for key in IDS
        for what in ("Design", "Build", "Test")
    ]
    mapping = beside(
        "Plan", [["Project ID", "Task", "Assigned to", "Start", "Finish", "Cost"], *tasks]
    )
    assert roles(mapping) == PLAIN
    assert reasons(mapping) == {
        "Plan": "has 12 rows for 4 projects and no column of periods that tells them apart, so "
        "none of them is joined to the projects"
    }


def test_a_history_of_status_reports_is_left_out() -> None:
    reports = [
        [key, datetime(2026, month, 28), rag, datetime(2027, month, 1), month * 10]
        for key in IDS
        for month, rag in ((1, "Red"), (2, "Amber"), (3, "Green"))
    ]
    headers = ["Project ID", "Report date", "RAG", "Forecast finish", "Spend to date"]
    mapping = beside("Status reports", [headers, *reports])
    assert roles(mapping) == PLAIN
    assert "12 rows for 4 projects" in reasons(mapping)["Status reports"]


def test_one_status_row_for_each_project_is_joined() -> None:
    rows = [[key, rag, n] for key, rag, n in zip(IDS, "RAGG", (5, 6, 7, 8), strict=True)]
    mapping = beside("Status", [["Project ID", "RAG", "Spend to date"], *rows])
    joined = mapping.of("projects", "joined")
    assert [table.found.sheet for table in joined] == ["Status"]
    assert set(joined[0].fields) == {"project_id", "rag", "spent_to_date"}


def test_money_down_the_rows_by_year_and_kind_is_read_by_both() -> None:
    rows = [
        [key, year, kind, 10 * n + (kind == "Opex")]
        for n, key in enumerate(IDS, 1)
        for year in ("FY26", "FY27")
        for kind in ("Capex", "Opex")
    ]
    mapping = mapped(
        ("Projects", [HEADERS[:-1], *(row[:-1] for row in PROJECTS)]),
        ("Spend", [["Project ID", "Fiscal Year", "Cost Type", "Cost"], *rows]),
    )
    assert mapping.of("projects", "joined"), (roles(mapping), reasons(mapping))
    assert set(mapping.of("projects", "joined")[0].fields) == {"project_id", "cost"}
    assert any('its money is read by "Fiscal Year" and "Cost Type"' in n for n in mapping.notes)
    (spend,) = [t for t in located_tables(mapping) if t.sheet == "Spend"]
    parts = [(c.period, c.kind) for c in spend.source.columns if c.field == "cost"]
    first, second = Period("year", 2026, fiscal=True), Period("year", 2027, fiscal=True)
    assert parts == [(first, "Capex"), (first, "Opex"), (second, "Capex"), (second, "Opex")]
    money = [k for k, c in enumerate(spend.source.columns) if c.field == "cost"]
    assert [spend.source.rows[1][k] for k in money] == [20, 21, 20, 21]
    assert spend.cells[0][money[3]] == "D5"


def test_a_row_of_long_money_without_project_and_sum_moves_no_other_to_its_period() -> None:
    rows: list[list[object]] = [[key, "FY26", 10] for key in IDS]
    rows += [[None, "FY27", None], *([key, "FY28", 20] for key in IDS)]
    mapping = mapped(
        ("Projects", [HEADERS[:-1], *(row[:-1] for row in PROJECTS)]),
        ("Spend", [["Project ID", "Fiscal Year", "Cost"], *rows]),
    )
    (spend,) = [t for t in located_tables(mapping) if t.sheet == "Spend"]
    at = {c.period.year: k for k, c in enumerate(spend.source.columns) if c.period is not None}
    assert [[row[at[year]] for year in (2026, 2028)] for row in spend.source.rows] == [[10, 20]] * 4


@pytest.mark.parametrize("own", ["Change ID", "PO Number", "Request ID"])
def test_a_table_with_its_own_id_and_the_projects_ids_is_never_the_main_table(own: str) -> None:
    headers = [own, "Project ID", "Title", "Cost", "Approved budget", "Status", "Requested start"]
    changes = [
        [f"X{n}", IDS[n % 4], f"Thing {n}", 100 + n, 90 + n, "Active", datetime(2026, 1, 1 + n)]
        for n in range(12)
    ]
    mapping = beside("Extras", [headers, *changes])
    assert roles(mapping) == PLAIN
    assert reasons(mapping)["Extras"]


def test_the_latest_of_dated_snapshots_is_the_main_table() -> None:
    rows = [HEADERS, *PROJECTS]
    mapping = mapped(("Jan 2026", rows), ("Mar 2026", rows), ("Feb 2026", rows))
    assert sorted(roles(mapping)) == [
        ("projects", "alternative", "Feb 2026"),
        ("projects", "alternative", "Jan 2026"),
        ("projects", "main", "Mar 2026"),
    ]


def test_the_name_of_a_sheet_does_not_refuse_the_only_list_of_projects() -> None:
    headers = ["Project ID", "Title", "Manager", "Status", "Start date"]
    rows = [[row[0], row[1], row[2], "Active", row[3]] for row in PROJECTS]
    alone = mapped(("Change log", [headers, *rows]))
    assert roles(alone) == [("projects", "main", "Change log")]
    beside_projects = beside("Change log", [headers, *rows])
    assert roles(beside_projects) == PLAIN


def test_a_number_a_project_and_its_cost_are_enough_where_nothing_else_lists_projects() -> None:
    rows: list[list[object]] = [
        ["Nr.", "Projekt", "Kosten (TEUR)"],
        ["P01", "Depot", 20.5],
        ["P02", "Bridge", 75],
        ["P03", "Portal", 31],
    ]
    assert roles(mapped(("Liste", rows))) == [("projects", "main", "Liste")]
    assert roles(beside("Liste", rows)) == PLAIN


def test_ratings_of_projects_that_no_other_table_lists_are_the_list_of_projects() -> None:
    headers = ["Project", "Fit", "Reach", "Ease", "Weighted Fit", "Weighted Reach", "Cost"]
    rows = [[name, 4, 3, 5, 2, 1.2, 100] for name in ("Depot", "Bridge", "Portal", "Billing")]
    mapping = mapped(("Scoring", [headers, *rows]))
    assert roles(mapping) == [("projects", "main", "Scoring"), ("ratings", "main", "Scoring")]
    assert only(mapping, "projects").fields["cost"].header == "Cost"
    rated = only(mapping, "ratings")
    columns = rated.fields["ratings"].columns
    assert [rated.found.columns[part.column].header for part in columns] == ["Fit", "Reach", "Ease"]


@pytest.mark.parametrize(
    ("key", "name", "what"),
    [
        ("Contract ID", "Contract title", "contracts"),
        ("Asset No", "Asset name", "assets"),
        ("Employee ID", "Name", "employees"),
        ("PO Number", "Title", "purchase orders"),
        ("Task ID", "Task", "tasks"),
    ],
)
def test_lists_with_the_ids_of_something_else_are_no_projects(
    key: str, name: str, what: str
) -> None:
    headers = [key, name, "Manager", "Start date", "End date", "Annual cost"]
    mapping = mapped(("Register", [headers, *PROJECTS]))
    assert roles(mapping) == []
    assert reasons(mapping) == {"Register": f"looks like a table of {what}"}


def test_the_tasks_of_one_schedule_are_no_projects() -> None:
    headers = [
        "ID",
        "WBS",
        "Task Name",
        "Start",
        "Finish",
        "Predecessors",
        "Resource Names",
        "Cost",
    ]
    rows = [
        [n, f"1.{n}", f"Step {n}", datetime(2026, n, 1), datetime(2026, n, 20), n - 1, "E. Fox", 9]
        for n in range(1, 7)
    ]
    mapping = mapped(("Task_Table1", [headers, *rows]))
    assert roles(mapping) == []
    assert reasons(mapping) == {"Task_Table1": "looks like a table of tasks of a schedule"}


def ends(mapping: Mapping) -> tuple[str, str, bool]:
    fields = only(mapping, "links").fields
    return fields["from"].header, fields["to"].header, fields["from"].certain


@pytest.mark.parametrize(
    ("left", "right", "kind", "expected"),
    [
        ("Project", "Depends on", "Requires", ("Project", "Depends on")),
        ("Project", "Depends on", "Finish-to-start", ("Depends on", "Project")),
        ("Predecessor", "Successor", "Requires", ("Successor", "Predecessor")),
        ("Predecessor", "Successor", "Finish-to-start", ("Predecessor", "Successor")),
        (
            "Upstream project",
            "Downstream project",
            "FS",
            ("Upstream project", "Downstream project"),
        ),
        ("Blocking", "Blocked", "Requires", ("Blocked", "Blocking")),
        ("Dependent project", "Supporting project", "Requires", None),
        ("If selected", "Then", "Requires", None),
        ("Project A", "Project B", "Excludes", None),
        ("From", "To", "Requires", None),
    ],
)
def test_the_headers_and_the_type_say_which_project_depends(
    left: str, right: str, kind: str, expected: tuple[str, str] | None
) -> None:
    rows = [["PR-2", "PR-1", kind], ["PR-3", "PR-2", kind], ["PR-4", "PR-2", kind]]
    mapping = beside("Sheet2", [[left, right, "Type"], *rows])
    assert ends(mapping) == (*(expected or (left, right)), True)
    assert only(mapping, "links").fields["type"].header == "Type"


@pytest.mark.parametrize(
    ("headers", "start"),
    [(("Project", "Depends on"), "Project"), (("Successor", "Predecessor"), "Predecessor")],
)
def test_rows_of_both_directed_types_are_read_each_its_own_way(
    headers: tuple[str, str], start: str
) -> None:
    rows = [["PR-2", "PR-1", "Requires"], ["PR-3", "PR-2", "FS"], ["PR-4", "PR-2", "Excludes"]]
    mapping = beside("Sheet2", [[*headers, "Type"], *rows])
    assert (ends(mapping)[0], ends(mapping)[2]) == (start, True)
    (located,) = [t for t in located_tables(mapping) if t.source.table == "links"]
    at = [located.source.positions(name)[0] for name in ("from", "to")]
    read = [[row[k] for k in at] for row in located.source.rows]
    assert read[:2] == [["PR-2", "PR-1"], ["PR-2", "PR-3"]]
    assert sorted(map(str, read[2])) == ["PR-2", "PR-4"]
    assert [located.cells[1][k] for k in at] == ["B3", "A3"]
    assert any("in rows of Finish-to-start it follows it" in note for note in mapping.notes)


def test_exclusions_and_prerequisites_in_two_tables_are_both_read() -> None:
    mapping = mapped(
        ("Projects", [HEADERS, *PROJECTS]),
        ("Not both", [["Project A", "Project B", "Rule"], ["PR-1", "PR-2", "Excludes"]]),
        ("First", [["Project", "Prerequisite"], ["PR-3", "PR-1"], ["PR-4", "PR-3"]]),
    )
    assert {t.found.sheet for t in mapping.of("links", "main", "part")} == {"Not both", "First"}


def test_two_projects_that_a_row_joins_without_saying_which_depends_are_asked() -> None:
    rows = [["PR-2", "PR-1", "Requires"], ["PR-3", "PR-2", "Requires"]]
    mapping = beside("Sheet2", [["Investment A", "Investment B", "Rule"], *rows])
    assert ends(mapping) == ("Investment A", "Investment B", False)


def test_prerequisites_without_a_type_are_required_and_that_is_noted() -> None:
    mapping = beside("Order", [["Project", "Prerequisite"], ["PR-2", "PR-1"], ["PR-3", "PR-2"]])
    assert ends(mapping) == ("Project", "Prerequisite", True)
    (located,) = [t for t in located_tables(mapping) if t.sheet == "Order"]
    (kind,) = located.source.positions("type")
    assert [row[kind] for row in located.source.rows] == ["Requires", "Requires"]
    assert any("every link is Requires" in note for note in mapping.notes)


def test_an_id_beside_its_name_is_no_link() -> None:
    rows = [[row[0], row[1], 5] for row in PROJECTS]
    mapping = beside("Spend", [["Project ID", "Project name", "Spent to date"], *rows])
    assert mapping.of("links") == ()
    assert [t.found.sheet for t in mapping.of("projects", "joined")] == ["Spend"]


MONTHS: list[object] = ["Jan-26", "Feb-26", "Mar-26"]


@pytest.mark.parametrize(
    "header",
    ["Capacity (FTE)", "FTE available", "Headcount", "Available hours per month", "Supply FTE"],
)
def test_capacity_without_a_period_is_capacity(header: str) -> None:
    rows = [["Role", header], ["Analyst", 4], ["Developer", 6.5], ["Tester", 3]]
    table = only(beside("Sheet2", rows), "capacity")
    assert table.fields["capacity"].header == header
    assert table.fields["capacity"].certain, table.fields["capacity"].why
    assert (table.fields["capacity"].unit == "hours") == ("hours" in header)


@pytest.mark.parametrize(
    ("name", "values"), [("Utilisation", [80, 95, 102]), ("Sheet2", [0.8, 0.95, 1.02])]
)
def test_utilisation_is_no_capacity(name: str, values: list[object]) -> None:
    rows = [["Role", *MONTHS], ["Analyst", *values], ["Developer", *values]]
    mapping = beside(name, rows)
    assert roles(mapping) == PLAIN
    assert reasons(mapping) == {name: "holds shares of capacity, not people"}


def test_half_a_person_under_a_header_of_fte_is_capacity() -> None:
    rows = [["Role", "FTE available"], ["Architect", 0.5], ["Counsel", 0.2], ["Actuary", 1]]
    assert only(beside("Sheet2", rows), "capacity").fields["capacity"].certain


@pytest.mark.parametrize("header", ["Resource", "Department"])
def test_small_numbers_by_project_and_team_are_asked_as_demand(header: str) -> None:
    rows = [[key, team, 1.5, 2, 0.5] for key in IDS for team in ("Analysts", "Testers")]
    mapping = beside("Sheet2", [["Project ID", header, *MONTHS], *rows])
    assert set(only(mapping, "demand").fields) == {"project_id", "role", "demand"}
    (asked,) = [question.text for question in mapping.questions if question.table == "demand"]
    assert "its headers do not say that it counts people" in asked


def test_money_by_project_and_department_is_not_demand() -> None:
    rows = [[key, team, 150, 2000, 90] for key in IDS for team in ("Estates", "Digital")]
    mapping = beside("Sheet2", [["Project ID", "Department", *MONTHS], *rows])
    assert mapping.of("demand") == ()


def test_hours_over_the_months_are_the_unit_of_the_capacity() -> None:
    over = [None, "Available hrs", None, None]
    rows = [over, ["Role", *MONTHS], ["Analyst", 300, 310, 290], ["Tester", 150, 150, 140]]
    mapping = beside("Capacity", rows)
    assert only(mapping, "capacity").fields["capacity"].unit == "hours"
    (located,) = [t for t in located_tables(mapping) if t.source.table == "capacity"]
    assert {c.unit for c in located.source.columns if c.field == "capacity"} == {"hours"}


@pytest.mark.parametrize(
    ("headers", "certain"),
    [
        (["Fiscal Year", "Capex", "Opex"], False),
        (["Year", "Capex limit $m", "Opex limit $m"], True),
    ],
)
def test_a_column_for_each_kind_of_money_by_year_is_a_budget_of_both_kinds(
    headers: list[object], certain: bool
) -> None:
    mapping = beside("Sheet2", [headers, ["FY25", 400, 90], ["FY26", 500, 80], ["FY27", 450, 85]])
    budget = only(mapping, "budgets").fields["budget"]
    assert [part.kind for part in budget.columns] == ["Capex", "Opex"]
    assert budget.certain is certain, budget.why


@pytest.mark.parametrize("unit", ["units", "thousands", "GBP k"])
def test_settings_are_found_whatever_their_unit_reads_like(unit: str) -> None:
    rows = [
        ["Setting", "Value"],
        ["Currency", "GBP"],
        ["Unit", unit],
        ["Fiscal first month", 4],
        ["Status date", datetime(2026, 4, 30)],
    ]
    fields = only(beside("Settings", rows), "settings").fields
    assert set(fields) == {"currency", "unit", "fiscal_first_month", "status_date"}


def test_five_years_of_monthly_budgets_of_two_kinds_are_budgets() -> None:
    months = [f"{year}-{month:02d}" for year in range(2026, 2031) for month in range(1, 13)]
    rows = [[month, kind, 100] for month in months for kind in ("Capex", "Opex")]
    table = only(beside("Budgets", [["Month", "Kind", "Budget (GBP k)"], *rows]), "budgets")
    assert list(table.fields) == ["period", "kind", "budget"]


@pytest.mark.parametrize("header", ["Objective", "Dimension", "KPI", "Strategic objective"])
def test_names_beside_weights_that_add_up_are_criteria(header: str) -> None:
    rows = [[header, "Weight"], ["Growth", 0.5], ["Resilience", 0.3], ["People", 0.2]]
    table = only(beside("Sheet2", rows), "criteria")
    assert {name: field.header for name, field in table.fields.items()} == {
        "criterion": header,
        "weight": "Weight",
    }


def test_the_header_better_says_the_direction_of_a_criterion() -> None:
    rows = [
        ["Criterion", "Weight", "Better"],
        ["Fit", 0.5, "Higher"],
        ["Risk", 0.3, "Lower"],
        ["Cost", 0.2, "Lower"],
    ]
    table = only(beside("Weights", rows), "criteria")
    assert table.found.orientation == "rows"
    assert table.fields["direction"].header == "Better"
    assert table.fields["direction"].certain


def test_a_top_list_of_the_same_projects_is_left_out() -> None:
    rows = [[f"PR-{n}", f"Name {n}", "A. Khan", *PROJECTS[0][3:]] for n in range(1, 13)]
    top: list[list[object]] = [
        ["Project name", "Rank", "Cost"],
        ["Name 3", 1, 120],
        ["Name 7", 2, 120],
    ]
    mapping = mapped(("Projects", [HEADERS, *rows]), ("Top 2", top))
    assert roles(mapping) == PLAIN
    assert reasons(mapping) == {"Top 2": "repeats 2 of the projects of Projects"}
