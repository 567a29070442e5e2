"""The cell functions and buttons of Excel on Windows: what its Python loads, served by xlwings.

For a cell, the add-in calls `CallUDF("xlportfolio.excel", "PF_SCORE", arguments)`: nothing is
loaded before a function is asked for, and nothing is read from a workbook. For a button, it calls
`press`.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from xlportfolio.cell_names import PREFIX
from xlportfolio.cells import Registry
from xlportfolio.errors import PortfolioError


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
    import xlwings

    from xlportfolio import macros

    # Of the platform that serves Excel: there is none elsewhere. Excel may be busy for a moment,
    # such as while a cell is edited: as xlwings itself does, a call is then made again.
    excel: Any = xlwings._xlwindows  # type: ignore[attr-defined,unused-ignore]
    waiting = excel.COMRetryObjectWrapper
    app = xlwings.App(impl=excel.App(xl=waiting(application), add_book=False), add_book=False)
    book = None if workbook is None else xlwings.Book(impl=excel.Book(xl=waiting(workbook)))
    _turn_descriptor_1_away()
    macros.press(name, book, app=app)


@cache
def _adapter(name: str) -> Any:
    import xlwings

    from xlportfolio.addin.classic import refusal

    try:
        adapters = _adapters()
    except PortfolioError as problem:
        return refusal(name, str(problem), xlwings)
    if name in adapters:
        return adapters[name]
    return refusal(
        name,
        f"This Python has no function {name}; the add-in is from another version of xlportfolio. "
        "Build it again with: xlportfolio addin build",
        xlwings,
    )


@cache
def _adapters() -> dict[str, Any]:
    import xlwings

    from xlportfolio.addin.classic import adapters

    found = adapters(Registry.load(), xlwings)
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
