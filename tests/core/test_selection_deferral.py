"""What does not fit now is deferred to the first month in which the money left over carries it."""

from __future__ import annotations

from datetime import date
from random import Random

import numpy as np
import pytest

from xlportfolio.costing import CostTable, cost_table
from xlportfolio.periods import Period
from xlportfolio.plan_calendar import first_day, month_number, months_of, moved
from xlportfolio.records import Amount, Budget, Category, Link, Project, Settings
from xlportfolio.selection.budget_limits import budget_spans
from xlportfolio.selection.build import build_model
from xlportfolio.selection.deferral import LONGEST_DEFERRAL, Deferral, defer
from xlportfolio.selection.explain import explain
from xlportfolio.selection.model import Choice
from xlportfolio.selection.solve import solve_selection
from xlportfolio.selection.wording import LONGEST
from xlportfolio.tables import Portfolio

START = date(2026, 4, 1)
SETTINGS = Settings(currency="GBP", fiscal_first_month=4, status_date=date(2026, 3, 31))


def fiscal(year: int) -> Period:
    return Period("year", year, fiscal=True)


def project(
    project_id: str,
    cost: float,
    value: float,
    start: date = START,
    months: int = 12,
    **more: object,
) -> Project:
    return Project(
        project_id=project_id,
        name=f"Name of {project_id}",
        start=start,
        duration=months,
        cost=(Amount(amount=cost),),
        value=value,
        **more,  # type: ignore[arg-type]
    )


def deferred(portfolio: Portfolio) -> tuple[CostTable, Choice, tuple[Deferral, ...]]:
    costs = cost_table(portfolio)
    model = build_model(portfolio, costs, None).model
    chosen = solve_selection(model).chosen
    assert chosen is not None
    told = explain(model, chosen, in_flight=costs.is_in_flight, currency="GBP")
    spans, _, _ = budget_spans(portfolio, costs)
    return costs, chosen, defer(model, chosen, told, costs, spans, portfolio.projects)


def book(*projects: Project, budgets: dict[int, float], links: tuple[Link, ...] = ()) -> Portfolio:
    return Portfolio(
        projects=projects,
        budgets=tuple(Budget(period=fiscal(y), budget=b) for y, b in budgets.items()),
        links=links,
        settings=SETTINGS,
    )


def test_project_waits_for_the_first_month_that_carries_it() -> None:
    # 120 in twelve months: 10 a month. 2026/27 has 20 left after A, 2027/28 has 100.
    portfolio = book(project("A", 100, 9.0), project("B", 120, 2.0), budgets={2027: 120, 2028: 100})
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False]
    (b,) = found
    # From Feb-27 on: two months, 20, in 2026/27 and ten, 100, in 2027/28; from any month before
    # that more than 20 falls into 2026/27.
    assert b.defer_to == date(2027, 2, 1)
    assert b.reason == (
        "Does not fit: GBP 120 of the budget 2026/27 is needed and GBP 20 is left; started in "
        "Feb-27 instead of Apr-26, the money left over carries it."
    )


def test_latest_start_bounds_the_deferral() -> None:
    later = project("B", 120, 2.0, latest_start=date(2027, 1, 31))
    portfolio = book(project("A", 100, 9.0), later, budgets={2027: 120, 2028: 100})
    assert deferred(portfolio)[2] == ()
    later = project("B", 120, 2.0, latest_start=date(2027, 2, 1))
    portfolio = book(project("A", 100, 9.0), later, budgets={2027: 120, 2028: 100})
    assert [one.defer_to for one in deferred(portfolio)[2]] == [date(2027, 2, 1)]


def test_money_is_not_moved_to_where_no_budget_has_a_say() -> None:
    # 2027/28 has no budget: nobody gave money for it, so nothing fits there.
    portfolio = book(project("A", 100, 9.0), project("B", 120, 2.0), budgets={2027: 120})
    assert deferred(portfolio)[2] == ()


def test_one_total_defers_nothing() -> None:
    portfolio = Portfolio(
        projects=(project("A", 100, 9.0), project("B", 120, 2.0)),
        budgets=(Budget(budget=150),),
        settings=SETTINGS,
    )
    assert deferred(portfolio)[2] == ()


def test_several_deferrals_fit_together_best_value_for_money_first() -> None:
    # 2027/28 carries one of B and C, not both: C is worth more for its money.
    portfolio = book(
        project("A", 100, 9.0),
        project("B", 120, 2.0),
        project("C", 110, 2.0),
        budgets={2027: 100, 2028: 130},
    )
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False, False]
    assert [(one.row, one.defer_to) for one in found] == [(2, date(2027, 4, 1))]


