"""The command self-check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, Quiet
from xlportfolio.terminal import run_all

if TYPE_CHECKING:
    from xlportfolio.operations.runs import Progress


def self_check(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="BOOK", help="The workbook to make.", readable=False
        ),
    ] = Path("xlportfolio-self-check.xlsx"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Prove that the cell functions compute right, here and in a workbook that it makes."""
    from xlportfolio.cells import Registry
    from xlportfolio.operations.self_check import run_self_check

    def run(path: Path, progress: Progress) -> tuple[dict[str, Any], str, bool]:
        result = run_self_check(Registry.load(), path, progress=progress)
        return result.as_json(), str(result), result.needs_a_person

    run_all([output], run, as_json=as_json, quiet=quiet)
