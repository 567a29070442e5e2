"""Notes that people wrote on a sheet of ours: told from ours by their author, and kept.

A note follows the cell that it is on: on a cell of ours, the row of its key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import integer_or, parse_xml, serialise
from xlportfolio.workbook.references import cell_address, parse_cell
from xlportfolio.workbook.rendering.kept_places import At, Placement
from xlportfolio.workbook.rendering.notes import AUTHOR


@dataclass(frozen=True)
class Note:
    """A note of the user's.

    Attributes
    ----------
    element
        As its part holds it.
    author
        Who wrote it.
    """

    element: etree._Element
    author: str

    @property
    def text(self) -> str:
        """What it says, for the size of its box."""
        return "".join(one.text or "" for one in self.element.iter("{*}t"))


def read_notes(package: Package, index: WorkbookIndex, entry: SheetEntry) -> dict[At, Note]:
    """The notes on a sheet of ours that are not ours.

    Parameters
    ----------
    package, index
        The workbook.
    entry
        The sheet.
    """
    found: dict[At, Note] = {}
    for relationship in index.relationships(entry.part).by_type("comments"):
        part = relationship.target
        if not package.has(part):
            continue
        root = parse_xml(package.read(part), package.label(part))
        authors = [author.text or "" for author in root.iterfind("{*}authors/{*}author")]
        for element in root.iterfind("{*}commentList/{*}comment"):
            number = integer_or(element.get("authorId"), -1)
            author = authors[number] if 0 <= number < len(authors) else ""
            at = _cell(element.get("ref"))
            if at is not None and author != AUTHOR:
                found[at] = Note(element, author)
    return found


def _cell(text: str | None) -> At | None:
    try:
        return parse_cell(text or "")
    except InputError:
        return None


def moved_notes(notes: Mapping[At, Note], placement: Placement) -> dict[At, Note]:
    """The notes by the cells that they go to.

    Parameters
    ----------
    notes
        By the cells that they are on.
    placement
        Where the cells go.
    """
    found: dict[At, Note] = {}
    for at, note in notes.items():
        there = placement.place_of(at)
        if there is not None:
            while there in found:  # a note of another row is there: below it
                there = there[0] + 1, there[1]
            found[there] = note
    return found


def comments_with(ours: bytes, notes: Mapping[At, Note], *, cleaned: Cleaned) -> bytes:
    """The comments part as rendered, with the user's notes.

    Parameters
    ----------
    ours
        The part without them.
    notes
        By the cells that they go to; they come before a note of ours on the same cell.
    cleaned
        Makes a copy of an element for a part of a namespace.
    """
    root = parse_xml(ours, "The notes")
    namespace = etree.QName(root).namespace or ""
    authors, comments = root[0], root[1]
    numbers = {author.text or "": number for number, author in enumerate(authors)}
    held = {_cell(element.get("ref")): element for element in comments}
    for at, note in notes.items():
        if note.author not in numbers:
            numbers[note.author] = len(numbers)
            etree.SubElement(authors, f"{{{namespace}}}author").text = note.author
        element = cleaned(note.element, namespace)
        element.set("ref", cell_address(*at))
        element.set("authorId", str(numbers[note.author]))
        if "shapeId" in element.attrib:
            del element.attrib["shapeId"]
        held[at] = element
    comments[:] = [held[at] for at in sorted(one for one in held if one is not None)]
    return serialise(root)


Cleaned = Callable[[etree._Element, str], etree._Element]


def moved_threads(content: bytes, part: str, placement: Placement) -> bytes:
    """The part with the talk under notes, each at its new cell.

    Parameters
    ----------
    content, part
        As it is, and how messages name it.
    placement
        Where the cells go.
    """
    root = parse_xml(content, part)
    for element in list(root):
        at = _cell(element.get("ref")) if isinstance(element.tag, str) else None
        there = at and placement.place_of(at)
        if there:
            element.set("ref", cell_address(*there))
    return serialise(root)
