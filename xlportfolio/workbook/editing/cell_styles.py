"""The style numbers of cells: their own, or what they would inherit from their row or column."""

from __future__ import annotations

from collections.abc import Iterable

from xlportfolio.workbook.editing.rowpass import RowPass


def cell_styles(
    sheet: str, chunks: Iterable[bytes], cells: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], int]:
    """The style number of each of the cells, whether the sheet has it or not.

    Parameters
    ----------
    sheet
        The sheet's name, for messages.
    chunks
        Its XML.
    cells
        (row, column) of those that are asked for.

    Raises
    ------
    WorkbookError
        If the sheet is damaged.
    """
    wanted: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        wanted.setdefault(row, []).append(column)
    looking = _StylePass(sheet, wanted)
    for _ in looking.run(chunks):
        pass
    return looking.found


class _StylePass(RowPass):
    """One run over the XML."""

    def __init__(self, sheet: str, wanted: dict[int, list[int]]) -> None:
        super().__init__(sheet, wanted, None, {}, {})
        self.found: dict[tuple[int, int], int] = {}

    def wanted_cell(self, attributes: dict[str, str], prefix: str) -> None:
        self.found[self._row_number, self._column] = self._integer(attributes.get("s", "0"))

    def new_cell(self, column: int, style: int, prefix: str) -> str:
        self.found[self._row_number, column] = style
        return ""

    def is_filled(self, row: int, column: int) -> bool:
        return False
