"""Firm or marginal: what 5 % less or more of every budget would change."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tests.core.selection_models import breaches, random_model
from xlportfolio.records import ProjectKey
from xlportfolio.selection.model import BudgetLimit, Fixed, SelectionModel
from xlportfolio.selection.solve import solve_selection
from xlportfolio.selection.standing import standings


def choice(rows: list[tuple[float, int]], amount: int, *fixed: Fixed) -> SelectionModel:
    cost = np.array([c for _, c in rows], dtype=np.int64)
    nothing = np.zeros_like(cost)
    return SelectionModel(
        keys=tuple(ProjectKey(f"P{k}") for k in range(len(rows))),
        values=np.array([v for v, _ in rows]),
        has_value=np.ones(len(rows), dtype=np.bool_),
        cost=cost,
        exit_cost=nothing,
        current=np.zeros(len(rows), dtype=np.bool_),
        budgets=(BudgetLimit("total budget", None, None, amount, cost, nothing),),
        fixed=fixed,
    )


def test_decision_that_a_little_money_changes_is_marginal() -> None:
    # 100: P0 and P1. 95: P0 and the cheaper P2. 105: P0, P1 and P3.
    model = choice([(9.0, 50), (5.0, 50), (2.0, 45), (1.0, 5), (1.0, 60)], 100)
    chosen = np.array([True, True, False, False, False])
    found = standings(model, chosen, effort=1000)
    assert found.rows == ("firm", "marginal", "firm", "marginal", "firm")
    assert (found.cautions, found.notes) == ((), ())


def test_what_a_rule_decides_is_neither_firm_nor_marginal() -> None:
    model = choice([(9.0, 50), (5.0, 50)], 100, Fixed(0, True, "mandate"))
    found = standings(model, np.array([True, True]), effort=1000)
    assert found.rows == (None, "marginal")


def test_less_money_that_mandates_do_not_allow_is_said() -> None:
    model = choice([(9.0, 98), (5.0, 2), (4.0, 50)], 100, Fixed(0, True, "in flight"))
    found = standings(model, np.array([True, True, False]), effort=1000)
    assert found.rows == (None, None, "firm")
    assert found.cautions == (
        "With 5 % less of every budget no portfolio keeps every limit, so that it is not said "
        "which of the chosen projects are marginal.",
    )


def test_without_budgets_everything_is_firm() -> None:
    model = replace(choice([(9.0, 50), (-1.0, 50)], 100), budgets=())
    assert standings(model, np.array([True, False]), effort=1000).rows == ("firm", "firm")


def test_nothing_is_said_when_time_is_up() -> None:
    model = choice([(9.0, 50), (5.0, 60)], 100)
    found = standings(model, np.array([True, False]), effort=1000, should_stop=lambda: True)
    assert found.rows == (None, None)


def best_values(model: SelectionModel, percent: int) -> tuple[float, list[set[int]]]:
    """The best value with so many per cent of the budgets, and every portfolio that has it."""
    scaled = replace(
        model,
        budgets=tuple(replace(b, amount=b.amount * percent // 100) for b in model.budgets),
    )
    n = len(model.keys)
    portfolios = [set(rows) for k in range(n + 1) for rows in combinations(range(n), k)]
    allowed = [rows for rows in portfolios if breaches(scaled, rows) == []]
    worth = [sum(float(model.values[r]) for r in rows) for rows in allowed]
    best = max(worth, default=0.0)
    return best, [rows for rows, w in zip(allowed, worth, strict=True) if w > best - 1e-9]


@pytest.mark.parametrize("seed", range(40))
def test_standing_agrees_with_trying_every_portfolio(seed: int) -> None:
    model = random_model(seed, 8)
    chosen = solve_selection(model).chosen
    if chosen is None:
        return
    found = standings(model, chosen, effort=1000)
    fixed = {f.row for f in model.fixed}
    for percent, was in ((95, True), (105, False)):
        _, best = best_values(model, percent)
        for row in range(len(model.keys)):
            if row in fixed:
                assert found.rows[row] is None
            elif bool(chosen[row]) == was:
                if not best:
                    assert found.rows[row] is None
                elif all((row in rows) == was for rows in best):
                    assert found.rows[row] == "firm"
                elif all((row in rows) != was for rows in best):
                    assert found.rows[row] == "marginal"
                else:
                    assert found.rows[row] in ("firm", "marginal")
