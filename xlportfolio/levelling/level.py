"""Level a portfolio: from its tables to a plan with a reason for every start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

import numpy as np

from xlportfolio.costing.answer import CostTable
from xlportfolio.defaults import EFFORT, MAX_DELAY
from xlportfolio.levelling.anneal import LevelledStarts, default_effort, level_starts
from xlportfolio.levelling.answer import Plan, ProjectPlan
from xlportfolio.levelling.build import PlanInput, plan_input
from xlportfolio.levelling.explain import Reasons
from xlportfolio.levelling.model import IntArray
from xlportfolio.money import money_text
from xlportfolio.plan_calendar import first_day, month_label, moved
from xlportfolio.records import ProjectKey
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed


def level(
    portfolio: Portfolio,
    costs: CostTable,
    *,
    chosen: Collection[ProjectKey] | None,
    seed: int = 1,
    effort: float = EFFORT,
    should_stop: Callable[[], bool] | None = None,
    max_delay: int = MAX_DELAY,
    budget: BudgetChange | None = None,
) -> Plan:
    """Move starts of what has not started so that people needed fit the people there are.

    Parameters
    ----------
    portfolio
        Its capacity and demand say who is needed when; its links what waits for what.
    costs
        Of the same portfolio; they move along, and budgets that held still hold.
    chosen
        Rows that are in the plan; None for all that go on or may begin, an option of each.
    seed
        The same seed gives the same plan.
    effort
        How long to search, against the default of 1; see `default_effort`.
    should_stop
        Asked often; once it is true the best plan so far is returned.
    max_delay
        How much later a project may start that states no latest start. [months]
    budget
        Other money than the budgets say.

    Returns
    -------
    The plan; "skipped" without capacity or demand, with the table to add.
    """
    if not portfolio.capacity:
        return Plan(
            "skipped",
            "There is no capacity: add a table of it, a row for each role and the people there are "
            "of it [FTE] in each period.",
        )
    if not portfolio.demand:
        return Plan(
            "skipped",
            "There is no demand: add a table of it, a row for each project and role and the people "
            "it needs [FTE] in each period.",
        )
    given = plan_input(portfolio, costs, chosen=chosen, max_delay=max_delay, budget=budget)
    model = given.model
    n_movable = int((model.earliest < model.latest).sum())
    levelled = level_starts(
        model,
        seed=seed,
        effort=round(effort * default_effort(n_movable)),
        should_stop=should_stop,
    )
    return _plan(given, levelled, portfolio.settings.currency)


def _plan(given: PlanInput, levelled: LevelledStarts, currency: str | None) -> Plan:
    model, starts = given.model, levelled.starts
    reasons = Reasons(given, starts, currency)
    over, notes = _budgets(given, starts, currency)
    return Plan(
        status=levelled.status,
        projects=tuple(
            _project(given, row, int(starts[row]), reasons) for row in range(len(starts))
        ),
        roles=given.roles,
        months=given.months,
        capacity=model.capacity,
        before=model.load(model.planned),
        after=reasons.load,
        shortfall_before=levelled.shortfall_before,
        shortfall_after=levelled.shortfall_after,
        breaches=(*over, *_broken_links(given, starts)),
        was_stopped=levelled.was_stopped,
        cautions=given.cautions,
        notes=(*given.notes, *notes),
        shortfall_bound=levelled.bound,
    )


def _project(given: PlanInput, row: int, start: int, reasons: Reasons) -> ProjectPlan:
    project, span = given.projects[row], given.spans[row]
    shift = start - int(given.model.planned[row])
    finish = project.finish
    if finish is None and span.last is not None:
        finish = first_day(span.last + 1) - timedelta(days=1)
    return ProjectPlan(
        key=given.model.keys[row],
        start=project.start,
        finish=finish,
        new_start=None if project.start is None else moved(project.start, shift),
        new_finish=None if finish is None else moved(finish, shift),
        months_moved=shift,
        reason=reasons.of(row),
        can_move=bool(given.model.earliest[row] < given.model.latest[row]),
    )


def _budgets(
    given: PlanInput, starts: IntArray, currency: str | None
) -> tuple[list[str], list[str]]:
    """Budgets that are exceeded, and those that are no more."""
    over: list[str] = []
    same: list[str] = []
    notes: list[str] = []
    shifts = starts - given.model.planned
    for budget in given.model.budgets:
        before = budget.used(np.zeros_like(shifts)) - budget.amount
        after = budget.used(shifts) - budget.amount
        was, now = money_text(before, currency), money_text(after, currency)
        if after > 0 and before == after:
            same.append(f"{budget.name} by {now}")
        elif after > 0 and before > 0:
            over.append(f"The {budget.name} is exceeded by {now}; as planned by {was}.")
        elif after > 0:
            over.append(f"The {budget.name} is exceeded by {now}; as planned it holds.")
        elif before > 0:
            notes.append(
                f"The {budget.name} is exceeded by {was} as planned; as proposed it holds."
            )
    if same:
        one = len(same) == 1
        over.append(
            f"{'A budget is' if one else f'{len(same)} budgets are'} exceeded as planned, and by "
            f"as much as proposed: {listed(same)}."
        )
    return over, notes


def _broken_links(given: PlanInput, starts: IntArray) -> list[str]:
    """Finish-to-start links that neither the plan as it is keeps nor any other in the windows."""
    said = []
    first, names = given.months.first, given.names
    for link in given.impossible:
        if starts[link.after] >= starts[link.before] + link.months:
            continue
        starts_in = month_label(first + int(starts[link.after]))
        earliest = month_label(first + int(starts[link.before]) + link.months)
        said.append(
            f"{names[link.after]} starts in {starts_in}; after {names[link.before]} it could start "
            f"in {earliest} at the earliest, which their windows do not allow: both stay as "
            "planned."
        )
    return said
