"""The chart of cost against value: its title, its figures, and how it is drawn."""

from __future__ import annotations

from xlportfolio.money import money_text
from xlportfolio.report.contents import RunContents
from xlportfolio.report.cut_line import CutLine
from xlportfolio.report.look import BLUE, COUNT_FORMAT, ORANGE, money_look
from xlportfolio.report.panels import (
    FUNDED,
    GREY,
    OTHERS,
    Block,
    Panel,
    column_cells,
    short_name,
    value_format,
    value_word,
)
from xlportfolio.workbook.description import CellValue, Chart, Series
from xlportfolio.workbook.references import CellRange


def cut_title(contents: RunContents, cut: CutLine) -> str:
    """What the money buys: true to the figures of the chart."""
    money = money_text(cut.chosen_cost, contents.portfolio.settings.currency)
    money += " of the budgets" * (cut.is_within and cut.chosen_cost > 0)
    word = value_word(contents)
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
    word = value_word(contents)
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
        (short_name(p.name, None), p.n_projects, money.shown(p.cost), round(p.value, 6), p.decision)
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
        (None, COUNT_FORMAT, money.number_format, value_format(cut.all_value), None),
    )
    title = cut_title(contents, cut)

    def draw(body: CellRange, anchor: str) -> Chart:
        def joined(name: str, first: int, last: int, colour: str, dashed: bool) -> Series:
            return Series(
                column_cells(body, 3, first, last),
                x_values=column_cells(body, 2, first, last),
                name=name,
                colour=colour,
                dashed=dashed,
                kind="line",
            )

        series = []
        if n_chosen > 1:
            series.append(joined(FUNDED, 0, n_chosen - 1, BLUE, False))
        if n_points > n_chosen:
            series.append(joined(OTHERS, n_chosen - 1, n_points - 1, GREY, True))
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
