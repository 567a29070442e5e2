"""What is installed: the record that is kept of it, and where copies of the add-in can lie.

The record stands in the user's own folder, never beside a workbook, and only the user can read it.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PureWindowsPath

from xlportfolio.addin.build import FILE_NAME
from xlportfolio.addin.machine import Hive, Machine
from xlportfolio.addin.python_server import SERVER_MODULE
from xlportfolio.errors import PortfolioError
from xlportfolio.workbook.saving.store import store_folder

_RECORD = "install.json"
_LARGEST_RECORD = 64 * 1024
_LARGEST_PROJECT = 64 * 1024**2
_OFFICE = r"Software\Microsoft\Office"
_VERSION = re.compile(r"\d+\.\d")
_OPEN = re.compile(r"OPEN(\d*)", re.IGNORECASE)


POLICIES: tuple[tuple[Hive, str], ...] = (
    ("HKCU", r"Software\Policies\Microsoft\Office\16.0"),
    ("HKLM", r"Software\Policies\Microsoft\Office\16.0"),
    ("HKCU", r"Software\Policies\Microsoft\Cloud\Office\16.0"),
)
"""Where the policies of an IT for Office are, which nobody else may change."""


class AddinError(PortfolioError):
    """What keeps the add-in from being installed or taken out; nothing was done."""


@dataclass(frozen=True)
class Installed:
    """What was installed last.

    Attributes
    ----------
    file
        Where the add-in is.
    version
        Of xlportfolio that built it.
    interpreter
        The Python that it starts.
    hash
        SHA-256 of the file as it was installed.
    earlier
        Where older versions put it, as far as it may still lie there.
    """

    file: str
    version: str
    interpreter: str
    hash: str
    earlier: tuple[str, ...] = ()


def record_file() -> Path:
    """Where the record is kept, there or not.

    Raises
    ------
    WorkbookError
        If the user has no home folder.
    """
    return store_folder() / _RECORD


def recorded() -> Installed | None:
    """What was installed last; None where nothing was, or the record cannot be understood."""
    file = record_file()
    try:
        if file.stat().st_size > _LARGEST_RECORD:
            return None
        told = json.loads(file.read_bytes())
        texts = [told[name] for name in ("file", "version", "interpreter", "hash")]
        earlier = told["earlier"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(earlier, list) or not all(isinstance(one, str) for one in [*texts, *earlier]):
        return None
    place, version, interpreter, digest = texts
    return Installed(place, version, interpreter, digest, tuple(earlier))


def keep_record(installed: Installed) -> None:
    """Write the record, for this user alone.

    Parameters
    ----------
    installed
        What was installed.

    Raises
    ------
    AddinError
        If it cannot be written.
    """
    file = record_file()
    part = file.with_name(f"{_RECORD}-part")
    content = json.dumps(asdict(installed), indent=2, ensure_ascii=False).encode()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(part, flags, 0o600), "wb") as stream:
            stream.write(content)
        part.replace(file)
    except OSError as error:
        raise AddinError(
            f'What is installed could not be noted in "{file}" ({reason(error)}), so nothing was '
            "installed. Allow writing there, or set XLPORTFOLIO_HOME to another folder."
        ) from error


def forget_record() -> bool:
    """Take the record out; whether there was one."""
    file = record_file()
    was_there = file.is_file()
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise AddinError(f'"{file}" could not be deleted ({reason(error)}). Delete it.') from error
    with suppress(OSError):  # the undo store is there, or files of the user's own
        file.parent.rmdir()
    return was_there


def is_there(file: Path) -> bool:
    """Whether there is a file, as far as it can be told: a folder on a network may be out of reach.

    Parameters
    ----------
    file
        Any path.
    """
    try:
        return file.exists()
    except OSError:
        return False


def is_ours(file: Path) -> bool:
    """Whether a file is an add-in that we built, of whatever version, signed since or not.

    Parameters
    ----------
    file
        Any file; one that is none, or cannot be read, is not ours.
    """
    project = vba_of(file)
    # The compound file names each stream in its directory, whoever wrote it: [MS-CFB] 2.6.1.
    return _entry_of(SERVER_MODULE) in project and _entry_of("_VBA_PROJECT") in project


def vba_of(file: Path) -> bytes:
    """The VBA project of an add-in; b"" where there is none to be read."""
    try:
        with zipfile.ZipFile(file) as package:
            entry = package.getinfo("xl/vbaProject.bin")
            return package.read(entry) if entry.file_size <= _LARGEST_PROJECT else b""
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile):
        return b""  # whatever a file that is no sound zip makes zipfile raise


def is_signed(file: Path) -> bool:
    """Whether the VBA project of an add-in has a signature, of whomever: [MS-OFFCRYPTO] 2.5."""
    try:
        with zipfile.ZipFile(file) as package:
            return any("vbaprojectsignature" in name.lower() for name in package.namelist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False


def _entry_of(stream: str) -> bytes:
    """How the directory of a compound file begins the entry of a stream: name, zeros, length."""
    name = (stream + "\0").encode("utf-16-le")
    return name.ljust(64, b"\0") + len(name).to_bytes(2, "little")


# -- where Excel looks -----------------------------------------------------------------------------


def startup_folder(machine: Machine) -> Path:
    r"""The folder whose add-ins Excel opens when it starts, of this user.

    Parameters
    ----------
    machine
        Says where %APPDATA% is.

    Raises
    ------
    AddinError
        If Windows does not say.
    """
    roaming = machine.roaming_folder()
    if roaming is None:
        raise AddinError(
            "Windows does not say where your folder for programs (AppData\\Roaming) is. Sign out "
            "and in again; if that does not help, ask your IT."
        )
    return roaming / "Microsoft" / "Excel" / "XLSTART"


def addins_folder(machine: Machine) -> Path | None:
    """The folder that Excel's dialog Add-ins lists."""
    roaming = machine.roaming_folder()
    return None if roaming is None else roaming / "Microsoft" / "AddIns"


