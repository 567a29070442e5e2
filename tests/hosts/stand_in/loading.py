"""Read an .xlsx as Excel would hold it: the cells from the XML, all else with openpyxl."""

from __future__ import annotations

import hashlib
import posixpath
import re
import warnings
import zipfile
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.utils.escape import unescape
from openpyxl.xml.functions import tostring

from tests.hosts.stand_in.charts import described
from tests.hosts.stand_in.formulas import shifted
from tests.hosts.stand_in.model import (
    PLAIN_LINE,
    ArrayFormula,
    BookModel,
    CellAt,
    ChartModel,
    ErrorValue,
    Line,
    Link,
    NameModel,
    NoteText,
    Rule,
    SheetModel,
    Stored,
    TableModel,
    View,
)
from tests.hosts.stand_in.rules import rule_text, validation_text
from tests.hosts.stand_in.styles import PLAIN, Style, style_of
from xlportfolio.workbook.references import CellRange, parse_cell, quote_sheet

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELLS = re.compile(rb"<(\w+:)?sheetData(?:\s[^>]*)?(?<!/)>.*</(?:\w+:)?sheetData>", re.DOTALL)
_STRINGS = "xl/sharedStrings.xml"
_NO_STRINGS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'


def load(path: Path) -> BookModel:
    """Open a workbook; a file that was read before is not read again."""
    content = path.read_bytes()
    book = _load(hashlib.sha256(content).hexdigest(), _Content(content)).copy()
    book.name, book.path = path.name, str(path)
    return book


