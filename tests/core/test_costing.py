"""What projects cost from now on; the figures are worked out by hand in the comments."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.hand_money import APRIL, WORKED_EXAMPLE
from tests.core.hand_money import money as amount
from xlportfolio.costing import NO_KIND, CostTable, cost_table
from xlportfolio.operations.checking import check_workbook
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import month_number
from xlportfolio.records import (
    LATER,
    PRIOR,
    Amount,
    Budget,
    Demand,
    Project,
    ProjectKey,
    Settings,
)
from xlportfolio.tables import Portfolio


def project(
    *cost: Amount, name: str = "Bridge", project_id: str = "P1", **fields: object
) -> Project:
    return Project(project_id=project_id, name=name, cost=cost, **fields)  # type: ignore[arg-type]


def costs_of(*projects: Project, settings: Settings = APRIL, **tables: object) -> CostTable:
    return cost_table(Portfolio(projects, settings=settings, **tables))  # type: ignore[arg-type]


def by_month(costs: CostTable, row: int = 0, kind: int = 0) -> dict[str, float]:
    """What a row costs in each month in which it costs anything. [currency units]"""
    cents = costs.to_go[row, :, kind].tolist()
    return {m: c / 100 for m, c in zip(costs.months.labels, cents, strict=True) if c}


def assert_nothing_is_lost(costs: CostTable) -> None:
    assert costs.table_cost is not None
    assert costs.adjusted is not None
    assert (costs.table_cost + costs.adjusted).tolist() == (costs.sunk + costs.counted).tolist()


# Where money lies


def test_total_without_a_profile_is_spread_over_the_months_of_the_project() -> None:
    # GBP 100.00 over June to August: 33.34 + 33.33 + 33.33.
    costs = costs_of(project(amount(100), start=date(2026, 6, 15), finish=date(2026, 8, 1)))
    assert by_month(costs) == {"Jun-26": 33.34, "Jul-26": 33.33, "Aug-26": 33.33}
    assert costs.notes == (
        "1 project has a total cost without a profile: it is spread evenly over the months of the "
        "project, from the plan's first on.",
    )


def test_duration_stands_in_for_the_end_that_is_missing() -> None:
    first = costs_of(project(amount(300), start=date(2026, 6, 1), duration=3))
    last = costs_of(project(amount(300), finish=date(2026, 8, 31), duration=2.5))
    expected = {"Jun-26": 100.0, "Jul-26": 100.0, "Aug-26": 100.0}
    assert by_month(first) == expected
    assert by_month(last) == expected  # Two and a half months touch three.


def test_amount_of_a_fiscal_year_lies_in_the_months_in_which_the_project_runs() -> None:
    # 2026/27 is April to March; the project runs February to May 2027.
    costs = costs_of(
        project(amount(200, "FY2026/27"), start=date(2027, 2, 1), finish=date(2027, 5, 31))
    )
    assert by_month(costs) == {"Feb-27": 100.0, "Mar-27": 100.0}


def test_amount_of_a_period_that_the_dates_miss_lies_in_the_whole_period() -> None:
    costs = costs_of(
        project(amount(300, "2026-Q4"), start=date(2027, 2, 1), finish=date(2027, 5, 31))
    )
    assert by_month(costs) == {"Oct-26": 100.0, "Nov-26": 100.0, "Dec-26": 100.0}


def test_year_in_which_the_plan_begins_counts_whole_from_its_first_month_on() -> None:
    costs = costs_of(project(amount(900, "2026")))
    assert by_month(costs) == {
        **{f"{month}-26": 100.0 for month in ("Apr", "May", "Jun", "Jul", "Aug", "Sep")},
        **{f"{month}-26": 100.0 for month in ("Oct", "Nov", "Dec")},
    }
    assert costs.sunk.tolist() == [0]


def test_money_before_the_plan_is_sunk() -> None:
    costs = costs_of(project(amount(40, "2026-03"), amount(60, None, PRIOR), amount(7, "2026-04")))
    assert costs.sunk.tolist() == [10_000]
    assert by_month(costs) == {"Apr-26": 7.0}


def test_months_after_a_start_are_counted_from_it() -> None:
    costs = costs_of(
        project(amount(10, "M1"), amount(20, "M3"), start=date(2026, 7, 20)),
        project(amount(5, "M2"), project_id="P2"),
    )
    assert by_month(costs) == {"Jul-26": 10.0, "Sep-26": 20.0}
    assert costs.undated.tolist() == [[0], [500]]
    assert (
        "1 project lacks the dates that would say when the money is needed (GBP 5): it counts in "
        "the total, and in no period." in costs.notes
    )


def test_later_money_and_money_without_dates_is_in_no_month() -> None:
    costs = costs_of(
        project(amount(1, "2026-05", "Capex"), amount(200, None, LATER)),
        project(amount(30, None, "Capex"), project_id="P2"),
    )
    assert costs.kinds == ("Capex", NO_KIND)
    assert costs.undated.tolist() == [[0, 20_000], [3_000, 0]]
    assert costs.counted.tolist() == [20_100, 3_000]


def test_project_that_should_be_over_is_paid_in_the_first_month() -> None:
    costs = costs_of(project(amount(50), start=date(2025, 1, 1), finish=date(2025, 12, 31)))
    assert by_month(costs) == {"Apr-26": 50.0}
    assert costs.notes[1] == (
        "1 project should have finished before the plan begins, and what is still to be spent "
        "stands in its first month: Bridge (P1)."
    )


def test_kinds_are_matched_whatever_their_capitals_budgets_first() -> None:
    costs = costs_of(
        project(amount(1, "2026-05", "CAPEX"), amount(2, "2026-05", "risk")),
        project(amount(4, "2026-05", "Capex "), amount(8, "2026-05", "Admin"), project_id="P2"),
        budgets=(Budget(kind="Opex", budget=1), Budget(kind="Capex", budget=1)),
    )
    assert costs.kinds == ("Opex", "Capex", "Admin", "risk")
    assert costs.to_go.sum(axis=1).tolist() == [[0, 100, 0, 200], [0, 400, 800, 0]]


# Which months the plan has


def test_plan_begins_where_the_settings_say_and_ends_with_the_last_date() -> None:
    costs = costs_of(
        project(amount(1, "2026-05"), latest_start=date(2027, 1, 15)),
        demand=(Demand(project_id="P1", role="PM", period=Period("quarter", 2027, 1), demand=1),),
    )
    assert (costs.months.labels[0], costs.months.labels[-1]) == ("Apr-26", "Mar-27")


def test_plan_without_settings_begins_with_the_first_budget() -> None:
    portfolio = Portfolio(
        (project(amount(1, "2026-01")),), budgets=(Budget(period=Period("year", 2027), budget=1),)
    )
    costs = cost_table(portfolio)
    assert (costs.months.labels[0], costs.months.n_months) == ("Jan-27", 12)
    assert costs.sunk.tolist() == [100]
    assert costs.notes == (
        "The plan begins in Jan-27, with the first budget, because the settings name neither a "
        "first period nor a status date. Enter one of them.",
    )
    assert costs.cautions == ()


def test_plan_that_only_costs_begin_needs_a_person_and_is_no_mere_note() -> None:
    costs = cost_table(Portfolio((project(amount(1, "2026-11")),)))
    assert costs.months.labels == ("Nov-26",)
    assert costs.notes == ()
    assert costs.cautions == (
        "The plan begins in Nov-26, with the first cost or start, because the settings name "
        "neither a first period nor a status date. Enter one of them.",
    )


def test_plan_without_any_date_has_no_months() -> None:
    costs = costs_of(project(amount(5)), settings=Settings())
    assert costs.to_go.shape == (1, 0, 1)
    assert costs.undated.tolist() == [[500]]


def test_plan_of_more_than_fifty_years_is_cut_and_its_money_still_counts() -> None:
    # 600 months from April 2026 end in March 2076; GBP 1,200 lie in 2076, 100 a month.
    costs = costs_of(project(amount(1200, "2076"), finish=date(2960, 1, 1)))
    assert (costs.months.n_months, costs.months.labels[-1]) == (600, "Mar-76")
    assert (costs.to_go.sum(), costs.undated.sum()) == (30_000, 90_000)


# Work in flight


def test_profile_of_work_in_flight_is_scaled_to_its_cost_to_go() -> None:
    # 300 + 100 to come, 100 to go: 75 + 25; 400 - 100 = 300 less than the profile.
    costs = costs_of(
        project(
            amount(300, "2026-05", "Capex"),
            amount(100, "2026-06", "Opex"),
            amount(1000, None, PRIOR),
            lifecycle="active",
            cost_to_go=100,
            exit_cost=12.5,
        )
    )
    assert by_month(costs, kind=0) == {"May-26": 75.0}
    assert by_month(costs, kind=1) == {"Jun-26": 25.0}
    assert costs.adjusted is not None
    assert (costs.sunk.tolist(), costs.adjusted.tolist()) == ([100_000], [-30_000])
    assert costs.exit_cost.tolist() == [1_250]
    assert costs.in_flight_because == ("active",)
    assert costs.notes == (
        "1 project states another cost to go than the profile of what is to come adds up to: the "
        "profile is scaled to it, GBP 300 less.",
    )
    assert_nothing_is_lost(costs)


def test_cents_of_a_scaled_profile_go_where_rounding_took_most() -> None:
    # 7 cents over 2 : 3 : 5 are 1.4, 2.1 and 3.5: 1 + 2 + 3, and the last lost most.
    costs = costs_of(
        project(
            amount(2, "2026-05"),
            amount(3, "2026-06"),
            amount(5, "2026-07"),
            lifecycle="active",
            cost_to_go=0.07,
        )
    )
    assert by_month(costs) == {"May-26": 0.01, "Jun-26": 0.02, "Jul-26": 0.04}


def test_cost_to_go_without_a_profile_to_come_is_spread() -> None:
    costs = costs_of(
        project(
            amount(500, "2026-01"),
            start=date(2025, 5, 1),
            finish=date(2026, 5, 31),
            cost_to_go=80,
        )
    )
    assert by_month(costs) == {"Apr-26": 40.0, "May-26": 40.0}
    assert costs.sunk.tolist() == [50_000]
    assert_nothing_is_lost(costs)


def test_cost_to_go_of_what_has_not_begun_changes_nothing() -> None:
    costs = costs_of(project(amount(300, "2026-05"), cost_to_go=100, exit_cost=50))
    assert by_month(costs) == {"May-26": 300.0}
    assert (costs.is_in_flight, costs.exit_cost.tolist()) == ((False,), [0])


def test_total_of_work_in_flight_counts_less_what_was_spent() -> None:
    dates = {"start": date(2026, 3, 1), "finish": date(2026, 5, 31)}
    costs = costs_of(
        project(amount(1000), spent_to_date=400, **dates),
        project(amount(1000), spent_to_date=1200, project_id="P2", name="Road", **dates),
        # Prior 300 is spent already; of the 1,000 in all 400 are.
        project(amount(300, None, PRIOR), amount(700), spent_to_date=400, project_id="P3", **dates),
        # A profile says itself what is to come.
        project(amount(1000, "2026-05"), spent_to_date=400, project_id="P4", **dates),
    )
    assert costs.counted.tolist() == [60_000, 0, 60_000, 100_000]
    assert costs.sunk.tolist() == [40_000, 100_000, 40_000, 0]
    assert costs.notes[-1] == (
        "1 project has spent more than the total cost and states no cost to go, so that nothing "
        "more is counted: Road (P2)."
    )
    assert_nothing_is_lost(costs)


def test_total_that_is_what_was_spent_and_what_is_to_go_is_no_assumption() -> None:
    dates = {"start": date(2026, 3, 1), "finish": date(2026, 5, 31), "cost_to_go": 600.0}
    prior = amount(300, None, PRIOR)
    costs = costs_of(
        project(amount(1000), spent_to_date=400, **dates),
        # Prior 300 is spent already; of the 1,000 in all 400 are.
        project(prior, amount(700), spent_to_date=400, project_id="P2", **dates),
        # 300 spent and 600 to go are 900: another cost than the 1,000 of the table.
        project(amount(1000), spent_to_date=300, project_id="P3", **dates),
    )
    assert costs.counted.tolist() == [60_000, 60_000, 60_000]
    assert costs.sunk.tolist() == [40_000, 40_000, 0]
    assert costs.adjusted is not None
    assert costs.adjusted.tolist() == [0, 0, -40_000]
    assert [note.partition(" another")[0] for note in costs.notes if "another" in note] == [
        "1 project states"
    ]
    assert_nothing_is_lost(costs)


def test_total_of_work_in_flight_that_says_nothing_more_counts_whole_and_that_is_said() -> None:
    costs = costs_of(project(amount(1000), start=date(2026, 3, 1), finish=date(2026, 5, 31)))
    assert by_month(costs) == {"Apr-26": 500.0, "May-26": 500.0}
    assert costs.notes[-1] == (
        "1 project in flight states neither a cost to go nor what was spent, so that the whole "
        "total counts as still to come, GBP 1k."
    )


def test_portfolio_without_projects_has_no_rows() -> None:
    costs = cost_table(Portfolio())
    assert (costs.keys, costs.to_go.shape, costs.notes) == ((), (0, 0, 1), ())


# What is not known, and what is over


def test_cost_that_is_not_known_is_not_zero_in_disguise() -> None:
    costs = costs_of(
        project(),
        project(amount(0, "2026-05"), project_id="P2"),
        project(cost_to_go=70, forecast_cost=90, project_id="P3", name="Road"),
        project(forecast_cost=90, spent_to_date=30, project_id="P4", name="Quay"),
    )
    assert costs.is_known == (False, True, True, True)
    assert costs.counted.tolist() == [0, 0, 7_000, 6_000]
    assert costs.notes[0] == "1 project has no cost that is known: Bridge (P1)."
    assert "1 project has no cost, and the cost to go counts instead: Road (P3)." in costs.notes
    assert "1 project has no cost, and the forecast counts instead: Quay (P4)." in costs.notes
    assert_nothing_is_lost(costs)


def test_projects_that_ended_are_no_rows_and_stretch_no_plan() -> None:
    costs = costs_of(
        project(amount(10, "2040"), lifecycle="closed", option="A"),
        project(amount(20, "2026-05"), project_id="P2"),
        project(amount(30.005), lifecycle="cancelled", project_id="P3"),
        project(amount(40), percent_complete=1.0, project_id="P4"),
    )
    assert costs.keys == (ProjectKey("P2"),)
    assert costs.months.labels == ("Apr-26", "May-26")
    assert costs.ended == (
        (ProjectKey("P1", "A"), "closed"),
        (ProjectKey("P3"), "cancelled"),
        (ProjectKey("P4"), "100% complete"),
    )
    assert costs.ended_cost == (1_000, 3_000, 4_000)


# Properties


PERIODS = ["2025", "FY2026/27", "2026-Q3", "2027-02", "2076", "M1", "M30", None]
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


@st.composite
def random_projects(draw: st.DrawFn) -> list[Project]:
    projects = []
    for i in range(draw(st.integers(1, 4))):
        cost = draw(
            st.lists(
                st.tuples(
                    st.floats(-1e6, 1e9, allow_nan=False),
                    st.sampled_from(PERIODS),
                    st.sampled_from(["Capex", "opex", "OPEX", None, PRIOR, LATER]),
                ),
                max_size=6,
            )
        )
        days = sorted(draw(st.lists(DAYS, min_size=2, max_size=2)))
        projects.append(
            project(
                *(amount(money, period, kind) for money, period, kind in cost),
                project_id=f"P{i}",
                start=draw(st.sampled_from([None, days[0]])),
                finish=draw(st.sampled_from([None, days[1]])),
                duration=draw(st.sampled_from([None, 4.5])),
                lifecycle=draw(st.sampled_from([None, "active", "proposed"])),
                cost_to_go=draw(st.sampled_from([None, 0.0, 123456.78])),
                spent_to_date=draw(st.sampled_from([None, 0.0, 98765.43])),
                forecast_cost=draw(st.sampled_from([None, 1e6 / 3])),
            )
        )
    return projects


@settings(max_examples=150, deadline=None)
@given(random_projects())
def test_every_cent_of_the_table_is_counted_once(projects: list[Project]) -> None:
    costs = costs_of(*projects)
    assert_nothing_is_lost(costs)
    assert costs.table_cost is not None
    cents = [sum(round(100 * one.amount) for one in p.cost) for p in projects]
    assert costs.table_cost.tolist() == cents


@settings(max_examples=60, deadline=None)
@given(random_projects(), st.randoms())
def test_order_of_the_rows_changes_nothing_but_the_order(projects: list[Project], random) -> None:  # type: ignore[no-untyped-def]
    order = list(range(len(projects)))
    random.shuffle(order)
    costs, turned = costs_of(*projects), costs_of(*(projects[i] for i in order))
    assert turned.months == costs.months
    assert [kind.casefold() for kind in turned.kinds] == [kind.casefold() for kind in costs.kinds]
    assert np.array_equal(turned.to_go, costs.to_go[order])
    assert np.array_equal(turned.undated, costs.undated[order])


def months_that_pay(one: Amount, owner: Project, first: int) -> list[int] | None:
    """Oracle: the months that share an amount, tried month by month; [] before the plan, None
    where no date places it."""
    start = None if owner.start is None else owner.start.year * 12 + owner.start.month - 1
    finish = None if owner.finish is None else owner.finish.year * 12 + owner.finish.month - 1
    if owner.duration is not None:  # 4.5 months touch five
        if start is not None and finish is None:
            finish = start + 4
        elif finish is not None and start is None:
            start = finish - 4
    century = range(12 * 2000, 12 * 2100)
    runs = [m for m in century if (start or 0) <= m <= (finish or 10**6)]
    if one.period is None:
        if one.kind == PRIOR:
            return []
        if one.kind == LATER or start is None or finish is None:
            return None
        return [m for m in runs if m >= first] or [first]
    if one.period.kind == "offset":
        if start is None:
            return None
        months = [start + one.period.number - 1]
        return months if months[0] >= first else []
    begins = one.period.start(4)
    months = [begins.year * 12 + begins.month - 1 + t for t in range(one.period.months)]
    ahead = [m for m in months if m >= first]
    return [m for m in ahead if m in runs] or ahead


@settings(max_examples=150, deadline=None)
@given(random_projects())
def test_months_pay_what_an_oracle_lets_them_pay(projects: list[Project]) -> None:
    kept = [p.model_copy(update={"lifecycle": "proposed", "start": None}) for p in projects]
    early = date(2026, 1, 1)
    plan = Settings(fiscal_first_month=4, first_period=early)  # no status date: nothing has begun
    projects = [p.model_copy(update={"spent_to_date": None}) for p in (*projects, *kept)]
    projects = [p for p in projects if p.cost and p.lifecycle != "active"]
    if not projects:
        return
    costs = cost_table(Portfolio(tuple(projects), settings=plan))
    first = month_number(early)
    for i, owner in enumerate(projects):
        expected = {"sunk": 0.0, "undated": 0.0}
        by_month: dict[int, float] = {}
        for one in owner.cost:
            cents = round(100 * one.amount)
            months = months_that_pay(one, owner, first)
            if months is None:
                expected["undated"] += cents
            elif not months:
                expected["sunk"] += cents
            else:
                for m in months:
                    where = by_month if m <= costs.months.last else expected
                    key = m if where is by_month else "undated"
                    where[key] = where.get(key, 0.0) + cents / len(months)  # type: ignore[index]
        # Each amount is split into whole cents, so that a month is off by less than one for each.
        off = len(owner.cost) + 1e-3
        assert costs.sunk[i] == expected["sunk"]
        assert abs(costs.undated[i].sum() - expected["undated"]) <= 12 * off
        for t, cents in enumerate(costs.to_go[i].sum(axis=1).tolist()):
            assert abs(cents - by_month.get(first + t, 0.0)) <= off


# The worked example


@pytest.fixture(scope="module")
def worked() -> CostTable:
    return cost_table(check_workbook(WORKED_EXAMPLE).portfolio)


def test_worked_example_counts_what_is_left_of_the_treatment_works(worked: CostTable) -> None:
    """NW-101 states a cost to go of GBP 7,583,000; 16.9 m were spent before the plan."""
    row = worked.keys.index(ProjectKey("NW-101"))
    assert worked.counted[row] == 758_300_000
    assert worked.sunk[row] == 1_690_000_000
    assert worked.exit_cost[row] == 126_300_000
    assert worked.in_flight_because[row] == "active"
    # 16,900 + 4,054 + 358 + 2,718 + 358 + 30 + 432 (thousands) as the table has it.
    assert worked.table_cost is not None
    assert worked.table_cost[row] == 2_485_000_000
    # Running to December 2027, it costs nothing between January and March 2028 but the opex of
    # 2028/29, which the dates miss.
    labels = worked.months.labels
    assert worked.to_go[row, labels.index("Jan-28") : labels.index("Apr-28")].sum() == 0


def test_worked_example_loses_no_cent(worked: CostTable) -> None:
    assert_nothing_is_lost(worked)
    assert worked.kinds == ("Capex", "Opex", "Contingency", NO_KIND)
    assert worked.months.first == month_number(date(2026, 4, 1))
    assert all(worked.is_known)
