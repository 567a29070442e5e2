"""Put sheets of ours into the package of a closed workbook, replace them, and take them out.

A sheet is ours because it carries a mark, a hidden name local to that sheet, and not because of
what it is called: a user's own "PF Results" is never touched.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import (
    ContentTypes,
    Relationship,
    Relationships,
    integer_or,
    parse_xml,
)
from xlportfolio.workbook.description import Cell, Chart, SheetDescription
from xlportfolio.workbook.references import column_letter, quote_sheet
from xlportfolio.workbook.rendering.additions import read_additions
from xlportfolio.workbook.rendering.drawings import (
    Drawing,
    UsersDrawing,
    drawing_of,
    users_drawing,
)
from xlportfolio.workbook.rendering.kept_notes import Note, comments_with, moved_notes
from xlportfolio.workbook.rendering.kept_sheet import (
    Kept,
    cleaned,
    kept_on,
    kept_parts,
    worksheet_with,
)
from xlportfolio.workbook.rendering.marks import MARK as MARK
from xlportfolio.workbook.rendering.marks import marked_sheets as marked_sheets
from xlportfolio.workbook.rendering.marks import our_sheets as our_sheets
from xlportfolio.workbook.rendering.notes import comments_xml, notes_drawing, with_notes
from xlportfolio.workbook.rendering.referring import Referrer, referrers_to
from xlportfolio.workbook.rendering.remembered import PREFIX, names_for
from xlportfolio.workbook.rendering.sheetxml import (
    RelationshipIds,
    external_targets,
    is_external,
    table_xml,
    with_native_tables,
    worksheet_xml,
)
from xlportfolio.workbook.rendering.styles import Stylesheet

PRINT_TITLES = "_xlnm.Print_Titles"
PRINT_AREA = "_xlnm.Print_Area"
MAX_SHEET_NAME = 31

_SPREADSHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TABLE_TYPE = f"{_SPREADSHEETML}.table+xml"
_COMMENTS_TYPE = f"{_SPREADSHEETML}.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

_QUOTED_OR_PLAIN_SHEET = re.compile(r"'((?:[^']|'')+)'!|([^\W\d][\w.]*)!")
_TABLE_NAME = re.compile(r"[^\W\d][\w.]{0,254}")
_LOOKS_LIKE_A_CELL = re.compile(r"(?i)\$?[a-z]{1,3}\$?\d+|r\d*c\d*|r|c")


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


def put_sheet(
    package: Package, index: WorkbookIndex, stylesheet: Stylesheet, description: SheetDescription
) -> str:
    """Put a sheet of ours; its name. See `put`."""
    return put(package, index, stylesheet, description).name


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
    rendered = _rendered(described, stylesheet, index, kept, theirs, with_drawings=with_drawings)
    if existing is not None:
        index.empty_sheet(name, keep=rendered.kept_parts)
        _write(package, index, described, rendered, existing.part)
        types = ContentTypes.load(package)
        types.move_override_last(existing.part)  # as when it was added: the same bytes each time
        types.store()
    else:
        part = index.free_part("xl/worksheets/sheet{}.xml")
        _write(package, index, described, rendered, part)
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
    gone = [part for name in ours for part in index.remove_sheet(name)]
    _remove_defaults(package, gone)
    index.show_a_visible_sheet()
    return ours


def _remove_defaults(package: Package, gone: Sequence[str]) -> None:
    """Take out the content types by extension that only parts which are gone had need of."""
    left = {posixpath.splitext(part)[1].lower() for part in package.names}
    unused = {posixpath.splitext(part)[1].lower() for part in gone} - left - {""}
    if unused:
        types = ContentTypes.load(package)
        for extension in sorted(unused):
            types.remove_default(extension.lstrip("."))
        types.store()


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


def sheet_of(marks: Mapping[str, str], described: str) -> str | None:
    """The sheet that carries the mark of a description; of copies, the one of that name.

    Parameters
    ----------
    marks
        The sheets of ours by their names, each with what its mark says.
    described
        The description's name.
    """
    found = [sheet for sheet, mark in marks.items() if mark.casefold() == described.casefold()]
    same = [sheet for sheet in found if sheet.casefold() == described.casefold()]
    return next(iter(same or found), None)


def _names_by_description(marks: Mapping[str, str]) -> dict[str, str]:
    """What our sheets are called, by the names of their descriptions in lower case."""
    return {mark.casefold(): sheet_of(marks, mark) or sheet for sheet, mark in marks.items()}


def check_sheet_name(name: str) -> None:
    """Refuse, with an `InputError`, what cannot be the name of a sheet."""
    bad = sorted(set(re.findall(r"[\[\]:*?/\\\x00-\x1f]", name)))
    if not name.strip() or len(name) > MAX_SHEET_NAME or bad or name.casefold() == "history":
        raise InputError(
            f'"{name}" cannot be the name of a sheet; expected 1 to {MAX_SHEET_NAME} characters '
            "(but not History) without [ ] : * ? / \\."
        )
    if name[0] == "'" or name[-1] == "'":
        raise InputError(
            f'"{name}" cannot be the name of a sheet; expected no apostrophe at its ends.'
        )


def free_sheet_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """A name that no sheet has: the wanted one, else one with a number behind it."""
    candidate, number = name, 1
    while is_taken(candidate):
        number += 1
        ending = f" ({number})"
        candidate = name[: MAX_SHEET_NAME - len(ending)].rstrip("' ") + ending
    return candidate


def redirected(
    description: SheetDescription, name: str, marks: Mapping[str, str]
) -> SheetDescription:
    """The description under its sheet's name, its references leading to the sheets as called.

    Parameters
    ----------
    description
        What is put.
    name
        What the sheet is called.
    marks
        The sheets of ours by their names, each with what its mark says.
    """
    actual = {**_names_by_description(marks), description.name.casefold(): name}
    renamed = {old: new for old, new in actual.items() if old != new.casefold()}
    if not renamed:
        return replace(description, name=name)

    def led(reference: str) -> str:
        return _QUOTED_OR_PLAIN_SHEET.sub(lambda found: _led(found, renamed), reference)

    def linked(cell: Cell) -> Cell:
        if cell.link is None or is_external(cell.link):
            return cell
        # A link may name its sheet without the quotes that a formula needs.
        sheet, mark, area = cell.link.rpartition("!")
        if mark and sheet.casefold() in renamed:
            return replace(cell, link=f"{quote_sheet(renamed[sheet.casefold()])}!{area}")
        return replace(cell, link=led(cell.link))

    def charted(chart: Chart) -> Chart:
        series = tuple(
            replace(
                one,
                values=led(one.values),
                categories=one.categories and led(one.categories),
                name_reference=one.name_reference and led(one.name_reference),
                x_values=one.x_values and led(one.x_values),
                sizes=one.sizes and led(one.sizes),
                labels=one.labels and led(one.labels),
            )
            for one in chart.series
        )
        return replace(chart, series=series)

    return replace(
        description,
        name=name,
        cells={at: linked(cell) for at, cell in description.cells.items()},
        charts=tuple(charted(chart) for chart in description.charts),
        validations=tuple(
            replace(rule, values=tuple(map(led, rule.values))) for rule in description.validations
        ),
        conditional_formats=tuple(
            replace(rule, values=tuple(map(led, rule.values)))
            for rule in description.conditional_formats
        ),
    )


def _led(found: re.Match[str], renamed: dict[str, str]) -> str:
    sheet = (found[1] or found[2]).replace("''", "'")
    new = renamed.get(sheet.casefold())
    return f"{quote_sheet(new)}!" if new else found[0]


def check_table_names(description: SheetDescription) -> None:
    """Refuse, with an `InputError`, what cannot be the name of a table."""
    for table in description.tables:
        if not _TABLE_NAME.fullmatch(table.name) or _LOOKS_LIKE_A_CELL.fullmatch(table.name):
            raise InputError(
                f'"{table.name}" cannot be the name of a table on sheet "{description.name}"; '
                "expected a letter, then letters, digits and _, and nothing like a cell address."
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


# -- parts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _RenderedSheet:
    """All that can be refused, as bytes, before the package changes."""

    worksheet: bytes
    links: list[str]
    drawing: Drawing | None
    comments: bytes | None
    boxes: Mapping[tuple[int, int], str]
    kept: Mapping[str, bytes]
    """Parts of the user's that are related again, as they are to be."""
    related: tuple[Relationship, ...]
    """What leads to these: talk under notes, tables, pivot tables."""
    kept_parts: frozenset[str]
    is_plain: bool
    """Whether nothing of the user's is on the sheet."""


