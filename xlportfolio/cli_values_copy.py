"""The command values-copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlportfolio.cli_options import AsJson, Books, CopyOut, IgnoreLock, Quiet
from xlportfolio.terminal import outputs_of, run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress


def values_copy(
    books: Books,
    output: CopyOut = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a copy for colleagues without xlportfolio: values where our functions stand."""
    from xlportfolio.operations.values_copy import values_copy as copy_with_values

    outputs = outputs_of(output, books)

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = copy_with_values(
            path, outputs.get(path), ignore_lock=ignore_lock, progress=progress
        )
        return result.as_json(), str(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)
