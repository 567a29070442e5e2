"""Put sheets of ours into the package of a closed workbook, replace them, and take them out.

A sheet is ours because it carries a mark, a hidden name local to that sheet, and not because of
what it is called: a user's own "PF Results" is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import ContentTypes
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.references import column_letter, quote_sheet
from xlportfolio.workbook.rendering.additions import read_additions
from xlportfolio.workbook.rendering.drawings import UsersDrawing, users_drawing
from xlportfolio.workbook.rendering.kept_sheet import Kept, kept_on
from xlportfolio.workbook.rendering.marks import MARK, marked_sheets, our_sheets
from xlportfolio.workbook.rendering.names import (
    check_sheet_name,
    check_table_names,
    free_sheet_name,
    redirected,
    sheet_of,
)
from xlportfolio.workbook.rendering.referring import Referrer, referrers_to
from xlportfolio.workbook.rendering.remembered import PREFIX, names_for
from xlportfolio.workbook.rendering.sheet_parts import rendered_sheet, write_sheet
from xlportfolio.workbook.rendering.sheetxml import with_native_tables
from xlportfolio.workbook.rendering.styles import Stylesheet

PRINT_TITLES = "_xlnm.Print_Titles"
PRINT_AREA = "_xlnm.Print_Area"


@dataclass(frozen=True)
class PutSheet:
    """A sheet of ours that was put.

    Attributes
    ----------
    name
        What it is called.
    n_moved
        How many cells that people added beside what we write stand at another place now.
    n_unlisted
        How many of them stand below everything, because their row is not listed any more.
    kept
        What people added to the sheet, and where it went; None for a new sheet.
    is_plain
        Whether the sheet is what the description says, and nothing else.
    """

    name: str
    n_moved: int = 0
    n_unlisted: int = 0
    kept: Kept | None = None
    is_plain: bool = True

    @property
    def moved_sentence(self) -> str | None:
        """What became of the user's cells, for the answer; None where all stand where they did."""
        return moved_sentence(self.name, self.n_moved, self.n_unlisted)


def moved_sentence(sheet: str, n_moved: int, n_unlisted: int) -> str | None:
    """What became of cells that people added to a sheet of ours; None where none was moved.

    Parameters
    ----------
    sheet
        What it is called.
    n_moved
        How many cells stand at another place now.
    n_unlisted
        How many of them stand below everything.

    Examples
    --------
    >>> moved_sentence("PF Results", 1, 0)
    'On "PF Results" 1 cell that you added beside the table moved with its row.'
    """
    if not n_moved:
        return None
    cells, its = ("cell", "its row") if n_moved == 1 else ("cells", "their rows")
    said = f'On "{sheet}" {n_moved:,} {cells} that you added beside the table moved with {its}.'
    if n_unlisted:
        said = said[:-1] + f"; {n_unlisted:,} of them {'is' if n_unlisted == 1 else 'are'} "
        said += "below everything, under a line that says where from."
    return said


def put(
    package: Package,
    index: WorkbookIndex,
    stylesheet: Stylesheet,
    description: SheetDescription,
    *,
    with_drawings: bool = True,
) -> PutSheet:
    """Add a sheet of ours at the end, or write the one that carries its mark anew.

    A sheet that is written anew keeps its name, place, visibility and number, the colour of its
    tab and the widths that people gave its columns, and all that people added beside what we wrote:
    cells, notes, links, rules, tables and drawings. The caller sees to it that the workbook may be
    changed (signature, protected structure), and stores the style sheet, which may have grown.

    Parameters
    ----------
    package, index, stylesheet
        The workbook.
    description
        The sheet.
    with_drawings
        Whether charts, pictures and shapes are put, and the user's kept.

    Raises
    ------
    WorkbookError
        If the workbook has no room for another style, or the sheet none for the user's cells.
    InputError
        If Excel could not hold what is described; the cell is named. Nothing was changed.
    """
    check_sheet_name(description.name)
    marks = marked_sheets(index)
    name = sheet_of(marks, description.name)
    name = name or free_sheet_name(description.name, lambda taken: index.sheet(taken) is not None)
    described = redirected(description, name, marks)
    described = with_native_tables(described)
    check_table_names(described)
    existing = index.sheet(name)
    kept, theirs = None, UsersDrawing()
    if existing is not None:
        additions = read_additions(package, index, existing, described)
        kept = kept_on(additions, described, date1904=index.date1904)
        if with_drawings:
            is_remembered = additions.known.area is not None
            theirs = users_drawing(package, index, existing, is_remembered=is_remembered)
    rendered = rendered_sheet(
        described, stylesheet, index, kept, theirs, with_drawings=with_drawings
    )
    if existing is not None:
        index.empty_sheet(name, keep=rendered.kept_parts)
        write_sheet(package, index, described, rendered, existing.part)
        types = ContentTypes.load(package)
        types.move_override_last(existing.part)  # as when it was added: the same bytes each time
        types.store()
    else:
        part = index.free_part("xl/worksheets/sheet{}.xml")
        write_sheet(package, index, described, rendered, part)
        index.add_sheet(name, part)
    if not _has_hidden_mark(index, name):
        index.add_name(MARK, _quoted(description.name), sheet=name, hidden=True)
    _remember(index, name, described)
    _set_print_names(index, name, described)
    if kept is None:
        return PutSheet(name)
    return PutSheet(
        name,
        kept.placement.n_moved,
        len(kept.placement.homeless),
        kept,
        rendered.is_plain,
    )


