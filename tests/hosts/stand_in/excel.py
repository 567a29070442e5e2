"""An Excel that tests can start, look into, and make fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlwings as xw

from tests.hosts.stand_in.calls import Calls
from tests.hosts.stand_in.changing import put
from tests.hosts.stand_in.details import StandInDetails
from tests.hosts.stand_in.engine import App, Book, Engine
from tests.hosts.stand_in.model import ERROR_CODES, ArrayFormula, ErrorValue, Stored
from tests.hosts.stand_in.saving import save
from tests.hosts.stand_in.state import State, differences, state_of
from xlportfolio.workbook.references import CellRange

_CHANGES = {
    *("Range.clear", "Range.clear_contents", "Range.clear_formats", "Range.copy", "Range.merge"),
    *("Sheets.add", "Sheet.delete", "Sheet.copy", "Sheet.name=", "Books.open", "Books.add"),
    *("StandInDetails.empty", "StandInDetails.copy_cells", "StandInDetails.draw_charts"),
}


@dataclass(frozen=True)
class Asked:
    """A message box that was shown."""

    prompt: str
    title: str | None
    buttons: str
    mode: str | None
    answer: str


@dataclass
class Alerts:
    """The person at Excel: what they answer next, and what they were shown.

    Without an answer, "ok" is pressed where that is the only button; any other question that
    nobody foresaw is an error of the test.
    """

    answers: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def answer(self, prompt: object, title: str | None, buttons: str, mode: str | None) -> str:
        """Show a message box and press a button."""
        offered = buttons.split("_")
        if self.answers:
            answer = self.answers.pop(0)
        elif offered == ["ok"]:
            answer = "ok"
        else:
            raise AssertionError(f"Nobody answers: {prompt}")
        if answer not in offered:
            raise AssertionError(f'There is no button "{answer}" among {offered}: {prompt}')
        self.asked.append(Asked(str(prompt), title, buttons, mode, answer))
        return answer


class StandIn:
    """Excel, as far as programs see it through xlwings.

    Attributes
    ----------
    calls
        The host calls so far.
    details
        Its `ExcelDetails`.
    alerts
        The message boxes.
    changed_switches
        Each switch of the application that was set, with what it was set to.
    saves
        The files that workbooks were saved to.
    calculations
        How often all was calculated.
    macros
        What `App.macro` runs, by name.
    disturbing
        The calls that changed a workbook while events were on or the screen followed: what other
        programs' event handlers would have run at, and the person would have seen.
    """

    def __init__(self) -> None:
        self.calls = Calls()
        self.alerts = Alerts()
        self.changed_switches: list[tuple[str, Any]] = []
        self.saves: list[Path] = []
        self.calculations = 0
        self.macros: dict[str, Callable[..., Any]] = {}
        self.active_book: Book | None = None
        self.engine = Engine(self)
        self._app = App(self)
        self.engine.apps._apps.append(self._app)
        self.details = StandInDetails(self)
        self._escape: Iterator[bool] = iter(())
        self.disturbing: list[str] = []
        self.calls.watch = self._watch
        self.register()

    def register(self) -> None:
        """Stand for Excel in xlwings from now on, in the place of an earlier stand-in."""
        engine = xw.Engine(impl=self.engine)
        xw.engines.engines[:] = [one for one in xw.engines.engines if one.name != engine.name]
        xw.engines.add(engine)
        engine.activate()

    def _watch(self, name: str) -> None:
        switches = self._app._switches
        changes = name in _CHANGES or (name.startswith("Range.") and name.endswith("="))
        if changes and (switches["enable_events"] or switches["screen_updating"]):
            self.disturbing.append(name)

    @property
    def app(self) -> xw.App:
        return xw.App(impl=self._app)

    @property
    def engine_seconds(self) -> float:
        return self.calls.seconds

    def open(self, path: str | Path, **options: Any) -> xw.Book:
        """Open a workbook as a person does: no host call.

        Parameters
        ----------
        path
            An .xlsx file.
        options
            As those of `Books.open`, such as `read_only=True`.
        """
        options.setdefault("update_links", False)
        full = str(Path(path).resolve())
        return xw.Book(impl=self._silently(lambda: self._app.books.open(full, **options)))

    def new(self) -> xw.Book:
        """A new workbook, made by a person."""
        return xw.Book(impl=self._silently(lambda: self._app.books.add()))

    def fail_at(self, k: int | None, *, carried_out: bool = False) -> None:
        """Let the k-th host call from now raise once; None takes it back.

        Parameters
        ----------
        k
            1 is the next call.
        carried_out
            Whether Excel does what it was asked before the error arrives.
        """
        self.calls.fail_at(k, carried_out=carried_out)

    def press_escape(self, presses: Iterable[bool]) -> None:
        """Say what `escape_is_pressed` answers, one after the other, then no more.

        Parameters
        ----------
        presses
            Such as [False, False, True].
        """
        self._escape = iter(presses)

    def presses_escape(self) -> bool:
        """Whether the person presses Esc at this moment."""
        return next(self._escape, False)

    def select(self, cells: xw.Range) -> None:
        """Select cells as a person does: no host call."""
        book = cells.impl._sheet._book
        self.active_book = book
        self._silently(cells.impl._sheet.activate)
        self._silently(cells.impl.select)

    def shown(self) -> tuple[str, str, str]:
        """What the person sees: workbook, sheet and selected cells."""
        assert self.active_book is not None
        model = self.active_book._model
        sheet = model.sheets[model.active]
        return model.name, sheet.name, sheet.selected.address

    def switches(self) -> dict[str, Any]:
        """How the switches of the application stand."""
        return dict(self._app._switches)

    def set_result(self, cells: xw.Range, result: Any) -> None:
        """Say what a formula gives, as Excel would after it has calculated.

        Parameters
        ----------
        cells
            The formula's cell.
        result
            A value ("#N/A" is the error), or rows of values into which the formula spills.
        """
        self._silently(lambda: _set_result(cells.impl, result))

    def state(self, book: xw.Book) -> State:
        """Everything of a workbook as a value to compare."""
        return state_of(book.impl._model)

    def differences(self, before: State, after: State) -> list[str]:
        """Where two states differ, one sentence each."""
        return differences(before, after)

    def save(self, book: xw.Book, path: str | Path) -> Path:
        """Write a workbook to a file, for another reader to compare: no host call."""
        target = Path(path)
        save(book.impl._model, target)
        return target

    def protect(self, sheet: xw.Sheet, *, protected: bool = True) -> None:
        """Protect the cells of a sheet, or take the protection off."""
        sheet.impl._model.is_protected = protected

    def protect_structure(self, book: xw.Book, *, protected: bool = True) -> None:
        """Protect a workbook's structure, or take the protection off."""
        book.impl._model.structure_is_protected = protected

    def filter(self, cells: xw.Range, hidden_rows: Iterable[int]) -> None:
        """Filter a list so that rows of it are hidden.

        Parameters
        ----------
        cells
            The list with its headers.
        hidden_rows
            Rows of the sheet.
        """
        model = cells.impl._sheet._model
        rows = list(hidden_rows)
        model.filter, model.is_filtering = cells.impl._area, bool(rows)
        for row in rows:
            area = CellRange(row, 1, row, 1)
            self._silently(
                lambda area=area: cells.impl._sheet._range(area)._resize(rows=True, hidden=True)
            )

    def _silently(self, act: Callable[[], Any]) -> Any:
        """Do what a person does: neither counted nor made to fail."""
        kept, self.calls._inside = self.calls._inside, True
        try:
            return act()
        finally:
            self.calls._inside = kept


def _set_result(cells: Any, result: Any) -> None:
    model, at = cells._sheet._model, cells._first
    if at not in model.formulas:
        raise AssertionError(f"{cells.get_address()} holds no formula.")
    rows = result if isinstance(result, list | tuple) else [[result]]
    if len(rows) * len(rows[0]) > 1:
        area = CellRange(*at, at[0] + len(rows) - 1, at[1] + len(rows[0]) - 1)
        model.arrays = [
            one
            for one in model.arrays
            if one.range.address.split(":")[0] != area.address.split(":")[0]
        ]
        model.arrays.append(ArrayFormula(area, is_spill=True))
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            cell = (at[0] + down, at[1] + right)
            put(model, cell, _stored(value), model.formulas.get(cell) if cell == at else None)


def _stored(value: Any) -> Stored | None:
    if isinstance(value, str) and value in ERROR_CODES:
        return ErrorValue(value)
    return float(value) if type(value) is int else value
