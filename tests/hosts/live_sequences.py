"""Undo in Excel over random sequences: `python -m tests.hosts.live_sequences`.

Runs of ours and edits of a user's follow each other on the stand-in for Excel, and now and then the
last runs are undone, or any run is restored. The workbook must then be exactly what the same steps
without the undone runs make of a fresh copy of it; or the undo must have been refused, with a
sentence that names the place, because of an edit that it would have lost. By force it may change no
cell that held something else than the run left; and of a workbook that was closed without saving,
nothing at all. `--faults` is
`tests.hosts.live_faults`: an error at every call of Excel.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.hosts.live_steps import USERS, Drawing, Edit, Run, Where, users_book
from tests.hosts.stand_in import StandIn, differences
from xlportfolio.errors import PortfolioError
from xlportfolio.macros.session import Session
from xlportfolio.operations.live_undo import restore_live, runs_of, undo_live
from xlportfolio.workbook.references import cell_address, parse_cell, quote_sheet
from xlportfolio.workbook.saving.store import UndoStore


@dataclass
class RunDone:
    """A run that was done, and what has happened to what it wrote.

    Attributes
    ----------
    before, after
        The state of the workbook before it and after it.
    sheets
        What the user's sheets were called then.
    cells, blank
        The user's cells that it wrote, where they are now; those that it only made blank.
    put, made, gone
        The marks of the sheets of ours that it put, that were new, and that it took out.
    must_refuse
        Edits since that its undo would lose.
    may_refuse
        Edits since that its undo may get right, or refuse.
    """

    run: Run
    before: Any
    after: Any
    sheets: tuple[str, ...]
    cells: set[Where]
    blank: set[Where]
    put: frozenset[str]
    made: frozenset[str]
    gone: frozenset[str]
    must_refuse: list[Edit] = field(default_factory=list)
    may_refuse: list[Edit] = field(default_factory=list)

    def meet(self, edit: Edit) -> None:
        """Take note of an edit that came after the run."""
        changed = {(edit.sheet, at) for at in edit.changed}
        reformatted = {(edit.sheet, at) for at in edit.reformatted}
        is_in_ours = bool(edit.ours) and edit.ours in self.put
        if changed & self.cells or edit.leads_to in self.made or (is_in_ours and edit.changed):
            self.must_refuse.append(edit)
        elif (
            changed & self.blank
            or reformatted & (self.cells | self.blank)
            or is_in_ours
            or edit.taken in self.gone
        ):
            self.may_refuse.append(edit)
        if edit.sheet and (edit.inserted or edit.renamed):
            cells, blank = self._moved(self.cells, edit), self._moved(self.blank, edit)
            if (cells, blank) != (self.cells, self.blank):
                self.may_refuse.append(edit)
            self.cells, self.blank = cells, blank

    @staticmethod
    def _moved(cells: set[Where], edit: Edit) -> set[Where]:
        before, n_rows = edit.inserted or (0, 0)
        return {
            (edit.renamed or sheet, (row + n_rows * (row >= before), column))
            if sheet == edit.sheet
            else (sheet, (row, column))
            for sheet, (row, column) in cells
        }


Step = RunDone | Edit


class Desk:
    """A person at Excel, one workbook, and all that was done to it.

    Parameters
    ----------
    path
        The workbook as it is at first.
    store
        What is kept for undo.
    """

    def __init__(self, path: Path, store: UndoStore) -> None:
        self.path, self.store = path, store
        self.excel = StandIn()
        self.book = self.excel.open(path)
        self.details = self.excel.details

    def ours(self) -> dict[str, str]:
        """The names of our sheets by their marks."""
        return {mark: name for name, mark in self.details.marks(self.book).items()}

    def state(self) -> Any:
        return self.excel.state(self.book)

    def run(self, run: Run) -> None:
        """Do what a macro of ours does."""
        session = Session(self.book, self.details, self.store)  # one of each press
        with session.working() as (live, _):
            if run.is_handback:
                live.handback()
            for sheet in run.sheets:
                live.put_sheet(sheet)
            for sheet, (row, column), rows in run.writes:
                live.write(f"{quote_sheet(sheet)}!{cell_address(row, column)}", rows)
            warning = session.apply(live, "handback" if run.is_handback else "run")
        if warning and not warning.startswith('On "'):  # what moved that was added beside ours
            raise AssertionError(f"not kept for undo: {warning}")

    def edit(self, edit: Edit) -> None:
        edit.do(self.book, self.ours())


class WrongError(Exception):
    """What a sequence found wrong."""


class RandomSequence:
    """One random sequence.

    Parameters
    ----------
    seed
        The same sequence for the same seed.
    folder
        For the workbook and the store.
    counts
        Of what happened, over all sequences.
    """

    def __init__(self, seed: int, folder: Path, counts: Counter[str]) -> None:
        self.rng = random.Random(seed)
        self.counts = counts
        self.path = users_book(folder / "portfolio.xlsx", self.rng)
        self.folder = folder
        self.drawing = Drawing(self.rng)
        self.desk = Desk(self.path, UndoStore(folder / "store"))
        self.sheets = list(USERS)
        self.steps: list[Step] = []

    def play(self, n_steps: int) -> None:
        """Do the steps; a `WrongError` says what is wrong."""
        for _ in range(n_steps):
            drawn = self.rng.random()
            if drawn < 0.4:
                self._run()
            elif drawn < 0.75:
                self._edit()
            elif self._runs() and not self._back():
                return
        if self.rng.random() < 0.2:
            self._compare(self._replayed(self.steps, set()), "the same steps on a fresh copy")
        if self.rng.random() < 0.3:
            self._reopen()

    def _runs(self) -> list[RunDone]:
        return [step for step in self.steps if isinstance(step, RunDone)]

    def _run(self) -> None:
        ours = self.desk.ours()
        run = self.drawing.run(self.sheets, sorted(ours))
        before, kept = self.desk.state(), len(self._kept())
        try:
            self.desk.run(run)
        except PortfolioError as problem:
            self.counts["runs refused"] += 1
            self._compare(before, f"a run was refused ({problem})")
            self._expect(len(self._kept()) == kept, f"a refused run is kept: {problem}")
            return
        self.counts["runs"] += 1
        if len(self._kept()) == kept:
            self._compare(before, "a run that changed nothing, as nothing is kept of it")
            return
        written = dict(zip(run.cells(), run.values(), strict=True))
        put = frozenset(sheet.name for sheet in run.sheets)
        self.steps.append(
            RunDone(
                run,
                before,
                self.desk.state(),
                tuple(self.sheets),
                {where for where, value in written.items() if value is not None},
                {where for where, value in written.items() if value is None},
                put,
                put - ours.keys(),
                frozenset(ours.values()) if run.is_handback else frozenset(),
            )
        )

    def _edit(self) -> None:
        ours = self.desk.ours()
        cells = {cell for step in self._runs() for cell in step.cells | step.blank}
        edit = self.drawing.edit(self.sheets, ours, cells)
        before = self.desk.state()
        self.desk.edit(edit)
        self.counts["edits"] += 1
        if len(edit.changed) > 1:  # of those that are moved, some hold what they held
            now = self.desk.state()
            held, holds = _contents(before, edit.sheet), _contents(now, edit.sheet)
            changed = {at for at in edit.changed if held.get(at) != holds.get(at)}
            edit = replace(edit, changed=frozenset(changed))
        for step in self._runs():
            step.meet(edit)
        if edit.renamed and edit.sheet:
            self.sheets[self.sheets.index(edit.sheet)] = edit.renamed
        self.steps.append(edit)

    def _back(self) -> bool:
        """Undo the last runs, or restore one; whether the sequence goes on."""
        desk, runs = self.desk, self._runs()[::-1]
        n_wanted = min(len(runs), 1 if self.rng.random() < 0.6 else self.rng.randint(1, 4))
        kept = self._kept()
        self._expect(len(kept) == len(runs), f"{len(kept)} of {len(runs)} runs are kept")
        refused, now = "", desk.state()
        is_protected = self.rng.random() < 0.15
        desk.excel.protect_structure(desk.book, protected=is_protected)
        try:
            if self.rng.random() < 0.5:
                restore_live(desk.book, desk.details, kept[n_wanted - 1].number, store=desk.store)
            else:
                for _ in range(n_wanted):
                    undo_live(desk.book, desk.details, store=desk.store)
        except PortfolioError as problem:
            refused = str(problem)
        desk.excel.protect_structure(desk.book, protected=False)
        n_undone = len(kept) - len(self._kept())
        undone = runs[:n_undone]
        lost = [edit for run in undone for edit in run.must_refuse]
        self._expect(not lost, f"lost without a word: {', '.join(one.what for one in lost)}")
        expected = self._without(undone) if undone else now
        if not refused:
            self._expect(n_undone == n_wanted, f"{n_undone} of {n_wanted} runs undone")
            self._compare(expected, f"{n_undone} runs undone")
            self.counts["undone"] += n_undone
            self._forget(undone)
            return True
        self._compare(expected, f"refused after {n_undone} runs ({refused})")
        self.counts["undone"] += n_undone
        if is_protected and "Review > Protect Workbook" in refused:
            self.counts["refused as protected"] += 1
            self._forget(undone)
            return True
        self.counts["refused"] += 1
        self._expect_right(refused, runs[n_undone])
        self._forget(undone)
        self._force(runs[n_undone])
        return False

    def _force(self, run: RunDone) -> None:
        """Undo a run by force: no cell of the user's changes that the run had not left so."""
        desk, n_left, now = self.desk, len(self._kept()), self.desk.state()
        try:
            done = undo_live(desk.book, desk.details, force=True, store=desk.store)
        except PortfolioError as problem:
            # Never over a sheet of the user's that has the name of one that is brought back, nor
            # where no cell is the run's any more.
            told = str(problem)
            is_right = "of your own now" in told or told.startswith("Nothing was undone: of the ")
            self._expect(is_right, f"not even by force: {problem}")
            self._compare(now, f"refused by force ({problem})")
            self._expect(len(self._kept()) == n_left, f"refused, and forgotten: {problem}")
            self.counts["not even by force"] += 1
            return
        self.counts["forced"] += 1
        self._expect(len(self._kept()) == n_left - 1, "a forced undo left its run")
        undone = desk.state()
        for then, name in zip(run.sheets, self.sheets, strict=True):
            left, was, is_now = (
                _contents(run.after, then), _contents(now, name), _contents(undone, name),
            )  # fmt: skip
            for at in was.keys() | is_now.keys():
                changed = was.get(at) != is_now.get(at) and "#REF!" not in str(is_now.get(at))
                self._expect(
                    not changed or was.get(at) == left.get(at),
                    f"by force lost {name}!{cell_address(*at)}: {was.get(at)} ({done})",
                )
            written = {at for sheet, at in run.run.cells() if sheet == then}
            edited = any(at in written and was.get(at) != left.get(at) for at in left | was)
            self._expect(not edited or bool(done.stayed), f"says nothing of what stays: {done}")

    def _reopen(self) -> None:
        """Close without saving, open, and undo: nothing may change, as nothing was saved."""
        desk = Desk(self.path, self.desk.store)
        before = desk.state()
        for n_left in range(len(self._kept()) - 1, -1, -1):
            if runs_of(desk.book, desk.store)[0].command == "handback":
                return  # that no sheet of ours is there is what it left
            told = ""
            try:
                undo_live(desk.book, desk.details, store=desk.store)
            except PortfolioError as problem:
                told = str(problem)
            self._expect(bool(told), "undid a run that was never saved")
            found = desk.state()
            self._expect(found == before, f"changed what was never saved: {told}")
            is_told = "already as it was before" in told or "closed without saving" in told
            if len(runs_of(desk.book, desk.store)) > n_left:
                self._expect(not is_told, f"is kept still: {told}")
                self.counts["not saved, and refused"] += 1
                return
            self._expect(is_told, f"forgot a run without a word: {told}")
            self.counts["not saved"] += 1

    def _expect_right(self, refused: str, run: RunDone) -> None:
        """A refusal has a cause among the edits since, and names a place of one."""
        causes = run.must_refuse + run.may_refuse
        self._expect(bool(causes), f"refused without a cause: {refused}")
        self._expect("\n" not in refused and len(refused) < 500, f"no sentence: {refused}")
        ours = self.desk.ours()
        places = {
            place
            for edit in causes
            for mark in (edit.ours, edit.leads_to)
            for place in (edit.sheet, edit.renamed, edit.taken, mark, ours.get(mark, ""))
            if place
        }
        named = refused.replace("''", "'")
        self._expect(
            any(place in named for place in places),
            f"names none of {sorted(places)}: {refused}",
        )

    def _kept(self) -> tuple[Any, ...]:
        return runs_of(self.desk.book, self.desk.store)

    def _without(self, undone: Sequence[RunDone]) -> Any:
        """The state without some runs, the last ones that were done."""
        first = self.steps.index(undone[-1])
        if all(isinstance(step, RunDone) for step in self.steps[first:]):
            return undone[-1].before
        return self._replayed(self.steps, {id(run) for run in undone})

    def _replayed(self, steps: Sequence[Step], left_out: set[int]) -> Any:
        desk = Desk(self.path, UndoStore(self.folder / "replayed"))
        lost: set[str] = set()
        for step in steps:
            if isinstance(step, Edit):
                if _has_its_sheet(step, desk.ours(), lost):
                    desk.edit(step)
            elif id(step) in left_out:
                lost |= step.put
            else:
                desk.run(step.run)
                lost -= step.put
        return desk.state()

    def _forget(self, undone: Sequence[RunDone]) -> None:
        """Drop the runs that were undone, and the edits that went with their sheets."""
        left_out = {id(run) for run in undone}
        lost: set[str] = set()
        steps: list[Step] = []
        ours = self.desk.ours()
        for step in self.steps:
            if isinstance(step, Edit):
                if _has_its_sheet(step, ours, lost):
                    steps.append(step)
            elif id(step) in left_out:
                lost |= step.put
            else:
                steps.append(step)
        self.steps = steps

    def _compare(self, expected: Any, what: str) -> None:
        found = self.desk.state()
        if found != expected:
            different = "; ".join(differences(expected, found, most=5))
            raise WrongError(f"{what}: {different}")

    @staticmethod
    def _expect(is_so: bool, otherwise: str) -> None:
        if not is_so:
            raise WrongError(otherwise)


