"""The command addin build."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from xlportfolio.cli_options import AsJson
from xlportfolio.errors import PortfolioError
from xlportfolio.terminal import DONE, NOT_DONE, print_answer

addin = typer.Typer(
    name="addin",
    help="The cell functions in Excel for Windows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@addin.callback()
def _addin() -> None:
    """Keep `build` a command of its own while it is the only one."""


@addin.command()
def build(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The add-in to write.", readable=False),
    ] = Path("xlportfolio.xlam"),
    interpreter: Annotated[
        str | None,
        typer.Option(
            "--interpreter",
            metavar="PATH",
            help="The Python of the Windows with Excel, in full; on Windows this one by default.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the add-in for Excel."""
    from xlportfolio.addin.build import build_addin
    from xlportfolio.addin.interpreter import interpreter_of_this_environment
    from xlportfolio.cells import Registry
    from xlportfolio.macros import BUTTONS

    if interpreter is None:
        interpreter = interpreter_of_this_environment()
    try:
        built = build_addin(Registry.load(), output, buttons=BUTTONS, interpreter=interpreter)
    except PortfolioError as error:
        typer.echo(f"xlportfolio: {error}", err=True)
        if as_json:
            print_answer(json.dumps({"status": "failed", "message": str(error)}, indent=2))
        raise typer.Exit(NOT_DONE) from error
    if as_json:
        print_answer(json.dumps(built.as_json(), indent=2, ensure_ascii=False))
    else:
        print_answer(str(built))
    raise typer.Exit(DONE)
