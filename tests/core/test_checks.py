"""Each rule about the data: its whole sentence, the cell it points at, and what it blocks."""

from __future__ import annotations

import itertools
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlportfolio.checking.dependencies import find_cycles
from xlportfolio.periods import parse_period
from xlportfolio.problems import Problem
from xlportfolio.records import Settings
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import Portfolio, read_tables
from xlportfolio.values import CellError, Value

COST = SourceColumn("cost", "Cost (£k)", "£k", 1e3, "GBP")
BUDGET = SourceColumn("budget", "Budget (£k)", "£k", 1e3, "GBP")


def column(field: str, header: str | None = None, **more: object) -> SourceColumn:
    return SourceColumn(field, header or field.replace("_", " ").capitalize(), **more)  # type: ignore[arg-type]


def projects(
    *columns: SourceColumn, rows: list[tuple[Value, ...]], label: str = "Projects"
) -> SourceTable:
    """Projects P1, P2, ... with names "Name 1", ...; the columns follow ID and name."""
    head = (column("project_id", "ID"), column("name"))
    body = tuple((f"P{i}", f"Name {i}", *row) for i, row in enumerate(rows, 1))
    return SourceTable("projects", label, head + columns, body)


def table(name: str, *columns: SourceColumn, rows: list[tuple[Value, ...]]) -> SourceTable:
    return SourceTable(name, name.capitalize(), columns, tuple(rows))


def only(portfolio: Portfolio) -> Problem:
    assert len(portfolio.problems) == 1, [problem.message for problem in portfolio.problems]
    return portfolio.problems[0]


def place(problem: Problem) -> tuple[int | None, int | None, int | None]:
    return problem.source, problem.row, problem.column


# --- values


@pytest.mark.parametrize(
    ("value", "severity", "message"),
    [
        (
            "tbc",
            "error",
            '"Cost (£k)" of project P2 is "tbc"; expected a number in £k. Enter the number, or '
            "leave the cell blank until it is known.",
        ),
        (
            "Exempt under Section 43 of the Freedom of Information Act 2000",
            "error",
            '"Cost (£k)" of project P2 is "Exempt under Section 43 of the Freedom of Information '
            'Act 2…"; expected a number in £k. Leave the cell blank and keep the text in a '
            "column of its own.",
        ),
        (
            "12,5",
            "question",
            '"Cost (£k)" of project P2 is "12,5", which is 12.5 or 125; expected a number that '
            "can be read in one way. Enter 12.5 or 125 as a number.",
        ),
        (
            CellError("#N/A"),
            "error",
            '"Cost (£k)" of project P2 shows #N/A; expected a number in £k. Mend its formula, or '
            "clear the cell.",
        ),
        (
            datetime(2026, 3, 31),
            "error",
            '"Cost (£k)" of project P2 is 31 Mar 2026; expected a number in £k. Enter the number '
            "and format the cell as a number.",
        ),
        (
            True,
            "error",
            '"Cost (£k)" of project P2 is TRUE; expected a number in £k. Enter the number, or '
            "leave the cell blank until it is known.",
        ),
        (
            "€40k",
            "error",
            '"Cost (£k)" of project P2 is "€40k"; expected a number in £k. Convert it to GBP and '
            "enter the number alone.",
        ),
        (
            "350 days",
            "error",
            '"Cost (£k)" of project P2 is "350 days"; expected a number in £k. Enter the number '
            "alone, in the unit of the column.",
        ),
        (
            "P001",
            "error",
            '"Cost (£k)" of project P2 is "P001"; expected a number in £k. Enter the number '
            "alone, or leave the cell blank until it is known.",
        ),
    ],
)
def test_text_among_money_is_absent_and_told(value: Value, severity: str, message: str) -> None:
    portfolio = read_tables([projects(COST, rows=[(100.0,), (value,), (90.0,)])])
    problem = only(portfolio)
    assert problem.message == message
    assert place(problem) == (0, 1, 2)
    assert (problem.severity, problem.value, problem.label) == (severity, value, "P2")
    assert problem.blocks == ("rebalance",)
    assert portfolio.projects[1].cost == ()


