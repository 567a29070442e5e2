"""Weights, scales and ratings."""

from __future__ import annotations

from tests.core.source_tables import (
    column,
    only,
    place,
    projects,
    table,
)
from xlportfolio.sources import SourceTable
from xlportfolio.tables import read_tables
from xlportfolio.values import Value


def criteria(rows: list[tuple[Value, ...]]) -> SourceTable:
    return table(
        "criteria",
        column("criterion"),
        column("weight"),
        column("scale_min"),
        column("scale_max"),
        rows=rows,
    )


def test_weights_that_sum_to_0_are_told() -> None:
    problem = only(
        read_tables(
            [projects(rows=[()]), criteria([("Fit", 0.0, 1.0, 5.0), ("Risk", 0.0, 1.0, 5.0)])]
        )
    )
    assert problem.message == (
        "The weights of the 2 criteria sum to 0; expected a sum above 0. Enter the importance of "
        "at least one criterion."
    )
    assert (place(problem), problem.blocks) == ((1, None, 1), ("score", "rank"))


def test_negative_weight_is_told() -> None:
    source = criteria([("Strategic fit", -0.2, 1.0, 5.0), ("Risk", 0.5, 1.0, 5.0)])
    assert only(read_tables([projects(rows=[()]), source])).message == (
        'Weight of criterion "Strategic fit" is -0.2; expected a number of at least 0. Enter 0 '
        "to ignore the criterion."
    )


def test_scale_that_ends_before_it_begins_is_told() -> None:
    source = criteria([("Risk", 0.5, 5.0, 1.0)])
    assert only(read_tables([projects(rows=[()]), source])).message == (
        'The scale of criterion "Risk" runs from 5 to 1; expected a best rating above the worst. '
        "Enter the smaller number as the minimum, and min as the direction if less is better."
    )


def ratings(*rows: tuple[Value, ...]) -> SourceTable:
    return table(
        "ratings",
        column("project_id"),
        column("ratings", "Fit", criterion="Fit"),
        column("ratings", "Risk", criterion="Risk"),
        rows=list(rows),
    )


BOTH = [("Fit", 0.5, 1.0, 5.0), ("Risk", 0.5, 1.0, 5.0)]


def test_rating_outside_its_scale_is_left_out() -> None:
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), ratings(("P1", 7.0, 3.0))])
    problem = only(portfolio)
    assert problem.message == (
        '"Fit" of project P1 is 7; expected a rating from 1 to 5. Correct the rating, or the '
        "scale of the criterion."
    )
    assert place(problem) == (2, 0, 1)
    assert portfolio.ratings[0].ratings == {"Fit": None, "Risk": 3.0}


def test_blank_rating_is_reported_not_scored_as_zero() -> None:
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), ratings(("P1", 4.0, None))])
    assert only(portfolio).message == (
        '"Risk" of project P1 is blank; expected a rating. Enter it; a blank is not scored as zero.'
    )
    assert portfolio.ratings[0].ratings == {"Fit": 4.0, "Risk": None}


def test_a_rating_is_missing_only_if_no_assessor_gave_it() -> None:
    source = ratings(("P1", 4.0, None), ("P1", None, 2.0))
    assert read_tables([projects(rows=[()]), criteria(list(BOTH)), source]).problems == ()


def test_project_without_ratings_is_told() -> None:
    portfolio = read_tables(
        [projects(rows=[(), ()]), criteria(list(BOTH)), ratings(("P1", 4.0, 3.0))]
    )
    problem = only(portfolio)
    assert problem.message == (
        "Project P2 has no ratings; expected a rating for each criterion. Rate the project; until "
        "then it is not scored."
    )
    assert (place(problem), problem.blocks) == ((0, 1, 0), ("score", "rank"))


def test_unknown_criterion_and_unrated_criterion_are_told() -> None:
    source = criteria([("Fit", 0.5, 1.0, 5.0), ("Value", 0.5, 1.0, 5.0)])
    portfolio = read_tables([projects(rows=[()]), source, ratings(("P1", 4.0, 3.0))])
    assert [problem.message for problem in portfolio.problems] == [
        'Criterion "Value" has no ratings; expected a column of ratings for it. Add the column, '
        "or delete the criterion.",
        '"Risk" is rated in "Ratings", but is not among the criteria; expected a column for each '
        "criterion of the criteria table. Add it to the criteria, or correct the header; until "
        "then it is not scored.",
    ]
    assert [place(problem) for problem in portfolio.problems] == [(1, 1, 0), (2, None, 2)]


def test_unknown_project_in_another_table_is_told() -> None:
    source = ratings(("P1", 4.0, 3.0), ("P7", 4.0, 3.0))
    portfolio = read_tables([projects(rows=[()]), criteria(list(BOTH)), source])
    problem = only(portfolio)
    assert problem.message == (
        '"P7" in the ratings is no project; expected an ID of the projects table. Correct the ID, '
        "or add the project; until then the row is left out."
    )
    assert place(problem) == (2, 1, 0)


def test_rating_in_money_that_was_typed_as_text_is_a_number() -> None:
    source = ratings(("P1", "£654.11", 3.0), ("P2", "£43.00", 2.0))
    portfolio = read_tables([projects(rows=[(), ()]), source])
    assert [one.ratings["Fit"] for one in portfolio.ratings] == [654.11, 43.0]
