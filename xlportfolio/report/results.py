"""PF Results: every project with its decision, its reason, its money and its dates.

`previous.py` reads it back: the cells hold exact values, whatever their formats show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xlportfolio.checking.wording import listed
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    BODY,
    COUNT_FORMAT,
    DECISION_COLOURS,
    HELP,
    LINK,
    MOVED_FORMAT,
    ORANGE,
    RESULTS,
    SCORE_FORMAT,
    SHORT_DATE_FORMAT,
    SUBTITLE,
    TITLE,
    money_look,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.report.page import Page
from xlportfolio.report.result_rows import (
    ResultLine,
    cumulative_costs,
    result_lines,
    value_per_cost,
    yearly_costs,
)
from xlportfolio.workbook.description import (
    CellFormat,
    CellValue,
    ConditionalFormat,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange

PROJECT_ID, NAME, OPTION = "ID", "Name", "Option"
DECISION, REASON = "Proposed decision", "Reason"
SCORE, VALUE, TOTAL = "Score", "Value", "Total cost"
START, FINISH, LEVELLED = "Current start", "Current finish", "Levelled start"

_MOST_YEARS = 6
_MOST_ON_PAPER = 265.0  # digits of 11 points that A3 holds at about 9 points
_HEADING_ROW = 5
_ABOUT = (
    "Funded projects come first (Continue, Start), then Defer, Stop and Not funded; inside, the "
    "best rank first. Costs are what still counts against the budgets, in the years proposed."
)
_ABOUT_CUMULATIVE = " The cumulative cost adds up what is funded, the most value for money first."
_ABOUT_CONTRIBUTIONS = (
    "What each criterion adds to the score: its weight times the rating on a scale from 0 to 1."
)
_ROW_HEIGHT = 18.0
_TEXTS_THAT_FIT = 0.9
_TEXT = replace(BODY, vertical="center")
_SET_OFF = replace(_TEXT, indent=1, horizontal="left")
_LINKED = replace(LINK, vertical="center")


@dataclass(frozen=True)
class _Column:
    """A column: its header, what each line has in it, and how it looks.

    `width` grows with long words and texts up to `most`. What `describes` the project may be left
    off the paper.
    """

    header: str
    width: float
    value: Callable[[ResultLine], CellValue]
    format: CellFormat = _TEXT
    hidden: bool = False
    most: float = 0.0
    describes: bool = False

    @property
    def is_number(self) -> bool:
        return self.format.number_format is not None


def results_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Results: a row for each project that has not ended, and its score in parts."""
    lines = result_lines(contents)
    main = _with_something(_columns(contents, lines), lines)
    parts = _contribution_columns(contents, lines)
    gap = len(main) + 1
    widths = {k: column.width for k, column in enumerate(main, start=1)} | {gap: 2.0}
    widths |= {gap + k: column.width for k, column in enumerate(parts, start=1)}
    page = Page(widths)
    printed = _on_paper(main)
    _head_lines(page, contents, lines, main, gap if parts else None)
    tables = [_table(page, "pf_results", 1, main, lines, contents)]
    if parts:
        tables.append(_table(page, "pf_contributions", gap + 1, parts, lines, contents))
    last_row = _HEADING_ROW + max(1, len(lines))
    areas = [CellRange(1, 1, last_row, printed)]
    if parts and len(contents.scores.criteria) > 1:  # the score of a single one has no parts
        areas.append(CellRange(1, gap + 1, last_row, gap + len(parts)))
    rows = (1, _HEADING_ROW)
    return SheetDescription(
        RESULTS,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        freeze=f"C{_HEADING_ROW + 1}",
        merges=page.merges,
        tables=tables,
        conditional_formats=_conditional_formats(main, parts, gap, last_row),
        print_setup=replace(print_setup(contents, RESULTS, rows), areas=tuple(areas)),
        tab_colour=ACCENT,
        hidden_columns=[
            first + k
            for first, columns in ((1, main), (gap + 1, parts))
            for k, column in enumerate(columns)
            if column.hidden
        ],
    )