@pytest.mark.parametrize(
    ("value", "amount", "message"),
    [
        (
            "£1.2m",
            1_200_000.0,
            '"Cost (£k)" of project P2 is the text "£1.2m", read as GBP 1,200,000; expected a '
            "number in £k. Enter 1,200.",
        ),
        (
            "1,200",
            1_200_000.0,
            '"Cost (£k)" of project P2 is the text "1,200", read as GBP 1,200,000; expected a '
            "number in £k. Enter 1,200 as a number.",
        ),
        (
            " - ",
            0.0,
            '"Cost (£k)" of project P2 is the text "-", read as zero; expected a number. Enter 0 '
            "where it is zero, or clear the cell where it is not known.",
        ),
    ],
)
def test_text_that_reads_one_way_is_used_and_told(value: str, amount: float, message: str) -> None:
    rows: list[tuple[Value, ...]] = [(100.0,), (value,), (90.0,)]
    portfolio = read_tables([projects(COST, rows=rows)])
    first = portfolio.problems[0]
    assert first.message == message
    assert first.severity == "warning"
    assert place(first) == (0, 1, 2)
    assert portfolio.projects[1].cost[0].amount == amount


def test_a_column_of_numbers_stored_as_text_is_told_once() -> None:
    rows: list[tuple[Value, ...]] = [(f"£{i},000.50",) for i in range(1, 6)]
    problem = only(read_tables([projects(column("cost"), rows=rows)]))
    assert problem.message == (
        '5 values of "Cost" are numbers stored as text, such as "£1,000.50", and were read as '
        "numbers; expected a number. Turn them into numbers with Data > Text to Columns > Finish."
    )
    assert place(problem) == (0, 0, 2)
    assert problem.money is None, "the money of one project is not that of the column"


def test_the_columns_decimal_comma_settles_its_texts() -> None:
    portfolio = read_tables([projects(column("cost"), rows=[("1.234,5",), ("12,5",), ("1.234",)])])
    assert [project.cost[0].amount for project in portfolio.projects] == [1234.5, 12.5, 1234.0]
    assert {problem.severity for problem in portfolio.problems} == {"warning"}


def test_many_problems_of_one_kind_end_in_one_with_their_count() -> None:
    rows: list[tuple[Value, ...]] = [(f"see {i}?" if i else 5.0,) for i in range(31)]
    portfolio = read_tables([projects(column("cost"), rows=rows)])
    assert len(portfolio.problems) == 21
    assert portfolio.problems[-1].message == (
        '"Cost" has the same problem in 10 more rows ("see 21?", "see 22?", "see 23?" and 7 '
        "more): P22, P23, P24, P25, P26, P27, P28, P29, P30 and P31; expected a number. Enter "
        "the number alone, or leave the cell blank until it is known."
    )
    assert place(portfolio.problems[-1]) == (0, 21, 2)


def test_percentage_given_as_40_is_asked_for_a_share() -> None:
    categories = table(
        "categories", column("category"), column("min_share"), rows=[("Growth", 40.0)]
    )
    portfolio = read_tables([projects(rows=[()]), categories])
    assert only(portfolio).message == (
        '"Min share" of category "Growth" is 40; expected a fraction from 0 to 1. Enter 40% if '
        "per cent is meant."
    )
    assert portfolio.categories[0].min_share is None


def test_a_header_that_says_per_cent_settles_its_shares() -> None:
    shares = column("max_share", "Max share (%)")
    categories = table("categories", column("category"), shares, rows=[("A", 40.0), ("B", 100.0)])
    portfolio = read_tables([projects(rows=[()]), categories])
    assert [category.max_share for category in portfolio.categories] == [0.4, 1.0]
    assert only(portfolio).severity == "warning"


def test_a_column_of_progress_up_to_100_is_read_as_percentages() -> None:
    done = column("percent_complete", "% done")
    portfolio = read_tables([projects(done, rows=[(40.0,), (1.0,), (95.0,), (None,)])])
    assert only(portfolio).message == (
        '"% done" runs from 1 to 95, and was read as percentages: 40 as 40 %; expected fractions '
        "from 0 to 1. Divide them by 100 and format the column as percentages."
    )
    assert [p.percent_complete for p in portfolio.projects] == [0.4, 0.01, 0.95, None]


def test_unknown_word_is_told_once_for_all_its_rows() -> None:
    force = column("force", "Mandatory?")
    portfolio = read_tables([projects(force, rows=[("Yes",), ("perhaps",), ("perhaps",), ("N",)])])
    problem = only(portfolio)
    assert problem.message == (
        '"Mandatory?" of project P2 is "perhaps", and so is 1 more; expected In, Out or a blank. '
        "Enter In if the project is mandated, Out if it is shut out, or clear the cell."
    )
    assert problem.blocks == ("rebalance",)
    assert [p.force for p in portfolio.projects] == ["In", None, None, None]


# --- dates


