"""What a run found, made by hand: a small water company's portfolio of two fiscal years.

Every figure here is typed or follows from one line of arithmetic, so that the sheets can be checked
against it. It has options, all five decisions, moved starts, capex and opex, problems, changes
since the last run, and a reconciliation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import numpy as np

from xlportfolio.comparison import Change, Comparison
from xlportfolio.costing import CostTable
from xlportfolio.levelling.answer import Plan, ProjectPlan
from xlportfolio.money import spread_cents
from xlportfolio.plan_calendar import PlanMonths, month_number, moved
from xlportfolio.problems import Problem
from xlportfolio.reconciliation import ReconciledLine, Reconciliation
from xlportfolio.records import Amount, Criterion, Project, ProjectKey, Settings
from xlportfolio.report.contents import LogRow, RunContents
from xlportfolio.scoring.answer import ProjectScore, ScoredCriterion, Scores
from xlportfolio.selection.answer import (
    BudgetUse,
    CategoryUse,
    Decision,
    ProjectDecision,
    Selection,
)
from xlportfolio.tables import Portfolio
from xlportfolio.workbook.mapping.located import LocatedProblem

MONTHS = PlanMonths(month_number(date(2026, 4, 1)), 24, 4)
YEAR_1, YEAR_2 = (year for year, _ in MONTHS.years)
CRITERIA = (
    ScoredCriterion("Strategic fit", 0.5, "max", 1.0, 5.0, False, "Safe, clean water"),
    ScoredCriterion("Risk reduction", 0.3, "max", 1.0, 5.0, False, "Safe, clean water"),
    ScoredCriterion("Delivery risk", 0.2, "min", 1.0, 5.0, False, "Deliver on time"),
)
SETTINGS = Settings(
    currency="GBP",
    unit="thousands",
    price_base="2026/27",
    fiscal_first_month=4,
    status_date=date(2026, 3, 31),
)


@dataclass(frozen=True)
class Line:
    """A project by hand: money in GBP k, `ratings` by criterion, `months` moved."""

    id: str
    name: str
    option: str | None
    programme: str
    category: str
    sponsor: str | None
    lifecycle: str
    start: date | None
    finish: date | None
    capex: float
    opex: float
    ratings: tuple[float | None, ...]
    decision: Decision
    reason: str
    standing: Literal["firm", "marginal"] | None = None
    current: str | None = None
    months: int = 0
    in_flight: str = ""


def _day(text: str) -> date:
    return date.fromisoformat(text)


_R, _S, _D, _E = "Clean rivers", "Resilient supply", "Digital", "Estates"

LINES: tuple[Line, ...] = (
    Line("NW-301", "Sludge treatment upgrade", None, _R, "Growth", "A. Okafor", "active",
         _day("2025-06-01"), _day("2027-03-31"), 4200, 350, (5, 4, 3), "Continue",
         "It is under way (active) and is kept.", None, "Approved", 0, "active"),
    Line("NW-302", "Storm overflow programme, phase 2", None, _R, "Compliance", "A. Okafor",
         "active", _day("2025-09-01"), _day("2027-09-30"), 6120, 240, (5, 5, 3), "Continue",
         "It is under way (started on 1 Sep 2025) and is kept.", None, "Approved", 0,
         "started on 1 Sep 2025"),
    Line("NW-303", "Reservoir lining at Elmham", None, _S, "Compliance", "R. Vance", "approved",
         _day("2026-05-01"), _day("2026-12-31"), 1875.5, 40, (4, 5, 2), "Start",
         "It is mandatory: drinking water inspector's notice of 2025.", None, "Approved"),
    Line("NW-304", "Leakage detection", "A", _S, "Growth", "R. Vance", "proposed",
         _day("2026-07-01"), _day("2027-06-30"), 1480, 260, (4, 3, 2), "Start",
         "Its value per cost is the best of its options, and every budget carries it.", "firm",
         "Deferred", 2),
    Line("NW-304", "Leakage detection", "B", _S, "Growth", "R. Vance", "proposed",
         _day("2026-07-01"), _day("2027-09-30"), 2390, 310, (5, 3, 3), "Not funded",
         "Option A is chosen: B costs GBP 960k more for 0.05 more score.", "firm", "Deferred"),
    Line("NW-305", "Smart metering, north", None, _D, "Growth", "L. Brandt", "proposed",
         _day("2026-06-01"), _day("2027-11-30"), 3150, 480, (4, 2, 4), "Defer",
         "The capex budget 2026/27 is spent on projects worth more; the money left over in "
         "2027/28 carries it from Apr-27.", "marginal", None),
    Line("NW-306", "Customer portal", None, _D, "Growth", "L. Brandt", "active",
         _day("2025-11-01"), _day("2026-10-31"), 620, 95, (2, 1, 2), "Stop",
         "Freed by the sponsor; stopping saves GBP 715k less GBP 60k exit cost, which Leakage "
         "detection (NW-304) uses better.", "firm", "Approved", 0, "active"),
    Line("NW-307", "Control room consolidation", None, _D, "Resilience", "L. Brandt", "approved",
         _day("2026-09-01"), _day("2027-08-31"), 1260, 120, (3, 4, 2), "Start",
         "Every budget carries it.", "firm", None, 3),
    Line("NW-308", "Flood defence at Wick", None, _R, "Resilience", None, "proposed",
         _day("2026-10-01"), _day("2028-01-31"), 2740.25, 0, (4, 4, 3), "Start",
         "Every budget carries it.", "marginal", None, -1),
    Line("NW-309", "Depot roof", None, _E, "Upkeep", "M. Silva", "proposed",
         _day("2026-05-01"), _day("2026-09-30"), 310, 0, (1, 2, 1), "Not funded",
         "The opex and capex it needs in 2026/27 go to Control room consolidation (NW-307), worth "
         "more for the same money.", "firm"),
    Line("NW-310", "Fleet of electric vans", None, _E, "Upkeep", "M. Silva", "proposed",
         _day("2026-08-01"), _day("2027-07-31"), 940, 55, (2, 1, 2), "Not funded",
         "The capex budget 2026/27 does not reach to it: GBP 412k are missing.", "firm"),
    Line("NW-311", "Pumping station renewal, 14 sites", None, _S, "Upkeep", "R. Vance", "active",
         _day("2024-04-01"), _day("2026-11-30"), 2105.37, 118.4, (4, 4, 2), "Continue",
         "It is under way (62% complete) and is kept.", None, "Approved", 0, "62% complete"),
    Line("NW-312", "Trunk main replacement", None, _S, "Resilience", "R. Vance", "active",
         _day("2025-01-15"), _day("2028-12-31"), 5480, 90, (5, 4, 4), "Continue",
         "It is under way (started on 15 Jan 2025) and is kept.", None, "Approved", 0,
         "started on 15 Jan 2025"),
    Line("NW-313", "Laboratory information system", None, _D, "Upkeep", "L. Brandt", "proposed",
         None, None, 450, 130, (2, 2, None), "Not funded",
         "It excludes Control room consolidation (NW-307), which is worth more.", "marginal"),
    Line("NW-314", "Catchment partnership", None, _R, "Compliance", "A. Okafor", "proposed",
         _day("2026-04-01"), _day("2027-03-31"), 0, 385, (3, 3, 1), "Start",
         "Every budget carries it.", "firm", None),
    Line("NW-315", "Solar panels at treatment works", None, _E, "Growth", "M. Silva", "proposed",
         _day("2026-09-01"), _day("2027-05-31"), 0, 0, (None, None, None), "Not funded",
         "Its cost is not known; enter it in Projects!G19 and run again.", None),
)  # fmt: skip

MANDATORY = ("NW-303",)
FREED = ("NW-306",)
EXIT_COST = {"NW-306": 60}
UNKNOWN_COST = ("NW-315",)
ENDED = (
    (ProjectKey("NW-205"), "Borehole refurbishment", "closed", 118_000_000),
    (ProjectKey("NW-217"), "Intake screens", "cancelled", 24_050_000),
)


def key_of(line: Line) -> ProjectKey:
    return ProjectKey(line.id, line.option)


def _cents(thousands: float) -> int:
    return round(thousands * 100_000)


def spread_over(line: Line, thousands: float) -> tuple[list[int], int]:
    """A line's money by month of the plan, and what lies in none. [cents]"""
    by_month = [0] * MONTHS.n_months
    cents = _cents(thousands)
    if line.start is None or line.finish is None:
        return by_month, cents
    first = max(month_number(line.start), MONTHS.first)
    n_months = month_number(line.finish) - first + 1
    later = 0
    for offset, part in enumerate(spread_cents(cents, n_months)):
        t = first + offset - MONTHS.first
        if t < MONTHS.n_months:
            by_month[t] += part
        else:
            later += part
    return by_month, later


