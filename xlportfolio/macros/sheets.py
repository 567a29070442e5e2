"""The macros that put a sheet to read or to fill in: mapping, settings, functions, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlportfolio.macros.session import MacroResult, Session
from xlportfolio.wording import counted

if TYPE_CHECKING:
    import xlwings as xw


def map_tables(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Find the tables and fields, and put what was recognised, and asked, on PF Setup."""
    from xlportfolio.operations.log_step import log_step
    from xlportfolio.operations.mapping import noted_mapping, put_setup, read_mapping

    session = session or Session(book)
    with session.working() as (live, say):
        read = read_mapping(live, progress=say)
        mapping = noted_mapping(read)
        tables = counted(len(mapping.tables), "table")
        questions = counted(len(mapping.questions), "question")
        sentence = f"{tables} recognised, {questions} to answer in the yellow cells of PF Setup."
        say("writing into the workbook")
        setup = put_setup(live, read)
        log = log_step(live, "map", sentence)
        warning = session.apply(live, "map")
    session.show(setup)
    return MacroResult(
        "map",
        "needs a person" if mapping.questions or warning else "done",
        f"{sentence} {warning}".strip(),
        (setup, log),
        mapping,
        is_shown=not warning,
    )


def settings(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Show PF Setup, where mapping and settings are; it is made where there is none."""
    from xlportfolio.workbook.mapping.setup_sheet import SETUP

    session = session or Session(book)
    with session.working() as (live, _):
        setup = live.our_sheet(SETUP)
    if setup is None:
        return map_tables(book, session)
    session.show(setup)
    return MacroResult("settings", "done", f"The settings are on {setup}.")


def functions(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Put every cell function with its arguments and an example on PF Functions."""
    from xlportfolio.cells import Registry
    from xlportfolio.operations.function_sheet import describe_functions

    session = session or Session(book)
    registry = Registry.load()
    with session.working() as (live, say):
        say("writing into the workbook")
        sheet = describe_functions(live, registry)
        warning = session.apply(live, "functions")
    session.show(sheet)
    listed = counted(len(registry), "cell function")
    return _put("functions", sheet, f"{sheet} lists {listed}.", warning)


def help_page(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Put what each button does on PF Help."""
    from xlportfolio import __version__
    from xlportfolio.macros.buttons import BUTTONS
    from xlportfolio.report.help_page import help_sheet

    session = session or Session(book)
    described = help_sheet([(one.group, one.label, one.tip) for one in BUTTONS], __version__)
    with session.working() as (live, say):
        say("writing into the workbook")
        sheet = live.put_sheet(described)
        warning = session.apply(live, "help")
    session.show(sheet)
    return _put("help", sheet, f"{sheet} says what each button does.", warning)


def _put(macro: str, sheet: str, said: str, warning: str) -> MacroResult:
    return MacroResult(
        macro,
        "needs a person" if warning else "done",
        f"{said} {warning}".strip(),
        (sheet,),
        is_shown=not warning,
    )