def test_day_month_question_is_one_per_column() -> None:
    start = column("start", "Start date")
    rows: list[tuple[Value, ...]] = [("03/04/2026",), ("05/06/2026",), (None,)]
    portfolio = read_tables([projects(start, rows=rows)])
    problem = only(portfolio)
    assert problem.message == (
        '"Start date" holds 2 dates such as 03/04/2026, which is 3 Apr 2026 or 4 Mar 2026: none '
        "of its dates shows whether day or month comes first; expected dates that can be read in "
        "one way. Say dd/mm/yyyy or mm/dd/yyyy as the unit of the column in the mapping, or enter "
        "dates."
    )
    assert (problem.severity, place(problem)) == ("question", (0, 0, 2))
    assert portfolio.projects[0].start is None


@pytest.mark.parametrize(
    ("other", "month"), [("31/03/2026", 4), ("03/31/2026", 3)], ids=["day first", "month first"]
)
def test_day_and_month_follow_the_columns_other_dates(other: str, month: int) -> None:
    portfolio = read_tables([projects(column("start"), rows=[("03/04/2026",), (other,)])])
    start = portfolio.projects[0].start
    assert start is not None and start.month == month
    assert {problem.severity for problem in portfolio.problems} == {"warning"}


def test_the_mapping_can_answer_the_day_month_question() -> None:
    start = column("start", unit="mm/dd/yyyy")
    portfolio = read_tables([projects(start, rows=[("03/04/2026",)])])
    assert str(portfolio.projects[0].start) == "2026-03-04"
    assert only(portfolio).severity == "warning"


def test_text_date_is_used_and_told() -> None:
    portfolio = read_tables([projects(column("start"), rows=[("31 March 2026",)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is the text "31 March 2026", read as 31 Mar 2026; expected a date. '
        "Enter 2026-03-31 as a date."
    )


def test_number_in_a_date_column_is_read_as_a_serial_and_told() -> None:
    portfolio = read_tables([projects(column("start"), rows=[(46112.0,)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is the number 46112, read as 31 Mar 2026; expected a date. Format '
        "the cells as dates."
    )


def test_zero_formatted_as_a_date_is_no_date() -> None:
    portfolio = read_tables([projects(column("start"), rows=[(datetime(1899, 12, 30),)])])
    assert only(portfolio).message == (
        '"Start" of project P1 is 30 Dec 1899; expected a date from 1950 on. Clear the cell if '
        "the date is not known: a zero shows as a date of 1900."
    )


def test_finish_before_start_leaves_both_out() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2026, 6, 1), datetime(2026, 5, 1))]
    portfolio = read_tables([projects(column("start"), column("finish"), rows=rows)])
    problem = only(portfolio)
    assert problem.message == (
        'Project P1 finishes on 1 May 2026, but starts on 1 Jun 2026; expected "Finish" on or '
        'after "Start". Correct one of the two; until then both are left out.'
    )
    assert (place(problem), problem.blocks) == ((0, 0, 3), ("level",))
    assert (portfolio.projects[0].start, portfolio.projects[0].finish) == (None, None)


def test_window_that_closes_before_it_opens_is_told() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2026, 6, 1), datetime(2026, 5, 1))]
    portfolio = read_tables([projects(column("earliest_start"), column("latest_start"), rows=rows)])
    assert only(portfolio).message == (
        "Project P1 may start at the latest on 1 May 2026, but may not start before 1 Jun 2026; "
        'expected "Latest start" on or after "Earliest start". Correct one of the two; until then '
        "both are left out."
    )


def test_swapped_days_are_suspected_once_for_the_column() -> None:
    """First days of months, with months first, opened with days first: days of January."""
    days: list[tuple[Value, ...]] = [(datetime(2026, 1, month),) for month in range(1, 13)] * 2
    problem = only(read_tables([projects(column("start"), rows=days)]))
    assert problem.message == (
        'Day and month look swapped in "Start": 22 of its 24 dates are from 2 to 12 January, such '
        "as 2 Jan 2026, which may be 1 Feb 2026; expected days throughout the year. Compare a few "
        "with their source; if they are swapped, import the column again with the order of the "
        "source."
    )
    assert problem.severity == "warning"


def test_first_days_of_months_are_not_suspected() -> None:
    days: list[tuple[Value, ...]] = [(datetime(2026, month, 1),) for month in range(1, 13)] * 2
    assert read_tables([projects(column("start"), rows=days)]).problems == ()


# --- IDs


def test_repeated_id_keeps_the_first_row() -> None:
    source = table(
        "projects",
        column("project_id", "ID"),
        column("name"),
        rows=[("P1", "Bridge"), ("p1 ", "Road"), ("P2", "Dam")],
    )
    portfolio = read_tables([source])
    problem = only(portfolio)
    assert problem.message == (
        'Project ID p1 is used again: first for "Bridge", here for "Road"; expected one row per '
        "project or option. Give one of them another ID, or name the option that each row is; "
        "until then the second is left out."
    )
    assert (place(problem), problem.value) == ((0, 1, 0), "p1 ")
    assert [project.name for project in portfolio.projects] == ["Bridge", "Dam"]