def _rendered(
    description: SheetDescription,
    stylesheet: Stylesheet,
    index: WorkbookIndex,
    kept: Kept | None,
    theirs: UsersDrawing,
    *,
    with_drawings: bool,
) -> _RenderedSheet:
    links = external_targets(description)
    notes = with_notes(description.cells)
    strict, date1904 = index.strict, index.date1904
    placement = None if kept is None else kept.placement
    described = description if with_drawings else replace(description, charts=(), pictures=())
    drawing = drawing_of(described, theirs, placement, strict=strict, date1904=date1904)
    their_notes: dict[tuple[int, int], Note] = {}
    parts: dict[str, bytes] = {}
    related: tuple[Relationship, ...] = ()
    if kept is not None:
        their_notes = moved_notes(kept.additions.notes, kept.placement)
        links = list(dict.fromkeys([*links, *(link for *_, link in kept.links if link)]))
        parts, related = kept_parts(index.package, kept)
    n_tables = len(description.tables) + sum(one.kind == "table" for one in related)
    ids = _planned_ids(links, drawing is not None, bool(notes or their_notes), n_tables)
    worksheet = worksheet_xml(description, stylesheet, ids, date1904=date1904, strict=strict)
    comments = None
    if notes or their_notes:
        comments = comments_xml(notes, description.name, strict=strict)
    if their_notes and comments is not None:
        comments = comments_with(comments, their_notes, cleaned=cleaned)
    plain = worksheet
    if kept is not None:
        worksheet = worksheet_with(worksheet, kept, description, ids)
    boxes = {**notes, **{at: note.text for at, note in their_notes.items()}}
    return _RenderedSheet(
        worksheet,
        links,
        drawing,
        comments,
        {at: boxes[at] for at in sorted(boxes)},
        parts,
        related,
        theirs.parts | _reached(index.package, related),
        is_plain=worksheet is plain and not (their_notes or related or theirs.anchors),
    )


