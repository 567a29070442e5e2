"""The cell functions and buttons of Excel: what its Python loads, served or started by xlwings.

For a cell, the add-in calls `CallUDF("xlportfolio.excel", "PF_SCORE", arguments)`: nothing is
loaded before a function is asked for, and nothing is read from a workbook. For a button, it calls
`press`; on a Mac, where there is no server, each press starts a Python that calls `press_on_mac`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from xlportfolio.cell_names import PREFIX
from xlportfolio.cells import Registry
from xlportfolio.errors import PortfolioError

if TYPE_CHECKING:
    import xlwings as xw


def __getattr__(name: str) -> Any:
    """The adapter of a cell function, by the function's name.

    Raises
    ------
    InputError
        If xlwings does not serve Excel on this machine.
    """
    if not name.startswith(PREFIX):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _adapter(name)


_ATTEMPTS = 20_000
"""How often a call is made that Excel is too busy for: some seconds. xlwings would try for ever,
also where an Excel is too old for what it is asked."""


def press(name: str, application: Any, workbook: Any) -> None:
    """Run the macro of a button of the ribbon; what comes of it, the macro itself shows at Excel.

    Parameters
    ----------
    name
        Of the button.
    application
        The Excel that it is in, as COM hands it over.
    workbook
        The one in front, as COM hands it over; None for a button that needs none.
    """
    from xlportfolio import macros

    xlwings = _xlwings()
    # Of the platform that serves Excel: there is none elsewhere. Excel may be busy for a moment,
    # such as while a cell is edited: as xlwings itself does, a call is then made again.
    excel = xlwings._xlwindows
    excel.N_COM_ATTEMPTS = _ATTEMPTS
    waiting = excel.COMRetryObjectWrapper
    app = xlwings.App(impl=excel.App(xl=waiting(application), add_book=False), add_book=False)
    book = None if workbook is None else xlwings.Book(impl=excel.Book(xl=waiting(workbook)))
    _turn_descriptor_1_away()
    macros.press(name, book, app=app)


def press_on_mac(name: str) -> None:
    """Run the macro of a button on the workbook in front; never tried on a Mac.

    The workbook is that of Excel itself, not one that a command line names. As on Windows, a press
    while another is at work does nothing.

    Parameters
    ----------
    name
        Of the button.
    """
    from xlportfolio import macros

    xlwings = _xlwings()
    with _alone() as is_alone:
        app = xlwings.apps.active if is_alone else None
        if app is None:
            return
        try:
            macros.press(name, _in_front(app), app=app)
        finally:
            with suppress(Exception):  # the add-in said there that Python was started
                app.status_bar = False


def _in_front(app: xw.App) -> xw.Book | None:
    from xlportfolio.workbook.live.refusals import refusals

    with suppress(*refusals()):  # where add-ins alone are open, they may be counted
        book = app.books.active if len(app.books) else None
        if book is not None and isinstance(book.name, str):
            return book
    return None


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other button of this user is at work; the system forgets one that was stopped."""
    import fcntl  # there is none on Windows, where one server does one thing after the other

    from xlportfolio.workbook.saving.store import store_folder

    try:
        folder = store_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY)
    except (OSError, PortfolioError):  # the macro says it, where it keeps what undo needs
        yield True
        return
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as refused:
        # Not every file system has locks; another's is the one reason to do nothing.
        is_alone = not isinstance(refused, BlockingIOError)
    else:
        is_alone = True
    try:
        yield is_alone
    finally:
        os.close(held)


def _xlwings() -> Any:
    """xlwings, without what it does at the end of Python.

    On Windows it would end every Excel that shows no workbook, and with it what is not saved there;
    on a Mac it would run a macro "CleanUp" of whatever workbook has one.
    """
    import atexit

    import xlwings

    for platform in ("_xlwindows", "_xlmac"):
        engine = getattr(xlwings, platform, None)
        if engine is not None:
            atexit.unregister(engine.cleanup)
    return xlwings


@cache
def _adapter(name: str) -> Any:
    from xlportfolio.addin.classic import refusal

    xlwings = _xlwings()
    try:
        adapters = _adapters()
    except PortfolioError as problem:
        return refusal(name, str(problem), xlwings)
    if name in adapters:
        return adapters[name]
    return refusal(
        name,
        f"This Python has no function {name}; the add-in is from another version of xlportfolio. "
        "Install it again with: xlportfolio addin install",
        xlwings,
    )


@cache
def _adapters() -> dict[str, Any]:
    from xlportfolio.addin.classic import adapters

    found = adapters(Registry.load(), _xlwings())
    _turn_descriptor_1_away()
    return found


@cache
def _turn_descriptor_1_away() -> None:
    """Let what C code prints go nowhere: the solver leaves remarks of its own on descriptor 1.

    A server without a console has no descriptor 1, or one that is somebody else's file by now.
    """
    shown = None
    try:
        shown = os.dup(1)
    except OSError:
        pass
    else:
        if sys.__stdout__ is None:
            os.close(shown)
            return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != 1:
        os.dup2(nowhere, 1)
        os.close(nowhere)
    if shown is not None:
        sys.stdout = os.fdopen(shown, "w", encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.stderr.write(
        "xlportfolio: this module is loaded by the add-in in Excel; there is nothing to run. "
        "Type: xlportfolio functions\n"
    )
    raise SystemExit(2)
