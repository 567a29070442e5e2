"""Write a workbook as an .xlsx: with openpyxl, then what formulas gave last beside them."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles import numbers
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula as WrittenArray
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableStyleInfo

from tests.hosts.stand_in.calls import ComError
from tests.hosts.stand_in.charts import drawn
from tests.hosts.stand_in.loading import text_of
from tests.hosts.stand_in.model import BookModel, CellAt, ErrorValue, SheetModel, TableModel
from tests.hosts.stand_in.spills import METADATA, METADATA_PART, with_spills
from tests.hosts.stand_in.styles import PLAIN, Style
from xlportfolio.workbook.references import cell_address, column_letter

_PRINT_NAMES = {"print_area", "print_titles"}


def save(book: BookModel, path: Path, calculation: str = "automatic") -> None:
    """Write a workbook to a file, in one step, with the mode in which Excel calculates."""
    target = openpyxl.Workbook()
    target.remove(target.worksheets[0])
    # Cells without a style of their own are read as such again, not as styled by openpyxl.
    target._fonts, target._borders = IndexedList([PLAIN.font]), IndexedList([PLAIN.border])
    target._named_styles["Normal"].font, target._named_styles["Normal"].border = (
        PLAIN.font,
        PLAIN.border,
    )
    if book.uses_1904:
        target.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    if book.structure_is_protected:
        target.security = WorkbookProtection(lockStructure=True)
    styles: dict[Style, StyleArray] = {}
    for sheet in book.sheets:
        _write_sheet(target.create_sheet(sheet.name), sheet, styles)
    for name in book.names:
        if name.sheet is None:
            target.defined_names[name.name] = _defined(name)
        elif name.name.casefold() not in _PRINT_NAMES:
            target[name.sheet.name].defined_names[name.name] = _defined(name)
    target.active = book.active
    target.calculation.calcMode = "manual" if calculation == "manual" else "auto"
    handle, scratch = tempfile.mkstemp(dir=path.parent, suffix=".xlsx")
    os.close(handle)
    target.save(scratch)
    _complete(Path(scratch), book)
    Path(scratch).replace(path)


def saved(book: BookModel, path: Path, calculation: str = "automatic") -> None:
    """Save as Excel does: what the folder does not take is an error of COM."""
    try:
        save(book, path, calculation)
    except OSError as error:
        raise ComError(f"Microsoft Excel cannot access the file '{path}'.") from error


def _defined(name: Any) -> DefinedName:
    return DefinedName(name.name, attr_text=name.text, hidden=name.hidden or None)


def _write_sheet(worksheet: Any, sheet: SheetModel, styles: dict[Style, StyleArray]) -> None:
    worksheet.sheet_state = sheet.visible
    _write_cells(worksheet, sheet, styles)
    for column, line in sheet.columns.items():
        one = worksheet.column_dimensions[column_letter(column)]
        one.min = one.max = column
        one.hidden = line.hidden
        if line.size is not None:
            one.width = line.size + 0.71
        if line.style is not None:
            one._style = _array(worksheet.parent, line.style, styles)
    for row, line in sheet.rows.items():
        one = worksheet.row_dimensions[row]
        one.hidden = line.hidden
        if line.size is not None:
            one.height = line.size
        if line.style is not None:
            one._style = _array(worksheet.parent, line.style, styles)
    for merge in sheet.merges:
        worksheet.merged_cells.add(merge.address)
    _write_rules(worksheet, sheet)
    for table in sheet.tables:
        worksheet._tables.add(_written_table(table))
    for chart in sheet.charts:
        original = chart.original
        worksheet.add_chart(original or drawn(chart.described, sheet.name))
    if sheet.filter is not None:
        worksheet.auto_filter.ref = sheet.filter.address
    worksheet.protection.sheet = sheet.is_protected
    _write_view(worksheet, sheet)


def _write_cells(worksheet: Any, sheet: SheetModel, styles: dict[Style, StyleArray]) -> None:
    book, cells = worksheet.parent, worksheet._cells
    anchors = {(one.range.first_row, one.range.first_column): one.range for one in sheet.arrays}
    for at in sorted(sheet.values.keys() | sheet.styles.keys() | sheet.formulas.keys()):
        style = sheet.styles.get(at)
        array = None if style is None else _array(book, style, styles)
        cell = Cell(worksheet, row=at[0], column=at[1], style_array=array)
        formula, value = sheet.formulas.get(at), sheet.values.get(at)
        if formula is not None:
            area = anchors.get(at)
            cell._value = WrittenArray(area.address, formula) if area is not None else formula
            cell.data_type = "f"
        elif isinstance(value, bool):
            cell._value, cell.data_type = value, "b"
        elif isinstance(value, float):
            cell._value, cell.data_type = repr(value), "n"
        elif isinstance(value, ErrorValue):
            cell._value, cell.data_type = value.text, "e"
        elif value is not None:
            cell._value, cell.data_type = _escaped(value), "s"
        cells[at] = cell
    for at, note in sheet.notes.items():
        comment = Comment(note.text, note.author)
        comment.width, comment.height = note.width or 144, note.height or 79
        worksheet.cell(*at).comment = comment
    for at, link in sheet.links.items():
        place = cell_address(*at)
        one = Hyperlink(place, link.place, link.tip, link.display, target=link.address)
        worksheet.cell(*at)._hyperlink = one


def _array(book: Any, style: Style, styles: dict[Style, StyleArray]) -> StyleArray:
    if style not in styles:
        code = style.number_format
        identifier = numbers.BUILTIN_FORMATS_REVERSE.get(code)
        if identifier is None:
            identifier = book._number_formats.add(code) + numbers.BUILTIN_FORMATS_MAX_SIZE
        array = StyleArray()
        array.fontId = book._fonts.add(style.font)
        array.fillId = book._fills.add(style.fill)
        array.borderId = book._borders.add(style.border)
        array.alignmentId = book._alignments.add(style.alignment)
        array.protectionId = book._protections.add(style.protection)
        array.numFmtId = identifier
        array.quotePrefix = int(style.quote_prefix)
        styles[style] = array
    return styles[style]


def _write_rules(worksheet: Any, sheet: SheetModel) -> None:
    worksheet.conditional_formatting = ConditionalFormattingList()
    for rule in sheet.rules:
        places = " ".join(area.address for area in rule.ranges)
        worksheet.conditional_formatting.add(places, copy(rule.content))
    for rule in sheet.validations:
        one: DataValidation = copy(rule.content)
        one.sqref = openpyxl.worksheet.cell_range.MultiCellRange(
            " ".join(area.address for area in rule.ranges)
        )
        worksheet.data_validations.append(one)


def _written_table(table: TableModel) -> Table:
    if table.original is not None:
        one = deepcopy(table.original)
        one.name = one.displayName = table.name
        one.ref = table.range.address
    else:
        one = Table(displayName=table.name, ref=table.range.address)
    one.headerRowCount = table.header_rows
    one.totalsRowCount = table.totals_rows or None
    first, last, rows, columns = table.bands
    if table.style is not None:
        one.tableStyleInfo = TableStyleInfo(table.style, first, last, rows, columns)
    if tuple(column.name for column in one.tableColumns) != table.columns:
        one.tableColumns = []
        one._initialise_columns()
        for column, name in zip(one.tableColumns, table.columns, strict=True):
            column.name = name
    if not table.has_filter or not table.header_rows:
        one.autoFilter = None
    elif one.autoFilter is not None:
        body = table.body
        one.autoFilter.ref = table.range.address if body is None else _filtered(table)
    return one


def _filtered(table: TableModel) -> str:
    area = table.range
    last = cell_address(area.last_row - table.totals_rows, area.last_column)
    return f"{cell_address(area.first_row, area.first_column)}:{last}"


def _write_view(worksheet: Any, sheet: SheetModel) -> None:
    view = sheet.view
    worksheet.freeze_panes = view.freeze
    worksheet.sheet_view.zoomScale = view.zoom
    worksheet.sheet_view.showGridLines = view.gridlines
    if view.tab_colour is not None:
        worksheet.sheet_properties.tabColor = view.tab_colour
    if view.paper is not None:
        worksheet.page_setup.paperSize = view.paper
    worksheet.page_setup.orientation = view.orientation
    if view.fit is not None:
        worksheet.sheet_properties.pageSetUpPr.fitToPage = True
        worksheet.page_setup.fitToWidth, worksheet.page_setup.fitToHeight = view.fit
    worksheet.print_title_rows, worksheet.print_title_cols = view.repeat_rows, view.repeat_columns
    if view.area:
        worksheet.print_area = ",".join(one.rpartition("!")[2] for one in view.area.split(","))


# -- what openpyxl leaves out ---------------------------------------------------------------------


def _complete(path: Path, book: BookModel) -> None:
    """Put in what openpyxl leaves out: results of formulas, order of merges, header and footer."""
    parts = {
        f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(book.sheets, 1)
    }
    has_spills = any(one.is_spill for sheet in book.sheets for one in sheet.arrays)
    finished = path.with_suffix(".finished")
    with (
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(finished, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            sheet = parts.get(entry.filename)
            if sheet is not None and _is_incomplete(sheet):
                content = _completed(content, sheet)
            if has_spills:
                content = with_spills(entry.filename, content)
            target.writestr(entry, content)
        if has_spills:
            target.writestr(METADATA_PART, METADATA)
    finished.replace(path)


def _is_incomplete(sheet: SheetModel) -> bool:
    view = sheet.view
    return bool(sheet.formulas or len(sheet.merges) > 1 or view.header or view.footer)


def _completed(content: bytes, sheet: SheetModel) -> bytes:
    root = etree.fromstring(content)
    places = {cell_address(*at): at for at in sheet.formulas}
    spills = {one.range.address.partition(":")[0] for one in sheet.arrays if one.is_spill}
    for cell in root.iterfind("{*}sheetData/{*}row/{*}c") if places else ():
        at = places.get(cell.get("r"))
        if at is not None:
            _put_result(cell, sheet, at)
    for cell in root.iterfind("{*}sheetData/{*}row/{*}c") if spills else ():
        if cell.get("r") in spills:
            cell.set("cm", "1")
    for merge, area in zip(root.iterfind("{*}mergeCells/{*}mergeCell"), sheet.merges, strict=True):
        merge.set("ref", area.address)
    _put_headers(root, sheet)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _escaped(text: str) -> str:
    """A text without what XML cannot hold."""
    kept = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    return re.sub("[\x00-\x08\x0b-\x1f]", lambda found: f"_x{ord(found[0]):04X}_", kept)


def _put_headers(root: Any, sheet: SheetModel) -> None:
    texts = {"oddHeader": sheet.view.header, "oddFooter": sheet.view.footer}
    if not any(texts.values()):
        return
    before = next(root.iterfind("{*}pageSetup"), None)
    if before is None:
        before = next(root.iterfind("{*}pageMargins"))
    place = etree.Element(
        before.tag.replace("pageSetup", "headerFooter").replace("pageMargins", "headerFooter")
    )
    for name, text in texts.items():
        if text:
            etree.SubElement(place, place.tag.replace("headerFooter", name)).text = text
    before.addnext(place)


def _put_result(cell: Any, sheet: SheetModel, at: CellAt) -> None:
    value = sheet.values.get(at)
    result = cell.find("{*}v")
    if result is None:
        result = etree.SubElement(cell, cell.tag.replace("}c", "}v"))
    cell.attrib.pop("t", None)
    if value is None:
        cell.remove(result)
        return
    kinds = {str: "str", bool: "b", ErrorValue: "e"}
    if type(value) in kinds:
        cell.set("t", kinds[type(value)])
    result.text = repr(value) if isinstance(value, float) else _escaped(text_of(value))
    if isinstance(value, bool):
        result.text = str(int(value))
