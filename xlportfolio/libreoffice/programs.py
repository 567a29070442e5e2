"""Where LibreOffice is on this machine, on Linux, macOS and Windows."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xlportfolio.errors import PortfolioError

VARIABLE = "XLPORTFOLIO_SOFFICE"
"""The environment variable that says which LibreOffice is used."""

OLDEST = (7, 0)

START_AGAIN = 81
"""Exit code of a LibreOffice that completed its profile first, and wants to be started again."""

SYSTEM_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
"""PATH of a LibreOffice that we start, but on Windows.

The Python in it looks for its library beside the first `python3` on PATH: where that is one of the
user's, as in an active virtual environment, LibreOffice loads no component, or crashes.
"""

_HOW_TO_INSTALL = {
    "linux": "Install it with the system's packages (Debian, Ubuntu: libreoffice-calc and "
    "python3-uno) or from libreoffice.org",
    "darwin": "Install it from libreoffice.org into Applications",
    "win32": "Install it from libreoffice.org",
}
_SNAP = Path("/snap")
_FLATPAKS = ("/var/lib/flatpak/app", "~/.local/share/flatpak/app")
_FLATPAK_NAME = "org.libreoffice.LibreOffice"
_BOOTSTRAP_FILES = ("bootstraprc", "bootstrap.ini", "../Resources/bootstraprc")


class OfficeError(PortfolioError):
    """LibreOffice is absent, cannot be used, crashed or hung; the text says which, and the way."""


class NoOfficeError(OfficeError):
    """There is no LibreOffice that can be used."""


@dataclass(frozen=True)
class Office:
    """One installed LibreOffice.

    Attributes
    ----------
    soffice
        The launcher that people use.
    binary
        What the launcher runs, where that can be started by itself; else the launcher.
    folder
        Of these programs.
    product
        As it calls itself: "LibreOffice".
    version
        Such as "7.4".
    """

    soffice: Path
    binary: Path
    folder: Path
    product: str
    version: str

    def __str__(self) -> str:
        return f'{self.product} {self.version} in "{self.folder}"'


def find_office() -> Office:
    """Find the LibreOffice that the user chose, or else the newest on this machine.

    Returns
    -------
    The one that the environment variable XLPORTFOLIO_SOFFICE names, the one on PATH, or the
    newest in the usual folders, in this order.

    Raises
    ------
    NoOfficeError
        If there is none, or only one that runs in a sandbox or is too old.
    """
    chosen = os.environ.get(VARIABLE, "").strip()
    if chosen:
        return _chosen_office(Path(chosen).expanduser())
    refused = ""
    for folders in (_folders_on_path(), _usual_folders(sys.platform)):
        found = []
        for folder in folders:
            try:
                found.append(office_in(folder))
            except NoOfficeError as problem:
                refused = refused or str(problem)
        if found:
            return max(found, key=lambda office: _release(office.version))
    raise NoOfficeError(refused or _sandboxed() or _nothing_found())


def office_in(folder: Path) -> Office:
    """Describe the LibreOffice whose programs are in a folder.

    Parameters
    ----------
    folder
        Its folder "program"; on macOS "Contents/MacOS" of the application.

    Raises
    ------
    NoOfficeError
        If there is none in it, it is a snap or flatpak, or it is too old.
    """
    soffice = _program(folder, "soffice")
    if soffice is None:
        raise NoOfficeError(f'There is no LibreOffice in "{folder}": it has no program soffice.')
    if _is_sandboxed(folder):
        raise NoOfficeError(_refused_sandbox(folder))
    product, version = _product(folder)
    if product == "OpenOffice" or (0,) < _release(version) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise NoOfficeError(
            f'"{folder}" holds {product} {version}; expected LibreOffice {oldest} or later. '
            f"{_how_to_install()}."
        )
    binary = folder / "soffice.bin"
    # On Windows the launcher also restarts and cleans up; elsewhere we do, and save its time.
    is_startable = binary.is_file() and soffice.suffix != ".exe"
    return Office(
        soffice=soffice,
        binary=binary if is_startable else soffice,
        folder=folder,
        product=product,
        version=version,
    )


def require_python(office: Office) -> None:
    """Refuse a LibreOffice that cannot run Python, in which our functions are loaded.

    Parameters
    ----------
    office
        Which one.

    Raises
    ------
    NoOfficeError
        If its bridge to Python is not installed, as some systems package it apart.
    """
    places = (office.folder, office.folder.parent / "Resources")
    if not any((place / "pythonloader.py").is_file() for place in places):
        raise NoOfficeError(
            f"{office} has no Python in it. Install the package python3-uno (Debian, Ubuntu) or "
            "libreoffice-pyuno (Fedora, openSUSE)."
        )


def _chosen_office(chosen: Path) -> Office:
    if not chosen.exists():
        raise NoOfficeError(
            f'{VARIABLE} names "{chosen}", which does not exist; expected the program soffice of '
            "LibreOffice or the folder that holds it."
        )
    place = _real(chosen)
    for folder in (place.parent, place, place / "program", place / "Contents" / "MacOS"):
        if _program(folder, "soffice") is not None:
            return office_in(folder)
    raise NoOfficeError(
        f'{VARIABLE} names "{chosen}"; expected the program soffice of LibreOffice or the folder '
        "that holds it."
    )


def _folders_on_path() -> Iterator[Path]:
    """The folder of the real program that a name on PATH leads to."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        if found is None:
            continue
        real = _real(Path(found))
        if _program(real.parent, "soffice") is not None and real.parent.name != "bin":
            yield real.parent


