"""Values that formulas gave before something was written: how many there are, and who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from xlportfolio.wording import counted, listed, quoted
from xlportfolio.workbook.closed import ClosedWorkbook
from xlportfolio.workbook.mapping.model import MappedTable
from xlportfolio.workbook.mapping.model import Mapping as TableMapping
from xlportfolio.workbook.protocol import Workbook


def waiting_cells(book: Workbook) -> Mapping[str, int]:
    """Sheet to how many of its cells hold formulas that depend on what was written.

    Parameters
    ----------
    book
        The workbook. One that is open in Excel has none, for Excel computes them at once; nor has
        one whose results go to a companion of their own.
    """
    if not isinstance(book, ClosedWorkbook):
        return {}
    return {sheet: len(cells) for sheet, cells in book.stale_cells().items()}


def waiting_figure(waiting: Mapping[str, int]) -> str:
    """The phrase for PF Log; "" where no cell waits.

    >>> waiting_figure({"Plan": 11, "Board": 1})
    '12 cells wait to be recalculated'
    """
    n = sum(waiting.values())
    return f"{counted(n, 'cell')} {'waits' if n == 1 else 'wait'} to be recalculated" if n else ""


def waiting_line(waiting: Mapping[str, int], output: Path) -> str:
    """The sentence for people; "" where no cell waits.

    >>> print(waiting_line({"Plan": 1}, Path("b.xlsx")))  # doctest: +NORMALIZE_WHITESPACE
    1 cell of "Plan" depends on what was written; Excel computes it when it opens the workbook,
    or run: xlportfolio recalculate "b.xlsx"
    """
    n = sum(waiting.values())
    if not n:
        return ""
    sheets = listed([quoted(sheet) for sheet in waiting])
    depends, them = ("depends", "it") if n == 1 else ("depend", "them")
    return (
        f"{counted(n, 'cell')} of {sheets} {depends} on what was written; Excel computes {them} "
        f'when it opens the workbook, or run: xlportfolio recalculate "{output}"'
    )


def note_of_old_figures(book: Workbook, mapping: TableMapping) -> tuple[str, ...]:
    """A note where tables are read whose formulas the file itself asks to have computed.

    Many programs ask for that in every file that they write, and so does xlportfolio after it has
    written cells; where no formula is read it is of no consequence.

    Parameters
    ----------
    book
        The workbook.
    mapping
        Its tables.
    """
    if not isinstance(book, ClosedWorkbook) or not book.formulas_are_stale:
        return ()
    by_sheet: dict[str, set[tuple[int, int]]] = {}
    for table in mapping.tables:
        if table.role != "alternative" and table.found.formulas:
            by_sheet.setdefault(table.found.sheet, set()).update(_formulas_read(table))
    n = sum(map(len, by_sheet.values()))
    if not n:
        return ()
    sheets = listed([quoted(sheet) for sheet, cells in by_sheet.items() if cells])
    name = Path(book.path).name
    is_formula, it = ("is a formula", "it shows") if n == 1 else ("are formulas", "they show")
    return (
        f'{counted(n, "cell")} of {sheets} that count {is_formula}, and "{name}" asks to be '
        f"recomputed when it is opened: what {it} may be out of date. To be sure, open it in Excel "
        f'and save it, or run: xlportfolio recalculate "{name}"',
    )


def _formulas_read(table: MappedTable) -> Iterator[tuple[int, int]]:
    found = table.found
    columns = {part.column for field in table.fields.values() for part in field.columns}
    for column in columns:
        for record in range(len(found.records)):
            if found.is_formula(record, column):
                yield found.cell(record, column)
