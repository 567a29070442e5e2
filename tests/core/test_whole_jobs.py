"""Whole jobs agree with what the tables say, worked out row by row and subset by subset."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.oracles.plain_choice import PlainChoice
from tests.oracles.plain_costs import plain_costs, plain_scores
from tests.oracles.whole_jobs import faults, job_of
from tests.oracles.whole_portfolios import whole_portfolio
from xlportfolio.operations.job import JobAnswer
from xlportfolio.periods import Period
from xlportfolio.records import Amount, Budget, Criterion, Project, Rating, Settings
from xlportfolio.tables import Portfolio


@pytest.mark.parametrize("first", range(1, 321, 40))
def test_whole_jobs_are_what_the_tables_say(first: int) -> None:
    wrong = {}
    for seed in range(first, first + 40):
        portfolio = whole_portfolio(seed)
        wrong[seed] = faults(portfolio, job_of(portfolio))
    assert {seed: told for seed, told in wrong.items() if told} == {}


@pytest.mark.parametrize("seed", [3574, 3083, 3511, 3658, 4641, 61])
def test_jobs_that_once_differed_agree(seed: int) -> None:
    portfolio = whole_portfolio(seed)
    assert faults(portfolio, job_of(portfolio)) == []


def drawn(status: str) -> tuple[Portfolio, JobAnswer]:
    """The first drawn job with a chosen and a left-out project, or one without a portfolio."""
    for seed in range(1, 200):
        portfolio = whole_portfolio(seed)
        answer = job_of(portfolio)
        free = [one for one in answer.selection.decisions if one.standing is not None]
        if answer.selection.status == status and (
            status == "infeasible" or len({one.is_chosen for one in free}) == 2
        ):
            return portfolio, answer
    raise AssertionError(f"no job is {status}")


def test_oracle_notices_a_portfolio_that_is_not_the_best() -> None:
    portfolio, answer = drawn("optimal")
    decisions = list(answer.selection.decisions)
    k = next(i for i, one in enumerate(decisions) if one.is_chosen and one.standing)
    decisions[k] = replace(decisions[k], is_chosen=False, decision="Not funded")
    selection = replace(answer.selection, decisions=tuple(decisions))
    assert any(
        " is not " in told for told in faults(portfolio, replace(answer, selection=selection))
    )


def test_oracle_notices_a_cent() -> None:
    portfolio, answer = drawn("optimal")
    selection = replace(answer.selection, total_cost=answer.selection.total_cost + 1)
    assert any("costs " in told for told in faults(portfolio, replace(answer, selection=selection)))
    costs = replace(answer.costs, to_go=answer.costs.to_go.copy())
    costs.to_go[0, 0, 0] += 1
    assert any(" costs {" in told for told in faults(portfolio, replace(answer, costs=costs)))


def test_oracle_notices_a_reason_that_is_not_true() -> None:
    portfolio, answer = drawn("optimal")
    decisions = tuple(
        replace(one, reason="Needs 1 of the total budget, which is 0 in all.")
        for one in answer.selection.decisions
    )
    selection = replace(answer.selection, decisions=decisions)
    n = sum("[" in told for told in faults(portfolio, replace(answer, selection=selection)))
    assert n >= len(decisions)


def test_oracle_notices_standings_that_are_turned_round() -> None:
    portfolio, answer = drawn("optimal")
    other = {"firm": "marginal", "marginal": "firm", None: None}
    decisions = tuple(
        replace(one, standing=other[one.standing])  # type: ignore[arg-type]
        for one in answer.selection.decisions
    )
    selection = replace(answer.selection, decisions=decisions)
    told = faults(portfolio, replace(answer, selection=selection))
    assert sum(", expected " in one and " is " in one for one in told) >= 2


def test_oracle_notices_a_portfolio_where_there_is_said_to_be_none() -> None:
    portfolio, answer = drawn("optimal")
    selection = replace(answer.selection, status="infeasible", decisions=())
    told = faults(portfolio, replace(answer, selection=selection))
    assert any("but all subsets say" in one for one in told)


def test_oracle_notices_limits_that_do_not_conflict() -> None:
    portfolio, answer = drawn("infeasible")
    selection = replace(
        answer.selection, conflicts=("These cannot all hold: the total budget is GBP 1m.",)
    )
    assert any(
        "keeps all" in one for one in faults(portfolio, replace(answer, selection=selection))
    )


def test_oracle_works_out_a_cost_and_a_score_as_by_hand() -> None:
    # 1,000 in May and June: 500 each; of the 300 of 2026 spent from May on, 150 each. The rating 4
    # of 1 to 5 is 0.75, and 2 of a scale on which less is better is 0.75 too.
    project = Project(
        project_id="P1",
        name="Bridge",
        start=date(2026, 5, 1),
        finish=date(2026, 6, 30),
        cost=(Amount(amount=1000.0), Amount(period=Period("year", 2026), amount=300.0)),
    )
    portfolio = Portfolio(
        projects=(project,),
        criteria=(
            Criterion(criterion="Fit", weight=60, scale_min=1, scale_max=5),
            Criterion(criterion="Risk", weight=40, direction="min", scale_min=1, scale_max=5),
        ),
        ratings=(Rating(project_id="P1", ratings={"Fit": 4.0, "Risk": 2.0}),),
        budgets=(Budget(budget=1300.0),),
        settings=Settings(first_period=date(2026, 4, 1)),
    )
    rows, first = plain_costs(portfolio)
    assert rows[0].cents == {(first + 1, ""): 65_000, (first + 2, ""): 65_000}
    assert plain_scores(portfolio) == [0.75]
    assert PlainChoice(portfolio).choices() == [0, 1]