def cost_table(lines: Sequence[Line] = LINES) -> CostTable:
    to_go = np.zeros((len(lines), MONTHS.n_months, 2), dtype=np.int64)
    undated = np.zeros((len(lines), 2), dtype=np.int64)
    for i, line in enumerate(lines):
        for k, thousands in enumerate((line.capex, line.opex)):
            by_month, later = spread_over(line, thousands)
            to_go[i, :, k] = by_month
            undated[i, k] = later
    zeros = np.zeros(len(lines), dtype=np.int64)
    exits = [_cents(EXIT_COST.get(line.id, 0)) for line in lines]
    return CostTable(
        keys=tuple(key_of(line) for line in lines),
        months=MONTHS,
        kinds=("Capex", "Opex"),
        to_go=to_go,
        undated=undated,
        sunk=zeros,
        exit_cost=np.array(exits, dtype=np.int64),
        is_known=tuple(line.id not in UNKNOWN_COST for line in lines),
        is_in_flight=tuple(bool(line.in_flight) for line in lines),
        in_flight_because=tuple(line.in_flight for line in lines),
        ended=tuple((key, state) for key, _, state, _ in ENDED),
        ended_cost=tuple(cost for *_, cost in ENDED),
        table_cost=to_go.sum(axis=(1, 2)) + undated.sum(axis=1),
        adjusted=zeros,
        notes=("The cost of 1 project has no dates; it counts in the total, in no fiscal year.",),
    )


