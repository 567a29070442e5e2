"""The four charts of PF Dashboard: what each says, the figures behind it, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from xlportfolio.money import money_text
from xlportfolio.report.chart_data import (
    MAX_LARGEST,
    OTHER_KINDS,
    CriticalRoles,
    CutLine,
    Largest,
    Spend,
    YearSpend,
)
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import BLUE, COUNT_FORMAT, FTE_FORMAT, ORANGE, money_look
from xlportfolio.report.people import LEAST_SHORT, fte_text
from xlportfolio.workbook.description import CellValue, Chart, Series
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.plots import axis_format

_GOLD, _PINK, _SKY, _DARK = "E69F00", "CC79A7", "56B4E9", "22303A"
_KIND_COLOURS = (BLUE, _GOLD, _SKY, _PINK, "7F7F7F", "F0E442")
_EXIT_COLOUR = "4D4D4D"
_ROLE_COLOURS = (BLUE, _GOLD, _PINK, _DARK)
_LONGEST_LABEL, _LONGEST_NAME = 28, 33  # of the first and of the second half of the page
_GREY = "8D99A0"
FUNDED, OTHERS = "Funded", "Others"
"""Names of series: the portfolio as proposed, and what is deferred, stopped or not funded."""


@dataclass(frozen=True)
class Block:
    """Figures as they stand on the sheet: a native table under a title.

    Attributes
    ----------
    name
        Of the table.
    headings
        The first column holds text.
    formats
        Number formats by column; None for text.
    """

    title: str
    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[CellValue, ...], ...]
    formats: tuple[str | None, ...]


@dataclass(frozen=True)
class Panel:
    """A chart with its figures; `chart` draws it over the table's body at an anchor."""

    title: str
    block: Block
    chart: Callable[[CellRange, str], Chart]


def _column(body: CellRange, column: int, first: int = 0, last: int = -1) -> str:
    """The cells of a column of a table's body, counted from 0, from row `first` to `last`."""
    n = body.n_rows
    top, bottom = body.first_row + first, body.first_row + last % n
    at = body.first_column + column
    return CellRange(top, at, bottom, at).address


def _value_word(contents: RunContents) -> str:
    """What projects are worth, in a word; without a portfolio as in `candidates`."""
    if contents.selection.decisions:
        return contents.selection.value_name
    has_values = any(project.value is not None for project in contents.portfolio.projects)
    return "value" if has_values else "score"


def _value_format(largest: float) -> str:
    return "#,##0.0" if largest >= 100 else "#,##0.00"


def _short(name: str, option: str | None, longest: int = _LONGEST_LABEL) -> str:
    """A name that fits a column of the figures."""
    ending = f" ({option})" if option else ""
    room = longest - len(ending)
    if len(name) <= room:
        return name + ending
    return name[: max(room - 1, 1)].rstrip(" ,;:-") + "…" + ending


# -- cost against value ----------------------------------------------------------------------------


def cut_title(contents: RunContents, cut: CutLine) -> str:
    """What the money buys: true to the figures of the chart."""
    money = money_text(cut.chosen_cost, contents.portfolio.settings.currency)
    money += " of the budgets" * (cut.is_within and cut.chosen_cost > 0)
    word = _value_word(contents)
    if not cut.n_chosen:
        return "No project is funded"
    if cut.n_chosen == cut.n_projects == 1:
        return f"The one project is funded: {money}"
    if cut.n_chosen == cut.n_projects:
        return f"All {cut.n_projects:,} projects are funded: {money}"
    if cut.all_value <= 0:
        return f"{money} carries {cut.n_chosen:,} of {cut.n_projects:,} projects"
    share = 100 * cut.chosen_value / cut.all_value
    said = f"{share:.0f} %" if share < 99.5 else "more than 99 %" if share < 100 else "100 %"
    said = "less than 1 %" if 0 < share < 0.5 else said
    all_known = all(contents.costs.is_known)
    of = (
        f"all {cut.n_projects:,} projects"
        if all_known
        else (f"the {cut.n_projects:,} projects whose cost is known")
    )
    return f"{money} buys {said} of the {word} of {of}"


