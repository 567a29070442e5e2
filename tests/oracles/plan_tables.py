"""A levelled portfolio judged from its tables alone, and small portfolios to level."""

from __future__ import annotations

import random
from datetime import date, timedelta

from xlportfolio.costing import CostTable
from xlportfolio.levelling.answer import Plan
from xlportfolio.periods import Period
from xlportfolio.records import Amount, Budget, Capacity, Demand, Link, Project, Settings
from xlportfolio.selection.budget_limits import budget_spans
from xlportfolio.tables import Portfolio

Cell = tuple[str, int]


def month(day: date) -> int:
    return day.year * 12 + day.month - 1


def months(period: Period) -> list[int]:
    """The months of a period in calendar years."""
    begin = period.start(1)
    return [month(begin) + k for k in range({"month": 1, "quarter": 3, "year": 12}[period.kind])]


def needed(portfolio: Portfolio, plan: Plan, *, proposed: bool) -> dict[Cell, float]:
    """Who is needed when, by role and month, added up row by row."""
    rows: dict[Cell, float] = {}
    projects = {(p.project_id, p.option): p for p in portfolio.projects}
    for one in plan.projects:
        project = projects[one.key.project_id, one.key.option]
        shift = one.months_moved if proposed else 0
        for row in portfolio.demand:
            if row.project_id != one.key.project_id:
                continue
            if row.period is None:
                if project.start is None or project.finish is None:
                    continue
                when = list(range(month(project.start), month(project.finish) + 1))
            elif row.period.kind == "offset":
                if project.start is None:
                    continue
                when = [month(project.start) + row.period.number - 1]
            else:
                when = months(row.period)
            for at in when:
                cell = row.role.lower(), at + shift
                rows[cell] = rows.get(cell, 0.0) + row.demand
    return rows


def available(portfolio: Portfolio) -> dict[Cell, float]:
    """Who is there, by role and month; a role's constant capacity under month -1."""
    there: dict[Cell, float] = {}
    for row in portfolio.capacity:
        for at in [-1] if row.period is None else months(row.period):
            cell = row.role.lower(), at
            there[cell] = there.get(cell, 0.0) + row.capacity
    return there


def faults(portfolio: Portfolio, costs: CostTable, plan: Plan, max_delay: int) -> list[str]:
    """Everything that is wrong with a plan, in sentences; none for a sound one."""
    found: list[str] = []
    assert plan.months is not None
    assert plan.before is not None
    assert plan.after is not None
    there = available(portfolio)
    span = range(plan.months.first, plan.months.first + plan.months.n_months)
    for name, shown, short, proposed in (
        ("planned", plan.before, plan.shortfall_before, False),
        ("proposed", plan.after, plan.shortfall_after, True),
    ):
        need = needed(portfolio, plan, proposed=proposed)
        total = 0.0
        for r, role in enumerate(plan.roles):
            for t, at in enumerate(span):
                people = need.get((role.lower(), at), 0.0)
                if abs(people - shown[r, t]) > 1e-9:
                    found.append(f"{name}: {role} in {at} is {shown[r, t]}, expected {people}")
                limit = there.get((role.lower(), at), there.get((role.lower(), -1)))
                if limit is not None:
                    total += max(people - limit, 0.0)
        if abs(total - short) > 1e-5:
            found.append(f"{name}: shortfall is {short}, expected {total}")
    found += _faults_of_starts(portfolio, plan, max_delay)
    found += _faults_of_links(portfolio, plan)
    found += _faults_of_budgets(portfolio, costs, plan)
    return found


def _faults_of_starts(portfolio: Portfolio, plan: Plan, max_delay: int) -> list[str]:
    found: list[str] = []
    status = portfolio.settings.status_date
    projects = {(p.project_id, p.option): p for p in portfolio.projects}
    for one in plan.projects:
        project = projects[one.key.project_id, one.key.option]
        if one.months_moved == 0:
            if one.new_start != project.start:
                found.append(f"{one.key.label} did not move, and starts on another day")
            continue
        begun = (project.percent_complete or 0) > 0 or project.lifecycle == "active"
        if project.start is None or begun or (status and project.start <= status):
            found.append(f"{one.key.label} moved, and cannot")
            continue
        assert one.new_start is not None
        if month(one.new_start) != month(project.start) + one.months_moved:
            found.append(f"{one.key.label} starts on {one.new_start}, moved {one.months_moved}")
        if project.earliest_start and one.new_start < project.earliest_start:
            found.append(f"{one.key.label} starts before its window")
        if not project.earliest_start and one.months_moved < 0 and not project.latest_start:
            found.append(f"{one.key.label} starts earlier than planned")
        if project.latest_start and one.new_start > project.latest_start:
            found.append(f"{one.key.label} starts after its window")
        if not project.latest_start and one.months_moved > max_delay:
            found.append(f"{one.key.label} starts too late")
        if status and month(one.new_start) <= month(status):
            found.append(f"{one.key.label} starts before the plan can be known")
    return found


