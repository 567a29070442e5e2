"""A real Windows machine: its registry, its folders, its marks on files.

Nothing here ran on Windows when it was written: it was tried against the documentation alone, and
everything that decides something stands behind `machine.Machine`, where tests reach it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from xlportfolio.addin.machine import Hive, Machine, Registered

_SHELL_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
_IN_USE = (32, 33)  # ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
_MARK = ":Zone.Identifier"  # the stream beside a file's content: [MS-FSCC] 5.6.1


def this_machine() -> Machine | None:
    """The machine that Python runs on, where it is one with Windows; None elsewhere."""
    return WindowsMachine() if sys.platform == "win32" else None


class WindowsMachine:
    """The machine that Python runs on; see `machine.Machine`."""

    def __init__(self) -> None:
        import winreg

        self._registry: Any = winreg  # its names are known on Windows alone

    def roaming_folder(self) -> Path | None:
        """Where Windows keeps the user's %APPDATA%, wherever it was redirected to."""
        place = _known_folder() or self._shell_folder() or os.environ.get("APPDATA")
        return Path(place) if place else None

    def values(self, hive: Hive, key: str) -> Mapping[str, Registered]:
        """The values of a key, of programs with 64 bits first."""
        found: dict[str, Registered] = {}
        for opened in self._opened(hive, key):
            n_values = self._registry.QueryInfoKey(opened)[1]
            for position in range(n_values):
                with suppress(OSError):
                    name, value, _ = self._registry.EnumValue(opened, position)
                    if value is not None:
                        found.setdefault(name, value)
        return found

    def subkeys(self, hive: Hive, key: str) -> Sequence[str]:
        """The names of the keys in a key."""
        found: list[str] = []
        for opened in self._opened(hive, key):
            n_keys = self._registry.QueryInfoKey(opened)[0]
            for position in range(n_keys):
                with suppress(OSError):
                    found.append(self._registry.EnumKey(opened, position))
        return list(dict.fromkeys(found))

    def set_value(self, key: str, name: str, text: str) -> None:
        """Set a text in a key of the user's own that is there."""
        registry = self._registry
        with registry.OpenKey(registry.HKEY_CURRENT_USER, key, 0, registry.KEY_SET_VALUE) as opened:
            registry.SetValueEx(opened, name, 0, registry.REG_SZ, text)

    def delete_value(self, key: str, name: str) -> None:
        """Take a value out of a key of the user's own."""
        registry = self._registry
        with (
            suppress(FileNotFoundError),
            registry.OpenKey(registry.HKEY_CURRENT_USER, key, 0, registry.KEY_SET_VALUE) as opened,
        ):
            registry.DeleteValue(opened, name)

    def is_in_use(self, file: Path) -> bool:
        """Whether another program holds a file open: Windows then does not rename it to itself."""
        try:
            file.rename(file)
        except FileNotFoundError:
            return False
        except OSError as error:
            return getattr(error, "winerror", None) in _IN_USE
        return False

    def is_program(self, path: str) -> bool:
        """Whether there is a program at a full path, one of the Microsoft Store among them."""
        try:
            return Path(path).is_file()
        except PermissionError:
            return True
        except OSError:
            return False

    def is_marked(self, file: Path) -> bool:
        """Whether a file has the stream that tells from where it was downloaded."""
        try:
            zone = Path(f"{file}{_MARK}").read_text(encoding="ascii", errors="replace")
        except OSError:
            return False
        # 3 is the internet, 4 what is never trusted (URLZONE of urlmon.h)
        return any(line.strip() in ("ZoneId=3", "ZoneId=4") for line in zone.splitlines())

    def unmark(self, file: Path) -> None:
        """Delete that stream, as Unblock-File does."""
        Path(f"{file}{_MARK}").unlink(missing_ok=True)

    def _shell_folder(self) -> str:
        raw = self.values("HKCU", _SHELL_FOLDERS).get("AppData")
        return os.path.expandvars(raw) if isinstance(raw, str) else ""

    def _opened(self, hive: Hive, key: str) -> Iterator[Any]:
        """The key as programs with 64 and with 32 bits see it: Office may be either."""
        registry = self._registry
        root = registry.HKEY_CURRENT_USER if hive == "HKCU" else registry.HKEY_LOCAL_MACHINE
        views = (registry.KEY_WOW64_64KEY, registry.KEY_WOW64_32KEY) if hive == "HKLM" else (0,)
        for view in views:
            with (
                suppress(OSError),
                registry.OpenKey(root, key, 0, registry.KEY_READ | view) as opened,
            ):
                yield opened


def _known_folder() -> str:
    """What Windows says of %APPDATA% (FOLDERID_RoamingAppData); "" where it does not."""
    if sys.platform != "win32":
        return ""
    import ctypes
    import uuid

    identifier = uuid.UUID("3EB685DB-65F9-4CF6-A03A-E3EF65729F3D")
    wanted = (ctypes.c_byte * 16).from_buffer_copy(identifier.bytes_le)
    place = ctypes.c_wchar_p()
    try:
        failed = ctypes.windll.shell32.SHGetKnownFolderPath(
            ctypes.byref(wanted), 0, None, ctypes.byref(place)
        )
        return "" if failed else place.value or ""
    except OSError:
        return ""
    finally:
        ctypes.windll.ole32.CoTaskMemFree(place)
