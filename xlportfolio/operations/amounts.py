"""Refuse figures that cannot be counted: beyond all measure, or money in another currency."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite

from xlportfolio.comparison import What
from xlportfolio.errors import InputError
from xlportfolio.money import money_text, to_cents
from xlportfolio.records import ProjectKey
from xlportfolio.selection.budget_limits import BudgetChange
from xlportfolio.tables import Portfolio

_MOST = 1e16
"""Of all money together: in cents it then fits whole numbers of 64 bits, moved about or not."""
_LONG = 1e15
_MOST_VALUE = 1e15
_MOST_WEIGHT = 1e12
_MOST_PEOPLE = 1e9


def require_countable(
    portfolio: Portfolio, sources: Callable[[ProjectKey, What], str | None]
) -> None:
    """Refuse tables whose money is too much to be added up to the cent, or a figure that is absurd.

    Parameters
    ----------
    portfolio
        As read from its tables.
    sources
        The cells that say something of a project.

    Raises
    ------
    InputError
        If all amounts together are beyond 10,000,000bn, naming the largest, or if a value, a weight
        or a number of people is more than can be meant.
    """
    for figure, most, what in _figures(portfolio):
        if abs(figure) > most:
            raise InputError(
                f"{what} is {_number(figure)}; expected a number up to {_number(most)}. Correct it."
            )
    amounts = list(_amounts(portfolio))
    if sum(abs(amount) for amount, _, _ in amounts) <= _MOST:
        return
    amount, what, key = max(amounts, key=lambda one: abs(one[0]))
    source = sources(key, "cost") if key is not None else None
    where = f" [{source}]" if source else ""
    raise InputError(
        f"The amounts of the tables add up to more than can be counted to the cent; the largest is "
        f"{what}, {_text(amount, portfolio.settings.currency)}{where}. Correct it, or the unit "
        "that the money is said to be in."
    )


def require_same_currency(portfolio: Portfolio, budget: BudgetChange | None) -> None:
    """Refuse a budget in another currency than the workbook's: nothing here knows a rate.

    Raises
    ------
    InputError
        If both currencies are known and differ.
    """
    currency = portfolio.settings.currency
    if budget is None or budget.currency is None or currency is None:
        return
    if budget.currency != currency:
        raise InputError(
            f"The budget is in {budget.currency}, and the workbook in {currency}; expected a "
            f"budget in {currency}."
        )


def _text(amount: float, currency: str | None) -> str:
    """An amount in a sentence; of many digits as Excel shows it: "1E+300"."""
    if abs(amount) <= _LONG:
        return money_text(to_cents(amount), currency)
    return f"{currency} {_number(amount)}" if currency and isfinite(amount) else _number(amount)


def _number(figure: float) -> str:
    return f"{figure:.3G}" if isfinite(figure) else "beyond every number"


def _figures(portfolio: Portfolio) -> Iterator[tuple[float, float, str]]:
    """Figures other than money that is counted: each with the most it can be, and its name."""
    for project in portfolio.projects:
        if project.value is not None:
            yield project.value, _MOST_VALUE, f"The value of {project.title}"
    for criterion in portfolio.criteria:
        if criterion.weight is not None:
            yield criterion.weight, _MOST_WEIGHT, f'The weight of "{criterion.criterion}"'
    for there in portfolio.capacity:
        yield there.capacity, _MOST_PEOPLE, f"The capacity of {there.role}"
    for need in portfolio.demand:
        whose = f"The demand of {need.project_id} for {need.role}"
        yield need.demand, _MOST_PEOPLE, whose


def _amounts(portfolio: Portfolio) -> Iterator[tuple[float, str, ProjectKey | None]]:
    """Every amount of money that is counted, what it is in words, and whose it is."""
    for project in portfolio.projects:
        for one in project.cost:
            yield one.amount, f"a cost of {project.title}", project.key
        others = {
            "the cost to go": project.cost_to_go,
            "the exit cost": project.exit_cost,
            "the money spent": project.spent_to_date,
            "the forecast cost": project.forecast_cost,
        }
        for name, amount in others.items():
            if amount is not None:
                yield amount, f"{name} of {project.title}", project.key
    for budget in portfolio.budgets:
        of_period = f" {budget.period.label}" if budget.period is not None else ""
        yield budget.budget, f"the budget{of_period}", None
