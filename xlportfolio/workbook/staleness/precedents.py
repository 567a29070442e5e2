"""What a formula reads: the cells that its text refers to, and whether it may read any other.

Never too little: what the text leaves open is taken for all that it may mean. So a range whose end
is worked out (`A1:INDEX(B:B,5)`) reaches around everything that the formula names on that sheet,
and a column that a table does not have means all of its columns. `[#This Row]` is the formula's own
row where the table has it. References to other workbooks count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.staleness.reference_scan import ANYTHING, NOTHING, Asking, Reads, Scan

if TYPE_CHECKING:
    from xlportfolio.workbook.container.opc import NameEntry

_DEEPEST_NAME = 16
_MOST_NAMES = 10_000
"""Of one formula; names that name each other could double what it reads without end."""


class Precedents:
    """What the formulas of one workbook read.

    Parameters
    ----------
    sheets
        The worksheets in their order, for references through several of them.
    names
        The defined names.
    tables
        The Excel tables.
    """

    def __init__(
        self,
        sheets: Sequence[str],
        names: Iterable[NameEntry] = (),
        tables: Iterable[ExcelTable] = (),
    ) -> None:
        self._sheets = [sheet.casefold() for sheet in sheets]
        self._positions = {sheet: k for k, sheet in enumerate(self._sheets)}
        self._by_name: dict[str, list[NameEntry]] = {}
        for one in names:
            self._by_name.setdefault(one.name.casefold(), []).append(one)
        self._by_table: dict[str, ExcelTable] = {}
        for table in tables:
            self._by_table.setdefault(table.name.casefold(), table)
        self._fixed: dict[tuple[str, str | None, str], Reads] = {}
        self._open_names: list[tuple[str, str | None]] = []
        self._n_looked_up = 0

    def of(self, text: str, sheet: str, row: int, column: int) -> Reads:
        """Find what a formula reads.

        Parameters
        ----------
        text
            As stored, without "=".
        sheet, row, column
            The cell that holds it, from 1.

        Examples
        --------
        >>> from xlportfolio.workbook.container.opc import NameEntry
        >>> rate = NameEntry("Rate", "Data!$B$1", sheet=None, hidden=False)
        >>> book = Precedents(["Plan", "Data"], [rate])
        >>> read = book.of("SUM(A1:B2)*Rate+[1]Other!C3", "Plan", 5, 1)
        >>> [tuple(area) for area in read.areas]
        [('plan', 1, 1, 2, 2), ('data', 1, 2, 1, 2)]
        >>> book.of('INDIRECT("A"&1)', "Plan", 5, 1).reads_anything
        True
        """
        self._n_looked_up = 0
        return self._read(text, Asking(sheet.casefold(), row, column))

    def _read(self, text: str, asking: Asking) -> Reads:
        tokens = [one for one in formula_tokens(text) if not one[1].isspace()]
        return Scan(self, tokens, asking).run()

    # -- what words stand for --------------------------------------------------------------------

    def has_sheet(self, name: str) -> bool:
        """Whether there is such a worksheet."""
        return name.casefold() in self._positions

    def between(self, first: str, last: str) -> list[str]:
        """The sheets from one to another, casefolded; none where either is missing."""
        ends = [self._positions.get(name.casefold()) for name in (first, last)]
        if None in ends:
            return []
        start, end = sorted(position for position in ends if position is not None)
        return self._sheets[start : end + 1]

    def table(self, name: str) -> ExcelTable | None:
        """The Excel table of that name."""
        return self._by_table.get(name.casefold())

    def table_at(self, asking: Asking) -> ExcelTable | None:
        """The Excel table around the asking cell."""
        for table in self._by_table.values():
            if table.sheet.casefold() == asking.sheet and table.range.contains(
                asking.row, asking.column
            ):
                return table
        return None

    def named(self, word: str, sheets: Sequence[str], asking: Asking) -> Iterator[Reads]:
        """What a defined name reads: the one of the sheet in question, else the workbook's.

        Within another name it is not known whose sheet is meant, so that all of them count.
        """
        found = self._by_name.get(word.casefold())
        if not found:
            return
        if not self._open_names:
            local = [one for one in found if one.sheet and one.sheet.casefold() in sheets]
            found = local or [one for one in found if one.sheet is None] or found
        for one in found:
            yield self._of_name(one, asking)

    def _of_name(self, one: NameEntry, asking: Asking) -> Reads:
        key = (one.name.casefold(), one.sheet, asking.sheet)
        if key in self._fixed:
            return self._fixed[key]
        if key[:2] in self._open_names:
            return NOTHING  # a name that names itself: what it reads is being found
        self._n_looked_up += 1
        if len(self._open_names) >= _DEEPEST_NAME or self._n_looked_up > _MOST_NAMES:
            return ANYTHING
        is_outermost = not self._open_names
        self._open_names.append(key[:2])
        try:
            # Relative references of a name are stored as if it stood in A1.
            read = self._read(
                one.text.removeprefix("="),
                Asking(asking.sheet, asking.row, asking.column, asking.row - 1, asking.column - 1),
            )
        finally:
            self._open_names.pop()
        if is_outermost and not read.is_relative:
            self._fixed[key] = read
        return read
