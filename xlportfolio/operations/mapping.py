"""Map: what was recognised in a workbook, how sure it is, and what has to be asked."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.errors import WorkbookError
from xlportfolio.operations.runs import Progress, being_edited, no_progress, save
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.finding.tables import find_tables
from xlportfolio.workbook.mapping.mapping import header_cell, map_tables, place_of
from xlportfolio.workbook.mapping.model import MappedField, MappedTable, Mapping, Question
from xlportfolio.workbook.mapping.setup_sheet import SETUP, read_setup, setup_sheet
from xlportfolio.workbook.mapping.stored import StoredMapping, apply_stored, stored_of
from xlportfolio.workbook.mapping.toml_file import read_toml, write_toml
from xlportfolio.workbook.protocol import Workbook
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference
from xlportfolio.workbook.saving.temporary_files import discard


@dataclass(frozen=True)
class ReadMapping:
    """The mapping in force: what was found, and what people said about it.

    Attributes
    ----------
    stored
        What PF Setup or the mapping file says; None where there is neither.
    """

    found: tuple[FoundTable, ...]
    mapping: Mapping
    stored: StoredMapping | None


@dataclass(frozen=True)
class MapResult:
    """What `map` found and did.

    Attributes
    ----------
    output
        The workbook that PF Setup was written to; None if it was not asked for.
    mapping_file
        The TOML file that was written; None if it was read or not asked for.
    warning
        What a person should know about the saving, such as that it cannot be undone.
    """

    workbook: Path
    mapping: Mapping
    output: Path | None = None
    mapping_file: Path | None = None
    warning: str = ""

    @property
    def needs_a_person(self) -> bool:
        return bool(self.mapping.questions) or self._is_empty

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, and that there is nothing yet to take."""
        if not self._is_empty:
            return self.mapping.notes
        (main, *_) = self.mapping.of("projects", "main")
        return (
            f"{place_of(main.found)} has no projects yet; enter a row for each below its headers.",
            *self.mapping.notes,
        )

    @property
    def _is_empty(self) -> bool:
        return not any(
            table.found.records for table in self.mapping.of("projects", "main", "part", "joined")
        )

    def as_json(self) -> dict[str, Any]:
        """The result as DESIGN's `map --json` has it."""
        return {
            "workbook": str(self.workbook),
            "output": str(self.output) if self.output else None,
            "mapping_file": str(self.mapping_file) if self.mapping_file else None,
            "status": "done",
            "warning": self.warning or None,
            "tables": [table_as_json(table) for table in self.mapping.tables],
            "questions": [question_as_json(question) for question in self.mapping.questions],
            "notes": list(self.notes),
            "ignored": [
                {"sheet": found.sheet, "range": found.range.address, "why": why}
                for found, why in self.mapping.ignored
            ],
        }


def read_mapping(
    book: Workbook,
    mapping_file: Path | None = None,
    progress: Progress = no_progress,
) -> ReadMapping:
    """Find and map the tables of a workbook, with what PF Setup or a mapping file says.

    Raises
    ------
    InputError
        If PF Setup or the file names what does not exist.
    WorkbookError
        If the workbook has no table of projects.
    """
    progress("finding the tables")
    found = tuple(find_tables(book))
    progress("mapping the headers")
    mapping = map_tables(found)
    stored: StoredMapping | None = None
    if mapping_file is not None:
        stored = read_toml(mapping_file)
    elif (setup := _setup_of(book)) is not None:
        stored = read_setup(book.contents(setup))
    if stored is not None:
        mapping = apply_stored(stored, found, mapping)
    if not mapping.of("projects", "main"):
        raise WorkbookError(_no_projects(book, found, mapping))
    return ReadMapping(found, mapping, stored)