def _on_paper(main: Sequence[_Column]) -> int:
    """The last column that is printed: a page too wide would be too small to read.

    What describes the projects stands last and is left off, from the right, where need be.
    """
    shown = [k for k, column in enumerate(main) if not column.hidden]
    width = sum(main[k].width for k in shown)
    while width > _MOST_ON_PAPER and main[shown[-1]].describes:
        width -= main[shown.pop()].width
    return shown[-1] + 1


def _head_lines(
    page: Page,
    contents: RunContents,
    lines: Sequence[ResultLine],
    main: Sequence[_Column],
    gap: int | None,
) -> None:
    """The titles, and how the tables are to be read."""
    printed = _on_paper(main)
    off = [column.header for column in main[printed:] if not column.hidden]
    page.put(1, 1, "Results by project", TITLE)
    page.put(2, 1, subtitle(contents, "DRAFT"), SUBTITLE)
    decided = any(line.decision is not None for line in lines)
    about = _ABOUT + (_ABOUT_CUMULATIVE if any(line.is_chosen for line in lines) else "")
    if not decided:
        why = contents.selection.why or "Nothing was chosen."
        about = f"No decision is proposed. {why}"
    if off:
        stand = "stand" if len(off) > 1 else "stands"
        about += f" {listed(off)} {stand} to the right of what is printed."
    page.put(3, 1, about, HELP, last_column=printed)
    if gap is not None:
        page.put(2, gap + 1, "Score by criterion", BLOCK)
        page.put(3, gap + 1, _ABOUT_CONTRIBUTIONS, replace(HELP, wrap=False))


def _columns(contents: RunContents, lines: Sequence[ResultLine]) -> list[_Column]:
    """Every column that the sheet may have, in the order in which it is read."""
    money = money_look(contents)
    amount = number_cell(money.number_format, _TEXT)
    day = number_cell(SHORT_DATE_FORMAT, _TEXT)
    yearly = yearly_costs(contents, _MOST_YEARS)
    cumulative = cumulative_costs(lines)
    is_named_by_id = _are_named_by_id(lines)
    per_cost = value_per_cost(contents, lines)

    def in_year(y: int) -> Callable[[ResultLine], CellValue]:
        return lambda line: _shown(line, int(yearly.years[line.position, y]))

    def _shown(line: ResultLine, cents: int) -> float | None:
        return None if line.cost is None else money.shown(cents)

    def added(line: ResultLine) -> float | None:
        cents = cumulative.get(line.key)
        return None if cents is None else money.shown(cents)

    return [
        _Column(
            PROJECT_ID, 9.5, lambda line: line.key.project_id, most=38 if is_named_by_id else 24
        ),
        _Column(NAME, 31, lambda line: line.project.name, hidden=is_named_by_id, most=34),
        _Column(OPTION, 7, lambda line: line.key.option, most=14),
        _Column("Current decision", 10, lambda line: line.project.current_decision, most=16),
        _Column(
            DECISION,
            12,
            lambda line: line.decided,
            replace(_TEXT, bold=True, indent=1, horizontal="left"),
        ),
        _Column(REASON, 47, lambda line: line.reason, _SET_OFF),
        _Column("Firm or marginal", 9.5, lambda line: line.standing, _SET_OFF),
        _Column(SCORE, 6.5, lambda line: line.scored, number_cell(SCORE_FORMAT, _TEXT)),
        _Column("Rank", 6, lambda line: line.rank, number_cell(COUNT_FORMAT, _TEXT)),
        _Column(
            VALUE, 7.5, lambda line: line.project.value, number_cell(_value_format(lines), _TEXT)
        ),
        *(
            _Column(money.short_heading(label), 8.5, in_year(y), amount)
            for y, label in enumerate(yearly.labels)
        ),
        _Column(
            money.short_heading(yearly.others),
            10,
            lambda line: _shown(line, int(yearly.later[line.position])) or None,
            amount,
        ),
        _Column(money.heading(TOTAL), 11, lambda line: _shown(line, line.cost or 0), amount),
        _Column(money.short_heading("Cumulative cost"), 11.5, added, amount),
        _Column(
            per_cost.heading,
            9,
            lambda line: per_cost.by_key.get(line.key),
            number_cell(per_cost.number_format, _TEXT),
        ),
        _Column(START, 9.5, lambda line: line.project.start, day),
        _Column("Proposed start", 9.5, lambda line: line.proposed_start, day),
        _Column("Months moved", 8, _months_moved, number_cell(MOVED_FORMAT, _TEXT)),
        _Column("Proposed finish", 9.5, lambda line: line.proposed_finish, day),
        *(
            _Column(header, width, value, _SET_OFF, most=most, describes=True)
            for header, width, value, most in (
                ("Programme", 12, lambda line: line.project.programme, 32),
                ("Category", 10, lambda line: line.project.category, 28),
                ("Sponsor", 10, lambda line: line.project.sponsor, 18),
                ("Lifecycle", 10, lambda line: line.project.lifecycle, 14),
            )
        ),
        _Column(FINISH, 13, lambda line: line.project.finish, day, hidden=True),
        _Column(LEVELLED, 13, lambda line: line.levelled_start, day, hidden=True),
    ]


