"""Whole jobs on workbooks: a drawn portfolio written down, run, and its result sheets read again.

`python -m tests.oracles.whole_workbooks --books 100 --seed 1` runs workbooks and says what differs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from tests.oracles.plain_choice import PlainChoice
from tests.oracles.whole_jobs import faults
from tests.oracles.whole_portfolios import whole_portfolio
from xlportfolio.money import money_text
from xlportfolio.operations.options import RunOptions
from xlportfolio.operations.run_json import run_as_json
from xlportfolio.operations.running import run_workbook
from xlportfolio.periods import Period
from xlportfolio.records import LATER, PRIOR, Amount, Project, Rating, Record
from xlportfolio.tables import Portfolio

Rows = list[list[object]]


def with_yearly_costs(portfolio: Portfolio) -> Portfolio:
    """The same with every cost as columns of years can hold it."""
    fiscal = portfolio.settings.fiscal_first_month
    first = Period("year", 2027, fiscal=True) if fiscal != 1 else Period("year", 2026)
    later = Period("year", 2028, fiscal=True) if fiscal != 1 else Period("year", 2027)

    def yearly(project: Project) -> Project:
        sums: dict[tuple[Period | None, str | None], float] = {}
        for one in project.cost:
            if one.kind in (PRIOR, LATER):
                continue
            if one.kind == "Contingency" and any(other.kind is None for other in project.cost):
                continue  # Whether the cost of a year has it in it, no header would say.
            is_later = one.period is not None and one.period.year >= later.year
            at: tuple[Period | None, str | None] = (later if is_later else first, one.kind)
            sums[at] = round(sums.get(at, 0.0) + one.amount, 2)
        cost = tuple(Amount(period=p, kind=k, amount=amount) for (p, k), amount in sums.items())
        return project.model_copy(update={"cost": cost})

    settings = portfolio.settings.model_copy(update={"currency": "GBP"})
    projects = tuple(yearly(project) for project in portfolio.projects)
    # A total below budgets of periods is read as their sum.
    has_periods = any(one.period is not None for one in portfolio.budgets)
    budgets = tuple(one for one in portfolio.budgets if one.period is not None or not has_periods)
    return replace(portfolio, projects=projects, settings=settings, budgets=budgets)


def is_writable(portfolio: Portfolio) -> bool:
    """Whether a workbook tells its tables: several criteria, and costs and budgets of years."""
    columns = {(one.period, one.kind) for p in portfolio.projects for one in p.cost}
    periods = {period for period, _ in columns}
    has_years = len(periods) > 1 and all(one.period is not None for one in portfolio.budgets)
    return len(portfolio.criteria) != 1 and has_years


def write_book(portfolio: Portfolio, path: Path) -> Path:
    """Write every table of a portfolio with yearly costs to a sheet of its own."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in _sheets(portfolio).items():
        if len(rows) < 2:
            continue
        sheet = book.create_sheet(name)
        filled = [k for k in range(len(rows[0])) if any(row[k] is not None for row in rows[1:])]
        for row in rows:
            sheet.append([_cell(row[k]) for k in filled])
    book.save(path)
    return path


def _cell(value: object) -> object:
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def _sheets(portfolio: Portfolio) -> dict[str, Rows]:
    settings = portfolio.settings
    rows = {
        "Projects": _projects(portfolio.projects),
        "Criteria": [
            ["Criterion", "Weight", "Direction", "Scale min", "Scale max"],
            *(
                [c.criterion, c.weight, c.direction, c.scale_min, c.scale_max]
                for c in portfolio.criteria
            ),
        ],
        "Ratings": [
            ["Project ID", "Option", "Assessor", *(c.criterion for c in portfolio.criteria)],
            *([r.project_id, r.option, r.assessor, *r.ratings.values()] for r in portfolio.ratings),
        ],
        "Budgets": [
            ["Period", "Kind", "Budget (GBP)"],
            *([b.period and b.period.label, b.kind, b.budget] for b in portfolio.budgets),
        ],
        "Categories": [
            ["Category", "Min share", "Max share", "Target share"],
            *([c.category, c.min_share, c.max_share, c.target_share] for c in portfolio.categories),
        ],
        "Links": [
            ["From project", "To project", "Dependency type", "Lag (months)"],
            *([one.from_, one.to, one.type, one.lag] for one in portfolio.links),
        ],
        "Capacity": [
            ["Role", "Period", "Capacity (FTE)"],
            *([c.role, c.period and c.period.label, c.capacity] for c in portfolio.capacity),
        ],
        "Demand": [
            ["Project ID", "Role", "Period", "Demand (FTE)"],
            *(
                [d.project_id, d.role, d.period and d.period.label, d.demand]
                for d in portfolio.demand
            ),
        ],
        "Settings": [
            ["Setting", "Value"],
            ["Currency", settings.currency],
            ["Fiscal first month", settings.fiscal_first_month],
            ["Seed", settings.seed],
        ],
    }
    if settings.first_period:
        rows["Settings"].append(["First period", settings.first_period])
    if settings.status_date:
        rows["Settings"].append(["Status date", settings.status_date])
    return rows


