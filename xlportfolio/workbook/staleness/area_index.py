"""Which of many references of a sheet overlap what changed: each is given once and then forgotten.

Single cells are looked up by column and row; ranges stand in a tree of rectangles, packed by their
columns and then their rows: Leutenegger, Lopez & Edgington (1997), STR: a simple and efficient
algorithm for R-tree packing, ICDE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Rectangle = tuple[int, int, int, int]
"""First row, first column, last row, last column."""

_CHILDREN = 16


@dataclass(slots=True)
class _Node:
    first_row: int
    first_column: int
    last_row: int
    last_column: int
    children: list[_Node]
    readers: Sequence[int] = ()

    def fit(self) -> None:
        """Draw the rectangle around what is left."""
        self.first_row = min(child.first_row for child in self.children)
        self.first_column = min(child.first_column for child in self.children)
        self.last_row = max(child.last_row for child in self.children)
        self.last_column = max(child.last_column for child in self.children)


class AreaIndex:
    """The references of formulas to the cells of one sheet.

    Attributes
    ----------
    n_steps
        How many rectangles were looked at so far, a measure of how entangled they are.
    """

    def __init__(self) -> None:
        self.n_steps = 0
        self._cells: dict[int, dict[int, int | list[int]]] = {}
        self._areas: dict[Rectangle, list[int]] = {}
        self._root: _Node | None = None

    def add(self, area: Rectangle, reader: int) -> None:
        """Note that a formula, by its number, reads an area; all before the first `take`."""
        first_row, first_column, last_row, last_column = area
        if first_row == last_row and first_column == last_column:
            rows = self._cells.setdefault(first_column, {})
            known = rows.get(first_row)
            if known is None:
                rows[first_row] = reader
            elif isinstance(known, list):
                known.append(reader)
            else:
                rows[first_row] = [known, reader]
        else:
            self._areas.setdefault(area, []).append(reader)

    def take(self, area: Rectangle) -> Iterator[int]:
        """The formulas that read some cell of an area, and have not been given for it before."""
        yield from self._take_cells(area)
        if self._areas:
            self._root = _packed(self._areas)
            self._areas = {}
        if self._root is not None:
            yield from self._take_areas(self._root, area)

    def _take_cells(self, area: Rectangle) -> Iterator[int]:
        first_row, first_column, last_row, last_column = area
        columns: Sequence[int] = range(first_column, last_column + 1)
        if len(columns) > len(self._cells):
            columns = [column for column in self._cells if first_column <= column <= last_column]
        for column in columns:
            rows = self._cells.get(column)
            if not rows:
                continue
            found: Sequence[int] = range(first_row, last_row + 1)
            if len(found) > len(rows):
                self.n_steps += len(rows)
                found = [row for row in rows if first_row <= row <= last_row]
            for row in found:
                readers = rows.pop(row, None)
                if isinstance(readers, list):
                    yield from readers
                elif readers is not None:
                    yield readers

    def _take_areas(self, root: _Node, area: Rectangle) -> Iterator[int]:
        first_row, first_column, last_row, last_column = area
        waiting = [root]
        while waiting:
            node = waiting.pop()
            self.n_steps += len(node.children)
            kept: list[_Node] = []
            for child in node.children:
                if (
                    child.first_row > last_row
                    or child.last_row < first_row
                    or child.first_column > last_column
                    or child.last_column < first_column
                ):
                    kept.append(child)
                elif child.readers:
                    yield from child.readers
                elif child.children:
                    kept.append(child)
                    waiting.append(child)
            if len(kept) < len(node.children):
                node.children = kept
                if kept and node is not root:
                    node.fit()


def _packed(areas: dict[Rectangle, list[int]]) -> _Node:
    nodes = [_Node(*area, [], readers) for area, readers in areas.items()]
    while len(nodes) > _CHILDREN:
        n_slices = math.ceil(math.sqrt(len(nodes) / _CHILDREN))
        size = math.ceil(len(nodes) / n_slices / _CHILDREN) * _CHILDREN
        nodes.sort(key=lambda node: (node.first_column, node.last_column))
        parents = []
        for start in range(0, len(nodes), size):
            group = nodes[start : start + size]
            group.sort(key=lambda node: (node.first_row, node.last_row))
            parents += [_parent(group[k : k + _CHILDREN]) for k in range(0, len(group), _CHILDREN)]
        nodes = parents
    return _parent(nodes)


def _parent(children: list[_Node]) -> _Node:
    node = _Node(0, 0, 0, 0, children)
    node.fit()
    return node