def test_options_of_one_project_share_its_id() -> None:
    source = table(
        "projects",
        column("project_id"),
        column("name"),
        column("option"),
        column("cost"),
        rows=[("P1", "Bridge", "A", 5.0), ("P1", "Bridge", "B", 5.0), ("P1", "Bridge", "a", 7.0)],
    )
    portfolio = read_tables([source])
    assert [project.option for project in portfolio.projects] == ["A", "B"]
    assert only(portfolio).row == 2


def test_missing_id_is_told_and_the_name_serves() -> None:
    source = table(
        "projects",
        column("project_id", "ID"),
        column("name"),
        column("stage"),
        rows=[("P1", "Dam", "x"), (None, "Road", "y"), ("tbc", None, "z"), (None, None, None)],
    )
    portfolio = read_tables([source])
    assert [problem.message for problem in portfolio.problems] == [
        'Project "Road" has no project ID; expected a unique ID in each row. Enter one; until '
        "then the name serves as its ID.",
        "A row of the projects has neither an ID nor a name; expected a unique ID in each row. "
        "Enter both, or delete the row; until then it is left out.",
    ]
    assert [place(problem) for problem in portfolio.problems] == [(0, 1, 0), (0, 2, 0)]
    assert [project.project_id for project in portfolio.projects] == ["P1", "Road"]


def test_same_project_under_two_ids_is_told() -> None:
    source = table(
        "projects",
        column("project_id"),
        column("name"),
        column("cost"),
        rows=[("P1", "The Bridge project", 50.0), ("P2", "Road", 50.0), ("P9", "BRIDGE", 50.0)],
    )
    problem = only(read_tables([source]))
    assert problem.message == (
        'Project P9 and project P1 have the same name, "BRIDGE", and the same cost of 50; '
        "expected each project once. Delete one of them, or name them apart."
    )
    assert (place(problem), problem.severity, problem.money) == ((0, 2, 1), "warning", 50.0)


def dated(*costs: float | None) -> SourceTable:
    start, finish = datetime(2026, 1, 1), datetime(2026, 9, 1)
    columns = (column("project_id"), column("name"), column("start"), column("finish"), COST)
    rows = [(f"P{i}", "Support", start, finish, cost) for i, cost in enumerate(costs)]
    return table("projects", *columns, rows=rows)  # type: ignore[arg-type]


def test_same_name_and_dates_are_told_unless_the_costs_differ() -> None:
    kinds = [problem.message[:24] for problem in read_tables([dated(10.0, None)]).problems]
    assert "Project P1 and project P" in kinds
    assert read_tables([dated(10.0, 12.0)]).problems == ()


# --- figures


def test_zero_cost_among_costs_looks_missing() -> None:
    rows: list[tuple[Value, ...]] = [(10.0,), (20.0,), (0.0,), (30.0,), (40.0,)]
    portfolio = read_tables([projects(COST, rows=rows)])
    assert only(portfolio).message == (
        '"Cost (£k)" of project P3 is 0, while 4 of 5 projects have an amount; expected the cost '
        "of the project. Enter the amount, or clear the cell if it is not known."
    )
    assert portfolio.projects[2].cost[0].amount == 0


def test_zeros_that_are_common_mean_something() -> None:
    rows: list[tuple[Value, ...]] = [(10.0,), (0.0,), (0.0,), (30.0,)]
    assert read_tables([projects(COST, rows=rows)]).problems == ()


def test_spending_on_a_budget_of_zero_is_told() -> None:
    spent = column("spent_to_date", "Spent", scale=1e3)
    rows: list[tuple[Value, ...]] = [(0.0, 5.0), (9.0, 5.0), (9.0, 5.0), (9.0, 5.0), (9.0, 1.0)]
    problem = only(read_tables([projects(BUDGET, spent, rows=rows)]))
    assert problem.message == (
        "Project P1 has spent GBP 5,000 on a budget of 0; expected a budget that covers the "
        "spending. Enter the budget, or clear the cell if it is not known."
    )
    assert (place(problem), problem.money) == ((0, 0, 2), 5000.0)


def test_negative_cost_is_told() -> None:
    problem = only(read_tables([projects(COST, rows=[(10.0,), (-3.0,)])]))
    assert problem.message == (
        '"Cost (£k)" of project P2 is -3; expected at least 0. Enter costs as positive '
        "amounts, and income as a benefit."
    )


