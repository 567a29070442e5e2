"""A workbook that is edited step by step, each step checked against the one before."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.hosts.feature_edits import Attempt
from tests.hosts.kept_checks import check_edit
from xlportfolio.errors import PortfolioError
from xlportfolio.operations.undo import record_run, undo
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.saving.store import UndoStore


class EditedBook:
    """One workbook on its way through edits and saves.

    Parameters
    ----------
    path
        The workbook, in a folder of its own.
    store
        Where its undo steps are kept.

    Attributes
    ----------
    n_edits, n_refusals, n_saves
        What was done so far.
    touched
        The cells of the user's that were edited so far, by sheet.
    """

    def __init__(self, path: Path, store: UndoStore) -> None:
        self.path = path
        self._store = store
        self.original = path.with_name(f"original{path.suffix}")
        shutil.copyfile(path, self.original)
        with zipfile.ZipFile(path) as archive:
            self._users = set(archive.namelist())
        self.n_edits = self.n_refusals = self.n_saves = 0
        self.touched: dict[str, dict[tuple[int, int], object]] = {}

    def refuse(self, attempt: Attempt) -> list[str]:
        """Make an edit that must be refused: one sentence, and the file stays."""
        self.n_refusals += 1
        before = self.path.read_bytes()
        files = sorted(self.path.parent.iterdir())
        with open_workbook(self.path) as book:
            try:
                attempt.perform(book)
                return [f"{attempt.refused} was not refused"]
            except PortfolioError as error:
                sentence = str(error)
            book.save()
        complaints = []
        if str(attempt.refused) not in sentence or "\n" in sentence or sentence[-1] not in ".)":
            complaints.append(f"the refusal does not name {attempt.refused}: {sentence}")
        if self.path.read_bytes() != before or sorted(self.path.parent.iterdir()) != files:
            complaints.append("the refusal left something behind")
        return complaints

    def make(self, attempts: Sequence[Attempt]) -> list[str]:
        """Make edits and save them once."""
        before = self.path.with_name(f"before{self.path.suffix}")
        shutil.copyfile(self.path, before)
        saved = None
        with open_workbook(self.path) as book:
            for attempt in attempts:
                attempt.perform(book)
            book.save()
            saved = book.saved
        self.n_edits += len(attempts)
        for attempt in attempts:
            if attempt.kind in ("cells", "grow"):
                self.touched.setdefault(attempt.sheet, {}).update(attempt.cells)
        if saved is None:
            is_same = self.path.read_bytes() == before.read_bytes()
            return [] if is_same else ["the file changed without a save"]
        if saved.hash_before != saved.hash_after:
            self.n_saves += 1
            recorded = record_run(saved, "edit", store=self._store)
            if recorded.entry is None:
                return [f"not recorded for undo: {recorded.warning}"]
        return check_edit(before, self.path, attempts, self._users)

    def undo_all(self) -> list[str]:
        """Go back over all saves: the bytes are the first ones."""
        if self.n_saves:
            undo(self.path, steps=self.n_saves, store=self._store)
        is_same = self.path.read_bytes() == self.original.read_bytes()
        return [] if is_same else ["undo did not bring the first bytes back"]
