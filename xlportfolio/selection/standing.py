"""Whether a decision is firm: whether a little less or more money would change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from xlportfolio.selection.model import Choice, SelectionModel
from xlportfolio.selection.solve import solve_selection

Standing = Literal["firm", "marginal"]

MARGIN = 5
"""How much less and more of every budget is tried. [per cent]"""


_NONE_WITH_LESS = (
    f"With {MARGIN} % less of every budget no portfolio keeps every limit, so that it is not said "
    "which of the chosen projects are marginal."
)
_NOT_PROVEN = (
    f"What is firm and what is marginal rests on portfolios with {MARGIN} % less and more money "
    "that are not proven best."
)


@dataclass(frozen=True)
class Standings:
    """Whether each row is firm.

    Attributes
    ----------
    rows : shape (n,)
        "marginal" for a chosen row that 5 % less money puts out and for one left out that 5 % more
        brings in, "firm" for the others; None where a rule decides, or where there is nothing to
        compare with.
    cautions, notes
        What a person should know, in sentences.
    """

    rows: tuple[Standing | None, ...]
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def standings(
    model: SelectionModel,
    chosen: Choice,
    *,
    effort: int,
    should_stop: Callable[[], bool] | None = None,
    time_limit: float | None = None,
) -> Standings:
    """Tell for each row whether 5 % less or more of every budget changes its decision.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        The portfolio of most value within the budgets as they are.
    effort
        For each of the two portfolios that it is compared with.
    should_stop
        Where it says so, what is not known yet stays None.
    time_limit
        For each of the two. [s]
    """
    n = len(model.keys)
    decided = {fixed.row for fixed in model.fixed}
    known: list[Standing | None] = [None] * n
    cautions: list[str] = []
    is_proven = True
    for is_less in (True, False):
        concerned = [r for r in range(n) if r not in decided and bool(chosen[r]) == is_less]
        if not concerned or (should_stop is not None and should_stop()):
            continue
        percent = 100 - MARGIN if is_less else 100 + MARGIN
        other: Choice | None = chosen
        if model.budgets:
            solved = solve_selection(
                _with_budgets(model, percent),
                effort=effort,
                should_stop=should_stop,
                time_limit=time_limit,
            )
            other = solved.chosen
            is_proven = is_proven and solved.status != "feasible"
            if other is None and is_less and not solved.was_stopped:
                cautions.append(_NONE_WITH_LESS)
        if other is None:
            continue
        for row in concerned:
            known[row] = "firm" if bool(other[row]) == is_less else "marginal"
    notes = () if is_proven else (_NOT_PROVEN,)
    return Standings(tuple(known), tuple(cautions), notes)


def _with_budgets(model: SelectionModel, percent: int) -> SelectionModel:
    """The model with so many per cent of every budget, in whole cents."""
    budgets = tuple(replace(limit, amount=limit.amount * percent // 100) for limit in model.budgets)
    return replace(model, budgets=budgets)
