"""Whole jobs on small portfolios, judged from the tables alone.

`python -m tests.oracles.whole_jobs --jobs 2000 --seed 1` does jobs and says what differs.
"""

from __future__ import annotations

import argparse
import time

from tests.oracles.plain_choice import PlainChoice
from tests.oracles.plain_conflicts import faults_of_conflicts
from tests.oracles.plain_costs import cents_of, month_of, months_of_period
from tests.oracles.plain_plans import faults_of_plan
from tests.oracles.plain_reasons import faults_of_reasons
from tests.oracles.whole_portfolios import whole_portfolio
from xlportfolio.operations.job import JobAnswer, do_job
from xlportfolio.operations.options import RunOptions
from xlportfolio.selection.answer import Selection
from xlportfolio.tables import Portfolio


def job_of(portfolio: Portfolio) -> JobAnswer:
    """Every step, with a short search."""
    tables = ("projects", "criteria", "ratings", "budgets", "categories", "links")
    given = {name: len(getattr(portfolio, name)) for name in (*tables, "capacity", "demand")}
    return do_job(
        portfolio, RunOptions(effort=0.05), rows_given=given, sources=lambda key, what: None
    )


def faults(portfolio: Portfolio, answer: JobAnswer) -> list[str]:
    """Everything in which an answer differs from what the tables say; none for a sound one."""
    choice = PlainChoice(portfolio)
    found = [*faults_of_costs(choice, answer), *faults_of_scores(choice, answer)]
    selection = answer.selection
    if selection.status == "skipped":
        if portfolio.budgets and any(row.worth is not None for row in choice.rows):
            found.append(f"nothing chosen: {selection.why}")
    else:
        found += faults_of_selection(choice, selection)
    if selection.decisions:
        found += faults_of_reasons(choice, selection)
        found += faults_of_plan(choice, selection, answer.plan)
    found += faults_of_reconciliation(choice, answer)
    return found


def faults_of_costs(choice: PlainChoice, answer: JobAnswer) -> list[str]:
    costs, found = answer.costs, []
    if costs.months.n_months and costs.months.first != choice.first:
        found.append(f"the plan begins in {costs.months.first}, expected {choice.first}")
    for i, row in enumerate(choice.rows):
        label = row.project.title
        if costs.keys[i] != row.project.key:
            found.append(f"row {i} is {costs.keys[i]}, expected {label}")
            continue
        shown = {
            (costs.months.first + t, kind.casefold()): int(costs.to_go[i, t, k])
            for t in range(costs.months.n_months)
            for k, kind in enumerate(costs.kinds)
            if costs.to_go[i, t, k]
        }
        for k, kind in enumerate(costs.kinds):
            if costs.undated[i, k]:
                shown[None, kind.casefold()] = int(costs.undated[i, k])  # type: ignore[index]
        expected = {at: cents for at, cents in row.cents.items() if cents}
        if shown != expected:
            found.append(f"{label} costs {shown}, expected {expected}")
        for what, one, other in (
            ("sunk", int(costs.sunk[i]), row.sunk),
            ("exit", int(costs.exit_cost[i]), row.exit),
            ("known", costs.is_known[i], row.is_known),
            ("in flight", costs.is_in_flight[i], row.is_in_flight),
        ):
            if one != other:
                found.append(f"{label}: {what} is {one}, expected {other}")
    return found


def faults_of_scores(choice: PlainChoice, answer: JobAnswer) -> list[str]:
    if answer.scores.status == "skipped" or choice.by_value:
        return []
    found = []
    scores = [row.worth for row in choice.rows]
    for row, shown in zip(choice.rows, answer.scores.projects, strict=True):
        if (row.worth is None) != (shown.score is None):
            found.append(f"{row.project.title} scores {shown.score}, expected {row.worth}")
        elif row.worth is not None and shown.score is not None:
            if abs(row.worth - shown.score) > 1e-12:
                found.append(f"{row.project.title} scores {shown.score}, expected {row.worth}")
            rank = 1 + sum(one is not None and one > row.worth + 1e-9 for one in scores)
            if shown.rank != rank:
                found.append(f"{row.project.title} ranks {shown.rank}, expected {rank}")
    return found


