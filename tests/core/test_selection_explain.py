"""Every reason is true: what it names was checked against the model, and is checked here again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from tests.core.selection_models import breaches, random_model
from xlportfolio.records import ProjectKey
from xlportfolio.selection.explain import explain
from xlportfolio.selection.explained import Explained
from xlportfolio.selection.model import (
    BudgetLimit,
    Choice,
    Fixed,
    LinkRule,
    SelectionModel,
    ShareLimit,
)
from xlportfolio.selection.solve import solve_selection
from xlportfolio.selection.wording import LONGEST, worth_text

SEEDS = range(200)


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


def hand_made(
    rows: list[tuple[str, float, int]], amount: int | None = None, **more: object
) -> SelectionModel:
    """A choice of rows with ID, value and cost [GBP], within one budget."""
    cost = np.array([100 * c for _, _, c in rows], dtype=np.int64)
    n = len(rows)
    budgets = ()
    if amount is not None:
        budgets = (
            BudgetLimit(
                "Capex budget 2027/28", None, "Capex", 100 * amount, cost, np.zeros_like(cost)
            ),
        )
    fields: dict[str, object] = {
        "keys": tuple(ProjectKey(*name.split("/")) for name, _, _ in rows),
        "values": np.array([v for _, v, _ in rows]),
        "has_value": np.ones(n, dtype=np.bool_),
        "cost": cost,
        "exit_cost": np.zeros_like(cost),
        "current": np.zeros(n, dtype=np.bool_),
        "budgets": budgets,
        "names": tuple(f"Project {name} ({name})" for name, _, _ in rows),
    }
    return SelectionModel(**{**fields, **more})  # type: ignore[arg-type]


def reasons(model: SelectionModel, **more: object) -> list[tuple[str, str]]:
    best = solved(model)
    assert best is not None
    told = explain(model, best, currency="GBP", **more)  # type: ignore[arg-type]
    return [(one.decision, one.reason) for one in told]


A, B, C = ("A", 0.9, 900_000), ("B", 0.74, 1_200_000), ("C", 0.5, 300_000)


def test_budget_that_shuts_a_project_out_is_told_with_what_has_the_money() -> None:
    model = hand_made([A, B, C], 1_500_000)
    assert reasons(model) == [
        ("Start", "Worth 0.9, rank 1 of 3, for GBP 900k."),
        (
            "Not funded",
            "Does not fit: GBP 1.2m of the Capex budget 2027/28 is needed and GBP 300k is left; "
            "the money goes to Project A (A), worth 0.9 against 0.74.",
        ),
        ("Start", "Worth 0.5 for GBP 300k, rank 1 of 3 by value for money."),
    ]


def test_several_projects_that_have_the_money_are_named_together() -> None:
    model = hand_made([("A", 0.5, 600), ("B", 0.74, 1200), ("C", 0.5, 600)], 1_250)
    assert reasons(model)[1] == (
        "Not funded",
        "Does not fit: GBP 1.2k of the Capex budget 2027/28 is needed and GBP 50 is left; the "
        "money goes to Project A (A) and Project C (C), worth 1 together against 0.74.",
    )


def test_lack_that_rounding_hides_is_told() -> None:
    model = hand_made([("A", 0.9, 1_200_100), ("B", 0.7, 1_200_100)], 2_400_150)
    assert reasons(model)[1][1].startswith(
        "Does not fit: GBP 1.2m of the Capex budget 2027/28 is needed, GBP 50 more than is left;"
    )


def test_project_that_costs_more_than_the_whole_budget_is_told() -> None:
    assert reasons(hand_made([A, B], 1_000_000))[1] == (
        "Not funded",
        "Needs GBP 1.2m of the Capex budget 2027/28, which is GBP 1m in all.",
    )


def test_money_bound_by_mandates_is_told() -> None:
    fixed = (Fixed(0, True, "mandate", "Statutory duty"),)
    assert reasons(hand_made([A, B], 1_900_000, fixed=fixed)) == [
        ("Start", "Mandatory: Statutory duty."),
        (
            "Not funded",
            "Does not fit beside mandates and work in flight: GBP 1.2m of the Capex budget "
            "2027/28 is needed and GBP 1m is left.",
        ),
    ]


def test_rows_decided_beforehand_give_their_rule() -> None:
    rows = [A, B, C, ("D", 0.4, 400_000), ("E", 0.0, 0), ("F", 0.0, 10), ("G", 0.3, 0)]
    fixed = (
        Fixed(0, True, "mandate", "Statutory duty."),
        Fixed(1, False, "mandate"),
        Fixed(2, False, "mandate", "Superseded"),
        Fixed(3, True, "in flight"),
        Fixed(4, False, "no cost"),
        Fixed(5, False, "no value"),
        Fixed(6, True, "in flight"),
    )
    model = hand_made(rows, 2_000_000, fixed=fixed)
    found = reasons(
        model,
        in_flight=(True, False, True, True, False, False, True),
        in_flight_because=("", "", "", "38% complete", "", "", "active"),
        is_cost_known=(True, True, True, True, False, True, False),
    )
    assert found == [
        ("Continue", "Mandatory: Statutory duty."),
        ("Not funded", "Ruled out: no reason is given."),
        ("Stop", "Ruled out: Superseded."),
        ("Continue", "In flight (38% complete); GBP 400k to go, kept by rule."),
        ("Not funded", "Its cost is not known, so that no budget can be set against it."),
        ("Not funded", "Its score is not known, so that nothing says what it is worth."),
        ("Continue", "In flight (active); its cost to go is not known."),
    ]


def test_better_option_of_the_project_is_told() -> None:
    model = hand_made([("A/one", 0.7, 10), ("A/two", 0.8, 10)], 100, alternatives=((0, 1),))
    assert reasons(model)[0] == (
        "Not funded",
        "Option two of the project is chosen, worth 0.8 against 0.7.",
    )


def test_dearer_option_of_the_project_does_not_fit() -> None:
    model = hand_made([("A/one", 0.7, 10), ("A/two", 0.8, 60), C], 300_040, alternatives=((0, 1),))
    assert reasons(model)[1] == (
        "Not funded",
        "Does not fit, even in place of option one: GBP 50 more of the Capex budget 2027/28 is "
        "needed and GBP 30 is left; the money goes to Project C (C), worth 1.2 with option one "
        "against 0.8.",
    )


def test_need_that_cannot_be_met_is_told() -> None:
    links = (LinkRule("Requires", (0,), (1,), "A requires B"),)
    fixed = (Fixed(1, False, "no cost"),)
    assert reasons(hand_made([A, B], 3_000_000, links=links, fixed=fixed))[0] == (
        "Not funded",
        "Needs Project B (B), which cannot be funded: its cost is not known.",
    )
    cancelled = (LinkRule("Requires", (0,), (), "Project A (A) requires X, which was cancelled"),)
    assert reasons(hand_made([A, B], 3_000_000, links=cancelled))[0] == (
        "Not funded",
        "Project A (A) requires X, which was cancelled.",
    )


def test_chain_of_needs_makes_the_addition_bigger() -> None:
    links = (LinkRule("Requires", (2,), (1,), "C requires B"),)
    assert reasons(hand_made([A, ("B", 0.1, 200), ("C", 0.5, 300)], 900_100, links=links))[2] == (
        "Not funded",
        "Does not fit, with Project B (B), which it needs: GBP 500 of the Capex budget 2027/28 is "
        "needed and GBP 100 is left; the money goes to Project A (A), worth 0.9 against 0.6.",
    )


def test_what_others_need_is_told() -> None:
    links = (
        LinkRule("Requires", (0,), (1,), "A requires B"),
        LinkRule("Together", (2,), (3,), "C and D"),
    )
    rows = [("A", 0.9, 10), ("B", 0.0, 10), ("C", 0.5, 10), ("D", 0.2, 20)]
    assert reasons(hand_made(rows, 100, links=links)) == [
        ("Start", "Worth 0.9, rank 1 of 4, for GBP 10."),
        ("Start", "Needed by Project A (A); worth 0 by itself, at GBP 10."),
        ("Start", "Worth 0.5, rank 2 of 4, for GBP 10; goes together with Project D (D)."),
        ("Start", "Worth 0.2, rank 3 of 4, for GBP 20; goes together with Project C (C)."),
    ]


def test_excluded_project_is_told_by_what_excludes_it() -> None:
    links = (LinkRule("Excludes", (0,), (1,), "A excludes B"),)
    assert reasons(hand_made([A, B], 3_000_000, links=links))[1] == (
        "Not funded",
        "Cannot be done beside Project A (A), worth 0.9 against 0.74.",
    )
    kept = (Fixed(0, True, "in flight"),)
    assert reasons(hand_made([A, B], 3_000_000, links=links, fixed=kept))[1] == (
        "Not funded",
        "Excluded by Project A (A), which is in flight and kept.",
    )


def test_project_that_needs_what_excludes_it_says_so() -> None:
    # None of these can ever be funded: the first needs two that exclude each other.
    links = (
        LinkRule("Together", (0,), (1,), "A and B"),
        LinkRule("Together", (1,), (2,), "B and C"),
        LinkRule("Excludes", (1,), (2,), "B excludes C"),
    )
    rows = [("A", 0.9, 10), ("B", 0.5, 10), ("C", 0.4, 10)]
    assert reasons(hand_made(rows, 100, links=links)) == [
        ("Not funded", "Needs Project B (B) and Project C (C), which exclude each other."),
        ("Not funded", "Needs Project C (C), and the two exclude each other."),
        ("Not funded", "Needs Project B (B), and the two exclude each other."),
    ]


def test_what_comes_along_is_named_where_a_rule_shuts_both_out() -> None:
    links = (
        LinkRule("Together", (0,), (1,), "A and B"),
        LinkRule("Excludes", (0,), (2,), "A excludes C"),
    )
    rows = [("A", 0.7, 10), ("B", 0.1, 10), ("C", 0.9, 10)]
    assert reasons(hand_made(rows, 100, links=links))[:2] == [
        (
            "Not funded",
            "With Project B (B), which it needs, it cannot be done beside Project C (C), worth 0.9 "
            "against 0.8.",
        ),
        (
            "Not funded",
            "With Project A (A), which it needs, it cannot be done beside Project C (C), worth 0.9 "
            "against 0.8.",
        ),
    ]


def test_reason_of_a_stop_never_ends_within_a_figure() -> None:
    links = (
        LinkRule("Requires", (0,), (1,), "A requires B"),
        LinkRule("Excludes", (0,), (2,), "A excludes C"),
    )
    rows = [("A", 0.5, 10), ("B", 0.1, 30), ("C", 0.9, 5), ("D", 0.1, 80)]
    names = tuple(f"Project {k} in the north ({k})" for k in "ABCD")
    model = hand_made(rows, 100, links=links, fixed=(Fixed(3, True, "mandate"),), names=names)
    decision, reason = reasons(model, in_flight=(True, False, False, False))[0]
    assert decision == "Stop"
    assert reason == (
        "Does not fit beside mandates and work in flight, with Project B in the north (B), which "
        "it needs, even in place of Project C in the north (C): GBP 35 more of the Capex budget "
        "2027/28 is needed and GBP 20 is left."
    )


def test_values_that_rounding_tells_apart_share_a_rank() -> None:
    rows = [("A", 0.1 + 0.2, 10), ("B", 0.3, 10), ("C", 0.1, 10)]
    assert [text for _, text in reasons(hand_made(rows, 100))] == [
        "Worth 0.3, rank 1 of 3, for GBP 10.",
        "Worth 0.3, rank 1 of 3, for GBP 10.",
        "Worth 0.1, rank 3 of 3, for GBP 10.",
    ]


def test_share_of_a_category_shuts_out() -> None:
    share = ShareLimit("Digital", None, 0.5, np.array([True, True, False]))
    rows = [("A", 0.9, 10), ("B", 0.5, 8), ("C", 0.1, 10)]
    assert reasons(hand_made(rows, shares=(share,)))[1] == (
        "Not funded",
        "Category Digital may have at most 50 % of the money and would have 64.3 %; in its place "
        "is Project A (A), worth 0.9 against 0.5.",
    )


def test_project_that_adds_nothing_is_told() -> None:
    rows = [A, ("B", 0.0, 10), ("C", -0.2, 10)]
    assert reasons(hand_made(rows, 3_000_000))[1:] == [
        ("Not funded", "Adds nothing: worth 0."),
        ("Not funded", "Would lower the total: worth -0.2."),
    ]


def test_stop_weighs_value_against_the_money_that_it_frees() -> None:
    model = hand_made([A, ("B", 0.2, 500_000)], 1_000_000, current=np.array([False, True]))
    exit_cost = np.array([0, 10_000_000], dtype=np.int64)
    budget = replace(model.budgets[0], exit=exit_cost)
    model = replace(model, budgets=(budget,), exit_cost=exit_cost)
    assert reasons(model) == [
        ("Start", "Worth 0.9, rank 1 of 2, for GBP 900k."),
        (
            "Stop",
            "Worth 0.2; stopping it frees GBP 400k (GBP 500k to go less GBP 100k to leave); does "
            "not fit: GBP 400k of the Capex budget 2027/28 is needed and nothing is left; the "
            "money goes to Project A (A), worth 0.9 against 0.2.",
        ),
    ]


def test_stop_says_what_else_keeps_work_out() -> None:
    in_flight = np.array([True, True])
    links = (LinkRule("Requires", (1,), (), "Sludge (B) requires Mains (M), which was cancelled"),)
    model = hand_made([A, ("B", 0.2, 500)], 1_000_000, current=in_flight, links=links)
    assert reasons(model)[1] == (
        "Stop",
        "Worth 0.2; stopping it frees GBP 500; Sludge (B) requires Mains (M), which was cancelled.",
    )
    model = hand_made([A, ("B", 0.0, 500)], 1_000_000, current=in_flight)
    assert reasons(model)[1] == ("Stop", "Adds nothing: worth 0; stopping it frees GBP 500.")


def test_portfolio_that_is_not_the_best_is_not_called_so() -> None:
    model = hand_made([A, B, C], 1_500_000)
    told = explain(model, np.array([False, True, False]), currency="GBP")
    # A is worth more than B and would fit in its place: nothing is said of who has the money.
    assert told[0].reason == (
        "Does not fit: GBP 900k of the Capex budget 2027/28 is needed and GBP 300k is left."
    )
    assert told[2].reason == ("Worth 0.5, and would fit: the search ended before it was reached.")


def test_what_has_to_go_with_a_project_is_named_with_it() -> None:
    links = (LinkRule("Requires", (2,), (0,), "C requires A"),)
    rows = [("A", 0.5, 600), ("B", 0.6, 700), ("C", 0.3, 100)]
    assert reasons(hand_made(rows, 800, links=links))[1] == (
        "Not funded",
        "Does not fit: GBP 700 of the Capex budget 2027/28 is needed and GBP 100 is left; the "
        "money goes to Project A (A) and Project C (C), worth 0.8 together against 0.6.",
    )


def test_budget_that_is_exceeded_most_is_named_and_the_others_are_counted() -> None:
    model = hand_made([("A", 0.9, 600), ("B", 0.6, 700)], 1_000)
    wide = replace(model.budgets[0], name="budget 2027/28", amount=110_000)
    opex = replace(model.budgets[0], name="Opex budget 2027/28", cost=model.cost // 10)
    tight = replace(
        model.budgets[0], name="Opex budget 2026/27", cost=model.cost // 10, amount=9_000
    )
    model = replace(model, budgets=(opex, tight, wide, *model.budgets))
    assert reasons(model)[1] == (
        "Not funded",
        "Does not fit: GBP 700 of the Capex budget 2027/28 is needed and GBP 400 is left (2 other "
        "limits are exceeded too); the money goes to Project A (A), worth 0.9 against 0.6.",
    )
    told = explain(model, np.array([True, False]))
    assert told[1].limits == ("Capex budget 2027/28", "Opex budget 2026/27", "budget 2027/28")


def test_reordered_rows_give_the_same_reasons() -> None:
    for seed in range(60):
        model = random_model(seed)
        n = len(model.keys)
        best = solved(model)
        if best is None:
            continue
        order = np.random.default_rng(seed).permutation(n)
        place = {int(old): new for new, old in enumerate(order)}

        def moved(rows: tuple[int, ...], place: dict[int, int] = place) -> tuple[int, ...]:
            return tuple(place[r] for r in rows)

        other = replace(
            model,
            keys=tuple(model.keys[i] for i in order),
            names=tuple(model.names[i] for i in order),
            values=model.values[order],
            has_value=model.has_value[order],
            cost=model.cost[order],
            exit_cost=model.exit_cost[order],
            current=model.current[order],
            budgets=tuple(
                replace(b, cost=b.cost[order], exit=b.exit[order]) for b in model.budgets
            ),
            shares=tuple(replace(s, is_member=s.is_member[order]) for s in model.shares),
            fixed=tuple(replace(f, row=place[f.row]) for f in model.fixed),
            alternatives=tuple(moved(rows) for rows in model.alternatives),
            links=tuple(
                replace(k, from_rows=moved(k.from_rows), to_rows=moved(k.to_rows))
                for k in model.links
            ),
        )
        told = {k: e.reason for k, e in zip(model.keys, explain(model, best), strict=True)}
        again = explain(other, best[order])
        assert {k: e.reason for k, e in zip(other.keys, again, strict=True)} == told
