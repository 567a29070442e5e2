"""Where the cells go that people added beside a table of ours, once the sheet is written anew.

A neutral decision, for a closed file and live Excel alike. What stands beside a row follows the
row's key, such as the project's ID; what stands to the right of all that we write, or below it,
stays, and moves as a whole where our content needs the place. What has no row any more goes below
everything, under a line that says whose it was. Nothing is ever put over anything else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from xlportfolio.errors import WorkbookError
from xlportfolio.workbook.editing.formulas import formula_tokens
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    column_letter,
    column_number,
)

At = tuple[int, int]
Key = tuple[str, ...]
"""What tells a row from the others: the texts of its key cells that are not blank."""

_COUNT = re.compile(r": [\d,]+ .*", re.DOTALL)
_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_LONGEST_SAID = 80
_MOST_ROWS = 100_000
"""Of a range that stays whole: no sheet of ours has more."""
_LOST = "#REF!"


@dataclass(frozen=True)
class Laid:
    """What one writing of a sheet covers.

    Attributes
    ----------
    area
        The rectangle that it fills.
    keys
        By row, what tells the row from the others.
    """

    area: CellRange
    keys: Mapping[int, Key] = field(default_factory=dict)


def key_of(texts: Iterable[str]) -> Key:
    """The key of a row, from the texts of its key cells.

    A heading that counts what is below it is the same heading with another count.

    >>> key_of(["Growth: 12 projects", ""]), key_of(["P-1", "New depot"])
    (('Growth',), ('P-1', 'New depot'))
    """
    stripped = (text.strip() for text in texts)
    return tuple(_COUNT.sub("", text) for text in stripped if text)


@dataclass(frozen=True)
class Placement:
    """Where each cell of the user's goes.

    Attributes
    ----------
    old, new
        What our writing covered, and covers now.
    rows
        The new row of each old row that has a key; None where the key is gone.
    places
        By the place of each cell, the new one.
    lines
        The lines that say whose cells stand below them.
    homeless
        The cells, by their old places, whose row is gone.
    right, down
        How far all that stands to the right of our area, or below it, moves.
    """

    old: Laid
    new: Laid
    rows: Mapping[int, int | None]
    places: Mapping[At, At]
    lines: Mapping[At, str]
    homeless: frozenset[At]
    right: int
    down: int

    @property
    def n_moved(self) -> int:
        """How many cells stand at another place."""
        return sum(place != at for at, place in self.places.items())

    @cached_property
    def _key_rows(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        if not (self.old.keys and self.new.keys):
            return None
        old, new = self.old.keys, self.new.keys
        return (min(old), max(old)), (min(new), max(new))

    def place_of(self, at: At) -> At | None:
        """Where a cell stands that a formula names; None if its row is gone."""
        if at in self.places:
            return self.places[at]
        row = self._row(at[0])
        return None if row is None else (row, self.column(at[1]))

    def _row(self, row: int) -> int | None:
        area = self.old.area
        if row > area.last_row:
            return row + self.down
        if row in self.rows:
            return self.rows[row]
        return max(1, row - (area.first_row - 1))

    def column(self, column: int) -> int:
        """Where a column stands."""
        area = self.old.area
        if column > area.last_column:
            return column + self.right
        return max(1, column - (area.first_column - 1))

    def area_of(self, area: CellRange) -> CellRange | None:
        """Where a range stands; one over all rows with keys grows and shrinks with them."""
        first = self.place_of((area.first_row, area.first_column))
        last = self.place_of((area.last_row, area.last_column))
        is_whole = area.first_row == 1 and area.last_row == LAST_ROW
        if area.n_rows > 1:
            top, bottom = self._ends(area.first_row, area.last_row)
            columns = self.column(area.first_column), self.column(area.last_column)
            if area.n_columns == LAST_COLUMN:
                columns = 1, LAST_COLUMN
            is_together = (
                first is not None
                and last is not None
                and last[0] - first[0] == area.n_rows - 1
                and last[1] - first[1] == area.n_columns - 1
                and not self.covers_keys(area.first_row, area.last_row)
            )
            if is_together and first is not None and last is not None and not is_whole:
                return CellRange(*first, *last)
            return CellRange(top, columns[0], bottom, columns[1])
        if first is None or last is None:
            return None
        return CellRange(first[0], min(first[1], last[1]), last[0], max(first[1], last[1]))

    def covers_keys(self, first: int, last: int) -> bool:
        """Whether some rows are all those with keys, and perhaps more."""
        rows = self._key_rows
        return rows is not None and first <= rows[0][0] and last >= rows[0][1]

    def _ends(self, first: int, last: int) -> tuple[int, int]:
        """The rows of a range over several: where its ends are, not where their keys went.

        One over all rows with keys has two rows at least: over a single one it could not be told
        from what belongs to that row alone, and would not grow again.
        """
        area, rows = self.old.area, self._key_rows
        if last == LAST_ROW:
            return first, last
        top = first + self.down if first > area.last_row else max(1, first - area.first_row + 1)
        if rows is not None:
            (old_first, old_last), (_, new_last) = rows
            is_shrunk = first == old_first == old_last == last - 1
            if is_shrunk and last not in self._users_rows:
                return top, max(top + 1, new_last)
            if last <= area.last_row and self.covers_keys(first, last):
                return top, max(top + 1, last + new_last - old_last)
        return top, last + self.down if last > area.last_row else last

    @cached_property
    def _users_rows(self) -> frozenset[int]:
        """The old rows in which cells of the user's stand."""
        return frozenset(row for row, _ in self.places)

    def formula(self, text: str, sheet: str) -> str:
        """A formula of a kept cell, its references leading to where all that it names stands.

        Parameters
        ----------
        text
            As stored, without "=".
        sheet
            What its sheet is called: references to other sheets stay.
        """
        pieces = list(formula_tokens(text))
        said, i = [], 0
        while i < len(pieces):
            kind, token = pieces[i]
            if kind == "sheet" or (kind == "word" and token.endswith("!")):
                # What follows is on the sheet that is named here, or in another workbook's.
                named = token.rstrip("!").strip("'").replace("''", "'")
                is_away = i > 0 and pieces[i - 1][0] == "bracket"
                end = _end_of_reference(pieces, i + 1)
                if named.casefold() == sheet.casefold() and not is_away:
                    said += [token, self._reference(pieces[i + 1 : end])]
                else:
                    said.append("".join(one for _, one in pieces[i:end]))
                i = end
                continue
            end = _end_of_reference(pieces, i)
            if end > i:
                said.append(self._reference(pieces[i:end]))
                i = end
                continue
            said.append(token)
            i += 1
        return "".join(said)

    def _reference(self, pieces: Sequence[tuple[str, str]]) -> str:
        text = "".join(token for _, token in pieces)
        ends = text.rstrip("#").split(":")
        cells = [_CELL.fullmatch(end) for end in ends]
        if all(cells) and 1 <= len(cells) <= 2:
            area = CellRange.parse(":".join(ends))
            moved = self.area_of(area)
            if moved is None:
                return _LOST
            if moved == area:
                return text
            corners = (
                (moved.first_row, moved.first_column),
                (moved.last_row, moved.last_column),
            )
            marks = [(match[1], match[3]) for match in cells if match]
            said = [
                f"{column_mark}{column_letter(column)}{row_mark}{row}"
                for (column_mark, row_mark), (row, column) in zip(marks, corners, strict=False)
            ]
            return ":".join(said) + "#" * text.endswith("#")
        if pieces and pieces[0][0] == "columns":
            return ":".join(
                "$" * end.startswith("$")
                + column_letter(self.column(column_number(end.lstrip("$"))))
                for end in ends
            )
        if pieces and pieces[0][0] == "rows":
            first, last = (int(end.lstrip("$")) for end in ends)
            moved = self.area_of(CellRange(first, 1, last, LAST_COLUMN))
            if moved is None:
                return _LOST
            marks_ = ["$" * end.startswith("$") for end in ends]
            return f"{marks_[0]}{moved.first_row}:{marks_[1]}{moved.last_row}"
        return text


