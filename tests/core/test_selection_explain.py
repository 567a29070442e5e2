"""Every reason is true: what it names was checked against the model, and is checked here again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tests.core.selection_models import breaches, random_model
from xlportfolio.selection.explain import Explained, explain
from xlportfolio.selection.model import (
    Choice,
    SelectionModel,
)
from xlportfolio.selection.solve import solve_selection
from xlportfolio.selection.wording import LONGEST, worth_text

SEEDS = range(400)


def solved(model: SelectionModel) -> Choice | None:
    answer = solve_selection(model)
    assert answer.status in ("optimal", "infeasible")
    return answer.chosen


def subsets(model: SelectionModel, rows: set[int]) -> Iterator[set[int]]:
    """Every portfolio that has the rows."""
    others = [r for r in range(len(model.keys)) if r not in rows]
    for n in range(len(others) + 1):
        for more in combinations(others, n):
            yield rows | set(more)


def check(model: SelectionModel, chosen: set[int], row: int, told: Explained) -> None:
    """What is said of a row that may be chosen and is not."""
    exchange = told.exchange
    assert exchange is not None
    assert exchange.added[0] == row
    text = told.reason
    if exchange.obstacle is not None:
        free = replace(model, budgets=(), shares=())
        assert not any(breaches(free, with_row) == [] for with_row in subsets(model, {row}))
        return
    added, displaced = set(exchange.added), set(exchange.displaced)
    worth = {r: float(model.values[r]) for r in range(len(model.keys))}
    gain = sum(worth[r] for r in added)
    assert not added & chosen
    if gain <= 0:
        assert (
            "adds nothing" in text.lower() if gain == 0 else "would lower the total" in text.lower()
        )
        return
    assert displaced <= chosen
    after = (chosen - displaced) | added
    broken = breaches(model, after)
    names = [b.name for b in model.budgets] + [s.category for s in model.shares]
    assert set(told.limits) <= set(names)
    for limit in told.limits:
        assert any(line.startswith(limit) for line in broken), (limit, broken)
    if not told.limits:
        assert broken == []
        lost = sum(worth[r] for r in displaced)
        assert lost >= gain - 1e-9
        assert displaced, text
        return
    assert told.limits[0] in text
    if exchange.removed is not None:
        removed = set(exchange.removed)
        assert removed
        assert removed <= chosen
        assert breaches(model, after - removed) == []
        assert sum(worth[r] for r in displaced | removed) >= gain - 1e-9
        assert told.others in (exchange.removed, ())
        assert len(text) > 100 or told.others
        for other in told.others[:1]:
            assert model.names[other] in text
    else:
        assert "; the money goes to" not in text
        if "beside mandates" in text or " in all" in text:
            assert not any(breaches(model, other) == [] for other in subsets(model, added))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_reason_of_a_random_choice_is_true(seed: int) -> None:
    model = random_model(seed)
    best = solved(model)
    if best is None:
        return
    chosen = {int(r) for r in np.flatnonzero(best)}
    assert breaches(model, chosen) == []
    fixed = {f.row for f in model.fixed}
    told = explain(model, best, currency="GBP")
    assert len(told) == len(model.keys)
    for row, one in enumerate(told):
        assert len(one.reason) <= LONGEST, one.reason
        assert one.reason.endswith("."), one.reason
        is_in_flight = bool(model.current[row])
        expected = {
            (True, True): "Continue",
            (True, False): "Start",
            (False, True): "Stop",
            (False, False): "Not funded",
        }[row in chosen, is_in_flight]
        assert one.decision == expected
        if row in fixed:
            assert one.exchange is None
        elif row in chosen:
            assert worth_text(float(model.values[row])) in one.reason
            for other in one.others:
                assert breaches(model, chosen - {row}) != []
                assert other in chosen
        else:
            check(model, chosen, row, one)
