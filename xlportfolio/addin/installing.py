"""Put the add-in into the folder that Excel starts with, and take every trace of it out again.

All of it lies in folders and keys of the user's own: no administrator is asked. It was tried on
stand-ins for a Windows machine, never on one with Excel.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio import __version__
from xlportfolio.addin.addin_file import put_addin
from xlportfolio.addin.build import FILE_NAME, BuiltAddin
from xlportfolio.addin.disabled_items import disabled_items
from xlportfolio.addin.environment import hash_of
from xlportfolio.addin.installation import (
    AddinError,
    Installed,
    excel_key,
    forget_record,
    is_named_like_ours,
    is_ours,
    is_same,
    is_there,
    keep_record,
    loaded,
    places,
    reason,
    recorded,
    second_folders,
    shared_copy,
    start_values,
    startup_folder,
    versions_of_excel,
)
from xlportfolio.addin.machine import Machine
from xlportfolio.wording import counted
from xlportfolio.workbook.saving.store import UndoStore

Build = Callable[[Path, str], BuiltAddin]
"""Writes the add-in to a file, for an interpreter."""

NOT_HERE = (
    "This command knows the folders of Excel for Windows alone, so the add-in cannot be {done} "
    "here. What can be done here: build it for a machine with Windows (xlportfolio addin build "
    r"--interpreter C:\...\python.exe), or on a Mac for its buttons (xlportfolio addin build), or "
    "use the same functions in LibreOffice (xlportfolio libreoffice install)."
)
"""What is said on Linux and macOS."""

_CLOSE_EXCEL = "Close Excel and run this again."


@dataclass(frozen=True)
class AddinInstalled:
    """What was installed where.

    Attributes
    ----------
    file
        The add-in.
    interpreter
        The Python that it starts.
    version
        Of xlportfolio.
    n_functions
        How many cell functions it offers.
    was_there
        Whether a copy of ours was there before.
    is_changed
        Whether it was another than this one.
    taken_out
        Copies that an older version put elsewhere, and that went.
    """

    file: Path
    interpreter: str
    version: str
    n_functions: int
    was_there: bool
    is_changed: bool
    taken_out: tuple[Path, ...] = ()

    @property
    def status(self) -> str:
        """ "installed", "updated" or "installed already"."""
        if not self.was_there:
            return "installed"
        return "updated" if self.is_changed else "installed already"

    def __str__(self) -> str:
        functions = counted(self.n_functions, "cell function")
        computed = f"{functions}, computed by {self.interpreter}"
        if self.status == "installed already":
            told = f'The add-in is installed already: "{self.file}" with {computed}.'
        else:
            done = "Updated" if self.was_there else "Installed"
            told = f'{done} the add-in: "{self.file}" with {computed}. Start Excel (again).'
        for file in self.taken_out:
            told += f' Took the copy of an older version out: "{file}".'
        return told

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "status": "done",
            "result": self.status,
            "file": str(self.file),
            "interpreter": self.interpreter,
            "version": self.version,
            "functions": self.n_functions,
            "taken_out": [str(file) for file in self.taken_out],
        }


@dataclass(frozen=True)
class AddinRemoved:
    """What was taken out, and what stays.

    Attributes
    ----------
    taken_out
        Each file and each value of the registry, in words.
    left
        A sentence for each thing that stays.
    """

    taken_out: tuple[str, ...]
    left: tuple[str, ...]

    def __str__(self) -> str:
        told = [f"Took out {one}." for one in self.taken_out]
        return "\n".join([*(told or ["There was no add-in to take out."]), *self.left])

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {"status": "done", "taken_out": list(self.taken_out), "left": list(self.left)}


def install(machine: Machine | None, build: Build, interpreter: str) -> AddinInstalled:
    """Install the add-in for the current user; installing again brings it up to date.

    Parameters
    ----------
    machine
        With Windows; None where there is none.
    build
        Writes the add-in.
    interpreter
        The Python that it is to start.

    Raises
    ------
    PortfolioError
        If it cannot be built, or not be put there: Excel has it open, or a file that is not ours
        has its place. Everything is then as it was.
    """
    if machine is None:
        raise AddinError(NOT_HERE.format(done="installed"))
    folder = startup_folder(machine)
    file = folder / FILE_NAME
    _require_ours(file)
    if (shared := shared_copy(machine)) is not None:
        raise AddinError(
            f'The add-in is there for everybody: "{shared}". Excel opens one of that name, so '
            "none was installed for you alone."
        )
    before = recorded()
    was_there = file.is_file()
    with tempfile.TemporaryDirectory(prefix="xlportfolio-") as temporary:
        built = build(Path(temporary) / FILE_NAME, interpreter)
        content = built.file.read_bytes()
        is_changed = hash_of(file) != hash_of(built.file)
        known = [] if before is None else [before.file, *before.earlier]
        earlier = [one for one in dict.fromkeys(known) if not is_same(Path(one), file)]
        now = Installed(str(file), __version__, built.interpreter, hash_of(built.file))
    if is_changed and was_there and machine.is_in_use(file):
        raise AddinError(f'Excel has the add-in "{file}" open. {_CLOSE_EXCEL}')
    keep_record(Installed(now.file, now.version, now.interpreter, now.hash, tuple(earlier)))
    try:
        if is_changed:
            _put(content, file)
    except BaseException:
        if before is None:
            forget_record()
        else:
            keep_record(before)
        raise
    gone = [Path(one) for one in earlier if _take_out_older(Path(one), machine)]
    still_there = tuple(one for one in earlier if is_there(Path(one)))
    keep_record(Installed(now.file, now.version, now.interpreter, now.hash, still_there))
    return AddinInstalled(
        file,
        built.interpreter,
        __version__,
        built.n_functions,
        was_there,
        is_changed,
        tuple(gone),
    )


def uninstall(
    machine: Machine | None, *, purge: Callable[[], object] | None = None
) -> AddinRemoved:
    """Take out the add-in, wherever a copy of ours is, and what Excel keeps of it.

    Parameters
    ----------
    machine
        With Windows; None where there is none.
    purge
        Takes out what is kept outside workbooks, too, and says what that was; without it that
        stays.

    Raises
    ------
    AddinError
        If Excel has it open, or something cannot be taken out.
    """
    if machine is None:
        raise AddinError(NOT_HERE.format(done="installed or taken out"))
    found = [file for file in places(machine) if is_there(file)]
    shared = [one.folder / FILE_NAME for one in second_folders(machine) if one.is_shared]
    foreign = [file for file in found if file in shared or not is_ours(file)]
    ours = [file for file in found if file not in foreign]
    for file in ours:
        if machine.is_in_use(file):
            raise AddinError(f'Excel has the add-in "{file}" open. {_CLOSE_EXCEL}')
    gone: list[str] = []
    try:
        for file in ours:
            file.unlink()
            gone.append(f'"{file}"')
        for version in versions_of_excel(machine):
            gone += _forget_start_values(machine, version, foreign)
            gone += _forget_listed(machine, version, foreign)
            gone += _forget_disabled(machine, version, foreign)
    except OSError as error:
        done = f"; gone already: {', '.join(gone)}" if gone else ""
        raise AddinError(
            f"The add-in could not be taken out whole ({reason(error)}){done}. {_CLOSE_EXCEL}"
        ) from error
    left = [
        f'"{file}" is there for everybody, so it stays.'
        if file in shared
        else f'"{file}" is not ours, so it stays.'
        for file in foreign
    ]
    if purge is not None:
        left.append(str(purge()))
    elif (store := UndoStore().folder).exists():
        left.append(f'The runs that can be undone stay in "{store}", to go with: xlportfolio purge')
    if forget_record():
        gone.append("the record of what is installed")
    return AddinRemoved(tuple(gone), tuple(left))


def _require_ours(file: Path) -> None:
    if is_there(file) and not is_ours(file):
        raise AddinError(
            f'"{file}" is not an add-in that xlportfolio made, so it was left as it is. Move it '
            "to another folder or give it another name, and run this again."
        )


def _put(content: bytes, file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)  # Excel makes it when it first starts
    except OSError as error:
        raise AddinError(
            f'The start-up folder of Excel "{file.parent}" could not be made ({reason(error)}). '
            "Ask your IT for write access to it."
        ) from error
    put_addin(content, file, otherwise="close Excel and run this again")


def _take_out_older(file: Path, machine: Machine) -> bool:
    """Take out a copy that the record names; one that Excel has open waits for the next time."""
    if not is_ours(file) or machine.is_in_use(file):
        return False
    try:
        file.unlink()
    except OSError:
        return False
    return True


def _forget_start_values(machine: Machine, version: str, foreign: list[Path]) -> list[str]:
    """Take out the values that load ours; the others move up.

    Excel numbers them without a gap; whether it reads on behind one is not documented.
    """
    key = excel_key(version, "Options")
    values = start_values(machine, version)
    ours = [one for one in values if _leads_to_ours(str(loaded(machine, one[1])), foreign)]
    if not ours:
        return []
    kept = [text for name, text in values if (name, text) not in ours]
    for position, text in enumerate(kept):
        name = f"OPEN{position}" if position else "OPEN"
        if (name, text) not in values:
            machine.set_value(key, name, text)
    needed = {f"OPEN{position}" if position else "OPEN" for position in range(len(kept))}
    for name, _ in values:
        if name not in needed:
            machine.delete_value(key, name)
    return [f"the value {name} = {text} of HKCU\\{key}" for name, text in ours]


def _forget_listed(machine: Machine, version: str, foreign: list[Path]) -> list[str]:
    """Take ours off the list of the dialog Add-ins, whose names are paths."""
    key = excel_key(version, "Add-in Manager")
    ours = [name for name in machine.values("HKCU", key) if _leads_to_ours(name, foreign)]
    for name in ours:
        machine.delete_value(key, name)
    return [f"the value {name} of HKCU\\{key}" for name in ours]


def _forget_disabled(machine: Machine, version: str, foreign: list[Path]) -> list[str]:
    gone = []
    for item in disabled_items(machine, version):
        if _leads_to_ours(item.path, foreign):
            machine.delete_value(item.key, item.name)
            gone.append(f"the value {item.name} of HKCU\\{item.key}")
    return gone


def _leads_to_ours(path: str, foreign: list[Path]) -> bool:
    return is_named_like_ours(path) and not any(is_same(Path(path), one) for one in foreign)
