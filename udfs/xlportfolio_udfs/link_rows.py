"""Dependencies between projects, as rows of from, to and type in a range of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xlportfolio.cell_ranges import DataRange
from xlportfolio.cell_values import grid_of, is_left_out
from xlportfolio.errors import InputError
from xlportfolio.parsing.words import parse_link_type
from xlportfolio.values import CellError
from xlportfolio.wording import shown

if TYPE_CHECKING:
    from xlportfolio.selection.model import LinkRule


def link_rules(
    name: str, value: Any, projects: DataRange, rows: Sequence[int]
) -> tuple[LinkRule, ...]:
    """Read the dependencies that bear on the choice.

    Parameters
    ----------
    name, value
        The argument; a header row and blank rows are passed over.
    projects
        The range of the projects: a link names one by its label where the range has labels, else
        by its row number within the range.
    rows
        The rows of data that are in the choice; rules count positions among them.

    Returns
    -------
    The rules but those of time alone.

    Raises
    ------
    InputError
        If there are not three columns, or a cell names no project or no type of link, or a row
        links a project with itself.
    """
    from xlportfolio.selection.link_rules import VERBS
    from xlportfolio.selection.model import LinkRule

    if is_left_out(value):
        return ()
    grid = grid_of(name, value)
    if len(grid[0]) != 3:
        columns = "1 column" if len(grid[0]) == 1 else f"{len(grid[0])} columns"
        raise InputError(f"{name} has {columns}; expected three: from, to and type.")
    known = _known(projects, rows)
    rules = []
    for r, row in enumerate(grid):
        if all(cell is None for cell in row) or (r == 0 and _is_header(row, known)):
            continue
        ends = [
            _end(f"{name}, row {r + 1}, column {k + 1}", row[k], projects, known) for k in (0, 1)
        ]
        if ends[0] == ends[1]:
            raise InputError(
                f"{name}, row {r + 1} links {shown(row[0])} with itself; expected two projects."
            )
        kind = None if isinstance(row[2], CellError) else parse_link_type(row[2])
        if kind is None:
            raise InputError(
                f"{name}, row {r + 1}, column 3 is {shown(row[2])}; expected Requires, Excludes, "
                "Together or Finish-to-start."
            )
        if kind != "Finish-to-start":
            start, end = (projects.row_name(rows[position]) for position in ends)
            text = f"{start} {VERBS[kind]} {end}"
            rules.append(LinkRule(kind, (ends[0],), (ends[1],), text))
    return tuple(rules)


def _known(projects: DataRange, rows: Sequence[int]) -> dict[str, int]:
    """The position of each project by what a link may write for it; a label of several is none."""
    known: dict[str, int] = {}
    repeated: set[str] = set()
    for position, i in enumerate(rows):
        key = _key(projects.full_name(i) if projects.labels else float(projects.row_number(i)))
        if key in known:
            repeated.add(key)
        known[key] = position
    return {key: position for key, position in known.items() if key not in repeated}


def _key(cell: Any) -> str:
    from xlportfolio.keys import name_key

    return name_key(f"{cell:.15g}" if isinstance(cell, float) else str(cell))


def _is_header(row: Sequence[Any], known: dict[str, int]) -> bool:
    """Whether a first row names the columns: all text, and neither a project nor a type."""
    return (
        all(isinstance(cell, str) for cell in row)
        and parse_link_type(row[2]) is None
        and _key(row[0]) not in known
        and _key(row[1]) not in known
    )


def _end(place: str, cell: Any, projects: DataRange, known: dict[str, int]) -> int:
    found = known.get(_key(cell))
    if found is not None:
        return found
    if projects.labels:
        raise InputError(
            f"{place} is {shown(cell)}; expected the label of one project of {projects.name}."
        )
    raise InputError(
        f"{place} is {shown(cell)}; expected the row number of a project within {projects.name}."
    )
