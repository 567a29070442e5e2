"""The lint's rules for one sheet: rows, cells, formulas, merges, and the order of its elements."""

from __future__ import annotations

import bisect
import itertools
from functools import lru_cache
from xml.parsers.expat import ExpatError

from lxml import etree

from xlportfolio.errors import InputError
from xlportfolio.workbook.lint.package_rules import (
    SPREADSHEET,
    UNREADABLE,
    LintedPackage,
    lint_relationship_uses,
)
from xlportfolio.workbook.lint.proof import UnusualError
from xlportfolio.workbook.lint.sheet_facts import SheetFacts, unescaped
from xlportfolio.workbook.lint.usual_rows import UsualRows
from xlportfolio.workbook.references import (
    CellRange,
    cell_address,
    column_within_row,
    parse_cell,
)

# Excel specifications and limits.
LONGEST_TEXT = 32_767
LONGEST_FORMULA = 8_192
LONGEST_LIST = 255
MOST_LINKS = 65_530

# CT_Worksheet, ECMA-376 part 1, 18.3.1.99 and annex A.2.
_WORKSHEET_ORDER = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
    "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
    "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins "
    "pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors "
    "smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls "
    "webPublishItems tableParts extLst"
)
_REPEATED = ("cols", "conditionalFormatting", "fileRecoveryPr")


def lint_sheet(
    package: LintedPackage, part: str, kept_rows: frozenset[int], *, keeps_formulas: bool
) -> SheetFacts:
    """Stream a sheet's rows and check them.

    Parameters
    ----------
    package : findings are added to it
    part : the sheet's part
    kept_rows : rows whose texts are wanted, such as the header rows of tables
    keeps_formulas : whether it is wanted which cells hold formulas
    """
    scan = _SheetScan(package, part, kept_rows, keeps_formulas=keeps_formulas)
    if (root := _usual_root(package, part, scan.facts, kept_rows, keeps_formulas)) is not None:
        scan.finish(root)
        return scan.facts
    scan = _SheetScan(package, part, kept_rows, keeps_formulas=keeps_formulas)
    for element in package.elements(part, "row"):
        if _name(element) == "row":
            scan.row(element)
        else:
            scan.finish(element)
    return scan.facts


def _usual_root(
    package: LintedPackage,
    part: str,
    facts: SheetFacts,
    kept_rows: frozenset[int],
    keeps_formulas: bool,
) -> etree._Element | None:
    """Check rows in bytes, and give what stands around them; None where there may be findings."""
    rows = UsualRows(facts, kept_rows, keeps_formulas=keeps_formulas)
    try:
        with package.open(part) as stream:
            return rows.read(stream)
    except (UnusualError, ExpatError, *UNREADABLE):
        return None


def lint_element_order(package: LintedPackage, part: str, root: etree._Element, order: str) -> None:
    """Check that an element's children stand in the order of the schema, each once.

    Excel calls a sheet damaged when, say, `tableParts` stands before `drawing`.
    """
    names, position = order.split(), -1
    for name in _children_in_effect(root):
        if name not in names:
            continue
        index = names.index(name)
        if index < position:
            package.report("element-order", part, f"<{name}> stands after <{names[position]}>")
        elif index == position and name not in _REPEATED:
            package.report("element-order", part, f"<{name}> stands there twice")
        position = max(position, index)


