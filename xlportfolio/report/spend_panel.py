"""The chart of spend by fiscal year: its title, its figures, and how it is drawn."""

from __future__ import annotations

from xlportfolio.money import money_text
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import BLUE, money_look
from xlportfolio.report.panels import DARK, GOLD, PINK, SKY, Block, Panel, column_cells
from xlportfolio.report.spend import OTHER_KINDS, Spend, YearSpend
from xlportfolio.workbook.description import CellValue, Chart, Series
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.rendering.plots import axis_format

_KIND_COLOURS = (BLUE, GOLD, SKY, PINK, "7F7F7F", "F0E442")
_EXIT_COLOUR = "4D4D4D"


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
        years = column_cells(body, 0)
        largest = max((year.total for year in spend.years), default=0)
        series = []
        for k, kind in enumerate(spend.kinds):
            last = k == n_kinds - 1 and bool(contents.selection.exit_cost)
            grey = "7F7F7F" if kind == OTHER_KINDS else _KIND_COLOURS[k % len(_KIND_COLOURS)]
            colour = _EXIT_COLOUR if last else grey
            series.append(Series(column_cells(body, 1 + k), years, name=kind, colour=colour))
        if has_budget:
            series.append(
                Series(
                    column_cells(body, 2 + n_kinds),
                    years,
                    name=f"Budget{only}",
                    colour=DARK,
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
