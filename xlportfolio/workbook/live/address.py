"""Where an open workbook lies, as Excel itself says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xlportfolio.workbook.live.refusals import refused

if TYPE_CHECKING:
    import xlwings as xw


def address_of(book: xw.Book) -> str:
    """The path of an open workbook, its address in the cloud, or its name if it was never saved.

    `xw.Book.fullname` looks for the file behind an address, and is told where to look by a sheet
    of that workbook: no setting of ours comes from there.

    Parameters
    ----------
    book
        The workbook.

    Raises
    ------
    WorkbookError
        If Excel refuses to say.
    """
    with refused("to say where it lies", lambda: book.name):
        for name in ("FullName", "full_name"):  # Windows, macOS
            told: Any = getattr(book.api, name, None)
            found = told.get() if hasattr(told, "get") else told
            if isinstance(found, str) and found:
                return found
        return book.fullname
