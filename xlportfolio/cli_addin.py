"""The commands addin build, install, uninstall and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlportfolio.cli_options import AsJson, IgnoreLock, RepairedOut
from xlportfolio.terminal import refuse, show

if TYPE_CHECKING:
    from xlportfolio.addin.build import BuiltAddin
    from xlportfolio.diagnosis import Diagnosis
    from xlportfolio.operations.addin_links import AddinLinks

addin = typer.Typer(
    name="addin",
    help="The cell functions and buttons in Excel for Windows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Interpreter = Annotated[
    str | None,
    typer.Option(
        "--interpreter",
        metavar="PATH",
        help="The Python beside Excel, in full; on Windows and macOS this one by default.",
    ),
]


@addin.command()
def build(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The add-in to write.", readable=False),
    ] = Path("xlportfolio.xlam"),
    interpreter: Interpreter = None,
    as_json: AsJson = False,
) -> None:
    """Write the add-in for Excel."""
    show(lambda: _build(output, _chosen(interpreter)), as_json=as_json)


@addin.command()
def install(interpreter: Interpreter = None, as_json: AsJson = False) -> None:
    """Bring the add-in into your Excel, or up to date there; no administrator is needed."""
    from xlportfolio.addin.installing import install as install_addin
    from xlportfolio.addin.windows_machine import this_machine

    show(lambda: install_addin(this_machine(), _build, _chosen(interpreter)), as_json=as_json)


@addin.command()
def uninstall(
    purge: Annotated[
        bool,
        typer.Option(
            "--purge", help="Also take out what is kept outside workbooks, as the command purge."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take the add-in and every trace of it out of your Excel again."""
    from xlportfolio.addin.installing import uninstall as uninstall_addin
    from xlportfolio.addin.windows_machine import this_machine
    from xlportfolio.operations.purging import purge as purge_store

    show(
        lambda: uninstall_addin(this_machine(), purge=purge_store if purge else None),
        as_json=as_json,
    )


@addin.command()
def doctor(
    book: Annotated[
        Path | None,
        typer.Option(
            "--book",
            metavar="BOOK",
            help="Also look at the formulas of a workbook for paths of the add-in.",
            readable=False,
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Mend blocked files, a disabled add-in and the formulas of BOOK."
        ),
    ] = False,
    output: RepairedOut = None,
    ignore_lock: IgnoreLock = False,
    as_json: AsJson = False,
) -> None:
    """Say whether Excel can load the add-in and compute with it and, where not, how to mend it."""
    if output is not None and (book is None or not repair):
        refuse("-o says where a repaired workbook goes; give --book BOOK and --repair, too.")
    show(
        lambda: _examined(book, repair=repair, output=output, ignore_lock=ignore_lock),
        as_json=as_json,
    )


def _build(output: Path, interpreter: str) -> BuiltAddin:
    """Write the add-in with everything that there is."""
    from xlportfolio.addin.build import build_addin
    from xlportfolio.cells import Registry
    from xlportfolio.macros import BUTTONS

    return build_addin(Registry.load(), output, buttons=BUTTONS, interpreter=interpreter)


def _chosen(interpreter: str | None) -> str:
    from xlportfolio.addin.interpreter import interpreter_of_this_environment

    return interpreter_of_this_environment() if interpreter is None else interpreter


def _examined(
    book: Path | None, *, repair: bool, output: Path | None, ignore_lock: bool
) -> _Examined:
    from xlportfolio.addin.build import FILE_NAME
    from xlportfolio.addin.doctor import examine, mend
    from xlportfolio.addin.environment import this_environment
    from xlportfolio.addin.windows_machine import this_machine
    from xlportfolio.operations.addin_links import addin_links

    machine, environment = this_machine(), this_environment()
    links = None
    if book is not None:  # a workbook that cannot be read stops everything, before the repair
        links = addin_links(book, FILE_NAME, repair=repair, output=output, ignore_lock=ignore_lock)
    mended = mend(machine, environment) if repair and machine is not None else ()
    found = examine(machine, environment, _build).followed_by((), mended)
    return _Examined(found, links)


class _Examined:
    """What the doctor says of Excel, and of a workbook where one was named."""

    def __init__(self, found: Diagnosis, links: AddinLinks | None) -> None:
        self._links = links
        self._found = found
        if links is not None:
            self._found = found.followed_by(links.findings, links.repaired)

    @property
    def needs_a_person(self) -> bool:
        return self._found.needs_a_person

    def __str__(self) -> str:
        return str(self._found)

    def as_json(self) -> dict[str, Any]:
        book = {} if self._links is None else {"book": self._links.as_json()}
        return {**self._found.as_json(), **book}