def _end_of_reference(pieces: Sequence[tuple[str, str]], start: int) -> int:
    """Behind the reference that starts there: a cell, two with a colon, columns or rows."""
    if start >= len(pieces):
        return start
    kind, token = pieces[start]
    if kind in ("columns", "rows"):
        return start + 1
    if not _is_cell(kind, token):
        return start
    if start + 2 < len(pieces) and pieces[start + 1][1] == ":" and _is_cell(*pieces[start + 2]):
        return start + 3
    return start + 1


def _is_cell(kind: str, token: str) -> bool:
    match = _CELL.fullmatch(token.rstrip("#")) if kind in ("word", "spill") else None
    return bool(match and column_number(match[2]) <= LAST_COLUMN and 1 <= int(match[4]) <= LAST_ROW)


# -- the decision --------------------------------------------------------------------------------


def placed(
    cells: Collection[At],
    old: Laid,
    new: Laid,
    *,
    together: Sequence[CellRange] = (),
    standing: Sequence[CellRange] = (),
    over: Sequence[CellRange] = (),
    sheet: str = "",
) -> Placement:
    """Decide where the cells go that stand outside what we wrote.

    Parameters
    ----------
    cells
        The user's cells, all outside the old area but for those whose row is gone.
    old, new
        What our writing covered, and what it covers now.
    together
        Ranges that stay whole: merged cells, arrays.
    standing
        Ranges that follow no key: the user's own tables.
    over
        Ranges that something lies over, such as a rule, be there cells or not.
    sheet
        Its name, for messages.

    Raises
    ------
    WorkbookError
        If a cell would leave the sheet.
    """
    rows = rows_of_keys(old.keys, new.keys)
    area = old.area
    starts = [*cells, *((one.first_row, one.first_column) for one in over)]
    beyond = [column for _, column in starts if column > area.last_column]
    below = [row for row, _ in starts if row > area.last_row]
    right = new.area.last_column - area.last_column
    right = right if beyond and min(beyond) <= new.area.last_column else 0
    down = new.area.last_row - area.last_row
    down = down if below and min(below) <= new.area.last_row else 0
    plan = Placement(old, new, rows, {}, {}, frozenset(), right, down)
    decided = _Decided(plan, max([new.area.last_column, *(c + right for c in beyond)]))
    for span, unit in _units(cells, together, standing):
        decided.place(unit, span, is_standing=span is not None and span in standing)
    decided.house()
    for row, column in (*decided.places.values(), *decided.lines):
        if row > LAST_ROW or column > LAST_COLUMN:
            raise WorkbookError(
                f'Sheet "{sheet}" was not written anew: its new content needs the place of your '
                f"cells beside it, and they would leave the sheet at its last "
                f"{'row' if row > LAST_ROW else 'column'}. Move them closer to the table."
            )
    return Placement(
        old,
        new,
        rows,
        decided.places,
        decided.lines,
        frozenset(decided.homeless),
        right,
        down,
    )


