"""What a run found, as text for people: what is proposed first, then what needs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from xlportfolio.comparison import Change
from xlportfolio.money import money_text
from xlportfolio.operations.running import RunResult
from xlportfolio.operations.telling import counted_problems
from xlportfolio.operations.waiting_formulas import waiting_line
from xlportfolio.report.counts import RunCounts, run_counts
from xlportfolio.report.summary_words import better_possible
from xlportfolio.selection.answer import Decision
from xlportfolio.wording import counted, visible_line

_DECISIONS: tuple[Decision, ...] = get_args(Decision)
_MOST = 5
_MOST_BUDGETS = 20


def tell_run(result: RunResult) -> str:
    """The recommendation, the figures of each step, cautions, and where the sheets are."""
    steps = result.answer.steps
    lines = [f"{result.workbook.name}: {_projects(result)}"]
    if "score" in steps:
        lines += _score(result)
    if "rebalance" in steps:
        lines += _rebalance(result)
    if "level" in steps:
        lines += _level(result)
    lines += _some("Changed", map(_change, result.answer.comparison.changes))
    lines += _some("Caution", result.cautions)
    if result.found.problems or result.found.mapping.questions:
        said = counted_problems(result.found.problems, result.found.mapping.questions)
        lines += ["", f"In the data: {said} See PF Problems, or run: xlportfolio check"]
    lines += ["", f'Wrote {", ".join(result.sheets)} to "{result.output}".']
    if result.waiting:
        lines.append(waiting_line(result.waiting, result.output))
    if result.warning:
        lines.append(result.warning)
    return "\n".join(map(visible_line, lines))


def _counts(result: RunResult) -> RunCounts:
    answer = result.answer
    return run_counts(answer.costs, answer.scores, answer.selection)


def _projects(result: RunResult) -> str:
    counts = _counts(result)
    ended = f", {counts.ended} more ended" if counts.ended else ""
    return f"{counted(counts.known, 'project')}{ended}"


def _score(result: RunResult) -> list[str]:
    scores = result.answer.scores
    if scores.status == "skipped":
        return ["", f"Scores: skipped. {scores.why}"]
    titles = {project.key: project.title for project in result.found.portfolio.projects}
    ranked = sorted(
        (
            project
            for project in scores.projects
            if project.rank is not None and project.score is not None
        ),
        key=lambda project: (project.rank or 0, project.key.order),
    )
    n_criteria = len(scores.criteria)
    criteria = "1 criterion" if n_criteria == 1 else f"{n_criteria} criteria"
    n_scored = _counts(result).scored
    more = f", {len(ranked)} with their options," if len(ranked) > n_scored else ""
    lines = ["", f"Scores: {counted(n_scored, 'project')}{more} on {criteria}. The best:"]
    lines += [
        f"  {project.rank:>3}  {project.score:.3f}  {titles[project.key]}"
        for project in ranked[:_MOST]
    ]
    return lines


def _rebalance(result: RunResult) -> list[str]:
    selection = result.answer.selection
    currency = result.found.portfolio.settings.currency
    if selection.status == "skipped":
        return ["", f"Portfolio: skipped. {selection.why}"]
    if selection.status == "infeasible":
        lines = ["", f"Portfolio: none is possible. {selection.why}"]
        return lines + [f"  {conflict}" for conflict in selection.conflicts]
    counts = _counts(result).by_decision
    said = ", ".join(f"{word} {counts[word]}" for word in _DECISIONS if counts[word])
    best = better_possible(selection.gap)
    cost = money_text(selection.total_cost, currency)
    lines = ["", f"Portfolio: {said}."]
    lines.append(f"  Value {selection.total_value:.4g} for {cost}; {best}.")
    shown = [
        use for k, use in enumerate(selection.budgets) if k < _MOST_BUDGETS or use.used > use.budget
    ]
    for use in shown:
        over = "  over" if use.used > use.budget else ""
        lines.append(
            f"  {use.name}: {money_text(use.used, currency)} of "
            f"{money_text(use.budget, currency)}{over}"
        )
    if len(shown) < len(selection.budgets):
        lines.append(f"  and {len(selection.budgets) - len(shown)} more budgets, all kept")
    return lines


def _level(result: RunResult) -> list[str]:
    plan = result.answer.plan
    if plan.status == "skipped":
        return ["", f"Plan: skipped. {plan.why}"]
    of_what = "Plan" if result.answer.selection.decisions else "Plan of every project"
    if plan.n_moved == 0:
        said = (
            f"people are short by {plan.shortfall_after:.1f} FTE months; nothing is moved."
            if plan.shortfall_after > 0
            else "people suffice as it stands; nothing has to move."
        )
        return ["", f"{of_what}: {said}", *_some("Breach", plan.breaches)]
    titles = {project.key: project.title for project in result.found.portfolio.projects}
    lines = [
        "",
        f"{of_what}: {counted(plan.n_moved, 'project')} moved; people short by "
        f"{plan.shortfall_before:.1f} FTE months before, {plan.shortfall_after:.1f} after.",
    ]
    moved = [project for project in plan.projects if project.months_moved]
    lines += [f"  {titles[one.key]}: {one.reason}" for one in moved[:_MOST]]
    if len(moved) > _MOST:
        lines.append(f"  and {len(moved) - _MOST} more on PF Results")
    return lines + _some("Breach", plan.breaches)


def _change(change: Change) -> str:
    """What changed since the last run, with the cell it comes from."""
    return f"{change.sentence} [{change.source}]" if change.source else change.sentence


def _some(word: str, sentences: Iterable[str]) -> list[str]:
    said = list(sentences)
    lines = [f"{word}: {sentence}" for sentence in said[:_MOST]]
    if len(said) > _MOST:
        lines.append(f"{word}: {len(said) - _MOST} more on PF Summary.")
    return ["", *lines] if lines else []