_COLUMNS = (
    ("Project ID", "project_id"),
    ("Project name", "name"),
    ("Option", "option"),
    ("Category", "category"),
    ("Lifecycle", "lifecycle"),
    ("Start date", "start"),
    ("Finish date", "finish"),
    ("Duration (months)", "duration"),
    ("Earliest start", "earliest_start"),
    ("Latest start", "latest_start"),
    ("Value", "value"),
    ("Spent to date (GBP)", "spent_to_date"),
    ("Committed cost (GBP)", "committed_cost"),
    ("Cost to go (GBP)", "cost_to_go"),
    ("Exit cost (GBP)", "exit_cost"),
    ("% complete", "percent_complete"),
    ("Force in/out", "force"),
    ("Reason", "reason"),
    ("Current decision", "current_decision"),
)


def _projects(projects: Sequence[Project]) -> Rows:
    used = [
        (header, name)
        for header, name in _COLUMNS
        if any(getattr(project, name) is not None for project in projects)
    ]
    amounts = dict.fromkeys((one.period, one.kind) for project in projects for one in project.cost)
    places = sorted(amounts, key=lambda at: (at[0].year if at[0] else 0, at[1] or ""))
    headers = [
        f"{kind or 'Cost'} {period.label} (GBP)" if period else f"{kind} years (GBP)"
        for period, kind in places
    ]
    rows: Rows = [[*(header for header, _ in used), *headers]]
    for project in projects:
        cost = {(one.period, one.kind): one.amount for one in project.cost}
        rows.append([*(getattr(project, name) for _, name in used), *(map(cost.get, places))])
    return rows


def faults_of_book(portfolio: Portfolio, folder: Path) -> list[str]:
    """Write a portfolio, run the workbook and read everything again; what differs, in sentences."""
    portfolio = with_yearly_costs(portfolio)
    if not is_writable(portfolio):
        return []
    path = write_book(portfolio, folder / "book.xlsx")
    result = run_workbook(path, options=RunOptions(effort=0.05), output=folder / "out.xlsx")
    found = _faults_of_reading(portfolio, result.found.portfolio)
    answer = result.answer
    found += faults(result.found.portfolio, answer)
    told = json.loads(json.dumps(run_as_json(result), default=str))
    selection = answer.selection
    choice = PlainChoice(portfolio)
    if not selection.decisions:
        return found
    book = load_workbook(folder / "out.xlsx")
    rows = _table(book["PF Results"], "ID")
    shifts = {one.key: one.months_moved for one in answer.plan.projects}
    chosen_years: dict[str, int] = {}
    by_key = {(row["ID"], row.get("Option")): row for row in rows}
    if len(by_key) != len(choice.rows):
        found.append(f"{len(by_key)} rows of results for {len(choice.rows)} projects")
    for i, (row, decision) in enumerate(
        zip(choice.rows, told["rebalance"]["decisions"], strict=True)
    ):
        key = row.project.key
        shown = by_key.get((key.project_id, key.option))
        if shown is None:
            found.append(f"{key.label} is not in the results")
            continue
        for header, expected in (
            ("Proposed decision", decision["decision"]),
            ("Reason", decision["reason"]),
            ("Firm or marginal", decision["standing"]),
        ):
            if shown.get(header) != expected:
                found.append(f"{key.label}: {header} is {shown.get(header)}, JSON says {expected}")
        cost = _cents(shown.get("Total cost (GBP k)"))
        if row.is_known and cost != row.counted:
            found.append(f"{key.label}: costs {cost} on the sheet, expected {row.counted}")
        shift = shifts.get(key, 0)
        months = answer.costs.months
        years = _by_year(row.cents, shift, months.first, months.last, months.fiscal_first_month)
        of_sheet = {
            header.removesuffix(" (GBP k)"): _cents(value)
            for header, value in shown.items()
            if header and header.endswith("(GBP k)") and header[:2] == "20" and _cents(value)
        }
        dated = {year: cents for year, cents in years.items() if year and cents}
        if of_sheet != dated:
            found.append(f"{key.label}: {of_sheet} by year on the sheet, expected {dated}")
        if selection.decisions[i].is_chosen:
            for year, cents in dated.items():
                chosen_years[year] = chosen_years.get(year, 0) + cents
        if choice.by_value and shown.get("Value") != row.worth and row.worth is not None:
            found.append(f"{key.label}: value {shown.get('Value')}, expected {row.worth}")
        if shift and shown.get("Months moved") != shift:
            found.append(f"{key.label}: moved {shown.get('Months moved')}, expected {shift}")
    found += _faults_of_totals(book, told, chosen_years, choice, answer)
    return found


