"""Bring the functions into the user's own LibreOffice, and take them out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlportfolio.cells import Registry
from xlportfolio.libreoffice.basic_functions import MODULE, basic_module
from xlportfolio.libreoffice.basic_library import library_folder, put_module, take_module
from xlportfolio.libreoffice.component_files import (
    COMPONENT,
    component_files,
    worker_command,
)
from xlportfolio.libreoffice.programs import (
    SYSTEM_PATH,
    Office,
    OfficeError,
    find_office,
    require_python,
)
from xlportfolio.libreoffice.worker import SECONDS as SECONDS_A_CALL
from xlportfolio.wording import counted

SECONDS = 120
"""How long a program of LibreOffice may take before it is given up."""


@dataclass(frozen=True)
class InstallResult:
    """What was installed where, or taken out.

    Attributes
    ----------
    office
        LibreOffice, with its version and folder.
    profile
        The folder that was changed.
    functions
        Names; () after removal.
    interpreter
        The Python that computes them; "" after removal.
    is_removed
        Whether this was a removal.
    was_there
        Whether there was anything to remove or replace.
    """

    office: str
    profile: Path
    functions: tuple[str, ...] = ()
    interpreter: str = ""
    is_removed: bool = False
    was_there: bool = False

    def __str__(self) -> str:
        if self.is_removed:
            if not self.was_there:
                return f'There was nothing of xlportfolio in "{self.profile}".'
            return f'Took the functions out of "{self.profile}". Start LibreOffice again.'
        return (
            f"Installed {counted(len(self.functions), 'function')} for {self.office}, in your "
            f'profile "{self.profile}": the Basic module {MODULE} and the folder user/xlportfolio. '
            f"{self.interpreter} computes them. Start LibreOffice (again) where no Python "
            f"environment is active, and type ={self.functions[0]}( in a cell."
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "status": "done",
            "office": self.office,
            "profile": str(self.profile),
            "functions": list(self.functions),
            "interpreter": self.interpreter or None,
            "removed": self.is_removed and self.was_there,
        }


def install(
    registry: Registry,
    *,
    profile: Path | None = None,
    command: Sequence[str] | None = None,
    seconds: float = SECONDS_A_CALL,
) -> InstallResult:
    """Install the functions for the current user; installing again brings them up to date.

    Parameters
    ----------
    registry
        Whose functions.
    profile
        LibreOffice's folder of the user; the usual one when not given.
    command
        That starts the worker; this Python when not given.
    seconds
        How long one call may take.

    Raises
    ------
    OfficeError
        If there is no LibreOffice, it has no Python, it is open, or it refuses.
    """
    office, place = _ready(profile)
    require_python(office)
    _make_libraries(office, place)
    starts = list(command or worker_command(seconds))
    functions = list(registry)
    files = component_files(registry, starts, log=log_file(place), seconds=seconds)
    folder = component_folder(place)
    put_module(place, basic_module(functions, (folder / COMPONENT).as_uri()))
    _empty(folder)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    names = tuple(function.name for function in functions)
    return InstallResult(str(office), place, names, starts[0])


def remove(*, profile: Path | None = None) -> InstallResult:
    """Take out everything that `install` put into a profile.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user; the usual one when not given.

    Raises
    ------
    OfficeError
        If there is no LibreOffice, it is open, or it refuses.
    """
    office, place = _ready(profile)
    found = [take_module(place), component_folder(place).exists()]
    _empty(component_folder(place))
    return InstallResult(str(office), place, is_removed=True, was_there=any(found))


def component_folder(profile: Path) -> Path:
    """Where the component's files are.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    """
    return profile / "user" / "xlportfolio"


def log_file(profile: Path) -> Path:
    """Where the component keeps the last sentences of errors.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.
    """
    return component_folder(profile) / "errors.log"


def _make_libraries(office: Office, profile: Path) -> None:
    """Let LibreOffice start for the first time: it makes its libraries over whatever is there."""
    index = library_folder(profile) / "script.xlb"
    for _ in range(2):  # soffice.bin makes its profile, and has to be started again
        if not index.is_file():
            run_office(
                office.binary, profile, "--headless", "--norestore", "--terminate_after_init"
            )
    if not index.is_file():
        raise OfficeError(
            f'LibreOffice made no profile in "{profile}". Start it once by hand, close it, and '
            "install again."
        )


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def profile_folder(profile: Path | None) -> Path:
    """Where the functions are installed, as a full path.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user; the usual one when not given.

    Raises
    ------
    OfficeError
        If it is a file.
    """
    place = (profile or usual_profile()).expanduser().absolute()
    if place.is_file():
        raise OfficeError(f'"{place}" is a file; expected the folder of a LibreOffice profile.')
    return place


def usual_profile() -> Path:
    """LibreOffice's folder of the current user.

    Notes
    -----
    The folder "4" since LibreOffice 4; on Windows and macOS untested.
    """
    if sys.platform == "win32":
        root = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        return root / "LibreOffice" / "4"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "LibreOffice" / "4"
    chosen = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    root = chosen if chosen.is_absolute() else Path.home() / ".config"
    return root / "libreoffice" / "4"


def require_closed(profile: Path) -> None:
    """Refuse while LibreOffice is open with this profile: it would write over what we write.

    Parameters
    ----------
    profile
        LibreOffice's folder of the user.

    Raises
    ------
    OfficeError
        If it is open.
    """
    lock = profile / ".lock"
    if lock.exists():
        raise OfficeError(
            "LibreOffice is open. Close all its windows (and the quick starter), then try again. "
            f'If it is not running, delete "{lock}", which a crash left behind.'
        )


def run_office(program: Path, profile: Path, *arguments: str | Path) -> tuple[int, str]:
    """Run a program of LibreOffice with a profile; its exit code and what it said.

    Parameters
    ----------
    program
        Such as soffice.
    profile
        LibreOffice's folder of the user.
    arguments
        For the program.

    Raises
    ------
    OfficeError
        If it cannot be started, or does not end in time.
    """
    words = [str(program), *map(str, arguments)]
    place = f"-env:UserInstallation={profile.as_uri()}"
    words.insert(1, place)
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env=office_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OfficeError(
            f'"{program}" did not end within {SECONDS} s and was stopped. Close LibreOffice and '
            "try again."
        ) from error
    except OSError as error:
        raise OfficeError(f'"{program}" could not be started ({error.strerror}).') from error
    told = (done.stderr + done.stdout).decode("utf-8", errors="replace")
    return done.returncode, " ".join(told.split())


def office_environment() -> dict[str, str]:
    """The user's variables for a LibreOffice without windows, but for those of a Python."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
    if sys.platform != "win32":
        own["PATH"] = SYSTEM_PATH
    return {**own, "SAL_USE_VCLPLUGIN": "svp"}


def _ready(profile: Path | None) -> tuple[Office, Path]:
    office = find_office()
    place = profile_folder(profile)
    require_closed(place)
    return office, place
