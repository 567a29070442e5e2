"""The macros that change the user's own cells, or take back what was changed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xlportfolio.errors import EditedError, PortfolioError
from xlportfolio.macros.session import MacroResult, Session, Status
from xlportfolio.wording import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import xlwings as xw

    from xlportfolio.operations.live_undo import LiveUndoResult
    from xlportfolio.operations.writing_back import WriteBack
    from xlportfolio.report.contents import LogRow
    from xlportfolio.values import Value
    from xlportfolio.workbook.saving.store import Entry

_MOST_NAMED = 12


def write_back(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Write decisions and dates back into the mapped columns, once old and new were seen."""
    from xlportfolio.operations.log_step import log_step
    from xlportfolio.operations.writing_back import plan_write_back, put_changes, write_changes

    session = session or Session(book)
    with session.working() as (live, say):
        plan = plan_write_back(live, progress=say)
        if not plan.changes:
            status: Status = "needs a person" if plan.left else "done"
            return MacroResult(
                "write_back", status, _nothing_changes(plan), answer=plan, is_shown=False
            )
        write_changes(live, plan)  # waits, and is let go of: what refuses is said before a question
    with session.working() as (live, say):
        say("writing PF Changes")
        sheet = put_changes(live, plan)
        warning = session.apply(live, "PF Changes")
    session.show(sheet)
    cells = counted(len(plan.changes), "cell")
    places = ", ".join(plan.sheets)
    question = " ".join(
        (
            f"{cells} of {places} would change; {sheet} shows old and new side by side.",
            *plan.notes,
            "Write them?",
        )
    )
    if not session.ask(question):
        return MacroResult(
            "write_back", "done", f"Nothing was written; {sheet} shows what would be.", (sheet,),
            plan,
        )  # fmt: skip
    with session.working() as (live, say):
        say("writing into the workbook")
        write_changes(live, plan)
        said = f"{cells} of {places} written."
        log_step(live, "write-back", said)
        warning = session.apply(live, "write-back") or warning
    left = f" {' '.join(plan.left)}" if plan.left else ""
    return MacroResult(
        "write_back",
        "needs a person" if plan.left or warning else "done",
        f"{said}{left} {warning}".strip(),
        (sheet,),
        plan,
        is_shown=not (plan.left or warning),
    )


def _nothing_changes(plan: WriteBack) -> str:
    from xlportfolio.operations.writing_back import already_there

    left = f" {' '.join(plan.left)}" if plan.left else ""
    return f"Nothing to write: {already_there(plan)}{left}"


def handback(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Take every PF sheet and name out of the workbook."""
    session = session or Session(book)
    with session.working() as (live, _):
        ours = live.our_sheets
    if not ours:
        return MacroResult(
            "handback", "done", "There is no sheet of xlportfolio to take out.", is_shown=False
        )
    named = listed([f'"{name}"' for name in ours], _MOST_NAMED)
    if not session.ask(f"Take these sheets of xlportfolio out of this workbook: {named}?"):
        return MacroResult("handback", "done", "Nothing was taken out.")
    with session.working() as (live, say):
        say("taking out our sheets")
        gone = tuple(live.handback())
        warning = session.apply(live, "handback")
    return MacroResult(
        "handback",
        "needs a person" if warning else "done",
        f"{counted(len(gone), 'sheet')} taken out; your own are as they were. {warning}".strip(),
        gone,
        is_shown=False,
    )


def undo(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Take back the last step that a button did on this workbook."""
    from xlportfolio.operations.live_undo import undo_live

    return _back(session or Session(book), "undo", undo_live)


def restore(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Bring the workbook back to before the run whose row of PF Log is selected."""
    from xlportfolio.operations.live_undo import restore_live, runs_of, said_of
    from xlportfolio.operations.undo import kept_of
    from xlportfolio.report.look import LOG
    from xlportfolio.report.previous import read_log
    from xlportfolio.workbook.saving.store import LONGEST_KEPT

    session = session or Session(book)
    runs = runs_of(book, store=session.store)
    with session.working() as (live, _):
        log = live.our_sheet(LOG)
        contents = None if log is None else live.contents(log)
    if not runs or log is None or contents is None:
        raise PortfolioError(
            "There is no run of this workbook to go back to; each is kept for "
            f"{LONGEST_KEPT.days} days, by the workbook's place and name."
        )
    selected = book.app.selection
    is_on_log = selected is not None and selected.sheet.name == log
    row = contents.rows.get(selected.row, {}) if is_on_log and selected is not None else {}
    log_rows = read_log(contents)
    logged = [one for one in log_rows if _is_row_of(one, row)]
    if not logged:
        session.show(log)
        return MacroResult(
            "restore", "needs a person",
            f"Select the row of a run on {log}, then press Restore run again: the workbook goes "
            "back to before that run.", is_shown=False,
        )  # fmt: skip
    entry = kept_of(runs, log_rows, logged[0])
    if entry is None:
        raise PortfolioError(
            f"What that run changed is no longer kept; the oldest that is kept is "
            f"{said_of(runs[-1])}."
        )
    going = runs[: runs.index(entry) + 1]
    if len(going) > 1 and not session.ask(_steps_that_go(going)):
        return MacroResult("restore", "not done", "Nothing was undone.", is_shown=False)
    return _back(session, "restore", partial(restore_live, number=entry.number))


def _steps_that_go(runs: Sequence[Entry]) -> str:
    from xlportfolio.operations.live_undo import said_of

    return (
        f"These {len(runs)} steps would be taken back, the newest first: "
        f"{listed([said_of(run) for run in runs], _MOST_NAMED)}. Take them back?"
    )


def _back(session: Session, macro: str, go_back: Callable[..., LiveUndoResult]) -> MacroResult:
    """Go back, asking each time where something was edited since."""
    back = partial(go_back, session.book, session.details, store=session.store)
    n_undone, force = 0, False
    while True:
        try:
            with session.working():
                done = back(force=force)
            break
        except EditedError as problem:
            n_undone += problem.n_undone
            if not session.ask(f"{problem} Go back all the same?"):
                left = "nothing more" if n_undone else "nothing"
                return MacroResult(
                    macro, "not done", f"Your edits stay; {left} was undone.", is_shown=False
                )
            force = True
    done = replace(done, n_undone=done.n_undone + n_undone)
    return MacroResult(
        macro,
        "needs a person" if done.stayed else "done",
        str(done),
        answer=done,
        is_shown=False,
    )


def _is_row_of(run: LogRow, row: Mapping[int, Value]) -> bool:
    return row.get(1) == run.when.replace(tzinfo=None) and row.get(2) == run.command
