"""The part of an Excel table: what it says of its columns, and the same of a table that has grown.

ECMA-376 part 1, 18.5: the names of columns are escaped like cell text, line breaks included.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from xlportfolio.workbook.container.relationships import (
    integer_or,
    parse_xml,
    serialise,
    unescape_text,
)
from xlportfolio.workbook.references import CellRange

_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED_IN_NAMES = re.compile("[\x00-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class TableColumn:
    """A column: its name, and the formula that a new row gets, as stored."""

    name: str
    formula: str | None
    is_array: bool


@dataclass(frozen=True)
class NewColumn:
    """A column to be added: its name, and the formula of all its cells, if they share one."""

    name: str
    formula: str | None = None


class TablePart:
    """A table's part, read.

    Parameters
    ----------
    content
        The part.
    label
        What it is called in messages.

    Attributes
    ----------
    fed_by
        What fills the table from outside, for a sentence; "" where nothing does.
    has_blank_row
        Whether its one row of data stands for none.
    columns
        Its columns, in order.
    """

    def __init__(self, content: bytes, label: str) -> None:
        self._root = parse_xml(content, label)
        self._namespace = etree.QName(self._root).namespace or ""
        self.has_blank_row = self._root.get("insertRow") in ("1", "true")
        elements = self._root.findall("{*}tableColumns/{*}tableColumn")
        self.columns = tuple(_column(element) for element in elements)
        kind = self._root.get("tableType", "worksheet")
        is_mapped = any(element.find("{*}xmlColumnPr") is not None for element in elements)
        self.fed_by = ""
        if kind == "queryTable" or any("queryTableFieldId" in one.attrib for one in elements):
            self.fed_by = "a query"
        elif kind == "xml" or is_mapped:
            self.fed_by = "an XML map"

    def grown(self, cells: CellRange, new: Sequence[NewColumn] = (), *, is_filled: bool) -> bytes:
        """The part of the table once it has grown.

        Parameters
        ----------
        cells
            What it covers now.
        new
            The columns that were added at its right.
        is_filled
            Whether there is data in it.
        """
        root = deepcopy(self._root)
        root.set("ref", cells.address)
        if is_filled:
            root.attrib.pop("insertRow", "")
        for element in root.findall("{*}autoFilter"):
            element.set("ref", cells.address)
        columns = root.find("{*}tableColumns")
        if new and columns is not None:
            last = max((integer_or(one.get("id")) for one in columns), default=0)
            for number, column in enumerate(new, last + 1):
                element = etree.SubElement(columns, f"{{{self._namespace}}}tableColumn")
                element.set("id", str(number))
                element.set("name", escaped_name(column.name))
                if column.formula is not None:
                    child = etree.SubElement(
                        element, f"{{{self._namespace}}}calculatedColumnFormula"
                    )
                    child.text = column.formula
            columns.set("count", str(len(columns.findall("{*}tableColumn"))))
        return serialise(root)


def escaped_name(name: str) -> str:
    """A column's name as its attribute holds it, but for XML's own escapes.

    >>> escaped_name("Cost\\n_x0041_")
    'Cost_x000a__x005F_x0041_'
    """
    text = _LOOKS_ESCAPED.sub("_x005F_", name)
    return _ESCAPED_IN_NAMES.sub(lambda match: f"_x{ord(match[0]):04x}_", text)


def _column(element: etree._Element) -> TableColumn:
    formula = element.find("{*}calculatedColumnFormula")
    text = None if formula is None else (formula.text or "").strip().removeprefix("=")
    is_array = formula is not None and formula.get("array") in ("1", "true")
    return TableColumn(unescape_text(element.get("name", "")), text or None, is_array)
