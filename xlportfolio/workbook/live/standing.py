"""What of a step stands in the workbook still, and what was edited since."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from xlportfolio.wording import listed
from xlportfolio.workbook.live.beside import opened_beside
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import Entry, cells_of, rectangles
from xlportfolio.workbook.live.keeping import (
    Changes,
    KeptPiece,
    KeptSheet,
    digest_of,
    plain_formula,
)
from xlportfolio.workbook.live.mending import Referrers
from xlportfolio.workbook.live.reading import LiveReading, value_of
from xlportfolio.workbook.live.writing import At, entries_at, read_entries
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference
from xlportfolio.workbook.rendering.names import sheet_of

if TYPE_CHECKING:
    import xlwings as xw

Holds = Literal["as left", "as an earlier step left it", "something else", "nothing: it is gone"]
"""What a sheet of ours that the step put holds now."""

_MOST_NAMED = 3


class Known:
    """The worksheets of a workbook and their marks, asked for once until they change."""

    def __init__(self, book: xw.Book, details: ExcelDetails) -> None:
        self.book, self.details = book, details
        self.forget()

    def forget(self) -> None:
        self._sheets: dict[str, xw.Sheet] | None = None
        self._marks: dict[str, str] | None = None

    def sheets(self) -> dict[str, xw.Sheet]:
        if self._sheets is None:
            self._sheets = {sheet.name: sheet for sheet in self.book.sheets}
        return self._sheets

    def marks(self) -> dict[str, str]:
        if self._marks is None:
            self._marks = self.details.marks(self.book)
        return self._marks

    def is_added(self, kept: KeptSheet, sheet: xw.Sheet, order: Sequence[str]) -> None:
        """Take note of a sheet of ours that was added where it had been."""
        there, marks = self.sheets(), self.marks()
        before = order[max(order.index(kept.name) - 1, 0)]
        if before not in there or kept.name in there or before == kept.name:
            self.forget()
            return
        self._marks = {**marks, kept.name: kept.mark}
        self._sheets = {}
        for name, one in there.items():
            self._sheets[name] = one
            if name == before:  # where it is put
                self._sheets[kept.name] = sheet

    def asked_anew_if_it_fails(self, act: Callable[[], None]) -> None:
        """Do something after which nothing is known any more if it fails half way."""
        try:
            act()
        except BaseException:
            self.forget()
            raise


@dataclass(frozen=True)
class StandingPiece:
    """Cells of the user's that a step wrote, and which of them hold what.

    Attributes
    ----------
    kept
        Under the name that its sheet has now.
    is_there
        Whether the sheet is.
    as_left, as_before
        The cells that hold what the step left there, and what they held before it.
    """

    kept: KeptPiece
    is_there: bool
    as_left: frozenset[At] = frozenset()
    as_before: frozenset[At] = frozenset()

    @cached_property
    def cells(self) -> tuple[At, ...]:
        return tuple(at for area in self.kept.changed for at in cells_of(area))

    @cached_property
    def left(self) -> dict[At, Entry]:
        return dict(entries_at(self.kept.after, self.kept.cells))

    @cached_property
    def before(self) -> dict[At, Entry]:
        return dict(entries_at(self.kept.before, self.kept.cells))

    @cached_property
    def other(self) -> tuple[At, ...]:
        """The cells that do not hold what the step left."""
        return tuple(at for at in self.cells if at not in self.as_left)

    @cached_property
    def can_go_back(self) -> frozenset[At]:
        """The cells that are the step's still.

        Where most of what it wrote into a column is not there any more, the column was moved: what
        is alike there is so by chance, such as a blank cell.
        """
        columns: dict[int, list[At]] = {}
        for at in self.cells:
            columns.setdefault(at[1], []).append(at)
        found: set[At] = set()
        for cells in columns.values():
            told = [at for at in cells if self.left[at] is not None]
            if 2 * sum(at in self.as_left for at in told) >= len(told):
                found.update(at for at in cells if at in self.as_left)
        return frozenset(found)

    @property
    def is_seen(self) -> bool:
        """Whether a cell holds what the step left there, and nothing else did."""
        return any(not alike(self.left[at], self.before[at]) for at in self.as_left)

    @property
    def is_as_before(self) -> bool:
        """Whether every cell holds what it held before the step."""
        return self.is_there and len(self.as_before) == len(self.cells)

    @property
    def told_before(self) -> bool:
        """Whether a cell held something before that the step replaced."""
        return any(
            self.before[at] is not None and not alike(self.left[at], self.before[at])
            for at in self.cells
        )


@dataclass
class Standing:
    """What of a step stands in the workbook.

    Parameters
    ----------
    known
        The sheets of the workbook.
    changes
        What the step changed.
    earlier
        By the mark of each sheet of ours, digests of what earlier steps left on it.
    """

    known: Known
    changes: Changes
    earlier: Mapping[str, Collection[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        marks = self.known.marks()
        self.sheets = {mark: self._held(mark) for mark in self.changes.left}
        self.brought = [
            name
            for kept in self.changes.sheets
            if kept.mark not in self.changes.left
            and (name := sheet_of(marks, kept.mark)) is not None
        ]
        self.renamed = _renamed(self.known, self.changes)
        self.pieces = [
            _standing(self.known, replace(one, sheet=self.renamed.get(one.sheet, one.sheet)))
            for one in self.changes.pieces
        ]

    def _held(self, mark: str) -> Holds:
        name = sheet_of(self.known.marks(), mark)
        if name is None:
            return "nothing: it is gone"
        digest = _digest(self.known.details, self.known.sheets()[name])
        if digest == self.changes.left[mark]:
            return "as left"
        return "as an earlier step left it" if digest in self.earlier.get(mark, ()) else (
            "something else"
        )  # fmt: skip

    @property
    def is_as_left(self) -> bool:
        """Whether nothing of what the step left was edited."""
        return (
            not any(piece.other for piece in self.pieces)
            and not self.brought
            and all(held == "as left" for held in self.sheets.values())
        )

    def is_as_before(self, copies: Path | None) -> bool:
        """Whether the workbook is as it was before the step.

        Parameters
        ----------
        copies
            The workbook that holds copies of our sheets.
        """
        if not all(piece.is_as_before for piece in self.pieces):
            return False
        marks = self.known.marks()
        if any(sheet_of(marks, mark) is not None for _, mark in self.changes.new):
            return False
        if not self.changes.left and not self.changes.sheets:
            # Cells that were blank before are blank, too, where rows were inserted.
            return any(piece.told_before for piece in self.pieces)
        return self._sheets_are_as(copies)

    def _sheets_are_as(self, copies: Path | None) -> bool:
        if not self.changes.sheets or copies is None:
            return True
        marks, there, details = self.known.marks(), self.known.sheets(), self.known.details
        names = {kept.held_as: sheet_of(marks, kept.mark) for kept in self.changes.sheets}
        if None in names.values():
            return False
        with opened_beside(self.known.book, copies) as opened:
            return all(
                _digest(details, opened.sheets[held_as]) == _digest(details, there[name])
                for held_as, name in names.items()
                if name is not None
            )

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the step is in the workbook, such as if it was never saved."""
        taken_out = [s for s in self.changes.sheets if s.mark not in self.changes.left]
        return (
            bool(self.changes.left or taken_out)
            and len(self.brought) == len(taken_out)
            and all(
                held in ("nothing: it is gone", "as an earlier step left it")
                for held in self.sheets.values()
            )
            and not any(piece.is_seen for piece in self.pieces)
        )

    @property
    def is_lost(self) -> bool:
        """Whether the step wrote into cells of the user's, and none of them is its own any more.

        The one cell of a step that put sheets, too, was typed over; several were moved.
        """
        if any(piece.can_go_back or piece.is_as_before for piece in self.pieces):
            return False
        n_cells = sum(len(piece.cells) for piece in self.pieces)
        has_sheets = bool(self.changes.left or self.changes.sheets)
        is_there = all(piece.is_there for piece in self.pieces)
        return n_cells > (1 if has_sheets and is_there else 0)

    def other_cells(self) -> list[str]:
        """The user's cells that do not hold what the step left, or cannot be told to, in words."""
        return [
            cell_in(piece.kept.sheet, at)
            for piece in self.pieces
            for at in piece.cells
            if at not in piece.can_go_back
        ]

    def edits(self) -> Iterator[str]:
        """What was edited since the step, a sentence for each kind."""
        marks = self.known.marks()
        ours = [
            f'"{sheet_of(marks, mark) or mark}"'
            for mark, held in self.sheets.items()
            if held != "as left" and not (held == "nothing: it is gone" and self._is_new(mark))
        ] + [f'"{name}"' for name in self.brought]
        if ours:
            some = "Sheets" if len(ours) > 1 else "Sheet"
            were = "were" if len(ours) > 1 else "was"
            yield (
                f"{some} {listed(ours)} {were} edited after the step that is to be undone, and "
                "undoing would lose that."
            )
        missing = sorted({f'"{p.kept.sheet}"' for p in self.pieces if not p.is_there})
        if missing:
            some = "Sheets" if len(missing) > 1 else "Sheet"
            were = "were" if len(missing) > 1 else "was"
            yield (
                f"{some} {listed(missing)} {were} renamed or deleted after the step that is to "
                "be undone; what the step wrote there would stay."
            )
        cells = [cell_in(p.kept.sheet, at) for p in self.pieces if p.is_there for at in p.other]
        if cells:
            were, they = ("were", "they") if len(cells) > 1 else ("was", "it")
            yield (
                f"{listed(cells, _MOST_NAMED)} {were} edited after the step that is to be undone; "
                f"{they} would stay as {they} {'are' if len(cells) > 1 else 'is'}, and the rest "
                "would be put back."
            )

    def _is_new(self, mark: str) -> bool:
        return any(mark == one for _, one in self.changes.new)

    def left_to_undo(self) -> Changes:
        """What the step changed and can be put back, under the names that the sheets have now."""
        there, given = self.known.sheets(), self.renamed
        dependents = [(given.get(name, name), *rest) for name, *rest in self.changes.dependents]
        names = [(one, given.get(s, s) if s else s, t) for one, s, t in self.changes.names]
        return replace(
            self.changes,
            pieces=tuple(
                replace(piece.kept, changed=tuple(rectangles(piece.can_go_back)))
                for piece in self.pieces
                if piece.is_there and piece.can_go_back
            ),
            dependents=tuple((s, c, f) for s, c, f in dependents if s in there),
            names=tuple((n, s, t) for n, s, t in names if s is None or s in there),
        )


