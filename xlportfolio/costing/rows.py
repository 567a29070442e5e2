"""What one row of the projects costs: its profile, its cost to go, or what stands in for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from xlportfolio.costing.placing import Placed, Placing, Sum
from xlportfolio.costing.timeline import Span, project_span
from xlportfolio.money import to_cents
from xlportfolio.records import LATER, Amount, Project

Assumption = Literal[
    "scaled",
    "spread to go",
    "less spent",
    "nothing spent",
    "overspent",
    "cost to go instead",
    "forecast instead",
]


@dataclass(frozen=True)
class RowCost:
    """What a row of the projects costs, and what was assumed for it. [cents]

    Attributes
    ----------
    adjusted
        What the cost to go or the forecast adds to the cost of the table.
    assumed
        What had to be assumed, for the notes.
    is_total
        Whether nothing of the cost is said for a time of its own.
    """

    name: str
    placed: Placed
    table_cost: int
    is_known: bool = True
    adjusted: int = 0
    assumed: frozenset[Assumption] = frozenset()
    is_total: bool = False


def row_cost(project: Project, is_in_flight: bool, placing: Placing) -> RowCost:
    """Work out what a row costs from now on.

    Parameters
    ----------
    project
        It has not ended.
    is_in_flight
        Whether it has begun or is committed.
    placing
        The plan that its money is placed in.
    """
    span = project_span(project)
    amounts = [(one.period, one.kind, to_cents(one.amount)) for one in project.cost]
    table_cost = sum(cents for _, _, cents in amounts)
    cost_to_go = None if project.cost_to_go is None else to_cents(project.cost_to_go)
    row = RowCost(project.title, Placed(), table_cost, is_total=_is_a_total(project.cost))
    if project.cost:
        row = dataclasses.replace(row, placed=placing.place(amounts, span))
        if is_in_flight and cost_to_go is not None:
            spent = None if project.spent_to_date is None else to_cents(project.spent_to_date)
            return _stated(row, cost_to_go, spent, span, placing)
    elif cost_to_go is not None:
        placed = placing.place([(None, None, cost_to_go)], span)
        return dataclasses.replace(
            row, placed=placed, adjusted=cost_to_go, assumed=frozenset({"cost to go instead"})
        )
    elif project.forecast_cost is not None:
        forecast = to_cents(project.forecast_cost)
        placed = placing.place([(None, None, forecast)], span)
        row = dataclasses.replace(
            row, placed=placed, adjusted=forecast, assumed=frozenset({"forecast instead"})
        )
    else:
        return dataclasses.replace(row, is_known=False)
    if not is_in_flight or not row.is_total:
        return row
    if project.spent_to_date:
        return _less_spent(row, to_cents(project.spent_to_date))
    return dataclasses.replace(row, assumed=row.assumed | {"nothing spent"})


def _stated(
    row: RowCost, cost_to_go: int, spent: int | None, span: Span, placing: Placing
) -> RowCost:
    """Work that goes on and says what is still to be spent."""
    placed, counted = row.placed, row.placed.future
    if counted == cost_to_go:
        return row
    is_split = row.is_total and spent is not None and spent + cost_to_go == counted + placed.sunk
    if counted > 0 and is_split:
        # The total is told in two parts that agree with it: nothing is adjusted or assumed.
        placed.scaled_to(cost_to_go)
        placed.sunk += counted - cost_to_go
        return row
    if counted > 0:
        placed.scaled_to(cost_to_go)
        assumed: Assumption = "scaled"
    else:  # No shape of what is to come: it is spread as a total is.
        fresh: Sum = (None, None, cost_to_go)
        placed = dataclasses.replace(placing.place([fresh], span), sunk=placed.sunk)
        assumed = "spread to go"
    return dataclasses.replace(
        row, placed=placed, adjusted=cost_to_go - counted, assumed=row.assumed | {assumed}
    )


def _is_a_total(cost: Sequence[Amount]) -> bool:
    """Whether nothing of a cost is said for a time to come, so that it is the whole life's."""
    return all(one.period is None and one.kind != LATER for one in cost)


def _less_spent(row: RowCost, spent: int) -> RowCost:
    """Work that goes on and says what it costs in all and what is spent of it."""
    placed, counted = row.placed, row.placed.future
    left = min(counted, counted + placed.sunk - spent)
    if counted <= 0 or left == counted:
        return row
    assumed: Assumption = "less spent" if left >= 0 else "overspent"
    placed.scaled_to(max(left, 0))
    placed.sunk += counted - max(left, 0)
    return dataclasses.replace(row, assumed=row.assumed | {assumed})


def cents_of(cost: Sequence[Amount]) -> int:
    """The sum of a cost, each amount rounded by itself. [cents]"""
    return sum(to_cents(one.amount) for one in cost)
