"""A step taken back: the one routine for a step that failed half way, and for undo."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import EditedError, WorkbookError
from xlportfolio.workbook.live.beside import opened_beside
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import Entry, cells_of
from xlportfolio.workbook.live.keeping import (
    Changes,
    KeptPiece,
    KeptSheet,
    digest_of,
    read_kept,
)
from xlportfolio.workbook.live.mending import Dependents, enter_again
from xlportfolio.workbook.live.quiet import app_of, quiet, shown_as_before, twice
from xlportfolio.workbook.live.reading import (
    LiveReading,
    answered,
    number_formats,
    reason_of,
    value_of,
)
from xlportfolio.workbook.live.writing import (
    At,
    Target,
    codes_at,
    columns_of,
    entries_at,
    read_entries,
    write_cells,
)
from xlportfolio.workbook.protocol import Formula
from xlportfolio.workbook.references import CellRange, cell_address, sheet_reference
from xlportfolio.workbook.rendering.sheets import sheet_of

if TYPE_CHECKING:
    import xlwings as xw
    from xlwings.main import Sheets

_SPACE = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|\s+""")


def put_back(
    book: xw.Book, details: ExcelDetails, kept_zip: Path, *, force: bool = False
) -> tuple[str, ...]:
    """Take a step back: what it wrote is as it was before it.

    Parameters
    ----------
    book, details
        The workbook, open in Excel.
    kept_zip
        What was kept of it before the step.
    force
        Do so even where what the step left was edited since; those edits are lost.

    Returns
    -------
    the sheets of ours and the ranges that were put back

    Raises
    ------
    EditedError
        If what the step left was edited since; nothing is put back.
    WorkbookError
        If a sheet of the user's has a name that is needed; nothing is put back. If Excel refuses.
    """
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        changes, sheets = read_kept(kept_zip, Path(folder))
        with (
            answered("the last step was taken back"),
            quiet(app_of(book), "Portfolio: putting back what was there"),
        ):
            known = _Known(book, details)
            _require_free_names(known, changes)
            if force:
                changes = _still_there(known, changes)
            else:
                _require_unedited(known, changes)
                _require_unneeded(known, changes)
            with shown_as_before(book, details):
                failed = restore(book, details, changes, sheets, known=known)
    if failed:
        raise WorkbookError(
            f"Excel refused to put everything back ({'; '.join(failed)}). Close what is open in "
            "Excel (a cell that is being edited, a dialogue) and undo again."
        )
    return (
        *(sheet.name for sheet in changes.sheets),
        *(name for name, _ in changes.new),
        *(sheet_reference(kept.sheet, kept.cells) for kept in changes.pieces),
    )


def restore(
    book: xw.Book,
    details: ExcelDetails,
    changes: Changes,
    sheets: Path | None,
    *,
    has_failed: bool = False,
    known: _Known | None = None,
) -> list[str]:
    """Put everything back that a step changed, as far as Excel lets it; what it refused.

    Parameters
    ----------
    book, details
        The workbook.
    changes
        What the step changes.
    sheets
        The workbook that holds copies of our sheets.
    has_failed
        The step has just failed: whatever sheet was not there before it, it added.
    known
        Its sheets, where they were asked for just now.
    """
    failed: list[str] = []
    known = known or _Known(book, details)

    def attempt(what: str, act: Callable[[], None]) -> None:
        try:
            twice(partial(known.asked_anew_if_it_fails, act))
        except Exception as error:  # the rest has to be put back all the same
            failed.append(f"{what}: {reason_of(error)}")

    if sheets is not None:
        try:
            with opened_beside(book, sheets) as opened:
                copies = twice(lambda: opened.sheets)
                for sheet in changes.sheets:
                    attempt(
                        f'sheet "{sheet.name}"',
                        partial(_put_sheet_back, known, sheet, changes, copies),
                    )
        except Exception as error:  # the rest has to be put back all the same
            failed.append(f"the sheets of xlportfolio: {reason_of(error)}")
    attempt("new sheets", lambda: _take_out_new(known, changes, has_failed=has_failed))
    for kept in changes.pieces:
        where = sheet_reference(kept.sheet, kept.cells)
        restyled: dict[At, str] = {}
        if not has_failed:
            attempt(where, partial(_find_restyled, book, details, kept, restyled))
        attempt(where, partial(_put_piece_back, book, details, kept, restyled))
    if changes.dependents:
        sheet_of_name = partial(_sheet_named, book)
        attempt("formulas", partial(enter_again, details, sheet_of_name, changes.dependents))
    if changes.names:
        attempt("names", lambda: set_names(book, details, changes))
    return failed