def needed_since(known: Known, changes: Changes) -> Iterator[str]:
    """What refers to sheets that the step added, and would be lost with them, in a sentence.

    Parameters
    ----------
    known
        The sheets of the workbook.
    changes
        What the step changed.
    """
    marks = known.marks()
    added = [name for _, mark in changes.new if (name := sheet_of(marks, mark)) is not None]
    if not added:
        return
    others = Referrers(LiveReading(known.book, known.details)).of_others(list(marks))
    found = [one for one in others if one.what.endswith(tuple(f'"{name}"' for name in added))]
    if found:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        yield (
            f"{found[0].where}{more} refers to {found[0].what}, which the step that is to be "
            "undone added, and would show #REF! without it; replace it by its value first (Copy, "
            "Paste Special > Values)."
        )


def _renamed(known: Known, changes: Changes) -> dict[str, str]:
    """The user's sheets that were renamed since: the old name of each, and the new one.

    It is the one sheet that was not there before and holds all that the step left.
    """
    there, marks = known.sheets(), known.marks()
    gone = {kept.sheet for kept in changes.pieces} - there.keys()
    strangers = [name for name in there if name not in changes.order and name not in marks]
    found = {}
    for old in gone if strangers else ():
        pieces = [kept for kept in changes.pieces if kept.sheet == old]
        holding = [
            name
            for name in strangers
            if all(not _standing(known, replace(one, sheet=name)).other for one in pieces)
        ]
        is_told = any(entry is not None for one in pieces for row in one.after for entry in row)
        if len(holding) == 1 and is_told:
            found[old] = holding[0]
    return found