def _are_named_by_id(lines: Sequence[ResultLine]) -> bool:
    """Whether every ID is the name or was made of it, so that one of the two columns is enough."""
    return bool(lines) and all(
        line.key.titled(line.project.name) == line.key.label for line in lines
    )


def _months_moved(line: ResultLine) -> int | None:
    if line.plan is None or line.plan.new_start is None:
        return None
    return line.plan.months_moved


def _value_format(lines: Sequence[ResultLine]) -> str:
    most = max((abs(line.project.value or 0.0) for line in lines), default=0.0)
    return "#,##0" if most >= 1000 else "0.0" if most >= 10 else "0.00"


def _with_something(columns: Sequence[_Column], lines: Sequence[ResultLine]) -> list[_Column]:
    """The columns that are not wholly empty, wide enough; ID and name are always there."""
    kept = []
    for k, column in enumerate(columns):
        values = [column.value(line) for line in lines]
        if k < 2 or any(value is not None for value in values):
            kept.append(replace(column, width=_wide_enough(column, values)))
    return kept


def _wide_enough(column: _Column, values: Sequence[CellValue]) -> float:
    """The width of a column: no word of its header is broken, nor its texts if there is room."""
    width = max(column.width, 1.2 * max(map(len, column.header.split())) + 0.5)
    numbers = [abs(value) for value in values if isinstance(value, (int, float))]
    if column.format.number_format and numbers:
        # Figures wider than their column show as ###.
        decimals = column.format.number_format.partition(";")[0].partition(".")[2].count("0")
        width = max(width, 1.05 * len(f"{max(numbers):,.{decimals}f}") + 2.0)
    written = [value for value in values if isinstance(value, str)]
    lengths = sorted(map(len, written))
    if not lengths:
        return width
    if column.describes:
        longest = max(len(word) for text in written for word in text.split() or [""])
        width = max(width, min(longest + 2.0 + column.format.indent, column.most))
    most_fit = lengths[int(_TEXTS_THAT_FIT * (len(lengths) - 1))]  # one long text may take lines
    return max(width, min(most_fit + 1.0 + column.format.indent, column.most))