@dataclass(frozen=True)
class SecondFolder:
    """A folder whose files Excel opens when it starts, beside its own start-up folder.

    Attributes
    ----------
    folder
        Where it is.
    is_shared
        Whether others put files into it: a policy names it, or it is on a network.
    """

    folder: Path
    is_shared: bool


def second_folders(machine: Machine) -> list[SecondFolder]:
    """The folders of the option or policy "At startup, open all files in", `AltStartup`."""
    found = []
    for hive, key in POLICIES:
        place = machine.values(hive, rf"{key}\Excel\Options").get("AltStartup")
        if isinstance(place, str) and place:
            found.append(SecondFolder(Path(place), True))
    for version in versions_of_excel(machine):
        place = machine.values("HKCU", excel_key(version, "Options")).get("AltStartup")
        if isinstance(place, str) and place:
            is_remote = PureWindowsPath(place).drive.startswith("\\\\")
            found.append(SecondFolder(Path(place), is_remote))
    return found


def shared_copy(machine: Machine) -> Path | None:
    """The add-in that an IT provides in a second folder for everybody; None where there is none."""
    copies = (one.folder / FILE_NAME for one in second_folders(machine) if one.is_shared)
    return next((file for file in copies if is_ours(file)), None)


def versions_of_excel(machine: Machine) -> list[str]:
    """The versions that keep settings of this user, "16.0" first."""
    found = filter(_VERSION.fullmatch, machine.subkeys("HKCU", _OFFICE))
    return sorted(found, key=lambda version: -float(version))


def excel_key(version: str, name: str) -> str:
    """A key of the settings that Excel keeps for the user, such as Options.

    Parameters
    ----------
    version
        Of Office, "16.0".
    name
        Of the key.
    """
    return rf"{_OFFICE}\{version}\Excel\{name}"


def start_values(machine: Machine, version: str) -> list[tuple[str, str]]:
    """The values OPEN, OPEN1, ... that tell Excel which add-ins to load, in their order.

    Parameters
    ----------
    machine
        Whose registry is read.
    version
        Of Office.
    """
    found = []
    for name, value in machine.values("HKCU", excel_key(version, "Options")).items():
        if (match := _OPEN.fullmatch(name)) and isinstance(value, str):
            found.append((int(match[1] or 0), name, value))
    return [(name, value) for _, name, value in sorted(found)]


def file_of(text: str) -> str:
    r"""The file that an OPEN value loads.

    Examples
    --------
    >>> file_of(r'/R "C:\Add-ins\xlportfolio.xlam"'), file_of("xlportfolio.xlam")
    ('C:\\Add-ins\\xlportfolio.xlam', 'xlportfolio.xlam')
    """
    quoted = re.search(r'"([^"]+)"', text)
    return quoted[1] if quoted else re.sub(r"^(?:/\w+\s+)+", "", text).strip()


def loaded(machine: Machine, text: str) -> Path:
    """The file that an OPEN value loads; a bare name is looked up in the folder of the dialog.

    Parameters
    ----------
    machine
        Says where that folder is.
    text
        Of the value.
    """
    folder = addins_folder(machine)
    return Path(file_of(text)) if folder is None else folder / file_of(text)


def is_named_like_ours(path: str) -> bool:
    """Whether a path of Windows ends in the name of the add-in."""
    return PureWindowsPath(path).name.casefold() == FILE_NAME.casefold()


def places(machine: Machine) -> Iterator[Path]:
    """Every place where a copy of the add-in is known to lie or can be loaded from, once each."""
    given: list[Path] = []
    installed = recorded()
    if installed is not None:
        given += [Path(one) for one in (installed.file, *installed.earlier)]
    if machine.roaming_folder() is not None:
        given.append(startup_folder(machine) / FILE_NAME)
    addins = addins_folder(machine)
    given += [] if addins is None else [addins / FILE_NAME]
    given += [one.folder / FILE_NAME for one in second_folders(machine)]
    for version in versions_of_excel(machine):
        for _, text in start_values(machine, version):
            if is_named_like_ours(file_of(text)):
                given.append(loaded(machine, text))
    seen: set[str] = set()
    for file in given:
        key = os.path.normcase(file)
        if key not in seen:
            seen.add(key)
            yield file


def is_same(first: Path, second: Path) -> bool:
    """Whether two paths name one file, as the system compares them."""
    return os.path.normcase(first) == os.path.normcase(second)


def reason(error: OSError) -> str:
    """Why the system refused, for a sentence."""
    return (error.strerror or type(error).__name__).lower()