def handback(package: Package, index: WorkbookIndex, *, force: bool = False) -> list[str]:
    """Take every sheet of ours out, with its parts, marks and print titles.

    Parameters
    ----------
    package, index : the workbook; its styles keep what was appended, which no cell uses any more
    force : take the sheets out even where cells, names or charts of others show their content

    Returns
    -------
    the names of the sheets that went

    Raises
    ------
    WorkbookError
        If something of the user's refers to a sheet of ours and would turn into #REF!, or if the
        workbook would be left without a visible sheet.
    """
    ours = our_sheets(index)
    if not ours:
        return []
    if not any(entry.name not in ours and entry.state == "visible" for entry in index.sheets):
        raise WorkbookError(no_visible_sheet_sentence(_file(package)))
    if not force:
        refuse_referrers(
            referrers_to(package, index, ours),
            then="hand the workbook back, or force it and lose what it shows",
        )
    for name in ours:
        index.remove_sheet(name)
    index.show_a_visible_sheet()
    return ours


def no_visible_sheet_sentence(file_name: str) -> str:
    """Why the sheets of ours stay: Excel needs a visible sheet."""
    return (
        f'"{file_name}" has no visible sheet but those of xlportfolio, and Excel needs '
        "one; unhide a sheet or add one, then hand the workbook back."
    )


def refuse_referrers(found: Sequence[Referrer], *, then: str = "press Hand back again") -> None:
    """Refuse, with a `WorkbookError`, to take out sheets of ours that others refer to.

    Parameters
    ----------
    found
        What refers to them.
    then
        What to do once that is mended.
    """
    if found:
        others = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        raise WorkbookError(
            f"{found[0].where}{others} refers to {found[0].what}, which xlportfolio made, and "
            "would show #REF! without it; replace it by its value (Copy, Paste Special > Values) "
            f"or remove it, then {then}."
        )


def _file(package: Package) -> str:
    return Path(package.path).name


# -- names ---------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _has_hidden_mark(index: WorkbookIndex, sheet: str) -> bool:
    """Whether the mark is there and does not show: LibreOffice keeps it and lets it show."""
    return any(
        entry.sheet == sheet and entry.name.casefold() == MARK and entry.hidden
        for entry in index.defined_names
    )


def _remember(index: WorkbookIndex, name: str, description: SheetDescription) -> None:
    """Remember what is written in hidden names, for the next time."""
    wanted = names_for(description, name)
    there = [
        entry
        for entry in index.defined_names
        if entry.sheet == name and entry.name.casefold().startswith(PREFIX)
    ]
    if {entry.name: entry.text for entry in there if entry.hidden} == wanted and len(there) == len(
        wanted
    ):
        return
    for entry in there:
        index.remove_name(entry.name, sheet=name)
    for one, text in wanted.items():
        index.add_name(one, text, sheet=name, hidden=True)


def _set_print_names(index: WorkbookIndex, name: str, description: SheetDescription) -> None:
    """The names, local to the sheet, in which Excel keeps what prints and what repeats."""
    index.remove_name(PRINT_TITLES, sheet=name)
    index.remove_name(PRINT_AREA, sheet=name)
    setup = description.print_setup
    if setup is None:
        return
    if setup.areas:
        places = (
            f"{quote_sheet(name)}!${column_letter(area.first_column)}${area.first_row}:"
            f"${column_letter(area.last_column)}${area.last_row}"
            for area in setup.areas
        )
        index.add_name(PRINT_AREA, ",".join(places), sheet=name)
    if setup.repeat_rows is not None:
        first, last = setup.repeat_rows
        index.add_name(PRINT_TITLES, f"{quote_sheet(name)}!${first}:${last}", sheet=name)
