"""Why each project is in or out, in one sentence that can be checked against the model."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.selection.exchange import Exchanges
from xlportfolio.selection.explain_chosen import ChosenReasons
from xlportfolio.selection.explain_fixed import explain_fixed
from xlportfolio.selection.explain_left_out import LeftOutReasons
from xlportfolio.selection.explained import Case, Explained
from xlportfolio.selection.model import Choice, SelectionModel


def explain(
    model: SelectionModel,
    chosen: Choice,
    *,
    in_flight: Sequence[bool] = (),
    in_flight_because: Sequence[str] = (),
    is_cost_known: Sequence[bool] = (),
    currency: str | None = None,
) -> tuple[Explained, ...]:
    """Say of each row why it is in the portfolio or not.

    Parameters
    ----------
    model
        The choice.
    chosen : shape (n,)
        A portfolio within every limit, usually the best one.
    in_flight : shape (n,)
        What has started or is committed; where not given, what `model.current` has.
    in_flight_because
        By row, "38% complete" and the like; may be left out.
    is_cost_known
        By row; all of them where left out.
    currency
        Of all money, such as "GBP".

    Returns
    -------
    One for each row, in the order of the model. What a sentence names was checked: every budget
    named is exceeded if the row comes in, and without the projects named there is room for it.
    """
    case = Case(
        Exchanges(model, chosen),
        tuple(in_flight) or tuple(model.current.tolist()),
        tuple(in_flight_because) or ("",) * len(model.keys),
        tuple(is_cost_known) or (True,) * len(model.keys),
        currency,
    )
    of_chosen, of_left_out = ChosenReasons(case), LeftOutReasons(case)
    return tuple(
        explain_fixed(case, case.fixed[row])
        if row in case.fixed
        else of_chosen.of(row)
        if case.chosen[row]
        else of_left_out.of(row)
        for row in range(len(model.keys))
    )
