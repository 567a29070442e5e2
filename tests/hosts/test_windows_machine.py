"""What is asked of Windows is asked as its documentation says, over a stand-in for its registry.

Nothing of it ran on Windows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xlportfolio.addin.windows_machine import WindowsMachine, this_machine

SHELL_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"


class RegistryDouble(ModuleType):
    """The part of winreg that is used: keys by hive, name and view (0 where there is one only)."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE = "HKCU", "HKLM"
    KEY_READ, KEY_SET_VALUE, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 1, 2, 0x100, 0x200
    REG_SZ = 1

    def __init__(self) -> None:
        super().__init__("winreg")
        self.keys: dict[tuple[str, str, int], dict[str, Any]] = {}

    @contextmanager
    def OpenKey(self, hive: str, key: str, reserved: int, access: int) -> Iterator[Any]:  # noqa: N802
        view = access & 0x300
        if (hive, key, view) not in self.keys:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        yield hive, key, view

    def QueryInfoKey(self, opened: tuple[str, str, int]) -> tuple[int, int, int]:  # noqa: N802
        return len(self._below(opened)), len(self.keys[opened]), 0

    def EnumValue(self, opened: Any, position: int) -> tuple[str, Any, int]:  # noqa: N802
        name = list(self.keys[opened])[position]
        return name, self.keys[opened][name], self.REG_SZ

    def EnumKey(self, opened: Any, position: int) -> str:  # noqa: N802
        return self._below(opened)[position]

    def SetValueEx(self, opened: Any, name: str, _: int, kind: int, text: str) -> None:  # noqa: N802
        assert kind == self.REG_SZ
        self.keys[opened][name] = text

    def DeleteValue(self, opened: Any, name: str) -> None:  # noqa: N802
        if name not in self.keys[opened]:
            raise FileNotFoundError(2, "The system cannot find the file specified")
        del self.keys[opened][name]

    def _below(self, opened: tuple[str, str, int]) -> list[str]:
        hive, key, view = opened
        return [
            name.removeprefix(key + "\\")
            for where, name, seen in self.keys
            if (where, seen) == (hive, view) and name.startswith(key + "\\")
        ]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> RegistryDouble:
    double = RegistryDouble()
    monkeypatch.setitem(sys.modules, "winreg", double)
    return double


def test_machine_is_asked_as_programs_with_64_and_with_32_bits_see_it(
    registry: RegistryDouble,
) -> None:
    registry.keys = {
        ("HKLM", "Office", 0x100): {"Platform": "x64", "Nothing": None},
        ("HKLM", "Office", 0x200): {"Platform": "x86", "Path": "C:\\Office"},
        ("HKLM", r"Office\16.0", 0x100): {},
        ("HKLM", r"Office\16.0", 0x200): {},
        ("HKLM", r"Office\15.0", 0x200): {},
        ("HKCU", "Office", 0): {"": "own"},
    }
    machine = WindowsMachine()
    assert machine.values("HKLM", "Office") == {"Platform": "x64", "Path": "C:\\Office"}
    assert list(machine.subkeys("HKLM", "Office")) == ["16.0", "15.0"]
    assert machine.values("HKCU", "Office") == {"": "own"}
    assert machine.values("HKCU", "Nowhere") == {}
    assert list(machine.subkeys("HKCU", "Nowhere")) == []


def test_values_of_the_user_are_set_and_taken_out(registry: RegistryDouble) -> None:
    registry.keys = {("HKCU", "Options", 0): {"OPEN": "a", "OPEN1": "b"}}
    machine = WindowsMachine()
    machine.set_value("Options", "OPEN", "b")
    for name in ("OPEN1", "OPEN1", "OPEN2"):
        machine.delete_value("Options", name)
    machine.delete_value("Nowhere", "OPEN")
    assert registry.keys == {("HKCU", "Options", 0): {"OPEN": "b"}}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows says it itself")
def test_redirected_profile_is_found_in_the_registry_before_the_variable(
    registry: RegistryDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPDATA", "/profile/Roaming")
    monkeypatch.setenv("ANN", "/home/ann")
    machine = WindowsMachine()
    assert machine.roaming_folder() == Path("/profile/Roaming")
    registry.keys = {("HKCU", SHELL_FOLDERS, 0): {"AppData": "$ANN/OneDrive/AppData"}}
    assert machine.roaming_folder() == Path("/home/ann/OneDrive/AppData")
    registry.keys = {}
    monkeypatch.delenv("APPDATA")
    assert machine.roaming_folder() is None


@pytest.mark.skipif(sys.platform == "win32", reason="the stream is a file of its own elsewhere")
@pytest.mark.parametrize(
    ("zone", "is_marked"),
    [
        ("[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.org/\r\n", True),
        ("[ZoneTransfer]\r\nZoneId=4\r\n", True),
        ("[ZoneTransfer]\r\nZoneId=1\r\n", False),
        ("\xff", False),
    ],
)
def test_mark_of_the_web_is_read_and_taken_off(
    registry: RegistryDouble, tmp_path: Path, zone: str, is_marked: bool
) -> None:
    file = tmp_path / "xlportfolio.xlam"
    file.write_bytes(b"as it is")
    machine = WindowsMachine()
    assert not machine.is_marked(file)
    Path(f"{file}:Zone.Identifier").write_text(zone, encoding="latin-1")
    assert machine.is_marked(file) is is_marked
    machine.unmark(file)
    machine.unmark(file)
    assert not machine.is_marked(file)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.read_bytes() == b"as it is"


@pytest.mark.parametrize(("winerror", "in_use"), [(32, True), (33, True), (5, False)])
def test_file_in_use_is_told_from_one_that_may_not_be_written(
    registry: RegistryDouble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    winerror: int,
    in_use: bool,
) -> None:
    file = tmp_path / "xlportfolio.xlam"
    machine = WindowsMachine()
    assert not machine.is_in_use(file)
    file.touch()
    assert not machine.is_in_use(file)

    class RefusedError(PermissionError):
        pass

    def refuse(self: Path, target: Path) -> None:
        error = RefusedError(13, "Permission denied")
        error.winerror = winerror  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(Path, "rename", refuse)
    assert machine.is_in_use(file) is in_use


@pytest.mark.parametrize(
    ("error", "is_there"),
    [(PermissionError(13, "Access is denied"), True), (OSError(5, "Device error"), False)],
)
def test_program_that_may_not_be_looked_at_is_there(
    registry: RegistryDouble, monkeypatch: pytest.MonkeyPatch, error: OSError, is_there: bool
) -> None:
    def refuse(self: Path) -> bool:
        raise error

    monkeypatch.setattr(Path, "is_file", refuse)
    assert WindowsMachine().is_program(r"C:\Program Files\WindowsApps\EXCEL.EXE") is is_there


@pytest.mark.skipif(sys.platform == "win32", reason="there it is")
def test_there_is_no_such_machine_elsewhere() -> None:
    assert this_machine() is None
