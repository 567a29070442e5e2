"""The tables of a portfolio, read from source tables and validated once.

Below this module values can be trusted: money is in single currency units, fractions run from
0 to 1, dates are dates, rows join by ID. What could not be used is absent and among the problems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlportfolio.checking.balance import Blank, check_budgets, check_categories
from xlportfolio.checking.dependencies import check_links
from xlportfolio.checking.figures import (
    ask_sign_convention,
    check_blanks,
    check_currencies,
    check_rag,
    check_signs,
    check_units,
    check_zeros,
)
from xlportfolio.checking.findings import Entry, Findings, Origin
from xlportfolio.checking.identity import check_same_project_twice, texts_of
from xlportfolio.checking.people import check_demand_periods, check_people, to_fte
from xlportfolio.checking.profiles import total
from xlportfolio.checking.project_rows import read_projects
from xlportfolio.checking.rows import Basis, basis_of, read_rows
from xlportfolio.checking.schedule import check_dates, check_swapped_days
from xlportfolio.checking.scoring import (
    RatingCell,
    check_criteria,
    check_criteria_and_columns,
    check_missing_ratings,
    check_scales,
    rating_columns,
)
from xlportfolio.checking.settings_rows import read_settings
from xlportfolio.keys import join_key
from xlportfolio.problems import Problem
from xlportfolio.records import (
    Budget,
    Capacity,
    Category,
    Criterion,
    Demand,
    Link,
    Project,
    ProjectKey,
    Rating,
    Settings,
)
from xlportfolio.sources import SourceTable
from xlportfolio.wording import shown

_DATE_FIELDS = ("start", "finish", "earliest_start", "latest_start")


@dataclass(frozen=True)
class Portfolio:
    """A portfolio as its tables say, with every problem found on the way.

    Attributes
    ----------
    problems
        In sheet order: by source table, row and column.
    notes
        What was assumed, in sentences.
    """

    projects: tuple[Project, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    ratings: tuple[Rating, ...] = ()
    budgets: tuple[Budget, ...] = ()
    categories: tuple[Category, ...] = ()
    links: tuple[Link, ...] = ()
    capacity: tuple[Capacity, ...] = ()
    demand: tuple[Demand, ...] = ()
    settings: Settings = field(default_factory=Settings)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def read_tables(sources: Sequence[SourceTable], settings: Settings | None = None) -> Portfolio:
    """Read and check every table; nothing in the data makes it fail.

    Parameters
    ----------
    sources
        Tables as they were found, in the order of the workbook. The first of the projects is the
        main one; further ones add fields, or projects where they share none.
    settings
        Settings that were said elsewhere; they hold over a settings table.

    Returns
    -------
    What could be used, the problems and the notes.

    Examples
    --------
    >>> from xlportfolio.sources import SourceColumn
    >>> table = SourceTable(
    ...     "projects",
    ...     "Projects",
    ...     (
    ...         SourceColumn("project_id", "ID"),
    ...         SourceColumn("name", "Name"),
    ...         SourceColumn("cost", "Cost (£k)", "£k", 1000.0, "GBP"),
    ...     ),
    ...     (("P1", "Bridge", 120.0), ("P2", "Road", "tbc")),
    ... )
    >>> portfolio = read_tables([table])
    >>> portfolio.projects[0].cost[0].amount, portfolio.projects[1].cost
    (120000.0, ())
    >>> portfolio.problems[0].message
    '"Cost (£k)" of project P2 is "tbc"; expected a number in £k. Enter the number, or leave the \
cell blank until it is known.'
    """
    return _Reading(sources, settings).portfolio()


class _Reading:
    """One pass over the sources; what one table says is needed to check the next."""

    def __init__(self, sources: Sequence[SourceTable], settings: Settings | None) -> None:
        self.findings = Findings()
        self.notes: list[str] = []
        self.origins = [Origin(i, table) for i, table in enumerate(sources)]
        self.settings = read_settings(self._of("settings"), settings, self.findings)
        self.basis = self._checked_basis()
        self.projects = read_projects(self._of("projects"), self.basis, self.findings, self.notes)
        self.known = _names_of(self.projects)
        if not self.projects and (empty := self._of("projects")):
            self.findings.report(
                "no_projects",
                f"the table {shown(empty[0].table.label)} has no projects yet",
                "a row for each project",
                "Enter or paste them below its headers.",
                origin=empty[0],
                column=0 if empty[0].table.columns else None,
            )

    def portfolio(self) -> Portfolio:
        """Read the other tables, check them all, and build the records."""
        self._borrow_cost()
        self._check_projects()
        criteria = self._named_rows("criteria", "criterion")
        check_criteria(criteria, self.findings)
        ratings = self._ratings(criteria)
        budgets = self._budgets()
        categories = self._named_rows("categories", "category")
        check_categories(categories, self.projects, self.findings)
        links = self._links()
        capacity, demand = self._people()
        projects = tuple(_project(entry) for entry in self.projects)
        money, row_money = _money_of(self.projects)
        return Portfolio(
            projects=projects,
            criteria=tuple(
                Criterion(**_values(entry, Criterion))
                for entry in criteria
                if "direction" not in entry.unusable
            ),
            ratings=ratings,
            budgets=budgets,
            categories=tuple(Category(**_values(entry, Category)) for entry in categories),
            links=links,
            capacity=capacity,
            demand=demand,
            settings=self.settings,
            problems=self.findings.in_sheet_order(money, row_money),
            notes=tuple(self.notes),
        )

    def _of(self, table: str) -> list[Origin]:
        return [origin for origin in self.origins if origin.table.table == table]

    def _checked_basis(self) -> Basis:
        """What money is read against; columns in another currency are read as if empty."""
        basis = basis_of(self.settings)
        self.findings.currency = basis.currency
        check_units(self.origins, self.settings.unit is not None, self.findings)
        odd = check_currencies(self.origins, basis.currency, self.findings)
        if self.settings.currency is None:  # then the headers say it, if anything does
            self.settings = self.settings.model_copy(update={"currency": self.findings.currency})
        for origin in self.origins:
            unused = {k for index, k in odd if index == origin.index}
            if unused:
                origin.table = _without(origin.table, unused)
        return basis

    def _borrow_cost(self) -> None:
        """Where only one of cost and budget has a column, it serves for both."""
        mapped = {
            column.field for origin in self._of("projects") for column in origin.table.columns
        }
        pairs = (("cost", "budget"), ("budget", "cost"))
        for missing, given in pairs:
            if given not in mapped or missing in mapped:
                continue
            self.notes.append(
                f"There is no column of the {missing}: the {given} of each project serves for both."
            )
            for entry in self.projects:
                entry.values[missing] = entry.values.get(given, ())
                entry.borrowed.add(missing)

    def _check_projects(self) -> None:
        findings = self.findings
        for name in _DATE_FIELDS:
            check_swapped_days(self.projects, name, findings)
        check_dates(self.projects, findings)
        ask_sign_convention(self.projects, findings)
        check_signs(self.projects, findings)
        check_blanks(self.projects, findings)
        check_zeros(self.projects, findings)
        check_rag(self.projects, self.settings.status_date, findings)
        check_same_project_twice(self.projects, findings)

    def _named_rows(self, table: str, key: str) -> list[Entry]:
        """The rows of tables whose rows have names of their own."""
        entries: list[Entry] = []
        for origin in self._of(table):
            origin.labels = [text or "" for text in texts_of(origin, key)]
            for entry in read_rows(origin, self.basis, self.findings):
                if entry.get(key) is None:
                    self._report_no_key(entry, key)
                else:
                    entries.append(entry)
        return entries

    def _report_no_key(self, entry: Entry, key: str) -> None:
        origin, row, column = entry.place(key)
        if key in entry.unusable:
            return
        self.findings.report(
            "no_key",
            f"a row of the {origin.table.table} has no {key.replace('_', ' ')}",
            "one in each row",
            "Enter it, or delete the row; until then it is left out.",
            origin=origin,
            row=row,
            column=column,
            unused_rows=(row,),
        )

    def _project_id(self, entry: Entry) -> str | None:
        """The ID of the project that a row is about; unknown ones are reported."""
        text = entry.get("project_id")
        if text is None:
            self._report_no_key(entry, "project_id")
            return None
        found = self.known.get(join_key(text))
        if found is None:
            origin, row, column = entry.place("project_id")
            self.findings.report(
                "unknown_project",
                f"{shown(text)} in the {origin.table.table} is no project",
                "an ID of the projects table",
                "Correct the ID, or add the project; until then the row is left out.",
                origin=origin,
                row=row,
                column=column,
                value=text,
                unused_rows=(row,),
            )
        return found

    def _ratings(self, criteria: Sequence[Entry]) -> tuple[Rating, ...]:
        cells: list[RatingCell] = []
        rows: list[tuple[ProjectKey, str | None, list[RatingCell]]] = []
        origins = self._of("ratings")
        for origin in origins:
            origin.labels = [text or "" for text in texts_of(origin, "project_id")]
            for entry in read_rows(origin, self.basis, self.findings):
                project_id = self._project_id(entry)
                if project_id is not None:
                    key = ProjectKey(project_id, entry.get("option"))
                    rows.append((key, entry.get("assessor"), _cells(entry, project_id)))
        for entry in self.projects:
            own = _cells(entry, entry.label)
            if own:
                key = ProjectKey(entry.get("project_id"), entry.get("option"))
                rows.append((key, None, own))
        for _, _, own in rows:
            cells.extend(own)
        check_criteria_and_columns(criteria, [*origins, *self._of("projects")], self.findings)
        outside = check_scales(cells, criteria, self.findings)
        check_missing_ratings(cells, self.projects, self.findings)
        return tuple(
            Rating(
                project_id=key.project_id,
                option=key.option,
                assessor=assessor,
                ratings={
                    cell.criterion: None
                    if (cell.origin.index, cell.row, cell.column) in outside
                    else cell.value
                    for cell in own
                },
            )
            for key, assessor, own in rows
        )

    def _budgets(self) -> tuple[Budget, ...]:
        budgets: list[Budget] = []
        blanks: list[Blank] = []
        for origin in self._of("budgets"):
            kinds = texts_of(origin, "kind")
            periods = texts_of(origin, "period")
            origin.labels = [
                " ".join(part for part in pair if part) for pair in zip(kinds, periods, strict=True)
            ]
            entries = read_rows(origin, self.basis, self.findings)
            n_periods = sum(entry.get("period") is not None for entry in entries)
            for entry in entries:
                # A total below the periods is their sum, not more money.
                is_sum = periods[entry.row] is not None and entry.get("period") is None
                if "period" in entry.unusable or (is_sum and n_periods > 0):
                    continue
                blanks += _blank_budgets(origin, entry)
                for k, amount in entry.get("budget") or ():
                    column = origin.column(k)
                    budgets.append(
                        Budget(
                            period=column.period or entry.get("period"),
                            kind=column.kind or entry.get("kind"),
                            budget=amount,
                        )
                    )
        check_budgets(
            {entry.label: entry.get("cost") or () for entry in self.projects},
            budgets,
            next(iter(self._of("budgets")), None),
            self.settings.fiscal_first_month,
            self.findings,
            blanks,
        )
        return tuple(budgets)

    def _links(self) -> tuple[Link, ...]:
        entries: list[Entry] = []
        for origin in self._of("links"):
            starts, ends = texts_of(origin, "from"), texts_of(origin, "to")
            origin.labels = [
                f"{start or '?'} to {end or '?'}" if start or end else ""
                for start, end in zip(starts, ends, strict=True)
            ]
            entries += read_rows(origin, self.basis, self.findings)
        check_links(entries, self.known, self.findings)
        return tuple(
            Link(
                from_=entry.get("from"),
                to=entry.get("to"),
                type=entry.get("type"),
                lag=entry.get("lag"),
            )
            for entry in entries
            if entry.get("from") and entry.get("to") and entry.get("type")
        )

    def _people(self) -> tuple[tuple[Capacity, ...], tuple[Demand, ...]]:
        capacity: list[Entry] = []
        demand: list[Entry] = []
        for origin in self._of("capacity"):
            origin.labels = [role or "" for role in texts_of(origin, "role")]
            capacity += read_rows(origin, self.basis, self.findings)
        for origin in self._of("demand"):
            ids, roles = texts_of(origin, "project_id"), texts_of(origin, "role")
            origin.labels = [
                ", ".join(part for part in pair if part) for pair in zip(ids, roles, strict=True)
            ]
            for entry in read_rows(origin, self.basis, self.findings):
                entry.values["project_id"] = self._project_id(entry)
                if entry.get("project_id") is not None:
                    demand.append(entry)
        check_people(capacity, demand, self.findings)
        to_fte([*capacity, *demand], self.settings, self.findings)
        by_id = {entry.get("project_id"): entry for entry in reversed(self.projects)}
        check_demand_periods(demand, by_id, self.settings.fiscal_first_month, self.findings)
        return (
            tuple(
                Capacity(
                    role=entry.get("role"),
                    period=entry.origin.column(k).period or entry.get("period"),
                    capacity=fte,
                )
                for entry, k, fte in _fte(capacity, "capacity")
            ),
            tuple(
                Demand(
                    project_id=entry.get("project_id"),
                    role=entry.get("role"),
                    period=entry.origin.column(k).period or entry.get("period"),
                    demand=fte,
                )
                for entry, k, fte in _fte(demand, "demand")
            ),
        )


def _blank_budgets(origin: Origin, entry: Entry) -> list[Blank]:
    """The cells of a row of budgets that hold no amount."""
    return [
        Blank(
            Budget(
                period=origin.column(k).period or entry.get("period"),
                kind=origin.column(k).kind or entry.get("kind"),
                budget=0.0,
            ),
            origin,
            entry.row,
            k,
        )
        for k in origin.table.positions("budget")
        if origin.table.rows[entry.row][k] is None
    ]


def _fte(entries: Sequence[Entry], name: str) -> list[tuple[Entry, int, float]]:
    """The FTE that can be used, one for each row and column."""
    return [
        (entry, k, fte)
        for entry in entries
        if entry.get("role") is not None and "period" not in entry.unusable
        for k, fte in entry.get(name) or ()
        if fte >= 0
    ]


def _without(table: SourceTable, positions: set[int]) -> SourceTable:
    """The table with some columns empty, so that positions stay."""
    rows = tuple(
        tuple(None if k in positions else value for k, value in enumerate(row))
        for row in table.rows
    )
    return SourceTable(table.table, table.label, table.columns, rows)


def _names_of(projects: Sequence[Entry]) -> dict[str, str]:
    """Project ID by what other tables may write for it: the ID, or a name that is unique."""
    known: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    for entry in projects:
        if entry.get("name"):
            names.setdefault(join_key(entry.get("name")), set()).add(entry.get("project_id"))
    for name, ids in names.items():
        if len(ids) == 1:
            known[name] = next(iter(ids))
    for entry in projects:
        known[join_key(entry.get("project_id"))] = entry.get("project_id")
    return known


def _cells(entry: Entry, project: str) -> list[RatingCell]:
    given = dict(entry.get("ratings") or ())
    return [
        RatingCell(project, criterion, entry.origin, entry.row, k, given.get(k))
        for k, criterion in rating_columns(entry.origin)
    ]


def _values(entry: Entry, record: type[Criterion] | type[Category]) -> dict[str, Any]:
    return {name: value for name, value in entry.values.items() if name in record.model_fields}


def _project(entry: Entry) -> Project:
    values = {name: value for name, value in entry.values.items() if name in Project.model_fields}
    if values.get("force") == "Free":
        values["force"] = None
    return Project(**values)


def _money_of(
    projects: Sequence[Entry],
) -> tuple[Mapping[str, float], Mapping[tuple[int, int], float]]:
    """What each project costs, by its label and ID, and by its row. [currency units]"""
    by_label: dict[str, float] = {}
    by_row: dict[tuple[int, int], float] = {}
    for entry in projects:
        amount = total(entry.get("cost") or ())
        if amount is None:
            amount = total(entry.get("budget") or ())
        if amount is None:
            amount = entry.get("forecast_cost")
        if amount is not None:
            by_label.setdefault(entry.get("project_id"), amount)
            by_label[entry.label] = amount
            by_row[entry.origin.index, entry.row] = amount
    return by_label, by_row
