"""The chart of the largest projects: its title, its figures, and how it is drawn."""

from __future__ import annotations

from functools import partial

from xlportfolio.report.candidates import MAX_LARGEST, Largest
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import BLUE, COUNT_FORMAT, money_look
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

_LONGEST_NAME = 33  # of the second half of the page


def largest_title(contents: RunContents, largest: Largest) -> str:
    """How many of the largest projects are in the portfolio."""
    n = len(largest.projects)
    if n == 1:
        name = largest.projects[0].name
        inside = "is funded" if largest.projects[0].is_chosen else "is not funded"
        return f"{name} {inside}" if contents.selection.decisions else f"{name} alone has a cost"
    word = value_word(contents)
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
    word = value_word(contents)
    by_benefit = largest.sized_by == "benefit"
    most = max(project.value or 0.0 for project in largest.projects)
    # An ID made of the name says nothing beside it.
    with_ids = not all(p.key.project_id.startswith(p.name) for p in largest.projects)
    headings = ["No.", "Project", *["ID"] * with_ids, "Decision"]
    formats: list[str | None] = [COUNT_FORMAT, *[None] * (len(headings) - 1)]
    costs = len(headings)
    headings += [money.short_heading("Cost to go"), word.capitalize()]
    formats += [money.number_format, value_format(10 * most)]
    if by_benefit:
        headings.append(money.short_heading("Benefit"))
        formats.append(money.number_format)
    rows = []
    for number, (project, size) in enumerate(zip(largest.projects, largest.sizes, strict=True), 1):
        row: list[CellValue] = [
            number,
            short_name(project.name, project.key.option, _LONGEST_NAME),
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
        cells = partial(column_cells, body, first=first, last=last)
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
            series.append(bubbles(body, others, n_chosen, n - 1, GREY))
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
