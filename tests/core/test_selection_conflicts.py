"""What cannot hold together: nothing to spare in it, and said so that a board understands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.oracles.portfolios import feasible_subsets
from tests.oracles.random_models import random_model
from xlportfolio.records import ProjectKey
from xlportfolio.selection.conflicting_limits import minimal_conflict, with_limits
from xlportfolio.selection.conflicts import find_conflicts
from xlportfolio.selection.model import (
    BudgetLimit,
    Fixed,
    LinkRule,
    SelectionModel,
    ShareLimit,
)

MILLION = 100_000_000


def portfolio(*costs: float, **limits: object) -> SelectionModel:
    """Projects A, B, ... that cost so many millions."""
    n = len(costs)
    cost = np.array([round(c * MILLION) for c in costs], dtype=np.int64)
    names = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:n]
    return SelectionModel(
        keys=tuple(ProjectKey(name) for name in names),
        values=np.ones(n),
        has_value=np.ones(n, dtype=bool),
        cost=cost,
        exit_cost=np.zeros(n, dtype=np.int64),
        current=np.zeros(n, dtype=bool),
        names=tuple(f"Project {name} ({name})" for name in names),
        **limits,  # type: ignore[arg-type]
    )


def budget(model: SelectionModel, millions: float, **changes: object) -> BudgetLimit:
    amount = round(millions * MILLION)
    return BudgetLimit(
        "Capex budget 2026/27",
        None,
        "capex",
        amount,
        model.cost,
        changes.get("exit", model.exit_cost),  # type: ignore[arg-type]
    )


def with_budget(model: SelectionModel, millions: float, **changes: object) -> SelectionModel:
    return replace(model, budgets=(budget(model, millions, **changes),))


def told(model: SelectionModel) -> tuple[str, ...]:
    return find_conflicts(model, currency="GBP")


def mandates(*rows: int, is_in: bool = True) -> tuple[Fixed, ...]:
    return tuple(Fixed(row, is_in, "mandate") for row in rows)


def test_mandates_that_break_a_budget_are_named_with_what_is_too_little() -> None:
    model = with_budget(portfolio(1.5, 1.2, 0.5, 9, fixed=mandates(0, 1, 2)), 2)
    assert told(model) == (
        "The mandatory projects Project A (A), Project B (B) and Project C (C) need GBP 3.2m of "
        "the Capex budget 2026/27, which is GBP 2m: GBP 1.2m too little.",
    )


def test_one_mandate_needs_in_the_singular() -> None:
    assert told(with_budget(portfolio(3, fixed=mandates(0)), 0)) == (
        "The mandatory project Project A (A) needs GBP 3m of the Capex budget 2026/27, which is "
        "GBP 0: GBP 3m too little.",
    )


def test_work_in_flight_that_breaks_a_budget_may_be_freed() -> None:
    model = portfolio(3, 2, fixed=(Fixed(0, True, "in flight"), Fixed(1, True, "mandate")))
    assert told(with_budget(model, 4)) == (
        "The mandatory project Project B (B) and the work in flight Project A (A) need GBP 5m of "
        "the Capex budget 2026/27, which is GBP 4m: GBP 1m too little. Raise the budget, or free "
        "work in flight so that it may be stopped.",
    )


def test_many_mandates_are_counted_and_the_largest_named() -> None:
    model = with_budget(portfolio(*range(1, 9), fixed=mandates(*range(8))), 30)
    assert told(model) == (
        "The mandatory projects Project H (H), Project G (G), Project F (F) and 5 more need "
        "GBP 36m of the Capex budget 2026/27, which is GBP 30m: GBP 6m too little.",
    )


def test_a_budget_below_zero_is_said_plainly() -> None:
    assert told(with_budget(portfolio(1), -1)) == (
        "The Capex budget 2026/27 is GBP -1m, below zero, and no portfolio can meet that.",
    )


def test_exit_costs_that_no_decision_avoids_count() -> None:
    exits = np.array([2 * MILLION], dtype=np.int64)
    assert told(with_budget(portfolio(3), 1, exit=exits)) == (
        "Continuing or stopping the work that may be stopped needs GBP 2m of the Capex budget "
        "2026/27, which is GBP 1m: GBP 1m too little.",
    )


def test_cancelled_project_that_is_needed_in_the_end_is_named_once() -> None:
    links = (
        LinkRule("Together", (0,), (1,), "A and B"),
        LinkRule("Requires", (1,), (), "Project B (B) requires Dock (D), which was cancelled"),
    )
    assert told(portfolio(1, 1, fixed=mandates(0), links=links)) == (
        "These cannot all hold: Project A (A) is mandatory; Project A (A) and Project B (B) belong "
        "together; Project B (B) requires Dock (D), which was cancelled.",
    )


def test_work_that_costs_too_much_either_way_is_named() -> None:
    model = portfolio(3)
    nothing = np.zeros(1, dtype=np.int64)
    exits = np.array([2 * MILLION], dtype=np.int64)
    later = replace(budget(model, 2), name="Capex budget 2027/28")
    this_year = replace(budget(model, 1, exit=exits), cost=nothing)
    assert told(replace(model, budgets=(this_year, later))) == (
        "These cannot all hold: Project A (A) either goes on or is stopped, and both cost money; "
        "the Capex budget 2026/27 is GBP 1m; the Capex budget 2027/28 is GBP 2m.",
    )


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (
            {
                "fixed": mandates(0) + mandates(1, is_in=False),
                "links": (LinkRule("Requires", (0,), (1,), "A requires B"),),
            },
            "Project A (A) is mandatory and requires Project B (B), but Project B (B) must stay "
            "out.",
        ),
        (
            {
                "fixed": mandates(0),
                "links": (LinkRule("Requires", (0,), (), "A requires X-9"),),
            },
            "Project A (A) is mandatory, but requires a project that is not there "
            "(A requires X-9).",
        ),
        (
            {
                "fixed": (*mandates(1), Fixed(0, False, "no cost")),
                "links": (LinkRule("Together", (0,), (1,), "A with B"),),
            },
            "Project B (B) is mandatory and belongs together with Project A (A), but "
            "Project A (A) cannot be funded, as the cost is not known.",
        ),
        (
            {
                "fixed": mandates(0, 1),
                "links": (LinkRule("Excludes", (0,), (1,), "A or B"),),
            },
            "Project A (A) and Project B (B) are both mandatory, but exclude each other: keep one "
            "of them.",
        ),
        (
            {"fixed": mandates(0, 1), "alternatives": ((0, 1),)},
            "Project A (A) and Project B (B) are both mandatory, but they are options of one "
            "project: keep one of them.",
        ),
        (
            {"fixed": mandates(0) + mandates(0, is_in=False)},
            "Project A (A) must be both in and out of the portfolio; lift one of the two.",
        ),
        (
            {
                "fixed": mandates(0),
                "shares": (ShareLimit("Growth", 0.4, None, np.array([False, False])),),
            },
            "These cannot all hold: Project A (A) is mandatory; at least 40 % of the money goes to "
            "Growth.",
        ),
    ],
)
def test_contradictory_rules_are_told_by_name(limits: dict[str, object], sentence: str) -> None:
    assert told(portfolio(1, 1, **limits)) == (sentence,)


def test_project_with_options_is_told_by_its_title() -> None:
    link = LinkRule("Requires", (0,), (1, 2), "A requires B")
    model = replace(
        portfolio(1, 1, 1, fixed=mandates(0) + mandates(1, 2, is_in=False), links=(link,)),
        keys=(ProjectKey("A"), ProjectKey("B", "1"), ProjectKey("B", "2")),
        names=("Road (A)", "Bridge (B, option 1)", "Bridge (B, option 2)"),
        alternatives=((1, 2),),
    )
    assert told(model) == (
        "Road (A) is mandatory and requires Bridge (B), but Bridge (B, option 1) and Bridge (B, "
        "option 2) must stay out.",
    )
    both_needed = replace(
        model,
        fixed=mandates(0),
        links=(LinkRule("Requires", (0,), (1,), ""), LinkRule("Requires", (0,), (2,), "")),
    )
    assert told(both_needed) == (
        "These cannot all hold: Road (A) is mandatory; only one option of Bridge (B) can be "
        "chosen; Road (A) requires Bridge (B, option 1); Road (A) requires Bridge (B, option 2).",
    )
    nameless = replace(both_needed, names=("A", "B, option 1", "B, option 2"))
    assert "only one option of B can be chosen" in told(nameless)[0]


def test_a_chain_of_rules_is_told_whole() -> None:
    model = portfolio(
        1,
        1,
        1,
        fixed=mandates(0) + mandates(2, is_in=False),
        links=(
            LinkRule("Requires", (0,), (1,), "A requires B"),
            LinkRule("Requires", (1,), (2,), "B requires C"),
        ),
    )
    assert told(model) == (
        "These cannot all hold: Project A (A) is mandatory; Project C (C) must stay out; "
        "Project A (A) requires Project B (B); Project B (B) requires Project C (C).",
    )


def test_every_broken_budget_is_told_and_the_rest_counted() -> None:
    model = portfolio(3, fixed=mandates(0))
    budgets = tuple(replace(budget(model, k), name=f"budget {k}") for k in (0, 1, 2, 2.5, 4))
    sentences = told(replace(model, budgets=budgets))
    assert len(sentences) == 3
    assert sentences[2].endswith("GBP 1m too little. The same holds for 1 more: budget 2.5.")


def test_a_model_with_a_portfolio_has_no_conflict() -> None:
    model = with_budget(portfolio(1, 1), 1)
    assert minimal_conflict(model) == ()
    assert told(model) == ()


def test_conflicts_admit_no_portfolio_and_can_spare_no_limit() -> None:
    n_tried = 0
    for seed in range(1, 1501):
        model = random_model(seed)
        if feasible_subsets(model)[1].any():
            continue
        n_tried += 1
        conflict = minimal_conflict(model)
        assert not feasible_subsets(with_limits(model, conflict))[1].any(), seed
        for limit in conflict:
            spared = [other for other in conflict if other != limit]
            assert feasible_subsets(with_limits(model, spared))[1].any(), (seed, limit)
        sentences = told(model)
        assert 1 <= len(sentences) <= 3, seed
        assert all(text.endswith(".") for text in sentences), seed
    assert n_tried > 200


def test_two_thousand_projects_under_rules_and_two_budgets_are_narrowed_down() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    cost = rng.integers(1, 1000, n) * 100_000
    zero = np.zeros(n, dtype=np.int64)
    # A requires one of the three dearest, each of which breaks what the mandates leave
    dear = (10, 20, 30)
    cost[list(dear)] = 10**12
    forced = list(range(40, 1000))
    amount = int(cost[forced].sum()) + 10**11
    model = SelectionModel(
        keys=tuple(ProjectKey(f"P{k:04d}") for k in range(n)),
        values=np.ones(n),
        has_value=np.ones(n, dtype=bool),
        cost=cost,
        exit_cost=zero,
        current=np.zeros(n, dtype=bool),
        budgets=(BudgetLimit("total budget", None, None, amount, cost, zero),),
        fixed=tuple(Fixed(k, True, "mandate") for k in (0, *forced)),
        links=(LinkRule("Requires", (0,), dear, "P0000 requires P0010"),),
    )
    conflict = minimal_conflict(model)
    assert {limit.kind for limit in conflict} == {"budget", "fixed", "link"}
    # the dear project alone is beyond the budget with few of the mandates
    assert len(conflict) < 10
