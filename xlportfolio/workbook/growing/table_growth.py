"""Excel tables of a closed file that grow: rows below the last one, columns at the right.

The table's part, names and charts are put anew at once and wait in the package; the cells wait
with whatever else was written, and the rules of the sheet are extended when it is spliced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlportfolio.errors import InputError, WorkbookError
from xlportfolio.wording import counted
from xlportfolio.workbook.container.tables_on_sheets import TableEntry
from xlportfolio.workbook.description import CellFormat
from xlportfolio.workbook.editing.cellxml import cell_content
from xlportfolio.workbook.editing.formula_texts import FormulaTextSplicer
from xlportfolio.workbook.editing.formulas import shift_formula, stored_formula
from xlportfolio.workbook.editing.guards import header_rows
from xlportfolio.workbook.editing.writables import plain_value
from xlportfolio.workbook.growing.calculated_columns import ColumnFormulas
from xlportfolio.workbook.growing.covering import GrownRows, extended_list
from xlportfolio.workbook.growing.grown_references import (
    GrownColumns,
    extend_charts,
    extend_names,
    extend_tables,
    extended_formulas,
    may_have_rules_for,
)
from xlportfolio.workbook.growing.sheet_tail import SheetTail
from xlportfolio.workbook.growing.table_part import NewColumn, TablePart
from xlportfolio.workbook.growing.table_room import require_room
from xlportfolio.workbook.growing.table_rows import new_headers, rows_for
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import Formula, SheetContents, Writable
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    column_letter,
    quote_sheet,
)

Edits = dict[tuple[int, int], Writable]
Splice = Callable[[Iterable[bytes]], Iterator[bytes]]


@dataclass(frozen=True)
class Added:
    """What a table gained: its sheet, the new cells, and what is to be written into them."""

    sheet: str
    cells: CellRange
    edits: Edits


class TableGrowth:
    """The tables of a file that have grown since it was opened, and what follows from it.

    Parameters
    ----------
    file
        The file.
    """

    def __init__(self, file: OpenedFile) -> None:
        self._file = file
        self._styles: dict[str, dict[tuple[int, int], int]] = {}
        self._columns: dict[str, GrownColumns] = {}
        self._old_ranges: dict[str, CellRange] = {}

    # -- growing ---------------------------------------------------------------------------------

    def add_rows(
        self, table: str, rows: Iterable[Any], contents: Callable[[str], SheetContents]
    ) -> Added:
        """Let a table grow downwards; see `ClosedWorkbook.append_rows`.

        Parameters
        ----------
        table, rows
            What was asked for.
        contents
            What is on a sheet, with what was written since.
        """
        entry, part = self._growing(table)
        data = _data_of(entry)
        lines = rows_for(entry.name, entry.headers, rows)
        if not lines:
            raise InputError(f'There is no row to add to the Excel table "{entry.name}".')
        known = contents(entry.sheet)
        first = data.first_row if _is_blank(data, known) else data.last_row + 1
        last = first + len(lines) - 1
        if last > LAST_ROW:
            raise WorkbookError(
                f'The Excel table "{entry.name}" cannot grow by {len(lines):,} rows: row '
                f"{data.last_row:,} is its last one, and the sheet ends with row {LAST_ROW:,}. "
                "Add fewer rows."
            )
        if last > data.last_row:
            area = replace(data, first_row=data.last_row + 1, last_row=last)
            self._require_room(entry, area, known)
        formulas = ColumnFormulas(self._file, entry.sheet, data, part.columns, self.formula_texts)
        edits: Edits = {}
        for row, line in enumerate(lines, first):
            for place, value in enumerate(line):
                at = (row, data.first_column + place)
                if value is None and part.columns[place].formula is not None:
                    value = formulas.formula(*at)
                edits[at] = self._checked(entry.sheet, at, value)
        styles = self._styles_below(entry.sheet, data, last)
        with self._file.all_or_nothing():
            grown = part.grown(replace(entry.range, last_row=last), is_filled=True)
            self._file.package.write(entry.part, grown)
            if last > data.last_row:
                self._extend_references(GrownColumns(entry.sheet, data, last), entry.part)
        self._remember(entry, styles)
        if last > data.last_row:
            before = self._columns.get(entry.part, GrownColumns(entry.sheet, data, last))
            self._columns[entry.part] = replace(before, last_row=last)
        return Added(entry.sheet, replace(data, first_row=first, last_row=last), edits)

    def add_columns(
        self,
        table: str,
        headers: Iterable[Any],
        rows: Iterable[Any],
        contents: Callable[[str], SheetContents],
    ) -> Added:
        """Let a table grow to the right; see `ClosedWorkbook.append_columns`.

        Parameters
        ----------
        table, headers, rows
            What was asked for.
        contents
            What is on a sheet, with what was written since.
        """
        entry, part = self._growing(table)
        data, cells = _data_of(entry), entry.range
        names = new_headers(entry.name, entry.headers, headers)
        if not names:
            raise InputError(f'There is no column to add to the Excel table "{entry.name}".')
        lines = rows_for(entry.name, names, rows)
        if lines and len(lines) != data.n_rows:
            raise InputError(
                f"Got {counted(len(lines), 'row')} for the new columns of the Excel table "
                f'"{entry.name}", which has {data.n_rows:,}; expected one for each, or none.'
            )
        first, last = cells.last_column + 1, cells.last_column + len(names)
        if last > LAST_COLUMN:
            raise WorkbookError(
                f'The Excel table "{entry.name}" cannot grow by {len(names):,} columns: '
                f"{column_letter(cells.last_column)} is its last one, and the sheet ends with "
                f"column {column_letter(LAST_COLUMN)}. Add fewer columns."
            )
        area = replace(cells, first_column=first, last_column=last)
        known = contents(entry.sheet)
        self._require_room(entry, area, known)
        edits: Edits = {}
        if entry.header_rows:
            for column, name in enumerate(names, first):
                at = (cells.first_row, column)
                edits[at] = self._checked(entry.sheet, at, name)
        for row in range(data.first_row, data.last_row + 1):
            line = lines[row - data.first_row] if lines else [None] * len(names)
            for column, value in enumerate(line, first):
                edits[row, column] = self._checked(entry.sheet, (row, column), value)
        new = [
            NewColumn(name, _shared_formula(edits, data, column))
            for column, name in enumerate(names, first)
        ]
        is_filled = not _is_blank(data, known) or any(
            value is not None for (row, _), value in edits.items() if row >= data.first_row
        )
        with self._file.all_or_nothing():
            styles = self._styles_beside(entry, area)
            self._file.store_styles()
            grown = replace(cells, last_column=last)
            self._file.package.write(entry.part, part.grown(grown, new, is_filled=is_filled))
        self._remember(entry, styles)
        return Added(entry.sheet, area, edits)

    # -- what follows when the sheet is written --------------------------------------------------

    def styles(self, sheet: str) -> dict[tuple[int, int], int]:
        """The style numbers of the new cells of a sheet's tables."""
        return self._styles.get(sheet, {})

    def old_headers(self, sheet: str) -> list[CellRange]:
        """The header rows of a sheet's tables as far as they were there when it was opened."""
        return [
            replace(header, last_column=self._old_ranges[table.part].last_column)
            if isinstance(table, TableEntry) and table.part in self._old_ranges
            else header
            for header, table in header_rows(self._file.tables_of(sheet))
        ]

    def formula_texts(self, sheet: str) -> dict[tuple[int, int], str]:
        """The formulas of a sheet that will refer to new rows, as they will be.

        Parameters
        ----------
        sheet
            Its name.

        Raises
        ------
        WorkbookError
            If the sheet is damaged.
        """
        grown = list(self._columns.values())
        if not grown:
            return {}
        entry, strings = self._file.places.worksheet(sheet), self._file.shared_strings()
        return extended_formulas(self._file.index, entry, strings, grown)

    def splices(self) -> dict[str, tuple[Splice | None, Splice | None]]:
        """How sheets change that refer to tables that grew, or have rules for their rows.

        Returns
        -------
        Sheet to how its formulas are spliced, before its cells are, and its rules after them.

        Raises
        ------
        WorkbookError
            If a sheet is damaged.
        """
        grown = list(self._columns.values())
        found: dict[str, tuple[Splice | None, Splice | None]] = {}
        for name in self._file.places.sheet_names if grown else ():
            entry, texts = self._file.places.worksheet(name), self.formula_texts(name)
            own = [GrownRows(one.data, one.last_row) for one in grown if one.sheet == name]
            has_rules = bool(own) or may_have_rules_for(self._file.index, entry, grown)
            if texts or has_rules:
                found[name] = (
                    FormulaTextSplicer(name, texts).run if texts else None,
                    _rules(name, own, grown) if has_rules else None,
                )
        return found

    def forget(self, sheets: Iterable[str]) -> None:
        """Drop what waits for sheets that were put, replaced or taken out."""
        for name in sheets:
            self._styles.pop(name, None)
            gone = [part for part, one in self._columns.items() if one.sheet == name]
            for part in gone:
                del self._columns[part]

    # -- inside ----------------------------------------------------------------------------------

    def _growing(self, name: str) -> tuple[TableEntry, TablePart]:
        """A table, if it may grow."""
        entry = self._entry(name)
        self._file.require_unsigned()
        part = TablePart(self._file.package.read(entry.part), self._file.package.label(entry.part))
        refused = f'The Excel table "{entry.name}" cannot grow: '
        if self._file.reading(entry.sheet).protected:
            raise WorkbookError(
                f'{refused}the sheet "{entry.sheet}" is protected. Lift the protection in Excel '
                "(Review > Unprotect Sheet), and protect it again afterwards."
            )
        queries = self._file.index.relationships(entry.part).by_type("queryTable")
        if fed_by := "a query" if entry.query or queries else part.fed_by:
            raise WorkbookError(
                f"{refused}it is filled by {fed_by}, which would overwrite what is added. Add it "
                "where the data comes from, or unlink the table in Excel (Table Design > Unlink)."
            )
        if entry.totals_rows:
            totals = replace(entry.range, first_row=_data_of(entry).last_row + 1)
            raise WorkbookError(
                f"{refused}its totals row {quote_sheet(entry.sheet)}!{totals.address} is in the "
                "way. Turn it off in Excel (Table Design > Total Row), and on again afterwards."
            )
        if len(part.columns) != entry.range.n_columns or _data_of(entry).n_rows < 1:
            raise WorkbookError(
                f"{refused}its {len(part.columns)} columns do not fit {entry.range.address}; the "
                "file is damaged. Open it in Excel, let Excel repair it and save it."
            )
        return entry, part

    def _entry(self, name: str) -> TableEntry:
        known = [
            table
            for sheet in self._file.places.sheet_names
            for table in self._file.tables_of(sheet)
        ]
        for table in known:
            if table.name.casefold() == str(name).strip().casefold():
                return table
        listed = ", ".join(f'"{table.name}"' for table in known[:12])
        raise InputError(
            f'There is no Excel table "{name}" in "{self._file.name}"'
            + (f"; expected one of {listed}." if known else ", which has none.")
        )

    def _require_room(self, entry: TableEntry, area: CellRange, contents: SheetContents) -> None:
        reading, index = self._file.reading(entry.sheet), self._file.index
        taken = [
            *(
                (cells, "is filled by an array formula or a data table")
                for cells in reading.computed
                if (cells.first_row, cells.first_column) in contents.formulas
            ),
            *(
                (other.range, f'belongs to the Excel table "{other.name}"')
                for other in self._file.tables_of(entry.sheet)
                if other.part != entry.part
            ),
            *(
                (cells, f'belongs to the pivot table "{name}"')
                for name, cells in index.pivot_tables(entry.sheet)
            ),
        ]
        require_room(entry.name, area, contents, taken)

    def _checked(self, sheet: str, at: tuple[int, int], value: Any) -> Writable:
        address = cell_address(*at)
        plain = plain_value(value, f"{quote_sheet(sheet)}!{address}")
        cell_content(plain, sheet, address, date1904=self._file.index.date1904)
        return plain

    def _styles_below(
        self, sheet: str, data: CellRange, last_row: int
    ) -> dict[tuple[int, int], int]:
        """The styles of new rows: those of the last row of data."""
        if last_row == data.last_row:
            return {}
        row = data.last_row
        above = self._styles_of(sheet, [(row, column) for column in _columns(data)])
        return {
            (new, column): style
            for new in range(row + 1, last_row + 1)
            for (_, column), style in above.items()
        }

    def _styles_beside(self, entry: TableEntry, area: CellRange) -> dict[tuple[int, int], int]:
        """The styles of new columns: those of the last one, and numbers as they come."""
        column = entry.range.last_column
        beside = self._styles_of(entry.sheet, [(row, column) for row in _rows(area)])
        stylesheet, first = self._file.stylesheet(), _data_of(entry).first_row
        plain: dict[int, int] = {}
        found = {}
        for (row, _), style in beside.items():
            if row >= first and stylesheet.number_format(style) != "General":
                if style not in plain:
                    plain[style] = stylesheet.style_for(CellFormat(number_format="General"), style)
                style = plain[style]
            found.update({(row, new): style for new in _columns(area)})
        return found

    def _styles_of(
        self, sheet: str, cells: Sequence[tuple[int, int]]
    ) -> dict[tuple[int, int], int]:
        """The styles of cells, of which some may be new themselves."""
        waiting = self._styles.get(sheet, {})
        stored = [at for at in cells if at not in waiting]
        known = self._file.cell_styles(sheet, stored) if stored else {}
        return {at: waiting[at] if at in waiting else known[at] for at in cells}

    def _extend_references(self, grown: GrownColumns, part: str) -> None:
        if extend_names(self._file.index, grown):
            self._file.read_index_anew()
        extend_tables(self._file.index, grown, part)
        extend_charts(self._file.package, grown)

    def _remember(self, entry: TableEntry, styles: dict[tuple[int, int], int]) -> None:
        self._styles.setdefault(entry.sheet, {}).update(styles)
        self._old_ranges.setdefault(entry.part, entry.range)
        self._file.read_tables_anew(entry.sheet)


