"""The steps of a run put in a row: what one takes over from the last run."""

from __future__ import annotations

from datetime import date

from xlportfolio.comparison import ResultRow
from xlportfolio.operations.job import JobAnswer, do_job
from xlportfolio.operations.options import RunOptions
from xlportfolio.records import Amount, Project, ProjectKey, Settings
from xlportfolio.tables import Portfolio

SETTINGS = Settings(currency="GBP", first_period=date(2026, 4, 1))


def scored_after(*previous: ResultRow) -> JobAnswer:
    """Two projects scored, with the results of a run before."""
    projects = tuple(
        Project(project_id=key, name=f"Scheme {key}", cost=(Amount(amount=cost),))
        for key, cost in (("A", 100.0), ("B", 40.0))
    )
    return do_job(
        Portfolio(projects, settings=SETTINGS),
        RunOptions(steps=("score",)),
        previous=previous,
        rows_given={},
        sources=lambda key, what: None,
    )


def last(project_id: str, decision: str, value: float | None, score: float | None) -> ResultRow:
    return ResultRow(
        ProjectKey(project_id), f"Scheme {project_id}", value, score, None, None, None, decision
    )


def test_decisions_of_the_last_run_stand_with_the_values_they_were_taken_by() -> None:
    answer = scored_after(last("A", "Start", 5.0, 0.9), last("B", "Start", None, 0.4))
    selection = answer.selection
    assert (selection.status, selection.value_name) == ("skipped", "value")
    assert selection.why == (
        "The decisions are those of the last rebalancing; they were not computed anew."
    )
    # A score is no value: B, which has none, adds nothing.
    assert [one.value for one in selection.decisions] == [5.0, None]
    assert (selection.total_value, selection.total_cost) == (5.0, 14_000)


def test_decisions_of_the_last_run_stand_with_the_scores_where_there_were_no_values() -> None:
    answer = scored_after(last("A", "Not funded", None, 0.9), last("B", "Continue", None, 0.4))
    selection = answer.selection
    assert (selection.value_name, selection.total_value) == ("score", 0.4)
    assert [one.is_chosen for one in selection.decisions] == [False, True]


def test_decisions_of_the_last_run_stand_whatever_somebody_did_to_capitals_and_spaces() -> None:
    selection = scored_after(last(" a", "Start", 5.0, 0.9), last("B", "Defer", 2.0, 0.4)).selection
    assert [(one.key.project_id, one.decision) for one in selection.decisions] == [
        ("A", "Start"),
        ("B", "Defer"),
    ]


def test_without_decisions_of_a_last_run_nothing_is_decided() -> None:
    selection = scored_after(last("A", "", 5.0, None)).selection
    assert (selection.status, selection.why) == ("skipped", "It was not asked for in this run.")
    assert selection.decisions == ()
