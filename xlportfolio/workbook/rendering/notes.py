"""Notes on cells: the comments part, and the drawing that Excel needs to show them.

Excel keeps a note's text in one part and its yellow box in another, in VML (ECMA-376 part 4, 19).
"""

from __future__ import annotations

from collections.abc import Mapping

from xlportfolio.workbook.description import Cell
from xlportfolio.workbook.editing.cellxml import escape_text
from xlportfolio.workbook.references import cell_address
from xlportfolio.workbook.rendering.sheetxml import main_namespace

AUTHOR = "xlportfolio"

_CHARACTERS_IN_A_LINE = 34
_LEAST_LINES = 4


def with_notes(cells: Mapping[tuple[int, int], Cell]) -> dict[tuple[int, int], str]:
    """The notes by row and column, in the order of the sheet."""
    notes = {at: cell.note for at, cell in cells.items() if cell.note}
    return {at: notes[at] for at in sorted(notes)}


def comments_xml(notes: Mapping[tuple[int, int], str], sheet: str, *, strict: bool) -> bytes:
    """Write the comments part; `sheet` is for messages."""
    comments = "".join(
        f'<comment ref="{cell_address(*at)}" authorId="0"><text><r><t xml:space="preserve">'
        f"{escape_text(text, f'The note on {sheet}!{cell_address(*at)}')}</t></r></text></comment>"
        for at, text in notes.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<comments xmlns="{main_namespace(strict)}"><authors><author>{AUTHOR}</author></authors>'
        f"<commentList>{comments}</commentList></comments>"
    ).encode()


def notes_drawing(notes: Mapping[tuple[int, int], str], number: int) -> bytes:
    """Write the VML drawing; `number` tells its shapes from those of other sheets."""
    shapes = "".join(
        _shape(row, column, text, number * 1024 + i)
        for i, ((row, column), text) in enumerate(notes.items(), start=1)
    )
    return (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{number}"/></o:shapelayout>'
        '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
        'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
        f"{shapes}</xml>"
    ).encode()


def _shape(row: int, column: int, text: str, identifier: int) -> str:
    lines = sum(1 + len(line) // _CHARACTERS_IN_A_LINE for line in text.split("\n"))
    top = max(0, row - 2)
    bottom = top + max(_LEAST_LINES, lines) + 1
    anchor = f"{column}, 15, {top}, 2, {column + 3}, 31, {bottom}, 1"
    return (
        f'<v:shape id="_x0000_s{identifier}" type="#_x0000_t202" '
        'style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )
