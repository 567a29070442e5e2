"""The command recalculate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, Books, IgnoreLock, Out, Quiet
from xlportfolio.defaults import SECONDS_WITHOUT_PROGRESS
from xlportfolio.terminal import outputs_of, run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress


def recalculate(
    books: Books,
    seconds: Annotated[
        float,
        typer.Option(
            "--seconds",
            min=1.0,
            help="How long LibreOffice may take without getting any further.",
        ),
    ] = SECONDS_WITHOUT_PROGRESS,
    output: Out = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compute every formula in a private LibreOffice; only the values that changed are written."""
    from xlportfolio.cells import Registry
    from xlportfolio.operations.recalculating import recalculate_workbook

    outputs = outputs_of(output, books)

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = recalculate_workbook(
            path,
            Registry.load(),
            output=outputs.get(path),
            ignore_lock=ignore_lock,
            seconds=seconds,
            progress=progress,
        )
        return result.as_json(), str(result), result.needs_a_person

    run_all(books, run, as_json=as_json, quiet=quiet)
