"""The chart of people by period: its title, its figures, and how it is drawn."""

from __future__ import annotations

import numpy as np

from xlportfolio.report.look import BLUE, FTE_FORMAT
from xlportfolio.report.panels import DARK, GOLD, PINK, Block, Panel, column_cells
from xlportfolio.report.people import LEAST_SHORT, CriticalRoles, fte_text
from xlportfolio.workbook.description import CellValue, Chart, Series
from xlportfolio.workbook.references import CellRange

_ROLE_COLOURS = (BLUE, GOLD, PINK, DARK)


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
        periods = column_cells(body, 0)
        series = []
        for r, role in enumerate(critical.roles):
            colour = _ROLE_COLOURS[r % len(_ROLE_COLOURS)]
            series.append(
                Series(
                    column_cells(body, 1 + 2 * r), periods, name=f"{role}: needed", colour=colour
                )
            )
            if not np.isnan(critical.there[r]).all():
                series.append(
                    Series(
                        column_cells(body, 2 + 2 * r),
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
