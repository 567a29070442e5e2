"""The row of PF Log for a step that is no run of the portfolio job: map, write back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePath

from xlportfolio import __version__
from xlportfolio.report.contents import LogRow
from xlportfolio.report.log import log_of
from xlportfolio.report.look import LOG
from xlportfolio.report.previous import read_log
from xlportfolio.workbook.description import PrintSetup
from xlportfolio.workbook.protocol import Workbook


def log_step(book: Workbook, command: str, figures: str) -> str:
    """Put PF Log with one more row; the sheet's name.

    Parameters
    ----------
    book
        The workbook.
    command
        What was done, such as "map".
    figures
        What came of it, in a sentence.
    """
    sheet = book.our_sheet(LOG)
    before = read_log(book.contents(sheet)) if sheet is not None else ()
    now = datetime.now(UTC).replace(microsecond=0)
    row = LogRow(now, command, "", "", "", None, figures, __version__)
    setup = PrintSetup(footer=f"&L{LOG}&Rxlportfolio {__version__}  ·  Page &P of &N")
    return book.put_sheet(log_of(PurePath(book.path).name, (*before, row), setup))
