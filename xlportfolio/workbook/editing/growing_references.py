"""Names and charts that refer to all rows of a table's columns, and to the new ones with them."""

from __future__ import annotations

import re
from xml.sax.saxutils import unescape

from xlportfolio.errors import InputError
from xlportfolio.workbook.container.opc import ContentTypes, WorkbookIndex, parse_xml, serialise
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.references import CellRange, split_reference

_BUILTIN_NAME = "_xlnm."
_AREA = re.compile(r".*!\$?[A-Za-z]{1,3}\$?[0-9]+:\$?[A-Za-z]{1,3}\$?(?=[0-9]+$)", re.DOTALL)
_CHART_FORMULA = re.compile(rb"(<(?:[\w.-]+:)?f(?:\s[^<>]*)?>)([^<>]*)(?=</)")
_CHART_TYPES = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.ms-office.chartex+xml",
)


class GrownColumns:
    """The columns of a table to which rows were added.

    Parameters
    ----------
    sheet
        The name of its sheet.
    data
        The rows that it had.
    last_row
        The last row that it has now.
    """

    def __init__(self, sheet: str, data: CellRange, last_row: int) -> None:
        self._sheet, self._data, self._last_row = sheet.casefold(), data, last_row

    def extended(self, text: str) -> str:
        """A reference with the new rows, if it is to all data rows of columns of the table."""
        match = _AREA.match(text)
        if match is None:
            return text
        try:
            sheet, cells = split_reference(text)
        except InputError:
            return text
        data = self._data
        is_whole = sheet.casefold() == self._sheet and (cells.first_row, cells.last_row) == (
            data.first_row,
            data.last_row,
        )
        is_within = (
            data.first_column <= cells.first_column and cells.last_column <= data.last_column
        )
        return f"{match[0]}{self._last_row}" if is_whole and is_within else text


def extend_names(index: WorkbookIndex, grown: GrownColumns) -> bool:
    """Extend the defined names that are such references; Excel's own, such as print areas, stay.

    Parameters
    ----------
    index
        The workbook, which the caller reads anew if this is True.
    grown
        What grew.

    Returns
    -------
    whether a name was
    """
    package = index.package
    root = parse_xml(package.read(index.part), package.label(index.part))
    changed = False
    for element in root.iterfind("{*}definedNames/{*}definedName"):
        text = (element.text or "").strip()
        new = grown.extended(text)
        if new != text and not element.get("name", "").startswith(_BUILTIN_NAME):
            element.text, changed = new, True
    if changed:
        package.write(index.part, serialise(root))
    return changed


def extend_charts(package: Package, grown: GrownColumns) -> None:
    """Extend the references of charts; nothing else of their parts changes.

    What a chart keeps of the values is read anew by Excel when it opens the workbook.

    Parameters
    ----------
    package
        The workbook.
    grown
        What grew.
    """
    types = ContentTypes.load(package)

    def extended(match: re.Match[bytes]) -> bytes:
        try:
            text = match[2].decode()
        except UnicodeDecodeError:
            return match[0]
        plain = unescape(text, {"&apos;": "'", "&quot;": '"'})
        new = grown.extended(plain)
        if new == plain:
            return match[0]
        digits = len(plain) - len(plain.rstrip("0123456789"))
        return match[1] + f"{text[:-digits]}{new[len(plain) - digits :]}".encode()

    for part in package.names:
        if types.type_of(part) in _CHART_TYPES:
            content = package.read(part)
            new = _CHART_FORMULA.sub(extended, content)
            if new != content:
                package.write(part, new)
