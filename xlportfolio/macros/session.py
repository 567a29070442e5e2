"""What every macro shares: the open workbook, progress, Esc, and one step that can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from xlportfolio.errors import PortfolioError

if TYPE_CHECKING:
    import xlwings as xw

    from xlportfolio.workbook.live.book import LiveWorkbook
    from xlportfolio.workbook.live.details import ExcelDetails
    from xlportfolio.workbook.live.reading import LiveReading
    from xlportfolio.workbook.saving.store import UndoStore

TITLE = "xlportfolio"
_ESCAPE_EVERY = 0.1  # a search asks thousands of times a second whether to stop [s]

Status = Literal["done", "needs a person", "not done"]


@dataclass(frozen=True)
class MacroResult:
    """What a macro did, for the person at Excel and for tests.

    Attributes
    ----------
    macro
        Its name, "rebalance".
    status
        "done"; "needs a person" where it is done and something asks for a decision; "not done"
        where the workbook is as it was.
    sentence
        What came of it.
    sheets
        The sheets of ours that were put or taken out.
    answer
        What the operation answered; None where it has none.
    is_shown
        Whether the workbook itself shows what came of it, so that no message is needed.
    """

    macro: str
    status: Status
    sentence: str
    sheets: tuple[str, ...] = ()
    answer: Any = None
    is_shown: bool = True


class Session:
    """One macro at work on the workbook that is open.

    Parameters
    ----------
    book
        The workbook.
    details
        What is asked of Excel beyond xlwings; found by the platform when not given.
    store
        Where what is needed for undo is kept; the user's own when not given.
    """

    def __init__(
        self,
        book: xw.Book,
        details: ExcelDetails | None = None,
        store: UndoStore | None = None,
    ) -> None:
        from xlportfolio.workbook.live.platforms import details_of

        self.book = book
        self.details = details_of(book) if details is None else details
        self.store = store
        self._reading: LiveReading | None = None
        self.is_cancelled = _Cancelling(self.details.escape_is_pressed)

    @contextmanager
    def working(self) -> Iterator[tuple[LiveWorkbook, Callable[[str], None]]]:
        """Work on the workbook while Excel keeps still; progress shows in its status bar.

        Yields
        ------
        The workbook behind the protocol, and what is told each step.
        """
        from xlportfolio.workbook.live.book import LiveWorkbook
        from xlportfolio.workbook.live.quiet import app_of, quiet

        with quiet(app_of(self.book), "Portfolio") as bar:
            live = LiveWorkbook(self.book, self.details, self._reading)
            self._reading = None
            try:
                yield live, bar.say
                self._reading = live.reading
            finally:
                live.close()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep Excel still over several blocks of `working`; nothing may be asked within."""
        from xlportfolio.workbook.live.quiet import quiet

        with quiet(self.book.app, "Portfolio"):
            yield

    def apply(self, live: LiveWorkbook, command: str) -> str:
        """Carry out what waits, so that `undo` can take it back.

        Parameters
        ----------
        live
            The workbook that `working` gave.
        command
            What it is called by `undo`.

        Returns
        -------
        What a person should know of it, such as that it cannot be undone; "" for nothing.
        """
        from xlportfolio.operations.live_undo import save_recorded

        return save_recorded(live, self.book, command, self.store)

    def show(self, sheet: str) -> None:
        """Bring a sheet to the front; one that is hidden stays so."""
        with suppress(Exception):  # what was written is not worth losing for what is shown
            found = self.book.sheets[sheet]
            if found.visible:
                self.details.show(found)

    def ask(self, question: str) -> bool:
        """Ask the person at Excel; only a clear yes is one."""
        answer: object = self.book.app.alert(question, title=TITLE, buttons="yes_no")
        return answer == "yes"


class _Cancelling:
    """Whether Esc was pressed, asked of the keyboard a few times a second."""

    def __init__(self, is_pressed: Callable[[], bool]) -> None:
        self._is_pressed = is_pressed
        self._next = 0.0
        self.was_pressed = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self.was_pressed and now >= self._next:
            self._next = now + _ESCAPE_EVERY
            self.was_pressed = self._is_pressed()
        return self.was_pressed


def require_book(book: xw.Book | None) -> xw.Book:
    """Refuse to work on nothing.

    Raises
    ------
    PortfolioError
        If no workbook is open.
    """
    if book is None:
        raise PortfolioError(
            "No workbook is open; open yours, or press New workbook or Load example."
        )
    return book
