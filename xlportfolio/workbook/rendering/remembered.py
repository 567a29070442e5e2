"""What we wrote last on a sheet, remembered in hidden names of the sheet beside its mark.

References, because Excel moves these where people insert rows or columns; widths as arrays of
numbers, first column, last column, width: a text in a name has at most 255 characters, and a
formula that Excel is told has at most that many, so that there may be several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.opc import NameEntry
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    CellRange,
    column_letter,
    quote_sheet,
    split_reference,
)

PREFIX = "_xlportfolio_"
AREA, KEYS, LOOK, WIDTHS = (PREFIX + word for word in ("area", "keys", "look", "widths"))

_LONGEST_ARRAY = 240
_LOOK = re.compile(r"tab=([0-9A-F]{6})?;zoom=([0-9]{1,3})")
_RUN = re.compile(r"([0-9]{1,5}),([0-9]{1,5}),(-?[0-9.]{1,12})")


@dataclass(frozen=True)
class Remembered:
    """What our last writing left on a sheet.

    Attributes
    ----------
    area
        What it covered; None where that is not known.
    keys
        The cells that told its rows apart.
    widths
        The widths that it set; below 0 where the column was hidden.
    has_look
        Whether tab colour and zoom are known.
    tab_colour, zoom
        Those that it set.
    """

    area: CellRange | None = None
    keys: CellRange | None = None
    widths: Mapping[int, float] = field(default_factory=dict)
    has_look: bool = False
    tab_colour: str | None = None
    zoom: int = 100


def covered_area(description: SheetDescription) -> CellRange:
    """The rectangle from A1 over all that a description fills with cells."""
    areas = [CellRange(row, column, row, column) for row, column in description.cells]
    areas += [table.range for table in description.tables]
    areas += description.merges
    return CellRange(
        1,
        1,
        max((area.last_row for area in areas), default=1),
        max((area.last_column for area in areas), default=1),
    )


def names_for(description: SheetDescription, sheet: str) -> dict[str, str]:
    """The names that remember a description, with their texts.

    Parameters
    ----------
    description
        What is written, as tables need it.
    sheet
        What the sheet is called.
    """
    names = {AREA: _absolute(sheet, covered_area(description))}
    if description.keys is not None:
        names[KEYS] = _absolute(sheet, description.keys)
    names[LOOK] = f'"tab={description.tab_colour or ""};zoom={description.zoom}"'
    for number, text in enumerate(_arrays(description), start=1):
        names[WIDTHS if number == 1 else f"{WIDTHS}{number}"] = text
    return names


def remembered(names: Iterable[NameEntry], sheet: str) -> Remembered:
    """Read what the names of a sheet remember; what is damaged is not known.

    Parameters
    ----------
    names
        All names of the workbook.
    sheet
        What the sheet is called.
    """
    texts = {
        entry.name.casefold(): entry.text.strip().removeprefix("=")
        for entry in names
        if entry.sheet == sheet and entry.name.casefold().startswith(PREFIX)
    }
    widths: dict[int, float] = {}
    for name, text in texts.items():
        if name.startswith(WIDTHS):
            widths |= _widths(text)
    look = _LOOK.fullmatch(texts.get(LOOK, "").strip('"'))
    return Remembered(
        _area(texts.get(AREA), sheet),
        _area(texts.get(KEYS), sheet),
        widths,
        look is not None,
        look[1] if look else None,
        int(look[2]) if look else 100,
    )


def led_to(names: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """Names with their texts, for a sheet that is called otherwise than when they were read.

    Parameters
    ----------
    names
        Name to text.
    old, new
        What the sheet was called, and is.
    """
    before, after = quote_sheet(old) + "!", quote_sheet(new) + "!"
    return {
        name: after + text.removeprefix(before) if text.startswith(before) else text
        for name, text in names.items()
    }


def _absolute(sheet: str, area: CellRange) -> str:
    first = f"${column_letter(area.first_column)}${area.first_row}"
    last = f"${column_letter(area.last_column)}${area.last_row}"
    return f"{quote_sheet(sheet)}!{first}:{last}"


def _area(text: str | None, sheet: str) -> CellRange | None:
    if text is None:
        return None
    try:
        named, area = split_reference(text)
    except InputError:
        return None
    return area if named.casefold() == sheet.casefold() else None


def _arrays(description: SheetDescription) -> list[str]:
    """The widths as array constants, each of them short enough to be told to Excel."""
    hidden = set(description.hidden_columns)
    runs: list[tuple[int, int, str]] = []
    for column in sorted(hidden | set(description.widths)):
        width = description.widths.get(column, 8.43)
        said = f"{-width if column in hidden else width:g}"
        if runs and runs[-1][1] == column - 1 and runs[-1][2] == said:
            runs[-1] = (runs[-1][0], column, said)
        else:
            runs.append((column, column, said))
    arrays: list[str] = []
    for first, last, said in runs:
        row = f"{first},{last},{said}"
        if arrays and len(arrays[-1]) + len(row) < _LONGEST_ARRAY:
            arrays[-1] += f";{row}"
        else:
            arrays.append(row)
    return [f"{{{rows}}}" for rows in arrays]


def _widths(text: str) -> dict[int, float]:
    found = {}
    for first, last, width in _RUN.findall(text):
        for column in range(max(1, int(first)), min(int(last), LAST_COLUMN) + 1):
            found[column] = float(width)
    return found
