"""The worksheet and table parts of a sheet description: bytes in, bytes out, no package.

Children of `worksheet` stand in the order of ECMA-376 part 1, 18.3.1.99: Excel repairs a sheet
that has them in another. Values only: whatever looks like a formula stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, quoteattr

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.opc import MAIN, MAIN_STRICT
from xlportfolio.workbook.container.relationships import (
    OFFICE_RELATIONSHIPS,
    OFFICE_RELATIONSHIPS_STRICT,
)
from xlportfolio.workbook.description import (
    Cell,
    CellFormat,
    CellValue,
    PrintSetup,
    SheetDescription,
    TableDescription,
)
from xlportfolio.workbook.editing.cellxml import cell_content
from xlportfolio.workbook.references import (
    CellRange,
    cell_address,
    parse_cell,
    sheet_reference,
    split_reference,
)
from xlportfolio.workbook.rendering.rules import (
    LOOKS_ESCAPED,
    attribute_text,
    conditional_formats_xml,
    data_bar_extension,
    validations_xml,
)
from xlportfolio.workbook.rendering.styles import Stylesheet, argb

MAX_LINKS = 65_530
MAX_LINK = 2_079
MAX_HEADER = 255
MAX_ROW_HEIGHT = 409.0

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_PAPER = {"A3": 8, "A4": 9}
_EXTERNAL = re.compile(r"(?i)(https?://|mailto:)")
_NAME = re.compile(r"[^\W\d][\w.]*|_[\w.]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class RelationshipIds:
    """The relationships of the worksheet part that its elements name."""

    links: Mapping[str, str] = field(default_factory=dict)
    drawing: str | None = None
    notes: str | None = None
    tables: Sequence[str] = ()


def main_namespace(strict: bool) -> str:
    """The namespace of SpreadsheetML, transitional or strict."""
    return MAIN_STRICT if strict else MAIN


def relationship_namespace(strict: bool) -> str:
    """The namespace of relationships within parts, transitional or strict."""
    return OFFICE_RELATIONSHIPS_STRICT if strict else OFFICE_RELATIONSHIPS


def is_external(link: str) -> bool:
    """Whether a link leaves the workbook."""
    return bool(_EXTERNAL.match(link))


def external_address(link: str) -> tuple[str, str] | None:
    """A web or mail address as (target, place within it); None where Excel would not take it.

    An address that is no address would make Excel repair the workbook: it stays plain text.
    """
    target, _, place = link.strip().partition("#")
    target = quote(target, safe=":/?&=%@!$'()*+,;~-._[]")
    try:
        parts = urlsplit(target)
        valid = bool(parts.path if parts.scheme.lower() == "mailto" else parts.hostname)
        valid = valid and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return (target, place) if valid and len(link) <= MAX_LINK else None


def external_targets(description: SheetDescription) -> list[str]:
    """The addresses outside the workbook that the sheet links to, each once."""
    links = (cell.link for cell in description.cells.values() if cell.link)
    addresses = (external_address(link) for link in links if is_external(link))
    return list(dict.fromkeys(address[0] for address in addresses if address))


def with_native_tables(description: SheetDescription) -> SheetDescription:
    """The description as native tables need it: each has unique text headers and a data row.

    Excel repairs a workbook whose table headers differ from their cells, occur twice or are
    numbers, and one whose table has headers only. A repeated header gets a number as Excel
    itself would give it; a table without data gets the blank row below it.
    """
    cells = dict(description.cells)
    tables = []
    for table in description.tables:
        area = table.range
        if area.n_rows == 1:
            area = replace(area, last_row=area.last_row + 1)
            below = ((area.last_row, column) for column in _columns(area))
            if any(cells[at].value is not None for at in below if at in cells):
                raise InputError(
                    f'Table "{table.name}" of sheet "{description.name}" has no row of data and '
                    f"{cell_address(area.last_row, area.first_column)} below it is in use; expected"
                    " a blank row under the headers."
                )
        taken: set[str] = set()
        for number, column in enumerate(_columns(area), start=1):
            at = (area.first_row, column)
            cell = cells.get(at, Cell(None))
            header = _unique(_header_text(cell.value) or f"Column{number}", taken)
            cells[at] = replace(cell, value=header)
        tables.append(replace(table, range=area))
    return replace(description, cells=cells, tables=tuple(tables))


def worksheet_xml(
    description: SheetDescription,
    stylesheet: Stylesheet,
    ids: RelationshipIds,
    *,
    date1904: bool = False,
    strict: bool = False,
) -> bytes:
    """Write the worksheet part.

    Parameters
    ----------
    description : the sheet, as `with_native_tables` leaves it
    stylesheet : receives the formats that are missing
    ids : relationship IDs of links, drawing, notes and tables
    date1904 : whether the workbook counts days from 1904
    strict : whether the workbook uses the strict namespaces

    Raises
    ------
    InputError
        If Excel could not hold a value, a list, a link or an overlap; the cell is named.
    """
    _check_overlaps(description)
    parts = [
        _DECLARATION,
        f'<worksheet xmlns="{main_namespace(strict)}" xmlns:r="{relationship_namespace(strict)}">',
        _sheet_properties(description),
        f'<dimension ref="{_used_range(description).address}"/>',
        _sheet_view(description),
        '<sheetFormatPr defaultRowHeight="15"/>',
        _columns_xml(description),
        *_sheet_data(description, stylesheet, date1904),
        _merges_xml(description.merges),
        *conditional_formats_xml(description, stylesheet),
        validations_xml(description),
        _links_xml(description, ids),
        _print_xml(description.print_setup, description.name),
        f'<drawing r:id="{ids.drawing}"/>' if ids.drawing else "",
        f'<legacyDrawing r:id="{ids.notes}"/>' if ids.notes else "",
        _table_parts_xml(ids.tables),
        data_bar_extension(description),
        "</worksheet>",
    ]
    return "".join(parts).encode()


def table_xml(
    description: SheetDescription, table: TableDescription, name: str, number: int, *, strict: bool
) -> bytes:
    """Write a table part.

    Parameters
    ----------
    description : the sheet, as `with_native_tables` leaves it
    table : one of its tables
    name : the name it gets, unique in the workbook
    number : the table's ID, unique in the workbook
    strict : whether the workbook uses the strict namespaces
    """
    area = table.range
    headers = [str(description.cells[area.first_row, column].value) for column in _columns(area)]
    columns = "".join(
        f'<tableColumn id="{i}" name={_header_attribute(header)}/>'
        for i, header in enumerate(headers, start=1)
    )
    style = ""
    if table.style:
        style = (
            f'<tableStyleInfo name={quoteattr(table.style)} showFirstColumn="0" showLastColumn="0" '
            f'showRowStripes="{int(table.banded)}" showColumnStripes="0"/>'
        )
    return (
        f'{_DECLARATION}<table xmlns="{main_namespace(strict)}" id="{number}" '
        f'name={quoteattr(name)} displayName={quoteattr(name)} ref="{area.address}" '
        f'totalsRowShown="0"><autoFilter ref="{area.address}"/>'
        f'<tableColumns count="{len(headers)}">{columns}</tableColumns>{style}</table>'
    ).encode()


def _columns(area: CellRange) -> range:
    return range(area.first_column, area.last_column + 1)


def _header_text(value: CellValue) -> str:
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _unique(header: str, taken: set[str]) -> str:
    candidate, number = header, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{header}{number}"
    taken.add(candidate.lower())
    return candidate


def _header_attribute(header: str) -> str:
    """A header in a table part, where line breaks are written as Excel writes them."""
    text = LOOKS_ESCAPED.sub("_x005F_", header)
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04x}_", text)
    return quoteattr(text.replace("\n", "_x000a_").replace("\t", "_x0009_"))


def _used_range(description: SheetDescription) -> CellRange:
    areas = [CellRange(row, column, row, column) for row, column in description.cells]
    areas += [table.range for table in description.tables]
    if not areas:
        return CellRange(1, 1, 1, 1)
    return CellRange(
        min(area.first_row for area in areas),
        min(area.first_column for area in areas),
        max(area.last_row for area in areas),
        max(area.last_column for area in areas),
    )


def _check_overlaps(description: SheetDescription) -> None:
    """Refuse what Excel repairs: merges or tables that lie over one another."""
    laid = [(merge, "The merged cells") for merge in description.merges]
    laid += [(table.range, f'The table "{table.name}"') for table in description.tables]
    laid.sort(key=lambda item: item[0])
    for i, (area, what) in enumerate(laid):
        for other, what_other in laid[i + 1 :]:
            if other.first_row > area.last_row:
                break
            if area.overlaps(other):
                raise InputError(
                    f'{what} {area.address} of sheet "{description.name}" and '
                    f"{what_other[0].lower()}{what_other[1:]} {other.address} lie over each other; "
                    "expected separate ranges."
                )


def _sheet_properties(description: SheetDescription) -> str:
    colour = f'<tabColor rgb="{argb(description.tab_colour)}"/>' if description.tab_colour else ""
    setup = description.print_setup
    fit = '<pageSetUpPr fitToPage="1"/>' if setup and setup.fit_width else ""
    return f"<sheetPr>{colour}{fit}</sheetPr>" if colour or fit else ""


def _sheet_view(description: SheetDescription) -> str:
    attributes = "" if description.gridlines else ' showGridLines="0"'
    if description.zoom != 100:
        attributes += f' zoomScale="{description.zoom}" zoomScaleNormal="{description.zoom}"'
    return (
        f'<sheetViews><sheetView{attributes} workbookViewId="0">{_pane(description.freeze)}'
        "</sheetView></sheetViews>"
    )


def _pane(freeze: str | None) -> str:
    row, column = parse_cell(freeze) if freeze else (1, 1)
    if (row, column) == (1, 1):
        return ""
    split = f' xSplit="{column - 1}"' if column > 1 else ""
    split += f' ySplit="{row - 1}"' if row > 1 else ""
    pane = ("bottomRight" if column > 1 else "bottomLeft") if row > 1 else "topRight"
    first = cell_address(row, column)
    return (
        f'<pane{split} topLeftCell="{first}" activePane="{pane}" state="frozen"/>'
        f'<selection pane="{pane}" activeCell="{first}" sqref="{first}"/>'
    )


def _columns_xml(description: SheetDescription) -> str:
    hidden = set(description.hidden_columns)
    columns = []
    for column in sorted(hidden | set(description.widths)):
        width = description.widths.get(column, 8.43) + 0.71  # Excel adds 5 pixels of padding
        columns.append(
            f'<col min="{column}" max="{column}" width="{width:g}"'
            + (' hidden="1"' if column in hidden else "")
            + ' customWidth="1"/>'
        )
    return f"<cols>{''.join(columns)}</cols>" if columns else ""


def _sheet_data(
    description: SheetDescription, stylesheet: Stylesheet, date1904: bool
) -> Iterator[str]:
    rows: dict[int, list[int]] = {row: [] for row in description.heights}
    for row, column in description.cells:
        rows.setdefault(row, []).append(column)
    yield "<sheetData>"
    for row in sorted(rows):
        height = description.heights.get(row)
        yield f'<row r="{row}"'
        if height is not None:
            yield f' ht="{min(height, MAX_ROW_HEIGHT):g}" customHeight="1"'
        yield ">"
        for column in sorted(rows[row]):
            cell = description.cells[row, column]
            address = cell_address(row, column)
            content = cell_content(cell.value, description.name, address, date1904=date1904)
            yield content.to_xml("", address, _style(cell, stylesheet))
        yield "</row>"
    yield "</sheetData>"


def _style(cell: Cell, stylesheet: Stylesheet) -> int:
    style = 0
    link = cell.link is not None
    if cell.format is not None or link:
        style = stylesheet.style_for(cell.format or CellFormat(), link=link)
    if isinstance(cell.value, date):
        with_time = isinstance(cell.value, datetime) and cell.value.time() != datetime.min.time()
        style = stylesheet.date_style(style, with_time=with_time)
    return style


def _merges_xml(merges: Sequence[CellRange]) -> str:
    several = [merge for merge in merges if merge.n_rows * merge.n_columns > 1]
    if not several:
        return ""
    inner = "".join(f'<mergeCell ref="{merge.address}"/>' for merge in several)
    return f'<mergeCells count="{len(several)}">{inner}</mergeCells>'


def _links_xml(description: SheetDescription, ids: RelationshipIds) -> str:
    linked = {at: cell for at, cell in description.cells.items() if cell.link}
    links = (
        _link(description.name, cell_address(*at), linked[at], ids.links) for at in sorted(linked)
    )
    written = [link for link in links if link]
    if len(written) > MAX_LINKS:
        raise InputError(
            f'Sheet "{description.name}" would have {len(written):,} links and Excel allows '
            f"{MAX_LINKS:,} on a sheet; leave the links out of the later rows."
        )
    return f"<hyperlinks>{''.join(written)}</hyperlinks>" if written else ""


def _link(sheet: str, address: str, cell: Cell, targets: Mapping[str, str]) -> str:
    link = str(cell.link)
    display = f" display={attribute_text(cell.value[:255])}" if isinstance(cell.value, str) else ""
    if is_external(link):
        external = external_address(link)
        if external is None:
            return ""
        target, place = external
        location = f" location={quoteattr(place)}" if place else ""
        return (
            f'<hyperlink ref="{address}" r:id="{targets[target]}"{location} '
            f"tooltip={attribute_text(link[:255])}{display}/>"
        )
    if _NAME.fullmatch(link):
        location = link
    else:
        try:
            location = sheet_reference(*split_reference(link.removeprefix("#")))
        except InputError as error:
            raise InputError(f"The link leads nowhere: {error} [{sheet}!{address}]") from None
    return (
        f'<hyperlink ref="{address}" location={quoteattr(location)} '
        f"tooltip={attribute_text(('Go to ' + location)[:255])}{display}/>"
    )


def _print_xml(setup: PrintSetup | None, sheet: str) -> str:
    margins = (
        '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    )
    if setup is None:
        return margins
    orientation = "landscape" if setup.landscape else "portrait"
    fit = f' fitToWidth="1" fitToHeight="{int(setup.fit_height)}"' if setup.fit_width else ""
    texts = ""
    for name, text in (("oddHeader", setup.header), ("oddFooter", setup.footer)):
        if text and len(text) > MAX_HEADER:
            raise InputError(
                f'The {name[3:].lower()} of sheet "{sheet}" has {len(text)} characters; expected '
                f"at most {MAX_HEADER}."
            )
        texts += f"<{name}>{escape(text)}</{name}>" if text else ""
    return (
        f'{margins}<pageSetup paperSize="{_PAPER[setup.paper]}"{fit} orientation="{orientation}"/>'
        + (f"<headerFooter>{texts}</headerFooter>" if texts else "")
    )


def _table_parts_xml(ids: Iterable[str]) -> str:
    parts = [f'<tablePart r:id="{identifier}"/>' for identifier in ids]
    return f'<tableParts count="{len(parts)}">{"".join(parts)}</tableParts>' if parts else ""