def _faults_of_links(portfolio: Portfolio, plan: Plan) -> list[str]:
    found: list[str] = []
    planned = {one.key.project_id: one for one in plan.projects}
    for link in portfolio.links:
        if link.type != "Finish-to-start" or not {link.from_, link.to} <= set(planned):
            continue
        before, after = planned[link.from_], planned[link.to]
        if None in (before.new_finish, after.new_start, before.start):
            continue
        assert before.new_finish
        assert after.new_start
        lag = int(link.lag or 0)
        in_time = month(after.new_start) >= month(before.new_finish) + 1 + lag
        to_the_day = (month(after.new_start) - lag, after.new_start.day) > (
            month(before.new_finish),
            before.new_finish.day,
        )
        said = any(link.from_ in text and link.to in text for text in plan.breaches)
        circle = any("circle" in text and link.from_ in text for text in plan.cautions)
        if not (in_time or to_the_day or said or circle):
            found.append(f"{link.to} does not wait for {link.from_}")
    return found


def _faults_of_budgets(portfolio: Portfolio, costs: CostTable, plan: Plan) -> list[str]:
    """Budgets that levelling breaks, or breaks further, though no link forces it."""
    found: list[str] = []
    shifts = {one.key: one.months_moved for one in plan.projects}
    for budget in budget_spans(portfolio, costs)[0]:
        used = [0, 0]
        for i, key in enumerate(costs.keys):
            for t in range(costs.months.n_months):
                for k in budget.kinds:
                    cents = int(costs.to_go[i, t, k])
                    used[0] += cents * (t in budget.positions and key in shifts)
                    used[1] += cents * (
                        max(t + shifts.get(key, 0), 0) in budget.positions and key in shifts
                    )
        is_worse = budget.period is not None and used[1] > max(used[0], budget.amount)
        if is_worse and not any(budget.name in text for text in plan.breaches):
            found.append(f"{budget.name} is exceeded by {used[1] - budget.amount} and nobody says")
    return found


def random_portfolio(seed: int) -> Portfolio:
    """A few projects with dates, windows, links, money and people of every form."""
    rng = random.Random(seed)
    projects = [_project(rng, i) for i in range(rng.randint(2, 7))]
    ids = [project.project_id for project in projects]
    roles = ["Engineer", "Analyst", "Site manager"][: rng.randint(1, 3)]
    capacity: list[Capacity] = []
    for role in roles:
        if rng.random() < 0.3:
            capacity.append(Capacity(role=role, capacity=rng.randint(0, 4) / 2))
        elif rng.random() < 0.9 or not capacity:
            capacity += [
                Capacity(role=role, period=Period("month", 2026, k), capacity=rng.randint(0, 5) / 2)
                for k in range(1, 13)
            ]
    demand = []
    for project_id in ids:
        for _ in range(rng.randint(0, 3)):
            role = rng.choice(roles)
            period = rng.choice(
                (
                    Period("quarter", 2026, rng.randint(1, 4)),
                    Period("month", 2026, rng.randint(1, 12)),
                    Period("offset", 0, rng.randint(1, 4)),
                    None,
                )
            )
            people = rng.randint(0, 6) / 2
            demand.append(
                Demand(
                    project_id=project_id,
                    role=rng.choice((role, role.upper())),
                    period=period,
                    demand=people,
                )
            )
    links = [
        Link(from_=a, to=b, type="Finish-to-start", lag=rng.choice((None, 0, 1)))
        for a, b in (rng.sample(ids, 2) for _ in range(rng.randint(0, 3)))
    ]
    budgets = [
        Budget(period=Period("quarter", 2026, q), budget=rng.randint(5, 60) * 100.0)
        for q in range(1, 5)
        if rng.random() < 0.6
    ]
    settings = Settings(
        first_period=date(2026, 1, 1),
        status_date=date(2026, 2, 20) if rng.random() < 0.5 else None,
        currency="GBP",
    )
    return Portfolio(
        projects=tuple(projects),
        links=tuple(links),
        budgets=tuple(budgets),
        capacity=tuple(capacity),
        demand=tuple(demand)
        or (Demand(project_id=ids[0], role=roles[0], period=Period("month", 2026, 3), demand=1.0),),
        settings=settings,
    )


def _project(rng: random.Random, i: int) -> Project:
    start = date(2026, rng.randint(1, 7), rng.choice((1, 1, 15)))
    if rng.random() < 0.08:
        return Project(project_id=f"P{i}", name=f"Name {i}", cost=(Amount(amount=900.0),))
    finish = start + timedelta(days=rng.randint(20, 150))
    window = rng.random()
    return Project(
        project_id=f"P{i}",
        name=f"Name {i}",
        start=start,
        finish=finish,
        earliest_start=start - timedelta(days=rng.randint(0, 60)) if window < 0.3 else None,
        latest_start=start + timedelta(days=rng.randint(0, 150)) if window < 0.6 else None,
        percent_complete=0.3 if rng.random() < 0.15 else None,
        cost=(Amount(amount=rng.randint(1, 30) * 100.0),),
    )
