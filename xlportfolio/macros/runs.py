"""The macros that do the portfolio job, or a step of it, and put the result sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlportfolio.macros.session import MacroResult, Session

if TYPE_CHECKING:
    from collections.abc import Collection

    import xlwings as xw

    from xlportfolio.operations.book_run import BookRun

_STEPS = {
    "check": (),
    "score": ("score",),
    "rebalance": ("score", "rebalance"),
    "level": ("score", "level"),
    "run": ("score", "rebalance", "level"),
}
_CUT_SHORT = "Esc cut the search short: this is the best so far."


def check(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Find every problem in the data; PF Problems lists them, with links to their cells."""
    from xlportfolio.report.look import PROBLEMS

    return _do(book, session, "check", show=PROBLEMS, only=(PROBLEMS,))


def score(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Score and rank the projects on their criteria."""
    from xlportfolio.report.look import RESULTS

    return _do(book, session, "score", show=RESULTS)


def rebalance(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Propose the portfolio of most value within the budgets and rules, with every reason."""
    from xlportfolio.report.look import SUMMARY

    return _do(book, session, "rebalance", show=SUMMARY)


def level(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Move starts inside their windows so that the plan fits the people there are."""
    from xlportfolio.report.look import SUMMARY

    return _do(book, session, "level", show=SUMMARY)


def run(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Check, score, rebalance and level."""
    from xlportfolio.report.look import SUMMARY

    return _do(book, session, "run", show=SUMMARY)


def refresh(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Do the last run again on what the workbook says now; all steps where there was none."""
    from xlportfolio.operations.options import RunOptions
    from xlportfolio.report.look import LOG
    from xlportfolio.report.previous import read_log

    session = session or Session(book)
    with session.still():
        with session.working() as (live, _):
            log = live.our_sheet(LOG)
            rows = () if log is None else read_log(live.contents(log))
        last = next((row for row in reversed(rows) if row.command in _STEPS), None)
        if last is None:
            return run(book, session)
        again = {"check": check, "score": score, "rebalance": rebalance, "level": level, "run": run}
        result = again[last.command](book, session)
    plain = RunOptions(steps=_STEPS[last.command])
    said = last.options.split(", ")
    usual = {*plain.described(0, None).split(", "), ""} - {"seed 0"}
    done: BookRun = result.answer
    usual.add(f"seed {done.answer.seed}")
    others = [one for one in said if one not in usual]
    if not others:
        return result
    return MacroResult(
        result.macro,
        "needs a person",
        f"{result.sentence} The last run was told {', '.join(others)}; this one followed the "
        "workbook alone. Run it from the command line for such options.",
        result.sheets,
        result.answer,
        is_shown=False,
    )


def _do(
    book: xw.Book,
    session: Session | None,
    command: str,
    *,
    show: str,
    only: Collection[str] | None = None,
) -> MacroResult:
    from xlportfolio.operations.book_run import run_book
    from xlportfolio.operations.options import RunOptions

    session = session or Session(book)
    with session.working() as (live, say):
        done = run_book(
            live,
            command=command,
            options=RunOptions(steps=_STEPS[command]),
            only=only,
            is_cancelled=session.is_cancelled,
            progress=say,
        )
        say("writing into the workbook")
        shown = live.our_sheet(show)
        warning = session.apply(live, command)
    if shown is not None:
        session.show(shown)
    cut_short = session.is_cancelled.was_pressed
    said = (_sentence(done, command), _CUT_SHORT if cut_short else "", warning)
    return MacroResult(
        command,
        "needs a person" if done.needs_a_person or cut_short or warning else "done",
        " ".join(part for part in said if part),
        done.sheets,
        done,
        is_shown=not (cut_short or warning),
    )


def _sentence(done: BookRun, command: str) -> str:
    from xlportfolio.operations.book_run import figures
    from xlportfolio.operations.telling import counted_problems

    found = done.found
    said = "no problem."
    if found.problems or found.mapping.questions:
        said = counted_problems(found.problems, found.mapping.questions)
    if command == "check":
        return f"Found in the data: {said}"
    currency = found.portfolio.settings.currency
    return f"{figures(done.answer, currency)}; in the data: {said}"