class _SheetScan:
    """The state of one sheet's check while its rows pass."""

    def __init__(
        self,
        package: LintedPackage,
        part: str,
        kept_rows: frozenset[int],
        *,
        keeps_formulas: bool,
    ) -> None:
        self.facts = SheetFacts()
        self._package = package
        self._part = part
        self._kept_rows = kept_rows
        self._keeps_formulas = keeps_formulas
        self._row = 0
        self._bounds: list[int] | None = None
        self._known_styles: set[str] = set()

    def _report(self, rule: str, message: str, cell: str | None = None) -> None:
        self._package.report(rule, self._part, message, cell)

    def row(self, element: etree._Element) -> None:
        number = _integer(element.get("r"), self._row + 1)
        if number is None or not 1 <= number <= 1_048_576:
            self._report("row-number", f'a row is numbered "{element.get("r")}"')
            return
        if number <= self._row:
            self._report("row-order", f"row {number} stands after row {self._row}")
        self._row = number
        self._style(element.get("s"), f"{number}:{number}")
        column, text = 0, str(number)
        for cell in element:
            if _name(cell) == "c":
                column = self._cell(cell, number, text, column)

    def _cell(self, element: etree._Element, row: int, row_text: str, previous: int) -> int:
        reference = element.get("r")
        column = previous + 1
        if reference is not None:
            its_column = column_within_row(reference, row_text)
            if its_column is None:
                try:
                    its_column = parse_cell(reference)[1]
                except InputError:
                    self._report("cell-address", f'a cell of row {row} calls itself "{reference}"')
                    return previous
                self._report("cell-row", f"the cell stands in row {row}", reference)
            column = its_column
        address = reference or cell_address(row, column)
        if column <= previous:
            self._report(
                "cell-order", f"the cell stands after {cell_address(row, previous)}", address
            )
        self._style(element.get("s"), address)
        if len(element):
            self._content(element, row, column, address)
        return column

    def _content(self, element: etree._Element, row: int, column: int, address: str) -> None:
        self._widen(row, column)
        kind = element.get("t", "n")
        value = formula = None
        for child in element:
            name = _name(child)
            if name == "v":
                value = child.text or ""
            elif name == "f":
                formula = child
            elif name == "is":
                text = _rich_text(child)
                self._text_length(text, address)
                if row in self._kept_rows:
                    self.facts.texts[row, column] = unescaped(text)
        if formula is not None:
            self._formula(formula, row, column, address)
        if value is not None:
            self._value(kind, value, row, column, address)

    def _value(self, kind: str, value: str, row: int, column: int, address: str) -> None:
        if kind == "s":
            index = _integer(value, None)
            if index is None or index < 0:
                self._report("shared-string", f'it names shared string "{value}"', address)
                return
            if index > self.facts.highest_string[0]:
                self.facts.highest_string = (index, address)
            if row in self._kept_rows:
                self.facts.shared_texts[row, column] = index
        elif kind == "n":
            try:
                float(value or 0)
            except ValueError:
                self._report("number", f'"{value[:40]}" is not a number', address)
        elif kind == "b":
            if value.strip() not in ("0", "1", "true", "false"):
                self._report("truth-value", f'"{value[:40]}" is neither 0 nor 1', address)
        elif kind == "e":
            if not value.startswith("#"):
                self._report("error-value", f'"{value[:40]}" is not an error value', address)
        elif kind == "str":
            self._text_length(value, address)
            if row in self._kept_rows:
                self.facts.texts[row, column] = unescaped(value)
        elif kind not in ("inlineStr", "d"):
            self._report("cell-type", f'there is no type "{kind}"', address)

    def _formula(self, element: etree._Element, row: int, column: int, address: str) -> None:
        if self._keeps_formulas:
            self.facts.formulas.add(row, column)
        text = element.text or ""
        if text.lstrip().startswith("="):
            self._report("formula-equals", 'the stored formula starts with "="', address)
        if len(text) > LONGEST_FORMULA and len(unescaped(text)) > LONGEST_FORMULA:
            self._report("formula-length", f"its formula has {len(text):,} characters", address)
        if element.get("t") == "shared":
            index = element.get("si", "")
            if element.get("ref") is not None or text:
                self.facts.first_cell_of.add(index)
                cells = self._range(element.get("ref") or address, "formula-range", address)
                if cells is not None and not cells.contains(row, column):
                    self._report(
                        "formula-range", f"it shares its formula with {cells.address}", address
                    )
            else:
                self.facts.followers.setdefault(index, address)

    def _text_length(self, text: str, address: str) -> None:
        # An escape stands for one character.
        if len(text) > LONGEST_TEXT and len(unescaped(text)) > LONGEST_TEXT:
            self._report("text-length", f"its text has {len(text):,} characters", address)

    def _style(self, style: str | None, address: str) -> None:
        if style is None or style in self._known_styles:
            return
        self._known_styles.add(style)
        number = _integer(style, None)
        if number is None or number < 0:
            self._report("style-index", f'it names style "{style}"', address)
        elif number > self.facts.highest_style[0]:
            self.facts.highest_style = (number, address)

    def _widen(self, row: int, column: int) -> None:
        bounds = self._bounds
        if bounds is None:
            self._bounds = [row, column, row, column]
        else:
            bounds[0] = min(bounds[0], row)
            bounds[1] = min(bounds[1], column)
            bounds[2] = max(bounds[2], row)
            bounds[3] = max(bounds[3], column)

    def _range(self, text: str, rule: str, cell: str | None = None) -> CellRange | None:
        try:
            return CellRange.parse(text)
        except InputError:
            self._report(rule, f'"{text}" is not a range', cell)
            return None

    # -- what stands around the cells

    def finish(self, root: etree._Element) -> None:
        if self._bounds is not None:
            self.facts.used = CellRange(*self._bounds)
        for index, address in self.facts.followers.items():
            if index not in self.facts.first_cell_of:
                self._report(
                    "shared-formula", f"no cell holds the formula {index} that it shares", address
                )
        lint_element_order(self._package, self._part, root, _WORKSHEET_ORDER)
        lint_relationship_uses(self._package, self._part, root)
        self._dimension(root)
        self._columns(root)
        self._merges(root)
        self._validations(root)
        for name in ("conditionalFormatting", "dataValidations/{*}dataValidation"):
            for element in root.iterfind(f"{{*}}{name}"):
                for cells in (element.get("sqref") or "?").split():
                    self._range(cells, "cell-range")
        n_links = len(root.findall("{*}hyperlinks/{*}hyperlink"))
        if n_links > MOST_LINKS:
            self._report("link-count", f"{n_links:,} links stand on it; at most {MOST_LINKS:,} do")
        for rule in root.iter("{*}cfRule"):
            number = _integer(rule.get("dxfId"), None)
            if number is not None:
                self.facts.differential_styles.append(number)

    def _dimension(self, root: etree._Element) -> None:
        element = root.find("{*}dimension")
        if element is None:
            return
        cells = self._range(element.get("ref", ""), "dimension")
        used = self.facts.used
        if cells is None or used is None:
            return
        covers = cells.contains(used.first_row, used.first_column) and cells.contains(
            used.last_row, used.last_column
        )
        if not covers:
            self._report("dimension", f"it says {cells.address} but cells fill {used.address}")

    def _columns(self, root: etree._Element) -> None:
        last = 0
        for column in root.iterfind("{*}cols/{*}col"):
            first, end = _integer(column.get("min"), None), _integer(column.get("max"), None)
            self._style(column.get("style"), f"column {first}")
            if first is None or end is None or not last < first <= end <= 16_384:
                self._report("column-order", f"columns {first} to {end} stand after {last}")
            last = max(last, end or 0)

    def _validations(self, root: etree._Element) -> None:
        for validation in root.iterfind("{*}dataValidations/{*}dataValidation"):
            choices = validation.findtext("{*}formula1") or ""
            if validation.get("type") == "list" and choices.startswith('"'):
                n_characters = len(choices) - 2
                if n_characters > LONGEST_LIST:
                    self._report(
                        "validation-length",
                        f"a list of {n_characters} characters is offered; at most {LONGEST_LIST} "
                        "are",
                        validation.get("sqref"),
                    )

    def _merges(self, root: etree._Element) -> None:
        merges = sorted(
            cells
            for merge in root.iterfind("{*}mergeCells/{*}mergeCell")
            if (cells := self._range(merge.get("ref", ""), "merge-range")) is not None
        )
        for one, other in overlapping(merges):
            self._report("merge-overlap", f"it overlaps the merged {other.address}", one.address)


