"""Small whole portfolios drawn by a seed: every table, in the forms that offices write them in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from tests.oracles.plain_costs import months_of_period, plain_costs
from xlportfolio.periods import Period
from xlportfolio.records import (
    LATER,
    PRIOR,
    Amount,
    Budget,
    Capacity,
    Category,
    Criterion,
    Demand,
    Link,
    Project,
    Rating,
    Settings,
)
from xlportfolio.tables import Portfolio

_KINDS = ("Capex", "Opex")
_FIRST = date(2026, 4, 1)
_NAMES = ("Bridge", "Depot", "Tunnel", "Mains", "Works", "Sluice", "Tower", "Quay", "Weir", "Dock")


def whole_portfolio(seed: int) -> Portfolio:
    """A portfolio of two to ten rows of projects, with every table that a run may read."""
    return _Drawing(random.Random(seed)).portfolio()


class _Drawing:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.fiscal = rng.choice((1, 4, 4))
        self.by_value = rng.random() < 0.6
        self.few_values = rng.random() < 0.3
        self.kinds: tuple[str | None, ...] = _KINDS if rng.random() < 0.6 else (None,)

    def portfolio(self) -> Portfolio:
        rng = self.rng
        status = rng.choice((None, date(2026, 4, 30), date(2026, 6, 30)))
        has_first = status is None or rng.random() < 0.5
        settings = Settings(
            currency=rng.choice(("GBP", "GBP", None)),
            fiscal_first_month=self.fiscal,
            first_period=_FIRST if has_first and rng.random() < 0.8 else None,
            status_date=status,
            seed=rng.randint(1, 9),
        )
        projects = self._projects(settings)
        ids = list(dict.fromkeys(project.project_id for project in projects))
        drawn = Portfolio(
            projects=tuple(projects),
            criteria=() if self.by_value else tuple(self._criteria()),
            links=tuple(self._links(ids)),
            categories=tuple(self._categories()),
            settings=settings,
        )
        if not self.by_value:
            drawn = _with(drawn, ratings=tuple(self._ratings(projects, drawn.criteria)))
        drawn = _with(drawn, budgets=tuple(self._budgets(drawn)))
        if rng.random() < 0.7:
            capacity, demand = self._people(projects)
            drawn = _with(drawn, capacity=tuple(capacity), demand=tuple(demand))
        return drawn

    def _projects(self, settings: Settings) -> list[Project]:
        rng = self.rng
        projects: list[Project] = []
        n = rng.randint(2, 8)
        for i in range(n):
            options = ["A", "B"] if rng.random() < 0.15 else [None]
            in_flight = rng.random() < 0.3
            ended = rng.random() < 0.08
            for at, option in enumerate(options):
                projects.append(
                    self._project(i, option, in_flight and at == 0, ended and at == 0, settings)
                )
        rng.shuffle(projects)
        return projects

    def _project(
        self, i: int, option: str | None, in_flight: bool, ended: bool, settings: Settings
    ) -> Project:
        rng = self.rng
        given: dict[str, object] = {
            "project_id": f"P{i + 1}",
            "name": _NAMES[i],
            "option": option,
            "category": rng.choice(("Growth", "Renewal", "growth ", None)),
            "lifecycle": rng.choice((None, "proposed", "approved", "on hold")),
        }
        month = rng.randint(0, 12) + (0 if not in_flight else -6)
        if settings.status_date and not in_flight:
            month = max(month, 3)
        start = _day(month, rng.choice((1, 1, 1, 15)))
        finish = _day(month + rng.randint(1, 14), 1) - timedelta(days=1)
        if rng.random() < 0.9:
            given["start"] = start
            if rng.random() < 0.85:
                given["finish"] = finish
            elif rng.random() < 0.5:
                given["duration"] = float(rng.randint(1, 10))
            if not in_flight and rng.random() < 0.4:
                given["latest_start"] = _day(month + rng.randint(0, 9), rng.choice((1, 28)))
            if not in_flight and rng.random() < 0.2:
                given["earliest_start"] = _day(month - rng.randint(0, 3), 1)
        given["cost"] = self._cost(month, finish)
        if self.by_value and rng.random() < 0.93:
            given["value"] = self._value()
        if in_flight:
            given.update(self._begun(rng.random()))
        if ended:
            given["lifecycle"] = rng.choice(("closed", "cancelled"))
        elif rng.random() < 0.12:
            given["force"] = rng.choice(("In", "Out", "Out"))
            given["reason"] = rng.choice((None, "Licence condition 7."))
        elif in_flight and rng.random() < 0.5:
            given["force"] = "Freed"
        if rng.random() < 0.3:
            given["current_decision"] = rng.choice(("Funded", "Not funded", "Approved", "Defer"))
        return Project(**given)  # type: ignore[arg-type]

    def _value(self) -> float:
        if self.few_values:
            return float(self.rng.randint(0, 4))
        return self.rng.choice((float(self.rng.randint(-3, 60)), self.rng.randint(1, 6000) / 100))

    def _begun(self, form: float) -> dict[str, object]:
        rng = self.rng
        given: dict[str, object] = {}
        if form < 0.5:
            given["lifecycle"] = "active"
        elif form < 0.7:
            given["percent_complete"] = rng.choice((0.2, 0.5, 1.0))
            given["cost_to_go"] = float(self._money())
        elif form < 0.85:
            given["committed_cost"] = float(self._money())
        else:
            given["spent_to_date"] = float(self._money() // 3)
        if rng.random() < 0.4:
            given["cost_to_go"] = float(self._money())
        if rng.random() < 0.4:
            given["spent_to_date"] = float(self._money() // 4)
        if rng.random() < 0.4:
            given["exit_cost"] = float(self._money() // rng.choice((2, 8)))
        return given

    def _money(self) -> int:
        return self.rng.randint(5, 400) * 1000

    def _amount(self) -> float:
        whole = self._money()
        return whole + self.rng.randint(0, 99) / 100 if self.rng.random() < 0.3 else float(whole)

    def _cost(self, month: int, finish: date) -> tuple[Amount, ...]:
        rng = self.rng
        form = rng.random()
        if form < 0.05:
            return ()
        amounts: list[Amount] = []
        kinds = self.kinds if rng.random() < 0.8 else (rng.choice(self.kinds),)
        for kind in kinds:
            if form < 0.3:
                amounts.append(Amount(kind=kind, amount=self._amount()))
                continue
            for year in (2027, 2028):
                if form < 0.6:
                    period = self._year(year)
                    if rng.random() < 0.8:
                        amounts.append(Amount(period=period, kind=kind, amount=self._amount()))
                elif form < 0.75:
                    for half in (1, 2):
                        if rng.random() < 0.6:
                            period = Period("half", self._shown(year), half, self.fiscal != 1)
                            amounts.append(Amount(period=period, kind=kind, amount=self._amount()))
                elif year == 2027:
                    for k in range(rng.randint(1, 6)):
                        day = _day(month + k, 1)
                        period = (
                            Period("offset", 0, k + 1)
                            if form > 0.9
                            else Period("month", day.year, day.month)
                        )
                        amounts.append(Amount(period=period, kind=kind, amount=self._amount()))
        if rng.random() < 0.12:
            amounts.append(Amount(kind=PRIOR, amount=self._amount()))
        if rng.random() < 0.1:
            amounts.append(Amount(kind=LATER, amount=self._amount()))
        if rng.random() < 0.12:
            period = self._year(2027) if rng.random() < 0.5 else None
            amounts.append(Amount(period=period, kind="Contingency", amount=self._amount()))
        return tuple(amounts)

    def _shown(self, year: int) -> int:
        return year if self.fiscal != 1 else year - 1

    def _year(self, year: int) -> Period:
        return Period("year", self._shown(year), fiscal=self.fiscal != 1)

    def _criteria(self) -> list[Criterion]:
        rng = self.rng
        rows = []
        for name in ("Fit", "Safety", "Risk")[: rng.randint(1, 3)]:
            scale = rng.choice(((1.0, 5.0), (None, None), (0.0, None)))
            rows.append(
                Criterion(
                    criterion=name,
                    weight=rng.choice((None, 0.0, 10.0, 30.0, 60.0, 60.0)),
                    direction="min" if name == "Risk" else "max",
                    scale_min=scale[0],
                    scale_max=scale[1],
                )
            )
        return rows

    def _ratings(self, projects: list[Project], criteria: tuple[Criterion, ...]) -> list[Rating]:
        rng = self.rng
        rows = []
        assessors = rng.choice(([None], [None], ["Ann", "Bob"], ["Ann", "Bob", None]))
        for project_id in dict.fromkeys(project.project_id for project in projects):
            options = [p.option for p in projects if p.project_id == project_id]
            own = rng.random() < 0.5
            for option in options if own else [None]:
                for assessor in assessors:
                    if rng.random() < 0.1:
                        continue
                    given = {
                        one.criterion: None if rng.random() < 0.1 else float(rng.randint(1, 5))
                        for one in criteria
                    }
                    rows.append(
                        Rating(
                            project_id=project_id, option=option, assessor=assessor, ratings=given
                        )
                    )
        return rows

    def _links(self, ids: list[str]) -> list[Link]:
        rng = self.rng
        links = []
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            one, other = rng.sample(ids, 2)
            kind = rng.choice(("Requires", "Requires", "Excludes", "Together", "Finish-to-start"))
            lag = float(rng.randint(0, 2)) if kind == "Finish-to-start" else None
            links.append(Link(from_=one, to=other, type=kind, lag=lag))  # type: ignore[arg-type]
        return links

    def _categories(self) -> list[Category]:
        rng = self.rng
        form = rng.random()
        if form < 0.7:
            return []
        if form < 0.85:
            return [Category(category="Growth", max_share=rng.choice((0.4, 0.6, 0.75)))]
        return [
            Category(category="Growth", min_share=rng.choice((0.1, 0.3)), target_share=0.4),
            Category(category="Renewal", max_share=0.8),
        ]

    def _budgets(self, drawn: Portfolio) -> list[Budget]:
        """Budgets that some of the projects fit into."""
        rng = self.rng
        rows, _ = plain_costs(drawn)
        periods = self._periods()
        tight = rng.uniform(0.35, 1.0)
        budgets: list[Budget] = []
        kinds: tuple[str | None, ...] = (None,)
        if self.kinds == _KINDS and rng.random() < 0.7:
            kinds = _KINDS
        for period in periods:
            inside = None if period is None else set(months_of_period(period, self.fiscal))
            for kind in kinds:
                if kind == "Opex" and rng.random() < 0.12:
                    continue
                need = sum(
                    cents
                    for row in rows
                    for (month, of_kind), cents in row.cents.items()
                    if (inside is None or month in inside)
                    and (kind is None or of_kind == kind.casefold())
                )
                held = sum(
                    cents
                    for row in rows
                    for (month, of_kind), cents in row.cents.items()
                    if row.is_in_flight
                    and (inside is None or month in inside)
                    and (kind is None or of_kind == kind.casefold())
                )
                amount = round(need / 100 * tight * rng.uniform(0.7, 1.2), rng.choice((0, -3, 2)))
                if rng.random() < 0.8:
                    amount = max(amount, held / 100)
                budgets.append(Budget(period=period, kind=kind, budget=float(amount)))
        if budgets and rng.random() < 0.1:
            budgets.append(budgets[0].model_copy(update={"budget": 1000.0}))
        if periods != [None] and rng.random() < 0.15:
            whole = sum(row.counted for row in rows) / 100 * rng.uniform(0.5, 1.0)
            budgets.append(Budget(budget=round(whole, 2)))
        if kinds == _KINDS and rng.random() < 0.1:
            budgets.append(Budget(period=periods[0], budget=round(rng.uniform(1e5, 9e5))))
        return budgets

    def _periods(self) -> list[Period | None]:
        form = self.rng.random()
        if form < 0.2:
            return [None]
        if form < 0.7:
            return [self._year(year) for year in (2027, 2028, 2029)[: self.rng.randint(1, 3)]]
        if form < 0.85:
            halves = [(year, half) for year in (2027, 2028) for half in (1, 2)]
            return [Period("half", self._shown(y), h, self.fiscal != 1) for y, h in halves]
        quarters = [(year, quarter) for year in (2027, 2028) for quarter in (1, 2, 3, 4)]
        return [Period("quarter", self._shown(y), q, self.fiscal != 1) for y, q in quarters]

    def _people(self, projects: list[Project]) -> tuple[list[Capacity], list[Demand]]:
        rng = self.rng
        roles = ("Engineer", "Planner")[: rng.randint(1, 2)]
        capacity: list[Capacity] = []
        for role in roles:
            form = rng.random()
            if form < 0.35:
                capacity.append(Capacity(role=role, capacity=float(rng.randint(1, 4))))
            else:
                for k in range(24):
                    day = _day(k, 1)
                    capacity.append(
                        Capacity(
                            role=role,
                            period=Period("month", day.year, day.month),
                            capacity=rng.choice((1.0, 2.0, 2.5, 3.0)),
                        )
                    )
        demand: list[Demand] = []
        for project_id in dict.fromkeys(project.project_id for project in projects):
            for role in roles:
                if rng.random() < 0.3:
                    continue
                people = rng.choice((0.5, 1.0, 1.5, 2.0))
                form = rng.random()
                if form < 0.4:
                    demand.append(Demand(project_id=project_id, role=role, demand=people))
                elif form < 0.7:
                    for k in range(rng.randint(1, 5)):
                        period = Period("offset", 0, k + 1)
                        demand.append(
                            Demand(project_id=project_id, role=role, period=period, demand=people)
                        )
                else:
                    begin = rng.randint(0, 14)
                    for k in range(rng.randint(1, 5)):
                        day = _day(begin + k, 1)
                        period = Period("month", day.year, day.month)
                        demand.append(
                            Demand(project_id=project_id, role=role, period=period, demand=people)
                        )
        return capacity, demand


def _day(months: int, day: int) -> date:
    """A day so many months after the plan's usual beginning."""
    month = 12 * _FIRST.year + _FIRST.month - 1 + months
    return date(month // 12, month % 12 + 1, day)


def _with(portfolio: Portfolio, **tables: object) -> Portfolio:
    return replace(portfolio, **tables)  # type: ignore[arg-type]
