"""Random edits of random workbooks, each save checked against the file before it.

Run it by hand for long:  python -m tests.hosts.fuzz_edits --runs 2000 --seed 1

Each round composes a workbook of one to five features (`feature_books`) in one form of package,
makes one to six edits in one or several saves, and undoes them all. After every save
(`kept_checks`): untouched parts are the same bytes in the same order, the edited sheets the same
but for the edited cells, the lint finds nothing new, lxml and openpyxl read what was written; what
must be refused is, with a sentence that names the cell, and leaves the file as it is. At the end
undo brings the first bytes back. A share of the rounds goes to LibreOffice and the validator.

``--matrix`` makes each edit on each feature instead, ``--real FOLDER`` edits the workbooks there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.hosts.edit_judges import Judged, ManyBooks, judge
from tests.hosts.edited_book import EditedBook
from tests.hosts.feature_books import ADDITIONS, FEATURES, WHOLE_PACKAGE, compose, extension_of
from tests.hosts.feature_edits import EDITS, Attempt
from tests.hosts.feature_survey import SheetSurvey, Survey
from tests.machine import AbsentError, Validator
from xlportfolio.workbook.saving.store import UndoStore

_ROUNDS_AT_A_TIME = 50
PLAIN_FORMS = (
    "zip64_entries",
    "data_descriptors",
    "stored_entries",
    "absolute_targets",
    "as_excel_writes",
    "indented",
    "single_quotes",
    "other_part_names",
)
"""Forms that a workbook of any features may have."""
TWICE_AS_LIKELY = ("block", "put our sheet", "write shared_first", "append rows", "append columns")


@dataclass
class Figures:
    """What was done, and what went wrong."""

    books: int = 0
    edits: int = 0
    refusals: int = 0
    saves: int = 0
    judged: int = 0
    complaints: list[str] = field(default_factory=list)

    def add(self, book: EditedBook) -> None:
        self.books += 1
        self.edits += book.n_edits
        self.refusals += book.n_refusals
        self.saves += book.n_saves

    def __str__(self) -> str:
        return (
            f"{self.books} workbooks, {self.edits} edits in {self.saves} saves, "
            f"{self.refusals} refusals, {self.judged} judged by LibreOffice and the validator, "
            f"{len(self.complaints)} failures"
        )


def choose(rng: Random) -> tuple[list[str], str | None, bool]:
    """Features that go into one workbook, the form of its package, and its first day."""
    if rng.random() < 0.01:
        return ["signed"], rng.choice((None, *PLAIN_FORMS)), False
    additions = rng.sample(sorted(ADDITIONS.keys() - {"signed"}), rng.randint(1, 5))
    # A strict workbook cannot hold what Microsoft added under its own names in the looser form.
    forms = sorted(WHOLE_PACKAGE) if len(additions) == 1 and additions[0] in PLAIN else PLAIN_FORMS
    form = rng.choice(sorted(forms)) if rng.random() < 0.5 else None
    return additions, form, rng.random() < 0.1


PLAIN = (
    "shared_formulas", "legacy_arrays", "merged_cells", "truths_and_errors", "data_tables",
    "future_functions", "validations", "grouping", "hidden_sheets", "filtered_rows", "plain_table",
    "totals_row", "calculated_column", "protected_sheet", "defined_names",
)  # fmt: skip
"""Features that a workbook of any form may have."""


def attempts_on(
    sheets: Iterable[SheetSurvey], rng: Random, number: int
) -> Iterator[tuple[str, Attempt]]:
    """So many random attempts on random sheets."""
    users = [sheet for sheet in sheets if not sheet.name.startswith("PF ")]
    names = [*EDITS, *TWICE_AS_LIKELY]
    tries = 0
    while number and tries < 200:
        tries += 1
        name = rng.choice(names)
        # The sheets of the features, rather than the plain one that every workbook has.
        sheet = rng.choice(users[1:] or users) if rng.random() < 0.85 else users[0]
        attempt = EDITS[name](sheet, rng)
        if attempt is not None:
            number -= 1
            yield f"{name} on {sheet.name}", attempt


def edit_at_random(book: EditedBook, rng: Random) -> list[str]:
    """One to six edits, in as many saves as they need or fewer."""
    left = rng.randint(1, 6)
    done: list[str] = []
    while left > 0:
        survey = Survey(book.path)
        chosen = list(attempts_on(survey.sheets.values(), rng, rng.randint(1, min(3, left))))
        if not chosen:
            break
        for what, attempt in chosen:
            if attempt.refused is not None:
                left -= 1
                done.append(what)
                if complaints := book.refuse(attempt):
                    return [f"after {done}: {one}" for one in complaints]
        if batch := _batch([one for one in chosen if one[1].refused is None]):
            left -= len(batch)
            done.append(" + ".join(what for what, _ in batch))
            if complaints := book.make([attempt for _, attempt in batch]):
                return [f"after {done}: {one}" for one in complaints]
    return []


def _batch(chosen: list[tuple[str, Attempt]]) -> list[tuple[str, Attempt]]:
    """What goes into the next save: cells of the user's together, all else by itself.

    The others are dropped: what they were chosen for may be gone by then.
    """
    return [one for one in chosen if one[1].kind == "cells"] or chosen[:1]


def fuzz(rounds: range, seed: int, folder: Path, share: float) -> tuple[Figures, list[Judged]]:
    """Random rounds; the figures, and the workbooks that others are to judge."""
    figures, judged = Figures(), []
    for number in rounds:
        rng = Random(f"{seed}/{number}")
        additions, form, date1904 = choose(rng)
        what = f"seed {seed}, round {number}, {'+'.join(additions)} as {form}"
        work = folder / f"round{number}"
        (work / "desk").mkdir(parents=True)
        path = work / "desk" / f"book{extension_of(*additions, form)}"
        book = _composed(path, additions, form, date1904, work)
        try:
            complaints = edit_at_random(book, rng)
            if rng.random() < share and not complaints:
                after = folder / f"after{number}{path.suffix}"
                before = folder / f"before{number}{path.suffix}"
                shutil.copyfile(path, after)
                shutil.copyfile(book.original, before)
                judged.append(Judged(what, before, after, book.touched))
            complaints = complaints or book.undo_all()
        except Exception as error:
            error.add_note(f"in {what}: --start {number} --runs 1 --seed {seed}")
            raise
        figures.add(book)
        figures.complaints += [f"{what}: {one}" for one in complaints]
        shutil.rmtree(work)
    return figures, judged


def _composed(
    path: Path, additions: list[str], form: str | None, date1904: bool, work: Path
) -> EditedBook:
    compose(path, additions, form, date1904=date1904)
    return EditedBook(path, UndoStore(work / "store"))


def each_edit_on(
    feature: str, folder: Path, edits: Iterable[str] = EDITS
) -> tuple[Figures, list[Judged]]:
    """Each edit on each sheet of the feature's workbook, every time on the workbook as built."""
    figures, judged = Figures(), []
    built = folder / f"{feature}{extension_of(feature)}"
    FEATURES[feature](built)
    survey = Survey(built)
    for name in edits:
        for sheet in list(survey.sheets.values())[1:] or survey.sheets.values():
            attempt = EDITS[name](sheet, Random(f"{feature}/{name}/{sheet.name}"))
            if attempt is None:
                continue
            what = f"{name} on {sheet.name} of {feature}"
            with tempfile.TemporaryDirectory(dir=folder) as work:
                (Path(work) / "desk").mkdir()
                path = Path(work) / "desk" / built.name
                shutil.copyfile(built, path)
                book = EditedBook(path, UndoStore(Path(work) / "store"))
                if attempt.refused is not None:
                    complaints = book.refuse(attempt)
                else:
                    complaints = book.make([attempt])
                    after = folder / f"{feature}-{len(judged)}-{sheet.part[-6:-4]}{built.suffix}"
                    shutil.copyfile(path, after)
                    judged.append(Judged(what, built, after, book.touched))
                    complaints += book.undo_all()
                figures.add(book)
                figures.complaints += [f"{what}: {one}" for one in complaints]
    return figures, judged


