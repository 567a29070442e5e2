"""Which Excel there is, and with how many bits, as Windows and Office tell it."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from xlportfolio.addin.machine import Hive, Machine

_APP_PATH = r"Software\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_CLICK_TO_RUN = r"Software\Microsoft\Office\ClickToRun\Configuration"
_INSTALLED_BY_SETUP = r"Software\Microsoft\Office\{}\Excel\InstallRoot"
_SETUP_YEARS = {"16.0": 2016, "15.0": 2013, "14.0": 2010}
_FIRST_WITH_SPILLS = 2021
_OTHER_PRODUCTS = re.compile(r"Visio|Project|Access|SkypeforBusiness|Lync", re.IGNORECASE)
_BITS_OF_MACHINE = {0x014C: 32, 0x8664: 64, 0xAA64: 64}  # [PE format] COFF machine types
_BITS_OF_PLATFORM = {"x86": 32, "x64": 64, "arm64": 64}


@dataclass(frozen=True)
class Excel:
    """An Excel that is installed.

    Attributes
    ----------
    program
        Its full path.
    bits
        32 or 64; None where it cannot be told.
    version
        As Office reports it, "16.0.17328.20184"; "" where it does not.
    is_from_store
        Whether it is a package of the Microsoft Store.
    year
        Of the edition that is bought once; None for Microsoft 365, and where it cannot be told.
    """

    program: str
    bits: int | None
    version: str
    is_from_store: bool
    year: int | None

    @property
    def lacks_spills(self) -> bool:
        """Whether it is known to be older than formulas that fill several cells by themselves."""
        return self.year is not None and self.year < _FIRST_WITH_SPILLS

    def __str__(self) -> str:
        known = [
            f"Excel {self.year}" if self.year else "Excel",
            self.version,
            f"{self.bits} bits" if self.bits else "",
        ]
        return f"{', '.join(filter(None, known))}: {self.program}"


def find_excel(machine: Machine) -> Excel | None:
    """Find Excel; None where there is none.

    Parameters
    ----------
    machine
        Whose registry is read.
    """
    configuration = machine.values("HKLM", _CLICK_TO_RUN)
    program = _program(machine, configuration.get("InstallationPath"))
    if not program:
        return None
    parts = [part.casefold() for part in PureWindowsPath(program).parts]
    platform = configuration.get("Platform")
    bits = _bits_of(Path(program))
    if bits is None and isinstance(platform, str):
        bits = _BITS_OF_PLATFORM.get(platform.lower())
    version = configuration.get("VersionToReport")
    return Excel(
        program,
        bits,
        version if isinstance(version, str) else "",
        "windowsapps" in parts,
        _year(machine, configuration.get("ProductReleaseIds")),
    )


def _program(machine: Machine, installation: object) -> str:
    hives: tuple[Hive, ...] = ("HKCU", "HKLM")
    for hive in hives:
        told = machine.values(hive, _APP_PATH).get("")
        if isinstance(told, str) and machine.is_program(told.strip('"')):
            return told.strip('"')
    if isinstance(installation, str):
        usual = rf"{installation}\root\Office16\EXCEL.EXE"
        if machine.is_program(usual):
            return usual
    return ""


def _bits_of(program: Path) -> int | None:
    """What the header of a program says; one of the Microsoft Store cannot always be read."""
    try:
        with program.open("rb") as stream:
            beginning = stream.read(4096)
        (header,) = struct.unpack_from("<I", beginning, 0x3C)
        signature, kind = struct.unpack_from("<4sH", beginning, header)
    except (OSError, struct.error):
        return None
    return _BITS_OF_MACHINE.get(kind) if signature == b"PE\0\0" else None


def _year(machine: Machine, products: object) -> int | None:
    """The edition's year, of the names of products such as "ProPlus2019Volume"."""
    if isinstance(products, str) and products.strip():
        names = [one for one in products.split(",") if not _OTHER_PRODUCTS.search(one)]
        if any(name.strip().upper().startswith("O365") for name in names):
            return None
        years = [int(year) for name in names for year in re.findall(r"20[12]\d", name)]
        # Office 2016 was the last whose products carry no year.
        return max(years) if years else (2016 if names else None)
    for version, year in _SETUP_YEARS.items():
        if machine.values("HKLM", _INSTALLED_BY_SETUP.format(version)):
            return year
    return None
