"""Arguments of a cell function as methods take them: words, weights, directions, one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from xlportfolio.cell_values import Grid, grid_of, is_left_out
from xlportfolio.errors import InputError
from xlportfolio.parsing.words import parse_direction
from xlportfolio.values import CellError
from xlportfolio.wording import counted, listed, quoted, shortened, shown

Word = TypeVar("Word", bound=str)


def word_of(name: str, value: Any, words: Sequence[Word]) -> Word:
    """An option, in whatever case; the first word is the default of a blank.

    No option is a number, and LibreOffice hands over 0 for one that is left out.

    >>> word_of("output", "Rank", ("score", "rank")), word_of("output", "", ("score", "rank"))
    ('rank', 'score')
    """
    cell = _scalar(name, value)
    if cell is None or (isinstance(cell, float) and cell == 0):
        return words[0]
    plain = " ".join(cell.split()).casefold() if isinstance(cell, str) else ""
    found = next((word for word in words if word == plain), None)
    if found is not None:
        return found
    expected = " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    raise InputError(f"{name} is {shown(cell)}; expected {expected}.")


def _scalar(name: str, value: Any) -> Any:
    grid = grid_of(name, value)
    if len(grid) > 1 or len(grid[0]) > 1:
        raise InputError(
            f"{name} is {len(grid)} x {len(grid[0])} cells; expected a single cell or word."
        )
    return grid[0][0]


def cells_for(
    name: str,
    value: Any,
    n: int,
    each: str,
    names: Sequence[str] | None = None,
    is_usable: Callable[[Any], bool] = lambda cell: not isinstance(cell, str),
) -> list[tuple[str, Any]]:
    """One cell for each of n things, laid out across or down, with or without their names.

    Parameters
    ----------
    name, value
        The argument.
    n, each
        How many things there are, and what one of them is: "criterion".
    names
        Theirs; where the range has names too, it is matched by them, else by position.
    is_usable
        Whether a cell can be what is asked for, to tell it from a name.

    Returns
    -------
    The place and the cell of each thing, in order.

    Raises
    ------
    InputError
        If there is not one cell for each, or a name is unknown, missing or repeated.

    Examples
    --------
    >>> cells_for("weights", [[0.6, 0.4]], 2, "criterion")
    [('weights, row 1, column 1', 0.6), ('weights, row 1, column 2', 0.4)]
    >>> cells_for("weights", [["Cost", 0.4], ["Fit", 0.6]], 2, "criterion", ("Fit", "Cost"))
    [('weights, row 2, column 2', 0.6), ('weights, row 1, column 2', 0.4)]
    """
    grid = grid_of(name, value)
    n_rows, n_columns = len(grid), len(grid[0])
    labels = None
    if n_rows == 1 or n_columns == 1:
        found = _placed(name, grid) if n_rows * n_columns <= n + 1 else []
        if len(found) == n + 1 and isinstance(found[0][1], str) and not is_usable(found[0][1]):
            found = found[1:]  # a heading before them
        n_found = len(found) or n_rows * n_columns
    else:
        pairs = _pairs(name, grid, is_usable, names) if max(n_rows, n_columns) <= n + 1 else None
        if pairs is None:
            raise InputError(
                f"{name} is {n_rows} x {n_columns} cells; expected one row or one column, a cell "
                f"for each {each}."
            )
        if len(pairs) == n + 1 and not is_usable(pairs[0][1][1]):
            pairs = pairs[1:]
        found = [pair[1] for pair in pairs]
        labels = [str(pair[0][1]) for pair in pairs]
        n_found = len(found)
    if n_found != n:
        raise InputError(
            f"{name} has {counted(n_found, 'cell')}; expected {n}, one for each {each}."
        )
    if labels is None or names is None:
        return found
    return [found[k] for k in matched(name, labels, each, names)]


def _placed(name: str, grid: Grid) -> list[tuple[str, Any]]:
    """Place and cell of each, row by row."""
    return [
        (f"{name}, row {r + 1}, column {c + 1}", cell)
        for r, row in enumerate(grid)
        for c, cell in enumerate(row)
    ]


def _pairs(
    name: str,
    grid: Grid,
    is_usable: Callable[[Any], bool],
    names: Sequence[str] | None,
) -> list[list[tuple[str, Any]]] | None:
    """Name and cell of each, where a range has two columns or two rows; None otherwise."""
    from xlportfolio.keys import name_key

    width = len(grid[0])
    cells = _placed(name, grid)
    down = [cells[k : k + width] for k in range(0, len(cells), width)]
    across = [cells[k::width] for k in range(width)]
    found = [
        pairs
        for pairs in (down, across)
        if len(pairs[0]) == 2
        and all(isinstance(pair[0][1], str) for pair in pairs[1:])
        and all(is_usable(pair[1][1]) for pair in pairs[1:])
    ]
    # "Cost" is a direction as well as a criterion: of two readings the one with the known names
    known = {name_key(name) for name in names or ()}
    found.sort(key=lambda pairs: not all(name_key(str(pair[0][1])) in known for pair in pairs))
    return found[0] if found else None


def matched(name: str, labels: Sequence[str], each: str, names: Sequence[str]) -> list[int]:
    """The position among `labels` of each of `names`.

    >>> matched("weights", ["cost", "Fit"], "criterion", ["Fit", "Cost"])
    [1, 0]
    """
    from xlportfolio.keys import name_key

    keys = [name_key(one) for one in names]
    if keys == [name_key(label) for label in labels]:
        return list(range(len(keys)))
    known = set(keys)
    if len(known) < len(keys):
        twice = next(one for one, key in zip(names, keys, strict=True) if keys.count(key) > 1)
        raise InputError(
            f"{name} goes by names, and {quoted(twice)} is that of two; expected each {each} under "
            f"a name of its own. Rename one, or leave the names out of {name}."
        )
    positions: dict[str, int] = {}
    for k, label in enumerate(labels):
        key = name_key(label)
        if key not in known:
            raise InputError(
                f"{name} names {quoted(label)}, which is no {each}; expected "
                f"{listed([shortened(one) for one in names])}."
            )
        if key in positions:
            raise InputError(f"{name} names {quoted(label)} twice; expected each {each} once.")
        positions[key] = k
    missing = [quoted(one) for one, key in zip(names, keys, strict=True) if key not in positions]
    if missing:
        raise InputError(
            f"{name} has nothing for {listed(missing)}; expected a cell for each {each}."
        )
    return [positions[key] for key in keys]


def weights_of(
    value: Any, n: int, each: str = "criterion", names: Sequence[str] | None = None
) -> list[float]:
    """Weights; blank ones altogether are equal. They need not sum to 1.

    >>> weights_of(None, 3), weights_of([[3, 1]], 2)
    ([1.0, 1.0, 1.0], [3.0, 1.0])
    """
    if is_left_out(value):
        return [1.0] * n
    found = cells_for("weights", value, n, each, names)
    for place, cell in found:
        if not isinstance(cell, float) or cell < 0:
            raise InputError(
                f"{place} is {shown(cell)}; expected a weight of at least 0. Enter 0 to ignore the "
                f"{each}."
            )
    if sum(cell for _, cell in found) == 0:
        raise InputError(
            f"weights sum to 0; expected a sum above 0. Enter the weight of at least one {each}."
        )
    return [cell for _, cell in found]


def directions_of(
    value: Any, n: int, each: str = "criterion", names: Sequence[str] | None = None
) -> list[str]:
    """Directions as "max" or "min"; a blank is max.

    >>> directions_of([["Lower", "", -1]], 3), directions_of(None, 1)
    (['min', 'max', 'min'], ['max'])
    """
    if is_left_out(value):
        return ["max"] * n

    def is_direction(cell: Any) -> bool:
        return not isinstance(cell, CellError) and parse_direction(cell) is not None

    directions: list[str] = []
    for place, cell in cells_for("directions", value, n, each, names, is_direction):
        read = parse_direction(cell) if is_direction(cell) else None
        if read is None:
            raise InputError(
                f"{place} is {shown(cell)}; expected max where more is better, or min where less "
                "is."
            )
        directions.append(read)
    return directions