def edit_real(source: Path, seed: int, rounds: int, folder: Path) -> tuple[Figures, list[Judged]]:
    """Random edits of one workbook that was not made here; nothing of it is kept."""
    figures, judged = Figures(), []
    for number in range(rounds):
        rng = Random(f"{seed}/{source.name}/{number}")
        work = folder / f"{source.stem}-{number}"
        (work / "desk").mkdir(parents=True)
        path = Path(shutil.copyfile(source, work / "desk" / source.name))
        book = EditedBook(path, UndoStore(work / "store"))
        complaints = edit_at_random(book, rng)
        after = folder / f"{source.stem}-{number}-after{source.suffix}"
        shutil.copyfile(path, after)
        judged.append(Judged(f"{source.name}, round {number}", source, after, book.touched))
        complaints = complaints or book.undo_all()
        figures.add(book)
        figures.complaints += [f"{source.name}, round {number}: {one}" for one in complaints]
        shutil.rmtree(work)
    return figures, judged


def main() -> int:
    parser = argparse.ArgumentParser(description="Edit random workbooks and check what is kept.")
    parser.add_argument("--runs", type=int, default=50, help="how many rounds (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="where to start (default 1)")
    parser.add_argument("--start", type=int, default=0, help="number of the first (default 0)")
    parser.add_argument("--judged", type=float, default=0.02, help="share of rounds for others")
    parser.add_argument("--matrix", action="store_true", help="each edit on each feature")
    parser.add_argument("--real", type=Path, help="a folder with workbooks to edit")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    started = time.monotonic()
    total = Figures()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        waiting: list[Judged] = []
        for figures, judged in _jobs(options, folder):
            for one in figures.complaints:
                sys.stdout.write(f"{one}\n")
            total.complaints += figures.complaints
            for name in ("books", "edits", "refusals", "saves"):
                setattr(total, name, getattr(total, name) + getattr(figures, name))
            sys.stderr.write(f"so far {total}\n")
            waiting += judged
        total.complaints += _judged(waiting, Random(options.seed), options, folder, total)
    seconds = time.monotonic() - started
    sys.stdout.write(f"{total}; seed {options.seed}, {seconds:.0f} s\n")
    if total.complaints:
        sys.stdout.write(f"again: python -m tests.hosts.fuzz_edits {' '.join(sys.argv[1:])}\n")
    return 1 if total.complaints else 0


def _jobs(options: argparse.Namespace, folder: Path) -> Iterator[tuple[Figures, list[Judged]]]:
    if options.real is not None:
        books = sorted((*options.real.glob("*.xlsx"), *options.real.glob("*.xlsm")))
        if not books:
            sys.stdout.write(f"NOT RUN: no workbooks in {options.real}\n")
        for source in books:
            yield edit_real(source, options.seed, max(1, options.runs // len(books)), folder)
    elif options.matrix:
        for feature in FEATURES:
            work = folder / feature
            work.mkdir()
            yield each_edit_on(feature, work)
    else:
        end = options.start + options.runs
        for first in range(options.start, end, _ROUNDS_AT_A_TIME):
            rounds = range(first, min(first + _ROUNDS_AT_A_TIME, end))
            yield fuzz(rounds, options.seed, folder, options.judged)


def _judged(
    waiting: list[Judged], rng: Random, options: argparse.Namespace, folder: Path, total: Figures
) -> list[str]:
    """Show a share of the workbooks to other programs, where the machine has them."""
    if options.matrix or options.real is not None:
        waiting = [one for one in waiting if rng.random() < options.judged]
    if not waiting:
        return []
    try:
        office = ManyBooks(folder)
        validator = Validator()
    except AbsentError as absent:
        sys.stdout.write(f"NOT JUDGED: {absent}\n")
        return []
    complaints = judge(waiting, office, validator)
    total.judged = len(waiting)
    for one in complaints:
        sys.stdout.write(f"{one}\n")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
