"""PF Dashboard: one page of key figures and up to four charts, and the figures behind them below.

The sheet has two halves of equal width. Charts fill them from the top, so that one that is absent
leaves no hole; the tables that the charts follow stand below, each chart's own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from xlportfolio.money import money_text
from xlportfolio.report.capacity import LEAST_SHORT, fte_text, people_by_role
from xlportfolio.report.chart_data import (
    candidates,
    critical_roles,
    cut_line,
    largest_projects,
    spend_by_year,
)
from xlportfolio.report.contents import RunContents
from xlportfolio.report.dashboard_charts import (
    Panel,
    cost_and_value,
    largest_by_cost,
    money_by_year,
    people_by_period,
)
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    DASHBOARD,
    GREY,
    HEAD,
    HEAD_NUMBER,
    HELP,
    LINE,
    PALE,
    POINTS_A_LINE,
    SUBTITLE,
    TITLE,
    height_of,
    lines_of,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    CellValue,
    Chart,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange, cell_address

_HALVES = (1, 11)  # columns A and K; J is the gap
_LAST = 19
POINTS_PER_CM = 28.3465
_WIDTHS = {1: 30.0, 10: 2.5, 11: 30.0}
_NARROW = 10.4
_TILES = ((1, 1), (2, 5), (6, 9), (11, 11), (12, 15), (16, 19))
_CHART_ROWS = (19, 25)  # those below have more to label
_FIGURES_ROW = 61
"""Where the figures begin below four charts: on the second page, whatever the workbook's font."""
_FIGURES_TITLE = "The figures behind the charts"

_TILE = CellFormat(fill=PALE, horizontal="left", vertical="center", indent=1)
_TILE_LABEL = replace(_TILE, bold=True, colour=ACCENT)
_TILE_FIGURE = replace(_TILE, bold=True, size=20, colour=ACCENT)
_TILE_NOTE = replace(_TILE, colour=GREY)
_TEXT = CellFormat(vertical="center", border="bottom", border_colour=LINE)


@dataclass(frozen=True)
class KeyFigure:
    """A figure of the row above the charts: what it is, the figure, and what to set it beside."""

    label: str
    figure: str
    note: str


def key_figures(contents: RunContents) -> tuple[KeyFigure, ...]:
    """The figures that a board asks for first, those that the run found."""
    selection, plan = contents.selection, contents.plan
    currency = contents.portfolio.settings.currency
    found = []
    if selection.decisions:
        counts: dict[str, int] = {}
        for decision in selection.decisions:
            counts[decision.decision] = counts.get(decision.decision, 0) + 1
        n_chosen = sum(decision.is_chosen for decision in selection.decisions)
        everything = len({decision.key.project_id for decision in selection.decisions})
        found.append(
            KeyFigure(
                "In the portfolio",
                f"{n_chosen:,} of {everything:,}",
                f"{counts.get('Continue', 0):,} go on, {counts.get('Start', 0):,} start",
            )
        )
        exits = selection.exit_cost
        found.append(
            KeyFigure(
                "Cost to go of the portfolio",
                money_text(selection.total_cost, currency),
                f"and {money_text(exits, currency)} for stopping" if exits else "nothing is stopped"
                if not counts.get("Stop") else "stopping costs nothing",
            )
        )  # fmt: skip
        found.append(_value_figure(contents))
        others = ("Stop", "Defer", "Not funded")
        words = ("stopped", "deferred", "not funded")
        found.append(
            KeyFigure(
                "Stopped or put off",
                f"{counts.get('Stop', 0) + counts.get('Defer', 0):,}",
                ", ".join(
                    f"{counts[name]:,} {word}"
                    for name, word in zip(others, words, strict=True)
                    if counts.get(name)
                )
                or "all are in",
            )
        )
    people = people_by_role(plan)
    if people is not None:
        before, after = float(people.short_before.sum()), float(people.short_after.sum())
        short = after >= LEAST_SHORT
        found.append(
            KeyFigure(
                "People short, as proposed",
                f"{fte_text(after)} FTE months" if short else "none",
                f"{fte_text(before)} FTE months as planned now",
            )
        )
        later = sum(project.months_moved > 0 for project in plan.projects)
        earlier = plan.n_moved - later
        found.append(
            KeyFigure(
                "Starts moved",
                f"{plan.n_moved:,}",
                ", ".join([f"{later:,} later"] * bool(later) + [f"{earlier:,} earlier"] * bool(
                    earlier)) or "all start as planned",
            )
        )  # fmt: skip
    return tuple(found)


