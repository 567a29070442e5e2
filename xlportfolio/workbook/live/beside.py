"""Workbooks of ours that are open beside the user's for a moment, and never longer.

An error of Excel may come after it did what it was asked: what it opened then is found by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.workbook.live.quiet import app_of, twice

if TYPE_CHECKING:
    import xlwings as xw


@contextmanager
def opened_beside(book: xw.Book, path: Path) -> Iterator[xw.Book]:
    """A workbook of ours, open to be read; its macros do not run, for it has none.

    Parameters
    ----------
    book
        A workbook in the same Excel.
    path
        The file, under a name that no open workbook has.
    """
    books = twice(lambda: app_of(book).books)

    def open_it() -> xw.Book:
        try:
            return books.open(str(path), update_links=False, read_only=True, add_to_mru=False)
        except BaseException:
            with suppress(Exception):
                books[path.name].close()
            raise

    opened = twice(open_it)
    try:
        yield opened
    finally:
        with suppress(Exception):
            twice(opened.close)


@contextmanager
def new_beside(book: xw.Book) -> Iterator[xw.Book]:
    """A new workbook, closed without being saved again.

    Parameters
    ----------
    book
        A workbook in the same Excel.
    """
    books = twice(lambda: app_of(book).books)
    before = twice(lambda: [one.name for one in books])

    def add_it() -> xw.Book:
        try:
            return books.add()
        except BaseException:
            with suppress(Exception):
                for one in [one for one in books if one.name not in before]:
                    one.close()
            raise

    new = twice(add_it)
    try:
        yield new
    finally:
        with suppress(Exception):
            twice(new.close)
