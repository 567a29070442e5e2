"""PF Functions: every cell function with its arguments, its answer and how it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlportfolio.report.look import ACCENT, BODY, FUNCTIONS, QUIET, STRONG, SUBTITLE, TITLE
from xlportfolio.report.page import Page
from xlportfolio.wording import counted
from xlportfolio.workbook.description import PrintSetup, SheetDescription, TableDescription
from xlportfolio.workbook.references import CellRange

HEADERS = ("Function", "Family", "What it does", "Arguments", "Result", "Example")
_WIDTHS = {1: 19, 2: 14, 3: 34, 4: 82, 5: 46, 6: 46}
_HEADING_ROW = 4
_NAME = replace(STRONG, wrap=False, indent=1, horizontal="left")
_TEXT = replace(BODY, indent=1, horizontal="left")
_CALL = replace(QUIET, colour=ACCENT, indent=1, horizontal="left")


@dataclass(frozen=True)
class FunctionRow:
    """One cell function, in the words of its own help.

    Attributes
    ----------
    name
        As typed in a cell: "PF_SCORE".
    family
        The group it stands under.
    summary
        What it does, on one line.
    arguments
        A sentence or two for each, its name first.
    result
        What spills, and when it is an error instead.
    calls
        How it is typed: '=PF_SCORE(C2:F9)'.
    """

    name: str
    family: str
    summary: str
    arguments: tuple[str, ...]
    result: str
    calls: tuple[str, ...]


def functions_sheet(rows: Sequence[FunctionRow], version: str) -> SheetDescription:
    """Describe PF Functions.

    Parameters
    ----------
    rows
        A function each, in the order of the sheet.
    version
        Of xlportfolio, for the head and the foot of the page.
    """
    page = Page(_WIDTHS)
    page.put(1, 1, "Cell functions", TITLE)
    about = (
        f"{counted(len(rows), 'function')} of xlportfolio {version}. An argument in square "
        "brackets may be left out. The answer spills from the cell of the formula."
    )
    page.put(2, 1, about, SUBTITLE)
    for k, header in enumerate(HEADERS, start=1):
        page.head(_HEADING_ROW, k, header, _TEXT)
    for row, function in enumerate(rows, start=_HEADING_ROW + 1):
        page.put(row, 1, function.name, _NAME)
        page.put(row, 2, function.family, _TEXT)
        page.put(row, 3, function.summary, _TEXT)
        page.put(row, 4, "\n".join(function.arguments), _TEXT)
        page.put(row, 5, function.result, _TEXT)
        page.put(row, 6, "\n".join(function.calls), _CALL)
    last = _HEADING_ROW + max(1, len(rows))
    table = CellRange(_HEADING_ROW, 1, last, len(HEADERS))
    return SheetDescription(
        FUNCTIONS,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        freeze=f"B{_HEADING_ROW + 1}",
        tables=(TableDescription("pf_functions", table, None),),
        print_setup=PrintSetup(
            repeat_rows=(_HEADING_ROW, _HEADING_ROW),
            footer=f"&L{FUNCTIONS}&Rxlportfolio {version}  ·  Page &P of &N",
        ),
        tab_colour=ACCENT,
    )
