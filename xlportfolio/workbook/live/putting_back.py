"""A step taken back: the one routine for a step that failed half way, and for undo."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from xlportfolio.errors import EditedError, WorkbookError
from xlportfolio.wording import counted, listed
from xlportfolio.workbook.editing.guards import structure_sentence
from xlportfolio.workbook.live.beside import opened_beside
from xlportfolio.workbook.live.details import ExcelDetails
from xlportfolio.workbook.live.entering import cells_of
from xlportfolio.workbook.live.keeping import (
    Changes,
    KeptPiece,
    KeptSheet,
    read_changes,
    read_kept,
)
from xlportfolio.workbook.live.mending import Referrers, enter_again, enter_where_lost
from xlportfolio.workbook.live.quiet import app_of, quiet, shown_as_before, twice
from xlportfolio.workbook.live.reading import LiveReading, answered, number_formats, reason_of
from xlportfolio.workbook.live.standing import Known, Standing, needed_since
from xlportfolio.workbook.live.writing import (
    At,
    Target,
    codes_at,
    columns_of,
    entries_at,
    write_cells,
)
from xlportfolio.workbook.references import parse_cell, sheet_reference
from xlportfolio.workbook.rendering.names import redirected, sheet_of
from xlportfolio.workbook.rendering.remembered import led_to

if TYPE_CHECKING:
    import xlwings as xw
    from xlwings.main import Sheets

_REF = "#REF!"


@dataclass(frozen=True)
class PutBack:
    """What came of a step that was to be taken back.

    Attributes
    ----------
    outcome
        "already" where the workbook was as before the step, "not there" where nothing of the step
        was in it; nothing was changed then.
    places
        The sheets of ours and the ranges that were put back.
    stayed
        The cells of the user's that hold something else than the step left, and stay so.
    """

    outcome: Literal["put back", "already", "not there"]
    places: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()


def put_back(
    book: xw.Book,
    details: ExcelDetails,
    kept_zip: Path,
    *,
    earlier: Sequence[Path] = (),
    force: bool = False,
) -> PutBack:
    """Take a step back: what it wrote is as it was before it.

    Parameters
    ----------
    book, details
        The workbook, open in Excel.
    kept_zip
        What was kept of it before the step.
    earlier
        What was kept of it before earlier steps.
    force
        Do so even where what the step left was edited since. Cells of the user's keep their edits;
        on sheets of ours they are lost.

    Raises
    ------
    EditedError
        If what the step left was edited since; nothing is put back.
    WorkbookError
        If a sheet of the user's has a name that is needed, something is protected, or none of the
        user's cells is the step's any more; nothing is put back. If Excel refuses.
    """
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as folder:
        changes, sheets = read_kept(kept_zip, Path(folder))
        with (
            answered("the last step was taken back"),
            quiet(app_of(book), "Portfolio: putting back what was there"),
        ):
            known = Known(book, details)
            standing = Standing(known, changes, _left_by(earlier))
            if not standing.is_as_left:
                if standing.is_as_before(sheets):
                    return PutBack("already")
                if standing.is_gone:
                    return PutBack("not there")
            _require_free_names(known, changes)
            if standing.is_lost:
                raise _lost(standing)
            if not force:
                edits = [*standing.edits(), *needed_since(known, changes)]
                if edits:
                    raise EditedError(" ".join(edits))
            stayed = tuple(standing.other_cells())
            changes = _with_references(known, standing.left_to_undo())
            _require_unprotected(known, changes)
            with shown_as_before(book, details):
                failed = restore(book, details, changes, sheets, known=known)
    if failed:
        raise WorkbookError(
            f"Excel refused to put everything back ({'; '.join(failed)}). Close what is open in "
            "Excel (a cell that is being edited, a dialogue) and undo again."
        )
    places = (
        *(sheet.name for sheet in changes.sheets),
        *(name for name, _ in changes.new),
        *(sheet_reference(kept.sheet, kept.cells) for kept in changes.pieces),
    )
    return PutBack("put back", places, stayed)


def restore(
    book: xw.Book,
    details: ExcelDetails,
    changes: Changes,
    sheets: Path | None,
    *,
    has_failed: bool = False,
    known: Known | None = None,
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
    known = known or Known(book, details)

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
            for sheet in changes.sheets:  # once all are there: none is added behind a hidden one
                attempt(f'sheet "{sheet.name}"', partial(_show_as_before, known, sheet))
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


def _put_sheet_back(known: Known, kept: KeptSheet, changes: Changes, copies: Sheets) -> None:
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
        # A chart names its sheet, which may be called otherwise by now.
        look = redirected(replace(kept.look, name=kept.name), name or kept.name, {})
        details.draw_charts(sheet, look.charts)
    if name is None:
        for local, text in kept.names:
            sheet.names.add(local, "=" + text)
    details.set_memory(sheet, led_to(dict(kept.memory), kept.name, name or kept.name))
    if kept.formulas:
        enter_where_lost(details, sheet, kept.formulas)


def _show_as_before(known: Known, kept: KeptSheet) -> None:
    name = sheet_of(known.marks(), kept.mark)
    if name is None:
        return
    sheet = known.sheets()[name]
    if int(sheet.visible) != kept.visible:  # 2: hidden from the list, too
        sheet.visible = kept.visible  # type: ignore[assignment]


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


def _take_out_new(known: Known, changes: Changes, *, has_failed: bool) -> None:
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


# -- before anything is put back -----------------------------------------------------------------


def _left_by(earlier: Iterable[Path]) -> dict[str, set[str]]:
    """What earlier steps left on each sheet of ours; what is damaged tells nothing."""
    found: dict[str, set[str]] = {}
    for path in earlier:
        with suppress(WorkbookError):
            for mark, digest in read_changes(path).left.items():
                found.setdefault(mark, set()).add(digest)
    return found


def _require_free_names(known: Known, changes: Changes) -> None:
    """Refuse where a sheet that was taken out would come back over one of the user's."""
    marks = known.marks()
    theirs = {name.casefold() for name in known.sheets() if name not in marks}
    for sheet in changes.sheets:
        if sheet_of(marks, sheet.mark) is None and sheet.name.casefold() in theirs:
            raise WorkbookError(
                f'There is a sheet "{sheet.name}" of your own now, where the step that is to be '
                "undone took one of xlportfolio out. Rename yours, then undo again."
            )


