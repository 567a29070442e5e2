"""What is said about the rows of a mapped table: those below a gap, and those left out."""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.workbook.finding.found import FoundTable
from xlportfolio.workbook.references import column_letter, sheet_reference


def row_notes(found: FoundTable) -> list[str]:
    """Sentences on rows that a person would want to know were taken, or were not."""
    where = sheet_reference(found.sheet, found.range)
    notes = []
    if found.joined_rows:
        notes.append(
            f"{_lines(found, found.joined_rows)} below a gap "
            f"{'was' if len(found.joined_rows) == 1 else 'were'} read as part of {where}. "
            "Give them a header of their own if they are no part of it."
        )
    for why in dict.fromkeys(found.left_out.values()):
        rows = [row for row, said in found.left_out.items() if said == why]
        notes.append(
            f"{_lines(found, rows)} of {where} {'was' if len(rows) == 1 else 'were'} "
            f"left out: {why}."
        )
    return notes


def _lines(found: FoundTable, rows: Sequence[int]) -> str:
    """Rows, or columns of a table on its side, counted and placed: "12 rows (23 to 34)"."""
    word = "column" if found.grid.turned else "row"
    ends = [column_letter(row) if found.grid.turned else str(row) for row in (rows[0], rows[-1])]
    if len(rows) == 1:
        return f"{word.title()} {ends[0]}"
    return f"{len(rows)} {word}s ({ends[0]} to {ends[1]})"
