"""The row of PF Log for a step that is no run of the portfolio job: map, write back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

from xlportfolio import __version__
from xlportfolio.operations.waiting_formulas import waiting_cells, waiting_figure
from xlportfolio.report.contents import LogRow
from xlportfolio.report.log import log_of
from xlportfolio.report.look import LOG
from xlportfolio.report.previous import read_log
from xlportfolio.workbook.description import PrintSetup
from xlportfolio.workbook.protocol import Workbook


def log_step(book: Workbook, command: str, figures: str) -> str:
    """Put PF Log with one more row, which says how many cells wait to be recalculated, too.

    Parameters
    ----------
    book
        The workbook.
    command
        What was done, such as "map".
    figures
        What came of it, in a sentence.

    Returns
    -------
    the sheet's name
    """
    sheet = book.our_sheet(LOG)
    before = read_log(book.contents(sheet)) if sheet is not None else ()
    now = datetime.now(UTC).replace(microsecond=0)
    row = LogRow(now, command, "", "", "", None, figures, __version__)
    name = _put(book, (*before, row))
    waiting = waiting_figure(waiting_cells(book))
    if waiting:  # known when all has been put, and PF Log is part of it
        row = replace(row, figures=f"{figures} {waiting}.")
        name = _put(book, (*before, row))
    return name


def _put(book: Workbook, log: Sequence[LogRow]) -> str:
    setup = PrintSetup(footer=f"&L{LOG}&Rxlportfolio {__version__}  ·  Page &P of &N")
    return book.put_sheet(log_of(PurePath(book.path).name, log, setup))
