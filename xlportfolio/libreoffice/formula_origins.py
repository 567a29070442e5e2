"""Where an error began: of formulas that failed, those that the others only pass on."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlportfolio.errors import InputError
from xlportfolio.libreoffice.formula_calls import sheet_name
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.protocol import ExcelTable
from xlportfolio.workbook.references import CellRange

Key = tuple[str, int, int]
"""Sheet, row and column of a formula's (first) cell."""

_MOST_LINKS = 500_000
_DEEPEST_NAME = 8
_FEW_CELLS = 64
_COLUMN_NAME = re.compile(r"\[((?:[^\[\]']|'.)+)\]")


@dataclass(frozen=True)
class Named:
    """What words in formulas stand for, all in lower case.

    Attributes
    ----------
    names
        The text of each defined name.
    tables
        Each Excel table.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, ExcelTable] = field(default_factory=dict)


def references(text: str, sheet: str, named: Named) -> Iterator[tuple[str, CellRange]]:
    """Find every range that a formula's text refers to.

    Parameters
    ----------
    text
        As stored, without "=".
    sheet
        Where it stands.
    named
        What names and tables stand for.

    Returns
    -------
    Sheet, in lower case, and range. What INDIRECT and OFFSET make up is not among them.

    Examples
    --------
    >>> found = references("SUM(A1:B2,Data!C:C)", "Plan", Named())
    >>> [(sheet, cells.address) for sheet, cells in found]
    [('plan', 'A1:B2'), ('data', 'C1:C1048576')]
    """
    yield from _references(text, sheet.lower(), named, 0)


def _references(text: str, sheet: str, named: Named, depth: int) -> Iterator[tuple[str, CellRange]]:
    tokens = [(kind, token) for kind, token in formula_tokens(text) if not token.isspace()]
    here = sheet
    i = 0
    while i < len(tokens):
        kind, token = tokens[i]
        i += 1
        if kind in ("sheet", "word") and token.endswith("!"):
            here = sheet_name(token).lower()
            continue
        if kind in ("columns", "rows", "word", "spill"):
            address = token.removesuffix("#")
            if kind == "word" and i + 1 < len(tokens) and tokens[i][1] == ":":
                both = _range(f"{token}:{tokens[i + 1][1]}")
                if both is not None:
                    yield here, both
                    here, i = sheet, i + 2
                    continue
            cells = _range(address)
            if cells is not None:
                yield here, cells
            elif token.lower() in named.tables:
                bracket = tokens[i][1] if i < len(tokens) and tokens[i][0] == "bracket" else ""
                yield _part_of(named.tables[token.lower()], bracket)
            elif token.lower() in named.names and depth < _DEEPEST_NAME:
                yield from _references(named.names[token.lower()], sheet, named, depth + 1)
        here = sheet


def _part_of(table: ExcelTable, bracket: str) -> tuple[str, CellRange]:
    """The columns of a table that a structured reference names, in all its rows."""
    names = [re.sub("'(.)", r"\1", name).lower() for name in _COLUMN_NAME.findall(bracket)]
    headers = [header.lower() for header in table.headers]
    columns = [headers.index(name) for name in names if name in headers]
    cells = table.range
    if columns:
        first = cells.first_column
        ends = first + min(columns), first + max(columns)
        cells = CellRange(cells.first_row, ends[0], cells.last_row, ends[1])
    return table.sheet.lower(), cells


def _range(address: str) -> CellRange | None:
    try:
        return CellRange.parse(address)
    except InputError:
        return None


class Dependants:
    """Which formulas refer to a cell.

    Parameters
    ----------
    formulas
        All of a workbook.
    named
        What names and tables stand for.
    """

    def __init__(self, formulas: Mapping[Key, FormulaCell], named: Named) -> None:
        self._by_cell: dict[Key, list[Key]] = {}
        self._by_range: dict[str, list[tuple[CellRange, Key]]] = {}
        for key, one in formulas.items():
            for sheet, cells in references(one.text, key[0], named):
                if cells.n_rows * cells.n_columns > _FEW_CELLS:
                    self._by_range.setdefault(sheet, []).append((cells, key))
                    continue
                for place in places(cells):
                    self._by_cell.setdefault((sheet, *place), []).append(key)

    def of(self, sheet: str, cells: CellRange) -> Iterator[Key]:
        """The formulas that refer to some of the cells of a small range; some of them twice."""
        for place in places(cells):
            yield from self._by_cell.get((sheet.lower(), *place), ())
        for other, key in self._by_range.get(sheet.lower(), ()):
            if other.overlaps(cells):
                yield key


def places(cells: CellRange) -> Iterator[tuple[int, int]]:
    """Row and column of every cell of a range."""
    for row in range(cells.first_row, cells.last_row + 1):
        for column in range(cells.first_column, cells.last_column + 1):
            yield row, column


@dataclass(frozen=True)
class Failed:
    """A formula whose answer is an error of LibreOffice.

    Attributes
    ----------
    sheet, formula
        Which it is.
    is_settled
        Whether it was this error before, so that what passes it on is right.
    """

    sheet: str
    formula: FormulaCell
    is_settled: bool = False

    @property
    def key(self) -> Key:
        return self.sheet, self.formula.row, self.formula.column


def origins(failed: Sequence[Failed], named: Named) -> tuple[set[Key], set[Key]]:
    """Tell the formulas in which errors began from those that pass them on.

    Parameters
    ----------
    failed
        All formulas whose answer is such an error.
    named
        What names and tables stand for.

    Returns
    -------
    Those in which an error began, with every formula of a circle that it began in; and those that
    may yet be computed once these hold a value. What passes on a settled error is in neither.
    """
    links = _links(failed, named)
    if links is None:
        return {one.key for one in failed if not one.is_settled}, set()
    began: set[Key] = set()
    waiting: set[Key] = set()
    settled: set[int] = set()
    for circle in _circles(links):
        members = set(circle)
        before = {k for member in circle for k in links[member]} - members
        keys = {failed[k].key for k in circle}
        if all(failed[k].is_settled for k in circle) or (before and before <= settled):
            settled |= members
        elif before - settled:
            waiting |= keys
        else:
            began |= keys
    return began, waiting


def _links(failed: Sequence[Failed], named: Named) -> list[list[int]] | None:
    """For each failed formula the failed ones that it refers to; None where there are too many."""
    columns: dict[tuple[str, int], list[tuple[int, int]]] = {}
    arrays: list[tuple[str, CellRange, int]] = []
    for k, one in enumerate(failed):
        cells = one.formula.cells
        if cells.n_rows == cells.n_columns == 1:
            columns.setdefault((one.sheet.lower(), cells.first_column), []).append(
                (cells.first_row, k)
            )
        else:
            arrays.append((one.sheet.lower(), cells, k))
    for rows in columns.values():
        rows.sort()
    by_sheet: dict[str, list[int]] = {}
    for sheet, column in columns:
        by_sheet.setdefault(sheet, []).append(column)
    links: list[list[int]] = []
    n_links = 0
    for one in failed:
        found: set[int] = set()
        for sheet, cells in references(one.formula.text, one.sheet, named):
            for column in by_sheet.get(sheet, ()):
                if cells.first_column <= column <= cells.last_column:
                    rows = columns[sheet, column]
                    first = bisect_left(rows, (cells.first_row, -1))
                    last = bisect_right(rows, (cells.last_row, len(failed)))
                    n_links += last - first
                    if n_links > _MOST_LINKS:
                        return None
                    found.update(k for _, k in rows[first:last])
            found.update(k for name, area, k in arrays if name == sheet and area.overlaps(cells))
        links.append(sorted(found))
    return links


def _circles(links: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The strongly connected components, each after those that it refers to.

    Tarjan (1972), Depth-first search and linear graph algorithms, SIAM J. Comput. 1(2), without
    recursion.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    for root in range(len(links)):
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            for k in range(position, len(links[node])):
                other = links[node][k]
                if other not in index:
                    work += [(node, k + 1), (other, 0)]
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                if low[node] == index[node]:
                    circle: list[int] = []
                    while not circle or circle[-1] != node:
                        circle.append(stack.pop())
                        on_stack.discard(circle[-1])
                    yield circle
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
