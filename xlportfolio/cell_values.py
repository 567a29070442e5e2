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
from xlportfolio.wording import counted, listed, quoted, shortened, shown

Word = TypeVar("Word", bound=str)


class Grid(tuple[tuple[Any, ...], ...]):
    """Rows of cells of the same length: None, a finite float, str, bool or CellError.

    Attributes
    ----------
    is_whole_columns
        Whether the range ran down the whole sheet (A:A). Then the blank rows at its end are left
        out, and its first row is that of the sheet.
    """

    is_whole_columns = False


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
_ERRORS_WITHOUT_A_NUMBER = {"#BUSY!", "#EXTERNAL!", "#PYTHON!", "#TIMEOUT!"}
_ERROR_NUMBERS = {number: code for code, number in _ERRORS.items()}
_ERROR_0 = -2146828288
"""What Excel adds to the number of an error (0x800A0000)."""
_ERROR_RANGE = range(2000, 2200)
"""The numbers of errors, those to come included: none of them may be read as a figure."""

_WHOLE_COLUMN = 1_000_000
"""A range of more rows runs down the whole sheet, which has 1,048,576."""

_DAY_0 = datetime(1899, 12, 30)
_LONGEST_NAME = 60


def cell_of(value: Any) -> Any:
    """One cell in the one form: None, float, str, bool or CellError.

    >>> cell_of(""), cell_of("  "), cell_of(3), cell_of(date(2026, 4, 1)), cell_of("#N/A")
    (None, None, 3.0, 46113.0, CellError(code='#N/A'))
    >>> cell_of(-2146826246), cell_of(float("nan")), cell_of(float("inf"))
    (CellError(code='#N/A'), None, CellError(code='#NUM!'))
    """
    if type(value) is float:  # nearly every cell is one: kept short for speed
        return value if value - value == 0.0 else _not_finite(value)
    if value is None or isinstance(value, bool | CellError):
        return value
    if isinstance(value, str):
        text = value.strip()
        if text[:1] == "#" and (text in _ERRORS or text in _ERRORS_WITHOUT_A_NUMBER):
            return CellError(text)
        return value if text else None
    if isinstance(value, datetime):
        return cell_of((value.replace(tzinfo=None) - _DAY_0).total_seconds() / 86400)
    if isinstance(value, date):
        return float((datetime.combine(value, time()) - _DAY_0).days)
    if isinstance(value, int) and value - _ERROR_0 in _ERROR_RANGE:
        number = value - _ERROR_0
        return CellError(_ERROR_NUMBERS.get(number, f"error {number}"))
    if hasattr(value, "item"):  # a value of numpy
        return cell_of(_plain_python(value))
    try:
        return cell_of(float(value))
    except OverflowError:
        return CellError("#NUM!")
    except (TypeError, ValueError):
        return str(value)


def _not_finite(value: float) -> CellError | None:
    """What a sheet has in its place: nothing, or the error of a figure that is too large."""
    return None if math.isnan(value) else CellError("#NUM!")


def _plain_python(value: Any) -> Any:
    """Values of numpy as those of Python; dates as dates, which else come as whole numbers."""
    if value.dtype.kind == "M":
        value = value.astype("datetime64[us]")
    return value.tolist()


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
    if isinstance(value, Grid):
        return value
    value = _listed(value)
    if not isinstance(value, list | tuple):
        return Grid(((cell_of(value),),))
    n_rows = len(value)
    filled = value[: _n_filled(value)]
    if not filled or filled[0] in ([], ()):
        raise InputError(f"{name} is empty; expected a range of at least one cell.")
    rows = [_row(name, i, row) for i, row in enumerate(filled)]
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            raise InputError(
                f"{name}, row {i + 1} has {cells} and row 1 has {width}; expected rows of the same "
                "length."
            )
    if n_rows > _WHOLE_COLUMN:
        grid = Grid(rows)
        grid.is_whole_columns = True
        return grid
    rows += [(None,) * width] * (n_rows - len(rows))
    return Grid(rows)


def _listed(value: Any) -> Any:
    """A data frame or array as a list; anything else as it is."""
    if isinstance(value, list | tuple | float | str):
        return value
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return _plain_python(value) if hasattr(value, "dtype") else value


def _n_filled(rows: Sequence[Any]) -> int:
    """How many rows there are up to the last that holds something, at least one."""
    n = len(rows)
    if not n:
        return 0
    last = rows[-1]
    width = len(last) if isinstance(last, list | tuple) else 0
    nothing: tuple[Any, ...] = (None, "")
    if width:
        nothing = tuple(type(last)([blank] * width) for blank in nothing)
    while n > 1 and (type(rows[n - 1]) is type(last)) and rows[n - 1] in nothing:
        n -= 1
    return n


def _row(name: str, i: int, row: Any) -> tuple[Any, ...]:
    if not isinstance(row, list | tuple):
        return (cell_of(row),)
    if set(map(type, row)) == {float}:  # nearly every row: kept short for speed
        total = sum(row)
        if total - total == 0.0:  # neither NaN nor an infinity among them
            return tuple(row)
    if any(isinstance(cell, list | tuple) for cell in row):
        raise InputError(f"{name}, row {i + 1} holds lists; expected a cell in each place.")
    return tuple(map(cell_of, row))


def is_left_out(value: Any) -> bool:
    """Whether an optional argument was left out, or every cell of it is blank.

    >>> is_left_out(None), is_left_out(""), is_left_out([[None, ""]]), is_left_out([[0]])
    (True, True, True, False)
    """
    if isinstance(value, list | tuple):
        return all(map(is_left_out, value))
    value = _listed(value)
    return is_left_out(value) if isinstance(value, list) else cell_of(value) is None


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
                f"{listed([shortened(one, _LONGEST_NAME) for one in names])}."
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
