"""The command purge."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from xlportfolio.cli_options import AsJson
from xlportfolio.errors import PortfolioError
from xlportfolio.terminal import DONE, NOT_DONE, print_answer


def purge(
    older_than: Annotated[
        float | None,
        typer.Option("--older-than", metavar="DAYS", help="Only what is older than this."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take out what is kept outside your workbooks: runs to undo, and the log of errors."""
    from xlportfolio.operations.purging import purge as purge_store

    try:
        purged = purge_store(older_than)
    except PortfolioError as error:
        typer.echo(f"xlportfolio: {error}", err=True)
        if as_json:
            print_answer(json.dumps({"status": "failed", "message": str(error)}, indent=2))
        raise typer.Exit(NOT_DONE) from error
    if as_json:
        print_answer(json.dumps(purged.as_json(), indent=2, ensure_ascii=False))
    else:
        print_answer(str(purged))
    raise typer.Exit(DONE)