class _Content:
    """Bytes that are no part of the key under which what was read is kept."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=32)
def _load(_digest: str, content: _Content) -> BookModel:
    with zipfile.ZipFile(BytesIO(content.data)) as package:
        parts = _sheet_parts(package)
        source = _opened(package, set(parts.values()))
        book = BookModel("", uses_1904=source.epoch.year == 1904)
        book.structure_is_protected = bool(source.security and source.security.lockStructure)
        styles = [PLAIN, *(_style(source, array) for array in source._cell_styles[1:])]
        strings = _shared_strings(package)
        for worksheet in source.worksheets:
            sheet = _sheet(worksheet)
            _read_cells(package, parts[worksheet.title], sheet, strings, styles)
            book.sheets.append(sheet)
    book.names = _names(source, book)
    active = source.active.title if source.active is not None else None
    book.active = next((i for i, one in enumerate(book.sheets) if one.name == active), 0)
    content.data = b""
    return book


def _opened(package: zipfile.ZipFile, sheets: set[str]) -> Any:
    """The workbook as openpyxl reads it, without its cells, which would take it long."""
    light = BytesIO()
    with zipfile.ZipFile(light, "w") as target:
        for entry in package.infolist():
            part = package.read(entry)
            if entry.filename in sheets:
                part = _CELLS.sub(rb"<\1sheetData/>", part)
            elif entry.filename == _STRINGS:
                part = _NO_STRINGS
            target.writestr(entry.filename, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what openpyxl does not keep
        return openpyxl.load_workbook(light)


# -- cells ---------------------------------------------------------------------------------------


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """The part of each worksheet by its name."""
    main = "xl/workbook.xml"
    links = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): str(one.get("Target")) for one in links}
    root = etree.fromstring(package.read(main))
    return {
        str(one.get("name")): posixpath.normpath(
            posixpath.join("/xl", targets[one.get(_RELATION)])
        ).lstrip("/")
        for one in root.iterfind("{*}sheets/{*}sheet")
    }


def _shared_strings(package: zipfile.ZipFile) -> list[str]:
    if _STRINGS not in package.namelist():
        return []
    root = etree.fromstring(package.read(_STRINGS))
    return [_joined(item) for item in root.iterfind("{*}si")]


def _joined(item: Any) -> str:
    """The text of a string, its runs joined, without what helps to pronounce it."""
    texts = []
    for child in item:
        name = _local(child)
        if name == "t":
            texts.append(child.text or "")
        elif name == "r":
            texts.extend(t.text or "" for t in child.iterfind("{*}t"))
    return str(unescape("".join(texts)))


def _read_cells(
    package: zipfile.ZipFile,
    part: str,
    sheet: SheetModel,
    strings: list[str],
    styles: list[Style],
) -> None:
    shared: dict[str, tuple[CellAt, str]] = {}
    tags = ("{*}c", "{*}row", "{*}mergeCell", "{*}oddHeader", "{*}oddFooter")
    with package.open(part) as stream:
        for _event, element in etree.iterparse(stream, tag=tags):
            name = _local(element)
            if name != "c":
                _read_other(name, element, sheet, styles)
                continue
            at = parse_cell(element.get("r"))
            style = styles[int(element.get("s", "0"))]
            if style is not PLAIN:
                sheet.styles[at] = style
            _read_cell(element, at, sheet, strings, shared)
            element.clear()


def _read_other(name: str, element: Any, sheet: SheetModel, styles: list[Style]) -> None:
    if name == "row":
        style = styles[int(element.get("s", "0"))] if element.get("customFormat") == "1" else PLAIN
        size = float(element.get("ht")) if element.get("ht") else None
        is_hidden = element.get("hidden") in ("1", "true")
        line = Line(size, is_hidden, None if style is PLAIN else style)
        if line != PLAIN_LINE:
            sheet.rows[int(element.get("r"))] = line
        element.clear()
    elif name == "mergeCell":
        sheet.merges.append(CellRange.parse(element.get("ref")))
    else:
        sheet.view = replace(sheet.view, **{name.removeprefix("odd").lower(): element.text})


def _read_cell(
    element: Any,
    at: CellAt,
    sheet: SheetModel,
    strings: list[str],
    shared: dict[str, tuple[CellAt, str]],
) -> None:
    kind, text, inline, formula = element.get("t", "n"), None, None, None
    for child in element:
        name = _local(child)
        if name == "v":
            text = child.text
        elif name == "is":
            inline = _joined(child)
        elif name == "f":
            formula = child
    value = inline if kind == "inlineStr" else _value(kind, text, strings)
    if value is not None and (value != "" or formula is not None):
        sheet.values[at] = value
    if formula is None:
        return
    kind = formula.get("t", "normal")
    if kind == "shared":
        if formula.text:
            shared[formula.get("si")] = (at, "=" + formula.text)
        sheet.formulas[at] = shifted(shared[formula.get("si")][1], shared[formula.get("si")][0], at)
    elif formula.text:
        sheet.formulas[at] = "=" + formula.text
    if kind in ("array", "dataTable"):
        area = CellRange.parse(formula.get("ref") or element.get("r"))
        is_spill = element.get("cm") is not None
        sheet.arrays.append(ArrayFormula(area, is_spill))


def _value(kind: str, text: str | None, strings: list[str]) -> Stored | None:
    if text is None:
        return "" if kind == "str" else None
    if kind == "s":
        return strings[int(text)]
    if kind == "str":
        return str(unescape(text))
    if kind == "b":
        return text.strip() in ("1", "true")
    if kind == "e":
        return ErrorValue(text)
    return float(text)


# -- styles, names and what lies over the cells --------------------------------------------------


def _style(source: Any, array: Any) -> Style:
    """A style; the usual font of a workbook is the one of every workbook here."""
    numbers = openpyxl.styles.numbers
    identifier = array.numFmtId
    code = (
        source._number_formats[identifier - numbers.BUILTIN_FORMATS_MAX_SIZE]
        if identifier >= numbers.BUILTIN_FORMATS_MAX_SIZE
        else numbers.BUILTIN_FORMATS.get(identifier, "General")
    )
    return style_of(
        code,
        None if array.fontId == source._cell_styles[0].fontId else source._fonts[array.fontId],
        source._fills[array.fillId],
        source._borders[array.borderId],
        source._alignments[array.alignmentId],
        source._protections[array.protectionId],
        bool(array.quotePrefix),
    )


def _names(source: Any, book: BookModel) -> list[NameModel]:
    found = [
        NameModel(one.name, one.attr_text or "", None, bool(one.hidden))
        for one in source.defined_names.values()
    ]
    for worksheet, sheet in zip(source.worksheets, book.sheets, strict=True):
        found += [
            NameModel(one.name, one.attr_text or "", sheet, bool(one.hidden))
            for one in worksheet.defined_names.values()
        ]
        for kind, text in (
            ("Print_Area", _print_area(worksheet)),
            ("Print_Titles", worksheet.print_titles),
        ):
            if text:
                found.append(NameModel(kind, text, sheet))
    return found


def _print_area(worksheet: Any) -> str:
    area = worksheet.print_area
    if not area:
        return ""
    areas = area if isinstance(area, list) else str(area).split(",")
    own = f"{quote_sheet(worksheet.title)}!"
    return ",".join(one if "!" in one else own + one for one in areas)


def _ranges(text: Any) -> tuple[CellRange, ...]:
    return tuple(CellRange.parse(one) for one in str(text).split())


def _sheet(worksheet: Any) -> SheetModel:
    sheet = SheetModel(worksheet.title, worksheet.sheet_state)
    _read_columns(worksheet, sheet)
    for formatting in worksheet.conditional_formatting:
        for rule in formatting.rules:
            sheet.rules.append(Rule(_ranges(formatting.sqref), rule, rule_text(rule)))
    for rule in worksheet.data_validations.dataValidation:
        sheet.validations.append(Rule(_ranges(rule.sqref), rule, validation_text(rule)))
    for at, cell in sorted(worksheet._cells.items()):
        note, link = cell.comment, cell.hyperlink
        if note is not None:
            sheet.notes[at] = NoteText(note.content, note.author or "", note.width, note.height)
        if link is not None:
            sheet.links[at] = Link(link.target, link.location, link.tooltip, link.display)
    sheet.tables = [_table(one) for one in worksheet.tables.values()]
    for number, chart in enumerate(worksheet._charts, 1):
        ours = described(chart)
        text = tostring(chart._write()).decode() if ours is None else repr(ours)
        sheet.charts.append(ChartModel(f"Chart {number}", ours, text, chart))
    sheet.view = _view(worksheet)
    if worksheet.auto_filter.ref:
        sheet.filter = CellRange.parse(worksheet.auto_filter.ref)
        sheet.is_filtering = bool(worksheet.auto_filter.filterColumn)
    filters = [table.original.autoFilter for table in sheet.tables]
    sheet.is_filtering |= any(one is not None and one.filterColumn for one in filters)
    sheet.is_protected = bool(worksheet.protection.sheet)
    return sheet


def _read_columns(worksheet: Any, sheet: SheetModel) -> None:
    for letter, one in worksheet.column_dimensions.items():
        first = one.min or openpyxl.utils.column_index_from_string(letter)
        size = one.width - 0.71 if one.customWidth else None
        line = Line(size, bool(one.hidden), _line_style(worksheet, one))
        if line != PLAIN_LINE:
            for column in range(first, (one.max or first) + 1):
                sheet.columns[column] = line


def _line_style(worksheet: Any, line: Any) -> Style | None:
    if not line.has_style:
        return None
    style = _style(worksheet.parent, line._style)
    return None if style is PLAIN else style


def _table(one: Any) -> TableModel:
    info = one.tableStyleInfo
    bands = (False, False, False, False)
    if info is not None:
        bands = (
            bool(info.showFirstColumn),
            bool(info.showLastColumn),
            bool(info.showRowStripes),
            bool(info.showColumnStripes),
        )
    return TableModel(
        one.displayName,
        CellRange.parse(one.ref),
        tuple(column.name for column in one.tableColumns),
        1 if one.headerRowCount is None else one.headerRowCount,
        one.totalsRowCount or 0,
        info.name if info is not None else None,
        bands,
        one.autoFilter is not None,
        one,
    )


def _view(worksheet: Any) -> View:
    shown, setup = worksheet.sheet_view, worksheet.page_setup
    fits = worksheet.sheet_properties.pageSetUpPr
    colour = worksheet.sheet_properties.tabColor
    return View(
        freeze=worksheet.freeze_panes,
        zoom=shown.zoomScale or 100,
        gridlines=shown.showGridLines is not False,
        tab_colour=str(colour.rgb)[-6:] if colour is not None else None,
        paper=str(setup.paperSize) if setup.paperSize else None,
        orientation=setup.orientation,
        fit=(setup.fitToWidth, setup.fitToHeight) if fits is not None and fits.fitToPage else None,
        repeat_rows=worksheet.print_title_rows,
        repeat_columns=worksheet.print_title_cols,
        area=_print_area(worksheet) or None,
    )


def column_names(sheet: SheetModel, area: CellRange) -> tuple[str, ...]:
    """The names that the columns of a table have: the texts of its first row."""
    found = []
    for number, column in enumerate(range(area.first_column, area.last_column + 1), 1):
        value = sheet.values.get((area.first_row, column))
        found.append(f"Column{number}" if value in (None, "") else text_of(value))
    return tuple(found)


def text_of(value: Stored | None) -> str:
    """A value as the formula bar shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = f"{value:.15g}"
        return text.upper() if "e" in text else text
    return value.text if isinstance(value, ErrorValue) else value
