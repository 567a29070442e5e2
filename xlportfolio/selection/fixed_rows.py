"""Rows that are decided before anything is chosen: mandates, work in flight, what is unknown."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlportfolio.costing.answer import CostTable
from xlportfolio.errors import InputError
from xlportfolio.keys import join_key
from xlportfolio.records import Link, Project, ProjectKey
from xlportfolio.selection.model import Choice, Fixed
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed

FloatArray = NDArray[np.float64]

ALL = "all"
"""In place of an ID: every project in flight."""

_YES = frozenset(
    {
        *("funded", "fund", "approved", "approve", "yes", "y", "in"),
        *("continue", "continued", "start", "started", "go", "keep"),
    }
)
"""Past decisions that put a project into the portfolio."""


def reads_as_yes(decision: str | None) -> bool:
    """Whether a past decision says that the project is in the portfolio.

    >>> reads_as_yes("Approved (March board)"), reads_as_yes("Not funded"), reads_as_yes(None)
    (True, False, False)
    """
    return re.split(r"[,;:(–—]", decision or "")[0].strip().casefold() in _YES


@dataclass(frozen=True)
class FixedRows:
    """What is decided beforehand, in the order of the rows, and what is said of it.

    Attributes
    ----------
    freed
        Rows in flight that may be stopped.
    """

    fixed: tuple[Fixed, ...]
    freed: tuple[int, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]


def fixed_rows(
    portfolio: Portfolio,
    projects: Sequence[Project],
    costs: CostTable,
    values: FloatArray,
    has_value: Choice,
    *,
    worth: str,
    free: Collection[str] = (),
) -> FixedRows:
    """Decide what mandates, work in flight and missing figures decide.

    Parameters
    ----------
    portfolio
        Its links say what kept work needs.
    projects
        One for each row of the costs.
    costs
        What is in flight, and whose cost is known.
    values, has_value : shape (n,)
        What each row is worth, and whether that is known.
    worth
        What people call it: "value" or "score".
    free
        IDs of projects in flight that may be stopped; "all" for every one.

    Raises
    ------
    InputError
        If `free` names no project of the portfolio.
    """
    cautions: list[str] = []
    notes: list[str] = []
    freed = _freed(portfolio, projects, costs, free, notes)
    mandated = _mandated_options(projects, costs, values, has_value, worth, cautions)
    fixed = _fixed(projects, costs, has_value, freed, mandated, cautions, worth)
    fixed = _without_needed(fixed, projects, portfolio.links, cautions)
    kept = {one.row for one in fixed if one.is_in and one.why == "in flight"}
    may_stop = tuple(
        row for row in sorted(freed) if row not in kept and projects[row].force not in ("In", "Out")
    )
    cautions += _about_freed([projects[row] for row in may_stop])
    if not any(costs.is_known) and any(one.why == "no cost" for one in fixed):
        cautions.append(
            "No project has a cost, so that nothing new can be funded: add a column of costs, or "
            "one for each year, to the table of projects."
        )
    return FixedRows(tuple(fixed), may_stop, tuple(cautions), tuple(notes))


def _freed(
    portfolio: Portfolio,
    projects: Sequence[Project],
    costs: CostTable,
    free: Collection[str],
    notes: list[str],
) -> set[int]:
    """Rows in flight that a person allows to stop, in the table or in this run."""
    asked = list(dict.fromkeys([free] if isinstance(free, str) else free))
    freed = {
        row
        for row, project in enumerate(projects)
        if project.force == "Freed" and costs.is_in_flight[row]
    }
    known = {join_key(project.project_id): project.project_id for project in portfolio.projects}
    idle: list[str] = []
    for word in asked:
        if word.strip().casefold() == ALL and join_key(word) not in known:
            freed |= {row for row, is_one in enumerate(costs.is_in_flight) if is_one}
            continue
        project_id = known.get(join_key(word))
        if project_id is None:
            example = next(
                (
                    k.project_id
                    for k, is_one in zip(costs.keys, costs.is_in_flight, strict=True)
                    if is_one
                ),
                None,
            )
            such = "" if example is None else f" such as {example}"
            raise InputError(
                f'"{word}" cannot be freed, because no project has this ID; expected the ID of a '
                f'project in flight{such}, or "{ALL}" for every one.'
            )
        rows = {
            row
            for row, key in enumerate(costs.keys)
            if key.project_id == project_id and costs.is_in_flight[row]
        }
        if not rows:
            idle.append(project_id)
        freed |= rows
    if idle:
        is_are = "is" if len(idle) == 1 else "are"
        notes.append(f"{listed(idle)} {is_are} not in flight: to free it changes nothing.")
    return freed


def _fixed(
    projects: Sequence[Project],
    costs: CostTable,
    has_value: Choice,
    freed: Collection[int],
    mandated: Mapping[str, int],
    cautions: list[str],
    worth: str,
) -> list[Fixed]:
    """The rows that are decided beforehand, in their order."""
    fixed: list[Fixed] = []
    not_costed: list[str] = []
    not_judged: list[str] = []
    kept_options = _kept_options(projects, costs, freed, cautions)
    for row, project in enumerate(projects):
        in_flight, is_known = costs.is_in_flight[row], costs.is_known[row]
        if project.force == "In" and mandated.get(project.project_id, row) != row:
            continue  # At most one option is chosen, and another one is mandatory.
        if project.force in ("In", "Out"):
            is_in = project.force == "In"
            fixed.append(Fixed(row, is_in, "mandate", project.reason or ""))
            if is_in and not is_known:
                not_costed.append(project.title)
        elif in_flight and (row not in freed or not has_value[row]):
            if row in freed:
                not_judged.append(project.title)
            if kept_options.get(project.project_id, row) == row:
                fixed.append(Fixed(row, True, "in flight", costs.in_flight_because[row]))
                if not is_known:
                    not_costed.append(project.title)
        elif in_flight and not is_known:
            not_costed.append(project.title)
        elif not in_flight and not is_known:
            fixed.append(Fixed(row, False, "no cost"))
        elif not in_flight and not has_value[row]:
            fixed.append(Fixed(row, False, "no value"))
    if not_costed:
        cautions.append(
            f"The cost of {listed(not_costed)} is not known: nothing is counted for "
            f"{'it' if len(not_costed) == 1 else 'them'}, so that the budgets may not suffice."
        )
    if not_judged:
        is_are, it = ("is", "it") if len(not_judged) == 1 else ("are", "they")
        cautions.append(
            f"{listed(not_judged)} may be stopped, but {is_are} kept, because no {worth} says "
            f"what {it} {is_are} worth."
        )
    return fixed


def _without_needed(
    fixed: Sequence[Fixed],
    projects: Sequence[Project],
    links: Sequence[Link],
    cautions: list[str],
) -> list[Fixed]:
    """Let in what work that is kept needs, though its cost or value is not known.

    Else a rating that is missing would leave no portfolio at all.
    """
    needs: dict[str, list[str]] = {}
    for link in links:
        if link.type in ("Requires", "Together"):
            needs.setdefault(link.from_, []).append(link.to)
        if link.type == "Together":
            needs.setdefault(link.to, []).append(link.from_)
    kept = {projects[one.row].project_id for one in fixed if one.is_in}
    needed_by: dict[str, str] = {}
    queue = deque(sorted(kept))
    while queue:
        here = queue.popleft()
        for other in needs.get(here, ()):
            if other not in kept and other not in needed_by:
                needed_by[other] = here
                queue.append(other)
    unknown = {one.row for one in fixed if one.why in ("no cost", "no value")}
    shut: dict[str, bool] = {}
    for row, project in enumerate(projects):
        shut[project.project_id] = shut.get(project.project_id, True) and row in unknown
    names = {project.project_id: _whole_name(project) for project in reversed(projects)}
    let_in = [one for one in needed_by if shut.get(one, False)]
    for project_id in let_in:
        by = needed_by[project_id]
        cautions.append(
            f"{names[project_id]} may come in, although its cost or its worth is "
            f"not known, because {names.get(by, by)} needs it."
        )
    return [
        one for one in fixed if one.row not in unknown or projects[one.row].project_id not in let_in
    ]


def _mandated_options(
    projects: Sequence[Project],
    costs: CostTable,
    values: FloatArray,
    has_value: Choice,
    worth: str,
    cautions: list[str],
) -> dict[str, int]:
    """The option that is taken of each project with several mandatory options: one at most can be.

    The one in flight, else the one worth most, else the cheapest, else the first by its name.
    """
    rows_of: dict[str, list[int]] = {}
    for row, project in enumerate(projects):
        if project.force == "In":
            rows_of.setdefault(project.project_id, []).append(row)
    counted = costs.counted
    taken: dict[str, int] = {}
    for project_id, rows in rows_of.items():
        if len(rows) < 2:
            continue
        taken[project_id] = row = min(
            rows,
            key=lambda row: (
                not costs.is_in_flight[row],
                not costs.is_known[row],
                not has_value[row],
                -values[row],
                counted[row],
                costs.keys[row].label,
            ),
        )
        why = "which is in flight" if costs.is_in_flight[row] else f"by {worth} and then by cost"
        cautions.append(
            f"{len(rows)} options of {_whole_name(projects[row])} are marked In, of which "
            f"one at most can be chosen: {projects[row].title} is taken, {why}. Mark the one that "
            "is mandatory."
        )
    return taken


def _kept_options(
    projects: Sequence[Project], costs: CostTable, freed: Collection[int], cautions: list[str]
) -> dict[str, int]:
    """The option that goes on, of each project with several options in flight.

    At most one option can be chosen: the one that is in the portfolio now, else the first. Where
    an option is mandatory none of the others is kept.
    """
    rows_of: dict[str, list[int]] = {}
    for row, project in enumerate(projects):
        rows_of.setdefault(project.project_id, []).append(row)
    kept: dict[str, int] = {}
    for project_id, rows in rows_of.items():
        if len(rows) < 2:
            continue
        if any(projects[row].force == "In" for row in rows):
            kept[project_id] = -1
            continue
        going = [
            row
            for row in rows
            if costs.is_in_flight[row] and row not in freed and projects[row].force != "Out"
        ]
        if len(going) < 2:
            continue
        current = [row for row in going if reads_as_yes(projects[row].current_decision)]
        kept[project_id] = (current or going)[0]
        if len(current) != 1:
            cautions.append(
                f"{len(going)} options of {_whole_name(projects[rows[0]])} are in flight, "
                f"of which one at most can go on: {projects[kept[project_id]].title} is kept. "
                "Mark the one that goes on as In."
            )
    return kept


def _whole_name(project: Project) -> str:
    """A project as a board reads it, whichever of its options a row is."""
    return ProjectKey(project.project_id).titled(project.name)


def _about_freed(projects: Sequence[Project]) -> list[str]:
    without = [project.title for project in projects if project.exit_cost is None]
    if not without:
        return []
    states = "states" if len(without) == 1 else "state"
    return [
        f"{listed(without)} may be stopped and {states} no exit cost: stopping is taken to cost "
        "nothing."
    ]