def _real(program: Path) -> Path:
    """Follow links; a snap's lead to the program snap, which says nothing of where it runs."""
    real = program.resolve()
    if real.name == "snap":
        real = _SNAP / "libreoffice" / "current" / "lib" / "libreoffice" / "program" / "soffice"
    return real


def _usual_folders(platform: str) -> Iterator[Path]:
    if platform == "darwin":
        for applications in (Path("/Applications"), Path.home() / "Applications"):
            yield from _existing(applications, "LibreOffice*.app/Contents/MacOS")
    elif platform == "win32":
        yield from _registered_folders()
        for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)", "LOCALAPPDATA"):
            if os.environ.get(variable):
                yield from _existing(Path(os.environ[variable]), "LibreOffice*/program")
                yield from _existing(Path(os.environ[variable]), "Programs/LibreOffice*/program")
    else:
        for library in ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"):
            yield from _existing(Path(library), "libreoffice*/program")
        yield from _existing(Path("/opt"), "libreoffice*/program")


def _existing(folder: Path, pattern: str) -> Iterator[Path]:
    if folder.is_dir():
        for found in sorted(folder.glob(pattern)):
            if _program(found, "soffice") is not None:
                yield found


def _registered_folders() -> list[Path]:
    """Where the installer of LibreOffice for Windows noted its programs."""
    noted: list[Path] = []
    if sys.platform == "win32":
        import winreg

        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                noted.append(Path(winreg.QueryValue(root, r"SOFTWARE\LibreOffice\UNO\InstallPath")))
            except OSError:
                continue
    return [folder for folder in noted if _program(folder, "soffice") is not None]


def _program(folder: Path, name: str) -> Path | None:
    endings = (".exe", ".com") if sys.platform == "win32" else ("",)
    for ending in endings:
        if (folder / f"{name}{ending}").is_file():
            return folder / f"{name}{ending}"
    return None


def _product(folder: Path) -> tuple[str, str]:
    """Name and version, which every LibreOffice states beside its programs."""
    for name in _BOOTSTRAP_FILES:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if stated := re.search(r"^ProductKey=(.*?)\s+([0-9][0-9.]*)", text, re.MULTILINE):
            return stated[1], stated[2]
    return "LibreOffice", ""


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part) or (0,)


def _is_sandboxed(folder: Path) -> bool:
    return folder.is_relative_to(_SNAP) or any(
        folder.is_relative_to(Path(place).expanduser()) for place in _FLATPAKS
    )


def _sandboxed() -> str:
    """A snap or flatpak that is not on PATH; "" where there is none."""
    places = [_SNAP / "libreoffice"]
    places += [Path(place).expanduser() / _FLATPAK_NAME for place in _FLATPAKS]
    found = next((place for place in places if place.is_dir()), None)
    return _refused_sandbox(found) if found else ""


def _refused_sandbox(place: Path) -> str:
    kind = "snap" if place.is_relative_to(_SNAP) else "flatpak"
    return (
        f'LibreOffice in "{place}" is a {kind}, which keeps it from our files and programs. '
        f"{_how_to_install()}."
    )


def _nothing_found() -> str:
    return (
        f"LibreOffice was not found. {_how_to_install()}, or set {VARIABLE} to its program soffice."
    )


def _how_to_install() -> str:
    return _HOW_TO_INSTALL.get(sys.platform, _HOW_TO_INSTALL["linux"])