def _rules(sheet: str, own: Sequence[GrownRows], grown: Sequence[GrownColumns]) -> Splice:
    """How the rules of a sheet are spliced."""

    def formula(text: str) -> str:
        for one in grown:
            text = one.extended(text, sheet, only_fixed=True)
        return text

    return SheetTail(sheet, lambda text: extended_list(text, own), formula).run


def in_turn(*splices: Splice | None) -> Splice:
    """One way to splice a sheet, of several of which each takes what the one before it gives."""

    def run(chunks: Iterable[bytes]) -> Iterator[bytes]:
        for splice in splices:
            if splice is not None:
                chunks = splice(chunks)
        yield from chunks

    return run


def _data_of(entry: TableEntry) -> CellRange:
    return replace(
        entry.range,
        first_row=entry.range.first_row + entry.header_rows,
        last_row=entry.range.last_row - entry.totals_rows,
    )


def _is_blank(data: CellRange, contents: SheetContents) -> bool:
    """Whether a table has no data: Excel keeps one blank row in it."""
    row = data.first_row
    return data.n_rows == 1 and not any(
        (row, column) in contents.formulas or column in contents.rows.get(row, {})
        for column in _columns(data)
    )


def _shared_formula(edits: Edits, data: CellRange, column: int) -> str | None:
    """The formula of a new column that is the same in all its cells, wherever they stand."""
    values = [edits[row, column] for row in _rows(data)]
    first = values[0]
    if not isinstance(first, Formula) or any(value != first for value in values):
        return None
    text = stored_formula(first.text, "")
    return text if shift_formula(text, 1, 0) == text else None


def _columns(cells: CellRange) -> range:
    return range(cells.first_column, cells.last_column + 1)


def _rows(cells: CellRange) -> range:
    return range(cells.first_row, cells.last_row + 1)
