"""Ranges of cells: read and written as whole blocks, with what Excel makes of each value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import ComError, asked_of_excel
from tests.hosts.stand_in.cell_looks import Looks
from tests.hosts.stand_in.cell_overlays import Overlays
from tests.hosts.stand_in.copying import copy_area
from tests.hosts.stand_in.entered import Entry, date_of, entered
from tests.hosts.stand_in.formulas import brought_along, intersected, lose_table, shifted
from tests.hosts.stand_in.loading import text_of
from tests.hosts.stand_in.model import (
    ArrayFormula,
    CellAt,
    ErrorValue,
    Stored,
    cells_of,
    covers,
    limited,
    meets,
)
from tests.hosts.stand_in.styles import GENERAL, PLAIN, Style
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange
from xlportfolio.workbook.references import column_letter as letter

if TYPE_CHECKING:
    from tests.hosts.stand_in.sheets import Sheet

MAX_CELLS = 20_000_000


@asked_of_excel
class Range(Looks, Overlays, base_classes.Range):
    """A rectangle of cells of a sheet."""

    api: Any = True

    def __init__(self, sheet: Sheet, area: CellRange) -> None:
        if area.last_row > LAST_ROW or area.last_column > LAST_COLUMN or area.first_row < 1:
            raise ComError("Application-defined or object-defined error")
        self._calls, self._sheet, self._area = sheet._calls, sheet, area
        self.options: dict[str, Any] = {}

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
        if isinstance(given, list | tuple):
            given = [[intersected(one) for one in row] for row in given]
        self._enter(intersected(given))

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
        return True if any(covers(area, self._area) for area in inside) else None

    def _enter(self, given: Any) -> None:
        """Set values or formulas, one for all cells, or a block: all of them or none."""
        model, area = self._sheet._model, self._area
        changing.require_unlocked(model, area)
        changing.require_whole_arrays(model, area)
        hidden = changing.hidden_by_merges(model, area) if model.merges else ()
        values, others = self._entries(given, hidden)
        for at, entry in others:
            if entry.formula is not None and changing.header_of(model, at) is not None:
                raise ComError("A formula cannot be entered into the header row of a table.")
        if model.arrays:
            changing.give_way(model, area)
        self._put(values, others)
        if model.tables:
            changing.settle_headers(model, area)

    def _entries(
        self, given: Any, hidden: Collection[CellAt]
    ) -> tuple[dict[CellAt, Stored], list[tuple[CellAt, Entry]]]:
        """Plain values, and entries that are or bring more than that."""
        model, uses_1904 = self._sheet._model, self._sheet._book._model.uses_1904
        values: dict[CellAt, Stored] = {}
        others: list[tuple[CellAt, Entry]] = []
        is_block = isinstance(given, list | tuple)
        for at, value in self._spread(given) if is_block else self._filled(given):
            if hidden and at in hidden:
                continue
            if type(value) is float and value - value == 0:
                values[at] = value
                continue
            entry = entered(value, model.style(at).number_format, uses_1904=uses_1904)
            if entry.value is not None and entry.number_format is None and not entry.has_prefix:
                values[at] = entry.value
            else:
                others.append((at, entry))
        return values, others

    def _put(self, values: dict[CellAt, Stored], others: list[tuple[CellAt, Entry]]) -> None:
        model = self._sheet._model
        for at in model.within(self._area, model.styles):
            style = model.styles[at]
            if style.quote_prefix:
                changing.set_style(model, at, style.having(quote_prefix=False))
        model.values.update(values)
        if model.formulas:
            for at in values:
                model.formulas.pop(at, None)
        for at, entry in others:
            changing.put(model, at, entry.value, entry.formula)
            style = model.style(at)
            brought = entry.number_format
            if entry.formula is not None and style.number_format == GENERAL:
                brought = brought_along(self._sheet._book._model, model, entry.formula)
            if brought is not None or entry.has_prefix:
                code = brought or style.number_format
                style = style.having(number_format=code, quote_prefix=entry.has_prefix)
                changing.set_style(model, at, style)

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
            near = [at for at in cells_of(limited(wider, used)) if at in values]
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


def _as_shown(value: float, style: Style, uses_1904: bool) -> Any:
    """A number as Range.Value hands it over: dates and money are types of their own."""
    if style is PLAIN:
        return value
    if style.is_date:
        try:
            return date_of(value, uses_1904).replace(tzinfo=UTC)
        except OverflowError:
            return value
    if style.is_currency:
        return Decimal(str(round(value, 4)))
    return value


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