def faults_of_selection(choice: PlainChoice, selection: Selection) -> list[str]:
    choices = choice.choices()
    use = choice.use(choices)
    best, is_sure = choice.best(choices, use)
    if selection.status == "infeasible" or best is None:
        if (selection.status == "infeasible") != (best is None):
            return [f"{selection.status}, but all subsets say {best}: {selection.conflicts}"]
        if not selection.conflicts:
            return ["infeasible without a reason"]
        return faults_of_conflicts(choice, selection.conflicts)
    found = []
    decisions = selection.decisions
    if [d.key for d in decisions] != [row.project.key for row in choice.rows]:
        return ["the decisions are not those of the rows"]
    chosen = sum(1 << i for i, d in enumerate(decisions) if d.is_chosen)
    if chosen not in choices:
        found.append(f"{chosen:b} breaks a rule or what is decided")
    for limit in choice.limits:
        used = limit.used(choice.rows, chosen)
        if used > limit.amount:
            found.append(f"{limit.name}: {used} of {limit.amount} cents")
        shown = [b for b in selection.budgets if b.name == limit.name]
        if [(b.budget, b.used) for b in shown] != [(limit.amount, used)]:
            found.append(f"{limit.name} is shown as {shown}, expected {limit.amount}, {used}")
    if len(selection.budgets) != len(choice.limits):
        found.append(f"{len(selection.budgets)} limits, expected {len(choice.limits)}")
    if selection.status != "optimal":
        found.append(f"status {selection.status}")
    if abs(selection.total_value - choice.value(chosen)) > 1e-9 * max(1, selection.total_value):
        found.append(f"value {selection.total_value}, expected {choice.value(chosen)}")
    largest = max(abs(row.worth or 0.0) for row in choice.rows)
    if choice.value(best) - choice.value(chosen) > 1e-6 * largest * len(choice.rows):
        found.append(f"value {choice.value(chosen)}, best {choice.value(best)} by {best:b}")
    if is_sure and chosen != best:
        found.append(
            f"{chosen:b} is not {best:b}: value {choice.value(chosen)}, {choice.value(best)}; "
            f"cost {choice.money(chosen)}, {choice.money(best)}; "
            f"change {choice.change(chosen)}, {choice.change(best)}"
        )
    cost = sum(row.counted for i, row in enumerate(choice.rows) if chosen >> i & 1)
    leave = sum(row.exit for i, row in enumerate(choice.rows) if not chosen >> i & 1)
    if (selection.total_cost, selection.exit_cost) != (cost, leave):
        found.append(f"costs {selection.total_cost}, {selection.exit_cost}, not {cost}, {leave}")
    found += _faults_of_decisions(choice, selection)
    found += _faults_of_standings(choice, selection, chosen, choices, use)
    found += _faults_of_deferrals(choice, selection, chosen)
    return found


def _faults_of_decisions(choice: PlainChoice, selection: Selection) -> list[str]:
    found = []
    for row, decision in zip(choice.rows, selection.decisions, strict=True):
        if decision.is_chosen:
            expected = ["Continue" if row.is_in_flight else "Start"]
        else:
            expected = ["Stop"] if row.is_in_flight else ["Defer", "Not funded"]
        if decision.decision not in expected:
            found.append(f"{decision.key.label}: {decision.decision}, expected {expected}")
        if (decision.defer_to is not None) != (decision.decision == "Defer"):
            found.append(f"{decision.key.label}: {decision.decision} to {decision.defer_to}")
        is_same = (decision.value is None) == (row.worth is None)
        is_same = is_same and abs((decision.value or 0) - (row.worth or 0)) < 1e-12
        if decision.cost != row.counted or not is_same:
            found.append(f"{decision.key.label}: {decision.cost}, {decision.value}")
        if not decision.reason.strip() or len(decision.reason) > 220:
            found.append(f"{decision.key.label}: reason {decision.reason!r}")
    return found


def _faults_of_standings(
    choice: PlainChoice,
    selection: Selection,
    chosen: int,
    choices: list[int],
    use: list[list[int]],
) -> list[str]:
    found = []
    less, sure_less = choice.best(choices, use, 95)
    more, sure_more = choice.best(choices, use, 105)
    for i, decision in enumerate(selection.decisions):
        is_in = bool(chosen >> i & 1)
        other, is_sure = (less, sure_less) if is_in else (more, sure_more)
        expected = None
        if i not in choice.fixed and other is not None:
            expected = "firm" if bool(other >> i & 1) == is_in else "marginal"
        if is_sure and decision.standing != expected:
            found.append(f"{decision.key.label} is {decision.standing}, expected {expected}")
    return found