def cost_and_value(contents: RunContents, cut: CutLine) -> Panel:
    """Cumulative cost against cumulative value, with the budget as a line across."""
    money = money_look(contents)
    word = _value_word(contents)
    what = "Cost to go within the budgets' periods" if cut.is_within else "Cost to go"
    rows: list[tuple[CellValue, ...]] = [
        (
            "Stopping" if cut.exit_cost else "Before the first",
            0,
            money.shown(cut.exit_cost),
            0.0,
            None,
        )
    ]
    rows += [
        (_short(p.name, None), p.n_projects, money.shown(p.cost), round(p.value, 6), p.decision)
        for p in cut.points
    ]
    n_points = len(rows)
    n_chosen = 1 + sum(point.is_chosen for point in cut.points)
    if cut.budget is not None:
        at = money.shown(cut.budget)
        rows.append(("Budget: foot of the line", None, at, 0.0, None))
        rows.append(("Budget: head of the line", None, at, round(cut.all_value, 6), None))
    thinned = len(cut.points) < cut.n_projects
    block = Block(
        money.heading("Cost against value, by value per cost, the portfolio first")
        + (", every few projects" if thinned else ""),
        "PF_Dashboard_cut",
        (
            "Up to project",
            "Projects",
            money.short_heading("Cost up to it"),
            f"{word.capitalize()} up to it",
            "Decision",
        ),
        tuple(rows),
        (None, COUNT_FORMAT, money.number_format, _value_format(cut.all_value), None),
    )
    title = cut_title(contents, cut)

    def draw(body: CellRange, anchor: str) -> Chart:
        def joined(name: str, first: int, last: int, colour: str, dashed: bool) -> Series:
            return Series(
                _column(body, 3, first, last),
                x_values=_column(body, 2, first, last),
                name=name,
                colour=colour,
                dashed=dashed,
                kind="line",
            )

        series = []
        if n_chosen > 1:
            series.append(joined(FUNDED, 0, n_chosen - 1, BLUE, False))
        if n_points > n_chosen:
            series.append(joined(OTHERS, n_chosen - 1, n_points - 1, _GREY, True))
        if cut.budget is not None:
            currency = contents.portfolio.settings.currency
            name = f"Budget {money_text(cut.budget, currency)}"
            series.append(joined(name, n_points, n_points + 1, ORANGE, False))
        return Chart(
            "scatter",
            title,
            tuple(series),
            anchor,
            x_title=money.heading(f"{what}, cumulative"),
            y_title=f"{word.capitalize()}, cumulative",
            y_format="#,##0.##" if cut.all_value < 10 else "#,##0",
        )

    return Panel(title, block, draw)


# -- spend by fiscal year --------------------------------------------------------------------------


def spend_title(contents: RunContents, spend: Spend) -> str:
    """Whether the money of each year stays inside its budget, and where it does not."""
    currency = contents.portfolio.settings.currency
    of = f"{' and '.join(spend.limited_kinds)} spend" if spend.limited_kinds else "Spend"
    budgeted = [(year, year.budget) for year in spend.years if year.budget is not None]
    if not budgeted:
        top = max(spend.years, key=_total, default=None)
        if top is None or not top.total:
            return "No money is spent in the months of the plan"
        if top.total == sum(year.total for year in spend.years):
            return f"All spend falls in {top.label}: {money_text(top.total, currency)}"
        return f"Spend is highest in {top.label}: {money_text(top.total, currency)}"
    over = [(year, year.counted - budget) for year, budget in budgeted if year.counted > budget]
    if over:
        year, excess = max(over, key=lambda one: one[1])
        others = len(over) - 1
        more = f", and {others} more year{'s' * (others > 1)} too" if others else ""
        return f"Budget {year.label} is exceeded by {money_text(excess, currency)}{more}"
    if len(budgeted) < len(spend.years):
        return f"{of} stays inside the budget in every year that has one"
    if len(budgeted) == 1:
        return f"{of} stays inside the budget {budgeted[0][0].label}"
    return f"{of} stays inside the budget in every year"


def _total(year: YearSpend) -> int:
    return year.total