def rows_of_keys(old: Mapping[int, Key], new: Mapping[int, Key]) -> dict[int, int | None]:
    """The new row of each old one: by the whole key, else by its first part if that is the one.

    None where the key is gone.
    """
    found: dict[int, int | None] = dict.fromkeys(old)
    numbered = {key: row for row, key in _numbered(new)}
    taken = set()
    for row, told in _numbered(old):
        if told in numbered:
            found[row] = numbered[told]
            taken.add(numbered[told])
    firsts = [key[0] for key in old.values()]
    new_firsts = [key[0] for key in new.values()]
    for row, key in old.items():
        if found[row] is None and firsts.count(key[0]) == new_firsts.count(key[0]) == 1:
            there = next(one for one, other in new.items() if other[0] == key[0])
            found[row] = None if there in taken else there
    return found


def _numbered(keys: Mapping[int, Key]) -> Iterator[tuple[int, tuple[Key, int]]]:
    """Keys with the number of each among those that are alike."""
    seen: dict[Key, int] = {}
    for row in sorted(keys):
        key = tuple(part.casefold() for part in keys[row])
        seen[key] = seen.get(key, 0) + 1
        yield row, (key, seen[key])


def _holds(area: CellRange, at: At) -> bool:
    return area.contains(*at)


def _units(
    cells: Collection[At], together: Sequence[CellRange], standing: Sequence[CellRange]
) -> list[tuple[CellRange | None, list[At]]]:
    """The cells in groups that move as one, with the range of each, those of no row first."""
    areas = [*standing, *together]
    spread = [area for area in areas if area.n_rows * area.n_columns > 1]
    held: dict[int, list[At]] = {}
    single: list[tuple[CellRange | None, list[At]]] = []
    for at in sorted(cells):
        number = next((i for i, area in enumerate(spread) if _holds(area, at)), None)
        if number is None:
            single.append((None, [at]))
        else:
            held.setdefault(number, []).append(at)
    return [*((spread[number], held[number]) for number in sorted(held)), *single]


