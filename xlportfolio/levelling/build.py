"""From the tables of a portfolio to the plan as numbers, with what was assumed on the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from xlportfolio.costing.answer import CostTable
from xlportfolio.costing.timeline import Span, project_span
from xlportfolio.levelling.model import (
    BudgetLine,
    FloatArray,
    IntArray,
    LevelModel,
    RoleDemand,
    StartLink,
)
from xlportfolio.levelling.people import (
    ProjectDemand,
    RoleCapacity,
    Roles,
    capacity_by_role,
    demand_of,
)
from xlportfolio.levelling.start_window import StartWindow, start_window
from xlportfolio.levelling.timing import timing_of
from xlportfolio.lifecycle import ended_because
from xlportfolio.plan_calendar import PlanMonths
from xlportfolio.records import Demand, Project, ProjectKey
from xlportfolio.selection.budget_limits import BudgetChange, BudgetSpan, budget_spans
from xlportfolio.tables import Portfolio
from xlportfolio.wording import listed, number

_ENDLESS = 1 << 20
"""More months than any plan has."""


@dataclass(frozen=True)
class PlanInput:
    """A portfolio's plan as numbers, and the words for its rows.

    Attributes
    ----------
    model
        Its links can be kept inside its windows.
    projects, names
        By row of the model: in the order of the projects table.
    spans
        By row: the months in which each runs as planned.
    stays
        By row: what keeps it where it is, in a sentence; "" for what can move.
    opens, closes
        By row: what sets the ends of the window, as in "not before 3 Apr 2026".
    roles, months
        What rows and columns of the capacity are.
    impossible
        Finish-to-start links that no starts can keep; they are not among the model's.
    cautions, notes
        In sentences.
    """

    model: LevelModel
    projects: tuple[Project, ...]
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    stays: tuple[str, ...]
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    roles: tuple[str, ...]
    months: PlanMonths
    impossible: tuple[StartLink, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]


def plan_input(
    portfolio: Portfolio,
    costs: CostTable,
    *,
    chosen: Collection[ProjectKey] | None,
    max_delay: int,
    budget: BudgetChange | None = None,
) -> PlanInput:
    """Build the model of a plan.

    Parameters
    ----------
    portfolio
        With capacity and demand.
    costs
        Of the same portfolio.
    chosen
        Rows that are in the plan; None for all that go on or may begin, an option of each.
    max_delay
        How much later a project may start that states no latest start. [months]
    budget
        Other money than the budgets say.
    """
    return _Building(portfolio, costs, chosen, max_delay, budget).plan_input()


def planned_rows(
    portfolio: Portfolio, costs: CostTable, chosen: Collection[ProjectKey] | None
) -> list[int]:
    """Rows of the cost table that are in the plan.

    Parameters
    ----------
    portfolio, costs
        Of the same projects.
    chosen
        Keys; None for every project that has not ended and is not forced Out: of several options
        the one that is forced In, else the first.
    """
    if chosen is not None:
        keys = set(chosen)
        return [i for i, key in enumerate(costs.keys) if key in keys]
    by_project: dict[str, int] = {}
    forces = [p.force for p in portfolio.projects if ended_because(p) is None]
    for i, (key, force) in enumerate(zip(costs.keys, forces, strict=True)):
        if force == "In" and forces[by_project.get(key.project_id, i)] != "In":
            by_project[key.project_id] = i
        elif force != "Out":
            by_project.setdefault(key.project_id, i)
    return sorted(by_project.values())


class _Building:
    """One pass from tables to numbers; each step fills in what the next one needs."""

    def __init__(
        self,
        portfolio: Portfolio,
        costs: CostTable,
        chosen: Collection[ProjectKey] | None,
        max_delay: int,
        budget: BudgetChange | None,
    ) -> None:
        self.portfolio, self.costs, self.max_delay = portfolio, costs, max_delay
        self.cautions: list[str] = []
        self.notes: list[str] = []
        self.rows = planned_rows(portfolio, costs, chosen)
        going = [p for p in portfolio.projects if ended_because(p) is None]
        self.projects = tuple(going[i] for i in self.rows)
        self.names = tuple(project.title for project in self.projects)
        self.spans = tuple(project_span(project) for project in self.projects)
        self.first = costs.months.first
        self.fiscal = portfolio.settings.fiscal_first_month
        self.roles = Roles(portfolio.capacity, portfolio.demand)
        # What the budgets do not limit is said where they are first used, in the rebalancing.
        self.budgets = budget_spans(portfolio, costs, budget=budget)[0]
        self.takes_exit = chosen is not None

    def plan_input(self) -> PlanInput:
        """Everything, in the order in which it is needed."""
        demand = self._demand()
        windows, stays = self._windows()
        capacity, unusable = capacity_by_role(self.portfolio.capacity, self.roles, self.fiscal)
        if unusable:
            self.cautions.append(
                f"{unusable} {'row' if unusable == 1 else 'rows'} of the capacity "
                f"{'is' if unusable == 1 else 'are'} for a month after a start, which is no month "
                "of a plan: not used. Name months, quarters or years."
            )
        months = self._months(capacity, demand, windows)
        limits = self._limits(capacity, months)
        planned = np.array(
            [0 if span.first is None else span.first - self.first for span in self.spans],
            dtype=np.int64,
        )
        needs = tuple(
            one.counted_from(self.first if span.first is None else span.first)
            for one, span in zip(demand, self.spans, strict=True)
        )
        earliest, latest = self._starts(planned, needs, windows, limits)
        timing = timing_of(
            self.portfolio.links, self.projects, self.names, planned, (earliest, latest)
        )
        self.cautions += timing.cautions
        self.notes += timing.notes
        for i in timing.pinned:
            earliest[i] = latest[i] = planned[i]
            stays[i] = stays[i] or self._pinned_by(i, timing.impossible)
        for i in range(len(stays)):
            window = windows[i]
            if stays[i] or window is None or earliest[i] < latest[i]:
                continue
            if window.least < window.most:
                stays[i] = (
                    "With any other start its work reaches months whose capacity is not known."
                )
            else:
                stays[i] = "Its window leaves no other start."
        self._say_assumed(windows, stays)
        self._say_unlimited(demand, months, limits)
        return PlanInput(
            model=LevelModel(
                keys=tuple(self.costs.keys[i] for i in self.rows),
                planned=planned,
                earliest=earliest,
                latest=latest,
                duration=np.array([_duration(span) for span in self.spans], dtype=np.int64),
                demand=needs,
                capacity=limits,
                links=timing.links,
                budgets=self._budget_lines(),
            ),
            projects=self.projects,
            names=self.names,
            spans=self.spans,
            stays=tuple(stays),
            opens=tuple("" if window is None else window.opens for window in windows),
            closes=tuple("" if window is None else window.closes for window in windows),
            roles=self.roles.names,
            months=months,
            impossible=timing.impossible,
            cautions=tuple(self.cautions),
            notes=tuple(self.notes),
        )

    def _demand(self) -> list[ProjectDemand]:
        by_project: dict[str, list[Demand]] = {}
        for row in self.portfolio.demand:
            by_project.setdefault(row.project_id, []).append(row)
        demand: list[ProjectDemand] = []
        unplaced: list[str] = []
        for project, name, span in zip(self.projects, self.names, self.spans, strict=True):
            rows = by_project.get(project.project_id, [])
            own, lost = demand_of(rows, span, self.roles, self.fiscal)
            demand.append(own)
            if lost:
                unplaced.append(name)
        if unplaced:
            self.cautions.append(
                f"Demand without calendar periods is left out for {listed(unplaced)}, which "
                f"{'has' if len(unplaced) == 1 else 'have'} no dates to place it by. Enter them."
            )
        return demand

    def _windows(self) -> tuple[list[StartWindow | None], list[str]]:
        """The window of each project that may move, and why the others stay."""
        windows: list[StartWindow | None] = []
        stays: list[str] = []
        for row, project, name in zip(self.rows, self.projects, self.names, strict=True):
            window, why = None, ""
            if self.costs.is_in_flight[row]:
                why = f"In flight ({self.costs.in_flight_because[row]}): it is not moved."
            elif project.start is None:
                why = "It has no start date: what it needs stays where the tables put it."
            else:
                window = start_window(
                    project,
                    status_date=self.portfolio.settings.status_date,
                    plan_first=self.first,
                    max_delay=self.max_delay,
                )
                if window.closed_because:
                    why = f"It stays as planned: {window.closed_because}."
                    self.cautions.append(
                        f"{name} stays as planned: {window.closed_because}. Correct one of the two."
                    )
                    window = None
            windows.append(window)
            stays.append(why)
        return windows, stays

    def _months(
        self,
        capacity: Sequence[RoleCapacity],
        demand: Sequence[ProjectDemand],
        windows: Sequence[StartWindow | None],
    ) -> PlanMonths:
        """From the plan's first month to the last of capacity or demand, not beyond the money."""
        always = any(role.always is not None for role in capacity)
        last = [month for role in capacity for month in role.by_month]
        for one, window in zip(demand, windows, strict=True):
            if one.months:
                last.append(one.months[-1])
                if always and window is not None:
                    last.append(one.months[-1] + max(window.most, 0))
        ends = min(max(last, default=self.first), self.costs.months.last)
        return PlanMonths(self.first, max(ends - self.first + 1, 1), self.fiscal)

    def _limits(self, capacity: Sequence[RoleCapacity], months: PlanMonths) -> FloatArray:
        limits = np.full((len(capacity), months.n_months), np.nan)
        for r, role in enumerate(capacity):
            if role.always is not None:
                limits[r] = role.always
            for month, people in role.by_month.items():
                if months.first <= month <= months.last:
                    limits[r, month - months.first] = people
        return limits

    def _starts(
        self,
        planned: IntArray,
        needs: Sequence[RoleDemand],
        windows: Sequence[StartWindow | None],
        limits: FloatArray,
    ) -> tuple[IntArray, IntArray]:
        """Windows as months of the plan.

        Nobody's work is moved to months in which the capacity of its role is not known: there it
        would be short of nobody, and nobody would be the wiser.
        """
        earliest, latest = planned.copy(), planned.copy()
        known = ~np.isnan(limits)
        for i, (need, window) in enumerate(zip(needs, windows, strict=True)):
            if window is None:
                continue
            least, most = window.least, window.most
            for k, r in enumerate(need.roles.tolist()):
                months = np.flatnonzero(known[r])
                if not months.size:
                    continue
                needed = np.flatnonzero(need.people[k]) + planned[i] + need.begin
                least = max(least, min(0, int(months[0] - needed[0])))
                most = min(most, max(0, int(months[-1] - needed[-1])))
            least = min(least, window.most)
            earliest[i], latest[i] = planned[i] + least, planned[i] + max(most, least)
        return earliest, latest

    def _pinned_by(self, row: int, impossible: Sequence[StartLink]) -> str:
        link = next(link for link in impossible if row in (link.before, link.after))
        return (
            f"{self.names[link.after]} cannot start after {self.names[link.before]} has finished, "
            "inside the windows and after what comes before: both stay as planned."
        )

    def _budget_lines(self) -> tuple[BudgetLine, ...]:
        return tuple(self._budget_line(span) for span in self.budgets if len(span.positions))

    def _budget_line(self, span: BudgetSpan) -> BudgetLine:
        costs, kinds = self.costs, list(span.kinds)
        chosen = np.array(self.rows, dtype=np.int64)
        constant, months = 0, span.positions
        if span.counts_undated:
            constant += int(costs.undated[chosen][:, kinds].sum())
            # Money moved past the plan's end still counts against a budget without a period.
            months = range(_ENDLESS)
        if span.takes_exit and self.takes_exit:
            stopped = np.ones(len(costs.keys), dtype=bool)
            stopped[chosen] = False
            constant += int(costs.exit_cost[stopped].sum())
        cost = costs.to_go[chosen][:, :, kinds].sum(axis=2)
        return BudgetLine(span.name, span.amount, months, cost, constant)

    def _say_assumed(self, windows: Sequence[StartWindow | None], stays: Sequence[str]) -> None:
        n = sum(
            window is not None and window.is_assumed and not why
            for window, why in zip(windows, stays, strict=True)
        )
        if n:
            self.notes.append(
                f"{n} {'project names' if n == 1 else 'projects name'} no latest start: "
                f"{'it' if n == 1 else 'each'} may start up to {self.max_delay} months later than "
                "planned."
            )

    def _say_unlimited(
        self,
        demand: Sequence[ProjectDemand],
        months: PlanMonths,
        limits: FloatArray,
    ) -> None:
        """Demand that nothing limits: outside the plan, or where no capacity is known."""
        before = after = between = 0.0
        unlimited: dict[int, None] = {}
        known = ~np.isnan(limits)
        for one in demand:
            for r, of_role in sorted(one.by_role.items()):
                if any(of_role.values()) and not known[r].any():
                    unlimited[r] = None
                for month, people in of_role.items():
                    before += people * (month < months.first)
                    after += people * (month > months.last)
                    if months.first <= month <= months.last and known[r].any():
                        between += people * (not known[r, month - months.first])
        if unlimited:
            names = [self.roles.names[r] for r in sorted(unlimited)]
            self.cautions.append(
                f"No capacity is given for {listed(names)} in the months of the plan: what is "
                f"needed of {'it' if len(names) == 1 else 'them'} is shown and never short."
            )
        for total, where in (
            (before, "before the plan begins"),
            (between, "in months for which the capacity of the role is not given"),
            (after, "after the plan ends"),
        ):
            fte = number(round(total, 1))
            if fte != "0":
                unit = "FTE month" if fte == "1" else "FTE months"
                self.notes.append(f"Nothing limits the demand {where}: {fte} {unit}.")


def _duration(span: Span) -> int:
    """Months from start to finish, 1 where one of them is not known."""
    return 1 if span.first is None or span.last is None else max(span.last - span.first + 1, 1)
