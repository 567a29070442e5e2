"""PF Reconcile: counts and totals of the inputs against the results, what was left out and why."""

from __future__ import annotations

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
_WHY = replace(_TEXT, indent=1, horizontal="left")
_EXACT = ';"exact"'


def reconcile_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Reconcile."""
    page = Page(_WIDTHS)
    page.put(1, 1, "Inputs against results", TITLE)
    page.put(2, 1, subtitle(contents), SUBTITLE)
    exact = contents.reconciliation.is_exact
    colour = ACCENT if exact else ORANGE
    page.put(3, 1, verdict(contents), CellFormat(bold=True, colour=colour, vertical="top"))
    money = money_look(contents)
    last = _lines(page, contents, money)
    row = _ended(page, contents, money, last + 2)
    _assumed(page, contents, row)
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


def _lines(page: Page, contents: RunContents, money: MoneyLook) -> int:
    """The lines, each followed by what was left out of it; the last row."""
    amount = number_cell(COUNT_FORMAT, _TEXT)
    heads = ("Input", "What", "In the inputs", "In the results", "Left out", "Why", "Difference")
    for k, header in enumerate(heads, start=1):
        numbers = k in (3, 4, 5, 7)
        below = amount if numbers else _WHY
        page.head(_HEADING_ROW, k, header, below if k == 6 or numbers else _TEXT)
    row = _HEADING_ROW
    for line in contents.reconciliation.lines:
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
        single = line.left_out[0][1] if len(line.left_out) == 1 else None
        page.put(row, 6, single, _WHY)
        plain = number_format.split(";")[0]
        exactly = number_cell(f"{plain};-{plain}{_EXACT}", _BOLD)
        page.put(row, 7, _shown(line, _unexplained(line), money), exactly)
        for amount_out, why in line.left_out if len(line.left_out) > 1 else ():
            row += 1
            page.at_least(row, _ROW_HEIGHT)
            for k in (1, 3, 4, 7):
                page.put(row, k, None, _FAINT)
            page.put(row, 2, "of which", replace(_FAINT, indent=1, horizontal="left"))
            page.put(row, 5, _shown(line, amount_out, money), number_cell(number_format, _FAINT))
            page.put(row, 6, why, replace(_FAINT, indent=1, horizontal="left"))
    return max(row, _HEADING_ROW + 1)


def _what(line: ReconciledLine, money: MoneyLook) -> str:
    what = line.what[:1].upper() + line.what[1:]
    return money.short_heading(what) if line.unit == "money" else what


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


def _assumed(page: Page, contents: RunContents, row: int) -> None:
    notes = assumptions(contents)
    if not notes:
        return
    page.put(row, 1, "What was assumed", BLOCK)
    for note in notes:
        row += 1
        page.at_least(row, _ROW_HEIGHT)
        page.put(row, 1, note, _TEXT, last_column=7)
