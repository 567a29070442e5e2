"""A process that saves one workbook again and again, and says so before and after, to be killed.

It says "begins", then the SHA-256 of what it is about to put in the workbook's place, then "ends".
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.hosts.failing_disk import ShortWriteError, failing_disk
from xlportfolio.operations import runs
from xlportfolio.terminal import stop_in_order_when_asked
from xlportfolio.workbook.closed import open_workbook
from xlportfolio.workbook.description import Cell, SheetDescription
from xlportfolio.workbook.saving.replacing import SavedFile

BEGINS, ENDS, REFUSED = "begins", "ends", "refused"
MOST_BACKUPS = 3


@dataclass
class KilledAt:
    """Ends the process at its k-th call of the file system, counted from 1.

    Of a write, half is made before.
    """

    k: int
    calls: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        if len(self.calls) == self.k:  # the write that was cut short is over
            os.kill(os.getpid(), signal.SIGKILL)
        self.calls.append(name)
        if len(self.calls) == self.k:
            if name == "write":
                raise ShortWriteError
            os.kill(os.getpid(), signal.SIGKILL)


def save_for_ever(folder: str, book: str, said: Connection, k: int) -> None:
    """Save a workbook again and again until somebody ends it; with `k`, once, killed at a call.

    Parameters
    ----------
    folder
        That of the workbook; beside it is the home of the undo store.
    book
        The name of the workbook.
    said
        What is done is said there.
    k
        The call at which the process ends; 0 for none.
    """
    stop_in_order_when_asked()
    desk = Path(folder)
    os.environ["XLPORTFOLIO_HOME"] = str(desk.parent / "home")
    os.environ["XLPORTFOLIO_BACKUPS"] = str(MOST_BACKUPS)
    sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    _announce_to(said)
    if k:
        _save(desk / book, 1)  # whatever is imported late is imported
        with failing_disk(desk.parent, KilledAt(k)):
            said.send(BEGINS)
            _save(desk / book, 2)
            said.send(ENDS)
        return
    number = 0
    while True:
        number += 1
        said.send(BEGINS)
        _save(desk / book, number)
        said.send(ENDS)


def _announce_to(said: Connection) -> None:
    """Say every version at the last moment before it takes the workbook's place."""
    record = runs.record_run

    def announce_and_record(saved: SavedFile, command: str) -> Any:
        said.send(saved.hash_after)
        return record(saved, command)

    runs.record_run = announce_and_record


def _save(book: Path, number: int) -> None:
    """Write a cell and put a sheet of ours that say the same."""
    version = f"version {number} of {os.getpid()} at {time.time_ns()}"
    cells = {
        (row, column): Cell(f"{version}, {row * column}")
        for row in range(1, 80)
        for column in range(1, 9)
    }
    with open_workbook(book) as opened:
        opened.write("Projects!B2", [[version]])
        opened.put_sheet(SheetDescription("PF Results", {**cells, (1, 1): Cell(version)}))
        runs.save(opened, "run", None)
