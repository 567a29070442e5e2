"""A button was pressed: run its macro, and tell the person at Excel whatever comes of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from xlportfolio.errors import PortfolioError
from xlportfolio.macros.buttons import BUTTONS, MACROS, WITHOUT_A_BOOK
from xlportfolio.macros.session import TITLE, MacroResult, Session, require_book

if TYPE_CHECKING:
    import xlwings as xw

    from xlportfolio.workbook.live.details import ExcelDetails
    from xlportfolio.workbook.saving.store import UndoStore


def press(
    name: str,
    book: xw.Book | None,
    *,
    app: xw.App | None = None,
    details: ExcelDetails | None = None,
    store: UndoStore | None = None,
) -> MacroResult:
    """Run the macro of a button; nothing that goes wrong leaves this function.

    Parameters
    ----------
    name
        Of the button.
    book
        The workbook in front; None where none is open.
    app
        The Excel that the button is in; the workbook's when not given.
    details
        What is asked of Excel beyond xlwings; found by the platform when not given.
    store
        Where what is needed for undo is kept; the user's own when not given.
    """
    try:
        if app is None and book is not None:
            app = book.app
        result = _run(name, book, app, details, store)
    except PortfolioError as problem:
        result = MacroResult(name, "not done", str(problem), is_shown=False)
    except Exception as error:  # the person at Excel gets a sentence, the log the traceback
        result = _refused(name, error) if _is_of_excel(error) else _trouble(name, error)
    if app is not None and not result.is_shown:
        mode = "critical" if result.status == "not done" else "info"
        with suppress(Exception):  # what came of it stays so, whether Excel can say it or not
            app.alert(result.sentence, title=TITLE, buttons="ok", mode=mode)
    return result


def _run(
    name: str,
    book: xw.Book | None,
    app: xw.App | None,
    details: ExcelDetails | None,
    store: UndoStore | None,
) -> MacroResult:
    from xlportfolio.workbook.saving.scratch_folders import sweep_scratch_folders

    sweep_scratch_folders()
    macro = MACROS.get(name)
    if macro is None:
        known = ", ".join(button.name for button in BUTTONS)
        raise PortfolioError(f'There is no button "{name}"; expected one of {known}.')
    if name in WITHOUT_A_BOOK:
        if app is None:
            raise PortfolioError("There is no Excel to open a workbook in; start Excel first.")
        return macro(book, app=app)
    opened = require_book(book)
    return macro(opened, Session(opened, details, store))


def _is_of_excel(error: Exception) -> bool:
    """Whether Excel itself raised an error: those of COM and of Apple events carry its number."""
    return hasattr(error, "hresult") or hasattr(error, "errornumber")


def _refused(name: str, error: Exception) -> MacroResult:
    from xlportfolio.workbook.live.reading import reason_of

    return MacroResult(
        name,
        "not done",
        f"Excel did not answer while the button was at work ({reason_of(error)}), and this step "
        "was not carried out. Finish what is open in Excel (a cell that is being edited, a "
        "dialogue) and press it again.",
        is_shown=False,
    )


def _trouble(name: str, error: Exception) -> MacroResult:
    from xlportfolio.operations.trouble_log import record_trouble

    log = record_trouble(f"button {name}", error)
    where = f' "{log}" says more.' if log is not None else ""
    return MacroResult(
        name,
        "not done",
        f"The button met a mistake of xlportfolio itself ({type(error).__name__}), and this "
        f"step was not carried out.{where}",
        is_shown=False,
    )
