"""Which rows of a block are its header: one row, or several stacked with merged groups."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from xlportfolio.parsing import is_placeholder, parse_date, parse_number
from xlportfolio.periods import parse_period
from xlportfolio.values import CellError, Value
from xlportfolio.workbook.finding.grid import Grid
from xlportfolio.workbook.headings import MONEY_KINDS, Heading, parse_unit, read_heading
from xlportfolio.workbook.references import CellRange
from xlportfolio.workbook.vocabulary import is_known_header

_SEARCHED_ROWS = 30
_SAMPLED_ROWS = 60
_LONGEST_HEADER = 90
_MOST_LEVELS = 3
_MOST_FIELDS = 4_000
_MOST_FIELDS_DOWN = 800  # more down a column are no fields: it is a long table, seen from its side


@dataclass(frozen=True)
class Header:
    """The header rows of a block and what they say over each column.

    Attributes
    ----------
    first, last
        Grid rows of the outermost and innermost level.
    body
        The first grid row of the data.
    levels
        Column -> headings, outermost first; () where a column has data but no header.
    known
        How many columns carry a header that is usual in some table.
    score
        How much it looks like a header; comparable between blocks and orientations.
    """

    first: int
    last: int
    body: int
    levels: dict[int, tuple[Heading, ...]]
    known: int
    score: float


def is_label(value: Value) -> bool:
    """Whether a cell may be a header: text that is no number, or a period."""
    if isinstance(value, str):
        return _is_label_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, CellError):
        return False
    return parse_period(value) is not None


@lru_cache(maxsize=20_000)
def _is_label_text(text: str) -> bool:
    if parse_period(text) is not None:
        return True
    # "2025 £" is a year in pounds over a column, though it could be an amount.
    return len(text) < 400 and (parse_number(text) is None or read_heading(text).is_period)


def is_data(value: Value) -> bool:
    """Whether a cell is a number, a date or an error: what headers are not."""
    if value is None:
        return False
    if isinstance(value, str):
        return len(value) < 40 and _is_data_text(value)
    return True


@lru_cache(maxsize=20_000)
def _is_data_text(text: str) -> bool:
    return parse_number(text) is not None or parse_date(text) is not None


def says_something(heading: Heading) -> bool:
    """Whether a header is one a table has: known words, a period, a kind of money or a total."""
    return (
        heading.is_period
        or heading.kind is not None
        or heading.is_total
        or heading.is_outer_period
        or is_known_header(heading)
    )


def read_header(grid: Grid, block: CellRange) -> Header | None:
    """Find the header rows of a block; None if nothing in its first 30 rows looks like one."""
    rows = list(_first(grid, block, _SEARCHED_ROWS + _SAMPLED_ROWS))
    if len(rows) < 2:
        return None
    columns = _used_columns(grid, block, rows)
    if not 2 <= len(columns) <= (_MOST_FIELDS_DOWN if grid.turned else _MOST_FIELDS):
        return None
    typed = _typed_columns(grid, columns, rows)
    best: tuple[float, int] | None = None
    for row in rows[:_SEARCHED_ROWS]:
        if row == rows[-1] and best is not None:
            break
        score = _score(grid, columns, row, typed, block)
        if score is not None and (best is None or score > best[0] + 0.5):
            best = (score, row)
    if best is None or best[0] < 2.0:
        return None
    return header_at(grid, block, best[1], best[1], best[0])


def header_at(grid: Grid, block: CellRange, first: int, last: int, score: float = 0.0) -> Header:
    """Read the header whose rows are known, and the levels stacked above and below it."""
    rows = list(_first(grid, block, _SEARCHED_ROWS + _SAMPLED_ROWS))
    columns = _used_columns(grid, block, rows)
    last = _extend_down(grid, block, last)
    first = _extend_up(grid, block, columns, first, last)
    levels = _levels(grid, columns, first, last)
    body = _skip_descriptions(grid, block, columns, last)
    for row in range(last + 1, body):
        _add_units(grid, row, levels)
    known = count_known([levels[column][-1] for column in columns if levels[column]])
    return Header(first, last, body, levels, known, score)


def _first(grid: Grid, block: CellRange, count: int) -> list[int]:
    rows: list[int] = []
    for row in grid.rows_in(block):
        rows.append(row)
        if len(rows) == count:
            break
    return rows


def _used_columns(grid: Grid, block: CellRange, rows: list[int]) -> list[int]:
    used: set[int] = set()
    for row in rows:
        used.update(grid.columns_in(row, block))
    return sorted(used)


def _typed_columns(grid: Grid, columns: list[int], rows: list[int]) -> set[int]:
    """Columns that hold mostly numbers or dates."""
    typed = set()
    for column in columns:
        values = [value for row in rows if (value := grid.own(row, column)) is not None]
        if len(values) >= 2 and sum(map(is_data, values)) >= 0.6 * len(values):
            typed.add(column)
    return typed


def _score(
    grid: Grid, columns: list[int], row: int, typed: set[int], block: CellRange
) -> float | None:
    cells = [(column, grid.value(row, column)) for column in columns]
    filled = [(column, value) for column, value in cells if value is not None]
    own = len(grid.columns_in(row, block))
    if own < 2 and len(columns) > 2:
        return None
    if len({str(value) for _, value in filled}) < 2:
        return None
    if len(filled) <= 2 and not all(isinstance(value, str) for _, value in filled):
        return None  # a label and its value
    headings = {column: read_heading(value) for column, value in filled}
    in_sequence = _is_sequence([headings[column] for column, _ in filled])
    seen: set[str] = set()
    score = 0.0
    for column, value in filled:
        heading = headings[column]
        if not is_label(value) or (heading.is_period and not in_sequence):
            score -= 2.0
            continue
        if heading.text in seen:
            continue
        seen.add(heading.text)
        if says_something(heading):
            score += 1.0 if isinstance(value, float) else 2.0  # a year may be a number
        elif isinstance(value, str) and len(value) > _LONGEST_HEADER:
            score -= 0.7
        elif isinstance(value, str) and is_placeholder(value):
            score -= 1.0
        else:
            score += 0.3
        if column in typed:
            score += 0.6
    repeated = len(filled) - len({heading.text for heading in headings.values()})
    score -= 0.2 * repeated
    # A header names nearly every column; a row of data may lack many.
    return score * (0.4 + 0.6 * len(filled) / len(columns))


def _is_sequence(headings: list[Heading]) -> bool:
    """Whether the periods among the headers run on in time, as a column of dates does not."""
    starts = [
        (heading.period.kind == "offset", heading.period.year, heading.period.number)
        for heading in headings
        if heading.period is not None and not heading.words
    ]
    distinct = list(dict.fromkeys(starts))
    return distinct == sorted(distinct)


def count_known(headings: list[Heading]) -> int:
    """How many different usual headers there are; periods count if they run on in time."""
    periods = _is_sequence(headings)
    return len(
        {
            heading.text
            for heading in headings
            if says_something(heading) and (periods or heading.period is None or heading.words)
        }
    )


def _is_title(grid: Grid, block: CellRange, columns: list[int], row: int) -> bool:
    own = grid.columns_in(row, block)
    if len(own) != 1:
        return False
    covered = [column for column in columns if grid.value(row, column) is not None]
    return len(covered) == 1 or len(covered) >= 0.9 * len(columns)


def _extend_up(grid: Grid, block: CellRange, columns: list[int], first: int, last: int) -> int:
    while first - 1 >= block.first_row and last - first + 1 < _MOST_LEVELS:
        row = first - 1
        own = grid.columns_in(row, block)
        if not own or _is_title(grid, block, columns, row):
            break
        if not all(is_label(grid.own(row, column)) for column in own):
            break
        if any(_is_prose(grid.own(row, column)) for column in own):
            break
        if _is_title_with_unit(grid, own, row) or not _groups(grid, columns, row, first):
            break
        first = row
    return first


def _is_title_with_unit(grid: Grid, own: list[int], row: int) -> bool:
    """Whether a row is a title at the left and the unit of all money at the right."""
    units = [column for column in own if parse_unit(str(grid.own(row, column))) is not None]
    return len(own) == 2 and units == own[1:] and own[1] - own[0] >= 2


def _is_prose(value: Value) -> bool:
    return isinstance(value, str) and (len(value) > 60 or value.rstrip().endswith(":"))


def _groups(grid: Grid, columns: list[int], row: int, below: int) -> bool:
    """Whether the row names groups of the columns named below it, rather than standing alone."""
    covered = [column for column in columns if grid.value(row, column) is not None]
    own = [column for column in columns if grid.own(row, column) is not None]
    if len(covered) > len(own):
        return True  # merged cells over parts of the block
    labelled_below = [column for column in own if grid.value(below, column) is not None]
    if not labelled_below:
        return len(own) >= 2
    texts = [read_heading(grid.own(row, column)) for column in own]
    return len(own) >= 2 or any(text.period is not None for text in texts)


def _extend_down(grid: Grid, block: CellRange, last: int) -> int:
    row = last + 1
    if row > block.last_row or row not in grid.rows:
        return last
    own = grid.columns_in(row, block)
    if not own or not all(is_label(grid.own(row, column)) for column in own):
        return last
    headings = [read_heading(grid.own(row, column)) for column in own]
    named = sum(says_something(heading) for heading in headings)
    under_blank = sum(grid.own(last, column) is None for column in own)
    kinds = sum(
        heading.kind is not None or heading.is_total or heading.period is not None
        for heading in headings
    )
    if len(own) >= 2 and kinds >= 0.6 * len(own) and named >= 0.6 * len(own):
        return row
    if len(own) >= 2 and under_blank >= 0.5 * len(own) and named >= 0.6 * len(own):
        return row
    return last


def _levels(
    grid: Grid, columns: list[int], first: int, last: int
) -> dict[int, tuple[Heading, ...]]:
    """Column -> the headings over it, outermost first, none said twice in a row."""
    leaves = {column: read_heading(grid.value(last, column)).words for column in columns}
    counts = Counter(leaves.values())
    levels: dict[int, tuple[Heading, ...]] = {}
    for at, column in enumerate(columns):
        over: list[Heading] = []
        for row in range(first, last + 1):
            value = grid.value(row, column)
            if value is None and row < last and grid.value(last, column) is not None:
                value = _spread(grid, row, columns[: at + 1], leaves, counts)
            if value is None:
                continue
            heading = read_heading(value)
            if heading.text and (not over or over[-1].text != heading.text):
                over.append(heading)
        levels[column] = tuple(over)
    return levels


def _spread(
    grid: Grid, row: int, columns: list[int], leaves: dict[int, str], counts: Counter[str]
) -> Value:
    """A group label that was not merged holds for the columns right of it, while they repeat.

    Parameters
    ----------
    grid, row
        Where the label stands.
    columns
        The column that may be of a group, last, and those left of it.
    leaves, counts
        Column -> words of its innermost header, and how many columns have them.
    """
    words = leaves[columns[-1]]
    if counts[words] < 2 and (words not in MONEY_KINDS or words == "contingency"):
        return None  # a contingency that stands once is the project's, not the group's
    for other in reversed(columns[:-1]):
        value = grid.own(row, other)
        if value is not None:
            return None if (row, other) in grid.filled else value
        if counts[leaves[other]] < 2 and leaves[other] not in MONEY_KINDS:
            return None
    return None


def _skip_descriptions(grid: Grid, block: CellRange, columns: list[int], last: int) -> int:
    """Step over rows under the header that explain it: "text", "dd/mm/yyyy", guidance."""
    row = last + 1
    for _ in range(2):
        if row >= block.last_row or row not in grid.rows:
            break
        below = _first(
            grid,
            CellRange(row + 1, block.first_column, block.last_row, block.last_column),
            _SAMPLED_ROWS,
        )
        typed = _typed_columns(grid, columns, below) if len(below) >= 2 else set()
        own = set(grid.columns_in(row, block))
        if not typed or not own or any(_has_type(grid.own(row, c)) for c in own):
            break
        described = [
            c
            for c in typed & own
            if not is_placeholder(grid.own(row, c)) and not is_data(grid.own(row, c))
        ]
        if len(described) < max(1, 0.5 * len(typed)) and not _is_unit_row(grid, row, own):
            break
        row += 1
    return row


def _is_unit_row(grid: Grid, row: int, own: set[int]) -> bool:
    """Whether every cell of a row is a unit, at least one of them of money."""
    read = [parse_unit(str(grid.own(row, column)).strip("()[] ")) for column in own]
    return all(read) and any(unit is not None and unit[2] is not None for unit in read)


def _add_units(grid: Grid, row: int, levels: dict[int, tuple[Heading, ...]]) -> None:
    """Give the headers over a row of units the unit that stands there, where they have none."""
    for column, headings in levels.items():
        value = grid.own(row, column)
        if not headings or headings[-1].unit is not None or not isinstance(value, str):
            continue
        bare = value.strip("()[] ")
        said = read_heading(f"({bare})")
        if said.unit is None and not said.unread:
            continue
        named = dataclasses.replace(
            headings[-1],
            unit=said.unit,
            currency=said.currency,
            scale=said.scale,
            unread=headings[-1].unread or said.unread,
        )
        levels[column] = (*headings[:-1], named)


def _has_type(value: Value) -> bool:
    return isinstance(value, float | bool | datetime | CellError)