def contributions_of(line: Line) -> tuple[float | None, ...]:
    parts: list[float | None] = []
    for criterion, rating in zip(CRITERIA, line.ratings, strict=True):
        if rating is None:
            parts.append(None)
            continue
        better = rating - 1 if criterion.direction == "max" else 5 - rating
        parts.append(criterion.weight * better / 4)
    return tuple(parts)


def score_of(line: Line) -> float | None:
    parts = [part for part in contributions_of(line) if part is not None]
    return sum(parts) if parts else None


def scores(lines: Sequence[Line] = LINES) -> Scores:
    values = [score_of(line) for line in lines]
    projects = []
    for line, value in zip(lines, values, strict=True):
        better = sum(1 for other in values if other is not None and other > (value or 0))
        several = line.id in ("NW-304", "NW-305")
        projects.append(
            ProjectScore(
                key=key_of(line),
                score=value,
                rank=None if value is None else better + 1,
                ratings=line.ratings,
                contributions=contributions_of(line),
                n_assessors=0 if value is None else 3 if several else 1,
                disagreement=0.5 if several else None,
                disagreed_on="Delivery risk" if several else None,
                missing=tuple(
                    criterion.name
                    for criterion, rating in zip(CRITERIA, line.ratings, strict=True)
                    if rating is None
                ),
            )
        )
    return Scores(
        "done",
        criteria=CRITERIA,
        projects=tuple(projects),
        cautions=(
            "Solar panels at treatment works (NW-315) has no rating and no score.",
            "The assessors of Smart metering, north (NW-305) differ by half of the scale on "
            "Delivery risk.",
        ),
    )


def value_of(line: Line) -> float | None:
    """What the project is worth: a column of the workbook's own, in points."""
    score = score_of(line)
    return None if score is None else round(1000 * score) / 10


def selection(lines: Sequence[Line] = LINES) -> Selection:
    table = cost_table(lines)
    decisions = tuple(
        ProjectDecision(
            key=key_of(line),
            decision=line.decision,
            reason=line.reason,
            is_chosen=line.decision in ("Continue", "Start"),
            standing=line.standing,
            value=value_of(line),
            cost=int(cost),
            defer_to=date(2027, 4, 1) if line.decision == "Defer" else None,
        )
        for line, cost in zip(lines, table.counted, strict=True)
    )
    chosen = [decision.is_chosen for decision in decisions]
    total = sum(decision.cost for decision in decisions if decision.is_chosen)
    budgets = []
    for year, positions in MONTHS.years:
        for k, kind in enumerate(table.kinds):
            used = int(table.to_go[chosen][:, positions.start : positions.stop, k].sum())
            if year == YEAR_1 and kind == "Capex":
                used += _cents(60)
            budgets.append(
                BudgetUse(f"{kind} budget {year.label}", year, kind, used + _cents(412), used)
            )
    return Selection(
        "optimal",
        value_name="value",
        decisions=decisions,
        total_value=sum(d.value or 0.0 for d in decisions if d.is_chosen),
        total_cost=total,
        exit_cost=_cents(60),
        gap=0.0,
        budgets=tuple(budgets),
        categories=(
            CategoryUse("Growth", _cents(6290), 0.232, None, 0.4, 0.3),
            CategoryUse("Compliance", _cents(8660), 0.32, 0.25, None, None),
        ),
        freed=(ProjectKey("NW-306"),),
        cautions=(
            "Solar panels at treatment works (NW-315) cannot be funded: its cost is not known.",
        ),
        notes=("The budgets of 2026/27 are split by kind; their sum limits everything else.",),
    )