def _value_figure(contents: RunContents) -> KeyFigure:
    selection = contents.selection
    word = selection.value_name
    notes = []
    everything = sum(candidate.value or 0.0 for candidate in candidates(contents))
    if everything > 0:
        notes.append(f"of {_figure(everything)} in all")
    if selection.gap is not None:
        gap = selection.gap
        notes.append(
            "proven best" if gap <= 0 else f"at most {max(100 * gap, 0.1):.1f}% better possible"
        )
    text = _figure(selection.total_value)
    return KeyFigure(f"{word.capitalize()} of the portfolio", text, "; ".join(notes))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def dashboard_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Dashboard; a chart whose step was skipped is absent, and a line says why."""
    return _Writing(contents).description()


class _Writing:
    def __init__(self, contents: RunContents) -> None:
        self.contents = contents
        self.absent: list[str] = []
        self.panels = self._panels()
        self.cells: dict[tuple[int, int], Cell] = {}
        self.heights: dict[int, float] = {1: 28.0}
        self.merges: list[CellRange] = []
        self.tables: list[TableDescription] = []
        self.charts: list[Chart] = []

    def _panels(self) -> list[Panel]:
        contents = self.contents
        panels = []
        cut, spend = cut_line(contents), spend_by_year(contents)
        people, largest = critical_roles(contents), largest_projects(contents)
        why = contents.selection.why or "no portfolio was proposed."
        if cut is not None:
            panels.append(cost_and_value(contents, cut))
        if spend is not None and spend.years:
            panels.append(money_by_year(contents, spend))
        if not contents.selection.decisions:
            self.absent.append(f"No chart of cost and value, and none of spend: {why}")
        elif spend is None or not spend.years:
            self.absent.append("No chart of spend: the portfolio spends nothing in the plan.")
        if people is not None:
            panels.append(people_by_period(people))
        else:
            lacking = contents.plan.why or "no project in the plan needs people of a role."
            self.absent.append(f"No chart of people: {lacking}")
        if largest is not None:
            panels.append(largest_by_cost(contents, largest))
        else:
            self.absent.append(
                "No chart of the largest projects: none has both a cost and a value."
            )
        return panels

    def description(self) -> SheetDescription:
        self._put(1, 1, "Dashboard", TITLE)
        self._put(2, 1, subtitle(self.contents), SUBTITLE)
        row = self._key_figures(4)
        for line in self.absent:
            self._put(row, 1, line, replace(HELP, wrap=False))
            row += 1
        row += bool(self.absent)
        anchors = []
        for n, _ in enumerate(self.panels):
            anchors.append(cell_address(row, _HALVES[n % 2]))
            if n % 2 or n == len(self.panels) - 1:
                row += _CHART_ROWS[n // 2] + 1
        for note in self._notes():
            self._put(row, 1, note, replace(HELP, wrap=False))
            row += 1
        if len(self.panels) > 2:
            row = max(row, _FIGURES_ROW)
        if self.panels:
            self._put(row, 1, _FIGURES_TITLE, BLOCK)
            self.heights[row] = 24.0
            self._figures(row + 2, anchors)
        narrow = dict.fromkeys(range(1, _LAST + 1), _NARROW)
        return SheetDescription(
            DASHBOARD,
            self.cells,
            widths={**narrow, **_WIDTHS},
            heights=self.heights,
            merges=tuple(self.merges),
            tables=tuple(self.tables),
            charts=tuple(self.charts),
            print_setup=print_setup(self.contents, DASHBOARD),
            tab_colour=ACCENT,
            zoom=85,
        )

    def _put(self, row: int, column: int, value: CellValue, format_: CellFormat) -> None:
        self.cells[row, column] = Cell(value, format_)

    def _key_figures(self, row: int) -> int:
        """The tiles with the key figures; the row under them."""
        figures = key_figures(self.contents)
        self.heights[row - 1] = 8.0
        if not figures:
            return row
        for figure, (first, last) in zip(figures, _TILES, strict=False):
            for column in range(first, last + 1):
                self._put(row, column, None, _TILE_LABEL)
                self._put(row + 1, column, None, _TILE_FIGURE)
                self._put(row + 2, column, None, _TILE_NOTE)
            self._put(row, first, figure.label, _TILE_LABEL)
            self._put(row + 1, first, figure.figure, _TILE_FIGURE)
            self._put(row + 2, first, figure.note, _TILE_NOTE)
            for line in range(row, row + 3):
                self.merges.append(CellRange(line, first, line, last))
        self.heights[row], self.heights[row + 1], self.heights[row + 2] = 20.0, 32.0, 20.0
        self.heights[row + 3] = 8.0
        return row + 4

    def _notes(self) -> list[str]:
        """How to read the charts, and what they leave out."""
        contents = self.contents
        notes = []
        spend, cut = spend_by_year(contents), cut_line(contents)
        currency = contents.portfolio.settings.currency
        if cut is not None and cut.is_within:
            notes.append(
                "Cost against value: the money within the budgets' periods; projects in the order "
                "of their value per cost, the portfolio first."
            )
        if spend is not None and spend.outside:
            notes.append(
                f"Spend: {money_text(spend.outside, currency)} of the portfolio lies after the "
                "last month of the plan or has no dates, and is in no year."
            )
        if spend is not None and contents.selection.exit_cost:
            notes.append("Spend: what stopping costs is taken to fall in the first year.")
        if critical_roles(contents) is not None:
            notes.append("People: a full line is what is needed, a dashed line who is there.")
        return notes

    def _figures(self, row: int, anchors: list[str]) -> None:
        """The tables, two and two side by side; the charts over their bodies."""
        following = row
        for n, (panel, anchor) in enumerate(zip(self.panels, anchors, strict=True)):
            if n % 2 == 0:
                row = following
            first = _HALVES[n % 2]
            block = panel.block
            self._put(row, first, block.title, replace(BLOCK, size=11))
            head = row + 1
            looks = [self._look(block.formats, c) for c in range(len(block.headings))]
            for c, heading in enumerate(block.headings):
                plain = HEAD_NUMBER if block.formats[c] else replace(HEAD, indent=looks[c].indent)
                self._put(head, first + c, heading, plain)
            for r, values in enumerate(block.rows, start=head + 1):
                for c, value in enumerate(values):
                    self._put(r, first + c, value, looks[c])
            last = head + len(block.rows)
            right = first + len(block.headings) - 1
            self.tables.append(
                TableDescription(block.name, CellRange(head, first, last, right), style=None)
            )
            body = CellRange(head + 1, first, last, right)
            height = _CHART_ROWS[n // 2] * POINTS_A_LINE / POINTS_PER_CM - 0.3
            self.charts.append(replace(panel.chart(body, anchor), height_cm=height))
            needed = max(
                lines_of(heading, _WIDTHS.get(first + c, _NARROW) - 2, bold=True)
                for c, heading in enumerate(block.headings)
            )
            self.heights[head] = max(self.heights.get(head, 0.0), height_of(needed))
            following = max(following, last + 3)

    @staticmethod
    def _look(formats: tuple[str | None, ...], column: int) -> CellFormat:
        """Numbers on the right; text behind numbers keeps clear of them."""
        number_format = formats[column]
        if number_format:
            return number_cell(number_format, _TEXT)
        behind = column > 0 and formats[column - 1] is not None
        return replace(_TEXT, horizontal="left", indent=1) if behind else _TEXT
