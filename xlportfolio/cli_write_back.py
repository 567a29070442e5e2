"""The command write-back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, Books, IgnoreLock, MappingFile, Out, Quiet
from xlportfolio.terminal import outputs_of, run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress


def write_back(
    books: Books,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write; without it only old and new are shown.")
    ] = False,
    mapping: MappingFile = None,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the last run's decisions and dates into the columns that the workbook has for them."""
    from xlportfolio.operations.writing_back import write_back_workbook

    outputs = outputs_of(output, books)

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = write_back_workbook(
            path,
            mapping_file=mapping,
            output=outputs.get(path),
            ignore_lock=ignore_lock,
            confirmed=yes,
            progress=progress,
        )
        return result.as_json(), str(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)