def plan(lines: Sequence[Line] = LINES) -> Plan:
    projects = []
    for line in lines:
        if line.decision not in ("Continue", "Start"):
            continue
        can_move = line.decision == "Start" and line.start is not None
        projects.append(
            ProjectPlan(
                key=key_of(line),
                start=line.start,
                finish=line.finish,
                new_start=moved(line.start, line.months) if line.start else None,
                new_finish=moved(line.finish, line.months) if line.finish else None,
                months_moved=line.months,
                reason="Civil engineers are short in Jul-26 and Aug-26." if line.months else "",
                can_move=can_move,
            )
        )
    capacity = np.full((3, MONTHS.n_months), 12.0)
    capacity[1] = 6.0
    capacity[2, 12:] = np.nan
    before = np.zeros((3, MONTHS.n_months))
    before[0, :] = [*np.linspace(9, 15, 12), *np.linspace(14, 6, 12)]
    before[1, 2:18] = 5.5
    before[2, 4:10] = 13.0
    after = before.copy()
    after[0] = np.minimum(after[0], 12.5)
    after[2, 4:10] = 11.0
    short = [np.nansum(np.maximum(need - capacity, 0)) for need in (before, after)]
    return Plan(
        "feasible",
        projects=tuple(projects),
        roles=("Civil engineer", "Project manager", "SCADA engineer"),
        months=MONTHS,
        capacity=capacity,
        before=before,
        after=after,
        shortfall_before=float(short[0]),
        shortfall_after=float(short[1]),
        breaches=(
            "Control room consolidation (NW-307) now ends in Nov-27; the opex budget 2027/28 is "
            "GBP 12k short for it.",
        ),
        cautions=("SCADA engineers have no capacity given after Mar-27; nothing limits them.",),
        notes=("A project may start up to 6 months later than planned where no window is given.",),
    )


def _profile(line: Line) -> tuple[Amount, ...]:
    return (
        Amount(kind="Capex", amount=line.capex * 1000),
        Amount(kind="Opex", amount=line.opex * 1000),
    )


def portfolio(lines: Sequence[Line] = LINES) -> Portfolio:
    projects = [
        Project(
            project_id=line.id,
            name=line.name,
            option=line.option,
            programme=line.programme,
            category=line.category,
            sponsor=line.sponsor,
            lifecycle=line.lifecycle,
            start=line.start,
            finish=line.finish,
            cost=() if line.id in UNKNOWN_COST else _profile(line),
            value=value_of(line),
            force="In" if line.id in MANDATORY else "Freed" if line.id in FREED else None,
            current_decision=line.current,
        )
        for line in lines
    ]
    projects += [
        Project(project_id=key.project_id, name=name, lifecycle=state)
        for key, name, state, _ in ENDED
    ]
    return Portfolio(
        projects=tuple(projects),
        criteria=tuple(
            Criterion(
                criterion=c.name,
                weight=c.weight,
                direction=c.direction,
                scale_min=c.low,
                scale_max=c.high,
                objective=c.objective,
            )
            for c in CRITERIA
        ),
        settings=SETTINGS,
    )


PROBLEMS = (
    LocatedProblem(
        Problem(
            "projects",
            '"Cost (£k)" of project NW-315 is "tbc"; expected a number in £k. Enter the number, or '
            "leave the cell blank until it is known.",
            "error", 0, 17, 6, "NW-315", "Cost (£k)", "tbc", "a number in £k",
            "Enter the number, or leave the cell blank until it is known.",
            ("rebalance",), None,
        ),
        "Projects", "G19", "Projects!G19",
    ),
    LocatedProblem(
        Problem(
            "ratings",
            "Project NW-313 has no rating for Delivery risk; expected a number from 1 to 5. Enter "
            "it; until then the other criteria make its score.",
            "warning", 1, 13, 4, "NW-313", "Delivery risk", None, "a number from 1 to 5",
            "Enter it.", ("score",), 580_000.0,
        ),
        "Ratings", "E15", "Ratings!E15",
    ),
    LocatedProblem(
        Problem(
            "budgets",
            "There is no budget of opex for 2028/29, and projects need GBP 1.2m of it; expected a "
            "row for it. Add it, or nothing limits that year.",
            "question", None, None, None, "", "", None, "", "", (), 1_200_000.0,
        ),
        None, None, None,
    ),
)  # fmt: skip