def _reached(package: Package, related: Sequence[Relationship]) -> frozenset[str]:
    """The parts that relationships lead to, with all that these lead to."""
    found: set[str] = set()
    waiting = [one.target for one in related]
    while waiting:
        part = waiting.pop()
        if part not in found and package.has(part):
            found.add(part)
            there = Relationships.load(package, part)
            waiting += [one.target for one in there if not one.external]
    return frozenset(found)


def _planned_ids(
    links: Sequence[str], has_drawing: bool, has_notes: bool, n_tables: int
) -> RelationshipIds:
    """The IDs that a sheet without relationships gives in the order in which `_write` adds them."""
    numbers = (f"rId{number}" for number in count(1))
    planned_links = {target: next(numbers) for target in links}
    drawing = next(numbers) if has_drawing else None
    notes = None
    if has_notes:
        _comments, notes = next(numbers), next(numbers)
    tables = [next(numbers) for _ in range(n_tables)]
    return RelationshipIds(planned_links, drawing, notes, tables)


def _write(
    package: Package,
    index: WorkbookIndex,
    description: SheetDescription,
    rendered: _RenderedSheet,
    part: str,
) -> None:
    """Write the sheet's part and those that it leads to; the sheet has no relationships yet."""
    package.write(part, rendered.worksheet)
    types = ContentTypes.load(package)
    relationships = Relationships.load(package, part, strict=index.strict)
    for target in rendered.links:
        relationships.add("hyperlink", target, external=True)
    if rendered.drawing is not None:
        drawing = _write_drawing(package, index, rendered.drawing, types)
        relationships.add("drawing", drawing)
    if rendered.comments is not None:
        comments = index.free_part("xl/comments{}.xml")
        package.write(comments, rendered.comments)
        types.add_override(comments, _COMMENTS_TYPE)
        relationships.add("comments", comments)
        boxes = index.free_part("xl/drawings/vmlDrawing{}.vml")
        number = int(re.sub(r"\D", "", posixpath.basename(boxes)))
        package.write(boxes, notes_drawing(rendered.boxes, number))
        types.add_default("vml", _VML_TYPE)
        relationships.add("vmlDrawing", boxes)
    kept_tables = [one.target for one in rendered.related if one.kind == "table"]
    for table in _write_tables(package, index, description, types, kept_tables):
        relationships.add("table", table)
    for kept_part, content in rendered.kept.items():
        package.write(kept_part, content)
    for one in rendered.related:
        relationships.add(one.type, one.target)
    relationships.store()
    types.store()


def _write_drawing(
    package: Package, index: WorkbookIndex, made: Drawing, types: ContentTypes
) -> str:
    drawing = index.free_part("xl/drawings/drawing{}.xml")
    package.write(drawing, made.content)
    types.add_override(drawing, _DRAWING_TYPE)
    relationships = Relationships.load(package, drawing, strict=index.strict)
    for kind, content in made.related:
        if isinstance(content, Relationship):
            relationships.add(kind, content.target, external=content.external)
        elif kind == "chart":
            chart = index.free_part("xl/charts/chart{}.xml")
            package.write(chart, content)
            types.add_override(chart, _CHART_TYPE)
            relationships.add("chart", chart)
        else:
            image = index.free_part("xl/media/image{}.png")
            package.write(image, content)
            types.add_default("png", "image/png")
            relationships.add("image", image)
    relationships.store()
    return drawing


def _write_tables(
    package: Package,
    index: WorkbookIndex,
    description: SheetDescription,
    types: ContentTypes,
    kept: Sequence[str],
) -> list[str]:
    """Write the tables under names and numbers that the workbook has not used; their parts.

    The user's tables on the sheet, which are kept, are not related to it again yet.
    """
    if not description.tables:
        return []
    taken = {entry.name.casefold() for entry in index.defined_names}
    number = 0
    there = [table.part for entry in index.sheets for table in index.tables(entry.name)]
    for part in (*there, *kept):
        root = parse_xml(package.read(part), package.label(part))
        taken.add((root.get("displayName") or root.get("name") or "").casefold())
        number = max(number, integer_or(root.get("id")))
    parts = []
    for table in description.tables:
        number += 1
        name = free_table_name(table.name, taken)
        part = index.free_part("xl/tables/table{}.xml")
        package.write(part, table_xml(description, table, name, number, strict=index.strict))
        types.add_override(part, _TABLE_TYPE)
        parts.append(part)
    return parts


def free_table_name(name: str, taken: set[str]) -> str:
    """A name that neither a table nor a defined name has; the two share one set in Excel."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate.casefold())
    return candidate
