"""What a host hands to a cell function, brought to one form; and answers as rows that spill.

Hosts differ: a blank arrives as None or "", one cell as a scalar or a list, a row as a list, a date
as a date or a serial number, an error as its text or as a large negative number. Everything that
tells them apart stands here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar

from xlportfolio.errors import InputError
from xlportfolio.parsing.words import parse_direction
from xlportfolio.values import CellError
from xlportfolio.wording import listed, shown

Word = TypeVar("Word", bound=str)
Grid = tuple[tuple[Any, ...], ...]
"""Rows of cells: None, float, str, bool or CellError."""

Rows = list[list[Any]]
"""An answer that spills; None leaves a cell blank."""

_ERRORS = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}
_ERROR_NUMBERS = {number: code for code, number in _ERRORS.items()}
_ERROR_0 = -2146828288
"""What Excel adds to the number of an error (0x800A0000)."""

_DAY_0 = datetime(1899, 12, 30)


def cell_of(value: Any) -> Any:
    """One cell in the one form: None, float, str, bool or CellError.

    >>> cell_of(""), cell_of("  "), cell_of(3), cell_of(date(2026, 4, 1)), cell_of("#N/A")
    (None, None, 3.0, 46113.0, CellError(code='#N/A'))
    >>> cell_of(-2146826246), cell_of(float("nan"))
    (CellError(code='#N/A'), None)
    """
    if type(value) is float:  # nearly every cell is one: kept short for speed
        return None if value != value else value
    if value is None or isinstance(value, bool | CellError):
        return value
    if isinstance(value, str):
        if value.strip() in _ERRORS:
            return CellError(value.strip())
        return value if value.strip() else None
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _DAY_0).total_seconds() / 86400
    if isinstance(value, date):
        return float((datetime.combine(value, time()) - _DAY_0).days)
    if isinstance(value, int) and value - _ERROR_0 in _ERROR_NUMBERS:
        return CellError(_ERROR_NUMBERS[value - _ERROR_0])
    if hasattr(value, "item"):  # a number of numpy
        return cell_of(value.item())
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    return None if math.isnan(number) else number


def error_number(error: CellError) -> int:
    """The number that Excel knows an error by; that of #VALUE! where it knows none.

    >>> error_number(CellError("#N/A")), error_number(CellError("Err:502"))
    (2042, 2015)
    """
    return _ERRORS.get(error.code, _ERRORS["#VALUE!"])


def grid_of(name: str, value: Any) -> Grid:
    """A range as rows of cells, whatever the host made of it.

    Parameters
    ----------
    name
        The argument, for the sentence.
    value
        A scalar, a list of cells (a column), a list of rows, a tuple, an array or a data frame.

    Returns
    -------
    Rows of equal length, at least one cell.

    Raises
    ------
    InputError
        If the rows differ in length, or there are none.

    Examples
    --------
    >>> grid_of("scores", [0.5, "", None])
    ((0.5,), (None,), (None,))
    >>> grid_of("scores", 3), grid_of("scores", ((1, "a"),))
    (((3.0,),), ((1.0, 'a'),))
    """
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return ((cell_of(value),),)
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in value]
    if not rows or not rows[0]:
        raise InputError(f"{name} is empty; expected a range of at least one cell.")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{name}, row {i + 1} has {len(row)} cells and row 1 has {len(rows[0])}; expected "
                "rows of the same length."
            )
        if any(isinstance(cell, list | tuple) for cell in row):
            raise InputError(f"{name}, row {i + 1} holds lists; expected a cell in each place.")
    return tuple(tuple(cell_of(cell) for cell in row) for row in rows)


def is_left_out(value: Any) -> bool:
    """Whether an optional argument was left out, or every cell of it is blank.

    >>> is_left_out(None), is_left_out(""), is_left_out([[None, ""]]), is_left_out([[0]])
    (True, True, True, False)
    """
    if value is None or value == []:
        return True
    return all(cell is None for row in grid_of("range", value) for cell in row)


def word_of(name: str, value: Any, words: Sequence[Word]) -> Word:
    """An option, in whatever case; the first word is the default of a blank.

    >>> word_of("output", "Rank", ("score", "rank")), word_of("output", "", ("score", "rank"))
    ('rank', 'score')
    """
    cell = _scalar(name, value)
    if cell is None:
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
    placed = [
        [(f"{name}, row {r + 1}, column {c + 1}", cell) for c, cell in enumerate(row)]
        for r, row in enumerate(grid)
    ]
    if len(grid) == 1 or len(grid[0]) == 1:
        found = [one for row in placed for one in row]
        if len(found) == n + 1 and isinstance(found[0][1], str) and not is_usable(found[0][1]):
            found = found[1:]  # a heading before them
        labels = None
    else:
        pairs = _pairs(placed, is_usable, names)
        if pairs is None:
            raise InputError(
                f"{name} is {len(grid)} x {len(grid[0])} cells; expected one row or one column, a "
                f"cell for each {each}."
            )
        if len(pairs) == n + 1 and not is_usable(pairs[0][1][1]):
            pairs = pairs[1:]
        found = [pair[1] for pair in pairs]
        labels = [str(pair[0][1]) for pair in pairs]
    if len(found) != n:
        cells = "1 cell" if len(found) == 1 else f"{len(found)} cells"
        raise InputError(f"{name} has {cells}; expected {n}, one for each {each}.")
    if labels is None or names is None:
        return found
    return [found[k] for k in matched(name, labels, each, names)]


def _pairs(
    placed: list[list[tuple[str, Any]]],
    is_usable: Callable[[Any], bool],
    names: Sequence[str] | None,
) -> list[list[tuple[str, Any]]] | None:
    """Name and cell of each, where a range has two columns or two rows; None otherwise."""
    from xlportfolio.keys import name_key

    across = [list(column) for column in zip(*placed, strict=True)]
    found = [
        pairs
        for pairs in (placed, across)
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

    positions: dict[str, int] = {}
    known = {name_key(one): one for one in names}
    for k, label in enumerate(labels):
        key = name_key(label)
        if key not in known:
            raise InputError(
                f'{name} names "{label}", which is no {each}; expected {listed(list(names))}.'
            )
        if key in positions:
            raise InputError(f'{name} names "{label}" twice; expected each {each} once.')
        positions[key] = k
    missing = [f'"{one}"' for key, one in known.items() if key not in positions]
    if missing or len(known) < len(names):
        raise InputError(
            f"{name} has nothing for {listed(missing)}; expected a cell for each {each}."
            if missing
            else f"The names of {each} are not unique; leave the names out of {name}."
        )
    return [positions[name_key(one)] for one in names]


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
        if not isinstance(cell, float) or math.isinf(cell) or cell < 0:
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
