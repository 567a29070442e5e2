"""The Python that runs, as far as the add-in depends on it."""

from __future__ import annotations

import base64
import hashlib
import importlib
import platform
import re
import struct
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from xlportfolio.addin.machine import Environment, Library

_LOADED_BY_EXCEL = re.compile(r"xlwings(?:32|64)-[\w.]+\.dll")
_BUILT_FROM = "xlwings.bas"
_NEEDED_ON_WINDOWS = {"pywin32": ("pythoncom", "pywintypes", "win32com")}


def this_environment() -> Environment:
    """Describe the Python that runs.

    Returns
    -------
    With what pip recorded of xlwings: what is gone or has changed since was taken away or altered
    by another program.
    """
    lacking = () if _can_be_imported("xlwings") else ("xlwings",)
    if sys.platform == "win32":
        lacking += tuple(
            package
            for package, modules in _NEEDED_ON_WINDOWS.items()
            if not all(map(_can_be_imported, modules))
        )
    return Environment(
        platform.python_version(),
        struct.calcsize("P") * 8,
        sys.executable,
        lacking,
        _libraries(),
    )


def hash_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal; "" where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _can_be_imported(module: str) -> bool:
    """Whether a module loads: one of C code may be there and be refused by Windows."""
    try:
        importlib.import_module(module)
    except Exception:  # whatever its own code raises
        return False
    return True


def _libraries() -> tuple[Library, ...]:
    try:
        files = distribution("xlwings").files or ()
    except PackageNotFoundError:
        return ()
    found = []
    for file in files:
        is_source = file.name == _BUILT_FROM and file.parent.name == "xlwings"
        if is_source or _LOADED_BY_EXCEL.fullmatch(file.name):
            recorded = file.hash.value if file.hash and file.hash.mode == "sha256" else ""
            place = Path(str(file.locate())).resolve()
            found.append(Library(file.name, place, _in_hexadecimal(recorded)))
    return tuple(found)


def _in_hexadecimal(recorded: str) -> str:
    """A hash as RECORD has it, in base 64 without padding (PEP 376, PEP 427)."""
    try:
        return base64.urlsafe_b64decode(recorded + "=" * (-len(recorded) % 4)).hex()
    except ValueError:
        return ""
