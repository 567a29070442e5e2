"""What every project costs from now on, row by row, and what was assumed on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlportfolio.costing.answer import NO_KIND, CostTable
from xlportfolio.costing.assumptions import sentences
from xlportfolio.costing.placing import Placing, kinds_of
from xlportfolio.costing.rows import cents_of, row_cost
from xlportfolio.costing.timeline import plan_months
from xlportfolio.keys import name_key
from xlportfolio.lifecycle import ended_because, in_flight_because
from xlportfolio.money import Cents, to_cents
from xlportfolio.records import Project, ProjectKey
from xlportfolio.tables import Portfolio


def cost_table(portfolio: Portfolio) -> CostTable:
    """Work out what each project costs from now on, by month and kind.

    Parameters
    ----------
    portfolio
        As its tables say.

    Notes
    -----
    Of work in flight the cost to go counts, spread as the profile of what is to come; where only a
    total is given, the total less what was spent. Money before the plan is sunk. Without a cost the
    cost to go or the forecast stands in for it.

    Examples
    --------
    >>> from datetime import date
    >>> from xlportfolio.records import Amount, Settings
    >>> bridge = Project(
    ...     project_id="P1",
    ...     name="Bridge",
    ...     start=date(2026, 5, 1),
    ...     finish=date(2026, 6, 30),
    ...     cost=(Amount(amount=1000.0),),
    ... )
    >>> costs = cost_table(Portfolio((bridge,), settings=Settings(first_period=date(2026, 4, 1))))
    >>> costs.months.labels, costs.to_go[0, :, 0].tolist()
    (('Apr-26', 'May-26', 'Jun-26'), [0, 50000, 50000])
    """
    settings = portfolio.settings
    projects: list[Project] = []
    ended: list[tuple[ProjectKey, str]] = []
    ended_cost: list[int] = []
    for project in portfolio.projects:
        why = ended_because(project)
        if why is None:
            projects.append(project)
        else:
            ended.append((project.key, why))
            ended_cost.append(cents_of(project.cost))
    planned = plan_months(portfolio, projects)
    months = planned.months
    kinds = kinds_of(
        [budget.kind for budget in portfolio.budgets],
        (amount.kind for project in projects for amount in project.cost),
    )
    placing = Placing(months, {name_key(kind): k for k, kind in enumerate(kinds)}, len(kinds))
    because = [
        in_flight_because(project, settings.status_date, settings.currency) for project in projects
    ]
    rows = [
        row_cost(project, bool(why), placing)
        for project, why in zip(projects, because, strict=True)
    ]
    to_go = _array([row.placed.cells for row in rows], (months.n_months, len(kinds) + 1))
    undated = np.zeros((len(rows), len(kinds) + 1), dtype=np.int64)
    for i, row in enumerate(rows):
        for k, cents in row.placed.undated.items():
            undated[i, k] = cents
    if kinds and not to_go[:, :, -1].any() and not undated[:, -1].any():
        to_go, undated = to_go[:, :, :-1], undated[:, :-1]
    else:
        kinds = (*kinds, NO_KIND)
    return CostTable(
        keys=tuple(project.key for project in projects),
        months=months,
        kinds=kinds,
        to_go=to_go,
        undated=undated,
        sunk=_column([row.placed.sunk for row in rows]),
        exit_cost=_column(
            [
                to_cents(project.exit_cost) if why and project.exit_cost is not None else 0
                for project, why in zip(projects, because, strict=True)
            ]
        ),
        is_known=tuple(row.is_known for row in rows),
        is_in_flight=tuple(bool(why) for why in because),
        in_flight_because=tuple(because),
        ended=tuple(ended),
        ended_cost=tuple(ended_cost),
        table_cost=_column([row.table_cost for row in rows]),
        adjusted=_column([row.adjusted for row in rows]),
        notes=tuple(note for note in (planned.note, *sentences(rows, settings.currency)) if note),
        cautions=(planned.caution,) if planned.caution else (),
    )


def _column(cents: Sequence[int]) -> Cents:
    return np.array(cents, dtype=np.int64)


def _array(cells: Sequence[dict[tuple[int, int], int]], shape: tuple[int, int]) -> Cents:
    """The cells of all rows as one array."""
    array = np.zeros((len(cells), *shape), dtype=np.int64)
    at = [(i, t, k) for i, row in enumerate(cells) for t, k in row]
    if at:
        amounts = [cents for row in cells for cents in row.values()]
        array[tuple(np.array(at, dtype=np.intp).T)] = amounts
    return array
