"""How the cells of a range look, and how wide and high their columns and rows are."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openpyxl.styles import PatternFill
from xlwings import base_classes

from tests.hosts.stand_in import changing
from tests.hosts.stand_in.calls import Calls, ComError, asked_of_excel
from tests.hosts.stand_in.loading import text_of
from tests.hosts.stand_in.model import (
    USUAL_HEIGHT,
    USUAL_WIDTH,
    Line,
    cells_of,
    limited,
)
from tests.hosts.stand_in.styles import PLAIN, Style, said, stored
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange

if TYPE_CHECKING:
    from tests.hosts.stand_in.sheets import Sheet


@asked_of_excel
class Looks:
    """What a range knows of how its cells look."""

    _said_as = "Range"
    _sheet: Sheet
    _area: CellRange
    _calls: Calls

    def _styles(self) -> set[Style]:
        """The styles of all cells of the range."""
        model, area = self._sheet._model, self._area
        n_cells = area.n_rows * area.n_columns
        if n_cells <= 1_000:
            return {model.style(at) for at in cells_of(area)}
        if model.rows or model.columns:
            used = limited(area, model.used_range())
            found = {model.style(at) for at in cells_of(used)}
            return found if used == area else found | {model.style((LAST_ROW, LAST_COLUMN))}
        own = [model.styles[at] for at in model.within(area, model.styles)]
        return set(own) | ({PLAIN} if len(own) < n_cells else set())

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
            lines[number] = replace(line, style=changed(line.style or PLAIN))

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


@asked_of_excel
class Font(base_classes.Font):
    """The font of a range."""

    api: Any = True

    def __init__(self, cells: Looks) -> None:
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


def _with(part: Any, changes: dict[str, Any]) -> Any:
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