def _faults_of_deferrals(choice: PlainChoice, selection: Selection, chosen: int) -> list[str]:
    """Dates that do not fit, earlier ones that would, and what could be deferred and is not."""
    found = []
    shifts: dict[int, int] = {}
    for i, decision in enumerate(selection.decisions):
        start = choice.rows[i].project.start
        if decision.defer_to is None:
            continue
        if start is None or decision.defer_to.day != 1:
            found.append(f"{decision.key.label} is deferred to {decision.defer_to}")
            continue
        shifts[i] = month_of(decision.defer_to) - month_of(start)
        latest = choice.rows[i].project.latest_start
        most = 12 if latest is None else month_of(latest) - month_of(start)
        if not 1 <= shifts[i] <= most:
            found.append(f"{decision.key.label} is deferred by {shifts[i]} months of {most}")
        if i in choice.fixed:
            found.append(f"{decision.key.label} is decided by rule and deferred")
    if shifts and not _fits(choice, chosen, shifts):
        found.append(f"the deferrals {shifts} do not fit")
    linked = {end for link in choice.portfolio.links for end in (link.from_, link.to)}
    for i, shift in shifts.items():
        if choice.rows[i].project.project_id in linked:
            continue
        for earlier in range(1, shift):
            if _fits(choice, chosen, {**shifts, i: earlier}):
                label = choice.rows[i].project.title
                found.append(f"{label} is deferred by {shift} months, {earlier} would do")
                break
    for i, row in enumerate(choice.rows):
        start = row.project.start
        if i in choice.fixed or chosen >> i & 1 or i in shifts or row.is_in_flight:
            continue
        if start is None or month_of(start) < choice.first or (row.worth or 0) <= 1e-6:
            continue
        if not choice.keeps_shares(chosen | 1 << i):
            continue  # A category shuts it out, not the money of a period.
        latest = row.project.latest_start
        most = 12 if latest is None else month_of(latest) - month_of(start)
        for shift in range(1, most + 1):
            if _fits(choice, chosen, {**shifts, i: shift}):
                found.append(f"{row.project.title} could be deferred by {shift} months")
                break
    return found


def _fits(choice: PlainChoice, chosen: int, shifts: dict[int, int]) -> bool:
    """Whether the choice and what is deferred keep everything, and all of it is budgeted."""
    together = chosen | sum(1 << i for i in shifts)
    if not choice.keeps_rules(together):
        return False
    fiscal = choice.portfolio.settings.fiscal_first_month
    covered = {
        month
        for one in choice.portfolio.budgets
        if one.period is not None
        for month in months_of_period(one.period, fiscal)
    }
    for limit in choice.limits:
        used = limit.used(choice.rows, chosen)
        used += sum(limit.of(choice.rows[i], later) for i, later in shifts.items())
        # What is deferred has not begun: leaving it out costs nothing.
        if used > limit.amount:
            return False
    for i, later in shifts.items():
        row = choice.rows[i]
        now = sum(c for (m, _), c in row.cents.items() if m is None or m not in covered)
        then = sum(c for (m, _), c in row.cents.items() if m is None or m + later not in covered)
        if then > now:
            return False
    return True


def faults_of_reconciliation(choice: PlainChoice, answer: JobAnswer) -> list[str]:
    found = []
    lines = {(line.table, line.what): line for line in answer.reconciliation.lines}
    if not answer.reconciliation.is_exact:
        wrong = [line for line in answer.reconciliation.lines if line.difference]
        found.append(f"not reconciled: {wrong}")
    portfolio, selection = choice.portfolio, answer.selection
    given = sum(cents_of(one.amount) for p in portfolio.projects for one in p.cost)
    counted = sum(row.counted for row in choice.rows)
    cost = lines["projects", "cost"]
    if (cost.given, cost.used) != (given, counted):
        found.append(f"cost reconciled as {cost}, expected {given}, {counted}")
    rows = lines["projects", "rows"]
    if (rows.given, rows.used) != (len(portfolio.projects), len(choice.rows)):
        found.append(f"rows reconciled as {rows}")
    if selection.decisions:
        to_come = lines["projects", "cost to come"]
        if (to_come.given, to_come.used) != (counted, selection.total_cost):
            found.append(f"cost to come reconciled as {to_come}")
    if selection.budgets:
        budget = lines["budgets", "budget"]
        whole = sum(cents_of(one.budget) for one in portfolio.budgets)
        if budget.given != whole:
            found.append(f"budget reconciled as {budget}, expected {whole}")
    if answer.plan.status != "skipped" and portfolio.demand:
        for (table, what), line in lines.items():
            if table == "demand" and line.unit == "fte" and line.used > line.given + 1e-9:
                found.append(f"{what} of the demand: {line}")
    return found


def main() -> int:
    """Do jobs and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    n_wrong = 0
    status: dict[str, int] = {}
    for seed in range(arguments.seed, arguments.seed + arguments.jobs):
        portfolio = whole_portfolio(seed)
        answer = job_of(portfolio)
        told = f"{answer.selection.status}, {answer.plan.status}"
        status[told] = status.get(told, 0) + 1
        wrong = faults(portfolio, answer)
        n_wrong += bool(wrong)
        for one in wrong:
            print(f"seed {seed}: {one}", flush=True)  # noqa: T201
    seconds = time.perf_counter() - started
    print(f"{arguments.jobs} jobs, {n_wrong} differ, {seconds:.0f} s; {status}")  # noqa: T201
    return 1 if n_wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
