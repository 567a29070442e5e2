"""Scores of a portfolio: assessors, options, gaps, and what is said of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from xlportfolio.errors import InputError
from xlportfolio.records import Criterion, Project, ProjectKey, Rating
from xlportfolio.scoring.answer import Scores
from xlportfolio.scoring.portfolio import score_portfolio
from xlportfolio.tables import Portfolio


def project(project_id: str, **fields: Any) -> Project:
    return Project(project_id=project_id, **({"name": f"Project {project_id}"} | fields))


def rating(
    project_id: str,
    ratings: Mapping[str, float | None],
    assessor: str | None = None,
    option: str | None = None,
) -> Rating:
    return Rating(project_id=project_id, option=option, assessor=assessor, ratings=ratings)


FIT = Criterion(criterion="Fit", weight=3, scale_min=0, scale_max=10, objective="Growth")
COST = Criterion(criterion="Cost", weight=1, direction="min")


def portfolio(**tables: Any) -> Portfolio:
    tables.setdefault("projects", tuple(project(one) for one in ("A", "B", "C")))
    tables.setdefault("criteria", (FIT, COST))
    tables.setdefault(
        "ratings",
        (
            rating("A", {"Fit": 8, "Cost": 300}),
            rating("B", {"Fit": 4, "Cost": 100}),
            rating("C", {"Fit": 8, "Cost": 200}),
        ),
    )
    return Portfolio(**tables)


def scores_of(scores: Scores) -> dict[str, float | None]:
    return {one.key.label: one.score for one in scores.projects}


def ranks_of(scores: Scores) -> dict[str, int | None]:
    return {one.key.label: one.rank for one in scores.projects}


def test_scores_are_those_calculated_by_hand() -> None:
    scores = score_portfolio(portfolio())
    assert scores.status == "done"
    # 3/4 x Fit on the scale 0 to 10, 1/4 x Cost on the observed range 100 to 300, less is better
    assert scores_of(scores) == pytest.approx({"A": 0.6, "B": 0.3 + 0.25, "C": 0.6 + 0.125})
    assert ranks_of(scores) == {"A": 2, "B": 3, "C": 1}
    assert scores.projects[1].contributions == pytest.approx((0.3, 0.25))
    assert scores.projects[1].ratings == (4, 100)
    fit, cost = scores.criteria
    assert (fit.weight, fit.low, fit.high, fit.is_observed) == (0.75, 0, 10, False)
    assert (fit.objective, fit.direction) == ("Growth", "max")
    assert (cost.weight, cost.low, cost.high, cost.is_observed) == (0.25, 100, 300, True)
    assert scores.cautions == ()


def test_several_assessors_are_averaged_and_their_disagreement_is_told() -> None:
    scores = score_portfolio(
        portfolio(
            ratings=(
                rating("A", {"Fit": 9, "Cost": 300}, "Ann"),
                rating("A", {"Fit": 5, "Cost": 200}, "Bob"),
                rating("A", {"Fit": 4}, "Cy"),
                rating("B", {"Fit": 6, "Cost": 100}, "Ann"),
                rating("C", {"Fit": 6, "Cost": 250}, "Ann"),
            )
        )
    )
    first = scores.projects[0]
    assert first.ratings == (6, 250)
    assert first.n_assessors == 3
    # Fit: (9 - 4) / 10; Cost: (300 - 200) / (300 - 100), the range of all single ratings
    assert (first.disagreement, first.disagreed_on) == (0.5, "Fit")
    assert (scores.projects[1].disagreement, scores.projects[1].disagreed_on) == (None, None)
    # Cost of the means runs from 100 to 250
    assert scores.projects[0].score == pytest.approx(0.75 * 0.6 + 0.25 * 0.0)
    assert scores.projects[1].score == pytest.approx(0.75 * 0.6 + 0.25 * 1.0)


def test_disagreement_is_found_on_the_criterion_where_it_is_largest() -> None:
    scores = score_portfolio(
        portfolio(
            ratings=(
                rating("A", {"Fit": 6, "Cost": 300}, "Ann"),
                rating("A", {"Fit": 5, "Cost": 100}, "Bob"),
                rating("B", {"Fit": 5, "Cost": 100}, "Ann"),
                rating("B", {"Fit": 5, "Cost": 100}, "Bob"),
            )
        )
    )
    assert (scores.projects[0].disagreement, scores.projects[0].disagreed_on) == (1.0, "Cost")
    assert (scores.projects[1].disagreement, scores.projects[1].disagreed_on) == (0.0, None)


def test_one_person_in_two_rows_is_one_assessor_and_nameless_rows_are_several() -> None:
    scores = score_portfolio(
        portfolio(
            ratings=(
                rating("A", {"Fit": 4}, "Ann"),
                rating("A", {"Fit": 8, "Cost": 100}, " ann "),
                rating("B", {"Fit": 4, "Cost": 100}),
                rating("B", {"Fit": 8}),
            )
        )
    )
    assert [one.n_assessors for one in scores.projects] == [1, 2, 0]
    assert [one.ratings[0] for one in scores.projects] == [6, 6, None]
    assert [one.disagreement for one in scores.projects] == [None, 0.4, None]


def test_ratings_of_an_option_hold_for_it_alone_and_others_for_all_options() -> None:
    scores = score_portfolio(
        portfolio(
            projects=(project("A", option="1"), project("A", option="2"), project("B")),
            ratings=(
                rating("A", {"Fit": 8, "Cost": 300}),
                rating("A", {"Cost": 100}, option="2"),
                rating("B", {"Fit": 2, "Cost": 200}),
            ),
        )
    )
    assert [one.ratings for one in scores.projects] == [(8, 300), (8, 100), (2, 200)]
    assert scores.of(ProjectKey("A", "2")) is scores.projects[1]


def test_spaces_and_capitals_do_not_tell_options_apart() -> None:
    scores = score_portfolio(
        portfolio(
            projects=(project("A", option="Option  A"), project("A", option="B")),
            ratings=(
                rating("A", {"Fit": 8, "Cost": 300}, option="option a"),
                rating("A", {"Fit": 2, "Cost": 100}, option=" b "),
            ),
        )
    )
    assert [one.ratings for one in scores.projects] == [(8, 300), (2, 100)]
    assert scores.cautions == ()


def test_ratings_of_an_option_that_is_not_there_are_told() -> None:
    table = portfolio()
    scores = score_portfolio(
        portfolio(ratings=(*table.ratings, rating("B", {"Fit": 9}, option="large")))
    )
    assert scores.cautions == (
        "The ratings of B, option large are not used: the projects have no such option. Correct "
        "its name.",
    )
    assert scores.projects[1].ratings == (4, 100)


def test_names_of_criteria_are_matched_whatever_their_case_and_spaces() -> None:
    scores = score_portfolio(
        portfolio(
            criteria=(Criterion(criterion="Strategic fit", weight=1),),
            ratings=(rating("A", {" strategic  FIT": 5, "Other": 9}), rating("B", {"Other": 1})),
        )
    )
    assert [one.ratings for one in scores.projects] == [(5,), (None,), (None,)]


def test_project_that_ended_is_not_scored_and_bears_on_no_scale() -> None:
    scores = score_portfolio(
        portfolio(
            projects=(
                project("A", lifecycle="closed"),
                project("B"),
                project("C", percent_complete=1.0),
                project("D"),
            ),
            ratings=(
                rating("A", {"Fit": 8, "Cost": 9000}),
                rating("B", {"Fit": 4, "Cost": 100}),
                rating("C", {"Fit": 4, "Cost": 1}),
                rating("D", {"Fit": 4, "Cost": 200}),
            ),
        )
    )
    assert scores_of(scores) == pytest.approx({"B": 0.3 + 0.25, "D": 0.3})
    assert (scores.criteria[1].low, scores.criteria[1].high) == (100, 200)


def test_partly_rated_projects_are_scored_on_what_is_rated_and_named() -> None:
    scores = score_portfolio(
        portfolio(
            projects=tuple(project(one) for one in "ABCDE"),
            ratings=(
                rating("A", {"Fit": 8, "Cost": None}),
                rating("B", {"Fit": None, "Cost": 100}),
                rating("C", {"Fit": 5, "Cost": 200}),
                rating("D", {"Fit": 10, "Cost": 300}),
            ),
        )
    )
    assert scores_of(scores) == pytest.approx(
        {"A": 0.8, "B": None, "C": 0.75 * 0.5 + 0.125, "D": 0.75, "E": None}
    )
    assert ranks_of(scores) == {"A": 1, "B": None, "C": 3, "D": 2, "E": None}
    assert [one.missing for one in scores.projects] == [
        ("Cost",),
        ("Fit",),
        (),
        (),
        ("Fit", "Cost"),
    ]
    assert scores.projects[1].contributions == (None, None)
    assert scores.cautions == (
        "1 project is scored without some criteria, on the weights of the others: Project A (A) "
        'without "Cost".',
        "1 project is not scored, as less than half of the weight is rated: Project B (B).",
        "1 project is not scored, for want of any rating: Project E (E).",
    )


def test_long_list_of_partly_rated_projects_is_cut_and_counted() -> None:
    ids = [f"P{k}" for k in range(9)]
    scores = score_portfolio(
        portfolio(
            projects=tuple(project(one) for one in ids),
            ratings=(
                rating("P0", {"Fit": 1, "Cost": 5}),
                *(rating(one, {"Fit": k}) for k, one in enumerate(ids) if k),
            ),
        )
    )
    caution = next(one for one in scores.cautions if "scored without" in one)
    assert caution.startswith("8 projects are scored without some criteria, on the weights of")
    assert caution.endswith('Project P5 (P5) without "Cost" and 3 more.')


def test_blank_weights_altogether_are_equal() -> None:
    scores = score_portfolio(
        portfolio(criteria=tuple(Criterion(criterion=one) for one in ("Fit", "Cost")))
    )
    assert [one.weight for one in scores.criteria] == [0.5, 0.5]
    assert "The 2 criteria have no weights, so all count the same." in scores.cautions


def test_criterion_without_a_weight_beside_others_is_not_scored() -> None:
    scores = score_portfolio(
        portfolio(criteria=(FIT, Criterion(criterion="Cost"), Criterion(criterion="Risk")))
    )
    assert [one.name for one in scores.criteria] == ["Fit"]
    assert scores.cautions == (
        '"Cost" and "Risk" have no weight and are not scored: enter the weight, or 0 to ignore the '
        "criterion.",
    )


def test_criterion_of_weight_0_is_left_out_without_a_word() -> None:
    scores = score_portfolio(portfolio(criteria=(FIT, Criterion(criterion="Cost", weight=0))))
    assert [(one.name, one.weight) for one in scores.criteria] == [("Fit", 1.0)]
    assert scores.cautions == ()


def test_weight_below_0_repeated_criterion_and_bad_scale_are_told() -> None:
    scores = score_portfolio(
        portfolio(
            criteria=(
                FIT,
                Criterion(criterion="fit ", weight=9),
                Criterion(criterion="Risk", weight=-1),
                Criterion(criterion="Cost", weight=1, scale_min=5, scale_max=1),
            )
        )
    )
    assert [(one.name, one.weight) for one in scores.criteria] == [("Fit", 0.75), ("Cost", 0.25)]
    assert (scores.criteria[1].low, scores.criteria[1].high) == (100, 300)
    assert scores.cautions == (
        '"fit" stands in more than one row of the criteria; the first one is used.',
        '"Risk" has a weight below 0 and is not scored: enter a weight of at least 0.',
        'The scale of "Cost" runs from 5 to 1, so the range of its ratings is used: enter a best '
        "rating above the worst.",
    )


def test_criterion_that_nobody_rated_is_told_once() -> None:
    scores = score_portfolio(portfolio(criteria=(FIT, COST, Criterion(criterion="Risk", weight=1))))
    assert scores.cautions == (
        '"Risk" has 20% of the weight and no ratings: add a column of ratings, or set the weight '
        "to 0.",
    )
    assert scores.projects[0].missing == ("Risk",)
    assert scores_of(scores) == pytest.approx({"A": 0.6, "B": 0.55, "C": 0.725})


def test_constant_criterion_is_said_to_tell_nothing_apart() -> None:
    scores = score_portfolio(
        portfolio(
            ratings=(
                rating("A", {"Fit": 8, "Cost": 300}),
                rating("B", {"Fit": 4, "Cost": 300}),
                rating("C", {"Fit": 2}),
            )
        )
    )
    assert scores.cautions[0] == (
        '"Cost" is rated 300 for all 2 projects rated, so it does not tell the projects apart.'
    )
    assert scores.projects[0].contributions == pytest.approx((0.6, 0.25))


def test_equal_ratings_throughout_tie_all_and_are_told() -> None:
    scores = score_portfolio(
        portfolio(ratings=tuple(rating(one, {"Fit": 5, "Cost": 10}) for one in "ABC"))
    )
    assert scores_of(scores) == pytest.approx(dict.fromkeys("ABC", 0.75 * 0.5 + 0.25))
    assert ranks_of(scores) == {"A": 1, "B": 1, "C": 1}
    assert scores.cautions == (
        "Every project has the same ratings, so the scores do not tell the projects apart: check "
        "the ratings.",
    )


def test_one_project_is_scored_and_its_observed_scale_is_told() -> None:
    scores = score_portfolio(
        portfolio(projects=(project("A"),), ratings=(rating("A", {"Fit": 5, "Cost": 7}),))
    )
    assert scores_of(scores) == pytest.approx({"A": 0.75 * 0.5 + 0.25})
    assert scores.cautions == (
        'Only one project is rated, so it gets the best score on "Cost": enter the worst and the '
        "best rating of the scale among the criteria.",
    )


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        (
            {"criteria": ()},
            "No criteria: add a table of criteria with weights, and ratings of the projects, or "
            "say in the mapping which columns are criteria.",
        ),
        (
            {"ratings": ()},
            "No ratings: add a table of ratings with a row for each project and a column for each "
            "criterion, or such columns to the table of projects.",
        ),
        (
            {"ratings": (rating("A", {"Fit": None}),)},
            "No ratings: add a table of ratings with a row for each project and a column for each "
            "criterion, or such columns to the table of projects.",
        ),
        (
            {"ratings": (rating("A", {"Value": 5}),)},
            "No rating stands under any of the criteria: give the columns of the ratings the names "
            'in the table of criteria ("Fit", "Cost").',
        ),
        (
            {"criteria": (Criterion(criterion="Fit", weight=0), Criterion(criterion="Cost"))},
            "The weights of the 2 criteria sum to 0: enter the importance of at least one "
            "criterion.",
        ),
        (
            {"projects": (project("A", lifecycle="closed"),)},
            "No project to score: every one has ended, or the table has none.",
        ),
    ],
)
def test_scoring_is_skipped_with_the_table_to_add(tables: dict[str, Any], why: str) -> None:
    scores = score_portfolio(portfolio(**tables))
    assert (scores.status, scores.why, scores.projects) == ("skipped", why, ())


@pytest.mark.parametrize(
    ("ties", "ranks"),
    [
        ("competition", [1, 1, 3]),
        ("modified", [2, 2, 3]),
        ("dense", [1, 1, 2]),
        ("ordinal", [1, 2, 3]),
    ],
)
def test_tie_rule_is_the_one_asked_for_and_told(ties: Any, ranks: list[int]) -> None:
    scores = score_portfolio(
        portfolio(
            criteria=(FIT,),
            ratings=(rating("A", {"Fit": 8}), rating("B", {"Fit": 8}), rating("C", {"Fit": 1})),
        ),
        ties=ties,
    )
    assert [one.rank for one in scores.projects] == ranks
    assert scores.ties == ties


def test_rank_of_a_project_is_a_whole_number() -> None:
    with pytest.raises(InputError) as problem:
        score_portfolio(portfolio(), ties="average")  # type: ignore[arg-type]
    assert str(problem.value) == (
        'ties is "average"; expected competition, dense, ordinal or modified.'
    )


def large_portfolio() -> Portfolio:
    draw = random.Random(11)
    names = [f"Criterion {j}" for j in range(6)]
    return Portfolio(
        projects=tuple(project(f"P{i}") for i in range(60)),
        criteria=tuple(
            Criterion(criterion=name, weight=draw.random(), direction=draw.choice(["max", "min"]))
            for name in names
        ),
        ratings=tuple(
            rating(f"P{i}", {name: draw.choice([None, 1, 2, 3, 4, 5]) for name in names}, assessor)
            for i in range(60)
            for assessor in ("Ann", "Bob", "Cy")
        ),
    )


def test_reordering_projects_and_ratings_changes_no_score_and_no_rank() -> None:
    table = large_portfolio()
    draw = random.Random(12)
    projects, ratings = list(table.projects), list(table.ratings)
    draw.shuffle(projects)
    draw.shuffle(ratings)
    scores = score_portfolio(table)
    moved = score_portfolio(
        Portfolio(projects=tuple(projects), criteria=table.criteria, ratings=tuple(ratings))
    )
    assert [one.key.project_id for one in moved.projects] == [one.project_id for one in projects]
    assert scores_of(moved) == scores_of(scores)
    assert ranks_of(moved) == ranks_of(scores)


def test_contributions_of_every_project_add_up_to_its_score() -> None:
    scores = score_portfolio(large_portfolio())
    assert sum(one.score is not None for one in scores.projects) > 50
    for one in scores.projects:
        if one.score is not None:
            total = sum(part for part in one.contributions if part is not None)
            assert total == pytest.approx(one.score, abs=1e-12)
