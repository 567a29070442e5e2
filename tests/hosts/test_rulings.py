"""What a word, a unit or the values beside a known phrase rule out, prefer or leave unasked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from tests.hosts.test_finding import sheet
from tests.hosts.test_mapping import mapping_of, table_of
from xlportfolio.workbook.finding.tables import find_on_sheet
from xlportfolio.workbook.mapping.mapping import map_tables
from xlportfolio.workbook.mapping.model import MappedTable
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

ROWS = 6
IDS = [f"P-{k:02}" for k in range(1, ROWS + 1)]
NAMES = ["New depot", "Old pumps", "Main sewer", "Data room", "East road", "Elm school"]
MONEY = [1200, 340, 95, 2210, 780, 415]
DAYS = [datetime(2026, month, 1) for month in (1, 3, 4, 6, 8, 9)]
LATER = [datetime(2027, month, 1) for month in (1, 3, 4, 6, 8, 9)]
YES_NO = ["Yes", "No", "No", "Yes", "No", "No"]
PEOPLE = ["A. Khan", "B. Osei", "C. Lund", "A. Khan", "D. Roy", "B. Osei"]
MONEY_FIELDS = {
    "cost", "budget", "forecast_cost", "actual_cost", "spent_to_date", "committed_cost",
    "cost_to_go", "exit_cost", "benefit", "value", "npv",
}  # fmt: skip


def plan(*columns: tuple[str, Sequence[object]]) -> MappedTable:
    """A table of six projects with an ID, a name, a sponsor and these columns."""
    wide = [("Project ID", IDS), ("Project name", NAMES), ("Sponsor", PEOPLE), *columns]
    rows = [[values[k] for _, values in wide] for k in range(ROWS)]
    contents = sheet([[header for header, _ in wide], *rows], name="Projects")
    return table_of(mapping_of(contents), "projects")


def taken(table: MappedTable, header: str) -> dict[str, bool]:
    """Field -> certain, of the fields that a column is read for."""
    return {
        name: field.certain
        for name, field in table.fields.items()
        if field.header == header and not field.serves
    }


@pytest.mark.parametrize(
    "header",
    [
        "ETC (Hours)",
        "EAC (hrs)",
        "EAC (days)",
        "Budget (hours)",
        "Actual hours",
        "Remaining work",
        "Carbon saving (tCO2e)",
        "% of budget spent",
        "Cost FTE",
    ],
)
def test_what_counts_something_else_than_money_is_no_money(header: str) -> None:
    table = plan((header, MONEY))
    assert not MONEY_FIELDS & set(taken(table, header))


@pytest.mark.parametrize("header", ["Cost (1-5)", "Cost Rating", "Benefit (H/M/L)", "Cost score"])
def test_a_rating_of_money_is_no_money(header: str) -> None:
    table = plan((header, [1, 5, 3, 2, 4, 4]))
    assert not MONEY_FIELDS & set(taken(table, header))


@pytest.mark.parametrize("name", ["Table1", "tblProjects"])
def test_the_name_of_an_excel_table_makes_no_money_of_a_rating(name: str) -> None:
    """Our template calls its table tblProjects, and so do many workbooks of others."""
    headers = ["Project ID", "Project name", "Cost (1-5)", "Benefit (1-5)", "Cost"]
    values = (IDS, NAMES, [1, 5, 3, 2, 4, 4], [2, 1, 3, 5, 4, 1], MONEY)
    declared = ExcelTable(name, "Sheet1", CellRange.parse("A1:E7"), tuple(headers))
    found = find_on_sheet(sheet([headers, *zip(*values, strict=True)]), [declared])
    table = table_of(map_tables(found), "projects")
    assert taken(table, "Cost") == {"cost": True}
    assert not MONEY_FIELDS & {*taken(table, "Cost (1-5)"), *taken(table, "Benefit (1-5)")}


def test_a_value_score_is_at_most_a_question() -> None:
    table = plan(("Value score", [1, 5, 3, 2, 4, 4]))
    assert not taken(table, "Value score").get("value", False)


def test_small_whole_numbers_beside_others_of_the_kind_are_ratings_not_money() -> None:
    table = plan(
        ("Sponsor", PEOPLE),
        ("Start date", DAYS),
        ("Cost (£k)", MONEY),
        ("Benefit", [7, 3, 9, 5, 10, 2]),
        ("Urgency", [4, 4, 8, 1, 10, 6]),
        ("Strategic fit", [9, 2, 5, 5, 7, 3]),
    )
    assert not {"benefit", "score", "priority"} & set(table.fields)


def test_money_in_millions_stays_money_beside_ratings() -> None:
    table = plan(
        ("Cost (£m)", [7, 3, 9, 5, 10, 2]),
        ("Urgency", [4, 4, 8, 1, 10, 6]),
        ("Strategic fit", [9, 2, 5, 5, 7, 3]),
    )
    assert taken(table, "Cost (£m)") == {"cost": True}


@pytest.mark.parametrize(
    "header",
    ["Remaining budget", "Budget remaining", "Balance", "Available budget", "Unspent",
     "Funding gap"],
)  # fmt: skip
def test_a_budget_less_its_spend_is_never_certain(header: str) -> None:
    read_as = taken(plan((header, MONEY)), header)
    assert "budget" not in read_as
    assert not any(read_as.values())


def test_the_decision_of_this_round_stands_before_the_previous_one() -> None:
    said = ["Approve", "Defer", "Approve", "Stop", "Approve", "Defer"]
    table = plan(("Previous decision", said), ("Decision this round", said))
    assert taken(table, "Decision this round") == {"current_decision": True}
    alone = plan(("Previous decision", said))
    assert not taken(alone, "Previous decision").get("current_decision", False)


@pytest.mark.parametrize("header", ["Decision needed", "Decision date", "Decision maker"])
def test_what_is_said_about_a_decision_is_not_the_decision(header: str) -> None:
    values = DAYS if header == "Decision date" else PEOPLE
    assert "current_decision" not in taken(plan((header, values)), header)


@pytest.mark.parametrize(
    "header", ["Expected NPV", "Whole-life benefit (NPV £m)", "eNPV", "rNPV", "Planned NPV"]
)
def test_npv_anywhere_in_a_header_decides(header: str) -> None:
    assert taken(plan((header, MONEY)), header) == {"npv": True}


def test_values_of_mandatory_and_discretionary_are_the_force_and_are_asked() -> None:
    said = ["Mandatory", "Discretionary", "Mandatory", "Discretionary", "Mandatory", "Mandatory"]
    header = "Mandatory / Discretionary"
    assert taken(plan((header, said)), header) == {"force": False}


def test_money_spent_is_not_work_done() -> None:
    done = [0.1, 0.5, 0.3, 0.9, 0.0, 1.0]
    table = plan(("% spent", done))
    assert "percent_complete" not in table.fields
    both = plan(("% Planned Progress", done), ("% Actual Progress", done))
    assert taken(both, "% Actual Progress") == {"percent_complete": True}


def test_a_state_of_the_country_is_no_lifecycle() -> None:
    table = plan(("State", ["TX", "OH", "TX", "UT", "OH", "NY"]))
    assert "lifecycle" not in table.fields


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [
        ("Forecast go-live", "Baseline go-live", "finish"),
        ("Planned start", "Actual start", "start"),
        ("Revised end", "Planned end", "finish"),
        ("Forecast finish", "Planned finish", "finish"),
        ("Planned finish", "Actual finish", "finish"),
    ],
)
def test_a_forecast_stands_before_a_plan_and_a_plan_before_a_baseline(
    first: str, second: str, field: str
) -> None:
    for dates in ((DAYS, LATER), (LATER, DAYS)):
        table = plan((second, dates[0]), (first, dates[1]))
        assert taken(table, first) == {field: True}, table.fields[field].why


def test_an_overall_rating_stands_before_one_of_the_schedule() -> None:
    colours = ["Red", "Green", "Amber", "Green", "Green", "Red"]
    table = plan(("Schedule health", colours), ("Overall health", colours))
    assert taken(table, "Overall health") == {"rag": True}


@pytest.mark.parametrize(
    ("start", "finish"),
    [
        ("Start date", "Due Date"),
        ("Kick-off", "Go-live"),
        ("Proposed Start Date", "Proposed End Date"),
        ("Current Start", "Current End"),
        ("Estimated Start Date", "Estimated Finish Date"),
        ("Start Month", "End Month"),
        ("Timeline - Start", "Timeline - End"),
        ("Beginn", "Ende"),
    ],
)
def test_plain_dates_without_a_rival_are_not_asked(start: str, finish: str) -> None:
    table = plan((start, DAYS), (finish, LATER))
    assert taken(table, start) == {"start": True}
    assert taken(table, finish) == {"finish": True}


@pytest.mark.parametrize(
    ("header", "values", "field"),
    [
        ("Mandatory", YES_NO, "force"),
        ("Mandatory?", YES_NO, "force"),
        ("Forced In", YES_NO, "force"),
        ("Regulatory", YES_NO, "force"),
        ("Original Budget", MONEY, "budget"),
        ("Revised Budget", MONEY, "budget"),
        ("Approved £k", MONEY, "budget"),
        ("Requested £k", MONEY, "cost"),
        ("One-off cost", MONEY, "cost"),
        ("What is the estimated cost?", MONEY, "cost"),
        ("Annual Savings", MONEY, "benefit"),
        ("Termination fee", MONEY, "exit_cost"),
        ("Life to date actuals", MONEY, "spent_to_date"),
    ],
)
def test_a_known_noun_with_harmless_words_is_not_asked_where_nothing_competes(
    header: str, values: Sequence[object], field: str
) -> None:
    assert taken(plan((header, values)), header) == {field: True}


def test_an_annual_budget_and_a_guess_at_a_budget_remain_questions() -> None:
    for header in ("Annual Budget", "Proposed budget"):
        table = plan((header, MONEY))
        assert not any(taken(table, header).values()), header


def test_plain_words_are_asked_where_two_columns_compete() -> None:
    table = plan(("Due date", LATER), ("Go-live", DAYS))
    assert not table.fields["finish"].certain


def test_the_columns_that_an_online_form_adds_are_not_the_projects() -> None:
    wide: list[tuple[str, Sequence[object]]] = [
        ("ID", [1, 2, 3, 4, 5, 6]),
        ("Start time", DAYS),
        ("Completion time", DAYS),
        ("Email", [f"{k}@x.org" for k in range(ROWS)]),
        ("Name", PEOPLE),
        ("What is the name of your project?", NAMES),
        ("When would you like to start?", DAYS),
        ("What is the estimated cost?", MONEY),
    ]
    rows = [[values[k] for _, values in wide] for k in range(ROWS)]
    contents = sheet([[header for header, _ in wide], *rows], name="Form1")
    table = table_of(mapping_of(contents), "projects")
    assert table.fields["name"].header == "What is the name of your project?"
    for field in ("start", "finish", "manager", "sponsor"):
        at = table.fields[field].header if field in table.fields else ""
        assert at not in ("Start time", "Completion time", "Name", "Email")


def test_a_forecast_of_one_date_and_a_plan_of_another_are_a_question() -> None:
    table = plan(("Forecast go-live", DAYS), ("Planned completion", LATER))
    assert not table.fields["finish"].certain


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Current cost", MONEY),
        ("Target budget", MONEY),
        ("Forecast", MONEY),
    ],
)
def test_a_word_that_changes_what_is_meant_is_not_harmless(
    header: str, values: Sequence[object]
) -> None:
    assert not any(taken(plan((header, values)), header).values())


def test_the_programme_stands_before_the_portfolio_and_the_project_manager_before_its_own() -> None:
    groups = ["Roads", "Roads", "Rail", "Rail", "Ports", "Ports"]
    leads = ["E. Fox", "E. Fox", "G. Hay", "G. Hay", "J. Kay", "J. Kay"]
    table = plan(
        ("Portfolio", groups),
        ("Program", groups),
        ("Programme Manager", leads),
        ("Project Manager", PEOPLE),
    )
    assert taken(table, "Program") == {"programme": True}
    assert taken(table, "Project Manager") == {"manager": True}


def test_guids_are_ids() -> None:
    guids = [f"3f2504e0-4f89-11d3-9a0c-0305e82c33{k:02}" for k in range(ROWS)]
    rows = [[guids[k], NAMES[k], DAYS[k], MONEY[k]] for k in range(ROWS)]
    heads = ["Project UID", "Project name", "Start date", "Cost"]
    table = table_of(mapping_of(sheet([heads, *rows], name="Projects")), "projects")
    assert taken(table, "Project UID") == {"project_id": True}


def test_a_summary_is_the_name_where_there_is_no_other() -> None:
    rows = [[IDS[k], NAMES[k], DAYS[k], MONEY[k]] for k in range(ROWS)]
    heads = ["Key", "Summary", "Start date", "Cost"]
    table = table_of(mapping_of(sheet([heads, *rows], name="Projects")), "projects")
    assert set(taken(table, "Summary")) == {"name"}


@pytest.mark.parametrize("header", ["Planned status", "Previous status", "Baseline status"])
def test_a_status_of_another_day_is_not_certain(header: str) -> None:
    states = ["Active", "On hold", "Active", "Closed", "Active", "Closed"]
    assert not any(taken(plan((header, states)), header).values())
    both = plan((header, states), ("Status", states))
    assert taken(both, "Status") == {"lifecycle": True}


@pytest.mark.parametrize("header", ["NPV (cost)", "NPV/I", "Budget (spent)"])
def test_a_word_in_the_bracket_or_after_the_stroke_may_change_the_sum(header: str) -> None:
    assert not any(taken(plan((header, MONEY)), header).values())


def test_an_actual_start_in_brackets_is_asked() -> None:
    assert not any(taken(plan(("Start date (actual)", DAYS)), "Start date (actual)").values())


def test_codes_under_a_header_that_says_little_are_the_ids() -> None:
    rows = [[f"LAND {105 + 5 * k}", NAMES[k], DAYS[k], MONEY[k]] for k in range(ROWS)]
    heads = ["Proj", "Name", "Start date", "Cost"]
    table = table_of(mapping_of(sheet([heads, *rows], name="Plan")), "projects")
    assert (table.fields["project_id"].header, table.fields["name"].header) == ("Proj", "Name")


def test_the_demand_is_joined_by_the_id_that_stands_beside_the_name() -> None:
    plans = [[IDS[k], NAMES[k], DAYS[k], MONEY[k]] for k in range(ROWS)]
    needs = [[NAMES[k], IDS[k], "Engineer", 1, 2] for k in range(ROWS)]
    mapping = mapping_of(
        sheet([["Project #", "Project", "Start date", "Cost"], *plans], name="Projects"),
        sheet([["Project", "Project #", "Role", "Jan 2027", "Feb 2027"], *needs], name="Demand"),
    )
    assert table_of(mapping, "demand").fields["project_id"].header == "Project #"


def test_an_original_and_a_revised_sum_are_both_meant() -> None:
    band = ["Project ID", "Project name", "Cost", "Cost", "Cost"]
    rows = [
        [None, None, *band[2:]],
        ["Project ID", "Project name", "Original", "Revised", "Anticipated"],
        *[[IDS[k], NAMES[k], MONEY[k], MONEY[k] + 50, MONEY[k] + 90] for k in range(ROWS)],
    ]
    table = table_of(mapping_of(sheet(rows, name="Projects")), "projects")
    assert not table.fields["cost"].certain
    assert table.fields["cost"].alternatives


def test_projects_without_cost_or_budget_are_asked_what_they_cost() -> None:
    rows = [
        ["Project ID", "Project name", "Start date", "Finish date", "AwardPounds"],
        *[[IDS[k], NAMES[k], DAYS[k], LATER[k], MONEY[k] + 0.5] for k in range(ROWS)],
    ]
    mapping = mapping_of(sheet(rows, name="Projects"))
    (question,) = [one for one in mapping.questions if one.field == "cost"]
    assert question.options == ("AwardPounds",)
    assert question.text == (
        "What do the projects of Projects!A1:E7 cost? No header says cost or budget; amounts "
        'stand under "AwardPounds".'
    )


def test_a_list_of_names_and_years_of_money_lists_projects_where_nothing_else_does() -> None:
    rows = [
        ["Scheme", "2024/25", "2025/26", "2026/27"],
        *[[NAMES[k], MONEY[k], MONEY[k] + 5, MONEY[k] + 9] for k in range(ROWS)],
    ]
    table = table_of(mapping_of(sheet(rows, name="Programme")), "projects")
    assert table.fields["name"].header == "Scheme"
    assert len(table.fields["cost"].columns) == 3


def test_what_a_project_earns_is_not_what_it_costs() -> None:
    table = plan(("gross_margin", [-one for one in MONEY]), ("costs_capex", MONEY))
    assert taken(table, "gross_margin").keys().isdisjoint({"cost", "budget", "actual_cost"})
    assert [one.column for one in table.fields["cost"].columns] == [4]


def test_a_table_joined_by_id_is_asked_for_no_name() -> None:
    projects = [["Project ID", "Project name", "Start date", "Stage"]]
    projects += [[IDS[k], NAMES[k], DAYS[k], PEOPLE[k]] for k in range(ROWS)]
    teams = [["Project ID", "Team name", "Budget (£k)"]]
    teams += [[IDS[k], f"Team {k}", MONEY[k]] for k in range(ROWS)]
    found = [
        *find_on_sheet(sheet(projects, name="Projects")),
        *find_on_sheet(sheet(teams, name="Teams")),
    ]
    mapping = map_tables(found)
    (joined,) = mapping.of("projects", "joined")
    assert set(joined.fields) >= {"project_id", "budget"}
    assert "name" not in joined.fields
    assert mapping.questions == ()


DECISIONS = ["Start", "Defer", "Start", "Stop", "Start", "Defer"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Proposed decision", "proposed_decision"),
        ("Decision proposed", "proposed_decision"),
        ("Proposed reason", "proposed_reason"),
        ("xlportfolio score", "new_score"),
        ("xlportfolio rank", "new_rank"),
        ("xlportfolio start", "proposed_start"),
        ("xlportfolio finish", "proposed_finish"),
    ],
)
@pytest.mark.parametrize("values", [[None] * ROWS, DECISIONS, DAYS, MONEY])
def test_a_column_for_results_is_known_by_its_header_whatever_stands_in_it(
    header: str, field: str, values: Sequence[object]
) -> None:
    assert taken(plan((header, values)), header) == {field: True}


@pytest.mark.parametrize("header", ["Proposed start", "New start date"])
@pytest.mark.parametrize("values", [[None] * ROWS, LATER])
def test_a_proposed_start_beside_the_start_is_for_results_and_the_start_is_not_asked(
    header: str, values: Sequence[object]
) -> None:
    """Full of dates it would be read as the start by the next run."""
    for columns in ([("Start date", DAYS), (header, values)], [(header, values), ("Start", DAYS)]):
        table = plan(*columns)
        assert taken(table, header) == {"proposed_start": True}
        assert table.fields["start"].header in ("Start date", "Start")
        assert table.fields["start"].certain


@pytest.mark.parametrize("other", ["Baseline start", "Actual start", "Original start date"])
def test_a_proposed_start_beside_no_planned_one_is_the_start(other: str) -> None:
    assert set(taken(plan((other, DAYS), ("Proposed start", LATER)), "Proposed start")) == {"start"}


@pytest.mark.parametrize(
    ("header", "values", "field"),
    [
        ("Proposed start", DAYS, "start"),
        ("New finish date", LATER, "finish"),
        ("Proposed end date", LATER, "finish"),
        ("New score", [5, 3, 2, 8, 9, 1], "score"),
    ],
)
def test_a_proposal_that_stands_alone_is_read_as_before(
    header: str, values: Sequence[object], field: str
) -> None:
    assert set(taken(plan((header, values)), header)) == {field}
