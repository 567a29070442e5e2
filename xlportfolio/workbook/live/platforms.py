"""Which details of Excel a workbook's program offers: picked here, and nowhere else."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlwings as xw

    from xlportfolio.workbook.live.details import ExcelDetails


def details_of(book: xw.Book) -> ExcelDetails:
    """What may be asked of the program that has a workbook open.

    Parameters
    ----------
    book
        Open in Excel for Windows, in Excel for macOS, or in another engine of xlwings.
    """
    if sys.platform == "win32" and book.app.engine.name == "excel":
        from xlportfolio.workbook.live.refusals import refusals
        from xlportfolio.workbook.live.windows import WindowsExcel

        process = None
        with suppress(*refusals()):
            process = int(book.app.pid)
        return WindowsExcel(process)
    from xlportfolio.workbook.live.public_only import PublicOnly

    return PublicOnly()
