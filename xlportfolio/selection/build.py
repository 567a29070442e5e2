"""The choice as numbers, built from the tables of a portfolio: values, costs, rules and limits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.costing.answer import CostTable
from xlportfolio.keys import name_key
from xlportfolio.lifecycle import ended_because
from xlportfolio.money import money_text
from xlportfolio.plan_calendar import month_label
from xlportfolio.records import Project, ProjectKey
from xlportfolio.scoring.answer import Scores
from xlportfolio.scoring.worth import Worth, worth_of
from xlportfolio.selection.answer import BudgetUse, CategoryUse
from xlportfolio.selection.budget_limits import BudgetChange, BudgetSpan, budget_spans
from xlportfolio.selection.fixed_rows import FloatArray, fixed_rows, reads_as_yes
from xlportfolio.selection.link_rules import read_links
from xlportfolio.selection.model import BudgetLimit, Choice, SelectionModel, ShareLimit
from xlportfolio.tables import Portfolio


@dataclass(frozen=True)
class BuiltModel:
    """The model, and what is said of how it came about.

    Attributes
    ----------
    projects
        One for each row of the model.
    spans
        The months and kinds of each budget of the model, in its order.
    cautions, notes
        What a person should know, and what was assumed, in sentences.
    freed
        Rows in flight that may be stopped.
    """

    model: SelectionModel
    projects: tuple[Project, ...]
    spans: tuple[BudgetSpan, ...]
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    freed: tuple[ProjectKey, ...] = ()


def why_no_selection(
    portfolio: Portfolio, scores: Scores | None, *, budget: BudgetChange | None = None
) -> str:
    """Why there is nothing to choose by, with the table to add; "" where there is.

    Parameters
    ----------
    portfolio
        As its tables say.
    scores
        None, or skipped, where the projects were not scored.
    budget
        One total that was given in place of budgets serves as a budget.
    """
    projects = [project for project in portfolio.projects if ended_because(project) is None]
    if not projects:
        return "There is nothing to choose: no project of the projects table is still to be done."
    if not portfolio.budgets and (budget is None or budget.total_cents is None):
        return (
            "There are no budgets to choose within: add a table of budgets, with a row for each "
            "period and kind of money or one total, or give a total when rebalancing."
        )
    if worth_of(portfolio, scores).is_known:
        return ""
    more = f" {scores.why}" if scores is not None and scores.why else ""
    return (
        "There is nothing to choose by, because no project has a value or a score: add a column "
        f"of values to the projects, or tables of criteria and ratings.{more}"
    )


def build_model(
    portfolio: Portfolio,
    costs: CostTable,
    scores: Scores | None,
    *,
    free: Collection[str] = (),
    budget: BudgetChange | None = None,
) -> BuiltModel:
    """Put the choice into numbers.

    Parameters
    ----------
    portfolio
        As its tables say; there is something to choose by (see `why_no_selection`).
    costs
        What each row costs; the rows of the model are its rows.
    scores
        What a row is worth where no project has a value of its own.
    free
        IDs of projects in flight that may be stopped; "all" for every one.
    budget
        Other money than the budgets say.

    Raises
    ------
    InputError
        If `free` names no project of the portfolio.
    """
    by_key = {project.key: project for project in portfolio.projects}
    projects = tuple(by_key[key] for key in costs.keys)
    worth = worth_of(portfolio, scores)
    values, has_value = _values(worth, costs)
    beforehand = fixed_rows(
        portfolio, projects, costs, values, has_value, worth=worth.name, free=free
    )
    in_whatever = {one.row for one in beforehand.fixed if one.is_in}
    links = read_links(portfolio.links, portfolio.projects, costs, in_whatever)
    decided = {one.row for one in beforehand.fixed}
    ruled_out = {one.row: one for one in reversed(links.shut_out) if one.row not in decided}
    fixed = sorted((*beforehand.fixed, *ruled_out.values()), key=lambda one: one.row)
    spans, limit_cautions, limit_notes = budget_spans(portfolio, costs, budget=budget)
    model = SelectionModel(
        keys=costs.keys,
        values=values,
        has_value=has_value,
        cost=costs.counted,
        exit_cost=costs.exit_cost,
        current=np.array(
            [
                in_flight or reads_as_yes(project.current_decision)
                for in_flight, project in zip(costs.is_in_flight, projects, strict=True)
            ],
            dtype=np.bool_,
        ),
        budgets=tuple(_limit(span, costs) for span in spans),
        shares=_shares(portfolio, projects),
        fixed=tuple(fixed),
        alternatives=_alternatives(costs.keys),
        links=links.rules,
        value_name=worth.name,
        names=tuple(project.title for project in projects),
    )
    return BuiltModel(
        model,
        projects,
        spans,
        (
            *_all_before_the_plan(portfolio, costs),
            *beforehand.cautions,
            *links.cautions,
            *limit_cautions,
        ),
        (*beforehand.notes, *limit_notes),
        tuple(costs.keys[row] for row in beforehand.freed),
    )


def budget_uses(model: SelectionModel, chosen: Choice) -> tuple[BudgetUse, ...]:
    """What a portfolio takes of each budget, with what stopping costs.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        The portfolio.
    """
    return tuple(
        BudgetUse(
            limit.name,
            limit.period,
            limit.kind,
            limit.amount,
            int(limit.cost[chosen].sum() + limit.exit[~chosen].sum()),
            limit.kinds,
        )
        for limit in model.budgets
    )


def category_uses(model: SelectionModel, chosen: Choice) -> tuple[CategoryUse, ...]:
    """What each category has of the money of a portfolio, against its limits.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        The portfolio.
    """
    total = int(model.cost[chosen].sum())
    uses = []
    for share in model.shares:
        cost = int(model.cost[chosen & share.is_member].sum())
        part = cost / total if total else 0.0
        uses.append(CategoryUse(share.category, cost, part, share.least, share.most, share.target))
    return tuple(uses)


def _values(worth: Worth, costs: CostTable) -> tuple[FloatArray, Choice]:
    """What each row is worth, 0 where that is not known, and whether it is."""
    found = [worth.by_key[key] for key in costs.keys]
    values = np.array([0.0 if one is None else one for one in found], dtype=np.float64)
    return values, np.array([one is not None for one in found], dtype=np.bool_)


def _limit(span: BudgetSpan, costs: CostTable) -> BudgetLimit:
    kinds = list(span.kinds)
    months = costs.to_go[:, span.positions.start : span.positions.stop, :]
    cost = months[:, :, kinds].sum(axis=(1, 2))
    if span.counts_undated:
        cost = cost + costs.undated[:, kinds].sum(axis=1)
    exit_cost = costs.exit_cost if span.takes_exit else np.zeros_like(costs.exit_cost)
    is_part = span.kind is None and len(kinds) < len(costs.kinds)
    names = tuple(costs.kinds[k] for k in kinds) if is_part else None
    return BudgetLimit(span.name, span.period, span.kind, span.amount, cost, exit_cost, names)


def _shares(portfolio: Portfolio, projects: Sequence[Project]) -> tuple[ShareLimit, ...]:
    of_rows = [name_key(project.category or "") for project in projects]
    shares: dict[str, ShareLimit] = {}
    for one in portfolio.categories:
        category = name_key(one.category)
        member = np.array([own == category for own in of_rows], dtype=np.bool_)
        shares.setdefault(
            category,
            ShareLimit(one.category, one.min_share, one.max_share, member, one.target_share),
        )
    return tuple(shares.values())


def _all_before_the_plan(portfolio: Portfolio, costs: CostTable) -> tuple[str, ...]:
    """That every cost lies before the plan, so that the choice is between projects for nothing."""
    settings = portfolio.settings
    sunk = int(costs.sunk.sum())
    is_dated = any(one.period is not None for project in portfolio.projects for one in project.cost)
    if sunk <= 0 or costs.counted.any() or not is_dated:
        return ()
    remedy = "Enter the first period in the settings"
    if settings.first_period is not None:
        remedy = "Correct the first period in the settings"
    elif settings.status_date is not None:
        remedy = "Correct the status date, or enter the first period, in the settings"
    return (
        f"The plan begins in {month_label(costs.months.first)}, after all the money of the "
        f"projects ({money_text(sunk, settings.currency)}), so that no cost counts. {remedy}.",
    )


def _alternatives(keys: Sequence[ProjectKey]) -> tuple[tuple[int, ...], ...]:
    rows_of: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(key.project_id, []).append(row)
    return tuple(tuple(rows) for rows in rows_of.values() if len(rows) > 1)
