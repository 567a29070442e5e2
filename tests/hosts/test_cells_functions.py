"""The cell functions against published cases, brute force and the same calculation elsewhere."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata

from xlportfolio.errors import InputError
from xlportfolio.records import Criterion, Project, Rating
from xlportfolio.scoring.portfolio import score_portfolio
from xlportfolio.tables import Portfolio
from xlportfolio_udfs import pf_rank, pf_score, pf_select

ORACLES = Path(__file__).resolve().parent.parent / "oracles"
PUBLISHED = {
    case["id"]: case
    for case in json.loads((ORACLES / "published_scores_and_choices.json").read_text("utf-8"))
}


def column(values: Any) -> list[list[Any]]:
    return [[value] for value in values]


def flat(rows: Any) -> list[Any]:
    return [row[0] for row in rows]


def sentence(function: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises(InputError) as problem:
        function(*arguments, **options)
    return str(problem.value)


def test_score_matches_goodwin_and_wright_office_location() -> None:
    case = PUBLISHED["smart_goodwin_wright_office"]
    weights = case["inputs"]["normalised_weights_rounded"]
    scores = flat(pf_score(case["inputs"]["values"], [weights]))
    assert [100 * score for score in scores] == pytest.approx(
        case["expected"]["benefit"], abs=0.051
    )
    ranks = flat(pf_score(case["inputs"]["values"], [weights], output="rank"))
    assert ranks == rankdata([-b for b in case["expected"]["benefit"]], method="min").tolist()


RATINGS = [
    ["Project", "Fit", "Cost"],
    ["P1", 5, 200],
    ["P2", 3, 100],
    [None, None, None],
    ["P3", 1, 300],
]


def test_score_of_a_cell_is_the_score_of_a_run() -> None:
    scores = score_portfolio(
        Portfolio(
            projects=tuple(Project(project_id=one, name=one) for one in ("P1", "P2", "P3")),
            criteria=(
                Criterion(criterion="Fit", weight=2),
                Criterion(criterion="Cost", weight=1, direction="min"),
            ),
            ratings=tuple(
                Rating(project_id=str(name), ratings={"Fit": fit, "Cost": cost})
                for name, fit, cost in RATINGS[1:]
                if name
            ),
        )
    )
    cells = pf_score(RATINGS, [[2, 1]], [["max", "min"]], output="all")
    by_hand = [2 / 3 + 1 / 6, 1 / 3 + 1 / 3, 0.0]
    assert [one.score for one in scores.projects] == pytest.approx(by_hand, abs=1e-12)
    assert cells[0] == ["Score", "Rank", "Fit", "Cost"]
    assert cells[3] == [None, None, None, None]
    for row, one in zip([cells[1], cells[2], cells[4]], scores.projects, strict=True):
        assert row == [one.score, one.rank, *one.contributions]


def test_each_output_has_its_shape() -> None:
    body = [row[1:] for row in RATINGS[1:]]
    assert flat(pf_score(body, [[1, 0]])) == pytest.approx([1.0, 0.5, None, 0.0])
    assert pf_score(body, [[1, 0]], output="Rank") == [[1], [2], [None], [3]]
    assert pf_score(body, [[1, 0]], output="contributions")[1] == [0.5, 0.0]
    assert [len(row) for row in pf_score(body, output="all")] == [4, 4, 4, 4]
    assert pf_score([[4]]) == 1.0
    assert pf_score(4) == 1.0


def test_project_rated_on_less_than_half_of_the_weight_stays_blank() -> None:
    ratings = [[1, 1], [None, 3], [2, None]]
    assert flat(pf_score(ratings, [[3, 1]])) == pytest.approx([0.0, None, 1.0])
    assert pf_score(ratings, [[3, 1]], output="why") == (
        "Row 3 has the best score of 2, 1; 1 of it comes from column 1. Row 1 follows with 0. Less "
        "than half of the weight is rated of row 2."
    )


def test_why_tells_the_answer_or_the_problem() -> None:
    assert pf_score(RATINGS, [[2, 1]], [["max", "min"]], output="why") == (
        'P1 has the best score of 3, 0.833; 0.667 of it comes from "Fit". P2 follows with 0.667.'
    )
    assert pf_score([[1, "tbc"]], output="WHY") == (
        'ratings, row 1, column 2 is "tbc"; expected a number. Enter the number, or leave the cell '
        "blank until it is known."
    )
    assert pf_score([[1, 2]], [[1]], output="why") == (
        "weights has 1 cell; expected 2, one for each criterion."
    )
    assert pf_score([[None, None]], output="why") == (
        "No project has a score: less than half of the weight is rated."
    )


def test_unknown_words_of_a_score_are_refused() -> None:
    assert sentence(pf_score, [[1]], output="points") == (
        'output is "points"; expected score, rank, contributions, all or why.'
    )
    assert sentence(pf_score, [[1]], normalise="vector") == (
        'normalise is "vector"; expected range.'
    )


def test_reordering_projects_permutes_scores_and_scaling_weights_changes_none() -> None:
    draw = random.Random(4)
    ratings = [[draw.choice([None, 1, 2, 3, 4, 5]) for _ in range(5)] for _ in range(40)]
    weights = [draw.random() for _ in range(5)]
    scores = flat(pf_score(ratings, [weights]))
    order = list(range(40))
    draw.shuffle(order)
    assert flat(pf_score([ratings[i] for i in order], [weights])) == [scores[i] for i in order]
    scaled = flat(pf_score(ratings, [[1000 * weight for weight in weights]]))
    assert scaled == pytest.approx(scores, abs=1e-12)


def test_rank_spills_beside_its_scores() -> None:
    assert pf_rank([["P", "S"], ["a", 3], ["b", 7], [None, None], ["c", 3]], ties="dense") == [
        ["Rank"],
        [2],
        [1],
        [None],
        [2],
    ]
    assert pf_rank([0.2, 0.9]) == [[2], [1]]
    assert pf_rank([[0.2, None, 0.9]]) == [[2, None, 1]]
    assert pf_rank([[5, 3]], "Ascending", "") == [[2, 1]]
    assert pf_rank(7) == 1
    assert pf_rank(None) is None


def test_rank_refuses_what_is_no_column_of_figures() -> None:
    assert sentence(pf_rank, [[1, 2], [3, 4]]) == (
        "scores has 2 columns of figures; expected one, with or without a column of labels before "
        "it."
    )
    assert sentence(pf_rank, [["Score"], [3], [4]]).startswith(
        'scores, row 1, column 1 is "Score"; expected a number.'
    )
    assert sentence(pf_rank, [[1]], "up") == 'order is "up"; expected descending or ascending.'


@pytest.mark.parametrize("name", ["portfolio_weing1", "portfolio_ortools_50", "portfolio_stockco"])
def test_choice_reaches_the_published_optimum(name: str) -> None:
    case = PUBLISHED[name]
    values = case["inputs"]["values"]
    costs = case["inputs"].get("resource_use") or [case["inputs"]["costs"]]
    limits = case["inputs"].get("limits") or [case["inputs"]["budget"]]
    chosen = flat(pf_select(column(values), list(zip(*costs, strict=True)), [limits]))
    assert set(chosen) == {0, 1}
    assert np.dot(values, chosen) == case["expected"]["optimum"]
    for cost, limit in zip(costs, limits, strict=True):
        assert np.dot(cost, chosen) <= limit
    if "selection" in case["expected"]:
        assert chosen == case["expected"]["selection"]


def best_by_trying(
    values: list[float],
    costs: list[list[float]],
    budgets: list[float],
    force: list[str | None],
    links: list[tuple[int, int, str]],
) -> float | None:
    """The largest value over all subsets that keep every limit; None without one."""
    best = None
    n = len(values)
    for chosen in itertools.product((0, 1), repeat=n):
        if any(
            (f == "In" and not x) or (f == "Out" and x) for f, x in zip(force, chosen, strict=True)
        ):
            continue
        if any(
            sum(costs[i][t] for i in range(n) if chosen[i]) > budget + 1e-9
            for t, budget in enumerate(budgets)
        ):
            continue
        kept = all(
            {
                "Requires": not chosen[a] or chosen[b],
                "Excludes": not (chosen[a] and chosen[b]),
                "Together": chosen[a] == chosen[b],
            }[kind]
            for a, b, kind in links
        )
        if kept:
            worth = sum(values[i] for i in range(n) if chosen[i])
            best = worth if best is None else max(best, worth)
    return best


def test_choice_is_the_best_of_all_subsets() -> None:
    draw = random.Random(21)
    n_feasible = n_infeasible = 0
    for _ in range(60):
        n, n_periods = draw.randint(1, 7), draw.randint(1, 3)
        values = [draw.randint(-3, 20) / 4 for _ in range(n)]
        costs = [[draw.randint(0, 12) / 8 for _ in range(n_periods)] for _ in range(n)]
        budgets = [draw.randint(0, 5 * n) / 8 for _ in range(n_periods)]
        force = [draw.choice([None, None, None, "In", "Out"]) for _ in range(n)]
        links = [
            (*draw.sample(range(n), 2), draw.choice(["Requires", "Excludes", "Together"]))
            for _ in range(draw.randint(0, 2) if n > 1 else 0)
        ]
        best = best_by_trying(values, costs, budgets, force, links)
        arguments = (
            column(values),
            costs,
            [budgets],
            column(force),
            [[a + 1, b + 1, kind] for a, b, kind in links] or None,
        )
        if best is None:
            n_infeasible += 1
            assert sentence(pf_select, *arguments).startswith("No choice of projects holds every")
            continue
        n_feasible += 1
        chosen = pf_select(*arguments)
        chosen = flat(chosen) if n > 1 else [chosen]
        assert np.dot(values, chosen) == pytest.approx(best, abs=1e-9)
        held = best_by_trying(values, costs, budgets, ["In" if x else "Out" for x in chosen], links)
        assert held is not None, "the choice itself keeps every limit"
    assert n_feasible > 30 and n_infeasible > 5


def test_reordering_projects_permutes_the_choice() -> None:
    draw = random.Random(22)
    labels = [f"P{i}" for i in range(12)]
    values = [float(draw.randint(1, 5)) for _ in labels]
    costs = [float(draw.randint(1, 5)) for _ in labels]
    chosen = flat(pf_select(list(zip(labels, values, strict=True)), column(costs), 14))
    order = list(range(12))
    draw.shuffle(order)
    moved = pf_select([[labels[i], values[i]] for i in order], column(costs[i] for i in order), 14)
    assert flat(moved) == [chosen[i] for i in order]


def test_amounts_count_to_their_last_digit_whatever_their_unit() -> None:
    # in millions: 0.505 + 0.505 is more than 1.00, though cents of a million would hide it
    assert flat(pf_select([[1], [1]], [[0.505], [0.505]], 1.0)) in ([1, 0], [0, 1])
    # 0.1 + 0.2 is what there is, though not in binary fractions
    assert flat(pf_select([[1], [1]], [[0.1], [0.2]], 0.3)) == [1, 1]
    assert flat(pf_select([[1]] * 3, [[1 / 3]] * 3, 1.0)) == [1, 1, 1]
    assert flat(pf_select([[1]] * 3, [[1 / 6], [1 / 6], [2 / 3]], 1.0)) == [1, 1, 1]
    assert flat(pf_select([[1]] * 2, [[1e9], [2e9 + 0.01]], 3e9)) in ([1, 0], [0, 1])
    assert flat(pf_select([[1]] * 2, [[1e20], [2e20]], 2.5e20)) in ([1, 0], [0, 1])
    assert flat(pf_select([[1]] * 2, [[1e20], [2e20]], 3e20)) == [1, 1]
    assert flat(pf_select([[1]] * 2, [[1e-9], [2e-9]], 2.5e-9)) in ([1, 0], [0, 1])
    assert flat(pf_select([[2], [-1]], [[0], [0]], 0)) == [1, 0]


def test_blank_rows_stay_blank_and_unknown_figures_are_not_funded() -> None:
    value = [[5], [None], [7], [None], [9]]
    costs = [[1, 1], [None, None], [None, None], [1, 0], [None, 2]]
    assert pf_select(value, costs, [[10, 10]]) == [[1], [None], [0], [0], [1]]
    force = [[None], [None], [None], ["In"], ["Out"]]
    assert pf_select(value, costs, [[10, 10]], force) == [[1], [None], [0], [1], [0]]
    assert pf_select(5, 3, 3) == 1
    assert pf_select(5, 3, 2.5) == 0


def test_links_go_by_label_where_there_is_one_else_by_row_number() -> None:
    value = [["Project", "NPV"], ["North", 10], ["South", 9], ["West", 1]]
    costs = [["2026", "2027"], [2, 0], [2, 0], [2, 0]]
    budgets = [["2027", "2026"], [0, 4]]
    assert flat(pf_select(value, costs, budgets)) == ["Selected", 1, 1, 0]
    links = [["From", "To", "Type"], ["north", "WEST", "Requires"], [None, None, None]]
    assert flat(pf_select(value, costs, budgets, None, links)) == ["Selected", 1, 0, 1]
    excludes = [["North", "South", "mutually exclusive"]]
    assert flat(pf_select(value, costs, budgets, None, excludes)) == ["Selected", 1, 0, 1]
    assert flat(pf_select([[10], [9], [1]], [[2], [2], [2]], 4, None, [[1, 3, "Together"]])) == [
        1,
        0,
        1,
    ]
    later = [["North", "South", "Finish-to-start"]]
    assert flat(pf_select(value, costs, budgets, None, later)) == ["Selected", 1, 1, 0]


VALUE = [["North", 10], ["South", 9]]
COSTS = [[2], [2]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ([["North", "tbc"], ["South", 9]], COSTS, 4),
            # a first row of text alone reads as the header
            "costs has 2 rows; expected 1, one beside each row of value.",
        ),
        (
            ([["North", 10], ["South", "tbc"]], COSTS, 4),
            'value, row 2, column 2 is "tbc"; expected a number. Enter the number, or leave the '
            "cell blank until it is known.",
        ),
        (
            (VALUE, [[2], [-1]], 4),
            "costs, row 2, column 1 is -1; expected a cost of at least 0. Enter costs as positive "
            "amounts.",
        ),
        (
            (VALUE, [[2], ["#REF!"]], 4),
            "costs, row 2, column 1 is #REF!; expected a number. Enter the number, or leave the "
            "cell blank until it is known.",
        ),
        ((VALUE, COSTS, [[4, 4]]), "budgets has 2 cells; expected 1, one for each period."),
        (
            (VALUE, [[2, 2], [2, 2]], [[4, None]]),
            "budgets, row 1, column 2 is blank; expected a budget of at least 0. Enter 0 where "
            "there is no money.",
        ),
        (
            (VALUE, COSTS, -4),
            "budgets, row 1, column 1 is -4; expected a budget of at least 0. Enter 0 where there "
            "is no money.",
        ),
        (
            (VALUE, COSTS, 4, [["probably"], [None]]),
            'force, row 1, column 1 is "probably"; expected In, Out or blank.',
        ),
        (
            (VALUE, COSTS, 4, [["In"]]),
            "force has 1 row; expected 2, one beside each row of value.",
        ),
        (
            (VALUE, [[2], [None]], 4, [[None], ["In"]]),
            "costs of South are blank, and it is forced in; expected what it costs. Enter 0 if it "
            "costs nothing.",
        ),
        (
            (VALUE, COSTS, 4, None, [["North", "East", "Requires"]]),
            'links, row 1, column 2 is "East"; expected the label of one project of value.',
        ),
        (
            ([[10], [9]], COSTS, 4, None, [[1, 3, "Requires"]]),
            "links, row 1, column 2 is 3; expected the row number of a project within value.",
        ),
        (
            (VALUE, COSTS, 4, None, [["North", "South", "related"]]),
            'links, row 1, column 3 is "related"; expected Requires, Excludes, Together or '
            "Finish-to-start.",
        ),
        (
            (VALUE, COSTS, 4, None, [["North", "north", "Requires"]]),
            'links, row 1 links "North" with itself; expected two projects.',
        ),
        (
            (
                [["North", 1], ["South", 2], ["North", 3]],
                [[2]] * 3,
                4,
                None,
                [["North", "South", "Requires"]],
            ),
            'links, row 1, column 1 is "North"; expected the label of one project of value.',
        ),
        (
            (VALUE, COSTS, 4, None, [["North", "South"]]),
            "links has 2 columns; expected three: from, to and type.",
        ),
        (
            ([[1, 2], [3, 4]], COSTS, 4),
            "value has 2 columns of figures; expected one, with or without a column of labels "
            "before it.",
        ),
        (
            (VALUE, COSTS, 1, [["In"], [None]]),
            "No choice of projects holds every limit: North is forced in and the budget is 1. "
            "Raise the budget, or free a project.",
        ),
        (
            (VALUE, COSTS, 4, [["In"], ["Out"]], [["North", "South", "Requires"]]),
            "No choice of projects holds every limit: North is forced in, South is forced out and "
            "North requires South. Change one of them.",
        ),
        (
            (VALUE, [[2], [None]], 4, [["In"], [None]], [["North", "South", "Together"]]),
            "No choice of projects holds every limit: North is forced in, South is without a cost "
            "and North goes together with South. Change one of them.",
        ),
    ],
)
def test_choice_says_what_is_wrong_and_where(arguments: tuple[Any, ...], said: str) -> None:
    assert sentence(pf_select, *arguments) == said


def test_headings_over_the_costs_alone_are_passed_over() -> None:
    costs = [["2026/27", "2027/28"], [2, 0], [2, 5]]
    assert flat(pf_select(VALUE, costs, [[4, 4]])) == [1, 0]


def test_everything_may_be_forced_out() -> None:
    assert flat(pf_select(VALUE, COSTS, 4, [["Out"], ["Out"]])) == [0, 0]
