"""Examples of cell functions: their ranges as rows of cells, their values as typed in a formula."""

from __future__ import annotations

from typing import Any

from xlportfolio.values import CellError

TOLERANCE = 1e-12
"""How far hosts may be apart, absolute or relative to what is expected."""


def grid_of_example(value: Any) -> list[list[Any]]:
    """Rows of cells, of whatever a call hands over or gives back.

    >>> grid_of_example(3), grid_of_example([1, 2]), grid_of_example([[1, 2]])
    ([[3]], [[1], [2]], [[1, 2]])
    """
    if not isinstance(value, list | tuple):
        return [[value]]
    return [list(row) if isinstance(row, list | tuple) else [row] for row in value]


def typed_value(value: Any) -> str:
    """A single value as it is typed in a formula; "" for an argument that is left out.

    >>> [typed_value(one) for one in (None, 0.5, True, "max", CellError("#N/A"))]
    ['', '0.5', 'TRUE', '"max"', '#N/A']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        doubled = value.replace('"', '""')
        return f'"{doubled}"'
    if isinstance(value, CellError):
        return value.code
    return f"{value:.15g}"
