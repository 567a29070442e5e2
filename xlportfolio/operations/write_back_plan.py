"""What writing back changes: the columns kept for results beside the results of the last run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isclose
from pathlib import Path, PurePath

from xlportfolio.checking.findings import Findings, Origin
from xlportfolio.checking.identity import identify_projects, texts_of
from xlportfolio.errors import WorkbookError
from xlportfolio.keys import join_key, row_key
from xlportfolio.operations.reading import ReadPortfolio, read_portfolio
from xlportfolio.operations.runs import Progress, no_progress
from xlportfolio.records import TABLES, ProjectKey
from xlportfolio.report.changes import CellChange
from xlportfolio.report.look import LOG, RESULTS
from xlportfolio.report.previous import (
    PROPOSED_HEADERS,
    Proposed,
    ProposedRow,
    read_log,
    read_proposed,
)
from xlportfolio.values import Value
from xlportfolio.wording import counted, day, listed, quoted
from xlportfolio.workbook.mapping.mapping import header_cell, place_of
from xlportfolio.workbook.mapping.model import MappedTable
from xlportfolio.workbook.mapping.model import Mapping as ReadMapping
from xlportfolio.workbook.mapping.sources import located_table
from xlportfolio.workbook.protocol import SheetContents, Workbook
from xlportfolio.workbook.references import cell_address

_MOST_NAMED = 5


@dataclass(frozen=True)
class WriteBack:
    """What writing back changes.

    Attributes
    ----------
    changes
        Every cell that changes, in the order of the tables.
    left
        Sentences on what is not written though a result is there, and why.
    n_same
        How many cells hold the results already.
    notes
        What a person should know besides.
    """

    changes: tuple[CellChange, ...] = ()
    left: tuple[str, ...] = ()
    n_same: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets of the user's that change."""
        return tuple(dict.fromkeys(change.sheet for change in self.changes))


def plan_write_back(
    book: Workbook, mapping_file: Path | None = None, progress: Progress = no_progress
) -> WriteBack:
    """Say which cells writing back changes; nothing is written.

    Raises
    ------
    InputError
        If PF Setup or the mapping file names what does not exist.
    WorkbookError
        If the workbook has no table of projects, no results, or no column for them.
    """
    found = read_portfolio(book, mapping_file, progress)
    mapping = found.mapping
    progress("comparing with the results")
    tables = [
        table for table in mapping.of("projects", "main", "part", "joined") if _outputs(table)
    ]
    if not tables:
        raise WorkbookError(_no_column(mapping))
    sheet = book.our_sheet(RESULTS)
    proposed = read_proposed(book.contents(sheet)) if sheet is not None else ()
    if not proposed:
        raise WorkbookError(
            f'"{PurePath(book.path).name}" has no results to write back; expected {RESULTS} with '
            "the projects of the last run. Run it first: Run all in Excel, or xlportfolio run."
        )
    plan = _Planning(book, proposed, tables).plan()
    return replace(plan, notes=(*_changed_since(book, found), *plan.notes))


def _changed_since(book: Workbook, found: ReadPortfolio) -> tuple[str, ...]:
    """A note where the results are of tables that have been changed since."""
    log = book.our_sheet(LOG)
    runs = [row for row in read_log(book.contents(log)) if row.inputs] if log is not None else []
    if not runs or runs[-1].inputs == found.input_hash:
        return ()
    return (
        f"The tables were changed since the last run ({day(runs[-1].when)}), whose results these "
        "are; run it again to have them anew.",
    )


class _Planning:
    """One comparison of the columns for results with the results."""

    def __init__(
        self, book: Workbook, proposed: Sequence[ProposedRow], tables: Sequence[MappedTable]
    ) -> None:
        self._book = book
        self._proposed = {row_key(*row.key): row for row in proposed}
        self._told = {name for row in proposed for name in row.values}
        self._tables = tables
        self._changes: list[CellChange] = []
        self._left: list[str] = []
        self._absent: dict[tuple[str, str], ProjectKey] = {}
        self._n_same = 0

    def plan(self) -> WriteBack:
        """Compare every table."""
        read = [(table, _rows_of(table)) for table in self._tables]
        repeated = _repeated(read)
        for table, rows in read:
            self._table(table, rows, repeated)
        notes = []
        if self._absent:
            labels = listed([key.label for key in self._absent.values()], _MOST_NAMED)
            stand = "is" if len(self._absent) == 1 else "are"
            stay = "stays as it is" if len(self._absent) == 1 else "stay as they are"
            projects = counted(len(self._absent), "project")
            notes.append(f"{projects} {stand} not in {RESULTS} and {stay}: {labels}.")
        return WriteBack(tuple(self._changes), tuple(self._left), self._n_same, tuple(notes))

    def _table(self, table: MappedTable, rows: Sequence[_Row], repeated: Container[str]) -> None:
        outputs = {name: column for name, column in _outputs(table).items() if name in self._told}
        for name in _outputs(table):
            if name not in outputs:
                self._left.append(
                    f"{RESULTS} has no column {quoted(PROPOSED_HEADERS[name])}, so "
                    f"{_header_of(table, name)} stays as it is; run the step that works it out."
                )
        if not outputs:
            return
        twice: dict[str, tuple[str, list[str]]] = {}
        formulas: dict[str, list[str]] = {name: [] for name in outputs}
        merged: list[str] = []
        contents = self._book.contents(table.found.sheet)
        hidden = _hidden_cells(contents, table, outputs.values())
        for row in rows:
            if row.same in repeated:
                place = _place(table, row.record, next(iter(outputs.values())))
                twice.setdefault(row.same, (row.label, []))[1].append(place)
                continue
            key = row_key(*row.key)
            if key not in self._proposed:
                self._absent.setdefault(key, row.key)
                continue
            for name, column in outputs.items():
                if name not in self._proposed[key].values:
                    continue
                at = table.found.cell(row.record, column)
                if at in contents.formulas:
                    formulas[name].append(_place(table, row.record, column))
                elif at in hidden:
                    merged.append(_place(table, row.record, column))
                else:
                    self._cell(table, row, name, column, contents)
        self._say_left(table, list(twice.values()), formulas)
        if merged:
            self._left.append(
                f"Merged cells hide {listed(merged, _MOST_NAMED)}, which cannot be written; "
                "unmerge them in Excel."
            )

    def _cell(
        self, table: MappedTable, row: _Row, name: str, column: int, contents: SheetContents
    ) -> None:
        proposed = self._proposed[row_key(*row.key)]
        at = table.found.cell(row.record, column)
        old, new = value_at(contents, *at), proposed.values[name]
        if _is_same(old, new):
            self._n_same += 1
            return
        change = CellChange(
            sheet=table.found.sheet,
            row=at[0],
            column=at[1],
            project=row.key,
            name=proposed.name,
            header=table.found.columns[column].header,
            field=name,
            old=old,
            new=new,
            is_across=table.found.grid.turned,
        )
        self._changes.append(change)

    def _say_left(
        self,
        table: MappedTable,
        twice: Sequence[tuple[str, Sequence[str]]],
        formulas: Mapping[str, Sequence[str]],
    ) -> None:
        for name, cells in formulas.items():
            if cells:
                n = len(cells)
                self._left.append(
                    f"{_header_of(table, name)} holds {'a formula' if n == 1 else 'formulas'} in "
                    f"{listed(cells, _MOST_NAMED)}, left as {'it is' if n == 1 else 'they are'}; "
                    "clear what should be written there."
                )
        if twice:
            said = [f"{label} [{', '.join(cells)}]" for label, cells in twice]
            n = len(said)
            self._left.append(
                f"{counted(n, 'project')} {'stands' if n == 1 else 'stand'} in several rows, left "
                f"as they are: {listed(said, _MOST_NAMED)}. "
                "Give each row an ID of its own."
            )


