"""What lies over the cells of a range: merges, links, notes, names and tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import Calls, ComError, asked_of_excel
from tests.hosts.stand_in.model import CellAt, Link, NoteText, cells_of, holds, meets
from tests.hosts.stand_in.names import Name, place_of
from tests.hosts.stand_in.tables import Table
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet

if TYPE_CHECKING:
    from tests.hosts.stand_in.sheets import Sheet


@asked_of_excel
class Overlays:
    """What a range knows of what lies over its cells."""

    _said_as = "Range"
    _sheet: Sheet
    _area: CellRange
    _calls: Calls

    @property
    def _first(self) -> CellAt:
        return self._area.first_row, self._area.first_column

    @property
    def merge_cells(self) -> bool | None:
        """Whether all cells are merged; None where some are."""
        model, area = self._sheet._model, self._area
        met = [merge for merge in model.merges if meets(merge, area)]
        if not met:
            return False
        return True if not changing.minus_all(area, met) else None

    @property
    def merge_area(self) -> Any:
        if self._area.n_rows * self._area.n_columns > 1:
            raise ComError("Unable to get the MergeArea property of the Range class")
        merge = self._sheet._model.merge_of(self._first)
        return self if merge is None else self._sheet._range(merge)

    def merge(self, across: bool = False) -> None:
        model, area = self._sheet._model, self._area
        changing.require_unprotected(model)
        if any(meets(table.range, area) for table in model.tables):
            raise ComError("Cells of a table cannot be merged.")
        changing.require_whole_arrays(model, area)
        rows = range(area.first_row, area.last_row + 1)
        parts = [replace(area, first_row=row, last_row=row) for row in rows] if across else [area]
        for part in parts:
            changing.require_whole_merges(model, part)
            model.merges = [one for one in model.merges if not meets(one, part)] + [part]
            for at in list(cells_of(part))[1:]:
                changing.put(model, at, None, None)

    def unmerge(self) -> None:
        model = self._sheet._model
        changing.require_unprotected(model)
        model.merges = [one for one in model.merges if not meets(one, self._area)]

    @property
    def hyperlink(self) -> str:
        model = self._sheet._model
        found = [link for at, link in model.links.items() if holds(self._area, at)]
        if not found:
            raise Exception("The cell doesn't seem to contain a hyperlink!")  # as xlwings does
        return found[0].address or ""

    def add_hyperlink(self, address: str, text_to_display: str | None, screen_tip: str) -> None:
        model = self._sheet._model
        changing.require_unprotected(model)
        model.links[self._first] = Link(address, None, screen_tip)
        if text_to_display is not None:
            changing.put(model, self._first, text_to_display, None)

    @property
    def note(self) -> Note | None:
        return Note(self._sheet, self._first) if self._first in self._sheet._model.notes else None

    def add_note(self, text: str) -> Note:
        model = self._sheet._model
        changing.require_unprotected(model)
        if self._first in model.notes:
            raise ComError("Application-defined or object-defined error")
        model.notes[self._first] = NoteText(text)
        return Note(self._sheet, self._first)

    @property
    def name(self) -> Any:
        book = self._sheet._book
        for name in book._model.names:
            if place_of(book._model, name.text) == (self._sheet._model, self._area):
                return Name(book, name)
        return None

    @name.setter
    def name(self, value: str) -> None:
        address = self._sheet._range(self._area).get_address()
        place = f"={quote_sheet(self._sheet._model.name)}!{address}"
        self._sheet._book.names.add(value, place)

    @property
    def table(self) -> Any:
        found = [one for one in self._sheet._model.tables if holds(one.range, self._first)]
        return Table(self._sheet, found[0].name) if found else None


@asked_of_excel
class Note(base_classes.Note):
    """A note of a cell."""

    api: Any = True

    def __init__(self, sheet: Sheet, at: CellAt) -> None:
        self._calls, self._sheet, self._at = sheet._calls, sheet, at

    @property
    def text(self) -> str:
        return self._sheet._model.notes[self._at].text

    @text.setter
    def text(self, value: str) -> None:
        notes = self._sheet._model.notes
        notes[self._at] = replace(notes[self._at], text=value)

    @property
    def author(self) -> str:
        return self._sheet._model.notes[self._at].author

    @property
    def location(self) -> Any:
        return self._sheet.range(cell_address(*self._at))

    def delete(self) -> None:
        changing.require_unprotected(self._sheet._model)
        self._sheet._model.notes.pop(self._at, None)
