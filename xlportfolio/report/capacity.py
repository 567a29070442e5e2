"""PF Capacity: people needed against people there, by role and period, before and after levelling.

Where people are short stands first, worst role first, shaded by how many are missing. A period
longer than a month shows the mean of its months, and a shortfall is taken month by month before
that mean: people who are free in one month do not help in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from xlportfolio.levelling.answer import FloatArray
from xlportfolio.plan_calendar import month_label
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    BODY,
    CAPACITY,
    FTE_FORMAT,
    GREY,
    HEAD,
    HEAD_NUMBER,
    HELP,
    INK,
    LINE,
    PALE,
    SUBTITLE,
    TITLE,
    height_of,
    lines_of,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.report.people import (
    LEAST_SHORT,
    PeopleByRole,
    given_grain,
    people_by_role,
    people_columns,
    shortage_sentence,
)
from xlportfolio.report.timeline import (
    grain_for,
    mean_by_column,
    year_headings,
)
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    CellValue,
    ConditionalFormat,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange, cell_address

SHORT_TABLE = "PF_Capacity_short"
_FIRST = 6  # column F: the first period
_HEADING_ROW = 5
_WIDTHS = {1: 25.0, 2: 22.0, 3: 13.0, 4: 14.0, 5: 10.0}
_SHADES = ("FBE3D3", "F4B183", "E0762F")
"""Vermilion of Okabe & Ito (2008), two of them lightened; black text can be read on each."""

_PLAIN = CellFormat(vertical="center", border="bottom", border_colour=LINE)
_NUMBER = number_cell(f'[=0]"–";[<0.05]0.00;{FTE_FORMAT}', _PLAIN)
_TOTAL = CellFormat(vertical="center", bold=True, fill=PALE, border="bottom", border_colour=LINE)
_TOTAL_NUMBER = number_cell(FTE_FORMAT, _TOTAL)
_BAND = CellFormat(bold=True, colour=ACCENT, fill=PALE, vertical="center")
_PERIOD = replace(HEAD_NUMBER, wrap=False)
_QUIET = replace(_PLAIN, colour=GREY)
_ROLE = replace(_PLAIN, bold=True)
_SHORT_WORDS = ("Short as proposed", "Short as planned now")
_NEED_WORDS = ("There are", "Needed as planned now", "Needed as proposed")
_OVER = CellFormat(bold=True, colour="8A3B00")


def capacity_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Capacity; where levelling was skipped, one sentence that says why."""
    people = people_by_role(contents.plan)
    if people is None:
        return _skipped(contents)
    return _Writing(contents, people).description()


def _skipped(contents: RunContents) -> SheetDescription:
    why = contents.plan.why or "No project in the plan needs people of a role."
    cells = {
        (1, 1): Cell("People: demand against capacity", TITLE),
        (2, 1): Cell(subtitle(contents, "FTE"), SUBTITLE),
        (4, 1): Cell(f"Not shown: {why}", BODY),
    }
    return SheetDescription(
        CAPACITY,
        cells,
        widths={1: 110.0},
        heights={1: 28.0, 4: height_of(lines_of(f"Not shown: {why}", 110))},
        print_setup=print_setup(contents, CAPACITY),
        tab_colour=ACCENT,
    )


def shade_steps(most: float) -> tuple[float, float]:
    """Where the middle and the dark shade begin: thirds of the range, in round numbers.

    >>> shade_steps(0.9), shade_steps(4.6), shade_steps(31)
    ((0.3, 0.6), (2.0, 3.0), (10.0, 20.0))
    """
    power = 10.0 ** np.floor(np.log10(most / 3))
    middle, dark = (round(float(np.round(part / power) * power), 6) for part in (
        most / 3, 2 * most / 3))  # fmt: skip
    return middle, dark