def test_costs_below_zero_throughout_are_a_question_and_left_out() -> None:
    portfolio = read_tables([projects(COST, rows=[(-10.0,), (-3.0,), (-7.0,), (None,)])])
    assert [problem.message for problem in portfolio.problems] == [
        '3 of the 3 amounts of "Cost (£k)" are below 0, such as -10 of project P1; expected costs '
        "as positive amounts. Turn the sign if they are costs, and map the column as a benefit if "
        "they are income; until then they are left out."
    ]
    assert portfolio.problems[0].severity == "question"
    assert {project.cost for project in portfolio.projects} == {()}


def test_projects_without_a_cost_are_told_once() -> None:
    life = column("lifecycle")
    rows: list[tuple[Value, ...]] = [
        ("Active", 10.0), ("Active", None), ("Closed", None), ("Proposed", None), ("Active", "tbc")
    ]  # fmt: skip
    portfolio = read_tables([projects(life, COST, rows=rows)])
    first = portfolio.problems[0]
    assert first.message == (
        '2 of 4 projects have no cost under "Cost (£k)": P2 and P4; expected a cost for each '
        "project that may be chosen. Enter it; until then it is not part of the rebalancing."
    )
    assert (place(first), first.severity) == ((0, 1, 3), "warning")
    assert len(portfolio.problems) == 2, "the closed project needs none, the tbc is told itself"


def test_other_currency_is_left_out_and_told() -> None:
    benefit = column("benefit", "Benefit (€k)", unit="€k", scale=1e3, currency="EUR")
    spent = column("spent_to_date", "Spent (£k)", unit="£k", scale=1e3, currency="GBP")
    portfolio = read_tables([projects(COST, spent, benefit, rows=[(10.0, 1.0, 50.0)])])
    problem = only(portfolio)
    assert problem.message == (
        '"Benefit (€k)" of "Projects" is in EUR, while the other money is in GBP; expected one '
        "currency. Convert the column to GBP; until then it is left out."
    )
    assert place(problem) == (0, None, 4)
    assert portfolio.projects[0].benefit is None


def test_text_in_another_currency_than_its_column_is_left_out() -> None:
    rows: list[tuple[Value, ...]] = [("£5",), ("£6",), ("€7",)]
    portfolio = read_tables([projects(column("cost"), rows=rows)])
    assert portfolio.problems[-1].message == (
        '"Cost" of project P3 is "€7"; expected a number. Convert it to GBP and enter the number '
        "alone."
    )
    assert portfolio.projects[2].cost == ()


def test_a_bare_dollar_is_the_dollar_of_its_column() -> None:
    cost = column("cost", currency="CAD")
    portfolio = read_tables([projects(cost, rows=[("$5",)])])
    assert portfolio.projects[0].cost[0].amount == 5.0


def test_money_without_a_unit_beside_money_with_one_is_told() -> None:
    portfolio = read_tables([projects(COST, column("npv", "NPV"), rows=[(10.0, 50.0)])])
    assert only(portfolio).message == (
        '"NPV" of "Projects" has no unit, while "Cost (£k)" is in £k; it was read in single '
        "units; expected a unit for each column of money. Add the unit to the header, such as "
        '"(£k)", or say it in the mapping.'
    )
    assert portfolio.projects[0].npv == 50.0


def test_green_over_budget_is_doubted() -> None:
    forecast = column("forecast_cost", "Forecast", scale=1e3)
    rows: list[tuple[Value, ...]] = [("Green", 100.0, 125.0), ("Green", 100.0, 110.0),
                                     ("Red", 100.0, 300.0)]  # fmt: skip
    problem = only(read_tables([projects(column("rag", "RAG"), BUDGET, forecast, rows=rows)]))
    assert problem.message == (
        "Project P1 is Green, but is forecast to cost GBP 125,000, which is 25% over its budget of "
        "GBP 100,000; expected Green only up to 10% over budget. Review the status, or correct the "
        "figures."
    )
    assert (place(problem), problem.money) == ((0, 0, 2), 25000.0)


def test_green_past_its_finish_is_doubted() -> None:
    rows: list[tuple[Value, ...]] = [
        ("G", datetime(2026, 3, 1), 0.8),
        ("G", datetime(2026, 3, 1), 1.0),
    ]
    source = projects(column("rag"), column("finish"), column("percent_complete"), rows=rows)
    settings = Settings(status_date=datetime(2026, 3, 31).date())
    problem = only(read_tables([source], settings))
    assert problem.message == (
        "Project P1 is Green, but was to finish on 1 Mar 2026 and is 80% complete on 31 Mar 2026; "
        "expected Green only while the project can still finish on time. Review the status, or "
        "correct the finish."
    )


# --- criteria and ratings


