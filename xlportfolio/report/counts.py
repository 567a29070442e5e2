"""How many projects a run found, scored and chose: projects, not options of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xlportfolio.costing import CostTable
from xlportfolio.records import ProjectKey
from xlportfolio.scoring.answer import Scores
from xlportfolio.selection.answer import DECISION_ORDER, Decision, Selection


@dataclass(frozen=True)
class RunCounts:
    """The projects of a run, each once whatever options it has.

    Attributes
    ----------
    known, ended
        Those that have not ended, and those of which every option has.
    scored
        Those of which an option at least has a score.
    decided, chosen
        Those that the selection decided on, and those of them that are in the portfolio.
    by_decision
        How many have each decision; 0 for those that do not occur.
    """

    known: int
    ended: int
    scored: int
    decided: int
    chosen: int
    by_decision: Mapping[Decision, int]


def run_counts(costs: CostTable, scores: Scores, selection: Selection) -> RunCounts:
    """Count the projects of a run."""
    known = _projects(costs.keys)
    decisions = selection.decisions
    return RunCounts(
        known=len(known),
        ended=len(_projects(key for key, _ in costs.ended) - known),
        scored=len(_projects(one.key for one in scores.projects if one.score is not None)),
        decided=len(_projects(decision.key for decision in decisions)),
        chosen=len(_projects(decision.key for decision in decisions if decision.is_chosen)),
        by_decision=_by_decision(selection),
    )


def _projects(keys: Iterable[ProjectKey]) -> set[str]:
    return {key.project_id for key in keys}


def _by_decision(selection: Selection) -> Mapping[Decision, int]:
    """Projects by decision; of several options the one whose decision is shown first counts."""
    first: dict[str, int] = {}
    for decision in selection.decisions:
        place = DECISION_ORDER.index(decision.decision)
        project_id = decision.key.project_id
        first[project_id] = min(place, first.get(project_id, place))
    return Counter(DECISION_ORDER[place] for place in first.values())
