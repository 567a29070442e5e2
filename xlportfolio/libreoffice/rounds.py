"""A workbook computed in rounds: what cannot be computed keeps its value, the rest follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xlportfolio.cells import Registry
from xlportfolio.libreoffice.calc_names import ShortWay, short_ways
from xlportfolio.libreoffice.computing import Computed, Place, compute, excel_codes
from xlportfolio.libreoffice.digit_texts import REASON as DIGITS_DIFFER
from xlportfolio.libreoffice.digit_texts import Cell, DigitTexts
from xlportfolio.libreoffice.formula_calls import called, gives_truth
from xlportfolio.libreoffice.formula_origins import Dependants, Failed, Key, Named, origins, places
from xlportfolio.libreoffice.formula_text import Refused, Surroundings, rewritten
from xlportfolio.libreoffice.local_texts import REASON as LOCAL_TEXT
from xlportfolio.libreoffice.local_texts import reads_local_text
from xlportfolio.libreoffice.truth_values import REASON as TRUTHS_DIFFER
from xlportfolio.libreoffice.truth_values import Truths
from xlportfolio.libreoffice.uncomputed import (
    error_of_arguments,
    hides_errors,
    is_sure,
    other_shape,
    reason_of,
)
from xlportfolio.values import CellError
from xlportfolio.workbook.closed import ClosedWorkbook
from xlportfolio.workbook.editing.cellxml import LONGEST_TEXT, text_length
from xlportfolio.workbook.formula_cells import Cached, FormulaCell
from xlportfolio.workbook.references import CellRange, sheet_reference

MOST_ROUNDS = 4
"""Each starts LibreOffice anew."""

_VALUE_ERROR = 519
_MOST_ROWS_READ = 10_000
_REMOVED_NAME = "#REF!"
_REPLACED = "\ufffd"
"""What stands where bytes are no text."""


@dataclass(frozen=True)
class Kept:
    """A formula that was not computed: its old value stands.

    Attributes
    ----------
    reason
        A clause that says why.
    """

    sheet: str
    formula: FormulaCell
    reason: str


@dataclass(frozen=True)
class Answers:
    """What came of all rounds.

    Attributes
    ----------
    values
        By sheet and (row, column): the cells of every formula that was computed.
    kept
        The others, in the order of the workbook.
    rounds
        How often it was computed.
    """

    values: Mapping[str, Mapping[Place, Cached]]
    kept: tuple[Kept, ...]
    rounds: int


def compute_in_rounds(
    book: ClosedWorkbook,
    formulas: Mapping[str, Iterable[FormulaCell]],
    registry: Registry,
    folder: Path,
    *,
    progress: Callable[[str], None],
    seconds: float,
) -> Answers:
    """Compute every formula of a workbook that LibreOffice can compute.

    Parameters
    ----------
    book
        The workbook; nothing in it changes.
    formulas
        All of it, by sheet.
    registry
        Our functions.
    folder
        For working copies; private to us.
    progress
        Told each step.
    seconds
        How long LibreOffice may take without getting any further. [s]

    Raises
    ------
    OfficeError
        If there is no LibreOffice, or it does not compute the workbook.
    """
    calculation = _Calculation(book, formulas, registry, folder)
    for number in range(1, MOST_ROUNDS + 1):
        step = "computing" if number == 1 else f"computing, round {number}"
        computed = calculation.run(progress, step, seconds)
        while computed.gave_arrays:
            calculation.go_the_long_way(computed.gave_arrays)
            computed = calculation.run(progress, step, seconds)
        if not calculation.keep_what_failed(computed, n_left=MOST_ROUNDS - number):
            break
    return Answers(calculation.values(computed), calculation.kept_in_order(), number)


class _Calculation:
    """What has been found out so far about the formulas of one workbook."""

    def __init__(
        self,
        book: ClosedWorkbook,
        formulas: Mapping[str, Iterable[FormulaCell]],
        registry: Registry,
        folder: Path,
    ) -> None:
        self._book, self._folder = book, folder
        self._sheets = {name.lower(): name for name in book.sheet_names}
        self._formulas: dict[Key, FormulaCell] = {
            (sheet, one.row, one.column): one for sheet, cells in formulas.items() for one in cells
        }
        self._kept: dict[Key, str] = {}
        self._constant_truths: list[Key] | None = None
        self._followed: set[Key] = set()
        self._dependants: Dependants | None = None
        self._old: dict[str, Mapping[int, Mapping[int, object]]] = {}
        names = book.name_texts()
        self._named = Named(
            {name.lower(): text for name, text in names},
            {table.name.lower(): table for table in book.tables()},
        )
        defined = {name.upper() for name, _ in names}
        self._registry = Registry(
            function for function in registry if function.name not in defined
        )  # such a name is a LAMBDA of the user's
        self._functions: dict[str, ShortWay | None] = dict(short_ways(self._registry))
        self._spills = {
            (sheet.lower(), row, column): one.cells
            for (sheet, row, column), one in self._formulas.items()
            if one.kind == "spill"
        }
        self._refused_names: dict[str, str] = {}
        self._say_everything()
        self._keep_what_hangs_on_nothing()

    # -- what is handed over ---------------------------------------------------------------------

    def _around(self, sheet: str) -> Surroundings:
        return Surroundings(sheet, self._functions, self._spills, self._refused_names)

    def _say_everything(self) -> None:
        self._name_texts = self._say_names(self._book.name_texts())
        self._texts: dict[Key, str] = {}
        self._say_formulas()

    def go_the_long_way(self, functions: Iterable[str]) -> None:
        """Call functions through Basic from now on, for they give arrays."""
        self._functions.update(dict.fromkeys(functions))
        self._say_everything()

    def _say_names(self, names: Iterable[tuple[str, str]]) -> dict[str, str]:
        """The names' texts as the copy has them; a name that uses a refused one is refused, too."""
        said: dict[str, str] = {}
        is_news = True
        while is_news:
            is_news = False
            around = self._around("")
            for name, text in names:
                answer = rewritten(text, 0, 0, around)
                if not isinstance(answer, Refused):
                    said[text] = answer
                    continue
                said[text] = _REMOVED_NAME
                if name.lower() not in self._refused_names:
                    self._refused_names[name.lower()] = answer.reason
                    is_news = True
        return said

    def _say_formulas(self) -> None:
        around = {sheet: self._around(sheet) for sheet in {key[0] for key in self._formulas}}
        for key, one in self._formulas.items():
            if one.kind == "table":
                self._kept[key] = "a data table (What-If Analysis) is computed by Excel alone"
                continue
            answer = rewritten(one.text, one.row, one.column, around[key[0]])
            if isinstance(answer, Refused):
                self._kept[key] = answer.reason
            elif answer != one.text:
                self._texts[key] = answer

    def run(self, progress: Callable[[str], None], step: str, seconds: float) -> Computed:
        """Compute a working copy as things stand."""
        texts: dict[str, dict[Place, str | None]] = {}
        for (sheet, row, column), text in self._texts.items():
            texts.setdefault(sheet, {})[row, column] = text
        for sheet, row, column in self._kept:
            texts.setdefault(sheet, {})[row, column] = None
        copy = self._folder / Path(self._book.path).name
        progress(step)
        self._book.write_working_copy(
            copy, texts, lambda text: self._name_texts.get(text, _REMOVED_NAME)
        )
        wanted: dict[str, list[CellRange]] = {}
        arrays: dict[str, list[CellRange]] = {}
        for (sheet, row, column), one in self._formulas.items():
            if (sheet, row, column) not in self._kept:
                wanted.setdefault(sheet, []).append(one.cells)
                if one.kind == "spill":
                    arrays.setdefault(sheet, []).append(one.cells)
        if not wanted:
            return Computed({}, {}, 0.0)
        ours = re.compile("|".join(self._of_ours()) or "(?!)", re.IGNORECASE)
        calls_ours = any(map(ours.search, self._said()))
        return compute(
            copy,
            wanted,
            self._registry if calls_ours else None,
            arrays=arrays,
            private=self._folder,
            progress=lambda sign: progress(f"{step}: {sign}"),
            seconds=seconds,
        )

    def _of_ours(self) -> Iterator[str]:
        """What a text holds that calls a function of ours."""
        for name, way in self._functions.items():
            yield re.escape(name)
            if way:
                yield re.escape(way.name)

    def _said(self) -> Iterator[str]:
        """Every text as the copy has it."""
        yield from (self._texts.get(key, one.text) for key, one in self._formulas.items())
        yield from self._name_texts.values()

    # -- what came back --------------------------------------------------------------------------

    def keep_what_failed(self, computed: Computed, *, n_left: int) -> bool:
        """Decide which formulas keep their value; whether there are any more than before.

        Where few rounds are left, a function that nowhere succeeds counts as unknown.
        """
        before = len(self._kept)
        n_decided = 0
        failed = self._failed(computed)
        began, waiting = origins(failed, self._named)
        suspects = began | waiting if n_left <= 1 else began
        unknown = self._unknown_functions(suspects, {one.key for one in failed})
        if n_left == 0:
            began |= waiting
        for one in failed:
            key = one.key
            number = self._number(computed, key)
            names = [name for name in called(one.formula.text) if name in unknown]
            error = error_of_arguments(one.formula, number)
            if key in began and error and self._texts.get(key) != error:
                self._texts[key] = error  # what depends on it sees Excel's error, too
                n_decided += 1
            elif key in began or (key in waiting and names):
                self._kept[key] = reason_of(number, names)
        n_decided += self._settle_texts(computed, is_last=n_left == 0)
        self._keep_unanswered(computed)
        self._keep_changed_shapes(computed)
        self._keep_what_takes_truths_for_numbers(computed)
        self._keep_what_takes_texts_for_numbers(computed)
        self._keep_what_reads_local_texts(computed)
        self._keep_what_hangs_on_nothing()
        return len(self._kept) > before or n_decided > 0

    def _failed(self, computed: Computed) -> list[Failed]:
        found = []
        for key, one in self._formulas.items():
            numbers = computed.errors.get(key[0])
            if not numbers or key in self._kept:
                continue
            unsure = [place for place in places(one.cells) if not is_sure(numbers.get(place, 0))]
            if unsure:
                is_settled = all(self._is_same_error(key, p, numbers[p]) for p in unsure)
                found.append(Failed(key[0], one, is_settled))
        return found

    def _is_same_error(self, key: Key, place: Place, number: int) -> bool:
        old = self._old_value(key, place)
        return isinstance(old, CellError) and old.code in excel_codes(number)

    def _old_value(self, key: Key, place: Place) -> object:
        """What a cell showed last; of an array, only the first cell stands with the formula."""
        sheet = key[0]
        if place == key[1:]:
            return self._formulas[key].cached
        if sheet not in self._old:
            self._old[sheet] = self._book.contents(sheet).rows
        return self._old[sheet].get(place[0], {}).get(place[1])

    def _number(self, computed: Computed, key: Key) -> int:
        numbers = computed.errors[key[0]]
        found = [numbers[p] for p in places(self._formulas[key].cells) if p in numbers]
        return next(number for number in found if not is_sure(number))

    def _unknown_functions(self, began: set[Key], failed: set[Key]) -> set[str]:
        """Functions that are called where an error began, and nowhere with success."""
        names = {
            name for key in began for name in called(self._formulas[key].text)
        } - self._functions.keys()
        if names:
            pattern = re.compile("|".join(rf"{re.escape(n)}\s*\(" for n in names), re.IGNORECASE)
            for key, one in self._formulas.items():
                if key not in failed and key not in self._kept and pattern.search(one.text):
                    names.difference_update(called(one.text))
        return names

    def _settle_texts(self, computed: Computed, *, is_last: bool) -> int:
        """Deal with texts that no cell of Excel's holds; how many are an error from now on."""
        n_decided = 0
        for key, one in self._formulas.items():
            given = computed.values.get(key[0], {})
            texts = [text for p in places(one.cells) if isinstance(text := given.get(p), str)]
            if key in self._kept or not texts:
                continue
            if any(_REPLACED in text for text in texts) and "CHAR" in called(one.text):
                self._kept[key] = "CHAR of more than 127 depends on the language of a computer"
            elif any(text_length(text) > LONGEST_TEXT for text in texts):
                if one.kind == "plain" and not is_last:
                    self._texts[key] = "#VALUE!"  # what depends on it sees Excel's error, too
                    n_decided += 1
                else:
                    self._kept[key] = f"it gives a text of more than {LONGEST_TEXT:,} characters"
        return n_decided

    def _keep_unanswered(self, computed: Computed) -> None:
        """Keep the value of what called a function of ours that hung or crashed."""
        if not computed.unanswered:
            return
        for key, one in self._formulas.items():
            numbers = computed.errors.get(key[0], {})
            if key in self._kept:
                continue
            is_error = any(place in numbers for place in places(one.cells))
            for name in called(one.text):
                if name in computed.unanswered and (is_error or hides_errors(one)):
                    self._kept[key] = computed.unanswered[name].rstrip(".")

    def _keep_changed_shapes(self, computed: Computed) -> None:
        for sheet, shapes in computed.shapes.items():
            for (row, column), (n_rows, n_columns) in shapes.items():
                cells = self._formulas[sheet, row, column].cells
                if (n_rows, n_columns) == (cells.n_rows, cells.n_columns):
                    continue
                if (row, column) in computed.errors[sheet] and n_rows <= 1 and n_columns <= 1:
                    if (cells.n_rows, cells.n_columns) == (1, 1):
                        continue
                    n_rows = 0
                self._kept.setdefault((sheet, row, column), other_shape(cells, n_rows, n_columns))

    def _keep_what_takes_truths_for_numbers(self, computed: Computed) -> None:
        """Keep what would be another figure in Excel, because a cell holds TRUE or FALSE."""
        if self._constant_truths is None:
            self._constant_truths = list(self._find_constant_truths())
        found = [
            (sheet, *place)
            for sheet, cells in self.values(computed).items()
            for place, value in cells.items()
            if isinstance(value, bool)
        ]
        truths = Truths([*self._constant_truths, *found])
        for key, one in self._formulas.items():
            if key not in self._kept and truths.matter_to(one.text, key[0], self._named):
                self._kept[key] = TRUTHS_DIFFER

    def _keep_what_takes_texts_for_numbers(self, computed: Computed) -> None:
        """Keep what finds something else in Excel, because a number stands there as a text."""
        values: dict[str, dict[Place, Cached]] = {}

        def cells_of(sheet: str) -> Iterator[Cell]:
            name = self._sheets.get(sheet)
            if name is None:
                return
            if not values:
                values.update(self.values(computed))
            now = values.get(name, {})
            for row, cells in self._book.contents(name).rows.items():
                for column, value in cells.items():
                    if (row, column) not in now:
                        yield row, column, value
            for (row, column), value in now.items():
                yield row, column, value

        texts = DigitTexts(cells_of)
        for key, one in self._formulas.items():
            if key not in self._kept and texts.matter_to(one.text, key[0], self._named):
                self._kept[key] = DIGITS_DIFFER

    def _keep_what_reads_local_texts(self, computed: Computed) -> None:
        """Keep what takes a text for a date or a number in the way of some computer."""

        def values_in(sheet: str, cells: CellRange) -> Iterator[object]:
            name = self._sheets.get(sheet, "")
            rows = self._book.contents(name).rows if name else {}
            now = computed.values.get(name, {})
            last = min(cells.last_row, cells.first_row + _MOST_ROWS_READ)
            for row in range(cells.first_row, last + 1):
                for column, value in rows.get(row, {}).items():
                    if cells.first_column <= column <= cells.last_column:
                        yield now.get((row, column), value)

        for key, one in self._formulas.items():
            if key in self._kept:
                continue
            numbers = computed.errors.get(key[0], {})
            is_error = any(numbers.get(place) == _VALUE_ERROR for place in places(one.cells))
            if is_error and not self._functions.keys().isdisjoint(called(one.text)):
                continue  # ours read no text as a number, in Excel neither
            if reads_local_text(one.text, key[0], self._named, values_in, is_error=is_error):
                self._kept[key] = LOCAL_TEXT

    def _find_constant_truths(self) -> Iterator[Key]:
        computed = {
            (key[0], *place) for key, one in self._formulas.items() for place in places(one.cells)
        }
        for sheet in filter(self._book.may_hold_truths, self._book.sheet_names):
            for row, cells in self._book.contents(sheet).rows.items():
                for column, value in cells.items():
                    if isinstance(value, bool) and (sheet, row, column) not in computed:
                        yield sheet, row, column

    def _keep_what_hangs_on_nothing(self) -> None:
        """Compute nothing from a formula that is not computed and has no value either.

        A file that Excel never saved has no values, and a blank there would make wrong figures.
        """
        waiting = [key for key in self._kept if self._formulas[key].cached is None]
        waiting = [key for key in waiting if key not in self._followed]
        if waiting and self._dependants is None:
            self._dependants = Dependants(self._formulas, self._named)
        while waiting and self._dependants is not None:
            key = waiting.pop()
            self._followed.add(key)
            for other in self._dependants.of(key[0], self._formulas[key].cells):
                if other not in self._kept:
                    cell = sheet_reference(key[0], CellRange(*key[1:], *key[1:]))
                    self._kept[other] = f"it depends on {cell}, which has no value"
                    if self._formulas[other].cached is None:
                        waiting.append(other)

    def values(self, computed: Computed) -> dict[str, dict[Place, Cached]]:
        """The cells of every formula that was computed."""
        found: dict[str, dict[Place, Cached]] = {}
        for key, one in self._formulas.items():
            if key in self._kept:
                continue
            sheet = key[0]
            given = computed.values.get(sheet, {})
            numbers = computed.errors.get(sheet, {})
            of_sheet = found.setdefault(sheet, {})
            for place in places(one.cells):
                value = given.get(place)
                if place in numbers:
                    old = self._old_value(key, place)
                    if isinstance(old, CellError) and old.code in excel_codes(numbers[place]):
                        value = old
                elif value in (0.0, 1.0) and gives_truth(one.text):
                    # Calc forgets a truth in an array and under a number format of its own.
                    value = bool(value)
                of_sheet[place] = value
        return found

    def kept_in_order(self) -> tuple[Kept, ...]:
        """Every formula that keeps its value, in the order of the workbook."""
        return tuple(
            Kept(key[0], one, self._kept[key])
            for key, one in self._formulas.items()
            if key in self._kept
        )
