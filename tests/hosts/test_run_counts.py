"""The counts of a run are of projects, however many options each has, and everywhere the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from tests.hosts.report_contents import run_contents
from xlportfolio.records import ProjectKey
from xlportfolio.report.counts import RunCounts, run_counts
from xlportfolio.scoring.answer import ProjectScore, Scores
from xlportfolio.selection.answer import Decision, ProjectDecision, Selection

DEPOT, DEPOT_B, ROAD = ProjectKey("P1", "A"), ProjectKey("P1", "B"), ProjectKey("P2")
BRIDGE, BRIDGE_B = ProjectKey("P3"), ProjectKey("P3", "B")


def decided(key: ProjectKey, decision: Decision) -> ProjectDecision:
    is_chosen = decision in ("Continue", "Start")
    return ProjectDecision(key, decision, "Why.", is_chosen, None, 1.0, 100)


def counts_of(
    rows: Iterable[ProjectKey],
    *decisions: ProjectDecision,
    ended: Iterable[ProjectKey] = (),
    scored: Iterable[ProjectScore] = (),
) -> RunCounts:
    costs = dataclasses.replace(
        run_contents().costs, keys=tuple(rows), ended=tuple((key, "closed") for key in ended)
    )
    scores = Scores("done", projects=tuple(scored))
    return run_counts(costs, scores, Selection("optimal", decisions=decisions))


def test_a_project_with_two_options_counts_once_by_the_one_that_is_chosen() -> None:
    counts = counts_of(
        [DEPOT, DEPOT_B, ROAD],
        decided(DEPOT, "Not funded"),
        decided(DEPOT_B, "Start"),
        decided(ROAD, "Continue"),
    )
    assert (counts.known, counts.decided, counts.chosen) == (2, 2, 2)
    assert counts.by_decision == {"Start": 1, "Continue": 1}
    assert counts.by_decision["Stop"] == 0


def test_two_options_that_are_both_in_the_portfolio_are_one_project() -> None:
    counts = counts_of([DEPOT, DEPOT_B], decided(DEPOT, "Continue"), decided(DEPOT_B, "Start"))
    assert (counts.chosen, counts.by_decision) == (1, {"Continue": 1})


def test_a_project_has_ended_when_none_of_its_options_goes_on() -> None:
    counts = counts_of([DEPOT, ROAD], ended=[DEPOT_B, BRIDGE, BRIDGE_B])
    assert (counts.known, counts.ended) == (2, 1)


def test_a_project_is_scored_where_one_of_its_options_is() -> None:
    rows = [
        ProjectScore(key, score, rank, (), (), 0, None, None)
        for key, score, rank in ((DEPOT, None, None), (DEPOT_B, 0.5, 1), (ROAD, None, None))
    ]
    assert counts_of([DEPOT, DEPOT_B, ROAD], scored=rows).scored == 1
