"""What stands in a workbook, read with zipfile and lxml alone: an oracle beside the code.

It says what a careful person would see: cells, formulas and what they fill, merges, tables, pivot
tables, protection, names. The edits choose their cells by it, and expect refusals by it.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from xlportfolio.values import CellError
from xlportfolio.workbook.protocol import Formula, Writable

Cell = tuple[int, int]
Box = tuple[int, int, int, int]

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_PLAIN_NAME = re.compile(r"(?:'((?:[^']|'')+)'|([\w.]+))!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")


class Seen(NamedTuple):
    """A cell as it is stored: style, type, value as text, formula with its kind and range."""

    style: int
    kind: str
    value: str | None
    formula: str | None
    fills: str | None = None
    formula_kind: str | None = None


class Table(NamedTuple):
    """An Excel table: what it covers, how many of its rows are headers and totals, its columns.

    Of each column the name, and the formula of one that is calculated.
    """

    name: str
    part: str
    box: Box
    headers: int
    totals: int
    is_query: bool
    columns: tuple[tuple[str, str | None], ...]


def address(cell: Cell) -> str:
    return f"{get_column_letter(cell[1])}{cell[0]}"


def box_of(text: str) -> Box:
    left, top, right, bottom = range_boundaries(text.replace("$", ""))
    return top, left, bottom, right


def is_inside(box: Box, cell: Cell) -> bool:
    return box[0] <= cell[0] <= box[2] and box[1] <= cell[1] <= box[3]


def within(box: Box) -> Iterator[Cell]:
    for row in range(box[0], box[2] + 1):
        for column in range(box[1], box[3] + 1):
            yield row, column


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for a comment or an instruction."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def placed_cells(root: etree._Element) -> Iterator[tuple[Cell, etree._Element]]:
    """Each cell of a worksheet with its row and column, which a writer may leave out."""
    number = 0
    for row in root.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", number + 1))
        column = 0
        for cell in row.iterfind("{*}c"):
            reference = cell.get("r")
            column = range_boundaries(reference)[0] if reference else column + 1
            yield (number, column), cell


@dataclass
class SheetSurvey:
    """One worksheet."""

    book: Survey
    name: str
    part: str
    xml: bytes
    tables: list[Table] = field(default_factory=list)
    pivots: list[Box] = field(default_factory=list)

    @cached_property
    def root(self) -> etree._Element:
        return etree.fromstring(self.xml)

    @cached_property
    def cells(self) -> dict[Cell, Seen]:
        """Every stored cell; the formula of a follower is worked out for it."""
        found: dict[Cell, Seen] = {}
        shared: dict[str, Translator] = {}
        for at, element in placed_cells(self.root):
            formula, kind, fills = element.find("{*}f"), None, None
            text = None
            if formula is not None:
                text, kind, fills = formula.text or "", formula.get("t"), formula.get("ref")
                if kind == "shared":
                    index = formula.get("si", "")
                    if text:
                        shared[index] = Translator("=" + text, address(at))
                    text = shared[index].translate_formula(address(at))[1:]
            value = element.findtext("{*}v")
            stored = element.get("t", "n")
            if stored == "s" and value:
                value = self.book.texts[int(value)]
            elif stored == "inlineStr":
                value = text_of(element.find("{*}is"))
            elif stored == "str" and value:
                value = unescaped(value)
            style = int(element.get("s", "0"))
            found[at] = Seen(style, stored, value, text, fills, kind)
        return found

    @cached_property
    def arrays(self) -> list[Box]:
        """What array formulas and spills fill, where that is more than one cell."""
        boxes = [
            box_of(seen.fills)
            for seen in self.cells.values()
            if seen.fills and seen.formula_kind == "array"
        ]
        return [box for box in boxes if box[:2] != box[2:]]

    @cached_property
    def what_if(self) -> list[Box]:
        return [
            box_of(seen.fills)
            for seen in self.cells.values()
            if seen.fills and seen.formula_kind == "dataTable"
        ]

    @cached_property
    def merges(self) -> list[Box]:
        return [
            box_of(one.get("ref", "")) for one in self.root.iterfind("{*}mergeCells/{*}mergeCell")
        ]

    @cached_property
    def shared(self) -> dict[str, list[Cell]]:
        """The cells that share a formula, the first one first."""
        found: dict[str, list[Cell]] = {}
        for at, element in placed_cells(self.root):
            formula = element.find("{*}f")
            if formula is not None and formula.get("t") == "shared":
                found.setdefault(formula.get("si", ""), []).append(at)
        return found

    @property
    def is_protected(self) -> bool:
        return any(
            one.get("sheet") in ("1", "true") for one in self.root.iterfind("{*}sheetProtection")
        )

    @cached_property
    def hidden_rows(self) -> list[int]:
        rows = self.root.iterfind("{*}sheetData/{*}row[@hidden]")
        return [int(row.get("r", "0")) for row in rows if row.get("hidden") in ("1", "true")]

    def style_of(self, cell: Cell) -> int:
        """The style of a cell that is there, or the one that a new one takes."""
        if cell in self.cells:
            return self.cells[cell].style
        number = 0
        for row in self.root.iterfind("{*}sheetData/{*}row"):
            number = int(row.get("r", number + 1))
            if number == cell[0] and row.get("customFormat") in ("1", "true"):
                return int(row.get("s", "0"))
        for column in self.root.iterfind("{*}cols/{*}col"):
            if int(column.get("min", "0")) <= cell[1] <= int(column.get("max", "0")):
                return int(column.get("style", "0"))
        return 0

    def forbidden(self, cell: Cell) -> str | None:
        """Why a cell must not be written; None where it may."""
        if self.book.is_signed:
            return "signed"
        if self.is_protected and self.book.locks(self.style_of(cell)):
            return "protected"
        for kind, boxes in (
            ("array", self.arrays),
            ("what-if", self.what_if),
            ("merge", self.merges),
            ("pivot", self.pivots),
        ):
            for box in boxes:
                shown = kind in ("array", "merge") and cell == box[:2]
                if is_inside(box, cell) and not shown:
                    return kind
        for table in self.tables:
            if is_inside(table.box, cell):
                if cell[0] < table.box[0] + table.headers:
                    return "header"
                if cell[0] > table.box[2] - table.totals:
                    return "totals"
        return None

    @property
    def last(self) -> Cell:
        """The last row and column that hold anything."""
        boxes = [*self.arrays, *self.what_if, *self.merges, *self.pivots]
        boxes += [table.box for table in self.tables]
        corners = [*self.cells, *(box[2:] for box in boxes), (1, 1)]
        return max(row for row, _ in corners), max(column for _, column in corners)


class Survey:
    """A workbook.

    Parameters
    ----------
    path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.contents = {name.lstrip("/"): archive.read(name) for name in archive.namelist()}
        self.is_signed = any(name.startswith("_xmlsignatures/") for name in self.contents)
        self.part = self.related("", "officeDocument")[0]
        self.root = etree.fromstring(self.contents[self.part])
        self.sheets: dict[str, SheetSurvey] = {}
        for element in self.root.iterfind("{*}sheets/{*}sheet"):
            link = next(value for key, value in element.attrib.items() if str(key).endswith("}id"))
            kind, target = self._links(self.part)[str(link)]
            if kind == "worksheet":
                name = str(element.get("name"))
                self.sheets[name] = self._sheet(name, target)

    def _sheet(self, name: str, part: str) -> SheetSurvey:
        sheet = SheetSurvey(self, name, part, self.contents[part])
        for target in self.related(part, "table"):
            root = etree.fromstring(self.contents[target])
            sheet.tables.append(
                Table(
                    str(root.get("displayName")),
                    target,
                    box_of(root.get("ref", "")),
                    int(root.get("headerRowCount", "1")),
                    int(root.get("totalsRowCount", "0")),
                    root.get("tableType") == "queryTable",
                    tuple(
                        (unescaped(one.get("name", "")), one.findtext("{*}calculatedColumnFormula"))
                        for one in root.iterfind("{*}tableColumns/{*}tableColumn")
                    ),
                )
            )
        for target in self.related(part, "pivotTable"):
            place = etree.fromstring(self.contents[target]).find("{*}location")
            if place is not None:
                sheet.pivots.append(box_of(place.get("ref", "")))
        return sheet

    def _links(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part)
        content = self.contents.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        if content is None:
            return {}
        return {
            one.get("Id", ""): (
                one.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/"),
            )
            for one in etree.fromstring(content)
            if one.get("TargetMode") != "External"
        }

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that a part leads to by a kind of relationship."""
        return [target for found, target in self._links(part).values() if found == kind]

    @cached_property
    def texts(self) -> list[str]:
        parts = self.related(self.part, "sharedStrings")
        if not parts:
            return []
        return [text_of(one) for one in etree.fromstring(self.contents[parts[0]])]

    @property
    def date1904(self) -> bool:
        return any(
            one.get("date1904") in ("1", "true") for one in self.root.iterfind("{*}workbookPr")
        )

    @property
    def is_structure_protected(self) -> bool:
        found = self.root.iterfind("{*}workbookProtection")
        return any(one.get("lockStructure") in ("1", "true") for one in found)

    @property
    def chain(self) -> str | None:
        return next(iter(self.related(self.part, "calcChain")), None)

    @property
    def styles(self) -> str | None:
        return next(iter(self.related(self.part, "styles")), None)

    @cached_property
    def _unlocked(self) -> set[int]:
        if self.styles is None:
            return set()
        forms = etree.fromstring(self.contents[self.styles]).iterfind("{*}cellXfs/{*}xf")
        return {
            number
            for number, form in enumerate(forms)
            if any(one.get("locked") in ("0", "false") for one in form.iterfind("{*}protection"))
        }

    def locks(self, style: int) -> bool:
        """Whether a style locks its cell on a protected sheet."""
        return style not in self._unlocked

    @property
    def names(self) -> list[tuple[str, str, Box]]:
        """The names of one rectangle each, of the whole workbook and not hidden."""
        found = []
        for one in self.root.iterfind("{*}definedNames/{*}definedName"):
            match = _PLAIN_NAME.fullmatch(one.text or "")
            name = str(one.get("name"))
            shown = one.get("localSheetId") is None and one.get("hidden") is None
            if match and shown and not name.startswith("_xlnm."):
                sheet = (match[1] or match[2]).replace("''", "'")
                if sheet in self.sheets:
                    found.append((name, sheet, box_of(match[3])))
        return found


def text_of(element: etree._Element | None) -> str:
    """The text of a shared or inline string, without what tells how it is pronounced."""
    if element is None:
        return ""
    runs = [one.text or "" for one in element.iterfind("{*}t")]
    runs += [one.text or "" for one in element.iterfind("{*}r/{*}t")]
    return unescaped("".join(runs))


def unescaped(text: str) -> str:
    """Text with its `_xHHHH_` read as the characters that they stand for."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def holds(seen: Seen, value: Writable, *, date1904: bool) -> bool:
    """Whether a stored cell is what was written."""
    if isinstance(value, Formula):
        return seen.formula == value.text.removeprefix("=") and seen.value is None
    if seen.formula is not None or seen.value is None:
        return False
    match value:
        case bool():
            return (seen.kind, seen.value) == ("b", str(int(value)))
        case int() | float():
            return seen.kind == "n" and float(seen.value) == value
        case CellError():
            return (seen.kind, seen.value) == ("e", value.code)
        case str():
            return seen.kind in ("inlineStr", "s", "str") and seen.value == value
        case date() | time():
            serial = serial_of(value, date1904=date1904)
            return seen.kind == "n" and abs(float(seen.value) - serial) < 1e-6
    return False


def serial_of(value: date | time, *, date1904: bool) -> float:
    epoch = CALENDAR_MAC_1904 if date1904 else CALENDAR_WINDOWS_1900
    return float(to_excel(value, epoch))