def _contents(state: Any, sheet: str) -> dict[tuple[int, int], object]:
    """What the cells of a sheet hold, without their looks."""
    return {
        parse_cell(address): cell.get("formula") or (cell["type"], cell["value"])
        for address, cell in state[f"sheet {sheet}"]["cells"].items()
        if "formula" in cell or "value" in cell
    }


def _has_its_sheet(edit: Edit, ours: dict[str, str], lost: set[str]) -> bool:
    """Whether an edit of a sheet of ours is still to be seen."""
    if not edit.ours:
        return True
    return edit.ours in ours and (bool(edit.renamed) or edit.ours not in lost)


def play(first: int, n_sequences: int, n_steps: int) -> tuple[Counter[str], list[str]]:
    """Play sequences; what happened, and what was wrong.

    Parameters
    ----------
    first
        The seed of the first; each has the next one.
    n_sequences
        How many.
    n_steps
        Of each.
    """
    counts: Counter[str] = Counter()
    wrong = []
    for seed in range(first, first + n_sequences):
        with tempfile.TemporaryDirectory(prefix="xlportfolio-sequence-") as folder:
            try:
                RandomSequence(seed, Path(folder), counts).play(n_steps)
            except WrongError as wrong_one:
                wrong.append(f"sequence {seed}: {wrong_one}")
    return counts, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts.live_sequences",
                                     description=__doc__)  # fmt: skip
    parser.add_argument("--sequences", type=int, default=500)
    parser.add_argument("--steps", type=int, default=14, help="of each sequence (14)")
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence (1)")
    parser.add_argument("--faults", action="store_true", help="an error at every call instead")
    parser.add_argument("--every", type=int, default=1, help="so many-th call only (1)")
    parser.add_argument("buttons", nargs="*", help="with --faults: only these buttons")
    options = parser.parse_args(arguments)
    if options.faults:
        from tests.hosts.live_faults import main as all_faults

        return all_faults(options.buttons, options.every)
    began = time.perf_counter()
    counts, wrong = play(options.seed, options.sequences, options.steps)
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(
        f"{options.sequences} sequences from seed {options.seed}: {counts['runs']} runs, "
        f"{counts['edits']} edits; {counts['undone']} runs undone exactly, {counts['refused']} "
        f"undos refused because of an edit, {counts['forced']} forced, "
        f"{counts['not even by force']} not even so, {counts['refused as protected']} refused as "
        f"protected; {counts['not saved']} of runs never saved changed nothing and said so, "
        f"{counts['not saved, and refused']} were refused; "
        f"{counts['runs refused']} runs refused; {len(wrong)} wrong; "
        f"{time.perf_counter() - began:.0f} s\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
