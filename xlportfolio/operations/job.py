"""The portfolio job: score, rebalance, level, and compare and reconcile what came out.

Each step is one core function; here they are put in a row, with what a step needs from the one
before. Nothing here knows a sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from xlportfolio.comparison import Comparison, ResultRow, What, compare
from xlportfolio.costing import CostTable, cost_table
from xlportfolio.keys import row_key
from xlportfolio.levelling.answer import Plan
from xlportfolio.levelling.level import level
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.runs import Deadline, Progress, never, no_progress
from xlportfolio.reconciliation import Reconciliation, reconcile
from xlportfolio.records import ProjectKey
from xlportfolio.scoring.answer import Scores
from xlportfolio.scoring.portfolio import score_portfolio
from xlportfolio.selection.answer import (
    DECISION_ORDER,
    FUNDED,
    Decision,
    ProjectDecision,
    Selection,
)
from xlportfolio.selection.rebalance import rebalance
from xlportfolio.tables import Portfolio

NOT_ASKED = "It was not asked for in this run."
_EVERY_PROJECT = (
    "No portfolio is proposed, so the plan holds every project that goes on or may begin."
)


@dataclass(frozen=True)
class JobAnswer:
    """What each step answered; a step that did not run is "skipped" and says why.

    Attributes
    ----------
    cautions
        What a person should know of the run as a whole, beside the cautions of its steps.
    """

    costs: CostTable
    scores: Scores
    selection: Selection
    plan: Plan
    comparison: Comparison
    reconciliation: Reconciliation
    seed: int
    steps: tuple[str, ...]
    cautions: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The status of each step that was asked for."""
        status = {
            "score": self.scores.status,
            "rebalance": self.selection.status,
            "level": self.plan.status,
        }
        return tuple(status[step] for step in self.steps)

    @property
    def needs_a_person(self) -> bool:
        """Whether a step that was asked for could not be done."""
        return any(status in ("skipped", "infeasible") for status in self.asked)


def do_job(
    portfolio: Portfolio,
    options: RunOptions,
    *,
    previous: Sequence[ResultRow] | None = None,
    rows_given: Mapping[str, int],
    sources: Callable[[ProjectKey, What], str | None],
    is_cancelled: Callable[[], bool] = never,
    progress: Progress = no_progress,
) -> JobAnswer:
    """Do the steps that were asked for, and score, which takes no time.

    Parameters
    ----------
    portfolio
        As read from its tables.
    options
        The steps, the seed, how long to search, other money.
    previous
        The results of the last run on the workbook; None if there was none. Where this run does
        not rebalance, its decisions stand.
    rows_given
        Rows of each canonical table in the workbook.
    sources
        The cells that say something of a project.
    is_cancelled
        Whether to stop searching and keep the best so far.
    progress
        Told each step.
    """
    seed = options.seed if options.seed is not None else portfolio.settings.seed
    deadline = Deadline(options.time_limit, is_cancelled)
    costs = cost_table(portfolio)
    progress("scoring")
    scores = score_portfolio(portfolio)  # in any case: the sheets are written as a whole
    if "rebalance" in options.steps:
        progress("choosing the portfolio")
        selection = rebalance(
            portfolio,
            costs,
            scores,
            free=options.free,
            budget=options.budget,
            effort=options.effort,
            should_stop=deadline.has_passed,
            time_limit=deadline.seconds_left(),
        )
    else:
        selection = _kept(previous, costs)
    if "level" in options.steps and selection.status != "infeasible":
        progress("levelling the plan")
        plan = level(
            portfolio,
            costs,
            chosen=_chosen(selection),
            seed=seed,
            effort=options.effort,
            should_stop=deadline.watched(progress, "levelling the plan"),
            max_delay=options.max_delay,
            budget=options.budget,
        )
        if plan.projects and not selection.decisions:
            plan = replace(plan, notes=(_EVERY_PROJECT, *plan.notes))
    elif "level" in options.steps:
        plan = Plan("skipped", "There is no portfolio to level: no choice keeps every limit.")
    else:
        plan = Plan("skipped", NOT_ASKED)
    progress("comparing and reconciling")
    after = result_rows(portfolio, costs, scores, selection, plan)
    currency = portfolio.settings.currency
    return JobAnswer(
        costs,
        scores,
        selection,
        plan,
        compare(previous, after, sources=sources, currency=currency),
        reconcile(
            portfolio,
            costs,
            scores,
            selection,
            plan,
            rows_given=rows_given,
            budget=options.budget,
        ),
        seed,
        options.steps,
    )


def result_rows(
    portfolio: Portfolio, costs: CostTable, scores: Scores, selection: Selection, plan: Plan
) -> tuple[ResultRow, ...]:
    """The results of a run, one row for each project that has not ended."""
    projects = {project.key: project for project in portfolio.projects}
    decisions = {decision.key: decision for decision in selection.decisions}
    plans = {one.key: one for one in plan.projects}
    rows = []
    for i, (key, counted) in enumerate(zip(costs.keys, costs.counted.tolist(), strict=True)):
        project, decision, planned = projects[key], decisions.get(key), plans.get(key)
        score = scores.of(key)
        rows.append(
            ResultRow(
                key=key,
                name=project.name,
                value=project.value,
                score=None if score is None else score.score,
                cost=counted if costs.is_known[i] else None,
                start=project.start,
                finish=project.finish,
                decision="" if decision is None else decision.decision,
                reason="" if decision is None else decision.reason,
                new_start=None if planned is None else planned.new_start,
            )
        )
    return tuple(rows)


def _chosen(selection: Selection) -> Collection[ProjectKey] | None:
    """The proposed portfolio; None where nothing was proposed, and so everything is planned."""
    if not selection.decisions:
        return None
    return [decision.key for decision in selection.decisions if decision.is_chosen]


def _kept(previous: Sequence[ResultRow] | None, costs: CostTable) -> Selection:
    """The decisions of the last run, where this one does not rebalance."""
    before = {row_key(*row.key): row for row in previous or () if row.decision in DECISION_ORDER}
    if not before:
        return Selection("skipped", NOT_ASKED)
    counted = dict(zip(costs.keys, costs.counted.tolist(), strict=True))
    has_values = any(row.value is not None for row in before.values())
    decisions = tuple(
        ProjectDecision(
            key=key,
            decision=cast(Decision, row.decision),
            reason=row.reason,
            is_chosen=row.decision in FUNDED,
            standing=None,
            value=row.value if has_values else row.score,
            cost=counted[key],
        )
        for key in costs.keys
        if (row := before.get(row_key(*key))) is not None
    )
    chosen = [decision for decision in decisions if decision.is_chosen]
    return Selection(
        "skipped",
        "The decisions are those of the last rebalancing; they were not computed anew.",
        value_name="value" if has_values else "score",
        decisions=decisions,
        total_value=sum(decision.value or 0.0 for decision in chosen),
        total_cost=sum(decision.cost for decision in chosen),
    )
