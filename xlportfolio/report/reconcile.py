"""PF Reconcile: counts and totals of the inputs against the results, what was left out and why.

What was assumed and what changed since the last run stand there in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlportfolio.money import money_text
from xlportfolio.reconciliation import ReconciledLine, Reconciliation
from xlportfolio.report.assumed import assumptions
from xlportfolio.report.contents import RunContents
from xlportfolio.report.look import (
    ACCENT,
    BLOCK,
    BODY,
    COUNT_FORMAT,
    LINK,
    ORANGE,
    QUIET,
    RECONCILE,
    STRONG,
    SUBTITLE,
    TITLE,
    MoneyLook,
    money_look,
    number_cell,
    print_setup,
    subtitle,
)
from xlportfolio.report.page import Page
from xlportfolio.workbook.description import CellFormat, ConditionalFormat, SheetDescription
from xlportfolio.workbook.references import CellRange

_WIDTHS = {1: 14, 2: 48, 3: 17, 4: 17, 5: 17, 6: 66, 7: 15}
_HEADING_ROW = 5
_ROW_HEIGHT = 18.0
_TEXT = replace(BODY, vertical="center")
_FAINT = replace(QUIET, vertical="center")
_BOLD = replace(STRONG, vertical="center")
_LINKED = replace(LINK, vertical="center", horizontal="right", wrap=False)
_WHY = replace(_TEXT, indent=1, horizontal="left")
_EXACT = ';"exact"'
_PART_OF = "cost to come, "
_PARTS_TITLE = "The cost to come, by kind and year"


def reconcile_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Reconcile."""
    page = Page(_WIDTHS)
    page.put(1, 1, "Inputs against results", TITLE)
    page.put(2, 1, subtitle(contents), SUBTITLE)
    exact = contents.reconciliation.is_exact
    colour = ACCENT if exact else ORANGE
    page.put(3, 1, verdict(contents), CellFormat(bold=True, colour=colour, vertical="top"))
    money = money_look(contents)
    lines = contents.reconciliation.lines
    parts = [line for line in lines if _is_part(line)]
    last = _lines(page, [line for line in lines if not _is_part(line)], money, _HEADING_ROW)
    row = _ended(page, contents, money, last + 2)
    row = _assumed(page, contents, row)
    row = _changed(page, contents, row)
    if parts:
        page.put(row, 1, _PARTS_TITLE, BLOCK)
        last = _lines(page, parts, money, row + 1)
    return SheetDescription(
        RECONCILE,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        merges=page.merges,
        freeze=f"A{_HEADING_ROW + 1}",
        conditional_formats=(
            ConditionalFormat(
                CellRange(_HEADING_ROW + 1, 7, last, 7),
                "formula",
                values=(f"AND(ISNUMBER($G{_HEADING_ROW + 1}),$G{_HEADING_ROW + 1}<>0)",),
                format=CellFormat(bold=True, colour=ORANGE),
            ),
        ),
        print_setup=print_setup(contents, RECONCILE, (_HEADING_ROW, _HEADING_ROW)),
        tab_colour=ACCENT,
    )


def verdict(contents: RunContents) -> str:
    """Whether everything agrees, in a sentence; where not, what does not and by how much."""
    lines = contents.reconciliation.lines
    if not lines:
        return "Nothing was reconciled in this run."
    wrong = [line for line in lines if _unexplained(line)]
    if not wrong:
        return "Every count agrees, and every sum of money agrees to the cent."
    currency = contents.portfolio.settings.currency
    said = ", ".join(
        f"{line.what} of the {line.table} by {_amount_text(line, currency)}" for line in wrong[:3]
    )
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    do = "does" if len(wrong) == 1 else "do"
    return f"{len(wrong)} of {len(lines)} lines {do} not agree: {said}{more}."


def _unexplained(line: ReconciledLine) -> float:
    """What nobody explains; 0 where it is nothing but the last digit of a float."""
    return 0.0 if Reconciliation((line,)).is_exact else line.difference


def _amount_text(line: ReconciledLine, currency: str | None) -> str:
    if line.unit == "money":
        return money_text(round(line.difference), currency)
    if line.unit == "count":
        return f"{line.difference:,.0f}"
    return f"{line.difference:,.3g}{' FTE months' if line.unit == 'fte' else ''}"


def _is_part(line: ReconciledLine) -> bool:
    """Whether a line is a part of the cost to come, by kind and year."""
    return line.table == "projects" and line.what.startswith(_PART_OF)


