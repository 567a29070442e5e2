"""PF Dashboard: one page of key figures and up to four charts, and the figures behind them below.

Charts fill the page from the top, so that one that is absent leaves no hole. The bubbles of the
largest projects are numbered: twenty names do not fit beside them, and the table with the names
stands on their right. The tables of the other charts stand on a page below, in two halves.
"""

from __future__ import annotations

from dataclasses import replace

from xlportfolio.money import money_text
from xlportfolio.report.candidates import largest_projects
from xlportfolio.report.contents import RunContents
from xlportfolio.report.cut_line import cut_line
from xlportfolio.report.cut_panel import cost_and_value
from xlportfolio.report.largest_panel import largest_by_cost
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
from xlportfolio.report.panels import Panel
from xlportfolio.report.people import critical_roles
from xlportfolio.report.people_panel import people_by_period
from xlportfolio.report.result_rows import result_lines
from xlportfolio.report.spend import spend_by_year
from xlportfolio.report.spend_panel import money_by_year
from xlportfolio.report.summary_items import decisions_needed, decisions_note
from xlportfolio.report.summary_words import Figure, figures
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    CellValue,
    Chart,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange, cell_address
from xlportfolio.workbook.rendering.charts import COLUMN_PADDING, PIXELS_PER_DIGIT

_HALVES = (1, 11)  # columns A and K; J is the gap
_LAST = 19
_WIDTHS = {**dict.fromkeys(range(1, _LAST + 1), 11.0), 1: 30.0, 10: 5.0, 11: 34.0}
_TILES = ((1, 1), (2, 5), (6, 9), (11, 11), (12, 15), (16, 19))
_SPANS = {0: (), 1: ((1, _LAST),), 2: ((1, 9), (11, 19)), 3: ((1, 5), (6, 11), (12, 19))}
"""First and last columns of charts that stand side by side, by how many they are."""
_SMALL_ROWS, _LARGE_ROWS = 18, 22  # with the tiles and the notes a page of A3
_BUBBLES, _BUBBLE_KEY = (1, 9), 10  # columns of the chart, and the first one of its table
_PIXELS_PER_CM, _POINTS_PER_CM = 37.795, 28.3465
_ROOM_CM = 0.25
_FIGURES_TITLE = "The figures behind the charts"

_TILE = CellFormat(fill=PALE, horizontal="left", vertical="center", indent=1)
_TILE_LABEL = replace(_TILE, bold=True, colour=ACCENT)
_TILE_FIGURE = replace(_TILE, bold=True, size=20, colour=ACCENT)
_TILE_NOTE = replace(_TILE, colour=GREY, vertical="top", wrap=True)
_TEXT = CellFormat(vertical="center", border="bottom", border_colour=LINE)


def key_figures(contents: RunContents) -> tuple[Figure, ...]:
    """The figures of PF Summary, and how many starts moved."""
    needed = decisions_needed(contents, result_lines(contents))
    found = list(figures(contents, len(needed), decisions_note(needed)))
    plan = contents.plan
    if plan.projects:
        later = sum(project.months_moved > 0 for project in plan.projects)
        parts = [f"{later:,} later"] * bool(later)
        parts += [f"{plan.n_moved - later:,} earlier"] * (plan.n_moved > later)
        note = ", ".join(parts) or "all start as planned"
        found.append(Figure("Starts moved", f"{plan.n_moved:,}", note))
    return tuple(found)