class _Known:
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
            if name == before:  # where `_added` puts it
                self._sheets[kept.name] = sheet

    def asked_anew_if_it_fails(self, act: Callable[[], None]) -> None:
        """Do something after which nothing is known any more if it fails half way."""
        try:
            act()
        except BaseException:
            self.forget()
            raise


def _put_sheet_back(known: _Known, kept: KeptSheet, changes: Changes, copies: Sheets) -> None:
    book, details, marks, there = known.book, known.details, known.marks(), known.sheets()
    name = kept.name if kept.name in marks else sheet_of(marks, kept.mark)
    if name is None:
        sheet = _added(book, there, kept.name, changes)
        details.set_mark(sheet, kept.mark)
        known.is_added(kept, sheet, changes.order)
    else:
        sheet = there[name]
        details.empty(sheet)
    details.copy_cells(copies[kept.held_as], sheet)
    details.set_view(sheet, kept.look)
    if kept.look.charts:
        details.draw_charts(sheet, kept.look.charts)
    if name is None:
        for local, text in kept.names:
            sheet.names.add(local, "=" + text)
    sheet.visible = kept.visible  # type: ignore[assignment]  # 2: hidden from the list, too


def _added(book: xw.Book, there: Mapping[str, xw.Sheet], name: str, changes: Changes) -> xw.Sheet:
    """A sheet where one was taken out; one that an attempt before this one added is used."""
    if name in there:
        return there[name]
    order = list(changes.order)
    at = order.index(name)
    before, behind = order[max(at - 1, 0) : at], [one for one in order[at + 1 :] if one in there]
    if behind:  # xlwings adds a sheet before another in one step, and behind it by moving others
        sheet = book.sheets.add(before=there[behind[0]])
    elif before and before[0] in there:
        sheet = book.sheets.add(after=there[before[0]])
    else:  # its neighbours were renamed or deleted since: by its number
        sheet = book.sheets.add(after=list(there.values())[min(max(at, 1), len(there)) - 1])
    sheet.name = name
    return sheet


def _take_out_new(known: _Known, changes: Changes, *, has_failed: bool) -> None:
    if not (changes.new or has_failed):
        return
    marks = known.marks()
    ours = {sheet_of(marks, mark) for _, mark in changes.new}
    for name, sheet in known.sheets().items():
        if name in ours or (has_failed and name not in changes.order):
            sheet.delete()
    known.forget()


def _find_restyled(
    book: xw.Book, details: ExcelDetails, kept: KeptPiece, restyled: dict[At, str]
) -> None:
    """Find the number formats that the user has given cells since the step."""
    left = codes_at(kept.formats) | codes_at(kept.new_formats)
    changed = columns_of(at for area in kept.changed for at in cells_of(area))
    sheet = book.sheets[kept.sheet]
    now = codes_at(list(number_formats(details, sheet, changed)))
    restyled.update({at: code for at, code in now.items() if code != left.get(at, code)})


def _put_piece_back(
    book: xw.Book, details: ExcelDetails, kept: KeptPiece, restyled: Mapping[At, str]
) -> None:
    before = dict(entries_at(kept.before, kept.cells))
    codes = codes_at(kept.formats) | dict(restyled)
    write_cells(
        details,
        book.sheets[kept.sheet],
        {
            at: Target(before[at], codes.get(at), at in kept.prefixed)
            for area in kept.changed
            for at in cells_of(area)
        },
    )


def _sheet_named(book: xw.Book, name: str) -> xw.Sheet:
    return book.sheets[name]


def set_names(book: xw.Book, details: ExcelDetails, changes: Changes) -> None:
    """Let names stand again for what they stood for.

    Parameters
    ----------
    book, details
        The workbook.
    changes
        Says which.
    """
    now = {(entry.name, entry.sheet): entry.text for entry in details.names(book)}
    for name, sheet, text in changes.names:
        if now.get((name, sheet)) == text:
            continue
        names = book.names if sheet is None else book.sheets[sheet].names
        if (name, sheet) in now:
            names[name].refers_to = "=" + text
        else:
            names.add(name, "=" + text)


