"""What a run found about each project, brought together, in the order in which a board reads it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from xlportfolio.levelling.answer import ProjectPlan
from xlportfolio.levelling.moved_costs import moved_costs
from xlportfolio.money import Cents, from_cents
from xlportfolio.records import Project, ProjectKey
from xlportfolio.report.contents import RunContents
from xlportfolio.scoring.answer import ProjectScore
from xlportfolio.scoring.worth import worth_of
from xlportfolio.selection.answer import DECISION_ORDER, Decision, ProjectDecision

_NEXT_TO_NOTHING = 0.02
_SIZES = ((1.0, ""), (1e3, "k"), (1e6, "m"), (1e9, "bn"))
_SIZE_WORDS = {"": "unit of cost", "k": "thousand", "m": "million", "bn": "billion"}


@dataclass(frozen=True)
class ResultLine:
    """All that a run found about a project or option.

    Attributes
    ----------
    position
        Its row in the cost table.
    cost
        What counts of it; None where that is not known. [cents]
    worth
        What it is worth, as the choice had it where there was one; None where not known.
    """

    key: ProjectKey
    position: int
    project: Project
    score: ProjectScore | None
    decision: ProjectDecision | None
    plan: ProjectPlan | None
    cost: int | None
    worth: float | None

    @property
    def is_chosen(self) -> bool:
        """Whether it is in the proposed portfolio."""
        return self.decision is not None and self.decision.is_chosen

    @property
    def decided(self) -> Decision | None:
        """The proposed decision."""
        return None if self.decision is None else self.decision.decision

    @property
    def reason(self) -> str | None:
        """Why it is proposed."""
        return None if self.decision is None else self.decision.reason or None

    @property
    def standing(self) -> str | None:
        """Whether the decision is firm or marginal."""
        return None if self.decision is None else self.decision.standing

    @property
    def scored(self) -> float | None:
        """Its score. [0..1]"""
        return None if self.score is None else self.score.score

    @property
    def rank(self) -> int | None:
        """Its rank; 1 is the best."""
        return None if self.score is None else self.score.rank

    @property
    def levelled_start(self) -> date | None:
        """The start that levelling proposes, whether or not it runs."""
        return None if self.plan is None else self.plan.new_start

    @property
    def proposed_start(self) -> date | None:
        """When it should start; None where nothing is proposed, and for what is not to run."""
        if self.decision is not None and self.decision.decision == "Defer":
            return self.decision.defer_to
        if self.decision is not None and not self.is_chosen:
            return None
        if self.plan is not None:
            return self.plan.new_start
        return self.project.start if self.is_chosen else None

    @property
    def proposed_finish(self) -> date | None:
        """When it should finish; None where nothing is proposed, and for what does not run."""
        if self.decision is not None and not self.is_chosen:
            return None
        if self.plan is not None:
            return self.plan.new_finish
        return self.project.finish if self.is_chosen else None


def result_lines(contents: RunContents) -> list[ResultLine]:
    """A line for each project that has not ended, in the order of DECISION_ORDER, then by rank."""
    projects = {project.key: project for project in contents.portfolio.projects}
    decisions = {decision.key: decision for decision in contents.selection.decisions}
    plans = {plan.key: plan for plan in contents.plan.projects}
    counted = contents.costs.counted.tolist()
    worth = worth_of(contents.portfolio, contents.scores).by_key
    lines = []
    for i, key in enumerate(contents.costs.keys):
        project = projects.get(key) or Project(project_id=key.project_id, name=key.project_id)
        cost = counted[i] if contents.costs.is_known[i] else None
        decision, score = decisions.get(key), contents.scores.of(key)
        value = worth.get(key) if decision is None else decision.value
        lines.append(ResultLine(key, i, project, score, decision, plans.get(key), cost, value))
    return sorted(lines, key=_as_read)


def _as_read(line: ResultLine) -> tuple[int, float, float, int]:
    decided, rank, worth = line.decided, line.rank, line.worth
    return (
        len(DECISION_ORDER) if decided is None else DECISION_ORDER.index(decided),
        np.inf if rank is None else rank,
        np.inf if worth is None else -worth,
        line.position,
    )


def cumulative_costs(lines: Sequence[ResultLine]) -> Mapping[ProjectKey, int]:
    """What is funded, added up in the order of value for money: the most value per cost first.

    What costs nothing stands first and what has no value last; equal ones stand in the order of the
    projects table. [cents]
    """

    def order(line: ResultLine) -> tuple[float, int]:
        if line.worth is None:
            return np.inf, line.position
        if not line.cost:
            return -np.inf, line.position
        return -line.worth / line.cost, line.position

    added: dict[ProjectKey, int] = {}
    total = 0
    for line in sorted((line for line in lines if line.is_chosen), key=order):
        total += line.cost or 0
        added[line.key] = total
    return added


@dataclass(frozen=True)
class ValuePerCost:
    """Value for money of each project, in a unit that gives figures people can compare."""

    heading: str
    number_format: str
    by_key: Mapping[ProjectKey, float]


def value_per_cost(contents: RunContents, lines: Sequence[ResultLine]) -> ValuePerCost:
    """Value for each pound, thousand, million or billion, whichever suits the median project."""
    per_unit = {
        line.key: line.worth / from_cents(line.cost)
        for line in lines
        if line.cost and line.cost > 0 and line.worth is not None
    }
    middle = statistics.median(map(abs, per_unit.values())) if per_unit else 0.0
    size, letter = next((size for size in _SIZES if middle * size[0] >= 0.1), _SIZES[-1])
    currency = contents.portfolio.settings.currency
    unit = f"{currency} {letter}".strip() if currency else _SIZE_WORDS[letter]
    name = worth_of(contents.portfolio, contents.scores).name
    is_value = (contents.selection.value_name if contents.selection.decisions else name) == "value"
    shown = middle * size
    number_format = "#,##0" if shown >= 1000 else "0.0" if shown >= 10 else "0.00"
    if shown < 1000 <= max(map(abs, per_unit.values()), default=0.0) * size:
        number_format = f"[>=100]#,##0;{number_format}"  # the largest are far above the usual one
    return ValuePerCost(
        f"{'Value' if is_value else 'Score'} per {unit}",
        number_format,
        {key: value * size for key, value in per_unit.items()},
    )


@dataclass(frozen=True)
class YearlyCosts:
    """What each project costs in each fiscal year, as proposed.

    Attributes
    ----------
    labels
        The Y fiscal years that have money.
    years : shape (n, Y)
        In the order of the cost table. [cents]
    later : shape (n,)
        In no such year, or without dates. [cents]
    others
        What that is, for the heading.
    """

    labels: tuple[str, ...]
    years: Cents
    later: Cents
    others: str


def yearly_costs(contents: RunContents, most_years: int) -> YearlyCosts:
    """Costs by fiscal year after the moves that levelling proposes.

    Parameters
    ----------
    contents
        What the run found.
    most_years
        Years with money beyond so many are added to what comes later.
    """
    costs = contents.costs
    shifts = {plan.key: plan.months_moved for plan in contents.plan.projects if plan.months_moved}
    to_go, undated = moved_costs(costs, shifts)
    by_month = to_go.sum(axis=2)
    in_years = [
        (year.label, by_month[:, months.start : months.stop].sum(axis=1))
        for year, months in costs.months.years
    ]
    with_money = [(label, cents) for label, cents in in_years if cents.any()]
    settings = contents.portfolio.settings
    by_year = [int(abs(cents).sum()) for _, cents in with_money]
    if settings.first_period is None and settings.status_date is None:
        first = _richest(by_year, most_years)
    else:
        first = _first_shown(by_year, most_years)
    shown = with_money[first : first + most_years]
    amounts = np.zeros((len(costs.keys), len(shown)), dtype=np.int64)
    for y, (_, cents) in enumerate(shown):
        amounts[:, y] = cents
    total = by_month.sum(axis=1) + undated.sum(axis=1)
    labels = tuple(label for label, _ in shown)
    others = "Other years or undated" if first else "Later or undated"
    return YearlyCosts(labels, amounts, total - amounts.sum(axis=1), others)


def _richest(money: Sequence[int], most_years: int) -> int:
    """From which year on they are shown where no date says which years are to come."""
    starts = range(max(1, len(money) - most_years + 1))
    return max(starts, key=lambda first: sum(money[first : first + most_years]))


def _first_shown(money: Sequence[int], most_years: int) -> int:
    """From which year on they are shown: where not all fit, the first ones may be next to nothing.

    A plan that no date begins reaches back to the oldest project.
    """
    if len(money) <= most_years:
        return 0
    before = 0
    for y, cents in enumerate(money):
        before += cents
        if before > _NEXT_TO_NOTHING * sum(money):
            return y
    return 0