def dashboard_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Dashboard; a chart whose step was skipped is absent, and a line says why."""
    return _Writing(contents).description()


class _Writing:
    def __init__(self, contents: RunContents) -> None:
        self.contents = contents
        self.absent: list[str] = []
        self.largest: Panel | None = None
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
            self.largest = largest_by_cost(contents, largest)
            panels.append(self.largest)
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
        frames = self._frames(row)
        if frames:
            row = frames[-1].last_row + 2
        for note in self._notes():
            self._put(row, 1, note, replace(HELP, wrap=False))
            row += 1
        pages = [CellRange(1, 1, row, _LAST)]
        if any(panel is not self.largest for panel in self.panels):
            row += 1
            self._put(row, 1, _FIGURES_TITLE, BLOCK)
            self.heights[row] = 24.0
            last = self._figures(row + 2, frames)
            pages.append(CellRange(row, 1, last, _LAST))
        if self.largest is not None:
            self._table(self.largest, frames[-1].first_row, _BUBBLE_KEY, frames[-1])
        setup = print_setup(self.contents, DASHBOARD)
        return SheetDescription(
            DASHBOARD,
            self.cells,
            widths=_WIDTHS,
            heights=self.heights,
            merges=tuple(self.merges),
            tables=tuple(self.tables),
            charts=tuple(self.charts),
            print_setup=replace(setup, areas=tuple(pages)),
            tab_colour=ACCENT,
            zoom=85,
        )

    def _put(self, row: int, column: int, value: CellValue, format_: CellFormat) -> None:
        self.cells[row, column] = Cell(value, format_)

    def _key_figures(self, row: int) -> int:
        """The tiles with the key figures; the row under them."""
        self.heights[row - 1] = 8.0
        for figure, (first, last) in zip(key_figures(self.contents), _TILES, strict=False):
            for column in range(first, last + 1):
                self._put(row, column, None, _TILE_LABEL)
                self._put(row + 1, column, None, _TILE_FIGURE)
                self._put(row + 2, column, None, _TILE_NOTE)
            self._put(row, first, figure.label, _TILE_LABEL)
            self._put(row + 1, first, figure.figure, _TILE_FIGURE)
            self._put(row + 2, first, figure.note, _TILE_NOTE)
            for line in range(row, row + 3):
                self.merges.append(CellRange(line, first, line, last))
        self.heights[row], self.heights[row + 1], self.heights[row + 2] = 20.0, 32.0, 33.0
        self.heights[row + 3] = 8.0
        return row + 4

    def _frames(self, row: int) -> list[CellRange]:
        """The cells that each chart lies over: small ones in a row, the bubbles below."""
        small = [panel for panel in self.panels if panel is not self.largest]
        upper = [self._over(row, span, _SMALL_ROWS) for span in _SPANS[len(small)]]
        if self.largest is None:
            return upper
        row += (_SMALL_ROWS + 1) * bool(small)
        return [*upper, self._over(row, _BUBBLES, _LARGE_ROWS)]

    @staticmethod
    def _over(row: int, span: tuple[int, int], n_rows: int) -> CellRange:
        return CellRange(row, span[0], row + n_rows - 1, span[1])

    def _placed(self, panel: Panel, body: CellRange, frame: CellRange) -> Chart:
        """The chart of a panel over its frame, with a little room to the next one."""
        columns = range(frame.first_column, frame.last_column + 1)
        pixels = sum(int((_WIDTHS[c] + COLUMN_PADDING) * PIXELS_PER_DIGIT) for c in columns)
        rows = range(frame.first_row, frame.last_row + 1)
        points = sum(self.heights.get(row, POINTS_A_LINE) for row in rows)
        chart = panel.chart(body, cell_address(frame.first_row, frame.first_column))
        return replace(
            chart,
            width_cm=pixels / _PIXELS_PER_CM - _ROOM_CM,
            height_cm=points / _POINTS_PER_CM - _ROOM_CM,
        )

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

    def _figures(self, row: int, frames: list[CellRange]) -> int:
        """The tables, two and two side by side, and the charts over their bodies; the last row."""
        following = row
        small = [panel for panel in self.panels if panel is not self.largest]
        for n, (panel, frame) in enumerate(zip(small, frames, strict=False)):
            if n % 2 == 0:
                row = following
            following = max(following, self._table(panel, row, _HALVES[n % 2], frame) + 3)
        return following - 3

    def _table(self, panel: Panel, row: int, first: int, frame: CellRange) -> int:
        """The figures of a panel from a cell on, and its chart over the frame; the last row."""
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
        needed = max(
            lines_of(heading, _WIDTHS[first + c] - 2, bold=True)
            for c, heading in enumerate(block.headings)
        )
        self.heights[head] = max(self.heights.get(head, 0.0), height_of(needed))
        self.charts.append(self._placed(panel, CellRange(head + 1, first, last, right), frame))
        return last

    @staticmethod
    def _look(formats: tuple[str | None, ...], column: int) -> CellFormat:
        """Numbers on the right; text behind numbers keeps clear of them."""
        number_format = formats[column]
        if number_format:
            return number_cell(number_format, _TEXT)
        behind = column > 0 and formats[column - 1] is not None
        return replace(_TEXT, horizontal="left", indent=1) if behind else _TEXT