def test_what_a_deferred_project_needs_is_deferred_with_it() -> None:
    portfolio = book(
        project("A", 100, 9.0),
        project("B", 60, 2.0),
        project("C", 60, 0.1, start=date(2026, 5, 1), months=11),
        budgets={2027: 100, 2028: 130},
        links=(Link(from_="B", to="C", type="Requires"),),
    )
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False, False]
    assert [(one.row, one.defer_to) for one in found] == [
        (1, date(2027, 4, 1)),
        (2, date(2027, 5, 1)),
    ]


def test_project_is_deferred_once_what_it_needs_is_deferred_by_itself() -> None:
    # B needs C. Together they never fit: B must start by June, and C waits for 2027/28. When C has
    # been deferred, B by itself fits a month later, in the budget of the second quarter.
    first, second = Period("quarter", 2027, 1, True), Period("quarter", 2027, 2, True)
    portfolio = Portfolio(
        projects=(
            project("A", 100, 9.0, months=1),
            project("B", 10, 2.0, date(2026, 6, 1), months=1, latest_start=date(2026, 7, 1)),
            project("C", 90, 1.0, months=1),
        ),
        budgets=(
            Budget(period=first, budget=105),
            Budget(period=second, budget=10),
            Budget(period=fiscal(2028), budget=100),
        ),
        links=(Link(from_="B", to="C", type="Requires"),),
        settings=SETTINGS,
    )
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False, False]
    assert [(one.row, one.defer_to) for one in found] == [
        (1, date(2026, 7, 1)),
        (2, date(2027, 4, 1)),
    ]


def test_project_that_a_chosen_one_excludes_is_not_deferred() -> None:
    portfolio = book(
        project("A", 100, 9.0),
        project("B", 120, 2.0),
        budgets={2027: 120, 2028: 500},
        links=(Link(from_="A", to="B", type="Excludes"),),
    )
    assert deferred(portfolio)[2] == ()


def test_other_option_of_a_chosen_project_is_not_deferred() -> None:
    portfolio = book(
        project("A", 100, 9.0, option="small"),
        project("A", 150, 9.5, option="large"),
        budgets={2027: 120, 2028: 500},
    )
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False]
    assert found == ()


def test_project_without_dates_or_value_is_not_deferred() -> None:
    undated = Project(project_id="B", name="B", cost=(Amount(period=fiscal(2027), amount=120),))
    portfolio = book(
        project("A", 100, 9.0),
        undated.model_copy(update={"value": 3.0}),
        project("C", 120, 0.0),
        budgets={2027: 110, 2028: 500},
    )
    _, chosen, found = deferred(portfolio)
    assert chosen.tolist() == [True, False, False]
    assert found == ()


def random_portfolio(seed: int) -> Portfolio:
    random = Random(seed)
    projects = []
    for i in range(random.randint(3, 12)):
        start = moved(START, random.randint(0, 24))
        kinds = random.choice(((None,), ("Capex",), ("Capex", "Opex")))
        projects.append(
            Project(
                project_id=f"P{i:02d}",
                name=f"Name of P{i:02d}",
                start=start,
                duration=random.randint(1, 24),
                latest_start=random.choice((None, moved(start, random.randint(0, 20)))),
                cost=tuple(Amount(kind=k, amount=random.randint(1, 50) * 10.0) for k in kinds),
                value=random.randint(-1, 50) * 1.0,
            )
        )
    of_kinds: tuple[str | None, ...] = random.choice(((None,), ("Capex", "Opex"), ("Capex",)))
    budgets = [
        Budget(period=fiscal(year), kind=kind, budget=random.randint(0, 40) * 10.0)
        for year in range(2027, 2027 + random.randint(1, 4))
        for kind in of_kinds
    ]
    if random.random() < 0.3:
        budgets.append(Budget(budget=random.randint(30, 200) * 10.0))
    return Portfolio(projects=tuple(projects), budgets=tuple(budgets), settings=SETTINGS)


def month_by_month(costs: CostTable, row: int, later: int) -> dict[tuple[int, int], int]:
    """What a project costs by month and kind, some months later; month -1 where none is known."""
    found: dict[tuple[int, int], int] = {}
    for t in range(costs.months.n_months):
        for k in range(len(costs.kinds)):
            if cents := int(costs.to_go[row, t, k]):
                found[costs.months.first + t + later, k] = cents
    for k in range(len(costs.kinds)):
        if cents := int(costs.undated[row, k]):
            found[-1, k] = cents
    return found


