"""What refers to all rows of a table's columns by address, and to the new rows with them.

Excel does the same when a table grows. Formulas inside the table stay as they are: to a running
total, SUM(B$2:B9) in its last row, the rows below are none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, unescape

from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.relationships import ContentTypes, parse_xml, serialise
from xlportfolio.workbook.editing.formula_reading import read_formulas
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import CellRange, column_number

_BUILTIN_NAME = "_xlnm."
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_FIXED = re.compile(r"\$[0-9]+$")
_CHART_FORMULA = re.compile(rb"(<(?:[\w.-]+:)?f(?:\s[^<>]*)?>)([^<>]*)(?=</)")
_CHART_TYPES = (
    "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "application/vnd.ms-office.chartex+xml",
)
_RULE = rb"(?:f|formula[12]?)"
_MOST_HELD = 4 << 20


@dataclass(frozen=True)
class GrownColumns:
    """The columns of a table to which rows were added.

    Attributes
    ----------
    sheet
        The name of its sheet.
    data
        The rows that it had.
    last_row
        The last row that it has now.
    """

    sheet: str
    data: CellRange
    last_row: int

    def extended(
        self, formula: str, on_sheet: str | None = None, *, only_fixed: bool = False
    ) -> str:
        """A formula whose references to all data rows of columns of the table have the new ones.

        Parameters
        ----------
        formula
            As stored, without "=".
        on_sheet
            The sheet of references that name none; without it these stay.
        only_fixed
            Leave references whose rows are relative, which mean something else in each cell.

        Examples
        --------
        >>> costs = GrownColumns("Plan", CellRange.parse("A2:C9"), 12)
        >>> costs.extended("SUM(Plan!$B$2:$B$9)-SUM(Plan!B2:B8)")
        'SUM(Plan!$B$2:$B$12)-SUM(Plan!B2:B8)'
        """
        if str(self.data.last_row) not in formula:
            return formula
        tokens = [("other", ""), ("other", ""), *formula_tokens(formula), ("other", "")]
        texts = [text for _, text in tokens]
        for at in range(2, len(tokens) - 3):
            if texts[at + 1] != ":" or ":" in (texts[at - 1], texts[at + 3]):
                continue
            first, last = _CELL.fullmatch(texts[at]), _CELL.fullmatch(texts[at + 2])
            if first is None or last is None or not self._is_whole(first, last):
                continue
            if only_fixed and not (_FIXED.search(first[0]) and _FIXED.search(last[0])):
                continue
            sheet = on_sheet
            if texts[at - 1].endswith("!"):
                # Of another workbook, or through several sheets.
                is_plain = tokens[at - 2][0] != "bracket" and texts[at - 2] != ":"
                sheet = _unquoted(texts[at - 1]) if is_plain else None
            if sheet is not None and sheet.casefold() == self.sheet.casefold():
                texts[at + 2] = texts[at + 2][: -len(last[2])] + str(self.last_row)
        return "".join(texts)

    def _is_whole(self, first: re.Match[str], last: re.Match[str]) -> bool:
        data = self.data
        return (int(first[2]), int(last[2])) == (data.first_row, data.last_row) and (
            data.first_column
            <= column_number(first[1])
            <= column_number(last[1])
            <= data.last_column
        )


def extend_names(index: WorkbookIndex, grown: GrownColumns) -> bool:
    """Extend the references of defined names; Excel's own names, such as print areas, stay.

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


def extend_tables(index: WorkbookIndex, grown: GrownColumns, part: str) -> None:
    """Extend the formulas that other tables keep for their columns and totals.

    Parameters
    ----------
    index
        The workbook.
    grown
        What grew.
    part
        The part of the table that did, which stays as it is.
    """
    package = index.package
    for sheet in index.sheets:
        for table in index.tables(sheet.name):
            if table.part == part:
                continue
            root = parse_xml(package.read(table.part), package.label(table.part))
            changed = False
            for name in ("calculatedColumnFormula", "totalsRowFormula"):
                for element in root.iterfind(f".//{{*}}{name}"):
                    text = element.text or ""
                    new = grown.extended(text, sheet.name)
                    if new != text:
                        element.text, changed = new, True
            if changed:
                package.write(table.part, serialise(root))


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
            text = unescape(match[2].decode(), {"&apos;": "'", "&quot;": '"'})
        except UnicodeDecodeError:
            return match[0]
        new = grown.extended(text)
        return match[0] if new == text else match[1] + escape(new).encode()

    for part in package.names:
        if types.type_of(part) in _CHART_TYPES:
            content = package.read(part)
            new = _CHART_FORMULA.sub(extended, content)
            if new != content:
                package.write(part, new)


def extended_formulas(
    index: WorkbookIndex,
    sheet: SheetEntry,
    shared_strings: Sequence[str],
    grown: Sequence[GrownColumns],
) -> dict[tuple[int, int], str]:
    """The formulas of a sheet that refer to all rows of tables that grew, and what they become.

    Parameters
    ----------
    index, sheet
        The sheet, in the file as it was before the tables grew.
    shared_strings
        The workbook's shared texts.
    grown
        What grew.

    Raises
    ------
    WorkbookError
        If the sheet is damaged.
    """
    package = index.package
    if not _may_end_in(package.chunks(sheet.part), {one.data.last_row for one in grown}, b"f"):
        return {}
    found = {}
    for one in read_formulas(package, index, sheet, shared_strings):
        text = one.text
        for table in grown:
            is_inside = sheet.name == table.sheet and table.data.contains(one.row, one.column)
            if not is_inside:
                text = table.extended(text, sheet.name)
        if text != one.text and one.kind != "table":
            found[one.row, one.column] = text
    return found


def may_have_rules_for(
    index: WorkbookIndex, sheet: SheetEntry, grown: Sequence[GrownColumns]
) -> bool:
    """Whether a conditional format or a validation of a sheet may refer to tables that grew.

    Parameters
    ----------
    index, sheet
        The sheet.
    grown
        What grew.
    """
    return _may_end_in(
        index.package.chunks(sheet.part), {one.data.last_row for one in grown}, _RULE
    )


def _may_end_in(chunks: Iterable[bytes], rows: set[int], tags: bytes) -> bool:
    """Whether a formula may name a range that ends in one of the rows.

    Wrong only where it says so: what cannot be told from the bytes alone counts as well.
    """
    numbers = b"|".join(str(row).encode() for row in sorted(rows))
    end_of_range = rb":\$?[A-Za-z]{1,3}\$?(?:%b)(?![0-9])" % numbers
    formula = rb"<(?:[^\s<>/:]{1,64}:)?%b(?:\s[^<>]*)?>[^<]*?" % tags + end_of_range
    pattern = re.compile(formula + rb"|<!|\0|&#")
    held = b""
    for chunk in chunks:
        held += chunk
        if pattern.search(held) or len(held) > _MOST_HELD:
            return True
        held = held[max(held.rfind(b"<"), 0) :]  # a formula may have arrived in part
    return False


def _unquoted(sheet: str) -> str:
    name = sheet.removesuffix("!")
    if len(name) >= 2 and name[0] == name[-1] == "'":
        name = name[1:-1].replace("''", "'")
    return name