class _Decided:
    def __init__(self, plan: Placement, last_column: int) -> None:
        self.plan, self.area = plan, plan.old.area
        self.places: dict[At, At] = {}
        self.lines: dict[At, str] = {}
        self.taken: set[At] = set()
        self.homeless: set[At] = set()
        self._waiting: dict[tuple[str, int], list[At]] = {}
        self._spans: dict[tuple[str, int], list[CellRange]] = {}
        self._left_of = last_column + 1

    def place(self, unit: list[At], span: CellRange | None, *, is_standing: bool) -> None:
        goals = [self._goal(at, is_standing=is_standing) for at in unit]
        meant = [goal for goal in goals if goal is not None]
        moves = {(g[0] - at[0], g[1] - at[1]) for at, g in zip(unit, meant, strict=False)}
        is_free = not any(
            goal in self.taken or self.plan.new.area.contains(*goal) for goal in meant
        )
        is_whole = span is None or is_standing or self._stays_whole(span)
        if len(meant) == len(unit) and len(moves) == 1 and is_free and is_whole:
            self.places.update(zip(unit, meant, strict=True))
            self.taken.update(meant)
            return
        rows = {row for row, _ in unit}
        kind, row = "stood", min(rows)
        if row < self.area.first_row:
            kind, row = "above", 0
        elif len(rows) == 1 and not meant:
            kind = "gone"
        self._waiting.setdefault((kind, row), []).extend(unit)
        if span is not None:
            self._spans.setdefault((kind, row), []).append(span)

    def _stays_whole(self, span: CellRange) -> bool:
        """Whether the rows of a range, those without cells too, go the same way."""
        rows = range(span.first_row, min(span.last_row, span.first_row + _MOST_ROWS) + 1)
        goals = [(row, self._goal((row, span.first_column), is_standing=False)) for row in rows]
        return len({goal and goal[0] - row for row, goal in goals}) == 1

    def _goal(self, at: At, *, is_standing: bool) -> At | None:
        row = at[0]
        if row < self.area.first_row:
            return None  # above: our content begins in the first row
        column = self._column(at[1])
        if row > self.area.last_row:
            return row + self.plan.down, column
        if not is_standing and row in self.plan.rows:
            there = self.plan.rows[row]
            return None if there is None else (there, column)
        return row - (self.area.first_row - 1), column

    def _column(self, column: int) -> int:
        """Where a column of the user's stands; one before ours stands behind everything."""
        if column < self.area.first_column:
            return column + self._left_of
        return self.plan.column(column)

    def _whose(self, kind: str, row: int, area: CellRange) -> str:
        if kind == "gone":
            said = " ".join(self.plan.old.keys[row])
            if len(said) > _LONGEST_SAID:
                said = said[: _LONGEST_SAID - 1] + "…"
            return f'Your notes on "{said}", which is no longer listed'
        if kind == "above":
            return "Your cells that stood above the table"
        return f"Your cells that stood in {area.address}"

    def house(self) -> None:
        """Put what has no row below everything."""
        last = max([self.plan.new.area.last_row, *(row for row, _ in self.taken)])
        for (kind, at_row), unsorted in sorted(self._waiting.items(), key=lambda one: one[0][1]):
            cells = sorted(unsorted)
            self.homeless.update(cells)
            last += 2
            columns = [self._column(column) for _, column in cells]
            area = _around(cells, self._spans.get((kind, at_row), ()))
            self.lines[last, min(columns)] = self._whose(kind, at_row, area)
            above = area.first_row - 1
            for (row, column), goal in zip(cells, columns, strict=True):
                self.places[row, column] = (last + row - above, goal)
            last += area.last_row - above


def _around(cells: Sequence[At], spans: Sequence[CellRange]) -> CellRange:
    """The smallest range that holds cells and ranges."""
    areas = [*spans, *(CellRange(*at, *at) for at in cells)]
    return CellRange(
        min(area.first_row for area in areas),
        min(area.first_column for area in areas),
        max(area.last_row for area in areas),
        max(area.last_column for area in areas),
    )