def criteria(rows: list[tuple[Value, ...]]) -> SourceTable:
    return table(
        "criteria",
        column("criterion"),
        column("weight"),
        column("scale_min"),
        column("scale_max"),
        rows=rows,
    )


def test_weights_that_sum_to_0_are_told() -> None:
    problem = only(
        read_tables(
            [projects(rows=[()]), criteria([("Fit", 0.0, 1.0, 5.0), ("Risk", 0.0, 1.0, 5.0)])]
        )
    )
    assert problem.message == (
        "The weights of the 2 criteria sum to 0; expected a sum above 0. Enter the importance of "
        "at least one criterion."
    )
    assert (place(problem), problem.blocks) == ((1, None, 1), ("score", "rank"))


def test_negative_weight_is_told() -> None:
    source = criteria([("Strategic fit", -0.2, 1.0, 5.0), ("Risk", 0.5, 1.0, 5.0)])
    assert only(read_tables([projects(rows=[()]), source])).message == (
        'Weight of criterion "Strategic fit" is -0.2; expected a number of at least 0. Enter 0 '
        "to ignore the criterion."
    )


def test_scale_that_ends_before_it_begins_is_told() -> None:
    source = criteria([("Risk", 0.5, 5.0, 1.0)])
    assert only(read_tables([projects(rows=[()]), source])).message == (
        'The scale of criterion "Risk" runs from 5 to 1; expected a best rating above the worst. '
        "Enter the smaller number as the minimum, and min as the direction if less is better."
    )


def ratings(*rows: tuple[Value, ...]) -> SourceTable:
    return table(
        "ratings",
        column("project_id"),
        column("ratings", "Fit", criterion="Fit"),
        column("ratings", "Risk", criterion="Risk"),
        rows=list(rows),
    )


BOTH = [("Fit", 0.5, 1.0, 5.0), ("Risk", 0.5, 1.0, 5.0)]


def test_rating_outside_its_scale_is_left_out() -> None:
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), ratings(("P1", 7.0, 3.0))])
    problem = only(portfolio)
    assert problem.message == (
        '"Fit" of project P1 is 7; expected a rating from 1 to 5. Correct the rating, or the '
        "scale of the criterion."
    )
    assert place(problem) == (2, 0, 1)
    assert portfolio.ratings[0].ratings == {"Fit": None, "Risk": 3.0}


def test_blank_rating_is_reported_not_scored_as_zero() -> None:
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), ratings(("P1", 4.0, None))])
    assert only(portfolio).message == (
        '"Risk" of project P1 is blank; expected a rating. Enter it; a blank is not scored as zero.'
    )
    assert portfolio.ratings[0].ratings == {"Fit": 4.0, "Risk": None}


def test_a_rating_is_missing_only_if_no_assessor_gave_it() -> None:
    source = ratings(("P1", 4.0, None), ("P1", None, 2.0))
    assert read_tables([projects(rows=[()]), criteria(list(BOTH)), source]).problems == ()


def test_project_without_ratings_is_told() -> None:
    portfolio = read_tables(
        [projects(rows=[(), ()]), criteria(list(BOTH)), ratings(("P1", 4.0, 3.0))]
    )
    problem = only(portfolio)
    assert problem.message == (
        "Project P2 has no ratings; expected a rating for each criterion. Rate the project; until "
        "then it is not scored."
    )
    assert (place(problem), problem.blocks) == ((0, 1, 0), ("score", "rank"))


def test_unknown_criterion_and_unrated_criterion_are_told() -> None:
    source = criteria([("Fit", 0.5, 1.0, 5.0), ("Value", 0.5, 1.0, 5.0)])
    portfolio = read_tables([projects(rows=[()]), source, ratings(("P1", 4.0, 3.0))])
    assert [problem.message for problem in portfolio.problems] == [
        'Criterion "Value" has no ratings; expected a column of ratings for it. Add the column, '
        "or delete the criterion.",
        '"Risk" is rated in "Ratings", but is not among the criteria; expected a column for each '
        "criterion of the criteria table. Add it to the criteria, or correct the header; until "
        "then it is not scored.",
    ]
    assert [place(problem) for problem in portfolio.problems] == [(1, 1, 0), (2, None, 2)]


def test_unknown_project_in_another_table_is_told() -> None:
    source = ratings(("P1", 4.0, 3.0), ("P7", 4.0, 3.0))
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), source])
    problem = only(portfolio)
    assert problem.message == (
        '"P7" in the ratings is no project; expected an ID of the projects table. Correct the ID, '
        "or add the project; until then the row is left out."
    )
    assert place(problem) == (2, 1, 0)


# --- money there is


