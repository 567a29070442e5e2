"""PF Roadmap: a Gantt chart in cells, one row a project, under the heading of its programme.

A bar is a run of cells that hold a number; conditional formats colour them by it, so that the chart
looks the same in Excel, in LibreOffice and on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from xlportfolio.money import money_text
from xlportfolio.plan_calendar import month_number
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BODY,
    DATE_FORMAT,
    GREY,
    HEAD,
    HEAD_NUMBER,
    HELP,
    INK,
    LINE,
    PALE,
    ROADMAP,
    SUBTITLE,
    TITLE,
    height_of,
    lines_of,
    money_look,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.report.roadmap_rows import NO_PROGRAMME, Look, RoadmapRow, roadmap_rows
from xlportfolio.report.timeline import Grain, grain_for, time_columns, year_headings
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    CellValue,
    ConditionalFormat,
    SheetDescription,
)
from xlportfolio.workbook.references import CellRange, cell_address

MAX_ROWS = 300
"""Beyond this, nobody reads on: the projects of most value are shown, and how many are not."""

GOES_ON, STARTS, LATER, AS_PLANNED = 1, 2, 3, 4
"""What a cell of the chart holds: a bar of one of three colours, or the mark of the planned start
of a project that moved."""

_CODES: Mapping[Look, int] = {"under way": GOES_ON, "starts": STARTS, "deferred": LATER}
_HEADING_ROW = 6
_FIRST = 8  # column H: the first period
_WIDTHS = {1: 11.0, 2: 42.0, 3: 11.0, 4: 14.0, 5: 12.0, 6: 12.0, 7: 10.0}
_CHART_WIDTHS: dict[Grain, float] = {"month": 4.4, "quarter": 5.0, "half": 6.0, "year": 8.0}
_MIN_MONTHS, _MAX_MONTHS = 18, 30 * 12
_COLOURS = {GOES_ON: "8D99A0", STARTS: "0072B2", LATER: "A9D3EE"}
_TODAY = "FCE4D6"
_TODAY_HEAD = "D55E00"
_MARK = "D55E00"
_SHADE = "F5F8F9"

_PLAIN = CellFormat(vertical="center", border="bottom", border_colour=LINE)
_WRAPPED = replace(_PLAIN, wrap=True)
_FAINT = replace(_WRAPPED, colour=GREY)
_PROGRAMME = CellFormat(
    bold=True, colour=ACCENT, fill=PALE, vertical="center", border="bottom", border_colour=ACCENT
)
_BAND = CellFormat(bold=True, colour=ACCENT, fill=PALE, vertical="center")
_CHART = CellFormat(
    number_format=';;;', horizontal="center", vertical="center", border="bottom",
    border_colour=LINE,
)  # fmt: skip
_LEGEND = CellFormat(colour=GREY, vertical="center", horizontal="left", indent=1)
_MARK_FORMAT = '"○"'
_MOVED = '0" later";0" earlier";"–"'


def roadmap_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Roadmap; where nothing has dates, one sentence that says so."""
    rows = roadmap_rows(contents)
    if not any(row.start is not None for row in rows):
        return _nothing(contents, rows)
    return _Writing(contents, rows).description()


def _nothing(contents: RunContents, rows: Sequence[RoadmapRow]) -> SheetDescription:
    if rows:
        why = "no project of the portfolio has a start; add a column of start dates."
    elif contents.selection.decisions:
        why = "no project is chosen or deferred."
    else:
        why = "no project has a start; add a column of start dates to the projects table."
    sentence = f"Not shown: {why}"
    cells = {
        (1, 1): Cell("Roadmap", TITLE),
        (2, 1): Cell(subtitle(contents), SUBTITLE),
        (4, 1): Cell(sentence, BODY),
    }
    return SheetDescription(
        ROADMAP,
        cells,
        widths={1: 110.0},
        heights={1: 28.0, 4: height_of(lines_of(sentence, 110))},
        print_setup=print_setup(contents, ROADMAP),
        tab_colour=ACCENT,
    )


