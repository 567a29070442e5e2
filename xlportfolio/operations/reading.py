"""Read: the portfolio of a workbook, its problems with their cells, and where everything stands."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlportfolio.operations.mapping import ReadMapping, read_mapping
from xlportfolio.operations.runs import Progress, no_progress
from xlportfolio.operations.waiting_formulas import note_of_old_figures
from xlportfolio.problems import SEVERITIES
from xlportfolio.tables import Portfolio, read_tables
from xlportfolio.workbook.mapping import model
from xlportfolio.workbook.mapping.located import LocatedProblem, locate
from xlportfolio.workbook.mapping.sources import LocatedTable, criteria_table, located_tables
from xlportfolio.workbook.protocol import Workbook


@dataclass(frozen=True)
class ReadPortfolio:
    """A portfolio as read from a workbook.

    Attributes
    ----------
    read
        The mapping in force and what people said about it.
    mapping
        The mapping with notes on how the workbook was read.
    tables
        The source tables with the cell of every value.
    problems
        Every problem in the data, in sheet order.
    """

    read: ReadMapping
    mapping: model.Mapping
    tables: tuple[LocatedTable, ...]
    portfolio: Portfolio
    problems: tuple[LocatedProblem, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was taken for granted, each said once."""
        return tuple(dict.fromkeys((*self.mapping.notes, *self.portfolio.notes)))

    @property
    def worst_first(self) -> tuple[LocatedProblem, ...]:
        """The problems by severity, in sheet order within each."""
        return tuple(
            sorted(self.problems, key=lambda problem: SEVERITIES.index(problem.problem.severity))
        )

    @property
    def rows_given(self) -> Mapping[str, int]:
        """How many rows each canonical table has in the workbook, joined tables left out."""
        rows: dict[str, int] = {}
        for located in self.tables:
            if located.is_joined:
                continue
            table = located.source.table
            rows[table] = rows.get(table, 0) + len(located.source.rows)
        return rows

    @property
    def input_hash(self) -> str:
        """The first 16 digits of the SHA-256 of every header and value that was read."""
        digest = hashlib.sha256()
        for located in self.tables:
            digest.update(repr(located.source).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]


def read_portfolio(
    book: Workbook,
    mapping_file: Path | None = None,
    progress: Progress = no_progress,
    notes: Sequence[str] = (),
) -> ReadPortfolio:
    """Find, map and check every table of a workbook.

    Parameters
    ----------
    book
        The workbook.
    mapping_file
        A TOML file with the mapping; else PF Setup holds, else what is found.
    progress
        Told each step.
    notes
        What a person should know of how the workbook was opened; the mapping's notes follow.

    Raises
    ------
    InputError
        If PF Setup or the mapping file names what does not exist.
    WorkbookError
        If the workbook has no table of projects.
    """
    read = read_mapping(book, mapping_file, progress)
    progress("checking the data")
    tables = located_tables(read.mapping)
    stored = read.stored
    if stored is not None and stored.criteria:
        tables.append(criteria_table(stored.criteria))
    settings = stored.said_settings() if stored is not None else None
    portfolio = read_tables([table.source for table in tables], settings)
    problems = tuple(locate(problem, tables) for problem in portfolio.problems)
    said = (*notes, *note_of_old_figures(book, read.mapping), *read.mapping.notes)
    mapping = dataclasses.replace(read.mapping, notes=said)
    return ReadPortfolio(read, mapping, tuple(tables), portfolio, problems)
