"""The recommendation and the five figures of PF Summary, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from xlportfolio.money import money_text
from xlportfolio.records import ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.report.counts import RunCounts, run_counts
from xlportfolio.selection.answer import DECISION_ORDER, FUNDED, BudgetUse, Decision
from xlportfolio.wording import counted

NOTHING = "–"
_CERTAIN = 1e-9
_BEST_NAMED = 3
_WORDS: Mapping[Decision, str] = {
    "Continue": "continue",
    "Start": "start",
    "Defer": "deferred",
    "Stop": "stopped",
    "Not funded": "not funded",
}


@dataclass(frozen=True)
class Figure:
    """A figure with what it is and what to know about it."""

    label: str
    figure: str
    note: str


def project_name(contents: RunContents, key: ProjectKey) -> str:
    """A project as a board reads it: "Leakage detection (NW-304, option A)"."""
    for project in contents.portfolio.projects:
        if project.key == key:
            return project.title
    return key.label


def better_possible(gap: float | None) -> str:
    """How far the portfolio may be from the best one.

    >>> better_possible(0.0031), better_possible(0.0)
    ('at most 0.4 % better possible', 'proven best')
    """
    if gap is None:
        return ""
    if gap <= _CERTAIN:
        return "proven best"
    return f"at most {math.ceil(gap * 1000 - _CERTAIN) / 10:.1f} % better possible"


def recommendation(contents: RunContents) -> tuple[str, str]:
    """What the run recommends, and a line of what goes with it."""
    selection = contents.selection
    if selection.decisions:
        return _portfolio_proposed(contents), _beside(contents)
    if selection.status == "infeasible":
        is_said = selection.why.startswith("No portfolio")
        lead = "" if is_said else "No portfolio keeps every limit. "
        said = f"{lead}{selection.why}".strip()
        return said, "Relax one of the limits named below, then run again."
    said = f"No portfolio is proposed. {selection.why}".strip()
    return said, _best_scores(contents)


def _portfolio_proposed(contents: RunContents) -> str:
    selection = contents.selection
    counts = _counts(contents)
    cost = money_text(selection.total_cost, contents.portfolio.settings.currency)
    money = f" for {cost}" if selection.total_cost else ""
    if selection.exit_cost:
        leaving = money_text(selection.exit_cost, contents.portfolio.settings.currency)
        money += f", with {leaving} more to leave what stops"
    said = f"Fund {counts.chosen:,} of {counted(counts.decided, 'project')}{money}."
    gap = better_possible(selection.gap)
    return f"{said} {gap[0].upper()}{gap[1:]} within the limits." if gap else said


def _beside(contents: RunContents) -> str:
    """The decisions in numbers, and what levelling did."""
    selection, plan = contents.selection, contents.plan
    counts = _counts(contents).by_decision
    said = [f"{counts[word]:,} {_WORDS[word]}" for word in DECISION_ORDER if counts[word]]
    sentences = [f"{', '.join(said).capitalize()}."]
    if selection.status == "skipped" and selection.why:
        sentences.append(selection.why)
    if plan.status != "skipped" and plan.n_moved:
        starts = "project starts" if plan.n_moved == 1 else "projects start"
        sentences.append(
            f"{plan.n_moved:,} {starts} at another time; people are short by "
            f"{fte(plan.shortfall_after)} instead of {fte(plan.shortfall_before)} FTE months."
        )
    elif plan.status != "skipped" and plan.shortfall_after > 0:
        sentences.append(f"People are short by {fte(plan.shortfall_after)} FTE months.")
    elif plan.status != "skipped":
        sentences.append("There are people enough in every month.")
    return " ".join(sentences)


def _best_scores(contents: RunContents) -> str:
    ranked = [project for project in contents.scores.projects if project.rank is not None]
    if not ranked:
        return ""
    best = sorted(ranked, key=lambda project: project.rank or 0)[:_BEST_NAMED]
    names = ", ".join(project_name(contents, project.key) for project in best)
    scored = f"{counted(_counts(contents).scored, 'project')} scored"
    return f"{scored}; the best: {names}." if len(ranked) > 1 else f"{scored}: {names}."


def _counts(contents: RunContents) -> RunCounts:
    return run_counts(contents.costs, contents.scores, contents.selection)


def figures(contents: RunContents, n_decisions: int, decisions_note: str) -> tuple[Figure, ...]:
    """The five figures of the first page.

    Parameters
    ----------
    contents
        What the run found.
    n_decisions
        How many decisions a person has to take.
    decisions_note
        What kinds of decisions they are.
    """
    return (
        _funded(contents),
        _money(contents),
        _value(contents),
        _people(contents),
        Figure("Decisions needed", f"{n_decisions:,}", decisions_note),
    )


def _funded(contents: RunContents) -> Figure:
    selection, counts = contents.selection, _counts(contents)
    if selection.decisions:
        decisions = counts.by_decision
        said = [f"{decisions[word]:,} {_WORDS[word]}" for word in FUNDED if decisions[word]]
        note = ", ".join(said) or "nothing continues or starts"
        return Figure("Projects funded", f"{counts.chosen:,} of {counts.decided:,}", note)
    if selection.status == "infeasible":
        return Figure("Projects funded", NOTHING, "no portfolio keeps every limit")
    if counts.scored:
        known = counted(counts.known, "project")
        return Figure("Projects scored", f"{counts.scored:,}", f"of {known}")
    return Figure("Projects", f"{counts.known:,}", "not scored, not chosen")


def _money(contents: RunContents) -> Figure:
    label = "Cost against budget"
    selection = contents.selection
    currency = contents.portfolio.settings.currency
    if not selection.decisions:
        why = "no portfolio" if selection.status == "infeasible" else "no portfolio proposed"
        return Figure(label, NOTHING, why)
    totals = budget_totals(selection.budgets)
    if totals is None:
        note = "as last rebalanced" if contents.portfolio.budgets else "no budget given"
        return Figure("Cost", money_text(selection.total_cost, currency), note)
    budget, used = totals
    share = f" ({100 * used / budget:.0f} % used)" if budget > 0 else ""
    note = f"of {money_text(budget, currency)}{share}"
    outside = selection.total_cost + selection.exit_cost - used
    if outside > 0:
        note += f"; {money_text(outside, currency)} more lies outside the budgets"
    return Figure(label, money_text(used, currency), note)


def _value(contents: RunContents) -> Figure:
    selection = contents.selection
    label = "Value" if selection.value_name == "value" else "Total score"
    if not selection.decisions:
        return Figure("Value", NOTHING, "no portfolio proposed")
    note = better_possible(selection.gap) or "as last rebalanced"
    return Figure(label, short_number(selection.total_value), note)


def _people(contents: RunContents) -> Figure:
    plan = contents.plan
    if plan.status == "skipped":
        return Figure("FTE shortfall", NOTHING, "the plan was not levelled")
    before, after = fte(plan.shortfall_before), fte(plan.shortfall_after)
    moved = f"; {counted(plan.n_moved, 'project')} moved" if plan.n_moved else ""
    if before == after:
        return Figure("FTE shortfall", after, f"FTE months{moved or '; nothing moved'}")
    return Figure("FTE shortfall", f"{before} → {after}", f"FTE months{moved}")


def budget_totals(budgets: tuple[BudgetUse, ...]) -> tuple[int, int] | None:
    """All money there is and what is used of it, each period once; None without budgets. [cents]

    Where a period has a limit for all money, that one counts, else the sum of its kinds.
    """
    if not budgets:
        return None
    budget = used = 0
    periods = dict.fromkeys(use.period for use in budgets)
    for period in periods:
        if period is None and len(periods) > 1:
            continue  # a total beside the periods is the same money again
        of_period = [use for use in budgets if use.period == period]
        whole = [use for use in of_period if use.kind is None] or of_period
        budget += sum(use.budget for use in whole)
        used += sum(use.used for use in whole)
    return budget, used


def fte(amount: float) -> str:
    """People in a sentence: one decimal, none from 100 on."""
    return f"{amount:,.0f}" if amount == 0 or amount >= 100 else f"{amount:,.1f}"


def short_number(value: float) -> str:
    """A value with three or four digits.

    >>> short_number(12.3456), short_number(0.5), short_number(18234.6)
    ('12.3', '0.50', '18,235')
    """
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:,.1f}" if size >= 10 else f"{value:,.2f}"
