"""The commands libreoffice install, remove and doctor."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol

import typer

from xlportfolio.cli_options import AsJson
from xlportfolio.errors import PortfolioError
from xlportfolio.terminal import DONE, NEEDS_A_PERSON, NOT_DONE, print_answer

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


class _Result(Protocol):
    def as_json(self) -> dict[str, Any]: ...


@libreoffice.command()
def install(
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Bring the functions into your LibreOffice, or up to date there."""
    from xlportfolio.cells import Registry
    from xlportfolio.libreoffice.installing import install as install_functions

    _show(
        lambda: install_functions(Registry.load(), profile=profile),
        as_json=as_json,
    )


@libreoffice.command()
def remove(profile: Profile = None, as_json: AsJson = False) -> None:
    """Take the functions out of your LibreOffice again."""
    from xlportfolio.libreoffice.installing import remove as remove_functions

    _show(lambda: remove_functions(profile=profile), as_json=as_json)


@libreoffice.command()
def doctor(profile: Profile = None, as_json: AsJson = False) -> None:
    """Say whether the functions compute in your LibreOffice and, where not, how to mend it."""
    from xlportfolio.cells import Registry
    from xlportfolio.libreoffice.doctor import examine

    _show(lambda: examine(Registry.load(), profile=profile), as_json=as_json)


def _show(run: Callable[[], _Result], *, as_json: bool) -> NoReturn:
    try:
        result = run()
    except PortfolioError as error:
        typer.echo(f"xlportfolio: {error}", err=True)
        if as_json:
            print_answer(json.dumps({"status": "failed", "message": str(error)}, indent=2))
        raise typer.Exit(NOT_DONE) from error
    shown = json.dumps(result.as_json(), indent=2, ensure_ascii=False) if as_json else str(result)
    print_answer(shown)
    raise typer.Exit(NEEDS_A_PERSON if getattr(result, "needs_a_person", False) else DONE)