def _faults_of_reading(drawn: Portfolio, read: Portfolio) -> list[str]:
    """Where the tables were read otherwise than they were drawn."""
    found = []
    for one, other in zip(drawn.projects, read.projects, strict=True):
        for name in type(one).model_fields:
            mine, theirs = getattr(one, name), getattr(other, name)
            if name == "category":
                mine = mine and mine.strip()
            if name == "cost":
                mine, theirs = set(mine), set(theirs)
            if name == "reason" and mine is None:
                continue
            if name != "budget" and mine != theirs:
                found.append(f"{one.title}: {name} was read as {theirs}, is {mine}")
    for name in ("criteria", "ratings", "budgets", "categories", "links", "capacity", "demand"):
        mine = [one for one in getattr(drawn, name) if not _is_blank(one)]
        if mine != list(getattr(read, name)):
            found.append(f"the {name} were read otherwise")
    settings = ("currency", "fiscal_first_month", "first_period", "status_date", "seed")
    found += [
        f"the setting {name} was read otherwise"
        for name in settings
        if getattr(drawn.settings, name) != getattr(read.settings, name)
    ]
    return found


def _is_blank(one: Record) -> bool:
    """Whether a row is one of ratings that nobody gave: it says nothing."""
    return isinstance(one, Rating) and all(value is None for value in one.ratings.values())