@dataclass(frozen=True)
class _Row:
    """A row of a table: which record it is, of which project, and what a sentence calls it.

    Rows are of one project where they are the `same`.
    """

    record: int
    key: ProjectKey
    label: str

    @property
    def same(self) -> str:
        return join_key(self.label)


def _rows_of(table: MappedTable) -> list[_Row]:
    """The rows that are projects, under the keys that a run gives them."""
    located = located_table(table)
    if not located.records:
        return []
    origin = Origin(0, located.source)
    keys = identify_projects(origin, Findings(), [])
    options = texts_of(origin, "option")
    return [
        _Row(record, ProjectKey(key or label, option), label)
        for record, key, label, option in zip(
            located.records, keys, origin.labels, options, strict=True
        )
        if label
    ]


def _repeated(read: Sequence[tuple[MappedTable, Sequence[_Row]]]) -> frozenset[str]:
    """What several rows of one list of projects are called alike; a joined table is its own."""
    lists: dict[int, Counter[str]] = {}
    for k, (table, rows) in enumerate(read, start=1):
        lists.setdefault(k if table.role == "joined" else 0, Counter()).update(
            row.same for row in rows
        )
    return frozenset(
        same for counts in lists.values() for same, count in counts.items() if count > 1
    )


def _outputs(table: MappedTable) -> dict[str, int]:
    """The columns of a table that are for results."""
    return {
        name: table.fields[name].column
        for name in TABLES["projects"].outputs
        if name in table.fields
    }


def _hidden_cells(
    contents: SheetContents, table: MappedTable, columns: Iterable[int]
) -> set[tuple[int, int]]:
    """The cells of some columns of a table that merged cells hide."""
    cells = {
        table.found.cell(record, column)
        for column in columns
        for record in range(len(table.found.records))
    }
    hidden: set[tuple[int, int]] = set()
    for merge in contents.merges:
        if merge.n_rows * merge.n_columns > len(cells):
            within = {cell for cell in cells if merge.contains(*cell)}
        else:
            within = cells & {
                (row, column)
                for row in range(merge.first_row, merge.last_row + 1)
                for column in range(merge.first_column, merge.last_column + 1)
            }
        hidden |= within - {(merge.first_row, merge.first_column)}
    return hidden


def value_at(contents: SheetContents, row: int, column: int) -> Value:
    """What a cell holds."""
    return contents.rows.get(row, {}).get(column)


def _is_same(old: Value, new: Proposed) -> bool:
    """Whether a cell says already what is proposed; a text that looks like a date does not."""
    if isinstance(new, float):
        return isinstance(old, float) and isclose(old, new, rel_tol=1e-12, abs_tol=1e-15)
    if isinstance(new, date):
        return isinstance(old, datetime) and old.date() == new
    return old == new


def _place(table: MappedTable, record: int, column: int) -> str:
    return f"{table.found.sheet}!{cell_address(*table.found.cell(record, column))}"


def _header_of(table: MappedTable, name: str) -> str:
    """A column for results in a sentence: its header with its cell."""
    column = table.fields[name].column
    cell = header_cell(table.found, column)
    return f"{quoted(table.found.columns[column].header)} [{table.found.sheet}!{cell}]"


def _no_column(mapping: ReadMapping) -> str:
    (main, *_) = mapping.of("projects", "main")
    return (
        f"{place_of(main.found)} has no column for results, so there is nothing to write back; add "
        'the header "Proposed decision", "Proposed start", "Proposed finish", "Proposed reason", '
        '"xlportfolio score" or "xlportfolio rank", or say on PF Setup which column it is.'
    )