def _contribution_columns(contents: RunContents, lines: Sequence[ResultLine]) -> list[_Column]:
    """The score in parts, keyed by ID again; none where nothing was scored."""
    if not any(line.score is not None for line in lines) or not contents.scores.criteria:
        return []
    score = number_cell(SCORE_FORMAT, _TEXT)

    def part(j: int) -> Callable[[ResultLine], CellValue]:
        return lambda line: line.score.contributions[j] if line.score else None

    def missing(line: ResultLine) -> str | None:
        names = line.score.missing if line.score else ()
        if len(names) > 1 and len(names) == len(contents.scores.criteria):
            return "Every criterion"
        return ", ".join(names) or None

    is_named_by_id = _are_named_by_id(lines)
    columns = [
        _Column(
            "Project ID", 10, lambda line: line.key.project_id, most=38 if is_named_by_id else 24
        ),
        _Column("Project", 32, lambda line: line.project.name, hidden=is_named_by_id),
        _Column("Project option", 9, lambda line: line.key.option, most=14),
        *(
            _Column(f"{criterion.name} ({criterion.weight:.0%})", 13, part(j), score)
            for j, criterion in enumerate(contents.scores.criteria)
        ),
        _Column(
            "Sum = score",
            10,
            lambda line: line.scored,
            number_cell(SCORE_FORMAT, replace(_TEXT, bold=True)),
        ),
        _Column(
            "Assessors",
            10,
            lambda line: (line.score.n_assessors or None) if line.score else None,
            number_cell(COUNT_FORMAT, _TEXT),
        ),
        _Column(
            "Largest disagreement",
            13,
            lambda line: line.score.disagreement if line.score else None,
            number_cell("0%", _TEXT),
        ),
        _Column(
            "They differ most on", 18, lambda line: line.score.disagreed_on if line.score else None
        ),
        _Column("Not rated", 24, missing),
    ]
    return _with_something(columns, lines)


def _table(
    page: Page,
    name: str,
    first: int,
    columns: Sequence[_Column],
    lines: Sequence[ResultLine],
    contents: RunContents,
) -> TableDescription:
    """Lay a table out from a column on."""
    formats = [
        # Words that follow figures would touch them.
        replace(column.format, horizontal="left", indent=1)
        if before is not None and before.is_number and not column.is_number
        else column.format
        for before, column in zip((None, *columns), columns, strict=False)
    ]
    for k, (column, format_) in enumerate(zip(columns, formats, strict=True), start=first):
        page.head(_HEADING_ROW, k, column.header, format_)
    for row, line in enumerate(lines, start=_HEADING_ROW + 1):
        page.at_least(row, _ROW_HEIGHT)
        for k, (column, format_) in enumerate(zip(columns, formats, strict=True), start=first):
            link = contents.references.get(line.key) if column.header == PROJECT_ID else None
            linked = _LINKED if link is not None else format_
            page.put(row, k, column.value(line), linked, link=link)
    last = _HEADING_ROW + max(1, len(lines))
    return TableDescription(
        name, CellRange(_HEADING_ROW, first, last, first + len(columns) - 1), None
    )


def _conditional_formats(
    main: Sequence[_Column], parts: Sequence[_Column], gap: int, last_row: int
) -> list[ConditionalFormat]:
    def below(column: int, last: int | None = None) -> CellRange:
        return CellRange(_HEADING_ROW + 1, column, last_row, last or column)

    rules = []
    at = {column.header: k for k, column in enumerate(main, start=1)}
    if DECISION in at:
        rules += [decision_rule(below(at[DECISION]), word) for word in DECISION_COLOURS]
    if "Firm or marginal" in at:
        rules.append(
            _equals(below(at["Firm or marginal"]), "marginal", CellFormat(bold=True, colour=ORANGE))
        )
    if "Months moved" in at:
        rules.append(
            ConditionalFormat(
                below(at["Months moved"]),
                "cell",
                operator="notEqual",
                values=("0",),
                format=CellFormat(bold=True, colour=ACCENT),
            )
        )
    criteria = [k for k, column in enumerate(parts, start=gap + 1) if "%)" in column.header]
    if criteria:
        rules.append(ConditionalFormat(below(criteria[0], criteria[-1]), "scale", colours=_SHADES))
    return rules


_SHADES = ("FFFFFF", "9CC5DE")


def decision_rule(cells: CellRange, decision: str) -> ConditionalFormat:
    """Fill and ink of a decision wherever its word stands."""
    fill, ink = DECISION_COLOURS[decision]  # type: ignore[index]
    return _equals(cells, decision, CellFormat(colour=ink, fill=fill))


def _equals(cells: CellRange, word: str, format_: CellFormat) -> ConditionalFormat:
    return ConditionalFormat(cells, "cell", operator="equal", values=(f'"{word}"',), format=format_)
