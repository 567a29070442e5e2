"""Every formula of a sheet, read in one pass: what it says, what it fills, what it gave last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.workbook.container.opc import SheetEntry, WorkbookIndex
from xlportfolio.workbook.container.package import Package
from xlportfolio.workbook.container.part_pass import PartPass
from xlportfolio.workbook.container.relationships import integer_or, parse_xml
from xlportfolio.workbook.container.sheet_pass import MAX_CELLS
from xlportfolio.workbook.editing.cached_forms import parse_cached
from xlportfolio.workbook.editing.formulas import LONGEST_FORMULA
from xlportfolio.workbook.editing.sharedformulas import SharedText
from xlportfolio.workbook.formula_cells import Cached, FormulaCell
from xlportfolio.workbook.references import (
    LAST_ROW,
    CellRange,
    cell_address,
    column_within_row,
)

MAX_FORMULA = 8 * LONGEST_FORMULA
MAX_FORMULA_CHARACTERS = 256 << 20
"""Of all formulas of a sheet: a short file can share one long formula a million times."""

_DYNAMIC = "{http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray}"


def read_formulas(
    package: Package, index: WorkbookIndex, sheet: SheetEntry, shared_strings: Sequence[str]
) -> list[FormulaCell]:
    """Read the formulas of one worksheet, in the order of its rows.

    Parameters
    ----------
    package, index, sheet
        The sheet, and the workbook that it is in.
    shared_strings
        The workbook's shared texts.

    Raises
    ------
    WorkbookError
        If the sheet is damaged, or its formulas would not fit into memory.
    """
    return _FormulaPass(package, index, sheet, shared_strings).run()


def dynamic_array_marks(package: Package, index: WorkbookIndex) -> frozenset[int]:
    """The values of a cell's `cm` that mark its array formula as a dynamic array.

    `cm` counts the entries of `cellMetadata` from 1; each names a type of metadata, from 1, and an
    entry of that type, from 0 (ECMA-376 part 1, 18.9; [MS-XLSX] 2.4.62 XLDAPR).
    """
    return index.once("dynamic arrays", lambda: _dynamic_array_marks(package, index))


def _dynamic_array_marks(package: Package, index: WorkbookIndex) -> frozenset[int]:
    related = index.relationships().by_type("sheetMetadata")
    if not related or not package.has(related[0].target):
        return frozenset()
    part = related[0].target
    root = parse_xml(package.read(part), package.label(part))
    types = {
        number: element.get("name")
        for number, element in enumerate(root.iterfind("{*}metadataTypes/{*}metadataType"), 1)
    }
    dynamic = {
        number
        for future in root.iterfind("{*}futureMetadata")
        if future.get("name") == "XLDAPR"
        for number, entry in enumerate(future.iterfind("{*}bk"))
        if any(
            properties.get("fDynamic") in ("1", "true")
            for properties in entry.iter(f"{_DYNAMIC}dynamicArrayProperties")
        )
    }
    return frozenset(
        number
        for number, entry in enumerate(root.iterfind("{*}cellMetadata/{*}bk"), 1)
        for record in entry.iterfind("{*}rc")
        if types.get(integer_or(record.get("t"))) == "XLDAPR"
        and integer_or(record.get("v"), -1) in dynamic
    )


@dataclass(slots=True)
class _Found:
    """A formula on its way: followers of a shared one get their text when that is known."""

    row: int
    column: int
    text: str
    kind: Literal["plain", "array", "spill", "table"]
    cells: CellRange
    cached: Cached

    def finished(self) -> FormulaCell:
        return FormulaCell(self.row, self.column, self.text, self.kind, self.cells, self.cached)


class _FormulaPass(PartPass):
    def __init__(
        self,
        package: Package,
        index: WorkbookIndex,
        sheet: SheetEntry,
        shared_strings: Sequence[str],
    ) -> None:
        super().__init__(package, sheet.part, index.namespace)
        self._sheet = sheet
        self._strings = shared_strings
        self._date1904 = index.date1904
        self._marks = dynamic_array_marks(package, index)
        self._starts = {
            self._prefix + "row": self._start_row,
            self._prefix + "c": self._start_cell,
            self._prefix + "f": self._start_formula,
            self._prefix + "v": self._start_value,
            self._prefix + "t": self._start_text,
            self._prefix + "rPh": self._start_guide,
            self._prefix + "extLst": self._start_extensions,
        }
        self._ends = {
            self._prefix + "c": self._end_cell,
            self._prefix + "f": self._end_formula,
            self._prefix + "v": self._end_value,
            self._prefix + "t": self._end_text,
            self._prefix + "rPh": self._end_guide,
            self._prefix + "extLst": self._end_extensions,
        }
        self._found: list[_Found | FormulaCell] = []
        self._firsts: dict[str, SharedText] = {}
        self._waiting: dict[str, list[_Found]] = {}
        self._n_characters = 0
        self._row = self._column = 0
        self._row_text = ""
        self._cell: dict[str, str] | None = None
        self._formula: dict[str, str] | None = None
        self._formula_text = ""
        self._value: str | None = None
        self._phonetic = self._is_outside = False

    def run(self) -> list[FormulaCell]:
        self._parse()
        for index, followers in self._waiting.items():
            one = followers[0]
            self._fail(
                f"cell {cell_address(one.row, one.column)} shares the formula {index:.20}, which "
                "no cell holds"
            )
        return [one.finished() if isinstance(one, _Found) else one for one in self._found]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._starts.get(name)
        if handler is not None:
            handler(attributes)

    def _end(self, name: str) -> None:
        handler = self._ends.get(name)
        if handler is not None:
            handler()

    def _start_row(self, attributes: dict[str, str]) -> None:
        text = attributes.get("r")
        self._row = self._row + 1 if text is None else integer_or(text)
        self._row_text = str(self._row) if text is None else text
        self._column = 0
        if not 1 <= self._row <= LAST_ROW:
            self._fail(f"row {self._row} lies outside the sheet")

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell, self._formula, self._value = attributes, None, None
        address = attributes.get("r")
        column = self._column + 1 if address is None else column_within_row(address, self._row_text)
        if column is None:
            self._fail(f'the cell "{address:.20}" stands in row {self._row}')
        self._column = column

    def _start_formula(self, attributes: dict[str, str]) -> None:
        if self._cell is not None and self._formula is None and not self._is_outside:
            self._formula = attributes
            self._collecting = True

    def _end_formula(self) -> None:
        if self._collecting:
            self._collecting = False
            self._formula_text = self._taken_text().removeprefix("=")
            if len(self._formula_text) > MAX_FORMULA:
                self._fail_at(
                    f"holds a formula of {len(self._formula_text):,} characters, where Excel holds "
                    f"at most {LONGEST_FORMULA:,}"
                )

    def _start_value(self, attributes: dict[str, str]) -> None:
        # Only a formula's value is asked for, and <f> stands before <v>.
        self._collecting = self._formula is not None and not self._is_outside

    def _end_value(self) -> None:
        if self._collecting:
            self._collecting = False
            self._value = self._taken_text()

    def _start_text(self, attributes: dict[str, str]) -> None:
        is_text = not (self._phonetic or self._is_outside)
        self._collecting = self._formula is not None and is_text

    def _end_text(self) -> None:
        if self._collecting:
            self._collecting = False
            self._value = (self._value or "") + self._taken_text()

    def _start_guide(self, attributes: dict[str, str]) -> None:
        self._phonetic = True

    def _end_guide(self) -> None:
        self._phonetic = False

    def _start_extensions(self, attributes: dict[str, str]) -> None:
        self._is_outside = True

    def _end_extensions(self) -> None:
        self._is_outside = False

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        formula, self._formula = self._formula, None
        if cell is None or formula is None:
            return
        found = _Found(
            self._row,
            self._column,
            self._formula_text,
            "plain",
            CellRange(self._row, self._column, self._row, self._column),
            self._cached(cell),
        )
        match formula.get("t"):
            case "array":
                is_dynamic = integer_or(cell.get("cm")) in self._marks
                found.kind = "spill" if is_dynamic else "array"
                found.cells = self._filled(formula, found.cells)
            case "dataTable":
                found.kind, found.cells = "table", self._filled(formula, found.cells)
            case "shared" if "si" in formula:
                self._share(formula, found)
        self._keep(found)

    def _keep(self, found: _Found) -> None:
        self._found.append(found.finished() if found.text or found.kind != "plain" else found)
        self._n_characters += len(found.text)
        if len(self._found) > MAX_CELLS or self._n_characters > MAX_FORMULA_CHARACTERS:
            raise WorkbookError(
                f'"{Path(self._package.path).name}" holds more formulas on sheet '
                f'"{self._sheet.name}" than fit into memory; expected at most {MAX_CELLS:,} of '
                f"{MAX_FORMULA_CHARACTERS:,} characters in all. Split the sheet."
            )

    def _share(self, formula: dict[str, str], found: _Found) -> None:
        index = formula["si"]
        first = self._firsts.get(index)
        if found.text and (first is None or "ref" in formula):
            self._firsts[index] = first = SharedText(found.text, found.row, found.column)
            for follower in self._waiting.pop(index, ()):
                follower.text = first.for_cell(follower.row, follower.column)
                self._n_characters += len(follower.text)
        elif first is not None:
            found.text = first.for_cell(found.row, found.column)
        else:
            self._waiting.setdefault(index, []).append(found)

    def _cached(self, cell: dict[str, str]) -> Cached:
        try:
            return parse_cached(cell.get("t"), self._value, self._strings, date1904=self._date1904)
        except ValueError as error:
            self._fail_at(str(error))

    def _filled(self, formula: dict[str, str], own: CellRange) -> CellRange:
        if "ref" not in formula:
            return own
        try:
            cells = CellRange.parse(formula["ref"])
        except InputError:
            self._fail_at(f'says that its formula fills "{formula["ref"]:.40}", which is no range')
        if cells.n_rows * cells.n_columns > MAX_CELLS:
            self._fail_at(
                f"says that its formula fills {cells.address}; expected at most {MAX_CELLS:,} cells"
            )
        return cells

    def _fail_at(self, what: str) -> NoReturn:
        self._fail(f"cell {cell_address(self._row, self._column)} {what}")
