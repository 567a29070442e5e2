"""A step carried out in Excel as a whole: checked again, kept, written, put back if it fails."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xlportfolio.errors import PortfolioError, WorkbookError
from xlportfolio.workbook.description import SheetDescription
from xlportfolio.workbook.live.beside import new_beside, opened_beside
from xlportfolio.workbook.live.carrying import (
    Carried,
    carry,
    formulas_beside,
    memory_of,
    with_users_look,
)
from xlportfolio.workbook.live.entering import Entry
from xlportfolio.workbook.live.keeping import (
    Changes,
    Kept,
    KeptPiece,
    KeptSheet,
    digest_of,
    write_kept,
)
from xlportfolio.workbook.live.mending import Referrers, enter_again, enter_where_lost
from xlportfolio.workbook.live.pieces import Waiting, pieces_of
from xlportfolio.workbook.live.putting_back import restore, set_names
from xlportfolio.workbook.live.quiet import StatusBar, app_of, quiet, shown_as_before
from xlportfolio.workbook.live.reading import BUGS, LiveReading, reason_of
from xlportfolio.workbook.live.scratch import Scratch
from xlportfolio.workbook.live.writing import At, Target, write_cells
from xlportfolio.workbook.rendering.marks import MARK
from xlportfolio.workbook.rendering.remembered import PREFIX, names_for

if TYPE_CHECKING:
    import xlwings as xw
    from xlwings.main import Sheets


_VERY_HIDDEN = 2  # xlSheetVeryHidden
_SHOWN_FOR = 0.5
"""How long the status bar says the same where several sheets follow each other quickly. [s]"""


@dataclass(frozen=True)
class Put:
    """A sheet of ours that waits to be written.

    Attributes
    ----------
    described
        Under the name of its sheet, its references leading to the sheets as they are called.
    mark
        What its mark says.
    is_new
        Whether it is added.
    values
        Row, column and value of each cell, as Excel will store it.
    """

    described: SheetDescription
    mark: str
    is_new: bool
    values: tuple[tuple[int, int, Entry], ...]

    @property
    def name(self) -> str:
        return self.described.name


@dataclass
class Plan:
    """All that waits to be carried out.

    Attributes
    ----------
    puts
        Sheets of ours by their names, in the order in which they were put.
    gone
        Sheets of ours that are taken out.
    is_forced
        Whether that is so although others refer to them.
    waiting
        Cells of the user's, by sheet.
    """

    puts: dict[str, Put] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    is_forced: bool = False
    waiting: dict[str, Waiting] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.puts or self.gone or any(one.cells for one in self.waiting.values()))


def carry_out(
    plan: Plan,
    reading: LiveReading,
    referrers: Referrers,
    scratch: Scratch | None,
    folder: Path,
    recording: Callable[[Kept], None] | None,
) -> tuple[Kept, tuple[str, ...], tuple[str, ...]]:
    """Write what waits into the workbook, or leave it as it was.

    Parameters
    ----------
    plan
        What waits.
    reading
        What was read of the workbook, which was decided on.
    referrers
        What would lose its references meanwhile.
    scratch
        Holds the sheets that are put.
    folder
        A private one, for what is kept.
    recording
        Told what is kept, at the last moment before anything is written.

    Returns
    -------
    What is kept; a sentence for each chart, or part of one, that Excel did not draw; and one for
    each sheet on which cells moved that people had added.

    Raises
    ------
    WorkbookError
        If a cell changed since it was read, or Excel refuses; the workbook is as it was.
    """
    undrawn: tuple[str, ...] = ()
    book, details = reading.book, reading.details
    with (
        _refusals_said(reading.file_name),
        quiet(app_of(book), "Portfolio: keeping what is there") as bar,
        shown_as_before(book, details),
    ):
        pieces = [
            piece
            for sheet, waiting in plan.waiting.items()
            for piece in pieces_of(reading, sheet, waiting)
        ]
        changes = _changes(plan, reading, referrers, [kept for kept, _ in pieces])
        held = _hold_sheets(book, reading, changes, folder)
        carried = _carried(plan, reading, changes, scratch, held)
        changes = _with_carried(plan, changes, carried)
        kept = write_kept(folder / "kept.zip", changes, held)
        with _rendered(book, scratch if plan.puts else None) as rendered:
            if recording is not None:
                recording(kept)
            try:
                undrawn = _write(plan, reading, changes, pieces, rendered, carried, bar)
            except BaseException as error:
                bar.say("Portfolio: putting back what was there")
                failed = restore(book, details, changes, held, has_failed=True)
                if failed:
                    raise WorkbookError(
                        f'"{reading.file_name}" was written in part only: Excel refused it '
                        f"({reason_of(error)}), and refused to put back {'; '.join(failed)}. "
                        "Close it without saving, and open it again."
                    ) from error
                raise
    moved = tuple(one.sentence for one in carried.values() if one.sentence)
    return kept, undrawn, moved


@contextmanager
def _refusals_said(file_name: str) -> Iterator[None]:
    """Say in one sentence that nothing was written, whatever an engine raises."""
    try:
        yield
    except (PortfolioError, *BUGS):
        raise
    except Exception as error:  # pywin32, appscript and others each have errors of their own
        raise WorkbookError(
            f'"{file_name}" is as it was: Excel refused to be written ({reason_of(error)}). Finish '
            "what is open in Excel (a cell that is being edited, a dialogue) and try again."
        ) from error


# -- what is kept --------------------------------------------------------------------------------


def _changes(
    plan: Plan, reading: LiveReading, referrers: Referrers, pieces: Iterable[KeptPiece]
) -> Changes:
    replaced = [put.name for put in plan.puts.values() if not put.is_new]
    lost = plan.gone if plan.is_forced else []  # else nothing refers to them
    written, sheets = replaced + plan.gone, []
    for number, name in enumerate(written, 1):
        handle = reading.handles[name]
        names = tuple(
            (entry.name, entry.text)
            for entry in reading.defined_names
            if entry.sheet == name
            and entry.name != MARK
            and not entry.name.startswith((PREFIX, "_xlnm."))
        )
        sheets.append(
            KeptSheet(
                name=name,
                mark=reading.marks[name],
                held_as=f"Kept {number}",
                visible=int(handle.visible),
                look=reading.details.described(handle),
                names=names if name in plan.gone else (),
                memory=tuple(memory_of(reading, name).items()),
                formulas=formulas_beside(reading, name),
            )
        )
    return Changes(
        order=tuple(reading.handles),
        pieces=tuple(pieces),
        sheets=tuple(sheets),
        new=tuple((put.name, put.mark) for put in plan.puts.values() if put.is_new),
        left={put.mark: digest_of(put.values) for put in plan.puts.values()},
        dependents=referrers.formulas(replaced + lost, lost),
        names=referrers.names(replaced + lost, lost),
    )


def _hold_sheets(
    book: xw.Book, reading: LiveReading, changes: Changes, folder: Path
) -> Path | None:
    """Copies of our sheets as they are, in a workbook of their own."""
    if not changes.sheets:
        return None
    path = folder / f"xlportfolio-{secrets.token_hex(6)}.xlsx"  # no open workbook has this name
    with new_beside(book) as copies:
        added = copies.sheets
        for sheet in changes.sheets:
            copy = added.add()
            copy.name = sheet.held_as
            reading.details.copy_cells(reading.handles[sheet.name], copy)
        copies.save(str(path))
    return path


def _carried(
    plan: Plan,
    reading: LiveReading,
    changes: Changes,
    scratch: Scratch | None,
    held: Path | None,
) -> dict[str, Carried]:
    """What people added to the sheets that are written anew, laid into the scratch workbook."""
    if scratch is None or not plan.puts:
        return {}
    return carry(scratch, reading, held, [one for one in changes.sheets if one.name in plan.puts])


def _with_carried(plan: Plan, changes: Changes, carried: Mapping[str, Carried]) -> Changes:
    """What the step changes, with what is carried over counted among what it leaves."""
    left = {
        put.mark: digest_of([*put.values, *carried[put.name].values])
        for put in plan.puts.values()
        if put.name in carried
    }
    return replace(changes, left={**changes.left, **left}) if left else changes


@contextmanager
def _rendered(book: xw.Book, scratch: Scratch | None) -> Iterator[Sheets | None]:
    """The sheets of the scratch workbook, open in Excel for as long as they are copied."""
    if scratch is None:
        yield None
        return
    path = scratch.write()
    try:
        with opened_beside(book, path) as opened:
            yield opened.sheets
    finally:
        with suppress(OSError):  # Excel may hold it for a moment; its folder is deleted later
            path.unlink()


# -- what is written -----------------------------------------------------------------------------


def _write(
    plan: Plan,
    reading: LiveReading,
    changes: Changes,
    pieces: Sequence[tuple[KeptPiece, dict[At, Target]]],
    rendered: Sheets | None,
    carried: Mapping[str, Carried],
    bar: StatusBar,
) -> tuple[str, ...]:
    undrawn: tuple[str, ...] = ()
    if rendered is not None:
        looks = {sheet.name: sheet.look for sheet in changes.sheets}
        undrawn = _write_sheets(plan, reading, rendered, looks, bar)
    for name, one in carried.items():
        enter_where_lost(reading.details, reading.handles[name], one.formulas)
    for kept, targets in pieces:
        write_cells(reading.details, reading.handles[kept.sheet], targets)
    for sheet in changes.sheets:
        if sheet.name in plan.gone:
            if sheet.visible == _VERY_HIDDEN:  # Excel deletes no such sheet
                reading.handles[sheet.name].visible = True
            reading.handles[sheet.name].delete()
    if not plan.gone:
        _mend(reading.book, reading, changes)
    return undrawn


def _write_sheets(
    plan: Plan,
    reading: LiveReading,
    rendered: Sheets,
    looks: Mapping[str, SheetDescription],
    bar: StatusBar,
) -> tuple[str, ...]:
    """Write sheets of ours; what could not be drawn on them, in sentences."""
    undrawn: list[str] = []
    details = reading.details
    sheets = reading.book.sheets
    last = list(reading.handles.values())[-1]
    behind = _never_shown_at_the_end(reading) if any(p.is_new for p in plan.puts.values()) else None
    for number, put in enumerate(plan.puts.values(), 1):
        bar.say(f"Portfolio: {put.name} ({number} of {len(plan.puts)})", unless_within=_SHOWN_FOR)
        if put.is_new:
            sheet = last = sheets.add(after=last) if behind is None else sheets.add(before=behind)
            sheet.name = put.name
            details.set_mark(sheet, put.mark)
        else:
            sheet = reading.handles[put.name]
            details.empty(sheet)
        details.copy_cells(rendered[put.name], sheet)
        described = put.described
        if put.name in looks:
            described = with_users_look(described, looks[put.name], reading)
        details.set_view(sheet, described)
        details.set_memory(sheet, names_for(put.described, put.name))
        if put.described.charts:
            undrawn += details.draw_charts(sheet, put.described.charts)
        if n_pictures := len(put.described.pictures):
            pictures = "1 picture is" if n_pictures == 1 else f"{n_pictures} pictures are"
            undrawn.append(
                f'{pictures} not on "{put.name}": pictures are put into closed workbooks alone. '
                "Close the workbook and run it there to have "
                f"{'it' if n_pictures == 1 else 'them'}."
            )
    return tuple(undrawn)


def _never_shown_at_the_end(reading: LiveReading) -> xw.Sheet | None:
    """The first of the very hidden sheets that come last: Excel moves none of these.

    To add a sheet behind the last one, xlwings adds it before that one and moves that one.
    """
    found = None
    for sheet in reversed(reading.handles.values()):
        if int(sheet.visible) != _VERY_HIDDEN:
            break
        found = sheet
    return found


def _mend(book: xw.Book, reading: LiveReading, changes: Changes) -> None:
    """Let formulas and names find the tables again that were taken off and are there again."""
    enter_again(reading.details, reading.handles.__getitem__, changes.dependents)
    if changes.names:
        set_names(book, reading.details, changes)