def _lines(page: Page, lines: Sequence[ReconciledLine], money: MoneyLook, heading_row: int) -> int:
    """The lines, each followed by what was left out of it; the last row.

    The parts of the cost to come are many and their reasons few: they stand in one row each.
    """
    amount = number_cell(COUNT_FORMAT, _TEXT)
    heads = ("Input", "What", "In the inputs", "In the results", "Left out", "Why", "Difference")
    for k, header in enumerate(heads, start=1):
        numbers = k in (3, 4, 5, 7)
        below = amount if numbers else _WHY
        page.head(heading_row, k, header, below if k == 6 or numbers else _TEXT)
    row = heading_row
    for line in lines:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        number_format = _format_of(line, money)
        figure = number_cell(number_format, _TEXT)
        page.put(row, 1, line.table.capitalize(), _BOLD)
        page.put(row, 2, _what(line, money), _TEXT)
        page.put(row, 3, _shown(line, line.given, money), figure)
        page.put(row, 4, _shown(line, line.used, money), figure)
        left_out = sum(amount for amount, _ in line.left_out)
        page.put(row, 5, _shown(line, left_out, money), figure)
        several = len(line.left_out) > 1
        in_one_row = _is_part(line)
        why = " ".join(
            f"{why.rstrip('.')} ({_said(line, out, money)})." if several else why
            for out, why in line.left_out
        )
        page.put(row, 6, (why if in_one_row or not several else None) or None, _WHY)
        plain = number_format.split(";")[0]
        exactly = number_cell(f"{plain};-{plain}{_EXACT}", _BOLD)
        page.put(row, 7, _shown(line, _unexplained(line), money), exactly)
        for amount_out, why in line.left_out if several and not in_one_row else ():
            row += 1
            page.at_least(row, _ROW_HEIGHT)
            for k in (1, 3, 4, 7):
                page.put(row, k, None, _FAINT)
            page.put(row, 2, "of which", replace(_FAINT, indent=1, horizontal="left"))
            page.put(row, 5, _shown(line, amount_out, money), number_cell(number_format, _FAINT))
            page.put(row, 6, why, replace(_FAINT, indent=1, horizontal="left"))
    return max(row, heading_row + 1)


def _what(line: ReconciledLine, money: MoneyLook) -> str:
    what = line.what[:1].upper() + line.what[1:]
    return money.short_heading(what) if line.unit == "money" else what


def _said(line: ReconciledLine, amount: float, money: MoneyLook) -> str:
    """An amount in a sentence, as the cells beside show it."""
    digits = _format_of(line, money).partition(";")[0].partition(".")[2]
    return f"{_shown(line, amount, money):,.{len(digits)}f}"


def _format_of(line: ReconciledLine, money: MoneyLook) -> str:
    if line.unit == "money":
        return money.number_format
    digits = {"count": "#,##0", "fte": "#,##0.0"}.get(line.unit, "#,##0.00")
    return f'{digits};-{digits};"–"'


def _shown(line: ReconciledLine, amount: float, money: MoneyLook) -> float:
    return money.shown(round(amount)) if line.unit == "money" else amount


def _ended(page: Page, contents: RunContents, money: MoneyLook, row: int) -> int:
    """The projects that have ended, by name; the row after them."""
    costs = contents.costs
    if not costs.ended:
        return row
    names = {
        (project.project_id, project.option): project.name
        for project in contents.portfolio.projects
    }
    figure = number_cell(money.number_format, _TEXT)
    page.put(row, 1, "Projects that have ended and are not in the results", BLOCK)
    row += 1
    for k, header in enumerate(("ID", "Name", money.short_heading("Cost"), "Why"), start=1):
        page.head(row, k, header, figure if k == 3 else _TEXT if k < 3 else _WHY)
    for k in (5, 6, 7):
        page.head(row, k, "", _TEXT)
    page.merges.append(CellRange(row, 4, row, 7))
    for i, (key, why) in enumerate(costs.ended):
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, key.label, _BOLD)
        page.put(row, 2, names.get((key.project_id, key.option), key.project_id), _TEXT)
        cost = money.shown(costs.ended_cost[i]) if i < len(costs.ended_cost) else None
        page.put(row, 3, cost, figure)
        page.put(row, 4, why, _WHY, last_column=7)
    return row + 2


def _assumed(page: Page, contents: RunContents, row: int) -> int:
    """What was assumed; the row after it."""
    notes = assumptions(contents)
    if not notes:
        return row
    page.put(row, 1, "What was assumed", BLOCK)
    for note in notes:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, note, _TEXT, last_column=7)
    return row + 2


def _changed(page: Page, contents: RunContents, row: int) -> int:
    """Every change since the last run, of which PF Summary has the first; the row after them."""
    changes = contents.comparison.changes
    if not changes:
        return row
    page.put(row, 1, "What changed since the last run", BLOCK)
    for change in changes:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, change.what.capitalize(), _BOLD)
        page.put(row, 2, change.sentence, _TEXT, last_column=6)
        link = change.source
        # A link is not broken into lines everywhere: the cell alone fits.
        page.put(row, 7, link and link.rpartition("!")[2], _LINKED if link else _TEXT, link=link)
    return row + 2