def fits(portfolio: Portfolio, costs: CostTable, placed: dict[int, int]) -> bool:
    """Whether projects, each some months later, fit every budget; added up month by month."""
    spans, _, _ = budget_spans(portfolio, costs)
    for span in spans:
        used = 0
        for row, later in placed.items():
            for (month, k), cents in month_by_month(costs, row, later).items():
                is_then = span.period is None or month in months_of(span.period, 4)
                if k in span.kinds and is_then:
                    used += cents
        if used > span.amount:
            return False
    return True


def outside(portfolio: Portfolio, costs: CostTable, row: int, later: int) -> int:
    """What of a project falls in no period that has a budget."""
    spans, _, _ = budget_spans(portfolio, costs)
    return sum(
        cents
        for (month, _), cents in month_by_month(costs, row, later).items()
        if not any(span.period is not None and month in months_of(span.period, 4) for span in spans)
    )


@pytest.mark.parametrize("seed", range(100))
def test_deferrals_are_those_of_trying_month_by_month(seed: int) -> None:
    portfolio = random_portfolio(seed)
    costs, chosen, found = deferred(portfolio)
    placed = {int(row): 0 for row in np.flatnonzero(chosen)}
    assert fits(portfolio, costs, placed)
    expected: dict[int, date] = {}
    counted = costs.counted.tolist()
    projects = portfolio.projects
    waiting = [
        row for row, one in enumerate(projects) if row not in placed and (one.value or 0) > 0
    ]
    has_periods = any(budget.period is not None for budget in portfolio.budgets)
    waiting.sort(
        key=lambda row: (
            -(projects[row].value or 0) / counted[row],
            -(projects[row].value or 0),
            projects[row].project_id,
        )
    )
    for row in waiting if has_periods else []:
        start, latest = projects[row].start, projects[row].latest_start
        assert start is not None
        first = month_number(start)
        last = first + LONGEST_DEFERRAL if latest is None else month_number(latest)
        for month in range(first + 1, last + 1):
            later = month - first
            more = outside(portfolio, costs, row, later) > outside(portfolio, costs, row, 0)
            if not more and fits(portfolio, costs, {**placed, row: later}):
                placed[row] = later
                expected[row] = first_day(month)
                break
    assert {one.row: one.defer_to for one in found} == expected
    for one in found:
        assert len(one.reason) <= LONGEST
        assert one.reason.endswith("carries it.")


def test_random_portfolios_have_deferrals_to_check() -> None:
    assert sum(len(deferred(random_portfolio(seed))[2]) > 0 for seed in range(40)) >= 6


def test_of_two_that_exclude_each_other_one_is_deferred() -> None:
    portfolio = book(
        project("A", 100, 9.0),
        project("B", 120, 2.0),
        project("C", 120, 3.0),
        budgets={2027: 100, 2028: 500},
        links=(Link(from_="B", to="C", type="Excludes"),),
    )
    assert [(one.row, one.defer_to) for one in deferred(portfolio)[2]] == [(2, date(2027, 4, 1))]


def test_of_two_options_one_is_deferred() -> None:
    portfolio = book(
        project("A", 100, 9.0),
        project("B", 120, 2.0, option="small"),
        project("B", 150, 2.1, option="large"),
        budgets={2027: 100, 2028: 500},
    )
    assert [(one.row, one.defer_to) for one in deferred(portfolio)[2]] == [(1, date(2027, 4, 1))]


def test_deferral_keeps_the_shares_of_categories() -> None:
    # With B, Digital has 220 of 320, 69 %; with C, 100 of 320. The money carries one of them.
    portfolio = book(
        project("A", 100, 9.0, category="Digital"),
        project("B", 120, 3.0, category="Digital"),
        project("C", 120, 2.0, category="Water"),
        project("D", 100, 8.0, category="Water"),
        budgets={2027: 200, 2028: 120},
    ).projects
    for most, expected in ((0.5, [2]), (0.7, [1])):
        limited = Portfolio(
            projects=portfolio,
            budgets=(
                Budget(period=fiscal(2027), budget=200),
                Budget(period=fiscal(2028), budget=120),
            ),
            categories=(Category(category="Digital", max_share=most),),
            settings=SETTINGS,
        )
        _, chosen, found = deferred(limited)
        assert chosen.tolist() == [True, False, False, True]
        assert [one.row for one in found] == expected