def test_budget_missing_for_a_period_and_kind_is_told() -> None:
    year = parse_period("FY26/27")
    costs = projects(
        column("cost", "Capex", period=year, kind="capex"),
        column("cost", "Opex", period=year, kind="opex"),
        rows=[(10.0, 2.0), (20.0, 3.0)],
    )
    budgets = table(
        "budgets",
        column("period"),
        column("kind"),
        column("budget"),
        rows=[("2026/27", "Capex", 50.0)],
    )
    problem = only(read_tables([costs, budgets]))
    assert problem.message == (
        '"Budgets" has no budget for opex 2026/27, in which 2 projects need 5, most of it P2; '
        "expected a budget for each period and kind in which projects need money. Add a row for "
        "it; enter 0 if there is none."
    )
    assert (problem.money, problem.blocks) == (5.0, ("rebalance",))


def test_money_of_no_period_needs_no_budget_of_a_period() -> None:
    costs = projects(
        column("cost", "FY27", period=parse_period("FY27")),
        column("cost", "Prior", kind="Prior"),
        rows=[(10.0, 5.0)],
    )
    budgets = table("budgets", column("period"), column("budget"), rows=[("FY27", 50.0)])
    assert read_tables([costs, budgets]).problems == ()


def test_months_are_covered_by_the_budget_of_their_fiscal_year() -> None:
    costs = projects(column("cost", "Apr-26", period=parse_period("Apr-26")), rows=[(10.0,)])
    budgets = table("budgets", column("period"), column("budget"), rows=[("FY26/27", 50.0)])
    assert read_tables([costs, budgets], Settings(fiscal_first_month=4)).problems == ()
    missing = only(read_tables([costs, budgets], Settings(fiscal_first_month=6)))
    assert missing.message.startswith(
        '"Budgets" has no budget for Apr-26, in which 1 project needs'
    )


def test_shares_that_cannot_add_up_are_told() -> None:
    source = table(
        "categories",
        column("category"),
        column("min_share"),
        column("max_share"),
        rows=[("Run", 0.7, 0.8), ("Grow", 0.5, 0.4)],
    )
    portfolio = read_tables([projects(rows=[()]), source])
    assert [problem.message for problem in portfolio.problems] == [
        "The minimum shares of the 2 categories sum to 120%; expected at most 100%. Lower some "
        "of them: no portfolio can meet them all.",
        'Category "Grow" may take at most 40%, but must take at least 50%; expected a maximum '
        "share of at least the minimum. Correct one of the two.",
    ]


def test_unknown_category_is_told_once() -> None:
    source = table("categories", column("category"), column("min_share"), rows=[("Run", 0.2)])
    rows: list[tuple[Value, ...]] = [("run ",), ("Grow",), ("Grow",)]
    problem = only(read_tables([projects(column("category"), rows=rows), source]))
    assert problem.message == (
        '"Category" of project P2 is "Grow", which is not among the categories, and so is 1 '
        "more; expected a category of the categories table. Correct it, or add the category."
    )


# --- links


def links(*rows: tuple[Value, ...]) -> SourceTable:
    return table("links", column("from"), column("to"), column("type"), rows=list(rows))


def test_cycle_of_dependencies_is_named() -> None:
    source = links(("P3", "P1", "requires"), ("P1", "P2", "requires"), ("P2", "P3", "depends on"))
    problem = only(read_tables([projects(rows=[()] * 3), source]))
    assert problem.message == (
        "P3 requires P1 requires P2 requires P3, in a circle; expected dependencies without a "
        "circle. Delete or turn one of these links."
    )
    assert (place(problem), problem.blocks) == ((1, 0, 1), ("rebalance", "level"))


def test_project_that_precedes_itself_is_told() -> None:
    problem = only(read_tables([projects(rows=[()]), links(("P1", "P1", "FS"))]))
    assert problem.message == (
        "P1 must finish before P1, itself; expected dependencies without a circle. Delete or "
        "turn one of these links."
    )


def test_unknown_end_and_unknown_type_are_told() -> None:
    portfolio = read_tables(
        [projects(rows=[(), ()]), links(("P1", "P9", "FS"), ("P1", "P2", "SS"))]
    )
    assert [problem.message for problem in portfolio.problems] == [
        '"To" of link P1 to P9 is "P9", which is no project; expected an ID of the projects '
        "table. Correct the ID, or add the project.",
        '"Type" of link P1 to P2 is "SS"; expected Requires, Excludes, Together or '
        "Finish-to-start. Enter one of them.",
    ]
    assert portfolio.links == ()