def _faults_of_totals(
    book: Any, told: Any, years: dict[str, int], choice: PlainChoice, answer: Any
) -> list[str]:
    found = []
    selection = answer.selection
    level = told["level"]
    if told["rebalance"]["total_cost"] != selection.total_cost / 100 or not told["reconciled"]:
        found.append("the JSON does not give the cost, or is not reconciled")
    ids = [d.key.project_id for d in selection.decisions if d.is_chosen]
    if told["rebalance"]["selected"] != ids:
        found.append(f"the JSON has {told['rebalance']['selected']} chosen, not {ids}")
    moved = {one.key.project_id: one.months_moved for one in answer.plan.projects}
    if {m["project_id"]: m["months"] for m in level["moves"]} != {
        k: m for k, m in moved.items() if m
    }:
        found.append(f"the JSON has the moves {level['moves']}")
    found += [
        f"PF Reconcile: {line}, {selection.total_cost} is chosen"
        for line in _table(book["PF Reconcile"], "Input")
        if line.get("Difference") not in (0, None)
        or (
            line["What"] == "Cost to come (GBP k)"
            and _cents(line["In the results"]) != selection.total_cost
        )
    ]
    spend = _spend(book["PF Dashboard"])
    exits = selection.exit_cost
    found += [
        f"PF Dashboard: {cents} in {year}, expected {years.get(year, 0)} and {exits} exit"
        for year, cents in spend.items()
        if cents not in (years.get(year, 0), years.get(year, 0) + exits)
    ]
    if spend and sum(spend.values()) != sum(years.get(y, 0) for y in spend) + exits:
        found.append(f"PF Dashboard: {spend} spent, expected {years} and {exits} exit")
    missing = [year for year, cents in years.items() if cents and spend and year not in spend]
    if missing:
        found.append(f"PF Dashboard: no {missing}")
    summary = book["PF Summary"]
    n_in, n = len(set(ids)), len({row.project.project_id for row in choice.rows})
    if summary["A8"].value != f"{n_in} of {n}":
        found.append(f"PF Summary: {summary['A8'].value} projects, expected {n_in} of {n}")
    is_plain = all(limit.kinds is None for limit in choice.limits)
    is_plain = is_plain and len({limit.months is None for limit in choice.limits}) == 1
    if is_plain and choice.limits:
        chosen = sum(1 << i for i, d in enumerate(selection.decisions) if d.is_chosen)
        used = sum(limit.used(choice.rows, chosen) for limit in choice.limits)
        whole = sum(limit.amount for limit in choice.limits)
        if summary["E8"].value != money_text(used, "GBP"):
            found.append(
                f"PF Summary: {summary['E8'].value} used, expected {money_text(used, 'GBP')}"
            )
        if not str(summary["E9"].value).startswith(f"of {money_text(whole, 'GBP')}"):
            found.append(f"PF Summary: {summary['E9'].value}, expected {money_text(whole, 'GBP')}")
    if answer.plan.status != "skipped":
        short = float(summary["M8"].value.replace(",", "").split()[-1])
        if abs(short - answer.plan.shortfall_after) > 0.06:
            found.append(f"PF Summary: {short} short, expected {answer.plan.shortfall_after}")
    return found


def _table(sheet: Any, first: str) -> list[dict[str, Any]]:
    """The rows below every header row that begins with a word, until a blank one."""
    rows: list[dict[str, Any]] = []
    headers: list[Any] | None = None
    for values in sheet.iter_rows(values_only=True):
        if values[0] == first:
            headers = list(values)
        elif headers and not any(value is not None for value in values):
            headers = None
        elif headers:
            rows.append(dict(zip(headers, values, strict=True)))
    return rows


def _spend(sheet: Any) -> dict[str, int]:
    """What the dashboard has as spent, by fiscal year. [cents]"""
    spend: dict[str, int] = {}
    at: tuple[int, int] | None = None
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value == "Fiscal year":
                heads = {c.value: c.column for c in row if c.column >= cell.column}
                at = cell.column, heads["In all"]
        if at and row[at[0] - 1].value not in (None, "Fiscal year"):
            spend[str(row[at[0] - 1].value)] = _cents(row[at[1] - 1].value)
        elif at and spend and row[at[0] - 1].value is None:
            break
    return spend


def _cents(value: Any) -> int:
    """Money of a sheet in thousands. [cents]"""
    return 0 if value is None or isinstance(value, str) else round(value * 100_000)


def _by_year(
    cents: dict[tuple[int | None, str], int], shift: int, first: int, last: int, fiscal: int
) -> dict[str | None, int]:
    years: dict[str | None, int] = {}
    for (month, _), amount in cents.items():
        label = None
        if month is not None and month + shift <= last:
            moved = max(month + shift, first) if shift else month
            begins = (moved - (fiscal - 1)) // 12
            label = str(begins) if fiscal == 1 else f"{begins}/{(begins + 1) % 100:02d}"
        years[label] = years.get(label, 0) + amount
    return years


def main() -> int:
    """Run workbooks and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    n_wrong = 0
    for seed in range(arguments.seed, arguments.seed + arguments.books):
        with tempfile.TemporaryDirectory() as folder:
            wrong = faults_of_book(whole_portfolio(seed), Path(folder))
        n_wrong += bool(wrong)
        for one in wrong:
            print(f"seed {seed}: {one}", flush=True)  # noqa: T201
    print(f"{arguments.books} books, {n_wrong} differ")  # noqa: T201
    return 1 if n_wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
