"""A double of a Windows machine: its registry and its marks in memory, its files in a folder."""

from __future__ import annotations

import hashlib
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import xlportfolio_udfs
from xlportfolio.addin.build import FILE_NAME, BuiltAddin, build_addin
from xlportfolio.addin.machine import Environment, Hive, Library, Registered
from xlportfolio.cells import Registry

WINDOWS_PYTHON = r"C:\env\Scripts\python.exe"
OFFICE = r"Software\Microsoft\Office"
EXCEL = rf"{OFFICE}\16.0\Excel"
OPTIONS = rf"{EXCEL}\Options"
SECURITY = rf"{EXCEL}\Security"
LOCATIONS = rf"{SECURITY}\Trusted Locations"
POLICY = r"Software\Policies\Microsoft\Office\16.0"
CLICK_TO_RUN = rf"{OFFICE}\ClickToRun\Configuration"
APP_PATH = r"Software\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
DISABLED = rf"{EXCEL}\Resiliency\DisabledItems"


class DoubleMachine:
    """What `WindowsMachine` answers, as a test says; keys are found in any case, as on Windows."""

    def __init__(self, folder: Path) -> None:
        self.roaming: Path | None = folder / "Roaming"
        self.registry: dict[tuple[Hive, str], dict[str, Registered]] = {}
        self.in_use: set[Path] = set()
        self.marked: set[Path] = set()
        self.refuses_writing = False

    def roaming_folder(self) -> Path | None:
        return self.roaming

    def key(self, hive: Hive, key: str, **values: Registered) -> None:
        """Make a key; `default` stands for its default value."""
        named = {"" if name == "default" else name: value for name, value in values.items()}
        self.registry.setdefault((hive, key.casefold()), {}).update(named)

    def values(self, hive: Hive, key: str) -> Mapping[str, Registered]:
        return dict(self.registry.get((hive, key.casefold()), {}))

    def subkeys(self, hive: Hive, key: str) -> Sequence[str]:
        start = key.casefold() + "\\"
        below = [
            name.removeprefix(start)
            for where, name in self.registry
            if where == hive and name.startswith(start)
        ]
        return list(dict.fromkeys(name.partition("\\")[0] for name in below))

    def set_value(self, key: str, name: str, text: str) -> None:
        self._require_writing()
        self.registry["HKCU", key.casefold()][name] = text

    def delete_value(self, key: str, name: str) -> None:
        self._require_writing()
        self.registry.get(("HKCU", key.casefold()), {}).pop(name, None)

    def is_in_use(self, file: Path) -> bool:
        return file in self.in_use

    def is_program(self, path: str) -> bool:
        return Path(path).is_file()

    def is_marked(self, file: Path) -> bool:
        return file in self.marked

    def unmark(self, file: Path) -> None:
        self._require_writing()
        self.marked.discard(file)

    def _require_writing(self) -> None:
        if self.refuses_writing:
            raise PermissionError(13, "Access is denied")


def windows(folder: Path) -> DoubleMachine:
    """A machine with Excel of Microsoft 365, 64 bits, that trusts its start-up folder."""
    machine = DoubleMachine(folder)
    program = excel_program(folder / "Office16" / "EXCEL.EXE", 0x8664)
    machine.key("HKLM", APP_PATH, default=str(program))
    machine.key(
        "HKLM",
        CLICK_TO_RUN,
        Platform="x64",
        VersionToReport="16.0.17328.20184",
        ProductReleaseIds="O365ProPlusRetail,VisioPro2019Retail",
    )
    machine.key("HKCU", OPTIONS)
    startup = folder / "Roaming" / "Microsoft" / "Excel" / "XLSTART"
    machine.key("HKCU", rf"{LOCATIONS}\Location1", Path=f"{startup}\\")
    return machine


def excel_program(file: Path, kind: int) -> Path:
    """A program whose header says for which machine it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"MZ".ljust(0x3C, b"\0") + struct.pack("<I4sH", 0x40, b"PE\0\0", kind))
    return file


def environment(folder: Path) -> Environment:
    """A Python with xlwings as pip installed it: the libraries lie one folder above."""
    scripts = folder / "env" / "Scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "python.exe").touch()
    libraries = []
    for name, content in (
        ("xlwings64-0.37.8.dll", b"64 bits"),
        ("xlwings32-0.37.8.dll", b"32 bits"),
        ("xlwings.bas", b"VBA"),
    ):
        file = scripts.parent / name
        file.write_bytes(content)
        libraries.append(Library(name, file, hashlib.sha256(content).hexdigest()))
    return Environment("3.12.4", 64, str(scripts / "python.exe"), (), tuple(libraries))


def disabled_item(path: str) -> bytes:
    """A value of DisabledItems as superuser.com/questions/17557 describes it."""
    texts = [f"{text}\0".encode("utf-16-le") for text in (path.lower(), "Add-in")]
    return struct.pack("<III", 1, *map(len, texts)) + b"".join(texts)


@cache
def _built() -> tuple[BuiltAddin, bytes]:
    """The add-in, built once: what it holds is no matter of these tests."""
    registry = Registry()
    registry.add_module(xlportfolio_udfs)
    with tempfile.TemporaryDirectory() as folder:
        built = build_addin(registry, Path(folder) / FILE_NAME, interpreter=WINDOWS_PYTHON)
        return built, built.file.read_bytes()


def build(output: Path, interpreter: str) -> BuiltAddin:
    """Write the add-in; a path of the test's folder stands for one of Windows."""
    built, content = _built()
    output.write_bytes(content)
    return replace(built, file=output, interpreter=interpreter)