def test_projects_that_require_and_exclude_each_other_are_told() -> None:
    source = links(("P1", "P2", "excludes"), ("P2", "P1", "requires"))
    assert only(read_tables([projects(rows=[(), ()]), source])).message == (
        "P2 and P1 exclude each other, but link P2 to P1 says Requires; expected links that can "
        "hold together. Delete one of the two links."
    )


_NODES = "ABCDE"
_EDGES = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=12)


def _all_cycles(edges: list[tuple[str, str]]) -> set[tuple[str, ...]]:
    """Brute force: every sequence of distinct nodes whose steps, and the one back, are edges."""
    present = set(edges)
    return {
        nodes
        for length in range(1, len(_NODES) + 1)
        for nodes in itertools.permutations(_NODES, length)
        if all((a, b) in present for a, b in zip(nodes, (*nodes[1:], nodes[0]), strict=True))
    }


@given(_EDGES)
def test_cycles_are_those_of_brute_force(edges: list[tuple[str, str]]) -> None:
    every = _all_cycles(edges)
    found = [tuple(cycle) for cycle in find_cycles(edges)]
    assert set(found) <= every, "each named cycle exists"
    # Two nodes are in one component if some closed walk joins them: cycles that share a node.
    groups: list[set[str]] = []
    for cycle in every:
        joined = [group for group in groups if group & set(cycle)]
        groups = [group for group in groups if group not in joined]
        groups.append(set(cycle).union(*joined))
    assert len(found) == len(groups), "each component is named once"
    for cycle in found:
        rivals = [other for other in every if cycle[0] in other]
        assert len(cycle) == min(len(other) for other in rivals)


# --- people


def people(*demand: tuple[Value, ...]) -> list[SourceTable]:
    january, march = parse_period("Jan-27"), parse_period("Mar-27")
    return [
        table("capacity", column("role"), column("capacity", "Jan-27", period=january),
              rows=[("Engineer", 4.0)]),
        table("demand", column("project_id"), column("role"),
              column("demand", "Jan-27", period=january), column("demand", "Mar-27", period=march),
              rows=list(demand)),
    ]  # fmt: skip


def test_unknown_role_is_told_once() -> None:
    sources = people(
        ("P1", "engineer", 1.0, None), ("P1", "Diver", 1.0, None), ("P1", "diver", 2.0, 1.0)
    )
    problem = only(read_tables([projects(rows=[()]), *sources]))
    assert problem.message == (
        'Demand of P1, Diver and 1 more rows asks for the role "Diver", which has no capacity; '
        "expected a role of the capacity table. Correct the role, or add its capacity."
    )
    assert (place(problem), problem.blocks) == ((2, 1, 1), ("level",))


def test_demand_outside_the_projects_dates_is_told() -> None:
    rows: list[tuple[Value, ...]] = [(datetime(2027, 1, 10), datetime(2027, 2, 20))]
    source = projects(column("start"), column("finish"), rows=rows)
    problem = only(read_tables([source, *people(("P1", "Engineer", 1.0, 0.5))]))
    assert problem.message == (
        'Demand of P1, Engineer is 0.5 in "Mar-27", outside the project\'s 10 Jan 2027 to 20 Feb '
        "2027; expected demand while the project runs. Move the demand, or correct the project's "
        "dates."
    )
    assert place(problem) == (2, 0, 3)


def effort(unit: str) -> SourceTable:
    quarter = parse_period("2027 Q1")
    return table(
        "demand",
        column("project_id"),
        column("role"),
        column("demand", "2027 Q1", unit=unit, period=quarter),
        rows=[("P1", "Engineer", 108.0)],
    )


def test_days_become_fte_by_the_settings() -> None:
    """108 days in a quarter, 18 days to a month of one FTE: 108 / (18 x 3) = 2 FTE."""
    portfolio = read_tables([projects(rows=[()]), effort("days")], Settings(days_per_fte=18.0))
    assert portfolio.problems == ()
    assert portfolio.demand[0].demand == 2.0


def test_days_without_a_setting_are_a_question() -> None:
    portfolio = read_tables([projects(rows=[()]), effort("person-days")])
    assert only(portfolio).message == (
        '"2027 Q1" of "Demand" is in days, and the settings do not say how many days one FTE '
        "works in a month; expected people as FTE. Enter days_per_fte in the settings; until then "
        "the demand in days is left out."
    )
    assert portfolio.demand == ()


def test_negative_capacity_is_left_out() -> None:
    source = table("capacity", column("role"), column("capacity", "FTE"), rows=[("Engineer", -2.0)])
    portfolio = read_tables([projects(rows=[()]), source])
    assert only(portfolio).message == (
        '"FTE" of role "Engineer" is -2; expected at least 0. Correct the number.'
    )
    assert portfolio.capacity == ()