def _shown(rows: Sequence[RoadmapRow]) -> list[RoadmapRow]:
    """All rows where they can be read; else the chosen ones, at most so many, by value."""
    if len(rows) <= MAX_ROWS:
        return list(rows)
    chosen = [row for row in rows if row.look != "deferred"]
    ordered = sorted(range(len(chosen)), key=lambda i: (-chosen[i].value, chosen[i].key.label, i))
    kept = sorted(ordered[:MAX_ROWS])
    return [chosen[i] for i in kept]


class _Writing:
    def __init__(self, contents: RunContents, rows: Sequence[RoadmapRow]) -> None:
        self.contents = contents
        self.all = rows
        self.rows = _shown(rows)
        self.money = money_look(contents)
        self.months = self._span()
        fiscal = contents.portfolio.settings.fiscal_first_month
        self.grain = grain_for(len(self.months))
        self.columns = time_columns(self.months, self.grain, fiscal)
        self.position = {m: c for c, column in enumerate(self.columns) for m in column.months}
        self.last = _FIRST + len(self.columns) - 1
        self.today = self._today()
        self.cells: dict[tuple[int, int], Cell] = {}
        self.heights: dict[int, float] = {1: 28.0}
        self.row = 1

    def _span(self) -> range:
        """From the plan's first month to the last finish that is shown."""
        months = self.contents.costs.months
        starts = [month_number(row.start) for row in self.rows if row.start is not None]
        planned = [
            month_number(row.planned_start)
            for row in self.rows
            if row.planned_start is not None and row.months_moved
        ]
        ends = [month_number(row.finish) for row in self.rows if row.finish is not None]
        first = months.first if months.n_months else min(starts)
        first = min(first, max(first - 12, min([*planned, first])))
        status = self.contents.portfolio.settings.status_date
        if status is not None and first - 3 <= month_number(status) < first:
            first = month_number(status)  # so that the status date is on the chart
        last = max([*starts, *ends, first + _MIN_MONTHS - 1])
        return range(first, min(last, first + _MAX_MONTHS - 1) + 1)

    def _today(self) -> int | None:
        """The column of the status date; None where it lies outside the chart."""
        day = self.contents.portfolio.settings.status_date
        if day is None or month_number(day) not in self.position:
            return None
        return self.position[month_number(day)]

    def description(self) -> SheetDescription:
        self._put(1, "Roadmap", TITLE)
        self.row = 2
        self._put(1, subtitle(self.contents), SUBTITLE)
        self.row = 3
        self._put(1, self._sentence(), CellFormat(bold=True, size=12, colour=INK))
        self.heights[3] = 21.0
        self._legend()
        self._headings()
        for name, rows in self._programmes():
            self._programme(name, rows)
        keys = CellRange(_HEADING_ROW + 1, 1, self.row, 2) if self.rows else None
        self._notes()
        return SheetDescription(
            ROADMAP,
            self.cells,
            widths={
                **_WIDTHS,
                **dict.fromkeys(range(_FIRST, self.last + 1), _CHART_WIDTHS[self.grain]),
            },
            heights=self.heights,
            freeze=cell_address(_HEADING_ROW + 1, 3),
            conditional_formats=tuple(self._rules()),
            print_setup=print_setup(self.contents, ROADMAP, (_HEADING_ROW - 1, _HEADING_ROW)),
            tab_colour=ACCENT,
            keys=keys,
        )

    def _put(self, column: int, value: CellValue, format_: CellFormat) -> None:
        self.cells[self.row, column] = Cell(value, format_)

    def _sentence(self) -> str:
        chosen = [row for row in self.all if row.look != "deferred"]
        later = len(self.all) - len(chosen)
        n = len({row.key.project_id for row in chosen})
        said = f"{n:,} project{'s' * (n != 1)}"
        if not self.contents.selection.decisions:
            return f"{said} as planned; no portfolio was proposed."
        cost = sum(row.cost for row in chosen)
        money = money_text(cost, self.contents.portfolio.settings.currency)
        said += " funded" + (f", {money}" if cost else "")
        moves = sum(row.months_moved != 0 for row in chosen)
        said += f"; {moves:,} start{'s' * (moves == 1)} at another time than planned" * bool(moves)
        return said + (f"; {later:,} deferred." if later else ".")

    def _legend(self) -> None:
        """What the colours and marks of the chart mean, over it: marks, and bars under them."""
        column = _FIRST
        self.row = 3
        if any(row.months_moved for row in self.rows):
            self._put(column, AS_PLANNED, self._chart_format(AS_PLANNED, None))
            column = self._legend_text(column + 1, "planned start of what moved")
        if self.today is not None:
            self._put(column, None, CellFormat(fill=_TODAY_HEAD))
            self._legend_text(column + 1, "status date")
        column = _FIRST
        self.row = 4
        if len(self.rows) < len(self.all):
            text = f"Shown: the {len(self.rows):,} of most value; the rest is counted below them."
            self._put(1, text, replace(HELP, wrap=False))
        for look in sorted({row.look for row in self.rows}, key=_CODES.__getitem__):
            code = _CODES[look]
            self._put(column, code, self._chart_format(code, None))
            column = self._legend_text(column + 1, look)

    def _legend_text(self, column: int, text: str) -> int:
        """Words that run over the next columns; the first column behind them."""
        self._put(column, text, _LEGEND)
        return column + -(-(len(text) + 2) // int(_CHART_WIDTHS[self.grain]))

    def _headings(self) -> None:
        self.row = _HEADING_ROW - 1
        for c, year in enumerate(year_headings(self.columns), start=_FIRST):
            self._put(c, year, _BAND)
        self.row = _HEADING_ROW
        texts = ("Project ID", "Name", "Decision")
        for c, text in enumerate(texts, start=1):
            self._put(c, text, HEAD)
        cost = self.money.heading("Cost to go")
        for c, text in enumerate((cost, "Start", "Finish", "Months moved"), start=4):
            self._put(c, text, HEAD_NUMBER if c < 7 else replace(HEAD, horizontal="center"))
        for c, column in enumerate(self.columns):
            head = replace(HEAD, wrap=False, horizontal="center", bold=False)
            if c == self.today:
                head = replace(head, fill=_TODAY_HEAD, bold=True)
            self._put(_FIRST + c, column.short, head)
        self.heights[_HEADING_ROW] = height_of(max(2, lines_of(cost, _WIDTHS[4], bold=True)))

    def _programmes(self) -> list[tuple[str, list[RoadmapRow]]]:
        """The programmes, the one that takes most money first, what has none last."""
        held: dict[str, list[RoadmapRow]] = {}
        for row in self.rows:
            held.setdefault(row.programme, []).append(row)
        return sorted(
            held.items(),
            key=lambda item: (item[0] == NO_PROGRAMME, -self._money(item[0]), item[0]),
        )

    def _money(self, programme: str) -> int:
        """What the chosen projects of a programme cost, those not shown too. [cents]"""
        return sum(r.cost for r in self.all if r.programme == programme and r.look != "deferred")

    def _programme(self, name: str, rows: Sequence[RoadmapRow]) -> None:
        self.row += 1
        everything = [row for row in self.all if row.programme == name]
        later = sum(row.look == "deferred" for row in everything)
        chosen = len({row.key.project_id for row in everything if row.look != "deferred"})
        parts = [f"{chosen:,} project{'s' * (chosen != 1)}"] * bool(chosen)
        count = ", ".join(parts + [f"{later:,} deferred"] * bool(later))
        for c in range(1, self.last + 1):
            self._put(c, None, _PROGRAMME)
        self._put(1, f"{name}: {count}", _PROGRAMME)
        if self.contents.selection.decisions:  # else options of one project would add up
            cost = self.money.shown(self._money(name))
            self._put(4, cost, number_cell(self.money.number_format, _PROGRAMME))
        ordered = sorted(
            rows,
            key=lambda row: (
                row.look == "deferred",
                row.start is None,
                row.start or date.max,
                row.key.label,
            ),
        )
        for row in ordered:
            self._project(row)

    def _project(self, row: RoadmapRow) -> None:
        self.row += 1
        text = _FAINT if row.look == "deferred" else _WRAPPED
        is_name = row.key.project_id == row.name  # it stands in the next cell, and has room there
        self._put(1, None if is_name else row.key.project_id, replace(text, wrap=False))
        self._put(2, row.name, text)
        self._put(3, row.decision or None, replace(text, wrap=False))
        cost = self.money.shown(row.cost) if row.is_cost_known else "not known"
        self._put(4, cost, number_cell(self.money.number_format, text))
        day = number_cell(DATE_FORMAT, text)
        self._put(5, row.start or "no date", day)
        self._put(6, row.finish or "no date", day)
        shift = replace(text, number_format=_MOVED, horizontal="center")
        self._put(7, row.months_moved, shift)
        self.heights[self.row] = height_of(lines_of(row.name, _WIDTHS[2])) + 2
        bar = self._bar(row)
        mark = self._mark(row)
        for c in range(len(self.columns)):
            code = _CODES[row.look] if c in bar else AS_PLANNED if c == mark else None
            value = code + 0.5 if code is not None and c == mark and c in bar else code
            self._put(_FIRST + c, value, self._chart_format(value, c))

    def _bar(self, row: RoadmapRow) -> range:
        """The columns that a project runs in; of one whose finish is not known, the first."""
        if row.start is None:
            return range(0)
        first = month_number(row.start)
        last = month_number(row.finish) if row.finish is not None else first
        first, last = max(first, self.months.start), min(last, self.months.stop - 1)
        if last < first:
            return range(0)
        return range(self.position[first], self.position[last] + 1)

    def _mark(self, row: RoadmapRow) -> int | None:
        """The column of the planned start of a project that moved."""
        if row.planned_start is None or not row.months_moved:
            return None
        return self.position.get(month_number(row.planned_start))

    def _chart_format(self, value: float | None, column: int | None) -> CellFormat:
        format_ = _CHART
        if column is not None:
            if column == self.today:
                format_ = replace(format_, fill=_TODAY)
            elif self._is_shaded(column):
                format_ = replace(format_, fill=_SHADE)
        if value is not None and (value == AS_PLANNED or value % 1):
            colour = _MARK if value == AS_PLANNED else "FFFFFF"
            format_ = replace(format_, number_format=_MARK_FORMAT, bold=True, colour=colour)
        return format_

    def _is_shaded(self, column: int) -> bool:
        """Every other year is shaded, so that the eye can follow it down the page."""
        years = list(dict.fromkeys(c.year for c in self.columns))
        return self.grain != "year" and years.index(self.columns[column].year) % 2 == 1

    def _rules(self) -> list[ConditionalFormat]:
        areas = [
            CellRange(_HEADING_ROW + 1, _FIRST, self.row, self.last),
            CellRange(4, _FIRST, 4, max(self.last, _FIRST + 12)),
        ]
        return [
            ConditionalFormat(
                area,
                "cell",
                "between",
                (str(code), f"{code}.5"),
                CellFormat(fill=colour),
            )
            for area in areas
            for code, colour in _COLOURS.items()
        ]

    def _notes(self) -> None:
        notes = []
        left = len(self.all) - len(self.rows)
        if left:
            later = sum(row.look == "deferred" for row in self.all)
            chosen = left - later
            parts = [f"{chosen:,} more of the portfolio"] * bool(chosen)
            parts += [f"{later:,} deferred"] * bool(later)
            notes.append(
                f"{' and '.join(parts)} are not shown; the {len(self.rows):,} of most value are. "
                "The figures of each programme count all; PF Results lists every project."
            )
        undated = sum(row.start is None for row in self.rows)
        if undated:
            one = undated == 1
            notes.append(
                f"{undated:,} project{'s' * (not one)} {'has' if one else 'have'} no start date "
                f"and no bar."
            )
        if self.grain != "month":
            notes.append(
                f"Shown by {self.grain}, because {len(self.months):,} months are too many to read; "
                "a bar covers every period that it touches."
            )
        if not self.contents.selection.decisions:
            why = self.contents.selection.why
            notes.append(
                "No portfolio was proposed, so that every project with a start is shown as planned."
                + (f" {why}" if why else "")
            )
        if any(row.finish and month_number(row.finish) >= self.months.stop for row in self.rows):
            notes.append("Bars that reach the right edge go on beyond it.")
        if notes:
            self.row += 1
        for note in notes:
            self.row += 1
            self._put(1, note, replace(HELP, wrap=False))
