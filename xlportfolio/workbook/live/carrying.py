"""What people added to sheets of ours in an open workbook, carried into the sheets written anew.

The copies that are kept for undo are a workbook of their own, as Excel saved it: what was added is
read from there, and laid out, as in a closed file. Excel copies the result back, formats and all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.live.entering import Entry, cells_of, rectangles
from xlportfolio.workbook.live.keeping import KeptSheet
from xlportfolio.workbook.live.reading import LiveReading, value_of
from xlportfolio.workbook.live.writing import At, entries_at, read_entries
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import cell_address
from xlportfolio.workbook.rendering.kept_sheet import Kept
from xlportfolio.workbook.rendering.remembered import PREFIX, remembered

if TYPE_CHECKING:
    from xlportfolio.workbook.live.scratch import Scratch

_MOST_AREAS = 200


@dataclass(frozen=True)
class Carried:
    """What is carried into a sheet.

    Attributes
    ----------
    entries
        What its cells hold, by their new places.
    formulas
        Those of its cells that hold one: cell and formula of each.
    sentence
        What became of the cells, if any moved.
    """

    entries: Mapping[At, Entry]
    formulas: tuple[tuple[str, str], ...]
    sentence: str | None

    @property
    def values(self) -> tuple[tuple[int, int, Entry], ...]:
        """Row, column and value of each cell."""
        return tuple((*at, entry) for at, entry in self.entries.items())


def memory_of(reading: LiveReading, sheet: str) -> dict[str, str]:
    """What the hidden names of a sheet of ours remember, but for its mark.

    Parameters
    ----------
    reading
        What was read of the workbook.
    sheet
        Its name.
    """
    return {
        entry.name: entry.text
        for entry in reading.defined_names
        if entry.sheet == sheet and entry.name.casefold().startswith(PREFIX)
    }


def with_users_look(
    described: SheetDescription, now: SheetDescription, reading: LiveReading
) -> SheetDescription:
    """A description with the colour and zoom that people gave the sheet since it was written.

    Parameters
    ----------
    described
        What is written, under the name of the sheet.
    now
        How the sheet looks.
    reading
        What was read of the workbook.
    """
    known = remembered(reading.defined_names, described.name)
    wanted = known.tab_colour if known.has_look else described.tab_colour
    if (now.tab_colour or "").upper() != (wanted or "").upper():
        described = replace(described, tab_colour=now.tab_colour)
    if known.has_look and now.zoom != known.zoom:
        described = replace(described, zoom=now.zoom)
    return described


def carry(
    scratch: Scratch, reading: LiveReading, held: Path | None, sheets: Iterable[KeptSheet]
) -> dict[str, Carried]:
    """Lay what people added to sheets into the scratch workbook; what it is, by sheet.

    Parameters
    ----------
    scratch
        Holds the sheets as described.
    reading
        What was read of the workbook.
    held
        The workbook with the copies of the sheets.
    sheets
        Those that are written anew.

    Raises
    ------
    WorkbookError
        If there is more than can be kept.
    """
    replaced = {sheet.name: (sheet.held_as, memory_of(reading, sheet.name)) for sheet in sheets}
    if held is None or not replaced:
        return {}
    found = {}
    for put in scratch.lay_over(held, replaced):
        if put.kept is not None and put.name in replaced:
            found[put.name] = _carried(reading, put.name, put.kept, put.moved_sentence)
    return found


def _carried(reading: LiveReading, name: str, kept: Kept, sentence: str | None) -> Carried:
    placement = kept.placement
    cells = [at for at, cell in kept.additions.cells.items() if len(cell)]
    now: dict[At, Entry] = {}
    areas = rectangles(cells)
    if len(areas) > _MOST_AREAS:
        rows, columns = [row for row, _ in cells], [column for _, column in cells]
        whole = replace(
            areas[0],
            first_row=min(rows),
            first_column=min(columns),
            last_row=max(rows),
            last_column=max(columns),
        )
        areas = [whole]
    for area in areas:
        now |= dict(entries_at(read_entries(reading.details, reading.handles[name], area), area))
    arrays = {at for area in kept.additions.arrays.values() for at in cells_of(area)}
    entries: dict[At, Entry] = dict(placement.lines)
    formulas = []
    for at in cells:
        there, entry = placement.places[at], now.get(at)
        if isinstance(entry, Formula) and at not in arrays:
            said = placement.formula(entry.text.removeprefix("="), name)
            if at in placement.homeless and "#REF!" in said and "#REF!" not in entry.text:
                # Its row is gone: what it gave last stays, as it is copied.
                cell = reading.handles[name].range(cell_address(*at))
                entry = value_of(reading.details.values(cell)[0][0])
            else:
                entry = Formula("=" + said)
                formulas.append((cell_address(*there), entry.text))
        entries[there] = entry
    return Carried(entries, tuple(formulas), sentence)


def formulas_beside(reading: LiveReading, name: str) -> tuple[tuple[str, str], ...]:
    """The formulas on a sheet of ours, which are the user's: cell and text of each.

    Parameters
    ----------
    reading
        What was read of the workbook.
    name
        The sheet.
    """
    read = reading.formulas(name)
    return tuple(
        (cell_address(*at), text)
        for at, text in read.texts.items()
        if not any(area.contains(*at) for area in read.filled)
    )