def money_by_year(contents: RunContents, spend: Spend) -> Panel:
    """Spend by fiscal year stacked by kind, with the budget as a line."""
    money = money_look(contents)
    has_budget = any(year.budget is not None for year in spend.years)
    only = f", {' and '.join(spend.limited_kinds)}" if spend.limited_kinds else ""
    headings = ["Fiscal year", *spend.kinds, "In all"]
    if has_budget:
        headings += [f"Budget{only}", "Left"]
    rows = []
    for year in spend.years:
        row: list[CellValue] = [year.label, *map(money.shown, year.by_kind)]
        row.append(money.shown(year.total))
        if has_budget:
            known = year.budget is not None
            row.append(money.shown(year.budget) if year.budget is not None else None)
            row.append(money.shown((year.budget or 0) - year.counted) if known else None)
        rows.append(tuple(row))
    n_kinds = len(spend.kinds)
    block = Block(
        money.heading("Spend by fiscal year, with the starts as proposed"),
        "PF_Dashboard_spend",
        tuple(headings),
        tuple(rows),
        (None, *[money.number_format] * (len(headings) - 1)),
    )
    title = spend_title(contents, spend)

    def draw(body: CellRange, anchor: str) -> Chart:
        years = _column(body, 0)
        largest = max((year.total for year in spend.years), default=0)
        series = []
        for k, kind in enumerate(spend.kinds):
            last = k == n_kinds - 1 and bool(contents.selection.exit_cost)
            grey = "7F7F7F" if kind == OTHER_KINDS else _KIND_COLOURS[k % len(_KIND_COLOURS)]
            colour = _EXIT_COLOUR if last else grey
            series.append(Series(_column(body, 1 + k), years, name=kind, colour=colour))
        if has_budget:
            series.append(
                Series(
                    _column(body, 2 + n_kinds),
                    years,
                    name=f"Budget{only}",
                    colour=_DARK,
                    dashed=True,
                    kind="line",
                )
            )
        return Chart(
            "stacked_column",
            title,
            tuple(series),
            anchor,
            x_title="Fiscal year" if "/" in spend.years[0].label else "Year",
            y_title=money.heading("Spend"),
            y_format=axis_format(money.number_format, money.shown(largest)),
        )

    return Panel(title, block, draw)


# -- people ----------------------------------------------------------------------------------------


def people_title(critical: CriticalRoles) -> str:
    """Whether people suffice as proposed, and who is short."""
    people = critical.people
    after = float(people.short_after.sum())
    if after < LEAST_SHORT:
        return "As proposed there are people enough for every role"
    by_role = people.short_after.sum(axis=1)
    n_short = int(np.sum(by_role >= LEAST_SHORT))
    worst = people.roles[0]
    if n_short == 1:
        return f"As proposed {fte_text(after)} FTE months are short, all of {worst}"
    return (
        f"As proposed {fte_text(after)} FTE months are short, most of {worst} "
        f"({fte_text(float(by_role[0]))})"
    )


def people_by_period(critical: CriticalRoles) -> Panel:
    """People of the critical roles: needed as proposed (full line) and there (dashed line)."""
    headings = ["Period"]
    for role in critical.roles:
        headings += [f"{role}: needed", f"{role}: there"]
    rows = []
    for t, column in enumerate(critical.columns):
        row: list[CellValue] = [column.label]
        for r in range(len(critical.roles)):
            there = critical.there[r, t]
            row.append(round(float(critical.needed[r, t]), 4))
            row.append(None if np.isnan(there) else round(float(there), 4))
        rows.append(tuple(row))
    block = Block(
        "People of the critical roles, needed as proposed and there (FTE)",
        "PF_Dashboard_people",
        tuple(headings),
        tuple(rows),
        (None, *[FTE_FORMAT] * (len(headings) - 1)),
    )
    title = people_title(critical)

    def draw(body: CellRange, anchor: str) -> Chart:
        periods = _column(body, 0)
        series = []
        for r, role in enumerate(critical.roles):
            colour = _ROLE_COLOURS[r % len(_ROLE_COLOURS)]
            series.append(
                Series(_column(body, 1 + 2 * r), periods, name=f"{role}: needed", colour=colour)
            )
            if not np.isnan(critical.there[r]).all():
                series.append(
                    Series(
                        _column(body, 2 + 2 * r),
                        periods,
                        name=f"{role}: there",
                        colour=colour,
                        dashed=True,
                    )
                )
        return Chart(
            "line",
            title,
            tuple(series),
            anchor,
            y_title="FTE",
            y_format="#,##0.##",
        )

    return Panel(title, block, draw)


