"""The profile and surroundings of a private LibreOffice: it runs, updates and fetches nothing."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from xlportfolio.libreoffice.programs import SYSTEM_PATH, Office

_NO_SERVER = "127.0.0.1"
_NO_PORT = "9"
"""The port "discard", where nothing listens: what is fetched in spite of all gets nowhere."""

_MANUAL_PROXY = "2"
_NEVER = "2"
_IF_UNAMBIGUOUS = "2"
_NOT_ON_LOAD = "1"
_VERY_HIGH = "3"

_PROXIES = tuple(
    ("Inet/Settings", name, value)
    for kind in ("HTTP", "HTTPS", "FTP")
    for name, value in (
        (f"ooInet{kind}ProxyName", _NO_SERVER),
        (f"ooInet{kind}ProxyPort", _NO_PORT),
    )
)
_SETTINGS = (
    # every formula is computed once, when we say so
    ("Office.Calc/Formula/Load", "OOXMLRecalcMode", _NOT_ON_LOAD),
    ("Office.Calc/Formula/Load", "ODFRecalcMode", _NOT_ON_LOAD),
    ("Office.Calc/Content/Update", "Link", _NEVER),
    # without its macros, a workbook's own functions are names that nobody knows
    ("Office.Calc/Filter/Import/VBA", "Load", "false"),
    ("Office.Calc/Filter/Import/VBA", "Executable", "false"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", _VERY_HIGH),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Inet/Settings", "ooInetProxyType", _MANUAL_PROXY),
    ("Inet/Settings", "ooInetNoProxy", ""),
    *_PROXIES,
    # the same numbers and dates from the same text on every server
    ("Office.Calc/Formula/Syntax", "StringConversion", _IF_UNAMBIGUOUS),
    ("Setup/L10N", "ooLocale", "en-US"),
    ("Setup/L10N", "ooSetupSystemLocale", "en-US"),
    ("Office.Common/Misc", "UseOpenCL", "false"),
    ("Office.Common/Misc", "UseLocking", "false"),
    ("Office.Common/Misc", "UseDocumentOOoLockFile", "false"),
    ("Office.Common/Misc", "UseDocumentSystemFileLocking", "false"),
    ("Office.Common/Misc", "FirstRun", "false"),
    ("Office.Common/Misc", "CrashReport", "false"),
    ("Office.Recovery/AutoSave", "Enabled", "false"),
    ("Office.Recovery/RecoveryInfo", "Enabled", "false"),
)

_FROM_US = ("PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC")


@dataclass(frozen=True)
class Parts:
    """What a private LibreOffice loads besides its own parts.

    Attributes
    ----------
    services
        Files that name components.
    types
        Type libraries.
    items
        `<item>` elements of its settings.
    """

    services: tuple[Path, ...] = ()
    types: tuple[Path, ...] = ()
    items: tuple[str, ...] = ()


def write_profile(folder: Path, items: Iterable[str] = ()) -> None:
    """Write a profile for LibreOffice to start with: settings alone, the rest it makes itself.

    Parameters
    ----------
    folder
        Of the profile.
    items
        Further settings, as `<item>` elements.
    """
    settings = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{escape(value)}</value></prop></item>\n"
        for path, name, value in _SETTINGS
    )
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema">\n'
        f"{settings}{''.join(items)}</oor:items>\n",
        encoding="utf-8",
    )


def command(office: Office, folder: Path, parts: Parts, *arguments: str) -> list[str]:
    """The command line that starts LibreOffice with its profile in `folder / "profile"`.

    Parameters
    ----------
    office
        Which LibreOffice.
    folder
        Where everything of this process is.
    parts
        What it loads besides.
    arguments
        What it is to do.
    """
    options = [f"-env:UserInstallation={_profile(folder)}"]
    for variable, library, files in (
        ("URE_MORE_SERVICES", "services", parts.services),
        ("URE_MORE_TYPES", "types", parts.types),
    ):
        uris = "".join(f" {file.as_uri()}" for file in files)
        options.append(f"-env:{variable}=<{_library(office, library).as_uri()}>*{uris}")
    return [
        str(office.binary),
        *options,
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nofirststartwizard",
        "--nolockcheck",
        *arguments,
    ]


def _profile(folder: Path) -> str:
    return (folder / "profile").as_uri()


def pipe_left_behind(folder: Path) -> Path | None:
    """The pipe that a LibreOffice leaves in /tmp when it does not end in order.

    Parameters
    ----------
    folder
        Where everything of this process is.

    Returns
    -------
    None on Windows, where a pipe goes with its process.

    Notes
    -----
    LibreOffice makes its name of the MD5 of the profile's URL, each byte in hexadecimal without a
    leading 0: desktop/source/app/officeipcthread.cxx and sal/osl/unx/pipe.cxx.
    """
    if sys.platform == "win32":
        return None
    digest = hashlib.md5(_profile(folder).encode("utf-16-le"), usedforsecurity=False).digest()
    name = "".join(f"{byte:x}" for byte in digest)
    return Path("/tmp") / f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{name}"


def _library(office: Office, name: str) -> Path:
    beside = office.folder / name
    return beside if beside.is_dir() else office.folder.parent / "Resources" / name


def environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The variables of the process: nothing of the user's own, neither folders nor settings.

    Parameters
    ----------
    folder
        Where everything of this process is.
    more
        Variables to add.
    """
    home = str(folder / "home")
    temporary = str(folder / "temporary")
    dead_end = f"http://{_NO_SERVER}:{_NO_PORT}"
    found = {name: os.environ[name] for name in _FROM_US if name in os.environ}
    if sys.platform != "win32":
        found["PATH"] = SYSTEM_PATH
    return {
        **found,
        **dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), home),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP", "XDG_RUNTIME_DIR"), temporary),
        **dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), dead_end),
        **dict.fromkeys(("LANG", "LC_ALL"), "C.UTF-8"),
        "SAL_USE_VCLPLUGIN": "svp",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
