"""PF Log: one row per run, the newest first; `previous.py` reads it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from xlportfolio.report.contents import LogRow, RunContents
from xlportfolio.report.look import (
    ACCENT,
    BODY,
    HELP,
    LOG,
    PERCENT_FORMAT,
    STRONG,
    SUBTITLE,
    TITLE,
    number_cell,
    print_setup,
)
from xlportfolio.report.page import Page
from xlportfolio.workbook.description import PrintSetup, SheetDescription, TableDescription
from xlportfolio.workbook.references import CellRange

HEADERS = (
    "When (UTC)",
    "Command",
    "Inputs",
    "Options",
    "Status",
    "Better possible, at most",
    "Figures",
    "Version",
)
_WIDTHS = {1: 21, 2: 13, 3: 21, 4: 40, 5: 13, 6: 15, 7: 84, 8: 11}
_HEADING_ROW = 5
_ROW_HEIGHT = 18.0
_TEXT = replace(BODY, vertical="center")
_BOLD = replace(STRONG, vertical="center")
_ABOUT = (
    "Inputs: equal digits mean that every input value was the same. With the same inputs, options "
    "and version a run gives the same results."
)
_WHEN = replace(_TEXT, number_format="d mmm yyyy hh:mm:ss", horizontal="left", wrap=False)
_GAP = number_cell(f'{PERCENT_FORMAT};-{PERCENT_FORMAT};"none"', _TEXT)
_FIGURES = replace(_TEXT, indent=1, horizontal="left")
_CODE = replace(_TEXT, wrap=False)


def log_sheet(contents: RunContents) -> SheetDescription:
    """Describe PF Log."""
    setup = print_setup(contents, LOG, (_HEADING_ROW, _HEADING_ROW))
    return log_of(contents.workbook, contents.log, setup)


def log_of(workbook: str, log: Sequence[LogRow], setup: PrintSetup) -> SheetDescription:
    """Describe PF Log of what is no run of the portfolio job, too.

    Parameters
    ----------
    workbook
        The name of the file.
    log
        The oldest row first.
    setup
        How the sheet prints.
    """
    page = Page(_WIDTHS)
    page.put(1, 1, "Log of runs", TITLE)
    page.put(2, 1, workbook, SUBTITLE)
    page.put(3, 1, _ABOUT, replace(HELP, wrap=False))
    for k, header in enumerate(HEADERS, start=1):
        page.head(_HEADING_ROW, k, header, _GAP if k == 6 else _FIGURES if k == 7 else _TEXT)
    newest_first = tuple(reversed(log))
    for row, run in enumerate(newest_first, start=_HEADING_ROW + 1):
        _run(page, row, run, is_newest=row == _HEADING_ROW + 1)
    last = _HEADING_ROW + max(1, len(newest_first))
    return SheetDescription(
        LOG,
        page.cells,
        widths=page.widths,
        heights=page.heights,
        freeze=f"A{_HEADING_ROW + 1}",
        tables=(TableDescription("pf_log", CellRange(_HEADING_ROW, 1, last, len(HEADERS)), None),),
        print_setup=setup,
        tab_colour=ACCENT,
        keys=CellRange(_HEADING_ROW + 1, 1, last, 1) if last > _HEADING_ROW else None,
    )


def _run(page: Page, row: int, run: LogRow, *, is_newest: bool) -> None:
    page.at_least(row, _ROW_HEIGHT)
    page.put(row, 1, _utc(run.when), _WHEN)
    page.put(row, 2, run.command, _BOLD if is_newest else _TEXT)
    page.put(row, 3, run.inputs, _CODE)
    page.put(row, 4, run.options or None, _TEXT)
    page.put(row, 5, run.status or None, _TEXT)
    page.put(row, 6, run.gap, _GAP)
    page.put(row, 7, run.figures or None, _FIGURES)
    page.put(row, 8, run.version, _TEXT)


def _utc(when: datetime) -> datetime:
    """A time of UTC to the second, as a cell holds it: without its zone."""
    if when.tzinfo is not None:
        when = when.astimezone(UTC)
    return when.replace(microsecond=0, tzinfo=None)