# -- the largest projects --------------------------------------------------------------------------


def largest_title(contents: RunContents, largest: Largest) -> str:
    """How many of the largest projects are in the portfolio."""
    n = len(largest.projects)
    if n == 1:
        name = largest.projects[0].name
        inside = "is funded" if largest.projects[0].is_chosen else "is not funded"
        return f"{name} {inside}" if contents.selection.decisions else f"{name} alone has a cost"
    word = _value_word(contents)
    if not contents.selection.decisions:
        return f"The {n} largest projects by cost and {word}"
    chosen = sum(project.is_chosen for project in largest.projects)
    all_of_them = n < MAX_LARGEST
    them = f"{n} projects with a cost and a {word}" if all_of_them else f"{n} largest projects"
    if chosen == n:
        return f"All {them} are funded" if all_of_them else f"All of the {them} are funded"
    is_are = "is" if chosen == 1 else "are"
    return f"{chosen or 'None'} of the {them} {is_are} funded"


def largest_by_cost(contents: RunContents, largest: Largest) -> Panel:
    """Cost against value of the largest projects, each bubble with its number in the table."""
    money = money_look(contents)
    word = _value_word(contents)
    by_benefit = largest.sized_by == "benefit"
    most = max(project.value or 0.0 for project in largest.projects)
    # An ID made of the name says nothing beside it.
    with_ids = not all(p.key.project_id.startswith(p.name) for p in largest.projects)
    headings = ["No.", "Project", *["ID"] * with_ids, "Decision"]
    formats: list[str | None] = [COUNT_FORMAT, *[None] * (len(headings) - 1)]
    costs = len(headings)
    headings += [money.short_heading("Cost to go"), word.capitalize()]
    formats += [money.number_format, _value_format(10 * most)]
    if by_benefit:
        headings.append(money.short_heading("Benefit"))
        formats.append(money.number_format)
    rows = []
    for number, (project, size) in enumerate(zip(largest.projects, largest.sizes, strict=True), 1):
        row: list[CellValue] = [
            number,
            _short(project.name, project.key.option, _LONGEST_NAME),
            *[project.key.project_id] * with_ids,
            project.decision or None,
            money.shown(project.cost),
            round(project.value or 0.0, 6),
        ]
        rows.append(tuple([*row, money.shown(size)] if by_benefit else row))
    block = Block(
        money.heading("The projects by the number beside their bubbles"),
        "PF_Dashboard_largest",
        tuple(headings),
        tuple(rows),
        tuple(formats),
    )
    title = largest_title(contents, largest)
    n_chosen = sum(project.is_chosen for project in largest.projects)

    def bubbles(body: CellRange, name: str, first: int, last: int, colour: str) -> Series:
        cells = partial(_column, body, first=first, last=last)
        return Series(
            cells(costs + 1),
            x_values=cells(costs),
            sizes=cells(costs + 2 if by_benefit else costs),
            labels=cells(0),
            name=name,
            colour=colour,
        )

    def draw(body: CellRange, anchor: str) -> Chart:
        n = len(rows)
        series = []
        others = OTHERS if contents.selection.decisions else "Projects"
        if n_chosen:
            series.append(bubbles(body, FUNDED, 0, n_chosen - 1, BLUE))
        if n > n_chosen:
            series.append(bubbles(body, others, n_chosen, n - 1, _GREY))
        return Chart(
            "bubble",
            f"{title} (size: {largest.sized_by})",
            tuple(series),
            anchor,
            x_title=money.heading("Cost to go"),
            y_title=word.capitalize(),
            y_format="#,##0.##" if most < 10 else "#,##0",
        )

    return Panel(title, block, draw)
