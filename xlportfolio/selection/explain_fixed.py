"""Why a row that is decided beforehand is in or out: a mandate, work in flight, what is unknown."""

from __future__ import annotations

from xlportfolio.selection.answer import Decision
from xlportfolio.selection.explained import Case, Explained
from xlportfolio.selection.model import Fixed
from xlportfolio.selection.wording import capital, sentence


def explain_fixed(case: Case, fixed: Fixed) -> Explained:
    """Say which rule decides a row.

    Parameters
    ----------
    case
        The choice.
    fixed
        What the rule says, and of which row.
    """
    row, text = fixed.row, fixed.reason.rstrip(". ")
    if fixed.why == "in flight":
        because = case.because[row] or text
        state = f"In flight ({because})" if because else "In flight"
        if not case.is_known[row]:
            return Explained("Continue", sentence(f"{state}; its cost to go is not known"))
        to_go = case.money(int(case.model.cost[row]))
        return Explained("Continue", sentence(f"{state}; {to_go} to go", ", kept by rule"))
    if fixed.is_in:
        decision: Decision = "Continue" if case.in_flight[row] else "Start"
        return Explained(decision, sentence(f"Mandatory: {text or 'no reason is given'}"))
    out: Decision = "Stop" if case.in_flight[row] else "Not funded"
    if fixed.why == "mandate":
        return Explained(out, sentence(f"Ruled out: {text or 'no reason is given'}"))
    if text:
        return Explained(out, sentence(capital(text)))
    unknown = (
        "Its cost is not known, so that no budget can be set against it"
        if fixed.why == "no cost"
        else f"Its {case.model.value_name} is not known, so that nothing says what it is worth"
    )
    return Explained(out, sentence(unknown))