# -- what was edited since -----------------------------------------------------------------------


def _require_unedited(known: _Known, changes: Changes) -> None:
    edited = next(_edited(known, changes), None)
    if edited is not None:
        raise EditedError(
            f"{edited} was edited after the step that is to be undone, and undoing would lose "
            "that. Undo your edit first, or force the undo and lose it."
        )


def _require_free_names(known: _Known, changes: Changes) -> None:
    """Refuse where a sheet that was taken out would come back over one of the user's."""
    marks = known.marks()
    theirs = {name.casefold() for name in known.sheets() if name not in marks}
    for sheet in changes.sheets:
        if sheet_of(marks, sheet.mark) is None and sheet.name.casefold() in theirs:
            raise WorkbookError(
                f'There is a sheet "{sheet.name}" of your own now, where the step that is to be '
                "undone took one of xlportfolio out. Rename yours, then undo again."
            )


def _require_unneeded(known: _Known, changes: Changes) -> None:
    """Refuse to take out sheets that the step added, and that others refer to since."""
    if not changes.new:
        return
    marks = known.marks()
    new = [f'"{sheet_of(marks, mark)}"' for _, mark in changes.new]
    others = Dependents(LiveReading(known.book, known.details)).of_others(list(marks))
    found = [one for one in others if one.what.endswith(tuple(new))]
    if found:
        more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        raise EditedError(
            f"{found[0].where}{more} refers to {found[0].what}, which the step that is to be "
            "undone added, and would show #REF! without it. Replace it by its value (Copy, Paste "
            "Special > Values) first, or force the undo and lose what it shows."
        )


def _still_there(known: _Known, changes: Changes) -> Changes:
    """What a step changed, without the cells of sheets that were renamed or deleted since."""
    there = known.sheets()
    return replace(
        changes,
        pieces=tuple(kept for kept in changes.pieces if kept.sheet in there),
        dependents=tuple(one for one in changes.dependents if one[0] in there),
    )


def _edited(known: _Known, changes: Changes) -> Iterator[str]:
    """What the step left and does not stand there any more, in words."""
    details, there, marks = known.details, known.sheets(), known.marks()
    for mark, digest in changes.left.items():
        name = sheet_of(marks, mark)
        if name is None:
            yield f'Sheet "{mark}"'
        elif digest_of(_values(details, there[name])) != digest:
            yield f'Sheet "{name}"'
    for kept in changes.pieces:
        if kept.sheet not in there:
            yield f'Sheet "{kept.sheet}"'
            continue
        now = dict(entries_at(read_entries(details, there[kept.sheet], kept.cells), kept.cells))
        left = dict(entries_at(kept.after, kept.cells))
        for area in kept.changed:
            for at in cells_of(area):
                if not alike(now[at], left[at]):
                    yield cell_in(kept.sheet, at)


def _values(details: ExcelDetails, sheet: xw.Sheet) -> Iterator[tuple[int, int, Entry]]:
    address = details.extent(sheet)
    if address is None:
        return
    cells = CellRange.parse(address)
    for row, line in enumerate(details.values(sheet.range(address)), cells.first_row):
        for column, raw in enumerate(line, cells.first_column):
            yield row, column, value_of(raw)


def alike(one: Entry, other: Entry) -> bool:
    """Whether two cells hold the same; Excel writes the words of formulas its own way.

    >>> alike(Formula("=sum(A1, B1)"), Formula("=SUM(A1,B1)")), alike("1", 1.0)
    (True, False)
    """
    if isinstance(one, Formula) and isinstance(other, Formula):
        return _plain(one.text) == _plain(other.text)
    return type(one) is type(other) and one == other


def _plain(formula: str) -> str:
    return _SPACE.sub(lambda found: found[1] or "", formula).casefold()


def cell_in(sheet: str, at: tuple[int, int]) -> str:
    """A cell with its sheet, for messages.

    >>> cell_in("My plan", (3, 2))
    "'My plan'!B3"
    """
    return sheet_reference(sheet, CellRange.parse(cell_address(*at)))
