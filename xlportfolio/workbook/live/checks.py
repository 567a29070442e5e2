"""What keeps cells of an open workbook from being written; the rules of the closed file, and more.

In Excel a filter hides rows while it is written, and a table grows over what is written beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.guards import Guard
from xlportfolio.workbook.live.reading import LiveReading, answered
from xlportfolio.workbook.live.standing import cell_in
from xlportfolio.workbook.references import CellRange


def guard_of(reading: LiveReading, sheet: str) -> Guard:
    """What on a sheet must not be overwritten.

    Parameters
    ----------
    reading
        What was read of the workbook.
    sheet
        The sheet's name.
    """
    read, handle = reading.sheet(sheet), reading.handles[sheet]
    with answered(f'sheet "{sheet}" was looked at'):
        protected = reading.details.is_protected(handle)
        pivot_tables = reading.details.pivot_tables(handle)
    return Guard(
        sheet,
        protected=protected,
        merges=read.contents.merges,
        computed=read.filled,
        tables=[table for table in reading.tables if table.sheet == sheet],
        pivot_tables=[(name, CellRange.parse(cells)) for name, cells in pivot_tables],
    )


def require_unfiltered(reading: LiveReading, sheet: str, cells: Sequence[tuple[int, int]]) -> None:
    """Refuse cells in rows that a filter hides: Excel may pass them over.

    Parameters
    ----------
    reading
        What was read of the workbook.
    sheet
        The sheet's name.
    cells
        (row, column) of each.

    Raises
    ------
    WorkbookError
        With the first such cell.
    """
    hidden = reading.sheet(sheet).contents.hidden_rows
    found = next((at for at in cells if at[0] in hidden), None)
    if found is None:
        return
    with answered(f'sheet "{sheet}" was looked at'):
        is_filtered = reading.details.is_filtered(reading.handles[sheet])
    if is_filtered:
        raise WorkbookError(
            f"{cell_in(sheet, found)} cannot be written: a filter hides its row, and Excel may "
            "pass such rows over. Clear the filter in Excel (Data > Clear)."
        )


def require_no_growth(reading: LiveReading, sheet: str, cells: Sequence[tuple[int, int]]) -> None:
    """Refuse blank cells at the edge of an Excel table, which would grow over what is written.

    Parameters
    ----------
    reading
        What was read of the workbook.
    sheet
        The sheet's name.
    cells
        (row, column) of each cell that gets a value.

    Raises
    ------
    WorkbookError
        With the first such cell.
    """
    rows = reading.sheet(sheet).contents.rows
    for table in reading.tables:
        if table.sheet != sheet:
            continue
        area = table.range
        for row, column in cells:
            is_below = row == area.last_row + 1 and not table.totals_rows
            is_below &= area.first_column <= column <= area.last_column
            is_beside = column == area.last_column + 1 and area.first_row <= row <= area.last_row
            if (is_below or is_beside) and rows.get(row, {}).get(column) is None:
                raise WorkbookError(
                    f"{cell_in(sheet, (row, column))} cannot be written: it lies at the edge of "
                    f'the Excel table "{table.name}", which would grow over it. Write further '
                    f"{'down' if is_below else 'right'}, or add the "
                    f"{'row' if is_below else 'column'} to the table in Excel first."
                )
