"""Pivot caches whose source changed: Excel is asked to refresh them when it opens the file.

A cache is a copy of its source, and so is what pivot tables and slicers show of it (ECMA-376 part
1, 18.10). `refreshOnLoad` of its definition has Excel make it anew; nothing else of it is touched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING
from xml.parsers import expat

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.container.opc import WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import parse_xml, relationship_id
from xlportfolio.workbook.references import LAST_COLUMN, LAST_ROW, CellRange
from xlportfolio.workbook.staleness.areas import Area
from xlportfolio.workbook.staleness.precedents import Precedents

if TYPE_CHECKING:
    from lxml.etree import _Element

_DEFINITION = "pivotCacheDefinition"
_ATTRIBUTE = re.compile(r"""\srefreshOnLoad\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_REST_OF_TAG = re.compile(r"""<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*?(?=\s*/?>)""")
_TRUE = ("1", "true")


def has_pivot_caches(index: WorkbookIndex) -> bool:
    """Whether the workbook has any."""
    return bool(index.relationships().by_type(_DEFINITION))


def refresh_pivot_caches(
    package: Package, index: WorkbookIndex, precedents: Precedents, changed: Collection[Area]
) -> list[str]:
    """Ask Excel to refresh the caches whose sources changed; the parts that were changed.

    Parameters
    ----------
    package, index
        The workbook.
    precedents
        What names and tables stand for.
    changed
        The cells that were written.
    """
    refreshed = []
    for part in _fed_by(package, index, precedents, changed):
        content = package.read(part)
        asking = _asking_to_refresh(content)
        if asking != content:
            package.write(part, asking)
            refreshed.append(part)
    return refreshed


def pivot_tables_fed_by(
    package: Package, index: WorkbookIndex, precedents: Precedents, changed: Collection[Area]
) -> list[Area]:
    """The cells of the pivot tables that show what changed.

    Parameters
    ----------
    package, index
        The workbook.
    precedents
        What names and tables stand for.
    changed
        The cells that were written.
    """
    caches = set(_fed_by(package, index, precedents, changed))
    if not caches:
        return []
    found = []
    for entry in index.sheets:
        for related in index.relationships(entry.part).by_type("pivotTable"):
            linked = index.relationships(related.target).by_type(_DEFINITION)
            if caches.isdisjoint(one.target for one in linked):
                continue
            try:
                location = _read(package, related.target).find("{*}location")
            except WorkbookError:
                continue
            cells = _range(None if location is None else location.get("ref"))
            if cells is not None:
                # Refreshed, it may need more rows and columns.
                key = entry.name.casefold()
                found.append(Area(key, cells.first_row, cells.first_column, LAST_ROW, LAST_COLUMN))
    return found


def _fed_by(
    package: Package, index: WorkbookIndex, precedents: Precedents, changed: Collection[Area]
) -> Iterator[str]:
    """The parts of the caches that have cells in their source that changed."""
    if not changed:
        return
    for related in index.relationships().by_type(_DEFINITION):
        if related.external or not package.has(related.target):
            continue
        try:
            root = _read(package, related.target)
        except WorkbookError:  # a damaged part stays as it is
            continue
        sources = [*root.iterfind("{*}cacheSource/{*}worksheetSource")]
        sources += root.iterfind("{*}cacheSource/{*}consolidation/{*}rangeSets/{*}rangeSet")
        if any(_is_fed(source, precedents, changed) for source in sources):
            yield related.target


def _is_fed(source: _Element, precedents: Precedents, changed: Collection[Area]) -> bool:
    if relationship_id(source):
        return False  # another workbook
    sheet, name = source.get("sheet") or "", source.get("name")
    if name:
        # A local name stands with its sheet, a table and a name of the workbook alone.
        text = f"'{sheet.replace(chr(39), chr(39) * 2)}'!{name}" if sheet else name
        read = precedents.of(text, sheet, 1, 1)
        return read.reads_anything or _overlap(read.areas, changed)
    cells = _range(source.get("ref"))
    if cells is None:
        return False
    key = sheet.casefold()
    area = Area(key, cells.first_row, cells.first_column, cells.last_row, cells.last_column)
    return _overlap([area], changed)


def _overlap(areas: Iterable[Area], changed: Collection[Area]) -> bool:
    return any(
        area.sheet == other.sheet
        and area.first_row <= other.last_row
        and other.first_row <= area.last_row
        and area.first_column <= other.last_column
        and other.first_column <= area.last_column
        for area in areas
        for other in changed
    )


def _read(package: Package, part: str) -> _Element:
    return parse_xml(package.read(part), package.label(part))


def _range(text: str | None) -> CellRange | None:
    try:
        return CellRange.parse(text or "")
    except InputError:
        return None


def _asking_to_refresh(content: bytes) -> bytes:
    """The definition with the one attribute set; in the same encoding, else the same bytes."""
    start = _start_of_root(content)
    encode, decode = _coding(content)
    before, text = content[:start], decode(content[start:])
    tag = _REST_OF_TAG.match(text)
    if tag is None:
        return content
    said = _ATTRIBUTE.search(tag[0])
    if said is None:
        end = tag.end()
        return before + encode(f'{text[:end]} refreshOnLoad="1"{text[end:]}')
    group = 1 if said[1] is not None else 2
    if said[group].strip() in _TRUE:
        return content
    return before + encode(f"{text[: said.start(group)]}1{text[said.end(group) :]}")


def _start_of_root(content: bytes) -> int:
    found: list[int] = []
    parser = expat.ParserCreate()

    def start(_name: str, _attributes: dict[str, str]) -> None:
        if not found:
            found.append(parser.CurrentByteIndex)

    parser.StartElementHandler = start
    parser.Parse(content, True)
    return found[0]


def _coding(content: bytes) -> tuple[Callable[[str], bytes], Callable[[bytes], str]]:
    """How text of a part becomes bytes and back; whatever is no UTF-16 keeps its bytes."""
    coding = "latin-1"
    if content.startswith(codecs.BOM_UTF16_LE) or content[:2] == b"<\0":
        coding = "utf-16-le"
    elif content.startswith(codecs.BOM_UTF16_BE) or content[:2] == b"\0<":
        coding = "utf-16-be"
    return lambda text: text.encode(coding), lambda data: data.decode(coding)