class _Writing:
    def __init__(self, contents: RunContents, people: PeopleByRole) -> None:
        self.contents = contents
        self.people = people
        self.grain = grain_for(people.months.n_months, given_grain(contents))
        self.columns = people_columns(contents, people.months)
        self.last = _FIRST + len(self.columns) - 1
        self.steps = self._steps()
        self.cells: dict[tuple[int, int], Cell] = {}
        self.heights: dict[int, float] = {1: 28.0}
        self.rules: list[ConditionalFormat] = []
        self.row = 1

    @property
    def longest(self) -> str:
        """What a column is called: "month", "quarter", "half-year" or "year"."""
        return "half-year" if self.grain == "half" else self.grain

    def description(self) -> SheetDescription:
        self._put(1, "People: demand against capacity", TITLE)
        self.row = 2
        self._put(1, subtitle(self.contents, "FTE by role"), SUBTITLE)
        self.row = 3
        self._put(1, shortage_sentence(self.people), CellFormat(bold=True, size=12, colour=INK))
        self.heights[3] = 21.0
        self._period_headings()
        tables = self._where_short()
        self._needed_and_there()
        keys = CellRange(_HEADING_ROW + 1, 1, self.row, 2)
        self._notes()
        width = {"month": 6.6, "year": 9.0}.get(self.grain, 8.6)
        return SheetDescription(
            CAPACITY,
            self.cells,
            widths={**_WIDTHS, **dict.fromkeys(range(_FIRST, self.last + 1), width)},
            heights=self.heights,
            freeze=cell_address(_HEADING_ROW + 1, 3),
            tables=tables,
            conditional_formats=tuple(self.rules),
            print_setup=print_setup(self.contents, CAPACITY, (_HEADING_ROW - 1, _HEADING_ROW)),
            tab_colour=ACCENT,
            keys=keys,
        )

    def _put(self, column: int, value: CellValue, format_: CellFormat) -> None:
        self.cells[self.row, column] = Cell(value, format_)

    def _period_headings(self) -> None:
        self.row = _HEADING_ROW - 1
        self._put(1, f"FTE in each {self.longest}; where people are short first", BLOCK)
        self.heights[self.row] = 22.0
        for c, year in enumerate(year_headings(self.columns), start=_FIRST):
            self._put(c, year, _BAND)
        self.row = _HEADING_ROW
        headings = ("Role", "What", "FTE months", "Most in a month (FTE)", "In month")
        for c, heading in enumerate(headings, start=1):
            self._put(c, heading, HEAD if c <= 2 else HEAD_NUMBER)
        for c, column in enumerate(self.columns, start=_FIRST):
            self._put(c, column.label, _PERIOD)
        self.heights[_HEADING_ROW] = 32.0

    def _where_short(self) -> tuple[TableDescription, ...]:
        """Two rows for each role that is short, as proposed and as planned now; then all roles."""
        people = self.people
        short = people.short_after.sum(axis=1) + people.short_before.sum(axis=1)
        rows = [r for r in range(len(people.roles)) if short[r] >= LEAST_SHORT]
        if not rows:
            self.row += 1
            self._put(1, "Nobody is short in any month.", _PLAIN)
            return ()
        for r in rows:
            pair = (people.short_after[r], people.short_before[r])
            self._pair(people.roles[r], pair, is_total=False)
        body = CellRange(_HEADING_ROW + 1, _FIRST, self.row, self.last)
        self._shade(body)
        table = CellRange(_HEADING_ROW, 1, self.row, self.last)
        everyone = (people.short_after.sum(axis=0), people.short_before.sum(axis=0))
        self._pair("All roles", everyone, is_total=True)
        others = [r for r in range(len(people.roles)) if r not in rows]
        open_ended = [r for r in others if np.isnan(people.capacity[r]).all()]
        for words, named in (
            ("Never short", [r for r in others if r not in open_ended]),
            ("No capacity is given, and nothing limits", open_ended),
        ):
            if named:
                self.row += 1
                text = f"{words}: {', '.join(people.roles[r] for r in named)}."
                self._put(1, text, replace(HELP, wrap=False))
        return (TableDescription(SHORT_TABLE, table, style=None),)

    def _pair(self, role: str, rows: Sequence[FloatArray], *, is_total: bool) -> None:
        for i, (word, monthly) in enumerate(zip(_SHORT_WORDS, rows, strict=True)):
            self._row_head(role, word, monthly, is_first=i == 0, is_total=is_total)
            means = mean_by_column(monthly[None, :], self.people.months.first, self.columns)[0]
            number = _TOTAL_NUMBER if is_total else _NUMBER
            for c, mean in enumerate(means, start=_FIRST):
                value = round(float(mean), 4)
                self._put(c, value if value >= LEAST_SHORT else None, number)

    def _row_head(
        self, role: str, word: str, monthly: FloatArray, *, is_first: bool, is_total: bool
    ) -> None:
        """Begin a row: role, what it shows, the total, the largest month and its name."""
        self.row += 1
        number = _TOTAL_NUMBER if is_total else _NUMBER
        self._put(1, role, _TOTAL if is_total else _ROLE if is_first else _QUIET)
        self._put(2, word, _TOTAL if is_total else _PLAIN)
        self._put(3, _sum(monthly), number)
        known = np.where(np.isnan(monthly), 0.0, monthly)
        t = int(np.argmax(known))
        most = round(float(known[t]), 4)
        named = most >= LEAST_SHORT
        self._put(4, most if named else None, number)
        label = month_label(self.people.months.first + t) if named else None
        self._put(5, label, replace(number, number_format=None))

    def _needed_and_there(self) -> None:
        people = self.people
        self.row += 2
        self._put(1, "Needed and there", BLOCK)
        self.heights[self.row] = 22.0
        for r, role in enumerate(people.roles):
            rows = (people.capacity[r], people.before[r], people.after[r])
            self._trio(role, rows, is_total=False)
        limited = ~np.isnan(people.capacity)
        everyone = (
            np.where(limited, people.capacity, 0.0).sum(axis=0),
            people.before.sum(axis=0),
            people.after.sum(axis=0),
        )
        self._trio("All roles", everyone, is_total=True)

    def _trio(self, role: str, rows: Sequence[FloatArray], *, is_total: bool) -> None:
        number = _TOTAL_NUMBER if is_total else _NUMBER
        for i, (word, monthly) in enumerate(zip(_NEED_WORDS, rows, strict=True)):
            self._row_head(role, word, monthly, is_first=i == 0, is_total=is_total)
            means = mean_by_column(monthly[None, :], self.people.months.first, self.columns)[0]
            for c, mean in enumerate(means, start=_FIRST):
                self._put(c, "n/a" if np.isnan(mean) else round(float(mean), 4), number)
            if i and not is_total:
                there = cell_address(self.row - i, _FIRST)
                needed = cell_address(self.row, _FIRST)
                area = CellRange(self.row, _FIRST, self.row, self.last)
                rule = f"AND(ISNUMBER({there}),{needed}>{there}+{LEAST_SHORT})"
                self.rules.append(ConditionalFormat(area, "formula", values=(rule,), format=_OVER))

    def _notes(self) -> None:
        self.row += 1
        notes = [
            "FTE: full-time people. FTE months: FTE added up over the months. As planned now: with "
            "the starts in the tables; as proposed: after levelling. Bold: more than there are."
        ]
        if self.grain != "month":
            why = (
                f"as the capacity table has {self.longest}s"
                if given_grain(self.contents) == self.grain
                else f"because {self.people.months.n_months} months are too many to read"
            )
            notes.append(
                f"Shown by {self.longest}, {why}: each shows the mean of its months, and what is "
                "short is taken month by month first."
            )
        if self.steps is not None:
            middle, dark = self.steps
            notes.append(
                f"Shading: light below {middle:g} FTE short, middle from {middle:g}, dark from "
                f"{dark:g}."
            )
        if np.isnan(self.people.capacity).any():
            notes.append(
                "n/a: no capacity is given there, nothing limits; All roles adds up what is given."
            )
        for note in notes:
            self.row += 1
            self._put(1, note, replace(HELP, wrap=False))

    def _steps(self) -> tuple[float, float] | None:
        """Where the middle and the dark shade begin; None where nobody is short."""
        first = self.people.months.first
        most = max(
            float(mean_by_column(short, first, self.columns).max(initial=0.0))
            for short in (self.people.short_before, self.people.short_after)
        )
        return shade_steps(most) if most >= LEAST_SHORT else None

    def _shade(self, area: CellRange) -> None:
        """Shade what is short in three steps; blank cells stay white."""
        if self.steps is None:
            return
        middle, dark = self.steps
        first = cell_address(area.first_row, area.first_column)
        steps = ((dark, _SHADES[2]), (middle, _SHADES[1]), (LEAST_SHORT, _SHADES[0]))
        for least, colour in steps:
            rule = f"AND(ISNUMBER({first}),{first}>={least:g})"
            look = CellFormat(fill=colour)
            self.rules.append(ConditionalFormat(area, "formula", values=(rule,), format=look))


def _sum(values: FloatArray) -> float | None:
    """A total of FTE months; blank for nothing."""
    total = round(float(np.nansum(values)), 4)
    return total if total >= LEAST_SHORT else None