def overlapping(ranges: list[CellRange]) -> list[tuple[CellRange, CellRange]]:
    """Find ranges that share cells with an earlier one, among ranges sorted by their first rows."""
    found = []
    # What reaches down to the present row, by its first column; none of these overlap.
    starts, reaching = list[int](), list[CellRange]()
    for cells in ranges:
        at = bisect.bisect_right(starts, cells.last_column)
        while at and reaching[at - 1].last_row < cells.first_row:
            at -= 1
            del starts[at], reaching[at]
        if at and reaching[at - 1].last_column >= cells.first_column:
            found.append((cells, reaching[at - 1]))
        else:
            starts.insert(at, cells.first_column)
            reaching.insert(at, cells)
    return found


def _children_in_effect(root: etree._Element) -> list[str]:
    """Name the children, looking through mc:AlternateContent at its first choice."""
    names = []
    for child in root:
        name = _name(child)
        if name == "AlternateContent":
            chosen = itertools.islice(child.iterfind("{*}Choice"), 1)
            names += [_name(inner) for choice in chosen for inner in choice]
        elif name and etree.QName(child).namespace in SPREADSHEET:
            names.append(name)
    return names


def _rich_text(element: etree._Element) -> str:
    """Join the runs of a text, without its phonetic hints."""
    return "".join(
        text.text or ""
        for text in element.iter("{*}t")
        if (parent := text.getparent()) is None or _name(parent) != "rPh"
    )


def _name(element: etree._Element) -> str:
    """Give the local name; "" for comments and processing instructions."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1_000)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _integer(text: str | None, missing: int | None) -> int | None:
    if text is None:
        return missing
    try:
        return int(text)
    except ValueError:
        return None
