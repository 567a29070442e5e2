"""The macro that mends formulas which name the add-in of another computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlportfolio.macros.session import MacroResult, Session
from xlportfolio.wording import counted, listed

if TYPE_CHECKING:
    import xlwings as xw

_MOST_SHOWN = 5


def mend_links(book: xw.Book, session: Session | None = None) -> MacroResult:
    """Take the path of the add-in out of formulas that came from another computer."""
    from xlportfolio.addin.build import FILE_NAME
    from xlportfolio.operations.addin_links import mend_links as write_without_path
    from xlportfolio.operations.log_step import log_step

    session = session or Session(book)
    with session.working() as (live, say):
        say("reading formulas")
        links = write_without_path(live, FILE_NAME)
        if not (links.cells or links.left):
            return MacroResult(
                "mend_links", "done", "No formula names a path of the add-in.", is_shown=False
            )
        said = f"The path of the add-in went from {counted(len(links.cells), 'formula')}."
        warning = ""
        if links.cells:
            log_step(live, "mend-links", said)
            warning = session.apply(live, "mend-links")
    left = listed(links.left, _MOST_SHOWN) if links.left else ""
    return MacroResult(
        "mend_links",
        "needs a person" if left or warning else "done",
        " ".join(part for part in (said, left, warning) if part),
        answer=links,
        is_shown=False,
    )
