"""Ranges of cells: read and written as whole blocks, with what Excel makes of each value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl.styles import PatternFill
from xlwings import base_classes

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.copying import copy_area
from tests.hosts.stand_in.entered import Entry, date_of, entered
from tests.hosts.stand_in.formulas import lose_table, shifted
from tests.hosts.stand_in.loading import text_of
from tests.hosts.stand_in.model import (
    USUAL_HEIGHT,
    USUAL_WIDTH,
    ArrayFormula,
    CellAt,
    ErrorValue,
    Line,
    Link,
    NoteText,
    cells_of,
    holds,
    meets,
)
from tests.hosts.stand_in.styles import Style, said, stored
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange, cell_address
from xlportfolio.workbook.references import column_letter as letter

if TYPE_CHECKING:
    from tests.hosts.stand_in.engine import Sheet

MAX_CELLS = 20_000_000


@asked_of_excel
class Range(base_classes.Range):
    """A rectangle of cells of a sheet."""

    api: Any = True

    def __init__(self, sheet: Sheet, area: CellRange) -> None:
        if area.last_row > LAST_ROW or area.last_column > LAST_COLUMN or area.first_row < 1:
            raise ComError("Application-defined or object-defined error")
        self._calls, self._sheet, self._area = sheet._calls, sheet, area
        self.options: dict[str, Any] = {}

    @property
    def _first(self) -> CellAt:
        return self._area.first_row, self._area.first_column

    def _rows(self) -> Iterable[range]:
        columns = range(self._area.first_column, self._area.last_column + 1)
        return (columns for _ in range(self._area.n_rows))

    # -- where it is -----------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self._sheet

    @property
    def row(self) -> int:
        return self._area.first_row

    @property
    def column(self) -> int:
        return self._area.first_column

    @property
    def shape(self) -> tuple[int, int]:
        return self._area.n_rows, self._area.n_columns

    def __len__(self) -> int:
        return self._area.n_rows * self._area.n_columns

    def __bool__(self) -> bool:
        return True

    def __call__(self, row: int, column: int | None = None) -> Range:
        if column is None:
            row, column = divmod(row - 1, self._area.n_columns)
            row, column = row + 1, column + 1
        at = self._area.first_row + row - 1, self._area.first_column + column - 1
        return Range(self._sheet, CellRange(*at, *at))

    def get_address(
        self, row_absolute: bool = True, column_absolute: bool = True, external: bool = False
    ) -> str:
        rows, columns = "$" * row_absolute, "$" * column_absolute
        area = self._area
        ends = [
            f"{columns}{letter(column)}{rows}{row}"
            for row, column in (
                (area.first_row, area.first_column),
                (area.last_row, area.last_column),
            )
        ]
        text = ends[0] if ends[0] == ends[1] else ":".join(ends)
        if area.n_rows == LAST_ROW:
            text = f"{columns}{letter(area.first_column)}:{columns}{letter(area.last_column)}"
        elif area.n_columns == LAST_COLUMN:
            text = f"{rows}{area.first_row}:{rows}{area.last_row}"
        if external:
            return f"'[{self._sheet._book._model.name}]{self._sheet._model.name}'!{text}"
        return text

    @property
    def address(self) -> str:
        return self.get_address()

    def end(self, direction: str) -> Range:
        steps = {"down": (1, 0), "up": (-1, 0), "right": (0, 1), "left": (0, -1)}
        model = self._sheet._model
        return Range(self._sheet, _end(model.values, self._first, steps[direction]))

    def select(self) -> None:
        book = self._sheet._book
        model = self._sheet._model
        if (
            book._app._excel.active_book is not book
            or book._model.sheets[book._model.active] is not model
        ):
            raise ComError("Select method of Range class failed")
        model.selected = self._area

    # -- values and formulas ---------------------------------------------------------------------

    def _block(self, one: Callable[[CellAt], Any]) -> Any:
        """What COM hands over: a value for one cell, else a tuple of rows."""
        area = self._area
        if area.n_rows * area.n_columns == 1:
            return one(self._first)
        if area.n_rows * area.n_columns > MAX_CELLS:
            raise ComError("Out of memory")
        columns = range(area.first_column, area.last_column + 1)
        return tuple(
            tuple([one((row, column)) for column in columns])
            for row in range(area.first_row, area.last_row + 1)
        )

    @property
    def raw_value(self) -> Any:
        model, uses_1904 = self._sheet._model, self._sheet._book._model.uses_1904
        values = model.values

        def shown(at: CellAt) -> Any:
            value = values.get(at)
            if type(value) is float:
                return _as_shown(value, model.style(at), uses_1904)
            return value.code if type(value) is ErrorValue else value

        return self._block(shown)

    @raw_value.setter
    def raw_value(self, given: Any) -> None:
        self._enter(given)

    @property
    def formula(self) -> Any:
        model = self._sheet._model
        values, formulas = model.values, model.formulas
        if not model.arrays:
            return self._block(lambda at: formulas.get(at) or text_of(values.get(at)))

        def text(at: CellAt) -> str:
            array = model.array_of(at)
            anchor = at if array is None else (array.range.first_row, array.range.first_column)
            return formulas.get(anchor) or text_of(values.get(at))

        return self._block(text)

    @formula.setter
    def formula(self, given: Any) -> None:
        self._enter(given)

    @property
    def formula2(self) -> Any:
        return self.formula

    @formula2.setter
    def formula2(self, given: Any) -> None:
        self._enter(given)

    @property
    def formula_array(self) -> str | None:
        array = self._sheet._model.array_of(self._first)
        if array is None:
            return None
        anchor = array.range.first_row, array.range.first_column
        return self._sheet._model.formulas.get(anchor)

    @formula_array.setter
    def formula_array(self, given: str) -> None:
        model, area = self._sheet._model, self._area
        changing.clear_contents(model, area)
        if any(meets(merge, area) for merge in model.merges):
            raise ComError("Array formulas are not valid in merged cells.")
        if any(meets(table.range, area) for table in model.tables):
            raise ComError("Multi-cell array formulas are not allowed in tables.")
        model.formulas[self._first] = given if given.startswith("=") else "=" + given
        model.arrays.append(ArrayFormula(area, is_spill=False))

    @property
    def has_array(self) -> bool | None:
        """Whether all cells belong to an array formula; None where some do."""
        arrays = [one.range for one in self._sheet._model.arrays if not one.is_spill]
        inside = [area for area in arrays if meets(area, self._area)]
        if not inside:
            return False
        return True if any(changing.covers(area, self._area) for area in inside) else None

    def _enter(self, given: Any) -> None:
        """Set values or formulas: one for all cells, or a block."""
        model, area = self._sheet._model, self._area
        changing.require_unlocked(model, area)
        changing.require_whole_arrays(model, area)
        entries = self._entries(given)
        for at in (at for at, entry in entries if entry.formula is not None):
            if changing.header_of(model, at) is not None:
                raise ComError("A formula cannot be entered into the header row of a table.")
        if model.arrays:
            changing.give_way(model, area)
        hidden = changing.hidden_by_merges(model, area) if model.merges else ()
        for at, entry in entries:
            if at not in hidden:
                self._put(at, entry)
        if model.tables:
            changing.settle_headers(model, area)

    def _entries(self, given: Any) -> list[tuple[CellAt, Entry]]:
        model, uses_1904 = self._sheet._model, self._sheet._book._model.uses_1904
        is_block = isinstance(given, list | tuple)
        entries = []
        for at, value in self._spread(given) if is_block else self._filled(given):
            if type(value) is float and value - value == 0:
                entries.append((at, Entry(value)))
            else:
                style = model.style(at)
                entries.append((at, entered(value, style.number_format, uses_1904=uses_1904)))
        return entries

    def _filled(self, given: Any) -> Iterable[tuple[CellAt, Any]]:
        """One value in all cells; a formula's references move along."""
        is_formula = isinstance(given, str) and given.startswith("=")
        for at in cells_of(self._area):
            yield at, shifted(given, self._first, at) if is_formula else given

    def _spread(self, rows: Any) -> Iterable[tuple[CellAt, Any]]:
        """A block over the cells: one row or column repeats, what is missing becomes #N/A."""
        if rows and not isinstance(rows[0], list | tuple):
            rows = [rows]
        area = self._area
        wide = len(rows[0]) if rows else 0
        for number in range(area.n_rows):
            line = rows[number] if number < len(rows) else rows[0] if len(rows) == 1 else ()
            row = area.first_row + number
            for offset in range(area.n_columns):
                if offset < len(line):
                    value = line[offset]
                else:
                    value = line[0] if wide == 1 and line else "#N/A"
                yield (row, area.first_column + offset), value

    def _put(self, at: CellAt, entry: Entry) -> None:
        model = self._sheet._model
        changing.put(model, at, entry.value, entry.formula)
        style = model.style(at)
        if entry.number_format is not None or entry.has_prefix != style.quote_prefix:
            code = entry.number_format or style.number_format
            style = style.having(number_format=code, quote_prefix=entry.has_prefix)
            changing.set_style(model, at, style)

    def clear_contents(self) -> None:
        changing.clear_contents(self._sheet._model, self._area)

    def clear_formats(self) -> None:
        changing.clear_formats(self._sheet._model, self._area)

    def clear(self) -> None:
        for table in changing.clear(self._sheet._model, self._area):
            lose_table(self._sheet._book._model, table.name)

    def copy(self, destination: Any = None) -> None:
        if destination is None:
            self._sheet._book._app._switches["cut_copy_mode"] = "copy"
            return
        target = destination.impl if hasattr(destination, "impl") else destination
        copy_area(self._sheet._model, self._area, target._sheet._model, target._first)

    # -- how cells look --------------------------------------------------------------------------

    def _styles(self) -> set[Style]:
        """The styles of all cells of the range."""
        model, area = self._sheet._model, self._area
        if area.n_rows * area.n_columns <= 1_000 or model.rows or model.columns:
            limited = _limited(area, model.used_range())
            found = {model.style(at) for at in cells_of(limited)}
            return found if limited == area else found | {model.style((LAST_ROW, LAST_COLUMN))}
        own = [model.styles[at] for at in model.within(area, model.styles)]
        plain = len(own) < area.n_rows * area.n_columns
        return set(own) | ({changing.PLAIN} if plain else set())

    def _restyle(self, change: Callable[[Style], Style]) -> None:
        model, area = self._sheet._model, self._area
        changing.require_unprotected(model)
        made: dict[Style, Style] = {}

        def changed(style: Style) -> Style:
            if style not in made:
                made[style] = change(style)
            return made[style]

        if area.n_rows == LAST_ROW or area.n_columns == LAST_COLUMN:
            self._restyle_lines(changed)
            return
        for at in cells_of(area):
            changing.set_style(model, at, changed(model.style(at)))

    def _restyle_lines(self, changed: Callable[[Style], Style]) -> None:
        model, area = self._sheet._model, self._area
        for at in model.within(area, model.styles):
            model.styles[at] = changed(model.styles[at])
        if area.n_rows == LAST_ROW:
            lines, first, last = model.columns, area.first_column, area.last_column
        else:
            lines, first, last = model.rows, area.first_row, area.last_row
        for number in range(first, last + 1):
            line = lines.get(number, Line())
            lines[number] = replace(line, style=changed(line.style or changing.PLAIN))

    def _same(self, part: Callable[[Style], Any]) -> Any:
        """What all cells have in common; None where they differ."""
        found = {part(style) for style in self._styles()}
        return found.pop() if len(found) == 1 else None

    @property
    def number_format(self) -> str | None:
        found = self._same(lambda style: style.number_format)
        return None if found is None else said(found)

    @number_format.setter
    def number_format(self, value: str) -> None:
        self._restyle(lambda style: style.having(number_format=stored(value)))

    @property
    def color(self) -> tuple[int, int, int] | None:
        return self._same(lambda style: _fill_colour(style.fill))

    @color.setter
    def color(self, value: Any) -> None:
        fill = PatternFill() if value is None else PatternFill("solid", fgColor=_argb(value))
        self._restyle(lambda style: style.having(fill=fill))

    @property
    def font(self) -> Font:
        return Font(self)

    @property
    def wrap_text(self) -> bool | None:
        return self._same(lambda style: bool(style.alignment.wrap_text))

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self._align(wrap_text=value)

    @property
    def horizontal_alignment(self) -> str | None:
        return self._same(lambda style: style.alignment.horizontal or "general")

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        self._align(horizontal=value)

    @property
    def vertical_alignment(self) -> str | None:
        return self._same(lambda style: style.alignment.vertical or "bottom")

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self._align(vertical=value)

    def _align(self, **changes: Any) -> None:
        self._restyle(lambda style: style.having(alignment=_with(style.alignment, changes)))

    # -- rows and columns ------------------------------------------------------------------------

    def _sizes(self, *, rows: bool) -> set[Line]:
        model, area = self._sheet._model, self._area
        lines = model.rows if rows else model.columns
        first, last = (
            (area.first_row, area.last_row) if rows else (area.first_column, area.last_column)
        )
        known = [line for number, line in lines.items() if first <= number <= last]
        return set(known) | ({Line()} if len(known) <= last - first else set())

    def _resize(self, *, rows: bool, **changes: Any) -> None:
        model, area = self._sheet._model, self._area
        changing.require_unprotected(model)
        lines = model.rows if rows else model.columns
        first, last = (
            (area.first_row, area.last_row) if rows else (area.first_column, area.last_column)
        )
        for number in range(first, last + 1):
            lines[number] = replace(lines.get(number, Line()), **changes)
            if lines[number] == Line():
                del lines[number]

    @property
    def column_width(self) -> float | None:
        found = {
            0.0 if line.hidden else USUAL_WIDTH if line.size is None else line.size
            for line in self._sizes(rows=False)
        }
        return found.pop() if len(found) == 1 else None

    @column_width.setter
    def column_width(self, value: float) -> None:
        if not 0 <= value <= 255:
            raise ComError("Unable to set the ColumnWidth property of the Range class")
        self._resize(rows=False, size=float(value) if value else None, hidden=not value)

    @property
    def row_height(self) -> float | None:
        found = {
            0.0 if line.hidden else USUAL_HEIGHT if line.size is None else line.size
            for line in self._sizes(rows=True)
        }
        return found.pop() if len(found) == 1 else None

    @row_height.setter
    def row_height(self, value: float) -> None:
        if not 0 <= value <= 409.5:
            raise ComError("Unable to set the RowHeight property of the Range class")
        self._resize(rows=True, size=float(value) if value else None, hidden=not value)

    @property
    def row_hidden(self) -> bool | None:
        found = {line.hidden for line in self._sizes(rows=True)}
        return found.pop() if len(found) == 1 else None

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        self._resize(rows=True, hidden=bool(value))

    @property
    def column_hidden(self) -> bool | None:
        found = {line.hidden for line in self._sizes(rows=False)}
        return found.pop() if len(found) == 1 else None

    @column_hidden.setter
    def column_hidden(self, value: bool) -> None:
        self._resize(rows=False, hidden=bool(value))

    def autofit(self, axis: str | None = None) -> None:
        """Make columns as wide as their longest text, roughly."""
        if axis in ("r", "rows"):
            return
        model = self._sheet._model
        for column in range(self._area.first_column, self._area.last_column + 1):
            texts = [text_of(model.values[at]) for at in model.values if at[1] == column]
            if texts:
                line = model.columns.get(column, Line())
                width = min(255.0, max(map(len, texts)) + 1.0)
                model.columns[column] = replace(line, size=width)

    # -- what lies over cells --------------------------------------------------------------------

    @property
    def merge_cells(self) -> bool | None:
        """Whether all cells are merged; None where some are."""
        model, area = self._sheet._model, self._area
        met = [merge for merge in model.merges if meets(merge, area)]
        if not met:
            return False
        return True if not changing.minus_all(area, met) else None

    @property
    def merge_area(self) -> Range:
        if len(self) > 1:
            raise ComError("Unable to get the MergeArea property of the Range class")
        merge = self._sheet._model.merge_of(self._first)
        return self if merge is None else Range(self._sheet, merge)

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
        from tests.hosts.stand_in.names import Name, place_of

        book = self._sheet._book
        for name in book._model.names:
            if place_of(book._model, name.text) == (self._sheet._model, self._area):
                return Name(book, name)
        return None

    @name.setter
    def name(self, value: str) -> None:
        from xlportfolio.workbook.references import quote_sheet

        place = f"={quote_sheet(self._sheet._model.name)}!{self.get_address()}"
        self._sheet._book.names.add(value, place)

    @property
    def table(self) -> Any:
        from tests.hosts.stand_in.tables import Table

        found = [one for one in self._sheet._model.tables if holds(one.range, self._first)]
        return Table(self._sheet, found[0].name) if found else None

    @property
    def current_region(self) -> Range:
        values, area = self._sheet._model.values, self._area
        used = self._sheet._model.used_range()
        while True:
            wider = CellRange(
                max(1, area.first_row - 1),
                max(1, area.first_column - 1),
                min(LAST_ROW, area.last_row + 1),
                min(LAST_COLUMN, area.last_column + 1),
            )
            near = [at for at in cells_of(_limited(wider, used)) if at in values]
            rows, columns = [at[0] for at in near], [at[1] for at in near]
            grown = CellRange(
                min([area.first_row, *rows]),
                min([area.first_column, *columns]),
                max([area.last_row, *rows]),
                max([area.last_column, *columns]),
            )
            if grown == area:
                return Range(self._sheet, area)
            area = grown


