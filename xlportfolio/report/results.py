"""PF Results: every project with its decision, its reason, its money and its dates.

`previous.py` reads it back: the cells hold exact values, whatever their formats show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    DECISION_COLOURS,
    HELP,
    LINK,
    ORANGE,
    RESULTS,
    SUBTITLE,
    TITLE,
    print_setup,
    subtitle,
)
from xlportfolio.report.page import Page
from xlportfolio.report.result_columns import (
    DECISION,
    PROJECT_ID,
    ResultColumn,
    contribution_columns,
    main_columns,
)
from xlportfolio.report.result_rows import ResultLine, result_lines
from xlportfolio.wording import listed
from xlportfolio.workbook.description import (
    CellFormat,
    ConditionalFormat,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.references import CellRange

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
_LINKED = replace(LINK, vertical="center")


def results_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Results: a row for each project that has not ended, and its score in parts."""
    lines = result_lines(contents)
    main = main_columns(contents, lines)
    parts = contribution_columns(contents, lines)
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
        keys=CellRange(_HEADING_ROW + 1, 1, last_row, 1),
    )


def _on_paper(main: Sequence[ResultColumn]) -> int:
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
    main: Sequence[ResultColumn],
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


def _table(
    page: Page,
    name: str,
    first: int,
    columns: Sequence[ResultColumn],
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
    main: Sequence[ResultColumn], parts: Sequence[ResultColumn], gap: int, last_row: int
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