def _standing(known: Known, kept: KeptPiece) -> StandingPiece:
    sheet = known.sheets().get(kept.sheet)
    piece = StandingPiece(kept, sheet is not None)
    if sheet is None:
        return piece
    now = dict(entries_at(read_entries(known.details, sheet, kept.cells), kept.cells))
    return replace(
        piece,
        as_left=frozenset(at for at in piece.cells if alike(now[at], piece.left[at])),
        as_before=frozenset(at for at in piece.cells if alike(now[at], piece.before[at])),
    )


def _digest(details: ExcelDetails, sheet: xw.Sheet) -> str:
    return digest_of(_values(details, sheet))


def _values(details: ExcelDetails, sheet: xw.Sheet) -> Iterator[tuple[int, int, Entry]]:
    layout = details.layout(sheet)
    address = layout.extent
    if address is None:
        return
    cells = CellRange.parse(address)
    if layout.has_formulas:
        for at, entry in entries_at(read_entries(details, sheet, cells), cells):
            yield *at, entry
        return
    for row, line in enumerate(details.values(sheet.range(address)), cells.first_row):
        for column, raw in enumerate(line, cells.first_column):
            yield row, column, value_of(raw)


def alike(one: Entry, other: Entry) -> bool:
    """Whether two cells hold the same; Excel writes the words of formulas its own way.

    >>> alike(Formula("=sum(A1, B1)"), Formula("=SUM(A1,B1)")), alike("1", 1.0)
    (True, False)
    """
    if isinstance(one, Formula) and isinstance(other, Formula):
        return plain_formula(one.text) == plain_formula(other.text)
    return type(one) is type(other) and one == other


def cell_in(sheet: str, at: tuple[int, int]) -> str:
    """A cell with its sheet, for messages.

    >>> cell_in("My plan", (3, 2))
    "'My plan'!B3"
    """
    return sheet_reference(sheet, CellRange.parse(cell_address(*at)))
