"""Source tables to a portfolio: scale, totals, several tables, keys, people, settings."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlportfolio.checking.findings import MOST_OF_A_KIND
from xlportfolio.periods import Period, parse_period
from xlportfolio.records import TABLES, Amount, Settings
from xlportfolio.sources import SourceColumn, SourceTable
from xlportfolio.tables import Portfolio, read_tables
from xlportfolio.values import CellError, Value

FY27 = Period("year", 2027, fiscal=True)
FY28 = Period("year", 2028, fiscal=True)


def table(
    name: str, *columns: SourceColumn, rows: list[tuple[Value, ...]], label: str = ""
) -> SourceTable:
    return SourceTable(name, label or name.capitalize(), columns, tuple(rows))


def c(field: str, header: str = "", **more: object) -> SourceColumn:
    return SourceColumn(field, header or field.capitalize(), **more)  # type: ignore[arg-type]


ID, NAME = c("project_id", "ID"), c("name", "Name")


def messages(portfolio: Portfolio) -> list[str]:
    return [problem.message for problem in portfolio.problems]


def test_nothing_is_a_portfolio_without_projects() -> None:
    assert read_tables([]) == Portfolio()


def test_money_is_scaled_once_to_single_units() -> None:
    source = table(
        "projects",
        ID,
        NAME,
        c("cost", "Cost (£m)", unit="£m", scale=1e6),
        c("spent_to_date", "Spent (£k)", unit="£k", scale=1e3),
        rows=[("P1", "Bridge", 1.5, 200.0)],
    )
    project = read_tables([source]).projects[0]
    assert project.cost == (Amount(amount=1_500_000.0),)
    assert project.spent_to_date == 200_000.0


def test_the_settings_unit_holds_where_a_header_has_none() -> None:
    source = table("projects", ID, NAME, c("cost"), rows=[("P1", "Bridge", 1.5)])
    settings = Settings(unit="millions", currency="GBP")
    assert read_tables([source], settings).projects[0].cost[0].amount == 1_500_000.0
    assert read_tables([source]).projects[0].cost[0].amount == 1.5


def profile(*rows: tuple[Value, ...]) -> SourceTable:
    return table(
        "projects",
        ID,
        NAME,
        c("cost", "FY27 / Capex", period=FY27, kind="capex"),
        c("cost", "FY27 / Opex", period=FY27, kind="opex"),
        c("cost", "FY28 / Capex", period=FY28, kind="capex"),
        c("cost", "Prior"),
        c("cost", "Total"),
        rows=list(rows),
    )


def test_total_of_a_profile_is_checked_and_not_added() -> None:
    portfolio = read_tables([profile(("P1", "Bridge", 10.0, 1.0, 20.0, 4.0, 35.0))])
    assert portfolio.problems == ()
    assert portfolio.projects[0].cost == (
        Amount(period=FY27, kind="capex", amount=10.0),
        Amount(period=FY27, kind="opex", amount=1.0),
        Amount(period=FY28, kind="capex", amount=20.0),
        Amount(amount=4.0),
    )


def test_total_that_differs_from_its_parts_is_told() -> None:
    portfolio = read_tables([profile(("P1", "Bridge", 10.0, 1.0, 20.0, 4.0, 40.0))])
    assert messages(portfolio) == [
        '"Total" of project P1 is 40, but its parts add up to 35, which was used; expected the '
        'sum of "FY27 / Capex" to "Prior". Correct the total, or the amounts.'
    ]
    problem = portfolio.problems[0]
    assert (problem.row, problem.column, problem.severity) == (0, 6, "warning")
    assert sum(amount.amount for amount in portfolio.projects[0].cost) == 35.0


def test_total_alone_is_the_cost() -> None:
    portfolio = read_tables([profile(("P1", "Bridge", None, None, None, None, 40.0))])
    assert portfolio.projects[0].cost == (Amount(amount=40.0),)
    assert portfolio.problems == ()


def test_total_stands_in_where_a_part_cannot_be_used() -> None:
    portfolio = read_tables([profile(("P1", "Bridge", "tbc", 1.0, 20.0, 4.0, 40.0))])
    assert portfolio.projects[0].cost == (Amount(amount=40.0),)
    assert len(portfolio.problems) == 1


def test_sum_over_a_gap_is_no_cost() -> None:
    portfolio = read_tables([profile(("P1", "Bridge", "tbc", 1.0, 20.0, 4.0, None))])
    assert portfolio.projects[0].cost == ()


def test_total_of_each_period_is_not_added_either() -> None:
    source = table(
        "projects",
        ID,
        NAME,
        c("budget", "FY27 / Capex", period=FY27, kind="capex"),
        c("budget", "FY27 / Opex", period=FY27, kind="opex"),
        c("budget", "FY27 / Total", period=FY27),
        c("budget", "Total"),
        rows=[("P1", "Bridge", 10.0, 1.0, 12.0, 11.0)],
    )
    portfolio = read_tables([source])
    assert sum(amount.amount for amount in portfolio.projects[0].budget) == 11.0
    assert messages(portfolio)[0].startswith('"FY27 / Total" of project P1 is 12, but its parts')


def test_two_columns_for_the_whole_are_a_question_and_not_added() -> None:
    source = table(
        "projects",
        ID,
        NAME,
        c("cost", "Baseline"),
        c("cost", "Whole life"),
        rows=[("P1", "Bridge", 10.0, 12.0)],
    )
    portfolio = read_tables([source])
    assert portfolio.projects[0].cost == (Amount(amount=10.0),)
    assert messages(portfolio) == [
        '"Baseline" and "Whole life" both stand for the whole cost; the first was used; expected '
        "one column of the cost, or one for each period or kind. Say in the mapping which column "
        "it is."
    ]
    assert portfolio.problems[0].severity == "question"


@pytest.mark.parametrize(("given", "missing"), [("cost", "budget"), ("budget", "cost")])
def test_one_of_cost_and_budget_serves_for_both(given: str, missing: str) -> None:
    portfolio = read_tables([table("projects", ID, NAME, c(given), rows=[("P1", "Bridge", 7.0)])])
    project = portfolio.projects[0]
    assert project.cost == project.budget == (Amount(amount=7.0),)
    assert portfolio.notes == (
        f"There is no column of the {missing}: the {given} of each project serves for both.",
    )


def test_unique_name_serves_without_ids() -> None:
    source = table("projects", NAME, c("cost"), rows=[("Bridge", 7.0), ("Road", 8.0)])
    portfolio = read_tables([source])
    assert [project.project_id for project in portfolio.projects] == ["Bridge", "Road"]
    assert portfolio.notes[0] == (
        '"Projects" has no column of project IDs: "Name" serves as the key.'
    )


def test_repeated_names_are_told_apart_by_programme() -> None:
    source = table(
        "projects",
        NAME,
        c("programme"),
        rows=[("Design", "A"), ("Design", "B"), ("Build", "B"), ("Build", "B")],
    )
    portfolio = read_tables([source])
    assert [project.project_id for project in portfolio.projects] == [
        "Design / A",
        "Design / B",
        "Build / B",
    ]
    assert '"Name" with "Programme" serves as the key' in portfolio.notes[0]
    assert messages(portfolio) == [
        'Project "Build / B" stands in the projects more than once; expected one row per project '
        "or option. Add a column of project IDs; until then the second is left out."
    ]


def test_states_are_kept_as_words_and_placeholders_are_not() -> None:
    rows: list[tuple[Value, ...]] = [("P1", "A", "Pending"), ("P2", "B", "tbc"), ("P3", "C", "-")]
    portfolio = read_tables([table("projects", ID, NAME, c("stage"), rows=rows)])
    assert [project.stage for project in portfolio.projects] == ["Pending", None, None]


@pytest.mark.parametrize("unit", ["millions", "£m", "GBP m", "Million", "EUR millions"])
def test_the_settings_unit_may_be_written_in_many_ways(unit: str) -> None:
    source = table("projects", ID, NAME, c("cost"), rows=[("P1", "Bridge", 2.0)])
    portfolio = read_tables([source], Settings(unit=unit))
    assert portfolio.projects[0].cost[0].amount == 2_000_000.0


MAIN = table("projects", ID, NAME, c("stage"), rows=[("P1", "Bridge", "G1"), ("P2", "Road", None)],
             label="Register")  # fmt: skip


def test_further_table_adds_fields_by_id_in_any_order() -> None:
    money = table("projects", ID, c("budget", scale=1e3), rows=[("p2", 5.0), ("P1", 4.0)],
                  label="Money")  # fmt: skip
    portfolio = read_tables([MAIN, money])
    assert [project.budget[0].amount for project in portfolio.projects] == [4000.0, 5000.0]
    assert portfolio.problems == ()


def test_fields_that_contradict_each_other_are_told() -> None:
    first = table("projects", ID, NAME, c("cost"), rows=[("P1", "Bridge", 120.0)], label="Register")
    second = table("projects", ID, c("cost"), rows=[("P1", 100.0)], label="Money")
    portfolio = read_tables([first, second])
    assert messages(portfolio) == [
        'Cost of project P1 is 120 in "Register" and 100 in "Money"; the first was used; expected '
        "one value in both tables. Correct one of them."
    ]
    problem = portfolio.problems[0]
    assert (problem.source, problem.row, problem.column, problem.value) == (1, 0, 1, 100.0)
    assert portfolio.projects[0].cost[0].amount == 120.0


def test_unknown_id_of_a_further_table_is_told() -> None:
    money = table("projects", ID, c("budget"), rows=[("P1", 4.0), ("P7", 5.0)], label="Money")
    portfolio = read_tables([MAIN, money])
    assert messages(portfolio) == [
        '"P7" in "Money" is no project of the tables before it; expected a project of the main '
        "table. Correct the ID, or add the project; until then the row is left out."
    ]
    assert (portfolio.problems[0].source, portfolio.problems[0].row) == (1, 1)


def test_several_rows_of_a_project_in_a_further_table_are_not_used() -> None:
    money = table("projects", ID, c("budget"), rows=[("P1", 4.0), ("P1", 5.0)], label="Money")
    portfolio = read_tables([MAIN, money])
    assert messages(portfolio) == [
        'Project P1 stands in 2 rows of "Money"; expected one row for each project. Sum its rows '
        "up in one, or leave the table out of the mapping; until then they are left out."
    ]
    assert portfolio.projects[0].budget == ()


def test_table_of_other_projects_adds_projects() -> None:
    other = table("projects", ID, NAME, rows=[("N1", "Dam"), ("N2", "Lock")], label="Pipeline")
    portfolio = read_tables([MAIN, other])
    assert [project.project_id for project in portfolio.projects] == ["P1", "P2", "N1", "N2"]
    assert portfolio.notes == ('"Pipeline" adds 2 projects.',)


def test_ratings_may_stand_among_the_projects_and_join_by_name() -> None:
    source = table(
        "projects", ID, NAME, c("ratings", "Fit", criterion="Fit"), rows=[("P1", "Bridge", 3.0)]
    )
    beside = table(
        "ratings",
        c("project_id"),
        c("assessor"),
        c("ratings", "Fit", criterion="Fit"),
        rows=[("bridge", "Ann", 4.0)],
    )
    portfolio = read_tables([source, beside])
    assert [(r.project_id, r.assessor, r.ratings) for r in portfolio.ratings] == [
        ("P1", "Ann", {"Fit": 4.0}),
        ("P1", None, {"Fit": 3.0}),
    ]
    assert portfolio.problems == ()


def test_capacity_and_demand_wide_become_a_record_for_each_period() -> None:
    january, february = Period("month", 2027, 1), Period("month", 2027, 2)
    capacity = table(
        "capacity",
        c("role"),
        c("capacity", "Jan-27", period=january),
        c("capacity", "Feb-27", period=february),
        rows=[("Engineer", 3.0, None), (None, 1.0, 1.0)],
    )
    demand = table(
        "demand",
        c("project_id"),
        c("role"),
        c("demand", "M1", period=parse_period("M1")),
        rows=[("P1", "engineer", 0.5), ("P1", "Engineer", "tbc")],
    )
    portfolio = read_tables([MAIN, capacity, demand])
    assert [(x.role, x.period, x.capacity) for x in portfolio.capacity] == [
        ("Engineer", january, 3.0)
    ]
    assert [(x.project_id, x.period, x.demand) for x in portfolio.demand] == [
        ("P1", Period("offset", 0, 1), 0.5)
    ]
    assert messages(portfolio) == [
        "A row of the capacity has no role; expected a role in each row. Enter it, or delete the "
        "row; until then it is left out.",
        '"M1" of demand of P1, Engineer is "tbc"; expected a number. Enter the number, or leave '
        "the cell blank until it is known.",
    ]


def test_capacity_long_reads_its_periods_from_the_rows() -> None:
    capacity = table(
        "capacity",
        c("role"),
        c("period"),
        c("capacity"),
        rows=[("Engineer", "2027-01", 3.0), ("Engineer", "soon", 2.0)],
    )
    portfolio = read_tables([capacity])
    assert [x.period for x in portfolio.capacity] == [Period("month", 2027, 1)]
    assert messages(portfolio) == [
        '"Period" of role "Engineer" is "soon"; expected a month, quarter or year. Enter it as '
        "Jan-27, 2027 Q1, 2026/27 or FY27."
    ]


def test_total_below_the_budgets_is_not_more_money() -> None:
    rows: list[tuple[Value, ...]] = [("2026/27", 10.0), ("2027/28", 20.0), ("Total", 30.0)]
    portfolio = read_tables([table("budgets", c("period"), c("budget"), rows=rows)])
    assert [(x.period, x.budget) for x in portfolio.budgets] == [(FY27, 10.0), (FY28, 20.0)]
    alone = read_tables([table("budgets", c("period"), c("budget"), rows=rows[2:])])
    assert [(x.period, x.budget) for x in alone.budgets] == [(None, 30.0)]


def test_finish_given_as_a_month_is_its_last_day() -> None:
    rows: list[tuple[Value, ...]] = [("P1", "Bridge", "2026-Q1", "2026-Q3")]
    project = read_tables([table("projects", ID, NAME, c("start"), c("finish"), rows=rows)])
    assert (project.projects[0].start, project.projects[0].finish) == (
        date(2026, 1, 1),
        date(2026, 9, 30),
    )


def test_fiscal_dates_need_the_fiscal_years_first_month() -> None:
    source = table("projects", ID, NAME, c("start"), rows=[("P1", "Bridge", "FY26/27")])
    assert messages(read_tables([source])) == [
        '"Start" of project P1 is "FY26/27"; expected a date. Say the first month of the fiscal '
        "year in the settings, or enter a date."
    ]
    april = read_tables([source], Settings(fiscal_first_month=4))
    assert april.projects[0].start == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("unit", "value", "months"),
    [(None, 6.0, 6.0), ("months", 6.0, 6.0), ("days", 365.25, 12.0), ("weeks", "6 months", 6.0),
     (None, "2 years", 24.0), ("years", 1.5, 18.0)],
)  # fmt: skip
def test_duration_is_in_months(unit: str | None, value: Value, months: float) -> None:
    source = table("projects", ID, NAME, c("duration", unit=unit), rows=[("P1", "Bridge", value)])
    assert read_tables([source]).projects[0].duration == pytest.approx(months)


def test_settings_are_read_from_rows_of_name_and_value() -> None:
    source = table(
        "settings",
        c("name"),
        c("value"),
        rows=[
            ("Currency", "£"),
            ("Unit", "£k"),
            ("Fiscal first month", "April"),
            ("Status date", datetime(2026, 3, 31)),
            ("Discount rate", "3.5%"),
            ("Horizon", "long"),
            ("Colour", "blue"),
        ],
    )
    portfolio = read_tables([source])
    settings = portfolio.settings
    assert (settings.currency, settings.unit, settings.fiscal_first_month) == (
        "GBP",
        "thousands",
        4,
    )
    assert (settings.status_date, settings.discount_rate) == (date(2026, 3, 31), 0.035)
    assert messages(portfolio) == [
        'Setting "horizon" is "long"; expected a whole number of periods. Correct it; until then '
        "its default holds."
    ]
    assert (portfolio.problems[0].row, portfolio.problems[0].column) == (5, 1)


def test_settings_said_elsewhere_hold_over_the_table() -> None:
    source = table("settings", c("currency"), c("unit"), rows=[("GBP", "thousands")])
    settings = read_tables([source], Settings(currency="EUR")).settings
    assert (settings.currency, settings.unit) == ("EUR", "thousands")


def test_problems_stand_in_sheet_order_and_point_at_their_cells() -> None:
    """Every cell with "tbc" is named by exactly one problem, at its own place."""
    rows: list[tuple[Value, ...]] = [
        ("P1", "A", "tbc", datetime(2026, 1, 1), 5.0),
        ("P2", "B", 4.0, "tbc", CellError("#REF!")),
        ("P3", "C", "tbc", "tbc", "tbc"),
    ]
    first = table("projects", ID, NAME, c("cost"), c("start"), c("npv"), rows=rows)
    second = table("capacity", c("role"), c("capacity"), rows=[("X", 1.0), ("Y", "tbc")])
    sources = [first, second]
    portfolio = read_tables(sources)
    planted = [
        (s, i, k)
        for s, source in enumerate(sources)
        for i, row in enumerate(source.rows)
        for k, value in enumerate(row)
        if value == "tbc" or isinstance(value, CellError)
    ]
    assert [(p.source, p.row, p.column) for p in portfolio.problems] == planted
    for problem in portfolio.problems:
        assert problem.source is not None and problem.row is not None
        assert problem.column is not None
        source = sources[problem.source]
        assert problem.header == source.columns[problem.column].header
        assert problem.value == source.rows[problem.row][problem.column]
        assert problem.message.endswith(f"; expected {problem.expected}. {problem.remedy}")


def test_money_affected_is_the_cost_of_the_project() -> None:
    rows: list[tuple[Value, ...]] = [("P1", "A", 5.0, "tbc"), ("P2", "B", "tbc", None)]
    source = table("projects", ID, NAME, c("cost", scale=1e3, unit="k"), c("start"), rows=rows)
    assert [problem.money for problem in read_tables([source]).problems] == [5000.0, None]


_VALUES = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["tbc", "03/04/2026", "12,5", "-", "£1m", "P1", "2026-Q1", "Green", "40%"]),
    st.booleans(),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.just(CellError("#N/A")),
)
_FIELDS = ["project_id", "name", "option", "cost", "budget", "start", "finish", "rag", "force"]


@given(st.lists(st.tuples(*[_VALUES] * len(_FIELDS)), max_size=6))
def test_no_value_is_lost_without_a_word(rows: list[tuple[Value, ...]]) -> None:
    """A cell of money or dates is either in the portfolio, or a problem names its row or column."""
    source = table("projects", *[c(field) for field in _FIELDS], rows=rows)
    portfolio = read_tables([source])
    told = {(problem.row, problem.column) for problem in portfolio.problems}
    columns = {column for _, column in told}
    n_money = sum(bool(project.cost) for project in portfolio.projects)
    cells = [i for i, row in enumerate(rows) if isinstance(row[3], float)]
    left_out = {row for row, column in told if column in (0, 1)}
    asked = any(
        problem.severity == "question" and problem.column == 3 for problem in portfolio.problems
    )
    assert asked or n_money >= len([i for i in cells if i not in left_out])
    for i, row in enumerate(rows):
        if row[5] is not None and not isinstance(row[5], datetime) and str(row[5]).strip():
            assert (i, 5) in told or 5 in columns or 6 in columns, row[5]


@given(st.data())
def test_every_table_answers_whatever_stands_in_it(data: st.DataObject) -> None:
    """Each row of each table is read or reported; problems point into the table they name."""
    sources = []
    for name in TABLES:
        fields = list(TABLES[name].fields)
        picked = data.draw(st.lists(st.sampled_from(fields), min_size=1, max_size=4, unique=True))
        rows = data.draw(st.lists(st.tuples(*[_VALUES] * len(picked)), max_size=3))
        sources.append(table(name, *[c(field) for field in picked], rows=rows))
    for problem in read_tables(sources).problems:
        assert problem.source is not None
        source = sources[problem.source]
        assert problem.row is None or problem.row < len(source.rows)
        assert problem.column is None or source.columns[problem.column].header == problem.header
        assert "\n" not in problem.message
        assert problem.message.endswith(f"; expected {problem.expected}. {problem.remedy}")


@given(st.permutations(range(5)))
def test_the_order_of_rows_changes_no_project(order: list[int]) -> None:
    rows: list[tuple[Value, ...]] = [
        ("P0", "A", 1.0, "31/01/2026"),
        ("P1", "B", "tbc", "03/04/2026"),
        ("P2", "C", "(3)", "05/06/2026"),
        ("P3", "D", 0.0, None),
        ("P4", "E", "1.2m", "Q3 2026"),
    ]
    columns = (ID, NAME, c("cost"), c("start"))
    straight = read_tables([SourceTable("projects", "Projects", columns, tuple(rows))])
    shuffled = read_tables(
        [SourceTable("projects", "Projects", columns, tuple(rows[i] for i in order))]
    )
    assert {p.project_id: p for p in shuffled.projects} == {
        p.project_id: p for p in straight.projects
    }


def test_many_bad_cells_stay_readable() -> None:
    rows: list[tuple[Value, ...]] = [(f"P{i}", f"Name {i}", f"see {i}?") for i in range(2467)]
    portfolio = read_tables([table("projects", ID, NAME, c("cost"), rows=rows)])
    assert len(portfolio.problems) == MOST_OF_A_KIND + 1
    assert f"in {2467 - MOST_OF_A_KIND} more rows" in portfolio.problems[-1].message


def test_a_table_of_projects_without_rows_is_one_problem_that_blocks_everything() -> None:
    table = SourceTable(
        "projects",
        "tblProjects",
        (SourceColumn("project_id", "Project ID"), SourceColumn("name", "Name")),
        (),
    )
    (problem,) = read_tables([table]).problems
    assert problem.message == (
        'The table "tblProjects" has no projects yet; expected a row for each project. Enter or '
        "paste them below its headers."
    )
    assert problem.blocks == ("score", "rank", "rebalance", "level")


def test_currency_is_that_of_the_headers_where_no_setting_says_one() -> None:
    silent = table_of_projects(SourceColumn("cost", "Cost"))
    assert read_tables([silent]).settings.currency is None
    in_pounds = table_of_projects(SourceColumn("cost", "Cost (£k)", "£k", 1e3, "GBP"))
    assert read_tables([in_pounds]).settings.currency == "GBP"


def table_of_projects(cost: SourceColumn) -> SourceTable:
    columns = (SourceColumn("project_id", "ID"), SourceColumn("name", "Name"), cost)
    return SourceTable("projects", "Projects", columns, (("P1", "Bridge", 1.0),))
