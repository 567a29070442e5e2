"""The formulas of calculated columns, for rows that are added to an Excel table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.formula_reading import read_formulas
from xlportfolio.workbook.editing.formulas import shift_formula
from xlportfolio.workbook.growing.table_part import TableColumn
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange, cell_address, quote_sheet


class ColumnFormulas:
    """What the calculated columns of a table put into a new row.

    Parameters
    ----------
    file
        The file.
    sheet
        The name of the table's sheet.
    data
        The rows that the table has.
    columns
        Its columns.
    new_texts
        The formulas of a sheet that will say something else when it is written.
    """

    def __init__(
        self,
        file: OpenedFile,
        sheet: str,
        data: CellRange,
        columns: Sequence[TableColumn],
        new_texts: Callable[[str], dict[tuple[int, int], str]],
    ) -> None:
        self._file, self._sheet, self._data, self._columns = file, sheet, data, columns
        self._new_texts = new_texts
        self._bases: dict[int, tuple[int, str]] = {}
        self._cells: dict[int, list[tuple[int, str]]] | None = None

    def formula(self, row: int, column: int) -> Formula:
        """The formula of a new cell.

        Raises
        ------
        WorkbookError
            If it is an array formula, or would refer to what lies outside the sheet.
        """
        told = self._columns[column - self._data.first_column]
        where = f"{quote_sheet(self._sheet)}!{cell_address(row, column)}"
        if told.is_array:
            raise WorkbookError(
                f'{where} cannot be filled: the column "{told.name}" has an array formula. Give a '
                "value for it, or enter the row in Excel."
            )
        base, text = self._base(column, told.formula or "")
        moved = shift_formula(text, row - base, 0)
        if moved is None:
            raise WorkbookError(
                f'{where} cannot be filled: the formula of the column "{told.name}" would refer '
                "to cells outside the sheet. Give a value for it."
            )
        return Formula(moved)

    def _base(self, column: int, text: str) -> tuple[int, str]:
        """A row, and what the formula of the column is there.

        The part of a table does not say for which row a reference such as B2 is meant: the first
        one, if that agrees with a cell of the column, or else what its last formula says.
        """
        if column not in self._bases:
            base = (self._data.first_row, text)
            cells = self._formulas(column) if shift_formula(text, 1, 0) != text else []
            if cells and not any(
                shift_formula(text, row - self._data.first_row, 0) == known for row, known in cells
            ):
                base = cells[-1]
            self._bases[column] = base
        return self._bases[column]

    def _formulas(self, column: int) -> list[tuple[int, str]]:
        if self._cells is None:
            self._cells = {}
            entry = self._file.places.worksheet(self._sheet)
            strings, new = self._file.shared_strings(), self._new_texts(self._sheet)
            for one in read_formulas(self._file.package, self._file.index, entry, strings):
                if one.kind == "plain" and self._data.contains(one.row, one.column):
                    text = new.get((one.row, one.column), one.text)
                    self._cells.setdefault(one.column, []).append((one.row, text))
        return self._cells.get(column, [])