@asked_of_excel
class Font(base_classes.Font):
    """The font of a range."""

    api: Any = True

    def __init__(self, cells: Range) -> None:
        self._calls, self._cells = cells._calls, cells

    def _get(self, name: str) -> Any:
        return self._cells._same(lambda style: getattr(style.font, name))

    def _set(self, name: str, value: Any) -> None:
        self._cells._restyle(lambda style: style.having(font=_with(style.font, {name: value})))

    @property
    def bold(self) -> bool | None:
        return self._cells._same(lambda style: bool(style.font.b))

    @bold.setter
    def bold(self, value: bool) -> None:
        self._set("b", bool(value))

    @property
    def italic(self) -> bool | None:
        return self._cells._same(lambda style: bool(style.font.i))

    @italic.setter
    def italic(self, value: bool) -> None:
        self._set("i", bool(value))

    @property
    def size(self) -> float | None:
        return self._get("sz")  # type: ignore[no-any-return]

    @size.setter
    def size(self, value: float) -> None:
        self._set("sz", float(value))

    @property
    def name(self) -> str | None:
        return self._get("name")  # type: ignore[no-any-return]

    @name.setter
    def name(self, value: str) -> None:
        self._set("name", value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return self._cells._same(lambda style: _colour(style.font.color) or (0, 0, 0))

    @color.setter
    def color(self, value: Any) -> None:
        self._set("color", _argb(value))


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
    def location(self) -> Range:
        return self._sheet.range(cell_address(*self._at))  # type: ignore[no-any-return]

    def delete(self) -> None:
        changing.require_unprotected(self._sheet._model)
        self._sheet._model.notes.pop(self._at, None)


def _as_shown(value: float, style: Style, uses_1904: bool) -> Any:
    """A number as Range.Value hands it over: dates and money are types of their own."""
    if style is changing.PLAIN:
        return value
    if style.is_date:
        try:
            return date_of(value, uses_1904).replace(tzinfo=UTC)
        except OverflowError:
            return value
    if style.is_currency:
        return Decimal(str(round(value, 4)))
    return value


def _with(part: Any, changes: dict[str, Any]) -> Any:
    from copy import copy

    changed = copy(part)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _argb(colour: Any) -> str:
    if isinstance(colour, str):
        return "FF" + colour.lstrip("#").upper()
    if isinstance(colour, int):
        return f"FF{colour & 255:02X}{colour >> 8 & 255:02X}{colour >> 16 & 255:02X}"
    return "FF{:02X}{:02X}{:02X}".format(*colour)


def _colour(colour: Any) -> tuple[int, int, int] | None:
    if colour is None or colour.type != "rgb":
        return None
    text = colour.rgb[-6:]
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def _fill_colour(fill: Any) -> tuple[int, int, int] | None:
    return _colour(fill.fgColor) if getattr(fill, "fill_type", None) == "solid" else None


def _limited(area: CellRange, used: CellRange) -> CellRange:
    """An area, cut where a sheet holds nothing any more."""
    return CellRange(
        area.first_row,
        area.first_column,
        max(area.first_row, min(area.last_row, used.last_row + 1)),
        max(area.first_column, min(area.last_column, used.last_column + 1)),
    )


def _end(values: Any, at: CellAt, step: tuple[int, int]) -> CellRange:
    """Where Ctrl and an arrow lead."""
    line = 0 if step[0] else 1
    others = sorted(
        one[line]
        for one in values
        if one[1 - line] == at[1 - line] and (one[line] - at[line]) * step[line] > 0
    )
    if step[line] < 0:
        others.reverse()
    here, limit = at[line], (LAST_ROW, LAST_COLUMN)[line] if step[line] > 0 else 1
    if at in values and others and others[0] == here + step[line]:
        end = here
        for one in others:
            if one != end + step[line]:
                break
            end = one
    else:
        end = others[0] if others else limit
    found = (end, at[1]) if line == 0 else (at[0], end)
    return CellRange(*found, *found)
