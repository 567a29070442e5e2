"""Excel kept still while it is written: no redrawing, calculating, events or questions.

The one place that changes these settings. They are restored one by one, whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import xlwings as xw

    from xlportfolio.workbook.live.details import ExcelDetails

_STILL = (
    ("screen_updating", False),
    ("enable_events", False),
    ("display_alerts", False),
    ("calculation", "manual"),
)
"""Calculation last, and so restored first: what it computes is seen when the screen is drawn."""

_Answer = TypeVar("_Answer")


class StatusBar:
    """What the status bar of Excel says; it shows while the screen is not redrawn, too.

    Parameters
    ----------
    app
        Excel.
    """

    def __init__(self, app: xw.App) -> None:
        self.app = app
        self._said_at = -1.0

    def say(self, text: str, *, unless_within: float = 0.0) -> None:
        """Show how far things are; where Excel does not take it, nothing is lost.

        Parameters
        ----------
        text
            A few words.
        unless_within
            Nothing is shown where something else was so lately. [s]
        """
        now = monotonic()
        if now - self._said_at < unless_within:
            return
        self._said_at = now
        with suppress(Exception):
            self.app.status_bar = text


_open: ContextVar[StatusBar | None] = ContextVar("_open", default=None)


def app_of(book: xw.Book) -> xw.App:
    """The Excel of a workbook; within `quiet` it is known, else the workbook is asked.

    Parameters
    ----------
    book
        The workbook that is worked on, or one that is open beside it.
    """
    bar = _open.get()
    return book.app if bar is None else bar.app


@contextmanager
def quiet(app: xw.App, text: str) -> Iterator[StatusBar]:
    """Keep Excel still; within another `quiet`, what it keeps still stays as it is.

    Parameters
    ----------
    app
        Excel.
    text
        What the status bar says.
    """
    already = _open.get()
    if already is not None:
        already.say(text)
        yield already
        return
    bar = StatusBar(app)
    before: list[tuple[str, object]] = []
    token = _open.set(bar)
    try:
        for name, still in (("status_bar", text), *_STILL):
            before.append((name, getattr(app, name)))
            setattr(app, name, still)
        yield bar
    finally:
        _open.reset(token)
        for name, value in reversed(before):
            with suppress(Exception):  # the others have to be restored all the same
                twice(partial(setattr, app, name, value))


@contextmanager
def shown_as_before(book: xw.Book, details: ExcelDetails) -> Iterator[None]:
    """Show the workbook, the sheet and the cells afterwards that are shown now.

    Parameters
    ----------
    book, details
        The workbook that is worked on.
    """
    app = app_of(book)
    in_front, sheet = app.books.active, book.sheets.active
    is_in_front = in_front.name == book.name
    selected = _selected(app) if is_in_front else None
    if is_in_front:
        with suppress(Exception):  # where several sheets are selected, Excel adds as many at once
            twice(lambda: details.show(sheet))
    try:
        yield
    finally:
        # What is shown is not worth losing what was written.
        try:
            twice(lambda: details.show(sheet))
        except Exception:  # it may have been taken out
            with suppress(Exception):
                twice(book.activate)
        if selected is not None:
            with suppress(Exception):
                twice(selected.select)
        if not is_in_front:
            with suppress(Exception):
                twice(in_front.activate)


def _selected(app: xw.App) -> xw.Range | None:
    """The cells that are selected; a chart or a picture is none."""
    try:
        return app.selection
    except Exception:
        return None


def twice(act: Callable[[], _Answer]) -> _Answer:
    """Ask Excel once more where it refuses: it may have been busy for a moment.

    Parameters
    ----------
    act
        What it is asked; it must do no harm to do it again.
    """
    try:
        return act()
    except Exception:
        return act()
