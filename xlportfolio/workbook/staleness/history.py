"""Which values of formulas are out of date: those that depend on what was written since opening.

Nothing is worked out unless somebody asks, so that writing and saving cost nothing more. Where the
formulas of a sheet are too damaged to be read, all of them count.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from xlportfolio.errors import WorkbookError
from xlportfolio.wording import counted
from xlportfolio.workbook.editing.formula_reading import read_formulas
from xlportfolio.workbook.editing.formula_search import may_hold_formulas, may_name
from xlportfolio.workbook.editing.formulas import stored_formula
from xlportfolio.workbook.formula_cells import FormulaCell
from xlportfolio.workbook.opened import OpenedFile
from xlportfolio.workbook.protocol import Formula, SheetContents, Writable
from xlportfolio.workbook.references import (
    LAST_COLUMN,
    LAST_ROW,
    CellRange,
    cell_address,
    sheet_reference,
)
from xlportfolio.workbook.rendering.marks import marked_sheets
from xlportfolio.workbook.staleness.areas import Area, areas_of
from xlportfolio.workbook.staleness.dependants import Dependants
from xlportfolio.workbook.staleness.pivot_caches import (
    has_pivot_caches,
    pivot_tables_fed_by,
    refresh_pivot_caches,
)
from xlportfolio.workbook.staleness.precedents import Precedents
from xlportfolio.workbook.staleness.spill_reach import SpillReach

Edits = Mapping[str, Mapping[tuple[int, int], Writable]]

_MOST_SHOWN = 3


@dataclass
class _Round:
    """What was written before values were put, and which values were put after it.

    `saved` are the cells that `save` wrote, sheet by sheet, as plain sequences, for mostly nobody
    asks; `cells` are those, and those that wait, when somebody does.
    """

    saved: list[tuple[str, tuple[tuple[int, int], ...]]] = field(default_factory=list)
    cells: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    sheets: set[str] = field(default_factory=set)
    fresh: dict[str, set[tuple[int, int]]] = field(default_factory=dict)

    def areas(self) -> list[Area]:
        """What was written, as rectangles."""
        found = [area for sheet, cells in self.cells.items() for area in areas_of(sheet, cells)]
        return found + [Area(name.casefold(), 1, 1, LAST_ROW, LAST_COLUMN) for name in self.sheets]


@dataclass(frozen=True)
class Waiting:
    """A workbook with what waits to be written into it.

    Attributes
    ----------
    file
        The workbook as it is opened.
    edits
        The cells that wait.
    contents
        What is on a sheet, with what was written since.
    formula_texts
        The formulas of a sheet that will say something else when it is written.
    """

    file: OpenedFile
    edits: Edits
    contents: Callable[[str], SheetContents]
    formula_texts: Callable[[str], Mapping[tuple[int, int], str]]


class WriteHistory:
    """What was written to a workbook since it was opened, and what that makes stale.

    Parameters
    ----------
    asks_for_all
        Whether the file asked, when it was opened, to have every formula computed.
    """

    def __init__(self, asks_for_all: bool) -> None:
        self._asks_for_all = asks_for_all
        self._rounds = [_Round()]
        self._known: dict[str, frozenset[tuple[int, int]]] | None = None

    # -- what happens to the workbook ------------------------------------------------------------

    def write(self) -> None:
        """Note that cells were written; which they are is known from the pending edits."""
        self._known = None
        if self._rounds[-1].fresh:
            self._rounds.append(_Round())

    def put_sheet(self, name: str) -> None:
        """Note that a sheet of ours was put, as a whole."""
        last = self._rounds[-1]
        if name not in last.sheets or last.fresh:  # put again, it makes nothing else stale
            self.write()
            self._rounds[-1].sheets.add(name)

    def remove_sheets(self, names: Iterable[str]) -> None:
        """Forget sheets that are gone: what showed them is not out of date but broken."""
        self._known = None
        gone = set(names)
        for one in self._rounds:
            one.sheets -= gone
            one.saved = [written for written in one.saved if written[0] not in gone]

    def put_values(self, sheet: str, cells: Iterable[tuple[int, int]]) -> None:
        """Note that formulas were computed anew, with all that is written by now."""
        self._known = None
        self._rounds[-1].fresh.setdefault(sheet, set()).update(cells)

    def save(self, edits: Edits) -> None:
        """Keep which cells were written, now that they wait no longer."""
        for sheet, cells in edits.items():
            if cells:
                self._rounds[-1].saved.append((sheet, tuple(cells)))

    # -- what it means ---------------------------------------------------------------------------

    def stale(self, waiting: Waiting) -> Mapping[str, frozenset[tuple[int, int]]]:
        """The cells that show what formulas gave before something was written.

        Parameters
        ----------
        waiting
            The workbook.

        Returns
        -------
        Sheet to (row, column); sheets without such cells are left out.
        """
        if self._known is None:
            found = self._found(waiting)
            self._known = {sheet: frozenset(found[sheet]) for sheet in sorted(found)}
        return self._known

    def _found(self, waiting: Waiting) -> dict[str, set[tuple[int, int]]]:
        file = waiting.file
        found: dict[str, set[tuple[int, int]]] = {}
        fresh: dict[str, set[tuple[int, int]]] = {}
        ours = marked_sheets(file.index).keys()
        for one in reversed(self._with(waiting.edits)):
            for sheet, cells in one.fresh.items():
                fresh.setdefault(sheet, set()).update(cells)
            touched = one.sheets | one.cells.keys()
            if touched <= ours and not may_name(file.package, file.index, touched):
                continue  # nobody looks at our sheets, and nothing else was written
            for sheet, cells in _stale_after(waiting, one).items():
                found.setdefault(sheet, set()).update(cells - fresh.get(sheet, set()))
        return {sheet: cells for sheet, cells in found.items() if cells}

    def _with(self, edits: Edits) -> list[_Round]:
        """Every round with its cells, the last with those that wait to be written."""
        waiting = [(sheet, cells) for sheet, cells in edits.items() if cells]
        found = []
        for one in self._rounds:
            cells: dict[str, set[tuple[int, int]]] = {}
            last = waiting if one is self._rounds[-1] else []
            for sheet, written in [*one.saved, *last]:
                cells.setdefault(sheet, set()).update(written)
            found.append(replace(one, cells=cells))
        return found

    def refresh_pivot_caches(self, waiting: Waiting) -> None:
        """Have Excel refresh the pivot caches with a source that was written or is stale.

        Parameters
        ----------
        waiting
            The workbook; what was written is in its package by now.
        """
        file = waiting.file
        if not has_pivot_caches(file.index):
            return
        changed = [area for one in self._with(waiting.edits) for area in one.areas()]
        for sheet, cells in self.stale(waiting).items():
            changed += areas_of(sheet, cells)
        refresh_pivot_caches(file.package, file.index, _precedents(file), changed)

    def sentence(
        self,
        cells: CellRange,
        on_sheet: SheetContents,
        computed: Iterable[CellRange],
        stale: Callable[[], Mapping[str, frozenset[tuple[int, int]]]],
        file_name: str,
    ) -> str:
        """What is to be known of the values of a range; "" where they are up to date.

        Parameters
        ----------
        cells
            The range.
        on_sheet
            What is on its sheet.
        computed
            The ranges of that sheet that one formula fills.
        stale
            Works out the stale cells of the workbook; asked only where the range has formulas.
        file_name
            Of the workbook.
        """
        if not (self._asks_for_all or self._known is None or self._known):
            return ""
        sheet = on_sheet.name
        formulas = _within(cells, on_sheet.formulas)
        for area in computed:
            formulas |= _within(cells, area)
        if not formulas:
            return ""
        remedy = (
            f'open it in Excel and save it there, or run: xlportfolio recalculate "{file_name}"'
        )
        old = sorted(formulas & stale().get(sheet, frozenset()))
        if old:
            its, it, was = (
                ("its formula", "it depends", "shows")
                if len(old) == 1
                else ("their formulas", "they depend", "show")
            )
            return (
                f'{_shown(old)} of "{sheet}" {was} what {its} gave before the cells were written '
                f"that {it} on; save the workbook, then {remedy}."
            )
        fresh = {cell for one in self._rounds for cell in one.fresh.get(sheet, ())}
        asked = sorted(formulas - fresh) if self._asks_for_all else []
        if not asked:
            return ""
        holds, is_old = (
            ("holds a formula", "it shows") if len(asked) == 1 else ("hold formulas", "they show")
        )
        return (
            f'{_shown(asked)} of "{sheet}" {holds}, and "{file_name}" asks to be recomputed when '
            f"it is opened; what {is_old} may be out of date. To have it computed, {remedy}."
        )


def _stale_after(waiting: Waiting, one: _Round) -> dict[str, set[tuple[int, int]]]:
    """The cells that depend on what was written, with formulas that were written themselves."""
    file = waiting.file
    precedents = _precedents(file)
    reach = SpillReach(waiting.contents, lambda sheet: file.reading(sheet).computed)
    dependants = Dependants(precedents, reach.of)
    changed = one.areas()
    changed += pivot_tables_fed_by(file.package, file.index, precedents, changed)
    new: dict[str, set[tuple[int, int]]] = {}
    for sheet in file.places.sheet_names:
        try:
            formulas = _formulas(waiting, sheet)
        except WorkbookError:  # they cannot be told apart, so that all of them count
            new[sheet] = set(waiting.contents(sheet).formulas)
            changed.append(Area(sheet.casefold(), 1, 1, LAST_ROW, LAST_COLUMN))
            continue
        if formulas:
            dependants.add(sheet, formulas)
            if sheet in one.cells:
                holding = {(formula.row, formula.column) for formula in formulas}
                new[sheet] = holding & one.cells[sheet]
    found = dependants.of(changed)
    for sheet, cells in new.items():
        found.setdefault(sheet, set()).update(cells)
    return found


def _precedents(file: OpenedFile) -> Precedents:
    return Precedents(file.places.sheet_names, file.index.defined_names, file.tables())


def _formulas(waiting: Waiting, sheet: str) -> list[FormulaCell]:
    """The formulas of a sheet, as they will be."""
    file, edits = waiting.file, waiting.edits.get(sheet, {})
    entry = file.places.worksheet(sheet)
    formulas: list[FormulaCell] = []
    if may_hold_formulas(file.package, entry):
        formulas = read_formulas(file.package, file.index, entry, file.shared_strings())
        texts = waiting.formula_texts(sheet)
        if texts:
            formulas = [
                replace(one, text=texts.get((one.row, one.column), one.text)) for one in formulas
            ]
    if not edits:
        return formulas
    kept = [one for one in formulas if (one.row, one.column) not in edits]
    return kept + list(_written_formulas(sheet, edits))


def _written_formulas(
    sheet: str, edits: Mapping[tuple[int, int], Writable]
) -> Iterator[FormulaCell]:
    for (row, column), value in edits.items():
        if isinstance(value, Formula):
            cells = CellRange(row, column, row, column)
            text = stored_formula(value.text, sheet_reference(sheet, cells))
            yield FormulaCell(row, column, text, "plain", cells, None)


def _within(
    cells: CellRange, formulas: Collection[tuple[int, int]] | CellRange
) -> set[tuple[int, int]]:
    """The cells of a range that hold formulas, or that one fills."""
    if isinstance(formulas, CellRange):
        return {
            (row, column)
            for row in range(
                max(cells.first_row, formulas.first_row),
                min(cells.last_row, formulas.last_row) + 1,
            )
            for column in range(
                max(cells.first_column, formulas.first_column),
                min(cells.last_column, formulas.last_column) + 1,
            )
        }
    if cells.n_rows * cells.n_columns > len(formulas):
        return {cell for cell in formulas if cells.contains(*cell)}
    return {
        (row, column)
        for row in range(cells.first_row, cells.last_row + 1)
        for column in range(cells.first_column, cells.last_column + 1)
        if (row, column) in formulas
    }


def _shown(cells: Collection[tuple[int, int]]) -> str:
    """The first of some cells, and how many more there are."""
    shown = [cell_address(*cell) for cell in islice(cells, _MOST_SHOWN)]
    more = len(cells) - len(shown)
    if more:
        return f"{', '.join(shown)} and {counted(more, 'more cell')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
