"""The projects as the charts show them, and the largest of them."""

from __future__ import annotations

from dataclasses import dataclass

from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.scoring.worth import worth_of

MAX_LARGEST = 20


@dataclass(frozen=True)
class Candidate:
    """A project as the charts see it: one row of it, the chosen option where there is one.

    Attributes
    ----------
    row
        Its position in the cost table.
    cost
        What counts of it. [cents]
    value
        What it is worth; None where that is not known.
    decision
        "" where none was proposed.
    """

    row: int
    key: ProjectKey
    name: str
    cost: int
    value: float | None
    is_chosen: bool
    decision: str

    @property
    def value_per_cost(self) -> float:
        """For ordering; what costs nothing comes first."""
        value = self.value or 0.0
        return value / self.cost if self.cost > 0 else float("inf") if value > 0 else 0.0


def candidates(contents: RunContents) -> tuple[Candidate, ...]:
    """One row for each project whose cost is known, in the order of the projects table.

    Of a project with options the chosen one, else the one of most value per cost.
    """
    names = {project.key: project.name for project in reversed(contents.portfolio.projects)}
    worth = worth_of(contents.portfolio, contents.scores).by_key
    decisions = {decision.key: decision for decision in contents.selection.decisions}
    counted = contents.costs.counted
    found: dict[str, Candidate] = {}
    for i, key in enumerate(contents.costs.keys):
        if not contents.costs.is_known[i]:
            continue
        decision = decisions.get(key)
        value = worth.get(key) if decision is None else decision.value
        candidate = Candidate(
            i,
            key,
            names.get(key, key.label),
            int(counted[i]),
            value,
            decision is not None and decision.is_chosen,
            decision.decision if decision is not None else "",
        )
        held = found.get(key.project_id)
        if held is None or (not held.is_chosen and _is_before(candidate, held)):
            found[key.project_id] = candidate
    return tuple(sorted(found.values(), key=lambda candidate: candidate.row))


def _is_before(one: Candidate, other: Candidate) -> bool:
    return one.is_chosen or one.value_per_cost > other.value_per_cost


@dataclass(frozen=True)
class Largest:
    """The projects of most cost: the chosen first, then by cost.

    Attributes
    ----------
    sizes
        What the bubbles are as large as: the benefit where each has one, else the cost to go.
        [cents]
    sized_by
        "benefit" or "cost to go".
    """

    projects: tuple[Candidate, ...]
    sizes: tuple[int, ...]
    sized_by: str


def largest_projects(contents: RunContents) -> Largest | None:
    """The largest projects that have a cost and a value; None where there are none."""
    found = [c for c in candidates(contents) if c.cost > 0 and c.value is not None]
    found = sorted(found, key=lambda c: (-c.cost, c.key.label, c.row))[:MAX_LARGEST]
    if not found:
        return None
    found.sort(key=lambda c: not c.is_chosen)
    benefits: dict[ProjectKey, float | None] = {
        project.key: project.benefit for project in reversed(contents.portfolio.projects)
    }
    earned = [benefits.get(c.key) or 0.0 for c in found]
    if all(benefit > 0 for benefit in earned):
        return Largest(tuple(found), tuple(round(100 * b) for b in earned), "benefit")
    return Largest(tuple(found), tuple(c.cost for c in found), "cost to go")