def map_workbook(
    path: str | os.PathLike[str],
    *,
    mapping_file: str | os.PathLike[str] | None = None,
    write: bool = False,
    output: str | os.PathLike[str] | None = None,
    ignore_lock: bool = False,
    progress: Progress = no_progress,
) -> MapResult:
    """Say what was recognised in a workbook; store it where asked.

    Parameters
    ----------
    path
        The workbook.
    mapping_file
        A TOML file: read if it exists, else written.
    write
        Whether to store the mapping in the workbook's sheet PF Setup.
    output
        Where to write the workbook instead of replacing it; implies `write`.
    ignore_lock
        Whether to replace a workbook although a lock file says that somebody has it open.
    progress
        Told each step.
    """
    toml = Path(mapping_file) if mapping_file is not None else None
    given = toml if toml is not None and toml.exists() else None
    if toml is not None and given is None and toml.suffix.lower() != ".toml":
        raise WorkbookError(f'"{toml}" would hold a mapping; expected a name that ends in .toml.')
    with open_workbook(path, ignore_lock) as book:
        read = read_mapping(book, given, progress)
        mapping = noted_mapping(read, being_edited(book.path))
        written: Path | None = None
        if toml is not None and given is None:
            write_toml(_to_store(read), toml)
            written = toml
        saved: Path | None = None
        warning = ""
        try:
            if write or output is not None:
                progress("writing PF Setup")
                put_setup(book, read)
                saved, warning = save(book, "map", output)
        except BaseException:
            discard(written)  # a run that was refused leaves nothing behind
            raise
    return MapResult(Path(path), mapping, saved, written, warning)


def noted_mapping(read: ReadMapping, notes: Sequence[str] = ()) -> Mapping:
    """The mapping with all that was taken for granted, after `notes` on how it was opened."""
    said = (*notes, *read.mapping.key_notes, *read.mapping.notes)
    return dataclasses.replace(read.mapping, notes=said)


def put_setup(book: Workbook, read: ReadMapping) -> str:
    """Put PF Setup with the mapping and every choice that people made; the sheet's name."""
    return book.put_sheet(setup_sheet(_to_store(read)))


def table_as_json(table: MappedTable) -> dict[str, Any]:
    """One mapped table as DESIGN's `map --json` has it."""
    return {
        "table": table.table,
        "sheet": table.found.sheet,
        "range": table.found.range.address,
        "orientation": table.found.orientation,
        "role": table.role,
        "rows": len(table.found.records),
        "confidence": round(table.confidence, 2),
        "fields": {name: _field_as_json(table, field) for name, field in table.fields.items()},
    }


def _field_as_json(table: MappedTable, field: MappedField) -> dict[str, Any]:
    found = table.found
    answer: dict[str, Any] = {
        "header": field.header,
        "cell": header_cell(found, field.column),
        "confidence": field.confidence,
        "certain": field.certain,
        "alternatives": list(field.alternatives),
        "unit": field.unit,
    }
    if field.why:
        answer["why"] = field.why
    if field.serves:
        answer["serves"] = field.serves
    if len(field.columns) > 1:
        answer["columns"] = [
            {
                "header": found.columns[part.column].header,
                "cell": header_cell(found, part.column),
                "period": part.period.label if part.period else None,
                "kind": part.kind,
                "criterion": part.criterion,
            }
            for part in field.columns
        ]
        answer["subtotals"] = [found.columns[k].header for k in field.subtotals]
    return answer


def question_as_json(question: Question) -> dict[str, Any]:
    """A question as people and scripts read it."""
    return {
        "text": question.text,
        "table": question.table,
        "field": question.field or None,
        "sheet": question.sheet,
        "cell": question.cell or None,
        "options": list(question.options),
    }


def _to_store(read: ReadMapping) -> StoredMapping:
    return stored_of(read.mapping, previous=read.stored)


def _setup_of(book: Workbook) -> str | None:
    return book.our_sheet(SETUP)


def _no_projects(book: Workbook, found: Sequence[FoundTable], mapping: Mapping) -> str:
    seen = [
        f"{sheet_reference(table.sheet, _corner(table))} {why}"
        for table, why in mapping.ignored[:4]
    ]
    looked = (
        f" Looked at: {'; '.join(seen)}{'; ...' if len(mapping.ignored) > 4 else ''}."
        if seen
        else " No table with headers was found."
        if not found
        else ""
    )
    return (
        f'"{Path(book.path).name}" has no table of projects; expected a sheet with a row for each '
        f"project under headers such as Project ID, Project name, Cost and Start date.{looked} "
        "Add the headers; on the command line a mapping file (--mapping) can name the table, too."
    )


def _corner(table: FoundTable) -> CellRange:
    return CellRange.parse(cell_address(table.range.first_row, table.range.first_column))