def _lost(standing: Standing) -> WorkbookError:
    cells = standing.other_cells()
    named = listed(cells, 3)
    return WorkbookError(
        f"Nothing was undone: of the {counted(len(cells), 'cell')} that the step wrote, none holds "
        f"any more what it left there ({named}). Where they were moved or edited since, undo that "
        "first, then undo the step again."
    )


def _require_unprotected(known: Known, changes: Changes) -> None:
    """Refuse before anything is changed where something is protected that has to change."""
    book, details, there, marks = known.book, known.details, known.sheets(), known.marks()
    if details.structure_is_protected(book):
        what = _of_structure(known, changes)
        if what:
            raise WorkbookError(structure_sentence(book.name, what))
    names = [sheet_of(marks, sheet.mark) for sheet in changes.sheets]
    written = [*names, *(kept.sheet for kept in changes.pieces)]
    for name in dict.fromkeys(name for name in written if name is not None):
        if details.is_protected(there[name]):
            raise WorkbookError(
                f'The sheet "{name}" is protected, so nothing was undone. Lift the protection in '
                "Excel (Review > Unprotect Sheet), then undo again."
            )


def _of_structure(known: Known, changes: Changes) -> str:
    """What a step back does to the sheets themselves, as in "adding a sheet"; "" for nothing."""
    marks, there = known.marks(), known.sheets()
    for kept in changes.sheets:
        name = sheet_of(marks, kept.mark)
        if name is None:
            return f'adding the sheet "{kept.name}"'
        if int(there[name].visible) != kept.visible:
            return f'hiding or showing the sheet "{name}"'
    for _, mark in changes.new:
        name = sheet_of(marks, mark)
        if name is not None:
            return f'removing the sheet "{name}"'
    return ""


def _with_references(known: Known, changes: Changes) -> Changes:
    """What a step changed, with the formulas and names as they are now that would be lost.

    Those that were kept are older: they go back only where Excel made #REF! of them.
    """
    marks = known.marks()
    written = [name for one in changes.sheets if (name := sheet_of(marks, one.mark)) is not None]
    if not (written or changes.dependents or changes.names):
        return changes
    reading = LiveReading(known.book, known.details)
    referrers = Referrers(reading)
    formulas = list(referrers.formulas(written, []))
    for sheet, cell, formula in changes.dependents:
        if _REF in reading.formulas(sheet).texts.get(parse_cell(cell), ""):
            formulas.append((sheet, cell, formula))
    names = list(referrers.names(written, []))
    now = {(entry.name, entry.sheet): entry.text for entry in reading.defined_names}
    names += [one for one in changes.names if _REF in now.get(one[:2], "")]
    return replace(changes, dependents=tuple(formulas), names=tuple(names))