CHANGES = (
    Change(ProjectKey("NW-314"), "Catchment partnership", "project", "", "new",
           "Catchment partnership (NW-314) is new.", "Projects!A18"),
    Change(ProjectKey("NW-304", "A"), "Leakage detection", "decision", "Defer", "Start",
           "Leakage detection (NW-304, option A) changed from Defer to Start: Worth more."),
    Change(ProjectKey("NW-302"), "Storm overflow programme, phase 2", "cost", "GBP 6.1m",
           "GBP 6.36m",
           "Storm overflow programme, phase 2 (NW-302) costs GBP 6.36m; it was GBP 6.1m.",
           "Projects!G6"),
    Change(ProjectKey("NW-308"), "Flood defence at Wick", "start", "1 Jul 2026", "1 Oct 2026",
           "Flood defence at Wick (NW-308) starts on 1 Oct 2026; it was 1 Jul 2026.",
           "Projects!H12"),
)  # fmt: skip

LOG = (
    LogRow(datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC), "run", "5f2c0d9e11a4b370", "seed 1",
           "optimal", 0.0, "16 projects, 9 chosen, GBP 25.9m, value 512", "0.3.0"),
    LogRow(datetime(2026, 4, 7, 16, 40, 59, tzinfo=UTC), "run", "a81e77c2405bd9f6",
           "seed 1, effort 200,000, budget 90 %", "feasible", 0.0031,
           "16 projects, 9 chosen, GBP 27.1m, value 533, FTE shortfall 34.2 to 6.5", "0.3.0"),
)  # fmt: skip


def reconciliation(lines: Sequence[Line] = LINES) -> Reconciliation:
    counted = int(cost_table(lines).counted.sum())
    ended = sum(cost for *_, cost in ENDED)
    return Reconciliation(
        (
            ReconciledLine(
                "projects",
                "rows",
                "count",
                len(lines) + 3,
                len(lines),
                (
                    (2, "have ended: Borehole refurbishment (NW-205), Intake screens (NW-217)"),
                    (1, "has no ID (row 22)"),
                ),
            ),
            ReconciledLine(
                "projects",
                "cost",
                "money",
                counted + ended,
                counted,
                ((ended, "of projects that have ended"),),
            ),
            ReconciledLine("ratings", "ratings", "count", 45, 45),
            ReconciledLine("budgets", "budget", "money", _cents(29_000), _cents(29_000)),
            ReconciledLine(
                "demand",
                "FTE months",
                "fte",
                412.5,
                398.25,
                ((14.25, "of projects that are not chosen"),),
            ),
        )
    )


def run_contents() -> RunContents:
    """Everything a run found."""
    return RunContents(
        workbook="Northmere portfolio.xlsx",
        version="0.4.0",
        portfolio=portfolio(),
        costs=cost_table(),
        scores=scores(),
        selection=selection(),
        plan=plan(),
        comparison=Comparison(is_first=False, changes=CHANGES),
        reconciliation=reconciliation(),
        problems=PROBLEMS,
        questions=(
            'Is "Cost (£k)" [Projects!G3] what each project still needs, or its whole cost?',
        ),
        references={key_of(line): f"Projects!A{4 + i}" for i, line in enumerate(LINES)},
        log=LOG,
        notes=("A total without a profile is spread evenly over the months of the project.",),
    )


def first_run() -> RunContents:
    """The first run on a workbook without problems."""
    full = run_contents()
    return dataclasses.replace(
        full, comparison=Comparison(), problems=(), questions=(), log=full.log[-1:]
    )


def scores_only() -> RunContents:
    """Only scores: no costs, no budgets, no people, no currency."""
    full = run_contents()
    n = len(LINES)
    costs = dataclasses.replace(
        full.costs,
        to_go=np.zeros_like(full.costs.to_go),
        undated=np.zeros_like(full.costs.undated),
        exit_cost=np.zeros(n, dtype=np.int64),
        is_known=(False,) * n,
        notes=(),
    )
    return dataclasses.replace(
        full,
        portfolio=dataclasses.replace(full.portfolio, settings=Settings()),
        costs=costs,
        selection=Selection(
            "skipped", why="There is no table of budgets; add one to get a portfolio."
        ),
        plan=Plan("skipped", why="There is no table of capacity; add one to level the plan."),
        comparison=Comparison(),
        problems=(),
        questions=(),
    )


def infeasible() -> RunContents:
    """No portfolio within the limits."""
    full = run_contents()
    return dataclasses.replace(
        full,
        selection=Selection(
            "infeasible",
            why="The mandatory projects and those under way need more than the budgets have.",
            value_name="value",
            conflicts=(
                "Capex budget 2026/27 is GBP 9m; Reservoir lining at Elmham (NW-303, mandatory) "
                "and 4 projects under way need GBP 10.4m of it.",
            ),
        ),
        plan=Plan("skipped", why="There is no portfolio to level."),
    )
