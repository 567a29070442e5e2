"""The projects on the roadmap, with the dates that are proposed for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from xlportfolio.levelling.answer import ProjectPlan
from xlportfolio.plan_calendar import month_number, moved
from xlportfolio.records import Project, ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.scoring.worth import worth_of

NO_PROGRAMME = "No programme"

Look = Literal["under way", "starts", "deferred"]
"""How the bar of a project looks."""


@dataclass(frozen=True)
class RoadmapRow:
    """A project on the roadmap.

    Attributes
    ----------
    decision
        "" where none was proposed.
    cost
        What counts against the budgets; 0 where nobody knows it. [cents]
    is_cost_known
        Whether somebody does.
    start, finish
        As proposed; None where not known.
    planned_start
        As the tables have it.
    months_moved
        Against the planned start; more than 0 is later.
    """

    key: ProjectKey
    name: str
    programme: str
    decision: str
    cost: int
    is_cost_known: bool
    value: float
    start: date | None
    finish: date | None
    planned_start: date | None
    months_moved: int
    look: Look


def roadmap_rows(contents: RunContents) -> tuple[RoadmapRow, ...]:
    """Every project that the roadmap is about, in the order of the projects table.

    Chosen ones and deferred ones; every project with dates where no portfolio was proposed.
    """
    projects: dict[ProjectKey, Project] = {}
    for row in contents.portfolio.projects:
        projects.setdefault(ProjectKey(row.project_id, row.option), row)
    plans = {plan.key: plan for plan in contents.plan.projects}
    decisions = {decision.key: decision for decision in contents.selection.decisions}
    costs = contents.costs.counted
    worth = worth_of(contents.portfolio, contents.scores).by_key
    found = []
    for i, key in enumerate(contents.costs.keys):
        if key not in projects:
            continue
        project, decision, plan = projects[key], decisions.get(key), plans.get(key)
        if decision is not None and not (decision.is_chosen or decision.decision == "Defer"):
            continue
        if decision is None and (decisions or project.start is None):
            continue
        start, finish = _dates(project, plan)
        look: Look = "under way" if contents.costs.is_in_flight[i] else "starts"
        months = plan.months_moved if plan is not None else 0
        if decision is not None and not decision.is_chosen:
            look = "deferred"
            if decision.defer_to is not None:
                start, finish, months = _deferred(start, finish, decision.defer_to)
        value = worth.get(key) if decision is None else decision.value
        found.append(
            RoadmapRow(
                key=key,
                name=project.name if key.option is None else f"{project.name}, option {key.option}",
                programme=project.programme or NO_PROGRAMME,
                decision=decision.decision if decision is not None else "",
                cost=int(costs[i]),
                is_cost_known=bool(contents.costs.is_known[i]),
                value=value or 0.0,
                start=start,
                finish=finish,
                planned_start=project.start,
                months_moved=months,
                look=look,
            )
        )
    return tuple(found)


def _dates(project: Project, plan: ProjectPlan | None) -> tuple[date | None, date | None]:
    """Start and finish as proposed; a finish that the table lacks follows from the duration."""
    start, finish = project.start, project.finish
    if plan is not None:
        start, finish = plan.new_start or start, plan.new_finish or finish
    if finish is None and start is not None and project.duration:
        months = max(round(project.duration), 1)
        finish = moved(start.replace(day=1), months) - timedelta(days=1)
    return start, finish


def _deferred(start: date | None, finish: date | None, to: date) -> tuple[date, date | None, int]:
    """The dates of a project that starts later and takes as long as before, and by how much."""
    if start is None:
        return to, None, 0
    months = month_number(to) - month_number(start)
    return to, moved(finish, months) if finish is not None else None, months
