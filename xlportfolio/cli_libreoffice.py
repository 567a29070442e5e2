"""The commands libreoffice install, remove and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xlportfolio.cli_options import AsJson
from xlportfolio.terminal import show

libreoffice = typer.Typer(
    name="libreoffice",
    help="The cell functions in your own LibreOffice.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Profile = Annotated[
    Path | None,
    typer.Option(
        "--profile",
        metavar="FOLDER",
        help="Another profile of LibreOffice than your usual one.",
        readable=False,
    ),
]


@libreoffice.command()
def install(
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring the functions into your LibreOffice, or up to date there."""
    from xlportfolio.cells import Registry
    from xlportfolio.libreoffice.installing import install as install_functions

    show(
        lambda: install_functions(Registry.load(), profile=profile),
        as_json=as_json,
    )


@libreoffice.command()
def remove(profile: Profile = None, as_json: AsJson = False) -> None:
    """Take the functions out of your LibreOffice again."""
    from xlportfolio.libreoffice.installing import remove as remove_functions

    show(lambda: remove_functions(profile=profile), as_json=as_json)


@libreoffice.command()
def doctor(profile: Profile = None, as_json: AsJson = False) -> None:
    """Say whether the functions compute in your LibreOffice and, where not, how to mend it."""
    from xlportfolio.cells import Registry
    from xlportfolio.libreoffice.doctor import examine

    show(lambda: examine(Registry.load(), profile=profile), as_json=as_json)
